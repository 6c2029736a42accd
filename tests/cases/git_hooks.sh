#!/usr/bin/env bash
# The hooks in a role's clone: what they refuse and what they say, what they let through, and that the repository's own
# hooks run after them.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"
umask 022
mkdir tree
cd tree
git init -q
mkdir state
echo x | tee code STATUS.md state/STATUS.md state/REVIEW.md state/JOURNAL-1c.md >/dev/null
as boss first
cd "$WORK"
git clone -q --bare tree r.git

# make ROLE: its clone; then `in_clone ROLE git ...` as that role.
make() { ask clone "url=$WORK/r.git" "dir=$WORK/$1/clone" "gitconfig=$WORK/$1/gitconfig" "role=$1" "name=$1" "email=$1@test" state_path=state; }
in_clone() { (cd "$WORK/$1/clone" && GIT_CONFIG_GLOBAL="$WORK/$1/gitconfig" "${@:2}"); }
# says ROLE CODE WORDS COMMAND...
says() {
    local role=$1 want=$2 words=$3 got=0 said
    shift 3
    said=$(in_clone "$role" "$@" 2>&1) || got=$?
    [ "$got" = "$want" ] || fail "exit $got of $*: $said"
    [[ "$said" == *"$words"* ]] || fail "$* says: $said"
    checks=$((checks + 1))
}
# change ROLE FILE: writes it and puts it into the index.
change() {
    mkdir -p "$(dirname "$WORK/$1/clone/$2")"
    echo "$RANDOM" >>"$WORK/$1/clone/$2"
    in_clone "$1" git add "$2"
}
undo() { in_clone "$1" git reset -q --hard origin/main; }
for role in builder adversary; do
    make "$role"
    is 'a["made"]' True
    [ "$(stat -c %a "$WORK/$role/hooks" "$WORK/$role/hooks/pre-commit" | tr '\n' ' ')" = "755 755 " ] || fail "modes"
done
ask clone "url=$WORK/r.git" role=nobody
is 'a["code"]' request

# ---- a git that was killed with the configuration's lock in its hand
config=$WORK/builder/clone/.git/config
git config --file "$config" core.hooksPath elsewhere
touch "$config.lock"
make builder
is 'a["code"]' local # it may be somebody's
touch -d '1 minute ago' "$config.lock"
make builder
is 'a["ok"]' True
[ "$(git config --file "$config" core.hooksPath)" = "$WORK/builder/hooks" ] || fail "the hooks do not stand"
git config --file "$config" --unset ccsup.hooksPath

# ---- commits
for file in state/REVIEW.md state/REVIEW-1c.md state/FINDINGS.md; do
    change builder "$file"
    says builder 1 "ccsup: $file is the adversary's file, and you are the builder" git commit -qm x
    says builder 1 "nothing was committed; take it out of the commit: git restore --staged --worktree FILE" git commit -qm x
    undo builder
    change adversary "$file"
    says adversary 0 "" git commit -qm x
    undo adversary
done
for file in state/STATUS.md state/JOURNAL-1c.md state/BACKLOG.md; do
    change adversary "$file"
    says adversary 1 "ccsup: $file is the builder's file, and you are the adversary" git commit -qm x
    undo adversary
    change builder "$file"
    says builder 0 "" git commit -qm x
    undo builder
done
for file in code STATUS.md REVIEW.md state/REVIEWS.md state/REVIEW-.md state/sub/REVIEW.md statex/REVIEW.md "state/é REVIEW.md"; do
    change builder "$file" # what is no state file is the work
    says builder 0 "" git commit -qm x
    undo builder
done
in_clone builder git mv state/REVIEW.md code2
says builder 1 "state/REVIEW.md is the adversary's file" git commit -qm "moved away"
undo builder
in_clone builder git rm -q state/REVIEW.md
says builder 1 "state/REVIEW.md is the adversary's file" git commit -qm "removed"
undo builder

# The inbox: the sender adds, the addressee removes.
change builder state/inbox/adversary/1.md
says builder 0 "" git commit -qm note
says builder 0 "" git push -q
change builder state/inbox/adversary/1.md
says builder 1 "only the adversary removes it. Send another note: ccsup inbox send adversary -m TEXT" git commit -qm x
undo builder
in_clone builder git rm -q state/inbox/adversary/1.md
says builder 1 "only the adversary removes it" git commit -qm x
undo builder
in_clone adversary git pull -q --rebase
change adversary state/inbox/adversary/1.md
says adversary 1 "is in your own inbox: the builder writes there" git commit -qm x
undo adversary
in_clone adversary git rm -q state/inbox/adversary/1.md
says adversary 0 "" git commit -qm "dealt with"
says adversary 0 "" git push -q

# ---- pushes: what came in past the first hook
undo builder
in_clone builder git pull -q --rebase
change builder state/REVIEW.md
says builder 0 "" git commit -q --no-verify -m "past the hook"
change builder code
says builder 0 "" git commit -qm "work on top"
before=$(git -C r.git rev-parse main)
says builder 1 "ccsup: state/REVIEW.md is the adversary's file" git push -q
says builder 1 "nothing was pushed; take it out of your commits" git push -q origin HEAD:refs/heads/other
[ "$(git -C r.git rev-parse main)" = "$before" ] || fail "it was pushed"
says builder 0 "" git push -q --no-verify origin HEAD:refs/heads/other # the judgement decides, not the hook
says builder 0 "" git push -q origin :refs/heads/other
in_clone builder git reset -q --hard "$before"

