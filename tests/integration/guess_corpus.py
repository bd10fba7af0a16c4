"""Exports in many layouts for --guess, each with its correct mapping.

The layouts are those of dispatch systems and of cities' open data; all values are invented here. A
layout has one line for each column:

    name | maker | target

The maker says how the column's values are made (see MAKERS); `~WORD/N` after it replaces every N-th
value by WORD. The target says what the column is in the correct mapping: empty if it is left out, else
fields separated by commas. `key` is the incident number; `field[2]` is the second part of a join;
`field<after ( before ,>` is a split; `field?` marks one of several columns that are equally correct.

The layouts are in guess_layouts.py and guess_shapes.py. half_of(name) assigns each to the half "tuned"
or "held" by a hash of its name. The rules were developed on the tuned half (and on LOOKED_AT); the
held half was only looked at when they were done.
"""

import datetime
import hashlib
import re

import guess_layouts  # adds to CASES
from guess_shapes import CASES, LOOKED_AT

assert guess_layouts

ROWS = 40
BEGAN = datetime.datetime(2026, 3, 20, 8, 0, 0)
EPOCH = datetime.datetime(1970, 1, 1)
TYPES = ["WELFARE CHECK", "THEFT", "FIGHT", "TRAFFIC STOP", "ALARM", "DOMESTIC DISTURBANCE", "SUSPICIOUS PERSON"]
CODES = ["415", "459", "1183", "FDTY", "10-50", "SIG21", "T1"]
STREETS = ["MAIN", "OAK", "PINE", "ELM", "CEDAR"]
SUFFIXES = ["ST", "AVE", "RD", "DR", "BLVD"]
CITIES = ["SALEM", "SALEM", "WESTFIELD", "NEWTON"]
STAFF = ["ROE, A", "DOE, B", "ZENDA, C", "HENTZAU, D"]
NAMES = ["Zenda Rassendyll", "Flavia Elphberg", "Rupert Hentzau"]


def at(i, more=0):
    """The time of call i: calls are 31 minutes and 7 seconds apart."""
    return BEGAN + datetime.timedelta(minutes=31 * i + more, seconds=7 * i)


def address(i):
    return f"{100 + 37 * i % 900} {STREETS[i % 5]} {SUFFIXES[i % 4]}"


def days(when):
    return (when - datetime.datetime(1899, 12, 30)).total_seconds() / 86400


def written(when, form):
    """Like strftime, which also knows %-m and the like; %q is three zeros for the milliseconds."""
    return when.strftime(form).upper() if "%b" in form else when.strftime(form)


MAKERS = {
    "no": lambda i, form: form % (1000 + i),
    "t": lambda i, form: written(at(i, int(form.rpartition("+")[2])), form.rpartition("+")[0]),
    "type": lambda i, _: TYPES[i * 5 % 7],
    "type2": lambda i, _: TYPES[(i * 5 + (i % 6 == 0)) % 7],
    "typename": lambda i, _: TYPES[i * 5 % 7] + (" - ROE, MARY" if i % 2 else ""),
    "addressname": lambda i, _: address(i) + (" DOE, JOHN" if i % 3 == 0 else ""),
    "code": lambda i, _: CODES[i * 5 % 7],
    "prio": lambda i, form: f"{form}{1 + i % 4}",
    "dispo": lambda i, _: ["RPT", "NAT", "GOA", "ARR"][i * 3 % 4],
    "dispotext": lambda i, _: ["Report Taken", "No Action Taken", "Gone On Arrival", "Arrest Made"][i * 3 % 4],
    "address": lambda i, _: address(i),
    "home": lambda i, _: f"{9 + 13 * i % 700} {STREETS[(i + 2) % 5]} LN",
    "block": lambda i, _: f"{100 + 100 * (i % 30)} BLOCK {STREETS[i % 5]} {SUFFIXES[i % 4]}",
    "blockno": lambda i, _: str(100 * (1 + i % 30)),
    "crossing": lambda i, _: f"{STREETS[i % 5]} {SUFFIXES[i % 4]} / {STREETS[(i + 1) % 5]} {SUFFIXES[(i + 1) % 4]}",
    "number": lambda i, _: str(100 + 37 * i % 900),
    "prefix": lambda i, _: ["N", "S", "", "W"][i % 4],
    "post": lambda i, _: ["", "NE", "", ""][i % 4],
    "street": lambda i, _: STREETS[i % 5],
    "suffix": lambda i, _: SUFFIXES[i % 4],
    "streetname": lambda i, _: f"{STREETS[i % 5]} {SUFFIXES[i % 4]}",
    "apt": lambda i, _: f"APT {i}" if i % 3 == 0 else "",
    "city": lambda i, _: CITIES[i % 4],
    "zip": lambda i, _: f"970{i % 4:02}",
    "lat": lambda i, _: f"44.94{100 + i * 7}",
    "lon": lambda i, _: f"-123.03{100 + i * 3}",
    "feet": lambda i, form: f"{int(form) + i * 131}",
    "point": lambda i, form: form % {"lat": f"44.94{100 + i * 7}", "lon": f"-123.03{100 + i * 3}"},
    "beat": lambda i, form: f"{form}{1 + i % 6}",
    "unit": lambda i, _: f"{1 + i % 3}A{10 + i % 9}",
    "units": lambda i, form: form.join(f"{1 + i % 3}A{10 + (i + n) % 9}" for n in range(1 + i % 3)),
    "staff": lambda i, _: STAFF[i * 3 % 4],
    "login": lambda i, _: ["jroe", "bdoe", "czenda", "dhent"][i * 3 % 4],
    "badge": lambda i, _: str(4100 + i * 3 % 11),
    "name": lambda i, _: NAMES[i % 3],
    "phone": lambda i, _: f"503-555-{100 + i:04}",
    "prose": lambda i, _: f"Caller says that the neighbour's dog number {i} is out again and barks all day",
    "excel": lambda i, more: f"{days(at(i, int(more))):.9f}",
    "epoch": lambda i, more: str(int((at(i, int(more)) - EPOCH).total_seconds())),
    "ms": lambda i, more: f"{int((at(i, int(more)) - EPOCH).total_seconds())}000",
    "minutes": lambda i, _: f"{3 + i % 17}.{i % 10}",
    "span": lambda i, _: f"00:{3 + i % 17:02}:{i % 60:02}",
    "is": lambda i, form: form,
    "one": lambda i, form: form.split("/")[i % len(form.split("/"))],
    "n": lambda i, _: str(1 + i),
}


