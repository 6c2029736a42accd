#!/usr/bin/env bash
# ccsup install-service: a unit that systemd reads as it is meant, whatever the folder is called; a file of others is left
# alone; and from then on ccsup start asks systemd. (With a systemd of its own: service_systemd.sh.)
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/run_lib.sh"
command -v systemd-analyze >/dev/null || skip "no systemd-analyze here (apt-get install systemd): nobody reads the unit"
run_sandbox
both_have_work
two_hanging
units=$XDG_CONFIG_HOME/systemd/user

# of FILE KEY: the value in the unit.
of() {
    sed -n "s/^$2=//p" "$1"
}
verified() {
    assert_exit 0 systemd-analyze verify --user --man=no "$1"
    assert_eq "$OUT" "" "what systemd has to say about $1"
}

# ---- what is written ------------------------------------------------------------------------------------------------------
conf builder.grace=90s
assert_exit 0 ccsup install-service --user
name=$(basename "$(ls "$units")")
[[ $name =~ ^ccsup-[0-9a-f]{8}\.service$ ]] || fail "the unit is called $name"
assert_has "$OUT" "systemctl --user enable $name"
verified "$units/$name"
assert_eq "$(of "$units/$name" TimeoutStopSec)" 150 "longer than the longest grace"
assert_eq "$(of "$units/$name" WatchdogSec)" 60 "how long its loop may stand still"
assert_eq "$(of "$units/$name" WorkingDirectory)" "$PROJECT"
assert_eq "$(of "$units/$name" User)" "" "whose it is, where that is the manager's user"
assert_eq "$(ccsup install-service --user --print)" "$(<"$units/$name")" "what --print prints"
assert_exit 0 ccsup install-service --system --print
assert_has "$OUT" $'\nUser='"$(id -un)"$'\n' "whose it is"
assert_has "$OUT" $'\nWantedBy=multi-user.target'
# A newer one takes its place; one of another instance, or of nobody's, stays.
conf
assert_exit 0 ccsup install-service --user
assert_eq "$(of "$units/$name" TimeoutStopSec)" 61
for text in "[Service]" "# Written by \`ccsup install-service\` for $PROJECT/launch.conf2" ""; do
    printf '%s' "$text" >"$units/mine.service"
    assert_exit 1 ccsup install-service --user --name mine
    assert_has "$OUT" "$units/mine.service is there and was not written by ccsup for this instance"
    assert_eq "$(<"$units/mine.service")" "$text" "a file of others"
done
rm "$units/mine.service"
for bad in ../evil "a b" .hidden "" 'x@y' "$(printf 'x%.0s' {1..201})"; do
    assert_exit 2 ccsup install-service --user --name "$bad"
done
assert_exit 2 ccsup install-service --user --system
assert_eq "$(ls "$units")" "$name" "what is in the folder"
# Folders with names that mean something to systemd.
for folder in 'a b' '100%h' 'x"y' "it's" 'back\slash' '$HOME' 'ü;#'; do
    mkdir "$SANDBOX/$folder"
    cp "$PROJECT/launch.conf" "$PROJECT/plan.md" "$SANDBOX/$folder"
    ln -sf "$CCSUP_BUILD" "$SANDBOX/$folder/build"
    assert_exit 0 ccsup -C "$SANDBOX/$folder" install-service --user --name odd
    verified "$units/odd.service"
    rm "$units/odd.service"
done
for folder in $'new\nline' 'blank ' $'back\\' $'\xff'; do
    mkdir "$SANDBOX/$folder"
    cp "$PROJECT/launch.conf" "$PROJECT/plan.md" "$SANDBOX/$folder"
    assert_exit 1 ccsup -C "$SANDBOX/$folder" install-service --user --name odd
    assert_has "$OUT" "a unit can't name"
done
[[ ! -e $units/odd.service ]] || fail "a unit was written all the same"

# ---- ccsup start asks systemd, where there is one ------------------------------------------------------------------------------
mkdir -p "$SANDBOX/bin" "$XDG_RUNTIME_DIR/systemd"
# It starts what it is asked for, as long as the case lets it.
cat >"$SANDBOX/bin/systemctl" <<'SH'
#!/usr/bin/env bash
echo "$*" >>"$SANDBOX/systemctl.said"
[[ ! -e $SANDBOX/refuse ]] || exit 4
cd "$PROJECT"
setsid ccsup run >/dev/null 2>&1 </dev/null &
for ((i = 0; i < 200; i++)); do
    [[ ! -S .ccsup/sockets/control ]] || exit 0
    sleep 0.05 # bounded agent
done
exit 1
SH
chmod 755 "$SANDBOX/bin/systemctl"
export SANDBOX PROJECT PATH=$SANDBOX/bin:$PATH
touch "$SANDBOX/refuse"
assert_exit 1 ccsup start
assert_has "$OUT" "systemd runs this instance, and did not start it; 'systemctl --user status $name' says why"
over
rm "$SANDBOX/refuse"
assert_exit 0 ccsup start
assert_has "$OUT" "builder: RUNNING, iteration 1"
assert_eq "$(<"$SANDBOX/systemctl.said")" "--user start $name"$'\n'"--user start $name" "what systemctl was asked"
assert_exit 5 ccsup start
assert_has "$OUT" "and not by systemd, which has $name for it" "one in nobody's control group"
stop_all
