#!/usr/bin/env bash
# docs/examples/swarm-converged.sh says of each state of a Swarm stack what it is, by the answers that docker gives for it; and
# `ccsup wait` with it wakes on convergence, and on failure.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/wait_lib.sh"
new_sandbox
cd "$SANDBOX"
mkdir bin answers
export PATH=$SANDBOX/bin:$PATH
converged=$CCSUP_SOURCE/docs/examples/swarm-converged.sh

# docker as its answers stand in answers/: ls (NAME REPLICAS), and of a service NAME.image, NAME.update and NAME.ps.
cat >bin/docker <<'SH'
#!/bin/sh
cd "$(dirname "$0")/../answers" || exit 1
[ -e ls ] || { echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1; }
for last in "$@"; do :; done
case "$*" in
"service ls --filter label=com.docker.stack.namespace="*"--format {{.Name}}") name=${4##*=} && grep "^${name}_" ls | cut -d' ' -f1 ;;
"service ls --filter name="*"--format {{.Name}} {{.Replicas}}") name=${4#name=} && grep "^$name" ls ;;
"service inspect --format {{if .UpdateStatus}}"*) cat "$last.update" ;;
"service inspect --format {{.Spec.TaskTemplate"*) cat "$last.image" ;;
"service ps --no-trunc --format {{.Image}}|{{.CurrentState}}|{{.Error}} "*) cat "$last.ps" ;;
*) echo "unknown: $*" >&2; exit 125 ;;
esac
exit 0
SH
chmod +x bin/docker

# state SERVICE REPLICAS [UPDATE]: what docker says of it.
state() {
    { [[ ! -e answers/ls ]] || grep -v "^$1 " answers/ls || true; } >answers/ls.new
    echo "$1 $2" >>answers/ls.new
    LC_ALL=C sort answers/ls.new >answers/ls
    echo "registry.example.org/app:17@sha256:0f1e2d" >"answers/$1.image"
    echo "${3:-}" >"answers/$1.update"
    echo "registry.example.org/app:17@sha256:0f1e2d|Running 2 minutes ago|" >"answers/$1.ps"
}
# says CODE LINE WORDS...
says() {
    local code=0 line
    line=$("$converged" "${@:3}" 2>&1) || code=$?
    assert_eq "$code" "$1" "exit of: swarm-converged.sh ${*:3}: $line"
    assert_eq "$line" "$2" "the line of: swarm-converged.sh ${*:3}"
}

says 126 "docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" web
state web_app "5/5 (max 2 per node)"
state web_db 1/1 completed
state web 1/1
says 0 "web_app 5/5, web_db 1/1" web
says 126 "no service of that name" other
says 126 "no such service: web_ap" --service web_ap
state web_app 3/5
says 1 "web_app 3/5, web_db 1/1" web
state web_app 5/5 updating
says 1 "web_app 5/5 (updating), web_db 1/1" web
says 0 "web_db 1/1" --service web_db
for update in paused rollback_started rollback_paused rollback_completed; do
    state web_app 5/5 $update
    says 3 "web_app 5/5 (update $update), web_db 1/1" web
done
# A task that was rejected: of the image that it is to run, not of one before.
state web_app 0/5
echo 'registry.example.org/app:16@sha256:aa|Rejected 9 days ago|"No such image: registry.example.org/app:16"' >answers/web_app.ps
says 1 "web_app 0/5, web_db 1/1" web
echo 'registry.example.org/app:17@sha256:0f1e2d|Rejected 3 seconds ago|"No such image: registry.example.org/app:17"' >>answers/web_app.ps
says 3 'web_app 0/5 ("No such image: registry.example.org/app:17"), web_db 1/1' web
state web_app 5/5
echo 'registry.example.org/app:17@sha256:0f1e2d|Rejected 3 minutes ago|"No such image"' >>answers/web_app.ps
says 0 "web_app 5/5, web_db 1/1" web

# What ccsup wait makes of it.
state web_app 4/5
waiting --timeout 1m cmd --fail-exit 3 -- "$converged" web
wait_until 10 "it looks" grep -q "looks every" waiter.err
state web_app 5/5
waited 0 'last="web_app 5/5, web_db 1/1"'
state web_app 4/5 paused
waits 1 'last="web_app 4/5 (update paused), web_db 1/1"' --timeout 1m cmd --fail-exit 3 -- "$converged" web
rm answers/ls
waits 3 'last="docker does not answer: Cannot connect' --max-probe-errors 2 cmd --fail-exit 3 -- "$converged" web
assert_no_process_left
