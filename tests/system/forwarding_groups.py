"""A forwarding group: its address is answered for, and what is sent to it
reaches each of its ports, here and on another hypervisor; with `liveness`
those elsewhere by buckets that watch the tunnel, while there is one."""
import re
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, wait_until

VIP, VMAC = '10.0.0.100', mac(0x100 - 1)
PLACES = {'a': 1, 'b': 1, 'c': 2, 'd': 2}
PORTS = {name: i for i, name in enumerate(PLACES, 1)}
ROWS = {
    'logical_switch/n': {},
    **{f'logical_switch_port/{name}': {
        'switch': 'n', 'addresses': [f'{mac(i)} 10.0.0.{i}']}
       for name, i in PORTS.items()},
}
SEND = f"""
import socket
for port in range(20000, 20060):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(('', port))
    s.sendto(b'x', ('{VIP}', 9))
"""


class ForwardingGroups(unittest.TestCase):
    """a, the client, and b are on hypervisor 1, c and d on hypervisor 2."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        enter(s, ROWS)
        for name, i in PORTS.items():
            s.add_vm(PLACES[name], name, mac(i), f'10.0.0.{i}/24')
        for name in PORTS:
            s.weftctl('--timeout=30', 'wait-until', 'logical_switch_port',
                      name, 'up=true')
        ready(s)
        s.warm_tunnels()

    def group(self, *options):
        self.s.weftctl('--if-exists', 'fwd-group-del', 'g')
        self.s.weftctl('--wait=hv', *options, 'fwd-group-add', 'g', 'n',
                       VIP, VMAC, 'b', 'c', 'd')

    def buckets(self):
        return [b for line in self.s.hv(
            1, 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-groups',
            'br-int').stdout.splitlines()
            for b in line.split('bucket=')[1:]]

    def received(self, name):
        return int(re.search(r'eth0: *\d+ +(\d+)', self.s.vm(
            name, 'cat', '/proc/net/dev').stdout)[1])

    def reached(self):
        """How many packets each port of the group gets of 60."""
        before = {name: self.received(name) for name in 'bcd'}
        self.s.vm('a', 'python3', '-c', SEND)
        wait_until('packets', lambda: sum(
            self.received(n) - before[n] for n in 'bcd') >= 55)
        return {name: self.received(name) - before[name] for name in 'bcd'}

    def test_group(self):
        self.group()
        self.assertEqual(len(self.buckets()), 3)
        for name, n in self.reached().items():
            self.assertGreater(n, 4, name)
        self.assertIn(VMAC, self.s.vm('a', 'ip', 'neigh').stdout)
        trace = self.s.weftctl(
            'trace', 'n', f'inport == "a" && eth.src == {mac(1)} && '
            f'eth.dst == {VMAC}', name='weftctl').stdout
        self.assertRegex(trace, 'output to "[bcd]"')

    def test_liveness(self):
        self.group('--liveness')
        self.assertEqual(['watch_port' in b for b in self.buckets()],
                         [False, True, True])
        for name, n in self.reached().items():
            self.assertGreater(n, 4, name)
        # d is on its way here.
        self.s.weftctl('--wait=hv', 'set', 'logical_switch_port', 'd',
                       'options:requested-chassis=nowhere')
        wait_until('nobody is d', lambda: not self.buckets())
        self.s.weftctl('--wait=hv', 'remove', 'logical_switch_port', 'd',
                       'options', 'requested-chassis')
        wait_until('d is back', lambda: len(self.buckets()) == 3)


if __name__ == '__main__':
    unittest.main()
