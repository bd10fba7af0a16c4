#!/bin/sh
# install.sh: installs the programs, man pages, schema, the page, systemd units and sample configuration under
# $DESTDIR$PREFIX. Starts nothing, and does not replace an existing configuration.
set -eu
cd "$(dirname "$0")/.."
OUT=${OUT:-build/release}
PREFIX=${PREFIX:-/usr/local}
DESTDIR=${DESTDIR:-}
SYSCONFDIR=${SYSCONFDIR:-/etc}
UNITDIR=${UNITDIR:-/lib/systemd/system}
share=$DESTDIR$PREFIX/share

put() { # MODE FILE TARGET
    install -D -m "$1" "$2" "$3"
    echo "  $3"
}

for program in "$OUT"/bin/liaison*; do
    case $program in *liaison-dictionary) continue ;; esac
    put 755 "$program" "$DESTDIR$PREFIX/bin/$(basename "$program")"
done
for page in services/*/*.[0-9]; do
    [ -e "$page" ] || continue
    target=$share/man/man${page##*.}/$(basename "$page").gz
    install -d "$(dirname "$target")"
    gzip -9nc "$page" >"$target"
    chmod 644 "$target"
    echo "  $target"
done
rm -f "$share"/liaison/schema/*.sql # a renamed file must not be applied under both names
for file in deploy/schema/*.sql; do put 644 "$file" "$share/liaison/schema/$(basename "$file")"; done
put 644 deploy/superuser.sql "$share/liaison/superuser.sql"
put 644 services/dashboard/openapi.json "$share/liaison/openapi.json"
[ ! -e "$OUT/gen/event.schema.json" ] || put 644 "$OUT/gen/event.schema.json" "$share/liaison/event.schema.json"
if [ -d "$OUT/web" ]; then
    (cd "$OUT/web" && find . -type f) | while read -r file; do put 644 "$OUT/web/$file" "$share/liaison/web/${file#./}"; done
fi
for file in LICENSE README.md SECURITY.md docs/*.md; do [ ! -e "$file" ] || put 644 "$file" "$share/doc/liaison/$(basename "$file")"; done
for unit in deploy/systemd/*.service; do
    target=$DESTDIR$UNITDIR/$(basename "$unit")
    install -d "$(dirname "$target")"
    sed "s|@PREFIX@|$PREFIX|g" "$unit" >"$target"
    chmod 644 "$target"
    echo "  $target"
done
put 644 deploy/systemd/liaison.sysusers "$DESTDIR/usr/lib/sysusers.d/liaison.conf"
install -d -m 755 "$DESTDIR$SYSCONFDIR/liaison"
for sample in deploy/conf/*.conf; do
    [ -e "$sample" ] || continue
    put 644 "$sample" "$share/liaison/conf/$(basename "$sample")"
done
