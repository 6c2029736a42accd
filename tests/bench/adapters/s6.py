from . import Adapter, os, shutil


class S6(Adapter):
    notes = 's6-svscan, an s6-supervise and an s6-log for each service; run is a sh script'
    default_delay = '1 s after every death, unless the service said more than 1 s ago that it is ready (hard coded)'
    crash = {'s6-svscan': 's6-svscan', 's6-supervise': 's6-supervise|svc0', 's6-log': 's6-log'}
    ready = False

    def available(self):
        return shutil.which('s6-svscan')

    def configure(self, services):
        self.services, self.scan = services, f'{self.dir}/scan'
        os.makedirs(self.scan, exist_ok=True)
        for s in services:
            say = 'echo >&3\nexec 3>&-\n' if self.ready else ''
            self.write(f'scan/{s.name}/run', f'#!/bin/sh\nexec 2>&1\n{say}exec {s.shell()}\n', 0o755)
            if self.ready:
                self.write(f'scan/{s.name}/notification-fd', '3\n')
            self.write(f'scan/{s.name}/timeout-kill', f'{max(1, int(self.stop_timeout * 1000))}\n')
            self.script(f'scan/{s.name}/log/run', f's6-log n100 s200000000 {self.log_folder(s.name)}')

    def up(self):
        self.spawn(['s6-svscan', '-c', '500', self.scan])

    def down(self):
        return ['s6-svscanctl', '-t', self.scan]

    def status(self, name=None):
        if name:
            return ['s6-svstat', f'{self.scan}/{name}']
        return ['sh', '-c', f'for d in {self.scan}/*; do s6-svstat $d; done']

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


class Ready(S6):
    notes = 's6 with notification-fd: no pause after a service that was ready for more than 1 s'
    ready = True


VARIANTS = {'s6': S6, 's6-ready': Ready}
