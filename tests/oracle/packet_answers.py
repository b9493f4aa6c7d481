"""What agents answer themselves, beside stock OVN: ICMP errors, resets, ARP
and neighbour discovery, router advertisements, DNS.  The same rows and frames
in both, and what comes out of every port is compared.

All bytes, but for what summary() leaves out: of what an agent makes itself
TTL, identification, DF and the checksums that these change; how much of the
packet an ICMP error quotes beyond 500 bytes (stock 534, Weft what RFC 1812
allows); of DNS how names are compressed and the AA bit.  Where Weft answers
otherwise on purpose, expected() says so, with the reason.
"""
import os
import sys
import unittest
import warnings

warnings.filterwarnings('ignore')
sys.path.insert(0, os.path.dirname(__file__))
from twins import Twins                                 # noqa: E402
from scapy.config import conf                           # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.dns import DNS, DNSQR                 # noqa: E402
from scapy.layers.inet import ICMP, IP, TCP, UDP        # noqa: E402
from scapy.layers.inet6 import (                        # noqa: E402
    ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6ND_RS, ICMPv6NDOptSrcLLAddr, IPv6)
from scapy.layers.l2 import ARP, Ether                  # noqa: E402
from scapy.layers.sctp import SCTP, SCTPChunkData       # noqa: E402
from scapy.packet import Raw                            # noqa: E402

A, B, C, D, OUT = (f'0a:00:00:00:02:0{i}' for i in range(1, 6))
R1, R2, GW, R3 = (f'0a:00:00:00:01:0{i}' for i in range(1, 5))
ALL = 'ff:ff:ff:ff:ff:ff'

# Router advertisements: ipv6_ra_configs of a router port each.
RA = [
    {'address_mode': 'slaac'},
    {'address_mode': 'dhcpv6_stateful', 'mtu': '1400'},
    {'address_mode': 'dhcpv6_stateless', 'router_preference': 'HIGH'},
    {'address_mode': 'slaac', 'router_preference': 'LOW',
     'rdnss': 'fd00::53', 'dnssl': 'example.org,b.example.org'},
    {'address_mode': 'slaac', 'route_info': 'HIGH-fd01::/48,LOW-fd02::/64'},
    {'address_mode': 'slaac', 'mtu': '1280', 'rdnss': 'fd00::54'},
]


