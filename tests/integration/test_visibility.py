"""What is shown of a call: each way to see it, for each state of a call."""

import glob
import json
import os
import re
import uuid

import pytest

import liaison
from dashboard_support import fresh_dashboard, fresh_town
from test_dashboard_stream import Stream

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)

# What an answer may reveal of a call, and the words by which a test recognises it.
SIGNS = {"type": ("FIGHT", "Fight", "DVA", "Domestic violence", "ABUSE", "Abuse"),
         "place": ("HOMELANE", "HOME-PLACE", "41.23456", "-71.65432"), "unit": ("UNIT-7",), "result": ("DISPO-7", "OUTCOME-7")}
ALL = {"number", "type", "place", "unit", "result"}
NOT = set()  # answered as if the call did not exist

# (who, way). A CSV export is made of list and search.
WAYS = [(who, way) for who in ("director", "principal") for way in ("page", "timeline", "list", "search", "now",
                                                                    "stream")]
WAYS += [("contact", "link"), ("named", "link"), ("former", "link"), ("moved", "link")]


def calls_seen(director, principal, contact, named, listed=True):
    """The row of a state: what page, timeline, lists and the link show to each person."""
    row = {}
    for who, page in (("director", director), ("principal", principal)):
        row[who, "page"] = page
        row[who, "timeline"] = page & {"unit", "place", "result"}
        for way in ("list", "search", "now"):
            row[who, way] = page if listed else NOT
        row[who, "stream"] = {"number"} if page else NOT
    row["contact", "link"], row["named", "link"] = contact, named
    row["former", "link"] = row["moved", "link"] = NOT
    return row


LINK = {"type", "place"}
STATES = {
    "open": calls_seen(ALL, ALL, LINK, LINK),
    "restricted": calls_seen(ALL, ALL - {"type", "result"}, {"police"}, {"police"}),
    "sealed": calls_seen(ALL, NOT, NOT, {"police"}),
    "elsewhere": {**calls_seen({"number", "type"}, {"number", "type"}, {"type"}, {"type"}, listed=False),
                  ("principal", "stream"): NOT},
    "elsewhere restricted": {**calls_seen({"number", "type"}, {"number"}, {"police"}, {"police"}, listed=False),
                             ("principal", "stream"): NOT},
    "in error": calls_seen(ALL, ALL, LINK, LINK, listed=False),
    "merged": calls_seen(ALL, ALL, LINK, LINK, listed=False),
    "other school": calls_seen(ALL, NOT, {"type"}, {"type"}),
}


def make_call(town, state):
    """Makes a call in this state, with its events and an alert at North. Returns its number and alert."""
    number = "C-" + state.replace(" ", "-").upper()
    kind = "DVA" if "restricted" in state else "ABUSE" if state == "sealed" else "FIGHT"
    school = town.south if state == "other school" else town.north
    elsewhere = state.startswith("elsewhere")
    units = json.dumps([{"id": "UNIT-7", "status": "on_scene", "at": "2026-11-01T10:05:00Z"}])
    town.incident(number, school, status="cancelled" if state == "in error" else "open", type_code=kind,
                  address="77 HOMELANE", place_name="HOME-PLACE", latitude=41.23456, longitude=-71.65432, units=units,
                  dispositions=[{"own": "DISPO-7", "code": None, "primary": True}],
                  elsewhere=elsewhere, entered_in_error=state == "in error",
                  merged_into="C-SURVIVOR" if state == "merged" else None)
    stream = town.db.one("insert into agency.stream (agency_id, stream_id, epoch, mode) values (%s, %s, 1, 'live') "
                         "returning stream_no", town.metro.id, str(uuid.uuid4()))
    at_school = json.dumps([{"district": town.district.id, "school": school}])
    for seq, (address, placed) in enumerate((("1 SCHOOL ST", at_school),
                                             ("77 HOMELANE", "[]" if elsewhere else at_school)), 1):
        town.db.execute("insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, "
                        "content_id, placed, address, latitude, longitude, units) values "
                        "(%s, %s, %s, %s, 1, 1, now() + %s * interval '1 s', 1, %s, %s, %s, 41.23456, -71.65432, %s)",
                        stream, seq, town.metro.id, number, seq, str(uuid.uuid4()), placed, address, units)
    town.db.execute("insert into district.outcome (district_id, agency_id, incident_no, outcome_id, subject, own, decided_at) "
                    "values (%s, %s, %s, 'o1', 1, 'OUTCOME-7', now())", town.district.id, town.metro.id, number)
    return number, town.alert(number, town.north)[0]


