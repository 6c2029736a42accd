#!/usr/bin/env bash
# The mirror: what killed fetches left goes, it stays small over many polls, damage heals, nothing foreign is touched,
# and one process at a time uses it.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"
mkdir hooks
printf '#!/bin/sh\ntouch %s/hooked\n' "$WORK" >hooks/reference-transaction
chmod +x hooks/reference-transaction
git init -q w
cd w
as builder first
export URL="$WORK/w"
mirror="$WORK/repo.git"
ok() {
    ask poll
    is 'a["ok"], s["tip"]' "(True, '$(git rev-parse main)')"
}
packs() { find "$mirror/objects" -name '*.pack' | wc -l; }
loose() { find "$mirror/objects" -path '*/??/*' -type f | wc -l; }

# The user's hooks do not run in our mirror; nobody else may look into it.
git config --global core.hooksPath "$WORK/hooks"
ok
git config --global --unset core.hooksPath
[ ! -e "$WORK/hooked" ] || fail "the user's hooks ran in the mirror"
[ "$(stat -c %a "$mirror")" = 700 ] || fail "the mirror's mode"
[ -z "$(find "$mirror" -perm /077)" ] || fail "others may read in the mirror: $(find "$mirror" -perm /077)"

# Whoever writes in the mirror makes nothing run: not by its configuration, wherever git would look for one.
hostile() { # FILE: the configuration there makes git run a program for any local repository
    git config --file "$1" url.ssh://x/.insteadOf /
    git config --file "$1" core.sshCommand "touch $WORK/ran #"
}
hostile "$mirror/config"
ok
[ ! -e "$WORK/ran" ] || fail "the mirror's configuration made git run a program"
cp -r "$mirror" elsewhere.git
hostile elsewhere.git/config
echo "$PWD/elsewhere.git" >"$mirror/commondir"
git config --file "$mirror/config" extensions.worktreeConfig true
hostile "$mirror/config.worktree"
mkdir -p "$mirror/hooks" "$mirror/objects/info"
cp "$WORK/hooks/reference-transaction" "$mirror/hooks"
echo "$PWD/elsewhere.git/objects" >"$mirror/objects/info/alternates"
ok
[ ! -e "$WORK/ran" ] || fail "another configuration made git run a program"
[ ! -e "$mirror/objects/info/alternates" ] || fail "the mirror borrows from elsewhere"
rm -r elsewhere.git
rm "$mirror/config" && mkdir "$mirror/config"
ok

# Leftovers of killed processes, git's and libgit2's, and locks of the dead.
mkdir -p "$mirror/objects/ab" "$mirror/objects/tmp_objdir-incoming-x/pack" "$mirror/objects/info" "$mirror/refs/heads/deep"
left=(objects/pack/tmp_pack_x1 objects/pack/tmp_idx_x2 objects/pack/pack_git2_x3 objects/ab/tmp_obj_x4 objects/tmp_obj_x5
    objects/tmp_objdir-incoming-x/pack/y objects/pack/.tmp-77-pack-x objects/pack/pack-77.keep objects/pack/pack-78.pack
    objects/pack/multi-pack-index.lock objects/info/commit-graph.lock refs/ccsup/tip.lock refs/heads/deep/x.lock HEAD.lock
    config.lock packed-refs.lock shallow.lock)
for name in "${left[@]}"; do echo rest >"$mirror/$name"; done
as builder second
ok
for name in "${left[@]}"; do
    [ ! -e "$mirror/$name" ] || fail "still there: $name"
done

