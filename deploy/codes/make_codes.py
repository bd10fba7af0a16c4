#!/usr/bin/python3
"""Writes deploy/schema/0007_codes.sql from the CSV files beside this one. docs/codes.md names their sources.

    make_codes.py            write the file
    make_codes.py --check    exit 1 if the file is not what would be written
"""
import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent / "schema" / "0007_codes.sql"

# Stand for immigration status (RCW 10.93.160): what carries them is kept, the code is not.
WITHHELD_TYPES = {"ALIEN"}
WITHHELD_OFFENSES = {"30A", "30B", "30C", "30D", "49C"}

HEAD = """\
-- The common code lists. Made by deploy/codes/make_codes.py from the CSV files there; do not edit.
--   code.type         APCO ANS 2.103.2-2019, common incident types, as registered in NENA-STA-021.1b-2022, table 3-2
--   code.disposition  APCO ANS 1.111.2-2018, common disposition codes, as registered there
--   code.offense      NIBRS offense codes: SEARCH-NCJIS/nibrs OffenseCode (2024-03-22), names read against NIEM ucr.xsd
--   code.class        ours, and so is the class and the sensitivity of each type: docs/codes.md
"""


def rows(name):
    with open(HERE / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(value):
    return "'" + value.replace("'", "''") + "'"


def sentence(name):
    """'Abdominal Pain or Problems' to 'Abdominal pain or problems'; acronyms stay."""
    first, *others = name.split(" ")
    return " ".join([first] + [w.lower() if re.fullmatch(r"[A-Z][a-z/]*(/[A-Z][a-z]*)?", w) else w
                               for w in others])


def insert(table, columns, values):
    lines = ",\n".join("    (" + ", ".join(row) + ")" for row in values)
    return f"\ninsert into {table} ({columns}) values\n{lines};\n"


def make():
    classes = rows("class-names.csv")
    known = {row["class"] for row in classes}
    ours = {row["code"]: row for row in rows("classes.csv")}
    types = rows("apco-incident-types-2019.csv")
    missing = {t["code"] for t in types} ^ set(ours)
    missing |= {row["class"] for row in ours.values()} - known
    if missing:
        sys.exit("make_codes: classes.csv and the lists disagree on " + " ".join(sorted(missing)))
    labels = {row["code"]: row["label"] for row in rows("disposition-labels.csv")}

    out = HEAD
    out += insert("code.class", "class, name, rank",
                  [(text(c["class"]), text(c["name"]), c["rank"]) for c in classes])
    out += insert("code.type", "code, name, class, sensitivity, withheld",
                  [(text(t["code"]), text(ours[t["code"]]["label"] or sentence(t["name"])),
                    text(ours[t["code"]]["class"]), text(ours[t["code"]]["sensitivity"]),
                    str(t["code"] in WITHHELD_TYPES).lower()) for t in types])
    out += insert("code.disposition", "code, name",
                  [(text(d["code"]), text(labels[d["code"]])) for d in rows("apco-dispositions-2018.csv")])
    out += insert("code.offense", 'code, name, "group", against, withheld',
                  [(text(o["code"]), text(o["name"]), text(o["group"]), text(o["against"]),
                    str(o["code"] in WITHHELD_OFFENSES).lower()) for o in rows("nibrs-offenses.csv")])
    return out + "\nupdate liaison.revision set rev = rev + 1 where name = 'codes';\n"


def main():
    made = make()
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if TARGET.exists() and TARGET.read_text(encoding="utf-8") == made else 1)
    TARGET.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main()
