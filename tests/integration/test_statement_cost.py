"""The cost of a statement grows no faster than its result. PostgreSQL counts the pages that each statement touches
(pg_stat_statements) while the real programs run it in installations of two sizes."""

import socket

import pytest

import liaison
from dashboard_support import Dashboard
from dashboard_support import Town as DashboardTown
from notify_support import Town as NotifyTown
from postgres import Cluster
from statements import all_statements

PAGES = ["/api/v1/" + page for page in ("session", "now", "calls", "reviews", "outcomes", "schools", "codes")]
TIMES = 10  # size of the larger installation relative to the smaller one


@pytest.fixture(scope="module")
def counting():
    cluster = Cluster()
    try:
        cluster.execute("alter system set shared_preload_libraries = 'pg_stat_statements'")
        cluster.stop()
        cluster.start()
        cluster.execute("create extension pg_stat_statements")
        yield cluster
    finally:
        cluster.close()


def counted(cluster, database, what, words="%"):
    """The row of what PostgreSQL counted for the statements that contain these words."""
    session = cluster.connect("postgres")
    try:
        with session, session.cursor() as cursor:
            cursor.execute(f"select {what} from pg_stat_statements s join pg_database d on d.oid = s.dbid "
                           "where d.datname = %s and query like %s and query not like '%%pg_stat_statements%%'",
                           (database.name, words))
            return cursor.fetchone()
    finally:
        session.close()


def pages_of(cluster, database, words):
    """Pages touched by one run of the statement that contains these words; None: it has not run yet. The words
    must not be constants, which pg_stat_statements replaces."""
    return counted(cluster, database, "sum(shared_blks_hit + shared_blks_read)::float / nullif(sum(calls), 0)",
                   f"%{words}%")[0]


