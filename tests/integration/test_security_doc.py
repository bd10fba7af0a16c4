"""SECURITY.md is consistent: each test and file that it names exists, and each flow has all six letters of STRIDE."""

import functools
import glob
import os
import re

import pytest

import liaison

FLOWS = 13
LETTERS = "STRIDE"
COLUMNS = ("", "threat", "what stops it", "test", "what remains")
NAMED_TEST = re.compile(r"`([\w/]+\.(?:py|c))::(\w+)`")
NAMED_FILE = re.compile(r"`([\w./@-]+\.(?:c|h|def|sql|py|mjs|ts|tsx|sh|md|yml|json|service))`")


def read(path):
    with open(os.path.join(liaison.ROOT, path), encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def document():
    return read("SECURITY.md")


def flows():
    """{number of a flow: rows of its table, as [letter, threat, stops, test, remains]}"""
    found = {}
    for part in re.split(r"(?m)^### Flow ", document())[1:]:
        number = int(re.match(r"\d+", part)[0])
        part = re.split(r"(?m)^##", part)[0]
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")]
                for line in part.splitlines() if line.startswith("|")]
        found[number] = rows
    return found


def rows_of_all():
    return [(number, row) for number, rows in flows().items() for row in rows[2:]]


@functools.lru_cache(maxsize=None)
def source_of(name):
    """The text of a test file: an integration or unit test is given by its name, others by the path below tests/."""
    for folder in ("tests", "tests/integration", "tests/unit"):
        if os.path.isfile(os.path.join(liaison.ROOT, folder, name)):
            return read(os.path.join(folder, name))
    return None


def has_test(name, test):
    text = source_of(name)
    form = rf"^def {test}\(" if name.endswith(".py") else rf"^static void {test}\(void \*\*state\)"
    return text is not None and test.startswith("test_") and re.search(form, text, re.M) is not None


def has_file(path):
    """Whether the tree has a file with this path; test files and this document may be given by name alone."""
    return os.path.isfile(os.path.join(liaison.ROOT, path)) or source_of(path) is not None


def test_every_test_that_is_named_exists():
    named = NAMED_TEST.findall(document())
    assert len(named) > 100
    assert [pair for pair in named if not has_test(*pair)] == []
    assert len(named) == document().count("::"), "a test is named in another form"


def test_every_file_that_is_named_exists():
    named = NAMED_FILE.findall(document())
    assert len(named) > 50
    assert sorted({path for path in named if not has_file(path)}) == []
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document())
    assert links and [path for path in links if not os.path.exists(os.path.join(liaison.ROOT, path))] == []


def test_every_flow_has_six_letters_or_says_why_not():
    assert sorted(flows()) == list(range(1, FLOWS + 1))
    for number, rows in flows().items():
        assert tuple(rows[0]) == COLUMNS, number
        letters = [row[0] for row in rows[2:]]
        assert "".join(dict.fromkeys(letters)) == LETTERS, f"flow {number} has {letters}"


def test_every_row_names_what_stops_it_its_test_and_what_remains():
    assert len(rows_of_all()) > FLOWS
    for number, row in rows_of_all():
        where = f"flow {number}: {row}"
        assert len(row) == len(COLUMNS), where
        _, threat, stops, test, remains = row
        if threat.startswith("does not apply: "):
            assert len(threat) > 40 and not (stops or test or remains), where
            continue
        assert threat and remains, where
        assert stops.startswith("nothing: ") or NAMED_FILE.search(stops), where
        assert test.startswith("none: ") or NAMED_TEST.search(test), where
        assert not (stops.startswith("nothing: ") and remains == "-"), where


def test_the_diagram_has_every_flow_and_no_other():
    diagram = re.search(r"(?ms)^```\n(.*?)^```", document())[1]
    assert {int(n) for n in re.findall(r"\((\d+)\)", diagram)} == set(range(1, FLOWS + 1))


def test_the_version_is_the_one_that_is_built():
    version = re.search(r"(?m)^VERSION\s*:=\s*(\S+)", read("Makefile"))[1]
    assert f"| {version} | yes |" in document()


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md"])
def test_who_looks_for_it_is_led_to_it(path):
    assert "](SECURITY.md)" in read(path)


@pytest.mark.parametrize("name,test", [("test_roles.py", "test_a_hash_leaves_the_database"),
                                       ("test_role.py", "test_a_hash_never_leaves_the_database"),
                                       ("test_roles.py", "test_a_hash_never"), ("test_wire.c", "main")])
def test_a_test_that_there_is_not_is_found(name, test):
    assert not has_test(name, test)


def test_names_of_the_schemas_files_are_checked_too():
    assert glob.glob(os.path.join(liaison.ROOT, "deploy/schema/r_*.sql"))
    assert has_file("deploy/schema/grants.sql") and not has_file("deploy/schema/rights.sql")
