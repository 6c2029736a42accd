#!/usr/bin/env bash
# What differs between two versions of Claude Code, as far as ccsup can see: each goes through the same scripted runs against the
# stub of the Messages API, and what it printed is boiled down to facts, one a line, which are compared. "<" is the first.
#   tests/stub/versions.sh OLD NEW [FOLDER]     FOLDER keeps the logs, FOLDER/VERSION.facts and the difference; a minute a version
# CCSUP_BUILD (default build-dev) says which class ccsup gives each run. As root: everything runs in a PID namespace of its own.
set -euo pipefail
[[ $# == 2 || $# == 3 ]] || {
    echo "usage: tests/stub/versions.sh OLD NEW [FOLDER]" >&2
    exit 2
}
export CCSUP_SOURCE
CCSUP_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CCSUP_BUILD=${CCSUP_BUILD:-$CCSUP_SOURCE/build-dev}
. "$CCSUP_SOURCE/tests/cases/lib.sh"
in_pidns "$@"
. "$CCSUP_SOURCE/tests/agents/claude_lib.sh"
folder=${3:-}
new_sandbox

# claude NAME STEPS ARGUMENT...: one run in a folder of its own (AT: in that of another), as ccsup starts it; in the background.
# Its pid is in BG_PID.
claude() {
    local name=$1 home=$SANDBOX/$side/${AT:-$1}
    printf '%s\n' "$2" >"$STUB/$name.json"
    rm -f "$STUB/$name.at"
    shift 2
    mkdir -p "$home/work" "$home/tmp"
    echo "Work." >"$home/prompt"
    (
        cd "$home/work" || exit 1
        exec env -i PATH="$PATH" HOME="$home" TMPDIR="$home/tmp" CLAUDE_CONFIG_DIR="$home/claude" LC_ALL=C.UTF-8 IS_SANDBOX="${SANDBOXED-1}" \
            ANTHROPIC_BASE_URL="http://127.0.0.1:${PORT:-$(<"$STUB/port")}" ${RETRIES:+CLAUDE_CODE_MAX_RETRIES=$RETRIES} ANTHROPIC_API_KEY="$name" \
            CLAUDE_CODE_STARTUP_FAILURE_RESULTS=1 DISABLE_AUTOUPDATER=1 DISABLE_TELEMETRY=1 DISABLE_ERROR_REPORTING=1 \
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 BASH_DEFAULT_TIMEOUT_MS=600000 timeout 90 \
            "$CLAUDE" -p --output-format stream-json --verbose --include-partial-messages --disallowedTools CronCreate "$@" \
            <"$home/prompt" >"$LOGS/$name.jsonl" 2>"$LOGS/$name.err"
    ) &
    BG_PID=$!
}

# ended NAME: waits for the run that began last, and writes down how it ended, as tests/vectors/claude has it.
ended() {
    local code=0
    wait "$BG_PID" || code=$?
    jq -nc --argjson rc "$code" --rawfile e "$LOGS/$1.err" '{rc: $rc, stderr: $e}' >"$LOGS/$1.meta.json"
    NAMES+=("$1")
}

one() {
    claude "$@"
    ended "$1"
}

new_id() {
    cat /proc/sys/kernel/random/uuid
}

bash_step() {
    local nothing='{}'
    jq -nc --arg c "$1" --argjson more "${2:-$nothing}" '{text: "I work.", tool: "Bash", input: ({command: $c, description: "work"} + $more), then: "Done."}'
}

all_runs() {
    local id free=(--permission-mode bypassPermissions)
    one text '[{"text":"All is well."}]' "${free[@]}" --session-id "$(new_id)"
    id=$(new_id)
    one tool "[$(bash_step 'echo hi; exit 3')]" "${free[@]}" --session-id "$id"
    AT=tool one resumed '[{"text":"On it goes."}]' "${free[@]}" --resume "$id"
    one unknownid '[{"text":"x"}]' "${free[@]}" --resume "$(new_id)"
    one background "[$(bash_step 'sleep 2; echo over' '{"run_in_background": true}'), {\"text\": \"I saw it.\"}]" "${free[@]}" # the tool's
    one longer "[$(bash_step 'sleep 12; echo over' '{"run_in_background": true}'), {\"text\": \"I saw it.\"}]" "${free[@]}"    # the tool's
    one daemon "[$(bash_step 'setsid nohup sleep 20 >/dev/null 2>&1 & echo $! >"$HOME/daemon"')]" "${free[@]}"                 # bounded
    alive_after "$SANDBOX/$side/daemon/daemon" daemon
    one denied '[{"text":"I work.","tool":"Bash","input":{"command":"touch x","description":"work"},"then":"No."}]'
    one turns "[$(bash_step 'echo 1')]" "${free[@]}" --max-turns 1
    one cost "[$(bash_step 'echo 1')]" "${free[@]}" --max-budget-usd 0.001
    one overload '[{"status":529,"type":"overloaded_error","message":"Overloaded","times":1},{"text":"ok"}]' "${free[@]}"
    RETRIES=0 PORT=1 one refused '[{"text":"x"}]' "${free[@]}"
    RETRIES=0 one dropped '[{"text":"It is cut in the middle of it.","drop":20,"reset":true},{"reset":true}]' "${free[@]}"
    RETRIES=0 one server '[{"status":500,"type":"api_error","message":"Internal server error"}]' "${free[@]}"
    one large '[{"status":413,"type":"request_too_large","message":"It exceeds the maximum size"}]' "${free[@]}"
    one model '[{"status":404,"type":"not_found_error","message":"model: none"}]' "${free[@]}"
    one withheld '[{"text":"No.","stop":"refusal"}]' "${free[@]}"
    one tokens '[{"text":"More and more","stop":"max_tokens"}]' "${free[@]}"
    one limit '[{"status":429,"type":"rate_limit_error","message":"You'\''ve hit your session limit","headers":{"retry-after":"3600"}}]' "${free[@]}"
    one forbidden '[{"status":403,"type":"permission_error","message":"no access"}]' "${free[@]}"
    one credit '[{"status":400,"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}]' "${free[@]}"
    one long '[{"status":400,"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}]' "${free[@]}"
    one flag '[{"text":"x"}]' --no-such-flag
    SANDBOXED="" one root '[{"text":"x"}]' "${free[@]}"
    claude terminated "[$(bash_step 'touch "$HOME/there"; for ((i = 0; i < 200; i++)); do sleep 0.1; done')]" "${free[@]}" # bounded
    wait_until 30 "its tool runs" test -e "$SANDBOX/$side/terminated/there"
    kill "$(<"/proc/$BG_PID/task/$BG_PID/children")" # timeout's only child
    ended terminated
}

# alive_after FILE NAME: does the process in FILE outlive the run?
alive_after() {
    local yes=no
    if kill -0 "$(<"$1")" 2>/dev/null; then
        yes=yes
        lib_end_pid "$(<"$1")"
    fi
    echo "run $2: what its tool left in the background lives: $yes" >>"$FACTS"
}

# Facts of the logs. What differs from run to run is left out.
boil_down() {
    local name
    "$CLAUDE" --help 2>&1 | grep -oE -- '(^|[ ,])--[a-z][a-zA-Z-]+' | sed 's/^[ ,]*/flag /' | sort -u
    for name in "${NAMES[@]}"; do
        cat "$LOGS/$name.jsonl"
    done | jq -rR 'fromjson? | (.type + (if .subtype then "/" + .subtype elif .event then "/" + .event.type else "" end)) as $kind
        | "line \($kind)", (keys_unsorted[] | "field \($kind) \(.)")' | sort -u
    for name in "${NAMES[@]}"; do
        jq -r --arg n "$name" '"run \($n): exit code \(.rc)"' "$LOGS/$name.meta.json"
        jq -rR 'fromjson? | .type + (if .subtype then "/" + .subtype else "" end)' "$LOGS/$name.jsonl" | sed '/^stream_event$/d' | uniq |
            paste -sd' ' | sed "s|^|run $name: |"
        jq -rR --arg n "$name" 'fromjson? | select(.type == "result") | "run \($n): result " +
            ({subtype, is_error, terminal_reason, api_error_status, api_error, startup_failure_reason, num_turns, stop_reason} | tojson),
            "run \($n): says \((.result // .errors[0] // "") | gsub("[0-9a-f]{8}-[0-9a-f-]{27}"; "ID") | .[0:160])"' "$LOGS/$name.jsonl"
    done
    (cd "$SANDBOX/$side" && "$CCSUP_BUILD/tests/test_ending" runs "${NAMES[@]}") | sed -E 's/^\| ([a-zA-Z]+) \| (`[A-Z_]+`).*/run \1: class \2/'
}

side=1
for version in "$1" "$2"; do
    LOGS=$SANDBOX/$side/vectors/claude FACTS=$SANDBOX/$side.facts NAMES=()
    mkdir -p "$LOGS"
    say "versions.sh: $version"
    claude_world "$version"
    [[ $("$CLAUDE" --version) == "$version "* ]] || fail "$CLAUDE is $("$CLAUDE" --version)"
    all_runs
    boil_down >>"$FACTS"
    stop_background
    side=2
done
code=0
diff "$SANDBOX/1.facts" "$SANDBOX/2.facts" >"$SANDBOX/difference" || code=$?
cat "$SANDBOX/difference"
if [[ -n $folder ]]; then
    mkdir -p "$folder"
    cp "$SANDBOX/difference" "$folder/difference"
    for side in 1 2; do
        version=${!side}
        cp "$SANDBOX/$side.facts" "$folder/$version.facts"
        cp -r "$SANDBOX/$side/vectors/claude" "$folder/$version"
    done
fi
[[ $code -lt 2 ]]
