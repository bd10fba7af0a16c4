"""results.py LOGS FILE...: what the runs of these files of tests found, as "PASSED FAILED SKIPPED".

LOGS has NAME.xml for each FILE NAME.py, in the JUnit form of pytest. A file of tests without a whole result counts as
failed, however its run ended: killed, too late, or on a full disk. Standard error names it, as the log's end does.
"""

import pathlib
import sys
import xml.etree.ElementTree as tree


def found(path):
    """(passed, failed, skipped) of one result; None if there is none or it is not whole."""
    try:
        suites = tree.parse(path).getroot().iter("testsuite")
    except (OSError, tree.ParseError):
        return None
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests"))
        failed += int(suite.get("failures")) + int(suite.get("errors"))
        skipped += int(suite.get("skipped"))
    return max(0, total - failed - skipped), failed, skipped


def main(logs, *files):
    counts = []
    for name in (pathlib.Path(file).stem for file in files):
        one = found(pathlib.Path(logs) / f"{name}.xml")
        if one is None:
            print(f"  failed: {name}: no result", file=sys.stderr)
        counts.append(one or (0, 1, 0))
    print(*(sum(column) for column in zip((0, 0, 0), *counts)))


if __name__ == "__main__":
    main(*sys.argv[1:])
