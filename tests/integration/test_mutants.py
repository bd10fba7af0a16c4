"""Each planted defect of tests/mutants fits the present tree: its edits find their text, and its tests exist."""

import os
import re
import sys

import pytest

import liaison

sys.path.insert(0, os.path.join(liaison.ROOT, "tests", "mutants"))
import mutants  # noqa: E402


def test_names_are_unique():
    names = [mutant.name for mutant in mutants.MUTANTS]
    assert len(names) > 40 and len(set(names)) == len(names)


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_each_edit_finds_its_text_once(mutant, tmp_path):
    for path in {edit.file for edit in mutant.edits}:
        os.makedirs(tmp_path / os.path.dirname(path), exist_ok=True)
        with open(os.path.join(liaison.ROOT, path), encoding="utf-8") as file:
            liaison.write_file(str(tmp_path / path), file.read())
    mutants.apply(str(tmp_path), mutant.edits)


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_each_test_that_must_find_it_exists(mutant):
    assert mutant.tests
    for name in mutant.tests:
        if name.startswith("unit/"):
            assert os.path.exists(os.path.join(liaison.ROOT, "tests", name + ".c"))
            continue
        path, _, test = mutants.where(name).partition("::")
        with open(os.path.join(liaison.ROOT, path), encoding="utf-8") as file:
            assert test and re.search(rf"^def {test.split('[')[0]}\(", file.read(), re.M), name
