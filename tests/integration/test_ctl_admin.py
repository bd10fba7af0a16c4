"""liaisonctl over a real database: schema, agencies and keys, people, quarantine, status, doctor."""

import json
import os
import shutil
import stat

import pytest

import ctl_support
import liaison
from ctl_support import Ctl

pytestmark = pytest.mark.needs("liaisonctl")
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)


@pytest.fixture
def empty(cluster):
    """A database without a schema."""
    cluster.count += 1
    name = f"t{cluster.count}"
    cluster.execute(f"create database {name} owner liaison_owner")
    return liaison.Database(cluster, name)


# Schema -------------------------------------------------------------------------------------------


def test_schema_is_applied_once_and_recorded(empty):
    ctl = Ctl(empty.conninfo("owner"))
    names = [f for f in os.listdir(os.path.join(liaison.ROOT, "deploy/schema")) if f.endswith(".sql") and f != "grants.sql"]
    numbers = [int(f[:4]) for f in names if f[:4].isdigit()]
    assert ctl.run("schema", "status").returncode == 1
    assert ctl.ok("schema", "apply", json_out=True) == {"version": max(numbers), "applied": len(names)}
    assert ctl.ok("schema", "apply", json_out=True) == {"version": max(numbers), "applied": 0}
    assert {f["state"] for f in ctl.ok("schema", "status", json_out=True)} == {"applied"}
    assert empty.one("select count(*) from liaison.schema_version") == len(numbers)
    assert empty.one("select count(*) from liaison.schema_repeatable") == len(names) - len(numbers)


def schema_dir(tmp_path, **files):
    path = tmp_path / "schema"
    path.mkdir()
    base = open(os.path.join(liaison.ROOT, "deploy/schema/0001_foundation.sql"), encoding="utf-8").read()
    (path / "0001_foundation.sql").write_text(base)
    (path / "grants.sql").write_text("select 1;\n")
    for name, text in files.items():
        (path / (name.lstrip("_") + ".sql")).write_text(text)
    return path


def test_a_file_that_fails_leaves_nothing_of_it_and_names_itself(empty, tmp_path):
    ctl = Ctl(empty.conninfo("owner"))
    path = schema_dir(tmp_path, _0002_bad="create table liaison.half (n int); select nonsense;")
    assert "0002_bad.sql" in ctl.fails("schema", "apply", "--dir", str(path))
    assert empty.one("select to_regclass('liaison.half')::text") is None
    assert empty.one("select max(version) from liaison.schema_version") == 1


def test_a_file_that_was_changed_after_it_was_applied_is_an_error(empty, tmp_path):
    ctl = Ctl(empty.conninfo("owner"))
    path = schema_dir(tmp_path)
    ctl.ok("schema", "apply", "--dir", str(path))
    with open(path / "0001_foundation.sql", "a", encoding="utf-8") as file:
        file.write("-- changed\n")
    assert "was changed after it was applied" in ctl.fails("schema", "apply", "--dir", str(path))
    assert ctl.run("schema", "status", "--dir", str(path)).stdout.startswith("changed")


def test_a_number_below_what_was_applied_is_an_error(empty, tmp_path):
    ctl = Ctl(empty.conninfo("owner"))
    path = schema_dir(tmp_path, _0003_later="create table liaison.later (n int);")
    assert ctl.ok("schema", "apply", "--dir", str(path), json_out=True) == {"version": 3, "applied": 2}
    (path / "0002_sooner.sql").write_text("create table liaison.sooner (n int);")
    assert "0002_sooner.sql: comes before" in ctl.fails("schema", "apply", "--dir", str(path))
    assert "late      0002_sooner.sql" in ctl.run("schema", "status", "--dir", str(path)).stdout
    assert empty.one("select to_regclass('liaison.sooner')::text") is None


def test_two_files_of_one_number_are_an_error(empty, tmp_path):
    path = schema_dir(tmp_path, _0002_one="select 1;", _0002_two="select 1;")
    assert "0002_two.sql: has the number" in Ctl(empty.conninfo("owner")).fails("schema", "apply", "--dir", str(path))


ANSWER = "create or replace function liaison.answer() returns int language sql as 'select %d';"


