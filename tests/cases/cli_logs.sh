#!/usr/bin/env bash
# ccsup logs: the newest iteration's last lines, made safe; with -f over iterations until the watchdog is gone.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
printf '\n' >"$PROJECT/launch.conf" # no configuration is needed
cd "$PROJECT"

# iteration ROLE N: its folder, made; in IT.
iteration() {
    IT=$STATE/$1/iterations/$(printf '%06d' "$2")
    mkdir -p "$IT"
}

assert_exit 3 ccsup logs
assert_has "$OUT" "no iteration yet" "nothing there"
mkdir -p "$STATE/locks"
assert_exit 3 ccsup logs builder

iteration builder 9
printf 'old\n' >"$IT/out.log"
iteration builder 10
seq 1 100 >"$IT/out.log"
printf 'to stderr\n' >"$IT/err.log"
iteration adversary 2
printf 'one\ntorn' >"$IT/out.log"

assert_eq "$(ccsup logs builder | head -n 1)" 61 "40 lines are the default"
assert_eq "$(ccsup logs builder | wc -l)" 40 "40 lines are the default"
assert_eq "$(ccsup logs -n 3 builder)" $'98\n99\n100' "-n 3"
assert_eq "$(ccsup logs --lines=1 builder)" 100 "--lines=1"
assert_eq "$(ccsup logs -n0 builder)" "" "-n0"
assert_eq "$(ccsup logs -n 100000 builder | wc -l)" 100 "more than there are"
assert_eq "$(ccsup logs --err builder)" "to stderr" "--err"
assert_eq "$(ccsup logs adversary)" $'one\ntorn' "a last line without its end"
assert_eq "$(ccsup logs -n 1 adversary)" torn "a last line without its end is a line"
assert_eq "$(ccsup logs -n 1)" $'builder   | 100\nadversary | torn' "both"
assert_exit 2 ccsup logs nobody
assert_has "$OUT" "no agent 'nobody'; there are builder and adversary" "unknown agent"

# A name of launch.conf, when it can be read.
make_remote
write_conf
sed -i 's/^\[agent builder\]/[agent smith]/' launch.conf
assert_eq "$(ccsup logs -n 1 smith)" 100 "an agent's name"
assert_exit 2 ccsup logs nobody
assert_has "$OUT" "there are builder (smith) and adversary" "unknown agent"

# Bytes of all kinds.
iteration builder 11
printf 'a\033[2Jb\0c\r\n\xff\xfe\n\tx\xe2\x80\xaey\nschön\n' >"$IT/out.log"
assert_eq "$(ccsup logs builder)" $'a\\x1B[2Jb\\x00c\n\\xFF\\xFE\n\\tx\\xE2\\x80\\xAEy\nschön' "control bytes"
{ head -c $((16 << 20)) /dev/zero | tr '\0' x && printf '\nafter\n'; } >"$IT/out.log"
ccsup logs -n 2 builder >"$SANDBOX/long"
assert_eq "$(wc -l <"$SANDBOX/long")" 2 "a line of 16 MB"
assert_eq "$(head -n 1 "$SANDBOX/long" | wc -c)" $((4096 + 7)) "is cut to 4 KiB and says so"
assert_has "$(head -n 1 "$SANDBOX/long" | tail -c 20)" "xx [cut]" "is cut to 4 KiB and says so"
assert_eq "$(tail -n 1 "$SANDBOX/long")" after "the line after it"
# Not a file: nothing is waited for, nothing is shown.
iteration builder 12
mkfifo "$IT/out.log"
assert_exit 3 timeout 20 ccsup logs builder
assert_has "$OUT" "it is a special file, not a file" "a FIFO"
# Huge and empty: its holes are not read, neither from its end back nor onward.
iteration builder 12
rm "$IT/out.log"
printf 'before\n' >"$IT/out.log"
truncate -s 8T "$IT/out.log"
printf '{"type":"nonsense"}\nbehind\n' >>"$IT/out.log"
assert_exit 0 timeout 20 ccsup logs -n 1 builder
assert_eq "$OUT" behind "the last line behind 8 TB of nothing"
assert_exit 0 timeout 20 ccsup logs -n 9 builder
assert_eq "$(tail -n 1 <<<"$OUT")" behind "the last lines behind 8 TB of nothing"
printf '{"type":"system","subtype":"init"}\n' >"$IT/out.log"
truncate -s 8T "$IT/out.log"
assert_exit 0 timeout 20 ccsup logs builder

