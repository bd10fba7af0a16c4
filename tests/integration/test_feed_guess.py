"""liaison-feed --guess proposes a mapping for an export that it has never seen.

The measure is the number of edits: settings that a person must change, add or remove to get from the
proposal to the mapping in use, compared by meaning. Columns are compared by their position in the
export, not by name; the columns of a digest are a set and count as one setting; comments, defaults
and `columns` do not count. The zone counts.
"""

import csv
import datetime
import gzip
import os
import re
import subprocess

import pytest

import liaison

pytestmark = pytest.mark.needs("liaison-feed")

TYPES = ["TRAFFIC STOP", "BURGLARY", "MEDICAL AID", "FIGHT"]
STREETS = ["MAIN ST", "OAK AVE", "ELM RD"]
NAMES = ["Zenda Rassendyll", "Flavia Elphberg", "Rupert Hentzau"]
PROSE = "The caller Rassendyll says that the boy next endpoint threw stones again and then ran away"


def shared(*parts):
    path = os.path.join(liaison.SHARED_DATA, *parts)
    if not os.path.exists(path):
        pytest.skip(f"no shared data: {path}")
    return path


def guess(path, *more):
    return subprocess.run([liaison.program("liaison-feed"), "--guess", str(path), *more],
                          capture_output=True, timeout=60, check=False)


def propose(path, *more):
    done = guess(path, *more)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def read_map(text, header=None):
    """{(section, key): value}, with columns as positions."""
    found, section = {}, ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            key, value = (part.strip() for part in line.split("=", 1))
            found[section, key] = value.strip('"')
    names = header
    if found.get(("source", "header")) == "no":
        names = [name.strip() for name in found.pop(("source", "columns")).split(",")]
    for (section, key), value in found.items():
        if section == "fields" and value in names:
            found[section, key] = names.index(value)
        if (section, key) == ("key", "digest"):
            found[section, key] = {names.index(name.strip()) for name in value.split(",")}
    if found.get(("source", "delimiter")) == ",":
        del found["source", "delimiter"]
    return found


def edits(proposal, wanted):
    return sorted(key for key in proposal.keys() | wanted.keys()
                  if proposal.get(key) != wanted.get(key))


def check(tmp_path, proposal, sample, rows=20):
    mapping, config = tmp_path / "guess.map", tmp_path / "guess.ini"
    mapping.write_text(proposal)
    config.write_text(f"[source]\ninput = {sample}\nformat = csv\nmapping = {mapping}\n")
    return subprocess.run(
        [liaison.program("liaison-feed"), "--config", str(config), "--check", str(rows)],
        capture_output=True, timeout=60, check=False)


def accepted(tmp_path, proposal, sample, rows=20):
    done = check(tmp_path, proposal, sample, rows)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.decode()


# The two real sets -------------------------------------------------------------------------------


@pytest.mark.parametrize("city, zone, parts", [
    ("seattle", "America/Los_Angeles", ("seattle-911-2015", "calls.csv.gz")),
    ("montgomery", "America/New_York", ("montgomery-pa-911", "911.csv")),
])
def test_real_export_needs_at_most_three_edits_and_is_accepted(tmp_path, city, zone, parts):
    sample = shared(*parts)
    with (gzip.open if sample.endswith(".gz") else open)(sample, "rt", encoding="latin-1") as file:
        header = [name.strip('"') for name in file.readline().strip().split(",")]
    with open(os.path.join(liaison.ROOT, "deploy", "demo", "city", f"{city}.map"),
              encoding="utf-8") as file:
        wanted = read_map(file.read(), header)
    proposal = propose(sample)
    needed = edits(read_map(proposal, header), wanted)
    print(f"{city}: {len(needed)} edits: {needed}")
    assert ("time", "zone") in needed  # the measure can count
    assert len(needed) <= 3, needed
    assert accepted(tmp_path, proposal.replace("zone = UTC", f"zone = {zone}"), sample, 1000)


# Exports in other layouts ------------------------------------------------------------------------


def write(tmp_path, rows, delimiter=",", header=None, encoding="utf-8"):
    sample = tmp_path / "sample.csv"
    lines = ([header] if header else []) + rows
    sample.write_bytes("".join(delimiter.join(line) + "\n" for line in lines).encode(encoding))
    return sample


def made(count=60):
    """(number, day, hour, minute, type, address) of calls, no two of them alike."""
    return [(f"P26-{1000 + i:06}", 1 + i % 27, i % 24, i % 60, TYPES[i % 4],
             f"{100 + i} {STREETS[i % 3]}") for i in range(count)]


