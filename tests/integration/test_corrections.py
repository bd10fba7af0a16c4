"""Follows a correction through the whole system: from the agency's event through intake to the counts of
the API, to the update in the mail thread of those who were alerted, and to the published figures."""

import contextlib
import re

import pytest

import liaison
from dashboard_support import Dashboard, Town
from liaison import ago, event, offset, wait_until
from notify_support import WITHDRAWN, Sandbox, request, settings

pytestmark = [pytest.mark.needs(name) for name in ("liaison-intake", "liaison-notify", "liaison-dashboard")]

NORTH, SOUTH, NOWHERE = (40.0, -75.0), (40.1, -75.1), (40.5, -75.5)
NORA, SAM, COUNSEL = "nora@north.example", "sam@south.example", "counsel@riverside.example"


class House:
    """All services on one database, and the agency's side of the protocol."""

    def __init__(self, pg, town, peer, sandbox, dashboard):
        self.pg, self.town, self.peer, self.sandbox = pg, town, peer, sandbox
        self.director, self.principal = (dashboard.api(f"{who}") for who in ("director@riverside", "principal@north"))
        self.seq = 0

    def say(self, number="I-1", minutes=1.0, kind="incident.updated", at=None, **fields):
        """Sends one event that is this many minutes old. Returns when it is committed and its alerts
        are planned."""
        if at:
            fields["place"] = {"latitude": at[0], "longitude": at[1], **fields.pop("place", {})}
        self.seq += 1
        self.peer.event(self.seq, event(number, kind=kind, occurred_at=ago(60 * minutes), **fields))
        self.peer.wait_acked(self.seq)
        self.settle()

    def call(self, number="I-1", minutes=5.0, at=NORTH, call_type="FIGHT", **fields):
        self.say(number, minutes, "call.received", at, call_type=call_type, times={"received": ago(60 * minutes)},
                 **fields)

    def settle(self):
        """Waits until every service has finished its work on the events so far."""
        wait_until(lambda: self.pg.row("select 1 where not exists (select from district.outbox) and not exists ("
                                       "select from notify.delivery where state in ('queued', 'sending') "
                                       "and next_at <= now())"), 15, "all that is due is said", every=0.05)

    def mails(self, to):
        return self.sandbox.mails(to)

    def counted(self, api=None):
        """{school: calls} as the API counts; also checks that the lists have the same numbers."""
        api = api or self.director
        figures = api.get("/api/v1/outcomes")
        assert figures["total"] == api.get("/api/v1/calls", counted="true")["total"]
        return {row["school"]["name"]: row["total"] for row in figures["by_school"]}

    def classes(self, api=None):
        return {row["class"]: row["total"] for row in (api or self.director).get("/api/v1/outcomes")["by_class"]}

    def detail(self, number="I-1"):
        return self.director.get(f"/api/v1/calls/metro/{number}")

    def open_numbers(self):
        return sorted(item["incident"] for item in self.director.get("/api/v1/now")["open"])

    def one_conversation(self, to, count):
        """The first lines of the mails of one alert; asserts one thread and one subject."""
        mails = self.mails(to)
        assert len(mails) == count, [mail["text"].splitlines()[0] for mail in mails]
        assert len({mail["subject"] for mail in mails}) == 1
        roots = {mail["references"].split()[0] for mail in mails if mail["references"]}
        assert len(roots) == 1 and all(mail["in_reply_to"] for mail in mails[1:])
        return [mail["text"].splitlines()[0] for mail in mails]


def forget(pg, town):
    """Deletes all events and what follows from them, while the services run on."""
    pg.execute("truncate agency.event, agency.incident, district.incident, district.incident_school, district.outcome, "
               "district.change, district.outbox, notify.token, notify.attempt, notify.acknowledgement, "
               "notify.delivery, notify.alert, publication.year, publication.year_class cascade")
    pg.execute("delete from people.role where role = 'contact'; delete from notify.rule")
    pg.execute("update district.district set public_threshold = 10, year_start_month = 8")
    for school, who, email in ((town.north, "NORA", NORA), (town.south, "SAM", SAM)):
        town.district.contact(who, email=email, schools=[school])
    town.district.contact("COUNSEL", email=COUNSEL, sealed=True)
    pg.execute("insert into notify.rule (district_id, name, sealed) values (%s, 'all', false), "
               "(%s, 'sealed', true)", town.district.id, town.district.id)


