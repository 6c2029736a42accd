#!/usr/bin/env bash
# Who changed what in the repository, and what that makes of a verdict: real repositories, judged by `ccsup verify`, which
# must not say DONE and must name the commit or the line.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
. "$CCSUP_SOURCE/tests/agents/verdict_lib.sh"

passed
marker
is_done

# ---- a PASS by the Builder, dated before, at and after its commit; in the Adversary's name by half
forged() {
    begin
    code
    verdict D2 PASS
    verdict D1 FAIL
    tick
    local now=$T
    T=$((T + ${1:-0}))
    STAMP=$(date -u -d "@$T" +%Y-%m-%dT%H:%M:%SZ)
    T=$now
    say_line D1 PASS
}
for seconds in -40 0 60; do
    forged "$seconds"
    as builder "review(D1): pass"
    at=$ID
    marker
    not_done "D1 FAIL" "NOT_ADVERSARY" "$at" "EARLY_MARKER"
done
forged
as builder "review(D1): pass" --author="Adversary <adversary@ccsup.invalid>"
not_done "D1 NOT_ADVERSARY" "$ID"
forged
GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=adversary@ccsup.invalid as builder "review(D1): pass" --author="Builder <builder@ccsup.invalid>"
not_done "D1 NOT_ADVERSARY" "$ID"

# An address that only resembles the Adversary's: a server that lets each push its own can tell them apart, so do we.
for email in adversary@ccsup.invalid. " adversary@ccsup.invalid" "adversary@ccsup.invalid " '"adversary@ccsup.invalid"' \
    ",adversary@ccsup.invalid" $'adversary@ccsup.invalid\t'; do
    forged
    git add -A
    raw=$(printf 'tree %s\nparent %s\nauthor a <%s> %s +0000\ncommitter a <%s> %s +0000\n\nreview(D1): pass\n' \
        "$(git write-tree)" "$(git rev-parse HEAD)" "$email" "$T" "$email" "$T" | git hash-object -t commit -w --stdin)
    git reset -q --hard "$raw"
    ID=$(git rev-parse --short=7 HEAD)
    not_done "D1 NOT_ADVERSARY" "$ID"
done

# ---- a FAIL that is deleted, whatever the commit's date says; and the way back
for date in "@1 +0000" "@2085978496 +0000"; do
    passed
    marker
    verdict D1 FAIL
    not_done "D1 FAIL"
    sed -i /FAIL/d REVIEW.md
    AT=$date as builder "tidy up"
    gone=$ID
    not_done "D1 MISSING" "D1 FOREIGN  REVIEW.md:2" "commit $gone by builder (builder@ccsup.invalid)" "D1 FAIL"
    code side.txt # buries it: what lies between two polls can't hide
    not_done "commit $gone by builder"
    unmark
    verdict D1 PASS
    not_done READY-UNMARKED
    marker
    is_done
    assert_exit 1 verify --at "$(git rev-parse "$gone")"
    assert_has "$OUT" "commit $gone by builder" "an older revision"
done
# The reading counts, in its order: a FAIL that was weakened, quoted, or moved above the PASS.
for how in 's/D1: FAIL/D1: PENDING/' 's/^D1: FAIL/> &/' 's/^D1: FAIL.*/~~&~~/' 's/^D1: FAIL/(D1: FAIL/'; do
    passed
    verdict D1 FAIL
    sed -i "$how" REVIEW.md
    as builder edit
    not_done "commit $ID by builder" "D1 FAIL"
done
begin
code
tick
say_line D1 PASS
say_line D2 PASS
echo "D1: FAIL @2026-01-01T00:00:00Z — an old one" >>REVIEW.md # by its place it stands, by its time it would not
as adversary both
not_done "D1 FAIL"
{ grep FAIL REVIEW.md; grep PASS REVIEW.md; } >moved
mv moved REVIEW.md
as builder moved
not_done "D1 FOREIGN" "commit $ID by builder"
# Lines that are added, prose, and other criteria are nobody's loss.
passed
marker
tick
say_line D1 PENDING
as builder "a PENDING more"
not_done "D1 PENDING"
sed -i '$d' REVIEW.md
as builder "and away again"
not_done "commit $ID by builder" "D1 PENDING"
passed
marker
sed -i 's/# Review/# The review/' REVIEW.md
as builder prose
is_done
ANSWER=$(WORK=$SANDBOX URL=$W python3 "$CCSUP_SOURCE/tests/git/ask.py" poll builder=builder@ccsup.invalid adversary=adversary@ccsup.invalid)
assert_has "$(jq -r '.snapshot.review.warnings[]' <<<"$ANSWER")" "commit $ID by builder (builder@ccsup.invalid) changed this file" "a warning"
sed -i '/D1/d' REVIEW.md
as boss "the operator may"
assert_exit 1 verify
[[ $OUT != *FOREIGN* ]] || fail "an operator's commit is foreign: $OUT"

