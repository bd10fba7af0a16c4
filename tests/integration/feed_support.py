"""Shared code of the liaison-feed tests: FakeIntake, which speaks docs/protocol.md over CURVE, keeps
what it receives in memory and can be told to refuse, to delay answers and to ask for resends; and
Agent, a liaison-feed with its configuration, mapping and spool.
"""

import configparser
import glob
import json
import os
import queue
import threading
import time

import zmq
from zmq.utils import z85

import liaison

SIGNATURE = b"LSN\x01"
OVERHEAD = 128
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "feed")

MAPPING = """
[source]
encoding = utf-8, fallback windows-1252
[time]
zone = America/Los_Angeles
format = %Y-%m-%d %H:%M
[key]
incident = number
[event]
kind = call.received
[fields]
occurred_at = time
call_type = type
place.address = address
"""
HEADER = "number,time,type,address,caller,citizenship\n"


def row(number, time="2026-03-02 08:15", call_type="FIGHT", address="100 MAIN ST",
        caller="Jane Roe", citizenship="secretland"):
    return f"{number},{time},{call_type},{address},{caller},{citizenship}\n"


def read_ini(text):
    """{section: {key: value}}, so that a test can change a setting and write the file again."""
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


class Stream:
    def __init__(self):
        self.events = {}  # sequence: body
        self.received = []  # every EVENT in the order of arrival
        self.decided = set()
        self.gone = []
        self.manifests = []
        self.hello = None

    def high(self):
        high = 0
        while high + 1 in self.decided:
            high += 1
        return high

    def bodies(self):
        return [json.loads(self.events[seq]) for seq in sorted(self.events)]


