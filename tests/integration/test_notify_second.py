"""liaison-notify with two providers of a channel: the second carries messages while the first is down,
silent or loses them, and takes what is urgent when the first has no room. Nobody is told twice for it."""

import json
import subprocess
import time
from types import SimpleNamespace

import pytest

import liaison
from ctl_support import fresh_ctl
from notify_lab import Relay, fresh_gateway, fresh_relay, lab_settings
from notify_support import fresh_sandbox, fresh_town

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
relay = pytest.fixture(name="relay")(fresh_relay)
relay2 = pytest.fixture(name="relay2")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
gateway2 = pytest.fixture(name="gateway2")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(fresh_ctl)

LIFE = {"class": "weapon", "type_code": "ACTSHOOT", "priority": 10}


@pytest.fixture
def notify(pg, daemon, config, secret):
    """notify(relays=(first, second), gateways=(first, second), **sections) starts liaison-notify with these."""
    def start(relays=(None, None), gateways=(None, None), **more):
        sections = lab_settings(pg, secret, relays[0], gateways[0], **more)
        if relays[1]:
            sections["smtp2"] = {"host": "127.0.0.1", "port": relays[1].port, "tls": "none"}
        if gateways[1]:
            sections["sms2"] = sections["sms"] | {"provider": "twilio", "url": gateways[1].url, "account": "ACtwo", "from": "+15550200000"}
        made = daemon("liaison-notify", "--config", config("notify.ini", **sections))
        made.start()
        made.wait_log(r"event=db_up")
        return made
    return start


def mail_to(town, *codes, **columns):
    for code in codes:
        town.district.contact(code, email=f"{code.lower()}@riverside.example", **columns)


def text_to(town, count, **columns):
    for i in range(count):
        town.district.contact(f"N{i}", phone=f"+1555010{i:04d}", **columns)


def dead():
    """A relay that nobody is."""
    return SimpleNamespace(port=liaison.free_port())


def providers_of(town):
    """By which provider each delivery was sent, in order."""
    return town.pg.rows("select d.delivery_id, t.provider from notify.delivery d join notify.attempt t "
                        "using (district_id, delivery_id) where t.outcome = 'sent' order by 1, t.attempt")


def providers_found(pg):
    """What notify.health() says of providers."""
    return [row[0] for row in pg.rows("select to_jsonb(h) from notify.health() h where \"check\" = 'provider' "
                                      "order by object")]


def receipts(pg, provider, states, ago="0 s"):
    """As if the provider had taken so many messages just now, and this was said of them. They belong to a call of
    which nothing else is left to tell."""
    pg.execute("update notify.delivery set state = 'sent' where state <> 'sent'")
    for number, state in enumerate(states):
        pg.execute(
            "with d as (insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, attempts, "
            "  message_id, round) select district_id, alert_id, contact_id, channel, kind, 'sent', 1, message_id || %s, 0 "
            "  from notify.delivery order by delivery_id limit 1 returning district_id, delivery_id), "
            "t as (insert into notify.attempt (district_id, delivery_id, attempt, worker, provider, outcome, began_at) "
            "  select district_id, delivery_id, 1, gen_random_uuid(), %s, 'sent', now() - %s::interval from d) "
            "insert into notify.receipt (district_id, delivery_id, attempt, provider, state, kind, code, part, parts) "
            "select district_id, delivery_id, 1, 'twilio', %s, '', '', 1, 1 from d",
            f"-{number}-{time.time()}", provider, ago, state)


# A first provider that is down ----------------------------------------------------------------------


def test_the_second_relay_carries_at_once_what_the_first_does_not_take(town, relay2, notify):
    mail_to(town, *(f"N{i}" for i in range(20)))
    town.rule()
    one = notify((dead(), relay2))
    began = time.time()
    town.call()
    town.wait_states(*["sent"] * 20)
    assert max(mail["at"] for mail in relay2.mails) - began < 2 * liaison.PATIENCE
    assert len(relay2.mails) == len({mail["id"] for mail in relay2.mails}) == 20
    assert {name for _, name in providers_of(town)} == {"smtp2"}
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=unreachable")
    assert not one.lines("name=smtp2 .*state=down")


