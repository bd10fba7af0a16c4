"""What is said of a message after its hand-over: receipts in any order, bounces, and texts that come in. The state of
a delivery follows from all that was said, what did not arrive is told another way at once, and STOP is honoured."""

import itertools
import time

import pytest

from ctl_support import fresh_ctl
from notify_support import fresh_notify, fresh_sandbox, fresh_town

town = pytest.fixture(name="town")(fresh_town)
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
notify = pytest.fixture(name="notify")(fresh_notify)
ctl = pytest.fixture(name="ctl")(fresh_ctl)
PHONE, OTHER = "+15550100001", "+15550100002"


class Told:
    """An alert of a call, and deliveries as notify leaves them, without a notify."""

    def __init__(self, town, number="I-1", mode="live"):
        self.town, self.pg, self.district = town, town.pg, town.district.id
        town.call(number, outbox=False, mode=mode)
        self.alert = self.pg.one(
            "insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode) "
            "values (%s, %s, %s, %s, 1, %s) returning alert_id", self.district, town.agency.id, number, town.school, mode)

    def delivery(self, contact, channel="sms", state="sent", age="0 s", **columns):
        values = {"district_id": self.district, "alert_id": self.alert, "contact_id": contact, "channel": channel,
                  "kind": "first", "state": state, "attempts": 1, "message_id": self.pg.one("select gen_random_uuid()::text")
                  + "@riverside.example", "content": "{}", **columns}
        self.pg.execute("insert into notify.token (token_hash, district_id, alert_id, contact_id, expires_at, addressee) "
                        "select sha256(random()::text::bytea), %s, %s, contact_id, now() + interval '7 days', "
                        "notify.addressee(name, phone) from people.contact where contact_id = %s", self.district,
                        self.alert, contact)
        return self.pg.one(f"insert into notify.delivery ({', '.join(values)}, created_at) values "
                           f"({', '.join(['%s'] * len(values))}, now() - %s::interval) returning delivery_id",
                           *values.values(), age)

    def receipt(self, delivery, state, part=1, parts=1, attempt=1, code="", provider_id=""):
        """(alert, moved), or None: there is no such message."""
        row = self.pg.rows("select alert_id, moved from notify.take_receipt('twilio', %s, %s, %s, %s, %s, %s, %s)",
                           provider_id, delivery and f"{self.district}.{delivery}.{attempt}" or "", state, state, code,
                           part, parts)
        return row[0] if row else None

    def bounce(self, delivery, state, code="5.1.1"):
        token = self.row(delivery)["message_id"].split("@")[0]
        return self.pg.rows("select alert_id, moved from notify.take_bounce(%s, %s, %s, %s)", token, state, state, code)

    def row(self, delivery):
        return self.town.deliveries(delivery_id=delivery)[0]

    def state(self, delivery):
        return self.row(delivery)["state"]


class ToldOther(Told):
    """An alert of a drill or of an alarm, which is told to its contact."""

    def __init__(self, town, kind):
        self.town, self.pg, self.district = town, town.pg, town.district.id
        columns, values = ("school_id, by, channels", "%s, 'Ann', '{sms}'") if kind == "drill" else ("kind", "'health'")
        self.about = self.pg.one(f"insert into notify.{kind} (district_id, {columns}) values (%s, {values}) "
                                 f"returning {kind}_id", self.district, *([town.school] if kind == "drill" else []))
        self.alert = self.pg.one(
            f"insert into notify.alert (district_id, subject_kind, {kind}_id, rule_id, mode, state) "
            "values (%s, %s, %s, 0, 'live', %s) returning alert_id", self.district, kind, self.about,
            "closed" if kind == "drill" else "open")
        self.delivery(town.one)


@pytest.fixture(name="told")
def fresh_told(town):
    town.one = town.district.contact("P", phone=PHONE)
    return Told(town)


texts_in = itertools.count(1)


