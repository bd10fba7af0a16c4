"""liaisonctl schema apply upgrades a database of an older schema, with rows in it, to today's schema.

fixtures/schema-7 holds the files of version 7 that differ from today's deploy/schema: the functions,
which were a numbered file then, and the grants. The other numbered files of version 7 are the same
today, because they are never edited."""

import json
import os
import shutil
import uuid

import pytest

import liaison
from ctl_support import Ctl
from liaison import ROOT, event, wait_until

pytestmark = pytest.mark.needs("liaisonctl", "liaison-intake")
SCHEMA = os.path.join(ROOT, "deploy", "schema")
OF_THEN = os.path.join(ROOT, "tests", "integration", "fixtures", "schema-7")
HERE = (40.0, -75.0)
STREAM, EPOCH = str(uuid.uuid4()), 1_700_000_000_000_000

# The whole schema by names, without oids, the order of columns and the order of grants.
SHAPE = """
    with s as (select oid, nspname, nspacl from pg_namespace
                where nspname in ('liaison', 'code', 'agency', 'district', 'notify', 'dashboard', 'publication',
                                  'public'))
    select 'schema', nspname, a::text from s, aclexplode(nspacl) a
    union all
    select 'table ' || c.relkind::text, c.oid::regclass::text, coalesce(c.reloptions, '{}')::text
      from pg_class c join s on s.oid = relnamespace
    union all
    select 'grant', c.oid::regclass::text, a::text from pg_class c join s on s.oid = relnamespace, aclexplode(relacl) a
    union all
    select 'column', attrelid::regclass::text || '.' || attname,
           concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity::text, pg_get_expr(adbin, adrelid))
      from pg_attribute join pg_class c on c.oid = attrelid join s on s.oid = relnamespace
      left join pg_attrdef on (adrelid, adnum) = (attrelid, attnum) where attnum > 0 and not attisdropped
    union all
    select 'column grant', attrelid::regclass::text || '.' || attname, a::text
      from pg_attribute join pg_class c on c.oid = attrelid join s on s.oid = relnamespace, aclexplode(attacl) a
    union all
    select 'constraint', conrelid::regclass::text || '.' || conname, pg_get_constraintdef(k.oid)
      from pg_constraint k join s on s.oid = connamespace
    union all
    select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
      from pg_index join pg_class c on c.oid = indrelid join s on s.oid = relnamespace
    union all
    select 'trigger', tgrelid::regclass::text || '.' || tgname, pg_get_triggerdef(t.oid)
      from pg_trigger t join pg_class c on c.oid = tgrelid join s on s.oid = relnamespace where not tgisinternal
    union all
    select 'view', c.oid::regclass::text, pg_get_viewdef(c.oid)
      from pg_class c join s on s.oid = relnamespace where relkind = 'v'
    union all
    select 'function', p.oid::regprocedure::text, case prokind when 'a' then '' else pg_get_functiondef(p.oid) end
      from pg_proc p join s on s.oid = pronamespace
    union all
    select 'function grant', p.oid::regprocedure::text, a::text
      from pg_proc p join s on s.oid = pronamespace, aclexplode(coalesce(proacl, acldefault('f', proowner))) a
"""


def rows_of(db):
    """Every row of every table, as (table, JSON)."""
    tables = db.rows("select format('%I.%I', schemaname, tablename) from pg_tables "
                     "where schemaname not in ('pg_catalog', 'information_schema')")
    return [(table, row) for table, in tables for row, in db.rows(f"select to_jsonb(t) from {table} t")]


def hear(db, metro, stream, seq, incident, kind, at, place, **columns):
    """Inserts an event, then folds and derives by the functions of this database."""
    values = {"stream_no": stream, "seq": seq, "agency_id": metro.id, "incident_no": incident, "kind": kind,
              "mode": 1, "occurred_at": at, "epoch": EPOCH, "content_id": str(uuid.uuid4()),
              "placed": json.dumps(place), **columns}
    db.execute(f"insert into agency.event ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})",
               *values.values())
    db.execute("insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, "
               "version_at, version_epoch, version_seq) values (%s, %s, 1, 1, %s, %s, %s, %s, %s, %s) "
               "on conflict do nothing",
               metro.id, incident, at, EPOCH, seq, at, EPOCH, seq)
    db.execute("select agency.fold(array[%s], array[%s])", metro.id, incident)
    db.execute("select district.derive(array[%s], array[%s])", metro.id, incident)
    db.execute("update agency.stream set high = greatest(high, %s) where stream_no = %s", seq, stream)
    db.execute("insert into agency.tally (stream_no, day, at_school, no_school) values (%s, current_date, %s, %s) "
               "on conflict (stream_no, day) do update set at_school = agency.tally.at_school + excluded.at_school, "
               "no_school = agency.tally.no_school + excluded.no_school", stream, int(bool(place)), int(not place))


