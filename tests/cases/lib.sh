# shellcheck shell=bash
# The ground of the cases. A case begins so:
#
#     #!/usr/bin/env bash
#     # What is shown here.
#     set -euo pipefail
#     . "$(dirname "$0")/lib.sh"
#     in_pidns "$@"        # when it starts ccsup, or anything that kills or sweeps
#     new_sandbox
#
# ctest gives CCSUP_BUILD (programs in bin/, test programs in tests/), CCSUP_SOURCE and CCSUP_SANITIZE. Variables that a
# case may use after new_sandbox: SANDBOX (the folder), PROJECT (where launch.conf stands), STATE (PROJECT/.ccsup).

: "${CCSUP_BUILD:?run the cases by ctest, or name the build folder in CCSUP_BUILD}"
: "${CCSUP_SOURCE:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
export CCSUP_BUILD CCSUP_SOURCE

LIB_SANDBOXES=()  # every sandbox of this case
LIB_BACKGROUND=() # pids that `background` started
LIB_FAILED_AT=    # the command that ended the case

say() {
    printf '%s\n' "$*" >&2
}

# Ends the case with a sentence and, by the trap, with what the sandbox knows.
fail() {
    say "FAILED: $*"
    LIB_FAILED_AT="${LIB_FAILED_AT:-$(lib_where)}"
    exit 1
}

