# lint-sql.awk FILE.sql...: house rules of SQL, one line for each violation. Files of deploy/schema may have 120
# columns, statements 100. Numbered files that are older than these rules are never edited: only their layout and the
# length of their functions are checked.
# (sqlfluff 1.4.5, which Debian has, cannot read $1, => and `for no key update`.)
function bad(line, why) {
    printf "%s:%d: %s\n", FILENAME, line, why
    failed = 1
}

# Removes quoted texts and comments, so that words in them do not count as keywords.
function bare(text) {
    gsub(/'[^']*'/, "''", text)
    gsub(/"[^"]*"/, "\"\"", text)
    sub(/--.*/, "", text)
    return text
}

BEGIN {
    split("ALL AND ANY AS ASC BETWEEN BY CASE CAST COALESCE COLUMN CONFLICT CONSTRAINT CREATE CROSS DECLARE DEFAULT DELETE " \
          "DESC DISTINCT DO DROP ELSE ELSIF END EXISTS FALSE FOR FROM FULL FUNCTION GRANT GROUP HAVING IF IN INDEX INNER " \
          "INSERT INTO IS JOIN KEY LANGUAGE LATERAL LEFT LIKE LIMIT LOOP NOT NULL OFFSET ON OR ORDER OUTER OVER PARTITION " \
          "PRIMARY REFERENCES RETURN RETURNING RETURNS REVOKE RIGHT SELECT SET TABLE THEN TO TRUE UNION UNIQUE UPDATE " \
          "USING VALUES VIEW WHEN WHERE WINDOW WITH", words, " ")
    for (i in words)
        keyword[words[i]] = 1
}

FNR == 1 {
    start = 0
    before = ""
    empty = 0
    schema = FILENAME ~ /deploy\/schema\//
    released = match(FILENAME, /\/00[0-9][0-9]_[^\/]*$/) && substr(FILENAME, RSTART + 1, 4) <= "0020"
    widest = schema ? 120 : 100
}

!released && length > widest { bad(FNR, "more than " widest " columns") }
/\t/ { bad(FNR, "a tab") }
/[ \r]$/ { bad(FNR, "a space at the end") }
/^$/ { if (++empty > 1) bad(FNR, "two empty lines") }
!/^$/ { empty = 0 }

!released {
    line = bare($0)
    if (line ~ / [,;)]/ && line !~ /^ *[,;)]/)
        bad(FNR, "a space before , ; or )")
    if (line ~ /,[^ ]/ && line !~ /,$/)
        bad(FNR, "no space behind a comma")
    count = split(line, part, /[^A-Za-z_]+/)
    for (i = 1; i <= count; i++)
        if (part[i] in keyword)
            bad(FNR, part[i] " is a keyword: in small letters")
}

# A function needs a comment above it, and may have 80 lines to the end of its body.
schema && !released && /^create (or replace )?(function|aggregate|view)/ {
    if (before !~ /^--/)
        bad(FNR, "no comment above " $0)
}
schema && /^create (or replace )?(function|procedure)/ {
    start = FNR
    quotes = 0
}
start {
    quotes += gsub(/\$[a-z_]*\$/, "&")
    if (quotes == 2) {
        if (FNR - start + 1 > 80)
            bad(start, "a function of " FNR - start + 1 " lines")
        start = 0
    }
}

{ before = $0 }

END { exit failed }
