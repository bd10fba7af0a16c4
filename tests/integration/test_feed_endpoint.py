"""POST /events at the agent: authentication, the result of each record, and that 202 means on disk."""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import time

import pytest

import feed_support as fs
import harness
import liaison
from liaison import EIDO_TYPE, EVENT_TYPE, event, wait_until

pytestmark = pytest.mark.needs("liaison-feed")
fake = pytest.fixture(name="fake")(fs.fresh_fake)
TOKEN = "t0ken-of-the-vendor-0123456789abcdef0123"
SECRETS = (b"Canaria", b"Ruritania", b"Quill", b"5550107")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key


class Endpoint:
    """An agent whose only source is its HTTP endpoint."""

    def __init__(self, folder, fake, daemon, port, certificate, **sections):
        self.port, self.certificate = port, certificate
        tls = dict(zip(("tls_cert", "tls_key"), certificate)) if certificate else {}
        token = liaison.write_file(os.path.join(str(folder), "tokens"), TOKEN + "\n", 0o600)
        settings = {"http": {"listen": f"127.0.0.1:{port}", "token_file": token, **tls},
                    "source": {"input": "", "mapping": ""}}
        for section, values in sections.items():
            settings.setdefault(section, {}).update(values)
        self.agent = fs.Agent(folder, fake, daemon, **settings)
        self.process = None

    def start(self, **options):
        self.process = self.agent.run(**options)
        self.process.wait_log(r"event=endpoint_open")
        return self

    def connect(self, timeout=15):
        if not self.certificate:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        context = ssl.create_default_context(cafile=self.certificate[0])
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)

    def post(self, body, content_type="application/json", path="/events", method="POST", token=TOKEN, **headers):
        """Sends a request; returns (status, JSON, headers)."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        named = {"Content-Type": content_type, **({"Authorization": "Bearer " + token} if token else {})}
        named.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = self.connect()
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None, answer.headers


@pytest.fixture
def endpoint(tmp_path, fake, daemon, ports, certificate):
    return Endpoint(tmp_path, fake, daemon, ports(), certificate).start()


@pytest.fixture
def make(tmp_path, fake, daemon, ports, certificate):
    def one(tls=True, **sections):
        return Endpoint(tmp_path, fake, daemon, ports(), certificate if tls else None, **sections)
    return one


def statuses(answer):
    return [result["status"] for result in answer["results"]]


def eido(unique, minute, **more):
    return {"$id": f"urn:emergency:uid:incidentid:{unique}:cad.example",
            "lastUpdateTimeStamp": f"2026-03-02T08:{minute:02}:00Z", **more}


# Records ------------------------------------------------------------------------------------------


def test_one_event_a_list_and_ndjson_are_sent_on(endpoint, fake):
    assert endpoint.post(event("D-1"))[0] == 202
    status, answer, _ = endpoint.post([event("D-2"), event("D-3")], EVENT_TYPE + "; charset=utf-8")
    assert (status, answer["accepted"], statuses(answer)) == (202, 2, ["accepted", "accepted"])
    lines = "".join(json.dumps(event(f"D-{n}")) + "\n" for n in (4, 5))
    assert endpoint.post(lines, "application/x-ndjson")[0] == 202
    fake.wait_events(5)
    assert [body["incident"] for body in fake.stream.bodies()] == [f"D-{n}" for n in range(1, 6)]


def test_each_record_has_its_own_result_and_a_refusal_names_field_and_reason(endpoint, fake):
    bad = {**event("D-2"), "occurred_at": "647 yesterday"}
    lines = "\n".join([json.dumps(event("D-1")), json.dumps(bad), "{broken", json.dumps(event("D-3"))])
    status, answer, _ = endpoint.post(lines, "application/x-ndjson")
    assert (status, statuses(answer)) == (202, ["accepted", "refused", "refused", "accepted"])
    refused = answer["results"][1]
    assert (refused["code"], refused["field"]) == ("time", "occurred_at")
    assert "647" not in json.dumps(answer)
    assert endpoint.post(bad)[0] == 422
    fake.wait_events(2)


def test_eido_documents_are_compared_with_those_before_them(endpoint, fake):
    opened = {"incidentTypeInternalCode": "FIGHT", "internalIncidentId": "26-7"}
    status, answer, _ = endpoint.post([eido("f0", 1, incidentComponent=opened)], EIDO_TYPE)
    assert (status, answer["events"]) == (202, 1)
    unit = {"$id": "2B7", "lastUpdateTimeStamp": "2026-03-02T08:02:00Z",
            "secondaryUnitStatusRegistryText": ["OnScene"]}
    later = eido("f0", 3, incidentComponent=opened, emergencyResourceComponent=[unit])
    assert endpoint.post(later, EIDO_TYPE)[1]["events"] == 1
    status, answer, _ = endpoint.post(later, EIDO_TYPE)
    assert (status, statuses(answer)) == (202, ["unchanged"])
    fake.wait_events(2)
    assert [body["kind"] for body in fake.stream.bodies()] == ["incident.opened", "unit.status"]
    assert fake.stream.bodies()[1]["times"] == {"on_scene": "2026-03-02T08:02:00Z"}


def test_what_the_dictionary_does_not_name_is_nowhere_on_the_agents_disk(endpoint, fake):
    person = {**event("D-1"), "caller": "Maria Canaria", "citizenship": "Ruritania"}
    assert endpoint.post(person)[0] == 202
    agent = json.dumps(["vcard", [["fn", {}, "text", "Officer Quill"], ["tel", {}, "text", "5550107"]]])
    document = eido("f0", 1, agentComponent=[{"$id": "quill@pd.example", "agentJcard": agent}],
                    incidentComponent={"incidentTypeInternalCode": "FIGHT", "x": "Canaria"})
    assert endpoint.post(document, EIDO_TYPE)[0] == 202
    fake.wait_events(2)
    octets = endpoint.agent.everything() + b"".join(fake.stream.events.values())
    assert b"FIGHT" in octets
    for secret in SECRETS:
        assert secret not in octets, secret
    assert TOKEN.encode() not in octets


def test_answer_names_what_was_left_out_and_never_what_it_held(endpoint, fake):
    one = {**event("D-1"), "caller": {"name": "Maria Canaria", "place_of_birth": "Ruritania"}, "citizenship": "Ruritania",
           "place": {"name": "NORTH HIGH", "mood": "5550107"}}
    two = {**event("D-2"), "caller": "Quill", "Immigration-Status": 1, "call_typ": "FIGHT"}
    unfit = {**event("D-5"), "place": {"latitude": 647.6, "longitude": 1}, "priority": 2, "call_type": None}
    bad = {"whatever": 1, **event("D-3"), "call_type": "x" * 100}
    status, answer, _ = endpoint.post([unfit])
    assert (status, statuses(answer), answer["without_type_and_place"]) == (202, ["accepted"], 1)
    assert answer["left_out"] == {"place.latitude": 1, "priority": 1}
    status, answer, _ = endpoint.post([one, two, bad])
    assert (status, statuses(answer)) == (202, ["accepted", "accepted", "refused"])
    assert answer["dropped"] == ["caller", "mood", "call_typ", "whatever"], "each once"
    assert answer["denied"] == ["place_of_birth", "citizenship", "Immigration-Status"]
    for secret in SECRETS:
        assert secret.decode() not in json.dumps(answer)
    again = endpoint.post(event("D-4"))[1]
    assert (again["dropped"], again["denied"]) == ([], []), "they are of this body alone"
    document = eido("f0", 1, agentComponent=[], incidentComponent={"incidentTypeInternalCode": "F", "citizenship": "x"})
    answer = endpoint.post(document, EIDO_TYPE)[1]
    assert (answer["dropped"], answer["denied"]) == (["agentComponent"], ["citizenship"])
    fake.wait_events(5)


def test_notification_of_the_conveyance_gives_its_documents_and_tells_what_they_lack(endpoint, fake):
    full = eido("f1", 1, incidentComponent={"incidentTypeInternalCode": "FIGHT", "incidentTypeInternlText": "x"})
    bare = eido("f2", 1, incidentComponent={}, locationComponent=[
        {"locationTypeDescriptionRegistryText": "CurrentIncident", "locationByValue": {"latitude": 0, "longitude": 0}}])
    del bare["lastUpdateTimeStamp"]
    bare["lastUpdateTimestamp"] = "2026-03-02T08:00:00Z"
    lacking = {"incidentComponent": {"incidentTypeInternalCode": "X"}}
    body = {"event": {"subscriptionId": "s", "transactionId": "t", "notification": [full, bare, lacking]}}
    status, answer, _ = endpoint.post(body, EIDO_TYPE)
    assert (status, statuses(answer)) == (202, ["accepted", "accepted", "refused"])
    assert answer["results"][2]["field"] == "$id"
    assert answer["dropped"] == ["incidentTypeInternlText"]
    assert (answer["left_out"], answer["without_type_and_place"]) == ({"place.latitude": 1}, 1)
    status, answer, _ = endpoint.post({"subscribeResponse": {"statusCode": 200}}, EIDO_TYPE)
    assert status == 422 and "subscribeResponse" in answer["results"][0]["reason"]
    fake.wait_events(2)


def test_names_that_are_told_are_bounded(endpoint, fake):
    long = "\u00e9" * 100
    status, answer, _ = endpoint.post({**event("D-1"), long: 1, **{f"x{n}": n for n in range(200)}})
    assert (status, len(answer["dropped"]), answer["dropped"][0]) == (202, 64, "\u00e9" * 32)


def test_withheld_type_is_not_stored(make, fake, tmp_path):
    types = liaison.write_file(str(tmp_path / "types"), "ABUSE\n")
    endpoint = make(withhold={"types_file": types}).start()
    status, answer, _ = endpoint.post([{**event("D-1"), "call_type": "abuse"}, event("D-2")])
    assert (status, statuses(answer)) == (202, ["withheld", "accepted"])
    fake.wait_events(1)
    assert b"D-1" not in endpoint.agent.everything()


# Duplicates ---------------------------------------------------------------------------------------


def test_what_was_answered_202_outlives_a_kill_and_is_stored_once(endpoint, fake):
    fake.stop()
    bodies = [[event(f"K-{n}-{i}") for i in range(3)] for n in range(12)]
    for n, body in enumerate(bodies):
        assert endpoint.post(body)[0] == 202
        if n % 4 == 3:
            endpoint.process.kill9()
            endpoint.process.start()
            endpoint.process.wait_log(r"event=endpoint_open")
            assert statuses(endpoint.post(body)[1]) == ["repeated"] * 3, "the vendor saw no answer"
    fake.start()
    fake.wait_events(36)
    assert sorted(b["incident"] for b in fake.stream.bodies()) == sorted(
        e["incident"] for body in bodies for e in body)


def test_eido_state_outlives_a_kill(endpoint, fake):
    document = eido("f0", 1, incidentComponent={"incidentTypeInternalCode": "FIGHT"})
    assert endpoint.post(document, EIDO_TYPE)[1]["events"] == 1
    endpoint.process.kill9()
    endpoint.process.start()
    endpoint.process.wait_log(r"event=endpoint_open")
    assert statuses(endpoint.post(document, EIDO_TYPE)[1]) == ["unchanged"]
    fake.wait_events(1)


def test_retry_stores_nothing_and_a_key_stands_for_one_body(endpoint, fake):
    first = [event("D-1"), event("D-2")]
    assert endpoint.post(first, Idempotency_Key="k1")[0] == 202
    status, answer, _ = endpoint.post(first, Idempotency_Key="k1")
    assert (status, statuses(answer)) == (202, ["repeated", "repeated"])
    assert endpoint.post(event("D-3"), Idempotency_Key="k1")[0] == 422
    assert endpoint.post(event("D-3"))[0] == 202
    fake.wait_events(3)
    assert fake.count() == 3


def spooled(endpoint):
    """The contents of all of the agent's files."""
    text = b""
    for folder, _, names in os.walk(endpoint.agent.spool):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                text += file.read()
    return text.decode("latin-1")


