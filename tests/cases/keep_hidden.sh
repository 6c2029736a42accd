#!/bin/bash
# Where /proc does not show all: an ordinary user under hidepid=ptraceable still ends a daemon that may not be traced, by the
# kernel's list of children; and with no /proc at all nothing is claimed.
if [ -z "${KEEP_PROC:-}" ] && [ -z "${KEEP_NOPROC:-}" ]; then
    KEEP_AS=nobody KEEP_PROC=hidepid=ptraceable bash "$0" || exit
    KEEP_NOPROC=1 exec bash "$0"
fi
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

if [ -n "${KEEP_PROC:-}" ]; then
    begin hidden
    [ ! -e /proc/1/status ] || [ "$(stat -c %u /proc/1)" != 0 ] || die "hidepid is not in force"
    ctl lock start connect send=go eof ended -- "$TOOLS/daemon" -n "$T/pid"
    says "$(it 1)/exit.json" '"end":"exited"' '"survivors":[]' "\"leftovers\":[{\"pid\":$(cat "$T/pid"),\"name\":\"hidden\"}]"
    ! kill -0 "$(cat "$T/pid")" 2>/dev/null || die "the hidden daemon lives"
    exit 0
fi

begin noproc
if [ "${CCSUP_SANITIZE:-0}" = 1 ]; then
    echo "left out: the sanitizers need a /proc"
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "SKIPPED: needs root" >&2
    exit 77
fi
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec unshare --mount sh -c '\''%s; exec "$@"'\'' sh "%s" "$@"\n' "while umount -l /proc; do :; done 2>/dev/null" \
    "$KEEP" >"$T/keep"
printf '#!/bin/sh\nexec unshare --mount sh -c '\''%s; exec "$@"'\'' sh "%s" "$@"\n' "umount /proc" "$KEEP" >"$T/keep-other"
chmod 755 "$T/keep" "$T/keep-other"
# The /proc of another namespace, which lies below that of ours: its pids are others'.
if [ "$(unshare --mount sh -c 'umount /proc; readlink /proc/self')" -gt 0 ]; then
    KEEP=$T/keep-other
    ctl lock "start=failed /proc is that of another PID namespace" "nofile=$(it 1)" -- true
fi
KEEP=$T/keep
ctl fence=pidns lock "start=failed fence = pidns is impossible: there is no /proc of our own PID namespace" -- true
ctl fence=auto lock start connect limit=30000 send=go eof ended "alive=$T/pid" -- "$TOOLS/daemon" "$T/pid"
says "$(it 1)/keep.json" '"fence":"subreaper"' 'no pidns: there is no /proc' 'no cgroup: no control groups'
says "$(it 1)/exit.json" '"survivors":[{"pid":0,"name":"unknown"' \
    "processes are left that /proc does not show to user 0 (hidepid, or no /proc)"
kill -KILL "$(cat "$T/pid")"
# What can't be looked for is not claimed to be gone.
mv "$(it 1)/exit.json" "$T/moved"
ctl lock "start=failed what is left of iteration 1 can't be looked for: there is no /proc" "nofile=$(it 2)" -- true
