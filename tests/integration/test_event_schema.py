"""The JSON Schema, the dictionary page and the decoder agree; they are generated from the same rows.

Every document in the tables below goes to the JSON Schema (python3-jsonschema) and to the decoder
(liaison-dictionary check); their verdicts must be equal. Documents on which they differ, because a
schema cannot express the rule, have their own table, so that the difference is known and does not grow.
"""

import json
import os
import subprocess

import jsonschema
import liaison
import pytest

NOW = "2026-11-24T00:00:00Z"
TIME = "2026-11-23T09:12:04-08:00"
pytestmark = pytest.mark.needs("liaison-dictionary")


def dictionary(*arguments, text=None):
    done = subprocess.run(
        [liaison.program("liaison-dictionary"), *arguments],
        input=text, capture_output=True, check=True, timeout=30,
    )
    return done.stdout.decode()


@pytest.fixture(scope="module")
def schema():
    made = json.loads(dictionary("schema"))
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def decoder(*documents):
    """The decoder's verdicts: "ok", or (code, field)."""
    lines = b"".join(
        (d if isinstance(d, bytes) else json.dumps(d).encode()) + b"\n" for d in documents
    )
    verdicts = dictionary("check", NOW, text=lines).splitlines()
    assert len(verdicts) == len(documents)
    return ["ok" if v == "ok" else tuple(v.split(" ", 2)[:2]) for v in verdicts]


def event(**more):
    return {"kind": "incident.updated", "incident": "26-1", "occurred_at": TIME, **more}


def without(name, **more):
    made = event(**more)
    del made[name]
    return made


def place(**members):
    return event(place=members)


GOOD = [
    event(),
    event(call_type="DISTURBANCE", final_type="Störung", priority="1", zone="America/Los_Angeles"),
    event(call_type=None, units=None, place=None, times=None, entered_in_error=None),
    event(call_type="", report_numbers=[], units=[], initiated_by="", times={"closed": ""}),
    event(call_type=" " * 40 + "x"),
    event(call_type="x" * 80),
    event(unknown={"deep": [1, {"er": None}]}, citizenship="dropped"),
    event(entered_in_error=True, time_quality="doubled_hour", received_via="911"),
    event(times={"received": TIME, "closed": "2026-11-23 17:12:04.123456789z"}),
    place(latitude=47, longitude=-122.5, address="1 N 5 ST"),
    place(latitude=-90, longitude=180),
    place(latitude=None, longitude=None),
    event(units=[{"id": "3S12", "role": "school_officer", "status": "clear", "at": TIME}]),
    event(units=[{"id": str(i)} for i in range(32)]),
    event(dispositions=[{"code": "A", "primary": True}, {"code": "B", "primary": False}]),
    event(outcomes=[{"code": "warning", "subject": 1}, {"voids": "o-1"}, {"code": "x", "subject": 99}]),
    event(outcomes=[{"code": "x", "subject": 2.0}]),
    event(report_numbers=["R"] * 8),
    event(kind="unit.status", units=[{"id": "1"}]),
    event(kind="outcome.recorded", outcomes=[{"code": "x"}]),
    without("incident", kind="outcome.recorded", report_numbers=["R"], outcomes=[{"code": "x"}]),
    event(incident=None, kind="outcome.recorded", report_numbers=["R"], outcomes=[{"code": "x"}]),
]

