#!/usr/bin/env bash
# Whoever is to be told is told: the receiver is down and the watchdog is killed meanwhile, and every event arrives, by the
# same id; a watchdog that is done stays to deliver, and the next start delivers the rest. A secret is where it belongs.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
command -v python3 >/dev/null || skip "no python3 here: it is the receiver"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
run_sandbox

SECRET=kf83hf-very-secret-7s
CALLS=wq71-another-secret-0x # of a variable
HOOK=$SANDBOX/hook OTHER=$SANDBOX/other
mkdir "$HOOK" "$OTHER" "$SANDBOX/keys"
(umask 077 && echo "$SECRET" >"$SANDBOX/keys/token")
listens() { # PORT
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
receiver() { # FOLDER
    background "receiver-${1##*/}" python3 "$AGENTS/answers.py" "$1"
    RECEIVER=$BG_PID
    wait_until 20 "the receiver says its port" test -s "$1/port"
    wait_until 20 "it listens" listens "$(<"$1/port")"
}
receiver_ends() {
    kill -9 "$1"
    wait "$1" 2>/dev/null || true
}
write_agent tell <<'SH'
cat >>"$1" && echo >>"$1"
SH
# told [FILTER...]: conf's, and whom to tell.
told() {
    conf agent.env_pass="CALLS_TOKEN *" builder.pace=1h builder.restart_delay=300ms builder.restart_delay_max=1h adversary.pace=1h adversary.wake_every=1h \
        builder.wake_every=1h
    cat >>"$PROJECT/launch.conf" <<CONF
[notify hook]
url = http://127.0.0.1:$(<"$HOOK/port")/hook
token_file = $SANDBOX/keys/token
header = 'X-Team: a b'
[notify tell]
command = $SANDBOX/agents/tell $SANDBOX/told
[notify hang]
command = sh -c 'sleep 301 & sleep 301'
events = done
timeout = 1s
[notify alive]
url = http://127.0.0.1:$(<"$OTHER/port")/alive
deadman = 1s
token_env = CALLS_TOKEN
CONF
}
# posts JQ_FILTER: of what the receiver has taken.
posts() {
    sed -n 's|^[0-9.]* /hook 200 ||p' "$HOOK/posts" | jq -r "$1"
}
has_event() {
    posts .event | grep -qx "$1"
}
undelivered() { # NAME COUNT
    status_is "[.notify[] | select(.name == \"$1\") | .undelivered] == [$2]"
}

# --- a test message, its token, and what a redirect gets.
receiver "$HOOK"
HOOK_PID=$RECEIVER
receiver "$OTHER"
told
assert_exit 0 ccsup notify --test hook
assert_eq "$(posts .event)" test "it came"
grep -qx "Authorization: Bearer $SECRET" "$HOOK/headers" || fail "its token: $(<"$HOOK/headers")"
grep -qx "X-Team: a b" "$HOOK/headers" || fail "its header: $(<"$HOOK/headers")"
http_proxy=http://127.0.0.1:9 assert_exit 0 ccsup notify --test hook # no proxy gets what is for this machine
assert_exit 0 ccsup notify --test tell
assert_eq "$(jq -r .event "$SANDBOX/told")" test "the command got it"
assert_exit 1 ccsup notify --test hang
assert_has "$OUT" "hang has not taken it: the command took longer than 1 s and was killed" "a command that hangs"
[[ -z $(pgrep -fx 'sleep 301' || true) ]] || fail "something of the command lives"
echo 302 >"$HOOK/status"
echo "http://127.0.0.1:$(<"$OTHER/port")/elsewhere" >"$HOOK/location"
assert_exit 1 ccsup notify --test hook
assert_has "$OUT" "HTTP 302: it points to another address, which is not followed" "a redirect"
[[ ! -e $OTHER/posts ]] || fail "the redirect was followed"
rm "$HOOK/status" "$HOOK/location"
assert_exit 1 ccsup notify --test nobody
assert_has "$OUT" "launch.conf has no [notify nobody]; there is hook, tell, hang, alive" "no such receiver"
assert_exit 2 ccsup notify
chmod 644 "$SANDBOX/keys/token"
assert_exit 1 ccsup notify --test hook
assert_exit 4 ccsup start
assert_has "$OUT" "token_env of [notify alive]: the variable CALLS_TOKEN is not set" "no such variable"
assert_has "$OUT" "token_file of [notify hook]: others may read or change $SANDBOX/keys/token (mode 0644)" "who may read it"
chmod 600 "$SANDBOX/keys/token"

# --- the receiver is down: a crash, the watchdog's death, a VETO.
receiver_ends "$HOOK_PID"
rm "$HOOK/posts" "$HOOK/headers" "$SANDBOX/told"
agent builder <<'SH'
cat >/dev/null
env >>"$SANDBOX/environment"
[[ ! -e $SANDBOX/crashed ]] || exit 0
touch "$SANDBOX/crashed"
exit 3
SH
agent adversary <<<'cat >/dev/null'
both_have_work
told
CALLS_TOKEN=$CALLS ccsup start >/dev/null 2>&1 || true # the crash may come first, and is said
wait_until 20 "the command is told of the crash" grep -q '"event":"crashed"' "$SANDBOX/told"
wait_until 20 "the status counts" undelivered hook 2
assert_has "$(ccsup status || true)" "notify hook: 2 undelivered, the oldest for " "the status says it"
pid=$(watchdog_pid)
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
old=$(($(lib_now_ms) - 4 * 86400000))
echo "{\"id\":\"x-00112233445566aa\",\"event\":\"crashed\",\"at_ms\":$old}" >"$STATE/notify/queue/00112233445566aa.hook"
echo "{" >"$STATE/notify/queue/00112233445566bb.hook"
echo "{}" >"$STATE/notify/queue/00112233445566cc.somebody"
commit_as adversary "a veto" REVIEW.md $'# Review\n\n## VETO the plan is wrong\n'
assert_exit 0 env CALLS_TOKEN=$CALLS ccsup start
assert_eq "$OUT" "$(grep -v warning <<<"$OUT")" "warnings of the start"
wait_until 20 "the command is told of the veto" grep -q '"event":"veto"' "$SANDBOX/told"
wait_until 20 "nothing is lost" undelivered hook 4
logged "message 00112233445566aa could not be delivered for three days: dropped" || fail "an old one is kept"
logged "is a message to nobody in launch.conf, or none at all: dropped" 2 || fail "what is no message is kept"
# It comes back, and answers nobody yet: who looks at what runs now sees no secret.
touch "$HOOK/hang"
receiver "$HOOK"
wait_until 30 "a try is on its way" grep -q "^POST /hook" "$HOOK/headers"
pgrep -x ccsup-http >/dev/null || fail "nobody delivers"
for file in /proc/[0-9]*/{cmdline,environ}; do
    ! { tr '\0' ' ' <"$file" | grep -qE "$SECRET|$CALLS"; } 2>/dev/null || fail "it stands in $file"
done
rm "$HOOK/hang"
wait_until 20 "all of it is delivered" undelivered hook 0
assert_eq "$(posts .event | sort | paste -sd' ')" "crashed phase restarted veto" "every event, once"
assert_eq "$(posts .id | sort)" "$(jq -r .id "$SANDBOX/told" | sort)" "both were told the same"
assert_eq "$(posts 'select(.event == "crashed") | [.agent, .iteration, .phase] | join(" ")')" "builder 1 default" "what crashed"

# --- done, and the receiver asks for patience: the watchdog stays, is killed, and the next start delivers.
echo 503 >"$HOOK/status"
echo 6 >"$HOOK/retry-after"
stamp=$(date -u +%Y-%m-%dT%H:%M:%SZ)
commit_as adversary "review" REVIEW.md \
    $'# Review\n\n## VETO the plan is wrong\n\n## VETO LIFTED @'"$stamp — it is right"$'\n'"D1: PASS @$stamp — tried"$'\n'
commit_as builder "done" STATUS.md $'# Status\n\n## DONE\n'
wait_until 30 "it stays to deliver" status_is '.finished and .delivering'
wait_until 20 "the hanging command is ended" logged "the command took longer than 1 s and was killed"
[[ -z $(pgrep -fx 'sleep 301' || true) ]] || fail "something of the command lives"
grep -q '"event":"done"' "$SANDBOX/told" || fail "the command is not told that it is done"
assert_eq "$(grep -c ' 503 ' "$HOOK/posts")" 1 "tries while it asks for patience"
grep -q "^[0-9.]* /alive 200 .*all is well" "$OTHER/posts" || fail "nobody said that all was well"
calls=$(wc -l <"$OTHER/posts")
pid=$(watchdog_pid)
again() { # the second one, of the same message
    (($(grep -c ' 503 ' "$HOOK/posts") >= 2))
}
wait_until 20 "it is tried again" again
awk '/ 503 / {if (at && $1 - at < 6) exit 1; at = $1}' "$HOOK/posts" || fail "before the time that it asked for: $(<"$HOOK/posts")"
assert_eq "$(wc -l <"$OTHER/posts")" "$calls" "calls that all is well, when it is done"
wait_until 20 "the hanging command runs again" pgrep -fx 'sleep 301'
kill -9 "$pid"
wait_while 10 "the watchdog's end" alive "$pid"
wait_while 10 "and that of what the command started" pgrep -fx 'sleep 301'
rm "$HOOK/status" "$HOOK/retry-after"
sed -i "s|^command = sh -c .*|command = true|" "$PROJECT/launch.conf"
assert_exit 0 env CALLS_TOKEN=$CALLS ccsup start
assert_has "$OUT" "DONE: phase default" "the record"
assert_has "$OUT" "what is undelivered is delivered now" "start goes on with it"
wait_until 20 "the last one arrives" has_event "done"
wait_until 20 "nothing waits" eval '[[ -z $(ls "$STATE/notify/queue") ]]'
assert_eq "$(posts 'select(.event == "done") | .finished')" true "it is over"
assert_eq "$(posts .id | sort | uniq -d)" "" "each once"
wait_while 20 "the watchdog ends" alive "$(watchdog_pid)"
assert_exit 0 ccsup replay

# --- the secret is in its file, and with whom it is for.
grep -qx "Authorization: Bearer $CALLS" "$OTHER/headers" || fail "the other token: $(<"$OTHER/headers")"
assert_eq "$(grep -rlF "$CALLS" "$SANDBOX")" "$OTHER/headers" "where the other one stands"
assert_eq "$(grep -rlF "$SECRET" "$SANDBOX" | sort)" "$(printf '%s\n' "$HOOK/headers" "$SANDBOX/keys/token")" "where it stands"
over
