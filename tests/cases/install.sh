#!/usr/bin/env bash
# What `cmake --install` puts where: programs, manual pages, examples, and nothing else; and the installed programs run.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
new_sandbox
dest=$SANDBOX/dest
root=$dest/usr/local
DESTDIR=$dest cmake --install "$CCSUP_BUILD" --prefix /usr/local >"$SANDBOX/install.log" 2>&1 || fail "cmake --install failed"

for program in bin/ccsup libexec/ccsup/ccsup-keep libexec/ccsup/ccsup-git; do
    [[ -x $root/$program && ! -d $root/$program ]] || fail "no program $program"
    assert_eq "$(stat -c %a "$root/$program")" 755 "rights of $program"
done
for file in share/man/man1/ccsup.1 share/man/man5/launch.conf.5 share/doc/ccsup/examples/launch.conf share/doc/ccsup/examples/pre-commit; do
    [[ -s $root/$file ]] || fail "no $file, or nothing in it"
    assert_eq "$(stat -c %a "$root/$file")" 644 "rights of $file"
done
assert_eq "$(cmp "$root/share/doc/ccsup/examples/launch.conf" "$CCSUP_SOURCE/launch.conf" 2>&1)" "" "the example is the shipped one"
for prompt in "$CCSUP_SOURCE"/prompts/*.md; do
    [[ -s $root/share/doc/ccsup/prompts/$(basename "$prompt") ]] || fail "no $(basename "$prompt") among the prompts"
done
for page in "$CCSUP_SOURCE"/docs/man/*.[15]; do
    [[ -s $root/share/man/man${page##*.}/$(basename "$page") ]] || fail "the manual page $(basename "$page") is not installed"
done
stray=$(find "$dest" -type f -o -type l | sed "s|^$dest||" |
    grep -vE '^/usr/local/(bin/ccsup|libexec/ccsup/ccsup-(keep|git|http)|lib/systemd/(system|user)/ccsup@\.service|share/(man/man[15]/[^/]+\.[15]|doc/ccsup/.*))$' || true)
assert_eq "$stray" "" "files that belong nowhere"

# The installed programs stand on their own: from another folder, without the build's on PATH.
cd /
PATH=/usr/bin:/bin
assert_exit 0 "$root/bin/ccsup" --version
assert_has "$OUT" "ccsup $(sed -n 's/^project(ccsup VERSION \([0-9.]*\).*/\1/p' "$CCSUP_SOURCE/CMakeLists.txt")"
assert_exit 2 "$root/libexec/ccsup/ccsup-keep"
if ldd "$root/libexec/ccsup/ccsup-keep" | grep -E 'libuv|libgit2|libcurl'; then
    fail "ccsup-keep is linked with a library that it must not need"
fi
