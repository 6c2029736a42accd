# Shared by tests/cases/git_*.sh: a namespace of our own, a place, an identity, and answers looked at with a deadline.
# shellcheck shell=bash
set -euo pipefail
: "${CCSUP_BUILD:?}" "${CCSUP_SOURCE:?}"

# Everything here kills process groups or counts processes: only inside an own PID namespace, which ends with us.
if [ "${CCSUP_GIT_NS:-}" != 1 ]; then
    if ! unshare --pid --fork --kill-child --mount-proc tini -s -- true 2>/dev/null; then
        echo "SKIP: unshare --pid with tini is not to be had here: NOTHING WAS TESTED" >&2
        exit 77
    fi
    CCSUP_GIT_NS=1 exec unshare --pid --fork --kill-child --mount-proc tini -s -- bash "$0" "$@"
fi

WORK=$(mktemp -d "${TMPDIR:-/tmp}/ccsup-git-test.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
export WORK HOME="$WORK/home" GIT_CONFIG_GLOBAL="$WORK/home/gitconfig" GIT_CONFIG_NOSYSTEM=1
unset GIT_DIR GIT_SSH GIT_SSH_COMMAND GIT_CONFIG_COUNT XDG_CONFIG_HOME "${!GIT_AUTHOR_@}" "${!GIT_COMMITTER_@}"
mkdir "$HOME"
git config --global user.name Boss
git config --global user.email boss@test
git config --global init.defaultBranch main
git config --global gc.auto 0 # a commit of the case starts nothing that lives on
# The interpreter itself: a version manager in front of it would cost more than the test.
PYTHON=$(python3 -c "import sys; print(sys.executable)")
checks=0

fail() {
    local words="$*"
    echo "FAILED: ${words:0:1000}" >&2
    [ -z "${ANSWER:-}" ] || echo "answer: ${ANSWER:0:1000}" >&2
    exit 1
}

ask() { ANSWER=$("$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" "$@") || fail "ask $*"; }
get() { "$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" --get "$1" <<<"$ANSWER"; }
# is EXPRESSION VALUE: what the last answer says.
is() {
    local got
    got=$(get "$1") || fail "$1"
    [ "$got" = "$2" ] || fail "$1 is '$got', not '$2'"
    checks=$((checks + 1))
}
# text WORDS: the last answer's sentence holds them; no_text WORDS: it does not.
text() {
    [[ "$(get 'a["text"]')" == *"$1"* ]] || fail "the sentence has no '$1'"
    checks=$((checks + 1))
}
no_text() {
    [[ "$ANSWER" != *"$1"* ]] || fail "the answer has '$1'"
    checks=$((checks + 1))
}
# until_true SECONDS COMMAND...: waits for a predicate.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        "$PYTHON" -c 'import time; time.sleep(0.02)'
    done
}
# Living git, ssh and ccsup-git processes, one name a line.
gits() {
    local stat name
    for stat in /proc/[0-9]*/stat; do
        { read -r name <"$stat"; } 2>/dev/null || continue
        [[ "$name" =~ \((git|ssh|ccsup-git)[^\)]*\)\ [^ZX] ]] && echo "${name%%)*})"
    done
    return 0
}
no_gits() { [ -z "$(gits)" ]; }
nothing_left() {
    until_true 3 no_gits || fail "left: $(gits | tr '\n' ' ')"
    checks=$((checks + 1))
}
# as WHO MESSAGE [OPTION...]: a commit of everything in the current work tree.
as() {
    local who=$1 message=$2
    shift 2
    git add -A
    git -c "user.name=$who" -c "user.email=$who@test" commit -q --allow-empty -m "$message" "$@"
}
# serve MODE [SECONDS]: a server for the repositories below $WORK; sets PORT, SERVER.
serve() {
    rm -f "$WORK/port"
    "$PYTHON" "$CCSUP_SOURCE/tests/git/http_backend.py" "$WORK" "$WORK/port" "$1" "${2:-60}" 2>/dev/null &
    SERVER=$!
    until_true 20 test -s "$WORK/port" || fail "the test's server does not start"
    # shellcheck disable=SC2034 # for the caller
    PORT=$(cat "$WORK/port")
}
unserve() { { kill "$SERVER" && wait "$SERVER"; } 2>/dev/null || true; }
finish() { echo "$checks checks passed"; }
