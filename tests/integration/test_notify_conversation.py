"""What people say of an alert beside "I have it": that they have it no more, to whom they hand it, and comments; by
the link in a message and signed in. And what the others are told of it."""

import time

import pytest

import liaison
import notify_support
from dashboard_support import fresh_dashboard, fresh_town
from notify_support import WITHDRAWN, fresh_notify, fresh_sandbox

pytestmark = pytest.mark.needs("liaison-dashboard", "liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
notify = pytest.fixture(name="notify")(fresh_notify)
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


class Talk:
    """An open fight at North High: Ana Ruiz and Bea Vice are its contacts, each with a link."""

    def __init__(self, town, dashboard):
        self.town, self.dashboard, self.number = town, dashboard, town.incident("A-1", status="open")
        self.alert, self.ana = town.alert(self.number)
        self.bea = town.db.one("select contact_id from people.contact where code = 'P2'")
        self.links = {"Ana": town.token(self.alert, self.ana),
                      "Bea": town.token(self.alert, self.bea, text="b" * 43)}

    def press(self, who, act="has", **more):
        return self.dashboard.api().call("POST", f"/api/v1/ack/{self.links[who]}", {"act": act, **more})

    def page(self, who):
        return self.dashboard.api().get(f"/api/v1/ack/{self.links[who]}")

    def sign_in(self, login):
        api = self.dashboard.api(login)
        api.say = lambda act, **more: api.call("POST", f"/api/v1/alerts/{self.alert}", {"act": act, **more})
        return api

    def state(self):
        return self.town.db.row("select state, acknowledged_by from notify.alert where alert_id = %s", self.alert)

    def audit(self):
        return self.town.db.rows("select actor, action from liaison.audit where object like 'alert%%' order by audit_id")


@pytest.fixture
def talk(town, dashboard):
    return Talk(town, dashboard)


OPEN = {"state": "open", "acknowledged_by": None}


# I have it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body, headers", [
    ("", {"Content-Type": "application/json"}), ("act=has", {"Content-Type": "multipart/form-data; boundary=x"}),
    ("act=has", {"Content-Type": "application/x-www-form-urlencoded"}), ('{"act":"has"}', {"Content-Type": "text/plain"}),
    ("[]", {"Content-Type": "application/json"}),
    ('{"act":"has","to":1}', {"Content-Type": "application/json"}), ('{"act":"all"}', {"Content-Type": "application/json"})])
def test_a_form_that_is_sent_off_acknowledges_nothing(talk, body, headers):
    answer = talk.dashboard.api().raw("POST", f"/api/v1/ack/{talk.links['Ana']}", body, headers)
    assert answer.status == 400
    for method in ("GET", "HEAD"):
        talk.dashboard.api().raw(method, f"/a/{talk.links['Ana']}", headers={"Purpose": "prefetch"})
        talk.dashboard.api().raw(method, f"/api/v1/ack/{talk.links['Ana']}")
    assert talk.state() == OPEN and talk.town.db.one("select count(*) from notify.acknowledgement") == 0


@pytest.mark.parametrize("body, headers", [("{}", {"Content-Type": "application/json"}), (None, {"Content-Length": "0"})])
def test_a_program_that_says_nothing_takes_it(talk, body, headers):
    assert talk.dashboard.api().raw("POST", f"/api/v1/ack/{talk.links['Ana']}", body, headers).status == 200
    assert talk.state() == {"state": "acknowledged", "acknowledged_by": "Ana Ruiz"}


def test_one_who_comes_late_is_kept(talk):
    assert talk.press("Ana").json["yours"] is True
    late = talk.press("Bea").json
    assert late["acknowledged_by"] == "Ana Ruiz"
    assert [(s["by"], s["kind"], s["late"]) for s in late["log"]] == [("Ana Ruiz", "has", False), ("Bea Vice", "has", True)]
    talk.town.db.execute("update notify.alert set state = 'closed'")
    talk.sign_in("director@riverside").call("POST", "/api/v1/calls/metro/A-1/acknowledge")
    assert talk.page("Ana")["log"][-1]["late"] is True


# I have it no more ----------------------------------------------------------------------------------


