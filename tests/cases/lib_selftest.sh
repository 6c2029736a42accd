#!/usr/bin/env bash
# The ground of the cases is itself shown to hold: isolation, waiting, finding what is left, the end of a failed case.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
inner=$SANDBOX/inner
mkdir -p "$inner"

# A case of its own, whose body is on standard input; its exit code in CODE, its words in OUT.
run_case() {
    {
        printf 'set -euo pipefail\n. "%s/tests/cases/lib.sh"\n' "$CCSUP_SOURCE"
        cat
    } >"$inner/case.sh"
    CODE=0
    OUT=$(bash "$inner/case.sh" 2>&1) || CODE=$?
}

# We are alone with a PID 1 of our own, and the script runs here once.
assert_eq "$(cat /proc/1/comm)" tini "PID 1 of the namespace"
[[ $$ -lt 100 ]] || fail "this shell's pid is $$: no namespace of its own"
outer=$CCSUP_CASE_PIDNS
in_pidns "$@"
assert_eq "$CCSUP_CASE_PIDNS" "$outer" "in_pidns runs the script again only once"

# The home and git's identity are the sandbox's.
assert_eq "$HOME" "$SANDBOX/home" HOME
assert_eq "$(git config --get user.email)" "somebody@ccsup.invalid" "git's identity"
assert_eq "$(git config --list --show-origin | grep -cv "file:$GIT_CONFIG_GLOBAL")" 0 "settings of git from elsewhere"
((${#SANDBOX} < 30)) || fail "the sandbox's path is long for sockets: $SANDBOX"

# wait_until sees what becomes true, and says what did not.
background later bash -c 'for _ in 1 2 3 4; do read -rt 0.1 <> <(:) || true; done; touch "$1"' - "$SANDBOX/flag"
wait_until 10 "the flag" test -e "$SANDBOX/flag"
run_case <<'SH'
new_sandbox
wait_until 0 "pigs fly" test -e "$SANDBOX/pigs"
SH
assert_eq "$CODE" 1 "a predicate that never holds"
assert_has "$OUT" "not within 0 s: pigs fly"
assert_has "$OUT" "line 4 of case.sh"

# A failure shows what the sandbox knows, ends what it started, and leaves no folder; a skip and a success are silent.
run_case <<'SH'
new_sandbox
mkdir -p "$STATE/builder/iterations/000001"
echo '{"schema":1}' >"$STATE/status.json"
echo "words of the watchdog" >"$STATE/ccsup.log"
printf 'words of the agent \033[31m\n' >"$STATE/builder/iterations/000001/out.log"
background stay tail -f /dev/null # bounded by the case
echo "$BG_PID $SANDBOX" >"$HOME/../../ccsup-case-selftest"
false
SH
read -r pid folder </tmp/ccsup-case-selftest
rm -f /tmp/ccsup-case-selftest
assert_eq "$CODE" 1 "a command that failed"
assert_has "$OUT" '"schema": 1'
assert_has "$OUT" "words of the watchdog"
assert_has "$OUT" "words of the agent ^[[31m"
assert_has "$OUT" "line 10 of case.sh: false"
[[ ! -e $folder ]] || fail "the sandbox $folder is left"
[[ ! -e /proc/$pid ]] || fail "the background process $pid is left"
# Nobody reads its words: it cleans up all the same.
printf 'set -euo pipefail\n. "%s/tests/cases/lib.sh"\nnew_sandbox; echo "$SANDBOX" >"%s/name"; false\n' \
    "$CCSUP_SOURCE" "$inner" >"$inner/case.sh"
bash "$inner/case.sh" 2>&1 | true || true
[[ -s $inner/name && ! -e $(<"$inner/name") ]] || fail "a case whose output is closed leaves its sandbox"

run_case <<<'new_sandbox; skip "not here"'
assert_eq "$CODE" 77 "a skip"
assert_eq "$OUT" "SKIPPED: not here" "a skip's words"
run_case <<<'new_sandbox; true'
assert_eq "$CODE $OUT" "0 " "a success"
run_case <<<'new_sandbox; unset_variable=$nothing_of_that_name'
assert_eq "$CODE" 1 "an unset variable"

# What is left is found by each of its traces, and nothing else is. These end with the namespace at the latest.
assert_no_process_left
left_by() {
    local how=$1 out pid
    shift
    exec 7>>"${held:-/dev/null}"
    env -i PATH="$LIB_PATH" "$@" >/dev/null 2>&1 </dev/null &
    pid=$!
    exec 7>&-
    wait_until 10 "process $pid is found by its $how" found_by "$pid" "$how"
    if out=$(assert_no_process_left 2>&1); then
        fail "assert_no_process_left misses a process by its $how"
    fi
    assert_has "$out" "$pid"
    kill -KILL "$pid"
    wait "$pid" 2>/dev/null || true
    assert_no_process_left
}
found_by() {
    grep -q "^$1 . .* $2\$" <<<"$(sandbox_processes)"
}
cd /
left_by cwd env --chdir="$SANDBOX" tail -f /dev/null
left_by environ env TRACE="$SANDBOX" tail -f /dev/null
touch "$SANDBOX/followed"
left_by cmdline tail -f "$SANDBOX/followed"
cp "$(command -v tail)" "$SANDBOX/inner/a b) (tail"
left_by exe "$SANDBOX/inner/a b) (tail" -f /dev/null
held=$SANDBOX/held left_by "open file" tail -f /dev/null
background mine tail -f "$SANDBOX/followed"
assert_no_process_left
stop_background
[[ ! -e /proc/$BG_PID ]] || fail "stop_background left $BG_PID"

# The project's parts: a remote with the roles' commits, a configuration, an HTTP server that git can use.
make_remote
commit_as builder "claim(D1): done" STATUS.md "# Status" notes/a.txt "a"
first=$COMMIT
commit_as adversary "review" REVIEW.md "D1: PASS"
assert_eq "$(git -C "$REMOTE" log --format=%ae%n%s main)" $'adversary@ccsup.invalid\nreview\nbuilder@ccsup.invalid\nclaim(D1): done' history
assert_eq "$(git -C "$REMOTE" rev-parse main~1)" "$first" COMMIT
assert_eq "$(git -C "$REMOTE" show main:notes/a.txt)" a "a file"
write_agent builder <<<'echo "built by $0"'
write_conf done.criteria="D1 D2" agent.grace=3s adversary.pace=5s
conf=$(<"$PROJECT/launch.conf")
assert_has "$conf" "url = $REMOTE"
assert_has "$conf" "criteria = D1 D2"
assert_eq "$(grep -c '^grace = 3s$' "$PROJECT/launch.conf")" 2 "a key of both agents"
assert_eq "$(grep -c '^pace = 5s$' "$PROJECT/launch.conf")" 1 "a key of one agent"
assert_eq "$(bash "$SANDBOX/agents/builder")" "built by $SANDBOX/agents/builder" "the written agent"
assert_eq "$("$SANDBOX/agents/adversary" </dev/null)" "adversary ran" "the default agent"
run_case <<<'new_sandbox; write_conf nonsense'
assert_has "$OUT" "write_conf takes SECTION.KEY=VALUE, not: nonsense"
serve_http ok
assert_eq "$(git ls-remote "$URL" refs/heads/main)" "$(git -C "$REMOTE" rev-parse main)"$'\trefs/heads/main' "over HTTP"
git clone --quiet "$URL" "$SANDBOX/clone"
git -C "$SANDBOX/clone" commit --quiet --allow-empty -m "over HTTP"
git -C "$SANDBOX/clone" push --quiet origin HEAD:main
assert_eq "$(git -C "$REMOTE" log -1 --format=%s main)" "over HTTP" "a push over HTTP"
serve_http 500
assert_exit 128 git ls-remote "$URL"
assert_has "$OUT" "500"

mkdir -p "$STATE"
echo '{"schema":1,"agents":[{"name":"builder"}]}' >"$STATE/status.json"
assert_eq "$(status_field '.agents[0].name')" builder status_field
status_is '.schema == 1' >/dev/null
! status_is '.schema == 2' >/dev/null || fail "status_is takes anything"