@pytest.fixture(name="silent_relay")
def fresh_silent_relay():
    """Accepts connections and never sends anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield server.getsockname()[1]


def calls_at(town, count, district, agency, school, opened="now() - interval '1 hour'"):
    """Inserts this many calls at a school by one statement."""
    town.execute(f"""
        insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, sensitivity,
                                       type_code, school_id, relation, opened_at, version_at)
        select %s, %s, 'B-' || n, 'cad', 'live', 'closed', 'violence', 'open', 'FIGHT', %s, 'at', {opened}, now()
          from generate_series(1, %s) n""", district, agency, school, count)
    town.execute("""
        insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank, relation, method,
                                              confidence)
        select district_id, agency_id, incident_no, school_id, 1, 'at', 'radius', 0.9 from district.incident""")


def waiting_messages(town, count):
    """Inserts this many due messages, each of its own alert. The planner's statistics show a long history of sent
    messages and an empty queue, as they do when a burst begins."""
    calls_at(town.pg, count, town.district.id, town.agency.id, town.school)
    rule = town.rule()
    told, untold = (town.district.contact(code, email=f"{code}@riverside.example") for code in ("A", "B"))
    town.pg.execute("alter table notify.delivery set (autovacuum_enabled = off)")
    town.pg.execute("""
        insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode)
        select district_id, agency_id, incident_no, school_id, %s, 'live' from district.incident""", rule)
    add_messages = """
        insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, next_at, message_id, content)
        select district_id, alert_id, %s, 'email', 'first', %s, now() - interval '1 minute', 'm' || alert_id,
               '{"opened": 1700000000, "first": {}, "now": {}}'
          from notify.alert"""
    town.pg.execute(add_messages, told, "sent")
    town.pg.execute("analyze")
    town.pg.execute(add_messages, untold, "queued")


def notify(tmp_path, database, closing, relay):
    """A liaison-notify that sends its mail to the relay."""
    text = liaison.ini(database={"conninfo": database.conninfo("notify")}, sms={"provider": "none"},
                       smtp={"host": "127.0.0.1", "port": relay, "tls": "none", "from": "Liaison <liaison@riverside.example>"},
                       links={"base_url": "https://liaison.riverside.example"})
    path = liaison.write_file(str(tmp_path / f"notify-{database.name}.ini"), text, 0o600)
    return closing(liaison.Daemon(tmp_path, "liaison-notify", "--config", path)).start()


def pages_to_claim(cluster, tmp_path, closing, relay, count):
    database = cluster.database()
    waiting_messages(NotifyTown(database), count)
    daemon = notify(tmp_path, database, closing, relay)
    pages = sum(liaison.wait_until(lambda w=words: pages_of(cluster, database, w), what="a claim")
                for words in ("from notify.claim(", "from notify.due("))
    daemon.kill9()
    return pages


@pytest.mark.needs("liaison-notify")
def test_a_claim_costs_no_more_than_what_waits(counting, tmp_path, closing, silent_relay):
    small = pages_to_claim(counting, tmp_path, closing, silent_relay, 500)
    large = pages_to_claim(counting, tmp_path, closing, silent_relay, 500 * TIMES)
    assert large < small * TIMES * 2, (small, large)


def test_a_claim_reads_no_more_rows_than_it_takes(counting):
    database = counting.database()
    waiting_messages(NotifyTown(database), 2000)
    claim = {name: text for _, name, text in all_statements()}["delivery_claim"]
    session = database.session("notify")
    with session, session.cursor() as cursor:
        cursor.execute(f"prepare claim as {claim}")
        cursor.execute("execute claim (16, gen_random_uuid(), 60, 'email', '{0,1,2,3,4}', "
                       "(extract(epoch from now()) * 1000000)::bigint, '{call}', 'smtp', false, false, false, false)")
        assert cursor.fetchone()[1] == 16
        cursor.execute("select idx_tup_fetch + seq_tup_read from pg_stat_xact_user_tables "
                       "where (schemaname, relname) = ('notify', 'delivery')")
        assert cursor.fetchone()[0] < 200
    session.close()


def pages_to_decide(cluster, tmp_path, closing, relay, history):
    """Pages that notify reads to decide about one new call at a school with a history of this many calls."""
    database = cluster.database()
    town = NotifyTown(database)
    waiting_messages(town, 40)
    database.execute("""
        insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, sensitivity,
                                       type_code, school_id, relation, opened_at, version_at)
        select %s, %s, 'H-' || n, 'cad', 'backfill', 'closed', 'violence', 'open', 'FIGHT', %s, 'at',
               now() - n * interval '1 hour', now() from generate_series(1, %s) n""",
                     town.district.id, town.agency.id, town.school, history)
    database.execute("""
        insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank, relation, method,
                                              confidence)
        select district_id, agency_id, incident_no, school_id, 1, 'at', 'radius', 0.9 from district.incident
         where incident_no like 'H-%%'""")
    database.execute("delete from notify.delivery")
    database.execute("insert into district.outbox (district_id, agency_id, incident_no, mode, first) "
                     "select district_id, agency_id, incident_no, 'live', false from notify.alert")
    database.execute("analyze")
    daemon = notify(tmp_path, database, closing, relay)
    liaison.wait_until(town.drained, what="the outbox is empty")
    daemon.kill9()
    return pages_of(cluster, database, "as alert_closed")


@pytest.mark.needs("liaison-notify")
def test_a_decision_does_not_read_the_schools_history(counting, tmp_path, closing, silent_relay):
    small = pages_to_decide(counting, tmp_path, closing, silent_relay, 2000)
    large = pages_to_decide(counting, tmp_path, closing, silent_relay, 2000 * TIMES)
    assert large < small * 2, (small, large)


def pages_to_tell(cluster, tmp_path, closing, relay, others):
    """Pages that notify reads to decide and to compose one message, in a district with so many contacts of another
    school, and as many absences that have somebody to stand in."""
    database = cluster.database()
    town = NotifyTown(database)
    south = town.district.school("SOUTH", 41.0, -75.0, name="South High", level="high")
    database.execute("select people.put_contact(%s, 'O' || n, 'Other ' || n, 'principal', 'o' || n || '@riverside.example', "
                     "null, 1, false, true) from generate_series(1, %s) n", town.district.id, others)
    database.execute("update people.role set scope = 'schools' where role = 'contact'")
    database.execute("insert into people.role_school select role_id, district_id, %s from people.role", south)
    database.execute("insert into people.absence (district_id, role_id, from_at, to_at, substitute, by) "
                     "select r.district_id, r.role_id, now() - interval '9 days', now() - interval '8 days', "
                     "(select min(role_id) from people.role), 'test' from people.role r "
                     "where r.role_id > (select min(role_id) from people.role)")
    town.district.contact("A", email="a@riverside.example", schools=[town.school])
    town.rule()
    database.execute("analyze people.role, people.person, people.role_school, people.absence, district.school")
    daemon = notify(tmp_path, database, closing, relay)
    town.call("FIRST")  # which reads the catalogue
    town.wait_states("sending")
    cluster.execute("select pg_stat_statements_reset()")
    town.call("SECOND")
    town.wait_states("sending", "sending")
    daemon.kill9()
    return [pages_of(cluster, database, words) for words in ("notify.contacts_of(", "from notify.due(")]


@pytest.mark.needs("liaison-notify")
def test_a_message_does_not_read_the_contacts_of_other_schools(counting, tmp_path, closing, silent_relay):
    others = 500
    contacts, message = pages_to_tell(counting, tmp_path, closing, silent_relay, others)
    assert contacts < others and message < others, (contacts, message)


def pages_of_now(cluster, tmp_path, closing, agencies, districts):
    """Pages read for the dashboard's "now", with this many live agencies without a call and districts with one."""
    database = cluster.database()
    town = DashboardTown(database, calls=0)
    database.execute("insert into agency.agency (slug, name, kind, zone) select 'quiet' || n, 'Quiet', 'police', "
                     "'America/New_York' from generate_series(1, %s) n", agencies)
    database.execute("insert into agency.stream (agency_id, stream_id, mode, epoch, heard_at) select agency_id, "
                     "gen_random_uuid(), 'live', 1, now() from agency.agency where slug like 'quiet%%'")
    database.execute("insert into district.district (slug, name, zone) select 'd' || n, 'D', 'America/New_York' "
                     "from generate_series(1, %s) n", districts)
    database.execute("""
        insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, sensitivity,
                                       school_id, relation, opened_at, version_at)
        select district_id, %s, 'E-1', 'cad', 'live', 'closed', 'violence', 'open', %s, 'at', now(), now()
          from district.district where slug like 'd%%'""", town.fire.id, town.far)
    database.execute("analyze")
    dashboard = closing(Dashboard(tmp_path, database)).start()
    assert dashboard.api("director@riverside").get("/api/v1/now")["open"] == []
    return pages_of(cluster, database, "agency.heard_in")


