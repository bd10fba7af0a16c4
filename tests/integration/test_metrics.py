"""/metrics of liaison-dashboard: valid text of Prometheus, from the one view of whether messages go out, and not for
visitors. And doctor, status, heartbeat, /metrics and the page say the same when nothing goes out."""

import http.client
import json
import re
import subprocess
from types import SimpleNamespace

import pytest

import ctl_support
import liaison
from dashboard_support import Api, Dashboard, password_hash
from notify_lab import fresh_relay
from notify_support import fresh_town
from test_notify_health import bad, health, mail_to, queued
from test_notify_heartbeat import Watcher
from test_notify_providers import notify  # noqa: F401  the fixture

pytestmark = pytest.mark.needs("liaison-dashboard", "liaison-notify", "liaisonctl")
town = pytest.fixture(name="town")(fresh_town)
relay = pytest.fixture(name="relay")(fresh_relay)
ctl = pytest.fixture(name="ctl")(ctl_support.fresh_ctl)
TOKEN = "t" * 40

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")


def parse(text):
    """{family: {labels as a sorted tuple: value}} of the text format 0.0.4; asserts that it is valid."""
    found, types, current = {}, {}, None
    assert text.endswith("\n")
    for line in text.splitlines():
        if comment := re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line):
            kind, current, rest = comment.groups()
            assert current not in found, f"{current} is not in one group"
            if kind == "TYPE":
                assert rest in ("counter", "gauge") and current not in types
                types[current] = rest
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        assert name == current and name in types, f"{line} without its type"
        assert name.endswith("_total") == (types[name] == "counter")
        pairs, at = [], 0
        while labels and at < len(labels):
            pair = LABEL.match(labels, at)
            assert pair, f"bad labels: {labels}"
            pairs.append((pair[1], re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], pair[2])))
            at = pair.end()
        key = tuple(sorted(pairs))
        assert len(dict(pairs)) == len(pairs) and key not in found.setdefault(name, {}), f"{line} twice"
        found[name][key] = float(value)
    assert set(types) == set(found)
    return found


class Metrics:
    def __init__(self, dashboard, port):
        self.dashboard, self.port = dashboard, port

    def ask(self, method="GET", path="/metrics", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20 * liaison.PATIENCE)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return SimpleNamespace(status=answer.status, headers=answer.headers, text=answer.read().decode())
        finally:
            connection.close()

    def read(self):
        answer = self.ask()
        assert answer.status == 200
        return parse(answer.text)

    def failing(self):
        """The checks that are not ok."""
        return {dict(labels)["check"] for labels, value in self.read()["liaison_check_ok"].items() if value == 0}


@pytest.fixture
def metrics(pg, tmp_path, closing):
    def start(**settings):
        port = liaison.free_port()
        return Metrics(closing(Dashboard(tmp_path, pg, metrics={"listen": f"127.0.0.1:{port}", **settings})).start(), port)
    return start


def wait_failing(metrics, *checks):
    liaison.wait_until(lambda: set(checks) <= metrics.failing(), 15, f"/metrics says {checks}", every=0.5)


# The text ------------------------------------------------------------------------------------------


