"""Ratios of Liaison's performance to floors and peers. See README.md; run.sh calls this.

    bench.py [FIGURE...]     all figures, or those whose names begin like this

Environment: OUT (build/release), FULL=1 (longer runs), RUNS (5), EVENTS, MAILS, QUEUED, PORT_BASE. Writes
build/bench/results.json."""

import os
import resource
import sys
import time

from cluster import Machine, liaison
from figures import PROGRAMS, RESULTS, Figures, say
import cost
import httpd
import isolation
import latency
import notify
import peers
import scale
import whole

FIGURES = (("latency", latency.latency), ("placement", cost.placement), ("memory", cost.memory),
           ("intakes", scale.intakes), ("rows", scale.rows), ("isolation", isolation.isolation),
           ("http", httpd.http), ("profile", cost.profile),
           ("notify-latency", notify.latency), ("notify-urgent", notify.overtaking),
           ("notify-fan-out", notify.fan_outs), ("notify-claim", notify.claims), ("notify-memory", notify.memory),
           ("node", peers.node), ("rsyslog", peers.rsyslog))

RATED = ("latency", "isolation")  # these run at half of the measured throughput


def main(wanted):
    for name in ("liaison-intake", "../bench/load"):
        if not liaison.program(name):
            sys.exit(f"{name} is not built in {PROGRAMS}: tests/bench/run.sh builds it")
    os.makedirs(RESULTS, exist_ok=True)
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    figures = Figures()
    machine = Machine(PROGRAMS)

    def asked(name):
        return not wanted or any(name.startswith(w) for w in wanted)

    try:
        saturation = whole.throughput(machine, figures) if any(
            asked(name) for name in ("throughput", *RATED)) else 0
        for name, take in FIGURES:
            begun = time.monotonic()
            if asked(name) and name in RATED:
                take(machine, figures, saturation)
            elif asked(name):
                take(machine, figures)
            if asked(name):
                say(f"-- {name} took {time.monotonic() - begun:.0f} s")
            figures.write()
    finally:
        figures.second_condition()
        figures.write()
        machine.close()


if __name__ == "__main__":
    main(sys.argv[1:])
