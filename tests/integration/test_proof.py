"""Proof of completeness: agent and intake compare their digests of a stream. Differences are named, and
repaired from the agent's spool or its source."""

import glob
import hashlib
import json
import os
import struct
import subprocess
import urllib.request

import pytest

import feed_support as fs
import liaison
from feed_support import row
from liaison import event, wait_until

pytestmark = pytest.mark.needs("liaison-intake")
MINOR = {"major": 1, "minor": 1}
EVENT, COMMIT = 1, 2  # types of a record in services/feed/spool/record.h
TOKEN = "t0ken-of-the-vendor-0123456789abcdef0123"


@pytest.fixture
def server(intake, metro):
    return intake()


@pytest.fixture
def agent(tmp_path, server, metro, daemon):
    return fs.agent_of(metro, server, tmp_path, daemon)


@pytest.fixture
def reconcile(pg):
    """reconcile(*argv) is (exit status, findings)."""
    if not liaison.program("liaisonctl"):
        pytest.skip("liaisonctl is not built")

    def run(*argv):
        status, out = ctl(pg, "--json", "reconcile", *argv)
        return status, json.loads(out)["findings"]
    return run


def ctl(pg, *argv):
    done = subprocess.run([liaison.program("liaisonctl"), "--database", pg.conninfo("owner"), *argv],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 1) and done.stdout, done.stderr
    return done.returncode, done.stdout


def names(findings):
    return sorted((f["what"], f["first"], f["last"], f["incident"]) for f in findings)


def stored(pg):
    return sorted(n for (n,) in pg.rows("select distinct incident_no from agency.event"))


def verdicts(pg):
    return [v for (v,) in pg.rows("select verdict from agency.proof order by stream_no, through")]


