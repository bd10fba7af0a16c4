"""The sources of liaison-feed, what rows become, and what never leaves the agency."""

import csv
import gzip
import json
import os
import subprocess

import pytest

import feed_support as fs
import liaison
from feed_support import row

pytestmark = pytest.mark.needs("liaison-feed")
fake = pytest.fixture(name="fake")(fs.fresh_fake)
agent = pytest.fixture(name="agent")(fs.fresh_agent)

MESSY = fs.MAPPING + """place.latitude = latitude
place.longitude = longitude
"""
SECRETS = (b"Canaria", b"Ruritania", b"Strelsau", b"1999-01-02")


def fixture(name):
    return os.path.join(fs.FIXTURES, name)


def shared(*parts):
    path = os.path.join(liaison.SHARED_DATA, *parts)
    if not os.path.exists(path):
        pytest.skip(f"no shared data: {path}")
    return path


def city(name):
    return os.path.join(liaison.ROOT, "deploy", "demo", "city", name)


def numbers(stream):
    return [body["incident"] for body in stream.bodies()]


# Rows ---------------------------------------------------------------------------------------------


def test_messy_rows_are_sent_or_rejected_each_once(agent, fake):
    agent.write("feed.map", MESSY)
    summary = agent.once("--input", fixture("messy.csv"))
    assert numbers(fake.stream) == ["M-1", "M-3", "M-4", "M-5"]
    assert "latitude" not in fake.stream.bodies()[3]["place"]
    assert [(r[1], r[2], r[3], r[4]) for r in agent.rejects()] == [
        ("messy.csv", "3", "occurred_at", "time"),
        ("messy.csv", "7", "incident", "missing"),
        ("messy.csv", "8", "", "syntax"),
        ("messy.csv", "9", "occurred_at", "time"),
    ]
    assert (summary["read"], summary["rejected"], summary["records"]) == (8, 4, 4)
    told = [line for line in agent.everything().decode(errors="replace").splitlines()
            if "event=row_refused" in line]
    left_out = [line for line in agent.everything().decode(errors="replace").splitlines()
                if "event=left_out" in line]
    assert 'values=1 value_fields="place.latitude=1"' in left_out[-1]
    assert len(told) == 1 and 'line=3 field="occurred_at" code=time rejected=1' in told[0]


def test_doubled_hour_takes_the_earlier_offset_and_says_so(agent, fake):
    agent.write("feed.map", MESSY)
    agent.once("--input", fixture("messy.csv"))
    event = fake.stream.bodies()[1]
    assert (event["occurred_at"], event["time_quality"]) == ("2026-11-01T08:30:00Z", "doubled_hour")


def test_nothing_but_mapped_fields_is_in_spool_reject_file_log_or_on_the_wire(agent, fake):
    agent.write("feed.map", MESSY)
    fake.nak = {1: (b"value", b"call_type", b"no")}
    agent.once("--input", fixture("messy.csv"))
    octets = agent.everything() + b"".join(fake.stream.events.values())
    assert b"100 MAIN ST" in octets  # proves that the search works
    assert b"IMMIGRATION" not in octets and b"withheld" in octets
    for secret in SECRETS:
        assert secret not in octets, secret
    assert b"647.6" not in octets and b"yesterday" not in octets


def test_person_in_an_eido_document_never_leaves(agent, fake):
    summary = agent.once("--input", fixture("person.eido.json"), "--format", "eido")
    assert summary["records"] == 1, agent.rejects()
    octets = agent.everything() + b"".join(fake.stream.events.values())
    assert b"FIGHT" in octets
    for secret in SECRETS:
        assert secret not in octets, secret


def test_sample_of_nena_is_read_and_its_persons_are_not(agent, fake):
    path = shared("eido", "sample-call-transfer.json")
    agent.once("--input", path, "--format", "eido")
    octets = agent.everything() + b"".join(fake.stream.events.values())
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    names = [word for person in document.get("personComponent", [])
             for word in json.dumps(person).replace('"', " ").split() if word.istitle()]
    assert fake.count() + len(agent.rejects()) == 1
    for name in names:
        if len(name) > 5 and not name.endswith("Component"):
            assert name.encode() not in octets, name


