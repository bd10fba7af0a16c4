"""liaison-notify and relays and gateways that hang, refuse, close, answer late or answer nonsense: no
provider delays another, and what is said to be sent was sent."""

import time
from types import SimpleNamespace

import pytest

import liaison
from notify_lab import Gateway, Relay, fresh_gateway, fresh_relay, lab_settings
from notify_support import fresh_town

pytestmark = pytest.mark.needs("liaison-notify")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)

LIFE = {"class": "weapon", "type_code": "ACTSHOOT", "priority": 10}


@pytest.fixture
def notify(pg, daemon, config, secret):
    """notify(relay, gateway, **sections) starts liaison-notify with these as its providers."""
    def start(relay=None, gateway=None, **more):
        sections = lab_settings(pg, secret, relay, gateway, **more)
        made = daemon("liaison-notify", "--config", config("notify.ini", **sections))
        made.start()
        made.wait_log(r"event=db_up")
        return made
    return start


def schools(town, *codes):
    return [town.district.school(code, 40.0 + at / 10, -75.0, name=f"{code} High")
            for at, code in enumerate(codes, 1)]


def mail_to(town, code, **columns):
    town.district.contact(code, email=f"{code.lower()}@riverside.example", **columns)


def ended(town, error):
    """Waits until the first delivery has this error; returns it."""
    return liaison.wait_until(lambda: [row for row in town.deliveries()[:1] if row["error"] == error], 10,
                              f"a try ended as {error}", every=0.05)[0]


# One provider and another --------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["connect", "mail", "body"])
def test_a_relay_that_hangs_delays_no_text(town, relay, gateway, notify, stage):
    south, = schools(town, "SOUTH")
    for i in range(40):
        mail_to(town, f"N{i}", schools=[town.school])
    town.district.contact("S", phone="+15550100009", schools=[south])
    town.rule()
    relay.say(stage, "hang")
    notify(relay, gateway)
    town.call()
    liaison.wait_until(lambda: relay.sessions >= 8, 10, "all connections hang")
    town.call(schools=[south], school_id=south, **LIFE)
    begun = time.time()
    liaison.wait_until(lambda: gateway.texts, 2, "the text goes out")
    assert gateway.texts[0]["at"] - begun < 2 * liaison.PATIENCE


def test_a_relay_that_is_away_gets_probes_and_then_everything(town, notify, closing):
    """Its messages wait for the relay, not each for its own time."""
    port = liaison.free_port()
    for i in range(20):
        mail_to(town, f"N{i}")
    town.rule()

    one = notify(SimpleNamespace(port=port), retry={"base_s": 1, "most_s": 1, "poll_ms": 200})
    town.call()
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=unreachable")
    time.sleep(3)
    tries = [line for line in one.lines("event=delivery ") if "curl-7" in line]
    assert len(tries) < 8 + 2 + 5, "one probe a second, after what was on its way"
    relay = closing(Relay(port))
    town.wait_states(*["sent"] * 20)
    assert len(relay.mails) == 20
    one.wait_log(r"event=provider .*name=smtp .*state=up")
    times = [mail["at"] for mail in relay.mails]
    assert max(times) - min(times) < 2, "the first success lets all go"


def test_one_who_refuses_takes_no_relay_down(town, relay, notify):
    for code in ("GONE", "A", "B"):
        mail_to(town, code)
    town.rule()
    relay.say("rcpt", "550 5.1.1 no", to="gone@")
    one = notify(relay)
    town.call()
    liaison.wait_until(lambda: sorted(row["state"] for row in town.deliveries()) == ["failed", "sent", "sent"])
    assert one.lines("event=provider ") == []


