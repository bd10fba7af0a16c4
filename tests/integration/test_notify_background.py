"""The second database session of liaison-notify: whatever becomes of it, no message waits, and it is not green."""

import os
import signal
import time

import pytest

import liaison
from notify_lab import fresh_relay
from notify_support import fresh_town
from test_notify_aside import administrator, aside, wait_mail
from test_notify_providers import mail_to, notify  # noqa: F401  notify: the fixture

pytestmark = pytest.mark.needs("liaison-notify")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)


def hangs(town):
    """A session whose lock stops the looks for alarms, and nothing else. Returns it with the process that waits for it."""
    session = town.pg.session()
    session.cursor().execute("lock table agency.stream in access exclusive mode")
    waits = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    return session, liaison.wait_until(lambda: town.pg.one(waits), 20, "the look waits")


def test_a_look_that_hangs_delays_no_message_and_no_stop(town, relay, notify):  # noqa: F811
    administrator(town)
    mail_to(town, "P")
    town.rule()
    one = notify(relay)
    session, _ = hangs(town)
    town.call()
    wait_mail(relay, "500 MAIN ST")  # a statement may run for a minute
    begun = time.monotonic()
    assert one.terminate(60) == 0 and time.monotonic() - begun < 15, "it gives up what has begun after 20 seconds"
    session.close()


def test_looks_that_are_not_done_are_noted(town, relay, notify):  # noqa: F811
    """PostgreSQL's process of the second session stands still: no error, no end, and its lock is held."""
    administrator(town)
    notify(relay)
    session, pid = hangs(town)
    os.kill(pid, signal.SIGSTOP)
    try:
        session.close()
        notify(relay)
        liaison.wait_until(lambda: {"look_at_changed", "alarm_look"} <= set(aside(town.pg)), 60, "it is noted")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert list(aside(town.pg)["alarm_look"]) == ["not_done"]


def test_a_background_session_that_does_not_come_back_is_noted(town, relay, notify):  # noqa: F811
    administrator(town)
    notify(relay)
    session, pid = hangs(town)
    try:
        town.pg.execute("alter role liaison_notify connection limit 1")
        town.pg.one("select pg_terminate_backend(%s)", pid)
        session.close()
        liaison.wait_until(lambda: set(aside(town.pg)) == {"background"}, 60, "it is noted")
    finally:
        town.pg.execute("alter role liaison_notify connection limit -1")
    assert list(aside(town.pg)["background"]) == ["no_session"]
