"""Veldwyn County: places, schools, people and rules of the demonstration. Nothing here is random.

Places are kilometres east and north of a point in the open Pacific; degrees() makes them WGS 84.
"""
import csv
import json
import math

ORIGIN = (46.5, -126.5)
ZONE = "America/Los_Angeles"

DISTRICT = {"slug": "veldwyn", "name": "Veldwyn Unified School District", "zone": ZONE, "hours_start": "07:30",
            "hours_end": "15:30", "year_start_month": "8", "public_threshold": "10"}

AGENCIES = [  # slug, name, kind, priority_top
    ("larkmoor-pd", "Larkmoor Police Department", "police", "low"),
    ("veldwyn-sheriff", "Veldwyn County Sheriff", "police", "low"),
    ("tessamere-pd", "Tessamere Police Department", "police", "high"),
    ("veldwyn-fire", "Veldwyn County Fire and Rescue", "fire", "low"),
]

# Feeder pattern: its centre, its police, the names of its middle and elementary schools.
FEEDERS = [
    ("Larkmoor Central", (0.0, 0.0), "larkmoor-pd", ["Rookmere", "Larchfold"],
     ["Aldermoss", "Brindlebeck", "Cobblefen", "Dunmarrow", "Elderquay", "Fernholt"]),
    ("Quillbrook", (1.2, 6.0), "larkmoor-pd", ["Otterbeck", "Plovermoor"],
     ["Gorsemere", "Hazelwick", "Inkwater", "Juniper Fold", "Kestrelby", "Lindenmarsh"]),
    ("Emberly", (-1.4, -6.2), "larkmoor-pd", ["Starlingfen", "Teaselby"],
     ["Mossgrave", "Oatmere", "Pipersfold", "Quincefield", "Rushmarsh"]),
    ("Tessamere", (13.5, 1.0), "tessamere-pd", ["Wrenfold"],
     ["Sorrelby", "Thistlequay", "Umberfield", "Vetchmoor", "Willowfen"]),
    ("Harrowfen", (-14.0, 4.5), "veldwyn-sheriff", ["Curlewby", "Lapwing Marsh"],
     ["Yarrowmere", "Applequay", "Bramblemere", "Clovermarsh", "Dockrush", "Eiderholt"]),
    ("Gullmarsh", (4.5, -16.0), "veldwyn-sheriff", ["Siskin Hill"],
     ["Finchmarrow", "Gannetfold", "Heronquay", "Ivymarsh"]),
]
K8 = ("Teal Harbor K-8", (-4.2, 1.8), "larkmoor-pd", ("Larkmoor Central", "Emberly"))
ALTERNATIVE = ("Beacon Fold Academy", (1.9, -2.1), "larkmoor-pd", ("Larkmoor Central", "Quillbrook", "Emberly"))
CITIES = {"larkmoor-pd": "Larkmoor", "tessamere-pd": "Tessamere", "veldwyn-sheriff": "Veldwyn County"}

STREETS = ["Bittern", "Comfrey", "Damson", "Eelgrass", "Flaxen", "Gullwing", "Hawthorn", "Isinglass", "Jackdaw",
           "Kelpie", "Lovage", "Mallard", "Nightjar", "Orchis", "Puffin", "Quillwort", "Redshank", "Samphire",
           "Tamarack", "Undertow", "Valerian", "Whimbrel", "Yaffle", "Zephyr"]
FIRST_NAMES = ["Avery", "Blake", "Casey", "Devon", "Emery", "Finley", "Gray", "Harper", "Indigo", "Jules", "Kit",
               "Lane", "Morgan", "Noel", "Oakley", "Parker", "Quinn", "Reese", "Sage", "Tatum"]
LAST_NAMES = ["Testwood", "Sampleton", "Mockridge", "Demoford", "Placehold", "Trialby", "Fictum", "Examplar",
              "Notareal", "Dummond", "Proofley", "Draftson", "Specimen"]

# name, classes, min_priority, hours, channels, sealed, escalate_s
RULES = [
    ("Serious, at any hour", "weapon;violence;threat", 0, "any", "email;sms", "false", 120),
    ("Medical, fire, missing person or crisis, at any hour", "medical;fire_hazard;missing_person;welfare", 0,
     "any", "email;sms", "false", 300),
    ("All other calls in school hours", "disturbance;drugs_alcohol;suspicious;alarm;traffic;property;"
     "police_activity;other", 0, "school", "email;sms", "false", 600),
    ("Urgent among the others, outside school hours", "disturbance;drugs_alcohol;suspicious;alarm;property", 5,
     "outside", "email", "false", 1800),
    ("Sealed: only those named for it", "child_protection;sex_offence;police_activity", 0, "any", "email", "true",
     900),
]


class School:
    def __init__(self, code, name, level, at, agency, feeders):
        self.code, self.name, self.level, self.at = code, name, level, at
        self.agency, self.feeders = agency, feeders
        self.radius_m = {"high": 200, "middle": 170, "k8": 170}.get(level, 150)
        self.campus = campus(at, level, int(code[1:])) if level in ("high", "middle") else None
        self.address = address(at, agency, number=10 + int(code[1:]) % 80)

    @property
    def city(self):
        return CITIES[self.agency]


def degrees(at):
    east, north = at
    latitude = ORIGIN[0] + north / 111.2
    return round(latitude, 6), round(ORIGIN[1] + east / (111.32 * math.cos(math.radians(ORIGIN[0]))), 6)


