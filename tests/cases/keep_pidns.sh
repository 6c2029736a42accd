#!/bin/bash
# The keeper as PID 1 of its agent's PID namespace: who sees whom, by which pid, and what a kill of the keeper does.
KEEP_FENCE=pidns
export KEEP_FENCE
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"
if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: needs root" >&2
    exit 77
fi
id=0123456789abcdef0123456789abcdef

begin pids
# All that is said outside are the pids of outside.
ctl lock start connect send=go expect=running "file=$T/pid" -- "$AGENTS/hang.sh" "$T/pid" >"$T/said"
keeper=$(sed -n 's/^keeper \([0-9]*\) .*/\1/p' "$T/said")
agent=$(sed -n 's/^running \([0-9]*\)$/\1/p' "$T/said")
says "$T/said" "ready $keeper 1 0" "keeper $keeper 1 ready pidns"
says "$(it 1)/keep.json" "\"pid\":$keeper," '"fence":"pidns"' '"fence_why":""' \
    "\"starttime\":$(cut -d' ' -f22 "/proc/$keeper/stat"),"
[ "$(cat "/proc/$keeper/comm")" = ccsup-keep ] || die "process $keeper is no keeper"
tr '\0' '\n' <"/proc/$agent/environ" | grep -qx "CCSUP_RUN_ID=$(marker "$id")" || die "process $agent is not the agent"
[ "$(readlink "/proc/$agent/ns/pid")" = "$(readlink "/proc/$keeper/ns/pid")" ] || die "the keeper is outside"
[ "$(readlink "/proc/$agent/ns/pid")" != "$(readlink /proc/self/ns/pid)" ] || die "no namespace of its own"
grep -qE '^NSpid:.*\s1$' "/proc/$keeper/status" || die "the keeper is not PID 1 there"
ctl lock connect next=running send=stop expect=stopping eof ended "dead=$T/pid" -- true
says "$(it 1)/exit.json" '"code":143' '"asked":"stop"' '"fence":"pidns"'
nobody_left

begin inside
# Nobody inside can end the keeper, speak to it, or mount something outside; what is mounted outside is seen inside.
mount --make-rshared /
mkdir "$T/later"
cat >"$T/agent" <<'AGENT'
dir=$1 tools=$2 keep=$3
kill -KILL 1; kill -TERM 1; kill -INT 1
echo "sees: $(cd /proc && ls -d [0-9]* | wc -l)"
echo "first: $(cat /proc/1/comm)"
for i in {1..20}; do
    "$tools/keepctl" "$keep" "$dir" "connect=refused you are inside of the fence" -- true || echo "it was let in"
done
mkdir -p "$dir/mount"
mount -t tmpfs agent "$dir/mount" && touch "$dir/mount/seen"
echo ready >"$dir/ready"
until [ -e "$dir/later/seen" ]; do :; done
echo "end"
AGENT
ctl lock start connect send=go "file=$T/ready" "say=$T/look" limit=60000 eof ended "nofile=$T/mount/seen" -- \
    bash "$T/agent" "$T" "$TOOLS" "$KEEP" &
until [ -e "$T/look" ]; do :; done
[ ! -e "$T/mount/seen" ] || die "a mount of the agent's is seen outside"
mount -t tmpfs later "$T/later"
touch "$T/later/seen"
wait $!
umount "$T/later"
says "$(it 1)/exit.json" '"end":"exited"' '"code":0' '"asked":"none"'
says "$(it 1)/out.log" "first: ccsup-keep" "end"
saysnot "$(it 1)/out.log" "it was let in"
[ "$(sed -n 's/^sees: //p' "$(it 1)/out.log")" -le 6 ] || die "it sees the machine: $(cat "$(it 1)/out.log")"
nobody_left

begin killed
# Whatever the moment and the tree: the keeper's death is the tree's death, also of what emptied its environment and works
# elsewhere; the next keeper finds nothing to kill, or kills it.
for round in $(seq 1 "${KEEP_ROUNDS:-12}"); do
    case $((round % 4)) in
    0) steps=() ;;               # before go
    1) steps=(connect send=go) ;; # while it begins
    *) steps=(connect send=go expect=running) ;;
    esac
    ctl "run=$(printf '%032x' "$round")" lock start "${steps[@]}" "say=$T/began" "file=$T/spun" killkeeper -- bash -c "
        cd /; '$TOOLS/hopper' 1 '$T/up' & '$TOOLS/daemon' -e '$T/daemon' & exec '$TOOLS/tree' -w -l 5 9" &
    until [ -e "$T/began" ]; do :; done
    for ((spin = round % 4 > 1 ? RANDOM % 40000 : RANDOM % 400; spin > 0; spin--)); do :; done
    echo now >"$T/spun"
    wait $!
    rm "$T/began" "$T/spun"
    ctl ended -- true
    until (nobody_left) 2>/dev/null; do :; done
    [ ! -e "$(it "$round")/exit.json" ] || die "a record in round $round"
done
ctl lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it "$round")/exit.json" '"end":"lost"' '"leftovers":[]'

begin swept
# What the dead keeper's namespace did not hold is swept all the same, from outside of the new one.
ctl lock start connect send=go expect=running "file=$T/pid" killkeeper eof -- "$AGENTS/hang.sh" "$T/pid"
id=$(marker "$id")
CCSUP_RUN_ID=$id sleep 100 &
stray=$!
echo "$stray" >"$T/stray"
until tr '\0' '\n' <"/proc/$stray/environ" | grep -qx "CCSUP_RUN_ID=$id"; do :; done
ctl run=22222222222222222222222222222222 lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/exit.json" '"end":"lost"' "\"leftovers\":[{\"pid\":$stray,\"name\":\"sleep\"}]"
wait "$stray" || true
nobody_left

begin refused
KEEP_FENCE=subreaper
# Where it can't be had, what was asked for is refused, and auto takes the next best and says why.
as_nobody() {
    setpriv --reuid=nobody --regid=nogroup --clear-groups "$TOOLS/keepctl" "$KEEP" "$T" "$@"
}
chmod 755 "$BOX" && chown nobody "$T"
as_nobody fence=pidns lock "start=failed fence = pidns is impossible: a PID namespace needs root" -- true
as_nobody fence=auto lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 1)/keep.json" '"fence":"subreaper"' '"fence_why":"no pidns: a PID namespace needs root; no cgroup: '
# What was tried is not tried again: a fence that can't be had any more is seen where it is to be built.
as_nobody fence=auto tried=pidns lock "start=failed cannot start a process: Operation not permitted" -- true
ctl fence=auto tried=pidns "run=$(printf '%032x' 7)" lock start connect send=go eof ended -- "$AGENTS/ok.sh"
says "$(it 2)/keep.json" '"fence":"pidns"' '"fence_why":""'
ctl fence=pidns leftovers=keep "start=" -- true 2>"$T/usage" && die "keep inside a namespace"
says "$T/usage" "--leftovers keep is impossible with --fence pidns"
