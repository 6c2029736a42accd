#!/usr/bin/env bash
# A ccsup-git that is stopped while its watchdog is killed holds its lock and hears nothing: `ccsup stop` leaves none behind,
# and the next watchdog is not kept from the repository by it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
two_hanging
serve_http silent

ccsup_git() { # its pid
    local comm
    for comm in /proc/[0-9]*/comm; do
        [[ $(cat "$comm" 2>/dev/null) == ccsup-git ]] || continue
        comm=${comm#/proc/}
        printf '%s\n' "${comm%/comm}"
        return
    done
    return 1
}
# A watchdog that polls a silent server dies, its ccsup-git is stopped; its pid is in ORPHAN.
orphan() {
    local watchdog
    rm -f "$STATE/status.json"
    conf repo.url="$URL"
    background start ccsup start
    wait_until 10 "a poll runs" ccsup_git
    wait_until 10 "a status" status_is '.pid > 0'
    ORPHAN=$(ccsup_git) watchdog=$(watchdog_pid)
    kill -STOP "$ORPHAN"
    kill -KILL "$watchdog"
    wait_while 5 "the watchdog's end" alive "$watchdog"
    wait "$BG_PID" || true
    alive "$ORPHAN" || fail "the poll died with its watchdog: this shows nothing"
}

orphan
assert_exit 0 ccsup stop
! alive "$ORPHAN" || fail "ccsup-git is left after a stop"

orphan
conf
assert_exit 0 ccsup start
wait_until 20 "the repository is read" agent_is builder '.state == "RUNNING"'
! alive "$ORPHAN" || fail "the old ccsup-git lives"
assert_exit 0 ccsup stop
stop_background
over
