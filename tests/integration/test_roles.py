"""What the database role of each service may not do, tested as that role."""

import hashlib
import uuid

import psycopg2
import pytest

from ctl_support import fresh_ctl
from dashboard_support import fresh_dashboard, fresh_town, password_hash

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)
ctl = pytest.fixture(name="ctl")(fresh_ctl)
RUN_TIME = ("intake", "notify", "dashboard", "public")
DIRECTOR = "director@riverside"

# Statements that no service may run. The test fills in %(...)s.
FORBIDDEN = {
    "dashboard": [
        "select password_hash from people.credential", "select login from people.credential",
        "update people.credential set password_hash = 'x'", "update people.person set active = true",
        "select name from people.person", "insert into people.person (name) values ('New')",
        "insert into people.credential (person_id, login) values (1, 'new')", "delete from people.person",
        "insert into people.role (person_id, district_id, role) values (1, 1, 'district')",
        "select * from people.role", "update people.role set role = 'district'", "select * from people.sees",
        "select people.put_user('new', 'New', 'x')", "select people.end_rights(1)",
        "select token_hash from dashboard.session", "delete from dashboard.session",
        "insert into dashboard.session (token_hash, person_id, district_id, csrf, expires_at) "
        "values ('x', 1, 1, 'x', 'infinity')", "update dashboard.session set expires_at = 'infinity'",
        "select * from dashboard.sign_in_count", "delete from dashboard.sign_in_count",
        "insert into dashboard.sign_in_ticket (ticket_hash, subject, person_id) values ('x', 'p:1', 1)",
        "select * from dashboard.sign_in_ticket", "insert into dashboard.device values ('x', 1)",
        "select dashboard.count_try('p:1', 5, 900, 600)", "select dashboard.unlock(1)",
        "select dashboard.end_sessions(1)", "select dashboard.set_active('director@riverside', false)",
        "select * from dashboard.who('x')", "select dashboard.audit_failed(1, null, 'x')",
        "select dashboard.audit_read('person:1', 1, 1, 'x', 'call', '0 s')",
        "insert into liaison.audit (actor, action, object) values ('person:1', 'sign_in', 'session')",
        "select * from liaison.audit", "update liaison.audit set actor = 'x'", "delete from liaison.audit",
        "truncate liaison.audit", "select * from notify.token", "update notify.alert set state = 'closed'",
        "insert into notify.token (token_hash, district_id, alert_id, contact_id, expires_at) "
        "values ('x', 1, 1, 1, 'infinity')", "select notify.acknowledge(1, 1::bigint, 'Somebody else')",
        "select district.answer_place(1, 1, 'x', null, false, 'Somebody else', 'person:9')",
        "select * from notify.receipt", "select * from notify.reply", "select * from notify.opt_out",
        "delete from notify.opt_out", "select notify.set_opt_out('+15550100001', false, 'START')",
        "select notify.take_bounce('x', 'failed', '', '')", "select notify.texted('+15550100001')",
        "select agency.purge_holding('0 s', 1)", "select agency.expire_outcomes('0 s', 1)",
        "select agency.file_outcome(1, 1::bigint, null, 'x')", "select * from agency.event",
        "update district.incident set sensitivity = 'open'", "delete from district.change",
        "select email from people.contact", "update liaison.revision set rev = 0",
        "insert into district.school_alias (district_id, school_id, kind, alias) values (1, 1, 'name', 'x')"],
    "intake": [
        "delete from agency.event", "truncate agency.event", "delete from agency.incident",
        "update agency.event set incident_no = 'x'", "update agency.event set placed = null",
        "delete from district.incident", "delete from district.outcome", "delete from district.place_review",
        "delete from agency.proof", "delete from agency.tally", "delete from agency.absent",
        "delete from agency.stream", "delete from agency.manifest", "delete from agency.quarantine",
        "insert into liaison.audit (actor, action, object) values ('person:1', 'sign_in', 'session')",
        "delete from liaison.audit", "select * from liaison.audit", "select * from people.person",
        "select * from people.credential", "select * from people.contact", "select * from dashboard.session", "select * from notify.delivery", "update district.school set radius_m = 10",
        "update agency.agency set max_octets_s = 0", "insert into agency.feed_key (public_key, agency_id) "
        "values (repeat('x', 40), 1)", "update agency.feed_key set revoked_at = null",
        "select notify.acknowledge(1, 1::bigint, 'x')", "select notify.acknowledge_link('x')",
        "select dashboard.session_find('x', 480, true)", "select district.told(1, 1, 'x', null)",
        "select district.answer_place_as('x', 1, 'x', null, false)", "update liaison.revision set rev = 0"],
    "notify": [
        "insert into liaison.audit (actor, action, object) values ('person:1', 'sign_in', 'session')",
        "delete from liaison.audit", "select * from people.person", "select * from people.credential",
        "select * from people.role", "update people.role set to_at = 'infinity'", "select * from agency.event",
        "update notify.token set expires_at = 'infinity'", "update notify.alert set acknowledged_by = 'x'",
        "update notify.alert set school_id = 1", "delete from notify.alert", "delete from notify.delivery",
        "update notify.delivery set contact_id = 1", "update notify.delivery set message_id = 'x'",
        "update district.outbox set incident_no = 'x'", "insert into notify.rule (district_id, name) values (1, 'x')",
        "update people.person set email = 'x'", "update district.incident set status = 'closed'",
        "select notify.acknowledge(1, 1::bigint, 'x')", "select notify.acknowledge_link('x')",
        "select dashboard.session_find('x', 480, true)", "select district.told(1, 1, 'x', null)",
        "select * from notify.receipt", "select * from notify.opt_out", "update notify.mailbox set uid = 0",
        "select notify.take_text('twilio', 'x', '+15550100001', 'OK')",
        "select notify.take_receipt('twilio', 'x', '', 'failed', '', '', 1, 1)"],
    "public": [
        "select * from district.incident", "select * from district.district", "select * from people.person",
        "select * from people.credential", "select * from people.contact",
        "select * from liaison.audit", "insert into publication.year_class values (1, 2025, 'other', 1)",
        "update publication.year set threshold = 0", "delete from publication.year",
        "select publication.publish_last_year(1)", "select liaison.bump()", "select * from notify.link('x')",
        "select dashboard.sign_in_upkeep(1)", "select * from liaison.counter"],
}


