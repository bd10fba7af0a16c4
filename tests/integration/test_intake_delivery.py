"""An acknowledged event is stored, once; an event that is not stored is not acknowledged."""

import json
import time
import uuid

import pytest

from liaison import ago, event, wait_until

pytestmark = pytest.mark.needs("liaison-intake")


def stored(pg):
    return [row[0] for row in pg.rows("select seq from agency.event order by seq")]


def bodies(count, prefix="I"):
    base = time.time()
    for i in range(count):
        yield json.dumps({"kind": "call.received", "incident": f"{prefix}-{i:05d}",
                          "occurred_at": ago(base - i * 0.25 - base + 3600),
                          "call_type": "DISTURB", "place": {"address": f"{i} MAIN ST"}}).encode()


def test_thousand_events_over_a_cut_connection_are_stored_once_each(pg, intake, metro, client, proxy):
    server = intake()
    relay = proxy(server.endpoint)
    one = client(server, metro, endpoint=relay.endpoint)
    for body in bodies(1000):
        one.put(body)
    cuts = []

    def cut_in_the_middle():
        if not cuts and 100 < len(one.acked) < 900:
            cuts.append(relay.cut())
        return one.done()

    # The second half is put after the first has begun, so that the cut falls between them.
    one.next = 501
    assert one.work(until=lambda: len(one.acked) > 100)
    cuts.append(relay.cut())
    one.next = 1001
    assert one.work(until=cut_in_the_middle), f"{len(one.acked)} acknowledged; told {one.told}"
    assert cuts[0] == 1 and "disconnected" in one.told
    assert not one.naked
    assert stored(pg) == list(range(1, 1001))
    assert pg.one("select count(*) from agency.incident") == 1000
    assert pg.one("select high from agency.stream") == 1000


