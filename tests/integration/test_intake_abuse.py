"""An agency with a valid key that abuses intake: sequences far ahead, endless gaps, thousands of streams and
digests, endless messages; and connections without a key. Other agencies are still answered, and the cost
depends on how much was sent, not on the numbers in it."""

import itertools
import os
import select
import socket
import subprocess
import uuid

import pytest
import zmq

import liaison
from liaison import EVENT_TYPE, SIGNATURE, event, u64, wait_until
from test_proof import MINOR, Digest, heard

pytestmark = pytest.mark.needs("liaison-intake")
AHEAD = 1 << 20  # docs/protocol.md, section 5


@pytest.fixture
def shelby(pg):
    return pg.agency("shelby")


@pytest.fixture
def server(intake, metro, shelby):
    return intake()


NUMBERS = itertools.count(1)  # of calls: some random words hold what may not be kept ("d0b5 491b")


def proves_in_time(server, metro, peer):
    """A well-behaved agency still gets its digest proven."""
    one, digest = peer(server, metro), Digest()
    one.hello(stream=uuid.uuid4(), version=MINOR)
    for seq in (1, 2):
        digest.add(seq, one.event(seq, event(f"G-{next(NUMBERS)}")))
    one.wait_acked(1, 2)
    one.send("MANIFEST", digest.manifest("good"))
    assert heard(one, timeout=15) == ("same", 2, 2, 0)


def quick(pg, sql, *args):
    """The rows of a statement that must end well within five seconds."""
    session = pg.session()
    try:
        with session.cursor() as cursor:
            cursor.execute(f"set statement_timeout = {int(5000 * liaison.PATIENCE)}")
            cursor.execute(sql, args or None)
            return cursor.fetchall()
    finally:
        session.close()


def reconcile(pg, *argv):
    if not liaison.program("liaisonctl"):
        pytest.skip("liaisonctl is not built")
    return subprocess.run([liaison.program("liaisonctl"), "--database", pg.conninfo("owner"), "reconcile", *argv],
                          capture_output=True, text=True, timeout=20 * liaison.PATIENCE, check=False)


# Sequences ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seq", [1 + AHEAD + 1, 20_000_000, 1 << 62, (1 << 63) - 1])
def test_sequence_far_ahead_is_refused_and_notes_nothing(pg, server, metro, shelby, peer, seq):
    bad = peer(server, shelby)
    bad.hello(version=MINOR)
    bad.event(1, event("I-1"))
    bad.wait_acked(1)
    bad.event(seq, event("I-2"))
    assert bad.wait_refuse() == "syntax"
    assert bad.hello()["high"] == 1
    assert pg.one("select count(*) from agency.stream_gap") == 0
    wait_until(lambda: pg.counter("too_far_ahead", "shelby") == 1, what="it is counted")
    proves_in_time(server, metro, peer)


@pytest.mark.parametrize("through", [1 + AHEAD + 1, 1 << 62])
def test_digest_of_sequences_far_ahead_is_refused(pg, server, shelby, peer, through):
    bad, digest = peer(server, shelby), Digest()
    bad.hello(version=MINOR)
    digest.add(1, bad.event(1, event("I-1")))
    bad.wait_acked(1)
    bad.send("MANIFEST", digest.manifest("x", through=through))
    assert bad.wait_refuse() == "syntax"
    assert pg.one("select count(*) from agency.proof") == 0


@pytest.mark.parametrize("member, value", [
    ("read", (1 << 63) - 1), ("read", 1 << 53), ("rejected", -1), ("duplicate", 1.5), ("records", "7"),
    ("first", -1), ("last", 1 << 62), ("again", -1), ("unread", "yes"), ("vanished", -1), ("digest", 7),
    ("source", "a\u202eb"), ("source", "a\u2028b")])
def test_manifest_out_of_range_is_refused_and_stored_nowhere(pg, server, metro, shelby, peer, member, value):
    bad = peer(server, shelby)
    bad.hello(version=MINOR)
    told = {"source": "x", "read": 1, "rejected": 0, "duplicate": 0, "records": 0, "first": 0, "last": 0}
    bad.send("MANIFEST", {**told, member: value})
    assert bad.wait_refuse() == "syntax"
    assert pg.one("select count(*) from agency.manifest") == 0
    bad.hello()
    bad.send("MANIFEST", {**told, "read": (1 << 53) - 1})
    wait_until(lambda: pg.one("select rows_read from agency.manifest") == (1 << 53) - 1, what="the most is stored")


