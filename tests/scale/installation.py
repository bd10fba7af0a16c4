"""An installation with a given number of calls at schools, written by COPY. All values derive from a call's number,
so that a size always has the same rows. Times count back from now, because statements ask for the last days.

A district has 48 schools, two agencies and 10,000 calls at its schools a year. With the size, the history gets longer
and districts stay the same. A call has three events, four changes and one school; a quarter of the calls alerted two
people each. Data that does not grow with the history has a fixed size here too: calls held for a day, waiting
messages and questions, tokens, sessions.
"""

import datetime
import itertools
from hashlib import sha256

SCHOOLS = 48                # in a district
YEARLY = 10_000             # calls at schools of a district in a year
AGENCIES = 2                # in a district
HELD = 400                  # calls of no school that an agency has in the holding window
LATE = 10                   # outcomes of an agency whose call is unknown, some of them for longer than a month
WAITING = 40                # waiting deliveries, outbox rows, and open questions of a district
EVENT_S = 600               # seconds between the events of a call
OWNER = "00000000-0000-4000-8000-00000000000a"  # the session that holds the streams and the leases of deliveries
# The agency's code, common code, class, sensitivity, for the most frequent types.
TYPES = (("F1", "FIGHT", "violence", "open"), ("S1", "SICK", "medical", "open"), ("W1", "WEAPON", "weapon", "open"),
         ("F2", "FIGHT", "violence", "open"), ("X9", None, "other", "open"))
DISPOSITIONS = (("RPT", "01"), ("NRP", "02"), ("ARR", "03"), ("CIT", "04"))
ABSENT = ("0" + "1" * 31) * 32  # a bit map of sequences in which each 32nd is of a call at a school


def mixed(number):
    """A pseudo-random number that is always the same for a given number."""
    return (number * 2654435761 % (1 << 32)) >> 7


