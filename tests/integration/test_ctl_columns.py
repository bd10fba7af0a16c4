"""Columns of the files that liaisonctl imports: what a file lacks stays, what it clears is cleared, and a column that no
import knows is refused by name."""

import json
import re

import pytest

from ctl_support import fresh_ctl

pytestmark = pytest.mark.needs("liaisonctl")

SCHOOL = "code,name,level,address,latitude,longitude,radius_m,campus,feeder\n"
CAMPUS = ('"{""type"":""Polygon"",""coordinates"":[[[-75.1,40],[-75,40],[-75,40.1],[-75.1,40.1],[-75.1,40]]]}"')
CONTACT = ("code,name,role,email,phone,step,sealed,schools,active,language,quiet_from,quiet_to,quiet_priority,alarms\n"
           "P,Pat Lee,nurse,p@x.example,+15550100001,3,yes,LIN,no,es,21:00,06:00,11,yes\n")


@pytest.fixture(name="ctl")
def fresh_north(pg):
    ctl = fresh_ctl(pg)
    ctl.ok("district", "add", "north", "--name", "North Schools", "--zone", "America/New_York")
    return ctl


@pytest.fixture(name="files")
def fresh_files(ctl, tmp_path):
    """files(text, command...): imports a file into the district. Returns [added, changed, as before]."""
    class Files:
        @staticmethod
        def path(text):
            file = tmp_path / "a file.csv"
            file.write_bytes(text if isinstance(text, bytes) else
                             (text if isinstance(text, str) else json.dumps(text)).encode())
            return str(file)

        def __call__(self, text, *command):
            group, verb, *options = command
            done = ctl.ok(group, verb, "north", self.path(text), *options, json_out=True)
            return [done[key] for key in ("added", "changed", "same")]

        def refused(self, text, *command):
            """What is said, without the name of the file."""
            group, verb, *options = command
            path = self.path(text)
            return ctl.fails(group, verb, "north", path, *options).replace(f"liaisonctl: {path}: ", "")

    return Files()


@pytest.fixture(name="school")
def fresh_school(files):
    files(SCHOOL + f"LIN,Lincoln,high,1 Main St,40.05,-75.05,200,{CAMPUS},East\n", "school", "import")


def contact(pg):
    return pg.row("select c.name, c.role, c.email, c.phone, c.step, c.sealed, r.to_at > now() as active, c.language, "
                  "c.quiet_from::text, c.quiet_to::text, c.quiet_priority, c.alarms, c.scope, "
                  "(select count(*) from people.role_school s where s.role_id = r.role_id) as schools "
                  "from people.contact c join people.role r on r.role_id = c.contact_id")


def audit(pg):
    return pg.one("select detail from liaison.audit order by audit_id desc limit 1")


# What is wrong with a row --------------------------------------------------------------------------


@pytest.mark.parametrize("command, text, fields", [
    (("contact", "import"), "code,name,email,phone,step,sealed,schools\nP,Pat,p at x,555,12,perhaps,NONE\n",
     ["email", "phone", "step", "sealed", "schools"]),
    (("contact", "import"), "code,name,email,quiet_from,quiet_to\nP,,p at x,7 pm,7\n",
     ["name", "email", "quiet_from", "quiet_to"]),
    (("contact", "import"), [{"code": "P", "name": "Pat", "email": "e" * 10001, "phone": {"home": 5}, "step": 12}],
     ["email", "phone", "step"]),
    (("school", "import"), "code,name,level,latitude,longitude,radius_m\nLIN,,low,x,181,5\n",
     ["name", "level", "radius_m", "latitude", "longitude"]),
    (("rule", "import"), "name,rank,channels,hours,acks,quiet_from\nall,0,fax,never,some,22:00\n",
     ["rank", "hours", "channels", "acks", "quiet_to"]),
    (("calendar", "import"), "day,last_day,kind,ends,school\n2026-11-26,2026-11-20,closed,noon,\n",
     ["last_day", "kind", "ends"]),
    (("calendar", "bells"), "school,from,to,weekday\nLIN,8,15,someday\n", ["weekday", "from", "to"]),
])
def test_all_cells_of_a_row_that_are_not_valid_are_named_at_once(pg, files, school, command, text, fields):
    before = pg.one("select count(*) from liaison.audit")
    said = files.refused(text, *command).splitlines()
    assert [line.split(": ")[1] for line in said[:-1]] == fields, said
    assert {line.split(": ")[0] for line in said[:-1]} <= {"line 2", "item 1"}
    assert said[-1] == "1 of 1 rows refused; nothing was changed"
    assert pg.one("select count(*) from liaison.audit") == before
    assert pg.one("select count(*) from people.contact") == 0


