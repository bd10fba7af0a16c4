"""Error messages of liaisonctl about a wrong word, option, file or database: what is wrong, and what would be right."""

import json
import os
import pty
import subprocess

import pytest

import ctl_support
import liaison

pytestmark = pytest.mark.needs("liaisonctl")
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return make


def bare(*argv, **how):
    """Runs liaisonctl without a connection string in the environment."""
    env = {name: value for name, value in os.environ.items() if name != "LIAISON_DATABASE"}
    return subprocess.run([liaison.program("liaisonctl"), *argv], capture_output=True, text=True, timeout=60,
                          check=False, env=env, **how)


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [
    ["district", "publish", "nowhere"], ["school", "forget", "nowhere", "name", "x"], ["school", "list", "nowhere"],
    ["school", "alias", "nowhere", "x.csv"], ["review", "list", "nowhere"]])
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


@pytest.mark.parametrize("column, said", [
    ("sealed", "yes: sealed calls and no others; no (default): all but sealed ones"),
    ("again_priority", "1 to 10: a call that rises to it asks everybody again, from the first step (default 9); 11: none does")])
def test_help_says_of_a_rule_what_the_documents_say(column, said):
    line = next(line for line in bare("help", "rule", "import").stdout.splitlines() if line.split()[:1] == [column])
    assert line.split(None, 1)[1] == said
    with open(os.path.join(liaison.ROOT, "docs", "notify.md"), encoding="utf-8") as file:
        document = " ".join(file.read().split())
    assert "yes (true): sealed calls and no others; no (false): all but sealed ones" in document
    assert "at least the rule's `again_priority` (of several rules the lowest; 11: no priority is)" in document


# Operands and options -----------------------------------------------------------------------------


@pytest.mark.parametrize("command, answer", [
    (["status", "metro"], "metro: is no operand of this command; one agency is named by --agency SLUG"),
    (["school", "forget", "north", "address", "9", "Elm", "St"], "Elm: is one operand too many; words that belong "
                                                                 "together stand in quotes"),
    (["agency", "list", "metro"], "metro: is one operand too many")])
def test_an_operand_too_many_says_what_to_write_instead(ctl, command, answer):
    done = ctl.run(*command)
    assert done.returncode == 2
    assert done.stderr == f"liaisonctl: {answer}\n"


@pytest.mark.parametrize("command, field", [
    (["district", "add", "Bad_Slug"], "SLUG"),
    (["district", "add", "north", "--zone", "Mars"], "--zone"),
    (["district", "add", "north", "--review-s", "soon"], "--review-s"),
    (["district", "add", "north"], "--name"),
    (["district", "add", "north", "--name", "N"], "--zone"),
    (["agency", "add", "Bad_Slug"], "SLUG"),
    (["agency", "add", "metro", "--kind", "army"], "--kind"),
    (["agency", "add", "metro", "--zone", "Mars"], "--zone"),
    (["agency", "add", "metro"], "--name"),
    (["user", "add", "x"], "LOGIN"),
    (["user", "add", "ann", "--role", "principal"], "--role"),
    (["user", "add", "ann", "--district", "nowhere"], "--district"),
    (["user", "add", "ann", "--role", "school"], "--name"),
    (["user", "add", "ann", "--name", "A", "--role", "school"], "--district"),
])
def test_what_is_given_is_looked_at_before_what_is_missing(ctl, command, field):
    assert f"liaisonctl: {field}: " in ctl.fails(*command)


def test_an_unknown_zone_is_answered_with_an_example(ctl):
    for command in (["agency", "add", "metro"], ["district", "add", "north"]):
        assert "--zone: must be an IANA time zone, as America/Chicago" in ctl.fails(*command, "--zone", "Chicago")


@pytest.mark.parametrize("zone, answer", [
    ("EST", "which knows no summer time: write its region, as America/New_York"),
    ("HST", "write its region, as Pacific/Honolulu"), ("MST", "in Arizona America/Phoenix"),
    ("EST5EDT", "no region: write its region, as America/New_York"), ("CET", "must be an IANA time zone"),
    ("right/America/New_York", "must be an IANA time zone"), ("posixrules", "must be an IANA time zone")])
def test_a_zone_that_is_no_region_is_refused_as_the_agent_refuses_it(pg, ctl, zone, answer):
    pg.agency("metro")
    for command in (["agency", "add", "fire"], ["agency", "set", "metro"], ["district", "add", "north"]):
        said = ctl.fails(*command, "--zone", zone)
        assert said.startswith("liaisonctl: --zone: ") and answer in said


