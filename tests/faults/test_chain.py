"""kill -9 of the other programs in turn under load: the feed agent, notify, the dashboard. Each line that was
read is stored once, contacts get one alert for each incident, and intake does not wait."""

import http.client
import json
import random
import threading
import time

import pytest

import liaison
import load
import notify_support
from liaison import ago, wait_until
from rounds import ROUNDS, Report, flowing, served_again

pytestmark = pytest.mark.needs("liaison-intake")


@pytest.fixture
def chain(pg, riverside, metro, intake, starting):
    """A school, a contact, a rule, and a live and a backfill agent at a slow pace."""
    school = riverside.school("LIN", *load.HERE)
    riverside.contact("PRINCIPAL", email="principal@riverside.example", schools=[school])
    pg.execute("insert into notify.rule (district_id, name) values (%s, 'all')", riverside.id)
    pg.execute("update district.district set alert_budget = 0")  # no limit: each call alerts
    server = intake()
    senders = [load.Sender(server, metro, "A", pace=30), load.Sender(server, metro, "B", mode="backfill", pace=200)]
    return starting(*senders)


@pytest.mark.needs("liaison-notify")
def test_killing_notify_alerts_each_incident_once(pg, chain, daemon, config, secret, tmp_path, closing):
    sandbox = closing(notify_support.Sandbox(tmp_path))
    sections = notify_support.settings(pg, sandbox, secret, retry={
        "poll_ms": 100, "base_s": 1, "timeout_s": 2, "lease_s": 4}, bus={"subscribe": chain[0].server.bus})
    notify = daemon("liaison-notify", "--config", config("notify.ini", **sections)).start()
    chance, outcome, caught = random.Random("notify"), Report("notify", ROUNDS), {}

    def alerts():
        return pg.one("select count(*) from notify.alert")

    def catch():
        caught.update((mail["id"], mail.get("message_id") or mail.get("headers", {}).get("Message-ID"))
                      for mail in sandbox.mails(after=max(caught, default=0)))

    for _ in range(ROUNDS):
        goal = alerts() + chance.randrange(2, 12)
        wait_until(lambda: alerts() >= goal, 30, "alerts are made")
        begun = time.monotonic()
        notify.kill9()
        newest = pg.one("select coalesce(max(outbox_id), 0) from district.outbox")
        notify.start()
        wait_until(lambda: not pg.one("select count(*) from district.outbox where outbox_id <= %s", newest),
                   60, "what waited is looked at")
        outcome.round(time.monotonic() - begun)
        catch()
    for sender in chain:
        sender.finish()
    wait_until(lambda: not pg.one("select count(*) from district.outbox"), 60, "the outbox is empty")
    wait_until(lambda: not pg.one("select count(*) from notify.delivery where state in ('queued', 'sending') "
                                  "and step = 1"), 60, "all is delivered")
    found = load.check(pg, chain)
    live = {row[0] for row in pg.rows("select incident_no from district.incident where mode = 'live'")}
    alerted = [row[0] for row in pg.rows("select incident_no from notify.alert")]
    firsts = pg.rows("select alert_id, contact_id from notify.delivery where kind = 'first' and channel = 'email' "
                    "and repeat_of is null")
    sent = {row[0] for row in pg.rows("select message_id from notify.delivery where state in ('sent', 'delivered')")}
    catch()
    arrived = {message_id.strip("<>") for message_id in caught.values()}
    found["lost"] += len(live - set(alerted)) + len({message_id.strip("<>") for message_id in sent} - arrived)
    found["doubled"] += len(alerted) - len(set(alerted)) + len(firsts) - len(set(firsts))
    outcome.end(found)
    assert live and caught
    assert not any(number.startswith("B-") for number in alerted), "a backfill alerted"


