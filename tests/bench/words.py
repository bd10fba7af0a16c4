"""How many calls of a real city's year can be placed by words alone: each wording is labelled by the mean
position of its calls (within 150 m of a school's point, or at none), and matched.

    /usr/bin/python3 tests/bench/words.py ../shared/data    # the folder that `make demo-city` takes

Needs build/release/unit/test_intake_match (make unit)."""

import collections
import csv
import gzip
import json
import math
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = os.path.join(ROOT, "tests", "unit", "fixtures", "places")
MATCH = os.path.join(ROOT, os.environ.get("OUT", "build/release"), "unit", "test_intake_match")
NEAR_M, DEGREE_M = 150, 111190


def points_of(data):
    """The wordings of the year, each with the points of its calls."""
    points = collections.defaultdict(list)
    with gzip.open(os.path.join(data, "seattle-911-2015", "calls.csv.gz"), "rt", encoding="latin-1") as file:
        for row in csv.DictReader(file):
            words = row["Hundred.Block.Location"].strip()
            if words and '"' not in words:
                points[words].append((float(row["Latitude"]), float(row["Longitude"])))
    return points


def near(schools, points):
    """Codes of the schools near the mean of these points."""
    lat, lon = (sum(axis) / len(points) for axis in zip(*points))
    east_m = DEGREE_M * math.cos(math.radians(lat))
    return [code for code, (x, y) in schools if math.hypot((lat - y) * DEGREE_M, (lon - x) * east_m) <= NEAR_M]


def main(data):
    with open(os.path.join(FIXTURES, "schools.csv"), encoding="utf-8") as file:
        codes = {row["name"]: row["code"] for row in csv.DictReader(file)}
    with open(os.path.join(data, "seattle-schools-2015", "sps_school_site_2015_2016.geojson"), encoding="utf-8") as file:
        schools = [(codes[f["properties"]["PROPERTY_L"]], f["geometry"]["coordinates"])
                   for f in json.load(file)["features"] if f["properties"]["PROPERTY_L"] in codes]
    points = points_of(data)
    label = {words: "|".join(near(schools, at)) for words, at in points.items()}
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "calls.csv"), "w", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [("source", "kind", "address", "name", "school"),
                 *(("real", "block" if "BLOCK" in words else "corner", words, "", school) for words, school in label.items())])
        done = subprocess.run([MATCH], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False,
                              env={**os.environ, "VERBOSE": "1", "CALLS": os.path.join(folder, "calls.csv")})
    said = collections.defaultdict(set)  # WRONG, asks, missed: wordings
    for line in done.stdout.splitlines():
        if found := re.match(r' +(WRONG|asks|missed) .*?"(.*?)" "" wants', line):
            said[found[1]].add(found[2])
    of_school = {words for words, school in label.items() if school}
    placed = of_school - said["missed"] - said["asks"] - said["WRONG"]
    calls, of_calls = (sum(len(points[words]) for words in part) for part in (placed, of_school))
    print(f"{len(label)} wordings, {len(of_school)} of a school\n"
          f"placed {len(placed)} ({len(placed) / len(of_school):.2f}), "
          f"{calls} of {of_calls} calls ({calls / of_calls:.2f})\n"
          f"wrong {len(said['WRONG'])}, asked {len(said['asks'])}, in vain {len(said['asks'] - of_school)}")
    for words in sorted(said["WRONG"]):
        print(f"  {words}: label {label[words] or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1])