def test_largest_jump_is_taken_and_its_digest_is_compared_at_once(pg, server, metro, shelby, peer):
    bad, digest = peer(server, shelby), Digest()
    bad.hello(version=MINOR)
    for seq in (1, 1 + AHEAD):
        digest.add(seq, bad.event(seq, event(f"C-{seq}")))
    bad.wait_acked(1, 1 + AHEAD)
    bad.send("MANIFEST", digest.manifest("x"))
    assert heard(bad, timeout=15) == ("waiting", 1 + AHEAD, 2, AHEAD - 1)
    proves_in_time(server, metro, peer)
    bad.send("GONE", 2, AHEAD)
    assert heard(bad, timeout=15) == ("lost", 1 + AHEAD, 2, AHEAD - 1)
    done = reconcile(pg, "shelby")
    assert "which had it no longer" in done.stdout, done


def test_what_is_missing_is_found_by_ranges_however_far_they_reach(pg, metro):
    stream = pg.one("insert into agency.stream (agency_id, stream_id, epoch, mode, high) values "
                    "(%s, gen_random_uuid(), 1, 'live', 4::bigint << 60) returning stream_no", metro.id)
    pg.execute("insert into agency.stream_gap (stream_no, first, last, reason) values (%s, 5000, 1::bigint << 60, 'gap')",
               stream)
    pg.execute("select agency.note_absent(array_fill(%s, array[2000]), array(select generate_series(1, 4000, 2)))",
               stream)
    pg.execute("insert into agency.quarantine (agency_id, stream_no, seq, octets, sha256, content_type, code, field, reason)"
               " values (%s, %s, 4998, 1, '', '', 'syntax', '', '')", metro.id, stream)
    found = quick(pg, "select * from agency.missing(%s, 1, %s)", stream, (1 << 63) - 1)
    assert found[:2] == [(2, 2), (4, 4)] and len(found) == 2002
    assert found[1998:] == [(3998, 3998), (4000, 4997), (4999, 4999), ((1 << 60) + 1, 4 << 60)]
    assert quick(pg, "select * from agency.missing(%s, 3, 5)", stream) == [(4, 4)]
    assert quick(pg, "select * from agency.missing(%s, 6000, 9000)", stream) == []


def test_steps_of_a_long_section_find_all_that_is_missing_in_it(pg, metro):
    stream = pg.one("insert into agency.stream (agency_id, stream_id, epoch, mode, high) values "
                    "(%s, gen_random_uuid(), 1, 'live', 60000) returning stream_no", metro.id)
    pg.execute("select agency.note_absent(array_agg(%s), array_agg(n)) from generate_series(1, 60000) n "
               "where n not in (1, 20000, 60000)", stream)
    pg.execute("insert into agency.tally (stream_no, day, record_count) values (%s, current_date, 60000)", stream)
    pg.execute("select agency.note_proof(%s, 60000, 'x', 1, 0, 0, 0, 0, 0)", stream)
    pg.execute("select agency.prove_all(null)")
    assert pg.rows("select first, last from agency.stream_gap order by 1") == [(1, 1), (20000, 20000), (60000, 60000)]
    assert pg.one("select verdict from agency.proof") == "waiting"


def test_gaps_without_end_neither_slow_the_others_nor_fill_a_list_without_end(pg, server, metro, shelby, peer):
    bad = peer(server, shelby)
    bad.hello(version=MINOR)
    for seq in range(1, 400, 2):
        bad.event(seq, event(f"C-{seq}"))
    bad.wait_acked(*range(1, 400, 2))
    for seq in range(2, 399, 2):
        bad.send("GONE", seq, seq)
    wait_until(lambda: pg.one("select count(*) from agency.stream_gap where gone_at is not null") == 199,
               what="every second sequence is gone")
    pg.execute("insert into agency.stream_gap (stream_no, first, last, reason, gone_at) "
               "select stream_no, n, n, 'gap', now() from agency.stream, generate_series(1000, 200000, 2) n")
    pg.execute("update agency.stream set high = 200001")
    proves_in_time(server, metro, peer)
    lost = quick(pg, "select count(*) from agency.findings(null, null) where what = 'lost'")
    assert lost == [(1000,)], "a list has an end"
    done = reconcile(pg, "shelby")
    assert done.returncode in (0, 1) and "there may be more" in done.stdout, done