def test_it_is_valid_and_says_what_the_view_says(town, relay, notify, metrics):  # noqa: F811
    mail_to(town, *"AB")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user", to="a@")
    notify(relay)
    town.call()
    town.wait_states("failed", "sent")
    answer = (served := metrics()).ask()
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = parse(answer.text)
    rows = {(row["check"], row["channel"] or "", "" if row["lane"] is None else str(row["lane"]), row["object"] or ""):
            (row["ok"], row["found"]) for row in health(town.pg)}
    told = {tuple(dict(labels)[name] for name in ("check", "channel", "lane", "object")): value
            for labels, value in found["liaison_check_ok"].items()}
    assert told == {key: float(ok) for key, (ok, _) in rows.items()}
    assert {tuple(dict(labels)[name] for name in ("check", "channel", "lane", "object")): value
            for labels, value in found["liaison_check_found"].items()} == {key: n for key, (_, n) in rows.items()}
    assert found["liaison_failures"] == {(("channel", "email"), ("provider", "smtp"), ("reason", "refused")): 1}
    assert found["liaison_given_up"] == {(("channel", "email"), ("reason", "refused"), ("state", "failed")): 1}
    assert set(found["liaison_due_oldest_seconds"].values()) == {0}
    liaison.wait_until(lambda: served.read().get("liaison_service_instances", {}).get((("service", "notify"),)) == 1, 20,
                       "the process is there", every=0.5)
    liaison.wait_until(lambda: served.read().get("liaison_count_total", {}).get(
        (("agency", ""), ("name", "sent_email"), ("service", "notify"))) == 1, 20, "the counter is there", every=0.5)


def test_the_oldest_due_message_is_told_by_lane_and_each_agencys_silence_in_seconds(town, metrics):
    queued(town, 1, 90)
    for slug, seconds in (("lakeside", 100), ("new", None)):
        agency = town.pg.agency(slug)
        if seconds:
            town.pg.execute("insert into agency.stream (agency_id, stream_id, epoch, mode, heard_at) values "
                            "(%s, gen_random_uuid(), 1, 'live', now() - make_interval(secs => %s))", agency.id, seconds)
    found = metrics().read()
    due = {dict(labels)["lane"]: value for labels, value in found["liaison_due_oldest_seconds"].items()}
    assert 90 <= due.pop("1") < 150 and set(due.values()) == {0}
    silence = {dict(labels)["agency"]: value for labels, value in found["liaison_agency_silence_seconds"].items()}
    assert 100 <= silence["lakeside"] < 160 and silence["new"] == float("inf")


def test_label_values_are_escaped(pg, metrics):
    pg.execute(r"""insert into liaison.counter (service, name, label, value) values ('odd', E'a"b\\c\nd', 'x', 1)""")
    found = metrics().read()
    assert (("agency", ""), ("name", 'a"b\\c\nd'), ("service", "odd")) in found["liaison_count_total"]


def test_it_holds_codes_and_slugs_and_never_whom_or_what(town, relay, notify, metrics):  # noqa: F811
    mail_to(town, "PAT", phone="+15550100001")
    town.rule()
    relay.say("rcpt", "550 5.1.1 no such user pat@riverside.example")
    notify(relay)
    town.call()
    liaison.wait_until(lambda: [d for d in town.deliveries() if d["state"] == "failed"], 10, "the mail was refused")
    town.pg.execute("insert into liaison.counter (service, name, label, value) values ('intake', 'no_identity', 'Zy8kKEY1', 1)")
    text = metrics().ask().text.lower()
    for word in ("pat", "riverside.example", "5550100001", "main st", "no such", "north high", "zy8kkey1"):
        assert word not in text, word


def test_scrapes_share_one_reading(pg, metrics):
    served = metrics()
    first = served.ask().text
    pg.execute("insert into liaison.counter (service, name, label, value) values ('odd', 'new', '', 1)")
    assert served.ask().text == first, "within five seconds it is the same reading"
    liaison.wait_until(lambda: "odd" in served.ask().text, 15, "it is read again", every=0.5)


# Who may read it -----------------------------------------------------------------------------------


def test_no_visitor_of_the_page_can_read_it(town, tmp_path, closing, metrics):
    served = metrics()
    public = Api(served.dashboard)
    for path in ("/metrics", "/api/v1/metrics"):
        answer = public.raw("GET", path)
        assert answer.status == 404 and b"liaison_" not in answer.data
    for path in ("/", "/api/v1/now", "/healthz"):
        assert served.ask(path=path).status == 404, "and nothing else is on its port"
    assert served.ask("POST").status == 405
    off = closing(Dashboard(tmp_path, town.pg)).start()
    assert Api(off).raw("GET", "/metrics").status == 404
    assert not off.lines("event=metrics")


