"""Refused events: a NAK with code, field and reason, and a quarantine row without the content. A resend
that is then valid is stored."""

import hashlib
import json

import pytest

from liaison import EIDO_TYPE, EVENT_TYPE, ago, event, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

MARK = "ZQXMARK"  # is in every refused value, and must be found nowhere


def raw(**replaced):
    return json.dumps({**event(f"{MARK}-1"), **replaced}).encode()


def without(name):
    body = event(f"{MARK}-1")
    del body[name]
    return json.dumps(body).encode()


def deep(levels):
    return b'{"kind":"call.received","x":' + b'[' * levels + b']' * levels + b"}"


REFUSED = {
    "another agency's incident": (raw(agency="shelby"), EVENT_TYPE, "agency", "agency"),
    "invalid UTF-8": (raw(call_type="@").replace(b"@", b"ZQXMARK\xff\xfe"), EVENT_TYPE, "utf8", "call_type"),
    "overlong UTF-8": (raw(call_type="@").replace(b"@", b"ZQXMARK\xc0\xaf"), EVENT_TYPE, "utf8", "call_type"),
    "surrogate in UTF-8": (raw(call_type="@").replace(b"@", b"\xed\xa0\x80"), EVENT_TYPE, "utf8", "call_type"),
    "lone surrogate escaped": (raw(call_type="@").replace(b"@", b"\\ud800"), EVENT_TYPE, ("utf8", "syntax"), None),
    "U+0000 escaped": (raw(call_type="@").replace(b"@", b"ZQXMARK\\u0000"), EVENT_TYPE, "utf8", "call_type"),
    "10,000 levels": (deep(10000), EVENT_TYPE, "depth", None),
    "17 levels": (deep(17), EVENT_TYPE, "depth", None),
    "time in the year 99999": (raw(occurred_at="99999-01-01T00:00:00Z"), EVENT_TYPE, ("range", "time"), "occurred_at"),
    "time in the year 9999": (raw(occurred_at="9999-01-01T00:00:00Z"), EVENT_TYPE, "range", "occurred_at"),
    "time before 1990": (raw(occurred_at="1989-12-31T23:59:59Z"), EVENT_TYPE, "range", "occurred_at"),
    "time without offset": (raw(occurred_at="2026-01-01T00:00:00"), EVENT_TYPE, "time", "occurred_at"),
    "no time at all": (raw(occurred_at="ZQXMARK"), EVENT_TYPE, "time", "occurred_at"),
    "31 February": (raw(occurred_at="2026-02-31T00:00:00Z"), EVENT_TYPE, "time", "occurred_at"),
    "no kind": (without("kind"), EVENT_TYPE, "missing", "kind"),
    "no incident": (without("incident"), EVENT_TYPE, "missing", "incident"),
    "no time": (without("occurred_at"), EVENT_TYPE, "missing", "occurred_at"),
    "empty incident": (raw(incident="  "), EVENT_TYPE, "missing", "incident"),
    "unknown kind": (raw(kind=MARK), EVENT_TYPE, "value", "kind"),
    "incident too long": (raw(incident=MARK * 20), EVENT_TYPE, "size", "incident"),
    "body too long": (raw(x=MARK * 10000), EVENT_TYPE, "size", None),
    "not JSON": (b"ZQXMARK,40.0,-75.0", EVENT_TYPE, "syntax", None),
    "JSON cut off": (raw()[:-1], EVENT_TYPE, "syntax", None),
    "text behind the JSON": (raw() + b"ZQXMARK", EVENT_TYPE, "syntax", None),
    "not an object": (b'["ZQXMARK"]', EVENT_TYPE, "type", ""),
    "member twice": (raw().replace(b'{"kind"', b'{"incident": "ZQXMARK", "kind"'), EVENT_TYPE, "syntax", None),
    "empty body": (b"", EVENT_TYPE, ("syntax", "missing"), None),
    "other content type": (raw(), "text/csv", "content", None),
    "EIDO that is none": (raw(), EIDO_TYPE, ("missing", "syntax", "value", "type"), None),
}