def test_gone_of_what_was_not_missing_costs_no_commit(pg, server, shelby, peer):
    bad = peer(server, shelby)
    bad.hello()
    bad.event(1, event("I-1"))
    bad.wait_acked(1)
    for _ in range(3000):
        bad.send("GONE", 1, (1 << 63) - 1)
    bad.event(3, event("I-3"))
    bad.wait("AGAIN")
    bad.send("GONE", 2, 2)
    bad.ping()
    assert not [c for c, _ in bad.heard if c == "REFUSE"]
    wait_until(lambda: pg.counter("gone", "shelby"), what="it is counted")
    assert pg.counter("gone", "shelby") == 1, "the one that was missing"


# Digests and streams ------------------------------------------------------------------------------


def test_thousands_of_digests_of_one_agency_do_not_hold_up_anothers(pg, server, metro, shelby, peer):
    bad = peer(server, shelby)
    bad.hello(version=MINOR)
    bad.event(1, event("I-1"))
    bad.wait_acked(1)
    pg.execute("insert into agency.proof (stream_no, through, source, told_at, counts_from, their_digest, our_count, our_digest) "
               "select stream_no, n, 'x' || n, now() - interval '1 hour', 1, 0, 0, 0 "
               "from agency.stream, generate_series(1, 3000) n")
    proves_in_time(server, metro, peer)
    waiting = pg.one("select count(*) from agency.proof where verdict is null")
    assert waiting > 500, "the other one had its turn among them"
    wait_until(lambda: pg.one("select count(*) from agency.proof where verdict is null") < waiting, 20,
               "they have their turns too")


def test_section_is_counted_by_itself_and_a_late_record_changes_one(pg, server, metro, peer):
    one, digest = peer(server, metro), Digest()
    one.hello(version=MINOR)
    late = b'{"kind":"call.received","incident":"I-2","occurred_at":"2026-11-23T09:00:00Z"}'
    for seq in (1, 3):
        digest.add(seq, one.event(seq, event(f"C-{seq}")))
    digest.add(2, late)
    one.wait_acked(1, 3)
    one.send("MANIFEST", digest.manifest("a"))
    assert heard(one) == ("waiting", 3, 2, 1)
    for seq in (4, 5):
        digest.add(seq, one.event(seq, event(f"C-{seq}")))
        one.send("MANIFEST", digest.manifest(f"b{seq}"))
        assert heard(one) == ("same", 1, 1, 0)
    before = pg.rows("select through, xmin::text from agency.proof where through > 3 order by 1")
    one.event(2, late)
    assert heard(one) == ("same", 3, 3, 0)
    assert pg.rows("select through, xmin::text from agency.proof where through > 3 order by 1") == before
    digest.add(6, one.event(6, event("I-6")))
    one.send("MANIFEST", digest.manifest("c"))
    assert heard(one) == ("same", 1, 1, 0)
    assert pg.row("select told_count from agency.stream") == {"told_count": 6}


def test_manifests_that_cost_no_credit_are_bounded_while_they_wait(pg, server, shelby, peer):
    bad = peer(server, shelby)
    bad.hello()
    bad.event(1, event("I-1"))
    bad.wait_acked(1)
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.manifest in access exclusive mode")
        for n in range(1500):
            bad.send("MANIFEST", {"source": f"{n}"})
        assert bad.wait_refuse(20) == "credit"
    session.close()
    wait_until(lambda: pg.counter("over_credit", "shelby") == 1, what="it is counted")
    assert 0 < wait_until(lambda: pg.one("select count(*) from agency.manifest"), what="those that waited") <= 1025


def test_agency_begins_so_many_new_streams_within_the_hour(pg, intake, metro, shelby, peer):
    server = intake(limits={"agency_streams_h": 3})
    streams = [uuid.uuid4() for _ in range(3)]
    for stream in streams:
        peer(server, shelby).hello(stream=stream)
    late = peer(server, shelby)
    late.hello(stream=uuid.uuid4(), wait=False)
    assert late.wait_refuse() == "limit"
    assert peer(server, shelby).hello(stream=streams[0])["high"] == 0, "its own are taken as ever"
    peer(server, metro).hello()
    assert pg.one("select count(*) from agency.stream where agency_id = %s", shelby.id) == 3
    wait_until(lambda: pg.counter("too_many_streams", "shelby") == 1, what="it is counted")
    pg.execute("update agency.stream set created_at = now() - interval '61 min'")
    peer(server, shelby).hello(stream=uuid.uuid4())


