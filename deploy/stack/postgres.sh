# The private PostgreSQL 15 cluster: made once under var/pg, on loopback and a Unix socket only.

PG_ROLES="liaison_owner liaison_intake liaison_notify liaison_dashboard liaison_public"

pg_programs() {
    local dir
    for dir in /usr/lib/postgresql/15/bin "$(pg_config --bindir 2>/dev/null || true)"; do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && PG_BIN=$dir && return
    done
    die "PostgreSQL 15 is not there: run deploy/install-deps.sh"
}

# PostgreSQL refuses to run as root; then it is the user postgres, who must be able to reach the place.
as_pg() {
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

pg_places() {
    PG_DATA=$VAR/pg
    PG_SOCKETS=$VAR/run/pg
    if [ "$(id -u)" = 0 ] && ! as_pg test -x "$VAR/run"; then
        PG_DATA=/var/lib/postgresql/liaison-$(path_sum)
        [ -d /var/lib/postgresql ] || PG_DATA=/var/tmp/liaison-pg-$(path_sum)
        PG_SOCKETS=/tmp/liaison-$(path_sum)
        [ -L "$VAR/pg" ] || say "  the user postgres cannot enter $VAR: the cluster is in $PG_DATA"
        ln -sfn "$PG_DATA" "$VAR/pg"
    fi
    # 107 octets are all that a Unix socket's path may have; a comma would separate directories
    if [ ${#PG_SOCKETS} -gt 88 ] || [[ $PG_SOCKETS == *[,\ \'\"]* ]]; then
        PG_SOCKETS=/tmp/liaison-$(path_sum)
        say "  this path is too long or too odd for a Unix socket: it is in $PG_SOCKETS"
    fi
    mkdir -p "$PG_DATA" "$PG_SOCKETS"
    chmod 700 "$PG_DATA"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$PG_DATA" "$PG_SOCKETS"; fi
}

pg_create() {
    local words
    [ -s "$PG_DATA/PG_VERSION" ] && return
    words=$(mktemp)
    cat "$VAR/secrets/postgres" >"$words"
    if [ "$(id -u)" = 0 ]; then chown postgres: "$words"; fi
    if ! as_pg "$PG_BIN/initdb" -D "$PG_DATA" -U postgres -E UTF8 --locale=C.UTF-8 --no-instructions \
        --auth=scram-sha-256 --pwfile="$words" >"$VAR/log/initdb.log" 2>&1; then
        rm -f "$words"
        tail -n 5 "$VAR/log/initdb.log" >&2
        die "initdb failed"
    fi
    rm -f "$words"
    echo "include 'liaison.conf'" >>"$PG_DATA/postgresql.conf"
    say "  new PostgreSQL cluster in $PG_DATA"
}

# No statement and no value is ever logged: they hold places and names.
pg_configure() {
    cat >"$PG_DATA/liaison.conf" <<EOF
listen_addresses = '127.0.0.1'
port = $PORT_PG
unix_socket_directories = '$PG_SOCKETS'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
max_wal_size = 2GB
# files of the cluster, not /dev/shm: that may be another one, or none, for processes in a chroot
dynamic_shared_memory_type = mmap
checkpoint_timeout = 15min
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
log_statement = none
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
EOF
    if [ "$(id -u)" = 0 ]; then chown postgres: "$PG_DATA/liaison.conf"; fi
}

pg_start() {
    local user=()
    [ "$(id -u)" != 0 ] || user=(--user postgres)
    service_alive postgresql || ! listens "$PORT_PG" ||
        wait_for "" 10 pg_gone || die "port $PORT_PG is in use by another program: choose another PORT_BASE"
    pg_service "${user[@]}"
    if ! wait_for postgresql 30 pg_answers; then # it may run and be sick: once more from the start
        service_stop postgresql || true
        pg_service "${user[@]}"
        ready_or_die postgresql 60 pg_answers
    fi
}
pg_service() { (cd / && service postgresql --signal INT "$@" -- "$PG_BIN/postgres" -D "$PG_DATA"); }
pg_gone() { ! listens "$PORT_PG"; }
pg_answers() { psql_as postgres postgres -c 'select 1'; }

psql_as() { # ROLE DATABASE [psql's options]
    local role=$1 database=$2
    shift 2
    PGPASSFILE=$VAR/secrets/pgpass-$role psql -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PORT_PG" -U "$role" -d "$database" "$@"
}

pg_secrets() {
    local role
    secret postgres 24
    for role in postgres $PG_ROLES; do
        secret "$role" 24
        (umask 077 && printf '*:*:*:%s:%s\n' "$role" "$(cat "$VAR/secrets/$role")" >"$VAR/secrets/pgpass-$role")
    done
}

# Passwords go through standard input: the argument list of a process is public.
pg_roles() {
    local role
    {
        for role in $PG_ROLES; do
            echo "do \$\$ begin create role $role login; exception when duplicate_object then null; end \$\$;"
            echo "alter role $role with login nosuperuser nocreatedb nocreaterole password '$(cat "$VAR/secrets/$role")';"
        done
    } | psql_as postgres postgres -f -
    [ -n "$(psql_as postgres postgres -c "select 1 from pg_database where datname = 'liaison'")" ] ||
        psql_as postgres postgres -c "create database liaison owner liaison_owner"
    psql_as postgres postgres -c "revoke all on database liaison from public" \
        -c "grant connect on database liaison to liaison_intake, liaison_notify, liaison_dashboard, liaison_public"
    psql_as postgres liaison -f "$ROOT/deploy/superuser.sql"
}

pg_up() {
    pg_programs
    pg_secrets
    pg_places
    pg_create
    pg_configure
    pg_start
    pg_roles
}
