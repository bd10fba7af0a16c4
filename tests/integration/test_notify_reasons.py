"""The list of reasons stands in C, in the schema and in the document: they are one list."""

import re

import psycopg2
import pytest

import liaison


def source(path):
    with open(f"{liaison.ROOT}/{path}", encoding="utf-8") as file:
        return file.read()


def reasons_of_c():
    return set(re.findall(r'\[REASON_\w+\] = "(\w+)"', source("services/notify/channel/reason.c")))


def test_the_schema_allows_the_reasons_that_there_are(pg):
    text = pg.one("select pg_get_constraintdef(oid) from pg_constraint where conname = 'delivery_reason_check'")
    assert len(reasons_of_c()) > 10
    assert set(re.findall(r"'(\w+)'::text", text)) == reasons_of_c()


def test_the_document_explains_each_reason():
    table = source("docs/notify.md").split("| reason | state | means |")[1].split("\n\n")[0]
    named = {word for line in table.splitlines() if line.startswith("| `") for word in
             re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named == reasons_of_c()


def test_what_a_contact_may_not_be_told_has_a_reason_of_the_list(pg):
    text = pg.one("select prosrc from pg_proc where oid = 'notify.sight'::regproc")
    given = set(re.findall(r"then '(\w+)'", text.split("cross join lateral")[1]))
    assert given and given <= reasons_of_c()


def test_a_reason_that_is_none_is_refused(pg):
    with pytest.raises(psycopg2.errors.CheckViolation):
        pg.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, message_id, reason) "
                   "values (1, 1, 1, 'email', 'first', 'm', 'smtp 550')")