def kept(agent, mode="live"):
    """Intake's answers that the agent has written down: (source, verdict, missing)."""
    with open(os.path.join(agent.spool, mode, "proofs.tsv"), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return [(source, verdict, int(missing)) for _, source, verdict, _, _, missing, _ in lines]


def spooled(path):
    """(kind, sequence, octets) of each complete record in a file of the spool."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at + 24 <= len(data):
        _, size, kind, seq = struct.unpack_from(">QIIQ", data, at)
        if at + 24 + size > len(data):
            break
        yield kind, seq, data[at:at + 24 + size]
        at += 24 + size


def segments(agent, mode="live"):
    return sorted(glob.glob(f"{agent.spool}/{mode}/*.seg"))


def committed(agent, count):
    """Whether this many events are in the spool, followed by a commit."""
    kinds = [kind for path in segments(agent) for kind, _, _ in spooled(path)]
    return kinds.count(EVENT) == count and kinds[-1] == COMMIT


def drop_records(agent, drop, mode="live"):
    """Removes records of events from the spool's files while the agent is down."""
    taken = 0
    for path in segments(agent, mode):
        records = list(spooled(path))
        kept = [octets for kind, seq, octets in records if kind != EVENT or seq not in drop]
        taken += len(records) - len(kept)
        with open(path, "wb") as file:
            file.write(b"".join(kept))
    assert taken == len(drop), f"{taken} of {len(drop)} records were there"


class Digest:
    """The stream digest as docs/protocol.md describes it, written independently of the product."""

    def __init__(self):
        self.digest, self.through = 0, 0

    def add(self, seq, body):
        octets = hashlib.blake2b(liaison.u64(seq) + body, digest_size=16).digest()
        self.digest ^= int.from_bytes(octets[:8], "big")
        self.through = max(self.through, seq)

    def manifest(self, source, **more):
        return {"source": source, "read": 0, "rejected": 0, "duplicate": 0, "records": 0, "first": 0, "last": 0,
                "through": self.through, "digest": f"{self.digest:016x}", **more}


@pytest.fixture
def spoken(server, metro, peer):
    """A client with minor 1 that has sent five records: (peer, its digest)."""
    one, digest = peer(server, metro), Digest()
    assert one.hello(version=MINOR)["version"] == MINOR
    for seq in range(1, 6):
        digest.add(seq, one.event(seq, event(f"I-{seq}")))
    one.wait_acked(1, 2, 3, 4, 5)
    return one, digest


def heard(one, timeout=10.0):
    answer = json.loads(one.wait("ACCOUNT", timeout)[0])
    return answer["verdict"], answer["records"], answer["ours"], answer["missing"]


# The digest --------------------------------------------------------------------------------------


def test_both_sides_keep_that_all_of_a_source_has_come(pg, agent, reconcile):
    agent.rows(row("A-1"), row(""), row("A-2"), row("A-2"))
    agent.once("--mode", "backfill")
    assert verdicts(pg) == ["same"]
    assert kept(agent, "backfill") == [("calls.csv", "same", 0)]
    assert reconcile() == (0, [])


def test_digest_covers_each_sequence_once_whatever_becomes_of_it(pg, server, metro, peer, reconcile):
    one, digest = peer(server, metro), Digest()
    one.hello(version=MINOR)
    same = {"occurred_at": "2026-11-23T09:00:00Z"}
    bodies = {1: event("I-1", **same), 2: event("I-1", **same), 4: event("I-4"), 3: event("I-3")}
    for seq, body in bodies.items():  # 2 is a known fact, 3 arrives late
        digest.add(seq, one.event(seq, body))
    digest.add(5, one.event(5, b"{}"))  # refused
    one.event(4, bodies[4])  # repeated
    one.wait_acked(1, 2, 3, 4)
    one.wait_nak(5)
    one.send("MANIFEST", digest.manifest("x"))
    one.event(6, event("I-6"))  # after the manifest, in any batch
    assert heard(one) == ("same", 5, 5, 0)
    assert reconcile() == (0, [])


def test_record_that_fills_a_gap_later_joins_the_digest_that_spoke_of_it(server, metro, peer):
    one, digest = peer(server, metro), Digest()
    one.hello(version=MINOR)
    bodies = {seq: json.dumps(event(f"I-{seq}")).encode() for seq in (1, 2, 3)}
    for seq, body in bodies.items():
        digest.add(seq, body)
        if seq != 2:
            one.event(seq, body)
    one.wait_acked(1, 3)
    one.send("MANIFEST", digest.manifest("x"))
    assert heard(one) == ("waiting", 3, 2, 1)
    one.event(2, bodies[2])
    assert heard(one) == ("same", 3, 3, 0)


def test_another_content_under_the_same_count_is_seen(pg, spoken, reconcile):
    one, digest = spoken
    digest.add(5, b"another")
    one.send("MANIFEST", digest.manifest("x"))
    assert heard(one) == ("differs", 5, 5, 0)
    assert names(reconcile()[1]) == [("differs", 1, 5, None)]
    digest.add(6, one.event(6, event("I-6")))
    one.send("MANIFEST", digest.manifest("y"))
    assert heard(one) == ("same", 1, 1, 0), "one bad section does not spoil the next"


def test_client_of_minor_0_is_not_answered_and_its_manifest_is_stored(pg, server, metro, peer):
    one = peer(server, metro)
    one.hello()
    one.event(1, event("I-1"))
    one.wait_acked(1)
    one.send("MANIFEST", {"source": "x", "read": 1, "records": 1, "first": 1, "last": 1})
    wait_until(lambda: pg.one("select count(*) from agency.manifest") == 1, what="the manifest")
    one.hears_nothing("ACCOUNT", one.ping)
    assert pg.one("select count(*) from agency.proof") == 0


def test_purge_and_duplicates_of_a_new_stream_leave_nothing_open(pg, spoken, server, metro, peer, reconcile):
    one, digest = spoken
    pg.execute("select agency.purge_holding('0 s', 3)")
    assert pg.one("select count(*) from agency.event") == 2
    digest.add(6, one.event(6, event("I-6")))
    one.wait_acked(6)
    one.send("MANIFEST", digest.manifest("x"))
    assert heard(one) == ("same", 6, 6, 0)
    assert reconcile() == (0, [])


def test_quiet_day_is_proven_too(pg, agent):
    agent.rows(row("A-1"))
    running = agent.run("--follow")
    wait_until(lambda: stored(pg) == ["A-1"], 20, "the first row")
    for day in (1, 2):  # nothing is new on the second
        running.terminate()
        running = agent.run("--follow", env={"LIAISON_CLOCK_OFFSET_S": str(86400 * day)})
        over = liaison.ago(-86400 * (day - 1))[:10]
        wait_until(lambda: pg.rows("select source, missing, differing from agency.completeness join agency.agency "
                                   "using (agency_id) where slug = 'metro'") == [(over, 0, 0)], 20, "the day is proven")
    assert kept(agent)[-1][1:] == ("same", 0)


def test_day_of_an_agency_that_only_speaks_http_is_proven(pg, server, metro, tmp_path, daemon, ports, reconcile):
    token = liaison.write_file(str(tmp_path / "tokens"), TOKEN + "\n", 0o600)
    port = ports()
    agent = fs.agent_of(metro, server, tmp_path, daemon, source={"input": "", "mapping": ""},
                        http={"listen": f"127.0.0.1:{port}", "token_file": token})
    running = agent.run()
    running.wait_log("event=endpoint_open")
    for n in range(3):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/events", json.dumps(event(f"D-{n}")).encode(), {
            "Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"})
        assert json.load(urllib.request.urlopen(request, timeout=10))["accepted"] == 1
    wait_until(lambda: stored(pg) == ["D-0", "D-1", "D-2"], 20, "the records")
    assert said(pg)[1] == [("live", 1, 3, UNTOLD)]
    running.terminate()
    running = agent.run(env={"LIAISON_CLOCK_OFFSET_S": "86400"})
    wait_until(lambda: said(pg)[:2] == (True, []), 20, "the day is proven")
    assert kept(agent) == [(liaison.ago()[:10], "same", 0)]
    assert reconcile() == (0, [])


