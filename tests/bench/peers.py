"""Peers, which a team might have written instead, with the same machine, events and tables.

Each is measured twice: storing only the event's row, which is less than Liaison does, and storing event and
incident in one transaction, which are the rows that Liaison writes for a call of no school. The aims refer to
the second. Neither places a call, derives a district's rows, fences a stream or has a quarantine."""

import contextlib
import glob
import json
import os
import socket
import subprocess
import threading
import time

from cluster import ROOT, Site, liaison
from figures import EVENTS, PROGRAMS, RESULTS, RUNS, must_be_stored, run_json
import zmq

EVENT_ALONE, SAME_ROWS = "event's row alone", "event and incident"
BENCH = os.path.join(ROOT, "tests", "bench")


def ours(machine):
    site = Site(machine)
    intake = machine.intake(site.db)
    rate = run_json(site.load_command([intake], events=EVENTS))["rate"]
    intake.terminate()
    machine.cluster.drop(site.db)
    return rate


def compare(machine, figures, name, peer, most):
    """peer(machine, with_incident) returns events/s. Runs of Liaison and of the peer alternate."""
    rates = {"ours": [], EVENT_ALONE: [], SAME_ROWS: []}
    for _ in range(RUNS):
        rates["ours"].append(ours(machine))
        rates[EVENT_ALONE].append(peer(machine, False))
        rates[SAME_ROWS].append(peer(machine, True))
    figures.add(f"durable events beside {name}", rates["ours"], "events/s", (f"{name}, {SAME_ROWS}", rates[SAME_ROWS]),
                f"at least {most}", lambda r: r >= most, "the peer places no call and writes no outbox")
    figures.add(f"durable events beside {name} that stores less", rates["ours"], "events/s",
                (f"{name}, {EVENT_ALONE}", rates[EVENT_ALONE]))


def incidents_must_be_stored(site):
    """Asserts that the peer's state equals the product's: one row for each incident, at its latest event."""
    wrong = site.db.one("""
        select count(*) from (select agency_id, incident_no, max(occurred_at) as at, max(t_closed) as closed
                                from agency.event group by 1, 2) e
          left join agency.incident i using (agency_id, incident_no)
         where i.version_at is distinct from e.at or i.t_closed is distinct from e.closed""")
    assert wrong == 0, f"{wrong} incidents are not at their latest event"


# Node.js ----------------------------------------------------------------------------------------------------


def node_modules():
    modules = os.path.join(RESULTS, "peer")
    os.makedirs(modules, exist_ok=True)
    if not os.path.isdir(os.path.join(modules, "node_modules", "pg")):
        liaison.write_file(os.path.join(modules, "package.json"), '{"private": true}\n')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", "zeromq", "pg"],
                       cwd=modules, check=True, stdout=subprocess.DEVNULL)
    return modules


def node(machine, figures):
    modules = node_modules()

    def one(machine, with_incident):
        site = Site(machine)
        public, secret = zmq.curve_keypair()
        connection = {"host": machine.cluster.dir, "port": machine.cluster.port,
                      "database": site.db.name, "user": "liaison_intake"}
        peer = subprocess.Popen(["node", os.path.join(BENCH, "peer.mjs"), json.dumps(connection), secret.decode(),
                                 "incident" if with_incident else "event"], stdout=subprocess.PIPE, text=True,
                                env=dict(os.environ, PEER_MODULES=modules))
        try:
            peer.public, peer.endpoint = public, peer.stdout.readline().strip()
            rate = run_json(site.load_command([peer], events=EVENTS))["rate"]
        finally:
            peer.terminate()
            peer.wait()
        must_be_stored(site.db, EVENTS)
        if with_incident:
            incidents_must_be_stored(site)
        machine.cluster.drop(site.db)
        return rate

    compare(machine, figures, "Node.js", one, 3)


# rsyslog ----------------------------------------------------------------------------------------------------


def rsyslog_folder():
    """Unpacks Debian's packages beside the results, so that nothing is installed and no daemon starts."""
    folder = os.path.join(RESULTS, "rsyslog")
    if not os.path.exists(folder + "/usr/sbin/rsyslogd"):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["apt-get", "download", "-q", "rsyslog", "rsyslog-pgsql", "libestr0", "libfastjson4"],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for package in glob.glob(folder + "/*.deb"):
            subprocess.run(["dpkg", "-x", package, folder], check=True)
    return folder


TEXT = ("event_id", "call_type", "final_type", "priority", "units", "dispositions", "place!address:address",
        "place!municipality:municipality", "place!cross_streets:cross_streets", "place!beat:beat")
TIMES = ("received", "dispatched", "en_route", "on_scene", "closed")
KINDS = "call.received incident.opened incident.updated unit.status incident.closed outcome.recorded"


def rsyslog_rows():
    """Columns of a row and their values in the template, for event and incident."""
    row = {"agency_id": "1", "incident_no": "'%$!incident%'", "mode": "1", "initiated_by": "3", "received_via": "1",
           "latitude": "nullif('%$!place!latitude%','')::float8", "longitude": "nullif('%$!place!longitude%','')::float8"}
    row.update({f"t_{time}": f"nullif('%$!times!{time}%','')::timestamptz" for time in TIMES})
    for name in TEXT:
        member, _, column = name.partition(":")
        row[column or member] = f"nullif('%$!{member}%','')"
    return row


