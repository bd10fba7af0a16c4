# What all parts of the private stack share: places, ports, and ways to wait. Sourced by bash.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
OUT=${OUT:-build/release}
case $OUT in /*) ;; *) OUT=$ROOT/$OUT ;; esac
VAR=${LIAISON_VAR:-$ROOT/var}
PORT_BASE=${PORT_BASE:-8600}
WATCHDOG_S=${WATCHDOG_S:-30}
PYTHON=/usr/bin/python3

PORT_HTTP=$PORT_BASE PORT_MAIL=$((PORT_BASE + 1)) PORT_SMS=$((PORT_BASE + 2)) PORT_SMTP=$((PORT_BASE + 3))
PORT_INTAKE=$((PORT_BASE + 4)) PORT_PG=$((PORT_BASE + 5)) PORT_BUS=$((PORT_BASE + 6)) PORT_ALERTS=$((PORT_BASE + 7))
PORT_ACKS=$((PORT_BASE + 8))

say() { printf '%s\n' "$*"; }
die() { printf 'stack: %s\n' "$*" >&2; exit 1; }

# Whether anybody listens on a port, without knocking: a service would count the knock as a bad peer.
listens() {
    local tables=(/proc/net/tcp)
    [ ! -r /proc/net/tcp6 ] || tables+=(/proc/net/tcp6)
    grep -qE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " "${tables[@]}"
}

# wait_for WHAT SECONDS COMMAND...: until the command succeeds, or die.
wait_for() {
    local what=$1 deadline=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
    [ -z "$what" ] || say "  $what"
}

ready_or_die() { # NAME SECONDS COMMAND...: the same for a service, showing its log when it does not come up
    local name=$1
    wait_for "$@" && return
    tail -n 15 "$VAR/log/$name.log" >&2 || true
    die "$name is not ready after $2 s; see $VAR/log/$name.log"
}

# A service under its supervisor: service NAME [supervisor's option]... -- COMMAND... One that runs already
# is left alone, unless its program or its configuration is another by now.
service() {
    local name=$1 stamp
    shift
    stamp=$(stamp_of "$@")
    if [ "$(cat "$VAR/run/$name.stamp" 2>/dev/null)" != "$stamp" ]; then
        service_stop "$name"
        printf '%s\n' "$stamp" >"$VAR/run/$name.stamp"
    fi
    "$PYTHON" "$ROOT/deploy/stack/supervise.py" --dir "$VAR/run" --log "$VAR/log/$name.log" "$name" "$@"
}
stamp_of() { # the words, and what the files among them hold
    local word
    {
        printf '%s\n' "$@"
        for word; do [ ! -f "$word" ] || cat "$word"; done
    } | cksum
}
service_stop() { "$PYTHON" "$ROOT/deploy/stack/supervise.py" --dir "$VAR/run" --stop "$1"; }
service_alive() { "$PYTHON" "$ROOT/deploy/stack/supervise.py" --dir "$VAR/run" --alive "$1"; }

random_word() { od -An -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# secret NAME OCTETS: var/secrets/NAME, made once.
secret() {
    local file=$VAR/secrets/$1
    [ -s "$file" ] || (umask 077 && random_word "$2" >"$file")
}

path_sum() { printf '%s' "$VAR" | cksum | cut -d' ' -f1; }

# SHORT is var/ as configuration files name it: a line of those may have 200 characters, and ';' begins a
# comment. Where the path itself will not do, it is a link in /tmp that must be ours.
short_place() {
    SHORT=$VAR
    [ ${#VAR} -gt 90 ] || [[ $VAR == *[\;\"\'\#]* ]] || return 0
    SHORT=/tmp/liaison-$(path_sum)-var
    ln -sfn "$VAR" "$SHORT"
    [ "$(stat -c %u "$SHORT")" = "$(id -u)" ] && [ "$(readlink "$SHORT")" = "$VAR" ] || die "$SHORT belongs to somebody else"
}

# A value inside a libpq connection string.
quoted() { local v=${1//\\/\\\\}; printf "'%s'" "${v//\'/\\\'}"; }
conninfo() { # ROLE
    printf "host=127.0.0.1 port=%s dbname=liaison user=%s passfile=%s" "$PORT_PG" "$1" "$(quoted "$SHORT/secrets/pgpass-$1")"
}

ctl() { "$OUT/bin/liaisonctl" --config "$VAR/conf/ctl.conf" "$@"; }

make_places() {
    mkdir -p "$VAR/run" "$VAR/log" "$VAR/spool" "$VAR/demo"
    (umask 077 && mkdir -p "$VAR/conf" "$VAR/secrets")
    short_place
    chmod 700 "$VAR/conf" "$VAR/secrets" "$VAR/spool" "$VAR/log"
}