def test_who_gives_it_back_has_it_no_more_and_the_alert_is_open(talk):
    talk.press("Ana")
    page = talk.press("Ana", "undone").json
    assert (page["state"], page["acknowledged_by"], page["yours"]) == ("open", None, False)
    assert [s["kind"] for s in page["log"]] == ["has", "undone"]
    assert talk.state() == OPEN
    assert talk.town.db.one("select look_at = '-infinity' from notify.alert") is True
    assert talk.audit() == [(f"contact:{talk.ana}", "acknowledge"), (f"contact:{talk.ana}", "acknowledge.undone")]
    assert talk.press("Ana").json["acknowledged_by"] == "Ana Ruiz", "it can be taken again"


def test_only_who_has_it_can_give_it_back(talk):
    talk.press("Ana")
    answer = talk.press("Bea", "undone")
    assert (answer.status, answer.error["code"]) == (409, "not_noted")
    director = talk.sign_in("director@riverside")
    assert director.say("undone").status == 409
    assert talk.state()["acknowledged_by"] == "Ana Ruiz"


def test_with_enough_others_it_stays_acknowledged(talk):
    talk.press("Ana")
    talk.press("Bea")
    talk.press("Ana", "undone")
    assert talk.state() == {"state": "acknowledged", "acknowledged_by": "Bea Vice"}
    talk.town.db.execute("update notify.alert set acks = 2, acknowledged_at = null, acknowledged_by = null, state = 'open'")
    assert talk.press("Ana").json["state"] == "acknowledged", "two of two"
    talk.press("Bea", "undone")
    assert talk.state() == OPEN, "one of two"
    assert talk.town.db.one("select acknowledged_at from notify.alert") is None, "the next step is asked"


def test_a_person_is_one_by_link_and_signed_in(talk):
    talk.town.db.execute("update people.role set person_id = (select person_id from people.person where name = "
                         "'Dana Director') where code = 'P1'")
    talk.links["Dana"] = talk.town.token(talk.alert, talk.ana, text="d" * 43)
    talk.town.db.execute("update notify.token set addressee = (select notify.addressee(name, 'd@example.org') from "
                         "people.person where name = 'Dana Director') where token_hash = (select token_hash from "
                         "notify.token order by expires_at desc limit 1)")
    director = talk.sign_in("director@riverside")
    director.call("POST", "/api/v1/calls/metro/A-1/acknowledge")
    assert director.get("/api/v1/calls/metro/A-1")["alerts"][0]["yours"] is True
    assert director.say("undone").status == 200
    assert talk.state() == OPEN


# Handed over ----------------------------------------------------------------------------------------


def test_what_is_handed_over_is_nobodys_until_the_other_one_confirms(talk):
    people = talk.press("Ana").json["people"]
    assert [(p["id"], p["name"]) for p in people] == [(talk.bea, "Bea Vice")]
    page = talk.press("Ana", "handed_over", to=talk.bea).json
    assert (page["state"], page["yours"]) == ("open", False)
    assert page["log"][-1]["to"] == {"name": "Bea Vice", "role": "principal"}
    assert talk.state() == OPEN
    assert talk.page("Bea")["handed_by"] == "Ana Ruiz" and talk.page("Ana")["handed_by"] is None
    assert talk.press("Bea").json["acknowledged_by"] == "Bea Vice"
    assert talk.page("Bea")["handed_by"] is None
    assert ("contact:%d" % talk.ana, "acknowledge.handed_over") in talk.audit()


@pytest.mark.parametrize("change", [
    "update people.role set to_at = now() where code = 'P2'",
    "update people.role_school set school_id = (select school_id from district.school where code = 'S') "
    "where role_id = (select role_id from people.role where code = 'P2')",
    "update district.incident set sensitivity = 'sealed'; update people.role set sealed = true where code = 'P1'"])
def test_it_is_handed_to_nobody_who_may_not_see_the_call(talk, change):
    talk.town.db.execute("update people.role set scope = 'schools' where role = 'contact'")
    talk.town.db.execute("insert into people.role_school select role_id, district_id, %s from people.role "
                         "where role = 'contact'", talk.town.north)
    talk.press("Ana")
    talk.town.db.execute(change)
    assert talk.page("Ana")["people"] == []
    assert talk.press("Ana", "handed_over", to=talk.bea).status == 409
    assert talk.press("Ana", "handed_over", to=talk.ana).status == 409, "not to oneself"
    assert talk.state()["acknowledged_by"] == "Ana Ruiz"


