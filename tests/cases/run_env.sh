#!/usr/bin/env bash
# What an agent gets: no more of the environment than it needs, its own clone, identity and temporary folder, and a prompt
# with the facts.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work
for role in builder adversary; do
    agent "$role" <<'SH'
env -0 >"$SANDBOX/$ROLE.env"
pwd >"$SANDBOX/$ROLE.pwd"
cat >"$SANDBOX/$ROLE.prompt"
mktemp >"$SANDBOX/$ROLE.tmp"
git log --format=%s -1 >"$SANDBOX/$ROLE.log"
echo mine >"$ROLE.txt"
git add "$ROLE.txt" && git commit --quiet -m "by the $ROLE"
until git push --quiet origin HEAD:main; do git pull --quiet --rebase origin main; done
exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"
SH
done
printf '# The plan\n\nPlanned: {{not a placeholder}} in the plan.\n' >"$PROJECT/plan.md"
conf builder.env='PATH=/nowhere/given:${PATH} GIVEN=yes "TWO=two words" LATE=${CASE_OUTER}' builder.env_pass="PASSED WILD_* CLAUDE* AN* CLAUDE_CODE_OAUTH_TOKEN" \
    builder.env_deny="WILD_DENIED LANG" done.criteria="D1 D2"

export CASE_OUTER=outer PASSED=through WILD_ONE=1 WILD_DENIED=no SECRET=hush AWS_SECRET_ACCESS_KEY=hush
export CLAUDECODE=1 CLAUDE_CODE_ENTRYPOINT=cli CLAUDE_CODE_OAUTH_TOKEN=named ANTHROPIC_API_KEY=hush ANTHROPIC_BASE_URL=x
export CCSUP_RUN_ID=00000000000000000000000000000000 GIT_DIR=/nonexistent GIT_AUTHOR_NAME=somebody LD_LIBRARY_PATH=/nowhere
assert_exit 0 ccsup start --no-check # LANG is in the environment of everybody
for role in builder adversary; do
    wait_until 20 "the $role is through" test -s "$SANDBOX/$role.pid"
done
unset CCSUP_RUN_ID GIT_DIR GIT_AUTHOR_NAME LD_LIBRARY_PATH

# of ROLE NAME: the value in its environment, or nothing.
of() {
    tr '\0' '\n' <"$SANDBOX/$1.env" | sed -n "s/^$2=//p"
}
names() {
    tr '\0' '\n' <"$SANDBOX/$1.env" | sed -n 's/^\([A-Za-z_][A-Za-z_0-9]*\)=.*/\1/p' | sort | tr '\n' ' '
}
# Nothing but the base set, our own facts, and what bash itself sets; the builder has what was granted besides.
expected="CCSUP_BRANCH CCSUP_CONFIG CCSUP_PARK CCSUP_PHASE CCSUP_ROLE CCSUP_RUN_ID GIT_CONFIG_GLOBAL GIT_TERMINAL_PROMPT HOME LC_ALL OLDPWD PATH PWD SHLVL TMPDIR TZ _ "
for role in builder adversary; do
    for name in $(names "$role"); do
        case " $expected LANG LANGUAGE LOGNAME SHELL USER ASAN_OPTIONS UBSAN_OPTIONS " in
        *" $name "*) continue ;;
        esac
        [[ $role == builder ]] || fail "the adversary has $name=$(of adversary "$name")"
        case $name in
        GIVEN | TWO | LATE | PASSED | WILD_ONE | CLAUDE_CODE_OAUTH_TOKEN) ;;
        *) fail "the builder has $name=$(of builder "$name")" ;;
        esac
    done
    for name in CCSUP_BRANCH CCSUP_CONFIG CCSUP_ROLE CCSUP_RUN_ID GIT_CONFIG_GLOBAL HOME LC_ALL PATH TMPDIR; do
        [[ -n $(of "$role" "$name") ]] || fail "the $role lacks $name; it has $(names "$role")"
    done
    assert_eq "$(of "$role" CCSUP_ROLE)" "$role"
    assert_eq "$(of "$role" CCSUP_CONFIG)" "$PROJECT/launch.conf"
    assert_eq "$(of "$role" PATH | cut -d: -f1)" "$(readlink -f "$CCSUP_BUILD/bin")" "ccsup is first on PATH"
    [[ $(of "$role" CCSUP_RUN_ID) =~ ^[0-9a-f]{32}$ && $(of "$role" CCSUP_RUN_ID) != 0000* ]] || fail "the marker is not its own"
done
assert_eq "$(of builder PATH | cut -d: -f2)" /nowhere/given "the rest of PATH is what env sets"
[[ $(of builder CCSUP_RUN_ID) != "$(of adversary CCSUP_RUN_ID)" ]] || fail "one marker for both"
assert_eq "$(of builder GIVEN)|$(of builder TWO)|$(of builder LATE)" "yes|two words|outer" "what env sets"
assert_eq "$(of builder PASSED)|$(of builder WILD_ONE)|$(of builder CLAUDE_CODE_OAUTH_TOKEN)" "through|1|named" "what env_pass lets through"
assert_eq "$(of builder WILD_DENIED)$(of builder LANG)" "" "what env_deny keeps out"

# Clones: one each, outside of the project, with the role's identity; the project holds no clone that a tool could walk into.
for role in builder adversary; do
    clone=$(<"$SANDBOX/$role.pwd")
    [[ $clone == "$XDG_STATE_HOME/ccsup/"*"/$role/clone" ]] || fail "the $role's clone is $clone"
    [[ $clone != "$PROJECT"* ]] || fail "the $role's clone is inside the project"
    assert_eq "$(of "$role" GIT_CONFIG_GLOBAL)" "${clone%/clone}/gitconfig"
    assert_eq "$(git -C "$REMOTE" log main --format='%an %ae %cn %ce' --grep "by the $role")" \
        "ccsup $role $role@ccsup.invalid ccsup $role $role@ccsup.invalid" "author and committer of the $role"
    assert_eq "$(<"$SANDBOX/$role.log")" "heads-ups" "the clone is at the tip"
    assert_eq "$(dirname "$(<"$SANDBOX/$role.tmp")")" "$(of "$role" TMPDIR)" "the $role's temporary files"
    assert_eq "$(stat -c %a "$(of "$role" TMPDIR)")" 700 "mode of the $role's TMPDIR"
done
[[ $(of builder TMPDIR) != "$(of adversary TMPDIR)" ]] || fail "one TMPDIR for both"
[[ -z $(find "$PROJECT" -name .git) ]] || fail "a clone inside the project"
assert_eq "$(stat -c %a "$STATE")" 700 "mode of the state folder"

# The prompt came on standard input, as it stands in the iteration, with the facts and no placeholder left.
for role in builder adversary; do
    prompt=$(<"$SANDBOX/$role.prompt")
    assert_eq "$prompt" "$(<"$(iteration "$role" 1 prompt.md)")" "the $role's standard input"
    for fact in "$role" D1 D2 main STATUS.md REVIEW.md "inbox/$role" "Planned: {{not a placeholder}} in the plan."; do
        assert_has "$prompt" "$fact" "the $role's prompt"
    done
    assert_has "$prompt" "INBOX 1" "the $role's work"
    prompt=${prompt//"{{not a placeholder}}"/}
    [[ $prompt != *"{{"* && $prompt != *"}}"* ]] || fail "a placeholder is left in the $role's prompt: $(grep -n '{{' <<<"$prompt")"
done
assert_has "$(<"$SANDBOX/builder.prompt")" "D1 MISSING" "the builder's work"
stop_all
