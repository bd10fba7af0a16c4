"""Several intakes on one database, and large tables."""

import shutil

from cluster import Site
from figures import EVENTS, FULL, RUNS, must_be_stored, run_json, say
import zmq

SMALL = 1_000_000 if FULL else 100_000
LARGE = 50_000_000 if FULL else 1_000_000
OCTETS_A_ROW = 800  # an event and its share of an incident, with indexes and the WAL of the inserts


def intakes(machine, figures):
    """Runs of one, two, three and four intakes alternate, so that a slow minute affects all of them."""
    rates = {count: [] for count in (1, 2, 3, 4)}
    for _ in range(RUNS):
        for count, found in rates.items():
            site = Site(machine)
            key = zmq.curve_keypair()
            running = [machine.intake(site.db, key=key) for _ in range(count)]
            found.append(run_json(site.load_command(running, events=EVENTS))["rate"])
            must_be_stored(site.db, EVENTS)
            for intake in running:
                intake.terminate()
            machine.cluster.drop(site.db)
    for count, name in ((2, "two"), (3, "three"), (4, "four")):
        figures.add(f"{name} intakes on one database", rates[count], "events/s", ("one intake", rates[1]),
                    "at least 0.9", lambda r: r >= 0.9)


# Incidents of five events, like those of bodies.c, spread over a year, with keys like an agency's.
FILL = """
    insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, content_id,
                              time_quality, initiated_by, received_via, call_type, priority, t_received, t_dispatched,
                              units, address, latitude, longitude, municipality, cross_streets, beat, placed, event_id)
    select 1000 + n %% 4, n / 4 + 1, n / 5 %% 4 + 1, 'F-' || n / 5 %% 4 || '-' || lpad((n / 20)::text, 9, '0'),
           (array[1, 3, 4, 4, 5])[n %% 5 + 1], 1, t.at + n %% 5 * interval '1 minute', 1,
           md5(n::text)::uuid, 1, 3, 1, 'DISTURB', '3', t.at, t.at + interval '1 minute',
           '[{"id":"3A11","role":"patrol","status":"on_scene","at":"2026-01-01T00:00:00Z"}]',
           n %% 9000 || ' RAINIER AVE S', 47.7 + n %% 1000 / 1e4, -122.3 + n %% 997 / 1e4, 'RIVERSIDE',
           'S PINE ST / S CHARLES ST', 'R' || n %% 9, '[]', n::text
      from generate_series(%(first)s, %(last)s) n,
           lateral (select timestamptz '2026-11-01' - make_interval(secs => (n / 5) * 31536000.0 / %(of)s * 5) as at) t
"""
FILL_INCIDENTS = """
    insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, version_at,
                                 version_epoch, version_seq, initiated_by, received_via, call_type, priority,
                                 t_received, t_dispatched, address, latitude, longitude, municipality, cross_streets,
                                 beat, placed, units)
    select agency_id, incident_no, 2, 1, occurred_at - interval '4 minutes', 1, seq, occurred_at, 1, seq, initiated_by,
           received_via, call_type, priority, t_received, t_dispatched, address, latitude, longitude, municipality,
           cross_streets, beat, placed, units
      from agency.event where kind = 5
"""


def filled(machine, rows):
    site = Site(machine)
    step = 1_000_000
    for first in range(0, rows, step):
        with_last = {"first": first, "last": min(first + step, rows) - 1, "of": rows}
        session = site.db.session()
        with session, session.cursor() as cursor:
            cursor.execute(FILL, with_last)
        session.close()
    site.db.execute(FILL_INCIDENTS)
    for table in ("agency.event", "agency.incident"):
        site.db.execute(f"vacuum analyze {table}")
    site.db.execute("checkpoint")
    return site


def rows(machine, figures):
    large = LARGE
    room = shutil.disk_usage(machine.cluster.dir).free
    if large * OCTETS_A_ROW * 1.5 > room:
        large = min(large, 10_000_000)
        say(f"the disk has room for {room / 2**30:.0f} GiB: {large:,} rows instead of {LARGE:,}")
    sites = {}
    rates = {SMALL: [], large: []}
    for count in rates:
        sites[count] = filled(machine, count)
    for _ in range(RUNS):
        for count, found in rates.items():
            site = sites[count]
            before = site.db.one("select count(*) from agency.event")
            intake = machine.intake(site.db)
            found.append(run_json(site.load_command([intake], events=EVENTS))["rate"])
            intake.terminate()
            assert site.db.one("select count(*) from agency.event") == before + EVENTS
    for site in sites.values():
        machine.cluster.drop(site.db)
    short = "" if FULL else f"; FULL=1 holds 50 million against 1 million, this run {large:,} against {SMALL:,}"
    figures.add(f"durable events with {large:,} rows in the table", rates[large], "events/s",
                (f"with {SMALL:,} rows", rates[SMALL]), "at least 0.8" + short, lambda r: r >= 0.8,
                "indexes that outgrow memory")
