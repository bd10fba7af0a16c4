"""The state of an incident follows from its events by their source time, in whatever order they arrive."""

import datetime
import itertools
import json
import random

import pytest

from liaison import ago, event, offset

pytestmark = pytest.mark.needs("liaison-intake")

HERE = (47.6205, -122.3493)
THERE = offset(*HERE, north_m=3000)
NOWHERE = offset(*HERE, north_m=9000)
START = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)


def at(minutes):
    return ago(-60 * minutes, START)


def place(point):
    return {"latitude": point[0], "longitude": point[1]}


FIVE = [
    event(kind="call.received", occurred_at=at(0), call_type="DISTURB", priority="3", received_via="911",
          place={**place(HERE), "address": "100 LINCOLN AVE"}, times={"received": at(0)}),
    event(kind="incident.updated", occurred_at=at(1), call_type="FIGHT", priority="2",
          place={**place(THERE), "name": "ADA HIGH"}),
    event(kind="unit.status", occurred_at=at(2), units=[{"id": "A1", "status": "dispatched", "at": at(2)}],
          times={"dispatched": at(2)}),
    event(kind="unit.status", occurred_at=at(3), units=[{"id": "A1", "status": "on_scene", "at": at(3)}],
          times={"on_scene": at(3)}),
    event(kind="incident.closed", occurred_at=at(4), final_type="ASSAULT",
          dispositions=[{"code": "R", "primary": True}], times={"closed": at(4)}),
]
MOVED_AWAY = FIVE[:1] + [event(kind="incident.updated", occurred_at=at(1), place=place(NOWHERE))] + FIVE[2:]
REOPENED = FIVE[:1] + FIVE[3:] + [event(kind="incident.updated", occurred_at=at(5), priority="1"),
                                  event(kind="outcome.recorded", occurred_at=at(6),
                                        outcomes=[{"outcome_id": "O1", "subject": 1, "code": "WARN"}])]

# Two incidents with the same events may differ in these columns: time of arrival, incident number.
AGENCY_OWN = {"incident_no", "arrived_at", "updated_at", "version_seq", "first_seq"}
DISTRICT_OWN = {"incident_no", "created_at", "updated_at"}


def states(pg, table, own):
    """The distinct states in a table, as {text of the state: incident numbers}."""
    found = {}
    for row in pg.rows(f"select incident_no, to_jsonb(t) from {table} t order by incident_no"):
        state = {k: v for k, v in row[1].items() if k not in own}
        found.setdefault(json.dumps(state, sort_keys=True), []).append(row[0])
    return found


def the_one_state(pg, table, own, expected):
    found = states(pg, table, own)
    numbers = [number for numbers in found.values() for number in numbers]
    assert len(numbers) == expected, f"{table}: {len(numbers)} rows of {expected}"
    if len(found) > 1:
        (a, of_a), (b, of_b) = list(found.items())[:2]
        a, b = json.loads(a), json.loads(b)
        differing = {k: (a[k], b[k]) for k in a if a[k] != b[k]}
        raise AssertionError(f"{table}: {len(found)} states; {of_a[:3]} and {of_b[:3]} differ in {differing}")
    return json.loads(next(iter(found)))


@pytest.mark.parametrize("batched", [True, False], ids=["in large batches", "in small batches"])
@pytest.mark.parametrize("story", [FIVE, MOVED_AWAY, REOPENED], ids=["five", "moved away", "reopened"])
def test_every_order_of_arrival_ends_in_the_same_state(pg, riverside, metro, intake, peer, story, batched):
    riverside.school("LIN", *HERE)
    ada = riverside.school("ADA", *THERE)
    one = peer(intake(), metro)
    one.hello()
    orders = list(itertools.permutations(range(5)))
    # Each order has its own incident. Rounds keep the order within an incident, not between incidents.
    chance = random.Random(7)
    if not batched:
        orders = chance.sample(orders, 40) + [tuple(range(5)), tuple(reversed(range(5)))]
    seq = 0
    for turn in range(5):
        for i, order in enumerate(orders):
            seq += 1
            one.event(seq, dict(story[order[turn]], incident=f"P-{i:03d}"))
            if not batched and chance.random() < 0.3:
                one.wait_acked(seq)
        one.wait_acked(seq, timeout=30)  # within the credit
    one.wait_acked(*range(1, seq + 1), timeout=30)
    state = the_one_state(pg, "agency.incident", AGENCY_OWN, len(orders))
    assert state["stale"] is False and state["at_school"] is True
    district = the_one_state(pg, "district.incident", DISTRICT_OWN, len(orders))
    if story is FIVE:
        assert (district["status"], district["type_own"], district["school_id"]) == ("closed", "ASSAULT", ada)
        assert district["first_type_own"] == "FIGHT" and district["priority_own"] == "2"
        assert district["elsewhere"] is False and district["received_via"] == "911"
    elif story is MOVED_AWAY:
        assert district["elsewhere"] is True
    else:
        assert district["status"] == "open" and district["priority_own"] == "1"
        assert pg.one("select count(*) from district.outcome") == len(orders)


