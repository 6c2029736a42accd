#!/bin/sh
# The demo's Builder: one iteration of an agent loop, started and watched by ccsup like any other agent.
# It writes days.sh criterion by criterion, claims what it has pushed, repairs what the Adversary's verdicts fail, and
# marks the phase when all ten pass. Everything it knows between two iterations is in git, so it may die at any moment;
# once, in the middle of its second round, it really does.
set -eu
export LC_ALL=C
self_crash=.git/demo-crashed
per_round=3
all="D1 D2 D3 D4 D5 D6 D7 D8 D9 D10"

say() {
    echo "builder: $*"
}

# --- The work tree: what is pushed counts, a half-written file of a dead iteration does not. ---------------------------

sync_tree() {
    git fetch -q origin
    if ! git rev-parse -q --verify HEAD >/dev/null; then
        git symbolic-ref HEAD refs/heads/main
    fi
    if [ -n "$(git status --porcelain)" ]; then
        say "an earlier iteration died in mid-work; starting its criterion over"
        if git rev-parse -q --verify HEAD >/dev/null; then
            git reset -q --hard
        else
            git rm -rq --cached . 2>/dev/null || true
        fi
        git clean -fdq
    fi
    if git rev-parse -q --verify refs/remotes/origin/main >/dev/null; then
        if git rev-parse -q --verify HEAD >/dev/null; then
            git rebase -q origin/main
        else
            git reset -q --hard origin/main
        fi
    fi
}

push() {
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
}

# --- What git says of a criterion. --------------------------------------------------------------------------------------

# The newest subject that names the criterion decides whose turn it is: claim, review, or nothing.
last_word() {
    git log --format=%s 2>/dev/null | awk -v id="($1):" '
        index($0, "claim" id) == 1 { print "claim"; exit }
        index($0, "review" id) == 1 { print "review"; exit }'
}

# PASS or FAIL: the last verdict of the criterion in REVIEW.md.
verdict() {
    [ -f REVIEW.md ] || return 0
    awk -v id="$1:" '$1 == id && ($2 == "PASS" || $2 == "FAIL") { last = $2 } END { print last }' REVIEW.md
}

ever_failed() {
    [ -f REVIEW.md ] && awk -v id="$1:" '$1 == id && $2 == "FAIL" { yes = 1 } END { exit !yes }' REVIEW.md
}

# --- days.sh, as far as it has come. ------------------------------------------------------------------------------------

# has LIST ID
has() {
    case " $1 " in
    *" $2 "*) return 0 ;;
    *) return 1 ;;
    esac
}

# write_days LIST: the program with the criteria of LIST built in.
write_days() {
    {
        cat <<'END'
#!/bin/sh
# days.sh YEAR MONTH: how many days that month has (Gregorian calendar).
refuse() {
    echo "days.sh: $1" >&2
    exit 2
}

END
        if has "$1" D9; then
            cat <<'END'
if [ $# -ne 2 ]; then
    echo "usage: days.sh YEAR MONTH, for example: days.sh 2024 2" >&2
    exit 2
fi
END
        fi
        cat <<'END'
year=$1
month=$2
END
        if has "$1" D10; then
            cat <<'END'

case $(printf %s "$month" | tr '[:upper:]' '[:lower:]') in
jan | january) month=1 ;;
feb | february) month=2 ;;
mar | march) month=3 ;;
apr | april) month=4 ;;
may) month=5 ;;
jun | june) month=6 ;;
jul | july) month=7 ;;
aug | august) month=8 ;;
sep | september) month=9 ;;
oct | october) month=10 ;;
nov | november) month=11 ;;
dec | december) month=12 ;;
esac
END
        fi
        if has "$1" D8; then
            cat <<'END'

case $year in
'' | *[!0-9]* | ?????*) refuse "'$year' is not a year: write one to four digits" ;;
esac
case $month in
'' | *[!0-9]*) refuse "'$month' is not a month: write 1 to 12" ;;
esac
END
        fi
        cat <<'END'

# The shell reads 08 as an octal number: leading zeros go first.
while :; do
    case $year in
    0?*) year=${year#0} ;;
    *) break ;;
    esac
done

END
        if has "$1" D4; then
            cat <<'END'
leap() {
    [ $((year % 4)) -eq 0 ] || return 1
END
            # The slip: "a century" built as the turn of a millennium. The Builder's own check is the year 3000, so it
            # does not notice; the Adversary tries other centuries.
            if has "$1" D5 && ever_failed D5; then
                century=100
            else
                century=1000
            fi
            if has "$1" D6; then
                cat <<END
    [ \$((year % $century)) -ne 0 ] || [ \$((year % 400)) -eq 0 ]
END
            elif has "$1" D5; then
                cat <<END
    [ \$((year % $century)) -ne 0 ]
END
            fi
            cat <<'END'
}

END
        fi
        # shellcheck disable=SC2016 # the text of another script
        echo 'case $month in'
        if has "$1" D1; then
            echo '1 | 01 | 3 | 03 | 5 | 05 | 7 | 07 | 8 | 08 | 10 | 12) echo 31 ;;'
        fi
        if has "$1" D2; then
            echo '4 | 04 | 6 | 06 | 9 | 09 | 11) echo 30 ;;'
        fi
        if has "$1" D4; then
            echo '2 | 02) if leap; then echo 29; else echo 28; fi ;;'
        elif has "$1" D3; then
            echo '2 | 02) echo 28 ;;'
        fi
        if has "$1" D7; then
            # shellcheck disable=SC2016 # the same
            echo '*) refuse "there is no month $month: write 1 to 12" ;;'
        else
            echo '*) exit 1 ;;'
        fi
        echo 'esac'
    } >days.sh
}

# --- What each criterion means to the Builder: WHAT, the arguments of its own check, the expected answer. ---------------