@pytest.mark.parametrize("change", [
    "update people.role set channels = '{}' where code = 'P2'",
    "update people.role set channels = '{sms}' where code = 'P2'; update people.person set phone = '+15550100142' where "
    "name = 'Bea Vice'; select notify.set_opt_out('+15550100142', true, 'STOP')",
    "insert into notify.clock (steady_at, wall_at) values (now(), now()) on conflict (one) do update set steady_at = now(), "
    "wall_at = now(); insert into notify.provider (instance, channel, replay, name, seen_at, up, since) "
    "values (gen_random_uuid(), 'sms', false, 'twilio', now(), true, now())",
    "insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, message_id, state, content) select "
    "a.district_id, a.alert_id, c.contact_id, 'email', 'first', 'x@y', 'failed', '{}' from notify.alert a, people.contact c "
    "where c.code = 'P2'"], ids=["no address", "opted out", "no provider", "refused"])
def test_it_is_handed_to_nobody_whom_no_message_reaches(talk, change):
    talk.town.db.execute("update people.person set email = 'bea@riverside.example', phone = null where name = 'Bea Vice'")
    talk.town.db.execute("update people.role set channels = '{email}' where code = 'P2'")
    talk.links["Bea"] = None
    talk.press("Ana")
    assert [p["name"] for p in talk.page("Ana")["people"]] == ["Bea Vice"]
    talk.town.db.execute(change)
    assert talk.page("Ana")["people"] == []
    answer = talk.press("Ana", "handed_over", to=talk.bea)
    assert (answer.status, answer.error["code"]) == (409, "not_reachable") and "No message reaches" in answer.error["reason"]
    assert talk.state()["acknowledged_by"] == "Ana Ruiz"
    talk.town.person("ana@riverside", "Ana Ruiz", "school", [talk.town.north])
    talk.town.db.execute("update notify.acknowledgement set person_id = (select person_id from people.credential where login = "
                         "'ana@riverside')")
    assert talk.sign_in("ana@riverside").say("handed_over", to=talk.bea).error["code"] == "not_reachable"


def test_a_refusal_says_which_of_its_causes_it_is(talk):
    def refusal(name, act, **more):
        return talk.press(name, act, **more).error["reason"]
    talk.press("Ana")
    assert refusal("Bea", "undone").startswith("You do not have it")
    assert refusal("Bea", "handed_over", to=talk.ana).startswith("You do not have it")
    assert refusal("Ana", "handed_over", to=talk.ana) == "You have it already. Choose somebody else."
    talk.press("Bea")
    assert talk.page("Ana")["people"] == []
    assert refusal("Ana", "handed_over", to=talk.bea) == "That person has it already. Choose somebody else."
    talk.press("Bea", "undone")
    assert refusal("Ana", "handed_over", to=2147483647).startswith("That person cannot take it")
    talk.town.db.execute("insert into people.absence (role_id, district_id, from_at, to_at, by) select role_id, district_id, "
                         "now() - interval '1 hour', now() + interval '1 hour', 'test' from people.role where role_id = %s", talk.bea)
    assert refusal("Ana", "handed_over", to=talk.bea).startswith("That person cannot take it: absent")
    talk.town.db.execute("update notify.alert set state = 'closed'")
    assert refusal("Ana", "handed_over", to=talk.bea).startswith("It is over")


def test_an_alert_that_is_over_is_handed_to_nobody(talk):
    talk.press("Ana")
    talk.town.db.execute("update notify.alert set state = 'closed'")
    assert talk.page("Ana")["people"] == []
    assert talk.press("Ana", "handed_over", to=talk.bea).error["code"] == "not_noted"


# Comments -------------------------------------------------------------------------------------------


def test_a_comment_is_seen_by_whoever_sees_the_call_and_stands_nowhere_else(talk):
    talk.press("Ana", "comment", text="The north side is locked.")
    for page in (talk.page("Ana"), talk.page("Bea"),
                 talk.sign_in("principal@north").get("/api/v1/calls/metro/A-1")["alerts"][0]):
        assert [(s["by"], s["text"]) for s in page["log"]] == [("Ana Ruiz", "The north side is locked.")]
    assert talk.state() == OPEN, "a comment takes nothing"
    assert talk.audit() == [(f"contact:{talk.ana}", "comment")]
    assert talk.town.db.one("select count(*) from liaison.audit a where a::text like '%%north side%%'") == 0
    assert "north side" not in talk.dashboard.log()


