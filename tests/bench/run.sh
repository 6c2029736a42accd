#!/usr/bin/env bash
# ccsup measured beside its peers; writes docs/performance.md.
#   tests/bench/run.sh          everything, about 40 minutes, as root on Debian: installs the peers that are missing
#   tests/bench/run.sh quick    few runs, about 5 minutes; the page goes to the lab's folder only
# Environment: BENCH_LAB (folder of the runs and results, default /tmp/ccsup-bench), CCSUP_BUILD (a release build; default:
# build/, made here), BENCH_WAIT (seconds to wait for a quiet machine, default 1200, quick 0). If it does not become quiet,
# everything that is measured, the floors and the harness run at real-time priority, and the page says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source=$(cd ../.. && pwd)
export BENCH_LAB=${BENCH_LAB:-/tmp/ccsup-bench}
export CCSUP_BUILD=${CCSUP_BUILD:-$source/build}

case ${1-} in
'') many=20 some=10 few=5 mib=1024 statuses=200 windows=5 window=60 page=$source/docs/performance.md quiet=${BENCH_WAIT:-1200} ;;
quick) many=3 some=2 few=1 mib=64 statuses=20 windows=1 window=35 page=$BENCH_LAB/performance.md quiet=${BENCH_WAIT:-0} ;;
*)
    echo "usage: tests/bench/run.sh [quick]" >&2
    exit 2
    ;;
esac

[[ $(id -u) == 0 ]] || {
    echo "run.sh: run it as root: it installs the peers and measures in a PID namespace of its own" >&2
    exit 1
}

# Nothing of them is enabled or started here: each run starts its own, in the namespace.
absent=()
for package in runit daemontools s6 supervisor monit tini util-linux git libuv1-dev libcjson-dev pkg-config make gcc cmark jq python3; do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || absent+=("$package")
done
if [[ ${#absent[@]} -gt 0 ]]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${absent[@]}" >&2
fi

if [[ $CCSUP_BUILD == "$source/build" ]]; then
    (cd "$source" && cmake --preset release && cmake --build build) >/dev/null
fi
mkdir -p "$BENCH_LAB"
rm -rf "${BENCH_LAB:?}/results" "${BENCH_LAB:?}/run" /dev/shm/ccsup-bench
make -s -C src BIN="$BENCH_LAB/bin"

# Others' work on the same cores is noise that no median removes.
is_quiet() {
    awk '{ exit !($1 < 0.7) }' /proc/loadavg
}
until ((quiet <= 0)) || is_quiet; do
    sleep 10
    quiet=$((quiet - 10))
done
priority=()
is_quiet || priority=(chrt --rr 1)
printf '%s%s\n' "$(cut -d' ' -f1-3 /proc/loadavg)" "${priority:+ real-time}" >"$BENCH_LAB/noise"
export PYTHONDONTWRITEBYTECODE=1

bench() {
    "${priority[@]}" ./pidns.sh ./bench.py "$@"
}

floors=floor-wait,floor-uv,floor-sh
peers=dinit,daemontools,runit,s6,supervisord,monit,pm2
bench respawn --runs "$many" --adapters "$floors,ccsup,ccsup-tmpfs,s6-ready,$peers"
bench respawn --runs "$some" --rss 300 --tag _300 --adapters floor-uv,ccsup,dinit,runit
bench memory --runs "$few" --adapters "floor-wait,floor-uv,floor-uv-cjson,ccsup,$peers"
bench idle --runs "$windows" --window "$window" --adapters "floor-wait,floor-uv,ccsup,ccsup-poll-1h,$peers"
bench logs --runs "$some" --adapters "log-direct,log-cat,ccsup,$peers"
bench logs --runs "$some" --line 4096 --tag _4096 --adapters "log-direct,log-cat,ccsup,$peers"
bench status --runs "$statuses" --adapters "ccsup,$peers"
bench teardown --runs "$some" --tree 'tree aebc' --adapters "ccsup,$peers"
bench teardown --runs "$some" --tree 'tree D' --tag _deaf --adapters "ccsup,$peers"
bench teardown --runs "$some" --tree 'hostile 600' --stop-timeout 0 --tag _hostile --adapters "ccsup,dinit,runit,supervisord"
bench kill9 --runs "$few" --after 6 --tree 'tree D' --parallel 2 --adapters "ccsup,$peers"

./judge.py --runs "$some"
"${priority[@]}" ./stream.py --runs "$few" --mib "$mib"
./wait.py --runs "$some"

./report.py >"$BENCH_LAB/page.new"
cp "$BENCH_LAB/page.new" "$page"
rm -rf /dev/shm/ccsup-bench
echo "run.sh: $page"
