#!/usr/bin/env bash
# The tests' habits: they wait for predicates, stop at the first failure, stay inside the repository; every script is
# sound for bash and shellcheck.
set -euo pipefail
cd "${CCSUP_SOURCE:?}"
code=0

complain() {
    echo "$1"
    code=1
}

# A number of seconds is no synchronisation: on a slow machine it is too short, on every other too long. Said of what a
# test itself waits for; a process that only has to be there (in the background, or exec'd) may sleep, and an agent that
# must take its time says so behind its command: # bounded agent
sleeps=$(grep -nE '(^|;|&&|\|\||\bdo|\bthen|\belse|\{)[[:space:]]*(sleep|usleep|nanosleep)([[:space:]]*\(|[[:space:]]+["$0-9.])' \
    -r tests/cases tests/unit |
    grep -vE '&$|# bounded agent|tests/cases/lib\.sh:[0-9]+:.*# the poll of wait_until|tests/unit/scratch\.h:' || true)
[[ -z $sleeps ]] || complain "a bare sleep; wait for a predicate (wait_until, scratch_until):
$sleeps"

for script in tests/cases/*.sh tests/lint/*.sh; do
    [[ $(basename "$script") != lib.sh ]] || continue
    # the keeper's cases get it with their library
    grep -qE '^set -euo pipefail$|/keep_lib\.sh"$' "$script" || complain "$script: no line 'set -euo pipefail'"
    sed -n 2p "$script" | grep -q '^# ' || complain "$script: its second line does not say what it shows"
done

outside=$(grep -nE '(^|[^A-Za-z0-9_.-])/work/|\.\./shared' -r tests --include='*' | grep -v '^tests/lint/' || true)
[[ -z $outside ]] || complain "a path of some machine:
$outside"

scripts=()
while IFS= read -r -d '' script; do
    scripts+=("$script")
done < <(find . -name 'build*' -prune -o -name .git -prune -o -name .ccsup -prune -o -name '*.sh' -print0)
[[ ! -f .ci/run ]] || scripts+=(.ci/run)
[[ ${#scripts[@]} -ge 5 ]] || complain "only ${#scripts[@]} scripts: is this the source?"
for script in "${scripts[@]}"; do
    bash -n "$script" || complain "$script: bash cannot read it"
done
command -v shellcheck >/dev/null || {
    echo "shellcheck is not installed (apt-get install shellcheck)"
    exit 1
}
shellcheck "${scripts[@]}" || complain "shellcheck has complaints"

[[ $code != 0 ]] || echo "${#scripts[@]} scripts"
exit "$code"
