#!/bin/bash
# All 256 bytes, 64 times, NUL and escape sequences among them.
for ((turn = 0; turn < 64; turn++)); do
    for ((byte = 0; byte < 256; byte++)); do
        printf '%b' "\\x$(printf '%02x' "$byte")"
    done
done
