#!/usr/bin/python3
"""Prints columns of a CSV file for a shell: rows.py FILE COLUMN... ; fields end in U+001F."""
import csv
import sys

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        print("\x1f".join(row.get(name) or "" for name in sys.argv[2:]) + "\x1f")
