"""Both HTTP servers behind nginx and HAProxy: server and proxy agree where a request ends, so that no
client gets the answer of another. LONG=1 sends the whole table of http_torture.py through each."""

import time

import pytest

import liaison
from http_proxy import PROXIES, found
from http_sites import LONG, NAMES, PATIENCE_S, Sites
from http_torture import CASES, LENGTH, fill, get, pieces_of, post
from http_wire import Connection, outcome_of

pytestmark = [pytest.mark.needs("liaison-dashboard"), pytest.mark.needs("liaison-feed")]
SOME = [case for case in CASES if LONG or case.name in (
    "one post", "fifty posts at once", "get with a body", "second post while the first is answered",
    "content-length twice the same (policy)", "content-length folded", "transfer-encoding chunked",
    "transfer-encoding folded", "transfer-encoding xchunked with length", "length then transfer-encoding (policy)",
    "transfer_encoding is another field", "transfer-encoding in HTTP/1.0", "chunk extension with bare LF",
    "chunk size of 2^64 and the size", "chunk trailer content-length", "host twice", "value with NUL",
    "line ended by LF (policy)", "body too large, declared and sent", "reset in the body",
    "half-close in the body", "head has no body", "expect 100-continue, waits", "upgrade to websocket")]


@pytest.fixture(scope="module")
def sites(tmp_path_factory, module_pg):
    made = Sites(tmp_path_factory.mktemp("sites"), module_pg)
    yield made
    made.close()


@pytest.fixture(scope="module", params=NAMES)
def site(request, sites):
    return sites.get(request.param)


@pytest.fixture(scope="module", params=sorted(PROXIES))
def proxy(request, site, tmp_path_factory):
    if not found(request.param):
        pytest.skip(f"no {request.param}")
    made = PROXIES[request.param](tmp_path_factory.mktemp(request.param), site.address[1]).start()
    yield made
    made.close()


def each_has_its_own_answer(site, proxy):
    """Each of four clients in turn gets its own answer over the proxy's kept connections."""
    wanted = ((get(behind=b""), site.good["G"]), (post(LENGTH, behind=b""), site.good["P"])) * 2
    for template, good in wanted:
        request = fill(template, site)
        outcome, _ = outcome_of(proxy.address, [request], [good], 1, 5 * liaison.PATIENCE,
                                fill(get(behind=b""), site))
        if outcome not in ("ok open", "ok wait"):
            return f"{request[:24]!r} is answered by {outcome!r}"
    return ""


@pytest.mark.parametrize("case", SOME, ids=lambda case: case.name.replace(" ", "-"))
def test_nobody_is_given_the_answer_of_another(site, proxy, case):
    site.prepare()
    patience = min(1.0, PATIENCE_S)
    outcome, _ = outcome_of(proxy.address, pieces_of(case, site), [site.good.get(kind) for kind in case.kinds],
                            case.most, patience, fill(get(behind=b""), site), case.heads)
    wrong = each_has_its_own_answer(site, proxy)
    if site.ask() != "ok open":
        site.restart()
        wrong = wrong or "the server answers nobody"
    site.effect()
    assert not wrong, f"after {outcome!r}: {wrong}"


def test_many_requests_through_a_proxy_are_answered_in_order(site, proxy):
    one, two = fill(post(LENGTH, behind=b""), site), fill(get(behind=b""), site)
    connections = [Connection(proxy.address) for _ in range(8)]
    for connection in connections:
        connection.send((one + two) * 10)
    deadline = time.monotonic() + 20 * liaison.PATIENCE
    for connection in connections:
        connection.until(lambda answers=connection.answers: answers.final == 20, deadline)
        assert connection.answers.statuses == [site.good["P"], site.good["G"]] * 10
        connection.close()
