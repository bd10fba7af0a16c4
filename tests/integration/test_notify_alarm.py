"""Alarms: administrators hear of what is not ok by all of their channels, once, until it is well again."""

import json
import re

import pytest

import ctl_support
import liaison
from notify_lab import fresh_gateway, fresh_relay
from notify_support import fresh_town
from test_notify_health import bad, health, wait_bad
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)

ADMIN, NUMBER = "admin@riverside.example", "+15550109999"
SOON = {"alarm_after_s": 0, "alarm_every_s": 1}


@pytest.fixture
def admin(town):
    """A contact for alarms alone: of the last step, so that no call waits for it."""
    return administrator(town, "ADMIN", email=ADMIN, phone=NUMBER)


def administrator(town, code, **columns):
    contact = town.district.contact(code, step=9, **columns)
    town.pg.execute("update people.role set alarms = true where role_id = %s", contact)
    return contact


def alarms(relay, who=ADMIN, roster=False):
    """The texts of mails about alarms, without those about the roster or they alone."""
    return [mail["text"] for mail in relay.to(who)
            if "named you for alarms" in mail["text"] and ("nobody can be told of calls at" in mail["text"]) == roster]


def texts(gateway, who=NUMBER):
    return [text["body"] for text in gateway.to(who) if text["body"].startswith("ALARM")]


def wait_alarm(relay, pattern, who=ADMIN, timeout=20, roster=False):
    return liaison.wait_until(lambda: [text for text in alarms(relay, who, roster) if re.search(pattern, text, re.I)],
                              timeout, f"an alarm of {pattern}", every=0.1)[0]


def looked(town, notified):
    """Waits until alarms were looked for twice from now on."""
    count = len(notified.lines("event=alarm_looked"))
    liaison.wait_until(lambda: len(notified.lines("event=alarm_looked")) >= count + 2, 20, "alarms were looked for")


def after_two_minutes(town):
    town.pg.execute("update notify.finding set raised_at = raised_at - interval '3 minutes'")


# What raises an alarm ------------------------------------------------------------------------------


def test_a_call_that_nobody_can_be_told_of_is_told_to_administrators(town, admin, relay, gateway, notify):  # noqa: F811
    town.district.contact("P")
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    town.rule()
    notify(relay, gateway)
    town.call()
    wait_bad(town.pg, "nobody")
    text = wait_alarm(relay, "nobody could be told")
    assert "you may not see which one" in text and "North High" not in text, "it is of no school of the administrator's"
    liaison.wait_until(lambda: texts(gateway), 10, "a text")


def test_an_alarm_of_a_call_says_what_its_reader_may_see(town, relay, gateway, notify):  # noqa: F811
    """A contact of the school for alarms who cannot be told of calls, for the rule asks for texts alone."""
    administrator(town, "ADMIN", email=ADMIN)
    town.rule(channels=["sms"])
    notify(relay, gateway)
    town.call("I-1")
    town.call("I-2", sensitivity="restricted")
    text = wait_alarm(relay, "2 problems need attention|police call")
    every = wait_alarm(relay, "police call at North High") if "police call" not in text else text
    assert re.search(r"Nobody could be told of a call: fight reported at North High, \d+:\d\d", "\n".join(alarms(relay)))
    assert "police call at North High" in every
    assert "MAIN ST" not in "".join(alarms(relay)) and "I-1" not in "".join(alarms(relay))


def test_a_sealed_call_is_named_to_nobody_who_may_not_see_it(town, relay, gateway, notify):  # noqa: F811
    administrator(town, "ADMIN", email=ADMIN)
    town.rule(sealed=True)
    notify(relay)
    town.call(sensitivity="sealed")
    text = wait_alarm(relay, "nobody could be told")
    assert "you may not see which one" in text and "North High" not in text and "police" not in text.lower()


def test_an_alert_that_nobody_answers_is_told_until_it_is_answered(town, admin, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    town.rule(escalate_s=30)
    notify(relay, gateway, watch=SOON)
    town.call()
    town.wait_states("sent")
    town.pg.execute("update notify.delivery set next_at = next_at - interval '31 s'")
    wait_alarm(relay, "Nobody has answered an alert")
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'P') from notify.alert where subject_kind = 'call'")
    wait_alarm(relay, r"(?s)This alarm is over.*Over: The alert was answered.*The problem lasted from \d")
    assert len(alarms(relay)) == 2 and len(texts(gateway)) == 2


