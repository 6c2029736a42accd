#!/usr/bin/env bash
# ccsup start: says what came of it, for each way in which it can go, and puts the watchdog into a session of its own.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
commit_as anybody "begin" readme "x"
write_agent builder <<'SH'
cat >/dev/null
echo working
for _ in $(seq 1200); do sleep 0.05; done # bounded agent
SH
write_conf
cd "$PROJECT"

# Somebody is there already.
ccsup verify >/dev/null 2>&1 || true # makes the instance's folders
background peer "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/watchdog" "$SANDBOX/s" "$SANDBOX/notes" mute
peer=$BG_PID
wait_until 10 "the watchdog's stand-in holds the lock" test -s "$SANDBOX/peer.log"
assert_exit 5 ccsup start
assert_has "$OUT" "already running (pid $peer since 20" "another watchdog"
[[ ! -e $STATE/want ]] || fail "a start that was refused left a wish"
printf 'down\n' >"$STATE/want"
assert_exit 5 ccsup start
assert_has "$OUT" "it is being stopped (pid $peer)" "a stop is under way"
lib_end_pid "$peer"

# Up: one line an agent; the watchdog in a session of its own, with nothing of ours open.
assert_exit 0 timeout 100 ccsup start 9<"$PROJECT/plan.md"
assert_has "$OUT" "builder: RUNNING, iteration 1" "the builder"
assert_has "$OUT" "adversary: " "the adversary"
assert_eq "$(<"$STATE/want")" up "the wish"
pid=$(status_field .pid)
assert_eq "$(awk '{ print $6 == $1, $7 }' "/proc/$pid/stat")" "0 0" "no session leader, no terminal"
assert_eq "$(awk '{ print $6 }' "/proc/$pid/stat")" "$(awk '{ print $5 }' "/proc/$pid/stat")" "a session of its own"
[[ $(awk '{ print $6 }' "/proc/$pid/stat") != "$(awk '{ print $6 }' /proc/$$/stat)" ]] || fail "it is in our session"
assert_eq "$(readlink "/proc/$pid/fd/0")" /dev/null "its standard input"
assert_eq "$(readlink "/proc/$pid/fd/1")" "$STATE/ccsup.log" "its standard output"
assert_eq "$(readlink "/proc/$pid/cwd")" "$PROJECT" "its working directory"
[[ $(readlink "/proc/$pid/fd/"* 2>/dev/null) != *plan.md* ]] || fail "a file of the shell stayed open"
assert_has "$(tr '\0' '\n' <"/proc/$pid/environ")" "CCSUP_CONFIG=$PROJECT/launch.conf" "its environment"
assert_eq "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "ccsup -C $PROJECT run --detached " "its command line"
assert_exit 5 ccsup start
assert_has "$OUT" "already running (pid $pid since " "twice"
assert_exit 0 ccsup status
assert_exit 0 timeout 100 ccsup stop
assert_has "$OUT" "stopped: watchdog, builder" "stop"
assert_has "$OUT" "0 processes left" "stop"
assert_exit 3 ccsup status

# An agent that cannot be run: its reason; the watchdog goes on trying. (Its keeper says so.)
write_conf builder.command=/nowhere/agent
rm -f "$STATE/want"
assert_exit 1 ccsup start
assert_has "$OUT" "programs: the program of [agent builder], /nowhere/agent, can't be run; fix: " "looked at first"
assert_has "$OUT" "nothing was started" "looked at first"
[[ ! -e $STATE/want ]] || fail "a start that was refused left a wish"
code=0
OUT=$(timeout 100 ccsup start --no-check 2>&1) || code=$?
[[ $code == 1 || $code == 6 ]] || fail "exit $code, not 1 or 6: $OUT"
assert_has "$OUT" "/nowhere/agent" "the reason"
assert_has "$OUT" "the watchdog (pid " "the watchdog stays"
assert_exit 0 timeout 100 ccsup stop

# A repository that is not there.
mv "$REMOTE" "$REMOTE.away"
write_conf
code=0
OUT=$(timeout 100 ccsup start 2>&1) || code=$?
assert_eq "$code" 1 "exit without a repository ($OUT)"
assert_has "$OUT" "the repository can't be read: " "no repository"
assert_has "$OUT" "keeps trying" "no repository"
assert_exit 0 timeout 100 ccsup stop
mv "$REMOTE.away" "$REMOTE"

# By CCSUP_CONFIG, a file of another name.
mkdir "$SANDBOX/named"
cp plan.md "$SANDBOX/named/"
cp launch.conf "$SANDBOX/named/other.conf"
cd "$SANDBOX"
CCSUP_CONFIG=$SANDBOX/named/other.conf assert_exit 0 timeout 100 ccsup start
CCSUP_CONFIG=$SANDBOX/named/other.conf assert_exit 0 ccsup status
CCSUP_CONFIG=$SANDBOX/named/other.conf assert_exit 0 timeout 100 ccsup stop
cd "$PROJECT"

# A run that is done: the record, and nothing is started.
printf '{"schema":1,"generation":1,"written_at":1,"pid":1,"finished":true,"done":[{"phase":"","revision":"abcdef0"}]}' \
    >"$STATE/status.json"
rm -f "$STATE/want" # a status alone is no record: the journal says it
python3 -c 'import sys, zlib; r = sys.argv[1].encode(); print("%08x %s" % (zlib.crc32(r), r.decode()))' \
    '{"t":"done","phase":"","revision":"abcdef0","at":1}' >>"$STATE/journal"
assert_exit 0 ccsup start
assert_has "$OUT" "DONE: phase default at abcdef0" "the record"
[[ ! -e $STATE/want ]] || fail "a run that is done was started"
assert_no_process_left
