"""Nobody gets in without a key: the pitfalls of libzmq, tested on the real program. A handler that is
absent, dead or slow is tested in tests/unit/test_intake_curve.c; keys that change in
test_intake_session.py."""

import select
import socket
import uuid

import pytest
import zmq

import liaison
from liaison import EVENT_TYPE, SIGNATURE, event, u64, wait_until

pytestmark = pytest.mark.needs("liaison-intake")

FRAME_MAX = 1049600  # docs/protocol.md, section 5
FRAME_CUT = 4 << 20
CURVE_PART = 33  # overhead of CURVE in a frame, which libzmq counts and the sender does not see


@pytest.fixture
def server(intake, metro):
    return intake()


@pytest.fixture
def bystander(server, metro, peer):
    one = peer(server, metro)
    one.hello()
    yield one
    one.event(1, event("BYSTANDER-1"))
    one.wait_acked(1)
    assert not [e for e, _ in one.monitored if e == zmq.EVENT_DISCONNECTED]
    assert "REFUSE" not in [command for command, _ in one.heard]


class Named(liaison.Peer):
    """A peer that sets a routing id, which docs/protocol.md forbids."""

    def connect(self):
        self.context.setsockopt(zmq.ROUTING_ID, b"metro-1")
        super().connect()


def test_routing_id_cannot_be_taken_over_by_another_agencys_key(pg, server, metro, closing):
    first = closing(Named(server, metro))
    first.hello()
    second = closing(Named(server, pg.agency("shelby")))
    second.hello(stream=uuid.uuid4(), wait=False)
    second.event(1, event("TAKEN-1"))
    first.event(1, event("MINE-1"))
    first.wait_acked(1)
    first.ping()
    second.pump(0.2)
    assert not second.heard, "what is the first one's, or for a stranger, must not be heard"
    assert [c for c, _ in first.heard].count("WELCOME") == 1
    assert pg.rows("select agency_id, incident_no from agency.event") == [(metro.id, "MINE-1")]


def test_routing_id_is_free_again_once_its_first_holder_has_gone(pg, server, metro, closing):
    first = closing(Named(server, metro))
    first.hello()
    first.disconnect()
    server.wait_log(r"event=cut_session agency=metro")
    second = closing(Named(server, pg.agency("shelby")))
    assert second.hello(stream=uuid.uuid4())["agency"] == "shelby"
    second.event(1, event("I-1"))
    second.wait_acked(1)


def test_thousands_of_idle_connections_starve_no_agent_and_are_closed(pg, server, bystander, peer):
    idle = []
    for _ in range(2000):
        one = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        idle.append(one)
    late = peer(server, pg.agency("shelby"))
    late.hello()
    late.event(1, event("I-1"))
    late.wait_acked(1)
    left = list(idle)

    def closed():
        poll = select.poll()
        for one in left:
            poll.register(one, select.POLLIN)
        for fd, _ in poll.poll(0):
            one = next(o for o in left if o.fileno() == fd)
            try:
                ended = one.recv(4096) == b""
            except OSError:
                ended = True
            if ended:
                left.remove(one)
        return not left

    wait_until(closed, 30, "the idle connections are closed", every=0.2)
    for one in idle:
        one.close()


def test_good_key_that_says_nothing_is_cut(pg, server, bystander, peer):
    silent = peer(server, pg.agency("shelby"))
    silent.wait_monitor(zmq.EVENT_DISCONNECTED, timeout=40)
    wait_until(lambda: pg.counter("connection_cut") >= 1, what="the cut is counted")


@pytest.mark.parametrize("octets, answer", [
    (FRAME_MAX, "NAK"), (FRAME_MAX + 1, "syntax"), (FRAME_CUT - CURVE_PART, "syntax"),
    (FRAME_CUT - CURVE_PART + 1, "cut")])
def test_frame_at_and_over_each_limit(pg, server, bystander, peer, octets, answer):
    one = peer(server, pg.agency("shelby"))
    one.hello()
    one.event(1, b"x" * octets)
    if answer == "NAK":
        assert one.wait_nak(1)[0] in ("size", "syntax")
    elif answer == "cut":
        one.wait_monitor(zmq.EVENT_DISCONNECTED)
        assert "REFUSE" not in [command for command, _ in one.heard]
    else:
        assert one.wait_refuse() == answer


@pytest.mark.parametrize("frames", [8, 9, 5000])
def test_more_frames_than_a_message_may_have_are_refused(pg, server, bystander, peer, frames):
    one = peer(server, pg.agency("shelby"))
    one.hello()
    one.send_raw(SIGNATURE, b"EVENT", u64(1), EVENT_TYPE.encode(), b"{}", *[b"x"] * (frames - 5))
    assert one.wait_refuse() == "syntax"
    assert pg.counter("no_identity") == 0
    one.hello()


def test_agent_waits_for_an_intake_that_is_stopped_and_comes_in_by_itself(pg, server, client):
    shelby = pg.agency("shelby")
    wait_until(lambda: server.lines(r"event=loaded table=keys keys=2"), what="its key is known")
    server.stop_clock()
    one = client(server, shelby)
    one.put(b'{"kind":"call.received","incident":"I-1","occurred_at":"2026-11-23T09:12:00Z"}')
    assert not one.work(until=one.done, timeout=1.0)
    server.resume()
    assert one.work(until=one.done), one.told
