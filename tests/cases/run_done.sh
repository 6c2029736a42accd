#!/usr/bin/env bash
# When it is done and when not: what was pushed before the start, a second look that fails, an unreachable server, a late
# FAIL; two phases in order to the end, with records that can be checked; a start after the end.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
command -v python3 >/dev/null || skip "no python3 here: it checks the journal's sums"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"

stamp() {
    date -u +%Y-%m-%dT%H:%M:%SZ
}
later_than() {
    [[ $(stamp) != "$1" ]]
}
# verdict ID WORD: the Adversary appends a line to REVIEW.md and pushes; a line is never of the second of the one before.
verdict() {
    local time
    wait_until 5 "a new second" later_than "${LAST_STAMP:-}"
    time=$(stamp)
    LAST_STAMP=$time
    REVIEW="${REVIEW:-$'# Review\n\n'}$1: $2 @$time sha=$(git -C "$REMOTE" rev-parse main) — looked at it"$'\n'
    commit_as adversary "review($1): $2" REVIEW.md "$REVIEW"
}
claim() {
    commit_as builder "claim($1): made" "$1.txt" "made" STATUS.md "# Status"$'\n\n'"$1 claimed"$'\n'
}
mark() {
    commit_as builder "STATUS: DONE" STATUS.md $'# Status\n\nall of it\n\n## DONE\n'
}
unmark() {
    commit_as builder "STATUS: not done" STATUS.md $'# Status\n\nmore to come\n'
}
# A fresh remote and state, hanging agents, one default phase. Arguments: as conf's.
begin() {
    rm -rf "$STATE" "$XDG_STATE_HOME" "$SANDBOX/hand" "$SANDBOX/remote.git"
    REVIEW=
    make_remote
    two_hanging
    conf "$@"
}
up() {
    assert_exit 0 ccsup start
    wait_until 10 "the watchdog judges" status_is '.verdict.since > 0'
}
# polls N: so many more polls have succeeded.
polls() {
    local i before
    for ((i = 0; i < $1; i++)); do
        before=$(status_field .repo.polled_at)
        wait_until 20 "a poll" status_is ".repo.polled_at > $before"
    done
}
not_done() {
    status_is '(.finished | not) and .verdict.value == "NOT_DONE" and .done == []' >/dev/null ||
        fail "$1: $(status_field .verdict)"
    alive "$(watchdog_pid)" || fail "$1: the watchdog has ended"
}
finished() {
    wait_until 30 "$1: finished" status_is '.finished'
    wait_while 20 "$1: the watchdog's end" alive "$(watchdog_pid)"
    over
    assert_exit 0 ccsup status
}
run_sandbox

# ---- what stood before the start does not count -------------------------------------------------------------------------
begin
claim D1
verdict D1 PASS
mark
up
polls 3
not_done "an old PASS and an old marker"
unmark
verdict D1 PASS
wait_until 10 "a new PASS counts" status_is '.verdict.passing == 1'
not_done "without a marker"
wait_until 10 "the builder is asked for the marker" agent_is builder '.work | index("READY-UNMARKED")'
mark
finished "a new PASS and a new marker"

# ---- a start after the end prints the record, starts nothing, and succeeds ----------------------------------------------
tip=$(git -C "$REMOTE" rev-parse main)
iterations=$(find "$STATE" -path '*/iterations/*' -name keep.json | wc -l)
assert_exit 0 ccsup start
assert_has "$OUT" "DONE: phase default at ${tip:0:7}"
assert_has "$OUT" "ccsup verify --at $tip"
assert_eq "$(find "$STATE" -path '*/iterations/*' -name keep.json | wc -l)" "$iterations" "iterations after a start after the end"
over
# Without its status the journal says the same.
rm "$STATE/status.json"
assert_exit 0 ccsup start
assert_has "$OUT" "phase default: DONE, 1 of 1 criteria pass"
assert_has "$OUT" "DONE: phase default at ${tip:0:7}"
over
assert_exit 0 ccsup run
over
assert_eq "$(find "$STATE" -path '*/iterations/*' -name keep.json | wc -l)" "$iterations" "iterations after a run after the end"
assert_exit 0 ccsup stop

