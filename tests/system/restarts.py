"""Each program restarts alone while a ping runs: only a restart of Open
vSwitch itself may lose packets, and everything is put back."""
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import Sandbox, wait_until  # noqa: E402


def mac(i):
    return f'fa:16:3e:00:00:{i:02x}'


def ip(i):
    return f'10.1.1.{i}'


class Restarts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        cls.s.start_weft()
        cls.s.put('nb/logical_switch/n1', {})
        for i, n in ((1, 1), (2, 2)):
            cls.s.put(f'nb/logical_switch_port/p{i}', {
                'switch': 'n1', 'addresses': [f'{mac(i)} {ip(i)}']})
            cls.s.add_vm(n, f'v{i}', mac(i), f'{ip(i)}/24', iface_id=f'p{i}')
        cls.s.ping_soon('v1', ip(2))
        cls.next_port = 50

    def lost_while(self, action, seconds=3):
        """Echoes lost by a ping every 50 ms around action()."""
        name = 'running-ping'
        self.s.spawn(name, ['ping', '-n', '-i', '0.05', ip(2)],
                     netns=self.s.netns('v1'))
        wait_until('first echo',
                   lambda: 'bytes from' in self.s.log_text(name))
        action()
        time.sleep(seconds)
        pid = self.s.pid(name)
        os.kill(pid, 2)                 # SIGINT: ping prints its summary.
        wait_until('ping summary',
                   lambda: 'packet loss' in self.s.log_text(name))
        self.s.end(name)
        sent, received = re.search(
            r'(\d+) packets transmitted, (\d+) received',
            self.s.log_text(name)).groups()
        os.unlink(self.s.path(f'{name}.log'))
        # The last request may still be under way when ping is stopped.
        return max(0, int(sent) - int(received) - 1)

    def changes_still_work(self):
        """A new port on each hypervisor comes to life."""
        for n in (1, 2):
            i = Restarts.next_port
            Restarts.next_port += 1
            self.s.put(f'nb/logical_switch_port/p{i}', {
                'switch': 'n1', 'addresses': [f'{mac(i)} {ip(i)}']})
            self.s.add_vm(n, f'v{i}', mac(i), f'{ip(i)}/24',
                          iface_id=f'p{i}')
            self.s.ping_soon(f'v{i}', ip(1))
            self.s.ping_soon(f'v{i}', ip(2))

    def flow_ages(self, n):
        """duration= of each flow: a flow that was put in again is young."""
        out = self.s.hv(n, 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-flows',
                        'br-int').stdout
        return [float(d) for d in re.findall(r'duration=([\d.]+)s', out)]

    def test_agent(self):
        time.sleep(1.5)
        flows = self.s.flows(1)

        def restart():
            self.s.end('agent-hv1')
            self.s.start_agent(1)
            self.s.weftctl('--wait=hv', 'sync')
        started = time.monotonic()
        self.assertEqual(self.lost_while(restart), 0)
        self.assertEqual(sorted(self.s.flows(1)), sorted(flows))
        # Not one flow was touched.
        self.assertGreater(min(self.flow_ages(1)),
                           time.monotonic() - started)
        self.changes_still_work()

    def test_agent_killed(self):
        def crash():
            self.s.kill('agent-hv1')
            self.s.put('nb/logical_switch_port/meanwhile', {
                'switch': 'n1', 'addresses': [f'{mac(9)} {ip(9)}']})
            time.sleep(1)
            self.s.start_agent(1)
            self.s.weftctl('--wait=hv', 'sync')
        self.assertEqual(self.lost_while(crash), 0)
        self.assertTrue([f for f in self.s.flows(1) if mac(9) in f])
        self.changes_still_work()

    def test_translator(self):
        def restart():
            self.s.kill('translator')
            self.s.start_translator()
        before = self.s.etcdctl('get', '--prefix', '/weft/v1/sb/dp/')
        self.assertEqual(self.lost_while(restart), 0)
        self.s.weftctl('--wait=sb', 'sync')
        self.assertEqual(
            before, self.s.etcdctl('get', '--prefix', '/weft/v1/sb/dp/'))
        self.changes_still_work()

    def test_warm_standby_takes_over(self):
        self.s.start_translator('standby')
        try:
            self.assertEqual(self.lost_while(
                lambda: self.s.kill('translator')), 0)
            self.changes_still_work()
        finally:
            self.s.start_translator()
            self.s.end('standby')
        self.changes_still_work()

    def test_etcd(self):
        def restart():
            self.s.kill('etcd')
            time.sleep(1)
            self.s.start_etcd()
        self.assertEqual(self.lost_while(restart), 0)
        self.changes_still_work()

    def test_vswitchd(self):
        def restart():
            self.s.end('vswitchd-hv1')
            self.s.start_vswitchd(1)
        self.lost_while(restart)
        self.s.ping_soon('v1', ip(2), timeout=20)
        self.changes_still_work()


if __name__ == '__main__':
    unittest.main(verbosity=2)
