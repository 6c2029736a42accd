#!/usr/bin/env bash
# ccsup stop, when all goes well: the wish on the disk first, the watchdog asked, the keepers asked, what is left counted.
# Needs no readable configuration and no living watchdog.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/marker.sh"
new_sandbox
make_remote
write_conf
cd "$PROJECT"

assert_exit 0 ccsup stop
assert_eq "$OUT" "not running" "never started"
[[ ! -e $STATE ]] || fail "stop made a state folder"

ccsup verify >/dev/null 2>&1 || true # makes the instance's folders
sockets=$(readlink "$STATE/sockets")
printf 'not readable as a configuration\n' >launch.conf

# peer NAME LOCK SOCKET MODE [TEXT]: a stand-in.
peer() {
    local name=$1 lock=$2 socket=$3
    shift 3
    rm -f "$SANDBOX/$name.log" "$SANDBOX/$name.notes"
    background "$name" "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/$lock" "$sockets/$socket" "$SANDBOX/$name.notes" "$@"
    wait_until 10 "the stand-in $name holds its lock" test -s "$SANDBOX/$name.log"
}
# keeper ROLE: a stand-in with an iteration; its folder is in IT.
keeper() {
    IT=$STATE/$1/iterations/000007
    rm -rf "$IT"
    mkdir -p "$IT"
    peer "$1" "$1" "$1" keeper "$IT/exit.json"
}

printf 'up\n' >"$STATE/want"
assert_exit 0 ccsup stop
assert_eq "$OUT" "not running" "nothing runs"
assert_eq "$(<"$STATE/want")" down "the wish"

# Everything is there and obeys.
printf 'up\n' >"$STATE/want"
peer watchdog watchdog control answer '{"ok":true,"text":"stopping"}'
keeper builder
keeper adversary
assert_exit 0 timeout 60 ccsup stop
assert_eq "$OUT" "stopped: watchdog, builder, adversary; 0 processes left" "all of it"
assert_eq "$(<"$SANDBOX/watchdog.notes")" '{"verb":"stop"}' "the watchdog is asked"
assert_eq "$(<"$SANDBOX/builder.notes") $(<"$SANDBOX/adversary.notes")" "stop stop" "the keepers are asked"
assert_eq "$(<"$STATE/want")" down "the wish"
for pid in "${LIB_BACKGROUND[@]}"; do
    ! kill -0 "$pid" 2>/dev/null || wait_while 5 "the stand-in $pid ends" kill -0 "$pid"
done

# No watchdog: the keepers are ended all the same. --now skips the grace.
keeper builder
assert_exit 0 timeout 60 ccsup stop --now
assert_eq "$OUT" "stopped: builder; 0 processes left" "without a watchdog"
assert_eq "$(<"$SANDBOX/builder.notes")" kill "--now to a keeper"
peer watchdog watchdog control answer '{"ok":true,"text":"stopping"}'
assert_exit 0 timeout 60 ccsup stop --now
assert_eq "$OUT" "stopped: watchdog; 0 processes left" "the watchdog alone"
assert_eq "$(<"$SANDBOX/watchdog.notes")" '{"verb":"stop","now":true}' "--now to the watchdog"

# The keeper has no socket any more: TERM is its stop.
keeper builder
rm "$sockets/builder"
assert_exit 0 timeout 60 ccsup stop
assert_has "$OUT" "stopped: builder; " "TERM instead of the socket"

# Stopped twice: nothing more to do.
assert_exit 0 ccsup stop
assert_eq "$OUT" "not running" "stopped twice"

# The keeper was killed and left its agent: no record, but a marker.
IT=$STATE/builder/iterations/000008
mkdir -p "$IT"
mark=$(marker_in "$STATE" builder 0123456789abcdef0123456789abcdef)
printf '{"schema":1,"run_id":"%s","boot_id":"%s"}\n' "$mark" "$(</proc/sys/kernel/random/boot_id)" >"$IT/keep.json"
CCSUP_RUN_ID=$mark setsid sleep 300 & # bounded agent
marked=$!
CCSUP_RUN_ID=${mark}0 sleep 301 & # bounded agent
other=$!
LIB_BACKGROUND+=("$other" "$marked")
has_mark() { tr '\0' '\n' <"/proc/$1/environ" | grep -q CCSUP_RUN_ID; }
wait_until 10 "the marked process has its environment" has_mark "$marked"
wait_until 10 "the other process has its environment" has_mark "$other"
assert_exit 0 ccsup stop
assert_eq "$OUT" "not running; 1 process of a keeper that was killed ended; 0 processes left" "left behind"
alive() { [[ -e /proc/$1 && $(awk '/^State/ { print $2 }' "/proc/$1/status") != Z ]]; }
wait_while 5 "the marked process is dead" alive "$marked"
alive "$other" || fail "a process with another marker was killed"