# ---- taken back before the second look ----------------------------------------------------------------------------------
begin done.confirm=4s done.criteria="D1 D2"
up
claim D1
verdict D1 PASS
verdict D2 PASS
mark
wait_until 10 "it confirms" status_is '.verdict.state == "CONFIRMING" and .verdict.confirm_at > 0'
confirm=$(status_field .verdict.confirm_at)
verdict D2 FAIL
wait_until 10 "the FAIL is seen" status_is '.verdict.state != "CONFIRMING" and .verdict.passing == 1'
(($(lib_now_ms) < confirm)) || say "slow machine: the FAIL came after the moment of the second look"
wait_until 20 "a poll after the second look's moment" status_is ".repo.polled_at > $confirm"
not_done "a FAIL before the second look"
# The FAIL stands, whatever else passes, until the same criterion passes later.
verdict D1 PASS
polls 2
not_done "a FAIL"
verdict D2 PASS
unmark
mark
wait_until 10 "it confirms again" status_is '.verdict.state == "CONFIRMING"'

# ---- the server is away at the second look ------------------------------------------------------------------------------
mv "$REMOTE" "$SANDBOX/away.git"
wait_until 20 "it is away past the second look's moment" status_is '.repo.failures >= 2 and .repo.error.code == "not-found" and .written_at > .verdict.confirm_at'
status_is '.verdict.state == "CONFIRMING" and (.finished | not)' >/dev/null || fail "away: $(status_field .verdict)"
mv "$SANDBOX/away.git" "$REMOTE"
finished "the server is back"

