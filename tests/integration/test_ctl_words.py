"""What liaisonctl says where a word, an option, a file or a database is not as it must be: what is wrong, and what there is."""

import json

import pytest

import liaison
from test_ctl_admin import Ctl

pytestmark = pytest.mark.needs("liaisonctl")


@pytest.fixture
def ctl(pg):
    return Ctl(pg.conninfo("owner"))


# Files and connections ----------------------------------------------------------------------------


@pytest.mark.parametrize("path, said", [("/nope", "No such file or directory"), ("/proc", "has no size")])
def test_doctor_does_not_call_a_disk_well_that_it_could_not_look_at(ctl, path, said):
    done = ctl.run("doctor", "--path", path, json_out=True)
    disk = next(c for c in json.loads(done.stdout) if c["check"] == "disk")
    assert done.returncode == 1 and not disk["ok"]
    assert disk["found"][0].startswith(path) and said in disk["found"][0]
    disk = next(c for c in json.loads(ctl.run("doctor", json_out=True).stdout) if c["check"] == "disk")
    assert not disk["found"] or "full" in disk["found"][0]
