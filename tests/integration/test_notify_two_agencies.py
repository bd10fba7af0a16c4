"""liaison-notify: two agencies' calls for one incident are told once, and nobody is left silent by it."""

import pytest

import liaison
from notify_support import fresh_notify, fresh_sandbox, fresh_town

pytestmark = pytest.mark.needs("liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)
PHONE = "+15550100101"


@pytest.fixture
def county(town):
    """county(number, **columns): a call of the county sheriff."""
    sheriff = town.pg.agency("county", key=False)
    town.pg.execute("update agency.agency set name = 'County Sheriff' where agency_id = %s", sheriff.id)
    return lambda number="C-1", **columns: town.call(number, agency_id=sheriff.id, **{"priority": 5, **columns})


@pytest.fixture
def ready(town, notify):
    town.district.contact("P", email="pat@riverside.example", phone=PHONE)
    town.rule(classes=[row[0] for row in town.pg.rows("select class from code.class")])
    notify()


def alerts(town):
    return dict(town.pg.rows("select incident_no, case state when 'held' then held_why else state end from notify.alert"))


def wait_alerts(town, **expected):
    expected = {number.replace("_", "-"): state for number, state in expected.items()}
    liaison.wait_until(lambda: alerts(town) == expected, what=f"{expected}, not {alerts(town)}")


def first(town, **columns):
    town.call("M-1", priority=5, **columns)
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) == 2, what="the first is told")


def test_who_was_told_of_the_first_hears_that_the_second_agency_is_there(town, sandbox, ready, county):
    first(town)
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    text = sandbox.wait_texts(2, PHONE)[-1]["body"]
    mail = sandbox.wait_mails(2, "pat@riverside.example")[-1]
    assert "also a call of County Sheriff" in text and len(text) <= 160
    assert "There is a call of County Sheriff about this too." in mail["text"] and mail["subject"].startswith("North High: fight")
    county(status="closed")
    sandbox.wait_mails(3)
    town.call("M-1", status="closed", priority=5)
    liaison.wait_until(lambda: "Closed" in sandbox.mails("pat@riverside.example")[-1]["text"], what="it is over")
    assert len(sandbox.mails()) == 4 and alerts(town)["C-1"] == "folded"


ENDED, TEXT_ENDED = "No other agency has a call about this any more.", "no call of another agency any more"


def corrections(sandbox):
    return [len([m for m in sandbox.mails() if ENDED in m["text"]]), len([t for t in sandbox.texts() if TEXT_ENDED in t["body"]])]


@pytest.mark.parametrize("how", [{"status": "closed"}, {"status": "cancelled"}, {"entered_in_error": True},
                                 {"merged_into": "C-0"}, {"schools": []}, {"sensitivity": "sealed"}],
                         ids=lambda how: "-".join(how))
def test_who_was_told_of_the_second_agency_hears_once_that_it_is_there_no_more(town, sandbox, ready, county, how):
    first(town)
    county()
    sandbox.wait_texts(2, PHONE)
    sandbox.wait_mails(2)
    county(**how)
    sandbox.wait_texts(3, PHONE)
    mail = sandbox.wait_mails(3)[-1]
    assert mail["text"].startswith(ENDED) and mail["subject"].startswith("North High: fight")
    county(**how)
    town.call("M-1", priority=5)
    town.wait_drained()
    assert corrections(sandbox) == [1, 1] and len(sandbox.mails()) == 3, [m["text"] for m in sandbox.mails()]
    county(entered_in_error=False, merged_into=None)
    liaison.wait_until(lambda: "County Sheriff" in sandbox.mails()[-1]["text"], what="it is there again")
    assert corrections(sandbox) == [1, 1] and len(sandbox.mails()) == 4


def test_a_second_agency_that_is_told_by_itself_is_there_until_its_call_ends(town, sandbox, ready, county):
    first(town)
    county()
    sandbox.wait_texts(2, PHONE)
    county(priority=9)
    wait_alerts(town, M_1="open", C_1="open")
    sandbox.wait_mails(3)
    town.wait_drained()
    assert corrections(sandbox) == [0, 0]
    county(priority=9, sensitivity="restricted")
    town.wait_drained()
    assert corrections(sandbox) == [0, 0], "it goes on"
    county(priority=9, status="closed")
    liaison.wait_until(lambda: corrections(sandbox) == [1, 1], what="it is there no more")