def test_streams_that_never_held_anything_are_purged_after_a_week(pg, intake, shelby, peer):
    server = intake(holding={"purge_s": 1})
    used, empty = peer(server, shelby), peer(server, shelby)
    used.hello(stream=uuid.uuid4())
    used.event(1, event("I-1"))
    used.wait_acked(1)
    empty.hello(stream=uuid.uuid4())
    empty.send("MANIFEST", {"source": "x"})
    peer(server, shelby).hello(stream=uuid.uuid4())
    wait_until(lambda: pg.one("select count(*) from agency.manifest") == 1, what="the manifest")
    assert pg.one("select count(*) from agency.stream") == 3
    pg.execute("update agency.stream set created_at = now() - interval '8 d', heard_at = now() - interval '8 d'")
    wait_until(lambda: pg.one("select count(*) from agency.stream") == 2, 20, "the empty one is gone")


def test_hello_waits_for_one_of_each_other_agency_and_not_for_all_of_one(pg, server, metro, shelby, peer):
    bad = [peer(server, shelby) for _ in range(8)]
    good = peer(server, metro)
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.stream in access exclusive mode")
        for one in bad:
            one.hello(stream=uuid.uuid4(), wait=False)
        server.wait_log(r"event=hello agency=shelby", count=8)
        good.hello(wait=False)
        server.wait_log(r"event=hello agency=metro")
    session.close()
    good.wait("WELCOME")
    for one in bad:
        one.wait("WELCOME")
    order = [agency for (agency,) in pg.rows("select agency_id from agency.stream order by connected_at")]
    assert order.index(metro.id) <= 2, "behind the one that was on its way, and one more at most"


# Octets and connections ---------------------------------------------------------------------------


def peak_mib(server):
    with open(f"/proc/{server.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))


def test_message_without_end_is_cut_before_it_fills_the_memory(pg, server, metro, shelby, peer):
    good, bad = peer(server, metro), peer(server, shelby)
    good.hello()
    bad.hello()
    good.event(1, event("I-1"))
    good.wait_acked(1)
    before = peak_mib(server)
    bad.send_raw(SIGNATURE, b"EVENT", u64(1), EVENT_TYPE.encode(), *[b"x" * (1 << 20)] * 299)
    bad.wait_monitor(zmq.EVENT_DISCONNECTED, timeout=30)
    wait_until(lambda: pg.counter("overlong_message") >= 1, what="it is counted")
    good.event(2, event("I-2"))
    good.wait_acked(2)
    assert not [e for e, _ in good.monitored if e == zmq.EVENT_DISCONNECTED]
    if not os.path.exists(os.path.join(liaison.OUT, "asan")) and "asan" not in liaison.OUT:
        assert peak_mib(server) < before + 40


def test_many_whole_messages_are_never_taken_for_one_without_end(pg, server, shelby, peer):
    one = peer(server, shelby)
    one.hello()
    large = b'{"kind":"call.received","remarks":"' + b"x" * 60000 + b'"}'
    for seq in range(1, 301):  # 18 MiB, a few octets of credit at a time
        while one.limit < seq * (len(large) + 128):
            one.pump(0.05)
        one.event(seq, large)
    one.wait_nak(300)
    assert not [e for e, _ in one.monitored if e == zmq.EVENT_DISCONNECTED]
    assert pg.counter("overlong_message") == 0


@pytest.mark.parametrize("said", [b"", b"\xff" + bytes(8) + b"\x7f\x03\x00CURVE" + bytes(47)],
                         ids=["nothing", "greeting"])
def test_connections_without_a_key_are_bounded_and_keep_no_agency_out(pg, intake, metro, shelby, peer, said):
    server = intake(limits={"address_connections": 4})  # 32 after a connection from there has shown a key
    good = peer(server, metro)
    good.hello()
    idle = []
    for _ in range(200):
        idle.append(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        idle[-1].sendall(said)
    late = peer(server, shelby)
    late.hello()
    late.event(1, event("I-1"))
    late.wait_acked(1)
    server.wait_log(r"event=connection_cut count=\d+ crowded=[1-9]")
    wait_until(lambda: pg.counter("connection_cut") >= 100, what="they are counted")
    good.event(1, event("I-2"))
    good.wait_acked(1)
    poll = select.poll()
    for one in idle:
        poll.register(one, select.POLLIN | select.POLLHUP)
    wait_until(lambda: len(poll.poll(0)) >= 168, 20, "the oldest are closed", every=0.2)
    for one in idle:
        one.close()
