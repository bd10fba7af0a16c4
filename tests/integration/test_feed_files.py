"""Files as agencies write them: replaced, rewritten, rotated, snapshots, and unreadable ones. Every row is sent; what
cannot be read is reported, and the proof is then not "same"."""

import gzip
import http.client
import json
import os
import shutil
import time

import pytest

import feed_support as fs
import liaison
from feed_support import HEADER, row
from liaison import wait_until

pytestmark = pytest.mark.needs("liaison-feed")
fake = pytest.fixture(name="fake")(fs.fresh_fake)
agent = pytest.fixture(name="agent")(fs.fresh_agent)
TOKEN = "t0ken-of-the-vendor-0123456789abcdef0123"


def numbers(stream):
    return [body["incident"] for body in stream.bodies()]


def rows(name, first, last, **more):
    return "".join(row(f"{name}-{i}", **more) for i in range(first, last + 1))


def names(name, first, last):
    return [f"{name}-{i}" for i in range(first, last + 1)]


def put(agent, text, name="calls.csv"):
    """Writes as most exporters do: into a new file, which is renamed over the old one."""
    agent.write(name + ".new", text)
    os.replace(agent.path(name + ".new"), agent.path(name))


def everybody(fake, expected, timeout=20):
    """Waits until each number has arrived. One may arrive twice, since intake knows duplicates."""
    wait_until(lambda: set(expected) <= set(numbers(fake.stream)), timeout,
               f"{len(expected)} numbers ({len(set(numbers(fake.stream)))} came)")
    assert set(numbers(fake.stream)) == set(expected)


# Another file under the same name -----------------------------------------------------------------


def test_files_of_one_name_in_a_folder_are_each_read_whole(tmp_path, fake, daemon):
    folder = os.path.join(tmp_path, "in")
    os.mkdir(folder)
    agent = fs.Agent(tmp_path, fake, daemon, source={"input": folder})
    running = agent.run()
    expected = []
    for i, count in enumerate((100, 100, 150)):
        put(agent, HEADER + rows(f"F{i}", 1, count), "in/calls.csv")
        # The last file has the time of another machine, whose clock is years ahead.
        os.utime(agent.path("in/calls.csv"), (1, 1) if i < 2 else (4102444800, 4102444800))
        expected += names(f"F{i}", 1, count)
        fake.wait_events(len(expected))
        wait_until(lambda: not os.path.exists(agent.path("in/calls.csv")), what="put away")
    assert numbers(fake.stream) == expected
    assert "input_known" not in running.log() and "input_resume" not in running.log()


def test_file_that_takes_the_place_of_a_followed_one_is_read_from_its_beginning(agent, fake):
    agent.rows(rows("A", 1, 100))
    agent.run("--follow")
    fake.wait_events(100)
    put(agent, HEADER + rows("B", 1, 200))
    fake.wait_events(300)
    assert numbers(fake.stream) == names("A", 1, 100) + names("B", 1, 200)


@pytest.mark.parametrize("first, last", [(1, 200), (1, 100), (1, 40)])
def test_file_written_anew_in_its_place_is_read_from_its_beginning_whatever_its_size(agent, fake, first, last):
    agent.rows(rows("A", 1, 100))
    agent.run("--follow")
    fake.wait_events(100)
    agent.rows(rows("B", first, last))
    everybody(fake, names("A", 1, 100) + names("B", first, last))
    assert not os.path.getsize(os.path.join(agent.spool, "live", "rejects.tsv"))


def test_row_changed_in_the_middle_of_a_followed_file_is_told(agent, fake):
    text = [row(f"A-{i}") for i in range(300)]  # both ends and the size stay the same
    agent.rows(*text)
    agent.run("--follow")
    fake.wait_events(300)
    text[150] = row("B-150")
    agent.rows(*text)
    wait_until(lambda: "B-150" in numbers(fake.stream), what="the changed row")


