"""Schema and code agree with common/dictionary.def. A field is added to the event by a row there, a numbered file with
its columns, and `make generated`: tested on a copy of the tree."""

import itertools
import os
import re
import shutil
import subprocess

import pytest

import liaison
from ctl_support import Ctl
from liaison import ROOT, ago, event

pytestmark = pytest.mark.needs("liaison-intake", "liaisonctl")
DICTIONARY = os.path.join("common", "dictionary.def")
MODES = ["live", "replay", "backfill"]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def texts(*endings):
    """[(path, text)] of the files of schema, programs and statements with these endings."""
    found = []
    for top in ("common", "services", "deploy/schema"):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            found += [(os.path.relpath(os.path.join(folder, name), ROOT), read(folder, name))
                      for name in sorted(names) if name.endswith(endings) and "node_modules" not in folder]
    return found


def words(of):
    """{word: value} of a list of the dictionary."""
    part = read(ROOT, DICTIONARY).split(f"#define EVENT_{of}_WORDS", 1)[1].split("\n\n", 1)[0]
    return {word: int(value) for value, word in re.findall(r'WORD\((\d+), "([^"]+)"', part)}


def test_words_of_numbers_in_the_schema_are_those_of_the_dictionary():
    expected = {"initiated_by": words("INITIATED"), "received_via": words("VIA"),
                "mode": dict(zip(MODES, (1, 2, 3))), "status": {"open": 1, "closed": 2}}
    seen = set()
    for path, text in texts(".sql"):
        if not os.path.basename(path).startswith("r_"):
            continue
        for array, column in re.findall(r"\(array\[([^]]*)\]\)\[\w+\.(\w+)\]", text):
            names = re.findall(r"'([^']*)'", array)
            assert dict(zip(names, range(1, 99))) == expected[column], f"{path}: {column}"
            seen.add(column)
    assert seen == set(expected)


def test_numbers_of_kinds_are_those_of_the_dictionary():
    kinds = words("KIND")
    fold = read(ROOT, "deploy", "schema", "r_fold.sql.in")
    assert f"kind = {kinds['incident.closed']} then 2 when kind = {kinds['outcome.recorded']} then null" in fold
    named = dict(re.findall(r"EVENT_(\w+) = (\d+),", read(ROOT, "common", "event.h").split("enum event_kind", 1)[1]
                            .split("}", 1)[0]))
    assert {name: int(value) for name, value in named.items()} == \
        {word.upper().replace(".", "_"): value for word, value in kinds.items()}


def test_states_of_units_in_statements_are_those_of_the_dictionary():
    compared = [(path, name) for path, text in texts(".sql", ".h", ".c")
                for part in re.findall(r"->> 'status' (?:=|in) \(?((?:'\w+'(?:, )?)+)", text)
                for name in re.findall(r"'(\w+)'", part)]
    assert len(compared) >= 4
    assert [c for c in compared if c[1] not in words("UNIT_STATUS")] == []


