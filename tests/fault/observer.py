"""Watches a pair from outside and believes none of its words: it knows /proc, the files that the agents themselves write,
and the repository. Every violation is a sentence."""

import json
import os
import threading
import time

LOOK = 0.02  # seconds between two looks at /proc
UNKNOWN = 8.0  # seconds that a watchdog may live beside a keeper that it does not know of
ALONE = 12.0  # seconds that a process of an agent may live without a keeper
ROLES = ["builder", "adversary"]


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def processes():
    """Living processes: pid -> (start time, name, parent)."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        stat = read(f"/proc/{name}/stat")
        end = stat.rfind(b")")
        rest = stat[end + 2 :].split()
        if end > 0 and len(rest) > 20 and rest[0] not in (b"Z", b"X"):
            found[int(name)] = (int(rest[19]), stat[stat.find(b"(") + 1 : end].decode("utf-8", "replace"), int(rest[1]))
    return found


def variable(pid, name):
    begin = name.encode() + b"="
    for entry in read(f"/proc/{pid}/environ").split(b"\0"):
        if entry.startswith(begin):
            return entry[len(begin) :].decode("utf-8", "replace")
    return ""


def still(pid, start):
    stat = read(f"/proc/{pid}/stat")
    rest = stat[stat.rfind(b")") + 2 :].split()
    return len(rest) > 20 and rest[0] not in (b"Z", b"X") and int(rest[19]) == start


class Observer(threading.Thread):
    def __init__(self, pair):
        super().__init__(daemon=True)
        self.pair, self.violations, self.over = pair, [], threading.Event()
        self.alone, self.unknown, self.known, self.looks = {}, {}, {}, 0
        self.alone_max = 0.0
        self.excused = False  # someone else judges the bounds for the moment

    def violate(self, sentence):
        if sentence not in self.violations and len(self.violations) < 20:
            self.violations.append(sentence)

    def run(self):
        while not self.over.wait(LOOK):
            self.look()

    # --- one look ----------------------------------------------------------------------------------------------------

    def of_agents(self, all_):
        """Processes of agents: pid -> (role, run id, start). A keeper has no run id in its environment."""
        found = {}
        for pid, (start, name, _) in all_.items():
            key = (pid, start)
            if not self.known.get(key, (0, "", ""))[1]:
                run_id = variable(pid, "CCSUP_RUN_ID")
                role = variable(pid, "CCSUP_ROLE") if run_id else ""
                self.known[key] = (0, role, run_id)
            _, role, run_id = self.known[key]
            if run_id and role in ROLES:
                found[pid] = (role, run_id, start)
        self.known = {k: v for k, v in self.known.items() if k[0] in all_}
        return found

    def look(self):
        self.looks += 1
        all_ = processes()
        agents = self.of_agents(all_)
        kept = set()
        for pid, (_, name, _) in all_.items():
            if name == "ccsup-keep":
                words = read(f"/proc/{pid}/cmdline").split(b"\0")
                if b"--run-id" in words:
                    kept.add(words[words.index(b"--run-id") + 1].decode())
        self.look_trees(agents, all_)
        self.look_alone(agents, kept, all_)
        text = self.pair.read("status.json", default=None)
        if text is not None:
            try:
                self.look_unknown(json.loads(text))
            except ValueError:
                self.violate(f"status.json does not parse: {text[:100]!r}")

    def look_trees(self, agents, all_):
        for role in ROLES:
            runs = {}
            for pid, (r, run_id, start) in agents.items():
                if r == role:
                    runs.setdefault(run_id, []).append((pid, start))
            if len(runs) < 2:
                continue
            # A look takes a while: only what lives now, both at once, is a violation.
            alive = {run: [p for p in pids if still(*p)] for run, pids in runs.items()}
            alive = {run: pids for run, pids in alive.items() if pids and all(still(*p) for p in pids[:1])}
            if len(alive) > 1 and sum(any(still(*p) for p in pids) for pids in alive.values()) > 1:
                self.violate(f"two trees of {role} at once: {[(r[:6], [(p, all_[p][1]) for p, _ in a]) for r, a in alive.items()]}")

    def look_alone(self, agents, kept, all_):
        now = time.monotonic()
        alone = {}
        for pid, (role, run_id, start) in agents.items():
            if run_id not in kept:
                alone[(pid, start)] = self.alone.get((pid, start), now)
                waited = now - alone[(pid, start)]
                self.alone_max = max(self.alone_max, waited)
                if waited > ALONE and not self.excused:
                    self.violate(f"{role}: process {pid} ({all_[pid][1]}) lives without a keeper for over {ALONE:.0f} s")
        self.alone = alone

    def look_unknown(self, status):
        """A living watchdog knows of every living keeper: its status shows the role as alive."""
        now, watchdog = time.monotonic(), self.pair.holder("watchdog")
        unknown = {}
        for agent in status.get("agents", []):
            role = agent.get("role")
            keeper = self.pair.holder(role) if watchdog and status.get("pid") == watchdog else 0
            if keeper and agent.get("state") in ("DOWN", "WAITING", "HELD"):
                unknown[(role, keeper)] = self.unknown.get((role, keeper), now)
                if now - unknown[(role, keeper)] > UNKNOWN and not self.excused:
                    self.violate(f"{role}: keeper {keeper} lives, and the watchdog says {agent['state']}")
        self.unknown = unknown

    # --- afterwards --------------------------------------------------------------------------------------------------

    def finish(self):
        """The last word: call after everything has ended."""
        self.over.set()
        self.join()
        self.look()
        for role in ROLES:
            if os.path.exists(self.pair.path(f"{role}.overlap")):
                self.violate(f"{role}: OVERLAP, by the agents' own lock")
            self.check_logs(role)
        return self.violations

    def check_logs(self, role):
        """Each iteration's out.log holds what its agent wrote, whole and in order; no agent ran without a folder."""
        seen = set()
        for name in self.pair.iterations(role):
            folder = os.path.join(self.pair.state, role, "iterations", name)
            keep = read(os.path.join(folder, "keep.json"))
            try:
                run_id = json.loads(keep)["run_id"]
            except (ValueError, KeyError):
                run_id = ""
            out = [l for l in read(os.path.join(folder, "out.log")).split(b"\n") if b" " + run_id.encode() + b" " in l]
            witness = read(self.pair.path("witness", run_id)).split(b"\n")[:-1] if run_id else []
            seen.add(run_id)
            if not run_id and read(os.path.join(folder, "out.log")):
                self.violate(f"{role}: iteration {name} has output and no keep.json")
            if out[: len(witness)] != witness or len(out) > len(witness) + 1:
                self.violate(f"{role}: iteration {name}: out.log has {len(out)} lines, its agent wrote {len(witness)}: {out[-2:]} {witness[-2:]}")
            text = read(os.path.join(folder, "exit.json"))
            try:
                if text:
                    json.loads(text)
            except ValueError:
                self.violate(f"{role}: iteration {name}: exit.json does not parse")
        return seen

    def check_witnesses(self):
        """Every agent that ever ran has a folder of an iteration."""
        seen = self.check_logs("builder") | self.check_logs("adversary")
        for name in os.listdir(self.pair.path("witness")):
            if name not in seen:
                self.violate(f"an agent ran as {name[:8]} and no iteration knows of it")


def left(pair, spare=()):
    """Processes in this PID namespace that belong to the pair: agents, keepers, watchdog, helpers."""
    found = []
    for pid, (_, name, _) in processes().items():
        if pid in spare or pid == os.getpid():
            continue
        line = read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode("utf-8", "replace")
        cwd = ""
        try:
            cwd = os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            pass
        if variable(pid, "CCSUP_RUN_ID") or pair.sandbox in line or pair.sandbox in cwd or name.startswith("ccsup"):
            found.append(f"{pid} {name} {line[:80]}")
    return found
