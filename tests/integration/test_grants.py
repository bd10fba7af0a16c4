"""Services have no right that they do not need: without it, a statement of the service would fail. Each grant in the
catalogue is revoked in a transaction, and the role's statements are planned and run with typical parameters
(tests/scale) until one is refused."""

import os
import re
import sys

import psycopg2
import pytest

import liaison
import statements

sys.path.insert(0, os.path.join(liaison.ROOT, "tests", "scale"))
import measure  # noqa: E402
from installation import Installation  # noqa: E402

ROLES = ("intake", "notify", "dashboard", "public")

GRANTS = """
select kind, object, privilege, 'liaison_' || role from (
    select 'table' as kind, c.oid::regclass::text as object, c.relnamespace as schema, a.grantee, a.privilege_type as privilege
      from pg_class c, aclexplode(c.relacl) a where c.relkind in ('r', 'v', 'm')
    union all
    select 'sequence', c.oid::regclass::text, c.relnamespace, a.grantee, a.privilege_type
      from pg_class c, aclexplode(c.relacl) a where c.relkind = 'S'
    union all
    select 'table', t.attrelid::regclass::text, c.relnamespace, a.grantee, a.privilege_type || ' (' || quote_ident(attname) || ')'
      from pg_attribute t join pg_class c on c.oid = t.attrelid, aclexplode(t.attacl) a
    union all
    select 'function', p.oid::regprocedure::text, p.pronamespace, a.grantee, a.privilege_type
      from pg_proc p, aclexplode(p.proacl) a
    union all
    select 'schema', n.nspname, n.oid, a.grantee, a.privilege_type
      from pg_namespace n, aclexplode(n.nspacl) a) g
  join unnest(%s) role on g.grantee = ('liaison_' || role)::regrole
 order by role, kind, object, privilege"""


def exercises():
    """[(role, SQL)]: paths through functions that typical parameters do not reach."""
    with open(liaison.ROOT + "/tests/integration/exercises.sql", encoding="utf-8") as file:
        parts = re.split(r"^-- name: (\w+) .*\n", file.read(), flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


class Checks:
    """The statements of each role, run in a superuser's session that sets the role."""

    def __init__(self, database):
        self.session = database.session()
        self.texts = {role: [] for role in ROLES}  # role: [text of SQL]
        parameters = measure.all_parameters()
        for path, name, text in statements.all_statements():
            if statements.UTILITY.match(text):
                continue
            key, count = measure.key_of(path, name), measure.count_parameters(text)
            nulls = f"({', '.join(['null'] * count)})" if count else ""
            values = measure.values_of(database, parameters[key], count) if count else ""
            for role in statements.roles_of(path):
                if role in ROLES:
                    self.texts[role].append(f"prepare s as {text.strip()} explain execute s{nulls}; execute s{values}")
        for role, text in exercises():
            self.texts[role].append(text)
        self.bodies = dict(database.rows("select pronamespace::regnamespace || '.' || proname, string_agg(prosrc, ' ') from "
                                         "pg_proc where pronamespace >= 16384 group by 1"))
        self.bodies.update(database.rows("select schemaname || '.' || viewname, definition from pg_views "
                                         "where schemaname !~ '^pg_|^information'"))
        self.words = {}

    def reached(self, text):
        """Names that a text mentions, directly or within the functions and views that it uses."""
        if text not in self.words:
            found, queue = set(), [text]
            while queue:
                for word in set(re.findall(r"\w+\.\w+", queue.pop())) - found:
                    found.add(word)
                    queue.append(self.bodies.get(word, ""))
            self.words[text] = found
        return self.words[text]

    def refused(self, role, text):
        """Whether the role lacks a right to run the text."""
        with self.session.cursor() as cursor:
            cursor.execute(f"savepoint before; set local role liaison_{role}")
            try:
                cursor.execute(text)
                return False
            except psycopg2.errors.InsufficientPrivilege:
                return True
            finally:
                cursor.execute("rollback to before; deallocate all")

    def needed(self, kind, thing, privilege, role):
        """Whether a statement of the role fails without this right."""
        name = thing.split("(")[0]
        texts = sorted(self.texts[role], key=lambda text: name not in self.reached(text))
        with self.session.cursor() as cursor:
            cursor.execute(f"revoke {privilege} on {kind} {thing} from liaison_{role}")
        try:
            return any(self.refused(role, text) for text in texts)
        finally:
            self.session.rollback()


@pytest.fixture(scope="module", name="checks")
def fresh_checks(cluster):
    database = cluster.database()
    statements.make_own_tables(database)
    Installation(5, 2000).write(database)
    made = Checks(database)
    yield made
    made.session.close()
    cluster.drop(database)


def test_each_statement_runs_with_the_rights_that_are_granted(checks):
    assert set(ROLES) <= set(checks.texts)
    for role, texts in checks.texts.items():
        assert texts and not [text for text in texts if checks.refused(role, text)], role
    checks.session.rollback()


@pytest.mark.parametrize("role", ROLES)
def test_no_right_is_granted_that_no_statement_needs(checks, role):
    with checks.session.cursor() as cursor:
        cursor.execute(GRANTS, ([role],))
        grants = [(kind, thing, privilege) for kind, thing, privilege, _ in cursor.fetchall()]
    assert grants
    idle = [" ".join(grant) for grant in grants if not checks.needed(*grant, role)]
    assert not idle, "\n".join(idle)