def test_a_repeatable_file_is_applied_after_the_tables_and_again_when_it_changed(empty, tmp_path):
    ctl = Ctl(empty.conninfo("owner"))
    path = schema_dir(tmp_path, r_answer=ANSWER % 41, _0002_more="create table liaison.more (n int);",
                      r_beside="insert into liaison.more values (1);")
    assert ctl.ok("schema", "apply", "--dir", str(path), json_out=True) == {"version": 2, "applied": 4}
    assert ctl.ok("schema", "apply", "--dir", str(path), json_out=True)["applied"] == 0
    (path / "r_answer.sql").write_text(ANSWER % 42)
    assert "pending   r_answer.sql" in ctl.run("schema", "status", "--dir", str(path)).stdout
    assert ctl.ok("schema", "apply", "--dir", str(path), json_out=True) == {"version": 2, "applied": 1}
    assert empty.one("select liaison.answer()") == 42
    assert empty.one("select count(*) from liaison.more") == 1, "the other file has not changed"
    assert ctl.run("schema", "status", "--dir", str(path)).returncode == 0
    assert empty.one("select count(*) from liaison.audit where object = 'r_answer.sql'") == 2


def test_a_repeatable_file_that_fails_leaves_what_was_there_and_is_tried_again(empty, tmp_path):
    ctl = Ctl(empty.conninfo("owner"))
    path = schema_dir(tmp_path, r_answer=ANSWER % 41)
    ctl.ok("schema", "apply", "--dir", str(path))
    (path / "r_answer.sql").write_text(ANSWER % 42 + "create table liaison.half (n int); select nonsense;")
    for _ in range(2):
        assert "r_answer.sql" in ctl.fails("schema", "apply", "--dir", str(path))
        assert empty.one("select to_regclass('liaison.half')::text") is None
        assert empty.one("select liaison.answer()") == 41
    assert ctl.run("schema", "status", "--dir", str(path)).returncode == 1


def test_derivations_are_replaced_under_a_database_that_has_them(empty, tmp_path):
    ctl = Ctl(empty.conninfo("owner"))
    folder = os.path.join(liaison.ROOT, "deploy/schema")
    path = tmp_path / "schema"
    shutil.copytree(folder, path)
    ctl.ok("schema", "apply", "--dir", str(path))
    before = empty.rows("select oid from pg_proc where pronamespace = 'agency'::regnamespace order by oid")
    for file in path.glob("r_*.sql"):
        file.write_text(file.read_text() + "-- changed\n")
    repeatable = len(list(path.glob("r_*.sql")))
    assert ctl.ok("schema", "apply", "--dir", str(path), json_out=True)["applied"] == repeatable > 0
    assert empty.rows("select oid from pg_proc where pronamespace = 'agency'::regnamespace order by oid") == before


def test_commands_say_when_there_is_no_schema_yet(empty):
    assert "schema apply" in Ctl(empty.conninfo("owner")).fails("agency", "list")


# Agencies and keys --------------------------------------------------------------------------------


def test_an_agency_gets_a_key_file_that_only_its_owner_can_read(pg, ctl, tmp_path):
    key = tmp_path / "metro.key"
    ctl.ok("agency", "add", "metro", "--name", "Metro Police", "--zone", "America/New_York", "--key-file", str(key))
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    lines = dict(line.split(" = ") for line in key.read_text().splitlines())
    assert pg.one("select public_key from agency.feed_key") == lines["public"]
    assert len(lines["secret"]) == 40
    assert lines["secret"] not in pg.dump()


def test_a_key_file_is_never_overwritten(pg, ctl, tmp_path):
    key = tmp_path / "metro.key"
    key.write_text("precious")
    assert "--key-file" in ctl.fails("agency", "add", "metro", "--name", "M", "--zone", "UTC", "--key-file", str(key))
    assert key.read_text() == "precious"
    assert pg.one("select count(*) from agency.agency where slug = 'metro'") == 0


LIMITS = "select max_connections, max_octets_s, max_records_s from agency.agency where slug = 'metro'"


def test_setting_a_limit_changes_no_other(pg, ctl):
    pg.agency("metro")
    ctl.ok("agency", "limit", "metro", "--connections", "4", "--records", "200")
    assert pg.rows(LIMITS) == [(4, None, 200)]
    ctl.ok("agency", "limit", "metro", "--octets", "0")
    assert pg.rows(LIMITS) == [(4, 0, 200)]
    assert pg.rows("select detail from liaison.audit where action = 'agency.limit' order by audit_id") == [
        ({"connections": "4", "records": "200"},), ({"octets": "0"},)]
    for wrong in ("many", "", "-1"):
        assert "--records" in ctl.fails("agency", "limit", "metro", "--records", wrong)
    assert "nobody" not in ctl.fails("agency", "limit", "nobody", "--records", "1")


