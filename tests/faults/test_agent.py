"""The feed agent's disk, full and damaged. A full disk stops reading and loses no row. With a spool that was
cut or changed at random, the agent starts, logs what it cut off, and goes on. Each line of the source is
stored once."""

import glob
import json
import os
import random
import resource
import subprocess
import time

import pytest

import liaison
import load
from liaison import wait_until
from rounds import ROUNDS, Report
from test_chain import Source

pytestmark = pytest.mark.needs("liaison-intake", "liaison-feed")


@pytest.fixture
def source(tmp_path):
    made = Source(str(tmp_path / "calls.ndjson"))
    yield made
    made.ending.set()


@pytest.fixture
def fed(pg, riverside, metro, intake, daemon, config, source, tmp_path):
    """An intake, an agent that is not yet started, its spool's folder, and a function that counts the stored lines."""
    riverside.school("LIN", *load.HERE)
    server = intake()
    spool = tmp_path / "spool"
    feed = daemon("liaison-feed", "--config", config(
        "feed.ini", intake={"endpoint": server.endpoint, "server_key": server.public.decode(), "retry_max_s": 1},
        agency={"slug": "metro", "key_file": metro.key_file(tmp_path)},
        source={"input": source.path, "format": "ndjson", "follow": "yes"}, stream={"mode": "live"},
        spool={"dir": spool}))
    return server, feed, str(spool), lambda: pg.one("select count(*) from agency.event")


def settle(pg, source, feed, stored, report):
    """Ends the source, waits until its last line is stored, and compares the database with it."""
    source.ending.set()
    source.join()
    wait_until(lambda: stored() >= len(source.lines), 60, f"all {len(source.lines)} lines are stored")
    rows = pg.rows("select incident_no, call_type from agency.event")
    lines = [(body["incident"], body["call_type"]) for body in map(json.loads, source.lines)]
    newest, state = dict(lines), dict(pg.rows("select incident_no, call_type from agency.incident"))
    found = {"acknowledged": len(rows), "lost": len(set(lines) - set(rows)), "doubled": len(rows) - len(set(rows)),
             "misordered": sum(state.get(k) != v for k, v in newest.items()), "silent": len(lines) - len(rows)}
    assert feed.running()
    feed.terminate()
    report.end(found)
    assert pg.one("select count(*) from agency.quarantine") == 0
    assert liaison.SANITIZER.search(feed.log(whole=True)) is None


def last_file(spool):
    return max(glob.glob(spool + "/live/*.seg"))


class SmallDisk:
    """A tmpfs of 2 MiB under the spool, which ballast fills. The agent may still make room by deleting files."""
    lasting = False

    def __init__(self, spool):
        os.makedirs(spool, exist_ok=True)
        self.spool, self.ballast = spool, os.path.join(spool, "ballast")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "none", spool],
                              capture_output=True, check=False)
        if done.returncode:
            pytest.skip("no tmpfs can be mounted here: " + done.stderr.decode().strip())

    def fill(self, feed):
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def free(self, feed):
        os.unlink(self.ballast)

    def close(self):
        subprocess.run(["umount", "-l", self.spool], check=False)


class FileLimit:
    """A limit on file size at the size of the last file, which a program sees as a full disk."""
    lasting = True

    def __init__(self, spool):
        self.spool = spool

    def fill(self, feed):
        self._limit(feed, os.path.getsize(last_file(self.spool)))

    def free(self, feed):
        self._limit(feed, resource.RLIM_INFINITY)

    def close(self):
        pass

    def _limit(self, feed, octets):
        hard = resource.prlimit(feed.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(feed.pid, resource.RLIMIT_FSIZE, (octets, hard))


@pytest.mark.parametrize("disk, name", [(SmallDisk, "full disk under a feed"), (FileLimit, "full file under a feed")])
def test_full_disk_stops_reading_and_loses_no_line(pg, fed, source, closing, disk, name):
    _, feed, spool, stored = fed
    full = closing(disk(spool))
    feed.start()
    source.start()
    chance, report = random.Random(name), Report(name, ROUNDS)
    for number in range(ROUNDS):
        goal = stored() + chance.randrange(40, 200)
        wait_until(lambda: stored() >= goal, 60, f"{goal} lines are stored")
        told = len(feed.lines(r"event=disk "))
        full.fill(feed)
        feed.wait_log(r"event=disk ", 30, count=told + 1)
        if number % 2:
            feed.kill9()
            feed.start()  # while the disk is still full
            full.fill(feed)
            feed.wait_log(r"event=disk ", 30)
        begun = len(source.lines)
        wait_until(lambda: len(source.lines) > begun + 50, 30, "the source goes on")
        assert feed.running()
        assert stored() <= begun or not full.lasting, "what came after the disk was full was read"
        full.free(feed)
        mark, begun = len(source.lines), time.monotonic()
        wait_until(lambda: stored() > mark, 60, "lines are stored again")
        report.round(time.monotonic() - begun)
    settle(pg, source, feed, stored, report)


def test_decided_files_make_room_on_a_small_disk(pg, fed, source, closing):
    """The disk is too small for all the lines at once."""
    _, feed, spool, stored = fed
    closing(SmallDisk(spool))
    line = source.line

    def longer(n):
        body = json.loads(line(n))
        body["place"]["address"], body["place"]["cross_streets"] = "A" * 160, "B" * 160
        body["units"] = [{"id": f"UNIT {i:018}"} for i in range(16)]
        return json.dumps(body).encode() + b"\n"

    source.line, source.pace = longer, 500
    feed.start()
    source.start()
    wait_until(lambda: len(source.lines) * len(longer(1)) > 4 << 20, 60, "twice the disk is written")
    settle(pg, source, feed, stored, Report("more than the disk holds", 1))


def damage(path, chance):
    """Cuts the file, or changes one bit or one octet, at a random place."""
    size = os.path.getsize(path)
    at, how = chance.randrange(size), chance.randrange(3)
    with open(path, "r+b", buffering=0) as file:
        if how == 0:
            file.truncate(at)
            return
        file.seek(at)
        octet = file.read(1)[0]
        file.seek(at)
        file.write(bytes([octet ^ (1 << chance.randrange(8) if how == 1 else 0xFF)]))


@pytest.mark.parametrize("name", ["damaged spool", "damaged spool with a backlog"])
def test_damaged_spool_starts_says_so_and_stores_each_line_once(pg, fed, source, name):
    server, feed, spool, stored = fed
    feed.start()
    source.start()
    chance, report = random.Random(name), Report(name, ROUNDS)
    for _ in range(ROUNDS):
        goal = stored() + chance.randrange(40, 200)
        wait_until(lambda: stored() >= goal, 60, f"{goal} lines are stored")
        if "backlog" in name:
            server.kill9()
            size = os.path.getsize(last_file(spool))
            wait_until(lambda: os.path.getsize(last_file(spool)) > size + 20000, 30, "the spool grows")
        feed.kill9()
        damage(last_file(spool), chance)
        begun = time.monotonic()
        feed.start()
        feed.wait_log(r"event=start ", 20)
        if "backlog" in name:
            server.start(ready=False)
        mark = len(source.lines)
        wait_until(lambda: stored() > mark, 60, "lines are stored again")
        report.round(time.monotonic() - begun)
    said = feed.lines(r"event=(spool_cut|spool_damaged|spool_behind_mark|spool_is_behind) ", whole=True)
    settle(pg, source, feed, stored, report)
    assert said, "nothing was said of any damage"
