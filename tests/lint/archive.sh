#!/usr/bin/env bash
# The pure rooms are pure: what libccsup_core.a needs from outside is a short list of functions of memory, text, cJSON and
# inih. No clock, file, environment, locale or random number.
set -euo pipefail

if [[ "${CCSUP_SANITIZE:-0}" != 0 && "${CCSUP_SANITIZE:-0}" != OFF ]]; then
    echo "checked in the plain build: the sanitizers add symbols of their own"
    exit 0
fi
archive=${CCSUP_BUILD:?}/libccsup_core.a
allowed='^(mem[a-z]+|str[a-z]+|malloc|calloc|realloc|free|snprintf|vsnprintf|qsort|bsearch|abort|__assert_fail|__stack_chk_fail'
allowed+='|__(mem[a-z]+|str[a-z]+|snprintf|vsnprintf)_chk|cJSON_[A-Za-z]+|ini_[a-z_]+|_GLOBAL_OFFSET_TABLE_)$'
# Of these names, what looks at more than its arguments, or at a locale.
refused='^(strerror|strerror_r|strftime|strptime|strto[a-z]+|strcoll|strxfrm|strdup|strndup|strsignal|memfd_create)$'

symbols() {
    nm --format=posix "$1" "$archive" | awk 'NF >= 2 && $0 !~ /:$/ { print $1 }' | sort -u
}
needed=$(comm -23 <(symbols --undefined-only) <(symbols --defined-only))
[[ $(wc -l <<<"$needed") -ge 5 ]] || {
    echo "$archive needs next to nothing: is it the right file?"
    exit 1
}
bad=$(grep -vE "$allowed" <<<"$needed" || true)
bad+=$'\n'$(grep -E "$refused" <<<"$needed" || true)
bad=$(grep . <<<"$bad" || true)
if [[ -n $bad ]]; then
    echo "the pure rooms (supervisor/base, supervisor/config, agents, watchdog) use what they must not:"
    while read -r symbol; do
        printf '  %s: ' "$symbol"
        nm --undefined-only -A "$archive" | awk -v s="$symbol" '$NF == s { split($1, a, ":"); printf "%s ", a[2] }'
        printf '\n'
    done <<<"$bad"
    exit 1
fi
echo "$(wc -l <<<"$needed") symbols from outside, all allowed"