# Damage of every part heals, and the second poll finds it healthy.
object() { echo "$mirror/objects/${1:0:2}/${1:2}"; }
spoil() {
    case $1 in
    head) rm "$mirror/HEAD" ;;
    config) echo '[[' >"$mirror/config" ;;
    objects) rm -rf "$mirror/objects" ;;
    refs) rm -rf "$mirror/refs" ;;
    ref) echo rubbish >"$mirror/refs/ccsup/tip" ;;
    no-ref) rm "$mirror/refs/ccsup/tip" ;;
    ref-folder) rm "$mirror/refs/ccsup/tip" && mkdir "$mirror/refs/ccsup/tip" && touch "$mirror/refs/ccsup/tip/x" ;;
    commit-gone) rm -f "$(object "$(git rev-parse main)")" ;;
    commit-empty) chmod u+w "$(object "$(git rev-parse main)")" && : >"$(object "$(git rev-parse main)")" ;;
    old-commit-gone) rm -f "$(object "$(git rev-parse main^)")" ;;
    tree) chmod u+w "$(object "$(git rev-parse 'main^{tree}')")" && echo rubbish >"$(object "$(git rev-parse 'main^{tree}')")" ;;
    blob-gone) rm -f "$(object "$(git rev-parse main:REVIEW.md)")" ;;
    pack | index)
        git -C "$mirror" repack -adq
        chmod u+w "$mirror"/objects/pack/*
        for file in "$mirror"/objects/pack/*."${1/index/idx}"; do echo rubbish >"$file"; done
        ;;
    half) rm -rf "$mirror" && mkdir -m 700 "$mirror" && echo >"$mirror/ccsup-mirror" ;;
    esac
}
echo 'D1: PASS @2026-05-28T08:10:00Z — x' >REVIEW.md
as adversary review
for part in head config objects refs ref no-ref ref-folder commit-gone commit-empty old-commit-gone tree blob-gone pack \
    index half; do
    for change in no yes; do
        rm -rf "$mirror"
        ok
        spoil "$part"
        [ $change = no ] || as builder "after $part"
        ask poll
        is 'a["ok"]' True
        is 's["tip"], len(s["review"]["entries"])' "('$(git rev-parse main)', 1)"
        git -C "$mirror" fsck --no-dangling --connectivity-only >/dev/null 2>&1 ||
            [ $part != pack ] || fail "the mirror is still damaged after $part"
    done
done
if [ -e "$mirror.new" ] || [ -e "$mirror.old" ]; then fail "a rest of the exchange of mirrors"; fi

# A damaged remote is told from a damaged mirror, and costs us nothing.
cp -r .git "$WORK/broken.git"
chmod -R u+w "$WORK/broken.git"
as builder next
git -C "$WORK/broken.git" fetch -q "$WORK/w" main:refs/heads/main --update-head-ok 2>/dev/null || true
broken=$(git -C "$WORK/broken.git" rev-parse main)
echo rubbish >"$WORK/broken.git/objects/${broken:0:2}/${broken:2}"
ask poll "url=$WORK/broken.git"
is 'a["code"]' server
ok
[ ! -e "$mirror.new" ] || fail "a rest of a mirror"

# One at a time; and who holds it is named.
"$PYTHON" - "$WORK/lock" <<'END' &
import fcntl, sys, time
with open(sys.argv[1], "r+") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    open(sys.argv[1] + ".held", "w").close()
    time.sleep(30)
END
holder=$!
until_true 10 test -e "$WORK/lock.held" || fail "the lock was not taken"
ask poll
is 'a["code"]' busy
text "pid $holder"
{ kill "$holder" && wait "$holder"; } 2>/dev/null || true
ok

# What is not ours is not touched.
mkdir "$WORK/foreign"
git init -q --bare "$WORK/foreign/x.git"
touch "$WORK/foreign/x.git/HEAD.lock"
ask poll "mirror=$WORK/foreign/x.git"
is 'a["code"]' local
text "no mirror made by ccsup"
[ -e "$WORK/foreign/x.git/HEAD.lock" ] || fail "a foreign repository was cleaned"
ln -s "$WORK/foreign" "$WORK/link.git"
ask poll "mirror=$WORK/link.git"
is 'a["code"]' local
ask poll "mirror=/proc/nowhere/x.git"
is 'a["code"]' local

# A hundred polls with news: packs and loose objects stay few. Large pushes come as packs, small ones as loose objects.
rm -rf "$mirror"
most_packs=0
for i in $(seq 100); do
    echo "$i" >file
    if [ $((i % 3)) = 0 ]; then
        mkdir -p "d$i"
        for k in $(seq 110); do echo "$i $k" >"d$i/$k"; done
    fi
    as builder "work $i"
    ok
    n=$(packs)
    most_packs=$((n > most_packs ? n : most_packs))
    [ "$(loose)" -le 520 ] || fail "$(loose) loose objects after $i polls"
done
if [ "$most_packs" -le 5 ] || [ "$most_packs" -gt 21 ]; then fail "at most $most_packs packs"; fi
[ "$(packs)" -le 21 ] || fail "$(packs) packs"
[ "$(du -sk "$mirror" | cut -f1)" -le 6000 ] || fail "the mirror has $(du -sk "$mirror" | cut -f1) KiB"
git -C "$mirror" fsck --no-dangling >/dev/null 2>&1 || fail "the mirror is damaged"
echo "after 100 polls: $(packs) packs (most: $most_packs), $(loose) loose objects, $(du -sk "$mirror" | cut -f1) KiB"

# With less than ten seconds to spend nothing is repacked, and the poll is as good.
for i in $(seq 21); do
    for k in $(seq 110); do echo "again $i $k" >"d3/$k"; done
    as builder "again $i"
    ask poll timeout_ms:=9000
    is 'a["ok"]' True
done
[ "$(packs)" -gt 21 ] || fail "a repack without the time for it"
ok
[ "$(packs)" -le 2 ] || fail "no repack with the time for it"
nothing_left
finish
