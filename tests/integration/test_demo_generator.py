"""The generated county's calls: they are repeatable, match the measured frequencies, are accepted by the decoder,
and contain deliberate errors."""

import collections
import csv
import datetime
import importlib.util
import json
import math
import os
import signal
import subprocess
import sys

import liaison
import pytest

DEMO = os.path.join(liaison.ROOT, "deploy", "demo")
GENERATE = os.path.join(DEMO, "generate.py")
AGENCIES = ("larkmoor-pd", "veldwyn-sheriff", "tessamere-pd", "veldwyn-fire")
END = "2026-11-23"
NOON = "2026-11-23T20:00:00Z"


def generate(*argv, **env):
    subprocess.run([sys.executable, GENERATE, *argv], check=True, capture_output=True, env=dict(os.environ, **env))


def contents(folder):
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                found[os.path.relpath(os.path.join(path, name), folder)] = file.read()
    return found


def read_lines(folder, kind):
    lines = []
    for agency in AGENCIES:
        with open(os.path.join(folder, f"{agency}-{kind}.ndjson"), encoding="utf-8") as file:
            lines += file.read().splitlines()
    return lines


def own_to_common(folder, agency, kind):
    with open(os.path.join(folder, "maps", f"{agency}-{kind}.csv"), encoding="utf-8", newline="") as file:
        return {row["own"]: row["common"] for row in csv.DictReader(file)}


