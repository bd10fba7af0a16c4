"""liaison-dashboard on a database with people and calls, and a client that validates each answer
against services/dashboard/openapi.json."""

import ctypes
import datetime
import functools
import http.client
import json
import os
import random
import re
import tempfile
import urllib.parse

import jsonschema

import liaison

OPENAPI_PATH = os.path.join(liaison.ROOT, "services", "dashboard", "openapi.json")
PASSWORD = "correct horse battery"
ZONE = "America/New_York"


@functools.lru_cache(maxsize=None)
def openapi():
    with open(OPENAPI_PATH, encoding="utf-8") as file:
        return json.load(file)


@functools.lru_cache(maxsize=None)
def password_hash(password=PASSWORD, opslimit=2, memlimit=64 << 20):
    """Argon2id as libsodium writes it; the default is its INTERACTIVE cost."""
    sodium = ctypes.CDLL("libsodium.so.23")
    assert sodium.sodium_init() >= 0
    out = ctypes.create_string_buffer(128)
    octets = password.encode()
    assert sodium.crypto_pwhash_str(out, octets, ctypes.c_ulonglong(len(octets)),
                                    ctypes.c_ulonglong(opslimit), ctypes.c_size_t(memlimit)) == 0
    return out.value.decode()


def find_operation(method, path):
    """The path in openapi.json that matches a request, and its operation."""
    for pattern, operations in openapi()["paths"].items():
        regex = re.sub(r"\{[^}]+\}", "[^/]+", pattern)
        if re.fullmatch(regex, path.split("?")[0]) and method.lower() in operations:
            return pattern, operations[method.lower()]
    return None, None


def resolve(node):
    while "$ref" in node:
        part = openapi()
        for step in node["$ref"].lstrip("#/").split("/"):
            part = part[step]
        node = part
    return node


@functools.lru_cache(maxsize=None)
def validator(text):
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **json.loads(text),
              "components": openapi()["components"]}
    return jsonschema.Draft202012Validator(schema)


def check_schema(name, body):
    """Validates a JSON body against the schema of openapi.json with this name."""
    check(json.dumps({"$ref": f"#/components/schemas/{name}"}), body, name)


def check(schema_text, body, what):
    faults = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
              for e in validator(schema_text).iter_errors(body)]
    assert not faults, f"{what} is not as openapi.json says: {faults[:5]}"


class Answer:
    def __init__(self, response, data):
        self.status, self.headers, self.data = response.status, response.headers, data

    @property
    def json(self):
        return json.loads(self.data)

    @property
    def error(self):
        return self.json["error"]


