#!/usr/bin/env bash
# An agent of our own user lies in its iteration's folder and kills its keeper: what it left is ended before the next start,
# and by stop. A copy of the project, made while it runs, touches nothing of it and says so.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
conf agent.fence=subreaper agent.env_pass=CCSUP_BUILD
agent builder <<'SH'
here=$(ls -d "$PROJECT"/.ccsup/builder/iterations/* | tail -n 1)
n=$((10#${here##*/}))
if ((n > 1)) && kill -0 "$(<"$SANDBOX/left.$((n - 1))")"; then
    echo "iteration $n beside what $((n - 1)) left" >"$SANDBOX/builder.overlap"
fi
"$CCSUP_BUILD/tests/daemon" "$SANDBOX/left.$n" # its marker is as it was given
lie() {
    echo '{"schema":1,"iteration":1,"end":"exited","code":0,"survivors":[],"kept":[]}' >"$here/exit.json"
}
case $n in
1) lie ;;
2) rm "$here/keep.json" ;;
3) sed -i 's/"run_id":"[0-9a-f]*"/"run_id":"00000000000000000000000000000000"/' "$here/keep.json" ;;
*)
    lie
    exec "$AGENTS/hang.sh" "$SANDBOX/builder.pid"
    ;;
esac
kill -KILL "$PPID"
exec sleep 60
SH
sed -i "2s|\$| PROJECT=$PROJECT|" "$SANDBOX/agents/builder.body"
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/adversary.pid"'

assert_exit 0 ccsup start
wait_until 60 "three lies later it runs" agent_is builder '.iteration == 4 and .state == "RUNNING" and .agent_pid > 0'
wait_until 10 "its child" test -s "$SANDBOX/left.4"
wait_until 10 "the lie" test -s "$(iteration builder 4 exit.json)"
for n in 1 2 3; do
    [[ -s $SANDBOX/left.$n ]] || fail "iteration $n left nothing: the case shows nothing"
    ! alive "$(<"$SANDBOX/left.$n")" || fail "what iteration $n left lives"
done
assert_logged "of earlier iterations still lived, killed" 3

# The copy has no keeper and no watchdog; its records are those of the other one.
rm "$(iteration builder 4 exit.json)"
cp -a "$PROJECT" "$SANDBOX/copy"
assert_exit 0 ccsup -C "$SANDBOX/copy" stop
assert_has "$OUT" "builder's last iteration is not of this folder (a copy of a project that was running?)"
sed -i 's|^command = .*|command = sleep 100|' "$SANDBOX/copy/launch.conf"
rm "$SANDBOX"/copy/.ccsup/builder/iterations/000004/exit.json
assert_exit 0 ccsup -C "$SANDBOX/copy" start --no-check
wait_until 10 "the copy says what it found" grep -q "builder: its last iteration is not of this folder" "$SANDBOX/copy/.ccsup/ccsup.log"
assert_exit 0 ccsup -C "$SANDBOX/copy" stop
agent_is builder '.iteration == 4 and .state == "RUNNING"' >/dev/null || fail "the copy reached the builder: $(agent_field builder .state)"
agent_is adversary '.iteration == 1 and .state == "RUNNING"' >/dev/null || fail "the copy reached the adversary"
alive "$(<"$SANDBOX/left.4")" || fail "the copy ended what the builder started"

# Neither keeper nor watchdog, and a record that says that all is well.
kill -KILL "$(watchdog_pid)"
kill -KILL "$(keeper_pid builder)"
printf '{"schema":1,"iteration":4,"end":"exited","code":0,"survivors":[],"kept":[]}\n' >"$(iteration builder 4 exit.json)"
assert_exit 0 ccsup stop
assert_has "$OUT" "0 processes left"
! alive "$(<"$SANDBOX/left.4")" || fail "what iteration 4 left lives after stop"
over