@pytest.mark.parametrize("text, status", [
    ("x" * 280, 200), ("é " * 139 + "é", 200), ("x" * 281, 400), ("é " * 120 + "undocumented" + " é" * 14, 400),
    ("", 400), ("   ", 400), ("\u200b\u200b", 400), ("\u00a0", 400), (" \u2003\u3164", 400), ("\ufeff\u200e\u2060", 400), ("two\nlines", 400), ("a \u202e turn", 400), ("a \x85 line", 400),
    ("He is undocumented", 400), ("DOB 03/14/2009", 400), ("born in Guatemala", 400), ("is of age", 200)],
    ids=lambda value: str(value)[:12].encode("ascii", "replace").decode().strip())
def test_a_comment_is_short_and_tells_nothing_that_must_not_be_kept(talk, text, status):
    answer = talk.press("Ana", "comment", text=text)
    assert answer.status == status
    if status == 400:
        assert answer.error["field"] == "text" and (answer.error["reason"] == "text is missing." or text not in answer.error["reason"])
        assert talk.town.db.one("select count(*) from notify.acknowledgement") == 0


def test_all_that_is_said_stands_in_the_timeline_with_its_time_and_in_its_order(talk):
    talk.press("Ana")
    talk.press("Ana", "handed_over", to=talk.bea)
    talk.press("Bea")
    talk.press("Bea", "undone")
    talk.press("Bea", "comment", text="The north side is locked.")
    dana = talk.sign_in("director@riverside")
    dana.call("POST", f"/api/v1/calls/metro/{talk.number}/acknowledge")
    detail = dana.get(f"/api/v1/calls/metro/{talk.number}")
    line = [e for e in detail["timeline"] if e["source"] == "person"]
    assert [(e["kind"], e["by"]) for e in line] == [
        ("acknowledged", "Ana Ruiz"), ("handed_over", "Ana Ruiz"), ("acknowledged", "Bea Vice"), ("undone", "Bea Vice"),
        ("comment", "Bea Vice"), ("acknowledged", "Dana Director")]
    assert line[1]["to"]["name"] == "Bea Vice" and line[4]["text"] == "The north side is locked."
    assert [e["at"] for e in line] == [s["at"] for s in detail["alerts"][0]["log"]]


def test_who_does_not_see_all_of_a_call_sees_no_comment_of_others(talk):
    talk.press("Ana", "comment", text="It is the fight again.")
    talk.press("Bea", "comment", text="My own words.")
    for change, of_district in (("update district.incident set sensitivity = 'restricted'", 2),
                                ("update district.incident set sensitivity = 'open', elsewhere = true", 0)):
        talk.town.db.execute(change)
        assert [s["text"] for s in talk.page("Bea")["log"]] == ["My own words."]
        shown = talk.sign_in("principal@north").get("/api/v1/calls/metro/A-1")
        assert [s["text"] for one in shown["alerts"] for s in one["log"]] == []
        assert "comment" not in [e["kind"] for e in shown["timeline"]]
        whole = talk.sign_in("director@riverside").get("/api/v1/calls/metro/A-1")["alerts"]
        assert len(whole[0]["log"]) == of_district


