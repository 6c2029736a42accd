#!/usr/bin/env python3
"""Measures supervisors beside each other. Python's own library only; run it under pidns.sh.
    bench.py MEASURE [--adapters a,b] [--runs N] ...
Every figure goes to OUT/MEASURE.json (one entry an adapter); report.py makes the page of them."""
import argparse
import concurrent.futures
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import subprocess
import sys
import threading
import time

import adapters
from lib import (CHILD, LAB, Fifo, Service, alive, busy, children, comm, files, is_child, jiffies, kill, mapped, marked,
                 memory, now, outside, size, stat, usage, wait_until, words)

LOCK = threading.Lock()
COUNTER = [random.randrange(9000)]


def registry():
    found = {}
    for module in pkgutil.iter_modules(adapters.__path__):
        found.update(importlib.import_module(f'adapters.{module.name}').VARIANTS)
    return found


REGISTRY = registry()


class Run:
    """One configured and started supervisor with its children; what is left of it ends with the block."""

    def __init__(self, name, services=2, mode=('run',), stop_timeout=2, start=True):
        with LOCK:
            COUNTER[0] += 1
            self.mark = f'sb{os.getpid():x}x{COUNTER[0]:04d}e'  # of one width: no marker begins another
        self.a = REGISTRY[name](self.mark, stop_timeout)
        self.name, self.n = name, services
        self.fifo = Fifo(f'{self.a.dir}/fifo')
        self.services = [Service(f'svc{i}', [CHILD, self.mark, self.fifo.path, f'svc{i}', *mode]) for i in range(services)]
        self.pid = {}
        try:
            self.a.configure(self.services)
            if start:
                self.start()
        except BaseException:
            self.__exit__()
            raise

    def start(self):
        """Returns when every child has made its stamp."""
        self.a.up()
        while sum('.' not in name for name in self.pid) < self.n:
            stamp = self.fifo.get(timeout=self.a.start_timeout)
            if not stamp:
                said = open(f'{self.a.dir}/sup.err').read()[-500:]
                raise RuntimeError(f'{self.name}: {len(self.pid)} of {self.n} children started; {said}')
            self.pid[stamp[0]] = outside(stamp, self.mark)

    def command(self, argv):
        return subprocess.Popen(argv, env=self.a.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.a.cleanup()
        try:
            self.fifo.close()
        except OSError:
            pass


# ---- 1 from a child's death to its successor's first instruction ----------------------------------------------------

def measure_respawn(name, o):
    kind, took = REGISTRY[name], []
    with Run(name, mode=['run'] + ([str(o.rss)] if o.rss else [])) as r:
        pid = r.pid['svc0']
        for _ in range(o.runs):
            # A random moment: what polls must not be met at its best.
            time.sleep(kind.min_uptime + random.uniform(0, 1 if kind.min_uptime > .5 else .1))
            before = kill(pid, r.mark)
            stamp = before and r.fifo.get('svc0', timeout=kind.respawn_timeout)
            if not stamp:
                took.append(None)
                break
            took.append((stamp[2] - before) / 1e6)
            pid = outside(stamp, r.mark)
    return dict(ms=stat(took), lost=sum(x is None for x in took), notes=kind.notes, default_delay=kind.default_delay)


# ---- 2 memory --------------------------------------------------------------------------------------------------------

def measure_memory(name, o):
    sums, parts, who = [], {}, []
    for _ in range(o.runs):
        with Run(name) as r:
            time.sleep(o.settle)
            pids = r.a.supervisors()
            sums.append(memory(pids))
            who = sorted(comm(p) for p in pids)
            parts = {}
            for pid in pids:
                for file, pss in mapped(pid).items():
                    parts.setdefault(comm(pid), {}).setdefault(file, 0)
                    parts[comm(pid)][file] += pss
    return dict(who=who, parts=parts, **{k: stat([x[k] for x in sums]) for k in ('rss', 'pss', 'uss')})


# ---- 3 idle: all at once, windows of o.window seconds --------------------------------------------------------------

def measure_idle(names, o):
    runs, seen = {}, {name: [] for name in names}
    try:
        for name in names:
            runs[name] = Run(name)
        time.sleep(10)
        for window in range(o.runs):
            before = {name: (pids, usage(pids)) for name, pids in ((n, r.a.supervisors()) for n, r in runs.items())}
            began = jiffies()
            time.sleep(o.window)
            share = busy(began, jiffies())
            for name, (pids, then) in before.items():
                after = usage(pids)
                seen[name].append({k: after[k] - then[k] for k in after} | dict(busy=share))
            print('idle window', window, {n: (round(s[-1]['ns'] / 1e6, 2), s[-1]['switches']) for n, s in seen.items()},
                  flush=True)
    finally:
        for r in runs.values():
            r.__exit__()
    minute = 60 / o.window
    return {name: dict(cpu_ms=stat([s['ns'] / 1e6 * minute for s in rows]), switches=stat([s['switches'] * minute for s in rows]),
                       reaped_ms=stat([s['reaped'] * 10 * minute for s in rows]), busy=stat([s['busy'] for s in rows]))
            for name, rows in seen.items()}


# ---- 4 what a child that writes as fast as it can gets through -----------------------------------------------------

def measure_logs(name, o):
    if not REGISTRY[name].capture:
        return dict(skip='it keeps no logs')
    total = (o.mib << 20) - (o.mib << 20) % o.line
    rows = []
    for _ in range(o.runs):
        with Run(name, 1, ['flood', str(total), str(o.line), '65536'], start=False) as r:
            r.a.up()
            stamp = r.fifo.get('svc0', 30)
            if not stamp:
                raise RuntimeError(f'{name}: the child did not start')
            pids = r.a.supervisors()
            before = usage(pids)
            end = r.fifo.get('svc0.end', o.timeout)
            if not end:
                raise RuntimeError(f'{name}: the child did not end')
            folder = r.a.logdir('svc0')
            whole = wait_until(lambda: size(folder) >= total, 60, .002)
            done = now()
            time.sleep(.2)  # a reader beside the data path may still be at work
            cost = usage(r.a.supervisors())['ns'] - before['ns']
            rows.append(dict(child=(end[2] - stamp[2]) / 1e9, all=(done - stamp[2]) / 1e9, cpu=cost / 1e9, whole=bool(whole),
                             files=len(list(files(folder)))))
    return dict(mbs=stat([total / 1e6 / x['all'] for x in rows]), child_s=stat([x['child'] for x in rows]),
                cpu_s_per_gib=stat([x['cpu'] / total * 2**30 for x in rows]), whole=sum(x['whole'] for x in rows),
                mib=o.mib, line=o.line)


# ---- 5 what its own stop command leaves -----------------------------------------------------------------------------

def watch(r, o):
    """Asks for the end; when each process of the run ended, ms from the asking, and who lives on."""
    pids = marked(r.mark)
    role = {pid: name for name, pid in r.pid.items()}
    poll, gone = select.poll(), {}
    fds = {}
    for pid in pids:
        try:
            fd = os.pidfd_open(pid)
        except OSError:
            continue
        fds[fd] = pid
        poll.register(fd, select.POLLIN)
    began = now()
    command = r.command(r.a.down())
    command_fd, command_ms = os.pidfd_open(command.pid), None
    poll.register(command_fd, select.POLLIN)
    last = time.monotonic()
    while (fds.keys() - gone.keys() or command_ms is None) and time.monotonic() - last < o.stop_timeout + 1.8:
        for fd, _ in poll.poll(100):
            at = (now() - began) / 1e6
            poll.unregister(fd)
            last = time.monotonic()
            if fd == command_fd:
                command_ms = at
                command.wait()
            else:
                gone[fd] = at
        r.a.root.poll()
    at = {fds[fd]: ms for fd, ms in gone.items()}
    left = [role.get(pid, comm(pid)).replace('svc0.', '').replace('svc0', 'child') for pid in fds.values()
            if pid not in at and alive(pid)]
    for fd in (*fds, command_fd):
        os.close(fd)
    if command.poll() is None:
        command.kill()
        command.wait()
    tree = [ms for pid, ms in at.items() if pid in role]
    late = [p for p in children(r.mark) if p not in pids]
    return dict(command=command_ms, child=at.get(r.pid['svc0']), tree=max(tree, default=None),
                last=max(at.values(), default=None), left=left, late=len(late))


def measure_teardown(name, o):
    rows, found = [], {}
    for _ in range(o.runs):
        with Run(name, 1, o.tree.split(), stop_timeout=o.stop_timeout) as r:
            time.sleep(o.settle)
            r.pid.update({stamp[0]: outside(stamp, r.mark) for stamp in r.fifo.drain()})
            # Members that made no stamp are known by their program.
            r.pid.update({f'svc0.{pid}': pid for pid in marked(r.mark) if is_child(pid) and pid not in r.pid.values()})
            rows.append(watch(r, o) | dict(members=len(r.pid)))
    for row in rows:
        for who in set(row['left']):
            found[who] = found.get(who, 0) + 1
    return dict(n=len(rows), members=stat([x['members'] for x in rows]), left=found,
                left_count=stat([len(x['left']) for x in rows]), late=sum(x['late'] for x in rows),
                **{k: stat([x[k] for x in rows]) for k in ('command', 'child', 'tree', 'last')})


# ---- 6 a part of the supervisor is killed ---------------------------------------------------------------------------

def match(pid, what):
    """'comm', or 'comm|word of its command line'; a * at the end of comm stands for the rest."""
    name, _, word = what.partition('|')
    right = comm(pid).startswith(name[:-1]) if name.endswith('*') else comm(pid) == name
    return right and (not word or any(w == word or w.endswith(f'/{word}') for w in words(pid)))


class Census(threading.Thread):
    """Looks every 20 ms how many live children each service has; the most ever seen at once."""

    def __init__(self, mark):
        super().__init__(daemon=True)
        self.mark, self.most, self.over = mark, {}, threading.Event()

    def run(self):
        while not self.over.is_set():
            seen = {}
            for pid in children(self.mark):
                argv = words(pid)
                if len(argv) > 3 and alive(pid):
                    seen[argv[3]] = seen.get(argv[3], 0) + 1
            for name, n in seen.items():
                self.most[name] = max(n, self.most.get(name, 0))
            self.over.wait(.02)

    def end(self):
        self.over.set()
        self.join()
        return max(self.most.values(), default=0)


def measure_kill9(name, o):
    result = {}
    for label, what in REGISTRY[name].crash.items():
        rows = []
        for _ in range(o.runs):
            with Run(name, mode=o.tree.split()) as r:
                time.sleep(o.settle)
                old = [pid for service, pid in r.pid.items() if '.' not in service]
                target = [p for p in r.a.supervisors() if match(p, what)]
                if not target:
                    raise RuntimeError(f'{name}: no {what}')
                census = Census(r.mark)
                census.start()
                kill(min(target), r.mark)
                time.sleep(o.after)
                row = dict(old=sum(alive(p) for p in old), running=len(children(r.mark)))
                if r.a.root.poll() is not None and not any(match(p, what) for p in r.a.supervisors()):
                    r.a.up()
                    time.sleep(o.after)
                    row.update(old_after=sum(alive(p) for p in old), running_after=len(children(r.mark)))
                rows.append(row | dict(most=census.end()))
        result[label] = rows
    return result


# ---- 7 the status command -------------------------------------------------------------------------------------------

def measure_status(name, o):
    rows = []
    with Run(name) as r:
        if r.a.status() is None:
            return dict(skip='it has no status command')
        time.sleep(o.settle)
        began = time.monotonic()
        while len(rows) < o.runs and (len(rows) < 20 or time.monotonic() - began < o.timeout):
            pids = r.a.supervisors() if len(rows) < 20 else pids
            before, at = usage(pids), now()
            command = r.command(r.a.status())
            _, code, used = os.wait4(command.pid, 0)
            took = (now() - at) / 1e6
            command.returncode = os.waitstatus_to_exitcode(code)
            rows.append((took, (used.ru_utime + used.ru_stime) * 1e3, (usage(pids)['ns'] - before['ns']) / 1e6, code))
    return dict(wall_ms=stat([x[0] for x in rows]), cpu_ms=stat([x[1] for x in rows]),
                daemon_ms=stat([x[2] for x in rows]), failed=sum(x[3] != 0 for x in rows))


# ---- main -----------------------------------------------------------------------------------------------------------

def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('measure', choices=['list', 'respawn', 'memory', 'idle', 'logs', 'teardown', 'kill9', 'status'])
    p.add_argument('--adapters', default='', help='names with commas between them; those not installed are left out')
    p.add_argument('--runs', type=int, default=15)
    p.add_argument('--out', default=f'{LAB}/results')
    p.add_argument('--tag', default='', help='added to the name of the result file')
    p.add_argument('--parallel', type=int, default=1, help='so many adapters at once; for measures that mostly sleep')
    p.add_argument('--settle', type=float, default=1.3, help='seconds between start and measure')
    p.add_argument('--after', type=float, default=3, help='kill9: seconds that it has to mend itself')
    p.add_argument('--window', type=float, default=60, help='idle: seconds')
    p.add_argument('--mib', type=int, default=128)
    p.add_argument('--line', type=int, default=200, help='logs: bytes a line')
    p.add_argument('--timeout', type=float, default=60)
    p.add_argument('--tree', default='run', help="teardown, kill9: the child's mode and its argument")
    p.add_argument('--stop-timeout', type=float, default=2, help='seconds from TERM to KILL')
    p.add_argument('--rss', type=int, default=0, help='respawn: MiB that the child touches')
    return p.parse_args()


def main():
    o = arguments()
    if o.measure == 'list':
        for name, kind in sorted(REGISTRY.items()):
            print(f"{name}{'' if kind('probe').available() else ' (not installed)'}: {kind.notes}")
        return
    names = [n for n in (o.adapters.split(',') if o.adapters else REGISTRY) if REGISTRY[n](f'probe-{n}').available()]
    os.makedirs(o.out, exist_ok=True)
    path = f'{o.out}/{o.measure}{o.tag}.json'

    def save(name, result):
        with LOCK:
            known = json.load(open(path)) if os.path.exists(path) else {}
            known[name] = result
            with open(path + '.new', 'w') as f:
                json.dump(known, f, indent=1)
            os.replace(path + '.new', path)

    def one(name):
        began, at = jiffies(), time.monotonic()
        try:
            result = globals()[f'measure_{o.measure}'](name, o)
        except Exception as e:  # one adapter's failure is a line of the report, not the end of the others
            result = dict(error=repr(e)[:400])
        result['busy'] = busy(began, jiffies())
        save(name, result)
        short = {k: f"{v['med']:.4g}/{v['p95']:.4g}" if isinstance(v, dict) and 'med' in v else v
                 for k, v in result.items() if k not in ('parts', 'notes', 'default_delay')}
        print(f'{o.measure}{o.tag} {name}: {json.dumps(short)[:600]} [{time.monotonic() - at:.0f} s]', flush=True)

    if o.measure == 'idle':
        for name, result in measure_idle(names, o).items():
            save(name, result)
    elif o.parallel > 1:
        with concurrent.futures.ThreadPoolExecutor(o.parallel) as pool:
            list(pool.map(one, names))
    else:
        for name in names:
            one(name)


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
