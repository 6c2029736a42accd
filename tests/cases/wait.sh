#!/usr/bin/env bash
# ccsup wait: each way in which it ends, what it prints where, what is left of its probes, and wrong use.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/wait_lib.sh"
new_sandbox
cd "$SANDBOX"

# ---- cmd: the exit code, then the text
waits 0 'CCSUP-WAIT met elapsed=0s polls=1 last="5/5 replicas"' cmd -- sh -c 'echo starting; echo 5/5 replicas'
assert_has "$SAID" "ccsup wait: looks every 100ms, for at most 15 min" "what goes to standard error"
waits 0 'last="exit code 0"' cmd -- true
waits 0 'polls=3 last="three"' cmd -- sh -c 'echo x >>n; [ "$(wc -l <n)" = 3 ] && echo three'
waits 124 'CCSUP-WAIT timeout elapsed=0s' --timeout 300ms cmd -- sh -c 'echo 3/5 >&2; exit 1'
assert_has "$LINE" 'last="3/5" next="look at it yourself before you wait again"' "what it said on standard error"
waits 1 'CCSUP-WAIT failed elapsed=0s polls=2 last="rolled back"' cmd --fail-exit 3,7-9 -- sh -c 'echo rolled back; exit 8'
waits 1 'polls=1' --fail-stable 1 cmd --fail-exit 3 -- sh -c 'exit 3'
waits 124 'last="exit code 4"' --timeout 300ms cmd --fail-exit 3 -- sh -c 'exit 4'
waits 0 'last="ready: yes"' --ok '^ready: (yes|true)$' cmd -- printf 'a\nready: yes\nb\n'
waits 124 'last="ready: no"' --timeout 300ms --ok '^ready: yes$' cmd -- echo ready: no
waits 124 'timeout' --timeout 300ms --ok ready cmd -- sh -c 'echo ready; exit 1' # says so, but its exit code does not
waits 1 'failed elapsed=0s polls=2 last="state: paused"' --ok ready --fail 'paused|rejected' cmd -- printf 'ready\nstate: paused\nx\n'
waits 1 'last="rejected"' --fail rejected cmd -- sh -c 'echo rejected; exit 1'

# A NUL ends a line and hides nothing; what is beyond that which is looked at may say anything.
waits 1 'last="FAILED"' --ok up --fail FAILED cmd -- printf 'up\n\0\nFAILED\n'
waits 0 'last="up"' --ok up cmd -- sh -c 'echo up; yes | head -c 5000000'
waits 3 'last="it says more than the ' --max-probe-errors 0 --ok up --fail FAILED cmd -- sh -c 'echo up; yes | head -c 5000000; echo FAILED'
waits 3 'last="it says more than the ' --max-probe-errors 0 --ok up cmd -- sh -c 'yes | head -c 5000000; echo up'
# A text that makes the expression take for hours is given up like a probe that hangs, and a signal is heard.
waits 3 'last="to look for --ok and --fail in its text took too long"' --max-probe-errors 0 --probe-timeout 500ms \
    --ok '(.*)\1x' cmd -- sh -c 'head -c 100000 /dev/zero | tr "\0" a'
head -c 100000 /dev/zero | tr '\0' a >long
waiting --ok '(.*)\1x' file long
wait_until 10 "it looks" grep -q "looks every" waiter.err
kill -TERM "$WAITER"
waited 143 ""
assert_no_process_left

# ---- a probe that can't tell is no success, and never a failure
waits 3 'CCSUP-WAIT error elapsed=0s polls=3' --max-probe-errors 2 cmd -- "$SANDBOX/none"
assert_has "$LINE" "No such file or directory" "why"
waits 3 'error' --max-probe-errors 0 cmd -- sh -c 'kill -9 $$'
waits 3 'last="the probe took too long and was killed"' --max-probe-errors 0 --probe-timeout 200ms --ok x cmd -- \
    sh -c 'echo x; sleep 611' # bounded agent
waits 1 'failed' --max-probe-errors 0 --fail-stable 1 cmd --fail-exit 127 -- sh -c 'exit 127'
assert_no_process_left

# ---- stability: so many in a row
echo 0 >n
waits 0 'polls=6' --stable 3 cmd -- sh -c 'n=$(($(cat n) + 1)); echo $n >n; [ $n != 3 ]' # 1 2 - 4 5 6
echo 0 >n
waits 0 'polls=4' --fail-stable 2 cmd --fail-exit 3 -- sh -c 'n=$(($(cat n) + 1)); echo $n >n; case $n in 1 | 3) exit 3 ;; 2) exit 1 ;; esac'

# ---- nothing of a probe is left: a daemon of its group, one of a session of its own when it hangs, and at our own end
waits 0 met cmd -- sh -c 'sleep 612 & exit 0'
assert_no_process_left
waits 3 error --max-probe-errors 0 --probe-timeout 300ms cmd -- sh -c 'setsid -f sleep 613; trap "" TERM; while :; do sleep 1; done' # bounded agent
assert_no_process_left
for signal in INT:130 TERM:143 HUP:129; do
    rm -f up
    waiting cmd -- sh -c 'trap "" TERM; : >up; setsid sleep 614'
    wait_until 10 "the probe runs" test -e up
    kill -s "${signal%:*}" "$WAITER"
    waited "${signal#*:}" ""
    assert_eq "$(<waiter.out)" "" "no line after a signal"
    assert_no_process_left