class Installation:
    """An installation with this many districts and calls at their schools."""

    def __init__(self, districts, calls, now=None):
        self.districts, self.calls = districts, calls
        self.now = now or datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.agencies = districts * AGENCIES
        self.seconds = calls * 365 * 86400 // (districts * YEARLY)
        self.first = self.now - datetime.timedelta(seconds=self.seconds)
        self.days = self.seconds // 86400 + 1

    # Values of a call -------------------------------------------------------------------------------------------

    def at(self, call, after_s=0):
        return (self.first + datetime.timedelta(seconds=call * self.seconds // self.calls + after_s)).isoformat()

    def ago(self, seconds):
        return (self.now - datetime.timedelta(seconds=seconds)).isoformat()

    def agency(self, call):
        """The agency of a call. Of N consecutive calls each of the N agencies has one, in varying order."""
        return (call + mixed(call // self.agencies)) % self.agencies + 1

    def district_of(self, agency):
        return (agency - 1) % self.districts + 1

    def school(self, call):
        return (self.district_of(self.agency(call)) - 1) * SCHOOLS + mixed(call) % SCHOOLS + 1

    def sequence(self, call, event):
        """The sequence of an event in its stream. The calls of no school in between have been purged."""
        return 32 * (3 * (call // self.agencies) + event)

    def last_sequence(self):
        return self.sequence(self.calls + self.agencies, 0) + 1024

    @staticmethod
    def kind(call):
        """(agency's type, common type, class, sensitivity)"""
        own, code, class_, _ = TYPES[mixed(call) % len(TYPES)]
        return own, code, class_, {0: "sealed", 1: "restricted", 2: "restricted"}.get(mixed(call) // 7 % 100, "open")

    def status(self, call):
        return "open" if self.calls - call <= self.districts else "closed"

    def alerted(self):
        """Calls with an alert; the number of the alert is call // 4 + 1."""
        return range(0, self.calls, 4)

    def waiting(self):
        """Indexes into alerted() of those whose second message is still to be sent."""
        return range((self.calls - 1) // 4 - self.districts * WAITING + 1, (self.calls - 1) // 4 + 1)

    # Rows: (columns, rows) of each table; None is null ----------------------------------------------------------

    def districts_rows(self):
        return (("district_id", "slug", "name", "zone"),
                ((d, f"d{d}", f"District {d}", "America/New_York") for d in range(1, self.districts + 1)))

    def schools(self):
        return (("district_id", "school_id", "code", "name", "latitude", "longitude", "address"),
                (((s - 1) // SCHOOLS + 1, s, f"S{s}", f"School {s}", 40 + s / 1000, -75 + s / 1000, f"{s} MAIN ST")
                 for s in range(1, self.districts * SCHOOLS + 1)))

    def aliases(self):
        return (("district_id", "school_id", "kind", "alias"),
                (((s - 1) // SCHOOLS + 1, s, kind, f"{kind} {s}".upper())
                 for s in range(1, self.districts * SCHOOLS + 1) for kind in ("name", "address")))

    def feeders(self):
        return (("district_id", "feeder_id", "name"),
                ((d, f, name) for d in range(1, self.districts + 1) for f, name in ((1, "North"), (2, "South"))))

    def agencies_rows(self):
        return (("agency_id", "slug", "name"),
                ((a, f"a{a}", f"Agency {a}") for a in range(1, self.agencies + 1)))

    def keys(self):
        return ("public_key", "agency_id"), ((f"{a:040d}", a) for a in range(1, self.agencies + 1))

    def map_versions(self):
        return (("agency_id", "kind", "version"),
                ((a, kind, 1) for a in range(1, self.agencies + 1) for kind in ("type", "disposition")))

    def maps(self):
        codes = [("type", own, code) for own, code, _, _ in TYPES if code] \
            + [("disposition", own, code) for own, code in DISPOSITIONS]
        return (("agency_id", "version", "kind", "own", "common"),
                ((a, 1, *code) for a in range(1, self.agencies + 1) for code in codes))

    def rules(self):
        return (("district_id", "rule_id", "name"), ((d, d, "all") for d in range(1, self.districts + 1)))

    def contacts(self):
        """[(role_id, district_id, number)]: two contacts of each district for all its schools, and the principal
        of each school."""
        return ((50 * d + c - 50, d, c) for d in range(1, self.districts + 1) for c in range(1, 51))

    def users(self):
        """[(person_id, district_id, school_id)]: the first user of a district sees all of it, the others one school."""
        return ((p, d, None if p % 10 == 1 else (d - 1) * SCHOOLS + (p - 1) % 10)
                for d in range(1, self.districts + 1) for p in range((d - 1) * 10 + 1, d * 10 + 1))

    def people(self):
        return (("person_id", "name", "email"), itertools.chain(
            ((p, f"Person {p}", None) for p, _, _ in self.users()),
            ((10 * self.districts + role, f"Contact {c}", f"c{c}@d{d}.example") for role, d, c in self.contacts())))

    def credentials(self):
        return (("person_id", "login", "password_hash"),
                ((p, f"p{p}@example", f"$argon2id$v=19$m=65536,t=2,p=1$salt$hash{p}") for p, _, _ in self.users()))

    def roles(self):
        contact, none = ("principal", "{email}", 1), (None, None, None)
        return (("role_id", "person_id", "district_id", "role", "scope", "code", "title", "channels", "step"),
                itertools.chain(
                    ((role, 10 * self.districts + role, d, "contact", "schools" if c > 2 else "district", f"C{c}", *contact)
                     for role, d, c in self.contacts()),
                    ((50 * self.districts + p, p, d, "school" if school else "district",
                      "schools" if school else "district", None, *none) for p, d, school in self.users())))

    def role_schools(self):
        return (("role_id", "district_id", "school_id"), itertools.chain(
            ((role, d, (d - 1) * SCHOOLS + c - 2) for role, d, c in self.contacts() if c > 2),
            ((50 * self.districts + p, d, school) for p, d, school in self.users() if school)))

    def sessions(self):
        return (("token_hash", "person_id", "district_id", "csrf", "expires_at"),
                ((f"\\x{p:064x}", p, (p - 1) // 10 + 1, "csrf", "infinity")
                 for p in range(1, self.districts * 10 + 1)))

    def streams(self):
        high = self.last_sequence() + 3 * HELD + LATE
        return (("stream_no", "agency_id", "stream_id", "epoch", "mode", "high", "owner", "connected_at", "heard_at",
                 "said_at", "skew_ms", "told_count", "told_digest"),
                ((a, a, f"{a:032x}", 1, "live", high, OWNER, self.ago(3600), self.ago(5), self.ago(60), 12,
                  self.last_sequence(), 0) for a in range(1, self.agencies + 1)))

    def gaps(self):
        """One gap a month that the agency no longer has, and one that intake has asked for."""
        return (("stream_no", "first", "last", "reason", "gone_at"),
                ((a, 32 * g + 1, 32 * g + 2, "gap", None if g == 1 else self.ago(86400 * 30 * g))
                 for a in range(1, self.agencies + 1) for g in range(1, self.days // 30 + 2)))

    def tallies(self):
        day = self.now.date()
        return (("stream_no", "day", "at_school", "no_school", "octets", "record_count", "record_digest"),
                ((a, day - datetime.timedelta(days=d), 40, 1300, 900_000, 1340, 17 * d)
                 for a in range(1, self.agencies + 1) for d in range(self.days)))

    def section_end(self, day):
        return self.last_sequence() * (day + 1) // self.days

    def manifests(self):
        day = self.first.date()
        return (("stream_no", "source", "at", "rows_read", "rows_rejected", "records", "first_seq", "last_seq"),
                ((a, day + datetime.timedelta(days=d), self.ago(86400 * (self.days - d - 1)), 1340, 0, 1340,
                  self.section_end(d - 1) + 1, self.section_end(d))
                 for a in range(1, self.agencies + 1) for d in range(self.days)))

    def proofs(self):
        """The last section of each stream is still to be compared."""
        day = self.first.date()
        return (("stream_no", "through", "source", "told_at", "counts_from", "their_digest", "our_count", "our_digest",
                 "checked", "verdict", "compared_at"),
                ((a, self.section_end(d), day + datetime.timedelta(days=d), self.ago(86400 * (self.days - d - 1)), 1,
                  17 * d, self.section_end(d) - self.section_end(d - 1), 17, self.section_end(d),
                  *((None, None) if d == self.days - 1 else ("same", self.ago(86400 * (self.days - d - 1)))))
                 for a in range(1, self.agencies + 1) for d in range(self.days)))

    def absents(self):
        return (("stream_no", "page", "bits"),
                ((a, page, ABSENT) for a in range(1, self.agencies + 1)
                 for page in range(self.last_sequence() // 1024)))

    def quarantined(self):
        return (("agency_id", "stream_no", "seq", "received_at", "octets", "sha256", "content_type", "code", "field",
                 "reason", "state"),
                ((a, a, 32 * q + 3, self.ago(86400 * q), 700, f"\\x{q:064x}", "", "field", "t_received", "bad time",
                  "held" if q < 10 else "discarded")
                 for a in range(1, self.agencies + 1) for q in range(1, self.days + 1)))

    def events(self):
        return (("stream_no", "seq", "agency_id", "incident_no", "kind", "mode", "occurred_at", "epoch", "received_at",
                 "content_id", "call_type", "priority", "t_received", "t_closed", "address", "latitude", "longitude",
                 "placed", "report_numbers", "units", "dispositions", "outcomes"), self.event_rows())

    def event_rows(self):
        for n in range(self.calls):
            a, own, opened, placed = self.agency(n), self.kind(n)[0], self.at(n), self.placed(n)
            for j in range(3):
                at = opened if not j else self.at(n, j * EVENT_S)
                yield (a, self.sequence(n, j), a, f"I-{n}", (1, 3, 5)[j], 1, at, 1, at, f"{3 * n + j:032x}",
                       own if j == 0 else None, "2" if j == 0 else None, opened if j == 0 else None,
                       at if j == 2 else None, *((f"{n % 999} MAIN ST", 40.1, -75.1, placed) if j == 0 else (None,) * 4),
                       f"{{R-{n}}}" if j == 2 and n % 3 == 0 else None,
                       '[{"id": "U1", "status": "on_scene"}]' if j == 1 else None,
                       f'[{{"code": "{DISPOSITIONS[n % 4][0]}", "primary": true}}]' if j == 2 else None,
                       '[{"code": "CITED", "outcome_id": "O1"}]' if j == 2 and n % 20 == 0 else None)
        for a in range(1, self.agencies + 1):
            for o in range(LATE):
                at = self.ago(86400 * (4 * o + 1))
                yield (a, self.last_sequence() + 3 * HELD + o, a, None, 6, 1, at, 1, at, f"{a << 32 | o:031x}e",
                       *(None,) * 8, f"{{N-{o}}}", None, None, '[{"code": "CITED", "outcome_id": "O1"}]')
            for h in range(HELD):
                for j in range(3):
                    at = self.ago(self.held_s(h) - j * 60)
                    yield (a, self.last_sequence() + 3 * h + j, a, f"H-{h}", (1, 3, 5)[j], 1, at, 1, at,
                           f"{a << 32 | 3 * h + j:031x}f", "X9", None, at, None, f"{h} ELM ST", 41.0, -76.0, "[]",
                           None, None, None, None)

    @staticmethod
    def held_s(held):
        """Age of a held call in seconds; some are due for the next purge."""
        return 86400 * (held + 1) // (HELD - 20)

    def placed(self, call):
        return (f'[{{"district": {self.district_of(self.agency(call))}, "school": {self.school(call)}, '
                '"relation": "at", "method": "campus", "confidence": 1}]')

    def incidents(self):
        return (("agency_id", "incident_no", "status", "mode", "first_at", "first_epoch", "first_seq", "version_at",
                 "version_epoch", "version_seq", "arrived_at", "call_type", "priority", "t_received", "t_closed",
                 "address", "latitude", "longitude", "placed", "report_numbers", "units", "dispositions", "at_school"),
                self.incident_rows())

    def incident_rows(self):
        for n in range(self.calls):
            opened, last = self.at(n), self.at(n, 2 * EVENT_S)
            yield (self.agency(n), f"I-{n}", 1 if self.status(n) == "open" else 2, 1, opened, 1, self.sequence(n, 0), last,
                   1, self.sequence(n, 2), opened, self.kind(n)[0], "2", opened, last, f"{n % 999} MAIN ST", 40.1, -75.1,
                   self.placed(n), f"{{R-{n}}}" if n % 3 == 0 else None, '[{"id": "U1", "status": "on_scene"}]',
                   f'[{{"code": "{DISPOSITIONS[n % 4][0]}", "primary": true}}]', True)
        for a in range(1, self.agencies + 1):
            for h in range(HELD):
                at = self.ago(self.held_s(h))
                yield (a, f"H-{h}", 2, 1, at, 1, self.last_sequence() + 3 * h, at, 1, self.last_sequence() + 3 * h + 2, at,
                       "X9", None, at, None, f"{h} ELM ST", 41.0, -76.0, "[]", None, None, None, False)

    def school_incidents(self):
        return (("district_id", "agency_id", "incident_no", "origin", "mode", "status", "class", "sensitivity",
                 "type_own", "type_code", "map_version", "priority_own", "priority", "opened_at", "t_received", "t_closed",
                 "address", "latitude", "longitude", "units", "dispositions", "disposition_code", "report_numbers",
                 "school_id", "relation", "version_at", "created_at", "updated_at"), self.school_incident_rows())

    def school_incident_rows(self):
        for n in range(self.calls):
            opened, last, (own, code, class_, sensitivity) = self.at(n), self.at(n, 2 * EVENT_S), self.kind(n)
            disposition = DISPOSITIONS[n % 4]
            yield (self.district_of(self.agency(n)), self.agency(n), f"I-{n}", "cad", "live", self.status(n), class_,
                   sensitivity, own, code, 1, "2", 9, opened, opened, None if self.status(n) == "open" else last,
                   f"{n % 999} MAIN ST", 40.1, -75.1, '[{"id": "U1", "status": "on_scene"}]',
                   f'[{{"own": "{disposition[0]}", "code": "{disposition[1]}", "primary": true}}]', disposition[1],
                   f"{{R-{n}}}" if n % 3 == 0 else None, self.school(n), "at", last, opened, last)

    def incident_schools(self):
        return (("district_id", "agency_id", "incident_no", "school_id", "rank", "relation", "distance_m", "method",
                 "confidence"),
                ((self.district_of(self.agency(n)), self.agency(n), f"I-{n}", self.school(n), 1, "at", 0, "campus", 1)
                 for n in range(self.calls)))

    def outcomes(self):
        return (("district_id", "agency_id", "incident_no", "outcome_id", "subject", "own", "decided_at"),
                ((self.district_of(self.agency(n)), self.agency(n), f"I-{n}", "O1", 1, "CITED", self.at(n, 2 * EVENT_S))
                 for n in range(0, self.calls, 20)))

    def reviews(self):
        """One call in forty had a question; the last ones are still open, some of them for too long."""
        asked = range(0, self.calls, 40)
        still = self.calls - self.districts * WAITING * 40
        return (("district_id", "agency_id", "incident_no", "mode", "state", "address", "candidates", "opened_at", "class",
                 "sensitivity", "asked_at", "due_at", "school_id", "decided_by"),
                ((self.district_of(self.agency(n)), self.agency(n), f"I-{n}", "live",
                  *(("decided", f"{n % 999} MAIN ST") if n < still else ("open", f"{n % 999} OAK ST")),
                  f'[{{"school": {self.school(n)}, "method": "spelling", "confidence": 0.6}}]', self.at(n), "other", "open",
                  self.at(n), self.at(n, 180) if n < still or n % 800 == 0 else self.ago(-3600),
                  *((self.school(n), "Person 1") if n < still else (None, None)))
                 for n in asked))

    def changes(self):
        return (("district_id", "change_id", "xid", "agency_id", "incident_no", "first", "mode", "at"),
                ((self.district_of(self.agency(n)), 4 * n + j + 1, 700, self.agency(n), f"I-{n}", j == 0, "live",
                  self.at(n, j * EVENT_S)) for n in range(self.calls) for j in range(4)))

    def outbox(self):
        return (("district_id", "agency_id", "incident_no", "mode", "first"),
                ((self.district_of(self.agency(n)), self.agency(n), f"I-{n}", "live", False)
                 for n in range(self.calls - self.districts * WAITING, self.calls)))

    def alerts(self):
        return (("district_id", "alert_id", "agency_id", "incident_no", "school_id", "rule_id", "mode", "state", "created_at",
                 "acknowledged_at", "acknowledged_by", "budgeted"),
                ((self.district_of(self.agency(n)), n // 4 + 1, self.agency(n), f"I-{n}", self.school(n),
                  self.district_of(self.agency(n)), "live", *self.alert_state(n), n % 8 == 0)
                 for n in self.alerted()))

    def alert_state(self, call):
        if self.calls - call < 4 * self.districts * WAITING:
            return "open", self.at(call, 5), None, None
        return "acknowledged", self.at(call, 5), self.at(call, 60), "Contact 1"

    def deliveries(self):
        """Two deliveries for each alert. Of the waiting ones, one in eight is leased and being sent."""
        waiting = self.waiting()

        def row(alert, which):
            n = 4 * alert
            d = self.district_of(self.agency(n))
            state = "sent" if which == 0 or alert not in waiting else "sending" if alert % 8 == 0 else "queued"
            return (d, 2 * alert + which + 1, alert + 1, (d - 1) * 50 + 1 + which, "email", "first", 1 + which, state,
                    0 if state == "queued" else 1, self.at(n, 5 + 300 * which),
                    *((self.ago(-86400), OWNER) if state == "sending" else (None, None)), f"{alert}.{which}@example",
                    '{"opened": 1700000000, "first": {}, "now": {"class": "violence", "type": "FIGHT"}}', self.at(n, 5))

        return (("district_id", "delivery_id", "alert_id", "contact_id", "channel", "kind", "step", "state", "attempts",
                 "next_at", "lease_until", "leased_by", "message_id", "content", "created_at"),
                (row(alert, which) for alert in range((self.calls - 1) // 4 + 1) for which in (0, 1)))

    def tokens(self):
        """The tokens of a week, and a few expired ones."""
        week = 7 * 86400 * self.calls // self.seconds // 4
        last = (self.calls - 1) // 4
        return (("token_hash", "district_id", "alert_id", "contact_id", "addressee", "expires_at"),
                ((f"\\x{alert:064x}", self.district_of(self.agency(4 * alert)), alert + 1,
                  (self.district_of(self.agency(4 * alert)) - 1) * 50 + 1,
                  self.addressee(self.district_of(self.agency(4 * alert))),
                  self.ago(60) if alert == last - week else self.at(4 * alert, 7 * 86400))
                 for alert in range(max(0, last - week), last + 1)))

    @staticmethod
    def addressee(district):
        """notify.addressee of a district's first contact."""
        return "\\x" + sha256(f"CONTACT 1\nc1@d{district}.example".encode()).hexdigest()

    def audits(self):
        return (("at", "actor", "action", "object"),
                ((self.at(n, 60), "contact:1", "acknowledge", f"alert {n}") for n in self.alerted()))

    def tables(self):
        return {"district.district": self.districts_rows(), "district.school": self.schools(),
                "district.school_alias": self.aliases(),
                "district.feeder": self.feeders(), "agency.agency": self.agencies_rows(),
                "agency.feed_key": self.keys(), "code.map_version": self.map_versions(), "code.map": self.maps(),
                "people.person": self.people(), "people.credential": self.credentials(), "people.role": self.roles(),
                "people.role_school": self.role_schools(), "notify.rule": self.rules(),
                "dashboard.session": self.sessions(), "agency.stream": self.streams(), "agency.stream_gap": self.gaps(),
                "agency.tally": self.tallies(), "agency.manifest": self.manifests(), "agency.proof": self.proofs(),
                "agency.absent": self.absents(), "agency.quarantine": self.quarantined(), "agency.event": self.events(),
                "agency.incident": self.incidents(), "district.incident": self.school_incidents(),
                "district.incident_school": self.incident_schools(), "district.outcome": self.outcomes(),
                "district.place_review": self.reviews(), "district.change": self.changes(),
                "district.outbox": self.outbox(), "notify.alert": self.alerts(), "notify.delivery": self.deliveries(),
                "notify.token": self.tokens(), "liaison.audit": self.audits()}

    def write(self, database):
        """Writes all rows into a new database, as they would be after years."""
        session = database.session()
        with session, session.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")  # triggers and foreign keys are not needed
            for table, (columns, rows) in self.tables().items():
                cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin", Lines(rows), size=1 << 20)
            cursor.execute("select setval('district.school_id_seq', %s)", (self.districts * SCHOOLS,))
            for table, column in IDENTITIES.items():
                cursor.execute(f"select setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) from {table}")
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("vacuum (analyze)")
        session.close()


IDENTITIES = {"district.district": "district_id", "agency.agency": "agency_id", "agency.stream": "stream_no",
              "people.role": "role_id", "notify.rule": "rule_id", "people.person": "person_id",
              "district.change": "change_id", "notify.alert": "alert_id", "notify.delivery": "delivery_id"}


class Lines:
    """Rows as a file in COPY's text format."""

    def __init__(self, rows):
        self.rows = rows

    def read(self, size):
        lines, length = [], 0
        for row in self.rows:
            line = "\t".join(["\\N" if value is None else str(value) for value in row]).replace("\\x", "\\\\x") + "\n"
            lines.append(line)
            length += len(line)
            if length >= size - 4096:  # read() must not return more than it is asked for
                break
        return "".join(lines)
