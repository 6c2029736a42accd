#!/usr/bin/env bash
# A plan in the repository: as it was when the phase began, whatever is pushed later; waited for when it is not there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"

# The newest prompt of the Builder has these words.
prompt_has() {
    local newest
    newest=$(find "$STATE/builder/iterations" -name prompt.md 2>/dev/null | sort | tail -n 1)
    [[ -n $newest ]] && grep -qF -- "$1" "$newest"
}
waits() {
    status_is ".repo.error.code == \"no-plan\" and (.repo.error.text | contains(\"$1\")) and (.needs | length > 0)"
}
run_sandbox
two_hanging
conf ccsup.plan=repo:docs/plan.md

# ---- an empty repository, then one without the plan, then what is no plan --------------------------------------------------
ccsup start >"$SANDBOX/start.log" 2>&1 && fail "a start without a plan succeeded"
wait_until 20 "it waits in an empty repository" waits "docs/plan.md is not there at the tip of branch main"
assert_exit 6 ccsup status
commit_as somebody "a folder" docs/plan.md/x "no plan"
wait_until 20 "a folder is none" waits "is a folder"
status_is '(.phase.started | not) and (.agents | all(.iteration == 0))' >/dev/null || fail "it began without a plan"
git -C "$SANDBOX" clone --quiet "$REMOTE" hand2
git -C "$SANDBOX/hand2" rm -rq docs/plan.md
mkdir -p "$SANDBOX/hand2/docs"
printf 'D1: the FIRST plan.\n' >"$SANDBOX/hand2/docs/plan.md"
git -C "$SANDBOX/hand2" add -A
git -C "$SANDBOX/hand2" commit --quiet -m "the plan"
git -C "$SANDBOX/hand2" push --quiet origin HEAD:main
began=$(git -C "$REMOTE" rev-parse main)
wait_until 20 "the phase begins" status_is ".phase.started and .phase.start == \"$began\""
wait_until 20 "the plan is in the prompt" prompt_has "D1: the FIRST plan."
jq -es --arg blob "$(git -C "$REMOTE" rev-parse main:docs/plan.md)" 'any(.t == "inputs" and (.inputs | contains("plan=" + $blob)))' \
    <(cut -c10- "$STATE/journal") >/dev/null || fail "the plan's hash is not in the journal"

# ---- what is pushed later changes nothing, also for the next watchdog --------------------------------------------------------
printf 'D1: the SECOND plan.\n' >"$SANDBOX/hand2/docs/plan.md"
git -C "$SANDBOX/hand2" commit --quiet -am "another plan"
git -C "$SANDBOX/hand2" push --quiet origin HEAD:main
pid=$(watchdog_pid)
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
assert_exit 0 ccsup start
before=$(agent_field builder .iteration)
assert_exit 0 ccsup restart builder
wait_until 20 "the builder runs anew" agent_is builder ".state == \"RUNNING\" and .iteration > $before"
wait_until 20 "by the first plan" prompt_has "D1: the FIRST plan."
! prompt_has SECOND || fail "a plan that was pushed later came into the prompt"
status_is '.warnings | all(contains("changed") | not)' >/dev/null || fail "the plan has not changed: $(status_field .warnings)"

# ---- begun anew, it is the second ----------------------------------------------------------------------------------------------
assert_exit 0 ccsup stop
assert_exit 0 ccsup start --phase default --reset --yes
wait_until 20 "by the second plan" prompt_has "D1: the SECOND plan."
assert_exit 0 ccsup stop

# ---- a phase that begins where its plan is not ---------------------------------------------------------------------------------
sed -i 's|^plan = .*|plan = repo:docs/gone.md|' "$PROJECT/launch.conf"
ccsup start >"$SANDBOX/start.log" 2>&1 && fail "a start without the phase's plan succeeded"
wait_until 20 "it says what to do" waits "begin the phase anew"
assert_exit 0 ccsup stop
over
