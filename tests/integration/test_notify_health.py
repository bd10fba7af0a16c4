"""notify.health(), the one view of whether messages go out, and what liaisonctl doctor and status make of it: it is
not green while nothing goes out."""

import json
import re
from types import SimpleNamespace

import pytest

import ctl_support
import liaison
from dashboard_support import Dashboard
from notify_lab import fresh_gateway, fresh_relay
from notify_support import fresh_town
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)

CHECKS = {"process", "channel", "provider", "outbox", "agency", "aside", "due", "tried", "failures", "refused", "links",
          "given_up", "nobody", "held", "unanswered", "skipped", "alarm", "probe"}


def health(pg, check=None):
    rows = [row[0] for row in pg.rows("select to_jsonb(h) from notify.health() h")]
    return [row for row in rows if check in (None, row["check"])]


def bad(pg):
    """The checks that are not ok."""
    return {row["check"] for row in health(pg) if not row["ok"]}


def wait_bad(pg, *checks):
    liaison.wait_until(lambda: set(checks) <= bad(pg), 15, f"{checks} are not ok", every=0.2)


def doctor(ctl):
    return {c["check"]: c["found"] for c in json.loads(ctl.run("doctor", json_out=True).stdout)}


def mail_to(town, *codes, **columns):
    for code in codes:
        town.district.contact(code, email=f"{code.lower()}@riverside.example", **columns)


# Nothing goes out ----------------------------------------------------------------------------------


