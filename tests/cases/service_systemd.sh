#!/usr/bin/env bash
# Under a real systemd: installed, started, its watchdog killed and frozen, restarted, stopped, through two boots, and to the
# end. The agents are adopted or ended, never doubled; nothing is left.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
. "$CCSUP_SOURCE/tests/agents/systemd_lib.sh"
run_sandbox
systemd_can
# Whatever a folder is called, systemd reads it as it is meant.
PROJECT=$SANDBOX/'100%h of "it"' STATE=$PROJECT/.ccsup
mkdir "$PROJECT"
both_have_work
two_hanging
# One in a PID namespace, one in a control group of its own below the service's.
conf builder.fence=pidns adversary.fence=cgroup ccsup.orphan_timeout=1m
unit=demo.service

ccsup_in() {
    inside ccsup -C "$PROJECT" "$@"
}
show() {
    inside systemctl show --value -p "$1" "$unit"
}
is() {
    [[ $(show "$1") == "$2" ]]
}
# The living trees, by the markers of their keepers: "BUILDER-RUN-ID ADVERSARY-RUN-ID".
trees() {
    local role
    for role in builder adversary; do
        jq -r .run_id "$(iteration "$role" "$(agent_field "$role" .iteration)" keep.json)"
    done | xargs
}
both_up() {
    agent_is builder '.state == "RUNNING" and .agent_pid > 0' && agent_is adversary '.state == "RUNNING" and .agent_pid > 0' &&
        [[ $(status_field .pid) == "$(show MainPID)" ]]
}
up() {
    wait_until 30 "$1: the service is active" is ActiveState active
    wait_until 30 "$1: both agents run" both_up
}
# What systemd calls the service's, and whoever has the sandbox anywhere, from inside.
none_left() {
    local left
    left=$(inside "$CCSUP_BUILD/tests/procs_with" "$PROJECT" || true)
    assert_eq "$left" "" "$1: processes that are left"
    assert_eq "$(show MainPID)" 0 "$1: the main process"
}
down() {
    wait_until 30 "$1: the service is inactive" is ActiveState inactive
    none_left "$1"
    assert_eq "$(<"$STATE/want")" up "$1: what the operator wants"
}

systemd_boot
# ---- installed, verified, started --------------------------------------------------------------------------------------------
assert_exit 0 ccsup_in install-service --system --name demo
assert_has "$OUT" "systemctl enable demo.service"
assert_exit 0 inside systemd-analyze verify --man=no "/etc/systemd/system/$unit"
assert_eq "$OUT" "" "what systemd has to say about the unit"
for property in Type=notify NotifyAccess=main KillMode=process Delegate=yes Restart=on-failure OOMPolicy=continue \
    TimeoutStopUSec='1min 1s' NoNewPrivileges=no PrivateTmp=no ProtectHome=no MemoryDenyWriteExecute=no "WorkingDirectory=$PROJECT"; do
    assert_eq "$(show "${property%%=*}")" "${property#*=}" "what systemd understands of ${property%%=*}"
done
# As an operator would: faster than a minute, for this case.
mkdir "$SYSTEMD_UNITS/$unit.d"
printf '[Service]\nWatchdogSec=2\nRestartSec=200ms\n' >"$SYSTEMD_UNITS/$unit.d/fast.conf"
inside systemctl daemon-reload
inside systemctl --quiet enable "$unit"
assert_exit 0 ccsup_in start
up "the start"
assert_eq "$(show NRestarts)" 0 "restarts"
status_said() {
    [[ $(show StatusText) == "running; phase default: RUNNING, 0 of 1 criteria pass" ]]
}
wait_until 10 "systemd knows how it is" status_said
assert_exit 5 ccsup_in start
assert_has "$OUT" "by systemd: 'systemctl status demo.service'"
for role in builder adversary; do
    assert_eq "$(jq -r .fence "$(iteration "$role" 1 keep.json)")" "$([[ $role == builder ]] && echo pidns || echo cgroup)" "fence"
done
assert_exit 0 inside cat "/sys/fs/cgroup$(show ControlGroup)/cgroup.subtree_control"
assert_eq "$OUT" "" "controllers in the service's own group"

# ---- the watchdog dies, or stands still: the agents live and are adopted ----------------------------------------------------------
first=$(trees)
again() {
    (($(show NRestarts) > $1))
}
inside kill -KILL "$(show MainPID)"
wait_until 20 "a new watchdog" again 0
up "after its watchdog was killed"
assert_eq "$(trees)" "$first" "the agents of before are gone on with"
inside kill -STOP "$(show MainPID)"
wait_until 20 "another watchdog" again 1
up "after its watchdog stood still"
assert_eq "$(trees)" "$first" "the agents of before are gone on with"
assert_has "$(inside journalctl --no-pager -o cat -u "$unit")" "Failed with result 'watchdog'" "why it was killed"