class Eyes:
    """All people who may look, and what each way reveals to each of them."""

    def __init__(self, town, dashboard, closing):
        self.town, self.anybody = town, dashboard.api()
        self.api = {who: dashboard.api(login) for who, login in (("director", "director@riverside"),
                                                                 ("principal", "principal@north"))}
        self.stream = {who: closing(Stream(api)) for who, api in self.api.items()}
        for stream in self.stream.values():
            stream.wait("heartbeat")
        contact = lambda code, **more: town.district.contact(code, email=f"{code}@riverside.example", **more)
        self.contact = {"contact": contact("C", schools=[town.north]), "named": contact("N", sealed=True),
                        "former": contact("F"), "moved": contact("M", schools=[town.south])}
        town.db.execute("update people.role set to_at = now() where code = 'F'")

    def text(self, who, way, number, alert):
        if way == "link":
            token = self.town.token(alert, self.contact[who], f"link-{number}-{who}".replace("_", "-"))
            answer = self.anybody.call("GET", f"/api/v1/ack/{token}")
            assert answer.status in (200, 410)
            pressed = self.anybody.call("POST", f"/api/v1/ack/{token}")
            assert pressed.status == answer.status, "what is not shown cannot be acknowledged"
            return answer.data.decode() if answer.status == 200 else ""
        api = self.api[who]
        if way in ("page", "timeline"):
            answer = api.call("GET", f"/api/v1/calls/metro/{number}")
            assert answer.status in (200, 404)
            shown = answer.json if answer.status == 200 else {}
            return json.dumps(shown["timeline"] if shown and way == "timeline" else shown)
        if way == "now":
            return json.dumps([c for c in api.get("/api/v1/now")["open"] if c["incident"] == number])
        query = {"q": "homelane"} if way == "search" else {}
        return json.dumps([c for c in api.pages(**query)[0] if c["incident"] == number])

    def seen(self, who, way, number, alert):
        if way == "stream":
            return {"number"} if number in self.stream[who].changes() else set()
        text = self.text(who, way, number, alert)
        signs = {sign for sign, words in SIGNS.items() if any(word in text for word in words)}
        if way == "link":
            return signs | ({"police"} if re.search('"what" ?: null', text) else set())
        return signs if way == "timeline" else signs | ({"number"} if number in text else set())


def test_each_way_shows_of_a_call_what_its_state_allows(town, dashboard, closing):
    eyes = Eyes(town, dashboard, closing)
    town.incident("C-SURVIVOR", town.north, status="open", address="1 SCHOOL ST")
    made = {state: make_call(town, state) for state in STATES}
    for state, (number, _) in made.items():
        town.change(number)
    town.incident("C-LAST", town.north, status="open")
    for stream in eyes.stream.values():
        liaison.wait_until(lambda s=stream: "C-LAST" in s.changes(), what="all changes are told")
    found = {(state, *way): eyes.seen(*way, *made[state]) for state in STATES for way in WAYS}
    wrong = [f"{key}: {sorted(found[key])}, not {sorted(expected)}" for state, row in STATES.items()
             for way, expected in row.items() for key in [(state, *way)] if found[key] != expected]
    assert len(found) == len(STATES) * len(WAYS) == sum(map(len, STATES.values()))
    assert not wrong, "\n".join(wrong)


def test_an_audience_is_whoever_sees_the_call(town):
    """Streams query the audience of a call, other code queries what a person sees: both are the same rule."""
    for state in STATES:
        make_call(town, state)
    for schools in (None, [], [town.north], [town.south], [town.north, town.south], [town.east]):
        wrong = town.db.rows("""
            select i.incident_no from district.incident i
             where district.sees(array(select s.school_id from district.audience(i.district_id, i.agency_id, i.incident_no) s),
                                 %s::int[])
                   is distinct from exists (select from district.seen(i.district_id, %s::int[]) s
                                             where (s.agency_id, s.incident_no) = (i.agency_id, i.incident_no))""",
                             schools, schools)
        assert not wrong, schools


def test_who_sees_a_call_is_said_in_one_place():
    """Only r_visibility.sql compares schools or sensitivities."""
    rule = re.compile(r"(=|<>) (any|all) ?\((p_schools|\$2|w\.schools)|sensitivity (=|<>|in) ?\(?'")
    paths = glob.glob(f"{liaison.ROOT}/deploy/schema/r_*.sql") + glob.glob(f"{liaison.ROOT}/services/*/sql/*.sql")
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found += [(os.path.basename(path), line.strip()) for line in file if rule.search(line)]
    assert {name for name, _ in found} == {"r_visibility.sql"}, found
