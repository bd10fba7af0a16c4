"""liaison-notify: an alert that is handed over to somebody whom it does not reach, or taken back."""

import pytest

import liaison
from notify_lab import fresh_relay, lab_settings
from notify_support import WITHDRAWN, Town

pytestmark = pytest.mark.needs("liaison-notify")
relay = pytest.fixture(name="relay")(fresh_relay)
PEOPLE = {"P": ("Pat Doe", 1), "D": ("Dee Ray", 1), "S": ("Sam Lee", 2), "L": ("Lou Roe", 3)}


class Talk:
    """An alert that Pat has, of which Pat and Dee were told. Sam and Lou are asked an hour later, and an hour after."""

    def __init__(self, pg, relay, people=PEOPLE, **rule):
        self.pg, self.relay, self.town = pg, relay, Town(pg)
        for code, (name, step) in people.items():
            self.town.district.contact(code, name=name, email=f"{code.lower()}@r.example", step=step)
        self.town.rule(channels="{email}", **{"escalate_s": 3600, **rule})

    def begin(self):
        self.town.call()
        liaison.wait_until(lambda: len(self.relay.mails) == 2, 10, "Pat and Dee are told")
        self.wait("select count(*) = 2 from notify.delivery where state = 'sent'", "that is noted")
        self.alert = self.pg.one("select alert_id from notify.alert")
        self.has("P")
        return self

    def wait(self, sql, what):
        liaison.wait_until(lambda: self.pg.one(sql), 10, what, every=0.05)

    def person(self, code):
        return self.pg.rows("select name, person_id, contact_id from people.contact where code = %s", code)[0]

    def has(self, code):
        return self.pg.one("select notify.acknowledge(%s, %s, %s, %s, %s)", self.town.district.id, self.alert,
                           *self.person(code))

    def says(self, code, kind, to=None):
        name, person, contact = self.person(code)
        assert self.pg.one("select notify.say(%s, %s, %s, %s, %s, %s, %s, null, 'x')", self.town.district.id, self.alert,
                           kind, name, person, contact, to and self.person(to)[2])

    def heard(self, code, words):
        return [mail for mail in self.relay.mails if mail["to"] == f"{code.lower()}@r.example" and words in mail["text"]]

    def wait_heard(self, code, words):
        return liaison.wait_until(lambda: self.heard(code, words), 10, f"{code} hears: {words}", every=0.05)

    def handed(self):
        return self.pg.rows("select contact_id, back from notify.handed(%s, %s)", self.town.district.id, self.alert)


@pytest.fixture
def talk(pg, relay, daemon, config, secret):
    def start(*args, **rule):
        made = Talk(pg, relay, *args, **rule)
        notify = daemon("liaison-notify", "--config", config("notify.ini", **lab_settings(pg, secret, relay, None)))
        notify.start()
        notify.wait_log(r"event=db_up")
        return made.begin()
    return start


def test_who_was_not_reached_yet_is_not_asked_for_what_was_taken_back(talk, relay):
    said = talk()
    relay.say("rcpt", "451 later", 1, to="s@")
    said.says("P", "handed_over", to="S")
    said.wait("select exists (select from notify.delivery where reason = 'deferred')", "the mail is put off")
    said.has("P")
    said.wait("select not exists (select from notify.delivery where state in ('queued', 'sending') and step = 2)",
              "the mail waits no more")
    assert said.handed() == [] and not said.heard("S", "")


def test_the_others_hear_to_whom_it_is_handed_until_that_one_answers(talk):
    said = talk()
    said.wait_heard("D", "Pat Doe (principal) has it.")
    said.says("P", "handed_over", to="S")
    said.wait_heard("D", "Pat Doe (principal) handed it to Sam Lee (principal), who has not answered yet.")
    said.wait_heard("S", "Pat Doe (principal) hands this to you")
    assert said.heard("D", "Nobody has it") == [] and said.heard("S", "handed it to") == []
    said.has("S")
    said.wait_heard("D", "Sam Lee (principal) has it.")
    said.says("S", "undone")
    said.wait_heard("D", "Nobody has it any more.")


@pytest.mark.parametrize("frequency", ["update", "material"])
def test_who_was_asked_hears_that_it_was_taken_back(talk, frequency):
    said = talk(frequency=frequency)
    said.says("P", "handed_over", to="S")
    said.wait_heard("S", "Pat Doe (principal) hands this to you")
    said.has("P")
    said.wait_heard("S", "Pat Doe (principal) has it.")
    said.says("P", "undone")
    assert said.handed() == []


def test_a_hand_over_that_is_refused_ends_and_the_next_are_asked(talk, relay):
    said = talk()
    relay.say("rcpt", "550 5.1.1 no", None, to="s@")
    said.says("P", "handed_over", to="S")
    mails = said.wait_heard("P", "You handed this to Sam Lee (principal), whom no message reaches: please say whether you")
    said.wait_heard("L", "")
    assert len(mails) == 1 and said.handed() == [(said.person("P")[2], True)]
    said.has("P")
    assert said.handed() == [] and said.pg.one("select acknowledged_by from notify.alert") == "Pat Doe"


