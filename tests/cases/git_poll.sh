#!/usr/bin/env bash
# The facts of one revision: files and their refusals, folders, claims, inboxes, older revisions, rewritten history, an
# empty remote; over a path and over smart HTTP the same.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"
pass() { echo "$1: PASS @2026-05-28T08:10:00Z — ${2:-ok}"; }

# Nothing pushed yet: normal.
git init -q --bare r.git
export URL="$WORK/r.git"
ask poll
is 's["empty"], s["tip"], s["has_status"], s["has_review"], s["rewritten"]' "(True, '', False, False, False)"
ask poll last=0123456789012345678901234567890123456789
is 's["empty"], s["rewritten"]' "(True, True)"

git clone -q "$URL" w 2>/dev/null
cd w
pass D1 >REVIEW.md
printf '# Status\n' >STATUS.md
as builder 'claim(D1): first'
first=$(git rev-parse HEAD)
git push -q origin main
ask poll branch=topic
is 'a["code"]' no-branch
text 'no branch topic; it has: main'
for branch in a/b topic zebra; do git push -q origin "main:$branch"; done
ask poll branch=nope
text 'it has: a/b, main, topic, zebra'
ask poll branch=a/b
is 's["tip"]' "$first"

# The same facts over a path, file:// and smart HTTP.
as adversary 'review(D1): pass'
git push -q origin main
ask poll
plain=$(get '{k: v for k, v in s.items() if k != "fetched"}')
serve ok
for url in "file://$URL" "http://127.0.0.1:$PORT/r.git"; do
    rm -rf "$WORK/repo.git"
    ask poll "url=$url"
    is '{k: v for k, v in s.items() if k != "fetched"}' "$plain"
    ask poll "url=$url"
    is '{k: v for k, v in s.items() if k != "fetched"}' "$plain"
done
git init -q --bare "$WORK/empty.git"
ask poll "url=http://127.0.0.1:$PORT/empty.git"
is 's["empty"]' True
ask poll "url=http://127.0.0.1:$PORT/r.git" branch=nope
is 'a["code"]' no-branch
unserve

push() { git push -q --force origin HEAD:main; }
# Claims: exactly at the subject's beginning, known ids, the newest of each; answered only by what comes after.
as builder 'claim(D2): b'
as builder 'a claim(D3): not at the beginning'
as builder 'claim(D3):no blank'
as builder 'claim(D9): unknown id'
as builder "$(printf 'work\n\nclaim(D3): in the body')"
push
ask poll
is '[(c["id"], c["answered"]) for c in s["claims"]]' "[('D2', False), ('D1', False)]"
pass D1 again >>REVIEW.md
pass D2 >>REVIEW.md
as adversary 'review(D1): again'
push
ask poll
is '[(c["id"], c["answered"]) for c in s["claims"]]' "[('D2', True), ('D1', True)]"
as builder 'claim(D2): second'
second=$(git rev-parse HEAD)
push
ask poll
is '[(c["id"], c["answered"], c["commit"]) for c in s["claims"]][0]' "('D2', False, '$second')"
pass D2 'by the builder itself' >>REVIEW.md
as builder 'answers itself'
push
ask poll
is '[(c["id"], c["answered"]) for c in s["claims"]][0]' "('D2', False)"
# A verdict that entered on a side branch from before the claim does not answer it.
git checkout -q -b side "$second^"
pass D2 'seen before the claim' >>REVIEW.md
as adversary side
git checkout -q main
git -c user.name=b -c user.email=builder@test merge -q -X theirs side >/dev/null
push
ask poll
is '[(c["id"], c["answered"]) for c in s["claims"]][0]' "('D2', False)"
ask poll "start=$second"
is '[c["id"] for c in s["claims"]]' "[]"
is 's["party"]["builder"]["commits"], s["party"]["adversary"]["commits"]' "(2, 1)"
is 's["party"]["adversary"]["commit"]' "$(git rev-parse side)"
is 's["start"]' "$second"

# Rewritten: the last judged revision is not in the history, or not even there.
tip=$(git rev-parse HEAD)
for last in "$tip" "$second" "$first"; do
    ask poll "last=$last"
    is 's["rewritten"]' False
done
ask poll last=0123456789012345678901234567890123456789
is 's["rewritten"]' True
git checkout -q -b other "$first"
as builder other
push
ask poll "last=$tip"
is 's["rewritten"], s["tip"]' "(True, '$(git rev-parse other)')"
ask poll "last=$first"
is 's["rewritten"]' False

# An older revision.
git checkout -q main
push
ask poll "at=$first"
is 's["tip"], s["review"]["entries"][0]["commit"]' "('$first', '$first')"
ask poll at=0123456789012345678901234567890123456789
is 'a["code"]' request

