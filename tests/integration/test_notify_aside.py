"""liaison-notify beside a schema of another version, and messages whose subject is gone: what cannot be read is set
aside where an operator sees it, and everything else goes on."""

import json
import re

import pytest

import ctl_support
import liaison
from notify_lab import fresh_relay
from notify_support import fresh_town
from test_notify_health import bad, doctor, health
from test_notify_providers import mail_to, notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)


def made_again(pg, name, change):
    """Replaces the function by another, which change makes of its text. Returns how to undo that."""
    oid, text, takes = pg.rows("select oid, pg_get_functiondef(oid), pg_get_function_identity_arguments(oid) "
                               "from pg_proc where oid = %s::regproc", name)[0]
    assert oid and change(text) != text

    def replace(body):
        session = pg.session()
        with session, session.cursor() as cursor:
            cursor.execute(f"drop function {name}({takes})")
            cursor.execute("set local check_function_bodies = off")
            cursor.execute(body)
            cursor.execute(f"alter function {name} owner to liaison_owner")
            cursor.execute(f"grant execute on function {name} to liaison_notify")
        session.close()

    replace(change(text))
    return lambda: replace(text)


def without(pg, name, column):
    """The function gives the column by another name, as one of another version."""
    return made_again(pg, name, lambda text: re.sub(rf"\b{column} (?=\w)", f"{column}_of_old ", text, count=1))


def aside(pg):
    return {row["object"]: row["detail"] for row in health(pg, "aside") if not row["ok"]}


def drill(ctl):
    ctl.ok("drill", "start", "riverside", "NORTH")


def wait_mail(relay, words, count=1):
    return liaison.wait_until(lambda: [m for m in relay.mails if words in m["text"]][count - 1:], 20, f"a mail of {words}")


# A column is missing -------------------------------------------------------------------------------