def text(pg, number, body, sid=None):
    """(answer, numbers of the alerts that it names)"""
    answer, alerts = choices(pg, number, body, sid)
    return answer, [a["alert"] for a in alerts]


def choices(pg, number, body, sid=None):
    """(answer, the alerts that it names)"""
    return pg.rows("select answer, alerts from notify.take_text('twilio', %s, %s, %s)", sid or f"SM{next(texts_in)}", number,
                   body)[0]


# Receipts


@pytest.mark.parametrize("order", sorted(set(itertools.permutations(["sent", "failed", "delivered", "sent"]))))
def test_a_state_never_goes_back_whatever_the_order_of_its_receipts(told, order):
    delivery = told.delivery(told.town.one)
    rank = ["sent", "failed", "delivered"]
    for n, state in enumerate(order, 1):
        told.receipt(delivery, state)
        assert told.state(delivery) == max(order[:n], key=rank.index)


def test_a_receipt_that_comes_twice_counts_once(told):
    delivery = told.delivery(told.town.one)
    assert [told.receipt(delivery, "failed", code="30003") for _ in range(3)] == [
        (told.alert, "failed"), (told.alert, None), (told.alert, None)]
    assert told.pg.one("select count(*) from notify.receipt") == 1
    row = told.row(delivery)
    assert (row["reason"], row["error"]) == ("undelivered", "twilio 30003")


@pytest.mark.parametrize("reference", ["9.9.1", "1.999999.1", "1", "", "x.y.z", "1.1.9999"])
def test_a_receipt_of_no_message_is_harmless(told, reference):
    told.delivery(told.town.one)
    before = told.town.deliveries()
    assert told.pg.rows("select * from notify.take_receipt('kannel', '', %s, 'failed', '2', '', 1, 1)", reference) == []
    assert told.town.deliveries() == before and told.pg.one("select count(*) from notify.receipt") == 0


def test_a_receipt_without_our_reference_is_matched_by_the_providers_id(told):
    delivery = told.delivery(told.town.one, provider_id="SM77")
    assert told.receipt(None, "delivered", provider_id="SM77") == (told.alert, "delivered")
    assert told.receipt(None, "delivered", provider_id="SM78") is None
    assert told.state(delivery) == "delivered"


@pytest.mark.parametrize("parts", [2, 3, 4])
def test_a_text_in_parts_is_delivered_when_all_parts_are(told, parts):
    for order in list(itertools.permutations(range(1, parts + 1)))[::parts]:
        told.pg.execute("delete from notify.receipt; delete from notify.delivery")
        delivery = told.delivery(told.town.one)
        for n, part in enumerate(order, 1):
            told.receipt(delivery, "delivered", part, parts)
            told.receipt(delivery, "sent", part, parts)
            assert told.state(delivery) == ("delivered" if n == parts else "sent"), order


def test_a_text_in_parts_is_failed_when_one_is(told):
    delivery = told.delivery(told.town.one)
    told.receipt(delivery, "delivered", 3, 3)
    assert told.receipt(delivery, "failed", 1, 3) == (told.alert, "failed")
    told.receipt(delivery, "delivered", 2, 3)
    assert told.state(delivery) == "failed"
    told.receipt(delivery, "delivered", 1, 3)
    assert told.state(delivery) == "delivered"


def test_a_receipt_ends_the_doubt_whether_a_text_was_sent(told):
    """Nobody sends it once more."""
    for state, reason in (("unknown", "no_answer"), ("queued", "deferred"), ("sending", None), ("expired", "provider_down")):
        told.pg.execute("delete from notify.receipt; delete from notify.attempt; delete from notify.delivery")
        delivery = told.delivery(told.town.one, state=state, reason=reason)
        assert told.receipt(delivery, "sent", provider_id="SM1") == (told.alert, "sent")
        row = told.row(delivery)
        assert (row["state"], row["reason"], row["provider_id"], row["lease_until"]) == ("sent", None, "SM1", None)


