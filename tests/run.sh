#!/bin/bash
# Runs tests and ends on one line: N passed, N failed, N skipped. What `make test` calls.
#
#   tests/run.sh [unit|integration|faults|browser|scale|fuzz|http|containers|all] [pytest arguments]
#
# all: units on the release build and with sanitizers, integration with sanitizers, faults on the
# release build, the page in a browser, what statements touch, a short fuzz pass. Anything else: that alone, on $OUT.
# Environment: OUT (build/release), PORT_BASE, ROUNDS (kills of each program, 6), SLOW_ROUNDS (strikes of
# each fault that lasts, 1), STOPPED_S (a hanging intake, 8), SECONDS_EACH (of fuzzing, 30), JOBS
# (processors), SIZE and FULL (tests/scale/test_growth.py). Logs: build/test/.
set -u
cd "$(dirname "$0")/.."
root=$PWD
what=${1:-all}
[ $# -gt 0 ] && shift
export PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-/usr/bin/python3}
base=${PORT_BASE:-20700}
jobs=${JOBS:-$(nproc)}
slots=${SLOTS:-$((jobs < 12 ? jobs * 2 : 24))} # most tests wait for a service, not for a processor
at_once=$jobs
release=${OUT:-build/release}
case $release in
*/release) asan=${release%release}asan ;;
*) asan=$release-asan ;;
esac
logs=$root/build/test
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD OUT
begun=$SECONDS
mkdir -p "$logs"
rm -f "$logs"/*.counts "$logs/failed"

say() { printf '\n== %s (%d s)\n' "$*" $((SECONDS - begun)); }

# count NAME PASSED FAILED SKIPPED: what a runner found. The last line sums these files up.
count() { echo "$2 $3 $4" >"$logs/$1.counts"; }

# blame NAME...: these failed. The end of the log names them once more.
blame() { printf '  failed: %s\n' "$@" >>"$logs/failed"; }

build() { # build DIRECTORY KIND TARGET...
    local out=$1 kind=$2
    shift 2
    say "build $out ($kind)"
    if ! make --no-print-directory -j"$jobs" BUILD="$kind" OUT="$out" "$@" >"$logs/build-${out##*/}.log" 2>&1; then
        tail -30 "$logs/build-${out##*/}.log"
        count "build-${out##*/}" 0 1 0
        blame "build of $out"
        return 1
    fi
}

