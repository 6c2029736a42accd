#!/bin/bash
# One line of 16 MiB (or its first argument in bytes), then a short one.
head -c "${1:-16777216}" /dev/zero | tr '\0' 'x'
printf '\nshort\n'
