"""The live stream: a change is sent at once, once, in order, and only to people who may see it."""

import json
import socket
import time

import pytest

import liaison
from dashboard_support import Dashboard, check_schema, cpu_seconds, fresh_dashboard, fresh_town

pytestmark = pytest.mark.needs("liaison-dashboard")
town = pytest.fixture(name="town")(fresh_town)
dashboard = pytest.fixture(name="dashboard")(fresh_dashboard)


class Stream:
    """A client of the live stream, as EventSource is in a browser."""

    def __init__(self, api, last=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", api.dashboard.port))
        resume = f"Last-Event-ID: {last}\r\n" if last is not None else ""
        self.socket.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nCookie: {api.cookie}\r\n"
                            f"{resume}\r\n".encode())
        self.socket.setblocking(False)
        self.data, self.events, self.ended, self.head = b"", [], False, None

    def pump(self):
        while not self.ended:
            try:
                piece = self.socket.recv(65536)
            except BlockingIOError:
                break
            except ConnectionError:
                piece = b""
            if not piece:
                self.ended = True
            self.data += piece
        if self.head is None and b"\r\n\r\n" in self.data:
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            self.head = head.decode()
        while self.head is not None and b"\n\n" in self.data:
            block, self.data = self.data.split(b"\n\n", 1)
            event = dict(line.split(": ", 1) for line in block.decode().split("\n"))
            if "data" in event:
                event["data"] = json.loads(event["data"])
                check_schema("Stream" + event["event"].capitalize(), event["data"])
                self.events.append(event)

    def wait(self, kind, count=1, timeout=10.0):
        def found():
            self.pump()
            got = [e for e in self.events if e["event"] == kind]
            assert len(got) >= count or not self.ended, f"ended; heard {self.events[-3:]}"
            return got if len(got) >= count else None
        return liaison.wait_until(found, timeout, f"{count} {kind}; heard {self.events[-5:]}")

    def wait_end(self, timeout=10.0):
        def ended():
            self.pump()
            return self.ended
        liaison.wait_until(ended, timeout, "the stream ends")

    def changes(self):
        self.pump()
        return [e["data"]["incident"] for e in self.events if e["event"] == "change"]

    def close(self):
        self.socket.close()


@pytest.fixture
def listen(closing):
    def make(api, **options):
        stream = closing(Stream(api, **options))
        stream.wait("heartbeat")
        return stream
    return make


def test_a_change_is_told_within_two_seconds_without_the_bus(town, dashboard, listen):
    stream = listen(dashboard.api("director@riverside"))
    assert "text/event-stream" in stream.head and "no-store" in stream.head
    number = town.incident("P26/1 18")
    begun = time.monotonic()
    told = stream.wait("change")[0]
    assert time.monotonic() - begun < 2 * liaison.PATIENCE
    assert told["data"] == {"agency": "metro", "incident": number, "change_id": int(told["id"])}


def test_the_bus_makes_it_at_once(town, tmp_path, closing, listen):
    import zmq
    port = liaison.free_port()
    context = zmq.Context()
    bus = context.socket(zmq.XPUB)
    bus.bind(f"tcp://127.0.0.1:{port}")
    made = closing(Dashboard(tmp_path, town.db, bus={"subscribe": f"tcp://127.0.0.1:{port}"})).start()
    try:
        stream = listen(made.api("director@riverside"))
        assert bus.poll(5000)
        delays = []
        for at in range(10):
            number = town.incident()
            change = town.db.one("select max(change_id) from district.change")
            begun = time.monotonic()
            bus.send(f"change {town.district.id} {change}".encode())
            stream.wait("change", at + 1)
            delays.append(time.monotonic() - begun)
            assert stream.changes()[-1] == number
        assert sorted(delays)[5] < 0.25 * liaison.PATIENCE, delays
        for junk in (b"", b"change", b"change x y", b"change 99 1", b"alert 1 999999", b"\xff" * 900,
                     f"alert {town.district.id} -1".encode()):
            bus.send(junk)
        alert, _ = town.alert(number)
        bus.send(f"alert {town.district.id} {alert}".encode())
        assert stream.wait("alert")[0]["data"] == {"agency": "metro", "incident": number}
    finally:
        bus.close(0)
        context.term()