def test_restart_does_not_take_a_file_of_the_same_beginning_for_the_one_it_read(agent, fake):
    agent.rows(rows("A", 1, 100))
    running = agent.run("--follow")
    fake.wait_events(100)
    running.kill9()
    agent.rows(rows("A", 1, 90) + rows("B", 91, 120))
    agent.run("--follow")
    everybody(fake, names("A", 1, 100) + names("B", 91, 120))


def test_file_of_equal_size_is_not_taken_for_known_by_the_next_run(agent, fake):
    agent.rows(rows("A", 1, 100))
    agent.once()
    agent.rows(rows("A", 1, 99) + rows("B", 100, 100).replace("B-100", "B-777"))
    agent.once()
    everybody(fake, names("A", 1, 100) + ["B-777"])
    already = fake.count()
    agent.once()
    assert fake.count() == already  # this content was sent before


def test_file_of_a_folder_that_is_still_being_written_is_read_whole(tmp_path, fake, daemon):
    folder = os.path.join(tmp_path, "in")
    os.mkdir(folder)
    agent = fs.Agent(tmp_path, fake, daemon, source={"input": folder})
    put(agent, HEADER + "".join(row(f"A-{i}", address=os.urandom(60).hex()) for i in range(9000)), "in/calls.csv")
    os.utime(agent.path("in/calls.csv"), (1, 1))
    agent.run()
    fake.wait_events(1)
    agent.write("in/calls.csv", rows("B", 1, 5), "a")  # while the agent reads it, or after the move to done/
    if os.path.exists(agent.path("in/done/calls.csv")):
        pytest.skip("the file was read before it could be written to")
    everybody(fake, names("A", 0, 8999) + names("B", 1, 5), 60)


# Rotation while the agent is down -----------------------------------------------------------------


def down(agent, fake, count=100):
    agent.rows(rows("A", 1, count))
    running = agent.run("--follow")
    fake.wait_events(count)
    running.kill9()
    agent.write("calls.csv", rows("A", count + 1, count + 10), "a")


@pytest.mark.parametrize("old", ["calls.csv.1", "calls-20261120.csv", "calls.csv-2026-11-20", "somewhere.else"])
def test_rest_of_a_file_that_was_rotated_while_the_agent_was_down_is_read(agent, fake, old):
    down(agent, fake)
    os.rename(agent.input, agent.path(old))
    agent.rows(rows("B", 1, 5))
    running = agent.run("--follow")
    fake.wait_events(115)
    assert numbers(fake.stream) == names("A", 1, 110) + names("B", 1, 5)
    assert "input_lost" not in running.log()


def test_rest_of_a_packed_file_is_read(agent, fake):
    down(agent, fake)
    with open(agent.input, "rb") as file, gzip.open(agent.path("calls.csv.1.gz"), "wb") as packed:
        shutil.copyfileobj(file, packed)
    put(agent, HEADER + rows("B", 1, 5))
    agent.run("--follow")
    fake.wait_events(115)
    assert numbers(fake.stream) == names("A", 1, 110) + names("B", 1, 5)


def test_rest_of_a_file_that_was_copied_and_emptied_is_read(agent, fake):
    down(agent, fake)
    shutil.copyfile(agent.input, agent.path("calls.csv.1"))
    agent.rows(rows("B", 1, 5))
    agent.run("--follow")
    everybody(fake, names("A", 1, 110) + names("B", 1, 5))


def test_files_of_several_rotations_are_read_in_their_order(agent, fake):
    down(agent, fake)
    os.utime(agent.input, (1e9, 1e9))
    os.rename(agent.input, agent.path("calls.csv.2"))
    agent.write("calls.csv.1", HEADER + rows("B", 1, 5))
    os.utime(agent.path("calls.csv.1"), (1e9 + 60, 1e9 + 60))
    agent.write("calls.csv.old.backup", HEADER + rows("X", 1, 5))  # not a rotation of this file
    agent.rows(rows("C", 1, 5))
    agent.run("--follow")
    fake.wait_events(120)
    assert numbers(fake.stream) == names("A", 1, 110) + names("B", 1, 5) + names("C", 1, 5)


