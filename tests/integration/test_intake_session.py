"""Keys, sessions, streams, frames and credit. An error of one peer does not disturb the others."""

import json
import os
import uuid

import pytest
import zmq

from liaison import SIGNATURE, event, u64, wait_until

pytestmark = pytest.mark.needs("liaison-intake")


@pytest.fixture
def bystander(intake_server, metro, peer):
    """A well-behaved peer, which must stay connected and be served whatever the test does."""
    one = peer(intake_server, metro)
    one.hello()
    one.event(1, event("BYSTANDER-1"))
    one.wait_acked(1)
    yield one
    one.event(2, event("BYSTANDER-2"))
    one.wait_acked(2)
    assert not [e for e, _ in one.monitored if e == zmq.EVENT_DISCONNECTED]
    assert "REFUSE" not in [command for command, _ in one.heard]


@pytest.fixture
def intake_server(intake, metro):
    return intake()


# Keys ---------------------------------------------------------------------------------------------


def test_unknown_key_is_refused_counted_and_logged_and_comes_in_once_it_is_known(
        pg, intake_server, bystander, client):
    stranger = pg.agency("shelby", key=False)
    one = client(intake_server, stranger)
    one.put(json.dumps(event("I-1")).encode())
    one.work(until=lambda: one.told)
    assert one.told[0] == "key not let in (400)"
    wait_until(lambda: pg.counter("refused_key") >= 1, what="the refusal is counted")
    assert intake_server.lines(r"event=refused_key")
    assert stranger.public.decode() not in intake_server.log()
    stranger.let_in()
    assert one.work(until=one.done), one.told
    assert pg.one("select agency_id from agency.event where incident_no = 'I-1'") == stranger.id


def test_revoked_key_is_refused_in_the_handshake(pg, intake_server, bystander, peer):
    shelby = pg.agency("shelby")
    peer(intake_server, shelby)
    shelby.revoke()
    intake_server.wait_log(r"event=loaded table=keys", count=3)
    one = peer(intake_server, shelby, refused=True)
    assert one.wait_monitor(zmq.EVENT_HANDSHAKE_FAILED_AUTH) == 400


def test_key_revoked_while_connected_is_told_so_and_stores_nothing_more(
        pg, intake_server, bystander, peer):
    shelby = pg.agency("shelby")
    one = peer(intake_server, shelby)
    one.hello()
    one.event(1, event("I-1"))
    one.wait_acked(1)
    shelby.revoke()
    assert one.wait_refuse() == "revoked"
    one.event(2, event("I-2"))
    one.send("HELLO", {"version": {"major": 1, "minor": 0}, "stream": one.stream, "epoch": one.epoch,
                       "mode": "live"})
    bystander.ping()
    assert pg.one("select count(*) from agency.event where incident_no = 'I-2'") == 0
    assert [c for c, _ in one.heard].count("WELCOME") == 1
    wait_until(lambda: pg.counter("revoked_key", "shelby") >= 1, what="the revocation is counted")
    assert intake_server.lines(r"event=session_refused agency=shelby code=revoked")


def test_revoked_agent_comes_back_by_itself_when_it_is_let_in_again(pg, intake_server, client):
    shelby = pg.agency("shelby")
    one = client(intake_server, shelby)
    one.put(json.dumps(event("I-1")).encode())
    assert one.work(until=one.done)
    shelby.revoke()
    assert one.work(until=lambda: any("revoked" in why for why in one.told)), one.told
    one.put(json.dumps(event("I-2")).encode())
    one.work(until=one.done, timeout=0.5)
    shelby.let_in()
    assert one.work(until=one.done), one.told


def test_second_key_of_an_agency_is_the_same_agency(pg, intake_server, metro, peer):
    pair = zmq.curve_keypair()
    pg.execute("insert into agency.feed_key (public_key, agency_id) values (%s, %s)",
               pair[0].decode(), metro.id)
    assert peer(intake_server, key=pair).hello()["agency"] == "metro"


def test_peer_without_curve_gets_nowhere(intake_server, bystander):
    context = zmq.Context()
    plain = context.socket(zmq.DEALER)
    plain.linger = 0
    monitor = plain.get_monitor_socket()
    plain.connect(intake_server.endpoint)
    plain.send_multipart([SIGNATURE, b"PING", u64(1)])
    assert monitor.poll(5000)
    assert not plain.poll(300)
    context.destroy(linger=0)