def test_unknown_and_denied_members_of_ndjson_never_leave(agent, fake):
    event = {"kind": "call.received", "incident": "N-1", "occurred_at": "2026-03-02T08:15:00Z",
             "call_type": "FIGHT", "citizenship": "Ruritania", "caller": {"name": "Maria Canaria"},
             "place": {"address": "100 MAIN ST", "place_of_birth": "Strelsau"}}
    path = agent.write("calls.ndjson", json.dumps(event) + "\n{broken\n")
    summary = agent.once("--input", path, "--format", "ndjson")
    assert (summary["read"], summary["rejected"], summary["records"]) == (2, 1, 1)
    octets = agent.everything()
    assert b"members_unknown=1 members_denied=2 codes_withheld=0" in octets
    octets += b"".join(fake.stream.events.values())
    assert b"100 MAIN ST" in octets
    for secret in SECRETS:
        assert secret not in octets, secret


TYPES_FILE = "\ufeff# not for the district\r\nchild abuse\r\n  Sex  Offense \r\nRUNAWAY*\r\nALIEN\r\n"


@pytest.fixture
def discreet(tmp_path, fake, daemon):
    """An agent whose agency withholds some types."""
    made = fs.Agent(tmp_path, fake, daemon, withhold={"types_file": os.path.join(tmp_path, "types")})
    made.write("types", TYPES_FILE)
    fake.frames = []
    return made


def test_types_that_the_agency_withholds_are_in_no_frame(discreet, fake):
    discreet.rows(row("A-1"), row("A-2", call_type="CHILD ABUSE"), row("A-3", call_type="SEX   OFFENSE"),
                  row("A-4", call_type="Runaway Juvenile"), row("A-5", call_type="ALIEN"),
                  row("A-6", call_type="FIGHT - CHILD ABUSE"))
    summary = discreet.once()
    assert numbers(fake.stream) == ["A-1", "A-6"]  # the type of A-6 is only similar to a withheld one
    assert (summary["read"], summary["withheld"], summary["records"]) == (6, 4, 2)
    frames = b"\n".join(fake.frames)
    assert b"A-1" in frames and b"FIGHT" in frames
    for value in (b"SEX", b"unaway", b"ALIEN", b"withheld", b"A-2", b"A-3", b"A-4", b"A-5"):
        assert value not in frames, value
        assert value not in discreet.everything().replace(b"withheld=", b"").replace(b'"withheld"', b""), value


def test_event_without_a_type_follows_the_withheld_type_of_its_incident(discreet, fake):
    def event(number, kind, **more):
        return json.dumps({"kind": kind, "incident": number, "occurred_at": "2026-03-02T08:15:00Z", **more}) + "\n"

    path = discreet.write("calls.ndjson", "".join([
        event("N-1", "call.received", call_type="RUNAWAY"),
        event("N-1", "unit.status", units=[{"id": "2A7"}]),
        event("N-2", "call.received", call_type="FIGHT"),
        event("N-2", "unit.status", units=[{"id": "2A8"}])]))
    running = discreet.run("--input", path, "--format", "ndjson", "--follow")
    fake.wait_events(2)
    running.kill9()  # after the restart it reads these rows again
    discreet.write("calls.ndjson", event("N-1", "incident.closed") +
                   event("N-1", "incident.updated", call_type="FIGHT", final_type="RUNAWAY") +
                   event("N-1", "incident.updated", call_type="THEFT") + event("N-2", "incident.closed"), "a")
    discreet.run("--input", path, "--format", "ndjson", "--follow")
    fake.wait_events(4)
    assert [(body["incident"], body.get("call_type")) for body in fake.stream.bodies()] == [
        ("N-2", "FIGHT"), ("N-2", None), ("N-1", "THEFT"), ("N-2", None)]
    assert b"RUNAWAY" not in b"".join(fake.frames) and b"2A7" not in b"".join(fake.frames)


@pytest.mark.parametrize("content, line", [
    ("FIGHT\n".encode("utf-16"), 1), (b"FIGHT\nCAF\xc9\n", 2), (b"FIGHT\n\n" + b"X" * 81 + b"\n", 3),
    (b"# a\nSEX OFF*\n*ABUSE\n", 3), (b"SEX*CHILD\n", 1), (b"SEX OFF**\n", 1), (b"FIGHT\n*\n", 2)])
def test_list_of_withheld_types_that_could_match_nothing_is_refused(discreet, content, line):
    discreet.write("types", content)
    discreet.rows(row("A-1"))
    discreet.once(status=2)
    assert f"types_file: line {line} ".encode() in discreet.everything()


