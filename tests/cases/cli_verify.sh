#!/usr/bin/env bash
# ccsup verify: what it asks ccsup-git, what it makes of each answer, and a real repository from empty to DONE.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
write_conf done.criteria="D1 D2" repo.timeout=2s ccsup.plan=plan.md
cd "$PROJECT"

# ---- the helper, played by scripts beside a ccsup of our own
mkdir "$SANDBOX/bin"
cp "$CCSUP_BUILD/bin/ccsup" "$SANDBOX/bin/"
fake() {
    { printf '#!/usr/bin/env bash\n' && cat; } >"$SANDBOX/bin/ccsup-git"
    chmod +x "$SANDBOX/bin/ccsup-git"
}
verify() {
    assert_exit "$1" timeout 60 "$SANDBOX/bin/ccsup" verify "${@:2}"
}
rm -f "$SANDBOX/bin/ccsup-git"
verify 3
assert_has "$OUT" "UNKNOWN: cannot run $SANDBOX" "no helper"
fake <<'SH'
cat >"$HOME/request"
pwd >"$HOME/pwd"
echo '{"ok":false,"code":"unreachable","text":"nobody there\u001b[31m"}'
SH
verify 3
assert_eq "$OUT" 'ccsup verify: UNKNOWN: unreachable: nobody there\x1B[31m' "a failed poll"
assert_eq "$(jq -c '[.op,.url,.branch,.status,.review,.findings,.criteria,.builder,.adversary,.start,.at]' "$HOME/request")" \
    "[\"poll\",\"$REMOTE\",\"main\",\"STATUS.md\",\"REVIEW.md\",\"FINDINGS.md\",[\"D1\",\"D2\"],\"builder@ccsup.invalid\",\"adversary@ccsup.invalid\",\"\",\"\"]" \
    "the request"
assert_eq "$(jq -r '.mirror, .lock, .timeout_ms' "$HOME/request")" "$STATE/repo.git"$'\n'"$STATE/locks/git"$'\n'2000 "the places"
assert_eq "$(<"$HOME/pwd")" "$PROJECT" "where the helper runs"
"$SANDBOX/bin/ccsup" verify --json >"$SANDBOX/json" 2>/dev/null || true
assert_eq "$(jq -r .verdict "$SANDBOX/json")" UNKNOWN "a failed poll, as JSON"
verify 3 --at 0123456789abcdef0123456789abcdef01234567
assert_eq "$(jq -r .at "$HOME/request")" 0123456789abcdef0123456789abcdef01234567 "--at"
verify 2 --phase nowhere
assert_has "$OUT" "no phase 'nowhere' in launch.conf" "--phase"
# The active phase's start comes from the status.
printf '{"schema":1,"phase":{"id":"","start":"feed"}}' >"$STATE/status.json"
verify 3
assert_eq "$(jq -r .start "$HOME/request")" feed "the phase's start"
printf '{"schema":1,"phase":{"id":"gone","start":"feed"}}' >"$STATE/status.json"
verify 4
assert_has "$OUT" "the active phase 'gone' is not in launch.conf any more" "a phase that is gone"
rm "$STATE/status.json"