def test_a_repetition_that_waits_ends_with_the_doubt(told):
    delivery = told.delivery(told.town.one, state="unknown", reason="no_answer")
    repetition = told.delivery(told.town.one, state="queued", attempts=0, repeat_of=delivery)
    told.receipt(delivery, "sent")
    row = told.row(repetition)
    assert (row["state"], row["reason"]) == ("cancelled", "nothing_new")


def test_a_receipt_before_the_answer_ends_the_try(told):
    delivery = told.delivery(told.town.one, state="sending")
    told.pg.execute("insert into notify.attempt (district_id, delivery_id, attempt, worker) values (%s, %s, 1, "
                    "gen_random_uuid())", told.district, delivery)
    told.receipt(delivery, "failed", code="30005", provider_id="SM1")
    assert told.pg.rows("select outcome, reason, provider_id, ended_at is not null from notify.attempt") == [
        ("failed", "undelivered", "SM1", True)]


def test_a_try_that_failed_says_nothing_of_the_next_one(told):
    delivery = told.delivery(told.town.one, attempts=2)
    assert told.receipt(delivery, "failed", attempt=1) == (told.alert, None)
    assert told.receipt(delivery, "failed", attempt=2) == (told.alert, "failed")
    assert told.receipt(delivery, "delivered", attempt=1) == (told.alert, "delivered")


def test_what_was_not_sent_yet_is_moved_by_no_receipt(told):
    delivery = told.delivery(told.town.one, state="queued", attempts=0)
    assert told.receipt(delivery, "delivered", attempt=0) == (told.alert, None)
    assert told.state(delivery) == "queued"


@pytest.mark.parametrize("state,looked", [("failed", True), ("delivered", True), ("delayed", False), ("sent", False)])
def test_a_receipt_that_moves_a_delivery_has_the_alert_looked_at(told, state, looked):
    told.receipt(told.delivery(told.town.one), state)
    assert bool(told.pg.one("select look_at = '-infinity' from notify.alert")) == looked


# Bounces


def test_a_bounce_fails_its_mail(told):
    both = told.town.district.contact("B", phone=OTHER, email="b@riverside.example")
    delivery = told.delivery(both, "email")
    assert told.bounce(delivery, "failed") == [(told.alert, "failed")]
    assert told.bounce(delivery, "failed") == [(told.alert, None)]
    row = told.row(delivery)
    assert (row["reason"], row["error"]) == ("undelivered", "mail 5.1.1")


def test_of_a_mail_and_its_repetition_the_repetition_came_back(told):
    first = told.delivery(told.town.one, "email", state="unknown", reason="no_answer")
    repetition = told.delivery(told.town.one, "email", repeat_of=first, message_id=told.row(first)["message_id"])
    assert told.bounce(first, "failed") == [(told.alert, "failed")]
    assert (told.state(first), told.state(repetition)) == ("unknown", "failed")


def test_a_delay_is_no_failure(told):
    delivery = told.delivery(told.town.one, "email")
    assert told.bounce(delivery, "delayed", "4.4.1") == [(told.alert, None)]
    assert told.state(delivery) == "sent" and told.pg.one("select state from notify.receipt") == "delayed"


def test_a_bounce_of_no_mail_is_harmless(told):
    delivery = told.delivery(told.town.one)
    assert told.pg.rows("select * from notify.take_bounce('nothing', 'failed', '', '')") == []
    assert told.bounce(delivery, "failed") == []  # a text has no mailbox


# Texts that come in


@pytest.mark.parametrize("body", ["STOP", "stop", " Stop \r\n", "ＳＴＯＰ", "STOPALL", "Unsubscribe", "CANCEL", "end", "QUIT",
                                  "revoke", "OptOut", "alto", "Parar", "CANCELAR"])