def half_of(name):
    return "held" if name not in LOOKED_AT and hashlib.sha256(name.encode()).digest()[0] & 1 else "tuned"


def columns(name):
    """[(name, maker, argument, word for an empty value, every how many rows, targets)]"""
    found = []
    for line in CASES[name][0].strip().splitlines():
        column, maker, target = (part.strip() for part in re.split(r" *\| ?", line, maxsplit=2))
        maker, _, nothing = maker.partition("~")
        word, _, each = nothing.rpartition("/")
        maker, _, argument = maker.partition(":")
        found.append((column, maker, argument, word, int(each or 0), target))
    return found


def text(name):
    """The export of this case, as octets."""
    settings = CASES[name][1]
    made, delimiter = columns(name), settings.get("delimiter", ",")

    def cell(value):
        quoted = settings.get("quote") or delimiter in value
        return f'"{value}"' if quoted else value

    def value(i, column):
        _, maker, argument, word, each, _ = column
        return word if each and i % each == each - 1 else MAKERS[maker](i, argument)

    lines = list(settings.get("titles", []))
    if settings.get("header", True):
        lines.append(delimiter.join(cell(column[0]) for column in made))
    for i in range(settings.get("rows", ROWS)):
        lines.append(delimiter.join(cell(value(i, column)) for column in made) + settings.get("tail", ""))
    return (b"\xef\xbb\xbf" if settings.get("bom") else b"") + "".join(line + "\n" for line in lines).encode()


def resolved(place, chain):
    """A column, or a part split from it, as text that can be compared."""
    if not chain:
        return str(place)
    return f"{place} {' '.join(f'{word} {mark.strip() or mark!r}' for word, mark in chain)}"


def answer(name):
    """{setting: set of correct values}; settings_of in the test describes the form."""
    settings = CASES[name][1]
    right = {("source", "header"): {"yes" if settings.get("header", True) else "no"},
             ("source", "delimiter"): {settings.get("delimiter", ",")},
             ("source", "title_lines"): {str(settings.get("title_lines", len(settings.get("titles", []))))},
             ("time", "format"): {settings["format"], settings["format"].replace("%p", " %p")},  # the same to strptime
             ("null", "*"): {",".join(sorted(word.strip().lower() for word in settings.get("null", "").split(",")))}}
    parts = {}
    for place, column in enumerate(columns(name)):
        for target in re.findall(r"[\w.]+(?:\[0\][.\w]*)?(?:\[\d\])?(?:<[^>]*>)?\??", column[-1]):
            found = re.match(r"([\w.]+(?:\[0\][.\w]*)?)(?:\[(\d)\])?(?:<([^>]*)>)?(\??)$", target)
            path, part, split, either = found.groups()
            chain = re.findall(r"(before|after) (.+?)(?= (?:after|before) |$)", split or "")
            value = resolved(place, chain)
            if either:
                right.setdefault(("fields", path), set()).add(value)
            else:
                parts.setdefault(path, {})[int(part or 1)] = value
    for path, found in parts.items():
        right["key" if path == "key" else "fields", "incident" if path == "key" else path] = {
            " + ".join(found[part] for part in sorted(found))}
    if "digest" in settings:
        right["key", "digest"] = {" , ".join(sorted(
            next(iter(right["fields", path.strip()])) for path in settings["digest"].split(",")))}
    ended = any(path.startswith("dispositions") for _, path in right)
    right["event", "kind"] = {"incident.closed" if ended else "call.received"}
    return right
