"""liaison-notify: calls beyond the alert budget are told in one summary for the school, and nobody is left silent."""

import re

import pytest

import liaison
from dashboard_support import Dashboard
from notify_support import fresh_notify, fresh_sandbox, fresh_town

pytestmark = [pytest.mark.needs(name) for name in ("liaison-notify", "liaison-dashboard")]
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)

PHONE = "+15550100101"
NOISE = {"class": "disturbance", "type_code": "NOISE"}


@pytest.fixture
def ready(town):
    """ready(budget): a district with this budget, a principal with mail and texts, and a rule for all calls."""
    def make(budget, every=3600):
        town.district.contact("P", email="pat@riverside.example", phone=PHONE)
        town.rule(classes=[row[0] for row in town.pg.rows("select class from code.class")])
        town.pg.execute("update district.district set alert_budget = %s, storm_every_s = %s", budget, every)
    return make


@pytest.fixture
def page(pg, tmp_path, closing):
    return closing(Dashboard(tmp_path, pg)).start().api()


def flood(town, first, last, outbox=True, **columns):
    """Calls F-first to F-last, in one transaction."""
    values = {"class": "violence", "type_code": "FIGHT", "sensitivity": "open", **columns}
    with town.pg.session() as session, session.cursor() as cursor:
        cursor.execute(
            "with i as (insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, "
            "sensitivity, type_code, priority, relation, school_id, address, opened_at, version_at) "
            "select %s, %s, 'F-' || n, 'cad', 'live', 'open', %s, %s, %s, 5, 'at', %s, '500 MAIN ST', now(), now() "
            "from generate_series(%s::int, %s::int) n returning district_id, agency_id, incident_no, school_id), "
            "s as (insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank, relation, "
            "distance_m, method, confidence) select *, 1, 'at', 12, 'radius', 0.9 from i) "
            "insert into district.outbox (district_id, agency_id, incident_no, mode, first) "
            "select district_id, agency_id, incident_no, 'live', true from i where %s",
            (town.district.id, town.agency.id, values["class"], values["sensitivity"], values["type_code"], town.school,
             first, last, outbox))
    session.close()


def storms(town):
    return town.pg.rows("select s.sealed, s.calls, a.state from notify.storm s left join notify.alert a "
                        "on (a.district_id, a.storm_id) = (s.district_id, s.storm_id) and a.subject_kind = 'storm' "
                        "order by s.storm_id")


def count_now(town):
    """The storms are counted again, as after storm_every_s."""
    town.pg.execute("update notify.storm set look_at = '-infinity' where look_at is not null")


def end_now(town):
    """The time of the budget has passed since the last call."""
    town.pg.execute("update notify.storm set grown_at = '-infinity', look_at = '-infinity' where look_at is not null")


def sent(town, kind, channel):
    """What was sent about alerts of this kind by this channel: [(kind of message, content)], oldest first."""
    return town.pg.rows("select d.kind, d.content -> 'now' from notify.delivery d join notify.alert a "
                        "using (district_id, alert_id) where a.subject_kind = %s and d.channel = %s and d.state = 'sent' "
                        "order by d.delivery_id", kind, channel)


def wait_summaries(town, *counts, channel="sms"):
    """Waits until the summaries that were sent count so many calls each."""
    def there():
        return [now["calls"] for _, now in sent(town, "storm", channel)] == list(counts)
    liaison.wait_until(there, 20, f"summaries of {counts}: {sent(town, 'storm', channel)}", every=0.05)


def token_of(text):
    return re.search(r"/a/([\w-]+)", text)[1]


def summaries(messages):
    texts = [m.get("text", m.get("body")) for m in messages]
    return [text for text in texts if "not told one by one" in text]


def test_a_summary_counts_what_was_not_told_one_by_one(town, sandbox, notify, ready):
    ready(2)
    notify()
    flood(town, 1, 11)
    wait_summaries(town, 9)
    text, = summaries(sandbox.texts(PHONE))
    assert re.fullmatch(r"North High: 9 more calls since \d\d:\d\d, not told one by one: violence \(9\)\. "
                        r"(Reply OK or: |Answer: )?https://liaison\.riverside\.example/a/[\w-]{16} Liaison", text) and len(text) <= 160
    mail = liaison.wait_until(lambda: [m for m in sandbox.mails() if "not told one by one" in m["subject"]], what="a mail")[0]
    assert mail["text"].startswith("9 more calls at North High since ")
    assert "500 MAIN" not in mail["text"] and "F-3" not in mail["text"]
    assert storms(town) == [(False, 9, "open")]


