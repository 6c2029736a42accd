#!/usr/bin/env bash
# ccsup check against a world on loopback: a DNS server with a wildcard, nginx with certificates of a private authority, an
# sshd, an API of Gitea's shape, a git server, and who never answers. With the example of docs/examples/cc-ci all is
# well; then each thing is broken alone, and exactly that check fails and says what to do.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/check_lib.sh"
new_sandbox
cd "$SANDBOX"
for tool in nginx openssl ssh /usr/sbin/sshd python3; do
    command -v "$tool" >/dev/null || fail "$tool is needed"
done

# An address of this case's own, so that ports may be the usual ones; whoever we start asks our resolver.
A=127.$((1 + RANDOM % 250)).$((RANDOM % 250)).$((2 + RANDOM % 250))
mkdir world
printf '%s %s\n' '*.ci.test' "$A" ci.test "$A" gateway.test "$A" git.test "$A" host.test "$A" >world/zone
echo t0psecret >world/token
printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$A" >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
background world python3 "$CCSUP_SOURCE/tests/agents/check_world.py" "$A" "$SANDBOX/world"
wait_until 20 "the world is up" test -e world/ready

# ---- certificates: NAME FROM TO SUBJECT-ALTERNATIVE-NAMES, signed by the authority
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj /CN=authority 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server 2>/dev/null
certificate() {
    mkdir -p ca.db
    : >ca.db/index.txt
    printf '%s\n' '[ca]' 'default_ca = it' '[it]' 'database = ca.db/index.txt' 'new_certs_dir = ca.db' 'rand_serial = yes' \
        'default_md = sha256' 'policy = any' 'unique_subject = no' '[any]' 'commonName = supplied' '[names]' \
        "subjectAltName = $4" >ca.conf
    openssl ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in server.csr -out "$1.pem" -startdate "$2" \
        -enddate "$3" -extensions names -notext 2>/dev/null
}
soon=$(date -u -d '20 days' +%Y%m%d%H%M%SZ) later=$(date -u -d '90 days' +%Y%m%d%H%M%SZ)
both='DNS:*.ci.test, DNS:ci.test, DNS:git.test'
certificate good 20200101000000Z "$later" "$both"
certificate other 20200101000000Z "$later" "$both"
certificate expired 20200101000000Z 20210101000000Z "$both"
certificate soon 20200101000000Z "$soon" "$both"
certificate stranger 20200101000000Z "$later" 'DNS:example.test'
certificate wildcard 20200101000000Z "$later" 'DNS:*.ci.test'
{
    printf 'daemon off;\nmaster_process off;\npid %s/nginx.pid;\nerror_log %s/nginx.err;\nevents {}\nhttp {\naccess_log off;\n' "$SANDBOX" "$SANDBOX"
    for place in body proxy fastcgi uwsgi scgi; do
        printf '%s_temp_path %s/nginx.tmp;\n' "${place/body/client_body}" "$SANDBOX"
    done
    port=443
    for name in good other expired soon stranger wildcard; do
        printf 'server { listen %s:%s ssl; ssl_certificate %s/%s.pem; ssl_certificate_key %s/server.key; location / { proxy_pass http://%s:3000; } }\n' \
            "$A" "$port" "$SANDBOX" "$name" "$SANDBOX" "$A"
        port=$((port == 443 ? 8443 : port + 1))
    done
    printf 'server { listen %s:8448 ssl; ssl_protocols TLSv1.3; ssl_certificate %s/good.pem; ssl_certificate_key %s/server.key; }\n}\n' "$A" "$SANDBOX" "$SANDBOX"
} >nginx.conf
background nginx nginx -e "$SANDBOX/nginx.err" -c "$SANDBOX/nginx.conf"
listens() {
    : <"/dev/tcp/$A/$1"
}
wait_until 20 "nginx listens" listens 8448

