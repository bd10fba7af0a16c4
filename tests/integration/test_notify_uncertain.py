"""From unsure words to the alert: what people are told when nobody said where a call is."""

import pytest

from liaison import event, wait_until
from notify_support import fresh_sandbox, settings

pytestmark = pytest.mark.needs("liaison-intake", "liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)


@pytest.fixture
def town(pg, riverside, metro, intake, peer, sandbox, daemon, config, secret):
    """One school with a principal, a rule, the real intake and the real notify; its call was unsure."""
    pg.execute("update district.district set review_s = 3600")
    school = riverside.school("GAR", 47.6, -122.3, name="Garfield", level="high")
    riverside.contact("P", email="pat@riverside.example", phone="+15550100001", schools=[school])
    pg.execute("insert into notify.rule (district_id, name) values (%s, 'all')", riverside.id)
    metro.map_codes("type", {"FIGHT": "FIGHT"})
    notify = daemon("liaison-notify", "--config", config("notify.ini", **settings(pg, sandbox, secret)))
    notify.start()
    one = peer(intake(), metro)
    one.hello()
    one.event(1, event("I-1", place={"name": "BUS STOP BY GARFIELD HS"}, call_type="FIGHT"))
    one.wait_acked(1)
    return school


def over(pg):
    pg.execute("update district.place_review set due_at = now()")
    wait_until(lambda: pg.one("select state from district.place_review") == "expired", what="the time is over")


def decide(pg, riverside, metro, school):
    assert pg.one("select district.answer_place(%s, %s, 'I-1', %s, false, 'Dana Reyes', 'person:1')",
                  riverside.id, metro.id, school) == 0


def test_nobody_hears_of_a_call_while_a_person_may_still_say_where_it_is(pg, town, riverside, metro, sandbox):
    assert pg.one("select count(*) from notify.alert") == 0
    decide(pg, riverside, metro, town)
    mail, text = sandbox.wait_mails(1)[0], sandbox.wait_texts(1)[0]
    assert "uncertain" not in mail["text"] and "uncertain" not in text["body"]
    assert "decided by a person" in mail["text"].lower()


def test_an_alert_after_the_time_says_that_the_place_is_uncertain(pg, town, sandbox):
    over(pg)
    mail, text = sandbox.wait_mails(1)[0], sandbox.wait_texts(1)[0]
    assert mail["text"].startswith("Fight reported possibly at Garfield at ")
    assert "Place uncertain: the agency's words may mean this school" in mail["text"]
    assert "Place uncertain: the agency's words may mean this school".replace("'", "&#39;") in mail["html"]
    assert "BUS STOP BY GARFIELD HS" in mail["text"]
    assert text["body"].startswith("Garfield (place uncertain): fight reported ")
    assert text["segments"] == 1 and "BUS STOP" not in text["body"]


def test_a_late_word_goes_out_as_an_update_or_as_a_correction(pg, town, riverside, metro, sandbox):
    over(pg)
    sandbox.wait_mails(1)
    sandbox.wait_texts(1)
    wait_until(lambda: pg.one("select count(*) from notify.delivery where state = 'sent'") == 2, what="both are sent")
    decide(pg, riverside, metro, None)
    assert "was not at this school" in sandbox.wait_mails(2)[1]["text"]
    assert "was not at this school" in sandbox.wait_texts(2)[1]["body"]