@pytest.fixture(scope="module")
def session(module_pg, tmp_path_factory):
    """One intake for the whole table; each case has its own stream."""
    import liaison

    if not liaison.program("liaison-intake"):
        pytest.skip("liaison-intake is not built")
    agency = module_pg.agency("metro")
    module_pg.agency("shelby")
    server = liaison.Intake(tmp_path_factory.mktemp("refusal"), module_pg).start()
    yield module_pg, server, agency
    server.close()


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_code_field_and_reason(session, peer, case):
    pg, server, agency = session
    body, content_type, code, field = REFUSED[case]
    one = peer(server, agency)
    one.hello()
    one.event(1, body, content_type)
    one.event(2, event(f"GOOD-{one.stream}"))
    said_code, said_field, reason = one.wait_nak(1)
    one.wait_acked(2)
    assert said_code in (code if isinstance(code, tuple) else (code,)), (said_code, said_field, reason)
    if field is not None:
        assert said_field == field
    assert reason and MARK not in reason and MARK not in said_field
    row = pg.row("select q.* from agency.quarantine q join agency.stream using (stream_no) "
                 "where stream_id = %s", one.stream)
    assert (row["seq"], row["code"], row["field"], row["reason"]) == (1, said_code, said_field, reason)
    assert (row["octets"], row["state"]) == (len(body), "held")
    assert bytes(row["sha256"]) == hashlib.sha256(body).digest()


def kept(**replaced):
    return json.dumps({**event("KEPT-1"), **replaced}).encode()


LEFT_OUT = {
    "place.address": kept(place={"address": "ZQXMARK\u0007"}),
    "times.on_scene": kept(times={"on_scene": "2999-01-01T00:00:00Z"}),
    "place.latitude": kept(place={"latitude": 90.5, "longitude": 1}),
    "place.longitude": kept(place={"latitude": 1, "longitude": 5}).replace(b'"longitude": 5', b'"longitude": 1e400'),
    "priority": kept(priority=MARK * 5),
    "units": kept(units=[{"id": f"U{i}"} for i in range(33)]),
    "units.status": kept(units=[{"id": "U2", "status": MARK}]),
    "received_via": kept(received_via=MARK),
}


@pytest.mark.parametrize("field", LEFT_OUT)
def test_bad_optional_value_is_left_out_counted_by_field_and_the_call_stays(session, peer, field):
    pg, server, agency = session
    one = peer(server, agency)
    one.hello()
    one.event(1, LEFT_OUT[field], EVENT_TYPE)
    one.wait_acked(1)
    assert pg.one("select count(*) from agency.quarantine join agency.stream using (stream_no) where stream_id = %s",
                  one.stream) == 0
    wait_until(lambda: pg.one("select coalesce(sum(value), 0) from liaison.counter where service = 'intake' "
                              "and name = %s and label = 'metro'", f"unfit.{field}") > 0)


def test_nothing_of_what_was_refused_is_kept(session):
    pg, server, _ = session
    assert pg.one("select count(*) from agency.quarantine") > 0
    assert MARK not in pg.dump()
    assert MARK not in server.log(whole=True)
    assert MARK not in pg.cluster.log()


