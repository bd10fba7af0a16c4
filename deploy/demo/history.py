"""A year or more of closed calls, in the order of each agency's export: <agency>-history.ndjson."""
import datetime
import itertools
import json
import random

import county
import frequencies
import incidents
import vocabulary

AT_SCHOOL = 0.15          # of all calls
IN_SCHOOL_TIME = 0.62     # of the calls at a school
SHARES = {"larkmoor-pd": 45, "veldwyn-sheriff": 20, "tessamere-pd": 12, "veldwyn-fire": 23}
FIRE_AT_SCHOOL = 0.26
LATE, TWICE, EXTRA, VAGUE, MOVED = 0.02, 0.01, 0.01, 0.06, 0.005
# Call types that stand for immigration status, to show that the call is kept and the code is not.
WITHHELD_CALLS = 6

EXTRAS = {"remarks": "FICTITIOUS remark of a dispatcher", "caller_name": "FICTITIOUS Caller",
          "caller_phone": "FICTITIOUS 000", "immigration_status": "FICTITIOUS", "place_of_birth": "FICTITIOUS Town"}


def first_day(end):
    """1 August of the last school year that ended before the day end."""
    this_year = datetime.date(end.year if end.month >= 8 else end.year - 1, 8, 1)
    return this_year.replace(year=this_year.year - 1)


def is_school_day(day):
    if day.weekday() > 4 or (day.month, day.day) > (6, 18) and (day.month, day.day) < (9, 3):
        return False
    if (day.month, day.day) >= (12, 21) or (day.month, day.day) <= (1, 2):
        return False
    holiday = day.month == 11 and 22 <= day.day <= 29 and day.weekday() in (3, 4)  # Thanksgiving and the day after
    spring = day.month == 4 and 5 <= day.day <= 11
    return not holiday and not spring


def in_school_time(at):
    """at: local time."""
    return is_school_day(at.date()) and datetime.time(7, 30) <= at.time() < datetime.time(15, 30)


class Calendar:
    """Draws moments: by month and weekday as measured, then by hour."""

    def __init__(self, rng, first, end):
        self.rng = rng
        self.days = [first + datetime.timedelta(days=n) for n in range((end - first).days)]
        self.weights = {where: self.cumulated(where) for where in ("near", "elsewhere")}
        school = [is_school_day(d) for d in self.days]
        self.weights["school_day"] = list(itertools.accumulate(
            float(s) * w for s, w in zip(school, self.by_day("near"))))

    def by_day(self, where):
        months, weekdays = frequencies.POLICE_MONTHS[where], frequencies.POLICE_WEEKDAYS[where]
        return [months[d.month - 1] * weekdays[d.weekday()] for d in self.days]

    def cumulated(self, where):
        return list(itertools.accumulate(self.by_day(where)))

    def draw(self, where):
        """A local moment; where: 'school_day' (in school time), 'near' (not), 'elsewhere'."""
        while True:
            day = self.rng.choices(self.days, cum_weights=self.weights[where])[0]
            hours = school_hours() if where == "school_day" else frequencies.POLICE_HOURS[where]
            hour = self.rng.choices(range(24), hours)[0]
            at = datetime.datetime(day.year, day.month, day.day, hour, self.rng.randrange(60),
                                   self.rng.randrange(60), tzinfo=incidents.ZONE)
            if where == "elsewhere" or in_school_time(at) == (where == "school_day"):
                return at


def school_hours():
    """Half of the calls by the measured hours near schools on school days, half by arrival, lunch and dismissal."""
    measured = frequencies.POLICE_HOURS["school_day"][7:16]
    own = [150, 190, 90, 80, 130, 140, 80, 90, 50]  # 7 to 15 o'clock
    return [0] * 7 + [0.5 * m / sum(measured) + 0.5 * o / sum(own) for m, o in zip(measured, own)] + [0] * 8


