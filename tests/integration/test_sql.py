"""The statements of services/*/sql and common/sql: each is prepared and planned on a new schema as the role that
runs it, has a caller, and has the form that the build expects. Statements that PostgreSQL cannot plan are run.
Templates (*.sql.in) are tested as the build expands them."""

import glob
import os
import re
import subprocess

import psycopg2
import pytest

import liaison
from statements import COMMON, FOLDERS, OTHER_ROLES, ROLES, UTILITY, all_statements, expanded, make_own_tables

AT_LEAST = 210
# Folders whose C code holds no SQL statement; SQL in advice and messages does not count.
WITHOUT = ["common", "services"]
IN_C = re.compile(r"""\b(select\b.*\b(from|set_config)|(insert\ into|delete\ from|update)\ \w+\.\w+
                      |(create|alter|drop)\ (table|view|function|index)|with\ \w+\ as\ )""", re.X)


ALL = all_statements()
ORDERS = [name for path, name, _ in ALL if path.endswith("/calls.sql") and name != "calls_plan"]


@pytest.fixture(scope="module")
def database(cluster):
    fresh = cluster.database()
    make_own_tables(fresh)
    yield fresh
    cluster.drop(fresh)


def prepare(cursor, name, text):
    """Prepares a statement. Returns how many parameters it has, and what runs it, with each of them null."""
    cursor.execute(f"prepare {name} as {text}")
    cursor.execute("select cardinality(parameter_types) from pg_prepared_statements where name = %s", (name,))
    count = cursor.fetchone()[0]
    return count, f"execute {name}" + (f"({', '.join(['null'] * count)})" if count else "")


def plan(database, role, name, text):
    """The statement's column names. Also runs EXPLAIN, since it checks rights and PREPARE does not."""
    session = database.session(role)
    try:
        with session, session.cursor() as cursor:
            if UTILITY.match(text):
                cursor.execute(text)
                return 0
            count, run = prepare(cursor, name, text)
            cursor.execute("set plan_cache_mode = force_generic_plan")
            cursor.execute(f"explain {run}")
            return count
    finally:
        session.close()


def test_there_are_statements():
    assert len(ALL) >= AT_LEAST
    assert set(FOLDERS) == set(ROLES)


@pytest.mark.parametrize("path,name,text", ALL, ids=[f"{path}:{name}" for path, name, _ in ALL])
def test_each_is_planned_as_the_role_that_runs_it(database, path, name, text):
    folder, file = os.path.split(path)
    used = [int(number) for number in re.findall(r"\$(\d+)", text)]
    for role in OTHER_ROLES.get(file, ROLES[folder]):
        assert plan(database, role, name, text) == max(used, default=0)
    assert set(used) == set(range(1, max(used, default=0) + 1)), "a parameter is passed over"


# What reads a table of a few rows as a whole, and nothing beside it.
WHOLE_TABLES = {"aside_again", "probe_begin", "probe_forget", "provider_seen", "providers", "token_expire"}
PENALTY = 1e9  # a tenth of what the planner adds for a way that is switched off


def test_notify_finds_each_row_by_an_index(database):
    """Its sessions switch reading whole tables off. A plan that must do it all the same costs so much that the planner
    tells no index from another, and takes one that reads a whole district."""
    session, setup, costly = database.session("notify"), dict((n, t) for _, n, t in ALL)["session_setup"], set()
    with session, session.cursor() as cursor:
        cursor.execute(setup)
        for path, name, text in ALL:
            if not path.startswith("services/notify/") or name == "session_setup" or UTILITY.match(text):
                continue
            cursor.execute(f"explain (format json) {prepare(cursor, name, text)[1]}")
            if cursor.fetchone()[0][0]["Plan"]["Total Cost"] > PENALTY:
                costly.add(name)
    session.close()
    assert costly == WHOLE_TABLES


def test_a_statement_beyond_the_rights_of_its_role_is_refused(database):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        plan(database, "notify", "beyond", "select * from agency.event where agency_id = $1")


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_is_used(folder):
    source = ""
    for path in glob.glob(f"{liaison.ROOT}/{os.path.dirname(folder)}/**/*.c", recursive=True):
        with open(path, encoding="utf-8") as file:
            source += file.read()
    unused = [name for path, name, _ in ALL if os.path.dirname(path) == folder and f'"{name}"' not in source
              and not (name in ORDERS and '"calls_%s_%s"' in source)]
    assert not unused


