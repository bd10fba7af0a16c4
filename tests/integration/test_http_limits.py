"""The web server of both programs: no client can shut the others out, and the rules about proxies, TLS
and bodies hold."""

import gzip
import http.client
import json
import resource
import socket
import ssl
import subprocess
import time

import pytest

import feed_support as fs
import liaison
from dashboard_support import Api, Dashboard, cpu_seconds, fresh_dashboard, fresh_town
from liaison import event, wait_until
from test_feed_endpoint import TOKEN, certificate, fake, make  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.needs("liaison-dashboard"), pytest.mark.needs("liaison-feed")]
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)
HEAD = "POST /events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + TOKEN + "\r\n"


@pytest.fixture
def start(town, tmp_path, closing):
    return lambda **sections: closing(Dashboard(tmp_path, town.db, **sections)).start()


def connect(port, closing, receive_buffer=None, source=None):
    raw = closing(socket.socket())
    raw.settimeout(20 * liaison.PATIENCE)
    if receive_buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source:
        raw.bind((source, 0))
    raw.connect(("127.0.0.1", port))
    return raw


def status_of(raw):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = raw.recv(65536)
        if not piece:
            return None
        data += piece
    return int(data.split(b" ", 2)[1])


def is_cut(raw):
    """Whether the server has closed a connection: reads what is there, without waiting."""
    raw.setblocking(False)
    try:
        while raw.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


# Connections --------------------------------------------------------------------------------------


def test_slow_bodies_and_idle_connections_of_one_address_shut_nobody_out(make, fake, closing):
    endpoint = make(tls=False).start()
    idle = [connect(endpoint.port, closing) for _ in range(40)]
    slow = [connect(endpoint.port, closing) for _ in range(64)]
    for raw in slow:
        try:
            raw.sendall((HEAD + "Content-Length: 1000\r\n\r\n{").encode())
        except OSError:
            pass  # the server has already closed this older one for a newer one
    for n in range(5):
        assert endpoint.post(event(f"D-{n}"))[0] == 202, "of the same address"
    fake.wait_events(5)
    wait_until(lambda: sum(is_cut(raw) for raw in idle + slow) >= 104 - 16, 20, "those over the limit are gone")


def test_slow_bodies_and_idle_connections_do_not_shut_the_page_off(start, closing):
    dashboard = start(http={"max_connections": 16})
    held = [connect(dashboard.port, closing) for _ in range(64)]
    for raw in held[::2]:
        try:
            raw.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        except OSError:
            pass
    for _ in range(5):
        assert dashboard.healthy()
    other = connect(dashboard.port, closing, source="127.0.0.2")
    other.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status_of(other) == 200


def test_a_place_is_kept_for_those_who_have_signed_in(start, tmp_path, closing):
    """Of sixteen connections, slow readers without a session may hold twelve."""
    web = tmp_path / "web"
    web.mkdir()
    (web / "big.json").write_bytes(b"x" * (7 << 20))
    dashboard = start(http={"max_connections": 16, "web": web, "trusted_proxies": "127.0.0.1"})
    api = Api(dashboard)
    at_home = {"X-Forwarded-For": "198.51.100.7"}
    sign_in = api.raw("POST", "/api/v1/session", json.dumps(
        {"login": "director@riverside", "password": "correct horse battery"}),
        {**at_home, "Content-Type": "application/json"})
    at_home["Cookie"] = sign_in.headers["Set-Cookie"].split(";")[0]
    assert api.raw("GET", "/api/v1/session", headers=at_home).status == 200
    statuses_seen = []
    for n in range(24):
        raw = connect(dashboard.port, closing, receive_buffer=2048)
        raw.sendall(f"GET /big.json HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.{n}\r\n\r\n".encode())
        statuses_seen.append(int(raw.recv(12).split(b" ")[1]))
    assert statuses_seen == [200] * 12 + [429] * 12
    assert api.raw("GET", "/api/v1/session", headers=at_home).status == 200
    assert api.raw("GET", "/healthz", headers={"X-Forwarded-For": "203.0.113.99"}).status == 429


