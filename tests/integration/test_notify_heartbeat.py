"""The heartbeat of liaison-notify: a watcher outside hears of it while messages go out, and only then."""

import http.server
import subprocess
import threading
import time

import pytest

import liaison
from notify_lab import fresh_relay
from notify_support import fresh_town
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-notify")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
SECRET = "f1a2-secret-of-the-watcher"


class Watcher:
    """Counts requests; answers with .status, or not at all with .hang set."""

    def __init__(self):
        self.beats, self.status = [], 200
        self.over, self.hang = threading.Event(), False
        watcher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                watcher.beats.append((time.time(), self.path))
                if watcher.hang:
                    watcher.over.wait(600)
                    return
                self.send_response(watcher.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format, *args):
                pass

        self.port = liaison.free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self, every_s=1):
        return {"heartbeat_url": f"http://127.0.0.1:{self.port}/{SECRET}", "heartbeat_s": every_s}

    def wait(self, count):
        since = len(self.beats)
        liaison.wait_until(lambda: len(self.beats) >= since + count, 10, f"{count} more beats", every=0.05)

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def watcher(closing):
    return closing(Watcher())


def test_it_beats_while_messages_go_out(town, relay, watcher, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    one = notify(relay, watch=watcher.settings())
    watcher.wait(2)
    town.call()
    town.wait_states("sent")
    watcher.wait(2)
    assert watcher.beats[0][1] == f"/{SECRET}"
    assert SECRET not in "\n".join(one.lines(""))


def test_it_stays_away_while_nothing_goes_out_and_says_why(town, relay, watcher, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    relay.say("mail", "530 5.7.0 authentication required")
    one = notify(relay, watch=watcher.settings())
    watcher.wait(1)
    town.call()
    one.wait_log(r"event=heartbeat state=held_back checks=\S*provider")
    time.sleep(1.5 * liaison.PATIENCE)
    heard = len(watcher.beats)
    time.sleep(2.5)
    assert len(watcher.beats) == heard
    relay.clear()
    town.wait_states("sent", timeout=20)
    watcher.wait(1)


def test_a_wrong_address_alone_does_not_hold_it_back(town, relay, watcher, notify):  # noqa: F811
    for code in ("GONE", "P"):
        town.district.contact(code, email=f"{code.lower()}@riverside.example")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user", to="gone@")
    notify(relay, watch=watcher.settings())
    town.call()
    town.wait_states("failed", "sent")
    watcher.wait(2)


def test_a_relay_that_refuses_everybody_holds_it_back_also_when_the_call_is_over(town, relay, watcher, notify):  # noqa: F811
    for code in ("A", "B", "C"):
        town.district.contact(code, email=f"{code.lower()}@riverside.example")
    town.rule()
    relay.say("rcpt", "550 5.7.1 relaying denied")
    one = notify(relay)
    number = town.call()
    town.wait_states("failed", "failed", "failed")
    town.call(number, status="closed")
    liaison.wait_until(lambda: town.pg.one("select state from notify.alert") == "closed", 20, "the call is over")
    one.terminate()
    two = notify(relay, watch=watcher.settings())  # the log says the checks once, when beats begin to be held back
    two.wait_log(r"event=heartbeat state=held_back checks=refused( |$)")


def test_it_ends_with_the_database(town, relay, watcher, notify, pg):  # noqa: F811
    notify(relay, watch=watcher.settings())
    watcher.wait(1)
    pg.execute("revoke execute on function notify.health() from liaison_notify")
    time.sleep(1.5 * liaison.PATIENCE)
    heard = len(watcher.beats)
    time.sleep(2.5)
    assert len(watcher.beats) == heard, "what cannot be asked is not well"


def test_a_watcher_that_hangs_delays_no_message_and_no_end(town, relay, watcher, notify):  # noqa: F811
    town.district.contact("P", email="p@riverside.example")
    town.rule()
    watcher.hang = True
    one = notify(relay, watch=watcher.settings())
    watcher.wait(1)
    town.call()
    town.wait_states("sent", timeout=3)
    began = time.monotonic()
    assert one.terminate() == 0
    assert time.monotonic() - began < 3 * liaison.PATIENCE


def test_a_watcher_that_refuses_is_named_once_by_its_status(town, relay, watcher, notify):  # noqa: F811
    watcher.status = 404
    one = notify(relay, watch=watcher.settings())
    one.wait_log(r'event=heartbeat state=lost error="http 404"')
    watcher.wait(2)
    assert len(one.lines("event=heartbeat")) == 1
    watcher.status = 200
    one.wait_log(r"event=heartbeat state=back")


@pytest.mark.parametrize("url, why", [("ftp://watch.example/x", "must begin with https://"),
                                      ("http://watch.example/x", "feign a beat")])
def test_a_url_that_others_could_read_is_refused(town, config, url, why):
    path = config("watch.ini", database={"conninfo": town.pg.conninfo("notify")},
                  links={"base_url": "https://liaison.riverside.example"}, watch={"heartbeat_url": url})
    done = subprocess.run([liaison.program("liaison-notify"), "--config", path], capture_output=True, text=True, timeout=20,
                          check=False)
    assert done.returncode == 2 and "watch.heartbeat_url" in done.stderr and why in done.stderr