def strings_of(source):
    """The string literals of C code, with adjacent ones joined."""
    for run in re.finditer(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+', re.sub(r"/\*.*?\*/|^#include.*?$", "", source, flags=re.S | re.M)):
        yield "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', run.group()))


@pytest.mark.parametrize("folder", WITHOUT)
def test_no_statement_stands_in_c(folder):
    paths = sorted(glob.glob(f"{liaison.ROOT}/{folder}/**/*.[ch]", recursive=True))
    assert paths
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found += [(os.path.relpath(path, liaison.ROOT), text) for text in strings_of(file.read()) if IN_C.search(text)]
    assert not found


@pytest.mark.parametrize("source", ['sql_do(ctl, "delete from "\n   "agency.event where seq = $1", 1, seq);',
                                    '"with f as (" SHARED ")"', '"select count(*) "\n"from agency.event"'])
def test_a_statement_in_c_is_found(source):
    assert any(IN_C.search(text) for text in strings_of(source))


def test_each_order_of_calls_has_its_statements():
    with open(liaison.ROOT + "/services/dashboard/calls/filter.c", encoding="utf-8") as file:
        orders = re.findall(r'"(\w+)"', re.search(r"filter_sorts\[\] = \{(.*?)\}", file.read(), re.S)[1])
    assert sorted(ORDERS) == sorted(f"calls_{order}_{way}" for order in orders for way in ("asc", "desc"))


def test_names_are_unique_within_a_service():
    for folder in FOLDERS:
        names = [name for path, name, _ in ALL if os.path.dirname(path) in (folder, COMMON)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("text,why", [
    ("select 1;\n", "this stands in no statement"),
    ("-- name: One\nselect 1;\n", "a name is a word"),
    ("-- name: one two\nselect 1;\n", "a name is a word"),
    ("-- name: one\nselect 1;\n\n-- name: one\nselect 2;\n", "a second statement one"),
    ("-- name: one\nselect 1\n\n-- name: two\nselect 2;\n", "has no end"),
    ("-- name: one\nselect 1\n", "has no end"),
    ("-- name: one\nselect 1; select 2;\n", "one statement has one end"),
    ("-- name: one\nselect 1; -- of it\n", "a comment is a line of its own"),
    ("-- name: one\nselect ';'; select 2;\n", "one statement has one end"),
    ("-- name: one\nselect 'a\nb';\n", "a text ends on its line"),
    ("-- only words\n", "no statement"),
    ("-- name: by_{a,b\nselect {1};\n", "a brace without its other one"),
])
def test_a_file_that_is_none_stops_the_build(tmp_path, text, why):
    path = tmp_path / "bad.sql"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(["awk", "-f", liaison.ROOT + "/deploy/sql-to-c.awk", str(path)], capture_output=True, text=True,
                          check=False)
    assert done.returncode != 0
    assert f"{path}:" in done.stderr and why in done.stderr


def test_braces_in_a_name_are_a_statement_for_each_word(tmp_path):
    path = tmp_path / "many.sql"
    path.write_text("-- name: by_{a,b}_{up,down}\nselect '{2}' from {1}\n  order by {1};\n", encoding="utf-8")
    done = subprocess.run(["awk", "-f", liaison.ROOT + "/deploy/sql-to-c.awk", str(path)], capture_output=True, text=True,
                          check=True)
    made = re.findall(r'\{"(\w+)",\n +"(.*?)"\n +"(.*?)"\}', done.stdout)
    assert made == [(f"by_{word}_{way}", f"select '{way}' from {word} ", f"order by {word}")
                    for word in "ab" for way in ("up", "down")]
    assert [(name, text) for name, text in expanded("by_{a,b}_{up,down}", "{2} {1}")] == [
        (f"by_{word}_{way}", f"{way} {word}") for word in "ab" for way in ("up", "down")]


def test_quotes_and_backslashes_arrive(tmp_path):
    path = tmp_path / "good.sql"
    path.write_text("-- name: odd\n-- Not a part of it.\nselect E'\\\\t', \"a\"\n  from b;\n", encoding="utf-8")
    done = subprocess.run(["awk", "-f", liaison.ROOT + "/deploy/sql-to-c.awk", str(path)], capture_output=True, text=True,
                          check=True)
    assert '"select E\'\\\\\\\\t\', \\"a\\" "' in done.stdout and '"from b"' in done.stdout
    assert "Not a part" not in done.stdout


def test_what_ends_a_statement_or_begins_a_comment_may_stand_in_a_text(tmp_path):
    path = tmp_path / "good.sql"
    path.write_text("-- name: parts\nselect string_to_array($1, ';'), '--',\n  ';';\n", encoding="utf-8")
    done = subprocess.run(["awk", "-f", liaison.ROOT + "/deploy/sql-to-c.awk", str(path)], capture_output=True, text=True,
                          check=True)
    assert '"select string_to_array($1, \';\'), \'--\', "' in done.stdout and '"\';\'"}' in done.stdout