# Under a folder, with the phase's names, inboxes and findings.
mkdir -p docs/state/inbox/builder docs/state/inbox/adversary/sub
pass D3 >docs/state/REVIEW-1c.md
printf '## DONE\n' >docs/state/STATUS-1c.md
echo x >docs/state/FINDINGS-1c.md
touch docs/state/inbox/builder/{.gitkeep,20260528T081000Z-hi.md} docs/state/inbox/adversary/sub/x
printf 'x' >"docs/state/inbox/adversary/$(printf 'a\033[31m\nb')"
as builder folder
push
inside=(state_path=docs/state status=STATUS-1c.md review=REVIEW-1c.md findings=FINDINGS-1c.md)
ask poll "${inside[@]}"
is '[e["id"] for e in s["review"]["entries"]], s["marker"]["done"]' "(['D3'], True)"
is 's["inbox"]["builder"], s["inbox"]["adversary"]' "(['20260528T081000Z-hi.md'], ['a\\\\x1B[31m\\\\nb'])"
is 's["findings_blob"]' "$(git rev-parse main:docs/state/FINDINGS-1c.md)"
is 's["review_blob"]' "$(git rev-parse main:docs/state/REVIEW-1c.md)"
is 's["status_blob"]' "$(git rev-parse main:docs/state/STATUS-1c.md)"
ask poll state_path=docs/nowhere
is 's["has_status"], s["has_review"], s["findings_blob"]' "(False, False, '')"

# Refused, never guessed: a link, a folder, a submodule, too large.
refused() {
    as builder refused
    push
    ask poll "${@:2}"
    is 's["has_review"], s["review"]["refused"], s["review"]["entries"], s["has_status"], s["marker"]["refused"]' \
        '(True, True, [], True, True)'
    [[ "$(get 's["review"]["why"]')" == *"$1"* ]] || fail "why is not '$1'"
    [[ "$(get 's["marker"]["why"]')" == *"$1"* ]] || fail "why is not '$1'"
}
pass D1 >elsewhere
rm -f REVIEW.md STATUS.md
ln -s elsewhere REVIEW.md
ln -s elsewhere STATUS.md
refused 'symbolic link'
rm REVIEW.md STATUS.md
mkdir REVIEW.md STATUS.md
pass D1 | tee REVIEW.md/x >STATUS.md/x
refused folder
git rm -qr REVIEW.md STATUS.md
git update-index --add --cacheinfo "160000,$first,REVIEW.md" --cacheinfo "160000,$first,STATUS.md"
git -c user.email=builder@test commit -qm submodule
push
ask poll
is 's["review"]["refused"], s["marker"]["refused"]' '(True, True)'
git rm -q --cached REVIEW.md STATUS.md
for _ in 1 2 3 4 5 6; do pass D1; done | tee REVIEW.md >STATUS.md
refused 'no more than 100 are read' max_bytes:=100
printf 'D1: \0PASS\n' | tee REVIEW.md >STATUS.md
as builder nul
push
ask poll
is 's["review"]["refused"]' True

# A link in the middle of the path is no folder.
ln -s docs link
as builder link
push
ask poll state_path=link/state review=REVIEW-1c.md
is 's["has_review"]' False

# A repository that lost its history: git only warns and keeps the old tip, which must not be taken for the new one.
ask poll
is 'a["ok"]' True
as builder newer
as builder newest # its parent is in nobody's reach
git clone -q --bare --depth 1 "file://$WORK/w" "$WORK/shallow.git"
mv "$WORK/r.git" "$WORK/r.full"
mv "$WORK/shallow.git" "$WORK/r.git"
for _ in 1 2; do
    ask poll
    is 'a["ok"], a["code"]' "(False, 'server')"
    text 'is shallow'
done
rm -rf "$WORK/r.git"
mv "$WORK/r.full" "$WORK/r.git"
ask poll
is 's["tip"]' "$(git -C "$WORK/r.git" rev-parse main)"

git init -q --object-format=sha256 "$WORK/w256"
(cd "$WORK/w256" && as builder first)
ask poll "url=$WORK/w256"
is 'a["code"]' server
text SHA-256
if chown -R nobody "$WORK/r.git" 2>/dev/null; then
    ask poll
    is 'a["code"]' local
    text 'belongs to another user'
    git config --global --add safe.directory "$WORK/r.git"
    ask poll
    is 'a["ok"]' True
fi
mkdir "$WORK/bin"
# shellcheck disable=SC2034 # read by is and text
ANSWER=$(PATH="$WORK/bin" "$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" poll)
is 'a["code"]' local
text 'install git'
# A full disk of ours, and enough room again.
if mkdir -m 700 "$WORK/disk" && mount -t tmpfs -o size=1m none "$WORK/disk" 2>/dev/null; then
    head -c 2000000 /dev/urandom >noise
    as builder noise
    push
    ask poll "mirror=$WORK/disk/repo.git"
    is 'a["code"]' local
    text 'disk is full'
    mount -o remount,size=20m "$WORK/disk"
    ask poll "mirror=$WORK/disk/repo.git"
    is 'a["ok"]' True
    umount "$WORK/disk"
fi
nothing_left
finish
