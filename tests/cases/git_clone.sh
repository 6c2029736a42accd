#!/usr/bin/env bash
# A role's working clone: made whole or not at all, kept as it is when it is there, its origin right, and its identity
# in a file of its own.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"
umask 022
clone="$WORK/role/clone"
config="$WORK/role/gitconfig"
mkdir tree
cd tree
git init -q
echo code >code
chmod +x code
as boss first
git checkout -q -b topic
as boss topic
git checkout -q main
cd "$WORK"
git clone -q --bare tree r.git
git init -q --bare empty.git
role() { GIT_CONFIG_GLOBAL="$config" git -C "$clone" "$@"; }

# Over a path and over HTTP; the files are the agent's (our own umask of 077 is not theirs), nothing is shared.
serve ok
for url in "$WORK/r.git" "file://$WORK/r.git" "http://127.0.0.1:$PORT/r.git"; do
    rm -rf "$WORK/role"
    ask clone "url=$url" branch=topic
    is 'a' "{'ok': True, 'made': True}"
    [ "$(role rev-parse --abbrev-ref HEAD)" = topic ] || fail "not on the branch"
    [ "$(role rev-parse HEAD)" = "$(git -C r.git rev-parse topic)" ] || fail "not at the tip"
    [ "$(role remote get-url origin)" = "$url" ] || fail "another origin"
    [ "$(stat -c %a "$clone/code")" = 755 ] || fail "mode $(stat -c %a "$clone/code")"
    [ -z "$(find "$clone/.git/objects" -type f -links +1)" ] || fail "objects shared with the remote"
    [ "$(stat -c %a "$config")" = 600 ] || fail "the mode of the configuration"
    [ ! -e "$clone.part" ] || fail "a rest"
    nothing_left
done

# Identity: the role's, in the file, over the user's own, who is read first; not over a repository's own.
git config --global author.email someone@else
git config --global committer.name Else
git config --global commit.gpgsign true
git config --global alias.hello 'rev-parse HEAD'
rm -rf "$WORK/role"
ask clone "url=$WORK/r.git" 'name=ccsup "b" \ #1;x' 'email=b+1@test'
echo change >>"$clone/code"
role commit -qam work
[ "$(role log -1 --format='%an|%ae|%cn|%ce')" = 'ccsup "b" \ #1;x|b+1@test|ccsup "b" \ #1;x|b+1@test' ] ||
    fail "identity $(role log -1 --format='%an|%ae|%cn|%ce')"
role hello >/dev/null || fail "the user's own configuration is not read"
[ "$(role config push.default)" = current ] || fail "push.default"
[ "$(role config init.defaultBranch)" = main ] || fail "init.defaultBranch"
role config --get-all safe.directory | grep -qxF "$clone" || fail "safe.directory"
role config --get-all safe.directory | grep -qxF "$WORK/r.git" || fail "safe.directory of the remote"
role push -q || fail "push"
git init -q product
GIT_CONFIG_GLOBAL="$config" git -C product config user.email test@product
GIT_CONFIG_GLOBAL="$config" git -C product config user.name Product
GIT_CONFIG_GLOBAL="$config" git -C product commit -q --allow-empty -m x
[ "$(git -C product log -1 --format='%ae %ce')" = "test@product test@product" ] || fail "a repository's own identity lost"
git config --global --unset author.email
git config --global --unset committer.name
git config --global --unset commit.gpgsign
# Asked from inside an agent: its file must not include itself.
GIT_CONFIG_GLOBAL="$config" ask clone "url=$WORK/r.git"
is 'a["ok"]' True
role config user.email >/dev/null || fail "the configuration includes itself"
(unset GIT_CONFIG_GLOBAL && mkdir -p "$HOME/.config/git" && git config --file "$HOME/.config/git/config" a.xdg 1 &&
    git config --file "$HOME/.gitconfig" a.home 2 && ask clone "url=$WORK/r.git")
[ "$(role config a.xdg) $(role config a.home)" = "1 2" ] || fail "the user configuration in HOME is not read"

# It is there: the agent's work stays, only the origin is put right.
echo unsaved >>"$clone/code"
before=$(role status --porcelain && role rev-parse HEAD && role stash list)
inode=$(stat -c %i "$config")
ask clone "url=$WORK/r.git" 'name=ccsup builder'
ask clone "url=$WORK/r.git" 'name=ccsup builder'
is 'a' "{'ok': True, 'made': False}"
ask clone "url=file://$WORK/r.git" 'name=ccsup builder'
[ "$(role remote get-url origin)" = "file://$WORK/r.git" ] || fail "the origin stays wrong"
[ "$before" = "$(role status --porcelain && role rev-parse HEAD && role stash list)" ] || fail "the agent's work changed"
role remote remove origin
ask clone "url=$WORK/r.git" 'name=ccsup builder'
is 'a["ok"]' True
role fetch -q origin || fail "no origin"
role rev-parse -q --verify origin/topic >/dev/null || fail "the origin has no refspec"
[ -n "$inode" ] || fail inode

