"""The cost of a statement does not grow with history. Each named statement runs with typical parameters (parameters/)
in two installations, one with ten times the calls of the other, and PostgreSQL counts what it touches. A statement whose
counts grow by more than FACTOR fails, unless known.txt allows it another factor.

SIZE=small (make test): 5 districts with 10,000 and 100,000 calls. SIZE=large (make nightly): 50 districts with 100,000 and
1,000,000; FULL=1: 5,000,000 too. Both sizes are 10 weeks and 2 years of the same districts; 5,000,000 calls are 10 years.
"""

import os
import re

import pytest

import measure
import statements
from installation import Installation
from postgres import Cluster

SIZES = {"small": (5, [10_000, 100_000]), "large": (50, [100_000, 1_000_000])}
FACTOR = 2
# Smaller counts are not compared: an index gains a level, or the planner reads a small table whole.
LEAST = {"buffers": 500, "rows": 2000}
STATEMENTS, PARAMETERS = measure.all_statements(), measure.all_parameters()


def known_growth():
    """{statement: factor}"""
    with open(os.path.join(os.path.dirname(__file__), "known.txt"), encoding="utf-8") as file:
        return {name: float(factor) for names, factor in re.findall(r"^([a-z]\S+) +([\d.]+) +\S", file.read(), flags=re.M)
                for name, _ in statements.expanded(names, "")}


KNOWN = known_growth()


def sizes():
    districts, calls = SIZES[os.environ.get("SIZE", "small")]
    return districts, calls + ([5_000_000] if os.environ.get("FULL") else [])


def measured_at(cluster, districts, calls):
    """{statement: {"buffers", "rows"}, or why it could not be measured}"""
    database, found = cluster.database(), {}
    statements.make_own_tables(database)
    Installation(districts, calls).write(database)
    for key, (role, text) in STATEMENTS.items():
        try:
            found[key] = measure.measure(database, key, role, text, PARAMETERS.get(key))
        except Exception as error:  # pylint: disable=broad-except  # the test of that statement reports it
            found[key] = str(error)
    cluster.drop(database)
    return found


@pytest.fixture(scope="module", name="measured")
def fresh_measured():
    """What each statement touches at each size, the smallest size first."""
    cluster = Cluster("/tmp")  # a million calls need room
    try:
        cluster.execute("alter system set fsync = off")  # this data need not survive a crash
        cluster.execute("alter system set max_wal_size = '4GB'")
        cluster.execute("select pg_reload_conf()")
        districts, calls = sizes()
        yield [measured_at(cluster, districts, count) for count in calls]
    finally:
        cluster.close()


def growth(small, large):
    """The larger of the growth factors of buffers and rows."""
    return max(large[what] / max(small[what], least) for what, least in LEAST.items())


def test_each_statement_has_typical_parameters_and_each_parameter_a_statement():
    wanted = {key for key, (_, text) in STATEMENTS.items() if measure.count_parameters(text)}
    assert set(PARAMETERS) == wanted


def test_what_is_known_to_grow_is_a_statement():
    assert set(KNOWN) <= set(STATEMENTS)


@pytest.mark.parametrize("key", STATEMENTS)
def test_a_statement_does_not_grow_with_history(measured, key):
    found = [at[key] for at in measured]
    assert not [each for each in found if isinstance(each, str)], found
    print(key, *found)
    by = max(growth(small, large) for small, large in zip(found, found[1:]))
    assert by <= KNOWN.get(key, FACTOR), f"{key} grows by {by:.1f}: {found}"
    assert key not in KNOWN or by > FACTOR, f"{key} grows by {by:.1f} only, and can be taken off known.txt: {found}"
