"""The common code lists, the real city's maps and the demonstration's tables are consistent with each other and
with the schema."""

import collections
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys

import liaison
import pytest

DEPLOY = os.path.join(liaison.ROOT, "deploy")
CITY = os.path.join(DEPLOY, "demo", "city")
CODES = os.path.join(DEPLOY, "codes")
GENERATE = os.path.join(DEPLOY, "demo", "generate.py")


def table(*path):
    with open(os.path.join(*path), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shared(*path):
    name = os.path.join(liaison.SHARED_DATA, *path)
    if not os.path.exists(name):
        pytest.skip(f"no shared data: {name}")
    return name


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    folder = tmp_path_factory.mktemp("county")
    run(sys.executable, GENERATE, "world", "--out", str(folder))
    return folder


@pytest.fixture(scope="module")
def types():
    return {row["code"] for row in table(CODES, "apco-incident-types-2019.csv")}


@pytest.fixture(scope="module")
def dispositions():
    return {row["code"] for row in table(CODES, "apco-dispositions-2018.csv")}


# Common codes -------------------------------------------------------------------------------------


def test_the_sql_of_codes_is_what_the_csv_files_make():
    run(sys.executable, os.path.join(CODES, "make_codes.py"), "--check")


def test_all_common_codes_are_in_the_schema(module_pg):
    assert module_pg.rows("select (select count(*) from code.type), (select count(*) from code.disposition), "
                          "(select count(*) from code.offense)") == [(245, 45, 85)]


def test_every_type_has_a_class_and_every_class_but_none_is_empty(module_pg):
    empty = module_pg.rows("select class from code.class c where not exists "
                           "(select 1 from code.type t where t.class = c.class)")
    assert empty == []
    assert module_pg.one("select count(*) = count(distinct rank) from code.class")
    assert module_pg.one("select count(*) from code.class where class = 'other'") == 1


def test_codes_for_immigration_status_are_withheld_and_no_others(module_pg):
    assert module_pg.rows("select code from code.type where withheld order by 1") == [("ALIEN",)]
    assert module_pg.rows("select code from code.offense where withheld order by 1") == [
        ("30A",), ("30B",), ("30C",), ("30D",), ("49C",)]


def test_what_a_principal_may_be_the_subject_of_is_sealed(module_pg):
    sealed = {row[0] for row in module_pg.rows("select code from code.type where sensitivity = 'sealed'")}
    assert {"ABUSE", "NEGLECT", "FAM", "SEXOFFNS", "MISCON", "INTERNET"} <= sealed
    assert not {"WEAPON", "FIGHT", "ACTSHOOT", "BOMB", "FALL", "PERMISS"} & sealed


# The real city ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, kind, rows", [("seattle-types.csv", "type", 151), ("montgomery-types.csv", "type", 74),
                                              ("seattle-dispositions.csv", "disposition", 109)])
def test_city_maps_name_each_code_once_and_only_common_codes(name, kind, rows, types, dispositions):
    mapped = table(CITY, name)
    own = collections.Counter(row["own"].strip().upper() for row in mapped)
    assert len(mapped) == rows
    assert [code for code, times in own.items() if times > 1] == []
    assert {row["common"] for row in mapped} - (types if kind == "type" else dispositions) == set()


def test_every_type_and_disposition_of_the_city_is_mapped():
    with gzip.open(shared("seattle-911-2015", "calls.csv.gz")) as raw:
        rows = list(csv.DictReader(io.TextIOWrapper(raw, encoding="latin-1", newline="")))
    for column, name in (("Initial.Type.Description", "seattle-types.csv"),
                         ("Event.Clearance.Description", "seattle-dispositions.csv")):
        assert {row[column] for row in rows} == {row["own"] for row in table(CITY, name)}, column


def test_every_type_of_montgomery_is_mapped():
    with open(shared("montgomery-pa-911", "911.csv"), encoding="latin-1", newline="") as file:
        assert {row[2] for row in csv.reader(file)} == {row["own"] for row in table(CITY, "montgomery-types.csv")}


def test_the_citys_schools_each_get_a_code_a_feeder_and_a_principal(tmp_path):
    shared("seattle-schools-2015")
    run(sys.executable, os.path.join(CITY, "prepare.py"), "--data", liaison.SHARED_DATA, "--out", str(tmp_path))
    features = json.loads((tmp_path / "schools.geojson").read_text(encoding="utf-8"))["features"]
    codes = {f["properties"]["code"] for f in features}
    assert len(features) == 97 and len(codes) == 97
    assert {f["properties"]["radius_m"] for f in features} == {150}
    assert sorted(row["school_code"] for row in table(tmp_path, "feeders.csv")) == sorted(codes)
    principals = [r for r in table(tmp_path, "contacts.csv") if r["role"] == "principal"]
    assert {r["schools"] for r in principals} == codes
    assert all(r["email"] == f"principal.{r['schools']}@schools.example" for r in principals)


