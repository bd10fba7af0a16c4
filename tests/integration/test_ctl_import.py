"""liaisonctl imports: schools, feeders, contacts, rules, code maps; errors name line and field."""

import json
import os

import pytest

import liaison
from ctl_support import Ctl

pytestmark = pytest.mark.needs("liaisonctl")

CITY_SCHOOLS = os.path.join(liaison.SHARED_DATA, "seattle-schools-2015")


@pytest.fixture
def ctl(pg):
    made = Ctl(pg.conninfo("owner"))
    made.ok("district", "add", "north", "--name", "North Schools", "--zone", "America/New_York")
    return made


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return str(path)

    return make


SCHOOLS = ("code,name,level,latitude,longitude,radius_m,feeder\n"
           "LIN,Lincoln,high,40.5,-75.5,200,East;West\n"
           "OAK,Oak Hill,elementary,40.6,-75.6,,East\n")


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def square(south, west, side=0.1):
    north, east = south + side, west + side
    return {"type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def counts(ctl, *argv):
    answer = ctl.ok(*argv, json_out=True)
    return answer["added"], answer["changed"], answer["same"]


def test_schools_are_known_by_their_code_and_a_second_import_changes_nothing(pg, ctl, write):
    path = write("s.csv", SCHOOLS)
    assert counts(ctl, "school", "import", "north", path, "--radius", "120") == (2, 0, 0)
    ids = pg.rows("select school_id from district.school order by code")
    assert counts(ctl, "school", "import", "north", path, "--radius", "120") == (0, 0, 2)
    assert pg.rows("select school_id from district.school order by code") == ids
    assert pg.rows("select code, level, radius_m from district.school order by 1") == [
        ("LIN", "high", 200), ("OAK", "elementary", 120)]
    feeders = {s["code"]: s["feeder"] for s in ctl.ok("school", "list", "north", json_out=True)}
    assert feeders == {"LIN": "East;West", "OAK": "East"}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_name_and_a_feeder_pattern_end_with_the_day_of_the_district(pg, ctl, write, zone):
    """On one of the two, the day is another one than the server's."""
    path = write("s.csv", SCHOOLS)
    ctl.ok("school", "import", "north", path)
    pg.execute("update district.district set zone = %s", zone)
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS.replace("East;West", "East").replace("Lincoln", "Lincoln New")))
    today = "(now() at time zone %s)::date"
    assert pg.rows(f"select distinct to_day = {today} - 1 from district.school_feeder where to_day < 'infinity'", zone) == [(True,)]
    assert pg.rows(f"select to_day = {today} - 1 from district.school_name", zone) == [(True,)]


def test_a_renamed_school_keeps_its_former_name_with_its_dates(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    renamed = write("t.csv", SCHOOLS.replace("Oak Hill", "Rosa Parks"))
    assert counts(ctl, "school", "import", "north", renamed, "--renamed-on", "2026-08-01") == (0, 1, 1)
    assert pg.rows("select name, from_day::text, to_day::text from district.school_name") == [
        ("Oak Hill", "-infinity", "2026-07-31")]
    assert pg.one("select name from district.school where code = 'OAK'") == "Rosa Parks"


@pytest.mark.parametrize("row, line, field", [
    ("X,Name,high,95,-75,,", 4, "latitude"),
    ("X,Name,high,1e308,-75,,", 4, "latitude"),
    ("X,Name,high,40,,,", 4, "longitude"),
    (",Name,high,40,-75,,", 4, "code"),
    ("X,,high,40,-75,,", 4, "name"),
    ("X,\u2605\u2605,high,40,-75,,", 4, "name"),
    ("X,Name,college,40,-75,,", 4, "level"),
    ("X,Name,high,40,-75,1,", 4, "radius_m"),
])
def test_one_bad_row_is_named_and_nothing_is_imported(pg, ctl, write, row, line, field):
    error = ctl.fails("school", "import", "north", write("s.csv", SCHOOLS + row + "\n"))
    assert f"line {line}: {field}: " in error
    assert pg.one("select count(*) from district.school") == 0


def test_all_bad_rows_are_named_at_once(ctl, write):
    bad = "code,name,latitude,longitude\nA,A,95,0\nB,B,0,0\nC,C,0,200\n"
    done = ctl.run("school", "import", "north", write("s.csv", bad), json_out=True)
    faults = [json.loads(line)["error"] for line in done.stderr.splitlines()]
    assert [(f.get("line"), f["field"]) for f in faults[:2]] == [(2, "latitude"), (4, "longitude")]
    assert "2 of 3 rows" in faults[2]["reason"]


def test_a_polygon_is_the_campus_and_its_middle_the_point(pg, ctl, write):
    path = write("s.geojson", collection(feature(square(40.0, -75.0), code="A", name="Alder", level="high"),
                                         feature({"type": "Point", "coordinates": [-75.2, 40.2]}, name="Birch K-8",
                                                 level="ELEM")))
    assert counts(ctl, "school", "import", "north", path) == (2, 0, 0)
    alder, birch = pg.rows("select latitude, longitude, campus is not null, level, code from district.school order by name")
    assert alder[:2] == (pytest.approx(40.05), pytest.approx(-74.95))
    assert alder[2:4] == (True, "high")
    assert birch[2:] == (False, "k8", "birch-k-8")


def test_attendance_areas_decide_feeders(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS.replace(",East;West", ",").replace(",East", ",")))
    areas = write("a.geojson", collection(feature(square(40.45, -75.55), ZONE="South"),
                                          feature(square(40.55, -75.65), ZONE="Hill")))
    ctl.ok("feeder", "import", "north", areas, "--name-property", "ZONE")
    feeders = {s["code"]: s["feeder"] for s in ctl.ok("school", "list", "north", json_out=True)}
    assert feeders == {"LIN": "South", "OAK": "Hill"}
    moved = write("b.geojson", collection(feature(square(41, -75), ZONE="South"), feature(square(40.4, -75.7, 0.3), ZONE="Hill")))
    ctl.ok("feeder", "import", "north", moved, "--name-property", "ZONE")
    feeders = {s["code"]: s["feeder"] for s in ctl.ok("school", "list", "north", json_out=True)}
    assert feeders == {"LIN": "Hill", "OAK": "Hill"}