def test_semicolons_with_persons_and_free_text(tmp_path):
    header = ["Incident No", "Call Received", "Call Type", "Address", "Caller Name", "Phone Number",
              "Remarks", "Citizenship", "Field9", "Priority", "Dispo", "Unit ID", "Case Number"]
    rows = [[n, f"2026-03-{d:02} {h:02}:{m:02}:00", t, a, NAMES[i % 3], f"206-555-{i:04}",
             f"{PROSE} {i}", "secretland", f"{PROSE} {i}", str(i % 4), "RPT", f"2A{i % 7}",
             f"26-{5000 + i}"] for i, (n, d, h, m, t, a) in enumerate(made())]
    sample = write(tmp_path, rows, ";", header)
    proposal = propose(sample, "--zone", "America/Chicago")
    got = read_map(proposal, header)
    assert got["source", "delimiter"] == ";" and got["time", "zone"] == "America/Chicago"
    assert got["key", "incident"] == "Incident No"
    fields = {key: value for (section, key), value in got.items() if section == "fields"}
    assert fields == {
        "occurred_at": 1, "times.received": 1, "call_type": 2, "place.address": 3, "priority": 9,
        "dispositions[0].code": 10, "dispositions[0].primary": "=true", "units[0].id": 11,
        "report_numbers[0]": 12}
    for title, name in (("About persons", "Phone Number"), ("About persons", "Caller Name"),
                        ("Free text", "Remarks"), ("Free text", "Field9"),
                        ("Immigration status", "Citizenship")):
        assert re.search(rf"# {title}[^\n]*will not leave the building[^\n]*\n(#   [^\n]*\n)*"
                         rf"#   {name}: ", proposal), name
    shown = accepted(tmp_path, proposal, sample).split("Columns that are not read")[0]
    for value in NAMES + ["555-", "threw stones", "secretland"]:
        assert value not in shown, value
    for value in [cell for row in rows for cell in row if len(cell) > 3]:
        assert value not in proposal, value


def test_every_column_is_mapped_or_named_as_left_out(tmp_path):
    header = ["CAD Number", "Received", "When", "Type", "Latitude", "Hired On", "Shoe Size", "Notes"]
    rows = [[n, f"2026-03-{d:02} {h:02}:{m:02}", f"2026-03-{d:02} {h:02}:{m:02}", t, "39.95123",
             f"2026-03-{d:02} 00:00", "42", "none"] for n, d, h, m, t, _ in made()]
    proposal = propose(write(tmp_path, rows, header=header))
    mapped = {value for value in read_map(proposal, header).values() if isinstance(value, int)}
    left = set(re.findall(r"^#   ([^:]*): ", proposal, re.M))
    assert mapped == {1, 3}  # a latitude alone is no position
    assert left == {"When", "Latitude", "Hired On", "Shoe Size", "Notes"}


def test_no_header_day_first_and_tab(tmp_path):
    rows = [[n, f"{d:02}/03/2026 {h:02}:{m:02}", t, a, "39.95123", "-75.16312"]
            for n, d, h, m, t, a in made()]
    sample = write(tmp_path, rows, "\t")
    proposal = propose(sample)
    got = read_map(proposal)
    assert got["source", "header"] == "no" and got["source", "delimiter"] == "tab"
    assert got["time", "format"] == "%d/%m/%Y %H:%M"
    assert (got["fields", "place.latitude"], got["fields", "place.longitude"]) == (4, 5)
    assert (got["fields", "call_type"], got["fields", "place.address"]) == (2, 3)
    assert got["key", "incident"] == "incident"
    accepted(tmp_path, proposal, sample)


def test_iso_times_with_offset_need_no_zone(tmp_path):
    header = ["EventNumber", "TimeReceived", "TimeArrived", "Nature", "Location", "Lat", "Long", "DOB"]
    rows = [[n, f"2026-03-{d:02}T{h:02}:{m:02}:09-05:00", f"2026-03-{d:02}T{h:02}:{m:02}:59-05:00", t,
             a, "41.881832", "-87.623177", "2011-04-05"] for n, d, h, m, t, a in made()]
    sample = write(tmp_path, rows, header=header)
    proposal = propose(sample)
    got = read_map(proposal, header)
    assert got["time", "format"] == "rfc3339" and ("time", "zone") not in got
    assert (got["fields", "times.received"], got["fields", "times.on_scene"]) == (1, 2)
    assert 7 not in got.values()
    accepted(tmp_path, proposal, sample)