@pytest.mark.parametrize("acks, answers, says", [
    (2, "P", "An alert has only 1 of 2 answers: fight"), (0, "P", "An alert has only 1 of 3 answers: fight"),
    (2, "", "Nobody has answered an alert: fight")])
def test_an_alarm_says_whether_nobody_or_too_few_have_answered(town, admin, relay, gateway, notify, acks, answers, says):  # noqa: F811
    """The administrator is a contact of the school, too."""
    town.district.contact("P", email="p@riverside.example")
    town.district.contact("Q", email="q@riverside.example")
    town.pg.execute("update people.role set step = 1")
    town.rule(escalate_s=30, acks=acks, channels=["email"])
    notify(relay, gateway, watch=SOON)
    town.call()
    town.wait_states("sent", "sent", "sent")
    for name in answers:
        town.pg.execute("select notify.acknowledge(district_id, alert_id, c.name, c.person_id, c.contact_id) "
                        "from notify.alert a join people.contact c using (district_id) where a.subject_kind = 'call' "
                        "and c.code = %s", name)
    town.pg.execute("update notify.delivery set next_at = next_at - interval '31 s'")
    text = " ".join(wait_alarm(relay, "Call the school, or call its contacts").split())
    assert says in text and ("Fewer people than the rules ask for" in text) == bool(answers)
    liaison.wait_until(lambda: any(says in text for text in texts(gateway)), 10, "a text that says so")


def test_an_alert_that_is_asked_again_is_not_said_to_be_answered(town, admin, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    town.rule(escalate_s=30)
    one = notify(relay, gateway, watch=SOON)
    number = town.call()
    town.wait_states("sent")
    town.pg.execute("update notify.delivery set next_at = next_at - interval '31 s'")
    wait_alarm(relay, "Nobody has answered an alert")
    town.call(number, **{"class": "weapon", "type_code": "ACTSHOOT", "priority": 10})
    town.wait_states("sent", kind="update")
    looked(town, one)
    assert not [text for text in alarms(relay) if "over" in text.lower()]
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'P') from notify.alert where subject_kind = 'call'")
    wait_alarm(relay, "Over: The alert was answered")


def test_a_call_that_was_over_when_it_was_heard_of_asks_nobody(town, admin, relay, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.district.contact("Q", email="q@riverside.example", step=2)
    town.rule(escalate_s=30)
    notify(relay, watch=SOON)
    town.wait_drained()  # from here on, nothing but the call has the alert looked at
    town.call("I-1", status="closed", t_closed="now()")
    town.wait_states("sent")
    assert ", closed at " in relay.to("p@riverside.example")[0]["text"]
    assert town.pg.rows("select state from notify.alert where subject_kind = 'call'") == [("closed",)]
    town.pg.execute("update notify.delivery set next_at = next_at - interval '31 s'")
    assert town.pg.one("select count(*) from notify.watched_calls") == 0
    town.call("I-1", priority=5)
    liaison.wait_until(lambda: relay.to("q@riverside.example") or len(relay.to("p@riverside.example")) == 2, 20,
                       "a call that goes on after all is asked about")
    assert town.pg.rows("select state, round from notify.alert where subject_kind = 'call'") == [("open", 2)]


def test_an_unanswered_summary_is_named_as_one(town, relay, gateway, notify):  # noqa: F811
    """The administrator has no number, and the rule asks for texts: so the only step is P's."""
    administrator(town, "ADMIN", email=ADMIN)
    town.district.contact("P", phone="+15550100001")
    town.rule(channels=["sms"], escalate_s=30)
    town.pg.execute("update district.district set alert_budget = 1, storm_every_s = 1")
    notify(relay, gateway, watch=SOON)
    for number in range(3):
        town.call(f"I-{number}")
    liaison.wait_until(lambda: [t for t in gateway.texts if "not told one by one" in t["body"]], 20, "a summary")
    town.wait_states("sent", "sent")  # the end of a try would set its time anew
    town.wait_drained()
    town.pg.execute("update notify.delivery d set next_at = next_at - interval '31 s' from notify.alert a "
                    "where (a.district_id, a.alert_id) = (d.district_id, d.alert_id) and a.subject_kind = 'storm'")
    wait_alarm(relay, r"Nobody has\s+answered\s+a\s+summary:\s+calls\s+at\s+North\s+High\s+since\s+\d+:\d\d")
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'P') from notify.alert where subject_kind = 'storm'")
    wait_alarm(relay, r"Over:\s+The\s+summary\s+was\s+answered,\s+or\s+is\s+over:\s+calls\s+at\s+North\s+High")
    assert ": ." not in "".join(alarms(relay)) and ": ," not in "".join(alarms(relay))