@pytest.mark.needs("liaison-dashboard")
def test_now_does_not_look_for_each_agency_in_each_district(counting, tmp_path, closing):
    small = pages_of_now(counting, tmp_path, closing, 100, 10)
    large = pages_of_now(counting, tmp_path, closing, 100, 10 * TIMES)
    assert large < small * 2, (small, large)


def pages_to_publish(cluster, years):
    """Pages read to publish the last closed year; it and each year before it have 200 calls."""
    database = cluster.database()
    town = DashboardTown(database, calls=0)
    calls_at(database, 200 * years, town.district.id, town.metro.id, town.north,
             opened="date_trunc('year', now()) - interval '18 months' - (n / 200) * interval '1 year'"
                    " + (n %% 200) * interval '1 hour'")
    database.execute("analyze")
    with database.session() as session, session.cursor() as cursor:
        cursor.execute("select publication.publish_last_year(%s)", (town.other.id,))  # what a session reads once
        cursor.execute("explain (analyze, buffers, format json) select publication.publish_last_year(%s)",
                       (town.district.id,))
        plan = cursor.fetchone()[0][0]["Plan"]
    session.close()
    assert database.one("select sum(calls) from publication.year_class") == 199
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_publishing_a_year_does_not_read_the_others(counting):
    few, many = pages_to_publish(counting, 2), pages_to_publish(counting, 100)
    assert many < few * 2, (few, many)


PLACED = '[{"district": %d, "school": %d, "relation": "at", "method": "radius", "confidence": 0.9}]'


