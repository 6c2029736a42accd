#!/usr/bin/env bash
# What the watchdog has seen outlives the line and the watchdog: a VETO that the Builder removes, a PASS that is dated ahead
# and comes back; and what `ccsup verify` makes of it, beside the watchdog and from git alone.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"

stamp() { # [AHEAD]
    date -u -d "${1:-now}" +%Y-%m-%dT%H:%M:%SZ
}
sees() { # the newest poll is of the remote's tip
    status_is ".repo.tip == \"$(git -C "$REMOTE" rev-parse main)\""
}
# review ROLE TEXT: REVIEW.md becomes TEXT, and the watchdog has seen it.
review() {
    commit_as "$1" "review" REVIEW.md "$2"
    wait_until 20 "the watchdog sees it" sees
}
kill_watchdog() {
    local pid
    pid=$(watchdog_pid)
    kill -KILL "$pid"
    wait_while 5 "the watchdog's end" alive "$pid"
}
up() {
    assert_exit 0 ccsup start
    wait_until 10 "the watchdog judges" status_is '.verdict.since > 0'
}
vetoed() {
    status_is '.verdict.state == "VETOED" and .verdict.vetoes == 1' >/dev/null || fail "$1: $(status_field '[.verdict, .reasons]')"
}
run_sandbox
two_hanging
conf
up
commit_as builder "claim(D1): made" done.txt 1 STATUS.md $'# Status\n'
pass="D1: PASS @$(stamp) — seen"$'\n'

# ---- a VETO, removed by the Builder -------------------------------------------------------------------------------------
review adversary $'## VETO the token leaks\n'
veto=$COMMIT
vetoed "a VETO"
review builder ''
gone=$COMMIT
vetoed "its line is gone"
commit_as adversary "review(D1): PASS" REVIEW.md "$pass"
wait_until 20 "the PASS counts" status_is '.verdict.passing == 1'
commit_as builder "marked" STATUS.md $'# Status\n\n## DONE\n'
wait_until 20 "the watchdog sees it" sees
vetoed "all else is done"
assert_exit 0 ccsup status
assert_has "$OUT" "VETO (removed from REVIEW.md): \`## VETO the token leaks\`, seen at 20"
assert_has "$OUT" "commit ${veto:0:7}"
assert_has "$OUT" "## VETO LIFTED @20"
# verify beside the watchdog knows its words; for another time, from git alone, it knows who took a line away.
assert_exit 1 ccsup verify
assert_has "$OUT" "judged with what the watchdog has seen since the phase began"
assert_has "$OUT" "VETO (removed from REVIEW.md)"
assert_exit 1 ccsup verify --now "$(stamp)"
assert_has "$OUT" "judged from git alone"
assert_has "$OUT" "a VETO stands though its line is gone: commit ${gone:0:7} by builder"

kill_watchdog
assert_exit 1 ccsup verify --json
assert_eq "$(jq -c '[.remembers, .vetoes, .state]' <<<"$OUT")" '[true,1,"VETOED"]' "verify without a watchdog"
up
wait_until 20 "a poll" sees
vetoed "after a kill and a start"
# Neither loop was told its words.
! grep -rl "token leaks" "$STATE"/*/iterations/*/prompt.md || fail "a prompt holds words of REVIEW"

# Not by the Builder; by the Adversary.
review builder "$pass"$'## VETO LIFTED @'"$(stamp) — never mind"$'\n'
vetoed "lifted by the Builder"
commit_as adversary "lifted" REVIEW.md "$pass"$'\n## VETO LIFTED @'"$(stamp) — repaired"$'\n'
wait_until 30 "it goes on to the end" status_is '.finished'
wait_while 20 "the watchdog's end" alive "$(watchdog_pid)"
over
command=$(jq -r '.done[0].verify' "$STATE/status.json")
assert_has "$command" "ccsup verify --at "
# shellcheck disable=SC2086 # its words
assert_exit 0 $command
assert_exit 0 ccsup verify

# ---- a PASS that is dated, and committed, 5 s ahead; removed, and back ----------------------------------------------------
rm -rf "$STATE" "$XDG_STATE_HOME" "$SANDBOX/hand" "$SANDBOX/remote.git"
make_remote
conf done.window=1m
up
later=$(stamp "5 seconds")
ahead="D1: PASS @$later — seen"$'\n'
before=$(date +%s)
GIT_COMMITTER_DATE=$later GIT_AUTHOR_DATE=$later review adversary "$ahead"
wait_until 10 "it is seen" status_is '.criteria[0].effective > 0'
after=$(date +%s)
review adversary ''
kill_watchdog
up
over_now() {
    [[ $(stamp) > $later ]]
}
wait_until 20 "the written time is over" over_now
review adversary "$ahead"
wait_until 10 "it is back" status_is '.criteria[0].state == "PASS"'
seen=$(($(status_field '.criteria[0].effective') / 1000))
((seen >= before && seen <= after)) || fail "first seen from $before to $after, it counts as of $seen"
assert_exit 1 ccsup verify --json
assert_eq "$(jq -r '.criteria[0].time' <<<"$OUT")" "$(date -u -d "@$seen" +%Y-%m-%dT%H:%M:%SZ)" "verify, beside the watchdog"
assert_exit 1 ccsup verify --json --now "$(stamp)"
assert_eq "$(jq -r '.criteria[0].time' <<<"$OUT")" "$later" "verify, from git alone"
assert_eq "$(jq -c '[.remembers, .warnings]' <<<"$OUT")" '[false,[]]' "no memory, no warning"

# Dated more than done.skew after its commit: a warning, and no verdict.
review adversary "D1: PASS @$(stamp "10 minutes") — local time"$'\n'
wait_until 10 "the warning" status_is '.warnings | any(startswith("REVIEW.md: line 1: D1 is dated "))'
assert_exit 1 ccsup verify
assert_has "$OUT" "REVIEW.md: line 1: D1 is dated "
stop_all
