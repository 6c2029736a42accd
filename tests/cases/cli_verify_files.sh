#!/usr/bin/env bash
# ccsup verify --files: two files and a clock, without configuration or repository; each wrong use gets its sentence; the
# example of a commit hook.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox
mkdir "$SANDBOX/empty"
cd "$SANDBOX/empty"
now=2026-05-28T12:00:00Z
printf '# S\n\n## DONE\n' >S
printf 'D1: PASS @2026-05-28T10:00:00Z\nD2: PASS @2026-05-28T11:00:00Z\n' >R
verify() {
    assert_exit "$1" ccsup verify --files "${@:2}"
}

# ---- the answers
verify 0 S R --criteria "D1 D2" --now $now
assert_has "$OUT" "DONE  DONE  S  R" "text"
assert_has "$OUT" "2 of 2 criteria pass, 0 vetoes" "text"
verify 0 S R --criteria D1-D2 --now $now --json
assert_eq "$OUT" '{"verdict":"DONE","state":"DONE","marker":{"state":"DONE","line":3},"criteria":[{"id":"D1","state":"PASS","line":1,"time":"2026-05-28T10:00:00Z"},{"id":"D2","state":"PASS","line":2,"time":"2026-05-28T11:00:00Z"}],"vetoes":0,"reasons":[],"warnings":[]}' "done"
verify 1 S R --criteria D2-D3 --now $now --json
assert_eq "$(jq -c '[.verdict,.state,.criteria[1],(.reasons[0]|[.code,.file,.line,.fix])]' <<<"$OUT")" \
    '["NOT_DONE","CLAIMED-UNPROVEN",{"id":"D3","state":"MISSING","line":0,"time":null},["MISSING","R",0,"D3: PASS @2026-05-28T12:00:00Z — <evidence>"]]' "one is missing"
verify 1 /dev/null R --criteria D1-D2 --now $now --json
assert_eq "$(jq -c '[.state,.marker.state,.reasons[].code]' <<<"$OUT")" '["READY-UNMARKED","NOT_DONE","NO_MARKER"]' "no marker"
verify 1 S R --criteria D1-D2 --json
assert_eq "$(jq -r '.criteria[0].state' <<<"$OUT")" STALE "the clock without --now"
verify 1 S R --criteria D1-D2 --now $now --window 90m --json
assert_eq "$(jq -r '.criteria[].state' <<<"$OUT")" $'STALE\nPASS' "--window"
verify 1 S R --criteria D1-D2 --now 2026-05-28T10:59:30Z --skew 29s --json
assert_eq "$(jq -r '.criteria[].state' <<<"$OUT")" $'PASS\nFUTURE' "--skew"
verify 0 S R --criteria D1-D2 --now 2026-05-28T10:59:30Z --skew 30s

# ---- standard input, for either; what the shell gives in place of a file
verify 0 - R --criteria D1-D2 --now $now <S
assert_has "$OUT" "standard input  R" "its name"
verify 0 S - --criteria D1-D2 --now $now --json <R
verify 0 S - --criteria D1-D2 --now $now < <(cat R)
verify 0 <(cat S) <(cat R) --criteria D1-D2 --now $now
verify 0 S /dev/stdin --criteria D1-D2 --now $now <R
mkdir ./-x
cp S -- -x/-S
cd ./-x
verify 0 --criteria D1-D2 --now $now -- -S ../R
cd ..

# ---- refused: UNKNOWN, whatever the other one says
printf '\0' >nul
ln -s R link
head -c $((8 * 1024 * 1024)) /dev/zero | tr '\0' '\n' >full
cp full over
echo >>over
for bad in nul link . over; do
    verify 3 S "$bad" --criteria D1 --now $now --json
    assert_eq "$(jq -c '[.verdict,.state,.criteria[0].state,.reasons[0].code]' <<<"$OUT")" '["UNKNOWN","REFUSED","REFUSED","REFUSED_REVIEW"]' "$bad"
    verify 3 "$bad" R --criteria D1 --now $now --json
    assert_eq "$(jq -c '[.verdict,.state,.marker.state,.criteria[0].state,.reasons[0].code]' <<<"$OUT")" '["UNKNOWN","REFUSED","REFUSED","PASS","REFUSED_STATUS"]' "$bad"
done
verify 3 S link --criteria D1 --now $now
assert_has "$OUT" "link can't be read: a symbolic link stands where the file should be" "says why"
verify 1 S full --criteria D1 --now $now
printf 'a\nb\0\n' >nul2
printf '\377\376x' >utf16
for row in 'nul2 2 take it out' 'utf16 0 write it as UTF-8' 'over 0 move old text elsewhere' 'link 0 give the file itself'; do
    read -r bad line fix <<<"$row"
    verify 3 "$bad" "$bad" --criteria D1 --now $now --json
    assert_eq "$(jq -r '.reasons[]|"\(.code) \(.line) \(.fix)"' <<<"$OUT")" "REFUSED_STATUS $line $fix"$'\n'"REFUSED_REVIEW $line $fix" "$bad: where, and what to do"
