#!/usr/bin/env bash
# Every test that a page names is there: `FILE` is a file under tests/, `FILE:WORDS` one that has the words.
set -euo pipefail
cd "${CCSUP_SOURCE:?}"
code=0
look() { # PAGE AT-LEAST
    local page=$1 named=0 file words
    while IFS=: read -r file words; do
        named=$((named + 1))
        if [[ ! -f tests/$file ]]; then
            echo "$page names tests/$file, which is not there"
            code=1
        elif [[ -n $words ]] && ! grep -qF -- "$words" "tests/$file"; then
            echo "$page names '$words' in tests/$file, which does not have it"
            code=1
        fi
    done < <(grep -oE '`(unit|cases)/[A-Za-z0-9_./]+(:[^`]+)?`' "$page" | tr -d '`')
    echo "$page names $named tests"
    [[ $named -ge $2 ]] || { echo "which is too few" && code=1; }
}
look docs/state-machine.md 20
look docs/comparison.md 60
exit "$code"