def test_a_stream_resumes_after_the_last_event_it_heard(town, dashboard, listen, closing):
    api = dashboard.api("director@riverside")
    stream = listen(api)
    town.incident("one")
    last = stream.wait("change")[0]["id"]
    stream.close()
    town.incident("two")
    town.incident("three")
    again = closing(Stream(api, last=last))
    again.wait("change", 2)
    town.incident("four")
    again.wait("change", 3)
    assert again.changes() == ["two", "three", "four"]
    fresh = listen(api)
    town.incident("five")
    fresh.wait("change")
    again.wait("change", 4)
    assert fresh.changes() == ["five"], "without Last-Event-ID only what is new is told"
    assert again.changes() == ["two", "three", "four", "five"]


def test_who_missed_too_much_or_comes_from_nowhere_starts_over(town, dashboard, closing):
    api = dashboard.api("director@riverside")
    number = town.incident("first")
    first = town.db.one("select min(change_id) from district.change")
    for _ in range(3):
        town.db.execute("insert into district.change (district_id, agency_id, incident_no, first, "
                        "mode) select %s, %s, %s, false, 'live' from generate_series(1, 200)",
                        town.district.id, town.metro.id, number)
    newest = town.db.one("select max(change_id) from district.change")
    for last in (first, 999999999):
        stream = closing(Stream(api, last=last))
        assert stream.wait("reset")[0]["data"] == {"change_id": newest}
        town.incident()
        stream.wait("change")
        assert len(stream.changes()) == 1
        newest = town.db.one("select max(change_id) from district.change")


def test_a_change_that_commits_late_is_not_skipped(town, dashboard, listen):
    """The change with the lowest id may commit last: it must be sent, and none twice."""
    stream = listen(dashboard.api("director@riverside"))
    slow = town.db.session()
    try:
        number = town.incident("base")
        stream.wait("change")
        with slow.cursor() as cursor:
            cursor.execute("insert into district.change (district_id, agency_id, incident_no, "
                           "first, mode) values (%s, %s, %s, false, 'live') returning change_id",
                           (town.district.id, town.metro.id, number))
            held = cursor.fetchone()[0]
        town.incident("overtakes")
        # polls pass (each sends the alert): the later change waits for the open transaction
        for at in range(2):
            town.alert(number, (town.north, town.south)[at])
            stream.wait("alert", at + 1)
        assert stream.changes() == ["base"]
        slow.commit()
    finally:
        slow.close()
    stream.wait("change", 3)
    ids = [e["data"]["change_id"] for e in stream.events if e["event"] == "change"]
    assert ids[1] == held and len(ids) == len(set(ids)) == 3


def test_a_school_hears_its_own_and_nothing_sealed(town, dashboard, listen):
    director = listen(dashboard.api("director@riverside"))
    principal = listen(dashboard.api("principal@north"))
    olga = listen(dashboard.api("director@otherland"))
    town.incident("south", town.south)
    town.incident("sealed", town.north, type_code="ABUSE")
    town.incident("shared", town.south, schools=[town.south, town.north])
    town.incident("north", town.north)
    town.incident("far", town.far, district=town.other)
    director.wait("change", 4)
    principal.wait("change", 2)
    olga.wait("change")
    assert principal.changes() == ["shared", "north"]
    assert director.changes() == ["south", "sealed", "shared", "north"]
    assert olga.changes() == ["far"]
    for number, school in (("sealed", town.north), ("south", town.south), ("north", town.north)):
        town.alert(number, school)
    director.wait("alert", 3)
    assert [e["data"]["incident"] for e in principal.wait("alert")] == ["north"]
    assert not [e for e in olga.events if e["event"] == "alert"]


def moved_away(town, number, to=None):
    """Writes in one transaction what derive writes for a call that moved to another school, or none."""
    with town.db.session() as session, session.cursor() as cursor:
        cursor.execute("delete from district.incident_school where incident_no = %s", (number,))
        if to:
            cursor.execute("update district.incident set school_id = %s where incident_no = %s", (to, number))
            cursor.execute("insert into district.incident_school values (%s, %s, %s, %s, 1, 'at', 1, 'radius', 0.9)",
                           (town.district.id, town.metro.id, number, to))
        else:
            cursor.execute("update district.incident set elsewhere = true, relation = 'elsewhere' "
                           "where incident_no = %s", (number,))
        cursor.execute("insert into district.change (district_id, agency_id, incident_no, first, mode) "
                       "values (%s, %s, %s, false, 'live')", (town.district.id, town.metro.id, number))
    session.close()


def sealed(town, number):
    town.db.execute("update district.incident set sensitivity = 'sealed' where incident_no = %s", number)
    town.change(number)


@pytest.mark.parametrize("lose", [moved_away, lambda town, number: moved_away(town, number, town.south), sealed],
                         ids=["to no school", "to another school", "sealed"])
