"""One agency's abuse does not affect the others: its connections, its rate and its part of a commit are
bounded, and other agencies are still answered. Nothing here depends on speed; `tests/bench/run.sh
isolation` measures it."""

import time
import uuid

import pytest
import zmq

from liaison import SIGNATURE, event, wait_until

pytestmark = pytest.mark.needs("liaison-intake")


@pytest.fixture
def shelby(pg):
    return pg.agency("shelby")


def flood(one, turn):
    for seq in range(turn * 50 + 1, turn * 50 + 51):
        one.event(seq, event(f"F-{seq}"))


def garbage(one, turn):
    for i in range(50):
        one.send_raw(SIGNATURE, b"EVENT" if i % 2 else b"\xff" * 40, bytes([i]) * 300)


def read_nothing(one, turn):
    flood(one, turn)
    for _ in range(200):
        one.send("PING", 1)


def replay(one, _turn):
    for seq in range(1, 51):
        one.event(seq, event(f"F-{seq}"))


def jump(one, turn):
    for seq in range(turn * 500 + 10, turn * 500 + 510, 10):
        one.event(seq, event(f"F-{seq}"))


@pytest.mark.parametrize("abuse", [flood, garbage, read_nothing, replay, jump])
def test_others_are_all_answered_while_one_abuses(pg, intake, metro, shelby, peer, abuse):
    server = intake()
    good, bad = peer(server, metro), peer(server, shelby)
    good.hello()
    bad.hello()
    for turn in range(20):
        abuse(bad, turn)
        good.event(turn + 1, event(f"G-{turn}"))
    good.wait_acked(*range(1, 21), timeout=30)
    assert "REFUSE" not in [command for command, _ in good.heard]
    assert not [e for e, _ in good.monitored if e == zmq.EVENT_DISCONNECTED]
    assert pg.one("select count(*) from agency.event where agency_id = %s", metro.id) == 20


def test_one_agency_fills_a_part_of_a_commit_and_no_more(pg, intake, metro, shelby, peer):
    lake = pg.agency("lake")
    assert (lake.id - metro.id) % 2 == 0, "one of the two writers has both"
    server = intake(limits={"batch_rows": 8})
    good, bad = peer(server, metro), peer(server, lake)
    good.hello()
    bad.hello()
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        for seq in range(1, 31):
            bad.event(seq, event(f"F-{seq}"))
        bad.ping()
        good.event(1, event("G-1"))
        good.ping()
    session.close()
    good.wait_acked(1)
    bad.wait_acked(*range(1, 31))
    before = pg.one("select count(*) from agency.event where agency_id = %s and xmin::text::bigint <= "
                    "(select xmin::text::bigint from agency.event where agency_id = %s)",
                    lake.id, metro.id)
    assert before <= 1 + 3, "one that was on its way, and its part of the next commit"
    assert pg.rows("select seq from agency.event where agency_id = %s order by xmin::text::bigint, seq",
                   lake.id) == [(seq,) for seq in range(1, 31)], "its own stay in order"


def test_one_connection_too_many_is_refused_and_comes_in_when_another_has_gone(
        pg, intake, metro, shelby, peer):
    server = intake(limits={"agency_connections": 3})
    held = [peer(server, shelby) for _ in range(3)]
    for one in held:
        one.hello(stream=uuid.uuid4())
    late = peer(server, shelby, refused=True)
    assert late.wait_monitor(zmq.EVENT_HANDSHAKE_FAILED_AUTH) == 400
    assert server.lines(r"event=refused_key reason=too_many_connections")
    wait_until(lambda: pg.counter("refused_key", "shelby") == 1, what="it is counted for its agency")
    other = peer(server, metro)
    other.hello()
    held[0].close()

    def comes_in():
        late.disconnect()
        late.connect()
        late.monitor.poll(1000)
        late.pump(0.5)
        return zmq.EVENT_HANDSHAKE_SUCCEEDED in [e for e, _ in late.monitored]

    wait_until(comes_in, 30, "the late one is let in", every=0.2)
    late.hello(stream=uuid.uuid4())


def test_agencys_own_limit_counts_more_than_the_setting_and_moves_while_running(
        pg, intake, shelby, peer):
    server = intake(limits={"agency_connections": 1})
    first = peer(server, shelby)
    first.hello(stream=uuid.uuid4())
    pg.execute("update agency.agency set max_connections = 3 where slug = 'shelby'")
    server.wait_log(r"event=loaded table=keys", count=2)
    peer(server, shelby).hello(stream=uuid.uuid4())


def test_rate_delays_credit_and_refuses_nothing(pg, intake, shelby, peer):
    pg.execute("update agency.agency set max_records_s = 10 where slug = 'shelby'")
    one = peer(intake(), shelby)
    limit = one.hello()["credit"]
    begun = time.monotonic()
    for seq in range(1, 31):  # the rate of three seconds: a burst of one second is allowed, two seconds are owed
        one.event(seq, event(f"I-{seq}", remarks="x" * 2000))
    one.wait_acked(*range(1, 31))
    wait_until(lambda: one.pump(0.05) or one.limit > limit, 20, "credit comes", every=0)
    assert time.monotonic() - begun > 1.8
    assert "REFUSE" not in [command for command, _ in one.heard]


def test_sender_far_over_its_credit_is_refused_and_cut_if_it_stays(pg, intake, shelby, peer):
    one = peer(intake(), shelby)
    limit = one.hello()["credit"]
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        spent, seq = 0, 0
        while spent <= limit + (1 << 17):
            seq += 1
            spent += len(one.event(seq, event(f"I-{seq}"))) + 128
        assert one.wait_refuse(20) == "credit"
    session.close()
    one.wait_monitor(zmq.EVENT_DISCONNECTED, timeout=20)
    wait_until(lambda: pg.counter("over_credit", "shelby") == 1, what="it is counted")


def test_order_gaps_and_repetitions_are_counted_for_their_agency(pg, intake, metro, shelby, peer):
    server = intake()
    good, bad = peer(server, metro), peer(server, shelby)
    good.hello()
    bad.hello()
    good.event(1, event("G-1"))
    for seq in (1, 4, 2, 4, 3):
        bad.event(seq, event(f"B-{seq}"))
    bad.wait_acked(1, 2, 3, 4)
    good.wait_acked(1)
    for name, count in (("gap", 1), ("sequence_late", 2), ("sequence_repeated", 1)):
        wait_until(lambda name=name, count=count: pg.counter(name, "shelby") == count, what=name)
        assert pg.counter(name, "metro") == 0