# ---- merges
passed
marker
git branch before
verdict D1 FAIL
git checkout -q before
code side.txt
merge builder -s ours main
git branch -f main
git checkout -q main
not_done "D1 FOREIGN" "commit $ID by builder" "D1 FAIL"
# A merge that keeps every line of every parent is not foreign.
begin
code
git checkout -q -b side
code side.txt
git checkout -q main
verdict D1 PASS
git checkout -q -b third "$START"
code third.txt
git checkout -q main
merge builder side third
verdict D2 PASS
marker
is_done
# An octopus that drops one, and an evil merge that drops one besides.
passed
git branch before
verdict D1 FAIL
for branch in a b; do
    git checkout -q -b "$branch" before
    code "$branch.txt"
done
git checkout -q before
code c.txt
merge builder -s ours main a b
git branch -f main
git checkout -q main
[[ $(git rev-list --parents -n 1 HEAD | wc -w) == 5 ]] || fail "no octopus"
marker
not_done "D1 FOREIGN" "commit $(git rev-parse --short=7 HEAD~1) by builder"
passed
git checkout -q -b side
code side.txt
git checkout -q main
verdict D1 FAIL
tick
git -c user.name=b -c user.email=builder@ccsup.invalid merge -q --no-commit side >/dev/null 2>&1
sed -i /FAIL/d REVIEW.md
as builder "evil merge"
not_done "D1 FOREIGN" "commit $ID by builder"
# What the Adversary verified beside the foreign commit is no descendant of it.
passed
verdict D1 FAIL
git branch beside
sed -i /FAIL/d REVIEW.md
as builder gone
gone=$ID
git checkout -q beside
verdict D1 PASS # later by its date
git checkout -q main
tick
git merge -q --no-commit -s ours beside >/dev/null 2>&1
git checkout -q beside -- REVIEW.md
as adversary "the Adversary's merge, with its own file"
not_done "D1 FOREIGN" "commit $gone by builder"
verdict D1 PASS
not_done READY-UNMARKED

# ---- squashed or rebased by the other side: the lines are then not the Adversary's
begin
code
git checkout -q -b work
verdict D1 PASS
verdict D2 PASS
git checkout -q main
git merge -q --squash work >/dev/null
as builder "the review, squashed"
squashed=$ID
marker
not_done "D1 NOT_ADVERSARY" "D2 UNDATED" "in commit $squashed" # what D2's sha names is gone
begin
git checkout -q -b work
verdict D1 PASS
verdict D2 PASS
git checkout -q main
code
tick
git checkout -q work
git -c user.name=b -c user.email=builder@ccsup.invalid rebase -q main
git branch -f main
git checkout -q main
not_done "D1 NOT_ADVERSARY" "D2 UNDATED" "(adversary@ccsup.invalid, committed by builder@ccsup.invalid) in commit $(git rev-parse --short=7 HEAD~1)"

# ---- the branch goes back, sideways, away
passed
marker
tip=$(git rev-parse HEAD)
known "$START" "$tip"
is_done
git reset -q --hard HEAD~1
not_done TAMPERED "its tip $(git rev-parse --short=7 HEAD)" "ccsup accept-history"
code sideways.txt
not_done TAMPERED "its tip $ID" "ccsup accept-history"
git checkout -q --detach
git branch -qm main other
no_facts "no-branch" "has no branch main"
git branch -qm other main
git checkout -q main
git reset -q --hard "$tip"
is_done

# ---- a PASS that waits in the next phase's REVIEW
begin
cp "$PROJECT/launch.conf" "$SANDBOX/one.conf"
sed -i '/^criteria/s/.*/criteria = E1/' "$PROJECT/launch.conf"
printf '\n[phase 1]\nplan = 1.md\ncriteria = D1\n[phase 2]\nplan = 2.md\ncriteria = D2\n' >>"$PROJECT/launch.conf"
sed -i '/^plan = plan.md/d' "$PROJECT/launch.conf"
touch "$PROJECT/1.md" "$PROJECT/2.md"
tick
for who in builder adversary; do
    for id in E1 D2; do
        echo "$id: PASS @$STAMP — planted by $who" >>REVIEW-2.md
    done
    as "$who" "planted by $who"
done
planted=$ID
printf '## DONE\n' >STATUS-2.md
as builder "marked already"
marked=$ID
known "$(git rev-parse HEAD)" "" 2
not_done "D2 BEFORE_START  REVIEW-2.md:4" "E1 BEFORE_START  REVIEW-2.md:3" "in commit $planted" "EARLY_MARKER" "came in with $marked"
sed -i '/planted by adv/d' REVIEW-2.md
as builder "only the forged ones"
not_done "D2 NOT_ADVERSARY  REVIEW-2.md:2"
cp "$SANDBOX/one.conf" "$PROJECT/launch.conf"

