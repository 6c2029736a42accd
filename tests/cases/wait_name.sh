#!/usr/bin/env bash
# ccsup wait --name: the deadline outlives who waits, a second process joins the first, something else under the same name
# supersedes it, and what came of it stands on the disk.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/wait_lib.sh"
new_sandbox
make_remote
write_conf
export CCSUP_CONFIG=$PROJECT/launch.conf
cd "$SANDBOX"
record() { jq -r "$1" "$STATE/waits/web"; }

# Killed, it goes on with the same deadline and the time that it has waited.
waiting --name web --timeout 1m file met
wait_until 10 "it is on the disk" test -s "$STATE/waits/web"
deadline=$(record .deadline)
kill -KILL "$WAITER"
waited 137 ""
waiting --name web --timeout 5m file met
wait_until 10 "it looks" grep -q "looks every" waiter.err
assert_eq "$(record .deadline)" "$deadline" "the deadline is the first one's"

# A second one joins, and gets the same line.
joins() { wait_until 10 "it has joined" grep -q "another process looks" joined.err; }
: >joined.err
ccsup wait --name web file met >joined.out 2>joined.err &
joined=$!
joins
: >met
waited 0 'CCSUP-WAIT met name=web'
wait "$joined" || fail "the one that joined ends with $?"
assert_eq "$(<joined.out)" "$(<waiter.out)" "the same line"
assert_eq "$(record '.ended, .told, .line')" "met"$'\n'"true"$'\n'"$(<waiter.out)" "what is on the disk"

# It is over: the same command begins anew, and how another one ends is told by its exit code, too.
rm met
waiting --name web --timeout 300ms file met
waited 124 'CCSUP-WAIT timeout name=web'
waits 0 met --name web file "$SANDBOX/said"
waiting --name web --fail-stable 1 --timeout 1m cmd --fail-exit 3 -- sh -c '[ ! -e bad ] || exit 3; exit 1'
wait_until 10 "it looks" grep -q "looks every" waiter.err
: >joined.err
ccsup wait --name web cmd --fail-exit 3 -- sh -c '[ ! -e bad ] || exit 3; exit 1' >joined.out 2>joined.err &
joined=$!
joins
: >bad
waited 1 'CCSUP-WAIT failed name=web'
code=0
wait "$joined" || code=$?
assert_eq "$code" 1 "the exit code of the one that joined"

# Who asks dies: who joined asks on.
rm bad
waiting --name web --timeout 1m file late
wait_until 10 "it looks" grep -q "looks every" waiter.err
: >joined.err
ccsup wait --name web --every 100ms --timeout 1m file late >joined.out 2>joined.err &
joined=$!
joins
kill -KILL "$WAITER"
waited 137 ""
wait_until 10 "the other asks" grep -q "looks every" joined.err
: >late
wait "$joined" || fail "it ends with $?"
assert_has "$(<joined.out)" "CCSUP-WAIT met name=web" "its line"

# Something else under the name.
waiting --name web --timeout 1m file none
wait_until 10 "it looks" grep -q "looks every" waiter.err
ccsup wait --name web --every 100ms --timeout 1m file late >joined.out 2>joined.err &
joined=$!
waited 7 'CCSUP-WAIT superseded name=web'
wait "$joined" || fail "the newer one ends with $?"

# Past its deadline while nobody asked: it is over at once, and then begins anew.
waiting --name web --timeout 1s file none
wait_until 10 "it looks" grep -q "looks every" waiter.err
kill -KILL "$WAITER"
waited 137 ""
wait_while 10 "its time is not up" eval '(( $(lib_now_ms) < $(record .deadline) + 10 ))'
waits 124 'timeout name=web' --name web --timeout 1m file none
waits 0 'met name=web' --name web --timeout 1m cmd -- true
waits 124 'timeout name=web' --name web --timeout 300ms cmd -- false # its record is written over below

# Whatever stands on the disk, and whatever was done to the clock: no longer than it is told to.
for deadline in 9007199254740991 $(($(lib_now_ms) + 86400000)); do
    rewritten=$(jq -c "del(.ended) | .deadline = $deadline | .began = $deadline" "$STATE/waits/web")
    echo "$rewritten" >"$STATE/waits/web"
    waits 124 'timeout name=web elapsed=0s' --name web --timeout 500ms cmd -- false
done

# A damaged record is none; where nothing can be written that is said.
echo '{' >"$STATE/waits/web"
waits 0 'met name=web' --name web file "$SANDBOX/said"
# An agent with a user of its own keeps its names where it parks.
chmod 755 "$SANDBOX" "$PROJECT"
install -d -m 700 -o nobody "$SANDBOX/park"
as_nobody() {
    setpriv --reuid nobody --clear-groups --inh-caps=-all env CCSUP_PARK="$SANDBOX/park" ccsup wait --name web --timeout 1s "$@" 2>&1
}
assert_has "$(as_nobody cmd -- true || true)" "CCSUP-WAIT met name=web" "an agent with a user"
assert_eq "$(jq -r .ended "$SANDBOX/park/waits/web")" met "its record"
assert_no_process_left
