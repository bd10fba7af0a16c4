"""Two liaison-notify on one PostgreSQL, a relay and a gateway that misbehave, kills of either process and
crashes of PostgreSQL, while calls, rules, contacts and acknowledgements change at random. When the faults
are over and all is at rest, a plain oracle (docs/notify.md) compares what relay and gateway took with what
was true:

    silent   somebody due was not told the last material truth, or whether somebody has the alert, or that it
             was handed to them, and nobody knows that it failed
    untrue   a message says what had ended more than STALE_S before it was handed over, or went to an
             address or to somebody that it was not for by then
    doubled  handed over more often than docs/notify.md allows: once more, after an end that is unknown
    unequal  what the database says was sent was not, or the other way round

There are ROUNDS (6) faults. The seed is printed; SEED repeats a run, as far as time allows."""

import json
import os
import random
import re
import time

import psycopg2
import pytest

import liaison
import rounds
from notify_lab import Gateway, Relay, lab_settings
from notify_support import Town

pytestmark = pytest.mark.needs("liaison-notify")

CALLS = 8
TIMEOUT_S, LEASE_S = 2, 4
STALE_S = 2 + TIMEOUT_S
TYPES = {  # what a call is: its columns, and how bad it is
    "fight": ({"class": "violence", "type_code": "FIGHT"}, 0),
    "trespass": ({"class": "disturbance", "type_code": "TRESPASS"}, 0),
    "active shooter": ({"class": "weapon", "type_code": "ACTSHOOT"}, 2),
}
URGENT = 9  # from this priority on an ordinary call asks again
WHATS = [*TYPES, "police call"]


class Person:
    """A contact of one call's school. All addresses that were ever hers name her and the call."""

    def __init__(self, call, code, step=1, sealed=False, texts=False):
        self.code, self.step, self.sealed = f"{code}{call.at}", step, sealed
        self.mail_root = f"{code.lower()}{call.at}"
        self.phone = f"+155501{call.at:02}{'PABCJ'.index(code)}00" if texts else None
        self.addresses = History(f"{self.mail_root}.0@riverside.example")
        self.present = History(True)

    def channels(self):
        return ["email", "sms"] if self.phone else ["email"]


class History:
    """What held when. A value holds from before its commit until after that of the next."""

    def __init__(self, value):
        self.values = [(0.0, 0.0, value)]

    def add(self, before, after, value):
        self.values.append((before, after, value))

    @property
    def last(self):
        return self.values[-1][2]

    def during(self, begin, end):
        """All that held at some moment between the two."""
        ends = [after for _, after, _ in self.values[1:]] + [float("inf")]
        return [value for (before, _, value), until in zip(self.values, ends) if before <= end and until >= begin]


class Call:
    def __init__(self, at, school):
        self.at, self.school, self.number = at, school, f"C-{at}"
        self.facts = History(None)
        self.acks = []  # (after the commit)
        self.people = [Person(self, "P", texts=True), Person(self, "A"), Person(self, "B", step=2, texts=True),
                       Person(self, "C", sealed=True), Person(self, "J")]


class Facts:
    """What is said of a call: state is open, closed, cancelled or elsewhere."""

    def __init__(self, what="fight", state="open", sensitivity="open", priority=5):
        self.what, self.state, self.sensitivity, self.priority = what, state, sensitivity, priority

    def but(self, **changes):
        return Facts(**{**vars(self), **changes})

    def words(self):
        return self.what if self.sensitivity == "open" else "police call"

    def severity(self):
        return TYPES[self.what][1] or int(self.priority >= URGENT)

    def columns(self):
        moved = self.state == "elsewhere"
        return {**TYPES[self.what][0], "status": "open" if moved else self.state, "elsewhere": moved,
                "sensitivity": self.sensitivity, "priority": self.priority}

    def __repr__(self):
        return f"{self.state}/{self.what}/{self.sensitivity}/{self.priority}"


