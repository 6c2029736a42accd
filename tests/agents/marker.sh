# shellcheck shell=bash
# marker_in STATE ROLE ID: that run id with the digits that say whose it is (supervisor/sys/marker.c).
marker_in() {
    local ino dev
    read -r ino dev <<<"$(stat -c "%i %d" "$1")"
    printf '%08x%s%s' "$(((ino ^ ino >> 32 ^ dev * 2654435761) & 0xffffffff))" "${2:0:1}" "${3:9}"
}