def test_a_hand_over_to_somebody_who_leaves_ends_and_the_next_are_asked(talk):
    said = talk()
    said.says("P", "handed_over", to="S")
    said.wait_heard("S", "hands this to you")
    said.pg.execute("update people.role set to_at = now() where code = 'S'")
    said.wait_heard("P", "You handed this to Sam Lee (principal), whom no message reaches")
    said.wait_heard("L", "")
    said.wait_heard("S", WITHDRAWN)


def test_a_hand_over_to_somebody_who_is_deleted_ends_and_the_next_are_asked(talk):
    said = talk()
    said.says("P", "handed_over", to="S")
    said.wait_heard("S", "hands this to you")
    said.pg.execute("delete from people.role where code = 'S'; delete from people.person where name = 'Sam Lee'")
    said.wait_heard("P", "You handed this to Sam Lee, whom no message reaches")
    said.wait_heard("L", "")
    assert said.handed() == [(said.person("P")[2], True)]


@pytest.mark.parametrize("change", [
    "select dashboard.set_active('boss@riverside', false)", "select people.end_rights(person_id) from people.credential",
    "update people.role set to_at = clock_timestamp() + interval '2 s' where role = 'school'",
    "delete from people.role_school"], ids=["disabled", "ended", "dated", "other_school"])
def test_who_took_it_signed_in_and_is_off_has_it_no_more(talk, change):
    said = talk()
    said.wait_heard("D", " has it.")
    said.says("P", "undone")
    said.wait_heard("D", "Nobody has it any more.")
    boss = said.pg.one("select people.put_user('boss@riverside', 'Bo Boss', null)")
    said.pg.execute("with r as (insert into people.role (person_id, district_id, role, scope) values (%s, %s, 'school', 'schools') "
                    "returning role_id, district_id) insert into people.role_school select role_id, district_id, %s from r",
                    boss, said.town.district.id, said.town.school)
    said.pg.execute("select notify.acknowledge(district_id, alert_id, 'Bo Boss', %s) from notify.alert", boss)
    said.wait_heard("D", "Bo Boss has it.")
    said.pg.execute(change)
    said.wait("select state = 'open' from notify.alert", "it is open again")
    liaison.wait_until(lambda: len(said.heard("D", "Nobody has it any more.")) == 2, 10, "Dee hears it again")


def test_each_hand_over_in_vain_asks_one_more_step(talk, relay):
    said = talk({**PEOPLE, "M": ("Mo Poe", 4), "N": ("Ned Fox", 5)})
    relay.say("rcpt", "550 5.1.1 no", None, to="[sm]@")
    said.says("P", "handed_over", to="S")
    said.wait_heard("P", "You handed this to Sam Lee")
    said.wait_heard("L", "")
    said.has("P")
    said.says("P", "handed_over", to="M")
    said.wait_heard("N", "")
    said.wait_heard("P", "You handed this to Mo Poe")


def test_each_of_two_hand_overs_waits_for_its_own_answer(talk):
    said = talk(acks=2)
    said.has("D")
    said.says("P", "handed_over", to="S")
    said.says("D", "handed_over", to="L")
    said.wait_heard("S", "Pat Doe (principal) hands this to you")
    said.wait_heard("L", "Dee Ray (principal) hands this to you")
    said.has("L")
    assert said.handed() == [(said.person("S")[2], False)]
    said.pg.execute("update people.role set to_at = now() where code = 'S'")
    said.wait_heard("P", "You handed this to Sam Lee (principal), whom no message reaches")
    assert not said.heard("D", "You handed this")


def test_who_has_it_already_keeps_it_though_it_was_handed_to_them_in_vain(talk, relay):
    """A hand-over of before an upgrade: today it is refused."""
    said = talk(acks=2)
    said.has("D")
    relay.say("rcpt", "550 5.1.1 no", None, to="d@")
    name, person, contact = said.person("P")
    to_name, to_person, to = said.person("D")
    said.pg.execute("insert into notify.acknowledgement (district_id, alert_id, round, by, person_id, contact_id, late, kind, "
                    "to_contact, to_person, to_name) values (%s, %s, 1, %s, %s, %s, false, 'handed_over', %s, %s, %s)",
                    said.town.district.id, said.alert, name, person, contact, to, to_person, to_name)
    said.pg.execute("select notify.look_now(district_id, alert_id) from notify.alert")
    said.wait("select exists (select from notify.acknowledgement where kind = 'not_arrived')", "it did not arrive")
    assert said.pg.rows("select by from notify.holders(%s, %s)", said.town.district.id, said.alert) == [("Dee Ray",)]


@pytest.mark.parametrize("answers", [False, True])
def test_a_hand_over_is_to_a_person_and_not_to_a_successor(talk, answers):
    said = talk()
    said.says("P", "handed_over", to="S")
    said.wait_heard("S", "Pat Doe (principal) hands this to you")
    if answers:
        said.has("S")
    said.town.district.contact("S", name="Kim New", email="k@r.example", step=2)
    if answers:
        said.wait("select state = 'open' from notify.alert", "nobody has it any more")
    else:
        said.wait_heard("P", "You handed this to Sam Lee, whom no message reaches")
    said.wait_heard("K", "")
    assert not said.heard("K", "hands this to you")
    assert said.handed() == ([] if answers else [(said.person("P")[2], True)])
