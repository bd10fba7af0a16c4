"""Failed sign-ins are counted by person, before hashing; strangers do not lock out a known browser; a flood
delays only its own address; the audit tells to whom a sealed call was shown."""

import concurrent.futures
import http.client
import threading

import pytest

import liaison
from ctl_support import Ctl
from dashboard_support import PASSWORD, Api, Dashboard, fresh_dashboard, fresh_town, password_hash
from test_dashboard_stream import Stream

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)
DIRECTOR = "director@riverside"
BODY = {"Content-Type": "application/json"}
PROXY = {"trusted_proxies": "127.0.0.1"}  # the test plays the proxy, and states the client's address


@pytest.fixture
def start(town, tmp_path, closing):
    return lambda **sections: closing(Dashboard(tmp_path, town.db, **sections)).start()


def cookies_of(answer):
    return [c.split(";")[0] for c in answer.headers.get_all("Set-Cookie") or []]


def sign_in(dashboard, login=DIRECTOR, password=PASSWORD, cookie=None, address=None):
    headers = {**BODY, **({"Cookie": cookie} if cookie else {}),
               **({"X-Forwarded-For": address} if address else {})}
    return Api(dashboard).call("POST", "/api/v1/session", {"login": login, "password": password}, headers)


def device_of(dashboard, login=DIRECTOR):
    answer = sign_in(dashboard, login)
    assert answer.status == 200
    return next(c for c in cookies_of(answer) if "liaison_device=" in c)


def wrong(dashboard, times, **who):
    return [sign_in(dashboard, password="wrong", **who).status for _ in range(times)]


def person_of(town, login=DIRECTOR):
    return town.db.one("select person_id from people.credential where login = %s", login)


SPELLINGS = ["Director@Riverside", "DİRECTOR@RİVERSİDE", "direc\u0307tor@riverside", "ｄｉｒｅｃｔｏｒ＠ｒｉｖｅｒｓｉｄｅ",
             " director@riverside", "director@riverside  ", "director\u00a0@riverside", "dire\u00adctor@riverside",
             "dir\u200bector@riverside", "\ufeffdirector@riverside\u3000", "𝐝𝐢𝐫𝐞𝐜𝐭𝐨𝐫@riverside", "ⓓirector@riverside",
             "directo\u2060r@river\ufe0fside", "dir\U000e0064ector@riverside", "director@river\u017fide"]


def test_every_spelling_of_a_login_is_one_login(town):
    for spelling in SPELLINGS:
        assert town.db.one("select dashboard.login_key(%s)", spelling) == DIRECTOR, ascii(spelling)
    assert town.db.one("select dashboard.login_key(%s)", "\u212aı") == "kı"


@pytest.mark.parametrize("login", ["kim@riverside", "kit@nowhere"], ids=["known", "unknown"])
def test_every_spelling_of_a_login_is_one_count(dashboard, town, login):
    town.person("kim@riverside", "Kim", "district")
    spellings = [login, login.upper(), login.replace("k", "\u212a"), login.replace("i", "\u0130"), f" {login}\u3000"]
    assert [sign_in(dashboard, one, "wrong").status for one in spellings] == [401] * 5
    assert [sign_in(dashboard, one).status for one in spellings] == [429] * 5
    assert sign_in(dashboard, "Pr\u0130ncipal@north").status == 200


def test_tries_at_the_same_time_are_all_counted(dashboard, town):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda n: wrong(dashboard, 1, login=SPELLINGS[n % 9])[0], range(24)))
    assert set(seen) <= {401, 429} and seen.count(401) <= 5
    assert sign_in(dashboard).status == 429
    assert town.db.one("select count(*) from dashboard.sign_in_ticket") == 0


def test_a_try_is_counted_before_its_password_is_looked_at(dashboard, town):
    db = town.db.session("dashboard")
    with db, db.cursor() as cursor:
        for n in range(5):
            cursor.execute("select wait_s from dashboard.sign_in_try(%s, 'k', 'a', null, null, %s, 5, 900, 600, 180)",
                           (DIRECTOR, b"t%d" % n))
            assert cursor.fetchone()[0] == 0
    db.close()
    assert sign_in(dashboard).status == 429


def test_strangers_do_not_lock_a_known_browser_out(dashboard, town):
    device = device_of(dashboard)
    assert wrong(dashboard, 7) == [401] * 5 + [429] * 2
    assert sign_in(dashboard).status == 429, "a browser that is not known"
    answer = sign_in(dashboard, cookie=device)
    assert answer.status == 200 and device in cookies_of(answer)
    assert sign_in(dashboard).status == 429, "the strangers' count stands"


