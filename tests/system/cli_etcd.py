"""What only etcd makes possible: weftctl diff, watch, whatif, explain and
debug, on a real etcd with a real translator."""
import base64
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd  # noqa: E402
from sandbox import wait_until  # noqa: E402

SOURCE = os.path.join(HERE, '..', '..')
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
PING = ('inport == "ap" && eth.src == 00:00:00:00:00:01 && '
        'eth.dst == 00:00:00:00:00:02 && ip4 && ip.ttl == 64 && icmp4 && '
        'ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2')


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, argv, env):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            argv, env=env, stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True)
        os.close(slave)
        self.text = ''

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def read(self, seconds):
        """False at the end."""
        if select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                data = b''
            self.text += data.decode(errors='replace')
            return bool(data)
        return True

    def read_to_end(self):
        end = time.monotonic() + 30
        while self.read(1) and time.monotonic() < end:
            pass
        return self.text

    def say(self, keys, answer):
        """Types, and waits for an answer."""
        self.text = ''
        os.write(self.master, keys.encode())
        end = time.monotonic() + 30
        while answer not in self.text:
            self.read(0.2)
            if time.monotonic() > end:
                raise AssertionError(f'{keys!r}: {self.text!r}')


class CliEtcd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.etcd = cls.enterClassContext(Etcd())
        cls.rundir = cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='weft-cli-'))
        cls.env = {**os.environ, **cls.etcd.env(),
                   'OVS_RUNDIR': cls.rundir, 'OVN_RUNDIR': cls.rundir}
        cls.socket = os.path.join(cls.rundir, 'translator.ctl')
        cls.translator = subprocess.Popen(
            [os.path.join(BUILD, 'bin', 'weft-translator'),
             f'--unixctl={cls.socket}', '--http-listen='],
            env=cls.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        cls.addClassCleanup(cls.stop)
        cls.ctl_class('--wait=sb', 'ls-add', 'n1', '--', 'lsp-add', 'n1',
                      'ap', '--', 'lsp-set-addresses', 'ap',
                      '00:00:00:00:00:01 10.0.0.1', '--', 'lsp-add', 'n1',
                      'bp', '--', 'lsp-set-addresses', 'bp',
                      '00:00:00:00:00:02 10.0.0.2')

    @classmethod
    def stop(cls):
        cls.translator.terminate()
        cls.translator.wait(timeout=20)
        cls.translator.stderr.close()

    @classmethod
    def run_tool(cls, *args, tool='weftctl', **kwargs):
        return subprocess.run(
            [os.path.join(BUILD, 'bin', tool), *args], timeout=60,
            env=cls.env, capture_output=True, text=True, check=False,
            **kwargs)

    @classmethod
    def ctl_class(cls, *args, **kwargs):
        p = cls.run_tool('-t', '30', *args)
        assert p.returncode == 0, (args, p.stderr)
        return p.stdout

    def ctl(self, *args, status=0, **kwargs):
        p = self.run_tool(*args, **kwargs)
        self.assertEqual(p.returncode, status, (args, p.stdout, p.stderr))
        return p.stdout

    def put(self, key, value):
        self.etcd.put('/weft/v1/' + key, json.dumps(value))

    def revision(self):
        return json.loads(self.etcd.etcdctl('get', '/x', '-w', 'json'))[
            'header']['revision']

    def dump(self):
        """All keys with values and revisions, but for the clock's."""
        kvs = json.loads(self.etcd.etcdctl('get', '--prefix', '/weft', '-w',
                                           'json'))['kvs']
        clock = base64.b64encode(b'/weft/v1/sb/clock').decode()
        return [kv for kv in kvs if kv['key'] != clock]

    def clock(self):
        """The time that the translator wrote last, ms."""
        out = self.etcd.etcdctl('get', '/weft/v1/sb/clock',
                                '--print-value-only')
        return json.loads(out)['time_ms'] if out.strip() else 0

    def wait_for_clock(self):
        """Until the translator has written a time that is later than now."""
        now = time.time() * 1000
        wait_until('the clock', lambda: self.clock() > now, 60)

    # ---- diff --------------------------------------------------------------

    def test_diff(self):
        before = self.revision()
        self.ctl('-t', '30', '--wait=sb', 'lsp-add', 'n1', 'dp', '--',
                 'lsp-set-addresses', 'dp', '00:00:00:00:00:0d 10.0.0.13')
        middle = self.revision()
        out = self.ctl('diff', str(before))
        self.assertIn('Northbound: 1 rows differ\n'
                      '+ logical_switch_port/dp\n', out)
        self.assertIn('+ switch = "n1"', out)
        self.assertRegex(out, r'\n\+   ls_in_l2_lkup +priority=50 *, '
                         r'match=\(eth.dst == 00:00:00:00:00:0d\)')
        self.assertNotIn('\n- ', out)
        self.assertNotIn('\033', out)

        self.ctl('-t', '30', '--wait=sb', 'lsp-set-addresses', 'dp',
                 '00:00:00:00:00:0e 10.0.0.14')
        out = self.ctl('diff', str(middle), 'now')
        self.assertIn('~ logical_switch_port/dp\n', out)
        self.assertIn('- addresses = ["00:00:00:00:00:0d 10.0.0.13"]\n    '
                      '+ addresses = ["00:00:00:00:00:0e 10.0.0.14"]', out)
        # What is the same in both is not told.
        self.assertNotIn('switch = "n1"', out)
        self.assertNotRegex(out, r'priority=0 ')

        self.ctl('-t', '30', '--wait=sb', 'lsp-del', 'dp')
        changes = json.loads(self.ctl('diff', '--format=json', str(before)))
        self.assertEqual((changes['rows'], changes['flows']), ([], []))
        changes = json.loads(self.ctl('diff', '--format=json', str(middle)))
        self.assertEqual([(r['row'], 'after' in r) for r in changes['rows']],
                         [('logical_switch_port/dp', False)])
        self.assertTrue(changes['flows'])
        self.assertEqual({f['change'] for f in changes['flows']},
                         {'removed'})

    # ---- times -------------------------------------------------------------

    def test_times(self):
        self.ctl('-t', '30', '--wait=sb', 'ls-add', 't1')
        self.wait_for_clock()
        time.sleep(1)           # Times are asked for in whole seconds.
        local = time.strftime('%Y-%m-%d %H:%M:%S')
        utc = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
        time.sleep(1)
        self.ctl('-t', '30', '--wait=sb', 'ls-del', 't1', '--', 'ls-add',
                 't2')
        self.wait_for_clock()
        for then in (local, utc):
            out = self.ctl(f'--revision={then}', 'ls-list')
            self.assertIn('(t1)', out)
            self.assertNotIn('(t2)', out)
            out = self.ctl('diff', then)
            self.assertIn('- logical_switch/t1\n', out)
            self.assertIn('+ logical_switch/t2\n', out)
            self.ctl('trace', f'--revision={then}', 'n1', PING)
        now = self.ctl('--revision=now-0s', 'ls-list')
        self.assertIn('(t2)', now)
        self.assertNotIn('(t1)', now)
        self.ctl('ls-del', 't2')

    def test_times_mistakes(self):
        for then, message in (
                ('now-400d', 'history does not go back'),
                ('2001-01-01 00:00', 'history does not go back'),
                ('2999-01-01 00:00', 'still to come'),
                ('yesterday', 'neither a revision of etcd nor a time'),
                ('now-5y', 'neither a revision of etcd nor a time'),
                ('-1', 'neither a revision of etcd nor a time')):
            for args in ([f'--revision={then}', 'ls-list'],
                         ['trace', f'--revision={then}', 'n1', PING],
                         ['detrace', f'--revision={then}'],
                         ['whatif', f'--revision={then}', 'ls-add', 'x']):
                p = self.run_tool(*args, stdin=subprocess.DEVNULL)
                self.assertEqual(p.returncode, 1, (args, p.stdout))
                self.assertIn(message, p.stderr)

    def test_diff_of_everything(self):
        """So many keys that areas are read as a whole."""
        changes = json.loads(self.ctl('diff', '--format=json', '1'))
        self.assertEqual(changes['from'], 1)
        rows = {r['row'] for r in changes['rows']}
        self.assertLessEqual({'logical_switch/n1', 'logical_switch_port/ap',
                              'logical_switch_port/bp'}, rows)
        self.assertEqual({f['change'] for f in changes['flows']}, {'added'})
        self.assertLessEqual(
            {f'eth.dst == 00:00:00:00:00:0{i}' for i in (1, 2)},
            {f['flow'][2] for f in changes['flows']
             if f['datapath'] == 'switch:n1'})

    def test_diff_mistakes(self):
        for args in ([], ['x'], ['0'], ['1', '2', '3'], ['--format=x', '2'],
                     ['--no-such', '2'], ['999999999']):
            p = self.run_tool('diff', *args)
            self.assertEqual(p.returncode, 1, args)
            self.assertTrue(p.stderr.startswith('weftctl: '), p.stderr)

    # ---- watch -------------------------------------------------------------

    def test_watch(self):
        p = subprocess.Popen(
            [os.path.join(BUILD, 'bin', 'weftctl'), 'watch', '--count=3'],
            env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        try:
            self.assertIn('watching from revision', p.stderr.readline())
            self.ctl('ls-add', 'w1')
            self.ctl('set', 'logical_switch', 'w1', 'other_config:a=b')
            self.ctl('ls-del', 'w1')
            lines = p.stdout.read().splitlines()
            self.assertEqual(p.wait(timeout=20), 0)
        finally:
            if p.poll() is None:
                p.kill()
                p.wait()
            p.stdout.close()
            p.stderr.close()
        self.assertEqual([re.sub(r'^\d+ ', '', line) for line in lines],
                         ['+ nb/logical_switch/w1',
                          '~ nb/logical_switch/w1: '
                          '+ other_config = {"a":"b"}',
                          '- nb/logical_switch/w1: '
                          '- other_config = {"a":"b"}'])
        revisions = [int(line.split()[0]) for line in lines]
        self.assertEqual(revisions, sorted(revisions))

    def test_watch_survives(self):
        """A member that dies, and a compaction of what it has not seen: every
        change once, and the end state."""
        with Etcd() as etcd, subprocess.Popen(
                [os.path.join(BUILD, 'bin', 'weftctl'), 'watch',
                 '--format=json', '--count=5'],
                env={**os.environ, **etcd.env()}, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True) as p:
            try:
                self.assertIn('watching', p.stderr.readline())
                etcd.put('/weft/v1/nb/logical_switch/w1', '{}')
                first = p.stdout.readline()
                etcd.kill(0)
                etcd.start(0)
                etcd.put('/weft/v1/nb/logical_switch/w2', '{}')
                second = p.stdout.readline()
                # Stopped, it does not hear of what is compacted away.
                p.send_signal(signal.SIGSTOP)
                etcd.restart(0)
                for i in range(20):
                    etcd.put('/weft/v1/nb/logical_switch/w1',
                             f'{{"copp":"{i}"}}')
                etcd.delete('/weft/v1/nb/logical_switch/w2')
                etcd.compact()
                etcd.restart(0)
                p.send_signal(signal.SIGCONT)
                both = [p.stdout.readline(), p.stdout.readline()]
                etcd.put('/weft/v1/nb/logical_switch/w3', '{}')
                last = p.stdout.readline()
                self.assertEqual(p.wait(30), 0)
            finally:
                p.kill()
        keys = [json.loads(line) for line in (first, second, *sorted(
            both, key=lambda x: json.loads(x)['key']), last)]
        self.assertEqual([(k['key'][-2:], 'before' in k,
                           k.get('after')) for k in keys],
                         [('w1', False, {}), ('w2', False, {}),
                          ('w1', True, {'copp': '19'}), ('w2', True, None),
                          ('w3', False, {})])

    # ---- whatif ------------------------------------------------------------

    def test_whatif(self):
        """It says what the translator then does, and writes nothing."""
        commands = ('acl-add', 'n1', 'from-lport', '1000',
                    'inport == "ap" && ip4', 'drop')
        start, before = self.revision(), self.dump()
        said = json.loads(self.ctl('whatif', '--format=json', *commands))
        self.assertEqual(self.dump(), before)
        self.ctl('-t', '30', '--wait=sb', *commands)
        done = json.loads(self.ctl('diff', '--format=json', str(start)))
        self.ctl('-t', '30', '--wait=sb', 'acl-del', 'n1')

        def flows(changes):
            return sorted((f['change'], f['datapath'], f['flow'])
                          for f in changes['flows'])
        self.assertTrue(said['flows'])
        self.assertEqual(flows(said), flows(done))
        self.assertEqual(len(said['rows']), 1)

    def test_whatif_trace(self):
        out = self.ctl('whatif', '--', 'trace', '--minimal', PING)
        self.assertIn('Northbound: 0 rows differ\n'
                      'Logical flows: 0 added, 0 removed\n', out)
        self.assertIn('output("bp");', out)
        script = os.path.join(self.rundir, 'commands')
        with open(script, 'w', encoding='utf-8') as f:
            f.write('# Nothing gets out of ap.\n\n'
                    'ovn-nbctl acl-add n1 from-lport 1000 '
                    '\'inport == "ap" && ip4\' drop\n'
                    'lsp-list n1\n')
        out = self.ctl('whatif', '-f', script, '--', 'trace', '--minimal',
                       PING)
        self.assertIn('Northbound: 1 rows differ', out)
        self.assertIn('(ap)', out)
        self.assertNotIn('output("bp");', out)
        out = self.ctl('whatif', '--file=-', input='ls-add n7\n')
        self.assertIn('+ logical_switch/n7\n', out)

    def test_whatif_mistakes(self):
        for args in (['no-such-command'], ['ls-add', 'n1'],
                     ['-f', '/no/such/file'], ['--revision=999999999']):
            p = self.run_tool('whatif', *args)
            self.assertEqual((p.returncode, p.stdout), (1, ''), args)
            self.assertTrue(p.stderr.startswith('weftctl: '), p.stderr)

    # ---- explain -----------------------------------------------------------

    def explain(self, name, status=2):
        return self.ctl('explain', 'lsp', name, status=status)

    def test_explain(self):
        """Each cause in turn, until the port is up."""
        out = self.explain('xp')
        self.assertIn('problem  there is no logical switch port "xp"', out)
        self.put('nb/logical_switch_port/xp', {'switch': 'none'})
        self.wait_for(lambda: self.etcd.etcdctl(
            'get', '/weft/v1/status/logical_switch_port/xp'))
        out = self.explain('xp')
        self.assertIn('problem  the row waits for logical_switch/none', out)
        self.assertIn('problem  its switch "none" does not exist', out)
        self.put('nb/logical_switch_port/xp', {'switch': 'n1', 'tag': -1})
        self.wait_for(lambda: 'not valid' in self.explain('xp'))
        self.assertIn('tag', self.explain('xp'))

        self.put('nb/logical_switch_port/xp', {'switch': 'n1'})
        self.wait_for(lambda: 'in the southbound' in self.explain('xp'))
        out = self.explain('xp')
        self.assertIn('ok       a translator leads: ', out)
        self.assertIn('problem  no chassis (of 0) has an interface', out)

        self.put('nb/logical_switch_port/xp', {
            'switch': 'n1', 'options': {'requested-chassis': 'hv9'}})
        self.wait_for(lambda: 'requested-chassis is hv9' in
                      self.explain('xp'))
        self.put('nb/logical_switch_port/xp', {'switch': 'n1'})

        self.put('chassis/hv1/chassis', {
            'hostname': 'hv1', 'encaps': [{'type': 'geneve',
                                           'ip': '192.0.2.1'}]})
        self.put('chassis/hv1/claim/xp', {'iface': 'tap7', 'ofport': 7})
        self.wait_for(lambda: 'claim of hv1 is accepted' in
                      self.explain('xp'))
        out = self.explain('xp')
        self.assertIn('problem  the agent of hv1 is not alive', out)
        self.assertIn('ok       hv1 has a tunnel end point: geneve '
                      '192.0.2.1', out)
        self.assertIn('ok       its interface there is tap7, OpenFlow port '
                      '7', out)
        self.assertIn('problem  its flows are not in the switch of hv1', out)
        self.assertTrue(out.endswith('xp is not up\n'), out)

        self.put('chassis/hv1/alive', {'started_ms': 1})
        self.put('chassis/hv1/claim/xp', {'iface': 'tap7', 'ofport': 7,
                                          'installed': True})
        self.wait_for(lambda: 'true' in self.etcd.etcdctl(
            'get', '/weft/v1/status/logical_switch_port/xp'))
        out = self.explain('xp', status=0)
        self.assertTrue(out.endswith('xp is up\n'), out)
        self.assertNotIn('problem', out)
        steps = json.loads(self.ctl('explain', '--format=json', 'lsp', 'xp'))
        self.assertIs(steps['up'], True)
        self.assertEqual({s['verdict'] for s in steps['steps']}, {'ok'})

    def wait_for(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    # ---- debug -------------------------------------------------------------

    def test_debug(self):
        def debug(*args, **kwargs):
            return self.ctl('debug', self.socket, *args, **kwargs)

        self.assertIn('Status: active', debug())
        commands = debug('list-commands')
        for command in ('pause', 'resume', 'recompute', 'memory/show',
                        'coverage/show', 'vlog/list'):
            self.assertRegex(commands, rf'(?m)^  {command}\b')
        self.wait_for(lambda: 'poll_create_node' in
                      debug('coverage/show'))
        debug('memory/show')
        self.assertEqual(debug('is-paused'), 'false\n')
        debug('no-such-command', status=2)
        p = self.run_tool('debug', 'no-such-daemon')
        self.assertEqual(p.returncode, 1)
        self.assertIn('no control socket', p.stderr)
        out = self.ctl('-t', self.socket, 'status', tool='ovn-appctl')
        self.assertIn('Status: active', out)

    def test_pause(self):
        """A paused translator leads no more, and writes nothing."""
        self.ctl('debug', self.socket, 'pause')
        self.assertIn('Status: paused',
                      self.ctl('debug', self.socket, 'status'))
        self.wait_for(lambda: not self.etcd.etcdctl(
            'get', '/weft/v1/sb/leader'))
        self.ctl('ls-add', 'later')
        time.sleep(0.5)
        self.assertEqual(
            self.etcd.etcdctl('get', '/weft/v1/sb/dp/switch:later'), '')
        out = self.explain('ap')
        self.assertIn('problem  no translator leads', out)
        self.ctl('debug', self.socket, 'resume')
        self.wait_for(lambda: self.etcd.etcdctl(
            'get', '/weft/v1/sb/dp/switch:later'))
        self.ctl('-t', '30', '--wait=sb', 'ls-del', 'later')

    # ---- completion, help --------------------------------------------------

    def complete(self, line):
        """What bash would offer for the last word of `line`."""
        script = (self.ctl('completion', 'bash') +
                  'compopt() { :; }\nCOMP_LINE=$1\n'
                  'COMP_POINT=${#COMP_LINE}\nCOMP_WORDS=($1)\n_weftctl\n'
                  'printf "%s\\n" "${COMPREPLY[@]}"\n')
        line = os.path.join(BUILD, 'bin', line)
        return set(subprocess.run(
            ['bash', '-c', script, 'bash', line], capture_output=True,
            text=True, check=True, env=self.env).stdout.split())

    def test_completion(self):
        for line, words in (
                ('weftctl lsp-set-addr', {'lsp-set-addresses'}),
                ('weftctl wh', {'whatif'}),
                ('weftctl --may', {'--may-exist'}),
                ('ovn-nbctl --wai', {'--wait='}),
                ('weftctl --wait=', {'none', 'sb', 'hv'}),
                ('weftctl ls-add n1 -- lsp-ad', {'lsp-add'}),
                ('ovn-sbctl list Port_B', {'Port_Binding'}),
                ('ovn-sbctl list port_b', {'Port_Binding'}),
                ('ovn-sbctl lsp-add', set()),
                ('weftctl sb lflow-l', {'lflow-list'}),
                # Rows and columns.
                ('weftctl lsp-get-addresses ', {'ap', 'bp'}),
                ('weftctl --etcd=http://127.0.0.1:1 lsp-del ', set()),
                ('weftctl -t 5 lsp-get-addresses a', {'ap'}),
                ('weftctl ls-list -- lsp-del b', {'bp'}),
                ('weftctl acl-add n', {'n1'}),
                ('weftctl acl-add n1 ', {'to-lport', 'from-lport'}),
                ('weftctl get logical_switch_port ', {'ap', 'bp'}),
                ('weftctl set logical_switch_port ap add', {'addresses='}),
                ('weftctl lflow-list n', {'n1'}),
                # Subcommands and the other tools.
                ('weftctl trace n', {'n1'}),
                ('weftctl explain lsp a', {'ap'}),
                ('weftctl diff --form', {'--format='}),
                ('ovn-trace --det', {'--detailed', '--detach'}),
                ('weftctl debug weft-tr', {'weft-translator'}),
                (f'weftctl debug {self.socket} is-p', {'is-paused'}),
                ('ovn-appctl -t ovn-n', {'ovn-northd'}),
                ('weftctl completion ', {'bash', 'zsh'})):
            with self.subTest(line=line):
                self.assertEqual(self.complete(line), words)
        # Every command that there is.
        commands = {line.split()[0]
                    for line in self.ctl('--commands').splitlines()}
        self.assertLessEqual(commands, self.complete('weftctl '))

    def test_completion_in_shells(self):
        """Typed into interactive shells."""
        for shell in (['bash', '--norc', '--noprofile'], ['zsh', '-f']):
            if not shutil.which(shell[0]):
                continue
            with self.subTest(shell=shell[0]), Terminal(
                    [*shell, '-i'], {**self.env, 'HOME': self.rundir,
                                     'PS1': '$ ', 'TERM': 'dumb',
                                     'PATH': os.path.join(BUILD, 'bin') +
                                     ':' + os.environ['PATH']}) as terminal:
                terminal.say(f'. <(weftctl completion {shell[0]})\n'
                             'echo re""ady\n', 'ready')
                terminal.say('weftctl lsp-get-addr\tap\n',
                             '00:00:00:00:00:01 10.0.0.1')
                terminal.say('weftctl lsp-get-addresses b\t\n',
                             '00:00:00:00:00:02 10.0.0.2')

    def test_ovn_variables(self):
        """OVN_NB_DB and OVN_SB_DB, where nothing else says where etcd is."""
        nothing = {k: v for k, v in self.env.items() if k != 'WEFT_ETCD'}
        url = self.env['WEFT_ETCD']
        for tool, variable, *words in (
                ('ovn-nbctl', 'OVN_NB_DB', 'ls-list'),
                ('ovn-sbctl', 'OVN_SB_DB', 'list', 'Datapath_Binding'),
                ('ovn-trace', 'OVN_SB_DB', 'n1', PING),
                ('ovn-detrace', 'OVN_SB_DB')):
            p = subprocess.run(
                [os.path.join(BUILD, 'bin', tool), *words], text=True,
                env={**nothing, variable: url}, capture_output=True,
                check=False, timeout=60, stdin=subprocess.DEVNULL)
            self.assertEqual((p.returncode, p.stderr), (0, ''), tool)
            self.assertTrue(p.stdout or tool == 'ovn-detrace', tool)
        # What WEFT_ETCD says goes before.
        p = subprocess.run(
            [os.path.join(BUILD, 'bin', 'ovn-nbctl'), 'ls-list'],
            env={**nothing, 'WEFT_ETCD': 'http://127.0.0.1:1',
                 'OVN_NB_DB': url}, capture_output=True, check=False,
            timeout=60)
        self.assertEqual(p.returncode, 1)

    # ---- terminals ---------------------------------------------------------

    def test_colours(self):
        """Only on a terminal that wants them."""
        weftctl = os.path.join(BUILD, 'bin', 'weftctl')
        for more, coloured in (({}, True), ({'NO_COLOR': '1'}, False),
                               ({'NO_COLOR': ''}, True),
                               ({'TERM': 'dumb'}, False)):
            with self.subTest(environment=more), Terminal(
                    [weftctl, 'explain', 'lsp', 'ap'],
                    {**self.env, 'TERM': 'xterm', **more}) as t:
                self.assertEqual('\033[' in t.read_to_end(), coloured)

    def test_progress(self):
        """Said on a terminal, and nowhere else."""
        command = [os.path.join(BUILD, 'bin', 'weftctl'), 'whatif']
        with Terminal(command, self.env) as t:
            self.assertIn('reading', t.read_to_end())
        p = self.run_tool('whatif')
        self.assertEqual(p.stderr, '')

    def test_manual(self):
        subcommands = ['trace', 'detrace', 'appctl', 'diff', 'watch',
                       'whatif', 'explain', 'debug', 'completion', 'lflow']
        for tool in ['weftctl', 'ovn-nbctl', 'ovn-sbctl', *subcommands]:
            page = self.ctl('help', '--man', tool)
            p = subprocess.run(
                ['man', '-l', '--warnings', '-'], input=page, check=True,
                capture_output=True, text=True,
                env={**os.environ, 'MANWIDTH': '80', 'LC_ALL': 'C'})
            self.assertEqual(p.stderr, '')
            text = re.sub('.\b', '', p.stdout)
            if tool in subcommands:
                # The page says what the help says.
                words = self.ctl('help', tool).split()
                self.assertEqual([w for w in words
                                  if w not in set(text.split())], [])
                continue
            for line in self.ctl('--commands', tool='weftctl'
                                 if tool == 'weftctl' else tool,
                                 ).splitlines():
                self.assertIn(line.split()[0], text)
        self.assertIn('usage: weftctl diff', self.ctl('help', 'diff'))
        self.ctl('help', 'no-such-tool', status=1)


if __name__ == '__main__':
    unittest.main(verbosity=2)