@pytest.mark.parametrize("zone", ["UTC", "GMT", "US/Eastern", "America/Indiana/Knox"])
def test_a_zone_that_is_a_region_is_taken(pg, ctl, zone):
    ctl.ok("district", "add", "north", "--name", "N", "--zone", zone)
    assert pg.one("select zone from district.district") == zone


@pytest.mark.parametrize("command, answer", [
    (["reconcile", "--day", "yesterday"], "--day: must be a day as 2026-11-23"),
    (["reconcile", "--day", "2026-13-40"], "--day: must be a day as 2026-11-23"),
    (["reconcile", "--day", "2026-02-29"], "--day: must be a day as 2026-11-23"),
    (["school", "import", "north", "x.csv", "--renamed-on", "soon"], "--renamed-on: must be a day as 2026-11-23"),
    (["school", "import", "north", "x.csv", "--radius", "150m"], "--radius: must be a whole number from 10 to 5000"),
    (["district", "add", "north", "--hours-start", "half past"], "--hours-start: must be a time of day as 07:30"),
    (["district", "add", "north", "--hours-end", "25:00"], "--hours-end: must be a time of day as 07:30"),
    (["district", "add", "north", "--year-start-month", "13"], "--year-start-month: must be a whole number from 1 to 12"),
    (["district", "add", "north", "--public-threshold", "ten"], "--public-threshold: must be a whole number from "),
    (["district", "add", "north", "--review-s", "5"], "--review-s: must be a whole number from 10 to 86400"),
    (["outcome", "attach", "99999999999.1", "I-1"], "ID: must be as outcome list says it"),
    (["outcome", "attach", "1.99999999999999999999", "I-1"], "ID: must be as outcome list says it"),
])
def test_days_times_and_numbers_are_refused_by_the_options_name(pg, ctl, command, answer):
    pg.district("north")
    error = ctl.fails(*command)
    assert error.startswith(f"liaisonctl: {answer}") and "PostgreSQL" not in error


def test_options_of_a_district_are_stored_as_given_and_stay(pg, ctl):
    ctl.ok("district", "add", "north", "--name", "N", "--zone", "UTC", "--hours-start", "08:05", "--hours-end", "15:00",
           "--year-start-month", "7", "--public-threshold", "5", "--review-s", "60")
    ctl.ok("district", "add", "north", "--name", "North", "--zone", "UTC")
    row = pg.row("select name, hours_start::text, hours_end::text, year_start_month, public_threshold, review_s "
                 "from district.district")
    assert list(row.values()) == ["North", "08:05:00", "15:00:00", 7, 5, 60]


def test_one_setting_of_a_district_is_changed_alone(pg, ctl):
    ctl.ok("district", "add", "north", "--name", "North", "--zone", "America/Chicago", "--alert-budget", "20")
    before = pg.row("select * from district.district")
    assert ctl.ok("district", "set", "north", "--alert-budget", "50") == "district north: alert_budget is now 50 (was 20)\n"
    assert pg.row("select * from district.district") == {**before, "alert_budget": 50}
    assert ctl.ok("district", "set", "north", "--name", "North Schools", "--digest-at", "15:00", json_out=True)["changed"] == [
        {"setting": "name", "was": "North", "now": "North Schools"}, {"setting": "digest_at", "was": "16:00", "now": "15:00"}]
    assert ctl.ok("district", "set", "north", "--zone", "America/Chicago") == "district north: nothing changed, it is so already\n"
    assert "DISTRICT: there is none of this name; there is north" in ctl.fails("district", "set", "nort", "--language", "es")
    assert pg.one("select count(*) from district.district") == 1


def test_a_list_of_rules_says_each_without_quotation_marks(pg, ctl, write):
    pg.district("north")
    ctl.ok("rule", "import", "north", write("r.csv", "name,acks\nall,each\nsome,2\n"))
    assert '"' not in ctl.ok("rule", "list", "north")
    assert [row["acks"] for row in ctl.ok("rule", "list", "north", json_out=True)] == ["each", 2]


def test_days_in_a_file_are_refused_by_line_and_column(pg, ctl, write):
    pg.district("north").school("LIN", 40.0, -75.0)
    bad = write("f.csv", "feeder,school,from_day,to_day\nEast,LIN,2026-08-01,2026-13-40\nWest,LIN,soon,\n")
    answer = ctl.fails("feeder", "import", "north", bad)
    assert "line 2: to_day: must be a day as 2026-11-23" in answer
    assert "line 3: from_day: must be a day as 2026-11-23" in answer
    good = write("g.csv", "feeder,school,from_day,to_day\nEast,LIN,2026-08-01,\n")
    ctl.ok("feeder", "import", "north", good)
    assert pg.rows("select from_day::text, to_day::text from district.school_feeder") == [("2026-08-01", "infinity")]


