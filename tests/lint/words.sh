#!/usr/bin/env bash
# The repository speaks of the project alone: no path of somebody's machine, no note that something is yet to be done.
set -euo pipefail
cd "${CCSUP_SOURCE:?}"
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || {
    echo "not a git work tree: only what is tracked is looked at, and here nothing is"
    exit 0
}
code=0

# look WHAT PATTERN: in tracked text files (and those about to be), but for the files that hold the patterns.
look() {
    local found
    found=$(git ls-files -z --cached --others --exclude-standard -- . ':!tests/lint/words.sh' ':!tests/lint/tests_habits.sh' |
        xargs -0 grep -InE -- "$2" 2>/dev/null || true)
    if [[ -n $found ]]; then
        echo "$1:"
        printf '%s\n' "$found" | cut -c1-200
        code=1
    fi
}

look "a path of some machine" '(^|[^A-Za-z0-9_.$}-])/(work|root)/'
# A quoted "TODO" is a word that the readers of verdicts know.
look "a note that something is missing: do it, or leave it out" '(^|[^"`A-Z])\b(TODO|FIXME|XXX)\b[^"`]'
look "an issue by its letter: say what it is about" '\b[Ii]ssues? [A-F]\b'
look "a document that is not here" '\b(DESIGN|LIBS|PEERS|MODELS|SUPERVISORS|CLAUDE-CLI)\.md\b|\.\./shared'
[[ $code != 0 ]] || echo "$(git ls-files | wc -l) tracked files"
exit "$code"
