"""The systemd units as `make install` installs them: systemd reads them without a complaint, and each limits the
resources and rights of its service. They are only read here, not started."""

import glob
import json
import os
import re
import shutil
import subprocess

import pytest

import liaison

UNITS = ("liaison-dashboard", "liaison-feed@", "liaison-intake", "liaison-notify")
EXPOSURE = 20  # tenths; systemd calls up to 2.0 "OK", and a service without any of this is at 96

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")


@pytest.fixture(name="units", scope="module")
def installed_units(tmp_path_factory):
    """A root folder for systemd-analyze with the units, the programs that they name, and their users."""
    root = tmp_path_factory.mktemp("root")
    for path in glob.glob(os.path.join(liaison.ROOT, "deploy/systemd/*.service")):
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("@PREFIX@", "/usr/local")
        liaison.write_file(str(root / os.path.basename(path)), text, 0o644)
    return root


def analyze(*argv, **options):
    return subprocess.run(["systemd-analyze", *argv], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"}, **options)


def text_of(units, name):
    with open(units / f"{name}.service", encoding="utf-8") as file:
        return file.read()


def complaints(path):
    """systemd's complaints about a unit, except for those about programs that are not installed here."""
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(path))
    return [line for line in (done.stdout + done.stderr).splitlines()
            if "liaison-" in line and "is not executable" not in line]


@pytest.mark.parametrize("name", UNITS)
def test_systemd_reads_a_unit_without_a_complaint(units, name):
    path = units / f"{name}.service"
    if name.endswith("@"):
        path = units / f"{name}metro.service"
        shutil.copy(units / f"{name}.service", path)
    assert complaints(path) == []


def test_a_setting_that_systemd_does_not_know_is_found(units, tmp_path):
    text = text_of(units, "liaison-notify").replace("WatchdogSec=", "WatchdogSeconds=")
    assert complaints(liaison.write_file(str(tmp_path / "liaison-notify.service"), text, 0o644))


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_exposes_little(units, name):
    done = analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", "--json=short", str(units / f"{name}.service"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_bounds_memory_handles_and_processes_and_has_a_watchdog(units, name):
    text = text_of(units, name)
    for setting in ("MemoryMax", "TasksMax", "LimitNOFILE", "WatchdogSec"):
        assert re.search(rf"^{setting}=[1-9][0-9]*[MG]?$", text, re.M), setting
    assert re.search(r"^Type=notify$", text, re.M) and re.search(r"^Restart=always$", text, re.M)


def test_a_unit_that_asks_for_too_much_is_found(units, tmp_path):
    """Tests the check itself: a unit without its hardening exceeds the threshold."""
    text = text_of(units, "liaison-intake")
    bare = re.sub(r"(?m)^(Protect|Private|Restrict|SystemCall|NoNew|Capability|Lock|MemoryDeny).*\n", "", text)
    path = liaison.write_file(str(tmp_path / "liaison-intake.service"), bare, 0o644)
    assert analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", path).returncode != 0
