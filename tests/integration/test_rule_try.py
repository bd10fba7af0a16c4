"""liaisonctl rule try: what rules would have done with calls of the past, decided as liaison-notify decides."""

import contextlib
import json
import os
import random
import subprocess

import psycopg2
import pytest

import liaison
from ctl_support import Ctl, fresh_ctl
from dashboard_support import Town as House
from liaison import ago, event, wait_until
from notify_support import Sandbox, fresh_town, settings
from statements import all_statements

pytestmark = [pytest.mark.needs(name) for name in ("liaisonctl", "liaison-notify", "liaison-intake")]
town = pytest.fixture(name="town")(fresh_town)
ctl = pytest.fixture(name="ctl")(fresh_ctl)

COUNTS = ("calls", "by_final_state", "alerts", "outside_hours", "night", "held", "nobody", "messages", "messages_night")
DAY = "2026-03-10"  # a Tuesday, in summer time


def at(clock, day=DAY):
    return f"'{day} {clock} America/New_York'::timestamptz"


@pytest.fixture
def tried(town, ctl):
    """tried(option, ...) tries the rules on the week of DAY; {count: number} and the whole answer."""
    def run(*options, period=("--from", "2026-03-07", "--to", "2026-03-13")):
        answer = ctl.ok("rule", "try", "riverside", *period, *options, json_out=True)
        return {name: answer[name] for name in COUNTS if answer[name]}, answer
    return run


def test_alerts_are_counted_by_rule_school_class_month_and_messages_by_person(town, tried):
    town.district.contact("P", email="p@riverside.example", phone="+15550100001", name="Pat Example")
    town.district.contact("D", email="d@riverside.example", step=2)
    town.rule(name="fights", classes=["violence"], hours="school")
    town.rule(name="serious", min_priority=9, channels=["sms"])
    town.call(opened=at("10:00"), mode="backfill", status="closed", priority=3)
    town.call(opened=at("23:30"), mode="backfill", status="closed", priority=9)
    town.call(opened=at("23:30"), mode="backfill", status="closed", priority=8)
    town.call(opened=at("10:00"), mode="replay", status="closed", priority=9)
    town.call(opened=at("10:00", "2026-04-10"), mode="backfill", status="closed", priority=9)
    counts, answer = tried("--list")
    assert counts == {"calls": 3, "by_final_state": 3, "alerts": 2, "outside_hours": 1, "night": 1, "messages": 3,
                      "messages_night": 1}
    assert [(row["rule"], row["alerts"], row["night"]) for row in answer["by_rule"]] == [("fights", 1, 0), ("serious", 1, 1)]
    assert [(row["school"], row["alerts"]) for row in answer["by_school"]] == [("NORTH", 2)]
    assert [(row["class"], row["alerts"]) for row in answer["by_class"]] == [("violence", 2)]
    assert [(row["month"], row["alerts"]) for row in answer["by_month"]] == [("2026-03", 2)]
    assert [tuple(row.values()) for row in answer["by_person"]] == [("P", "Pat Example", "email", 1, 0),
                                                                   ("P", "Pat Example", "sms", 2, 1)]
    assert [(row["at"], row["incident"], row["becomes"]) for row in answer["list"]] == [
        ("2026-03-10T14:00:00Z", "I-1", "alert"), ("2026-03-11T03:30:00Z", "I-2", "alert")]


def test_a_person_of_several_rows_is_told_once(town, tried):
    for code, step in (("P", 1), ("Q", 1), ("R", 2)):
        town.district.contact(code, name="Pat Doe", email="p@riverside.example", step=step)
    town.rule(channels=["email"])
    town.call(opened=at("10:00"), mode="backfill", status="closed")
    assert [tuple(row.values()) for row in tried()[1]["by_person"]] == [("P", "Pat Doe", "email", 1, 0)]


