"""EVENTS: several events in one message have the same effect as one after the other."""

import json

import pytest

from liaison import event, u64, wait_until
from lsn_client import pack

pytestmark = pytest.mark.needs("liaison-intake")
MINOR = {"major": 1, "minor": 2}
TYPE = "application/vnd.liaison.event+json"


def bodies(*numbers):
    return [json.dumps(event(f"P-{n}")).encode() for n in numbers]


def stored(pg):
    return pg.rows("select seq, incident_no from agency.event order by seq")


@pytest.fixture
def one(intake, metro, peer):
    one = peer(intake(), metro)
    one.hello(version=MINOR)
    return one


def test_events_of_one_message_are_stored_under_rising_sequences(pg, one):
    one.send("EVENTS", 1, TYPE, pack(*bodies(1, 2, 3)))
    one.send("EVENT", 4, TYPE, bodies(4)[0])
    one.wait_acked(1, 2, 3, 4)
    assert stored(pg) == [(n, f"P-{n}") for n in (1, 2, 3, 4)]


def test_one_that_is_refused_leaves_the_others(pg, one):
    one.send("EVENTS", 1, TYPE, pack(bodies(1)[0], b"no JSON", *bodies(3)))
    one.wait_acked(1, 3)
    one.wait_nak(2)
    assert stored(pg) == [(1, "P-1"), (3, "P-3")]


def test_gap_before_a_message_is_asked_for_and_one_that_overlaps_is_stored_once(pg, one):
    one.send("EVENTS", 3, TYPE, pack(*bodies(3, 4)))
    one.wait_acked(3, 4)
    assert ("AGAIN", [u64(1), u64(2)]) in one.heard
    one.send("EVENTS", 1, TYPE, pack(*bodies(1, 2, 3, 4)))
    one.wait_acked(1, 2, 3, 4)
    assert stored(pg) == [(n, f"P-{n}") for n in (1, 2, 3, 4)]
    assert pg.tally("repeated") == 2


@pytest.mark.parametrize("packed", (
    b"", b"\0\0\0", pack(b"{}")[:-1], pack(b"{}") + b"\0", pack(b"{}") + b"\xff\xff\xff\xff{}", pack(*[b"{}"] * 257)),
    ids=("nothing", "half a length", "a body cut short", "an octet too many", "a length beyond all", "257 bodies"))
def test_message_that_is_cut_wrongly_is_refused_whole(pg, one, packed):
    one.send("EVENTS", 1, TYPE, packed)
    assert one.wait_refuse() == "syntax"
    assert pg.one("select count(*) from agency.quarantine") == 0
    assert not stored(pg)


def test_session_of_an_older_minor_version_may_not_send_it(pg, intake, metro, peer):
    one = peer(intake(), metro)
    one.hello(version={"major": 1, "minor": 1})
    one.send("EVENTS", 1, TYPE, pack(*bodies(1, 2)))
    assert one.wait_refuse() == "syntax"
    assert not stored(pg)


def test_what_passes_the_credit_ends_the_session_and_what_came_before_is_stored(pg, intake, metro, peer):
    one = peer(intake(), metro)
    welcome = one.hello(version=MINOR)
    size = 60000
    body = bodies(1)[0][:-1] + b" " * size + b"}"
    many = (welcome["credit"] + 131072) // (size + 128) + 3
    one.send("EVENTS", 1, TYPE, pack(*[body] * many))
    assert one.wait_refuse() == "credit"
    wait_until(lambda: pg.one("select high from agency.stream") >= 1, what="what came before is stored")
    assert pg.one("select high from agency.stream") < many


def test_sequence_at_the_end_of_numbers_is_refused(pg, one):
    one.send("EVENTS", 2 ** 63 - 1, TYPE, pack(*bodies(1, 2)))
    assert one.wait_refuse() == "syntax"
