#!/usr/bin/env bash
# stack.sh start|stop|status: the private stack under var/: PostgreSQL, intake, notify, dashboard, feeds, a
# mail catcher and an SMS sandbox, all on loopback. Nothing leaves this machine.
#   PORT_BASE=8600   moves every port      OUT=build/release   where the programs are
#   WATCHDOG_S=30    a service whose loop hangs for this long is killed and started again
#   LIAISON_VAR=var  where everything is kept (secrets and addresses in var/run.json, mode 0600)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for part in common postgres conf demo; do . "deploy/stack/$part.sh"; done

SERVICES=(sandbox intake notify dashboard)

start() {
    local began=$SECONDS
    [ "$PORT_BASE" -gt 1023 ] && [ "$PORT_BASE" -lt 32768 ] || die "PORT_BASE must be from 1024 to 32767"
    make_places
    exec 9>"$VAR/run/stack.lock"
    flock -w 120 9 || die "another start or stop is running"
    move_if_needed
    check_ports
    say "starting the private stack in $VAR (ports $PORT_BASE to $((PORT_BASE + 8)))"
    pg_up
    make_secrets
    make_conf
    ctl schema apply --dir "$ROOT/deploy/schema" || die "var/ does not fit this checkout: make stop, then rm -r var starts over"
    demo_generate
    demo_import
    start_services
    demo_feeds
    wait_live
    "$PYTHON" deploy/stack/report.py "$VAR" "$PORT_BASE" "$DEMO_DISTRICT" "$INTAKE_KEY" "$(conninfo liaison_owner)"
    say "ready after $((SECONDS - began)) s; make stop ends it"
}

# Stops a stack that runs on other ports.
move_if_needed() {
    local was
    was=$(cat "$VAR/run/port_base" 2>/dev/null || echo "$PORT_BASE")
    [ "$was" = "$PORT_BASE" ] || stop_all
    echo "$PORT_BASE" >"$VAR/run/port_base"
}

port_owner() { # SERVICE PORT...: each port is free, or its service is ours
    local name=$1 port
    shift
    service_alive "$name" && return
    for port in "$@"; do
        ! listens "$port" || wait_for "" 10 eval "! listens $port" ||
            die "port $port is in use by another program: make run PORT_BASE=NNNNN moves all ports"
    done
}

check_ports() {
    port_owner postgresql "$PORT_PG"
    port_owner sandbox "$PORT_MAIL" "$PORT_SMS" "$PORT_SMTP"
    port_owner intake "$PORT_INTAKE" "$PORT_BUS"
    port_owner notify "$PORT_ALERTS"
    port_owner dashboard "$PORT_HTTP" "$PORT_ACKS"
}

http_ok() { curl -fsS -o /dev/null --max-time 5 "$1"; }
seen() { # SERVICE: its heartbeat in the database is recent
    [ -n "$(psql_as liaison_owner liaison -c "select 1 from liaison.service where replace(service, 'liaison-', '') = '$1' and seen_at > now() - interval '15 seconds' limit 1")" ]
}

start_services() {
    service sandbox -- "$PYTHON" "$ROOT/deploy/sandbox/sandbox.py" --port-base "$PORT_BASE" --dir "$VAR/sandbox" \
        --sms-user ACsandbox --password-file "$VAR/secrets/sms"
    service intake --watchdog "$WATCHDOG_S" -- "$OUT/bin/liaison-intake" --config "$VAR/conf/intake.conf"
    service notify --watchdog "$WATCHDOG_S" -- "$OUT/bin/liaison-notify" --config "$VAR/conf/notify.conf"
    service dashboard --watchdog "$WATCHDOG_S" -- "$OUT/bin/liaison-dashboard" --config "$VAR/conf/dashboard.conf"
    ready_or_die sandbox 20 http_ok "http://127.0.0.1:$PORT_MAIL/healthz"
    ready_or_die intake 30 listens "$PORT_INTAKE"
    ready_or_die notify 30 seen notify
    ready_or_die dashboard 30 http_ok "http://127.0.0.1:$PORT_HTTP/healthz"
}

live_heard() {
    [ -n "$(psql_as liaison_owner liaison -c "select 1 from agency.stream where mode = 'live' and heard_at > now() - interval '60 seconds' limit 1")" ]
}
wait_live() {
    wait_for "live feeds are connected" 30 live_heard || say "  no feed was heard yet: see $VAR/log/feed-*.log"
}

stop_all() {
    local lock
    # agents first, the database last
    for lock in "$VAR"/run/generator.lock "$VAR"/run/history.lock "$VAR"/run/replay.lock "$VAR"/run/feed-*.lock; do
        [ ! -e "$lock" ] || service_stop "$(basename "$lock" .lock)" || true
    done
    for lock in dashboard notify intake sandbox postgresql; do
        [ ! -e "$VAR/run/$lock.lock" ] || service_stop "$lock" || true
    done
}

stop() {
    [ -d "$VAR/run" ] || { say "nothing runs here"; return; }
    exec 9>"$VAR/run/stack.lock"
    flock -w 120 9 || die "another start or stop is running"
    stop_all
    rm -f "$VAR/run.json"
    say "stopped; var/ keeps the data (rm -r var starts over)"
}

status() {
    local lock name state=0
    for lock in "$VAR"/run/*.lock; do
        name=$(basename "$lock" .lock)
        [ "$name" != stack ] && [ -e "$lock" ] || continue
        if service_alive "$name"; then
            say "running  $name"
        else
            say "ended    $name"
            [ "$name" = history ] || [ "$name" = replay ] || state=1
        fi
    done
    [ -s "$VAR/run.json" ] || state=1
    return $state
}

case ${1:-} in
start | stop | status) "$1" ;;
*) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