def test_rows_behind_one_that_is_refused_are_checked_as_if_it_were_not_there(files):
    said = files.refused("code,name,email,phone\nP,Pat,bad,bad\nQ,Kim,k@x.example,\nP,Pat,,\nR,Lee,bad,\n", "contact", "import")
    assert [line.split(": ")[:2] for line in said.splitlines()[:-1]] == [
        ["line 2", "email"], ["line 2", "phone"], ["line 4", "code"], ["line 5", "email"]]
    assert said.endswith("\n3 of 4 rows refused; nothing was changed\n")


def test_cells_are_told_of_the_first_rows_alone(ctl, files):
    said = files.refused("code,name,email,phone\n" + "".join(f"P{n},Pat,bad,bad\n" for n in range(30)), "contact", "import")
    assert said.count(": email: ") == said.count(": phone: ") == 20 and "and 10 more\n" in said


def test_a_column_that_is_needed_is_named_with_those_that_are_there(files):
    assert files.refused("name,email\nPat,p@x.example\n", "contact", "import") == (
        "code: must be a column; the file has name, email\n")


def test_the_other_name_of_a_column_stands_in_the_help_and_in_the_man_page(ctl):
    assert "1 is told first (default 1); wave is another name of it\n" in ctl.ok("help", "contact", "import")
    assert "wave is another name of it" in ctl.ok("man")


# What a file lacks ---------------------------------------------------------------------------------


def test_columns_that_a_contact_file_lacks_stay_and_empty_cells_clear(pg, ctl, files, school):
    assert files(CONTACT, "contact", "import") == [1, 0, 0]
    stored = contact(pg)
    assert stored["phone"] == "+15550100001" and stored["sealed"] and not stored["active"] and stored["schools"] == 1
    assert files("code\nP\n", "contact", "import") == [0, 0, 1]
    assert contact(pg) == stored
    assert files("code,email\nP,new@x.example\n", "contact", "import") == [0, 1, 0]
    assert contact(pg) == {**stored, "email": "new@x.example"}
    columns = CONTACT.split("\n", 1)[0]
    assert files(columns + "\nP,Pat Lee,,,,,,,,,,,,\n", "contact", "import") == [0, 1, 0]
    assert list(contact(pg).values()) == ["Pat Lee", "principal", None, None, 1, False, True, None, None, None, 9, False,
                                          "district", 0]


def test_a_new_contact_has_the_defaults_and_needs_a_name(pg, files):
    assert files("code,name\nP,Pat Lee\n", "contact", "import") == [1, 0, 0]
    assert list(contact(pg).values()) == ["Pat Lee", "principal", None, None, 1, False, True, None, None, None, 9, False,
                                          "district", 0]
    assert files.refused("code,email\nQ,q@x.example\n", "contact", "import").startswith("line 2: name: must be given")


def test_members_that_one_object_lacks_stay_although_another_has_them(pg, files):
    files("code,name,email,phone\nP,Pat Lee,p@x.example,+15550100001\nQ,Kim,q@x.example,+15550100002\n", "contact", "import")
    assert files([{"code": "P", "phone": None}, {"code": "Q", "email": "k@x.example"}], "contact", "import") == [0, 2, 0]
    assert pg.rows("select code, email, phone from people.contact order by code") == [
        ("P", "p@x.example", None), ("Q", "k@x.example", "+15550100002")]
    files([{"name": "all", "rank": 5, "acks": 2}, {"name": "more", "rank": 6}], "rule", "import")
    assert files([{"name": "all", "rank": 7}, {"name": "more", "acks": 3}], "rule", "import") == [0, 2, 0]
    assert pg.rows("select name, rank, acks from notify.rule order by name") == [("all", 7, 2), ("more", 6, 3)]