def test_text_says_the_same(town, ctl):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    town.call(opened=at("23:30"), mode="backfill", status="closed")
    shown = ctl.ok("rule", "try", "riverside", "--from", DAY, "--to", DAY)
    assert "riverside, 2026-03-10 to 2026-03-10: 1 call, 1 of them by their last state alone" in shown
    assert "1 alert, 1 outside school hours, 1 at night; 0 more held by the budget, 0 in a digest, 0 with nobody to tell" in shown
    assert "contact  name       channel  messages  night\n  P        Contact P  email    1         1\n" in shown


def test_rule_that_is_not_there_is_tried_and_one_that_is_left_out(town, ctl, tried, tmp_path):
    town.district.contact("P", email="p@riverside.example")
    town.rule(name="all")
    for priority in (3, 9):
        town.call(opened=at("10:00"), mode="backfill", status="closed", priority=priority)
    file = tmp_path / "rules.csv"
    file.write_text("name,min_priority,channels,schools\nall,9,,\nmore,2,email,NORTH\n", encoding="utf-8")
    assert tried()[0]["alerts"] == 2
    assert tried("--without", "all")[0] == {"calls": 2, "by_final_state": 2}
    assert [(row["rule"], row["alerts"]) for row in tried("--rule", str(file))[1]["by_rule"]] == [("all", 1), ("more", 1)]
    assert [(row["rule"], row["alerts"]) for row in tried("--rule", str(file), "--without", "all")[1]["by_rule"]] == [("more", 2)]
    assert town.pg.rows("select name, min_priority from notify.rule") == [("all", 0)]
    assert "no rule of this name" in ctl.fails("rule", "try", "riverside", "--without", "none")
    file.write_text("name,min_priority\nall,99\n", encoding="utf-8")
    assert "min_priority" in ctl.fails("rule", "try", "riverside", "--rule", str(file))
    file.write_text("name,min_priority,hours\nall,99,often\n\nmore,-1,any\n" + "x,77,any\n" * 25, encoding="utf-8")
    told = ctl.fails("rule", "try", "riverside", "--rule", str(file)).splitlines()
    assert [line.split(": ", 2)[2].split(":")[0:2] for line in told[:3]] == [
        ["line 2", " min_priority"], ["line 2", " hours"], ["line 4", " min_priority"]]
    assert told[-2].endswith("and 7 more") and told[-1].endswith("27 of 27 rows refused; nothing was changed")
    assert len(told) == 23
    assert "must not be before" in ctl.fails("rule", "try", "riverside", "--from", DAY, "--to", "2026-03-09")
    assert "DISTRICT" in ctl.fails("rule", "try", "elsewhere")


def test_quiet_hours_budget_and_nobody_count_as_they_would_live(town, tried):
    town.pg.execute("update district.district set alert_budget = 2, alert_budget_s = 600")
    quiet = town.district.contact("Q", email="q@riverside.example")
    town.pg.execute("update people.role set quiet_from = '22:00', quiet_to = '07:00' where role_id = %s", quiet)
    town.rule(channels=["email"])
    town.rule(name="texts", channels=["sms"], min_priority=11, classes=[])
    for minute in range(4):
        town.call(opened=at(f"23:0{minute}"), mode="backfill", status="closed")
    town.call(opened=at("23:05"), mode="backfill", status="closed", **{"class": "weapon", "type_code": "ACTSHOOT"})
    counts, answer = tried()
    assert counts == {"calls": 5, "by_final_state": 5, "alerts": 3, "outside_hours": 3, "night": 3, "held": 2,
                      "messages": 3, "messages_night": 1}
    town.pg.execute("update people.role set channels = '{}'")
    assert tried()[0]["nobody"] == 5
    assert answer["by_person"][0]["night"] == 1, "what may cost a life is told in quiet hours"


