#!/usr/bin/env python3
"""Kills our own programs at every point of a run, and looks from outside whether anything was lost.

    run_points.py [--points N | --every J] [--programs run,keep,git] [--classes write,...] [--variants done,stop]
                  [--actions kill,kill-after,fail,short,torn] [--errno ENOSPC] [--times N] [--parallel 2] [--keep]

One run of a quick pair from start to DONE is counted: so many calls of each class in each program. Then, once for each
class and each k, the same run again, in a sandbox and PID namespace of its own, in which that program is killed at its
k-th call; the watchdog is started again as a service manager would, and the run goes on to DONE. Variant "told": the
same, and an operator is told of every event. "stop": the program dies during `ccsup stop`. "start": it dies during
`ccsup start`, and another start brings the pair up.
--points N spreads N points over all of it. Prints a table and every violation; exit 0 = none.

With CCSUP_BUILD = the build folder. Needs root (PID namespaces)."""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from crashpoint import CLASSES, KILLING, PROGRAMS, Crashpoint  # noqa: E402
from observer import Observer, left  # noqa: E402
from pair import BUILD, ROLES, Pair  # noqa: E402

SLOW = 4 if os.environ.get("CCSUP_SANITIZE", "0") == "1" else 1
DEADLINE = 90 * SLOW  # seconds for one run, several sweeps and timeouts of 5 s included
SLOWEST = 25 * SLOW  # and it should not take longer than this: two such timeouts
LIBRARY = os.path.join(BUILD, "tests", "crashpoint.so")


