# sql-expand.awk COLUMNS FILE.sql.in: generates the SQL of a template from a list of columns, which
# services/intake/tools/intake-columns.c prints.
#
#   @let WORD TEXT                    @WORD stands for TEXT in the lines below
#   @each LIST [except NAME] : TEXT   TEXT for each column of the list, with commas between. In it,
#                                     NAME is the column's name, TYPE the type of its array, RECAST
#                                     the cast, and $N the next parameter of the statement
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    bad = 1
    exit 1
}

function put(text, word, value,    at, done) {
    while ((at = index(text, word)) > 0) {
        done = done substr(text, 1, at - 1) value
        text = substr(text, at + length(word))
    }
    return done text
}

function each(indent, text, list, but,    i, item, line, last) {
    last = sub(/,$/, "", text) ? "," : ""
    line = ""
    for (i = 1; i <= columns; i++) {
        if (!index(" " lists[i] " ", " " list " ") || name[i] == but)
            continue
        item = put(put(put(text, "TYPE", type[i]), "RECAST", cast[i]), "NAME", name[i])
        if (index(item, "$N"))
            item = put(item, "$N", "$" ++parameter)
        if (line != "")
            line = line ","
        if (line != "" && length(indent line " " item) >= 100) {
            print indent line
            line = ""
        }
        line = line (line == "" ? "" : " ") item
    }
    if (line == "")
        fail("no column is in the list " list)
    print indent line last
}

FILENAME == ARGV[1] {
    split($0, part, "\t")
    columns++
    name[columns] = part[1]
    type[columns] = part[2]
    cast[columns] = part[3]
    lists[columns] = part[4]
    next
}

/^-- name: / { parameter = 0 }

/^@let / {
    text = $0
    sub(/^@let [a-z_]+ /, "", text)
    for (i = lets; i > 0; i--)
        text = put(text, "@" let[i], value[i])
    let[++lets] = $2
    value[lets] = text
    next
}

{
    line = $0
    for (i = lets; i > 0; i--) # the last one first: its name may begin with an earlier one
        line = put(line, "@" let[i], value[i])
    rest = line
    while (match(rest, /[$][0-9]+/)) {
        used = substr(rest, RSTART + 1, RLENGTH - 1) + 0
        parameter = used > parameter ? used : parameter
        rest = substr(rest, RSTART + RLENGTH)
    }
    if (line !~ /^ *@/) {
        print line
        next
    }
    indent = line
    sub(/@.*/, "", indent)
    if (line !~ /^ *@each [a-z]+ (except [a-z_]+ )?: /)
        fail("not @let WORD TEXT, nor @each LIST [except NAME] : TEXT")
    but = $3 == "except" ? $4 : ""
    sub(/^ *@each [a-z]+ (except [a-z_]+ )?: /, "", line)
    each(indent, line, $2, but)
}

END { if (bad) exit 1 }
