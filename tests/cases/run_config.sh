#!/usr/bin/env bash
# A start with a wrong launch.conf: every error at once, with its line and what to write instead; nothing is started and
# nothing is made.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
two_hanging

# refused TEXT...: every way to start refuses with code 4 and all the texts, and leaves no trace.
refused() {
    local verb text
    for verb in start run; do
        assert_exit 4 timeout 20 ccsup "$verb"
        for text; do
            assert_has "$OUT" "$text" "$verb"
        done
    done
    [[ ! -e $STATE ]] || fail "a refused start made $STATE"
    [[ -z $(find "$SANDBOX/xdg" -mindepth 1 -not -name runtime -not -type d) ]] || fail "a refused start wrote files"
    assert_no_process_left
    [[ ! -e $SANDBOX/builder.pid && ! -e $SANDBOX/adversary.pid ]] || fail "a refused start ran an agent"
}
line_of() {
    grep -n -- "$1" "$PROJECT/launch.conf" | head -n 1 | cut -d: -f1
}

# Five mistakes of different kinds, all told in one go.
conf repo.pol=1s done.confirm=soon builder.grace=-1s adversary.role=builder builder.jitter=99
refused "launch.conf:$(line_of '^pol = '):" "did you mean 'poll'" "launch.conf:$(line_of '^confirm = '):" \
    "launch.conf:$(line_of '^grace = -1s'):" "launch.conf:$(line_of '^jitter = '):" "adversary"
(($(grep -c 'launch.conf:' <<<"$OUT") >= 5)) || fail "not all errors at once: $OUT"

# A criterion that is none, one twice, and a range that is too long.
conf done.criteria="D1 d2 D1"
refused "launch.conf:$(line_of '^criteria = '):"
conf done.criteria="D1-D999"
refused "launch.conf:$(line_of '^criteria = '):"

# Files that are named and are not there; a prompt with a placeholder that is none.
conf ccsup.plan=nowhere.md builder.prompt=typo.md
printf 'Do {{wrok}}.\n' >"$PROJECT/typo.md"
refused "nowhere.md" "typo.md:1" "{{wrok}}"
rm "$PROJECT/typo.md"

# What must be given is not.
conf
sed -i '/^url = /d; /^criteria = /d' "$PROJECT/launch.conf"
refused "url" "criteria"
printf 'repo = here\n\0\n' >"$PROJECT/launch.conf"
refused "launch.conf"
: >"$PROJECT/launch.conf"
refused "launch.conf"

# No launch.conf at all is another thing than a wrong one.
rm "$PROJECT/launch.conf"
assert_exit 3 ccsup start
assert_has "$OUT" "no launch.conf in"
[[ ! -e $STATE ]] || fail "a state folder without a launch.conf"

# A wrong file disturbs no run that is on: status and stop work, the loops go on; the next start refuses.
conf
both_have_work
assert_exit 0 ccsup start
wait_until 10 "the builder runs" agent_is builder '.state == "RUNNING" and .agent_pid > 0'
pid=$(agent_field builder .agent_pid)
echo 'nonsense = 1' >>"$PROJECT/launch.conf"
assert_exit 4 ccsup start
assert_exit 0 ccsup status
alive "$pid" || fail "a wrong launch.conf ended the builder"
stop_all
assert_exit 4 ccsup start
assert_no_process_left
