"""liaison-notify: what is due, leased or escalated does not follow the clock of the database when it is set."""

import pytest

import liaison
from clocks import FAKETIME, Clock, SteppedCluster
from notify_support import WITHDRAWN, fresh_notify, fresh_sandbox, fresh_town, settings

pytestmark = [pytest.mark.needs("liaison-notify"),
              pytest.mark.skipif(not FAKETIME, reason="libfaketime is not installed")]
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
HOUR = 3600


@pytest.fixture(scope="module")
def stepped():
    """A PostgreSQL whose clock can be set: stepped.step(SECONDS)."""
    made = SteppedCluster()
    yield made
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
    liaison.wait_until(lambda: town.pg.one("select count(distinct instance) from notify.present") == 2, 10, "both know the time")
    town.call()
    liaison.wait_until(lambda: len(town.deliveries(state="sending")) >= 4, 10, "messages are on their way")
    stepped.step(HOUR)
    town.wait_states(*["sent"] * 8, timeout=30)
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


def test_a_clock_that_does_not_move_fails_the_test(stepped):
    stepped.clock.step(-HOUR)
    assert -HOUR - 60 < stepped.ahead() < -HOUR + 60
    path = stepped.clock.path
    stepped.clock.path = path + ".elsewhere"
    try:
        with pytest.raises(AssertionError, match="was not set"):
            stepped.step(HOUR)
    finally:
        stepped.clock.path = path
        stepped.step(0)


