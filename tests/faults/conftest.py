"""The fixtures of tests/integration/conftest.py, for fault tests."""

import importlib.util
import os
import sys

sys.dont_write_bytecode = True
_folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration")
sys.path.insert(0, _folder)
_spec = importlib.util.spec_from_file_location("liaison_fixtures", os.path.join(_folder, "conftest.py"))
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)
globals().update({name: value for name, value in vars(_fixtures).items() if not name.startswith("_")})

import load  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture
def starting():
    """starting(sender, ...) starts agents and stops them after the test."""
    begun = []

    def start(*senders):
        for sender in senders:
            begun.append(sender)
            sender.start()
        return list(senders)

    yield start
    for sender in begun:
        sender.ending.set()
    for sender in begun:
        sender.join(90)


@pytest.fixture
def senders(pg, riverside, metro, intake, starting):
    """Four running agents of two agencies, each with its stream."""
    riverside.school("LIN", *load.HERE)
    server, shelby = intake(), pg.agency("shelby")
    return starting(load.Sender(server, metro, "A"), load.Sender(server, metro, "B", mode="backfill", pace=400),
                    load.Sender(server, shelby, "C"), load.Sender(server, shelby, "D", mode="replay"))