# Contacts and users of version 7. A contact: code, name, e-mail, telephone, active, whether of one school.
CONTACTS = [("P1", "Pat Example", "Pat@riverside.example", None, True, True),
            ("P2", "pat  example", "pat@RIVERSIDE.example", "+15550100001", True, False),
            ("OFFICE", "Front Office", "pat@riverside.example", None, True, False),
            ("A1", "Ann Other", "ann@riverside.example", "+15550100002", True, False),
            ("A2", "Ann Other", "ann@riverside.example", "+15550100003", True, False),
            ("GONE", "Gil Gone", "gil@riverside.example", None, False, False),
            ("LEFT", "Lee Left", "lee@riverside.example", None, True, False),
            ("N1", "No Mail", None, "+15550100009", True, False), ("N2", "No Mail", None, "+15550100009", True, False)]
USERS = [("pat@riverside.example", "Pat Example", True), ("lee@riverside.example", "Lee Left", False),
         ("gil@riverside.example", "Somebody Else", True)]


def write_people(db, riverside, school):
    for code, name, email, phone, active, one_school in CONTACTS:
        contact = db.one("insert into district.contact (district_id, code, name, email, phone, active) "
                         "values (%s, %s, %s, %s, %s, %s) returning contact_id", riverside.id, code, name, email, phone,
                         active)
        if one_school:
            db.execute("insert into district.contact_school values (%s, %s, %s)", riverside.id, contact, school)
    alert = db.one("insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode) "
                   "values (%s, %s, 'OLD-2', %s, 1, 'live') returning alert_id", riverside.id, db.metro.id, school)
    db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, message_id) "
               "select district_id, %s, contact_id, 'email', 'first', code from district.contact", alert)
    # The ids of persons and contacts differ, so that a mix-up is found.
    db.execute("alter table dashboard.person alter column person_id restart with 1001")
    for login, name, active in USERS:
        person = db.one("insert into dashboard.person (login, name, active, password_hash) values (%s, %s, %s, 'hash') "
                        "returning person_id", login, name, active)
        db.execute("insert into dashboard.right (person_id, district_id, role, school_id, to_at) values "
                   "(%s, %s, 'district', null, now()), (%s, %s, 'school', %s, 'infinity')",
                   person, riverside.id, person, riverside.id, school)
        db.execute("insert into dashboard.session (token_hash, person_id, district_id, csrf, expires_at) values "
                   "(sha256(%s), %s, %s, 'x', 'infinity')", login.encode(), person, riverside.id)


@pytest.fixture
def empty(cluster):
    """empty() is a database without a schema."""
    made = []

    def make():
        cluster.count += 1
        made.append(liaison.Database(cluster, f"t{cluster.count}"))
        cluster.execute(f"create database {made[-1].name} owner liaison_owner")
        return made[-1]

    yield make
    for db in made:
        cluster.drop(db)


@pytest.fixture
def old(empty, tmp_path):
    """A database of version 7: one closed call and one open call at a school, and one call elsewhere."""
    folder = tmp_path / "schema"
    shutil.copytree(OF_THEN, folder)
    for name in os.listdir(SCHEMA):
        if name[:4].isdigit() and int(name[:4]) <= 7:
            shutil.copy(os.path.join(SCHEMA, name), folder)
    db = empty()
    assert Ctl(db.conninfo("owner")).ok("schema", "apply", "--dir", str(folder), json_out=True) == \
        {"version": 7, "applied": 7}

    db.metro = db.agency("metro")
    db.metro.map_codes("type", {"415F": "FIGHT"})
    db.metro.map_codes("outcome", {"CIT": "CITED"})
    riverside = db.district("riverside")
    school = riverside.school("LIN", *HERE)
    write_people(db, riverside, school)
    db.execute("insert into notify.rule (district_id, name) values (%s, 'all')", riverside.id)
    stream = db.one("insert into agency.stream (agency_id, stream_id, epoch, mode) values (%s, %s, %s, 'live') "
                    "returning stream_no", db.metro.id, STREAM, EPOCH)
    there = [{"district": riverside.id, "school": school, "relation": "at", "distance_m": 3, "method": "radius",
              "confidence": 1}]
    hear(db, db.metro, stream, 1, "OLD-1", 1, "2026-03-02T15:00:00Z", there, call_type="415F", report_numbers=["26-1"])
    hear(db, db.metro, stream, 2, "OLD-1", 5, "2026-03-02T15:40:00Z", there,
         outcomes=json.dumps([{"outcome_id": "o-1", "code": "CIT"}]))
    hear(db, db.metro, stream, 3, "OLD-2", 1, "2026-03-02T16:00:00Z", there, call_type="415F")
    hear(db, db.metro, stream, 4, "OLD-3", 1, "2026-03-02T16:01:00Z", [], call_type="415F")
    return db