def test_cells_that_a_short_line_lacks_stay(pg, files):
    files("code,name,email,phone\nP,Pat Lee,p@x.example,+15550100001\n", "contact", "import")
    assert files("code,name,email,phone\nP,Pat Lee\n", "contact", "import") == [0, 0, 1]
    assert pg.rows("select email, phone from people.contact") == [("p@x.example", "+15550100001")]


@pytest.mark.parametrize("columns, row, says", [
    ("code,name,phone", "P,Sam Roe,", "email"), ("code,name,email", "P,Sam Roe,s@x.example", "phone"),
    ("code,name,email,phone", "P,Sam Roe,s@x.example,", "sealed")])
def test_another_person_gets_neither_the_addresses_nor_the_rights_of_the_one_before(pg, files, school, columns, row, says):
    files(CONTACT, "contact", "import")
    assert files.refused(f"{columns}\n{row}\n", "contact", "import").startswith(
        f"line 2: {says}: must be a column too (it may be empty): the name has changed, so this is another person, "
        "who does not inherit it\n")
    assert contact(pg)["name"] == "Pat Lee"
    assert files("code,name\nP, pat  LEE\n", "contact", "import")[0] == 0, "the same name in other letters"
    assert files("code,name,email,phone,sealed\nP,Sam Roe,s@x.example,,no\n", "contact", "import") == [0, 1, 0]
    assert (contact(pg)["email"], contact(pg)["phone"], contact(pg)["step"]) == ("s@x.example", None, 3)


def test_columns_that_a_school_file_lacks_stay_and_empty_cells_clear(pg, files, school):
    def stored():
        return pg.row("select s.name, s.level, s.address, s.latitude, s.longitude, s.radius_m, "
                      "s.campus is not null as campus, (select count(*) from district.school_feeder f "
                      "where f.school_id = s.school_id and f.to_day > now()) as feeders from district.school s")

    before = stored()
    assert before["campus"] and before["feeders"] == 1
    assert files("code,name\nLIN,Lincoln High\n", "school", "import") == [0, 1, 0]
    assert stored() == {**before, "name": "Lincoln High"}
    assert files("code,address,radius_m,campus,feeder\nLIN,,,,\n", "school", "import") == [0, 1, 0]
    assert list(stored().values()) == ["Lincoln High", "high", None, 40.05, -75.05, 150, False, 0]
    assert files("code\nLIN\n", "school", "import", "--radius", "90") == [0, 1, 0]
    assert stored()["radius_m"] == 90, "whoever gives --radius wants it"
    point = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"code": "LIN"}, "geometry": {
        "type": "Point", "coordinates": [-75.5, 40.5]}}]}
    files(f"code,campus\nLIN,{CAMPUS}\n", "school", "import")
    assert files(point, "school", "import") == [0, 1, 0]
    assert (stored()["latitude"], stored()["campus"], stored()["level"]) == (40.5, True, "high")


def test_columns_that_other_files_lack_stay(pg, ctl, files, school, tmp_path):
    files("feeder,school,to_day\nWest,LIN,2030-06-30\n", "feeder", "import")
    assert files("feeder,school\nWest,LIN\n", "feeder", "import") == [0, 0, 1]
    assert files("feeder,school_code,to_day\nWest,LIN,\n", "feeder", "import") == [0, 1, 0]
    files("school,from,to\nLIN,08:10,15:10\n", "calendar", "bells")
    assert files("school,to\nLIN,15:20\n", "calendar", "bells") == [0, 1, 0]
    assert pg.rows("select starts::text, ends::text from district.bell") == [("08:10:00", "15:20:00")]
    files("day,kind,ends\n2030-11-25,early,12:15\n", "calendar", "import")
    assert files("day,kind\n2030-11-25,early\n", "calendar", "import") == [0, 0, 1]
    assert "line 2: ends: " in files.refused("day,kind\n2030-11-26,early\n", "calendar", "import")
    for text, counted in (("code,name,class,sensitivity,withheld\nX1,X,other,sealed,yes\n", 1), ("code,name\nX1,Y\n", 0)):
        (tmp_path / "type.csv").write_text(text, encoding="utf-8")
        assert ctl.ok("code", "import", str(tmp_path), json_out=True)["added"] == counted
    assert pg.rows("select name, class, sensitivity, withheld from code.type where code = 'X1'") == [
        ("Y", "other", "sealed", True)]


