#!/usr/bin/env python3
"""A seeded enemy of a running pair: kills, stops and continues the watchdog, the keepers, the agents and ccsup-git in
each state of an agent, makes system calls fail, fills the disk of the state folder, silences the git server; then
restores what it broke, starts the watchdog again as a service manager would, and looks from outside.

    chaos.py --seed S --rounds N [--min-cell M] [--http] [--keep] [--verbose]

The agents crash, fail, hang, ignore TERM, leave daemons; all of them end by themselves. It steers: the next hit goes to
the cell of the matrix (who is killed or stopped x state of an agent, from status.json) that was hit the least. Prints
the matrix and every violation; exit 0 = none, and every cell was hit M times (it goes on for up to as many rounds again
until it was). With CCSUP_BUILD = the build folder. Needs root: it runs itself in a PID namespace with a mount of its own."""

import collections
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from observer import processes, read  # noqa: E402
from pair import ROLES  # noqa: E402
from trial import Trial, main  # noqa: E402

SETTLE = 45  # seconds until all runs again after a restore: two timeouts of ours and a backoff fit
STATES = ["DOWN", "WAITING", "STARTING", "RUNNING", "STOPPING", "KILLING", "LOST", "HELD", "?"]
# Who can be there to be hit in which state of its agent. A keeper lives from STARTING to its record, an agent from "go" to
# its end. HELD is not provoked: nobody but the operator ends it, and whether one comes at all is tests/unit's to show.
CELLS = {
    "watchdog": ["DOWN", "WAITING", "STARTING", "RUNNING", "STOPPING", "KILLING", "LOST"],
    "git": ["DOWN", "WAITING", "STARTING", "RUNNING", "STOPPING", "KILLING", "LOST"],
    "keeper": ["STARTING", "RUNNING", "STOPPING", "KILLING"],
    "agent": ["RUNNING", "STOPPING", "KILLING"],
}
HOW = ["killed", "stopped"]
ALL = [(who, how, state) for who, states in CELLS.items() for how in HOW for state in states]
BEHAVIOURS = ["ok", "ok", "ok", "crash", "fail", "hang", "stubborn", "daemon"]
ERRORS = ["ENOSPC", "EIO", "EMFILE", "EAGAIN", "EINTR"]
# What the kernel may really answer; a lock or a signal does not fail for want of room.
FAILING = {
    "write": ["ENOSPC", "EIO", "EINTR"],
    "rename": ["ENOSPC", "EIO"],
    "sync": ["EIO"],
    "fork": ["EAGAIN"],
    "exec": ["EAGAIN", "EIO"],
    "connect": ["EAGAIN", "EINTR"],
    "accept": ["EMFILE", "EINTR"],
    "bind": ["EMFILE"],
    "unlink": ["EIO"],
    "create": ["ENOSPC", "EMFILE", "EIO"],
    "open": ["EMFILE", "EIO"],
    "read": ["EIO", "EINTR"],
    "send": ["EAGAIN"],
    "lock": ["EINTR", "EIO"],
}


