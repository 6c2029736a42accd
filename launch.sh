#!/usr/bin/env bash
# From a fresh clone to a running ccsup: installs what is missing, builds what is old, then does what you said.
#   ./launch.sh demo    the whole thing at work: two scripted loops, from an empty repository to DONE
#   ./launch.sh test    every test, in a development build and under sanitizers
#   ./launch.sh WORD…   ccsup WORD…
# The second run installs nothing, builds nothing and starts at once.
set -euo pipefail
invoked_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"

# What for: cmake, ninja-build, gcc build; pkg-config finds the libraries; git is the transport and the loops' tool;
# ca-certificates for https remotes; libuv the watchdog's loop; libcjson JSON; libgit2 reads the repository; libinih
# reads launch.conf; libcurl speaks HTTP and TLS.
build_packages=(cmake ninja-build gcc libc6-dev pkg-config git ca-certificates libuv1-dev libcjson-dev libgit2-dev
    libinih-dev libcurl4-openssl-dev)
# What for: libcmocka the unit tests; clang a second compiler; clang-format, mandoc, shellcheck the lints; tini PID 1 of
# the cases' namespaces, util-linux makes them; libclang-rt-dev is libFuzzer and clang's sanitizers, libcmark-dev what our
# Markdown is compared with; python3 the outside observer; curl, procps, jq look from outside; openssl makes
# certificates; patch the seeded defects; openssh-client is what an ssh remote needs, openssh-server and nginx-light are
# what `ccsup check` looks at; tmux is what `start --tmux` opens, bsdutils has the terminal (script) that it is attached
# from; systemd reads our unit, and systemd-container boots one for a case.
test_packages=(libcmocka-dev mandoc shellcheck tini clang clang-format libclang-rt-dev
    libcmark-dev python3 openssl curl procps util-linux jq patch openssh-client openssh-server nginx-light tmux bsdutils
    systemd systemd-container)

note() {
    echo "launch.sh: $*" >&2
}

die() {
    note "$*"
    exit 1
}

