#!/usr/bin/env bash
# The real Claude Code program for the tests, from npm, pinned, into a folder of the source tree that git ignores; never
# globally. Prints where the program is.
#   tests/stub/install.sh             the pinned version
#   tests/stub/install.sh before      the one that was published before it
#   tests/stub/install.sh VERSION
set -euo pipefail
version=${1:-2.1.330}
[[ $version != before ]] || version=2.1.329
dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build-cache/claude-$version
program=$dir/node_modules/.bin/claude
mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock" # two cases at once: the second waits, and finds it
flock 9
if [[ ! -x $program ]]; then
    command -v npm >/dev/null || {
        echo "npm is missing: apt-get install npm" >&2
        exit 1
    }
    mkdir -p "$dir.new"
    # A version that is named exactly is taken whatever node there is: the program is no script.
    npm install --prefix "$dir.new" --no-audit --no-fund --no-save --loglevel=error \
        "@anthropic-ai/claude-code@$version" >&2
    rm -rf "$dir"
    mv "$dir.new" "$dir"
fi
echo "$program"