def test_the_second_carries_nothing_while_the_first_is_well(town, relay, relay2, gateway, gateway2, notify):
    mail_to(town, *(f"N{i}" for i in range(10)))
    town.district.contact("P", phone="+15550100099")
    town.rule()
    notify((relay, relay2), (gateway, gateway2))
    for _ in range(3):
        town.call()
    town.wait_states(*["sent"] * 33)
    assert len(relay.mails) == 30 and len(gateway.texts) == 3
    assert not relay2.mails and not gateway2.texts


@pytest.mark.parametrize("answer", [(503, '{"code": 20503}'), (401, '{"code": 20003}')])
def test_the_second_gateway_carries_what_the_first_refuses(town, gateway, gateway2, notify, answer):
    text_to(town, 10)
    town.rule()
    gateway.say("post", answer)
    notify(gateways=(gateway, gateway2))
    began = time.time()
    town.call()
    town.wait_states(*["sent"] * 10)
    assert not gateway.texts and len(gateway2.texts) == 10
    assert max(text["at"] for text in gateway2.texts) - began < 2 * liaison.PATIENCE
    assert {name for _, name in providers_of(town)} == {"twilio2"}


def test_the_second_relay_carries_what_a_first_that_defers_everybody_put_off(town, relay, relay2, notify):
    mail_to(town, *(f"N{i}" for i in range(5)))
    town.rule()
    relay.say("rcpt", "451 4.3.0 try later")
    one = notify((relay, relay2), retry={"base_s": 3})
    town.call()
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=deferred", 20)
    began = time.time()
    town.wait_states(*["sent"] * 5)
    assert max(mail["at"] for mail in relay2.mails) - began < 2 * liaison.PATIENCE
    town.call()
    town.wait_states(*["sent"] * 10)
    assert len(relay2.mails) == 10 and not relay.mails
    assert not one.lines("name=smtp2 .*state=down")


def test_the_first_carries_again_when_it_is_back(town, relay2, notify, closing):
    port = liaison.free_port()
    mail_to(town, "P")
    town.rule()
    one = notify((SimpleNamespace(port=port), relay2), retry={"base_s": 1, "most_s": 1})
    town.call()
    town.wait_states("sent")
    relay = closing(Relay(port))

    def carried():
        town.call()
        return one.lines("name=smtp .*state=up")
    liaison.wait_until(carried, 15, "a probe finds the first well", every=0.3)
    liaison.wait_until(lambda: not town.deliveries(state="queued") and not town.deliveries(state="sending"))
    before = len(relay2.mails)
    for _ in range(5):
        town.call()
    liaison.wait_until(lambda: len(relay.mails) >= 5)
    liaison.wait_until(lambda: not town.deliveries(state="queued") and not town.deliveries(state="sending"))
    assert len(relay2.mails) == before
    assert len(relay.mails) + len(relay2.mails) == len(town.deliveries(state="sent")), "each once"


def test_what_may_cost_a_life_is_no_probe_while_the_second_carries(town, relay2, notify):
    mail_to(town, "P")
    town.rule()
    notify((dead(), relay2), retry={"base_s": 1, "most_s": 1})
    town.call()
    town.wait_states("sent")
    time.sleep(1.5)
    for number in range(2, 5):
        town.call(**LIFE)
        town.wait_states(*["sent"] * number)
        time.sleep(0.6)
    assert [row["attempts"] for row in town.deliveries()][1:] == [1, 1, 1]