class Unanalyzed:
    """An agency, a district and its school for which PostgreSQL has no statistics. The session first ran its
    statements on nearly empty tables, and keeps those plans."""

    def __init__(self, cluster, stale):
        self.database = cluster.database()
        for table in ("agency.event", "agency.incident", "district.incident", "district.outcome"):
            self.database.execute(f"alter table {table} set (autovacuum_enabled = off)")
        self.agency, self.district = self.database.agency("metro").id, self.database.district("riverside")
        self.school = self.district.school("LIN", 47.62, -122.35)
        self.placed = PLACED % (self.district.id, self.school)
        self.session = self.database.session()
        self.outcomes(1, "F-1")  # what a session reads once
        for name in ("FIRST", "SECOND"):
            self.calls(name, 1, numbers=["F-1"])
            self.pages_to_find(name, "F-1")
            if stale:
                self.run("analyze")

    def run(self, sql, *args):
        with self.session.cursor() as cursor:
            cursor.execute(sql, args or None)
            self.session.commit()

    def pages(self, sql, *args):
        with self.session.cursor() as cursor:
            cursor.execute("explain (analyze, buffers, format json) " + sql, args)
            plan = cursor.fetchone()[0][0]["Plan"]
            self.session.commit()
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    def history(self, count):
        """Inserts calls with an outcome each, and outcomes without a call; all have other report numbers."""
        self.run("insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, "
                 "content_id, outcomes, report_numbers) select 1, n, %s, case when n %% 2 = 0 then 'H-' || n end, 6, 3, "
                 "now(), 1, gen_random_uuid(), '[{\"code\": \"A\"}]', array['H-' || n] from generate_series(1, %s) n",
                 self.agency, 2 * count)
        self.run("insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, "
                 "sensitivity, school_id, relation, opened_at, version_at) select %s, %s, 'H-' || n, 'cad', 'backfill', "
                 "'closed', 'other', 'open', %s, 'at', now(), now() from generate_series(2, %s, 2) n", self.district.id,
                 self.agency, self.school, 2 * count)
        self.run("insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
                 "version_at, version_epoch, version_seq, report_numbers) select %s, 'H-' || n, 1, 3, now(), 1, 1, now(), "
                 "1, 1, array['H-' || n] from generate_series(2, %s, 2) n", self.agency, 2 * count)
        self.run("insert into district.outcome (district_id, agency_id, incident_no, outcome_id, subject, own, decided_at) "
                 "select district_id, agency_id, incident_no, 'O', 1, 'A', now() from district.incident "
                 "where incident_no like 'H-%'")
        self.run("select gin_clean_pending_list('agency.event_unnamed_report'), "
                 "gin_clean_pending_list('agency.incident_report')")

    def calls(self, name, count, merged=None, numbers=None):
        """Inserts this many calls at the school: name-1 and so on."""
        self.run("insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, "
                 "content_id, call_type, placed, merged_into, report_numbers) select 2, (select count(*) from agency.event) "
                 "+ n, %s, %s || '-' || n, 3, 3, now() - interval '1 day', 1, gen_random_uuid(), 'FIGHT', %s, %s, %s "
                 "from generate_series(1, %s) n", self.agency, name, self.placed, merged, numbers, count)
        self.run("insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
                 "version_at, version_epoch, version_seq, at_school, call_type, placed, merged_into, report_numbers) "
                 "select %s, %s || '-' || n, 1, 3, now() - interval '1 day', 1, 1, now(), 1, 1, true, 'FIGHT', %s, %s, %s "
                 "from generate_series(1, %s) n", self.agency, name, self.placed, merged, numbers, count)
        self.run("select agency.settle(array_agg(agency_id), array_agg(incident_no), false) from agency.incident "
                 "where agency_id = %s and incident_no like %s || '-%%'", self.agency, name)

    def outcomes(self, count, number):
        """Inserts this many outcomes that name only this report number."""
        self.run("insert into agency.event (stream_no, seq, agency_id, kind, mode, occurred_at, epoch, content_id, outcomes, "
                 "report_numbers) select 3, (select count(*) from agency.event) + n, %s, 6, 3, now(), 1, gen_random_uuid(), "
                 "'[{\"code\": \"A\"}]', array[%s] from generate_series(1, %s) n", self.agency, number, count)

    def pages_to_find(self, name, number):
        return self.pages("select agency.find_outcomes(array[%s], array[%s], array[%s])", self.agency, name + "-1",
                          "{" + number + "}")