done
verify 3 nul2 R --criteria D1 --now $now
assert_has "$OUT" "REFUSED_STATUS  nul2:2: nul2 can't be read: line 2 holds a NUL byte; take it out" "where"
[[ $OUT != *"write: take it out"* ]] || fail "said twice"

# ---- wrong use
wrong() {
    local sentence=$1
    shift
    assert_exit 2 ccsup verify "$@"
    assert_has "$OUT" "$sentence" "ccsup verify $*"
    assert_has "$OUT" "try 'ccsup help verify'" "ccsup verify $*"
}
wrong "there is no file 'nope'" --files S nope --criteria D1
wrong "there is no file 'S/x'" --files S/x R --criteria D1
wrong "--files needs two files" --files S --criteria D1
wrong "'R' is one word too many" --files S R R --criteria D1
wrong "only one of the two files can be '-'" --files - - --criteria D1
wrong "--files needs --criteria as well" --files S R
wrong "--criteria: no ids" --files S R --criteria ""
wrong "--criteria: 'd1' is no id" --files S R --criteria d1
wrong "--criteria: D1 is listed twice" --files S R --criteria "D1 D1"
wrong "--criteria: the range D3-D1 runs backwards" --files S R --criteria D3-D1
wrong "option '--criteria' needs IDS" --files S R --criteria
wrong "--now needs a time such as 2026-05-28T08:10:00Z, not 'noon'" --files S R --criteria D1 --now noon
wrong "--now needs a time" --files S R --criteria D1 --now 2026-05-28T08:10:00
wrong "--window needs a number and its unit (s m h d), such as 24h, not '24'" --files S R --criteria D1 --window 24
wrong "--window is from 1m to 30d, not '31d'" --files S R --criteria D1 --window 31d
wrong "--window is from 1m to 30d, not '59s'" --files S R --criteria D1 --window 59s
wrong "--skew needs a number and its unit (s m h d), such as 120s, not '-1s'" --files S R --criteria D1 --skew -1s
wrong "--skew is from 0 to 1h, not '61m'" --files S R --criteria D1 --skew 61m
wrong "--at is about a repository" --files S R --criteria D1 --at 0123456789abcdef0123456789abcdef01234567
wrong "--phase is about a repository" --files S R --criteria D1 --phase x
wrong "option '--json' takes no value" --files S R --criteria D1 --json=x
for option in criteria window skew; do
    wrong "--$option goes with --files" "--$option" 1
done
wrong "'S' is one word too many; two files are judged with --files" S R

# ---- what looks like a verdict and is none is told to people
printf 'D1: pass @2026-05-28T11:00:00Z\nD9: FAIL\n```\n' >>R
printf '\n## Done\n' >>S
verify 0 S R --criteria D1-D2 --now $now
assert_has "$OUT" "R:3: \`D1: pass @2026-05-28T11:00:00Z\` counts for nothing: the word is not PASS" "a near miss"
assert_has "$OUT" "R, line 4: D9 is no criterion" "an unknown id"
assert_has "$OUT" "R, line 5: a code fence opens here and is never closed" "a warning"
text=$(sed -n '/^to look at:$/,$p' <<<"$OUT" | sed '1d; s/^  //')
verify 0 S R --criteria D1-D2 --now $now --json
assert_eq "$(jq -r '.warnings[]' <<<"$OUT")" "$text" "the same in the object"
assert_eq "$(jq -r 'keys_unsorted[-1]' <<<"$OUT")" warnings "at its end"
printf 'D1: CLAIMED\n' >claimed
verify 1 S claimed --criteria D1 --now $now
assert_has "$OUT" "D1 is PENDING: the line says \`CLAIMED\` in line 1" "which word"

# ---- the hook of the documentation, in a repository
git init -q repo
cd repo
git config user.name x
git config user.email x@example.invalid
cp "$CCSUP_SOURCE/docs/examples/pre-commit" .git/hooks/
PATH=$CCSUP_BUILD/bin:$PATH
echo x >file
git add file
assert_exit 1 git commit -qm "no criteria"
assert_has "$OUT" "git config ccsup.criteria D1-D10" "which criteria"
git config ccsup.criteria D1-D2
assert_exit 0 git commit -qm "no STATUS.md yet"
printf '## DONE\n' >STATUS.md
git add STATUS.md
assert_exit 1 git commit -qm "a marker without proof"
assert_has "$OUT" "D1 MISSING" "what is missing"
printf '# STATUS\n\nworking\n' >STATUS.md
assert_exit 1 git commit -qm "the marker is still staged"
git add STATUS.md
assert_exit 0 git commit -qm "no marker"
printf 'D1: PASS @%s\nD2: PASS @%s\n' "$(date -u +%FT%TZ)" "$(date -u +%FT%TZ)" >REVIEW.md
printf '## DONE\n' >STATUS.md
git add STATUS.md REVIEW.md
printf 'VETO not staged\n' >>REVIEW.md
assert_exit 0 git commit -qm "a marker with proof"
git add REVIEW.md
assert_exit 1 git commit -qm "a veto beside the marker"
assert_has "$OUT" "VETO" "why"
printf '\0' >>REVIEW.md
git add REVIEW.md
assert_exit 1 git commit -qm "a file that cannot be read"