def test_a_known_browser_has_a_count_of_its_own(dashboard, town):
    device = device_of(dashboard)
    assert wrong(dashboard, 6, cookie=device) == [401] * 5 + [429]
    assert sign_in(dashboard, cookie=device).status == 429
    assert sign_in(dashboard).status == 200, "others are not locked by it"


def test_a_device_is_its_persons_and_cannot_be_made_up(dashboard, town):
    own = device_of(dashboard, "principal@north")
    forged = own[:-8] + ("AAAAAAAA" if not own.endswith("AAAAAAAA") else "BBBBBBBB")
    wrong(dashboard, 5)
    for cookie in (own, forged, "liaison_device=", "liaison_device=" + "A" * 64, "__Host-" + own):
        assert sign_in(dashboard, cookie=cookie).status == 429, cookie


def test_several_people_may_share_a_browser(dashboard, town):
    device = device_of(dashboard, "principal@north")
    assert sign_in(dashboard, cookie=device).status == 200
    wrong(dashboard, 5)
    assert sign_in(dashboard, cookie=device).status == 200


def test_a_device_is_forgotten_in_time_or_when_none_is_to_be_known(dashboard, town, start):
    device = device_of(dashboard)
    town.db.execute("update dashboard.device set used_at = used_at - interval '181 days'")
    wrong(dashboard, 5)
    assert sign_in(dashboard, cookie=device).status == 429
    town.db.execute("delete from dashboard.sign_in_count")
    answer = sign_in(start(session={"device_days": 0}))
    assert answer.status == 200 and not [c for c in cookies_of(answer) if "device" in c]


def test_the_limits_are_settings_and_a_success_ends_the_count(start, town):
    dashboard = start(session={"tries": 3, "window_min": 2, "lock_min": 30})
    assert wrong(dashboard, 4) == [401] * 3 + [429]
    assert 1700 < int(sign_in(dashboard).headers["Retry-After"]) <= 1800
    town.db.execute("update dashboard.sign_in_count set last_at = last_at - interval '31 minutes'")
    assert wrong(dashboard, 2) == [401] * 2
    town.db.execute("update dashboard.sign_in_count set first_at = first_at - interval '3 minutes'")
    assert wrong(dashboard, 2) == [401] * 2, "those before are out of the window"
    assert sign_in(dashboard).status == 200
    assert wrong(dashboard, 3) == [401] * 3


def test_an_address_is_locked_too_but_not_for_known_browsers(start, town):
    dashboard = start(http=PROXY, session={"tries": 3})
    device = device_of(dashboard)
    for n in range(8):
        assert sign_in(dashboard, f"nobody{n}@x", "wrong", address="2001:db8:0:1::%x" % n).status == 401
    town.db.execute("update dashboard.sign_in_count set count = count + 22 where subject like 'a:%' and count = 8")
    for address in ("2001:db8:0:1:ffff::1", "2001:db8:0:1::1"):
        assert sign_in(dashboard, "principal@north", address=address).status == 429
        assert sign_in(dashboard, cookie=device, address=address).status == 200
    assert sign_in(dashboard, "principal@north", address="2001:db8:0:2::1").status == 200
    assert sign_in(dashboard, "principal@north", address="192.0.2.1").status == 200


def test_a_flood_from_one_address_does_not_starve_the_others(start, town):
    dashboard = start(http=PROXY)
    over, flood = threading.Event(), []

    def strike(n):
        while not over.is_set():
            answer = sign_in(dashboard, f"nobody{n}@x", "wrong", address="192.0.2.9")
            flood.append((answer.status, answer.headers["Retry-After"]))

    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        strikers = [pool.submit(strike, n) for n in range(24)]
        try:
            liaison.wait_until(lambda: any(s == 429 for s, _ in flood), 30, "the flood has filled its line")
            assert sign_in(dashboard, address="192.0.2.1").status == 200
        finally:
            over.set()
        for striker in strikers:
            striker.result()
    assert {s for s, _ in flood} <= {401, 429}
    assert all(int(wait) >= 1 for status, wait in flood if status == 429)


def test_a_stop_in_the_midst_of_sign_ins_harms_nothing(dashboard):
    def strike(n):
        try:
            return sign_in(dashboard, f"nobody{n}@x", "wrong").status
        except (OSError, http.client.HTTPException):
            return None

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        strikers = [pool.submit(strike, n) for n in range(48)]
        liaison.wait_until(lambda: any(s.done() for s in strikers), what="one is answered")
        dashboard.terminate()  # the fixture checks how it ended
        assert {s.result() for s in strikers} <= {401, 429, 503, None}


