# shellcheck shell=bash
# Sourced by cases after lib.sh and in_pidns: a real systemd, booted as PID 1 of a PID namespace of its own, with its own
# control groups, mounts and network, and a root of which only /usr is this machine's. Two things would hurt this machine
# and are made impossible: a systemd that sees foreign processes in the root of its control groups takes them all for its
# own (it gets a control group namespace, and the boot is refused where anybody else is in it); and its boot empties /tmp,
# where the sandbox is bound (that unit is masked).
#
#     systemd_boot      boots it (again), with SANDBOX and SYSTEMD_UNITS, which is its /etc/systemd/system
#     inside COMMAND…   runs the command in there, as root with no environment but PATH
#     systemd_off       powers it off and waits until nothing of it is left

SYSTEMD_UNITS=     # folder of unit files and links, kept from one boot to the next
SYSTEMD_GROUP=     # folder of its control groups
SYSTEMD_BOOTED=    # pid of what runs it
SYSTEMD_INIT=      # its PID 1, as seen from here

# The folder where control groups (v2) are mounted, beside v1 ones or alone.
systemd_groups() {
    awk '$9 == "cgroup2" || $8 == "cgroup2" || $10 == "cgroup2" { print $5; exit }' /proc/self/mountinfo
}

systemd_can() {
    local tool groups
    for tool in systemd-nspawn nsenter; do
        command -v "$tool" >/dev/null || skip "no $tool here (apt-get install systemd-container): no systemd can be booted"
    done
    [[ $(id -u) == 0 ]] || skip "only root can boot a systemd"
    groups=$(systemd_groups)
    [[ -n $groups ]] || skip "no control groups (v2) are mounted here: no systemd can be booted"
    # Of a case that was killed; what lives can't be removed.
    find "$groups" -mindepth 1 -depth -path "$groups/ccsup-case-*" -type d -exec rmdir {} + 2>/dev/null || true
    SYSTEMD_GROUP=$groups/$(basename "$SANDBOX")
    mkdir "$SYSTEMD_GROUP" 2>/dev/null || skip "no control group can be made in $groups: no systemd can be booted"
    SYSTEMD_UNITS=$SANDBOX/units
    mkdir -p "$SYSTEMD_UNITS" "$SANDBOX/root"
    ln -s /dev/null "$SYSTEMD_UNITS/systemd-tmpfiles-setup.service"
    ln -s /dev/null "$SYSTEMD_UNITS/systemd-networkd.service"
}

# What runs: first into the group, then, in a control group namespace, it looks whether it is alone there.
# shellcheck disable=SC2016 # the inner shells expand them
SYSTEMD_JOIN='echo 0 >"$1/cgroup.procs" && shift && exec unshare --mount --cgroup "$@"'
# shellcheck disable=SC2016
SYSTEMD_ALONE='
mount --make-rprivate / && umount -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 99
mapfile -t own </proc/self/cgroup && mapfile -t members </sys/fs/cgroup/cgroup.procs || exit 99
if [[ " ${own[*]} " != *" 0::/ "* || "${members[*]}" != $$ ]]; then # without a child: it would be a member
    echo "REFUSED: others are in the control groups that systemd would take for its own" && exit 99
fi
mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/system &&
    exec unshare --pid --fork --kill-child --mount-proc "$@"'

systemd_boot() {
    background nspawn bash -c "$SYSTEMD_JOIN" bash "$SYSTEMD_GROUP" bash -c "$SYSTEMD_ALONE" bash \
        systemd-nspawn --quiet --directory=/ --volatile=yes --boot --register=no --keep-unit --private-network \
        --machine=ccsup-case --console=pipe --timezone=off --resolv-conf=off --link-journal=no \
        --bind="$SANDBOX" --bind="$SYSTEMD_UNITS:/etc/systemd/system" --bind="$SANDBOX/root:/root" \
        --bind-ro="$CCSUP_BUILD" --bind-ro="$CCSUP_SOURCE" -- --unit=multi-user.target
    SYSTEMD_BOOTED=$BG_PID
    wait_until 30 "systemd is there, or could not be" systemd_found
    [[ -n $SYSTEMD_INIT ]] || fail "systemd could not be booted: $(tail -n 5 "$SANDBOX/nspawn.log")"
    wait_until 60 "systemd has booted" inside systemctl is-active --quiet multi-user.target
}

# Sets SYSTEMD_INIT; true also when it will never be there.
systemd_found() {
    local pid
    SYSTEMD_INIT=
    alive "$SYSTEMD_BOOTED" || return 0
    while read -r pid; do
        # By awk: where the file is gone, $(<file) would run the EXIT trap.
        [[ $(awk '/^Name:/ { name = $2 } /^NSpid:/ { print name, $NF }' "/proc/$pid/status") == "systemd 1" ]] || continue
        SYSTEMD_INIT=$pid
    done < <(find "$SYSTEMD_GROUP" -name cgroup.procs -exec cat {} + 2>/dev/null)
    [[ -n $SYSTEMD_INIT ]]
}

inside() {
    nsenter --target "$SYSTEMD_INIT" --mount --pid --uts --ipc --net --cgroup \
        env -i HOME=/root LC_ALL=C.UTF-8 PATH="$CCSUP_BUILD/bin:/usr/bin:/bin" "$@"
}

systemd_empty() {
    grep -q 'populated 0' "$SYSTEMD_GROUP/cgroup.events"
}

systemd_off() {
    inside systemctl poweroff --no-block
    wait_while 60 "systemd's end" alive "$SYSTEMD_BOOTED"
    wait_until 10 "the end of all that it ran" systemd_empty
    systemd_forget
}

# Empty groups are left behind by what runs in them.
systemd_forget() {
    find "$SYSTEMD_GROUP" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null || true
}
