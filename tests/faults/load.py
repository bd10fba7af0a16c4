"""A load whose events are known, and the checker that compares the database with it.

Each Sender is an agent: a thread with one stream, which queues events at a pace and remembers what it
queued and what intake acknowledged. check() then compares all of it with the database.
"""

import json
import threading
import time

import lsn_client
from liaison import ago, offset

HERE = (40.0, -75.0)  # a school
EVENTS_OF_AN_INCIDENT = 4


class Recorder(lsn_client.Client):
    """The client, which remembers all sequences ever acknowledged, whatever a later session says."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.ever_acked, self.highest_acked = set(), 0

    def on_ack(self, ranges):
        super().on_ack(ranges)
        for first, last in zip(lsn_client.numbers(ranges)[::2], lsn_client.numbers(ranges)[1::2]):
            self.ever_acked.update(range(first, last + 1))
            self.highest_acked = max(self.highest_acked, last)

    def on_welcome(self, text):
        super().on_welcome(text)
        self.ever_acked |= self.acked
        self.highest_acked = max(self.highest_acked, max(self.acked, default=0))


class Sender(threading.Thread):
    def __init__(self, server, agency, name, mode="live", pace=150, endpoint=None, client=Recorder):
        super().__init__(daemon=True)
        self.name, self.agency, self.mode, self.pace, self.server = name, agency, mode, pace, server
        self.client = client(endpoint or server.endpoint, server.public, (agency.public, agency.secret),
                             mode=mode, pause=0.2, minor=0 if mode == "live" else 2)
        self.put = {}  # sequence: (incident, version)
        self.ending = threading.Event()
        self.fault = None
        self.started = time.time()

    @property
    def ever_acked(self):
        return self.client.ever_acked

    def body(self, seq):
        """Events of one incident are spread over the stream, and in every second incident they come
        newest first, so that the order of arrival is not the order of source time."""
        group, step = divmod(seq - 1, 10 * EVENTS_OF_AN_INCIDENT)
        incident, version = group * 10 + step % 10, step // 10
        if incident % 2:
            version = EVENTS_OF_AN_INCIDENT - 1 - version
        self.put[seq] = (f"{self.name}-{incident}", version)
        point = HERE if incident % 10 < 3 else offset(*HERE, north_m=9000)
        return json.dumps({
            "kind": "incident.updated", "incident": self.put[seq][0], "call_type": f"V{version}",
            "occurred_at": ago(3600 - incident % 1000 - version * 60 - self.started + time.time()),
            "place": {"latitude": point[0], "longitude": point[1]}}).encode()

    def run(self):
        try:
            begun, client = time.monotonic(), self.client
            while not self.ending.is_set():
                due = int((time.monotonic() - begun) * self.pace) + 1
                while client.next <= due and client.next - len(client.acked) < 3000:
                    client.put(self.body(client.next))
                client.work(until=self.ending.is_set, timeout=0.02)
            client.work(until=client.done, timeout=60)
        except BaseException as fault:  # noqa: B902  (the test must learn of it)
            self.fault = fault
        finally:
            # An open socket whose monitor is no longer read keeps reconnecting, until libzmq's only
            # I/O thread blocks on the monitor's full queue, and with it every other socket.
            if self.client.state != "CLOSED":
                self.client.close(0, "the end")

    def finish(self):
        """Queues no more events and waits until all are answered."""
        self.ending.set()
        self.join(90)
        assert not self.is_alive(), f"{self.name} hangs"
        if self.fault:
            raise self.fault


def check(pg, senders):
    """Compares all events with the database: counts of acknowledged, lost, doubled, misordered, silent."""
    found = {"acknowledged": 0, "lost": 0, "doubled": 0, "misordered": 0, "silent": 0}
    for sender in senders:
        stream_no = pg.one("select stream_no from agency.stream where agency_id = %s and stream_id = %s",
                           sender.agency.id, sender.client.stream)
        rows = pg.rows("select seq, incident_no, call_type from agency.event where stream_no = %s", stream_no)
        stored = {seq: (incident, call_type) for seq, incident, call_type in rows}
        found["acknowledged"] += len(sender.ever_acked)
        found["lost"] += len(sender.ever_acked - stored.keys())
        found["silent"] += len(sender.put.keys() - sender.ever_acked - sender.client.naked.keys())
        facts = list(stored.values())
        found["doubled"] += len(facts) - len(set(facts))
        wrong = {seq for seq, (incident, call_type) in stored.items()
                 if sender.put.get(seq) != (incident, int(call_type[1:]))}
        newest = {}
        for incident, version in sender.put.values():
            newest[incident] = max(version, newest.get(incident, 0))
        for incident, call_type, stale in pg.rows(
                "select incident_no, call_type, stale from agency.incident where agency_id = %s "
                "and incident_no like %s", sender.agency.id, sender.name + "-%"):
            if stale or call_type != f"V{newest[incident]}":
                wrong.add(incident)
        for incident, own in pg.rows("select incident_no, type_own from district.incident where "
                                     "agency_id = %s and incident_no like %s",
                                     sender.agency.id, sender.name + "-%"):
            if own != f"V{newest[incident]}":
                wrong.add(incident)
        found["misordered"] += len(wrong)
    # The counts of the same transactions must agree with the rows.
    assert pg.tally("at_school + no_school") == pg.one("select count(*) from agency.event")
    assert pg.one("select count(*) from district.incident") == \
        pg.one("select count(*) from agency.incident where at_school")
    return found