def test_rotated_files_that_are_renumbered_while_they_wait_are_each_read_once(agent, fake):
    down(agent, fake)
    os.rename(agent.input, agent.path("calls.csv.3"))
    now = time.time()
    for number, name in enumerate("DCB"):
        path = agent.path(f"calls.csv.{number}" if number else "calls.csv")
        agent.write(os.path.basename(path), HEADER + rows(name, 1, 5))
        os.utime(path, (now + 180 - 60 * number,) * 2)
    agent.run("--follow")
    fake.wait_events(110)  # the agent waits a second for the writer of this file, and then reads the next one
    for number in (3, 2, 1):
        os.rename(agent.path(f"calls.csv.{number}"), agent.path(f"calls.csv.{number + 1}"))
    os.rename(agent.input, agent.path("calls.csv.1"))
    agent.rows(rows("E", 1, 5))
    fake.wait_events(130)
    assert numbers(fake.stream) == names("A", 1, 110) + [n for name in "BCDE" for n in names(name, 1, 5)]


def test_file_that_was_rotated_twice_within_a_moment_is_read(agent, fake):
    agent.rows(rows("A", 1, 100))
    agent.run("--follow")
    fake.wait_events(100)
    os.rename(agent.input, agent.path("calls.csv.2"))
    agent.write("calls.csv.1", HEADER + rows("B", 1, 5))
    agent.rows(rows("C", 1, 5))
    everybody(fake, names("A", 1, 100) + names("B", 1, 5) + names("C", 1, 5))


def test_agent_that_dies_within_the_rest_of_a_rotated_file_goes_on_in_it(agent, fake):
    down(agent, fake)
    os.rename(agent.input, agent.path("calls.csv.1"))
    agent.rows(rows("B", 1, 5))
    agent.run("--follow").kill9()
    second = agent.run("--follow")
    fake.wait_events(110)
    second.kill9()
    agent.run("--follow")
    everybody(fake, names("A", 1, 110) + names("B", 1, 5))


def test_rest_that_cannot_be_found_is_told_and_not_proven(agent, fake):
    fake.minor = 1
    down(agent, fake)
    put(agent, HEADER + rows("B", 1, 5))
    running = agent.run("--follow")
    fake.wait_events(105)
    line = running.wait_log("event=input_lost")
    assert 'name="calls.csv" read=100' in line
    manifest = wait_until(lambda: fake.stream.manifests, what="a manifest")[0]
    assert (manifest["source"], manifest["read"], manifest["unread"]) == ("calls.csv", 100, 1)
    assert manifest["counts_from"] == manifest["through"] + 1  # an empty section


# Damaged ------------------------------------------------------------------------------------------