def test_what_is_kept_of_unknown_logins_is_bounded(town):
    town.db.execute("insert into dashboard.sign_in_count select 'l:' || n, 1, now(), now() - n * interval '1 ms' "
                    "from generate_series(1, 100100) n")
    town.db.execute("insert into dashboard.sign_in_count values ('a:old', 9, now(), now() - interval '25 hours'), "
                    "('p:1', 9, now(), now() - interval '25 hours')")
    town.db.rows("select dashboard.sign_in_upkeep(480)", role="dashboard")
    assert town.db.rows("select left(subject, 2), count(*) from dashboard.sign_in_count group by 1 order by 1") == \
        [("l:", 100000), ("p:", 1)]


def test_the_service_removes_what_is_over(dashboard, town):
    dashboard.api(DIRECTOR)
    town.db.execute("update dashboard.session set expires_at = now() - interval '1 s'")
    dashboard.restart()
    liaison.wait_until(lambda: town.db.one("select count(*) from dashboard.session") == 0,
                       what="sessions that are over are removed")


# The audit ------------------------------------------------------------------------------------------

FAILED = "select object, detail ->> 'reason', detail ->> 'address' from liaison.audit " \
         "where action = 'sign_in_failed' order by audit_id"


def test_failed_sign_ins_are_in_the_audit_with_person_address_and_reason(start, town):
    dashboard = start(http=PROXY)
    director = person_of(town)
    nobody = town.person("norights@riverside", "No Rights", "district")
    town.db.execute("delete from people.role where person_id = %s", nobody)
    gone = town.person("gone@riverside", "Gone", "district")
    town.db.execute("update people.person set active = false where person_id = %s", gone)
    for login in (DIRECTOR, "nobody@x", "norights@riverside", "gone@riverside"):
        assert wrong(dashboard, 1, login=login, address="192.0.2.7") == [401]
    wrong(dashboard, 5, address="192.0.2.7")
    assert town.db.rows(FAILED) == [
        (f"person:{director}", "wrong_password", "192.0.2.7"), ("session", "unknown_login", "192.0.2.7"),
        (f"person:{nobody}", "no_rights", "192.0.2.7"), (f"person:{gone}", "disabled", "192.0.2.7"),
        *[(f"person:{director}", "wrong_password", "192.0.2.7")] * 4,
        (f"person:{director}", "locked", "192.0.2.7")]


def test_a_flood_of_failures_does_not_fill_the_audit(dashboard, town):
    person = person_of(town)
    town.db.execute("select dashboard.audit_failed(null, null, 'unknown_login') from generate_series(1, 300)")
    town.db.execute("select dashboard.audit_failed(%s, '192.0.2.1', 'locked') from generate_series(1, 100)", person)
    assert town.db.rows("select object, count(*) from liaison.audit group by 1 order by 1") == \
        [(f"person:{person}", 60), ("session", 200)]
    town.db.execute("update dashboard.audit_budget set hour = hour - interval '1 hour'")
    wrong(dashboard, 1, login="nobody@x")
    assert town.db.one("select detail ->> 'left_out' from liaison.audit where object = 'session' "
                       "and detail ? 'left_out'") == "100"
    town.db.execute("select dashboard.sign_in_upkeep(480)")
    assert town.db.one("select detail ->> 'left_out' from liaison.audit where object = %s "
                       "and detail ? 'left_out'", f"person:{person}") == "40"


SEALED = "select actor, object, detail from liaison.audit where action = 'read_sealed' order by audit_id"


def test_whoever_is_shown_a_sealed_call_is_in_the_audit(dashboard, town):
    number = town.incident("S/1", type_code="ABUSE", address="7 Hidden Way", status="open")
    town.incident("O-1", status="open")
    reader, call = f"person:{person_of(town)}", f"call {town.district.id}/{town.metro.id}/{number}"
    director, principal = dashboard.api(DIRECTOR), dashboard.api("principal@north")
    for api in (director, principal):
        api.get("/api/v1/calls/metro/O-1")
        api.get("/api/v1/schools")
    assert town.db.rows(SEALED) == []
    assert principal.refused("/api/v1/calls/metro/S%2F1")[0] == 404
    principal.get("/api/v1/calls")
    assert town.db.rows(SEALED) == []
    director.get("/api/v1/calls")
    director.get("/api/v1/now")
    director.get("/api/v1/calls")
    assert town.db.rows(SEALED) == [(reader, call, {"how": "list"})]
    town.db.execute("update dashboard.sealed_read set at = at - interval '2 minutes'")
    director.get("/api/v1/calls/metro/S%2F1")
    director.get("/api/v1/calls/metro/S%2F1")
    assert town.db.rows(SEALED)[1:] == [(reader, call, {"how": "call"})]
    town.db.execute("update dashboard.sealed_read set at = at - interval '2 hours'")
    director.get("/api/v1/now")
    assert town.db.rows(SEALED)[2:] == [(reader, call, {"how": "list"})]
    assert "Hidden" not in str(town.db.rows("select * from liaison.audit"))