def test_stop_ends_texts_to_a_number(told, body):
    assert text(told.pg, PHONE, body) == ("stopped", [])
    assert told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)
    assert not told.pg.one("select notify.opted_out(%s, %s)", told.district, OTHER)
    assert told.pg.rows("select actor, action from liaison.audit where action like 'texts%%'") == [
        (f"contact:{told.town.one}", "texts.stop")]
    for again in ("START", "yes", "UnStop"):
        assert text(told.pg, PHONE, "STOP")[0] == "stopped" and text(told.pg, PHONE, again) == ("started", [])
        assert not told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)


@pytest.mark.parametrize("body", ["STOP PLEASE", "do not stop", "STOP 1", "", "S T O P", "I am on my way", "STOPP", "\U0001f44d"])
def test_other_texts_stop_nothing(told, body):
    assert text(told.pg, PHONE, body) == ("", [])
    assert not told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)
    assert told.pg.one("select means from notify.reply") == "other"


def test_stop_ends_what_waits_and_open_calls_are_looked_at(told):
    text_waits = told.delivery(told.town.one, state="queued", attempts=0)
    mail_waits = told.delivery(told.town.one, "email", state="queued", attempts=0)
    told.pg.execute("delete from notify.changed")
    text(told.pg, PHONE, "STOP")
    assert (told.row(text_waits)["state"], told.row(text_waits)["reason"]) == ("cancelled", "opted_out")
    assert told.state(mail_waits) == "queued"
    assert told.pg.rows("select district_id from notify.changed") == [(told.district,)]


def test_help_is_recorded(told):
    assert [text(told.pg, PHONE, body)[0] for body in ("HELP", "info", "Ayuda")] == ["help"] * 3
    assert told.pg.rows("select distinct means from notify.reply") == [("help",)]


def test_no_text_and_no_number_is_kept(told):
    told.delivery(told.town.one)
    for body in ("STOP", "Something personal", "OK"):
        text(told.pg, PHONE, body)
    for table in ("reply", "opt_out", "receipt"):
        kept = str(told.pg.rows(f"select to_jsonb(t) from notify.{table} t"))
        assert PHONE not in kept and PHONE[1:] not in kept and "personal" not in kept
    assert PHONE not in str(told.pg.rows("select to_jsonb(a) from liaison.audit a"))


@pytest.mark.parametrize("body", ["OK", "ok ", "1", "Ack", "si", "Sí", "SÍ"])
def test_a_reply_acknowledges_the_only_open_alert(told, body):
    told.delivery(told.town.one)
    told.delivery(told.town.district.contact("S", phone=OTHER, step=2), state="queued", attempts=0, step=2)
    assert text(told.pg, PHONE, body) == ("acknowledged", [told.alert])
    assert told.pg.rows("select state, acknowledged_by from notify.alert") == [
        ("acknowledged", told.pg.one("select name from people.contact where contact_id = %s", told.town.one))]
    assert [d["state"] for d in told.town.deliveries()] == ["sent", "cancelled"]
    assert told.pg.rows("select means, alert_id, late from notify.reply") == [("acknowledge", told.alert, False)]
    assert told.pg.one("select count(*) from liaison.audit where action = 'acknowledge'") == 1


def test_of_several_open_alerts_the_reply_names_one(told):
    told.delivery(told.town.one)
    second = Told(told.town, "I-2")
    second.delivery(told.town.one)
    answer, alerts = choices(told.pg, PHONE, "OK")
    assert answer == "which" and [a["alert"] for a in alerts] == [second.alert, told.alert], "the newest first"
    assert alerts[0]["school"] == "North High" and told.pg.one("select count(*) from notify.alert where state = 'open'") == 2
    assert text(told.pg, PHONE, f"OK {second.alert}") == ("acknowledged", [second.alert])
    assert told.pg.rows("select alert_id from notify.alert where state = 'open'") == [(told.alert,)]


