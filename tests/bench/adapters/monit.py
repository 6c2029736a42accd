from . import Adapter, shutil


class Monit(Adapter):
    notes = 'set daemon 1 (the least), check process with pidfile, start-stop-daemon starts and stops'
    default_delay = 'its poll; set daemon 120 in the Debian monitrc'
    crash = {'monit': 'monit'}
    capture = False
    respawn_timeout = 15
    min_uptime = 2.2

    def available(self):
        return shutil.which('monit')

    def configure(self, services):
        self.services = services
        conf = f'set daemon 1\nset pidfile {self.dir}/m.pid\nset idfile {self.dir}/m.id\nset statefile {self.dir}/m.state\n' \
               f'set logfile {self.dir}/m.log\nset httpd unixsocket {self.dir}/m.sock\n  allow admin:monit\n'
        wait = max(1, int(self.stop_timeout))
        for s in services:
            pid = f'{self.dir}/{s.name}.pid'
            start = self.script(f'{s.name}.start', f'env SUPBENCH={self.mark} start-stop-daemon --start --oknodo --background '
                                f'--make-pidfile --pidfile {pid} --startas {s.argv[0]} -- {" ".join(s.argv[1:])}')
            stop = self.script(f'{s.name}.stop', f'start-stop-daemon --stop --oknodo --retry TERM/{wait}/KILL/2 --pidfile {pid}')
            conf += f'check process {s.name} with pidfile {pid}\n  start program = "{start}" with timeout 5 seconds\n' \
                    f'  stop program = "{stop}" with timeout {wait + 5} seconds\n'
        self.conf = self.write('m.conf', conf, 0o600)

    def up(self):
        self.spawn(['monit', '-I', '-c', self.conf])

    def down(self):
        lives = ' || '.join(f'kill -0 $(cat {self.dir}/{s.name}.pid) 2>/dev/null' for s in self.services)
        return ['sh', '-c', f'monit -c {self.conf} stop all; while {lives}; do sleep .05; done; monit -c {self.conf} quit']

    def status(self, name=None):
        return ['monit', '-c', self.conf, 'status'] + ([name] if name else [])


VARIANTS = {'monit': Monit}
