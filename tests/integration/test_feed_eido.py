"""EIDO documents through the agent, the real intake and the database: states become events of changes."""

import glob
import itertools
import json
import random
import shutil

import pytest

import feed_support as fs
import liaison

pytestmark = pytest.mark.needs("liaison-feed", "liaison-intake")
FIELDS = ("status, t_received, t_dispatched, t_en_route, t_on_scene, t_cleared, t_closed, call_type, "
          "priority, address, merged_into, split_from, dispositions::text, units::text")


@pytest.fixture
def agent(tmp_path, intake, metro, daemon):
    return fs.agent_of(metro, intake(), tmp_path, daemon, source={"format": "eido"})


def at(minute):
    return f"2026-03-02T08:{minute:02}:00Z"


def document(unique, minute, incident=None, units=(), **more):
    made = {"$id": f"urn:emergency:uid:incidentid:{unique}:cad.example", "lastUpdateTimeStamp": at(minute), **more}
    if incident is not None:
        made["incidentComponent"] = {"lastUpdateTimeStamp": at(minute), **incident}
    if units:
        made["emergencyResourceComponent"] = [
            {"$id": name, "lastUpdateTimeStamp": at(since), "secondaryUnitStatusRegistryText": [word]}
            for name, since, word in units]
    return made


def number(text, **more):
    return {"internalIncidentId": text, **more}


def merge(unique, way):
    return [{"incidentTrackingIdentifier": f"urn:emergency:uid:incidentid:{unique}:cad.example",
             "incidentMergeDirectionCode": way}]


FIGHT = number("26-1", incidentTypeInternalCode="FIGHT", incidentStatusCommonRegistryText=["Active"])
STORY = [
    document("a1", 0, callComponent=[{"callStartTimestamp": at(0), "localCallType": "NOISE"}]),
    document("a1", 1, FIGHT),
    document("a1", 3, FIGHT, [("2B7", 2, "Dispatched"), ("3S1", 3, "Dispatched")]),
    document("a1", 5, FIGHT, [("3S1", 4, "EnRoute")]),
    document("a1", 9, {**FIGHT, "incidentTypeInternalCode": "ASSAULT"}, [("2B7", 8, "OnScene"), ("3S1", 7, "OnScene")]),
    document("a1", 30, {**FIGHT, "incidentTypeInternalCode": "ASSAULT", "incidentStatusCommonRegistryText": ["Closed"],
                        "dispositionComponent": [{"dispositionCommonRegistryCode": "03"}]},
             [("2B7", 25, "Cleared"), ("3S1", 28, "Cleared")]),
]
OTHERS = [
    document("b1", 2, number("26-2")),
    document("b1", 6, number("26-2"), mergeComponent=merge("a1", "REPLACING")),
    document("c1", 4, number("26-3")),
    document("a1", 10, FIGHT, mergeComponent=merge("c1", "REPLACED")),
    document("a1", 11, number("26-9", incidentTypeInternalCode="THEFT"), mergeComponent=merge("d1", "SPLIT")),
]


def send(agent, documents, name="in.json", status=0):
    path = agent.write(name, "\n".join(json.dumps(one, indent=1) for one in documents))
    return agent.once("--input", path, status=status)


def incidents(pg):
    return {row[0]: row[1:] for row in pg.rows(f"select incident_no, {FIELDS} from agency.incident order by 1")}


def minute(moment):
    return moment and moment.minute


def test_life_of_a_call_fills_its_milestones_from_its_units(pg, agent):
    summary = send(agent, STORY + STORY[-1:])
    assert summary["read"] == summary["records"] + summary["duplicates_dropped"]
    assert (summary["duplicates_dropped"], summary["acknowledged"]) == (1, summary["records"])
    found = incidents(pg)["26-1"]
    assert [minute(found[i]) for i in range(1, 7)] == [0, 2, 4, 7, 28, 30]
    assert (found[0], found[7]) == (2, "ASSAULT") and '"03"' in found[12]
    units = json.loads(found[13])
    assert {(u["id"], u["status"]) for u in units} == {("2B7", "clear"), ("3S1", "clear")}
    kinds = [k for (k,) in pg.rows("select kind from agency.event where incident_no = '26-1' order by occurred_at, seq")]
    assert kinds == [2, 4, 4, 3, 4, 4, 5]
    assert incidents(pg)["a1"][10] == "26-1", "the call goes on under the number that came later"


def test_merges_and_splits_name_the_agencys_numbers(pg, agent):
    send(agent, sorted(STORY + OTHERS, key=lambda d: d["lastUpdateTimeStamp"]))
    found = incidents(pg)
    assert (found["26-2"][10], found["26-3"][10], found["26-9"][11]) == ("26-1", "26-1", "26-1")
    assert (found["26-1"][10], found["26-1"][7], found["26-9"][7]) == (None, "ASSAULT", "THEFT")
    assert set(found) == {"a1", "26-1", "26-2", "26-3", "26-9"}


