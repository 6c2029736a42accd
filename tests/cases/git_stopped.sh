#!/usr/bin/env bash
# A ccsup-git that was stopped (SIGSTOP) when its parent died hears nothing of that and holds the mirror's lock: whoever
# comes next lets it go on, and it ends; so does `ccsup stop`.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
commit_as builder "first" file text
serve_http silent
http=$URL

holder() { pgrep -x ccsup-git | head -n 1; }
state_of() { [[ $(awk '/^State/ { print $2 }' "/proc/$1/status") == "$2" ]]; }

# orphan: a ccsup-git in GIT that was stopped, of a command that was killed.
orphan() {
    write_conf "repo.url=$http" repo.timeout=10m
    ccsup verify >/dev/null 2>&1 &
    local command=$!
    LIB_BACKGROUND+=("$command")
    wait_until 20 "its helper runs" eval '[[ -n $(holder) ]]'
    GIT=$(holder)
    wait_until 20 "it waits for the server" eval '[[ -n $(pgrep -x git) ]]'
    kill -STOP "$GIT"
    wait_until 10 "it is stopped" state_of "$GIT" T
    kill -KILL "$command"
    wait_while 10 "the command is dead" alive "$command"
    alive "$GIT" || fail "it was not orphaned: this case shows nothing"
}

orphan
write_conf
assert_exit 1 timeout 60 ccsup verify # not done, and not UNKNOWN: it could read the repository
wait_while 5 "the orphan is gone" alive "$GIT"

orphan
write_conf
assert_exit 0 ccsup stop
wait_while 5 "the orphan is gone after stop" alive "$GIT"
wait_while 5 "and its git" pgrep -x git
