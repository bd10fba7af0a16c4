"""Data that must not be kept is stored nowhere if it is part of a text, however it is written."""

import re

import pytest

import feed_support as fs
from liaison import event, wait_until

pytestmark = pytest.mark.needs("liaison-intake")
fake = pytest.fixture(name="fake")(fs.fresh_fake)
agent = pytest.fixture(name="agent")(fs.fresh_agent)

HERE = (47.6205, -122.3493)
FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/"}

# A text, and the parts of it that must be found nowhere. Four digits alone could be part of any time or digest.
PLACES = [
    ("1 A ST DOB 03/14/1987", "14/1987"), ("2 A ST ZQXJOHN ZQXSMITH D.O.B. 14MAR1987", "MAR1987|ZQX"),
    ("3 A ST (NAME: ZQXJOHN ZQXSMITH)", "ZQX"), ("4 A ST SUSP ZQXSMITH, ZQXJOHN", "ZQX"),
    ("5 A ST RP ZQXMARIA ZQXLOPEZ", "ZQX"), ("6 A ST BORN IN ZQXMEXICO", "ZQX|BORN"),
    ("7 A ST PLACE OF BIRTH: ZQXPUEBLA, ZQXMEXICO", "ZQX"), ("8 A ST UNDOCUMENTED", "UNDOC"),
    ("9 A ST ICE DETAINER", "ICE|DETAINER"), ("10 A ST NON-CITIZEN", "CITIZEN"),
    ("11 A ST " + "DOB 03/14/1987".translate(FULL_WIDTH), "1987".translate(FULL_WIDTH)),
    ("12 A ST " + "IMMIGRATION".translate(FULL_WIDTH), "IMMIGRATION".translate(FULL_WIDTH)),
    ("13 A ST \u0410L\u0406\u0415N", "\u0410L"), ("14 A ST DE\u00adPOR\u00adTED", "DE\u00adPOR"),
    ("15 A ST DOB \u0661\u0669\u0668\u0667-\u0660\u0663-\u0661\u0664", "\u0661\u0669\u0668"),
    ("16 A ST INDOCUMENTADA", "INDOCUM"), ("17 A ST NACIDO EN ZQXOAXACA", "ZQX"),
]
CODES = ["ICE DETAINER", "NON-CITIZEN", "IMMIGRATION".translate(FULL_WIDTH), "AL\u0406EN", "A\u00adLIEN", "ICE-HOLD",
         "Undocumented person", "CITIZENSHIP CHECK", "DEPORTADO", "30-A", "30 B", "49-C"]

def text_of(pg, *daemons):
    """The whole database, PostgreSQL's log and the programs' logs, as text."""
    return pg.dump() + pg.cluster.log() + "".join(daemon.log(whole=True) for daemon in daemons)

