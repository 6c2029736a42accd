#!/usr/bin/env bash
# docs/claude.md shows exactly the classes of an ending, and what they make of the recorded runs. With --write it is made so.
set -euo pipefail
page=${CCSUP_SOURCE:?}/docs/claude.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$CCSUP_SOURCE/tests" && "$CCSUP_BUILD/tests/test_ending" tables) >"$work/now"
[[ $(wc -l <"$work/now") -gt 50 ]] || { echo "the tables are suspiciously short"; exit 1; }
if [[ ${1:-} == --write ]]; then
    { sed '/<!-- tables -->/q' "$page" && cat "$work/now" && sed -n '/<!-- end -->/,$p' "$page"; } >"$work/page"
    cp "$work/page" "$page"
fi
sed -n '/<!-- tables -->/,/<!-- end -->/{/<!--/!p}' "$page" >"$work/page"
diff -u "$work/page" "$work/now" || { echo "docs/claude.md is old: bash tests/lint/claude_doc.sh --write"; exit 1; }
