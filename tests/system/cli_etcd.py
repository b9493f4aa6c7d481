"""What only etcd makes possible: weftctl diff, watch, whatif, explain and
debug, on a real etcd with a real translator."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd  # noqa: E402

SOURCE = os.path.join(HERE, '..', '..')
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
PING = ('inport == "ap" && eth.src == 00:00:00:00:00:01 && '
        'eth.dst == 00:00:00:00:00:02 && ip4 && ip.ttl == 64 && icmp4 && '
        'ip4.src == 10.0.0.1 && ip4.dst == 10.0.0.2')


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
        return self.etcd.etcdctl('get', '--prefix', '/weft')

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

    # ---- whatif ------------------------------------------------------------

    def test_whatif(self):
        """It says what the translator then does, and writes nothing."""
        commands = ('acl-add', 'n1', 'from-lport', '1000',
                    'inport == "ap" && ip4', 'drop')
        start, before = self.revision(), self.dump()
        said = json.loads(self.ctl('whatif', '--format=json', *commands))
        self.assertEqual(self.dump(), before)
        self.assertEqual(self.revision(), start)
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


if __name__ == '__main__':
    unittest.main(verbosity=2)