def test_date_and_time_in_two_columns_are_joined(tmp_path):
    header = ["Date", "Time", "Problem", "Block", "City"]
    rows = [[f"03/{d:02}/2026", f"{h:02}:{m:02}", t, a, "Springfield"]
            for _, d, h, m, t, a in made()]
    sample = write(tmp_path, rows, header=header)
    proposal = propose(sample)
    got = read_map(proposal, header + ["joined time"])
    assert got["join", "joined time"] == "Date, Time"
    assert got["time", "format"] == "%m/%d/%Y %H:%M"
    assert got["key", "digest"] == {5, 3}  # the joined time and the block
    accepted(tmp_path, proposal, sample)


def test_windows_1252_and_seconds_since_1970(tmp_path):
    header = ["CAD Number", "Created Time", "Type", "Address"]
    rows = [[n, str(1770000000 + 977 * i), t, f"{a} CAFÉ"]
            for i, (n, _, _, _, t, a) in enumerate(made())]
    sample = write(tmp_path, rows, header=header, encoding="windows-1252")
    proposal = propose(sample)
    assert "60 values of the sample are not UTF-8" in proposal
    got = read_map(proposal, header)
    assert got["time", "format"] == "epoch" and got["fields", "occurred_at"] == 1
    assert "CAFÉ" in accepted(tmp_path, proposal, sample)


def test_day_and_month_that_could_change_places_are_left_to_a_person(tmp_path):
    header = ["Incident Number", "Date Time", "Type"]
    rows = [[n, f"0{1 + d % 9}/0{1 + d % 7}/2026 {h:02}:{m:02}", t] for n, d, h, m, t, _ in made()]
    proposal = propose(write(tmp_path, rows, header=header))
    assert "does the day or the month come first?" in proposal
    assert "# low: the sample does not show whether the day or the month comes first" in proposal


BEGAN = datetime.datetime(2026, 4, 2, 0, 13, 7)


def when(i, form):
    return (BEGAN + datetime.timedelta(minutes=977 * i)).strftime(form)


def excel(i):
    days = BEGAN + datetime.timedelta(minutes=977 * i) - datetime.datetime(1899, 12, 30)
    return f"{days.total_seconds() / 86400:.9f}"


