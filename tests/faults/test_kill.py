"""kill -9 of each process in turn under load: no acknowledged event is lost, none is stored twice, no state
goes back. There are ROUNDS (6) kills of each; the figures go to build/faults/results.json."""

import time

import pytest

from rounds import rounds

pytestmark = pytest.mark.needs("liaison-intake")


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
    """Intake is stopped by SIGSTOP, so that agents find it silent or slow, and then killed."""
    server = senders[0].server

    def strike():
        server.stop_clock()
        time.sleep(0.2)  # it hangs
        server.kill9()
        server.start(ready=False)

    rounds("intake hangs", pg, senders, strike)


def test_second_intake_takes_over_where_the_first_was_killed(pg, senders, intake, metro):
    """Two intakes on one address in turn: unfinished work of the old one must not be stored later."""
    first = senders[0].server
    turn = [first, intake(port=first.port, key=(first.public, first.secret), start=False)]

    def strike():
        turn[0].kill9()
        turn.reverse()
        turn[0].start(ready=False)

    rounds("intake fails over", pg, senders, strike)


def test_connections_cut_at_random_lose_and_double_nothing(pg, senders, intake):
    """All of intake's connections to PostgreSQL are terminated at once, as by a network failure."""
    def strike():
        cut = pg.one("select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity "
                     "where usename = 'liaison_intake'")
        assert cut > 0, "there was no connection"

    rounds("database connections", pg, senders, strike)
