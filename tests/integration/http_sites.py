"""The two HTTP servers of the product for http_torture.py. Each is started with what its requests need,
checked from outside, and killed and restarted when it no longer answers."""

import json
import os
import tempfile
import time

import feed_support as fs
import liaison
from dashboard_support import Dashboard, Town, cpu_seconds
from http_torture import LENGTH, fill, get, pieces_of, post
from http_wire import outcome_of

TOKEN = "t0ken-of-the-torture-0123456789abcdef"
PATIENCE_S = float(os.environ.get("TORTURE_PATIENCE", 4 * liaison.PATIENCE))
LONG = bool(os.environ.get("LONG"))
BIG = 131072  # size of the script, in octets


class Site:
    """address, get, post, extra, body, smuggle: values for the tokens of http_torture.py. good: the
    status of a good answer to a GET ("G") and to a POST ("P")."""

    address = host = None
    get = post = extra = body = smuggle = b""
    good = {}

    def daemon(self):
        raise NotImplementedError

    def effect(self):
        """Whether the smuggled request has had its effect, which this call undoes."""
        raise NotImplementedError

    def prepare(self):
        """Makes a new request to smuggle."""

    def settle(self):
        """Counts the open descriptors of the idle server. A POST goes first, since the first one may
        open files that stay open."""
        first = fill(post(LENGTH, behind=b""), self)
        liaison.wait_until(lambda: outcome_of(self.address, [first], [self.good["P"]], 1, 5 * liaison.PATIENCE,
                                              first)[0] == "ok open", 20, "a POST is taken")
        assert self.ask() == "ok open"
        self.rest = self.descriptors()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.daemon().pid}/fd"))

    def rests(self):
        """Waits until the server uses little processor time. A loop that spins without work would
        use a whole processor."""
        def share():
            before, begun = cpu_seconds(self.daemon()), time.monotonic()
            time.sleep(0.5)
            return (cpu_seconds(self.daemon()) - before) / (time.monotonic() - begun)

        liaison.wait_until(lambda: share() < 0.2, 20, f"the {self.name}'s loop comes to rest")

    def ask(self, patience=None):
        """The outcome of one request by another client."""
        request = fill(get(behind=b""), self)
        try:
            return outcome_of(self.address, [request], [self.good["G"]], 1,
                              patience or 5 * liaison.PATIENCE, request)[0]
        except OSError as error:
            return f"{error}"

    def try_case(self, case, address=None):
        """Runs a case. Returns (what is wrong or "", the outcome)."""
        self.prepare()
        probe = fill(get(behind=b""), self)
        patience = min(0.5, PATIENCE_S) if "wait" in case.outcomes else PATIENCE_S
        outcome, answers = outcome_of(address or self.address, pieces_of(case, self),
                                      [self.good.get(kind) for kind in case.kinds], case.most, patience,
                                      probe, case.heads)
        wrong = "" if case.allows(outcome) else f"{outcome!r} is none of {case.outcomes} (RFC {case.rfc})"
        wrong = wrong or _headers_wrong(answers)
        return self.after(case, outcome) or wrong, outcome

    def after(self, case, outcome):
        """What is wrong with the server after a case, or ""."""
        other = self.ask()
        if other != "ok open":
            self.restart()
            return f"another client is not answered ({other}) after {outcome!r}"
        final = [word for word in outcome.split()[:-1] if word != "100"]
        if self.effect() and not (len(final) >= len(case.kinds) and final[-1] == "ok"):
            return f"the request behind had its effect, and the outcome is {outcome!r}"
        try:
            liaison.wait_until(lambda: self.descriptors() <= self.rest, 10, "descriptors are closed")
        except AssertionError as error:
            self.settle()
            return f"{error} ({outcome!r})"
        return ""

    def restart(self):
        self.daemon().kill9()
        self.daemon().start()
        self.ready()
        self.settle()

    def ready(self):
        """Waits until a started server answers."""


def _headers_wrong(answers):
    for headers in answers.headers:
        if len(headers.get("content-length", [])) > 1:
            return "an answer has two lengths (RFC 9112 6.3)"
        if "content-length" in headers and "transfer-encoding" in headers:
            return "an answer has a length and a transfer coding (RFC 9112 6.2)"
    return ""