# missing PACKAGE…: those that are not installed, one a line.
missing() {
    local state=" " package installed
    while read -r package installed; do
        [[ $installed == ii* ]] && state+="$package "
    done < <(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' "$@" 2>/dev/null || true)
    for package in "$@"; do
        [[ $state == *" $package "* ]] || echo "$package"
    done
}

# install WHY PACKAGE…
install() {
    local why=$1 absent=() as_root=() apt
    shift
    command -v dpkg-query >/dev/null ||
        die "this is no Debian or Ubuntu: install by your own means what corresponds to: $*"
    mapfile -t absent < <(missing "$@")
    [ ${#absent[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die "there is no apt-get here; install by your own means: ${absent[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "these packages are missing and you are neither root nor have sudo; ask for: apt-get install ${absent[*]}"
        as_root=(sudo)
    fi
    note "installing with apt-get, $why: ${absent[*]}"
    apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0)
    # What comes as a service (nginx, sshd: the tests start their own) is not started for that.
    local policy=/usr/sbin/policy-rc.d ours="" failed=""
    [ -e "$policy" ] || ours=yes
    [ -z "$ours" ] || printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" env install -m 755 /dev/stdin "$policy"
    # A fresh container has no package lists, another machine old ones: those are fetched only if the first try fails.
    if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null ||
        ! "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${absent[@]}" >&2; then
        if ! "${as_root[@]}" "${apt[@]}" update >&2; then
            failed="apt-get update failed (see above); is the network there?"
        elif ! "${as_root[@]}" "${apt[@]}" install --no-install-recommends "${absent[@]}" >&2; then
            failed="apt-get could not install: ${absent[*]} (see above)"
        fi
    fi
    [ -z "$ours" ] || "${as_root[@]}" rm -f "$policy"
    [ -z "$failed" ] || die "$failed"
}

# Everything that the program is made from. A file is newer, or gone, or new (its folder is newer): build.
sources=(CMakeLists.txt CMakePresets.json cmake supervisor agents watchdog prompts launch.conf)

fresh() {
    [ -x build/bin/ccsup ] && [ -x build/bin/ccsup-keep ] && [ -x build/bin/ccsup-git ] && [ -e build/launch.stamp ] &&
        [ -z "$(find "${sources[@]}" -newer build/launch.stamp -print -quit)" ]
}

# configure_and_build PRESET DIR
configure_and_build() {
    local log
    # A cache made elsewhere (the folder was moved) or by another generator cannot be used again.
    if [ -e "$2/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$2/CMakeCache.txt"; then
        note "$2 was configured for another folder: starting it over"
        rm -rf "$2"
    fi
    log=$(mktemp)
    if ! { cmake --preset "$1" && cmake --build "$2"; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "the build of $2 failed (see above)"
    fi
    rm -f "$log"
}

build() {
    fresh && return
    local stamp
    install "to build ccsup" "${build_packages[@]}"
    stamp=$(mktemp)
    note "building (release) into build/"
    configure_and_build release build
    # As old as the beginning of the build: what changed meanwhile is newer.
    touch -r "$stamp" build/launch.stamp
    rm -f "$stamp"
}

# run_tests DIR NAME CTEST-ARGUMENT…: sets passed, failed, skipped by what ctest wrote.
passed=0
failed=0
skipped=0
run_tests() {
    local dir=$1 name=$2 xml=$1/tests.xml line ok bad off total
    shift 2
    note "testing: $name"
    rm -f "$xml"
    ctest --test-dir "$dir" -j "$(nproc)" --output-on-failure --no-tests=error --output-junit "$PWD/$xml" "$@" || true
    if [ ! -s "$xml" ]; then
        note "ctest left no report of $dir: counted as one failure"
        failed=$((failed + 1))
        return
    fi
    line=$(awk '/<testsuite/ { on = 1 } on { gsub(/\t/, " "); printf "%s ", $0 } on && />/ { exit }' "$xml")
    total=$(count "$line" tests)
    bad=$(count "$line" failures)
    off=$(($(count "$line" skipped) + $(count "$line" disabled)))
    ok=$((total - bad - off))
    passed=$((passed + ok))
    failed=$((failed + bad))
    skipped=$((skipped + off))
}

# count LINE ATTRIBUTE
count() {
    [[ $1 =~ \ $2=\"([0-9]+)\" ]] && echo "${BASH_REMATCH[1]}" || echo 0
}

# The last line, whatever happened: what ended the run before its end is a failure, too.
report() {
    local code=$?
    if [ "$finished" -eq 0 ]; then
        failed=$((failed + 1))
    fi
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && exit "$code"
    exit 1
}

finished=0
run_all_tests() {
    trap report EXIT
    install "to build ccsup" "${build_packages[@]}"
    install "to test it" "${test_packages[@]}"
    command -v npm >/dev/null || install "to fetch the real Claude for the tests" nodejs npm
    note "the real Claude for the tests: $(tests/stub/install.sh) $(tests/stub/install.sh before)"
    note "building (dev, warnings are errors) into build-dev/"
    configure_and_build dev build-dev
    run_tests build-dev "development build: all"
    note "building (asan: AddressSanitizer, UndefinedBehaviorSanitizer) into build-asan/"
    configure_and_build asan build-asan
    # Without the fault cases: they preload a library, and the sanitizers must be loaded first. A real systemd is booted once.
    run_tests build-asan "under sanitizers: unit tests and cases" -L 'unit|cases|fuzz' -E 'fault_|service_systemd'
    note "building (fuzz: the fuzz targets, with clang) into build-fuzz/"
    configure_and_build fuzz build-fuzz
    run_tests build-fuzz "fuzzing, seconds for each target"
    if [ "$skipped" -gt 0 ]; then
        if [ "${CCSUP_ALLOW_SKIP:-0}" = 1 ]; then
            note "$skipped skipped, which CCSUP_ALLOW_SKIP=1 allows"
        else
            note "$skipped skipped, and a test that did not run counts as failed (CCSUP_ALLOW_SKIP=1 allows it)"
            failed=$((failed + skipped))
        fi
    fi
    finished=1
}

case ${1-} in
test)
    [ $# -eq 1 ] || die "test takes no arguments"
    run_all_tests
    ;;
'')
    build
    exec build/bin/ccsup help
    ;;
*)
    build
    program=$PWD/build/bin/ccsup
    cd "$invoked_from"
    exec "$program" "$@"
    ;;
esac