def test_bytes_that_are_not_utf8_are_read_in_the_fallback(agent, fake):
    agent.rows()
    agent.write("calls.csv", row("A-1", address="CAF@ ST").encode().replace(b"@", b"\xc9"), "a")
    agent.once()
    assert fake.stream.bodies()[0]["place"]["address"] == "CAFÉ ST"


# Check --------------------------------------------------------------------------------------------


def test_check_shows_what_rows_become_and_sends_nothing(agent, fake):
    agent.write("feed.map", MESSY)
    status, text = agent.check("4", "--input", fixture("messy.csv"))
    lines = text.splitlines()
    assert status == 1
    assert lines[0].startswith('line 2: {"kind":"call.received","incident":"M-1"')
    assert lines[1] == "    dropped: caller, citizenship, place_of_birth"
    assert lines[2] == "line 3: refused: occurred_at: the clocks of the zone skipped this time (time)"
    assert "4 rows shown, 1 would be refused." in lines
    assert lines[-5:] == ["caller", "citizenship", "place_of_birth",
                          'Codes replaced by "withheld": 1.', "Taken out of texts: 1 (status)."]
    for secret in SECRETS:
        assert secret.decode() not in text
    assert fake.count() == 0 and not fake.streams
    assert not os.path.exists(agent.spool)


def test_check_tells_row_by_row_what_is_sent_dropped_withheld_and_refused(discreet, fake):
    discreet.write("feed.map", DIGEST.replace("[event]", "duplicates = drop\n[event]"))
    discreet.rows(row("A-1"), row("A-2", call_type="RUNAWAY"), row("A-1"),
                  row("A-4", time="yesterday"), row("A-5", caller="", address="5 ELM ST"))
    status, text = discreet.check("--input", discreet.input)
    lines = text.splitlines()
    assert status == 1
    assert json.loads(lines[0].removeprefix("line 2: "))["call_type"] == "FIGHT"
    assert lines[1:5] == ["    dropped: number, caller, citizenship",
                          "line 3: withheld, by [withhold] types_file",
                          "line 4: dropped: repeats a row before it",
                          "line 5: refused: occurred_at: is not a time of the mapping's format (time)"]
    assert lines[6] == "    dropped: number, citizenship"
    assert "2 would be sent, 1 are withheld by their type, 1 repeat a row before them." in lines
    unmet = lines.index("Types of [withhold] types_file that no row shown has:")
    assert lines[unmet + 1:unmet + 4] == ["child abuse", "Sex Offense", "ALIEN"]
    for value in ("Jane", "secretland", "yesterday", "RUNAWAY\""):
        assert value not in text, value
    assert not fake.frames


def test_check_notes_a_call_that_is_over_before_it_came_in(agent):
    agent.write("feed.map", fs.MAPPING.replace("[fields]", "[join]\ncleared = day, clock\n[fields]") +
                "times.received = time\ntimes.cleared = cleared\n")
    agent.write("calls.csv", "number,time,type,address,day,clock\n"
                "A-1,2026-03-02 23:50,FIGHT,1 ELM ST,2026-03-02,00:20\n"
                "A-2,2026-03-02 08:15,FIGHT,1 ELM ST,2026-03-02,09:20\n")
    status, text = agent.check("2", "--input", agent.input)
    assert status == 0
    assert text.splitlines()[1] == "    note: times.cleared is before times.received"
    assert "1 have a milestone before the call was received." in text
    assert text.count("note: ") == 1


@pytest.mark.parametrize("mapping, content, reason", [
    (fs.MAPPING, b"", "input: has no row to show: it is empty, or a header alone"),
    (fs.MAPPING.replace("[time]", "delimiter = ;\n[time]"), b"number,time\nA-1,x\n",
     "it has one alone; is it text, and the delimiter right?"),
    (fs.MAPPING, bytes(range(256)) * 8, "holds a NUL octet"),
    (fs.MAPPING, "number,time\nA-1,x\n".encode("utf-16"), "is in UTF-16: export it as UTF-8"),
])
def test_check_of_an_input_that_is_no_table_says_so(agent, mapping, content, reason):
    agent.write("feed.map", mapping)
    with open(agent.input, "wb") as file:
        file.write(content)
    status, text = agent.check("3", "--input", agent.input)
    assert status == 2 and reason in text


