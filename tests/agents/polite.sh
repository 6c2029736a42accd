#!/bin/bash
# Ends on TERM and says so in the file of its first argument; its pid is in the second one. 120 s at most.
trap 'echo TERM >"$1"; kill "$pause"; exit 143' TERM
sleep 120 &
pause=$!
echo "$$" >"$2"
wait "$pause"
