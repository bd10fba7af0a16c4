"""Signing in and out, rights that end, CSRF, limits."""

import concurrent.futures
import http.client
import os
import socket
import ssl
import subprocess

import pytest

import liaison
from dashboard_support import Api, Dashboard, PASSWORD, Town, cpu_seconds, fresh_town, password_hash

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)


@pytest.fixture
def start(town, tmp_path, closing):
    def make(**sections):
        return closing(Dashboard(tmp_path, town.db, **sections)).start()
    return make


@pytest.fixture
def dashboard(start):
    return start()


def test_a_sign_in_gives_a_cookie_that_scripts_cannot_read(dashboard, town):
    api = dashboard.api()
    answer = api.sign_in("Director@Riverside")
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie
    assert api.get("/api/v1/session") == answer.json
    user = answer.json["user"]
    assert user.pop("id") == town.db.one("select person_id from people.credential where login = 'director@riverside'")
    assert user == {"login": "director@riverside", "name": "Dana Director",
                    "role": "district", "schools": None}
    assert dashboard.api("both@riverside").user["schools"] == [town.north, town.south]


def test_only_hashes_of_secrets_are_stored_and_nothing_is_logged(dashboard, town):
    api = dashboard.api("director@riverside")
    api.sign_in("director@riverside", "a wrong one")
    dump, log = town.db.dump(), dashboard.log()
    token = api.cookie.split("=", 1)[1]
    for secret in (token, PASSWORD, "a wrong one"):
        assert secret not in dump and secret not in log
    assert "director@riverside" not in log
    assert town.db.one("select count(*) from liaison.audit where action = 'sign_in'") == 1
    failed = town.db.row("select actor, object, detail from liaison.audit "
                         "where action = 'sign_in_failed'")
    person = town.db.one("select person_id from people.credential where login = 'director@riverside'")
    assert failed == {"actor": "-", "object": f"person:{person}",
                      "detail": {"reason": "wrong_password", "address": "127.0.0.1"}}


def test_a_secure_address_makes_the_cookie_secure(start):
    answer = start(http={"public_url": "https://liaison.example.org"}).api().sign_in(
        "director@riverside")
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_unknown_login_and_wrong_password_have_the_same_answer(dashboard, town):
    town.db.execute("select people.put_user('nopassword', 'N', null)")
    town.person("norights@riverside", "No Rights", "district")
    town.db.execute("update people.role set to_at = now() where person_id = (select person_id "
                    "from people.credential where login = 'norights@riverside')")
    answers = [dashboard.api().sign_in(*who) for who in (
        ("director@riverside", "wrong"), ("nobody@nowhere", PASSWORD), ("nopassword", PASSWORD),
        ("norights@riverside", PASSWORD))]
    assert {a.status for a in answers} == {401}
    assert len({a.data for a in answers}) == 1
    assert all(a.headers["Set-Cookie"] is None for a in answers)


def test_wrong_passwords_are_slowed_down_for_known_and_unknown_alike(dashboard):
    for login in ("director@riverside", "nobody@nowhere"):
        seen = [dashboard.api().sign_in(login, "wrong").status for _ in range(6)]
        assert seen == [401] * 5 + [429]
        answer = dashboard.api().sign_in(login, PASSWORD)
        assert answer.status == 429 and int(answer.headers["Retry-After"]) >= 1
        assert answer.error["code"] == "too_many"
    assert dashboard.api("principal@north").user["name"] == "Pat Principal"


def test_the_wait_after_wrong_passwords_ends(dashboard, town):
    for _ in range(5):
        dashboard.api().sign_in("director@riverside", "wrong")
    assert dashboard.api().sign_in("director@riverside").status == 429
    town.db.execute("update dashboard.sign_in_count set last_at = last_at - interval '9 minutes'")
    assert dashboard.api().sign_in("director@riverside").status == 429
    town.db.execute("update dashboard.sign_in_count set last_at = last_at - interval '1 minute'")
    assert dashboard.api().sign_in("director@riverside").status == 200
    assert town.db.one("select count(*) from dashboard.sign_in_count "
                       "where subject not like 'a:%'") == 0


