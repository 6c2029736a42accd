#!/usr/bin/env bash
# ccsup stop against processes that do not hear: asked, TERM, KILL, each after its time; told what is awaited.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/marker.sh"
new_sandbox
make_remote
write_conf
cd "$PROJECT"
ccsup verify >/dev/null 2>&1 || true # makes the instance's folders
sockets=$(readlink "$STATE/sockets")

peer() {
    local name=$1 lock=$2 socket=$3
    shift 3
    background "$name" "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/$lock" "$sockets/$socket" "$SANDBOX/notes" "$@"
    wait_until 10 "the stand-in $name holds its lock" test -s "$SANDBOX/$name.log"
}

# A watchdog that hangs, stopped by a signal even: the lock is its holder's, so it is found and killed.
peer watchdog watchdog control deaf
kill -STOP "$BG_PID"
# Its poll, which hears nothing either.
peer poll git git deaf
# A keeper that hears nothing, with an agent that carries its marker.
IT=$STATE/builder/iterations/000001
mkdir -p "$IT"
mark=$(marker_in "$STATE" builder 00112233445566778899aabbccddeeff)
printf '{"schema":1,"run_id":"%s","boot_id":"%s"}\n' "$mark" "$(</proc/sys/kernel/random/boot_id)" >"$IT/keep.json"
peer builder builder builder deaf
CCSUP_RUN_ID=$mark sleep 300 & # bounded agent
LIB_BACKGROUND+=("$!")

began=$(lib_now_ms)
timeout 100 ccsup stop --now >"$SANDBOX/stop.log" 2>&1 &
stopping=$!
LIB_BACKGROUND+=("$stopping")
# While it waits for the keeper no watchdog can begin: its lock is taken, and stays so however often it is looked at.
wait_until 30 "it waits for the keeper" grep -q "waiting for builder (at most" "$SANDBOX/stop.log"
assert_exit 1 timeout 5 "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/watchdog" "$SANDBOX/s" "$SANDBOX/notes" mute
assert_has "$OUT" "Resource temporarily unavailable" "the watchdog's lock while it stops"
code=0
wait "$stopping" || code=$?
OUT=$(<"$SANDBOX/stop.log")
assert_eq "$code" 0 "exit of stop"
took=$(($(lib_now_ms) - began))
assert_has "$OUT" "did not answer within 2 s; sending it TERM" "the watchdog is given 2 s to answer"
assert_has "$OUT" "the watchdog did not end; sending it KILL" "then TERM, then KILL"
assert_has "$OUT" "ccsup stop: waiting for watchdog, builder (at most " "what is awaited"
assert_has "$OUT" "ccsup stop: waiting for builder (at most " "what is awaited then"
assert_has "$OUT" "the keeper of builder did not end; sending it TERM" "the keeper's last resort"
assert_has "$OUT" "the keeper of builder did not end; sending it KILL" "the keeper's last resort"
assert_has "$OUT" "stopped: watchdog, builder; 1 process of a keeper that was killed ended; 0 processes left" "the end"
((took >= 27000 && took < 60000)) || fail "it took $took ms"

assert_no_process_left
