"""What is happening now: open calls, who has acknowledged them, which agencies are connected, and the values
of the page's first sentence."""

import datetime

import pytest

import liaison
from dashboard_support import fresh_dashboard, fresh_town

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


@pytest.fixture
def director(dashboard):
    return dashboard.api("director@riverside")


UNIT = {"id": "3P12", "role": "patrol", "status": "en_route", "at": "2026-11-23T15:00:00Z"}


def test_where_nothing_is_open_nothing_is_told(director):
    now = director.get("/api/v1/now")
    assert (now["open_calls"], now["open_schools"], now["quiet_since"]) == (0, 0, None)
    assert now["open"] == now["recent"] == []


def test_the_most_urgent_call_comes_first_with_its_units_and_who_has_it(town, director):
    def lead():
        now = director.get("/api/v1/now")
        call = now["open"][0]
        return (now["open_calls"], now["open_schools"], call["schools"][0]["name"], [u["status"] for u in call["units"]],
                call["alert"] and call["alert"]["acknowledged_by"])

    number = town.incident(status="open", units=[UNIT, {**UNIT, "id": "3P13"}])
    town.alert(number)
    assert lead() == (1, 1, "North High", ["en_route", "en_route"], None)
    assert director.call("POST", f"/api/v1/calls/metro/{number}/acknowledge").status == 200
    assert lead() == (1, 1, "North High", ["en_route", "en_route"], "Dana Director")
    town.incident("gone", town.east, status="open", units=[{**UNIT, "status": "clear"}], priority=1)
    town.alert("gone", town.east)
    assert lead() == (2, 2, "Éast Elementary", ["clear"], None)
    town.db.execute("update district.incident set status = 'cancelled' where incident_no = 'gone'")
    town.incident(school=town.south, status="open", type_code="ALMA")
    assert lead() == (2, 2, "North High", ["en_route", "en_route"], "Dana Director"), \
        "what nobody was alerted of does not go before it"
    alarm = town.incident(school=town.south, status="open", type_code="ALMA")
    town.alert(alarm, town.south)
    assert lead() == (3, 2, "South Middle", [], None)


def test_the_end_of_the_last_call_is_told(town, director):
    town.incident(opened="now() - interval '8 days'", t_closed=datetime.datetime.now(datetime.timezone.utc))
    assert director.get("/api/v1/now")["quiet_since"] is None, "only of the last seven days"
    ended = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    town.incident(opened="now() - interval '2 hours'", t_closed=ended)
    assert director.get("/api/v1/now")["quiet_since"] == ended.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_open_calls_come_in_the_order_in_which_they_press(town, director):
    for number, type_code, priority, ago in (("a-alarm", "ALMA", 10, 1), ("b-fight", "FIGHT", 2, 1),
                                             ("c-fight", "FIGHT", 9, 1), ("d-fight", "FIGHT", 9, 5),
                                             ("e-had", "FIGHT", 10, 9), ("f-standby", "STDBY", 10, 9),
                                             ("g-waits", "ALMA", 1, 1)):
        town.incident(number, status="open", type_code=type_code, priority=priority,
                      opened=f"now() - interval '{ago} min'")
    town.alert("e-had")
    town.db.execute("update notify.alert set acknowledged_at = now(), acknowledged_by = 'X'")
    town.alert("g-waits")
    assert [c["incident"] for c in director.get("/api/v1/now")["open"]] == \
        ["g-waits", "e-had", "d-fight", "c-fight", "b-fight", "a-alarm", "f-standby"]


def test_units_come_in_the_order_of_what_they_do(town, director):
    said = (("A", "clear", 3), ("B", "dispatched", 2), ("C", "on_scene", 1), ("D", None, None), ("E", "on_scene", 2),
            ("F", "en_route", 0), ("G", "on_scene", None))
    number = town.incident(status="open", units=[
        {"id": name, **({"status": status} if status else {}),
         **({"at": f"2026-11-23T12:0{minute}:00Z"} if minute is not None else {})} for name, status, minute in said])
    call = director.get(f"/api/v1/calls/metro/{number}")["call"]
    assert [unit["id"] for unit in call["units"]] == ["E", "C", "G", "F", "B", "D", "A"]


def test_counts_of_schools_equal_the_lists_behind_them(town, director):
    today = director.get("/api/v1/session")["district"]["zone"]
    day = town.db.one(f"select (now() at time zone '{today}')::date::text")
    for school, status, opened in ((town.north, "open", "now()"), (town.north, "closed", "now()"),
                                   (town.north, "open", "now() - interval '40 days'"),
                                   (town.south, "closed", "now() - interval '40 days'"),
                                   (town.north, "cancelled", "now()")):
        town.incident(school=school, status=status, opened=opened)
    town.incident(school=town.north, status="open", merged_into="R-00001")
    town.incident(school=town.north, status="open", elsewhere=True)
    town.incident(school=town.south, schools=[town.south, town.north], mode="replay")
    schools = {s["id"]: s for s in director.get("/api/v1/now")["schools"]}
    assert (schools[town.north]["open"], schools[town.north]["today"]) == (2, 2)
    assert schools[town.east]["last_call_at"] is None
    for school in schools.values():
        assert school["open"] == director.get("/api/v1/calls", school=school["id"],
                                              status="open")["total"]
        assert school["today"] == director.get("/api/v1/calls", school=school["id"],
                                               **{"from": day, "to": day})["total"]


