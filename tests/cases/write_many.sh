#!/usr/bin/env bash
# Commands that write when others push at the same moment, when the server says no, when nobody answers, and when they
# are killed: nothing is lost, nothing is half, nothing is forced.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
ids="D1 D2 D3 D4 D5 D6 D7 D8 D9 D10"
write_conf done.criteria="$ids" repo.timeout=60s repo.operators=somebody@ccsup.invalid
export CCSUP_CONFIG=$PROJECT/launch.conf
mkdir -m 700 "$STATE"
clone=$SANDBOX/clone
commit_as builder "the work" done.txt 1
git clone -q "$REMOTE" "$clone"

as() {
    local role=$1
    shift
    (cd "$clone" && python3 "$CCSUP_SOURCE/tests/agents/as_role.py" "$STATE" "$role" "$@")
}
tip() { git -C "$REMOTE" rev-parse main; }
last() { git -C "$REMOTE" log -1 --format="$1" main; }
# The history is one line of commits, each a child of the one before.
linear() { [[ -z $(git -C "$REMOTE" rev-list --min-parents=2 main) ]] || fail "a merge"; }

# ---- twenty at once: ten claims and ten verdicts
cat >"$SANDBOX/ten" <<'SH'
#!/usr/bin/env bash
# ten VERB...: ten of them, each for its own criterion; fails if one does.
code=0
pids=()
for i in 1 2 3 4 5 6 7 8 9 10; do
    ccsup "$1" "D$i" "${@:2}" -m "number $i" >"$TEN.$1.$i" 2>&1 &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || code=1
done
exit "$code"
SH
chmod +x "$SANDBOX/ten"
export TEN=$SANDBOX/ten.out
twenty() {
    local builder adversary before
    before=$(git -C "$REMOTE" rev-list --count main)
    as builder "$SANDBOX/ten" claim &
    builder=$!
    as adversary "$SANDBOX/ten" review pass &
    adversary=$!
    wait "$builder" || fail "a claim was not written: $(cat "$TEN".claim.*)"
    wait "$adversary" || fail "a verdict was not written: $(cat "$TEN".review.*)"
    assert_eq "$(($(git -C "$REMOTE" rev-list --count main) - before))" 20 "twenty commits"
    linear
    for i in 1 2 3 4 5 6 7 8 9 10; do
        git -C "$REMOTE" show main:STATUS.md | grep -qE "^D$i: CLAIMED @.* — number $i\$" || fail "claim $i is lost"
        git -C "$REMOTE" show main:REVIEW.md | grep -qE "^D$i: PASS @.* — number $i\$" || fail "verdict $i is lost"
    done
}
twenty
assert_exit 1 ccsup verify --json
assert_eq "$(jq -c '[.criteria[].state] | unique' <<<"$OUT")" '["PASS"]' "all of them count"

# ---- the same over HTTP and git's own protocol, one each
serve_http ok
git config --file "$REMOTE/config" http.receivepack true
write_conf done.criteria="$ids" "repo.url=$URL"
assert_exit 0 as builder ccsup claim D1 -m "over HTTP"
assert_eq "$(last %s)" "claim(D1): over HTTP" "over HTTP"
touch "$REMOTE/git-daemon-export-ok"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
background daemon git daemon --reuseaddr --listen=127.0.0.1 --port="$port" --base-path="$SANDBOX" --enable=receive-pack --verbose
wait_until 10 "git daemon listens" git ls-remote "git://127.0.0.1:$port/remote.git"
write_conf done.criteria="$ids" "repo.url=git://127.0.0.1:$port/remote.git"
assert_exit 0 as adversary ccsup review D2 fail -m "over git"
assert_eq "$(last %s)" "review(D2): FAIL — over git" "over git's protocol"
assert_exit 0 as adversary ccsup review D2 pass -m "over git"
stop_background

# ---- nobody answers
before=$(tip)
assert_exit 3 as builder ccsup claim D1
assert_has "$OUT" "nobody listens there (connection refused)" "a remote that is down"
write_conf done.criteria="$ids" "repo.url=$SANDBOX/nowhere.git"
assert_exit 3 as builder ccsup claim D1
assert_has "$OUT" "there is no such folder" "a remote that is gone"
write_conf done.criteria="$ids" repo.branch=other
assert_exit 3 as builder ccsup claim D1
assert_has "$OUT" "has no branch other; it has: main" "no such branch"
write_conf done.criteria="$ids" repo.operators=somebody@ccsup.invalid

# ---- the server says no
printf '#!/bin/sh\necho "no pushes on Sundays" >&2\nexit 1\n' >"$REMOTE/hooks/pre-receive"
chmod +x "$REMOTE/hooks/pre-receive"
assert_exit 1 as builder ccsup claim D1
assert_has "$OUT" "refused the push: [remote rejected] (pre-receive hook declined); it says: no pushes on Sundays" "a hook"
assert_eq "$(tip)" "$before" "nothing was pushed"
rm "$REMOTE/hooks/pre-receive"
git -C "$REMOTE" config receive.denyCurrentBranch refuse

