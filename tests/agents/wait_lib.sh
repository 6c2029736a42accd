# shellcheck shell=bash
# Sourced after lib.sh by the cases of `ccsup wait`.

# waits CODE LINE COMMAND...: ccsup wait with these words ends with that code; its standard output is one line, which has
# LINE in it and at most 400 bytes. The line is in LINE, what it said on standard error in SAID.
waits() {
    local code=$1 want=$2 got=0
    shift 2
    LINE=$(ccsup wait --every 100ms "$@" 2>"$SANDBOX/said" </dev/null) || got=$?
    SAID=$(<"$SANDBOX/said")
    [[ $got == "$code" ]] || fail "exit $got, not $code, of: ccsup wait $*: $LINE $SAID"
    assert_has "$LINE" "$want" "the line of: ccsup wait $*"
    [[ $LINE != *$'\n'* && ${#LINE} -le 400 ]] || fail "not one line of at most 400 bytes: $LINE"
    [[ $LINE == "CCSUP-WAIT "* || $LINE == "{"*"}" ]] || fail "no such line: $LINE"
}

# refuses SENTENCE WORDS...: exit 2, nothing on standard output.
refuses() {
    local want=$1 got=0 out
    shift
    out=$(ccsup wait "$@" 2>"$SANDBOX/said" </dev/null) || got=$?
    assert_eq "$got" 2 "exit of: ccsup wait $*"
    assert_eq "$out" "" "stdout of: ccsup wait $*"
    assert_eq "$(<"$SANDBOX/said")" "ccsup wait: $want; try 'ccsup help wait'" "the sentence of: ccsup wait $*"
}

# waiting WORDS...: in the background; its pid is in WAITER, what it says in SANDBOX/waiter.out and waiter.err. These are
# emptied here: the child's own redirection may come after our first look, which would then find an earlier one's words.
waiting() {
    : >"$SANDBOX/waiter.out"
    : >"$SANDBOX/waiter.err"
    ccsup wait --every 100ms "$@" >"$SANDBOX/waiter.out" 2>"$SANDBOX/waiter.err" </dev/null &
    WAITER=$!
}

# waited CODE LINE: it has ended so.
waited() {
    local got=0
    wait "$WAITER" || got=$?
    assert_eq "$got" "$1" "exit of the wait: $(cat "$SANDBOX"/waiter.*)"
    assert_has "$(<"$SANDBOX/waiter.out")" "$2" "its line"
}

# answers [CERTIFICATE KEY]: a server that is told by files in SANDBOX/answers; its port is in PORT, its pid in SERVER.
answers() {
    mkdir -p "$SANDBOX/answers"
    rm -f "$SANDBOX/answers/port"
    background answers python3 "$CCSUP_SOURCE/tests/agents/answers.py" "$SANDBOX/answers" "$@"
    wait_until 20 "the server says its port" test -s "$SANDBOX/answers/port"
    # shellcheck disable=SC2034 # for the cases
    SERVER=$BG_PID PORT=$(<"$SANDBOX/answers/port")
}
