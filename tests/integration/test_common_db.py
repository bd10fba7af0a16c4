"""The connection to PostgreSQL, against a real server that terminates and is killed meanwhile. Runs the
unit programs test_db and test_db_outage, whose tests are named there."""

import os
import subprocess

import liaison
import pytest


@pytest.mark.parametrize("name", ["test_db", "test_db_outage"])
def test_jobs_keep_their_promises_whatever_the_server_does(pg, name):
    program = os.path.join(liaison.OUT, "unit", name)
    if not os.path.exists(program):
        pytest.skip(f"{program} is not built: make unit")
    done = subprocess.run([program], cwd=liaison.ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300 * liaison.PATIENCE, check=False,
                          env={**os.environ, "LIAISON_TEST_CONNINFO": pg.conninfo("postgres")})
    assert done.returncode == 0, done.stdout
    assert "[  PASSED  ]" in done.stdout, done.stdout
    assert not liaison.SANITIZER.search(done.stdout), done.stdout
