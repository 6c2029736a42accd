#!/bin/bash
# A control group as the fence: what it holds that no descent and no marker finds, and what becomes of the group itself.
KEEP_FENCE=cgroup
export KEEP_FENCE
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"
one=11111111111111111111111111111111
two=22222222222222222222222222222222
group() {
    sed -n 's/.*"cgroup":"\([^"]*\)".*/\1/p' "$(it 1)/keep.json"
}

begin orphaned
# The keeper is killed. Its agent's daemon has no environment and works elsewhere: only the group knows whose it is.
ctl "run=$one" lock start connect send=go expect=running "file=$T/daemon" "file=$T/pid" killkeeper eof "dead=$T/pid" \
    "alive=$T/daemon" -- bash -c "cd /; '$TOOLS/daemon' -e '$T/daemon'; cd '$T' && exec '$AGENTS/polite.sh' '$T/term' '$T/pid'"
says "$(it 1)/keep.json" '"fence":"cgroup"' '"fence_why":"' "/ccsup-"
grep -qx "$(cat "$T/daemon")" "$(group)/cgroup.procs" || die "the daemon is not in $(group)"
ctl "run=$two" lock start "dead=$T/daemon" connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"end":"lost"' "\"leftovers\":[{\"pid\":$(cat "$T/daemon"),\"name\":"
says "$(it 2)/exit.json" '"fence":"cgroup"' '"leftovers":[]'
[ ! -e "$(group)" ] || die "$(group) is left"
nobody_left

begin unnamed
# The same, and somebody took the group's name out of the record: whoever lives in it is ended before it is used again.
ctl "run=$one" lock start connect send=go expect=running "file=$T/daemon" killkeeper eof "alive=$T/daemon" -- \
    bash -c "cd /; '$TOOLS/daemon' -e '$T/daemon'; exec sleep 60"
sed -i 's/"cgroup":"[^"]*"/"cgroup":""/' "$(it 1)/keep.json"
ctl "run=$two" lock start "dead=$T/daemon" connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 2)/keep.json" '"fence":"cgroup"'
nobody_left

begin another
# Another fence for the next iteration, in another control group: the group of the dead one is found all the same.
ctl "run=$one" lock start connect send=go expect=running "file=$T/daemon" killkeeper eof -- \
    bash -c "cd /; '$TOOLS/daemon' -e '$T/daemon'; exec sleep 60"
ctl "run=$two" fence=subreaper lock start "dead=$T/daemon" connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"end":"lost"' "{\"pid\":$(cat "$T/daemon"),"
says "$(it 2)/exit.json" '"fence":"subreaper"'
[ ! -e "$(group)" ] || die "$(group) is left"

begin believed
# What a record names is a group of this role's only if it looks so: no other is killed.
sleep 100 &
stranger=$!
other=$(dirname "$(sed -n 's/.*"cgroup":"\([^"]*\)".*/\1/p' "$BOX/another/state/builder/iterations/000001/keep.json")")/other
mkdir "$other"
echo "$stranger" >"$other/cgroup.procs"
mkdir -p "$(it 1)"
printf '{"schema":1,"iteration":1,"run_id":"%s","pid":9,"starttime":1,"boot_id":"%s","created_at":5,"cgroup":"%s"}\n' \
    "$(marker "$one")" "$(cat /proc/sys/kernel/random/boot_id)" "$other" >"$(it 1)/keep.json"
ctl lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"end":"lost"' '"leftovers":[]'
kill "$stranger" || die "a stranger's group was killed"
wait "$stranger" || true
rmdir "$other"

begin escape
# Who may write there leaves the group, or makes groups in it: the descent is the second net, and no group stays.
if [ "$(id -u)" = 0 ]; then
    cat >"$T/agent" <<'AGENT'
here=$(sed -n 's/^0:://p' /proc/self/cgroup)
dir=$(findmnt -rnt cgroup2 -o TARGET | head -n 1)$here
mkdir -p "$dir/deep/deeper" "$dir/$(printf 'n/%.0s' {1..40})"
"$2/daemon" "$1/inside"
(echo "$BASHPID" >"$dir/deep/deeper/cgroup.procs" && exec "$2/daemon" "$1/deep")
(echo "$BASHPID" >"$(dirname "$dir")/cgroup.procs" && exec "$2/daemon" "$1/escaped")
sed -n 's/^0:://p' "/proc/$(cat "$1/escaped")/cgroup"
AGENT
    ctl lock start connect send=go eof ended "dead=$T/inside" "dead=$T/deep" "dead=$T/escaped" -- \
        bash "$T/agent" "$T" "$TOOLS"
    says "$(it 1)/exit.json" '"code":0' '"leftovers_count":3' '"survivors":[]' "\"pid\":$(cat "$T/inside")," \
        "\"pid\":$(cat "$T/deep")," "\"pid\":$(cat "$T/escaped"),"
    saysnot "$(it 1)/out.log" "/ccsup-"
    [ ! -e "$(group)" ] || die "$(group) is left"
fi
nobody_left

begin auto
# The best that keeps leftovers, also for root; what is kept is moved out, and the group goes.
ctl fence=auto leftovers=keep lock start connect send=go eof ended "alive=$T/pid" -- "$TOOLS/daemon" "$T/pid"
says "$(it 1)/keep.json" '"fence":"cgroup"' '"fence_why":"no pidns: '
says "$(it 1)/exit.json" "\"kept\":[{\"pid\":$(cat "$T/pid"),\"name\":\"daemon\"}]" '"leftovers":[]'
[ ! -e "$(group)" ] || die "$(group) is left"
kill -KILL "$(cat "$T/pid")"
ctl "dead=$T/pid" -- true
nobody_left