def test_a_budget_begins_anew_when_the_clock_is_set_back(stepped, town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    town.pg.execute("update district.district set alert_budget = 1, alert_budget_s = 600, storm_every_s = 0")
    notify()
    town.call()
    sandbox.wait_mails(1)
    town.call()
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.alert where state = 'held'") == 1, 10, "it is held")
    stepped.step(-HOUR)
    town.call(opened="now() - interval '1 s'")
    sandbox.wait_mails(2)


def test_what_was_set_aside_waits_no_longer_than_an_hour_when_the_clock_is_set_back(stepped, town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    town.call()
    town.pg.execute("update district.outbox set lease_until = now() + interval '1 hour'")
    stepped.step(-HOUR)
    notify()
    sandbox.wait_mails(1)


def test_a_question_about_a_place_waits_no_longer_than_its_time_when_the_clock_is_set_back(stepped, town):
    town.pg.execute("insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
                    "version_at, version_epoch, version_seq, entered_in_error, at_school) values "
                    "(%s, 'I', 1, 1, now(), 1, 1, now(), 1, 1, false, false)", town.agency.id)
    town.pg.execute("insert into district.place_review (district_id, agency_id, incident_no, mode, candidates, opened_at, "
                    "class, sensitivity, due_at) values (%s, %s, 'I', 'live', '[]', now(), 'other', 'open', "
                    "now() + interval '180 s')", town.district.id, town.agency.id)
    stepped.step(-HOUR)
    town.pg.execute("select * from district.expire_reviews(100)")
    assert town.pg.rows("select state, due_at - asked_at = interval '180 s', due_at <= now() + interval '180 s' "
                        "from district.place_review") == [("open", True, True)]


SHOOTER = {"class": "weapon", "type_code": "ACTSHOOT"}
CHECKS = "select h.\"check\" from notify.health() h where not h.ok and h.\"check\" <> 'process' order by 1"


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
def test_who_was_imported_before_the_clock_was_set_stays_a_contact(stepped, town, sandbox, notify, seconds):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify()
    number = town.call(**SHOOTER)
    sandbox.wait_mails(1)
    stepped.step(seconds)
    town.call(number, units="[]", **SHOOTER)
    town.call(opened="now() - interval '1 s'", **SHOOTER)
    assert len(sandbox.wait_mails(2)) == 2
    town.wait_drained()
    assert not [mail for mail in sandbox.mails() if mail["text"].startswith(WITHDRAWN)]
    assert {row["state"] for row in town.deliveries()} == {"sent"}


def test_a_contact_imported_while_nothing_runs_is_told_after_the_clock_was_set_back(stepped, town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    stepped.step(-HOUR)
    notify()
    town.call(opened="now() - interval '1 s'", **SHOOTER)
    sandbox.wait_mails(1)


def active(pg):
    return [code for code, there in pg.rows("select code, active from people.contact order by code") if there]


def put(town, code, there):
    town.pg.execute("select people.put_contact(%s, %s, %s, 'principal', %s, null, 1, false, %s)", town.district.id, code,
                    f"Contact {code}", f"{code.lower()}@riverside.example", there)


ROSTER = {  # what changes the roster from now on, and who is a contact then
    "imported": (lambda town: put(town, "NEW", True), ["A", "B", "NEW"]),
    "removed": (lambda town: put(town, "B", False), ["A"]),
    "removed and there again": (lambda town: [put(town, "B", there) for there in (False, True)], ["A", "B"]),
    "absent": (lambda town: absent(town, "B"), ["A"]),
    "back": (lambda town: [absent(town, "B"), back(town, "B")], ["A", "B"]),
}


def absent(town, code):
    town.pg.execute("select people.put_absence(%s, (select contact_id from people.contact where code = %s), null, null, "
                    "null)", town.district.id, code)


def back(town, code):
    assert town.pg.one("select people.end_absence((select contact_id from people.contact where code = %s))", code)


@pytest.mark.parametrize("what", ROSTER)
@pytest.mark.parametrize("runs", [False, True])
def test_what_changes_the_roster_from_now_on_holds_when_the_clock_is_set_back(stepped, town, notify, what, runs):
    change, expected = ROSTER[what]
    put(town, "A", True)
    put(town, "B", True)
    if runs:
        notify()
        town.wait_drained()
    change(town)
    if runs:
        town.wait_drained()
    stepped.step(-HOUR)
    assert active(town.pg) == expected
    put(town, "A", False)
    put(town, "C", True)
    assert active(town.pg) == sorted({*expected, "C"} - {"A"})


def test_a_time_that_is_a_day_ahead_is_not_believed(stepped, town, notify):
    """A clock that was wrong by years for a while ends nobody's role for years."""
    put(town, "A", True)
    stepped.step(1000 * 24 * HOUR)
    notify()
    put(town, "B", True)
    town.wait_drained()
    stepped.step(0)
    assert town.pg.one("select at < now() + interval '1 minute' from notify.wall_clock")
    assert active(town.pg) == ["A"]


@pytest.fixture
def own_clock(closing):
    return closing(Clock())


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
def test_retry_comes_in_time_when_the_clock_of_notify_is_set(town, sandbox, daemon, config, secret, own_clock, seconds):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    sandbox.fault(smtp="tempfail", count=2)
    notify = daemon("liaison-notify", "--config", config("notify.ini", **settings(town.pg, sandbox, secret,
                                                                                  retry={"base_s": 2})))
    notify.env.update(own_clock.environ)
    notify.start()
    notify.wait_log(r"event=db_up")
    town.call()
    tried_once(town)
    own_clock.step(seconds)
    assert town.wait_states("sent", timeout=20)[0]["attempts"] == 3
    hours = {line[11:13] for line in notify.lines("^2[0-9]{3}-") if "event=delivery " in line}
    assert len(hours) > 1, "its clock was not set"


@pytest.mark.parametrize("seconds, then", [(HOUR, HOUR), (-HOUR, -HOUR), (HOUR, 0), (0, HOUR)])
def test_a_text_that_the_gateway_has_goes_out_once_though_the_clock_of_notify_is_wrong(
        town, sandbox, daemon, config, secret, own_clock, seconds, then):
    town.district.contact("P", phone="+15550100001")
    town.rule()
    sandbox.fault(sms="drop", count=1)
    own_clock.step(seconds)
    notify = daemon("liaison-notify", "--config", config("notify.ini", **settings(town.pg, sandbox, secret,
                                                                                  retry={"unknown_s": 3})))
    notify.env.update(own_clock.environ)
    notify.start()
    notify.wait_log(r"event=db_up")
    town.call()
    liaison.wait_until(lambda: town.deliveries(state="unknown"), 10, "its answer was lost")
    own_clock.step(then)
    assert liaison.wait_until(lambda: town.deliveries(state="sent"), 20, "it is known again")[0]["provider_id"]
    assert len(sandbox.texts()) == 1