# Reports -----------------------------------------------------------------------------------------


def said(pg, *argv):
    """Output of reconcile and status: (complete, unproven ranges with their reason, proven, status's agency)."""
    answer = json.loads(ctl(pg, "--json", "reconcile", "--dry-run", *argv)[1])
    agency = next(a for a in json.loads(ctl(pg, "--json", "status")[1])["agencies"] if a["agency"] == "metro")
    return (answer["complete"], [(u["mode"], u["first"], u["last"], u["why"]) for u in answer["unproven"]],
            [(p["mode"], p["through"], p["source"]) for p in answer["proven"]],
            [agency[k] for k in ("complete", "unproven", "missing", "differing")], agency["proven_to"])


def test_status_adds_up_whatever_agencies_say_of_their_sources(pg, spoken):
    """This includes manifests stored before manifests had a range."""
    stream = pg.one("select stream_no from agency.stream")
    pg.execute("insert into agency.manifest (stream_no, source, rows_read, rows_rejected, rows_duplicate, records, "
               "first_seq, last_seq, digest) select %s, n::text, 9223372036854775807, 9223372036854775807, "
               "9223372036854775807, 0, 0, 0, '' from generate_series(1, 3) n", stream)
    code, answer = ctl(pg, "--json", "status")
    assert code == 0 and json.loads(answer)["counts"][0]["rejected"] > 2 ** 63
    assert ctl(pg, "status")[0] == 0


