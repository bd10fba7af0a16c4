"""An intake that hangs for long and then resumes. Another intake has its agents by then: transactions that
it had begun must not be committed, and locks that it held must not block the others. STOPPED_S (8; 60 in a
full run) is how long it hangs: longer than three heartbeats, and than PostgreSQL waits for it."""

import os
import socket
import struct
import time

import pytest

import liaison
import load
from liaison import wait_until
from link import Link
from rounds import SLOW_ROUNDS, Report, end, flowing, rounds, served_again

pytestmark = pytest.mark.needs("liaison-intake")
HEARTBEAT_S = 1
STOPPED_S = max(float(os.environ.get("STOPPED_S", "8")), 4 * HEARTBEAT_S)


@pytest.fixture
def started(riverside, intake):
    riverside.school("LIN", *load.HERE)
    return lambda **options: intake(intake={"heartbeat_ms": HEARTBEAT_S * 1000}, **options)


class Named(liaison.Database):
    """A database whose sessions have an application name."""

    def __init__(self, database, application):
        super().__init__(database.cluster, database.name)
        self.application = application

    def conninfo(self, role="intake"):
        return f"{super().conninfo(role)} application_name={self.application}"


class HalfFlight:
    """The connection to PostgreSQL of an intake that was stopped while writing: the first part of a
    transaction was sent, the rest never is. libpq cannot be used, as it would send all of it."""

    def __init__(self, pg, *statements):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(10)
        self.socket.connect(f"{pg.cluster.dir}/.s.PGSQL.{pg.cluster.port}")
        self.send(b"", struct.pack("!i", 196608) + b"user\0liaison_intake\0database\0" + pg.name.encode() + b"\0\0")
        self.read_until(b"Z")  # ready
        for statement in statements:
            self.send(b"P", b"\0" + statement.encode() + b"\0\0\0")
            self.send(b"B", bytes(8))
            self.send(b"E", bytes(5))
        self.send(b"H", b"")  # flush; no sync
        for _ in statements:
            self.read_until(b"C")  # done

    def send(self, kind, body):
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def read_until(self, wanted):
        kind = b""
        while kind != wanted:
            kind, size = self.read(1), struct.unpack("!i", self.read(4))[0]
            body = self.read(size - 4)
            assert kind != b"E", body

    def read(self, size):
        got = self.socket.recv(size, socket.MSG_WAITALL) if size else b""
        assert len(got) == size, "PostgreSQL ended the session"
        return got

    def close(self):
        self.socket.close()


def stop_with_rows_locked(pg, server, application):
    """Stops intake within a transaction that locks its agents' streams: the one that records which agents are alive,
    and sends its commit after the answer. A lock of the test delays that answer until intake is stopped."""
    def in_transaction(condition):
        return pg.one("select count(*) from pg_stat_activity a join pg_locks l using (pid) where application_name = %s "
                      f"and xact_start is not null and {condition} and mode = 'RowExclusiveLock' "
                      "and relation = 'agency.stream'::regclass", application)

    def stopped():
        ours = pg.session()
        try:
            with ours.cursor() as cursor:
                cursor.execute("lock table agency.stream in share mode")
                wait_until(lambda: in_transaction("a.wait_event_type = 'Lock' and starts_with(a.query, 'with free as')"),
                           30, "it waits for our lock", every=0.01)
                server.stop_clock()
        finally:
            ours.close()
        for _ in range(250):
            if in_transaction("a.wait_event = 'ClientRead'"):
                return True
            time.sleep(0.02)
        server.resume()
        return False

    wait_until(stopped, 60, "it is stopped within a transaction", every=0.02)


def hang(server, seconds, meanwhile, stop=liaison.Daemon.stop_clock):
    """Stops the server for this long; calls meanwhile() again and again."""
    try:
        stop(server)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            meanwhile()
    finally:
        server.resume()
    return time.monotonic()


def test_intake_that_hangs_and_wakes_loses_and_doubles_nothing(pg, started, metro, starting):
    """No other intake takes over: the agents hear nothing, reconnect, and are served when it resumes."""
    server = started()
    senders = starting(load.Sender(server, metro, "A"), load.Sender(server, metro, "B", mode="backfill", pace=300))

    def silent():
        acked = [len(sender.ever_acked) for sender in senders]
        time.sleep(0.5)  # it hangs
        return acked

    rounds("intake stopped", pg, senders, lambda: hang(server, STOPPED_S, silent), SLOW_ROUNDS)
    assert all("intake is silent" in sender.client.told for sender in senders)
    assert server.lines("event=session_silent|event=cut_session|event=peer_gone")


def test_second_intake_takes_over_while_the_first_hangs(pg, started, metro, starting, closing):
    """The agents are redirected to the second intake, which serves them while the first hangs with open
    transactions. When the first resumes, the fence keeps it from storing what it had read before."""
    first = started(database=Named(pg, "first"))
    second = started(database=Named(pg, "second"), key=(first.public, first.secret))
    link = closing(Link(first.port))
    senders = starting(*(load.Sender(first, metro, name, mode=mode, pace=pace, endpoint=link.endpoint)
                         for name, mode, pace in (("A", "live", 150), ("B", "backfill", 300), ("C", "replay", 300))))
    other = starting(load.Sender(second, pg.agency("shelby"), "D"))
    turn, takeovers = [(first, "first"), (second, "second")], []

    def strike():
        stopped, application = turn[0]
        turn.reverse()
        port = turn[0][0].port

        def lead():
            if link.target != port:
                begun, link.target = time.monotonic(), port
                link.cut()
                takeovers.append(served_again(senders, begun))
            flowing(senders + other, 20)

        return hang(stopped, STOPPED_S, lead, lambda server: stop_with_rows_locked(pg, server, application))

    rounds("intake stopped and taken over", pg, senders + other, strike, SLOW_ROUNDS)
    assert max(takeovers) < 30
    wait_until(lambda: not pg.one("select count(*) from pg_stat_activity where usename = 'liaison_intake' "
                                  "and xact_start is not null and wait_event = 'ClientRead' "
                                  "and greatest(query_start, state_change) < now() - interval '8 s'"),
               10, "no transaction is left open")


def test_half_a_flight_of_an_intake_that_hangs_holds_up_nobody(pg, started, metro, starting, closing):
    """PostgreSQL regards such a session as active, so none of its own time-outs ends it."""
    server = started()
    sender, = starting(load.Sender(server, metro, "A"))
    flowing([sender], 20)
    half = closing(HalfFlight(pg, "begin", "update agency.stream set agent = agent"))
    assert pg.one("select state from pg_stat_activity a join pg_locks l using (pid) where wait_event = 'ClientRead' "
                  "and mode = 'RowExclusiveLock' and relation = 'agency.stream'::regclass") == "active"
    report = Report("half a flight of an intake that hangs", 1)
    report.round(flowing([sender], 30))
    server.wait_log("event=made_way ended=1")
    with pytest.raises((AssertionError, OSError)):
        half.read_until(b"Z")
    end(report, pg, [sender])