def test_all_that_a_relay_deferred_is_due_when_it_takes_a_message_again(town, relay, notify):
    """It answered 451 to everybody. Nobody waits for a backoff of the time in which it did."""
    north, south, east = schools(town, "A", "B", "C")
    for i in range(5):
        mail_to(town, f"N{i}", schools=[north])
    mail_to(town, "S", schools=[south])
    mail_to(town, "E", schools=[east])
    town.rule()
    relay.say("rcpt", "451 4.3.0 try later")
    one = notify(relay, smtp={"connections": 1, "urgent_connections": 0}, retry={"base_s": 5})
    town.call(schools=[north], school_id=north)
    town.call(schools=[south], school_id=south, **LIFE)
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=deferred error=\"smtp 451\"", 20)
    liaison.wait_until(lambda: all(row["attempts"] == 2 for row in town.deliveries(state="queued")), 10,
                       "all were tried twice, and wait for 16 seconds at least")
    health = "from notify.health() where \"check\" = 'provider' and object = 'smtp'"
    said = "select ok, detail->'reasons', detail->'answers' " + health
    liaison.wait_until(lambda: town.pg.rows(said) == [(False, ["deferred"], ["smtp 451"])])
    relay.clear()
    town.call(schools=[east], school_id=east)
    town.wait_states(*["sent"] * 7)
    assert relay.mails[-1]["at"] - relay.mails[0]["at"] < 2 * liaison.PATIENCE
    assert [mail["to"][0] for mail in relay.mails[:2]] == ["e", "s"], "the most urgent goes first"
    assert len(relay.mails) == 7, "each once"
    one.wait_log(r"event=provider .*name=smtp .*state=up")
    liaison.wait_until(lambda: town.pg.one("select ok " + health))


def test_who_is_deferred_alone_keeps_the_backoff(town, relay, notify):
    """Three mailboxes are full, and the relay takes what goes to others."""
    north, south = schools(town, "A", "B")
    for code in ("F0", "F1", "F2"):
        mail_to(town, code, schools=[north])
    mail_to(town, "S", schools=[south])
    town.rule()
    relay.say("rcpt", "452 4.2.2 full", to="^f")
    one = notify(relay, retry={"base_s": 2})
    town.call(schools=[north], school_id=north)
    for number in range(1, 8):
        town.call(schools=[south], school_id=south)
        liaison.wait_until(lambda: len(relay.to("s@")) == number, 5)
        time.sleep(0.5)
    assert {row["attempts"] for row in town.deliveries(state="queued")} == {2}
    assert one.lines("event=provider ") == []


def test_who_was_deferred_before_the_relay_deferred_everybody_keeps_the_backoff(town, relay, notify):
    north, south, east = schools(town, "A", "B", "C")
    mail_to(town, "F", schools=[north])
    for code in ("S0", "S1", "S2"):
        mail_to(town, code, schools=[south])
    mail_to(town, "E", schools=[east])
    town.rule()
    relay.say("rcpt", "452 4.2.2 full", to="^f")
    one = notify(relay, retry={"base_s": 5})
    town.call(schools=[north], school_id=north)
    liaison.wait_until(lambda: town.deliveries(state="queued", attempts=2), 10, "the next try is 16 seconds away at least")
    town.call(schools=[east], school_id=east)
    liaison.wait_until(lambda: len(relay.mails) == 1)
    relay.say("rcpt", "451 4.3.0 try later")
    town.call(schools=[south], school_id=south)
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=deferred", 20)
    relay.clear()
    town.call(schools=[east], school_id=east)
    liaison.wait_until(lambda: len(relay.mails) >= 5, 5, "what it deferred since goes")
    assert not relay.to("f@")


def test_what_may_cost_a_life_looks_each_minute_whether_a_relay_defers_everybody_still(town, relay, notify):
    for code in ("A", "B", "C"):
        mail_to(town, code)
    town.rule()
    relay.say("rcpt", "451 4.3.0 try later")
    one = notify(relay, retry={"base_s": 1})
    town.call(**LIFE)
    line = one.wait_log(r"event=delivery .*try=4 .*reason=deferred", 25)
    assert int(line.split("next_ms=")[1].split()[0]) <= 6 * 1200, "six times base_s, and not sixteen times"


def test_nobody_waits_because_three_others_are_deferred(town, relay, notify):
    north, south = schools(town, "A", "B")
    for code in ("F0", "F1", "F2"):
        mail_to(town, code, schools=[north])
    mail_to(town, "S", schools=[south])
    town.rule()
    relay.say("data", "421 4.7.0 try again later", to="^f")
    one = notify(relay, retry={"base_s": 1})
    town.call(schools=[north], school_id=north)
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=deferred", 20)
    began = time.time()
    town.call(schools=[south], school_id=south)
    liaison.wait_until(lambda: relay.to("s@"), 10)
    assert relay.to("s@")[0]["at"] - began < 2 * liaison.PATIENCE
    one.wait_log(r"event=provider .*name=smtp .*state=up")


