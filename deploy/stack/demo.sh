# The demonstration county: its tables by liaisonctl, its school year as a backfill, its calls live.

DEMO=$VAR/demo

rows() { "$PYTHON" "$ROOT/deploy/stack/rows.py" "$@"; }

demo_generate() {
    [ -e "$DEMO/.generated" ] && return
    say "  writing a school year of the demonstration county"
    "$PYTHON" "$ROOT/deploy/demo/generate.py" year --out "$DEMO"
    touch "$DEMO/.generated"
}

# import_agencies FILE: those that are not there yet, with a key file each; a lost key file is replaced.
import_agencies() {
    local known slug name kind zone top file
    known=$(ctl --json agency list | "$PYTHON" -c 'import json,sys; print(" ".join({a["agency"] for a in json.load(sys.stdin)}))')
    while IFS=$'\x1f' read -r slug name kind zone top _; do
        file=$VAR/secrets/agency-$slug.key
        [[ " $known " == *" $slug "* && -s $file ]] && continue
        if [[ " $known " == *" $slug "* ]]; then
            ctl agency rotate "$slug" --key-file "$file" >/dev/null
        else
            rm -f "$file"
            ctl agency add "$slug" --name "$name" --kind "$kind" --zone "$zone" --priority-top "${top:-low}" \
                --key-file "$file" >/dev/null
        fi
    done < <(rows "$1" slug name kind zone priority_top)
}

import_district() { # FILE: prints the slug
    local slug name zone from to month threshold
    IFS=$'\x1f' read -r slug name zone from to month threshold _ < <(rows "$1" slug name zone hours_start hours_end year_start_month public_threshold)
    ctl district add "$slug" --name "$name" --zone "$zone" --hours-start "${from:-07:30}" --hours-end "${to:-15:30}" \
        --year-start-month "${month:-8}" --public-threshold "${threshold:-10}" >/dev/null
    echo "$slug"
}

# import_maps DIR AGENCY: DIR/AGENCY-types.csv and so on, those that exist.
import_maps() {
    local kind
    for kind in type disposition outcome; do
        [ ! -e "$1/$2-${kind}s.csv" ] || ctl code map "$2" "$kind" "$1/$2-${kind}s.csv" >/dev/null
    done
    [ ! -e "$1/$2-priorities.csv" ] || ctl code map "$2" priority "$1/$2-priorities.csv" >/dev/null
}

# Sign-ins: made once, kept in var/secrets/users (login, password, role, district).
import_users() { # FILE DISTRICT
    local login name role school password
    while IFS=$'\x1f' read -r login name role school _; do
        password=$(awk -F'\t' -v l="$login" '$1 == l {print $2}' "$VAR/secrets/users" 2>/dev/null || true)
        if [ -z "$password" ]; then
            password=demo-$(random_word 5)
            (umask 077 && printf '%s\t%s\t%s\t%s\n' "$login" "$password" "$role" "$2" >>"$VAR/secrets/users")
        fi
        printf '%s\n' "$password" | ctl user add "$login" --name "$name" --role "$role" --district "$2" \
            ${school:+--school "$school"} --password-file - >/dev/null
    done < <(rows "$1" login name role school)
}

# The tables, once for each cluster: later changes made by hand are kept.
demo_import() {
    local agency
    import_agencies "$DEMO/agencies.csv"
    DEMO_DISTRICT=$(rows "$DEMO/district.csv" slug | tr -d '\037')
    [ -e "$PG_DATA/liaison.demo" ] && return
    say "  importing the demonstration county"
    import_district "$DEMO/district.csv" >/dev/null
    ctl school import "$DEMO_DISTRICT" "$DEMO/schools.geojson" >/dev/null
    ctl feeder import "$DEMO_DISTRICT" "$DEMO/feeders.csv" >/dev/null
    ctl contact import "$DEMO_DISTRICT" "$DEMO/contacts.csv" >/dev/null
    ctl rule import "$DEMO_DISTRICT" "$DEMO/rules.csv" >/dev/null
    while IFS=$'\x1f' read -r agency _; do import_maps "$DEMO/maps" "$agency"; done < <(rows "$DEMO/agencies.csv" slug)
    import_users "$DEMO/users.csv" "$DEMO_DISTRICT"
    touch "$PG_DATA/liaison.demo"
}

# History goes in beside the live feeds: it alerts nobody, and ends by publishing the last closed year.
demo_feeds() {
    local agency
    while IFS=$'\x1f' read -r agency _; do
        : >>"$DEMO/$agency-live.ndjson"
        feed_conf "$agency-history" "$agency" backfill ndjson "$DEMO/$agency-history.ndjson"
        feed_conf "$agency" "$agency" live ndjson "$DEMO/$agency-live.ndjson"
        service "feed-$agency" --watchdog "$WATCHDOG_S" -- "$OUT/bin/liaison-feed" --config "$VAR/conf/feed-$agency.conf"
    done < <(rows "$DEMO/agencies.csv" slug)
    service generator -- "$PYTHON" "$ROOT/deploy/demo/generate.py" live --out "$DEMO"
    [ -e "$PG_DATA/liaison.history" ] ||
        service history --until-done -- "$ROOT/deploy/stack/history.sh" "$PG_DATA/liaison.history" "$DEMO_DISTRICT" "$DEMO"
}