def test_a_number_of_no_alert_is_answered_with_those_that_wait(told):
    assert text(told.pg, PHONE, "OK 4821") == ("none", []), "nothing waits"
    told.delivery(told.town.one)
    second = Told(told.town, "I-2")
    second.delivery(told.town.one)
    assert text(told.pg, PHONE, "OK 4821") == ("no_such", [second.alert, told.alert])
    assert told.pg.one("select count(*) from notify.acknowledgement") == 0


def test_after_an_answer_a_plain_ok_takes_nothing_that_waited_before_it(told):
    """It may be meant for what was answered."""
    told.delivery(told.town.one)
    second = Told(told.town, "I-2")
    second.delivery(told.town.one)
    assert text(told.pg, PHONE, f"OK {second.alert}")[0] == "acknowledged"
    assert text(told.pg, PHONE, "OK") == ("which", [told.alert])
    assert told.pg.rows("select alert_id from notify.alert where state = 'open'") == [(told.alert,)]
    third = Told(told.town, "I-3")
    third.delivery(told.town.one)
    assert text(told.pg, PHONE, f"OK {told.alert}") == ("acknowledged", [told.alert])
    fourth = Told(told.town, "I-4")
    assert text(told.pg, PHONE, f"OK {third.alert}") == ("acknowledged", [third.alert])
    fourth.delivery(told.town.one)
    assert text(told.pg, PHONE, "OK") == ("acknowledged", [fourth.alert]), "it was texted after all answers"


def test_an_alert_is_named_by_the_time_that_its_message_says(told):
    told.delivery(told.town.one)
    told.pg.execute("update district.district set hours24 = false; update notify.alert set created_at = now() - interval '9 days'")
    (choice,) = choices(told.pg, PHONE, "OK")[1]
    assert choice["at"] == told.pg.one("select extract(epoch from opened_at)::bigint from district.incident")
    assert choice["hours24"] is False and choice["zone"] == told.pg.one("select zone from district.district")


@pytest.mark.parametrize("kind", ["alert", "alarm"])
def test_a_second_ok_of_the_same_person_is_not_late(town, kind):
    town.one = town.district.contact("P", phone=PHONE)
    town.pg.execute("update people.role set alarms = true where role_id = %s", town.one)
    told = Told(town) if kind == "alert" else ToldOther(town, "alarm")
    if kind == "alert":
        told.delivery(town.one)
    assert text(town.pg, PHONE, "OK")[1] == [told.alert]
    assert text(town.pg, PHONE, "OK") == ("yours", [told.alert])
    assert town.pg.rows("select late from notify.reply") == [(False,), (False,)]
    assert town.pg.one("select count(*) from notify.acknowledgement") == 1


def test_who_has_an_alert_is_not_asked_for_it_while_more_people_are(told):
    told.delivery(told.town.one)
    told.pg.execute("update notify.alert set acks = 2")
    assert text(told.pg, PHONE, "OK")[0] == "acknowledged" and told.pg.one("select state from notify.alert") == "open"
    assert text(told.pg, PHONE, "OK") == ("yours", [told.alert])


def test_each_ok_from_a_shared_telephone_is_of_the_first_who_has_not_answered(told):
    dee = told.town.district.contact("D", phone=PHONE)
    told.pg.execute("update notify.alert set acks = 2")
    for contact in (dee, told.town.one):
        told.delivery(contact)
    assert text(told.pg, PHONE, "OK") == ("acknowledged", [told.alert])
    assert text(told.pg, PHONE, "OK") == ("acknowledged", [told.alert])
    assert told.pg.rows("select contact_id from notify.acknowledgement order by ack_id") == [(told.town.one,), (dee,)]
    assert told.pg.one("select state from notify.alert") == "acknowledged"
    assert text(told.pg, PHONE, "OK") == ("yours", [told.alert])


