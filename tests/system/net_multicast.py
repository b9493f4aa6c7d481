"""IP multicast on two hypervisors with real packets: who joins hears, nobody
else does; leaving, ageing, flooding, queries, relay by a router, MLD, an agent
that starts again."""
import re
import sys
import time
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, wait_until

SNOOP = {'mcast_snoop': 'true', 'mcast_query_interval': '2',
         'mcast_idle_timeout': '15', 'mcast_eth_src': mac(0x99),
         'mcast_ip4_src': '10.0.1.254', 'mcast_ip6_src': 'fe80::99'}
QUIET = {'mcast_snoop': 'true', 'mcast_querier': 'false'}
ROWS = {
    'logical_switch/n1': {'other_config': SNOOP},
    'logical_switch/n2': {'other_config': QUIET},
    'logical_router/r': {},
    **{f'logical_router_port/r{i}': {
        'router': 'r', 'mac': mac(0x10 + i),
        'networks': [f'10.0.{i}.1/24', f'fd0{i}::1/64']} for i in (1, 2)},
    **{f'logical_switch_port/n{i}r': {
        'switch': f'n{i}', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': f'r{i}'}} for i in (1, 2)},
}
# Hypervisor, switch, number.
VMS = {'a': (1, 1, 5), 'b': (2, 1, 6), 'c': (2, 1, 7), 'd': (1, 1, 8),
       'e': (2, 2, 5), 'f': (1, 2, 6)}

JOIN = '''
import socket, sys, time
group = sys.argv[1]
index = socket.if_nametoindex("eth0")
if ":" in group:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                 socket.inet_pton(socket.AF_INET6, group)
                 + index.to_bytes(4, sys.byteorder))
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton(group) + bytes(4)
                 + index.to_bytes(4, sys.byteorder))
time.sleep(1000)
'''
SEND = '''
import socket, sys
group, port = sys.argv[1], int(sys.argv[2])
index = socket.if_nametoindex("eth0")
if ":" in group:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 8)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                 bytes(8) + index.to_bytes(4, sys.byteorder))
s.sendto(b"x", (group, port))
'''


# A report of somebody who will not answer queries.
REPORT = '''
import socket, sys
group = socket.inet_aton(sys.argv[1])
words = [0x1600, 0, *(group[i] << 8 | group[i + 1] for i in (0, 2))]
total = sum(words)
words[1] = ~(total + (total >> 16)) & 0xffff
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 2)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
s.sendto(b"".join(w.to_bytes(2, "big") for w in words), (sys.argv[1], 0))
'''


class Multicast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        enter(s, ROWS)
        for name, (hv, net, i) in VMS.items():
            s.put(f'nb/logical_switch_port/{name}', {
                'switch': f'n{net}',
                'addresses': [f'{mac(0x20 * net + i)} 10.0.{net}.{i}']})
            s.add_vm(hv, name, mac(0x20 * net + i), f'10.0.{net}.{i}/24',
                     ip6=f'fd0{net}::{i}/64')
            for family in ('ipv4', 'ipv6'):
                s.vm(name, 'sysctl', '-qw',
                     f'net.{family}.conf.all.rp_filter=0', check=False)
            s.vm(name, 'ip', 'route', 'add', '224.0.0.0/4', 'dev', 'eth0')
            s.spawn(f'sniff-{name}', [
                'tcpdump', '-Z', 'root', '--immediate-mode', '-lnvi', 'eth0',
                '-Q', 'in',
                'udp portrange 5000-5999 or igmp or '
                '(icmp6 and ip6[48] >= 130) or (ip6 and ip6[48] == 130)'],
                netns=s.netns(name))
        for name in VMS:
            wait_until('tcpdump', lambda n=name: 'listening' in s.log_text(
                f'sniff-{n}'))
        wait_until('ports', lambda: all((s.get(
            f'status/logical_switch_port/{n}') or {}).get('up')
            for n in VMS))
        ready(s)
        cls.port = 5000

    def join(self, vm, group):
        self.s.spawn(f'join-{vm}', ['/usr/bin/python3', '-c', JOIN, group],
                     netns=self.s.netns(vm))
        self.learned(vm, group)

    def leave(self, vm, group):
        self.s.end(f'join-{vm}')
        self.learned(vm, group, False)

    def rows(self, vm, group):
        hv, net, _ = VMS[vm]
        return (self.s.get(f'chassis/hv{hv}/igmp_group/switch:n{net}/'
                           + group) or {}).get('ports', [])

    def learned(self, vm, group, joined=True, timeout=15):
        """Waits until the chassis says so and all switches know."""
        wait_until(f'{vm} in {group}: {joined}', lambda: (
            vm in self.rows(vm, group)) == joined, timeout)
        ready(self.s)

    def heard(self, vm, port):
        """The TTLs of what `vm` heard to the port."""
        found = re.findall(rf'(?:ttl (\d+).*\n|hlim (\d+)).*\.{port}: ',
                           self.s.log_text(f'sniff-{vm}'))
        return [int(ttl or hlim) for ttl, hlim in found]

    def check(self, group, hears, sender='a'):
        """Each of the VMs hears one packet with that TTL, no other any."""
        self.__class__.port += 1
        port = self.port
        self.s.vm(sender, '/usr/bin/python3', '-c', SEND, group, str(port))
        try:
            wait_until('packets', lambda: all(
                self.heard(vm, port) for vm in hears), 3)
        except Exception:       # The comparison says what is missing.
            pass
        time.sleep(0.3)
        self.assertEqual(
            {vm: self.heard(vm, port) for vm in VMS
             if self.heard(vm, port)},
            {vm: [ttl] for vm, ttl in hears.items()})

    def set(self, table, row, column, value):
        old = self.s.get(f'nb/{table}/{row}')
        self.s.put(f'nb/{table}/{row}', {**old, column: value})
        ready(self.s)

    def test_1_who_joins_hears(self):
        self.s.vm('d', '/usr/bin/python3', '-c', REPORT, '239.5.5.5')
        self.learned('d', '239.5.5.5')
        self.check('239.5.5.5', {'d': 8})
        self.check('239.1.1.1', {})
        self.join('b', '239.1.1.1')
        self.check('239.1.1.1', {'b': 8})
        self.check('239.1.1.2', {})
        self.join('d', '239.1.1.1')
        self.check('239.1.1.1', {'b': 8, 'd': 8})
        self.check('239.1.1.1', {'d': 8}, sender='b')
        self.leave('d', '239.1.1.1')
        self.check('239.1.1.1', {'b': 8})
        self.check('224.0.0.77', {'b': 8, 'c': 8, 'd': 8})
        group = self.s.get('sb/dp/switch:n1/multicast_group/239.1.1.1')
        self.assertGreaterEqual(group['tunnel_key'], 32773)

    def test_2_flooding(self):
        s = self.s
        self.set('logical_switch_port', 'c', 'options',
                 {'mcast_flood': 'true'})
        self.check('239.1.1.1', {'b': 8, 'c': 8})
        self.check('239.9.9.9', {'c': 8})
        self.set('logical_switch_port', 'c', 'options',
                 {'mcast_flood_reports': 'true'})
        self.check('239.9.9.9', {})
        self.join('a', '239.7.7.7')
        wait_until('report', lambda: 'gaddr 239.7.7.7' in s.log_text(
            'sniff-c'))
        self.leave('a', '239.7.7.7')
        self.assertNotIn('gaddr 239.7.7.7', s.log_text('sniff-d'))
        self.set('logical_switch_port', 'c', 'options', {})
        self.set('logical_switch', 'n1', 'other_config',
                 {**SNOOP, 'mcast_flood_unregistered': 'true'})
        self.check('239.9.9.9', {'b': 8, 'c': 8, 'd': 8})
        self.check('239.1.1.1', {'b': 8})
        self.set('logical_switch', 'n1', 'other_config', SNOOP)

    def test_3_agent_starts_again(self):
        """The groups stay."""
        s = self.s
        before = s.etcdctl('get', '/weft/v1/chassis/hv2/igmp_group/switch:n1/'
                           '239.1.1.1', '-w=json')
        s.kill('agent-hv2')
        self.check('239.1.1.1', {'b': 8})
        s.start_agent(2)
        ready(s)
        time.sleep(1)
        self.check('239.1.1.1', {'b': 8})
        after = s.etcdctl('get', '/weft/v1/chassis/hv2/igmp_group/switch:n1/'
                          '239.1.1.1', '-w=json')
        self.assertEqual(re.findall('"version":(\\d+)', before),
                         re.findall('"version":(\\d+)', after))

    def test_4_relay(self):
        self.join('e', '239.1.1.1')
        self.join('f', '239.1.1.1')
        self.check('239.1.1.1', {'b': 8})
        self.set('logical_router', 'r', 'options', {'mcast_relay': 'true'})
        self.check('239.1.1.1', {'b': 8, 'e': 7, 'f': 7})
        self.check('239.1.1.1', {'b': 7, 'f': 8}, sender='e')
        self.leave('f', '239.1.1.1')
        self.check('239.1.1.1', {'b': 8, 'e': 7})
        self.set('logical_router', 'r', 'options', {})
        self.check('239.1.1.1', {'b': 8})
        self.leave('e', '239.1.1.1')

    def test_5_mld(self):
        self.set('logical_router', 'r', 'options', {'mcast_relay': 'true'})
        self.check('ff0e::5', {})
        self.join('c', 'ff0e::5')
        self.join('e', 'ff0e::5')
        self.check('ff0e::5', {'c': 8, 'e': 7})
        self.leave('c', 'ff0e::5')
        self.check('ff0e::5', {'e': 7})
        self.leave('e', 'ff0e::5')
        self.set('logical_router', 'r', 'options', {})
        self.assertTrue(self.s.ping('a', 'fd01::6'))

    def test_6_querier_and_ageing(self):
        """Queries keep what is wanted; who does not answer is forgotten."""
        s = self.s
        for what in ('igmp query v3', 'multicast listener query'):
            for vm in 'abcd':
                wait_until(f'{what} at {vm}', lambda vm=vm, what=what:
                           what in s.log_text(f'sniff-{vm}'))
        self.assertNotIn('igmp query', s.log_text('sniff-e'))
        self.learned('d', '239.5.5.5', False, timeout=25)
        self.check('239.5.5.5', {})
        self.check('239.1.1.1', {'b': 8})

    def test_7_gone(self):
        """Ports that go, switches that snoop no more."""
        s = self.s
        s.unplug_vm(2, 'b')
        self.learned('b', '239.1.1.1', False)
        wait_until('group', lambda: not s.get(
            'sb/dp/switch:n1/multicast_group/239.1.1.1'))
        self.join('c', '239.1.1.1')
        self.set('logical_switch', 'n1', 'other_config', {})
        self.learned('c', '239.1.1.1', False)
        self.check('239.1.1.1', {'c': 8, 'd': 8})


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2, failfast=True))
