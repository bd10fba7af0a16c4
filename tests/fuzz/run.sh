#!/bin/sh
# Builds every fuzz target with clang and runs each for SECONDS_EACH (10) seconds on a copy of its
# corpus. A finding is left in $OUT/fuzz/<target>-*; the exit status is then not zero.
set -eu
cd "$(dirname "$0")/../.."
out=${OUT:-build/release}/fuzz
seconds=${SECONDS_EACH:-10}
clang=$(command -v clang || command -v clang-14 || true)
[ -n "$clang" ] || { echo "skipped: fuzz (no clang)"; exit 0; }
rooms="common/event*.c common/eido.c common/pidf.c common/json_text.c common/utf8.c common/fault.c"

status=0
mkdir -p "$out"
for source in tests/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    name=${target#fuzz_}
    # shellcheck disable=SC2046,SC2086
    "$clang" -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined \
        -fno-sanitize-recover=undefined -I. -Icommon -Itests/fuzz \
        "$source" tests/fuzz/fuzz.c $rooms $(pkg-config --cflags --libs jansson expat) -lm \
        -o "$out/$target"
    rm -rf "$out/corpus-$name"
    cp -r "tests/fuzz/corpus/$name" "$out/corpus-$name"
    dictionary=
    [ ! -f "tests/fuzz/$name.dict" ] || dictionary="-dict=tests/fuzz/$name.dict"
    echo "== $target, $seconds s"
    "$out/$target" -max_total_time="$seconds" -max_len=65536 -timeout=5 -verbosity=0 \
        -print_final_stats=1 $dictionary -artifact_prefix="$out/$target-" "$out/corpus-$name" \
        2>&1 | grep -E 'stat::(number_of_executed_units|average_exec_per_sec)|ERROR|does not hold|runtime error|SUMMARY' ||
        true
    found=$(find "$out" -maxdepth 1 -name "$target-*" | head -n 5)
    [ -z "$found" ] || { echo "FOUND by $target: $found"; status=1; }
done
exit $status
