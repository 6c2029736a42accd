#!/usr/bin/env python3
"""Starts and stops that meet: two `ccsup start` and a `ccsup stop` at once; stop with a watchdog that is dead, stopped
or wedged; a watchdog that dies and is never started again.

    race.py [--rounds N] [--seed S] [--only starts,stops,adopt,wishes,orphan,end] [--keep]

After each round the wish and the world agree: want = up and a watchdog lives, or want = down and nothing runs. Exit 0 =
always. With CCSUP_BUILD = the build folder. Needs root: it runs itself in a PID namespace."""

import json
import os
import random
import re
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from observer import left, processes  # noqa: E402
from pair import ROLES  # noqa: E402
from trial import Trial, main  # noqa: E402

ORPHAN, GRACE = 2, 1  # seconds, as in launch.conf


class Race(Trial):
    def __init__(self, args):
        super().__init__(args, orphan=f"{ORPHAN}s")
        self.random = random.Random(args.seed)
        self.pair.endless()

    def up(self, how, when):
        for role in ROLES:
            self.pair.behave(role, how)
        self.pair.ccsup("start", enemy=self.enemy).wait(90)
        if not self.wait(40, lambda: all(self.pair.state_of(r) == "RUNNING" for r in ROLES)):
            self.wrong(f"{when}: it did not come up: {[self.pair.state_of(r) for r in ROLES]}")

    # --- two starts and a stop ---------------------------------------------------------------------------------------

    def starts(self, n):
        """From nothing, or from a running pair."""
        when = f"round {n}"
        for role in ROLES:
            self.pair.behave(role, self.random.choice(["ok", "hang", "stubborn"]))
        if self.random.random() < 0.4:
            self.pair.ccsup("start").wait(90)
        words = ["start", "start", "stop"]
        self.random.shuffle(words)
        running = []
        for word in words:
            running.append((word, self.pair.ccsup(word)))
            time.sleep(self.random.choice([0, 0, 0.002, 0.01, 0.03, 0.1]))
        codes = [(word, process.wait(120)) for word, process in running]
        want, holder = self.pair.read("want").strip(), self.pair.holder("watchdog")
        if want == b"up" and not holder:
            self.wrong(f"{when}: the wish is up and no watchdog runs: {codes}")
        if want == b"down":
            self.gone(2, f"{when}, the wish is down, {codes}")
        if dict(codes)["stop"] != 0 and want == b"down":
            self.wrong(f"{when}: {codes} and the wish is down")
        if len(self.named("ccsup", b"run")) > 1:
            self.wrong(f"{when}: two watchdogs")
        self.stop(when)

    def overtaken(self):
        """A start writes its wish while a stop is under way, which then ends what the start began."""
        self.pair.ccsup("start").wait(90)
        self.stop("overtaken")
        self.enemy.arm("stop", "lock", 1, "slow", times=8)
        self.pair.ccsup("start").wait(90)  # so that the wish is up, and is taken down
        stop = self.pair.ccsup("stop", enemy=self.enemy)
        self.wait(20, lambda: self.pair.read("want") == b"down\n")
        os.kill(self.pair.holder("watchdog"), signal.SIGKILL)
        start = self.pair.ccsup("start")
        codes = stop.wait(90), start.wait(90)
        self.enemy.disarm()
        want, holder = self.pair.read("want").strip(), self.pair.holder("watchdog")
        if (want == b"up") != bool(holder):
            self.wrong(f"a stop that a start overtook: the wish is {want}, the watchdog {holder}; stop and start ended with {codes}")
        self.stop("overtaken")

    def overtaking(self):
        """A start while a stop is ending keepers that no watchdog leads any more."""
        self.up("stubborn", "overtaking")
        os.kill(self.pair.holder("watchdog"), signal.SIGKILL)
        self.wait(5, lambda: not self.pair.holder("watchdog"))
        stop = self.pair.ccsup("stop")
        self.wait(20, lambda: self.pair.read("want") == b"down\n")
        codes = []
        while stop.poll() is None:
            codes.append(self.pair.ccsup("start").wait(90))
        want, holder = self.pair.read("want").strip(), self.pair.holder("watchdog")
        if (want == b"up") != bool(holder) or stop.returncode != 0:
            self.wrong(f"starts during a stop: the wish is {want}, the watchdog {holder}; {stop.returncode}, {codes}")
        self.stop("overtaking")

    def adopt(self):
        """The next watchdog takes the living keepers over: the same iterations go on, and it knows them."""
        self.up("hang", "adoption")
        before = {a["role"]: (a["iteration"], a["pid"]) for a in self.pair.status()["agents"]}
        os.kill(self.pair.holder("watchdog"), signal.SIGKILL)
        self.wait(5, lambda: not self.pair.holder("watchdog"))
        self.pair.ccsup("start").wait(90)

        def same():
            known = {a["role"]: (a["iteration"], a["pid"]) for a in self.pair.status()["agents"] if a["state"] == "RUNNING"}
            return self.pair.status().get("pid") == self.pair.holder("watchdog") and known == before

        if not self.wait(5, same):
            self.wrong(f"not adopted: before {before}, now {self.pair.status()['agents']}")
        self.stop("adoption")

    def named(self, name, word):
        return [
            pid
            for pid, (_, comm, _) in processes().items()
            if comm == name and word in open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
        ]

    # --- stop with a watchdog that does not answer -------------------------------------------------------------------

    def stops(self):
        for how in ["dead", "stopped", "wedged", "dead and the keepers too", "the keepers stopped"]:
            when = f"stop with a watchdog that is {how}"
            if how == "the keepers stopped" and self.args.rounds < 10:
                continue  # takes every timeout that stop has
            self.up(self.random.choice(["hang", "stubborn"]), when)
            watchdog, keepers = self.pair.holder("watchdog"), [self.pair.holder(r) for r in ROLES]
            if how.startswith("dead"):
                os.kill(watchdog, signal.SIGKILL)
            elif how == "stopped":
                os.kill(watchdog, signal.SIGSTOP)
            elif how == "wedged":
                self.enemy.arm("run", "create", 1, "hang")
                self.wait(10, self.enemy.fired)
            for pid in keepers:
                if "keepers" in how:
                    os.kill(pid, signal.SIGSTOP if "stopped" in how else signal.SIGKILL)
            self.stop(when)
            self.enemy.disarm()

    # --- what was promised is kept -----------------------------------------------------------------------------------

    def wishes(self):
        """The watchdog is killed while it writes a wish down: who was told "ok" finds the wish in the journal."""
        for words in (["pause", "builder"], ["resume", "builder"], ["tell", "builder", "look here"]):
            self.up("hang", "wishes")
            before = len(self.pair.journal())
            self.enemy.arm("run", "sync", 1, "kill")
            code = self.pair.ccsup(*words).wait(30)
            self.wait(5, self.enemy.fired)
            if not self.enemy.fired():
                self.wrong(f"wishes: {words} was not written onto the disk")
            self.enemy.disarm()
            kept = [r for r in self.pair.journal()[before:] if r.get("t") in ("pause", "tell")]
            # The record is in the file, as the kernel lives on; a machine that loses power would not have it.
            if code == 0:
                self.wrong(f"wishes: {words} was answered with ok before it was on the disk: {kept}")
            self.stop("wishes")
            self.pair.ccsup("start").wait(90)
            self.pair.ccsup("resume", "builder").wait(30)
            self.stop("wishes")

    def torn(self):
        """A write comes short, as on a disk that gets full: of events.jsonl that one line is lost and no other."""
        self.up("ok", "torn events")
        for k in range(1, 40, 3):
            self.enemy.arm("run", "write", k, "torn", "ENOSPC", times=2)
            self.wait(10, self.enemy.fired)
        self.enemy.disarm()
        self.stop("torn events")
        torn = 0
        for line in self.pair.read("events.jsonl").split(b"\n"):
            try:
                json.loads(line or b"{}")
            except ValueError:
                torn += 1
                if len(re.findall(rb'\{"at":\d+,"event":', line)) > 1:
                    self.wrong(f"a torn event swallowed the next one: {line[:200]!r}")
        if not torn:
            self.wrong("torn events: none was torn: this test shows nothing")

    # --- nobody supervises -------------------------------------------------------------------------------------------

    def orphan(self):
        """The watchdog dies and nobody starts it: both trees end in time; the keepers write why."""
        self.up("stubborn", "orphans")
        began = time.monotonic()
        os.kill(self.pair.holder("watchdog"), signal.SIGKILL)
        self.gone(ORPHAN + GRACE + 2, "orphans")
        took = time.monotonic() - began
        if took < ORPHAN:
            self.wrong(f"the agents ended {took:.1f} s after their watchdog, before orphan_timeout")
        print(f"orphans: both trees were gone {took:.1f} s after the watchdog (orphan_timeout {ORPHAN} s, grace {GRACE} s)")
        for role in ROLES:
            record = self.pair.read(role, "iterations", self.pair.iterations(role)[-1], "exit.json")
            if b'"unsupervised"' not in record:
                self.wrong(f"{role}: its record does not say that nobody supervised: {record[:200]!r}")
        # And when the keeper dies with the watchdog: the agent hears of it and ends.
        self.up("hang", "agents without anybody")
        pids = [self.pair.holder("watchdog")] + [self.pair.holder(r) for r in ROLES]
        agents = [a["agent_pid"] for a in self.pair.status()["agents"]]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if not self.wait(3, lambda: not [a for a in agents if a in processes()]):
            self.wrong("an agent lives on although its keeper and its watchdog are dead")
        self.stop("agents without anybody")

    # --- all is done, and then everybody dies ------------------------------------------------------------------------

    def end(self, word):
        """Watchdog and keepers die in the middle of the teardown after DONE, the agents ignore TERM: whoever looks next,
        `ccsup start` or `ccsup run`, ends what is left."""
        os.unlink(self.pair.path("endless"))
        shutil.rmtree(self.pair.state, ignore_errors=True)
        self.pair.git("-C", self.pair.remote, "update-ref", "-d", "refs/heads/main")
        shutil.rmtree(self.pair.path("xdg"))
        for role in ROLES:
            self.pair.behave(role, "proof")
        self.pair.ccsup("start").wait(90)
        if not self.wait(60, lambda: len(self.pair.dones()) == 1):
            self.wrong("end: not done")
        for pid in [self.pair.holder("watchdog")] + [self.pair.holder(r) for r in ROLES]:
            if pid:
                os.kill(pid, signal.SIGKILL)
        self.wait(5, lambda: not self.pair.holder("watchdog"))
        if not left(self.pair):
            self.wrong("end: nothing was left: this test shows nothing")
        code = self.pair.ccsup(word).wait(90)
        if code != 0:
            self.wrong(f"end: ccsup {word} ended with {code}")
        self.gone(1, f"end, after ccsup {word}")
        if len(self.pair.dones()) != 1:
            self.wrong(f"end: {len(self.pair.dones())} DONE records")
        self.pair.write("endless", "")

    def run(self):
        self.observer.start()
        if "starts" in self.args.only:
            for n in range(self.args.rounds):
                if self.observer.violations:
                    break
                self.starts(n)
            self.overtaken()
            self.overtaking()
        if "stops" in self.args.only and not self.observer.violations:
            self.stops()
        if "adopt" in self.args.only and not self.observer.violations:
            self.adopt()
        if "wishes" in self.args.only and not self.observer.violations:
            self.wishes()
            self.torn()
        if "orphan" in self.args.only and not self.observer.violations:
            self.orphan()
        if "end" in self.args.only and not self.observer.violations:
            self.end("start")
            self.end("run")
        self.observer.finish()
        if "end" not in self.args.only:  # which throws the state folder away
            self.observer.check_witnesses()
        print(f"{self.args.rounds} rounds, {self.observer.looks} looks, {len(self.observer.violations)} violations")
        return self.verdict()


def options(parser):
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--only", type=lambda s: s.split(","), default=["starts", "stops", "adopt", "wishes", "orphan", "end"])


if __name__ == "__main__":
    main(Race, __doc__, options)
