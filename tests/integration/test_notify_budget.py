"""liaison-notify: an agency that floods drowns no other call, and what may cost a life is never held back."""

import csv
import json
import os

import pytest

import liaison
from ctl_support import Ctl
from notify_support import fresh_notify, fresh_sandbox, fresh_town

pytestmark = [pytest.mark.needs(name) for name in ("liaison-notify", "liaisonctl")]
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
CODES = os.path.join(liaison.ROOT, "deploy", "codes")


@pytest.fixture
def ctl(pg):
    return Ctl(pg.conninfo("owner"))


@pytest.fixture
def ready(town):
    """ready(budget): a district with one contact, a rule for all calls, and this budget."""
    def make(budget):
        town.district.contact("P", email="pat@riverside.example")
        town.rule(classes=[row[0] for row in town.pg.rows("select class from code.class")])
        town.pg.execute("update district.district set alert_budget = %s, storm_every_s = 0", budget)
    return make


def states(town):
    return dict(town.pg.rows("select incident_no, state from notify.alert order by alert_id"))


def flood(town, count, first=1, **columns):
    for n in range(first, first + count):
        town.call(f"F-{n}", **columns)
    town.wait_drained()


def test_calls_beyond_the_budget_are_held_and_the_operator_is_told_once(town, sandbox, notify, ready, ctl):
    ready(3)
    one = notify()
    flood(town, 9)
    assert states(town) == {f"F-{n}": "open" if n <= 3 else "held" for n in range(1, 10)}
    assert len(sandbox.wait_mails(3)) == 3 and len(town.deliveries()) == 3
    assert town.pg.rows("select actor, action, object, detail from liaison.audit") == [
        ("notify", "alerts.hold", "agency metro at school riverside/NORTH", {"budget": 3, "seconds": 600})]
    assert len(one.lines("event=alerts_held")) == 1
    status = ctl.ok("status", json_out=True)["held"]
    assert [(h["district"], h["school"], h["agency"], h["why"], h["count"]) for h in status] == \
        [("riverside", "NORTH", "metro", "budget", 6)]
    held = ctl.ok("alert", "held", json_out=True)
    assert [h["incident"] for h in held] == [f"F-{n}" for n in range(4, 10)]
    doctor = {c["check"]: c["found"] for c in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert doctor["alerts not held back"] == ["metro at riverside/NORTH: 6 alerts"]


def test_other_schools_other_agencies_and_later_calls_have_a_budget_of_their_own(town, sandbox, notify, ready):
    ready(2)
    south = town.district.school("SOUTH", 40.1, -75.1, name="South Middle")
    notify()
    flood(town, 3)
    town.call("S-1", schools=[south], school_id=south)
    town.call("B-1", schools=[town.school, south])
    fire = town.pg.agency("fire", key=False)
    town.call("A-1", agency_id=fire.id, **{"class": "disturbance", "type_code": None})
    town.wait_drained()
    assert states(town)["F-3"] == "held" and states(town)["S-1"] == "open"
    assert town.pg.rows("select state from notify.alert where incident_no = 'B-1' order by school_id") == \
        [("held",), ("open",)], "held at North, told at South"
    liaison.wait_until(lambda: states(town).get("A-1") == "open", what="the other agency's call is told")
    town.pg.execute("update notify.alert set created_at = created_at - interval '11 minutes'")
    flood(town, 1, first=4)
    assert states(town)["F-4"] == "open" and states(town)["F-3"] == "held"


def test_a_held_call_that_is_over_stays_in_the_summary_and_uses_no_budget(town, sandbox, notify, ready):
    """Each was told anew as a call of its own when it closed, and the next fight was held for them."""
    ready(2)
    town.pg.execute("update district.district set storm_every_s = 180")
    notify()
    flood(town, 4)
    sandbox.wait_mails(2)
    town.pg.execute("update notify.alert set created_at = created_at - interval '11 minutes'")
    town.call("F-3", status="closed")
    town.call("F-4", status="closed")
    flood(town, 1, first=5)
    assert {**states(town), None: "open"} == {"F-1": "open", "F-2": "open", "F-3": "held", "F-4": "held", "F-5": "open",
                                             None: "open"}


def test_what_was_told_is_corrected_and_what_turns_serious_is_told(town, sandbox, notify, ready):
    ready(1)
    notify()
    flood(town, 3)
    sandbox.wait_mails(1)
    town.wait_states("sent")
    town.call("F-1", status="closed")
    town.call("F-1", status="cancelled")
    liaison.wait_until(lambda: any(m["text"].startswith("Correction") for m in sandbox.mails()), what="a correction")
    town.call("F-2", priority=9)
    town.call("F-3", **{"class": "weapon", "type_code": "ACTSHOOT"})
    shot = liaison.wait_until(lambda: [m for m in sandbox.mails() if "active shooter" in m["subject"]], what="the shooter")
    assert len(shot) == 1
    town.wait_drained()
    assert states(town) == {"F-1": "closed", "F-2": "held", "F-3": "open"}
    town.call("F-3", status="closed", **{"class": "weapon", "type_code": "ACTSHOOT"})
    liaison.wait_until(lambda: states(town)["F-3"] == "closed", what="it goes on as any other")


def test_a_budget_holds_back_no_life_safety_class(town, sandbox, notify, ready):
    """Which classes those are is said by the data, and by the list beside it."""
    with open(os.path.join(CODES, "class-names.csv"), encoding="utf-8", newline="") as file:
        classes = {row["class"]: row["life_safety"] == "yes" for row in csv.DictReader(file)}
    with open(os.path.join(CODES, "classes.csv"), encoding="utf-8", newline="") as file:
        types = {row["code"]: row["life_safety"] == "yes" for row in csv.DictReader(file)}
    assert dict(town.pg.rows("select class, life_safety from code.class")) == classes
    assert dict(town.pg.rows("select code, life_safety from code.type")) == types
    assert {"weapon", "medical", "fire_hazard", "threat"} <= {name for name, safety in classes.items() if safety}
    ready(1)
    notify()
    flood(town, 1)
    for name in classes:
        town.call(f"C-{name}", **{"class": name, "type_code": None})
    for code in ("ROBBERY", "SUICTHRT", "FIGHT", "NOISE"):
        town.call(f"T-{code}", **{"class": "other", "type_code": code})
    town.wait_drained()
    told = {number for number, state in states(town).items() if state == "open"}
    assert told == {"F-1", "T-ROBBERY", "T-SUICTHRT"} | {f"C-{name}" for name, safety in classes.items() if safety}
    flood(town, 1, first=2)
    assert states(town)["F-2"] == "held", "they use up nothing, and give nothing"


def test_two_processes_share_one_budget(town, sandbox, notify, ready):
    """Each takes a hundred of the calls, and both are held up before either has opened an alert."""
    ready(7)
    both = [notify(f"n{n}.ini") for n in (1, 2)]
    waiting = "select count(*) from pg_stat_activity where usename = 'liaison_notify' and wait_event_type = 'Lock'"
    with town.pg.session() as session, session.cursor() as cursor:
        cursor.execute("lock table notify.alert in access exclusive mode")
        town.call("F-1", outbox=False, status="closed")
        town.pg.execute(
            "with i as (insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, "
            "sensitivity, type_code, school_id, relation, opened_at, version_at) select district_id, agency_id, 'G-' || n, "
            "origin, mode, 'open', class, sensitivity, type_code, school_id, relation, opened_at, version_at "
            "from district.incident, generate_series(1, 200) n returning *), "
            "s as (insert into district.incident_school select district_id, agency_id, incident_no, school_id, 1, 'at', 1, "
            "'radius', 1 from i) "
            "insert into district.outbox (district_id, agency_id, incident_no, mode, first) "
            "select district_id, agency_id, incident_no, 'live', true from i")
        liaison.wait_until(lambda: town.pg.one(waiting) == 4, what="both have taken their calls, and wait with both sessions")
    session.close()
    town.wait_drained()
    liaison.wait_until(lambda: len(states(town)) == 200, what="both are through")
    counted = list(states(town).values())
    assert (counted.count("open"), counted.count("held")) == (7, 193)
    assert town.pg.one("select count(*) from liaison.audit where action = 'alerts.hold'") == 1
    assert not [line for one in both for line in one.lines("outbox_refused|outbox_aside")]


def test_a_budget_of_none_and_a_replay_hold_back_nothing(town, sandbox, notify, ready):
    ready(1)
    notify(sandbox={"smtp_host": "127.0.0.1", "smtp_port": sandbox.smtp_port})
    flood(town, 4, mode="replay")
    town.pg.execute("update district.district set alert_budget = 0")
    flood(town, 4, first=5)
    assert set(states(town).values()) == {"open"} and len(states(town)) == 8


def test_the_budget_is_a_setting_of_the_district(town, ready, ctl, notify):
    ready(0)
    ctl.ok("district", "add", "riverside", "--name", "Riverside", "--zone", "America/New_York",
           "--alert-budget", "1", "--alert-budget-s", "60")
    notify()
    flood(town, 2)
    assert states(town) == {"F-1": "open", "F-2": "held"}
    shown = {d["district"]: d for d in ctl.ok("district", "list", json_out=True)}["riverside"]
    assert (shown["alert_budget"], shown["alert_budget_s"]) == (1, 60)
    town.pg.execute("update notify.alert set created_at = created_at - interval '61 s'")
    flood(town, 1, first=3)
    assert states(town)["F-3"] == "open"