@pytest.mark.parametrize("words, reason", [
    (["--check", "0"], "--check shows at least one row"),
    (["--check", "1", "--zone", "Europe/Berlin"], "goes only with --guess: --zone"),
    (["--check", "1", "--rows", "5"], "goes only with --guess: --rows"),
    (["--guess", "x.csv", "--mapping", "x"], "does not go with --guess: --mapping"),
])
def test_words_that_would_do_nothing_are_mistakes(words, reason):
    done = subprocess.run([liaison.program("liaison-feed"), *words], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 2 and reason in done.stderr and done.stdout == ""


def test_agent_without_a_configuration_says_what_it_needs():
    done = subprocess.run([liaison.program("liaison-feed")], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode == 2 and "--config FILE" in done.stderr


def test_key_file_that_is_not_there_is_named(agent):
    agent.rows(row("A-1"))
    os.unlink(agent.path("agency.key"))
    agent.once(status=2)
    assert f"key_file: {agent.path('agency.key')} cannot be read: No such file".encode() in agent.everything()


def test_mapping_mistake_names_line_and_key(agent):
    agent.write("feed.map", fs.MAPPING + "place.adress = address\n")
    status, text = agent.check("--input", fixture("messy.csv"))
    assert status == 2
    assert "line 15: [fields] place.adress: the data dictionary names no such field" in text


def test_column_that_is_not_there_names_the_line_of_the_mapping(agent):
    agent.write("feed.map", fs.MAPPING + "priority = prio\n")
    agent.rows(row("A-1"))
    agent.once(status=1)
    assert b'line 15 of the mapping: the input has no column "prio"' in agent.everything()


# Inputs -------------------------------------------------------------------------------------------


def test_standard_input(agent, fake):
    read, write = os.pipe()
    running = agent.run("--once", "--input", "-", stdin=read)
    os.close(read)
    os.write(write, (fs.HEADER + row("A-1")).encode())
    fake.wait_events(1)
    os.write(write, row("A-2").encode())
    os.close(write)
    assert running.wait() == 0
    assert numbers(fake.stream) == ["A-1", "A-2"]


def test_gzipped_file(agent, fake):
    with gzip.open(agent.path("calls.csv.gz"), "wt") as file:
        file.write(fs.HEADER + row("A-1") + row("A-2"))
    agent.once("--input", agent.path("calls.csv.gz"))
    assert numbers(fake.stream) == ["A-1", "A-2"]


def test_gzipped_file_cut_short_is_told_and_what_it_holds_is_sent(agent, fake):
    data = gzip.compress((fs.HEADER + "".join(row(f"A-{i}", address=os.urandom(40).hex())
                                              for i in range(9000))).encode())
    agent.write("calls.csv.gz", data[:-5000])
    agent.once("--input", agent.path("calls.csv.gz"), status=1)
    assert b"cut short" in agent.everything()
    assert fake.count() > 1000


def test_growing_file_is_followed_line_by_line(agent, fake):
    agent.rows(row("A-1"))
    agent.run("--follow")
    fake.wait_events(1)
    agent.write("calls.csv", row("A-2")[:10], "a")  # an incomplete line is not yet a row
    agent.write("calls.csv", row("A-2")[10:] + row("A-3"), "a")
    fake.wait_events(3)
    assert numbers(fake.stream) == ["A-1", "A-2", "A-3"]


def test_rotated_file_is_read_to_its_end_and_the_new_one_from_its_beginning(agent, fake):
    agent.rows(row("A-1"))
    agent.run("--follow")
    fake.wait_events(1)
    os.rename(agent.input, agent.path("calls.csv.1"))
    agent.write("calls.csv.1", row("A-2"), "a")
    agent.rows(row("B-1"))
    fake.wait_events(3)
    assert numbers(fake.stream) == ["A-1", "A-2", "B-1"]


def test_file_emptied_in_its_place_is_read_from_its_beginning(agent, fake):
    agent.rows(row("A-1"), row("A-2"))
    agent.run("--follow")
    fake.wait_events(2)
    agent.rows(row("B-1"))
    fake.wait_events(3)
    assert numbers(fake.stream) == ["A-1", "A-2", "B-1"]


def test_restart_goes_on_where_a_growing_file_was_left(agent, fake):
    agent.rows(row("A-1"))
    running = agent.run("--follow")
    fake.wait_events(1)
    running.kill9()
    agent.write("calls.csv", row("A-2"), "a")
    agent.run("--follow")
    fake.wait_events(2)
    assert fake.stream.received == [1, 2]
    assert numbers(fake.stream) == ["A-1", "A-2"]


def test_day_of_a_growing_file_has_a_manifest_of_its_own(agent, fake):
    agent.rows(row("A-1"), row(""))
    running = agent.run("--follow")
    fake.wait_events(1)
    agent.write("calls.csv", row("A-2"), "a")
    fake.wait_events(2)
    running.terminate()
    today = liaison.ago()[:10]
    later = agent.run("--follow", env={"LIAISON_CLOCK_OFFSET_S": "86400"})
    manifest = liaison.wait_until(lambda: fake.stream.manifests, what="a manifest")[0]
    assert (manifest["source"], manifest["read"], manifest["rejected"], manifest["records"],
            manifest["first"], manifest["last"]) == (today, 3, 1, 2, 1, 2)
    counts = later.wait_log("event=input_day")
    assert "read=3 records=2 rejected=1 withheld=0" in counts and "members_unknown=0" in counts
    agent.write("calls.csv", row("A-3"), "a")
    fake.wait_events(3)


def test_file_written_anew_under_the_same_name_is_read_from_its_beginning(agent, fake):
    agent.rows(row("A-1"), row("A-2"))
    agent.once()
    agent.rows(row("B-1"), row("B-2"), row("B-3"))
    assert agent.once()["read"] == 3
    assert numbers(fake.stream) == ["A-1", "A-2", "B-1", "B-2", "B-3"]


def test_file_that_grew_since_the_last_run_is_read_on(agent, fake):
    agent.rows(row("A-1"))
    agent.once()
    agent.write("calls.csv", row("A-2"), "a")
    assert agent.once()["read"] == 2
    assert fake.stream.received == [1, 2]


def test_rotated_file_is_not_taken_for_the_one_before_after_a_restart(agent, fake):
    agent.rows()  # only the header so far, which the next file has too
    running = agent.run("--follow")
    running.wait_log("event=input_begin")
    agent.write("calls.csv", row("A-1"), "a")
    fake.wait_events(1)
    running.kill9()
    agent.rows(row("B-1"), row("B-2"))
    agent.run("--follow")
    fake.wait_events(3)
    assert numbers(fake.stream) == ["A-1", "B-1", "B-2"]


def test_files_of_a_watched_folder_are_taken_and_put_away(tmp_path, fake, daemon):
    folder = os.path.join(tmp_path, "in")
    os.mkdir(folder)
    agent = fs.Agent(tmp_path, fake, daemon, source={"input": folder})
    agent.write("in/b.csv", fs.HEADER + row("B-1"))
    agent.write("in/a.csv", fs.HEADER + row("A-1"))
    agent.write("in/c.csv.part", fs.HEADER + row("C-1"))
    agent.write("in/bad.csv", "no,such,columns\n1,2,3\n")
    os.utime(agent.path("in/a.csv"), (1, 1))
    agent.run()
    fake.wait_events(2)
    assert numbers(fake.stream) == ["A-1", "B-1"]
    os.rename(agent.path("in/c.csv.part"), agent.path("in/c.csv"))
    fake.wait_events(3)
    liaison.wait_until(lambda: sorted(os.listdir(folder)) == ["done", "refused"], what="put away")
    assert sorted(os.listdir(folder + "/done")) == ["a.csv", "b.csv", "c.csv"]
    assert os.listdir(folder + "/refused") == ["bad.csv"]
    liaison.wait_until(lambda: [m["source"] for m in fake.stream.manifests] ==
                       ["a.csv", "b.csv", "c.csv"], what="a manifest for each")


# Incident numbers -----------------------------------------------------------------------------------


DIGEST = fs.MAPPING.replace("incident = number", "digest = address, time")


def test_numbers_made_from_keys_are_the_same_after_a_kill(agent, fake):
    agent.write("feed.map", DIGEST)
    rows = [row("x", address=f"{i % 7} ELM ST", call_type=f"TYPE {i % 13}") for i in range(5000)]
    agent.rows(*rows)
    whole = agent.check("100000")[1]
    expected = [json.loads(line.split(": ", 1)[1])["incident"]
                for line in whole.splitlines() if line.startswith("line ")]
    for _ in range(3):
        already = fake.count()
        running = agent.run("--once")
        running.expected = (0,)
        liaison.wait_until(lambda: fake.count() > already + 200 or not running.running(), 15)
        running.kill9()
    agent.once()
    assert numbers(fake.stream) == expected
    assert len(set(expected)) == 7 * 13


def test_repeated_rows_are_dropped_where_the_mapping_says_so(agent, fake):
    agent.write("feed.map", DIGEST.replace("[event]", "duplicates = drop\n[event]"))
    agent.rows(row("A"), row("A"), row("A", call_type="THEFT"))
    summary = agent.once()
    assert (summary["read"], summary["duplicates_dropped"], summary["records"]) == (3, 1, 2)


# Replay ---------------------------------------------------------------------------------------------


def test_replay_plays_in_the_order_of_time_between_from_and_to(agent, fake):
    agent.rows(row("late", "2026-03-03 12:00"), row("early", "2026-03-02 12:00"),
               row("middle", "2026-03-02 18:00"), row("before", "2026-03-01 23:59"),
               row("after", "2026-03-04 00:00"))
    summary = agent.once("--mode", "replay", "--pace", "max", "--from", "2026-03-02", "--to",
                         "2026-03-04")
    assert numbers(fake.stream) == ["early", "middle", "late"]
    assert fake.stream.bodies()[0]["occurred_at"] == "2026-03-02T20:00:00Z"
    assert (summary["read"], summary["records"], summary["acknowledged"]) == (5, 3, 3)


def test_replay_shifted_to_now_keeps_the_pace(agent, fake):
    agent.rows(row("one", "2026-03-02 12:00"), row("two", "2026-03-02 12:20"),
               row("three", "2026-03-02 12:40"))
    before = liaison.ago()
    summary = agent.once("--mode", "replay", "--pace", "1200", "--shift-to-now")
    after = liaison.ago()
    assert summary["seconds"] >= 2
    times = [body["occurred_at"] for body in fake.stream.bodies()]
    assert before[:19] <= times[0] < times[1] < times[2] <= after
    assert [n.split("~")[0] for n in numbers(fake.stream)] == ["one", "two", "three"]
    assert len({n.split("~")[1] for n in numbers(fake.stream)}) == 1


def test_replay_that_was_killed_goes_on_where_it_was(agent, fake):
    agent.rows(*(row(f"A-{i}", f"2026-03-02 {i // 60:02}:{i % 60:02}") for i in range(600)))
    running = agent.run("--once", "--mode", "replay", "--pace", "9000")
    fake.wait_events(200)
    running.kill9()
    agent.once("--mode", "replay", "--pace", "max")
    assert numbers(fake.stream) == [f"A-{i}" for i in range(600)]
    assert sorted(fake.stream.events) == list(range(1, 601))


# The real sets ----------------------------------------------------------------------------------------


def test_whole_year_of_the_city_goes_in_row_by_row(agent, fake):
    path = shared("seattle-911-2015", "calls.csv.gz")
    fake.credit = 8 << 20
    summary = agent.once("--input", path, "--mapping", city("seattle.map"), "--mode", "backfill",
                         timeout=120)
    assert summary["read"] == 91067
    assert summary["rejected"] + summary["records"] == 91067
    assert (summary["rejected"], summary["acknowledged"]) == (0, 91067)
    with gzip.open(path, "rt", encoding="latin-1") as file:
        rows = list(csv.reader(file))[1:]
    bodies = fake.stream.bodies()
    assert len(bodies) == len(rows)
    assert [b["place"]["address"] for b in bodies] == [" ".join(r[4].split()) for r in rows]
    assert [b["call_type"] for b in bodies] == [" ".join(r[7].split()) for r in rows]
    assert sum(b["time_quality"] == "doubled_hour" for b in bodies) == 34
    distinct = {tuple(r) for r in rows}
    assert len(distinct) == 91067 - 782
    assert len({b["incident"] for b in bodies}) == len(distinct)


def test_second_set_of_another_shape_goes_in_whole(agent, fake):
    path = shared("montgomery-pa-911", "911.csv")
    summary = agent.once("--input", path, "--mapping", city("montgomery.map"), "--mode", "backfill")
    assert (summary["read"], summary["rejected"], summary["records"]) == (3051, 0, 3051)
    with open(path, encoding="utf-8") as file:
        distinct = {tuple(r) for r in csv.reader(file)}
    assert len({b["incident"] for b in fake.stream.bodies()}) == len(distinct) == 3040
    assert {b["kind"] for b in fake.stream.bodies()} == {"call.received"}
