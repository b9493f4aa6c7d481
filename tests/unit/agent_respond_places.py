"""What an agent says of its own accord: gratuitous ARP, ND and RARP, router
advertisements; and virtual ports."""
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
import respond              # noqa: E402
from scapy.all import (ARP as ArpPacket, Ether, ICMPv6ND_NA, ICMPv6ND_RA,
                       ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo,
                       ICMPv6NDOptRDNSS, ICMPv6NDOptSrcLLAddr, IP,
                       IPv6)        # noqa: E402

MAC = '0a:00:00:00:00:01'


class Places(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()
        self.r.row('switch:s', '-', {'tunnel_key': 1, 'type': 'switch'})
        self.r.row('router:r', '-', {'tunnel_key': 2, 'type': 'router'})

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def localnet(self):
        self.r.command('localnet switch:s')

    def said(self):
        """[(MAC, IP or '', reply)] of what is announced now."""
        said = []
        for reply in self.r.run():
            p = Ether(reply.frame)
            if ICMPv6ND_NA in p:
                self.assertEqual((p.dst, p[IPv6].dst),
                                 ('33:33:00:00:00:01', 'ff02::1'))
                self.assertEqual((p[ICMPv6ND_NA].S, p[ICMPv6ND_NA].O),
                                 (0, 1))
                self.assertTrue(checksums_are_good(p[IPv6]))
                said.append((p.src, p[ICMPv6ND_NA].tgt, reply))
            elif p.type in (0x0806, 0x8035):
                arp = ArpPacket(reply.frame[14:])
                self.assertEqual(p.dst, 'ff:ff:ff:ff:ff:ff')
                self.assertEqual(arp.hwsrc, p.src)
                self.assertEqual(arp.pdst, arp.psrc)
                self.assertEqual(arp.op, 3 if p.type == 0x8035 else 1)
                said.append((p.src, '' if p.type == 0x8035 else arp.psrc,
                             reply))
        return said

    def told(self):
        return sorted(words[:2] for words in self.said())

    # --- gratuitous ARP

    def test_interface(self):
        self.r.row('switch:s', 'port/p', {
            'tunnel_key': 5, 'chassis': 'hv1',
            'addresses': [f'{MAC} 10.0.0.5 fd00::5', 'unknown']})
        self.r.command('bound p')
        self.assertEqual(self.told(), [])       # No physical network.
        self.localnet()
        self.r.row('switch:s', 'port/q', {'tunnel_key': 6})
        said = self.said()
        self.assertEqual(sorted(words[:2] for words in said),
                         [(MAC, '10.0.0.5'), (MAC, 'fd00::5')])
        for words in said:
            self.assertIn('set_field:0x5->reg14', words[2].actions)
            self.assertIn('set_field:0x1->metadata', words[2].actions)
            self.assertIn('resubmit(,8)', words[2].actions)
        self.assertEqual(self.told(), [])       # Not at once again.

    def test_interface_without_address(self):
        self.localnet()
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5,
                                          'addresses': [MAC]})
        self.assertEqual(self.told(), [])       # Not here.
        self.r.command('bound p')
        self.r.row('switch:s', 'port/q', {'tunnel_key': 6})
        self.assertEqual(self.told(), [(MAC, '')])

    def gateway(self, chassis):
        self.r.row('router:r', 'port/cr-lrp', {
            'tunnel_key': 3, 'type': 'chassisredirect', 'chassis': chassis,
            'options': {'distributed-port': 'lrp'}})

    def test_gateway(self):
        self.localnet()
        self.gateway('hv2')
        self.r.row('switch:s', 'port/s-r', {
            'tunnel_key': 4, 'type': 'patch', 'peer': 'lrp',
            'nat_addresses': [
                f'{MAC} 172.16.0.1 172.16.0.2 '
                'is_chassis_resident("cr-lrp")',
                '0a:00:00:00:00:77 172.16.0.7 is_chassis_resident("vm")']})
        self.assertEqual(self.told(), [])
        self.gateway('hv1')
        self.assertEqual(self.told(), [(MAC, '172.16.0.1'),
                                       (MAC, '172.16.0.2')])
        self.gateway('hv2')                     # Fails over, and back.
        self.assertEqual(self.told(), [])
        self.gateway('hv1')
        self.assertEqual(len(self.told()), 2)

    def test_gateway_router(self):
        self.localnet()
        self.r.row('switch:s', 'port/s-r', {
            'tunnel_key': 4, 'type': 'patch', 'peer': 'lrp',
            'nat_addresses': [f'{MAC} 172.16.0.1']})
        self.r.row('router:r', 'port/lrp', {
            'tunnel_key': 2, 'type': 'l3gateway', 'chassis': 'hv2'})
        self.assertEqual(self.told(), [])
        self.r.row('router:r', 'port/lrp', {
            'tunnel_key': 2, 'type': 'l3gateway', 'chassis': 'hv1'})
        self.assertEqual(self.told(), [(MAC, '172.16.0.1')])

    # --- router advertisements

    def router_port(self, **options):
        self.r.row('switch:s', 'port/s-r', {'tunnel_key': 4, 'type': 'patch',
                                            'peer': 'lrp'})
        self.r.row('router:r', 'port/lrp', {
            'tunnel_key': 2, 'type': 'patch', 'peer': 's-r',
            'mac': [f'{MAC} 10.0.0.1/24 fc11::1/64 fe80::1/64'],
            'options': {'ipv6_ra_send_periodic': 'true',
                        'ipv6_ra_address_mode': 'slaac', **options}})

    def test_advertisement(self):
        self.router_port(ipv6_ra_mtu='1400', ipv6_ra_rdnss='fc11::53')
        reply, = self.r.run()
        p = Ether(reply.frame)
        self.assertEqual((p.src, p.dst), (MAC, '33:33:00:00:00:01'))
        self.assertEqual((p[IPv6].src, p[IPv6].dst, p[IPv6].hlim),
                         ('fe80::800:ff:fe00:1', 'ff02::1', 255))
        self.assertTrue(checksums_are_good(p[IPv6]))
        self.assertEqual((p[ICMPv6ND_RA].M, p[ICMPv6ND_RA].O), (0, 0))
        self.assertEqual(p[ICMPv6NDOptSrcLLAddr].lladdr, MAC)
        self.assertEqual(p[ICMPv6NDOptMTU].mtu, 1400)
        self.assertEqual(p[ICMPv6NDOptRDNSS].dns, ['fc11::53'])
        prefix = p[ICMPv6NDOptPrefixInfo]
        self.assertEqual((prefix.prefix, prefix.prefixlen, prefix.A,
                          prefix.L), ('fc11::', 64, 1, 1))
        # From the switch's side, to this chassis alone.
        self.assertIn('set_field:0x4->reg14', reply.actions)
        self.assertIn('set_field:0x10->reg10', reply.actions)
        self.assertEqual(self.r.run(), [])

    def test_no_advertisement(self):
        self.router_port(ipv6_ra_send_periodic='false')
        self.assertEqual(self.r.run(), [])
        self.router_port(ipv6_ra_address_mode='nonsense')
        self.assertEqual(self.r.run(), [])
        self.router_port(**{'chassis-redirect-port': 'cr-lrp'})
        self.gateway('hv2')
        self.assertEqual(self.r.run(), [])

    # --- virtual ports

    def virtual(self, **row):
        self.r.row('switch:s', 'port/vip', {'tunnel_key': 9,
                                            'type': 'virtual', **row})

    def heard(self, port=5):
        self.r.packet(BIND_VPORT, struct.pack('>I', 9),
                      Ether(src=MAC, dst='ff:ff:ff:ff:ff:ff') / IP(),
                      metadata=1, reg14=port)
        return {k: v for k, v in self.r.own().items() if v}

    def test_virtual_port(self):
        self.virtual()
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5, 'chassis': 'hv1'})
        self.r.row('switch:s', 'port/q', {'tunnel_key': 6, 'chassis': 'hv2'})
        self.assertEqual(self.heard(6), {})     # Not ours.
        self.assertEqual(self.heard(77), {})
        self.assertEqual(self.heard()['claim/vip']['virtual_parent'], 'p')
        self.r.run()
        self.assertIn('claim/vip', self.r.own())
        # The parent moves away.
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5, 'chassis': 'hv2'})
        self.r.run()
        self.assertNotIn('claim/vip', self.r.own())

    def test_lost(self):
        self.virtual()
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5, 'chassis': 'hv1'})
        self.heard()
        self.virtual(chassis='hv2', virtual_parent='q')
        self.r.command('verdict vip {"bound":false}')
        self.r.row('switch:s', 'port/z', {'tunnel_key': 7})
        self.r.run()
        self.assertNotIn('claim/vip', self.r.own())

    def test_heard_while_another_has_it(self):
        self.virtual()
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5, 'chassis': 'hv1'})
        self.heard()
        self.virtual(chassis='hv2', virtual_parent='q')
        # The old claim goes first, so that the new one is newer.
        self.assertEqual(self.heard(), {})

    def test_kept_over_a_restart(self):
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5, 'chassis': 'hv1'})
        self.virtual(chassis='hv1', virtual_parent='p')
        self.r.run()
        self.assertEqual(self.r.own()['claim/vip']['virtual_parent'], 'p')

    def test_not_a_virtual_port(self):
        self.r.row('switch:s', 'port/vip', {'tunnel_key': 9})
        self.r.row('switch:s', 'port/p', {'tunnel_key': 5, 'chassis': 'hv1'})
        self.assertEqual(self.heard(), {})
        self.assertEqual(self.r.drops(), {'unknown_port': 1})


unittest.main()