@pytest.mark.parametrize("stage", ["connect", "body"])
def test_a_silent_relay_is_passed_by_before_its_time_is_up(town, relay, relay2, notify, stage):
    mail_to(town, "P")
    town.rule()
    relay.say(stage, "hang")
    notify((relay, relay2))
    town.call()
    liaison.wait_until(lambda: relay.sessions, 10)
    time.sleep(5.5)
    began = time.time()
    town.call()
    liaison.wait_until(lambda: relay2.mails, 10, "the second carries")
    assert relay2.mails[0]["at"] - began < 2 * liaison.PATIENCE


def test_what_is_urgent_waits_for_no_relay_whose_connections_all_hang(town, relay, relay2, notify):
    mail_to(town, *(f"N{i}" for i in range(12)))
    town.rule()
    relay.say("connect", "hang")
    notify((relay, relay2), smtp={"connections": 1, "urgent_connections": 1})
    began = time.time()
    town.call(**LIFE)
    liaison.wait_until(lambda: len(relay2.mails) >= 8, 10, "the second takes what the first has no room for")
    assert relay2.mails[0]["at"] - began < 2 * liaison.PATIENCE


def test_while_both_are_down_nothing_is_lost_and_all_goes_when_one_is_back(town, notify, closing):
    ports = liaison.free_port(), liaison.free_port()
    mail_to(town, *(f"N{i}" for i in range(10)))
    town.rule()
    one = notify([SimpleNamespace(port=port) for port in ports], retry={"base_s": 1, "most_s": 1})
    town.call()
    one.wait_log(r"event=provider .*name=smtp .*state=down")
    one.wait_log(r"event=provider .*name=smtp2 .*state=down")
    time.sleep(2)
    assert {row["state"] for row in town.deliveries()} <= {"queued", "sending"}
    second = closing(Relay(ports[1]))
    town.wait_states(*["sent"] * 10)
    assert len(second.mails) == len({mail["id"] for mail in second.mails}) == 10


# Limits ---------------------------------------------------------------------------------------------


def test_what_is_urgent_overflows_when_the_first_wants_a_rest(town, gateway, gateway2, notify):
    text_to(town, 6)
    town.rule()
    gateway.say("post", (429, '{"code": 20429}', {"Retry-After": "60"}), 1)
    notify(gateways=(gateway, gateway2), sms={"connections": 1, "urgent_connections": 0})
    town.call(priority=2, type_code="TRAFFIC", **{"class": "traffic"})
    liaison.wait_until(lambda: any(row["reason"] == "rate_limited" for row in town.deliveries()))
    time.sleep(1)
    assert not gateway2.texts, "what is not urgent waits"
    town.call(**LIFE)
    liaison.wait_until(lambda: len(gateway2.texts) == 6, 10, "what is urgent goes by the second")
    assert len(town.deliveries(state="queued")) >= 5
    assert gateway.requests == 1, "the first has its rest"


# Ends that nobody knows -----------------------------------------------------------------------------