# ---- the branch moves between the fetch and the push: a git that lets somebody else push first, TIMES times
real=$(command -v git)
mkdir "$SANDBOX/bin"
cat >"$SANDBOX/bin/git" <<SH
#!/usr/bin/env bash
case " \$* " in
*" push "*)
    case \${MEDDLE:-} in
    first)
        times=\$(cat "$SANDBOX/times" 2>/dev/null || echo 0)
        if [[ \$times -lt \$TIMES ]]; then
            echo \$((times + 1)) >"$SANDBOX/times"
            tree=\$($real -C "$REMOTE" rev-parse 'main^{tree}')
            id=\$($real -C "$REMOTE" -c user.name=x -c user.email=x@x commit-tree -p main -m "meddled \$times" "\$tree")
            $real -C "$REMOTE" update-ref refs/heads/main "\$id"
        fi
        ;;
    hang)
        echo \$PPID >"$SANDBOX/pushing"
        exec 3<> <(:)
        read -rt 60 <&3
        exit 1
        ;;
    cut)
        $real "\$@"
        echo "fatal: the remote end hung up unexpectedly" >&2
        exit 128
        ;;
    lost)
        echo "fatal: the remote end hung up unexpectedly" >&2
        exit 128
        ;;
    esac
    ;;
esac
exec $real "\$@"
SH
chmod +x "$SANDBOX/bin/git"
export PATH=$SANDBOX/bin:$PATH
before=$(git rev-list --count "--git-dir=$REMOTE" main 2>/dev/null || git -C "$REMOTE" rev-list --count main)
MEDDLE=first TIMES=3 assert_exit 0 as builder ccsup claim D3 -m "after three others"
assert_eq "$(git -C "$REMOTE" log -4 --format=%s main)" \
    $'claim(D3): after three others\nmeddled 2\nmeddled 1\nmeddled 0' "built again on what others pushed"
linear
rm "$SANDBOX/times"
# And where the server itself finds that its branch has moved.
cat >"$REMOTE/hooks/update" <<SH
#!/usr/bin/env bash
[[ ! -e "$SANDBOX/moved" ]] || exit 0
touch "$SANDBOX/moved"
unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
tree=\$($real -C "$REMOTE" rev-parse 'main^{tree}')
id=\$($real -C "$REMOTE" -c user.name=x -c user.email=x@x commit-tree -p main -m "from the server" "\$tree")
$real -C "$REMOTE" update-ref refs/heads/main "\$id"
SH
chmod +x "$REMOTE/hooks/update"
assert_exit 0 as builder ccsup claim D4 -m "after the server"
assert_eq "$(git -C "$REMOTE" log -2 --format=%s main)" $'claim(D4): after the server\nfrom the server' "the server's own race"
rm "$REMOTE/hooks/update"

# ---- the marker is judged and written at one revision: what moves is judged again
git -C "$clone" pull -q --rebase
as adversary "$SANDBOX/ten" review pass || fail "a verdict was not written: $(cat "$TEN".review.*)"
MEDDLE=first TIMES=1 assert_exit 0 as builder ccsup mark-done
assert_eq "$(git -C "$REMOTE" log -2 --format=%s main)" $'done: the marker\nmeddled 0' "judged again"
assert_exit 0 ccsup verify

# ---- the answer is lost: whether it arrived is looked up
MEDDLE="cut" assert_exit 0 as builder ccsup veto -m "arrived"
assert_eq "$(last %s)" "veto: arrived" "it is there, once"
before=$(tip)
MEDDLE=lost assert_exit 3 as builder ccsup veto -m "lost"
assert_has "$OUT" "nothing was pushed" "it did not arrive"
assert_eq "$(tip)" "$before" "nothing was pushed"

# ---- killed while it pushes: nothing was pushed, and the next one is not in the way of anything
MEDDLE=hang as builder ccsup veto -m "killed" >"$SANDBOX/killed.out" 2>&1 &
wait_until 20 "it pushes" test -s "$SANDBOX/pushing"
pid=$(<"$SANDBOX/pushing")
assert_eq "$(<"/proc/$pid/comm")" ccsup-git "who is killed"
kill -KILL "$pid"
wait || true
assert_eq "$(tip)" "$before" "nothing was pushed"
assert_has "$(<"$SANDBOX/killed.out")" "broke (signal 9)" "and it says so"
assert_exit 0 as builder ccsup veto -m "after that"
assert_eq "$(last '%s|%P')" "veto: after that|$before" "the next one"
rm -f "$SANDBOX/pushing"
MEDDLE=hang as builder ccsup veto -m "killed" >/dev/null 2>&1 &
wait_until 20 "it pushes" test -s "$SANDBOX/pushing"
pid=$(awk '/^PPid/ { print $2 }' "/proc/$(<"$SANDBOX/pushing")/status")
assert_eq "$(<"/proc/$pid/comm")" ccsup "who is killed"
kill -KILL "$pid"
wait || true
assert_exit 0 as adversary ccsup veto --lift -m "gone"
git -C "$REMOTE" fsck --strict >/dev/null 2>&1 || fail "fsck: $(git -C "$REMOTE" fsck --strict 2>&1)"
git -C "$STATE/repo.git" fsck >/dev/null 2>&1 || fail "the mirror: $(git -C "$STATE/repo.git" fsck 2>&1)"
[[ -z $(find "$STATE/repo.git" -name '*.lock' -o -name 'tmp_*') ]] || fail "a rest in the mirror"
linear
assert_no_process_left