def days(endpoint, fake, count):
    """Starts the agent with the clock a day ahead; returns the manifests of days."""
    endpoint.agent.run(env={"LIAISON_CLOCK_OFFSET_S": "86400"})
    liaison.wait_until(lambda: len(fake.stream.manifests) >= count, what=f"{count} manifests")
    return [{key: m[key] for key in ("source", "read", "rejected", "duplicate", "records", "first", "last")}
            for m in fake.stream.manifests]


def test_day_has_a_manifest_of_what_came_in(make, fake, tmp_path):
    withheld = liaison.write_file(str(tmp_path / "types"), "SECRET\n")
    endpoint = make(withhold={"types_file": withheld}).start()
    twice = event("D-2")
    endpoint.post([event("D-1"), twice, {"kind": "?"}])
    endpoint.post([twice, event("D-3", call_type="SECRET")])
    fake.wait_events(2)
    endpoint.process.terminate()
    today = liaison.ago()[:10]
    assert days(endpoint, fake, 1) == [{"source": today, "read": 5, "rejected": 2, "duplicate": 1, "records": 2,
                                    "first": 1, "last": 2}]


def test_counts_of_what_was_refused_outlive_a_kill(make, fake):
    endpoint = make().start()
    endpoint.post([event("D-1")])
    endpoint.post([{"kind": "?"}])
    liaison.wait_until(lambda: "http.rejected=1" in spooled(endpoint), what="the count is on the disk")
    endpoint.process.kill9()
    assert days(endpoint, fake, 1)[0]["rejected"] == 1


