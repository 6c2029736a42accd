#!/usr/bin/env bash
# ccsup status tells by the lock, not by the file, whether the watchdog lives; and shows the last that is known.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
printf 'no configuration at all\n' >"$PROJECT/launch.conf" # status does not need one
cd "$PROJECT"

# doc PID NEXT_WRITE_BY [JQ]: a status document, written now.
doc() {
    local now
    now=$(lib_now_ms)
    jq -cn --argjson pid "$1" --argjson now "$now" --argjson by "$((now + $2))" '{schema:1, generation:7, written_at:$now,
        next_write_by:$by, started_at:$now, pid:$pid, state:"running", finished:false,
        phase:{id:"",name:"default",number:1,count:1},
        verdict:{value:"NOT_DONE",state:"RUNNING",passing:0,total:1}, agents:[{role:"builder",state:"RUNNING"},
        {role:"adversary",state:"WAITING",why:"NO_WORK"}], criteria:[], reasons:[], needs:[], done:[]} | '"${3:-.}" \
        >"$SANDBOX/doc.json"
    mv "$SANDBOX/doc.json" "$STATE/status.json"
}
# status CODE ALIVE: exit code of text and JSON, and what the JSON says of the writer.
status() {
    assert_exit "$1" ccsup status --json
    assert_eq "$(jq -r .alive <<<"$OUT")" "$2" "alive in --json"
    assert_exit "$1" ccsup status
}

# Never started.
status 3 stopped
assert_has "$OUT" "NOT RUNNING" "never started"
assert_eq "$(ccsup status --json || true)" '{"alive":"stopped","age_ms":null}' "never started, as JSON"

mkdir -p "$STATE/locks"
doc 4000000 60000
printf 'down\n' >"$STATE/want"
status 3 stopped
printf 'up\n' >"$STATE/want"
status 3 dead
assert_has "$OUT" "NOT RUNNING" "crashed"

# A lock file that nobody holds is no life.
touch "$STATE/locks/watchdog"
status 3 dead

# Somebody holds it.
background peer "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/watchdog" "$SANDBOX/s" "$SANDBOX/notes" answer '{"ok":true}'
peer=$BG_PID
wait_until 10 "the watchdog's stand-in holds the lock" test -s "$SANDBOX/peer.log"
status 3 alive
assert_has "$OUT" "STARTING: pid $peer; it has written no status yet" "another one's document"
doc "$peer" 60000
status 0 alive
assert_eq "$(ccsup status --json | jq -c '[.schema, .generation, .pid, (.age_ms >= 0 and .age_ms < 60000)]')" \
    "[1,7,$peer,true]" "--json is the document and two fields more"
doc "$peer" -4000
status 0 alive
doc "$peer" -6000
status 3 wedged
assert_has "$OUT" "WEDGED" "late by more than 5 s"

# An operator must act.
doc "$peer" 60000 '.agents[1].state = "HELD"'
status 6 alive
doc "$peer" 60000 '.needs = ["the repository asks for a password"]'
status 6 alive
assert_has "$OUT" "the repository asks for a password" "what is needed is shown"

# From inside of a PID namespace the holder cannot be seen: the document's age decides.
inside() { unshare --pid --fork --kill-child --mount-proc "$@"; }
doc "$peer" 60000
assert_exit 0 inside ccsup status
doc "$peer" -6000
assert_exit 3 inside ccsup status
assert_has "$OUT" "WEDGED" "late, seen from inside"
rm "$STATE/status.json"
assert_exit 3 inside ccsup status
assert_has "$OUT" "CANNOT TELL" "no status, seen from inside"

# A document that is none.
printf '{"schema":1,' >"$STATE/status.json"
assert_exit 3 ccsup status
assert_has "$OUT" "is not a status document" "torn"
assert_exit 3 ccsup status --json

# Colour only on a terminal; narrow where COLUMNS says so.
doc "$peer" 60000
[[ $(ccsup status) != *$'\e'* ]] || fail "colour without a terminal"
on_terminal() {
    script -qec "$1" /dev/null </dev/null
}
[[ $(on_terminal "ccsup status") == *$'\e['* ]] || fail "no colour on a terminal"
[[ $(NO_COLOR=1 on_terminal "ccsup status") != *$'\e['* ]] || fail "colour in spite of NO_COLOR"
widest=$(COLUMNS=30 ccsup status | awk '{ if (length($0) > n) n = length($0) } END { print n }')
((widest <= 30)) || fail "a line of $widest columns where COLUMNS is 30"

# --watch: a block at each generation, the last one when it has ended.
ccsup status --watch >"$SANDBOX/watch.log" 2>&1 &
watch=$!
LIB_BACKGROUND+=("$watch")
wait_until 10 "the first block" grep -q "phase default" "$SANDBOX/watch.log"
doc "$peer" 60000 '.generation = 8 | .phase.name = "second"'
wait_until 10 "the block of the new generation" grep -q "phase second" "$SANDBOX/watch.log"
assert_eq "$(grep -c "phase default" "$SANDBOX/watch.log")" 1 "blocks of the first generation"
doc "$peer" 60000 '.generation = 9 | .finished = true | .state = "finished"'
lib_end_pid "$peer"
code=0
wait "$watch" || code=$?
assert_eq "$code" 0 "--watch ends with the run"
status 0 stopped
assert_has "$OUT" "finished" "done"
