"""liaisonctl why: the whole path of one call, from the first event to who acknowledged it."""

import json
import re

import pytest

import ctl_support
from notify_lab import fresh_gateway, fresh_relay
from notify_support import fresh_town
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)


def heard(town, number, kind, seconds):
    """An event of the call, received so many seconds ago, as intake stores it."""
    stream = town.pg.one("select stream_no from agency.stream") or town.pg.one(
        "insert into agency.stream (agency_id, stream_id, epoch, mode) values (%s, gen_random_uuid(), 1, 'live') "
        "returning stream_no", town.agency.id)
    town.pg.execute("insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, "
                    "received_at, content_id) values (%s, %s, %s, %s, %s, 1, now() - make_interval(secs => %s + 4), 1, "
                    "now() - make_interval(secs => %s), gen_random_uuid())",
                    stream, 1000 - seconds, town.agency.id, number, kind, seconds, seconds)


def steps(ctl, number):
    return ctl.ok("why", "metro", number, json_out=True)


def test_it_tells_the_whole_path_in_order_of_time(town, relay, gateway, notify, ctl):  # noqa: F811
    town.district.contact("PAT", email="pat@riverside.example", phone="+15550100001", name="Pat Example")
    town.rule(name="fights", acks=1)
    relay.say("rcpt", "451 4.7.1 later", 1)
    notify(relay, gateway)
    heard(town, "I-1", 1, 30)
    heard(town, "I-1", 3, 20)
    town.call("I-1")
    town.wait_states("sent", "sent")
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'Pat Example', (select person_id from "
                    "people.person where name = 'Pat Example')) from notify.alert")
    told = steps(ctl, "I-1")
    assert [row["step"] for row in told] == ["received", "received", "stored", "placed", "alerted", "round", "message",
                                             "message", *["try"] * 3, "acknowledged"]
    assert [row["after_s"] for row in told] == sorted(row["after_s"] for row in told) and told[0]["after_s"] == 0
    by = {row["step"]: row for row in reversed(told)}
    assert by["received"]["detail"] | {"source_time": ""} == {"event": "call.received", "mode": "live", "source_time": "",
                                                             "source_to_here_s": 4}
    assert (by["placed"]["school"], by["placed"]["detail"]["method"], by["placed"]["detail"]["confidence"]) == \
        ("NORTH", "radius", 0.9)
    assert (by["alerted"]["district"], by["alerted"]["detail"]["rule"]) == ("riverside", "fights")
    assert by["acknowledged"]["detail"] == {"by": "Pat Example", "round": 1}
    tries = [row["detail"] for row in told if row["step"] == "try" and row["detail"]["channel"] == "email"]
    assert [(t["try"], t["outcome"], t.get("reason"), t.get("answer"), t["provider"]) for t in tries] == \
        [(1, "queued", "deferred", "smtp 451", "smtp"), (2, "sent", None, None, "smtp")]
    assert all(t["took_ms"] >= 0 for t in tries)
    text, = [row for row in told if row["step"] == "try" and row["detail"]["channel"] == "sms"]
    assert (text["contact"], text["name"], text["detail"]["provider_id"]) == ("PAT", "Pat Example", gateway.texts[0]["sid"])


def test_each_round_has_its_beginning(town, relay, notify, ctl):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    notify(relay)
    town.call("I-1", priority=3)
    town.wait_states("sent")
    town.call("I-1", **{"class": "weapon", "type_code": "ACTSHOOT", "priority": 10})
    town.wait_states("sent", "sent")
    rounds = [row for row in steps(ctl, "I-1") if row["step"] == "round"]
    assert [row["detail"]["round"] for row in rounds] == [1, 2]
    assert rounds[1]["after_s"] > rounds[0]["after_s"]
    assert [row["detail"]["round"] for row in steps(ctl, "I-1") if row["step"] == "message"] == [1, 2]


def test_it_shows_neither_address_nor_number_nor_what_was_said(town, relay, gateway, notify, ctl):  # noqa: F811
    town.district.contact("P", email="p@riverside.example", phone="+15550100001")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user p@riverside.example")
    notify(relay, gateway)
    town.call("I-1")
    town.wait_states("failed", "sent", timeout=15)
    for shown in (ctl.ok("why", "metro", "I-1"), json.dumps(steps(ctl, "I-1"))):
        assert "smtp 550" in shown
        for word in ("riverside.example", "5550100001", "MAIN ST", "no such"):
            assert word not in shown