# ---- code after the marker
frozen() {
    passed
    marker
    marked=$ID
}
frozen
code
not_done CLAIMED-UNPROVEN FROZEN "code changed after DONE: $ID" "came in with $marked"
git revert --no-edit HEAD >/dev/null
not_done FROZEN "1 more commit"
unmark
marker
is_done
# The state files, of any phase, and the inboxes are no code; what only resembles them is.
frozen
for file in JOURNAL.md BACKLOG.md FINDINGS.md STATUS-1c.md REVIEW-2.md inbox/builder/x.md; do
    mkdir -p "$(dirname "$file")"
    code "$file"
done
is_done
for file in STATUS.md.c STATUSES.md STATUS-.md status.md inbox.md docs/STATUS.md outbox/x REVIEW.txt; do
    frozen
    mkdir -p "$(dirname "$file")"
    code "$file"
    not_done FROZEN "code changed after DONE: $ID"
done
# Not a byte of it changed, but its mode; a state file that became a link; a submodule; a file that went.
frozen
chmod +x code.c
as builder mode
not_done FROZEN "$ID"
frozen
ln -s code.c BACKLOG.md
as builder link
not_done FROZEN "$ID"
frozen
git update-index --add --cacheinfo "160000,$START,BACKLOG.md"
git -c user.name=b -c user.email=builder@ccsup.invalid commit -qm submodule
not_done FROZEN "$(git rev-parse --short=7 HEAD)"
git rm -q --cached BACKLOG.md
frozen
git rm -q code.c
as builder removed
not_done FROZEN "$ID"
# Merged in afterwards; and a merge that takes an older side's code.
frozen
git checkout -q -b late HEAD~2
code late.txt
late=$ID
git checkout -q main
merge builder late
not_done FROZEN "code changed after DONE: $ID and 1 more commit"
frozen
git checkout -q -b late HEAD~2
code late.txt
late=$ID
git checkout -q main
merge builder -s ours late
not_done FROZEN "code changed after DONE: $late"
frozen
git checkout -q -b older "$START"
tick
as builder "nothing, from before the code"
git checkout -q main
git merge -q --no-commit -s ours older >/dev/null 2>&1
git checkout -q older -- code.c
as builder "takes the older code"
not_done FROZEN "code changed after DONE: $ID"
frozen
git checkout -q -b reviewer HEAD~2
code FINDINGS.md adversary
git checkout -q main
merge adversary reviewer
is_done

# ---- a marker before the last PASS; from before the phase
begin
code
verdict D1 PASS
marker
early=$ID
verdict D2 PASS
not_done READY-UNMARKED EARLY_MARKER "marked before D2 was verified" "came in with $early"
unmark
marker
is_done
begin
code
verdict D1 PASS
verdict D2 PASS
verdict D2 FAIL
marker
early=$ID
verdict D2 PASS
not_done EARLY_MARKER "marked before D2 was verified" "$early"
# A PASS that the Builder wrote does not make a marker timely, nor one that a foreign commit voids.
begin
code
verdict D1 PASS
tick
say_line D2 PASS
as builder forged
marker
early=$ID
verdict D2 PASS
not_done "marked before D2 was verified" "$early"
passed
verdict D1 FAIL
sed -i /FAIL/d REVIEW.md
as builder gone
marker
early=$ID
verdict D1 PASS
not_done "marked before D1 was verified" "$early"
passed
marker
early=$ID
known "$(git rev-parse HEAD)"
verdict D1 PASS
verdict D2 PASS
not_done EARLY_MARKER "from before this phase: it came in with $early"

# ---- something else stands where REVIEW.md should be; and when it is back, it is known who did that
elsewhere() {
    passed
    marker
    verdict D1 FAIL
    cp REVIEW.md "$SANDBOX/kept"
    git rm -q --cached REVIEW.md
    mv REVIEW.md old.md
}
back() {
    git rm -qr --cached --ignore-unmatch REVIEW.md
    rm -rf REVIEW.md
    grep -v FAIL "$SANDBOX/kept" >REVIEW.md
    as builder "as if nothing had been"
    not_done "D1 NOT_ADVERSARY" "D1 FOREIGN" "commit $1 by builder" "D1 FAIL"
}
elsewhere
ln -s old.md REVIEW.md
as builder link
no_facts REFUSED "symbolic link"
back "$ID"
elsewhere
git update-index --add --cacheinfo "160000,$START,REVIEW.md"
git -c user.name=b -c user.email=builder@ccsup.invalid commit -qm submodule
no_facts REFUSED submodule
back "$(git rev-parse --short=7 HEAD)"
elsewhere
mv old.md Review.md
as builder "another case"
not_done "D1 MISSING" "D1 FOREIGN" "commit $ID by builder" "D2 FOREIGN"
elsewhere
as builder deleted
not_done "D1 FOREIGN" "commit $ID by builder"
elsewhere
{ cat "$SANDBOX/kept" && head -c 10000000 /dev/zero | tr '\0' 'x'; } >REVIEW.md
as builder "ten megabytes"
no_facts REFUSED "it has 10000" "no more than 8388608 are read"
back "$ID"

