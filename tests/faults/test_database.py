"""PostgreSQL is slow, refuses, or is replaced by another server: acknowledged events are stored once, intake
logs what is wrong, keeps its sessions while it can, and recovers by itself."""

import os
import threading
import time

import psycopg2
import pytest

import clusters
import disk
import liaison
import load
from liaison import wait_until
from rounds import SLOW_ROUNDS, flowing, rounds

pytestmark = pytest.mark.needs("liaison-intake")
HEARTBEAT_S = 1
NONE_LEFT = "event=db_down .*(too many clients|remaining connection slots)"


@pytest.fixture
def own(closing):
    """A cluster of this test alone, which it may break."""
    return closing(clusters.Own())


def agents(pg, intake, starting, metro, riverside):
    """A live and a backfill agent, and one of another agency. The last sends so little that its credit
    lasts while the database is away, so it has no reason to check the connection."""
    riverside.school("LIN", *load.HERE)
    server = intake(pg, intake={"heartbeat_ms": HEARTBEAT_S * 1000})
    return server, starting(load.Sender(server, metro, "A"), load.Sender(server, metro, "B", mode="backfill", pace=300),
                            load.Sender(server, pg.agency("shelby"), "C", pace=30))


@pytest.fixture
def served(pg, intake, starting, metro, riverside):
    return agents(pg, intake, starting, metro, riverside)


def still_connected(senders):
    """The present sessions, to be compared later."""
    return [(sender.client.socket, len(sender.client.told)) for sender in senders]


def test_table_locked_by_another_session_holds_up_all_and_ends_no_session(pg, served):
    server, senders = served

    def strike():
        before, session = still_connected(senders), pg.session()
        said = len(server.lines("event=db_slow"))
        try:
            session.cursor().execute("lock table agency.event in access exclusive mode")
            locked_at = time.monotonic()
            wait_until(lambda: time.monotonic() > locked_at + 4 * HEARTBEAT_S, 30, "the lock lasts")
            wait_until(lambda: len(server.lines("event=db_slow")) > said, 30, "intake says that it waits")
            assert still_connected(senders) == before, "a session was ended"
        finally:
            session.close()
        return time.monotonic()

    rounds("postgresql locked", pg, senders, strike, SLOW_ROUNDS)


def test_trigger_that_sleeps_delays_and_ends_no_session(pg, served):
    server, senders = served
    pg.execute("create function agency.dawdle() returns trigger language plpgsql as "
               "'begin perform pg_sleep(3); return null; end'")

    def strike():
        before, said = still_connected(senders), len(server.lines("event=db_slow"))
        pg.execute("create trigger dawdle before insert on agency.event for each statement "
                   "execute function agency.dawdle()")
        wait_until(lambda: len(server.lines("event=db_slow")) > said, 30, "intake says that it waits")
        flowing(senders, 1)  # slow, but not stopped
        pg.execute("drop trigger dawdle on agency.event")
        assert still_connected(senders) == before, "a session was ended"
        return time.monotonic()

    rounds("postgresql sleeps", pg, senders, strike, SLOW_ROUNDS)


def test_read_only_database_is_said_and_waited_for(cluster, pg, served):
    server, senders = served

    def read_only(setting):
        cluster.execute(f"alter system set default_transaction_read_only = {setting}")
        cluster.execute("select pg_reload_conf()")

    def strike():
        read_only("on")
        try:
            refusals = len(server.lines("sqlstate=25006"))
            wait_until(lambda: len(server.lines("sqlstate=25006")) > refusals + 3, 30, "intake says that it may not write")
        finally:
            read_only("off")
        return time.monotonic()

    rounds("postgresql read-only", pg, senders, strike, SLOW_ROUNDS)
    assert server.lines("event=takeover_refused .*sqlstate=25006")
    assert pg.one("select count(*) from agency.quarantine") == 0


def test_no_room_for_tables_is_said_and_waited_for(own, intake, starting, closing):
    small = closing(disk.Small(own, 64))
    pg = own.database()
    own.execute(f"create tablespace small location '{small.path}'")
    own.execute(f"alter database {pg.name} set tablespace small")
    server, senders = agents(pg, intake, starting, pg.agency("metro"), pg.district("riverside"))

    def strike():
        refusals = len(server.lines("event=commit_refused .*sqlstate=53100"))
        small.fill()
        wait_until(lambda: len(server.lines("event=commit_refused .*sqlstate=53100")) > refusals, 60, "the disk is full")
        small.clear()
        return time.monotonic()

    rounds("disk full", pg, senders, strike, SLOW_ROUNDS)
    assert pg.one("select count(*) from agency.quarantine") == 0


