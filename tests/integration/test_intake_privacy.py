"""Data that must not be kept is in no table, no log and no quarantine row."""

import json
import os
import re

import pytest

from liaison import EIDO_TYPE, ROOT, SHARED_DATA, event, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

HERE = (47.6205, -122.3493)

# Each value that must be found nowhere has its own mark, so that a failure names the value.
PRIVATE = {
    "immigration_status": "ZQXIMMSTATUS", "Immigration-Status": "ZQXIMMDASH", "citizenship": "ZQXCITIZEN",
    "place_of_birth": "ZQXBIRTHPLACE", "PlaceOfBirth": "ZQXBIRTHCAMEL", "nationality": "ZQXNATION",
    "date_of_birth": "1987-03-14", "dob": "ZQXDOB", "caller_name": "ZQXCALLERNAME", "name": "ZQXNAME",
    "officer": "ZQXOFFICER", "phone": "+1-206-555-0147", "narrative": "ZQXNARRATIVE", "ssn": "078-05-1120",
    "ZQXMEMBERNAME": True, "persons": [{"name": "ZQXPERSON", "birth_date": "ZQXBIRTHDATE"}],
}
MARKS = re.compile(r"ZQX[A-Z]+|1987-03-14|19870314|078-05-1120|206-555-0147|5550147", re.I)


def found_in(pg, *daemons):
    """Where marks are found, in the whole database, PostgreSQL's log and the programs' logs."""
    texts = {"database": pg.dump(), "postgresql log": pg.cluster.log()}
    texts.update({daemon.name: daemon.log(whole=True) for daemon in daemons})
    return {(where, mark) for where, text in texts.items() for mark in MARKS.findall(text)}