def said_by(text):
    """(state, what) of a message; what is None where it is not named: a correction, "Closed."."""
    line = " ".join(text.split("\n\n")[0].split())
    if line.startswith("This alert is withdrawn for you."):
        return "withdrawn", None
    if "Correction:" in line:
        state = "elsewhere" if "was not at this school" in line else "cancelled"
        return state, None
    line = re.sub(r"\(?,? ?was:? [^).,]*\)?", "", line, flags=re.I).lower()
    line = re.sub(r", [a-z ]+ of (?:[a-z]{3}, [a-z]{3} \d+ )?\d\d:\d\d", "", line)  # by what a text names the call
    what = next((word for word in WHATS if word in line), None)
    row = re.search(r"^State:? +(\w+)", text, re.M)  # of a mail
    closed = row.group(1) == "Closed" if row else re.search(r"\bclosed\b", line)
    return ("closed" if closed else "open"), what


def says_held(text):
    """Whether a message says that somebody has the alert, or that nobody does: True, False, None."""
    line = " ".join(text.split("\n\n")[0].split())
    nobody = re.search(r"nobody( who was told before)? has it|hands this to you|handed to you|"
                       r"handed this to|not handed over", line, re.I)
    if nobody or "NOW: " in line or line.startswith("This alert is withdrawn for you."):
        return False
    return True if re.search(r"\bhas it\b|\bhave it\b", line) else None


class Message:
    def __init__(self, channel, at, to, text, ident):
        self.channel, self.at, self.to, self.text, self.ident = channel, at, to, text, ident
        self.state, self.what = said_by(text)
        self.held = says_held(text)

    def __repr__(self):
        return (f"{self.at % 1000:.2f} {self.channel} {self.to} {self.state}/{self.what}/held={self.held}: "
                f"{self.text[:300]!r}")


# The generator --------------------------------------------------------------------------------------