def test_documents_that_come_late_regress_nothing(pg, agent):
    last, rest = STORY[-1], STORY[1:-1]
    orders = list(itertools.permutations(rest))
    chosen = random.Random(7).sample(orders, 4)
    for i, order in enumerate(chosen):
        shift = json.dumps([last, *order]).replace("a1", f"x{i}").replace("26-1", f"L-{i}")
        send(agent, json.loads(shift), f"in{i}.json")
    found = incidents(pg)
    for i in range(len(chosen)):
        state = found[f"L-{i}"]
        assert (state[0], state[7]) == (2, "ASSAULT")
        assert [minute(state[n]) for n in range(2, 7)] == [2, 4, 7, 28, 30]


def test_a_restart_compares_with_what_was_known_before(pg, agent):
    for i, one in enumerate(STORY):
        send(agent, [one], f"in{i}.json")
    kinds = [k for (k,) in pg.rows("select kind from agency.event where incident_no = '26-1' order by occurred_at, seq")]
    assert kinds == [2, 4, 4, 3, 4, 4, 5]


def test_lost_spool_tells_the_same_facts_and_none_is_stored_twice(pg, agent):
    first = send(agent, STORY + OTHERS)
    before = incidents(pg)
    count = pg.one("select count(*) from agency.event")
    shutil.rmtree(agent.spool)
    again = send(agent, STORY + OTHERS)
    assert again["records"] == first["records"] == count
    assert pg.one("select count(*) from agency.event") == count
    assert incidents(pg) == before


def test_kills_in_the_middle_lose_no_change_and_repeat_none(pg, agent):
    documents = [json.loads(json.dumps(one).replace("a1", f"k{i}").replace("26-1", f"K-{i}"))
                 for i in range(1500) for one in STORY]
    path = agent.write("in.json", "\n".join(json.dumps(one) for one in documents))

    def here():
        return pg.one("select count(*) from agency.event")

    for _ in range(4):
        already = here()
        running = agent.run("--once", "--mode", "backfill", "--input", path)
        running.expected = (0,)
        liaison.wait_until(lambda: here() > already + 100 or not running.running(), 30)
        running.kill9()
    agent.once("--mode", "backfill", "--input", path, timeout=90)
    assert here() == 1500 * 9
    assert pg.one("select sum(duplicate) from agency.tally") == 0
    assert pg.one("select count(*) from agency.incident where status = 2 and t_on_scene is not null and "
                  "call_type = 'ASSAULT'") == 1500


def test_persons_hidden_in_strings_are_in_no_table_and_on_no_disk_of_the_agent(pg, agent):
    pidf = ("<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:quill@home.example'><civicAddress>"
            "<HNO>100</HNO><RD>MAIN</RD><NAM>Quill residence</NAM><LOC>Quills bedroom</LOC></civicAddress>"
            "<provided-by>Marsh 5550107</provided-by><note-well>Quill</note-well></presence>")
    jcard = json.dumps(["vcard", [["fn", {}, "text", "Officer Quill"], ["tel", {}, "text", "5550107"]]])
    one = document(
        "p1", 1, {**FIGHT, "locationReference": [{"$ref": "l1"}], "incidentTypeInternalText": "Quill fights",
                  "dispositionComponent": [{"dispositionCommonRegistryCode": "03",
                                            "dispositionDescriptionText": "Quill arrested"}]},
        [("quill@pd.example", 1, "OnScene"), ("2B7", 1, "OnScene")],
        locationComponent=[{"$id": "l1", "locationTypeDescriptionRegistryText": "CurrentIncident",
                            "locationByValue": pidf, "locationDescriptionText": "at Quill"}],
        agentComponent=[{"$id": "quill@pd.example", "agentJcard": jcard}],
        agencyComponent=[{"$id": "pd.example", "agencyJcard": jcard}],
        notesComponent=[{"notesActionComments": "Quill, born 2011-02-03"}],
        alternateValues=[{"OtherValue": "Quill"}], linkComponent=[{"transactionReasonText": "Quill"}])
    summary = send(agent, [one, {**one, "lastUpdateTimeStamp": at(2)}])
    assert (summary["records"], summary["duplicates_dropped"]) == (1, 1)
    assert pg.one("select address from agency.incident") == "100 MAIN"
    octets = agent.everything() + pg.dump().encode()
    assert b"100 MAIN" in octets
    for secret in (b"Quill", b"quill", b"Marsh", b"5550107", b"2011-02-03", b"bedroom"):
        assert secret not in octets, secret


def test_check_shows_what_changes_and_sends_nothing(pg, agent):
    path = agent.write("in.json", "\n".join(json.dumps(one) for one in [*STORY[1:3], STORY[2]]))
    status, said = agent.check("10", "--input", path)
    assert status == 0
    assert "incident.opened" in said and "unit.status" in said and "changes nothing" in said
    assert not glob.glob(agent.spool + "/**/*.seg", recursive=True)


def test_replay_of_documents_plays_their_changes(pg, agent):
    path = agent.write("in.json", "\n".join(json.dumps(one) for one in STORY[1:]))
    summary = agent.once("--input", path, "--mode", "replay", "--pace", "max")
    assert summary["records"] == 7
    assert agent.once("--input", path, "--mode", "replay", "--pace", "max")["acknowledged"] >= 7
    assert pg.one("select count(*) from agency.event") == 7
