"""One call of the demonstration, from its first report to its end, as events in Liaison's own form.

Shared by history (a year at once) and live (in real time). A call is planned first (what, where, how it ends),
and then becomes a list of (seconds from its start, event), in the order of source time.
"""
import datetime
import math
import zoneinfo

import county
import frequencies
import vocabulary

ZONE = zoneinfo.ZoneInfo(county.ZONE)
UTC = datetime.timezone.utc

# Calls that public data of police responses lacks, because schools report them or the data withholds them. They are
# this share of the calls at a school in school hours, in these proportions (docs/data-sources.md, "Assumptions").
SCHOOL_SHARE = 0.40
SCHOOL_TYPES = {"SCH": 240, "JUV": 140, "FIGHT": 130, "TRUANT": 60, "THREATS": 90, "TRESPASS": 70, "CUST": 50,
                "RUNAWAY": 50, "SUICTHRT": 50, "EDP": 40, "WELFARE": 30, "ABUSE": 20, "NEGLECT": 8, "SEXOFFNS": 8,
                "INTERNET": 6, "ALMH": 12, "BOMB": 4, "WEAPON": 12}
FIRE_DISPOSITIONS = {
    "medical": {"45": 450, "43": 200, "42": 150, "41": 120, "38": 50, "32": 30},
    "fire_hazard": {"17": 350, "30": 300, "26": 150, "23": 100, "32": 60, "35": 40},
}
OUTCOME_CHANCE = 0.35
OUTCOMES = {"03": {"arrest": 6, "referral_for_prosecution": 2, "juvenile_no_custody": 2},
            "04": {"citation": 7, "warning": 3}, "09": {"summons": 6, "diversion": 4},
            "01": {"none": 4, "warning": 3, "diversion": 2, "referral_for_prosecution": 2, "juvenile_no_custody": 2}}
OFFENSES = {"violence": ["13A", "13B"], "threat": ["13C"], "weapon": ["520"], "drugs_alcohol": ["35A", "90G"],
            "property": ["23D", "23H", "290", "220"], "disturbance": ["90C", "90J"]}


def pick(rng, weights):
    """A key of {key: weight}."""
    return rng.choices(list(weights), weights.values())[0]