class Trial:
    def __init__(self, spec):
        self.spec = spec
        self.pair = Pair(notify=spec["variant"] == "told")
        self.enemy = Crashpoint(self.pair.sandbox, LIBRARY)
        self.observer = Observer(self.pair)
        self.end = time.monotonic() + DEADLINE
        self.wrong, self.counts = [], {}

    def check(self, holds, sentence):
        if not holds:
            self.wrong.append(sentence)

    def until(self, seconds, test):
        end = min(time.monotonic() + seconds, self.end)
        while not test():
            if time.monotonic() > end:
                return False
            time.sleep(0.03)
        return True

    def arm(self):
        s = self.spec
        if s.get("program"):
            self.enemy.arm(s["program"], s["class"], s["k"], s["action"], s.get("errno", 0), s.get("times", 1))
        else:
            self.enemy.reset()

    def command(self, seconds, *words, enemy=True):
        """Exit code of `ccsup WORDS`; -1000 when it took too long."""
        process = self.pair.ccsup(*words, enemy=self.enemy if enemy else None)
        try:
            return process.wait(seconds * SLOW)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.wrong.append(f"ccsup {' '.join(words)} did not end within {seconds} s")
            return -1000

    def nothing_left(self, seconds):
        if not self.until(seconds * SLOW, lambda: not left(self.pair)):
            self.wrong.append("left behind: " + "; ".join(left(self.pair)[:6]))

    def check_journal(self):
        """Every record is whole: one write each, and what a full disk tears is gone on with."""
        for line in self.pair.read("journal").split(b"\n")[:-1]:
            if line[:8] != b"%08x" % zlib.crc32(line[9:]):
                self.wrong.append(f"the journal has a torn record: {line[:200]!r}")

    # --- variants ----------------------------------------------------------------------------------------------------

    def done(self):
        """From start to DONE; whoever dies is started again, as by a service manager."""
        self.arm()
        began, starts, answered, process = time.monotonic(), 0, 0, None
        while time.monotonic() < self.end:
            if process and process.poll() is None:
                pass
            elif self.pair.holder("watchdog"):
                pass
            elif process and process.returncode == 0 and self.pair.dones() and answered >= self.enemy.fired():
                break
            elif starts >= 20:
                self.wrong.append("started 20 times and not done")
                break
            else:
                answered = self.enemy.fired()
                starts += 1
                process = self.pair.ccsup("start", enemy=self.enemy)
            time.sleep(0.03)
        else:
            self.wrong.append(f"not done within {DEADLINE} s; agents {[self.pair.state_of(r) for r in ROLES]}")
        if process and process.poll() is None:
            process.wait(30)
        self.counts = self.enemy.counts()
        took = time.monotonic() - began
        self.check(took < SLOWEST, f"done only after {took:.0f} s")
        self.nothing_left(8)
        dones = self.pair.dones()
        self.check(len(dones) == 1, f"{len(dones)} DONE records")
        if dones:
            tip = self.pair.git("-C", self.pair.remote, "rev-parse", "main")
            self.check(dones[0]["revision"] == tip, f"DONE at {dones[0]['revision'][:9]}, the repository is at {tip[:9]}")
            review = self.pair.git("-C", self.pair.remote, "show", "main:REVIEW.md")
            self.check(review.count(": PASS @") == 2, "a verdict is lost or there twice: " + review[-200:])
        self.check_journal()
        self.check(self.pair.read("want") == b"up\n", "the wish is not up")
        self.check(self.pair.status().get("finished") is True, "the status does not say that it is finished")
        return starts

    def told(self):
        """The same, and an operator is to be told: every event arrives, each as one, whoever died."""
        starts = self.done()
        messages = []
        for line in self.pair.read("../../told").decode().splitlines():
            try:
                messages.append(json.loads(line))
            except ValueError:
                self.wrong.append(f"a message is torn: {line[:200]!r}")
        for event in ["phase", "done"]:
            ids = {m["id"] for m in messages if m["event"] == event}
            self.check(len(ids) == 1, f"{len(ids)} messages of the kind {event}")
        failed = {(m["agent"], m["iteration"]) for m in messages if m["event"] in ("crashed", "stalled")}
        for line in self.pair.read("journal").split(b"\n")[:-1]:
            record = json.loads(line[9:])
            if record["t"] == "end" and record["outcome"] not in ("OK", "STOPPED"):
                end = (record["role"], record["iteration"])
                self.check(end in failed, f"nobody was told of {end}: {record['outcome']}")
        deaths = {m["id"] for m in messages if m["event"] == "restarted"}
        self.check(len(deaths) <= self.enemy.fired(), f"told of {len(deaths)} deaths, and {self.enemy.fired()} points fired")
        return starts

    def up(self):
        """Both agents run and have said so; the watchdog is up."""
        for role in ROLES:
            self.pair.behave(role, "hang")
        self.command(70, "start")

        def both():
            text = [self.pair.read(r, "iterations", n, "out.log") for r in ROLES for n in self.pair.iterations(r)[-1:]]
            return len(text) == 2 and all(b"hangs" in t for t in text)

        if not self.until(30 * SLOW, both):
            self.wrong.append("the agents did not come up")

    def stop(self):
        """The program dies during `ccsup stop`: afterwards nothing runs, and only `start` changes that."""
        self.up()
        self.arm()
        code = self.command(60, "stop")
        self.counts = self.enemy.counts()
        self.enemy.disarm()  # a point that this stop did not reach is not for what follows
        killed = self.spec.get("program") == "stop" and self.enemy.fired() and code == -9
        self.check(killed or code == 0, f"ccsup stop ended with {code}")
        if killed:
            before = self.pair.read("want")
            if before == b"down\n" and not self.pair.holder("watchdog"):
                self.check(self.command(20, "run") == 0, "a watchdog started after the wish to stop does not end with 0")
                self.check(not self.pair.holder("watchdog"), "a watchdog holds its lock after the wish to stop")
            if before != b"down\n":
                time.sleep(0.5)  # what it did, if it did anything, shows by now
                states = [self.pair.state_of(r) for r in ROLES]
                self.check(self.pair.holder("watchdog"), "stop ended the watchdog before its wish was written")
                self.check(states == ["RUNNING"] * 2, f"stop acted before its wish was written: {states}")
            if self.spec["class"] == "connect" and self.spec["k"] == 1:
                self.check(self.counts[("stop", "sync")] >= 2, "stop acted before its wish was on the disk")
            self.check(self.command(60, "stop") == 0, "the second ccsup stop failed")
        self.nothing_left(2)
        self.check(self.pair.read("want") == b"down\n", f"the wish is {self.pair.read('want')!r}")
        count = [len(self.pair.iterations(r)) for r in ROLES]
        self.check(self.command(20, "run") == 0, "ccsup run after a stop does not end with 0")
        self.nothing_left(2)
        self.check(count == [len(self.pair.iterations(r)) for r in ROLES], "an iteration began after the stop")
        self.enemy.disarm()
        self.check(self.command(70, "start") == 0, "it can't be started after the stop")
        self.check(self.command(60, "stop") == 0, "it can't be stopped again")
        self.nothing_left(2)
        return 2

    def start(self):
        """The program dies during `ccsup start`, or soon after its answer: another start brings it up."""
        self.arm()
        for role in ROLES:
            self.pair.behave(role, "hang")
        self.command(70, "start")
        self.counts = self.enemy.counts()
        starts = 1

        def running():
            nonlocal starts
            if not self.pair.holder("watchdog") and starts < 5:
                self.command(70, "start")
                starts += 1
            return all(self.pair.state_of(r) == "RUNNING" for r in ROLES)

        self.check(self.until(40 * SLOW, running), f"agents {[self.pair.state_of(r) for r in ROLES]} after {starts} starts")
        self.check(self.pair.read("want") == b"up\n", "the wish is not up")
        self.check(self.command(60, "stop") == 0, "it can't be stopped")
        self.nothing_left(2)
        return starts

    def run(self):
        self.observer.start()
        starts = 0
        try:
            starts = {"done": self.done, "told": self.told, "stop": self.stop, "start": self.start}[self.spec["variant"]]()
        finally:
            self.wrong += self.observer.finish()
            self.observer.check_witnesses()
            self.wrong += [v for v in self.observer.violations if v not in self.wrong]
        return {
            "wrong": self.wrong,
            "fired": self.enemy.fired(),
            "starts": starts,
            "counts": {f"{p} {c}": n for (p, c), n in self.counts.items()},
            "looks": self.observer.looks,
            "alone": round(self.observer.alone_max, 2),
            "tell": self.pair.tell() if self.wrong else "",
        }


