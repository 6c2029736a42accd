#!/usr/bin/env python3
"""What `ccsup wait` costs, and how late it is; the result goes to OUT/wait.json, report.py makes the tables of it.
    wait.py [--runs N] [--waits N] [--out DIR]
cost:    N waits (3) of 30 s that looks every second, and is not met: CPU of it and of all that it started
late:    from when what it waits for has come, or has failed, to its last line; each of N runs (15) with a period of 1 s, the
         event at another place of the period. "beyond" is what is left when the period is taken off, at the worst
CCSUP_BUILD: a release build. Nothing is signalled here but what was started here."""
import argparse
import json
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import time

from lib import LAB, busy, jiffies, stat

CCSUP = f"{os.environ['CCSUP_BUILD']}/bin/ccsup"
ENV = dict(PATH=os.environ['PATH'], HOME='/nonexistent', LC_ALL='C.UTF-8')
PERIOD = 1.0


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def words(kind, lab, port):
    return dict(tcp=['tcp', f'127.0.0.1:{port}'], file=['file', f'{lab}/met'],
                cmd=['cmd', '--fail-exit', '3', '--', 'sh', '-c', f'[ ! -e {lab}/bad ] || exit 3; [ -e {lab}/met ]'])[kind]


def cost(kind, waits, lab):
    """ms of CPU of each wait of 30 s."""
    took = []
    for _ in range(waits):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([CCSUP, 'wait', '--every', '1s', '--timeout', '30s', *words(kind, lab, free_port())], env=ENV, cwd=lab,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 124 or 'polls=30' not in done.stdout and 'polls=31' not in done.stdout:
            sys.exit(f'wait.py: {kind}: {done.returncode} {done.stdout}')
        took.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return stat(took)


def late(kind, failing, runs, lab, rng):
    """ms from the event to the end of the wait."""
    took = []
    for _ in range(runs):
        for name in ('met', 'bad'):
            if os.path.exists(f'{lab}/{name}'):
                os.unlink(f'{lab}/{name}')
        port, server = free_port(), None
        wait = subprocess.Popen([CCSUP, 'wait', '--every', f'{PERIOD:g}s', '--fail-stable', '1', '--timeout', '30s', *words(kind, lab, port)], env=ENV, cwd=lab,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait.stderr.readline()
        time.sleep(rng.uniform(0.05, PERIOD))
        at = time.monotonic()
        if kind == 'tcp':
            server = socket.create_server(('127.0.0.1', port))
        else:
            open(f"{lab}/{'bad' if failing else 'met'}", 'w').close()
        line = wait.stdout.readline()
        took.append(1000 * (time.monotonic() - at))
        wait.communicate()
        if server:
            server.close()
        if wait.returncode != (1 if failing else 0):
            sys.exit(f'wait.py: {kind}: {wait.returncode} {line}')
    return dict(stat(took), beyond=max(0, max(took) - 1000 * PERIOD))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--runs', type=int, default=15)
    p.add_argument('--waits', type=int, default=3)
    p.add_argument('--out', default=f'{LAB}/results')
    o = p.parse_args()
    lab = f'{LAB}/wait'
    shutil.rmtree(lab, ignore_errors=True)
    os.makedirs(lab)
    os.makedirs(o.out, exist_ok=True)
    began, rng = jiffies(), random.Random(7)
    result = dict(cost={kind: cost(kind, o.waits, lab) for kind in ('tcp', 'file', 'cmd')},
                  late={name: late(kind, failing, o.runs, lab, rng)
                        for name, kind, failing in (('tcp, met', 'tcp', False), ('file, met', 'file', False), ('cmd, met', 'cmd', False), ('cmd, failed', 'cmd', True))})
    result['busy'] = busy(began, jiffies())
    with open(f'{o.out}/wait.json', 'w') as f:
        json.dump(result, f, indent=1)
    for kind, r in result['cost'].items():
        print(f"wait {kind}: {r['med']:.1f} ms of CPU in 30 s")
    for name, r in result['late'].items():
        print(f"wait {name}: {r['med']:.0f} ms late, at most {r['max']:.0f}, {r['beyond']:.0f} beyond the period")
    shutil.rmtree(lab)


if __name__ == '__main__':
    main()