def test_one_end_of_quiet_hours_can_be_moved(pg, files):
    files("name,quiet_from,quiet_to\nall,21:00,06:00\n", "rule", "import")
    assert files("name,quiet_from\nall,22:00\n", "rule", "import") == [0, 1, 0]
    assert pg.rows("select quiet_from::text, quiet_to::text from notify.rule") == [("22:00:00", "06:00:00")]
    assert "quiet hours have a begin and an end" in files.refused("name,quiet_from\nall,\n", "rule", "import")


def test_the_audit_says_which_columns_changed_of_what_and_no_values(pg, files, school):
    files(CONTACT, "contact", "import")
    assert audit(pg) == {"added": 1, "changed": 0, "same": 0, "changes": {}, "columns": CONTACT.split("\n", 1)[0].split(",")}
    files("code,step,email,schools\nP,3,new@x.example,\n", "contact", "import")
    assert audit(pg) == {"added": 0, "changed": 1, "same": 0, "columns": ["code", "step", "email", "schools"],
                         "changes": {"P": ["email", "schools"]}}
    files("code,name\nLIN,Lincoln High\n", "school", "import")
    assert audit(pg)["changes"] == {"LIN": ["name"]}
    files([{"name": "all"}], "rule", "import")
    files([{"name": "all", "rank": 7, "weekdays": ["mon"]}], "rule", "import")
    assert audit(pg)["changes"] == {"all": ["rank", "weekdays"]}


# Columns that are not known ------------------------------------------------------------------------


@pytest.mark.parametrize("command, text, says", [
    (("contact", "import"), "code,name,emial\nP,Pat,p@x.example\n",
     "line 1: emial: is not a column of this file; was email meant?"),
    (("contact", "import"), "code,name,e-mail\n", "line 1: e-mail: is not a column of this file; was email meant?"),
    (("contact", "import"), "code,name,telephone\n", "line 1: telephone: is not a column of this file; was phone meant?"),
    (("contact", "import"), "code,name,budget\n",
     "line 1: budget: is not a column of this file; liaisonctl help contact import names them"),
    (("contact", "import"), [{"code": "P", "name": "Pat"}, {"code": "Q", "name": "Kim", "Mail": "q@x.example"}],
     "item 2: Mail: is not a column of this file; was email meant?"),
    (("rule", "import"), "name,chanels\n", "line 1: chanels: is not a column of this file; was channels meant?"),
    (("school", "import"), "code,name,latitude,longitude,levle\n",
     "line 1: levle: is not a column of this file; was level meant?"),
    (("school", "import", "--name-property", "title"), "code,title,name\n",
     "line 1: name: is not a column of this file; liaisonctl help school import names them"),
    (("school", "alias"), "school,kind,alais\n", "line 1: alais: is not a column of this file; was alias meant?"),
    (("feeder", "import"), "feeder,school,until\n",
     "line 1: until: is not a column of this file; liaisonctl help feeder import names them"),
    (("calendar", "import"), "day,kind,end\n", "line 1: end: is not a column of this file; was ends meant?"),
    (("calendar", "bells"), "school,from,to,week day\n", "line 1: week day: is not a column of this file; was weekday meant?"),
])
def test_a_column_that_is_not_known_is_named_with_its_line_and_the_nearest(pg, files, command, text, says):
    assert files.refused(text, *command) == says + "\n"
    assert pg.one("select count(*) from liaison.audit where action <> 'district.add'") == 0