def test_facts_inside_texts_are_in_no_table_and_no_log(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server = intake()
    one = peer(server, metro)
    one.hello()
    fields = ("address", "name", "municipality", "cross_streets")
    before = text_of(pg, server)
    for seq, (text, _) in enumerate(PLACES, 1):
        short = text if len(text.encode()) <= 60 else text[:60]
        place = {name: text if name != "municipality" else short for name in fields}
        one.event(seq, event(f"I-{seq}", place=place))
    one.wait_acked(*range(1, len(PLACES) + 1))
    server.restart()
    after = text_of(pg, server)
    found = {(text, mark) for text, mark in PLACES if len(re.findall(mark, after)) > len(re.findall(mark, before))}
    assert not found
    rows = pg.rows("select address, place_name, municipality, cross_streets from agency.event order by seq")
    assert rows == [(f"{n} A ST",) * 4 for n in range(1, len(PLACES) + 1)]
    assert all(pg.tally(f"withheld_{kind}") >= 4 for kind in ("status", "birth_place", "birth_date", "name"))

def test_codes_that_tell_a_status_are_withheld_in_every_spelling(pg, metro, intake, peer):
    server = intake()
    one = peer(server, metro)
    one.hello()
    for seq, code in enumerate(CODES, 1):
        one.event(seq, event(f"I-{seq}", kind="outcome.recorded", call_type=code,
                             outcomes=[{"subject": 1, "code": "ARREST", "offense": code if len(code.encode()) <= 16 else "30A"}]))
    one.event(99, event("I-99", call_type="FIGHT DOB 03/14/2010"))
    one.wait_acked(*range(1, len(CODES) + 1), 99)
    assert set(pg.rows("select call_type from agency.event where seq < 99")) == {("withheld",)}
    assert set(pg.rows("select outcomes::jsonb -> 0 ->> 'offense' from agency.event where seq < 99")) == {("withheld",)}
    assert pg.one("select call_type from agency.event where seq = 99") == "FIGHT"
    assert pg.tally("withheld_codes") == 2 * len(CODES)

def test_texts_that_look_like_it_are_stored_as_they_came(pg, metro, intake, peer):
    texts = ["1201 ASYLUM AVE", "2300 REFUGEE RD", "12000 VAN BORN RD", "CITIZENS BANK", "ICE CREAM SHOP",
             "ON RP / ALASKAN WY", "SAN JOS\u00c9 AVE", "NO NAME ST", "P O BOX 455", "APT 30-A",
             "\u041f\u0420\u041e\u0421\u041f\u0415\u041a\u0422 \u041c\u0418\u0420\u0410"]
    one = peer(intake(), metro)
    one.hello()
    for seq, text in enumerate(texts, 1):
        one.event(seq, event(f"I-{seq}", place={"address": text, "name": text}))
    one.wait_acked(*range(1, len(texts) + 1))
    assert pg.rows("select address, place_name from agency.event order by seq") == [(t, t) for t in texts]
    assert pg.one("select sum(withheld_status + withheld_birth_place + withheld_birth_date + withheld_name)::int "
                  "from agency.tally") == 0

def test_other_texts_of_an_agent_hold_no_fact(pg, metro, intake, peer):
    server = intake()
    one = peer(server, metro)
    one.hello(agent="bridge 1.0 DOB 03/14/1987 " + "IMMIGRATION".translate(FULL_WIDTH))
    one.event(1, event("I-1", kind="nonsense"), "application/vnd.liaison.event+json; name=ZQXJOHN; dob=1987-03-14")
    one.wait_nak(1)
    one.event(2, event("NAME: ALIEN DOB 03/14/1987"))
    assert one.wait_nak(2)[0] == "value"  # an incident number is never shortened
    one.send("MANIFEST", {"source": "calls ZQXMARK NAME: ZQXJOHN ZQXSMITH DOB 03-14-1987.csv", "read": 1, "rejected": 0,
                  "duplicate": 0, "records": 1, "first": 1, "last": 1, "digest": "ZQXJOHN"})
    wait_until(lambda: one.pump(0.05) or pg.one("select count(*) from agency.manifest") == 1, what="the manifest")
    wait_until(lambda: pg.counter("withheld_agent", metro.slug) == 2 and pg.counter("withheld_source", metro.slug) > 0,
               what="both are counted")
    server.restart()
    assert pg.one("select content_type from agency.quarantine where seq = 1") == "application/vnd.liaison.event+json"
    assert "bridge 1.0" in pg.dump()
    assert not re.search("ZQX(JOHN|SMITH)|03[/-]14[/-]1987|1987-03-14|\uff29\uff2d|ALIEN DOB", text_of(pg, server))

@pytest.mark.needs("liaison-feed")
def test_agent_takes_facts_out_before_they_are_spooled(agent, fake):
    agent.rows(*(fs.row(f"A-{n}", address=f'"{text}"') for n, (text, _) in enumerate(PLACES, 1)))
    agent.once()
    written = (agent.everything() + b"".join(fake.stream.events.values())).decode(errors="replace")
    assert not {text for text, mark in PLACES if re.search(rf"(?<![a-z_])({mark})", written)}
    assert [body["place"]["address"] for body in fake.stream.bodies()] == [
        f"{n} A ST" for n in range(1, len(PLACES) + 1)]
    taken = re.search(r"event=input_end .*taken_status=(\d+) taken_birth_place=(\d+) taken_birth_date=(\d+) "
                      r"taken_name=(\d+)", written)
    assert [int(number) for number in taken.groups()] == [7, 3, 4, 3]