def campus(at, level, turn):
    """An L of about six hectares (high) or three (middle), turned a little; the entrance is inside it."""
    size = 0.16 if level == "high" else 0.115
    shape = [(-1.1, -0.8), (1.1, -0.8), (1.1, 0.2), (0.3, 0.2), (0.3, 0.9), (-1.1, 0.9), (-1.1, -0.8)]
    angle = math.radians(turn * 37 % 60 - 30)
    return [(at[0] + size * (x * math.cos(angle) - y * math.sin(angle)),
             at[1] + size * (x * math.sin(angle) + y * math.cos(angle))) for x, y in shape]


def centre(agency):
    return next(f[1] for f in FEEDERS if f[2] == agency)


def street(north, agency):
    """Streets run from west to east, 150 m apart."""
    row = math.floor((north - centre(agency)[1]) / 0.15)
    return STREETS[row % len(STREETS)] + (" St" if row % 48 < 24 else " Way")


def avenue(east, agency):
    return f"{1 + abs(math.floor((east - centre(agency)[0]) / 0.15))} Av"


def address(at, agency, number=None):
    """'1200 Block of E Puffin St', or with a number the house itself."""
    east = at[0] - centre(agency)[0]
    hundreds = 100 * (1 + math.floor(abs(east) / 0.1))
    side = "E" if east >= 0 else "W"
    name = f"{side} {street(at[1], agency)}"
    return f"{hundreds} Block of {name}" if number is None else f"{hundreds + number} {name}"


def corner(at, agency):
    side = "E" if at[0] >= centre(agency)[0] else "W"
    return f"{side} {street(at[1], agency)} / {avenue(at[0], agency)}"


def build():
    """The fifty schools, in order of their codes."""
    plan = []
    for name, (x, y), agency, middles, elementaries in FEEDERS:
        plan.append((f"{name} High School", "high", (x, y), agency, (name,)))
        for i, middle in enumerate(middles):
            plan.append((f"{middle} Middle School", "middle", (x + (1.3, -1.2)[i], y + (0.5, -0.7)[i]), agency,
                         (name,)))
        for i, elementary in enumerate(elementaries):
            angle = 2.4 * i + 0.9
            reach = 1.5 + 0.16 * i
            at = (x + reach * math.cos(angle), y + reach * math.sin(angle))
            if i == 0:  # next door to the first middle school: some calls are at both
                at = (x + 1.3 + 0.22, y + 0.5 + 0.12)
            plan.append((f"{elementary} Elementary", "elementary", at, agency, (name,)))
    plan.append((K8[0], "k8", K8[1], K8[2], K8[3]))
    plan.append((ALTERNATIVE[0], "high", ALTERNATIVE[1], ALTERNATIVE[2], ALTERNATIVE[3]))
    return [School(f"V{101 + i}", *school) for i, school in enumerate(plan)]


def person(i):
    return f"{FIRST_NAMES[i % len(FIRST_NAMES)]} {LAST_NAMES[(i * 7 + i // 20) % len(LAST_NAMES)]}"


def contacts(schools):
    rows = []

    def add(code, role, mailbox, step, sealed, where, alarms="false"):
        i = len(rows)
        rows.append((code, person(i), role, f"{mailbox}@veldwyn.example", f"+155501{i:05d}", step, sealed, where,
                     alarms))

    for school in schools:
        code = school.code.lower()
        add(f"P-{school.code}", "principal", f"principal.{code}", 1, "false", school.code)
        if school.level in ("high", "middle"):
            add(f"A-{school.code}", "assistant_principal", f"assistant.{code}", 2, "false", school.code)
    for i, feeder in enumerate(FEEDERS):
        where = ";".join(s.code for s in schools if feeder[0] in s.feeders)
        add(f"L-{i + 1}", "school_officer", f"officer.{i + 1}", 2, "false", where)
    add("D-1", "safety_director", "director", 3, "false", "", alarms="true")
    add("D-2", "child_protection", "child.protection", 9, "true", "", alarms="true")
    return rows


def users(schools):
    rows = [("director", "Robin Testwood", "district", ""), ("analyst", "Sam Sampleton", "district", "")]
    chosen = [s for s in schools if s.level == "high"][:6] + [s for s in schools if s.level == "elementary"][:2]
    names = {row[7]: row[1] for row in contacts(schools) if row[2] == "principal"}
    return rows + [(f"principal.{s.code.lower()}", names[s.code], "school", s.code) for s in chosen]


def geojson(schools):
    features = []
    for s in schools:
        latitude, longitude = degrees(s.at)
        geometry = {"type": "Point", "coordinates": [longitude, latitude]}
        if s.campus:
            geometry = {"type": "Polygon", "coordinates": [[list(reversed(degrees(p))) for p in s.campus]]}
        features.append({"type": "Feature", "properties": {
            "code": s.code, "name": s.name, "level": s.level, "address": s.address, "radius_m": s.radius_m,
            "latitude": latitude, "longitude": longitude}, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}


def write_csv(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def write_tables(out):
    """All tables but the code maps."""
    schools = build()
    write_csv(out / "district.csv", ",".join(DISTRICT), [list(DISTRICT.values())])
    write_csv(out / "agencies.csv", "slug,name,kind,zone,priority_top",
              [(slug, name, kind, ZONE, top) for slug, name, kind, top in AGENCIES])
    with open(out / "schools.geojson", "w", encoding="utf-8") as file:
        json.dump(geojson(schools), file, indent=1)
        file.write("\n")
    write_csv(out / "feeders.csv", "feeder,school_code", [(f, s.code) for s in schools for f in s.feeders])
    write_csv(out / "contacts.csv", "code,name,role,email,phone,step,sealed,schools,alarms", contacts(schools))
    write_csv(out / "rules.csv", "name,schools,classes,min_priority,hours,channels,sealed,escalate_s",
              [(r[0], "", *r[1:]) for r in RULES])
    write_csv(out / "users.csv", "login,name,role,school", users(schools))
