"""Acknowledging: from the link in a message, and signed in."""

import datetime
import os

import pytest

import liaison
from dashboard_support import Dashboard, fresh_dashboard, fresh_town

pytestmark = pytest.mark.needs("liaison-dashboard")
HAS = {"act": "has"}
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


@pytest.fixture
def link(town):
    """(alert_id, token) of an alert about an open fight."""
    number = town.incident("A-1", status="open", place_name="North High gym",
                           units=[{"id": str(n), "status": status} for n, status in
                                  enumerate(["on_scene", "clear", "dispatched", "en_route", "dispatched"])])
    alert, contact = town.alert(number)
    return alert, town.token(alert, contact)


def state(town):
    return town.db.row("select state, acknowledged_by, acknowledged_at from notify.alert")


def test_a_link_shows_the_call_and_acknowledges_nothing(town, dashboard, link):
    tables = ("notify.alert", "notify.delivery", "notify.token", "liaison.audit",
              "district.incident", "district.change")
    all_rows = lambda: [town.db.rows(f"select t::text from {name} t order by 1") for name in tables]
    before = all_rows()
    for _ in range(3):
        shown = dashboard.api().get(f"/api/v1/ack/{link[1]}")
    assert dashboard.api().raw("HEAD", f"/api/v1/ack/{link[1]}").status == 200
    assert shown["school"] == "North High" and shown["what"] == "Fight"
    assert shown["where"] == "North High gym"
    assert [shown[of] for of in ("units", "on_scene", "en_route")] == [4, 1, 1]
    assert shown["state"] == "open" and shown["acknowledged_by"] is None
    assert shown["you"] == {"name": "Ana Ruiz", "role": "principal"}
    assert shown["told"] == [{"to": {"name": "Bea Vice", "role": "principal"}, "state": "delivered", "waits_until": None}]
    assert state(town)["acknowledged_at"] is None
    assert all_rows() == before, "looking changes nothing at all"


def test_pressing_acknowledges_once_and_who_came_first_stays(town, dashboard, link):
    alert, token = link
    town.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, "
                    "step, message_id) select district_id, alert_id, contact_id, 'sms', 'first', 2, "
                    "'w2' from notify.delivery limit 1")
    first = dashboard.api().call("POST", f"/api/v1/ack/{token}", HAS).json
    assert first["state"] == "acknowledged" and first["acknowledged_by"] == "Ana Ruiz"
    kept = state(town)
    again = dashboard.api().call("POST", f"/api/v1/ack/{token}", HAS).json
    director = dashboard.api("director@riverside")
    other = director.call("POST", "/api/v1/calls/metro/A-1/acknowledge")
    assert again == first and state(town) == kept, "the same person has it once"
    assert other.status == 200
    assert other.json["call"]["alert"]["acknowledged_by"] == "Ana Ruiz"
    assert town.db.one("select state from notify.delivery where step = 2") == "cancelled"
    audit = town.db.rows("select actor, object from liaison.audit where action = 'acknowledge' order by audit_id")
    assert audit[0] == (f"contact:{link_contact(town)}", f"alert {town.district.id}/{{{alert}}}")
    assert len(audit) == 2 and audit[1][0].startswith("person:"), "the late one is kept"
    assert town.db.rows("select by, late from notify.acknowledgement order by ack_id") == [
        ("Ana Ruiz", False), ("Dana Director", True)]


def link_contact(town):
    return town.db.one("select contact_id from notify.token")


def test_a_link_that_is_old_or_wrong_acknowledges_nothing(town, dashboard, link):
    alert, token = link
    api = dashboard.api()
    for wrong in ("x" * 43, token[:-1], token + "A", "short", "a" * 129, "a%27b" + "c" * 20,
                  "..%2F" * 8, "%C3%A9" * 20):
        assert api.raw("GET", f"/api/v1/ack/{wrong}").status == 404, wrong
        assert api.raw("POST", f"/api/v1/ack/{wrong}", '{"act":"has"}',
                       headers={"Content-Type": "application/json"}).status == 404
    town.db.execute("update notify.token set expires_at = now() - interval '1 s'")
    for method in ("GET", "POST"):
        answer = api.call(method, f"/api/v1/ack/{token}", HAS if method == "POST" else None)
        assert (answer.status, answer.error["code"]) == (410, "expired")
    assert state(town)["acknowledged_at"] is None


def test_a_link_shows_and_acknowledges_nothing_once_its_contact_is_somebody_else(town, dashboard, link):
    alert, token = link
    town.db.execute("update people.person set name = 'Successor Person', email = 'new@riverside.example'")
    for method in ("GET", "POST"):
        answer = dashboard.api().call(method, f"/api/v1/ack/{token}", HAS if method == "POST" else None)
        assert (answer.status, answer.error["code"]) == (410, "expired")
    assert state(town)["acknowledged_at"] is None


