"""Figures of the dashboard's web server, measured by wrk, beside nginx with the same octets as files."""

import os
import re
import select
import shutil
import socket
import subprocess
import time

from cluster import cpu_of, memory_of
from figures import FULL, RUNS, say
from dashboard_support import Dashboard, Town
import http_proxy
import liaison

SECONDS = 10 if FULL else 2
CLIENTS = 16
SCRIPT = 131072
STREAMS = 1000
A_PERSON = 12  # streams of one person
SMALL = '{"status":"ok"}'

# figure, path, whether each request uses a new connection, whether signed in, nginx's file
LOADS = (("http small answer", "/healthz", False, False, "/small.txt"),
         ("http small answer, new connections", "/healthz", True, False, "/small.txt"),
         ("http script of 131 KB", "/big.js", False, False, "/big.js"),
         ("http session", "/api/v1/session", False, True, "/small.txt"),
         ("http now", "/api/v1/now", False, True, "/small.txt"))


def wrk(port, path, anew, cookie=None, seconds=SECONDS):
    """Requests a second. Each must get a good answer."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", f"http://127.0.0.1:{port}{path}"]
    if anew:
        command[1:1] = ["-H", "Connection: close"]
    if cookie:
        command[1:1] = ["-H", f"Cookie: {cookie}"]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + 60).stdout
    bad = re.search(r"Non-2xx.*", told)
    failed = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    # wrk counts the end of a connection as a read error if each request has a new connection.
    counted = failed and sum(int(failed.group(i)) for i in ((1, 3, 4) if anew else (1, 2, 3, 4)))
    if bad or counted:
        raise RuntimeError(f"{path}: {bad.group(0) if bad else failed.group(0)}")
    return float(re.search(r"Requests/sec: *([0-9.]+)", told).group(1))


class Server:
    """A dashboard on a database with calls, and nginx with two files."""

    def __init__(self, machine):
        folder = machine.folder
        web = os.path.join(folder, "web")
        os.makedirs(web, exist_ok=True)
        liaison.write_file(os.path.join(web, "big.js"), "/*" + "x" * (SCRIPT - 4) + "*/")
        liaison.write_file(os.path.join(web, "small.txt"), SMALL)
        os.chmod(folder, 0o755)
        self.town = Town(machine.cluster.database(), calls=200)
        self.dashboard = Dashboard(folder, self.town.db, log={"level": "info"},
                                   http={"web": web, "max_connections": 4 * STREAMS, "rate_per_s": 100000,
                                         "rate_burst": 100000})
        self.dashboard.start(ready=False)
        liaison.wait_until(self.dashboard.healthy, 30, "the dashboard is healthy")
        self.files = http_proxy.nginx_files(folder, web).start() if http_proxy.found("nginx") else None

    def close(self):
        self.dashboard.close()
        if self.files:
            self.files.close()


def rates(server, figures):
    api = server.dashboard.api("director@riverside")
    for name, path, anew, signed_in, file in LOADS:
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(costed(server.dashboard, path, anew, api.cookie if signed_in else None))
            if server.files:
                theirs.append(costed(server.files, file, anew))
        rate, cpu = zip(*ours)
        if not theirs:
            figures.add(name, rate, "requests/s")
            figures.add(name + ", CPU", cpu, "us a request")
            continue
        beside, beside_cpu = zip(*theirs)
        figures.add(name, rate, "requests/s", beside=("nginx, static file", beside))
        figures.add(name + ", CPU", cpu, "us a request", beside=("nginx, static file", beside_cpu))


def costed(daemon, path, anew, cookie=None):
    """(requests a second, microseconds of processor time for a request)"""
    before, begun = cpu_of(daemon.pid), time.monotonic()
    rate = wrk(daemon.port, path, anew, cookie)
    return rate, 1e6 * (cpu_of(daemon.pid) - before) / (rate * (time.monotonic() - begun))


class Reader:
    """Counts the sockets on which a text has arrived."""

    def __init__(self, sockets, text):
        self.poll, self.text = select.epoll(), text
        self.sockets = {s.fileno(): s for s in sockets}
        for one in sockets:
            one.setblocking(False)
            self.poll.register(one.fileno(), select.EPOLLIN)
        self.tails = dict.fromkeys(self.sockets, b"")

    def wait(self, count, timeout=60):
        """Waits until the text has arrived count times; returns the seconds since the first."""
        begun, first, there = time.monotonic(), None, 0
        while there < count:
            if time.monotonic() - begun > timeout:
                raise RuntimeError(f"{there} of {count} streams were told within {timeout} s")
            for fd, _ in self.poll.poll(1):
                data = self.sockets[fd].recv(65536)
                if not data:
                    raise RuntimeError("a stream has ended")
                before, data = self.tails[fd], self.tails[fd] + data
                there += data.count(self.text)
                first = first or (time.monotonic() if there else None)
                self.tails[fd] = data[data.rfind(self.text) + len(self.text):] if self.text in data else \
                    (before + data)[-64:]
        return time.monotonic() - first


def open_streams(server):
    """Opens STREAMS streams of as many people as that needs, each from its own address."""
    sockets, cookies = [], []
    for number in range(-(-STREAMS // A_PERSON)):
        login = f"person{number}@riverside"
        server.town.person(login, "Person", "district")
        cookies.append(server.dashboard.api(login).cookie)
    for number in range(STREAMS):
        cookie = cookies[number // A_PERSON]
        one = socket.create_connection(("127.0.0.1", server.dashboard.port), timeout=20,
                                       source_address=(f"127.0.1.{1 + number // A_PERSON}", 0))
        one.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
        sockets.append(one)
    return sockets


def streams(server, figures):
    """Time from the first to the last of 1,000 streams that deliver a change. The floor is the same
    octets over as many socket pairs, written and read by one process."""
    before = memory_of(server.dashboard.pid)[0]
    sockets = open_streams(server)
    Reader(sockets, b"event: heartbeat").wait(STREAMS)
    held = memory_of(server.dashboard.pid)[0] - before
    reader = Reader(sockets, b"event: change")
    pairs = [socket.socketpair() for _ in sockets]
    floor = Reader([pair[1] for pair in pairs], b"event: change")
    octets = b'event: change\nid: 1\ndata: {"incident":"R-00001","agency":"metro"}' + b"x" * 200 + b"\n\n"
    number = server.town.incident(status="open")
    reader.wait(STREAMS)
    told, bare, cpu = [], [], []
    for _ in range(RUNS):
        used = cpu_of(server.dashboard.pid)
        server.town.change(number)
        told.append(1000 * reader.wait(STREAMS))
        cpu.append(1e6 * (cpu_of(server.dashboard.pid) - used) / STREAMS)
        begun = time.monotonic()
        for pair in pairs:
            pair[0].sendall(octets)
        written = time.monotonic() - begun
        bare.append(1000 * (written + floor.wait(STREAMS)))
    figures.add("http 1,000 streams told of a change", told, "ms", beside=("socket pairs", bare),
                cpu_us=[round(c, 1) for c in cpu])
    figures.add("http memory of a stream", [held / STREAMS / 1024], "KiB")
    for one in [*sockets, *(end for pair in pairs for end in pair)]:
        one.close()


def http(machine, figures):
    if not shutil.which("wrk"):
        say("http: skipped, no wrk")
        return
    if not http_proxy.found("nginx"):
        say("http: no nginx; the figures have nothing beside them")
    server = Server(machine)
    try:
        rates(server, figures)
        streams(server, figures)
    finally:
        server.close()