def upgrade(old):
    ctl = Ctl(old.conninfo("owner"))
    assert ctl.run("schema", "status").returncode == 1, "an old schema is seen to be old"
    ctl.ok("schema", "apply")
    assert {f["state"] for f in ctl.ok("schema", "status", json_out=True)} == {"applied"}
    return ctl


def test_an_upgraded_database_has_the_shape_of_a_new_one(old, empty):
    upgrade(old)
    fresh = empty()
    Ctl(fresh.conninfo("owner")).ok("schema", "apply")
    upgraded, new = set(old.rows(SHAPE)), set(fresh.rows(SHAPE))
    assert len(new) > 1000
    assert sorted(upgraded - new) == []
    assert sorted(new - upgraded) == []


BECAME_PEOPLE = ("district.contact", "district.contact_school", "dashboard.person", 'dashboard."right"')


def test_contacts_and_users_of_before_are_people(old):
    contacts = "select contact_id, code, name, role, email, phone, {}, sealed, active from {}.contact order by code"
    schools = "select {}, district_id, school_id from {}"
    ids = old.rows("select contact_id, message_id from notify.delivery")
    before = old.rows(contacts.format("wave", "district")), old.rows(schools.format("contact_id", "district.contact_school"))
    users = dict(old.rows("select login, person_id from dashboard.person"))
    upgrade(old)
    rows = old.rows(contacts.format("step", "people"))
    spelt = lambda contact: [*contact[:2], " ".join((contact[2] or "").lower().split()), contact[3],
                             (contact[4] or "").lower(), *contact[5:]]
    assert [spelt(row) for row in rows] == [spelt(row) for row in before[0]] and len(rows) == len(CONTACTS)
    assert sorted(ids) == sorted((row[0], row[1]) for row in rows), "deliveries name the same contacts"
    assert old.rows(schools.format("role_id", "people.covered") + " join people.role using (role_id, district_id) "
                    "where role = 'contact'") == before[1]
    assert dict(old.rows("select login, person_id from people.credential")) == users
    who = dict(old.rows("select code, person_id from people.role where role = 'contact'"))
    pat = users["pat@riverside.example"]
    assert (who["P1"], who["P2"]) == (pat, pat), "one e-mail, one name, and a login"
    apart = [pat, who["OFFICE"], who["A1"], who["A2"], who["GONE"], who["LEFT"], who["N1"], who["N2"],
             users["lee@riverside.example"], users["gil@riverside.example"]]
    assert len(set(apart)) == len(apart) == old.one("select count(*) from people.person")
    # Their rights are the same.
    sees = old.rows("select c.login, s.whole, s.school_id is not null from people.sees s join people.credential c using "
                    "(person_id) order by 1")
    assert sees == [("gil@riverside.example", False, True), ("pat@riverside.example", False, True)]
    assert old.one("select count(*) from people.role where role = 'district' and to_at <= now()") == len(USERS)
    assert len(old.rows("select w.login from dashboard.session s, dashboard.who(s.token_hash) w")) == 2
    # New rows get new numbers.
    numbers = old.rows("select nextval(pg_get_serial_sequence('people.person', 'person_id')), "
                      "nextval(pg_get_serial_sequence('people.role', 'role_id'))")[0]
    assert numbers > (old.one("select max(person_id) from people.person"), old.one("select max(role_id) from people.role"))
    assert numbers[1] > old.one("select max(role_id) from people.role")


DROPPED = {"notify.alert": ["said"]}  # each message says now what was said to its reader
RENAMED = {"notify.delivery": {"wave": "step"}}


def test_no_row_of_before_the_upgrade_is_lost_or_changed(old):
    before = rows_of(old)
    assert {"agency.event", "agency.tally", "district.incident", "district.outcome"} <= {table for table, _ in before}
    upgrade(old)
    after = rows_of(old)
    for table, row in before:
        if table in BECAME_PEOPLE:  # looked at above
            continue
        for column in DROPPED.get(table, ()):
            row.pop(column)
        for column, name in RENAMED.get(table, {}).items():
            row[name] = row.pop(column)
        assert any(t == table and row.items() <= r.items() for t, r in after), f"{table}: {row}"