# ---- an sshd, and our key and its; sudo is what PATH has there
mkdir bin
printf '#!/bin/sh\n[ ! -e %s/no-sudo ] || { echo "sudo: a password is required" >&2; exit 1; }\nshift; exec "$@"\n' "$SANDBOX" >bin/sudo
chmod 755 bin/sudo
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N '' -f me
cp me.pub authorized
mkdir -p /run/sshd
printf '%s\n' "ListenAddress $A:22" "HostKey $SANDBOX/host" "AuthorizedKeysFile $SANDBOX/authorized" "PidFile none" "UsePAM no" \
    "StrictModes no" "PermitRootLogin yes" "PasswordAuthentication no" "KbdInteractiveAuthentication no" \
    "SetEnv PATH=$SANDBOX/bin:/usr/bin:/bin" >sshd.conf
printf 'host.test %s\n' "$(cut -d' ' -f1,2 host.pub)" >known
printf '%s\n' "Host *" "IdentityFile $SANDBOX/me" "IdentitiesOnly yes" "UserKnownHostsFile $SANDBOX/known" \
    "GlobalKnownHostsFile /dev/null" "HostKeyAlias host.test" >ssh.conf
background sshd /usr/sbin/sshd -D -e -f "$SANDBOX/sshd.conf"
wait_until 20 "sshd listens" listens 22

# ---- the project: the example as it is, and what is ours in its place
make_remote
commit_as anybody begin readme x
serve_http ok
FULL=yes
conf() {
    cp "$CCSUP_SOURCE"/docs/examples/cc-ci/*.md "$PROJECT/"
    sed -e 's/^\(\[check .*\]\)$/\1\ntimeout = 9s/' -e "s#/etc/ccsup/#$SANDBOX/etc/#" -e "s#git.example.org#git.test#; s#ci.example.org#ci.test#g; s#gateway.example.org#gateway.test#; s#loops@host.example.org#root@host.test#" \
        -e "/^type = ssh/a options = -F $SANDBOX/ssh.conf" -e "/^type = tls/a ca = $SANDBOX/ca.pem" -e "/^type = http/a ca = $SANDBOX/ca.pem" \
        -e 's/^claude = .*/command = cat/; /^env_pass = /d' "$CCSUP_SOURCE/docs/examples/cc-ci/launch.conf" >"$PROJECT/launch.conf"
    [[ $FULL == yes ]] || sed -i '/^\[check host\]/,/^\[check recipes\]/{/^\[check recipes\]/!d}' "$PROJECT/launch.conf"
}
# with SED: the same configuration with one thing changed.
with() {
    conf
    sed -i "$1" "$PROJECT/launch.conf"
}
mkdir etc
cp good.pem etc/wildcard.pem
printf 't0psecret\n' >etc/gitea-token
chmod 600 etc/gitea-token
mkdir -m 555 etc/recipes
export CC_CI_REPO=$URL
conf
all_ok
assert_eq "$(states skip)" "linger claude claude-login" "what says nothing here"
assert_eq "$(jq -r '[.checks[21:][].id] | join(" ")' <<<"$DOC")" "account gitea organisation wildcard gateway certificate host recipes tools" "the example's"
# ssh and git over HTTP take most of the time: from here on only where they are what is broken.
FULL=no CC_CI_REPO=$REMOTE
conf

