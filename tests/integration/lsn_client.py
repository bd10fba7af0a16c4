"""A client of LSN/1, written from docs/protocol.md alone, as an example for other languages.

    client = Client("tcp://127.0.0.1:8604", server_key, (public, secret), mode="backfill")
    client.put(b'{"kind":"call.received","incident":"2026-117","occurred_at":"..."}')
    client.work(until=client.done)

Its spool is in memory; a real agent writes a record to disk before it sends it.
"""
import json
import time
import uuid
import zmq
from zmq.utils.monitor import parse_monitor_message

PAUSES = {"taken": 60, "syntax": 60, "version": 60, "mode": 60, "revoked": 60, "limit": 60, "credit": 5}


def u64(*values):
    return [int(value).to_bytes(8, "big") for value in values]


def numbers(octets):
    return [int.from_bytes(octets[at:at + 8], "big") for at in range(0, len(octets), 8)]


def pack(*bodies):
    """The bodies as the frame of an EVENTS message."""
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


class Client:
    def __init__(self, endpoint, server_key, pair, mode="live", pause=None, minor=0):
        self.endpoint, self.server_key, self.pair, self.mode = endpoint, server_key, pair, mode
        self.stream, self.epoch, self.next = str(uuid.uuid4()), int(time.time() * 1e6), 1
        self.spool, self.acked, self.naked = {}, set(), {}  # by sequence
        self.state, self.open_at, self.heartbeat, self.backoff = "CLOSED", 0.0, 5.0, 1
        self.pause = pause  # for tests: replaces the pauses of docs/protocol.md
        self.minor = minor  # 2: due events are sent together, in EVENTS
        self.told = []  # messages for an operator

    def put(self, body, content_type=b"application/vnd.liaison.event+json"):
        self.spool[self.next] = (content_type, body)
        self.next += 1
        return self.next - 1

    def done(self):
        return len(self.acked | self.naked.keys()) == self.next - 1

    def work(self, until, timeout=60.0):
        """Runs the session, reconnecting as often as needed, until until() is true."""
        deadline = time.monotonic() + timeout
        while not until() and time.monotonic() < deadline:
            if self.state != "CLOSED":
                self.turn()
            elif time.monotonic() >= self.open_at:
                self.open()
            else:
                time.sleep(0.02)
        return until()

    def open(self):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.curve_serverkey = self.server_key
        self.socket.curve_publickey, self.socket.curve_secretkey = self.pair
        self.monitor = self.socket.get_monitor_socket(addr=f"inproc://{uuid.uuid4()}")
        self.socket.connect(self.endpoint)
        self.state = "CONNECTING"

    def close(self, pause, why):
        self.told.append(why)
        self.socket.disable_monitor()
        self.monitor.close(linger=0)
        self.socket.close(linger=0)
        self.backoff = min(self.backoff * 2, 30)
        self.open_at = time.monotonic() + (pause if self.pause is None else self.pause)
        self.state = "CLOSED"

    def turn(self):
        zmq.select([self.socket, self.monitor], [], [], 0.05)
        while self.state != "CLOSED" and self.socket.poll(0):
            signature, command, *arguments = self.socket.recv_multipart()
            self.heard_at = time.monotonic()
            getattr(self, "on_" + command.decode().lower())(*arguments)
        while self.state != "CLOSED" and self.monitor.poll(0):
            event = parse_monitor_message(self.monitor.recv_multipart())
            if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.hello()
            elif event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self.close(60, f"key not let in ({event['value']})")
            elif event["event"] == zmq.EVENT_DISCONNECTED:
                self.close(self.backoff, "disconnected")
        if self.state == "STREAMING":
            self.send_due()
        if self.state in ("GREETING", "STREAMING") and time.monotonic() > self.heard_at + 3 * self.heartbeat:
            self.close(self.backoff, "intake is silent")

    def send(self, command, *arguments):
        self.socket.send_multipart([b"LSN\x01", command, *arguments])
        self.sent_at = time.monotonic()

    def hello(self):
        self.send(b"HELLO", json.dumps({"version": {"major": 1, "minor": self.minor}, "stream": self.stream,
                                        "epoch": self.epoch, "mode": self.mode}).encode())
        self.state, self.heard_at = "GREETING", time.monotonic()

    def may_send(self, seq):
        return self.spent + len(self.spool[seq][1]) + 128 <= self.limit or not self.unanswered

    def take(self):
        """The next sequence that is due."""
        seq = self.due[0] if self.due else self.mark
        self.spent += len(self.spool[seq][1]) + 128
        self.unanswered.add(seq)
        self.mark, self.due = max(self.mark, seq + 1), self.due[1:]
        return seq

    def next_due(self):
        return self.due[0] if self.due else self.mark if self.mark < self.next else None

    def send_due(self):
        while self.next_due() and self.may_send(self.next_due()):
            run = [self.take()]
            content_type, body = self.spool[run[0]]
            while (self.minor >= 2 and len(run) < 64 and self.next_due() == run[-1] + 1
                   and self.spool[run[-1] + 1][0] == content_type and self.may_send(run[-1] + 1)):
                run.append(self.take())
            if len(run) == 1:
                self.send(b"EVENT", *u64(run[0]), content_type, body)
            else:
                self.send(b"EVENTS", *u64(run[0]), content_type, pack(*(self.spool[seq][1] for seq in run)))
        if time.monotonic() > self.sent_at + self.heartbeat / 2:
            self.send(b"PING", *u64(time.time() * 1e6))

    def on_welcome(self, text):
        told = json.loads(text)
        self.heartbeat, self.limit, self.spent = told["heartbeat_ms"] / 1000, told["credit"], 0
        self.due, self.unanswered, self.mark = [], set(), told["high"] + 1
        wanted = {seq for first, last in told["wanted"] for seq in range(first, last + 1)}
        self.acked = set(range(1, self.mark)) - wanted - self.naked.keys()
        self.state, self.backoff = "STREAMING", 1
        for first, last in told["wanted"]:
            self.on_again(*u64(first, last))

    def on_ack(self, ranges):
        for first, last in zip(numbers(ranges)[::2], numbers(ranges)[1::2]):
            self.acked.update(range(first, last + 1))
            self.unanswered.difference_update(range(first, last + 1))
        self.naked = {seq: why for seq, why in self.naked.items() if seq not in self.acked}

    def on_nak(self, seq, *why):
        self.naked[numbers(seq)[0]] = tuple(part.decode() for part in why)  # code, field, reason
        self.unanswered.discard(numbers(seq)[0])
        self.acked.discard(numbers(seq)[0])

    def on_again(self, first, last):
        for seq in range(numbers(first)[0], numbers(last)[0] + 1):
            if seq in self.spool:
                self.due.append(seq)
            else:
                self.send(b"GONE", *u64(seq, seq))

    def on_credit(self, limit):
        self.limit = numbers(limit)[0]

    def on_pong(self, clock):
        pass

    def on_refuse(self, code, reason):
        if code == b"no_session":
            return self.hello()
        self.close(PAUSES.get(code.decode(), self.backoff), f"{code.decode()}: {reason.decode()}")