def trial_main(spec, keep):
    trial = Trial(spec)
    try:
        result = trial.run()
        if result["wrong"] and keep:
            print("kept: " + trial.pair.sandbox, file=sys.stderr)
    finally:
        if not keep:
            trial.pair.drop()
    print(json.dumps(result))


def run_trial(spec, keep):
    """In a PID namespace of its own; what is left in it ends with it."""
    command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "tini", "-s", "--", sys.executable]
    command += [os.path.abspath(__file__), "--trial", json.dumps(spec)] + (["--keep"] if keep else [])
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE + 150, text=True, errors="replace")
        result = json.loads(done.stdout.strip().split("\n")[-1])
    except (subprocess.TimeoutExpired, ValueError) as problem:
        error = done.stderr[-2000:] if "done" in locals() else ""
        result = {"wrong": [f"the trial itself broke: {problem} {error}"], "fired": 0, "starts": 0, "counts": {}, "tell": ""}
    result["seconds"] = time.monotonic() - began
    return spec, result


def plan(counts, args):
    """All points as specs, in an order that spreads them."""
    specs = []
    for variant in args.variants:
        for (program, kind), n in sorted(counts[variant].items()):
            if kind not in args.classes or n == 0:
                continue
            if program not in args.programs and program != variant:
                continue
            for action in args.actions:
                if action == "kill-after" and kind == "exec":
                    continue
                for k in range(1, n + 1, args.every):
                    spec = {"variant": variant, "program": program, "class": kind, "k": k, "action": action}
                    if action in ("fail", "torn"):
                        spec.update({"errno": args.errno, "times": args.times})
                    specs.append(spec)
    if args.points and args.points < len(specs):
        # Each class of each program gets its share, the first and last calls rather than the middle ones.
        groups = collections.OrderedDict()
        for s in specs:
            groups.setdefault((s["variant"], s["program"], s["class"], s["action"]), []).append(s)
        chosen, turn = [], args.seed
        order = list(groups.values())
        step = 7
        while len(chosen) < args.points:
            group = order[turn * step % len(order)] if len(order) % step else order[turn % len(order)]
            if group:
                chosen.append(group.pop((turn * 5) % len(group)))
            turn += 1
        specs = chosen
    return specs


