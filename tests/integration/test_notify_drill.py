"""Drills: a message marked DRILL through the real providers to the people of a school, and who confirmed it."""

import concurrent.futures
import json
import re

import pytest

import ctl_support
import liaison
from dashboard_support import Dashboard
from notify_lab import fresh_gateway, fresh_relay
from notify_support import fresh_town
from test_notify_health import health
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl", "liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)


@pytest.fixture
def dashboard(pg, tmp_path, closing):
    return closing(Dashboard(tmp_path, pg)).start()


def people(town):
    """Two steps; C has no address."""
    town.district.contact("A", email="a@riverside.example", phone="+15550100001")
    town.district.contact("B", email="b@riverside.example", step=2)
    town.district.contact("C", step=2)


def start(ctl, *options):
    return ctl.ok("drill", "start", "riverside", "NORTH", *options, json_out=True)["drill"]


def reach(ctl, drill):
    return {(row["code"], row["channel"]): row for row in ctl.ok("drill", "show", "riverside", drill, json_out=True)}


def link(text):
    return re.search(r"https://liaison\.riverside\.example/c/([A-Za-z0-9_-]{16})", text).group(1)


def test_everybody_of_the_school_gets_a_message_marked_as_a_drill(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    town.rule()
    notify(relay, gateway)
    drill = start(ctl, "--by", "Ann Ray")
    town.wait_states("sent", "sent", "sent")
    mail, = relay.to("b@")
    lines = mail["text"].strip().splitlines()
    assert lines[0] == lines[-1] == "DRILL: this is a drill. Nothing is happening now."
    text, = gateway.to("+15550100001")
    assert text["body"].startswith("DRILL North High, ") and link(text["body"]) and link(mail["text"])
    found = reach(ctl, drill)
    assert {key: (row["state"], row["step"]) for key, row in found.items()} == {
        ("A", "email"): ("sent", 1), ("A", "sms"): ("sent", 1), ("B", "email"): ("sent", 2),
        ("C", None): ("cancelled", 2)}
    assert found["C", None]["why"] == "no_address" and found["A", "sms"]["handed_over_s"] >= 0
    assert town.pg.one("select detail ->> 'by' from liaison.audit where action = 'drill.start'") == "Ann Ray"
    one, = ctl.ok("drill", "show", "riverside", json_out=True)
    assert (one["by"], one["people"], one["handed_over"], one["delivered"], one["confirmed"]) == ("Ann Ray", 3, 2, 0, 0)


def test_each_person_confirms_for_themselves_on_the_page(town, relay, gateway, notify, ctl, dashboard):  # noqa: F811
    people(town)
    notify(relay, gateway)
    drill = start(ctl)
    town.wait_states("sent", "sent", "sent")
    api = dashboard.api()
    token = link(relay.to("b@")[0]["text"])
    for _ in range(3):
        shown = api.get(f"/api/v1/confirm/{token}")
    assert (shown["kind"], shown["school"], shown["name"]) == ("drill", "North High", "Contact B")
    assert shown["confirmed_at"] is None and api.raw("HEAD", f"/api/v1/confirm/{token}").status == 200
    assert reach(ctl, drill)["B", "email"]["confirmed_s"] is None, "reading confirms nothing"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert api.raw("POST", f"/api/v1/confirm/{token}", "a=b", form).status == 400
    assert reach(ctl, drill)["B", "email"]["confirmed_s"] is None, "a form confirms nothing"
    assert api.call("POST", f"/api/v1/confirm/{token}").json["confirmed_by"] == "Contact B"
    assert api.call("POST", f"/api/v1/confirm/{token}").status == 200
    found = reach(ctl, drill)
    assert found["B", "email"]["confirmed_s"] >= 0 and found["A", "email"]["confirmed_s"] is None
    assert town.pg.rows("select actor, action from liaison.audit where action = 'confirm'") == \
        [(f"contact:{town.pg.one('select contact_id from people.contact where code = %s', 'B')}", "confirm")]
    for method in ("GET", "POST"):
        assert api.call(method, f"/api/v1/ack/{token}").status in (404, 410), "it acknowledges no call"
    town.pg.execute("select people.put_contact(%s, 'B', 'Somebody Else', 'principal', 'b@riverside.example', null, 2, "
                    "false, true)", town.district.id)
    assert api.call("GET", f"/api/v1/confirm/{token}").status == 410
    assert api.call("GET", f"/api/v1/confirm/{'x' * 43}").status == 404


def test_an_alarm_is_taken_on_the_page_too(town, relay, gateway, notify, dashboard):  # noqa: F811
    contact = town.district.contact("ADMIN", email="admin@riverside.example")
    town.pg.execute("update people.role set alarms = true, scope = 'schools' where role_id = %s", contact)
    town.rule()
    notify(relay, gateway)
    town.call()
    mail = liaison.wait_until(lambda: [m for m in relay.mails if "could be told" in m["text"]], 20, "an alarm")[0]
    api = dashboard.api()
    token = link(mail["text"])
    shown = api.get(f"/api/v1/confirm/{token}")
    assert (shown["kind"], shown["open"], shown["confirmed_at"]) == ("alarm", 1, None)
    assert api.call("POST", f"/api/v1/confirm/{token}").json["confirmed_by"] == "Contact ADMIN"
    assert town.pg.rows("select state, acknowledged_by from notify.alert where alarm_id is not null and state <> 'closed'") \
        == [("acknowledged", "Contact ADMIN")]


def test_only_the_first_step_and_one_channel_if_it_says_so(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    notify(relay, gateway)
    drill = start(ctl, "--first-step", "--channels", "sms")
    town.wait_states("sent")
    assert list(reach(ctl, drill)) == [("A", "sms")] and not relay.mails


def test_who_became_a_contact_later_is_not_in_it(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    notify(relay, gateway)
    drill = start(ctl, "--channels", "sms")
    town.wait_states("sent")
    town.district.contact("D", email="d@riverside.example", phone="+15550100004")
    found = reach(ctl, drill)
    assert list(found) == [("A", "sms"), ("B", None), ("C", None)]
    assert found["B", None]["why"] == "no_address", "the drill had texts alone, and B has no number"


def test_a_drill_names_who_was_absent_and_not_who_stands_in_later(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    away = town.district.contact("D", email="d@riverside.example")
    stands_in = town.district.contact("E", email="e@riverside.example")
    later = town.district.contact("F", email="f@riverside.example")
    for role in (stands_in, later):  # contacts of no school but by standing in
        town.pg.execute("update people.role set scope = 'schools' where role_id = %s", role)
        town.pg.execute("delete from people.role_school where role_id = %s", role)
    town.pg.execute("insert into people.absence (district_id, role_id, from_at, to_at, substitute, by) values "
                    "(%s, %s, now() - interval '1 day', 'infinity', %s, 'Ann')", town.district.id, away, stands_in)
    notify(relay, gateway)
    drill = start(ctl)
    town.wait_states("sent", "sent", "sent", "sent")
    town.pg.execute("update people.absence set to_at = now() where role_id = %s", away)
    town.pg.execute("insert into people.absence (district_id, role_id, from_at, to_at, substitute, by) values "
                    "(%s, %s, now(), 'infinity', %s, 'Ann')", town.district.id, away, later)
    found = reach(ctl, drill)
    assert {code for code, _ in found} == {"A", "B", "C", "D", "E"}
    assert (found["D", None]["state"], found["D", None]["why"]) == ("cancelled", "absent")
    assert found["E", "email"]["state"] == "sent"


def test_who_wants_no_texts_gets_none_and_quiet_hours_hold_it(town, relay, gateway, notify, ctl):  # noqa: F811
    town.district.contact("A", phone="+15550100001")
    quiet = town.district.contact("B", email="b@riverside.example")
    town.pg.execute("select notify.set_opt_out('+15550100001', true, 'STOP')")
    town.pg.execute("update people.role set quiet_from = (now() at time zone d.zone - interval '1 hour')::time, "
                    "quiet_to = (now() at time zone d.zone + interval '1 hour')::time from district.district d "
                    "where role_id = %s", quiet)
    notify(relay, gateway)
    drill = start(ctl)
    town.wait_states("queued")
    assert reach(ctl, drill)["A", None]["why"] == "opted_out"
    assert reach(ctl, drill)["B", "email"]["why"] == "quiet_hours"
    again = start(ctl, "--wake", "--another")
    town.wait_states("queued", "sent")
    assert reach(ctl, again)["B", "email"]["state"] == "sent" and not gateway.texts


def test_a_drill_overtakes_nothing(town, relay, notify, ctl):  # noqa: F811
    """Over one slow connection; what a call says goes before what is left of the drill."""
    for number in range(12):
        town.district.contact(f"P{number}", email=f"p{number}@riverside.example")
    town.rule()
    relay.say("rcpt", ("wait", 0.2, None))
    notify(relay, smtp={"connections": 1, "urgent_connections": 0})
    start(ctl)
    liaison.wait_until(lambda: relay.mails, 10, "the drill has begun")
    town.call()
    liaison.wait_until(lambda: len(relay.mails) == 24, 30, "all mails")
    drills = [mail["text"].startswith("DRILL") for mail in relay.mails]
    assert drills.count(True) == 12 and all(drills[-5:]), drills
    assert not all(drills[:-12]), drills


def test_a_drill_is_no_alert(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    town.rule()
    notified = notify(relay, gateway)
    start(ctl)
    town.wait_states("sent", "sent", "sent")
    assert town.pg.rows("select subject_kind, state, budgeted, agency_id from notify.alert") == [("drill", "closed", False, None)]
    notified.terminate()
    counted = dict(town.pg.rows("select name, value from liaison.counter where service = 'notify'"))
    assert counted["drills"] == 1 and "alerts" not in counted
    found = json.dumps(health(town.pg))
    assert '"found": 3' not in found


def test_a_drill_that_fails_is_told_by_the_drill_alone(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    relay.say("rcpt", "550 5.1.1 no such user", to="b@")
    notify(relay, gateway)
    drill = start(ctl)
    town.wait_states("sent", "sent", "failed")
    assert reach(ctl, drill)["B", "email"]["why"] == "refused, smtp 550"
    assert not [row["check"] for row in health(town.pg) if not row["ok"]]
    assert len(relay.mails) + len(gateway.texts) == 2, "nobody is told instead"


def test_a_second_drill_is_started_on_purpose_alone(town, relay, gateway, notify, ctl):  # noqa: F811
    people(town)
    south = town.district.school("SOUTH", 40.5, -75.0, name="South High")
    first = start(ctl)
    said = ctl.fails("drill", "start", "riverside", "NORTH")
    assert f"drill {first} runs there" in said and "--another" in said and town.pg.one("select count(*) from notify.drill") == 1
    ctl.ok("drill", "start", "riverside", "SOUTH", json_out=True)
    notify(relay, gateway)
    liaison.wait_until(lambda: len(relay.mails) >= 3 and not town.deliveries(state="sending"), 20, "all is sent")
    assert f"drill {first} runs" in ctl.fails("drill", "start", "riverside", "NORTH"), "nobody has confirmed"
    again = start(ctl, "--another")
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) >= 9, 20, "it is sent too")
    town.pg.execute("insert into notify.drill_answer (district_id, drill_id, contact_id) select distinct a.district_id, a.drill_id, "
                    "d.contact_id from notify.alert a join notify.delivery d using (district_id, alert_id) where a.drill_id = %s",
                    int(again))
    assert f"drill {first} runs" in ctl.fails("drill", "start", "riverside", "NORTH")
    town.pg.execute("update notify.drill set at = now() - interval '61 minutes' where school_id <> %s", south)
    start(ctl)


def test_of_two_drills_that_are_started_together_one_begins(town, ctl):
    people(town)
    with town.pg.session() as session, session.cursor() as cursor:
        cursor.execute("select from district.school where school_id = %s for no key update", (town.school,))
        with concurrent.futures.ThreadPoolExecutor() as both:
            runs = [both.submit(ctl.run, "drill", "start", "riverside", "NORTH") for _ in range(2)]
            liaison.wait_until(lambda: town.pg.one("select count(*) from pg_locks where not granted") >= 2, 20, "both wait")
            session.commit()
            assert sorted(bool(run.result().returncode) for run in runs) == [False, True]
    session.close()
    assert town.pg.one("select count(*) from notify.drill") == 1


def test_what_cannot_be_a_drill_is_refused(town, ctl):
    assert "SCHOOL" in ctl.fails("drill", "start", "riverside", "SOUTH")
    assert "--channels" in ctl.fails("drill", "start", "riverside", "NORTH", "--channels", "email,fax")
    assert "DRILL" in ctl.fails("drill", "show", "riverside", "17")
    assert json.loads(ctl.run("drill", "show", "riverside", json_out=True).stdout) == []
    assert town.pg.one("select count(*) from notify.drill") == 0