def test_a_finding_names_a_few_sources_and_counts_the_rest(pg, spoken, reconcile):
    stream = pg.one("select stream_no from agency.stream")
    pg.execute("insert into agency.manifest (stream_no, source, rows_read, rows_rejected, rows_duplicate, records, "
               "first_seq, last_seq, digest) select %s, 'day ' || n, 5, 0, 0, 5, 1, 5, '' "
               "from generate_series(1, 2000) n", stream)
    pg.execute("delete from agency.event where seq in (2, 4)")
    findings = reconcile("--dry-run")[1]
    assert len(findings) >= 2 and {f["source"] for f in findings if f["what"] in ("missing", "wanted")} == \
        {"day 1, day 10, day 100 and 1997 more"}


UNTOLD = "no stream digest yet: it comes at the end of a file, or of the day (UTC)"


def test_live_stream_without_a_digest_is_not_complete_whatever_a_file_proved(pg, agent, spoken):
    one, digest = spoken
    agent.rows(row("A-1"), row("A-2"))
    agent.once("--mode", "backfill")
    untold = [("live", 1, 5, UNTOLD)]
    assert said(pg) == (False, untold, [("backfill", 2, "calls.csv")], [False, 5, 0, 0], None)
    status, text = ctl(pg, "reconcile")
    assert status == 0 and "Complete" not in text and "5 records are not proven yet" in text, text
    one.send("MANIFEST", digest.manifest("2026-11-23"))
    assert heard(one) == ("same", 5, 5, 0)
    both = [("backfill", 2, "calls.csv"), ("live", 5, "2026-11-23")]
    complete, unproven, proven, counts, proven_to = said(pg)
    assert (complete, unproven, sorted(proven), counts) == (True, [], both, [True, 0, 0, 0])
    assert proven_to == pg.one("select to_char(max(proven_to) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
                               "from agency.section")
    assert "Complete: " in ctl(pg, "reconcile")[1]
    one.event(6, event("I-6"))
    one.wait_acked(6)
    complete, unproven, proven, counts, proven_to = said(pg)
    assert (complete, unproven, sorted(proven), counts) == (False, [("live", 6, 6, UNTOLD)], both, [False, 1, 0, 0])
    assert proven_to == pg.one("select to_char(proven_to at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
                               "from agency.section where source = '2026-11-23'")


def test_proven_ends_before_the_first_section_that_is_open(pg, spoken):
    one, digest = spoken
    one.send("MANIFEST", digest.manifest("x"))
    assert heard(one) == ("same", 5, 5, 0)
    digest.add(6, b"another than is sent")
    one.event(6, event("I-6"))
    one.send("MANIFEST", digest.manifest("y"))
    assert heard(one) == ("differs", 1, 1, 0)
    digest.add(7, one.event(7, event("I-7")))
    one.send("MANIFEST", digest.manifest("z"))
    assert heard(one) == ("same", 1, 1, 0), "the next section"
    assert said(pg)[:4] == (False, [("live", 6, 6, "its stream digest differs from ours")], [("live", 5, "x")],
                            [False, 1, 0, 1])


def test_days_digest_speaks_up_to_the_end_of_that_day(pg, spoken):
    one, digest = spoken
    day = liaison.ago(2 * 86400)[:10]
    one.send("MANIFEST", digest.manifest(day))
    assert heard(one) == ("same", 5, 5, 0)
    assert pg.one("select proven_to = (%s::date + 1)::timestamp at time zone 'UTC' from agency.proven", day)
    assert said(pg, "--day", day)[:3] == (True, [], [("live", 5, day)])
    one.send("MANIFEST", digest.manifest("2026-99-99"))  # not a valid day, so the name of a file
    wait_until(lambda: pg.one("select source = '2026-99-99' and proven_to = told_at from agency.section"),
               what="the digest is told again")


def test_of_a_day_that_is_not_over_the_records_are_named_as_not_proven(pg, spoken):
    today, earlier = liaison.ago(0)[:10], liaison.ago(5 * 86400)[:10]
    assert said(pg, "--day", today)[:3] == (False, [("live", 1, 5, UNTOLD)], [])
    assert said(pg, "--day", earlier)[:3] == (False, [], []), "nothing came, nothing is proven"
    assert "nothing to prove" in ctl(pg, "reconcile", "--day", earlier)[1]