def test_a_step_that_was_skipped_is_told_once(town, relay, gateway, notify):  # noqa: F811
    administrator(town, "ADMIN", email=ADMIN)
    town.district.contact("ONE")
    town.district.contact("TWO", email="two@riverside.example", step=2)
    town.rule()
    notified = notify(relay, watch=SOON)
    town.call()
    wait_alarm(relay, "Contacts could not be reached about a call: fight reported at North High")
    assert [row["object"] for row in health(town.pg, "skipped")] == ["metro at riverside/NORTH"]
    looked(town, notified)
    assert len(alarms(relay)) == 1, "once a call"


def test_a_step_whose_messages_all_failed_counts_as_skipped(town, relay, notify):  # noqa: F811
    town.district.contact("ONE", email="gone@riverside.example")
    town.district.contact("TWO", email="two@riverside.example", step=2)
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user", to="gone@")
    notify(relay)
    town.call()
    town.wait_states("failed", "sent")
    wait_bad(town.pg, "skipped")


def test_a_step_that_waits_or_was_told_is_not_skipped(town, relay, notify):  # noqa: F811
    for step in (1, 2, 3):
        town.district.contact(f"W{step}", email=f"w{step}@riverside.example", step=step)
    town.rule(escalate_s=30)
    notify(relay)
    town.call()
    town.wait_states("sent", "queued", "queued")
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where step = 2")
    town.wait_states("sent", "sent", "queued")
    assert not [row for row in health(town.pg, "skipped") if not row["ok"]]


def not_skipped(town):
    return not [row for row in health(town.pg, "skipped") if not row["ok"]]


def away(town, code, substitute):
    town.pg.execute("select people.put_absence(district_id, contact_id, null, null, (select contact_id from people.contact where "
                    "code = %s)) from people.contact where code = %s", substitute, code)


def test_the_own_step_of_a_substitute_who_was_told_is_not_skipped(town, relay, notify):  # noqa: F811
    for step in (1, 2, 3):
        town.district.contact(f"W{step}", email=f"w{step}@riverside.example", step=step)
    town.district.contact("NONE", step=2)  # of the substitute's own step, and cannot be told
    away(town, "W1", "W2")
    town.rule(escalate_s=30)
    notify(relay)
    town.call()
    town.wait_states("sent", "queued")
    assert not_skipped(town)
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued'")
    town.wait_states("sent", "sent")
    assert not_skipped(town), "W2 was told in place of W1"


def test_a_substitute_was_told_in_the_step_of_then(town, relay, notify):  # noqa: F811
    town.district.contact("W1", email="w1@riverside.example")
    town.district.contact("NONE", step=2)
    town.district.contact("W3", email="w3@riverside.example", step=3)
    away(town, "W1", "W3")
    town.rule(escalate_s=30)
    notify(relay)
    town.call()
    town.wait_states("sent")
    assert not_skipped(town)
    town.pg.execute("update people.absence set to_at = now()")
    town.wait_states("sent", "sent")
    assert not_skipped(town), "no later step than the first was told"


def test_a_provider_that_is_down_is_told_by_the_other_channel_at_once(town, admin, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    relay.say("mail", "530 5.7.0 authentication required")
    notify(relay, gateway, watch=SOON)
    town.call()
    text = liaison.wait_until(lambda: texts(gateway), 20, "a text while mail is down")[0]
    assert re.match(r"ALARM: .*e-mail.* \(since \d+:\d\d", text)
    assert not alarms(relay)
    relay.clear()
    wait_alarm(relay, "problem|over", timeout=30)


def test_an_alarm_names_the_agency_and_says_since_when(town, admin, relay, notify):  # noqa: F811
    town.rule()
    heard(town, town.pg.agency("sheriff", name="County Sheriff"), ago="1 hour")
    notify(relay, watch=SOON)
    text = wait_alarm(relay, "connection to")
    assert re.search(r"(?m)^- The connection to County Sheriff is down\. Since \d+:\d\d", text)
    assert "What it means: You do not hear of new calls from this agency" in text and "What to do: Have IT check" in text


def heard(town, agency, ago):
    """The agency's agent was heard of so long ago."""
    town.pg.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at) "
                    "values (%s, gen_random_uuid(), 1, 'live', now() - %s::interval)", agency.id, ago)


