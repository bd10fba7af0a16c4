"""What all fault tests do: cause a failure while agents are served, wait until they are served again,
compare the database with the acknowledgements, and write the figures to build/faults/results.json.

ROUNDS (6) is how often each program is killed, SLOW_ROUNDS (1) how often each lasting failure is caused.
"""

import json
import os
import random
import time

import load
from liaison import ROOT, wait_until

ROUNDS = int(os.environ.get("ROUNDS", "6"))
SLOW_ROUNDS = int(os.environ.get("SLOW_ROUNDS", "1"))
RESULTS = os.path.join(ROOT, "build", "faults", "results.json")
ZERO = {"lost": 0, "doubled": 0, "misordered": 0, "silent": 0}
PROGRESS_S = 15


def percentile(values, part):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(part * len(values)))], 3) if values else None


def write(entry):
    """Writes the entry in place of the one with the same name."""
    os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
    try:
        with open(RESULTS, encoding="utf-8") as file:
            results = [r for r in json.load(file) if r["name"] != entry["name"]]
    except (OSError, ValueError):
        results = []
    results.append(entry)
    with open(RESULTS + ".new", "w", encoding="utf-8") as file:
        json.dump(sorted(results, key=lambda r: r["name"]), file, indent=1)
        file.write("\n")
    os.replace(RESULTS + ".new", RESULTS)


class Report:
    """The entry of a failure in the results. While rounds run it says how many are done, and has null
    for figures that are only known at the end."""

    def __init__(self, name, rounds):
        self.name, self.rounds, self.recovery, self.told = name, rounds, [], time.monotonic()

    def _write(self, found, **more):
        write({"name": self.name, "rounds": len(self.recovery), **found, **more, "recovery_s": {
            "p50": percentile(self.recovery, 0.5), "p99": percentile(self.recovery, 0.99)}})

    def round(self, recovery):
        self.recovery.append(recovery)
        if time.monotonic() - self.told > PROGRESS_S:
            self.told = time.monotonic()
            self._write({"acknowledged": None, **dict.fromkeys(ZERO)}, planned=self.rounds)
            print(f"{self.name}: {len(self.recovery)} of {self.rounds} rounds", flush=True)

    def end(self, found, **more):
        """Writes the entry and asserts that the error counts are zero."""
        self._write(found, **more)
        assert {kind: found[kind] for kind in ZERO} == ZERO, found


def raise_fault(senders):
    for sender in senders:
        if sender.fault:
            raise sender.fault


def flowing(senders, more=100):
    """Waits until each sender has this many more acknowledgements; returns the time it took."""
    begun = time.monotonic()
    goal = [len(s.ever_acked) + more for s in senders]
    wait_until(lambda: all(s.fault or len(s.ever_acked) >= g for s, g in zip(senders, goal)), 60,
               "all agents are served")
    raise_fault(senders)
    return time.monotonic() - begun


def served_again(senders, begun):
    """Waits until each sender gets an event acknowledged that it queued after this call. Returns the
    seconds since begun."""
    marks = [sender.client.next for sender in senders]
    wait_until(lambda: all(s.fault or s.client.highest_acked >= m for s, m in zip(senders, marks)),
               60, "all agents are served again", every=0.02)
    raise_fault(senders)
    return time.monotonic() - begun


def rounds(name, pg, senders, strike, count=ROUNDS):
    """strike() causes a failure and repairs it; after each, all agents must be served again. It returns
    the time from which recovery counts, the repair of a lasting failure. None: from the call."""
    chance, report = random.Random(name), Report(name, count)
    for _ in range(count):
        flowing(senders, chance.randrange(5, 60))  # so that a kill falls anywhere in a batch
        begun = time.monotonic()
        begun = strike() or begun
        report.round(served_again(senders, begun))
    end(report, pg, senders)


def end(report, pg, senders, **more):
    """Waits until all events are answered, and checks the database."""
    for sender in senders:
        sender.finish()
    found = load.check(pg, senders)
    assert found["acknowledged"] > report.rounds * 5 * len(senders)
    report.end(found, **more)