# A git that was killed left the lock of its configuration.
touch -d "1 minute ago" "$clone/.git/config.lock"
ask clone "url=file://$WORK/r.git" 'name=ccsup builder'
is 'a["ok"]' True
[ "$(role remote get-url origin)" = "file://$WORK/r.git" ] || fail "the origin stays wrong beside an old lock"

# The clone of an agent that is another user: what root changes stays the agent's, and root reads nothing for it.
if [ "$(id -u)" = 0 ]; then
    rm -rf "$WORK/role"
    chmod 711 "$WORK"
    ask clone "url=$WORK/r.git"
    chown -R nobody "$clone"
    chmod 711 "$WORK/role"
    git config --file "$WORK/secret" core.hooksPath /secret
    chmod 600 "$WORK/secret"
    mine() { setpriv --reuid=nobody --clear-groups git config --file "$clone/.git/config" "$@"; }
    mine --unset core.hooksPath
    ask clone "url=file://$WORK/r.git"
    is 'a["ok"]' True
    [ "$(mine remote.origin.url)" = "file://$WORK/r.git" ] || fail "the agent can't read its own configuration"
    [ "$(stat -c %U "$clone/.git/config")" = nobody ] || fail "the configuration is root's"
    mine --unset core.hooksPath
    mine include.path "$WORK/secret"
    ask clone "url=file://$WORK/r.git"
    ! grep -q "= /secret$" "$clone/.git/config" || fail "the agent was told what only root may read"
fi

# Nothing to clone yet: the first push makes the branch.
rm -rf "$WORK/role"
ask clone "url=$WORK/empty.git" branch=trunk/1
is 'a' "{'ok': True, 'made': True}"
echo x >"$clone/x"
role add x
role commit -qm first
role push -q || fail "the first push"
role pull -q || fail "pull"
[ "$(git -C empty.git rev-parse trunk/1)" = "$(role rev-parse HEAD)" ] || fail "the branch was not made"
ask clone "url=$WORK/empty.git" branch=main "dir=$WORK/role/other"
is 'a["code"]' no-branch
text 'no branch main; it has: trunk/1'
[ ! -e "$WORK/role/other" ] || fail "a clone of no branch"

# What is no clone is not touched; an empty folder counts as missing; rests of a killed one go.
mkdir -p "$WORK/role/files" "$WORK/role/void" "$WORK/role/void.part/.git"
echo mine >"$WORK/role/files/mine"
echo mine >"$WORK/role/file"
ln -s "$clone" "$WORK/role/link"
for name in files file link; do
    ask clone "url=$WORK/r.git" "dir=$WORK/role/$name"
    is 'a["code"]' local
    text "is no git clone"
done
[ "$(cat "$WORK/role/files/mine")" = mine ] || fail "files of others were touched"
ask clone "url=$WORK/r.git" "dir=$WORK/role/void"
is 'a["made"]' True
[ ! -e "$WORK/role/void.part" ] || fail "a rest"
ask clone "url=$WORK/none.git" "dir=$WORK/role/none"
is 'a["code"]' not-found
if [ -e "$WORK/role/none" ] || [ -e "$WORK/role/none.part" ]; then fail "half a clone"; fi

# Killed in the middle: no clone stands there, and the next one is whole.
unserve
for i in $(seq 150); do head -c 8000 /dev/urandom >"tree/noise$i"; done
(cd tree && as boss noise && git push -q "$WORK/r.git" main --force)
serve stall
"$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" --print clone "url=http://127.0.0.1:$PORT/r.git" "dir=$WORK/role/killed" >request
setsid "$CCSUP_BUILD/bin/ccsup-git" <request >out &
leader=$!
until_true 20 test -d "$WORK/role/killed.part/.git" || fail "no clone to kill"
{ kill -KILL -- "-$leader" && wait "$leader"; } 2>/dev/null || true
nothing_left
[ ! -e "$WORK/role/killed" ] || fail "half a clone stands there"
unserve
ask clone "url=$WORK/r.git" "dir=$WORK/role/killed"
is 'a["made"]' True
[ ! -e "$WORK/role/killed.part" ] || fail "a rest"
git -C "$WORK/role/killed" fsck --no-dangling >/dev/null 2>&1 || fail "the clone is damaged"
finish
