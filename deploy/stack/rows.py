#!/usr/bin/python3
"""Prints columns of a CSV file for a shell: rows.py FILE COLUMN... ; fields end in U+001F."""
import csv
import sys

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    table = csv.DictReader(file)
    missing = [name for name in sys.argv[2:] if name not in (table.fieldnames or [])]
    if missing:
        sys.exit(f"{sys.argv[1]}: there is no column {', '.join(missing)}")
    for row in table:
        print("\x1f".join(row[name] or "" for name in sys.argv[2:]) + "\x1f")
