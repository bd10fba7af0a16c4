"""The timeline of a call holds all that its events stated, in order; each person sees what they may see."""

import datetime

import psycopg2
import pytest

from dashboard_support import Dashboard, Town
from liaison import ago, event

pytestmark = [pytest.mark.needs(name) for name in ("liaison-intake", "liaison-dashboard")]

NORTH, FAR_AWAY = (40.0, -75.0), (40.5, -75.5)
NOON = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) - datetime.timedelta(hours=1)


def at(minute):
    """The time this many minutes after the call began, as RFC 3339."""
    return ago(-60 * minute, NOON)


def units(*words):
    """Units of an event from words like "A1 dispatched 1": id, status, the minute since when."""
    made = []
    for word in words:
        name, status, minute, *_ = [*word.split(), None, None, None]
        made.append({"id": name, **({"status": status} if status else {}),
                     **({"at": at(float(minute))} if minute else {})})
    return made


class House:
    def __init__(self, town, dashboard, peer):
        self.town, self.peer, self.seq = town, peer, 0
        self.director, self.principal = (dashboard.api(who) for who in ("director@riverside", "principal@north"))

    def say(self, minute, number="I-1", kind="incident.updated", point=None, **fields):
        if point:
            fields["place"] = {"latitude": point[0], "longitude": point[1], **fields.get("place", {})}
        self.seq += 1
        self.peer.event(self.seq, event(number, kind, at(minute), **fields))
        self.peer.wait_acked(self.seq)

    def call(self, number="I-1", call_type="FIGHT", point=NORTH, **fields):
        self.say(0, number, "call.received", point, call_type=call_type, times={"received": at(0)}, **fields)

    def line(self, *kinds, api=None, number="I-1"):
        """The entries of these kinds as (minute, kind, values), in the order of the timeline."""
        entries = (api or self.director).get(f"/api/v1/calls/metro/{number}")["timeline"]
        assert [e["at"] for e in entries] == sorted(e["at"] for e in entries)
        minute = lambda e: (datetime.datetime.fromisoformat(e["at"].replace("Z", "+00:00")) - NOON).total_seconds() / 60
        values = lambda e: [value for name, value in e.items() if name not in ("at", "source", "kind")]
        return [(round(minute(e), 2), e["kind"], *values(e)) for e in entries if e["kind"] in kinds]

    def units(self, **where):
        return [said for said in self.line("dispatched", "en_route", "on_scene", "clear", "unit", **where)
                if said[2] is not None]


@pytest.fixture
def house(pg, tmp_path, closing, intake, peer):
    town = Town(pg, calls=0)
    town.metro.map_codes("type", {code: code for code in ("FIGHT", "WEAPON", "ABUSE", "DVA")})
    made = peer(intake(), town.metro)
    made.hello()
    return House(town, closing(Dashboard(tmp_path, pg)).start(), made)


def test_every_state_of_every_unit_stays_in_the_timeline(house):
    house.call()
    house.say(1, kind="unit.status", units=units("A1 dispatched 1"))
    house.say(2, kind="unit.status", units=units("A1 en_route 2", "B2 dispatched 2"))
    house.say(5, kind="unit.status", units=units("A1 on_scene 5", "B2 dispatched 2"))
    house.say(9, kind="unit.status", units=units("B2 clear 9"))
    house.say(20, kind="incident.closed", units=units("A1 clear 19"))
    assert house.units() == [(1, "dispatched", "A1"), (2, "en_route", "A1"), (2, "dispatched", "B2"),
                             (5, "on_scene", "A1"), (9, "clear", "B2"), (19, "clear", "A1")]
    assert house.units(api=house.principal) == house.units()


def test_the_first_units_time_is_told_once(house):
    house.call()
    house.say(3, kind="unit.status", units=units("A1 dispatched 1", "A1 en_route 3"),
              times={"dispatched": at(1), "en_route": at(2)})
    assert house.line("dispatched", "en_route") == [(1, "dispatched", "A1"), (2, "en_route", None),
                                                    (3, "en_route", "A1")]


def test_a_state_that_is_repeated_or_told_late_stands_once_and_in_its_place(house):
    house.call()
    house.say(6, kind="unit.status", units=units("A1 on_scene 6"))
    house.say(3, kind="unit.status", units=units("A1 en_route 3"))  # arrives late: it is older than the last one
    house.say(7, kind="unit.status", units=units("A1 on_scene 5.5"))  # corrects the time of this status
    house.say(8, kind="unit.status", units=units("A1 on_scene", "C3"))
    house.say(9, kind="unit.status", units=units("A1 clear"))  # without a time: the event's time counts
    house.say(10, priority="2")
    assert house.units() == [(3, "en_route", "A1"), (5.5, "on_scene", "A1"), (8, "unit", "C3"),
                             (9, "clear", "A1")]


