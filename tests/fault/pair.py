"""A project in a sandbox with a quick scripted pair, and the words of a service manager for it."""

import fcntl
import json
import os
import shutil
import struct
import subprocess
import tempfile
import time

BUILD = os.environ.get("CCSUP_BUILD", "")
ROLES = ["builder", "adversary"]

# One iteration of either role. Every line that it writes it writes to a witness of its own afterwards, so the witness
# can lack the last line and nothing else. It leaves a child behind that the fence must end; by the inherited lock of
# agent_lock that child makes a second tree of its role visible. Everything in it ends by itself. What it does for the
# work stands apart, so that another pair can do other work.
GROUND = r"""#!/bin/sh
# agent ROLE SANDBOX REMOTE STEP
role=$1 sandbox=$2 remote=$3 step=$4
n=0 mute=
say() {
    n=$((n + 1))
    [ -z "$mute" ] || return 0
    echo "$n $CCSUP_RUN_ID $*" 2>/dev/null || mute=1 # a full disk: what was not written was not said
    [ -n "$mute" ] || echo "$n $CCSUP_RUN_ID $*" >>"$sandbox/witness/$CCSUP_RUN_ID"
}
cat >/dev/null
say "begins"
setsid sleep 25 >/dev/null 2>&1 </dev/null &
behaviour=$(cat "$sandbox/behaviour.$role" 2>/dev/null || echo ok)
case $behaviour in
crash) say "dies"; kill -SEGV $$ ;;
fail) say "fails"; exit 3 ;;
hang) say "hangs"; timeout 20 sleep 20; exit 1 ;;
stubborn) trap '' TERM; say "ignores TERM"; i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done; exit 1 ;;
daemon) "$step/../tests/daemon" -e /dev/null; say "left a daemon" ;;
esac
rm -f .git/*.lock .git/refs/heads/*.lock .git/refs/remotes/origin/*.lock
git fetch -q origin || exit 1
say "fetched"
git symbolic-ref HEAD refs/heads/main
if git rev-parse -q --verify refs/remotes/origin/main >/dev/null; then
    git reset -q --hard origin/main
    git clean -fdq
fi
push() {
    git add -A
    git commit -q -m "$1" || exit 1
    say "committed: $1"
    if ! git push -q origin HEAD:refs/heads/main 2>/dev/null; then
        # A push that was killed leaves its lock in the bare repository.
        find "$remote" -name '*.lock' -mmin +0.05 -delete
        say "could not push"
        exit 0
    fi
    say "pushed"
}
# So that the end of all is met by agents that run.
linger() {
    say "lingers"
    if [ "$behaviour" = proof ]; then
        trap '' TERM
        i=0
        while [ $i -lt 150 ]; do sleep 0.1; i=$((i + 1)); done
    fi
    timeout 15 sleep 15
}
"""
WORK = r"""
passed() {
    [ -f REVIEW.md ] && grep -q "^$1: PASS " REVIEW.md
}
claimed() {
    [ -f "$1.txt" ]
}
if [ -e "$sandbox/endless" ]; then
    date +%s.%N >"tick-$role.txt"
    push "tick"
    say "ends"
    exit 0
fi
if [ "$role" = builder ]; then
    for id in D1 D2; do
        if ! claimed $id; then
            say "builds $id"
            echo "$id" >$id.txt
            push "claim($id): it is there"
        fi
    done
    if passed D1 && passed D2 && ! [ -f STATUS.md ]; then
        printf '# Status\n\n## DONE\n' >STATUS.md
        push "STATUS: DONE"
        linger
    fi
else
    for id in D1 D2; do
        if claimed $id && ! passed $id; then
            [ -f REVIEW.md ] || printf '# Review\n\n' >REVIEW.md
            printf '%s: PASS @%s sha=%s — it is there\n' $id "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(git rev-parse --short=12 HEAD)" >>REVIEW.md
            say "tried $id"
            push "review($id): PASS"
            passed D1 && passed D2 && linger
        fi
    done
fi
say "ends"
"""

AGENT = GROUND + WORK

CONF = """[ccsup]
orphan_timeout = {orphan}
[repo]
url = {url}
poll = 1s
timeout = {timeout}
[done]
criteria = D1 D2
stuck_rounds = 0
confirm = {confirm}
"""
AGENT_CONF = """[agent {role}]
role = {role}
command = "{build}/tests/agent_lock" "{sandbox}/{role}" "{sandbox}/agent" {role} "{sandbox}" "{remote}" "{build}/bin"
pace = {pace}
wake_every = 1s
restart_delay = 100ms
restart_delay_max = 1s
start_limit_burst = 64
start_limit_interval = 1s
grace = 1s
fence = subreaper
"""
# Whoever is to be told: each message is a line of the sandbox's `told`.
NOTIFY_CONF = """[notify tell]
command = "{sandbox}/tell" "{sandbox}/told"
"""
TELL = """#!/bin/sh
echo "$(cat)" >>"$1"
"""
# Why this fence: a crash point ends its own process, and PID 1 of a namespace can't; pidns has its own cases (keep_*.sh).