def test_tokens_are_in_no_log(dashboard, link):
    dashboard.api().get(f"/api/v1/ack/{link[1]}")
    dashboard.api().call("POST", f"/api/v1/ack/{link[1]}", HAS)
    dashboard.api().raw("GET", f"/a/{link[1]}")
    assert link[1] not in dashboard.log()


@pytest.mark.parametrize("type_code, what, where", [
    ("FIGHT", "Fight", "100 Main St"), ("DVA", None, None), ("ABUSE", None, None),
    (None, "", "100 Main St")])
def test_a_link_says_no_more_than_the_message(town, dashboard, type_code, what, where):
    number = town.incident(status="open", type_code=type_code)
    alert, contact = town.alert(number)
    town.db.execute("update people.role set sealed = true where role = 'contact'")
    shown = dashboard.api().get(f"/api/v1/ack/{town.token(alert, contact)}")
    assert (shown["what"], shown["where"]) == (what, where)


def test_a_call_that_alerted_nobody_cannot_be_acknowledged(town, dashboard):
    town.incident("B-1", status="open")
    answer = dashboard.api("director@riverside").call("POST", "/api/v1/calls/metro/B-1/acknowledge")
    assert (answer.status, answer.error["code"]) == (409, "no_alert")


def test_a_school_acknowledges_its_own_alert_and_no_other(town, dashboard):
    town.incident("C-1", town.south, schools=[town.south, town.north], status="open")
    south, _ = town.alert("C-1", town.south)
    north, _ = town.alert("C-1", town.north)
    principal = dashboard.api("principal@north")
    assert principal.get("/api/v1/calls/metro/C-1")["call"]["alert"]["state"] == "alerted"
    assert principal.call("POST", "/api/v1/calls/metro/C-1/acknowledge").status == 200
    done = dict(town.db.rows("select alert_id, acknowledged_by from notify.alert"))
    assert done == {north: "Pat Principal", south: None}
    assert len(principal.get("/api/v1/calls/metro/C-1")["deliveries"]) == 2
    assert len(dashboard.api("director@riverside").get("/api/v1/calls/metro/C-1")["deliveries"]) == 4


def test_an_acknowledgement_is_told_on_the_bus(town, tmp_path, closing):
    import zmq
    port = liaison.free_port()
    made = closing(Dashboard(tmp_path, town.db, bus={"publish": f"tcp://127.0.0.1:{port}"})).start()
    number = town.incident(status="open")
    alert, contact = town.alert(number)
    token = town.token(alert, contact)
    context = zmq.Context()
    heard = context.socket(zmq.SUB)
    heard.subscribe(b"")
    heard.connect(f"tcp://127.0.0.1:{port}")
    try:
        def told():  # the subscription takes a moment to be active: each try acknowledges a fresh alert
            town.db.execute("update notify.alert set acknowledged_at = null, state = 'open'")
            made.api().call("POST", f"/api/v1/ack/{token}", HAS)
            return heard.poll(200) and heard.recv().decode()
        assert liaison.wait_until(told) == f"alert {town.district.id} {alert}"
    finally:
        heard.close(0)
        context.term()


def test_a_message_that_waits_says_when_it_is_due(town, dashboard):
    town.incident("W-1", status="open")
    alert, _ = town.alert("W-1")
    town.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, "
                    "step, state, message_id, next_at) select district_id, alert_id, contact_id, 'sms', "
                    "n, w, s, 'w' || w, '2026-11-23 19:11Z' from notify.delivery, (values "
                    "('first', 2, 'queued'), ('update', 3, 'cancelled')) x(n, w, s) where alert_id = %s "
                    "and channel = 'email'", alert)
    told = dashboard.api("director@riverside").get("/api/v1/calls/metro/W-1")["deliveries"]
    assert {(d["step"], d["state"], d["due_at"]) for d in told} == {
        (1, "sent", None), (1, "delivered", None), (2, "queued", "2026-11-23T19:11:00.000Z"),
        (3, "cancelled", None)}
    assert {d["kind"] for d in told if d["step"] < 3} == {"first"}
    assert {d["kind"] for d in told if d["step"] == 3} == {"update"}


