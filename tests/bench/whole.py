"""The whole path beside PostgreSQL's COPY ceiling, and the CPU time of each process for an event."""

import os
import statistics
import time

from cluster import Site, cpu_of
from figures import EVENTS, RUNS, WHOLE_PATH, must_be_stored, run_json

TABLES = ("agency.event", "agency.incident", "district.incident", "district.incident_school",
          "district.change", "district.outbox")


def copy_ceiling(site):
    """Seconds for one connection to COPY the final rows into empty copies of the tables."""
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
        busy.append(used * got["rate"] / 1e6 / os.cpu_count())  # only our processes
        rates.append(got["rate"])
        must_be_stored(site.db, EVENTS)
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