def test_refused_sequence_sent_again_is_decided_already_and_kept_once(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", occurred_at="never"))
    assert one.wait_nak(1)[0] == "time"
    one.event(1, event("I-1"))
    one.wait_acked(1)
    assert pg.rows("select seq, state from agency.quarantine") == [(1, "held")]
    assert pg.one("select count(*) from agency.event") == 0


def test_refusal_is_told_again_to_the_next_session_while_it_is_held(pg, intake, metro, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(1, event("I-1", kind="mended.later"))
    one.event(2, event("I-2"))
    first = one.wait_nak(1)
    one.wait_acked(2)
    one.close()  # as if the NAK had been lost with the connection
    two = peer(server, metro)
    assert two.hello(stream=one.stream, epoch=one.epoch)["high"] == 2
    assert two.wait_nak(1) == first
    two.send("BYE")
    pg.execute("update agency.quarantine set state = 'discarded'")
    three = peer(server, metro)
    three.hello(stream=one.stream, epoch=one.epoch)
    three.hears_nothing("NAK", three.ping)


def test_refused_sequence_counts_as_decided(pg, intake, metro, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(1, b"{")
    one.wait_nak(1)
    one.send("BYE")
    welcome = peer(server, metro).hello(stream=one.stream, epoch=one.epoch)
    assert (welcome["high"], welcome["wanted"]) == (1, [])
    assert pg.tally("quarantined") == 1


def ask_again(pg, seq):
    """Does what `liaisonctl quarantine replay` does."""
    pg.execute("insert into agency.stream_gap (stream_no, first, last, reason) "
               "select stream_no, seq, seq, 'replay' from agency.quarantine where seq = %s", seq)
    pg.execute("update agency.quarantine set state = 'asked', decided_at = now(), decided_by = 'test' "
               "where seq = %s", seq)


def test_operator_asks_for_a_refused_record_and_it_is_stored(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", kind="mended.later"))
    one.wait_nak(1)
    one.event(2, event("I-2"))
    one.wait_acked(2)
    ask_again(pg, 1)
    assert [int.from_bytes(a, "big") for a in one.wait("AGAIN")] == [1, 1]
    one.event(1, event("I-1"))
    one.wait_acked(1)
    assert pg.one("select count(*) from agency.event where seq = 1") == 1
    assert pg.one("select state from agency.quarantine") == "replayed"
    assert pg.one("select count(*) from agency.stream_gap") == 0


def test_record_asked_for_and_refused_again_is_held_again(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", kind="mended.later"))
    one.wait_nak(1)
    ask_again(pg, 1)
    one.wait("AGAIN")
    one.naked.clear()
    one.event(1, event("I-1", kind="mended.later"))
    one.wait_nak(1)
    assert pg.one("select state from agency.quarantine") == "held"
    assert pg.one("select count(*) from agency.stream_gap") == 0


def test_record_asked_for_that_is_gone_is_marked_gone(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, b"{")
    one.wait_nak(1)
    ask_again(pg, 1)
    one.wait("AGAIN")
    one.send("GONE", 1, 1)
    wait_until(lambda: pg.one("select state from agency.quarantine") == "gone", what="it is marked gone")


def test_record_asked_for_while_the_agent_is_away_is_wanted_at_its_return(pg, intake, metro, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(1, b"{")
    one.wait_nak(1)
    one.send("BYE")
    one.close()
    ask_again(pg, 1)
    two = peer(server, metro)
    assert two.hello(stream=one.stream, epoch=one.epoch)["wanted"] == [[1, 1]]
    two.event(1, event("I-1"))
    two.wait_acked(1)


def test_good_events_around_a_refused_one_are_stored(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    for seq in range(1, 101):
        one.event(seq, event(f"I-{seq}") if seq % 10 else b"\xff")
    one.wait_acked(*[seq for seq in range(1, 101) if seq % 10])
    assert sorted(one.naked) == list(range(10, 101, 10))
    assert pg.one("select count(*) from agency.event") == 90


def test_what_only_postgresql_refuses_is_found_and_the_rest_of_the_batch_stored(pg, intake, metro, peer):
    pg.execute("alter table agency.event add constraint odd check (incident_no <> 'I-ODD')")
    one = peer(intake(), metro)
    one.hello()
    for seq in range(1, 21):
        one.event(seq, event("I-ODD" if seq == 7 else f"I-{seq}"))
    one.wait_acked(*[seq for seq in range(1, 21) if seq != 7])
    assert one.wait_nak(7)[0] == "db"
    assert pg.one("select count(*) from agency.event") == 19


def test_events_own_agency_named_is_accepted(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", agency="metro", occurred_at=ago(5)))
    one.wait_acked(1)
    assert pg.one("select agency_id from agency.event") == metro.id