@pytest.mark.parametrize("state", ["restricted", "open"])
def test_a_successor_has_nothing_of_what_the_former_one_said(talk, state):
    """Bea's row, address and person are Carl's now."""
    talk.press("Bea", "comment", text="My own words.")
    talk.press("Bea")
    talk.town.db.execute("update district.incident set sensitivity = %s", state)
    person = talk.town.db.one("select person_id from people.contact where code = 'P2'")
    rename = ("select people.put_contact(%s, 'P2', %s, 'principal', null, '+12065550100', 1, false, true)")
    talk.town.db.execute(rename, talk.town.district.id, "BEA VICE.")
    talk.links["Bea"] = talk.town.token(talk.alert, talk.bea, text="B" * 43)
    assert talk.page("Bea")["yours"] is True and [s["text"] for s in talk.page("Bea")["log"]] == ["My own words.", None]
    talk.town.db.execute(rename, talk.town.district.id, "Carl New")
    assert person == talk.town.db.one("select person_id from people.contact where code = 'P2'")
    assert talk.dashboard.api().call("GET", f"/api/v1/ack/{talk.links['Bea']}").status == 410
    talk.links["Carl"] = talk.town.token(talk.alert, talk.bea, text="c" * 43)
    page = talk.page("Carl")
    assert page["yours"] is False
    assert [s["text"] for s in page["log"] if s["kind"] == "comment"] == (["My own words."] if state == "open" else [])
    assert talk.press("Carl", "undone").status == 409, "it is not theirs to give back"
    assert talk.town.db.one("select count(*) from notify.holders(%s, %s)", talk.town.district.id, talk.alert) == 0
    assert talk.press("Carl").json["yours"] is True


def test_an_alert_has_a_hundred_comments_at_most(talk):
    talk.town.db.execute("insert into notify.acknowledgement (district_id, alert_id, round, by, late, kind, said) "
                         "select %s, %s, 1, 'X', false, 'comment', 'y' from generate_series(1, 99)",
                         talk.town.district.id, talk.alert)
    assert [talk.press("Ana", "comment", text="z").status for _ in range(2)] == [200, 409]


# Whose it is to say ---------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["director@otherland", "south@riverside"])
@pytest.mark.parametrize("act", [{"act": "undone"}, {"act": "handed_over", "to": 1}, {"act": "comment", "text": "Hello."}])
def test_people_of_another_school_or_district_can_say_nothing(talk, login, act):
    talk.town.person("south@riverside", "Sue South", "school", [talk.town.south])
    talk.press("Ana")
    answer = talk.sign_in(login).say(**act)
    assert (answer.status, answer.error["code"]) == (404, "not_found")
    assert talk.town.db.one("select count(*) from notify.acknowledgement") == 1
    assert talk.state()["acknowledged_by"] == "Ana Ruiz"


def test_nothing_is_said_without_a_session_or_the_pages_token(talk):
    path, body = f"/api/v1/alerts/{talk.alert}", {"act": "comment", "text": "Hello."}
    assert talk.dashboard.api().call("POST", path, body).status == 401
    director = talk.dashboard.api("director@riverside")
    assert director.call("POST", path, body, csrf=False).status == 403
    for wrong in ("0x1", "9" * 19, "999999"):
        assert director.call("POST", f"/api/v1/alerts/{wrong}", body).status == 404
    assert talk.town.db.one("select count(*) from notify.acknowledgement") == 0


def test_a_link_that_has_ended_says_nothing(talk):
    talk.press("Ana")
    talk.town.db.execute("update notify.token set expires_at = now() - interval '1 s'")
    for act, more in (("undone", {}), ("comment", {"text": "Hello."}), ("handed_over", {"to": talk.bea})):
        assert talk.press("Ana", act, **more).status == 410
    assert talk.state()["acknowledged_by"] == "Ana Ruiz"


# What the others are told ---------------------------------------------------------------------------