def test_limits_without_an_option_are_shown_and_stay(pg, ctl):
    pg.agency("metro")
    ctl.ok("agency", "limit", "metro", "--connections", "4", "--octets", "0")
    shown = ctl.ok("agency", "limit", "metro", json_out=True)
    assert [(r["limit"], r["value"], r["unit"], r["default"]) for r in shown] == [
        ("connections", 4, "connections at a time", False), ("octets", 0, "octets a second", False),
        ("records", None, "events a second", True)]
    assert "agency_records_s" in shown[2]["from"], "the setting that holds instead is named"
    assert pg.rows(LIMITS) == [(4, 0, None)]
    assert pg.one("select count(*) from liaison.audit where action = 'agency.limit'") == 1, "looking is no act"


def test_limits_go_back_to_the_settings_when_that_is_said(pg, ctl):
    pg.agency("metro")
    ctl.ok("agency", "limit", "metro", "--connections", "4", "--octets", "5", "--records", "6")
    ctl.ok("agency", "limit", "metro", "--octets", "default")
    assert pg.rows(LIMITS) == [(4, None, 6)]
    ctl.ok("agency", "limit", "metro", "--default", "--records", "7")
    assert pg.rows(LIMITS) == [(None, None, 7)]
    ctl.ok("agency", "limit", "metro", "--default")
    assert pg.rows(LIMITS) == [(None, None, None)]


def test_rotation_lets_both_keys_in_until_the_old_one_is_revoked(pg, ctl, tmp_path):
    ctl.ok("agency", "add", "metro", "--name", "M", "--zone", "UTC", "--key-file", str(tmp_path / "1"))
    old = pg.one("select public_key from agency.feed_key")
    ctl.ok("agency", "rotate", "metro", "--key-file", str(tmp_path / "2"))
    assert pg.one("select count(*) from agency.feed_key where revoked_at is null") == 2
    ctl.ok("agency", "revoke", old)
    assert pg.one("select count(*) from agency.feed_key where revoked_at is null and public_key <> %s", old) == 1
    ctl.ok("agency", "revoke", "metro")
    assert pg.one("select count(*) from agency.feed_key where revoked_at is null") == 0
    assert "no valid key" in ctl.fails("agency", "revoke", "metro")


@pytest.mark.parametrize("options, field", [
    (["--zone", "America/Nowhere"], "--zone"),
    (["--zone", "UTC", "--kind", "army"], "--kind"),
    (["--zone", "UTC", "--priority-top", "up"], "--priority-top"),
    (["--zone", "UTC", "--public-key", "short"], "--public-key"),
    (["--zone", "UTC", "--quiet-after", "long"], "--quiet-after"),
    (["--zone", "UTC"], "--key-file"),
    ([], "--zone"),
])
def test_a_bad_agency_is_refused_by_the_options_name(pg, ctl, options, field):
    assert f"{field}: " in ctl.fails("agency", "add", "metro", "--name", "M", *options)
    assert pg.one("select count(*) from agency.agency where slug = 'metro'") == 0


SET = "select name, kind, zone, quiet_after_s from agency.agency where slug = 'metro'"


def test_what_was_said_of_an_agency_can_be_changed_and_the_rest_stays(pg, ctl):
    pg.agency("metro", name="Metro")
    before = pg.rows("select name, zone from agency.agency where slug <> 'metro'")
    assert ctl.ok("agency", "set", "metro", "--zone", "America/Chicago", "--name", "Metro") == \
        "agency metro: zone is now America/Chicago (was America/New_York)\n"
    assert pg.rows(SET) == [("Metro", "police", "America/Chicago", 900)]
    changed = ctl.ok("agency", "set", "metro", "--name", "Metro Fire", "--kind", "fire", "--quiet-after", "60", json_out=True)
    assert changed == {"agency": "metro", "changed": [
        {"setting": "name", "was": "Metro", "now": "Metro Fire"}, {"setting": "kind", "was": "police", "now": "fire"},
        {"setting": "quiet_after", "was": "900", "now": "60"}]}
    assert pg.rows(SET) == [("Metro Fire", "fire", "America/Chicago", 60)]
    assert pg.rows("select name, zone from agency.agency where slug <> 'metro'") == before
    assert pg.rows("select detail from liaison.audit where action = 'agency.set' order by audit_id desc limit 1") == \
        [(changed,)]