# From before a reboot: nothing of it can live.
printf '{"schema":1,"run_id":"%s","boot_id":"another"}\n' "${mark}" >"$IT/keep.json"
rm "$IT/exit.json"
assert_exit 0 ccsup stop
# The keeper ended before it wrote that it began: it started nothing.
rm "$IT/keep.json" "$IT/exit.json"
assert_exit 0 ccsup stop
# A damaged keep.json tells no marker: what can be found by its place is ended, and a wrong mark alone is spared.
printf '{"sch' >"$IT/keep.json"
rm "$IT/exit.json"
CLONE=$(readlink -f "$STATE/data")/builder/clone
mkdir -p "$CLONE"
(cd "$CLONE" && exec setsid sleep 303) & # bounded agent
placed=$!
LIB_BACKGROUND+=("$placed")
in_place() { [[ $(readlink "/proc/$placed/cwd") == "$CLONE" && $(<"/proc/$placed/comm") == sleep ]]; }
wait_until 10 "a process lives in the clone" in_place
assert_exit 0 ccsup stop
assert_eq "$OUT" "not running; 1 process of a keeper that was killed ended; 0 processes left" "left in the clone"
wait_while 5 "the process in the clone is dead" alive "$placed"
alive "$other" || fail "a process with another marker was killed"

# The keeper's record names survivors: those that live are ended, those that are gone are none, and a number that went to
# somebody else is not touched.
sleep 302 & # bounded agent
survivor=$!
LIB_BACKGROUND+=("$survivor")
comm() { [[ $(<"/proc/$survivor/comm") == sleep ]]; }
wait_until 10 "the survivor has its name" comm
starttime=$(sed 's/.*) //' "/proc/$survivor/stat" | cut -d ' ' -f 20)
printf '{"schema":1,"run_id":"%s","boot_id":"%s"}\n' "$mark" "$(</proc/sys/kernel/random/boot_id)" >"$IT/keep.json"
printf '{"schema":1,"end":"exited","survivors":[{"pid":%d,"name":"sleep","starttime":%d}]}\n' \
    "$survivor" "$((starttime + 1))" >"$IT/exit.json"
assert_exit 0 ccsup stop
alive "$survivor" || fail "a process that only has a survivor's number was killed"
printf '{"schema":1,"end":"exited","survivors":[{"pid":%d,"name":"sleep","starttime":%d},{"pid":999999,"name":"sleep","starttime":5}]}\n' \
    "$survivor" "$starttime" >"$IT/exit.json"
assert_exit 0 ccsup stop
wait_while 5 "the survivor is dead" alive "$survivor"

# There is no keeper to ask: nothing is promised.
printf '{"sch' >"$IT/exit.json"
mkdir noprogram
cp "$(command -v ccsup)" noprogram/
assert_exit 1 noprogram/ccsup stop
assert_has "$OUT" "builder's last iteration could not be swept: ccsup-keep did not answer" "no ccsup-keep"
assert_exit 0 ccsup stop

# The wish cannot be written: said, and everything is stopped all the same.
keeper builder
rm "$STATE/want"
mkdir "$STATE/want"
assert_exit 1 timeout 60 ccsup stop
assert_has "$OUT" "cannot write" "no wish"
assert_has "$OUT" "stopped: builder; 0 processes left" "no wish, and stopped"

# launch.conf is gone: the sentence says what to do, and it helps.
keeper builder
rmdir "$STATE/want"
rm launch.conf
assert_exit 3 ccsup stop
assert_has "$OUT" "put launch.conf back beside it (for stop an empty one will do)" "no launch.conf"
touch launch.conf
assert_exit 0 timeout 60 ccsup stop
assert_eq "$OUT" "stopped: builder; 0 processes left" "an empty launch.conf"
