#!/usr/bin/python3
"""Measures on public data the frequency tables that deploy/demo/frequencies.py holds.

    measure.py DATA            print frequencies.py
    measure.py DATA --check    exit 1 if deploy/demo/frequencies.py differs from that

DATA is a folder with seattle-911-2015/, seattle-schools-2015/ and montgomery-pa-911/ (docs/data-sources.md).
The output holds counts only: no row, no address, no time of a single call. Cells of fewer than 10 rows are left out.
"""
import collections
import csv
import datetime
import gzip
import io
import json
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
CITY = HERE / "city"
CODES = HERE.parent / "codes"
RADIUS_M = 150.0
LEAST = 10

# Seattle's sub-groups of clearances, as classes, to count how often a call ends in another class than it began.
CLEARED_AS = {
    "TRAFFIC RELATED CALLS": "traffic", "DISTURBANCES": "disturbance", "SUSPICIOUS CIRCUMSTANCES": "suspicious",
    "THEFT": "property", "CAR PROWL": "property", "RESIDENTIAL BURGLARIES": "property", "ASSAULTS": "violence",
    "AUTO THEFTS": "property", "TRESPASS": "disturbance", "PROPERTY DAMAGE": "property",
    "THREATS, HARASSMENT": "threat", "PROPERTY - MISSING, FOUND": "property", "PARKING VIOLATIONS": "traffic",
    "CRISIS CALL": "welfare", "FRAUD CALLS": "property", "NUISANCE, MISCHIEF COMPLAINTS": "disturbance",
    "COMMERCIAL BURGLARIES": "property", "LIQUOR VIOLATIONS": "drugs_alcohol",
    "NARCOTICS COMPLAINTS": "drugs_alcohol", "ROBBERY": "violence", "AUTO RECOVERIES": "property",
    "CASUALTIES": "medical", "WEAPONS CALLS": "weapon", "HAZARDS": "fire_hazard",
}


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mapped(name):
    return {row["own"]: row["common"] for row in table(CITY / name)}


