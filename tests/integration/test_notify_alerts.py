"""liaison-notify: who is told what about a call, and when nobody is."""

import datetime
import hashlib
import json
import re
import zoneinfo

import pytest
import zmq

import liaison
from notify_lab import Relay
from notify_support import WITHDRAWN, Sandbox, fresh_notify, fresh_sandbox, fresh_town

pytestmark = pytest.mark.needs("liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)


def test_call_at_a_school_reaches_its_contact_by_mail_and_text(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001", schools=[town.school])
    town.rule()
    notify()
    number = town.call()
    mail = sandbox.wait_mails(1)[0]
    text = sandbox.wait_texts(1)[0]
    town.wait_states("sent", "sent")
    assert mail["to"] == ["pat@riverside.example"]
    assert re.fullmatch(r"North High: fight reported, \d\d:\d\d", mail["subject"])
    assert mail["text"].startswith("Fight reported at North High at ")
    for said in ("2 units on the way", "Fight (Violence)", "500 MAIN ST", "Metro Police", number,
                 "I have this: https://liaison.riverside.example/a/"):
        assert said in mail["text"]
    assert "I have this</a>" in mail["html"] and "500 MAIN ST" in mail["html"]
    assert mail["parts"] == ["multipart/alternative", "text/plain", "text/html"]
    assert mail["headers"]["Auto-Submitted"] == "auto-generated"
    assert text["to"] == ["+15550100001"] and text["segments"] == 1 and text["encoding"] == "GSM-7"
    assert re.match(r"North High: fight reported \d\d:\d\d, 2 units on the way\. "
                    r"Answer: https://liaison\.riverside\.example/a/[A-Za-z0-9_-]{16}", text["body"])
    assert "MAIN" not in text["body"]
    town.wait_drained()


@pytest.mark.parametrize("states, said", [
    (["on_scene", "en_route"], "1 unit on scene, 1 on the way"),
    (["on_scene", "clear", "on_scene", "dispatched", None, "en_route"], "2 units on scene, 1 on the way, 1 sent"),
    (["on_scene", "clear"], "1 unit on scene"), (["en_route", "dispatched", "clear"], "1 unit on the way, 1 sent"),
    (["dispatched", None], "1 unit sent"), (["clear", "clear"], "2 units clear again"), ([None, "clear"], "2 units assigned")])
def test_a_message_says_how_many_units_are_on_scene_and_how_many_come(town, sandbox, notify, states, said):
    town.district.contact("P", email="pat@riverside.example", phone="+15550101")
    town.rule()
    notify()
    town.call(units=json.dumps([{"id": f"2A{n}", "status": state} for n, state in enumerate(states)]))
    assert f", {said}. Answer: " in sandbox.wait_texts(1)[0]["body"]
    assert f"State: Open, {said}\n" in sandbox.wait_mails(1)[0]["text"].replace("\r", "")


def also_told(mail):
    row = re.search(r"^Also told: (.*)$", mail["text"].replace("\r", ""), re.M)
    return row and row.group(1)


def test_a_mail_names_twelve_others_who_are_told_and_counts_the_rest(town, sandbox, notify):
    """Pat is a contact twice, and a person once."""
    town.district.contact("P", name="Pat Doe", email="pat@riverside.example")
    town.district.contact("P2", name="Pat Doe", email="pat@riverside.example")
    town.pg.execute("update people.role set title = 'director' where code = 'P2'")
    for at in range(17):
        town.district.contact(f"C{at:02}", name=f"Person {at:02}", email=f"c{at:02}@riverside.example")
    town.rule()
    notify()
    town.call()
    sandbox.wait_mails(18)
    twelve = [f"Person {at:02} (principal)" for at in range(12)]
    assert also_told(sandbox.mails("pat@riverside.example")[0]) == ", ".join(twelve) + " and 5 more"
    others = ["Pat Doe (principal)", *(f"Person {at:02} (principal)" for at in range(11))]
    assert also_told(sandbox.mails("c16@riverside.example")[0]) == ", ".join(others) + " and 5 more"


def test_a_mail_to_very_many_does_not_count_them(town, sandbox, notify):
    """Of a message to thousands nobody looks at all for each mail."""
    for at in range(220):
        town.district.contact(f"C{at:03}", name=f"Person {at:03}", email=f"c{at:03}@riverside.example")
    town.rule()
    notify()
    town.call()
    sandbox.wait_mails(220, timeout=30)
    said = also_told(sandbox.mails("c007@riverside.example")[0])
    assert said.count("(principal)") == 12 and said.endswith(" and many more")


def test_a_mail_names_who_was_told_in_whatever_step_and_nobody_who_was_not(town, notify, closing):
    """Quinn's message waits for the end of quiet hours, Fay's was refused, and Ned joins when all steps were told."""
    relay = closing(Relay())
    relay.say("rcpt", "550 unknown", to="f@")
    for code, name, step in (("P", "Pat Doe", 1), ("Q", "Quinn Quiet", 1), ("F", "Fay Failed", 1), ("L", "Lou Later", 2)):
        town.district.contact(code, name=name, email=f"{code.lower()}@riverside.example", step=step)
    town.pg.execute("update people.role set quiet_from = t - interval '1 hour', quiet_to = t + interval '1 hour' "
                    "from (select (now() at time zone zone)::time as t from district.district where slug = 'riverside') n "
                    "where code = 'Q'")
    town.rule(escalate_s=3600)
    notify(smtp={"port": relay.port})
    town.call()
    liaison.wait_until(lambda: relay.to("p@"), 15, "the first step is told")
    town.pg.execute("update notify.alert set asked_at = asked_at - interval '2 hours', look_at = '-infinity'")
    liaison.wait_until(lambda: relay.to("l@"), 15, "the second step is told")
    liaison.wait_until(lambda: town.deliveries(state="failed"), 10, "a message has failed")
    town.district.contact("N", name="Ned New", email="n@riverside.example")
    liaison.wait_until(lambda: relay.to("n@"), 15, "Ned is told")
    assert also_told(relay.to("n@")[0]) == "Lou Later (principal), Pat Doe (principal)"
    assert town.deliveries(state="queued"), "Quinn is told later"


def test_only_the_hash_of_a_link_is_stored(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify()
    town.call()
    token = re.search(r"/a/([A-Za-z0-9_-]{16})", sandbox.wait_mails(1)[0]["text"]).group(1)
    town.wait_states("sent")
    digest = hashlib.blake2b(token.encode(), digest_size=32).digest()
    assert town.pg.one("select count(*) from notify.token where token_hash = %s", digest) == 1
    assert token not in town.pg.dump()


def test_wake_up_on_the_bus_is_faster_than_the_poll(town, sandbox, notify, ports, closing):
    context = zmq.Context()
    out = context.socket(zmq.PUB)
    endpoint = f"tcp://127.0.0.1:{ports()}"
    out.bind(endpoint)
    heard = f"tcp://127.0.0.1:{ports()}"
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify(bus={"subscribe": endpoint, "publish": heard}, retry={"poll_ms": 60000})
    alerts = context.socket(zmq.SUB)
    alerts.subscribe("alert")
    alerts.connect(heard)
    try:
        town.call()
        # the subscription may still be on its way: the word is repeated until it is heard
        def woken():
            out.send_string(f"change {town.district.id} 1")
            return sandbox.mails()
        liaison.wait_until(woken, 10, "a mail after a word on the bus", every=0.05)
        assert alerts.poll(5000), "the alert is told on the bus"
        alert = town.pg.one("select alert_id from notify.alert")
        assert alerts.recv_string() == f"alert {town.district.id} {alert}"
    finally:
        context.destroy(linger=0)


def test_sealed_call_reaches_only_those_named_for_it(town, sandbox, notify):
    town.district.contact("P", email="principal@riverside.example", phone="+15550100001")
    town.district.contact("C", email="counsel@riverside.example", sealed=True)
    town.rule()
    notify()
    town.call("I-sealed-1", sensitivity="sealed", **{"class": "child_protection", "type_code": "ABUSE"})
    town.wait_drained()
    assert town.pg.one("select count(*) from notify.alert") == 0, "no rule is made for sealed calls"
    town.rule(sealed=True, name="sealed")
    mail = sandbox.wait_mails(1)[0]
    town.wait_states("sent")
    assert mail["to"] == ["counsel@riverside.example"], "the rule came while the call was open"
    whole = (mail["subject"] + mail["text"] + mail["html"]).lower()
    assert "police call" in whole
    for word in ("child", "abuse", "500 main"):
        assert word not in whole
    assert sandbox.texts() == []


def test_call_sealed_after_its_alert_is_withdrawn_from_others_once(town, sandbox, notify):
    town.district.contact("P", email="principal@riverside.example")
    town.district.contact("C", email="counsel@riverside.example", sealed=True)
    town.rule()
    town.rule(sealed=True, name="sealed")
    notify()
    town.call("I-1")
    sandbox.wait_mails(2)
    town.wait_states("sent", "sent")
    town.call("I-1", sensitivity="sealed", **{"class": "child_protection", "type_code": "ABUSE"})
    liaison.wait_until(lambda: len(sandbox.mails("counsel@riverside.example")) == 2, 10)
    withdrawn = sandbox.wait_mails(2, "principal@riverside.example")[1]
    town.wait_states("sent", "sent", "sent", "sent")
    assert withdrawn["text"].startswith(WITHDRAWN) and withdrawn["subject"] == "This alert is withdrawn for you"
    whole = withdrawn["subject"] + withdrawn["text"] + withdrawn["html"]
    for word in ("North", "I-1", "500 MAIN", "fight", "/a/", "child"):
        assert word not in whole
    assert withdrawn["references"] == sandbox.mails("principal@riverside.example")[0]["references"]
    town.call("I-1", sensitivity="sealed", status="closed", **{"class": "child_protection", "type_code": "ABUSE"})
    liaison.wait_until(lambda: len(sandbox.mails("counsel@riverside.example")) == 3, 10)
    assert len(sandbox.mails("principal@riverside.example")) == 2


def test_restricted_call_names_no_type(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call(sensitivity="restricted", **{"class": "welfare", "type_code": "SUICIDE"})
    mail, text = sandbox.wait_mails(1)[0], sandbox.wait_texts(1)[0]
    whole = (mail["subject"] + mail["text"] + mail["html"] + text["body"]).lower()
    assert "police call" in whole
    for word in ("suicide", "welfare", "crisis", "500 main"):
        assert word not in whole


def test_backfill_alerts_nobody_even_if_it_got_into_the_outbox(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call(mode="backfill")
    town.wait_drained()
    town.call("I-live")
    assert [m["to"] for m in sandbox.wait_mails(1)] == [["pat@riverside.example"]]
    assert town.pg.rows("select incident_no from notify.alert") == [("I-live",)]


def test_replay_goes_to_the_sandbox_only_and_says_so(town, sandbox, notify, tmp_path, closing):
    real = closing(Sandbox(tmp_path))
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify(smtp={"port": real.smtp_port}, sms={"url": real.sms},
           sandbox={"smtp_host": "127.0.0.1", "smtp_port": sandbox.smtp_port, "sms_url": sandbox.sms})
    town.call(mode="replay", opened="now() - interval '10 years'")
    mail, text = sandbox.wait_mails(1)[0], sandbox.wait_texts(1)[0]
    town.wait_states("sent", "sent")
    assert mail["subject"].startswith("REPLAY North High: fight reported")
    assert mail["text"].startswith("REPLAY") and mail["text"].rstrip().splitlines()[-1].startswith("REPLAY")
    assert "REPLAY" in mail["html"]
    assert text["body"].startswith("REPLAY North High") and text["segments"] == 1
    assert real.mails() == [] and real.texts() == []


def test_replay_without_a_sandbox_reaches_nobody(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call(mode="replay")
    town.wait_drained()
    town.call("I-live")
    sandbox.wait_mails(1)
    assert town.pg.rows("select incident_no from notify.alert") == [("I-live",)]


@pytest.mark.parametrize("day, clock, hours, told", [
    ("2025-11-03", "08:00", "school", True),    # Monday after the clocks went back
    ("2025-11-03", "07:29", "school", False),
    ("2026-03-09", "07:30", "school", True),    # Monday after they went forward
    ("2026-03-09", "15:30", "school", False),
    ("2026-03-08", "10:00", "school", False),   # a Sunday
    ("2026-03-08", "10:00", "outside", True),
])
def test_school_hours_are_the_districts_own_through_dst(town, sandbox, notify, day, clock, hours, told):
    at = datetime.datetime.fromisoformat(f"{day}T{clock}").replace(
        tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    town.district.contact("P", email="pat@riverside.example")
    town.rule(hours=hours)
    notify(sandbox={"smtp_host": "127.0.0.1", "smtp_port": sandbox.smtp_port})
    town.call(mode="replay", opened=f"timestamptz '{at.isoformat()}'")
    town.wait_drained()
    assert town.pg.one("select count(*) from notify.alert") == int(told)


def test_old_call_alerts_nobody_and_a_late_one_says_how_late(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule(max_age_s=7200)
    notify()
    town.call("I-old", opened="now() - interval '3 hours'")
    town.call("I-late", opened="now() - interval '95 minutes'")
    mail, text = sandbox.wait_mails(1)[0], sandbox.wait_texts(1)[0]
    assert mail["text"].startswith("Told late, 1 h after the call. Fight reported at North High")
    assert "told 1 h late" in text["body"]
    assert town.pg.rows("select incident_no from notify.alert") == [("I-late",)]


def test_who_is_told_later_of_a_late_call_hears_how_late_it_is_by_then(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule()
    notify()
    town.call(opened="now() - interval '25 minutes'")
    assert sandbox.wait_mails(1)[0]["text"].startswith("Told late, 25 min after the call.")
    town.wait_states("sent", "queued")
    for row in ("district.incident set opened_at = opened_at", "notify.alert set created_at = created_at"):
        town.pg.execute(f"update {row} - interval '7 minutes'")
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    assert sandbox.wait_mails(1, "dee@riverside.example")[0]["text"].startswith("Told late, 32 min after the call.")


def test_update_says_only_what_changed_in_the_same_thread(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call("I-1")
    first = sandbox.wait_mails(1)[0]
    town.wait_states("sent", "sent")
    town.call("I-1")                                   # nothing new
    town.wait_drained()
    town.call("I-1", **{"class": "disturbance", "type_code": "TRESPASS"})
    update = sandbox.wait_mails(2)[1]
    text = sandbox.wait_texts(2)[1]
    town.wait_states("sent", "sent", "sent", "sent")
    assert update["subject"] == first["subject"]
    assert update["references"] == first["references"] == update["in_reply_to"]
    assert update["message_id"] != first["message_id"]
    assert update["text"].startswith("Now: trespass reported (was: fight reported).")
    assert "500 MAIN ST" not in update["text"]
    assert "now trespass reported, was fight reported" in text["body"] and text["segments"] == 1
    town.call("I-1", status="closed", **{"class": "disturbance", "type_code": "TRESPASS"})
    closed = sandbox.wait_mails(3)[2]
    assert closed["text"].startswith("Trespass reported at North High. Closed.")  # the subject says fight
    town.wait_states(*["sent"] * 5)
    assert len(sandbox.texts()) == 2, "the end of a call is no text message"
    assert town.pg.one("select state from notify.alert") == "closed"


def test_call_that_became_worse_asks_again_in_the_same_thread(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call("I-1")
    first = sandbox.wait_mails(1)[0]
    town.wait_states("sent", "sent")
    town.call("I-1", **{"class": "weapon", "type_code": "WEAPON"})
    mail, text = sandbox.wait_mails(2)[1], sandbox.wait_texts(2)[1]
    assert mail["text"].startswith("NOW: weapon reported at North High.")
    assert (mail["references"], mail["headers"]["Importance"]) == (first["references"], "high")
    assert "NOW: weapon reported" in text["body"] and text["segments"] == 1


def test_call_that_moved_away_is_corrected(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call("I-1")
    town.wait_states("sent", "sent")
    town.call("I-1", schools=[], elsewhere=True)
    mail, text = sandbox.wait_mails(2)[1], sandbox.wait_texts(2)[1]
    assert re.match(r"Correction: the call of \d\d:\d\d was not at this school\.", mail["text"])
    assert text["body"].startswith("Correction: North High: fight of ")
    assert "/a/" not in mail["text"]


def test_a_correction_names_the_call_by_what_was_told_first(town, sandbox, notify):
    """Its type, and its time, which the agency has changed since."""
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    town.call("I-1")
    told = town.wait_states("sent", "sent")[0]["content"]["opened"]
    town.pg.execute("update district.incident set opened_at = opened_at - interval '2 hours'")
    assert town.pg.one("select extract(epoch from at)::bigint from notify.texted('+15550100001')") == told
    town.call("I-1", entered_in_error=True)
    clock = town.pg.one("select to_char(to_timestamp(%s) at time zone zone, 'HH24:MI') from district.district", told)
    mail, text = sandbox.wait_mails(2)[1], sandbox.wait_texts(2)[1]
    assert text["body"] == f"Correction: North High: fight of {clock} was entered in error. Liaison"
    assert mail["text"].startswith(f"Correction: the call of {clock} was entered in error.")
    assert mail["subject"] == sandbox.mails()[0]["subject"]


def test_two_schools_have_an_alert_each(town, sandbox, notify):
    south = town.district.school("SOUTH", 40.001, -75.0, name="South Middle", level="middle")
    town.district.contact("N", email="north@riverside.example", schools=[town.school])
    town.district.contact("S", email="south@riverside.example", schools=[south])
    town.rule()
    notify()
    town.call(schools=[town.school, south])
    sandbox.wait_mails(2)
    subjects = {m["to"][0]: m["subject"].split(":")[0] for m in sandbox.mails()}
    assert subjects == {"north@riverside.example": "North High", "south@riverside.example": "South Middle"}


def test_logs_hold_no_address_and_no_number(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001", name="Pat Lee")
    town.rule()
    one = notify()
    town.call()
    town.wait_states("sent", "sent")
    one.terminate()
    for word in ("pat@", "5550100001", "Pat Lee", "MAIN ST", "/a/"):
        assert word not in one.log()
