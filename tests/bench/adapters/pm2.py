import json

from . import Adapter, os, shutil

PM2 = os.environ.get('PM2', 'pm2')


class Pm2(Adapter):
    notes = 'fork mode, no interpreter, restart_delay 0 (its default), kill_timeout as configured'
    default_delay = 'none; min_uptime 1 s, after 16 unstable restarts "errored"'
    crash = {'God daemon': 'PM2 v*'}
    start_timeout = 60

    def available(self):
        return shutil.which(PM2)

    def configure(self, services):
        self.env.update(PM2_HOME=f'{self.dir}/pm2', PM2_DISCRETE_MODE='true')
        apps = []
        for s in services:
            log = f'{self.log_folder(s.name)}/current'
            apps.append(dict(name=s.name, script=s.argv[0], args=s.argv[1:], interpreter='none', exec_mode='fork',
                             cwd=self.dir, out_file=log, error_file=log, merge_logs=True, max_restarts=1000000,
                             kill_timeout=int(self.stop_timeout * 1000), vizion=False, autorestart=True))
        self.conf = self.write('eco.json', json.dumps(dict(apps=apps)))

    def up(self):
        self.spawn([PM2, 'start', self.conf])
        self.root.wait()

    def down(self):
        return [PM2, 'kill']

    def status(self, name=None):
        return [PM2, 'describe', name] if name else [PM2, 'ls']

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


VARIANTS = {'pm2': Pm2}