def test_all_columns_that_are_not_known_are_named_at_once(files):
    assert files.refused("code,nam,phoen\nP,Pat,1\n", "contact", "import") == (
        "line 1: nam: is not a column of this file; was name meant?\n"
        "line 1: phoen: is not a column of this file; was phone meant?\n")


def test_maps_and_common_codes_know_their_columns(pg, ctl, files, tmp_path):
    pg.agency("metro")
    said = ctl.fails("code", "map", "metro", "type", files.path("own,comon\nA,FIGHT\n"))
    assert "line 1: comon: is not a column of this file; was common meant?" in said
    ctl.ok("code", "map", "metro", "type", files.path("own,common,note\nA,FIGHT,for a person\n"))
    (tmp_path / "type.csv").write_text("code,name,class,withhold\nX1,X,other,yes\n", encoding="utf-8")
    said = ctl.fails("code", "import", str(tmp_path))
    assert "type.csv: line 1: withhold: is not a column of this file; was withheld meant?" in said


def test_rules_that_are_tried_have_the_columns_of_rules(ctl, files):
    said = ctl.fails("rule", "try", "north", "--rule", files.path("name,min_prio\nall,3\n"))
    assert "line 1: min_prio: is not a column of this file; was min_priority meant?" in said


def test_properties_of_maps_that_are_not_read_are_named_and_do_not_stop_it(pg, ctl, files):
    feature = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [-75, 40]},
               "properties": {"code": "LIN", "name": "Lincoln", "OBJECTID": 7, "adress": "1 Main St"}}
    path = files.path({"type": "FeatureCollection", "features": [feature]})
    done = ctl.run("school", "import", "north", path)
    assert done.returncode == 0 and "1 added" in done.stdout
    assert done.stderr == (f"liaisonctl: {path}: the property OBJECTID is not read\n"
                           f"liaisonctl: {path}: the property adress is not read; was address meant?\n")
    assert ctl.ok("school", "import", "north", path, json_out=True)["ignored"] == ["OBJECTID", "adress"]
    assert audit(pg)["ignored"] == ["OBJECTID", "adress"]


@pytest.mark.parametrize("text, says", [
    ("code,name,email,Email\nP,Pat,,\n", "line 1: email: is there twice"),
    ("code,name,step,wave\nP,Pat,1,2\n", "wave: is another spelling of step, and both are there"),
    ('[{"code":"P","name":"Pat","email":"a@x.example","EMAIL":"b@x.example"}]', "item 1: email: is there twice"),
    ('[{"code":"P","name":"Pat","name":"Kim"}]', "line 1: an object has a member twice"),
])
def test_a_column_that_is_there_twice_is_refused(pg, files, text, says):
    assert files.refused(text, "contact", "import") == says + "\n"
    assert pg.one("select count(*) from people.contact") == 0


# Files that are broken -----------------------------------------------------------------------------


@pytest.mark.parametrize("command, text, says", [
    (("contact", "import"), "code,name\nP,Pat\nQ,Kim\nP,Sam\n", "line 4: code: is in this file already: line 2\n"),
    (("school", "import"), "code,name,latitude,longitude\nA,A,40,-75\nA,B,40,-75\n",
     "line 3: code: is in this file already: line 2\n"),
    (("rule", "import"), [{"name": "all"}, {"name": "all"}], "item 2: name: is in this file already: item 1\n"),
    (("calendar", "bells"), "school,from,to,weekday\nLIN,08:00,15:00,mon\nLIN,08:10,15:00,mon\n",
     "line 3: school: is in this file already: line 2\n"),
    (("school", "alias"), "school,alias\nLIN,the high school\nOAK,The High School\n",
     "line 3: alias: is another school's in this file too\n"),
])
def test_a_key_that_is_there_twice_is_refused(files, command, text, says):
    files("code,name,latitude,longitude\nLIN,Lincoln,40,-75\nOAK,Oak,41,-75\n", "school", "import")
    assert files.refused(text, *command).startswith(says)


