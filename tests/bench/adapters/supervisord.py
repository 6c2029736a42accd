from . import Adapter, shutil

CONF = """[unix_http_server]
file={dir}/s.sock
[supervisord]
nodaemon=true
logfile={dir}/supervisord.log
pidfile={dir}/supervisord.pid
childlogdir={dir}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{dir}/s.sock
"""
PROGRAM = """[program:{name}]
command={command}
autorestart=true
startsecs=0
startretries=100000
stopwaitsecs={wait}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={log}/current
stdout_logfile_maxbytes=0
"""


class Supervisord(Adapter):
    notes = 'startsecs=0, autorestart=true, stopasgroup=killasgroup=true; logs through its process, no rotation'
    default_delay = 'startsecs=1, startretries=3 with a growing backoff (1, 2, 3 s), then FATAL'
    crash = {'supervisord': 'supervisord'}

    def available(self):
        return shutil.which('supervisord')

    def configure(self, services):
        conf = CONF.format(dir=self.dir)
        for s in services:
            conf += PROGRAM.format(name=s.name, command=s.shell(), wait=int(self.stop_timeout),
                                   log=self.log_folder(s.name))
        self.conf = self.write('s.conf', conf)

    def up(self):
        self.spawn(['supervisord', '-c', self.conf])

    def down(self):
        return ['supervisorctl', '-c', self.conf, 'shutdown']

    def status(self, name=None):
        return ['supervisorctl', '-c', self.conf, 'status'] + ([name] if name else [])

    def logdir(self, service):
        return f'{self.dir}/log/{service}'


VARIANTS = {'supervisord': Supervisord}
