"""The machine's clock is set back: leases, heartbeats, purges and acknowledgements go on, since they use the
monotonic clock, or the database's clock, whose step only delays cleaning up."""

import itertools
import time

import pytest

import clusters
import load
from clocks import FAKETIME, Clock
from liaison import wait_until
from rounds import SLOW_ROUNDS, flowing, rounds

pytestmark = [pytest.mark.needs("liaison-intake"), pytest.mark.skipif(not FAKETIME, reason="libfaketime is not here")]
HEARTBEAT_S = 1


@pytest.fixture
def clock(closing):
    return closing(Clock())


def purged_again(pg):
    """Waits until a call of no school, whose holding window is over, has been purged."""
    pg.execute("update agency.incident set arrived_at = now() - interval '2 days' where (agency_id, incident_no) = "
               "(select agency_id, incident_no from agency.incident where incident_no = 'OLD')")
    wait_until(lambda: not pg.one("select count(*) from agency.incident where incident_no = 'OLD'"), 20, "it is purged")


def old_call(pg, agency):
    pg.execute("insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
               "version_at, version_epoch, version_seq, entered_in_error, at_school) values "
               "(%s, 'OLD', 1, 1, now(), 1, 1, now(), 1, 1, false, false)", agency.id)


def served(pg, intake, starting, **options):
    pg.district("riverside").school("LIN", *load.HERE)
    metro, shelby = pg.agency("metro"), pg.agency("shelby")
    server = intake(pg, intake={"heartbeat_ms": HEARTBEAT_S * 1000}, holding={"purge_s": 1}, **options)
    senders = starting(load.Sender(server, metro, "A"), load.Sender(server, metro, "B", mode="backfill", pace=200))
    idle = starting(load.Sender(server, shelby, "C", pace=0.001))  # one event; from then on heartbeats
    return server, metro, senders, idle


def strikes(name, pg, clock, metro, senders, idle):
    """Each round sets the clock further back and waits longer than three heartbeats: no agent must be
    taken for silent."""
    steps = itertools.cycle(range(-3600, -20 * 3600, -3600))

    def strike():
        told, heard = [len(s.client.told) for s in senders + idle], pg.one("select max(heard_at) from agency.stream")
        clock.step(next(steps))
        stepped = time.monotonic()
        while time.monotonic() < stepped + 4 * HEARTBEAT_S:
            flowing(senders, 20)
        assert [len(s.client.told) for s in senders + idle] == told, f"a session was ended: {[s.client.told for s in senders + idle]}"
        assert pg.one("select max(heard_at) from agency.stream") != heard
        old_call(pg, metro)
        purged_again(pg)
        return stepped

    flowing(idle, 1 - len(idle[0].ever_acked))
    rounds(name, pg, senders, strike, SLOW_ROUNDS)
    assert pg.one("select count(*) from agency.quarantine") == 0


def test_clock_of_intake_stepped_back_stops_nothing(pg, intake, starting, clock):
    server, metro, senders, idle = served(pg, intake, starting, start=False)
    server.env.update(clock.environ)
    server.start()
    strikes("clock of intake", pg, clock, metro, senders, idle)
    times = [line.split()[0] for line in server.lines("^2[0-9]{3}-")]
    assert times != sorted(times), "its clock was not stepped"


def test_clock_of_postgresql_stepped_back_stops_nothing(intake, starting, closing, clock):
    own = closing(clusters.Own())
    own.stop()
    own.environ.update(clock.environ)
    own.start()
    pg = own.database()
    before = pg.one("select now()")
    _, metro, senders, idle = served(pg, intake, starting)
    strikes("clock of postgresql", pg, clock, metro, senders, idle)
    assert pg.one("select now()") < before, "its clock was not stepped"
