"""The page behind the link of an alarm shows what a message to the same person would say now."""

import pytest

from dashboard_support import fresh_dashboard, fresh_town

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


class Alarm:
    """An alarm of Riverside, with the link of a contact."""

    def __init__(self, town, schools=()):
        self.town, self.id = town, town.district.id
        self.alarm = town.db.one("insert into notify.alarm (district_id, kind) values (%s, 'health') returning alarm_id",
                                 self.id)
        alert = town.db.one("insert into notify.alert (district_id, subject_kind, alarm_id, rule_id, mode) "
                            "values (%s, 'alarm', %s, 0, 'live') returning alert_id", self.id, self.alarm)
        contact = town.district.contact("ADMIN", email="admin@riverside.example", schools=schools)
        town.db.execute("update people.role set alarms = true where role_id = %s", contact)
        self.path = f"/api/v1/confirm/{town.token(alert, contact)}"

    def found(self, check, well=False, raised=True, **columns):
        row = {"district_id": self.id, "alarm_id": self.alarm, "check": check, **columns}
        names = ", ".join(f'"{name}"' for name in row)
        self.town.db.execute(
            f"insert into notify.finding ({names}, first_at, raised_at, well_at) values ({', '.join(['%s'] * len(row))}, "
            f"notify.steady() - interval '1 hour', {'now()' if raised else 'null'}, {'now()' if well else 'null'})",
            *row.values())

    def called(self, severity=0, **columns):
        """A finding about a call at North High that nobody could be told of."""
        alert, _ = self.town.alert(self.town.incident(opened="'2026-01-05T10:00:00Z'", status="open", **columns))
        self.town.db.execute("update notify.alert set severity = %s where alert_id = %s", severity, alert)
        self.found("nobody", about=alert)


def findings(dashboard, alarm):
    return dashboard.api().get(alarm.path)["findings"]


def test_what_is_wrong_stands_in_the_order_of_the_messages(town, dashboard):
    alarm = Alarm(town)
    alarm.found("provider", channel="email", object="smtp", well=True)
    alarm.found("tried", channel="email")
    alarm.found("agency", object="metro")
    alarm.found("due", channel="sms", lane=1, raised=False)
    alarm.found("skipped", notice=True)
    shown = findings(dashboard, alarm)
    assert [(f["check"], f["well"], f["notice"]) for f in shown] == [
        ("tried", False, False), ("agency", False, False), ("skipped", False, True), ("provider", True, False)]
    assert shown[1]["object"] == town.db.one("select name from agency.agency where slug = 'metro'")
    assert shown[0]["channel"] == "email" and shown[0]["since"] and not shown[0]["ended"]
    assert shown[3]["object"] == "smtp" and shown[3]["since"] < shown[3]["ended"]


def test_the_most_urgent_call_stands_first_and_then_the_one_that_waits_longest(town, dashboard):
    alarm = Alarm(town, [town.north])
    for code, severity in (("FIGHT", 0), ("THEFT", 50), ("DVA", 199), ("ACTSHOOT", 199), ("TRESPASS", 0), ("WEAPON", 198)):
        alarm.called(type_code=code, severity=severity)
    assert [f["type"] for f in findings(dashboard, alarm)] == ["ACTSHOOT", "WEAPON", None, "THEFT", "FIGHT", "TRESPASS"]


def test_a_call_is_shown_as_its_reader_may_know_it(town, dashboard):
    alarm = Alarm(town, [town.north])
    alarm.called()
    alarm.called(sensitivity="restricted")
    alarm.called(sensitivity="sealed")
    restricted, sealed, fight = findings(dashboard, alarm)
    assert (fight["school"], fight["type"], fight["at"]) == ("North High", "FIGHT", "2026-01-05T10:00:00.000Z")
    assert (restricted["school"], restricted["type"], restricted["class"]) == ("North High", None, None)
    assert sealed["call"] and sealed["hidden"] and not restricted["hidden"]
    assert not any(sealed[name] for name in ("school", "type", "class", "at"))


def test_what_is_at_a_school_of_others_is_hidden_as_soon_as_it_is_theirs(town, dashboard):
    alarm = Alarm(town, [town.north])
    alarm.called()
    alarm.found("held", object="metro", school_id=town.north)
    assert [(f["hidden"], f["school"]) for f in findings(dashboard, alarm)] == [(False, "North High")] * 2
    town.district.of_schools(town.db.one("select contact_id from people.contact where code = 'ADMIN'"), [town.south])
    answer = dashboard.api().call("GET", alarm.path)
    assert [(f["hidden"], f["school"], f["type"]) for f in answer.json["findings"]] == [(True, None, None)] * 2
    assert b"North" not in answer.data and b"FIGHT" not in answer.data and b"violence" not in answer.data


def test_a_summary_that_nobody_answers_has_its_school_and_its_time(town, dashboard):
    alarm = Alarm(town)
    storm = town.db.one("insert into notify.storm (district_id, school_id, sealed, began_at, grown_at) values "
                        "(%s, %s, false, '2026-01-05T10:00:00Z', now()) returning storm_id", town.district.id, town.north)
    alert = town.db.one("insert into notify.alert (district_id, subject_kind, storm_id, school_id, rule_id, mode) "
                        "values (%s, 'storm', %s, %s, 0, 'live') returning alert_id", town.district.id, storm, town.north)
    alarm.found("unanswered", about=alert)
    (shown,) = findings(dashboard, alarm)
    assert shown["call"] and not shown["hidden"]
    assert (shown["school"], shown["at"], shown["class"]) == ("North High", "2026-01-05T10:00:00.000Z", None)


def test_a_drill_has_no_findings(town, dashboard):
    contact = town.district.contact("B", email="b@riverside.example")
    assert dashboard.api().get(f"/api/v1/confirm/{town.token(town.drill(contact), contact)}")["findings"] == []