def metres(lat1, lon1, lat2, lon2):
    x = math.radians(lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    return 6371008.8 * math.hypot(x, math.radians(lat2 - lat1))


def seattle_rows(data):
    """Each row once: time, near a school or not, type, disposition, class on clearance."""
    sites = json.loads((data / "seattle-schools-2015/sps_school_site_2015_2016.geojson").read_text())
    points = [tuple(f["geometry"]["coordinates"][:2]) for f in sites["features"]]
    types, dispositions = mapped("seattle-types.csv"), mapped("seattle-dispositions.csv")
    seen = set()
    with gzip.open(data / "seattle-911-2015/calls.csv.gz") as raw:
        for row in csv.DictReader(io.TextIOWrapper(raw, encoding="latin-1", newline="")):
            key = tuple(row.values())
            if key in seen:
                continue
            seen.add(key)
            lon, lat = float(row["Longitude"]), float(row["Latitude"])
            near = any(abs(lat - y) < 0.002 and abs(lon - x) < 0.003 and metres(lat, lon, y, x) <= RADIUS_M
                       for x, y in points)
            yield (datetime.datetime.strptime(row["At.Scene.Time"], "%m/%d/%y %H:%M"), near,
                   types[row["Initial.Type.Description"]], dispositions[row["Event.Clearance.Description"]],
                   CLEARED_AS.get(row["Event.Clearance.SubGroup"]))


def is_school_time(at):
    return (at.weekday() < 5 and (at.month not in (7, 8))
            and (7, 30) <= (at.hour, at.minute) < (15, 30))


def cells(counter):
    """Per mille, the most frequent first; shares that are too small are left out."""
    total = sum(counter.values())
    kept = [(k, v) for k, v in counter.items() if v >= LEAST]
    return {k: round(1000 * v / total, 1) for k, v in sorted(kept, key=lambda kv: (-kv[1], kv[0]))}


def shape(counter, size, first=0):
    total = sum(counter.values())
    return [round(1000 * counter[first + i] / total, 1) for i in range(size)]


def measure(data):
    class_of = {row["code"]: row["class"] for row in table(CODES / "classes.csv")}
    types = collections.defaultdict(collections.Counter)
    hours = collections.defaultdict(collections.Counter)
    weekdays = collections.defaultdict(collections.Counter)
    months = collections.defaultdict(collections.Counter)
    endings = collections.defaultdict(collections.Counter)
    same = collections.Counter()
    for at, near, kind, ending, cleared in seattle_rows(data):
        where = "near" if near else "elsewhere"
        types["school_time" if near and is_school_time(at) else where][kind] += 1
        hours[where][at.hour] += 1
        if near and at.weekday() < 5 and at.month not in (7, 8):
            hours["school_day"][at.hour] += 1
        weekdays[where][at.weekday()] += 1
        months[where][at.month] += 1
        endings[class_of[kind]][ending] += 1
        if cleared:
            same[class_of[kind] == cleared] += 1
    fire = collections.Counter()
    with open(data / "montgomery-pa-911/911.csv", encoding="latin-1", newline="") as file:
        own = mapped("montgomery-types.csv")
        for row in csv.reader(file):
            if row[2].startswith(("EMS", "Fire")):
                fire[own[row[2]]] += 1
    return [
        ("POLICE_TYPES", "APCO types of police responses: within 150 m of a school at school time, within 150 m at "
         "other times, elsewhere",
         {k: cells(types[k]) for k in ("school_time", "near", "elsewhere")}),
        ("POLICE_HOURS", "by local hour", {k: shape(hours[k], 24) for k in ("school_day", "near", "elsewhere")}),
        ("POLICE_WEEKDAYS", "Monday first", {k: shape(weekdays[k], 7) for k in ("near", "elsewhere")}),
        ("POLICE_MONTHS", "January first", {k: shape(months[k], 12, 1) for k in ("near", "elsewhere")}),
        ("POLICE_DISPOSITIONS", "APCO dispositions by class of the call as first reported",
         {k: cells(endings[k]) for k in sorted(endings) if cells(endings[k])}),
        ("RETYPED", "share of calls whose class on clearance is another than on first report",
         round(same[False] / (same[False] + same[True]), 3)),
        ("FIRE_TYPES", "APCO types of fire and medical calls", cells(fire)),
    ]


def literal(value, indent=""):
    if isinstance(value, dict) and any(isinstance(v, (dict, list)) for v in value.values()):
        body = "".join(f"{indent}    {k!r}: {literal(v, indent + '    ')},\n" for k, v in value.items())
        return "{\n" + body + indent + "}"
    if isinstance(value, dict):
        return wrap([f"{k!r}: {v}" for k, v in value.items()], "{", "}", indent)
    if isinstance(value, list):
        return wrap([str(v) for v in value], "[", "]", indent)
    return str(value)


def wrap(words, left, right, indent):
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 92 - len(indent):
            lines.append(line.rstrip())
            line = ""
        line += word + ", "
    lines.append(line.rstrip())
    return left + "\n" + "".join(f"{indent}    {text}\n" for text in lines) + indent + right


def render(tables):
    out = ('"""Frequencies of calls, per mille. Generated by measure.py from public data; do not edit.\n\n'
           "docs/data-sources.md says what was counted. These are shares of many calls: no row, no address and no\n"
           'time of a single call is in them, and no cell stands for fewer than 10 rows.\n"""\n')
    for name, doc, value in tables:
        out += f"\n# {doc[0].upper() + doc[1:]}.\n{name} = {literal(value)}\n"
    return out


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    text = render(measure(pathlib.Path(sys.argv[1])))
    if sys.argv[2:] == ["--check"]:
        sys.exit(0 if (HERE / "frequencies.py").read_text(encoding="utf-8") == text else 1)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