def test_who_loses_sight_of_a_call_hears_that_it_is_gone_once_and_no_more(town, dashboard, listen, lose):
    town.incident("goes", town.north, status="open")
    alert, _ = town.alert("goes")
    principal = listen(dashboard.api("principal@north"))
    director = listen(dashboard.api("director@riverside"))
    stranger = listen(dashboard.api("director@otherland"))
    lose(town, "goes")
    told = principal.wait("gone")[0]["data"]
    assert told == {"agency": "metro", "incident": "goes", "change_id": told["change_id"]}
    for n in range(3):
        town.change("goes")
        town.db.execute("update notify.alert set state = %s", ("closed", "open", "closed")[n])
        director.wait("change", n + 2)
        director.wait("alert", n + 1)
    town.incident("last", town.north)
    principal.wait("change")
    assert [(e["event"], e["data"].get("incident")) for e in principal.events if e["event"] != "heartbeat"] == \
        [("gone", "goes"), ("change", "last")]
    assert {e["event"] for e in director.events} == {"heartbeat", "change", "alert"}
    assert {e["event"] for e in stranger.events} == {"heartbeat"}


def test_who_was_away_hears_that_a_call_is_gone(town, dashboard, listen, closing):
    api = dashboard.api("principal@north")
    stream = listen(api)
    town.incident("goes", town.north)
    last = stream.wait("change")[0]["id"]
    stream.close()
    moved_away(town, "goes")
    again = closing(Stream(api, last=last))
    assert again.wait("gone")[0]["data"]["incident"] == "goes"
    assert again.changes() == []


def test_a_call_that_comes_back_to_a_school_is_told_of_again(town, dashboard, listen):
    town.incident("goes", town.north)
    principal = listen(dashboard.api("principal@north"))
    moved_away(town, "goes", town.south)
    principal.wait("gone")
    moved_away(town, "goes", town.north)
    principal.wait("change")
    assert len([e for e in principal.events if e["event"] == "gone"]) == 1


def test_an_alert_and_its_acknowledgement_are_told(town, dashboard, listen):
    api = dashboard.api("director@riverside")
    number = town.incident(status="open")
    stream = listen(api)
    alert, contact = town.alert(number)
    stream.wait("alert")
    begun = time.monotonic()
    dashboard.api().call("POST", f"/api/v1/ack/{town.token(alert, contact)}", {"act": "has"})
    stream.wait("alert", 2)
    assert time.monotonic() - begun < 1 * liaison.PATIENCE


def test_a_stream_ends_with_its_session(town, dashboard, listen):
    """At once at a sign-out; if rights end otherwise, with the next change or a moment later."""
    api, other = dashboard.api("director@riverside"), dashboard.api("principal@north")
    stream, stays, ends = listen(api), listen(dashboard.api("director@riverside")), listen(other)
    api.call("DELETE", "/api/v1/session")
    stream.wait_end(1)
    town.db.execute("update people.role set to_at = now() where role = 'school'")
    ends.wait_end(5)
    town.incident()
    stays.wait("change")


def test_a_role_that_ends_by_its_date_ends_the_stream_and_the_session(town, dashboard, listen):
    api = dashboard.api("principal@north")
    ends, stays = listen(api), listen(dashboard.api("both@riverside"))
    town.db.execute("update people.role r set to_at = clock_timestamp() + interval '2 s' from people.credential c "
                    "where c.person_id = r.person_id and c.login = 'principal@north'")
    town.incident()
    ends.wait("change"), stays.wait("change")
    assert api.call("GET", "/api/v1/session").status == 200
    ends.wait_end(5)
    assert api.call("GET", "/api/v1/session").status == 401
    town.incident()
    stays.wait("change", 2)


ENDS = {
    "disabled": "update people.person set active = false where person_id = {person}",
    "right over": "update people.role r set from_at = '-infinity', to_at = now() from people.role_school s "
                  "where s.role_id = r.role_id and s.school_id = {north} and r.person_id = {person}",
    "right moved": "update people.role_school s set school_id = {east} from people.role r "
                   "where r.role_id = s.role_id and s.school_id = {north} and r.person_id = {person}",
    "more rights": "insert into people.role (person_id, district_id, role) values ({person}, {district}, 'district')",
    "session over": "update dashboard.session set expires_at = now() where person_id = {person}",
    "idle": "update dashboard.session set seen_at = now() - interval '9 hours' where person_id = {person}",
}


