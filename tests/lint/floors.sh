#!/usr/bin/env bash
# Includes go only downwards, and each library has one door.
set -euo pipefail
cd "${CCSUP_SOURCE:?}"
code=0

complain() {
    echo "$1:$2: $3"
    code=1
}

# Which rooms a room may include from. What is not named is refused.
floor() {
    case $1 in
    supervisor/base) echo "supervisor/base" ;;
    agents) echo "agents supervisor/base" ;;
    watchdog) echo "watchdog supervisor/config agents supervisor/base" ;;
    supervisor/config) echo "supervisor/config agents supervisor/base" ;;
    supervisor/sys) echo "supervisor/sys agents supervisor/base" ;;
    supervisor/keep) echo "supervisor/keep supervisor/sys agents supervisor/base" ;;
    supervisor/git) echo "supervisor/git watchdog supervisor/config agents supervisor/sys supervisor/base" ;;
    supervisor/http) echo "supervisor/http supervisor/sys supervisor/base" ;;
    supervisor/run) echo "supervisor/run supervisor/config supervisor/sys watchdog agents supervisor/base" ;;
    supervisor/cli) echo "supervisor/cli supervisor/run supervisor/config supervisor/sys watchdog agents supervisor/base" ;;
    *) return 1 ;;
    esac
}

# Where a library's header may be included.
door() {
    case $1 in
    uv.h | uv/*) echo "supervisor/run supervisor/cli" ;;
    git2.h | git2/*) echo "supervisor/git" ;;
    curl/*) echo "supervisor/http" ;;
    ini.h) echo "supervisor/config" ;;
    cJSON.h | cjson/*) echo "any" ;;
    esac
}

files=0
while read -r file; do
    room=$(dirname "$file")
    files=$((files + 1))
    if ! below=$(floor "$room"); then
        complain "$file" 1 "the room $room is on no floor; name it in tests/lint/floors.sh"
        continue
    fi
    while IFS=: read -r line text; do
        header=$(sed -E 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]*)[>"].*/\1/' <<<"$text")
        if [[ $text == *'"'* ]]; then
            [[ -f $header ]] || complain "$file" "$line" "\"$header\" is not named from the source's root"
            [[ " $below " == *" $(dirname "$header") "* ]] ||
                complain "$file" "$line" "$room may not include $header: it may use $below"
        elif doors=$(door "$header") && [[ -n $doors && $doors != any && " $doors " != *" $room "* ]]; then
            complain "$file" "$line" "<$header> is included in $room; its door is $doors"
        fi
    done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" || true)
done < <(find agents watchdog supervisor -name demo -prune -o -name '*.[ch]' -print | sort)

[[ $files -ge 20 ]] || complain . 0 "only $files files: is this the source?"
[[ $code != 0 ]] || echo "$files files, each on its floor"
exit "$code"
