"""Rules with versions and conditions, calendars, quiet hours, absences: when and to whom a call is told."""

import datetime
import json
import zoneinfo

import pytest

import liaison
from ctl_support import fresh_ctl
from notify_lab import Relay
from notify_support import WITHDRAWN, fresh_notify, fresh_sandbox, fresh_town

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
ctl = pytest.fixture(name="ctl")(fresh_ctl)

NAMED = "select rule_name, rule_version from notify.alert order by alert_id"


@pytest.fixture
def importing(ctl, tmp_path):
    """importing("rule", line, ...): lines of CSV, the first has the columns. Returns [added, changed, as before]."""
    def run(group, *lines, district="riverside", action="import"):
        file = tmp_path / f"{group}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = ctl.ok(group, action, district, str(file), json_out=True)
        return [done[key] for key in ("added", "changed", "same")]
    return run


# Versions -------------------------------------------------------------------------------------------


def test_each_change_of_a_rule_is_a_version_that_says_who_and_what(town, ctl, importing):
    rule = ("name,min_priority,escalate_s", "all,0,300")
    assert importing("rule", *rule) == [1, 0, 0]
    assert importing("rule", *rule) == [0, 0, 1], "what changes nothing is no version"
    importing("rule", "name,min_priority,escalate_s", "all,5,300")
    assert ctl.ok("rule", "list", "riverside", json_out=True)[0]["version"] == 2
    ctl.ok("rule", "remove", "riverside", "all")
    assert "no rule of this name" in ctl.fails("rule", "remove", "riverside", "all")
    importing("rule", *rule)
    rows = ctl.ok("rule", "history", "riverside", "all", json_out=True)
    assert [(row["version"], row["change"]) for row in rows] == [
        (1, "made"), (2, "min_priority: 0 -> 5"), (3, "removed"), (1, "made")]
    assert all(row["by"].startswith("ctl:") for row in rows)
    assert len({row["rule"] for row in rows}) == 2, "another rule of the same name is another rule"


def test_alert_names_rule_and_version_also_when_the_rule_is_gone(town, ctl, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule(name="loud")
    town.pg.execute("update notify.rule set version = 40, min_priority = 1")
    notify()
    number = town.call()
    town.wait_states("sent")
    assert town.pg.rows(NAMED) == [("loud", 2)]
    ctl.ok("rule", "remove", "riverside", "loud")
    town.wait_drained()
    town.call(number, status="closed")
    town.wait_states("sent", "sent")
    assert town.pg.rows(NAMED) == [("loud", 2)]
    town.rule(name="other")
    town.call(number)
    town.wait_states("sent", "sent", "sent")
    assert town.pg.rows(NAMED) == [("other", 1)]


# Conditions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition, told", [
    ({"relations": ["at", "next_to"]}, True),
    ({"relations": ["near"]}, False),
    ({"within_m": 12}, True),
    ({"within_m": 11}, False),
    ({"types": ["FIGHT"]}, True),
    ({"types": []}, False),
    ({"dispositions": ["CIT"]}, True),
    ({"dispositions": ["UNF"]}, False),
    ({"weekdays": [4]}, True),
    ({"weekdays": [1, 2, 3, 5, 6, 7]}, False),
])
def test_each_condition_decides(town, sandbox, notify, condition, told):
    town.district.contact("P", email="pat@riverside.example")
    town.rule(**condition)
    notify(sandbox={"smtp_host": "127.0.0.1", "smtp_port": sandbox.smtp_port})
    # In Riverside it is still Thursday.
    town.call(mode="replay", opened="timestamptz '2026-11-27 03:00Z'", disposition_code="CIT")
    town.wait_drained()
    assert town.pg.one("select count(*) from notify.alert") == int(told)


