"""A raw HTTP client for http_torture.py: sends octets unchanged, parses answers strictly, and describes
the outcome on a connection in one line such as "ok 400 close".

An outcome is the status of each answer ("ok" if it is the good status for the request, else three
digits; "100" for an interim answer; "garbage" for octets that are no answer) and then one of

    open     the server answered a further request on the connection
    close    the server ended the connection
    wait     the server neither answered nor closed by the deadline
"""

import re
import select
import socket
import time

HALF, RESET = "half-close", "reset"  # special pieces
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?\r\n")
NO_BODY = (204, 304)


class Answers:
    """Parses answers by the framing of RFC 9112. heads holds the indexes of answers to HEAD."""

    def __init__(self, heads=()):
        self.data, self.heads = b"", heads
        self.statuses = []  # of all answers in order, 1xx too
        self.headers = []  # of the final answers
        self.octets = []  # bodies of the final answers
        self.final = 0
        self.garbage = False
        self.until_end = False  # the body of the last answer ends with the connection
        self.closing = False

    def feed(self, data):
        self.data += data
        while not self.garbage and not self.until_end and self._one():
            pass

    def _one(self):
        end = self.data.find(b"\r\n\r\n")
        if not b"HTTP/1.".startswith(self.data[:7]):
            self.garbage = True
        if end < 0 or self.garbage:
            return False
        line = STATUS_LINE.match(self.data)
        if not line:
            self.garbage = True
            return False
        status = int(line.group(1))
        headers = {}
        for field in self.data[line.end():end].split(b"\r\n"):
            name, colon, value = field.partition(b":")
            if field and (not colon or not name or name.strip() != name):
                self.garbage = True
                return False
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.strip().decode("latin-1"))
        size = self._body(status, headers, self.data[end + 4:])
        if size is None:
            return False
        self.octets.append(self.data[end + 4:end + 4 + size])
        self.data = self.data[end + 4 + size:]
        self.statuses.append(status)
        if status >= 200:
            self.final += 1
            self.headers.append(headers)
            self.closing = "close" in headers.get("connection", [""])[0].lower()
        return True

    def _body(self, status, headers, rest):
        """The body, or None while part of it is missing."""
        if status < 200 or status in NO_BODY or self.final in self.heads:
            return 0
        if "transfer-encoding" in headers:
            return self._chunks(rest)
        if "content-length" in headers:
            size = int(headers["content-length"][0])
            return size if len(rest) >= size else None
        self.until_end = True
        return 0

    def _chunks(self, rest):
        at = 0
        while True:
            end = rest.find(b"\r\n", at)
            if end < 0:
                return None
            size = int(rest[at:end].split(b";")[0], 16)
            at = end + 2 + size + 2
            if len(rest) < at:
                return None
            if size == 0:
                return at


class Connection:
    """One client. It sends pieces as the server takes them, and reads answers meanwhile."""

    def __init__(self, address, heads=(), source=None):
        self.socket = socket.create_connection(address, timeout=10, source_address=source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.answers = Answers(heads)
        self.ended = self.deaf = False  # the server has closed; the server takes no more octets
        self.waiting = b""

    def send(self, data):
        self.waiting += data

    def turn(self, seconds):
        """One step: waits at most this long until it can write or read, and does so."""
        poll = select.poll()
        poll.register(self.socket, (0 if self.ended else select.POLLIN) |
                      (select.POLLOUT if self.waiting and not self.deaf else 0))
        events = sum(event for _, event in poll.poll(1000 * max(0, seconds)))
        broken = events & (select.POLLHUP | select.POLLERR)
        readable = not self.ended and (events & select.POLLIN or broken)
        writable = self.waiting and not self.deaf and (events & select.POLLOUT or broken)
        if writable:
            try:
                sent = self.socket.send(self.waiting)
                self.waiting = self.waiting[sent:]
            except BlockingIOError:
                pass
            except OSError:
                self.deaf, self.waiting = True, b""
        if readable:
            try:
                data = self.socket.recv(1 << 18)
                self.ended = not data
                self.answers.feed(data)
            except BlockingIOError:
                pass
            except OSError:
                self.ended = True

    def until(self, condition, deadline):
        """Calls turn() until the condition holds, the server has closed, or the deadline (monotonic)."""
        while not condition() and not self.ended:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.turn(min(left, 0.2))
        return condition()

    def sent(self):
        return not self.waiting or self.deaf

    def play(self, pieces, deadline):
        """Sends the pieces: octets, pauses in seconds, HALF, RESET."""
        for piece in pieces:
            if isinstance(piece, bytes):
                self.send(piece)
                self.until(self.sent, deadline)
            elif piece == HALF:
                try:
                    self.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    self.deaf = True
            elif piece == RESET:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close()
                return
            else:
                self.until(lambda: False, min(deadline, time.monotonic() + piece))

    def close(self):
        self.socket.close()


def outcome_of(address, pieces, good, most, patience, probe, heads=()):
    """Plays the pieces and returns the outcome in the form above.

    good: the good status of each request, in order (None: no answer is "ok").
    most: after this many final answers, probe is sent, a request that gets a good answer if the
          connection is open. None: the server must close the connection by itself.
    Returns (outcome, Answers)."""
    connection = Connection(address, heads)
    deadline = time.monotonic() + patience
    answers = connection.answers
    connection.play(pieces, deadline)
    if pieces[-1] == RESET:
        return "reset", answers
    end = None
    reached = connection.until(lambda: most is not None and answers.final >= most and not answers.until_end,
                               deadline)
    if not reached and not connection.ended:
        end = "wait"
    elif reached and not connection.ended and HALF not in pieces:
        if not answers.closing:
            connection.send(probe)
        connection.until(lambda: answers.final > most, time.monotonic() + patience)
        if answers.final > most:
            answers.statuses.pop()
            end = "open"
    elif reached and HALF in pieces:
        connection.until(lambda: False, deadline)
    connection.close()
    words, final = [], 0
    for status in answers.statuses:
        deserved = good[final] if final < len(good) else None
        words.append("ok" if status == deserved else str(status))
        final += status >= 200
    if answers.garbage:
        words.append("garbage")
    return " ".join([*words, end or ("close" if connection.ended else "wait")]), answers
