#!/bin/sh
# The demo's Adversary: one iteration of an agent loop, started and watched by ccsup like any other agent.
# It believes nothing: each open claim is tried in a cold clone of what was pushed, against an oracle of its own (the
# calendar of coreutils' date), and each verdict becomes one line at the end of REVIEW.md. It writes no other file.
set -eu
export LC_ALL=C TZ=UTC
all="D1 D2 D3 D4 D5 D6 D7 D8 D9 D10"

say() {
    echo "adversary: $*"
}

# --- The work tree and the cold clone. ----------------------------------------------------------------------------------

git fetch -q origin
if ! git rev-parse -q --verify refs/remotes/origin/main >/dev/null; then
    say "nothing was pushed yet"
    exit 0
fi
if git rev-parse -q --verify HEAD >/dev/null; then
    git reset -q --hard
    git clean -fdq
    git rebase -q origin/main
else
    git symbolic-ref HEAD refs/heads/main
    git reset -q --hard origin/main
fi

cold=$(mktemp -d "${TMPDIR:-/tmp}/cold.XXXXXX")
trap 'rm -rf "$cold"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
git clone -q --branch main "$(git remote get-url origin)" "$cold/tree"
sha=$(git -C "$cold/tree" rev-parse --short=12 HEAD)

# --- The oracle and the checks. Each check prints its evidence and returns 0 for PASS, 1 for FAIL. ----------------------

# ask ARGS…: sets answer, complaint and rc of the program under test. What it prints becomes part of a verdict's line:
# printable characters of one line, and not many of them.
ask() {
    rc=0
    answer=$(cd "$cold/tree" && timeout 5 sh ./days.sh "$@" 2>"$cold/stderr") || rc=$?
    answer=$(printf %s "$answer" | one_line)
    complaint=$(one_line <"$cold/stderr")
}

one_line() {
    head -c 80 | tr '\n' ' ' | tr -cd '[:print:]'
}

# days YEAR MONTH: the truth.
days() {
    date -d "$1-$2-01 +1 month -1 day" +%d
}

# same YEAR… / MONTH…: for each year and month the program says what the calendar says.
same() {
    n=0
    years=${1%%/*}
    months=${1#*/}
    for y in $years; do
        for m in $months; do
            want=$(days "$y" "$m")
            ask "$y" "$m"
            if [ "$rc" -ne 0 ] || [ "$answer" != "$want" ]; then
                echo "$y-$m has $want days, days.sh says '$answer' (exit $rc)"
                return 1
            fi
            n=$((n + 1))
        done
    done
    echo "$n months agree with date(1)"
}

# refused ARGS…: nothing on stdout, a sentence on stderr, exit 2.
refused() {
    ask "$@"
    if [ "$rc" -ne 2 ] || [ -n "$answer" ] || [ -z "$complaint" ]; then
        echo "days.sh $* is not refused with exit 2 and a sentence: exit $rc, stdout '$answer', stderr '$complaint'"
        return 1
    fi
}

check() {
    case $1 in
    D1) same "1999 2024/1 03 5 7 08 10 12" ;;
    D2) same "1999 2024/4 06 09 11" ;;
    D3) same "1997 2001 2022 2023/2" ;;
    D4) same "1996 2004 2024 2028/2" ;;
    D5) same "1900 1800 2100 2200 3000/2" ;;
    D6) same "1600 2000 2400 4000/02" ;;
    D7) refused 2023 13 && refused 2023 0 && refused 2023 99 && refused 2023 00 && echo "0, 00, 13 and 99 are refused" ;;
    D8) refused abc 2 && refused 2023 x1 && refused 20a4 2 && refused -5 2 && refused "" 2 && refused 2023 "" &&
        echo "six non-numbers are refused" ;;
    D9) refused && refused 2023 && refused 2023 2 1 && case $complaint in
        *usage*) echo "usage and exit 2" ;;
        *)
            echo "no usage in '$complaint'"
            return 1
            ;;
        esac ;;
    D10) names ;;
    esac
}

names() {
    n=0
    for pair in jan:1 February:2 MAR:3 april:4 May:5 Jun:6 july:7 aug:8 September:9 oct:10 NOV:11 december:12; do
        want=$(days 2024 "${pair#*:}")
        ask 2024 "${pair%:*}"
        if [ "$rc" -ne 0 ] || [ "$answer" != "$want" ]; then
            echo "2024 ${pair%:*} has $want days, days.sh says '$answer' (exit $rc)"
            return 1
        fi
        n=$((n + 1))
    done
    echo "$n names agree with date(1)"
}

# --- Verdicts. ----------------------------------------------------------------------------------------------------------

last_word() {
    git log --format=%s | awk -v id="($1):" '
        index($0, "claim" id) == 1 { print "claim"; exit }
        index($0, "review" id) == 1 { print "review"; exit }'
}

last_verdict() {
    [ -f REVIEW.md ] || return 0
    awk -v id="$1:" '$1 == id && ($2 == "PASS" || $2 == "FAIL") { last = $2 " " $3 } END { print last }' REVIEW.md
}

# write ID PASS|FAIL EVIDENCE: one line at the end. A PASS must be later than the verdict it replaces, to the second.
write() {
    before=$(last_verdict "$1")
    now=$(date +%Y-%m-%dT%H:%M:%SZ)
    while [ "@$now" = "${before#* }" ]; do
        sleep 0.1
        now=$(date +%Y-%m-%dT%H:%M:%SZ)
    done
    [ -f REVIEW.md ] || printf '# Review\n\n' >REVIEW.md
    printf '%s: %s @%s sha=%s — %s\n' "$1" "$2" "$now" "$sha" "$3" >>REVIEW.md
    git add REVIEW.md
    git commit -q -m "review($1): $2 — $3"
    say "$1: $2 — $3"
}

tried=0
for id in $all; do
    word=$(last_word "$id")
    verdict=$(last_verdict "$id")
    case $word in
    claim)
        tried=$((tried + 1))
        if evidence=$(check "$id"); then
            write "$id" PASS "$evidence"
        else
            write "$id" FAIL "$evidence"
        fi
        ;;
    review)
        # What passed once is tried again with every round: a repair can break its neighbour.
        if [ "${verdict%% *}" = PASS ] && ! evidence=$(check "$id"); then
            tried=$((tried + 1))
            write "$id" FAIL "it passed before: $evidence"
        fi
        ;;
    esac
done
if [ "$tried" -eq 0 ]; then
    say "no open claim at $sha"
    exit 0
fi

tries=0
until git push -q origin HEAD:refs/heads/main 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -ge 20 ]; then
        say "cannot push after $tries tries"
        exit 1
    fi
    git fetch -q origin
    git rebase -q origin/main
done
