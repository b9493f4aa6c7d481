"""weftctl on a real etcd: many at once, waiting, time-outs, the past, and the
load of the benchmark's scenario."""
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd, find_etcd  # noqa: E402

SOURCE = os.path.join(HERE, '..', '..')
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'bench'))


class Weftctl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.etcd = cls.enterClassContext(Etcd())

    def setUp(self):
        self.etcd.etcdctl('del', '--prefix', '/weft')

    def run_tool(self, *args, tool='weftctl', env=None):
        return subprocess.run(
            [os.path.join(BUILD, 'bin', tool), *args], timeout=60,
            env={**os.environ, **self.etcd.env(), **(env or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False)

    def ctl(self, *args, **kwargs):
        p = self.run_tool(*args, **kwargs)
        self.assertEqual(p.returncode, 0, (args, p.stderr))
        return p.stdout

    def put(self, key, value):
        self.etcd.put('/weft/v1/' + key, json.dumps(value))

    def test_many_at_once(self):
        """Each adds one key to the same map: whoever loses the race runs
        again on what the others wrote, and nothing is lost."""
        self.ctl('ls-add', 'n1')
        threads = [
            threading.Thread(target=self.ctl, args=(
                'set', 'logical_switch', 'n1', f'external_ids:k{i}={i}',
                '--', 'lsp-add', 'n1', f'p{i}'))
            for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(
            self.ctl('get', 'logical_switch', 'n1', 'external_ids'),
            '{' + ', '.join(f'k{i}="{i}"' for i in range(8)) + '}\n')
        self.assertEqual(len(self.ctl('lsp-list', 'n1').splitlines()), 8)

    def test_one_name_one_switch(self):
        """Of several that add the same switch at the same time one wins."""
        results = []
        threads = [
            threading.Thread(target=lambda: results.append(
                self.run_tool('ls-add', 'same').returncode))
            for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(sorted(results), [0] + [1] * 7)

    def test_wait_for_the_translator(self):
        """--wait=sb ends when status/sync has come to the change."""
        def answer():
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                text = self.etcd.etcdctl('get', '/weft/v1/nb/sync/weftctl',
                                         '-w', 'json')
                kvs = json.loads(text).get('kvs')
                if kvs:
                    self.put('status/sync',
                             {'sb_revision': kvs[0]['mod_revision']})
                    return
                time.sleep(0.05)

        helper = threading.Thread(target=answer)
        helper.start()
        self.ctl('--wait=sb', 'ls-add', 'n1')
        helper.join()
        # Nothing changes, so there is nothing to wait for...
        self.ctl('--wait=sb', '--may-exist', 'ls-add', 'n1')
        self.ctl('--wait=sb', 'ls-list')

    def test_timeout_is_sigalrm(self):
        """...but sync waits all the same, for ever but for --timeout."""
        p = self.run_tool('--wait=hv', '--timeout=1', 'sync')
        self.assertEqual(p.returncode, -signal.SIGALRM)

    def test_wait_until(self):
        p = subprocess.Popen(
            [os.path.join(BUILD, 'bin', 'weftctl'), '-t', '20', 'wait-until',
             'logical_switch', 'n1', 'external_ids:a=b'],
            env={**os.environ, **self.etcd.env()})
        time.sleep(0.3)
        self.assertIsNone(p.poll())
        self.put('nb/logical_switch/n1', {'external_ids': {'a': 'b'}})
        self.assertEqual(p.wait(timeout=20), 0)

    def test_the_past(self):
        self.ctl('ls-add', 'n1')
        revision = json.loads(self.etcd.etcdctl(
            'get', '/weft/v1/nb/logical_switch/n1', '-w',
            'json'))['header']['revision']
        self.ctl('ls-del', 'n1', '--', 'ls-add', 'n2')
        self.assertIn('(n1)', self.ctl(f'--revision={revision}', 'ls-list'))
        self.assertNotIn('(n1)', self.ctl('ls-list'))
        p = self.run_tool(f'--revision={revision}', 'ls-add', 'n3')
        self.assertEqual((p.returncode, p.stderr), (
            1, "weftctl: 'ls-add' changes rows; --revision is for reading\n"))

    def test_names(self):
        """The name it is called by, and what etcd is told by."""
        self.ctl('ls-add', 'n1', tool='ovn-nbctl')
        self.assertIn('(n1)', self.ctl('nb', 'ls-list'))
        self.assertEqual(self.ctl('list', 'chassis', tool='ovn-sbctl'), '')
        self.assertEqual(self.ctl('--prefix=/other', 'ls-list'), '')
        self.assertEqual(
            self.ctl('ls-list', env={'WEFT_PREFIX': '/other'}), '')
        p = self.run_tool('--etcd=http://127.0.0.1:1', 'ls-list')
        self.assertEqual(p.returncode, 1)
        self.assertTrue(p.stderr.startswith('weftctl: '), p.stderr)

    def test_version(self):
        """After the first line as stock says it: scripts look there for the
        schema."""
        for tool in ('ovn-nbctl', 'ovn-sbctl'):
            stock = subprocess.run([f'/usr/bin/{tool}', '-V'], check=True,
                                   capture_output=True, text=True).stdout
            for option in ('-V', '--version'):
                lines = self.ctl(option, tool=tool).splitlines()
                self.assertEqual(lines[0], f'{tool} (Weft) 0.1.0')
                self.assertEqual(lines[1:], stock.splitlines()[1:])

    def requests_of(self, *args):
        """How many reads etcd counts for one command."""
        def count():
            with urllib.request.urlopen(self.etcd.url + '/metrics',
                                        timeout=10) as answer:
                return sum(
                    float(line.split()[-1])
                    for line in answer.read().decode().splitlines()
                    if line.startswith('grpc_server_started_total{')
                    and re.search('grpc_method="(Range|Txn)"', line))
        before = count()
        self.ctl(*args)
        return count() - before

    def test_few_requests(self):
        """Reads do not grow with the rows; a status is read of those rows
        alone that may have something there."""
        self.etcd.put_many({'/weft/v1/nb/logical_switch/n1': '{}', **{
            f'/weft/v1/nb/logical_switch_port/p{i}': json.dumps(
                {'switch': 'n1', **({'parent_name': 'p0', 'tag_request': 0}
                                    if i % 8 == 1 else {})})
            for i in range(160)}})
        for command in (['ls-list'], ['lsp-list', 'n1']):
            self.assertLessEqual(self.requests_of(*command), 4)
        self.assertLessEqual(self.requests_of('show'), 6)
        self.assertLessEqual(self.requests_of(
            '--columns=name,tag', 'list', 'logical_switch_port'), 6)

    def test_scenario(self):
        """The benchmark's load, line by line, gives its counts."""
        out = subprocess.run(
            [sys.executable, os.path.join(SOURCE, 'tests', 'bench',
                                          'scenario.py'), 'XS'],
            capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            self.ctl(*shlex.split(line), tool='ovn-nbctl')
        keys = self.etcd.etcdctl('get', '--prefix', '--keys-only',
                                 '/weft/v1/nb/').split()
        count = {}
        for key in keys:
            table = key.split('/')[4]
            count[table] = count.get(table, 0) + 1
        self.assertEqual(count['logical_switch'], 12)
        self.assertEqual(count['port_group_port'], 20)
        self.assertEqual(count['acl'], 6)
        self.assertEqual(count['nat'], 6)
        self.assertEqual(count['load_balancer'], 1)


if __name__ == '__main__':
    if not find_etcd():
        print('skipped: no etcd')
        sys.exit(77)
    unittest.main()