done
waiting --initial-delay 1h file none
wait_until 10 "it waits" grep -q "looks every" waiter.err
kill -TERM "$WAITER"
waited 143 ""
# the probe's own signals are as ours were
waits 0 met cmd -- sh -c '! grep -q "^SigBlk:.*[1-9a-f]" /proc/self/status'

# ---- file
touch -d 2026-05-28T08:10:00Z old
waits 0 'last="0 bytes, of 2026-05-28T08:10:00Z"' file old
waits 0 met file --exists old
waits 124 'last="it is not there"' --timeout 200ms file none
waits 0 'last="it is not there"' file --absent none
waits 124 'last="it is there"' --timeout 200ms file --absent old
waits 124 timeout --timeout 200ms file --newer-than 2026-05-28T08:10:00Z old
waits 0 met file --newer-than 2026-05-28T08:09:59Z old
printf 'phase: deploy\nstate: up\nlog\n' >state
waits 0 'last="state: up"' --ok '^state: up' file state
waits 1 'last="state: up"' --fail 'state: (up|down)' file state
waits 3 'last="it can'"'"'t be read: it is a folder"' --max-probe-errors 0 --ok x file /
waiting --timeout 1m file later
: >later
waited 0 'CCSUP-WAIT met'

# ---- tcp
waits 124 'last="Connection refused"' --timeout 300ms tcp 127.0.0.1:1
waits 3 "last=\"no address for no-such-host.invalid:" --max-probe-errors 0 --probe-timeout 5s tcp no-such-host.invalid:80
mkdir answers
background listener python3 "$CCSUP_SOURCE/tests/agents/answers.py" "$SANDBOX/answers"
wait_until 20 "it listens" test -s answers/port
waits 0 'last="connected"' tcp "127.0.0.1:$(<answers/port)"
waits 0 'last="connected"' tcp "localhost:$(<answers/port)"

# ---- git
make_remote
waits 3 'error' --max-probe-errors 0 git "$SANDBOX/no-such.git" main
waits 124 'last="no main there"' --timeout 300ms git "$REMOTE" main
commit_as builder "first" a 1
first=$COMMIT
waits 0 "last=\"main is at ${first:0:12}\"" git "$REMOTE" main
waits 124 "last=\"main is still at ${first:0:12}\"" --timeout 300ms git --moved-from "${first:0:10}" "$REMOTE" main
waiting --timeout 1m git --moved-from "$first" "$REMOTE" refs/heads/main
wait_until 10 "it looks" grep -q "looks every" waiter.err
commit_as builder "deploy: web 2" state "phase: 2"$'\n'"web: up"
waited 0 "last=\"refs/heads/main is at ${COMMIT:0:12}\""
waits 0 'last="deploy: web 2"' git --subject '^deploy: ' "$REMOTE" main
waits 124 'last="deploy: web 2"' --timeout 300ms git --subject '^review' "$REMOTE" main
waits 0 'last="web: up"' git --file state --ok '^web: up$' "$REMOTE" main
waits 124 'last="no file none there"' --timeout 300ms git --file none "$REMOTE" main
waits 1 'last="web: up"' git --file state --fail 'web: up' "$REMOTE" main
waits 0 met git --pin "$COMMIT" --file state "$REMOTE" main
waits 7 "CCSUP-WAIT superseded elapsed=0s polls=1 last=\"main is at ${COMMIT:0:12} now, not at ${first:0:12}\"" git --pin "$first" "$REMOTE" main
assert_eq "$(find /tmp "$SANDBOX" -maxdepth 1 -name 'ccsup-wait-*')" "" "no scratch folder is left"

# ---- verdict
write_conf done.criteria="D1 D2"
commit_as adversary "review(D1): pass" REVIEW.md "D1: PASS @$(date -u +%FT%TZ) — seen"
export CCSUP_CONFIG=$PROJECT/launch.conf
waits 0 'last="1/1 pass"' verdict D1
waits 124 'last="1/2 pass: D2 MISSING"' --timeout 2s verdict D1,D2
waits 3 'last="D9 is no criterion of the phase"' --max-probe-errors 0 verdict D9
commit_as adversary "review(D2): fail" REVIEW.md "D2: FAIL @$(date -u +%FT%TZ) — broken"
waits 1 'last="0/1 pass: D2 FAIL"' verdict D2
unset CCSUP_CONFIG

