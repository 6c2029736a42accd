#!/usr/bin/env bash
# ccsup check by itself: all is well; then each thing of this machine is broken alone, and exactly that check fails. Its
# options, and what it must not do: ask, change, show a secret, hang.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/check_lib.sh"
new_sandbox
make_remote
commit_as anybody "begin" readme "x"
mkdir "$SANDBOX/bin"
printf '#!/bin/sh\necho "2.1.330 (Claude Code)"\n' >"$SANDBOX/bin/claude"
chmod 755 "$SANDBOX/bin/claude"
export PATH=$SANDBOX/bin:$PATH ANTHROPIC_API_KEY=none
unset IS_SANDBOX
conf() {
    write_conf builder.env=IS_SANDBOX=1 builder.env_pass=ANTHROPIC_API_KEY agent.env_deny="CASE_TOKEN CASE_DNS_*" "$@"
    # This one is Claude.
    sed -i "/^\[agent builder\]/,/^\[agent/s#^command = .*#claude = ${CLAUDE:-claude}#" "$PROJECT/launch.conf"
}
conf
all_ok
assert_eq "$(states skip)" "linger clock" "what says nothing here"
assert_eq "$(jq -r '.checks | length' <<<"$DOC")" 21 "how many there are"
[[ ! -e $STATE ]] || fail "a check made the state folder"
assert_eq "$(git -C "$REMOTE" for-each-ref --format='%(refname)')" refs/heads/main "a check pushed something"

# ---- each of them
printf '[repo]\n' >"$PROJECT/launch.conf"
broken config "launch.conf:1: [repo] lacks url"
conf
mv "$PROJECT/plan.md" "$PROJECT/plan.away"
broken plans "plan.md"
mv "$PROJECT/plan.away" "$PROJECT/plan.md"
for word in '<ORG>' '<ORG_2>' CHANGEME "x T""ODO: y"; do
    printf '# Plan\n\nD1: there is %s.\n' "$word" >"$PROJECT/plan.md"
    broken filled "plan.md:3: '"
done
printf '# Plan\n\nD1: <a> <B <> TODOS CHANGEMENT x<0 <Org>.\n' >"$PROJECT/plan.md"
printf '# CHANGEME in a comment\n' >>"$PROJECT/launch.conf"
all_ok
conf builder.git_name="CHANGEME Builder"
broken filled "launch.conf:"
printf 'Do it. {{nonsense}}\n' >"$PROJECT/own.md"
conf builder.prompt=own.md
broken prompts "nonsense"
conf
printf '[notify phone]\nurl = https://localhost:1/\ntoken_file = token\n' >>"$PROJECT/launch.conf"
touch "$PROJECT/token" && chmod 644 "$PROJECT/token"
broken notify "token_file of [notify phone]: others may read or change $PROJECT/token (mode 0644)"
conf adversary.command=/nowhere/agent
broken programs "[agent adversary], /nowhere/agent"
conf builder.user=nosuchuser
broken fence "nosuchuser"
conf
code=0
DOC=$(unshare --pid --fork ccsup -C "$PROJECT" check --json) || code=$?
assert_eq "$code $(states fail) $(states skip)" "1 proc secrets linger clock" "in a PID namespace without its own /proc"
ccsup -C "$PROJECT" verify >/dev/null 2>&1 || true # makes the instance's folders
chown nobody "$STATE"
broken state "$STATE belongs to another user"
chown root "$STATE"
mount -t tmpfs -o size=64m none "$STATE"
broken disk "MiB are free at $STATE"
umount "$STATE"
conf repo.url="https://me:hunter2@localhost:1/x.git"
checks
assert_eq "$(states fail)" "remote git-read" "a password in the address"
[[ $DOC != *hunter2* ]] || fail "it shows the password: $DOC"
data=$(readlink "$STATE/data")
conf
mkdir -p "$data/builder/clone" "$data/adversary"
ln -s ../builder/clone "$data/adversary/clone"
broken identities "are the same folder"
rm "$data/adversary/clone"
# What must not reach the agents: in another's environment, in ours; the value is never shown.
CASE_DNS_TOKEN=hunter2 background other sleep 60
wait_until 10 "it has begun" grep -qz '^CASE_DNS_TOKEN=' "/proc/$BG_PID/environ"
broken secrets "CASE_DNS_TOKEN, which [agent builder] must not have, is in the environment of pid $BG_PID (sleep), which"
[[ $DOC != *hunter2* ]] || fail "it shows the secret: $DOC"
conf agent.fence=pidns # there they see nobody
all_ok
lib_end_pid "$BG_PID"
conf
CASE_TOKEN=hunter2 broken secrets "CASE_TOKEN, which [agent builder] must not have"
conf repo.url="$SANDBOX/nothing.git"
broken git-read "nothing.git"
assert_eq "$(states skip)" "linger git-push clock" "what needs it"
conf repo.branch=other
broken git-read "no other"
conf
CLAUDE=$SANDBOX/bin/broken conf
printf '#!/bin/sh\necho "out of order" >&2\nexit 1\n' >"$SANDBOX/bin/broken"
chmod 755 "$SANDBOX/bin/broken"
broken claude "out of order"
printf '#!/bin/sh\necho "2.1.1 (Claude Code)"\n' >"$SANDBOX/bin/broken"
checks
assert_eq "$CODE $(states warn) $(states fail)" "0 claude " "an old Claude"
checks --strict
assert_eq "$CODE" 1 "--strict"
conf builder.env_pass=
broken claude-login "[agent builder] has neither a login"
mkdir -p "$data/builder/claude"
touch "$data/builder/claude/.credentials.json"
all_ok
rm -r "$data/builder/claude"
conf builder.env=A=1
broken claude-root "[agent builder]"