class Round:
    """Pat and Dee are told at once, by e-mail and by text; Sam later."""

    def __init__(self, pg, sandbox, notify, **rule):
        self.pg, self.sandbox, self.town = pg, sandbox, notify_support.Town(pg)
        for at, (code, name, step) in enumerate((("P", "Pat Doe", 1), ("D", "Dee Ray", 1), ("S", "Sam Lee", 2))):
            self.town.district.contact(code, name=name, email=f"{code.lower()}@riverside.example",
                                       phone=f"+1555010000{at}", step=step)
        rule = {"channels": "{email,sms}", "escalate_s": 3600, **rule}
        self.town.rule(**rule)
        notify()
        self.number = self.town.call()
        if "email" in rule["channels"]:
            sandbox.wait_mails(2)
        if "sms" in rule["channels"]:
            sandbox.wait_texts(2)
        self.at_rest()

    def at_rest(self):
        """What was to be sent by now was sent; looking once more changes nothing."""
        liaison.wait_until(lambda: self.pg.one(
            "select not exists (select from notify.alert where look_at is not null) and not exists (select from "
            "notify.delivery where state = 'sending' or (state = 'queued' and next_at < now() + interval '1 minute'))"),
            20, "all is at rest")

    def say(self, code, kind="has", to=None):
        who = ("select a.district_id, a.alert_id, c.name, c.person_id, c.contact_id, (select contact_id from "
               "people.contact where code = %s) from notify.alert a, people.contact c where c.code = %s")
        district, alert, name, person, contact, receiver = self.pg.rows(who, to, code)[0]
        if kind == "has":
            self.pg.execute("select notify.acknowledge(%s, %s, %s, %s, %s)", district, alert, name, person, contact)
        else:
            assert self.pg.one("select notify.say(%s, %s, %s, %s, %s, %s, %s, %s, 'contact:1')", district, alert, kind,
                               name, person, contact, receiver, "All is locked." if kind == "comment" else None)
        time.sleep(0.3)
        self.at_rest()

    def mails(self, code):
        return [mail["text"].splitlines()[0] for mail in self.sandbox.mails(f"{code.lower()}@riverside.example")]

    def texts(self, code):
        return [text["body"].rsplit(" http", 1)[0] for text in self.sandbox.texts(f"+1555010000{'PDS'.index(code)}")]