def test_an_agency_that_was_never_heard_of_raises_no_alarm(town, admin, relay, notify):  # noqa: F811
    """It is not connected yet: doctor says so, but people have nothing to call anybody about."""
    town.rule()
    town.pg.agency("sheriff", name="County Sheriff")
    looked(town, notify(relay, watch=SOON))
    assert town.pg.rows("select ok, since from notify.health() where \"check\" = 'agency'") == [(False, None)]
    assert not town.pg.rows("select from notify.finding where \"check\" = 'agency'")


def test_an_agency_whose_key_is_revoked_is_not_up_again(town, admin, relay, gateway, notify):  # noqa: F811
    town.rule()
    sheriff = town.pg.agency("sheriff", name="County Sheriff")
    heard(town, sheriff, ago="1 hour")
    notify(relay, gateway, watch=SOON)
    wait_alarm(relay, "connection to County Sheriff is down")
    sheriff.revoke()
    text = wait_alarm(relay, "This alarm is over")
    assert "Over: County Sheriff has no valid key any more, and its connection is no longer watched." in text
    liaison.wait_until(lambda: [t for t in texts(gateway) if "OVER" in t], 20, "a text")
    assert "up again" not in text + "".join(texts(gateway))


def test_the_other_way_round_it_is_told_by_mail(town, admin, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", (401, "{}"))
    notify(relay, gateway, watch=SOON)
    town.call()
    wait_alarm(relay, "the text message provider .twilio. is not working|alerts by text message")


def test_what_is_not_ok_for_a_moment_raises_nothing(town, admin, relay, gateway, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    relay.say("mail", "530 5.7.0 authentication required")
    notified = notify(relay, gateway, watch={"alarm_after_s": 3600})
    town.call()
    wait_bad(town.pg, "provider", "tried")
    looked(town, notified)
    assert town.pg.one("select count(*) from notify.finding where raised_at is null") >= 2
    assert not texts(gateway) and not town.pg.one("select count(*) from notify.alarm")


def test_holes_in_the_roster_are_told_once_a_day_by_mail(town, admin, relay, gateway, notify):  # noqa: F811
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    one = town.district.contact("P", email="p@riverside.example", schools=[town.school])
    town.pg.execute("update people.role set scope = 'district' where role_id = %s", admin)
    town.pg.execute("update people.role set to_at = now() + interval '10 days' where role_id in (%s, %s)", one, admin)
    town.rule()
    first = notify(relay, gateway)
    text = wait_alarm(relay, r"From .* on, nobody can be told of calls at North High", roster=True)
    assert text.startswith("For your attention:")
    first.terminate()
    second = notify(relay, gateway)
    looked(town, second)
    assert len(alarms(relay, roster=True)) == 1 and not texts(gateway)
    town.pg.execute("update notify.alarm set at = at - interval '1 day'")
    second.terminate()
    notify(relay, gateway)
    liaison.wait_until(lambda: len(alarms(relay, roster=True)) == 2, 20, "the next day's")


# How it is told ------------------------------------------------------------------------------------


def test_what_follows_within_the_time_is_told_together(town, admin, relay, gateway, notify):  # noqa: F811
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    town.rule()
    notified = notify(relay, gateway, watch={"alarm_every_s": 3600})
    town.call()
    wait_alarm(relay, "1 problem needs attention")
    town.call()
    town.call()
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.finding where raised_at is not null and not notice") == 3, 20,
                       "three are known")
    looked(town, notified)
    assert len(alarms(relay)) == 1 and len(texts(gateway)) == 1
    waiting = town.deliveries(state="queued")
    assert sorted(row["channel"] for row in waiting) == ["email", "sms"], "one of each waits for its time"
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued'")
    wait_alarm(relay, "3 problems need attention")
    assert len(alarms(relay)) == 2


def test_the_most_urgent_call_comes_first_also_when_others_are_news(town, relay, gateway, notify):  # noqa: F811
    administrator(town, "ADMIN", email=ADMIN, phone=NUMBER)
    town.rule(channels=["webhook"])
    notified = notify(relay, gateway, watch={"alarm_every_s": 3600})
    town.call()
    town.call(**{"class": "weapon", "type_code": "ACTSHOOT"})
    wait_alarm(relay, "fight")
    town.call()
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.finding where raised_at is not null") == 3, 20, "three")
    looked(town, notified)
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued'")
    text = wait_alarm(relay, "3 problems need attention")
    assert re.findall("(active shooter|fight) reported at North High", text) == ["active shooter", "fight", "fight"]
    subject = [mail["subject"] for mail in relay.to(ADMIN) if "3 problems" in mail["text"]][0]
    assert "active shooter" in subject and ", and 2 more problems" in subject
    brief = liaison.wait_until(lambda: [t for t in texts(gateway) if "2 more problems" in t], 10, "a text")[0]
    assert brief.startswith("ALARM: Nobody could be told of a call: active shooter reported ")


WEAPON = {"class": "weapon", "type_code": "ACTSHOOT"}


@pytest.mark.parametrize("sensitivity", ["open", "restricted"])
def test_a_more_urgent_call_does_not_wait_for_the_time_of_a_lesser_one(town, relay, gateway, notify, sensitivity):  # noqa: F811
    """And what is as urgent as that waits. How urgent a restricted call is, the time of its message does not tell."""
    administrator(town, "ADMIN", email=ADMIN, phone=NUMBER)
    town.rule(channels=["webhook"])
    notified = notify(relay, gateway, watch={"alarm_every_s": 3600})
    town.call()
    wait_alarm(relay, "fight")
    liaison.wait_until(lambda: texts(gateway), 10, "a text")
    town.call(sensitivity=sensitivity, **({"class": "other", "type_code": "SUSP", "priority": 2} if sensitivity != "open" else WEAPON))
    liaison.wait_until(lambda: len(alarms(relay)) == 2 and len(texts(gateway)) == 2, 15, "it is told at once")
    town.call(sensitivity=sensitivity, **WEAPON)
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.finding where raised_at is not null") == 3, 20, "three")
    looked(town, notified)
    assert len(alarms(relay)) == 2 and len(texts(gateway)) == 2
    assert len(town.deliveries(state="queued")) == 2, "one of each waits for its time"


def test_an_alarm_that_somebody_has_says_who_and_what_is_new_comes_first(town, relay, gateway, notify):  # noqa: F811
    """BETH gets her first mail after ADMIN took the alarm; then there is something new, of a lesser call."""
    admin = administrator(town, "ADMIN", email=ADMIN, phone=NUMBER)
    town.rule(channels=["webhook"])
    notified = notify(relay, gateway, watch=SOON)
    town.call(**WEAPON)
    wait_alarm(relay, "active shooter")
    town.pg.execute("select notify.confirm_as(a.district_id, a.alert_id, %s, 'Contact ADMIN', null) from notify.alert a "
                    "where a.subject_kind = 'alarm'", admin)
    administrator(town, "BETH", email="beth@riverside.example", phone="+15550108888")
    text = wait_alarm(relay, "active shooter", "beth@")
    assert "Contact ADMIN (principal) has it." in text and "/c/" not in text
    brief = liaison.wait_until(lambda: texts(gateway, "+15550108888"), 10, "a text")[0]
    assert ", somebody has it" in brief
    looked(town, notified)
    town.call()
    text = wait_alarm(relay, "2 problems need attention", "beth@")
    assert re.findall("(active shooter|fight) reported at North High", text) == ["fight", "active shooter"]
    assert "has it" not in text and "/c/" in text, "the new one asks again"
    brief = liaison.wait_until(lambda: [t for t in texts(gateway) if "1 more problem" in t], 10, "a text")[0]
    assert "fight reported" in brief


def test_an_alarm_that_goes_on_is_said_again_until_it_is_acknowledged(town, admin, relay, gateway, notify):  # noqa: F811
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    town.rule()
    notified = notify(relay, gateway, watch={"alarm_every_s": 1, "alarm_repeat_s": 2})
    town.call()
    wait_alarm(relay, "Nobody has said yet that they are taking care of it")
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'A') from notify.alert where subject_kind = 'alarm'")
    looked(town, notified)
    heard = len(alarms(relay))
    looked(town, notified)
    assert len(alarms(relay)) == heard
    town.call()
    liaison.wait_until(lambda: len(alarms(relay)) > heard and "2 problems" in alarms(relay)[-1], 20, "the second is news")


