#!/usr/bin/env bash
# Who introduced each line: as `git blame` says, on linear histories and on merges, with clocks that go wrong; forged
# identities; copies; and a marker that was a placeholder first.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"

# MINIMUM SEED COMMITS KIND LINES: from the first commit on, and from the middle of the history.
compare() {
    local n min=$1
    shift
    rm -rf h.git repo.git
    git init -q --bare h.git
    "$PYTHON" "$CCSUP_SOURCE/tests/git/history.py" "$@" | git -C h.git fast-import --quiet
    for start in "" "$(git -C h.git rev-list main | sed -n "$(($2 / 2))p")"; do
        ask poll "url=$WORK/h.git" "start=$start"
        n=$("$PYTHON" "$CCSUP_SOURCE/tests/git/blame.py" h.git "$start" <<<"$ANSWER") || fail "history $*, start '$start'"
        [ "$n" -ge "$min" ] || fail "history $*: only $n entries were compared"
        checks=$((checks + 1))
    done
}
compare 20 1 120 linear 80
compare 20 2 120 linear 80
for seed in 3 4 5 6 7; do
    compare 40 "$seed" 150 merges 100
done

# What the parties are and did, counted by git; the claim is the newest one.
for who in builder adversary; do
    is "s['party']['$who']['commits']" "$(git -C h.git rev-list --count "--author=<$who@test>" "$start..main")"
done

# Poll after poll while the branch grows: what the last poll found is used, and never wrong; also when the branch goes
# back, when what was kept is damaged, and when an older revision is asked for in between.
tips=$(git -C h.git rev-list --first-parent --reverse main)
rm -rf repo.git
polls=0
for tip in $tips; do
    git -C h.git update-ref refs/heads/main "$tip"
    [ "$polls" != 12 ] || git -C h.git update-ref refs/heads/main "${tips:0:40}"
    [ "$polls" != 14 ] || sed -i -E "2,\$s/ [0-9a-f]{40}/ ${tips:0:40}/" repo.git/ccsup-origins-review
    [ "$polls" != 16 ] || : >repo.git/ccsup-origins-review
    [ "$polls" != 18 ] || ask poll "url=$WORK/h.git" "at=${tips:0:40}"
    [ "$polls" != 20 ] || ask poll "url=$WORK/h.git" 'criteria:=["D1"]'
    ask poll "url=$WORK/h.git"
    "$PYTHON" "$CCSUP_SOURCE/tests/git/blame.py" h.git "" <<<"$ANSWER" >/dev/null || fail "poll $polls, at $tip"
    checks=$((checks + 1)) polls=$((polls + 1))
    [ "$polls" -lt 40 ] || break
done
[ "$polls" -ge 25 ] || fail "only $polls polls"
[ -s repo.git/ccsup-origins-review ] || fail "nothing is kept"

# One history by hand.
git init -q w
cd w
line() { echo "$1: $2 @2026-05-28T08:10:00Z — $3"; }
as builder start
start=$(git rev-parse HEAD)
poll() {
    ask poll "url=$WORK/w" "start=$start" "$@"
}
# by ID: who introduced the only entry of that id.
by() { is "[e['by'] for e in s['review']['entries'] if e['id'] == '$1']" "$2"; }
line D1 PASS one >REVIEW.md
as adversary 'review(D1): pass'
poll
by D1 "['adversary']"
line D2 PASS forged >>REVIEW.md
as builder 'forged by the builder'
line D3 PASS lent >>REVIEW.md
as builder 'the author is forged, the committer is not' --author='Adversary <adversary@test>'
poll
by D1 "['adversary']"
by D2 "['builder']"
by D3 "['other']"
is "s['review']['entries'][2]['author']" "adversary@test, committed by builder@test"
sed -i '/D[23]/d' REVIEW.md
line D2 PASS almost >>REVIEW.md
git add -A
git -c user.name=A -c user.email=Adversary@test commit -qm 'not byte for byte'
line D3 FAIL boss >>REVIEW.md
as boss operator
poll
by D2 "['other']"
by D3 "['operator']"

# An edited line is the editor's; a copy of an old line is the copyist's, the old one stays the Adversary's.
line D1 PASS one >>REVIEW.md
as builder copy
poll
by D1 "['adversary', 'builder']"
sed -i '1s/one/ONE/' REVIEW.md
sed -i '$d' REVIEW.md
as builder edit
poll
by D1 "['builder']"

# A line that was an example in a fence and comes alive by somebody else's hand is that one's.
{
    echo '```'
    line D1 PASS 'shown only'
    echo '```'
} >REVIEW.md
as adversary example
poll
by D1 "[]"
line D1 PASS 'shown only' >REVIEW.md
as builder 'fence removed'
poll
by D1 "['builder']"

# What one side brought belongs to that side, whichever parent it is; what the merge adds is the merger's.
line D1 PASS base >REVIEW.md
as adversary base
git checkout -q -b side
line D2 PASS side >>REVIEW.md
as adversary side
side=$(git rev-parse HEAD)
git checkout -q main
echo code >code
as builder code
git -c user.name=b -c user.email=builder@test merge -q --no-commit side >/dev/null
line D3 PASS evil >>REVIEW.md
as builder 'evil merge'
poll
by D1 "['adversary']"
by D2 "['adversary']"
by D3 "['builder']"
is "s['review']['entries'][1]['commit']" "$side"

# The same lines in another phase's file are another's.
cp REVIEW.md REVIEW-2.md
as boss 'another file'
poll
by D2 "['adversary']"
poll review=REVIEW-2.md
by D2 "['operator']"

# The marker: by whom, where, and never before it stood.
git checkout -q main
printf '# Status\n\n## DONE\n\nnot yet\n' >STATUS.md
as builder placeholder
poll
is "s['marker']['done'], s['marker']['commit']" "(False, '')"
printf '# Status\n\n## DONE\n' >STATUS.md
as builder "done"
done=$(git rev-parse HEAD)
echo more >>code
as builder more
echo >>STATUS.md
as boss 'the line stays'
poll
is "s['marker']['done'], s['marker']['author'], s['marker']['commit']" "(True, 'builder@test', '$done')"
is "s['marker']['committed']" "$(git show -s --format=%ct "$done")"

# After the start: a proper descendant only.
start=$(git rev-parse HEAD)
line D1 PASS later >>REVIEW.md
as adversary later
poll
is "[e['after_start'] for e in s['review']['entries']]" "[False, False, False, True]"
poll "start=$(git rev-parse HEAD)"
is "[e['after_start'] for e in s['review']['entries']]" "[False, False, False, False]"
poll start=
is "[e['after_start'] for e in s['review']['entries']]" "[True, True, True, True]"
poll start=0123456789012345678901234567890123456789
is "[e['after_start'] for e in s['review']['entries']]" "[False, False, False, False]"

# A sha that names R, an ancestor, a commit elsewhere, nothing.
git checkout -q -b elsewhere
as builder elsewhere
stray=$(git rev-parse HEAD)
git checkout -q main
root=$(git rev-list --max-parents=0 main)
for sha in "${root:0:7}" "${start:0:12}" "$root" "${stray:0:10}" fffffff; do
    echo "D1: PASS @2026-05-28T08:10:00Z sha=$sha — x" >>REVIEW.md
done
as adversary shas
poll
is "[e['sha_known'] for e in s['review']['entries'] if e['sha']]" "[True, True, True, False, False]"

finish