def test_recent_calls_are_those_of_the_last_day_that_are_over(town, director):
    town.incident("old", opened="now() - interval '25 hours'")
    town.incident("one", opened="now() - interval '23 hours'")
    town.incident("two", opened="now() - interval '1 hour'")
    town.incident("open", status="open")
    now = director.get("/api/v1/now")
    assert [c["incident"] for c in now["recent"]] == ["two", "one"]
    assert [c["incident"] for c in now["open"]] == ["open"]


def test_a_school_sees_only_its_part_of_the_present(town, dashboard):
    town.incident("mine", town.south, schools=[town.south, town.north], status="open")
    town.incident("theirs", town.south, status="open")
    town.incident("sealed", town.north, status="open", type_code="ABUSE")
    town.incident("restricted", town.north, status="open", type_code="DVA", priority=10)
    now = dashboard.api("principal@north").get("/api/v1/now")
    assert [c["incident"] for c in now["open"]] == ["restricted", "mine"]
    assert (now["open_calls"], now["open_schools"]) == (2, 2)
    assert now["open"][0]["type"]["name"] is None, "the type of a restricted call is not for a school"
    assert [(s["id"], s["open"]) for s in now["schools"]] == [(town.north, 1)]
    assert len(dashboard.api("director@riverside").get("/api/v1/now")["open"]) == 4


@pytest.mark.parametrize("streams, events, state", [
    ([], 5000, "never"),
    ([("live", None)], 5000, "never"),
    ([("live", 5)], 60, "live"),
    ([("live", 5)], 1000, "quiet"),
    ([("live", 5)], None, "quiet"),
    ([("live", 61)], 5, "cut_off"),
    ([("live", 500), ("replay", 5)], 5, "live"),
    ([("backfill", 5)], 5000, "backfill"),
    ([("replay", 600), ("backfill", 5)], 5000, "backfill"),
    ([("live", 600), ("backfill", 5)], None, "cut_off")])
def test_agencies_are_live_quiet_or_cut_off(town, director, streams, events, state):
    import uuid
    for mode, ago in streams:
        town.db.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at, said_at) "
                        "values (%s, %s, 1, %s, now() - make_interval(secs => %s), "
                        "now() - make_interval(secs => %s))",
                        town.metro.id, str(uuid.uuid4()), mode, ago, events)
    if state in ("never", "backfill"):  # these are named only if they have a call in the district
        town.incident()
    now = director.get("/api/v1/now")
    metro = [a for a in now["agencies"] if a["slug"] == "metro"][0]
    assert metro["state"] == state
    assert metro["connected"] == (state in ("live", "quiet"))
    assert (metro["last_heard_at"] is None) == (state == "never")


@pytest.mark.parametrize("heard", [5, 5000, None])
def test_an_agency_whose_last_key_was_revoked_is_not_waited_for(town, director, heard):
    town.incident()
    town.db.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at, said_at) "
                    "values (%s, gen_random_uuid(), 1, 'live', now() - make_interval(secs => %s), now())",
                    town.metro.id, heard)
    metro = lambda now: next((a["state"], a["connected"]) for a in now["agencies"] if a["slug"] == "metro")  # noqa: E731
    assert metro(director.get("/api/v1/now"))[0] == {5: "live", 5000: "cut_off", None: "never"}[heard]
    town.metro.revoke()
    now = director.get("/api/v1/now")
    assert metro(now) == ("no_key", False)
    town.metro.let_in()
    assert metro(director.get("/api/v1/now"))[0] != "no_key"


def test_an_agency_is_complete_only_where_each_stream_is_proven(town, director):
    import uuid
    town.incident()
    proof = lambda: [a["proof"] for a in director.get("/api/v1/now")["agencies"] if a["slug"] == "metro"][0]
    past, live = (town.db.one("insert into agency.stream (agency_id, stream_id, epoch, mode, high, heard_at) "
                              "values (%s, %s, 1, %s, %s, now()) returning stream_no",
                              town.metro.id, str(uuid.uuid4()), mode, high)
                  for mode, high in (("backfill", 4), ("live", 7)))
    prove = ("insert into agency.proof (stream_no, through, source, told_at, counts_from, their_digest, our_count, "
             "our_digest, verdict, compared_at) values (%s, %s, %s, %s, 1, 0, 4, 0, 'same', '2026-11-25T00:00:05Z')")
    assert proof() is None
    town.db.execute(prove, past, 4, "calls.csv", "2026-11-24T09:00:00Z")
    assert (proof()["proven_to"], proof()["unproven"]) == (None, 7), "a file proves nothing of what is live"
    town.db.execute(prove, live, 5, "2026-11-24", "2026-11-25T00:00:04Z")
    assert (proof()["proven_to"][:19], proof()["unproven"]) == ("2026-11-25T00:00:00", 2)
    town.db.execute(prove, live, 7, "2026-11-25", "2026-11-26T00:00:04Z")
    assert (proof()["proven_to"][:19], proof()["unproven"], proof()["missing"]) == ("2026-11-26T00:00:00", 0, 0)


