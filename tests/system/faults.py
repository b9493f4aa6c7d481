"""What befalls an etcd, while packets flow: it stops and goes on, is
defragmented, is full, is put back to an older snapshot, is emptied.  The data
plane goes on, and afterwards new ports work."""
import json
import os
import shutil
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'support'))
from sandbox import Sandbox, run, wait_until  # noqa: E402

QUOTA_BYTES = 3000000


def mac(i):
    return f'fa:16:3e:00:00:{i:02x}'


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        # A small quota, so that it is full soon.
        spawn = cls.s.spawn

        def spawn_small(name, argv, **options):
            if name == 'etcd':
                argv = [*argv, f'--quota-backend-bytes={QUOTA_BYTES}']
            return spawn(name, argv, **options)

        cls.s.spawn = spawn_small
        cls.s.start_weft()
        cls.port = 10
        cls.put_network()
        for n in (1, 2):
            cls.s.add_vm(n, f'v{n}', mac(n), f'10.0.0.{n}/24',
                         iface_id=f'p{n}')
        cls.s.ping_soon('v1', '10.0.0.2', timeout=30)

    @classmethod
    def put_port(cls, i):
        cls.s.put(f'nb/logical_switch_port/p{i}',
                  {'switch': 'n1', 'addresses': [f'{mac(i)} 10.0.0.{i}']})

    @classmethod
    def put_network(cls):
        cls.s.put('nb/logical_switch/n1', {})
        for i in (1, 2):
            cls.put_port(i)

    def flows(self, i):
        return [f for f in self.s.flows(1) if mac(i) in f]

    def assert_packets_flow(self):
        self.assertTrue(self.s.ping('v1', '10.0.0.2'))

    def assert_all_works(self):
        """A new port on each hypervisor reaches the old ones."""
        for n in (1, 2):
            Faults.port += 1
            i = Faults.port
            self.put_port(i)
            self.s.add_vm(n, f'v{i}', mac(i), f'10.0.0.{i}/24',
                          iface_id=f'p{i}')
            for target in ('10.0.0.1', '10.0.0.2'):
                self.s.ping_soon(f'v{i}', target, timeout=60)

    def test_1_stopped(self):
        """It hangs for some seconds, its connections stay."""
        os.kill(self.s.pid('etcd'), signal.SIGSTOP)
        try:
            time.sleep(3)
            self.assert_packets_flow()
        finally:
            os.kill(self.s.pid('etcd'), signal.SIGCONT)
        self.assert_all_works()

    def test_2_defragmented(self):
        self.s.etcdctl('defrag')
        self.assert_all_works()

    def test_3_full(self):
        """Writes are refused with the reason, all else goes on."""
        for i in range(60):
            done = run(['etcdctl', f'--endpoints={self.s.etcd_url}', 'put',
                        f'/junk/{i}', 'x' * 120000], check=False)
            if done.returncode:
                break
        self.assertIn('NOSPACE', self.s.etcdctl('alarm', 'list'))
        done = self.s.weftctl('--wait=sb', '--timeout=10', 'lsp-add', 'n1',
                              'refused', check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn('database space exceeded', done.stderr)
        self.assertIn('port p1', self.s.weftctl('show').stdout)
        self.assert_packets_flow()

        self.s.etcdctl('del', '--prefix', '/junk/')
        status = json.loads(self.s.etcdctl('endpoint', 'status', '-w', 'json'))
        self.s.etcdctl('compact',
                       str(status[0]['Status']['header']['revision']))
        self.s.etcdctl('defrag')
        self.s.etcdctl('alarm', 'disarm')
        self.assert_all_works()
        self.assertNotIn('refused', self.s.weftctl('show').stdout)

    def test_4_older_snapshot(self):
        """What was written after the snapshot is taken back everywhere."""
        snapshot, data = self.s.path('snapshot'), self.s.path('etcd')
        self.s.etcdctl('snapshot', 'save', snapshot)
        self.put_port(200)
        self.s.weftctl('--wait=hv', '--timeout=40', 'sync')
        self.assertTrue(self.flows(200))
        self.s.kill('etcd')
        shutil.rmtree(data)
        run(['etcdctl', 'snapshot', 'restore', snapshot, '--data-dir', data],
            env={**os.environ, 'ETCDCTL_API': '3'})
        self.s.start_etcd()
        self.assert_packets_flow()
        self.assert_all_works()
        self.s.weftctl('--wait=hv', '--timeout=40', 'sync')
        wait_until('flows taken back', lambda: not self.flows(200), 30)

    def test_5_emptied(self):
        """Nobody meant that: the flows stay, until there is a network."""
        before = len(self.s.flows(1))
        self.s.kill('etcd')
        shutil.rmtree(self.s.path('etcd'))
        self.s.start_etcd()
        time.sleep(4)
        self.assertEqual(len(self.s.flows(1)), before)
        self.assert_packets_flow()
        self.put_network()
        self.assert_all_works()


if __name__ == '__main__':
    unittest.main(verbosity=2)
