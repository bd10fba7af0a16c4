"""The API answers as services/dashboard/openapi.json says, from which the page's types are generated. Each endpoint
gives an answer with content, which is validated. (Other tests that use dashboard_support.Api validate their answers
too.)"""

import json

import jsonschema
import pytest

from dashboard_support import fresh_dashboard, fresh_town, openapi, validator

town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


def objects(node, at=""):
    """(where, schema) of each schema of an object in openapi.json."""
    if isinstance(node, dict):
        if node.get("type") == "object" or "properties" in node:
            yield at, node
        for key, value in node.items():
            if key != "example":
                yield from objects(value, f"{at}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from objects(value, f"{at}/{i}")


def test_an_object_has_the_members_that_its_schema_names_and_no_other():
    found = list(objects(openapi()))
    assert len(found) > 40
    for at, schema in found:
        if "properties" in schema:
            assert schema.get("additionalProperties") is False, f"{at} lets in members that it does not name"
            assert sorted(schema["required"]) == sorted(schema["properties"]), f"{at} has members that may be missing"
        else:
            assert isinstance(schema.get("additionalProperties"), dict), f"{at} says nothing of its members"


def test_the_examples_are_as_their_schemas_say():
    found = [(name, schema) for name, schema in openapi()["components"]["schemas"].items() if "example" in schema]
    assert len(found) > 10
    for name, schema in found:
        faults = [e.message for e in validator(json.dumps(schema)).iter_errors(schema["example"])]
        assert not faults, (name, faults)


def ask_where(town, number):
    """A call as intake writes it if its words leave the place open."""
    words = {"address": "", "name": "NEAR NORTH HIGH", "schools": [
        {"district": town.district.id, "school": town.north, "method": "name", "confidence": 0.5}]}
    town.db.execute(
        "insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
        "version_at, version_epoch, version_seq, unsure) values (%s, %s, 1, 1, now(), 1, 1, now(), 1, 1, %s)",
        town.metro.id, number, json.dumps(words))
    town.db.execute("select district.review(array[%s], array[%s])", town.metro.id, number)


@pytest.mark.needs("liaison-dashboard")
def test_every_endpoint_answers_as_openapi_says(town, dashboard):
    town.incident("R-1", status="open", disposition="own", t_received="2026-01-05T10:00:00Z",
                  units=[{"id": "A1", "role": "patrol", "status": "on_scene", "at": "2026-01-05T10:04:00Z"}])
    alert, contact = town.alert("R-1")
    link = f"/api/v1/ack/{town.token(alert, contact)}"
    drill = f"/api/v1/confirm/{town.token(town.drill(contact), contact)}"
    for number in ("Q-1", "Q-2"):
        ask_where(town, number)
    api = dashboard.api("director@riverside")
    requests = [
        ("post", "/api/v1/session", "/api/v1/session", {"login": "director@riverside",
                                                        "password": "correct horse battery"}),
        ("get", "/api/v1/session", "/api/v1/session", None),
        ("get", "/api/v1/now", "/api/v1/now", None),
        ("get", "/api/v1/calls", "/api/v1/calls", None),
        ("get", "/api/v1/calls/{agency}/{incident}", "/api/v1/calls/metro/R-1", None),
        ("post", "/api/v1/calls/{agency}/{incident}/acknowledge", "/api/v1/calls/metro/R-1/acknowledge", None),
        ("post", "/api/v1/alerts/{alert}", f"/api/v1/alerts/{alert}", {"act": "comment", "text": "All is locked."}),
        ("get", "/api/v1/reviews", "/api/v1/reviews", None),
        ("post", "/api/v1/reviews/{agency}/{incident}", "/api/v1/reviews/metro/Q-1",
         {"school": town.north, "remember": False}),
        ("get", "/api/v1/outcomes", "/api/v1/outcomes", None),
        ("get", "/api/v1/schools", "/api/v1/schools", None),
        ("get", "/api/v1/codes", "/api/v1/codes", None),
        ("get", "/api/v1/public/{district}", "/api/v1/public/riverside", None),
        ("get", "/api/v1/ack/{token}", link, None),
        ("post", "/api/v1/ack/{token}", link, {"act": "has"}),
        ("get", "/api/v1/confirm/{token}", drill, None),
        ("post", "/api/v1/confirm/{token}", drill, None),
        ("get", "/healthz", "/healthz", None),
    ]
    answering = {(method, path) for path, operations in openapi()["paths"].items()
                 for method, operation in operations.items() if method in ("get", "post", "delete")
                 and "application/json" in operation["responses"].get("200", {}).get("content", {})}
    assert {(method, path) for method, path, _, _ in requests} == answering
    answers = {}
    for method, path, address, body in requests:
        answer = api.call(method.upper(), address, body)  # validates it against openapi.json
        assert answer.status == 200, (method, path, answer.data[:300])
        answers[method, path] = answer.json
    detail = answers["get", "/api/v1/calls/{agency}/{incident}"]
    assert detail["timeline"] and detail["deliveries"] and detail["call"]["alert"] and detail["call"]["dispositions"]
    assert answers["get", "/api/v1/now"]["open"] and answers["get", "/api/v1/calls"]["items"]
    assert answers["get", "/api/v1/outcomes"]["by_type"] and answers["get", "/api/v1/codes"]["types"]
    assert answers["get", "/api/v1/reviews"]["items"] and answers["get", "/api/v1/ack/{token}"]["told"]


def test_an_answer_with_a_member_more_or_less_is_found():
    """Tests the check itself."""
    check = validator(json.dumps({"$ref": "#/components/schemas/Health"}))
    check.validate({"status": "ok"})
    for wrong in ({"status": "ok", "since": 1}, {}, {"status": "fine"}):
        with pytest.raises(jsonschema.ValidationError):
            check.validate(wrong)