BAD = [
    ([], ("type", "-")),
    (without("kind"), ("missing", "kind")),
    (without("incident"), ("missing", "incident")),
    (without("occurred_at"), ("missing", "occurred_at")),
    (event(kind=None), ("missing", "kind")),
    (event(kind=""), ("missing", "kind")),
    (event(incident="  "), ("missing", "incident")),
    (event(occurred_at=""), ("missing", "occurred_at")),
    (event(kind="unit.status"), ("missing", "units")),
    (event(kind="unit.status", units=[]), ("missing", "units")),
    (event(kind="outcome.recorded"), ("missing", "outcomes")),
    (without("incident", kind="outcome.recorded", outcomes=[{"code": "x"}]), ("missing", "incident")),
    (place(latitude=1), ("missing", "place.longitude")),
    (place(longitude=1, latitude=None), ("missing", "place.latitude")),
    (event(units=[{"status": "clear"}]), ("missing", "units[0].id")),
    (event(units=[{"id": ""}]), ("missing", "units[0].id")),
    (event(dispositions=[{"code": "A"}, {"primary": True}]), ("missing", "dispositions[1].code")),
    (event(outcomes=[{"subject": 1}]), ("missing", "outcomes[0].code")),
    (event(report_numbers=[""]), ("missing", "report_numbers[0]")),
    (event(kind="call"), ("value", "kind")),
    (event(kind="Call.Received"), ("value", "kind")),
    (event(initiated_by=" police"), ("value", "initiated_by")),
    (event(units=[{"id": "1", "role": "chief"}]), ("value", "units[0].role")),
    (event(incident=5), ("type", "incident")),
    (event(kind=1), ("type", "kind")),
    (event(place=[]), ("type", "place")),
    (event(times="now"), ("type", "times")),
    (event(units={"id": "1"}), ("type", "units")),
    (event(units=["1"]), ("type", "units[0]")),
    (event(units=[None]), ("type", "units[0]")),
    (event(report_numbers=[None]), ("type", "report_numbers[0]")),
    (event(entered_in_error="true"), ("type", "entered_in_error")),
    (event(entered_in_error=0), ("type", "entered_in_error")),
    (event(outcomes=[{"code": "x", "subject": 1.5}]), ("type", "outcomes[0].subject")),
    (event(outcomes=[{"code": "x", "subject": True}]), ("type", "outcomes[0].subject")),
    (event(outcomes=[{"code": "x", "subject": 0}]), ("range", "outcomes[0].subject")),
    (event(outcomes=[{"code": "x", "subject": 100}]), ("range", "outcomes[0].subject")),
    (place(latitude="47", longitude=1), ("type", "place.latitude")),
    (place(latitude=90.0001, longitude=1), ("range", "place.latitude")),
    (place(latitude=1e308, longitude=1), ("range", "place.latitude")),
    (place(latitude=1, longitude=-181), ("range", "place.longitude")),
    (event(call_type="x" * 81), ("size", "call_type")),
    (event(incident="x" * 65), ("size", "incident")),
    (event(report_numbers=["R"] * 9), ("size", "report_numbers")),
    (event(units=[{"id": str(i)} for i in range(33)]), ("size", "units")),
    (event(call_type="a\tb"), ("utf8", "call_type")),
    (event(call_type="a\x7f"), ("utf8", "call_type")),
    (event(call_type="a\u0085"), ("utf8", "call_type")),
    (event(call_type="a\u2028b"), ("utf8", "call_type")),
    (event(call_type="a\u202eb"), ("utf8", "call_type")),
    (event(call_type="a\u2066b"), ("utf8", "call_type")),
    (event(call_type="a\u0000b"), ("utf8", "call_type")),
    (event(call_type="ends\n"), ("utf8", "call_type")),
    (event(units=[{"id": "1\n"}]), ("utf8", "units[0].id")),
    (event(occurred_at="2026-11-23T09:12:04"), ("time", "occurred_at")),
    (event(occurred_at="2026-11-23T09:12:60Z"), ("time", "occurred_at")),
    (event(occurred_at="2026-11-23T24:00:00Z"), ("time", "occurred_at")),
    (event(occurred_at="2026-13-23T09:12:04Z"), ("time", "occurred_at")),
    (event(occurred_at="2026-11-23T09:12:04+16:00"), ("time", "occurred_at")),
    (event(occurred_at="2026-11-23T09:12:04.Z"), ("time", "occurred_at")),
    (event(occurred_at="2026-11-23T09:12:04Z "), ("time", "occurred_at")),
    (event(occurred_at="2026-11-23T09:12:04Z\n"), ("time", "occurred_at")),
    (event(occurred_at="99999-11-23T09:12:04Z"), ("range", "occurred_at")),
    (event(occurred_at="1989-11-23T09:12:04Z"), ("range", "occurred_at")),
    (event(occurred_at=1795500000), ("type", "occurred_at")),
]

# Valid by the schema; only the decoder can refuse them.
BEYOND_A_SCHEMA = [
    (event(call_type="é" * 41), ("size", "call_type")),  # octets, not characters
    (event(occurred_at="2026-02-29T09:12:04Z"), ("time", "occurred_at")),  # the calendar
    (event(occurred_at="2026-11-25T00:00:01Z"), ("range", "occurred_at")),  # the clock
    (event(times={"closed": "1990-01-01T00:00:00+01:00"}), ("range", "times.closed")),
]