def test_the_page_is_served_with_its_own_addresses(town, tmp_path, closing):
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>Liaison</title>", encoding="utf-8")
    (web / "assets" / "index-4f1c.js").write_text("export {}\n", encoding="utf-8")
    (web / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    os.symlink("/etc/passwd", web / ".hidden")
    api = closing(Dashboard(tmp_path, town.db, http={"web": web})).start().api()
    index = api.raw("GET", "/")
    assert index.status == 200 and index.headers["Content-Type"] == "text/html; charset=utf-8"
    assert index.headers["Cache-Control"] == "no-cache"
    for path in ("/calls", "/calls/metro/P26%2F1", "/outcomes", "/public/riverside", "/sign-in",
                 "/a/" + "t" * 43, "/c/" + "t" * 43, "/now", "/?school=3"):
        assert api.raw("GET", path).data == index.data, path
    script = api.raw("GET", "/assets/index-4f1c.js")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in script.headers["Cache-Control"]
    assert api.raw("GET", "/icon.svg").headers["Content-Type"] == "image/svg+xml"
    again = api.raw("GET", "/", headers={"If-None-Match": index.headers["ETag"]})
    assert (again.status, again.data) == (304, b"")
    for path in ("/.hidden", "/assets/../.hidden", "/assets/", "/assets/none.js", "/etc/passwd",
                 "/assets/%2e%2e/%2e%2e/secret", "//etc/passwd"):
        assert api.raw("GET", path).status == 404, path
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in ("/nonsense", "/calls/metro", "/.hidden", "/etc/passwd"):
        absent = api.raw("GET", path, headers=browser)
        assert (absent.status, absent.data) == (404, index.data), path
        assert absent.headers["Content-Type"] == "text/html; charset=utf-8"
        assert api.raw("GET", path, headers={"Accept": "application/json"}).json["error"], path
    for method, path in (("GET", "/api/v1/nothing"), ("GET", "/api/v1/now"), ("GET", "/healthz"),
                         ("POST", "/nonsense")):
        sent = dict(browser, **({"Content-Length": "0"} if method == "POST" else {}))
        assert api.raw(method, path, headers=sent).headers["Content-Type"] == "application/json", path


def test_a_message_that_was_not_sent_says_why(town, dashboard, link):
    """The reason follows from the code that notify stores."""
    reasons = [("cancelled", "closed", "closed"), ("cancelled", "withdrawn", "withdrawn"),
               ("cancelled", "nothing_new", "nothing_new"), ("cancelled", "first_not_sent", "nothing_new"),
               ("cancelled", "contact_inactive", "not_for_them"), ("cancelled", "not_of_school", "not_for_them"),
               ("cancelled", "sealed", "not_for_them"), ("cancelled", "no_address", "not_for_them"),
               ("cancelled", "opted_out", "opted_out"), ("cancelled", "acknowledged", "acknowledged"), ("failed", "refused", None)]
    alert, contact = link[0], town.db.one("select min(contact_id) from people.contact")
    for n, (state, reason, _) in enumerate(reasons):
        town.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, reason, "
                        "message_id) values (%s, %s, %s, 'email', 'update', %s, %s, %s)", town.district.id, alert,
                        contact, state, reason, f"why{n}")
    town.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, step, reason, "
                    "attempts, message_id) values (%s, %s, %s, 'email', 'correction', 2, 'deferred', 1, 'later'), "
                    "(%s, %s, %s, 'sms', 'first', 2, null, 0, 'next')",
                    *(town.district.id, alert, contact) * 2)
    api = dashboard.api("director@riverside")
    said = lambda kind: [d["why"] for d in api.get("/api/v1/calls/metro/A-1")["deliveries"] if d["kind"] == kind]
    assert said("update") == [why for _, _, why in reasons]
    assert said("correction") == [None]
    api.call("POST", "/api/v1/calls/metro/A-1/acknowledge")
    assert said("correction") == [None] and said("first")[-1] == "acknowledged"


@pytest.mark.parametrize("state", ["failed", "expired", "unknown"])
def test_a_message_that_came_to_nothing_stands_where_its_last_try_ended(town, dashboard, link, state):
    town.db.execute("update notify.delivery set state = %s, created_at = now() - interval '9 minutes', sent_at = now() - "
                    "interval '8 minutes', next_at = now() - interval '1 minute' where channel = 'sms'", state)
    ended = town.db.one("select liaison.iso(next_at) from notify.delivery where channel = 'sms'")
    call = dashboard.api("director@riverside").get("/api/v1/calls/metro/A-1")
    assert [d["at"] for d in call["deliveries"] if d["channel"] == "sms"] == [ended]
    assert [t["at"] for t in call["timeline"] if t["kind"] == state] == [ended]


