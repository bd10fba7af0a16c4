"""Both HTTP servers against the table of http_torture.py, and against what does not fit into a table: every
split of pipelined requests, slow and silent clients, many connections. LONG=1 (make nightly) is the
thorough form: all splits, 10,000 idle connections, the proxies of test_http_proxies.py."""

import os
import resource
import time
from email.utils import parsedate_to_datetime

import pytest

import liaison
from http_sites import LONG, NAMES, Sites
from http_torture import CASES, CHUNKED, LENGTH, fill, get, post
from http_wire import Connection, outcome_of

pytestmark = [pytest.mark.needs("liaison-dashboard"), pytest.mark.needs("liaison-feed")]
if LONG:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
TABLE = os.environ.get("TORTURE_TABLE")  # a file to write: a line for each case and server, tab-separated


@pytest.fixture(scope="module")
def sites(tmp_path_factory, module_pg):
    made = Sites(tmp_path_factory.mktemp("sites"), module_pg)
    yield made
    made.close()


@pytest.fixture(scope="module", params=NAMES)
def site(request, sites):
    return sites.get(request.param)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_outcome_is_one_that_the_rfc_allows(site, case):
    wrong, outcome = site.try_case(case)
    if TABLE:
        with open(TABLE, "a", encoding="utf-8") as table:
            table.write("\t".join([site.name, case.name, case.rfc, " | ".join(case.outcomes), outcome, wrong]) + "\n")
    assert not wrong, wrong


def test_answers_say_when_they_were_made(site):
    """RFC 9110 6.6.1. Only good answers are checked."""
    requests = [fill(get(behind=b""), site), fill(post(LENGTH, behind=b""), site)]
    for request, good in zip(requests, (site.good["G"], site.good["P"])):
        outcome, answers = outcome_of(site.address, [request], [good], 1, 10 * liaison.PATIENCE, requests[0])
        assert outcome == "ok open"
        assert parsedate_to_datetime(answers.headers[0]["date"][0])


def test_a_server_that_was_tried_so_is_quiet_again(site):
    assert site.ask() == "ok open"
    site.rests()


def splits(octets, one):
    """Where to cut two requests of size one: everywhere, or where a part begins or ends."""
    if LONG:
        return range(1, len(octets))
    head = octets.index(b"\r\n\r\n")
    near = [1, 5, head, head + 1, head + 2, head + 3, head + 4, head + 5, one - 1, one, one + 1, one + 6,
            one + head, one + head + 2, one + head + 4, one + head + 5, len(octets) - 1]
    return sorted({at for at in near if 0 < at < len(octets)})


def drained(connection, site):
    """Lets the server read what was sent before the next piece is sent."""
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
    site.rests()


def test_a_request_behind_a_long_answer_is_answered_after_it(site):
    script = fill(get(line=b"GET %s HTTP/1.1\r\n" % site.long, behind=b""), site)
    first = site.good["G"]
    for pieces in ([script + fill(post(LENGTH, behind=b""), site)],
                   [script, 0.001, fill(post(LENGTH, b"{body0}", behind=b""), site), 0.02,
                    fill(b"{body1}", site)]):
        outcome, _ = outcome_of(site.address, pieces, [first, site.good["P"]], 2, 10 * liaison.PATIENCE, script)
        assert outcome == "ok ok open"


def test_clients_that_never_read_cost_others_nothing(site, closing):
    """Answers wait in the server and in the kernel, so at some point the server takes no more requests."""
    script = fill(get(line=b"GET %s HTTP/1.1\r\n" % site.long, behind=b""), site)
    deaf = [closing(Connection(site.address)) for _ in range(20)]
    for connection in deaf:
        for _ in range(50):
            try:
                connection.socket.send(script * 20)
            except BlockingIOError:
                break
    assert site.ask() == "ok open"
    site.rests()
    with open(f"/proc/{site.daemon().pid}/status", encoding="ascii") as status:
        resident = int(status.read().split("VmRSS:")[1].split()[0])
    assert resident < (1 << 20 if "asan" in liaison.OUT else 200 << 10), f"{resident} KiB"
    for connection in deaf:
        connection.close()
    liaison.wait_until(lambda: site.descriptors() <= site.rest, 20, "descriptors are closed")


