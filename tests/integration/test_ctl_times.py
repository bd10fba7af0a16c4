"""Times that liaisonctl prints: for people in the district's zone, which is named once; with --json as ISO 8601."""

import re

import pytest

from ctl_support import fresh_ctl

pytestmark = pytest.mark.needs("liaisonctl")

ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"
ALWAYS = ["contact", "absent", "north", "P", "--from", "2090-12-07", "--to", "2090-12-11"]


@pytest.fixture(name="ctl")
def fresh_north(pg, tmp_path):
    ctl = fresh_ctl(pg)
    ctl.ok("district", "add", "north", "--name", "North Schools", "--zone", "America/New_York")
    ctl.ok("district", "add", "west", "--name", "West Schools", "--zone", "America/Los_Angeles")
    file = tmp_path / "contacts.csv"
    file.write_text("code,name,email\nP,Pat,p@x.example\nQ,Kim,q@x.example\n", encoding="utf-8")
    for district in ("north", "west"):
        ctl.ok("contact", "import", district, str(file))
    return ctl


def test_an_absence_that_is_planned_says_from_when_to_when_it_will_be(ctl):
    assert ctl.ok(*ALWAYS, "--substitute", "Q") == (
        "contact P will be absent from 2090-12-07 00:00 to 2090-12-11 24:00; Q stands in\n"
        "Times are in America/New_York.\n")


def test_an_absence_said_again_changes_who_stands_in_and_says_so(pg, ctl):
    ctl.ok(*ALWAYS, "--substitute", "Q")
    assert ctl.ok(*ALWAYS, json_out=True) == {
        "district": "north", "contact": "P", "substitute": None, "former": "Q", "from": "2090-12-07T05:00:00Z",
        "to": "2090-12-12T05:00:00Z", "begun": False}
    assert "; Q stands in, before: nobody\n" in ctl.ok(*ALWAYS, "--substitute", "Q")
    assert pg.one("select count(*) from people.absence") == 1


def moved(pg):
    return pg.rows("select object, detail from liaison.audit where action = 'contact.absences_moved'")


def test_a_planned_absence_has_whole_days_of_the_zone_that_the_district_has_then(pg, ctl):
    ctl.ok("contact", "absent", "north", "P", "--to", "2090-12-06")
    ctl.ok(*ALWAYS)
    ctl.ok("contact", "absent", "north", "Q", "--from", "2090-07-04")
    since = pg.one("select min(from_at) from people.absence")
    ctl.ok("contact", "absent", "west", "P", "--from", "2090-12-07", "--to", "2090-12-07")
    other = pg.rows("select from_at, to_at from people.absence a join district.district d using (district_id) where slug = 'west'")
    ctl.ok("district", "set", "north", "--zone", "America/Los_Angeles")
    assert pg.rows("select to_char(from_at at time zone d.zone, 'MM-DD HH24:MI'), to_char(nullif(to_at, 'infinity') at time zone d.zone, "
                   "'MM-DD HH24:MI') from people.absence a join district.district d using (district_id) where slug = 'north' "
                   "and from_at > now() order by 1") == [("07-04 00:00", None), ("12-07 00:00", "12-12 00:00")]
    assert pg.rows("select from_at, to_char(to_at at time zone 'America/Los_Angeles', 'MM-DD HH24:MI') from people.absence "
                   "where from_at <= now()") == [(since, "12-07 00:00")], "what has begun is not begun anew"
    assert pg.rows("select from_at, to_at from people.absence a join district.district d using (district_id) "
                   "where slug = 'west'") == other
    assert moved(pg) == [("north", {"absences": 3, "was": "America/New_York", "now": "America/Los_Angeles"})]
    ctl.ok("district", "set", "north", "--name", "North")
    assert len(moved(pg)) == 1


def test_an_absence_that_ends_today_ends_not_before_it_began(pg, ctl):
    ctl.ok("district", "set", "north", "--zone", "Pacific/Pago_Pago")
    ctl.ok("contact", "absent", "north", "P", "--to", pg.one("select ((now() at time zone 'Pacific/Pago_Pago')::date)::text"))
    ctl.ok("district", "set", "north", "--zone", "Pacific/Kiritimati")
    assert pg.one("select from_at = to_at from people.absence")


def test_an_absence_from_now_on_says_since_when(ctl):
    said = ctl.ok("contact", "absent", "north", "P")
    assert re.fullmatch(r"contact P is absent from \d{4}-\d\d-\d\d \d\d:\d\d on; nobody stands in\n"
                        r"Times are in America/New_York\.\n", said), said
    again = ctl.ok("contact", "absent", "north", "P", "--substitute", "Q", json_out=True)
    assert (again["to"], again["substitute"]) == (None, "Q")


