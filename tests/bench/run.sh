#!/bin/sh
# The bench: see README.md. tests/bench/run.sh [FIGURE...]; FULL=1 for the long runs.
set -eu
cd "$(dirname "$0")/../.."
export OUT="${OUT:-build/release}" PORT_BASE="${PORT_BASE:-21000}" PYTHONDONTWRITEBYTECODE=1
make --no-print-directory BUILD=release OUT="$OUT" intake notify dashboard bench-programs
exec "${PYTHON:-/usr/bin/python3}" tests/bench/bench.py "$@"
