"""Latency of acknowledgements: one event at a time, and at half of saturation."""

import json
import os
import statistics

from cluster import Site
from figures import ONE_BY_ONE, PROGRAMS, RESULTS, RUNS, run_json


def floors(site):
    floor = os.path.join(PROGRAMS, "bench", "floor")
    echo = run_json([floor, "echo", str(ONE_BY_ONE)])
    commit = run_json([floor, "commit", str(ONE_BY_ONE), site.db.conninfo("intake")])
    return {"p50": echo["p50_us"] + commit["p50_us"], "p99": echo["p50_us"] + commit["p99_us"],
            "echo": echo["p50_us"], "commit": commit["p50_us"]}


def spread_file(run):
    return os.path.join(RESULTS, f"latency-{run}.json")


def slowest(run):
    """The three worst intervals of a run, to be compared with other events on the machine."""
    with open(spread_file(run), encoding="ascii") as file:
        return sorted(json.load(file)["slow"], key=lambda at: -at["most_us"])[:3]


def latency(machine, figures, saturation):
    site = Site(machine)
    intake = machine.intake(site.db)
    ones, halves, below, slow = [], [], [], []
    rate = saturation / 2
    for _ in range(RUNS):
        below.append(floors(site))
        ones.append(run_json(site.load_command([intake], sessions=1, window=1, events=ONE_BY_ONE)))
        halves.append(run_json(site.load_command([intake], rate=rate, events=int(rate * 3),
                                                 spread=spread_file(len(halves)))))
        slow.append(slowest(len(slow)))
    intake.terminate()
    name = "commit and CURVE echo"
    figures.add("latency one at a time, median", [o["p50_us"] for o in ones], "us",
                (name, [b["p50"] for b in below]), "at most 1.3", lambda r: r <= 1.3,
                "hand-overs between libzmq's threads, the loop and the backend: each is a wake-up that the "
                "floor's two loops, measured apart, do not have",
                floor_echo=statistics.median(b["echo"] for b in below),
                floor_commit=statistics.median(b["commit"] for b in below))
    figures.add("latency one at a time, p99", [o["p99_us"] for o in ones], "us",
                (name + ", p99", [b["p99"] for b in below]), "at most 2", lambda r: r <= 2)
    figures.add("latency at half of saturation, p99", [h["p99_us"] for h in halves], "us",
                (name + ", p99", [b["p99"] for b in below]), "at most 10", lambda r: r <= 10,
                f"at {rate:.0f} events/s; when the worst happened is in build/bench/latency-*.json",
                at_rate=round(rate), slowest=slow)