def test_no_change_is_told_by_rights_that_are_over(town, dashboard, listen):
    """Rights end in the transaction that makes the change: the streams end without sending the change."""
    streams = {}
    stays = listen(dashboard.api("principal@north"))
    with town.db.session() as session, session.cursor() as cursor:
        for n, (how, statement) in enumerate(ENDS.items()):
            person = town.person(f"ends-{n}@riverside", how, "school", [town.north, town.south])
            streams[how] = listen(dashboard.api(f"ends-{n}@riverside"))
            cursor.execute(statement.format(north=town.north, east=town.east, person=person, district=town.district.id))
        key = (town.district.id, town.metro.id, town.north)
        cursor.execute("insert into district.incident (district_id, agency_id, incident_no, origin, mode, status, class, "
                       "sensitivity, opened_at, school_id, relation, version_at) values "
                       "(%s, %s, 'late', 'cad', 'live', 'open', 'violence', 'open', now(), %s, 'at', now())", key)
        cursor.execute("insert into district.incident_school values (%s, %s, 'late', %s, 1, 'at', 1, 'radius', 1)", key)
        cursor.execute("insert into district.change (district_id, agency_id, incident_no, first, mode) "
                       "values (%s, %s, 'late', true, 'live')", key[:2])
    session.close()
    stays.wait("change")
    for how, stream in streams.items():
        stream.wait_end(5)
        assert stream.changes() == [], how


def test_a_client_that_talks_out_of_turn_is_cut_off_and_costs_nothing(dashboard, listen, closing):
    api = dashboard.api("director@riverside")
    talks, leaves = listen(api), listen(api)
    talks.socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    talks.wait_end()
    leaves.socket.shutdown(socket.SHUT_WR)
    leaves.wait_end()
    stays = listen(api)
    before, begun = cpu_seconds(dashboard), time.monotonic()
    stays.wait("heartbeat", 2, 20)
    used = (cpu_seconds(dashboard) - before) / (time.monotonic() - begun)
    assert used < 0.3, f"the loop turns for nothing: {used:.0%} of a processor"


def test_a_reader_that_does_not_read_is_dropped_and_others_are_not(town, dashboard, listen, closing):
    api = dashboard.api("director@riverside")
    slow = closing(Stream(api, receive_buffer=2048))
    good = listen(api)
    number = town.incident("x" * 180)
    good.wait("change")
    sent = 1
    while sent < 40000 and not dashboard.lines("event=stream_dropped"):
        town.db.execute("insert into district.change (district_id, agency_id, incident_no, first, "
                        "mode) select %s, %s, %s, false, 'live' from generate_series(1, 400)",
                        town.district.id, town.metro.id, number)
        sent += 400
        good.wait("change", sent, 30)
    assert dashboard.lines("event=stream_dropped"), f"not dropped after {sent} changes"
    slow.wait_end()
    assert len(good.changes()) == sent


def test_streams_have_a_limit_a_person(dashboard, closing):
    api = dashboard.api("director@riverside")
    streams = [closing(Stream(api)) for _ in range(12)]
    for stream in streams:
        stream.wait("heartbeat")
    status, code, _ = api.refused("/api/v1/stream")
    assert (status, code) == (429, "too_many")
    streams[0].close()
    liaison.wait_until(lambda: not over_limit(api, closing), what="a place is free again")


def over_limit(api, closing):
    stream = closing(Stream(api))

    def answered():
        stream.pump()
        return stream.head
    return "429" in liaison.wait_until(answered).split("\r\n")[0]


def test_a_bad_last_event_id_is_refused(dashboard):
    api = dashboard.api("director@riverside")
    for last in ("x", "1.5", "-1", "1" * 19, "1; drop table district.change"):
        answer = api.raw("GET", "/api/v1/stream", headers={"Cookie": api.cookie,
                                                           "Last-Event-ID": last})
        assert answer.status == 400 and answer.error["field"] == "Last-Event-ID"


def test_streams_survive_an_outage_of_the_database(cluster, town, dashboard, listen):
    stream = listen(dashboard.api("director@riverside"))
    town.incident("before")
    stream.wait("change")
    cluster.stop()
    liaison.wait_until(lambda: not dashboard.healthy(), what="unhealthy")
    cluster.start()
    town.incident("after")
    stream.wait("change", 2, 30)
    assert stream.changes() == ["before", "after"]


def test_the_service_stops_cleanly_while_streams_are_open(dashboard, listen):
    api = dashboard.api("director@riverside")
    streams = [listen(api) for _ in range(3)]
    assert dashboard.terminate() == 0
    for stream in streams:
        stream.wait_end()
