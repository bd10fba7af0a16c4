"""Outcomes that come later, from a records system, and name only a report number, find their incident."""

import itertools
import json
import subprocess

import pytest

from liaison import ago, event, program, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

HERE = (47.6205, -122.3493)
PLACE = {"latitude": HERE[0], "longitude": HERE[1]}
OUTCOMES = "select incident_no, outcome_id, own, voided_by from district.outcome order by 1, 2"


def call(number, reports=(), minutes=600, **fields):
    fields.setdefault("place", PLACE)
    return event(number, occurred_at=ago(60 * minutes), report_numbers=list(reports) or None, **fields) \
        if reports else event(number, occurred_at=ago(60 * minutes), **fields)


def outcome(*reports, code="ARREST", outcome_id="O1", minutes=60, **fields):
    """An outcome as a records system sends it, without an incident number."""
    made = event(kind="outcome.recorded", occurred_at=ago(60 * minutes), report_numbers=list(reports),
                 outcomes=[{"outcome_id": outcome_id, "subject": 1, "code": code, **fields}])
    del made["incident"]
    return made


class Sender:
    """Two systems of an agency, cad and records, each with its stream. Each send is one commit."""

    def __init__(self, peer, server, agency, records_agency=None):
        self.cad, self.records = peer(server, agency), peer(server, records_agency or agency)
        self.seq = {self.cad: 0, self.records: 0}
        self.cad.hello()
        self.records.hello()

    def send(self, body):
        who = self.records if body["kind"] == "outcome.recorded" else self.cad
        self.seq[who] += 1
        who.event(self.seq[who], body)
        who.wait_acked(self.seq[who])