# The county's tables ------------------------------------------------------------------------------


def test_county_has_fifty_schools_in_six_feeder_patterns(county):
    features = json.loads((county / "schools.geojson").read_text(encoding="utf-8"))["features"]
    levels = collections.Counter(f["properties"]["level"] for f in features)
    assert sum(levels.values()) == 50
    assert levels["elementary"] > levels["middle"] > levels["high"] >= 6
    assert {f["geometry"]["type"] for f in features} == {"Point", "Polygon"}
    feeders = table(county, "feeders.csv")
    assert len({row["feeder"] for row in feeders}) == 6
    assert {row["school_code"] for row in feeders} == {f["properties"]["code"] for f in features}


def test_county_addresses_of_people_can_reach_nobody(county):
    contacts = table(county, "contacts.csv")
    assert len(contacts) > 60
    for row in contacts:
        assert row["email"].endswith(".example"), row["code"]
        assert re.fullmatch(r"\+155501\d{5}", row["phone"]), row["code"]
    assert [row["code"] for row in contacts if row["sealed"] == "true"] == ["D-2"]


def test_county_rules_name_known_classes_and_each_class_alerts_somebody(county):
    classes = {row["class"] for row in table(CODES, "class-names.csv")}
    named = set()
    for rule in table(county, "rules.csv"):
        listed = set(rule["classes"].split(";"))
        assert listed <= classes, rule["name"]
        named |= listed
    assert named == classes


def test_county_maps_name_only_common_codes(county, types, dispositions):
    outcomes = {"none", "warning", "citation", "summons", "referral_for_prosecution", "diversion", "arrest",
                "juvenile_no_custody", "other"}
    known = {"types": types, "dispositions": dispositions, "outcomes": outcomes,
             "priorities": {str(n) for n in range(11)}}
    names = os.listdir(county / "maps")
    assert len(names) > 3
    for name in names:
        kind = name.removesuffix(".csv").rsplit("-", 1)[1]
        rows = table(county, "maps", name)
        assert {row["common"] for row in rows} - known[kind] == set(), name
        assert len({row["own"].upper() for row in rows}) == len(rows), name


KINDS = {"types": "type", "dispositions": "disposition", "outcomes": "outcome", "priorities": "priority"}


def import_district(database, tables, district, rules):
    """Imports all data of a district by liaisonctl."""

    def ctl(*argv):
        return run(liaison.program("liaisonctl"), "--database", database.conninfo("owner"), *argv)

    ctl("district", "add", district["slug"], "--name", district["name"], "--zone", district["zone"])
    for kind, name in (("school", tables / "schools.geojson"), ("feeder", tables / "feeders.csv"),
                       ("contact", tables / "contacts.csv"), ("rule", rules)):
        ctl(kind, "import", district["slug"], str(name))
    return ctl


@pytest.mark.needs("liaisonctl")
def test_liaisonctl_takes_the_county_whole(pg, county):
    (district,) = table(county, "district.csv")
    ctl = import_district(pg, county, district, county / "rules.csv")
    for agency in table(county, "agencies.csv"):
        pg.agency(agency["slug"], key=False)
        for name in sorted(os.listdir(county / "maps")):
            slug, kind = name.removesuffix(".csv").rsplit("-", 1)
            if slug == agency["slug"]:
                ctl("code", "map", slug, KINDS[kind], str(county / "maps" / name))
    assert pg.rows("select (select count(*) from district.school), (select count(*) from district.feeder), "
                   "(select count(*) from people.contact), (select count(*) from notify.rule)") == [
        (50, 6, len(table(county, "contacts.csv")), len(table(county, "rules.csv")))]
    assert pg.one("select count(*) from code.map_version where current") == 14


@pytest.mark.needs("liaisonctl")
def test_liaisonctl_takes_the_city_whole(pg, tmp_path):
    shared("seattle-schools-2015")
    run(sys.executable, os.path.join(CITY, "prepare.py"), "--data", liaison.SHARED_DATA, "--out", str(tmp_path))
    (district,) = table(CITY, "district.csv")
    ctl = import_district(pg, tmp_path, district, os.path.join(CITY, "rules.csv"))
    for agency in table(CITY, "agencies.csv"):
        pg.agency(agency["slug"], key=False)
    ctl("code", "map", "seattle", "type", os.path.join(CITY, "seattle-types.csv"))
    ctl("code", "map", "seattle", "disposition", os.path.join(CITY, "seattle-dispositions.csv"))
    ctl("code", "map", "montgomery", "type", os.path.join(CITY, "montgomery-types.csv"))
    assert pg.rows("select (select count(*) from district.school), (select count(*) from district.feeder), "
                   "(select count(*) from people.contact), (select count(*) from code.map)") == [
        (97, 9, 99, 151 + 109 + 74)]