def test_setting_what_is_so_already_is_no_act(pg, ctl):
    pg.agency("metro", name="Metro")
    assert ctl.ok("agency", "set", "metro", "--name", "Metro", "--zone", "America/New_York") == \
        "agency metro: nothing changed, it is so already\n"
    assert pg.one("select count(*) from liaison.audit") == 0


@pytest.mark.parametrize("options, answer", [
    ([], "liaisonctl: one of --name, --kind, --zone, --quiet-after must be given"),
    (["--zone", "America/Nowhere"], "--zone: must be an IANA time zone"), (["--kind", "army"], "--kind: must be one of"),
    (["--quiet-after", "long"], "--quiet-after: "), (["--name", "M", "--zone", "EST"], "--zone: is an abbreviation")])
def test_a_wrong_setting_of_an_agency_changes_nothing(pg, ctl, options, answer):
    pg.agency("metro", name="Metro")
    assert answer in ctl.fails("agency", "set", "metro", *options)
    assert pg.rows(SET) == [("Metro", "police", "America/New_York", 900)]


def test_an_agency_that_exists_is_changed_by_another_command(pg, ctl):
    pg.agency("metro")
    answer = ctl.fails("agency", "add", "metro", "--name", "M", "--zone", "UTC", "--key-file", "x")
    assert "SLUG: exists already" in answer and "agency set" in answer and "agency rotate" in answer
    assert "AGENCY: there is none of this name; there is metro" in ctl.fails("agency", "set", "nowhere", "--name", "N")


def test_every_act_is_in_the_audit(pg, ctl, tmp_path):
    ctl.ok("agency", "add", "metro", "--name", "M", "--zone", "UTC", "--key-file", str(tmp_path / "1"))
    ctl.ok("district", "add", "north", "--name", "North", "--zone", "UTC")
    ctl.ok("agency", "revoke", "metro")
    rows = pg.rows("select action, object, actor like 'ctl:%' from liaison.audit order by audit_id")
    assert [r[0] for r in rows] == ["agency.add", "district.add", "agency.revoke"]
    assert all(r[2] for r in rows)


# People -------------------------------------------------------------------------------------------


def test_a_password_is_stored_as_argon2id_and_rights_are_dated(pg, ctl):
    district = pg.district("riverside")
    district.school("LIN", 40.0, -75.0)
    ctl.ok("user", "add", "Ann", "--name", "Ann Example", "--role", "school", "--district", "riverside",
           "--school", "LIN", "--password-file", "-", stdin="correct horse battery\n")
    person = pg.row("select login, password_hash from people.credential")
    assert person["login"] == "ann"
    assert person["password_hash"].startswith("$argon2id$")
    ctl.ok("user", "add", "ann", "--name", "Ann Example", "--role", "district", "--district", "riverside",
           "--password-file", "-", stdin="another long password\n")
    assert pg.rows("select role from people.role where to_at > now()") == [("district",)]
    assert pg.one("select count(*) from people.role") == 2


@pytest.mark.parametrize("options, stdin, field", [
    (["--role", "district"], "short\n", "--password-file"),
    (["--role", "king"], "long enough password\n", "--role"),
    (["--role", "school"], "long enough password\n", "--school"),
    (["--role", "school", "--school", "NONE"], "long enough password\n", "--school"),
])
def test_a_bad_person_is_refused_and_nothing_is_stored(pg, ctl, options, stdin, field):
    pg.district("riverside")
    answer = ctl.fails("user", "add", "ann", "--name", "A", "--district", "riverside", *options,
                       "--password-file", "-", stdin=stdin)
    assert f"{field}: " in answer
    assert pg.one("select count(*) from people.person") == 0


# Quarantine ---------------------------------------------------------------------------------------


@pytest.fixture
def refused(pg):
    agency = pg.agency("metro")
    stream = pg.one("insert into agency.stream (agency_id, stream_id, epoch, mode, high) "
                    "values (%s, gen_random_uuid(), 1, 'live', 9) returning stream_no", agency.id)
    return pg.one("insert into agency.quarantine (agency_id, stream_no, seq, octets, sha256, content_type, code, field, "
                  "reason) values (%s, %s, 7, 10, '\\x00', 'x/y', 'range', 'place.latitude', 'must be ...') "
                  "returning quarantine_id", agency.id, stream)