def rsyslog_template(with_incident):
    row = rsyslog_rows()
    event = dict(row, stream_no="1", seq="nextval('bench_seq')", epoch="1", time_quality="1",
                 kind=f"array_position(string_to_array('{KINDS}',' '),'%$!kind%')", occurred_at="'%$!occurred_at%'",
                 content_id="md5('%$!event_id%')::uuid")
    sql = f"insert into agency.event ({','.join(event)}) values ({','.join(event.values())}) on conflict do nothing"
    if with_incident:
        row.pop("event_id")
        state = dict(row, status="case when '%$!kind%'='incident.closed' then 2 else 1 end",
                     first_at="'%$!occurred_at%'", first_epoch="1", first_seq="currval('bench_seq')",
                     version_at="'%$!occurred_at%'", version_epoch="1", version_seq="currval('bench_seq')")
        kept = ("agency_id", "incident_no", "first_at", "first_epoch", "first_seq")
        sets = ",".join(f"{c}=coalesce(excluded.{c},i.{c})" for c in state if c not in kept)
        sql += (f"; insert into agency.incident as i ({','.join(state)}) values ({','.join(state.values())}) "
                f"on conflict (agency_id, incident_no) do update set {sets},updated_at=now() "
                "where excluded.version_at >= i.version_at")
    return sql


RSYSLOG = """\
global(workDirectory="{folder}" maxMessageSize="16k")
module(load="imptcp" threads="2")
module(load="mmjsonparse")
module(load="ompgsql")
template(name="rows" type="string" option.stdsql="on" string="{sql}")
ruleset(name="store" queue.type="FixedArray" queue.size="500000" queue.dequeueBatchSize="4096"
        queue.workerThreads="1" queue.timeoutEnqueue="60000") {{
    action(type="mmjsonparse" cookie="" useRawMsg="on")
    action(type="ompgsql" conninfo="{conninfo}" template="rows")
}}
input(type="imptcp" port="{port}" address="127.0.0.1" ruleset="store")
"""


@contextlib.contextmanager
def rsyslogd(machine, site, sql):
    folder = rsyslog_folder()
    port = liaison.free_port()
    conf = os.path.join(machine.folder, "rsyslog.conf")
    libraries = os.path.dirname(glob.glob(folder + "/usr/lib/*/rsyslog")[0])
    cluster = machine.cluster  # given as a URI, since rsyslog allows no space in it
    address = f"postgresql:///{site.db.name}?host={cluster.dir}&port={cluster.port}&user=liaison_owner"
    liaison.write_file(conf, RSYSLOG.format(folder=machine.folder, sql=sql, port=port, conninfo=address))
    daemon = subprocess.Popen([folder + "/usr/sbin/rsyslogd", "-n", "-f", conf, "-M", libraries + "/rsyslog",
                               "-i", machine.folder + "/rsyslog.pid"],
                              env=dict(os.environ, LD_LIBRARY_PATH=libraries))
    try:
        yield port
    finally:
        daemon.terminate()
        daemon.wait()


def connect(port):
    return liaison.wait_until(lambda: try_connect(port), 30, "rsyslog listens")


def try_connect(port):
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=120)
    except ConnectionRefusedError:
        return None


def wait_for_rows(site, events):
    """Waits until all rows are visible, which means durable, since rsyslog sends no acknowledgements."""
    session = site.db.session()
    session.autocommit = True
    deadline = time.monotonic() + 300
    with session.cursor() as cursor:
        found = 0
        while found < events:
            cursor.execute("select count(*) from agency.event")
            found = cursor.fetchone()[0]
            if time.monotonic() > deadline:
                raise RuntimeError(f"rsyslog stored {found} of {events}")
            time.sleep(0.02)
    session.close()


def rsyslog(machine, figures):
    def one(machine, with_incident):
        site = Site(machine)
        site.db.execute("create sequence bench_seq cache 1000; grant usage on sequence bench_seq to liaison_owner")
        lines = subprocess.run([os.path.join(PROGRAMS, "bench", "load"), "--print", "--events", str(EVENTS),
                                "--schools", site.points], stdout=subprocess.PIPE, check=True).stdout.splitlines(True)
        parts = [b"".join(lines[i * len(lines) // 4:(i + 1) * len(lines) // 4]) for i in range(4)]
        with rsyslogd(machine, site, rsyslog_template(with_incident)) as port:
            sockets = [connect(port) for _ in parts]
            begun = time.monotonic()
            senders = [threading.Thread(target=s.sendall, args=(part,)) for s, part in zip(sockets, parts)]
            for sender in senders:
                sender.start()
            wait_for_rows(site, EVENTS)
            took = time.monotonic() - begun
            for sender, connection in zip(senders, sockets):
                sender.join()
                connection.close()
        must_be_stored(site.db, EVENTS)
        commits = site.db.one("select count(distinct xmin::text) from agency.event")
        assert commits < EVENTS / 10, f"rsyslog needed {commits} transactions: it does not batch"
        if with_incident:
            incidents_must_be_stored(site)
        machine.cluster.drop(site.db)
        return EVENTS / took

    compare(machine, figures, "rsyslog", one, 6)