def heard(town, number, clock, kind=1, **columns):
    """An event of a call at the school, as intake stores it when it arrives at this time of DAY."""
    stream = town.pg.one("select stream_no from agency.stream") or town.pg.one(
        "insert into agency.stream (agency_id, stream_id, epoch, mode) values (%s, gen_random_uuid(), 1, 'live') "
        "returning stream_no", town.agency.id)
    values = {"stream_no": stream, "seq": town.pg.one("select count(*) + 1 from agency.event"), "agency_id": town.agency.id,
              "incident_no": number, "kind": kind, "mode": 1, "epoch": 1, **columns}
    town.pg.execute(f"insert into agency.event ({', '.join(values)}, content_id, occurred_at, received_at) values "
                    f"({', '.join(['%s'] * len(values))}, gen_random_uuid(), {at(clock)}, {at(clock)})", *values.values())


def test_what_was_known_when_decides_and_not_what_became_of_it(town, tried):
    town.agency.map_codes("type", {"FIGHT": "FIGHT", "ALMA": "ALMA"})
    town.district.contact("P", email="p@riverside.example")
    town.district.contact("D", email="d@riverside.example", step=2)
    town.district.contact("E", email="e@riverside.example", step=3)
    town.rule(classes=["violence"], escalate_s=300)
    here = json.dumps([{"district": town.district.id, "school": town.school, "relation": "at", "method": "radius",
                        "distance_m": 5, "confidence": 1}])
    town.call("I-1", opened=at("23:56"), status="closed", **{"class": "alarm", "type_code": "ALMA"})
    heard(town, "I-1", "23:56", call_type="FIGHT", placed=here)
    heard(town, "I-1", "23:57", kind=3, final_type="ALMA")
    heard(town, "I-1", "23:58", kind=5)
    town.call("I-2", opened=at("21:50"), status="cancelled", entered_in_error=True)
    heard(town, "I-2", "21:50", call_type="FIGHT", placed=here)
    heard(town, "I-2", "21:57", kind=3, entered_in_error=True)
    counts, answer = tried("--list")
    assert counts == {"calls": 2, "alerts": 2, "outside_hours": 2, "night": 1, "messages": 7, "messages_night": 3}
    assert [(row["at"], row["incident"]) for row in answer["list"]] == [
        ("2026-03-11T01:50:00Z", "I-2"), ("2026-03-11T03:56:00Z", "I-1")]
    # I-1: P hears of the fight, of what it is now, and of its end. I-2: P, then D after five minutes, both that it is taken
    # back; E is asked no more.
    assert [(row["contact"], row["messages"], row["night"]) for row in answer["by_person"]] == [("P", 5, 3), ("D", 2, 0)]


def test_nothing_is_written(town, pg):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    town.call()
    before = pg.rows("select * from liaison.audit order by 1")
    shut = Ctl(pg.conninfo("owner") + " options='-c default_transaction_read_only=on'")
    assert "read-only" in shut.fails("rule", "remove", "riverside", "all")
    assert shut.ok("rule", "try", "riverside", json_out=True)["alerts"] == 1
    assert pg.rows("select * from liaison.audit order by 1") == before
    assert pg.one("select count(*) from notify.alert") == 0