class Page(Site):
    """liaison-dashboard. A POST acknowledges an alert by its link; the smuggled POST acknowledges
    another alert."""

    name = "dashboard"
    get, long = b"/healthz", b"/big.js"
    good = {"G": 200, "P": 200}
    body = b"pressed=yes"

    def __init__(self, folder, town, **http):
        self.town = town
        first, second = (self.town.alert(self.town.incident(), self.town.north) for _ in range(2))
        self.alert = second[0]
        self.post = b"/api/v1/ack/" + self.town.token(*first).encode()
        self.smuggle = (b"POST /api/v1/ack/" + self.town.token(*second).encode() +
                        b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        web = os.path.join(str(folder), "web")
        os.makedirs(web, exist_ok=True)
        liaison.write_file(os.path.join(web, "big.js"), "/*" + "x" * (BIG - 4) + "*/")
        self.dashboard = Dashboard(folder, town.db, http={"web": web, "max_connections": 1000, **http})
        self.dashboard.start()
        self.address = ("127.0.0.1", self.dashboard.port)
        self.settle()

    def daemon(self):
        return self.dashboard

    def effect(self):
        pressed = "update notify.alert set acknowledged_at = null, acknowledged_by = null " \
                  "where alert_id = %s and acknowledged_at is not null returning alert_id"
        return bool(self.town.db.rows(pressed, self.alert))

    def close(self):
        self.dashboard.close()


class Endpoint(Site):
    """The HTTP endpoint of liaison-feed. Each smuggled event has its own incident number."""

    name = "endpoint"
    get = long = post = b"/events"
    good = {"G": 405, "P": 202}
    body = json.dumps(liaison.event("torture")).encode()
    extra = f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n".encode()

    def __init__(self, folder, **http):
        self.fake = fs.FakeIntake(liaison.free_port()).start()
        port = liaison.free_port()
        token = liaison.write_file(os.path.join(str(folder), "tokens"), TOKEN + "\n", 0o600)
        self.agent = fs.Agent(folder, self.fake, lambda name, *argv, **more: liaison.Daemon(folder, name, *argv, **more),
                              http={"listen": f"127.0.0.1:{port}", "token_file": token, "rate_per_s": 0,
                                    "max_connections": 1000, **http},
                              source={"input": "", "mapping": ""})
        self.process = self.agent.run()
        self.process.wait_log(r"event=endpoint_open")
        self.address = ("127.0.0.1", port)
        self.count = 0
        liaison.wait_until(lambda: self.fake.streams, 20, "the agent's session")
        self.prepare()
        self.settle()

    def daemon(self):
        return self.process

    def prepare(self):
        self.count += 1
        self.incident = f"SMUGGLED-{self.count}."
        body = json.dumps(liaison.event(self.incident)).encode()
        self.smuggle = (b"POST /events HTTP/1.1\r\nHost: x\r\n" + self.extra +
                        b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def effect(self):
        """202 means that the event is on disk: it is in the spool, or was already sent."""
        return self.incident.encode() in self.agent.everything() + b"".join(
            octets for stream in self.fake.streams.values() for octets in list(stream.events.values()))

    def ready(self):
        self.process.wait_log(r"event=endpoint_open")

    def close(self):
        try:
            self.process.close()
        finally:
            self.fake.close()


class Sites:
    """Both servers; each is started when it is first used."""

    def __init__(self, folder, database):
        self.folder, self.database, self.made = folder, database, {}
        self.town = None

    def new(self, name, folder, **http):
        """Starts another server, which the caller closes."""
        if name == Endpoint.name:
            return Endpoint(folder, **http)
        self.town = self.town or Town(self.database, calls=0)
        return Page(folder, self.town, **http)

    def get(self, name):
        if name not in self.made:
            folder = tempfile.mkdtemp(prefix=name + "-", dir=str(self.folder))
            http = {"max_connections": 12000} if LONG and name == Page.name else {}
            self.made[name] = self.new(name, folder, **http)
        return self.made[name]

    def close(self):
        for site in self.made.values():
            site.close()


NAMES = (Page.name, Endpoint.name)