# Repair -------------------------------------------------------------------------------------------


def test_rows_deleted_behind_the_back_are_named_and_come_again_from_the_spool(pg, agent, reconcile):
    agent.rows(*(row(f"A-{i}") for i in range(1, 13)))
    running = agent.run("--follow")
    wait_until(lambda: len(stored(pg)) == 12, 20, "all rows")
    pg.execute("delete from agency.event where seq in (3, 4, 9)")
    assert reconcile("--dry-run")[0] == 1
    status, findings = reconcile("metro")
    assert (status, names(findings)) == (1, [("missing", 3, 4, None), ("missing", 9, 9, None)])
    wait_until(lambda: len(stored(pg)) == 12, 20, "the rows come again")
    wait_until(lambda: reconcile("metro") == (0, []), 20, "nothing is open")
    assert running.running()


def test_intake_finds_at_the_next_manifest_what_was_deleted_since_the_last(pg, spoken):
    one, digest = spoken
    pg.execute("delete from agency.event where seq = 2")
    one.send("MANIFEST", digest.manifest("x"))
    assert heard(one) == ("waiting", 5, 5, 1)
    assert [liaison.number(n) for n in one.wait("AGAIN")] == [2, 2]
    one.event(2, event("I-2"))
    assert heard(one) == ("same", 5, 5, 0)
    assert pg.one("select repaired_at > faulted_at from agency.proof")


def test_incidents_and_districts_rows_deleted_are_named_and_made_again(pg, intake, metro, peer, reconcile):
    school = pg.district("riverside").school("LIN", 40.0, -75.0)
    one = peer(intake(), metro)
    one.hello()
    for seq in (1, 2, 3):
        one.event(seq, event(f"I-{seq}", latitude=40.0, longitude=-75.0))
    one.wait_acked(1, 2, 3)
    before = pg.rows("select incident_no, school_id, status, opened_at from district.incident order by 1")
    pg.execute("delete from district.incident_school where incident_no in ('I-1', 'I-3')")
    pg.execute("delete from district.incident where incident_no in ('I-1', 'I-3')")
    pg.execute("delete from agency.incident where incident_no = 'I-3'")
    status, findings = reconcile("--dry-run")
    assert (status, names(findings)) == (1, [("district", None, None, "I-1"), ("district", None, None, "I-3"),
                                             ("incident", None, None, "I-3")])
    assert reconcile()[0] == 0, "these need no agency"
    assert reconcile("--dry-run") == (0, [])
    assert pg.rows("select incident_no, school_id, status, opened_at from district.incident order by 1") == before
    assert {s for _, s, _, _ in before} == {school}


def test_records_lost_from_the_spool_are_read_again_from_the_source(pg, agent, server, reconcile):
    agent.rows(*(row(f"A-{i}") for i in range(1, 13)))
    server.kill9()
    running = agent.run("--follow")
    running.wait_log("event=input_begin")
    wait_until(lambda: os.path.exists(agent.spool + "/live/lock"), what="the spool")
    wait_until(lambda: committed(agent, 12), what="all is spooled")
    running.kill9()
    drop_records(agent, {3, 4, 9})
    server.start()
    running = agent.run("--follow")
    running.wait_log("event=read_again", 20)
    wait_until(lambda: len(stored(pg)) == 12, 20, "all rows, those that were lost too")
    running.wait_log("event=proved", 20)
    assert pg.rows("select first, last, gone_at is not null, reread_at is not null from agency.stream_gap "
                   "order by 1") == [(3, 4, True, True), (9, 9, True, True)]
    wait_until(lambda: reconcile() == (0, []), 20, "nothing is open")


