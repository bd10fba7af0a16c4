#!/usr/bin/env bash
# lint.sh [FILE]...: layout, static analysis and house rules over the C code (all of it, or these files), all
# SQL, and the length of all sources. TIDY=1 runs clang-tidy too, which takes ten minutes.
# A missing tool is reported and skipped; clang-format is required.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
deploy/install-deps.sh lint || true

if [ $# -gt 0 ]; then
    files=("$@")
else
    mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.c' '*.h')
fi
mapfile -t tables < <(git ls-files --cached --others --exclude-standard -- '*.def')
sources=()
for file in "${files[@]}"; do [[ $file != *.c ]] || sources+=("$file"); done
failed=0
step() { # NAME COMMAND...
    local name=$1
    shift
    if "$@"; then echo "ok     $name"; else echo "FAILED $name"; failed=1; fi
}

includes=(-I. -Icommon -Icommon/http -Icommon/message -isystem /usr/share/include/llhttp)
mapfile -t -O "${#includes[@]}" includes < <(git ls-files 'services/*.h' | sed 's|/[^/]*$||; s|^|-I|' | sort -u)
for module in libpq libzmq jansson libuv libsodium libcurl openssl gmime-3.0 libical libxml-2.0; do
    read -ra flags < <(pkg-config --cflags-only-I "$module" 2>/dev/null) && includes+=("${flags[@]}")
done

# House rules that no tool checks: length of functions, services that do not include each other.
house() {
    awk -v most_function=80 '
        FNR == 1 { start = 0 }
        /^{/ { start = FNR }
        /^}/ { if (start && FNR - start > most_function) { printf "%s:%d: a function of %d lines\n", FILENAME, start, FNR - start; bad = 1 } start = 0 }
        /#include ".*services\// && FILENAME ~ /^services\// { printf "%s:%d: a service includes a service\n", FILENAME, FNR; bad = 1 }
        /[^a-z_](strcat|sprintf|gets|strtok|system|popen)\(/ { printf "%s:%d: a banned function\n", FILENAME, FNR; bad = 1 }
        END { exit bad }' "${files[@]}"
}

# Lines of C (clang-format breaks no string and does not read .def), and the number of lines of all files. mawk counts
# octets, so grep counts columns.
lengths() {
    local long
    ! LC_ALL=C.UTF-8 grep -nE '^.{101,}$' -- "${files[@]}" "${tables[@]}" || return 1
    long=$(git ls-files --cached --others --exclude-standard -- '*.c' '*.h' '*.def' '*.sql' '*.sql.in' '*.ts' '*.tsx' \
        '*.mjs' '*.css' '*.py' '*.sh' '*.awk' | xargs -d '\n' wc -l | awk '$1 > 600 && $2 != "total" { print $2 ": " $1 " lines" }')
    [ -z "$long" ] || { echo "$long"; return 1; }
}

statements() {
    awk -f deploy/lint-sql.awk common/sql/*.sql services/*/sql/*.sql services/*/sql/*.sql.in deploy/schema/*.sql
}

tidy() {
    printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -n 4 sh -c '
        clang-tidy --quiet "$@" -- -std=gnu17 -D_GNU_SOURCE -DLIAISON_VERSION=\"lint\" '"${includes[*]}"' 2>/dev/null' sh
}

step "clang-format" clang-format --dry-run -Werror "${files[@]}"
step "house rules" house
step "lengths" lengths
step "includes" python3 deploy/includes.py
step "SQL" statements
if command -v cppcheck >/dev/null; then
    step "cppcheck" cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j "$(nproc)" \
        --enable=warning,performance,portability --suppress=missingIncludeSystem --suppress=internalAstError \
        -D_GNU_SOURCE -D__linux__ -DLIAISON_VERSION='"lint"' "${includes[@]}" "${sources[@]}"
else
    echo "skip   cppcheck is not there"
fi
if [ -n "${TIDY:-}" ]; then
    if command -v clang-tidy >/dev/null; then step "clang-tidy" tidy; else echo "skip   clang-tidy is not there"; fi
fi
exit $failed
