#!/usr/bin/env bash
# ccsup config: good, every error, the files that launch.conf names; start refuses the same and starts nothing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
new_sandbox
make_remote
write_conf done.criteria="D1-D3"
cd "$PROJECT"

assert_exit 0 ccsup config
assert_has "$OUT" "launch.conf: ok" "a good one"
assert_has "$OUT" "1 phase with 3 criteria" "the summary"
assert_eq "$(ccsup config --check)" "$OUT" "--check is the default"
assert_exit 0 ccsup -C "$PROJECT" config --print
printf '%s\n' "$OUT" >"$SANDBOX/printed"
mkdir "$SANDBOX/again"
cp "$SANDBOX/printed" "$SANDBOX/again/launch.conf"
cp plan.md "$SANDBOX/again/"
assert_eq "$(ccsup -C "$SANDBOX/again" config --print)" "$OUT" "what is printed prints the same again"
assert_exit 0 ccsup config --keys
assert_has "$OUT" "criteria" "--keys"
assert_exit 0 ccsup config --keys --man
assert_has "$OUT" ".It" "--keys --man is mdoc"
(cd "$SANDBOX" && CCSUP_CONFIG=$PROJECT/launch.conf ccsup config >/dev/null) || fail "CCSUP_CONFIG names the instance"

# refused WHAT PART...: config and start say so, exit 4, and nothing is made.
refused() {
    local what=$1 verb part
    shift
    for verb in config start run; do
        assert_exit 4 ccsup "$verb"
        for part in "$@"; do
            assert_has "$OUT" "$part" "$what ($verb)"
        done
        [[ ! -e $STATE ]] || fail "$what: $verb made $STATE"
    done
}

printf '[ccsup]\nfoo = 1\n[repo]\npoll = soon\n[nonsense]\n' >launch.conf
refused "errors" "launch.conf:2: " "launch.conf:4: " "launch.conf:5: "
head -c 1100000 /dev/zero | tr '\0' '#' >launch.conf
refused "too large" "launch.conf" "larger than"
rm launch.conf
mkdir launch.conf
refused "a folder" "a folder, not a file"
rmdir launch.conf

write_conf
mv plan.md elsewhere.md
refused "no plan" "launch.conf:" "plan" "plan.md"
mv elsewhere.md plan.md
write_conf builder.prompt=missing.md adversary.prompt=bad.md
printf 'work on {{plann}}\n' >bad.md
refused "prompts" "prompt of agent builder" "missing.md" "bad.md" "plann"
printf 'work on {{plan}}\n' >bad.md
cp bad.md missing.md
assert_exit 0 ccsup config

# The programs that are started must be there.
write_conf
mkdir "$SANDBOX/bin"
cp "$CCSUP_BUILD/bin/ccsup" "$SANDBOX/bin/"
assert_exit 1 "$SANDBOX/bin/ccsup" start
assert_has "$OUT" "ccsup-keep is neither in $SANDBOX/bin nor in $SANDBOX/bin/../libexec/ccsup" "no keeper"
assert_has "$OUT" "ccsup-git is neither" "no ccsup-git"
printf '#!/bin/sh\n' | tee "$SANDBOX/bin/ccsup-keep" >"$SANDBOX/bin/ccsup-git"
chmod +x "$SANDBOX"/bin/ccsup-*
assert_exit 1 env PATH=/nowhere "$SANDBOX/bin/ccsup" start
assert_has "$OUT" "no program git on PATH" "no git"
[[ ! -e $STATE ]] || fail "a start that was refused made $STATE"
