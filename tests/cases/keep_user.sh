#!/bin/bash
# user = NAME: the agent runs as another user, with what is its own and nothing of ours, inside each fence.
set -euo pipefail
. "$CCSUP_SOURCE/tests/agents/keep_lib.sh"

begin rights
if [ "$(id -u)" != 0 ] || ! chown nobody "$T"; then
    echo "SKIPPED: needs root" >&2
    exit 77
fi
uid=$(id -u nobody) gid=$(id -g nobody)
setpriv --reuid=nobody --regid=nogroup --clear-groups true
chmod 755 "$BOX"
setpriv --reuid=nobody --regid=nogroup --clear-groups "$TOOLS/keepctl" "$KEEP" "$T" user=nobody lock \
    "start=failed user = nobody needs root" -- true
rm -rf "$T"
mkdir "$T"
ctl user=no-such-user-of-ours lock "start=failed there is no user no-such-user-of-ours" "nofile=$(it 1)" -- true

prepare() {
    mkdir -p "$T/data/role/clone/.git/objects" "$T/tmp" "$T/outside"
    chmod 700 "$T/data" "$T/data/role" "$T/tmp" "$T/outside"
    echo secret >"$T/outside/file"
    chmod 600 "$T/outside/file"
    ln -s "$T/outside" "$T/data/role/clone/folder-link"
    ln -s "$T/outside/file" "$T/data/role/clone/file-link"
    ln "$T/outside/file" "$T/data/role/clone/hard-link"
    echo object >"$T/data/role/clone/.git/objects/x"
    chmod 600 "$T/data/role/clone/.git/objects/x"
    printf '[user]\n\tname = agent\n' >"$T/data/role/gitconfig"
    mkdir -m 700 "$T/data/role/claude"
    chmod 600 "$T/data/role/gitconfig"
    cat >"$T/agent" <<'AGENT'
echo "id: $(id -u):$(id -g):$(id -G):"
echo "env: $HOME:$USER:$LOGNAME:$SHELL"
echo "tmp: $(stat -c %u:%a "$TMPDIR") $(touch "$TMPDIR/mine" && echo written)"
echo "umask: $(umask)"
echo "git: $(git config --global user.name)"
echo "claude: $(touch "$CLAUDE_CONFIG_DIR/mine" && echo written)"
echo "here: $(pwd) $(cat "$(pwd)/.git/objects/x") $(touch "$(pwd)/mine" && echo written)"
echo "stdout: written" >>/dev/stdout
echo "stderr: written" >>/dev/stderr
for name in state state/locks/watchdog state/builder/iterations outside/file data/role/clone/hard-link; do
    ls "$1/$name/" >/dev/null 2>&1 && echo "open: $name"
    cat "$1/$name" >/dev/null 2>&1 && echo "readable: $name"
done
kill -0 "$2" 2>/dev/null && echo "may signal the keeper"
ls "$1/data" >/dev/null 2>&1 && echo "open: data"
exit 7
AGENT
    chmod 755 "$T"
}
for fence in subreaper cgroup pidns auto; do
    begin "$fence"
    prepare
    # Root has a group more, which must not be passed on.
    if ! GIT_CONFIG_GLOBAL=$T/data/role/gitconfig CLAUDE_CONFIG_DIR=$T/data/role/claude setpriv --groups=0,54321 "$TOOLS/keepctl" "$KEEP" "$T" "fence=$fence" user=nobody "clone=$T/data/role/clone" lock start \
        connect send=go eof ended -- bash "$T/agent" "$T" 1 >"$T/said"; then
        if [ "$fence" = cgroup ] && grep -q "^failed fence = cgroup is impossible" "$T/said"; then
            echo "SKIPPED here: $(cat "$T/said")"
            continue
        fi
        die "$(cat "$T/said")"
    fi
    out=$(it 1)/out.log
    says "$(it 1)/exit.json" '"end":"exited"' '"code":7'
    home=$(getent passwd nobody | cut -d: -f6) shell=$(getent passwd nobody | cut -d: -f7)
    says "$out" "id: $uid:$gid:$(id -G nobody):" "env: $home:nobody:nobody:$shell" "tmp: $uid:700 written" "umask: 0022" \
        "git: agent" "claude: written" "here: $T/data/role/clone object written" "stdout: written"
    says "$(it 1)/err.log" "stderr: written"
    saysnot "$out" "open: " "readable: " "may signal"
    says "$(it 1)/keep.json" '"user":"nobody"'
    for file in "$T/outside" "$T/outside/file" "$T/data/role" "$T/data" "$T/state" "$T/tmp"; do
        [ "$(stat -c %u "$file")" = 0 ] || die "$file was given away"
    done
    [ "$(stat -c %u "$T/data/role/clone/.git/objects/x")" = "$uid" ] || die "an object of the clone is not the user's"
    [ "$(stat -c %a "$T/data")" = 701 ] || die "the folder above is $(stat -c %a "$T/data")"
    # A daemon of that user is ended, and a keeper that is killed takes the first process with it.
    GIT_CONFIG_GLOBAL='' ctl "fence=$fence" user=nobody "clone=$T/data/role/clone" lock start connect send=go eof ended \
        "dead=$T/tmp/nobody/pid" -- bash -c "'$TOOLS/daemon' \"\$TMPDIR/pid\"" 2>&1
    says "$(it 2)/exit.json" '"name":"daemon"}]' '"survivors":[]'
    rm "$T/tmp/nobody/pid"
    ctl "fence=$fence" user=nobody "clone=$T/data/role/clone" lock start connect send=go expect=running \
        "file=$T/tmp/nobody/pid" killkeeper "dead=$T/tmp/nobody/pid" -- bash -c "exec '$AGENTS/hang.sh' \"\$TMPDIR/pid\""
    ctl "fence=$fence" run=22222222222222222222222222222222 user=nobody "clone=$T/data/role/clone" lock start connect send=go eof ended -- true
    says "$(it 3)/exit.json" '"end":"lost"'
    nobody_left
done

begin unreachable
prepare
mkdir -m 700 "$T/closed"
mv "$T/data" "$T/closed/data"
ctl user=nobody "clone=$T/closed/data/role/clone" lock start connect send=go eof ended -- true
says "$(it 1)/exit.json" '"end":"exec_failed"' "cannot work in the folder $T/closed/data/role/clone as user nobody: Permission" \
    "XDG_STATE_HOME"
printf '#!/bin/sh\n' >"$T/closed/program"
chmod 700 "$T/closed/program"
ctl user=nobody lock start connect send=go eof ended -- "$T/closed/program"
says "$(it 2)/exit.json" '"end":"exec_failed"' "cannot run $T/closed/program: Permission denied (as user nobody)"
