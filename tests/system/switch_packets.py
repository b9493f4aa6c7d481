"""One logical switch over two hypervisors, three ports each: real packets.

Unicast, broadcast, unknown destinations, port security, both encapsulations.
"""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import Sandbox, wait_until  # noqa: E402

ENCAP = os.environ.get('WEFT_TEST_ENCAP', 'geneve')


def mac(i):
    return f'fa:16:3e:00:00:{i:02x}'


def ip(i):
    return f'10.1.1.{i}'


class SwitchPackets(unittest.TestCase):
    """v1..v3 on hypervisor 1, v4..v6 on hypervisor 2."""

    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox(encap=ENCAP))
        cls.s.start_weft()
        cls.s.put('nb/logical_switch/n1', {})
        for i in range(1, 7):
            cls.s.put(f'nb/logical_switch_port/p{i}', {
                'switch': 'n1', 'addresses': [f'{mac(i)} {ip(i)}'],
                'port_security': [f'{mac(i)} {ip(i)}'] if i in (1, 4)
                else []})
            cls.s.add_vm(1 if i <= 3 else 2, f'v{i}', mac(i), f'{ip(i)}/24',
                         iface_id=f'p{i}')
        for i in range(1, 7):
            wait_until(f'p{i} up', lambda i=i: (cls.s.get(
                f'status/logical_switch_port/p{i}') or {}).get('up'))
        cls.s.weftctl('--wait=hv', 'sync')

    def test_unicast_everywhere(self):
        for i in range(1, 7):
            for j in range(1, 7):
                if i != j:
                    self.assertTrue(
                        self.s.ping(f'v{i}', ip(j), count=1, ttl=64),
                        f'v{i} -> v{j}')

    def test_broadcast_reaches_all_others_once(self):
        got = self.sniff_while(range(2, 7), 'icmp', lambda: self.s.vm(
            'v1', 'ping', '-n', '-b', '-c', '3', '-i', '0.2', '-W', '1',
            '10.1.1.255', check=False))
        for i in range(2, 7):
            self.assertEqual(got[i].count('10.1.1.255: ICMP echo request'),
                             3, f'v{i}: {got[i]}')

    def test_arp_is_answered_without_flooding(self):
        # The first request is broadcast; the switch answers for ports that it
        # knows, so nobody else hears it.
        self.s.vm('v2', 'ip', 'neigh', 'flush', 'dev', 'eth0')
        got = self.sniff_while([3, 4, 5], 'arp', lambda: self.assertTrue(
            self.s.ping('v2', ip(6), count=1)))
        for i in (3, 4, 5):
            self.assertNotIn(f'who-has {ip(6)}', got[i])

    def test_unknown_destination_is_dropped(self):
        # No port has "unknown" among its addresses.
        self.s.vm('v2', 'ip', 'neigh', 'replace', '10.1.1.99', 'lladdr',
                  'fa:16:3e:00:00:99', 'dev', 'eth0')
        got = self.sniff_while([3, 5, 6], 'icmp', lambda: self.assertFalse(
            self.s.ping('v2', '10.1.1.99', count=2)))
        for i in (3, 5, 6):
            self.assertNotIn('10.1.1.99', got[i])

    def test_port_security_drops_spoofed_ip(self):
        self.spoofed_ip('v1', ip(5), blocked=True)
        self.spoofed_ip('v2', ip(5), blocked=False)

    def spoofed_ip(self, vm, target, blocked):
        self.s.vm(vm, 'ip', 'addr', 'add', '10.1.1.77/24', 'dev', 'eth0')
        self.s.vm('v5', 'ip', 'neigh', 'replace', '10.1.1.77', 'lladdr',
                  self.s.vms[vm]['mac'], 'dev', 'eth0')
        try:
            done = self.s.vm(vm, 'ping', '-n', '-c', '2', '-i', '0.2', '-W',
                             '1', '-I', '10.1.1.77', target, check=False)
            self.assertEqual(done.returncode != 0, blocked, done.stdout)
        finally:
            self.s.vm(vm, 'ip', 'addr', 'del', '10.1.1.77/24', 'dev', 'eth0')

    def test_port_security_drops_spoofed_mac(self):
        own = self.s.vms['v4']['mac']
        self.assertTrue(self.s.ping('v4', ip(1)))
        try:
            self.s.vm('v4', 'ip', 'link', 'set', 'eth0', 'address',
                      'fa:16:3e:00:00:aa')
            self.assertFalse(self.s.ping('v4', ip(1)))
        finally:
            self.s.vm('v4', 'ip', 'link', 'set', 'eth0', 'address', own)
        self.s.ping_soon('v4', ip(1))

    def sniff_while(self, vms, what, action):
        """tcpdump in each VM while action() runs; {number: text}."""
        vms = list(vms)
        for i in vms:
            self.s.spawn(f'dump-v{i}', [
                'tcpdump', '-lnei', 'eth0', '-Z', 'root', what],
                netns=self.s.netns(f'v{i}'))
        for i in vms:
            wait_until('tcpdump', lambda i=i: 'listening' in self.s.log_text(
                f'dump-v{i}'))
        action()
        time.sleep(0.5)
        texts = {}
        for i in vms:
            self.s.end(f'dump-v{i}')
            texts[i] = self.s.log_text(f'dump-v{i}')
            os.unlink(self.s.path(f'dump-v{i}.log'))
        return texts


if __name__ == '__main__':
    unittest.main(verbosity=2)