def test_with_a_token_nobody_reads_it_without(metrics, secret):
    served = metrics(token_file=secret("metrics.token", TOKEN))
    for headers in ({}, {"Authorization": "Bearer " + TOKEN[:-1]}, {"Authorization": "Basic " + TOKEN},
                    {"Authorization": TOKEN}):
        answer = served.ask(**headers)
        assert (answer.status, answer.text) == (401, "") and answer.headers["WWW-Authenticate"] == "Bearer"
    assert served.ask(Authorization="Bearer " + TOKEN).status == 200


@pytest.mark.parametrize("settings, field", [
    ({"listen": "0.0.0.0:{port}"}, "metrics.token_file"), ({"listen": "nowhere"}, "metrics.token_file"),
    ({"listen": "0.0.0.0:{port}", "token_file": "{token}"}, "http.listen")])
def test_another_address_than_loopback_wants_a_token_and_tls(pg, config, secret, settings, field):
    made = {key: value.format(port=liaison.free_port(), token=secret("token", TOKEN)) for key, value in settings.items()}
    path = config("metrics.ini", database={"conninfo": pg.conninfo("dashboard")},
                  public_database={"conninfo": pg.conninfo("public")}, metrics=made)
    done = subprocess.run([liaison.program("liaison-dashboard"), "--config", path, "--check"], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 2 and field in done.stderr, done.stderr


def test_a_short_token_is_refused(pg, tmp_path, secret):
    made = Dashboard(tmp_path, pg, metrics={"listen": f"127.0.0.1:{liaison.free_port()}",
                                            "token_file": secret("token", "short")})
    done = subprocess.run([liaison.program("liaison-dashboard"), "--config", made.config_path], capture_output=True,
                          text=True, timeout=20, check=False)
    assert done.returncode == 1 and "field=metrics.token_file" in done.stdout + done.stderr


def test_what_cannot_be_read_is_no_figure(pg, metrics):
    served = metrics()
    served.read()
    pg.execute("revoke execute on function notify.health() from liaison_dashboard")
    liaison.wait_until(lambda: served.ask().status == 503, 15, "it says that it cannot", every=0.5)
    served.dashboard.wait_log(r"event=watch sqlstate=42501")


# All say the same ----------------------------------------------------------------------------------

NOTHING_GOES_OUT = {
    "dns": ({"host": "relay.invalid"}, None, {"provider", "tried"}),
    "tls": ({"tls": "starttls"}, None, {"provider", "tried"}),
    "credentials": ({}, ("mail", "530 5.7.0 authentication required"), {"provider", "tried"}),
    "refused": ({}, ("rcpt", "550 5.1.1 no such user"), {"failures", "given_up", "nobody"}),
    "none": (None, None, {"channel"}),
}
ADVICE = {"provider": "providers are up", "tried": "deliveries go out", "failures": "tries succeed",
          "given_up": "no message is given up", "nobody": "alerts reach somebody", "channel": "channels have a provider"}
OF_ONE = {"failures", "given_up"}  # about recipients: no reason to hold the heartbeat back, or for a banner


def person(pg, town, login, role, school=None):
    person_id = pg.one("select people.put_user(%s, %s, %s)", login, "Dana", password_hash())
    role_id = pg.one("insert into people.role (person_id, district_id, role, scope) values (%s, %s, %s, %s) returning role_id",
                     person_id, town.district.id, role, "schools" if school else "district")
    if school:
        pg.execute("insert into people.role_school values (%s, %s, %s)", role_id, town.district.id, school)


@pytest.mark.parametrize("cause", NOTHING_GOES_OUT)
def test_all_say_so_when_nothing_goes_out(town, relay, notify, metrics, ctl, closing, cause):  # noqa: F811
    smtp, plan, checks = NOTHING_GOES_OUT[cause]
    mail_to(town, "A", "B")
    town.rule(channels=["email"])
    person(town.pg, town, "director@riverside", "district")
    person(town.pg, town, "principal@north", "school", town.school)
    if plan:
        relay.say(*plan)
    watcher, served = closing(Watcher()), metrics()
    one = notify(None if smtp is None else relay, smtp=smtp or {}, watch=watcher.settings())
    town.call()
    liaison.wait_until(lambda: checks <= bad(town.pg), 20, f"{checks} are not ok", every=0.2)

    doctor = {c["check"]: c["ok"] for c in ctl_json(ctl, "doctor")}
    assert not any(doctor[ADVICE[check]] for check in checks)
    status = {row["check"] for row in ctl.ok("status", json_out=True)["deliveries"] if not row["ok"]}
    assert checks <= status
    wait_failing(served, *checks)
    one.wait_log(r"event=heartbeat state=held_back checks=\S*" + sorted(checks - OF_ONE)[0])
    director = served.dashboard.api("director@riverside")
    liaison.wait_until(lambda: checks - OF_ONE <= {check for check, _ in failing(director)}, 20, "the page says so", every=0.5)
    principal = served.dashboard.api("principal@north").get("/api/v1/now")
    assert principal["alerts_failing"] == [] and principal["alerts_working"] == []


def failing(api):
    """[(check, channel)] for which the page says that alerts do not go out."""
    return [(f["check"], f["channel"]) for f in api.get("/api/v1/now")["alerts_failing"]]


def ctl_json(ctl, command):
    return json.loads(ctl.run(command, json_out=True).stdout)


def test_the_page_says_nothing_while_alerts_go_out_and_of_another_district(town, relay, notify, metrics):  # noqa: F811
    mail_to(town, "A")
    town.rule()
    other = town.pg.district("otherland")
    person(town.pg, SimpleNamespace(district=other), "director@otherland", "district")
    person(town.pg, town, "director@riverside", "district")
    relay.say("rcpt", "550 5.1.1 no such user")
    notify(relay)
    served = metrics()
    here, there = (served.dashboard.api(f"director@{name}") for name in ("riverside", "otherland"))
    liaison.wait_until(lambda: failing(here) == [], 20, "all is well", every=0.5)
    town.call()
    liaison.wait_until(lambda: failing(here) == [("nobody", None)], 20, "it is said", every=0.5)
    assert failing(there) == []


def test_a_channel_that_does_not_work_is_said_to_districts_that_need_it(town, relay, notify, metrics):  # noqa: F811
    mail_to(town, "A")
    town.district.webhook("W", "https://cap.riverside.example/in", "s" * 32)
    town.rule(channels=["email", "webhook"])
    other = town.pg.district("otherland")
    other.contact("O", email="o@otherland.example")
    town.pg.execute("insert into notify.rule (district_id, name, channels) values (%s, 'all', '{email}')", other.id)
    town.pg.execute("update people.role set alarms = true where role = 'contact'")
    for name, district in (("otherland", SimpleNamespace(district=other)), ("riverside", town)):
        person(town.pg, district, f"director@{name}", "district")
    notify(relay)
    served = metrics()
    here, there = (served.dashboard.api(f"director@{name}") for name in ("riverside", "otherland"))
    liaison.wait_until(lambda: failing(here) == [("channel", "webhook")], 20, "it is said", every=0.5)
    assert failing(there) == []
    assert [api.get("/api/v1/now")["alerts_working"] for api in (here, there)] == [["email"], ["email"]]
    raised = "select district_id from notify.not_ok() where \"check\" = 'channel' and channel = 'webhook'"
    assert town.pg.rows(raised) == [(town.district.id,)]


def test_what_is_not_known_is_said(town, pg, metrics):
    person(pg, town, "director@riverside", "district")
    pg.execute("revoke execute on function notify.health() from liaison_dashboard")
    assert failing(metrics().dashboard.api("director@riverside")) == [("unknown", None)]