# Files and connections ----------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_is_named(ctl, tmp_path, pg):
    pg.district("north")
    missing = str(tmp_path / "nope")
    answer = bare("--config", missing, "status").stderr
    assert answer == f"liaisonctl: {missing}: cannot read the configuration file: No such file or directory\n"
    assert missing in ctl.fails("schema", "status", "--dir", missing)
    answer = ctl.fails("user", "add", "ann", "--name", "A", "--role", "district", "--district", "north",
                       "--password-file", "correct horse battery")
    assert "--password-file: No such file or directory" in answer and "horse" not in answer, "it may be the password"
    assert f"OUT: {missing}/key: No such file" in bare("key", "make", missing + "/key").stderr


def test_a_setting_that_is_wrong_is_named_with_its_file(write):
    path = write("ctl.conf", "[database]\nconnection = x\n")
    assert f"liaisonctl: {path}: connection: line 2: is not a setting" in bare("--config", path, "status").stderr


def test_without_a_database_it_says_where_it_looked(tmp_path):
    done = bare("status", cwd=tmp_path)
    assert done.returncode == 1
    for place in ("LIAISON_DATABASE", "/etc/liaison/ctl.conf", "var/conf/ctl.conf"):
        assert place in done.stderr


def test_a_database_that_does_not_answer_is_said_on_one_readable_line(ports):
    done = bare("--database", f"host=127.0.0.1 port={ports()} dbname=x user=x", "status")
    assert done.returncode == 1
    assert "Connection refused. Is the server running on that host" in done.stderr
    assert "??" not in done.stderr and done.stderr.count("\n") == 1


def test_a_connection_string_that_is_none_is_not_repeated():
    for wrong in ("host=/nowhere password=correct horse", "pasword=horse", "postgresql://u:horse%zz@h/d"):
        answer = bare("--database", wrong, "status").stderr
        assert answer.startswith("liaisonctl: database: is no connection string of libpq: "), wrong
        assert "horse" not in answer
    assert "connection to server" in bare("--database", "horse", "status").stderr, "a word alone names a database"


def test_the_manual_page_goes_to_man_and_not_to_a_terminal():
    master, terminal = pty.openpty()
    try:
        done = subprocess.run([liaison.program("liaisonctl"), "man"], stdin=subprocess.DEVNULL, stdout=terminal,
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    finally:
        os.close(terminal)
        os.close(master)
    assert done.returncode == 1 and "liaisonctl man | man -l -" in done.stderr
    assert "liaisonctl man | man -l -" in bare("man", "--help").stdout
    assert bare("man").stdout.startswith(".TH LIAISONCTL")


@pytest.mark.parametrize("path, said", [("/nope", "No such file or directory"), ("/proc", "has no size")])
def test_doctor_does_not_call_a_disk_well_that_it_could_not_look_at(ctl, path, said):
    done = ctl.run("doctor", "--path", path, json_out=True)
    disk = next(c for c in json.loads(done.stdout) if c["check"] == "disk")
    assert done.returncode == 1 and not disk["ok"]
    assert disk["found"][0].startswith(path) and said in disk["found"][0]
    disk = next(c for c in json.loads(ctl.run("doctor", json_out=True).stdout) if c["check"] == "disk")
    assert not disk["found"] or "full" in disk["found"][0]


# Codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, answer", [
    ("type", "No-Code is not a common code of this kind; liaisonctl code common type lists them"),
    ("disposition", "No-Code is not a common code of this kind; liaisonctl code common disposition lists them"),
    ("outcome", "must be 1 to 40 of a to z, 0 to 9 and _"),
    ("priority", "must be a whole number from 0 to 10"),
])
def test_a_code_that_is_no_common_one_says_where_they_are_listed(pg, ctl, write, kind, answer):
    pg.agency("metro")
    error = ctl.fails("code", "map", "metro", kind, write("m.csv", "own,common\nA,No-Code\n"))
    assert f"line 2: common: {answer}\n" in error


