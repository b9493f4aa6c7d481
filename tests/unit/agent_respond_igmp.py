"""IGMP and MLD against packets that scapy makes (RFC 1112, 2236, 3376, 2710,
3810): what is learned, where packets go on, and the queries."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import (Ether, ICMPv6MLDMultAddrRec, ICMPv6MLQuery2,
                       ICMPv6MLReport, ICMPv6MLDone, ICMPv6MLReport2, IP,
                       IPOption_Router_Alert, IPv6, IPv6ExtHdrHopByHop,
                       Raw, RouterAlert, UDP)          # noqa: E402
from scapy.contrib.igmp import IGMP as IGMPv2           # noqa: E402
from scapy.contrib.igmpv3 import (IGMPv3, IGMPv3gr, IGMPv3mq,
                                  IGMPv3mr)             # noqa: E402

ROUTERS, FLOOD_L2 = 32770, 32772
MAC = '0a:00:00:00:00:01'
SETTINGS = {'idle_timeout': 15, 'table_size': 4}


def igmp2(kind, group, dst=None):
    return (Ether(src=MAC, dst='01:00:5e:01:01:01')
            / IP(src='10.0.0.5', dst=dst or group, ttl=1, proto=2)
            / IGMPv2(type=kind, gaddr=group))


def igmp3(*records):
    return (Ether(src=MAC, dst='01:00:5e:00:00:16')
            / IP(src='10.0.0.5', dst='224.0.0.22', ttl=1, proto=2,
                 options=[IPOption_Router_Alert()])
            / IGMPv3(type=0x22) / IGMPv3mr(records=[
                IGMPv3gr(rtype=kind, maddr=group, srcaddrs=list(sources))
                for kind, group, *sources in records]))


def mld(message, dst='ff02::16'):
    return (Ether(src=MAC, dst='33:33:00:00:00:16')
            / IPv6(src='fe80::5', dst=dst, hlim=1)
            / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / message)


def mld2(*records):
    return mld(ICMPv6MLReport2(records=[
        ICMPv6MLDMultAddrRec(rtype=kind, dst=group, sources=list(sources))
        for kind, group, *sources in records]))


class Igmp(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()
        self.addCleanup(self.r.__exit__, None, None, None)
        self.r.row('switch:s', '-', {'tunnel_key': 1, 'type': 'switch'})
        for i, name in enumerate(['a', 'b', 'there'], 1):
            self.r.row('switch:s', f'port/{name}', {'tunnel_key': i})
        for name in 'ab':
            self.r.command(f'bound {name}')
        self.r.row('switch:s', 'ip_multicast', SETTINGS)
        self.r.run()

    def send(self, frame, port=1, goes_to=ROUTERS):
        """The agent gets it from the port, and sends it on."""
        replies = self.r.packet(IGMP, b'', frame, metadata=1, reg14=port)
        self.assertEqual([r.frame for r in replies],
                         [bytes(frame)] if goes_to else [])
        for reply in replies:
            self.assertIn(f'set_field:{goes_to:#x}->reg15', reply.actions)
            self.assertIn(f'set_field:{port:#x}->reg14', reply.actions)
            self.assertIn('resubmit(,39)', reply.actions)

    def groups(self):
        """What the chassis says: ports by group."""
        self.r.command('wait 110')
        self.r.run()
        prefix = 'igmp_group/switch:s/'
        return {key[len(prefix):]: row['ports']
                for key, row in self.r.own().items()
                if key.startswith(prefix)}

    def test_igmp_2(self):
        self.send(igmp2(0x16, '239.1.1.1'))
        self.assertEqual(self.groups(), {'239.1.1.1': ['a']})
        self.send(igmp2(0x12, '239.1.1.2'))     # Version 1.
        self.send(igmp2(0x16, '239.1.1.1'), port=2)
        self.assertEqual(self.groups(), {'239.1.1.1': ['a', 'b'],
                                         '239.1.1.2': ['a']})
        self.send(igmp2(0x17, '239.1.1.1', '224.0.0.2'))
        self.assertEqual(self.groups(), {'239.1.1.1': ['b'],
                                         '239.1.1.2': ['a']})

    def test_igmp_3(self):
        self.send(igmp3((4, '239.1.1.1'), (2, '239.1.1.2'),
                        (1, '232.1.1.1', '10.0.0.9')))
        self.assertEqual(self.groups(), {
            g: ['a'] for g in ('239.1.1.1', '239.1.1.2', '232.1.1.1')})
        self.send(igmp3((3, '239.1.1.1')))      # Includes nobody.
        self.assertEqual(set(self.groups()), {'239.1.1.2', '232.1.1.1'})

    def test_mld(self):
        self.send(mld(ICMPv6MLReport(mladdr='ff0e::5'), 'ff0e::5'))
        self.send(mld2((4, 'ff0e::6'), (2, 'ff05::7')), port=2)
        self.assertEqual(self.groups(), {
            'ff0e::5': ['a'], 'ff0e::6': ['b'], 'ff05::7': ['b']})
        self.send(mld(ICMPv6MLDone(mladdr='ff0e::5'), 'ff02::2'))
        self.send(mld2((3, 'ff0e::6')), port=2)
        self.assertEqual(self.groups(), {'ff05::7': ['b']})

    def test_routers(self):
        """Behind a query is a router; the query is everybody's."""
        self.send(igmp2(0x11, '0.0.0.0', '224.0.0.1'), goes_to=FLOOD_L2)
        self.send(mld(ICMPv6MLQuery2(), 'ff02::1'), port=2,
                  goes_to=FLOOD_L2)
        self.assertEqual(self.groups(), {'mrouters': ['a', 'b']})
        self.send(igmp2(0x16, '239.1.1.1'))
        self.send(mld(ICMPv6MLReport(mladdr='::'), '::'))
        self.assertEqual(self.groups(), {'mrouters': ['a', 'b'],
                                         '239.1.1.1': ['a']})

    def test_not_understood(self):
        """Nothing is learned, and nothing goes on."""
        bad = igmp2(0x16, '239.1.1.1')
        bad[IGMPv2].chksum = 1
        cut = bytes(igmp2(0x16, '239.1.1.1'))[:-4]
        wrong = mld(ICMPv6MLReport(mladdr='ff0e::5', cksum=1))
        for frame in (bad, cut, wrong, igmp2(0x99, '239.1.1.1'),
                      Ether(src=MAC) / IP(dst='239.1.1.1') / UDP() / b'x',
                      Ether(src=MAC, type=0x1234) / Raw(b'x' * 40),
                      bytes(igmp3())[:-1]):
            self.send(frame, goes_to=None)
        # More records than there are, no multicast address.
        frame = igmp3((4, '239.1.1.1'))
        frame[IGMPv3mr].numgrp = 200
        self.send(frame)
        self.send(igmp2(0x16, '10.0.0.1'))
        self.assertLessEqual(set(self.groups()), {'239.1.1.1'})
        self.assertGreater(self.r.drops()['malformed'], 6)

    def test_bounds(self):
        for i in range(9):
            self.send(igmp2(0x16, f'239.1.1.{i}'))
        self.assertEqual(set(self.groups()),
                         {f'239.1.1.{i}' for i in range(5, 9)})

    def test_ports_elsewhere_and_gone(self):
        self.send(igmp2(0x16, '239.1.1.1'), port=3, goes_to=None)
        self.send(igmp2(0x16, '239.1.1.1'), port=9, goes_to=None)
        self.assertEqual(self.groups(), {})
        self.send(igmp2(0x16, '239.1.1.1'))
        self.assertEqual(self.groups(), {'239.1.1.1': ['a']})
        self.r.row('switch:s', 'port/a', None)
        self.r.run()
        self.assertEqual(self.groups(), {})

    def test_switch_that_snoops_no_more(self):
        self.send(igmp2(0x16, '239.1.1.1'))
        self.assertEqual(self.groups(), {'239.1.1.1': ['a']})
        self.r.row('switch:s', 'ip_multicast', None)
        self.r.run()
        self.assertEqual(self.groups(), {})
        self.send(igmp2(0x16, '239.1.1.1'), goes_to=None)

    def test_rows_from_before(self):
        """They are kept where their ports are here."""
        self.r.row('switch:t', '-', {'tunnel_key': 2, 'type': 'switch'})
        self.r.row('switch:t', 'port/c', {'tunnel_key': 1})
        self.r.command('bound c')
        self.r.command('set igmp_group/switch:t/239.1.1.1 '
                       '{"ports":["c","gone"]}')
        self.r.command('set igmp_group/switch:t/ff0e::5 {"ports":["c"]}')
        self.r.command('set igmp_group/switch:t/mrouters {"ports":["c"]}')
        self.r.row('switch:t', 'ip_multicast', SETTINGS)
        self.r.run()
        self.assertEqual(self.r.own(), {
            f'igmp_group/switch:t/{g}': {'ports': ['c']}
            for g in ('239.1.1.1', 'ff0e::5', 'mrouters')})

    def queries(self, settings):
        """What is sent when another switch begins to snoop."""
        self.r.row('switch:q', 'ip_multicast', None)
        self.r.row('switch:q', '-', {'tunnel_key': 3, 'type': 'switch'})
        self.r.run()
        self.r.row('switch:q', 'ip_multicast', {**SETTINGS, **settings})
        return self.r.run()

    def test_queries(self):
        v4, v6 = self.queries({
            'querier': True, 'query_interval': 1,
            'query_max_response': 3, 'eth_src': '0a:00:00:00:00:99',
            'ip4_src': '10.0.0.254', 'ip6_src': 'fe80::99'})
        self.assertEqual(self.r.run(), [])
        self.r.command('wait 1100')
        self.assertEqual([r.frame for r in self.r.run()],
                         [v4.frame, v6.frame])
        for reply in v4, v6:
            self.assertIn(f'set_field:{FLOOD_L2:#x}->reg15', reply.actions)
            self.assertIn('resubmit(,40)', reply.actions)
            self.assertEqual(Ether(reply.frame).src, '0a:00:00:00:00:99')
        p = Ether(v4.frame)
        self.assertTrue(checksums_are_good(p[IP]))
        self.assertEqual((p.dst, p[IP].src, p[IP].dst, p[IP].ttl,
                          p[IP].options[0].name),
                         ('01:00:5e:00:00:01', '10.0.0.254', '224.0.0.1', 1,
                          'IP Option Router Alert'))
        self.assertEqual((p[IGMPv3].type, p[IGMPv3].mrcode,
                          p[IGMPv3mq].gaddr, p[IGMPv3mq].qrv,
                          p[IGMPv3mq].qqic), (0x11, 30, '0.0.0.0', 2, 1))
        p = Ether(v6.frame)
        self.assertTrue(checksums_are_good(p[IPv6]))
        self.assertEqual((p.dst, p[IPv6].src, p[IPv6].dst, p[IPv6].hlim),
                         ('33:33:00:00:00:01', 'fe80::99', 'ff02::1', 1))
        self.assertTrue(p.haslayer(RouterAlert))
        self.assertEqual((p[ICMPv6MLQuery2].mrd, p[ICMPv6MLQuery2].mladdr,
                          p[ICMPv6MLQuery2].QRV, p[ICMPv6MLQuery2].QQIC),
                         (3000, '::', 2, 1))

    def test_no_queries(self):
        """Without a querier, or the addresses."""
        for row in ({'eth_src': '0a:00:00:00:00:99', 'ip4_src': '10.0.0.254'},
                    {'querier': True, 'ip4_src': '10.0.0.254'},
                    {'querier': True, 'eth_src': '0a:00:00:00:00:99'}):
            self.assertEqual(self.queries(row), [])


if __name__ == '__main__':
    unittest.main()
