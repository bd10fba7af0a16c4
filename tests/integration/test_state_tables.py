"""The state machines of docs/protocol.md, section 6, equal those of the code, row by row."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
MACHINES = {
    "### Agent": ("services/feed/sender/sender_moves.def", "services/feed/sender/sender_private.h"),
    "### Intake": ("services/intake/session/session_moves.def", "services/intake/session/session_moves.h"),
}
# The commands that each side receives, as in section 3.
COMMANDS = {
    "### Agent": set("WELCOME CREDIT ACK NAK AGAIN PONG REFUSE ACCOUNT".split()),
    "### Intake": set("HELLO EVENT EVENTS GONE MANIFEST PING BYE".split()),
}


def names(cell):
    return re.findall(r"`([A-Za-z_]+)`", cell)


def section(title):
    page = (ROOT / "docs/protocol.md").read_text()
    return re.search(rf"^{title}.*?(?=^##)", page, re.S | re.M).group(0)


def table(title, head):
    """The rows of the section's table with this header row, as lists of cells."""
    lines = iter(section(title).splitlines())
    assert any(line == head for line in lines), f"{title} has no table {head}"
    next(lines)  # |---|
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    assert rows
    return rows


def documented_moves(title):
    moves = []
    for states, events, action, after in table(title, "| state | event | action | next |"):
        for state in names(states):
            for event in names(events):
                moves.append((state, event, names(action)[0], state if after == "the same" else names(after)[0]))
    return moves


def moves_in_code(title):
    rows = re.findall(r"^MOVE\((\w+), (\w+), (\w+), (\w+)\)$", (ROOT / MACHINES[title][0]).read_text(), re.M)
    assert len(rows) > 30
    return rows


@pytest.mark.parametrize("title", MACHINES)
def test_the_page_has_each_move_of_the_code_once_and_no_other(title):
    documented, coded = documented_moves(title), moves_in_code(title)
    assert sorted(documented) == sorted(coded)
    cases = [move[:2] for move in coded]
    assert len(set(cases)) == len(cases), "two moves of one state and event"


@pytest.mark.parametrize("title", MACHINES)
def test_each_event_of_the_code_is_a_command_or_explained_and_has_a_move(title):
    explained = [names(event)[0] for event, _ in table(title, "| event | when |")]
    events = re.findall(r"\bE\((\w+)\)", (ROOT / MACHINES[title][1]).read_text())
    assert sorted(explained + sorted(COMMANDS[title])) == sorted(events)
    assert {move[1] for move in moves_in_code(title)} == set(events)


def test_an_agents_command_has_a_move_in_every_state():
    """Otherwise a peer could send a command that aborts the process."""
    moves = moves_in_code("### Intake")
    states = {move[0] for move in moves}
    assert states == {"UNKNOWN", "TAKING", "OPEN"}
    for event in COMMANDS["### Intake"] | {"BAD_MESSAGE"}:
        assert {state for state, of, _, _ in moves if of == event} == states, event
