#!/usr/bin/env bash
# The fence, the user and the marker in a whole run: what launch.conf asks for, what the status shows, what is refused.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
[[ $(id -u) == 0 ]] || skip "needs root"
both_have_work
chmod 755 "$SANDBOX"
mkdir -p "$XDG_STATE_HOME"

both_run() {
    agent_is builder '.state == "RUNNING" and .agent_pid > 0' && agent_is adversary '.state == "RUNNING" and .agent_pid > 0'
}

dead() {
    ! alive "$1"
}

# One of each, as root. The status names the fence and pids that are everybody's.
agent builder <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf builder.fence=pidns adversary.fence=subreaper
assert_exit 0 env CCSUP_RUN_ID=0123456789abcdef0123456789abcdef ccsup start
wait_until 10 "both run" both_run
assert_eq "$(agent_field builder .fence) $(agent_field adversary .fence)" "pidns subreaper" "the fences in the status"
for role in builder adversary; do
    id=$(jq -r .run_id "$(iteration "$role" 1 keep.json)")
    tr '\0' '\n' <"/proc/$(agent_field "$role" .agent_pid)/environ" | grep -qx "CCSUP_RUN_ID=$id" ||
        fail "the status's agent_pid of $role is another process"
    assert_eq "$(cat "/proc/$(keeper_pid "$role")/comm")" ccsup-keep "the pid of $role"
done
# A ccsup that was started inside an agent is no part of that agent.
if tr '\0' '\n' <"/proc/$(watchdog_pid)/environ" | grep CCSUP_RUN_ID; then
    fail "the watchdog carries the marker of an agent"
fi

# The next watchdog finds both again, with their fences; a killed keeper's tree is gone with it.
builder=$(keeper_pid builder) adversary=$(keeper_pid adversary)
watchdog=$(watchdog_pid)
kill -KILL "$watchdog"
wait_until 10 "the watchdog is dead" dead "$watchdog"
assert_exit 0 ccsup start
wait_until 10 "both run" both_run
assert_eq "$(keeper_pid builder) $(keeper_pid adversary)" "$builder $adversary" "the keepers of the next watchdog"
assert_eq "$(agent_field builder .fence) $(agent_field adversary .fence)" "pidns subreaper" "the fences found"
agent_pid=$(agent_field builder .agent_pid)
kill -KILL "$builder"
wait_until 10 "its agent is dead" dead "$agent_pid"
wait_until 10 "the builder runs again" agent_is builder '.state == "RUNNING" and .iteration == 2'
stop_all

# run in the foreground, marked: /proc shows the environment that it began with, without the marker.
rm "$STATE/want" # nobody said stop
CCSUP_RUN_ID=0123456789abcdef0123456789abcdef background foreground ccsup run
wait_until 20 "both run" both_run
if tr '\0' '\n' <"/proc/$(watchdog_pid)/environ" | grep CCSUP_RUN_ID; then
    fail "the watchdog in the foreground carries the marker"
fi
stop_all
wait "$BG_PID" || true

# Another user: its clone is its own, also after a next start; the state is not.
agent builder <<'SH'
id -un >"$TMPDIR/said"
git commit --quiet --allow-empty -m "by another user" >>"$TMPDIR/said" 2>&1
git log -1 --format=%an >>"$TMPDIR/said" 2>&1
ls "$(dirname "$CCSUP_CONFIG")/.ccsup/" >>"$TMPDIR/said" 2>/dev/null && echo "the state is open" >>"$TMPDIR/said"
echo end >>"$TMPDIR/said"
exec "$AGENTS/hang.sh"
SH
chmod -R a+rX "$SANDBOX/agents"
touch "$SANDBOX/builder.lock" && chmod 666 "$SANDBOX/builder.lock"
data=$(readlink "$STATE/data")
for fence in pidns subreaper; do
    conf builder.user=nobody builder.fence=$fence
    tmp=/tmp/ccsup-$(basename "$data")-builder
    rm -rf "$tmp"
    assert_exit 0 ccsup start
    wait_until 20 "the builder said all" grep -qsx end "$tmp/nobody/said"
    assert_eq "$(cat "$tmp/nobody/said")" $'nobody\nccsup builder\nend' "what the builder said as nobody in $fence"
    assert_eq "$(stat -c %U:%a "$data/builder/clone/.git" "$data/builder" "$data" "$STATE")" \
        $'nobody:755\nroot:701\nroot:701\nroot:700' "whose is what"
    stop_all
done

# What needs root is refused before anything is started, by line.
conf builder.user=no-such-user-of-ours
assert_exit 4 ccsup start
assert_has "$OUT" "user = no-such-user-of-ours of [agent builder]: there is no such user"
conf builder.fence=pidns builder.leftovers=keep
assert_exit 4 ccsup config --check
assert_has "$OUT" "leftovers = keep is impossible with fence = pidns"
conf builder.user=nobody adversary.fence=pidns
chown -R nobody "$PROJECT" "$SANDBOX/home" "$SANDBOX/run" "$SANDBOX/xdg"
assert_exit 4 setpriv --reuid=nobody --regid=nogroup --clear-groups ccsup start
assert_has "$OUT" "user = nobody of [agent builder] needs root"
assert_has "$OUT" "fence = pidns of [agent adversary] needs root"
over