@pytest.mark.parametrize("body", ["Ok thanks", "I have it", "yes", "Yes.", "\U0001f44d", "thx"])
def test_while_an_alert_waits_other_words_are_answered_with_how_to_reply(told, body):
    told.delivery(told.town.one)
    assert text(told.pg, PHONE, body) == ("unclear", [told.alert])
    assert told.pg.one("select state from notify.alert") == "open"
    assert told.pg.rows("select means from notify.reply") == [("other",)]
    assert told.pg.one("select count(*) from liaison.audit where action like 'texts%%'") == 0


def test_a_telephone_that_answers_by_itself_is_answered_three_times_an_hour(told):
    told.delivery(told.town.one)
    assert [text(told.pg, PHONE, "I am driving")[0] for _ in range(5)] == ["unclear"] * 3 + [""] * 2
    told.pg.execute("update notify.reply set at = now() - interval '61 minutes'")
    assert text(told.pg, PHONE, "I am driving")[0] == "unclear"


def test_while_an_alert_waits_yes_opens_no_texts_and_start_does(told):
    told.delivery(told.town.one)
    assert text(told.pg, PHONE, "STOP")[0] == "stopped"
    assert text(told.pg, PHONE, "YES")[0] == "stopped", "it is told again how to get texts"
    assert told.pg.one("select notify.opted_out(%s, %s)", told.district, PHONE)
    for word in ("START", "Unstop"):
        assert text(told.pg, PHONE, "STOP")[0] == "stopped" and text(told.pg, PHONE, word) == ("started", [])


def test_a_drill_is_confirmed_by_a_reply(town):
    town.one = town.district.contact("P", phone=PHONE)
    drill = ToldOther(town, "drill")
    assert text(town.pg, PHONE, "OK") == ("drill", [drill.alert])
    assert town.pg.rows("select drill_id, contact_id from notify.drill_answer") == [(drill.about, town.one)]
    assert town.pg.rows("select action, detail ->> 'by' from liaison.audit where action = 'confirm'") == [("confirm", "sms")]
    assert town.pg.rows("select means, alert_id, late from notify.reply") == [("acknowledge", drill.alert, False)]
    assert text(town.pg, PHONE, "OK") == ("drill", [drill.alert]), "it is confirmed already"
    assert town.pg.one("select count(*) from liaison.audit where action = 'confirm'") == 1
    assert town.pg.one("select count(*) from notify.acknowledgement") == 0, "it acknowledges nothing"


def test_an_alarm_is_taken_by_a_reply(town):
    town.one = town.district.contact("P", phone=PHONE)
    alarm = ToldOther(town, "alarm")
    assert text(town.pg, PHONE, "OK") == ("none", []), "it is not for whoever hears of no alarms any more"
    town.pg.execute("update people.role set alarms = true where role_id = %s", town.one)
    assert text(town.pg, PHONE, "OK") == ("alarm", [alarm.alert])
    assert town.pg.rows("select state, acknowledged_by from notify.alert") == [
        ("acknowledged", town.pg.one("select name from people.contact where contact_id = %s", town.one))]
    assert town.pg.rows("select object, detail ->> 'by' from liaison.audit where action = 'confirm'") == [
        (f"alarm {alarm.district}/{{{alarm.alert}}}", "sms")]
    assert text(town.pg, PHONE, "OK") == ("yours", [alarm.alert])
    assert town.pg.one("select count(*) from notify.acknowledgement") == 1


def test_of_a_call_an_alarm_and_a_drill_the_reply_names_one(told):
    """The most urgent stands first, then the newest; a drill last."""
    told.pg.execute("update notify.alert set severity = 100")
    told.delivery(told.town.one)
    second = Told(told.town, "I-2")
    second.delivery(told.town.one)
    alarm, drill = ToldOther(told.town, "alarm"), ToldOther(told.town, "drill")
    told.pg.execute("update people.role set alarms = true where role_id = %s", told.town.one)
    answer, alerts = choices(told.pg, PHONE, "OK")
    assert answer == "which" and [(a["alert"], a["kind"], a["school"]) for a in alerts] == [
        (told.alert, "alert", "North High"), (alarm.alert, "alarm", None), (second.alert, "alert", "North High"),
        (drill.alert, "drill", "North High")]
    assert not told.pg.one("select count(*) from notify.acknowledgement") + told.pg.one("select count(*) from notify.drill_answer")
    assert [text(told.pg, PHONE, f"OK {a}")[0] for a in (drill.alert, alarm.alert, told.alert)] == ["drill", "alarm", "acknowledged"]
    assert text(told.pg, PHONE, f"OK {second.alert}") == ("acknowledged", [second.alert])