# name: delimiter, encoding, header or None, a function that makes row n, the expected result
SHAPES = {
    "semicolons and Latin-1": (";", "latin-1", "CAD Number;Received;Type;Location;City",
        lambda i, t, a: [f"E26-{1000 + i}", when(i, "%d.%m.%Y %H:%M:%S"), t, a, "Peñasco"],
        {("time", "format"): "%d.%m.%Y %H:%M:%S", ("fields", "place.municipality"): 4}),
    "tabs, no header, date and time apart": ("\t", "utf-8", None,
        lambda i, t, a: [f"P26-{100000 + i}", when(i, "%m/%d/%Y"), when(i, "%I:%M:%S %p"), t, a, NAMES[i % 3]],
        {("time", "format"): "%m/%d/%Y %I:%M:%S %p", ("fields", "call_type"): 3, ("fields", "place.address"): 4}),
    "milliseconds since 1970": (",", "utf-8", "event_id,created_ms,closed_ms,problem,hundred_block",
        lambda i, t, a: [str(1000 + i), f"{1770000000 + i * 977}000", f"{1770000300 + i * 977}000", t, a],
        {("time", "format"): "epoch_ms", ("fields", "times.closed"): 2, ("fields", "occurred_at"): 1}),
    "US times of a 12-hour clock": (",", "utf-8", "IncidentID,CreateDateTime,NatureCode,StreetAddress,City",
        lambda i, t, a: [str(26001000 + i), when(i, "%-m/%-d/%Y %-I:%M:%S %p"), t, a, "SPRINGFIELD"],
        {("time", "format"): "%m/%d/%Y %I:%M:%S %p", ("fields", "times.received"): 1,
         ("key", "incident"): "IncidentID"}),
    "State plane": (",", "utf-8", "INCIDENT_NO,CALL_DATETIME,CALL_TYPE,ADDRESS,X_COORD,Y_COORD",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M:%S"), t, a, f"{1270000 + i * 131}.5",
                         f"{230000 + i * 77}.25"],
        {("fields", "place.latitude"): None, ("fields", "place.longitude"): None, "says": [
            "X_COORD: a position in feet or metres (State Plane, UTM)",
            "which the agent refuses. Can the CAD export degrees"]}),
    "capitals with a vendor's prefix": (",", "utf-8", "CAD_INC_NUM,CAD_CALL_RCVD_DTTM,CAD_FIRST_UNIT_ARR_DTTM,"
        "CAD_TYC_DESC,CAD_PRI_CD,CAD_LOC_ADDR,CAD_LOC_CITY_NM,CAD_LOC_LAT,CAD_LOC_LON,CAD_DISPO_CD,CAD_RP_NM,"
        "CAD_CMT_TXT",
        lambda i, t, a: [f"P26{1000 + i}", when(i, "%m/%d/%Y %I:%M:%S %p"), when(i + 1, "%m/%d/%Y %I:%M:%S %p"), t,
                         str(i % 4), a, "Springfield", f"39.95{i:03}", f"-75.16{i:03}", "RPT", NAMES[i % 3], "stones"],
        {("key", "incident"): "CAD_INC_NUM", ("fields", "times.received"): 1, ("fields", "times.on_scene"): 2,
         ("fields", "call_type"): 3, ("fields", "priority"): 4, ("fields", "place.address"): 5,
         ("fields", "place.municipality"): 6, ("fields", "place.latitude"): 7, ("fields", "place.longitude"): 8,
         "persons": ["CAD_RP_NM"], "says": [
            "CAD_CMT_TXT: because of its name", "call_type: 4 different codes in CAD_TYC_DESC"]}),
    "latitude and longitude swapped": (",", "utf-8", "Incident,Time,Type,Latitude,Longitude",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, f"-122.33{i:03}", f"47.61{i:03}"],
        {("fields", "place.latitude"): 4, ("fields", "place.longitude"): 3,
         "says": ["low: its name says the opposite", "Latitude: is this column mapped to the right field?"]}),
    "line ends and quotes in remarks": (",", "utf-8", "Incident No,Received,Nature,Location,Remarks,Dispo",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, f"{a}, APT {i}",
                         f'ON SCENE\nrp says "help"\r\n; {NAMES[i % 3]}', "RPT"],
        {("fields", "place.address"): 3, ("fields", "dispositions[0].code"): 5, "says": [
            "Remarks: because of its name"]}),
    "days as spreadsheets count": (",", "utf-8", "Incident No,Received,Cleared,Nature,Location",
        lambda i, t, a: [f"P26-{1000 + i}", excel(i), excel(i + 1), t, a],
        {("time", "format"): "excel", ("fields", "occurred_at"): 1, ("fields", "times.cleared"): 2}),
    "names and dates of birth": (",", "utf-8", "Call No,Call Time,Type,Address,Subj 1,DOB 1,Field7,Field8,Field9",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a, ", ".join(NAMES[i % 3].split()[::-1]),
                         f"{1960 + i % 50}-04-0{1 + i % 9}", ", ".join(NAMES[i % 3].split()[::-1]),
                         f"0{1 + i % 9}/1{i % 9}/{1950 + i}", ["Mary Rassendyll", "JOHN ELPHBERG"][i % 2]],
        {("fields", "call_type"): 2, "persons": ["Subj 1", "DOB 1", "Field7", "Field8", "Field9"]}),
    "a decimal comma": (";", "utf-8", "id;time;type;location;lat;lon",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a, f"39,95{i:03}", f"-75,16{i:03}"],
        {("key", "incident"): "id", ("fields", "place.latitude"): None, "says": ["lon: numbers with a decimal comma"]}),
}


WORDS = ["alone", "north", "green", "seven", "cup", "late", "window"]


def clock(i):
    return when(i, "%H%M")