def test_manifest_of_rows_read_again_may_come_before_the_word_that_they_are_gone(pg, server, metro, peer):
    """The agent answers a resend request after it has sent all that it read again."""
    one, digest = peer(server, metro), Digest()
    one.hello(version=MINOR)
    for seq in (1, 2, 5):
        digest.add(seq, one.event(seq, event(f"I-{seq}")))
    for seq in (3, 4):
        digest.add(seq, b"lost")
    for seq in (6, 7):
        digest.add(seq, one.event(seq, event(f"I-{seq - 3}")))
    one.wait_acked(1, 2, 5, 6, 7)
    one.send("MANIFEST", digest.manifest("x", again_from=1, again=5))
    wait_until(lambda: pg.one("select count(*) from agency.proof") == 1, what="the manifest is stored")
    one.send("GONE", 3, 4)
    wait_until(lambda: verdicts(pg) == ["reread"], 20, "the section is proven")
    assert pg.rows("select first, last, gone_at is not null, reread_at is not null from agency.stream_gap") == \
        [(3, 4, True, True)]


def test_rows_dropped_behind_the_backs_of_both_sides_are_named_and_read_again(pg, agent, reconcile):
    agent.rows(*(row(f"A-{i}") for i in range(1, 13)))
    assert agent.once("--mode", "backfill")["acknowledged"] == 12
    pg.execute("delete from agency.event where seq in (5, 6)")
    pg.execute("delete from agency.incident where incident_no in ('A-5', 'A-6')")
    drop_records(agent, {5, 6}, "backfill")
    status, findings = reconcile()
    assert (status, names(findings)) == (1, [("missing", 5, 6, None)])
    assert findings[0]["source"] == "calls.csv"
    running = agent.run("--mode", "backfill")
    running.wait_log("event=read_again", 20)
    wait_until(lambda: len(stored(pg)) == 12, 20, "all rows")
    wait_until(lambda: verdicts(pg) == ["reread", "same"], 20, "both sections are proven")
    wait_until(lambda: reconcile() == (0, []), 20, "nothing is open")
    wait_until(lambda: kept(agent, "backfill")[-1] == ("calls.csv (again)", "same", 0) or
               kept(agent, "backfill")[-1] == ("calls.csv", "reread", 0), what="kept by the agent")


def test_what_no_side_has_any_more_stays_named(pg, agent, reconcile):
    agent.rows(*(row(f"A-{i}") for i in range(1, 13)))
    agent.once("--mode", "backfill")
    pg.execute("delete from agency.event where seq = 7")
    drop_records(agent, {7}, "backfill")
    agent.rows(row("B-1"))  # the source has moved on too
    assert reconcile()[0] == 1
    running = agent.run("--mode", "backfill")
    running.wait_log("event=source_gone", 20)
    wait_until(lambda: names(reconcile("--dry-run")[1]) == [("lost", 7, 7, None)], 20, "it is named as lost")


def test_source_whose_rest_was_lost_is_never_proven_the_same(pg, agent):
    agent.rows(*(row(f"A-{i}") for i in range(60)))
    running = agent.run("--follow")
    wait_until(lambda: len(stored(pg)) == 60, 30, "60 incidents")
    running.kill9()
    agent.write("calls.csv", row("A-60"), "a")
    os.unlink(agent.input)  # with a row that was never read
    agent.rows(row("B-1"))
    again = agent.run("--follow")
    again.wait_log("event=input_lost")
    again.wait_log("event=not_proved verdict=\"?unproved")
    lost = pg.one("select max(through) from agency.proof where verdict = 'unproved'")
    assert lost >= 60, "the section that ends with what was read of the lost file"
    again.kill9()  # another digest up to the same sequence does not change the result
    agent.run("--follow", env={"LIAISON_CLOCK_OFFSET_S": "90000"}).wait_log("event=(not_)?proved")
    assert pg.rows("select distinct verdict from agency.proof where through <= %s", lost) == [("unproved",)]
