"""liaison-notify: what is due, leased or escalated does not follow the clock of the database when it is set."""

import glob
import os

import pytest

import liaison
from notify_support import fresh_notify, fresh_sandbox, fresh_town

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or [None])[0]
pytestmark = [pytest.mark.needs("liaison-notify"),
              pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")]
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
HOUR = 3600


@pytest.fixture(scope="module")
def stepped(tmp_path_factory):
    """A PostgreSQL whose clock can be set: stepped.step(SECONDS)."""
    folder = tmp_path_factory.mktemp("clock", numbered=True)
    os.chmod(folder, 0o755)
    path = str(folder / "offset")

    def step(seconds):
        liaison.write_file(path + ".new", f"{seconds:+d}\n")
        os.replace(path + ".new", path)

    step(0)
    made = liaison.Cluster()
    try:
        made.stop()
        made.environ.update({"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": path, "FAKETIME_NO_CACHE": "1",
                             "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "FAKETIME_DONT_RESET": "1"})
        made.start()
        made.step = step
        yield made
    finally:
        made.close()


@pytest.fixture
def pg(stepped):
    stepped.step(0)
    database = stepped.database()
    yield database
    stepped.step(0)
    stepped.drop(database)


def tried_once(town):
    liaison.wait_until(lambda: [row for row in town.deliveries(state="queued") if row["attempts"] == 1], 10,
                       "it was tried once")


@pytest.mark.parametrize("seconds", [-HOUR, HOUR, 5 * HOUR])
def test_retry_comes_in_time_when_the_clock_is_set(stepped, town, sandbox, notify, seconds):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=2)
    notify(retry={"base_s": 2})
    town.call()
    tried_once(town)
    stepped.step(seconds)
    assert town.wait_states("sent", timeout=20)[0]["attempts"] == 3


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
def test_next_step_is_asked_in_time_when_the_clock_is_set(stepped, town, sandbox, notify, seconds):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("D", email="dee@riverside.example", step=2)
    town.rule(escalate_s=30)
    notify()
    number = town.call()
    town.wait_states("sent", "queued")
    stepped.step(seconds)
    town.call(number, opened="now() - interval '1 s'")
    town.wait_drained()
    due = "select extract(epoch from d.next_at - c.steady_at) from notify.delivery d, notify.clock c where d.step = 2"
    assert 0 < town.pg.one(due) <= 30
    town.pg.execute("update notify.delivery set next_at = next_at - interval '30 s' where state = 'queued'")
    sandbox.wait_mails(1, "dee@riverside.example")


def test_two_processes_send_each_message_once_when_the_clock_jumps_ahead(stepped, town, sandbox, notify):
    for n in range(4):
        town.district.contact(f"P{n}", email=f"p{n}@riverside.example", phone=f"+1555010000{n}")
    town.rule()
    sandbox.fault(smtp="slow", sms="timeout", count=4, seconds=3)
    for name in ("one.ini", "two.ini"):
        notify(name)
    town.call()
    liaison.wait_until(lambda: len(town.deliveries(state="sending")) >= 4, 10, "messages are on their way")
    stepped.step(HOUR)
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) >= 8, 30, "all are sent")
    assert [row["state"] for row in town.deliveries()] == ["sent"] * 8
    assert len(sandbox.mails()) == 4 and len(sandbox.texts()) == 4


def test_time_goes_on_where_the_last_process_left_it(town, sandbox, notify):
    """While no process runs, time follows the database."""
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify().terminate()
    town.pg.execute("update notify.clock set steady_at = steady_at - interval '1 day'")
    notify("two.ini")
    town.call()
    town.wait_states("sent")
    behind = town.pg.one("select extract(epoch from wall_at - steady_at) from notify.clock")
    assert 86390 < behind < 86410
