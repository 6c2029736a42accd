#!/usr/bin/env bash
# A pair that says everything with the commands, from an empty repository to DONE, each under its own identity. The
# watchdog hears of each push at once: its own polls are an hour apart. What is not a role's to write or to ask is refused.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
serve_http ok
export TRIED=$SANDBOX/tried PATH=$SANDBOX/agents:$PATH

# heard: the watchdog has seen what we have just pushed.
cat >"$SANDBOX/agents/heard" <<'SH'
#!/usr/bin/env bash
tip=$(git ls-remote origin main | cut -f1)
for ((i = 0; i < 200; i++)); do
    [[ $(ccsup status --json | jq -r .repo.tip) != "$tip" ]] || exit 0
    read -rt 0.1 <> <(:)
done
echo "never heard of $tip" >&2
exit 1
SH
# refuse WORDS COMMAND...: fails, with these words.
cat >"$SANDBOX/agents/refuse" <<'SH'
#!/usr/bin/env bash
said=$("${@:2}" 2>&1) && echo "not refused: ${*:2}" >>"$TRIED"
[[ $said == *"$1"* ]] || echo "${*:2} says: $said" >>"$TRIED"
echo "tried ${*:2}" >>"$TRIED.all"
SH
chmod +x "$SANDBOX/agents/heard" "$SANDBOX/agents/refuse"
write_agent builder <<'SH'
set -euo pipefail
cat >/dev/null
git pull -q --rebase 2>/dev/null || true
if [[ ! -e done.txt ]]; then
    echo 1 >done.txt
    git add done.txt
    git commit -qm "the work"
    git push -q origin HEAD:main
    refuse "not yet: 0 of 1 criteria pass" ccsup mark-done
    ccsup claim D1 -m 'HOW: cat done.txt; EXPECTED: 1'
    heard
    refuse "that is the adversary's to write, and you are the builder" ccsup review D1 pass -m "I say so"
    refuse "that is the adversary's to write, and you are the builder" env CCSUP_ROLE=adversary ccsup review D1 pass -m "I say so"
    refuse "that is the operator's to ask; an agent may use" ccsup stop
    git pull -q --rebase
    echo "D1: PASS @$(date -u +%Y-%m-%dT%H:%M:%SZ)" >REVIEW.md
    git add REVIEW.md
    refuse "REVIEW.md is the adversary's file, and you are the builder" git commit -m "a verdict of my own"
    git reset -q --hard
elif grep -q 'D1: PASS' REVIEW.md 2>/dev/null; then
    ccsup mark-done
fi
SH
write_agent adversary <<'SH'
set -euo pipefail
cat >/dev/null
git pull -q --rebase 2>/dev/null || true
grep -q 'D1: CLAIMED' STATUS.md 2>/dev/null || exit 0
if ! grep -q 'D1: PASS' REVIEW.md 2>/dev/null; then
    ccsup review D1 pass -m "prints $(cat done.txt)"
    heard
    refuse "that is the builder's to write, and you are the adversary" ccsup claim D1
    refuse "the marker is not for you" ccsup mark-done
    ccsup inbox send builder -m "well done"
fi
SH
write_conf "repo.url=$URL" repo.poll=1h "agent.env=TRIED=$TRIED"
cd "$PROJECT"
assert_exit 0 ccsup start
finished() { [[ $(jq -r .finished "$STATE/status.json") == true ]]; }
wait_until 60 "it is done" finished
[[ ! -s $TRIED ]] || fail "$(<"$TRIED")"
assert_eq "$(wc -l <"$TRIED.all")" 7 "all of it was tried"
# The note and the marker may come in either order: both follow from the verdict.
assert_eq "$(git -C "$REMOTE" log --format='%s|%ae|%ce' main | sort)" \
    "claim(D1): HOW: cat done.txt; EXPECTED: 1|builder@ccsup.invalid|builder@ccsup.invalid
done: the marker|builder@ccsup.invalid|builder@ccsup.invalid
inbox: to the builder: well done|adversary@ccsup.invalid|adversary@ccsup.invalid
review(D1): PASS — prints 1|adversary@ccsup.invalid|adversary@ccsup.invalid
the work|builder@ccsup.invalid|builder@ccsup.invalid" "the whole history"
assert_exit 0 ccsup verify
assert_no_process_left
