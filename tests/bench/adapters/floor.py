"""The smallest correct parents: what no supervisor on this machine can be faster or smaller than."""
from . import BIN, Adapter, os


class Floor(Adapter):
    notes = 'no delay, no log, the child started directly'
    default_delay = 'none'
    capture = False
    min_uptime = .05
    mode = 'wait'

    def available(self):
        return os.path.exists(f'{BIN}/floor')

    def configure(self, services):
        self.conf = self.write('c', ''.join(s.shell() + '\n' for s in services))

    def up(self):
        self.spawn([f'{BIN}/floor', self.mode, self.conf])

    def down(self):
        return ['/bin/kill', '-TERM', str(self.root.pid)]


class Uv(Floor):
    notes = 'the same on libuv'

    def available(self):
        return os.path.exists(f'{BIN}/floor_uv')

    def up(self):
        self.spawn([f'{BIN}/floor_uv', self.conf])


class Libraries(Uv):
    notes = 'the same on libuv, with cJSON loaded and used once'

    def up(self):
        self.env['FLOOR_JSON'] = '1'
        super().up()


class Shell(Floor):
    notes = 'the same, through a run script'

    def configure(self, services):
        self.conf = self.write('c', ''.join(self.script(f'{s.name}.run', s.shell()) + '\n' for s in services))


class Direct(Floor):
    notes = "the child's output straight into a file"
    capture = True

    def line(self, service, log):
        return f'exec {service.shell()} >>{log}/current 2>&1'

    def configure(self, services):
        paths = [self.write(f'{s.name}.run', f'#!/bin/sh\n{self.line(s, self.log_folder(s.name))}\n', 0o755) for s in services]
        self.conf = self.write('c', ''.join(path + '\n' for path in paths))

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


class Cat(Direct):
    notes = "the child's output through cat into a file"

    def line(self, service, log):
        return f'{service.shell()} 2>&1 | cat >>{log}/current'


VARIANTS = {'floor-wait': Floor, 'floor-uv': Uv, 'floor-uv-cjson': Libraries, 'floor-sh': Shell,
            'log-direct': Direct, 'log-cat': Cat}
