#!/bin/sh
# Checks lsn.pml and notify.pml with spin: one line for each property, then that each planted defect is found by the
# property that it violates. The last line is: N passed, N failed. Needs spin and cc; builds in $OUT/model.
set -u
cd "$(dirname "$0")/../.."
mkdir -p "${OUT:-build/release}/model"
out=$(cd "${OUT:-build/release}/model" && pwd)
models=$PWD/tests/model
memory=${MEMORY_MB:-1024}
passed=0 failed=0
command -v spin >/dev/null || { echo "skipped: model (no spin)"; exit 0; }

# search NAME "DEFINES" "CC OPTIONS" "PAN OPTIONS" [MODEL]: builds and runs one search, with its output in NAME.log.
search() {
    mkdir -p "$out/$1"
    # shellcheck disable=SC2086
    (cd "$out/$1" && rm -f ./*.trail && cp "$models/${5:-lsn}.pml" model.pml &&
        spin $2 -a model.pml && ${CC:-cc} -O2 -w -DCOLLAPSE -DMEMLIM="$memory" $3 -o pan pan.c &&
        ./pan -m20000 $4) >"$out/$1.log" 2>&1
}

# holds NAME WORDS: passes if the search was complete and found no error.
holds() {
    if grep -q 'errors: 0' "$out/$1.log" && ! grep -qE 'max search depth too small|out of memory' "$out/$1.log"; then
        echo "ok      $2 ($(awk '/states, stored/ {print $1}' "$out/$1.log") states)"
        passed=$((passed + 1))
    else
        echo "FAILED  $2: $(grep -m1 -E '^pan|rror' "$out/$1.log")"
        failed=$((failed + 1))
    fi
}

# finds NAME WORDS: passes if the search found an error of the planted defect's kind.
finds() {
    if grep -qE '^pan(:1)?: ?(assertion violated|non-progress cycle)' "$out/$1.log"; then
        echo "ok      found: $2"
        passed=$((passed + 1))
    else
        echo "FAILED  not found: $2"
        failed=$((failed + 1))
    fi
}

# Two at a time: a search of one property takes seconds.
search saved "-DSAVED" -DSAFETY "" & search once "-DONCE" -DSAFETY "" & wait
search fence "-DFENCE" -DSAFETY "" & search rest "-DCREDITED -DHEARD" -DSAFETY "" & wait
search progress "" -DNP -l &
search ack "-DSAVED -DACK_BEFORE_COMMIT" -DSAFETY ""
search nofence "-DFENCE -DNO_FENCE" -DSAFETY ""
search twice "-DONCE -DNO_FENCE" -DSAFETY ""
search mark "-DONCE -DNO_HIGH_MARK" -DSAFETY ""
search again "-DHEARD -DGREET_AGAIN" -DSAFETY ""
wait

# Of notify: three changes and a fault, then two of each. Three and two together are too many states for a test.
search told "-DTOLD -DTRUE -DONCE -DFAULTS=1" -DSAFETY "" notify &
search lost "-DTOLD -DTRUE -DONCE -DCHANGES=2" -DSAFETY "" notify & wait
search ends "-DCHANGES=2 -DFAULTS=1" -DNP -l notify &
search hold "-DTOLD -DNO_HOLD" -DSAFETY "" notify
search alert "-DTOLD -DNO_ALERT_LOCK" -DSAFETY "" notify
search look "-DTOLD -DNO_LOOK" -DSAFETY "" notify
search early "-DTRUE -DCOMPOSED_EARLY" -DSAFETY "" notify
search forever "-DTOLD -DACK_FOR_EVER" -DSAFETY "" notify
search refused "-DTOLD -DFAILED_FOR_EVER" -DSAFETY "" notify
search anew "-DCHANGES=2 -DFAULTS=1 -DFAILED_ANEW" -DNP -l notify
search twice2 "-DONCE -DREPEATED_ANEW" -DSAFETY "" notify
search hides "-DTOLD -DACK_HIDES" -DSAFETY "" notify
wait

holds saved "an acknowledged event is saved; no deadlock"
holds once "no event is stored twice; no deadlock"
holds fence "a session that lost its stream commits nothing; no deadlock"
holds rest "an agent stays within its credit, and hears nothing out of turn"
holds progress "once faults stop, every record is decided"
finds ack "ACK_BEFORE_COMMIT breaks: an acknowledged event is saved"
finds nofence "NO_FENCE breaks: a session that lost its stream commits nothing"
finds twice "NO_FENCE breaks: no event is stored twice"
finds mark "NO_HIGH_MARK breaks: no event is stored twice"
finds again "GREET_AGAIN breaks: an agent hears nothing out of turn"
holds told "notify: everybody due knows what is true, nothing untrue is said, nothing twice without a cause (one fault)"
holds lost "notify: the same (two faults)"
holds ends "notify: once faults stop, all comes to rest"
finds hold "NO_HOLD breaks: everybody due knows what is true"
finds alert "NO_ALERT_LOCK breaks: everybody due knows what is true"
finds look "NO_LOOK breaks: everybody due knows what is true"
finds early "COMPOSED_EARLY breaks: nothing untrue is said"
finds forever "ACK_FOR_EVER breaks: an acknowledgement covers nothing worse"
finds refused "FAILED_FOR_EVER breaks: everybody due knows what is true"
finds anew "FAILED_ANEW breaks: all comes to rest"
finds twice2 "REPEATED_ANEW breaks: nothing is said twice without a cause"
finds hides "ACK_HIDES breaks: everybody due knows what is true"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