def frequencies():
    spec = importlib.util.spec_from_file_location("frequencies", os.path.join(DEMO, "frequencies.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    folder = tmp_path_factory.mktemp("year")
    generate("year", "--out", str(folder), "--end", END)
    return folder


@pytest.fixture(scope="module")
def year_events(year):
    return [json.loads(line) for line in read_lines(year, "history")]


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    generate("world", "--out", str(folder))
    generate("live", "--out", str(folder), "--start", NOON, "--for", "1200")
    return folder


def at(text):
    return datetime.datetime.fromisoformat(text)


def is_at_school(event):
    """Only places at schools have a common place name, or an address without coordinates."""
    place = event.get("place", {})
    return "name" in place or ("address" in place and "latitude" not in place)


# Repeatable ---------------------------------------------------------------------------------------


def test_same_seed_gives_the_same_year_byte_for_byte(year, tmp_path):
    generate("year", "--out", str(tmp_path), "--end", END)
    assert contents(tmp_path) == contents(year)


def test_another_seed_gives_another_year_in_the_same_county(year, tmp_path):
    generate("year", "--out", str(tmp_path), "--end", END, "--seed", "2")
    other, first = contents(tmp_path), contents(year)
    differ = {name for name in first if other[name] != first[name]}
    assert differ == {f"{agency}-history.ndjson" for agency in AGENCIES}


def test_same_seed_and_start_give_the_same_live_lines(live, tmp_path):
    generate("world", "--out", str(tmp_path))
    generate("live", "--out", str(tmp_path), "--start", NOON, "--for", "1200")
    assert contents(tmp_path) == contents(live)


# Accepted by the decoder --------------------------------------------------------------------------


def checked(lines, command="check"):
    program = liaison.program("liaison-dictionary")
    if not program:
        pytest.skip(f"liaison-dictionary is not built in {liaison.OUT}/bin")
    done = subprocess.run([program, command, "2026-11-24T00:00:00Z"], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("kind", ["history", "live"])
def test_every_line_passes_the_decoder(kind, year, live):
    lines = read_lines(year if kind == "history" else live, kind)
    answers = checked(lines)
    assert len(answers) == len(lines)
    assert collections.Counter(answers) == {"ok": len(lines)}


@pytest.mark.parametrize("kind", ["history", "live"])
def test_members_that_must_not_arrive_are_sent_and_dropped(kind, year, live):
    lines = read_lines(year if kind == "history" else live, kind)
    sent = [line for line in lines if "FICTITIOUS" in line]
    assert any("immigration_status" in line for line in sent) and any("caller_name" in line for line in sent)
    kept = checked(sent, "encode")
    assert len(kept) == len(sent)
    assert [line for line in kept if "FICTITIOUS" in line] == []


def test_a_type_that_stands_for_immigration_status_is_withheld(year):
    lines = [line for line in read_lines(year, "history") if '"ALIEN"' in line]
    kept = checked(lines, "encode")
    assert lines and len(kept) == len(lines)
    assert all('"call_type":"withheld"' in line and "ALIEN" not in line for line in kept)


@pytest.mark.parametrize("kind", ["history", "live"])
def test_every_code_that_is_sent_is_mapped(kind, year, live):
    folder = year if kind == "history" else live
    unmapped = collections.Counter()
    for agency in AGENCIES:
        maps = {kind: own_to_common(folder, agency, kind) for kind in ("types", "dispositions")}
        maps["outcomes"] = {} if agency == "veldwyn-fire" else own_to_common(folder, agency, "outcomes")
        maps["priorities"] = ({str(n): str(n) for n in range(11)} if agency == "tessamere-pd" else
                              own_to_common(folder, agency, "priorities"))
        with open(os.path.join(folder, f"{agency}-{kind}.ndjson"), encoding="utf-8") as file:
            for event in map(json.loads, file):
                codes = [("types", event.get("call_type")), ("types", event.get("final_type")),
                         ("priorities", event.get("priority"))]
                codes += [("dispositions", d["code"]) for d in event.get("dispositions", ())]
                codes += [("outcomes", o["code"]) for o in event.get("outcomes", ())]
                unmapped.update((agency, name, code) for name, code in codes
                                if code not in (None, "ALIEN") and code not in maps[name])
    assert unmapped == {}


# As measured --------------------------------------------------------------------------------------


def common_types(folder, chosen):
    """Shares, per mille, of the first types of the police incidents for which chosen(event) is true."""
    counted = collections.Counter()
    seen = set()
    for agency in AGENCIES[:3]:
        types = own_to_common(folder, agency, "types")
        with open(os.path.join(folder, f"{agency}-history.ndjson"), encoding="utf-8") as file:
            for event in map(json.loads, file):
                if event.get("call_type") in types and event["incident"] not in seen and chosen(event):
                    seen.add(event["incident"])
                    counted[types[event["call_type"]]] += 1
    total = sum(counted.values())
    return {code: 1000 * n / total for code, n in counted.items()}


def test_call_mix_away_from_schools_is_the_measured_one(year):
    made = common_types(year, lambda event: not is_at_school(event))
    for code, share in frequencies().POLICE_TYPES["elsewhere"].items():
        if share >= 20:
            assert abs(made.get(code, 0) - share) < 6 + 0.15 * share, (code, share, made.get(code))


def test_hours_away_from_schools_are_the_measured_ones(year_events):
    received = [at(e["times"]["received"]) for e in year_events
                if e["kind"] in ("incident.opened", "call.received") and "call_type" in e and not is_at_school(e)]
    hours = collections.Counter(t.hour for t in received)
    for hour, share in enumerate(frequencies().POLICE_HOURS["elsewhere"]):
        made = 1000 * hours[hour] / len(received)
        assert abs(made - share) < 8, (hour, share, made)


def test_schools_have_a_morning_peak_and_quiet_nights(year_events):
    hours = collections.Counter(at(e["times"]["received"]).hour for e in year_events
                                if e["kind"] == "call.received" and is_at_school(e))
    assert hours[8] > hours[10] and hours[8] > hours[16], hours
    assert hours[8] > 4 * hours[3], hours


def test_dispositions_follow_the_class_of_the_call(year_events, year):
    """Most thefts and burglaries that are not retyped end in a report, as measured."""
    counted = collections.Counter()
    types = own_to_common(year, "larkmoor-pd", "types")
    endings = own_to_common(year, "larkmoor-pd", "dispositions")
    chosen = {}
    for event in year_events:
        if event["agency"] == "larkmoor-pd":
            if "final_type" in event:
                chosen[event["incident"]] = types[event["final_type"]]
            elif event.get("call_type") in types:
                chosen.setdefault(event["incident"], types[event["call_type"]])
    for event in year_events:
        if event["kind"] == "incident.closed" and chosen.get(event["incident"]) in ("LARCENY", "BURGLARY"):
            counted[endings[event["dispositions"][0]["code"]]] += 1
    share = 1000 * counted["01"] / sum(counted.values())
    assert abs(share - frequencies().POLICE_DISPOSITIONS["property"]["01"]) < 40, counted


def test_frequencies_are_what_is_measured_on_the_shared_data():
    if not os.path.isdir(liaison.SHARED_DATA):
        pytest.skip(f"no shared data: {liaison.SHARED_DATA}")
    done = subprocess.run([sys.executable, os.path.join(DEMO, "measure.py"), liaison.SHARED_DATA, "--check"],
                          check=False)
    assert done.returncode == 0


# Deliberate errors --------------------------------------------------------------------------------


def test_the_year_has_the_size_the_duplicates_and_the_disorder_that_it_promises(year):
    lines = read_lines(year, "history")
    assert 25000 <= len(lines) <= 40000
    twice = len(lines) - len(set(lines))
    assert 0.005 < twice / len(lines) < 0.02
    for agency in AGENCIES:
        with open(os.path.join(year, f"{agency}-history.ndjson"), encoding="utf-8") as file:
            times = [at(json.loads(line)["occurred_at"]) for line in file]
        backwards = sum(b < a for a, b in zip(times, times[1:]))
        assert 0 < backwards < 0.1 * len(times), agency


def test_between_a_tenth_and_a_fifth_of_the_calls_are_at_schools(year_events):
    incidents = {(e["agency"], e["incident"]) for e in year_events}
    at_school = {(e["agency"], e["incident"]) for e in year_events if is_at_school(e)}
    assert 0.10 <= len(at_school) / len(incidents) <= 0.20


def metres(lat1, lon1, lat2, lon2):
    x = math.radians(lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    return 6371008.8 * math.hypot(x, math.radians(lat2 - lat1))


def is_inside(longitude, latitude, ring):
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
        if (y1 > latitude) != (y2 > latitude):
            odd ^= longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1)
    return odd


def test_places_named_after_a_school_are_on_its_campus_and_no_others_are(year, year_events):
    with open(os.path.join(year, "schools.geojson"), encoding="utf-8") as file:
        schools = {f["properties"]["name"]: f for f in json.load(file)["features"]}
    checked_places = 0
    for place in (e["place"] for e in year_events if "latitude" in e.get("place", {})):
        here = (place["latitude"], place["longitude"])
        if "name" in place:
            school = schools[place["name"]]
            p = school["properties"]
            if school["geometry"]["type"] == "Polygon":
                assert is_inside(here[1], here[0], school["geometry"]["coordinates"][0]), place
            else:
                assert metres(*here, p["latitude"], p["longitude"]) <= p["radius_m"], place
            checked_places += 1
        else:
            for s in schools.values():
                p = s["properties"]
                assert metres(*here, p["latitude"], p["longitude"]) > p["radius_m"] + 150, place
    assert checked_places > 1000


def test_no_event_of_the_year_is_on_or_after_its_end(year_events):
    end = at(END + "T00:00:00-08:00")
    assert max(at(e["occurred_at"]) for e in year_events) < end
    assert min(at(e["occurred_at"]) for e in year_events) >= at("2025-08-01T00:00:00-07:00")


def test_no_event_of_the_year_is_ahead_of_the_clock_where_the_day_is_further(tmp_path):
    generate("year", "--out", str(tmp_path), TZ="Pacific/Kiritimati")
    told = [json.loads(line)["occurred_at"] for line in read_lines(tmp_path, "history")]
    assert max(map(at, told)) <= datetime.datetime.now(datetime.timezone.utc)


def test_every_incident_of_the_year_ends_or_is_cut_by_its_end(year_events):
    closed = {(e["agency"], e["incident"]) for e in year_events if e["kind"] == "incident.closed"}
    left = {(e["agency"], e["incident"]): e for e in year_events if (e["agency"], e["incident"]) not in closed}
    assert left and all(at(e["occurred_at"]) > at("2026-11-22T22:00:00-08:00") for e in left.values()), left


# Live ---------------------------------------------------------------------------------------------


def live_events(folder):
    events = [json.loads(line) for line in read_lines(folder, "live")]
    return sorted(events, key=lambda e: at(e["occurred_at"]))


def test_first_call_at_a_school_comes_within_five_seconds(live):
    first = next(e for e in live_events(live) if is_at_school(e))
    assert (at(first["occurred_at"]) - at(NOON.replace("Z", "+00:00"))).total_seconds() <= 5


def test_calls_at_schools_come_steadily(live):
    starts = [at(e["occurred_at"]) for e in live_events(live) if e["kind"] == "call.received" and is_at_school(e)]
    starts = sorted(set(starts))
    gaps = [(b - a).total_seconds() for a, b in zip(starts, starts[1:])]
    assert 30 <= len(starts) and max(gaps) <= 41


def test_a_serious_incident_unfolds_within_the_first_minute_and_again_later(live):
    weapon = own_to_common(live, "larkmoor-pd", "types")
    serious = collections.defaultdict(list)
    for event in live_events(live):
        serious[event["agency"], event["incident"]].append(event)
    scripts = {k: v for k, v in serious.items()
               if any("Perimeter" in e.get("place", {}).get("cross_streets", "") for e in v)}
    assert len(scripts) == 2
    first, second = sorted(scripts.values(), key=lambda v: v[0]["occurred_at"])
    start = at(NOON.replace("Z", "+00:00"))
    retyped = next(e for e in first if "final_type" in e)
    assert weapon[retyped["final_type"]] == "WEAPON"
    assert (at(retyped["occurred_at"]) - start).total_seconds() <= 60
    assert max(len(e.get("units", ())) for e in first) == 5
    assert any(u["role"] == "school_officer" for e in first for u in e.get("units", ()))
    length = (at(first[-1]["occurred_at"]) - at(first[0]["occurred_at"])).total_seconds()
    assert first[-1]["kind"] == "incident.closed" and 300 <= length <= 420
    assert 840 <= (at(second[0]["occurred_at"]) - at(first[0]["occurred_at"])).total_seconds() <= 960


def test_words_of_a_call_leave_its_place_open_from_the_first_seconds_on(live):
    """The call names a school and is beside it, so placement asks; the agency says later where it is."""
    begun = at(NOON.replace("Z", "+00:00"))
    with open(os.path.join(live, "schools.geojson"), encoding="utf-8") as file:
        names = [f["properties"]["name"].upper() for f in json.load(file)["features"]]
    asked = [e for e in live_events(live) if e["kind"] == "call.received" and any(
        e["place"].get("name") == f"{word} {name}" for word in ("NEAR", "BUS STOP BY") for name in names)]
    starts = [(at(e["occurred_at"]) - begun).total_seconds() for e in asked]
    assert starts[0] <= 10 and len(starts) == 6
    assert max(b - a for a, b in zip(starts, starts[1:])) <= 201, "one waits nearly always"
    for event in asked[:-2]:
        rest = [e for e in live_events(live) if e["incident"] == event["incident"]]
        told = next(e for e in rest if "latitude" in e.get("place", {}))
        assert 190 <= (at(told["occurred_at"]) - at(event["occurred_at"])).total_seconds() <= 260
        assert set(event["place"]) == {"name"} and rest[-1]["kind"] == "incident.closed"


def test_live_lines_hold_late_and_doubled_ones(live):
    lines = read_lines(live, "live")
    assert len(lines) > len(set(lines))
    late = 0
    for agency in AGENCIES:
        with open(os.path.join(live, f"{agency}-live.ndjson"), encoding="utf-8") as file:
            times = [at(json.loads(line)["occurred_at"]) for line in file]
        late += sum(b < a for a, b in zip(times, times[1:]))
    assert late > 5


def test_live_numbers_of_two_runs_do_not_meet(live, tmp_path):
    generate("live", "--out", str(tmp_path), "--start", "2026-11-23T20:30:00Z", "--for", "600")
    first = {e["incident"] for e in live_events(live)}
    assert first & {e["incident"] for e in live_events(tmp_path)} == set()


def test_live_writes_as_time_passes_and_ends_well_on_sigterm(tmp_path):
    """At a pace of 4, the first call comes after a quarter of a second; times are of the machine's clock."""
    with subprocess.Popen([sys.executable, GENERATE, "live", "--out", str(tmp_path), "--pace", "4"],
                          stderr=subprocess.PIPE) as program:
        try:
            liaison.wait_until(lambda: len(read_lines(tmp_path, "live")) >= 8
                               if (tmp_path / "veldwyn-fire-live.ndjson").exists() else False, 20, "8 lines")
            last = max(at(json.loads(line)["occurred_at"]) for line in read_lines(tmp_path, "live"))
            now = datetime.datetime.now(datetime.timezone.utc)
            assert abs((now - last).total_seconds()) < 30
            program.send_signal(signal.SIGTERM)
            said = program.communicate(timeout=10)[1]
            assert program.returncode == 0, said
            assert b"events=" in said
        finally:
            program.kill()


def test_a_table_without_a_column_that_the_scripts_read_is_refused(tmp_path):
    file = tmp_path / "agencies.csv"
    file.write_text("slug,name,knid\nmetro,Metro,police\n", encoding="utf-8")
    command = [sys.executable, os.path.join(liaison.ROOT, "deploy/stack/rows.py"), str(file), "slug", "kind"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stdout == "" and "there is no column kind" in done.stderr
    done = subprocess.run([*command[:-1], "name"], capture_output=True, text=True, check=True)
    assert done.stdout == "metro\x1fMetro\x1f\n"
