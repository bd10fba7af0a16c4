"""When liaisonctl ends, its statement ends too: nothing runs on at the server."""

import signal
import subprocess

import pytest

import liaison
from liaison import wait_until

pytestmark = pytest.mark.needs("liaisonctl")
OURS = "select count(*) from pg_stat_activity where application_name = 'liaisonctl'"


@pytest.fixture
def waiting(pg, metro):
    """A command whose statement waits for a lock that the test holds."""
    session = pg.session()
    session.cursor().execute("lock table agency.agency in access exclusive mode")
    command = subprocess.Popen([liaison.program("liaisonctl"), "--database", pg.conninfo("owner"), "agency", "list"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: pg.one(OURS + " and wait_event_type = 'Lock'") == 1, what="it waits")
    yield command
    command.kill()
    command.communicate()
    session.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_statement_is_cancelled_when_a_person_ends_the_command(pg, waiting, number):
    waiting.send_signal(number)
    wait_until(lambda: waiting.poll() is not None, what="the command ends")
    assert waiting.returncode == 1 and "57014" in waiting.stderr.read()
    wait_until(lambda: pg.one(OURS) == 0, what="its statement too")


def test_server_ends_the_statement_of_a_command_that_was_killed(pg, waiting):
    waiting.kill()
    wait_until(lambda: pg.one(OURS) == 0, what="its statement ends")
