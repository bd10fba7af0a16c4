"""Calls in real time: <agency>-live.ndjson grows line by line.

A heap holds what is due: a call's next event, the next call, the next serious incident. The program runs in the
foreground until a signal, or for a number of seconds. With a given start it does not wait, and the same seed writes
the same lines.
"""
import datetime
import heapq
import os
import random
import signal
import sys
import time

import county
import frequencies
import history
import incidents
import vocabulary

SERIOUS_EVERY = 900.0
SERIOUS_FIRST = 20.0
DOUBT_EVERY = 200.0  # a little longer than a question stays open
DOUBT_FIRST = 9.0
DOUBTS = ("NEAR {}", "BUS STOP BY {}")  # placement asks a person about such words
AT_SCHOOL_GAP = (20.0, 40.0)
ELSEWHERE_MEAN = 9.0
PACE_OF_CALL = (0.035, 0.075)  # of real time: a call of 45 minutes takes two or three
LATE, TWICE, EXTRA, VAGUE = 0.05, 0.02, 0.03, 0.10


class Stopped(Exception):
    pass


class Files:
    """One file for each agency. A line is appended by one write."""

    def __init__(self, out):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self.of = {a[0]: os.open(out / f"{a[0]}-live.ndjson", flags, 0o644) for a in county.AGENCIES}
        self.lines = 0

    def append(self, agency, line):
        os.write(self.of[agency], line.encode())
        self.lines += 1

    def close(self):
        for fd in self.of.values():
            os.close(fd)