class World:
    """Changes calls, rules, contacts and acknowledgements by a seeded generator, and keeps what held when."""

    def __init__(self, pg, seed):
        self.town, self.pg, self.chance = Town(pg), pg, random.Random(seed)
        self.town.district.db.execute("update district.district set alert_budget = 0")
        self.rules = {"all": self.town.rule(escalate_s=30), "sealed": self.town.rule(name="sealed", sealed=True)}
        self.rule_on = {name: History(True) for name in self.rules}
        self.calls = []
        for at in range(CALLS):
            call = Call(at, self.town.district.school(f"S{at}", 40.1 + at / 10, -75.0, name=f"School {at}"))
            self.calls.append(call)
            for person in call.people:
                self.town.district.contact(person.code, email=person.addresses.last, phone=person.phone,
                                           name=f"Contact {person.code}", step=person.step, sealed=person.sealed,
                                           schools=[call.school])

    def log(self, *words):
        print(f"{time.time() % 1000:.2f}", *words)

    def put(self, call, facts):
        before = time.time()
        self.town.call(call.number, schools=[] if facts.state == "elsewhere" else [call.school],
                       school_id=call.school, **facts.columns())
        call.facts.add(before, time.time(), facts)
        self.log(call.number, facts)

    def execute(self, history, value, sql, *args):
        before = time.time()
        self.pg.execute(sql, *args)
        history.add(before, time.time(), value)

    def change_call(self, call):
        now = call.facts.last or Facts()
        self.put(call, self.chance.choice([
            now.but(what="active shooter"), now.but(what="fight"), now.but(what="trespass"),
            now.but(state="cancelled"), now.but(state="open"), now.but(state="open"),
            now.but(state="elsewhere"), now.but(state="closed"), now.but(state="open"),
            now.but(sensitivity="sealed"), now.but(sensitivity="open"), now.but(sensitivity="restricted"),
            now.but(sensitivity="open"), now.but(priority=10), now.but(priority=3)]))

    def change_rule(self):
        name = self.chance.choice(["all", "sealed"])
        on = not self.rule_on[name].last
        self.execute(self.rule_on[name], on, "update notify.rule set active = %s where rule_id = %s",
                     on, self.rules[name])
        self.log("rule", name, on)

    def change_person(self, call):
        person = self.chance.choice(call.people)
        if self.chance.random() < 0.5:
            there = not person.present.last
            self.execute(person.present, there, "update people.role set to_at = case when %s then 'infinity' else "
                         "now() end, from_at = least(from_at, now()) where code = %s", there, person.code)
            self.log(person.code, "there" if there else "left")
        else:
            address = f"{person.mail_root}.{len(person.addresses.values)}@riverside.example"
            self.execute(person.addresses, address, "update people.person set email = %s where name = %s",
                         address, f"Contact {person.code}")
            self.log(person.code, "is", address)

    def acknowledge(self, call):
        self.pg.execute("select notify.acknowledge(district_id, alert_id, 'Pat') from notify.alert "
                        "where incident_no = %s", call.number)
        call.acks.append(time.time())
        self.log(call.number, "acknowledged")

    def give_back(self, call):
        self.pg.execute("select notify.say(district_id, alert_id, 'undone', 'Pat', null, null, null, null, 'contact:0') "
                        "from notify.alert where incident_no = %s", call.number)
        self.log(call.number, "given back")

    def hand_over(self, call):
        """To somebody whom the rules may not have told, or would not tell."""
        person = self.chance.choice(call.people)
        noted = self.pg.one("select notify.say(a.district_id, a.alert_id, 'handed_over', 'Pat', null, null, c.contact_id, null, "
                            "'contact:0') from notify.alert a, people.contact c where a.incident_no = %s and c.code = %s",
                            call.number, person.code)
        self.log(call.number, "handed to", person.code, noted)

    def next_step(self, call):
        """As if the time between two steps had passed."""
        self.pg.execute("update notify.delivery d set next_at = (select steady_at from notify.clock) "
                        "from notify.alert a where a.incident_no = %s and (a.district_id, a.alert_id) = "
                        "(d.district_id, d.alert_id) and d.state = 'queued' and d.attempts = 0", call.number)

    def step(self):
        call = self.chance.choice(self.calls)
        roll = self.chance.random()
        if roll < 0.6:
            self.change_call(call)
        elif roll < 0.65:
            self.change_rule()
        elif roll < 0.8:
            self.change_person(call)
        elif roll < 0.88:
            self.acknowledge(call)
        elif roll < 0.91:
            self.give_back(call)
        elif roll < 0.94:
            self.hand_over(call)
        else:
            self.next_step(call)

    def go_on(self, seconds):
        until = time.time() + seconds
        while time.time() < until:
            try:
                self.step()
            except psycopg2.OperationalError:  # PostgreSQL is away: what was begun did not happen
                time.sleep(0.05)
            time.sleep(self.chance.random() * 0.08)


# The faults -----------------------------------------------------------------------------------------


class Lab:
    """The relay, the gateway, the processes, and what can happen to them."""

    def __init__(self, closing, cluster, world, start):
        self.closing, self.cluster, self.world = closing, cluster, world
        self.chance = world.chance
        self.relay, self.gateway = closing(Relay()), closing(Gateway())
        self.relays = [self.relay]
        self.processes = [start(f"notify{at}.ini", self) for at in range(2)]

    def mails(self):
        return [mail for relay in self.relays for mail in relay.mails]

    def kill(self, at):
        self.processes[at].kill9()
        self.world.go_on(self.chance.random() * 2)
        self.processes[at].start()

    def crash(self):
        self.cluster.crash()
        self.cluster.start()

    def relay_down(self):
        self.relay.close()
        self.world.go_on(self.chance.random() * 3)
        self.relay = self.closing(Relay(self.relay.port))
        self.relays.append(self.relay)

    def misbehave(self, provider, *steps):
        for stage, action in steps:
            provider.say(stage, action, self.chance.choice([1, 3, 8]))
        self.world.go_on(1 + self.chance.random() * 2)
        provider.clear()

    def strike(self, name):
        self.world.log("fault:", name)
        getattr(self, "fault_" + name)()
        self.world.go_on(0.5)

    def fault_kill(self):
        self.kill(self.chance.randrange(2))

    def fault_kill_after_body(self):
        """The relay keeps a message, and the process dies before it hears so."""
        self.relay.say("body", "keep hang", 2)
        self.world.go_on(1)
        for at in range(2):
            self.kill(at)
        self.relay.clear()

    def fault_crash(self):
        self.crash()

    def fault_relay(self):
        self.relay_down()

    def fault_relay_stages(self):
        stage = self.chance.choice(["connect", "mail", "rcpt", "body"])
        self.misbehave(self.relay, (stage, self.chance.choice(["451 4.3.0 later", "reset", "hang", "close"])))

    def fault_relay_keeps(self):
        self.misbehave(self.relay, ("body", self.chance.choice(["keep reset", "keep hang", "keep close"])))

    def fault_relay_refuses(self):
        self.misbehave(self.relay, ("rcpt", "550 5.1.1 nobody"))

    def fault_gateway(self):
        self.misbehave(self.gateway, ("post", self.chance.choice([
            "reset", "hang", ("keep", "reset"), ("keep", "hang"), ("keep", (504, "<html>")), (503, '{"code": 20503}'),
            (429, '{"code": 20429}'), (400, '{"code": 21610}')])), ("list", (503, "<html>")))


