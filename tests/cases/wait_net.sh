#!/usr/bin/env bash
# ccsup wait http and tls, against a server that is told what to answer: statuses, texts, headers from a file, redirects,
# a private authority, certificates that are short, expired, of another name, or signed by nobody.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/wait_lib.sh"
command -v openssl >/dev/null || fail "openssl is needed"
new_sandbox
cd "$SANDBOX"
answers
url=http://127.0.0.1:$PORT

# ---- http
printf 'build 17\nstate: up\n' >answers/body
waits 0 'last="HTTP 200: build 17"' http "$url/healthz"
grep -q '^GET /healthz$' answers/headers || fail "what was asked"
waits 0 'last="state: up"' --ok '^state: up' http "$url"
waits 124 'last="HTTP 200: build 17"' --timeout 500ms --ok '^state: down' http "$url"
waits 1 'last="state: up"' --fail 'state: up' http "$url"
echo 503 >answers/status
waits 124 'last="HTTP 503: build 17"' --timeout 500ms http "$url"
waits 0 'met' --status 500-599 http "$url"
waiting --timeout 1m http "$url"
wait_until 10 "it looks" grep -q "looks every" waiter.err
echo 204 >answers/status
waited 0 'last="HTTP 204:'
# A redirect is an answer; nothing is sent to where it leads.
echo 302 >answers/status
echo "$url/elsewhere" >answers/location
printf 'Bearer s3cret\n' >token
: >answers/headers
waits 124 'last="HTTP 302: ' --timeout 300ms http --header "Authorization: @$SANDBOX/token" --header "X-One: 1" "$url/first"
grep -q '^Authorization: Bearer s3cret' answers/headers || fail "the header of the file"
grep -q '^X-One: 1' answers/headers || fail "the second header"
! grep -q elsewhere answers/headers || fail "it followed a redirect"
rm answers/location
waits 3 "last=\"--header: cannot read $SANDBOX/none:" --max-probe-errors 0 http --header "Authorization: @$SANDBOX/none" "$url"
waits 3 'last="a header is written NAME: VALUE, on one line"' --max-probe-errors 0 http --header $'A: b\r\nC: d' "$url"
printf 'state: up\n\0\nFAILED\n' >answers/body
waits 1 'FAILED' --ok 'state: up' --fail FAILED http "$url" # a NUL hides nothing
# A server that hangs: the look is ended; one that is gone: not yet; one that speaks no HTTP: cannot tell.
: >answers/hang
waits 3 'error elapsed=' --max-probe-errors 0 --probe-timeout 300ms http "$url"
rm answers/hang
stop_background "$SERVER"
waits 124 "Couldn't connect to server" --timeout 300ms http "$url"
waits 3 "no-such-host.invalid" --max-probe-errors 0 --probe-timeout 5s http http://no-such-host.invalid/

# A resolver that never answers: each look says so, and what one of an earlier look comes to is no answer to a later one.
mknod quiet.fifo p
python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.78", 53))
open(sys.argv[1], "w").close()
sys.stdin.read()' resolver.up <> quiet.fifo &
LIB_BACKGROUND+=($!)
wait_until 20 "it listens" test -e resolver.up
printf 'nameserver 127.0.0.78\noptions timeout:1 attempts:1\n' >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
waits 124 'the resolver does not answer' --timeout 3s --probe-timeout 300ms --progress 100ms tcp quiet.example:9
[[ $SAID != *"Temporary failure"* ]] || fail "an earlier look's answer was taken: $SAID"
umount /etc/resolv.conf

# ---- tls
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 3650 -subj "/CN=$1" 2>/dev/null
}
# certificate NAME DAYS: for NAME, by the authority, an hour short of so many days, so that whole days are told the same at
# any speed; the server shows it from now on.
certificate() {
    local ends
    ends=$(date -u -d "$2 days 1 hour ago" +%Y%m%d%H%M%SZ)
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=$1" 2>/dev/null
    mkdir -p ca.db
    : >ca.db/index.txt
    cat >ca.conf <<EOF
[ca]
default_ca = it
[it]
database = ca.db/index.txt
new_certs_dir = ca.db
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
[names]
subjectAltName = DNS:$1
EOF
    openssl ca -batch -config ca.conf -cert authority.pem -keyfile authority.key -in server.csr -out server.pem \
        -startdate 20200101000000Z -enddate "$ends" -extensions names -notext 2>/dev/null
    [[ -z ${SERVER:-} ]] || stop_background "$SERVER"
    answers server.pem server.key
}
authority authority
authority stranger
rm -f answers/status
certificate localhost 63
waits 0 'last="the certificate (DNS:localhost) is good for 62 days"' tls --ca authority.pem "localhost:$PORT"
waits 0 met http --ca authority.pem "https://localhost:$PORT/"
waits 124 'is good for 62 days"' --timeout 500ms tls --days 90 --ca authority.pem "localhost:$PORT"
waits 124 "last=\"SSL certificate problem: " --timeout 500ms tls "localhost:$PORT"
waits 124 "last=\"SSL certificate problem: " --timeout 500ms tls --ca stranger.pem "localhost:$PORT"
waits 3 "last=\"SSL certificate problem: " --max-probe-errors 0 http "https://localhost:$PORT/"
waits 124 "SSL: " --timeout 500ms tls --ca authority.pem "127.0.0.1:$PORT"
waits 3 error --max-probe-errors 0 tls --ca none.pem "localhost:$PORT"
certificate "*.example.invalid" 63
waits 124 "SSL: no alternative certificate subject name matches" --timeout 500ms tls --ca authority.pem "localhost:$PORT"
certificate localhost -1
waits 124 "certificate has expired" --timeout 500ms tls --ca authority.pem "localhost:$PORT"
certificate localhost 5
waits 124 "is good for 4 days" --timeout 500ms tls --ca authority.pem "localhost:$PORT"
stop_background "$SERVER"
waits 124 "Couldn't connect to server" --timeout 300ms tls --ca authority.pem "localhost:$PORT"
assert_no_process_left
