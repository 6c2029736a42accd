#!/usr/bin/env bash
# Whatever an agent writes stands byte for byte in its iteration's log, and hurts nobody who looks at it: the status stays
# small, valid and escaped, the watchdog stays small, `ccsup logs` shows no control byte.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox
both_have_work

# Each iteration says one thing, through tee into a file of its own, then waits to be ended: only then is it looked at.
agent builder <<'SH'
n=$(cat "$SANDBOX/turn")
case $n in
1) "$AGENTS/flood.sh" 33554432 ;;
2) "$AGENTS/bigline.sh" ;;
3) "$AGENTS/nonl.sh" ;;
4) "$AGENTS/binary.sh" ;;
5) "$AGENTS/silent.sh" 0 ;;
6) printf '\033]0;title\007\033[2Jred \033[31mtext\033[0m \xe2\x80\xae rtl \xff\xfe back\rslash \\ "quoted" {{now}}\n' ;;
esac > >(tee "$SANDBOX/said.$n")
wait $! # for tee
echo "to standard error" >&2
touch "$SANDBOX/said.$n.whole"
exec "$AGENTS/hang.sh" "$SANDBOX/builder.pid"
SH
agent adversary <<<'exec "$AGENTS/hang.sh" "$SANDBOX/$ROLE.pid"'
conf

small() {
    local bytes rss most
    bytes=$(stat -c %s "$STATE/status.json")
    ((bytes < 16384)) || fail "turn $1: the status has $bytes bytes"
    jq -e .schema "$STATE/status.json" >/dev/null || fail "turn $1: the status is no JSON"
    # Bytes that a terminal would obey, and halves of characters.
    ! LC_ALL=C grep -q '[^[:print:][:space:]]' <(jq -r '.agents[].activity // ""' "$STATE/status.json" | LC_ALL=C tr -d '\200-\377') ||
        fail "turn $1: the activity is not escaped"
    if [[ "${CCSUP_SANITIZE:-0}" != 1 ]]; then
        rss=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$(watchdog_pid)/status")
        most=$(awk '$1 == "VmHWM:" { print $2 }' "/proc/$(watchdog_pid)/status")
        ((most < 20480)) || fail "turn $1: the watchdog had $most KiB"
        say "turn $1: status $bytes bytes, watchdog $rss KiB, at most $most KiB"
    fi
}

echo 1 >"$SANDBOX/turn"
assert_exit 0 ccsup start
for n in 1 2 3 4 5 6; do
    wait_until 30 "turn $n is said" test -e "$SANDBOX/said.$n.whole"
    out=$(iteration builder "$n" out.log)
    assert_eq "$(sha256sum <"$out")" "$(sha256sum <"$SANDBOX/said.$n")" "turn $n: the log is what was written"
    assert_eq "$(cat "$(iteration builder "$n" err.log)")" "to standard error" "turn $n: standard error"
    wait_until 30 "turn $n: the status has counted it" agent_is builder \
        ".iteration == $n and .output_bytes == $(stat -c %s "$SANDBOX/said.$n")"
    small "$n"
    # What people see has no control bytes either, and is not long.
    code=0
    ccsup logs builder >"$SANDBOX/logs.$n" 2>&1 || code=$?
    assert_eq "$code" 0 "turn $n: ccsup logs"
    ! LC_ALL=C tr -d '\n' <"$SANDBOX/logs.$n" | LC_ALL=C grep -q '[[:cntrl:]]' || fail "turn $n: control bytes from ccsup logs"
    (($(stat -c %s "$SANDBOX/logs.$n") < 400000)) || fail "turn $n: ccsup logs is long"
    assert_exit 0 ccsup status
    ! LC_ALL=C tr -d '\n' <<<"$OUT" | LC_ALL=C grep -q '[[:cntrl:]]' || fail "turn $n: control bytes from ccsup status"
    case $n in
    1) assert_has "$(agent_field builder .activity)" "a line of a flood" ;;
    2) assert_eq "$(agent_field builder .activity)" "short" "the line after the big one" ;;
    3) assert_eq "$(agent_field builder .activity)" "a whole line" "a torn line is no line yet" ;;
    5) assert_eq "$(agent_field builder .activity)" "null" "what the last iteration said is not this one's" ;;
    6) assert_has "$(agent_field builder .activity)" '\x1B]0;title\x07' "escapes are shown" ;;
    esac
    echo $((n + 1)) >"$SANDBOX/turn"
    if ((n < 6)); then
        assert_exit 0 ccsup restart builder
    fi
done
rm -f "$SANDBOX"/said.*
stop_all
