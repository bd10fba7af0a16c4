"""liaison-notify: calls that rules want in a digest are told once a day in one message for the school."""

import datetime
import re

import pytest

import liaison
from ctl_support import fresh_ctl
from dashboard_support import Dashboard
from notify_support import fresh_notify, fresh_sandbox, fresh_town

pytestmark = [pytest.mark.needs(name) for name in ("liaison-notify", "liaison-dashboard", "liaisonctl")]
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
ctl = pytest.fixture(name="ctl")(fresh_ctl)

PHONE = "+15550100101"
NOISE = {"class": "disturbance", "type_code": "NOISE", "priority": 3}
SHOOTER = {"class": "weapon", "type_code": "ACTSHOOT", "priority": 3}
HELD = "select count(*) from notify.alert where state = 'held' and held_why = 'digest'"


@pytest.fixture
def ready(town):
    """A principal with mail and texts, a director in the second step, and one rule: all calls in a digest."""
    town.district.contact("P", email="pat@riverside.example", phone=PHONE)
    town.district.contact("B", email="bo@riverside.example", name="Bo Lin", step=2)
    town.rule(frequency="digest")
    town.pg.execute("update district.district set digest_at = '16:00'")


@pytest.fixture
def page(pg, tmp_path, closing):
    return closing(Dashboard(tmp_path, pg)).start().api()


def digests(messages):
    return [text for text in (m.get("text", m.get("body")) for m in messages) if "igest" in text]


def wait_held(town, count):
    liaison.wait_until(lambda: town.pg.one(HELD) == count, 10, f"{count} calls wait for the digest", every=0.05)


def wait_gathered(town, count):
    """The digests that have begun have taken in so many calls."""
    def there():
        town.pg.execute("update notify.storm set look_at = '-infinity' where digest and look_at is not null")
        return town.pg.one("select count(*) from notify.alert a join notify.storm t using (district_id, storm_id) "
                           "where t.digest and a.subject_kind = 'call'") == count
    liaison.wait_until(there, 10, f"{count} calls are in digests", every=0.3)


def day_passes(town):
    """Its time of day has come since the digest began."""
    town.pg.execute("update notify.storm set began_at = began_at - interval '1 day', look_at = '-infinity' "
                    "where digest and look_at is not null")


def digest_states(town):
    return town.pg.rows("select t.sealed, t.calls, t.look_at is null, a.state from notify.storm t left join notify.alert a "
                        "on (a.district_id, a.storm_id) = (t.district_id, t.storm_id) and a.subject_kind = 'storm' "
                        "where t.digest order by t.storm_id")


def test_calls_are_told_in_one_message_at_its_time(town, sandbox, notify, ready, ctl):
    notify()
    for _ in range(3):
        town.call(priority=5)
    town.call(**NOISE)
    wait_gathered(town, 4)
    assert digest_states(town)[0][2:] == (False, None), "it waits"
    assert town.deliveries() == [] and sandbox.mails() == []
    day_passes(town)
    mail, = sandbox.wait_mails(1, "pat@riverside.example")
    assert re.match(r"Digest: 4 calls at North High since \d\d:\d\d \(.*\): violence \(3\), disturbance \(1\)\.", mail["text"])
    assert "500 MAIN" not in mail["text"] and "I have" not in mail["text"]
    text, = liaison.wait_until(lambda: sandbox.texts(PHONE), what="a text")
    assert re.fullmatch(r"North High: digest of 4 calls since .*: violence \(3\), disturbance \(1\)\. "
                        r"https://liaison\.riverside\.example/a/[\w-]+ Liaison", text["body"]) and len(text["body"]) <= 160
    town.wait_states("sent", "sent")
    assert digest_states(town) == [(False, 4, True, "closed")]
    town.call(priority=5)
    wait_held(town, 5)
    wait_gathered(town, 5)
    assert len(digests(sandbox.mails())) == 1, "the next one comes tomorrow"
    assert {row["becomes"] for row in ctl.ok("rule", "try", "riverside", "--list", json_out=True)["list"]} == {"digest"}


def held(town, number):
    """What the API says of the call, which has no alert of its own."""
    call = town.pg.one("select c.call from district.calls_shown(%s, array[%s]) c where c.incident_no = %s",
                       town.district.id, town.school, number)
    assert call["alert"] is None
    return call["held"]