def rfc3339(at):
    """Local time with its offset, to the second."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


class Call:
    """A plan. agency, number, apco (first type), final (another, or None), start (aware datetime), school or None."""

    def __init__(self, rng, agency, number, apco, start, at, school=None):
        self.rng, self.agency, self.number, self.apco = rng, agency, number, apco
        self.start, self.at, self.school = start, at, school
        self.final = None
        self.officer = None
        self.is_fire = agency == "veldwyn-fire"
        self.disposition = self.ending()
        self.initiated_by = self.who()
        self.told = 0

    @property
    def class_(self):
        return vocabulary.CLASSES[self.final or self.apco]

    def ending(self):
        if self.is_fire:
            return pick(self.rng, FIRE_DISPOSITIONS.get(self.class_, FIRE_DISPOSITIONS["fire_hazard"]))
        table = frequencies.POLICE_DISPOSITIONS
        return pick(self.rng, table.get(self.class_, table["suspicious"]))

    def who(self):
        if self.class_ == "alarm" or self.apco in ("ALRF", "ALRMED", "ALMH"):
            return "alarm"
        if self.apco in ("TSTOP", "SUBJSTP", "PARKING", "CRIMTRAF", "DUI"):
            return "police"
        if self.school and (self.apco in SCHOOL_TYPES or self.is_fire) and self.rng.random() < 0.7:
            return "school_staff"
        return "public"

    def retype(self, apco):
        self.final = apco
        self.disposition = self.ending()

    def own(self, apco):
        return vocabulary.TYPES[self.agency][apco]

    # Events --------------------------------------------------------------------------------------------------

    def event(self, kind, second, **members):
        self.told += 1
        head = {"kind": kind, "agency": self.agency, "event_id": f"{self.number}.{self.told}", "incident": self.number,
                "occurred_at": rfc3339(self.start + datetime.timedelta(seconds=second)), "zone": county.ZONE}
        return second, head | members

    def time(self, second):
        return rfc3339(self.start + datetime.timedelta(seconds=second))

    def opening(self):
        """What is known from the first report on."""
        via = {"alarm": "other_line", "police": "radio", "school_staff": "911"}.get(self.initiated_by, "911")
        if self.initiated_by == "school_staff" and self.officer:
            via = "officer"
        return {"call_type": self.own(self.apco), "priority": vocabulary.priority(self.agency, self.apco),
                "initiated_by": self.initiated_by, "received_via": via}

    def place(self, vague=False):
        """vague: as in a first report: a school by its name or address alone, or a corner near by."""
        city = county.CITIES.get(self.agency, "Veldwyn County")
        if self.school:
            city = self.school.city
            if vague:
                return ({"name": self.school.name, "municipality": city} if self.rng.random() < 0.5 else
                        {"address": self.school.address, "municipality": city})
            latitude, longitude = county.degrees(self.at)
            return {"address": self.school.address, "latitude": latitude, "longitude": longitude,
                    "name": self.school.name, "municipality": city, "beat": self.beat()}
        latitude, longitude = county.degrees(self.at)
        streets = self.agency if self.agency in county.CITIES else "veldwyn-sheriff"
        text = county.corner(self.at, streets) if self.rng.random() < 0.3 else county.address(self.at, streets)
        return {"address": text, "latitude": latitude, "longitude": longitude, "municipality": city,
                "beat": self.beat()}

    def beat(self):
        return vocabulary.UNIT_CODES[self.agency] + str(1 + int(self.at[0] // 4 + 3 * (self.at[1] // 4)) % 9)

    def unit_ids(self, count):
        """Returns [(id, role)], the school's officer first, if one responds."""
        letter = vocabulary.UNIT_CODES[self.agency]
        if self.is_fire:
            kinds = ["M", "E", "L", "B"] if self.class_ == "medical" else ["E", "L", "B", "M"]
            return [(f"{kinds[i % 4]}{self.rng.randint(1, 9)}", "other") for i in range(count)]
        units = [(f"{letter}{n}", "patrol") for n in self.rng.sample(range(11, 60), count)]
        if self.officer:
            units[0] = (self.officer, "school_officer")
        return units

    def disposition_list(self):
        own = vocabulary.DISPOSITIONS[self.agency]
        codes = [{"code": own[self.disposition], "primary": True}]
        if not self.is_fire and self.disposition in ("03", "04") and self.rng.random() < 0.6:
            codes.append({"code": own["01"]})
        return codes


def units_of(call, states):
    """Turns [(id, role, status, since second)] into the list of an event."""
    return [{"id": i, "role": role, "status": status, "at": call.time(at)} for i, role, status, at in states]


