#!/usr/bin/env bash
# The real Claude, but for what TOOLS/how.ROLE says: "refused" nobody listens where the API should be; "silent" it never
# says a word; "lingers" it stays after its last one.
case $(cat "$TOOLS/how.$CCSUP_ROLE" 2>/dev/null) in
refused) export ANTHROPIC_BASE_URL=http://127.0.0.1:1 ;;
silent) exec sleep 300 ;; # bounded agent
lingers)
    "$REAL_CLAUDE" "$@"
    exec sleep 300 # bounded agent
    ;;
esac
exec "$REAL_CLAUDE" "$@"