def test_a_call_says_that_it_waits_for_the_digest_or_was_told_in_it(town, sandbox, notify, ready):
    notify()
    town.call("I-1", priority=5)
    wait_gathered(town, 1)
    due = town.pg.one("select liaison.iso(notify.digest_due(t.began_at, d.digest_at, d.zone)) "
                      "from notify.storm t join district.district d using (district_id)")
    assert held(town, "I-1") == {"why": "digest", "told_at": None, "due_at": due}
    assert town.pg.one("select count(*) from notify.held_seen(%s, %s, 'I-1', array[%s])", town.district.id, town.agency.id,
                       town.school + 1) == 0, "another school"
    day_passes(town)
    sandbox.wait_mails(1, "pat@riverside.example")
    town.wait_states("sent", "sent")
    told = town.pg.one("select liaison.iso(min(sent_at)) from notify.delivery")
    assert held(town, "I-1") == {"why": "digest", "told_at": told, "due_at": None}
    town.call("I-2", priority=5)
    wait_gathered(town, 2)
    assert held(town, "I-2")["told_at"] is None, "it waits for the next one"


def test_its_time_is_local_and_comes_after_it_began(pg):
    def due(began, at="16:00"):
        return pg.one("select notify.digest_due(%s::timestamptz, %s::time, 'America/New_York') at time zone 'UTC'", began, at)
    utc = datetime.datetime
    assert due("2026-11-20 15:59:59-05") == utc(2026, 11, 20, 21)
    assert due("2026-11-20 16:00-05") == utc(2026, 11, 21, 21)
    assert due("2026-10-31 16:00-04") == utc(2026, 11, 1, 21), "the clocks were set back between"
    assert due("2026-03-08 01:00-05", "02:30") == utc(2026, 3, 8, 7, 30), "the clocks skip it"
    assert due("2026-10-31 12:00-04", "01:30") == utc(2026, 11, 1, 5, 30), "of the time that comes twice it is the first"
    assert due("2026-11-01 01:30-04", "01:30") == utc(2026, 11, 2, 6, 30), "and that alone"
    assert due("2026-11-20 00:00-05", "00:00") == utc(2026, 11, 21, 5)


def test_it_is_due_at_the_time_that_the_district_says(town, sandbox, notify, ready, ctl):
    notify()
    town.call(priority=5)
    wait_gathered(town, 1)
    soon = town.pg.one("select to_char(now() at time zone zone + interval '2 hours', 'HH24:MI') from district.district")
    ctl.ok("district", "add", "riverside", "--name", "Riverside", "--zone", town.pg.one("select zone from district.district"),
           "--digest-at", soon)
    assert ctl.ok("district", "list", json_out=True)[0]["digest_at"] == soon
    town.pg.execute("update notify.storm set look_at = '-infinity' where digest")
    liaison.wait_until(lambda: town.pg.one("select look_at > notify.steady() + interval '4 minutes' from notify.storm"),
                       what="it is looked at again")
    assert digests(sandbox.mails()) == []
    town.pg.execute("update district.district set digest_at = (now() at time zone zone)::time + interval '3 seconds'")
    town.pg.execute("update notify.storm set look_at = '-infinity' where digest")
    assert len(sandbox.wait_mails(1, "pat@riverside.example", timeout=20)) == 1
    assert sandbox.mails("bo@riverside.example") == [], "nobody is asked for an answer"


def test_what_becomes_serious_is_told_at_once_and_leaves_it(town, sandbox, notify, ready):
    notify()
    for number in ("I-1", "I-2", "I-3", "I-4"):
        town.call(number, priority=5)
    wait_gathered(town, 4)
    town.call("I-1", **SHOOTER)
    assert "active shooter" in sandbox.wait_mails(1, "pat@riverside.example")[0]["subject"]
    town.call("I-2", priority=9)
    liaison.wait_until(lambda: len(sandbox.mails("pat@riverside.example")) == 2, what="the one of high priority")
    town.call("I-3", status="cancelled", priority=5)
    town.wait_drained()
    day_passes(town)
    liaison.wait_until(lambda: digests(sandbox.mails("pat@riverside.example")), what="the digest")
    assert digests(sandbox.mails())[0].startswith("Digest: 1 call at North High")
    town.call("I-4", **SHOOTER)
    liaison.wait_until(lambda: len([m for m in sandbox.mails("pat@riverside.example") if "active shooter" in m["subject"]]) == 2,
                       what="what was told in a digest is told when it is serious")
    assert len(digests(sandbox.mails())) == 1, "no correction follows a digest"


def test_a_serious_call_is_told_at_once_however_old_it_is(town, sandbox, notify, ready):
    town.pg.execute("update notify.rule set max_age_s = 3600")
    notify()
    town.call("I-1", priority=5)
    wait_held(town, 1)
    town.pg.execute("update district.incident set opened_at = opened_at - interval '2 hours'")
    town.pg.execute("update notify.alert set held_at = held_at - interval '2 hours'")
    town.call("I-1", opened="now() - interval '2 hours'", **SHOOTER)
    assert "active shooter" in sandbox.wait_mails(1, "pat@riverside.example")[0]["subject"]