def rows():
    out = {
        'nb/logical_switch/s1': {'dns_records': ['names']},
        'nb/logical_switch/s2': {},
        'nb/logical_switch/s3': {},
        'nb/logical_switch/public': {},
        'nb/dns/names': {'records': {
            'web.example.org': '10.0.1.80 fd00:1::80',
            'v4.example.org': '10.0.1.81 10.0.1.82',
            '80.1.0.10.in-addr.arpa': 'web.example.org'}},
        'nb/logical_router/r': {},
        'nb/logical_router/g': {},
        'nb/logical_router_port/r-s3': {
            'router': 'g', 'mac': R3,
            'networks': ['10.0.3.1/24', 'fd00:3::1/64']},
        'nb/logical_switch_port/d': {
            'switch': 's3', 'addresses': [f'{D} 10.0.3.10 fd00:3::10']},
        'nb/logical_router_port/r-s1': {
            'router': 'r', 'mac': R1,
            'networks': ['10.0.1.1/24', 'fd00:1::1/64']},
        'nb/logical_router_port/r-s2': {
            'router': 'r', 'mac': R2,
            'networks': ['10.0.2.1/24', 'fd00:2::1/64']},
        'nb/logical_router_port/r-public': {
            'router': 'r', 'mac': GW, 'options': {'gateway_mtu': '1000'},
            'networks': ['172.16.0.1/24', 'fd00:99::1/64']},
        'nb/gateway_chassis/gw': {
            'router_port': 'r-public', 'name': 'gw', 'chassis_name': 'hv1',
            'priority': 10},
        'nb/nat/snat': {'router': 'r', 'type': 'snat',
                        'external_ip': '172.16.0.9',
                        'logical_ip': '10.0.2.0/24'},
        'nb/nat/floating': {'router': 'r', 'type': 'dnat_and_snat',
                            'external_ip': '172.16.0.10',
                            'logical_ip': '10.0.2.12'},
        'nb/logical_switch_port/localnet': {
            'switch': 'public', 'type': 'localnet',
            'addresses': ['unknown'], 'options': {'network_name': 'phys'}},
        'nb/logical_switch_port/a': {
            'switch': 's1', 'addresses': [f'{A} 10.0.1.10 fd00:1::10']},
        'nb/logical_switch_port/b': {
            'switch': 's1', 'addresses': [f'{B} 10.0.1.11 fd00:1::11']},
        'nb/logical_switch_port/c': {
            'switch': 's2', 'addresses': [f'{C} 10.0.2.12 fd00:2::12',
                                          'unknown']},
    }
    for switch in 's1', 's2', 's3', 'public':
        out[f'nb/logical_switch_port/{switch}-r'] = {
            'switch': switch, 'type': 'router', 'addresses': ['router'],
            'options': {'router-port': f'r-{switch}'}}
    out['nb/logical_switch_port/public-r']['options'][
        'nat-addresses'] = 'router'
    for i, (direction, match) in enumerate((
            ('to-lport', 'outport == "b" && tcp.dst == 81'),
            ('to-lport', 'outport == "b" && udp.dst == 81'),
            ('to-lport', 'outport == "b" && sctp.dst == 81'),
            ('to-lport', 'outport == "b" && (icmp4 || icmp6) && '
                         'ip.ttl == 77'),
            ('from-lport', 'inport == "a" && tcp.dst == 82'),
            ('from-lport', 'inport == "a" && udp.dst == 82'))):
        out[f'nb/acl/a{i}'] = {'switch': 's1', 'priority': 1000,
                               'direction': direction, 'match': match,
                               'action': 'reject'}
    for i, configs in enumerate(RA):
        out[f'nb/logical_switch/ra{i}'] = {}
        out[f'nb/logical_router_port/r-ra{i}'] = {
            'router': 'r', 'mac': f'0a:00:00:00:03:{i:02x}',
            'networks': [f'fd00:10{i}::1/64'], 'ipv6_ra_configs': configs}
        out[f'nb/logical_switch_port/ra{i}-r'] = {
            'switch': f'ra{i}', 'type': 'router', 'addresses': ['router'],
            'options': {'router-port': f'r-ra{i}'}}
        out[f'nb/logical_switch_port/rs{i}'] = {
            'switch': f'ra{i}',
            'addresses': [f'0a:00:00:00:04:{i:02x}', 'unknown']}
    return out


PORTS = {'va': 'a', 'vb': 'b', 'vc': 'c', 'vd': 'd',
         **{f'vrs{i}': f'rs{i}' for i in range(len(RA))}}


def ip4(src, dst, sip, dip, **kwargs):
    return Ether(src=src, dst=dst) / IP(src=sip, dst=dip, **kwargs)


def ip6(src, dst, sip, dip, **kwargs):
    return Ether(src=src, dst=dst) / IPv6(src=sip, dst=dip, **kwargs)


def from_a4(dip, dst=R1, **kwargs):
    return ip4(A, dst, '10.0.1.10', dip, id=7, **kwargs)


def from_a6(dip, dst=R1, **kwargs):
    return ip6(A, dst, 'fd00:1::10', dip, **kwargs)


def solicitation(src, sip, target):
    low = target.split(':')[-1].rjust(6, '0')
    return (ip6(src, f'33:33:ff:{low[0:2]}:{low[2:4]}:{low[4:6]}', sip,
                f'ff02::1:ff{low[0:2]}:{low[2:6]}', hlim=255)
            / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=src))


def arp(src, sip, target):
    return Ether(src=src, dst=ALL) / ARP(hwsrc=src, psrc=sip, pdst=target)


def query(name, kind, identifier=9):
    return DNS(id=identifier, rd=1, qd=DNSQR(qname=name, qtype=kind))


DATA = Raw(b'x' * 40)
LONG = Raw(b'0123456789' * 110)