def test_a_text_that_the_first_may_have_is_asked_about_there_while_it_is_up(town, gateway, gateway2, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", "reset"), 1)
    notify(gateways=(gateway, gateway2), retry={"unknown_s": 3, "most_s": 1})
    town.call()
    liaison.wait_until(lambda: town.deliveries(state="unknown"))
    town.district.contact("Q", phone="+15550100002")
    liaison.wait_until(lambda: gateway.to("+15550100002") or gateway2.to("+15550100002"), 10)
    town.call()
    liaison.wait_until(lambda: len([row for row in town.deliveries(state="sent")]) == 4, 20)
    liaison.wait_until(lambda: not town.deliveries(state="queued"))
    bodies = [text["body"].split("http")[0] for text in gateway.to("+15550100001") + gateway2.to("+15550100001")]
    assert len(bodies) == 2, "one for each call"


def test_a_text_that_the_first_may_have_goes_once_by_the_second_if_it_stays_away(town, gateway, gateway2, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", "reset"))
    gateway.say("list", (503, "<html>"))
    notify(gateways=(gateway, gateway2), retry={"unknown_s": 2, "base_s": 100, "most_s": 100})
    began = time.time()
    town.call()
    liaison.wait_until(lambda: gateway2.texts, 15, "the second repeats it")
    assert gateway2.texts[0]["at"] - began > 1.5, "not before unknown_s"
    assert gateway2.texts[0]["at"] - began < 4 * liaison.PATIENCE
    town.wait_states("unknown", "sent")
    time.sleep(3)
    assert len(gateway.texts) == len(gateway2.texts) == 1
    assert providers_of(town)[-1][1] == "twilio2"


def test_a_first_that_cannot_say_whether_it_has_a_text_is_asked_before_the_second_repeats_it(
        town, gateway, gateway2, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", "reset"), 1)
    gateway.say("list", (503, "<html>"))
    notify(gateways=(gateway, gateway2), retry={"unknown_s": 2, "base_s": 1, "most_s": 1})
    town.call()
    row = town.wait_states("unknown", "sent", timeout=20)[1]
    assert [name for name, in town.pg.rows("select provider from notify.attempt where delivery_id = %s order by attempt",
                                           row["delivery_id"])] == ["twilio", "twilio2"]
    assert len(gateway.texts) == len(gateway2.texts) == 1


def test_a_text_that_the_second_may_have_is_asked_about_there_when_the_first_is_back(town, gateway, gateway2, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", (503, '{"code": 20503}'), 1)
    gateway2.say("post", ("keep", (502, "<html>")), 1)
    notify(gateways=(gateway, gateway2), retry={"unknown_s": 4, "most_s": 1})
    town.call()
    liaison.wait_until(lambda: town.deliveries(state="unknown"))
    town.district.contact("Q", phone="+15550100002")
    liaison.wait_until(lambda: [row for row in town.deliveries(state="sent")], 15, "somebody else is told")
    town.wait_states("unknown", "sent", "sent", timeout=20)
    assert len(gateway.to("+15550100001") + gateway2.to("+15550100001")) == 1, "it was found, and not repeated"


def test_a_mail_of_unknown_end_goes_by_the_second_under_the_same_id(town, relay, relay2, notify):
    mail_to(town, "P")
    town.rule()
    relay.say("body", "keep close")
    notify((relay, relay2))
    town.call()
    town.wait_states("unknown", "sent")
    assert len(relay.mails) == len(relay2.mails) == 1 and relay.mails[0]["id"] == relay2.mails[0]["id"]


def lose_it(town, one, server):
    """The process is killed once the server hangs with the message in hand, and its lease runs out."""
    liaison.wait_until(lambda: not any(step["count"] for step in server.steps), 10, "the server hangs")
    one.kill9()
    town.pg.execute("update notify.delivery set lease_until = now() - interval '1 min' where state = 'sending'")


def test_after_a_kill_a_mail_goes_by_the_relay_that_cannot_have_lost_it(town, relay, relay2, notify):
    """The first is up as far as the new process knows."""
    mail_to(town, "P")
    town.rule()
    relay.say("body", "hang", 1)
    one = notify((relay, relay2))
    town.call()
    lose_it(town, one, relay)
    notify((relay, relay2))
    lost, again = town.wait_states("unknown", "sent", timeout=20)
    assert relay.mails == [] and [mail["id"] for mail in relay2.mails] == [f"<{lost['message_id']}>"]
    assert providers_of(town) == [(again["delivery_id"], "smtp2")]


def test_after_a_kill_a_mail_goes_by_the_same_relay_if_the_other_is_down(town, relay, notify):
    mail_to(town, "P")
    town.rule()
    relay.say("body", "hang", 1)
    one = notify((relay, dead()))
    town.call()
    lose_it(town, one, relay)
    notify((relay, dead()))
    lost, _ = town.wait_states("unknown", "sent", timeout=20)
    assert [mail["id"] for mail in relay.mails] == [f"<{lost['message_id']}>"]


def test_after_a_kill_a_text_is_asked_about_at_the_gateway_that_may_have_it(town, gateway, gateway2, notify):
    text_to(town, 1)
    town.rule()
    gateway.say("post", ("keep", "hang"), 1)
    one = notify(gateways=(gateway, gateway2), retry={"unknown_s": 1})
    town.call()
    liaison.wait_until(lambda: gateway.texts)
    lose_it(town, one, gateway)
    notify(gateways=(gateway, gateway2), retry={"unknown_s": 1})
    town.wait_states("unknown", "sent", timeout=20)
    assert len(gateway.texts) == 1 and gateway2.texts == []


def test_a_text_at_a_gateway_that_cannot_be_asked_goes_by_the_other(town, sandbox, gateway2, notify):
    text_to(town, 1)
    town.rule()
    sandbox.fault(sms="drop", count=1)
    notify(gateways=(SimpleNamespace(url=f"{sandbox.sms}/cgi-bin/sendsms"), gateway2), sms={"provider": "kannel"},
           retry={"unknown_s": 4, "base_s": 1, "most_s": 1})
    town.call()
    liaison.wait_until(lambda: gateway2.texts, 20, "Twilio repeats what Kannel may have lost")
    town.wait_states("unknown", "sent")
    assert len(sandbox.texts()) == 1 and providers_of(town)[-1][1] == "twilio2"


# Receipts -------------------------------------------------------------------------------------------


def test_a_first_provider_that_loses_messages_is_passed_by_until_they_arrive_again(town, gateway, gateway2, notify):
    text_to(town, 1)
    town.rule()
    one = notify(gateways=(gateway, gateway2))
    town.call()
    town.wait_states("sent")
    receipts(town.pg, "twilio", ["failed"] * 4 + ["delivered"] * 2)
    time.sleep(3)
    town.call(**LIFE)
    liaison.wait_until(lambda: len(gateway.texts) == 2, 10, "four are too few to tell")
    receipts(town.pg, "twilio", ["failed"] * 3)
    one.wait_log(r"event=provider_receipts channel=sms name=twilio state=not_arriving")
    town.call(**LIFE)
    liaison.wait_until(lambda: gateway2.texts, 10, "the second carries")
    assert len(gateway.texts) == 2
    assert [(row["object"], row["ok"], row["detail"].get("undelivered")) for row in providers_found(town.pg)] == [
        ("twilio", False, 7), ("twilio2", True, None)]
    receipts(town.pg, "twilio", ["delivered"] * 6)
    one.wait_log(r"event=provider_receipts channel=sms name=twilio state=arriving")
    town.call(**LIFE)
    liaison.wait_until(lambda: len(gateway.texts) == 3, 10, "the first carries again")


def test_a_provider_that_loses_messages_gets_one_now_and_then_to_see(town, gateway, gateway2, notify):
    text_to(town, 4)
    town.rule()
    one = notify(gateways=(gateway, gateway2))
    town.call(priority=2, type_code="TRAFFIC", **{"class": "traffic"})
    liaison.wait_until(lambda: len(gateway.texts) == 4)
    receipts(town.pg, "twilio", ["failed"] * 6)
    one.wait_log(r"event=provider_receipts .*name=twilio state=not_arriving")
    town.call(priority=2, type_code="TRAFFIC", **{"class": "traffic"})
    liaison.wait_until(lambda: len(gateway.texts) + len(gateway2.texts) == 8)
    assert len(gateway.texts) == 5 and len(gateway2.texts) == 3


@pytest.mark.parametrize("states, lost", [
    (["failed"] * 4, False), (["failed"] * 5, True), (["failed"] * 5 + ["delivered"] * 4, True),
    (["failed"] * 5 + ["delivered"] * 5, False), (["failed"] * 20 + ["delivered"] * 10, False),
])
def test_when_a_provider_counts_as_losing_messages(town, gateway, notify, states, lost):
    text_to(town, 1)
    town.rule()
    notify(gateways=(gateway, None))
    town.call()
    town.wait_states("sent")
    receipts(town.pg, "twilio", states)
    assert bool(town.pg.rows("select * from notify.not_arriving()")) == lost
    town.pg.execute("update notify.attempt set began_at = began_at - interval '31 minutes'")
    assert not town.pg.rows("select * from notify.not_arriving()")


def test_mail_without_a_bounce_has_arrived(town, relay, notify):
    mail_to(town, *(f"N{i}" for i in range(12)))
    town.rule()
    notify((relay, None))
    town.call()
    town.wait_states(*["sent"] * 12)
    bounced = "select count(*) from (select notify.take_bounce(split_part(message_id, '@', 1), 'failed', '', '5.1.1') " \
              "from notify.delivery order by delivery_id limit %s) b"
    town.pg.one(bounced, 6)
    assert not town.pg.rows("select * from notify.not_arriving()"), "half of them"
    town.pg.one(bounced, 7)
    assert [row[0] for row in town.pg.rows("select name from notify.not_arriving()")] == ["smtp"]


# What people see ------------------------------------------------------------------------------------


def test_doctor_and_why_name_both_and_the_heart_beats_on(town, relay2, notify, ctl):
    mail_to(town, "P")
    town.rule()
    one = notify((dead(), relay2))
    number = town.call()
    town.wait_states("sent")
    one.wait_log(r"event=provider .*name=smtp .*state=down")
    liaison.wait_until(lambda: [(row["object"], row["ok"]) for row in providers_found(town.pg)]
                       == [("smtp", False), ("smtp2", True)], 10)
    found = {row["check"]: row["found"] for row in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert len(found["providers are up"]) == 1 and "email: smtp is down since" in found["providers are up"][0]
    path = ctl.ok("why", "metro", number, json_out=True)
    tries = [row["detail"] for row in path if row["step"] == "try"]
    assert [(row["provider"], row["outcome"]) for row in tries] == [("smtp", "queued"), ("smtp2", "sent")]


def test_a_dead_first_relay_holds_the_heartbeat_back_only_with_the_second(town, notify, closing):
    ports = liaison.free_port(), liaison.free_port()
    second = closing(Relay(ports[1]))
    mail_to(town, "P")
    town.rule()
    notify([SimpleNamespace(port=port) for port in ports], retry={"base_s": 1, "most_s": 1})
    town.call()
    town.wait_states("sent")
    with open(f"{liaison.ROOT}/services/notify/sql/watch.sql", encoding="utf-8") as file:
        failing = file.read().split("-- name: ")[1].split("\n", 1)[1].replace("%", "%%")  # watch_failing
    liaison.wait_until(lambda: [row["ok"] for row in providers_found(town.pg)] == [False, True], 10)
    assert town.pg.one(failing) is None
    second.say("mail", "451 4.3.0 later")
    town.call()
    liaison.wait_until(lambda: "provider" in (town.pg.one(failing) or ""), 10, "both are down")


@pytest.mark.parametrize("sections, what", [
    ({"smtp2": {"host": "127.0.0.1"}}, "smtp.host"),
    ({"smtp": {"host": "127.0.0.1"}, "smtp2": {"host": "127.0.0.1", "tls": "ssl"}}, "smtp2.tls"),
    ({"sms2": {"provider": "twilio"}}, "sms2"),
    ({"sms2": {"provider": "carrier pigeon"}}, "sms2.provider"),
])
def test_settings_that_cannot_be_are_refused_by_name(pg, config, sections, what):
    made = {"database": {"conninfo": pg.conninfo("notify")}, "smtp": {},
            "links": {"base_url": "https://liaison.riverside.example"}} | sections
    done = subprocess.run([liaison.program("liaison-notify"), "--config", config("notify.ini", **made), "--check"],
                          capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 2 and f"liaison-notify: {what} " in done.stderr
