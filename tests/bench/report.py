#!/usr/bin/env python3
"""The page docs/performance.md of the results in BENCH_LAB: report.py > page.md. Every figure of the page is one of a
result; the words around them must be true whatever the figures are."""
import json
import os
import platform
import subprocess
import sys

from lib import HERE, LAB

RESULTS = sys.argv[1] if len(sys.argv) > 1 else f'{LAB}/results'
REAL_TIME = """
  Others used the machine all the while, so everything measured here, supervisors, children and floors, ran at real-time priority
  (SCHED_RR 1): their processes had to wait, their use of the disk and the caches is still in the figures."""
PACKAGES = ['s6', 'runit', 'daemontools', 'supervisor', 'monit', 'dinit', 'libuv1', 'libcjson1']


def load(name):
    try:
        with open(f'{RESULTS}/{name}.json') as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def figure(x):
    return f'{x:.0f}' if abs(x) >= 100 else f'{x:.1f}' if abs(x) >= 10 else f'{x:.2f}'


def both(s, scale=1.0):
    """median / p95"""
    return f"{figure(s['med'] * scale)} / {figure(s['p95'] * scale)}" if s and s.get('n') else '–'


def table(head, rows):
    print('| ' + ' | '.join(head) + ' |')
    print('|' + '---|' * len(head))
    for row in rows:
        print('| ' + ' | '.join(str(x) for x in row) + ' |')
    print()


def failed(result, columns):
    return [result.get('error') or result.get('skip') or 'failed'] + [''] * (columns - 1)