FAULTS = [name[6:] for name in dir(Lab) if name.startswith("fault_")]


def at_rest(pg):
    return pg.one(
        "select not exists (select from district.outbox) and not exists (select from notify.changed)"
        " and not exists (select from notify.alert where look_at is not null)"
        " and not exists (select from notify.delivery where state = 'sending' or (state = 'queued'"
        "   and next_at <= (select steady_at from notify.clock) + interval '2 s'))")


# The oracle -----------------------------------------------------------------------------------------


class Oracle:
    def __init__(self, world, lab):
        self.world, self.found = world, {"silent": [], "untrue": [], "doubled": [], "unequal": []}
        self.messages = sorted(
            [Message("email", m["at"], m["to"], m["text"], m["id"].strip("<>")) for m in lab.mails()]
            + [Message("sms", m["at"], m["to"], m["body"], m["sid"]) for m in lab.gateway.texts], key=lambda m: m.at)
        self.rows = world.pg.rows(
            "select d.delivery_id, a.incident_no, c.code, d.channel, d.state, d.message_id, d.provider_id, d.kind, "
            "d.repeat_of is not null, d.reason from notify.delivery d join notify.alert a using (district_id, alert_id) "
            "join people.contact c using (district_id, contact_id) order by d.delivery_id")
        self.acknowledged = dict(world.pg.rows("select incident_no, acknowledged_at is not null from notify.alert"))
        self.held = dict(world.pg.rows("select a.incident_no, exists (select from notify.holders(a.district_id, "
                                       "a.alert_id)) from notify.alert a"))
        self.handed = {row[0]: row[1:] for row in world.pg.rows(
            "select a.incident_no, c.code, extract(epoch from k.at)::float from notify.alert a cross join lateral "
            "notify.handed(a.district_id, a.alert_id) h join people.contact c using (contact_id) "
            "join notify.acknowledgement k using (ack_id)")}
        self.known = 0  # what the database names as failed or unknown

    def say(self, kind, *words):
        self.found[kind].append(" ".join(map(str, words)))

    def of(self, person, channel):
        return [m for m in self.messages if m.channel == channel and (
            m.to == person.phone if channel == "sms" else m.to.startswith(person.mail_root + "."))]

    def rows_of(self, person, channel):
        return [row for row in self.rows if row[2] == person.code and row[3] == channel]

    def check(self):
        for call in self.world.calls:
            for person in call.people:
                for channel in person.channels():
                    for message in self.of(person, channel):
                        self.check_true(call, person, message)
                    if call.facts.last:
                        self.check_told(call, person, channel)
                    self.check_equal(person, channel)
                if self.handed.get(call.number, [None])[0] == person.code:
                    self.check_handed(call, person)
        return self.found

    # Untrue

    def check_true(self, call, person, message):
        begin, end = message.at - STALE_S, message.at
        facts = [f for f in call.facts.during(begin, end) if f]
        if message.channel == "email" and message.to not in person.addresses.during(begin, end):
            self.say("untrue", "to a former address", message)
        if message.state == "withdrawn":
            if all(person.present.during(begin, end)) and not any(
                    f.sensitivity == "sealed" and not person.sealed for f in facts):
                self.say("untrue", "withdrawn without a cause", call.number, message)
            return
        if not any(person.present.during(begin, end)):
            self.say("untrue", "to somebody who had left", message)
        if not any(self.fits(person, message, f) for f in facts):
            self.say("untrue", call.number, message, "but", facts)

    @staticmethod
    def fits(person, message, facts):
        if facts.sensitivity == "sealed" and not person.sealed:
            return False
        if message.state in ("cancelled", "elsewhere"):
            return facts.state == message.state
        return facts.state == message.state and message.what in (None, facts.words())

    # Silent

    def failed(self, person, channel):
        """Whether a named failure or unknown end says why somebody was not told."""
        rows = [row for row in self.rows_of(person, channel) if row[4] != "cancelled"]
        return bool(rows) and rows[-1][4] in ("failed", "expired", "unknown")

    def check_told(self, call, person, channel):
        told = self.of(person, channel)
        last = next((m for m in reversed(told)), None)
        right = self.knows(call, person, channel, told, last) and self.knows_who_has_it(call, last, told)
        if right:
            return
        if self.failed(person, channel):
            self.known += 1
            return
        self.say("silent", call.number, person.code, channel, "now", call.facts.last, "present",
                 person.present.last, "held", self.held.get(call.number), "told", told[-5:],
                 "rows", [row[4:] for row in self.rows_of(person, channel)][-4:])

    def check_handed(self, call, person):
        """To whom it is handed is told so by one channel at least, whatever the rules say by then."""
        now, at = call.facts.last, self.handed[call.number][1]
        if now.state != "open" or not person.present.last or (now.sensitivity == "sealed" and not person.sealed):
            return
        told = [m for channel in person.channels() for m in self.of(person, channel)]
        if any(m.at >= at and re.search("hands this to you|handed to you", m.text) for m in told):
            return
        if all(self.failed(person, channel) for channel in person.channels()):
            self.known += 1
            return
        self.say("silent", call.number, person.code, "was not told that it is handed over at", at % 1000, told[-3:])

    def knows(self, call, person, channel, told, last):
        now = call.facts.last
        may = person.present.last and (now.sensitivity != "sealed" or person.sealed)
        if last is None or last.state == "withdrawn":
            return not may or not self.is_due(call, person, channel, last)
        if not may:
            if person.present.last:
                return False
            return last.state != "open" or (channel == "sms" and now.state == "closed")
        if now.state != "open" and not all(person.present.during(call.facts.values[-1][0], float("inf"))):
            return True  # nobody hears of a call that was over when they came back
        if now.state in ("cancelled", "elsewhere"):
            return last.state in ("cancelled", "elsewhere")
        if now.state == "closed":
            return channel == "sms" or last.state == "closed"
        return last.state == "open" and self.what_is_known(told) == now.words()

    def knows_who_has_it(self, call, last, told):
        """Whoever was told of an open call knows whether somebody has it."""
        if call.facts.last.state != "open" or last is None or last.state != "open":
            return True
        said = next((m.held for m in reversed(told) if m.held is not None), False)
        return said == self.held.get(call.number, False)

    @staticmethod
    def what_is_known(told):
        return next((m.what for m in reversed(told) if m.what), None)

    def is_due(self, call, person, channel, last):
        now = call.facts.last
        rule = "sealed" if now.sensitivity == "sealed" else "all"
        if now.state != "open" or not self.world.rule_on[rule].last:
            return False
        if last is None and self.is_acknowledged(call):
            return False
        waits = any(row[4] == "queued" for row in self.rows_of(person, channel))
        return not waits if person.step > 1 else True

    def is_acknowledged(self, call):
        """By the database, unless the call is surely worse than whatever was acknowledged."""
        before = [f.severity() for _, _, f in call.facts.values[1:-1]]
        worse = call.facts.last.severity() > max(before, default=-1)
        if worse and not any(at > call.facts.values[-1][0] for at in call.acks):
            return False
        return self.acknowledged.get(call.number, False)

    # Doubled and unequal

    def check_equal(self, person, channel):
        rows, told = self.rows_of(person, channel), self.of(person, channel)
        if channel == "sms":
            sids = {m.ident for m in told}
            sent = {row[6] for row in rows if row[4] in ("sent", "delivered")}
            unknown = sum(row[4] == "unknown" for row in rows)
            if not sent <= sids:
                self.say("unequal", person.code, "sent but not taken", sent - sids)
            if len(sids) > len(sent) + unknown:
                self.say("doubled", person.code, len(sids), "texts of", [row[4] for row in rows])
            return
        for ident in {m.ident for m in told} | {row[5] for row in rows}:
            copies = sum(m.ident == ident for m in told)
            states = [row[4] for row in rows if row[5] == ident]
            sent, unknown = states.count("sent") + states.count("delivered"), states.count("unknown")
            if copies < sent:
                self.say("unequal", person.code, ident, "sent but not taken", states)
            if copies > sent + unknown or copies > 2:
                self.say("doubled", person.code, ident, copies, "copies of", states)

    def repetitions(self):
        mails = [m.ident for m in self.messages if m.channel == "email"]
        return len(mails) - len(set(mails))