def test_stopping_waits_for_no_relay_that_hangs(town, relay, notify):
    for i in range(3):
        mail_to(town, f"N{i}")
    town.rule()
    relay.say("connect", "hang")
    one = notify(relay)
    town.call()
    liaison.wait_until(lambda: relay.sessions >= 3, 10, "three connections hang")
    began = time.monotonic()
    assert one.terminate() == 0
    assert time.monotonic() - began < 4 * liaison.PATIENCE
    assert {(row["state"], row["reason"]) for row in town.deliveries()} == {("queued", "internal")}


def test_a_name_that_cannot_be_found_delays_no_text_and_is_named(town, gateway, notify):
    mail_to(town, "P", phone="+15550100001")
    town.rule()
    one = notify(SimpleNamespace(port=25), gateway, smtp={"host": "relay.invalid"})
    town.call()
    liaison.wait_until(lambda: gateway.texts, 5, "the text goes out")
    one.wait_log(r"event=provider .*name=smtp .*state=down reason=unreachable error=\"smtp curl-6\"")


# Connections ---------------------------------------------------------------------------------------


def test_a_connection_whose_answer_is_late_is_not_used_again(town, relay, notify):
    north, south = schools(town, "A", "B")
    mail_to(town, "A", schools=[north])
    mail_to(town, "B", schools=[south])
    town.rule()
    relay.say("body", ("wait", 3, "250 kept"), 1, to="a@")
    notify(relay, smtp={"connections": 1, "urgent_connections": 0}, retry={"timeout_s": 2, "lease_s": 30})
    town.call(schools=[north], school_id=north)
    ended(town, "smtp curl-28")
    town.call(schools=[south], school_id=south)
    liaison.wait_until(lambda: relay.to("b@riverside.example"), 10)
    row = town.deliveries()[1]
    liaison.wait_until(lambda: town.deliveries()[1]["state"] == "sent")
    assert town.deliveries()[1]["attempts"] == 1, row["error"]


@pytest.mark.parametrize("action", ["421 4.4.2 idle for too long", "close", "reset"])
def test_an_idle_connection_that_the_relay_closed_costs_no_try(town, relay, notify, action):
    mail_to(town, "P")
    town.rule()
    relay.say("idle", action, 1)
    one = notify(relay, smtp={"connections": 1, "urgent_connections": 0})
    town.call("I-1")
    town.wait_states("sent")
    time.sleep(0.3)  # the relay has closed by now
    town.call("I-2")
    rows = town.wait_states("sent", "sent")
    assert [row["attempts"] for row in rows] == [1, 1] and relay.sessions == 2
    assert one.lines("event=provider ") == []


def test_a_connection_is_used_for_the_next_message(town, relay, notify):
    mail_to(town, "P")
    town.rule()
    notify(relay)
    for number in range(4):
        town.call()
        liaison.wait_until(lambda: len(town.deliveries(state="sent")) == number + 1)
    assert relay.sessions == 1 and len(relay.mails) == 4


