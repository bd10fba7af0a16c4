"""liaison-notify: what each person was told is compared with what each should know by now, whatever changed meanwhile."""

import pytest

import liaison
from notify_support import WITHDRAWN, fresh_notify, fresh_sandbox, fresh_town
from test_notify_rules import quiet

pytestmark = pytest.mark.needs("liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)

SHOOTER = {"class": "weapon", "type_code": "ACTSHOOT"}
WEAPON = {"class": "weapon", "type_code": "WEAPON"}


def headlines(sandbox, to):
    return [mail["text"].splitlines()[0] for mail in sandbox.mails(to)]


def acknowledge(town, code="P"):
    """By a contact: who has it is not told so."""
    town.pg.execute("select notify.acknowledge(district_id, alert_id, name, person_id) from notify.alert "
                    "join people.contact using (district_id) where code = %s", code)


def due_now(town):
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")


@pytest.fixture
def waiting(town, sandbox, notify):
    """waiting(do): a call is reported and do(number) happens before its first message can go out."""
    town.district.contact("P", email="pat@riverside.example")
    town.rule()

    def run(*steps, **columns):
        sandbox.fault(smtp="slow", seconds=3, count=1)
        notify(smtp={"connections": 1, "urgent_connections": 0})
        town.call()
        sandbox.wait_fault("smtp")
        number = town.call(**columns)
        town.wait_drained()
        for step in steps:
            town.call(number, **{**columns, **step})
            town.wait_drained()
        return number
    return run


# Nothing is decided for ever ------------------------------------------------------------------------


def test_call_that_is_cancelled_and_stands_again_is_told(waiting, town, sandbox):
    waiting({"status": "cancelled"}, {"status": "open"}, **SHOOTER)
    assert "shooter" in sandbox.wait_mails(2, timeout=20)[1]["text"]
    assert len(headlines(sandbox, "pat@riverside.example")) == 2, "once"


def test_call_that_left_the_school_and_came_back_is_told(waiting, town, sandbox):
    waiting({"schools": [], "elsewhere": True}, {"elsewhere": False}, **SHOOTER)
    assert "shooter" in sandbox.wait_mails(2, timeout=20)[1]["text"]


def test_a_person_of_several_rows_is_asked_once_and_takes_no_step_of_the_next(town, sandbox, notify):
    for code, step in (("P", 1), ("Q", 1), ("R", 2)):
        town.district.contact(code, name="Pat Doe", email="pat@riverside.example", step=step)
    town.district.contact("L", name="Lou Roe", email="lou@riverside.example", step=3)
    town.rule(channels="{email}", escalate_s=300)
    notify()
    town.call(**WEAPON)
    town.wait_states("sent", "queued")
    assert town.pg.rows("select c.code, d.step from notify.delivery d join people.contact c using (contact_id) "
                        "order by d.delivery_id") == [("P", 1), ("L", 2)]
    assert town.pg.one("select d.next_at - a.asked_at = interval '300 s' from notify.delivery d join notify.alert a "
                       "using (district_id, alert_id) where d.state = 'queued'"), "Lou is next"
    due_now(town)
    town.wait_states("sent", "sent")
    assert len(sandbox.mails("pat@riverside.example")) == 1
    assert town.pg.one("select ok from notify.health() where \"check\" = 'skipped'"), "Pat was asked in the first step"


def test_call_that_is_opened_again_asks_again(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent", "sent", "queued")
    acknowledge(town)
    town.call(number, status="closed")
    town.wait_states("sent", "sent", "cancelled", "sent")
    town.call(number)
    town.wait_states("sent", "sent", "cancelled", "sent", "sent", "sent", "queued")
    assert town.pg.rows("select state, acknowledged_by, round from notify.alert") == [("open", None, 2)]
    assert "is open again" in headlines(sandbox, "pat@riverside.example")[-1] and len(sandbox.texts()) == 2
    due_now(town)
    sandbox.wait_mails(1, "dee@riverside.example")


def test_a_call_that_asks_again_says_why_and_again_only_to_those_who_had_answered(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.district.contact("D", email="dee@riverside.example")
    town.rule(again_priority=5)
    notify()
    number = town.call(priority=4)
    sandbox.wait_mails(2)
    acknowledge(town)
    sandbox.wait_mails(3)  # D hears that P has it

    def next_of(count, *told):
        town.wait_states(*["sent"] * count)
        for to, words in zip(("pat", "dee"), told):
            assert headlines(sandbox, f"{to}@riverside.example")[-1].count(words + ". ") == 1
        return sandbox.texts()[-1]["body"]

    town.call(number, priority=6)
    text = next_of(7, "is more urgent than it was: please acknowledge it again",
                   "is more urgent than it was: please acknowledge it")
    assert text.startswith("NOW: fight reported. North High, call of ") and ", more urgent now. Answer: https" in text
    town.call(number, priority=6, schools=[], elsewhere=True)
    town.wait_states(*["sent"] * 10)
    town.call(number, priority=6)
    assert ", here after all. Answer: https" in next_of(13, "is here after all: please acknowledge it again",
                                                        "is here after all: please acknowledge it")
    town.call(number, priority=6, status="closed")  # of which no text tells
    town.wait_states(*["sent"] * 15)
    town.call(number, priority=6)
    assert ", open again. Answer: https" in next_of(18, "is open again: please acknowledge it again",
                                                    "is open again: please acknowledge it")


@pytest.mark.parametrize("again, priority, away, back", [
    (5, 6, "rule", "rule"), (5, 6, {"relation": "next_to"}, {}), (5, 6, {"sensitivity": "sealed"}, {}),
    (11, 9, "rule", "rule"), (11, 9, {"class": "disturbance", "type_code": None}, {})])
def test_while_no_rule_matches_the_alert_is_as_it_was(town, sandbox, notify, again, priority, away, back):
    """Two people must have it; and a rule that matches again makes no call worse."""
    for code in ("P", "D", "S"):
        town.district.contact(code, email=f"{code.lower()}@riverside.example", sealed=True)
    town.rule(again_priority=again, acks=2, relations=["at"], classes=["violence"])
    notify()
    number = town.call(priority=priority)
    town.wait_states("sent", "sent", "sent")
    alert = "select round, severity, acks, state, ruled from notify.alert"
    known, = town.pg.rows(alert)

    def change(how, ruled):
        if how == "rule":
            town.pg.execute("update notify.rule set active = %s", ruled)
        else:
            town.call(number, priority=priority, **how)
        liaison.wait_until(lambda: town.pg.one("select ruled from notify.alert") == ruled, what=f"ruled is {ruled}")
    acknowledge(town)
    change(away, False)
    assert town.pg.rows(alert) == [(*known[:4], False)], "one is not enough"
    acknowledge(town, "D")
    for how, ruled in ((back, True), (away, False), (back, True)):
        change(how, ruled)
        assert town.pg.rows(alert) == [(*known[:3], "acknowledged", ruled)]
    town.wait_drained()
    said = headlines(sandbox, "s@riverside.example")
    assert not [line for line in said if "urgent" in line or "Nobody has" in line], said


def test_message_of_a_new_round_is_as_new_as_the_round(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=2)
    notify(retry={"base_s": 20})
    number = town.call()
    liaison.wait_until(lambda: town.deliveries(state="queued", attempts=1), what="it is deferred")
    town.pg.execute("update notify.delivery set due_at = due_at - interval '9 h'")
    town.call(number, **SHOOTER)
    liaison.wait_until(lambda: town.deliveries(attempts=2) and not town.deliveries(state="sending"), what="it is tried again")
    assert town.deliveries()[0]["state"] == "queued", "it is tried for give_up_h more"


def test_call_that_becomes_worse_without_a_rule_asks_when_one_matches(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule(classes=["violence"])
    notify()
    number = town.call()
    town.wait_states("sent")
    acknowledge(town)
    town.call(number, priority=9, **SHOOTER)
    sandbox.wait_mails(2)
    assert town.pg.rows("select round, state from notify.alert") == [(1, "acknowledged")]
    assert town.pg.one("select (max(content -> 'now' ->> 'severity'))::int >= 100 from notify.delivery"), "for who reads CAP"
    town.pg.execute("update notify.rule set classes = null")
    assert "urgent" in sandbox.wait_mails(3)[-1]["text"].splitlines()[0]
    assert town.pg.rows("select round, state from notify.alert") == [(2, "open")]


def test_rule_that_comes_later_tells_of_an_open_call(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    notify()
    town.call("I-1")
    town.call("I-over", status="closed")
    town.wait_drained()
    town.rule()
    sandbox.wait_mails(1)
    town.wait_states("sent")
    assert town.pg.rows("select incident_no from notify.alert") == [("I-1",)]


def test_who_joins_the_first_step_is_told_and_who_left_is_told_that_it_is_withdrawn(town, sandbox, notify):
    town.district.contact("P", email="old@riverside.example")
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    town.pg.execute("update people.role set to_at = now() where code = 'P'")
    town.district.contact("N", email="new@riverside.example")
    sandbox.wait_mails(1, "new@riverside.example")
    sandbox.wait_mails(2, "old@riverside.example")
    assert headlines(sandbox, "old@riverside.example")[1] == WITHDRAWN
    town.call(number, status="closed")
    sandbox.wait_mails(2, "new@riverside.example")
    assert len(headlines(sandbox, "old@riverside.example")) == 2


def test_contact_replaced_while_the_message_waits_is_told_instead(town, sandbox, notify):
    town.district.contact("P", email="old@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=1)
    notify(retry={"base_s": 3})
    town.call()
    liaison.wait_until(lambda: [row for row in town.deliveries(state="queued") if row["attempts"] == 1], 10)
    town.pg.execute("update people.role set to_at = now() where code = 'P'")
    town.district.contact("N", email="new@riverside.example")
    sandbox.wait_mails(1, "new@riverside.example")
    town.wait_states("cancelled", "sent")
    assert sandbox.mails("old@riverside.example") == []


def test_process_without_a_gateway_leaves_texts_to_the_one_that_has_it(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    sandbox.fault(sms="429", count=1)
    notify(retry={"base_s": 4})
    number = town.call()
    liaison.wait_until(lambda: [row for row in town.deliveries(channel="sms", state="queued") if row["attempts"]], 10)
    notify("mail-only.ini", sms={"provider": "none"})
    for minute in range(5):
        town.call(number, place_name=f"ROOM {minute}")
    sandbox.wait_texts(1)
    town.wait_states("sent", channel="sms")


def test_channel_that_no_process_has_is_no_way_to_reach_anybody(town, sandbox, notify):
    town.district.contact("P", phone="+15550100001")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule(escalate_s=3600)
    notify(sms={"provider": "none"})
    town.call()
    sandbox.wait_mails(1, "dee@riverside.example")
    assert town.deliveries(channel="sms") == []


def test_channel_that_comes_later_is_used_for_open_calls(town, sandbox, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify(sms={"provider": "none"})
    town.call()
    town.wait_drained()
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.alert") == 1, 10, "the alert is kept")
    assert town.deliveries() == []
    notify("texts.ini")
    sandbox.wait_texts(1, "+15550100001")
    town.wait_states("sent")


@pytest.mark.parametrize("change, told_by", [
    ("update people.person set name = upper(name) || '.'", []),
    ("update people.person set name = 'Quinn New'", ["email", "sms"]),
    ("update people.person set email = 'new@riverside.example'", ["email"]),
    ("update people.person set email = 'PAT@riverside.example'", []),
    ("update people.person set phone = '+15550100009'", ["sms"]),
    ("with n as (insert into people.person (name, email, phone) values ('New', 'new@riverside.example', '+15550100009') "
     "returning person_id) update people.role set person_id = n.person_id from n", ["email", "sms"]),
])
def test_new_person_of_a_contact_is_told_of_an_open_call(town, sandbox, notify, change, told_by):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent", "sent")
    town.pg.execute(change)
    town.wait_drained()
    town.wait_states("sent", "sent", *["sent"] * len(told_by))
    again = town.deliveries()[2:]
    assert (sorted(row["channel"] for row in again), {row["kind"] for row in again}) \
        == (told_by, {"first"} if told_by else set())
    town.call(number, status="cancelled")
    town.wait_drained()
    town.wait_states(*["sent"] * (4 + len(told_by)))  # each hears once that it was cancelled
    assert len(sandbox.mails("new@riverside.example")) == (2 if "new@" in change else 0)


def test_new_address_hears_that_a_call_has_ended_which_the_old_one_was_told_of(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    rule = town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    town.pg.execute("update notify.rule set active = false where rule_id = %s", rule)
    town.pg.execute("update people.person set email = 'new@riverside.example'")
    town.wait_drained()
    town.call(number, status="cancelled")
    town.wait_states("sent", "sent")
    assert sandbox.mails("new@riverside.example")[0]["text"].startswith("Correction:")


def test_new_address_hears_that_nobody_has_what_somebody_had(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'Sam') from notify.alert")
    town.wait_states("sent", "sent")
    assert headlines(sandbox, "pat@riverside.example")[1] == "Sam has it."
    town.call(number, schools=[])
    town.wait_states("sent", "sent", "sent")
    town.pg.execute("update people.person set email = 'new@riverside.example'")
    town.wait_drained()
    town.call(number)
    town.wait_states("sent", "sent", "sent", "sent")
    assert "Nobody has it any more." in headlines(sandbox, "new@riverside.example")[0]


# What is worse asks again ---------------------------------------------------------------------------


def test_priority_that_rises_reaches_those_of_the_rule_for_it(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    town.rule(name="all by mail", channels=["email"])
    town.rule(name="urgent by text", min_priority=8, channels=["sms"])
    notify()
    number = town.call(priority=3)
    town.wait_states("sent")
    town.call(number, priority=10)
    sandbox.wait_texts(1)
    sandbox.wait_mails(2)
    assert town.pg.one("select round from notify.alert") == 2, "it is asked anew"


def test_worse_call_does_not_wait_for_the_next_try_of_the_lesser_one(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=1)
    notify(retry={"base_s": 60})
    number = town.call(priority=3)
    liaison.wait_until(lambda: [row for row in town.deliveries(state="queued") if row["attempts"] == 1], 10)
    town.call(number, **SHOOTER)
    assert "shooter" in sandbox.wait_mails(1)[0]["text"]
    town.wait_states("sent")


def test_worse_call_asks_again_whoever_acknowledged_the_lesser_one(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule(escalate_s=30)
    notify()
    number = town.call()
    town.wait_states("sent", "queued")
    acknowledge(town)
    town.wait_states("sent", "cancelled")
    town.call(number, **SHOOTER)
    town.wait_states("sent", "cancelled", "sent", "queued")
    assert town.pg.rows("select state, acknowledged_by from notify.alert") == [("open", None)]
    due_now(town)
    assert "shooter" in sandbox.wait_mails(1, "dee@riverside.example")[0]["text"].lower()
    acknowledge(town)
    town.call(number, **WEAPON)
    sandbox.wait_mails(3, "pat@riverside.example")
    assert town.pg.rows("select state, acknowledged_by, round from notify.alert") == [("acknowledged", "Contact P", 2)]


def test_as_many_people_must_acknowledge_as_the_rule_says(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule(acks=2)
    notify()
    town.call()
    town.wait_states("sent", "queued")
    acknowledge(town, "P")
    acknowledge(town, "P")
    assert town.pg.one("select state from notify.alert") == "open"
    due_now(town)
    town.wait_states("sent", "sent")
    acknowledge(town, "D")
    assert town.pg.one("select state from notify.alert") == "acknowledged"
    assert town.pg.one("select count(*) from notify.acknowledgement") == 2


def says(town, code, kind="has"):
    who = town.pg.rows("select district_id, alert_id, name, person_id, contact_id from notify.alert "
                       "join people.contact using (district_id) where code = %s", code)[0]
    if kind == "has":
        town.pg.execute("select notify.acknowledge(%s, %s, %s, %s, %s)", *who)
    else:
        assert town.pg.one("select notify.say(%s, %s, 'undone', %s, %s, %s, null, null, 'contact:1')", *who)


def alert_state(town):
    return town.pg.one("select state from notify.alert")


@pytest.fixture
def each(town, notify):
    """Pat and Dee are told at once, Sam later, and each who was told must acknowledge."""
    for code, step in (("P", 1), ("D", 1), ("S", 2)):
        town.district.contact(code, email=f"{code.lower()}@riverside.example", step=step, name=f"Contact {code}")
    town.rule(acks=0)
    notify()
    return town


def test_each_who_was_told_must_acknowledge(each, sandbox):
    each.call()
    each.wait_states("sent", "sent", "queued")
    says(each, "P")
    says(each, "P")
    assert alert_state(each) == "open"
    due_now(each)
    each.wait_states("sent", "sent", "sent", kind="first")
    says(each, "D")
    assert alert_state(each) == "open", "Sam was told too"
    says(each, "S")
    assert alert_state(each) == "acknowledged"
    says(each, "D", "undone")
    assert alert_state(each) == "open"
    says(each, "D")
    assert alert_state(each) == "acknowledged"
    assert len([m for m in sandbox.mails("p@riverside.example") if "reported" in m["text"]]) == 1, "asked once"


def test_each_of_the_first_step_ends_the_escalation(each):
    each.call()
    each.wait_states("sent", "sent", "queued")
    says(each, "P")
    says(each, "D")
    assert alert_state(each) == "acknowledged"
    each.wait_states("cancelled", step=2)


def test_who_is_about_to_be_told_counts_and_whose_messages_failed_does_not(each, sandbox):
    sandbox.fault(smtp="tempfail", count=1)
    each.call()
    liaison.wait_until(lambda: len(each.deliveries(state="sent")) == 1, what="one is told, the other waits")
    told, = each.pg.rows("select c.code from notify.delivery d join people.contact c using (district_id, contact_id) "
                         "where d.state = 'sent'")[0]
    each.pg.execute("update notify.delivery set next_at = next_at + interval '1 hour' where state = 'queued' and attempts > 0")
    says(each, told)
    assert alert_state(each) == "open"
    sandbox.fault(smtp="refuse_rcpt", count=1)
    each.pg.execute("update notify.delivery set next_at = now() where state = 'queued' and attempts > 0")
    liaison.wait_until(lambda: alert_state(each) == "acknowledged", what="nobody else was told")


def test_who_is_told_when_quiet_hours_end_must_acknowledge_too(each, sandbox):
    quiet(each, "people.role", -3600, 8)
    each.pg.execute("update people.role set quiet_from = null, quiet_to = null where code <> 'P'")
    each.call()
    each.wait_states("queued", "sent", "queued")
    says(each, "D")
    assert alert_state(each) == "acknowledged", "Pat is not told yet"
    sandbox.wait_mails(1, "p@riverside.example", timeout=15)
    liaison.wait_until(lambda: alert_state(each) == "open", what="Pat must have it too")


def test_who_is_not_told_before_quiet_hours_end_does_not_have_to_acknowledge(each, sandbox):
    """Also if the message was tried before they began."""
    each.pg.execute("update people.role set quiet_priority = 11")
    each.call(priority=9)
    each.wait_states("sent", "sent", "queued")
    each.pg.execute("update notify.delivery set state = 'queued', attempts = 1, due_at = next_at, next_at = now() + interval '1 min' "
                    "where contact_id = (select contact_id from people.contact where code = 'P')")
    says(each, "D")
    assert alert_state(each) == "open", "Pat is about to be told"
    quiet(each, "people.role", -3600, 3600)
    liaison.wait_until(lambda: alert_state(each) == "acknowledged", what="Pat is told later")


def test_who_leaves_does_not_have_to_acknowledge(each):
    each.call()
    each.wait_states("sent", "sent", "queued")
    says(each, "P")
    each.pg.execute("update people.role set to_at = now() where code = 'D'")
    liaison.wait_until(lambda: alert_state(each) == "acknowledged", what="Pat was the only one left")


# Nothing untrue goes out ----------------------------------------------------------------------------


def test_acknowledgement_leaves_a_waiting_correction(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule(escalate_s=30)
    notify(retry={"base_s": 3})
    number = town.call(**WEAPON)
    town.wait_states("sent", "queued")
    due_now(town)
    town.wait_states("sent", "sent")
    sandbox.fault(smtp="tempfail", count=2)
    town.call(number, status="cancelled", **WEAPON)
    liaison.wait_until(lambda: len([row for row in town.deliveries(kind="correction", state="queued")
                                    if row["attempts"] == 1]) == 2, 10)
    acknowledge(town)
    assert len(sandbox.wait_mails(2, "dee@riverside.example", timeout=20)) == 2
    assert headlines(sandbox, "dee@riverside.example")[1].startswith("Correction:")


def test_what_is_known_to_be_false_is_not_said_any_more(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=1)
    notify(retry={"base_s": 3})
    number = town.call(**SHOOTER)
    liaison.wait_until(lambda: [row for row in town.deliveries(state="queued") if row["attempts"] == 1], 10)
    town.call(number, status="cancelled", **SHOOTER)
    town.wait_states("cancelled")
    other = town.call()
    town.wait_states("cancelled", "sent")
    assert headlines(sandbox, "pat@riverside.example")[0].startswith("Fight reported") and other


def test_message_that_may_have_arrived_is_corrected_at_once_under_an_id_of_its_own(town, sandbox, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    sandbox.fault(sms="drop", count=1)
    notify(retry={"unknown_s": 3600})
    number = town.call(**SHOOTER)
    town.wait_states("unknown", "queued")
    town.call(number, status="cancelled", **SHOOTER)
    rows = town.wait_states("unknown", "cancelled", "sent")
    assert rows[0]["message_id"] == rows[1]["message_id"] != rows[2]["message_id"]
    assert sandbox.texts()[-1]["body"].startswith("Correction:")


def test_call_that_opens_up_again_is_told_again(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("C", email="counsel@riverside.example", sealed=True)
    town.rule()
    town.rule(sealed=True, name="sealed")
    notify()
    number = town.call()
    town.wait_states("sent", "sent")
    town.call(number, sensitivity="sealed")
    sandbox.wait_mails(2, "pat@riverside.example")
    town.call(number)
    sandbox.wait_mails(3, "pat@riverside.example")
    assert [line.split(" at ")[0] for line in headlines(sandbox, "pat@riverside.example")] == \
        ["Fight reported", WITHDRAWN, "Fight reported"]


# Each try is a row ----------------------------------------------------------------------------------


def test_each_try_is_kept_with_its_answer(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=1)
    notify()
    town.call()
    town.wait_states("sent")
    assert town.pg.rows("select attempt, outcome, reason, answer, ended_at >= began_at from notify.attempt "
                        "order by attempt") == [(1, "queued", "deferred", "smtp 451", True), (2, "sent", None, None, True)]
