# words-to-c.awk FILE.json: turns a catalogue of texts into the table that common/catalogue.c searches, sorted by key.
# Each line of the file is one key with its text; only the escapes of JSON that C has too are allowed, and they are
# copied unchanged. The table of en.json is catalogue_en.
function fail(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    bad = 1
    exit 1
}

FNR == 1 {
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.json$/, "", name)
}

/^[{}]$/ || /^$/ { next }

{
    line = $0
    sub(/,$/, "", line)
    if (line !~ /^"[a-z0-9_.]+(\.[A-Za-z0-9_]+)?": "([^"\\]|\\["\\]|\\u[0-9a-f][0-9a-f][0-9a-f][0-9a-f])+"$/)
        fail("a line is \"key\": \"text\"")
    key = text = line
    sub(/": .*/, "", key)
    key = substr(key, 2)
    sub(/^[^:]*: /, "", text)
    if (key in texts)
        fail("a second text of " key)
    texts[key] = text
    # Inserted from the end: the file is nearly in order.
    for (at = count++; at > 0 && keys[at - 1] > key; at--)
        keys[at] = keys[at - 1]
    keys[at] = key
}

END {
    if (bad)
        exit 1
    if (!count)
        fail("no words")
    print "#include \"catalogue.h\"\n"
    printf "extern const struct catalogue_word catalogue_%s[];\nextern const size_t catalogue_%s_count;\n", name, name
    printf "const struct catalogue_word catalogue_%s[] = {\n", name
    for (at = 0; at < count; at++)
        printf "    {\"%s\", %s},\n", keys[at], texts[keys[at]]
    printf "};\nconst size_t catalogue_%s_count = %d;\n", name, count
}
