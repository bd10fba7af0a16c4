#!/usr/bin/python3
"""Makes the tables of the real city's district from public files, in the form that ../README.md describes.

    prepare.py --data DIR --out DIR

Reads DIR/seattle-schools-2015: the school sites (points with PROPERTY_L and Status) and the attendance areas of the
high schools (polygons with HS_ZONE). Writes schools.geojson, feeders.csv and contacts.csv. A school's code is its
name in lower case. The contacts are invented, and every address ends in .example.
"""
import argparse
import csv
import json
import pathlib
import re

RADIUS_M = 150
LEVELS = {"ELEM": "elementary", "Option ELEM": "elementary", "MS": "middle", "HS": "high", "Option HS": "high",
          "Service School": "other"}


def code_of(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", "")).strip("-")


def level_of(name, status):
    return "k8" if "K-8" in name else LEVELS.get(status, "other")


def rings(geometry):
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def inside(point, geometry):
    """Even-odd rule over all rings, so that holes count as outside."""
    x, y = point
    odd = False
    for ring in rings(geometry):
        for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                odd = not odd
    return odd


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def schools_of(sites):
    out = []
    for site in sites:
        name, status = site["properties"]["PROPERTY_L"].strip(), site["properties"]["Status"]
        longitude, latitude = site["geometry"]["coordinates"][:2]
        out.append({"type": "Feature", "properties": {
            "code": code_of(name), "name": name, "level": level_of(name, status), "address": "",
            "radius_m": RADIUS_M, "latitude": latitude, "longitude": longitude},
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]}})
    return sorted(out, key=lambda s: s["properties"]["code"])


def write(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR")
    given = parser.parse_args()
    folder = given.data / "seattle-schools-2015"
    schools = schools_of(load(folder / "sps_school_site_2015_2016.geojson"))
    areas = load(folder / "sps_attendance_area_HS.geojson")

    given.out.mkdir(parents=True, exist_ok=True)
    collection = {"type": "FeatureCollection", "features": schools}
    (given.out / "schools.geojson").write_text(json.dumps(collection, ensure_ascii=False, indent=1) + "\n",
                                               encoding="utf-8")
    write(given.out / "feeders.csv", "feeder,school_code",
          [(area["properties"]["HS_ZONE"], s["properties"]["code"]) for area in areas for s in schools
           if inside(s["geometry"]["coordinates"], area["geometry"])])
    write(given.out / "contacts.csv", "code,name,role,email,phone,step,sealed,schools,alarms",
          [(f"principal-{c}", f"Principal of {n}", "principal", f"principal.{c}@schools.example",
            f"+155502{i:05d}", 1, "false", c, "false")
           for i, (c, n) in enumerate((s["properties"]["code"], s["properties"]["name"]) for s in schools)]
          + [("director", "Safety director", "safety_director", "director@schools.example", "+15550299999", 2, "false",
              "", "true"),
             ("child-protection", "Child protection", "child_protection", "child.protection@schools.example", "", 9,
              "true", "", "false")])


if __name__ == "__main__":
    main()
