#!/usr/bin/env python3
"""Many ends, and many deaths, one after the other.

    many.py --stops 1000 [--seed S] [--jobs J]      a pair is started, met in any state, hurt, and stopped: nothing survives
    many.py --kills 1000 [--seed S]                 kill -9 of any process of ours, again and again: no agent twice

A stop meets agents that hang, ignore TERM, leave daemons without environment, or have just begun, and a watchdog or
keepers that are dead or stopped. Afterwards every other process of the PID namespace is a survivor, whatever it is
called. A killed watchdog is started again as a service manager would. Exit 0 = nothing was wrong. With CCSUP_BUILD =
the build folder. Needs root: it runs itself in a PID namespace."""

import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from observer import processes, read  # noqa: E402
from pair import ROLES  # noqa: E402
from trial import Trial, main  # noqa: E402

# What is hurt before the stop, and how often in a hundred; a stopped process takes the timeouts of stop, so seldom.
HURTS = {"nothing": 60, "watchdog killed": 12, "keeper killed": 12, "all killed": 12, "watchdog stopped": 2, "keeper stopped": 2}
BEHAVIOURS = ["ok", "hang", "hang", "daemon", "stubborn", "crash"]


class Many(Trial):
    def __init__(self, args):
        super().__init__(args, orphan="60s", pace="100ms")
        self.random = random.Random(args.seed)
        self.pair.endless()
        self.own = set(processes())

    def strangers(self):
        """Processes of this namespace that were not there at the beginning."""
        return [
            f"{pid} {name} {read(f'/proc/{pid}/cmdline').replace(bytes(1), b' ').decode('utf-8', 'replace')[:80]}"
            for pid, (_, name, _) in processes().items()
            if pid not in self.own
        ]

    def hurt(self):
        how = self.random.choices(list(HURTS), list(HURTS.values()))[0]
        who, _, what = how.partition(" ")
        names = {"watchdog": ["watchdog"], "keeper": [self.random.choice(ROLES)], "all": ["watchdog", *ROLES]}.get(who, [])
        for pid in [self.pair.holder(name) for name in names]:
            try:
                if pid:
                    os.kill(pid, signal.SIGSTOP if what == "stopped" else signal.SIGKILL)
            except ProcessLookupError:
                pass
        return how

    def stops(self):
        survivors, codes, hurts = 0, 0, {}
        began = time.monotonic()
        for n in range(self.args.stops):
            for role in ROLES:
                self.pair.behave(role, self.random.choice(BEHAVIOURS))
            self.pair.ccsup("start").wait(90)
            time.sleep(self.random.choice([0, 0.01, 0.05, 0.1, 0.2, 0.4]))
            how = self.hurt()
            words = ["--now"] if self.random.random() < 0.7 else []
            code = self.pair.ccsup("stop", *words).wait(120)
            hurts[how] = hurts.get(how, 0) + 1
            if code:
                codes += 1
                self.wrong(f"stop {n} ({how}) ended with {code}")
            # A watchdog that has let its lock go may still be on its way out.
            if not self.wait(1, lambda: not self.strangers()):
                left = self.strangers()
                survivors += len(left)
                self.wrong(f"stop {n} ({how}): {len(left)} survived: " + "; ".join(left[:5]))
            if self.observer.violations:
                break
        print(f"{n + 1} stops in {time.monotonic() - began:.0f} s, seed {self.args.seed}: {survivors} survivors, {codes} wrong exit codes; "
              + ", ".join(f"{how} {count}" for how, count in sorted(hurts.items())))  # fmt: skip

    def ours(self):
        """Pids of our own processes, the short-lived ones too."""
        return [(pid, name) for pid, (_, name, _) in processes().items() if name.startswith("ccsup")]

    def kills(self):
        self.observer.start()
        hit = {}
        began = time.monotonic()
        done = 0
        while done < self.args.kills and not self.observer.violations:
            for role in ROLES:
                self.pair.behave(role, self.random.choice(BEHAVIOURS))
            self.manage()
            time.sleep(self.random.choice([0, 0.005, 0.02, 0.05, 0.1, 0.3]))
            mine = self.ours()
            if not mine:
                continue
            pid, name = self.random.choice(mine)
            words = read(f"/proc/{pid}/cmdline").split(b"\0")
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            done += 1
            label = name + (" " + words[1].decode() if name == "ccsup" and len(words) > 1 else "")
            hit[label] = hit.get(label, 0) + 1
            if done % 50 == 0 and not self.wait(60, self.sound):
                self.wrong(f"not sound again after kill {done}: {self.pair.status().get('agents')}")
        if self.starter:
            self.starter.wait(90)
        self.stop("after the kills")
        self.observer.finish()
        self.observer.check_witnesses()
        iterations = sum(len(self.pair.iterations(r)) for r in ROLES)
        print(f"{done} kills in {time.monotonic() - began:.0f} s, seed {self.args.seed}: {iterations} iterations, {self.started} starts, "
              f"{len(self.observer.violations)} violations; " + ", ".join(f"{who} {count}" for who, count in sorted(hit.items())))  # fmt: skip

    def run(self):
        if self.args.stops:
            self.stops()
        if self.args.kills and not self.observer.violations:
            self.kills()
        return self.verdict()


def several():
    """--jobs J: so many of us at once, each with its share of the stops, a seed and a namespace of its own."""
    words = sys.argv[1:]
    at = words.index("--jobs")
    jobs = int(words[at + 1])
    del words[at : at + 2]
    stops, seed = (int(words[words.index(name) + 1]) if name in words else 0 for name in ("--stops", "--seed"))
    running = []
    for job in range(jobs):
        share = stops // jobs + (job < stops % jobs)
        running.append(subprocess.Popen([sys.executable, __file__, "--stops", str(share), "--seed", str(seed * 100 + job)]))
    sys.exit(max(one.wait() for one in running))


def options(parser):
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)


if __name__ == "__main__":
    if "--jobs" in sys.argv:
        several()
    main(Many, __doc__, options)