# ---- two phases in order, by a scripted pair ----------------------------------------------------------------------------
begin agent.pace=100ms done.criteria=D1
# Each iteration begins at the tip: one that was ended in mid-work, as by the next phase, leaves a torn work tree.
cat >"$SANDBOX/agents/tip" <<'SH'
rm -rf .git/rebase-merge .git/rebase-apply .git/*.lock .git/refs/heads/*.lock
git symbolic-ref HEAD refs/heads/main
git fetch --quiet origin
if git rev-parse --quiet --verify origin/main >/dev/null; then
    git reset --quiet --hard origin/main
    git clean -fdq
fi
SH
# The Builder claims what was never claimed, repairs what fails, and marks what has passed. It wants no conversation.
agent builder <<'SH'
set -eu
cat >/dev/null
. "$SANDBOX/agents/tip"
status=STATUS-$CCSUP_PHASE.md review=REVIEW-$CCSUP_PHASE.md
case $CCSUP_PHASE in x) ids="A1 A2" ;; y) ids="B1 D1" ;; esac
log=$(git log --format=%s 2>/dev/null || true)
passing=0 n=0
for id in $ids; do
    n=$((n + 1))
    last=$(grep "^$id: " "$review" 2>/dev/null | tail -n 1 || true)
    case $last in
    "$id: PASS"*) passing=$((passing + 1)) ;;
    "$id: FAIL"*) echo good >"$id.txt"; word="claim($id): repaired $(wc -l <"$review")" ;;
    *) [ "$id" = A2 ] && echo bad >"$id.txt" || echo good >"$id.txt"; word="claim($id): made" ;;
    esac
    if [ "${last#"$id: PASS"}" = "$last" ] && ! grep -qxF "$word" <<<"$log"; then
        printf '\n%s claimed\n' "$id" >>"$status"
        git add -A && git commit --quiet -m "$word"
    fi
done
if [ "$passing" = "$n" ] && ! grep -qx '## DONE' "$status"; then
    printf '\n## DONE\n' >>"$status"
    git add -A && git commit --quiet -m "STATUS: phase $CCSUP_PHASE is done"
fi
until git push --quiet origin HEAD:main; do git pull --quiet --rebase origin main; done
echo "$CCSUP_PHASE: $passing of $n"
SH
# The Adversary judges each claim that has no later verdict.
agent adversary <<'SH'
set -eu
cat >/dev/null
. "$SANDBOX/agents/tip"
review=REVIEW-$CCSUP_PHASE.md
for id in A1 A2 B1 D1; do
    last=$(git log --format=%s | grep -E "^(claim|review)\($id\)" | head -n 1 || true)
    case $last in claim*) ;; *) continue ;; esac
    [ "$(cat "$id.txt")" = good ] && word=PASS || word=FAIL
    printf '%s: %s @%s sha=%s — read it\n' "$id" "$word" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(git rev-parse HEAD)" >>"$review"
    git add -A && git commit --quiet -m "review($id): $word"
    # The next verdict of the same criterion is of a later second.
    now=$(date +%s); until [ "$(date +%s)" != "$now" ]; do read -rt 0.05 <> <(:) || true; done
done
until git push --quiet origin HEAD:main; do git pull --quiet --rebase origin main; done
SH
printf 'The plan of x.\n' >"$PROJECT/plan-x.md"
printf 'The plan of y.\n' >"$PROJECT/plan-y.md"
printf '[phase x]\nplan = plan-x.md\ncriteria = A1 A2\n\n[phase y]\nplan = plan-y.md\ncriteria = B1\n' >>"$PROJECT/launch.conf"
began=$(lib_now_ms)
assert_exit 0 ccsup start
wait_until 120 "both phases are done" status_is '.finished'
wait_while 20 "the watchdog's end" alive "$(watchdog_pid)"
say "two phases took $(($(lib_now_ms) - began)) ms"
over
assert_exit 0 ccsup status
assert_has "$OUT" "DONE: phase x"
assert_has "$OUT" "DONE: phase y"

# The records: in order, each sum right, each one checkable from git alone.
python3 - "$STATE/journal" "$REMOTE" <<'PY'
import json, subprocess, sys, zlib
records = []
for line in open(sys.argv[1], "rb"):
    crc, text = line.rstrip(b"\n").split(b" ", 1)
    assert int(crc, 16) == zlib.crc32(text), line
    records.append(json.loads(text))
def git(*words):
    return subprocess.run(["git", "-C", sys.argv[2], *words], check=True, capture_output=True, text=True).stdout.rstrip("\n")
order = [(r["t"], r.get("phase", r.get("id"))) for r in records if r["t"] in ("phase", "done")]
assert order == [("phase", "x"), ("done", "x"), ("phase", "y"), ("done", "y")], order
done = [r for r in records if r["t"] == "done"]
starts = [r for r in records if r["t"] == "phase"]
assert starts[0]["start"] == "" and starts[1]["start"] == done[0]["revision"], starts
for r, ids in zip(done, (["A1", "A2"], ["B1", "D1"])):
    name = r["phase"]
    assert [c["id"] for c in r["criteria"]] == ids, r
    assert git("rev-parse", "%s:STATUS-%s.md" % (r["revision"], name)) == r["status_blob"], r
    review = git("cat-file", "blob", r["review_blob"]).split("\n")
    assert git("rev-parse", "%s:REVIEW-%s.md" % (r["revision"], name)) == r["review_blob"], r
    status = git("cat-file", "blob", r["status_blob"]).split("\n")
    assert status[r["marker_line"] - 1] == "## DONE", r
    for c in r["criteria"]:
        assert c["state"] == "PASS" and review[c["line"] - 1].startswith(c["id"] + ": PASS @" + c["time"]), c
        assert c["author"] == "adversary@ccsup.invalid", c
        assert git("show", "-s", "--format=%s", c["commit"]) == "review(%s): PASS" % c["id"], c
    assert r["verify"].startswith("ccsup verify --at " + r["revision"]) and r["verify"].endswith("--phase " + name), r
PY
# The order of the teardown and of the phases in the words of the log.
words=$(grep -nE 'phase (x|y) begins|phase (x|y): DONE|done: every phase' "$STATE/ccsup.log" | sed 's/^[0-9]*:[^ ]* //; s/ at .*//; s/ (.*//; s/;.*//' | tr '\n' '|')
assert_eq "$words" "phase x begins|phase x: DONE|phase y begins|phase y: DONE|done: every phase is verified|" "the log"
# Each phase had its own plan in the prompts; both loops worked in both.
for role in builder adversary; do
    for name in x y; do
        grep -lq "The plan of $name" "$STATE/$role/iterations"/*/prompt.md || fail "the $role was never told the plan of $name"
    done
    for prompt in "$STATE/$role/iterations"/*/prompt.md; do
        (($(grep -c "^The plan of [xy]" "$prompt") == 1)) || fail "no plan, or two, in $prompt"
    done
done
assert_has "$(git -C "$REMOTE" log --format=%s main)" "review(A2): FAIL" "the slip was found"
assert_exit 0 ccsup start
assert_has "$OUT" "DONE: phase y"
over
