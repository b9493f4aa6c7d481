"""The daemons as daemons: --help, --version, --pidfile, --detach,
--log-file, the control socket at its usual place, 'exit' and SIGTERM also
while etcd is away, /metrics, /healthz and /readyz with their meanings."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'support'))
from sandbox import (Sandbox, can_bind, end_process, free_port, run,  # noqa
                     wait_until)

DAEMONS = ('weft-translator', 'weft-agent', 'weft-api')
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..',
                        '..', 'docs', 'OPERATIONS.md')
END_S = 5           # A daemon ends within this, whatever else is away.


def is_running(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def parent_of(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        return int(f.read().rsplit(')', 1)[1].split()[1])


def fetch(url):
    """(status, text), or (None, why)."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except OSError as e:
        return None, str(e)


class Daemon:
    """One that was started with --detach."""

    def __init__(self, test, name, *options, wait_ready=True):
        self.test, self.name = test, name
        self.rundir = test.s.path('hv1')
        self.http = free_port()
        self.env = {**os.environ, **test.s.weft_env(), **test.s.ovs_env(1)}
        argv = [test.s.program(name), '--pidfile', '--detach',
                '-vconsole:off', '--log-file', f'--http-listen=127.0.0.1:{self.http}',
                *options]
        self.listen = None
        if name == 'weft-api':
            self.listen = free_port()
            argv.append(f'--listen=127.0.0.1:{self.listen}')
        # Its output is a pipe: a daemon that keeps it open hangs us here.
        done = run(argv, env=self.env, timeout=20)
        # --detach has returned: all is in place.
        with open(f'{self.rundir}/{name}.pid', encoding='ascii') as f:
            self.pid = int(f.read())
        test.addCleanup(end_process, self.pid)
        test.assertEqual(done.stdout + done.stderr, '')
        test.assertTrue(is_running(self.pid))
        if wait_ready:
            wait_until(f'{name} ready', self.is_ready)

    def appctl(self, *argv, check=True):
        return run(['ovs-appctl', '-t', self.name, *argv], check=check,
                   env=self.env, timeout=30).stdout

    def get(self, path):
        return fetch(f'http://127.0.0.1:{self.http}{path}')

    def is_ready(self):
        return self.get('/readyz')[0] == 200

    def ended(self):
        """Seconds until it had ended."""
        start = time.monotonic()
        wait_until(f'end of {self.name}', lambda: not is_running(self.pid),
                   END_S)
        return time.monotonic() - start


