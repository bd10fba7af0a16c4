"""Fixtures for black-box tests over the real programs. Run with

    make all OUT=build/mine && OUT=build/mine PORT_BASE=21000 /usr/bin/python3 -m pytest tests/integration

OUT is where the programs were built (build/release). PORT_BASE is the first of the 300 ports that
tests use (20700). LIAISON_PATIENCE multiplies all deadlines. A complete test:

    def test_event_at_a_school_is_stored(pg, intake, metro, peer):
        lincoln = pg.district("riverside").school("LIN", 40.0, -75.0)
        one = peer(intake(), metro)
        one.hello()
        one.event(1, event("I-1", latitude=40.0, longitude=-75.0))
        one.wait_acked(1)
        assert pg.one("select school_id from district.incident where incident_no = 'I-1'") == lincoln

| fixture | purpose |
|---|---|
| pg        | a new Database with the whole schema: rows, row, one, execute, session, dump, conninfo(role), counter, tally, agency(slug), district(slug) -> .school(...), .contact(...) |
| module_pg | the same, shared by the tests of one file |
| cluster   | the PostgreSQL Cluster of the test session: stop, start, crash |
| ports     | ports() is a free loopback port |
| metro     | the agency "metro", with a key that intake accepts |
| riverside | the district "riverside" |
| intake    | intake(**sections) starts liaison-intake on pg, ready; intake(holding={"window_h": 1}); .public .endpoint .bus |
| daemon    | daemon("liaison-notify", "--config", path) prepares any program; .start() .wait_log(regex) .terminate() .kill9() .restart() |
| config    | config("notify.ini", smtp={...}, database={...}) writes an INI file and returns its path |
| secret    | secret("smtp.password", text) writes a file of mode 0600 and returns its path |
| peer      | peer(intake, agency) is a Peer: a raw DEALER socket that sends anything |
| client    | client(intake, agency) is the well-behaved Client of lsn_client.py, with short pauses |
| proxy     | proxy(endpoint) is a TCP relay whose connections can be cut, blocked or stalled; .endpoint |
| closing   | closing(thing) calls thing.close() after the test |

Every program is stopped after its test. It must end with exit status 0 on SIGTERM (unless the test
killed it), and its log must hold no sanitizer report. Tests whose program is not built are skipped.
"""

import os
import signal
import sys

import pytest

sys.dont_write_bytecode = True
import liaison  # noqa: E402  (no bytecode is written beside the sources)
import lsn_client  # noqa: E402


def _end(*_):
    raise KeyboardInterrupt


def pytest_configure(config):
    signal.signal(signal.SIGTERM, _end)  # so that fixtures stop what they started, PostgreSQL too
    config.addinivalue_line("markers", "needs(program): skip where that program is not built")


def pytest_collection_modifyitems(items):
    for item in items:
        for mark in item.iter_markers("needs"):
            for name in mark.args:
                if not liaison.program(name):
                    item.add_marker(pytest.mark.skip(reason=f"{name} is not built"))


@pytest.fixture(scope="session")
def cluster():
    made = liaison.Cluster()
    yield made
    made.close()


def own_database(cluster):
    made = cluster.database()
    yield made
    cluster.drop(made)


pg = pytest.fixture(name="pg")(own_database)
module_pg = pytest.fixture(name="module_pg", scope="module")(own_database)


@pytest.fixture
def ports():
    return liaison.free_port


@pytest.fixture
def metro(pg):
    return pg.agency("metro")


@pytest.fixture
def riverside(pg):
    return pg.district("riverside")


@pytest.fixture
def closing():
    """closing(thing) calls thing.close() after the test, the newest first. An error in one close()
    does not keep the others from being closed."""
    things = []

    def keep(thing):
        things.append(thing)
        return thing

    yield keep
    faults = []
    for thing in reversed(things):
        try:
            thing.close()
        except AssertionError as fault:
            faults.append(str(fault))
    assert not faults, "\n".join(faults)


@pytest.fixture
def daemon(tmp_path, closing):
    def make(name, *argv, **options):
        if not (options.get("binary") or liaison.program(name)):
            pytest.skip(f"{name} is not built in {liaison.OUT}/bin")
        return closing(liaison.Daemon(tmp_path, name, *argv, **options))

    return make


@pytest.fixture
def intake(pg, tmp_path, closing):
    def make(database=None, start=True, **options):
        if not liaison.program("liaison-intake"):
            pytest.skip(f"liaison-intake is not built in {liaison.OUT}/bin")
        made = closing(liaison.Intake(tmp_path, database or pg, **options))
        return made.start() if start else made

    return make


@pytest.fixture
def peer(closing):
    def make(intake, agency=None, **options):
        return closing(liaison.Peer(intake, agency, **options))

    return make


@pytest.fixture
def client():
    made = []

    def make(intake, agency, endpoint=None, **options):
        options.setdefault("pause", 0.1)
        made.append(lsn_client.Client(endpoint or intake.endpoint, intake.public,
                                      (agency.public, agency.secret), **options))
        return made[-1]

    yield make
    for one in made:
        if one.state != "CLOSED":
            one.close(0, "test is over")


@pytest.fixture
def proxy(closing):
    return lambda endpoint: closing(liaison.Proxy(endpoint))


@pytest.fixture
def config(tmp_path):
    def write(name, **sections):
        return liaison.write_file(os.path.join(str(tmp_path), name), liaison.ini(**sections))

    return write


@pytest.fixture
def secret(tmp_path):
    def write(name, text):
        return liaison.write_file(os.path.join(str(tmp_path), name), text + "\n", 0o600)

    return write
