#!/bin/bash
# How an iteration may end, and what exit.json, keep.json and the logs then say.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin normal
mkdir -p "$T/state/builder/next"
printf 'the prompt\n' >"$T/state/builder/next/prompt.md"
ctl lock start connect send=go expect=running eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"schema":1' '"iteration":1' '"end":"exited"' '"code":0' '"signal":0' '"asked":"none"' \
    '"leftovers":[]' '"survivors":[]' '"reason":""'
says "$(it 1)/out.log" "the prompt" "cwd=$T/clone run=$(marker 0123456789abcdef0123456789abcdef) umask=0022"
says "$(it 1)/err.log" "to standard error"
says "$(it 1)/prompt.md" "the prompt"
says "$(it 1)/keep.json" "\"run_id\":\"$(marker 0123456789abcdef0123456789abcdef)\"" '"role":"builder"' '"iteration":1' \
    "\"boot_id\":\"$(cat /proc/sys/kernel/random/boot_id)\"" "\"command\":\"$AGENTS/ok.sh\""
[ ! -s "$T/state/builder/next/prompt.md" ] || die "the prompt was not taken"
[ ! -e "$T/socket" ] || die "the socket is left"
[ "$(stat -c %a "$(it 1)/out.log")" = 600 ] || die "out.log can be read by others"
nobody_left

begin numbers
mkdir -p "$T/state/builder/iterations/000041" "$T/state/builder/iterations/99" "$T/state/builder/iterations/000100x"
printf '{"schema":1,"iteration":41,"end":"exited","survivors":[]}' >"$T/state/builder/iterations/000041/exit.json"
ctl lock start connect send=go eof ended -- "$AGENTS/fail.sh" 7
says "$(it 42)/exit.json" '"iteration":42' '"end":"exited"' '"code":7'
[ -f "$(it 42)/prompt.md" ] || die "no empty prompt"
ctl lock start connect send=go eof ended -- "$AGENTS/crash.sh"
says "$(it 43)/exit.json" '"end":"signaled"' '"signal":11' '"code":0'

# --wait: nothing is looked at or made before the word.
begin waits
mkdir -p "$T/state/locks" # without a word not even the lock is missed
args=(--state "$T/state" --role builder --socket "$T/socket" --clone "$T/clone" --tmp "$T/tmp"
    --run-id "$(marker "$(printf '%032x' 1)")" --fence subreaper --leftovers kill --grace 100 --orphan-timeout 0)
[ -z "$("$KEEP" --wait "${args[@]}" -- true </dev/null)" ] || die "it said something to nobody"
[ -z "$(printf begin | "$KEEP" --wait "${args[@]}" -- true)" ] || die "half a word was enough"
[ ! -e "$T/state/builder" ] || die "it began without the word"
said=$(echo begin | "$KEEP" --wait "${args[@]}" -- true) || true
[[ "$said" == "ready "*" 1 0" ]] || die "it did not begin: $said"
ctl connect send=stop expect=over eof ended
says "$(it 1)/exit.json" '"end":"not_started"' '"asked":"stop"'
# Told that the last one is over, it looks at nothing; told so of another one, it does.
rm "$(it 1)/exit.json"
said=$(echo over 1 | "$KEEP" --wait "${args[@]}" -- true) || true
[[ "$said" == "ready "*" 2 0" && ! -e "$(it 1)/exit.json" ]] || die "it looked all the same: $said"
ctl connect send=stop eof ended
rm "$(it 2)/exit.json"
said=$(echo over 1 | "$KEEP" --wait "${args[@]}" -- true) || true
[[ "$said" == "ready "*" 3 0" ]] || die "it did not begin: $said"
says "$(it 2)/exit.json" '"end":"lost"'
ctl connect send=stop eof ended
nobody_left

# Each keeper makes the folder of the next one while its agent runs.
begin prepared
ctl lock start connect send=go expect=running send=kill eof ended -- "$AGENTS/hang.sh" "$T/pid"
[ -e "$T/state/builder/next/exit.json.new" ] || die "the next folder is not complete"
next=$(stat -c %i "$T/state/builder/next")
printf 'of the second\n' >"$T/state/builder/next/prompt.md"
ctl lock start connect send=go eof ended -- "$AGENTS/ok.sh"
[ "$(stat -c %i "$(it 2)")" = "$next" ] || die "another folder was made"
says "$(it 2)/out.log" "of the second"
says "$(it 2)/keep.json" '"iteration":2'
[ "$(ls "$(it 2)")" = "$(printf '%s\n' err.log exit.json keep.json out.log prompt.md)" ] || die "the folder holds $(ls "$(it 2)")"