def test_a_sealed_call_that_a_link_shows_is_in_the_audit(dashboard, town):
    for number, type_code in (("S-2", "ABUSE"), ("O-2", "FIGHT")):
        town.incident(number, type_code=type_code, status="open")
        alert, contact = town.alert(number)
        town.db.execute("update people.role set sealed = true where role = 'contact'")
        answer = dashboard.api().call("GET", f"/api/v1/ack/{town.token(alert, contact)}")
        assert answer.status == 200
    assert town.db.rows(SEALED) == [(f"contact:{contact}", f"call {town.district.id}/{town.metro.id}/S-2",
                                     {"how": "link"})]


# An operator disables a person ------------------------------------------------------------------------


def test_a_disabled_person_is_out_at_once(dashboard, town, closing):
    ctl = Ctl(town.db.conninfo("owner"))
    device = device_of(dashboard)
    api, other = dashboard.api(DIRECTOR), dashboard.api("principal@north")
    stream, kept = (closing(Stream(one)) for one in (api, other))
    stream.wait("heartbeat")
    kept.wait("heartbeat")
    assert ctl.ok("user", "disable", "Director@Riverside", json_out=True) == {"login": DIRECTOR, "active": False}
    assert api.refused("/api/v1/now")[0] == 401

    def ended():
        stream.pump()
        return stream.ended
    liaison.wait_until(ended, what="the stream has ended")
    assert sign_in(dashboard).status == sign_in(dashboard, cookie=device).status == 401
    assert town.db.one("select count(*) from dashboard.session") == 1
    kept.pump()
    assert not kept.ended and other.get("/api/v1/now")
    assert ctl.ok("user", "enable", DIRECTOR, json_out=True) == {"login": DIRECTOR, "active": True}
    assert sign_in(dashboard).status == 200
    assert api.refused("/api/v1/now")[0] == 401, "what ended has ended"
    assert town.db.rows("select action, object from liaison.audit where action like 'user.%' order by audit_id") == \
        [("user.disable", DIRECTOR), ("user.enable", DIRECTOR)]
    assert "there is no person" in ctl.fails("user", "disable", "nobody@x")


def test_enabling_a_person_takes_a_lock_away(dashboard, town):
    device = device_of(dashboard)
    assert wrong(dashboard, 6)[5] == wrong(dashboard, 6, cookie=device)[5] == 429
    Ctl(town.db.conninfo("owner")).ok("user", "enable", DIRECTOR)
    assert sign_in(dashboard).status == sign_in(dashboard, cookie=device).status == 200


# Cookies ----------------------------------------------------------------------------------------------


def test_under_https_cookies_are_bound_to_the_host_and_no_other_name_is_read(start, town):
    dashboard = start(http={"public_url": "https://liaison.example.org"})
    answer = sign_in(dashboard)
    set_cookies = answer.headers.get_all("Set-Cookie")
    assert [c.split("=")[0] for c in set_cookies] == ["__Host-liaison_session", "__Host-liaison_device"]
    for cookie in set_cookies:
        assert "; Secure" in cookie and "; Path=/;" in cookie and "; HttpOnly" in cookie and "omain" not in cookie
    session, device = cookies_of(answer)
    status = lambda cookie: Api(dashboard).raw("GET", "/api/v1/now", headers={"Cookie": cookie}).status
    assert status(session) == 200 and status(session.replace("__Host-", "")) == 401
    assert status(session.replace("__Host-", "") + "; " + session) == 200
    wrong(dashboard, 5)
    assert sign_in(dashboard, cookie=device.replace("__Host-", "")).status == 429
    assert sign_in(dashboard, cookie=device).status == 200


def test_on_plain_http_cookies_have_a_name_that_browsers_take_there(dashboard, town):
    answer = sign_in(dashboard)
    session, device = cookies_of(answer)
    assert session.startswith("liaison_session=") and device.startswith("liaison_device=")
    status = lambda cookie: Api(dashboard).raw("GET", "/api/v1/now", headers={"Cookie": cookie}).status
    assert status(session) == 200 and status("__Host-" + session) == 401


def test_a_person_whose_hash_is_of_another_kind_cannot_sign_in_and_harms_nobody(dashboard, town):
    for kind in ("x", "$argon2id$v=19$m=4294967295,t=1,p=1$" + "A" * 22 + "$" + "A" * 43,
                 "$argon2i$v=19$m=65536,t=2,p=1$" + "A" * 22 + "$" + "A" * 43, "$2b$12$" + "A" * 53):
        town.db.execute("update people.credential set password_hash = %s where login = %s", kind, DIRECTOR)
        town.db.execute("delete from dashboard.sign_in_count")
        assert sign_in(dashboard).status == 401
    town.db.execute("update people.credential set password_hash = %s where login = %s", password_hash(), DIRECTOR)
    assert sign_in(dashboard).status == 200
