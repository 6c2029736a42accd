# shellcheck shell=bash
# Sourced after lib.sh and new_sandbox by the cases that judge real repositories with `ccsup verify`.

W=$SANDBOX/w
write_conf repo.url="$W" done.criteria="D1 D2" repo.operators=boss@test ccsup.plan=plan.md
mkdir -p "$STATE"
checks=0

# ---- a clock of our own, so that every commit has a time after the one before
T=0
tick() {
    T=$((T + 60))
    STAMP=$(date -u -d "@$T" +%Y-%m-%dT%H:%M:%SZ)
    export GIT_AUTHOR_DATE="@$T +0000" GIT_COMMITTER_DATE="@$T +0000"
}
address() { case $1 in builder | adversary) echo "$1@ccsup.invalid" ;; *) echo "$1@test" ;; esac; }
# as WHO MESSAGE [OPTION...]: a commit of everything. AT: its date; ID is its name, as a status shows it.
as() {
    local who=$1 message=$2 date="@$T +0000"
    shift 2
    git add -A
    GIT_AUTHOR_DATE=${AT:-$date} GIT_COMMITTER_DATE=${AT:-$date} git -c "user.name=$who" -c "user.email=$(address "$who")" \
        commit -q --allow-empty -m "$message" "$@"
    ID=$(git rev-parse --short=7 HEAD)
}
# merge WHO OPTION...: a merge of the current branch with others.
merge() {
    local who=$1
    shift
    tick
    git -c "user.name=$who" -c "user.email=$(address "$who")" merge -q --no-ff -m merge "$@" >/dev/null 2>&1
    # shellcheck disable=SC2034 # for the cases
    ID=$(git rev-parse --short=7 HEAD)
}
say_line() { echo "$1: $2 @$STAMP ${3:+sha=$3 }— seen" >>REVIEW.md; }
# verdict ID WORD: by the Adversary, of the commit that is there.
verdict() {
    tick
    say_line "$1" "$2" "$(git rev-parse --short=10 HEAD)"
    as adversary "review($1): $2"
}
code() {
    tick
    echo "$T" >>"${1:-code.c}"
    as "${2:-builder}" code
}
marker() {
    tick
    printf '# Status\n\n## DONE\n' >STATUS.md
    as builder "the marker"
}
unmark() {
    tick
    printf '# Status\n' >STATUS.md
    as builder "not done after all"
}
known() { jq -n --arg s "$1" --arg l "${2:-}" --arg id "${3:-}" '{schema: 1, phase: {id: $id, start: $s, last: $l}}' >"$STATE/status.json"; }
# A phase that began at START.
begin() {
    T=$(($(date +%s) - 3600))
    rm -rf "$W"
    git init -q -b main "$W"
    cd "$W" || exit 1
    code
    printf '# Status\n' >STATUS.md
    printf '# Review\n' >REVIEW.md
    as builder start
    START=$(git rev-parse HEAD)
    known "$START"
}
# ... and whose criteria all have a PASS.
passed() {
    begin
    code
    verdict D1 PASS
    verdict D2 PASS
}
verify() { (cd "$PROJECT" && ccsup verify "$@"); }
is_done() {
    assert_exit 0 verify
    checks=$((checks + 1))
}
# not_done PART...: exit 1, and the output has each part.
not_done() {
    assert_exit 1 verify
    local part
    for part in "$@"; do
        assert_has "$OUT" "$part" "what it says"
    done
    checks=$((checks + 1))
}
# no_facts PART...: exit 3.
no_facts() {
    assert_exit 3 verify
    local part
    for part in "$@"; do
        assert_has "$OUT" "$part" "what it says"
    done
    checks=$((checks + 1))
}