def test_an_address_behind_a_proxy_has_its_share(start, tmp_path, closing):
    web = tmp_path / "web"
    web.mkdir()
    (web / "big.json").write_bytes(b"x" * (7 << 20))
    dashboard = start(http={"max_per_address": 3, "web": web, "trusted_proxies": "127.0.0.1"})

    def ask(address, path):
        raw = connect(dashboard.port, closing, receive_buffer=2048)
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n\r\n".encode())
        return int(raw.recv(12).split(b" ")[1])

    assert [ask("203.0.113.1", "/big.json") for _ in range(5)] == [200] * 3 + [429] * 2
    assert ask("203.0.113.2", "/healthz") == 200
    many = [ask(f"2001:db8:0:1::{n}", "/big.json") for n in range(4)]
    assert many == [200] * 3 + [429], "a network of 64 bits is one client"


@pytest.mark.parametrize("head", ["GET / HT", "POST /events HTTP/1.1\r\nHost: x\r\nX: y",
                                  HEAD + "Content-Length: 5000\r\n\r\n",
                                  HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"],
                         ids=["line", "head", "body", "chunks"])
def test_a_request_that_trickles_ends_after_its_time_however_steadily(make, closing, head):
    endpoint = make(tls=False, http={"request_s": 1}).start()
    raw = connect(endpoint.port, closing)
    raw.sendall(head.encode())
    answered = []

    def ended():
        try:
            raw.sendall(b"1\r\n \r\n" if "chunked" in head else b"1")
            raw.settimeout(0.1)
            piece = raw.recv(65536)
            answered.append(piece)
            return piece == b""
        except socket.timeout:
            return False
        except OSError:
            return True

    wait_until(ended, 30, "the slow client is cut off")
    assert not answered or answered[0] == b"" or b" 408 " in answered[0]


def refused(endpoint, closing):
    """A connection whose request was refused by its announced length. The server waits for its end."""
    raw = connect(endpoint.port, closing)
    raw.sendall((HEAD + "Content-Length: 9000000000\r\n\r\n").encode())
    assert status_of(raw) == 413
    return raw


def test_a_refused_client_that_never_closes_is_closed_soon(make, fake, closing):
    raw = refused(make(tls=False).start(), closing)
    begun = time.monotonic()
    try:
        while True:
            raw.sendall(b"x")
            time.sleep(0.01)
    except OSError:
        pass
    assert 1.5 < time.monotonic() - begun < 4 * liaison.PATIENCE


def test_a_refused_client_that_never_stops_is_cut_off_and_others_are_served(make, fake, closing):
    endpoint = make(tls=False).start()
    raw = refused(endpoint, closing)
    sent, most = 0, 1 << 30
    try:
        while sent < most:
            sent += raw.send(bytes(1 << 20))
            if sent % (16 << 20) < 1 << 20:
                assert endpoint.post(event(f"N-{sent}"))[0] == 202
    except OSError:
        pass
    assert 64 << 20 <= sent < 128 << 20  # the kernels hold some of it


def test_more_connections_than_files_are_refused_at_the_start(start, tmp_path):
    config = tmp_path / "files.ini"
    config.write_text(liaison.ini(http={"listen": f"127.0.0.1:{liaison.free_port()}", "max_connections": 4000},
                                  database={"conninfo": "host=/nonexistent"},
                                  public_database={"conninfo": "host=/nonexistent"}))
    done = subprocess.run([liaison.program("liaison-dashboard"), "--config", str(config)], timeout=60,
                          capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, 1024)))
    assert done.returncode == 1
    assert "http.max_connections" in done.stderr + done.stdout
    assert "LimitNOFILE" in done.stderr + done.stdout


def test_a_port_that_is_taken_is_told_and_the_program_ends(make, tmp_path, closing):
    taken = closing(socket.create_server(("127.0.0.1", 0)))
    listen = f"127.0.0.1:{taken.getsockname()[1]}"
    config = liaison.write_file(str(tmp_path / "taken.ini"), liaison.ini(
        http={"listen": listen}, database={"conninfo": "host=/nonexistent"},
        public_database={"conninfo": "host=/nonexistent"}))
    done = subprocess.run([liaison.program("liaison-dashboard"), "--config", config], timeout=60,
                          capture_output=True, text=True)
    agent = make(tls=False, http={"listen": listen}).agent.run()
    agent.expected = (1, 2)
    agent.wait(60)
    for said in (done.stdout + done.stderr, agent.log()):
        assert "cannot listen there" in said
        assert "Sanitizer" not in said


