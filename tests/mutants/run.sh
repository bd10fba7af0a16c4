#!/bin/sh
# Plants defects one by one, each in a copy of the tree under build/mutants, and shows that tests fail
# for each. tests/mutants/run.sh [NAME...]; --list lists the defects.
cd "$(dirname "$0")/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
exec "${PYTHON:-/usr/bin/python3}" tests/mutants/mutants.py "$@"