def test_a_text_on_a_connection_that_is_reset_is_not_sent_again_in_silence(town, gateway, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify(None, gateway, sms={"connections": 1, "urgent_connections": 0}, retry={"unknown_s": 3600})
    town.call("I-1")
    town.wait_states("sent")
    gateway.say("post", ("keep", "reset"))
    town.call("I-2")
    liaison.wait_until(lambda: len(town.deliveries()) >= 2 and town.deliveries()[1]["error"])
    assert town.deliveries()[1]["reason"] == "no_answer"
    assert len(gateway.texts) == 2


# What an answer means ------------------------------------------------------------------------------


@pytest.mark.parametrize("stage, reason", [("connect", "deferred"), ("ehlo", "deferred"), ("mail", "deferred"),
                                           ("rcpt", "deferred"), ("data", "deferred"), ("body", "odd_answer")])
def test_nonsense_of_a_relay_is_not_waited_for_and_means_not_sent(town, relay, notify, stage, reason):
    mail_to(town, "P")
    town.rule()
    relay.say(stage, "<html>lol</html>\r\n", 1)
    notify(relay, retry={"base_s": 2})
    began = time.monotonic()
    town.call()
    row = ended(town, "smtp unreadable")
    assert (row["reason"], row["state"]) == (reason, "unknown" if stage == "body" else "queued")
    assert time.monotonic() - began < 5 * liaison.PATIENCE, "and not until the time limit"
    town.wait_states(*(["unknown", "sent"] if stage == "body" else ["sent"]))
    assert len(relay.mails) == 1


@pytest.mark.parametrize("answer", [(200, "<html>maintenance</html>"), (200, ""),
                                    (201, '{"status": "queued"}'), (504, "<html>504 Gateway Time-out")])
def test_an_answer_that_cannot_be_read_is_unknown_and_repeated_once(town, notify, closing, answer):
    gateway = closing(Gateway(lists=False))
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", answer))
    notify(None, gateway, retry={"unknown_s": 1, "most_s": 1})
    town.call()
    for row in town.wait_states("unknown", "unknown"):
        assert (row["reason"], row["error"]) == ("odd_answer", f"http {answer[0]}")
    assert len(gateway.texts) == 2


def test_a_text_that_the_gateway_kept_is_found_and_not_sent_again(town, gateway, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", (504, "<html>504 Gateway Time-out")), 1)
    notify(None, gateway, retry={"unknown_s": 1, "most_s": 1})
    town.call()
    row = town.wait_states("unknown", "sent")[1]
    assert [text["sid"] for text in gateway.texts] == [row["provider_id"]]


def test_a_text_is_not_taken_for_another_that_says_the_same(town, gateway, notify):
    """A call is told of, withdrawn and told of again in the same words, and the last text was lost."""
    town.district.contact("P", phone="+15550100001")
    town.rule()
    notify(None, gateway, retry={"unknown_s": 1, "most_s": 1})
    number = town.call()
    town.wait_states("sent")
    town.call(number, sensitivity="sealed")
    town.wait_states("sent", "sent")
    gateway.say("post", "reset", 1)
    town.call(number, sensitivity="open")
    rows = town.wait_states("sent", "sent", "unknown", "sent")
    assert [text["sid"] for text in gateway.texts] == [row["provider_id"] for row in rows if row["provider_id"]]


def test_a_text_is_not_sent_again_while_nobody_can_be_asked(town, gateway, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", ("keep", "reset"), 1)
    gateway.say("list", (503, "<html>"), 2)
    notify(None, gateway, retry={"unknown_s": 1, "most_s": 1})
    town.call()
    row = town.wait_states("unknown", "sent")[1]
    assert len(gateway.texts) == 1 and row["attempts"] == 3


@pytest.mark.parametrize("answer, reason, state", [
    ((201, '{"sid": "SM1", "status": "failed", "error_code": 30006}'), "refused", "failed"),
    ((400, '{"code": 21610}'), "opted_out", "failed"),
    ((400, '{"code": 21606}'), "misconfigured", "queued"),
    ((401, '{"code": 20003}'), "misconfigured", "queued"),
    ((400, '{"code": 21617}'), "misconfigured", "queued"),
])
def test_who_is_at_fault_decides_whether_it_is_final(town, gateway, notify, answer, reason, state):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", answer)
    notify(None, gateway, retry={"base_s": 1, "most_s": 1})
    town.call()
    liaison.wait_until(lambda: town.deliveries() and town.deliveries()[0]["reason"] == reason)
    if state == "failed":
        town.wait_states("failed")
        return
    liaison.wait_until(lambda: town.deliveries()[0]["attempts"] > 2, 10, "it is tried again")
    gateway.clear()
    town.wait_states("sent")


# Rates ---------------------------------------------------------------------------------------------


def test_a_gateway_with_a_limit_takes_all_in_time_and_few_are_refused(town, notify, closing):
    gateway = closing(Gateway(rate=5))
    for i in range(10):
        town.district.contact(f"N{i}", phone=f"+1555010{i:04d}")
    town.rule()
    one = notify(None, gateway, retry={"base_s": 10})
    began = time.time()
    for _ in range(5):
        town.call()
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) == 50, 40, "all are sent", every=0.1)
    assert max(text["at"] for text in gateway.texts) - began < 20 * liaison.PATIENCE
    assert len(gateway.texts) == 50 and gateway.requests < 80
    assert one.lines("event=provider ") == [], "a gateway that asks for a rest is not down"


def test_a_gateway_that_wants_a_rest_without_end_is_tried_with_what_is_urgent(town, gateway, notify):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", (429, '{"code": 20429}', {"Retry-After": "999999999"}), 2)
    notify(None, gateway)
    town.call(priority=2, type_code="TRAFFIC", **{"class": "traffic"})
    liaison.wait_until(lambda: [row["reason"] for row in town.deliveries()] == ["rate_limited"])
    town.call(**LIFE)
    assert "ACTIVE SHOOTER" in liaison.wait_until(lambda: gateway.texts, 15, "what is urgent is sent")[0]["body"].upper()
    town.wait_states("queued", "sent")
    assert (len(gateway.texts), gateway.requests) == (1, 3), "what is not urgent waits"


def test_the_configured_rate_is_kept(town, gateway, notify):
    for i in range(8):
        town.district.contact(f"N{i}", phone=f"+1555010{i:04d}")
    town.rule()
    notify(None, gateway, sms={"per_second": 2})
    town.call()
    town.wait_states(*["sent"] * 8, timeout=20)
    times = sorted(text["at"] for text in gateway.texts)
    assert times[-1] - times[0] > 2.5, "two at once, and two in each second"


# What may cost a life ------------------------------------------------------------------------------


def test_what_may_cost_a_life_overtakes_all_that_waits_for_a_slow_relay(town, relay, gateway, notify):
    north, south = schools(town, "A", "B")
    mail_to(town, "N", schools=[north])
    mail_to(town, "S", phone="+15550100009", schools=[south])
    town.rule()
    relay.say("body", ("wait", 1, "keep 250 kept"))
    town.pg.execute("update district.district set alert_budget = 0")
    notify(relay, gateway)
    for _ in range(60):
        town.call(schools=[north], school_id=north, priority=2, type_code="TRAFFIC", **{"class": "traffic"})
    town.wait_drained()
    began = time.time()
    town.call("LIFE", schools=[south], school_id=south, priority=10, type_code="ACTSHOOT", **{"class": "weapon"})
    liaison.wait_until(lambda: relay.to("s@riverside.example") and gateway.texts, 20)
    assert relay.to("s@riverside.example")[0]["at"] - began < 2.5 * liaison.PATIENCE
    assert gateway.texts[0]["at"] - began < 2 * liaison.PATIENCE
    assert len(town.deliveries(state="queued")) > 10, "the others still wait"


def test_what_may_cost_a_life_overtakes_at_a_gateway_with_a_limit(town, notify, closing):
    gateway = closing(Gateway(rate=5))
    north, south = schools(town, "A", "B")
    for i in range(20):
        town.district.contact(f"N{i}", phone=f"+1555010{i:04d}", schools=[north])
    town.district.contact("S", phone="+15550990009", schools=[south])
    town.rule()
    notify(None, gateway, retry={"base_s": 10})
    for _ in range(5):
        town.call(schools=[north], school_id=north, priority=2, type_code="TRAFFIC", **{"class": "traffic"})
    town.wait_drained()
    began = time.time()
    town.call("LIFE", schools=[south], school_id=south, priority=10, type_code="ACTSHOOT", **{"class": "weapon"})
    sent = liaison.wait_until(lambda: [text for text in gateway.texts if text["to"] == "+15550990009"], 30)
    assert sent[0]["at"] - began < 3 * liaison.PATIENCE
    assert len(town.deliveries(state="queued")) > 20, "the others still wait"


@pytest.mark.parametrize("before", [[], ["STOP"]])
def test_a_number_that_wants_texts_again_is_texted_of_the_open_call(town, gateway, notify, before):
    """The gateway refused a text of it meanwhile, and may be the only one that knew."""
    town.district.contact("P", phone="+15550100001")
    town.rule()
    gateway.say("post", (400, '{"code": 21610, "message": "unsubscribed"}'), 1)
    notify(gateway=gateway)
    town.call()
    town.wait_states("failed")
    for number, word in enumerate([*before, "START"]):
        town.pg.execute("select notify.take_text('twilio', %s, '+15550100001', %s)", str(number), word)
        town.wait_drained()
    town.wait_states("failed", "sent")
    town.pg.execute("select notify.take_text('twilio', 'again', '+15550100001', 'START')")
    assert town.drained() and len(gateway.texts) == 1, "the second one opens nothing"
    assert town.pg.one("select count(*) from liaison.audit where action = 'texts.start'") == 1