# Pipelining ---------------------------------------------------------------------------------------


def test_a_request_behind_one_that_is_not_answered_yet_waits_its_turn(dashboard, make, fake, closing):
    endpoint = make(tls=False).start()
    body = json.dumps(event("D-1"))
    one = (HEAD + f"Content-Length: {len(body)}\r\n\r\n" + body).encode()
    sign_in = json.dumps({"login": "nobody", "password": "x" * 12})
    two = ("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
           f"Content-Length: {len(sign_in)}\r\n\r\n{sign_in}").encode()
    for port, request, status in ((endpoint.port, one, b"202"), (dashboard.port, two, b"401")):
        raw = connect(port, closing)
        raw.sendall(request * 3)
        data = b""
        while data.count(b"HTTP/1.1 " + status) < 3:
            piece = raw.recv(65536)
            assert piece, data
            data += piece
    assert dashboard.healthy()
    assert endpoint.post(event("D-2"))[0] == 202
    for program in (dashboard, endpoint.process):
        before, begun = cpu_seconds(program), time.monotonic()
        time.sleep(0.5)
        assert (cpu_seconds(program) - before) / (time.monotonic() - begun) < 0.5, "the loop turns for nothing"


# Bodies -------------------------------------------------------------------------------------------


def test_chunked_bodies_are_taken(make, fake):
    endpoint = make().start()
    pieces = [json.dumps(event(f"C-{n}")).encode() + b"\n" for n in range(50)]
    connection = endpoint.connect()
    connection.request("POST", "/events", iter(pieces), {
        "Content-Type": "application/x-ndjson", "Authorization": "Bearer " + TOKEN, "Transfer-Encoding": "chunked"},
        encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 202
    assert json.loads(answer.read())["accepted"] == 50
    connection.close()
    fake.wait_events(50)


def test_a_chunked_body_over_the_limit_is_refused_where_it_passes_it(make, closing):
    endpoint = make(tls=False, http={"max_body_kb": 16}).start()
    for chunks in (b"4001\r\n", b"2000\r\n" + b"x" * 0x2000 + b"\r\n2001\r\n"):
        raw = connect(endpoint.port, closing)
        raw.sendall((HEAD + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunks)
        assert status_of(raw) == 413
        wait_until(lambda: is_cut(raw), 10, "the connection ends")


def test_a_content_encoding_is_415_and_says_what_is_taken(make, fake):
    endpoint = make().start()
    body = json.dumps(event("D-1")).encode()
    for coding, sent in (("gzip", gzip.compress(body)), ("deflate", body), ("identity, gzip", body), ("x", body)):
        status, _, headers = endpoint.post(sent, Content_Encoding=coding)
        assert (status, headers["Accept-Encoding"]) == (415, "identity"), coding
    assert endpoint.post(body, Content_Encoding="Identity")[0] == 202
    fake.wait_events(1)


# Proxies and TLS ----------------------------------------------------------------------------------


def limited(dashboard, addresses):
    """Statuses of six requests that claim these addresses as their origin."""
    found = []
    for at in range(6):
        connection = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=20)
        connection.putrequest("GET", "/api/v1/codes")
        for field in addresses(at):
            connection.putheader("X-Forwarded-For", field)
        connection.endheaders()
        found.append(connection.getresponse().status)
        connection.close()
    return found


def test_only_a_listed_proxy_is_believed_and_only_its_own_word(start):
    pace = {"rate_per_s": 1, "rate_burst": 3}
    made = start(http=pace)
    assert limited(made, lambda at: [f"192.0.2.{at}"])[-1] == 429, "nobody is believed"
    made = start(http={**pace, "trusted_proxies": "192.0.2.0/24"})
    assert limited(made, lambda at: [f"198.51.100.{at}"])[-1] == 429, "another one is"
    made = start(http={**pace, "trusted_proxies": "127.0.0.0/8, 10.1.1.1"})
    assert limited(made, lambda at: [f"198.51.100.{at}"]) == [401] * 6
    assert limited(made, lambda at: [f"192.0.2.{at}, 203.0.113.1"])[-1] == 429, "the client wrote what is left of it"
    assert limited(made, lambda at: [f"192.0.2.{at}", "203.0.113.2"])[-1] == 429, "a field of its own"
    assert limited(made, lambda at: [f"203.0.113.{at + 10}, 10.1.1.1"]) == [401] * 6, "two proxies in a row"


@pytest.mark.parametrize("http_settings, said", [
    ({"listen": "0.0.0.0:21"}, "is no loopback address"),
    ({"listen": "[::]:21"}, "is no loopback address"),
    ({"listen": "192.0.2.1:21"}, "is no loopback address"),
    ({"listen": "0.0.0.0:21", "trusted_proxies": "10.0.0.1"}, None),
    ({"listen": "0.0.0.0:21", "tls_cert": "CERT", "tls_key": "KEY"}, None),
    ({"listen": "0.0.0.0:21", "tls_cert": "/nonexistent", "tls_key": "KEY"}, "tls_cert"),
    ({"listen": "0.0.0.0:21", "trusted_proxies": "0.0.0.0/0"}, "none wider than /8"),
    ({"listen": "[::]:21", "trusted_proxies": "10.0.0.1, ::/0"}, "none wider than /8"),
    ({"listen": "127.0.0.1:21"}, None),
    ({"listen": "[::1]:21"}, None),
    ({"listen": "localhost:21"}, "numeric"),
    ({"listen": "127.0.0.1:21", "tls_cert": "a"}, "go together"),
    ({"listen": "127.0.0.1:21", "trusted_proxies": "proxy.example"}, "numeric"),
])
def test_check_refuses_plain_http_outside_loopback(tmp_path, certificate, http_settings, said):
    paths = {"CERT": certificate[0], "KEY": certificate[1]}
    http_settings = {key: paths.get(value, value) for key, value in http_settings.items()}
    token = liaison.write_file(str(tmp_path / "token"), TOKEN + "\n", 0o600)
    configs = {
        "liaison-dashboard": {"http": http_settings, "database": {"conninfo": "x"},
                              "public_database": {"conninfo": "x"}},
        "liaison-feed": {"http": {**http_settings, "token_file": token}},
    }
    for program, sections in configs.items():
        path = liaison.write_file(str(tmp_path / (program + ".ini")), liaison.ini(**sections))
        done = subprocess.run([liaison.program(program), "--config", path, "--check"], timeout=60,
                              capture_output=True, text=True)
        if said:
            assert (done.returncode, said in done.stderr) == (2, True), (program, done.stderr)
        else:
            assert (done.returncode, "is good" in done.stdout) == (0, True), (program, done.stderr)


def test_plain_http_behind_a_proxy_serves_nobody_else(start, closing):
    """Loopback is served too, for health checks."""
    probe = closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    try:
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]
    except OSError:
        own = "127.0.0.1"
    if own.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    port = liaison.free_port()
    dashboard = start(port=port, http={"listen": f"0.0.0.0:{port}", "trusted_proxies": "192.0.2.1"})
    assert dashboard.healthy()
    raw = closing(socket.create_connection((own, port), timeout=20))
    try:
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert raw.recv(100) == b""
    except ConnectionError:
        pass


def test_tls_offers_authenticated_ciphers_with_forward_secrecy_only(make, fake):
    endpoint = make().start()

    def shaken(ciphers):
        context = ssl.create_default_context(cafile=endpoint.certificate[0])
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
        raw = socket.create_connection(("127.0.0.1", endpoint.port), timeout=20)
        try:
            with context.wrap_socket(raw, server_hostname="127.0.0.1") as tls:
                return tls.cipher()[0]
        except (ssl.SSLError, ConnectionError) as error:
            return getattr(error, "reason", "reset")

    for weak in ("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM8"):
        assert "HANDSHAKE_FAILURE" in shaken(weak + ":@SECLEVEL=0"), weak
    assert shaken("ECDHE-ECDSA-AES128-GCM-SHA256") == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert shaken("ECDHE-ECDSA-CHACHA20-POLY1305") == "ECDHE-ECDSA-CHACHA20-POLY1305"
    assert endpoint.post(event("D-1"))[0] == 202
