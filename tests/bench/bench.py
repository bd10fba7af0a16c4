"""Ratios of Liaison's intake against floors and peers. See README.md; run.sh calls this.

    bench.py [FIGURE...]     all of them, or those whose names begin so

Environment: OUT (build/release), FULL=1 (longer runs), RUNS (5), PORT_BASE. Writes
build/bench/results.json."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

from cluster import ROOT, Machine, Site, cpu_of, liaison, memory_of
import layers
import zmq

FULL = os.environ.get("FULL") == "1"
RUNS = int(os.environ.get("RUNS", "5"))
EVENTS = int(os.environ.get("EVENTS", "400000" if FULL else "40000"))
ONE_BY_ONE = 10000 if FULL else 1500
PROGRAMS = liaison.OUT
RESULTS = os.path.join(ROOT, "build", "bench")
WHOLE_PATH, OWN_CODE = "durable events, whole path", "own code in intake's instructions"
TABLES = ("agency.event", "agency.incident", "district.incident", "district.incident_school",
          "district.change", "district.outbox")


def say(text):
    print(text, flush=True)


def run_json(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"{os.path.basename(command[0])} ended with {done.returncode}")
    return json.loads(done.stdout)


class Figures:
    """The list that results.json holds; printed as it grows."""

    def __init__(self):
        self.list = []

    def add(self, name, values, unit, beside=None, aim="", met=None, reason=None, ratios=None,
            **more):
        """values: one a run. beside: (name, values). ratios: of each run with its own floor."""
        middle = statistics.median(values)
        figure = {"name": name, "value": round(middle, 3), "unit": unit,
                  "beside": None, "ratio": None, "aim": aim, "met": met,
                  "spread": [round(min(values), 3), round(max(values), 3)], "runs": len(values)}
        if beside:
            figure["beside"] = {"name": beside[0], "value": round(statistics.median(beside[1]), 3)}
            ratios = ratios or [a / b for a, b in zip(values, beside[1])]
            figure["ratio"] = round(statistics.median(ratios), 3)
            if callable(met):
                figure["met"] = bool(met(figure["ratio"]))
        elif callable(met):
            figure["met"] = bool(met(middle))
        if reason and figure["met"] is not True:
            figure["reason"] = reason
        figure.update(more)
        self.list.append(figure)
        side = f"  beside {figure['beside']['value']:g} ({beside[0]})" if beside else ""
        ratio = f"  ratio {figure['ratio']:g}" if beside else ""
        verdict = {True: "met", False: "MISSED", None: ""}[figure["met"]]
        say(f"{name}: {figure['value']:g} {unit}{side}{ratio}  aim {aim or '-'}  {verdict}")

    def second_condition(self):
        """The aim of the throughput has two: a ratio, or nothing left to give."""
        found = {f["name"]: f for f in self.list}
        whole, own = found.get(WHOLE_PATH), found.get(OWN_CODE)
        if whole and own and not whole["met"] and whole["busy"] >= 0.95 and own["value"] <= 20:
            whole.update(met=True, reason="by the second condition: processors "
                         f"{whole['busy']:.0%} busy, own code {own['value']:.1f} % of intake; "
                         + whole["reason"])
            say(f"{WHOLE_PATH}: met by the second condition")

    def write(self):
        os.makedirs(RESULTS, exist_ok=True)
        with open(os.path.join(RESULTS, "results.json"), "w", encoding="utf-8") as file:
            json.dump(self.list, file, indent=1)
            file.write("\n")


def copy_ceiling(site):
    """Seconds that one connection needs to COPY the final rows into empty copies of the tables."""
    folder = os.path.join(site.machine.cluster.dir, "data")
    session = site.db.session()
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute("create schema ceiling")
        for i, table in enumerate(TABLES):
            cursor.execute(f"copy {table} to '{folder}/t{i}.copy'")
            cursor.execute(f"create table ceiling.t{i} (like {table} including all)")
        cursor.execute("checkpoint")
        begun = time.monotonic()
        cursor.execute("begin; " + "; ".join(f"copy ceiling.t{i} from '{folder}/t{i}.copy'"
                                             for i in range(len(TABLES))) + "; commit")
        took = time.monotonic() - begun
    session.close()
    for i in range(len(TABLES)):
        os.unlink(f"{folder}/t{i}.copy")
    return took


def throughput(machine, figures):
    rates, ceilings, busy, sender, intake_cpu, postgres = [], [], [], [], [], []
    for _ in range(RUNS):
        site = Site(machine)
        intake = machine.intake(site.db)
        cpu, backend = cpu_of(intake.pid), machine.postgres_cpu()
        got = run_json(site.load_command([intake], events=EVENTS))
        sender.append(got["cpu_s"] / EVENTS * 1e6)
        intake_cpu.append((cpu_of(intake.pid) - cpu) / EVENTS * 1e6)
        postgres.append((machine.postgres_cpu() - backend) / EVENTS * 1e6)
        used = sender[-1] + intake_cpu[-1] + postgres[-1]
        busy.append(used * got["rate"] / 1e6 / os.cpu_count())  # by us, not by others
        rates.append(got["rate"])
        stored = site.db.one("select count(*) from agency.event")
        assert stored == got["events"], f"{stored} rows of {got['events']} events"
        intake.terminate()
        ceilings.append(EVENTS / copy_ceiling(site))
    figures.add(WHOLE_PATH, rates, "events/s", ("COPY ceiling", ceilings),
                "at least 0.8, or processors 95 % busy and own code at most 20 %", lambda r: r >= 0.8,
                f"sender, intake and PostgreSQL had {statistics.median(busy):.0%} of the processors "
                "between them, which COPY has alone", busy=round(statistics.median(busy), 3))
    figures.add("CPU of the sender", sender, "us/event")
    figures.add("CPU of intake", intake_cpu, "us/event")
    figures.add("CPU of PostgreSQL", postgres, "us/event")
    return statistics.median(rates)


def floors(site):
    floor = os.path.join(PROGRAMS, "bench", "floor")
    echo = run_json([floor, "echo", str(ONE_BY_ONE)])
    commit = run_json([floor, "commit", str(ONE_BY_ONE), site.db.conninfo("intake")])
    return {"p50": echo["p50_us"] + commit["p50_us"], "p99": echo["p50_us"] + commit["p99_us"],
            "echo": echo["p50_us"], "commit": commit["p50_us"]}


def latency(machine, figures, saturation):
    site = Site(machine)
    intake = machine.intake(site.db)
    ones, halves, below = [], [], []
    rate = saturation / 2
    for _ in range(RUNS):
        below.append(floors(site))
        ones.append(run_json(site.load_command([intake], sessions=1, window=1, events=ONE_BY_ONE)))
        halves.append(run_json(site.load_command([intake], rate=rate, events=int(rate * 3))))
    intake.terminate()
    name = "commit and CURVE echo"
    figures.add("latency one at a time, median", [o["p50_us"] for o in ones], "us",
                (name, [b["p50"] for b in below]), "at most 1.3", lambda r: r <= 1.3,
                "three round trips to PostgreSQL in a transaction where the floor has one, and "
                "hand-overs between libzmq's thread, the loop and the backend",
                floor_echo=statistics.median(b["echo"] for b in below),
                floor_commit=statistics.median(b["commit"] for b in below))
    figures.add("latency one at a time, p99", [o["p99_us"] for o in ones], "us",
                (name + ", p99", [b["p99"] for b in below]), "at most 2", lambda r: r <= 2)
    figures.add("latency at half of saturation, p99", [h["p99_us"] for h in halves], "us",
                (name + ", p99", [b["p99"] for b in below]), "at most 10", lambda r: r <= 10,
                f"at {rate:.0f} events/s", at_rate=round(rate))


def placement(_machine, figures):
    got = [run_json([os.path.join(PROGRAMS, "bench", "places"), "100000", "200000"])
           for _ in range(RUNS)]
    figures.add("placement of a point among 100,000 campuses", [g["place_ns"] for g in got], "ns",
                ("GEOS tree query", [g["tree_ns"] for g in got]), "at most 1.5", lambda r: r <= 1.5,
                "the tree query only finds candidates; placement also decides them")


def memory(machine, figures):
    events = 400000 if FULL else 60000
    for sessions, careless, most in ((1000, 0, 64), (1000, 10, 128)):
        site = Site(machine, agencies=sessions)
        intake = machine.intake(site.db)
        peaks, resident = [], []
        for _ in range(2):
            run_json(site.load_command([intake], sessions=sessions, events=events,
                                       careless=careless))
            now, peak = memory_of(intake.pid)
            resident.append(now / 2**20)
            peaks.append(peak / 2**20)
        intake.terminate(60)
        what = f", {careless} of them ignoring credit" if careless else ""
        figures.add(f"memory of intake, 1,000 agencies{what}", peaks[-1:], "MiB", None,
                    f"under {most} MiB, flat", lambda m, most=most: m < most,
                    "CURVE sessions and libzmq's pipes and buffers of 1,000 connections",
                    peaks=[round(p, 1) for p in peaks], resident=[round(r, 1) for r in resident])


def two_intakes(machine, figures):
    one, two = [], []
    for _ in range(RUNS):
        for rates, count in ((one, 1), (two, 2)):
            site = Site(machine)
            key = zmq.curve_keypair()
            intakes = [machine.intake(site.db, key=key) for _ in range(count)]
            rates.append(run_json(site.load_command(intakes, events=EVENTS))["rate"])
            stored, different = site.db.rows(
                "select count(*), count(distinct (stream_no, seq)) from agency.event")[0]
            assert stored == different == EVENTS // 4 * 4
            for intake in intakes:
                intake.terminate()
    figures.add("two intakes on one database", two, "events/s", ("one intake", one), "at least 0.9",
                lambda r: r >= 0.9)


def node_peer(machine, figures):
    modules = os.path.join(RESULTS, "peer")
    os.makedirs(modules, exist_ok=True)
    with open(os.path.join(modules, "package.json"), "w", encoding="ascii") as file:
        file.write('{"private": true}\n')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "zeromq", "pg"],
                   cwd=modules, check=True, stdout=subprocess.DEVNULL)
    ours, theirs = [], []
    for _ in range(RUNS):
        site = Site(machine)
        intake = machine.intake(site.db)
        ours.append(run_json(site.load_command([intake], events=EVENTS))["rate"])
        intake.terminate()
        site = Site(machine)
        public, secret = zmq.curve_keypair()
        connection = {"host": machine.cluster.dir, "port": machine.cluster.port,
                      "database": site.db.name, "user": "liaison_intake"}
        peer = subprocess.Popen(["node", os.path.join(ROOT, "tests", "bench", "peer.mjs"),
                                 json.dumps(connection), secret.decode()], stdout=subprocess.PIPE,
                                text=True, env=dict(os.environ, PEER_MODULES=modules))
        try:
            peer.public, peer.endpoint = public, peer.stdout.readline().strip()
            theirs.append(run_json(site.load_command([peer], events=EVENTS))["rate"])
            assert site.db.one("select count(*) from agency.event") == EVENTS // 4 * 4
        finally:
            peer.terminate()
            peer.wait()
    figures.add("durable events beside Node.js", ours, "events/s", ("zeromq and pg of npm", theirs),
                "at least 3", lambda r: r >= 3,
                "the peer stores the event's row alone: no placement, no state, no outbox, no fence")


def profile(machine, figures):
    site = Site(machine)
    out = os.path.join(machine.folder, "callgrind.out")
    intake = machine.intake(site.db, wrapper=("/usr/bin/valgrind", "--tool=callgrind",
                                              f"--callgrind-out-file={out}", "--quiet",
                                              "--instr-atstart=no"))
    events = 6000
    run_json(site.load_command([intake], events=400))
    subprocess.run(["callgrind_control", "-i", "on", str(intake.pid)], check=True,
                   stdout=subprocess.DEVNULL)
    run_json(site.load_command([intake], events=events))
    intake.terminate(120)
    table, functions = layers.table(out, events)
    total = sum(table.values())
    for layer, instructions in table.items():
        ours = layer in layers.OURS
        figures.add(f"instructions in intake: {layer}", [instructions], "instructions/event",
                    (layers.PARSE, [table[layers.PARSE]]),
                    "no layer of ours above the parse" if ours else "",
                    (lambda r: r <= 1) if ours else None)
    ours = sum(table.get(layer, 0) for layer in (*layers.OURS, layers.OTHER))
    figures.add(OWN_CODE, [ours / total * 100], "%", None,
                "at most 20 (where both processors are at least 95 % busy)", lambda v: v <= 20,
                functions={name: round(cost) for name, cost in functions.items()})


def main(wanted):
    for name in ("liaison-intake", "../bench/load"):
        if not liaison.program(name):
            sys.exit(f"{name} is not built in {PROGRAMS}: tests/bench/run.sh builds it")
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    figures = Figures()
    machine = Machine(PROGRAMS)

    def asked(name):
        return not wanted or any(name.startswith(w) for w in wanted)

    try:
        saturation = throughput(machine, figures) if asked("throughput") or asked("latency") else 0
        for name, take in (("placement", placement), ("memory", memory), ("two", two_intakes),
                           ("profile", profile), ("peer", node_peer)):
            if name == "placement" and asked("latency"):
                latency(machine, figures, saturation)
            if asked(name):
                take(machine, figures)
            figures.write()
    finally:
        figures.second_condition()
        figures.write()
        machine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
