"""An alert is about a subject, a kind and an id; only the kind knows what it is. Sending knows no channel by name."""

import glob
import os
import re

import psycopg2
import pytest

import liaison
from notify_support import fresh_notify, fresh_sandbox, fresh_town
from statements import all_statements

pytestmark = pytest.mark.needs("liaison-notify")
sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)
town = pytest.fixture(name="town")(fresh_town)
notify = pytest.fixture(name="notify")(fresh_notify)

NOTIFY = os.path.join(liaison.ROOT, "services", "notify")
# Where a call is read, decided on and put into words.
OF_CALLS = {"subject.c", "subject_call.c", "subject_storm.c", "storm.c", "subject_alarm.c", "alarm_text.c",
            "subject_drill.c", "reconcile.c", "facts.c", "rules.c", "message.c", "message_mail.c", "words.c", "cap.c",
            "trial.c", "trial_calls.c"}


def code_of(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)


def sources():
    return {os.path.basename(path): code_of(path) for path in glob.glob(NOTIFY + "/**/*.c", recursive=True)}


def test_an_alert_names_its_subject(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify()
    town.call("I-1/2")
    town.wait_states("sent")
    assert town.pg.rows("select subject_kind, subject_id from notify.alert") == \
        [("call", f"{town.agency.id}/I-1/2/{town.school}")]


def test_a_call_has_its_agency_number_and_school(town, sandbox, notify):
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    notify()
    town.call("I-1")
    town.wait_states("sent")
    for column in ("agency_id", "incident_no", "school_id"):
        with pytest.raises(psycopg2.errors.NotNullViolation):
            town.pg.execute(f"update notify.alert set {column} = null")


def test_what_is_due_about_another_kind_waits_for_a_program_that_knows_it(town, sandbox, notify):
    """The schema is newer than this program: it sends what it knows, and leaves the rest as it is."""
    town.district.contact("P", email="pat@riverside.example")
    town.rule()
    first = notify()
    town.call("I-1")
    town.wait_states("sent")
    first.terminate()
    pg = town.pg
    pg.execute("alter table notify.alert drop constraint alert_subject_kind_check")
    pg.execute("alter table notify.alert alter subject_id drop expression")
    pg.execute("update notify.alert set subject_kind = 'digest', subject_id = '2026-11', agency_id = null, "
               "incident_no = null, school_id = null")
    pg.execute("update notify.delivery set state = 'queued', sent_at = null")
    pg.execute("alter table notify.alert alter subject_id set default 'another call'")
    notify("second.ini")
    town.call("I-2")
    liaison.wait_until(lambda: len(town.deliveries(state="sent")) == 1, what="the call is told")
    assert [(row["state"], row["attempts"]) for row in town.deliveries()] == [("queued", 1), ("sent", 1)]


def test_the_schema_allows_the_kinds_that_the_program_has(pg):
    text = pg.one("select pg_get_constraintdef(oid) from pg_constraint where conname = 'alert_subject_kind_check'")
    kinds = {name for code in sources().values() if "const struct subject_kind " in code
             for name in re.findall(r'\.name = "(\w+)"', code)}
    assert kinds and set(re.findall(r"'(\w+)'::text", text)) == kinds


# What all kinds read of a statement: file and functions in which its rows are read.
READ = {"contacts": ("batch.c", "batch_take_contacts take_quiet"), "tellings": ("batch.c", "batch_take_tellings"),
        "due": ("dispatch.c", "")}
BY_CHANNEL = {prefix + name for prefix in ("", "no_more_") for name in ("email", "sms", "webhook")}


def columns_read(file, functions):
    """The names of columns in these functions, or in all of the file."""
    code = sources()[file]
    bodies = [code] if not functions else [match[0] for name in functions.split() for match in re.finditer(
        rf"^\w[^\n;]*\b{name}\([^;{{]*\{{.*?^\}}", code, flags=re.M | re.S)]
    return set(re.findall(r'row_(?:text|int|flag|null)\(\s*row, "(\w+)"', "".join(bodies)))


def test_each_kind_gives_the_columns_that_all_kinds_read(pg):
    """A column that a statement lacks ends the process."""
    kinds = re.findall(r"const struct subject_kind subject_(\w+) = \{(.*?)\n\};", "".join(sources().values()), flags=re.S)
    assert len(kinds) >= 4
    texts = {name: text for path, name, text in all_statements() if path.startswith("services/notify/")}
    for kind, body in kinds:
        for what in ("contacts", "tellings", "due"):
            name = re.search(rf'\.{what} = "(\w+)"', body)[1]
            given = columns_of(pg, texts[name])
            wanted = columns_read(*READ[what]) | (BY_CHANNEL if what == "contacts" else set())
            assert len(wanted) > 4 and wanted <= given, (kind, name, wanted - given)


def columns_of(pg, text):
    """The columns of a statement, which is run with the keys of nothing."""
    for number, value in ((1, "'[]'"), (2, "0")):
        text = text.replace(f"${number}::", f"{value}::").replace(f"${number}", value)
    session = pg.session("notify")
    try:
        with session, session.cursor() as cursor:
            cursor.execute(text)
            return {column.name for column in cursor.description}
    finally:
        session.close()


def test_only_the_kind_of_a_call_knows_what_a_call_is():
    """Decisions about a call stand in its files alone: the machinery takes any subject."""
    words = re.compile(r"incident|agency|sensitivity ==|struct facts|struct notice|struct call\b|content_(?:en|de)code", re.I)
    general = {name: code for name, code in sources().items() if name not in OF_CALLS}
    assert {"outbox.c", "delivery.c", "dispatch.c", "courier.c", "retry.c", "channel.c"} <= set(general)
    assert words.search(sources()["subject_call.c"])
    assert {name: words.findall(code) for name, code in general.items() if words.search(code)} == {}


def test_nobody_but_a_channel_asks_which_channel_it_is():
    words = re.compile(r"CHANNEL_(?:EMAIL|SMS|WEBHOOK)|(?:email|sms|webhook)_channel|strcmp\([^;]*\"(?:email|sms|webhook)\"")
    general = {name: code for name, code in sources().items() if name not in ("email.c", "sms.c", "webhook.c", "channel.c", "probe.c")}
    assert len(general) > 15 and words.search(sources()["channel.c"])
    assert {name: words.findall(code) for name, code in general.items() if words.search(code)} == {}
