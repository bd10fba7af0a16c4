"""Both HTTP servers against the table of http_torture.py, and what a table cannot say: every split of
pipelined requests, slow and silent clients, many connections. LONG=1 (tests/http/long.sh) makes it
thorough: all splits, 10,000 idle connections, the proxies of test_http_proxies.py."""

import os
import time
from email.utils import parsedate_to_datetime

import pytest

import liaison
from http_sites import Door, Page
from http_torture import CASES, LENGTH, fill, get, post
from http_wire import Connection, outcome_of

pytestmark = [pytest.mark.needs("liaison-dashboard"), pytest.mark.needs("liaison-feed")]
LONG = bool(os.environ.get("LONG"))
TABLE = os.environ.get("TORTURE_TABLE")  # a file: a line for each case and server, tab-separated


@pytest.fixture(scope="module", params=["dashboard", "endpoint"])
def site(request, tmp_path_factory, module_pg):
    folder = tmp_path_factory.mktemp(request.param)
    made = Page(folder, module_pg) if request.param == "dashboard" else Door(folder)
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_outcome_is_one_that_the_rfc_allows(site, case):
    wrong, outcome = site.try_case(case)
    if TABLE:
        with open(TABLE, "a", encoding="utf-8") as table:
            table.write("\t".join([site.name, case.name, case.rfc, " | ".join(case.outcomes), outcome, wrong]) + "\n")
    assert not wrong, wrong


def test_answers_say_when_they_were_made(site):
    """RFC 9110 6.6.1. The library's own errors may be bare statuses."""
    requests = [fill(get(behind=b""), site), fill(post(LENGTH, behind=b""), site)]
    for request, good in zip(requests, (site.good["G"], site.good["P"])):
        outcome, answers = outcome_of(site.address, [request], [good], 1, 10 * liaison.PATIENCE, requests[0])
        assert outcome == "ok open"
        assert parsedate_to_datetime(answers.headers[0]["date"][0])


def test_a_server_that_was_tried_so_is_quiet_again(site):
    assert site.ask() == "ok open"
    used = site.cpu()
    assert used < 0.3, f"the loop turns for nothing: {used:.0%} of a processor"


def splits(octets, one):
    """Where to cut two requests of the size one: everywhere, or where something begins or ends."""
    if LONG:
        return range(1, len(octets))
    head = octets.index(b"\r\n\r\n")
    near = [1, 5, head, head + 1, head + 2, head + 3, head + 4, head + 5, one - 1, one, one + 1, one + 6,
            one + head, one + head + 2, one + head + 4, one + head + 5, len(octets) - 1]
    return sorted({at for at in near if 0 < at < len(octets)})


def drained(connection, site):
    """Lets the server read what was sent before the next piece follows it."""
    connection.until(connection.sent, time.monotonic() + 5 * liaison.PATIENCE)
    time.sleep(0.002)


def test_pipelined_posts_are_answered_however_they_are_split(site):
    one = fill(post(LENGTH, behind=b""), site)
    both = one + one
    for at in splits(both, len(one)):
        connection = Connection(site.address)
        connection.send(both[:at])
        drained(connection, site)
        connection.send(both[at:])
        answers = connection.answers
        connection.until(lambda: answers.final == 2, time.monotonic() + 5 * liaison.PATIENCE)
        connection.close()
        assert answers.statuses == [site.good["P"]] * 2, f"cut at {at}: {answers.statuses}"
    assert site.ask() == "ok open"
    assert site.cpu(0.5) < 0.4


def test_a_request_behind_a_long_answer_is_answered_after_it(site):
    script = fill(get(line=b"GET %s HTTP/1.1\r\n" % site.long, behind=b""), site)
    first = site.good["G"]
    for pieces in ([script + fill(post(LENGTH, behind=b""), site)],
                   [script, 0.001, fill(post(LENGTH, b"{body0}", behind=b""), site), 0.02,
                    fill(b"{body1}", site)]):
        outcome, _ = outcome_of(site.address, pieces, [first, site.good["P"]], 2, 10 * liaison.PATIENCE, script)
        assert outcome == "ok ok open"


def test_clients_that_never_read_cost_others_nothing(site, closing):
    """Answers wait in the server and in the kernel; the requests behind them are not taken for ever."""
    script = fill(get(line=b"GET %s HTTP/1.1\r\n" % site.long, behind=b""), site)
    deaf = [closing(Connection(site.address)) for _ in range(20)]
    for connection in deaf:
        for _ in range(50):
            try:
                connection.socket.send(script * 20)
            except BlockingIOError:
                break
    assert site.ask() == "ok open"
    assert site.cpu() < 0.3, "the loop turns while nobody reads"
    with open(f"/proc/{site.daemon().pid}/status", encoding="ascii") as status:
        resident = int(status.read().split("VmRSS:")[1].split()[0])
    assert resident < (1 << 20 if "asan" in liaison.OUT else 200 << 10), f"{resident} KiB"
    for connection in deaf:
        connection.close()
    liaison.wait_until(lambda: site.descriptors() <= site.rest, 20, "descriptors are closed")


def idle(site, count, closing):
    """So many connections that say nothing, from as many addresses as caps of each may want."""
    connections = []
    for number in range(count):
        source = (f"127.0.{1 + number // 200 // 250}.{1 + number // 200 % 250}", 0)
        connections.append(closing(Connection(site.address, source=source)))
    return connections


def test_idle_connections_cost_others_nothing(site, closing):
    connections = idle(site, 200, closing)
    assert site.ask() == "ok open"
    assert site.cpu(0.5) < 0.4
    for connection in connections:
        connection.close()
    liaison.wait_until(lambda: site.descriptors() <= site.rest, 20, "descriptors are closed")