@pytest.mark.needs("liaison-dashboard")
def test_killing_the_dashboard_holds_up_nobody_and_it_comes_back(pg, chain, daemon, config, ports):
    port = ports()
    dashboard = daemon("liaison-dashboard", "--config", config(
        "dashboard.ini", http={"listen": f"127.0.0.1:{port}"},
        database={"conninfo": pg.conninfo("dashboard")}, public_database={"conninfo": pg.conninfo("public")},
        bus={"subscribe": chain[0].server.bus})).start()

    def healthy():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    wait_until(healthy, 20, "the dashboard answers")
    outcome = Report("dashboard", ROUNDS)
    for _ in range(ROUNDS):
        flowing(chain, 10)
        begun = time.monotonic()
        dashboard.kill9()
        served_again(chain, begun)
        begun = time.monotonic()
        dashboard.start()
        wait_until(healthy, 20, "the dashboard answers again")
        outcome.round(time.monotonic() - begun)
    for sender in chain:
        sender.finish()
    outcome.end(load.check(pg, chain))


class Source(threading.Thread):
    """Writes lines to a growing file, as an agency's export does. Four lines make an incident."""

    def __init__(self, path, pace=200):
        super().__init__(daemon=True)
        self.path, self.pace, self.ending, self.lines = path, pace, threading.Event(), []
        self.started = time.time()
        open(path, "wb").close()

    def line(self, n):
        incident, version = n // 4, n % 4
        point = load.HERE if incident % 10 < 3 else (41.0, -75.0)
        return json.dumps({
            "kind": "incident.updated", "incident": f"F-{incident}", "call_type": f"V{version}",
            "occurred_at": ago(3600 - incident % 1000 - version * 60 - self.started + time.time()),
            "place": {"latitude": point[0], "longitude": point[1]}}).encode() + b"\n"

    def run(self):
        begun = time.monotonic()
        with open(self.path, "ab", buffering=0) as file:
            while not self.ending.is_set():
                while len(self.lines) < (time.monotonic() - begun) * self.pace:
                    line = self.line(len(self.lines))
                    half = len(line) // 2  # so that a reader may see half a line
                    file.write(line[:half])
                    file.write(line[half:])
                    self.lines.append(line)
                self.ending.wait(0.01)


@pytest.mark.needs("liaison-feed")
@pytest.mark.parametrize("struck", ["feed", "intake under a feed", "postgresql under a feed"])
def test_killing_the_feed_agent_or_what_it_feeds_stores_each_line_once(
        cluster, pg, riverside, metro, intake, daemon, config, tmp_path, struck):
    riverside.school("LIN", *load.HERE)
    server = intake()
    source = Source(str(tmp_path / "calls.ndjson"))
    feed = daemon("liaison-feed", "--config", config(
        "feed.ini", intake={"endpoint": server.endpoint, "server_key": server.public.decode(), "retry_max_s": 1},
        agency={"slug": "metro", "key_file": metro.key_file(tmp_path)},
        source={"input": source.path, "format": "ndjson", "follow": "yes"}, stream={"mode": "live"},
        spool={"dir": tmp_path / "spool"})).start()
    chance, outcome = random.Random(struck), Report(struck, ROUNDS)

    def stored():  # each line has one sequence; the end of the test checks that none is missing
        return pg.one("select coalesce(max(high), 0) from agency.stream")

    source.start()
    for _ in range(ROUNDS):
        goal = stored() + chance.randrange(10, 100)
        wait_until(lambda: stored() >= goal, 30, f"{goal} lines are stored")
        begun = time.monotonic()
        if struck == "feed":
            feed.kill9()
            feed.start()
        elif struck.startswith("intake"):
            server.kill9()
            server.start(ready=False)
        else:
            cluster.crash()
            cluster.start()
        mark = len(source.lines)
        wait_until(lambda: stored() > mark, 60, "lines are stored again")
        outcome.round(time.monotonic() - begun)
    source.ending.set()
    source.join()
    wait_until(lambda: stored() >= len(source.lines), 30, f"all {len(source.lines)} lines are stored")
    rows = pg.rows("select incident_no, call_type from agency.event")
    lines = [(body["incident"], body["call_type"]) for body in map(json.loads, source.lines)]
    newest = dict(lines)
    state = dict(pg.rows("select incident_no, call_type from agency.incident"))
    found = {"acknowledged": len(rows), "lost": len(set(lines) - set(rows)), "doubled": len(rows) - len(set(rows)),
             "misordered": sum(state.get(k) != v for k, v in newest.items()), "silent": len(lines) - len(rows)}
    feed.terminate()
    outcome.end(found)
    assert pg.one("select count(*) from agency.quarantine") == 0
    assert liaison.SANITIZER.search(feed.log(whole=True)) is None