# The test -------------------------------------------------------------------------------------------


def test_the_oracle_reads_each_sentence_about_who_has_it():
    """A sentence of the catalogue that the oracle misreads would make a right message wrong, and hide a wrong one."""
    with open(os.path.join(liaison.ROOT, "common/words/en.json"), encoding="utf-8") as catalogue:
        words = json.load(catalogue)
    said = {key: says_held(text) for key, text in words.items()
            if key.startswith("message.") and re.search(r"\bha(s|ve) it\b", text)}
    assert None not in said.values()
    assert {key for key in said if said[key] is False} == {"message.handed", "message.handed_back",  # these ask
        "message.brief.not_held", "message.brief.again", "message.news.not_held", "message.first.unanswered",
        "message.holders.none"}


def test_faults_and_changes_leave_everybody_with_the_truth(cluster, pg, closing, daemon, config, secret):
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)
    print(f"SEED={seed} ROUNDS={rounds.ROUNDS}", flush=True)

    def start(name, lab):
        made = daemon("liaison-notify", "--config", config(name, **lab_settings(
            pg, secret, lab.relay, lab.gateway,
            retry={"poll_ms": 100, "base_s": 1, "most_s": 2, "unknown_s": 2, "timeout_s": TIMEOUT_S,
                   "lease_s": LEASE_S})))
        return made.start()

    world = World(pg, seed)
    lab = Lab(closing, cluster, world, start)
    report = rounds.Report("notify", rounds.ROUNDS)
    for call in world.calls:
        world.put(call, Facts())
    world.go_on(1)
    faults = [FAULTS[at % len(FAULTS)] for at in range(rounds.ROUNDS)]
    world.chance.shuffle(faults)
    for name in faults:
        began = time.monotonic()
        lab.strike(name)
        report.round(time.monotonic() - began)
    liaison.wait_until(lambda: at_rest(pg), 60, "all is at rest", every=0.2)
    time.sleep(0.5)
    liaison.wait_until(lambda: at_rest(pg), 60, "all is at rest", every=0.2)
    oracle = Oracle(world, lab)
    found = oracle.check()
    figures = {"seed": seed, "messages": len(oracle.messages), "repeated": oracle.repetitions(),
               "known_failures": oracle.known}
    print(figures, flush=True)
    for kind, cases in found.items():
        for case in cases:
            print(kind, case, flush=True)
    report.end({**dict.fromkeys(rounds.ZERO, 0), **{kind: len(cases) for kind, cases in found.items()}}, **figures)
    assert not any(found.values()), f"SEED={seed}: {found}"
    assert len(oracle.messages) > 5 * CALLS
