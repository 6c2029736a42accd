#!/usr/bin/env python3
"""The seven phases of docs/examples/cc-ci run by a scripted pair, and our own processes are killed on the way: the
watchdog, the keepers, ccsup-git, at seeded random moments; the watchdog also while it confirms, and between the DONE
record and the next phase's beginning. Something like a service manager starts the watchdog again, nothing more is done.

    phases.py [--seed S] [--kills N] [--keep] [--verbose]

Exit 0: it came to DONE, with one record a phase and in the order of launch.conf, the criteria of [done] fresh in the
last one; each record's command says DONE from git alone; never two trees of one role; no process is left; and at least N
processes were killed. With CCSUP_BUILD = the build folder. Needs root: it runs itself in a PID namespace."""

import calendar
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from observer import processes  # noqa: E402
from pair import AGENT_CONF, BUILD, GROUND, ROLES  # noqa: E402
from trial import SLOW, Trial, main  # noqa: E402

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "examples", "cc-ci")
WITHIN = 400  # seconds for all of it
DAY = 24 * 3600

# The Builder makes a file for each criterion and claims it, and marks the phase when all have passed. The Adversary
# passes what is there. Both find out from the repository what is left to do.
WORK = r"""
phase=$CCSUP_PHASE
ids=$(cat "$sandbox/ids.$phase")
status=STATUS-$phase.md review=REVIEW-$phase.md
passed() {
    [ -f "$review" ] && grep -q "^$1: PASS " "$review"
}
left=
for id in $ids; do
    passed "$id" || left="$left $id"
done
if [ "$role" = builder ]; then
    new=
    for id in $left; do
        [ -f "work/$phase/$id" ] && continue
        mkdir -p "work/$phase"
        echo "$id" >"work/$phase/$id"
        git add -A
        git commit -q -m "claim($id): it is there" || exit 1
        new=1
    done
    [ -z "$new" ] || git push -q origin HEAD:refs/heads/main 2>/dev/null || find "$remote" -name '*.lock' -mmin +0.05 -delete
    say "claimed in $phase"
    if [ -z "$left" ] && ! [ -f "$status" ]; then
        printf '# Status\n\n## DONE\n' >"$status"
        push "STATUS: phase $phase is done"
        linger
    fi
else
    new=
    for id in $left; do
        [ -f "work/$phase/$id" ] || continue
        [ -f "$review" ] || printf '# Review\n\n' >"$review"
        printf '%s: PASS @%s sha=%s — it is there\n' "$id" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(git rev-parse --short=12 HEAD)" >>"$review"
        new="$new $id"
    done
    [ -z "$new" ] || push "review(${new# }): PASS"
fi
say "ends"
"""