def test_a_late_reply_is_kept_and_marked_late(told):
    told.delivery(told.town.one)
    told.pg.execute("select notify.acknowledge(%s, %s, 'Somebody')", told.district, told.alert)
    assert text(told.pg, PHONE, "OK") == ("late", [told.alert])
    assert told.pg.rows("select alert_id, contact_id, late from notify.reply") == [(told.alert, told.town.one, True)]
    assert told.pg.one("select acknowledged_by from notify.alert") == "Somebody"


def test_a_reply_a_day_later_acknowledges_nothing(told):
    told.delivery(told.town.one, age="25 hours")
    assert text(told.pg, PHONE, "OK")[0] == "too_late" and told.pg.one("select state from notify.alert") == "open"
    assert told.pg.rows("select late from notify.reply") == [(True,)]
    told.pg.execute("select notify.acknowledge(%s, %s, 'Somebody')", told.district, told.alert)
    assert text(told.pg, PHONE, "OK")[0] == "late", "somebody has it now"


def test_a_reply_that_comes_twice_counts_once(told):
    told.delivery(told.town.one)
    assert [text(told.pg, PHONE, "OK", "SM1")[0] for _ in range(2)] == ["acknowledged", ""]
    assert [text(told.pg, PHONE, "STOP", "SM2")[0] for _ in range(2)] == ["stopped", ""]
    assert told.pg.one("select count(*) from notify.reply") == 2


def test_nobody_acknowledges_what_was_not_texted_to_that_number(told):
    """A stranger gets no answer; a contact whose number is new, or who was mailed, has nothing to acknowledge."""
    mailed = told.town.district.contact("M", phone="+15550100003", email="m@riverside.example")
    told.delivery(told.town.one)
    told.delivery(mailed, "email")
    assert text(told.pg, "+15559999999", "OK") == ("", [])
    assert text(told.pg, "+15550100003", "OK") == ("none", [])
    told.pg.execute("update people.person set phone = %s where phone = %s", OTHER, PHONE)
    assert text(told.pg, OTHER, "OK") == ("none", []) and text(told.pg, PHONE, "OK") == ("", [])
    assert told.pg.one("select state from notify.alert") == "open"


def test_a_call_that_was_sealed_meanwhile_is_named_to_nobody(told):
    told.delivery(told.town.one)
    Told(told.town, "I-2").delivery(told.town.one)
    told.pg.execute("update district.incident set sensitivity = 'sealed'")
    assert text(told.pg, PHONE, "OK") == ("none", [])


def test_a_replay_is_acknowledged_by_no_reply(town):
    one = town.district.contact("P", phone=PHONE)
    Told(town, mode="replay").delivery(one)
    assert text(town.pg, PHONE, "OK")[0] == "none"


@pytest.mark.needs("liaisonctl")
def test_doctor_names_who_wants_no_texts_and_has_no_mail(told, ctl):
    told.town.district.contact("M", phone=OTHER, email="m@riverside.example")
    said = lambda: [line for line in ctl.run("doctor").stdout.splitlines() if "wants no texts" in line]
    assert said() == []
    for number in (PHONE, OTHER):
        text(told.pg, number, "STOP")
    assert len(said()) == 1 and "P wants no texts (STOP), and has neither e-mail nor webhook" in said()[0]


# With a running notify