def test_a_replay_asks_the_agency_again(pg, ctl, refused):
    listed = ctl.ok("quarantine", "list", json_out=True)
    assert [(r["id"], r["agency"], r["seq"], r["code"]) for r in listed] == [(refused, "metro", 7, "range")]
    ctl.ok("quarantine", "replay", str(refused))
    assert pg.rows("select first, last, reason from agency.stream_gap") == [(7, 7, "replay")]
    assert pg.one("select state from agency.quarantine") == "asked"
    assert ctl.ok("quarantine", "list", json_out=True) == []
    assert "not held" in ctl.fails("quarantine", "replay", str(refused))


def test_a_discarded_record_is_not_asked_for(pg, ctl, refused):
    ctl.ok("quarantine", "discard", "--all")
    assert pg.one("select count(*) from agency.stream_gap") == 0
    shown = ctl.ok("quarantine", "show", str(refused), json_out=True)
    assert (shown["state"], shown["field"]) == ("discarded", "place.latitude")
    assert shown["decided_by"].startswith("ctl:")


# Filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [
    ["status"], ["quarantine", "list"], ["outcome", "list"], ["quarantine", "replay", "--all"],
    ["quarantine", "discard", "--all"]])
def test_an_agency_that_there_is_not_is_an_error_that_names_those_there_are(pg, ctl, refused, command):
    pg.agency("county-fire")
    answer = ctl.fails(*command, "--agency", "mtero")
    assert "--agency: " in answer and "county-fire, metro" in answer and "mtero" not in answer
    assert pg.one("select state from agency.quarantine") == "held"
    ctl.ok(*command, "--agency", "county-fire")


@pytest.mark.parametrize("command", ["school", "contact", "rule", "feeder"])
def test_a_district_that_there_is_not_is_an_error_that_names_those_there_are(pg, ctl, command):
    assert "none at all" in ctl.fails(command, "list", "nroth")
    pg.district("north")
    answer = ctl.fails(command, "list", "nroth")
    assert "DISTRICT: " in answer and "there is north" in answer
    ctl.ok(command, "list", "north")


def test_of_many_agencies_as_many_are_named_as_fit(pg, ctl):
    for i in range(40):
        pg.agency(f"agency-{i:02}")
    answer = ctl.fails("status", "--agency", "nobody")
    assert "agency-00, agency-01" in answer and answer.rstrip().endswith(" more")


@pytest.mark.parametrize("command, option, value, names", [
    (["quarantine", "list"], "--state", "hold", "held, asked, replayed, discarded, gone, all"),
    (["quarantine", "list"], "--limit", "few", "whole number"),
    (["outcome", "list"], "--limit", "-1", "whole number"),
    (["feeder", "import", "north", "x.csv"], "--level", "hihg", "elementary, middle, high")])
def test_a_word_that_no_filter_knows_is_an_error_that_names_the_option(ctl, command, option, value, names):
    answer = ctl.fails(*command, f"{option}={value}")
    assert f"{option}: " in answer and names in answer and value not in answer


# Status and doctor --------------------------------------------------------------------------------


def test_status_counts_in_source_rows(pg, ctl, refused):
    stream = pg.one("select stream_no from agency.stream")
    pg.execute("insert into agency.tally (stream_no, day, at_school, no_school, duplicate, quarantined) values "
               "(%s, '2026-01-01', 2, 3, 1, 1), (%s, '2026-01-02', 1, 0, 0, 0)", stream, stream)
    pg.execute("insert into agency.manifest (stream_no, source, rows_read, rows_rejected, rows_duplicate, records, "
               "first_seq, last_seq) values (%s, 'calls.csv', 11, 1, 2, 8, 1, 8)", stream)
    pg.execute("insert into liaison.counter values ('intake', 'key_refused', 'ABCDEFGH', 4)")
    status = ctl.ok("status", json_out=True)
    counts = status["counts"][0]
    assert (counts["read"], counts["rejected"], counts["duplicates"]) == (11, 1, 3)
    assert (counts["at_school"], counts["no_school"], counts["quarantined"]) == (3, 3, 1)
    assert counts["read"] == sum(counts[k] for k in ("rejected", "duplicates", "at_school", "no_school", "quarantined"))
    assert status["counters"][0]["value"] == 4
    assert "metro" in ctl.ok("status")


