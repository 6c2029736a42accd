# shellcheck shell=bash
# Sourced after lib.sh and run_lib.sh by cases that run the real Claude: its program, a stub of the Messages API for it, and
# an environment that reaches nothing else.

# claude_world [VERSION]: CLAUDE is the program, STUB the stub's folder; its address goes to the agents by `env`. Without a
# VERSION it is CCSUP_CLAUDE_VERSION, or else the pinned one; the one before it in the second run of all cases, the one
# under sanitizers.
claude_world() {
    local version=${1:-${CCSUP_CLAUDE_VERSION:-}}
    [[ -n $version || ${CCSUP_SANITIZE:-0} != 1 ]] || version=before
    CLAUDE=$("$CCSUP_SOURCE/tests/stub/install.sh" ${version:+"$version"}) || fail "no claude"
    STUB=$SANDBOX/stub
    mkdir -p "$STUB" "$SANDBOX/tools"
    stub_start
}

stub_start() {
    rm -f "$STUB/port"
    # Not in the project's folder: there it would be one of the pair's own processes for who looks from outside.
    background stub env -C / python3 "$CCSUP_SOURCE/tests/stub/messages.py" "$STUB"
    wait_until 20 "the stub says its port" test -s "$STUB/port"
}

# claude_conf KEY=VALUE...: launch.conf for two Claude agents; the API keys builderkey and adversarykey name their scripts.
claude_conf() {
    local role base
    base="ANTHROPIC_BASE_URL=http://127.0.0.1:$(<"$STUB/port") IS_SANDBOX=1 DISABLE_TELEMETRY=1"
    base+=" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_ERROR_REPORTING=1 TOOLS=$SANDBOX/tools REAL_CLAUDE=$CLAUDE"
    local keys=()
    for role in builder adversary; do
        keys+=("$role.claude=$CLAUDE" "$role.command=" "$role.env=$base ANTHROPIC_API_KEY=${role}key")
    done
    conf "${keys[@]}" "$@"
}

# script ROLE STEPS: what the model of that role says.
script() {
    printf '%s\n' "$2" >"$STUB/$1key.json"
    rm -f "$STUB/$1key.at"
}

# tool NAME <<'SH': a program that a Bash tool may run, as bash "$TOOLS/NAME".
tool() {
    cat >"$SANDBOX/tools/$1"
}

# use NAME [TEXT]: a step that calls the Bash tool with it.
use() {
    jq -nc --arg c "bash \"\$TOOLS/$1\"" --arg t "${2:-Done.}" '{text:"I work.",tool:"Bash",input:{command:$c,description:"work",timeout:600000},then:$t}'
}

# how ROLE [HOW]: how that role's iterations under claude_how.sh are from now on; nothing: as Claude is.
how() {
    echo "${2:-}" >"$SANDBOX/tools/how.$1"
}