def test_database_away_at_the_start_makes_agents_wait_and_not_give_up(
        cluster, pg, intake, metro, client):
    cluster.stop("fast")
    try:
        server = intake(start=False).start(ready=False)
        one = client(server, metro)
        one.put(json.dumps(event("I-1")).encode())
        one.work(until=one.done, timeout=1.0)
    finally:
        cluster.start()
    server.wait_log(r"event=ready", timeout=20)
    assert one.work(until=one.done), one.told


# Sessions and streams -----------------------------------------------------------------------------


@pytest.mark.parametrize("message", [
    ("EVENT", 1, "application/vnd.liaison.event+json", b"{}"), ("GONE", 1, 1), ("PING", 1),
    ("MANIFEST", {"source": "x"})])
def test_command_before_hello_is_refused(intake_server, bystander, metro, peer, message):
    one = peer(intake_server, metro)
    one.send(*message)
    assert one.wait_refuse() == "no_session"
    one.hello()


def test_higher_minor_version_and_unknown_members_are_taken(intake_server, metro, peer):
    welcome = peer(intake_server, metro).hello(version={"major": 1, "minor": 9}, colour="green")
    assert welcome["version"] == {"major": 1, "minor": 2}


@pytest.mark.parametrize("change", [
    {"stream": None}, {"stream": "not a uuid"}, {"mode": "sideways"}, {"mode": None},
    {"epoch": "yesterday"}, {"epoch": 2.5}])
def test_hello_that_the_page_does_not_allow_is_refused(intake_server, bystander, metro, peer, change):
    one = peer(intake_server, metro)
    said = {"version": {"major": 1, "minor": 0}, "stream": str(uuid.uuid4()), "epoch": 1,
            "mode": "live", **change}
    one.send("HELLO", {k: v for k, v in said.items() if v is not None})
    assert one.wait_refuse() == "syntax"