NEIGHBOURS = [
    ('ARP for the router', 'va', arp(A, '10.0.1.10', '10.0.1.1')),
    ('ARP for a port', 'va', arp(A, '10.0.1.10', '10.0.1.11')),
    ('ARP probe for the router', 'va', arp(A, '0.0.0.0', '10.0.1.1')),
    ('ARP for nobody', 'va', arp(A, '10.0.1.10', '10.0.1.99')),
    ('ARP for one\'s own', 'va', arp(A, '10.0.1.10', '10.0.1.10')),
    ('ARP for the gateway', 'vout', arp(OUT, '172.16.0.77', '172.16.0.1')),
    ('ARP for SNAT', 'vout', arp(OUT, '172.16.0.77', '172.16.0.9')),
    ('ARP for a floating IP', 'vout',
     arp(OUT, '172.16.0.77', '172.16.0.10')),
    ('NS for the router', 'va', solicitation(A, 'fd00:1::10', 'fd00:1::1')),
    ('NS for the router, link-local', 'va',
     solicitation(A, 'fd00:1::10', 'fe80::800:ff:fe00:101')),
    ('NS for a port', 'va', solicitation(A, 'fd00:1::10', 'fd00:1::11')),
    ('NS for the gateway', 'vout',
     solicitation(OUT, 'fd00:99::77', 'fd00:99::1')),
    ('unicast NS', 'va', ip6(A, R1, 'fd00:1::10', 'fd00:1::1', hlim=255)
     / ICMPv6ND_NS(tgt='fd00:1::1') / ICMPv6NDOptSrcLLAddr(lladdr=A)),
    ('a packet to an unknown neighbour', 'va',
     from_a4('10.0.2.99') / UDP(sport=5, dport=6) / DATA),
    ('a packet to an unknown neighbour, IPv6', 'va',
     from_a6('fd00:2::99') / UDP(sport=5, dport=6) / DATA),
]

ERRORS = [
    ('echo to the router', 'va', from_a4('10.0.1.1')
     / ICMP(id=3, seq=4) / DATA),
    ('echo to another address of the router', 'va', from_a4('10.0.2.1')
     / ICMP(id=3, seq=4) / DATA),
    ('echo to the router, IPv6', 'va', from_a6('fd00:1::1')
     / ICMPv6EchoRequest(id=3, seq=4, data=b'abc')),
    ('TTL 1, UDP', 'va', from_a4('10.0.2.12', ttl=1)
     / UDP(sport=5, dport=6) / DATA),
    ('TTL 1, TCP', 'va', from_a4('10.0.2.12', ttl=1)
     / TCP(sport=5, dport=6)),
    ('TTL 1, echo', 'va', from_a4('10.0.2.12', ttl=1) / ICMP() / DATA),
    ('TTL 1, long', 'va', from_a4('10.0.2.12', ttl=1)
     / UDP(sport=5, dport=6) / LONG),
    ('hop limit 1, UDP', 'va', from_a6('fd00:2::12', hlim=1)
     / UDP(sport=5, dport=6) / DATA),
    ('hop limit 1, long', 'va', from_a6('fd00:2::12', hlim=1)
     / UDP(sport=5, dport=6) / LONG),
    ('UDP to the router', 'va', from_a4('10.0.1.1')
     / UDP(sport=5, dport=6) / DATA),
    ('UDP to the router, IPv6', 'va', from_a6('fd00:1::1')
     / UDP(sport=5, dport=6) / DATA),
    ('SYN to the router', 'va', from_a4('10.0.1.1')
     / TCP(sport=5, dport=6, seq=77, flags='S')),
    ('ACK to the router', 'va', from_a4('10.0.1.1')
     / TCP(sport=5, dport=6, seq=77, ack=99, flags='A') / DATA),
    ('SYN to the router, IPv6', 'va', from_a6('fd00:1::1')
     / TCP(sport=5, dport=6, seq=77, flags='S')),
    ('another protocol to the router', 'va', from_a4('10.0.1.1', proto=99)
     / DATA),
    ('another protocol to the router, IPv6', 'va',
     from_a6('fd00:1::1', nh=99) / DATA),
    ('a packet without a route', 'va', from_a4('192.0.2.1') / UDP(sport=5, dport=6) / DATA),
    ('larger than the MTU', 'vc',
     ip4(C, R2, '10.0.2.12', '172.16.0.77', id=7, flags='DF')
     / UDP(sport=5, dport=6) / LONG),
    ('larger than the MTU, IPv6', 'vc',
     ip6(C, R2, 'fd00:2::12', 'fd00:99::77') / UDP(sport=5, dport=6) / LONG),
]
# Routers with a gateway answer nothing to these.
SILENT = {what for what, _, _ in ERRORS
          if ('to the router' in what and 'echo' not in what)
          or 'without a route' in what}