def test_who_was_told_learns_who_has_it_once(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    told.say("P")
    assert told.mails("D")[1:] == ["Pat Doe (principal) has it."]
    assert told.texts("D")[1:] == ["North High, fight of %s: somebody has it, 2 units on the way." % clock(told)]
    assert len(told.mails("P")) == len(told.texts("P")) == 1, "the own act is no news"
    assert told.mails("S") == told.texts("S") == [], "who was told nothing is told nothing"
    pg.execute("update notify.alert set look_at = '-infinity'")
    pg.execute("insert into notify.changed (district_id) values (%s)", told.town.district.id)
    time.sleep(1.5)
    told.at_rest()
    assert len(told.mails("D")) == len(told.texts("D")) == 2, "looking twice sends once"
    first, then = told.sandbox.mails("d@riverside.example")
    assert first["subject"] == then["subject"]


def clock(told):
    return told.pg.one("select to_char(i.opened_at at time zone d.zone, 'HH24:MI') from district.incident i "
                       "join district.district d using (district_id)")


def test_who_gives_it_back_is_corrected_and_the_next_step_is_told(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    told.say("P")
    pg.execute("update notify.alert set asked_at = asked_at - interval '2 hours'")
    assert told.mails("S") == []
    told.say("P", "undone")
    assert told.mails("D")[2:] == ["Nobody has it any more."]
    assert "nobody has it now" in told.texts("D")[2]
    assert len(told.mails("S")) == 1, "the clock of the round went on"
    assert len(told.mails("P")) == 1


def test_to_whom_it_is_handed_is_asked_at_once(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    told.say("P")
    told.say("P", "handed_over", to="S")
    assert "Pat Doe (principal) hands this to you: please say whether you have it." in told.mails("S")[0]
    assert "handed to you" in told.texts("S")[0] and "Pat" not in told.texts("S")[0]
    assert told.mails("D")[2:] == ["Pat Doe (principal) handed it to Sam Lee (principal), who has not answered yet."]
    told.say("S")
    assert told.mails("D")[3:] == ["Sam Lee (principal) has it."] == told.mails("P")[1:]
    assert len(told.mails("S")) == 1


@pytest.mark.parametrize("rule, change", [
    ({"channels": "{sms}"}, "update people.role set channels = '{email}' where code = 'S'"),
    ({"channels": "{sms}"}, "select notify.set_opt_out('+15550100002', true, 'STOP')"),
    ({"channels": "{email}"}, "update notify.rule set active = false"),
], ids=["another channel", "opted out", "no rule"])
def test_to_whom_it_is_handed_is_told_by_whatever_reaches_them(pg, sandbox, notify, rule, change):
    told = Round(pg, sandbox, notify, **rule)
    told.say("P")
    pg.execute(change)
    told.at_rest()
    told.say("P", "handed_over", to="S")
    assert "Pat Doe (principal) hands this to you: please say whether you have it." in told.mails("S")[0]
    assert len(told.mails("S")) == 1 and len(told.texts("S")) == ("notify.rule" in change), "without a rule by all that there are"


def test_who_hears_no_updates_hears_that_it_is_handed_over(pg, sandbox, notify):
    told = Round(pg, sandbox, notify, frequency="material")
    told.say("P")
    told.say("P", "handed_over", to="D")
    assert "hands this to you" in told.mails("D")[-1] and "handed to you" in told.texts("D")[-1]


def test_who_was_told_before_is_told_that_it_is_handed_over(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    told.say("P")
    told.say("P", "handed_over", to="D")
    assert told.mails("D")[2:] == ["Pat Doe (principal) hands this to you: please say whether you have it."]
    assert "handed to you" in told.texts("D")[2]


def test_two_who_are_asked_for_are_both_named(pg, sandbox, notify):
    told = Round(pg, sandbox, notify, acks=2)
    told.say("P")
    assert told.mails("D")[1:] == ["Pat Doe (principal) has it. More people are asked to take it too."]
    assert len(told.texts("D")) == 1, "a text says only that enough people have it"
    told.say("D")
    assert told.mails("P")[1:] == ["Pat Doe (principal), Dee Ray (principal) have it."]
    assert len(told.texts("P")) == 2


@pytest.mark.parametrize("change", [{"status": "closed"}, {"status": "cancelled"}])
def test_of_a_call_that_is_over_nobody_is_told_who_has_it(pg, sandbox, notify, change):
    told = Round(pg, sandbox, notify)
    told.town.call(told.number, **change)
    told.town.wait_drained()
    time.sleep(0.3)
    told.at_rest()
    before = len(told.sandbox.mails()), len(told.sandbox.texts())
    told.say("P")
    assert (len(told.sandbox.mails()), len(told.sandbox.texts())) == before


def test_who_has_it_and_leaves_has_it_no_more(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    told.say("P")
    assert pg.one("select state from notify.alert") == "acknowledged"
    pg.execute("update people.role set to_at = now() where code = 'P'")
    liaison.wait_until(lambda: pg.one("select state from notify.alert") == "open", 10, "it is open again")
    assert pg.one("select acknowledged_by from notify.alert") is None


def test_who_has_it_and_may_not_see_it_since_it_was_sealed_has_it_no_more(pg, sandbox, notify):
    told = Round(pg, sandbox, notify, acks=0)
    pg.execute("with p as (insert into people.person (name) values ('Una User') returning *), r as (insert into people.role "
               "(person_id, district_id, role, scope) select person_id, district_id, 'school', 'schools' from p, "
               "district.district returning *) insert into people.role_school select role_id, r.district_id, school_id "
               "from r, district.school")
    pg.execute("select notify.acknowledge(district_id, alert_id, name, person_id) from notify.alert, people.person "
               "where name = 'Una User'")
    told.say("P"), told.say("D")
    told.town.call(told.number, sensitivity="sealed")
    liaison.wait_until(lambda: pg.one("select state from notify.alert") == "open", 10, "it is open again")
    assert pg.one("select count(*) from notify.alert a cross join notify.told_in_round(a.district_id, a.alert_id)") == 0


def test_the_successor_of_who_has_it_is_asked(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    told.say("P")
    told.at_rest()
    pg.execute("update people.person set name = 'Una New' where name = 'Pat Doe'")
    liaison.wait_until(lambda: pg.one("select state from notify.alert") == "open", 10, "it is open again")
    told.at_rest()
    assert told.mails("D")[-1] == "Nobody has it any more."
    assert len(told.mails("P")) == 2 and "reported at North High" in told.mails("P")[-1]


def test_who_may_not_see_the_call_any_more_is_told_nothing_of_it(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    pg.execute("update people.role set to_at = now() where code = 'D'")
    sandbox.wait_mails(2, "d@riverside.example")
    told.at_rest()
    told.say("P")
    assert told.mails("D")[1:] == [WITHDRAWN]


def test_a_comment_is_in_no_message(pg, sandbox, notify):
    told = Round(pg, sandbox, notify)
    before = len(told.sandbox.mails()), len(told.sandbox.texts())
    told.say("P", "comment")
    told.say("D")
    assert (len(told.sandbox.mails()), len(told.sandbox.texts())) == (before[0] + 1, before[1] + 1)
    assert not any("locked" in mail["text"] + mail["html"] for mail in told.sandbox.mails())
