"""An intake that hangs for long and wakes up again. Another has its agents by then: what it left half
done must not come back, and what it held must not hold up the others. STOPPED_S (8, of a full run 60)
is how long it hangs: longer than three heartbeats, and than PostgreSQL waits for it."""

import os
import time

import pytest

import liaison
import load
from liaison import wait_until
from link import Link
from rounds import SLOW_ROUNDS, flowing, rounds, served_again

pytestmark = pytest.mark.needs("liaison-intake")
HEARTBEAT_S = 1
STOPPED_S = max(float(os.environ.get("STOPPED_S", "8")), 4 * HEARTBEAT_S)


@pytest.fixture
def started(riverside, intake):
    riverside.school("LIN", *load.HERE)
    return lambda **options: intake(intake={"heartbeat_ms": HEARTBEAT_S * 1000}, **options)


class Named(liaison.Database):
    """A database whose sessions say whose they are."""

    def __init__(self, database, application):
        super().__init__(database.cluster, database.name)
        self.application = application

    def conninfo(self, role="intake"):
        return f"{super().conninfo(role)} application_name={self.application}"


def stop_with_rows_locked(pg, server, application):
    """Stops it between two statements of a transaction that has its agents' streams."""
    def stopped():
        server.stop_clock()
        time.sleep(0.1)  # what it had sent is done by then
        if pg.one("select count(*) from pg_stat_activity a join pg_locks l using (pid) where application_name = %s "
                  "and xact_start is not null and a.wait_event = 'ClientRead' and mode = 'RowExclusiveLock' "
                  "and relation = 'agency.stream'::regclass", application):
            return True
        server.resume()
        return False

    wait_until(stopped, 60, "it is stopped within a transaction", every=0.02)


def hang(server, seconds, meanwhile, stop=liaison.Daemon.stop_clock):
    """Stops it for so long; meanwhile() runs again and again."""
    try:
        stop(server)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            meanwhile()
    finally:
        server.resume()
    return time.monotonic()


def test_intake_that_hangs_and_wakes_loses_and_doubles_nothing(pg, started, metro, starting):
    """Nobody takes over: its agents hear nothing, begin anew, and are served when it wakes."""
    server = started()
    senders = starting(load.Sender(server, metro, "A"), load.Sender(server, metro, "B", mode="backfill", pace=300))

    def silent():
        acked = [len(sender.ever_acked) for sender in senders]
        time.sleep(0.5)  # the fault itself
        return acked

    rounds("intake stopped", pg, senders, lambda: hang(server, STOPPED_S, silent), SLOW_ROUNDS)
    assert all("intake is silent" in sender.client.told for sender in senders)
    assert server.lines("event=session_silent|event=cut_session|event=peer_gone")


def test_second_intake_takes_over_while_the_first_hangs(pg, started, metro, starting, closing):
    """The agents are led to the second; it serves them while the first still hangs with transactions
    open. When the first wakes, the fence keeps what it had read and not yet stored from coming late."""
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
                                  "and state like 'idle in transaction%' and state_change < now() - interval '8 s'"),
               10, "no transaction is left open")
