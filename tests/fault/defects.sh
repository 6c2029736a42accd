#!/usr/bin/env bash
# Puts seeded defects into a copy of the source, one after the other, and sees that each one is found.
#
#     defects.sh [--cheap] [NAME...]      names of defects/NAME.patch; without any all, with --cheap those of unit tests
#
# A patch's head says what the defect is and what must find it, tried in this order until one does:
#     # found by: unit TEST              tests/unit/TEST.c fails
#     # found by: case NAME              tests/cases/NAME.sh fails
#     # found by: race ARGUMENT...       tests/fault/race.py finds a violation
#     # found by: chaos ARGUMENT...      tests/fault/chaos.py finds a violation
#     # found by: points ARGUMENT...     tests/fault/run_points.py finds a violation
# Each of these has to be content with the source as it is, else it proves nothing. Exit 0: all were found.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
cheap=
if [[ ${1:-} == --cheap ]]; then
    cheap=1
    shift
fi
names=("$@")
if [[ ${#names[@]} == 0 ]]; then
    for patch in "$here"/defects/*.patch; do
        if [[ -z $cheap ]] || grep -q '^# found by: unit ' "$patch"; then
            names+=("$(basename "$patch" .patch)")
        fi
    done
fi
[[ ${#names[@]} -ge 1 ]] || { echo "no defects in $here/defects" && exit 2; }

copy=$(mktemp -d /tmp/ccsup-defects-XXXXXX)
trap 'rm -rf "$copy"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
tar -C "$source" --exclude='./build*' --exclude=./.git --exclude=.ccsup --exclude=__pycache__ -cf - . | tar -C "$copy" -xf -
log=$copy/log
export CCSUP_BUILD=$copy/build-dev CCSUP_SOURCE=$copy CCSUP_SANITIZE=0
cmake -S "$copy" --preset dev >"$log" 2>&1 || { cat "$log" && exit 2; }

declare -A content=() # what was tried with the source as it is

# build TOOL: what the tool needs; 2 when it can't be built.
build() {
    local targets=()
    [[ $1 != unit ]] || targets=(--target "$2")
    cmake --build "$CCSUP_BUILD" -j2 "${targets[@]}" >"$log" 2>&1 || return 2
}

# try KIND ARGUMENT...: 0 = content, 1 = it finds something, 2 = it could not be run.
try() {
    local code=0
    build "$1" "${2:-}" || return 2
    case $1 in
    unit) # the shell's own word about an abort is of no interest
        { (cd "$copy/tests" && ulimit -c 0 && exec timeout 280 "$CCSUP_BUILD/tests/$2") >"$log" 2>&1; } 2>/dev/null || code=$?
        ;;
    case) timeout -k 10 280 bash "$copy/tests/cases/$2.sh" >"$log" 2>&1 || code=$? ;;
    race) timeout -k 10 280 python3 "$copy/tests/fault/race.py" "${@:2}" >"$log" 2>&1 || code=$? ;;
    chaos) timeout -k 10 600 python3 "$copy/tests/fault/chaos.py" "${@:2}" >"$log" 2>&1 || code=$? ;;
    points) timeout -k 10 900 python3 "$copy/tests/fault/run_points.py" "${@:2}" >"$log" 2>&1 || code=$? ;;
    *) echo "not known: $1" >"$log" && return 2 ;;
    esac
    case $code in
    0) return 0 ;;
    77) return 2 ;;
    *) return 1 ;;
    esac
}

missed=0
for name in "${names[@]}"; do
    patch=$here/defects/$name.patch
    mapfile -t tools < <(sed -n 's/^# found by: //p' "$patch")
    [[ -z $cheap ]] || mapfile -t tools < <(sed -n 's/^# found by: \(unit .*\)/\1/p' "$patch")
    for tool in "${tools[@]}"; do
        [[ -z ${content[$tool]:-} ]] || continue
        code=0
        # shellcheck disable=SC2086 # words of the patch's head
        try $tool || code=$?
        content[$tool]=$code
        if [[ $code != 0 ]]; then
            echo "NOT CONTENT with the source as it is ($code): $tool"
            tail -n 15 "$log"
            missed=$((missed + 1))
        fi
    done
    if ! (cd "$copy" && patch -p1 -F0 --quiet --force --no-backup-if-mismatch <"$patch") >"$log" 2>&1; then
        echo "OLD     $name: the patch does not fit the source any more; renew it"
        cat "$log"
        (cd "$copy" && tar -C "$source" --exclude='./build*' --exclude=./.git -cf - agents supervisor watchdog | tar -xmf -) # new times: what was built with an earlier defect is built anew
        missed=$((missed + 1))
        continue
    fi
    found=
    for tool in "${tools[@]}"; do
        [[ ${content[$tool]} == 0 ]] || continue
        code=0
        # shellcheck disable=SC2086
        try $tool || code=$?
        if [[ $code == 1 ]]; then
            found=$tool
            break
        elif [[ $code == 2 ]]; then
            echo "        $name: $tool could not be run: $(tail -n 2 "$log" | tr '\n' ' ')"
        fi
    done
    (cd "$copy" && patch -p1 -F0 --quiet --force --reverse --no-backup-if-mismatch <"$patch")
    if [[ -n $found ]]; then
        printf 'found   %-36s %s\n' "$name" "$found"
    else
        printf 'MISSED  %-36s %s\n' "$name" "$(sed -n '1s/^# //p' "$patch")"
        missed=$((missed + 1))
    fi
done
echo "${#names[@]} defects, $missed missed or unclear"
[[ $missed == 0 ]]
