#!/usr/bin/env bash
# Lines of REVIEW that somebody copied into a branch of their own, with a date of their choice, and merged; and a file
# that was left so that what is put at its end would not be read.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
. "$CCSUP_SOURCE/tests/agents/verdict_lib.sh"

# copied LINE: the Builder puts it, committed in 1970, on a branch from the phase's start, and makes that the first parent
# of a merge whose REVIEW is like no parent's.
copied() {
    git checkout -q -b trick "$START"
    echo "$1" >>REVIEW.md
    AT="@1000 +0000" as builder "the same line"
    git -c user.name=b -c user.email=builder@ccsup.invalid merge -q --no-commit main >/dev/null 2>&1 || true
    git checkout -q main -- .
    echo "x" >>REVIEW.md
    tick
    as builder "merge"
    git branch -f main
    git checkout -q main
}

# ---- a FAIL that is not cleared does not get older
for how in "a date alone" "dated before" "the same second"; do
    begin
    T=$(($(date -u -d "$(date -u +%F) 00:00:10" +%s)))
    code
    verdict D2 PASS
    verdict D1 FAIL
    line=$(grep '^D1: FAIL' REVIEW.md)
    [[ $how == "the same second" ]] || tick
    case $how in
    "a date alone") echo "D1: PASS @$(date -u -d "@$T" +%F) sha=$(git rev-parse --short=10 HEAD) — again" >>REVIEW.md ;;
    "dated before") echo "D1: PASS @$(date -u -d "@$((T - 600))" +%Y-%m-%dT%H:%M:%SZ) — again" >>REVIEW.md ;;
    *) say_line D1 PASS ;;
    esac
    as adversary "review(D1): pass"
    not_done "D1 FAIL"
    copied "$line"
    marker
    not_done "D1 FAIL"
    # and the poll after it, which goes by what this one has found
    code README.md
    not_done "D1 FAIL"
done

# ---- a PASS stays the Adversary's
passed
copied "$(grep '^D1: PASS' REVIEW.md)"
marker
is_done
# ... and a copy does not make one that a foreign commit voided good again
passed
line=$(grep '^D1: PASS' REVIEW.md)
verdict D1 FAIL
sed -i '/^D1: FAIL/d' REVIEW.md
as builder "tidy up"
gone=$ID
copied "$line"
marker
not_done "D1 FOREIGN" "commit $gone by builder"

# ---- a cherry-pick of the Adversary's commit, pulled together with it
passed
git checkout -q -b side HEAD~1
code side.txt
git -c user.name=b -c user.email=builder@ccsup.invalid cherry-pick main >/dev/null 2>&1
merge builder main
git branch -f main
git checkout -q main
marker
is_done

# ---- a lifting by who did not know the VETO: a merge puts one under the other
passed
marker
tick
echo "VETO one" >>REVIEW.md
as boss "veto one"
git checkout -q -b side
tick
echo "VETO LIFTED @$STAMP" >>REVIEW.md
as adversary "lifted"
git checkout -q main
tick
echo "VETO two" >>REVIEW.md
as boss "veto two"
git -c user.name=b -c user.email=builder@ccsup.invalid merge -q --no-commit side >/dev/null 2>&1 || true
{ git show main:REVIEW.md && git show side:REVIEW.md | grep LIFTED; } >merged
mv merged REVIEW.md
tick
as builder "merge"
not_done "a VETO stands in line 5: \`VETO two\`"
[[ $OUT != *"VETO one"* ]] || fail "the first one is lifted"
tick
echo "VETO LIFTED @$STAMP" >>REVIEW.md
as adversary "lifted, too"
is_done

# ---- the end of the file left open: what the Adversary writes there would be closed in by its own evidence
for how in fence comment pre line; do
    passed
    case $how in
    fence) printf '\n```\n' >>REVIEW.md ;;
    comment) printf '\n<!--\n' >>REVIEW.md ;;
    pre) printf '\n<pre>\n' >>REVIEW.md ;;
    line) printf '\n> note' >>REVIEW.md ;;
    esac
    as builder "a word of mine"
    open=$ID
    marker
    not_done "D1 FOREIGN" "commit $open by builder (builder@ccsup.invalid) left REVIEW.md open at its end" "D2 FOREIGN"
    tick
    say_line D1 FAIL
    case $how in
    fence) printf '```\n$ make test\n1 failed\n```\n' >>REVIEW.md ;;
    comment) printf 'input --> output is wrong\n' >>REVIEW.md ;;
    pre) printf '<pre>log</pre>\n' >>REVIEW.md ;;
    esac
    as adversary "review(D1): fail"
    not_done "D1 FOREIGN" "D2 FOREIGN"
    # put right, and verified again
    unmark
    git show "$open~1:REVIEW.md" >REVIEW.md
    as adversary "put right"
    verdict D1 PASS
    not_done "D2 FOREIGN"
    verdict D2 PASS
    marker
    is_done
done
# What is whole at its end voids nothing; nor does who finds it open already.
passed
printf '\n> note\n\n```\ncode\n```\n' >>REVIEW.md
as builder "a word of mine"
marker
is_done
passed
printf '\n```\n' >>REVIEW.md
as adversary "forgot to close it"
sed -i 's/^# Review/# Reviews/' REVIEW.md
as builder "the title"
tick
printf '# Status\n\n## DONE\n' >STATUS.md
as builder "the marker"
is_done
say "$checks checks"