def refused_as(db, role, statements):
    """The statements that the role may run, although all should be refused."""
    session, allowed = db.session(role), []
    with session.cursor() as cursor:
        for statement in statements:
            try:
                cursor.execute(statement)
                allowed.append(statement)
            except psycopg2.errors.InsufficientPrivilege:
                pass
            except psycopg2.Error as error:
                allowed.append(f"{statement}: {error}")
            session.rollback()
    session.close()
    return allowed


OF_NO_ROLE = ["select lo_from_bytea(0, 'x')", "select lo_create(0)"]
LOCKS = ["select pg_advisory_lock(1)", "select pg_advisory_xact_lock(1)", "select pg_try_advisory_lock(1, 2)",
         "select pg_advisory_lock_shared(1)"]


@pytest.mark.parametrize("role", RUN_TIME)
def test_a_role_makes_no_large_objects_and_locks_only_what_it_needs(pg, role):
    assert refused_as(pg, role, OF_NO_ROLE + (LOCKS if role in ("dashboard", "public") else [])) == []


@pytest.mark.parametrize("role", RUN_TIME)
def test_a_budget_is_locked_by_its_function_alone(pg, role):
    assert refused_as(pg, role, ["select * from notify.budget for update", "insert into notify.budget values (1, 1, 1)",
                                 "lock table notify.budget"]) == []


def test_doctor_says_when_locks_are_for_everybody(pg, ctl):
    assert "may take advisory locks" not in ctl.run("doctor").stdout
    pg.execute("grant execute on function pg_advisory_lock(bigint) to public")
    assert "liaison_public may take advisory locks" in ctl.run("doctor").stdout


@pytest.mark.parametrize("role", RUN_TIME)
def test_a_role_may_not_what_no_service_does(pg, role):
    assert refused_as(pg, role, FORBIDDEN[role]) == []


