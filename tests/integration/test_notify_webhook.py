"""liaison-notify and webhooks: signed CAP alerts by HTTPS, to hosts that answer, refuse, hang, lead
elsewhere or are not who they say."""

import copy
import hashlib
import hmac
import http.server
import json
import os
import socket
import ssl
import subprocess
import threading
import time
import xml.etree.ElementTree as xml

import pytest

import liaison
from ctl_support import fresh_ctl
from notify_lab import Plan, fresh_gateway
from notify_support import fresh_town

pytestmark = pytest.mark.needs("liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
gateway = pytest.fixture(name="gateway")(fresh_gateway)
ctl = pytest.fixture(name="ctl")(fresh_ctl)

SECRET = "0123456789abcdef0123456789abcdef"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
LIFE = {"class": "weapon", "type_code": "ACTSHOOT", "priority": 10}


class Receiver(Plan):
    """An HTTPS server. Stage "post" is a request, matched by its path; an action is a status, a pair of
    status and headers, "hang", "close" (no answer) or "keep" (takes the message, and then no answer)."""

    def __init__(self, certificate, port=None):
        super().__init__()
        self.alerts = []  # {"path", "headers", "body", "at"}
        self.over = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or liaison.free_port()), self._handler())
        self.port = self.server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path="/cap", host="localhost"):
        return f"https://{host}:{self.port}{path}"

    def at(self, path):
        return [alert for alert in self.alerts if alert["path"] == path]

    def _handler(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                action = receiver.take("post", self.path) or 204
                alert = {"path": self.path, "headers": dict(self.headers), "body": body, "at": time.time(),
                         "action": action}
                receiver.alerts.append(alert)
                if action == "hang":
                    receiver.over.wait(60)
                if action in ("hang", "close", "keep"):
                    self.close_connection = True
                    return
                status, headers = action if isinstance(action, tuple) else (action, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", "0")
                self.end_headers()

        return Handler

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost and its key, in one file; it is its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert, both = (str(folder / name) for name in ("key.pem", "cert.pem", "both.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:two.localhost",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    with open(both, "w", encoding="ascii") as out:
        for name in (key, cert):
            with open(name, encoding="ascii") as part:
                out.write(part.read())
    return both


@pytest.fixture
def receiver(certificate, closing):
    return closing(Receiver(certificate))


@pytest.fixture
def notify(pg, daemon, config, certificate, secret):
    """notify(gateway, **sections) starts liaison-notify with webhooks to this machine."""
    def start(gateway=None, **more):
        sections = {"database": {"conninfo": pg.conninfo("notify")},
                    "smtp": {"from": "Liaison <liaison@riverside.example>"},
                    "webhook": {"enabled": "yes", "ca_file": certificate, "private_networks": "yes"},
                    "links": {"base_url": "https://liaison.riverside.example"},
                    "retry": {"poll_ms": 200, "base_s": 1}, "log": {"level": "debug"}}
        if gateway:
            sections["sms"] = {"provider": "twilio", "url": gateway.url, "account": "ACtest",
                               "password_file": secret("sms.password", "token"), "from": "+15550100000"}
        for section, values in more.items():
            sections.setdefault(section, {}).update(values)
        made = daemon("liaison-notify", "--config", config("notify.ini", **sections))
        made.start()
        made.wait_log(r"event=db_up")
        return made
    return start


def rule(town):
    town.rule(channels=["email", "sms", "webhook"])


def wait_alerts(receiver, count, path="/cap", timeout=10):
    return liaison.wait_until(lambda: len(receiver.at(path)) >= count and receiver.at(path), timeout,
                              f"{count} alerts at {path}", every=0.05)


def key_of(alert):
    return alert["headers"]["Idempotency-Key"].strip('"')


def read(alert):
    """The first text of each element of the alert, by its name."""
    said = {}
    for element in xml.fromstring(alert["body"]).iter():
        if element.text and element.text.strip():
            said.setdefault(element.tag.removeprefix(CAP), element.text)
    return said


def validate(alert, tmp_path):
    """By the schema of OASIS, where the shared data is."""
    schema = os.path.join(liaison.SHARED_DATA, "cap", "CAP-v1.2.xsd")
    if os.path.exists(schema):
        file = tmp_path / "alert.xml"
        file.write_bytes(alert["body"])
        subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, str(file)], check=True,
                       capture_output=True)


# What is sent --------------------------------------------------------------------------------------


def test_an_alert_is_signed_cap_and_an_end_refers_to_it(town, receiver, notify, tmp_path):
    town.district.webhook("W", receiver.url("/cap?room=1"), SECRET)
    rule(town)
    notify()
    number = town.call()
    first = wait_alerts(receiver, 1, "/cap?room=1")[0]
    row = town.wait_states("sent")[0]
    headers = first["headers"]
    assert headers["Content-Type"] == "application/cap+xml"
    assert key_of(first) == row["message_id"]
    signed = headers["Liaison-Timestamp"].encode() + b"." + first["body"]
    assert headers["Liaison-Signature"] == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert abs(int(headers["Liaison-Timestamp"]) - time.time()) < 10
    validate(first, tmp_path)
    said = read(first)
    assert (said["status"], said["msgType"], said["scope"]) == ("Actual", "Alert", "Private")
    assert said["identifier"] == row["message_id"] and said["sender"] == "liaison@riverside.example"
    assert said["addresses"] == f"localhost:{receiver.port}", "its path may be a secret"
    assert said["areaDesc"] == "North High" and said["event"] == "Fight reported"
    assert said["web"].startswith("https://liaison.riverside.example/a/")
    assert b"MAIN ST" not in first["body"] and number.encode() not in first["body"]

    town.call(number, status="closed")
    second = wait_alerts(receiver, 2, "/cap?room=1")[1]
    validate(second, tmp_path)
    then = read(second)
    assert (then["msgType"], then["urgency"]) == ("Update", "Past")
    assert then["references"] == f"{said['sender']},{said['identifier']},{said['sent']}"
    assert then["incidents"] == said["incidents"]
    town.call(number, status="closed", entered_in_error=True)
    third = read(wait_alerts(receiver, 3, "/cap?room=1")[2])
    assert third["msgType"] == "Cancel" and len(third["references"].split()) == 2


def test_a_display_is_not_among_those_who_must_acknowledge(town, receiver, gateway, notify):
    town.district.webhook("W", receiver.url(), SECRET)
    pat = town.district.contact("P", phone="+15550100001")
    both = town.district.webhook("B", receiver.url(), SECRET, phone="+15550100002")  # a person with a display
    rule(town)
    town.pg.execute("update notify.rule set acks = 0")
    notify(gateway)
    town.call()
    town.wait_states(*["sent"] * 4)
    wanting = "select notify.wanting(a) from notify.alert a"
    assert town.pg.one(wanting) == 2
    for contact, still in ((pat, 1), (both, 0)):
        town.pg.execute("select notify.acknowledge(a.district_id, a.alert_id, c.name, c.person_id, c.contact_id) "
                        "from notify.alert a join people.contact c using (district_id) where c.contact_id = %s", contact)
        assert town.pg.one(wanting) == still
    assert town.pg.one("select state from notify.alert") == "acknowledged"


def test_a_restricted_call_names_nothing_and_a_withdrawal_less(town, receiver, notify, tmp_path):
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    notify()
    number = town.call(sensitivity="restricted", **{"class": "welfare", "type_code": "SUICIDE"})
    said = read(wait_alerts(receiver, 1)[0])
    assert (said["event"], said["severity"], said["urgency"]) == ("Police call", "Unknown", "Unknown")
    assert b"SUICIDE" not in receiver.alerts[0]["body"] and b"welfare" not in receiver.alerts[0]["body"]
    town.call(number, sensitivity="sealed", **{"class": "welfare", "type_code": "SUICIDE"})
    last = wait_alerts(receiver, 2)[1]
    validate(last, tmp_path)
    assert b"North" not in last["body"] and b"<info>" not in last["body"] and b"/a/" not in last["body"]
    assert read(last)["msgType"] == "Cancel"


def test_a_replay_goes_to_the_sandbox_alone(town, receiver, notify):
    town.district.webhook("W", receiver.url("/real"), SECRET)
    rule(town)
    notify(sandbox={"webhook_url": receiver.url("/sandbox")})
    town.call(mode="replay")
    said = read(wait_alerts(receiver, 1, "/sandbox")[0])
    assert said["status"] == "Exercise" and said["headline"].startswith("REPLAY ")
    assert receiver.at("/real") == []


# How a try ends ------------------------------------------------------------------------------------


def test_a_lost_answer_is_repeated_under_the_same_key(town, receiver, notify):
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    receiver.say("post", "keep", 1)
    notify()
    town.call()
    alerts = wait_alerts(receiver, 2, timeout=15)
    assert key_of(alerts[0]) == key_of(alerts[1])
    first, second = (read(alert) for alert in alerts)
    assert (first["sent"], first["identifier"]) == (second["sent"], second["identifier"])
    town.wait_states("unknown", "sent")


@pytest.mark.parametrize("status", [500, 502, 409])
def test_a_temporary_answer_is_tried_again_with_the_same_key(town, receiver, notify, status):
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    receiver.say("post", status, 2)
    notify()
    town.call()
    row = town.wait_states("sent", timeout=20)[0]
    assert row["attempts"] == 3 and {key_of(alert) for alert in receiver.alerts} == {row["message_id"]}


def test_gone_is_final_and_the_next_step_hears_at_once(town, receiver, notify):
    town.district.webhook("GONE", receiver.url("/gone"), SECRET, step=1)
    town.district.webhook("NEXT", receiver.url("/next"), SECRET, step=2)
    town.rule(channels=["webhook"], escalate_s=3600)
    receiver.say("post", 410, to="/gone")
    notify()
    town.call()
    rows = town.wait_states("failed", "sent")
    assert (rows[0]["reason"], rows[0]["error"]) == ("refused", "webhook 410")
    assert len(receiver.at("/gone")) == len(receiver.at("/next")) == 1


def test_a_new_url_is_told_what_the_old_one_refused(pg, town, receiver, notify):
    town.district.webhook("W", receiver.url("/gone"), SECRET)
    town.rule(channels=["webhook"])
    receiver.say("post", 410, to="/gone")
    notify()
    town.call()
    town.wait_states("failed")
    pg.execute("select people.put_webhook(%s, 'W', %s, %s)", town.district.id, receiver.url("/new"), SECRET)
    wait_alerts(receiver, 1, "/new")
    town.wait_states("failed", "sent")


@pytest.mark.parametrize("answer", [(302, {"Location": "https://localhost:1/"}), 401, 404])
def test_what_is_ours_to_mend_is_said_and_tried_again(town, receiver, notify, answer):
    """A redirection among them, which is not followed."""
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    receiver.say("post", answer, 1)
    one = notify(retry={"base_s": 2})
    town.call()
    one.wait_log(r"event=delivery .*state=queued reason=misconfigured error=\"webhook (302|401|404)\"")
    town.wait_states("sent")


def test_a_busy_host_gets_the_rest_that_it_asks_for(town, receiver, notify):
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    receiver.say("post", (429, {"Retry-After": "2"}), 1)
    one = notify()
    town.call()
    alerts = wait_alerts(receiver, 2)
    assert alerts[1]["at"] - alerts[0]["at"] > 1.9
    one.wait_log(r"reason=rate_limited error=\"webhook 429\"")
    town.wait_states("sent")


def test_an_answer_without_end_is_not_read(town, receiver, notify):
    """The status is all that counts: the body that is promised never comes."""
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    receiver.say("post", (200, {"Content-Length": "999999999"}), 1)
    notify(webhook={"timeout_s": 2})
    town.call()
    assert town.wait_states("sent")[0]["attempts"] == 1


# Whom it reaches -----------------------------------------------------------------------------------


def test_a_certificate_that_is_not_trusted_gets_nothing(town, receiver, notify):
    town.district.webhook("W", receiver.url(), SECRET)
    rule(town)
    one = notify(webhook={"ca_file": "/etc/ssl/certs/ca-certificates.crt"})
    town.call()
    one.wait_log(r"state=queued reason=unreachable error=\"webhook curl-60\"")
    assert receiver.alerts == []


def test_a_certificate_of_another_name_gets_nothing(town, receiver, notify):
    town.district.webhook("W", receiver.url(host="127.0.0.1"), SECRET)
    rule(town)
    one = notify()
    town.call()
    one.wait_log(r"state=queued reason=unreachable error=\"webhook curl-60\"")
    assert receiver.alerts == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433"])
def test_a_url_does_not_lead_to_our_own_network(town, receiver, notify, host):
    town.district.webhook("W", receiver.url(host=host), SECRET)
    rule(town)
    notify(webhook={"private_networks": "no"})
    town.call()
    row = town.wait_states("failed")[0]
    assert (row["reason"], row["error"]) == ("bad_address", "webhook private") and receiver.alerts == []


def test_a_host_that_hangs_delays_neither_texts_nor_another_host(town, receiver, gateway, notify, certificate, closing):
    slow = closing(Receiver(certificate))
    for i in range(12):
        town.district.webhook(f"S{i}", slow.url(f"/{i}"), SECRET, schools=[town.school])
    south = town.district.school("SOUTH", 40.1, -75.0, name="South High")
    town.district.webhook("W", receiver.url(), SECRET, phone="+15550100009", schools=[south])
    rule(town)
    slow.say("post", "hang")
    notify(gateway, webhook={"connections": 4})
    town.call()
    liaison.wait_until(lambda: slow.alerts, 10, "the slow host hangs")
    begun = time.time()
    town.call(schools=[south], school_id=south)
    alert = wait_alerts(receiver, 1)[0]
    assert alert["at"] - begun < 3 * liaison.PATIENCE
    town.call(schools=[south], school_id=south, **LIFE)
    begun = time.time()
    liaison.wait_until(lambda: len(gateway.texts) >= 2, 5, "the urgent text goes out")
    assert gateway.texts[-1]["at"] - begun < 2 * liaison.PATIENCE
    assert len(slow.alerts) == 1, "one of four connections"


class Silent:
    """A host that takes each connection and says nothing, not even TLS."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)

    def url(self):
        return f"https://localhost:{self.socket.getsockname()[1]}/cap"

    def close(self):
        self.socket.close()


def crowd(town, certificate, closing, slow, silent):
    """Contacts of the school: so many at hosts that answer after eight seconds, and so many at silent ones."""
    hosts = [closing(Receiver(certificate)) for _ in range(slow)]
    for host in hosts:
        host.take = lambda *_, over=host.over: 204 if over.wait(8) else 204
    for i, host in enumerate(hosts + [closing(Silent()) for _ in range(silent)]):
        town.district.webhook(f"S{i}", host.url(), SECRET, schools=[town.school])
    return hosts


def told_after(town, receiver, school, **columns):
    """How long it takes until the host that serves this school is told of a call."""
    before = len(receiver.alerts)
    begun = time.time()
    town.call(schools=[school], school_id=school, **columns)
    return wait_alerts(receiver, before + 1, timeout=60)[-1]["at"] - begun


def test_a_host_that_answers_is_told_at_once_beside_slow_and_silent_ones(town, receiver, notify, certificate, closing):
    crowd(town, certificate, closing, slow=16, silent=50)
    south = town.district.school("SOUTH", 40.1, -75.0, name="South High")
    town.district.webhook("W", receiver.url(), SECRET, schools=[south])
    rule(town)
    one = notify()
    told_after(town, receiver, south)  # it is new until then
    waits = []
    for _ in range(6):
        town.call()
        waits.append(told_after(town, receiver, south))
    one.wait_log(r"reason=unreachable error=\"webhook curl-28\"", timeout=30)  # silent ones are down now, and probed
    for _ in range(3):
        town.call(**LIFE)
        waits += told_after(town, receiver, south), told_after(town, receiver, south, **LIFE)
    assert max(waits) < 2 * liaison.PATIENCE, waits


def test_a_new_host_is_told_soon_beside_slow_and_silent_ones(pg, town, notify, certificate, closing):
    """One of another district at any time, and one of the same when the others are known."""
    slow = crowd(town, certificate, closing, slow=4, silent=4)
    there = copy.copy(town)
    there.district = pg.district("elsewhere")
    hosts = [closing(Receiver(certificate)) for _ in range(2)]
    for here, host in zip((town, there), hosts):
        here.south = here.district.school("SOUTH", 40.1, -75.0, name="South High")
        here.district.webhook("W", host.url(), SECRET, schools=[here.south])
    rule(town)
    there.rule(channels=["webhook"], district_id=there.district.id)
    one = notify(webhook={"connections": 8})
    town.call()
    liaison.wait_until(lambda: pg.one("select count(*) >= 4 from notify.delivery where state = 'sending'"), 10,
                       "four hosts are being told", every=0.05)
    assert told_after(there, hosts[1], there.south) < 2 * liaison.PATIENCE
    liaison.wait_until(lambda: all(host.alerts for host in slow), 60, "slow hosts are known")
    one.wait_log("webhook curl-28", timeout=60, count=4)
    town.call()
    liaison.wait_until(lambda: pg.one("select count(*) >= 4 from notify.delivery where state = 'sending'"), 10,
                       "slow hosts are being told", every=0.05)
    assert told_after(town, hosts[0], town.south) < 2 * liaison.PATIENCE


def test_a_dead_host_gets_probes_and_all_when_it_is_back(town, notify, certificate, closing):
    port = liaison.free_port()
    for i in range(5):
        town.district.webhook(f"W{i}", f"https://localhost:{port}/{i}", SECRET)
    rule(town)
    one = notify(retry={"base_s": 1, "most_s": 1})
    town.call()
    one.wait_log(r"state=queued reason=unreachable error=\"webhook curl-7\"")
    one.wait_log(r"state=queued reason=provider_down")
    time.sleep(3)
    tries = [line for line in one.lines("event=delivery ") if "curl-7" in line]
    assert len(tries) < 2 + 5, "one probe a second"
    assert one.lines("event=provider ") == [], "the provider of all hosts is up"
    closing(Receiver(certificate, port))
    rows = town.wait_states(*["sent"] * 5, timeout=20)
    assert sum(row["attempts"] for row in rows) == len([l for l in one.lines("event=delivery ") if "curl-7" in l]) + 5


def test_no_log_holds_a_url_or_a_secret(town, receiver, notify):
    town.district.webhook("W", receiver.url("/path-that-is-secret"), SECRET)
    rule(town)
    receiver.say("post", 500, 1)
    one = notify()
    town.call()
    town.wait_states("sent")
    text = "\n".join(one.lines(""))
    assert "path-that" not in text and SECRET not in text and "localhost" not in text


# Contacts ------------------------------------------------------------------------------------------


CONTACTS = ("code,name,role,email,phone,step,sealed,schools\nW,Campus display,system,,,1,no,\n"
            "P,Pat Lee,principal,pat@r.example,,1,no,\n")


def contacts(ctl, tmp_path, text=CONTACTS):
    file = tmp_path / "contacts.csv"
    file.write_text(text, encoding="utf-8")
    ctl.ok("contact", "import", "riverside", str(file))


def webhooks(pg):
    return pg.rows("select c.code, c.webhook from people.contact c where c.webhook is not null order by 1")


def test_a_contact_gets_a_webhook_keeps_it_and_loses_it(pg, town, ctl, secret, tmp_path):
    contacts(ctl, tmp_path)
    file = secret("webhook.secret", SECRET)
    ctl.ok("contact", "webhook", "riverside", "W", "--url", "https://hooks.example/a?b=c", "--secret-file", file)
    assert webhooks(pg) == [("W", "https://hooks.example/a?b=c")]
    listed = {row["code"]: row["webhook"] for row in ctl.ok("contact", "list", "riverside", json_out=True)}
    assert listed == {"W": "https://hooks.example", "P": None}, "the path may be a secret"
    contacts(ctl, tmp_path, CONTACTS.replace("W,Campus display,system,,,1", "W,Campus display,system,,,2"))
    assert webhooks(pg) == [("W", "https://hooks.example/a?b=c")], "an import keeps it"
    ctl.ok("contact", "webhook", "riverside", "W", "--url", "https://other.example/", "--secret-file", file)
    assert webhooks(pg) == [("W", "https://other.example/")]
    assert SECRET not in json.dumps(pg.rows("select detail::text from liaison.audit where action like 'contact%%'"))
    ctl.ok("contact", "webhook", "riverside", "W", "--remove")
    assert webhooks(pg) == [] and pg.one("select count(*) from people.webhook") == 0


def test_another_person_does_not_inherit_a_webhook(pg, town, ctl, secret, tmp_path):
    contacts(ctl, tmp_path)
    ctl.ok("contact", "webhook", "riverside", "W", "--url", "https://hooks.example/", "--secret-file",
           secret("webhook.secret", SECRET))
    contacts(ctl, tmp_path, CONTACTS.replace("Campus display", "Ann Ray"))
    assert webhooks(pg) == [] and pg.one("select count(*) from people.webhook") == 0


@pytest.mark.parametrize("url", ["http://a.example/", "https://", "https://u:p@a.example/", "https://a.example/#x",
                                 "https://a.example/a b", "https://a.example/" + "x" * 500, "ftp://a.example/",
                                 "https://a.example:99999/", "https://a.example:0", "https://a.example:", "https://:443/"])
def test_a_url_that_notify_would_not_take_is_refused(pg, town, ctl, secret, tmp_path, url):
    contacts(ctl, tmp_path)
    said = ctl.fails("contact", "webhook", "riverside", "W", "--url", url, "--secret-file",
                     secret("webhook.secret", SECRET))
    assert "--url" in said and url not in said and webhooks(pg) == []


def test_a_secret_must_be_long_and_its_own(town, ctl, secret, tmp_path):
    contacts(ctl, tmp_path)
    url = ("--url", "https://hooks.example/")
    for text in ("short", "with a blank in it and 32 characters", "x" * 129):
        assert "--secret-file" in ctl.fails("contact", "webhook", "riverside", "W", *url, "--secret-file",
                                            secret("bad", text))
    open_file = secret("open", SECRET)
    os.chmod(open_file, 0o644)
    assert "--secret-file" in ctl.fails("contact", "webhook", "riverside", "W", *url, "--secret-file", open_file)
    assert "--secret-file" in ctl.fails("contact", "webhook", "riverside", "W", *url)
    assert "CODE" in ctl.fails("contact", "webhook", "riverside", "NOBODY", *url, "--secret-file",
                               secret("good", SECRET))


def test_nobody_but_notify_reads_a_secret(pg, town):
    contact = town.district.webhook("W", "https://hooks.example/", SECRET)
    with pg.session("notify") as session, session.cursor() as cursor:
        cursor.execute("select people.webhook_secret(%s)", (contact,))
        assert cursor.fetchone()[0] == SECRET
    for role in ("notify", "dashboard", "intake", "public"):
        assert not pg.one("select has_table_privilege('liaison_' || %s, 'people.webhook', 'select')", role)
        assert pg.one("select has_function_privilege('liaison_' || %s, 'people.webhook_secret(int)', 'execute')",
                      role) == (role == "notify")