fake <<'SH'
echo "it broke" >&2
exit 9
SH
verify 3
assert_has "$OUT" "broke (exit 9): it broke" "a helper that breaks"
fake <<<'echo nonsense'
verify 3
assert_has "$OUT" "answered nonsense" "nonsense"
fake <<<'echo "{\"ok\":true,\"snapshot\":{}}"'
verify 3
fake <<<'timeout 60 yes'
verify 3
assert_has "$OUT" "answered more than 32 MiB" "a flood"
# Too late: it and its whole group are dead.
fake <<'SH'
exec 3<> <(:)
read -rt 100 <&3 & # does nothing, and ends by itself
echo $$ $! >"$HOME/pids"
wait
SH
verify 3
assert_has "$OUT" "gave no answer within 7 s" "a helper that hangs"
dead() {
    local pid
    for pid in $(<"$HOME/pids"); do
        [[ ! -e /proc/$pid || $(awk '/^State/ { print $2 }' "/proc/$pid/status") == Z ]] || return 1
    done
}
wait_until 5 "the helper's group is dead" dead
# It ends, its child keeps the pipe open: not waited for longer than the deadline either, and dead.
fake <<'SH'
exec 3<> <(:)
read -rt 100 <&3 & # does nothing, and ends by itself
echo $! >"$HOME/pids"
SH
verify 3
wait_until 5 "the helper's child is dead" dead
# Interrupted: the group is dead too, and we died of the signal.
rm "$HOME/pids"
fake <<'SH'
exec 3<> <(:)
read -rt 100 <&3 & # does nothing, and ends by itself
echo $$ $! >"$HOME/pids"
wait
SH
"$SANDBOX/bin/ccsup" verify &
verifying=$!
LIB_BACKGROUND+=("$verifying")
wait_until 10 "the helper runs" test -s "$HOME/pids"
kill -TERM "$verifying"
code=0
wait "$verifying" || code=$?
assert_eq "$code" 143 "it dies of TERM"
wait_until 5 "the helper's group is dead" dead
# Busy: asked again.
fake <<'SH'
echo x >>"$HOME/times"
[[ $(wc -l <"$HOME/times") -ge 3 ]] || { echo '{"ok":false,"code":"busy","text":"busy"}'; exit; }
echo '{"ok":false,"code":"timeout","text":"late"}'
SH
verify 3
assert_eq "$OUT" "ccsup verify: UNKNOWN: timeout: late" "busy twice"

# ---- the real one
assert_exit 1 ccsup verify
assert_has "$OUT" "the repository is empty" "empty"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
commit_as builder "claim(D1): work" STATUS.md $'# Status\n' done.txt $'1\n'
commit_as adversary "review(D1): pass" REVIEW.md "D1: PASS @$now — seen"$'\n'
assert_exit 1 ccsup verify --json
assert_eq "$(jq -c '[.verdict, .revision, .vetoes, (.criteria | map([.id, .state, .line, .time, .by, .commit]))]' <<<"$OUT")" \
    "[\"NOT_DONE\",\"$COMMIT\",0,[[\"D1\",\"PASS\",1,\"$now\",\"adversary\",\"$COMMIT\"],[\"D2\",\"MISSING\",0,null,null,null]]]" "the facts"
assert_has "$(jq -r '.reasons | map(.code + " " + .id) | join(",")' <<<"$OUT")" "MISSING D2" "the reasons"
assert_exit 1 ccsup verify
assert_has "$OUT" "NOT_DONE  RUNNING  at $COMMIT" "as text"
assert_has "$OUT" "1 of 2 criteria pass, 0 vetoes" "as text"
assert_has "$OUT" "REVIEW.md:1  adversary  ${COMMIT:0:10}" "as text"
early=$COMMIT
commit_as adversary "review(D2): pass" REVIEW.md "D1: PASS @$now — seen"$'\n'"D2: PASS @$now — seen"$'\n'
commit_as builder "the marker" STATUS.md $'# Status\n\n## DONE\n'
assert_exit 0 ccsup verify
assert_has "$OUT" "DONE  DONE  at $COMMIT" "done"
assert_exit 1 ccsup verify --at "$early"
assert_has "$OUT" "at $early" "an older revision"
assert_exit 1 ccsup verify --now "$(date -u -d '+25 hours' +%Y-%m-%dT%H:%M:%SZ)"
assert_has "$OUT" "STALE" "a day later"
commit_as adversary "a veto" REVIEW.md "D1: PASS @$now"$'\n'"D2: PASS @$now"$'\n\n'"## VETO: the build is broken"$'\n'
assert_exit 1 ccsup verify --json
assert_eq "$(jq -c '[.state, .vetoes]' <<<"$OUT")" '["VETOED",1]' "a veto"
rm -rf "$REMOTE"
assert_exit 3 ccsup verify
assert_has "$OUT" "UNKNOWN: " "no repository"