@pytest.fixture(scope="module")
def running(module_pg, tmp_path_factory):
    """The services, started once: a start takes longer than a test."""
    pg, folder = module_pg, tmp_path_factory.mktemp("house")
    town = Town(pg, calls=0)
    town.metro.map_codes("type", {code: code for code in ("FIGHT", "ALMA", "WEAPON", "ABUSE")})
    with contextlib.ExitStack() as stack:
        def started(thing):
            stack.callback(thing.close)
            return thing
        sandbox = started(Sandbox(folder))
        server = started(liaison.Intake(folder, pg)).start()
        password = liaison.write_file(str(folder / "sms.password"), "token\n", 0o600)
        bus = {"subscribe": server.bus}
        ini = liaison.ini(**settings(pg, sandbox, lambda *_: password, bus=bus))
        notify = started(liaison.Daemon(folder, "liaison-notify", "--config",
                                        liaison.write_file(str(folder / "notify.ini"), ini))).start()
        notify.wait_log(r"event=db_up")
        dashboard = started(Dashboard(folder, pg, bus=bus)).start()
        peer = started(liaison.Peer(server, town.metro))
        peer.hello()
        yield House(pg, town, peer, sandbox, dashboard)


@pytest.fixture
def house(running):
    forget(running.pg, running.town)
    for kind in (running.sandbox.mail, running.sandbox.sms):
        request(f"{kind}/api/messages", method="DELETE")
    return running


def test_retyped_call_is_counted_and_told_as_what_it_is_now(house):
    house.call(call_type="ALMA")
    assert house.classes() == {"alarm": 1}
    house.say(call_type="WEAPON")
    assert house.classes() == house.classes(house.principal) == {"weapon": 1}
    first, update = house.one_conversation(NORA, 2)
    assert first.startswith("Alarm at North High")
    assert update.startswith("NOW: weapon reported at North High.")
    assert house.detail()["call"]["type"]["code"] == "WEAPON"
    assert house.mails(SAM) == []


def test_call_retyped_to_sealed_is_hidden_and_told_to_nobody_but_those_named_for_it(house):
    house.call()
    house.say(call_type="ABUSE")
    house.say(minutes=0.5, kind="incident.closed")
    house.say(minutes=0.4, entered_in_error=True)
    assert [mail["text"].splitlines()[0] for mail in house.mails(NORA)][1:] == [WITHDRAWN], \
        "the principal hears no more of it"
    assert house.mails(SAM) == []
    assert "child" not in "".join(m["text"] + m["html"] + m["subject"] for m in house.mails(COUNSEL)).lower()
    assert house.mails(COUNSEL)[-1]["text"].startswith("Correction: ")
    assert house.counted(house.principal) == {} and house.principal.get("/api/v1/calls")["total"] == 0
    assert house.principal.refused("/api/v1/calls/metro/I-1")[0] == 404


def test_call_first_heard_of_as_cancelled_or_sealed_alerts_nobody(house):
    house.call(entered_in_error=True)
    house.call("I-2", call_type="ABUSE")
    assert house.mails(NORA) == [] and house.counted() == {"North High": 1}
    assert [mail["to"] for mail in house.mails(COUNSEL)] == [[COUNSEL]]


def test_corrected_address_takes_a_call_off_the_campus(house):
    house.call()
    assert house.counted() == {"North High": 1} and house.open_numbers() == ["I-1"]
    house.say(at=NOWHERE, place={"address": "9 FAR RD"})
    assert house.counted() == {} and house.open_numbers() == []
    assert house.detail()["left_out"] == "moved_away"
    _, correction = house.one_conversation(NORA, 2)
    assert re.fullmatch(r"Correction: the call of \d\d:\d\d was not at this school\.", correction)


