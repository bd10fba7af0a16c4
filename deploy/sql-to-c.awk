# sql-to-c.awk FILE.sql: generates a list of its statements for db_open: FILE_statements, FILE_statement_count.
# A statement begins with "-- name: NAME" and ends with ";" at the end of a line. Comments are lines of their own.
# "-- name: calls_{school,class}_{asc,desc}" is four statements: {1} and {2} in their text are the words of each.
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    bad = 1
    exit 1
}

# Writes the statement once for each combination of the words in the braces of its name. n is the number of the next
# braces.
function write(name, text, n,    from, to, words, count, i, made, at) {
    from = index(name, "{")
    if (!from) {
        if (name !~ /^[a-z][a-z0-9_]*$/)
            fail("a name is a word of small letters, digits and _")
        if (name in seen)
            fail("a second statement " name)
        seen[name] = 1
        printf "    {\"%s\",%s},\n", name, text
        return
    }
    to = index(name, "}")
    if (to < from)
        fail("a brace without its other one")
    count = split(substr(name, from + 1, to - from - 1), words, ",")
    for (i = 1; i <= count; i++) {
        made = text
        while ((at = index(made, "{" n "}")) > 0)
            made = substr(made, 1, at - 1) words[i] substr(made, at + 3)
        write(substr(name, 1, from - 1) words[i] substr(name, to + 1), made, n + 1)
    }
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
    if (NF != 3)
        fail("a name is a word of small letters, digits and _")
    open = 1
    count++
    name = $3
    text = ""
    next
}

/^[ \t]*--/ || /^[ \t]*$/ { next }

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
    text = text "\n     \"" line (end ? "" : " ") "\""
    if (end) {
        write(name, text, 1)
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