def test_memory_does_not_grow_with_the_calls(town, pg):
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    pg.execute(
        "insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, sensitivity, "
        "opened_at, school_id, relation, version_at) select %s, %s, 'X-' || n, 'cad', 'backfill', 'closed', 'violence', "
        "'open', " + at("10:00") + " + n * interval '1 s', %s, 'at', now() from generate_series(1, 20000) n",
        town.district.id, town.agency.id, town.school)
    pg.execute("insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank, relation, "
               "method, confidence) select district_id, agency_id, incident_no, school_id, 1, 'at', 'radius', 1 "
               "from district.incident")
    most = []
    for day in ("2026-03-09", DAY):
        command = subprocess.Popen([liaison.program("liaisonctl"), "--database", pg.conninfo("owner"), "--json", "rule",
                                    "try", "riverside", "--from", day, "--to", day], stdout=subprocess.PIPE,
                                   env=dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=0"))
        told = json.loads(command.stdout.read())
        most.append((told["calls"], os.wait4(command.pid, 0)[2].ru_maxrss))
        command.stdout.close()
        command.returncode = 0
    assert [calls for calls, _ in most] == [0, 20000]
    assert most[1][1] - most[0][1] < 2048, f"{most} KiB"


def test_it_reads_what_the_decision_reads(pg):
    """A column that notify reads, and that the dry run does not give, would end the program."""
    def columns(folder, name):
        text = next(text for path, found, text in all_statements() if folder in path and found == name)
        with pg.session("owner") as session, session.cursor() as cursor:
            cursor.execute(f"prepare p as {text}")
            cursor.execute("select cardinality(parameter_types) from pg_prepared_statements where name = 'p'")
            values = ", ".join(["null"] * cursor.fetchone()[0])
            cursor.execute(f"execute p({values})")
            return {column.name for column in cursor.description}
    assert columns("notify", "outbox_rules") <= columns("ctl", "try_rules")
    assert columns("notify", "outbox_contacts") <= columns("ctl", "try_contacts")
    of_alert = {"subject", "alert_id", "held", "alert_mode", "alert_closed", "round", "severity", "asked_us", "acknowledged",
                "acted_by", "handed", "lost", "lost_us", "opened_at", "t_closed"}
    assert columns("notify", "outbox_state") - of_alert <= columns("ctl", "try_steps")


# Beside the real service ------------------------------------------------------------------------------

NORTH, SOUTH, NOWHERE = (40.0, -75.0), (40.1, -75.1), (40.5, -75.5)
CODES = ("FIGHT", "ALMA", "WEAPON", "ABUSE")


class Service:
    """Intake and notify on one database, and an agency that sends."""

    def __init__(self, pg, folder, stack):
        def started(thing):
            stack.callback(thing.close)
            return thing
        self.pg, self.town = pg, House(pg, calls=0)
        self.town.metro.map_codes("type", {code: code for code in CODES})
        sandbox, server = started(Sandbox(folder)), started(liaison.Intake(folder, pg)).start()
        password = liaison.write_file(str(folder / "sms.password"), "token\n", 0o600)
        ini = liaison.ini(**settings(pg, sandbox, lambda *_: password, bus={"subscribe": server.bus}))
        notify = started(liaison.Daemon(folder, "liaison-notify", "--config",
                                        liaison.write_file(str(folder / "notify.ini"), ini))).start()
        notify.wait_log(r"event=db_up")
        self.peer = started(liaison.Peer(server, self.town.metro))
        self.peer.hello()
        self.seq = 0

    def say(self, number, **fields):
        self.seq += 1
        self.peer.event(self.seq, event(number, occurred_at=ago(60), **fields))
        self.peer.wait_acked(self.seq)
        wait_until(lambda: self.pg.row("select 1 where not exists (select from district.outbox) and not exists (select "
                                       "from notify.delivery where state in ('queued', 'sending'))"), 15,
                   "all that is due is said", every=0.02)


@pytest.fixture(scope="module")
def service(module_pg, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield Service(module_pg, tmp_path_factory.mktemp("service"), stack)


def random_rules(dice, service):
    service.pg.execute("delete from notify.rule; delete from people.role where role = 'contact'")
    for who in range(3):
        service.town.district.contact(
            f"C{who}", email=f"c{who}@riverside.example" if dice.random() < 0.8 else None,
            phone=f"+1555010000{who}" if dice.random() < 0.5 else None, sealed=dice.random() < 0.3,
            schools=dice.choice([[], [service.town.north], [service.town.south]]))
    for number in range(dice.randint(1, 4)):
        service.pg.execute(
            "insert into notify.rule (district_id, name, min_priority, classes, channels, sealed, stops, again_priority, "
            "max_age_s, escalate_s, relations, within_m) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 86400, %s, %s)",
            service.town.district.id, f"r{number}", dice.choice([0, 3, 6, 9]),
            dice.choice([None, None, ["violence"], ["violence", "weapon"], ["alarm"]]),
            dice.choice([["email"], ["sms"], ["email", "sms"]]), dice.random() < 0.25, dice.random() < 0.2,
            dice.choice([3, 9, 11]), dice.choice([100, 86400]), dice.choice([None, ["at", "next_to"]]),
            dice.choice([None, 5]))


def random_event(dice, service, number):
    fields = {}
    if dice.random() < 0.6:
        fields["call_type"] = dice.choice(CODES)
    if dice.random() < 0.5:
        fields["priority"] = str(dice.randint(1, 9))
    if dice.random() < 0.5:
        point = dice.choice([NORTH, NORTH, SOUTH, NOWHERE])
        fields["place"] = {"latitude": point[0], "longitude": point[1]}
    if dice.random() < 0.3:
        fields["times"] = {"received": ago(dice.choice([60, 150]))}
    if dice.random() < 0.07:
        fields["entered_in_error"] = True
    if number != "I-0" and dice.random() < 0.07:
        fields["merged_into"] = "I-0"
    service.say(number, kind=dice.choice(["call.received", "incident.updated", "incident.updated", "incident.closed"]),
                **fields)


def forget(pg, tries=5):
    """Deletes all calls and what follows from them, while the services run on."""
    for left in reversed(range(tries)):
        try:
            pg.execute("truncate agency.event, agency.incident, district.incident, district.incident_school, "
                       "district.outbox, notify.token, notify.attempt, notify.acknowledgement, notify.delivery, "
                       "notify.alert cascade")
            return
        except psycopg2.errors.DeadlockDetected:  # with a service that looks
            if not left:
                raise


@pytest.mark.parametrize("seed", range(8))
def test_alerts_and_messages_are_those_of_the_service(service, seed):
    dice, pg = random.Random(seed), service.pg
    forget(pg)
    pg.execute("update district.district set alert_budget = %s, storm_every_s = 0", dice.choice([0, 2, 30]))
    random_rules(dice, service)
    for _ in range(30):
        random_event(dice, service, f"I-{dice.randint(0, 6)}")
    told = Ctl(pg.conninfo("owner")).ok("rule", "try", "riverside", "--list", json_out=True)
    became = {(row["incident"], row["school"]): row["becomes"] for row in told["list"]
              if row["becomes"] != "nobody"}
    assert became == {(incident, school): end for incident, school, end in pg.rows(
        "select a.incident_no, s.code, case a.state when 'held' then 'held' else 'alert' end from notify.alert a "
        "join district.school s using (district_id, school_id) where a.state = 'held' or exists ("
        "select from notify.delivery d where (d.district_id, d.alert_id) = (a.district_id, a.alert_id))")}
    assert {(row["contact"], row["channel"]): row["messages"] for row in told["by_person"]} == {
        (code, channel): count for code, channel, count in pg.rows(
            "select c.code, d.channel, count(*) from notify.delivery d join people.contact c using (district_id, contact_id) "
            "where d.state in ('sent', 'delivered') group by 1, 2")}
    assert told["by_final_state"] == 0
    known = pg.rows("select agency_id, incident_no, school_id, r.* from (select distinct on (agency_id, incident_no, "
                    "school_id) * from notify.known_steps(%s, '-infinity', 'infinity') order by agency_id, incident_no, "
                    "school_id, at desc) k cross join lateral notify.call_facts(%s, k.agency_id, k.incident_no, "
                    "k.school_id) r", service.town.district.id, service.town.district.id)
    assert known == pg.rows(
        "select distinct on (agency_id, incident_no, school_id) agency_id, incident_no, school_id, relation, method, "
        "distance_m, mode, status, class, sensitivity, type_code, priority, entered_in_error, merged, opened_at, t_closed, "
        "place, units, unit_state, coming, sent, life_safety, class_rank, in_school_hours, weekday, ended_as "
        "from notify.known_steps(%s, '-infinity', 'infinity') order by agency_id, incident_no, school_id, at desc", service.town.district.id)