# ---- a VETO that a foreign commit takes away stands until the Adversary lifts one
passed
marker
tick
printf '\n## VETO the token leaks\n' >>REVIEW.md
as adversary veto
not_done VETOED
sed -i /VETO/d REVIEW.md
as builder "no veto"
not_done VETOED FOREIGN "a VETO stands though its line is gone" "commit $ID by builder"
tick
printf '\n## VETO LIFTED @%s — by myself\n' "$STAMP" >>REVIEW.md
as builder "lifted by the wrong one"
not_done VETOED "a VETO stands though its line is gone"
tick
printf '\n## VETO LIFTED @%s — fixed\n' "$STAMP" >>REVIEW.md
as adversary lifted
is_done

# ---- what the mirror itself says about history is not asked: replaced and grafted commits
passed
marker
verdict D1 FAIL
good=$(git rev-parse HEAD~1)
sed -i /FAIL/d REVIEW.md
as builder gone
not_done "commit $ID by builder"
git -C "$STATE/repo.git" replace "$(git rev-parse HEAD)" "$good"
mkdir -p "$STATE/repo.git/info"
echo "$(git rev-parse HEAD) $good" >"$STATE/repo.git/info/grafts"
git replace "$(git rev-parse HEAD)" "$good"
not_done "commit $ID by builder"
rm -rf "$STATE/repo.git"
not_done "commit $ID by builder"

# ---- sha=: of the right commit, in any case; ambiguous is unknown; code since
passed
code
not_done "1 commit of code since"
marker
is_done
sed -i '/^\[done\]/a require_current = yes' "$PROJECT/launch.conf"
not_done "D1 BEHIND" "$(git rev-parse --short=7 HEAD~1)" "D2 BEHIND" "D1    STALE"
verdict D1 PASS
tick
say_line D2 PASS
as adversary "no sha"
not_done "D2 BEHIND" "names no commit"
tick
say_line D2 PASS "$(git rev-parse HEAD | tr a-f A-F)"
as adversary "D2 again"
is_done
sed -i /require_current/d "$PROJECT/launch.conf"

# A long history: the prefix of two commits names none; a foreign commit in the middle is found, also the second time.
long() {
    T=$(($(date +%s) - 3600))
    rm -rf "$W"
    git init -q -b main "$W"
    cd "$W"
    python3 "$CCSUP_SOURCE/tests/git/long.py" "$@" | git fast-import --quiet
    git reset -q --hard
    known "$(git rev-list --max-parents=0 main)"
}
long 5000 2500
gone=$(git log --format=%h --abbrev=7 --grep=foreign)
for _ in 1 2; do
    not_done "D1 FOREIGN" "commit $gone by builder"
done
verdict D1 PASS
verdict D2 PASS
marker
is_done
long 40000 0
prefix=$(git rev-list main | cut -c1-7 | sort | uniq -d | head -n 1)
[[ -n $prefix ]] || fail "no two commits of the history have the same seven digits"
twin=$(git rev-list main | grep "^$prefix" | head -n 1)
for id in D1 D2; do
    tick
    say_line "$id" PASS "$prefix"
done
as adversary "seven digits"
not_done "D1 UNDATED" "sha=$prefix"
for id in D1 D2; do
    tick
    say_line "$id" PASS "${twin:0:12}"
done
as adversary "twelve digits"
marker
is_done
# Longer than is read: then nobody can tell.
long 50010 0
verdict D1 PASS
verdict D2 PASS
marker
not_done CUT "more commits than are read" "begin a new phase"

echo "$checks checks"
# ---- a commit that is none by git's rules: it can't be judged, and it is named
for header in "" "author a <builder@ccsup.invalid> 99999999999999999999 +0000"; do
    passed
    marker
    bad=$({
        printf 'tree %s\nparent %s\n' "$(git write-tree)" "$(git rev-parse HEAD)"
        [[ -z $header ]] || printf '%s\n' "$header"
        printf '\nx\n'
    } | git hash-object -t commit -w --stdin --literally)
    git update-ref refs/heads/main "$bad"
    no_facts "a commit that is none by git's rules" "commit ${bad:0:12}"
done