@pytest.mark.parametrize("quiet_after, heard, event, state", [
    (900, 5, 60, "live"), (900, 5, 1000, "quiet"), (900, 61, 60, "cut_off"), (900, None, 60, "never"),
    (30, 5, 60, "quiet"), (3600, 5, 1000, "live"), (3600, 61, 60, "cut_off")])
def test_status_tells_quiet_from_cut_off(pg, ctl, tmp_path, quiet_after, heard, event, state):
    ctl.ok("agency", "add", "metro", "--name", "M", "--zone", "UTC", "--key-file", str(tmp_path / "1"),
           "--quiet-after", str(quiet_after))
    metro = pg.one("select agency_id from agency.agency where slug = 'metro'")
    pg.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at, said_at) values "
               "(%s, gen_random_uuid(), 1, 'live', now() - make_interval(secs => %s), "
               "now() - make_interval(secs => %s))", metro, heard, event)
    found = next(a for a in ctl.ok("status", json_out=True)["agencies"] if a["agency"] == "metro")
    assert (found["state"], found["complete"], found["proven_to"], found["missing"]) == (state, False, None, 0)


def test_an_agency_was_last_heard_on_the_newest_of_its_live_streams(pg, ctl):
    metro = pg.agency("metro")
    for heard in (4000, 5, 900):  # a new stream leaves the agent's old streams in the table
        pg.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at, said_at) values "
                   "(%s, gen_random_uuid(), 1, 'live', now() - make_interval(secs => %s), now())", metro.id, heard)
    for argv in (["status"], ["status", "--agency", "metro"]):
        found = next(a for a in ctl.ok(*argv, json_out=True)["agencies"] if a["agency"] == "metro")
        assert found["state"] == "live" and 5 <= found["live_heard_s_ago"] < 60


def test_status_tells_escalations_that_are_not_due_from_what_waits(pg, ctl):
    pg.execute("set session_replication_role = replica; "  # alerts without a call
               "insert into notify.alert (district_id, alert_id, agency_id, incident_no, school_id, rule_id, mode) "
               "overriding system value select 1, n, 1, n::text, 1, 1, 'live' from generate_series(1, 3) n; "
               "insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, next_at, "
               "created_at, message_id) select 1, n, 1, 'email', 'first', 'queued', now() + due * interval '1 minute', "
               "now() - interval '90 s', n::text from (values (1, -0.5), (2, 5), (3, 6)) as d(n, due)")
    due = {(row["channel"], row["lane"]): row for row in ctl.ok("status", json_out=True)["deliveries"] if row["check"] == "due"}
    email = due.pop(("email", 1))
    assert (email["found"], email["detail"]["later"], email["ok"]) == (1, 2, True)
    assert all((row["found"], row["detail"]["later"]) == (0, 0) for row in due.values())


def test_the_states_of_an_agency_are_told_in_the_same_words_everywhere():
    with open(os.path.join(liaison.ROOT, "services/dashboard/openapi.json"), encoding="utf-8") as file:
        state = json.load(file)["components"]["schemas"]["Agency"]["properties"]["state"]
    with open(os.path.join(liaison.ROOT, "docs/dashboard.md"), encoding="utf-8") as file:
        rows = dict(line.replace("`", "").strip("| \n").split(" | ") for line in file
                    if line.startswith(tuple(f"| {word} |" for word in state["enum"])))
    assert state["description"] == " ".join(f"{word}: {rows[word]}." for word in state["enum"])


def test_doctor_finds_a_grant_too_many(pg, ctl):
    def least():
        done = ctl.run("doctor", json_out=True)
        return next(c for c in json.loads(done.stdout) if c["check"] == "least privilege")

    assert least()["ok"]
    pg.execute("grant select on people.credential to liaison_intake")
    assert not least()["ok"]
    assert least()["found"] == ["liaison_intake may select people.credential"]
    assert ctl.run("doctor").returncode == 1