def test_as_text_it_is_a_line_for_each_step(town, ctl):
    heard(town, "I-1", 1, 30)
    town.call("I-1", outbox=False)
    lines = ctl.ok("why", "metro", "I-1").splitlines()
    assert len(lines) == 4 and lines[3] == "Times are in America/New_York."
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d +\+0\.000 s  received +mode=live  event=call\.received "
                        r".*source_to_here_s=4", lines[0])
    assert re.search(r"  placed +riverside/NORTH  by=placement  method=radius  relation=at  confidence=0\.9", lines[2])


def test_what_was_heard_and_stored_at_once_stands_in_the_order_of_the_path(town, ctl):
    for kind, ago in ((1, 30), (2, 25), (3, 20)):
        heard(town, "I-1", kind, ago)
    town.call("I-1", outbox=False)
    town.pg.execute("update agency.event set received_at = (select created_at from district.incident)")
    told = steps(ctl, "I-1")
    assert [row["step"] for row in told] == ["received"] * 3 + ["stored", "placed"] and {row["after_s"] for row in told} == {0}
    assert [row["detail"]["event"] for row in told[:3]] == ["call.received", "incident.opened", "incident.updated"]


def test_times_are_in_the_zone_of_the_calls_district(town, ctl):
    town.pg.district("elsewhere", zone="Asia/Tokyo")
    heard(town, "I-1", 1, 0)
    town.call("I-1", outbox=False)
    town.pg.execute("update agency.event set received_at = '2026-07-01T12:34:00Z'")
    told = ctl.ok("why", "metro", "I-1")
    assert told.startswith("2026-07-01 08:34") and told.count("America/New_York") == 1
    assert told.endswith("\nTimes are in America/New_York.\n")
    assert steps(ctl, "I-1")[0]["at"] == "2026-07-01T12:34:00.000Z"


def test_an_alert_that_is_held_says_why_and_has_no_round(town, ctl):
    town.call("I-1", outbox=False)
    town.pg.execute("insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode, state, held_at, "
                    "held_why) values (%s, %s, 'I-1', %s, 1, 'live', 'held', now(), 'budget')", town.district.id,
                    town.agency.id, town.school)
    told = {row["step"]: row["detail"] for row in steps(ctl, "I-1")}
    assert told["held"]["why"] == "budget" and "round" not in told


def test_a_link_that_was_opened_is_known_of_a_sealed_call(town, ctl):
    contact = town.district.contact("P", email="p@riverside.example", sealed=True)
    town.call("I-1", outbox=False, sensitivity="sealed")
    town.pg.execute("insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode) values "
                    "(%s, %s, 'I-1', %s, 1, 'live')", town.district.id, town.agency.id, town.school)
    town.pg.execute("select dashboard.audit_read(%s, %s, %s, 'I-1', 'link', interval '1 hour')", f"contact:{contact}",
                    town.district.id, town.agency.id)
    assert [row["contact"] for row in steps(ctl, "I-1") if row["step"] == "opened"] == ["P"]


def test_a_call_that_nobody_knows_is_named(town, ctl):
    assert "INCIDENT: nothing is known of it" in ctl.fails("why", "metro", "I-404")
    assert "AGENCY: there is none of this name; there is metro" in ctl.fails("why", "nowhere", "I-404")


def test_it_says_into_which_call_one_was_folded_and_when_it_was_told_apart(town, relay, notify, ctl):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    sheriff = town.pg.agency("county", key=False)
    notify(relay)
    town.call("I-1", priority=5)
    town.wait_states("sent")
    town.call("S-1", priority=5, agency_id=sheriff.id)
    town.wait_states("sent", "sent")

    def folded(*names):
        lines = [row for row in ctl.ok("why", "county", "S-1", json_out=True) if row["step"] in ("held", "alerted")]
        assert [row["step"] for row in lines] == list(names)
        assert (lines[0]["detail"]["why"], lines[0]["detail"]["into"]) == ("folded", "metro I-1")
        return lines
    folded("held")
    town.call("I-1", priority=5, status="cancelled")
    town.wait_states(*["sent"] * 4)
    held, alerted = folded("held", "alerted")
    assert alerted["after_s"] > held["after_s"] and alerted["detail"]["state"] == "open"
    assert 'into="metro I-1"' in ctl.ok("why", "county", "S-1")
