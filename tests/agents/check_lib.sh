# shellcheck shell=bash
# Sourced after lib.sh by the cases of `ccsup check`.

# checks [WORDS...]: ccsup check --json of PROJECT; its document is in DOC, its exit code in CODE.
checks() {
    CODE=0
    DOC=$(ccsup -C "$PROJECT" check --json "$@" 2>"$SANDBOX/said") || CODE=$?
    jq -e .checks <<<"$DOC" >/dev/null || fail "no document, exit $CODE: $DOC $(<"$SANDBOX/said")"
}

# states STATE: the ids that are in it, in one line.
states() {
    jq -r --arg s "$1" '[.checks[] | select(.state == $s) | .id] | join(" ")' <<<"$DOC"
}

# all_ok: nothing fails and nothing warns.
all_ok() {
    checks
    [[ $CODE == 0 && -z $(states fail)$(states warn) ]] || fail "it is not ready: $(jq -c '.checks[] | select(.state != "ok")' <<<"$DOC")"
}

# broken ID PART: exactly that one fails, nothing warns, its sentence has PART in it, and it says what to do.
broken() {
    local id=$1 part=$2 one
    checks
    one=$(jq -c --arg id "$id" '.checks[] | select(.id == $id)' <<<"$DOC")
    assert_eq "$(states fail)$(states warn)" "$id" "what fails when $id is broken: $(jq -c '.checks[] | select(.state != "ok")' <<<"$DOC")"
    assert_eq "$CODE" 1 "the exit when $id is broken"
    assert_has "$(jq -r .text <<<"$one")" "$part" "what $id says"
    [[ -n $(jq -r .fix <<<"$one") ]] || fail "$id says not what to do"
}
