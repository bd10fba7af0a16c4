"""Real parts for black-box tests: PostgreSQL, the programs, keys, schools, sockets.

conftest.py turns what is here into fixtures, and tells how to use them; tests/faults and scripts
import this file alone. Nothing waits for a fixed time: wait_until() and Daemon.wait_log() wait for a
condition and fail at a deadline, which LIAISON_PATIENCE (a factor, 1) moves on slow machines.
"""

import datetime
import hashlib
import json
import os
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid

import psycopg2
import zmq
from zmq.utils.monitor import parse_monitor_message

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.abspath(os.path.join(ROOT, os.environ.get("OUT", "build/release")))
PORT_BASE = int(os.environ.get("PORT_BASE", "20700"))
PATIENCE = float(os.environ.get("LIAISON_PATIENCE", "1"))
SHARED_DATA = os.environ.get("LIAISON_DATA", os.path.join(ROOT, "..", "shared", "data"))
ROLES = ("owner", "intake", "notify", "dashboard", "public")
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|runtime error:")


def wait_until(condition, timeout=10.0, what="", every=0.01):
    """Calls condition until it answers something true, and returns that. Fails at the deadline."""
    deadline = time.monotonic() + timeout * PATIENCE
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "condition")
            raise AssertionError(f"not within {timeout * PATIENCE:g} s: {name} (last: {answer!r})")
        time.sleep(every)


# PostgreSQL ---------------------------------------------------------------------------------------


def _postgres_bin():
    for version in ("15", "16", "17"):
        path = f"/usr/lib/postgresql/{version}/bin"
        if os.path.exists(path + "/initdb"):
            return path
    return os.path.dirname(shutil.which("initdb") or "/usr/bin/initdb")