class Daemons(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox(hypervisors=1))
        cls.s.start_etcd()

    def setUp(self):
        if not self.s.is_running('etcd'):
            self.s.start_etcd()

    def each(self, options=(), **kwargs):
        for name in DAEMONS:
            with self.subTest(daemon=name):
                yield Daemon(self, name, *options, **kwargs)

    def test_help_and_version(self):
        for name in DAEMONS + ('weftctl',):
            with self.subTest(program=name):
                done = run([self.s.program(name), '--help'])
                self.assertIn('WEFT_ETCD', done.stdout)
                self.assertIn('--prefix', done.stdout)
                self.assertEqual(done.stderr, '')
                done = run([self.s.program(name), '--version'])
                self.assertRegex(done.stdout, r'\d+\.\d+\.\d+')

    def test_bad_settings_are_refused(self):
        taken = free_port()
        with socket.socket() as s:
            s.bind(('127.0.0.1', taken))
            s.listen()
            for name in DAEMONS:
                for option, said in (
                        ('--etcd-timeout=soon', 'etcd-timeout'),
                        ('--no-such-option', 'no-such-option'),
                        ('--etcd=ftp://127.0.0.1', 'ftp'),
                        ('--etcd-ca=/no/such.pem', '/no/such.pem'),
                        (f'--http-listen=127.0.0.1:{taken}', 'in use')):
                    if name == 'weft-agent' and option.startswith(
                            ('--etcd=', '--etcd-ca')):
                        continue    # Retried: the database may name others.
                    with self.subTest(daemon=name, option=option):
                        done = run([self.s.program(name), '--detach', option,
                                    '--unixctl=none'],
                                   check=False, timeout=20, env={
                                       **os.environ, **self.s.weft_env(),
                                       **self.s.ovs_env(1)})
                        self.assertEqual(done.returncode, 1, done.stderr)
                        self.assertIn(said, done.stderr)

    def test_detached(self):
        for d in self.each():
            control = f'{d.rundir}/{d.name}.{d.pid}.ctl'
            self.assertTrue(os.path.exists(control))
            self.assertIn('0.', d.appctl('version'))
            self.assertIn('exit', d.appctl('list-commands'))
            d.appctl('vlog/set', 'file:dbg')
            log = f'{d.rundir}/{d.name}.log'
            self.assertGreater(os.path.getsize(log), 0)
            # A log that was moved away is opened anew.
            os.rename(log, f'{log}.1')
            d.appctl('vlog/reopen')
            self.assertTrue(os.path.exists(log))
            # A second one does not start on the same pidfile.
            done = run([self.s.program(d.name), '--pidfile', '--detach'],
                       check=False, env=d.env)
            self.assertNotEqual(done.returncode, 0)
            self.assertTrue(is_running(d.pid))
            d.appctl('exit')
            d.ended()
            self.assertFalse(os.path.exists(control))
            self.assertFalse(os.path.exists(f'{d.rundir}/{d.name}.pid'))
            self.assertTrue(can_bind(d.http))

    def test_http(self):
        for d in self.each():
            self.assertEqual(d.get('/healthz'), (200, 'ok\n'))
            self.assertEqual(d.get('/readyz')[0], 200)
            status, text = d.get('/metrics')
            self.assertEqual(status, 200)
            self.assertRegex(text, r'(?m)^# TYPE weft_\w+ (counter|gauge)')
            for line in text.splitlines():
                self.assertRegex(line, r'^(#|[a-z_:]+(\{[^}]*\})? \S+$)')
            self.assertEqual(d.get('/other')[0], 404)

    def test_commands_of_northd(self):
        d = Daemon(self, 'weft-translator')
        wait_until('leader', lambda: d.appctl('status').startswith(
            'Status: active\n'))
        for side in ('nb', 'sb'):
            self.assertEqual(d.appctl(f'{side}-connection-status'),
                             'connected\n')
        count = lambda kind: int(d.appctl(  # noqa: E731
            'inc-engine/show-stats', 'northd', kind))
        self.assertEqual(count('recompute'), 1)
        self.assertEqual(d.appctl('inc-engine/clear-stats'), '')
        self.assertEqual(
            d.appctl('inc-engine/show-stats'),
            'Node: northd\n- recompute:            0\n'
            '- compute:              0\n- abort:                0\n')
        self.s.put('nb/logical_switch/counted', {})
        wait_until('compute', lambda: count('compute') > 0)
        wait_until('stopwatch', lambda: re.search(
            r'Total samples: [1-9]',
            d.appctl('stopwatch/show', 'ovn-northd-loop')))
        # Everything is read anew, and it leads again.
        d.appctl('nb-cluster-state-reset')
        wait_until('recompute', lambda: count('recompute') == 1)
        wait_until('leader', lambda: d.appctl('status').startswith(
            'Status: active\n'))
        self.s.kill('etcd')
        wait_until('not connected', lambda: d.appctl(
            'nb-connection-status') == 'not connected\n', 30)

    def put_switch(self, n):
        """A switch n1 with a port for the interface v1 and a port in it."""
        self.s.put('nb/logical_switch/n1', {})
        self.s.put('nb/logical_switch_port/v1', {'switch': 'n1'})
        self.s.put('nb/logical_switch_port/inside', {
            'switch': 'n1', 'parent_name': 'v1', 'tag': n})

    def has_inside(self, d):
        return '[inside]' in d.appctl('debug/dump-local-bindings')

    def test_commands_of_controller(self):
        translator = Daemon(self, 'weft-translator')
        d = Daemon(self, 'weft-agent')
        self.put_switch(7)
        self.s.add_vm(1, 'v1', 'fa:16:3e:00:00:01')
        wait_until('bindings', lambda: self.has_inside(d))
        self.assertEqual(
            d.appctl('debug/dump-local-bindings'),
            'Local bindings:\n'
            f'name: [v1], OVS interface name : [{self.s.netns("v1")}], '
            'num binding lports : [2]\nprimary lport : [v1]\n'
            'child lport[1] : [inside], type : [CONTAINER]\n'
            '----------------------------------------\n')
        self.check_lflow_cache(d)
        self.check_conj_ids(d)
        self.check_pause(d)
        self.check_delay(d)
        self.assertRegex(d.appctl('stopwatch/show', 'flow-generation'),
                         r'Total samples: [1-9]')
        translator.appctl('exit')

    def check_lflow_cache(self, d):
        def cache():
            return dict(re.findall(r'(?m)^([^:]*?) *: (.*)$',
                                   d.appctl('lflow-cache/show-stats')))

        def compiled():
            return int(re.search(r'compiled: (\d+)',
                                 d.appctl('status'))[1])
        self.assertEqual(cache()['Enabled'], 'true')
        n, before = int(cache()['cache-matches']), compiled()
        self.assertGreater(n, 50)
        self.assertLessEqual(n + int(cache()['cache-expr']),
                             int(cache()['total']))
        d.appctl('inc-engine/clear-stats')
        d.appctl('lflow-cache/flush')
        wait_until('all compiled again', lambda: compiled() >= before + n
                   and int(cache()['cache-matches']) == n)
        self.assertEqual(d.appctl('inc-engine/show-stats',
                                  'logical_flow_output', 'recompute'), '1\n')
        self.assertEqual(d.appctl('inc-engine/show-stats',
                                  'logical_flow_output', 'compute'), '0\n')

    def check_conj_ids(self, d):
        self.s.put('nb/acl/conj', {
            'switch': 'n1', 'direction': 'to-lport',
            'priority': 1, 'action': 'drop',
            'match': 'ip4.src == {10.0.0.1, 10.0.0.3, 10.0.0.5, 10.0.0.9}'
                     ' && tcp.dst == {22, 80, 443, 8080}'})
        ids = wait_until('conjunction', lambda: re.search(
            r'lflow: ([0-9a-f]{8}), dp: [-0-9a-f]{36}, start: (\d+), n: 1\n',
            d.appctl('debug/dump-lflow-conj-ids')))
        flow = f'cookie=0x{int(ids[1], 16):x}, '
        self.assertTrue(wait_until('flow', lambda: [
            line for line in self.s.flows(1)
            if f'conj_id={ids[2]}' in line and flow in line]))

    def check_pause(self, d):
        self.assertEqual(d.appctl('debug/status'), 'running\n')
        d.appctl('debug/pause')
        self.assertEqual(d.appctl('debug/status'), 'paused\n')
        self.assertEqual(d.get('/readyz'), (503, 'paused\n'))
        before = sorted(self.s.flows(1))
        self.s.put('nb/logical_switch_port/v1', {
            'switch': 'n1', 'addresses': ['fa:16:3e:00:00:01 10.0.0.1']})
        time.sleep(1)
        self.assertEqual(sorted(self.s.flows(1)), before)
        self.assertTrue(self.s.get('chassis/hv1/alive'))
        d.appctl('debug/resume')
        wait_until('flows', lambda: sorted(self.s.flows(1)) != before)
        wait_until('ready', d.is_ready)

    def check_delay(self, d):
        def wait_hv():
            start = time.monotonic()
            self.s.weftctl('--wait=hv', 'sync')
            return time.monotonic() - start
        self.assertEqual(d.appctl('debug/delay-nb-cfg-report', '2'),
                         'delay nb_cfg report for 2 seconds.\n')
        self.assertGreater(wait_hv(), 1.9)
        self.assertEqual(d.appctl('debug/delay-nb-cfg-report', '0'),
                         'no delay for nb_cfg report.\n')
        wait_hv()

    def test_metrics_are_documented(self):
        """docs/OPERATIONS.md names all that the agent has, and no others."""
        d = Daemon(self, 'weft-agent')
        shown = set(re.findall(r'(?m)^# TYPE weft_agent_(\w+) ',
                               d.get('/metrics')[1]))
        with open(DOCUMENT, encoding='utf-8') as f:
            named = set(re.findall(r'`weft_agent_(\w+)', f.read()))
        self.assertEqual(shown, named)

    def test_readiness_follows_etcd(self):
        daemons = list(self.each())
        self.s.kill('etcd')
        for d in daemons:
            wait_until(f'{d.name} not ready', lambda d=d: not d.is_ready(),
                       30)
            self.assertEqual(d.get('/readyz')[0], 503)
            self.assertRegex(d.get('/readyz')[1], 'etcd|known|connect')
            self.assertEqual(d.get('/healthz')[0], 200)
        self.s.start_etcd()
        for d in daemons:
            wait_until(f'{d.name} ready again', d.is_ready, 30)

    def test_started_before_etcd(self):
        self.s.kill('etcd')
        daemons = list(self.each(wait_ready=False))
        for d in daemons:
            self.assertEqual(d.get('/healthz')[0], 200)
            self.assertEqual(d.get('/readyz')[0], 503)
        self.s.start_etcd()
        for d in daemons:
            wait_until(f'{d.name} ready', d.is_ready, 30)

    def check_ends(self, daemons, how):
        for d in daemons:
            with self.subTest(daemon=d.name, how=how):
                if how == 'exit':
                    d.appctl('exit')
                else:
                    os.kill(d.pid, how)
                d.ended()
                self.assertFalse(os.path.exists(
                    f'{d.rundir}/{d.name}.{d.pid}.ctl'))

    def test_they_end_while_etcd_is_away(self):
        for how in ('exit', signal.SIGTERM):
            daemons = list(self.each())
            self.s.kill('etcd')
            self.check_ends(daemons, how)
            self.s.start_etcd()

    def test_they_end_while_etcd_is_stopped(self):
        """It accepts connections and never answers."""
        for how in ('exit', signal.SIGTERM):
            daemons = list(self.each())
            os.kill(self.s.pid('etcd'), signal.SIGSTOP)
            try:
                self.check_ends(daemons, how)
            finally:
                os.kill(self.s.pid('etcd'), signal.SIGCONT)

    def test_monitor(self):
        """One that crashes is started again, on the same pidfile; one that
        was told to end is not."""
        for d in self.each(options=('--monitor',)):
            def pid(d=d):
                try:
                    with open(f'{d.rundir}/{d.name}.pid',
                              encoding='ascii') as f:
                        return int(f.read())
                except (OSError, ValueError):
                    return d.pid
            first = d.pid
            monitor = parent_of(first)
            self.addCleanup(end_process, monitor)
            os.kill(first, signal.SIGSEGV)
            d.pid = wait_until('another', lambda: pid() != first and pid(),
                               30)
            self.addCleanup(end_process, d.pid)
            self.assertEqual(parent_of(d.pid), monitor)
            wait_until('control socket', lambda: run(
                ['ovs-appctl', '-t', d.name, 'version'], check=False,
                env=d.env).returncode == 0)
            wait_until('ready', d.is_ready, 30)
            d.appctl('exit')
            d.ended()
            wait_until('end of the monitor',
                       lambda: not is_running(monitor), END_S)

    def test_sigterm_takes_away_the_signs_of_life(self):
        leader = Daemon(self, 'weft-translator', '--name=first')
        agent = Daemon(self, 'weft-agent')
        wait_until('leader', lambda: 'first' in self.s.etcdctl(
            'get', '/weft/v1/sb/leader'))
        wait_until('alive', lambda: self.s.get('chassis/hv1/alive'))
        for d, key in ((leader, 'sb/leader'), (agent, 'chassis/hv1/alive')):
            os.kill(d.pid, signal.SIGTERM)
            d.ended()
            # At once, not when the lease ends.
            self.assertEqual(self.s.etcdctl('get', f'/weft/v1/{key}'), '')
        self.assertTrue(self.s.get('chassis/hv1/chassis'))

    def test_sigterm_drains_the_api(self):
        """A request under way is answered; new ones are not taken."""
        d = Daemon(self, 'weft-api')
        url = f'http://127.0.0.1:{d.listen}/v1/logical_switch'
        answers = []

        def ask():
            # No translator runs: it waits until its time is over.
            request = urllib.request.Request(
                f'{url}/drain?wait=sb&timeout=2', method='PUT',
                data=b'{}', headers={'Content-Type': 'application/json'})
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    answers.append(answer.status)
            except urllib.error.HTTPError as e:
                answers.append(e.code)
        asking = threading.Thread(target=ask)
        asking.start()
        wait_until('row', lambda: self.s.get(
            'nb/logical_switch/drain') is not None)
        os.kill(d.pid, signal.SIGTERM)
        time.sleep(0.2)
        self.assertIsNone(fetch(url)[0])
        asking.join(10)
        self.assertEqual(len(answers), 1)
        self.assertIn(answers[0], (200, 201, 202, 504))
        d.ended()
        self.assertEqual(json.loads(self.s.etcdctl(
            'get', '--print-value-only',
            '/weft/v1/nb/logical_switch/drain')), {})

    def test_in_the_foreground_sigint_ends_it(self):
        for name in DAEMONS:
            with self.subTest(daemon=name):
                port = free_port()
                # The directory of the control socket is made; the agent's
                # is that of Open vSwitch.
                rundir = self.s.path('hv1' if name == 'weft-agent'
                                     else f'run-{name}')
                child = subprocess.Popen(
                    [self.s.program(name),
                     f'--http-listen=127.0.0.1:{port}']
                    + ([f'--listen=127.0.0.1:{free_port()}']
                       if name == 'weft-api' else []),
                    env={**os.environ, **self.s.weft_env(),
                         **self.s.ovs_env(1), 'OVS_RUNDIR': rundir},
                    stderr=subprocess.DEVNULL)
                try:
                    wait_until('ready', lambda p=port: fetch(
                        f'http://127.0.0.1:{p}/readyz')[0] == 200)
                    child.send_signal(signal.SIGINT)
                    self.assertEqual(child.wait(END_S), 0)
                finally:
                    child.kill()
                    child.wait()


if __name__ == '__main__':
    unittest.main(verbosity=2)
