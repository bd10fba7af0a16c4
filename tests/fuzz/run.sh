#!/bin/bash
# Builds the fuzz targets with clang and runs each for SECONDS_EACH (10) seconds, JOBS (1) at a time.
# A finding is left in $OUT/fuzz/<target>-*; the exit status is then not zero.
#
#   tests/fuzz/run.sh [--hours] [NAME...]      names without fuzz_; all of them when none is given
#
# The time limit for one input is 20 s times LIAISON_PATIENCE (1), to be raised on a busy machine.
#
# --hours adds the CPU time to the table in README.md, and continues from the corpus of the last run
# in $OUT/fuzz/corpus-<name>; without it each run begins with the corpus in the tree.
set -eu
cd "$(dirname "$0")/../.."
out=${OUT:-build/release}/fuzz
seconds=${SECONDS_EACH:-10}
timeout=$(awk "BEGIN { print int(20 * ${LIAISON_PATIENCE:-1}) }")
clang=$(command -v clang || command -v clang-14 || true)
[ -n "$clang" ] || { echo "skipped: fuzz (no clang)"; exit 0; }
keep=
[ "${1:-}" != --hours ] || { keep=yes && shift; }
modules="common/event*.c common/eido*.c common/pidf.c common/json_*.c common/utf8.c common/errors.c
    common/wire.c common/uuid.c common/text_*.c services/ctl/geo.c services/ctl/sheet*.c services/intake/session/intake_session.c
    services/intake/session/quota.c services/notify/receipts/dsn.c"
flags="-std=gnu17 -D_GNU_SOURCE -O1 -g -fno-sanitize-recover=undefined -I. -Icommon -Itests/fuzz $(find services -name '*.h' -printf '-I%h\n' | sort -u | tr '\n' ' ')"
libraries="jansson expat icu-uc icu-i18n libzmq libuv libsodium gmime-3.0 libical"

names() {
    local source
    for source in tests/fuzz/fuzz_*.c; do
        source=${source#tests/fuzz/fuzz_}
        echo "${source%.c}"
    done
}

# All modules are built once, into a library; a target links those that it calls.
build() {
    local source object objects=()
    mkdir -p "$out/obj"
    for source in $modules tests/fuzz/fuzz.c; do
        object=$out/obj/${source//\//-}.o
        objects+=("$object")
        # shellcheck disable=SC2046,SC2086
        "$clang" $flags -fsanitize=fuzzer-no-link,address,undefined $(pkg-config --cflags $libraries) \
            -c "$source" -o "$object"
    done
    rm -f "$out/libmodules.a"
    ar rcs "$out/libmodules.a" "${objects[@]}"
    for name in "$@"; do
        local link= # what this target needs besides
        [ ! -f "tests/fuzz/$name.link" ] || link=$(cat "tests/fuzz/$name.link")
        # shellcheck disable=SC2046,SC2086
        "$clang" $flags -fsanitize=fuzzer,address,undefined $(pkg-config --cflags $libraries) \
            "tests/fuzz/fuzz_$name.c" $link "$out/libmodules.a" $(pkg-config --libs $libraries) -lm \
            -o "$out/fuzz_$name"
    done
}

# Runs one target, and writes its CPU seconds to fuzz_<name>.cpu.
run() { # run NAME
    local target=fuzz_$1 corpus=$out/corpus-$1 dictionary=()
    [ -n "$keep" ] || rm -rf "$corpus"
    mkdir -p "$corpus"
    [ ! -f "tests/fuzz/$1.dict" ] || dictionary=("-dict=tests/fuzz/$1.dict")
    local TIMEFORMAT='%U %S'
    { time "$out/$target" -max_total_time="$seconds" -max_len=65536 -timeout="$timeout" \
        -report_slow_units="$timeout" -verbosity=0 -print_final_stats=1 "${dictionary[@]}" \
        -artifact_prefix="$out/$target-" "$corpus" "tests/fuzz/corpus/$1" \
        >"$out/$target.log" 2>&1 || true; } 2>"$out/$target.cpu"
}

report() { # report NAME
    local target=fuzz_$1 found
    echo "== $target, $seconds s"
    grep -E 'stat::(number_of_executed_units|average_exec_per_sec)|ERROR|does not hold|runtime error|SUMMARY' \
        "$out/$target.log" || true
    grep -q 'stat::number_of_executed_units' "$out/$target.log" ||
        { echo "FOUND by $target: it did not run to its end"; status=1; }
    found=$(find "$out" -maxdepth 1 -name "$target-*" | head -n 5)
    [ -z "$found" ] || { echo "FOUND by $target: $found"; status=1; }
}

add_hours() { # add_hours NAME
    local readme=tests/fuzz/README.md
    awk -v row="| \`fuzz_$1\` " -v cpu="$(cat "$out/fuzz_$1.cpu")" -F'|' '
        index($0, row) == 1 && NF == 4 && $3 + 0 == $3 {
            split(cpu, part, " ")
            printf "|%s| %.3f |\n", $2, $3 + (part[1] + part[2]) / 3600
            next
        }
        { print }' "$readme" >"$out/README.md"
    cat "$out/README.md" >"$readme"
}

[ $# -gt 0 ] || mapfile -t all < <(names)
[ $# -gt 0 ] || set -- "${all[@]}"
status=0
build "$@"
for name in "$@"; do
    while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-1}" ]; do wait -n; done
    run "$name" &
done
wait
for name in "$@"; do
    report "$name"
    [ -z "$keep" ] || add_hours "$name"
done
exit $status
