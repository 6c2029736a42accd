#!/bin/bash
# Works without an end (120 s); TERM ends it at once with 143. Writes its pid to the file of its first argument.
trap 'kill "$pause" 2>/dev/null; exit 143' TERM
echo "$$" >"${1:-/dev/null}"
sleep 120 &
pause=$!
wait "$pause"
