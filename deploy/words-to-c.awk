# words-to-c.awk FILE.json: turns a catalogue of texts into the table that common/catalogue.c searches. Each line of the
# file is one key with its text; only the escapes of JSON that C has too are allowed, and they are copied unchanged.
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    bad = 1
    exit 1
}

FNR == 1 {
    print "#include \"catalogue.h\"\n"
    print "const struct catalogue_word catalogue_words[] = {"
}

/^[{}]$/ || /^$/ { next }

{
    line = $0
    sub(/,$/, "", line)
    if (line !~ /^"[a-z0-9_.]+(\.[A-Za-z0-9_]+)?": "([^"\\]|\\["\\]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])+"$/)
        fail("a line is \"key\": \"text\"")
    key = text = line
    sub(/": .*/, "\"", key)
    sub(/^[^:]*: /, "", text)
    if (key in seen)
        fail("a second text of " key)
    seen[key] = 1
    printf "    {%s, %s},\n", key, text
    count++
}

END {
    if (bad)
        exit 1
    if (!count)
        fail("no words")
    print "};\nconst size_t catalogue_word_count = sizeof catalogue_words / sizeof catalogue_words[0];"
}