def test_what_runs_as_the_owner_has_a_fixed_search_path_and_is_for_those_who_are_named(pg):
    functions = pg.rows("select p.oid::regprocedure::text, p.proconfig::text, pg_get_userbyid(proowner)::text, "
                        "has_function_privilege('public', p.oid, 'execute') from pg_proc p join pg_namespace n "
                        "on n.oid = pronamespace where prosecdef and nspname !~ '^pg_'")
    assert len(functions) > 10
    for name, config, owner, everybody in functions:
        assert "search_path" in (config or "") and "pg_temp" in config, name
        assert owner == "liaison_owner" and not everybody, name


def test_no_role_writes_the_audit_by_itself(pg):
    assert pg.rows("select grantee::regrole::text, privilege_type from pg_class, aclexplode(relacl) "
                   "where oid = 'liaison.audit'::regclass and grantee <> relowner") == []


def test_a_database_that_granted_more_is_put_right(pg, ctl):
    pg.execute("grant select, update on people.credential to liaison_dashboard")
    pg.execute("grant insert on liaison.audit to liaison_intake")
    pg.execute("grant select (password_hash) on people.credential to liaison_notify")
    pg.execute("grant execute on function notify.acknowledge(int, bigint, text, int, int) to public")
    done = ctl.run("doctor")
    assert "liaison_dashboard may update people.credential" in done.stdout
    ctl.ok("schema", "apply")
    assert refused_as(pg, "dashboard", FORBIDDEN["dashboard"]) == []
    assert refused_as(pg, "intake", FORBIDDEN["intake"]) == []
    assert refused_as(pg, "notify", ["select password_hash from people.credential"]) == []
    assert "may update people.credential" not in ctl.run("doctor").stdout


# What the functions reveal ------------------------------------------------------------------------------


def as_dashboard(db, statement, *args):
    return db.rows(statement, *args, role="dashboard")


TRY = "select wait_s, salt from dashboard.sign_in_try(%s, 'k', 'a', '192.0.2.1', %s, %s, %s, %s, %s, %s)"
FINISH = "select person_id from dashboard.sign_in_finish(%s, %s, %s, %s, 'csrf', null, 72)"


def try_it(db, login=DIRECTOR, ticket=b"t", tries=5, window=900, lock=600, device=None, days=180):
    return as_dashboard(db, TRY, login, device, ticket, tries, window, lock, days)[0]


def test_a_hash_never_leaves_the_database(town):
    kept = town.db.one("select password_hash from people.credential where login = %s", DIRECTOR)
    wait, salt = try_it(town.db)
    assert wait == 0 and kept.startswith(salt + "$") and len(kept) - len(salt) == 44
    assert try_it(town.db, "nobody@x", b"u") == (0, None)


def test_a_session_needs_a_counted_try_and_the_right_hash_once(town):
    kept = town.db.one("select password_hash from people.credential where login = %s", DIRECTOR)
    _, salt = try_it(town.db, ticket=b"one")
    assert as_dashboard(town.db, FINISH, b"none", kept, None, b"s0") == [], "no ticket"
    assert as_dashboard(town.db, FINISH, b"one", salt, None, b"s1") == [], "wrong hash"
    assert as_dashboard(town.db, FINISH, b"one", kept, None, b"s2") == [], "used up"
    for null in (None, ""):
        try_it(town.db, ticket=b"two")
        assert as_dashboard(town.db, FINISH, b"two", null, None, b"s3") == []
    try_it(town.db, ticket=b"old")
    town.db.execute("update dashboard.sign_in_ticket set made_at = made_at - interval '61 s'")
    assert as_dashboard(town.db, FINISH, b"old", kept, None, b"s4") == []
    assert town.db.one("select count(*) from dashboard.session") == 0
    try_it(town.db, ticket=b"good")
    assert len(as_dashboard(town.db, FINISH, b"good", kept, None, b"s5")) == 1
    town.db.execute("update people.credential set password_hash = null where login = %s", DIRECTOR)
    assert try_it(town.db, ticket=b"void") == (0, None)
    assert as_dashboard(town.db, FINISH, b"void", None, None, b"s6") == [], "no password is no empty password"


