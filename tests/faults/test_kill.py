"""kill -9 of each process in turn under load: nothing acknowledged is lost, nothing stored twice, no
state regresses. ROUNDS (6) kills of each; the figures go to build/faults/results.json."""

import json
import os
import random
import time

import pytest

import liaison
import load
from liaison import ROOT, wait_until

ROUNDS = int(os.environ.get("ROUNDS", "6"))
RESULTS = os.path.join(ROOT, "build", "faults", "results.json")
pytestmark = pytest.mark.needs("liaison-intake")


def percentile(values, part):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(part * len(values)))], 3) if values else None


def report(name, rounds, found, recovery):
    os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
    try:
        with open(RESULTS, encoding="utf-8") as file:
            results = [r for r in json.load(file) if r["name"] != name]
    except (OSError, ValueError):
        results = []
    results.append({"name": name, "rounds": rounds, **found,
                    "recovery_s": {"p50": percentile(recovery, 0.5), "p99": percentile(recovery, 0.99)}})
    with open(RESULTS, "w", encoding="utf-8") as file:
        json.dump(sorted(results, key=lambda r: r["name"]), file, indent=1)
        file.write("\n")


@pytest.fixture
def senders(pg, riverside, metro, intake):
    """Four agents with streams of their own, of two agencies, under way."""
    riverside.school("LIN", *load.HERE)
    server, shelby = intake(), pg.agency("shelby")
    made = [load.Sender(server, metro, "A"), load.Sender(server, metro, "B", mode="backfill", pace=400),
            load.Sender(server, shelby, "C"), load.Sender(server, shelby, "D", mode="replay")]
    for sender in made:
        sender.server = server
        sender.start()
    yield made
    for sender in made:
        sender.ending.set()
    for sender in made:
        sender.join(90)


def flowing(senders, more=100):
    """Waits until each sender has so many more acknowledgements than now; returns the time it took."""
    begun = time.monotonic()
    goal = [len(s.ever_acked) + more for s in senders]
    wait_until(lambda: all(s.fault or len(s.ever_acked) >= g for s, g in zip(senders, goal)), 60,
               "all agents are served")
    for sender in senders:
        if sender.fault:
            raise sender.fault
    return time.monotonic() - begun


def served_again(senders, begun):
    """Waits until of each sender an event is acknowledged that it had not yet put; seconds since begun."""
    marks = [sender.client.next for sender in senders]
    wait_until(lambda: all(s.fault or max(s.ever_acked, default=0) >= m for s, m in zip(senders, marks)),
               60, "all agents are served again", every=0.02)
    for sender in senders:
        if sender.fault:
            raise sender.fault
    return time.monotonic() - begun


def rounds(name, pg, senders, strike):
    """strike() kills and restarts; after each, all agents must be served again."""
    chance, recovery = random.Random(name), []
    for _ in range(ROUNDS):
        flowing(senders, chance.randrange(20, 120))  # so that the kill falls anywhere in a batch
        begun = time.monotonic()
        strike()
        recovery.append(served_again(senders, begun))
    for sender in senders:
        sender.finish()
    found = load.check(pg, senders)
    report(name, ROUNDS, found, recovery)
    assert found["acknowledged"] > ROUNDS * 100
    assert {k: found[k] for k in ("lost", "doubled", "misordered", "silent")} == \
        {"lost": 0, "doubled": 0, "misordered": 0, "silent": 0}, found
    return found


def test_killing_intake_loses_and_doubles_nothing(pg, senders):
    server = senders[0].server

    def strike():
        server.kill9()
        server.start(ready=False)

    rounds("intake", pg, senders, strike)


def test_crash_of_the_whole_postgresql_loses_and_doubles_nothing(cluster, pg, senders):
    def strike():
        cluster.crash()
        cluster.start()

    rounds("postgresql", pg, senders, strike)


def test_hanging_intake_loses_and_doubles_nothing(pg, senders):
    """SIGSTOP: the agents find it silent or slow; then it is killed in that state."""
    server = senders[0].server

    def strike():
        server.stop_clock()
        time.sleep(0.2)  # the fault itself: it hangs that long
        server.kill9()
        server.start(ready=False)

    rounds("intake hangs", pg, senders, strike)


def test_second_intake_takes_over_where_the_first_was_killed(pg, senders, intake, metro):
    """Two intakes on one address in turn: the old one's half-done work must not come back."""
    first = senders[0].server
    turn = [first, intake(port=first.port, key=(first.public, first.secret), start=False)]

    def strike():
        turn[0].kill9()
        turn.reverse()
        turn[0].start(ready=False)

    rounds("intake fails over", pg, senders, strike)


def test_connections_cut_at_random_lose_and_double_nothing(pg, senders, intake):
    """Every statement of the database is cut off at once, as by a failing network in between."""
    def strike():
        pg.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'liaison_intake'")

    rounds("database connections", pg, senders, strike)