def test_each_answer_with_a_zone_says_how_the_district_writes_times(town, dashboard, link):
    contact = town.db.one("select contact_id from people.contact where code = 'P1'")
    storm = town.db.one("insert into notify.storm (district_id, school_id, sealed, grown_at) values (%s, %s, false, now()) "
                        "returning storm_id", town.district.id, town.north)
    summary = town.db.one("insert into notify.alert (district_id, subject_kind, storm_id, school_id, rule_id, mode) values "
                          "(%s, 'storm', %s, %s, 0, 'live') returning alert_id", town.district.id, storm, town.north)
    api = dashboard.api("director@riverside")
    paths = ["/api/v1/session", f"/api/v1/ack/{link[1]}", f"/api/v1/ack/{town.token(summary, contact)}",
             f"/api/v1/confirm/{town.token(town.drill(contact), contact)}"]
    for hours24 in (True, False):
        town.db.execute("update district.district set hours24 = %s where district_id = %s", hours24, town.district.id)
        assert [api.get(path)["district"]["hours24"] for path in paths] == [hours24] * 4


def shown_alert(api, fields=("state", "wanting")):
    alert = api.get("/api/v1/calls/metro/A-1")["call"]["alert"]
    return [h["name"] for h in alert["holders"]], *(alert[f] for f in fields)


def test_all_who_have_an_alert_are_named_and_how_many_more_are_asked(town, dashboard, link):
    _, token = link
    town.db.execute("update notify.alert set acks = 2")
    director, anybody = dashboard.api("director@riverside"), dashboard.api()
    assert shown_alert(director) == ([], "alerted", 2)
    taken = director.call("POST", "/api/v1/calls/metro/A-1/acknowledge").json["call"]["alert"]
    assert (taken["holders"], taken["wanting"], taken["state"]) == (
        [{"name": "Dana Director", "person": director.user["id"]}], 1, "alerted")
    behind = anybody.get(f"/api/v1/ack/{token}")
    assert ([h["name"] for h in behind["holders"]], behind["wanting"], behind["yours"]) == (["Dana Director"], 1, False)
    anybody.call("POST", f"/api/v1/ack/{token}", HAS)
    assert shown_alert(director) == (["Dana Director", "Ana Ruiz"], "acknowledged", 0), "the first stays"
    now = director.get("/api/v1/now")["open"][0]["alert"]
    assert [h["name"] for h in now["holders"]] == ["Dana Director", "Ana Ruiz"]
    town.db.execute("update district.incident set status = 'closed'")
    assert shown_alert(director, ["wanting"]) == ([], 0), "of a call that is over nobody asks"


def test_where_each_who_was_told_is_asked_those_who_are_silent_count(town, dashboard, link):
    town.db.execute("update notify.alert set acks = 0")
    director = dashboard.api("director@riverside")
    assert shown_alert(director) == ([], "alerted", 2), "Ana Ruiz and Bea Vice were told"
    dashboard.api().call("POST", f"/api/v1/ack/{link[1]}", HAS)
    assert shown_alert(director) == (["Ana Ruiz"], "alerted", 1)
    town.db.execute("update notify.delivery set state = 'failed' where channel = 'sms'")
    assert shown_alert(director, ["wanting"]) == (["Ana Ruiz"], 0)


def test_a_message_that_waits_for_the_end_of_quiet_hours_says_for_whom_and_until_when(town, dashboard, link):
    director = dashboard.api("director@riverside")
    assert shown_alert(director, ["told", "waits"])[1:] == (True, [])
    town.db.execute("update notify.delivery set state = 'queued', attempts = 0, sent_at = null, "
                    "next_at = notify.steady() + interval '2 hours' where channel = 'sms'")
    (ends,) = director.get("/api/v1/now")["open"][0]["alert"]["waits"]
    assert ends["to"] == {"name": "Bea Vice", "role": "principal"}
    behind = dashboard.api().get(f"/api/v1/ack/{link[1]}")
    assert behind["told"] == [{"to": ends["to"], "state": "queued", "waits_until": ends["until"]}]
    left = datetime.datetime.fromisoformat(ends["until"]) - datetime.datetime.now(datetime.timezone.utc)
    assert 7100 < left.total_seconds() < 7260
    town.db.execute("update notify.delivery set state = 'cancelled', reason = 'no_address' where channel = 'email'")
    assert shown_alert(director, ["told"]) == ([], False)
    town.db.execute("update notify.delivery set state = 'sent' where channel = 'email'")
    for later in ("step = 2", "step = 1, attempts = 1, due_at = now()",
                  "attempts = 0, due_at = null, next_at = notify.steady() - interval '1 s'"):
        town.db.execute(f"update notify.delivery set {later} where channel = 'sms'")
        assert shown_alert(director, ["waits"]) == ([], []), later


def test_who_heard_only_that_an_alert_is_withdrawn_was_not_told_of_it(town, dashboard, link):
    told = lambda: [t["to"]["name"] for t in dashboard.api().get(f"/api/v1/ack/{link[1]}")["told"]]
    assert told() == ["Bea Vice"]
    town.db.execute("update notify.delivery set kind = 'withdrawn' where channel = 'sms'")
    assert told() == []