# ---- DNS
world() {
    sed -i "$1" world/zone
}
world "s/^\*.ci.test .*/*.ci.test 127.0.0.9/"
broken wildcard "leads to 127.0.0.9"
world "/^\*/d"
broken wildcard "no address for ccsup-"
world "1i *.ci.test $A" 
world "/^ci.test/d"
broken wildcard "no address for ci.test"
world "1i ci.test $A"
# ---- the API: what 401, 403, no right and no answer are
echo other >world/token
broken account "HTTP 401"
assert_has "$(states skip)" gitea "what needs the account"
echo t0psecret >world/token
touch world/forbidden
broken account "HTTP 403"
rm world/forbidden
echo somebody >world/login
broken account "login is somebody, not loops"
rm world/login
echo false >world/push
broken gitea "permissions.push is false, not true"
rm world/push
chmod 644 etc/gitea-token
broken account "may be read by others"
chmod 600 etc/gitea-token
[[ $DOC != *t0psecret* ]] || fail "the token is shown"
# ---- what json says of a list, and of values that are none
branches() {
    with "/^\[check gitea\]/,/^\[/{s#^\(url = .*\)#\1/branches#; s/^json = .*/json = $1/}"
}
branches "0.name=main 0.protected 1.protected=false"
all_ok
branches "1.name=main"
broken gitea "1.name is side, not main"
branches "2.name=main"
broken gitea "the answer has no 2.name"
branches "name=main"
broken gitea "the answer has no name"
conf
# ---- TLS: each certificate that is not good, at a port of its own
tls() {
    local port=$1 same=${3:-good}
    with "/^\[check certificate\]/,/^\[/{s/^host = .*/host = gateway.test:$port/; s#^same_as = .*#same_as = $SANDBOX/$same.pem#; s/^timeout = .*/timeout = ${CHECK_TIMEOUT:-9s}/}"
    broken certificate "$2"
}
tls 8443 "is not the certificate of $SANDBOX/good.pem"
tls 8444 "certificate has expired"
tls 8445 "is good for 19 days, not for 30" soon
tls 8446 "no alternative certificate subject name matches target host name 'ccsup-"
tls 8447 "as ci.test: SSL: no alternative certificate subject name" wildcard
assert_has "$(jq -r '.checks[] | select(.id == "certificate") | .fix' <<<"$DOC")" "a wildcard covers one label" "what to do about the apex"
CHECK_TIMEOUT=1s tls 3001 "imed out"
tls 9 "Couldn't connect"
with "/^\[check certificate\]/,/^\[/{s/^host = .*/host = gateway.test:8448/}"
all_ok # TLS 1.3 only
with "/^\[check certificate\]/,/^\[/s#^ca = .*#ca = $SANDBOX/server.key#"
broken certificate "" # an authority that is none
conf
# ---- the gateway's port: nobody, and who takes connections for ever
with "/^\[check gateway\]/,/^\[/s/^host = .*/host = gateway.test:9/"
broken gateway "gateway.test:9: Connection refused"
assert_has "$(states skip)" certificate "what needs the gateway"
with "/^\[check gitea\]/,/^\[/{s#https://git.test/#http://git.test:3001/#; s/^timeout = .*/timeout = 1s/}"
broken gitea "imed out"
# ---- ssh
FULL=yes conf
sed -i 's/host.test/elsewhere.test/' known
broken host "Host key verification failed"
sed -i 's/elsewhere.test/host.test/' known
mv authorized nobody
broken host "Permission denied"
mv nobody authorized
touch no-sudo
broken host "sudo asks for a password, or refuses: sudo: a password is required"
rm no-sudo
conf
# ---- files and commands
chmod 755 etc/recipes
broken recipes "has the rights 0755, not only 555"
assert_eq "$(jq -r '.checks[] | select(.id == "recipes") | .fix' <<<"$DOC")" "chmod 555 $SANDBOX/etc/recipes" "what to do"
chmod 555 etc/recipes
chown nobody etc/recipes
broken recipes "does not belong to root"
chown root etc/recipes
mv etc/recipes etc/away
broken recipes "No such file"
mv etc/away etc/recipes
sed -i 's#team/project#another/project#' "$PROJECT/plan-phase1c-full-reproducibility.md"
broken organisation "does not match body"
conf
with "s/command -v jq/command -v no-such-tool/"
broken tools "exit code"
conf
# ---- the clock, and git over HTTP: no right to push, no right at all
with "s#^url = https://git.test/#url = http://git.test:3000/#"
echo 600 >world/skew
broken clock "this clock is 10 min"
rm world/skew
conf
git -C "$REMOTE" config http.receivepack false
CC_CI_REPO=$URL broken git-push "403"
git -C "$REMOTE" config http.receivepack true
with "/^\[agent builder\]/a user = nobody"
CC_CI_REPO=$URL all_ok
chmod 700 "$REMOTE" # a folder is another thing for another user
broken git-push " (as nobody)"
conf
serve_http 401
CC_CI_REPO=$URL broken git-read "could not read Username"
CC_CI_REPO=$URL checks --ignore git-read
assert_eq "$CODE $(states fail)" "0 git-read" "the same, ignored"
assert_no_process_left
