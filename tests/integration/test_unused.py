"""Everything in the schema is used: each column is named by a statement, a function or a program, and each function
is named outside its own definition."""

import glob
import re

import pytest

import liaison

# Times that are written once, for people who look at the table in psql.
FOR_PEOPLE = re.compile(r"\.(created_at|asked_at|opened_at|last_at|applied_at|decided_at|recorded_at|made_at)$")
SCHEMAS = ["liaison", "code", "agency", "district", "people", "notify", "dashboard", "publication"]


def texts(*patterns):
    for pattern in patterns:
        for path in glob.glob(f"{liaison.ROOT}/{pattern}", recursive=True):
            if "/node_modules/" not in path:
                with open(path, encoding="utf-8") as file:
                    yield file.read()


@pytest.fixture(scope="module", name="source")
def source_in_use():
    """The text of programs, statements and functions, without the comments of the SQL."""
    found = texts("services/**/*.[ch]", "common/**/*.[ch]", "services/**/*.def", "common/**/*.def", "services/**/*.sql*",
                  "common/sql/*.sql", "deploy/schema/r_*.sql", "deploy/schema/grants.sql", "deploy/demo/**/*.py")
    return "\n".join(re.sub(r"^\s*--.*$", "", text, flags=re.M) for text in found)


def test_each_column_is_used(module_pg, source):
    words = set(re.findall(r"\w+", source))
    columns = [".".join(row) for row in module_pg.rows(
        "select table_schema, table_name, column_name from information_schema.columns where table_schema = any(%s) "
        "and is_identity = 'NO'", SCHEMAS)]
    assert len(columns) > 300
    unused = [column for column in columns if column.split(".")[2] not in words and not FOR_PEOPLE.search(column)]
    assert not unused, unused


def test_each_function_is_called(module_pg, source):
    names = {row[0] for row in module_pg.rows(
        "select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
        "where n.nspname = any(%s)", SCHEMAS)}
    elsewhere = {row[0] for row in module_pg.rows(  # functions used by triggers, indexes and aggregates
        "select p.oid::regproc::text from pg_proc p join pg_depend d on d.refobjid = p.oid "
        "and d.refclassid = 'pg_proc'::regclass")}
    called = re.sub(r"create or replace (function|aggregate) [\w.]+|grant execute on function[^;]*;", "", source)
    called = set(re.findall(r"\w+\.\w+", called))
    assert len(names) > 60
    unused = names - called - elsewhere
    assert not unused, unused
