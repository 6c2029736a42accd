#!/usr/bin/env bash
# What the Adversary wrote at the end of REVIEW by hand and nobody could read, as something above it was open: by the
# evidence that closes it, it would be as if it had never been written. And what the Adversary took away, brought back.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
. "$CCSUP_SOURCE/tests/agents/verdict_lib.sh"

# forge PARENT...: what lies in the work tree, by the Builder, with these parents.
forge() {
    local parent parents=()
    for parent; do parents+=(-p "$parent"); done
    tick
    git add -A
    ID=$(GIT_AUTHOR_NAME=b GIT_AUTHOR_EMAIL=builder@ccsup.invalid GIT_COMMITTER_NAME=b \
        GIT_COMMITTER_EMAIL=builder@ccsup.invalid git commit-tree "${parents[@]}" -m merge "$(git write-tree)")
    git reset -q --hard "$ID"
    ID=${ID:0:7}
}
# put LINE...: at the end, by the Adversary.
put() {
    tick
    printf '%s\n' "${@//@NOW/@$STAMP}" >>REVIEW.md
    as adversary "by hand"
}
again() {
    unmark
    verdict D1 PASS
    [[ ${1:-} != both ]] || verdict D2 PASS
    marker
    is_done
}

# ---- the Adversary leaves the file without a line's end, and the Builder goes on from there
for how in '<!--' '```' '<pre>'; do
    passed
    truncate -s -1 REVIEW.md
    as adversary "no line's end"
    printf '\n\n%s\n' "$how" >>REVIEW.md
    as builder "a word of mine"
    open=$ID
    marker
    not_done "D1 FOREIGN" "commit $open by builder (builder@ccsup.invalid) left REVIEW.md open at its end"
    put "D1: FAIL @NOW — a --> b" '```' "1 failed" '```' "</pre>"
    not_done "D1 FOREIGN"
done
# ... who finds such a file and changes another line is not to blame.
passed
truncate -s -1 REVIEW.md
as adversary "no line's end"
sed -i 's/^# Review/# Reviews/' REVIEW.md
as builder "the title"
marker
is_done

# ---- a merge that opens it, with a parent that once was open
begin
git checkout -q -b side
printf '\n<!--\n' >>REVIEW.md
tick
as builder open
side=$(git rev-parse HEAD)
git checkout -q main
code
merge builder -s ours side
verdict D1 PASS
verdict D2 PASS
printf '\n<!--\n' >>REVIEW.md
forge HEAD "$side"
marker
not_done "D1 FOREIGN" "commit $(git rev-parse --short=7 HEAD~1) by builder"
# ... but to take a file that the Adversary left open as it is, is none.
passed
git checkout -q -b side HEAD~1
code side.txt
git checkout -q main
put 'D2: PASS @NOW — again' '```' 'a log'
git checkout -q side
merge builder main
git branch -f main
git checkout -q main
marker
is_done

# ---- whoever opened it, and be it before the phase: what is put behind is said to be hidden
before() {
    begin
    printf '\n%s\n' "$1" >>REVIEW.md
    tick
    as builder "before the phase"
    START=$(git rev-parse HEAD)
    known "$START"
    code
}
for how in '<!--' '```' '## Examples'; do
    before "$how"
    put "VETO the token leaks: a --> b" '```' 'a log' '```'
    veto=$ID
    [[ $how != '```' ]] || put '```'
    put "" "# Round 1" ""
    verdict D1 PASS
    verdict D2 PASS
    marker
    not_done VETOED "commit $veto by adversary (adversary@ccsup.invalid) wrote at the end of REVIEW.md what is not read there (VETO)"
    put "VETO LIFTED @NOW"
    is_done
done
# The ends of lines that git's attributes change are no change.
before '<!--'
sed -i 's/$/ \r/' REVIEW.md
as builder "ends of lines"
sed -i 's/ \r$//' REVIEW.md
put "VETO the token leaks: a --> b"
veto=$ID
put "" "# Round 1" ""
verdict D1 PASS
verdict D2 PASS
marker
not_done VETOED "commit $veto by adversary"
# A PASS there is told as well, and no more.
before '## Format'
put "D1: PASS @NOW"
not_done "D1 MISSING" "commit $ID by adversary (adversary@ccsup.invalid) wrote at the end of REVIEW.md what is not read there (D1 PASS)"
put "" "# Round 1" ""
again both
# A FAIL, between the PASS and the marker.
passed
marker
put '```'
put "D1: FAIL @NOW" '```' 'a log' '```' '```'
not_done "D1 FOREIGN" "wrote at the end of REVIEW.md what is not read there (D1 FAIL)" "D1 FAIL"
again
# What the Adversary itself shows in a fence, appends to one, or edits elsewhere hides nothing.
passed
put '```' 'D1: FAIL @NOW' '```' '' '> VETO quoted' '' '<!-- D2: FAIL @NOW -->'
put '```' 'a log'
put 'more of it' '```'
sed -i 's/^# Review/# Review\n\n## Format\n\nD1: FAIL @2026-05-28T08:10:00Z — so\n\n## Log/' REVIEW.md
as adversary "an example"
marker
is_done

# ---- a file that could not be read is the Adversary's to mend: who knows what it said
begin
code
tick
printf 'VETO the token leaks: \0\n' >>REVIEW.md
as adversary veto
no_facts REFUSED
printf '# Review\n' >REVIEW.md
as builder "put right"
gone=$ID
verdict D1 PASS
verdict D2 PASS
marker
not_done VETOED "commit $gone by builder" "VETO"
put "VETO LIFTED @NOW"
is_done

# ---- a PASS and a lifting that the Adversary took away are brought back by a merge with where they stood, or with a
# branch from there
for how in straight aside; do
    for what in PASS LIFT; do
        passed
        if [[ $what == LIFT ]]; then
            put "VETO the token leaks"
            put "VETO LIFTED @NOW"
        fi
        cp REVIEW.md "$SANDBOX/old"
        with=$(git rev-parse HEAD)
        if [[ $how == aside ]]; then
            git checkout -q -b aside
            code aside.txt
            with=$(git rev-parse HEAD)
            git checkout -q main
        fi
        sed -i '$d' REVIEW.md
        as adversary "on second thoughts"
        cp "$SANDBOX/old" REVIEW.md
        forge HEAD "$with"
        merged=$ID
        marker
        case $what in
        PASS) not_done "D2 NOT_ADVERSARY" "in commit $merged" ;;
        LIFT) not_done VETOED "the token leaks" "$merged" ;;
        esac
        code README.md
        not_done "$merged" # by what the last poll has found
    done
done
say "$checks checks"