class Phases(Trial):
    def __init__(self, args):
        super().__init__(args)
        self.random = random.Random(args.seed)
        self.killed = collections.Counter()
        self.planned = []  # kills: (when, who)
        self.confirming = None  # what happens to the watchdog when it confirms next
        self.write()

    def write(self):
        """The example with our repository, our clock and our agents."""
        with open(os.path.join(EXAMPLE, "launch.conf"), encoding="utf-8") as f:
            sections = re.split(r"^(?=\[)", f.read(), flags=re.M)
        phases = "".join(s for s in sections if s.startswith("[phase "))
        done = next(s for s in sections if s.startswith("[done]"))
        self.order = re.findall(r"^\[phase (.+)\]$", phases, flags=re.M)
        text = f"[repo]\nurl = {self.pair.remote}\npoll = 1s\ntimeout = 20s\n{done.rstrip()}\nconfirm = 1s\nstuck_rounds = 0\n{phases}"
        for role in ROLES:
            text += AGENT_CONF.format(
                role=role, build=BUILD, sandbox=self.pair.sandbox, remote=self.pair.remote, pace="100ms"
            )
        self.pair.write("agent", GROUND + WORK, 0o755)
        self.pair.write("project/launch.conf", text)
        for name in os.listdir(EXAMPLE):
            if name.startswith("plan-"):
                shutil.copy(os.path.join(EXAMPLE, name), self.pair.project)
        for phase in self.list()["phases"]:
            self.pair.write("ids." + phase["id"], " ".join(phase["criteria"]) + "\n")

    def ccsup(self, folder, words):
        return subprocess.run([f"{BUILD}/bin/ccsup", *words], cwd=folder, env=self.pair.env, capture_output=True, timeout=90)

    def list(self):
        done = self.ccsup(self.pair.project, ["phases", "--json"])
        if done.returncode:
            sys.exit("ccsup phases: " + done.stderr.decode())
        return json.loads(done.stdout)

    def say(self, *words):
        if self.args.verbose:
            print(f"{time.monotonic():.2f}", *words, file=sys.stderr, flush=True)

    # --- the kills ---------------------------------------------------------------------------------------------------

    def kill(self, who):
        """One process of that kind, if there is one."""
        if who == "git":
            pids = [pid for pid, (_, name, _) in processes().items() if name == "ccsup-git"]
        else:
            pids = [pid for pid in [self.pair.holder(who)] if pid]
        if not pids:
            return False
        try:
            os.kill(self.random.choice(pids), signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.killed[who] += 1
        self.say("killed", who, "in phase", self.pair.status().get("phase", {}).get("id"))
        return True

    def plan(self):
        """The kills of a phase that begins: when, as seconds from now, and who."""
        now = time.monotonic()
        each = -(-self.args.kills // len(self.order))
        for _ in range(each):
            who = self.random.choice(["watchdog", "watchdog", "watchdog", "builder", "adversary", "git"])
            self.planned.append((now + self.random.uniform(0, 1.6), who))
        self.planned.sort()
        self.confirming = self.random.choice(["kill", "point", None])

    def hit(self):
        """Whatever is due. One that found nobody is tried again a little later."""
        now = time.monotonic()
        if self.planned and self.planned[0][0] <= now:
            _, who = self.planned.pop(0)
            if not self.kill(who):
                self.planned.append((now + 0.05, who))
                self.planned.sort()
        if self.confirming and self.pair.status().get("verdict", {}).get("state") == "CONFIRMING":
            how, self.confirming = self.confirming, None
            if how == "kill":
                self.planned.insert(0, (now + self.random.uniform(0, 1.3), "watchdog"))
            else:  # the first record of a DONE is on the disk, and nothing that follows from it
                self.enemy.arm("run", "sync", 1, "kill-after")

    # --- the run -----------------------------------------------------------------------------------------------------

    def run(self):
        self.observer.start()
        began = time.monotonic()
        seen, finished = None, False
        while not finished and time.monotonic() < began + WITHIN * SLOW:
            self.manage()
            status = self.pair.status()
            phase = status.get("phase", {}).get("id")
            if phase != seen and phase:
                seen = phase
                self.plan()
                self.say("phase", phase)
            self.hit()
            if self.enemy.fired():
                self.killed["watchdog, after a record"] += self.enemy.fired()
                self.enemy.arm("run", "sync", 1, "none")
                self.enemy.disarm()
            finished = status.get("finished", False) and not self.pair.holder("watchdog")
            time.sleep(0.01)
        self.took = time.monotonic() - began
        if self.starter:
            self.starter.wait(90)
        self.enemy.disarm()
        if not finished:
            self.wrong(f"not finished within {WITHIN * SLOW} s, in phase {seen}")
            self.stop("at the end")
        self.gone(5, "at the end")
        self.observer.finish()
        self.observer.check_witnesses()
        self.check_records()
        print(
            f"seed {self.args.seed}: {len(self.pair.dones())} records in {self.took:.0f} s, {sum(self.killed.values())} kills "
            f"({dict(self.killed)}), {self.started} starts, "
            f"{ {r: len(self.pair.iterations(r)) for r in ROLES} } iterations, {self.observer.looks} looks"
        )
        if sum(self.killed.values()) < self.args.kills:
            self.wrong(f"only {sum(self.killed.values())} kills")
        return self.verdict()

    def check_records(self):
        records = self.pair.dones()
        if [r["phase"] for r in records] != self.order:
            self.wrong(f"the records are {[r['phase'] for r in records]}, not {self.order}")
            return
        listed = self.list()
        if not listed["finished"] or [(p["id"], p["state"]) for p in listed["phases"]] != [(p, "done") for p in self.order]:
            self.wrong(f"ccsup phases says {listed}")
        for record, phase in zip(records, listed["phases"]):
            self.check_record(record, phase)
        last = records[-1]
        judged = seconds(last["judged_at"])
        fresh = {c["id"] for c in last["criteria"] if c["state"] == "PASS" and 0 <= judged - seconds(c["time"]) <= DAY
                 and seconds(c["time"]) * 1000 >= records[-2]["ended"] - 1000}  # fmt: skip
        lacking = [f"D{i}" for i in range(1, 11) if f"D{i}" not in fresh]
        if lacking:
            self.wrong(f"not fresh in the last record: {lacking}")

    def check_record(self, record, phase):
        """Anybody can judge it again: with launch.conf and the repository, and nothing of ours."""
        folder = self.pair.path("elsewhere-" + record["phase"])
        os.mkdir(folder)
        for name in os.listdir(self.pair.project):
            if name != ".ccsup":
                shutil.copy(os.path.join(self.pair.project, name), folder)
        words = record["verify"].split()
        done = self.ccsup(folder, words[1:])
        if words[0] != "ccsup" or done.returncode != 0:
            self.wrong(f"{record['verify']}: exit {done.returncode}: {done.stdout.decode()[:600]}{done.stderr.decode()[:300]}")
        ids = [c["id"] for c in record["criteria"]]
        if ids != phase["criteria"] or not all(c["state"] == "PASS" for c in record["criteria"]):
            self.wrong(f"the record of phase {record['phase']} has {ids}")


def seconds(text):
    """RFC 3339 in UTC -> seconds since 1970."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def options(parser):
    parser.add_argument("--kills", type=int, default=28, help="at least so many")
    parser.add_argument("--verbose", action="store_true")


if __name__ == "__main__":
    main(Phases, __doc__, options)