# ---- merges and rebases bring what the other side wrote, and that is no fault
in_clone adversary git pull -q --rebase
change adversary state/REVIEW.md
change adversary state/FINDINGS.md
says adversary 0 "" git commit -qm "a verdict"
says adversary 0 "" git push -q
change builder code
says builder 0 "" git commit -qm work
says builder 0 "" git pull -q --no-rebase
says builder 0 "" git push -q
change builder code
says builder 0 "" git commit -qm "work again"
change adversary state/REVIEW.md
in_clone adversary git commit -qm "one more"
in_clone adversary git pull -q --rebase
change adversary code
says adversary 0 "" git commit -qm "in the way"
says adversary 0 "" git push -q
says builder 1 "" git pull -q --no-rebase # a conflict in the code
in_clone builder git checkout -q --ours code
in_clone builder git add code
says builder 0 "" git commit -qm "a merge by hand"
says builder 0 "" git push -q
change builder code
says builder 0 "" git commit -qm "work"
in_clone adversary git pull -q --rebase
change adversary code
change adversary state/REVIEW.md
says adversary 0 "" git commit -qm "in the way again"
says adversary 0 "" git push -q
says builder 1 "" git pull -q --no-rebase
in_clone builder git checkout -q --ours code
in_clone builder git add code
change builder state/REVIEW.md # ... and one that is misused
says builder 1 "state/REVIEW.md is the adversary's file" git commit -qm "a merge with more in it"
in_clone builder git merge --abort
undo builder

# ---- the repository's own hooks: in .git/hooks, by core.hooksPath in the clone, by the user's own configuration
clone=$WORK/builder/clone
hook() { # FOLDER NAME
    mkdir -p "$1"
    # shellcheck disable=SC2016 # the hook expands it
    printf '#!/bin/sh\necho "own $0 $*" >>"%s"\ncat >>"%s"\n[ ! -e "%s" ]\n' "$WORK/ran" "$WORK/stdin" "$WORK/refuse" >"$1/$2"
    chmod +x "$1/$2"
}
ran() { grep -q "own $1/$2" "$WORK/ran" || fail "$1/$2 did not run: $(cat "$WORK/ran")"; }
: >ran
for name in pre-commit commit-msg post-commit pre-push; do hook "$clone/.git/hooks" "$name"; done
change builder code
says builder 0 "" git commit -qm work
says builder 0 "" git push -q
for name in pre-commit commit-msg post-commit pre-push; do ran .git/hooks "$name"; done
grep -q "^refs/heads/main [0-9a-f]* refs/heads/main [0-9a-f]*$" stdin || fail "the input of pre-push: $(cat stdin)"
touch refuse
change builder code
says builder 1 "" git commit -qm work
rm refuse
says builder 0 "" git commit -qm work
: >ran
change builder state/REVIEW.md
says builder 1 "state/REVIEW.md" git commit -qm x
[ ! -s ran ] || fail "ours comes first"
undo builder
# As husky does it, in the middle of an iteration; at the next start both run again.
hook "$clone/.husky" pre-commit
in_clone builder git config core.hooksPath .husky
make builder
is 'a["made"]' False
: >ran
change builder state/REVIEW.md
says builder 1 "state/REVIEW.md" git commit -qm x
undo builder
change builder code
says builder 0 "" git commit -qm work
ran .husky pre-commit
make builder
[ "$(in_clone builder git config --local ccsup.hooksPath)" = .husky ] || fail "the repository's own setting is lost"
in_clone builder git config --unset ccsup.hooksPath
rm -rf "$clone/.husky"
git config --global core.hooksPath "$WORK/mine"
hook "$WORK/mine" pre-commit
make builder
: >ran
change builder code
says builder 0 "" git commit -qm work
ran "$WORK/mine" pre-commit
git config --global --unset core.hooksPath

# ---- kept current, and made for any user: another one can run them and not change them
echo "exit 0" >"$WORK/builder/hooks/pre-commit"
make builder
change builder state/REVIEW.md
says builder 1 "state/REVIEW.md" git commit -qm x
undo builder
# A product that is tested inside of the clone, in repositories of its own, is not asked.
git init -q "$clone/product"
(cd "$clone/product" && echo x >REVIEW.md && git add . && GIT_CONFIG_GLOBAL="$WORK/builder/gitconfig" git commit -qm x) || fail "a product's own repository"
rm -rf "$clone/product"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$WORK" "$WORK/builder"
    chown -R 65534:65534 "$clone" "$WORK/builder/gitconfig"
    echo more >>"$clone/state/REVIEW.md"
    got=0
    said=$(cd "$clone" && HOME=/nonexistent GIT_CONFIG_GLOBAL="$WORK/builder/gitconfig" \
        setpriv --reuid=65534 --regid=65534 --clear-groups git commit -qam x 2>&1) || got=$?
    [[ "$got" = 1 && "$said" == *"state/REVIEW.md is the adversary's file"* ]] || fail "another user: $got $said"
    ! setpriv --reuid=65534 --regid=65534 --clear-groups test -w "$WORK/builder/hooks/pre-commit" || fail "it could change them"
fi
nothing_left
finish