def pages_of_a_bulk(cluster, history, stale):
    """Pages read by commits about a hundred calls merged into one and a hundred outcomes of one report number: the
    surviving call is sent again; the number is sent, sent for a second call, and sent again."""
    town = Unanalyzed(cluster, stale)
    town.history(history)
    town.calls("X", 1)
    town.calls("M", 100, merged="X-1")
    pages = [town.pages("select agency.settle(array[%s], array['X-1'], false)", town.agency)]
    town.outcomes(100, "R-1")
    for name, filed in (("A", 100), ("B", 0), ("B", 0)):
        if not town.database.one("select count(*) from agency.incident where incident_no = %s", name + "-1"):
            town.calls(name, 1, numbers=["R-1"])
        pages.append(town.pages_to_find(name, "R-1"))
        assert town.database.one("select count(*) from district.outcome where incident_no = 'A-1'") == filed
    town.session.close()
    return pages


@pytest.mark.parametrize("stale", (False, True), ids=("no statistics", "statistics of next to nothing"))
def test_mergers_and_outcomes_do_not_read_the_history_before_it_is_analyzed(counting, stale):
    short, long = (pages_of_a_bulk(counting, history, stale) for history in (300, 300 * TIMES))
    for few, many in zip(short, long):
        assert many < few * 1.5, (short, long)


def planned(cluster, database):
    """Milliseconds that statements in functions were planned, and that the service's own statements took."""
    return counted(cluster, database, "sum(total_plan_time) filter (where not toplevel), "
                                      "sum(total_exec_time) filter (where toplevel)")


def count_planning(cluster):
    """From now on: these tests stand last."""
    cluster.execute("alter system set pg_stat_statements.track = 'all'")
    cluster.execute("alter system set pg_stat_statements.track_planning = on")
    cluster.execute("select pg_reload_conf()")


def test_a_look_for_alarms_waits_for_no_planning(counting):
    """Each look planned notify.health() anew: four fifths of its time, every two seconds."""
    count_planning(counting)
    town = DashboardTown(counting.database(), calls=50)
    town.db.execute("update people.role set alarms = true where role = 'contact'")
    session = town.db.session("notify")
    with session, session.cursor() as cursor:
        for at in range(15):  # a session runs a statement some times before it keeps a plan
            if at == 10:
                session.commit()
                before = planned(counting, town.db)
            cursor.execute("select notify.look_for_alarms('1 min'), count(*) from notify.health()")
    planning, all_of_it = [after - was for after, was in zip(planned(counting, town.db), before)]
    session.close()
    assert planning < all_of_it / 2, f"{planning:.0f} ms of planning in {all_of_it:.0f} ms"


def test_whoever_asks_again_waits_for_no_planning(counting, tmp_path):
    """Functions that pages and links ask keep their plans: planning them took most of an answer's time."""
    count_planning(counting)
    town = DashboardTown(counting.database(), calls=50)
    incident = town.incident()
    link = "/api/v1/ack/" + town.token(*town.alert(incident, town.north))
    dashboard = Dashboard(tmp_path, town.db)
    dashboard.start()
    slow = []
    try:
        api = dashboard.api("director@riverside")
        cookie = {"Cookie": api.cookie}
        for method, path in [("POST", link)] + [("GET", path) for path in (link, *PAGES)]:
            def ask(method=method, path=path):
                answer = api.raw(method, path, b"pressed=yes" if method == "POST" else None, cookie)
                assert answer.status == 200, f"{method} {path}: {answer.status}"
            for _ in range(50):  # each session runs a statement some times before it keeps a plan
                ask()
            before = planned(counting, town.db)
            for _ in range(20):
                ask()
            planning, all_of_it = [after - was for after, was in zip(planned(counting, town.db), before)]
            if planning > all_of_it / 2:
                slow.append(f"{method} {path}: {planning:.0f} ms of planning in {all_of_it:.0f} ms")
    finally:
        dashboard.close()
    assert not slow