def test_corrected_address_brings_a_call_onto_the_campus_with_its_history(house):
    house.call(at=NOWHERE, minutes=5)
    assert house.counted() == {} and house.mails(NORA) == []
    house.say(at=NORTH, minutes=1)
    assert house.counted() == {"North High": 1}
    first, = house.one_conversation(NORA, 1)
    assert first.startswith("Fight reported at North High at ")
    assert house.pg.one("select opened_at < now() - interval '4 minutes' from district.incident")


def test_address_corrected_within_the_campus_is_told_and_counted_once(house):
    house.call(place={"address": "100 MAIN ST"})
    house.say(at=offset(*NORTH, east_m=20), place={"address": "102 MAIN ST"})
    assert house.counted() == {"North High": 1}
    _, update = house.one_conversation(NORA, 2)
    assert update == "The place is told more exactly." and "102 MAIN ST" in house.mails(NORA)[1]["text"]


def test_call_moved_to_another_school_is_counted_there_and_both_are_told(house):
    house.call()
    house.say(at=SOUTH)
    assert house.counted() == {"South Middle": 1} and house.counted(house.principal) == {}
    assert house.one_conversation(NORA, 2)[1].endswith("was not at this school.")
    first, = house.one_conversation(SAM, 1)
    assert first.startswith("Fight reported at South Middle at ")
    house.say(minutes=0.5, at=NORTH)
    assert house.counted() == {"North High": 1}
    assert len(house.one_conversation(NORA, 3)) == 3
    assert house.one_conversation(SAM, 2)[1].endswith("was not at this school.")


def test_call_moved_to_another_district_is_that_ones(house):
    house.pg.execute("insert into notify.rule (district_id, name) values (%s, 'all')", house.town.other.id)
    house.town.other.contact("FAR", email="far@other.example")
    house.call()
    house.say(at=(34.0, -118.0))
    assert house.counted() == {}
    assert house.pg.rows("select elsewhere from district.incident where district_id = %s",
                         house.town.other.id) == [(False,)]
    assert house.one_conversation(NORA, 2)[1].endswith("was not at this school.")
    assert "riverside" not in house.one_conversation("far@other.example", 1)[0].lower()


@pytest.mark.parametrize("survivor", ["first", "last"])
def test_merged_calls_are_one_call_in_counts_and_alerts(house, survivor):
    if survivor == "first":
        house.call("I-2")
    house.call("I-1")
    house.say("I-1", merged_into="I-2")
    if survivor == "last":
        # Until the surviving call arrives, the merged one is all that the district has.
        assert house.counted() == {"North High": 1}
        assert house.one_conversation(NORA, 2)[1].startswith("Closed")
        house.call("I-2", minutes=4)
    assert house.counted() == {"North High": 1} and house.open_numbers() == ["I-2"]
    assert house.detail("I-1")["left_out"] == "merged" and house.detail("I-1")["merged_into"] == "I-2"
    lines = [mail["text"].splitlines()[0] for mail in house.mails(NORA)]
    assert sum(line.startswith("Fight reported") for line in lines) == 2
    assert sum("same as another call" in line for line in lines) == 1


def test_call_merged_into_one_that_is_not_at_the_school_stays_counted(house):
    house.call("I-1")
    house.call("I-2", at=NOWHERE)
    house.say("I-1", merged_into="I-2")
    assert house.counted() == {"North High": 1} and house.open_numbers() == []
    assert house.one_conversation(NORA, 2)[1].startswith("Closed")
    house.say("I-2", minutes=0.5, at=NORTH)
    assert house.counted() == {"North High": 1} and house.open_numbers() == ["I-2"]
    house.say("I-2", minutes=0.3, entered_in_error=True)
    assert house.counted() == {"North High": 1}, "the one that goes on never was"


def test_split_call_is_counted_and_told_as_its_own(house):
    house.call("I-1")
    house.call("I-2", minutes=2, split_from="I-1", call_type="ALMA")
    assert house.counted() == {"North High": 2} and house.classes() == {"violence": 1, "alarm": 1}
    lines = sorted(mail["text"].split(" at ")[0] for mail in house.mails(NORA))
    assert lines == ["Alarm", "Fight reported"]
    assert len({mail["subject"] for mail in house.mails(NORA)}) == 2


