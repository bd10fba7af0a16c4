"""A bad network between agents and intake, or a misbehaving agent: acknowledged events are stored once, the
state is that of the source, and other agents are served as before."""

import time

import pytest

import hostile
import load
from liaison import wait_until
from link import Link
from rounds import SLOW_ROUNDS, Report, end, flowing, rounds, served_again

pytestmark = pytest.mark.needs("liaison-intake")
HEARTBEAT_S = 1


@pytest.fixture
def server(riverside, intake):
    riverside.school("LIN", *load.HERE)
    return intake(intake={"heartbeat_ms": HEARTBEAT_S * 1000})


@pytest.fixture
def link(server, closing):
    return closing(Link(server.port))


@pytest.fixture
def behind(link, server, metro, starting):
    """Two agents behind the link."""
    return starting(load.Sender(server, metro, "A", endpoint=link.endpoint),
                    load.Sender(server, metro, "B", mode="backfill", pace=300, endpoint=link.endpoint))


@pytest.fixture
def direct(server, pg, starting):
    """An agent of another agency, which does not use the link."""
    return starting(load.Sender(server, pg.agency("shelby"), "C"))


def during(seconds, direct):
    """Lets the failure last this long, and checks that the others are served meanwhile."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        flowing(direct, 20)


def test_connections_cut_by_the_network_lose_and_double_nothing(pg, server, link, behind, direct):
    rounds("network cut", pg, behind + direct, link.cut)
    assert server.lines("event=cut_session")


def test_network_that_stalls_past_the_heartbeats_loses_and_doubles_nothing(pg, server, link, behind, direct):
    def strike():
        link.stalled = True
        during(4 * HEARTBEAT_S, direct)
        link.stalled = False
        return time.monotonic()

    rounds("network stalled", pg, behind + direct, strike, SLOW_ROUNDS)
    assert all("intake is silent" in sender.client.told for sender in behind)
    assert server.lines("event=(cut_session|session_silent)")


@pytest.mark.parametrize("name, fault", [("trickled", {"piece": 7}), ("delayed", {"delay": 0.4})])
def test_network_that_is_slow_is_lived_with(pg, server, link, behind, direct, name, fault):
    def strike():
        before = link.held_up
        for trait, value in fault.items():
            setattr(link, trait, value)
        flowing(behind + direct, 10)  # slow, but not stopped
        during(3 * HEARTBEAT_S, direct)
        link.piece, link.delay = 0, 0.0
        assert link.held_up > before, "nothing was slow"
        return time.monotonic()

    rounds(f"network {name}", pg, behind + direct, strike, SLOW_ROUNDS)


@pytest.mark.parametrize("ways", [("dropped",), ("doubled",), ("reordered",), ("dropped", "doubled", "reordered")],
                         ids="-".join)
def test_client_that_drops_doubles_and_reorders_harms_nobody(pg, server, metro, direct, starting, ways):
    foul = starting(load.Sender(server, metro, "A", client=hostile.playing(*ways)),
                    load.Sender(server, metro, "B", mode="backfill", pace=300, client=hostile.playing(*ways)))
    report = Report("messages " + " ".join(ways), SLOW_ROUNDS)
    flowing(direct, 1)
    heard = list(direct[0].client.told)
    for _ in range(SLOW_ROUNDS):
        flowing(foul + direct, 300)
        report.round(served_again(foul + direct, time.monotonic()))
    end(report, pg, foul + direct, played={way: sum(s.client.played[way] for s in foul) for way in ways})
    assert all(s.client.played[way] for s in foul for way in ways)
    if "doubled" in ways:
        assert pg.tally("repeated", metro) > 0
    if ways != ("doubled",):
        wait_until(lambda: pg.counter("gap", "metro") > 0, 10, "gaps are counted")
    assert direct[0].client.told == heard + ["the end"], "the others heard of it"
