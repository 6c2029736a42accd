#!/usr/bin/env python3
"""What judging costs, in two measures; results go to OUT/judge.json, report.py makes the tables of them.
    judge.py [--runs N] [--out DIR]
reader: `ccsup verify --files` on a REVIEW of 8 MiB beside `wc -l` and `cmark` on the same file, in turns.
poll: `ccsup-git` after one new commit on a history of 5,000, beside a bare `git fetch` of the same commit.
CCSUP_BUILD: a release build. Only files, pipes and git over a path are used: no process is signalled here."""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time

from lib import HERE, LAB, busy, jiffies, stat

BUILD = os.environ['CCSUP_BUILD']
GIT_TESTS = os.path.join(HERE, '..', 'git')
SIZE = 8 * 2**20 - 4096  # just below the largest file that is not refused
NOW = '2026-05-28T12:00:00Z'
ENV = {'PATH': os.environ['PATH'], 'HOME': LAB, 'LC_ALL': 'C', 'GIT_CONFIG_NOSYSTEM': '1', 'GIT_CONFIG_GLOBAL': '/dev/null'}


def review():
    """What a long run leaves: verdicts with evidence, paragraphs, quoted output, a table, a comment here and there."""
    rng, parts, size, verdicts = random.Random(1), ['# Review\n\n'], 0, 0
    word = ['the', 'parser', 'returns', 'exit', 'code', 'on', 'an', 'empty', 'file', '`make test`', '**again**', 'in', 'a',
            'fresh', 'clone,', 'as', 'claimed.', 'D3', 'see', '<https://example.org/x>', 'line', '17', 'PASS', 'not']
    while size < SIZE:
        kind = rng.random()
        text = ' '.join(rng.choice(word) for _ in range(rng.randint(8, 30)))
        if kind < .25 and verdicts < 19000:
            verdicts += 1
            stamp = f'2026-05-{rng.randint(20, 28):02d}T{rng.randint(0, 11):02d}:{rng.randint(0, 59):02d}:00Z'
            text = f"D{rng.randint(1, 10)}: {rng.choice(['PASS', 'PASS', 'FAIL'])} @{stamp} sha=1a2b3c4 — {text}\n"
        elif kind < .3:
            text = '```\n' + '\n'.join(text for _ in range(rng.randint(3, 20))) + '\n```\n'
        elif kind < .35:
            text = f'> {text}\n\n'
        elif kind < .4:
            text = ''.join(f'- [x] {text}\n' for _ in range(4)) + '\n'
        elif kind < .42:
            text = f'<!-- {text} -->\n\n'
        elif kind < .45:
            text = f'| {text} | {text} |\n'
        else:
            text = f'{text}\n\n'
        parts.append(text)
        size += len(text.encode())
    return ''.join(parts).encode()[:SIZE]


def timed(argv, **how):
    at = time.monotonic_ns()
    done = subprocess.run(argv, env=ENV, stdout=subprocess.DEVNULL, check=False, **how)
    return (time.monotonic_ns() - at) / 1e6, done.returncode


def reader(runs, lab):
    path, status = f'{lab}/REVIEW.md', f'{lab}/STATUS.md'
    with open(path, 'wb') as f:
        f.write(review())
    with open(status, 'w') as f:
        f.write('# Status\n')
    programs = {
        'wc -l': (['wc', '-l', path], 0),
        'cmark': (['cmark', path], 0),
        'ccsup verify --files': ([f'{BUILD}/bin/ccsup', 'verify', '--files', status, path, '--criteria', 'D1-D10', '--now', NOW, '--json'], 1),
        'ccsup verify --files, an empty REVIEW': ([f'{BUILD}/bin/ccsup', 'verify', '--files', status, status, '--criteria', 'D1-D10', '--now', NOW, '--json'], 1),
    }
    took = {name: [] for name in programs}
    for _ in range(runs):
        for name, (argv, code) in programs.items():
            ms, got = timed(argv)
            if got != code:
                sys.exit(f'judge.py: {name}: exit {got} instead of {code}')
            took[name].append(ms)
    size = os.path.getsize(path)
    return {name: dict(ms=stat(ms), mbs=stat([size / x / 1e3 for x in ms])) for name, ms in took.items()}