def test_call_entered_in_error_is_told_and_counted_no_more(house):
    house.call()
    house.say(entered_in_error=True)
    assert house.counted() == {} and house.open_numbers() == []
    assert house.detail()["left_out"] == "entered_in_error"
    assert house.one_conversation(NORA, 2)[1].endswith("was entered in error.")
    house.say(minutes=0.5, priority="1")
    house.say(minutes=0.2, at=SOUTH)
    assert len(house.mails(NORA)) == 2 and house.mails(SAM) == [], "nobody hears of it again"


def test_correction_before_anybody_was_told_is_told_to_nobody(house):
    house.sandbox.fault(smtp="tempfail", count=1)
    house.pg.execute("update notify.rule set escalate_s = 30")
    house.town.district.contact("LATER", email="later@north.example", schools=[house.town.north], step=2)
    house.call()
    house.say(entered_in_error=True)
    wait_until(lambda: house.pg.one("select state from notify.delivery where step = 2") == "cancelled",
               what="the next one to be told is spared")
    assert house.mails("later@north.example") == []


def test_late_older_event_changes_no_count_and_tells_nobody(house):
    house.call(call_type="FIGHT", minutes=10)
    house.say(minutes=5, kind="incident.closed", at=NORTH, final_type="WEAPON", dispositions=[{"code": "R"}])
    before = (house.counted(), house.classes(), len(house.mails(NORA)))
    house.say(minutes=8, call_type="ALMA", at=SOUTH)
    house.say(minutes=7, at=NORTH)
    house.say(minutes=6, kind="unit.status", units=[{"id": "A1", "status": "on_scene"}])
    assert (house.counted(), house.classes(), len(house.mails(NORA))) == before
    assert house.detail()["call"]["status"] == "closed"


def test_late_event_that_says_where_it_was_before_moves_nothing(house):
    house.call(minutes=10)
    house.say(minutes=5, at=SOUTH)
    sent = len(house.mails(NORA)), len(house.mails(SAM))
    house.say(minutes=7, at=NORTH)
    assert house.counted() == {"South Middle": 1}
    assert (len(house.mails(NORA)), len(house.mails(SAM))) == sent


def test_outcome_from_records_is_on_the_call_and_alerts_nobody(house):
    house.call(report_numbers=["26-77"])
    house.say(minutes=3, kind="incident.closed")
    sent = len(house.mails(NORA))
    house.seq += 1
    outcome = event(kind="outcome.recorded", occurred_at=ago(), report_numbers=["26 77"],
                    outcomes=[{"outcome_id": "O1", "subject": 1, "code": "REFERRAL"}])
    del outcome["incident"]
    house.peer.event(house.seq, outcome)
    house.peer.wait_acked(house.seq)
    house.settle()
    assert [o["outcome_id"] for o in house.detail()["outcomes"]] == ["O1"]
    assert "outcome" in [m["kind"] for m in house.detail()["timeline"]]
    assert len(house.mails(NORA)) == sent and house.counted() == {"North High": 1}


def test_corrections_reach_the_figures_until_the_year_is_published(house):
    house.pg.execute("update district.district set public_threshold = 1, year_start_month = 1")
    year = 60 * 24 * 380
    for i in range(4):
        house.say(f"I-{i}", year, "call.received", NORTH, call_type="FIGHT")
    house.say("I-0", year - 1, entered_in_error=True)
    house.say("I-1", year - 1, call_type="ALMA")
    house.say("I-2", year - 1, merged_into="I-3")
    house.pg.execute("select publication.publish_last_year(%s)", house.town.district.id)

    def published():
        return {row["class"]: row["calls"] for row in house.director.get("/api/v1/public/riverside")["published"]}
    assert published() == {"violence": 1, "alarm": 1} and house.mails(NORA) == []
    house.say("I-1", year - 2, entered_in_error=True)
    house.pg.execute("select publication.publish_last_year(%s)", house.town.district.id)
    assert house.counted() == {"North High": 1}
    assert published() == {"violence": 1, "alarm": 1}, "a published year is never revised"