def test_a_weak_old_hash_is_made_anew_at_sign_in(dashboard, town):
    town.db.execute("update people.credential set password_hash = %s where login = "
                    "'director@riverside'", password_hash(opslimit=1, memlimit=8 << 20))
    assert dashboard.api().sign_in("director@riverside").status == 200
    kept = town.db.one("select password_hash from people.credential "
                       "where login = 'director@riverside'")
    assert "m=65536,t=2" in kept
    assert dashboard.api().sign_in("director@riverside").status == 200


@pytest.mark.parametrize("body, field", [
    (b"{", "body"), (b"[]", "body"), (b"", "body"), (b"{}", "login"),
    (b'{"login":"x"}', "password"), (b'{"login":1,"password":"x"}', "login"),
    (b'{"login":"","password":"x"}', "login"), (b'{"login":"x","password":"x","a":1}', "body"),
    (b'{"login":"x","login":"y","password":"x"}', "body"), (b'{"login":"\xff","password":"x"}', "body"),
    (b'{"login":"a\\u0000b","password":"x"}', "body"), (b"[" * 10000, "body"),
    (b'{"login":"' + b"x" * 121 + b'","password":"x"}', "login"),
    (b'{"login":"x","password":"' + b"x" * 1025 + b'"}', "password")],
    ids=lambda v: v[:24].decode(errors="replace") if isinstance(v, bytes) else v)
def test_a_bad_body_is_refused_with_its_field(module_dashboard, body, field):
    answer = module_dashboard.api().call("POST", "/api/v1/session", body,
                                         {"Content-Type": "application/json"})
    assert answer.status == 400 and answer.error["field"] == field


@pytest.fixture(scope="module")
def module_dashboard(module_pg, tmp_path_factory):
    Town(module_pg, calls=0)
    made = Dashboard(tmp_path_factory.mktemp("dashboard"), module_pg)
    yield made.start()
    made.close()


def test_a_form_of_another_site_cannot_sign_anybody_in(module_dashboard):
    body = '{"login":"director@riverside","password":"' + PASSWORD + '"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = module_dashboard.api().call("POST", "/api/v1/session", body.encode(),
                                             {"Content-Type": kind})
        assert answer.status == 400 and answer.error["field"] == "content-type"


def test_a_large_body_is_refused_before_it_is_read(module_dashboard):
    answer = module_dashboard.api().call("POST", "/api/v1/session", b"x" * 16385,
                                         {"Content-Type": "application/json"})
    assert answer.status == 413 and answer.error["code"] == "too_large"
    with socket.create_connection(("127.0.0.1", module_dashboard.port)) as raw:
        raw.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        raw.settimeout(5)
        assert b" 413 " in raw.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("head", [
    b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
    b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
    b"GET /api/v1/now HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    b"GET /api/v1/now HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70000 + b"\r\n\r\n",
    b"GET %00 HTTP/1.1\r\n\r\n", b"\x00" * 4096], ids=range(11))
def test_a_strange_request_harms_nobody(module_dashboard, head):
    with socket.create_connection(("127.0.0.1", module_dashboard.port)) as raw:
        raw.settimeout(3)
        try:
            raw.sendall(head)
            first = raw.recv(4096).split(b"\r\n")[0]
            assert b" 101 " not in first and b" 200 " not in first
        except (TimeoutError, ConnectionError):
            pass
    assert module_dashboard.api("director@riverside").get("/api/v1/session")


