#!/usr/bin/env python3
"""What it costs to follow Claude's stream-json; the result goes to OUT/stream.json, report.py makes the tables of it.
    stream.py [--runs N] [--mib N] [--out DIR]
Each program reads the same file, in turns: `src/follow` (the watchdog's tail, without its event loop), `cat`, and
`jq -c .type`, all to /dev/null. The files are made of the same seed each time:
typical: turns of text, tool calls and their results of some kB, as a run without partial messages prints them
partial: the same text in pieces, a line each, as --include-partial-messages adds them
large:   tools' results that make lines of 1 MB
mixed:   a third of its bytes of each; N MiB (1024), the others a quarter of that. The most memory that follow has
         resident is taken at an eighth, a half and all of this one.
CCSUP_BUILD: a release build, whose core `follow` is linked with. Nothing is signalled here; the files are removed."""
import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time

from lib import BIN, HERE, LAB, busy, jiffies, stat

RECORDED = os.path.join(HERE, '..', 'vectors', 'claude', 'partial_bash_write.jsonl')
WORDS = ['the', 'parser', 'returns', 'exit', 'code', 'on', 'an', 'empty', 'file;', '`make test`', 'again:', 'in', 'a', '"quoted"',
         'fresh', 'clone,', 'as', 'claimed.', 'D3', 'see', 'src/main.c', '17', 'PASS', 'not', 'größer', '→', '\n', '\n\n', '\t']
SESSION = '5597dbb7-d60f-421b-bff1-ff4053cffc9d'


