"""What the trials share: a PID namespace of their own, a pair, an enemy, an observer, and the words for what is wrong."""

import argparse
import os
import sys
import time

from crashpoint import Crashpoint
from observer import Observer, left
from pair import BUILD, Pair

SLOW = 4 if os.environ.get("CCSUP_SANITIZE", "0") == "1" else 1


class Trial:
    """One sandbox with its pair; run() is the subclass's and returns the exit code."""

    def __init__(self, args, **pair):
        self.args = args
        self.pair = Pair(**pair)
        self.enemy = Crashpoint(self.pair.sandbox, os.path.join(BUILD, "tests", "crashpoint.so"))
        self.observer = Observer(self.pair)
        self.starter = None
        self.started = 0

    def drop(self):
        self.pair.drop()

    def wait(self, seconds, test):
        """True as soon as test() is, False after so many seconds."""
        end = time.monotonic() + seconds * SLOW
        while not test():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True

    def wrong(self, sentence):
        self.observer.violate(sentence)

    def gone(self, seconds, when, spare=()):
        """Nothing of the pair is left after so many seconds."""
        if not self.wait(seconds, lambda: not left(self.pair, spare)):
            self.wrong(f"{when}: left behind: " + "; ".join(left(self.pair, spare)[:6]))

    def stop(self, when, *words):
        code = self.pair.ccsup("stop", *words).wait(90)
        if code != 0:
            self.wrong(f"{when}: ccsup stop ended with {code}")
        self.gone(2, when)
        if self.pair.read("want") != b"down\n":
            self.wrong(f"{when}: the wish is {self.pair.read('want')!r} after a stop")

    def manage(self):
        """As a service manager: no watchdog, no start under way -> start."""
        if self.starter and self.starter.poll() is None:
            return
        if not self.pair.holder("watchdog"):
            self.started += 1
            self.starter = self.pair.ccsup("start", "--no-check", enemy=self.enemy)  # its disk is small, so that it can be filled

    def sound(self):
        """All is well again: a watchdog that writes its status, and each role lives or waits, and nobody is held."""
        self.manage()
        holder, status = self.pair.holder("watchdog"), self.pair.status()
        if not holder or status.get("pid") != holder or status.get("next_write_by", 0) < time.time() * 1000:
            return False
        for agent in status.get("agents", []):
            if agent["state"] == "RUNNING":
                if self.pair.holder(agent["role"]) != agent["pid"]:
                    return False
            elif agent["state"] != "WAITING" or agent["why"] == "PREPARING":
                return False
        return len(status.get("agents", [])) == 2

    def verdict(self):
        """Prints what was wrong; the exit code."""
        for violation in self.observer.violations:
            print("VIOLATION: " + violation)
        if self.observer.violations:
            print(self.pair.tell())
        return 1 if self.observer.violations else 0


def main(trial, description, options):
    """Runs trial(args).run() in a PID namespace of its own. options(parser) adds the trial's own ones."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="the sandbox stays")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options(parser)
    args = parser.parse_args()
    if not BUILD:
        sys.exit("CCSUP_BUILD must name a build with tests")
    if not args.inside:
        command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "tini", "-s", "--", sys.executable]
        os.execvp("unshare", command + [os.path.abspath(sys.argv[0]), "--inside"] + sys.argv[1:])
    one = trial(args)
    try:
        sys.exit(one.run())
    finally:
        if args.keep:
            print("kept: " + one.pair.sandbox)
        else:
            one.drop()