def packed(text, damage):
    """Rows compressed by gzip, with this damage to the file."""
    data = gzip.compress(text.encode())
    if damage == "cut short":
        return data[:len(data) // 2]
    if damage == "in the middle":
        return data[:len(data) // 2] + b"\xff" * 60 + data[len(data) // 2 + 60:]
    return data + rows("P", 1, 4).encode()  # uncompressed rows follow the compressed ones


DAMAGES = ["cut short", "in the middle", "rows behind it"]


def unread(stream, name):
    return [m for m in stream.manifests if m["source"] == name and m.get("unread")]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_of_a_rotation_does_not_hold_up_that_of_today(agent, fake, damage):
    fake.minor = 1
    down(agent, fake)
    agent.write("calls.csv", "".join(row(f"A-{i}", address=os.urandom(20).hex()) for i in range(111, 2000)), "a")
    with open(agent.input, encoding="utf-8") as file:
        data = packed(file.read(), damage)
    with open(agent.path("calls.csv.1.gz"), "wb") as file:
        file.write(data)
    put(agent, HEADER + rows("B", 1, 5))
    running = agent.run("--follow")
    wait_until(lambda: set(names("B", 1, 5)) <= set(numbers(fake.stream)), 30, "the rows of today's file")
    assert "event=input_given_up" in running.log()
    assert len(set(numbers(fake.stream)) & set(names("A", 101, 2000))) > 700  # what could be read
    manifest = wait_until(lambda: unread(fake.stream, "calls.csv"), what="its manifest")[0]
    assert manifest["counts_from"] == manifest["through"] + 1
    agent.write("calls.csv", rows("C", 1, 2), "a")
    wait_until(lambda: set(names("C", 1, 2)) <= set(numbers(fake.stream)), what="what is appended to it")
    assert running.log().count("event=input_given_up") == 1


def test_file_of_a_rotation_with_other_columns_is_passed_over(agent, fake):
    fake.minor = 1
    down(agent, fake)
    os.rename(agent.input, agent.path("calls.csv.2"))
    agent.write("calls.csv.1", "a,b\n1,2\n")
    agent.rows(rows("B", 1, 5))
    running = agent.run("--follow")
    everybody(fake, names("A", 1, 110) + names("B", 1, 5), 30)
    assert 'event=input_given_up name="calls.csv.1"' in running.log()
    wait_until(lambda: unread(fake.stream, "calls.csv.1"), what="its manifest")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_of_a_folder_is_told_and_not_proven(tmp_path, fake, daemon, damage):
    fake.minor = 1
    os.mkdir(os.path.join(tmp_path, "in"))
    agent = fs.Agent(tmp_path, fake, daemon, source={"input": os.path.join(tmp_path, "in")})
    text = HEADER + "".join(row(f"A-{i}", address=os.urandom(20).hex()) for i in range(3000))
    with open(agent.path("in/a.csv.gz"), "wb") as file:
        file.write(packed(text, damage))
    agent.write("in/b.csv", HEADER + rows("B", 1, 5))
    running = agent.run()
    fake.wait_events(700)
    wait_until(lambda: set(names("B", 1, 5)) <= set(numbers(fake.stream)), what="the rows of the next file")
    manifest = wait_until(lambda: unread(fake.stream, "a.csv.gz"), what="a manifest of the damaged one")[0]
    assert manifest["counts_from"] == manifest["through"] + 1
    assert manifest["read"] >= manifest["records"] > 700
    assert 'event=input_refused name="a.csv.gz"' in running.log()
    wait_until(lambda: os.path.exists(agent.path("in/refused/a.csv.gz")), what="put away")


def test_packed_file_of_several_members_with_zeros_behind_is_whole(agent, fake):
    with open(agent.path("calls.csv.gz"), "wb") as file:
        file.write(gzip.compress((HEADER + rows("A", 1, 3)).encode()) + gzip.compress(rows("A", 4, 6).encode()) +
                   bytes(700))
    agent.once("--input", agent.path("calls.csv.gz"))
    assert numbers(fake.stream) == names("A", 1, 6)


# Snapshots ----------------------------------------------------------------------------------------


@pytest.fixture
def snapshots(tmp_path, fake, daemon):
    """An agent whose export is rewritten as a whole each time."""
    return fs.Agent(tmp_path, fake, daemon, source={"kind": "snapshot"})


def in_place(agent, text):
    agent.write("calls.csv", text)


@pytest.mark.parametrize("write", [in_place, put])
def test_of_each_version_what_is_new_or_changed_is_sent_once(snapshots, fake, write):
    write(snapshots, HEADER + rows("A", 1, 100))
    running = snapshots.run()
    fake.wait_events(100)
    write(snapshots, HEADER + rows("A", 1, 80) + rows("A", 81, 100, call_type="THEFT") + rows("A", 101, 105))
    fake.wait_events(125)
    write(snapshots, HEADER + rows("A", 11, 80) + rows("A", 81, 100, call_type="THEFT") + rows("A", 101, 106))
    fake.wait_events(126)
    assert numbers(fake.stream) == names("A", 1, 100) + names("A", 81, 105) + ["A-106"]
    assert [body["call_type"] for body in fake.stream.bodies()[100:120]] == ["THEFT"] * 20
    gone = running.wait_log("event=rows_vanished")
    assert "incidents=10 vanished=10" in gone
    write(snapshots, HEADER + rows("A", 1, 1) + rows("A", 106, 107))  # one comes back
    fake.wait_events(128)
    assert numbers(fake.stream)[126:] == ["A-1", "A-107"]


def test_snapshot_that_was_read_halfway_is_told_once_after_a_kill(snapshots, fake):
    put(snapshots, HEADER + rows("A", 1, 3000))
    for _ in range(3):
        running = snapshots.run()
        already = fake.count()
        wait_until(lambda: fake.count() > already or fake.count() == 3000, what="events")
        running.kill9()
        put(snapshots, HEADER + rows("A", 1, 3000))
    put(snapshots, HEADER + rows("A", 2, 3001))
    running = snapshots.run()
    fake.wait_events(3001)
    assert "incidents=1 " in running.wait_log("event=rows_vanished")
    assert sorted(numbers(fake.stream)) == sorted(names("A", 1, 3001))


def test_half_a_snapshot_is_waited_for(snapshots, fake):
    put(snapshots, HEADER + rows("A", 1, 10))
    running = snapshots.run()
    fake.wait_events(10)
    half = HEADER + rows("A", 1, 11)
    in_place(snapshots, half[:-60])  # the writer is in the middle of a row
    in_place(snapshots, half + rows("A", 12, 12))
    fake.wait_events(12)
    assert numbers(fake.stream) == names("A", 1, 12)
    assert "rows_vanished" not in running.log() and "row_refused" not in running.log()


def test_row_of_a_snapshot_that_is_refused_is_told_once(snapshots, fake):
    put(snapshots, HEADER + row("") + rows("A", 1, 3))
    snapshots.run()
    fake.wait_events(3)
    for last in (4, 5):
        put(snapshots, HEADER + row("") + rows("A", 1, last))
        fake.wait_events(last)
    assert len(snapshots.rejects()) == 1


def test_snapshot_is_read_once_and_compared_by_the_next_run(snapshots, fake):
    put(snapshots, HEADER + rows("A", 1, 10))
    assert snapshots.once()["records"] == 10
    put(snapshots, HEADER + rows("A", 2, 12))
    assert snapshots.once()["records"] == 12
    assert numbers(fake.stream) == names("A", 1, 12)


# What cannot be read ------------------------------------------------------------------------------


def other_columns(agent):
    agent.write("calls.csv", "no,such,columns\n1,2,3\n")


def a_folder(agent):
    os.unlink(agent.input)
    os.mkdir(agent.input)


def a_pipe(agent):
    """Replaces the input by a pipe without a writer. Opening it like a file would block for ever."""
    os.unlink(agent.input)
    os.mkfifo(agent.input)


def a_loop(agent):
    os.unlink(agent.input)
    os.symlink("calls.csv", agent.input)


def holes(agent):
    with open(agent.input, "wb") as file:
        file.truncate(100_000)  # a writer that keeps its offset in a file that was truncated
        file.seek(0, os.SEEK_END)
        file.write(row("B-1").encode())


@pytest.mark.parametrize("spoil", [other_columns, a_folder, a_pipe, a_loop, holes])
@pytest.mark.parametrize("kind", ["rows", "snapshot"])
def test_source_that_becomes_unreadable_is_parked_and_the_rest_goes_on(tmp_path, fake, daemon, ports, spoil, kind):
    token = liaison.write_file(os.path.join(tmp_path, "tokens"), TOKEN + "\n", 0o600)
    port = ports()
    agent = fs.Agent(tmp_path, fake, daemon, source={"kind": kind, "follow": "yes"},
                     http={"listen": f"127.0.0.1:{port}", "token_file": token})
    agent.rows(rows("A", 1, 10))
    running = agent.run()
    fake.wait_events(10)
    spoil(agent)
    running.wait_log("event=input_parked")
    endpoint = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    endpoint.request("POST", "/events", json.dumps(liaison.event("D-1")),
                 {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"})
    assert endpoint.getresponse().status == 202
    endpoint.close()
    fake.wait_events(11)
    if os.path.isdir(agent.input):
        os.rmdir(agent.input)
    else:
        os.unlink(agent.input)
    put(agent, HEADER + rows("A", 1, 12))
    running.wait_log("event=input_back", 60)
    everybody(fake, names("A", 1, 12) + ["D-1"])
    assert running.log().count("event=input_parked") == 1 and running.running()


def test_followed_file_that_is_not_there_at_the_start_is_waited_for(agent, fake):
    running = agent.run("--follow")
    running.wait_log("event=session_open")
    agent.rows(row("A-1"))
    fake.wait_events(1)


def test_octets_of_nothing_between_rows_cost_none(agent, fake):
    agent.rows(rows("A", 1, 3))
    agent.write("calls.csv", b"\0" * 70_000 + row("A-4").encode() + b"\0" * 9 + row("A-5").encode(), "a")
    agent.once()
    assert numbers(fake.stream) == names("A", 1, 5)
    path = agent.write("calls.ndjson", b"\n" * 9 + b"\0" * 5000 + json.dumps(liaison.event("N-1")).encode() + b"\n")
    agent.once("--input", path, "--format", "ndjson")
    assert numbers(fake.stream)[5:] == ["N-1"]


# Links out of a watched folder ---------------------------------------------------------------------


def test_links_in_a_watched_folder_are_not_followed(tmp_path, fake, daemon):
    folder, outside = os.path.join(tmp_path, "in"), os.path.join(tmp_path, "outside")
    os.mkdir(folder)
    os.mkdir(outside)
    agent = fs.Agent(tmp_path, fake, daemon, source={"input": folder})
    os.symlink(agent.write("outside/secret.csv", HEADER + row("S-1")), os.path.join(folder, "a.csv"))
    os.symlink(outside, os.path.join(folder, "done"))
    agent.write("in/b.csv", HEADER + row("B-1"))
    os.utime(agent.path("in/b.csv"), (1, 1))
    running = agent.run()
    fake.wait_events(1)
    running.wait_log("event=folder_move")
    assert numbers(fake.stream) == ["B-1"]
    assert sorted(os.listdir(folder)) == ["a.csv", "b.csv", "done"] and os.listdir(outside) == ["secret.csv"]


# Quotes that are never closed ----------------------------------------------------------------------


def test_quote_that_is_never_closed_costs_its_row_and_holds_no_other_back(agent, fake):
    agent.rows(rows("A", 1, 3))
    running = agent.run("--follow")
    fake.wait_events(3)
    agent.write("calls.csv", row("A-4", caller='"BAD') + rows("A", 5, 9, address='"1 OAK, UNIT 2"') + rows("A", 10, 30), "a")
    fake.wait_events(29)
    assert numbers(fake.stream) == names("A", 1, 3) + names("A", 5, 30)
    assert "a quote is not closed before the next row" in agent.rejects()[0][-1]
    agent.write("calls.csv", row("A-31", caller='"BAD') + "words\n", "a")  # nothing follows
    running.wait_log("event=row_refused")
    wait_until(lambda: len(agent.rejects()) == 3, 20, "the last row is given up, and the words with it")
    agent.write("calls.csv", rows("A", 32, 32), "a")
    fake.wait_events(30)


# A wrong clock at the agent -------------------------------------------------------------------------


def test_rows_are_held_until_the_intake_tells_what_time_it_is(agent, fake):
    fake.stop()
    soon = liaison.ago(-3600)[:16].replace("T", " ")
    agent.rows(rows("A", 1, 3), rows("B", 1, 3, time=soon))
    running = agent.run("--follow", env={"LIAISON_CLOCK_OFFSET_S": "-1000000"})
    running.wait_log("event=rows_held")
    fake.clock = int(time.time() * 1e6)
    fake.start()
    running.wait_log("event=clock_differs")
    fake.wait_events(6)
    assert numbers(fake.stream) == names("A", 1, 3) + names("B", 1, 3)
    agent.write("calls.csv", row("C-1", time="2091-01-01 00:00") + row("C-2"), "a")  # ahead of both clocks
    fake.wait_events(7)
    assert [(r[3], r[4]) for r in agent.rejects()] == [("occurred_at", "range")]