def test_doctor_names_schools_that_nobody_watches(pg, ctl):
    district = pg.district("riverside")
    district.school("LIN", 40.0, -75.0)
    checks = {c["check"]: c for c in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert checks["schools have contacts"]["found"] == ["riverside/LIN has nobody to tell"]
    assert not checks["services alive"]["ok"]


def test_doctor_says_that_people_named_for_sealed_calls_are_told_of_others_too(pg, ctl):
    district = pg.district("riverside")
    district.school("LIN", 40.0, -75.0)
    district.contact("P", email="p@riverside.example", sealed=True)
    checks = {c["check"]: c for c in json.loads(ctl.run("doctor", json_out=True).stdout)}
    assert checks["schools have contacts"]["ok"] and checks["the roster has no holes ahead"]["ok"]


def test_doctor_says_whom_sealed_calls_reach(pg, ctl):
    district = pg.district("riverside")
    lin = district.school("LIN", 40.0, -75.0)
    district.school("OAK", 41.0, -75.0)
    rule = "insert into notify.rule (district_id, name, channels, sealed) values (%s, %s, %s, %s)"

    def told():
        return {c["check"]: c for c in json.loads(ctl.run("doctor", json_out=True).stdout)}["sealed calls are told as the rules say"]
    assert told()["ok"] and "note" not in told(), "a district without rules is named by another check"
    pg.execute(rule, district.id, "all", ["email"], False)
    assert told()["ok"] and told()["note"] == "riverside: no rule is for sealed calls, and nobody is told of them"
    contact = district.contact("P", email="p@riverside.example", phone="+15550100001", sealed=True, schools=[lin])
    assert told()["found"] == ["riverside named people for sealed calls, and has no rule for these"]
    pg.execute(rule, district.id, "sealed", ["sms"], True)
    assert told()["found"] == ["riverside/OAK has nobody to tell of sealed calls"]
    pg.execute("update notify.rule set schools = %s where sealed", [lin])
    assert told()["ok"] and "note" not in told()
    pg.execute("select notify.set_opt_out('+15550100001', true, 'STOP')")
    assert told()["found"] == ["riverside/LIN has nobody to tell of sealed calls"], "the rule asks for texts alone"
    pg.execute("update notify.rule set channels = '{email}' where sealed")
    assert told()["ok"]
    pg.execute("update people.role set sealed = false where role_id = %s", contact)
    assert told()["found"] == ["riverside/LIN has nobody to tell of sealed calls"]


CALL = ("insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, sensitivity, "
        "type_own, type_code, dispositions, opened_at, school_id, relation, version_at) values "
        "(%s, %s, %s, 'cad', 'live', 'closed', 'other', 'open', %s, %s, %s, now(), %s, 'at', now())")


def test_doctor_names_types_and_dispositions_without_a_common_code(pg, ctl):
    district = pg.district("riverside")
    school = district.school("LIN", 40.0, -75.0)
    metro, fire = pg.agency("metro"), pg.agency("fire")
    known, unknown = {"own": "RPT", "code": "01"}, {"own": "UTL", "code": None}

    def call(agency, number, type_own, type_code, *dispositions):
        pg.execute(CALL, district.id, agency.id, number, type_own, type_code,
                   json.dumps(dispositions) if dispositions else None, school)

    def mapped():
        done = ctl.run("doctor", json_out=True)
        return next(c for c in json.loads(done.stdout) if c["check"] == "codes mapped")

    call(metro, "1", "A", "ALARM", known)
    call(metro, "2", None, None)
    call(metro, "3", "withheld", None)
    assert mapped()["ok"]
    call(metro, "4", "A", "ALARM", known, unknown)
    call(metro, "5", "A", "ALARM", unknown, unknown)
    call(metro, "6", "B", None)
    call(fire, "1", "B", None, known)
    assert mapped()["found"] == ["fire: 1 call has a type without a common code",
                                 "metro: 1 call has a type without a common code",
                                 "metro: 2 calls have a disposition without a common code"]
    assert mapped()["advice"].startswith("liaisonctl code map AGENCY KIND FILE; ")


def test_doctor_sends_an_operator_to_the_log_that_says_why_an_agency_is_cut_off(pg, ctl):
    pg.agency("metro")
    heard = next(c for c in json.loads(ctl.run("doctor", json_out=True).stdout) if c["check"] == "agencies heard")
    assert heard["found"] == ["metro was never heard"]
    assert "--check" not in heard["advice"], "it never connects"
    with open(os.path.join(liaison.ROOT, "docs/feed.md"), encoding="utf-8") as file:
        feed = file.read()
    for event in ("unreachable", "no_handshake", "refused"):
        assert event in heard["advice"] and f"`{event}`" in feed
    assert "When there is no connection" in heard["advice"] and ". When there is no connection\n" in feed
