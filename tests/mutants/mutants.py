"""Planted defects. Each is applied to a copy of the tree, built there, and must turn the tests that
are named for it red. An edit is exact: where its text is not found just once, the run fails, so that
a mutant cannot rot into one that changes nothing.

    mutants.py [--list] [NAME...]      JOBS (processors): so many defects are tried at a time; PORT_BASE (24700)
"""

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from planted import DELIVERY, MUTANTS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOME = os.path.join(ROOT, "build", "mutants")
PYTHON = os.environ.get("PYTHON", "/usr/bin/python3")
JOBS = int(os.environ.get("JOBS", os.cpu_count()))
PORT_BASE, PORTS_EACH = int(os.environ.get("PORT_BASE", "24700")), 300

# Green with every defect: what turns this red broke the program, and proves nothing about the tests.
STARTS = f"{DELIVERY}::test_same_sequence_again_is_acknowledged_and_stored_no_second_time"


def copy_tree(target):
    """What belongs to the project, without what is made from it."""
    shutil.rmtree(target, ignore_errors=True)
    for name in ("Makefile", "common", "deploy", "docs", "services", "tests"):
        source = os.path.join(ROOT, name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(target, name), symlinks=True,
                            ignore=shutil.ignore_patterns("node_modules", "__pycache__", "bench", "corpus"))
        else:
            os.makedirs(target, exist_ok=True)
            shutil.copy2(source, target)