class Live:
    def __init__(self, files, seed, pace, start):
        self.rng = random.Random(f"veldwyn live {seed}")
        self.files, self.pace, self.start = files, pace, start
        self.schools = county.build()
        self.weights = incidents.school_weights(self.schools)
        self.busy = {}  # school code: until when
        self.highs = [s for s in self.schools if s.level == "high"]
        self.due, self.order = [], 0
        self.count = 0
        self.serious = 0
        self.last_number = {}
        self.at(1.0, self.school_call)
        self.at(7.0, self.school_call)
        self.at(12.0, self.school_call)
        self.at(3.0, self.other_call)
        self.at(SERIOUS_FIRST, self.serious_call)
        self.doubt = random.Random(f"veldwyn doubt {seed}")
        self.doubts = 0
        self.at(DOUBT_FIRST, self.doubtful_call)

    def at(self, second, what, *args):
        """second: since the start, in the demonstration's own time (pace 1)."""
        self.order += 1
        heapq.heappush(self.due, (second, self.order, what, args))

    def moment(self, second):
        return self.start + datetime.timedelta(seconds=second / self.pace)

    def number(self, agency, second):
        """Day and second of the day, so that no two runs share a number; the next one if two calls begin together."""
        at = self.moment(second).astimezone(incidents.ZONE)
        n = (at.year % 100 * 1000 + at.timetuple().tm_yday) * 100000 + at.hour * 3600 + at.minute * 60 + at.second
        n = max(n, self.last_number.get(agency, 0) + 1)
        self.last_number[agency] = n
        return f"{vocabulary.UNIT_CODES[agency]}{n // 100000}-L{n % 100000:05d}"

    # Calls ---------------------------------------------------------------------------------------------------

    def begin(self, agency, apco, second, at, school, pace, **how):
        rng = self.rng
        call = incidents.Call(rng, agency, self.number(agency, second), apco, self.moment(second), at, school)
        if school and agency != "veldwyn-fire" and rng.random() < 0.5:
            call.officer = incidents.officer_of(school)
        if how.pop("retype", False):
            other = incidents.school_type(rng, agency == "veldwyn-fire", True)
            if vocabulary.CLASSES[other] != call.class_:
                call.retype(other)
        steps = incidents.tell(call, pace / self.pace, **how)
        if school and rng.random() < 2 * incidents.OUTCOME_CHANCE:
            later = incidents.outcome(call, steps[-1][0] + max(1, round(60 / self.pace)))
            steps += [later] if later else []
        self.count += 1
        self.unfold(call, second, steps)
        return steps[-1][0] * self.pace

    def unfold(self, call, second, steps):
        rng = self.rng
        for n, (after, event) in enumerate(steps):
            due = second + after * self.pace
            if n and rng.random() < LATE:
                due += rng.uniform(5, 40)
            if rng.random() < EXTRA:
                event = event | dict(rng.sample(list(history.EXTRAS.items()), 3))
            line = history.encode(event)
            self.at(due, self.files.append, call.agency, line)
            if rng.random() < TWICE:
                self.at(due + rng.uniform(0, 10), self.files.append, call.agency, line)

    def quiet_school(self, second, schools, weights=None):
        """A school without a call, if there is one."""
        school = None
        for _ in range(20):
            school = self.rng.choices(schools, weights)[0]
            if self.busy.get(school.code, -1) < second:
                break
        return school

    def school_call(self, second):
        rng = self.rng
        self.at(second + rng.uniform(*AT_SCHOOL_GAP), self.school_call) if second > 10 else None
        school = self.quiet_school(second, self.schools, self.weights)
        agency = "veldwyn-fire" if rng.random() < history.FIRE_AT_SCHOOL else school.agency
        apco = incidents.school_type(rng, agency == "veldwyn-fire", True)
        if second < 10:  # the first calls are simple: a fight, then an injury
            agency, apco = (school.agency, "FIGHT") if second < 5 else ("veldwyn-fire", "FALL")
        took = self.begin(agency, apco, second, incidents.on_campus(rng, school), school, rng.uniform(*PACE_OF_CALL),
                          vague=second > 10 and rng.random() < VAGUE, retype=rng.random() < frequencies.RETYPED)
        self.busy[school.code] = second + took

    def other_call(self, second):
        rng = self.rng
        self.at(second + rng.expovariate(1 / ELSEWHERE_MEAN), self.other_call)
        agency = incidents.pick(rng, history.SHARES)
        apco = incidents.other_type(rng, agency == "veldwyn-fire")
        self.begin(agency, apco, second, incidents.far_from_schools(rng, agency, self.schools), None,
                   rng.uniform(*PACE_OF_CALL), full=rng.random() < 0.5)

    # The serious incident ------------------------------------------------------------------------------------

    def serious_call(self, second):
        """A threat at a high school becomes a weapon. It takes six minutes from the first event to the last."""
        self.at(second + SERIOUS_EVERY, self.serious_call)
        school = self.highs[self.serious % len(self.highs)]
        found = self.serious % 2 == 1
        self.serious += 1
        call = incidents.Call(self.rng, school.agency, self.number(school.agency, second), "THREATS",
                              self.moment(second), school.at, school)
        call.initiated_by, call.final = "school_staff", "WEAPON"
        call.officer = incidents.officer_of(school)
        call.disposition = "03" if found else "18"
        self.count += 1
        steps = serious_steps(call, self.pace, found)
        self.busy[school.code] = second + 400
        self.unfold_exactly(call, second, steps)
        self.at(second + 40, self.standby, school)

    # The call whose words leave its place open ----------------------------------------------------------------

    def doubtful_call(self, second):
        """A person has to decide where it is. The agency states the place after the question has expired."""
        self.at(second + DOUBT_EVERY, self.doubtful_call)
        rng = self.doubt
        school = rng.choice(self.schools)
        call = incidents.Call(rng, school.agency, self.number(school.agency, second), rng.choice(("FIGHT", "THREATS")),
                              self.moment(second), school.at, school)
        words = DOUBTS[self.doubts % len(DOUBTS)].format(school.name.upper())
        self.doubts += 1
        self.count += 1
        self.unfold_exactly(call, second, doubtful_steps(call, self.pace, words))

    def unfold_exactly(self, call, second, steps):
        for after, event in steps:
            self.at(second + after * self.pace, self.files.append, call.agency, history.encode(event))

    def standby(self, second, school):
        """Fire and medics wait near by: the same incident under another agency's number."""
        self.begin("veldwyn-fire", "STDBY", second, school.at, school, 0.07, size=3)


def doubtful_steps(call, pace, words):
    unit, role = call.unit_ids(1)[0]

    def units(status, s):
        return [{"id": unit, "role": role, "status": status, "at": call.time(s / pace)}]

    ending = [{"code": vocabulary.DISPOSITIONS[call.agency][call.disposition], "primary": True}]
    script = [
        (0, "call.received", {"times": {"received": call.time(0)}, **call.opening(), "place": {"name": words}}),
        (20, "unit.status", {"units": units("dispatched", 20), "times": {"dispatched": call.time(20 / pace)}}),
        (45, "unit.status", {"units": units("en_route", 45), "times": {"en_route": call.time(45 / pace)}}),
        (190, "unit.status", {"units": units("on_scene", 190), "times": {"on_scene": call.time(190 / pace)}}),
        (230, "incident.updated", {"place": call.place()}),
        (320, "incident.closed", {"times": {"cleared": call.time(310 / pace), "closed": call.time(320 / pace)},
                                  "dispositions": ending, "units": units("clear", 310)}),
    ]
    return [call.event(kind, s / pace, **members) for s, kind, members in script]


