"""Shared code of the liaison-notify tests: the sandbox, a district with people, and calls as intake
writes them (incident, schools, outbox), without an intake."""

import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import liaison

SANDBOX = os.path.join(liaison.ROOT, "deploy", "sandbox", "sandbox.py")
PYTHON = "/usr/bin/python3"
# The first line of what a contact hears who may not see the call any more.
WITHDRAWN = "This alert is withdrawn for you. That does not mean that the call is over."


def request(url, value=None, method=None):
    data = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method), timeout=10) as answer:
        return json.loads(answer.read())


class Sandbox:
    """deploy/sandbox on free ports: .mails(), .texts(), .fault(smtp=..., count=...)."""

    def __init__(self, folder, *options):
        self.mail_port, self.sms_port, self.smtp_port = (liaison.free_port() for _ in range(3))
        self.mail = f"http://127.0.0.1:{self.mail_port}"
        self.sms = f"http://127.0.0.1:{self.sms_port}"
        self.process = subprocess.Popen(
            [PYTHON, SANDBOX, "--dir", tempfile.mkdtemp(prefix="sandbox-", dir=str(folder)),
             "--mail-port", str(self.mail_port), "--sms-port", str(self.sms_port),
             "--smtp-port", str(self.smtp_port), *options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().startswith("mail "), "the sandbox did not start"

    def mails(self, to="", after=0):
        """The mails that the sandbox still has, the last 2,000."""
        return request(f"{self.mail}/api/messages?to={to}&after={after}")["messages"]

    def texts(self, to=""):
        return request(f"{self.sms}/api/messages?to={to.replace('+', '%2B')}")["messages"]

    def fault(self, **plan):
        """Plans failures: smtp for the mail server, sms for the SMS gateway."""
        return request(f"{self.mail}/api/faults", plan)

    def wait_fault(self, kind, timeout=10):
        """Waits until the last planned fault of this kind ("smtp", "sms") has begun."""
        liaison.wait_until(lambda: kind not in request(f"{self.mail}/api/faults"), timeout,
                           f"the {kind} side has taken the fault", every=0.05)

    def opt_out(self, number):
        request(f"{self.sms}/api/opt-out", {"number": number})

    def wait_mails(self, count, to="", timeout=10):
        return liaison.wait_until(lambda: len(self.mails(to)) >= count and self.mails(to), timeout,
                                  f"{count} mails to {to or 'anybody'}", every=0.05)

    def wait_texts(self, count, to="", timeout=10):
        return liaison.wait_until(lambda: len(self.texts(to)) >= count and self.texts(to), timeout,
                                  f"{count} texts to {to or 'anybody'}", every=0.05)

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class Town:
    """An agency, a district with one school, and calls at it."""

    def __init__(self, pg):
        self.pg = pg
        self.agency = pg.agency("metro", key=False)
        self.district = pg.district("riverside")
        self.school = self.district.school("NORTH", 40.0, -75.0, name="North High", level="high")
        self.count = 0

    def rule(self, **columns):
        columns = {"district_id": self.district.id, "name": "all", **columns}
        names = ", ".join(columns)
        return self.pg.one(f"insert into notify.rule ({names}) values "
                           f"({', '.join(['%s'] * len(columns))}) returning rule_id", *columns.values())

    def call(self, number=None, mode="live", outbox=True, schools=None, opened="now()", **columns):
        """Inserts and commits a call as district.derive() writes it. Returns its number."""
        self.count += 1
        number = number or f"I-{self.count}"
        values = {"district_id": self.district.id, "agency_id": self.agency.id, "incident_no": number,
                  "origin": "cad", "mode": mode, "status": "open", "class": "violence",
                  "sensitivity": "open", "type_code": "FIGHT", "priority": 8, "relation": "at",
                  "school_id": self.school, "address": "500 MAIN ST", "units": json.dumps(
                      [{"id": "2A1", "status": "en_route"}, {"id": "2A2", "status": "en_route"}]),
                  **columns}
        schools = [self.school] if schools is None else schools
        with self.pg.session() as session, session.cursor() as cursor:
            names = ", ".join(values)
            cursor.execute(
                f"insert into district.incident ({names}, opened_at, version_at) values "
                f"({', '.join(['%s'] * len(values))}, {opened}, now()) "
                "on conflict (district_id, agency_id, incident_no) do update set "
                + ", ".join(f"{name} = excluded.{name}" for name in list(values)[3:]),
                list(values.values()))
            key = (self.district.id, values["agency_id"], number)
            cursor.execute("delete from district.incident_school where (district_id, agency_id, "
                           "incident_no) = (%s, %s, %s)", key)
            for rank, school in enumerate(schools, 1):
                cursor.execute("insert into district.incident_school (district_id, agency_id, "
                               "incident_no, school_id, rank, relation, distance_m, method, confidence) "
                               "values (%s, %s, %s, %s, %s, %s, 12, 'radius', 0.9)",
                               (*key, school, rank, values["relation"]))
            if outbox:
                cursor.execute("insert into district.outbox (district_id, agency_id, incident_no, mode, "
                               "first) values (%s, %s, %s, %s, true)",
                               (*key, "replay" if mode == "replay" else "live"))
        self.committed_at = time.time()
        session.close()
        return number

    def deliveries(self, **where):
        """Rows of notify.delivery as dicts, oldest first."""
        sql = "select to_jsonb(d) from notify.delivery d where true"
        for name in where:
            sql += f" and {name} = %s"
        return [row[0] for row in self.pg.rows(sql + " order by delivery_id", *where.values())]

    def wait_states(self, *states, timeout=10, **where):
        """Waits until the deliveries are in exactly these states; returns them."""
        def there():
            rows = self.deliveries(**where)
            return [row["state"] for row in rows] == list(states) and rows
        return liaison.wait_until(there, timeout, f"deliveries are {states}", every=0.05)

    def drained(self):
        return self.pg.one("select (select count(*) from district.outbox) + (select count(*) from notify.changed)") == 0

    def wait_drained(self):
        liaison.wait_until(self.drained, 10, "the outbox is empty")


# A test file makes its own fixtures of these: sandbox = pytest.fixture(name="sandbox")(fresh_sandbox)


def fresh_sandbox(tmp_path, closing):
    return closing(Sandbox(tmp_path))


def fresh_town(pg):
    return Town(pg)


def fresh_notify(pg, sandbox, daemon, config, secret):
    """notify(**sections) starts a liaison-notify that sends into the sandbox."""
    def start(name="notify.ini", **more):
        made = daemon("liaison-notify", "--config", config(name, **settings(pg, sandbox, secret, **more)))
        made.start()
        made.wait_log(r"event=db_up")
        return made
    return start


def settings(pg, sandbox, secret, /, **more):
    """The INI sections of a liaison-notify that sends into the sandbox."""
    made = {
        "database": {"conninfo": pg.conninfo("notify")},
        "smtp": {"host": "127.0.0.1", "port": sandbox.smtp_port, "tls": "none",
                 "from": "Liaison <liaison@riverside.example>"},
        "sms": {"provider": "twilio", "url": sandbox.sms, "account": "ACtest",
                "password_file": secret("sms.password", "token"), "from": "+15550100000"},
        "links": {"base_url": "https://liaison.riverside.example"},
        "retry": {"poll_ms": 200, "base_s": 1},
        "log": {"level": "debug"},
    }
    for section, values in more.items():
        made.setdefault(section, {}).update(values)
    return made
