#!/usr/bin/env bash
# Every way in which a remote can fail has its code and its own words, comes before the deadline, tells no secret, and
# leaves no process.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"

mkdir "$WORK/tree"
cd "$WORK/tree"
git init -q
head -c 1500000 /dev/urandom | split -b 10000 - noise # many objects: git keeps the pack as it came
as builder first
cd "$WORK"
git clone -q --bare tree r.git

# MODE CODE WORDS [ATTEMPTS]
failing() {
    local mode=$1 code=$2 words=$3 kind
    serve "$mode"
    for kind in poll clone; do
        rm -rf "$WORK/repo.git" "$WORK/role"
        ask "$kind" "url=http://127.0.0.1:$PORT/r.git" "timeout_ms:=${4:-15000}"
        is 'a["ok"]' False
        is 'a["code"]' "$code"
        text "$words"
        text "127.0.0.1:$PORT"
        nothing_left
        if [ -e "$WORK/role/clone" ] || [ -e "$WORK/role/clone.part" ]; then fail "half a clone is left"; fi
    done
    unserve
}
failing 401 auth "asks for a user name"
failing 403 auth "forbids access (403)"
failing 404 not-found "no such repository"
failing 500 server "the server failed"
failing html server "no git server"
failing reset unreachable "the connection was reset"
failing close server "closed the connection without an answer"
failing silent timeout "sent nothing, or too little" 1500
failing drip timeout "no complete answer within" 1500
failing stall timeout "sent nothing, or too little" 1500

ask poll url=http://127.0.0.1:1/r.git
is 'a["code"]' unreachable
text "nobody listens"
ask poll url=http://no-such-host.invalid/r.git
is 'a["code"]' unreachable
text "host is not known"
ask poll url=git://127.0.0.1:1/r.git
is 'a["code"]' unreachable
text "connection refused"
ask poll url=ssh://git@127.0.0.1:1/r.git
is 'a["code"]' unreachable
ask poll url="$WORK/none.git"
is 'a["code"]' not-found
text "no such folder"
ask poll "url=file://$WORK/none%20x.git"
is 'a["code"]' not-found
ask poll "url=$WORK/home"
is 'a["code"]' not-found
text "no git repository"

# git:// has no timeout of its own at all, and an ssh that never ends is a grandchild with a name of its own.
serve silent
for ask in "--member poll" poll; do
    # shellcheck disable=SC2086
    ask $ask "url=git://127.0.0.1:$PORT/r.git" timeout_ms:=700
    is 'a["code"]' timeout
    nothing_left
done
unserve
cat >"$WORK/ssh" <<'END'
#!/bin/bash
trap '' TERM
sleep 60 & sleep 60 # bounded agent
END
chmod +x "$WORK/ssh"
sleeping() { grep -qz '^sleep$' /proc/[0-9]*/cmdline 2>/dev/null; }
not_sleeping() { ! sleeping; }
for ask in "--member poll" poll; do
    # shellcheck disable=SC2086
    GIT_SSH_COMMAND="$WORK/ssh" ask $ask url=ssh://nobody@127.0.0.1/r.git timeout_ms:=700
    is 'a["code"]' timeout
    nothing_left
    not_sleeping || fail "the ssh command's own children are left"
    checks=$((checks + 1))
done

# Secrets: in an address, in what git says of it, and never on the way out.
serve 401
ask poll "url=http://user:s3cret@127.0.0.1:$PORT/r.git"
is 'a["code"]' auth
text "refuses the user name, password or token"
text "http://***@127.0.0.1"
no_text s3cret
unserve
serve token
ask poll "url=http://user:token@127.0.0.1:$PORT/r.git"
is 'a["ok"]' True
no_text ":token@"
git config --global credential.helper '!f() { echo username=user; echo password=token; }; f'
rm -rf "$WORK/repo.git"
ask poll "url=http://127.0.0.1:$PORT/r.git"
is 'a["ok"]' True
git config --global --unset credential.helper
unserve

# Killed with its group in the middle of a fetch: nothing stays, and the next poll is as good as any.
serve stall
rm -rf "$WORK/repo.git"
"$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" --print poll "url=http://127.0.0.1:$PORT/r.git" timeout_ms:=60000 >"$WORK/request"
setsid "$CCSUP_BUILD/bin/ccsup-git" <"$WORK/request" >"$WORK/out" &
leader=$!
# (No `gits | grep -q`: with pipefail a reader that stops early makes the pipe fail.)
fetching() { [[ "$(gits)" == *remote-ht* ]] && ls "$WORK"/repo.git/objects/pack/tmp_* >/dev/null 2>&1; }
until_true 20 fetching || fail "no fetch to kill"
kill -KILL -- "-$leader"
nothing_left
ls "$WORK"/repo.git/objects/pack/tmp_* >/dev/null || fail "a killed fetch should leave a temporary pack"
unserve
serve ok
ask poll "url=http://127.0.0.1:$PORT/r.git"
is 'a["ok"]' True
is 's["tip"]' "$(git -C r.git rev-parse main)"
! ls "$WORK"/repo.git/objects/pack/tmp_* >/dev/null 2>&1 || fail "the temporary pack is still there"
nothing_left

# Alone killed, without its group: its git dies with it, and writes no more into the mirror. (git's own children, which
# only hold the connection, end at git's low-speed limit.)
unserve
serve silent
sed -i "s/127.0.0.1:[0-9]*/127.0.0.1:$PORT/" "$WORK/request"
setsid "$CCSUP_BUILD/bin/ccsup-git" <"$WORK/request" >"$WORK/out" &
leader=$!
running() { [[ "$(gits)" == *remote-ht* ]]; }
until_true 20 running || fail "no git to orphan"
child=$(tr -d ' ' <"/proc/$leader/task/$leader/children")
[[ "$(cat "/proc/$child/comm")" == git ]] || fail "the child is not git"
kill -KILL "$leader"
git_gone() { ! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$child/status" 2>/dev/null; }
until_true 5 git_gone || fail "git outlived ccsup-git"
checks=$((checks + 1))
kill -KILL -- "-$leader" 2>/dev/null || true
unserve
finish
