"""Calls whose words leave the place open: a person is asked, the call is kept meanwhile, and it is listed
when nobody answers."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from liaison import ago, event, offset, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

HERE = (47.6205, -122.3493)
UNSURE = {"name": "NEAR GARFIELD HS"}


class Asking:
    """A district with Garfield High, an intake, and one stream into it."""

    def __init__(self, pg, riverside, intake, metro, peer, review_s=3600, **sections):
        self.pg, self.district, self.metro = pg, riverside, metro
        self.school = riverside.school("GAR", *HERE, name="Garfield", level="high")
        pg.execute("update district.school set address = '400 23rd Ave'")
        pg.execute("update district.district set review_s = %s", review_s)
        self.intake = intake(**sections)
        self.make_peer, self.seqs = peer, {}
        self.peers = {"live": self.hello("live")}

    def hello(self, mode):
        one = self.make_peer(self.intake, self.metro)
        one.hello(mode=mode)
        return one

    def send(self, incident="I-1", mode="live", **fields):
        if mode not in self.peers:
            self.peers[mode] = self.hello(mode)
        self.seqs[mode] = self.seqs.get(mode, 0) + 1
        self.peers[mode].event(self.seqs[mode], event(incident, **fields))
        self.peers[mode].wait_acked(self.seqs[mode])

    def review(self, incident="I-1"):
        return self.pg.row("select * from district.place_review where incident_no = %s", incident)

    def schools(self, incident="I-1"):
        return self.pg.rows("select school_id, relation, method from district.incident_school "
                            "where incident_no = %s order by rank", incident)

    def incidents(self):
        return self.pg.one("select count(*) from district.incident")

    def outbox(self):
        return self.pg.one("select count(*) from district.outbox")

    def decide(self, school, remember=False, incident="I-1"):
        return self.settled(school, remember, incident) is not None

    def settled(self, school, remember=True, incident="I-1"):
        """Answers the question; returns how many other questions that settles. None: there was no such
        question."""
        return self.pg.one("select district.answer_place(%s, %s, %s, %s, %s, 'Dana Reyes', 'person:1')",
                           self.district.id, self.metro.id, incident, school, remember)

    def states(self):
        return dict(self.pg.rows("select incident_no, state from district.place_review"))


@pytest.fixture
def asking(pg, riverside, intake, metro, peer):
    return lambda **options: Asking(pg, riverside, intake, metro, peer, **options)


def test_unsure_words_ask_and_are_not_counted(asking):
    one = asking()
    one.send(place=UNSURE, call_type="FIGHT")
    asked = one.review()
    assert (asked["state"], asked["place_name"], asked["mode"]) == ("open", "NEAR GARFIELD HS", "live")
    assert asked["candidates"] == [{"school": one.school, "method": "name", "confidence": 0.5}]
    assert (one.incidents(), one.outbox()) == (0, 0)
    assert not one.pg.one("select at_school from agency.incident")


def test_words_that_are_sure_ask_nobody(asking):
    one = asking()
    for number, fields in enumerate([{"place": {"name": "GARFEILD HS"}}, {"address": "4XX BLOCK OF 23 AV"},
                                     {"address": "400 Twenty-Third Avenue, Rm 12"}, {"address": "@GARFIELD HS"}]):
        one.send(f"I-{number}", **fields)
    assert [row[2] for n in range(4) for row in one.schools(f"I-{n}")] == ["spelling", "block", "address", "name"]
    assert one.pg.one("select count(*) from district.place_review") == 0


def test_a_school_that_a_person_named_gets_the_call_with_its_history(asking):
    one = asking()
    one.send(place=UNSURE, occurred_at=ago(60))
    one.send(kind="incident.updated", call_type="FIGHT", occurred_at=ago(30))
    assert one.decide(one.school)
    assert one.schools() == [(one.school, "at", "person")]
    row = one.pg.row("select * from district.incident")
    assert (row["type_own"], row["place_name"], row["elsewhere"]) == ("FIGHT", "NEAR GARFIELD HS", False)
    assert one.outbox() == 1
    assert one.pg.rows("select decided_by from district.incident_school") == [("Dana Reyes",)]
    one.send(kind="incident.closed", occurred_at=ago(10))
    assert one.schools() == [(one.school, "at", "person")], "a person's word outlives the next event"


def test_a_question_is_answered_once(asking):
    one = asking()
    one.send(place=UNSURE)
    assert one.decide(None)
    assert not one.decide(one.school)
    assert (one.review()["state"], one.incidents(), one.outbox()) == ("decided", 0, 0)


def test_a_remembered_wording_is_placed_by_itself_the_next_time(asking):
    one = asking()
    one.send("I-1", place=UNSURE)
    one.decide(one.school, remember=True)
    assert one.pg.rows("select kind, alias, school_id, decided_by from district.school_alias") == \
        [("name", "NEAR GARFIELD HS", one.school, "Dana Reyes")]
    assert one.pg.one("select count(*) from liaison.audit where action = 'place.decide'") == 1
    count = iter(range(2, 1000))

    def placed():
        number = f"I-{next(count)}"
        one.send(number, place=UNSURE)
        return one.schools(number) == [(one.school, "at", "name")]

    wait_until(placed, what="the wording is known")


def test_a_wording_remembered_as_no_school_asks_no_more(asking):
    one = asking()
    one.send("I-1", place=UNSURE)
    one.decide(None, remember=True)
    count = iter(range(2, 1000))

    def quiet():
        number = f"I-{next(count)}"
        one.send(number, place=UNSURE)
        return one.review(number) is None

    wait_until(quiet, what="the wording is known to be of no school")
    assert one.incidents() == 0


def test_a_remembered_answer_settles_all_that_wait_with_the_same_words(asking):
    one = asking()
    one.send("I-late", place=UNSURE)
    one.pg.execute("update district.place_review set due_at = now()")
    wait_until(lambda: one.review("I-late")["state"] == "expired", what="the time is over")
    for number in ("I-1", "I-2", "I-3"):
        one.send(number, place=UNSURE)
    one.send("I-case", place={"name": "Near Garfield HS"})
    one.send("I-old", mode="backfill", place=UNSURE)
    one.send("I-else", place={"name": "NEAR GARFIELD HIGH"})
    outbox = one.outbox()
    assert one.settled(one.school) == 5
    assert one.states() == {n: "open" if n == "I-else" else "decided"
                            for n in ("I-1", "I-2", "I-3", "I-case", "I-old", "I-late", "I-else")}
    for number in ("I-1", "I-2", "I-3", "I-case", "I-old", "I-late"):
        assert one.schools(number) == [(one.school, "at", "person")], number
    assert one.outbox() == outbox + 5, "all but the backfill go to notify"
    assert one.pg.rows("select count(*), count(distinct object) from liaison.audit where action = 'place.decide'") == \
        [(6, 6)]
    assert one.settled(None, incident="I-2") is None, "it is answered"


def test_a_remembered_answer_of_no_school_settles_the_others_too(asking):
    one = asking()
    one.send("I-late", place=UNSURE)
    one.pg.execute("update district.place_review set due_at = now()")
    wait_until(lambda: one.review("I-late")["state"] == "expired", what="the time is over")
    one.send("I-1", place=UNSURE)
    assert one.settled(None) == 1
    assert one.schools("I-late") == []
    assert one.pg.rows("select incident_no, elsewhere from district.incident") == [("I-late", True)]


def test_an_answer_that_is_not_remembered_settles_one_call(asking):
    one = asking()
    for number in ("I-1", "I-2"):
        one.send(number, place=UNSURE)
    assert one.settled(one.school, remember=False) == 0
    assert one.states() == {"I-1": "decided", "I-2": "open"}


def test_an_answer_settles_nothing_of_another_district(asking, pg):
    lakeside = pg.district("lakeside")
    lakeside.school("GAR", *offset(*HERE, north_m=9000), name="Garfield", level="high")
    one = asking()
    for number in ("I-1", "I-2"):
        one.send(number, place=UNSURE)
    assert one.settled(one.school) == 1
    assert pg.rows("select district_id, state, count(*) from district.place_review group by 1, 2 order by 1") == \
        sorted([(one.district.id, "decided", 2), (lakeside.id, "open", 2)])


def test_answers_that_meet_wait_for_each_other_and_settle_each_call_once(asking):
    one = asking()
    for number in range(1, 41):
        one.send(f"I-{number}", place=UNSURE)
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda n: one.settled(one.school, incident=f"I-{n}"), (1, 40, 20, 10)))
    assert sorted(counts, key=lambda c: (c is None, c)) == [39, None, None, None]
    assert one.outbox() == 40, "each went to notify once"


def test_a_call_that_nobody_decided_is_listed_as_uncertain_and_goes_to_notify(asking):
    one = asking()
    one.send(place=UNSURE, call_type="FIGHT")
    one.pg.execute("update district.place_review set due_at = now()")
    wait_until(lambda: one.review()["state"] == "expired", what="the time is over")
    assert one.schools() == [(one.school, "uncertain", "name")]
    assert one.outbox() == 1
    assert one.pg.one("select relation from district.incident") == "uncertain"


@pytest.mark.parametrize("school,left", [(True, [("at", "person")]), (False, [])])
def test_an_answer_after_the_time_corrects_what_was_listed(asking, school, left):
    one = asking()
    one.send(place=UNSURE)
    one.pg.execute("update district.place_review set due_at = now()")
    wait_until(lambda: one.review()["state"] == "expired", what="the time is over")
    assert one.decide(one.school if school else None)
    assert [row[1:] for row in one.schools()] == left
    assert one.pg.one("select elsewhere from district.incident") == (not school)
    assert one.outbox() == 2


def test_the_time_is_the_districts(asking):
    one = asking(review_s=120)
    one.send(place=UNSURE)
    assert one.pg.one("select due_at - asked_at = interval '120 s' from district.place_review")


def test_a_backfill_is_asked_about_and_never_goes_to_notify(asking):
    one = asking()
    one.send(mode="backfill", place=UNSURE)
    assert one.review()["mode"] == "backfill"
    assert one.pg.one("select due_at > now() + interval '29 days' from district.place_review")
    one.pg.execute("update district.place_review set due_at = now()")
    wait_until(lambda: one.review()["state"] == "expired", what="the time is over")
    assert (one.incidents(), one.outbox()) == (0, 0)


def test_a_backfill_that_a_person_placed_is_counted_and_alerts_nobody(asking):
    one = asking()
    one.send(mode="backfill", place=UNSURE)
    one.decide(one.school)
    assert (one.incidents(), one.outbox()) == (1, 0)


def test_a_call_that_waits_for_a_person_is_not_purged(asking):
    one = asking(holding={"window_h": 0, "purge_s": 1})
    one.send("I-none", place={"name": "CITY HALL"})
    one.send("I-asked", place=UNSURE)
    wait_until(lambda: one.pg.one("select count(*) from agency.incident where incident_no = 'I-none'") == 0,
               what="the call of no school is purged")
    assert one.pg.one("select count(*) from agency.event where incident_no = 'I-asked'") == 1
    one.decide(None, incident="I-asked")
    wait_until(lambda: one.pg.one("select count(*) from agency.event") == 0, what="the answered call is purged")
    assert one.pg.one("select count(*) from district.place_review") == 0, "and its question with it"


def test_a_place_that_is_said_later_withdraws_the_question(asking):
    one = asking()
    one.send(place=UNSURE, occurred_at=ago(60))
    one.send(latitude=HERE[0], longitude=HERE[1], occurred_at=ago(30), kind="incident.updated")
    assert (one.review()["state"], one.review()["decided_by"]) == ("decided", "placement")
    assert [row[1:] for row in one.schools()] == [("at", "radius")]


def test_a_point_away_from_every_school_withdraws_the_question(asking):
    one = asking()
    far = offset(*HERE, north_m=5000)
    one.send(place=UNSURE, occurred_at=ago(60))
    one.send(latitude=far[0], longitude=far[1], occurred_at=ago(30), kind="incident.updated")
    assert (one.review()["state"], one.review()["decided_by"], one.incidents()) == ("decided", "placement", 0)


def test_a_place_said_after_a_persons_answer_replaces_it(asking):
    one = asking()
    one.send(place=UNSURE, occurred_at=ago(60))
    one.decide(None)
    one.send(latitude=HERE[0], longitude=HERE[1], occurred_at=ago(30), kind="incident.updated")
    assert [row[1:] for row in one.schools()] == [("at", "radius")]


def test_unsure_words_do_not_move_a_call_that_has_a_place(asking):
    one = asking()
    one.send(latitude=HERE[0], longitude=HERE[1], occurred_at=ago(60))
    one.send(place=UNSURE, occurred_at=ago(30), kind="incident.updated")
    assert one.review() is None
    assert [row[1:] for row in one.schools()] == [("at", "radius")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_the_order_of_arrival_makes_no_difference(asking, order):
    one = asking()
    events = [dict(place={"name": "CITY HALL"}, occurred_at=ago(90)),
              dict(place=UNSURE, occurred_at=ago(60)),
              dict(kind="incident.updated", call_type="FIGHT", occurred_at=ago(30))]
    for number in order:
        one.send(**events[number])
    assert (one.review()["state"], one.review()["place_name"]) == ("open", "NEAR GARFIELD HS")
    assert one.decide(one.school)
    assert one.pg.row("select * from district.incident")["type_own"] == "FIGHT"


def test_each_district_is_asked_about_its_own_schools(asking, pg):
    lakeside = pg.district("lakeside")
    other = lakeside.school("GAR", *offset(*HERE, north_m=9000), name="Garfield", level="high")
    one = asking()
    one.send(place={"name": "GARFIELD HS"})
    rows = pg.rows("select district_id, candidates -> 0 ->> 'school' from district.place_review order by 1")
    assert sorted(rows) == sorted([(lakeside.id, str(other)), (one.district.id, str(one.school))])
    one.decide(one.school)
    assert pg.rows("select district_id, school_id from district.incident") == [(one.district.id, one.school)]
    assert pg.one("select state from district.place_review where district_id = %s", lakeside.id) == "open"


def test_only_the_dashboard_may_decide_and_nobody_reads_words_but_it_and_intake(pg):
    for call, allowed in (("district.answer_place_as(bytea, int, text, int, boolean)", ["dashboard"]),
                          ("district.answer_place(int, int, text, int, boolean, text, text)", [])):
        for role in ("dashboard", "intake", "notify", "public"):
            assert pg.one("select has_function_privilege(%s, %s, 'execute')", f"liaison_{role}", call) == \
                (role in allowed)
    assert not pg.one("select has_table_privilege('liaison_notify', 'district.place_review', 'select')")
    assert not pg.one("select has_table_privilege('liaison_dashboard', 'district.place_review', 'update')")