class Year:
    def __init__(self, seed, end, count):
        self.rng = random.Random(f"veldwyn {seed}")
        self.schools = county.build()
        self.weights = incidents.school_weights(self.schools)
        self.end = datetime.datetime.combine(end, datetime.time(), tzinfo=incidents.ZONE)
        self.calendar = Calendar(self.rng, first_day(end), end)
        self.count = count
        self.lines = {agency: [] for agency in SHARES}

    def plan(self):
        """Returns [(start, agency, school or None, in school time)], in order of time."""
        rng, rows = self.rng, []
        for _ in range(self.count):
            if rng.random() < AT_SCHOOL:
                school = rng.choices(self.schools, self.weights)[0]
                where = "school_day" if rng.random() < IN_SCHOOL_TIME else "near"
                agency = "veldwyn-fire" if rng.random() < FIRE_AT_SCHOOL else school.agency
                rows.append((self.calendar.draw(where), agency, school, where == "school_day"))
            else:
                rows.append((self.calendar.draw("elsewhere"), incidents.pick(rng, SHARES), None, False))
        return sorted(rows, key=lambda row: (row[0].timestamp(), row[1]))

    def make_call(self, number, start, agency, school, school_time):
        rng = self.rng
        is_fire = agency == "veldwyn-fire"
        apco = incidents.school_type(rng, is_fire, school_time) if school else incidents.other_type(rng, is_fire)
        at = incidents.on_campus(rng, school) if school else incidents.far_from_schools(rng, agency, self.schools)
        call = incidents.Call(rng, agency, number, apco, start, at, school)
        if school and not is_fire and school_time and rng.random() < 0.45:
            call.officer = incidents.officer_of(school)
        if rng.random() < (0.05 if is_fire else frequencies.RETYPED):
            other = incidents.school_type(rng, is_fire, school_time) if school else incidents.other_type(rng, is_fire)
            if vocabulary.CLASSES[other] != call.class_:
                call.retype(other)
        return call

    def make(self):
        numbers = {agency: itertools.count(1) for agency in SHARES}
        for n, (start, agency, school, school_time) in enumerate(self.plan()):
            call = self.make_call(number(agency, start, next(numbers[agency])), start, agency, school, school_time)
            steps = incidents.tell(call, full=school is not None or self.rng.random() < 0.12,
                                   vague=school is not None and self.rng.random() < VAGUE)
            if school and self.rng.random() < MOVED / AT_SCHOOL:
                self.begin_elsewhere(call, steps)
            if n % max(1, self.count // WITHHELD_CALLS) == 5:
                steps[0][1]["call_type"] = "ALIEN"
            if self.rng.random() < incidents.OUTCOME_CHANCE:
                later = incidents.outcome(call, steps[-1][0] + self.rng.randrange(2, 60) * 86400)
                steps += [later] if later else []
            self.add(call, steps)

    def begin_elsewhere(self, call, steps):
        """The first report gives a place two blocks away; a later event moves the call onto the campus."""
        away = incidents.Call(self.rng, call.agency, call.number, call.apco, call.start,
                              (call.school.at[0], call.school.at[1] - 0.55))
        first = steps[0][1]
        right, first["place"] = call.place(), away.place()
        at = steps[0][0] + 45
        if at < steps[-1][0]:
            steps.append(call.event("incident.updated", at, place=right))

    def add(self, call, steps):
        rng = self.rng
        for second, event in sorted(steps, key=lambda step: step[0]):
            at = call.start.timestamp() + second
            if at >= self.end.timestamp():
                continue
            written = at + rng.uniform(0, 5)
            if rng.random() < LATE:
                written += rng.uniform(300, 7200)
            if rng.random() < EXTRA:
                event = event | dict(rng.sample(list(EXTRAS.items()), 3))
            line = encode(event)
            self.lines[call.agency].append((written, len(self.lines[call.agency]), line))
            if rng.random() < TWICE:
                again = written + rng.uniform(1, 600)
                self.lines[call.agency].append((again, len(self.lines[call.agency]), line))

    def write(self, out):
        for agency, lines in self.lines.items():
            with open(out / f"{agency}-history.ndjson", "w", encoding="utf-8", newline="\n") as file:
                file.writelines(line for _, _, line in sorted(lines))


def encode(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n"


def number(agency, start, n):
    """An incident number in the agency's own form."""
    year = start.astimezone(incidents.ZONE).year % 100
    return {"larkmoor-pd": f"LP{year}-{n:06d}", "veldwyn-sheriff": f"{year}-S{n:05d}",
            "tessamere-pd": f"T{year}{n:05d}", "veldwyn-fire": f"F{year}-{n:06d}"}[agency]