def table(results):
    rows = collections.OrderedDict()
    for spec, result in results:
        key = (spec["variant"], spec["program"], spec["class"], spec["action"])
        row = rows.setdefault(key, [0, 0, 0, 0.0, 0])
        row[0] += 1
        row[1] += bool(result["fired"])
        row[2] += bool(result["wrong"])
        row[3] = max(row[3], result["seconds"])
        row[4] = max(row[4], result["starts"])
    print(f"\n{'variant':8} {'program':8} {'class':8} {'action':10} {'points':>6} {'hit':>5} {'wrong':>6} {'slowest':>8}")
    for key, row in sorted(rows.items()):
        print(f"{key[0]:8} {key[1]:8} {key[2]:8} {key[3]:10} {row[0]:6} {row[1]:5} {row[2]:6} {row[3]:7.1f}s")
    total = [sum(r[i] for r in rows.values()) for i in range(3)]
    print(f"{'':37} {total[0]:6} {total[1]:5} {total[2]:6}")
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trial")
    parser.add_argument("--keep", action="store_true", help="keep the sandboxes")
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--k", type=int, default=0, help="only this call")
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--programs", type=lambda s: s.split(","), default=["run", "keep", "git"])
    parser.add_argument("--classes", type=lambda s: s.split(","), default=KILLING)
    parser.add_argument("--variants", type=lambda s: s.split(","), default=["done", "stop"])
    parser.add_argument("--actions", type=lambda s: s.split(","), default=["kill"], help="kill kill-after fail short torn")
    parser.add_argument("--errno", default="ENOSPC", help="of fail and torn")
    parser.add_argument("--times", type=int, default=1, help="so many calls in a row, of fail and torn")
    args = parser.parse_args()
    if args.trial:
        return trial_main(json.loads(args.trial), args.keep)
    if not BUILD or not os.path.exists(LIBRARY):
        sys.exit("CCSUP_BUILD must name a build with tests (tests/crashpoint.so)")
    counts, results = {}, []
    for variant in args.variants:
        _, base = run_trial({"variant": variant}, args.keep)
        if base["wrong"]:
            print(f"{variant}: wrong already with nobody killed: " + "; ".join(base["wrong"]) + "\n" + base["tell"])
            return 1
        counts[variant] = {tuple(k.split()): n for k, n in base["counts"].items()}
        said = ", ".join(f"{k} {n}" for k, n in sorted(base["counts"].items()) if n)
        print(f"{variant}: {base['seconds']:.1f} s, {base['looks']} looks; calls: {said}", flush=True)
    specs = plan(counts, args)
    if args.k:
        specs = [dict(s, k=args.k) for s in specs if s["k"] == 1]
    print(f"{len(specs)} points", flush=True)
    broken = 0
    with concurrent.futures.ThreadPoolExecutor(args.parallel) as pool:
        for spec, result in pool.map(lambda s: run_trial(s, args.keep), specs):
            results.append((spec, result))
            if len(results) % 100 == 0:
                print(f"{len(results)} of {len(specs)}", file=sys.stderr, flush=True)
            if result["wrong"]:
                broken += 1
                name = " ".join(str(spec[k]) for k in ["variant", "program", "class", "k", "action"])
                print(f"WRONG {name}: " + "; ".join(result["wrong"]), flush=True)
                if broken <= 3:
                    print(result["tell"], flush=True)
    total = table(results)
    slowest = max((r.get("alone", 0) for _, r in results), default=0)
    print(f"longest that a process of an agent lived without a keeper: {slowest} s")
    return 1 if total[2] or not results else 0


if __name__ == "__main__":
    sys.exit(main())
