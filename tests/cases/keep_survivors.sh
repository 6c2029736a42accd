#!/bin/bash
# What can't be killed is named, nothing is claimed, and nothing starts beside it: a daemon that became root under a
# keeper that is not.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin survivors
as_nobody() {
    setpriv --reuid=nobody --clear-groups "$TOOLS/keepctl" "$KEEP" "$T" "$@"
}
if ! chown nobody "$T" 2>/dev/null || ! cp "$TOOLS/daemon" "$T/rooter" || ! chmod 4755 "$T/rooter" ||
    ! chmod 755 "$BOX" || findmnt -n -o OPTIONS -T "$T" | grep -qw nosuid; then
    echo "SKIPPED: needs root and a temporary folder without nosuid" >&2
    exit 77
fi
as_nobody lock start connect limit=25000 send=go eof ended "alive=$T/pid" -- "$T/rooter" -r "$T/pid"
pid=$(cat "$T/pid")
says "$(it 1)/exit.json" "\"survivors\":[{\"pid\":$pid,\"name\":\"rooter\"," '"leftovers":[]'
as_nobody lock limit=25000 "start=survivors 1 1 process of iteration 1 can't be ended: $pid (rooter); end it by hand" \
    "alive=$T/pid" -- true
[ ! -e "$(it 2)" ] || die "an iteration was made beside a survivor"
kill -KILL "$pid"
as_nobody lock "dead=$T/pid" start connect send=go eof ended -- true
says "$(it 2)/exit.json" '"end":"exited"'
