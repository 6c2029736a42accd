#!/bin/bash
# Some six hundred processes that do all they can to stay, with twenty more that never hold still, against each fence: none
# is left, and how long that takes. Then what a keeper itself costs.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"
runs=${KEEP_RUNS:-$([ "${CCSUP_SANITIZE:-0}" = 1 ] && echo 2 || echo 10)}
median() {
    sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

hostile() {
    local kind=$1 n
    begin "$kind"
    for n in $(seq 1 "$runs"); do
        # Ready when the tree is complete and the hoppers are well on their way.
        if ! ctl "fence=$kind" "run=$(printf '%032x' "$n")" lock limit=60000 start connect send=go expect=running \
            "file=$(it "$n")/out.log" "file=$T/up19" mark send=kill eof under=9500 ended -- bash -c "
            for i in {0..19}; do '$TOOLS/hopper' \$((i % 3)) '$T'/up\$i & done; exec '$TOOLS/tree' -w -l 50 10" >"$T/said"; then
            if [ "$kind" != subreaper ] && grep -q "^failed fence = $kind is impossible" "$T/said"; then
                echo "SKIPPED here: $(cat "$T/said")"
                return
            fi
            die "$(cat "$T/said")"
        fi
        rm -f "$T"/up*
        nobody_left
        says "$(it "$n")/exit.json" '"survivors":[]' '"signal":9'
        count=$(grep -o '"leftovers_count":[0-9]*' "$(it "$n")/exit.json" | cut -d: -f2)
        [ "$count" -ge 550 ] || die "only $count were there to kill"
        sed -n 's/^under: \([0-9]*\) ms$/\1/p' "$T/said" >>"$T/times"
        echo "$count" >>"$T/counts"
    done
    echo "$kind: all of $(median <"$T/counts") gone in $(median <"$T/times") ms (median of $runs)"
}
for kind in subreaper cgroup pidns; do
    hostile "$kind"
done

begin memory
[ "${CCSUP_SANITIZE:-0}" = 0 ] || exit 0
for kind in subreaper cgroup pidns; do
    rm -f "$T/pid"
    if ! ctl "fence=$kind" lock start connect send=go expect=running "file=$T/pid" -- "$AGENTS/hang.sh" "$T/pid" >"$T/said"; then
        grep -q "^failed fence = $kind is impossible" "$T/said" || die "$(cat "$T/said")"
        echo "SKIPPED here: $(cat "$T/said")"
        continue
    fi
    pss=$(sed -n 's/^Pss: *\([0-9]*\) kB/\1/p' "/proc/$(sed -n 's/^ready \([0-9]*\) .*/\1/p' "$T/said")/smaps_rollup")
    echo "$kind: the keeper's Pss is $pss KiB"
    [ "$pss" -lt 4096 ] || die "a keeper of $pss KiB"
    ctl lock connect send=kill eof ended -- true >/dev/null
done
nobody_left