def test_a_call_says_whether_a_summary_told_of_it(town, sandbox, notify, ready):
    def held(number):
        return town.pg.one("select c.call -> 'held' from district.calls_shown(%s, null) c where c.incident_no = %s",
                           town.district.id, number)
    ready(1)
    notify()
    flood(town, 1, 3)
    wait_summaries(town, 2)
    liaison.wait_until(lambda: held("F-3")["told_at"], what="the summary is noted as sent")
    assert held("F-1") is None, "it has an alert of its own"
    assert held("F-3") == {"why": "budget", "told_at": held("F-3")["told_at"], "due_at": None}
    flood(town, 4, 4)
    town.wait_drained()
    assert held("F-4") == {"why": "budget", "told_at": None, "due_at": None}
    count_now(town)
    wait_summaries(town, 2, 3)
    liaison.wait_until(lambda: held("F-4")["told_at"], what="the second summary tells of it")
    assert held("F-4")["told_at"] > held("F-3")["told_at"], "the first one did not count it"


def test_500_calls_in_a_minute(town, sandbox, notify, ready):
    """What each person received: 30 calls one by one, what may cost a life at once, and summaries of the rest."""
    ready(30)
    town.district.contact("V", email="vi@riverside.example", name="Vi Cho")
    notify()
    flood(town, 1, 300)
    flood(town, 301, 301, **{"class": "weapon", "type_code": "ACTSHOOT"})
    flood(town, 302, 450)
    flood(town, 451, 500, **NOISE)
    liaison.wait_until(town.drained, 60, "the outbox is empty", every=0.1)
    count_now(town)
    wait_held = "select count(*) from notify.alert where state = 'held'"
    assert town.pg.one(wait_held) == 469
    liaison.wait_until(lambda: storms(town)[0][1] == 469, 20, "all are counted")
    town.call("F-1", status="cancelled", priority=5)
    town.call(town.pg.one("select min(incident_no) from notify.alert where state = 'held'"), status="cancelled", priority=5)
    town.wait_drained()
    end_now(town)
    liaison.wait_until(lambda: storms(town) == [(False, 468, "closed")], 20, f"the storm is over {storms(town)}")
    liaison.wait_until(lambda: town.pg.one("select count(*) from notify.delivery where state in ('queued', 'sending')") == 0,
                       30, "all is sent")
    for person in ("pat@riverside.example", "vi@riverside.example"):
        mails = sandbox.mails(person)
        single = [m["subject"] for m in mails if "fight" in m["subject"] and not m["text"].startswith("Correction")]
        corrected = [m for m in mails if m["text"].startswith("Correction")]
        shooter = [m for m in mails if "active shooter" in m["subject"]]
        folded = [m for m in mails if "not told one by one" in m["subject"]]
        assert (len(single), len(corrected), len(shooter)) == (30, 1, 1), "one by one, the correction, the shooter"
        assert 2 <= len(folded) <= 4 and len(mails) == 32 + len(folded)
        last = re.search(r"Last count: (\d+) more calls at North High since \d\d:\d\d were not told one by one: "
                         r"violence \((\d+)\), disturbance \((\d+)\)\.", folded[-1]["text"])
        assert [int(n) for n in last.groups()] == [468, 418, 50]
        assert 30 + 1 + 468 + 1 == 500, "one by one, the shooter, counted, and the one that was cancelled"
    assert 30 + 1 + 1 + 2 <= len(sandbox.texts(PHONE)) <= 30 + 1 + 1 + 4


def test_it_is_told_again_while_it_grows_and_once_when_it_is_over(town, sandbox, notify, ready):
    ready(1)
    notify()
    flood(town, 1, 4)
    wait_summaries(town, 3)
    flood(town, 5, 6)
    town.wait_drained()
    assert storms(town) == [(False, 3, "open")], "not before its time"
    count_now(town)
    wait_summaries(town, 3, 5)
    count_now(town)
    liaison.wait_until(lambda: not town.pg.one("select exists (select from notify.storm where look_at = '-infinity')"),
                       what="nothing is new")
    end_now(town)
    wait_summaries(town, 3, 5, 5)
    assert [kind for kind, _ in sent(town, "storm", "sms")] == ["first", "update", "closed"]
    assert summaries(sandbox.texts(PHONE))[-1].startswith("North High: last count: 5 more calls since ")
    flood(town, 7, 7)
    wait_summaries(town, 3, 5, 5, 1)
    assert storms(town) == [(False, 5, "closed"), (False, 1, "open")], "another storm"


def test_it_grows_by_itself_when_its_time_comes(town, sandbox, notify, ready):
    ready(1, every=1)
    notify()
    flood(town, 1, 2)
    wait_summaries(town, 1)
    flood(town, 3, 4)
    wait_summaries(town, 1, 3)


def test_what_is_told_or_taken_back_leaves_it(town, sandbox, notify, ready):
    ready(1)
    notify()
    flood(town, 1, 6)
    wait_summaries(town, 5)
    town.call("F-2", status="cancelled", priority=5)
    town.call("F-3", **{"class": "weapon", "type_code": "ACTSHOOT"})
    town.call("F-4", schools=[], priority=5)
    town.call("F-5", sensitivity="sealed", priority=5)
    town.wait_drained()
    count_now(town)
    wait_summaries(town, 5, 1)
    assert any("active shooter" in m["subject"] for m in sandbox.mails())
    town.call("F-6", entered_in_error=True, priority=5)
    town.wait_drained()
    count_now(town)
    wait_summaries(town, 5, 1, 0)
    assert sandbox.texts(PHONE)[-1]["body"].startswith("Correction: North High: the calls counted since ")


