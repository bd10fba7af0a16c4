"""The review list: who may say where a call is, and what an answer does."""

import json

import pytest

from dashboard_support import fresh_dashboard, fresh_town

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


@pytest.fixture
def school(town):
    return town.db.one("select school_id from district.school order by school_id limit 1")


@pytest.fixture
def ask(town, school):
    """A call as intake writes it: held, with words that leave its place open."""
    agency = town.db.one("select agency_id from agency.agency where slug = 'metro'")

    def make(number="Q-1", name="NEAR NORTH HIGH", address="", mode=1):
        words = {"address": address, "name": name,
                 "schools": [{"district": town.district.id, "school": school, "method": "name", "confidence": 0.5}]}
        town.db.execute(
            "insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
            "version_at, version_epoch, version_seq, unsure) values (%s, %s, 1, %s, now(), 1, 1, now(), 1, 1, %s)",
            agency, number, mode, json.dumps(words))
        town.db.execute("select district.review(array[%s], array[%s])", agency, number)
        return f"/api/v1/reviews/metro/{number}"

    return make


def test_what_is_asked_is_listed_with_the_words_and_the_time_that_is_left(town, dashboard, ask, school):
    ask("Q-old", mode=3)
    ask("Q-1")
    shown = dashboard.api("director@riverside").get("/api/v1/reviews")
    assert shown["open"] == 2
    assert [item["incident"] for item in shown["items"]] == ["Q-1", "Q-old"], "what is due first stands first"
    item = shown["items"][0]
    assert (item["place_name"], item["state"], item["mode"]) == ("NEAR NORTH HIGH", "open", "live")
    assert [(s["id"], s["method"]) for s in item["schools"]] == [(school, "name")]
    assert item["due_at"] > shown["as_of"]


def test_an_answer_lists_the_call_at_the_school_and_is_audited(town, dashboard, ask, school):
    path = ask()
    api = dashboard.api("director@riverside")
    answer = api.call("POST", path, {"school": school, "remember": True})
    assert (answer.status, answer.json["items"]) == (200, [])
    name = api.user["name"]
    assert town.db.rows("select school_id, method, decided_by from district.incident_school") == \
        [(school, "person", name)]
    assert town.db.rows("select alias, decided_by from district.school_alias") == [("NEAR NORTH HIGH", name)]
    assert town.db.one("select count(*) from liaison.audit where action = 'place.decide'") == 1
    assert [c["incident"] for c in api.get("/api/v1/calls")["items"]] == ["Q-1"]
    again = api.call("POST", path, {"school": None, "remember": False})
    assert (again.status, again.error["code"]) == (409, "settled")


def test_the_calls_line_of_time_says_who_placed_it(town, dashboard, ask, school):
    path = ask()
    api = dashboard.api("director@riverside")
    api.call("POST", path, {"school": school, "remember": False})
    entries = [(e["source"], e["kind"], e.get("by"), e.get("school")) for e in api.get("/api/v1/calls/metro/Q-1")["timeline"]]
    name = town.db.one("select name from district.school where school_id = %s", school)
    assert ("alert", "place_asked", None, None) in entries
    assert ("person", "placed", api.user["name"], name) in entries
    assert "place_uncertain" not in [kind for _, kind, *_ in entries]
    town.db.execute("update district.place_review set due_at = decided_at - interval '1 s'")
    assert "place_uncertain" in [e["kind"] for e in api.get("/api/v1/calls/metro/Q-1")["timeline"]]


def test_at_none_of_the_schools_leaves_nothing_listed(town, dashboard, ask):
    api = dashboard.api("director@riverside")
    assert api.call("POST", ask(), {"school": None, "remember": True}).json["items"] == []
    assert api.get("/api/v1/calls")["total"] == 0
    assert town.db.rows("select alias from district.not_school") == [("NEAR NORTH HIGH",)]


def test_a_remembered_answer_says_how_many_others_with_the_same_words_it_settled(town, dashboard, ask, school):
    path = ask()
    for number in range(2, 6):
        ask(f"Q-{number}", mode=3 if number == 5 else 1)
    ask("Q-other", name="NORTH HIGH LOT")
    api = dashboard.api("director@riverside")
    assert api.get("/api/v1/reviews")["others"] is None
    answer = api.call("POST", path, {"school": school, "remember": True}).json
    assert (answer["others"], answer["open"], [i["incident"] for i in answer["items"]]) == (4, 1, ["Q-other"])
    assert api.get("/api/v1/calls")["total"] == 5
    assert api.call("POST", "/api/v1/reviews/metro/Q-other", {"school": None, "remember": False}).json["others"] == 0


def test_people_of_one_school_neither_see_nor_answer(dashboard, town, ask, school):
    town.person("one@riverside", "One School", "school", [school])
    path = ask()
    api = dashboard.api("one@riverside")
    assert api.refused("/api/v1/reviews")[:2] == (403, "forbidden")
    assert api.call("POST", path, {"school": None, "remember": False}).error["code"] == "forbidden"
    assert town.db.one("select state from district.place_review") == "open"


def test_an_answer_needs_the_pages_own_token_and_a_body_that_is_right(dashboard, ask, town):
    path = ask()
    api = dashboard.api("director@riverside")
    refused = lambda body: (lambda a: (a.status, a.error["field"]))(api.call("POST", path, body))  # noqa: E731
    assert api.call("POST", path, {"school": None, "remember": False}, csrf=False).status == 403
    assert refused({"school": 999999, "remember": False}) == (400, "school")
    assert refused({"school": "1", "remember": False}) == (400, "school")
    assert refused({"school": None}) == (400, "remember")
    assert refused({"remember": False}) == (400, "school")
    assert refused({"school": None, "remember": False, "x": 1}) == (400, "body")
    assert api.call("POST", "/api/v1/reviews/metro/none", {"school": None, "remember": False}).status == 404
    assert town.db.one("select state from district.place_review") == "open"


def test_a_call_that_went_out_as_uncertain_stays_answerable_and_says_so(town, dashboard, ask):
    path = ask()
    town.db.execute("update district.place_review set due_at = now()")
    town.db.execute("select district.expire_reviews(10)")
    api = dashboard.api("director@riverside")
    assert [i["state"] for i in api.get("/api/v1/reviews")["items"]] == ["expired"]
    call = api.get("/api/v1/calls")["items"][0]
    assert call["schools"][0]["relation"] == "uncertain"
    assert api.call("POST", path, {"school": None, "remember": False}).status == 200
    assert api.get("/api/v1/calls")["total"] == 0