# The innermost line of the case itself, outside of this file.
lib_where() {
    local i
    for ((i = 0; i < ${#BASH_SOURCE[@]}; i++)); do
        if [[ ${BASH_SOURCE[i]} != "${BASH_SOURCE[0]}" ]]; then
            printf 'line %s of %s\n' "${BASH_LINENO[i - 1]}" "$(basename "${BASH_SOURCE[i]}")"
            return
        fi
    done
}

skip() {
    say "SKIPPED: $*"
    exit 77
}

# ---- isolation ------------------------------------------------------------------------------------------------------

lib_is_in_pidns() {
    [[ "${CCSUP_CASE_PIDNS:-}" == "$(readlink /proc/self/ns/pid)" ]]
}

# Runs the calling script again, once, as a child of a fresh PID 1 in its own PID namespace, with its own /proc: whatever
# it starts, and whatever is killed or swept, is in there, and all of it ends with the script. Give it "$@".
in_pidns() {
    lib_is_in_pidns && return 0
    local tool
    for tool in unshare tini; do
        command -v "$tool" >/dev/null || skip "no $tool here: this case needs a PID namespace of its own"
    done
    unshare --pid --fork --kill-child --mount-proc true 2>/dev/null ||
        skip "no PID namespace can be made here (root is needed): this case kills processes and runs only in one"
    # shellcheck disable=SC2016 # the inner shell expands it
    exec unshare --pid --fork --kill-child --mount-proc tini -s -- \
        bash -c 'CCSUP_CASE_PIDNS=$(readlink /proc/self/ns/pid) exec bash "$@"' bash "$0" "$@"
}

# A folder of this case's own with its own home, runtime and state folders, and git that knows nobody. Sets SANDBOX,
# PROJECT, STATE, and puts our programs first on PATH. Short, because sockets' paths are.
new_sandbox() {
    local var
    SANDBOX=$(mktemp -d /tmp/ccsup-case-XXXXXX)
    LIB_SANDBOXES+=("$SANDBOX")
    PROJECT=$SANDBOX/project
    STATE=$PROJECT/.ccsup
    for var in $(compgen -e | grep -E '^(GIT_|CLAUDE|ANTHROPIC|CCSUP_(CONFIG|RUN_ID)$|http_proxy|https_proxy|all_proxy)' || true); do
        unset "$var"
    done
    export HOME=$SANDBOX/home XDG_RUNTIME_DIR=$SANDBOX/run XDG_STATE_HOME=$SANDBOX/xdg/state
    export XDG_CONFIG_HOME=$SANDBOX/xdg/config XDG_CACHE_HOME=$SANDBOX/xdg/cache XDG_DATA_HOME=$SANDBOX/xdg/data
    export GIT_CONFIG_GLOBAL=$SANDBOX/gitconfig GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
    export LC_ALL=C.UTF-8 TZ=UTC PATH="$CCSUP_BUILD/bin:${LIB_PATH:=$PATH}"
    mkdir -p "$HOME" "$PROJECT" "$SANDBOX/agents" "$SANDBOX/xdg"
    mkdir -m 700 "$XDG_RUNTIME_DIR"
    git config --file "$GIT_CONFIG_GLOBAL" user.name "somebody"
    git config --file "$GIT_CONFIG_GLOBAL" user.email "somebody@ccsup.invalid"
    git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main
    git config --file "$GIT_CONFIG_GLOBAL" gc.auto 0
    cd "$SANDBOX" || exit 1
}

# ---- the end --------------------------------------------------------------------------------------------------------

# The last lines of a file, under its name, if there is something in it.
lib_show() {
    local file=$1 lines=$2
    [[ -f $file && -s $file ]] || return 0
    say "--- ${file#"$SANDBOX"/} (last $lines lines)"
    tail -n "$lines" -- "$file" | cut -c1-2000 | cat -v >&2
}

# What a person needs to understand a failure.
dump_sandbox() {
    local dir file
    say "=== what is in $SANDBOX"
    if [[ -f $STATE/status.json ]]; then
        say "--- status.json"
        jq . "$STATE/status.json" >&2 2>/dev/null || cat -v "$STATE/status.json" >&2
    fi
    lib_show "$STATE/ccsup.log" 60
    lib_show "$STATE/events.jsonl" 30
    lib_show "$STATE/journal" 20
    for dir in "$STATE"/*/iterations/*/; do
        for file in keep.json exit.json out.log err.log; do
            lib_show "$dir$file" 15
        done
    done
    for file in "$SANDBOX"/*.log; do
        lib_show "$file" 30
    done
    say "--- processes of this sandbox"
    sandbox_processes >&2 || true
}

# Ends one process that this case started, with a deadline.
lib_end_pid() {
    local pid=$1 i
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((i = 0; i < 40; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        lib_pause
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# Ends what `background` started.
stop_background() {
    local pid
    for pid in "${LIB_BACKGROUND[@]}"; do
        lib_end_pid "$pid"
    done
    LIB_BACKGROUND=()
}

# Stops and removes the current sandbox. Strangers that are left are killed only inside a PID namespace of ours.
lib_drop_sandbox() {
    local link pid rest
    if [[ -d $STATE && -x $CCSUP_BUILD/bin/ccsup ]]; then
        (cd "$PROJECT" && timeout -k 5 30 "$CCSUP_BUILD/bin/ccsup" stop) >/dev/null 2>&1 || true
    fi
    if lib_is_in_pidns; then
        sandbox_processes | while read -r pid rest; do
            say "left behind and killed: $pid $rest"
            kill -KILL "$pid" 2>/dev/null || true
        done || true
    fi
    for link in "$STATE/sockets" "$STATE/data"; do # the instance's id names the agents' folders in /tmp
        link=$(basename "$(readlink "$link" 2>/dev/null || true)")
        link=$(grep -oE '[0-9a-f]{8}' <<<"$link" | head -n 1 || true)
        [[ -z $link ]] || rm -rf -- "/tmp/ccsup-$link-builder" "/tmp/ccsup-$link-adversary" "/run/ccsup/$link"
    done
    rm -rf -- "$SANDBOX"
}

lib_end() {
    local code=$1
    trap - EXIT ERR
    trap "" PIPE # who reads our words may be gone: the end goes on
    set +e
    if [[ $code != 0 && $code != 77 ]]; then
        say "this case ended with $code${LIB_FAILED_AT:+ (at $LIB_FAILED_AT)}"
        [[ ${#LIB_SANDBOXES[@]} == 0 ]] || dump_sandbox
    fi
    stop_background
    cd /
    for SANDBOX in "${LIB_SANDBOXES[@]}"; do
        STATE=$SANDBOX/project/.ccsup PROJECT=$SANDBOX/project
        if [[ $code != 0 && $code != 77 && -n ${CCSUP_KEEP_SANDBOX:-} ]]; then
            say "kept: $SANDBOX"
        else
            lib_drop_sandbox
        fi
    done
    exit "$code"
}
set -E
trap 'LIB_FAILED_AT="${LIB_FAILED_AT:-$(lib_where): $BASH_COMMAND}"' ERR
trap 'lib_end $?' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

# ---- waiting --------------------------------------------------------------------------------------------------------

# 50 ms, for whoever polls a predicate; nobody else may pause.
lib_pause() {
    sleep 0.05 # the poll of wait_until
}

lib_now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    printf '%s\n' "${now%???}"
}

# wait_until SECONDS DESCRIPTION COMMAND...: until COMMAND succeeds; fails after SECONDS (four times as many with
# sanitizers). COMMAND may be a function; its output is not shown.
wait_until() {
    local seconds=$1 what=$2 end
    shift 2
    [[ "${CCSUP_SANITIZE:-0}" == 0 || "${CCSUP_SANITIZE:-0}" == OFF ]] || seconds=$((seconds * 4))
    end=$(($(lib_now_ms) + seconds * 1000))
    until "$@" >/dev/null 2>&1; do
        (($(lib_now_ms) < end)) || fail "not within $seconds s: $what ($*)"
        lib_pause
    done
}

# wait_while SECONDS DESCRIPTION COMMAND...: until COMMAND fails.
wait_while() {
    local seconds=$1 what=$2
    shift 2
    wait_until "$seconds" "$what" lib_not "$@"
}

lib_not() {
    ! "$@"
}

# background NAME COMMAND...: starts it with its output in SANDBOX/NAME.log; ended with the case. Its pid is in BG_PID.
background() {
    local name=$1
    shift
    "$@" >"$SANDBOX/$name.log" 2>&1 </dev/null &
    BG_PID=$!
    LIB_BACKGROUND+=("$BG_PID")
}

# ---- asserting ------------------------------------------------------------------------------------------------------

# assert_eq GOT WANT WHAT
assert_eq() {
    [[ "$1" == "$2" ]] || fail "$(printf '%s\n  got:  %q\n  want: %q' "${3:-values differ}" "$1" "$2")"
}

# assert_has TEXT PART WHAT
assert_has() {
    [[ "$1" == *"$2"* ]] || fail "$(printf '%s\n  in:     %q\n  wanted: %q' "${3:-a part is missing}" "$1" "$2")"
}

# assert_exit CODE COMMAND...: its output is in OUT (both streams).
assert_exit() {
    local want=$1 got=0
    shift
    OUT=$("$@" 2>&1) || got=$?
    [[ $got == "$want" ]] || fail "$(printf 'exit %s, not %s, of: %s\n%s' "$got" "$want" "$*" "$OUT")"
}

# Who has the sandbox in cwd, executable, command line, environment or open files: "PID STATE NAME HOW", one a line.
# Not counted: zombies, this shell and what it waits for, and what `background` started. Exit 1 when there is somebody.
sandbox_processes() {
    "$CCSUP_BUILD/tests/procs_with" "$SANDBOX" "${LIB_BACKGROUND[@]}"
}

assert_no_process_left() {
    local left code=0 tries=0
    left=$(sandbox_processes) || code=$?
    # A sanitizer looks at its process once more, through a helper of its own, while that process ends.
    while [[ ${CCSUP_SANITIZE:-0} == 1 && $code != 0 && -n $left && $tries -lt 200 ]]; do
        tries=$((tries + 1)) code=0
        read -rt 0.05 <> <(:) || true
        left=$(sandbox_processes) || code=$?
    done
    [[ $code == 0 ]] || fail "$(printf 'processes are left:\n%s' "${left:-procs_with ended with $code}")"
}

# status_field JQ_FILTER [ARG...]: from status.json, raw.
status_field() {
    jq -r "$@" "$STATE/status.json"
}

# status_is JQ_FILTER: does it hold? For wait_until.
status_is() {
    [[ -f $STATE/status.json ]] && jq -e "$1" "$STATE/status.json"
}

# ---- the project ----------------------------------------------------------------------------------------------------

# A bare repository, branch main, no commit; its path is in REMOTE.
make_remote() {
    REMOTE=$SANDBOX/${1:-remote}.git
    git init --quiet --bare --initial-branch=main "$REMOTE"
    git -C "$REMOTE" config http.receivepack true
}

# commit_as ROLE MESSAGE FILE TEXT [FILE TEXT]...: pushes a commit of builder, adversary or anybody to REMOTE's main,
# from a clone of the case's own. Its id is in COMMIT.
commit_as() {
    local who=$1 message=$2 work=$SANDBOX/hand
    shift 2
    [[ -d $work ]] || git clone --quiet "$REMOTE" "$work" 2>/dev/null
    git -C "$work" fetch --quiet origin
    git -C "$work" symbolic-ref HEAD refs/heads/main
    if git -C "$work" rev-parse --quiet --verify origin/main >/dev/null; then
        git -C "$work" reset --quiet --hard origin/main
    fi
    while (($# >= 2)); do
        mkdir -p "$(dirname "$work/$1")"
        printf '%s' "$2" >"$work/$1"
        shift 2
    done
    git -C "$work" add --all
    git -C "$work" -c user.name="ccsup $who" -c user.email="$who@ccsup.invalid" commit --quiet --allow-empty -m "$message"
    git -C "$work" push --quiet origin HEAD:refs/heads/main
    # shellcheck disable=SC2034 # for the cases
    COMMIT=$(git -C "$work" rev-parse HEAD)
}

# write_agent ROLE <<'SH': the script of that role's iterations, SANDBOX/agents/ROLE. It must end by itself.
write_agent() {
    { printf '#!/usr/bin/env bash\n' && cat; } >"$SANDBOX/agents/$1"
    chmod 755 "$SANDBOX/agents/$1"
}

# write_conf [SECTION.KEY=VALUE]...: PROJECT/launch.conf and plan.md. Sections: ccsup repo done budget builder adversary,
# and agent for both. Quick by default; agents that the case has not written say one line and end.
write_conf() {
    local -A keys=(
        [repo.url]=${REMOTE:-$SANDBOX/remote.git} [repo.poll]=1s [done.criteria]=D1 [done.confirm]=1s [done.stuck_rounds]=0
        [builder.role]=builder [adversary.role]=adversary
    )
    local role pair key
    for role in builder adversary; do
        [[ -e $SANDBOX/agents/$role ]] || write_agent "$role" <<<"cat >/dev/null; echo $role ran"
        keys[$role.command]=$SANDBOX/agents/$role
        keys[$role.pace]=200ms keys[$role.wake_every]=1s keys[$role.restart_delay]=100ms
        keys[$role.restart_delay_max]=1s keys[$role.start_limit_burst]=64 keys[$role.grace]=1s
        # A pid that an agent writes down is the one that the case sees; what the other fences do is shown by keep_*.sh.
        keys[$role.fence]=subreaper
    done
    for pair in "$@"; do
        [[ $pair == *.*=* ]] || fail "write_conf takes SECTION.KEY=VALUE, not: $pair"
        key=${pair%%=*}
        case $key in
        ccsup.* | repo.* | done.* | budget.* | builder.* | adversary.*) keys[$key]=${pair#*=} ;;
        agent.*) keys[builder.${key#agent.}]=${pair#*=} keys[adversary.${key#agent.}]=${pair#*=} ;;
        *) fail "write_conf knows no section of $key" ;;
        esac
    done
    {
        for pair in ccsup:ccsup repo:repo done:done budget:budget builder:"agent builder" adversary:"agent adversary"; do
            printf '[%s]\n' "${pair#*:}"
            for key in "${!keys[@]}"; do
                [[ $key != "${pair%%:*}".* ]] || printf '%s = %s\n' "${key#*.}" "${keys[$key]}"
            done | sort
            printf '\n'
        done
    } >"$PROJECT/launch.conf"
    [[ -e $PROJECT/plan.md ]] || printf '# Plan\n\nD1: there is a file done.txt.\n' >"$PROJECT/plan.md"
}

# serve_http MODE [PATH-OF-BARE-REPO]: the repository's parent folder by smart HTTP on a port that the kernel chose; MODE
# as in tests/git/http_backend.py (ok, 401, 500, silent, drip, reset ...). The address is in URL; ended with the case.
serve_http() {
    local mode=$1 repo=${2:-$REMOTE} port_file
    port_file=$(mktemp -u "$SANDBOX/port-XXXXXX")
    background "http-$mode" python3 "$CCSUP_SOURCE/tests/git/http_backend.py" \
        "$(dirname "$repo")" "$port_file" "$mode"
    wait_until 20 "the HTTP server says its port" test -s "$port_file"
    # shellcheck disable=SC2034 # for the cases
    URL=http://127.0.0.1:$(<"$port_file")/$(basename "$repo")
}
