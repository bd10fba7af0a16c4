# total.awk EXPECTED COUNTS...: what the runners found, summed up, and what is missing of what was expected.
# EXPECTED has "NAME LEAST" a line: at least so many tests, passed, failed or skipped. COUNTS are files
# NAME.counts with "PASSED FAILED SKIPPED". A runner that left no count, or fewer tests than expected, has failed.
FILENAME == ARGV[1] {
    if ($0 !~ /^#/ && NF == 2)
        least[$1] = $2
    next
}

{
    name = FILENAME
    sub(/^.*\//, "", name)
    sub(/\.counts$/, "", name)
    if (NF != 3 || $0 !~ /^[0-9 ]+$/)
        next
    passed += $1
    failed += $2
    skipped += $3
    seen[name] = $1 + $2 + $3
}

END {
    for (name in least) {
        if (!(name in seen)) {
            printf "FAILED  %s left no count; %d tests are expected\n", name, least[name]
            failed++
        } else if (seen[name] < least[name]) {
            printf "FAILED  %s ran %d tests; %d are expected (tests/expected)\n", name, seen[name], least[name]
            failed++
        }
    }
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0 || passed == 0
}
