"""What every measure needs: stamps of the children, processes found by their run's marker, guarded kills, statistics.

Every run has a marker, a word that no other run has. It stands in the arguments or the environment of each process of
the run, so whose process it is never depends on a pid that somebody noted."""
import os
import re
import select
import shutil
import signal
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.environ.get('BENCH_LAB', os.path.join(os.environ.get('TMPDIR', '/tmp'), 'ccsup-bench'))
BIN = os.environ.get('BENCH_BIN', f'{LAB}/bin')
CHILD = f'{BIN}/child'
now = time.monotonic_ns


class Service:
    """One supervised program: its name and whole command. log: its output goes where the supervisor keeps logs."""

    def __init__(self, name, argv, log=True):
        self.name, self.argv, self.log = name, argv, log

    def shell(self):
        return ' '.join(self.argv)


class Fifo:
    """Where children write 'NAME PID NANOSECONDS'. Who waits here blocks: the harness burns no CPU."""

    def __init__(self, path):
        self.path = path
        if os.path.exists(path):
            os.unlink(path)
        os.mkfifo(path)
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.rest = b''
        self.stamps = []

    def fill(self, timeout):
        ready, _, _ = select.select([self.fd], [], [], max(0, timeout))
        if not ready:
            return False
        self.rest += os.read(self.fd, 65536)
        *lines, self.rest = self.rest.split(b'\n')
        for line in lines:
            name, pid, at = line.decode().split()
            self.stamps.append((name, int(pid), int(at)))
        return True

    def get(self, name=None, timeout=10):
        """The next stamp (of that name), or None when none comes in time (seconds)."""
        end = time.monotonic() + timeout
        while True:
            for i, stamp in enumerate(self.stamps):
                if name is None or stamp[0] == name:
                    return self.stamps.pop(i)
            if not self.fill(end - time.monotonic()):
                return None

    def drain(self):
        while self.fill(0):
            pass
        stamps, self.stamps = self.stamps, []
        return stamps

    def close(self):
        os.close(self.fd)
        os.unlink(self.path)


# ---- processes ------------------------------------------------------------------------------------------------------

def read(path, mode='r'):
    """A file of /proc, or None: the process is gone."""
    try:
        with open(path, mode) as f:
            return f.read()
    except OSError:
        return None


def owns(pid, mark):
    """Does this very process carry the marker?"""
    return any(mark.encode() in (read(f'/proc/{pid}/{name}', 'rb') or b'') for name in ('cmdline', 'environ'))


def marked(mark, besides=()):
    return [int(p) for p in os.listdir('/proc')
            if p.isdigit() and int(p) != os.getpid() and int(p) not in besides and owns(int(p), mark)]


def comm(pid):
    return (read(f'/proc/{pid}/comm') or '').strip()


def words(pid):
    return (read(f'/proc/{pid}/cmdline') or '').rstrip('\0').split('\0')


def is_child(pid):
    try:
        return os.readlink(f'/proc/{pid}/exe').removesuffix(' (deleted)') == os.path.realpath(CHILD)
    except OSError:
        return False


def supervisors(mark):
    return [p for p in marked(mark) if not is_child(p)]


def outside(stamp, mark):
    """The stamped process's pid here: where its supervisor put it into a PID namespace, it does not know it itself.
    None when it is gone."""
    name, inside = stamp[0].partition('.')[0], str(stamp[1])
    for pid in marked(mark):
        line = re.search(r'^NSpid:(.*)$', read(f'/proc/{pid}/status') or '', re.M)
        if is_child(pid) and words(pid)[3:4] == [name] and line and line[1].split()[-1] == inside:
            return pid
    return None


def children(mark):
    return [p for p in marked(mark) if is_child(p) and alive(p)]


def alive(pid):
    """A zombie is dead."""
    text = read(f'/proc/{pid}/stat')
    return bool(text) and text.rsplit(')', 1)[1].split()[0] not in 'ZX'


def kill(pid, mark, sig=signal.SIGKILL):
    """The only way the harness kills: through a pidfd, after a look whose process it is. The time right before the
    signal (ns), or None: not ours, or gone."""
    try:
        fd = os.pidfd_open(pid)
    except OSError:
        return None
    try:
        if pid <= 2 or not owns(pid, mark):
            return None
        at = now()
        signal.pidfd_send_signal(fd, sig)
        return at
    except OSError:
        return None
    finally:
        os.close(fd)


def memory(pids):
    """Sums over the processes, KiB, and the same by what is mapped."""
    total = dict(rss=0, pss=0, uss=0, n=0)
    for pid in pids:
        text = read(f'/proc/{pid}/smaps_rollup')
        if not text:
            continue
        field = {line.split(':')[0]: int(line.split()[1]) for line in text.split('\n')[1:] if line}
        total['rss'] += field['Rss']
        total['pss'] += field['Pss']
        total['uss'] += field['Private_Clean'] + field['Private_Dirty']
        total['n'] += 1
    return total


def mapped(pid):
    """PSS of one process in KiB by file: {'libuv.so.1.0.0': 40, '[heap]': 120, ...}; '[other]' has no name."""
    parts, name = {}, '[other]'
    for line in (read(f'/proc/{pid}/smaps') or '').split('\n'):
        field = line.split()
        if field and '-' in field[0] and not field[0].endswith(':'):
            name = os.path.basename(field[5]) if len(field) > 5 else '[other]'
        elif line.startswith('Pss:'):
            parts[name] = parts.get(name, 0) + int(field[1])
    return parts


def usage(pids):
    """cpu ns of all threads, cpu ticks of reaped children, voluntary switches."""
    total = dict(ns=0, reaped=0, switches=0)
    for pid in pids:
        stat_line = read(f'/proc/{pid}/stat')
        if not stat_line:
            continue
        field = stat_line.rsplit(')', 1)[1].split()
        total['reaped'] += int(field[13]) + int(field[14])
        for thread in os.listdir(f'/proc/{pid}/task'):
            total['ns'] += int((read(f'/proc/{pid}/task/{thread}/schedstat') or '0').split()[0])
            for line in (read(f'/proc/{pid}/task/{thread}/status') or '').split('\n'):
                if line.startswith('voluntary'):
                    total['switches'] += int(line.split()[1])
    return total


# ---- figures --------------------------------------------------------------------------------------------------------

def wait_until(predicate, timeout, step=0.005):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        time.sleep(step)
    return predicate()


def stat(values):
    """Number, least, median, 95th percentile (interpolated), most."""
    xs = sorted(x for x in values if x is not None)
    if not xs:
        return dict(n=0)

    def percentile(q):
        at = (len(xs) - 1) * q
        i = int(at)
        return xs[i] + (xs[min(i + 1, len(xs) - 1)] - xs[i]) * (at - i)

    return dict(n=len(xs), min=xs[0], med=percentile(.5), p95=percentile(.95), max=xs[-1])


def jiffies():
    """(busy, all) of the machine since boot: the share of both cores in use is what differences of them say."""
    field = [int(x) for x in open('/proc/stat').readline().split()[1:9]]
    return sum(field) - field[3] - field[4], sum(field)


def busy(before, after):
    return round((after[0] - before[0]) / max(1, after[1] - before[1]), 3)


def files(folder):
    for at, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(at, name)


def size(folder):
    total = 0
    for path in files(folder):
        try:
            total += os.stat(path).st_size
        except OSError:
            pass
    return total


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