class FakeIntake:
    """Runs in its own thread, which reads the members that tests set at each message."""

    def __init__(self, port, allowed=()):
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.public, self._secret = zmq.curve_keypair()
        self.allowed = set(allowed)  # Z85 keys that are accepted
        self.credit = 1 << 20  # octets in flight
        self.nak = {}  # sequence: (code, field, reason)
        self.repeat = {}  # refusals of earlier sessions, sent again after WELCOME
        self.hold = False  # answers nothing but PING
        self.high = None  # high in WELCOME instead of the true one
        self.minor, self.packs = 0, []  # minor version of the protocol; number of events of each EVENTS
        self.wanted = []
        self.clock = 0  # microseconds since 1970 for WELCOME and PONG; 0: WELCOME says 0, PONG echoes
        self.streams = {}
        self.violations = []
        self.frames = None  # if a list: each message is appended to it with all its frames
        self.refused_handshakes = 0
        self.sessions = {}  # routing id: [stream, octets used, octets answered, unanswered]
        self._todo = queue.Queue()
        self._thread = None

    def start(self):
        self._stopping = False
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(5), "the fake intake does not start"
        return self

    def stop(self):
        if self._thread:
            self._stopping = True
            self._thread.join(5)
            self._thread = None
            self.sessions = {}

    close = stop

    @property
    def stream(self):
        """The stream; asserts that there is one only."""
        assert len(self.streams) == 1, sorted(self.streams)
        return next(iter(self.streams.values()))

    def count(self):
        return sum(len(stream.events) for stream in self.streams.values())

    def wait_events(self, count, timeout=15):
        liaison.wait_until(lambda: self.count() >= count, timeout,
                           f"{count} events ({self.count()} came)")

    def again(self, first, last):
        self._todo.put((b"AGAIN", liaison.u64(first), liaison.u64(last)))

    def refuse(self, code):
        self._todo.put((b"REFUSE", code, b"because of a test"))

    def disconnect(self):
        """Drops all connections, then accepts new ones."""
        self._todo.put(None)

    # Methods from here on run in the thread.

    def _open(self, context):
        router = context.socket(zmq.ROUTER)
        router.curve_server = True
        router.curve_secretkey = self._secret
        router.zap_domain = b"global"
        router.linger = router.sndhwm = router.rcvhwm = 0
        deadline = time.monotonic() + 5
        while True:
            try:
                router.bind(self.endpoint)
                return router
            except zmq.ZMQError:
                if time.monotonic() > deadline:
                    raise

    def _run(self, ready):
        context = zmq.Context()
        zap = context.socket(zmq.REP)
        zap.linger = 0
        zap.bind("inproc://zeromq.zap.01")
        router = self._open(context)
        ready.set()
        while not self._stopping:
            poller = zmq.Poller()
            poller.register(zap, zmq.POLLIN)
            poller.register(router, zmq.POLLIN)
            found = dict(poller.poll(10))
            if zap in found:
                self._authenticate(zap)
            if router in found:
                self._hear(router, router.recv_multipart())
            router = self._do(context, router)
        router.close()
        zap.close()
        context.term()

    def _do(self, context, router):
        while not self._todo.empty():
            what = self._todo.get()
            if what is None:
                router.close()
                self.sessions = {}
                router = self._open(context)
                continue
            for peer in list(self.sessions):
                self._send(router, peer, *what)
        return router

    def _authenticate(self, zap):
        frames = zap.recv_multipart()
        key = z85.encode(frames[6])
        good = key in self.allowed
        self.refused_handshakes += not good
        zap.send_multipart([b"1.0", frames[1], b"200" if good else b"400", b"", b"metro", b""])

    def _send(self, router, peer, *frames):
        router.send_multipart([peer, SIGNATURE, *frames])

    def _hear(self, router, frames):
        if self.frames is not None:
            self.frames.append(b"".join(frames[1:]))
        peer, signature, command, *arguments = frames
        assert signature == SIGNATURE, frames
        getattr(self, "_" + command.decode().lower())(router, peer, *arguments)

    def _hello(self, router, peer, text):
        hello = json.loads(text)
        stream = self.streams.setdefault(hello["stream"], Stream())
        stream.hello = hello
        high = stream.high() if self.high is None else self.high
        self.sessions[peer] = [stream, 0, 0, 0]
        self._send(router, peer, b"WELCOME", json.dumps({
            "version": {"major": 1, "minor": self.minor}, "agency": "metro", "high": high,
            "wanted": self.wanted, "credit": self.credit, "heartbeat_ms": 1000,
            "max_body": 65536, "clock": self.clock}).encode())
        for seq, answer in self.repeat.items():
            self._send(router, peer, b"NAK", liaison.u64(seq), *answer)

    def _event(self, router, peer, number, content_type, body):
        if peer not in self.sessions:
            self._send(router, peer, b"REFUSE", b"no_session", b"say HELLO")
            return
        session = self.sessions[peer]
        stream, seq = session[0], liaison.number(number)
        cost = len(body) + OVERHEAD
        session[1] += cost
        if session[1] > session[2] + self.credit and session[3] > 0:
            self.violations.append((seq, session[1], session[2] + self.credit))
        assert content_type == b"application/vnd.liaison.event+json"
        stream.received.append(seq)
        if self.hold:
            session[3] += 1
            return
        session[2] += cost
        stream.decided.add(seq)
        if seq in self.nak:
            self._send(router, peer, b"NAK", number, *self.nak[seq])
        else:
            assert stream.events.get(seq, body) == body, "another event under the same sequence"
            stream.events[seq] = body
            self._send(router, peer, b"ACK", number + number)
        self._send(router, peer, b"CREDIT", liaison.u64(session[2] + self.credit))

    def _events(self, router, peer, number, content_type, packed):
        assert self.minor >= 2
        seq, at, count = liaison.number(number), 0, 0
        while at < len(packed):
            size = int.from_bytes(packed[at:at + 4], "big")
            self._event(router, peer, liaison.u64(seq + count), content_type, packed[at + 4:at + 4 + size])
            at, count = at + 4 + size, count + 1
        assert at == len(packed)
        self.packs.append(count)

    def _gone(self, router, peer, first, last):
        self.sessions[peer][0].gone.append((liaison.number(first), liaison.number(last)))

    def _manifest(self, router, peer, text):
        self.sessions[peer][0].manifests.append(json.loads(text))

    def _ping(self, router, peer, number):
        self._send(router, peer, b"PONG", liaison.u64(self.clock) if self.clock else number)

    def _bye(self, router, peer):
        self.sessions.pop(peer, None)