def test_calls_of_before_the_upgrade_go_on_after_it(old, intake, peer):
    upgrade(old)
    agent = peer(intake(old), old.metro)
    assert agent.hello(stream=STREAM, epoch=EPOCH)["high"] == 4, "nothing is asked for again"
    at = dict(zip(("latitude", "longitude"), HERE))
    agent.event(5, event("OLD-1", "outcome.recorded", "2026-03-03T09:00:00Z",
                         outcomes=[{"outcome_id": "o-2", "code": "CIT", "decided_at": "2026-03-03T08:00:00Z"}]))
    agent.event(6, event("OLD-2", "incident.closed", "2026-03-02T16:30:00Z"))
    agent.event(7, event("OLD-3", "incident.updated", "2026-03-02T16:10:00Z", **at))
    agent.event(8, event("NEW-1", call_type="415F", **at))
    agent.wait_acked(5, 6, 7, 8)
    calls = old.rows("select incident_no, status, type_code, relation from district.incident order by 1")
    assert calls == [("NEW-1", "open", "FIGHT", "at"), ("OLD-1", "closed", "FIGHT", "at"),
                     ("OLD-2", "closed", "FIGHT", "at"), ("OLD-3", "open", "FIGHT", "at")]
    assert old.rows("select outcome_id, code from district.outcome order by 1") == [("o-1", "CITED"), ("o-2", "CITED")]
    assert old.row("select digest_from, high from agency.stream") == {"digest_from": 5, "high": 8}


# Texts that the column error of a delivery could hold before there were reasons, with the state of the delivery.
REASONS = [("sent", None, None), ("queued", None, None), ("queued", "smtp 450", "deferred"),
           ("queued", "unknown http curl-28", "no_answer"), ("unknown", "unknown http curl-28", "no_answer"),
           ("queued", "unknown lease", "sender_lost"), ("unknown", "smtp curl-28", "no_answer"),
           ("failed", "smtp curl-7", "unreachable"), ("failed", "smtp 550", "refused"), ("failed", "smtp 451", "deferred"),
           ("failed", "twilio 21610", "refused"), ("failed", "twilio 20429", "deferred"),
           ("failed", "kannel 400", "refused"), ("failed", "kannel 503", "deferred"), ("failed", "http 500", "deferred"),
           ("failed", "smtp address", "bad_address"), ("failed", "sms number", "bad_address"),
           ("failed", "no channel", "no_channel"), ("failed", "not readable", "unreadable"),
           ("queued", "stopped", "internal"), ("queued", "smtp memory", "internal"), ("queued", "withdrawn", "withdrawn"),
           ("cancelled", None, "acknowledged"), ("cancelled", "smtp 450", "acknowledged"),
           ("cancelled", "unknown lease", "acknowledged"), ("cancelled", "closed", "closed"),
           ("cancelled", "withdrawn", "withdrawn"), ("cancelled", "nothing new", "nothing_new"),
           ("cancelled", "first message not sent", "first_not_sent"), ("cancelled", "no address", "no_address"),
           ("cancelled", "contact not active", "contact_inactive"), ("cancelled", "not of the school", "not_of_school"),
           ("cancelled", "sealed", "sealed")]


def test_deliveries_of_before_the_upgrade_get_the_reason_that_their_text_meant(old):
    alert = old.row("insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode) "
                    "select district_id, agency_id, incident_no, school_id, 1, 'live' from district.incident_school "
                    "where incident_no = 'OLD-1' returning district_id, alert_id")
    for n, (state, error, _) in enumerate(REASONS):
        old.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, error, message_id) "
                    "values (%s, %s, %s, 'email', 'update', %s, %s, %s)", alert["district_id"], alert["alert_id"], n, state,
                    error, n)
    upgrade(old)
    # What waited and may have been sent is unknown now: another delivery repeats it.
    now = [("unknown" if reason in ("no_answer", "sender_lost") and state == "queued" else state, error, reason)
           for state, error, reason in REASONS]
    assert old.rows("select state, error, reason from notify.delivery where kind = 'update' order by message_id::int") == now


def test_doctor_is_content_after_an_upgrade(old, intake, peer):
    ctl = upgrade(old)
    with open(os.path.join(ROOT, "deploy/superuser.sql"), encoding="utf-8") as file:
        old.execute(file.read())  # as docs/operator.md says
    agent = peer(intake(old), old.metro)
    agent.hello(stream=STREAM, epoch=EPOCH)
    wait_until(lambda: old.one("select count(*) from liaison.service"), what="intake says that it is alive")
    told = json.loads(ctl.run("doctor", json_out=True).stdout)
    # notify and dashboard do not run here, nobody was named for alarms, and how full the disk is depends on the machine.
    assert {c["check"]: c["found"] for c in told if not c["ok"] and c["check"] != "disk"} == \
        {"services alive": ["notify was not seen for 30 seconds", "dashboard was not seen for 30 seconds"],
         "alarms have somebody to tell": ["riverside named nobody for alarms"],
         "notify runs": ["no liaison-notify was heard of for a minute"],
         "channels have a provider": [f"{channel}: rules use it, and no running liaison-notify can send by it"
                                      for channel in ("email", "sms")]}