@pytest.fixture
def sender(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    return Sender(peer, intake(), metro)


def test_outcome_finds_its_incident_by_report_number_in_every_order(pg, sender):
    story = [call("{0}"), call("{0}", ["R-{0}"], minutes=500, kind="incident.updated"),
             outcome("r {0}", outcome_id="O1"), outcome("R-{0}", code="", voids="O1", outcome_id="O2", minutes=50)]
    del story[3]["outcomes"][0]["code"]

    def numbered(body, number):
        body = dict(body)
        if "incident" in body:
            body["incident"] = number
        if "report_numbers" in body:
            body["report_numbers"] = [text.format(number) for text in body["report_numbers"]]
        return body

    orders = list(itertools.permutations(range(4)))
    for i, order in enumerate(orders):
        for part in order:
            sender.send(numbered(story[part], f"I{i + 1:02d}"))
    assert pg.rows(OUTCOMES) == [(f"I{i + 1:02d}", "O1", "ARREST", "O2") for i in range(len(orders))]
    assert pg.one("select count(*) from agency.event where incident_no is null") == 0
    assert pg.rows("select distinct status, report_numbers is null from district.incident") == [("open", False)]
    assert pg.one("select count(*) from agency.incident") == len(orders), "an outcome alone is no incident"


def test_outcome_waits_for_its_number_and_tells_nothing_meanwhile(pg, sender):
    sender.send(call("I-1"))
    changes = pg.one("select count(*) from district.change")
    sender.send(outcome("26-0042"))
    assert pg.rows(OUTCOMES) == []
    assert pg.rows("select incident_no, report_numbers from agency.event where kind = 6") == [(None, ["26-0042"])]
    assert pg.one("select count(*) from district.change") == changes
    sender.send(call("I-1", ["26-0042"], minutes=30, kind="incident.updated"))
    assert pg.rows(OUTCOMES) == [("I-1", "O1", "ARREST", None)]
    assert pg.one("select found_by from agency.event where kind = 6") == "report"


def test_number_of_two_incidents_is_held_for_a_person(pg, sender):
    for order in itertools.permutations(["a", "b", "o"]):
        name = "".join(order)
        for part in order:
            sender.send(outcome(f"R-1-{name}") if part == "o" else call(f"{part}-{name}", [f"R-1-{name}"]))
        assert pg.rows(OUTCOMES) == [], f"in the order {order}"
    # One of the two calls corrects its report number: the outcome belongs to the other call.
    sender.send(call("b-abo", ["R-2-abo"], minutes=20, kind="incident.updated"))
    assert pg.rows(OUTCOMES) == [("a-abo", "O1", "ARREST", None)]


def test_two_numbers_of_one_incident_both_find_it(pg, sender):
    sender.send(call("I-1", ["R-1", "R-2"]))
    sender.send(outcome("R-2", outcome_id="O2"))
    sender.send(outcome("R-1", outcome_id="O1"))
    assert [row[:2] for row in pg.rows(OUTCOMES)] == [("I-1", "O1"), ("I-1", "O2")]
    sender.send(call("I-1", minutes=700, kind="incident.updated", priority="1"))  # arrives late: the incident is folded again
    sender.send(outcome("R-2", outcome_id="O3"))
    assert len(pg.rows(OUTCOMES)) == 3, "the number that an outcome names is not the incident's list"


def test_corrected_number_takes_its_outcome_along(pg, sender):
    sender.send(call("I-1", ["R-1"]))
    sender.send(call("I-2"))
    sender.send(outcome("R-1", outcome_id="O1"))
    sender.send(outcome("R-1", outcome_id="O2", code="CITATION", voids="O1"))
    assert [row[0] for row in pg.rows(OUTCOMES)] == ["I-1", "I-1"]
    sender.send(call("I-1", ["R-9"], minutes=30, kind="incident.updated"))
    assert pg.rows(OUTCOMES) == [] and pg.one("select count(*) from agency.event where incident_no is null") == 2
    sender.send(call("I-2", ["R-1"], minutes=30, kind="incident.updated"))
    assert pg.rows(OUTCOMES) == [("I-2", "O1", "ARREST", "O2"), ("I-2", "O2", "CITATION", None)]


@pytest.mark.parametrize("known, named, same", [
    ("26-1234", "26 1234", True), ("ab26/1234", "AB26-1234", True), ("26 - 1234", "26.1234", True),
    ("26-1234", "26-01234", False), ("26-1234", "261234", False), ("1-11", "11-1", False),
    ("N/A", "N/A", False), ("000", "000", False)])
def test_numbers_are_compared_by_what_is_safe(pg, sender, known, named, same):
    sender.send(call("I-1", [known]))
    sender.send(outcome(named))
    assert bool(pg.rows(OUTCOMES)) == same


def test_outcome_never_finds_another_agencys_incident(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server, shelby = intake(), pg.agency("shelby")
    sender = Sender(peer, server, metro, shelby)
    sender.send(call("I-1", ["R-1"]))
    sender.send(outcome("R-1"))
    assert pg.rows(OUTCOMES) == []
    assert pg.rows("select agency_id, incident_no from agency.event where kind = 6") == [(shelby.id, None)]


def test_outcome_of_a_replay_never_reaches_a_real_call(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server = intake()
    live, replay = peer(server, metro), peer(server, metro)
    live.hello()
    replay.hello(mode="replay")
    live.event(1, call("I-1", ["R-1"]))
    live.wait_acked(1)
    replay.event(1, outcome("R-1"))
    replay.wait_acked(1)
    assert pg.rows(OUTCOMES) == [] and pg.one("select mode from district.incident") == "live"


def test_merged_calls_of_one_number_are_one_and_the_survivor_has_the_outcome(pg, sender):
    sender.send(call("I-1", ["R-1"]))
    sender.send(call("I-2", ["R-1"]))
    sender.send(outcome("R-1"))
    assert pg.rows(OUTCOMES) == []
    sender.send(call("I-1", minutes=30, kind="incident.updated", merged_into="I-2"))
    assert ("I-2", "O1", "ARREST", None) in pg.rows(OUTCOMES)


def test_outcome_of_a_merged_call_is_its_survivors(pg, sender):
    for order in itertools.permutations(["merged", "survivor", "outcome"]):
        old, new = "old-" + order[0] + order[1], "new-" + order[0] + order[1]
        for part in order:
            sender.send({"merged": call(old, ["R" + old + "1"], merged_into=new), "survivor": call(new),
                         "outcome": outcome("R" + old + "1")}[part])
        assert pg.rows("select own from district.outcome o join district.incident i using (district_id, "
                       "agency_id, incident_no) where incident_no = %s and merged_into is null", new) == \
            [("ARREST",)], f"in the order {order}"


def test_merged_call_is_counted_unless_its_survivor_is(pg, sender):
    def counted():
        return [row[0] for row in pg.rows("select incident_no from district.incident where merged_into is null "
                                          "and not elsewhere and not entered_in_error order by 1")]
    sender.send(call("I-1", merged_into="I-2"))
    assert counted() == ["I-1"], "the other is not known yet"
    sender.send(call("I-2", minutes=300))
    assert counted() == ["I-2"]
    sender.send(call("I-2", minutes=200, place={"latitude": 40.0, "longitude": -75.0}))
    assert counted() == ["I-1"], "the other is elsewhere"
    sender.send(call("I-2", minutes=100))
    sender.send(call("I-2", minutes=90, entered_in_error=True))
    assert counted() == ["I-1"], "the other never was"


def test_number_of_a_call_entered_in_error_is_the_other_calls(pg, sender):
    sender.send(call("I-1", ["R-1"]))
    sender.send(call("I-2", ["R-1"]))
    sender.send(outcome("R-1"))
    sender.send(call("I-1", minutes=30, kind="incident.updated", entered_in_error=True))
    assert pg.rows(OUTCOMES) == [("I-2", "O1", "ARREST", None)]


def test_same_outcome_again_is_one_fact_before_and_after_it_was_found(pg, sender):
    first = outcome("R-1")
    sender.send(first)
    sender.send(first)
    sender.send(call("I-1", ["R-1"]))
    sender.send(first)
    sender.send(dict(first, incident="I-1"))
    assert pg.one("select count(*) from agency.event where kind = 6") <= 2
    assert pg.rows(OUTCOMES) == [("I-1", "O1", "ARREST", None)]
    assert pg.tally("duplicate") >= 2
    assert pg.tally("at_school + no_school + duplicate") == 5


def test_outcome_said_again_under_its_id_is_corrected_by_the_later_one(pg, sender):
    sender.send(call("I-1", ["R-1"]))
    sender.send(outcome("R-1", code="CITATION", minutes=10))
    sender.send(outcome("R-1", code="ARREST", minutes=20))  # older, but arrives later
    assert pg.rows(OUTCOMES) == [("I-1", "O1", "CITATION", None)]


def test_outcome_whose_number_nobody_gets_is_dropped_and_counted(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server = intake(holding={"window_h": 0, "outcome_days": 1, "purge_s": 1})
    sender = Sender(peer, server, metro)
    sender.send(call("I-far", ["R-1"], place={"latitude": 40.0, "longitude": -75.0}))
    wait_until(lambda: pg.one("select count(*) from agency.incident") == 0, what="the call of no school is purged")
    sender.send(outcome("R-1"))
    sender.send(outcome("R-2"))
    pg.execute("update agency.event set received_at = now() - interval '25 hours' where report_numbers = '{R-1}'")
    wait_until(lambda: pg.rows("select report_numbers from agency.event") == [(["R-2"],)], what="the wait has ended")
    wait_until(lambda: pg.counter("outcomes_expired", "metro") == 1, what="it is counted")
    assert pg.tally("no_school") == 3


def test_numbers_and_outcomes_at_the_same_time_never_pass_each_other(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    sides = [peer(intake(), metro), peer(intake(), metro)]
    count = 300
    for side in sides:
        side.hello()
    for seq in range(1, count + 1):
        sides[0].event(seq, call(f"I-{seq}", [f"R-{seq}"]))
        sides[1].event(seq, outcome(f"R-{seq}", outcome_id=f"O{seq}"))
    for side in sides:
        side.wait_acked(*range(1, count + 1), timeout=60)
    assert pg.one("select count(*) from district.outcome where incident_no = 'I-' || substr(outcome_id, 2)") == count
    assert pg.one("select count(*) from agency.event where incident_no is null") == 0


@pytest.mark.needs("liaisonctl")
def test_operator_sees_what_waits_and_says_where_it_belongs(pg, sender):
    def ctl(*argv, status=0):
        done = subprocess.run([program("liaisonctl"), "--database", pg.conninfo("owner"), "--json", *argv],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout) if status == 0 else done.stderr
    sender.send(call("I-1", ["R-1"]))
    sender.send(call("I-2", ["R-1"]))
    sender.send(outcome("R-1", outcome_id="O1"))
    sender.send(outcome("R-7", outcome_id="O7"))
    held, waits = ctl("outcome", "list")
    assert (held["state"], held["report_numbers"], held["incidents"]) == ("ambiguous", "R-1", "I-1, I-2")
    assert (waits["state"], waits["report_numbers"], waits["incidents"]) == ("waits", "R-7", "")
    assert {(row["state"], row["count"]) for row in ctl("status")["outcomes"]} == {("ambiguous", 1), ("waits", 1)}
    ctl("outcome", "attach", held["id"], "I-2")
    assert pg.rows(OUTCOMES) == [("I-2", "O1", "ARREST", None)]
    sender.send(call("I-2", ["R-9"], minutes=30, kind="incident.updated"))
    assert pg.rows(OUTCOMES) == [("I-2", "O1", "ARREST", None)], "what a person said stays"
    assert "no such" in ctl("outcome", "attach", waits["id"], "I-404", status=1)
    assert "must be" in ctl("outcome", "attach", "x", "I-1", status=1)
    assert pg.one("select action from liaison.audit") == "outcome.attach"
    assert pg.one("select count(*) from district.outbox where incident_no = 'I-2'") >= 2


def many(pg, what, count):
    """Inserts this many events by copying the one in the table."""
    columns = [c for (c,) in pg.rows("select attname from pg_attribute where attrelid = 'agency.event'::regclass "
                                     "and attnum > 0 and not attisdropped and attgenerated = ''")]
    changed = {"seq": "1000 + n", "content_id": "gen_random_uuid()", **what}
    pg.execute(f"insert into agency.event ({', '.join(columns)}) select "
               + ", ".join(changed.get(c, "e." + c) for c in columns)
               + f" from agency.event e, generate_series(1, {count}) n where e.seq = 1 and e.outcomes is not null")


def test_outcomes_of_one_number_without_end_are_filed_in_turns(pg, riverside, metro, intake, peer):
    """A commit files a few hundred of an agency's outcomes at most, so that others do not wait for it."""
    riverside.school("LIN", *HERE)
    sender = Sender(peer, intake(), metro)
    sender.send(outcome("R-1"))
    many(pg, {"outcomes": "jsonb_set(e.outcomes::jsonb, '{0,outcome_id}', to_jsonb('P' || n))::text"}, 999)
    sender.send(call("I-1", ["R-1"]))
    filed = pg.one("select count(*) from agency.event where found_by = 'report'")
    wait_until(lambda: pg.one("select count(*) from district.outcome where incident_no = 'I-1'") == 1000, 30,
               "the rest has its turns")
    assert 200 <= filed < 1000
    assert pg.one("select count(*) from agency.later") == 0


def test_event_of_a_survivor_costs_little_however_many_were_merged_into_it(pg, sender):
    sender.send(call("I-1"))
    for n in range(3):
        sender.send(call(f"M-{n}", merged_into="I-1"))
    for table in ("agency.incident", "district.incident"):
        columns = [c for (c,) in pg.rows("select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
                                         "and not attisdropped and attgenerated = ''", table)]
        pg.execute(f"insert into {table} ({', '.join(columns)}) select "
                   + ", ".join("'N-' || n" if c == "incident_no" else "e." + c for c in columns)
                   + f" from {table} e, generate_series(1, 450) n where incident_no = 'M-0'")
    changes = "select count(*) from district.change where incident_no <> 'I-1'"
    before = pg.one(changes)
    sender.send(call("I-1", minutes=100, call_type="ASSAULT"))
    assert pg.one(changes) == before, "nothing of these has changed"
    sender.send(call("I-1", minutes=90, entered_in_error=True))
    assert pg.one(changes) - before < 450
    wait_until(lambda: pg.one("select count(*) from district.incident where merged_into is not null") == 0, 30,
               "they are counted themselves")
    assert pg.one("select count(*) from agency.later") == 0
