"""`liaisonctl code remap` gives stored calls the codes of today's maps."""

import json

import pytest

from ctl_support import fresh_ctl
from liaison import ago, event

pytestmark = pytest.mark.needs("liaison-intake", "liaisonctl")
ctl = pytest.fixture(name="ctl")(fresh_ctl)

HERE = (47.6205, -122.3493)
DAY = 86_400
MAPS = {"type": {"F1": "FIGHT", "OLD": "DISORD"}, "disposition": {"RPT": "01"}, "outcome": {"CITE": "cited"},
        "priority": {"HOT": "9"}}


class Past:
    """A district with a school, an intake, and calls that an agency sent before it had a map."""

    def __init__(self, pg, district, intake, metro, peer):
        district.school("GAR", *HERE, name="Garfield", level="high")
        self.pg, self.metro, self.intake, self.make_peer = pg, metro, intake(), peer
        self.peers, self.seqs = {}, {}

    def send(self, incident, mode="backfill", **fields):
        if mode not in self.peers:
            self.peers[mode] = self.make_peer(self.intake, self.metro)
            self.peers[mode].hello(mode=mode)
        self.seqs[mode] = self.seqs.get(mode, 0) + 1
        place = fields if "place" in fields else {"latitude": HERE[0], "longitude": HERE[1], **fields}
        self.peers[mode].event(self.seqs[mode], event(incident, **place))
        self.peers[mode].wait_acked(self.seqs[mode])

    def map(self):
        for kind, codes in MAPS.items():
            self.metro.map_codes(kind, codes)

    def call(self, incident="I-1"):
        return self.pg.row("select * from district.incident where incident_no = %s", incident)

    def outbox(self):
        return [number for number, in self.pg.rows("select incident_no from district.outbox order by outbox_id")]


@pytest.fixture
def past(pg, riverside, intake, metro, peer):
    return Past(pg, riverside, intake, metro, peer)


def remap(ctl):
    done = ctl.ok("code", "remap", "metro", json_out=True)
    return done["looked_at"], done["changed"]


def test_calls_stored_before_the_map_get_its_codes(pg, ctl, past):
    past.send("I-1", kind="incident.closed", call_type="F1", priority="HOT", occurred_at=ago(200 * DAY),
              dispositions=[{"code": "RPT", "primary": True}])
    past.send("I-1", kind="outcome.recorded", occurred_at=ago(199 * DAY),
              outcomes=[{"outcome_id": "o-1", "subject": 1, "code": "CITE"}])
    past.send("I-none", occurred_at=ago(200 * DAY), call_type="NO MAP NAMES IT")
    past.map()
    assert past.call()["class"] == "other", "a map alone changes nothing that is stored"
    assert remap(ctl) == (2, 1)
    call = past.call()
    assert (call["type_code"], call["class"], call["priority"], call["map_version"]) == ("FIGHT", "violence", 9, 1)
    assert (call["dispositions"], call["disposition_code"]) == ([{"own": "RPT", "code": "01", "primary": True}], "01")
    assert pg.rows("select own, code from district.outcome") == [("CITE", "cited")]
    assert past.outbox() == [], "a backfill goes to nobody"
    assert pg.one("select detail from liaison.audit where action = 'code.remap'") == {"looked_at": 2, "changed": 1}
    assert remap(ctl) == (2, 0), "there is nothing left to do"


@pytest.mark.parametrize("kind, own, common", [
    ("type", "F1", "DISORD"), ("disposition", "RPT", "02"), ("outcome", "CITE", "warned"), ("priority", "HOT", "3")])
def test_a_map_that_was_mended_in_any_kind_is_followed(ctl, past, kind, own, common):
    past.map()
    past.send("I-1", kind="incident.closed", call_type="F1", priority="HOT", occurred_at=ago(200 * DAY),
              dispositions=[{"code": "RPT", "primary": True}],
              outcomes=[{"outcome_id": "o-1", "subject": 1, "code": "CITE"}])
    assert remap(ctl) == (1, 0)
    past.metro.map_codes(kind, {own: common})
    assert remap(ctl) == (1, 1)
    assert remap(ctl) == (1, 0)


def test_nobody_is_told_of_a_call_of_the_past(pg, ctl, past):
    past.send("I-old", mode="live", call_type="F1", occurred_at=ago(90 * DAY))
    past.send("I-new", mode="live", call_type="F1", occurred_at=ago(60))
    pg.execute("delete from district.outbox where incident_no = 'I-new'")
    assert past.outbox() == ["I-old"], "what intake said is still under way"
    past.map()
    assert remap(ctl) == (2, 2)
    assert (past.call("I-old")["class"], past.call("I-new")["class"]) == ("violence", "violence")
    assert past.outbox() == ["I-old", "I-new"], "of a call of now the rules decide; what was under way is not lost"


def test_a_call_that_waits_to_be_placed_shows_the_new_class(pg, ctl, past):
    past.send("I-1", place={"name": "NEAR GARFIELD HS"}, call_type="F1", occurred_at=ago(200 * DAY))
    past.map()
    assert remap(ctl) == (1, 1)
    assert pg.rows("select state, class, type_code from district.place_review") == [("open", "violence", "FIGHT")]
    assert remap(ctl) == (1, 0)


def test_a_code_that_is_withheld_is_not_given_to_calls_of_the_past(pg, ctl, past):
    past.send("I-1", call_type="ICE", occurred_at=ago(200 * DAY))
    past.metro.map_codes("type", {"ICE": "ALIEN"})
    assert remap(ctl) == (1, 0)
    assert past.call()["type_code"] is None


def test_it_goes_on_from_step_to_step_and_leaves_other_agencies_alone(pg, past):
    other = pg.agency("county")
    for number in range(1, 6):
        past.send(f"I-{number}", call_type="F1", occurred_at=ago(200 * DAY))
    past.map()
    step = lambda after, agency=past.metro: pg.rows(  # noqa: E731
        "select looked, changed, last from district.remap(%s, %s, 2)", agency.id, after)
    assert [step(after) for after in ("", "I-2", "I-4", "I-5")] == \
        [[(2, 2, "I-2")], [(2, 2, "I-4")], [(1, 1, "I-5")], [(0, 0, None)]]
    assert step("", other) == [(0, 0, None)]


def test_it_says_what_it_did_and_who_needs_it_hears_of_it(pg, ctl, past, tmp_path):
    past.send("I-1", call_type="F1", occurred_at=ago(200 * DAY))
    doctor = lambda: next(c for c in json.loads(ctl.run("doctor", json_out=True).stdout)  # noqa: E731
                          if c["check"] == "codes mapped")
    assert not doctor()["ok"] and "liaisonctl code remap AGENCY" in ctl.run("doctor").stdout
    (tmp_path / "types.csv").write_text("own,common\nF1,FIGHT\n", encoding="utf-8")
    assert "liaisonctl code remap metro" in ctl.ok("code", "map", "metro", "type", str(tmp_path / "types.csv"))
    assert ctl.ok("code", "remap", "metro") == "metro: 1 call looked at, 1 changed\n"
    assert doctor()["ok"]
    assert "AGENCY: there is none of this name" in ctl.fails("code", "remap", "nowhere")