# Accepted by the decoder alone.
FORGIVEN = [
    event(call_type="x" * 80 + "   "),  # spaces at the end are not counted
    event(occurred_at="1989-12-31T23:00:00-08:00"),  # in UTC this is in 1990
]

# Not JSON, or ambiguous: these never get as far as a schema.
NOT_ONE_DOCUMENT = [
    (b"", ("syntax", "-")),
    (b"{", ("syntax", "-")),
    (b'{"kind":"unit.status","kind":"call.received"}', ("syntax", "kind")),
    (b'{"call_type":"\xff"}', ("utf8", "call_type")),
    (b'{"call_type":"\\ud800"}', ("utf8", "call_type")),
    (b'{"kind":"call.received","incident":"1","occurred_at":"2026-11-23T09:12:04Z",'
     b'"place":{"latitude":1e400,"longitude":1}}', ("range", "place.latitude")),
    (b"[" * 10000, ("depth", "-")),
    (b" " * 70000, ("size", "-")),
]


def ids(rows):
    return [json.dumps(r)[:90] if not isinstance(r, bytes) else repr(r)[:40] for r in rows]


@pytest.mark.parametrize("document", GOOD, ids=ids(GOOD))
def test_schema_and_decoder_both_take(schema, document):
    assert [e.message for e in schema.iter_errors(document)] == []
    assert decoder(document) == ["ok"]


@pytest.mark.parametrize("document, verdict", BAD, ids=ids([b[0] for b in BAD]))
def test_schema_and_decoder_both_refuse(schema, document, verdict):
    assert not schema.is_valid(document)
    assert decoder(document) == [verdict]


@pytest.mark.parametrize("document, verdict", BEYOND_A_SCHEMA, ids=ids([b[0] for b in BEYOND_A_SCHEMA]))
def test_decoder_refuses_what_a_schema_cannot_say(schema, document, verdict):
    assert schema.is_valid(document)
    assert decoder(document) == [verdict]


def test_decoder_forgives_what_a_schema_must_refuse(schema):
    assert [schema.is_valid(document) for document in FORGIVEN] == [False] * len(FORGIVEN)
    assert decoder(*FORGIVEN) == ["ok"] * len(FORGIVEN)


def test_decoder_refuses_text_that_is_not_one_document():
    assert decoder(*[row[0] for row in NOT_ONE_DOCUMENT]) == [row[1] for row in NOT_ONE_DOCUMENT]


def test_schema_has_every_field_of_the_dictionary_page(schema):
    page = open(os.path.join(liaison.ROOT, "docs", "data-dictionary.md"), encoding="ascii").read()
    kept = schema.schema["$defs"]
    for name in ("event", "place", "times", "unit", "disposition", "outcome"):
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        fields = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert fields == list(kept["event" if name == "event" else "event_" + name]["properties"])


def test_dictionary_page_is_what_the_program_prints():
    page = open(os.path.join(liaison.ROOT, "docs", "data-dictionary.md"), encoding="ascii").read()
    assert page == dictionary("markdown"), "run `make generated`"


def test_what_is_kept_is_taken_again_and_is_the_same(schema):
    lines = "".join(json.dumps(document) + "\n" for document in GOOD).encode()
    once = dictionary("encode", NOW, text=lines)
    assert dictionary("encode", NOW, text=once.encode()) == once
    assert len(once.splitlines()) == len(GOOD)
    for line in once.splitlines():
        assert schema.is_valid(json.loads(line))
        assert "citizenship" not in line


@pytest.mark.skipif(
    not os.path.exists(os.path.join(liaison.SHARED_DATA, "eido", "sample-call-transfer.json")),
    reason="NENA's sample is not there",
)
def test_nena_sample_becomes_a_call_without_its_persons(schema):
    path = os.path.join(liaison.SHARED_DATA, "eido", "sample-call-transfer.json")
    document = json.load(open(path, encoding="utf-8"))
    kept = json.loads(dictionary("eido", NOW, text=json.dumps(document).encode() + b"\n"))
    assert kept == {
        "kind": "call.received",
        "event_id": "a56e556d871",
        "incident": "a56e556d871",
        "occurred_at": "2021-04-30T18:43:49.439Z",
        "times": {"received": "2021-04-30T18:40:00Z"},
    }
    assert schema.is_valid(kept)