@pytest.mark.parametrize("first, last", [("2090-12-11", "2090-12-20"), ("2090-12-01", "2090-12-07"), ("2090-12-08", "2090-12-09"),
                                         ("2090-12-07", "2090-12-12"), ("2090-12-11", None), (None, None)])
def test_an_absence_that_shares_a_day_with_another_is_refused_and_changes_nothing(pg, ctl, first, last):
    ctl.ok(*ALWAYS)
    before = pg.rows("select * from people.absence")
    days = [*(["--from", first] if first else []), *(["--to", last] if last else [])]
    assert ctl.fails("contact", "absent", "north", "P", *days) == (
        "liaisonctl: CODE: has an absence from 2090-12-07 00:00 to 2090-12-11 24:00 already (America/New_York): "
        "name other days, or end that one first (contact back)\n")
    assert "from 2090-12-07T05:00:00Z to 2090-12-12T05:00:00Z already (UTC)" in ctl.fails(
        "contact", "absent", "north", "P", *days, json_out=True)
    assert pg.rows("select * from people.absence") == before


def test_absences_may_follow_one_another_and_each_says_its_own_days(pg, ctl):
    ctl.ok("contact", "absent", "north", "P", "--to", "2090-12-06")
    assert ctl.ok(*ALWAYS).startswith("contact P will be absent from 2090-12-07 00:00 to 2090-12-11 24:00;")
    assert ctl.ok("contact", "absent", "north", "P", "--from", "2090-12-12").startswith(
        "contact P will be absent from 2090-12-12 00:00 on;")
    assert pg.one("select count(*) from people.absence where to_at > from_at") == 3


def test_the_end_of_an_absence_touches_that_one_alone_and_says_which(pg, ctl):
    ctl.ok("contact", "absent", "north", "P", "--to", "2090-12-05")
    ctl.ok(*ALWAYS)
    ctl.ok("contact", "absent", "north", "P", "--from", "2090-12-20")
    left = "select to_char(from_at at time zone 'America/New_York', 'MM-DD') from people.absence where to_at > now() and to_at > from_at"
    assert "--from: is the first day of no absence" in ctl.fails("contact", "back", "north", "P", "--from", "2090-12-08")
    assert ctl.ok("contact", "back", "north", "P", "--from", "2090-12-20") == (
        "contact P will not be absent from 2090-12-20 00:00 on\nTimes are in America/New_York.\n")
    assert len(pg.rows(left)) == 2
    assert re.match(r"contact P is back; the absence from \S+ \S+ to 2090-12-05 24:00 is over\n", ctl.ok("contact", "back", "north", "P"))
    assert pg.rows(left) == [("12-07",)]
    assert ctl.ok("contact", "back", "north", "P", json_out=True) == {
        "district": "north", "contact": "P", "from": "2090-12-07T05:00:00Z", "to": "2090-12-12T05:00:00Z", "begun": False}
    assert pg.rows(left) == []


def test_a_list_has_times_of_the_district_and_names_its_zone_once(pg, ctl):
    ctl.ok(*ALWAYS)
    head, row, zone = ctl.ok("contact", "absences", "north").splitlines()
    assert "2090-12-07 00:00  2090-12-11 24:00" in row and zone == "Times are in America/New_York."
    assert not re.search(ISO, head + row)
    assert [(a["from"], a["to"]) for a in ctl.ok("contact", "absences", "north", json_out=True)] == [
        ("2090-12-07T05:00:00Z", "2090-12-12T05:00:00Z")]


def test_a_list_of_districts_in_several_zones_is_in_utc(ctl):
    ctl.ok(*ALWAYS)
    said = ctl.ok("contact", "absences")
    assert "2090-12-07 05:00  2090-12-12 05:00" in said and said.endswith("\nTimes are in UTC.\n")


def test_a_list_without_a_time_names_no_zone(ctl):
    assert "Times are" not in ctl.ok("contact", "absences", "north") + ctl.ok("contact", "list", "north")


def test_versions_of_rules_are_listed_in_the_same_forms(ctl, tmp_path):
    file = tmp_path / "rules.csv"
    file.write_text("name\nall\n", encoding="utf-8")
    ctl.ok("rule", "import", "north", str(file))
    said = ctl.ok("rule", "history", "north")
    assert re.search(r"  \d{4}-\d\d-\d\d \d\d:\d\d  ", said) and said.endswith("Times are in America/New_York.\n")
    assert re.fullmatch(ISO, ctl.ok("rule", "history", "north", json_out=True)[0]["at"])