def test_another_rule_tells_it_at_once(town, sandbox, notify, ready):
    town.rule(name="fights", classes=["violence"], channels=["email"])
    notify()
    town.call("I-1", priority=5)
    town.call("I-2", **NOISE)
    assert "fight" in sandbox.wait_mails(1, "pat@riverside.example")[0]["subject"]
    wait_held(town, 1)
    town.call("I-2", priority=5)
    liaison.wait_until(lambda: len(sandbox.mails("pat@riverside.example")) == 2, what="it matches the other rule now")
    assert town.pg.one(HELD) == 0
    assert town.pg.rows("select distinct channel from notify.delivery where kind = 'first' and step = 1 order by 1") == [
        ("email",), ("sms",)], "all rules that match count"


def test_it_is_no_flood_and_uses_no_budget(town, sandbox, notify, ready, ctl):
    town.rule(name="fights", classes=["violence"])
    town.pg.execute("update district.district set alert_budget = 1")
    daemon = notify()
    for _ in range(3):
        town.call(**NOISE)
    wait_held(town, 3)
    town.call(priority=5)
    sandbox.wait_mails(1, "pat@riverside.example")
    assert town.pg.one("select count(*) from liaison.audit where action = 'alerts.hold'") == 0
    assert town.pg.one("""select count(*) from notify.health() h where h."check" = 'held' and not h.ok""") == 0
    assert ctl.ok("alert", "held", json_out=True) == []
    assert ctl.ok("status", json_out=True)["held"] == []
    assert "event=alerts_held" not in daemon.log()
    town.call(priority=5)
    liaison.wait_until(lambda: len(ctl.ok("alert", "held", json_out=True)) == 1, what="the budget is spent")


def test_quiet_hours_do_not_hold_it(town, sandbox, notify, ready):
    town.pg.execute("update people.role set quiet_from = '00:00', quiet_to = '23:59:59' where role = 'contact'")
    town.pg.execute("update notify.rule set quiet_from = '00:00', quiet_to = '23:59:59'")
    notify()
    town.call(priority=5)
    wait_gathered(town, 1)
    day_passes(town)
    assert len(digests(sandbox.wait_mails(1, "pat@riverside.example"))) == 1


def test_sealed_and_restricted_calls_show_nothing(town, sandbox, notify, ready, page):
    town.district.contact("S", email="sid@riverside.example", name="Sid Fox", sealed=True)
    town.rule(name="sealed", sealed=True, frequency="digest")
    notify()
    town.call(priority=5)
    town.call(priority=5, sensitivity="restricted")
    for _ in range(2):
        town.call(priority=5, sensitivity="sealed")
    wait_gathered(town, 4)
    day_passes(town)
    liaison.wait_until(lambda: len(digests(sandbox.mails("sid@riverside.example"))) == 2, what="two digests")
    mail, = sandbox.wait_mails(1, "pat@riverside.example")
    assert "Digest: 2 calls at North High" in mail["text"] and "police call (1)" in mail["text"] and "violence (1)" in mail["text"]
    assert sorted(s[:2] for s in digest_states(town)) == [(False, 2), (True, 2)]
    token = re.search(r"/a/([\w-]+)", mail["text"])[1]
    shown = page.get(f"/api/v1/ack/{token}")
    assert (shown["calls"]["count"], shown["call"]) == (2, "closed")


def test_nobody_to_tell_is_seen_and_told_when_there_is_somebody(town, sandbox, notify, ready):
    town.pg.execute("update people.role set to_at = now() where role = 'contact'")
    notify()
    town.call(priority=5)
    wait_gathered(town, 1)
    day_passes(town)
    liaison.wait_until(lambda: digest_states(town) == [(False, 1, True, "open")], what="it is open")
    assert town.pg.one("""select count(*) from notify.health() h where h."check" = 'nobody' and not h.ok""") == 1
    town.pg.execute("update people.role set to_at = 'infinity' where role = 'contact'")
    assert len(digests(sandbox.wait_mails(1, "pat@riverside.example"))) == 1
    liaison.wait_until(lambda: digest_states(town) == [(False, 1, True, "closed")], what="it was told")
    assert sandbox.mails("bo@riverside.example") == []


def test_two_processes_tell_it_once(town, sandbox, notify, ready):
    notify()
    notify("second.ini")
    for _ in range(5):
        town.call(priority=5)
    wait_gathered(town, 5)
    day_passes(town)
    sandbox.wait_mails(1, "pat@riverside.example")
    town.wait_states("sent", "sent")
    assert len(digests(sandbox.mails())) == 1 and digest_states(town) == [(False, 5, True, "closed")]


def test_a_replay_is_told_one_by_one(town, sandbox, notify, ready):
    notify(sandbox={"smtp_host": "127.0.0.1", "smtp_port": sandbox.smtp_port})
    town.call(mode="replay", priority=5)
    town.wait_drained()
    assert town.pg.one(HELD) == 0