def idle(site, count, closing):
    """Opens this many silent connections, from as many addresses as the limit per address requires."""
    connections = []
    for number in range(count):
        source = (f"127.0.{1 + number // 20 // 250}.{1 + number // 20 % 250}", 0)
        connections.append(closing(Connection(site.address, source=source)))
    return connections


def test_idle_connections_cost_others_nothing(site, closing):
    connections = idle(site, 10000 if LONG else 200, closing)
    for _ in range(10):
        assert site.ask() == "ok open"
    site.rests()
    if LONG:
        time.sleep(2)
        assert site.ask() == "ok open"
    for connection in connections:
        connection.close()
    liaison.wait_until(lambda: site.descriptors() <= site.rest, 60, "descriptors are closed")


def test_what_is_sent_behind_a_request_for_a_stream_costs_nothing(sites):
    """Such a request may wait until the stream ends, or end it."""
    page = sites.get("dashboard")
    cookie = page.dashboard.api("director@riverside").cookie.encode()
    stream = b"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: " + cookie + b"\r\n\r\n"
    page.prepare()
    for pieces in ([stream + page.smuggle], [stream, 0.1, page.smuggle], [stream + page.smuggle[:40]]):
        outcome, answers = outcome_of(page.address, pieces, [200], None, 0.5 * liaison.PATIENCE, b"")
        assert outcome in ("wait", "ok wait", "ok close", "close"), outcome
        assert answers.final <= 1 and not page.effect()
    assert page.ask() == "ok open"
    page.rests()


# Requests that never end: octets sent at once, and octets that follow one by one.
SIZE = b"Content-Length: 10000\r\n"
SLOW = [("body an octet at a time", post(SIZE, b"", behind=b""), b" "),
        ("body that never comes", post(SIZE, b"", behind=b""), b""),
        ("body that stops", post(SIZE, b"{body0}", behind=b""), b""),
        ("chunk size an octet at a time", post(CHUNKED, b"", behind=b""), b"0"),
        ("chunks of one octet", post(CHUNKED, b"", behind=b""), b"1\r\n \r\n")]
if LONG:  # a head has a fixed deadline, which is no setting
    SLOW += [("line an octet at a time", b"GET /", b"a"), ("fields an octet at a time", get(behind=b"")[:-2], b"a"),
             ("fields without end", get(behind=b"")[:-2], b"X-A: b\r\n"), ("nothing at all", b"", b""),
             ("half a line", b"GET /healthz HT", b""), ("nothing behind an answer", get(behind=b""), b"")]


@pytest.fixture(params=NAMES if LONG else ["endpoint"])
def hasty(request, sites, tmp_path, closing):
    return closing(sites.new(request.param, tmp_path, request_s=2))


def test_a_request_that_takes_too_long_is_ended(hasty, closing):
    slow = [(name, closing(Connection(hasty.address)), octets) for name, begin, octets in SLOW]
    for (_, connection, _), (_, begin, _) in zip(slow, SLOW):
        connection.send(fill(begin, hasty))
    deadline = time.monotonic() + (60 if LONG else 10) * liaison.PATIENCE
    while time.monotonic() < deadline and not all(connection.ended for _, connection, _ in slow):
        for _, connection, octets in slow:
            connection.send(octets)
            connection.turn(0.02)
        assert hasty.ask() == "ok open"
    assert [name for name, connection, _ in slow if not connection.ended] == []
    for name, connection, _ in slow:
        wanted = [hasty.good["G"]] if name == "nothing behind an answer" else [408]
        assert connection.answers.statuses in (wanted, [400], []), name
    hasty.rests()