class Cluster:
    """A private PostgreSQL cluster in a short directory under /tmp, reached by its Unix socket alone.
    As root it runs under the user postgres. fsync stays on: that is what the tests are about."""

    def __init__(self):
        self.bin = _postgres_bin()
        self.dir = tempfile.mkdtemp(prefix="lsn", dir="/tmp")
        self.port = 5432  # names the socket file; nothing listens on TCP
        self.count = 0
        self.templates, self.environ = {}, {}
        os.chmod(self.dir, 0o711)
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.dir, user.pw_uid, user.pw_gid)
        try:
            # -N: nothing is lost yet if the machine fails while a cluster is made.
            self._run("initdb", "-N", "-D", self.dir + "/data", "-U", "postgres", "-A", "trust",
                      "-E", "UTF8", "--locale=C.UTF-8")
            with open(self.dir + "/data/postgresql.conf", "a", encoding="ascii") as conf:
                conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.dir}'\n"
                           "fsync = on\nsynchronous_commit = on\nmax_connections = 60\n"
                           # Recovery syncs the file system once, not each of 2,000 files.
                           "recovery_init_sync_method = syncfs\n"
                           "shared_buffers = 32MB\nlog_min_messages = warning\n"
                           "log_error_verbosity = terse\nlog_statement = none\n")
            self.start()
            with self.connect("postgres") as session, session.cursor() as cursor:
                for role in ROLES:
                    cursor.execute(f"create role liaison_{role} login")
        except BaseException:
            self.close()
            raise

    def _run(self, program, *argv, check=True):
        command = [os.path.join(self.bin, program), *argv]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False,
                              env={**os.environ, **self.environ})
        if check and done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done.stdout

    def _pg_ctl(self, *argv, check=True):
        return self._run("pg_ctl", "-D", self.dir + "/data", "-s", "-w", "-t", "300", *argv,
                         check=check)

    def start(self):
        self._pg_ctl("-l", self.dir + "/log", "start")

    def stop(self, mode="fast"):
        """mode "immediate" is a crash: no checkpoint, recovery at the next start."""
        self._pg_ctl("-m", mode, "stop")

    def crash(self):
        """kill -9 of every process of the cluster at once; start() recovers."""
        with open(self.dir + "/data/postmaster.pid", encoding="ascii") as pid_file:
            postmaster = int(pid_file.readline())
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], text=True,
                                  stdout=subprocess.PIPE, check=False).stdout.split()
        for pid in [postmaster, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}/exe") for pid in [postmaster]),
                   what="postmaster is gone")
        for name in (f"/.s.PGSQL.{self.port}", f"/.s.PGSQL.{self.port}.lock",
                     "/data/postmaster.pid"):
            if os.path.exists(self.dir + name):
                os.unlink(self.dir + name)

    def conninfo(self, database, user="postgres"):
        return f"host={self.dir} port={self.port} dbname={database} user={user}"

    def connect(self, database, user="postgres"):
        return psycopg2.connect(self.conninfo(database, user), connect_timeout=5)

    def execute(self, sql, database="postgres"):
        session = self.connect(database)
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(sql)
        finally:
            session.close()

    def template(self):
        """A database with the whole schema, which each test's own is copied from."""
        if "plain" not in self.templates:
            name = "liaison_template"
            self.execute(f"create database {name} owner liaison_owner")
            apply_schema(self.connect(name, "liaison_owner"))
            self.templates["plain"] = name
        return self.templates["plain"]

    def database(self):
        self.count += 1
        name = f"t{self.count}"
        self.execute(f"create database {name} owner liaison_owner template {self.template()}")
        return Database(self, name)

    def drop(self, database):
        """A cluster of many databases takes long to recover: each test's own goes when it ends."""
        self.execute(f"drop database if exists {database.name} with (force)")

    def log(self):
        with open(self.dir + "/log", encoding="utf-8", errors="replace") as log:
            return log.read()

    def close(self):
        if os.path.exists(self.dir + "/data/postmaster.pid"):
            self._pg_ctl("-m", "immediate", "stop", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


def apply_schema(session):
    """What `liaisonctl schema apply` does: each file in one transaction, numbered ones first, then the grants."""
    folder = os.path.join(ROOT, "deploy", "schema")
    try:
        for name in sorted(f for f in os.listdir(folder) if re.match(r"([0-9]{4}|r)_.*\.sql$", f)):
            with open(os.path.join(folder, name), "rb") as file:
                text = file.read()
            with session, session.cursor() as cursor:
                cursor.execute(text.decode())
                if name[:4].isdigit():
                    cursor.execute(
                        "insert into liaison.schema_version (version, name, sha256) values (%s, %s, %s)",
                        (int(name[:4]), name, hashlib.sha256(text).hexdigest()))
        with open(os.path.join(folder, "grants.sql"), encoding="utf-8") as file:
            with session, session.cursor() as cursor:
                cursor.execute(file.read())
    finally:
        session.close()


class Database:
    """One database of a cluster. Queries run as superuser, each in a session of its own, so that the
    server may be killed between any two of them."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name

    def conninfo(self, role="intake"):
        return self.cluster.conninfo(self.name, role if role == "postgres" else f"liaison_{role}")

    def session(self, role="postgres"):
        """A session for the test to hold: locks, open transactions. Close it."""
        return psycopg2.connect(self.conninfo(role), connect_timeout=5)

    def rows(self, sql, *args, role="postgres"):
        session = self.session(role)
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(sql, args or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def row(self, sql, *args):
        """The first row as a dict, or None."""
        session = self.session()
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(sql, args or None)
                first = cursor.fetchone()
                return first and dict(zip([c.name for c in cursor.description], first))
        finally:
            session.close()

    def one(self, sql, *args):
        """The first column of the first row, or None."""
        rows = self.rows(sql, *args)
        return rows[0][0] if rows else None

    def execute(self, sql, *args):
        self.rows(sql, *args)

    def dump(self):
        """Everything that the database holds, as pg_dump says it."""
        return self.cluster._run("pg_dump", "-h", self.cluster.dir, "-p", str(self.cluster.port),
                                 "-U", "postgres", "--data-only", self.name)

    def counter(self, name, label=None, service="intake"):
        """A service's counter, as liaisonctl status would show it; 0 if it never counted."""
        return int(self.one("select coalesce(sum(value), 0) from liaison.counter where service = %s "
                            "and name = %s and (%s::text is null or label = %s)",
                            service, name, label, label))

    def tally(self, column, agency=None):
        return int(self.one(f"select coalesce(sum({column}), 0) from agency.tally t "
                            "join agency.stream s using (stream_no) "
                            "where %s::int is null or s.agency_id = %s",
                            agency and agency.id, agency and agency.id))

    # What a district has --------------------------------------------------------------------------

    def agency(self, slug="metro", name=None, kind="police", zone="America/New_York", key=True):
        """An agency with one CURVE key that is let in (key=False: known, but not let in)."""
        agency_id = self.one("insert into agency.agency (slug, name, kind, zone) "
                             "values (%s, %s, %s, %s) returning agency_id",
                             slug, name or f"{slug.title()} Police", kind, zone)
        public, secret = zmq.curve_keypair()
        agency = Agency(self, agency_id, slug, public, secret)
        if key:
            agency.let_in()
        return agency

    def district(self, slug="riverside", name=None, zone="America/New_York"):
        district_id = self.one("insert into district.district (slug, name, zone) "
                               "values (%s, %s, %s) returning district_id",
                               slug, name or slug.title(), zone)
        return District(self, district_id, slug)


class Agency:
    def __init__(self, database, agency_id, slug, public, secret):
        self.db, self.id, self.slug = database, agency_id, slug
        self.public, self.secret = public, secret

    def let_in(self):
        self.db.execute("insert into agency.feed_key (public_key, agency_id) values (%s, %s) "
                        "on conflict (public_key) do update set revoked_at = null",
                        self.public.decode(), self.id)

    def revoke(self):
        self.db.execute("update agency.feed_key set revoked_at = now() where public_key = %s",
                        self.public.decode())

    def key_file(self, folder):
        """Writes the pair as the programs read it, mode 0600; returns the path."""
        return write_key_file(os.path.join(str(folder), f"{self.slug}.key"), self.public, self.secret)

    def map_codes(self, kind, codes):
        """Own codes to common ones, as a new current version. kind: type, disposition, ..."""
        version = self.db.one("select coalesce(max(version), 0) + 1 from code.map_version "
                              "where agency_id = %s and kind = %s", self.id, kind)
        for own, common in codes.items():
            self.db.execute("insert into code.map (agency_id, version, kind, own, common) "
                            "values (%s, %s, %s, %s, %s)", self.id, version, kind, own.upper(), common)
        self.db.execute("update code.map_version set current = false "
                        "where agency_id = %s and kind = %s", self.id, kind)
        self.db.execute("insert into code.map_version (agency_id, kind, version) "
                        "values (%s, %s, %s)", self.id, kind, version)


class District:
    def __init__(self, database, district_id, slug):
        self.db, self.id, self.slug = database, district_id, slug

    def school(self, code, latitude, longitude, name=None, level="elementary", radius_m=150,
               campus=None, addresses=(), names=()):
        """A school; campus is a list of (latitude, longitude) corners. Aliases are as intake
        normalises them: upper case, single spaces. Returns its school_id."""
        polygon = None
        if campus:
            ring = [[lon, lat] for lat, lon in [*campus, campus[0]]]
            polygon = json.dumps({"type": "Polygon", "coordinates": [ring]})
        school_id = self.db.one(
            "insert into district.school (district_id, school_id, code, name, level, latitude, "
            "longitude, radius_m, campus) values (%s, nextval('district.school_id_seq'), %s, %s, %s, "
            "%s, %s, %s, %s) returning school_id", self.id, code, name or f"{code} School", level,
            latitude, longitude, radius_m, polygon)
        for kind, aliases in (("address", addresses), ("name", names)):
            for alias in aliases:
                self.db.execute("insert into district.school_alias (district_id, school_id, kind, "
                                "alias) values (%s, %s, %s, %s)", self.id, school_id, kind, alias)
        return school_id

    def contact(self, code, email=None, phone=None, name=None, schools=(), wave=1, sealed=False):
        contact_id = self.db.one(
            "insert into district.contact (district_id, code, name, email, phone, wave, sealed) "
            "values (%s, %s, %s, %s, %s, %s, %s) returning contact_id", self.id, code,
            name or f"Contact {code}", email, phone, wave, sealed)
        for school_id in schools:
            self.db.execute("insert into district.contact_school values (%s, %s, %s)", self.id,
                            contact_id, school_id)
        return contact_id


# Ports, keys, files -------------------------------------------------------------------------------

_given = set()


def free_port():
    """A loopback port below the ephemeral range that nothing listens on, given out once."""
    while True:
        port = PORT_BASE + random.randrange(10, 300)
        if port in _given and len(_given) < 250:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def write_file(path, text, mode=0o644):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return str(path)


def write_key_file(path, public, secret):
    return write_file(path, f"public = {public.decode()}\nsecret = {secret.decode()}\n", 0o600)


def ini(**sections):
    """INI text from sections of dicts; a value None leaves its key out."""
    lines = []
    for section, values in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {value}" for key, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


# Programs -----------------------------------------------------------------------------------------


def program(name):
    """Path of a built program, or None."""
    path = os.path.join(OUT, "bin", name)
    return path if os.access(path, os.X_OK) else None


class Daemon:
    """A program under test. Its standard output and error go to one file, which stays readable after
    it has ended; a sanitizer's report in it fails the test at close()."""

    def __init__(self, folder, name, *argv, env=None, binary=None, stdin=None):
        self.name, self.argv, self.env = name, list(argv), dict(env or {})
        self.binary = binary or program(name)
        assert self.binary, f"{name} is not built in {OUT}/bin"
        self.log_path = os.path.join(str(folder), f"{name}-{uuid.uuid4().hex[:6]}.log")
        self.stdin = stdin
        self.process = None
        self.mark = 0  # where the log of this run begins
        self.expected = ()  # exit statuses that close() takes as good, beside 0

    def start(self):
        assert not self.running(), f"{self.name} runs already"
        self.mark = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        env = dict(os.environ, **self.env)
        env.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0")
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, *self.argv], stdout=log, stderr=log,
                                            stdin=self.stdin or subprocess.DEVNULL, env=env,
                                            cwd=os.path.dirname(self.log_path))
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    def log(self, whole=False):
        """What it has written since the last start (whole: since the first)."""
        if not os.path.exists(self.log_path):
            return ""
        with open(self.log_path, "rb") as file:
            file.seek(0 if whole else self.mark)
            return file.read().decode(errors="replace")

    def lines(self, pattern, whole=False):
        return [line for line in self.log(whole).splitlines() if re.search(pattern, line)]

    def wait_log(self, pattern, timeout=10.0, count=1):
        """Waits for a line of this run that matches; returns the newest such line."""
        def found():
            lines = self.lines(pattern)
            if len(lines) >= count:
                return lines
            if not self.running():
                raise AssertionError(f"{self.name} ended ({self.process.poll()}) before it logged "
                                     f"{pattern!r}:\n{self.log()[-3000:]}")
            return None
        try:
            return wait_until(found, timeout, f"{self.name} logs {pattern!r}")[-1]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-3000:]}") from None

    def wait(self, timeout=10.0):
        """Waits for the program to end by itself; returns its exit status."""
        wait_until(lambda: not self.running(), timeout, f"{self.name} ends")
        return self.process.returncode

    def kill9(self):
        if self.running():
            self.process.kill()
            self.process.wait()

    def stop_clock(self):
        """SIGSTOP: hangs without dying; kill9() or resume() ends that."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def terminate(self, timeout=15.0):
        """SIGTERM; returns the exit status, which a good program makes 0."""
        if self.running():
            self.process.terminate()
        return self.wait(timeout)

    def restart(self):
        """A clean restart."""
        status = self.terminate()
        assert status == 0, f"{self.name} ended with {status}:\n{self.log()[-3000:]}"
        return self.start()

    def close(self):
        """Ends it and asserts that it ended well and no sanitizer spoke in any of its runs."""
        if self.process is None:
            return
        killed = not self.running() and self.process.returncode == -signal.SIGKILL
        try:
            status = self.terminate()
        except AssertionError:
            self.kill9()
            raise
        text = self.log(whole=True)
        assert not SANITIZER.search(text), f"{self.name}: sanitizer:\n{text[-6000:]}"
        assert killed or status == 0 or status in self.expected, \
            f"{self.name} ended with {status}:\n{text[-3000:]}"


class Intake(Daemon):
    """liaison-intake on a database. start() returns when it is ready."""

    def __init__(self, folder, database, port=None, key=None, log="debug", bus=None, **sections):
        self.public, self.secret = key or zmq.curve_keypair()
        self.port = port or free_port()
        self.endpoint = f"tcp://127.0.0.1:{self.port}"
        self.bus = f"tcp://127.0.0.1:{bus or free_port()}"
        folder = tempfile.mkdtemp(prefix="intake-", dir=str(folder))
        key_file = write_key_file(os.path.join(folder, "intake.key"), self.public, self.secret)
        # A Peer sends no PING of its own: a silent one is kept for three minutes.
        config = {"intake": {"listen": self.endpoint, "key_file": key_file, "heartbeat_ms": 60000},
                  "database": {"conninfo": database.conninfo("intake")},
                  "bus": {"publish": self.bus}, "log": {"level": log}}
        for section, values in sections.items():
            config.setdefault(section, {}).update(values)
        self.config = write_file(os.path.join(folder, "intake.ini"), ini(**config))
        super().__init__(folder, "liaison-intake", "--config", self.config)

    def start(self, ready=True):
        super().start()
        if ready:
            self.wait_log(r"\bevent=ready\b")
        return self


# The wire, by hand --------------------------------------------------------------------------------

SIGNATURE = b"LSN\x01"
EVENT_TYPE = "application/vnd.liaison.event+json"
EIDO_TYPE = "application/emergency.eido+json"


def u64(number):
    return int(number).to_bytes(8, "big")


def number(frame):
    assert len(frame) == 8, frame
    return int.from_bytes(frame, "big")


class Peer:
    """A DEALER that sends what it is told, right or wrong. For tests of the wire itself; the tame
    client is lsn_client.py. What arrives is kept in order in self.heard as (command, arguments)."""

    def __init__(self, intake, agency=None, key=None, refused=False):
        """Connects. Intake hears of a new key within a second: until then it is refused, and tried
        again on a new socket; refused=True leaves it at the first try."""
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
            time.sleep(0.05)  # a pause as any agent makes, not a wait
            self.connect()
        return zmq.EVENT_HANDSHAKE_SUCCEEDED in events

    def disconnect(self):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)

    def send(self, *frames):
        """A message of signature, command and arguments; ints become 8 octets, dicts JSON."""
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
        """Sends an event; a dict is encoded, octets go as they are. Returns the octets."""
        octets = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send("EVENT", seq, content_type, octets)
        return octets

    def hello(self, stream=None, mode="live", epoch=None, wait=True, **more):
        """Begins a session; returns WELCOME's members. What is None is left out."""
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
        """Reads what has arrived, waiting at most timeout seconds for a first message."""
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
        """Arguments of the next message of that command which no wait() has returned yet."""
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
        """(code, field, reason) of the refusal of seq."""
        def done():
            self.pump(0.05)
            return self.naked.get(seq)
        try:
            return wait_until(done, timeout, f"NAK of {seq}", every=0)
        except AssertionError as error:
            raise AssertionError(f"{error}; heard {self.heard[-5:]}") from None

    def wait_monitor(self, event, timeout=10.0):
        """Value of the next socket event (zmq.EVENT_...)."""
        def found():
            self.pump(0.05)
            return [v for e, v in self.monitored if e == event]
        return wait_until(found, timeout, f"socket event {event}", every=0)[-1]

    def hears_nothing(self, command, during):
        """Asserts that no such message comes while during() is waited for."""
        before = sum(1 for c, _ in self.heard if c == command)
        during()
        self.pump()
        assert sum(1 for c, _ in self.heard if c == command) == before, self.heard[-5:]

    def ping(self):
        """A round trip: what was sent before it has been read by intake."""
        self.send("PING", int(time.time() * 1e6))
        self.wait("PONG")

    def close(self):
        if not self.socket.closed:
            self.disconnect()
            self.context.term()