def test_what_the_dictionary_does_not_name_is_in_no_table_and_no_log(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server = intake()
    one = peer(server, metro)
    one.hello()
    inside = {k: v for k, v in PRIVATE.items() if k != "name"}  # a place may have a name
    bodies = [
        event("I-1", latitude=HERE[0], longitude=HERE[1], **PRIVATE),
        event("I-2", place={"latitude": HERE[0], "longitude": HERE[1], **inside}),
        event("I-3", kind="unit.status", units=[{"id": "A1", "status": "on_scene", **PRIVATE}],
              latitude=HERE[0], longitude=HERE[1]),
        event("I-4", kind="incident.closed", dispositions=[{"code": "R", **PRIVATE}], times={**PRIVATE}),
        event("I-5", kind="outcome.recorded", outcomes=[{"subject": 1, "code": "ARREST", **PRIVATE}]),
        event("I-6", extension={"deeper": {"still": PRIVATE}}),
    ]
    for seq, body in enumerate(bodies, 1):
        one.event(seq, body)
    one.event(7, event("I-7", kind="ZQXKIND", **PRIVATE))
    one.event(8, json.dumps(event("I-8", **PRIVATE)).encode()[:-1])
    one.event(9, event("I-9", agency="ZQXAGENCY", **PRIVATE))
    one.event(10, event("I-10", call_type="ZQXTYPE" * 20))
    one.wait_acked(1, 2, 3, 4, 5, 6)
    for seq in (7, 8, 9, 10):
        assert not MARKS.search(" ".join(one.wait_nak(seq)))
    server.restart()
    assert found_in(pg, server) == set()
    assert pg.tally("denied_fields") >= 7 * 6
    assert pg.tally("unknown_fields") >= 20


def test_each_denied_name_is_counted_and_kept_nowhere(pg, metro, intake, peer):
    with open(os.path.join(ROOT, "common", "dictionary.def"), encoding="utf-8") as file:
        part = file.read().split("#define EVENT_DENIED_FIELDS", 1)[1].split("/*", 1)[0]
    names = re.findall(r'NAME\("([^"]+)"\)', part)
    assert len(names) >= 10
    server = intake()
    one = peer(server, metro)
    one.hello()
    one.event(1, event("I-1", **{name: "ZQXVALUE" for name in names}))
    one.event(2, event("I-2", place={"address": "1 A ST", **{name.upper(): "ZQXVALUE" for name in names}}))
    one.wait_acked(1, 2)
    server.restart()
    assert found_in(pg, server) == set()
    assert pg.tally("denied_fields") == 2 * len(names)


@pytest.mark.parametrize("member", ["call_type", "final_type", "dispositions", "outcomes", "offense"])
@pytest.mark.parametrize("code", ["ALIEN", "alien", "IMMIGRATION HOLD", "Ice-Immigration", "30A"])
def test_code_that_stands_for_immigration_status_is_withheld_and_the_call_kept(
        pg, metro, intake, peer, member, code):
    def mentions():
        return len(re.findall(r"alien|immigration|\b30A\b", pg.dump(), re.I))

    server = intake()
    before = mentions()
    one = peer(server, metro)
    one.hello()
    said = {"dispositions": [{"code": code}], "outcomes": [{"subject": 1, "code": code}],
            "offense": [{"subject": 1, "code": "ARREST", "offense": code}]}
    kind = "outcome.recorded" if member in ("outcomes", "offense") else "incident.closed"
    name = "outcomes" if member == "offense" else member
    one.event(1, event("I-1", kind=kind, **{name: said.get(member, code)}))
    one.wait_acked(1)
    server.restart()
    assert pg.one("select count(*) from agency.event where incident_no = 'I-1'") == 1
    assert "withheld" in json.dumps(pg.row(f"select {name} from agency.event"))
    assert pg.tally("withheld_codes") == 1
    assert mentions() == before
    assert not re.search(r"alien|immigration|\b30A\b", server.log(whole=True), re.I)


def eido(**more):
    """A small EIDO document with all data that must not be kept."""
    now = "2026-03-02T10:15:00-08:00"
    by = {"lastUpdateTimeStamp": now, "updatedByAgencyReference": {"$ref": "pd.example"},
          "updatedByAgentReference": {"$ref": "ZQXAGENT@pd.example"}}
    pidf = ('<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" '
            'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml" '
            'entity="pres:ZQXENTITY@example.org"><tuple id="t"><status><gp:geopriv><gp:location-info>'
            '<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>%f %f</gml:pos></gml:Point>'
            '<civicAddress xmlns="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"><country>US</country>'
            '<A1>WA</A1><A3>Seattle</A3><RD>Lincoln</RD><STS>Ave</STS><HNO>100</HNO><NAM>ZQXRESIDENT</NAM>'
            '</civicAddress></gp:location-info><gp:usage-rules/><gp:provided-by>ZQXPROVIDER</gp:provided-by>'
            '</gp:geopriv></status></tuple></presence>' % HERE)
    document = {
        "$id": "urn:emergency:uid:incidentid:E1234:pd.example", **by, "eidoVersion": "1.0",
        "issuingElementIdentification": "cad.pd.example",
        "agencyComponent": [{"$id": "pd.example", **by, "agencyRoleDescriptionRegistryText": ["Dispatching"],
                             "agencyType": ["police"], "incidentOwningAgencyIndicator": True}],
        "agentComponent": [{"$id": "ZQXAGENT@pd.example", **by, "agentJcard": ["vcard", [["fn", {}, "text", "ZQXAGENTNAME"]]],
                            "agencyReference": {"$ref": "pd.example"}}],
        "incidentComponent": {
            "$id": "inc-1", **by, "internalIncidentId": "2026-0001234", "incidentTypeInternalCode": "FIGHT",
            "incidentTypeCommonRegistryText": "ASSAULT", "incidentStatusCommonRegistryText": ["Active"],
            "incidentCommonPriorityNumber": 8, "beatOrDispatchGroupText": "D2",
            "locationReference": [{"$ref": "loc-1"}], "notesReference": [{"$ref": "note-1"}]},
        "locationComponent": [{"$id": "loc-1", **by, "locationTypeDescriptionRegistryText": "CurrentIncident",
                               "locationByValue": pidf, "locationDescriptionText": "ZQXWORDS"}],
        "notesComponent": [{"$id": "note-1", **by, "notesActionComments": "<p>ZQXNOTE born 1987-03-14</p>"}],
        "personComponent": [{
            "$id": "per-1", **by, "personIncidentRoleRegistryText": ["Suspect"],
            "personNameText": "ZQXPERSON", "personBirthDate": "1987-03-14", "personBirthLocation": "ZQXBIRTHPLACE",
            "personCitizenshipISO3166Alpha2Code": "ZQXC", "immigration_status": "ZQXIMM",
            "personJcard": ["vcard", [["bday", {}, "date", "19870314"], ["fn", {}, "text", "ZQXJCARD"]]]}],
        "callbackComponent": [{"$id": "cb-1", **by, "callBackInformationUri": ["tel:+1-206-555-0147"]}],
        "vehicleComponent": [{"$id": "veh-1", **by, "vehicleLicensePlate": "ZQXPLATE"}],
    }
    document.update(more)
    return document


def test_eido_document_is_read_and_its_persons_are_kept_nowhere(pg, riverside, metro, intake, peer):
    school = riverside.school("LIN", *HERE)
    server = intake()
    one = peer(server, metro)
    one.hello(mode="backfill")
    one.event(1, eido(), EIDO_TYPE)
    one.event(2, eido(**{"$id": "urn:emergency:uid:incidentid:E5:pd.example", "incidentComponent": None}),
              EIDO_TYPE + "; charset=utf-8")
    one.wait_acked(1)
    wait_until(lambda: one.pump(0.05) or 2 in one.acked or 2 in one.naked, what="an answer to each")
    server.restart()
    row = pg.row("select * from agency.event where seq = 1")
    assert row["call_type"] == "FIGHT"
    assert (row["latitude"], row["longitude"]) == HERE
    assert "1234" in row["incident_no"]
    assert pg.one("select school_id from district.incident") == school
    assert found_in(pg, server) == set()


def test_closed_eido_closes_the_incident(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello(mode="backfill")
    one.event(1, eido(), EIDO_TYPE)
    later = eido()
    later["lastUpdateTimeStamp"] = "2026-03-02T11:00:00-08:00"
    later["incidentComponent"]["incidentStatusCommonRegistryText"] = ["Closed"]
    later["incidentComponent"]["dispositionComponent"] = [
        {"dispositionCommonRegistryCode": "01", "dispositionPrimaryIndicator": True}]
    one.event(2, later, EIDO_TYPE)
    one.wait_acked(1, 2)
    assert pg.rows("select status from district.incident") == [("closed",)]
    assert '"01"' in pg.one("select dispositions::text from district.incident")


def test_nenas_own_sample_is_read_and_its_names_are_kept_nowhere(pg, metro, intake, peer):
    path = os.path.join(SHARED_DATA, "eido", "sample-call-transfer.json")
    if not os.path.exists(path):
        pytest.skip(f"no shared data: {path}")
    with open(path, "rb") as file:
        body = file.read()
    server = intake()
    one = peer(server, metro)
    one.hello(mode="backfill")
    one.event(1, body, EIDO_TYPE)
    one.wait_acked(1)
    server.restart()
    text = pg.dump() + server.log(whole=True) + pg.cluster.log()
    for word in ("Tschofenig", "Hannes", "tjones", "alice@", "5551212", "Linnoitustie", "Dipl. Ing", "--0203"):
        assert word not in text, word
    assert pg.one("select count(*) from agency.event") == 1