def test_no_acknowledgement_while_the_table_is_locked(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        one.event(1, event("I-1"))
        wait_until(lambda: pg.one("select count(*) from pg_stat_activity where usename = "
                                  "'liaison_intake' and wait_event_type = 'Lock'"), what="intake waits")
        one.hears_nothing("ACK", one.ping)
    session.commit()
    session.close()
    one.wait_acked(1)
    assert stored(pg) == [1]


def test_no_acknowledgement_before_the_commit_itself_has_ended(pg, intake, metro, peer):
    # A deferred trigger runs inside COMMIT, after every statement of the transaction has succeeded.
    pg.execute("""
        create function public.hold() returns trigger language plpgsql security definer as
            $$ begin perform pg_advisory_xact_lock(77); return null; end $$;
        create constraint trigger hold after insert on agency.event deferrable initially deferred
            for each row execute function public.hold();
        grant usage on schema public to public""")
    one = peer(intake(), metro)
    one.hello()
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(77)")
        one.event(1, event("I-1"))
        wait_until(lambda: pg.one("select count(*) from pg_stat_activity where usename = "
                                  "'liaison_intake' and wait_event = 'advisory'"), what="COMMIT waits")
        one.hears_nothing("ACK", one.ping)
        assert stored(pg) == []
    session.close()
    one.wait_acked(1)
    assert stored(pg) == [1]


def test_same_sequence_again_is_acknowledged_and_stored_no_second_time(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1"))
    one.wait_acked(1)
    one.acked.clear()
    one.event(1, event("I-1", address="SOMEWHERE ELSE"))
    one.wait_acked(1)
    assert stored(pg) == [1]
    assert pg.one("select address from agency.event") is None
    assert pg.tally("repeated") == 1


def test_same_sequence_twice_in_one_batch_is_stored_once(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    body = event("I-1")
    for seq in (1, 1, 2, 2, 1):
        one.event(seq, dict(body, incident=f"I-{seq}"))
    one.wait_acked(1, 2)
    one.ping()
    assert stored(pg) == [1, 2]


def test_same_fact_under_another_sequence_is_counted_as_duplicate(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    body = event("I-1", latitude=40.0, longitude=-75.0)
    one.event(1, body)
    one.wait_acked(1)
    one.event(2, body)
    one.wait_acked(2)
    assert stored(pg) == [1]
    assert pg.tally("duplicate") == 1
    assert pg.tally("at_school + no_school") == 1


def test_same_fact_twice_in_one_batch_is_counted_as_duplicate(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    body = event("I-1")
    for seq in (1, 2, 3):
        one.event(seq, body)
    one.wait_acked(1, 2, 3)
    assert pg.one("select count(*) from agency.event") == 1
    assert pg.tally("duplicate") == 2


def test_same_fact_on_another_stream_of_the_agency_is_a_duplicate(pg, intake, metro, peer):
    server = intake()
    body = event("I-1")
    for _ in range(2):
        one = peer(server, metro)
        one.hello(stream=uuid.uuid4())
        one.event(1, body)
        one.wait_acked(1)
    assert pg.one("select count(*) from agency.event") == 1
    assert pg.tally("duplicate") == 1


def test_gap_is_asked_for_and_filled(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1"))
    one.event(5, event("I-5"))
    assert [int.from_bytes(a, "big") for a in one.wait("AGAIN")] == [2, 4]
    one.wait_acked(1, 5)
    assert stored(pg) == [1, 5]
    for seq in (2, 3, 4):
        one.event(seq, event(f"I-{seq}"))
    one.wait_acked(2, 3, 4)
    assert stored(pg) == [1, 2, 3, 4, 5]
    assert pg.one("select count(*) from agency.stream_gap") == 0


def test_gap_left_open_is_wanted_by_the_next_session(pg, intake, metro, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(3, event("I-3"))
    one.wait_acked(3)
    one.send("BYE")
    two = peer(server, metro)
    welcome = two.hello(stream=one.stream, epoch=one.epoch)
    assert (welcome["high"], welcome["wanted"]) == (3, [[1, 2]])
    two.event(1, event("I-1"))
    two.event(2, event("I-2"))
    two.wait_acked(1, 2)
    assert stored(pg) == [1, 2, 3]


def test_gap_filled_in_the_middle_splits(pg, intake, metro, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(7, event("I-7"))
    one.wait_acked(7)
    one.event(3, event("I-3"))
    one.wait_acked(3)
    one.send("BYE")
    welcome = peer(server, metro).hello(stream=one.stream, epoch=one.epoch)
    assert (welcome["high"], welcome["wanted"]) == (7, [[1, 2], [4, 6]])


def test_gone_closes_a_gap_as_lost_and_says_so(pg, intake, metro, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(4, event("I-4"))
    one.wait("AGAIN")
    one.event(1, event("I-1"))
    one.wait_acked(1, 4)
    one.send("GONE", 2, 3)
    wait_until(lambda: pg.one("select count(*) from agency.stream_gap where gone_at is not null and "
                              "(first, last) = (2, 3)"), what="the loss is on record")
    one.send("BYE")
    assert peer(server, metro).hello(stream=one.stream, epoch=one.epoch)["wanted"] == []


def test_first_session_of_a_stream_starts_at_nothing(intake, metro, peer):
    welcome = peer(intake(), metro).hello()
    assert welcome["agency"] == "metro"
    assert (welcome["high"], welcome["wanted"]) == (0, [])
    assert welcome["credit"] > 0 and welcome["heartbeat_ms"] > 0
    assert welcome["max_body"] >= 65536


def test_two_intakes_on_one_database_store_each_event_once(pg, intake, metro, client):
    servers = [intake(), intake()]
    clients = [client(server, metro) for server in servers for _ in range(2)]
    for i, one in enumerate(clients):
        for body in bodies(200, f"S{i}"):
            one.put(body)

    def all_done():
        for one in clients:
            one.work(until=one.done, timeout=0.05)
        return all(one.done() for one in clients)

    wait_until(all_done, 60, "all four streams are acknowledged")
    assert pg.one("select count(*) from agency.event") == 800
    assert pg.one("select count(distinct (stream_no, seq)) from agency.event") == 800
    assert [r[0] for r in pg.rows("select high from agency.stream")] == [200] * 4


def test_two_intakes_told_the_same_facts_store_them_once(pg, intake, metro, client):
    clients = [client(intake(), metro) for _ in range(2)]
    for body in bodies(300):
        for one in clients:
            one.put(body)

    def all_done():
        for one in clients:
            one.work(until=one.done, timeout=0.02)
        return all(one.done() for one in clients)

    wait_until(all_done, 60, "both streams are acknowledged")
    assert pg.one("select count(*) from agency.event") == 300
    assert pg.tally("duplicate") == 300


def test_database_restart_in_the_middle_loses_and_doubles_nothing(cluster, pg, intake, metro, client):
    one = client(intake(), metro)
    for body in bodies(600):
        one.put(body)
    one.next = 301
    assert one.work(until=lambda: len(one.acked) >= 50)
    cluster.stop("immediate")
    one.next = 601
    one.work(until=one.done, timeout=0.5)
    cluster.start()
    assert one.work(until=one.done), f"{len(one.acked)} acknowledged; told {one.told}"
    assert stored(pg) == list(range(1, 601))


def test_intake_killed_and_restarted_goes_on_where_it_was(pg, intake, metro, client):
    server = intake()
    one = client(server, metro)
    for body in bodies(600):
        one.put(body)
    one.next = 301
    assert one.work(until=lambda: len(one.acked) >= 50)
    server.kill9()
    one.next = 601
    one.work(until=one.done, timeout=0.3)
    server.start()
    assert one.work(until=one.done), f"{len(one.acked)} acknowledged; told {one.told}"
    assert stored(pg) == list(range(1, 601))


def test_manifest_is_stored_after_the_events_that_came_before_it(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        for seq in (1, 2, 3):
            one.event(seq, event(f"I-{seq}"))
        one.send("MANIFEST", {"source": "calls.csv", "read": 5, "rejected": 1, "duplicate": 1,
                              "records": 3, "first": 1, "last": 3, "digest": ""})
        one.ping()
        assert pg.one("select count(*) from agency.manifest") == 0
    session.close()
    row = wait_until(lambda: pg.row("select * from agency.manifest"), what="the manifest is stored")
    assert (row["source"], row["rows_read"], row["rows_rejected"], row["rows_duplicate"],
            row["records"], row["first_seq"], row["last_seq"]) == ("calls.csv", 5, 1, 1, 3, 1, 3)
    assert stored(pg) == [1, 2, 3]


def test_what_a_clean_stop_leaves_is_taken_up_by_the_next_start(pg, intake, metro, client):
    server = intake()
    one = client(server, metro)
    for body in bodies(50):
        one.put(body)
    assert one.work(until=one.done)
    server.restart()
    for body in bodies(50, "J"):
        one.put(body)
    assert one.work(until=one.done)
    assert stored(pg) == list(range(1, 101))


def test_wakeup_is_published_after_the_change_can_be_read(pg, intake, metro, riverside, peer):
    import zmq

    riverside.school("LIN", 40.0, -75.0)
    server = intake()
    context = zmq.Context()
    bus = context.socket(zmq.SUB)
    bus.subscribe(b"")
    bus.connect(server.bus)
    one = peer(server, metro)
    one.hello()
    heard, seq = None, 0
    while heard is None and seq < 200:  # it is unknown when the subscription takes effect: keep making changes
        seq += 1
        one.event(seq, event(f"I-{seq}", latitude=40.0, longitude=-75.0))
        one.wait_acked(seq)
        if bus.poll(50):
            heard = bus.recv().decode()
    word, district, change = heard.split()
    assert (word, int(district)) == ("change", riverside.id)
    assert pg.one("select count(*) from district.change where change_id = %s", int(change)) == 1
    bus.close(0)
    context.term()
