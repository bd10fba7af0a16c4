"""Notify beside its floors: an event to the mail server's answer, an urgent mail past a queue, a fan-out,
a claim, and memory."""

import json
import os
import statistics
import subprocess
import time
import uuid

import zmq

from cluster import Site, cpu_of, liaison, memory_of
from figures import FULL, PROGRAMS, RUNS, run_json
import postgres
from statements import statements_of

RATE = 10               # events a second
SCHOOLS = 120           # each with a contact
CONNECTIONS = 8         # of notify to a relay, for mail that is not urgent
SIZE = 4400             # octets of an alert's mail, as the sink counts them
PACED = 2000 if FULL else 400
MAILS = int(os.environ.get("MAILS", "20000"))
QUEUED = int(os.environ.get("QUEUED", "10000"))
URGENT = 20


class Sink:
    """The bench's mail server, which keeps nothing. mails(): what it answered."""

    def __init__(self, machine, delay_ms=0):
        self.log = os.path.join(machine.folder, f"sink-{uuid.uuid4().hex[:6]}.log")
        self.process = subprocess.Popen([os.path.join(PROGRAMS, "bench", "sink"), self.log, str(delay_ms)],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"smtp://127.0.0.1:{self.port}"
        machine.intakes.append(self)

    def running(self):
        return self.process.poll() is None

    def terminate(self, _timeout=0):
        self.process.kill()
        self.process.wait()

    def lines(self):
        with open(self.log, "rb") as log:
            return log.read().count(b"\n")

    def mails(self):
        """[(taken us, answered us, octets, recipient)]"""
        with open(self.log, encoding="ascii") as log:
            split = [line.split() for line in log if line.endswith("\n")]
        return [(int(taken), int(answered), int(size), to) for taken, answered, size, to in split]

    def wait(self, count, timeout):
        """Waits until this many mails were answered."""
        liaison.wait_until(lambda: self.lines() >= count, timeout, f"{count} mails at the sink", every=0.1)

    def close(self):
        self.terminate()
        self.process.stdout.close()


class Town(Site):
    """A district whose schools have a contact each, and a notify that mails to a sink."""

    def __init__(self, machine, schools=SCHOOLS):
        super().__init__(machine, agencies=1, schools=schools)
        self.district, self.agency = self.db.row("select district_id, agency_id from district.district, "
                                                 "agency.agency a where a.slug = 'agency0'").values()
        self.db.execute("update district.district set alert_budget = 0")
        self.db.execute("insert into notify.rule (district_id, name, channels) values (%s, 'all', '{email,sms}')",
                        self.district)
        self.daemons = []

    def contacts(self, email, per_school, phone="null"):
        """Makes contacts of each school. email, phone: SQL of a school s and a number n."""
        self.db.execute("select people.put_contact(s.district_id, s.code || '.' || n, 'Contact ' || n, 'principal', "
                        f"{email}, {phone}, 1, false, true) from district.school s, generate_series(1, %s) n", per_school)
        self.db.execute("update people.role set scope = 'schools' where role = 'contact'; "
                        "insert into people.role_school select r.role_id, s.district_id, s.school_id "
                        "from people.role r join district.school s on s.code = split_part(r.code, '.', 1) where r.role = 'contact'")
        # What is empty is not analysed, as on a new server: else the planner would go by its being empty.
        self.db.execute("delete from notify.changed; analyze people.role, people.person, people.role_school, district.school")

    def calls(self, number, count, mode="live", first=0):
        """Makes calls as intake writes them, at each school in turn, from this one on."""
        key = (self.district, self.agency, f"{number}-")
        self.db.execute(f"""
            with s as (select array_agg(school_id order by school_id) as ids from district.school),
            n as (select n, ids[{first} + 1 + mod(n, array_length(ids, 1) - {first})] as school_id
                    from s, generate_series(1, {count}) n),
            i as (insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class,
                      sensitivity, type_code, school_id, relation, opened_at, version_at)
                  select %s, %s, %s || n, 'cad', '{mode}', 'open', 'violence', 'open', 'FIGHT', school_id, 'at', now(),
                      now() from n),
            p as (insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank, relation,
                      distance_m, method, confidence)
                  select %s, %s, %s || n, school_id, 1, 'at', 12, 'radius', 0.9 from n)
            insert into district.outbox (district_id, agency_id, incident_no, mode, first)
            select %s, %s, %s || n, '{"replay" if mode == "replay" else "live"}', true from n""", *key * 3)

    def notify(self, sink, bus="", **sections):
        """A liaison-notify with this relay, and the settings that it has by itself."""
        config = {"database": {"conninfo": self.db.conninfo("notify")}, "bus": {"subscribe": bus},
                  "smtp": {"host": "127.0.0.1", "port": sink.port, "tls": "none",
                           "from": "Liaison <liaison@riverside.example>"},
                  "links": {"base_url": "https://liaison.riverside.example"}, "log": {"level": "warn"}, **sections}
        if not bus:
            del config["bus"]
        path = os.path.join(self.machine.folder, f"{self.db.name}.notify.ini")
        liaison.write_file(path, liaison.ini(**config))
        daemon = liaison.Daemon(self.machine.folder, "liaison-notify", "--config", path,
                                env={"LIAISON_LOG": "warn"}).start()
        self.daemons.append(daemon)
        self.machine.intakes.append(daemon)
        liaison.wait_until(lambda: self.db.one("select count(*) from notify.provider"), 20, "notify is ready")
        return daemon

    def queued(self, **where):
        condition = "".join(f" and {name} = '{value}'" for name, value in where.items())
        return self.db.one(f"select count(*) from notify.delivery where state = 'queued'{condition}")

    def close(self):
        for daemon in self.daemons:
            daemon.terminate(30)
        self.machine.cluster.drop(self.db)


class Sender:
    """Sends single events, and says when."""

    def __init__(self, town, intake):
        with open(town.keys, "rb") as keys:
            public, secret = keys.readline().split()
        with open(town.points, encoding="ascii") as points:
            self.points = [line.split() for line in points]
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.curve_serverkey = intake.public
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.linger = 0
        self.socket.connect(intake.endpoint)
        self.seq = 0
        self._say(b"HELLO", json.dumps({"version": {"major": 1, "minor": 0}, "stream": str(uuid.uuid4()),
                                        "epoch": time.time_ns() // 1000, "mode": "live"}).encode())
        assert self.socket.poll(10000) and self.socket.recv_multipart()[1] == b"WELCOME"

    def _say(self, *frames):
        self.socket.send_multipart([b"LSN\x01", *frames])

    def event(self, number, school, **more):
        """Sends a new call at a school. Returns when, in microseconds of the monotonic clock."""
        while self.socket.poll(0):
            self.socket.recv_multipart()
        latitude, longitude = map(float, self.points[school])
        body = {"kind": "call.received", "incident": number, "call_type": "FIGHT", "priority": "3",
                "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "place": {"latitude": latitude, "longitude": longitude}, **more}
        self.seq += 1
        at = time.monotonic_ns() // 1000
        self._say(b"EVENT", self.seq.to_bytes(8, "big"), b"application/vnd.liaison.event+json",
                  json.dumps(body).encode())
        return at

    def close(self):
        self.socket.close()


def wait_turn(period_us):
    """Until the next multiple of the period. The floor begins half a period later."""
    now = time.monotonic_ns() // 1000
    time.sleep((period_us - now % period_us) / 1e6)


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


# An event to the answer ------------------------------------------------------------------------------------


def paced(machine):
    """Latencies (us) of PACED events at RATE a second, and the floor's percentiles at the same time."""
    town, sink = Town(machine), Sink(machine)
    town.contacts("'e.' || s.code || '@riverside.example'", 1)
    intake = machine.intake(town.db)
    town.notify(sink, intake.bus)
    sender = Sender(town, intake)
    sent, floor = {}, None
    for i in range(-SCHOOLS // 4, PACED):  # the first few warm everything
        if i == 0:
            floor = subprocess.Popen([os.path.join(PROGRAMS, "bench", "floor"), "mail", str(PACED),
                                      town.db.conninfo("intake"), str(RATE), sink.url, str(SIZE)],
                                     stdout=subprocess.PIPE, text=True)
        wait_turn(1000000 // RATE)
        sent.setdefault(f"e.S{i % SCHOOLS:03d}@riverside.example", []).append(sender.event(f"P{i}", i % SCHOOLS))
    below = json.loads(floor.communicate(timeout=60)[0])
    sink.wait(PACED + SCHOOLS // 4 + PACED, 30)
    sender.close()
    came = {}
    for _, answered, _, to in sink.mails():
        came.setdefault(to, []).append(answered)
    for to, times in sent.items():
        assert len(came.get(to, ())) == len(times), f"{to}: {len(came.get(to, ()))} mails of {len(times)} events"
    took = [there - at for to, times in sent.items() for at, there in zip(times, came[to])]
    intake.terminate()
    town.close()
    sink.close()
    return took, below


def latency(machine, figures):
    medians, ninety_nines, below = [], [], []
    for _ in range(RUNS):
        took, floor = paced(machine)
        medians.append(percentile(took, 0.5))
        ninety_nines.append(percentile(took, 0.99))
        below.append(floor)
    name = "one commit and one SMTP transaction"
    why = "the event passes three processes, and four transactions, with a commit in three of them"
    figures.add("event to mail server's answer, median", medians, "us", (name, [b["p50_us"] for b in below]),
                "at most 3", lambda r: r <= 3, why)
    figures.add("event to mail server's answer, p99", ninety_nines, "us",
                (name + ", p99", [b["p99_us"] for b in below]), "at most 3", lambda r: r <= 3, why, at_rate=RATE)


# Urgent mail -----------------------------------------------------------------------------------------------


def urgent_times(sink, sender, name):
    """Milliseconds from an urgent event until the relay has its mail, of URGENT events."""
    sent = {}
    for i in range(URGENT):
        sent[f"e.S{i:03d}@riverside.example"] = sender.event(f"{name}{i}", i, call_type="ACTSHOOT")
        time.sleep(0.7)
    time.sleep(2)
    there = sink.mails()
    return [(min((taken for taken, _, _, to in there if to == recipient and taken > at),
                 default=at + 60000000) - at) / 1000 for recipient, at in sent.items()]


def overtaking(machine, figures):
    """A relay that takes a second a mail, with QUEUED mails behind it. The relay of replays and the gateway hang, with
    messages behind them too."""
    town = Town(machine)
    slow, hangs = Sink(machine, 1000), Sink(machine, -1)
    town.contacts("'e.' || s.code || '@riverside.example'", 1, "'+1555' || to_char(s.school_id, 'FM0000000')")
    postgres.Agency(town.db, town.agency, "", b"", b"").map_codes("type", {"ACTSHOOT": "ACTSHOOT"})
    secret = os.path.join(machine.folder, "token")
    liaison.write_file(secret, "token", 0o600)
    intake = machine.intake(town.db)
    town.notify(slow, intake.bus, sandbox={"smtp_host": "127.0.0.1", "smtp_port": hangs.port},
                sms={"provider": "twilio", "url": f"http://127.0.0.1:{hangs.port}", "account": "ACtest",
                     "password_file": secret, "from": "+15550100000"})
    sender = Sender(town, intake)
    alone = urgent_times(slow, sender, "A")
    town.calls("Q", QUEUED, first=URGENT)
    town.calls("R", QUEUED // 20, "replay", first=URGENT)
    liaison.wait_until(lambda: town.db.one("select count(*) from district.outbox") == 0, 300, "all calls are alerted",
                       every=0.5)
    waiting = town.queued(channel="email", lane=1)
    assert waiting > QUEUED * 0.8, waiting
    behind = urgent_times(slow, sender, "B")
    left = town.queued(channel="email", lane=1)
    sender.close()
    intake.terminate()
    town.close()
    slow.close()
    hangs.close()
    figures.add(f"urgent mail past {waiting} at a relay of a second a mail, while two others hang, worst of {URGENT}",
                [max(behind)], "ms", ("nothing queued, worst", [max(alone)]), "under 1000 ms", max(behind) < 1000,
                still_queued=left, each=[round(t, 1) for t in behind])


# Fan-out ---------------------------------------------------------------------------------------------------


def fan_out(machine, calls):
    """Mails a second when calls (at one school with MAILS / calls contacts) are told; CPU microseconds a mail of
    notify and of PostgreSQL; and the bare loop's rate just before and just after."""
    town, sink = Town(machine, 1), Sink(machine)
    town.contacts("'m.' || n || '@riverside.example'", MAILS // calls)
    daemon = town.notify(sink)
    bare = bare_rate(machine)
    cpu, backend = cpu_of(daemon.pid), machine.postgres_cpu()
    begun = time.monotonic_ns() // 1000
    town.calls("F", calls)
    sink.wait(MAILS, 1200)
    mails = sink.mails()
    rate = len(mails) / (max(answered for _, answered, _, _ in mails) - begun) * 1e6
    liaison.wait_until(lambda: town.db.one("select count(*) from notify.delivery where state <> 'sent'") == 0, 60,
                       "all endings are written down")
    used = [(cpu_of(daemon.pid) - cpu) / MAILS * 1e6, (machine.postgres_cpu() - backend) / MAILS * 1e6]
    assert len({to for _, _, _, to in mails}) == MAILS // calls and len(mails) == MAILS
    town.close()
    sink.close()
    return rate, used, (bare + bare_rate(machine)) / 2, statistics.median(size for _, _, size, _ in mails)


def fan_outs(machine, figures):
    for calls in (1, 100):
        rates, bare, notify_cpu, postgres_cpu = [], [], [], []
        for _ in range(min(RUNS, 3)):
            rate, (own, backend), beside, size = fan_out(machine, calls)
            rates.append(rate)
            bare.append(beside)
            notify_cpu.append(own)
            postgres_cpu.append(backend)
        figures.add(f"fan-out of {MAILS} mails, {calls} calls", rates, "mails/s",
                    (f"bare libcurl loop, {CONNECTIONS} connections", bare), "at least 0.5", lambda r: r >= 0.5,
                    "the loop stores nothing; notify claims, composes and records each mail",
                    notify_cpu_us=round(statistics.median(notify_cpu)),
                    postgres_cpu_us=round(statistics.median(postgres_cpu)), octets=size)


def bare_rate(machine):
    sink = Sink(machine)
    rate = run_json([os.path.join(PROGRAMS, "bench", "floor"), "mails", str(MAILS), str(CONNECTIONS), sink.url,
                     str(SIZE)])["rate"]
    sink.close()
    return rate


# Claims ----------------------------------------------------------------------------------------------------


def claim_times(machine, due, claims=40, size=16):
    """Microseconds of each claim, beside so many deliveries that are due."""
    town = Town(machine, 1)
    contacts = min(due, 100)
    town.db.execute("insert into notify.alert (district_id, agency_id, incident_no, school_id, mode, rule_id) "
                    "select %s, %s, 'C-' || n, 1, 'live', 1 from generate_series(1, %s) n", town.district, town.agency,
                    due // contacts)
    town.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, message_id, "
                    "next_at) select district_id, alert_id, n, 'email', 'first', gen_random_uuid() || '@riverside.example', "
                    "now() - n * interval '1 ms' from notify.alert, generate_series(1, %s) n", contacts)
    town.db.execute("vacuum analyze notify.delivery, notify.alert")
    setup = dict(statements_of("services/notify/sql/outbox.sql"))["session_setup"]
    claim = dict(statements_of("services/notify/sql/delivery.sql"))["delivery_claim"]
    session, took = town.db.session("notify"), []
    with session.cursor() as cursor:
        cursor.execute(setup)
        cursor.execute("prepare claim as " + claim)
        session.commit()
        for _ in range(claims):
            begun = time.monotonic()
            cursor.execute("execute claim(%s, '00000000-0000-4000-8000-00000000000c', 90, 'email', '{1}', %s, '{call}', "
                           "'smtp', 'false', 'false', 'false', 'false')",
                           (size, time.time_ns() // 1000))
            took.append((time.monotonic() - begun) * 1e6)
            session.commit()
    session.close()
    town.close()
    return took[1:]  # the first is planned


def claims(machine, figures):
    few, many = 1000, 10000000 if FULL else 1000000
    small, large = [], []
    for _ in range(min(RUNS, 3)):
        small.append(statistics.median(claim_times(machine, few)))
        large.append(statistics.median(claim_times(machine, many)))
    figures.add(f"claim of 16 beside {many} due", large, "us", (f"beside {few} due", small), "at most 1.25",
                lambda r: r <= 1.25)


# Memory ----------------------------------------------------------------------------------------------------


def memory(machine, figures):
    """Resident memory of notify after so many mails, in calls of 100 contacts."""
    town, sink = Town(machine), Sink(machine)
    town.contacts("'m.' || s.code || n || '@riverside.example'", 100)
    daemon = town.notify(sink)
    sizes, resident, done = (1000, 10000, 500000 if FULL else 50000), [], 0
    for size in sizes:
        town.calls(f"M{size}", (size - done) // 100)
        sink.wait(size, 600)
        done = size
        resident.append(memory_of(daemon.pid)[0] / 2**20)
    peak = memory_of(daemon.pid)[1] / 2**20
    town.close()
    sink.close()
    figures.add(f"memory of notify after {sizes[2]} mails", resident[2:], "MiB", (f"after {sizes[1]}", resident[1:2]),
                "at most 1.05", lambda r: r <= 1.05, resident=[round(r, 1) for r in resident], peak=round(peak, 1))

