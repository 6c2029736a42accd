#!/usr/bin/env bash
# Repositories of every kind and illness: each has its own words in the status, nothing ever blocks on one, the loops go
# on meanwhile, recovery and pushes are noticed, a rewritten history stops what would start.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
command -v python3 >/dev/null || skip "no python3 here: it serves the repository"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging

both_run() {
    agent_is builder '.state == "RUNNING"' && agent_is adversary '.state == "RUNNING"'
}
# quick COMMAND...: answers at once, whatever the repository does. Its output is in OUT, its code in CODE.
quick() {
    local began
    began=$(lib_now_ms)
    CODE=0
    OUT=$("$@" 2>&1) || CODE=$?
    (($(lib_now_ms) - began < 3000 * (1 + 3 * ${CCSUP_SANITIZE:-0}))) || fail "took $(($(lib_now_ms) - began)) ms: $*"
}

# ---- an address that stays, with servers behind it that change ----------------------------------------------------------
upstream=$SANDBOX/upstream
be() { # MODE: from now on the address behaves so
    local port
    serve_http "$1"
    port=${URL#http://127.0.0.1:}
    printf '%s\n' "${port%%/*}" >"$upstream.new"
    mv "$upstream.new" "$upstream"
}
background relay python3 "$AGENTS/relay.py" "$SANDBOX/relay.port" "$upstream"
wait_until 20 "the relay says its port" test -s "$SANDBOX/relay.port"
be ok
address=http://127.0.0.1:$(<"$SANDBOX/relay.port")/$(basename "$REMOTE")
conf repo.url="$address" repo.timeout=2s
assert_exit 0 ccsup start
wait_until 20 "both run" both_run
builder=$(agent_field builder .agent_pid)

# ill MODE CODE WORDS EXIT: the status has code and words, exit code EXIT; recovery is noticed.
ill() {
    local recoveries
    recoveries=$(grep -c "reachable again" "$STATE/ccsup.log" || true)
    be "$1"
    wait_until 20 "$1: $2" status_is ".repo.error.code == \"$2\" and .repo.failures >= 2"
    assert_has "$(status_field .repo.error.text)" "$3" "$1: the words"
    quick ccsup status
    assert_eq "$CODE" "$4" "$1: exit of status"
    assert_has "$OUT" "$2 (" "$1: the status shows it"
    both_run >/dev/null || fail "$1: the loops are disturbed: $(status_field '.agents[].state')"
    quick ccsup tell builder "it is $1"
    assert_eq "$CODE" 0 "$1: tell"
    be ok
    wait_until 40 "$1: recovery" status_is '.repo.error == null and .repo.failures == 0'
    assert_logged "repository: reachable again" $((recoveries + 1))
}
ill silent timeout "" 0
ill drip timeout "" 0
ill reset unreachable "" 0
ill 500 server "500" 0
ill html server "" 0
ill 401 auth "" 6
ill 403 auth "" 6
ill 404 not-found "" 6
# Each its own words: no two illnesses of different codes share a sentence.
words=$(sed -n 's/^[^ ]* repository: \([a-z-]*: .*\)/\1/p' "$STATE/ccsup.log" | grep -v '^reachable' | sort -u)
say "$words"
(($(wc -l <<<"$words") >= 5)) || fail "too few words"

# A restart of an agent does not wait for the repository; stop does not either.
be silent
wait_until 20 "it hangs again" status_is '.repo.error.code == "timeout"'
quick ccsup restart builder
wait_until 20 "the builder runs again" agent_is builder ".state == \"RUNNING\" and .agent_pid > 0 and .agent_pid != $builder"
wait_until 20 "a poll hangs right now" status_is '.repo.polling'
quick ccsup stop
assert_eq "$CODE" 0 "stop while a poll hangs"
over

# A start at which nothing answers says so and keeps trying; it goes on by itself.
assert_exit 1 ccsup start
assert_has "$OUT" "the repository can't be read"
assert_has "$OUT" "keeps trying"
agent_is builder '.state == "DOWN"' >/dev/null || fail "the builder runs without a repository"
be ok
wait_until 40 "both run" both_run
stop_all
stop_background

# ---- by file ------------------------------------------------------------------------------------------------------------
fresh() {
    rm -rf "$STATE"
    conf "$@"
}
fresh repo.url="$SANDBOX/nowhere.git"
assert_exit 1 ccsup start
wait_until 10 "not found" status_is '.repo.error.code == "not-found"'
assert_has "$(status_field .repo.error.text)" "nowhere.git"
assert_exit 6 ccsup status
git clone --quiet --bare "$REMOTE" "$SANDBOX/nowhere.git"
wait_until 40 "it is there now" both_run
stop_all

fresh repo.branch=work
assert_exit 1 ccsup start
wait_until 10 "no branch" status_is '.repo.error.code == "no-branch"'
assert_has "$(status_field .repo.error.text)" "work"
assert_exit 6 ccsup status
git -C "$REMOTE" branch work main
wait_until 40 "it is there now" both_run
stop_all

# An empty repository is a normal beginning; a push is noticed at once, however long the pause between polls is.
make_remote empty
fresh repo.poll=1h agent.wake_every=1h
assert_exit 0 ccsup start
wait_until 10 "the builder runs" agent_is builder '.state == "RUNNING"'
status_is '.repo.empty and .repo.error == null' >/dev/null || fail "$(status_field .repo)"
agent_is adversary '.state == "WAITING" and .why == "NO_WORK"' >/dev/null || fail "the adversary has work in an empty repository"
rm -rf "$SANDBOX/hand"
began=$(lib_now_ms)
commit_as builder "claim(D1): it is there" STATUS.md "# Status"
wait_until 10 "the push is noticed" status_is ".repo.tip == \"$COMMIT\""
say "a push was noticed after $(($(lib_now_ms) - began)) ms at most"
wait_until 10 "the claim wakes the adversary" agent_is adversary '.state == "RUNNING"'
for i in 1 2 3; do
    commit_as adversary "more for the builder" inbox/builder/1.md look file.txt "$i"
    wait_until 10 "push $i is noticed" status_is ".repo.tip == \"$COMMIT\""
done

# ---- history rewritten --------------------------------------------------------------------------------------------------
judged=$COMMIT
git -C "$SANDBOX/hand" commit --quiet --amend -m "another history"
git -C "$SANDBOX/hand" push --quiet --force origin HEAD:refs/heads/main
rewritten=$(git -C "$SANDBOX/hand" rev-parse HEAD)
wait_until 10 "it is seen" status_is '.verdict.state == "TAMPERED"'
both_run >/dev/null || fail "running iterations may finish"
kill -TERM "$(agent_field builder .agent_pid)"
wait_until 10 "the builder waits" agent_is builder '.state == "WAITING"'
assert_exit 6 ccsup status
assert_has "$OUT" "${judged:0:7}"
assert_has "$OUT" "${rewritten:0:7}"
assert_has "$OUT" "accept-history"
last=$(agent_field builder .iteration)
# Not started by an operator's restart either, nor by further pushes, nor by the next watchdog.
ask '{"verb":"restart","agent":"builder"}'
commit_as builder "yet more" file.txt "again"
wait_until 10 "the poll after it" status_is ".repo.tip == \"$COMMIT\" and .verdict.state == \"TAMPERED\""
stop_all
ccsup start >/dev/null 2>&1 || true
wait_until 10 "it is still known" status_is '.verdict.state == "TAMPERED"'
ask '{"verb":"restart","agent":"builder"}' # it stands until it may start, and then it starts at once
assert_eq "$(find "$STATE/builder/iterations" -mindepth 1 -maxdepth 1 | wc -l)" "$last" "iterations of the builder"
ask '{"verb":"accept-history"}'
[[ $(jq -r .ok <<<"$OUT") == true ]] || fail "$OUT"
# The phase begins anew: what was claimed in the old history is claimed again.
wait_until 20 "the builder runs" agent_is builder '.state == "RUNNING"'
commit_as builder "claim(D1): in the new history" STATUS.md "# Status, again"
wait_until 20 "both run" both_run
wait_until 10 "nothing is needed" status_is '.verdict.state == "RUNNING" and .needs == []'
stop_all
