from . import Adapter, os, shutil


class Dinit(Adapter):
    notes = 'dinit -u (never the system manager); restart-delay=0, no restart limit; the log is a file handed to the child'
    default_delay = '0.2 s; 3 restarts in 10 s, then stopped'
    crash = {'dinit': 'dinit'}

    def available(self):
        return shutil.which('dinit') and shutil.which('dinitctl')

    def configure(self, services):
        self.socket = f'{self.dir}/d.sock'
        for s in services:
            self.write(f'sv/{s.name}', f'type = process\ncommand = {s.shell()}\nrestart = yes\nsmooth-recovery = yes\n'
                       f'restart-delay = 0\nrestart-limit-count = 0\nstop-timeout = {self.stop_timeout}\n'
                       f'logfile = {self.log_folder(s.name)}/current\n')
        self.write('sv/boot', 'type = internal\n' + ''.join(f'waits-for: {s.name}\n' for s in services))

    def up(self):
        self.spawn(['dinit', '-u', '-q', '-d', f'{self.dir}/sv', '-p', self.socket])

    def down(self):
        return ['dinitctl', '-p', self.socket, 'shutdown']

    def status(self, name=None):
        return ['dinitctl', '-p', self.socket] + (['status', name] if name else ['list'])

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


VARIANTS = {'dinit': Dinit}
