"""Placement: by campus polygon, then radius, then address, then name; and calls that move."""

import re
import os
import pytest

import liaison
from liaison import ago, event, offset, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

HERE = (47.6205, -122.3493)


def square(center, half_m):
    return [offset(*center, north_m=n, east_m=e)
            for n, e in ((-half_m, -half_m), (-half_m, half_m), (half_m, half_m), (half_m, -half_m))]


class Placing:
    def __init__(self, pg, riverside, peer):
        self.pg, self.district, self.peer, self.seq = pg, riverside, peer, 0

    def send(self, incident="I-1", **fields):
        self.seq += 1
        self.peer.event(self.seq, event(incident, **fields))
        self.peer.wait_acked(self.seq)

    def at(self, point, incident="I-1", **fields):
        self.send(incident, latitude=point[0], longitude=point[1], **fields)
        return self.schools(incident)

    def schools(self, incident="I-1"):
        """[(school_id, method), ...], the primary school first."""
        return self.pg.rows("select school_id, method from district.incident_school "
                            "where incident_no = %s order by rank", incident)

    def incident(self, incident="I-1"):
        return self.pg.row("select * from district.incident where incident_no = %s", incident)


@pytest.fixture
def placing(pg, riverside, metro, intake, peer):
    """A test must insert its schools before start(), since intake loads them when it starts."""
    def start():
        one = peer(intake(), metro)
        one.hello()
        return Placing(pg, riverside, one)

    return start


def test_point_inside_the_campus_is_at_that_school(pg, riverside, placing):
    school = riverside.school("LIN", *HERE, campus=square(HERE, 300))
    assert placing().at(offset(*HERE, north_m=250, east_m=250)) == [(school, "campus")]


def test_campus_with_a_hole_and_two_parts_is_understood(pg, riverside, placing):
    school = riverside.school("LIN", *HERE, radius_m=10)
    ring = lambda c, h: [[lon, lat] for lat, lon in [*square(c, h), square(c, h)[0]]]  # noqa: E731
    far = offset(*HERE, north_m=2000)
    import json
    pg.execute("update district.school set campus = %s", json.dumps(
        {"type": "MultiPolygon", "coordinates": [[ring(HERE, 300), ring(HERE, 150)], [ring(far, 50)]]}))
    one = placing()
    assert one.at(offset(*HERE, north_m=200), "I-ring") == [(school, "campus")]
    assert one.at(far, "I-far") == [(school, "campus")]
    assert one.at(HERE, "I-hole") == []


@pytest.mark.parametrize("bearing", [(1, 0), (0, 1), (-1, 0), (0, -1), (0.7071068, 0.7071068)])
@pytest.mark.parametrize("metres,inside", [(149, True), (151, False)])
def test_radius_ends_where_it_ends(pg, riverside, placing, bearing, metres, inside):
    school = riverside.school("LIN", *HERE, radius_m=150)
    point = offset(*HERE, north_m=metres * bearing[0], east_m=metres * bearing[1])
    assert placing().at(point) == ([(school, "radius")] if inside else [])


def test_point_just_outside_the_campus_is_next_to_it(pg, riverside, placing):
    school = riverside.school("LIN", *HERE, campus=square(HERE, 300))
    one = placing()
    assert one.at(offset(*HERE, north_m=340), "I-1") == [(school, "campus")]
    assert one.incident("I-1")["relation"] == "next_to"
    assert one.at(offset(*HERE, north_m=360), "I-2") == []


def test_distance_is_told_in_metres(pg, riverside, placing):
    riverside.school("LIN", *HERE)
    placing().at(offset(*HERE, north_m=60, east_m=80))
    assert abs(pg.one("select distance_m from district.incident_school") - 100) < 0.5


def test_of_two_schools_in_reach_the_nearer_counts_and_both_are_named(pg, riverside, placing):
    far = riverside.school("FAR", *offset(*HERE, east_m=120))
    near = riverside.school("NEAR", *offset(*HERE, east_m=-60))
    one = placing()
    assert one.at(HERE) == [(near, "radius"), (far, "radius")]
    assert one.incident()["school_id"] == near


def test_campus_counts_before_a_nearer_point(pg, riverside, placing):
    near = riverside.school("NEAR", *offset(*HERE, east_m=30))
    campus = riverside.school("WIDE", *offset(*HERE, east_m=-250), campus=square(offset(*HERE, east_m=-250), 260))
    one = placing()
    assert one.at(HERE)[0] == (campus, "campus")
    assert (near, "radius") in one.schools()
    assert one.incident()["school_id"] == campus