def test_a_subject_whose_statement_lacks_a_column_is_set_aside_and_the_rest_goes_on(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    restore = without(town.pg, "notify.call_facts", "class_rank")
    one = notify(relay)
    town.call("I-1")
    one.wait_log(r"event=column_missing statement=outbox_state column=class_rank")
    one.wait_log(r"event=outbox_aside subject=call outbox=[1-9]\d* alert=0 why=outbox_state\.class_rank")
    drill(ctl)
    wait_mail(relay, "DRILL")
    assert one.process.poll() is None
    assert set(aside(town.pg)) == {"call"} and list(aside(town.pg)["call"]) == ["outbox_state.class_rank"]
    liaison.wait_until(lambda: town.pg.counter("outbox_aside", service="notify"), 10, "it is counted")
    assert re.match(r"call: work was set aside \d+ times \(outbox_state.class_rank \d+\)", doctor(ctl)["no work is set aside"][0])
    assert town.deliveries(kind="first", lane=4) and not town.pg.one("select count(*) from notify.alert where subject_kind = 'call'")

    one.terminate()
    restore()
    notify(relay)
    wait_mail(relay, "500 MAIN ST")
    assert aside(town.pg) == {}, "a process that begins looks at it again"


def test_messages_whose_statement_lacks_a_column_are_set_aside_and_the_rest_goes_on(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    restore = without(town.pg, "notify.call_facts", "method")
    one = notify(relay)
    for number in ("I-1", "I-2"):
        town.call(number)
    one.wait_log(r"event=column_missing statement=call_due column=method")
    drill(ctl)
    wait_mail(relay, "DRILL")
    liaison.wait_until(lambda: {(d["state"], d["reason"]) for d in town.deliveries(lane=1)} == {("queued", "internal")}, 10,
                       "both wait")
    assert len(one.lines(r"event=delivery_aside subject=call district=\d+ delivery=\d+ why=call_due\.method")) == 2
    assert aside(town.pg) == {"call": {"call_due.method": 2}}
    liaison.wait_until(lambda: town.pg.counter("messages_aside", service="notify") == 2, 10, "they are counted")
    assert town.pg.one("select min(next_at) > notify.steady() + interval '40 s' from notify.delivery where state = 'queued'")

    one.terminate()
    restore()
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    notify(relay)
    wait_mail(relay, "500 MAIN ST", 2)


def test_a_message_that_postgresql_refuses_to_read_stops_no_other(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    made_again(town.pg, "notify.sight", lambda text: text.replace(
        "AS $function$", "AS $function$ select 1 / case when $5 = 'I-poison' then 0 else 1 end; "))
    one = notify(relay)
    for number in ("I-1", "I-poison", "I-2"):
        town.call(number)
    wait_mail(relay, "500 MAIN ST", 2)
    one.wait_log(r"event=delivery_aside subject=call .*why=22012")
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) == 2, 10, "the others are sent")


def test_a_message_that_was_set_aside_for_too_long_has_expired(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    without(town.pg, "notify.call_facts", "method")
    notify(relay, retry={"give_up_h": 1})
    town.call()
    row = town.wait_states("queued")[0]
    liaison.wait_until(lambda: town.deliveries(reason="internal"), 10, "it is set aside")
    town.pg.execute("update notify.delivery set due_at = now() - interval '61 min', next_at = now() where delivery_id = %s",
                    row["delivery_id"])
    assert town.wait_states("expired")[0]["reason"] == "internal"
    assert "given_up" in bad(town.pg)


def test_a_kind_whose_statements_cannot_be_prepared_stops_no_other(town, relay, notify):  # noqa: F811
    """A program beside a schema that is older than it is."""
    mail_to(town, "P")
    town.rule()
    town.pg.execute("alter table notify.drill rename column wakes to wakes_of_old")
    one = notify(relay)
    one.wait_log(r"event=db_prepare statement=drill_contacts sqlstate=42703")
    town.call()
    wait_mail(relay, "500 MAIN ST")
    town.pg.execute("insert into notify.drill (district_id, school_id, by, channels) values (%s, %s, 'T', '{email}')",
                    town.district.id, town.school)
    one.wait_log(r"event=outbox_aside subject=drill outbox=[1-9]\d* alert=0 why=26000")
    assert aside(town.pg) == {"drill": {"26000": 1}}
    town.call()
    wait_mail(relay, "500 MAIN ST", 2)


def test_an_upgrade_of_the_schema_under_a_running_process_sets_nothing_aside(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    one = notify(relay)
    town.call("I-1")
    wait_mail(relay, "500 MAIN ST")
    made_again(town.pg, "notify.call_facts", lambda text: text.replace("ended_as text)", "ended_as text, more integer)").replace(
        "coalesce(i.disposition_code, '')", "coalesce(i.disposition_code, ''), 1"))
    town.call("I-2")
    wait_mail(relay, "500 MAIN ST", 2)
    assert one.lines(r'event=db_down reason="the schema was upgraded"')
    assert not one.lines("event=(outbox|delivery)_aside|event=outbox_refused") and aside(town.pg) == {}


# A job does nothing any more ------------------------------------------------------------------------


def elsewhere(secret):
    """A mailbox at a server that is not there."""
    return {"url": f"imap://127.0.0.1:{liaison.free_port()}", "user": "u", "password_file": secret("imap", "x")}


@pytest.mark.parametrize("gone, job", [
    ("function notify.look_at_changed()", "look_at_changed"),
    ("function notify.look_for_alarms(interval)", "alarm_look"),
    ("function notify.warn_of_holes()", "alarm_holes"),
    ("function notify.not_arriving()", "providers_failing"),
    ("table notify.mailbox", "mailbox_mark"),
    ("table notify.prober", "probe_begin"),
])
def test_a_job_that_postgresql_refuses_again_and_again_holds_the_heartbeat_back(town, relay, notify, secret, gone,  # noqa: F811
                                                                                job):
    """An upgrade that was not finished: nobody would be told, and nothing else would say so."""
    town.pg.execute(f"alter {gone} rename to of_old")
    one = notify(relay, smtp2={"host": "127.0.0.1", "port": relay.port, "tls": "none"}, bounces={**elsewhere(secret), "every_s": 1},
                 watch={"heartbeat_url": f"http://127.0.0.1:{liaison.free_port()}/", "heartbeat_s": 1,
                        "probe_to": "p@x.example", "probe_every_s": 1})
    liaison.wait_until(lambda: job in aside(town.pg), 20, "it is noted")
    assert list(aside(town.pg)[job]) == ["26000"] and set(aside(town.pg)) == {job}
    one.wait_log(r"event=heartbeat state=held_back checks=\S*aside")


def test_an_end_that_cannot_be_written_down_is_noted(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    town.rule()
    town.pg.execute("alter table notify.attempt rename column answer to answer_of_old")
    notify(relay)
    town.call()
    wait_mail(relay, "500 MAIN ST")
    liaison.wait_until(lambda: aside(town.pg) == {"delivery_end": {"26000": 2}}, 20, "with others, and alone")


def test_a_job_that_an_outage_stops_for_a_moment_is_not_noted(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    made_again(town.pg, "notify.look_at_changed", lambda text: text.replace(
        "LANGUAGE sql", "LANGUAGE plpgsql").split("AS $function$")[0]
        + "AS $function$ begin raise exception using errcode = '40P01'; end $function$")
    one = notify(relay)
    one.wait_log("event=look_at_changed sqlstate=40P01", count=3)
    assert not aside(town.pg)


def administrator(town):
    admin = town.district.contact("ADMIN", email="admin@riverside.example", step=9)
    town.pg.execute("update people.role set alarms = true, scope = 'schools' where role_id = %s", admin)


def test_an_error_in_the_look_at_the_roster_stops_no_alarm(town, relay, notify):  # noqa: F811
    administrator(town)
    town.rule()
    town.pg.execute("alter function notify.roster_holes(int, int) rename to of_old")
    notify(relay)
    town.call()
    wait_mail(relay, "Nobody could be told")


# A subject is gone ---------------------------------------------------------------------------------


def test_a_message_whose_call_is_gone_fails_with_a_reason_and_the_others_go_on(town, relay, notify, ctl):  # noqa: F811
    mail_to(town, "P")
    mail_to(town, "LATER", step=2)
    town.rule(escalate_s=3600)
    one = notify(relay)
    town.call("I-gone")
    town.wait_states("sent", "queued")
    one.terminate()
    session = town.pg.session()
    with session, session.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("delete from district.incident where incident_no = 'I-gone'")
    session.close()
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    two = notify(relay)
    town.call("I-1")
    wait_mail(relay, "500 MAIN ST", 2)
    lost = liaison.wait_until(lambda: town.deliveries(reason="no_subject"), 20, "it has failed")[0]
    assert (lost["state"], lost["leased_by"], lost["attempts"]) == ("failed", None, 1)
    two.wait_log(r"event=row_missing statement=call_due rows=0 of=1")
    two.wait_log(r"event=delivery_aside subject=call district=\d+ delivery=\d+ why=call_due")
    assert {row["object"]: row["detail"] for row in health(town.pg, "given_up")} == {"failed": {"no_subject": 1}}
    assert "no_subject 1" in json.dumps(doctor(ctl)["no message is given up"])
    count = len(two.lines("event=row_missing"))
    looked = len(two.lines("event=alarm_looked"))
    liaison.wait_until(lambda: len(two.lines("event=alarm_looked")) > looked + 1, 20, "some seconds went by")
    assert len(two.lines("event=row_missing")) == count, "it is not claimed again"


def test_a_contact_who_was_deleted_gets_no_withdrawal_and_is_no_fault(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    mail_to(town, "Q")
    town.rule()
    notify(relay)
    town.call()
    town.wait_states("sent", "sent")
    town.pg.execute("delete from people.role where code = 'P'")
    town.wait_drained()
    town.call()
    liaison.wait_until(lambda: len(relay.to("q@")) == 2, 10, "a later call is told")
    assert not town.deliveries(kind="withdrawn") and not bad(town.pg)


def test_a_message_that_waits_for_a_contact_who_was_deleted_is_cancelled(town, relay, notify):  # noqa: F811
    mail_to(town, "P")
    mail_to(town, "LATER", step=2)
    town.rule(escalate_s=3600)
    one = notify(relay)
    town.call()
    town.wait_states("sent", "queued")
    one.terminate()
    town.pg.execute("delete from people.role where code = 'LATER'; delete from notify.changed")
    town.pg.execute("update notify.delivery set next_at = now() where state = 'queued'")
    notify(relay)
    assert town.wait_states("sent", "cancelled")[1]["reason"] == "contact_inactive"
    assert not bad(town.pg)
