#!/usr/bin/env bash
# restart, pause, resume, tell, accept-history: one JSON line to the watchdog; its answer and its code are ours.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
write_conf
sed -i 's/^\[agent builder\]/[agent smith]/' "$PROJECT/launch.conf"
cd "$PROJECT"

for words in "restart builder" "pause builder" "resume adversary" "tell builder hello" accept-history; do
    # shellcheck disable=SC2086 # the words
    assert_exit 3 ccsup $words
    assert_has "$OUT" "not running; start it with 'ccsup start'" "$words without a watchdog"
done
assert_exit 2 ccsup pause nobody
assert_has "$OUT" "no agent 'nobody'" "unknown agent"

# verify makes the instance's folders, and so the place of its sockets.
ccsup verify >/dev/null 2>&1 || true
sockets=$(readlink "$STATE/sockets")

# peer MODE [TEXT]: a watchdog's stand-in.
peer() {
    rm -f "$SANDBOX/peer.log" "$SANDBOX/notes"
    stop_background
    background peer "$CCSUP_BUILD/tests/cli_peer" "$STATE/locks/watchdog" "$sockets/control" "$SANDBOX/notes" "$@"
    wait_until 10 "the watchdog's stand-in holds the lock" test -s "$SANDBOX/peer.log"
}

peer answer '{"ok":true,"text":"noted"}'
# asked JSON VERB...: the watchdog hears exactly this.
asked() {
    local want=$1
    shift
    rm -f "$SANDBOX/notes"
    assert_exit 0 ccsup "$@"
    assert_eq "$OUT" noted "answer to: $*"
    assert_eq "$(jq -cS . "$SANDBOX/notes")" "$want" "request of: $*"
}
asked '{"agent":"builder","verb":"restart"}' restart builder
asked '{"agent":"adversary","verb":"pause"}' pause adversary
asked '{"agent":"builder","verb":"resume"}' resume smith
asked '{"verb":"accept-history"}' accept-history
asked '{"agent":"builder","text":"look at  D3 -- --now \"ok\"","verb":"tell"}' tell builder look 'at  D3' -- --now '"ok"'
asked '{"agent":"builder","text":"-n first","verb":"tell"}' tell builder -n first
# Bytes that are no UTF-8, and control bytes, arrive as JSON.
assert_exit 0 ccsup tell builder $'a\nb\xff\e'
assert_eq "$(jq -r .text "$SANDBOX/notes" | tail -n 2)" $'a\nb\xef\xbf\xbd\e' "odd bytes"
assert_eq "$(grep -c . "$SANDBOX/notes")" 2 "one line a request"
assert_exit 2 ccsup tell builder "$(head -c 20000 /dev/zero | tr '\0' x)"
assert_has "$OUT" "over 16 KiB" "a long text"

peer answer '{"ok":false,"text":"no\u001b[31m such thing","exit":6}'
assert_exit 6 ccsup pause builder
assert_eq "$OUT" 'ccsup pause: no\x1B[31m such thing' "a refusal, escaped"
peer answer '{"ok":false}'
assert_exit 1 ccsup pause builder
peer answer 'nonsense'
assert_exit 3 ccsup pause builder
assert_has "$OUT" "answered nonsense" "nonsense"
peer answer ''
assert_exit 3 ccsup pause builder
peer mute
assert_exit 3 timeout 30 ccsup pause builder
assert_has "$OUT" "did not answer within 10 s" "a watchdog that hangs"
rm "$sockets/control"
assert_exit 3 ccsup pause builder
assert_has "$OUT" "the watchdog runs (pid " "no socket"
