"""Buffers and rows that one run of a statement touches, counted by PostgreSQL: the same on every machine."""

import glob
import re

import harness
import statements

RUNS = 6  # runs in a session before the measured one, after which PostgreSQL has chosen its plan
# Rows of tables and entries of indexes that were read, also within functions.
ROWS = """select sum(pg_stat_get_xact_tuples_returned(oid))::bigint from pg_class
           where relkind in ('r', 'i', 'm') and relnamespace >= 16384"""
# The statement that precedes another in its transaction, by the first matching pattern: it sets planner options.
BEFORE = {r"notify/": "notify/session_setup", r"dashboard/(outcomes|calls_.*(asc|desc))$": "dashboard/calls_plan"}


def key_of(path, name):
    return f"{'common' if path.startswith(statements.COMMON) else path.split('/')[1]}/{name}"


def all_statements():
    """{key: (role, text)} of the statements that touch rows."""
    return {key_of(path, name): (statements.roles_of(path)[0], text) for path, name, text in statements.all_statements()
            if not statements.UTILITY.match(text)}


def columns_of(text, others):
    """An array with one element for each column that the statement inserts, in its order: the column, or what others
    gives for it."""
    names, values = re.search(r"insert into [^(]*\(([^)]*)\)\s*select (.*?)(?: on conflict|$)", " ".join(text.split())).groups()
    given = dict(re.split(r" = ", each, maxsplit=1) for each in others.split("; "))
    names = [name.strip() for name in names.split(",")]
    types = re.findall(r"unnest\(\$\d+::([^)]*)\)", values)
    assert len(names) == len(types) and set(given) <= set(names)
    return ", ".join(f"array[({given.get(name, name)})::text]::{type_}" for name, type_ in zip(names, types))


def all_parameters():
    """{key: select}"""
    texts = {key_of(path, name): text for path, name, text in statements.all_statements()}
    found = {}
    for path in glob.glob(harness.ROOT + "/tests/scale/parameters/*.sql"):
        with open(path, encoding="utf-8") as file:
            parts = re.split(r"^((?:-- name: .*\n)+)", file.read(), flags=re.M)
        found |= {key: re.sub(r"@columns\((.*?)\)$", lambda others: columns_of(texts[key], others[1]),
                              text.strip().rstrip(";"), flags=re.M)
                  for names, text in zip(parts[1::2], parts[2::2])
                  for name in names.replace("-- name: ", "").split() for key, _ in statements.expanded(name, "")}
    return found


def count_parameters(text):
    return max((int(number) for number in re.findall(r"\$(\d+)", text)), default=0)


def values_of(database, select, count):
    """The parameters as literals for EXECUTE."""
    columns = ", ".join(f"quote_nullable(c{n}::text)" for n in range(count))
    names = ", ".join(f"c{n}" for n in range(count))
    rows = database.rows(f"select {columns} from ({select}) as p({names})")
    assert len(rows) == 1, f"its parameters are {len(rows)} rows"
    return f"({', '.join(rows[0])})"


def measure(database, key, role, text, select):
    """{"buffers", "rows"} of one run, which is rolled back."""
    count = count_parameters(text)
    before = [all_statements()[name][1] for pattern, name in BEFORE.items() if re.match(pattern, key)][:1]
    before = before[0] if before else ""
    values = values_of(database, select, count) if count else ""
    session = database.session(role)
    try:
        with session.cursor() as cursor:
            cursor.execute(f"prepare s as {text}")
            session.commit()
            for _ in range(1 if before else RUNS):
                cursor.execute(before or "select")
                cursor.execute(f"explain (analyze, timing off) execute s{values}")
                session.rollback()
            cursor.execute(before or "select")
            cursor.execute(ROWS)
            rows = cursor.fetchone()[0]
            cursor.execute(f"explain (analyze, timing off, buffers, format json) execute s{values}")
            plan = cursor.fetchone()[0][0]["Plan"]
            cursor.execute(ROWS)
            rows = cursor.fetchone()[0] - rows
            session.rollback()
    finally:
        session.close()
    return {"buffers": plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], "rows": rows}
