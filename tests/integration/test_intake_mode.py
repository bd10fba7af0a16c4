"""Live, replay and backfill; the holding area, and what survives its purge."""

import pytest

from liaison import ago, event, offset, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

HERE = (47.6205, -122.3493)
AWAY = offset(*HERE, north_m=5000)


def send(one, *bodies):
    for seq, body in enumerate(bodies, max(one.acked, default=0) + 1):
        one.event(seq, body)
        one.wait_acked(seq)


@pytest.mark.parametrize("mode,alerts", [("live", 1), ("replay", 1), ("backfill", 0)])
def test_backfill_alerts_nobody_and_the_others_do(pg, riverside, metro, intake, peer, mode, alerts):
    riverside.school("LIN", *HERE)
    one = peer(intake(), metro)
    one.hello(mode=mode)
    send(one, event("I-1", latitude=HERE[0], longitude=HERE[1]))
    assert pg.rows("select mode from district.outbox") == [(mode,)] * alerts
    assert pg.rows("select mode from district.incident") == [(mode,)]
    assert pg.rows("select mode from district.change") == [(mode,)]


def test_backfill_of_an_incident_that_was_live_alerts_nobody_again(pg, riverside, metro, intake, peer):
    riverside.school("LIN", *HERE)
    server = intake()
    live, back = peer(server, metro), peer(server, metro)
    live.hello(mode="live")
    back.hello(mode="backfill")
    send(live, event("I-1", occurred_at=ago(60), latitude=HERE[0], longitude=HERE[1]))
    send(back, event("I-1", kind="incident.closed", occurred_at=ago(30)),
         event("I-2", occurred_at=ago(90000), latitude=HERE[0], longitude=HERE[1]))
    assert pg.rows("select incident_no from district.outbox") == [("I-1",)]


def test_calls_of_no_school_are_purged_after_the_window_and_their_counts_stay(
        pg, riverside, metro, intake, peer):
    school = riverside.school("LIN", *HERE)
    server = intake(holding={"window_h": 24, "purge_s": 1})
    one = peer(server, metro)
    one.hello()
    send(one, event("AWAY-OLD", latitude=AWAY[0], longitude=AWAY[1]),
         event("AWAY-NEW", latitude=AWAY[0], longitude=AWAY[1]),
         event("AT-OLD", latitude=HERE[0], longitude=HERE[1]))
    pg.execute("update agency.incident set arrived_at = now() - interval '25 hours' "
               "where incident_no like '%OLD'")
    wait_until(lambda: pg.one("select count(*) from agency.incident") == 2, what="the purge")
    assert pg.rows("select incident_no from agency.incident order by 1") == [("AT-OLD",), ("AWAY-NEW",)]
    assert pg.rows("select incident_no from agency.event order by 1") == [("AT-OLD",), ("AWAY-NEW",)]
    assert pg.rows("select school_id from district.incident") == [(school,)]
    assert (pg.tally("at_school"), pg.tally("no_school")) == (1, 2)
    assert pg.one("select high from agency.stream") == 3


def test_purged_event_sent_again_is_acknowledged_and_stays_purged(pg, metro, intake, peer):
    server = intake(holding={"window_h": 24, "purge_s": 1})
    one = peer(server, metro)
    one.hello()
    body = event("I-1", latitude=AWAY[0], longitude=AWAY[1])
    send(one, body)
    pg.execute("update agency.incident set arrived_at = now() - interval '25 hours'")
    wait_until(lambda: pg.one("select count(*) from agency.event") == 0, what="the purge")
    one.send("BYE")
    two = peer(server, metro)
    assert two.hello(stream=one.stream, epoch=one.epoch)["high"] == 1
    two.event(1, body)
    two.wait_acked(1)
    assert pg.one("select count(*) from agency.event") == 0
    assert pg.tally("no_school") == 1


def test_window_runs_from_arrival_and_not_from_the_time_of_the_call(pg, metro, intake, peer):
    server = intake(holding={"window_h": 1, "purge_s": 1})
    one = peer(server, metro)
    one.hello(mode="backfill")
    send(one, event("I-1", occurred_at="2015-06-01T12:00:00-07:00"),
         event("I-2", occurred_at="2015-06-01T13:00:00-07:00"))
    pg.execute("update agency.incident set arrived_at = now() - interval '2 hours' where incident_no = 'I-2'")
    wait_until(lambda: pg.one("select count(*) from agency.incident") == 1, what="a purge has run")
    assert pg.one("select incident_no from agency.incident") == "I-1"