def test_two_requests_in_one_packet_have_two_answers(module_dashboard):
    with socket.create_connection(("127.0.0.1", module_dashboard.port)) as raw:
        raw.sendall(b"GET /api/v1/codes HTTP/1.1\r\nHost: x\r\n\r\n"
                    b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        raw.settimeout(5)
        data = b""
        while b'"status":"ok"' not in data:
            piece = raw.recv(65536)
            assert piece, data
            data += piece
        assert data.count(b"HTTP/1.1 ") == 2 and b" 401 " in data


def test_a_connection_is_kept_for_many_requests(module_dashboard):
    api = module_dashboard.api("director@riverside")
    connection = http.client.HTTPConnection("127.0.0.1", module_dashboard.port, timeout=10)
    for path in ("/healthz", "/api/v1/session", "/api/v1/codes", "/api/v1/calls", "/healthz") * 4:
        connection.request("GET", path, headers={"Cookie": api.cookie})
        response = connection.getresponse()
        assert response.status == 200 and response.read()
    connection.close()


def test_answers_carry_strict_headers(module_dashboard):
    for path in ("/healthz", "/api/v1/now", "/nothing"):
        headers = module_dashboard.api().raw("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_a_head_request_has_the_headers_without_the_body(module_dashboard):
    answer = module_dashboard.api().raw("HEAD", "/healthz")
    assert answer.status == 200 and answer.data == b"" and answer.headers["Content-Length"] == "15"


def test_sign_out_ends_the_session_at_once(dashboard, town):
    api = dashboard.api("director@riverside")
    other = dashboard.api("director@riverside")
    answer = api.call("DELETE", "/api/v1/session")
    assert answer.status == 204 and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert api.refused("/api/v1/session")[0] == 401
    assert other.get("/api/v1/session")
    assert town.db.one("select count(*) from liaison.audit where action = 'sign_out'") == 1


def test_a_write_without_the_csrf_token_is_forbidden(dashboard, town):
    number = town.incident(status="open")
    alert, _ = town.alert(number)
    api = dashboard.api("director@riverside")
    stranger = dashboard.api("principal@north").csrf
    for token in (None, "", "x", api.csrf[:-1], api.csrf + "x", stranger):
        for method, path in (("DELETE", "/api/v1/session"),
                             ("POST", f"/api/v1/calls/metro/{number}/acknowledge")):
            headers = {} if token is None else {"X-CSRF-Token": token}
            answer = api.call(method, path, headers=headers, csrf=False)
            assert (answer.status, answer.error["code"]) == (403, "bad_csrf"), (method, token)
    assert town.db.one("select acknowledged_at from notify.alert where alert_id = %s", alert) is None
    assert api.get("/api/v1/session")


@pytest.mark.parametrize("change", [
    "update dashboard.session set expires_at = now() - interval '1 s'",
    "update dashboard.session set seen_at = now() - interval '481 minutes'",
    "update people.person set active = false",
    "update people.role set from_at = '-infinity', to_at = now() - interval '1 s'",
    "delete from dashboard.session"], ids=["absolute", "idle", "person", "rights", "gone"])
def test_a_session_ends_with_what_it_stands_on(dashboard, town, change):
    api = dashboard.api("director@riverside")
    town.db.execute(change)
    assert api.refused("/api/v1/now")[:2] == (401, "unauthorized")
    assert api.refused("/api/v1/calls")[0] == 401


def test_use_keeps_a_session_alive(dashboard, town):
    api = dashboard.api("director@riverside")
    town.db.execute("update dashboard.session set seen_at = now() - interval '400 minutes'")
    api.get("/api/v1/now")
    assert town.db.one("select now() - seen_at < interval '1 minute' from dashboard.session")


def test_rights_that_change_count_at_once(dashboard, town):
    api = dashboard.api("principal@north")
    town.incident("S-1", town.south)
    assert api.get("/api/v1/calls")["total"] == 0
    town.right(town.db.one("select person_id from people.credential where login = 'principal@north'"),
               "school", town.south)
    assert api.get("/api/v1/calls")["total"] == 1
    assert api.get("/api/v1/session")["user"]["schools"] == [town.north, town.south]


def test_too_many_requests_of_one_address_are_turned_away(start):
    dashboard = start(http={"rate_per_s": 5, "rate_burst": 20})
    api = Api(dashboard)
    seen = [api.raw("GET", "/api/v1/codes") for _ in range(40)]
    late = [a for a in seen if a.status == 429]
    assert late and all(int(a.headers["Retry-After"]) >= 1 for a in late)
    assert all(a.error["code"] == "too_many" for a in late)
    liaison.wait_until(lambda: api.raw("GET", "/healthz").status == 200, what="let in again")


def test_behind_a_proxy_addresses_are_told_apart(start):
    dashboard = start(http={"rate_per_s": 1, "rate_burst": 5, "trusted_proxies": "127.0.0.1"})
    api = Api(dashboard)
    ask = lambda address: api.raw("GET", "/api/v1/codes", headers={
        "X-Forwarded-For": f"9.9.9.9, {address}"}).status
    assert [ask("10.0.0.1") for _ in range(8)][-1] == 429
    assert ask("10.0.0.2") == 401


def test_an_answer_that_nobody_reads_does_not_hold_the_others_up(start, tmp_path):
    web = tmp_path / "web"
    web.mkdir()
    (web / "big.json").write_bytes(b"x" * (7 << 20))
    dashboard = start(http={"web": web})
    held = []
    for extra in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.connect(("127.0.0.1", dashboard.port))
        raw.sendall(b"GET /big.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(1)
        raw.sendall(extra)
        held.append(raw)
    assert len(dashboard.api().raw("GET", "/big.json").data) == 7 << 20
    before = cpu_seconds(dashboard)
    for _ in range(20):
        assert dashboard.healthy()
    assert cpu_seconds(dashboard) - before < 2
    for raw in held:
        raw.close()


def test_connections_beyond_the_limit_do_not_stop_the_others(start):
    dashboard = start(http={"max_connections": 16})
    held = [socket.create_connection(("127.0.0.1", dashboard.port)) for _ in range(40)]
    for one in held:
        one.close()
    liaison.wait_until(dashboard.healthy, what="healthy after the crowd has gone")


def test_many_sign_ins_at_once_are_all_answered(dashboard, town):
    people = [f"person{n}@riverside" for n in range(24)]
    for login in people:
        town.person(login, "One of many", "district")
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda login: dashboard.api().sign_in(login).status, people))
    assert set(answers) <= {200, 429} and answers.count(200) >= 16


def test_the_database_may_go_and_come_back(cluster, dashboard):
    api = dashboard.api("director@riverside")
    cluster.stop()
    try:
        liaison.wait_until(lambda: not dashboard.healthy(), what="unhealthy")
        assert api.refused("/api/v1/now")[:2] == (503, "unavailable")
        assert dashboard.api().call("POST", "/api/v1/session", {
            "login": "director@riverside", "password": PASSWORD}).status == 503
    finally:
        cluster.start()
    liaison.wait_until(dashboard.healthy, 20, "healthy again")
    assert api.get("/api/v1/now")


def test_tls_serves_https_only_with_hsts(start, tmp_path):
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    dashboard = None
    made = Dashboard.healthy
    context = ssl.create_default_context(cafile=cert)

    def ask(path):
        connection = http.client.HTTPSConnection("localhost", dashboard.port, context=context,
                                                 timeout=10)
        connection.request("GET", path)
        return connection.getresponse()

    Dashboard.healthy = lambda self: True
    try:
        dashboard = start(http={"tls_cert": cert, "tls_key": key})
    finally:
        Dashboard.healthy = made
    liaison.wait_until(lambda: ask("/healthz").status == 200, what="healthy over TLS")
    answer = ask("/api/v1/now")
    assert answer.status == 401
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    with pytest.raises(OSError):
        http.client.HTTPConnection("localhost", dashboard.port, timeout=3).request("GET", "/")
        Api(dashboard).raw("GET", "/healthz")


def run(*argv, env=None):
    done = subprocess.run([liaison.program("liaison-dashboard"), *argv], capture_output=True,
                          text=True, timeout=20, env=dict(os.environ, **(env or {})), check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_command_line_answers(town, tmp_path):
    good = Dashboard(tmp_path, town.db).config_path
    assert run("--config", good, "--check")[0] == 0
    assert run("--version")[0] == 0
    status, text = run("--help")
    assert status == 0 and "public_database" in text and "idle_min" in text


@pytest.mark.parametrize("sections, word", [
    ({"http": {"listen": "nowhere"}}, "http.listen"),
    ({"http": {"tls_cert": "/nowhere.pem"}}, "http.tls_key"),
    ({"http": {"tls_cert": "/nowhere.pem", "tls_key": "/nowhere.key"}}, "http.tls_cert"),
    ({"http": {"listen": "no-such-host:80"}}, "http.listen"),
    ({"session": {"secret_file": "/nowhere"}}, "start"),
    ({"log": {"level": "loud"}}, "log.level"),
    ({"http": {"unknown": "1"}}, "unknown"),
    ({"session": {"idle_min": "0"}}, "idle_min")], ids=range(8))
def test_a_wrong_configuration_ends_it_with_the_reason(town, tmp_path, sections, word):
    status, text = run("--config", Dashboard(tmp_path, town.db, **sections).config_path)
    assert status in (1, 2) and word in text
    assert not liaison.SANITIZER.search(text), text


def test_a_port_that_is_taken_ends_it_with_the_reason(dashboard, town, tmp_path):
    second = Dashboard(tmp_path, town.db, port=dashboard.port)
    status, text = run("--config", second.config_path)
    assert status == 1 and "cannot listen" in text
    assert dashboard.healthy()