class Maker:
    """Lines of one log, and what must come out of them."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        lines = [json.loads(line) for line in open(RECORDED)]
        self.init = next(x for x in lines if x.get('subtype') == 'init')
        self.result = next(x for x in lines if x['type'] == 'result')

    def uuid(self):
        x = f'{self.rng.getrandbits(128):032x}'
        return f'{x[:8]}-{x[8:12]}-{x[12:16]}-{x[16:20]}-{x[20:]}'

    def text(self, size):
        out, have = [], 0
        while have < size:
            word = self.rng.choice(WORDS)
            out.append(word)
            have += len(word) + 1
        return ' '.join(out)

    def line(self, **members):
        return (json.dumps(members, ensure_ascii=False, separators=(',', ':')) + '\n').encode()

    def assistant(self, message, block):
        return self.line(type='assistant', message=dict(
            id=message, type='message', role='assistant', model='claude-opus-5-5', content=[block], stop_reason=None, stop_sequence=None,
            usage=dict(input_tokens=1000, output_tokens=1, cache_creation_input_tokens=0, cache_read_input_tokens=0), context_management=None),
            parent_tool_use_id=None, session_id=SESSION, uuid=self.uuid(), timestamp='2026-11-23T06:19:08.736Z', request_id='req_stub')

    def event(self, message, **event):
        return self.line(type='stream_event', event=event, session_id=SESSION, parent_tool_use_id=None, uuid=self.uuid(), api_message_id=message)

    def block(self, message, block, partial):
        if not partial:
            return [self.assistant(message, block)]
        text = block.get('text') or json.dumps(block['input'])
        kind, name = ('text_delta', 'text') if 'text' in block else ('input_json_delta', 'partial_json')
        start = dict(block, text='') if 'text' in block else dict(block, input={})
        out, at = [self.event(message, type='content_block_start', index=0, content_block=start)], 0
        while at < len(text):
            size = self.rng.randint(2, 24)
            out.append(self.event(message, type='content_block_delta', index=0, delta={'type': kind, name: text[at:at + size]}))
            at += size
        return out + [self.assistant(message, block), self.event(message, type='content_block_stop', index=0)]

    def returned(self, tool, size):
        text = self.text(size)
        return self.line(type='user', message=dict(role='user', content=[dict(tool_use_id=tool, type='tool_result', content=text, is_error=False)]),
                         parent_tool_use_id=None, session_id=SESSION, uuid=self.uuid(), timestamp='2026-11-23T06:19:08.827Z',
                         tool_use_result=dict(stdout=text, stderr='', interrupted=False, isImage=False, noOutputExpected=False))

    def run(self, kind):
        """One run of the program: some calls of tools, then a last word. (lines, calls)"""
        out, calls = [self.line(**self.init)], self.rng.randint(3, 12)
        for _ in range(calls):
            message, tool = f'msg_{self.rng.getrandbits(96):024x}', f'toolu_{self.rng.getrandbits(96):024x}'
            partial = kind == 'partial'
            out += self.block(message, dict(type='text', text=self.text(self.rng.randint(40, 1500))), partial)
            call = dict(command=self.text(self.rng.randint(20, 600)), description='run the tests')
            out += self.block(message, dict(type='tool_use', id=tool, name='Bash', input=call), partial)
            # What a tool printed stands in its line twice.
            out.append(self.returned(tool, 500_000 if kind == 'large' else min(20_000, int(self.rng.lognormvariate(6.5, 1.2)))))
        out += self.block(f'msg_{self.rng.getrandbits(96):024x}', dict(type='text', text=self.text(300)), kind == 'partial')
        out.append(self.line(**self.result))
        return out, calls


def make(path, kind, size):
    """Whole runs until there are size bytes. They are taken out of a pool of some MiB: to make each one is slow."""
    maker, kinds = Maker(1), ['typical', 'partial', 'large'] if kind == 'mixed' else [kind]
    pools = {}
    for k in kinds:
        pools[k], have = [], 0
        while have < (24 << 20):
            lines, calls = maker.run(k)
            pools[k].append((b''.join(lines), len(lines), calls))
            have += len(pools[k][-1][0])
    about, sizes = dict(bytes=0, lines=0, calls=0, results=0), dict.fromkeys(kinds, 0)
    with open(path, 'wb') as f:
        while about['bytes'] < size:
            k = min(kinds, key=sizes.get)
            text, lines, calls = maker.rng.choice(pools[k])
            f.write(text)
            sizes[k] += len(text)
            for name, n in (('bytes', len(text)), ('lines', lines), ('calls', calls), ('results', 1)):
                about[name] += n
    return about


def timed(argv):
    """(seconds, CPU seconds, standard output) of one process."""
    at = time.monotonic_ns()
    with subprocess.Popen(argv, stdout=subprocess.PIPE if argv[0].startswith('/') else subprocess.DEVNULL, env=dict(os.environ, LC_ALL='C')) as p:
        out = p.stdout.read() if p.stdout else b''
        _, code, used = os.wait4(p.pid, 0)
        took = (time.monotonic_ns() - at) / 1e9
        p.returncode = os.waitstatus_to_exitcode(code)
    if p.returncode:
        sys.exit(f'stream.py: {argv}: exit {p.returncode}')
    return took, used.ru_utime + used.ru_stime, out


def follow(path, size=None):
    took, cpu, out = timed([f'{BIN}/follow', path] + ([str(size)] if size else []))
    return took, cpu, json.loads(out)


def measure(path, about, runs):
    programs = {'the tail': None, 'cat': ['cat', path], 'jq -c .type': ['jq', '-c', '.type', path]}
    got = {name: dict(s=[], cpu=[]) for name in programs}
    for _ in range(runs):
        for name, argv in programs.items():
            if argv is None:
                took, cpu, said = follow(path)
                for key in ('bytes', 'calls', 'results'):
                    if said[key] != about[key]:
                        sys.exit(f'stream.py: follow says {key} {said[key]}, and {about[key]} were written')
            else:
                took, cpu, _ = timed(argv)
            got[name]['s'].append(took)
            got[name]['cpu'].append(cpu)
    return {name: dict(mbs=stat([about['bytes'] / x / 1e6 for x in r['s']]), cpu_s_per_gib=stat([c * 2**30 / about['bytes'] for c in r['cpu']]))
            for name, r in got.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--runs', type=int, default=10)
    p.add_argument('--mib', type=int, default=1024)
    p.add_argument('--out', default=f'{LAB}/results')
    o = p.parse_args()
    lab = f'{LAB}/stream'
    shutil.rmtree(lab, ignore_errors=True)
    os.makedirs(lab)
    os.makedirs(o.out, exist_ok=True)
    began, path = jiffies(), f'{lab}/out.log'
    commit = subprocess.run(['git', '-C', HERE, 'log', '-1', '--format=%h of %cs'], capture_output=True, text=True, check=False).stdout.strip()
    result = dict(commit=commit, load=' '.join(open('/proc/loadavg').read().split()[:3]), real_time=os.sched_getscheduler(0) != os.SCHED_OTHER)
    for kind in ('typical', 'partial', 'large', 'mixed'):
        about = make(path, kind, (o.mib if kind == 'mixed' else o.mib // 4) << 20)
        result[kind] = dict(about=about, programs=measure(path, about, o.runs))
        if kind == 'mixed':
            sizes = [o.mib << 17, o.mib << 19, about['bytes']]
            result['kib'] = {str(size >> 20): stat([follow(path, size)[2]['kib'] for _ in range(3)]) for size in sizes}
        for name, r in result[kind]['programs'].items():
            print(f"{kind:8s} {name:12s} {r['mbs']['med']:8.0f} MB/s {r['cpu_s_per_gib']['med']:8.2f} CPU s/GiB", file=sys.stderr)
    shutil.rmtree(lab)
    result['busy'] = busy(began, jiffies())
    print('most resident, KiB:', {size: r['max'] for size, r in result['kib'].items()}, file=sys.stderr)
    with open(f'{o.out}/stream.json', 'w') as f:
        json.dump(result, f, indent=1)


if __name__ == '__main__':
    main()
