#!/usr/bin/env bash
# history.sh MARK DISTRICT DIR: brings the demonstration's school year in, one agency after the other, then
# publishes the last closed year and makes the file MARK. Interrupted, it goes on where it was.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$ROOT/deploy/stack/conf.sh"
mark=$1 district=$2 dir=$3
for file in "$dir"/*-history.ndjson; do
    agency=$(basename "$file" -history.ndjson)
    "$OUT/bin/liaison-feed" --config "$VAR/conf/feed-$agency-history.conf" --once
done
ctl district publish "$district"
touch "$mark"