def late_state(town, delivery, state="failed"):
    """A receipt for a text that a running notify has sent."""
    assert town.pg.one("select moved from notify.take_receipt('twilio', '', %s, %s, 'x', '30005', 1, 1)",
                       f"{town.district.id}.{delivery['delivery_id']}.{delivery['attempts']}", state) == state


@pytest.mark.needs("liaison-notify")
def test_after_stop_no_text_is_planned_and_the_mail_goes(town, sandbox, notify):
    town.district.contact("P", phone=PHONE, email="p@riverside.example")
    town.rule(channels=["sms"])
    assert text(town.pg, PHONE, "STOP")[0] == "stopped"
    notify()
    town.call()
    assert [row["channel"] for row in town.wait_states("sent")] == ["email"]
    assert sandbox.texts() == [] and len(sandbox.mails()) == 1
    assert text(town.pg, PHONE, "START")[0] == "started"
    town.call()
    sandbox.wait_texts(1)


@pytest.mark.needs("liaison-notify")
def test_who_can_only_be_texted_and_wants_no_texts_takes_no_time(town, sandbox, notify):
    town.district.contact("P", phone=PHONE)
    town.district.contact("S", phone=OTHER, step=2)
    town.rule(escalate_s=3600)
    text(town.pg, PHONE, "STOP")
    notify()
    town.call()
    assert sandbox.wait_texts(1)[0]["to"] == [OTHER]


@pytest.mark.needs("liaison-notify")
def test_who_wants_no_texts_is_not_texted_that_an_alert_is_withdrawn(town, sandbox, notify):
    town.district.contact("P", phone=PHONE, email="p@riverside.example")
    town.rule()
    notify()
    town.call()
    town.wait_states("sent", "sent")
    text(town.pg, PHONE, "STOP")
    town.pg.execute("update people.person set active = false")
    sandbox.wait_mails(2)
    row = town.wait_states("sent", "cancelled", channel="sms")[1]
    assert (row["reason"], len(sandbox.texts())) == ("opted_out", 1)


@pytest.mark.needs("liaison-notify")
def test_who_opted_out_at_the_provider_is_mailed(town, sandbox, notify):
    town.district.contact("P", phone=PHONE, email="p@riverside.example")
    town.rule(channels=["sms"])
    sandbox.opt_out(PHONE)
    notify()
    town.call()
    rows = town.wait_states("failed", "sent")
    assert (rows[0]["reason"], rows[1]["channel"]) == ("opted_out", "email")


@pytest.mark.needs("liaison-notify")
def test_whoever_got_no_text_is_mailed_before_the_next_step_hears(town, sandbox, notify):
    town.district.contact("B", phone=PHONE, email="b@riverside.example")
    town.district.contact("S", phone=OTHER, step=2)
    town.rule(channels=["sms"], escalate_s=3600)
    notify()
    town.call()
    late_state(town, town.wait_states("sent", "queued")[0])
    assert [row["channel"] for row in town.wait_states("failed", "queued", "sent")][2] == "email"
    sandbox.wait_mails(1, "b@riverside.example")
    assert sandbox.texts(OTHER) == []


@pytest.mark.needs("liaison-notify")
def test_the_next_step_hears_at_once_when_nobody_of_the_first_was_reached(town, sandbox, notify):
    town.district.contact("P", phone=PHONE)
    town.district.contact("S", phone=OTHER, step=2)
    town.rule(escalate_s=3600)
    notify()
    town.call()
    late_state(town, town.wait_states("sent", "queued")[0])
    sandbox.wait_texts(1, OTHER)


@pytest.mark.needs("liaison-notify")
def test_an_update_that_is_not_delivered_is_not_sent_for_ever(town, sandbox, notify):
    town.district.contact("P", phone=PHONE)
    town.rule()
    notify()
    number = town.call()
    town.wait_states("sent")
    town.call(number, status="cancelled")
    late_state(town, town.wait_states("sent", "sent")[1])
    time.sleep(2)
    assert len(sandbox.texts()) == 2 and len(town.deliveries()) == 2
