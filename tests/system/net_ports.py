"""Kinds of ports on two hypervisors: containers in VLANs, localports,
l2gateway ports, virtual ports behind a router, external ports, dynamic
addresses that stay, live migration, versions of interfaces."""
import re
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


# A RARP of the MAC in argv[1], as a hypervisor sends for a VM that arrived.
RARP = """
import socket, struct, sys
mac = bytes.fromhex(sys.argv[1].replace(':', ''))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
s.send(b'\\xff' * 6 + mac + struct.pack('>HHHBBH', 0x8035, 1, 0x0800, 6, 4, 3)
       + mac + bytes(4) + mac + bytes(4) + bytes(18))
"""


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
        wait_until('pod1', lambda: 'ready' in s.log_text('pod1'), 90)
        s.ping_soon('pod2', '10.2.0.1', ttl=64)
        # Not without its tag.
        self.assertFalse(s.ping('pod2', '10.1.0.1', count=1))
        s.end('pod1')
        self.migrate_host()

    def migrate_host(self):
        """A container stays with its parent, which stays here until it has
        arrived there."""
        s = self.s
        row = s.get('nb/logical_switch_port/host')

        def places():
            return [s.get(f'sb/dp/switch:{key}').get('chassis')
                    for key in ('hosts/port/host', 'pods/port/pod1')]
        for chassis, place in (('hv1,hv2', 'hv1'), ('hv2', 'hv2')):
            s.put('nb/logical_switch_port/host', {
                **row, 'options': {'requested-chassis': chassis}})
            if place == 'hv1':
                s.add_vm(2, 'host2', mac(1), '10.1.0.1/24', iface_id='host')
                wait_until('additional chassis', lambda: s.get(
                    'sb/dp/switch:hosts/port/host').get(
                        'additional_chassis') == ['hv2'])
            else:
                s.unplug_vm(1, 'host')
            wait_until('places', lambda p=place: places() == [p, p])
            ready(s)
        s.spawn('pod1', [sys.executable, '-c', POD, mac(2), '10.2.0.1'],
                netns=s.netns('host2'))
        wait_until('pod1', lambda: 'ready' in s.log_text('pod1'), 90)
        s.ping_soon('pod2', '10.2.0.1', ttl=64)
        s.end('pod1')

    def test_container_takes_any_tag(self):
        s = self.s
        enter(s, {'logical_switch/any': {}, 'logical_switch/in-any': {},
                  'logical_switch_port/parent': {'switch': 'any'}})
        for name, tag in ('asks', 1), ('first', 0), ('third', 0):
            s.put(f'nb/logical_switch_port/{name}', {
                'switch': 'in-any', 'parent_name': 'parent',
                'tag_request': tag})
        ready(s)

        def tags():
            found = [s.weftctl('lsp-get-tag', n, name='ovn-nbctl',
                               check=False).stdout.strip()
                     for n in ('first', 'third')]
            return all(found) and found
        before = wait_until('tags', tags)
        self.assertEqual(len({'1', *before}), 3, before)
        # They stay, whoever leads.
        s.kill('translator')
        s.start_translator()
        s.put('nb/logical_switch_port/fourth', {
            'switch': 'in-any', 'parent_name': 'parent', 'tag_request': 0})
        wait_until('tag', lambda: (s.get(
            'status/logical_switch_port/fourth') or {}).get('tag'), 30)
        self.assertEqual(tags(), before)

    def test_version_of_interface(self):
        s = self.s
        enter(s, {
            'logical_switch/ver': {},
            'logical_switch_port/o': {
                'switch': 'ver', 'addresses': [f'{mac(0x42)} 10.7.0.2']},
            'logical_switch_port/ver1': {
                'switch': 'ver', 'addresses': [f'{mac(0x41)} 10.7.0.1'],
                'options': {'iface-id-ver': 'one'}}})
        s.add_vm(2, 'o', mac(0x42), '10.7.0.2/24')
        s.add_vm(1, 'ver1', mac(0x41), '10.7.0.1/24')
        self.up('o')
        wait_until('refusal', lambda: 'iface-id-ver' in (s.get(
            'sb/node/hv1/port/ver1') or {}).get('reason', ''))
        s.hv(1, 'ovs-vsctl', 'set', 'Interface', s.netns('ver1'),
             'external_ids:iface-id-ver=one')
        self.up('ver1')
        s.ping_soon('o', '10.7.0.1')

    def test_virtual_behind_a_router(self):
        """Packets for the address that moves go to who has it."""
        s = self.s
        enter(s, {
            'logical_switch/vs': {}, 'logical_switch/other': {},
            'logical_router/vr': {},
            'logical_router_port/vr-vs': {
                'router': 'vr', 'mac': mac(0x51),
                'networks': ['10.8.0.1/24']},
            'logical_router_port/vr-other': {
                'router': 'vr', 'mac': mac(0x52),
                'networks': ['10.8.1.1/24']},
            'logical_switch_port/vs-vr': {
                'switch': 'vs', 'type': 'router', 'addresses': ['router'],
                'options': {'router-port': 'vr-vs'}},
            'logical_switch_port/other-vr': {
                'switch': 'other', 'type': 'router',
                'addresses': ['router'],
                'options': {'router-port': 'vr-other'}},
            'logical_switch_port/k1': {
                'switch': 'vs', 'addresses': [f'{mac(0x53)} 10.8.0.3']},
            'logical_switch_port/k2': {
                'switch': 'vs', 'addresses': [f'{mac(0x54)} 10.8.0.4']},
            'logical_switch_port/kc': {
                'switch': 'other', 'addresses': [f'{mac(0x55)} 10.8.1.5']},
            'logical_switch_port/kv': {
                'switch': 'vs', 'type': 'virtual',
                'addresses': [f'{mac(0x5f)} 10.8.0.9'],
                'options': {'virtual-ip': '10.8.0.9',
                            'virtual-parents': 'k1,k2'}}})
        s.add_vm(1, 'k1', mac(0x53), '10.8.0.3/24', '10.8.0.1')
        s.add_vm(2, 'k2', mac(0x54), '10.8.0.4/24', '10.8.0.1')
        s.add_vm(1, 'kc', mac(0x55), '10.8.1.5/24', '10.8.1.1')
        self.up('k1', 'k2', 'kc')
        for vm, other in ('k1', 'k2'), ('k2', 'k1'):
            s.vm(other, 'ip', 'addr', 'del', '10.8.0.9/32', 'dev', 'eth0',
                 check=False)
            s.vm(vm, 'ip', 'addr', 'add', '10.8.0.9/32', 'dev', 'eth0')

            def is_there(vm=vm):
                s.vm(vm, 'busybox', 'arping', '-U', '-c', '1', '-I', 'eth0',
                     '-s', '10.8.0.9', '10.8.0.9', check=False)
                return s.get('sb/dp/switch:vs/port/kv').get(
                    'virtual_parent') == vm
            wait_until(f'virtual port at {vm}', is_there, 20, 0.3)
            ready(s)
            sniff(s, vm, ['icmp'])
            s.ping_soon('kc', '10.8.0.9', ttl=63)
            self.assertIn('10.8.1.5 > 10.8.0.9', sniffed(s, vm))

    def test_external(self):
        """A host on the physical network that a chassis of an HA group
        serves: DHCP and the way through a router."""
        s = self.s
        enter(s, {
            'logical_switch/exts': {}, 'logical_switch/in': {},
            'logical_router/er': {},
            'logical_router_port/er-exts': {
                'router': 'er', 'mac': mac(0x61),
                'networks': ['10.9.0.1/24']},
            'logical_router_port/er-in': {
                'router': 'er', 'mac': mac(0x62),
                'networks': ['10.9.1.1/24']},
            'logical_switch_port/exts-er': {
                'switch': 'exts', 'type': 'router', 'addresses': ['router'],
                'options': {'router-port': 'er-exts'}},
            'logical_switch_port/in-er': {
                'switch': 'in', 'type': 'router', 'addresses': ['router'],
                'options': {'router-port': 'er-in'}},
            'logical_switch_port/exts-ln': {
                'switch': 'exts', 'type': 'localnet',
                'addresses': ['unknown'],
                'options': {'network_name': 'phys'}},
            'ha_chassis_group/eg': {},
            'ha_chassis/eg1': {'ha_chassis_group': 'eg',
                               'chassis_name': 'hv1', 'priority': 5},
            'ha_chassis/eg2': {'ha_chassis_group': 'eg',
                               'chassis_name': 'hv2', 'priority': 9},
            'dhcp_options/ed': {'cidr': '10.9.0.0/24', 'options': {
                'server_id': '10.9.0.1', 'server_mac': mac(0x61),
                'lease_time': '3600', 'router': '10.9.0.1'}},
            'logical_switch_port/e': {
                'switch': 'exts', 'type': 'external', 'dhcpv4_options': 'ed',
                'ha_chassis_group': 'eg',
                'addresses': [f'{mac(0x63)} 10.9.0.5']},
            'logical_switch_port/iv': {
                'switch': 'in', 'addresses': [f'{mac(0x64)} 10.9.1.5']}})
        s.add_vm(1, 'e', mac(0x63), iface_id='', bridge='br-ex')
        s.add_vm(1, 'iv', mac(0x64), '10.9.1.5/24', '10.9.1.1')
        self.up('iv')
        s.vm('e', 'ip', 'addr', 'add', '10.9.0.5/24', 'dev', 'eth0')
        s.vm('e', 'ip', 'route', 'add', 'default', 'via', '10.9.0.1')
        # The second time another chassis comes first.
        for n, priority in (2, 5), (1, 15):
            s.put('nb/ha_chassis/eg1', {
                'ha_chassis_group': 'eg', 'chassis_name': 'hv1',
                'priority': priority})
            wait_until('place', lambda n=n: s.get(
                'sb/dp/switch:exts/port/e').get('chassis') == f'hv{n}')
            ready(s)
            done = wait_until('lease', lambda: re.search(
                r'lease of (\S+) obtained', ''.join(self.udhcpc('e'))), 30)
            self.assertEqual(done[1].rstrip(','), '10.9.0.5')
            s.ping_soon('e', '10.9.1.5', ttl=63, timeout=20)

    def udhcpc(self, vm):
        done = self.s.vm(vm, 'busybox', 'udhcpc', '-i', 'eth0', '-n', '-q',
                         '-f', '-t', '3', '-T', '1', '-s', '/bin/true',
                         check=False)
        return done.stdout, done.stderr

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
        # Another chassis takes it over.
        s.put('nb/logical_switch_port/gw', {
            'switch': 'l2', 'type': 'l2gateway', 'addresses': ['unknown'],
            'options': {'network_name': 'phys', 'l2gateway-chassis': 'hv1'}})
        wait_until('place', lambda: s.get('sb/dp/switch:l2/port/gw').get(
            'chassis') == 'hv1')
        ready(s)
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

    def test_migration_until_rarp(self):
        """activation-strategy=rarp: on the new chassis nothing goes in or
        out until the VM says by RARP that it is there; that is kept when the
        agent starts again."""
        s = self.s
        options = {'requested-chassis': 'hv1,hv2',
                   'activation-strategy': 'rarp'}
        row = {'switch': 'rarp', 'addresses': [f'{mac(0x41)} 10.7.0.1'],
               'options': {**options, 'requested-chassis': 'hv1'}}
        enter(s, {
            'logical_switch/rarp': {},
            'logical_switch_port/x': row,
            'logical_switch_port/y': {
                'switch': 'rarp', 'addresses': [f'{mac(0x42)} 10.7.0.2']}})
        s.add_vm(1, 'x', mac(0x41), '10.7.0.1/24')
        s.add_vm(2, 'y', mac(0x42), '10.7.0.2/24')
        self.up('x', 'y')
        s.ping_soon('y', '10.7.0.1')
        s.put('nb/logical_switch_port/x', {**row, 'options': options})
        s.add_vm(2, 'x2', mac(0x41), '10.7.0.1/24', iface_id='x')
        wait_until('additional chassis', lambda: s.get(
            'sb/dp/switch:rarp/port/x').get('additional_chassis') == ['hv2'])
        ready(s)
        sniff(s, 'x2', ['icmp'])
        self.assertTrue(s.ping('y', '10.7.0.1', wait=3))
        self.assertNotIn('10.7.0.2 > 10.7.0.1', sniffed(s, 'x2'))
        s.vm('x2', 'ip', 'neigh', 'add', '10.7.0.2', 'lladdr', mac(0x42),
             'dev', 'eth0')
        sniff(s, 'y', ['icmp or rarp'])
        self.assertFalse(s.ping('x2', '10.7.0.2'))
        s.vm('x2', '/usr/bin/python3', '-c', RARP, mac(0x41))
        wait_until('activation', lambda: 'weft-activated=true' in s.hv(
            2, 'ovs-vsctl', 'get', 'interface', s.netns('x2'),
            'external_ids').stdout.replace('"', ''), 20)
        ready(s)
        heard = sniffed(s, 'y')
        self.assertNotIn('ICMP', heard)
        self.assertIn('ethertype Reverse ARP', heard)
        for restart in False, True:
            if restart:
                s.kill('agent-hv2')
                s.start_agent(2)
                ready(s)
            sniff(s, 'x2', ['icmp'])
            s.ping_soon('y', '10.7.0.1')
            self.assertIn('10.7.0.2 > 10.7.0.1', sniffed(s, 'x2'))
        s.put('nb/logical_switch_port/x', {
            **row, 'options': {**options, 'requested-chassis': 'hv2'}})
        s.unplug_vm(1, 'x')
        wait_until('place', lambda: s.get('sb/dp/switch:rarp/port/x').get(
            'chassis') == 'hv2')
        ready(s)
        s.ping_soon('y', '10.7.0.1')


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
