#!/bin/bash
# All 256 bytes, 64 times, NUL and escape sequences among them.
for ((turn = 0; turn < 64; turn++)); do
    for ((byte = 0; byte < 256; byte++)); do
        printf -v hex '%02x' "$byte"
        printf '%b' "\\x$hex"
    done
done
