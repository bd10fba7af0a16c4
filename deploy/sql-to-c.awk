# sql-to-c.awk FILE.sql: its statements as a list that db_open takes: FILE_statements, FILE_statement_count.
# A statement begins with "-- name: NAME" and ends with ";" at the end of a line. Comments are lines of their own.
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    bad = 1
    exit 1
}

FNR == 1 {
    list = FILENAME
    sub(/^.*\//, "", list)
    sub(/\.sql$/, "", list)
    print "#include \"db.h\"\n"
    printf "extern const struct db_statement %s_statements[];\n", list
    printf "extern const size_t %s_statement_count;\n\n", list
    printf "const struct db_statement %s_statements[] = {\n", list
}

/^-- name: / {
    if (open)
        fail("the statement before it has no end")
    if ($3 !~ /^[a-z][a-z0-9_]*$/ || NF != 3)
        fail("a name is a word of small letters, digits and _")
    if ($3 in seen)
        fail("a second statement " $3)
    seen[$3] = open = 1
    count++
    lines = 0
    printf "    {\"%s\",", $3
    next
}

/^--/ || /^[ \t]*$/ { next }

{
    if (!open)
        fail("this stands in no statement")
    line = bare = $0
    gsub(/'[^']*'/, "", bare)
    if (bare ~ /--/)
        fail("a comment is a line of its own")
    if (bare ~ /'/)
        fail("a text ends on its line")
    end = sub(/;[ \t]*$/, "", line)
    sub(/;[ \t]*$/, "", bare)
    if (bare ~ /;/)
        fail("one statement has one end")
    sub(/^[ \t]+/, "", line)
    gsub(/[\\]/, "&&", line)
    gsub(/"/, "\\\"", line)
    printf "\n     \"%s%s\"", line, end ? "" : " "
    lines++
    if (end) {
        print "},"
        open = 0
    }
}

END {
    if (bad)
        exit 1
    if (open)
        fail("the last statement has no end")
    if (!count)
        fail("no statement")
    printf "};\nconst size_t %s_statement_count = sizeof %s_statements / sizeof %s_statements[0];\n", list, list, list
}