def apply(target, edits):
    """Raises LookupError for an edit whose text is not found just once."""
    for edit in edits:
        path = os.path.join(target, edit.file)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.count(edit.find) != 1:
            raise LookupError(f"{edit.file} holds {text.count(edit.find)} times: {edit.find.strip()!r}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(edit.find, edit.replace))


def make(target, log, units=(), jobs=JOBS):
    """units: "unit/test_..." to be built too."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "OUT")}
    with open(log, "wb") as out:
        return subprocess.run(["make", "--no-print-directory", f"-j{jobs}",
                               "OUT=build/out", "intake", "dashboard", "feed", "notify", "ctl", *[f"build/out/{unit}" for unit in units]],
                              cwd=target, stdout=out, stderr=out, env=env, check=False).returncode == 0


def where(test):
    return os.path.join("tests", test if test.startswith(("faults/", "scale/")) else os.path.join("integration", test))


def units_of(tests):
    return sorted(t for t in tests if t.startswith("unit/"))


def run_units(target, tests, log):
    """(failed unit tests, all of them): programs of cmocka."""
    red = []
    for unit in units_of(tests):
        with open(log + ".unit", "ab") as out:
            done = subprocess.run([os.path.join(target, "build", "out", unit)], cwd=target, stdout=out, stderr=out,
                                  check=False)
        if done.returncode != 0:
            red.append(unit)
    return red, units_of(tests)


def run_tests(target, tests, log, port_base):
    """(failed tests, all tests) by name."""
    red, ran = run_units(target, tests, log)
    red_here, ran_here = pytest(target, [t for t in tests if not t.startswith("unit/")], log, port_base)
    return red + red_here, ran + ran_here


def pytest(target, tests, log, port_base):
    """(failed tests, all tests) by name."""
    env = dict(os.environ, OUT=os.path.join(target, "build", "out"), PYTHONDONTWRITEBYTECODE="1",
               PORT_BASE=str(port_base))
    result = log + ".xml"
    with open(log, "wb") as out:
        subprocess.run([PYTHON, "-m", "pytest", "-q", "--tb=short", f"--junitxml={result}",
                        *map(where, tests)], cwd=target, stdout=out,
                       stderr=out, env=env, check=False)
    if not os.path.exists(result):
        return ["pytest did not end"], []
    cases = list(tree.parse(result).getroot().iter("testcase"))
    red = [c.get("name") for c in cases if c.find("failure") is not None or c.find("error") is not None]
    return red, [c.get("name") for c in cases if c.find("skipped") is None]


def try_clean(clean, mutants):
    """Why the tests without a defect cannot be built on; None when all ran and are green."""
    if not make(clean, os.path.join(HOME, "clean.build.log"), units_of({t for m in mutants for t in m.tests})):
        return f"does not build, see {HOME}/clean.build.log"
    red, ran = run_tests(clean, sorted({t for m in mutants for t in m.tests} | {STARTS}),
                         os.path.join(HOME, "clean.log"), PORT_BASE)
    if red or not ran:
        return f"not green: {red or 'nothing ran'}, see {HOME}/clean.log"
    skipped = [t for m in mutants for t in m.tests
               if not any(name.split("[")[0] == t.split("::")[-1].split("[")[0] for name in ran)]
    if skipped:
        return f"did not run: {skipped}, see {HOME}/clean.log"
    print(f"   {len(ran)} tests are green", flush=True)
    return None


def try_mutant(clean, mutant, port_base):
    """Whether the defect turned a test red, and what to say of it. Its tree stays where it did not."""
    target, log = os.path.join(HOME, mutant.name), os.path.join(HOME, mutant.name + ".log")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(clean, target, symlinks=True)  # with its objects: only what changes is built
    apply(target, mutant.edits)
    if not make(target, os.path.join(HOME, mutant.name + ".build.log"), units_of(mutant.tests), jobs=1):
        return False, f"does not build: {mutant.name}, see {HOME}/{mutant.name}.build.log"
    red, _ = run_tests(target, mutant.tests + [STARTS], log, port_base)
    if STARTS.split("::")[1] in red:
        return False, f"does not work at all: {mutant.name}, see {log}"
    if not red:
        return False, f"SURVIVED {mutant.name}"
    shutil.rmtree(target, ignore_errors=True)
    return True, f"red      {mutant.name}: {', '.join(red[:3])}"


def try_all(clean, mutants):
    """How many defects turned the tests red. JOBS at a time, each with ports of its own."""
    bases = SimpleQueue()
    for at in range(JOBS):
        bases.put(PORT_BASE + at * PORTS_EACH)

    def one(mutant):
        base = bases.get()
        try:
            red, line = try_mutant(clean, mutant, base)
        finally:
            bases.put(base)
        print(line, flush=True)
        return red

    with ThreadPoolExecutor(JOBS) as pool:
        return sum(pool.map(one, mutants))


def rotten(clean, mutants):
    """Defects whose edits no longer fit the tree, found before the long run."""
    found = []
    for mutant in mutants:
        files = {edit.file for edit in mutant.edits}
        scratch = os.path.join(HOME, "edits")
        for file in files:
            os.makedirs(os.path.dirname(os.path.join(scratch, file)), exist_ok=True)
            shutil.copy2(os.path.join(clean, file), os.path.join(scratch, file))
        try:
            apply(scratch, mutant.edits)
        except LookupError as error:
            found.append(f"{mutant.name}: {error}")
        shutil.rmtree(scratch)
    return found


def main(wanted):
    mutants = [m for m in MUTANTS if not wanted or m.name in wanted]
    os.makedirs(HOME, exist_ok=True)
    clean = os.path.join(HOME, "clean")
    copy_tree(clean)
    unfit = rotten(clean, mutants)
    if unfit:
        print("\n".join(unfit))
        return 1
    print("== without a defect, the tests are green", flush=True)
    wrong = try_clean(clean, mutants)
    if wrong:
        print(wrong)
        return 1
    red = try_all(clean, mutants)
    print(f"{red} of {len(mutants)} planted defects turned the tests red")
    return 0 if red == len(mutants) else 1


if __name__ == "__main__":
    if "--list" in sys.argv:
        print("\n".join(f"{m.name}: {', '.join(m.tests)}" for m in MUTANTS))
        sys.exit(0)
    sys.exit(main(sys.argv[1:]))