# ---- the line
waits 0 'last="token=*** in https://***@host/"' cmd -- echo 'token=s3cret in https://me:pw@host/'
waits 0 'last="\"q\" \\x1B[31m"' cmd -- printf '"q" \033[31m\n'
waits 0 met cmd -- sh -c 'head -c 5000 /dev/zero | tr "\0" "\""'
waits 0 '{"wait":"met","name":"","elapsed":0,"polls":1,"last":"a \"b\"","next":""}' --json cmd -- echo 'a "b"'
waits 0 met --progress 100ms cmd -- sh -c 'echo x >>p; [ "$(wc -l <p)" -ge 6 ]'
assert_has "$SAID" "ccsup wait: not yet, 0 s, " "the silence has an end"
code=0
ccsup wait cmd -- echo x >/dev/full 2>said || code=$?
assert_eq "$code" 3 "a line that nobody gets is no success, and does not say that it has failed"

# ---- wrong use
refuses "a word of the probe is empty; it is written: verdict ID[,ID...]" verdict ""
refuses "a word of the probe is empty; it is written: file PATH" --absent file ""
refuses "a word of the probe is empty; it is written: git REMOTE REF" git x ""
refuses "--newer-than is empty" --newer-than "" file x
refuses "--file is empty" --file "" git a b
refuses "--until is a time such as 2026-05-28T08:10:00Z, not ''" --until "" file x
refuses "a header is written NAME: VALUE, or NAME: @FILE" --header nothing http http://x
refuses "needs PROBE"
refuses "the probe is one of cmd, http, tcp, tls, file, git and verdict, not 'ping'" ping x
refuses "the probe is written: cmd -- COMMAND [ARGUMENT...]" cmd
refuses "the probe is written: tcp HOST:PORT" tcp
refuses "the probe is written: git REMOTE REF" git x
refuses "the probe is written: file PATH" file a b
for bad in host host: :80 host:x host:0 host:65536 a:b:80 u@host:80 host:80/; do
    refuses "needs HOST:PORT, such as example.org:443 or [::1]:443, not '$bad'" tcp "$bad"
done
refuses "the URL begins with http:// or https://, not 'file:///etc/passwd'" http file:///etc/passwd
refuses "a remote or ref does not begin with '-'" -- git --upload-pack=x main
refuses "--every needs a number and its unit (s m h d), such as 30s, not '30'" --every 30 file x
refuses "--every is from 100ms to 1d, not '1ms'" --every 1ms file x
refuses "--timeout needs a number and its unit (s m h d), such as 15m, not ''" --timeout '' file x
refuses "that is longer than an agent's tool may wait (30m, agent.max_wait); if it is meant, add --long" --timeout 31m file x
refuses "that is longer than an agent's tool may wait (30m, agent.max_wait); if it is meant, add --long" --until 2099-01-01T00:00:00Z file x
refuses "give --timeout or --until, not both" --timeout 1m --until 2026-05-28T08:10:00Z file x
refuses "--until is a time such as 2026-05-28T08:10:00Z, not 'soon'" --until soon file x
refuses "--probe-timeout is from 100ms to 30m, not '0'" --probe-timeout 0 file x
refuses "--initial-delay is from 0 to 1d, not '2d'" --initial-delay 2d file x
refuses "--progress needs a number and its unit (s m h d), such as 5m, not '-1s'" --progress=-1s file x
refuses "--stable is a whole number from 1 to 1000, not '0'" --stable 0 file x
refuses "--fail-stable is a whole number from 1 to 1000, not 'two'" --fail-stable two file x
refuses "--max-probe-errors is a whole number from 0 to 100000, not '1.5'" --max-probe-errors 1.5 file x
refuses "--ok '(' is no extended regular expression: Unmatched ( or \\(" --ok '(' file x
refuses "--fail needs a regular expression, not nothing" --fail '' file x
refuses "--subject '[' is no extended regular expression: Invalid regular expression" --subject '[' git a b
refuses "--fail-exit takes numbers and ranges from 1 to 255, such as 3,4, not '0'" --fail-exit 0 cmd -- x
refuses "--fail-exit takes numbers and ranges from 1 to 255, such as 3,4, not '3,'" --fail-exit 3, cmd -- x
refuses "--status takes numbers and ranges from 100 to 599, such as 200-299,304, not '299-200'" --status 299-200 http http://x
refuses "--days is a whole number from 0 to 10000, not '-1'" --days=-1 tls x:1
refuses "--newer-than is a time such as 2026-05-28T08:10:00Z, not 'x'" --newer-than x file x
refuses "--absent goes with none of --exists, --newer-than, --ok and --fail" --absent --exists file x
refuses "--moved-from is a commit's name, 4 to 64 of 0-9 and a-f, not 'main'" --moved-from main git a b
refuses "--pin is a commit's name, 4 to 64 of 0-9 and a-f, not 'abc'" --pin abc git a b
refuses "--ok and --fail of git are about a file there: name it with --file PATH" --ok x git a b
refuses "--days has no meaning for the probe tcp" --days 3 tcp x:1
refuses "--ok has no meaning for the probe verdict" --ok x verdict D1
refuses "--name takes at most 64 letters, digits, '.', '_' and '-', and no '.' first, not '../x'" --name ../x file x
refuses "option '--header' needs HEADER" http http://x --header
waits 124 timeout --until 2026-05-28T08:10:00Z file x # is over already
ccsup wait --name n file x >out 2>said && fail "a name without launch.conf"
[[ ! -s out ]] || fail "a line"
assert_no_process_left
