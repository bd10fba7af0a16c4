"""A new installation, whose statistics say nothing yet: what notify asks for a burst of calls reads no more beside a
history of messages than without one. PostgreSQL counts the pages that each statement touches."""

import liaison
import pytest

from notify_lab import fresh_relay
from notify_support import Town
from test_statement_cost import counting, notify  # noqa: F401  counting: the fixture

pytestmark = pytest.mark.needs("liaison-notify")
relay = pytest.fixture(name="relay")(fresh_relay)

PEOPLE, CALLS, FEW, MANY = 20, 10, 10, 300
GROWING = ("notify.alert", "notify.delivery", "notify.attempt", "notify.token", "district.incident",
           "district.incident_school", "people.person", "people.role", "people.role_school")
STATEMENTS = """select queryid, sum(shared_blks_hit + shared_blks_read)::int, max(query)
                  from pg_stat_statements s join pg_database d on d.oid = s.dbid
                 where d.datname = %s and s.userid = 'liaison_notify'::regrole and s.toplevel group by queryid"""


def history(town, count):
    """Calls that were told to all, with the tries and the links."""
    town.pg.execute("""
        insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, sensitivity,
                                       type_code, school_id, relation, opened_at, version_at)
        select %s, %s, 'H-' || n, 'cad', 'live', 'closed', 'violence', 'open', 'FIGHT', %s, 'at',
               now() - interval '2 days', now()
          from generate_series(1, %s) n""", town.district.id, town.agency.id, town.school, count)
    town.pg.execute("""
        insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank, relation, method,
                                              confidence)
        select district_id, agency_id, incident_no, school_id, 1, 'at', 'radius', 0.9 from district.incident
         where incident_no like 'H-%'""")
    town.pg.execute("""
        insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode, state)
        select district_id, agency_id, incident_no, school_id, (select min(rule_id) from notify.rule), 'live', 'closed'
          from district.incident where incident_no like 'H-%'""")
    town.pg.execute("""
        with d as (
            insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, next_at, sent_at,
                                         attempts, message_id, content)
            select a.district_id, a.alert_id, c.contact_id, 'email', 'first', 'sent', now() - interval '2 days',
                   now() - interval '2 days', 1, gen_random_uuid(), '{"opened": 1700000000, "first": {}, "now": {}}'
              from notify.alert a join people.contact c using (district_id) where a.incident_no like 'H-%'
            returning *),
        t as (
            insert into notify.attempt (district_id, delivery_id, attempt, worker, provider, began_at, ended_at, outcome)
            select district_id, delivery_id, 1, gen_random_uuid(), 'smtp', sent_at, sent_at, 'sent' from d)
        insert into notify.token (token_hash, district_id, alert_id, contact_id, addressee, expires_at)
        select sha256(message_id::bytea), district_id, alert_id, contact_id, '\\x00', now() + interval '5 days' from d""")


def calls(town, relay, changed=""):
    """A burst: so many calls at once, or a change of each. Waits until everybody has heard of all."""
    before = len(relay.mails)
    if changed:
        town.pg.execute(f"update district.incident set {changed}, version_at = now() where incident_no like 'B-%'")
    else:
        for at in range(CALLS):
            town.call(f"B-{at}", outbox=False)
    town.pg.execute("insert into district.outbox (district_id, agency_id, incident_no, mode, first) "
                    "select district_id, agency_id, incident_no, 'live', %s from district.incident "
                    "where incident_no like 'B-%%'", not changed)
    liaison.wait_until(lambda: len(relay.mails) >= before + CALLS * PEOPLE, 60, "everybody has heard")
    liaison.wait_until(lambda: not town.pg.one("select count(*) from notify.delivery where state in ('queued', 'sending')"),
                       30, "all ends are written down")


def pages_beside(cluster, tmp_path, closing, relay, count):
    """{statement: (pages that it touched, its text)} of a burst and of a change, beside so many calls that were told before."""
    town = Town(cluster.database())
    for table in GROWING:
        town.pg.execute(f"alter table {table} set (autovacuum_enabled = off)")
    for at in range(PEOPLE):
        town.district.contact(f"P{at}", email=f"p{at}@riverside.example")
    town.pg.execute("update district.district set alert_budget = 0")
    town.rule()
    daemon = notify(tmp_path, town.pg, closing, relay.port)
    before = len(relay.mails)
    town.call("W")  # the session plans its statements beside next to nothing
    liaison.wait_until(lambda: len(relay.mails) == before + PEOPLE, 30, "the first call is told")
    history(town, count)
    if count == MANY:
        daemon.wait_log("event=plans_discarded")
    cluster.execute("select pg_stat_statements_reset()")
    calls(town, relay)
    calls(town, relay, "class = 'weapon', type_code = 'GUN', priority = 9")
    session = cluster.connect("postgres")
    with session, session.cursor() as cursor:
        cursor.execute(STATEMENTS, (town.pg.name,))
        pages = {statement: (touched, " ".join(text.split())) for statement, touched, text in cursor.fetchall()}
    session.close()
    daemon.kill9()
    return pages


def test_a_burst_beside_a_history_before_it_is_analyzed(counting, tmp_path, closing, relay):  # noqa: F811
    few = pages_beside(counting, tmp_path, closing, relay, FEW)
    many = pages_beside(counting, tmp_path, closing, relay, MANY)
    grown = [f"{few[statement][0]} to {pages} pages: {text[:150]}" for statement, (pages, text) in many.items()
             if statement in few and pages > few[statement][0] * 1.5 + 500]
    assert len(few.keys() & many.keys()) > 20 and not grown, "\n".join(grown)