def tell(call, pace=1.0, full=True, vague=False, retyped_at=0.5, size=None):
    """The ordinary course of a call. pace: 1 is real time, 0.1 ten times as fast. full: with unit status."""
    rng, steps = call.rng, []
    urgent = vocabulary.URGENCY[vocabulary.CLASSES[call.apco]]

    def span(low, high):
        return max(1, round(rng.uniform(low, high) * pace))

    opened = span(15, 90)
    sent = opened + span(10, (60, 150, 500, 900)[urgent])
    left = sent + span(10, 70)
    there = left + span(100, (300, 420, 700, 900)[urgent])
    clear = there + span(300, (3600, 2700, 1800, 1500)[urgent])
    closed = clear + span(20, 240)
    count = size or (1 if rng.random() < 0.55 else 2)
    ids = call.unit_ids(count)

    def told(status, at):  # the second unit is still under way when the first arrives
        return units_of(call, [(i, role, "en_route" if n and status == "on_scene" else status, at)
                               for n, (i, role) in enumerate(ids)])

    place = call.place(vague)
    if full:
        steps.append(call.event("call.received", 0, times={"received": call.time(0)}, **call.opening(), place=place))
        steps.append(call.event("incident.opened", opened, times={"received": call.time(0)}))
        steps.append(call.event("unit.status", sent, times={"dispatched": call.time(sent)},
                                units=told("dispatched", sent)))
        steps.append(call.event("unit.status", left, times={"en_route": call.time(left)}, units=told("en_route", left)))
        steps.append(call.event("unit.status", there, times={"on_scene": call.time(there)},
                                units=told("on_scene", there)))
    else:
        steps.append(call.event("incident.opened", opened, times={"received": call.time(0)}, **call.opening(),
                                place=place))
    if vague and full:
        at = left + max(1, (there - left) // 3)
        steps.append(call.event("incident.updated", at, place=call.place()))
    if call.final:
        at = there + max(1, round((clear - there) * retyped_at))
        steps.append(call.event("incident.updated", at, final_type=call.own(call.final),
                                priority=vocabulary.priority(call.agency, call.final)))
    times = {"cleared": call.time(clear), "closed": call.time(closed)}
    if not full:
        times = {"received": call.time(0), "dispatched": call.time(sent), "en_route": call.time(left),
                 "on_scene": call.time(there)} | times
    end = {"times": times, "dispositions": call.disposition_list(), "units": told("clear", clear)}
    if call.disposition in ("01", "03", "04") and not call.is_fire:
        end["report_numbers"] = [call.number.replace("-L", "-") + "R"]
    steps.append(call.event("incident.closed", closed, **end))
    return sorted(steps, key=lambda step: step[0])


def outcome(call, second):
    """The outcome that a records system sends later, or None."""
    choices = OUTCOMES.get(call.disposition)
    offenses = OFFENSES.get(call.class_)
    if call.is_fire or not call.school or not choices or not offenses:
        return None
    subjects = 1 if call.rng.random() < 0.8 else 2
    items = [{"outcome_id": f"{call.number}-{n}", "subject": n,
              "code": vocabulary.OUTCOMES[call.agency][pick(call.rng, choices)],
              "offense": call.rng.choice(offenses), "decided_at": call.time(second)} for n in range(1, subjects + 1)]
    return call.event("outcome.recorded", second, outcomes=items)


# Places ------------------------------------------------------------------------------------------------------


def on_campus(rng, school):
    """A point that placement finds at the school, whatever its geometry."""
    reach = 0.8 * school.radius_m / 1000
    if school.campus:  # the inner corner of the L is at this distance
        reach = 0.35 * (0.16 if school.level == "high" else 0.115)
    angle, r = rng.uniform(0, 2 * math.pi), reach * math.sqrt(rng.random())
    return school.at[0] + r * math.cos(angle), school.at[1] + r * math.sin(angle)


def far_from_schools(rng, agency, schools):
    """A point in the agency's ground, at least 400 m from each school's centre."""
    centres = [f[1] for f in county.FEEDERS if f[2] == agency or agency == "veldwyn-fire"]
    while True:
        x, y = rng.choice(centres)
        at = (x + rng.gauss(0, 2.2), y + rng.gauss(0, 2.2))
        if all(math.dist(at, s.at) > 0.4 for s in schools):
            return at


def school_weights(schools):
    return [{"high": 6, "middle": 3.5, "k8": 2}.get(s.level, 1.2) for s in schools]


def officer_of(school):
    """Call sign of the officer of the school's feeder pattern."""
    names = [f[0] for f in county.FEEDERS]
    return f"{vocabulary.UNIT_CODES[school.agency]}SRO{1 + names.index(school.feeders[0])}"


def school_type(rng, is_fire, in_school_time):
    if is_fire:
        return pick(rng, frequencies.FIRE_TYPES)
    if in_school_time and rng.random() < SCHOOL_SHARE:
        return pick(rng, SCHOOL_TYPES)
    return pick(rng, frequencies.POLICE_TYPES["school_time" if in_school_time else "near"])


def other_type(rng, is_fire):
    return pick(rng, frequencies.FIRE_TYPES if is_fire else frequencies.POLICE_TYPES["elsewhere"])