@pytest.mark.parametrize("change", [
    "update people.role set alarms = false where code = 'ADMIN'", "update people.role set to_at = now() where code = 'ADMIN'",
    "update people.person set active = false where name = 'Contact ADMIN'",
    "update people.person set name = 'Sue Cessor' where name = 'Contact ADMIN'"])
def test_an_alarm_whose_administrator_is_none_any_more_asks_the_others(town, admin, relay, gateway, notify, change):  # noqa: F811
    administrator(town, "BETH", email="beth@riverside.example")
    town.rule(channels=["webhook"])
    notified = notify(relay, gateway, watch=SOON)
    town.call()
    wait_alarm(relay, "could be told", "beth@")
    town.pg.execute("select notify.confirm_as(a.district_id, a.alert_id, %s, 'Contact ADMIN', null) from notify.alert a "
                    "where a.subject_kind = 'alarm'", admin)
    looked(town, notified)
    assert town.pg.one("select acknowledged_by from notify.alert where subject_kind = 'alarm'") == "Contact ADMIN"
    heard = len(alarms(relay, "beth@"))
    town.pg.execute(change)
    liaison.wait_until(lambda: len(alarms(relay, "beth@")) > heard, 20, "the other administrator is asked")
    assert "Nobody has said yet that they are taking care of it" in alarms(relay, "beth@")[-1]
    looked(town, notified)
    assert len(alarms(relay, "beth@")) == heard + 1, "once"