def writes_on(cluster):
    """Switches to the next WAL file."""
    try:
        cluster.execute("select pg_logical_emit_message(true, 'test', 'on')")
        cluster.execute("select pg_switch_wal()")
        return True
    except psycopg2.Error:
        return False


def test_no_room_for_the_log_stops_the_server_and_loses_nothing(own, intake, starting, closing):
    small = closing(disk.Small(own, 100))
    pg = own.database()
    own.stop()
    own._run("/bin/mv", own.dir + "/data/pg_wal", small.path + "/pg_wal")
    os.symlink(small.path + "/pg_wal", own.dir + "/data/pg_wal")
    own.configure(max_wal_size="48MB", min_wal_size="32MB", wal_recycle="off")
    own.start()
    server, senders = agents(pg, intake, starting, pg.agency("metro"), pg.district("riverside"))

    def strike():
        small.fill()
        wait_until(lambda: not writes_on(own), 60, "PostgreSQL gives up", every=0.1)
        wait_until(lambda: server.lines("event=db_down"), 30, "intake says so")
        small.clear()
        own.crash()
        own.start()
        return time.monotonic()

    rounds("log disk full", pg, senders, strike, 1)


def test_no_connection_left_is_said_and_waited_for(pg, served):
    server, senders = served

    def strike():
        held, full, ended = [], threading.Event(), threading.Event()
        refusals = len(server.lines(NONE_LEFT))

        def hoard():
            while not ended.is_set():
                try:
                    held.append(pg.session("notify"))
                except psycopg2.OperationalError:
                    full.set()
                    ended.wait(0.001)

        thread = threading.Thread(target=hoard)
        thread.start()
        try:
            wait_until(full.is_set, 30, "all connections are taken")
            pg.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'liaison_intake'")
            wait_until(lambda: len(server.lines(NONE_LEFT)) > refusals, 30, "intake finds no connection")
        finally:
            ended.set()
            thread.join()
            for session in held:
                session.close()
        return time.monotonic()

    rounds("postgresql without connections", pg, senders, strike, SLOW_ROUNDS)


def timeline(pg):
    return pg.one("select timeline_id from pg_control_checkpoint()")


def test_recovery_that_ends_on_another_timeline_loses_and_doubles_nothing(cluster, pg, served):
    _, senders = served
    before = timeline(pg)
    cluster.execute("alter system set restore_command = '/bin/false'")  # there is no archive

    def strike():
        cluster.crash()
        clusters.own(liaison.write_file(cluster.dir + "/data/recovery.signal", ""))
        cluster.start()

    rounds("postgresql on another timeline", pg, senders, strike, SLOW_ROUNDS)
    pg.execute("checkpoint")
    assert timeline(pg) == before + SLOW_ROUNDS


class Either(liaison.Database):
    """A database on two servers, one of which accepts writes."""

    def __init__(self, cluster, name, second):
        super().__init__(cluster, name)
        self.second = second

    def conninfo(self, role="intake"):
        return (f"host={self.cluster.dir},{self.second.dir} port={self.cluster.port},{self.second.port} "
                f"dbname={self.name} user=liaison_{role} target_session_attrs=read-write")


def test_standby_that_takes_over_has_all_that_was_acknowledged(own, intake, starting, closing):
    """There is a synchronous standby, second in the connection string; the first server is killed."""
    pg = own.database()
    standby = closing(clusters.Standby(own))
    own.configure(synchronous_standby_names="*")
    own.execute("select pg_reload_conf()")
    wait_until(lambda: own.one("select count(*) from pg_stat_replication where sync_state = 'sync'"), 30, "it follows")
    pg.district("riverside").school("LIN", *load.HERE)
    server = intake(Either(own, pg.name, standby), intake={"heartbeat_ms": HEARTBEAT_S * 1000})
    senders = starting(load.Sender(server, pg.agency("metro"), "A"),
                       load.Sender(server, pg.agency("shelby"), "B", mode="backfill", pace=300))
    after = liaison.Database(standby, pg.name)

    def strike():
        own.crash()
        standby.promote()

    rounds("postgresql fails over", after, senders, strike, 1)
    after.execute("checkpoint")
    assert timeline(after) == 2
