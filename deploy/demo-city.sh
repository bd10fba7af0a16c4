#!/usr/bin/env bash
# demo-city.sh DATA: imports a year of a real city (public data in the folder DATA) as a district of the running
# stack. It is a backfill, which alerts nobody. Writes the counts to var/city.json.
# demo-city.sh --replay-week 2015-10-05 DATA [PACE]: replays that week as if it were now, PACE (1000) times as
# fast: the page changes, and alerts go to the mail catcher and the SMS sandbox.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for part in common postgres conf demo; do . "deploy/stack/$part.sh"; done
CITY=$ROOT/deploy/demo/city
WORK=$VAR/demo/city

usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; }

week=
if [ "${1:-}" = --replay-week ]; then week=${2:-} && shift 2 || usage; fi
[ $# -ge 1 ] && [ -n "$1" ] || usage
DATA=$(cd "$1" 2>/dev/null && pwd) || die "there is no folder $1"
PACE=${2:-1000}
CALLS=$DATA/seattle-911-2015/calls.csv.gz
SECOND=$DATA/montgomery-pa-911/911.csv

for file in "$CALLS" "$SECOND" "$DATA/seattle-schools-2015/sps_school_site_2015_2016.geojson"; do
    [ -r "$file" ] || die "$file is not there: nothing is imported"
done
[ -s "$VAR/run.json" ] && service_alive intake || die "the stack does not run: make run first"
PORT_BASE_RUNNING=$(cat "$VAR/run/port_base")
[ "$PORT_BASE_RUNNING" = "$PORT_BASE" ] || exec env PORT_BASE="$PORT_BASE_RUNNING" "$0" ${week:+--replay-week "$week"} "$DATA" "$PACE"
make_places
pg_programs
pg_places
make_secrets

import_city() {
    "$PYTHON" "$CITY/prepare.py" --data "$DATA" --out "$WORK"
    import_agencies "$CITY/agencies.csv"
    DISTRICT=$(rows "$CITY/district.csv" slug | tr -d '\037')
    [ -e "$PG_DATA/liaison.city" ] && return
    import_district "$CITY/district.csv" >/dev/null
    ctl school import "$DISTRICT" "$WORK/schools.geojson" --radius 150
    ctl feeder import "$DISTRICT" "$WORK/feeders.csv"
    ctl contact import "$DISTRICT" "$WORK/contacts.csv"
    ctl rule import "$DISTRICT" "$CITY/rules.csv"
    import_maps "$CITY" seattle
    import_maps "$CITY" montgomery
    printf 'login,name,role,school\ncity,Director of the city schools,district,\n' >"$WORK/users.csv"
    import_users "$WORK/users.csv" "$DISTRICT"
    touch "$PG_DATA/liaison.city"
}

# intake looks for new schools every second. Until then it places no call at them.
wait_for_schools() {
    local schools tries
    schools=$(psql_as liaison_owner liaison -c "select count(*) from district.school where active")
    for ((tries = 0; tries < 120; tries++)); do
        grep ' event=loaded ' "$VAR/log/intake.log" | tail -n 1 | grep -Eq " schools=$schools( |\$)" && return
        sleep 0.5
    done
    die "intake has not loaded the schools after a minute: $VAR/log/intake.log"
}

# backfill AGENCY FILE: sends the whole file, until all is answered. An interrupted run is continued. The seconds are
# those of the first run that ended.
backfill() {
    local began=$EPOCHREALTIME seconds
    feed_conf "$1-city" "$1" backfill csv "$2" "$CITY/$1.map"
    say "$1: $(basename "$2")"
    "$OUT/bin/liaison-feed" --config "$VAR/conf/feed-$1-city.conf" --once 2> >(tee -a "$VAR/log/feed-$1-city.log" >&2)
    seconds=$(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}')
    [ -s "$WORK/$1.seconds" ] || echo "$seconds" >"$WORK/$1.seconds"
}

# Counts source rows. What the agent states about its file is in the manifest; what became of it is in the tally,
# which survives the purge.
counts() { # AGENCY
    psql_as liaison_owner liaison -v agency="$1" -v seconds="$(cat "$WORK/$1.seconds")" <<'SQL'
select json_build_object('read', m.read, 'rejected', m.rejected, 'duplicates', m.duplicates + t.duplicate,
                         'at_school', t.at_school, 'no_school', t.no_school, 'quarantined', t.quarantined,
                         'seconds', :seconds::float)
  from (select coalesce(sum(rows_read), 0) as read, coalesce(sum(rows_rejected), 0) as rejected,
               coalesce(sum(rows_duplicate), 0) as duplicates
          from agency.manifest join agency.stream s using (stream_no) join agency.agency a using (agency_id)
         where a.slug = :'agency' and s.mode = 'backfill') m,
       (select coalesce(sum(duplicate), 0) as duplicate, coalesce(sum(at_school), 0) as at_school,
               coalesce(sum(no_school), 0) as no_school, coalesce(sum(quarantined), 0) as quarantined
          from agency.tally join agency.stream s using (stream_no) join agency.agency a using (agency_id)
         where a.slug = :'agency' and s.mode = 'backfill') t
SQL
}

report() {
    "$PYTHON" - "$VAR/city.json" "$(counts seattle)" "$(counts montgomery)" <<'PY'
import json
import sys

path, *texts = sys.argv[1:]
city = dict(zip(("seattle", "montgomery"), map(json.loads, texts)))
with open(path, "w", encoding="utf-8") as file:
    json.dump(city, file, indent=2)
    file.write("\n")
names = ("read", "rejected", "duplicates", "at_school", "no_school", "quarantined", "seconds")
print("\n" + " " * 12 + "".join(f"{n:>12}" for n in names))
for agency, row in city.items():
    print(f"{agency:<12}" + "".join(f"{row[n]:>12}" for n in names))
    rest = sum(row[n] for n in names[1:6])
    if rest != row["read"]:
        print(f"{agency}: read is {row['read']}, the others make {rest}", file=sys.stderr)
        sys.exit(1)
PY
}

replay() {
    local end
    end=$(date -d "$week + 7 days" +%F) || usage
    rm -rf "$VAR/spool/seattle-replay"
    feed_conf seattle-replay seattle replay csv "$CALLS" "$CITY/seattle.map"
    say "the week of $week, $PACE times as fast ($((10080 / PACE)) minutes); Ctrl-C ends it"
    exec "$OUT/bin/liaison-feed" --config "$VAR/conf/feed-seattle-replay.conf" --from "$week" --to "$end" \
        --pace "$PACE" --shift-to-now --once
}

DEMO_DISTRICT=$(rows "$DEMO/district.csv" slug | tr -d "\037")
import_city
wait_for_schools
[ -z "$week" ] || replay
backfill seattle "$CALLS"
backfill montgomery "$SECOND"
ctl district publish "$DISTRICT" || true
report
"$PYTHON" deploy/stack/report.py "$VAR" "$PORT_BASE" "$DEMO_DISTRICT" "$INTAKE_KEY" "$(conninfo liaison_owner)" >/dev/null
say
say "sign in as $(awk -F'\t' '$1 == "city" {print $1 " with " $2}' "$VAR/secrets/users") at http://127.0.0.1:$PORT_HTTP/"
say "a school week as if it were now, 1,000 times as fast:"
say "  deploy/demo-city.sh --replay-week 2015-10-05 $1"
