# shellcheck shell=sh
# The body of each hook of a role's clone (supervisor/git/hooks.c). Set before it: role, other (the two roles), state (the
# folder of the state files, "" or ending with a slash), hooks (the folder where this stands).
# shellcheck disable=SC2154
name=${0##*/} tab=$(printf '\t') bad=0

# The repository's own hook of that name, if there is one: where core.hooksPath pointed before, or in .git/hooks.
own_find() {
    dir=$(git config --local --type=path --get ccsup.hooksPath) ||
        dir=$(git config --type=path --get-all core.hooksPath | grep -vxF "$hooks" | tail -n 1)
    [ -n "$dir" ] || dir=$(git rev-parse --git-common-dir)/hooks
    own=true
    [ "$dir" = "$hooks" ] || [ ! -x "$dir/$name" ] || own=$dir/$name
}

say() {
    bad=1
    printf 'ccsup: %s\n' "$1" >&2
}

# look STATUS PATH: may this role do that to it? STATUS is A, M, D ... as git gives it.
look() {
    case $2 in
    "$state"*) file=${2#"$state"} ;;
    *) return 0 ;;
    esac
    case $file in
    inbox/"$other"/*)
        [ "$1" = A ] || say "$2 is in the $other's inbox: only the $other removes it. Send another note: \
ccsup inbox send $other -m TEXT"
        ;;
    inbox/"$role"/*)
        [ "$1" = D ] || say "$2 is in your own inbox: the $other writes there, and you remove what you have dealt with: \
ccsup inbox done NAME"
        ;;
    */*) ;;
    STATUS.md | STATUS-?*.md | JOURNAL.md | JOURNAL-?*.md | BACKLOG.md | BACKLOG-?*.md)
        [ "$role" = builder ] || say "$2 is the builder's file, and you are the adversary. Give verdicts with \
ccsup review, and say the rest with ccsup inbox send builder -m TEXT, or in FINDINGS.md"
        ;;
    REVIEW.md | REVIEW-?*.md | FINDINGS.md | FINDINGS-?*.md)
        [ "$role" = adversary ] || say "$2 is the adversary's file, and you are the builder: a verdict that you write or \
change does not count. If one is wrong, say why: ccsup inbox send adversary -m TEXT"
        ;;
    esac
}

# In a merge: is the staged file the one of another side? Then it is not of our making.
theirs() {
    heads=$(git rev-parse --git-path MERGE_HEAD)
    [ "$name" = pre-commit ] && [ -f "$heads" ] || return 1
    while read -r head; do
        ! git diff --cached --quiet "$head" -- ":(top,literal)$1" || return 0
    done <"$heads"
    return 1
}

staged() {
    git -c core.quotePath=false diff --cached --name-status --no-renames --no-ext-diff
}

# pushed LOCAL REMOTE: what the commits change that the remote does not have; of merges what no side had.
pushed() {
    [ -n "$(printf %s "$1" | tr -d 0)" ] || return 0 # the branch is removed
    not=--remotes
    ! git cat-file -e "$2^{commit}" 2>/dev/null || not="$not $2"
    # shellcheck disable=SC2086 # two words
    git -c core.quotePath=false -c log.showSignature=false log --format= --root -c --name-status --no-renames "$1" --not $not
}

# Reads "STATUS<tab>PATH" lines.
look_all() {
    while IFS=$tab read -r status path; do
        [ -z "$path" ] || theirs "$path" || look "$status" "$path"
    done
    [ "$bad" = 0 ]
}

own_find
case $name in
pre-commit)
    staged | look_all || {
        echo 'ccsup: nothing was committed; take it out of the commit: git restore --staged --worktree FILE' >&2
        exit 1
    }
    ;;
pre-push)
    refs=$(cat)
    printf '%s\n' "$refs" | while read -r _ local _ remote; do
        [ -z "$local" ] || pushed "$local" "$remote"
    done | sort -u | look_all || {
        echo 'ccsup: nothing was pushed; take it out of your commits: git reset --soft @{upstream}, then' \
            'git restore --staged --worktree FILE, and commit again' >&2
        exit 1
    }
    if [ -n "$refs" ]; then
        printf '%s\n' "$refs" | "$own" "$@"
    else
        "$own" "$@" </dev/null
    fi
    exit
    ;;
esac
exec "$own" "$@"