@pytest.mark.parametrize("command, rows, answer", [
    (["code", "map", "metro", "type"], "own,common\nA,FIHGT\n", "line 2: common: FIHGT is not a common code of this kind; "
                                                               "was FIGHT meant?"),
    (["contact", "import", "north"], "code,name,schools\nP,Pat,WEST; NROTH\n", "line 2: schools: NROTH is no code of a school; "
                                                                              "was NORTH meant?"),
    (["rule", "import", "north"], "name,schools\nall,NROTH\n", "line 2: schools: NROTH is no code of a school; was NORTH meant?"),
    (["rule", "import", "north"], "name,classes\nall,weapon;voilence\n",
     "line 2: classes: voilence is no class; was violence meant?"),
    (["rule", "import", "north"], "name,types\nall,FIGHT;FIHGT\n",
     "line 2: types: FIHGT is no common code of this kind; was FIGHT meant?"),
    (["rule", "import", "north"], "name,relations\nall,beside\n",
     "line 2: relations: must be of at, next_to, near, zone, transport, function, uncertain, with ; between"),
    (["calendar", "import", "north"], "day,kind,school\n2090-01-01,early,NROTH\n", "line 2: school: NROTH is no code of a school; "
                                                                        "was NORTH meant?"),
    (["calendar", "bells", "north"], "school,from,to\nX,08:00,15:00\n", "line 2: school: X is no code of a school\n"),
    (["school", "alias", "north"], "school,alias\nNROTH,OAK\n", "line 2: school: NROTH is no code of a school; was NORTH meant?"),
    (["feeder", "import", "north"], "feeder,school\nF,NROTH\n", "line 2: school: NROTH is no code of a school; was NORTH meant?"),
    (["contact", "import", "north"], "code,name,schools\nP,Pat,Ann Ray of Elm St 9\n", "line 2: schools: is no code of a school\n"),
    (["contact", "import", "north"], f"code,name,schools\nP,Pat,{'x' * 41}\n", "line 2: schools: is no code of a school\n"),
])
def test_a_code_that_is_none_is_named_with_the_one_that_it_may_have_meant(pg, ctl, write, command, rows, answer):
    pg.agency("metro")
    district = pg.district("north")
    for code in ("NORTH", "WEST"):
        district.school(code, 40.0, -75.0)
    assert answer in ctl.fails(*command, write("rows.csv", rows))

def test_common_codes_are_listed_and_each_of_them_can_be_mapped_to(pg, ctl, write):
    pg.agency("metro")
    for kind in ("type", "disposition"):
        codes = ctl.ok("code", "common", kind, json_out=True)
        assert [c["code"] for c in codes] == [r[0] for r in pg.rows(f"select code from code.{kind} order by code")]
        assert len(codes) > 10 and all(c["name"] for c in codes)
        rows = "".join(f"own {i},{c['code']}\n" for i, c in enumerate(codes))
        ctl.ok("code", "map", "metro", kind, write("m.csv", "own,common\n" + rows))
    assert "ROBBERY" in ctl.ok("code", "common", "type")
    assert ctl.ok("code", "common", "priority", json_out=True) == {
        "kind": "priority", "rule": "must be a whole number from 0 to 10"}
    assert ctl.ok("code", "common", "outcome") == "outcome: must be 1 to 40 of a to z, 0 to 9 and _\n"
    assert "KIND: must be type, disposition, outcome or priority" in ctl.fails("code", "common", "colour")


@pytest.mark.parametrize("file, text, field", [
    ("class.csv", "class,name,rank\nx,X,first\n", "rank"),
    ("type.csv", "code,name,class,sensitivity\nX,X,other,secret\n", "sensitivity"),
    ("type.csv", "code,name,class,withheld\nX,X,other,perhaps\n", "withheld"),
    ("type.csv", "code,name,class\nX,X,nonsense\n", "class"),
])
def test_a_common_code_is_refused_by_line_and_column(ctl, write, tmp_path, file, text, field):
    write(file, text)
    error = ctl.fails("code", "import", str(tmp_path))
    assert f"{file}: line 2: {field}: " in error and "PostgreSQL" not in error


# Aliases ------------------------------------------------------------------------------------------


@pytest.fixture
def remembered(pg):
    north = pg.district("north")
    lincoln = north.school("LIN", 40.0, -75.0, addresses=["100 MAIN ST"], names=["ST. JOHN'S  HIGH-SCHOOL (EAST)"])

    def settle(kind, words):
        pg.execute("insert into district.not_school (district_id, kind, alias, decided_by) values (%s, %s, %s, 'Dana')",
                   north.id, kind, words)

    settle("name", "Lincoln-Bus  Stop, No. 9 ")
    return lincoln


def test_words_known_as_the_other_kind_say_so(ctl, remembered):
    assert "ALIAS: is known here as an address, not as a name\n" in ctl.fails("school", "forget", "north", "name", "100 main st")
    answer = ctl.fails("school", "forget", "north", "address", "lincoln-bus stop, no. 9")
    assert "ALIAS: is known here as a name, not as an address\n" in answer


