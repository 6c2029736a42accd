#!/usr/bin/env bash
# docs/state-machine.md shows exactly the transitions of tests/golden/transitions.txt. With --write the page's table is written anew.
set -euo pipefail
cd "${CCSUP_SOURCE:?}"
page=docs/state-machine.md
golden=tests/golden/transitions.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One row an event, one column a state, both in the order in which agents/agent.h lists them.
list() {
    sed -n "/#define $1(X)/,/^enum/p" agents/agent.h | grep -oE 'X\([A-Z_]+\)' | sed 's/X(\(.*\))/\1/'
}
list AGENT_STATES >"$work/states"
list AGENT_EVENTS >"$work/events"
[[ $(wc -l <"$work/states") -ge 8 && $(wc -l <"$work/events") -ge 15 ]] || {
    echo "the lists of states and events cannot be read from agents/agent.h"
    exit 1
}
awk -v states="$work/states" -v events="$work/events" '
    BEGIN {
        while ((getline line <states) > 0) state[++s] = line
        while ((getline line <events) > 0) event[++e] = line
    }
    NF == 4 && $3 == "->" {
        to = $4 == $1 ? "·" : $4
        cell[$1, $2] = cell[$1, $2] (cell[$1, $2] == "" ? "" : " ") to
    }
    END {
        row = "| |"; line = "|---|"
        for (i = 1; i <= s; i++) { row = row " " state[i] " |"; line = line "---|" }
        print row; print line
        for (k = 1; k <= e; k++) {
            row = "| " event[k] " |"
            for (i = 1; i <= s; i++) row = row (cell[state[i], event[k]] == "" ? " |" : " " cell[state[i], event[k]] " |")
            print row
        }
    }' "$golden" >"$work/table"
sed -n '/^<!-- table -->$/,/^<!-- end -->$/p' "$page" | sed '1d;$d' >"$work/shown"
if [[ ${1:-} == --write ]]; then
    sed -i -e "/^<!-- table -->$/r $work/table" -e '/^<!-- table -->$/,/^<!-- end -->$/{/^|/d}' "$page"
    exit
fi
code=0
diff -u --label "$page" --label "$golden" "$work/shown" "$work/table" || {
    echo "the table is not that of $golden; CCSUP_SOURCE=. bash tests/lint/state_machine.sh --write"
    code=1
}

[[ $code != 0 ]] || echo "$(wc -l <"$golden") transitions"
exit "$code"