def test_a_text_that_asks_tells_of_the_second_agency_in_an_update(town, sandbox, ready, county):
    first(town)
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    sandbox.wait_texts(2, PHONE)
    town.district.contact("N", phone="+15550100102")
    texts = sandbox.wait_texts(2, "+15550100102")
    assert "County" not in texts[0]["body"] and "also a call of County Sheriff" in texts[1]["body"]
    county(status="closed")
    sandbox.wait_texts(3, "+15550100102")


@pytest.mark.parametrize("how", [{"status": "closed"}, {"status": "cancelled"}, {"entered_in_error": True}, {"schools": []}])
def test_the_second_is_told_when_the_first_is_over_and_it_is_not(town, sandbox, ready, county, how):
    first(town)
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    town.call("M-1", priority=5, **how)
    wait_alerts(town, M_1="closed", C_1="open")
    liaison.wait_until(lambda: [m for m in sandbox.mails() if "County Sheriff" in m["text"] and "C-1" in m["text"]], what="a first")


@pytest.mark.parametrize("how", [{"status": "cancelled"}, {"entered_in_error": True}, {"merged_into": "M-0"}, {"schools": []}])
def test_a_second_that_closed_before_the_first_was_withdrawn_is_no_new_call(town, sandbox, ready, county, how):
    """Whoever was told of the first hears that it does not stand; of the second there is nothing to do any more."""
    first(town)
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    sandbox.wait_mails(2)
    county(status="closed")
    sandbox.wait_mails(3)
    town.call("M-1", priority=5, **how)
    wait_alerts(town, M_1="closed", C_1="folded")
    assert "orrection" in sandbox.wait_mails(4)[-1]["text"]
    county(status="closed")
    town.wait_drained()
    assert alerts(town)["C-1"] == "folded" and len(sandbox.mails()) == 4, [m["text"] for m in sandbox.mails()]
    county()
    wait_alerts(town, M_1="closed", C_1="open")


def test_a_second_that_becomes_worse_is_told_by_itself(town, sandbox, ready, county):
    first(town)
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    county(priority=9)
    wait_alerts(town, M_1="open", C_1="open")


@pytest.mark.parametrize("other", [{"class": "medical"}, {"opened": "now() - interval '6 minutes'"}, {"priority": 9},
                                   {"sensitivity": "restricted"}, {"type_code": "ROBBERY"}])
def test_what_may_be_another_incident_is_told(town, sandbox, ready, county, other):
    first(town)
    county(**other)
    wait_alerts(town, M_1="open", C_1="open")


def test_calls_of_one_agency_are_told_each(town, sandbox, ready):
    first(town)
    town.call("M-2", priority=5)
    wait_alerts(town, M_1="open", M_2="open")


def test_a_first_that_somebody_may_not_see_folds_nothing(town, sandbox, ready, county):
    """Sealed calls are told to those who are named for them; the others must hear of the second."""
    town.district.contact("S", email="sid@riverside.example", sealed=True)
    town.rule(name="sealed", sealed=True)
    town.call("M-1", sensitivity="sealed", priority=5)
    sandbox.wait_mails(1, "sid@riverside.example")
    county()
    wait_alerts(town, M_1="open", C_1="open")
    sandbox.wait_mails(1, "pat@riverside.example")


def test_who_did_not_hear_of_the_first_hears_of_the_second(town, sandbox, ready, county):
    first(town)
    town.district.contact("N", email="nan@riverside.example", step=2)
    town.call("M-1", status="open", priority=5)
    town.wait_drained()
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    sandbox.wait_texts(2, PHONE)
    liaison.wait_until(lambda: len(town.deliveries(channel="sms", state="sent")) == 2, what="the first and its update are sent")
    town.pg.execute("update notify.delivery set state = 'failed', reason = 'refused' where channel = 'sms' and alert_id = "
                    "(select alert_id from notify.alert where incident_no = 'M-1')")
    town.call("M-1", priority=5)
    wait_alerts(town, M_1="open", C_1="open")


def test_a_folded_call_is_looked_at_again_by_itself(town, sandbox, ready, county):
    """Should a look at the first miss the second, its own comes within half a minute."""
    first(town)
    county()
    wait_alerts(town, M_1="open", C_1="folded")
    assert town.pg.one("select look_at is not null from notify.alert where incident_no = 'C-1'")
    town.call("M-1", outbox=False, status="cancelled", priority=5)  # another look may find it at any time from here on
    town.pg.execute("update notify.alert set look_at = '-infinity' where incident_no = 'C-1'")
    liaison.wait_until(lambda: alerts(town)["C-1"] == "open", what="it is told")
