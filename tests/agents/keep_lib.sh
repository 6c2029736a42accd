# shellcheck shell=bash
# Sourced by tests/cases/keep_*.sh: runs the script again inside its own PID namespace (the keeper kills and sweeps),
# with a folder $T of its own, and gives the words of the tests.
set -euo pipefail

if [ -z "${KEEP_INSIDE:-}" ]; then
    fence=(unshare --pid --fork --kill-child --mount-proc)
    if ! "${fence[@]}" true 2>/dev/null; then
        fence=(unshare --user --map-root-user --pid --fork --kill-child --mount-proc)
    fi
    if ! "${fence[@]}" true 2>/dev/null || ! command -v tini >/dev/null; then
        echo "SKIPPED: needs PID namespaces (unshare) and tini: what kills and sweeps is never tested outside of one" >&2
        exit 77
    fi
    # KEEP_PID1_RUN_ID: a test may want a PID 1 with a marker. KEEP_AS: the whole case as that user. KEEP_FENCE: the fence of
    # all its keepers (keepctl.c). KEEP_PROC: options of its /proc.
    # shellcheck disable=SC2016
    inside=(sh -c '[ -z "$KEEP_PROC" ] || mount -o "remount,$KEEP_PROC" /proc || exit 77; exec "$@"' sh)
    if [ -n "${KEEP_AS:-}" ]; then
        [ "$(id -u)" = 0 ] || { echo "SKIPPED: needs root, to become $KEEP_AS" >&2 && exit 77; }
        inside+=(setpriv "--reuid=$KEEP_AS" --regid=nogroup --clear-groups env TMPDIR=/tmp)
    fi
    inside+=(env KEEP_INSIDE=1 ${KEEP_PID1_RUN_ID:+"CCSUP_RUN_ID=$KEEP_PID1_RUN_ID"})
    inside=("${fence[@]}" "${inside[@]}" tini -s -- env -u CCSUP_RUN_ID bash "$0" "$@")
    export KEEP_PROC=${KEEP_PROC:-}
    [ "${KEEP_FENCE:-}" = cgroup ] || exec "${inside[@]}"
    # A control group of the test's own, in which the keepers make theirs; it is the user's, as a delegated one is.
    group=$(findmnt -rnt cgroup2 -o TARGET | head -n 1)$(sed -n 's/^0:://p' /proc/self/cgroup)/keep-test-$$
    if ! mkdir "$group" 2>/dev/null; then
        echo "SKIPPED: needs a control group (v2) in which another can be made: $group" >&2
        exit 77
    fi
    [ -z "${KEEP_AS:-}" ] || chown "$KEEP_AS" "$group" "$group/cgroup.procs"
    code=0
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        exec "${inside[@]}"
    ) || code=$?
    echo 1 >"$group/cgroup.kill"
    until grep -q "populated 0" "$group/cgroup.events"; do :; done
    find "$group" -mindepth 1 -maxdepth 1 -type d | grep . && echo "FAILED: that control group is left" >&2 && code=1
    find "$group" -depth -type d -exec rmdir {} \;
    exit "$code"
fi

# shellcheck disable=SC2034
AGENTS=$CCSUP_SOURCE/tests/agents
TOOLS=$CCSUP_BUILD/tests
KEEP=$CCSUP_BUILD/bin/ccsup-keep
BOX=$(mktemp -d "${TMPDIR:-/tmp}/keep.XXXXXX")
export HOME=$BOX
T=$BOX
case_name=start
cleanup() {
    local code=$?
    # The keeper's own standard error is /dev/null: the sanitizers' words are in files.
    if compgen -G "$BOX/sanitizer.*" >/dev/null; then
        cat "$BOX"/sanitizer.*
        code=1
    fi
    [ "$code" = 0 ] || echo "FAILED in: $case_name" >&2
    rm -rf "$BOX"
    exit "$code"
}
trap cleanup EXIT
if [ "${CCSUP_SANITIZE:-0}" = 1 ]; then
    export ASAN_OPTIONS=log_path=$BOX/sanitizer:detect_leaks=1 UBSAN_OPTIONS=log_path=$BOX/sanitizer:print_stacktrace=1
fi

# begin NAME: a fresh folder $T for one case.
begin() {
    case_name=$1
    T=$BOX/$1
    mkdir -p "$T"
    echo "== $1"
}
# ctl STEP... -- PROGRAM [ARG...]: keepctl in $T.
ctl() {
    "$TOOLS/keepctl" "$KEEP" "$T" "$@"
}
# marker ID: that run id as keepctl gives it to a keeper of the builder of $T.
. "$CCSUP_SOURCE/tests/agents/marker.sh"
marker() {
    mkdir -p "$T/state"
    marker_in "$T/state" builder "$1"
}
# The folder of an iteration of the builder.
it() {
    printf '%s/state/builder/iterations/%06d' "$T" "$1"
}
die() {
    echo "$*" >&2
    exit 1
}
# says FILE TEXT...: each TEXT stands in FILE; saysnot: none does.
says() {
    local file=$1 text
    shift
    for text; do
        grep -qF -- "$text" "$file" || die "$file lacks: $text; it is: $(head -c 2000 "$file")"
    done
}
saysnot() {
    local file=$1 text
    shift
    for text; do
        ! grep -qF -- "$text" "$file" || die "$file has: $text; it is: $(head -c 2000 "$file")"
    done
}
# pid_json FILE: `"pid":N` for the process that wrote its pid to FILE; it is no more than `"pid":` where the agent lives in a
# namespace of its own and knows another number.
pid_json() {
    if [ "${KEEP_FENCE:-}" = pidns ]; then
        printf '"pid":'
    else
        printf '"pid":%s,' "$(cat "$1")"
    fi
}
# nobody_left: no process is left but PID 1, this script and its subshell.
nobody_left() {
    local pid name rest
    for pid in /proc/[0-9]*; do
        # shellcheck disable=SC2034
        { read -r _ name state rest <"$pid/stat"; } 2>/dev/null || continue
        pid=${pid#/proc/}
        if [ "$pid" = 1 ] || [ "$pid" = $$ ] || [ "$pid" = "$BASHPID" ] || [ "$state" = Z ]; then
            continue
        fi
        # A keeper that said why it can't begin is still on its way out.
        if [ "$name" = "(ccsup-keep)" ] && ctl limit=10000 "dead=<$pid>" -- true; then
            continue
        fi
        die "process $pid $name is left: $(tr '\0' ' ' <"/proc/$pid/cmdline" || true)"
    done
}