def test_rule_of_a_lower_rank_may_stop_those_after_it(town, ctl, importing, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example", phone="+15550100001")
    assert importing("rule", "name,rank,stops,classes,channels,relations", "all,,,,email;sms,",
                     "fights by mail,10,yes,violence,email,at;near") == [2, 0, 0]
    assert [row["name"] for row in ctl.ok("rule", "list", "riverside", json_out=True)] == ["fights by mail", "all"]
    notify()
    town.call("I-fight")
    town.wait_states("sent", channel="email")
    town.call("I-theft", **{"class": "property", "type_code": "THEFT"})
    sandbox.wait_texts(1)
    town.wait_states("sent", "sent", channel="email")
    assert len(sandbox.texts()) == 1
    assert [name for name, _ in town.pg.rows(NAMED)] == ["fights by mail", "all"]


def test_column_that_the_file_does_not_have_stays(town, ctl, importing):
    importing("rule", "name,weekdays,acks,quiet_from,quiet_to,schools,within_m", "all,mon;FRI,2,21:30,06:00,NORTH,400")
    assert importing("rule", "name,min_priority", "all,3") == [0, 1, 0]
    row = ctl.ok("rule", "list", "riverside", json_out=True)[0]
    assert (row["weekdays"], row["acks"], row["quiet_from"], row["quiet_to"], row["schools"], row["within_m"],
            row["min_priority"], row["channels"]) == ("mon;fri", 2, "21:30", "06:00", "NORTH", 400, 3, "email;sms")
    assert importing("rule", "name,weekdays,within_m", "all,,") == [0, 1, 0]
    row = ctl.ok("rule", "list", "riverside", json_out=True)[0]
    assert (row["weekdays"], row["within_m"], row["acks"]) == (None, None, 2)
    assert importing("rule", "name,acks", "all,Each") == [0, 1, 0]
    assert ctl.ok("rule", "list", "riverside", json_out=True)[0]["acks"] == "each"


@pytest.mark.parametrize("column, value, says", [
    ("relations", "at;beside", "relations"), ("types", "NOSUCH", "types"), ("dispositions", "NOSUCH", "dispositions"),
    ("weekdays", "mon;day", "weekdays"), ("rank", "0", "rank"), ("quiet_from", "25:00", "quiet_from"),
    ("quiet_from", "21:00", "quiet_to"), ("within_m", "near", "within_m")])
def test_rule_that_cannot_be_meant_is_refused(town, ctl, tmp_path, column, value, says):
    file = tmp_path / "rules.csv"
    file.write_text(f"name,{column}\nall,{value}\n", encoding="utf-8")
    assert says in ctl.fails("rule", "import", "riverside", str(file))
    assert town.pg.one("select count(*) from notify.rule") == 0


# Calendar and bells ---------------------------------------------------------------------------------

HOURS = ("select to_char(h.starts, 'HH24:MI') || '-' || to_char(h.ends, 'HH24:MI') from district.school s "
         "left join district.school_hours(s.district_id, s.school_id, %s::date) h on true where s.code = %s")


def test_calendar_and_bells_say_when_school_is_in(town, ctl, importing):
    town.district.school("SOUTH", 41.0, -75.0)
    assert importing("calendar", "day,last_day,kind,ends,school", "2026-11-25,,early,12:15,", "2026-11-26,2026-11-27,holiday,,",
                     "2026-11-27,,school,,SOUTH", "2026-11-28,,school,,SOUTH") == [4, 0, 0]
    assert importing("calendar", "school,from,to,weekday", "NORTH,08:10,15:10,", "NORTH,09:10,15:10,wed",
                     action="bells") == [2, 0, 0]
    expected = {("2026-11-23", "NORTH"): "08:10-15:10", ("2026-11-23", "SOUTH"): "07:30-15:30",
                ("2026-11-25", "NORTH"): "09:10-12:15", ("2026-11-25", "SOUTH"): "07:30-12:15",
                ("2026-11-26", "NORTH"): None, ("2026-11-26", "SOUTH"): None, ("2026-11-27", "NORTH"): None,
                ("2026-11-27", "SOUTH"): "07:30-15:30", ("2026-11-28", "NORTH"): None,
                ("2026-11-28", "SOUTH"): "07:30-15:30", ("2026-11-30", "NORTH"): "08:10-15:10"}
    assert {key: town.pg.one(HOURS, *key) for key in expected} == expected
    assert importing("calendar", "day,kind", "2026-11-26,none") == [0, 1, 0]
    assert town.pg.one(HOURS, "2026-11-26", "SOUTH") == "07:30-15:30"


def test_rule_of_school_hours_does_not_match_on_a_holiday(town, importing, sandbox, notify):
    importing("calendar", "day,kind", "2026-11-26,holiday")
    town.district.contact("P", email="pat@riverside.example")
    town.rule(hours="school")
    notify(sandbox={"smtp_host": "127.0.0.1", "smtp_port": sandbox.smtp_port})
    town.call("I-wed", mode="replay", opened="timestamptz '2026-11-25 15:00Z'")
    town.call("I-thu", mode="replay", opened="timestamptz '2026-11-26 15:00Z'")
    town.wait_drained()
    assert town.pg.rows("select incident_no from notify.alert") == [("I-wed",)]


@pytest.mark.parametrize("line", ["2026-11-31,holiday,", "2026-11-25,early,", "2026-11-25,closed,", ",holiday,"])
def test_day_that_cannot_be_meant_is_refused(town, ctl, tmp_path, line):
    file = tmp_path / "days.csv"
    file.write_text(f"day,kind,ends\n{line}\n", encoding="utf-8")
    assert "line 2" in ctl.fails("calendar", "import", "riverside", str(file))


ICAL = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:{0}1126
DTEND;VALUE=DATE:{0}1128
SUMMARY:No School - Thanksgiving
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:{0}1125T121500
SUMMARY:Early Release
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:{0}0704
SUMMARY:Independence Day
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:{0}1218T180000
SUMMARY:Concert: no school tomorrow
END:VEVENT
END:VCALENDAR
"""


def test_icalendar_is_read_and_what_says_nothing_of_school_is_left_out(town, ctl, tmp_path):
    year = datetime.date.today().year + 1
    file = tmp_path / "district.ics"
    file.write_text(ICAL.format(year).replace("\n", "\r\n"), encoding="utf-8")
    assert "2 events do not say" in ctl.ok("calendar", "import", "riverside", str(file))
    days = [(row["day"], row["kind"], row["ends"]) for row in ctl.ok("calendar", "list", "riverside", json_out=True)]
    assert days == [(f"{year}-11-25", "early", "12:15"), (f"{year}-11-26", "holiday", None),
                    (f"{year}-11-27", "holiday", None)]
    assert "1 event does not say" in ctl.ok("calendar", "import", "riverside", str(file), "--kind", "holiday")
    assert ctl.ok("calendar", "list", "riverside", json_out=True)[0]["day"] == f"{year}-07-04"


# Quiet hours ----------------------------------------------------------------------------------------

ZONES = ["America/New_York", "America/Denver", "America/Phoenix", "Australia/Lord_Howe"]
CHANGES = ["2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04", "2026-07-01"]
WINDOWS = "select notify.quiet_windows(%s, %s, %s, %s)"


def moment(day, clock, zone, fold=0):
    """As RFC 5545 reads it: of a time that comes twice the first, and one in a gap by the offset before it."""
    local = datetime.datetime.fromisoformat(f"{day}T{clock}")
    return local.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=fold).astimezone(datetime.timezone.utc)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("clock", ["01:30", "02:30", "08:00"])
def test_quiet_hours_end_at_the_local_time_through_both_changes(module_pg, zone, clock):
    for day in CHANGES:
        before = datetime.date.fromisoformat(day) - datetime.timedelta(days=1)
        ends, begins = moment(day, clock, zone), moment(before, "22:00", zone)
        for fold in (0, 1):  # 01:30 twice: the first ends the quiet hours, and they do not begin again
            at = moment(day, "01:30", zone, fold)
            windows = [[at + datetime.timedelta(seconds=float(edge)) for edge in window]
                       for window in module_pg.one(WINDOWS, "22:00", clock, zone, at)]
            assert len(windows) == 4 and [begins, ends] in windows
            assert any(since <= at < until for since, until in windows) == (at < ends)


@pytest.mark.parametrize("zone", ZONES)
def test_quiet_hours_that_begin_in_the_night_of_a_change_begin_once(module_pg, zone):
    for day in CHANGES:
        at = moment(day, "00:10", zone)
        windows = module_pg.one(WINDOWS, "01:30", "08:00", zone, at)
        assert [(moment(day, clock, zone) - at).total_seconds() for clock in ("01:30", "08:00")] in windows


def quiet(town, table, from_s, to_s, **columns):
    """Makes somebody quiet from and until so many seconds from now."""
    changes = "".join(f", {name} = {value}" for name, value in columns.items())
    town.pg.execute(f"update {table} t set quiet_from = (now() at time zone d.zone + %s * interval '1 s')::time, "
                    f"quiet_to = (now() at time zone d.zone + %s * interval '1 s')::time{changes} "
                    "from district.district d where d.district_id = t.district_id", from_s, to_s)


@pytest.mark.parametrize("table", ["notify.rule", "people.role"])
def test_message_waits_for_the_end_of_quiet_hours(town, sandbox, notify, table):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    quiet(town, table, -3600, 3600)
    notify()
    town.call()
    waits = town.wait_states("queued")[0]
    town.call("I-9", priority=9)
    town.call("I-life", priority=1, **{"class": "weapon", "type_code": "ACTSHOOT"})
    town.wait_states("queued", "sent", "sent")
    quiet(town, table, -3600, 2)
    town.wait_states("sent", "sent", "sent")
    assert len(sandbox.mails()) == 3 and waits["attempts"] == 0
    assert town.pg.one("select sent_at - created_at < interval '20 s' from notify.delivery where delivery_id = %s",
                       waits["delivery_id"])


def test_what_waits_for_the_end_of_quiet_hours_is_shown_to_be_due_in_their_minute(town, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    town.pg.execute("update people.role set quiet_from = (now() at time zone d.zone - interval '1 hour')::time, quiet_to = "
                    "date_trunc('minute', now() at time zone d.zone + interval '2 hours')::time from district.district d")
    notify()
    for n in range(12):
        town.call(f"I-{n}")
        town.wait_states(*["queued"] * (n + 1))
    early = ("select count(*) from notify.delivery d, people.role r, district.district t "
             "where to_char(notify.waits_until(d) at time zone t.zone, 'HH24:MI') <> to_char(r.quiet_to, 'HH24:MI')")
    assert town.pg.one(early) == 0


def test_next_step_hears_that_nobody_told_before_has_it_only_if_somebody_was_told(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.district.contact("D", email="dee@riverside.example", phone="+15550100002", step=2)
    town.rule()
    quiet(town, "people.role", -3600, 3600)
    town.pg.execute("update people.role set quiet_from = null, quiet_to = null where code = 'D'")
    notify()
    town.call()
    text, = sandbox.wait_texts(1, "+15550100002")
    mail, = sandbox.wait_mails(1, "dee@riverside.example")
    assert "Nobody" not in mail["text"] and "Nobody" not in text["body"] and sandbox.mails("pat@riverside.example") == []


def test_message_that_waits_when_quiet_hours_begin_is_held_from_then_on(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify(smtp={"port": liaison.free_port()}, retry={"base_s": 1, "most_s": 2})  # it is held when it is tried again
    town.call()
    town.wait_states("queued")
    quiet(town, "people.role", 3, 3600)
    held = "select count(*) from notify.delivery where state = 'queued' and next_at > now() + interval '30 min'"
    liaison.wait_until(lambda: town.pg.one(held) == 1, 15, "the message waits for the end of quiet hours")
    assert town.pg.one("select quiet_from < (now() at time zone zone)::time from people.role join district.district "
                       "using (district_id)"), "not before they began"


HELD = "select count(*) from notify.delivery where state = 'queued' and attempts = 1 and next_at > notify.steady() + interval '30 min'"


@pytest.fixture
def held(town, sandbox, notify):
    """A message was tried once, and then quiet hours began."""
    town.district.contact("P", email="pat@riverside.example")
    town.rule(again_priority=11)
    sandbox.fault(smtp="tempfail", count=1)
    notify(retry={"base_s": 20})
    number = town.call()
    liaison.wait_until(lambda: town.deliveries(state="queued", attempts=1), what="it is deferred")
    quiet(town, "people.role", -3600, 3600)
    liaison.wait_until(lambda: town.pg.one(HELD) == 1, what="it waits for the end of quiet hours")
    assert town.pg.one("select notify.waits_until(d) is not null from notify.delivery d")
    return number


@pytest.mark.parametrize("change", ["quiet_from = null, quiet_to = null", "priority"])
def test_message_that_was_tried_waits_for_no_quiet_hours_that_are_over(town, held, change):
    if change == "priority":
        town.call(held, priority=10)
    else:
        town.pg.execute(f"update people.role set {change}")
    town.wait_states("sent")


def test_message_is_not_older_for_quiet_hours(town, sandbox, held):
    town.pg.execute("update notify.delivery set due_at = due_at - interval '9 h'")  # as if they had been that long
    sandbox.fault(smtp="tempfail", count=1)
    quiet(town, "people.role", -3600, 2)
    liaison.wait_until(lambda: town.deliveries(attempts=2) and not town.deliveries(state="sending"), what="it is tried again")
    assert town.deliveries()[0]["state"] == "queued", "it is tried for give_up_h more"


def test_message_that_is_being_tried_when_quiet_hours_begin_is_held_when_the_try_ends(town, notify, closing):
    town.district.contact("P", email="pat@riverside.example")
    quiet(town, "people.role", 4, 3600)
    town.rule()
    relay = closing(Relay())
    relay.say("connect", "hang")
    notify(smtp={"port": relay.port}, retry={"base_s": 1, "most_s": 2, "timeout_s": 8, "lease_s": 10})
    town.call()
    town.wait_states("sending")
    liaison.wait_until(lambda: [row for row in town.deliveries() if row["state"] == "queued" and row["due_at"] is None
                                and row["attempts"] == 1], 15, "it is held after one try")
    held = town.pg.one("select next_at > now() + interval '30 min' from notify.delivery")
    assert held, "until quiet hours end"


def test_contact_file_has_quiet_hours(town, ctl, importing):
    importing("contact", "code,name,email,quiet_from,quiet_to,quiet_priority", "P,Pat Example,pat@riverside.example,22:00,06:30,10")
    importing("contact", "code,name,email", "P,Pat Example,pat@riverside.example")
    row = ctl.ok("contact", "list", "riverside", json_out=True)[0]
    assert (row["quiet_from"], row["quiet_to"]) == ("22:00", "06:30")
    assert town.pg.one("select quiet_priority from people.role") == 10
    importing("contact", "code,name,email,quiet_from,quiet_to", "P,Pat Example,pat@riverside.example,,")
    assert town.pg.one("select quiet_from is null from people.role")


# Absences and holes in the roster -------------------------------------------------------------------


@pytest.fixture
def roster(town, ctl, importing):
    """Pat, principal of North High, in step 1; Dee of South in step 2."""
    town.south = town.district.school("SOUTH", 41.0, -75.0)
    importing("contact", "code,name,email,step,schools", "P,Pat Example,pat@riverside.example,1,NORTH",
              "D,Dee Example,dee@riverside.example,2,SOUTH")


def today(town, days=0):
    return str(town.pg.one("select (now() at time zone zone)::date + %s from district.district", days))


def test_substitute_stands_in_at_the_schools_and_in_the_step_of_the_absent_one(town, ctl, roster, sandbox, notify):
    town.rule()
    ctl.ok("contact", "absent", "riverside", "P", "--substitute", "D")
    notify()
    town.call()
    sandbox.wait_mails(1, "dee@riverside.example")
    assert town.pg.rows("select step from notify.delivery") == [(1,)] and not sandbox.mails("pat@riverside.example")
    assert [(row["code"], row["substitute"], row["to"]) for row in
            ctl.ok("contact", "absences", "riverside", json_out=True)] == [("P", "D", None)]
    ctl.ok("contact", "back", "riverside", "P")
    sandbox.wait_mails(1, "pat@riverside.example")
    sandbox.wait_mails(2, "dee@riverside.example")
    assert sandbox.mails("dee@riverside.example")[1]["text"].startswith(WITHDRAWN)
    assert "not absent" in ctl.fails("contact", "back", "riverside", "P")


@pytest.mark.parametrize("edge", ["from_at", "to_at"])
def test_alerts_follow_an_absence_that_begins_or_ends_by_itself(town, ctl, roster, sandbox, notify, edge):
    town.rule()
    ctl.ok("contact", "absent", "riverside", "P", "--from", today(town, 1), "--substitute", "D")
    town.pg.execute("update people.absence set from_at = now() - interval '1 day', to_at = 'infinity'"
                    if edge == "to_at" else "select")
    town.pg.execute(f"update people.absence set {edge} = now() + interval '4 s'")
    notify()
    town.call()
    first, then = ("pat", "dee") if edge == "from_at" else ("dee", "pat")
    sandbox.wait_mails(1, f"{first}@riverside.example", timeout=4)
    assert not sandbox.mails(f"{then}@riverside.example")
    sandbox.wait_mails(1, f"{then}@riverside.example")


def test_absence_is_of_whole_days_of_the_district(town, ctl, roster):
    ctl.ok("contact", "absent", "riverside", "P", "--from", "2090-03-11", "--to", "2090-03-12")
    assert town.pg.rows("select from_at at time zone 'UTC', to_at at time zone 'UTC' from people.absence") == [
        (datetime.datetime(2090, 3, 11, 5), datetime.datetime(2090, 3, 13, 4))]
    for options in (["--to", "2090-03-01", "--from", "2090-03-02"], ["--substitute", "P"], ["--substitute", "NOBODY"],
                    ["--from", "tomorrow"]):
        ctl.fails("contact", "absent", "riverside", "P", *options)


HOLES = ("select s.code, h.from_at > now() from district.district d, notify.roster_holes(d.district_id) h "
         "join district.school s using (school_id) order by 1")


def test_holes_in_the_roster_are_known_two_weeks_ahead(town, ctl, roster, pg):
    assert pg.rows(HOLES) == []
    ctl.ok("contact", "absent", "riverside", "P", "--from", today(town, 16))
    assert pg.rows(HOLES) == [], "later than in two weeks"
    ctl.ok("contact", "back", "riverside", "P")
    ctl.ok("contact", "absent", "riverside", "P", "--from", today(town, 12))
    assert pg.rows(HOLES) == [("NORTH", True)]
    found = {row["check"]: row["found"] for row in json.loads(ctl.run("doctor", json_out=True).stdout)}
    midnight = pg.one("select liaison.iso_s(%s::timestamp at time zone zone) from district.district", today(town, 12))
    assert [text.split(" on")[0] for text in found["the roster has no holes ahead"]] == [
        f"riverside/NORTH has nobody to tell from {midnight}"]
    ctl.ok("contact", "absent", "riverside", "P", "--from", today(town, 12), "--substitute", "D")
    assert pg.rows(HOLES) == []
    pg.execute("update people.role set to_at = now() + interval '13 days' where code = 'D'")
    assert pg.rows(HOLES) == [("NORTH", True), ("SOUTH", True)]
    ctl.ok("contact", "back", "riverside", "P")
    pg.execute("update people.person set email = null where name like 'Pat%'")
    assert pg.rows(HOLES) == [("NORTH", False), ("SOUTH", True)], "who cannot be reached fills no hole"


@pytest.fixture
def feeder(town):
    """Pat of the feeder pattern Lincoln, which has no school yet. feeder(first, last) gives it North High."""
    pat = town.district.contact("P", email="pat@riverside.example")
    town.pg.execute("insert into district.feeder values (%s, 1, 'Lincoln'); "
                    "update people.role set scope = 'feeders', from_at = now() - interval '9 days'; "
                    "insert into people.role_feeder values (%s, %s, 1)", town.district.id, pat, town.district.id)
    town.rule()
    return lambda first=-9, last=9: town.pg.execute(
        "insert into district.school_feeder select district_id, %s, 1, (now() at time zone zone)::date + %s, "
        "(now() at time zone zone)::date + %s from district.district", town.school, first, last)


def test_alerts_follow_a_feeder_pattern_that_gets_and_loses_a_school(town, feeder, sandbox, notify):
    notify()
    town.call()
    town.wait_drained()
    feeder()
    sandbox.wait_mails(1, "pat@riverside.example")
    town.wait_states("sent")
    town.pg.execute("delete from district.school_feeder")
    assert sandbox.wait_mails(2, "pat@riverside.example")[1]["text"].startswith(WITHDRAWN)


@pytest.mark.parametrize("edge, before, day", [("from_day", (1, 9), 0), ("to_day", (-9, 9), -1)])
def test_alerts_follow_a_feeder_pattern_that_begins_or_ends_by_its_date(town, feeder, sandbox, notify, edge, before, day):
    """A day is over while nobody changes anything: the row is changed behind the triggers."""
    feeder(*before)
    notify()
    town.call()
    town.wait_drained()
    count = len(sandbox.wait_mails(1)) if edge == "to_day" else 0
    town.pg.execute(f"set local session_replication_role = replica; update district.school_feeder set {edge} = "
                    "(select (now() at time zone zone)::date + %s from district.district); "
                    "update notify.roster_seen set at = now() - interval '1 day'", day)
    sandbox.wait_mails(count + 1, "pat@riverside.example")


def test_the_end_of_a_feeder_pattern_is_a_hole_that_is_known_ahead(town, feeder, pg):
    feeder()
    assert pg.rows(HOLES) == [("NORTH", True)], "in ten days"
    pg.execute("update district.school_feeder set to_day = 'infinity'")
    assert pg.rows(HOLES) == []
    pg.execute("update district.school_feeder set from_day = from_day + 10")
    assert pg.rows(HOLES) == [("NORTH", False)]


@pytest.mark.parametrize("change", [
    "insert into district.school_feeder values ({district}, {south}, 1)",
    "update district.school_feeder set to_day = '2020-01-01'", "delete from district.school_feeder",
    "update people.role_school set school_id = {south}", "update people.role_feeder set feeder_id = 2",
    "delete from people.webhook", "update district.district set zone = 'UTC'",
    "update district.district set hours_end = '16:00'"])
def test_whatever_decides_who_is_told_has_open_calls_looked_at(town, feeder, pg, change):
    feeder()
    town.district.contact("S", email="s@riverside.example", schools=[town.school])
    town.district.webhook("W", "https://hooks.example/cap", "s" * 32)
    south = town.district.school("SOUTH", 41.0, -75.0)
    pg.execute("insert into district.feeder values (%s, 2, 'Grant'); delete from notify.changed", town.district.id)
    pg.execute(change.format(district=town.district.id, south=south))
    assert pg.rows("select district_id from notify.changed") == [(town.district.id,)]


def test_who_is_on_duty_now_is_who_would_be_told(town, ctl, roster, pg):
    town.district.contact("A", email="ann@riverside.example")
    ctl.ok("contact", "absent", "riverside", "A", "--substitute", "D")
    told = ("select s.school_id, c.contact_id from district.school s join people.contact c using (district_id) where c.active "
            "and (c.scope = 'district' or exists (select from people.covered l where (l.role_id, l.school_id) = "
            "(c.contact_id, s.school_id))) order by 1, 2")
    assert pg.rows("select o.* from district.district d, people.on_duty(d.district_id, now()) o order by 1, 2") == pg.rows(told)
    assert len(pg.rows(told)) == 3


# How often ------------------------------------------------------------------------------------------


def test_a_rule_for_material_changes_tells_no_update(town, ctl, importing, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    importing("rule", "name,frequency", "all,material")
    assert ctl.ok("rule", "list", "riverside", json_out=True)[0]["frequency"] == "material"
    notify()
    town.call("I-1", priority=5)
    town.wait_states("sent")
    town.call("I-1", priority=5, address="700 MAIN ST")
    town.wait_drained()
    town.call("I-1", priority=9, address="700 MAIN ST")
    town.wait_states("sent", "sent")
    assert sandbox.mails()[-1]["text"].startswith("NOW: fight")
    town.call("I-1", priority=9, status="closed")
    town.wait_states("sent", "sent", "sent")
