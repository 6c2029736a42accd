#!/bin/bash
# What holds of a keeper, for an ordinary user: with what it always has, and with a control group that was delegated to it.
set -euo pipefail
for fence in auto cgroup; do
    for name in ends fence stop sweep; do
        echo "---- keep_$name, $fence"
        KEEP_AS=nobody KEEP_FENCE=$fence bash "$CCSUP_SOURCE/tests/cases/keep_$name.sh"
    done
done
