"""An intake that hangs for long and wakes up again. Another has its agents by then: what it left half
done must not come back, and what it held must not hold up the others. STOPPED_S (8, of a full run 60)
is how long it hangs: longer than three heartbeats, and than PostgreSQL waits for it."""

import os
import time

import pytest

import load
from link import Link
from liaison import wait_until
from rounds import SLOW_ROUNDS, flowing, rounds, served_again

pytestmark = pytest.mark.needs("liaison-intake")
HEARTBEAT_S = 1
STOPPED_S = max(float(os.environ.get("STOPPED_S", "8")), 4 * HEARTBEAT_S)


@pytest.fixture
def started(riverside, intake):
    riverside.school("LIN", *load.HERE)
    return lambda **options: intake(intake={"heartbeat_ms": HEARTBEAT_S * 1000}, **options)


def hang(server, seconds, meanwhile):
    """Stops it for so long; meanwhile() runs again and again."""
    server.stop_clock()
    try:
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
    first = started()
    second = started(key=(first.public, first.secret))
    link = closing(Link(first.port))
    senders = starting(*(load.Sender(first, metro, name, mode=mode, pace=pace, endpoint=link.endpoint)
                         for name, mode, pace in (("A", "live", 150), ("B", "backfill", 300), ("C", "replay", 300))))
    other = starting(load.Sender(second, pg.agency("shelby"), "D"))
    turn, takeovers = [first, second], []

    def strike():
        stopped = turn[0]
        turn.reverse()

        def lead():
            if link.target != turn[0].port:
                begun, link.target = time.monotonic(), turn[0].port
                link.cut()
                takeovers.append(served_again(senders, begun))
            flowing(senders + other, 20)

        return hang(stopped, STOPPED_S, lead)

    rounds("intake stopped and taken over", pg, senders + other, strike, SLOW_ROUNDS)
    assert max(takeovers) < 30
    wait_until(lambda: not pg.one("select count(*) from pg_stat_activity where usename = 'liaison_intake' "
                                  "and state like 'idle in transaction%' and state_change < now() - interval '8 s'"),
               10, "no transaction is left open")