class Chaos(Trial):
    def __init__(self, args):
        mount = lambda path: subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", path], check=True)  # noqa: E731
        super().__init__(args, orphan="20s", pace="100ms", timeout="4s", state_mount=mount)
        self.random = random.Random(args.seed)
        self.matrix = collections.Counter()
        self.actions = collections.Counter()
        self.server = None
        self.pair.endless()
        if args.http:
            self.serve()
        self.held = 0  # a ccsup-git that was stopped to be hit
        self.missed = collections.Counter()  # a cell whose state was over before the hit: others' turn

    def say(self, *words):
        if self.args.verbose:
            print(f"{time.monotonic():.2f}", *words, file=sys.stderr, flush=True)

    def serve(self):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "git", "http_backend.py")
        port = self.pair.path("port")
        self.server = subprocess.Popen(
            [sys.executable, program, self.pair.sandbox, port, "ok", "3600"],
            env=self.pair.env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 20
        while not (os.path.exists(port) and read(port)) and time.monotonic() < end:
            time.sleep(0.05)
        url = f"http://127.0.0.1:{read(port).decode().strip()}/remote.git"
        self.pair.write("project/launch.conf", self.pair.conf("20s", "1s", "100ms", url, "4s"))

    # --- who is where ------------------------------------------------------------------------------------------------

    def named(self, name):
        return [pid for pid, (_, comm, _) in processes().items() if comm == name]

    def victim(self, who):
        """A pid, or 0."""
        if who == "watchdog":
            return self.pair.holder("watchdog")
        if who == "git":
            self.wait(1.5, lambda: self.named("ccsup-git"))
            pids = self.named("ccsup-git")
            return self.random.choice(pids) if pids else 0
        kind, role = who.split("-")
        if kind == "keeper":
            return self.pair.holder(role)
        for agent in self.pair.status().get("agents", []):
            if agent.get("role") == role:
                pid = agent.get("agent_pid", 0)
                return pid if pid and self.alive(pid) else 0
        return 0

    def alive(self, pid):
        rest = read(f"/proc/{pid}/stat").rpartition(b") ")[2]
        return bool(rest) and rest[:1] not in (b"Z", b"X")

    def signal(self, pid, number):
        try:
            os.kill(pid, number)
            return True
        except ProcessLookupError:
            return False

    def end_agent(self, role):
        """Kills the role's agent, if it runs."""
        if self.pair.state_of(role) == "RUNNING":
            self.wait(2, lambda: self.victim(f"agent-{role}"))  # its pid is in the status a moment later
        pid = self.victim(f"agent-{role}")
        if pid:
            self.signal(pid, signal.SIGKILL)

    def running(self, role, how, word):
        """An iteration of that behaviour runs and has said so."""
        self.pair.behave(role, how)

        def said():
            newest = self.pair.iterations(role)[-1:]
            text = self.pair.read(role, "iterations", newest[0], "out.log") if newest else b""
            return self.pair.state_of(role) == "RUNNING" and word in text

        if not said():
            self.end_agent(role)
        if not self.wait(4, said):
            self.say("does not run", role, how, [a for a in self.pair.status().get("agents", []) if a["role"] == role])

    def reach(self, role, state, who=""):
        """Brings the role into that state, as well as that can be done from outside, with who to be hit there. What
        undoes it, or None."""
        undo = None
        if state in ("DOWN", "WAITING"):
            self.pair.behave(role, "fail")
            self.wait(2, lambda: self.pair.state_of(role) in ("RUNNING", "WAITING"))
        elif state == "STOPPING":
            self.running(role, "stubborn", b"ignores TERM")
        else:
            self.running(role, "hang", b"hangs")
        if who == "git":
            self.hold_git()
        if state == "DOWN":
            self.pair.ccsup("pause", role).wait(20)
            self.end_agent(role)
            undo = lambda: self.resume(role)  # noqa: E731
        elif state == "WAITING":
            self.end_agent(role)
        elif state == "STOPPING":
            self.pair.ccsup("restart", role).wait(20)
        elif state == "LOST":
            pid = self.pair.holder(role)
            if pid:
                self.signal(pid, signal.SIGKILL)
        elif state == "KILLING" and who == "agent":
            keeper = self.pair.holder(role)
            if keeper:  # a keeper that does not hear is asked to kill in the end, and its agent lives meanwhile
                self.signal(keeper, signal.SIGSTOP)
                self.pair.ccsup("restart", role).wait(20)
                self.wait(15, lambda: self.pair.state_of(role) == "KILLING")
                undo = lambda: self.signal(keeper, signal.SIGCONT)  # noqa: E731
        elif state in ("STARTING", "KILLING"):
            self.enemy.arm("keep", "write", 1, "slow", times=12)
            undo = self.enemy.disarm
            self.end_agent(role)
            self.wait(3, lambda: self.pair.state_of(role) == "STARTING")
            if state == "KILLING":  # a keeper that has just come is told at once that it is not wanted any more
                self.pair.ccsup("pause", role).wait(20)
                undo = lambda: (self.enemy.disarm(), self.resume(role))  # noqa: E731
        if not self.wait(2.0, lambda: self.pair.state_of(role) == state):
            self.say("not reached", role, state, self.pair.state_of(role))
        return undo

    def hold_git(self):
        """The running poll, or the next one, is stopped: short as it is, it would be over before the state is reached. The
        watchdog ends it at its deadline."""
        self.wait(2, lambda: self.named("ccsup-git"))
        for pid in self.named("ccsup-git"):
            self.signal(pid, signal.SIGSTOP)
            self.held = pid

    def resume(self, role):
        """The wish must be heard: no watchdog hears it while there is none."""
        self.wait(SETTLE, lambda: self.manage() or self.pair.ccsup("resume", role).wait(20) == 0)

    def pause(self, low, high):
        time.sleep(self.random.uniform(low, high))

    # --- one round ---------------------------------------------------------------------------------------------------

    def cell(self, who, how, state):
        return self.matrix[(f"{who} {how}", state)]

    def least(self):
        """The cell that was hit the least."""
        cells = list(ALL)
        self.random.shuffle(cells)
        return min(cells, key=lambda cell: self.cell(*cell) + 0.1 * self.missed[cell])

    def hit(self, who, role, how=""):
        """Kills or stops one process, as the row of the matrix needs it where how is not said; what undoes it, or None."""
        pid = self.held or self.victim(f"{who}-{role}" if who in ("keeper", "agent") else who)
        held, self.held = self.held, 0
        state = self.pair.state_of(role)
        if not pid:
            return None
        kills, stops = self.matrix[(f"{who} killed", state)], self.matrix[(f"{who} stopped", state)]
        stop = how == "stopped" if how else stops < kills if stops != kills else self.random.random() < 0.5
        if not self.signal(pid, signal.SIGSTOP if stop else signal.SIGKILL):
            return None
        self.matrix[(f"{who} {'stopped' if stop else 'killed'}", state)] += 1
        self.say("hit", who, pid, "STOP" if stop else "KILL", "in", state)
        if not stop:
            self.wait(2, lambda: not self.alive(pid))
        return (lambda: self.signal(pid, signal.SIGCONT)) if stop or held else None

    def fail(self, role):
        program = self.random.choice(["run", "run", "keep", "keep", "git"])
        kind = self.random.choice(sorted(FAILING))
        error = self.random.choice(FAILING[kind])
        k, times = self.random.randint(1, 12), self.random.choice([1, 1, 3, 20])
        short = kind in ("write", "send", "read") and self.random.random() < 0.3
        self.enemy.arm(program, kind, k, "short" if short else "fail", error, times)
        self.say("fail", program, kind, k, "short" if short else error, times)
        self.pause(0.3, 1.5)
        self.matrix[(f"{program} call", self.pair.state_of(role))] += 1
        self.actions[f"failing {kind}"] += 1
        return self.enemy.disarm

    def fill(self):
        path = os.path.join(self.pair.state, "filler")
        with open(path, "wb", buffering=0) as f:
            for size in (65536, 1):  # to the last byte
                try:
                    while f.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass
        self.say("disk full")
        self.matrix[("disk full", self.pair.state_of(self.random.choice(ROLES)))] += 1
        more = None
        if self.random.random() < 0.5:
            more = self.hit(self.random.choice(["watchdog", "keeper", "agent"]), self.random.choice(ROLES))
        self.pause(0.5, 2.5)
        return lambda: (os.unlink(path), more and more())

    def silence(self):
        self.signal(self.server.pid, signal.SIGSTOP)
        self.say("server silent")
        self.matrix[("server silent", self.pair.state_of(self.random.choice(ROLES)))] += 1
        self.pause(0.5, 6)
        return lambda: self.signal(self.server.pid, signal.SIGCONT)

    def break_something(self, role, kind):
        """kind: 0 to 1."""
        if kind < 0.5:
            return self.fail(role)
        if kind < 0.75 and self.server:
            return self.silence()
        self.actions["disk full"] += 1
        return self.fill()

    def round(self, n, only_hits=False):
        role = self.random.choice(ROLES)
        for r in ROLES:
            self.pair.behave(r, self.random.choice(BEHAVIOURS))
        kind = 0 if only_hits else self.random.random()
        if kind < 0.8:
            who, how, state = cell = self.least()
            before = self.cell(*cell)
            undo = [self.reach(role, state, who), self.hit(who, role, how)]
            self.missed[cell] += self.cell(*cell) == before
            if self.random.random() < 0.35:  # and another one at once
                undo.append(self.hit(self.random.choice(["watchdog", "keeper", "agent"]), role))
            self.actions["hit"] += 1
            if any(undo[1:]):
                self.pause(0.1, 2.5)
        else:
            undo = [self.reach(role, self.random.choice(STATES[:7]))]
            undo.append(self.break_something(role, self.random.random()))
        if self.random.random() < 0.4:
            self.manage()
        for one in reversed(undo):  # who was stopped must go on before it can hear a wish
            if one:
                one()
        before = {r: len(self.pair.iterations(r)) for r in ROLES}
        self.enemy.disarm()
        if not self.wait(SETTLE, self.sound):
            self.observer.violate(f"round {n}: not sound again within {SETTLE} s: " + json.dumps(self.pair.status().get("agents"))[:900])
        self.say("sound", before)

    def run(self):
        self.observer.start()
        self.manage()
        if not self.wait(SETTLE, self.sound):
            self.observer.violate("it never came up")
        done = 0
        began = time.monotonic()
        while not self.observer.violations:
            if self.args.seconds and time.monotonic() - began > self.args.seconds:
                break
            short = self.cell(*self.least()) < self.args.min_cell
            if done >= self.args.rounds * (2 if short else 1):
                break
            done += 1
            self.round(done, done > self.args.rounds)
        self.enemy.disarm()
        if self.starter:
            self.starter.wait(90)
        code = self.pair.ccsup("stop").wait(90)
        if code != 0:
            self.observer.violate(f"ccsup stop ended with {code}")
        if self.server:
            self.server.kill()
            self.server.wait()
        self.gone(3, "at the end")
        self.observer.finish()
        self.observer.check_witnesses()
        self.check_journal()
        self.check_counts()
        self.report(done)
        return self.verdict() or (1 if self.thin() else 0)

    def thin(self):
        """Cells that were hit too seldom to show anything."""
        return [f"{who} {how} in {state}" for who, how, state in ALL if self.cell(who, how, state) < self.args.min_cell]

    def check_journal(self):
        """Every line whole; the watchdog never had to leave out more than a torn last one."""
        bad = re.findall(r"journal: (\d+) torn or damaged", self.pair.read("ccsup.log").decode("utf-8", "replace"))
        if any(int(n) > 1 for n in bad):
            self.observer.violate(f"the journal lost records: {bad}")

    def check_counts(self):
        """Each iteration was counted once. Whether one without a record, or with one that says lost, had begun is not
        known; without a watchdog at the end nobody counts what `stop` has ended; and what a full disk did not take is lost."""
        counted = {}
        for line in self.pair.read("journal").decode("utf-8", "replace").splitlines():
            if '"t":"end"' in line:
                record = json.loads(line[9:])
                counted[record["role"]] = record["ledger"]["run"]["iterations"]
        lossy = any(n for what, n in self.actions.items() if what != "hit")
        for role in ROLES:
            records = [self.pair.read(role, "iterations", n, "exit.json") for n in self.pair.iterations(role)]
            ends = [json.loads(r)["end"] if r else "lost" for r in records]
            ran, lost, n = sum(e not in ("lost", "not_started", "exec_failed") for e in ends), ends.count("lost"), counted.get(role, 0)
            print(f"{role}: {n} iterations counted, {ran} ran and {lost} may have")
            if n > ran + lost or (n < ran - 1 and not lossy):
                self.observer.violate(f"{role}: {n} iterations counted, {ran} to {ran + lost} ran")

    def report(self, done):
        iterations = {r: len(self.pair.iterations(r)) for r in ROLES}
        print(f"seed {self.args.seed}{' http' if self.server else ''}: {done} rounds, {self.started} starts, {iterations} iterations, "
              f"{self.observer.looks} looks, alone at most {self.observer.alone_max:.1f} s")  # fmt: skip
        rows = [f"{who} {how}" for who in CELLS for how in HOW]
        shown = [s for s in STATES if s in CELLS["watchdog"] or any(self.matrix[(w, s)] for w in rows)]
        print(f"{'':18}" + "".join(f"{s:>10}" for s in shown))
        for w in rows:
            cells = CELLS[w.split(" ")[0]]
            print(f"{w:18}" + "".join(f"{'-' if s not in cells and not self.matrix[(w, s)] else self.matrix[(w, s)]:>10}" for s in shown))
        print("-: no such process is there in that state (a keeper: STARTING to its record, an agent: go to its end), or nobody")
        print("   but the operator ends it (HELD)")
        others = collections.Counter()
        for (w, s), n in self.matrix.items():
            if w not in rows:
                others[w] += n
        print("besides, in any state: " + ", ".join(f"{w} {n}" for w, n in sorted(others.items())))
        for cell in self.thin():
            print(f"TOO FEW: {cell}: less than {self.args.min_cell}")

    def drop(self):
        if self.server and self.server.poll() is None:
            self.server.kill()
        subprocess.run(["umount", "-l", self.pair.state], check=False)
        super().drop()


def options(parser):
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=0, help="no further round after this")
    parser.add_argument("--min-cell", type=int, default=0, help="hits that each cell of the matrix needs")
    parser.add_argument("--http", action="store_true", help="the repository by a server that may fall silent")
    parser.add_argument("--verbose", action="store_true")


if __name__ == "__main__":
    main(Chaos, __doc__, options)
