"""Raw protocol messages: a peer that sends anything, right or wrong, and a relay that can be cut."""

import json
import socket
import threading
import time
import uuid

import zmq
from zmq.utils.monitor import parse_monitor_message

from harness import free_port, wait_until

SIGNATURE = b"LSN\x01"
EVENT_TYPE = "application/vnd.liaison.event+json"
EIDO_TYPE = "application/emergency.eido+json"


def u64(number):
    return int(number).to_bytes(8, "big")


def number(frame):
    assert len(frame) == 8, frame
    return int.from_bytes(frame, "big")


class Peer:
    """A DEALER socket that sends what the test says, right or wrong. It is for tests of the protocol;
    the well-behaved client is lsn_client.py. self.heard holds what arrived, as (command, arguments)."""

    def __init__(self, intake, agency=None, key=None, refused=False):
        """Connects. Intake learns of a new key within a second and refuses it until then, so this
        tries again on a new socket. refused=True: there is one try only."""
        self.intake = intake
        self.public, self.secret = key or (agency.public, agency.secret)
        self.context = zmq.Context()
        self.heard = []
        self.taken = 0
        self.acked, self.naked, self.limit = set(), {}, 0
        self.connect()
        if not refused:
            wait_until(self._let_in, 10, "the handshake", every=0)

    def connect(self):
        self.monitored = []  # (event, value)
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.curve_serverkey = self.intake.public
        self.socket.curve_publickey, self.socket.curve_secretkey = self.public, self.secret
        self.socket.linger = 0
        self.socket.sndtimeo = 5000
        self.socket.sndhwm = 100000
        self.monitor = self.socket.get_monitor_socket(addr=f"inproc://{uuid.uuid4()}")
        self.socket.connect(self.intake.endpoint)

    def _let_in(self):
        self.monitor.poll(100)
        self.pump()
        events = [event for event, _ in self.monitored]
        if zmq.EVENT_HANDSHAKE_FAILED_AUTH in events:
            self.disconnect()
            time.sleep(0.05)  # the pause between two tries
            self.connect()
        return zmq.EVENT_HANDSHAKE_SUCCEEDED in events

    def disconnect(self):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)

    def send(self, *frames):
        """Sends signature, command and arguments; ints become 8 octets, dicts JSON."""
        out = [SIGNATURE]
        for frame in frames:
            if isinstance(frame, int):
                frame = u64(frame)
            elif isinstance(frame, dict):
                frame = json.dumps(frame).encode()
            elif isinstance(frame, str):
                frame = frame.encode()
            out.append(frame)
        self.socket.send_multipart(out)

    def send_raw(self, *frames):
        self.socket.send_multipart(list(frames))

    def event(self, seq, body, content_type=EVENT_TYPE):
        """Sends an event: a dict is encoded, octets are sent unchanged. Returns the octets."""
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send("EVENT", seq, content_type, octets)
        return octets

    def hello(self, stream=None, mode="live", epoch=None, wait=True, **more):
        """Begins a session; returns the members of WELCOME. Members that are None are left out."""
        self.stream = str(stream or getattr(self, "stream", None) or uuid.uuid4())
        self.epoch = epoch or getattr(self, "epoch", None) or int(time.time() * 1e6)
        said = {"version": {"major": 1, "minor": 0}, "stream": self.stream, "epoch": self.epoch,
                "mode": mode, "clock": int(time.time() * 1e6), "agent": "tests"}
        said.update(more)
        self.acked, self.naked = set(), {}
        self.send("HELLO", {k: v for k, v in said.items() if v is not None})
        if not wait:
            return None
        welcome = json.loads(self.wait("WELCOME")[0])
        self.limit = welcome["credit"]
        return welcome

    def pump(self, timeout=0.0):
        """Reads all messages that have arrived; waits at most timeout seconds for the first."""
        while self.socket.poll(int(timeout * 1000)):
            frames = self.socket.recv_multipart()
            assert frames[0] == SIGNATURE, frames
            command, arguments = frames[1].decode(), frames[2:]
            self.heard.append((command, arguments))
            if command == "ACK":
                pairs = arguments[0]
                for at in range(0, len(pairs), 16):
                    self.acked.update(range(number(pairs[at:at + 8]), number(pairs[at + 8:at + 16]) + 1))
            elif command == "NAK":
                self.naked[number(arguments[0])] = tuple(a.decode() for a in arguments[1:])
            elif command == "CREDIT":
                self.limit = number(arguments[0])
            timeout = 0.0
        while self.monitor.poll(0):
            event = parse_monitor_message(self.monitor.recv_multipart())
            self.monitored.append((event["event"], event["value"]))

    def wait(self, command, timeout=10.0):
        """Waits for the next message with this command that no wait() has returned yet; returns its
        arguments."""
        def found():
            self.pump(0.05)
            for at in range(self.taken, len(self.heard)):
                if self.heard[at][0] == command:
                    self.taken = at + 1
                    return self.heard[at]
            return None
        try:
            return wait_until(found, timeout, command, every=0)[1]
        except AssertionError as error:
            raise AssertionError(f"{error}; heard {self.heard[-5:]}") from None

    def wait_refuse(self, timeout=10.0):
        return self.wait("REFUSE", timeout)[0].decode()

    def wait_acked(self, *seqs, timeout=10.0):
        def done():
            self.pump(0.05)
            return self.acked.issuperset(seqs)
        try:
            wait_until(done, timeout, "ACK", every=0)
        except AssertionError:
            raise AssertionError(f"no ACK for {sorted(set(seqs) - self.acked)[:10]}; "
                                 f"heard {self.heard[-5:]}") from None

    def wait_nak(self, seq, timeout=10.0):
        """Waits for the NAK of seq; returns its (code, field, reason)."""
        def done():
            self.pump(0.05)
            return self.naked.get(seq)
        try:
            return wait_until(done, timeout, f"NAK of {seq}", every=0)
        except AssertionError as error:
            raise AssertionError(f"{error}; heard {self.heard[-5:]}") from None

    def wait_monitor(self, event, timeout=10.0):
        """Waits for the next such socket event (zmq.EVENT_...); returns its value."""
        def found():
            self.pump(0.05)
            return [v for e, v in self.monitored if e == event]
        return wait_until(found, timeout, f"socket event {event}", every=0)[-1]

    def hears_nothing(self, command, during):
        """Asserts that no message with this command comes while during() runs."""
        before = sum(1 for c, _ in self.heard if c == command)
        during()
        self.pump()
        assert sum(1 for c, _ in self.heard if c == command) == before, self.heard[-5:]

    def ping(self):
        """A round trip: when it returns, intake has read everything that was sent before."""
        self.send("PING", int(time.time() * 1e6))
        self.wait("PONG")

    def close(self):
        if not self.socket.closed:
            self.disconnect()
            self.context.term()


class Proxy:
    """A TCP relay to an endpoint. cut() ends all connections at once; block() also refuses new ones
    until unblock(); stall() accepts octets and passes none on."""

    def __init__(self, endpoint):
        self.target = ("127.0.0.1", int(endpoint.rsplit(":", 1)[1]))
        self.port = free_port()
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.lock, self.pairs, self.passed = threading.Lock(), [], 0
        self.blocked = self.stalled = False
        self.server = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            if self.blocked:
                near.close()
                continue
            try:
                far = socket.create_connection(self.target, timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self.lock:
                self.pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(a, b), daemon=True).start()

    def _relay(self, source, sink):
        try:
            while octets := source.recv(65536):
                while self.stalled:
                    time.sleep(0.01)
                sink.sendall(octets)
                self.passed += len(octets)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Ends all connections; returns how many there were."""
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()
        return len(pairs)

    def block(self):
        self.blocked = True
        self.cut()

    def unblock(self):
        self.blocked = False

    def stall(self, stalled=True):
        self.stalled = stalled

    def close(self):
        self.stalled = False
        self.server.close()
        self.cut()