@pytest.mark.parametrize("command, text, says", [
    (("contact", "import"), [{"code": "P", "name": {"first": "Pat"}}], "item 1: name: must be a value or a list of texts\n"),
    (("rule", "import"), [{"name": "all", "weekdays": [1, 2]}], "item 1: weekdays: must be a value or a list of texts\n"),
    (("contact", "import"), "code,name,quiet_from,quiet_to\nP,Pat,21:00,21:00\n",
     "line 2: quiet_to: must differ from quiet_from\n"),
    (("rule", "import"), "name,quiet_from,quiet_to\nall,21:00,21:00\n",
     "line 2: quiet_to: must differ from quiet_from\n"),
])
def test_what_cannot_be_stored_is_refused_by_its_column(files, command, text, says):
    assert files.refused(text, *command).startswith(says)


@pytest.mark.parametrize("text, says", [
    (b"code,name\nP,\"Pat\nQ,Kim\n", "line 2: a quoted field that begins here does not end\n"),
    (b"code,\"name\nP,Pat\n", "line 1: a quoted field that begins here does not end\n"),
    (b"code,name\nP,Pat\x00\n", "holds NUL octets: it is no text, or UTF-16; export it as UTF-8\n"),
    (b"code,name,\nP,Pat,\nQ,Kim,a note\n", "line 3: column 3: has a value, and the header has no name for it\n"),
    (b"", "the file is empty: a header line is needed\n"),
])
def test_a_broken_file_says_where(files, text, says):
    assert files.refused(text, "contact", "import") == says


def test_marks_of_spreadsheets_do_no_harm(pg, files):
    assert files(b"\xef\xbb\xbfCode, Name ,,\r\nP,\"Lee, Pat\",,\r\n\r\n,,,\r\n", "contact", "import") == [1, 0, 0]
    assert pg.one("select name from people.contact") == "Lee, Pat"


@pytest.mark.parametrize("command, header, row", [
    (("contact", "import"), "code,name", "P,{}"), (("contact", "import"), "code,name", "{},Pat"),
    (("contact", "import"), "code,name,role", "P,Pat,{}"), (("rule", "import"), "name", "{}"),
    (("school", "import"), "code,name,latitude,longitude", "{},A,40,-75"),
    (("school", "import"), "code,name,latitude,longitude", "A,{},40,-75"),
    (("school", "import"), "code,name,latitude,longitude,address", "A,A,40,-75,{}"),
    (("school", "alias"), "school,alias", "LIN,{}"), (("feeder", "import"), "feeder,school", "{},LIN")])
def test_a_cell_of_a_megabyte_is_refused_by_its_column(files, command, header, row):
    files("code,name,latitude,longitude\nLIN,Lincoln,40,-75\n", "school", "import")
    said = files.refused(f"{header}\n{row.format('x' * 1_000_000)}\n", *command)
    assert re.match(r"line 2: (code|name|role|address|alias|feeder): is longer than \d+ octets\n", said), said[:300]


def test_of_many_bad_rows_the_first_are_named_and_the_others_counted(ctl, files):
    def bad(rows):
        return "code,name,step\n" + "".join(f"P{i},Pat,x\n" for i in range(rows))
    said = files.refused(bad(20), "contact", "import").splitlines()
    assert len(said) == 21 and said[19:] == ["line 21: step: must be a whole number from 1 to 9",
                                             "20 of 20 rows refused; nothing was changed"]
    said = files.refused(bad(23), "contact", "import").splitlines()
    assert said[19:] == ["line 21: step: must be a whole number from 1 to 9", "and 3 more",
                         "23 of 23 rows refused; nothing was changed"]
    path = files.path(bad(23))
    told = [json.loads(line)["error"]
            for line in ctl.fails("contact", "import", "north", path, json_out=True).splitlines()]
    assert [error["line"] for error in told[:-1]] == list(range(2, 22))
    assert told[-1] == {"code": "value", "field": "", "reason": "23 of 23 rows refused; nothing was changed", "file": path,
                        "more": 3}
