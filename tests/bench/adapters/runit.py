from . import Adapter, shutil


class Runit(Adapter):
    notes = 'runsvdir, a runsv and a svlogd for each service; run is a sh script'
    default_delay = '1 s if it ran for less than 1 s (hard coded)'
    crash = {'runsvdir': 'runsvdir', 'runsv': 'runsv|svc0', 'svlogd': 'svlogd'}
    max_services = 1000

    def available(self):
        return shutil.which('runsvdir')

    def configure(self, services):
        self.services, self.scan = services, f'{self.dir}/scan'
        for s in services:
            self.script(f'scan/{s.name}/run', s.shell())
            self.write(f'log/{s.name}/config', 's0\n')
            self.script(f'scan/{s.name}/log/run', f'svlogd {self.dir}/log/{s.name}')

    def up(self):
        self.spawn(['runsvdir', self.scan])

    def down(self):
        # HUP to runsvdir stops every runsv; a child that ignores TERM needs force-stop before.
        of = ' '.join(f'{self.scan}/{s.name}' for s in self.services)
        return ['sh', '-c', f'sv -w {max(1, int(self.stop_timeout))} force-stop {of}; kill -HUP {self.root.pid}']

    def status(self, name=None):
        return ['sv', 'status'] + [f'{self.scan}/{s.name}' for s in self.services if name in (None, s.name)]

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


VARIANTS = {'runit': Runit}
