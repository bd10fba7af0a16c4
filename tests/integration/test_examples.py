"""The clients of docs/examples, run as an agency's programmer would, over a connection that is cut."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from liaison import ROOT, event, wait_until, write_file

EXAMPLES = os.path.join(ROOT, "docs", "examples")
EVENTS = 3000
pytestmark = pytest.mark.needs("liaison-intake")


@pytest.fixture(scope="module")
def node_folder(tmp_path_factory):
    """The Node.js example with its packages, outside the tree."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node or no npm")
    folder = str(tmp_path_factory.mktemp("node"))
    for name in ("client.mjs", "package.json", "package-lock.json"):
        shutil.copy(os.path.join(EXAMPLES, name), folder)
    done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=180)
    if done.returncode != 0:
        pytest.skip("npm ci is not possible here: " + done.stdout.strip()[-200:])
    return folder


@pytest.fixture(params=["python", "node"])
def example(request):
    if request.param == "python":
        return [sys.executable, os.path.join(EXAMPLES, "client.py")]
    return ["node", os.path.join(request.getfixturevalue("node_folder"), "client.mjs")]


@pytest.fixture
def stage(intake, metro, proxy, tmp_path, example):
    """run(endpoint) starts the example as a process; .proxy is in front of the intake; .events is the file."""
    class Stage:
        server = intake()
        relay = proxy(server.endpoint)
        events = os.path.join(str(tmp_path), "events.ndjson")
        processes = []

        def run(self):
            argv = [*example, self.relay.endpoint, self.server.public.decode(),
                    metro.key_file(tmp_path), self.events]
            self.processes.append(subprocess.Popen(argv, text=True, stdout=subprocess.PIPE,
                                                   stderr=subprocess.STDOUT))
            return self.processes[-1]

    made = Stage()
    yield made
    for process in made.processes:
        if process.poll() is None:
            process.kill()
            process.communicate()


def ndjson(count, first=1):
    return "".join(json.dumps(event(f"E-{n}")) + "\n" for n in range(first, first + count))


def stored(pg):
    return pg.row("select count(*) c, count(distinct incident_no) d, max(seq) m from agency.event")


def test_every_event_is_stored_once_though_the_connection_is_cut_in_the_middle(pg, stage):
    write_file(stage.events, ndjson(EVENTS))
    process = stage.run()
    wait_until(lambda: pg.one("select count(*) from agency.event") > 0, what="some are stored")
    stage.relay.cut()
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert f"{EVENTS} decided, 0 refused" in said
    assert tuple(stored(pg).values()) == (EVENTS, EVENTS, EVENTS)
    assert "session ended:" in said, "the cut came in the middle"


def test_killed_client_goes_on_where_it_was_and_sends_what_was_added(pg, stage):
    write_file(stage.events, ndjson(EVENTS))
    process = stage.run()
    wait_until(lambda: pg.one("select count(*) from agency.event") > 0, what="some are stored")
    process.kill()
    process.communicate()
    with open(stage.events, "a", encoding="ascii") as file:
        file.write(ndjson(10, first=EVENTS + 1))
    said, _ = stage.run().communicate(timeout=60)
    assert f"{EVENTS + 10} decided, 0 refused" in said
    assert tuple(stored(pg).values()) == (EVENTS + 10, EVENTS + 10, EVENTS + 10)


def test_refused_event_is_printed_with_code_field_and_reason_and_the_rest_is_stored(pg, stage):
    bad = json.dumps({"kind": "call.received", "occurred_at": "2026-11-23T10:00:00Z"}) + "\n"
    write_file(stage.events, ndjson(2) + bad + ndjson(2, first=3))
    said, _ = stage.run().communicate(timeout=60)
    assert "refused 3 missing incident" in said
    assert "5 decided, 1 refused" in said
    assert pg.one("select count(*) from agency.event") == 4