def test_a_retyped_call_says_from_what_to_what_and_when(house):
    house.call(call_type="FIGHT")
    house.say(4, final_type="weapon ")
    house.say(5, final_type="WEAPON")
    house.say(8, final_type="OWN-9")
    assert house.line("retyped") == [(4, "retyped", "Fight", "Weapon violation"), (8, "retyped", "Weapon violation", "OWN-9")]
    house.call("I-2", call_type="FIGHT", final_type="WEAPON")
    assert house.line("retyped", number="I-2") == []
    assert house.line("classified", number="I-2") == [(0, "classified", "Fight", "Weapon violation")]


def test_a_school_is_not_told_a_type_that_it_may_not_know(house):
    house.call(call_type="FIGHT")
    house.say(2, final_type="ABUSE")
    house.say(3, final_type="DVA")
    house.say(4, final_type="WEAPON")
    assert len(house.line("retyped")) == 3
    assert house.line("retyped", api=house.principal) == [(4, "retyped", "Fight", "Weapon violation")]
    house.say(5, final_type="DVA")
    assert house.line("retyped", "classified", api=house.principal) == []
    assert len(house.line("retyped")) == 4
    house.say(6, final_type="ABUSE")
    assert house.principal.refused("/api/v1/calls/metro/I-1")[0] == 404


def test_a_corrected_place_says_what_it_was_and_what_it_is(house):
    house.call(place={"address": "1 ELM ST", "name": "NORTH HIGH"})
    house.say(2, point=(40.0001, -75.0), place={"address": "1 ELM ST", "name": "NORTH HIGH"})
    house.say(3, point=(40.0001, -75.0), place={"address": "1 ELM ST", "name": "NORTH HIGH"})
    house.say(6, point=NORTH, place={"address": "9 OAK AV"})
    assert house.line("located") == [(2, "located")]
    assert house.line("moved") == [(6, "moved", "NORTH HIGH, 1 ELM ST", "9 OAK AV")]
    assert house.line("located", "moved", api=house.principal) == house.line("located", "moved")


def test_nobody_is_told_the_place_of_a_call_that_is_elsewhere(house):
    house.call(place={"address": "1 ELM ST"}, units=units("A1 dispatched 0.5"))
    house.say(5, point=FAR_AWAY, place={"address": "77 HOME LN"}, units=units("A1 on_scene 5"))
    house.say(6, point=(40.6, -75.6), place={"address": "79 HOME LN"})
    for api in (house.director, house.principal):
        shown = api.get("/api/v1/calls/metro/I-1")
        assert shown["left_out"] == "moved_away" and "HOME" not in str(shown)
        assert [shown["call"][field] for field in ("address", "latitude", "longitude", "units")] == [None, None, None, []]
        assert house.line("moved", api=api)[0] == (5, "moved", "1 ELM ST", None)
        assert house.units(api=api) == []
    house.say(7, point=NORTH, place={"address": "1 ELM ST"})
    assert "77 HOME LN" in str(house.director.get("/api/v1/calls/metro/I-1")), "it is the district's again"
    assert "HOME LN" not in str(house.principal.get("/api/v1/calls/metro/I-1"))


def test_a_school_is_not_told_the_address_of_a_place_that_was_not_at_it(house):
    house.call(point=FAR_AWAY, place={"address": "77 HOME LN"})
    house.say(5, point=NORTH, place={"address": "1 ELM ST"})
    assert house.line("moved") == [(5, "moved", "77 HOME LN", "1 ELM ST")]
    assert house.line("moved", api=house.principal) == [(5, "moved", None, "1 ELM ST")]


def test_a_call_that_is_merged_is_hidden_like_the_one_that_it_is_part_of(house):
    house.call("I-1", call_type="FIGHT")
    house.call("I-2", call_type="FIGHT")
    house.say(2, number="I-1", merged_into="I-2")
    assert house.principal.get("/api/v1/calls/metro/I-1")["merged_into"] == "I-2"
    house.say(3, number="I-2", final_type="ABUSE")
    for number in ("I-1", "I-2"):
        assert house.principal.refused(f"/api/v1/calls/metro/{number}")[0] == 404, number
        assert house.director.get(f"/api/v1/calls/metro/{number}")["call"]["sensitivity"] == "sealed"
    house.say(4, number="I-2", final_type="DVA")
    assert house.principal.get("/api/v1/calls/metro/I-1")["call"]["type"]["name"] is None
    house.say(6, number="I-2", final_type="FIGHT")
    assert house.principal.get("/api/v1/calls/metro/I-1")["call"]["type"]["name"] == "Fight"


def test_the_events_are_read_through_what_hides_and_in_no_other_way(house):
    house.call()
    town = house.town
    ask = "select count(*) from district.told(%s, %s, 'I-1', %s)"
    house.say(4, final_type="WEAPON")
    count = lambda district, schools: town.db.rows(ask, district.id, town.metro.id, schools, role="dashboard")[0][0]
    assert count(town.district, None) == count(town.district, [town.north]) == 1
    assert count(town.district, [town.south]) == count(town.other, None) == 0
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        town.db.rows("select 1 from agency.event", role="dashboard")
    for role in ("intake", "notify", "public"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            town.db.rows(ask, town.district.id, town.metro.id, None, role=role)
