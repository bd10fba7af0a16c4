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


def test_an_absence_that_is_planned_says_from_when_to_when_and_that_it_is_not_yet(ctl):
    assert ctl.ok(*ALWAYS, "--substitute", "Q") == (
        "contact P is not absent yet, and will be from 2090-12-07 00:00 to 2090-12-11 24:00; Q stands in\n"
        "Times are in America/New_York.\n")
    assert ctl.ok(*ALWAYS, json_out=True) == {
        "district": "north", "contact": "P", "substitute": None, "from": "2090-12-07T05:00:00Z",
        "to": "2090-12-12T05:00:00Z", "begun": False}


def test_an_absence_from_now_on_says_since_when(ctl):
    said = ctl.ok("contact", "absent", "north", "P")
    assert re.fullmatch(r"contact P is absent from \d{4}-\d\d-\d\d \d\d:\d\d on; nobody stands in\n"
                        r"Times are in America/New_York\.\n", said), said
    assert ctl.ok("contact", "absent", "north", "P", json_out=True)["to"] is None


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