def test_aliases_belong_to_a_school(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    path = write("a.csv", "school,kind,alias\nLIN,address,100  main st\nOAK,name,Oak Hill Elem\n")
    assert counts(ctl, "school", "alias", "north", path) == (2, 0, 0)
    assert counts(ctl, "school", "alias", "north", path) == (0, 0, 2)
    assert pg.one("select alias from district.school_alias where kind = 'address'") == "100 MAIN ST"
    assert "line 2: school: " in ctl.fails("school", "alias", "north", write("b.csv", "school,kind,alias\nNO,name,x\n"))


def test_words_are_listed_and_can_be_forgotten(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    assert "(none)" in ctl.ok("school", "aliases", "north")
    ctl.ok("school", "alias", "north", write("a.csv", "school,kind,alias\nLIN,address,100 main st\nOAK,name,Oak Hill Elem\n"))
    pg.execute("insert into district.not_school (district_id, kind, alias, decided_by) "
               "select district_id, 'address', '9 Elm Ct', 'Dana Reyes' from district.district where slug = 'north'")

    def known():
        return [(w["kind"], w["alias"], w["school"], w["decided_by"])
                for w in ctl.ok("school", "aliases", "north", json_out=True)]

    assert known() == [("address", "100 MAIN ST", "LIN", "import"), ("address", "9 Elm Ct", None, "Dana Reyes"),
                       ("name", "OAK HILL ELEM", "OAK", "import")]
    revision = pg.one("select rev from liaison.revision where name = 'schools'")
    ctl.ok("school", "forget", "north", "address", "100  main st")
    ctl.ok("school", "forget", "north", "address", "9 Elm Ct")
    assert [w[1] for w in known()] == ["OAK HILL ELEM"]
    assert pg.one("select rev from liaison.revision where name = 'schools'") > revision, "intake reads them again"
    assert pg.rows("select detail from liaison.audit where action = 'school.forget' order by at") == \
        [({"kind": "address", "school": "LIN"},), ({"kind": "address", "school": ""},)], "the words may be a home"


def test_only_words_that_are_known_can_be_forgotten(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    assert "ALIAS: is not known here" in ctl.fails("school", "forget", "north", "name", "OAK")
    assert "KIND: must be address or name" in ctl.fails("school", "forget", "north", "street", "OAK")
    assert "DISTRICT: there is none of this name; there is north" in ctl.fails("school", "forget", "nowhere", "name", "OAK")
    assert pg.one("select count(*) from liaison.audit where action = 'school.forget'") == 0


CONTACTS = ("code,name,role,email,phone,step,sealed,schools\n"
            "P1,Pat Example,principal,pat@north.example,+15550101234,1,no,LIN\n"
            "D1,Dee Example,safety director,dee@north.example,,2,yes,\n")


def test_contacts_are_imported_again_by_code(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    assert counts(ctl, "contact", "import", "north", write("c.csv", CONTACTS)) == (2, 0, 0)
    assert counts(ctl, "contact", "import", "north", write("d.csv", CONTACTS.replace("pat@", "pat2@"))) == (0, 1, 1)
    listed = {c["code"]: c for c in ctl.ok("contact", "list", "north", json_out=True)}
    assert (listed["P1"]["email"], listed["P1"]["schools"], listed["P1"]["sealed"]) == ("pat2@north.example", "LIN", False)
    assert (listed["D1"]["schools"], listed["D1"]["sealed"], listed["D1"]["step"]) == ("all", True, 2)


def test_contact_files_of_earlier_versions_name_the_step_wave(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    assert counts(ctl, "contact", "import", "north", write("c.csv", CONTACTS.replace("step", "wave"))) == (2, 0, 0)
    assert [c["step"] for c in ctl.ok("contact", "list", "north", json_out=True)] == [2, 1]
    bad = CONTACTS.replace("step", "wave") + "X,N,r,,,0,no,\n"
    assert "line 4: wave: " in ctl.fails("contact", "import", "north", write("d.csv", bad))


@pytest.mark.parametrize("row, field", [
    ("X,N,r,a@b..c,,1,no,", "email"), ("X,N,r,a@b.c.,,1,no,", "email"), ("X,N,r,a@.b,,1,no,", "email"),
    ("X,N,r,.a@b.c,,1,no,", "email"), ("X,N,r,a.@b.c,,1,no,", "email"), ("X,N,r,a..b@c.d,,1,no,", "email"),
    ("X,N,r,@b.c,,1,no,", "email"), ("X,N,r,a@,,1,no,", "email"), ("X,N,r,a@-b.c,,1,no,", "email"),
    ("X,N,r,a@b-.c,,1,no,", "email"), ("X,N,r,a@b.c-,,1,no,", "email"), (f"X,N,r,{'a' * 65}@b.c,,1,no,", "email"),
    (f"X,N,r,a@{'b' * 64}.c,,1,no,", "email"),
    ("X,N,r,nobody,,1,no,", "email"), ("X,N,r,a@b@c,,1,no,", "email"), ("X,N,r,\"a@b,c@d\",,1,no,", "email"),
    ("X,N,r,,5550101,1,no,", "phone"), ("X,N,r,,+1555x,1,no,", "phone"), ("X,N,r,,,0,no,", "step"),
    ("X,N,r,,,1,maybe,", "sealed"), ("X,N,r,,,1,no,LIN;NONE", "schools"),
])
def test_a_contact_that_could_not_be_reached_is_refused(pg, ctl, write, row, field):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    assert f"line 4: {field}: " in ctl.fails("contact", "import", "north", write("c.csv", CONTACTS + row + "\n"))
    assert pg.one("select count(*) from people.contact") == 0


def test_rules_come_as_json_too_and_are_known_by_name(pg, ctl, write):
    ctl.ok("school", "import", "north", write("s.csv", SCHOOLS))
    rules = [{"name": "Serious", "classes": ["weapon", "violence"], "min_priority": 7, "hours": "any"},
             {"name": "High", "schools": ["LIN"], "channels": ["email"], "hours": "school", "escalate_s": 60}]
    assert counts(ctl, "rule", "import", "north", write("r.json", rules)) == (2, 0, 0)
    assert counts(ctl, "rule", "import", "north", write("r.json", rules)) == (0, 0, 2)
    lin = pg.one("select school_id from district.school where code = 'LIN'")
    assert pg.rows("select classes, schools, channels, min_priority from notify.rule order by rule_id") == [
        (["weapon", "violence"], None, ["email", "sms"], 7), (None, [lin], ["email"], 0)]
    rules[0]["min_priority"] = 3
    assert counts(ctl, "rule", "import", "north", write("r.json", rules)) == (0, 1, 1)


@pytest.mark.parametrize("rule, field", [
    ({"name": "x", "classes": ["nonsense"]}, "classes"), ({"name": "x", "schools": ["NO"]}, "schools"),
    ({"name": "x", "channels": ["pigeon"]}, "channels"), ({"name": "x", "hours": "night"}, "hours"),
    ({"name": "x", "min_priority": 11}, "min_priority"), ({"classes": []}, "name"),
])
def test_a_bad_rule_is_refused(pg, ctl, write, rule, field):
    assert field in ctl.fails("rule", "import", "north", write("r.json", [rule]))
    assert pg.one("select count(*) from notify.rule") == 0


def test_a_new_map_supersedes_the_old_one_and_keeps_it(pg, ctl, write):
    agency = pg.agency("metro")
    ctl.ok("code", "map", "metro", "disposition", write("1.csv", "own,common\narr ,03\nrpt,01\n"))
    ctl.ok("code", "map", "metro", "disposition", write("2.csv", "own,common,note\nARR,02,x\nRPT,,unknown\n"))
    assert pg.one("select code.common(%s, 'disposition', ' Arr')", agency.id) == "02"
    assert pg.rows("select version, current from code.map_version order by 1") == [(1, False), (2, True)]
    assert pg.one("select count(*) from code.map where version = 1") == 2


def test_a_map_is_told_by_what_differs_from_the_current_one(pg, ctl, write):
    agency = pg.agency("metro")

    def told(text):
        answer = ctl.ok("code", "map", "metro", "disposition", write("m.csv", "own,common\n" + text), json_out=True)
        return [answer[k] for k in ("added", "changed", "same", "gone", "unmapped", "version", "new")]

    assert told("A,01\nB,02\nC,03\nX,\n") == [3, 0, 0, 0, 1, 1, True]
    assert told(" a ,01\nB,03\nD,01\nC,\n") == [1, 1, 1, 1, 1, 2, True]
    assert told("D,01\nB,03\nA,01\n") == [0, 0, 3, 0, 0, 2, False], "in another order, and nothing differs"
    assert pg.rows("select version, current from code.map_version order by 1") == [(1, False), (2, True)]
    assert pg.one("select code.common(%s, 'disposition', 'b')", agency.id) == "03"
    assert told("A,01\n") == [0, 0, 1, 2, 0, 3, True], "what is gone makes a version"
    assert pg.rows("select detail from liaison.audit where action = 'code.map' order by audit_id desc limit 1") == [
        ({"added": 0, "changed": 0, "same": 1, "gone": 2, "unmapped": 0, "version": 3, "new": True},)]


def test_a_map_that_changes_nothing_says_so_and_makes_no_version(pg, ctl, write):
    pg.agency("metro")
    path = write("m.csv", "own,common\nA,01\nB,\n")
    hint = "Calls stored before keep their codes: liaisonctl code remap metro\n"
    assert ctl.ok("code", "map", "metro", "disposition", path) == \
        f"{path}: 1 added, 0 changed, 0 as before, 0 gone, 1 unmapped; version 1 is current\n{hint}"
    stored = pg.rows("select * from code.map_version")
    assert ctl.ok("code", "map", "metro", "disposition", path) == \
        f"{path}: 0 added, 0 changed, 1 as before, 0 gone, 1 unmapped; version 1 stays\n{hint}"
    assert pg.rows("select * from code.map_version") == stored
    assert pg.one("select count(*) from code.map") == 1


@pytest.mark.parametrize("text, line, field", [
    ("own,common\nA,NONSENSE\n", 2, "common"), ("own,common\nA,01\n a,02\n", 3, "own"), ("own,common\n,01\n", 2, "own"),
])
def test_a_map_to_a_code_that_does_not_exist_is_refused(pg, ctl, write, text, line, field):
    pg.agency("metro")
    error = ctl.fails("code", "map", "metro", "disposition", write("m.csv", text))
    assert f"line {line}: {field}: " in error
    assert pg.one("select count(*) from code.map_version") == 0


@pytest.mark.parametrize("content, reason", [
    (b"own;common\nA;01\n", "the columns are parted by semicolons; export with commas"),
    (b"own\tcommon\nA\t01\n", "the columns are parted by tabs; export with commas"),
    ("own,common\nA,01\n".encode("utf-16"), "is UTF-16; export it as UTF-8"),
    (b"\x7fELF secret\x02\x00\x01\n\xff\n", "holds NUL octets: it is no text, or UTF-16; export it as UTF-8"),
    (b"\x1b[31msecret\x07\n\xff\n", "line 2: column 1: is not UTF-8"),
])
def test_a_file_that_is_no_list_is_refused_without_a_word_of_it(pg, ctl, tmp_path, content, reason):
    pg.agency("metro")
    path = tmp_path / "m.csv"
    path.write_bytes(content)
    assert ctl.fails("code", "map", "metro", "disposition", str(path)) == f"liaisonctl: {path}: {reason}\n"


def test_the_real_citys_schools_and_areas_go_in_as_they_are(pg, ctl):
    if not os.path.isdir(CITY_SCHOOLS):
        pytest.skip(f"no shared data: {liaison.SHARED_DATA}")
    assert counts(ctl, "school", "import", "north", CITY_SCHOOLS + "/sps_school_site_2015_2016.geojson",
                  "--name-property", "PROPERTY_L", "--level-property", "Status", "--radius", "150") == (97, 0, 0)
    ctl.ok("feeder", "import", "north", CITY_SCHOOLS + "/sps_attendance_area_HS.geojson", "--name-property", "HS_ZONE")
    assert pg.one("select count(*) from district.feeder") == 9
    assert pg.one("select count(distinct school_id) from district.school_feeder") >= 95
