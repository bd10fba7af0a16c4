"""A mail relay and a text gateway that misbehave as a test says: what goes wrong, at which stage, how
often and for whom. Both keep what they accepted, as a ledger to compare with."""

import email
import email.policy
import http.server
import json
import re
import socket
import struct
import threading
import time
import urllib.parse

import liaison


class Plan:
    """What is to go wrong, in the order in which it was said. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.steps = []

    def say(self, stage, action, count=None, to=""):
        """The next count times (None: always) that this stage concerns somebody who matches to."""
        with self.lock:
            self.steps.append({"stage": stage, "action": action, "count": count, "to": to})

    def clear(self):
        with self.lock:
            self.steps.clear()

    def take(self, stage, who=""):
        with self.lock:
            for step in self.steps:
                if step["stage"] != stage or step["count"] == 0 or not re.search(step["to"], who):
                    continue
                if step["count"]:
                    step["count"] -= 1
                return step["action"]
        return None


def reset(connection):
    """Closes a connection so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Hangup(Exception):
    """The session ends here."""


class Relay(Plan):
    """An SMTP server. Stages: connect, ehlo, mail, rcpt, data, body, idle (after a message).

    An action is an answer ("451 later"; what is not one is sent all the same), "close", "reset",
    "hang", or one with "keep " before it, at stage body: the message is kept, and then that happens.
    ("wait", seconds, action) takes its time first; None is what a good relay does."""

    def __init__(self, port=None):
        super().__init__()
        self.mails = []  # {"at", "to", "id", "subject", "text"}
        self.sessions = 0
        self.over = threading.Event()
        self.port = port or liaison.free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, daemon=True).start()

    def to(self, who):
        return [mail for mail in self.mails if who in mail["to"]]

    def close(self):
        self.over.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def _accept(self):
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.sessions += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                self._session(connection, connection.makefile("rb"))
            except (OSError, Hangup):
                pass

    def _session(self, connection, lines):
        to = ""
        self._answer(connection, "connect", "220 lab ESMTP")
        for line in lines:
            word = line[:4].upper()
            if word in (b"EHLO", b"HELO"):
                self._answer(connection, "ehlo", "250 lab")
            elif word == b"MAIL":
                self._answer(connection, "mail", "250 ok")
            elif word == b"RCPT":
                to = re.search(rb"<(.*?)>", line).group(1).decode()
                self._answer(connection, "rcpt", "250 ok", to)
            elif word == b"DATA":
                if self._answer(connection, "data", "354 go on", to):
                    self._body(connection, lines, to)
            elif word == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"250 ok\r\n")

    def _body(self, connection, lines, to):
        raw = []
        for line in lines:
            if line == b".\r\n":
                break
            raw.append(line[1:] if line.startswith(b".") else line)
        else:
            raise Hangup
        message = email.message_from_bytes(b"".join(raw), policy=email.policy.default)
        self._answer(connection, "body", "250 kept", to, keep=lambda: self._keep(message, to))
        idle = self.take("idle", to)
        if idle:
            self._act(connection, idle)
            raise Hangup

    def _keep(self, message, to):
        self.mails.append({"at": time.time(), "to": to, "id": message["Message-ID"],
                           "subject": message["Subject"], "text": message.get_body(("plain",)).get_content()})

    def _answer(self, connection, stage, good, who="", keep=None):
        """True if the stage went well."""
        action = self.take(stage, who)
        if isinstance(action, tuple):
            self.over.wait(action[1])
            action = action[2]
        kept = isinstance(action, str) and action.startswith("keep ")
        if keep and (action is None or kept):
            keep()
        if action is None:
            connection.sendall(good.encode() + b"\r\n")
            return True
        self._act(connection, action.removeprefix("keep ") if kept else action)
        return False

    def _act(self, connection, action):
        if action == "hang":
            self.over.wait(600)
            raise Hangup
        if action == "close":
            raise Hangup
        if action == "reset":
            reset(connection)
            raise Hangup
        connection.sendall(action.encode() + b"\r\n")


class Gateway(Plan):
    """An HTTP gateway of Twilio's form. Stages: post, list. An action is (status, text) or (status,
    text, headers), "hang" or "reset"; ("keep", action) keeps the message first; None is what a good
    gateway does. With rate, it takes so many in a second and refuses the rest for one."""

    def __init__(self, lists=True, rate=None):
        super().__init__()
        self.texts = []  # {"at", "to", "body", "sid"}
        self.requests = 0
        self.lists = lists
        self.rate = rate
        self.over = threading.Event()
        self.port = liaison.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def to(self, who):
        return [text for text in self.texts if text["to"] == who]

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def keep(self, form):
        with self.lock:
            text = {"at": time.time(), "to": form.get("To", ""), "body": form.get("Body", ""),
                    "sid": f"SM{len(self.texts) + 1:032x}"}
            self.texts.append(text)
        return text

    def too_many(self):
        """Counts a request, and says whether it is beyond the rate."""
        with self.lock:
            self.requests += 1
            if not self.rate:
                return False
            return sum(time.time() - text["at"] < 1 for text in self.texts) >= self.rate

    @staticmethod
    def message(text, status="queued"):
        return {"sid": text["sid"], "status": status, "to": text["to"], "body": text["body"],
                "error_code": None, "date_created": email.utils.formatdate(text["at"])}


def _handler(gateway):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format, *args):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = dict(urllib.parse.parse_qsl(body))
            if gateway.too_many():
                return self._answer(429, json.dumps({"code": 20429}), {"Retry-After": "1"})
            action = gateway.take("post", form.get("To", ""))
            if action is None:
                return self._answer(201, json.dumps(gateway.message(gateway.keep(form))))
            if action[0] == "keep":
                gateway.keep(form)
                action = action[1]
            return self._act(action)

        def do_GET(self):
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
            action = gateway.take("list", query.get("To", ""))
            if action:
                return self._act(action)
            if not gateway.lists:
                return self._answer(404, "")
            found = [gateway.message(text, "sent") for text in gateway.to(query["To"])]
            return self._answer(200, json.dumps({"messages": found[::-1]}))

        def _act(self, action):
            if action in ("hang", "reset"):
                self.close_connection = True
                if action == "hang":
                    gateway.over.wait(600)
                else:
                    reset(self.connection)
                return
            self._answer(*action)

        def _answer(self, status, text, headers=None):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text.encode())), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def handle(self):
            try:
                super().handle()
            except (OSError, ValueError):
                pass

    return Handler


# Fixtures of a test of its own: relay = pytest.fixture(name="relay")(fresh_relay)


def fresh_relay(closing):
    return closing(Relay())


def fresh_gateway(closing):
    return closing(Gateway())


def lab_settings(pg, secret, relay=None, gateway=None, **more):
    """The INI sections of a liaison-notify that has these as its providers."""
    made = {"database": {"conninfo": pg.conninfo("notify")},
            "smtp": {"from": "Liaison <liaison@riverside.example>"},
            "links": {"base_url": "https://liaison.riverside.example"},
            "retry": {"poll_ms": 200, "base_s": 1}, "log": {"level": "debug"}}
    if relay:
        made["smtp"] |= {"host": "127.0.0.1", "port": relay.port, "tls": "none"}
    if gateway:
        made["sms"] = {"provider": "twilio", "url": gateway.url, "account": "ACtest",
                       "password_file": secret("sms.password", "token"), "from": "+15550100000"}
    for section, values in more.items():
        made.setdefault(section, {}).update(values)
    return made
