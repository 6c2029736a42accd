#!/usr/bin/env bash
# Every verb and option of `ccsup help` stands in ccsup(1), and no other; and mandoc has no complaint.
set -euo pipefail
: "${CCSUP_BUILD:?}" "${CCSUP_SOURCE:?}"
page=$CCSUP_SOURCE/docs/man/ccsup.1
ccsup=$CCSUP_BUILD/bin/ccsup
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "VERB OPTION" lines, "VERB" alone for the verb itself; "-" is before the verb.
options() {
    sed -nE 's/^  (-[A-Za-z])(, (--[a-z-]+))?( .*)?$/\1 \3/p; s/^  (--[a-z-]+)( .*)?$/\1/p' | tr ' ' '\n' | grep . || true
}
{
    "$ccsup" help | sed -n '/^Options:/,/^$/p' | options | sed 's/^/- /'
    "$ccsup" help | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\).*/\1/p' | while read -r verb; do
        echo "$verb"
        "$ccsup" help "$verb" | sed -n '/^Options:/,$p' | options | sed "s/^/$verb /"
    done
} | sort -u >"$work/help"

# In the page a verb is an item `.It Cm VERB`, and an option is what follows Fl in it; \- is a dash.
awk '
    function flags(    i, on, word) {
        for (i = 1; i <= NF; i++) {
            word = $i
            if (word == "Fl" || word == ".Fl") { on = 1; continue }
            if (word ~ /^\.?[A-Z][a-z]$/) on = 0 # another macro
            gsub(/\\-/, "-", word)
            if (on && word ~ /^-?[A-Za-z]/) print verb " -" word
        }
    }
    /^\.Sh/ { part = $2; verb = "-" }
    part == "DESCRIPTION" && /^\.It Cm/ { verb = $3; print verb }
    part == "DESCRIPTION" && /^\.El/ { flags(); verb = "-"; next }
    part == "SYNOPSIS" || part == "DESCRIPTION" { flags() }
' "$page" | sort -u >"$work/man"

[[ $(grep -c '^start$' "$work/help") == 1 && $(wc -l <"$work/help") -gt 25 ]] ||
    { echo "the list of verbs cannot be read from ccsup help:" && cat "$work/help" && exit 1; }
if ! diff -u --label "ccsup help" --label "docs/man/ccsup.1" "$work/help" "$work/man"; then
    echo "ccsup(1) and the table in supervisor/cli/verbs.c differ"
    exit 1
fi
if command -v mandoc >/dev/null; then
    # Not a complaint about us: the date is made when it is installed.
    complaints=$(mandoc -T lint -W warning "$page" | grep -v 'missing date\|cannot parse date\|legacy man(7) date' || true)
    [[ -z $complaints ]] || { echo "$complaints" && exit 1; }
fi