class Api:
    """A client like a browser, with a cookie and a CSRF token. It checks answers by openapi.json."""

    def __init__(self, dashboard):
        self.dashboard = dashboard
        self.cookie = self.csrf = self.user = None

    def raw(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.dashboard.port,
                                                timeout=20 * liaison.PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def call(self, method, path, body=None, headers=None, csrf=True, **query):
        """Sends a request. Its status must be listed in openapi.json, and its body fit the schema."""
        if query:
            path += "?" + urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        sent = dict(headers or {})
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        if csrf and self.csrf and method != "GET":
            sent.setdefault("X-CSRF-Token", self.csrf)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        if method == "POST" and body is None:
            sent["Content-Length"] = "0"
        answer = self.raw(method, path, body, sent)
        pattern, operation = find_operation(method, path)
        assert operation, f"openapi.json has no {method} {path}"
        assert str(answer.status) in operation["responses"], \
            f"{method} {pattern} may not answer {answer.status}: {answer.data[:300]}"
        response = resolve(operation["responses"][str(answer.status)])
        content = response.get("content", {}).get("application/json")
        if content:
            assert answer.headers["Content-Type"] == "application/json"
            check(json.dumps(content["schema"]), answer.json, f"{method} {pattern} {answer.status}")
        else:
            assert answer.data == b""
        if answer.status == 200:
            assert answer.headers["Cache-Control"] == "no-store"
        return answer

    def get(self, path, **query):
        answer = self.call("GET", path, **query)
        assert answer.status == 200, f"{path} {query}: {answer.status} {answer.data[:300]}"
        return answer.json

    def refused(self, path, **query):
        """(status, code, field) of a GET that must fail."""
        answer = self.call("GET", path, **query)
        assert answer.status >= 400, f"{path} {query} should be refused, and is {answer.status}"
        return answer.status, answer.error["code"], answer.error["field"]

    def sign_in(self, login, password=PASSWORD):
        answer = self.call("POST", "/api/v1/session", {"login": login, "password": password})
        if answer.status == 200:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
            self.csrf, self.user = answer.json["csrf"], answer.json["user"]
        return answer

    def pages(self, **query):
        """Pages through a list by its cursors. Returns all calls, and the total that each page states."""
        items, totals, cursor = [], [], None
        while True:
            page = self.get("/api/v1/calls", cursor=cursor, **query)
            items += page["items"]
            totals.append(page["total"])
            cursor = page["next"]
            if cursor is None:
                assert len(set(totals)) == 1
                return items, totals[0]


class Dashboard(liaison.Daemon):
    def __init__(self, folder, database, port=None, bus=None, **sections):
        self.db = database
        self.port = port or liaison.free_port()
        folder = tempfile.mkdtemp(prefix="dashboard-", dir=str(folder))
        self.secret = liaison.write_file(os.path.join(folder, "secret"), "k" * 48 + "\n", 0o600)
        config = {
            "http": {"listen": f"127.0.0.1:{self.port}", "openapi": OPENAPI_PATH,
                     "rate_per_s": 5000, "rate_burst": 5000},
            "database": {"conninfo": database.conninfo("dashboard")},
            "public_database": {"conninfo": database.conninfo("public")},
            "session": {"secret_file": self.secret}, "log": {"level": "debug"},
        }
        if bus:
            config["bus"] = bus
        for section, values in sections.items():
            config.setdefault(section, {}).update(values)
        self.config_path = liaison.write_file(os.path.join(folder, "dashboard.ini"),
                                              liaison.ini(**config))
        super().__init__(folder, "liaison-dashboard", "--config", self.config_path)

    def start(self, ready=True):
        super().start()
        if ready:
            self.wait_log(r"\bevent=ready\b|\bready\b")
            liaison.wait_until(self.healthy, what="the dashboard is healthy")
        return self

    def healthy(self):
        try:
            return Api(self).call("GET", "/healthz").status == 200
        except OSError:
            return False

    def api(self, login=None):
        api = Api(self)
        if login:
            answer = api.sign_in(login)
            assert answer.status == 200, f"{login} cannot sign in: {answer.data}"
        return api


class Town:
    """A district with three schools, a second district, their people, and a year of calls."""

    TYPES = (("FIGHT", "open"), ("LARCENY", "open"), ("ALMA", "open"), (None, "open"),
             ("DVA", "restricted"), ("ABUSE", "sealed"))
    DISPOSITIONS = ("ARREST", "RPT", None, "own")

    def __init__(self, db, calls=200):
        self.db = db
        self.metro, self.fire = db.agency("metro"), db.agency("fire", kind="fire")
        self.district = db.district("riverside", zone=ZONE)
        self.other = db.district("otherland", zone="America/Los_Angeles")
        self.north = self.district.school("N", 40.0, -75.0, name="North High", level="high")
        self.south = self.district.school("S", 40.1, -75.1, name="South Middle", level="middle")
        self.east = self.district.school("E", 40.2, -75.2, name="Éast Elementary")
        self.far = self.other.school("F", 34.0, -118.0, name="Far High", level="high")
        self.person("director@riverside", "Dana Director", "district")
        self.person("principal@north", "Pat Principal", "school", [self.north])
        self.person("both@riverside", "Bo Both", "school", [self.north, self.south])
        self.person("director@otherland", "Olga Other", "district", district=self.other)
        codes = [r[0] for r in db.rows("select code from code.disposition order by code limit 4")]
        self.codes = [*codes, None, "own"]
        self.numbers = iter(range(1, 10 ** 6))
        if calls:
            self.year(calls)

    def person(self, login, name, role, schools=(), district=None, password=PASSWORD):
        person_id = self.db.one("select people.put_user(%s, %s, %s)", login, name, password_hash(password))
        for school in schools or [None]:
            self.right(person_id, role, school, district)
        return person_id

    def right(self, person_id, role, school=None, district=None):
        district_id = (district or self.district).id
        role_id = self.db.one("insert into people.role (person_id, district_id, role, scope) "
                              "values (%s, %s, %s, %s) returning role_id", person_id, district_id,
                              role, "schools" if school else "district")
        if school:
            self.db.execute("insert into people.role_school values (%s, %s, %s)", role_id,
                            district_id, school)

    def incident(self, number=None, school=None, opened="now()", district=None, agency=None,
                 type_code="FIGHT", disposition=None, schools=None, sensitivity=None, **columns):
        """Inserts a row of district.incident with its schools and its change, as intake writes
        them. opened is SQL or a datetime."""
        number = number or f"R-{next(self.numbers):05d}"
        school = school or self.north
        district, agency = district or self.district, agency or self.metro
        if isinstance(opened, datetime.datetime):
            opened = f"'{opened.isoformat()}'::timestamptz"
        known = self.db.row("select class, sensitivity from code.type where code = %s", type_code) \
            or {"class": "other", "sensitivity": "open"}
        row = {"origin": "cad", "mode": "live", "status": "closed", "class": known["class"],
               "sensitivity": sensitivity or known["sensitivity"], "type_own": type_code or "OWN9",
               "type_code": type_code, "school_id": school, "relation": "at",
               "address": "100 Main St", "dispositions": None, "disposition_code": None, **columns}
        if disposition:
            code = None if disposition == "own" else disposition
            row["dispositions"] = json.dumps([{"own": "D1", "code": code, "primary": True}])
            row["disposition_code"] = code
        names = list(row)
        self.db.execute(
            f"insert into district.incident (district_id, agency_id, incident_no, opened_at, "
            f"version_at, {', '.join(names)}) values (%s, %s, %s, {opened}, {opened}, "
            f"{', '.join(['%s'] * len(names))})", district.id, agency.id, number,
            *[json.dumps(v) if isinstance(v, (list, dict)) else v for v in row.values()])
        if not row.get("elsewhere"):
            for rank, one in enumerate(schools or [school], 1):
                self.db.execute("insert into district.incident_school values "
                                "(%s, %s, %s, %s, %s, 'at', 12.5, 'radius', 0.9)", district.id,
                                agency.id, number, one, rank)
        self.change(number, district, agency, first=True)
        return number

    def change(self, number, district=None, agency=None, first=False, mode="live"):
        district, agency = district or self.district, agency or self.metro
        return self.db.one("insert into district.change (district_id, agency_id, incident_no, "
                           "first, mode) values (%s, %s, %s, %s, %s) returning change_id",
                           district.id, agency.id, number, first, mode)

    def year(self, calls):
        rng = random.Random(7)
        schools = (self.north, self.south, self.east)
        start = datetime.datetime(2025, 9, 1, tzinfo=datetime.timezone.utc)
        for at in range(calls):
            opened = start + datetime.timedelta(minutes=rng.randrange(300 * 24 * 60))
            type_code, _ = rng.choice(self.TYPES)
            school = rng.choice(schools)
            also = [school] + ([rng.choice([s for s in schools if s != school])]
                               if rng.random() < 0.2 else [])
            self.incident(f"Y-{at:04d}", school, opened, type_code=type_code, schools=also,
                          agency=rng.choice((self.metro, self.metro, self.fire)),
                          disposition=rng.choice(self.codes), priority=rng.choice((None, 1, 5, 10)),
                          mode=rng.choice(("live", "live", "backfill", "replay")),
                          entered_in_error=rng.random() < 0.03,
                          merged_into="Y-0001" if rng.random() < 0.03 else None,
                          elsewhere=rng.random() < 0.03,
                          status=rng.choice(("closed",) * 9 + ("cancelled",)),
                          t_closed=opened + datetime.timedelta(minutes=30))

    def alert(self, number, school=None, agency=None):
        """Inserts an alert that was e-mailed to one contact. Returns (alert_id, contact_id)."""
        school, agency = school or self.north, agency or self.metro
        rule = self.db.one("insert into notify.rule (district_id, name) values (%s, 'all') "
                           "returning rule_id", self.district.id)
        contact = self.db.one("select contact_id from people.contact where code = 'P1'") or \
            self.district.contact("P1", email="p1@example.org", name="Ana Ruiz")
        other = self.db.one("select contact_id from people.contact where code = 'P2'") or \
            self.district.contact("P2", phone="+12065550100", name="Bea Vice")
        alert = self.db.one("insert into notify.alert (district_id, agency_id, incident_no, "
                            "school_id, rule_id, mode) values (%s, %s, %s, %s, %s, 'live') "
                            "returning alert_id", self.district.id, agency.id, number, school, rule)
        for who, channel, state in ((contact, "email", "sent"), (other, "sms", "delivered")):
            self.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, "
                            "kind, state, attempts, message_id, sent_at) values (%s, %s, %s, %s, "
                            "'first', %s, 1, %s, now())", self.district.id, alert, who, channel,
                            state, f"m{alert}-{who}")
        return alert, contact

    def drill(self, contact):
        """A drill at North High whose message went to a contact. Returns its alert."""
        drill = self.db.one("insert into notify.drill (district_id, school_id, by, channels) "
                            "values (%s, %s, 'Ann', '{email}') returning drill_id", self.district.id, self.north)
        alert = self.db.one("insert into notify.alert (district_id, subject_kind, drill_id, rule_id, mode, state) "
                            "values (%s, 'drill', %s, 0, 'live', 'closed') returning alert_id", self.district.id, drill)
        self.db.execute("insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, state, lane, "
                        "message_id, sent_at) values (%s, %s, %s, 'email', 'first', 'sent', 4, 'x', now())",
                        self.district.id, alert, contact)
        return alert

    def token(self, alert, contact, text=None, expires="now() + interval '1 day'"):
        import hashlib
        text = text or f"tok{alert:04d}" + "x" * 36
        digest = hashlib.blake2b(text.encode(), digest_size=32).digest()
        self.db.execute("insert into notify.token (token_hash, district_id, alert_id, contact_id, addressee, "
                        "expires_at) select %s, district_id, %s, contact_id, "
                        f"notify.addressee(name, coalesce(email, phone)), {expires} "
                        "from people.contact where (district_id, contact_id) = (%s, %s)", digest, alert,
                        self.district.id, contact)
        return text


# A test file makes its own fixtures of these: town = pytest.fixture(name="town")(fresh_town)


def fresh_town(pg):
    return Town(pg, calls=0)


def fresh_dashboard(town, tmp_path, closing):
    return closing(Dashboard(tmp_path, town.db)).start()


def cpu_seconds(daemon):
    """Processor time that a program has used, in seconds."""
    with open(f"/proc/{daemon.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def visible_to(item, school_id):
    return any(s["id"] == school_id for s in item["schools"])
