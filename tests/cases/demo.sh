#!/usr/bin/env bash
# `ccsup demo` from an empty repository to DONE, watched from outside by a program that believes only /proc and git.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
command -v python3 >/dev/null || skip "no python3 here: the observer needs it"
new_sandbox

# A folder in the way is refused and stays as it is.
mkdir "$SANDBOX/full"
echo mine >"$SANDBOX/full/file"
assert_exit 1 ccsup demo --dir "$SANDBOX/full"
assert_has "$OUT" "not an empty folder" "a folder that is not empty is refused"
assert_eq "$(cat "$SANDBOX/full/file")" mine "the refused folder was touched"

demo=$SANDBOX/demo
code=0
"$CCSUP_SOURCE/tests/observe" "$demo" -- ccsup demo --keep --dir "$demo" >"$SANDBOX/observe.log" 2>&1 || code=$?
cat "$SANDBOX/observe.log"
assert_eq "$code" 0 "the observer agrees"

# The demo's own account: one last line, and the story has the crash, the defect and the repair.
last=$(grep '^demo: DONE' "$SANDBOX/observe.log") || fail "no last line"
[[ $last =~ ^demo:\ DONE\ in\ [0-9]+\ s,\ 10/10\ criteria\ verified,\ 1\ restart,\ 0\ processes\ left$ ]] ||
    fail "the last line is: $last"
for part in "builder crashed in iteration" "builder started again" "adversary FAILS D5" "builder repairs D5" \
    "adversary passes D5" "builder marks the work DONE"; do
    grep -q "s  .*$part" "$SANDBOX/observe.log" || fail "the story lacks: $part"
done

# Kept as said; looked at again from outside it is over.
[[ -d $demo/repo.git ]] || fail "--keep did not keep"
assert_exit 3 timeout 60 "$CCSUP_SOURCE/tests/observe" "$demo"

# An output that is lost is a failure, as with every other verb.
full() {
    ccsup demo >/dev/full
}
assert_exit 1 full
assert_eq "$OUT" "ccsup demo: cannot write the output: No space left on device" "a full output"