def test_the_bounds_of_the_limits_hold_whatever_is_asked_for(town):
    seen = [try_it(town.db, ticket=b"%d" % n, tries=1000000, window=1, lock=0)[0] for n in range(25)]
    assert seen[:20] == [0] * 20 and all(seen[20:])
    town.db.execute("delete from dashboard.sign_in_ticket")
    assert try_it(town.db, ticket=b"x", tries=1000000, window=1, lock=0)[0] > 50
    device = hashlib.sha256(b"made up").digest()
    assert try_it(town.db, ticket=b"y", device=device, days=400)[0] > 0


def test_a_new_hash_is_stored_only_with_the_right_old_one(town):
    kept = town.db.one("select password_hash from people.credential where login = %s", DIRECTOR)
    own = password_hash("mine is longer")
    try_it(town.db, ticket=b"one")
    assert as_dashboard(town.db, FINISH, b"one", own, own, b"s1") == []
    assert town.db.one("select password_hash from people.credential where login = %s", DIRECTOR) == kept
    try_it(town.db, ticket=b"two")
    assert as_dashboard(town.db, FINISH, b"two", kept, "nonsense", b"s2")
    assert town.db.one("select password_hash from people.credential where login = %s", DIRECTOR) == kept


def test_people_act_in_their_own_name_and_scope_alone(dashboard, town):
    number = town.incident("A-1", town.south, status="open")
    alert, contact = town.alert(number, town.south)
    acknowledge = "select notify.acknowledge_as(%s, %s, %s)"
    session = lambda login: hashlib.blake2b(
        __import__("base64").urlsafe_b64decode(dashboard.api(login).cookie.split("=")[1] + "="), digest_size=32).digest()
    for login in ("principal@north", "director@otherland"):
        assert as_dashboard(town.db, acknowledge, session(login), town.district.id, alert) == [(False,)]
    assert as_dashboard(town.db, acknowledge, b"none", town.district.id, alert) == [(False,)]
    assert as_dashboard(town.db, "select notify.acknowledge_link('none')") == [(False,)]
    assert town.db.one("select acknowledged_at from notify.alert") is None
    assert as_dashboard(town.db, "select district.answer_place_as(%s, %s, %s, null, false)",
                        session("principal@north"), town.metro.id, number) == [(None,)]
    assert as_dashboard(town.db, acknowledge, session("both@riverside"), town.district.id, alert) == [(True,)]
    assert town.db.one("select acknowledged_by from notify.alert") == "Bo Both"
    person = town.db.one("select person_id from people.credential where login = 'both@riverside'")
    assert town.db.rows("select actor, object from liaison.audit where action = 'acknowledge'") == \
        [(f"person:{person}", f"alert {town.district.id}/{{{alert}}}")]


# Intake -------------------------------------------------------------------------------------------------


def test_intake_ends_the_holding_window_and_detaches_no_event(pg, metro):
    stream = pg.one("insert into agency.stream (agency_id, stream_id, epoch, mode) values (%s, %s, 1, 'live') "
                    "returning stream_no", metro.id, str(uuid.uuid4()))
    for seq, incident in ((1, "OLD"), (2, "NEW")):
        pg.execute("insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, "
                   "content_id) values (%s, %s, %s, %s, 1, 1, now(), 1, gen_random_uuid())", stream, seq, metro.id,
                   incident)
        pg.execute("insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
                   "version_at, version_epoch, version_seq, arrived_at) values (%s, %s, 1, 1, now(), 1, %s, now(), 1, "
                   "%s, now() - %s::interval)", metro.id, incident, seq, seq, "2 days" if incident == "OLD" else "0 s")
    with pytest.raises(psycopg2.errors.RaiseException):
        pg.rows("select agency.file_outcome(%s, 2::bigint, null, 'x')", stream, role="intake")
    assert pg.rows("select agency.purge_holding('24 hours', 100)", role="intake") == [(1,)]
    assert pg.rows("select incident_no from agency.event") == [("NEW",)]
    assert pg.rows("select * from agency.expire_outcomes('0 s', 100)", role="intake") == []