units() { # units DIRECTORY KIND
    local out=$1 name passed=0 failed=0 skipped=0 source status log
    for source in tests/unit/test_*.c; do
        [ -e "$source" ] || continue
        name=$(basename "$source" .c)
        log=$logs/unit-${out##*/}-$name.log
        if ! make --no-print-directory BUILD="$2" OUT="$out" "$out/unit/$name" >"$log" 2>&1; then
            echo "  $name does not build:" && tail -5 "$log"
            blame "$name does not build"
            failed=$((failed + 1))
            continue
        fi
        CMOCKA_MESSAGE_OUTPUT=TAP timeout 300 "$out/unit/$name" >"$log" 2>&1
        status=$?
        passed=$((passed + $(grep -c '^ok ' "$log") - $(grep -c '^ok .*# SKIP' "$log")))
        skipped=$((skipped + $(grep -c '^ok .*# SKIP' "$log")))
        local bad
        bad=$(grep -c '^not ok ' "$log")
        [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1 # it crashed, or a sanitizer spoke
        failed=$((failed + bad))
        if [ "$bad" -gt 0 ]; then
            echo "  $name: $bad failed (status $status), see $log"
            blame "$name on $out, status $status"
            grep -A8 -E '^not ok |ERROR: |runtime error:' "$log" | head -40
        fi
    done
    echo "  units on $out: $passed passed, $failed failed"
    count "unit-${out##*/}" "$passed" "$failed" "$skipped"
}

# Each file of tests is a pytest of its own, with its own PostgreSQL and ports, $at_once at a time.
pytests() { # pytests NAME DIRECTORY FILE... [-- pytest arguments]
    local name=$1 out=$2 files=()
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        [ -e "$1" ] && files+=("$1")
        shift
    done
    [ $# -gt 0 ] && shift
    say "$name on $out (${#files[@]} files)"
    rm -rf "${logs:?}/$name" && mkdir -p "$logs/$name"
    printf '%s\n' "${files[@]}" | OUT=$out xargs -P "$at_once" --process-slot-var=SLOT -I{} sh -c '
        name=$(basename "$1" .py); logs=$2; python=$3; export PORT_BASE=$(($4 + SLOT * 300)); file=$1
        shift 4
        timeout "${PYTEST_S:-2400}" "$python" -m pytest -q --tb=short --junitxml="$logs/$name.xml" "$file" "$@" >"$logs/$name.log" 2>&1
        status=$?
        echo "  $name: $(tail -1 "$logs/$name.log")"
        [ $status -eq 0 ] || [ $status -eq 5 ] || tail -80 "$logs/$name.log"' \
        sh {} "$logs/$name" "$python" "$base" "$@"
    "$python" tests/results.py "$logs/$name" "${files[@]}" >"$logs/$name.counts" 2>>"$logs/failed"
    grep -h '^SKIPPED' "$logs/$name"/*.log | sort | uniq -c | head -20
    sed -n 's/^\(FAILED\|ERROR\) /  failed: /p' "$logs/$name"/*.log >>"$logs/failed"
}

integration() { # integration DIRECTORY [pytest arguments]
    local out=$1
    shift
    local files # the longest first, so that none runs alone at the end
    mapfile -t files < <(ls -S tests/integration/test_*.py)
    at_once=$slots pytests integration "$out" "${files[@]}" -- "$@"
}

faults() { # faults DIRECTORY [pytest arguments]
    local out=$1
    shift
    # A full run of many rounds takes as long as it takes.
    PYTEST_S=$((2400 + ${ROUNDS:-6} * 20)) at_once=1 pytests faults "$out" tests/faults/test_*.py -- "$@"
    model "$out"
}

# What each statement touches in a small and a large installation.
scale() { # scale DIRECTORY [pytest arguments]
    local out=$1
    shift
    PYTEST_S=7200 pytests scale "$out" tests/scale/test_*.py -- "$@"
}

# The protocol's model, searched whole.
model() {
    local log=$logs/model.log found
    say "model"
    OUT=$1 tests/model/run.sh >"$log" 2>&1
    sed 's/^/  /' "$log"
    found=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*/\1 \2 0/p' "$log")
    if [ -z "$found" ]; then # there is no checker, or it broke down
        grep -q '^skipped: ' "$log" && found="0 0 1" || found="0 1 0"
    fi
    grep '^FAILED' "$log" | sed 's/^/  failed: model: /' >>"$logs/failed"
    # shellcheck disable=SC2086
    count model $found
}

# The page, against a stack of its own: its ports, its folder.
browser() {
    say "browser on $release"
    local log=$logs/browser.log status
    if [ ! -e tests/browser/run.mjs ] || [ ! -e deploy/stack.sh ]; then
        echo "  skipped: no tests/browser/run.mjs or deploy/stack.sh"
        count browser 0 0 1
        return
    fi
    export OUT=$release LIAISON_VAR=$root/build/test/var PORT_BASE=$((base + 900))
    if ! deploy/stack.sh start >"$logs/stack.log" 2>&1; then
        tail -30 "$logs/stack.log"
        deploy/stack.sh stop >>"$logs/stack.log" 2>&1
        count browser 0 1 0
        return
    fi
    timeout 1200 node tests/browser/run.mjs >"$log" 2>&1
    status=$?
    deploy/stack.sh stop >>"$logs/stack.log" 2>&1
    unset OUT LIAISON_VAR
    tail -15 "$log"
    sed -n 's/^FAILED */  failed: browser: /p' "$log" >>"$logs/failed"
    "$python" - "$log" "$status" >"$logs/browser.counts" <<'PY'
import re, sys
found = re.findall(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", open(sys.argv[1], errors="replace").read())
passed, failed, skipped = (int(n or 0) for n in found[-1]) if found else (0, 0, 0)
print(passed, max(failed, 0 if sys.argv[2] == "0" else 1), skipped)
PY
}

# Each target for a while, from its corpus in the tree.
fuzz() {
    local log=$logs/fuzz.log status targets found
    say "fuzz, ${SECONDS_EACH:-30} s each"
    if [ ! -x tests/fuzz/run.sh ] || ! command -v clang >/dev/null; then
        echo "  skipped: no clang"
        count fuzz 0 0 1
        return
    fi
    OUT=build/fuzz SECONDS_EACH=${SECONDS_EACH:-30} JOBS=$jobs tests/fuzz/run.sh >"$log" 2>&1
    status=$?
    sed 's/^/  /' "$log" | tail -40
    targets=$(grep -c '^== ' "$log")
    found=$(grep -c '^FOUND' "$log")
    sed -n 's/^FOUND */  failed: fuzz: /p' "$log" >>"$logs/failed"
    [ "$status" -ne 0 ] && [ "$found" -eq 0 ] && found=1
    count fuzz "$((targets > found ? targets - found : 0))" "$found" 0
}

case $what in
unit) units "$release" release ;;
integration) integration "$release" "$@" ;;
faults) faults "$release" "$@" ;;
browser) browser ;;
scale) scale "$release" "$@" ;;
fuzz) fuzz ;;
# The web server alone; LONG=1 makes the pass long.
http) pytests http "$release" tests/integration/test_http_*.py -- "$@" ;;
# docker-compose.yml on an engine, or a word that there is none. One file at a time: test_compose makes the image
# that test_systemd runs.
containers) at_once=1 pytests containers "$release" tests/containers/test_*.py -- -rs "$@" ;;
all)
    # Each runs whatever became of the one before it.
    build "$release" release all
    say "units" && units "$release" release
    browser
    faults "$release"
    scale "$release"
    build "$asan" asan all
    say "units with sanitizers" && units "$asan" asan
    LIAISON_PATIENCE=${LIAISON_PATIENCE:-3} integration "$asan"
    fuzz
    ;;
*)
    sed -n '2,12p' "$0"
    exit 2
    ;;
esac

say "$what took $((SECONDS - begun)) s; logs in build/test"
[ ! -s "$logs/failed" ] || sort -u "$logs/failed"
expected=/dev/null
[ "$what" != all ] || expected=tests/expected
awk -f tests/total.awk "$expected" "$logs"/*.counts
