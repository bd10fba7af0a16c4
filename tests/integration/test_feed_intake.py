"""liaison-feed with the real intake and database: what is acknowledged is stored once."""

import pytest

import feed_support as fs
import liaison
from feed_support import row

pytestmark = pytest.mark.needs("liaison-feed", "liaison-intake")


@pytest.fixture
def server(intake, metro):
    return intake()


@pytest.fixture
def agent(tmp_path, server, metro, daemon):
    return fs.agent_of(metro, server, tmp_path, daemon)


def stored(pg):
    return sorted(n for (n,) in pg.rows("select incident_no from agency.event"))


def test_rows_are_stored_once_and_the_manifest_with_them(pg, agent, metro):
    agent.rows(row("A-1"), row(""), row("A-2"))
    summary = agent.once("--mode", "backfill")
    assert (summary["records"], summary["acknowledged"]) == (2, 2)
    assert stored(pg) == ["A-1", "A-2"]
    liaison.wait_until(lambda: pg.rows("select rows_read, rows_rejected, records from agency.manifest") ==
                       [(3, 1, 2)], what="the manifest")


def test_kills_of_either_side_lose_nothing_and_double_nothing(pg, agent, server, metro):
    count = 20000
    agent.rows(*(row(f"A-{i}") for i in range(count)))

    def here():
        return pg.one("select count(*) from agency.event")

    for side in ("feed", "intake", "feed", "intake", "both"):
        already = here()
        running = agent.run("--once", "--mode", "backfill")
        running.expected = (0,)
        liaison.wait_until(lambda: here() > already + 100 or not running.running(), 20)
        if side != "feed":
            server.kill9()
        if side != "intake":
            running.kill9()
        if not server.running():
            server.start()
        running.kill9()
    assert agent.once("--mode", "backfill", timeout=60)["acknowledged"] == count
    assert here() == count
    assert pg.one("select count(distinct incident_no) from agency.event") == count


def test_agent_waits_while_the_database_is_away(pg, cluster, agent, server, metro):
    agent.rows(row("A-1"))
    agent.run("--follow")
    liaison.wait_until(lambda: stored(pg) == ["A-1"], what="the first event")
    cluster.stop()
    agent.write("calls.csv", row("A-2"), "a")
    cluster.start()
    liaison.wait_until(lambda: stored(pg) == ["A-1", "A-2"], 30, "the second event")


def test_key_revoked_while_connected_is_told_and_the_agent_comes_back_when_let_in(pg, agent, metro):
    agent.rows(row("A-1"))
    running = agent.run("--follow")
    liaison.wait_until(lambda: stored(pg) == ["A-1"], what="the first event")
    metro.revoke()
    running.wait_log("event=refused", 30)
    agent.write("calls.csv", row("A-2"), "a")
    metro.let_in()
    liaison.wait_until(lambda: stored(pg) == ["A-1", "A-2"], 40, "the second event")
