#!/bin/bash
# What holds of a keeper, with a control group as its fence.
set -euo pipefail
for name in ends output fence stop sweep orphan; do
    echo "---- keep_$name"
    KEEP_FENCE=cgroup bash "$CCSUP_SOURCE/tests/cases/keep_$name.sh"
done
