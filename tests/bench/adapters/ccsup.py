"""ccsup: an instance of its own with a local remote; each measured child is the command of one agent."""
from . import HERE, Adapter, os, shutil, subprocess

BUILD = os.environ.get('CCSUP_BUILD', os.path.join(HERE, '../../build'))
CCSUP = os.path.realpath(f'{BUILD}/bin/ccsup')
ROLES = ('builder', 'adversary')
CONF = """[ccsup]
plan = plan.md
[repo]
url = {dir}/remote.git
poll = {poll}
[done]
criteria = D1
stuck_rounds = 0
"""
AGENT = """[agent {role}]
role = {role}
command = {command}
env_pass = SUPBENCH
pace = 0
restart_delay = 0
jitter = 0
start_limit_burst = 64
start_limit_interval = 1s
grace = {grace}ms
idle_timeout = 1d
iteration_timeout = 7d
"""


class Ccsup(Adapter):
    notes = 'two agents, restart_delay=0, pace=0; every iteration in a keeper of its own, the tree swept at each end'
    default_delay = '5 s after a first failure, doubling to 5 min; 10 starts in 10 min, then held'
    crash = {'watchdog': 'ccsup', 'keeper': 'ccsup-keep|builder'}
    max_services = 2
    start_timeout = 30
    poll = '30s'

    def available(self):
        return os.path.exists(CCSUP) and shutil.which('git')

    def git(self, *words):
        subprocess.run(['git', *words], check=True, env=self.env, stdout=subprocess.DEVNULL)

    def remote(self):
        """A bare repository whose one commit gives both roles something to do."""
        work = f'{self.dir}/work'
        self.git('init', '-q', '-b', 'main', '--bare', f'{self.dir}/remote.git')
        self.git('init', '-q', '-b', 'main', work)
        for role in ROLES:
            self.write(f'work/inbox/{role}/1.md', 'look\n')
        self.git('-C', work, 'add', '.')
        self.git('-C', work, 'commit', '-q', '-m', 'begin')
        self.git('-C', work, 'push', '-q', f'{self.dir}/remote.git', 'main')

    def configure(self, services):
        self.role = {s.name: role for s, role in zip(services, ROLES)}
        who = {f'GIT_{x}_{k}': v for x in ('AUTHOR', 'COMMITTER') for k, v in (('NAME', 'b'), ('EMAIL', 'b@b.invalid'))}
        keep = {k: v for k, v in self.env.items() if k in ('PATH', 'LANG', 'TMPDIR', 'SUPBENCH')}
        self.env = {**keep, **who, 'HOME': self.dir, 'GIT_CONFIG_NOSYSTEM': '1', 'XDG_STATE_HOME': f'{self.dir}/d',
                    'XDG_RUNTIME_DIR': f'{self.dir}/r'}
        os.makedirs(f'{self.dir}/r', mode=0o700)
        self.remote()
        commands = [s.shell() for s in services] + ['sleep infinity'] * (2 - len(services))
        conf = CONF.format(dir=self.dir, poll=self.poll)
        for role, command in zip(ROLES, commands):
            conf += AGENT.format(role=role, command=command, grace=int(self.stop_timeout * 1000))
        self.write('p/plan.md', '# plan\n')
        self.write('p/launch.conf', conf)

    def up(self):
        # `start` comes back when the agents run, or says on stdout why not.
        self.spawn([CCSUP, '-C', f'{self.dir}/p', 'start'], stdout=open(f'{self.dir}/sup.err', 'ab'))

    def down(self):
        return [CCSUP, '-C', f'{self.dir}/p', 'stop']

    def status(self, name=None):
        return [CCSUP, '-C', f'{self.dir}/p', 'status']

    def logdir(self, service):
        return f'{self.dir}/p/.ccsup/{self.role[service]}/iterations'


class Rare(Ccsup):
    notes = 'as ccsup, poll=1h: shows that between polls nothing wakes'
    poll = '1h'


class Memory(Ccsup):
    notes = 'as ccsup, its folder in memory (tmpfs): what the disk has to do with it'
    lab = '/dev/shm/ccsup-bench'

    def available(self):
        return os.path.isdir('/dev/shm') and super().available()


VARIANTS = {'ccsup': Ccsup, 'ccsup-poll-1h': Rare, 'ccsup-tmpfs': Memory}
