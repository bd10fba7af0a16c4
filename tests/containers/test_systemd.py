"""systemd starts the units in a separate container: each becomes ready under its hardening, a killed service and one
whose loop hangs are restarted, and a call goes through. Limits on memory need a writable control group, so they are only
read (tests/integration/test_units.py)."""

import datetime
import json
import os

import pytest

from engine import ROOT, missing, run, wait_until

UNITS = ("liaison-intake", "liaison-notify", "liaison-dashboard", "liaison-feed@metro")

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))


class Machine:
    def __init__(self):
        self.name = f"liaisonsystemd{os.getpid()}"
        run("docker", "build", "--network", "host", "-t", "liaison-systemd:local", "-f",
            "tests/containers/systemd/Dockerfile", ".", cwd=ROOT)
        run("docker", "run", "-d", "--name", self.name, "--network", "none", "--cap-add", "SYS_ADMIN", "--security-opt",
            "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--tmpfs", "/run", "--tmpfs", "/tmp",
            "-v", "/sys/fs/cgroup:/sys/fs/cgroup:ro", "liaison-systemd:local")

    def run(self, *argv, check=True, **options):
        return run("docker", "exec", "-i", self.name, *argv, check=check, **options)

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def is_up(self, unit):
        return self.show(unit, "ActiveState") == "active"

    def pid(self, unit):
        return int(self.show(unit, "MainPID"))

    def sql(self, text):
        return self.run("runuser", "-u", "postgres", "--", "psql", "-qAtX", "-d", "liaison", "-c", text).stdout.strip()

    def close(self):
        run("docker", "rm", "-f", self.name, check=False)


@pytest.fixture(scope="module", name="machine")
def started_machine():
    if run("docker", "image", "inspect", "liaison:local", check=False).returncode != 0:
        pytest.skip("no image liaison:local: test_compose.py builds it")
    made = Machine()
    try:
        wait_until(lambda: made.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"),
                   60, "systemd runs")
        made.run("prepare.sh", timeout=300)
        made.run("systemctl", "start", *UNITS, timeout=180)
        yield made
    finally:
        print(made.run("journalctl", "--no-pager", "-n", "60", check=False).stdout)
        made.close()


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_becomes_ready_as_its_own_user(machine, unit):
    wait_until(lambda: machine.is_up(unit), 60, f"{unit} is active")
    user = machine.run("stat", "-c", "%U", f"/proc/{machine.pid(unit)}").stdout.strip()
    assert user == unit.split("@")[0] == machine.show(unit, "User")
    assert machine.show(unit, "NoNewPrivileges") == "yes"


def test_a_call_goes_from_the_agents_file_into_the_database(machine):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    line = json.dumps({"kind": "call.received", "incident": "26-1", "occurred_at": now, "call_type": "FIGHT"})
    machine.run("sh", "-c", f"echo '{line}' >>/srv/export/calls.ndjson")
    wait_until(lambda: machine.sql("select count(*) from agency.event") == "1", 60, "the event is stored")


@pytest.mark.parametrize("unit", UNITS)
def test_a_service_that_is_killed_comes_back(machine, unit):
    pid = machine.pid(unit)
    machine.run("sh", "-c", f"kill -KILL {pid}")
    wait_until(lambda: machine.is_up(unit) and machine.pid(unit) not in (0, pid), 60, f"{unit} is back")


@pytest.mark.parametrize("unit", UNITS)
def test_a_service_whose_loop_stands_still_is_started_again(machine, unit):
    pid = machine.pid(unit)
    machine.run("sh", "-c", f"kill -STOP {pid}")
    wait_until(lambda: machine.is_up(unit) and machine.pid(unit) not in (0, pid), 240, f"{unit} is back")
    assert "watchdog" in machine.run("journalctl", "--no-pager", "-u", unit).stdout.lower()
