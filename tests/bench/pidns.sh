#!/usr/bin/env bash
# Runs a command in a PID namespace of its own, whose PID 1 reaps at once: whatever the command starts ends with it, and a
# dead process is gone at once (some machines' PID 1 leaves zombies for seconds, and who looks by kill(pid, 0) waits).
set -euo pipefail
exec unshare --pid --fork --kill-child --mount-proc tini -s -- "$@"
