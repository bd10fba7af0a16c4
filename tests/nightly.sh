#!/bin/bash
# What is too long for `make test`: the linters with clang-tidy, each fuzz target for SECONDS_EACH (600) seconds, every
# planted defect, the long pass over the web server, statements beside a million calls (FULL=1: five millions), and the
# containers on an engine. Ends on one line: N passed, N failed, N skipped.
# tests/nightly.sh [lint|fuzz|mutants|http|scale|containers]... runs those parts only.
set -u
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1
export SECONDS_EACH=${SECONDS_EACH:-600}
logs=build/nightly
mkdir -p "$logs"
unset MAKEFLAGS MFLAGS MAKELEVEL
passed=0 failed=0 skipped=0

count() { passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3)); }

# part NAME COMMAND...: runs it, its output in a log; $log names that.
part() {
    local name=$1
    shift
    log=$logs/$name.log
    printf '\n== %s\n' "$name"
    "$@" >"$log" 2>&1
    status=$?
    tail -n 15 "$log"
}

# What a runner of tests says on its last line; one that ends without it has failed.
counted() {
    local found
    found=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
    # shellcheck disable=SC2086
    if [ -n "$found" ]; then count $found; else count 0 1 0; fi
}

lint() { TIDY=1 part lint deploy/lint.sh; count "$(grep -c '^ok ' "$log")" "$(grep -c '^FAILED ' "$log")" "$(grep -c '^skip ' "$log")"; }
fuzz() { part fuzz tests/run.sh fuzz; counted; }
# With the deadlines of `make test`.
http() { LIAISON_PATIENCE=${LIAISON_PATIENCE:-3} LONG=1 part http tests/run.sh http; counted; }
scale() { SIZE=large part scale tests/run.sh scale; counted; }
containers() { part containers tests/run.sh containers; counted; }
mutants() {
    local red of
    part mutants tests/mutants/run.sh
    read -r red of < <(sed -n 's/^\([0-9]*\) of \([0-9]*\) planted defects.*/\1 \2/p' "$log")
    if [ -n "${of:-}" ]; then count "$red" "$((of - red))" 0; else count 0 1 0; fi
}

deploy/install-deps.sh
deploy/install-deps.sh lint
make --no-print-directory -j"$(nproc)" all >"$logs/build.log" 2>&1 || { tail -n 20 "$logs/build.log"; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
[ $# -gt 0 ] || set -- lint fuzz mutants http scale containers
for name; do
    case $name in
    lint | fuzz | mutants | http | scale | containers) "$name" ;;
    *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
printf '\nlogs are in %s\n%d passed, %d failed, %d skipped\n' "$logs" "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