class Agent:
    """A liaison-feed whose files are in one folder."""

    def __init__(self, folder, fake, daemon, **sections):
        self.folder, self._daemon = str(folder), daemon
        self.public, secret = zmq.curve_keypair()
        if fake:
            fake.allowed.add(self.public)
        self.spool = self.path("spool")
        self.summary = self.path("summary.json")
        self.mapping = self.write("feed.map", MAPPING)
        self.input = self.path("calls.csv")
        key = liaison.write_key_file(self.path("agency.key"), self.public, secret)
        settings = {
            "intake": {"endpoint": fake and fake.endpoint, "retry_max_s": 1,
                       "server_key": fake and fake.public.decode()},
            "agency": {"slug": "metro", "key_file": key},
            "source": {"input": self.input, "mapping": self.mapping, "format": "csv"},
            "stream": {"mode": "live"},
            "spool": {"dir": self.spool},
        }
        for section, values in sections.items():
            settings.setdefault(section, {}).update(values)
        self.config = self.write("feed.ini", liaison.ini(**settings))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, mode="w"):
        data = text if isinstance(text, bytes) else text.encode()
        with open(self.path(name), "ab" if "a" in mode else "wb") as file:
            file.write(data)
        return self.path(name)

    def rows(self, *rows, header=HEADER):
        return self.write("calls.csv", header + "".join(rows))

    def run(self, *argv, **options):
        """Starts the agent, which is stopped after the test."""
        return self._daemon("liaison-feed", "--config", self.config, "--summary", self.summary,
                            *argv, **options).start()

    def once(self, *argv, status=0, timeout=30, stdin=None):
        """Runs the agent until it ends; returns the summary."""
        agent = self.run("--once", *argv, stdin=stdin)
        agent.expected = (status,)
        found = agent.wait(timeout)
        assert found == status, f"ended with {found}:\n{agent.log()[-3000:]}"
        if not os.path.exists(self.summary):
            return None
        with open(self.summary, encoding="utf-8") as file:
            return json.load(file)

    def check(self, *argv):
        agent = self._daemon("liaison-feed", "--config", self.config, "--check", *argv).start()
        agent.expected = (0, 1, 2)
        agent.wait()
        return agent.process.returncode, agent.log()

    def rejects(self, mode="live"):
        with open(os.path.join(self.spool, mode, "rejects.tsv"), encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t") for line in file]

    def everything(self):
        """The octets of all files in the agent's folder, except for its input and configuration."""
        data = b""
        for path in glob.glob(self.spool + "/**", recursive=True) + glob.glob(
                self.path("*.log")) + glob.glob(self.path("*.tsv")) + [self.summary]:
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    data += file.read()
        return data


# A test file makes its own fixtures of these: fake = pytest.fixture(name="fake")(fresh_fake)


def fresh_fake(ports, closing):
    return closing(FakeIntake(ports()).start())


def fresh_agent(tmp_path, fake, daemon):
    return Agent(tmp_path, fake, daemon)


class LetIn:
    """A real intake with the interface that Agent expects; the database accepts the agency's key."""

    def __init__(self, intake):
        self.endpoint, self.public, self.allowed = intake.endpoint, intake.public, set()


def agent_of(agency, intake, folder, daemon, **sections):
    """An Agent with the key of an agency that a real intake accepts."""
    made = Agent(folder, LetIn(intake), daemon, **sections)
    os.replace(agency.key_file(folder), made.path("agency.key"))
    made.public = agency.public
    return made