def test_day_on_which_nothing_came_in_has_a_manifest_too(make, fake):
    endpoint = make().start()
    liaison.wait_until(lambda: "http.date=" in spooled(endpoint) and fake.streams, what="the day has begun")
    endpoint.process.terminate()
    assert [(m["source"], m["read"], m["first"]) for m in days(endpoint, fake, 1)] == [(liaison.ago()[:10], 0, 0)]


def test_file_that_grows_and_the_endpoint_have_one_manifest_of_the_day(make, fake, tmp_path):
    path = liaison.write_file(str(tmp_path / "calls.ndjson"), json.dumps(event("F-1")) + "\n")
    endpoint = make(source={"input": path, "format": "ndjson", "follow": "yes"}).start()
    fake.wait_events(1)
    endpoint.post([event("D-1"), {"kind": "?"}])
    fake.wait_events(2)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(event("F-2")) + "\n")
    fake.wait_events(3)
    endpoint.process.terminate()
    today = liaison.ago()[:10]
    assert days(endpoint, fake, 1) == [{"source": today, "read": 4, "rejected": 1, "duplicate": 0, "records": 3,
                                    "first": 1, "last": 3}]


def test_curl_as_the_examples_have_it_posts_a_file(endpoint, fake, tmp_path):
    path = liaison.write_file(str(tmp_path / "events.ndjson"),
                              "".join(json.dumps(event(f"C-{n}")) + "\n" for n in range(400)))
    done = subprocess.run(["curl", "-sS", "--cacert", endpoint.certificate[0], "-H", f"Authorization: Bearer {TOKEN}",
                           "-H", "Content-Type: application/x-ndjson", "--data-binary", f"@{path}",
                           f"https://127.0.0.1:{endpoint.port}/events"], capture_output=True, text=True, check=True,
                          timeout=60)
    assert json.loads(done.stdout)["accepted"] == 400
    fake.wait_events(400)