def git(repo, *argv, **how):
    return subprocess.run(['git', '-C', repo, *argv], env=ENV, check=True, capture_output=True, **how).stdout.decode().strip()


def one_more(repo, number):
    """One new commit on main: a verdict more in REVIEW.md, of the first commit, so that all commits come after it."""
    old = git(repo, 'rev-parse', 'main')
    first = git(repo, 'rev-list', '--max-parents=0', 'main').split()[0]
    text = git(repo, 'show', 'main:REVIEW.md') + f'\nD1: PASS @2026-05-28T11:00:00Z sha={first[:12]} — round {number}\n'
    when = 1780000000 + number
    data = (f'commit refs/heads/main\nauthor a <adversary@test> {when} +0000\ncommitter a <adversary@test> {when} +0000\n'
            f'data 1\nx\nfrom {old}\nM 100644 inline REVIEW.md\ndata {len(text.encode())}\n{text}\n')
    git(repo, 'fast-import', '--quiet', input=data.encode())


def poll(kind, runs, lab):
    repo, floor, work = f'{lab}/{kind}.git', f'{lab}/{kind}-floor.git', f'{lab}/{kind}-work'
    os.makedirs(work)
    subprocess.run(['git', 'init', '-q', '--bare', repo], env=ENV, check=True)
    history = subprocess.run([sys.executable, f'{GIT_TESTS}/history.py', '1', '5000', kind, '1000'], check=True, capture_output=True).stdout
    git(repo, 'fast-import', '--quiet', input=history)
    git(repo, 'repack', '-adq')
    subprocess.run(['git', 'clone', '-q', '--mirror', f'file://{repo}', floor], env=ENV, check=True)
    request = subprocess.run([sys.executable, f'{GIT_TESTS}/ask.py', '--print', 'poll', f'url=file://{repo}'], check=True,
                             capture_output=True, env=dict(ENV, WORK=work, URL='')).stdout
    took = {'git fetch': [], 'ccsup-git': []}

    def ask():
        at = time.monotonic_ns()
        done = subprocess.run([f'{BUILD}/bin/ccsup-git'], input=request, env=ENV, capture_output=True, check=True, start_new_session=True)
        if b'"ok":true' not in done.stdout:
            sys.exit(f'judge.py: {done.stdout[:300]!r}')
        return (time.monotonic_ns() - at) / 1e6

    first = ask()
    same = [ask() for _ in range(runs)]
    for number in range(runs):
        one_more(repo, number)
        took['git fetch'].append(timed(['git', '-C', floor, 'fetch', '-q', 'origin', '+refs/heads/main:refs/heads/main'])[0])
        took['ccsup-git'].append(ask())
    return dict(first=first, same=stat(same), **{name: stat(ms) for name, ms in took.items()})


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--runs', type=int, default=15)
    p.add_argument('--out', default=f'{LAB}/results')
    o = p.parse_args()
    lab = f'{LAB}/judge'
    shutil.rmtree(lab, ignore_errors=True)
    os.makedirs(lab)
    os.makedirs(o.out, exist_ok=True)
    began = jiffies()
    result = dict(reader=reader(o.runs, lab), linear=poll('linear', o.runs, lab), merges=poll('merges', o.runs, lab))
    result['busy'] = busy(began, jiffies())
    with open(f'{o.out}/judge.json', 'w') as f:
        json.dump(result, f, indent=1)
    for name, r in result['reader'].items():
        print(f"judge {name}: {r['ms']['med']:.1f} ms, {r['mbs']['med']:.0f} MB/s")
    for kind in ('linear', 'merges'):
        r = result[kind]
        print(f"judge poll {kind}: first {r['first']:.0f} ms, nothing new {r['same']['med']:.1f}, one commit {r['ccsup-git']['med']:.1f}, git fetch alone {r['git fetch']['med']:.1f}")
    shutil.rmtree(lab)


if __name__ == '__main__':
    main()
