"""Alarms that are over, and drills, are deleted with all that belongs to them; alerts of calls stay."""

import pytest

import ctl_support
import liaison
from notify_lab import fresh_gateway, fresh_relay
from notify_support import fresh_town
from test_notify_alarm import SOON, administrator, wait_alarm
from test_notify_providers import mail_to, notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)

KEPT = ("alarm", "finding", "drill", "drill_answer", "alert", "delivery", "attempt", "receipt", "token", "acknowledgement", "round",
        "reply")


def counts(pg):
    return {table: pg.one(f"select count(*) from notify.{table}") for table in KEPT}


def of_calls(pg):
    return {table: pg.one(f"select count(*) from notify.{table} t join notify.delivery d using (district_id, delivery_id) "
                          "join notify.alert a on (a.district_id, a.alert_id) = (d.district_id, d.alert_id) "
                          "where a.subject_kind = 'call'") for table in ("delivery", "attempt", "receipt")}


def told(town, relay, notify, ctl):  # noqa: F811
    """A call, an alarm that is over, and a drill that somebody answered; all messages have receipts."""
    town.pg.execute("update people.role set scope = 'schools' where role_id = %s",
                    administrator(town, "ADMIN", email="admin@riverside.example"))
    mail_to(town, "P")
    town.rule(escalate_s=30)
    one = notify(relay, watch=SOON)
    town.call()
    town.wait_states("sent")
    town.pg.execute("update notify.delivery set next_at = next_at - interval '31 s'")
    wait_alarm(relay, "Nobody has answered an alert")
    town.pg.execute("select notify.acknowledge(district_id, alert_id, 'Pat') from notify.alert")
    wait_alarm(relay, "The alert was answered")
    drill = ctl.ok("drill", "start", "riverside", "NORTH", json_out=True)["drill"]
    liaison.wait_until(lambda: town.deliveries(lane=4, state="sent"), 10, "the drill is sent")
    one.terminate()
    town.pg.execute("insert into notify.drill_answer (district_id, drill_id, contact_id) select district_id, %s, contact_id "
                    "from notify.delivery where lane = 4", drill)
    town.pg.execute("insert into notify.receipt (district_id, delivery_id, attempt, provider, state, kind, code, part, parts) "
                    "select district_id, delivery_id, attempts, 'mail', 'delivered', '', '', 1, 1 from notify.delivery")
    town.pg.execute("insert into notify.round (district_id, alert_id, round) select district_id, alert_id, 2 from notify.alert")
    town.pg.execute("insert into notify.reply (provider, provider_id, number_hash, means, district_id, alert_id) "
                    "select 'twilio', 'SM' || alert_id, '', 'acknowledge', district_id, alert_id from notify.alert")


def test_alarms_and_drills_are_deleted_with_all_that_belongs_to_them(town, relay, notify, ctl):  # noqa: F811
    told(town, relay, notify, ctl)
    before, kept = counts(town.pg), of_calls(town.pg)
    assert all(before.values()) and before["alert"] == 3
    town.pg.execute("update notify.alarm set over_at = now() - interval '8 days'")
    town.pg.execute("update notify.drill set at = now() - interval '8 days'")
    town.pg.execute("update notify.alert set created_at = now() - interval '8 days', asked_at = now() - interval '8 days'")
    notify(relay, watch={"keep_days": 7})
    liaison.wait_until(lambda: counts(town.pg)["alert"] == 1, 10, "they are deleted")
    assert kept["receipt"] and counts(town.pg) == {**dict.fromkeys(KEPT, 0), **kept, "alert": 1, "token": kept["delivery"],
                                                   "acknowledgement": 1, "round": 1, "reply": 1}
    assert ctl.ok("drill", "show", "riverside", json_out=True) == []
    assert town.pg.one("select count(*) from liaison.audit where action = 'drill.start'") == 1


def test_all_that_refers_to_them_is_known(pg):
    refers = pg.rows("select distinct conrelid::regclass::text from pg_constraint where confrelid in ('notify.alert'::regclass, "
                     "'notify.delivery'::regclass, 'notify.alarm'::regclass, 'notify.drill'::regclass)")
    assert {name.removeprefix("notify.") for name, in refers} <= set(KEPT)


def test_what_is_not_old_or_goes_on_is_kept(town, relay, notify, ctl):  # noqa: F811
    told(town, relay, notify, ctl)
    town.pg.execute("update notify.alarm set over_at = notify.steady() - interval '6 days 23 h'")
    town.pg.execute("update notify.drill set at = now() - interval '6 days 23 h'")
    before = counts(town.pg)
    forgotten = "select notify.forget_old(interval '7 days', 10)"
    assert town.pg.rows(forgotten, role="notify") == [(0,)] and counts(town.pg) == before
    town.pg.execute("update notify.alarm set over_at = null, at = now() - interval '100 days'")
    assert town.pg.one(forgotten) == 0 and counts(town.pg) == before, "an alarm that goes on is not over"


def test_it_goes_in_small_steps(town):
    town.pg.execute("insert into notify.drill (district_id, school_id, by, channels, at, waits) select %s, %s, 'T', '{email}', "
                    "now() - n * interval '100 days', false from generate_series(1, 5) n", town.district.id, town.school)
    left = []
    while town.pg.one("select notify.forget_old(interval '90 days', 2)"):
        left.append(town.pg.one("select count(*) from notify.drill"))
    assert left == [3, 1, 0]


def test_whoever_deletes_may_not_delete_otherwise(town):
    for table in ("alarm", "finding", "drill", "drill_answer", "alert", "delivery", "attempt", "receipt"):
        assert not town.pg.one("select has_table_privilege('liaison_notify', 'notify.' || %s, 'delete')", table)


def test_a_large_history_is_deleted_by_the_next_looks(town, relay, notify):  # noqa: F811
    """More than one step holds: the process does not wait an hour."""
    town.pg.execute("insert into notify.drill (district_id, school_id, by, channels, at, waits) select %s, %s, 'T', '{email}', "
                    "now() - interval '100 days', false from generate_series(1, 450) n", town.district.id, town.school)
    notify(relay)
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.drill") == 0, 15, "all are deleted")