def test_an_alarm_that_cannot_be_told_raises_no_alarm(town, relay, gateway, notify, ctl):  # noqa: F811
    administrator(town, "ADMIN", email=ADMIN)
    town.pg.execute("update people.role set scope = 'schools'")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user")
    notified = notify(relay, watch=SOON)
    town.call()
    liaison.wait_until(lambda: town.deliveries(state="failed"), 20, "the alarm failed")
    looked(town, notified)
    assert [row["attempts"] for row in town.deliveries(state="failed")] == [1, 1], "this one, and that of the roster"
    assert {row["attempts"] for row in town.deliveries(state="queued")} <= {0}, "it is not tried without end"
    assert not [row for row in health(town.pg) if row["check"] in ("given_up", "failures", "tried") and not row["ok"]]
    assert town.pg.one("select count(*) from notify.finding where not notice") == 1
    after_two_minutes(town)
    assert [row["object"] for row in health(town.pg, "alarm") if not row["ok"]] == ["riverside"]
    found = {c["check"]: c["found"] for c in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert found["alarms reach somebody"] == ["riverside: no administrator was told"]
    looked(town, notified)
    assert town.pg.one("select count(*) from notify.finding where not notice") == 1


def test_an_alarm_that_only_a_former_administrator_was_told_of_is_not_ok(town, relay, notify):  # noqa: F811
    for code in ("A", "B"):
        administrator(town, code, email=f"{code.lower()}@riverside.example")
    town.pg.execute("update people.role set scope = 'schools'")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user", to="b@")
    notify(relay, watch=SOON)
    town.call()
    wait_alarm(relay, "nobody could be told", "a@")
    after_two_minutes(town)
    liaison.wait_until(lambda: "alarm" not in bad(town.pg), 10, "it is noted that A was told")
    town.pg.execute("update people.role set alarms = false where code = 'A'")
    assert "alarm" in bad(town.pg)


def test_an_alarm_whose_news_reaches_no_administrator_is_not_ok(town, relay, notify):  # noqa: F811
    """Though an administrator was told of what came before."""
    administrator(town, "ADMIN", email=ADMIN)
    town.pg.execute("update people.role set scope = 'schools'")
    town.rule()
    notified = notify(relay, watch=SOON)
    town.call()
    wait_alarm(relay, "nobody could be told")
    looked(town, notified)
    after_two_minutes(town)
    assert "alarm" not in bad(town.pg)
    relay.say("rcpt", "550 5.2.2 mailbox full")
    town.call("I-2", priority=9)
    liaison.wait_until(lambda: town.deliveries(state="failed", lane=0), 20, "the news failed")
    looked(town, notified)
    assert "alarm" not in bad(town.pg), "it is no two minutes old"
    after_two_minutes(town)
    assert "alarm" in bad(town.pg)
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'Ada') from notify.alert where subject_kind = 'alarm'")
    assert "alarm" not in bad(town.pg), "somebody takes it"