what() {
    case $1 in
    D1) echo "the months with 31 days" ;;
    D2) echo "the months with 30 days" ;;
    D3) echo "February of a common year has 28 days" ;;
    D4) echo "a year divisible by 4 is a leap year" ;;
    D5) echo "a century is no leap year" ;;
    D6) echo "a century divisible by 400 is a leap year" ;;
    D7) echo "a month outside 1 to 12 is refused" ;;
    D8) echo "what is no number is refused" ;;
    D9) echo "without two arguments: the usage" ;;
    D10) echo "months by name" ;;
    esac
}

arguments() {
    case $1 in
    D1) echo "2023 1" ;;
    D2) echo "2023 4" ;;
    D3) echo "2023 2" ;;
    D4) echo "2024 2" ;;
    D5) if ever_failed D5; then echo "1900 2"; else echo "3000 2"; fi ;;
    D6) echo "2000 2" ;;
    D7) echo "2023 13" ;;
    D8) echo "abc 2" ;;
    D9) echo "" ;;
    D10) echo "2024 Feb" ;;
    esac
}

expected() {
    case $1 in
    D1) echo "31" ;;
    D2) echo "30" ;;
    D3 | D5) echo "28" ;;
    D4 | D6 | D10) echo "29" ;;
    D7 | D8 | D9) echo "a sentence on stderr, exit 2" ;;
    esac
}

# self_check ID: the command of the claim gives what the claim says.
self_check() {
    rc=0
    # shellcheck disable=SC2046 # the arguments are words
    answer=$(sh days.sh $(arguments "$1") 2>&1) || rc=$?
    case $1 in
    D7 | D8 | D9) [ "$rc" -eq 2 ] && [ -n "$answer" ] ;;
    *) [ "$rc" -eq 0 ] && [ "$answer" = "$(expected "$1")" ] ;;
    esac || {
        say "$1 does not work yet: sh days.sh $(arguments "$1") says '$answer', exit $rc"
        exit 1
    }
}

# --- Acts. --------------------------------------------------------------------------------------------------------------

# claim ID SHA: its section of STATUS.md, written anew at the end, and the commit that wakes the Adversary.
claim() {
    [ -f STATUS.md ] || printf '# Status\n' >STATUS.md
    # Its old section goes, and so does a marker: what is claimed again is not finished. No blank lines pile up.
    awk -v head="## $1 " '
        index($0, "## ") == 1 { skip = index($0, head) == 1 || $0 == "## DONE" }
        skip { next }
        $0 == "" { blank = 1; next }
        { if (blank) print ""; blank = 0; print }' STATUS.md >.git/status.new
    cat .git/status.new >STATUS.md
    command="sh days.sh $(arguments "$1")"
    {
        printf '\n## %s — claimed\n\n' "$1"
        printf -- '- WHAT: %s\n' "$(what "$1")"
        # shellcheck disable=SC2016 # the backquotes are markdown
        printf -- '- HOW: `%s`\n' "${command% }"
        printf -- '- EXPECTED: %s\n' "$(expected "$1")"
        printf -- '- WHERE: %s\n' "$2"
    } >>STATUS.md
    git add STATUS.md
    git commit -q -m "claim($1): $(what "$1")"
    say "claims $1 at $2"
}

repair() {
    for id in $failed; do
        say "repairs $id"
        write_days "$claimed"
        self_check "$id"
        printf -- '- %s: my check had tried one year only; now every century counts, not every millennium\n' "$id" >>JOURNAL.md
        git add days.sh JOURNAL.md
        git commit -q -m "fix($id): the rule holds for every century"
    done
    push
    sha=$(git rev-parse --short=12 HEAD)
    for id in $failed; do
        claim "$id" "$sha"
    done
    push
}

build() {
    done_now=$claimed
    for id in $todo; do
        done_now="$done_now $id"
        write_days "$done_now"
        if [ -n "$claimed" ] && [ ! -e "$self_crash" ]; then
            : >"$self_crash"
            say "writes $id, and dies of a segmentation fault before the commit"
            # shellcheck disable=SC3045 # where there is no such limit, a core file is the only harm
            ulimit -c 0 2>/dev/null || true
            kill -s SEGV $$
        fi
        self_check "$id"
        git add days.sh
        git diff --cached --quiet || git commit -q -m "days.sh: $(what "$id")"
        say "built $id: $(what "$id")"
    done
    push
    sha=$(git rev-parse --short=12 HEAD)
    for id in $todo; do
        claim "$id" "$sha"
    done
    push
}

marked() {
    awk '$0 == "## DONE" { yes = 1 } END { exit !yes }' STATUS.md
}

mark() {
    printf '\n## DONE\n' >>STATUS.md
    git add STATUS.md
    git commit -q -m "STATUS: DONE, all ten criteria stand verified"
    push
    say "marks the phase DONE"
}

# --- One iteration. -----------------------------------------------------------------------------------------------------

sync_tree
claimed=""
todo=""
failed=""
passed=0
n=0
for id in $all; do
    word=$(last_word "$id")
    state=$(verdict "$id")
    if [ -z "$word" ]; then
        if [ "$n" -lt "$per_round" ]; then
            todo="$todo $id"
            n=$((n + 1))
        fi
        continue
    fi
    claimed="$claimed $id"
    if [ "$word" = review ] && [ "$state" = FAIL ]; then
        failed="$failed $id"
    elif [ "$word" = review ] && [ "$state" = PASS ]; then
        passed=$((passed + 1))
    fi
done

if [ -n "$failed" ]; then
    repair
elif [ -n "$todo" ]; then
    build
elif [ "$passed" -eq 10 ] && ! marked; then
    mark
else
    say "nothing to do: waiting for the Adversary's verdicts"
fi