def output(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ''


def machine():
    cpu = next((x.split(':')[1].strip() for x in open('/proc/cpuinfo') if x.startswith('model name')), platform.machine())
    memory = int(open('/proc/meminfo').readline().split()[1]) / 2**20
    system = next((x.split('=')[1].strip().strip('"') for x in open('/etc/os-release') if x.startswith('PRETTY_NAME')), '')
    place = output('findmnt', '-n', '-o', 'FSTYPE', '-T', LAB)
    if place == 'ext4' and not (os.path.isdir('/proc/fs/jbd2') and os.listdir('/proc/fs/jbd2')):
        place += ' without a journal'
    return f'{os.cpu_count()} × {cpu}, {memory:.0f} GiB, Linux {platform.release()}, {system}; state on {place}'


def versions():
    found = []
    for package in PACKAGES:
        version = output('dpkg-query', '-W', '-f', '${Version}', package)
        if version:
            found.append(f'{package} {version}')
    return ', '.join(found)


def head():
    commit = output('git', '-C', HERE, 'log', '-1', '--format=%h of %cs')
    noise = open(f'{LAB}/noise').read().strip() if os.path.exists(f'{LAB}/noise') else '?'
    average, urgent = noise.removesuffix(' real-time'), noise.endswith('real-time')
    shares = [v['busy'] for name in ('respawn', 'status', 'teardown') for v in load(name).values() if 'busy' in v]
    print(f"""# Performance

ccsup beside other supervisors, on one machine, in one go. This page is written by `tests/bench/run.sh` (about 40 minutes, as
root on Debian; `tests/bench/README.md` says how each figure is taken); no figure in it is typed by hand.

- Machine: {machine()}
- ccsup: release build of {commit}; {versions()}
- Noise: load average before the first run {average}; both cores were in use for {min(shares, default=0):.0%} to {max(shares, default=0):.0%} of the
  time of a measure, the bench's own work included. Where a table has a column "busy", it is that share.{REAL_TIME if urgent else ''}

Figures are `median / 95th percentile`. The *floors* are the smallest programs that do the same thing on this machine: no
supervisor can be faster, so a ratio to a floor of the same run says more than milliseconds do.
""")


def aims():
    respawn, memory, idle, status = load('respawn'), load('memory'), load('idle'), load('status')
    hostile, kill9 = load('teardown_hostile').get('ccsup', {}), load('kill9').get('ccsup', {})
    rows = []

    def row(what, aim, value, unit, met):
        shown = f'{figure(value)} {unit}' if unit else f'{value:.0f}'
        rows.append((what, aim, shown, 'yes' if met else '**no**'))

    try:
        ms = respawn['ccsup']['ms']['med']
        row('restart without delay, small child', '≤ 2.5 ms', ms, 'ms', ms <= 2.5)
        ms = respawn['ccsup-tmpfs']['ms']['med']
        row('the same, state in memory (tmpfs)', '≤ 2.5 ms', ms, 'ms', ms <= 2.5)
        above = (memory['ccsup']['pss']['med'] - memory['floor-uv-cjson']['pss']['med']) / 1024
        row('PSS of the watchdog and two keepers above that of a bare libuv + cJSON program', '≤ 2 MiB', above, 'MiB', above <= 2)
        wakes = idle['ccsup-poll-1h']['switches']['max']
        row('wake-ups a minute between polls (most seen)', '0', wakes, '', wakes == 0)
        ms = hostile['tree']['p95']
        row('a hostile tree of 600 processes gone after `ccsup stop` (p95; nothing left in any run)', '≤ 500 ms', ms, 'ms',
            ms <= 500 and not hostile['left'])
        ms = status['ccsup']['wall_ms']['med']
        row('`ccsup status`', '≤ 2 ms', ms, 'ms', ms <= 2)
        most = max(r['most'] for runs in kill9.values() if isinstance(runs, list) for r in runs)
        row('most agents of one role ever alive at once, watchdog or keeper killed with -9', '1', most, '', most == 1)
    except (KeyError, ValueError) as e:
        print(f'(incomplete results: {e!r})\n')
    print('## Aims\n')
    table(['what', 'aim', 'measured', 'met'], rows)


def respawn():
    results = load('respawn')
    floor = results.get('floor-uv', {}).get('ms', {}).get('med')
    print("""## From a crash to the next start

The child is killed with SIGKILL at a random moment; the clock stops at the first instruction of its successor. Every
supervisor has the smallest delay that it allows. "floor-uv" is uv_spawn again in the exit callback, "floor-sh" goes through a
run script.
""")
    rows = []
    for name, r in sorted(results.items(), key=lambda kv: kv[1].get('ms', {}).get('med', 1e9)):
        if not r.get('ms', {}).get('n'):
            rows.append([name] + failed(r, 6))
            continue
        m = r['ms']
        rows.append([name, both(m), f"{figure(m['min'])} – {figure(m['max'])}", f"{m['med'] / floor:.1f}" if floor else '',
                     m['n'], r['default_delay'], r['busy']])
    table(['supervisor', 'ms', 'least – most', '× floor-uv', 'n', 'delay by default', 'busy'], rows)
    large = load('respawn_300')
    print('A child with 300 MiB resident: the kernel frees its memory before anybody hears of its death.\n')
    table(['supervisor', 'ms', 'n', 'busy'], [[n, both(r.get('ms', {})), r.get('ms', {}).get('n', 0), r['busy']]
                                            for n, r in sorted(large.items(), key=lambda kv: kv[1].get('ms', {}).get('med', 1e9))])
    print("""What ccsup does in that time, and the others do not: the keeper sweeps what the dead agent left, writes down how it ended
(`exit.json`) and ends; the watchdog reads that, renders the next prompt, and lets the next keeper begin, which is loaded already and waits.
That one forks itself away (as root into a PID namespace of its own), looks whether anything of the previous iteration is left,
makes an iteration of the folder that the last keeper has prepared, and says that it listens; only after the watchdog's "go" does it start
the agent (as root in a mount namespace with a /proc of its own). There are two forks instead of one and several turns from one process to
another; of all files only the socket is made in that time: on a file system without a journal that takes longer than a fork. An agent takes
a second or more to load; ccsup's own delay after a failure is 5 s by default.
""")


def memory():
    results = load('memory')
    print('## Memory at rest, two children\n\nAll processes of the supervisor, KiB. PSS shares the pages of libraries among those who map them.\n')
    rows = []
    for name, r in sorted(results.items(), key=lambda kv: kv[1].get('pss', {}).get('med', 1e9)):
        if 'pss' not in r:
            rows.append([name] + failed(r, 4))
            continue
        who = ', '.join(f"{w} × {r['who'].count(w)}" for w in sorted(set(r['who'])))
        rows.append([name, f"{r['pss']['med']:.0f}", f"{r['uss']['med']:.0f}", f"{r['rss']['med']:.0f}", who])
    table(['supervisor', 'PSS', 'of its own (USS)', 'RSS', 'processes'], rows)
    parts = results.get('ccsup', {}).get('parts', {})
    if parts:
        print('What the PSS of ccsup is made of (KiB; `[other]` has no file: program data, thread storage, the loader\'s):\n')
        names = sorted({f for p in parts.values() for f in p}, key=lambda f: -sum(p.get(f, 0) for p in parts.values()))
        names = [f for f in names if sum(p.get(f, 0) for p in parts.values()) >= 4]
        label = {'ccsup': 'watchdog', 'ccsup-keep': 'both keepers'}
        table(['mapped'] + [label.get(p, p) for p in parts], [[f'`{f}`'] + [p.get(f, 0) for p in parts.values()] for f in names])


def idle():
    results = load('idle')
    print("""## Idle

Two quiet children, all supervisors at once, a minute at a time. A voluntary switch is a wake-up. `ccsup` polls every 30 s; what its
helper (`ccsup-git` and git) costs is "CPU of reaped helpers", in ticks of 10 ms. `ccsup-poll-1h` shows that nothing else wakes.
""")
    table(['supervisor', 'wake-ups a minute', 'CPU ms a minute', 'CPU ms of reaped helpers', 'windows'],
          [[n, f"{r['switches']['med']:.0f} / {r['switches']['max']:.0f}", both(r['cpu_ms']), both(r['reaped_ms']), r['switches']['n']]
           for n, r in sorted(results.items(), key=lambda kv: (kv[1]['switches']['med'], kv[1]['cpu_ms']['med']))])
    print('Wake-ups: median / most.\n')


def logs():
    print("""## Output

A child writes 128 MiB as fast as it can, in whole lines, to its standard output; the time counts until every byte is in the
file. ccsup hands the child the file itself and reads it afterwards for the status: nobody stands in the data path, and no death of a supervisor
closes a pipe. "CPU" is the supervisor's, for a GiB.
""")
    for name, title in (('logs', 'Lines of 200 bytes'), ('logs_4096', 'Lines of 4096 bytes')):
        rows = []
        for n, r in sorted(load(name).items(), key=lambda kv: -kv[1].get('mbs', {}).get('med', 0)):
            if r.get('skip'):
                continue
            rows.append([n, both(r['mbs']), both(r['cpu_s_per_gib']), f"{r['whole']} of {r['mbs']['n']}", r['busy']]
                        if r.get('mbs', {}).get('n') else [n] + failed(r, 4))
        print(f'{title}:\n')
        table(['logger', 'MB/s', 'CPU s/GiB', 'whole', 'busy'], rows)


def teardown():
    print("""## Stop

The supervisor's own stop command; deaths are seen through pidfds, ms from the command's start. "left" is who still lives two seconds
after the last death, with the number of runs. Members: a plain grandchild, e the same with its output closed, b of a process group
of its own, c a daemon in a session of its own.
""")
    for name, title in (
            ('teardown', 'A child that obeys, with four descendants (a e b c)'),
            ('teardown_deaf', 'A child that ignores TERM, HUP and INT; 2 s of grace'),
            ('teardown_hostile', 'A hostile tree: 600 processes, two thirds in sessions of their own, one third orphaned, three quarters deaf to TERM; no grace')):
        rows = []
        for n, r in load(name).items():
            if 'n' not in r:
                rows.append([n] + failed(r, 6))
                continue
            count = r['left_count']['med']
            left = ', '.join(f'{who} {k}/{r["n"]}' for who, k in sorted(r['left'].items())) if count <= 8 else f'{count:.0f} processes'
            rows.append([n, both(r['command']), both(r['child']), both(r['tree']), both(r['last']), left or 'nothing', r['n']])
        print(f'{title}:\n')
        table(['supervisor', 'command back', 'child gone', 'tree gone', 'last process gone', 'left', 'n'], rows)


def kill9():
    print("""## A part of the supervisor is killed with -9

The child ignores TERM, so that nothing but the supervisor's own care ends it. Two services; 6 s later the living children are
counted; if the whole supervisor was gone it is started again as before, and they are counted again. "most at once" is the most
living children of one service that a look every 20 ms saw: 2 is two agents on one repository.
""")
    rows = []
    for name, r in load('kill9').items():
        for label, runs in r.items():
            if not isinstance(runs, list):
                continue

            def values(key):
                return ', '.join(str(v) for v in sorted({x[key] for x in runs if key in x})) or '–'

            rows.append([name, label, values('old'), values('running'), values('running_after'), values('most'), len(runs)])
        if 'error' in r:
            rows.append([name] + failed(r, 6))
    table(['supervisor', 'killed', 'old children alive', 'running', 'running after its start', 'most at once', 'n'], rows)


def status():
    print('## The status command\n\nTwo services. The client is a process; "daemon" is what it costs those whom it asks.\n')
    rows = []
    for name, r in sorted(load('status').items(), key=lambda kv: kv[1].get('wall_ms', {}).get('med', 1e9)):
        rows.append([name, both(r['wall_ms']), both(r['cpu_ms']), both(r['daemon_ms']), r['wall_ms']['n'], r['busy']]
                    if r.get('wall_ms', {}).get('n') else [name] + failed(r, 5))
    table(['supervisor', 'wall ms', 'client CPU ms', 'daemon CPU ms', 'n', 'busy'], rows)


def judge():
    result = load('judge')
    print("""## Judging

A REVIEW of 8 MiB (19,000 verdicts, prose, quoted output) is read and judged by a process of its own, beside two programs that read
the same file; what a start costs shows in the last line.
""")
    rows = [[f'`{name}`' if 'empty' not in name else name, both(r['ms']), figure(r['mbs']['med']) if 'empty' not in name else '–', r['ms']['n']]
            for name, r in result.get('reader', {}).items()]
    table(['program', 'ms', 'MB/s', 'n'], rows)
    print("""A poll of a repository with 5,000 commits since the phase began, over a path: one commit more each time, all rules of provenance
applied. "git fetch" is what the transport alone costs.
""")
    rows = [[kind, figure(r['first']), both(r['same']), both(r['ccsup-git']), both(r['git fetch']), r['ccsup-git']['n']]
            for kind, r in result.items() if kind in ('linear', 'merges')]
    table(['history', 'first poll ms', 'nothing new ms', 'one commit more ms', '`git fetch` alone ms', 'n'], rows)


def stream():
    result = load('stream')
    if not result:
        return
    kib = ', '.join(f"{r['max'] / 1024:.1f} MiB after {size} MiB" for size, r in result['kib'].items())
    print(f"""## Following stream-json

What Claude prints is folded into what the status shows: every line, by the functions with which the watchdog reads it, in the same
pieces; `cat` and `jq -c .type` read the same file, in turns, all to /dev/null. *Typical* is text, tool calls and results of some kB;
*partial* the same with each message in pieces, a line each; *large* results that make lines of 1 MB; *mixed* a third of each, 1 GiB in
a full run. Most memory that was resident, of the mixed file: {kib}.
Release build of {result['commit']}; load average before the first run {result['load']}, both cores in use for {result['busy']:.0%} of the
time{'; all at real-time priority (SCHED_RR 1), for others used the machine, too' if result['real_time'] else ''}.
""")
    rows = []
    for kind in ('typical', 'partial', 'large', 'mixed'):
        about, programs = result[kind]['about'], result[kind]['programs']
        for name, r in programs.items():
            rows.append([f"{kind}, {about['bytes'] / 2**20:.0f} MiB in {about['lines']} lines" if name == 'the tail' else '',
                         name if name == 'the tail' else f'`{name}`', both(r['mbs']), both(r['cpu_s_per_gib']),
                         f"{r['cpu_s_per_gib']['med'] / programs['jq -c .type']['cpu_s_per_gib']['med']:.2f}", r['mbs']['n']])
    table(['input', 'program', 'MB/s', 'CPU s/GiB', '× jq\'s CPU', 'n'], rows)


def wait():
    result = load('wait')
    if not result:
        return
    print(f"""## Waiting

`ccsup wait` for what does not come: 30 s, a look every second; the CPU is that of the wait and of all that it started. Both cores were in use for
{result['busy']:.0%} of the time.
""")
    table(['probe', 'CPU ms', 'n'], [[f'`{kind}`', both(r), r['n']] for kind, r in result['cost'].items()])
    print("""From when it has come, or has failed, to the last line: looks every second, the event at any moment between two of them.
""")
    rows = [[name, both(r), figure(r['max']), figure(r['beyond']), r['n']] for name, r in result['late'].items()]
    table(['probe', 'ms', 'most ms', 'beyond a period ms', 'n'], rows)


def main():
    for part in (head, aims, respawn, memory, idle, logs, teardown, kill9, status, judge, stream, wait):
        part()


if __name__ == '__main__':
    main()