def sentence(i):
    return " ".join(WORDS[(i // 7 ** n) % 7] for n in range(3)) + " to Rassendyll"


SHAPES |= {
    "numbers of calls that are grouped nearly as telephones": (",", "utf-8", "Incident Number,Received,Problem,Address",
        lambda i, t, a: [f"2026-{100 + i:06}", when(i, "%Y-%m-%d %H:%M:%S"), t, a],
        {("key", "incident"): "Incident Number"}),
    "telephones of many forms": (",", "utf-8", "Call No,Received,Type,Field4,Field5,Field6,Field7",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, f"(206) 555-{i:04}", f"206.555.{i:04}",
                         f"+49 89 5550{i:04}", f"1-206-555-{i:04} x{i}"],
        {"persons": ["Field4", "Field5", "Field6", "Field7"]}),
    "a day and a clock of four digits": (",", "utf-8", "CFS_NUM,Call Date,Call Time,NATURE,LOCATION,BEAT",
        lambda i, t, a: [f"26-{100 + i}", when(i, "%m/%d/%Y"), clock(i), t, a, f"{1000 + i % 9}"],
        {("join", "joined time"): "Call Date, Call Time", ("time", "format"): "%m/%d/%Y %H%M",
         ("fields", "place.beat"): 5}),
    "a packed day and clock": (",", "utf-8", "CFS_NUM,Call Date,Call Time,NATURE,LOCATION",
        lambda i, t, a: [f"26-{100 + i}", when(i, "%Y%m%d"), when(i, "%H%M%S"), t, a],
        {("join", "joined time"): "Call Date, Call Time", ("time", "format"): "%Y%m%d %H%M%S"}),
    "a day alone": (",", "utf-8", "CFS_NUM,Call Date,Call Time,NATURE,LOCATION",
        lambda i, t, a: [f"26-{100 + i}", when(i, "%m/%d/%Y"), clock(i).lstrip("0") or "0", t, a],
        {("time", "format"): "%m/%d/%Y", "says": [
            "no time of day was found. Without one, every call is at midnight", "Call Date: is this column mapped",
            "Call Time: its name says that it is a time, but the format of its values is unknown"]}),
    "fractions of a second": (",", "utf-8", "Incident No,Received,NATURE",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M:%S.") + f"{i:03}", t],
        {("time", "format"): "%Y-%m-%d %H:%M:%S.%f"}),
    "abbreviated milestones and place names": (",", "utf-8", "CFS_NUM,CALL_RCVD_DTTM,DISP_DTTM,ARRV_DTTM,CLR_DTTM,"
        "NATURE,LOC,LOC_NAME,Verified Time",
        lambda i, t, a: [f"26-{100 + i}"] + [when(i, "%Y-%m-%d %H:%M:%S")] * 4 + [t, a, "Elm Park",
                                                                                   when(i, "%Y-%m-%d %H:%M:%S")],
        {("fields", "times.dispatched"): 2, ("fields", "times.on_scene"): 3, ("fields", "times.cleared"): 4,
         ("fields", "place.address"): 6, ("fields", "place.name"): 7, "says": [
            "Verified Time: a time; its name does not say which one",
            "Verified Time: which time is this (times.dispatched, times.on_scene ...)?"]}),
    "an intersection beside the address": ("\t", "utf-8", "Event ID\tReceived\tType\tBlock Address\tIntersection",
        lambda i, t, a: [f"26-{100 + i}", when(i, "%Y-%m-%d %H:%M"), t, a if i % 4 else "",
                         "" if i % 4 else "OAK ST/ELM RD"],
        {("join", "joined address"): "Block Address, Intersection", ("fields", "place.address"): "joined address"}),
    "addresses that are often missing": (",", "utf-8", "Event ID,Received,Type,Address",
        lambda i, t, a: [f"26-{100 + i}", when(i, "%Y-%m-%d %H:%M"), t, a if i % 4 else ""],
        {"says": ["place.address: 15 of 60 rows have none"]}),
    "dispositions that are sentences": (",", "utf-8", "Incident No,Received,Type,Disposition",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, sentence(i)],
        {("fields", "dispositions[0].code"): None, "says": [
            "Free text: will not leave the building.\n#   Disposition: because of its values",
            "Disposition: left out because of its values, though its name says that it is needed"]}),
    "some dispositions that are sentences": (",", "utf-8", "Incident No,Received,Type,Disposition",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t,
                         "ADVISED" if i % 3 else f"TOLD THEM NUMBER {i} TO LEAVE"],
        {("fields", "dispositions[0].code"): 3,
         "says": ["Disposition: 20 rows have a text of several words that no other row has"]}),
    "persons where a place is told": (",", "utf-8", "Incident No,Received,Type,Location,Common Place",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a, f"Maria {NAMES[i % 3].split()[1]}"],
        {("fields", "place.name"): None, "persons": ["Common Place"]}),
    "schools that are named after persons": (",", "utf-8", "Incident No,Received,Type,Location,Common Place",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a,
                         ["MARIA CLARK ELEM", "JAMES MADISON HS", "Quik Stop", "Maria Roe"][i % 4]],
        {("fields", "place.name"): 4, "says": ["names of persons among the names of places (15 look like that)"]}),
    "addresses with more in them, lists of units": (",", "utf-8", "Incident No,Received,Type,Location,Units",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t,
                         [a, a + "; GATE 4455", a + " CALL 555-0142"][i % 3], ["3A12|3A14", "2B01"][i % 2]],
        {("fields", "place.address"): 3, "says": [
            "Location: 40 rows have more than an address", "Units: 30 rows have a list",
            '[split]\n# medium: of several units the first.\nfirst unit = Units before "|"']}),
    "cross streets in two columns": (",", "utf-8", "Incident No,Received,Type,Location,Cross Street 1,Cross Street 2",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a, STREETS[i % 3], STREETS[(i + 1) % 3]],
        {("fields", "place.cross_streets"): "joined cross streets", "says": [
            "joined cross streets = Cross Street 1, Cross Street 2"]}),
    "cross streets in two columns of other names": (",", "utf-8", "Incident No,Received,Type,Location,Cross Street,XSt",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a, STREETS[i % 3], STREETS[(i + 1) % 3]],
        {("fields", "place.cross_streets"): 4, "says": ["XSt: a cross street, like Cross Street"]}),
    "degrees, and a grid beside them": (",", "utf-8", "Incident No,Received,Type,Location,Lat,Lon,geo_x,geo_y",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%Y-%m-%d %H:%M"), t, a, f"39.95{i:03}", f"-75.16{i:03}",
                         f"{1270000 + i * 131}", f"{230000 + i * 77}"],
        {("fields", "place.latitude"): 4, "silent": ["can the CAD export degrees"]}),
    "seconds since 1970 with zeros": (",", "utf-8", "Inc,ts_created,ts_disp,problem,addr,prio",
        lambda i, t, a: [str(880000 + i), str(1770000000 + i * 977), "0" if i % 4 == 0 else str(1770000060 + i * 977),
                         t, a, f"P{i % 3}"],
        {("key", "incident"): "Inc", ("time", "format"): "epoch", ("fields", "times.dispatched"): 2,
         ("null", "times.dispatched"): "0", ("fields", "priority"): 5}),
    "day first, of a 12-hour clock": (",", "utf-8", "Occ No,Call Datetime,Type,Location,POB",
        lambda i, t, a: [str(26100 + i), when(i, "%d/%m/%Y %I:%M %p"), t, a, "Strelsau"],
        {("time", "format"): "%d/%m/%Y %I:%M %p", ("fields", "times.received"): 1, ("key", "incident"): "Occ No",
         "says": ["Immigration status: will not leave the building.\n#   POB: because of its name"]}),
    "an end without its time": (",", "utf-8", "Incident No,Call Date,Call Time,Clr Time,Type,Dispo",
        lambda i, t, a: [f"P26-{1000 + i}", when(i, "%m/%d/%Y"), when(i, "%H:%M:%S"), when(i + 1, "%H:%M:%S"), t, "RPT"],
        {("event", "kind"): "incident.closed", "says": ["this is not the time of the end"]}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_export_of_another_shape(tmp_path, shape):
    delimiter, encoding, header, row_of, wanted = SHAPES[shape]
    sample = tmp_path / "sample.csv"
    rows = [row_of(i, TYPES[i % 4], f"{100 + i} {STREETS[i % 3]}") for i in range(60)]
    names = header.split(delimiter) if header else None
    with open(sample, "w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(([names] if names else []) + rows)
    proposal = propose(sample, "--zone", "America/Chicago")
    got = read_map(proposal, names)
    for key, value in wanted.items():
        if isinstance(key, tuple):
            assert got.get(key) == value, (key, proposal)
    for text in wanted.get("says", []):
        assert text in proposal, proposal
    for text in wanted.get("silent", []):
        assert text not in proposal, proposal
    persons = re.search(r"# About persons[^\n]*\n((?:#   [^\n]*\n)*)", proposal)
    for name in wanted.get("persons", []):
        assert persons and f"#   {name}: " in persons[1], proposal
    shown = accepted(tmp_path, proposal, sample, 60)
    sent = "".join(line for line in shown.splitlines(True) if line.startswith("line "))
    assert "60 would be sent" in shown
    for value in [part for name in NAMES for part in name.split()] + ["ON SCENE", "stones"]:
        assert value not in sent and value not in proposal, value


def test_spreadsheet_days_come_out_as_the_clock_on_the_wall_showed(tmp_path):
    sample = tmp_path / "sample.csv"
    sample.write_text("Incident No,Received,Nature\n" +
                      "".join(f"P-{i},{excel(i)},{TYPES[i % 4]}\n" for i in range(9)))
    shown = accepted(tmp_path, propose(sample, "--zone", "America/Chicago"), sample)
    assert '"occurred_at":"2026-04-02T05:13:07Z"' in shown


UNREAD = {  # row of the sample, from 0: its time of receipt, and why that cannot be read
    3: ("yesterday at noon 5", "is not a time of the mapping's format"),
    70: ("2026-03-08 02:30:00", "the clocks of the zone skipped this time"),
    120: ("", "must be given"),
    121: ("1985-03-02 10:00:00", "must lie between 1990-01-01 and one day ahead of the clock"),
}


def test_rows_whose_time_cannot_be_read_are_counted_and_named_by_line(tmp_path):
    header = ["Incident No", "Call Received", "On Scene", "Call Type", "Address"]
    rows = [[n, f"2026-03-{d:02} {h:02}:{m:02}:00", "", t, a] for n, d, h, m, t, a in made(300)]
    for at, (text, _) in UNREAD.items():
        rows[at][1] = text
    for at in range(0, 300, 2):
        rows[at][2] = rows[at][1] if at not in UNREAD else "2026-03-02 10:00:00"
    rows[200][2] = "soon 99"  # the time of the row itself is valid
    rows[50][4] = '"1 MAIN ST\nREAR"'  # a row of two lines: later line numbers are one higher
    sample = write(tmp_path, rows + [["Total: 300 calls"]], header=header)
    proposal = propose(sample, "--zone", "America/New_York")
    line = lambda at: at + 2 + (at > 50)
    assert "# With this mapping, 5 of 301 rows of the sample would be refused:" in proposal
    said = re.findall(r"^#   line (\d+): ([^:\n]*: )?(.*)$", proposal, re.M)
    assert said == [(str(line(at)), "occurred_at: ", why) for at, (_, why) in UNREAD.items()] + [
        ("303", "", said[-1][2])]
    assert "columns" in said[-1][2], "a row that is no row of the table"
    assert "The rows are sent without them: times." in proposal and "times.on_scene=1" in proposal
    assert re.search(r"^# \d\. 5 rows would be refused", proposal, re.M)
    for value in ("yesterday", "02:30", "1985-03", "soon"):
        assert value not in proposal, value
    shown = check(tmp_path, proposal, sample, 400).stdout.decode()
    assert "301 rows shown, 5 would be refused" in shown, "as --check counts"


def test_names_of_times_are_doubted_where_their_values_are_in_another_order(tmp_path):
    header = ["Incident No", "Call Received", "Dispatched", "Closed", "Call Type"]
    rows = [[n, f"2026-03-{d:02} {h:02}:30:00", f"2026-03-{d:02} {h:02}:35:00", f"2026-03-{d:02} {h:02}:10:00", t]
            for n, d, h, _, t, _ in made()]
    proposal = propose(write(tmp_path, rows, header=header), "--zone", "UTC")
    assert re.search(r"# low: [^\n]*before the call was received[^\n]*\ntimes.closed = Closed", proposal)
    assert re.search(r"# high: [^\n]*\ntimes.dispatched = Dispatched", proposal)
    assert "Closed: is this column mapped to the right field?" in proposal


def test_of_many_times_that_cannot_be_read_the_first_are_named(tmp_path):
    header = ["Incident No", "Call Received", "Call Type"]
    rows = [[n, f"2026-03-{d:02} {h:02}:{m:02}:00" if i % 50 else "unknown 1", t]
            for i, (n, d, h, m, t, _) in enumerate(made(700))]
    proposal = propose(write(tmp_path, rows, header=header), "--zone", "UTC")
    assert "14 of 700 rows of the sample would be refused:" in proposal and "#   and 4 more" in proposal
    assert len(re.findall(r"^#   line \d+: ", proposal, re.M)) == 10


@pytest.mark.parametrize("bad", ["unknown", "2026-02-30 10:00:00"])
def test_one_time_of_a_short_sample_that_cannot_be_read_hides_no_column(tmp_path, bad):
    rows = [[n, f"2026-03-{d:02} {h:02}:{m:02}:00", t] for n, d, h, m, t, _ in made(12)]
    rows[5][1] = bad
    proposal = propose(write(tmp_path, rows, header=["Incident No", "Call Received", "Call Type"]), "--zone", "UTC")
    assert "1 of 12 rows of the sample would be refused:" in proposal
    assert re.findall(r"^#   line (\d+): ", proposal, re.M) == ["7"]


def test_day_and_month_are_in_the_order_that_explains_every_value(tmp_path):
    rows = [[f"N-{i}", f"{1 + i % 11:02}/{1 + i % 10:02}/2026 10:00:00", "FIGHT"] for i in range(60)]
    rows[7][1] = "25/03/2026 10:00:00"  # without this one, both orders would fit
    proposal = propose(write(tmp_path, rows, header=["Incident No", "Call Received", "Call Type"]), "--zone", "UTC")
    assert "format = %d/%m/%Y %H:%M:%S" in proposal and "0 of 60 rows of the sample would be refused." in proposal


def test_times_that_can_all_be_read_are_not_spoken_of(tmp_path):
    rows = [[n, f"2026-03-{d:02} {h:02}:{m:02}:00", t] for n, d, h, m, t, _ in made()]
    proposal = propose(write(tmp_path, rows, header=["Incident No", "Call Received", "Call Type"]))
    assert "0 of 60 rows of the sample would be refused." in proposal and "sent without them" not in proposal


@pytest.mark.parametrize("content, reason", [
    (b"", "is empty"),
    (b"one\ntwo\nthree\n", "is not a table"),
    (bytes(range(256)) * 8, "NUL"),
    (b"a,b\nx,y\nz,w\n", "no column of times"),
    (b"Number,Received\n" + b"P-1,16th Oct. 2025 14h\n" * 20, '"Received" is named like one'),
    ("Incident,Time\n1,2026-01-02 03:04\n".encode("utf-16"), "UTF-16"),
    (b"Report\n" * 101 + b"Number,Time,Type\n" + b"P-1,2026-01-02 03:04,FIRE\n" * 400, "lines of titles"),
])
def test_garbage_is_refused_with_its_reason(tmp_path, content, reason):
    sample = tmp_path / "sample.csv"
    sample.write_bytes(content)
    done = guess(sample)
    assert done.returncode == 1 and done.stdout == b""
    assert reason in done.stderr.decode()


@pytest.mark.parametrize("zone, reason", [
    ("Mars/Olympus", b"knows no zone of that name; one is America/Chicago"),
    ("EST", b"which knows no summer time: write its region, as America/New_York"),
    ("pdt", b"as America/Los_Angeles"),
])
def test_zone_that_is_none_or_an_abbreviation_is_refused(tmp_path, zone, reason):
    done = guess(write(tmp_path, [["a", "b"]]), "--zone", zone)
    assert done.returncode == 1 and reason in done.stderr and done.stdout == b""


def test_folder_is_no_sample(tmp_path):
    done = guess(tmp_path)
    assert done.returncode == 1 and b"cannot be read: Is a directory" in done.stderr


def test_day_comes_first_where_the_month_first_would_lie_ahead(tmp_path):
    """Every value fits both orders; in one of them, the calls would be in the future."""
    today = datetime.date.today()
    days = [today - datetime.timedelta(days=n) for n in range(120)]
    days = [day for day in days if day.day <= 12]
    if not any(day.month < 13 and day.replace(month=day.day, day=day.month) > today + datetime.timedelta(days=2)
               for day in days):
        pytest.skip("at the end of a year no date of it lies ahead in either order")
    sample = tmp_path / "calls.csv"
    sample.write_text("Call Number,Received,Call Type,Address\n" + "".join(
        f"26-{i:04},{day:%d/%m/%Y} 08:{i % 60:02},{TYPES[i % 4]},{100 + i} {STREETS[i % 3]}\n"
        for i, day in enumerate(reversed(days))))
    proposal = propose(sample)
    assert "\nformat = %d/%m/%Y %H:%M\n" in proposal
    assert f"\n# With this mapping, 0 of {len(days)} rows" in proposal
    assert "more rows would be refused" in proposal


def test_number_of_a_dispatch_is_not_named_as_a_time(tmp_path):
    sample = tmp_path / "calls.csv"
    sample.write_text("Dispatch #,Recvd,Nature\n" + "".join(f"D{i:05},around {i},FIGHT\n" for i in range(20)))
    done = guess(sample)
    assert done.returncode == 1 and b'"Recvd" is named like one' in done.stderr


def test_names_behind_types_and_places_and_short_degrees_are_asked_about(tmp_path):
    sample = tmp_path / "calls.csv"
    sample.write_text("Inc No,Received,Call Type,Addr,X,Y\n" + "".join(
        f'N-{i:04},2026-03-02 08:{i:02},"{TYPES[i % 4]}{" - JONES, MARY" if i % 2 else ""}",'
        f'"{100 + i} MAIN ST{" SMITH, JOHN" if i % 3 == 0 else ""}",-122.3,47.6\n' for i in range(40)))
    proposal = propose(sample)
    assert "Call Type: 20 rows seem to have a person's name" in proposal
    assert "Addr: 14 rows seem to have a person's name" in proposal
    assert "fewer than three decimals" in proposal
    for line in ("call_type = Call Type", "place.address = Addr"):
        assert proposal[:proposal.index("\n" + line)].rpartition("\n")[2].startswith("# medium")
