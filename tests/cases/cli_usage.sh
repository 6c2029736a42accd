#!/usr/bin/env bash
# Verbs, options, help, and what happens to wrong use and to output that nobody takes.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox
cd "$SANDBOX"

# usage VERB-AND-OPTIONS... SENTENCE: one line on stderr, nothing on stdout, exit 2.
usage() {
    local words=("${@:1:$#-1}") want=${*: -1} got=0 out
    out=$(ccsup "${words[@]}" 2>"$SANDBOX/err.log") || got=$?
    assert_eq "$got" 2 "exit of: ccsup ${words[*]}"
    assert_eq "$out" "" "stdout of: ccsup ${words[*]}"
    assert_eq "$(<"$SANDBOX/err.log")" "$want" "sentence of: ccsup ${words[*]}"
}

usage statsu "ccsup: unknown verb 'statsu'; the nearest is 'status'; try 'ccsup help'"
usage ver "ccsup: unknown verb 'ver'; the nearest is 'verify'; try 'ccsup help'"
usage frobnicate "ccsup: unknown verb 'frobnicate'; try 'ccsup help'"
usage '' "ccsup: unknown verb ''; try 'ccsup help'"
usage $'\e[31m' "ccsup: unknown verb '\\x1B[31m'; try 'ccsup help'"
usage --frob "ccsup: unknown option '--frob'; try 'ccsup help'"
usage -C "ccsup: option '-C' needs DIR; try 'ccsup help'"
usage logs --foo "ccsup logs: unknown option '--foo'; try 'ccsup help logs'"
usage logs -x "ccsup logs: unknown option '-x'; try 'ccsup help logs'"
usage logs -n "ccsup logs: option '-n' needs LINES; try 'ccsup help logs'"
usage logs -n many "ccsup logs: -n needs a whole number from 0 to 1000000, not 'many'; try 'ccsup help logs'"
usage logs --lines=-1 "ccsup logs: -n needs a whole number from 0 to 1000000, not '-1'; try 'ccsup help logs'"
usage logs --err=2 "ccsup logs: option '--err' takes no value; try 'ccsup help logs'"
usage logs one two "ccsup logs: 'two' is one word too many; try 'ccsup help logs'"
usage stop now "ccsup stop: 'now' is one word too many; try 'ccsup help stop'"
usage pause "ccsup pause: needs AGENT; try 'ccsup help pause'"
usage tell builder "ccsup tell: needs AGENT TEXT...; try 'ccsup help tell'"
usage tell builder ' ' "ccsup tell: the text is empty; try 'ccsup help tell'"
usage help statsu "ccsup help: unknown verb 'statsu'; the nearest is 'status'; try 'ccsup help help'"
usage status --json --watch "ccsup status: --json and --watch do not go together; try 'ccsup help status'"
usage config --print --keys "ccsup config: one of --check, --print and --keys at a time; try 'ccsup help config'"
usage config --man "ccsup config: --man goes with --keys; try 'ccsup help config'"
usage verify --at main "ccsup verify: --at needs a whole revision, 40 hex digits as \`git rev-parse REV\` gives them, not 'main'; try 'ccsup help verify'"
usage verify --now today \
    "ccsup verify: --now needs a time such as 2026-05-28T08:10:00Z, not 'today'; try 'ccsup help verify'"
assert_exit 2 ccsup
assert_eq "$OUT" "ccsup: no verb; try 'ccsup help'" "no verb"

# Help: everywhere the same page, on stdout, exit 0, without an instance.
for verb in start run stop status logs verify restart pause resume tell config demo help; do
    page=$(ccsup help "$verb" 2>&1)
    assert_has "$page" "usage: ccsup [-C DIR] $verb" "page of $verb"
    assert_eq "$(ccsup "$verb" --help 2>&1)" "$page" "$verb --help"
    assert_eq "$(ccsup "$verb" -h 2>&1)" "$page" "$verb -h"
    assert_has "$(ccsup help)" "  $verb" "the overview names $verb"
done
assert_eq "$(ccsup -h)" "$(ccsup help)" "-h"
assert_eq "$(ccsup --help)" "$(ccsup help)" "--help"
assert_has "$(ccsup --version)" "ccsup 0." "--version"
[[ $(ccsup help run) != *detached* ]] || fail "an option for our own use stands in the help"

# No instance.
for verb in start run stop status logs verify config; do
    assert_exit 3 ccsup "$verb"
    assert_has "$OUT" "no launch.conf in $SANDBOX or above it; name its folder with -C DIR" "$verb without an instance"
done
assert_exit 3 ccsup -C "$SANDBOX/nowhere" status
assert_has "$OUT" "$SANDBOX/nowhere: No such file" "-C names what is not there"
assert_exit 3 ccsup status -C "$SANDBOX/nowhere"
assert_has "$OUT" "$SANDBOX/nowhere: No such file" "-C after the verb"

# Output that is lost is told.
lost() {
    local want=$1 got=0
    shift
    "$@" 2>"$SANDBOX/err.log" || got=$?
    assert_eq "$got" 1 "exit when the output is lost"
    assert_has "$(<"$SANDBOX/err.log")" "cannot write the output: $want" "sentence when the output is lost"
}
full() { ccsup help >/dev/full; }
closed() { ccsup help >&-; }
# Nobody reads: the reader has ended before the first byte is written.
unread() {
    local code
    mkfifo "$SANDBOX/pipe"
    exec 9<>"$SANDBOX/pipe"
    exec 8>"$SANDBOX/pipe"
    exec 9>&-
    code=0
    ccsup help >&8 || code=$?
    exec 8>&-
    return "$code"
}
lost "No space left on device" full
lost "Bad file descriptor" closed
lost "Broken pipe" unread