def rejected(make, dst, port, name):
    return [
        (f'reject of SYN, {name}', 'va', make(dst, dst=B)
         / TCP(sport=5, dport=port, seq=77, flags='S')),
        (f'reject of data, {name}', 'va', make(dst, dst=B)
         / TCP(sport=5, dport=port, seq=77, ack=99, flags='PA') / DATA),
        (f'reject of UDP, {name}', 'va', make(dst, dst=B)
         / UDP(sport=5, dport=port) / DATA),
    ]


REJECTS = [
    *rejected(from_a4, '10.0.1.11', 81, 'egress'),
    *rejected(from_a6, 'fd00:1::11', 81, 'egress, IPv6'),
    *rejected(from_a4, '10.0.1.11', 82, 'ingress'),
    *rejected(from_a6, 'fd00:1::11', 82, 'ingress, IPv6'),
    ('reject of SCTP', 'va', from_a4('10.0.1.11', dst=B)
     / SCTP(sport=5, dport=81, tag=5) / SCTPChunkData(data=b'abcd')),
    ('reject of an echo', 'va', from_a4('10.0.1.11', dst=B, ttl=77)
     / ICMP(id=3, seq=4) / DATA),
    ('reject of an echo, IPv6', 'va', from_a6('fd00:1::11', dst=B, hlim=77)
     / ICMPv6EchoRequest(id=3, seq=4, data=b'abc')),
]

NAMES = [
    (f'DNS {name} {kind}{family}', 'va', make / UDP(sport=999, dport=53)
     / query(name, kind))
    for name, kind in (('web.example.org', 'A'), ('web.example.org', 'AAAA'),
                       ('WEB.example.ORG', 'A'), ('web.example.org', 'ANY'),
                       ('v4.example.org', 'A'),
                       ('80.1.0.10.in-addr.arpa', 'PTR'))
    for make, family in ((from_a4('10.0.2.12'), ''),
                         (from_a6('fd00:2::12'), ', IPv6'))]

ADVERTISEMENTS = [
    (f'RS, {configs}', f'vrs{i}',
     ip6(f'0a:00:00:00:04:{i:02x}', '33:33:00:00:00:02',
         f'fe80::800:ff:fe00:40{i}', 'ff02::2', hlim=255) / ICMPv6ND_RS()
     / ICMPv6NDOptSrcLLAddr(lladdr=f'0a:00:00:00:04:{i:02x}'))
    for i, configs in enumerate(RA)]

# Only routers without a gateway answer these (ovn-northd(8)).
PLAIN = [
    (what.replace('the router', 'a plain router'), 'vd', Ether(
        src=D, dst=R3) / frame)
    for what, frame in (
        ('UDP to the router', IP(src='10.0.3.10', dst='10.0.3.1', id=7)
         / UDP(sport=5, dport=6) / DATA),
        ('SYN to the router', IP(src='10.0.3.10', dst='10.0.3.1', id=7)
         / TCP(sport=5, dport=6, seq=77, flags='S')),
        ('another protocol to the router', IP(
            src='10.0.3.10', dst='10.0.3.1', id=7, proto=99) / DATA),
        ('UDP to the router, IPv6', IPv6(src='fd00:3::10', dst='fd00:3::1')
         / UDP(sport=5, dport=6) / DATA),
        ('SYN to the router, IPv6', IPv6(src='fd00:3::10', dst='fd00:3::1')
         / TCP(sport=5, dport=6, seq=77, flags='S')),
        ('another protocol to the router, IPv6', IPv6(
            src='fd00:3::10', dst='fd00:3::1', nh=99) / DATA))]


