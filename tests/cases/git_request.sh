#!/usr/bin/env bash
# A request is read strictly: whatever is wrong in it is named, and nothing is done.
set -euo pipefail
# shellcheck source=/dev/null
. "${CCSUP_SOURCE:?}/tests/git/lib.sh"
cd "$WORK"
git init -q w
(cd w && as builder first)
export URL="$WORK/w"

# bad WORDS OP FIELD...: refused with these words.
bad() {
    local words=$1
    shift
    ask "$@"
    is 'a["ok"], a["code"]' "(False, 'request')"
    text "$words"
    if [ -e repo.git ] || [ -e role ]; then fail "something was done"; fi
}
for text in '' '{' '[]' '"poll"' '{}' '{"op":"steal"}' '{"op":5}' 'null' '{"op":"poll"} x'; do
    ask --raw "$text"
    is 'a["code"]' request
done
for field in url branch mirror lock timeout_ms state_path status review findings max_bytes criteria builder adversary \
    operators start last at; do
    bad "no field \"$field\"" poll "$field=DROP"
done
for field in url branch dir gitconfig name email timeout_ms; do bad "no field \"$field\"" clone "$field=DROP"; done
bad 'unknown field "colour"' poll colour=red
bad 'unknown field "mirror"' clone mirror=/x
bad 'url must be a string' poll url:=5
bad 'timeout_ms must be a number' poll 'timeout_ms:="5"'
bad 'from 100 to 3600000' poll timeout_ms:=99
bad 'from 100 to 3600000' poll timeout_ms:=1e300
bad 'whole number' poll max_bytes:=1.5
bad 'whole number' poll max_bytes:=-1
bad 'criteria must be a list' poll criteria=D1
bad 'is no string' poll 'criteria:=[5]'
bad 'no criterion' poll 'criteria:=["D1)x"]'
bad 'operators: "a b\n"' poll 'operators:=["a b\n"]'
for url in ext::sh '-oProxyCommand=x' '--upload-pack=x' relative/path ./r.git 'fd::7' 'http://' 'https:///x' ssh://-oX/y \
    '-x:y' ':x' 'host:' 'git@-oX:y' ftp://host/x file://host/x 'a::b' 'ssh://u@-oX/y'; do
    bad "url " poll "url=$url"
    bad "url " clone "url=$url"
done
bad 'control character' poll 'url:="/x\ny"'
bad 'is empty' poll url=
bad 'url http://***@' poll 'url:="http://user:s3cret@ho\u0007st/x"'
no_text s3cret
for branch in '' -x --all 'a b' 'a..b' 'x.lock' '/x' 'x/' '@{' 'a:b' '*' 'a~1' 'a^' 'a\b' 'x.' refs//x '+x'; do
    [ "$branch" = +x ] || bad 'no branch name' poll "branch=$branch"
done
for path in relative '' ./x; do
    bad 'no absolute path' poll "mirror=$path"
    bad 'no absolute path' clone "dir=$path"
done
for folder in /x x/ ../x x/../y . ./x x//y; do bad 'no folder inside' poll "state_path=$folder"; done
for file in '' x/y .. .; do bad 'no file name' poll "review=$file"; done
for email in '' 'a<b' ' a@b' 'a@b.' 'a>'; do bad 'no e-mail' poll "builder=$email"; done
for rev in main HEAD 0123456 012345678901234567890123456789012345678G '--all'; do
    for field in start last at; do bad 'is no revision' poll "$field=$rev"; done
done
bad 'no name that git can write' clone 'name=a<b'
printf '{"op":"poll","url":"%01100000d"}' 0 >large
ask --file large
is 'a["code"]' request
text 'larger than 1 MiB'

# And what is right is taken.
for url in "$URL" "file://$URL"; do
    ask poll "url=$url" branch=main state_path=a/b.c status='a b.md' 'operators:=[]' 'criteria:=[]'
    is 'a["ok"]' True
done
"$CCSUP_BUILD/bin/ccsup-git" now </dev/null >out 2>err && fail "an argument was taken"
grep -q usage err || fail "no usage"
# Nobody reads the answer: no death by signal.
code=0
{ "$PYTHON" "$CCSUP_SOURCE/tests/git/ask.py" --print poll | { "$CCSUP_BUILD/bin/ccsup-git" || echo $? >code; } | true; } || true
[ ! -e code ] || code=$(cat code)
[ "$code" -le 1 ] || fail "exit $code"
finish