def test_it_is_green_when_messages_go_out(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    notify(relay)
    town.call()
    town.wait_states("sent")
    liaison.wait_until(lambda: not bad(town.pg), 5, "nothing is wrong")
    assert {row["check"] for row in health(town.pg)} == CHECKS
    assert [(row["channel"], row["found"], row["since"]) for row in health(town.pg, "provider")] == [("email", 0, None)]


def test_a_relay_that_takes_nothing_from_us_is_not_green(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, *"ABCDE")
    town.rule()
    relay.say("mail", "530 5.7.0 authentication required")
    notify(relay)
    town.call()
    wait_bad(town.pg, "provider", "tried", "failures")
    found = doctor(ctl)
    assert re.fullmatch(r"email: \d messages tried and not sent, the oldest for \d+ s \(misconfigured \d\)",
                        found["deliveries go out"][0])
    assert re.fullmatch(r"email: smtp is down since .*Z \(misconfigured, smtp 530\)", found["providers are up"][0])
    assert re.fullmatch(r"email: \d+ tries failed in the last hour at smtp \(misconfigured \d+.*\)", found["tries succeed"][0])
    assert not re.search(r"^ok +deliveries", ctl.run("doctor").stdout, re.M)


@pytest.mark.parametrize("host, reason", [("relay.invalid", "unreachable"), ("127.0.0.1", "unreachable")])
def test_a_relay_that_cannot_be_reached_is_not_green(town, notify, host, reason):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    notify(SimpleNamespace(port=liaison.free_port()), smtp={"host": host})
    town.call()
    wait_bad(town.pg, "provider", "tried")
    down, = health(town.pg, "provider")
    assert (down["object"], down["found"], down["detail"]["reasons"]) == ("smtp", 1, [reason])


def test_recipients_who_are_all_refused_are_not_green(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "A", "B")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user")
    notify(relay)
    town.call()
    town.wait_states("failed", "failed")
    wait_bad(town.pg, "failures", "given_up", "nobody")
    found = doctor(ctl)
    assert found["no message is given up"] == ["email: 2 messages ended as failed in the last day (refused 2)"]
    assert found["alerts reach somebody"] == ["metro at riverside/NORTH: 1 alert"]
    assert found["providers are up"] == []


def test_tries_that_failed_and_then_went_well_are_no_trouble(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    relay.say("rcpt", "451 4.7.1 later", 1)
    notify(relay)
    town.call()
    town.wait_states("sent")
    failures, = health(town.pg, "failures")
    assert (failures["ok"], failures["found"], failures["detail"]) == (True, 1, {"deferred": 1})
    assert not bad(town.pg)


def test_a_relay_that_puts_off_all_mail_is_named(town, relay, notify, ctl):  # noqa: F811
    """It answers, and so it is up: what it does not take says so."""
    mail_to(town, *"ABC")
    town.rule()
    relay.say("rcpt", "451 4.7.1 later")
    notify(relay)
    town.call()
    wait_bad(town.pg, "tried", "failures", "refused")
    found = doctor(ctl)
    assert re.fullmatch(r"email: 3 messages tried and not sent, .*\(deferred 3\)", found["deliveries go out"][0])
    assert re.fullmatch(r"email: \d+ tries failed in the last hour at smtp \(deferred \d+\)", found["tries succeed"][0])
    assert [row["object"] for row in health(town.pg, "refused")] == ["smtp"]


def test_no_process_and_no_provider_are_not_green(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.district.contact("S", phone="+15550100001")
    town.rule()
    assert {"process", "channel"} <= bad(town.pg)
    one = notify(relay)
    liaison.wait_until(lambda: "process" not in bad(town.pg), 5)
    assert [(row["channel"], row["ok"]) for row in health(town.pg, "channel")] == [("email", True), ("sms", False)]
    one.terminate()
    town.pg.execute("update notify.clock set wall_at = wall_at - interval '2 minutes'")
    assert {"process", "channel"} <= bad(town.pg), "the process has not been heard of for two minutes"


def test_a_clock_that_was_set_back_makes_no_dead_process_alive(town, relay, notify):  # noqa: F811
    one = notify(relay)
    liaison.wait_until(lambda: "process" not in bad(town.pg), 5)
    one.terminate()
    town.pg.execute("update notify.clock set wall_at = wall_at + interval '1 hour'")
    assert "process" in bad(town.pg)


@pytest.mark.parametrize("page,same", [
    ({"key_file": "one"}, True), ({"key_file": "two", "old_key_file": "one"}, True), ({"key_file": "two"}, False),
    ({}, False)], ids=["the same", "the one before", "another", "none"])
def test_a_dashboard_without_the_key_of_the_links_is_not_green(town, relay, notify, ctl, secret, tmp_path,  # noqa: F811
                                                               closing, page, same):
    keys = {name: secret(f"links.{name}", name * 20) for name in ("one", "two")}
    mail_to(town, "P")
    notify(relay, links={"base_url": "https://liaison.example", "key_file": keys["one"]})
    closing(Dashboard(tmp_path, town.pg, links={name: keys[key] for name, key in page.items()})).start()
    running = "select count(*) from liaison.service where link_keys is not null"
    liaison.wait_until(lambda: town.pg.one(running) == 2, 5, "both have said which keys they have")
    found, = health(town.pg, "links")
    assert (found["ok"], found["found"]) == (same, 0 if same else 1)
    assert doctor(ctl)["links open"] == ([] if same else ["1 dashboard cannot open the links in messages"])
    town.pg.execute("update liaison.service set seen_at = now() - interval '2 minutes' where service = 'dashboard'")
    assert same or town.pg.one("select ok from notify.health() where \"check\" = 'links'"), "it does not run any more"


def test_links_without_any_key_open_where_there_is_one(town, relay, notify, secret, tmp_path, closing):  # noqa: F811
    notify(relay)
    closing(Dashboard(tmp_path, town.pg, links={"key_file": secret("links.one", "one" * 20)})).start()
    running = "select count(*) from liaison.service where link_keys is not null"
    liaison.wait_until(lambda: town.pg.one(running) == 2, 5, "both have said which keys they have")
    assert "links" not in bad(town.pg)


def test_a_webhook_that_nobody_can_send_is_not_green(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.district.webhook("W", "https://hooks.example/cap", "s" * 32)
    town.rule(channels=["email", "webhook"])
    notify(relay)
    liaison.wait_until(lambda: "process" not in bad(town.pg), 5)
    assert [(row["channel"], row["ok"]) for row in health(town.pg, "channel")] == [("email", True), ("webhook", False)]


def test_a_school_whose_only_contact_has_a_webhook_is_no_hole(town):
    contact = town.district.webhook("W", "https://hooks.example/cap", "s" * 32)
    holes = "select count(*) from notify.roster_holes(%s)"
    assert town.pg.one(holes, town.district.id) == 0
    town.pg.execute("update people.role set channels = '{}' where role_id = %s", contact)
    assert town.pg.one(holes, town.district.id) == 1


def test_a_channel_for_which_nobody_has_an_address_needs_no_provider(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule(channels=["email", "sms"])
    notify(relay)
    liaison.wait_until(lambda: not bad(town.pg), 5, "nothing is wrong")


# What waits ----------------------------------------------------------------------------------------


def queued(town, lane, due_s, attempts=0):
    """A message of an alert of its own that was due so long ago."""
    number = town.call(outbox=False)
    alert = town.pg.one("insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode, asked_at) "
                        "values (%s, %s, %s, %s, 1, 'live', now()) returning alert_id", town.district.id, town.agency.id,
                        number, town.school)
    town.pg.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, lane, attempts, next_at, "
                    "due_at, reason, message_id) values (%s, %s, 1, 'email', 'first', %s, %s, "
                    "now() + (case when %s > 0 then 3600 else -%s end) * interval '1 s', "
                    "case when %s > 0 then now() - %s * interval '1 s' end, case when %s > 0 then 'deferred' end, 'x')",
                    town.district.id, alert, lane, attempts, attempts, due_s, attempts, due_s, attempts)


@pytest.mark.parametrize("lane, late", [(0, 30), (1, 60), (2, 300), (3, 300)])
def test_the_oldest_due_message_is_told_by_lane_and_has_its_time(town, lane, late):
    queued(town, lane, late - 5)
    due = {row["lane"]: (row["found"], row["ok"]) for row in health(town.pg, "due")}
    assert due == {other: (int(other == lane), True) for other in range(4)}
    queued(town, lane, late + 5)
    assert [row["lane"] for row in health(town.pg, "due") if not row["ok"]] == [lane]


def test_a_message_whose_next_try_is_later_is_due_all_the_same(town):
    queued(town, 1, 90, attempts=3)
    row = next(row for row in health(town.pg, "due") if row["lane"] == 1)
    assert (row["ok"], row["found"], row["detail"]["tried"], row["detail"]["later"]) == (False, 1, 1, 0)
    tried, = health(town.pg, "tried")
    assert (tried["ok"], tried["detail"]) == (False, {"deferred": 1})


def test_a_message_that_quiet_hours_hold_after_a_try_is_not_overdue(town):
    queued(town, 1, 90, attempts=1)
    town.pg.execute("update notify.delivery set due_at = null")
    row = next(row for row in health(town.pg, "due") if row["lane"] == 1)
    assert (row["ok"], row["found"], row["detail"]["later"]) == (True, 0, 1)
    tried, = health(town.pg, "tried")
    assert (tried["ok"], tried["found"], tried["detail"]) == (True, 0, {})


def test_what_is_due_is_told_by_steady_time(town):
    """PostgreSQL's clock was set ahead by an hour: nothing is late because of that."""
    town.pg.execute("insert into notify.clock (steady_at, wall_at) values (now() - interval '1 hour', now())")
    queued(town, 1, 3605)
    due, = [row for row in health(town.pg, "due") if row["lane"] == 1]
    assert due["ok"] and due["found"] == 1
    age = town.pg.one("select extract(epoch from now() - since)::int from notify.health() where lane = 1")
    assert 5 <= age < 30, "by the clocks that people read"


# Whom alerts reach ---------------------------------------------------------------------------------


def test_an_alert_that_finds_nobody_is_not_green(town, relay, notify, ctl):  # noqa: F811
    town.district.contact("NONE")
    town.rule()
    notify(relay)
    town.call()
    wait_bad(town.pg, "nobody")
    assert doctor(ctl)["alerts reach somebody"] == ["metro at riverside/NORTH: 1 alert"]
    mail_to(town, "P")
    town.wait_states("sent")
    assert "nobody" not in bad(town.pg)


REPLACED = "select people.put_contact(district_id, 'P', 'Rob New', 'principal', null, null, 1, false, true) from people.role"


@pytest.mark.parametrize("change", [
    "update people.role set to_at = clock_timestamp()", "update people.person set active = false", REPLACED,
    "select people.put_absence(district_id, role_id, null, null, null) from people.role",
    "update district.incident set sensitivity = 'sealed'",
], ids=["left", "disabled", "replaced", "absent", "sealed"])
def test_an_alert_of_which_nobody_is_left_who_was_told_is_not_green(town, relay, notify, change):  # noqa: F811
    mail_to(town, "P", name="Pat Old")
    town.rule()
    town.rule(name="sealed calls", sealed=True)
    notify(relay)
    number = town.call()
    town.wait_states("sent")
    assert "nobody" not in bad(town.pg)
    town.pg.execute(change)
    if "sealed" in change:
        town.call(number, sensitivity="sealed")
    wait_bad(town.pg, "nobody")
    mail_to(town, "Q", sealed=True)
    liaison.wait_until(lambda: relay.to("q@riverside.example"), 15, "somebody else is told")
    liaison.wait_until(lambda: "nobody" not in bad(town.pg), 5, "somebody knows")


def test_a_withdrawal_that_waits_hides_no_alert_of_which_nobody_is_left(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    notify(relay)
    town.call()
    town.wait_states("sent")
    relay.say("mail", "451 4.3.0 later")
    town.pg.execute("update people.role set to_at = clock_timestamp()")
    liaison.wait_until(lambda: [(d["kind"], d["state"]) for d in town.deliveries()][1:] == [("withdrawn", "queued")], 15,
                       "the withdrawal waits")
    wait_bad(town.pg, "nobody")


def test_an_alert_of_which_one_is_left_who_was_told_is_green(town, relay, notify):  # noqa: F811
    mail_to(town, "P", "Q")
    town.rule()
    notify(relay)
    town.call()
    town.wait_states("sent", "sent")
    town.pg.execute("update people.role set to_at = clock_timestamp() where code = 'Q'")
    town.wait_states("sent", "sent", "sent")
    assert not bad(town.pg) & {"nobody", "unanswered", "skipped"}


def test_a_call_that_became_worse_and_nobody_was_told_so_is_not_green(town, relay, notify):  # noqa: F811
    mail_to(town, "P", "Q")
    town.rule(escalate_s=3600)
    notify(relay)
    number = town.call()
    town.wait_states("sent", "sent")
    relay.say("data", "554 5.7.1 refused by policy")
    town.call(number, priority=10, type_code="ACTSHOOT", **{"class": "weapon"})
    town.wait_states("sent", "sent", "failed", "failed")
    wait_bad(town.pg, "nobody")
    relay.clear()
    town.pg.execute("update people.person set email = 'new@riverside.example' where name = 'Contact Q'")
    liaison.wait_until(lambda: relay.to("new@riverside.example"), 15, "one is told")
    liaison.wait_until(lambda: "nobody" not in bad(town.pg), 5, "one is enough")


def test_a_step_that_was_not_told_that_the_call_became_worse_was_skipped(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    mail_to(town, "Q", step=2)
    town.rule(escalate_s=30)
    notify(relay)
    number = town.call()
    town.wait_states("sent", "queued")
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued'")
    town.wait_states("sent", "sent")
    relay.say("rcpt", "550 5.1.1 no such user", to="p@")
    town.call(number, priority=10, type_code="ACTSHOOT", **{"class": "weapon"})
    town.wait_states("sent", "sent", "failed", "sent")
    wait_bad(town.pg, "skipped")


def test_an_alert_whose_last_step_passed_unanswered_is_not_green_until_it_is_answered(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    mail_to(town, "Q", step=2)
    town.rule(escalate_s=30)
    notify(relay)
    town.call()
    town.wait_states("sent", "queued")
    assert "unanswered" not in bad(town.pg)
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued'")
    town.wait_states("sent", "sent")
    assert "unanswered" not in bad(town.pg), "the last step has time to answer"
    town.pg.execute("update notify.delivery set next_at = next_at - interval '31 s' where step = 2")
    assert [row["object"] for row in health(town.pg, "unanswered")] == ["metro at riverside/NORTH"]
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'P') from notify.alert")
    assert "unanswered" not in bad(town.pg)


def told_by_text(town, relay, gateway, notify, deferred="[pq]@"):  # noqa: F811
    """Step 1 (P) and step 2 (Q) were told by text; their mail is put off, as long as the relay defers it."""
    for step, code in enumerate("PQ", 1):
        mail_to(town, code, phone=f"+1555010000{step}", step=step)
    town.rule(escalate_s=30, channels=["email", "sms"])
    relay.say("rcpt", "451 4.7.1 later", to=deferred)
    notify(relay, gateway)
    town.call()
    liaison.wait_until(lambda: [t["to"] for t in gateway.texts] == ["+15550100001"], 15, "P has a text")
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued' and step = 2")
    liaison.wait_until(lambda: len(town.deliveries(state="sent", channel="sms")) == 2, 15, "Q has a text")


def told_before(town, seconds):
    """The messages that were sent were sent so long ago."""
    town.pg.execute("update notify.delivery set next_at = next_at - %s * interval '1 s' where state = 'sent'", seconds)


def test_mail_that_is_put_off_hides_no_alert_that_nobody_answers(town, relay, gateway, notify):  # noqa: F811
    """Both steps were told by text, and have had their time."""
    told_by_text(town, relay, gateway, notify)
    assert "unanswered" not in bad(town.pg), "the last step has time to answer"
    told_before(town, 31)
    assert town.deliveries(state="queued"), "mail waits"
    assert "unanswered" in bad(town.pg)


def test_mail_that_comes_after_the_text_begins_no_time_anew(town, relay, gateway, notify):  # noqa: F811
    told_by_text(town, relay, gateway, notify)
    told_before(town, 31)
    relay.clear()
    liaison.wait_until(lambda: len(relay.mails) == 2, 30, "the mail goes out")
    liaison.wait_until(lambda: not town.deliveries(state="sending"), 10, "that is noted")
    assert "unanswered" in bad(town.pg)


def test_a_last_step_whose_messages_are_all_on_their_way_has_its_time(town, relay, gateway, notify):  # noqa: F811
    gateway.say("post", (500, "{}"), to="2$")
    for step, code in enumerate("PQ", 1):
        mail_to(town, code, phone=f"+1555010000{step}", step=step)
    town.rule(escalate_s=30, channels=["email", "sms"])
    relay.say("rcpt", "451 4.7.1 later", to="q@")
    notify(relay, gateway)
    town.call()
    town.wait_states("sent", "sent", "queued", "queued")
    told_before(town, 31)
    town.pg.execute("update notify.delivery set next_at = now() - interval '1 s' where state = 'queued'")
    liaison.wait_until(lambda: min(d["attempts"] for d in town.deliveries(step=2)) > 0, 10, "Q is tried")
    assert "unanswered" not in bad(town.pg), "nobody of the last step was told"


def test_a_hand_over_to_a_later_step_leaves_the_steps_between_their_time(town, relay, notify):  # noqa: F811
    for step, code in enumerate("PQRS", 1):
        mail_to(town, code, step=step)
    town.rule(escalate_s=30)
    notify(relay)
    town.call()
    town.wait_states("sent", "queued", "queued", "queued")
    assert answered(town, "P") and answered(town, "P", "handed_over", "S")
    liaison.wait_until(lambda: relay.to("s@riverside.example"), 10, "S is asked")
    liaison.wait_until(lambda: len(town.deliveries(state="queued")) == 2, 10, "Q and R are asked later")
    town.pg.execute("update notify.alert set released_at = released_at - interval '31 s'")
    told_before(town, 31)
    assert "unanswered" not in bad(town.pg), "Q and R were not told"


def answered(town, code, kind=None, to=None):
    """A contact takes the only alert, or gives it back or hands it over."""
    who = "(select {} from people.contact c where c.code = %s)"
    names = ", ".join(who.format(column) for column in ("name", "person_id", "contact_id"))
    if not kind:
        return town.pg.one(f"select notify.acknowledge(district_id, alert_id, {names}) from notify.alert", code, code, code)
    return town.pg.one(f"select notify.say(district_id, alert_id, '{kind}', {names}, {who.format('contact_id')}, null, 'x') "
                       "from notify.alert", code, code, code, to)


@pytest.mark.parametrize("kind, to", [("undone", None), ("handed_over", "Q"), ("left", None)])
def test_an_alert_that_somebody_had_is_unanswered_when_its_time_has_passed_again(town, relay, notify, kind, to):  # noqa: F811
    mail_to(town, "P", "Q")
    town.rule(escalate_s=30)
    notify(relay)
    town.call()
    town.wait_states("sent", "sent")
    town.pg.execute("update notify.delivery set next_at = next_at - interval '1 hour', sent_at = sent_at - interval '1 hour'")
    assert "unanswered" in bad(town.pg)
    assert answered(town, "P")
    assert "unanswered" not in bad(town.pg)
    if kind == "left":
        town.pg.execute("update people.role set to_at = now() where code = 'P'")
        liaison.wait_until(lambda: town.pg.one("select state = 'open' from notify.alert"), 10, "nobody has it")
    else:
        assert answered(town, "P", kind, to)
    assert "unanswered" not in bad(town.pg), "nobody has had time to answer"
    town.pg.execute("update notify.delivery set next_at = next_at - interval '1 hour', sent_at = sent_at - interval '1 hour'")
    assert "unanswered" not in bad(town.pg)
    town.pg.execute("update notify.alert set released_at = released_at - interval '31 s'")
    row, = health(town.pg, "unanswered")
    assert not row["ok"]
    assert town.pg.one("select now() - %s::timestamptz between interval '31 s' and interval '90 s'", row["since"]), \
        "since nobody has it"


# One view ------------------------------------------------------------------------------------------


def test_the_silence_of_each_agency_is_told(pg):
    heard = {"metro": 5, "fire": 100, "new": None}
    for slug, seconds in heard.items():
        agency = pg.agency(slug)
        if seconds:
            pg.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at) values "
                       "(%s, gen_random_uuid(), 1, 'live', now() - make_interval(secs => %s))", agency.id, seconds)
    assert {row["object"]: (row["ok"], bool(row["since"])) for row in health(pg, "agency")} == \
        {"metro": (True, True), "fire": (False, True), "new": (False, False)}


def test_it_holds_codes_and_never_whom_or_what(town, relay, gateway, notify):  # noqa: F811
    mail_to(town, "PAT", phone="+15550100001")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user pat@riverside.example")
    gateway.say("post", (400, json.dumps({"code": 21211, "message": "+15550100001 is no number"})))
    notify(relay, gateway)
    town.call()
    town.wait_states("failed", "failed")
    text = json.dumps(health(town.pg)).lower()
    assert "refused" in text
    for word in ("pat", "riverside.example", "5550100001", "main st", "no such"):
        assert word not in text


def test_doctor_and_status_ask_nothing_else_about_deliveries():
    for name in ("cmd_doctor.sql", "cmd_status.sql"):
        with open(f"{liaison.ROOT}/services/ctl/sql/{name}", encoding="utf-8") as file:
            text = re.sub(r"\('liaison_.*?\)", "", file.read())
        assert "notify.health()" in text
        assert not re.search(r"from notify\.(delivery|attempt|provider)", text)


def test_doctor_has_advice_for_each_check():
    with open(f"{liaison.ROOT}/services/ctl/cmd_doctor.c", encoding="utf-8") as file:
        table = re.search(r"health_checks\[\] = \{\n(.*?)\n\};", file.read(), re.S).group(1)
    assert set(re.findall(r'\{"[^"]+",\s*"(\w+)",', table)) == CHECKS


def test_status_shows_the_same_rows(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    relay.say("mail", "530 5.7.0 authentication required")
    notify(relay)
    town.call()
    wait_bad(town.pg, "provider", "tried")
    shown = ctl.ok("status", json_out=True)["deliveries"]
    assert {row["check"] for row in shown} == CHECKS - {"agency"}
    assert [row["detail"] for row in shown if row["check"] == "provider"] == \
        [{"processes": 1, "reasons": ["misconfigured"], "answers": ["smtp 530"]}]
