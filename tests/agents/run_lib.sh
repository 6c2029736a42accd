# shellcheck shell=bash
# shellcheck disable=SC2153 # STATE and its like are lib.sh's
# Sourced by tests/cases/run_*.sh after lib.sh: words for cases of the whole product. The agents run under agent_lock, so
# that two living trees of one role, ever, write OVERLAP; every case ends with `over`, which looks for that, for
# processes that are left, and for complaints of the sanitizers.

AGENTS=$CCSUP_SOURCE/tests/agents

# A sandbox with an empty remote; the sanitizers' complaints go to files in it.
run_sandbox() {
    new_sandbox
    make_remote
    if [[ "${CCSUP_SANITIZE:-0}" == 1 ]]; then
        export ASAN_OPTIONS=log_path=$SANDBOX/sanitizer:detect_leaks=1
        export UBSAN_OPTIONS=log_path=$SANDBOX/sanitizer:print_stacktrace=1
    fi
    cd "$PROJECT" || exit 1
}

# agent ROLE <<'SH': the body of that role's iterations, in bash, with SANDBOX, AGENTS and ROLE set. The wrapper and the
# body are one process, the agent's first one.
agent() {
    local role=$1
    {
        printf '#!/usr/bin/env bash\nSANDBOX=%q AGENTS=%q ROLE=%q\n' "$SANDBOX" "$AGENTS" "$role" && cat
    } >"$SANDBOX/agents/$role.body"
    chmod 755 "$SANDBOX/agents/$role.body"
    write_agent "$role" <<SH
exec "$CCSUP_BUILD/tests/agent_lock" "$SANDBOX/$role" "$SANDBOX/agents/$role.body"
SH
}

# Something for both roles to do, for as long as it stands there.
both_have_work() {
    commit_as builder "heads-ups" inbox/builder/1.md "look" inbox/adversary/1.md "look"
}

# agent_is ROLE JQ_FILTER: does it hold for the role's entry of the status?
agent_is() {
    status_is ".agents[] | select(.role == \"$1\") | $2"
}

# agent_field ROLE JQ_FILTER
agent_field() {
    status_field ".agents[] | select(.role == \"$1\") | $2"
}

# conf KEY=VALUE...: launch.conf, with what the sanitizers need.
conf() {
    local more=()
    [[ "${CCSUP_SANITIZE:-0}" != 1 ]] || more=("agent.env_pass=ASAN_OPTIONS UBSAN_OPTIONS")
    write_conf "${more[@]}" "$@"
}

# Both agents hang until they are ended, each pid is in SANDBOX/ROLE.pid.
two_hanging() {
    agent builder <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
    agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
}

# The process lives, and is no zombie.
alive() {
    local state rest
    { read -r state <"/proc/$1/stat"; } 2>/dev/null || return 1
    rest=${state##*) }
    [[ ${rest:0:1} != [ZX] ]]
}

# logged TEXT [TIMES]: the watchdog's log has it at least so often.
logged() {
    (($(grep -cF -- "$1" "$STATE/ccsup.log") >= ${2:-1}))
}

assert_logged() {
    logged "$@" || fail "ccsup.log lacks: $1"
}

# iteration ROLE NUMBER [FILE]: its folder, or a file of it.
iteration() {
    printf '%s/%s/iterations/%06d%s\n' "$STATE" "$1" "$2" "${3:+/$3}"
}

# exited ROLE NUMBER JQ_FILTER: the exit record of that iteration is there and the filter holds for it.
exited() {
    local file
    file=$(iteration "$1" "$2" exit.json)
    [[ -f $file ]] && jq -e "$3" "$file"
}

# lasted ROLE NUMBER: how long that iteration took, ms.
lasted() {
    jq '.ended_at - .started_at' "$(iteration "$1" "$2" exit.json)"
}

watchdog_pid() {
    status_field .pid
}

keeper_pid() {
    agent_field "$1" .pid
}

# ask JSON: one line to the control socket; its answer is in OUT.
ask() {
    # shellcheck disable=SC2034 # for the cases
    OUT=$(python3 - "$STATE/sockets/control" "$1" <<'PY'
import socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.settimeout(10)
    s.connect(sys.argv[1])
    s.sendall(sys.argv[2].encode() + b"\n")
    print(s.makefile().readline(), end="")
PY
    )
}

# Nothing is left, nothing ever ran twice, no sanitizer complained.
over() {
    local file
    assert_no_process_left
    for file in "$SANDBOX"/*.overlap; do
        [[ ! -e $file ]] || fail "two agents of one role at once: $file: $(<"$file")"
    done
    for file in "$SANDBOX"/sanitizer.*; do
        [[ ! -e $file ]] || fail "$(cat "$file")"
    done
}

stop_all() {
    assert_exit 0 ccsup stop
    over
}