def test_agencies_that_do_not_concern_the_district_are_not_named(town, dashboard, director):
    """metro has a call here; fire is live and has no call anywhere; old and silent have none either."""
    import uuid
    town.incident()
    for agency, mode in ((town.fire, "live"), (town.db.agency("old"), "backfill")):
        town.db.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at) "
                        "values (%s, %s, 1, %s, now())", agency.id, str(uuid.uuid4()), mode)
    town.db.agency("silent")
    named = lambda api: [a["slug"] for a in api.get("/api/v1/now")["agencies"]]
    assert named(director) == ["fire", "metro"]
    olga = dashboard.api("director@otherland")
    assert named(olga) == ["fire"]
    town.incident(agency=town.fire)
    assert named(olga) == []


def test_the_timeline_joins_dispatch_alerts_and_people(town, director):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=30)
    step = lambda m: at + datetime.timedelta(minutes=m)
    number = town.incident("P26/1 18#%", opened=step(0), status="closed", t_received=step(0),
                           t_dispatched=step(1), t_on_scene=step(6), t_closed=step(20),
                           received_via="911", disposition=town.codes[0], units=[
                               {**UNIT, "status": "on_scene", "at": step(7).isoformat()}])
    town.alert(number)
    town.db.execute("update people.role set title = 'safety_director' where code = 'P1'")
    town.db.execute("insert into district.outcome (district_id, agency_id, incident_no, outcome_id, "
                    "subject, own, decided_at) values (%s, %s, %s, 'o1', 2, 'WARN', now())",
                    town.district.id, town.metro.id, number)
    path = "/api/v1/calls/metro/P26%2F1%2018%23%25"
    assert director.call("POST", path + "/acknowledge").status == 200
    detail = director.get(path)
    assert detail["call"]["incident"] == number and detail["left_out"] is None
    assert (detail["call"]["agency"], detail["call"]["agency_name"]) == ("metro", "Metro Police")
    line = [(e["source"], e["kind"]) for e in detail["timeline"]]
    assert line[:6] == [("dispatch", "received"), ("dispatch", "dispatched"),
                        ("dispatch", "on_scene"), ("dispatch", "on_scene"),
                        ("dispatch", "disposition"), ("dispatch", "closed")]
    assert set(line[6:]) == {("dispatch", "outcome"), ("alert", "alerted"), ("alert", "sent"),
                             ("alert", "delivered"), ("person", "acknowledged")}
    said = [{name: value for name, value in e.items() if name not in ("at", "source")} for e in detail["timeline"]]
    assert said[0] == {"kind": "received", "via": "911"}
    assert {"kind": "on_scene", "unit": None} in said and {"kind": "on_scene", "unit": "3P12"} in said
    assert {"kind": "acknowledged", "by": "Dana Director", "role": None, "to": None, "text": None, "late": False} in said
    assert {"kind": "alerted", "school": "North High"} in said
    assert {"kind": "sent", "channel": "email", "message": "first",
            "to": {"name": "Ana Ruiz", "role": "safety_director"}} in said
    assert {"kind": "outcome", "subject": 2, "own": "WARN", "code": None, "name": None, "voided": False} in said
    assert [e["at"] for e in detail["timeline"]] == sorted(e["at"] for e in detail["timeline"])
    assert {(d["channel"], d["to"]["name"]) for d in detail["deliveries"]} == \
        {("email", "Ana Ruiz"), ("sms", "Bea Vice")}
    assert "@" not in str(detail["deliveries"]) and "+1206" not in str(detail["deliveries"])
    assert detail["outcomes"][0]["own"] == "WARN" and detail["outcomes"][0]["voided"] is False


@pytest.mark.parametrize("column, value, why", [
    ("entered_in_error", True, "entered_in_error"), ("merged_into", "R-2", "merged"),
    ("elsewhere", True, "moved_away")])
def test_a_call_that_is_not_counted_says_why(town, dashboard, director, column, value, why):
    number = town.incident(**{column: value})
    detail = director.get(f"/api/v1/calls/metro/{number}")
    assert detail["left_out"] == why
    assert director.get("/api/v1/calls")["total"] == 0
    assert dashboard.api("principal@north").get(f"/api/v1/calls/metro/{number}")


def test_the_state_of_the_service_is_in_the_database(town, dashboard, director):
    liaison.wait_until(lambda: town.db.one("select count(*) from liaison.service "
                                           "where service = 'dashboard'") == 1, what="alive")
    liaison.wait_until(lambda: town.db.counter("requests", service="dashboard") >= 1,
                       what="requests are counted")
