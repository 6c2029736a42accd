#!/bin/sh
# Has a Docker Swarm stack, or a service, converged? For `ccsup wait`:
#
#     ccsup wait --name web --timeout 15m cmd --fail-exit 3 -- ./swarm-converged.sh web
#
#     swarm-converged.sh STACK | --service NAME...
#
# Exit: 0 every service runs as many tasks as it should, and no update is under way
#       1 not yet
#       3 it will not: an update is paused or was rolled back, or a task of the service's present image was rejected
#     126 cannot tell: docker does not answer, or there is no such service
# One line on standard output says of each service how many of its tasks run, and what is wrong. Nothing is changed.
set -u

fail() {
    echo "$1"
    exit 126
}

case ${1:-} in
'' | -h | --help)
    echo "swarm-converged.sh STACK | --service NAME..." >&2
    exit 126
    ;;
--service)
    shift
    services=$*
    ;;
*)
    services=$(docker service ls --filter "label=com.docker.stack.namespace=$1" --format '{{.Name}}' 2>&1) ||
        fail "docker does not answer: $(printf %s "$services" | tail -n 1)"
    ;;
esac
[ -n "$services" ] || fail "no service of that name"

# The tasks that were rejected although they are of the image that the service is to run now: older ones are history.
rejected() {
    image=$(docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}' "$1" 2>/dev/null) || return
    docker service ps --no-trunc --format '{{.Image}}|{{.CurrentState}}|{{.Error}}' "$1" 2>/dev/null |
        while IFS='|' read -r of state error; do
            case $state in
            Rejected*) [ "${of%%@*}" != "${image%%@*}" ] || printf '%s\n' "${error:-rejected}" ;;
            esac
        done | sort -u | head -n 1
}

worst=0 said=
for service in $services; do
    line=$(docker service ls --filter "name=$service" --format '{{.Name}} {{.Replicas}}' 2>&1) ||
        fail "docker does not answer: $(printf %s "$line" | tail -n 1)"
    # The filter takes a name's beginning; "3/5 (max 2 per node)" has more words.
    replicas=$(printf '%s\n' "$line" | awk -v name="$service" '$1 == name { print $2; exit }')
    [ -n "$replicas" ] || fail "no such service: $service"
    update=$(docker service inspect --format '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' "$service" 2>&1) ||
        fail "docker does not answer: $(printf %s "$update" | tail -n 1)"
    note='' level=0
    if [ "${replicas%/*}" != "${replicas#*/}" ]; then
        level=1
        error=$(rejected "$service")
        [ -z "$error" ] || level=3 note=" ($error)"
    fi
    case $update in
    paused | rollback_paused | rollback_started | rollback_completed) level=3 note=" (update $update)" ;;
    updating) [ "$level" -eq 3 ] || level=1 note=" (updating)" ;;
    esac
    [ "$level" -le "$worst" ] || worst=$level
    said="$said${said:+, }$service $replicas$note"
done
echo "$said"
exit "$worst"
