"""Kinds of ports on two hypervisors: containers in VLANs, localports,
l2gateway ports, dynamic addresses that stay, live migration."""
import sys
import unittest

from net_support import enter, join_outside, mac, ready, sniff, sniffed
from sandbox import Sandbox, wait_until

# A container with MAC and IP argv, in VLAN 7 of eth0: answers echoes (the
# switch answers ARP).
POD = '''
import sys
from scapy.all import Dot1Q, Ether, ICMP, IP, sendp, sniff
mac, ip = sys.argv[1:]
def answer(p):
    if (Dot1Q in p and p[Dot1Q].vlan == 7 and ICMP in p
            and p[ICMP].type == 8 and p[IP].dst == ip and p.dst == mac):
        q = (Ether(src=mac, dst=p.src) / Dot1Q(vlan=7)
             / IP(src=ip, dst=p[IP].src, ttl=64)
             / ICMP(type=0, id=p[ICMP].id, seq=p[ICMP].seq)
             / p[ICMP].payload)
        sendp(q, iface="eth0", verbose=False)
sniff(iface="eth0", prn=answer, store=False,
      started_callback=lambda: print("ready", flush=True))
'''


class Ports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        cls.s.start_weft()
        join_outside(cls.s)

    def up(self, *ports):
        for port in ports:
            wait_until(f'{port} up', lambda p=port: (self.s.get(
                f'status/logical_switch_port/{p}') or {}).get('up'))
        ready(self.s)

    def test_container(self):
        s = self.s
        enter(s, {
            'logical_switch/hosts': {}, 'logical_switch/pods': {},
            'logical_switch_port/host': {
                'switch': 'hosts', 'addresses': [f'{mac(1)} 10.1.0.1']},
            'logical_switch_port/pod1': {
                'switch': 'pods', 'parent_name': 'host', 'tag': 7,
                'addresses': [f'{mac(2)} 10.2.0.1']},
            'logical_switch_port/pod2': {
                'switch': 'pods', 'addresses': [f'{mac(3)} 10.2.0.2']}})
        s.add_vm(1, 'host', mac(1), '10.1.0.1/24')
        s.add_vm(2, 'pod2', mac(3), '10.2.0.2/24')
        self.up('host', 'pod1', 'pod2')
        # The container's side of the VLAN, by hand: not every kernel has
        # VLAN interfaces.
        s.spawn('pod1', [sys.executable, '-c', POD, mac(2), '10.2.0.1'],
                netns=s.netns('host'))
        wait_until('pod1', lambda: 'ready' in s.log_text('pod1'), 30)
        s.ping_soon('pod2', '10.2.0.1', ttl=64)
        s.end('pod1')
        # Not without its tag.
        self.assertFalse(s.ping('pod2', '10.1.0.1', count=1))

    def test_localport(self):
        s = self.s
        enter(s, {
            'logical_switch/meta': {},
            'logical_switch_port/lp': {
                'switch': 'meta', 'type': 'localport',
                'addresses': [f'{mac(0x10)} 10.3.0.9']},
            'logical_switch_port/m1': {
                'switch': 'meta', 'addresses': [f'{mac(0x11)} 10.3.0.1']},
            'logical_switch_port/m2': {
                'switch': 'meta', 'addresses': [f'{mac(0x12)} 10.3.0.2']}})
        for n in (1, 2):
            s.add_vm(n, f'm{n}', mac(0x10 + n), f'10.3.0.{n}/24')
            s.add_vm(n, f'lp{n}', mac(0x10), '10.3.0.9/24', iface_id='lp')
        self.up('m1', 'm2')
        for n in (1, 2):
            sniff(s, f'lp{n}', ['icmp'])
        s.ping_soon('m1', '10.3.0.9', ttl=64)
        s.ping_soon('m2', '10.3.0.9', ttl=64)
        first, second = sniffed(s, 'lp1'), sniffed(s, 'lp2')
        self.assertIn('10.3.0.1 > 10.3.0.9', first)
        self.assertNotIn('10.3.0.2 > 10.3.0.9', first)
        self.assertIn('10.3.0.2 > 10.3.0.9', second)

    def test_l2gateway(self):
        s = self.s
        enter(s, {
            'logical_switch/l2': {},
            'logical_switch_port/gw': {
                'switch': 'l2', 'type': 'l2gateway', 'addresses': ['unknown'],
                'options': {'network_name': 'phys',
                            'l2gateway-chassis': 'hv2'}},
            'logical_switch_port/g1': {
                'switch': 'l2', 'addresses': [f'{mac(0x21)} 10.4.0.1']}})
        s.add_vm(1, 'g1', mac(0x21), '10.4.0.1/24')
        s.add_vm(1, 'ext', mac(0x22), '10.4.0.100/24', iface_id='',
                 bridge='br-ex')
        self.up('g1')
        s.ping_soon('g1', '10.4.0.100', ttl=64)
        s.ping_soon('ext', '10.4.0.1', ttl=64)

    def test_dynamic_addresses(self):
        s = self.s
        enter(s, {
            'nb_global/global': {'options': {'mac_prefix': 'fa:16:3f'}},
            'logical_switch/dyn': {'other_config': {
                'subnet': '10.5.0.0/24', 'exclude_ips': '10.5.0.2'}},
            'logical_switch_port/d1': {'switch': 'dyn',
                                       'addresses': ['dynamic']}})
        given = wait_until('addresses', lambda: (s.get(
            'status/logical_switch_port/d1') or {}).get('dynamic_addresses'))
        self.assertEqual(given, 'fa:16:3f:05:00:04 10.5.0.3')
        enter(s, {'logical_switch_port/d0': {'switch': 'dyn',
                                             'addresses': ['dynamic']}})
        # Who had an address keeps it, whoever leads.
        s.kill('translator')
        s.start_translator()
        other = wait_until('addresses', lambda: (s.get(
            'status/logical_switch_port/d0') or {}).get('dynamic_addresses'),
            30)
        self.assertEqual(other, 'fa:16:3f:05:00:05 10.5.0.4')
        self.assertEqual(s.get('status/logical_switch_port/d1')[
            'dynamic_addresses'], given)
        for n, name in ((1, 'd1'), (2, 'd0')):
            addr, ip = s.get(f'status/logical_switch_port/{name}')[
                'dynamic_addresses'].split()
            s.add_vm(n, name, addr, f'{ip}/24')
        self.up('d0', 'd1')
        s.ping_soon('d1', '10.5.0.4', ttl=64)

    def test_migration(self):
        s = self.s
        row = {'switch': 'mig', 'addresses': [f'{mac(0x31)} 10.6.0.1'],
               'options': {'requested-chassis': 'hv1'}}
        enter(s, {
            'logical_switch/mig': {},
            'logical_switch_port/v': row,
            'logical_switch_port/w': {
                'switch': 'mig', 'addresses': [f'{mac(0x32)} 10.6.0.2']}})
        s.add_vm(1, 'v', mac(0x31), '10.6.0.1/24')
        s.add_vm(2, 'w', mac(0x32), '10.6.0.2/24')
        self.up('v', 'w')
        s.ping_soon('w', '10.6.0.1')
        # On its way: both chassis have the port, both get its packets.
        s.put('nb/logical_switch_port/v', {
            **row, 'options': {'requested-chassis': 'hv1,hv2'}})
        s.add_vm(2, 'v2', mac(0x31), '10.6.0.1/24', iface_id='v')
        wait_until('additional chassis', lambda: s.get(
            'sb/dp/switch:mig/port/v').get('additional_chassis') == ['hv2'])
        ready(s)
        sniff(s, 'v2', ['icmp'])
        s.ping_soon('w', '10.6.0.1')
        self.assertIn('10.6.0.2 > 10.6.0.1', sniffed(s, 'v2'))
        # Arrived.
        s.put('nb/logical_switch_port/v', {
            **row, 'options': {'requested-chassis': 'hv2'}})
        s.unplug_vm(1, 'v')
        wait_until('place', lambda: s.get('sb/dp/switch:mig/port/v').get(
            'chassis') == 'hv2')
        ready(s)
        s.ping_soon('w', '10.6.0.1')


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
