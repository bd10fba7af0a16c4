#!/bin/bash
# Makes the cluster at the first start, runs the files in /docker-entrypoint-initdb.d, and executes the server.
set -euo pipefail
[ "$1" = postgres ] || exec "$@"

secret() { # NAME: the variable, or the content of the file that NAME_FILE names
    local file=${1}_FILE
    if [ -n "${!file:-}" ]; then cat "${!file}"; else printf '%s' "${!1:-}"; fi
}

# initdb needs a name for the user that it runs as, which an arbitrary user id does not have.
with_name() {
    getent passwd "$(id -u)" >/dev/null && { "$@"; return; }
    local names
    names=$(mktemp)
    echo "postgres:x:$(id -u):$(id -g):PostgreSQL:$PGDATA:/bin/false" >"$names"
    LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=$names NSS_WRAPPER_GROUP=/etc/group "$@"
    rm -f "$names"
}

server() { pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=''" "$1" >/dev/null; }

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    # shellcheck disable=SC2086
    with_name initdb --username="${POSTGRES_USER:-postgres}" --pwfile=<(secret POSTGRES_PASSWORD) ${POSTGRES_INITDB_ARGS:-}
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    server start
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --no-psqlrc -f "$file" ;;
        esac
    done
    server stop
fi
exec "$@"