# -f without a watchdog: what is there, and why nothing more comes.
iteration builder 13
printf 'first\n' >"$IT/out.log"
code=0
ccsup logs -f builder >"$SANDBOX/out" 2>"$SANDBOX/err" || code=$?
assert_eq "$code $(<"$SANDBOX/out")" "0 first" "-f without a watchdog"
assert_has "$(<"$SANDBOX/err")" "the watchdog does not run" "-f without a watchdog"

# -f with one.
background peer "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/watchdog" "$SANDBOX/s" "$SANDBOX/notes" mute
peer=$BG_PID
wait_until 10 "the watchdog's stand-in holds the lock" test -s "$SANDBOX/peer.log"
ccsup logs -f -n 2 >"$SANDBOX/follow" 2>"$SANDBOX/follow.err" &
follow=$!
LIB_BACKGROUND+=("$follow")
shows() {
    grep -qxF -- "$1" "$SANDBOX/follow"
}
wait_until 10 "the lines that were there" shows "builder   | first"
wait_until 10 "the lines that were there" shows "adversary | one"
printf 'second\nunfin' >>"$IT/out.log"
wait_until 10 "what is appended" shows "builder   | second"
printf 'ished\nlast words' >>"$IT/out.log"
wait_until 10 "a line in two pieces" shows "builder   | unfinished"
iteration builder 14 # begun, and nothing written yet
iteration builder 15
printf 'fifteen\n' >"$IT/out.log"
wait_until 10 "the next iteration" shows "builder   | fifteen"
shows "builder   | last words" || fail "the torn end of the old iteration is lost"
shows "builder   | -- iteration 15 --" || fail "the new iteration is not announced"
printf 'the end' >>"$IT/out.log"
lib_end_pid "$peer"
code=0
wait "$follow" || code=$?
assert_eq "$code" 0 "-f ends when the watchdog is gone"
shows "builder   | the end" || fail "the torn end is lost"
shows "adversary | torn" || fail "the torn end is lost"

# Ctrl-C, a closed pipe: it ends while the watchdog lives.
background peer "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/watchdog" "$SANDBOX/s" "$SANDBOX/notes" mute
wait_until 10 "the watchdog's stand-in holds the lock" test -s "$SANDBOX/peer.log"
timeout -s INT 1 ccsup logs -f builder >"$SANDBOX/out" || code=$?
assert_eq "$code" 124 "timeout had to send INT" # and not more than INT: below
code=0
timeout --preserve-status -k 60 -s INT 1 ccsup logs -f builder >"$SANDBOX/out" || code=$?
assert_eq "$code" 0 "INT ends -f"
code=0
# shellcheck disable=SC2216 # `true` is the reader that does not read
timeout 20 ccsup logs -f builder 2>"$SANDBOX/err" | true || code=${PIPESTATUS[0]}
assert_eq "$code" 1 "nobody reads"
assert_has "$(<"$SANDBOX/err")" "cannot write the output: Broken pipe" "nobody reads"

# Claude's lines are shown as steps, or as they are.
iteration builder 15
cp "$CCSUP_SOURCE/tests/vectors/claude/bash_write.jsonl" "$IT/out.log"
assert_eq "$(ccsup logs -n 2 builder)" $'Done.\n= done: 2 turns, 2,100 tokens, $0.01' "steps"
assert_eq "$(ccsup logs builder | wc -l)" 6 "all steps"
assert_eq "$(ccsup logs --raw builder | wc -l)" 6 "--raw: all lines"
assert_has "$(ccsup logs --raw -n 1 builder)" '"total_cost_usd":0.01' "--raw"
PAD=$(printf "%01000d" 0)
for ((i = 0; i < 80000; i++)); do
    printf '{"type":"stream_event","event":{"type":"ping"},"padding":"%s"}\n' "$PAD"
done >>"$IT/out.log"
echo '{"type":"assistant","message":{"content":[{"type":"text","text":"after 80 MB"}]}}' >>"$IT/out.log"
assert_eq "$(ccsup logs -n 1 builder)" "after 80 MB" "the end of a large one"

# A flood while it is read without -f: it ends at what was the end.
iteration builder 16
background flood timeout 60 bash -c "while :; do head -c 1000000 /dev/zero | tr '\\0' '\\n'; done | head -c 500000000 >'$IT/out.log'"
wait_until 10 "the flood" test -s "$IT/out.log"
timeout 30 ccsup logs -n 1000000 builder >/dev/null || fail "a flood keeps logs from ending"