# ---- What is compared ------------------------------------------------------

def dns_summary(dns):
    answers = [dns.an[i] for i in range(dns.ancount)]
    return (dns.id, dns.qr, dns.opcode, dns.rd, dns.ra, dns.rcode,
            bytes(dns.qd), [(r.rrname.lower(), r.type, r.ttl, r.rdata)
                            for r in answers])


def error_summary(icmp):
    """An ICMP error: type, code, MTU, and what it quotes."""
    return icmp[:2] + icmp[4:8], icmp[8:508]


def summary(frame):
    p = Ether(frame)
    if IP not in p and not (IPv6 in p and (TCP in p or UDP in p)):
        return frame.hex()
    ip = p[IP] if IP in p else p[IPv6]
    payload = bytes(ip.payload)
    if DNS in p:
        payload = payload[:4], dns_summary(p[DNS])
    elif ip.name == 'IP' and ip.proto == 1:
        payload = (error_summary(payload) if payload[0] in (3, 11)
                   else payload)
    elif TCP in p and ip.payload.name == 'TCP':
        payload = payload[:16]                  # Without the checksum.
    return frame[:14].hex(), ip.src, ip.dst, ip.payload.name, payload


def is_announcement(frame):
    """Gratuitous ARP, or an unsolicited NA; they come of themselves."""
    p = Ether(frame)
    return (p.src == GW and (ARP in p and p[ARP].psrc == p[ARP].pdst
                             or p.dst == '33:33:00:00:00:01'))


def reset(stock, sequence):
    """Stock's RST with the sequence number of the ACK that it answers, and
    without ACK (RFC 9293, 3.10.7.1)."""
    head, payload = stock[:-1], stock[-1]
    flags = payload[12:13] + b'\x04' + payload[14:]
    return (*head, payload[:4] + sequence.to_bytes(4, 'big') + bytes(4)
            + flags)


def expected(what, stock):
    """What Weft must send where stock sends `stock`."""
    if what.startswith('reject of data'):
        return [reset(answer, 99) for answer in stock]
    return stock


class PacketAnswers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.twins = cls.enterClassContext(Twins(rows(), PORTS, ['vout']))
        cls.announced = cls.twins.ask({}, ['vout'], timeout=20, quiet=1)

    def test_announcements(self):
        """Gratuitous ARP on the physical network: stock's, and an
        advertisement for IPv6, which stock does not send."""
        def kinds(world):
            return {f for f in self.announced[world]['vout']
                    if is_announcement(f)}
        self.assertEqual(len(kinds('stock')), 3)
        self.assertLessEqual(kinds('stock'), kinds('weft'))
        self.assertEqual([Ether(f).dst
                          for f in kinds('weft') - kinds('stock')],
                         ['33:33:00:00:00:01'])

    def compare(self, cases, silent=()):
        """`silent`: the names of those that nobody answers."""
        for what, device, frame in cases:
            with self.subTest(what=what):
                for timeout in (3,) if what in silent else (1, 4, 10):
                    got = self.twins.ask({device: frame}, expect=[],
                                         timeout=timeout, quiet=timeout / 4)
                    stock, weft = (
                        {d: sorted((summary(f) for f in frames
                                    if not is_announcement(f)), key=repr)
                         for d, frames in got[world].items()}
                        for world in ('stock', 'weft'))
                    stock = {d: expected(what, a) for d, a in stock.items()}
                    if stock == weft and any(stock.values()):
                        break
                self.assertEqual(weft, stock)
                self.assertEqual(any(stock.values()), what not in silent)

    def test_neighbours(self):
        self.compare(NEIGHBOURS)

    def test_errors(self):
        self.compare(ERRORS, SILENT)

    def test_plain_router(self):
        self.compare(PLAIN)

    def test_rejects(self):
        self.compare(REJECTS)

    def test_dns(self):
        self.compare(NAMES)

    def test_advertisements(self):
        self.compare(ADVERTISEMENTS)


if __name__ == '__main__':
    unittest.main()
