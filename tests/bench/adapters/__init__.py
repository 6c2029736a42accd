"""One adapter per supervisor, a subclass of Adapter; a module's VARIANTS = {name: class} are what --adapters names."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib import BIN, HERE, LAB, kill, marked, remove, supervisors  # noqa: E402


class Adapter:
    notes = ''          # how it is configured here
    default_delay = ''  # what its documentation says of restarts
    min_uptime = 1.2    # so long (s) must a child have lived for a restart without the delay against loops
    crash = {}          # what to kill -9: label -> 'comm' or 'comm|word of its command line'
    capture = True      # it keeps what the child writes
    max_services = 100000
    respawn_timeout = 10
    start_timeout = 20
    lab = LAB           # where its folder is made

    def __init__(self, mark, stop_timeout=2):
        self.mark, self.stop_timeout = mark, stop_timeout
        self.dir = f'{self.lab}/run/{mark}'
        remove(self.dir)
        os.makedirs(self.dir)
        self.env = {**os.environ, 'SUPBENCH': mark}
        self.root = None

    # ---- what a supervisor's adapter says

    def available(self):
        return True

    def configure(self, services):
        """Writes its configuration for these lib.Service under self.dir."""
        raise NotImplementedError

    def up(self):
        raise NotImplementedError

    def down(self):
        """Its own command that stops everything."""
        raise NotImplementedError

    def status(self, name=None):
        """Its own command that shows all, or one."""
        return None

    def logdir(self, service):
        return None

    # ---- what it can use

    def spawn(self, argv, **more):
        more.setdefault('stdout', subprocess.DEVNULL)
        more.setdefault('stderr', open(f'{self.dir}/sup.err', 'ab'))
        self.root = subprocess.Popen(argv, stdin=subprocess.DEVNULL, env=self.env, start_new_session=True, **more)
        return self.root

    def write(self, path, text, mode=0o644):
        path = path if path[0] == '/' else f'{self.dir}/{path}'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def script(self, path, command):
        return self.write(path, f'#!/bin/sh\nexec 2>&1\nexec {command}\n', 0o755)

    def log_folder(self, service):
        os.makedirs(f'{self.dir}/log/{service}', exist_ok=True)
        return f'{self.dir}/log/{service}'

    def supervisors(self):
        return supervisors(self.mark)

    def cleanup(self):
        for _ in range(20):
            left = marked(self.mark)
            if not left:
                break
            for pid in left:
                kill(pid, self.mark)
            time.sleep(.05)
        if self.root:
            try:
                self.root.wait(1)
            except subprocess.TimeoutExpired:
                pass
        remove(self.dir)