MALFORMED = {
    "unknown command": (SIGNATURE, b"SHOUT"),
    "empty command": (SIGNATURE, b""),
    "too few frames": (SIGNATURE, b"EVENT", u64(1), b"x"),
    "too many frames": (SIGNATURE, b"PING", u64(1), b""),
    "short number": (SIGNATURE, b"PING", b"1234567"),
    "long number": (SIGNATURE, b"PING", b"123456789"),
    "gone backwards": (SIGNATURE, b"GONE", u64(9), u64(3)),
    "sequence zero": (SIGNATURE, b"EVENT", u64(0), b"application/vnd.liaison.event+json", b"{}"),
    "sequence over 63 bits": (SIGNATURE, b"EVENT", b"\xff" * 8, b"application/vnd.liaison.event+json", b"{}"),
    "gone over 63 bits": (SIGNATURE, b"GONE", u64(1), b"\xff" * 8),
    "gone from zero": (SIGNATURE, b"GONE", u64(0), u64(1)),
    "content type not UTF-8": (SIGNATURE, b"EVENT", u64(1), b"text/\xff\xfe", b"{}"),
    "content type with NUL": (SIGNATURE, b"EVENT", u64(1), b"text\0x", b"{}"),
    "content type empty": (SIGNATURE, b"EVENT", u64(1), b"", b"{}"),
    "content type too long": (SIGNATURE, b"EVENT", u64(1), b"x" * 81, b"{}"),
    "an intake's command": (SIGNATURE, b"ACK", u64(1) + u64(2)),
    "manifest not JSON": (SIGNATURE, b"MANIFEST", b"["),
    "frames without end": (SIGNATURE, b"PING", *[u64(1)] * 40),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_message_is_refused_as_syntax(intake_server, bystander, metro, peer, case):
    one = peer(intake_server, metro)
    one.hello()
    one.send_raw(*MALFORMED[case])
    assert one.wait_refuse() == "syntax"


@pytest.mark.parametrize("signature,code", [(b"LSN\x02", "version"), (b"XXX\x01", "syntax"), (b"", "syntax")])
def test_other_signature_is_refused(intake_server, bystander, metro, peer, signature, code):
    one = peer(intake_server, metro)
    one.send_raw(signature, b"PING", u64(1))
    assert one.wait_refuse() == code


def test_random_frames_never_stop_intake(intake_server, bystander, metro, peer):
    one = peer(intake_server, metro)
    one.hello()
    for size in range(60):
        one.send_raw(*[os.urandom(size) for _ in range(size % 9 + 1)])
    one.wait_refuse()
    one.wait_refuse()


def test_stream_taken_over_by_a_second_connection_is_told_to_the_first(intake_server, metro, peer):
    one = peer(intake_server, metro)
    one.hello()
    two = peer(intake_server, metro)
    two.hello(stream=one.stream, epoch=one.epoch)
    assert one.wait_refuse() == "taken"
    two.event(1, event("I-1"))
    two.wait_acked(1)


def test_stream_taken_over_at_another_intake_is_told_to_the_first(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    two = peer(intake(), metro)
    two.hello(stream=one.stream, epoch=one.epoch)
    two.event(1, event("I-1"))
    two.wait_acked(1)
    one.event(1, event("I-OTHER"))
    assert one.wait_refuse() == "taken"
    assert pg.rows("select incident_no from agency.event") == [("I-1",)]


def test_streams_that_another_intake_took_leave_the_commit_and_the_others_stay(pg, intake, metro, peer):
    """Eight of the nine streams of one commit have another owner at the time of the commit."""
    first, second = intake(), intake()
    kept, lost = peer(first, metro), [peer(first, metro) for _ in range(8)]
    for one in [kept, *lost]:
        one.hello()
    for one in lost:
        peer(second, metro).hello(stream=one.stream, epoch=one.epoch)
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        kept.event(1, event("I-0"))  # events that arrive while this one is stored make up the next commit
        kept.ping()
        kept.event(2, event("I-9"))
        kept.ping()
        for n, one in enumerate(lost):
            one.event(1, event(f"I-LOST-{n}"))
            one.ping()
    session.close()
    kept.wait_acked(1, 2)
    assert [one.wait_refuse() for one in lost] == ["taken"] * len(lost)
    assert pg.rows("select incident_no from agency.event order by seq") == [("I-0",), ("I-9",)]


def test_same_stream_of_another_agency_is_another_stream(pg, intake_server, metro, peer):
    shelby = pg.agency("shelby")
    one, two = peer(intake_server, metro), peer(intake_server, shelby)
    one.hello()
    welcome = two.hello(stream=one.stream, epoch=one.epoch)
    assert (welcome["agency"], welcome["high"]) == ("shelby", 0)
    one.event(1, event("I-1"))
    two.event(1, event("I-1"))
    one.wait_acked(1)
    two.wait_acked(1)
    assert pg.rows("select agency_id, incident_no from agency.event order by 1") == \
        sorted([(metro.id, "I-1"), (shelby.id, "I-1")])
    assert "REFUSE" not in [c for c, _ in one.heard + two.heard]


def test_mode_is_fixed_for_the_life_of_a_stream(intake_server, metro, peer):
    one = peer(intake_server, metro)
    one.hello(mode="backfill")
    one.send("BYE")
    two = peer(intake_server, metro)
    two.hello(stream=one.stream, epoch=one.epoch, mode="live", wait=False)
    assert two.wait_refuse() == "mode"


@pytest.mark.parametrize("clock", [-2**63, 2**63 - 1, 0, "noon", 1e300])
def test_agents_clock_may_say_anything(intake_server, bystander, metro, peer, clock):
    one = peer(intake_server, metro)
    one.hello(clock=clock)
    one.send("PING", b"\xff" * 8)
    one.wait("PONG")


def test_takeover_while_records_of_the_first_are_on_their_way(
        pg, intake_server, bystander, metro, peer):
    one, two = peer(intake_server, metro), peer(intake_server, metro)
    one.hello()
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        for seq in range(1, 51):
            one.event(seq, event(f"I-{seq}"))
        one.ping()
        two.hello(stream=one.stream, epoch=one.epoch, wait=False)
        for seq in range(51, 101):
            one.event(seq, event(f"I-{seq}"))
    session.close()
    high = json.loads(two.wait("WELCOME")[0])["high"]
    for seq in range(high + 1, 121):
        two.event(seq, event(f"I-{seq}"))
    two.wait_acked(*range(high + 1, 121))
    assert one.wait_refuse() == "taken"
    rows = pg.rows("select seq from agency.event where incident_no like 'I-%' order by 1")
    assert [row[0] for row in rows] == list(range(1, 121))
    assert pg.one("select count(*) from agency.stream_gap") == 0


def test_hello_again_on_the_same_connection_goes_on(pg, intake_server, metro, peer):
    one = peer(intake_server, metro)
    one.hello()
    one.event(1, event("I-1"))
    one.wait_acked(1)
    welcome = one.hello()
    assert welcome["high"] == 1
    one.event(2, event("I-2"))
    one.wait_acked(2)


def test_bye_ends_the_session(intake_server, metro, peer):
    one = peer(intake_server, metro)
    one.hello()
    one.send("BYE")
    one.send("PING", 1)
    assert one.wait_refuse() == "no_session"


# Frames and credit --------------------------------------------------------------------------------


def test_overlong_frame_is_refused_and_counted_for_its_agency(pg, intake_server, bystander, peer):
    shelby = pg.agency("shelby")
    one = peer(intake_server, shelby)
    one.hello()
    one.send("EVENT", 1, "application/vnd.liaison.event+json", b"x" * 1_100_000)
    assert one.wait_refuse() == "syntax"
    wait_until(lambda: pg.counter("overlong_frame", "shelby") == 1, what="the frame is counted")
    assert intake_server.lines(r"event=overlong_frame agency=shelby")
    assert pg.one("select count(*) from agency.event where agency_id = %s", shelby.id) == 0


def test_frame_far_too_long_cuts_its_connection_alone_and_is_counted(pg, intake_server, bystander, peer):
    shelby = pg.agency("shelby")
    one = peer(intake_server, shelby)
    one.hello()
    one.send("EVENT", 1, "application/vnd.liaison.event+json", b"x" * 5_000_000)
    one.wait_monitor(zmq.EVENT_DISCONNECTED)
    wait_until(lambda: pg.counter("cut_session", "shelby") == 1, what="the cut is counted")
    assert intake_server.lines(r"event=cut_session agency=shelby")
    assert pg.one("select count(*) from agency.event where agency_id = %s", shelby.id) == 0


def test_silent_session_is_forgotten_after_three_heartbeats(pg, intake, metro, peer):
    one = peer(intake(intake={"heartbeat_ms": 100}), metro)
    assert one.hello()["heartbeat_ms"] == 100
    wait_until(lambda: pg.counter("silent_session", "metro") == 1, what="the silence is counted")
    one.send("PING", 1)
    assert one.wait_refuse() == "no_session"
    one.hello()


def test_frame_just_under_the_limit_is_answered(intake_server, metro, peer):
    one = peer(intake_server, metro)
    one.hello()
    one.event(1, b'{"x":"' + b"x" * 1_048_560 + b'"}', "application/emergency.eido+json")
    assert one.wait_nak(1)[0] in ("missing", "syntax", "size")


def fat_body(i):
    return event(f"I-{i}", note="x" * 60000)


def test_credit_is_raised_as_events_are_committed(intake, metro, peer):
    one = peer(intake(), metro)
    welcome = one.hello()
    spent = 0
    for seq in range(1, 40):
        spent += len(one.event(seq, fat_body(seq))) + 128
        one.wait_acked(seq)
        wait_until(lambda: one.pump(0.01) or one.limit >= spent + min(welcome["credit"], 1 << 20) // 2,
                   what="credit comes back")


def test_refused_and_repeated_events_give_their_credit_back(intake, metro, peer):
    one = peer(intake(), metro)
    welcome = one.hello()
    one.event(1, event("I-1"))
    one.wait_acked(1)
    spent = 0
    for _ in range(30):
        one.acked.clear()
        spent += len(one.event(1, fat_body(1))) + 128
        one.wait_acked(1)
    for seq in range(2, 32):
        spent += len(one.event(seq, b"{" + b"x" * 60000)) + 128
        one.wait_nak(seq)
    wait_until(lambda: one.pump(0.01) or one.limit >= spent + welcome["credit"] // 2,
               what="credit comes back")


def test_peer_far_over_its_credit_is_refused(pg, intake_server, bystander, peer):
    one = peer(intake_server, pg.agency("shelby"))
    limit = one.hello()["credit"]
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        spent, seq = 0, 0
        while spent <= limit + (1 << 20):
            seq += 1
            spent += len(one.event(seq, fat_body(seq))) + 128
        assert one.wait_refuse(20) == "credit"
    session.close()


def test_peer_within_its_credit_is_not_refused_however_long_the_commit_takes(pg, intake_server, metro, peer):
    one = peer(intake_server, metro)
    limit = one.hello()["credit"]
    session = pg.session()
    with session.cursor() as cursor:
        cursor.execute("lock table agency.event in access exclusive mode")
        spent, seq = 0, 0
        while spent + 61000 < limit:
            seq += 1
            spent += len(one.event(seq, fat_body(seq))) + 128
        one.ping()
        assert not one.acked
    session.close()
    one.wait_acked(*range(1, seq + 1), timeout=30)


def test_all_credit_together_stays_within_the_budget(intake, metro, pg, peer):
    server = intake(limits={"credit_mb": 4})
    peers = [peer(server, metro) for _ in range(8)]
    granted = [one.hello(stream=uuid.uuid4())["credit"] for one in peers]
    assert sum(granted) <= 4 << 20, granted
    assert all(credit > 0 for credit in granted)
    for i, one in enumerate(peers):
        one.event(1, event(f"I-{i}"))
    for one in peers:
        one.wait_acked(1)