class Pair:
    """The sandbox. Made in the PID namespace of the trial; removed by drop()."""

    def __init__(self, orphan="60s", confirm="1s", pace="200ms", url=None, timeout="20s", state_mount=None, notify=False):
        self.sandbox = tempfile.mkdtemp(prefix="ccsup-fault-", dir="/tmp")
        self.project = os.path.join(self.sandbox, "project")
        self.state = os.path.join(self.project, ".ccsup")
        self.remote = os.path.join(self.sandbox, "remote.git")
        for name in ["home", "witness", "xdg", "project"]:
            os.mkdir(os.path.join(self.sandbox, name))
        os.mkdir(os.path.join(self.sandbox, "run"), 0o700)
        if state_mount:
            os.mkdir(self.state, 0o700)
            state_mount(self.state)
        self.env = {
            "PATH": f"{BUILD}/bin:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "HOME": self.path("home"),
            "XDG_RUNTIME_DIR": self.path("run"),
            "XDG_STATE_HOME": self.path("xdg"),
            "XDG_CONFIG_HOME": self.path("home"),
            "GIT_CONFIG_GLOBAL": self.path("gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        self.write("gitconfig", "[user]\n\tname = somebody\n\temail = somebody@ccsup.invalid\n[gc]\n\tauto = 0\n")
        self.git("init", "--quiet", "--bare", "--initial-branch=main", self.remote)
        self.git("-C", self.remote, "config", "http.receivepack", "true")
        self.write("agent", AGENT, 0o755)
        self.write("project/plan.md", "# Plan\n\nD1 and D2: a file each.\n")
        self.write("tell", TELL, 0o755)
        conf = self.conf(orphan, confirm, pace, url or self.remote, timeout)
        self.write("project/launch.conf", conf + (NOTIFY_CONF.format(sandbox=self.sandbox) if notify else ""))

    def conf(self, orphan, confirm, pace, url, timeout):
        text = CONF.format(orphan=orphan, url=url, confirm=confirm, timeout=timeout)
        for role in ROLES:
            text += AGENT_CONF.format(role=role, build=BUILD, sandbox=self.sandbox, remote=self.remote, pace=pace)
        return text

    def path(self, *names):
        return os.path.join(self.sandbox, *names)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def read(self, *names, default=b""):
        try:
            with open(os.path.join(self.state, *names), "rb") as f:
                return f.read()
        except OSError:
            return default

    def git(self, *words):
        done = subprocess.run(["git", *words], env=self.env, capture_output=True, timeout=60, check=True)
        return done.stdout.decode("utf-8", "replace").strip()

    def endless(self):
        """Both have work for ever, and nothing is ever done."""
        self.write("endless", "")
        work = self.path("hand")
        self.git("clone", "--quiet", self.remote, work)
        for role in ROLES:
            os.makedirs(os.path.join(work, "inbox", role))
            self.write(f"hand/inbox/{role}/1.md", "look\n")
        self.git("-C", work, "add", "--all")
        self.git("-C", work, "commit", "--quiet", "-m", "heads-ups")
        self.git("-C", work, "push", "--quiet", "origin", "HEAD:refs/heads/main")

    def behave(self, role, how):
        """How the role's next iterations behave: ok, crash, fail, hang, stubborn, daemon, proof (against TERM, at
        the very end)."""
        self.write(f"behaviour.{role}.new", how)
        os.rename(self.path(f"behaviour.{role}.new"), self.path(f"behaviour.{role}"))

    def ccsup(self, *words, enemy=None):
        """Starts `ccsup WORDS`; the caller waits. With the enemy it and all that it starts carry it."""
        env = dict(self.env, **(enemy.env() if enemy else {}))
        log = open(self.path("commands.log"), "ab")
        log.write(f"--- {time.time():.3f} ccsup {' '.join(words)}\n".encode())
        log.flush()
        with log:
            return subprocess.Popen(
                [f"{BUILD}/bin/ccsup", *words],
                cwd=self.project,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def holder(self, name):
        """The pid that holds locks/NAME, 0 = nobody."""
        try:
            with open(os.path.join(self.state, "locks", name), "r+b") as f:
                asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
                kind, _, _, _, pid = struct.unpack("hhqqi4x", fcntl.fcntl(f.fileno(), fcntl.F_GETLK, asked))
                return 0 if kind == fcntl.F_UNLCK else pid
        except OSError:
            return 0

    def status(self):
        try:
            return json.loads(self.read("status.json") or b"{}")
        except ValueError:
            return {}

    def journal(self):
        """The whole records."""
        records = []
        for line in self.read("journal").split(b"\n"):
            try:
                records.append(json.loads(line[9:]))
            except ValueError:
                pass
        return records

    def dones(self):
        return [r for r in self.journal() if r.get("t") == "done"]

    def iterations(self, role):
        folder = os.path.join(self.state, role, "iterations")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def state_of(self, role):
        for agent in self.status().get("agents", []):
            if agent.get("role") == role:
                return agent.get("state", "?")
        return "?"

    def tell(self):
        """What a person needs to understand a violation."""
        out = []
        for name in ["ccsup.log", "journal", "events.jsonl", "status.json", "want"]:
            text = self.read(name).decode("utf-8", "replace").split("\n")
            out.append(f"--- {name}\n" + "\n".join(line[:300] for line in text[-60:]))
        held = [line for line in self.read("ccsup.log").decode("utf-8", "replace").split("\n") if "HELD" in line or "by hand" in line]
        out.append("--- who was held\n" + "\n".join(line[:1000] for line in held[-20:]))
        try:
            with open(self.path("commands.log"), encoding="utf-8", errors="replace") as f:
                out.append("--- commands\n" + f.read()[-3000:])
        except OSError:
            pass
        return "\n".join(out)

    def drop(self):
        for name in ["sockets", "data"]:
            target = ""
            try:
                target = os.path.basename(os.readlink(os.path.join(self.state, name)))
            except OSError:
                pass
            if len(target) == 8:
                for role in ROLES:
                    shutil.rmtree(f"/tmp/ccsup-{target}-{role}", ignore_errors=True)
        shutil.rmtree(self.sandbox, ignore_errors=True)
