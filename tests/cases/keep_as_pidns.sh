#!/bin/bash
# What holds of a keeper, with a PID namespace as its fence. (What is left by one that dies is the kernel's matter there:
# keep_pidns.)
set -euo pipefail
for name in ends output fence stop orphan; do
    echo "---- keep_$name"
    KEEP_FENCE=pidns bash "$CCSUP_SOURCE/tests/cases/keep_$name.sh"
done