def test_words_are_forgotten_as_they_are_listed(pg, ctl, remembered):
    listed = ctl.ok("school", "aliases", "north", json_out=True)
    assert len(listed) == 3
    for words in listed:
        ctl.ok("school", "forget", "north", words["kind"], words["alias"])
    assert ctl.ok("school", "aliases", "north", json_out=True) == []


def test_it_says_what_was_forgotten(ctl, remembered):
    assert ctl.ok("school", "forget", "north", "address", "100 main st") == \
        'Forgot the address "100 MAIN ST" of school LIN. Calls that it placed stay where they are.\n'
    assert ctl.ok("school", "forget", "north", "name", "lincoln-bus stop, no. 9") == \
        'Forgot the name "Lincoln-Bus  Stop, No. 9 ", which was of no school.\n'
    assert ctl.ok("school", "forget", "north", "name", "ST. JOHN'S HIGH-SCHOOL (EAST)", json_out=True) == {
        "district": "north", "kind": "name", "words": [{"alias": "ST. JOHN'S  HIGH-SCHOOL (EAST)", "school": "LIN"}]}


# Open questions -----------------------------------------------------------------------------------


@pytest.fixture
def asked(pg):
    """Two calls as intake writes them, whose words leave their place open; one is answered, one waits."""
    metro, north, south = pg.agency("metro"), pg.district("north"), pg.district("south")
    schools = [north.school("LIN", 40.0, -75.0), north.school("OAK", 40.1, -75.1)]

    def ask(number, district, schools, name, address, mode=1):
        words = {"address": address, "name": name, "schools": [
            {"district": district.id, "school": school, "method": "name", "confidence": sure} for school, sure in schools]}
        pg.execute(
            "insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
            "version_at, version_epoch, version_seq, unsure) values (%s, %s, 1, %s, now(), 1, 1, now(), 1, 1, %s)",
            metro.id, number, mode, json.dumps(words))
        pg.execute("select district.review(array[%s], array[%s])", metro.id, number)

    ask("Q-old", north, [(schools[0], 0.5)], "", "9 ELM ST", mode=3)
    ask("Q-1", north, [(schools[0], 0.5), (schools[1], 0.6)], "NEAR NORTH HIGH", "")
    ask("Q-2", south, [(south.school("SUN", 41.0, -75.0), 0.5)], "SUNSET", "")
    ask("Q-done", north, [(schools[0], 0.5)], "BY LINCOLN", "")
    pg.execute("select district.answer_place(%s, %s, 'Q-done', null, false, 'Dana', 'person:1')", north.id, metro.id)


def test_what_waits_to_be_placed_is_listed_by_the_time_that_is_left(pg, ctl, asked):
    shown = ctl.ok("review", "list", "north", json_out=True)
    assert [(r["agency"], r["incident"], r["mode"], r["place_name"], r["address"], r["schools"]) for r in shown] == [
        ("metro", "Q-1", "live", "NEAR NORTH HIGH", None, "OAK;LIN"), ("metro", "Q-old", "backfill", None, "9 ELM ST", "LIN")]
    due = pg.one("select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from district.place_review "
                 "where incident_no = 'Q-1'")
    assert shown[0]["due_at"] == due and shown[0]["asked_at"] < due
    assert [r["incident"] for r in ctl.ok("review", "list", json_out=True)] == ["Q-1", "Q-2", "Q-old"]
    assert "NEAR NORTH HIGH" in ctl.ok("review", "list")
    pg.execute("update district.place_review set state = 'expired'")
    assert ctl.ok("review", "list", json_out=True) == []


def test_status_counts_what_waits_to_be_placed_and_says_until_when(pg, ctl, asked):
    shown = ctl.ok("status", json_out=True)["reviews"]
    assert [(r["district"], r["mode"], r["count"]) for r in shown] == [
        ("north", "backfill", 1), ("north", "live", 1), ("south", "live", 1)]
    due = pg.one("select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from district.place_review "
                 "where incident_no = 'Q-1'")
    assert shown[1]["due_at"] == due
    local = pg.one("select to_char(due_at at time zone zone, 'YYYY-MM-DD HH24:MI') from district.place_review "
                   "join district.district using (district_id) where incident_no = 'Q-1'")
    assert local in ctl.ok("status") and due not in ctl.ok("status")
    pg.agency("county-fire")
    assert ctl.ok("status", "--agency", "county-fire", json_out=True)["reviews"] == []
