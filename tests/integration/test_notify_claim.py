"""liaison-notify: a message that was claimed ahead and waits for a slow relay keeps its turn, counts as no try, and
says what is so when it is sent."""

import time

import pytest

import liaison
from notify_lab import fresh_relay, lab_settings
from notify_support import fresh_town

pytestmark = pytest.mark.needs("liaison-notify")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)

SHOOTER = {"class": "weapon", "type_code": "ACTSHOOT", "priority": 10}
NOISE = {"class": "disturbance", "type_code": "NOISE", "priority": 3}
AT_ONCE = 8  # mails that are not urgent: connections of [smtp]


@pytest.fixture
def notify(pg, relay, daemon, config, secret):
    def start(**more):
        made = daemon("liaison-notify", "--config", config("notify.ini", **lab_settings(pg, secret, relay, **more)))
        made.start()
        made.wait_log(r"event=db_up")
        return made
    return start


@pytest.fixture
def south(town):
    """Another school, with 60 contacts."""
    made = town.district.school("SOUTH", 40.1, -75.0, name="South High")
    people(town, "s", 60, made)
    return {"schools": [made], "school_id": made}


def people(town, prefix, count, school):
    for i in range(count):
        town.district.contact(f"{prefix}{i}", email=f"{prefix}{i}@riverside.example", schools=[school])


def slow_down(town, relay, count, seconds):
    """A relay that took mails quickly, so that notify claims ahead, takes its time from now on."""
    town.call(**NOISE)
    liaison.wait_until(lambda: len(relay.mails) == count, 20, "the relay is quick")
    town.wait_states(*["sent"] * count)
    relay.mails.clear()
    relay.say("body", ("wait", seconds, None))


def wait_claimed(town, count):
    liaison.wait_until(lambda: len(town.deliveries(state="sending")) == count, 10, "they are claimed", every=0.005)


def all_told(relay, prefix, count, timeout=20):
    """When the last of these got a first mail."""
    def times():
        first = {}
        for mail in list(relay.mails):
            if mail["to"].startswith(prefix):
                first.setdefault(mail["to"], mail["at"])
        return len(first) == count and max(first.values())
    return liaison.wait_until(times, timeout, f"all of {prefix} are told", every=0.05)


def before(relay, prefix, at):
    return len([mail for mail in list(relay.mails) if mail["to"].startswith(prefix) and mail["at"] < at])


def test_a_later_alert_overtakes_no_message_that_was_claimed_ahead(pg, town, relay, notify, south):
    people(town, "n", 20, town.school)
    town.rule()
    one = notify()
    slow_down(town, relay, 20, 1.5)
    town.call(**SHOOTER)
    wait_claimed(town, 20)
    town.call(**SHOOTER, **south)
    last = all_told(relay, "n", 20)
    assert before(relay, "s", last) <= AT_ONCE, "what was claimed ahead keeps its turn"
    assert one.lines("level=warn|reason=provider_down") == [], "the provider is up"
    assert pg.counter("retried_email", service="notify") == 0
    assert pg.rows("select distinct outcome from notify.attempt where ended_at is not null") == [("sent",)]
    assert {row["attempts"] for row in town.deliveries(state="sent")} == {1}


@pytest.mark.parametrize("change", ["cancelled", "sealed", "moved"])
def test_a_message_that_was_claimed_ahead_says_nothing_that_is_not_so_any_more(town, relay, notify, south, change):
    people(town, "n", 2 * AT_ONCE, town.school)
    town.rule()
    notify()
    slow_down(town, relay, 2 * AT_ONCE, 0.9)
    number = town.call(**NOISE)
    wait_claimed(town, 2 * AT_ONCE)
    changes = {"cancelled": {"status": "cancelled"}, "sealed": {"sensitivity": "sealed"}, "moved": south}[change]
    town.call(number, **NOISE, **changes)
    told = liaison.wait_until(lambda: len({mail["to"] for mail in relay.mails if mail["to"][0] == "n"}) >= AT_ONCE, 10)
    liaison.wait_until(lambda: len([mail for mail in relay.mails if mail["to"][0] == "n"]) >= 2 * AT_ONCE, 10,
                       "who was told is told that it is not so any more")
    time.sleep(1)
    assert told and len({mail["to"] for mail in relay.mails if mail["to"][0] == "n"}) == AT_ONCE


def test_a_first_message_that_is_given_back_goes_before_a_later_alert(town, relay, notify, south):
    people(town, "n", 2 * AT_ONCE, town.school)
    town.rule()
    notify()
    slow_down(town, relay, 2 * AT_ONCE, 1.5)
    number = town.call(**NOISE)
    wait_claimed(town, 2 * AT_ONCE)
    town.call(number, **NOISE, address="700 ELM ST")
    liaison.wait_until(lambda: town.deliveries(kind="update"), 5, "the update is planned", every=0.005)
    town.call(**NOISE, **south)
    last = all_told(relay, "n", 2 * AT_ONCE)
    assert before(relay, "s", last) <= AT_ONCE