# ---- restarted: all ends, all begins ----------------------------------------------------------------------------------------------
assert_exit 0 inside systemctl restart "$unit"
up "after a restart"
for role in builder adversary; do
    exited "$role" 1 '.asked == "stop"' >/dev/null || fail "the $role was not asked to stop: $(<"$(iteration "$role" 1 exit.json)")"
    assert_eq "$(agent_field "$role" .iteration)" 2 "the $role's iteration"
done
assert_exit 0 inside systemctl stop "$unit"
down "after a stop"
assert_eq "$(show Result)" success "how it ended"

# ---- a boot later it goes on where it was -------------------------------------------------------------------------------------------
assert_exit 0 inside systemctl start "$unit"
up "after another start"
before=$(status_field '.phase.start, .phase.since')
systemd_off
over
assert_eq "$(<"$STATE/want")" up "what the operator wants"
systemd_boot
up "after a boot"
assert_eq "$(status_field '.phase.start, .phase.since')" "$before" "its phase"
assert_eq "$(agent_field builder .iteration)" 4 "the builder's iteration"

# ---- stopped by the operator it stays so, until they start it --------------------------------------------------------------------------
assert_exit 0 ccsup_in stop
wait_until 30 "the service is inactive" is ActiveState inactive
none_left "after ccsup stop"
assert_exit 0 inside systemctl start "$unit"
wait_until 30 "a start that is not wanted is over" is ActiveState inactive
assert_eq "$(show Result)" success "how it ended"
none_left "stopped by the operator"
assert_exit 0 ccsup_in start
up "started by the operator"

# ---- done: it ends, and the next boot starts nothing ------------------------------------------------------------------------------------
commit_as builder "claim(D1): made" done.txt made STATUS.md $'# Status\n\nD1 claimed\n'
commit_as adversary "review(D1): PASS" REVIEW.md \
    $'# Review\n\n'"D1: PASS @$(date -u +%Y-%m-%dT%H:%M:%SZ) sha=$(git -C "$REMOTE" rev-parse main) — looked at it"$'\n'
commit_as builder "STATUS: DONE" STATUS.md $'# Status\n\nall of it\n\n## DONE\n'
down "done"
assert_eq "$(show Result)" success "how it ended"
status_is .finished >/dev/null || fail "it is not done: $(<"$STATE/status.json")"
last=$(ls "$STATE/builder/iterations" "$STATE/adversary/iterations")
assert_exit 0 ccsup_in status
systemd_off
systemd_boot
down "done, after a boot"
assert_eq "$(show Result)" success "how it ended"
assert_has "$(inside journalctl --no-pager -o cat -u "$unit")" "finished: done is done" "what it said"
assert_eq "$(ls "$STATE/builder/iterations" "$STATE/adversary/iterations")" "$last" "iterations after DONE"
over

# ---- root has systemd run what is another user's: all of it is that user's, and so are the groups of the agents -----------------
inside systemctl --quiet disable "$unit"
rm -r "${SYSTEMD_UNITS:?}/$unit" "$SYSTEMD_UNITS/$unit.d"
rm -rf "$SANDBOX/hand" "$SANDBOX"/*.pid
PROJECT=$SANDBOX/theirs STATE=$PROJECT/.ccsup
mkdir "$PROJECT"
make_remote theirs
both_have_work
conf agent.fence=cgroup
unit=theirs.service
mkdir "$SANDBOX/nobody" "$SYSTEMD_UNITS/$unit.d"
chown -R nobody: "$SANDBOX"
assert_exit 0 ccsup_in install-service --name theirs
printf '[Service]\nEnvironment=HOME=%s\n' "$SANDBOX/nobody" >"$SYSTEMD_UNITS/$unit.d/home.conf"
inside systemctl daemon-reload
for round in 1 2; do
    assert_exit 0 ccsup_in start
    up "another user's, $round"
    assert_eq "$(inside ps -o user= -p "$(show MainPID)")" nobody "who runs it"
    assert_eq "$(find "$STATE" ! -user nobody)" "" "what is not theirs"
    for role in builder adversary; do
        assert_has "$(jq -r .cgroup "$(iteration "$role" "$round" keep.json)")" "$(show ControlGroup)/ccsup-" "the group of the $role"
    done
    assert_exit 0 ccsup_in stop
    wait_until 30 "the service is inactive" is ActiveState inactive
    none_left "another user's, $round"
done
systemd_off
rmdir "$SYSTEMD_GROUP"
over