class Proxy:
    """A TCP relay to an endpoint, to be cut: cut() ends all connections at once, block() also refuses
    new ones until unblock(), stall() takes octets and passes none on."""

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


# Events -------------------------------------------------------------------------------------------


def ago(seconds=0.0, base=None):
    """RFC 3339 in UTC, so many seconds before now (or base)."""
    at = (base or datetime.datetime.now(datetime.timezone.utc)) - datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event(incident="I-1", kind="call.received", occurred_at=None, **fields):
    """An event of our own form; latitude and longitude may be given flat."""
    place = dict(fields.pop("place", {}))
    for name in ("latitude", "longitude", "address"):
        if name in fields:
            place[name] = fields.pop(name)
    body = {"kind": kind, "incident": incident, "occurred_at": occurred_at or ago(), **fields}
    if place:
        body["place"] = place
    return body


def offset(latitude, longitude, north_m=0.0, east_m=0.0):
    """The point so many metres to the north and east, on the WGS 84 ellipsoid."""
    import math
    phi = math.radians(latitude)
    a, e2 = 6378137.0, 0.00669437999014
    w = 1 - e2 * math.sin(phi) ** 2
    meridian, normal = a * (1 - e2) / w ** 1.5, a / math.sqrt(w)
    return (latitude + math.degrees(north_m / meridian),
            longitude + math.degrees(east_m / (normal * math.cos(phi))))