def test_body_that_the_manual_shows_is_taken_whole(endpoint, fake):
    with open(os.path.join(liaison.ROOT, "docs/feed.md"), encoding="utf-8") as file:
        body = re.search(r"```json\n(\[\{.*?\])\n```", file.read(), re.S)[1]
    status, answer, _ = endpoint.post(body)
    assert (status, answer["accepted"], answer["dropped"], answer["denied"]) == (202, 1, [], [])


# Refused requests ---------------------------------------------------------------------------------


def test_without_a_good_token_nothing_is_taken_and_the_body_is_not_read(endpoint, fake):
    for token in (None, "wrong", TOKEN[:-1], TOKEN + "x", ""):
        status, _, headers = endpoint.post(event("D-1"), token=token)
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer"), token
    assert endpoint.post(event("D-1"), token=None, Authorization="Basic " + TOKEN)[0] == 401
    assert endpoint.post(event("D-2"))[0] == 202
    fake.wait_events(1)
    assert fake.count() == 1


def test_hostile_requests_get_an_answer_and_the_next_is_served(endpoint, fake):
    assert endpoint.post(event("D-1"), path="/other")[0] == 404
    status, _, headers = endpoint.post(None, method="GET")
    assert (status, headers["Allow"]) == (405, "POST")
    assert endpoint.post(event("D-1"), "text/plain")[0] == 415
    assert endpoint.post("", "application/json")[0] == 400
    assert endpoint.post(" \n [] ")[0] == 400
    assert endpoint.post("[" * 5000 + "{}")[0] == 422
    status, answer, _ = endpoint.post('{"a": 1}'.encode("utf-16"))
    assert status == 422 and "is in UTF-16" in json.dumps(answer)
    assert endpoint.post('{"a":' * 3000 + "1" + "}" * 3000)[0] == 422
    assert endpoint.post('"' + "x" * 300000)[0] == 422
    assert endpoint.post("{}" * 1001)[0] == 413
    status, answer, _ = endpoint.post("{}" * 1000)
    assert (status, answer["refused"]) == (422, 1000)
    assert endpoint.post(event("D-9"))[0] == 202
    fake.wait_events(1)


