"""Gateways on two hypervisors: a distributed gateway port that moves when its
node dies, source NAT and floating IPs through it, announcements, a gateway
router, ICMP errors of the gateway MTU."""
import re
import sys
import time
import unittest

from net_support import enter, join_outside, mac, ready, sniff, sniffed
from sandbox import Sandbox, wait_until

ROUTER = {
    'logical_switch/inside': {},
    'logical_switch/outside': {},
    'logical_router/r': {},
    'logical_router_port/r-in': {
        'router': 'r', 'mac': mac(0x11), 'networks': ['10.0.1.1/24']},
    'logical_router_port/r-out': {
        'router': 'r', 'mac': mac(0x12), 'networks': ['172.16.0.1/24']},
    'logical_switch_port/in-r': {
        'switch': 'inside', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-in'}},
    'logical_switch_port/out-r': {
        'switch': 'outside', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-out', 'nat-addresses': 'router'}},
    'logical_switch_port/ln': {
        'switch': 'outside', 'type': 'localnet', 'addresses': ['unknown'],
        'options': {'network_name': 'phys'}},
    'gateway_chassis/a': {'router_port': 'r-out', 'chassis_name': 'hv2',
                          'priority': 20},
    'gateway_chassis/b': {'router_port': 'r-out', 'chassis_name': 'hv1',
                          'priority': 10},
    'nat/snat': {'router': 'r', 'type': 'snat', 'external_ip': '172.16.0.1',
                 'logical_ip': '10.0.1.0/24'},
    'nat/fip': {'router': 'r', 'type': 'dnat_and_snat',
                'external_ip': '172.16.0.20', 'logical_ip': '10.0.1.6',
                'logical_port': 'b', 'external_mac': mac(0x20)},
    'logical_switch_port/a': {'switch': 'inside',
                              'addresses': [f'{mac(5)} 10.0.1.5']},
    'logical_switch_port/b': {'switch': 'inside',
                              'addresses': [f'{mac(6)} 10.0.1.6']},
}


class Gateways(unittest.TestCase):
    """a and the outside host are on hypervisor 1, b on hypervisor 2."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_etcd()
        s.start_translator()
        for n in (1, 2):
            s.start_agent(n, '--alive-ttl=2')
        for n in (1, 2):
            wait_until('chassis', lambda n=n: s.get(f'sb/chassis/hv{n}'))
        join_outside(s)
        enter(s, ROUTER)
        s.add_vm(1, 'a', mac(5), '10.0.1.5/24', '10.0.1.1')
        s.add_vm(2, 'b', mac(6), '10.0.1.6/24', '10.0.1.1')
        s.add_vm(1, 'ext', mac(0xee), '172.16.0.100/24', iface_id='',
                 bridge='br-ex')
        s.warm_tunnels()
        ready(s)

    def active(self):
        return (self.s.get('sb/dp/router:r/port/cr-r-out') or {}).get(
            'chassis')

    def test_1_source_nat_through_the_other_hypervisor(self):
        s = self.s
        self.assertEqual(self.active(), 'hv2')
        sniff(s, 'ext', ['icmp'])
        s.ping_soon('a', '172.16.0.100', ttl=63)
        self.assertIn('172.16.0.1 > 172.16.0.100: ICMP echo request',
                      sniffed(s, 'ext'))

    def check_zones(self):
        """snat-ct-zone of a gateway router: also one that somebody has."""
        s = self.s
        zones = s.hv(2, 'ovs-appctl', '-t', s.path('agent-hv2.ctl'),
                     'ct-zone-list').stdout
        taken = int(dict(line.rsplit(' ', 1) for line in
                         zones.splitlines())['b'])
        for zone in 777, taken:
            s.put('nb/logical_router/g', {'options': {
                'chassis': 'hv2', 'snat-ct-zone': str(zone)}})
            ready(s)
            s.ping_soon('c', '172.16.0.100', ttl=62)
            self.assertRegex(
                s.hv(2, 'ovs-appctl', 'dpctl/dump-conntrack').stdout,
                r'src=10.0.9.7,.*reply=.*dst=172.16.0.2,.*zone='
                rf'{zone}\b')
            ids = s.hv(2, 'ovs-vsctl', 'get', 'bridge', 'br-int',
                       'external_ids').stdout
            self.assertRegex(ids, rf'ct-zone-[0-9a-f-]+_snat="{zone}"')
            self.assertEqual(len(set(re.findall(r'="(\d+)"', ids))),
                             ids.count('ct-zone-'))

    def test_2_floating_ip_is_where_its_vm_is(self):
        s = self.s
        sniff(s, 'ext', ['icmp'])
        s.ping_soon('ext', '172.16.0.20', ttl=63)
        s.ping_soon('b', '172.16.0.100', ttl=63)
        text = sniffed(s, 'ext')
        self.assertIn(f'{mac(0x20)} > {mac(0xee)}', text)
        self.assertIn('172.16.0.20 > 172.16.0.100: ICMP echo request', text)
        # From inside too: hairpin.
        s.ping_soon('a', '172.16.0.20')

    def test_2_floating_ip_moves_with_its_vm(self):
        """On the wire it comes from the hypervisor that the VM is on."""
        s = self.s
        wire = s.hv(1, 'ovs-vsctl', 'get', 'Interface', 'ex0',
                    'ofport').stdout.strip()
        for n in (1, 2):
            s.move_vm('b', n)
            s.vm('b', 'ip', 'route', 'add', 'default', 'via', '10.0.1.1')
            wait_until(f'b on hv{n}', lambda n=n: s.get(
                'sb/dp/switch:inside/port/b').get('chassis') == f'hv{n}')
            ready(s)
            s.ping_soon('b', '172.16.0.100', ttl=63, timeout=20)
            s.ping_soon('ext', '172.16.0.20', ttl=63, timeout=20)
            seen = re.search(rf'(\S+) +\d+ +{mac(0x20)}', s.hv(
                1, 'ovs-appctl', 'fdb/show', 'br-ex').stdout)
            self.assertEqual(seen[1] == wire, n == 2, seen)

    def test_3_larger_than_the_gateway_mtu(self):
        s = self.s
        s.put('nb/logical_router_port/r-out', {
            **ROUTER['logical_router_port/r-out'],
            'options': {'gateway_mtu': '1000'}})
        ready(s)
        done = s.vm('a', 'ping', '-n', '-M', 'do', '-c', '2', '-W', '2', '-s',
                    '1200', '172.16.0.100', check=False)
        self.assertRegex(done.stdout + done.stderr,
                         r'mtu ?= ?1000|message too long')
        s.put('nb/logical_router_port/r-out',
              ROUTER['logical_router_port/r-out'])
        s.vm('a', 'ip', 'route', 'flush', 'cache')
        ready(s)

    def test_4_another_node_takes_over(self):
        s = self.s
        s.ping_soon('a', '172.16.0.100')
        sniff(s, 'ext', ['arp'])
        s.kill('agent-hv2')             # The node is gone.
        s.kill('vswitchd-hv2')
        wait_until('the gateway moves', lambda: self.active() == 'hv1', 20)
        moved = time.monotonic()
        s.ping_soon('a', '172.16.0.100', timeout=15, ttl=63)
        self.assertLess(time.monotonic() - moved, 10)
        wait_until('gratuitous ARP', lambda: mac(0x12) in s.log_text(
            'sniff-ext'), 10)
        self.assertRegex(sniffed(s, 'ext'),
                         rf'{mac(0x12)} > ff:ff:ff:ff:ff:ff.*172\.16\.0\.1\b')
        s.start_vswitchd(2)
        s.start_agent(2, '--alive-ttl=2')
        wait_until('the gateway comes back', lambda: self.active() == 'hv2',
                   20)
        s.warm_tunnels()
        ready(s)
        s.ping_soon('a', '172.16.0.100', timeout=15, ttl=63)

    def test_5_gateway_router(self):
        s = self.s
        enter(s, {
            'logical_switch/join': {},
            'logical_switch_port/join-d': {
                'switch': 'join', 'type': 'router', 'addresses': ['router'],
                'options': {'router-port': 'd-join'}},
            'logical_switch_port/join-g': {
                'switch': 'join', 'type': 'router', 'addresses': ['router'],
                'options': {'router-port': 'g-join'}},
            'logical_router/d': {},
            'logical_router_port/d-join': {
                'router': 'd', 'mac': mac(0x31),
                'networks': ['10.9.0.1/24']},
            'logical_switch/far': {},
            'logical_router_port/d-far': {
                'router': 'd', 'mac': mac(0x32),
                'networks': ['10.0.9.1/24']},
            'logical_switch_port/far-d': {
                'switch': 'far', 'type': 'router', 'addresses': ['router'],
                'options': {'router-port': 'd-far'}},
            'logical_switch_port/c': {
                'switch': 'far', 'addresses': [f'{mac(7)} 10.0.9.7']},
            'logical_router/g': {'options': {'chassis': 'hv2'}},
            'logical_router_port/g-join': {
                'router': 'g', 'mac': mac(0x33),
                'networks': ['10.9.0.2/24']},
            'logical_router_port/g-out': {
                'router': 'g', 'mac': mac(0x34),
                'networks': ['172.16.0.2/24']},
            'logical_switch_port/out-g': {
                'switch': 'outside', 'type': 'router',
                'addresses': ['router'], 'options': {
                    'router-port': 'g-out', 'nat-addresses': 'router'}},
            'logical_router_static_route/up': {
                'router': 'd', 'ip_prefix': '0.0.0.0/0',
                'nexthop': '10.9.0.2'},
            'logical_router_static_route/down': {
                'router': 'g', 'ip_prefix': '10.0.9.0/24',
                'nexthop': '10.9.0.1'},
            'nat/g': {'router': 'g', 'type': 'snat',
                      'external_ip': '172.16.0.2',
                      'logical_ip': '10.0.9.0/24'},
            'nat/g-in': {'router': 'g', 'type': 'dnat',
                         'external_ip': '172.16.0.30',
                         'logical_ip': '10.0.9.7'}})
        s.add_vm(1, 'c', mac(7), '10.0.9.7/24', '10.0.9.1')
        wait_until('c up', lambda: (s.get(
            'status/logical_switch_port/c') or {}).get('up'))
        ready(s)
        sniff(s, 'ext', ['icmp'])
        s.ping_soon('c', '172.16.0.100', ttl=62)
        self.assertIn('172.16.0.2 > 172.16.0.100: ICMP echo request',
                      sniffed(s, 'ext'))
        s.ping_soon('ext', '172.16.0.30', ttl=62)
        self.check_zones()


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