begin missing
ctl lock start connect send=go eof ended -- no-such-program-of-ours
says "$(it 1)/exit.json" '"end":"exec_failed"' '"code":0' 'cannot run no-such-program-of-ours: no such program in PATH'
ctl lock start connect send=go eof ended -- /no/such/program
says "$(it 2)/exit.json" '"end":"exec_failed"' 'cannot run /no/such/program: no such file'
ctl lock start connect send=go eof ended -- "$AGENTS/notexec.txt"
says "$(it 3)/exit.json" '"end":"exec_failed"' 'notexec.txt is not executable; chmod +x it'
ctl lock start connect send=go eof ended -- "$AGENTS"
says "$(it 4)/exit.json" '"end":"exec_failed"' 'it is a folder, not a program'
printf '#!/no/such/interpreter -x\n' >"$T/script"
chmod +x "$T/script"
ctl lock start connect send=go eof ended -- "$T/script"
says "$(it 5)/exit.json" '"end":"exec_failed"' 'its first line asks for /no/such/interpreter, which does not exist'
ctl "clone=$T/no-clone" lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 6)/exit.json" '"end":"exec_failed"' "cannot work in the folder $T/no-clone: No such file or directory"
nobody_left

mkdir -m 0 "$T/locked"
PATH=$T/locked:$PATH ctl lock start connect send=go eof ended -- no-such-program-of-ours
says "$(it 7)/exit.json" 'cannot run no-such-program-of-ours: no such program in PATH'
nobody_left

begin measures
# shellcheck disable=SC2016
ctl lock start connect send=go eof ended -- bash -c \
    'i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done; head -c 60000000 /dev/zero | tail -c 50000000 | wc -c'
cpu=$(grep -o '"cpu_ms":[0-9]*' "$(it 1)/exit.json" | cut -d: -f2)
rss=$(grep -o '"max_rss_kb":[0-9]*' "$(it 1)/exit.json" | cut -d: -f2)
[ "$cpu" -ge 10 ] || die "cpu_ms is $cpu"
[ "$rss" -ge 40000 ] || die "max_rss_kb is $rss: the peak of a grandchild does not count"

begin usage
wrong() {
    local want=$1 code=0
    shift
    "$KEEP" "$@" >"$T/out" 2>"$T/err" || code=$?
    [ "$code" = 2 ] || die "exit $code for: $*"
    [ ! -s "$T/out" ] || die "wrong use spoke on standard output"
    says "$T/err" "$want" usage:
}
id=0123456789abcdef0123456789abcdef
right=(--state /s --role builder --socket /k --clone /c --tmp /t --run-id "$id" --fence subreaper
    --leftovers kill --grace 1 --orphan-timeout 1)
wrong "--state is missing"
wrong "no program to run" "${right[@]}" --
wrong "no program to run" "${right[@]}"
wrong "--role is given twice" "${right[@]}" --role builder -- true
wrong 'unknown option "--colour"' --colour red "${right[@]}" -- true
wrong '--role takes builder or adversary, not "judge"' --role judge -- true
wrong '--grace takes a whole number of milliseconds, not "1s"' --grace 1s -- true
wrong '--grace takes a whole number of milliseconds, not "-1"' --grace -1 -- true
wrong "--run-id takes 32 hex digits" --run-id "${id}0" -- true
wrong "--clone takes an absolute path" --clone clone -- true
wrong "--clone needs a value" --clone -- true

begin failed
out=$("$KEEP" "${right[@]/#\/s/$T/none}" -- true) && die "a keeper without a state folder"
echo "$out" | grep -q '^failed cannot open the lock' || die "it said: $out"
mkdir -p "$T/state/locks"
long=$T/$(printf 'x%.0s' {1..120})
out=$("$KEEP" --state "$T/state" --socket "$long" --role builder --clone "$T/clone" --tmp "$T/tmp" --run-id "$id" --grace 1 \
    --orphan-timeout 1 --fence subreaper --leftovers kill -- true) && die "a keeper with a long socket path"
echo "$out" | grep -q "^failed the socket's path is longer than 107 bytes" || die "it said: $out"
says "$(it 1)/exit.json" '"end":"not_started"' "the socket's path is longer"
echo precious >"$T/socket"
ctl "start=failed $T/socket is in the way" -- true
says "$T/socket" precious
nobody_left