# ---- another one on the same branch
conf
mkdir "$SANDBOX/twin"
cp "$PROJECT/plan.md" "$SANDBOX/twin/"
sed 's/^claude = .*/command = cat/' "$PROJECT/launch.conf" >"$SANDBOX/twin/launch.conf"
assert_exit 0 timeout 60 ccsup -C "$SANDBOX/twin" start
broken instance "the ccsup of $SANDBOX/twin (pid "
assert_exit 1 ccsup -C "$PROJECT" start
assert_has "$OUT" "ccsup start: instance: the ccsup of $SANDBOX/twin" "a start"
assert_exit 0 timeout 60 ccsup -C "$SANDBOX/twin" stop

# ---- options
printf '# Plan\n\nD1: <ORG>\n' >"$PROJECT/plan.md"
checks --ignore filled,disk
assert_eq "$CODE $(states fail)" "0 filled" "--ignore"
assert_exit 1 ccsup -C "$PROJECT" check
assert_has "$OUT" "FAIL  filled        plan.md:3: '<ORG>' is not filled in
                    fix: write there what is meant" "a row"
assert_has "$OUT" "18 ok, 0 warn, 1 FAIL, 2 skipped: not ready" "the summary"
refused() {
    local want=$1
    shift
    assert_exit 2 ccsup -C "$PROJECT" check "$@"
    assert_has "$OUT" "$want" "the sentence"
}
refused "'all' is none" --ignore all
refused "'all' is none" --ignore filled,all
refused "there is no check 'nosuch'" --ignore nosuch
refused "--ignore takes names" --ignore ""
refused "--ignore takes names" --ignore filled,
refused "is one word too many" filled
refused "takes no value" --json=yes
cd /
assert_exit 1 ccsup -C "$SANDBOX/xdg" check
assert_has "$OUT" "FAIL  config " "no launch.conf"

# ---- those of launch.conf: level, needs, fix, time
printf '# Plan\n\nD1: x\n' >"$PROJECT/plan.md"
conf
cat >>"$PROJECT/launch.conf" <<CONF
[check hangs]
type = command
command = sh -c 'echo CASE_TOKEN=hunter2; (exec sleep 60) & exec sleep 60' # no comment
timeout = 1s
fix = see the manual
[check warns]
type = command
command = sh -c 'exit 3'
level = warn
[check after]
type = command
command = touch $SANDBOX/ran
needs = hangs warns
[check says]
type = command
command = sh -c 'echo password=hunter2 is wrong; exit 4'
CONF
checks
assert_eq "$CODE $(states fail) $(states warn)" "1 hangs says warns" "what fails"
assert_eq "$(states skip)" "linger clock after" "what is skipped"
assert_eq "$(jq -r '.checks[] | select(.id == "hangs") | "\(.text); \(.fix)"' <<<"$DOC")" "sh took too long and was ended; see the manual" "one that hangs"
[[ $DOC != *hunter2* && ! -e $SANDBOX/ran ]] || fail "a secret was shown, or a check ran that needs another: $DOC"
# What only a reader of regular expressions can judge is judged with the configuration.
printf '[check even]\ntype = http\nurl = http://localhost/\nstatus = 2xx\n' >>"$PROJECT/launch.conf"
printf '[check odd]\ntype = file\npath = plan.md\nbody = a(b\n' >>"$PROJECT/launch.conf"
assert_exit 4 ccsup -C "$PROJECT" config
assert_has "$OUT" "[check odd]: body 'a(b' is no extended regular expression" "config"
assert_has "$OUT" "status of [check even]: '2xx' is no list of statuses; write 200-299,404" "config"
assert_no_process_left
