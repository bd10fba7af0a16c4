"""The last lines of `make test`: the sum over its runners, and which expected tests are missing."""

import subprocess

import pytest

import liaison


def total(folder, expected, **counts):
    (folder / "expected").write_text(expected, encoding="utf-8")
    for name, text in counts.items():
        (folder / f"{name}.counts").write_text(text, encoding="utf-8")
    files = [str(folder / f"{name}.counts") for name in counts]
    done = subprocess.run(["awk", "-f", liaison.ROOT + "/tests/total.awk", str(folder / "expected"), *files],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_all_that_is_expected_passes(tmp_path):
    assert total(tmp_path, "# runners\nunit 3\nfuzz 2\n", unit="3 0 1\n", fuzz="2 0 0\n") == (
        0, ["5 passed, 0 failed, 1 skipped"])


@pytest.mark.parametrize("counts,says", [
    ({"unit": "3 0 0\n"}, "FAILED  fuzz left no count; 2 tests are expected"),
    ({"unit": "3 0 0\n", "fuzz": ""}, "FAILED  fuzz left no count; 2 tests are expected"),
    ({"unit": "3 0 0\n", "fuzz": "Traceback\n"}, "FAILED  fuzz left no count; 2 tests are expected"),
    ({"unit": "2 0 0\n", "fuzz": "2 0 0\n"}, "FAILED  unit ran 2 tests; 3 are expected (tests/expected)"),
])
def test_what_is_missing_has_failed(tmp_path, counts, says):
    status, lines = total(tmp_path, "unit 3\nfuzz 2\n", **counts)
    assert status == 1
    assert says in lines and ", 1 failed," in lines[-1]


def test_a_failure_and_a_run_without_tests_are_failures(tmp_path):
    assert total(tmp_path, "unit 3\n", unit="2 1 0\n") == (1, ["2 passed, 1 failed, 0 skipped"])
    assert total(tmp_path, "", unit="0 0 0\n") == (1, ["0 passed, 0 failed, 0 skipped"])


def test_every_runner_of_the_whole_run_is_expected():
    with open(liaison.ROOT + "/tests/expected", encoding="utf-8") as file:
        rows = [line.split() for line in file if not line.startswith("#")]
    assert {name for name, _ in rows} == {"unit-release", "unit-asan", "browser", "faults", "model", "integration",
                                          "scale", "fuzz"}
    assert all(int(least) > 0 for _, least in rows)


RESULT = '<testsuites><testsuite tests="4" failures="1" errors="0" skipped="1"></testsuite></testsuites>'


@pytest.mark.parametrize("broken", [None, "", RESULT[:40]], ids=["absent", "empty", "cut"])
def test_a_file_of_tests_without_a_whole_result_has_failed(tmp_path, broken):
    (tmp_path / "test_a.xml").write_text(RESULT, encoding="utf-8")
    if broken is not None:
        (tmp_path / "test_b.xml").write_text(broken, encoding="utf-8")
    done = subprocess.run(["python3", liaison.ROOT + "/tests/results.py", str(tmp_path), "tests/x/test_a.py",
                           "tests/x/test_b.py"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("2 2 1\n", "  failed: test_b: no result\n")