def test_the_fold_is_what_the_dictionary_makes_of_its_template():
    made = subprocess.run(["awk", "-f", "deploy/sql-expand.awk", os.path.join(liaison.OUT, "gen", "columns"),
                           "deploy/schema/r_fold.sql.in"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert read(ROOT, "deploy", "schema", "r_fold.sql") == made, "run `make generated`"


@pytest.mark.parametrize("text,why", [
    ("@each nobody : NAME\n", "no column is in the list nobody"),
    ("  @each all NAME\n", "not @let WORD TEXT, nor @each"),
    ("@leave it\n", "not @let WORD TEXT, nor @each"),
])
def test_a_template_that_is_none_stops_the_build(tmp_path, text, why):
    path = tmp_path / "bad.sql.in"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(["awk", "-f", f"{ROOT}/deploy/sql-expand.awk", os.path.join(liaison.OUT, "gen", "columns"),
                           str(path)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"{path}:1: " in done.stderr and why in done.stderr


# ---- A new field ----

ROWS = {
    "EVENT_PLACE_FIELDS": ['TEXT(gate, 20, OF_PLACE, "Which gate.", PLACE({}, gate))'],
    "EVENT_FIELDS": ['TEXT(weapon, 40, OF_CODE, "A code of the weapon.", STATE({}, weapon))',
                     'INT(persons, 0, 999, "How many.", STATE({}, persons))',
                     'FLAG(drill, "It was a drill.", CONTENT({}, drill))'],
}
NUMBERED = """
alter table agency.event add gate text, add weapon text, add persons int, add drill boolean not null default false;
alter table agency.incident add gate text, add weapon text, add persons int;
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the tree with the fields of ROWS, and its intake. Only the two files written here are edited by hand."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(os.path.join(ROOT, "Makefile"), tree)
    for folder in ("common", "services/intake", "deploy", "docs"):
        shutil.copytree(os.path.join(ROOT, folder), tree / folder)
    text = (tree / DICTIONARY).read_text()
    number = itertools.count(max(map(int, re.findall(r"(?:KEY|CONTENT|STATE|PLACE)\((\d+),", text))) + 1)
    for fields, rows in ROWS.items():
        head = re.search(rf"#define {fields}\(.*\\\n", text).group()
        text = text.replace(head, head + "".join(f"    {row.format(next(number))} \\\n" for row in rows))
    (tree / DICTIONARY).write_text(text)
    (tree / "deploy/schema/0999_more_fields.sql").write_text(NUMBERED)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(["make", "-j4", "BUILD=debug", f"OUT={tree}/out", "CFLAGS_debug=-O0", "intake", "generated-fields"],
                          cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return tree


@pytest.fixture
def more(cluster, copy):
    """A database of the copy's schema."""
    cluster.count += 1
    made = liaison.Database(cluster, f"t{cluster.count}")
    cluster.execute(f"create database {made.name} owner liaison_owner")
    Ctl(made.conninfo("owner")).ok("schema", "apply", "--dir", str(copy / "deploy/schema"))
    yield made
    cluster.drop(made)


def at(minutes):
    return ago(3600 - 60 * minutes)


def test_a_field_that_was_added_is_stored_and_carried(more, copy, intake, peer):
    one = peer(intake(more, binary=str(copy / "out/bin/liaison-intake")), more.agency("metro"))
    one.hello()

    def say(seq, minutes, **fields):
        one.event(seq, event(occurred_at=at(minutes), **fields))
        one.wait_acked(seq)

    def state():
        return more.rows("select gate, weapon, persons from agency.incident")

    say(1, 10, weapon="KNIFE", latitude=40.0, longitude=-75.0, place={"gate": "NORTH"})
    assert state() == [("NORTH", "KNIFE", None)]
    say(2, 30, persons=3, drill=True)
    assert state() == [("NORTH", "KNIFE", 3)], "a newer event overlays what it says, and no more"
    say(3, 20, weapon="GUN", persons=2, latitude=40.0, longitude=-75.0, place={"gate": "SOUTH"})
    assert state() == [("SOUTH", "GUN", 3)], "a late event is folded"
    assert more.rows("select gate, weapon, persons, drill from agency.event order by seq") == [
        ("NORTH", "KNIFE", None, False), (None, None, 3, True), ("SOUTH", "GUN", 2, False)]


def test_a_fact_without_the_new_field_is_the_same_fact_to_both(more, copy, pg, intake, peer):
    """A fact stored before the field was added is recognised when it is sent again."""
    fact = event(occurred_at=at(1), call_type="FIGHT", latitude=40.0, longitude=-75.0)
    ids = []
    for database, options in ((pg, {}), (more, {"binary": str(copy / "out/bin/liaison-intake")})):
        one = peer(intake(database, **options), database.agency("metro"))
        one.hello()
        one.event(1, fact)
        one.wait_acked(1)
        ids.append(database.one("select content_id from agency.event"))
    assert ids[0] == ids[1]


def test_the_documents_follow_from_the_row(copy):
    assert "| `weapon` |" in (copy / "docs/data-dictionary.md").read_text()
    assert '"weapon"' in subprocess.run([str(copy / "out/bin/liaison-dictionary"), "schema"], capture_output=True,
                                        text=True, check=True).stdout
