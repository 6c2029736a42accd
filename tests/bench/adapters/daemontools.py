from . import Adapter, os, shutil


class Daemontools(Adapter):
    notes = 'svscan, a supervise and a multilog for each service; run is a sh script'
    default_delay = '1 s since the last start (hard coded)'
    crash = {'svscan': 'svscan', 'supervise': 'supervise|svc0', 'multilog': 'multilog'}
    max_services = 500

    def available(self):
        return shutil.which('svscan') and shutil.which('multilog')

    def configure(self, services):
        self.services, self.scan = services, f'{self.dir}/scan'
        for s in services:
            self.script(f'scan/{s.name}/run', s.shell())
            self.script(f'scan/{s.name}/log/run', f'multilog s16777215 n200 {self.log_folder(s.name)}')
            os.chmod(f'{self.scan}/{s.name}', 0o1755)  # sticky: svscan starts log/ too

    def up(self):
        self.spawn(['svscan', self.scan])

    def down(self):
        of = ' '.join(f'{self.scan}/{s.name}' for s in self.services)
        logs = ' '.join(f'{self.scan}/{s.name}/log' for s in self.services)
        # It knows no escalation: what an administrator writes for a child that ignores TERM.
        return ['sh', '-c', f'kill {self.root.pid}; svc -dx {of}; svc -dx {logs}; i=0; '
                f'while [ $i -lt {int(self.stop_timeout * 10)} ]; do svstat {of} | grep -qv "supervise not" || exit 0; '
                f'sleep .1; i=$((i+1)); done; svc -k {of}']

    def status(self, name=None):
        return ['svstat'] + [f'{self.scan}/{s.name}' for s in self.services if name in (None, s.name)]

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


VARIANTS = {'daemontools': Daemontools}