def test_late_event_does_not_regress_the_state(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", occurred_at=at(0), place=place(HERE), call_type="DISTURB"))
    one.event(2, event("I-1", kind="incident.closed", occurred_at=at(10), final_type="FIGHT",
                       dispositions=[{"code": "R"}]))
    one.wait_acked(1, 2)
    one.event(3, event("I-1", kind="incident.updated", occurred_at=at(5), priority="1", final_type="NOISE"))
    one.wait_acked(3)
    row = pg.row("select status, type_own, priority_own, version_at from district.incident")
    assert (row["status"], row["type_own"], row["priority_own"]) == ("closed", "FIGHT", "1")
    assert row["version_at"] == START + datetime.timedelta(minutes=10)


def test_of_equal_times_the_later_epoch_decides_and_then_the_higher_sequence(
        pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server = intake()
    newer, older = peer(server, metro), peer(server, metro)
    newer.hello(epoch=2000)
    older.hello(epoch=1000)
    newer.event(1, event("I-1", occurred_at=at(0), place=place(HERE), call_type="NEW 1"))
    newer.wait_acked(1)
    older.event(1, event("I-1", occurred_at=at(0), place=place(HERE), call_type="OLD 1"))
    older.wait_acked(1)
    assert pg.one("select call_type from agency.incident") == "NEW 1"
    newer.event(3, event("I-1", occurred_at=at(0), place=place(HERE), call_type="NEW 3"))
    newer.wait_acked(3)
    newer.event(2, event("I-1", occurred_at=at(0), place=place(HERE), call_type="NEW 2"))
    newer.wait_acked(2)
    assert pg.one("select call_type from agency.incident") == "NEW 3"
    assert pg.one("select type_own from district.incident") == "NEW 3"


def test_same_incident_number_of_two_agencies_is_two_incidents(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server, shelby = intake(), pg.agency("shelby")
    for agency, word in ((metro, "FIGHT"), (shelby, "NOISE")):
        one = peer(server, agency)
        one.hello()
        one.event(1, event("I-1", place=place(HERE), call_type=word))
        one.wait_acked(1)
    assert pg.rows("select agency_id, type_own from district.incident order by 1") == \
        sorted([(metro.id, "FIGHT"), (shelby.id, "NOISE")])


def test_merged_incident_points_to_the_other(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", occurred_at=at(0), place=place(HERE)))
    one.event(2, event("I-2", occurred_at=at(1), place=place(HERE)))
    one.event(3, event("I-2", kind="incident.updated", occurred_at=at(2), merged_into="I-1"))
    one.wait_acked(1, 2, 3)
    assert pg.rows("select incident_no, status, merged_into from district.incident order by 1") == \
        [("I-1", "open", None), ("I-2", "closed", "I-1")]


def test_incident_entered_in_error_becomes_cancelled(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", occurred_at=at(0), place=place(HERE)))
    one.event(2, event("I-1", kind="incident.updated", occurred_at=at(1), entered_in_error=True))
    one.wait_acked(1, 2)
    assert pg.rows("select status, entered_in_error from district.incident") == [("cancelled", True)]
    assert pg.one("select count(*) from district.outbox") == 2


def test_outcome_that_comes_later_is_joined_and_may_be_withdrawn(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", kind="incident.closed", occurred_at=at(0), place=place(HERE)))
    one.event(2, event("I-1", kind="outcome.recorded", occurred_at=at(60),
                       outcomes=[{"outcome_id": "O1", "subject": 1, "code": "ARREST"},
                                 {"outcome_id": "O2", "subject": 2, "code": "WARN"}]))
    one.event(3, event("I-1", kind="outcome.recorded", occurred_at=at(70),
                       outcomes=[{"outcome_id": "O3", "subject": 1, "code": "WARN", "voids": "O1"}]))
    one.wait_acked(1, 2, 3)
    assert pg.rows("select outcome_id, own, voided_by from district.outcome order by 1") == \
        [("O1", "ARREST", "O3"), ("O2", "WARN", None), ("O3", "WARN", None)]
    assert pg.one("select status from district.incident") == "closed"


def test_own_codes_become_common_ones_by_the_agencys_map(pg, riverside, metro, intake, peer):
    kind, name_class = pg.rows("select code, class from code.type where not withheld order by code")[0]
    disposition = pg.one("select code from code.disposition order by code")
    metro.map_codes("type", {"fight": kind})
    metro.map_codes("disposition", {"R": disposition})
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", kind="incident.closed", place=place(HERE), call_type="Fight", priority="1",
                       dispositions=[{"code": "X"}, {"code": "R", "primary": True}]))
    one.event(2, event("I-2", place=place(HERE), call_type="UNHEARD OF"))
    one.wait_acked(1, 2)
    row = pg.row("select * from district.incident where incident_no = 'I-1'")
    assert (row["type_own"], row["type_code"], row["class"], row["disposition_code"], row["map_version"]) == \
        ("Fight", kind, name_class, disposition, 1)
    assert row["priority"] == 10
    row = pg.row("select * from district.incident where incident_no = 'I-2'")
    assert (row["type_code"], row["class"]) == (None, "other")


def test_every_change_of_an_incident_is_in_the_change_log(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello()
    for seq, minutes in enumerate((0, 1, 2), 1):
        one.event(seq, event("I-1", kind="incident.updated", occurred_at=at(minutes), place=place(HERE),
                             priority=str(seq)))
        one.wait_acked(seq)
    assert pg.rows("select first from district.change order by change_id") == [(True,), (False,), (False,)]
    assert pg.rows("select first from district.outbox order by outbox_id") == [(True,), (False,), (False,)]