def test_when_all_are_told_one_by_one_the_summary_says_so(town, sandbox, notify, ready):
    ready(1)
    notify()
    flood(town, 1, 4)
    wait_summaries(town, 3)
    town.pg.execute("update district.district set alert_budget = 30")
    town.pg.execute("update notify.rule set name = 'again'")
    liaison.wait_until(lambda: len(sent(town, "call", "sms")) == 4, 20, "each call is told")
    count_now(town)
    wait_summaries(town, 3, 0)
    text = sandbox.texts(PHONE)[-1]["body"]
    assert re.fullmatch(r"Correction: North High: the calls counted since \d+:\d\d now have alerts of their own, "
                        r"or were taken back\. Liaison", text)
    mail = liaison.wait_until(lambda: [m for m in sandbox.mails() if m["text"].startswith("Correction")], what="a mail")[0]
    assert "Each has an alert of its own by now, or was taken back." in mail["text"]


def test_sealed_and_restricted_calls_show_nothing(town, sandbox, notify, ready):
    """Restricted ones are police calls; sealed ones are told to those who are named for them, by themselves."""
    ready(1)
    town.district.contact("S", email="sid@riverside.example", name="Sid Fox", sealed=True)
    town.rule(name="sealed", sealed=True)
    notify()
    flood(town, 1, 1)
    town.wait_states("sent", "sent", "sent")
    flood(town, 2, 3, sensitivity="restricted")
    flood(town, 4, 6, sensitivity="sealed")
    flood(town, 7, 7)
    town.wait_drained()
    count_now(town)
    liaison.wait_until(lambda: sorted(s[:2] for s in storms(town)) == [(False, 3), (True, 3)], what="two storms")

    def last(person, start):
        return liaison.wait_until(lambda: [m for m in sandbox.mails(person) if m["text"].startswith(start)], what=start)[-1]
    assert "police call (2), violence (1)." in last("pat@riverside.example", "3 more calls")["text"]
    liaison.wait_until(lambda: [m for m in sandbox.mails("sid@riverside.example") if "police call (3)." in m["text"]],
                       what="the sealed ones")
    assert not [m for m in sandbox.mails("pat@riverside.example") if "police call (3)" in m["text"]]


def test_acknowledging_its_page_acknowledges_it(town, sandbox, notify, ready, page):
    ready(1)
    town.district.contact("B", email="bo@riverside.example", name="Bo Lin", step=2)
    notify()
    flood(town, 1, 3)
    flood(town, 4, 4, sensitivity="restricted")
    wait_summaries(town, 3)
    mail = [m for m in sandbox.mails("pat@riverside.example") if "not told one by one" in m["subject"]][0]
    token = token_of(mail["text"])
    shown = page.get(f"/api/v1/ack/{token}")
    assert (shown["school"], shown["call"], shown["state"], shown["what"]) == ("North High", "open", "open", None)
    assert shown["calls"]["count"] == 3 and sorted(str(c["what"]) for c in shown["calls"]["list"]) == ["Fight", "Fight", "None"]
    assert [(t["to"]["name"], t["state"]) for t in shown["told"]] == [("Bo Lin", "queued")]
    assert page.call("POST", f"/api/v1/ack/{token}").json["state"] == "acknowledged"
    liaison.wait_until(lambda: storms(town) == [(False, 3, "acknowledged")], what="it is acknowledged")
    assert town.pg.rows("select d.state, d.reason from notify.delivery d join notify.alert a using (district_id, alert_id) "
                        "where a.subject_kind = 'storm' and d.step = 2") == [("cancelled", "acknowledged")]
    town.call("F-2", sensitivity="sealed")
    assert page.get(f"/api/v1/ack/{token}")["calls"]["count"] == 2
    town.pg.execute("update people.role set to_at = now() where code = 'P'")
    assert page.refused(f"/api/v1/ack/{token}")[0] == 410


def test_the_next_step_is_told_when_nobody_answers(town, sandbox, notify, ready):
    ready(1)
    town.district.contact("B", email="bo@riverside.example", name="Bo Lin", step=2)
    notify()
    flood(town, 1, 3)
    wait_summaries(town, 2)
    assert not summaries(sandbox.mails("bo@riverside.example"))
    town.pg.execute("update notify.delivery set next_at = next_at - interval '10 minutes' where state = 'queued' and alert_id = "
                    "(select alert_id from notify.alert where subject_kind = 'storm')")
    sandbox.wait_mails(1, "bo@riverside.example")
    assert summaries(sandbox.mails("bo@riverside.example"))


def test_a_district_may_want_no_summaries(town, sandbox, notify, ready):
    ready(1, every=0)
    notify()
    flood(town, 1, 5)
    town.wait_drained()
    town.wait_states("sent", "sent")
    assert storms(town) == [] and not summaries(sandbox.texts(PHONE))
    town.pg.execute("update district.district set storm_every_s = 3600")
    flood(town, 6, 7)
    wait_summaries(town, 2)