def test_body_over_the_limit_is_refused_by_its_announced_length(make):
    endpoint = make(http={"max_body_kb": 16}).start()
    connection = endpoint.connect()
    connection.putrequest("POST", "/events")
    for name, value in (("Content-Type", "application/json"), ("Authorization", "Bearer " + TOKEN),
                        ("Content-Length", str(17 << 10))):
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_client_that_trickles_its_body_is_cut_off_and_others_are_served(make, fake):
    endpoint = make(tls=False, http={"request_s": 1}).start()
    slow = socket.create_connection(("127.0.0.1", endpoint.port), timeout=20)
    slow.sendall((f"POST /events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  f"Authorization: Bearer {TOKEN}\r\nContent-Length: 100000\r\n\r\n").encode())
    assert endpoint.post(event("D-1"))[0] == 202
    deadline = time.monotonic() + 30

    def gone():
        try:
            slow.sendall(b" ")
            slow.settimeout(0.1)
            return slow.recv(1) == b""
        except socket.timeout:
            return False
        except OSError:
            return True

    wait_until(gone, deadline - time.monotonic(), "the slow client is cut off")
    assert endpoint.post(event("D-2"))[0] == 202
    fake.wait_events(2)


def test_address_over_its_rate_is_told_429_and_when_to_come_again(make, fake):
    endpoint = make(tls=False, http={"rate_per_s": 1}).start()
    answers = []

    def slowed():
        token = TOKEN if len(answers) % 2 else "wrong" * 8
        answers.append((len(answers), endpoint.post(event(f"R-{len(answers)}"), token=token)))
        return answers[-1][1][0] == 429

    wait_until(slowed, 30, "the address is over its rate")
    assert [status for _, (status, _, _) in answers[:2]] == [401, 202], "twice a second's worth at once, good or bad"
    assert int(answers[-1][1][2]["Retry-After"]) >= 1
    wait_until(lambda: endpoint.post(event("R-last"))[0] == 202, 30, "it may come again")
    taken = [f"R-{n}" for n, (status, _, _) in answers if status == 202] + ["R-last"]
    fake.wait_events(len(taken))
    assert [body["incident"] for body in fake.stream.bodies()] == taken, "what was told 429 is nowhere"


def test_rate_0_is_no_limit(make, fake):
    endpoint = make(tls=False, http={"rate_per_s": 0}).start()
    assert {endpoint.post(event(f"R-{n}"))[0] for n in range(120)} == {202}
    fake.wait_events(120)


def test_full_spool_says_503_and_when_to_come_again(make, fake):
    fake.stop()
    endpoint = make(spool={"max_mb": 16}, http={"max_body_kb": 16384}).start()
    filler = "x" * 60
    answers = []

    def full():
        n = len(answers)
        events = [{**event(f"F-{n}-{i}"), "place": {"name": filler},
                   "units": [{"id": f"{u}{'y' * 20}"} for u in range(32)]} for i in range(1000)]
        try:
            answers.append(endpoint.post(events))
        except OSError:  # the server closed before all was sent, so this client cannot read its answer
            answers.append(endpoint.post(events[:1]))
        return answers[-1][0] != 202

    wait_until(full, 120, "the spool is full")
    status, _, headers = answers[-1]
    assert (status, int(headers["Retry-After"]) > 0) == (503, True)
    fake.start()
    fake.wait_events(sum(told["accepted"] for status, told, _ in answers if status == 202), 120)


def disk_env(folder):
    """The environment of a program for which the disk with that folder can fail (tests/faults/full_disk.c)."""
    library = os.path.join(harness.OUT, "full_disk.so")
    source = os.path.join(harness.ROOT, "tests", "faults", "full_disk.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": library, "FULL_DISK": folder, "ASAN_OPTIONS": "verify_asan_link_order=0"}


@pytest.mark.parametrize("disk, why, told_as", [
    ("full", "The agent's disk is full.", "endpoint_disk_full"),
    ("broken", "The agent's disk reports an error.", "endpoint_disk")])
def test_disk_that_takes_nothing_is_told_by_its_cause_and_no_record_is_lost(make, fake, disk, why, told_as):
    endpoint = make()
    endpoint.start(env=disk_env(endpoint.agent.spool))
    flag = liaison.write_file(f"{endpoint.agent.spool}.{disk}", "")
    for name in ("F-1", "F-2"):  # the second one is refused before its body is read
        told, body, headers = endpoint.post(event(name))
        assert (told, body["error"], int(headers["Retry-After"]) > 0) == (503, why, True)
    endpoint.process.wait_log(rf"event={told_as} reason=")
    os.unlink(flag)
    endpoint.process.wait_log("event=endpoint_back")
    assert endpoint.post(event("F-3"))[0] == 202
    fake.wait_events(2)
    assert [body["incident"] for body in fake.stream.bodies()] == ["F-1", "F-3"]


# Settings -----------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_older_than_1_2_is_refused(endpoint):
    context = ssl.create_default_context(cafile=endpoint.certificate[0])
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError) as refused:
        context.wrap_socket(socket.create_connection(("127.0.0.1", endpoint.port), timeout=10),
                            server_hostname="127.0.0.1")
    assert refused.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION", "by the endpoint, not by ourselves"
    assert endpoint.post(event("D-1"))[0] == 202


@pytest.mark.parametrize("settings, said", [
    ({"listen": "0.0.0.0:9"}, "no loopback address: tls_cert and tls_key must be given"),
    ({"listen": "9"}, "ADDRESS:PORT"),
    ({"token_file": ""}, "token_file must be given"),
    ({"tls_cert": "only.pem"}, "go together"),
])
def test_mistake_in_the_settings_of_the_endpoint_is_told(make, settings, said):
    endpoint = make(tls=False, http=settings)
    process = endpoint.agent.run()
    process.expected = (2,)
    assert process.wait(20) == 2
    assert said in process.log()


def test_token_file_that_others_can_read_or_that_is_weak_is_refused(make, tmp_path):
    for text, mode, said in ((TOKEN, 0o644, "open to others"), ("short", 0o600, "shorter than 32"),
                             ("", 0o600, "holds no token")):
        path = liaison.write_file(str(tmp_path / f"bad{mode}{len(text)}"), text + "\n", mode)
        process = make(tls=False, http={"token_file": path}).agent.run()
        process.expected = (2,)
        assert process.wait(20) == 2
        assert said in process.log()


def test_events_of_a_file_and_of_the_endpoint_share_a_spool_and_the_file_is_not_read_again(make, fake):
    endpoint = make()
    rows = [fs.row(f"C-{n}") for n in range(5)]
    endpoint.agent.rows(*rows)
    endpoint.agent.config = endpoint.agent.write("feed.ini", open(endpoint.agent.config, encoding="utf-8").read().replace(
        "input = \n", f"input = {endpoint.agent.input}\n").replace("mapping = \n", f"mapping = {endpoint.agent.mapping}\n"))
    endpoint.start()
    fake.wait_events(5)
    assert endpoint.post(event("D-1"))[0] == 202
    fake.wait_events(6)
    endpoint.process.kill9()
    endpoint.process.start()
    endpoint.process.wait_log(r"event=endpoint_open")
    assert endpoint.post(event("D-2"))[0] == 202
    fake.wait_events(7)
    endpoint.process.wait_log(r"event=input_known")
    assert fake.count() == 7
