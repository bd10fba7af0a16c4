"""What liaisonctl says where a word, an option, a file or a database is not as it must be: what is wrong, and what there is."""

import json

import pytest

import liaison
from test_ctl_admin import Ctl

pytestmark = pytest.mark.needs("liaisonctl")


@pytest.fixture
def ctl(pg):
    return Ctl(pg.conninfo("owner"))


# Who and which ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [
    ["district", "publish", "nowhere"], ["school", "forget", "nowhere", "name", "x"], ["school", "list", "nowhere"],
    ["school", "alias", "nowhere", "x.csv"]])
def test_an_unknown_district_is_answered_alike_everywhere(pg, ctl, command):
    pg.district("north")
    assert "liaisonctl: DISTRICT: there is none of this name; there is north" in ctl.fails(*command)


@pytest.mark.parametrize("command", [
    ["agency", "revoke", "nowhere"], ["agency", "rotate", "nowhere", "--key-file", "x"], ["agency", "limit", "nowhere"],
    ["code", "map", "nowhere", "type", "x.csv"], ["reconcile", "nowhere"]])
def test_an_unknown_agency_is_answered_alike_everywhere(pg, ctl, command):
    pg.agency("metro")
    assert "liaisonctl: AGENCY: there is none of this name; there is metro" in ctl.fails(*command)


def test_a_district_without_a_year_that_is_over_says_so(pg, ctl):
    pg.district("north")
    assert "DISTRICT: has no calls in a school year that is over" in ctl.fails("district", "publish", "north")


def test_a_key_that_is_not_known_is_no_agency(pg, ctl):
    metro = pg.agency("metro")
    assert "no valid key of this value" in ctl.fails("agency", "revoke", "x" * 40)
    ctl.ok("agency", "revoke", metro.public.decode())
    assert "no valid key of this value" in ctl.fails("agency", "revoke", metro.public.decode())
    assert "no valid key of this agency" in ctl.fails("agency", "revoke", "metro")


# Files and connections ----------------------------------------------------------------------------


@pytest.mark.parametrize("path, said", [("/nope", "No such file or directory"), ("/proc", "has no size")])
def test_doctor_does_not_call_a_disk_well_that_it_could_not_look_at(ctl, path, said):
    done = ctl.run("doctor", "--path", path, json_out=True)
    disk = next(c for c in json.loads(done.stdout) if c["check"] == "disk")
    assert done.returncode == 1 and not disk["ok"]
    assert disk["found"][0].startswith(path) and said in disk["found"][0]
    disk = next(c for c in json.loads(ctl.run("doctor", json_out=True).stdout) if c["check"] == "disk")
    assert not disk["found"] or "full" in disk["found"][0]