def test_address_alias_places_a_call_without_coordinates(pg, riverside, placing):
    school = riverside.school("LIN", *HERE, addresses=["100 LINCOLN AVE"])
    one = placing()
    one.send("I-1", address="100 Lincoln  Ave.")
    assert one.schools() == [(school, "address")]


def test_place_name_alias_places_a_call_without_coordinates(pg, riverside, placing):
    school = riverside.school("LIN", *HERE, names=["LINCOLN ELEMENTARY"])
    one = placing()
    one.send("I-1", place={"name": "Lincoln Elementary"})
    assert one.schools() == [(school, "name")]


def test_call_of_no_school_is_held_and_counted_and_no_districts_business(pg, riverside, metro, placing):
    riverside.school("LIN", *HERE, addresses=["100 LINCOLN AVE"])
    one = placing()
    assert one.at(offset(*HERE, north_m=5000), "I-1") == []
    one.send("I-2", address="200 LINCOLN AVE")
    one.send("I-3")
    assert pg.one("select count(*) from agency.incident where not at_school") == 3
    assert pg.one("select count(*) from district.incident") == 0
    assert (pg.tally("at_school"), pg.tally("no_school")) == (0, 3)


def test_closed_school_takes_no_calls(pg, riverside, placing):
    riverside.school("LIN", *HERE)
    pg.execute("update district.school set active = false")
    assert placing().at(HERE) == []


def test_schools_of_two_districts_each_get_their_own_row(pg, riverside, placing):
    one_school = riverside.school("LIN", *HERE)
    other = pg.district("lakeside")
    other_school = other.school("LIN", *offset(*HERE, north_m=50))
    one = placing()
    one.at(HERE)
    assert pg.rows("select district_id, school_id from district.incident order by 1") == \
        [(riverside.id, one_school), (other.id, other_school)]


def test_school_added_while_running_is_soon_known(pg, riverside, placing):
    one = placing()
    school = riverside.school("LIN", *HERE)
    count = iter(range(1, 1000))
    wait_until(lambda: one.at(HERE, f"I-{next(count)}") == [(school, "radius")], what="the school is known")


def test_call_moved_onto_a_campus_keeps_its_history(pg, riverside, placing):
    school = riverside.school("LIN", *HERE)
    one = placing()
    one.at(offset(*HERE, north_m=3000), occurred_at=ago(60), kind="call.received", call_type="DISTURB")
    assert one.incident() is None
    one.at(HERE, occurred_at=ago(30), kind="incident.updated")
    row = one.incident()
    assert (row["school_id"], row["type_own"], row["elsewhere"]) == (school, "DISTURB", False)
    assert pg.one("select count(*) from agency.event where incident_no = 'I-1'") == 2
    assert pg.one("select at_school from agency.incident")


def test_call_moved_away_is_kept_and_marked_elsewhere(pg, riverside, placing):
    school = riverside.school("LIN", *HERE)
    one = placing()
    one.at(HERE, occurred_at=ago(60))
    one.at(offset(*HERE, north_m=3000), occurred_at=ago(30), kind="incident.updated")
    row = one.incident()
    assert (row["elsewhere"], row["relation"], row["school_id"]) == (True, "elsewhere", school)
    assert one.schools() == []


def test_call_moved_from_school_to_school_counts_at_the_last(pg, riverside, placing):
    first = riverside.school("LIN", *HERE)
    there = offset(*HERE, north_m=3000)
    second = riverside.school("ADA", *there)
    one = placing()
    one.at(HERE, occurred_at=ago(60))
    assert one.incident()["school_id"] == first
    one.at(there, occurred_at=ago(30), kind="incident.updated")
    assert (one.incident()["school_id"], one.schools()) == (second, [(second, "radius")])


def test_update_without_a_place_leaves_the_call_where_it_was(pg, riverside, placing):
    school = riverside.school("LIN", *HERE)
    one = placing()
    one.at(HERE, occurred_at=ago(60))
    one.send(occurred_at=ago(30), kind="incident.updated", call_type="FIGHT")
    assert (one.incident()["school_id"], one.incident()["elsewhere"]) == (school, False)


@pytest.mark.parametrize("source", ["address.c", "school_name.c"])
def test_the_lists_of_words_are_sorted_for_the_search(source):
    with open(os.path.join(liaison.ROOT, "services/intake/place", source), encoding="utf-8") as file:
        tables = re.findall(r"struct words_pair \w+\[\] = \{(.*?)\};", file.read(), re.S)
    assert tables
    for table in tables:
        words = re.findall(r'\{"([^"]+)",', table)
        assert words and words == sorted(set(words))