def serious_steps(call, pace, found):
    """The script, in seconds of the demonstration."""
    officer, *patrol = [unit for unit, _ in call.unit_ids(5)]
    state = {}

    def second(s):
        return s / pace

    def units(s, **moves):
        for unit, status in moves.items():
            state[unit] = (status, second(s))
        return [{"id": u, "role": "school_officer" if u == officer else "patrol", "status": status,
                 "at": call.time(since)} for u, (status, since) in state.items()]

    one, two, three, four = patrol
    top, own = vocabulary.priority(call.agency, "WEAPON"), vocabulary.DISPOSITIONS[call.agency]
    perimeter = call.place() | {"cross_streets": "Perimeter: " + incidents.county.corner(call.at, call.agency)}
    ending = [{"code": own[call.disposition], "primary": True}]
    ending += [{"code": own["12"]}] if found else [{"code": own["02"]}]
    script = [
        (0, "call.received", {"times": {"received": call.time(0)}, **call.opening(), "place": call.place()}),
        (3, "incident.opened", {}),
        (6, "unit.status", {"units": units(6, **{officer: "dispatched", one: "dispatched"}),
                            "times": {"dispatched": call.time(second(6))}}),
        (12, "incident.updated", {"final_type": call.own("WEAPON"), "priority": top}),
        (16, "unit.status", {"units": units(16, **{officer: "en_route", one: "en_route", two: "dispatched",
                                                   three: "dispatched"}),
                             "times": {"en_route": call.time(second(16))}}),
        (38, "unit.status", {"units": units(38, **{officer: "on_scene", two: "en_route", three: "en_route"}),
                             "times": {"on_scene": call.time(second(38))}}),
        (70, "unit.status", {"units": units(70, **{one: "on_scene", four: "dispatched"})}),
        (95, "incident.updated", {"place": perimeter}),
        (120, "unit.status", {"units": units(120, **{two: "on_scene", three: "on_scene", four: "en_route"})}),
        (180, "unit.status", {"units": units(180, **{four: "on_scene"})}),
        (270, "unit.status", {"units": units(270, **{two: "clear", three: "clear", four: "clear"})}),
        (345, "unit.status", {"units": units(345, **{one: "clear", officer: "clear"}),
                              "times": {"cleared": call.time(second(345))}}),
        (360, "incident.closed", {"times": {"closed": call.time(second(360))}, "dispositions": ending,
                                  "report_numbers": [call.number.replace("-L", "-") + "R"]}),
    ]
    steps = [call.event(kind, second(s), **members) for s, kind, members in script]
    if found:
        steps.append(call.event("outcome.recorded", second(420), outcomes=[
            {"outcome_id": f"{call.number}-1", "subject": 1, "code": vocabulary.OUTCOMES[call.agency]["arrest"],
             "offense": "520", "decided_at": call.time(second(400))}]))
    return steps


# Running ---------------------------------------------------------------------------------------------------------


def report(live, files):
    at = live.moment(0).astimezone(incidents.UTC).isoformat(timespec="seconds")
    print(f"started={at} incidents={live.count} events={files.lines}", file=sys.stderr, flush=True)


def stop(_number, _frame):
    raise Stopped


def drain(live, seconds):
    """Writes what is due within so many seconds, without waiting."""
    while live.due and live.due[0][0] / live.pace < seconds:
        step(live)


def step(live):
    second, _, what, args = heapq.heappop(live.due)
    if what == live.files.append:
        what(*args)
    else:
        what(second, *args)


def follow(live, files, seconds):
    began = time.monotonic()
    told = began
    while True:
        now = time.monotonic()
        if seconds is not None and now - began >= seconds:
            return
        if now - told >= 60:
            told = now
            report(live, files)
        wait = live.due[0][0] / live.pace - (now - began)
        if wait <= 0:
            step(live)
        else:
            time.sleep(min(wait, 1.0 if seconds is None else max(0.0, min(1.0, seconds - (now - began)))))


def run(out, seed, pace, seconds, start):
    files = Files(out)
    live = Live(files, seed, pace, start or datetime.datetime.now(incidents.UTC).replace(microsecond=0))
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        if start:
            drain(live, seconds)
        else:
            follow(live, files, seconds)
    except Stopped:
        pass
    report(live, files)
    files.close()