def test_news_that_waits_for_its_time_after_a_message_that_was_sent_is_ok(town, relay, notify):  # noqa: F811
    administrator(town, "ADMIN", email=ADMIN)
    town.pg.execute("update people.role set scope = 'schools'")
    town.rule()
    notified = notify(relay, watch={**SOON, "alarm_every_s": 600})
    town.call()
    wait_alarm(relay, "nobody could be told")
    town.call("I-2")
    liaison.wait_until(lambda: town.deliveries(state="queued"), 20, "the news waits")
    looked(town, notified)
    after_two_minutes(town)
    assert "alarm" not in bad(town.pg)
    relay.say("rcpt", "451 4.7.1 later")
    town.pg.execute("update notify.delivery set next_at = next_at - interval '15 minutes' where state = 'queued'")
    liaison.wait_until(lambda: "alarm" in bad(town.pg), 20, "it is due and does not go out")


def test_an_alarm_that_is_never_planned_is_not_ok(town, relay, notify):  # noqa: F811
    """It has no alert, and so no message."""
    administrator(town, "ADMIN", email=ADMIN)
    town.pg.execute("insert into notify.alarm (district_id, kind, waits) values (%s, 'health', false)", town.district.id)
    town.pg.execute("insert into notify.finding (district_id, alarm_id, \"check\", first_at, raised_at) "
                    "select district_id, alarm_id, 'outbox', now(), now() - interval '3 minutes' from notify.alarm")
    assert [row["object"] for row in health(town.pg, "alarm") if not row["ok"]] == ["riverside"]


def test_an_administrator_of_another_district_hears_of_no_call(town, relay, gateway, notify, pg):  # noqa: F811
    other = pg.district("lakeside")
    contact = other.contact("BOSS", email="boss@lakeside.example")
    pg.execute("update people.role set alarms = true where role_id = %s", contact)
    administrator(town, "ADMIN", email=ADMIN)
    town.pg.execute("update people.role set scope = 'schools' where district_id = %s", town.district.id)
    town.rule()
    notified = notify(relay)
    town.call()
    wait_alarm(relay, "nobody could be told")
    looked(town, notified)
    assert not alarms(relay, "boss@")


def test_two_processes_tell_each_alarm_once(town, admin, relay, gateway, notify):  # noqa: F811
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s", admin)
    town.rule()
    both = [notify(relay, gateway), notify(relay, gateway)]
    town.call()
    wait_alarm(relay, "nobody could be told")
    for one in both:
        looked(town, one)
    assert len(alarms(relay)) == 1 and len(texts(gateway)) == 1


# Who hears of it -----------------------------------------------------------------------------------


def test_the_contact_file_says_who_hears_of_alarms_and_doctor_who_is_missing(town, ctl):
    town.rule()
    ctl.ok("contact", "import", "riverside", "-", stdin="code,name,email,alarms\nA,Ann,a@x.example,yes\nB,Ben,b@x.example,\n")
    assert town.pg.rows("select code, alarms from people.contact order by code") == [("A", True), ("B", False)]
    found = {c["check"]: c["found"] for c in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert found["alarms have somebody to tell"] == ["riverside can tell alarms by e-mail alone"]
    ctl.ok("contact", "import", "riverside", "-", stdin="code,name,email\nA,Ann,a@x.example\n")
    assert town.pg.one("select alarms from people.contact where code = 'A'"), "it stays where the file does not speak of it"
    ctl.ok("contact", "import", "riverside", "-", stdin="code,name,email,alarms\nA,Ann,a@x.example,no\n")
    found = {c["check"]: c["found"] for c in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert found["alarms have somebody to tell"] == ["riverside named nobody for alarms"]
