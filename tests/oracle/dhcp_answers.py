"""DHCP by packets, beside stock OVN: the same DHCP_Options rows in both, each
option of ovn-nb(5) with values of each form, and the same messages of
clients; the answers are compared byte for byte.

What may differ, and is left out: TTL, identification and checksums of the
headers; the order of options, which stock takes from a hash table; padding
after them.  Where Weft answers otherwise on purpose, expected4() and
expected6() make of stock's answer what Weft's must be, each with its reason;
anything else is a failure.
"""
import ipaddress
import os
import struct
import sys
import unittest
import warnings

warnings.filterwarnings('ignore')
sys.path.insert(0, os.path.dirname(__file__))
from twins import Twins                                 # noqa: E402
from scapy.config import conf                           # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.dhcp import BOOTP, DHCP               # noqa: E402
from scapy.layers.inet import IP, UDP                   # noqa: E402
from scapy.layers.inet6 import IPv6                     # noqa: E402
from scapy.layers.l2 import Ether                       # noqa: E402
from scapy.packet import Raw                            # noqa: E402

SERVER, SERVER_MAC = '10.0.0.1', '0a:00:00:00:01:01'
MANDATORY = {'server_id': SERVER, 'server_mac': SERVER_MAC,
             'lease_time': '3600'}
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)

# Each option in each form that ovn-nb(5) has for its type.
V4 = [
    {'router': '10.0.0.1'}, {'router': '{10.0.0.1, 10.0.0.2}'},
    {'netmask': '255.255.0.0'},
    {'dns_server': '8.8.8.8'}, {'dns_server': '{8.8.8.8, 7.7.7.7,1.1.1.1}'},
    {'log_server': '10.0.0.7'}, {'lpr_server': '10.0.0.8'},
    {'log_server': '{10.0.0.7,10.0.0.8}', 'lpr_server': '{10.0.0.9}'},
    {'swap_server': '10.0.0.9'}, {'policy_filter': '10.0.0.10'},
    {'policy_filter': '{10.0.0.10,255.255.255.0}'},
    {'router_solicitation': '10.0.0.11'}, {'nis_server': '10.0.0.12'},
    {'nis_server': '{10.0.0.12, 10.0.0.13}', 'ntp_server': '10.0.0.14'},
    {'ntp_server': '{10.0.0.14,10.0.0.15}'},
    {'netbios_name_server': '10.0.0.16'},
    {'netbios_name_server': '{10.0.0.16,10.0.0.17}',
     'netbios_node_type': '8'},
    {'classless_static_route': '{30.0.0.0/24,10.0.0.10, 0.0.0.0/0,10.0.0.1}'},
    {'classless_static_route': '{10.9.8.7,10.0.0.1,172.16.0.0/12,10.0.0.2,'
                               '10.128.0.0/9,10.0.0.3,192.168.1.128/25,'
                               '10.0.0.4}'},
    {'ms_classless_static_route': '{30.0.0.0/24,10.0.0.10}'},
    {'classless_static_route': '{0.0.0.0/0,10.0.0.1}',
     'ms_classless_static_route': '{0.0.0.0/0,10.0.0.1}'},
    {'next_server': '10.0.0.18'},
    {'ip_forward_enable': '1'}, {'ip_forward_enable': '0'},
    {'router_discovery': '1', 'ethernet_encap': '0'},
    {'router_discovery': '0', 'ethernet_encap': '1'},
    {'default_ttl': '0'}, {'default_ttl': '255', 'tcp_ttl': '121'},
    {'tcp_ttl': '1'}, {'mtu': '68'}, {'mtu': '65535'}, {'mtu': '1442'},
    {'T1': '68', 'T2': '4294967295'}, {'T1': '30000'}, {'T2': '40000'},
    {'arp_cache_timeout': '10'}, {'arp_cache_timeout': '255'},
    {'tcp_keepalive_interval': '0'}, {'tcp_keepalive_interval': '255'},
    {'netbios_node_type': '1'},
    {'wpad': '"http://proxy.example.org/wpad.dat"'},
    {'bootfile_name': '"https://127.0.0.1/boot.ipxe"'},
    {'bootfile_name': '"first"', 'bootfile_name_alt': '"second"'},
    {'bootfile_name_alt': '"only-alternative"'},
    {'bootfile_name': '"pxelinux.0"', 'next_server': '10.0.0.19',
     'tftp_server': '10.0.0.20'},
    {'path_prefix': '"/tftpboot/"'},
    {'tftp_server_address': '10.0.0.21'},
    {'tftp_server_address': '{10.0.0.21,10.0.0.22}'},
    {'tftp_server': '10.0.0.23'}, {'tftp_server': '"tftp.example.org"'},
    {'hostname': '"host-1"'}, {'domain_name': '"example.org"'},
    {'broadcast_address': '10.0.0.255'},
    {'domain_search_list': '"example.org"'},
    {'domain_search_list': '"a.example.org,example.org,b.example.com"'},
    {'domain_search_list': '"x.y.z.example.org,y.z.example.org,z.org"'},
    {'lease_time': '0'}, {'lease_time': '4294967295'},
    {'router': '10.0.0.1', 'dns_server': '{8.8.8.8,8.8.4.4}', 'mtu': '1442',
     'domain_name': '"example.org"', 'hostname': '"all"',
     'ntp_server': '10.0.0.3', 'T1': '1800', 'T2': '3000',
     'broadcast_address': '10.0.0.255', 'wpad': '"http://w/"',
     'domain_search_list': '"example.org,sub.example.org"',
     'classless_static_route': '{30.0.0.0/24,10.0.0.10}'},
    {},
]

V6 = [
    {}, {'dns_server': 'fd00::53'}, {'dns_server': '{fd00::53,fd00::54}'},
    {'domain_search': '"example.org"'},
    {'domain_search': '"ovn.org"', 'dns_server': 'fd00::53'},
    {'dhcpv6_stateless': 'true', 'dns_server': 'fd00::53',
     'domain_search': '"example.org"'},
    {'dhcpv6_stateless': 'true'}, {'dhcpv6_stateless': 'false'},
]


def port_mac(i):
    return f'0a:00:00:00:02:{i:02x}'


def address(i):
    return f'10.0.0.{100 + i}'


def address6(i):
    return f'fd00::{100 + i:x}'


def rows():
    out = {'nb/logical_switch/s': {}}
    for i, options in enumerate(V4):
        out[f'nb/dhcp_options/v4-{i}'] = {
            'cidr': '10.0.0.0/24', 'options': {**MANDATORY, **options}}
    for i, options in enumerate(V6):
        out[f'nb/dhcp_options/v6-{i}'] = {
            'cidr': 'fd00::/64', 'options': {'server_id': SERVER_MAC,
                                             **options}}
    for i in range(len(V4)):
        out[f'nb/logical_switch_port/p{i}'] = {
            'switch': 's', 'dhcpv4_options': f'v4-{i}',
            'dhcpv6_options': f'v6-{i % len(V6)}',
            'addresses': [f'{port_mac(i)} {address(i)} {address6(i)}'],
            'options': ({'hostname': '"of-the-port"'}
                        if i % 7 == 1 or len(V4[i]) > 5 else {})}
    return out


# ---- DHCPv4 ---------------------------------------------------------------

def request4(i, options, src='0.0.0.0', dst='255.255.255.255', **bootp):
    mac = bytes.fromhex(port_mac(i).replace(':', ''))
    return (Ether(src=port_mac(i), dst='ff:ff:ff:ff:ff:ff'
                  if dst == '255.255.255.255' else SERVER_MAC)
            / IP(src=src, dst=dst) / UDP(sport=68, dport=67)
            / BOOTP(**{'chaddr': mac, 'xid': 0x1000 + i, **bootp})
            / DHCP(options=[*options, 'end']))


# What clients say: name -> the frame of port i.
MESSAGES4 = {
    'discover': lambda i: request4(i, [('message-type', 'discover')]),
    'discover, broadcast': lambda i: request4(
        i, [('message-type', 'discover')], flags=0x8000),
    'discover, by iPXE': lambda i: request4(
        i, [('message-type', 'discover'), (175, b'\xb0\x01\x01')]),
    'discover, with parameters': lambda i: request4(
        i, [('message-type', 'discover'), ('hostname', b'me'),
            ('param_req_list', [1, 3, 6, 15, 26, 28, 119, 121]),
            ('max_dhcp_size', 1500), ('vendor_class_id', b'test')]),
    'request': lambda i: request4(
        i, [('message-type', 'request'), ('requested_addr', address(i)),
            ('server_id', SERVER)]),
    'request, rebooted': lambda i: request4(
        i, [('message-type', 'request'), ('requested_addr', address(i))]),
    'request of another address': lambda i: request4(
        i, [('message-type', 'request'), ('requested_addr', '10.0.0.99'),
            ('server_id', SERVER)]),
    'renewal': lambda i: request4(
        i, [('message-type', 'request')], src=address(i), dst=SERVER,
        ciaddr=address(i)),
    'rebinding': lambda i: request4(
        i, [('message-type', 'request')], src=address(i),
        ciaddr=address(i)),
    'renewal of another address': lambda i: request4(
        i, [('message-type', 'request')], ciaddr='10.0.0.98'),
    'inform': lambda i: request4(
        i, [('message-type', 'inform')], src=address(i),
        ciaddr=address(i)),
    'request by BOOTP relay': lambda i: request4(
        i, [('message-type', 'discover')], giaddr='10.0.0.77', hops=1,
        secs=3),
}
# Nobody answers these; they go on to the others of the switch.
SILENT4 = {
    'release': lambda i: request4(
        i, [('message-type', 'release'), ('server_id', SERVER)],
        src=address(i), dst=SERVER, ciaddr=address(i)),
    'decline': lambda i: request4(
        i, [('message-type', 'decline'), ('requested_addr', address(i)),
            ('server_id', SERVER)]),
    'offer': lambda i: request4(i, [('message-type', 'offer')]),
    'a reply': lambda i: request4(i, [('message-type', 'discover')], op=2),
}


def options4(data):
    """(The options sorted, but for END and padding)."""
    out = []
    while data and data[0] != 255:
        if data[0] == 0:
            data = data[1:]
            continue
        out.append((data[0], data[2:2 + data[1]].hex()))
        data = data[2 + data[1]:]
    return sorted(out)


def normal4(frame):
    """What of an answer is compared."""
    p = Ether(frame)
    if UDP not in p or IP not in p:
        return frame.hex()
    udp = bytes(p[UDP])
    bootp = udp[8:]
    return {'ethernet': frame[:14].hex(), 'src': p[IP].src, 'dst': p[IP].dst,
            'tos': p[IP].tos, 'flags': str(p[IP].flags),
            'ports': udp[:4].hex(), 'bootp': bootp[:240].hex(),
            'options': options4(bootp[240:])}


# ---- DHCPv6 ---------------------------------------------------------------

def opt6(code, data):
    return struct.pack('>HH', code, len(data)) + data


def duid(mac):
    return bytes.fromhex('00030001' + mac.replace(':', ''))


def ia_na(iaid, *addresses):
    return opt6(3, struct.pack('>III', iaid, 0, 0) + b''.join(
        opt6(5, ipaddress.IPv6Address(a).packed + struct.pack('>II', 0, 0))
        for a in addresses))


def link_local(i):
    return f'fe80::800:ff:fe00:{0x200 + i:x}'


def request6(i, kind, *options, server=False):
    given = [opt6(1, duid(port_mac(i)))]
    if server:
        given.append(opt6(2, duid(SERVER_MAC)))
    return (Ether(src=port_mac(i), dst='33:33:00:01:00:02')
            / IPv6(src=link_local(i), dst='ff02::1:2', hlim=1)
            / UDP(sport=546, dport=547)
            / Raw(struct.pack('>I', kind << 24 | 0x4321 + i)
                  + b''.join(given) + b''.join(options)))


ORO = opt6(6, struct.pack('>HH', 23, 24))
MESSAGES6 = {
    'solicit': lambda i: request6(i, 1, ia_na(7), ORO),
    'request': lambda i: request6(i, 3, ia_na(7, address6(i)), ORO,
                                  server=True),
    'confirm': lambda i: request6(i, 4, ia_na(7, address6(i))),
    'renew': lambda i: request6(i, 5, ia_na(7, address6(i)), server=True),
    'rebind': lambda i: request6(i, 6, ia_na(7, address6(i))),
    'release': lambda i: request6(i, 8, ia_na(7, address6(i)), server=True),
    'decline': lambda i: request6(i, 9, ia_na(7, address6(i)), server=True),
    'information-request': lambda i: request6(i, 11, ORO),
}
# Of these, what stock does not answer.
SILENT6 = 'renew', 'rebind', 'release'


def options6(data):
    out = []
    while len(data) >= 4:
        code, size = struct.unpack('>HH', data[:4])
        out.append((code, data[4:4 + size].hex()))
        data = data[4 + size:]
    return sorted(out)


def normal6(frame):
    p = Ether(frame)
    if UDP not in p or IPv6 not in p:
        return frame.hex()
    udp = bytes(p[UDP])
    return {'ethernet': frame[:14].hex(), 'src': p[IPv6].src,
            'dst': p[IPv6].dst, 'class': p[IPv6].tc, 'ports': udp[:4].hex(),
            'message': udp[8:12].hex(), 'options': options6(udp[12:])}


# ---- Weft's answers, made of stock's ---------------------------------------

def expected4(message, options, answer):
    """What Weft must answer where stock answers `answer`."""
    out = {**answer, 'options': list(answer['options'])}
    bootp = bytearray.fromhex(answer['bootp'])
    bootp[3] = bootp[8] = bootp[9] = 0  # RFC 2131, table 3: no hops, secs.
    if 'another address' in message:
        # A NAK is broadcast, names the server and no address (RFC 2131,
        # 4.1, and table 3).
        out['dst'] = '255.255.255.255'
        out['options'].append(
            (54, ipaddress.IPv4Address(SERVER).packed.hex()))
        bootp[12:16] = bytes(4)
    if 'netmask' in options:
        # Stock sends that of cidr besides: RFC 3396 has the two joined.
        out['options'] = [o for o in out['options']
                          if o != (1, 'ffffff00')]
    if message == 'inform' and 'next_server' in options:
        # The boot server is a parameter as any other (RFC 2131, table 3).
        bootp[20:24] = ipaddress.IPv4Address(options['next_server']).packed
    # A parameter of the header's siaddr, not an option.
    out['options'] = [(code, value) for code, value in out['options']
                      if code != 253]
    out['bootp'] = bootp.hex()
    return {**out, 'options': sorted(out['options'])}


def labels(names):
    return b''.join(b''.join(bytes([len(p)]) + p.encode()
                             for p in name.split('.')) + b'\0'
                    for name in names.split(',')).hex()


def expected6(message, options, answer):
    out = dict(answer['options'])
    stateless = options.get('dhcpv6_stateless') == 'true'
    if 24 in out:
        # Stock makes one label of the name, dots and all (RFC 3646, 4).
        out[24] = labels(options['domain_search'].strip('"'))
    if message in ('solicit', 'request') and stateless:
        # RFC 8415, 18.3.9: NoAddrsAvail says why there is none.
        out[3] = (struct.pack('>III', 7, 0xffffffff, 0xffffffff)
                  + opt6(13, b'\0\2')).hex()
    elif message == 'confirm':
        # RFC 8415, 18.3.3: a status, no address; NotOnLink if there is none.
        out.pop(3, None)
        out[13] = '0004' if stateless else '0000'
    elif message == 'decline':
        # RFC 8415, 18.3.8: a status, and NoBinding if there was no address.
        out = {1: out[1], 2: out[2], 13: '0000'}
        if stateless:
            out[3] = (struct.pack('>III', 7, 0, 0)
                      + opt6(13, b'\0\3')).hex()
    return {**answer, 'options': sorted(out.items())}


class DhcpAnswers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.twins = cls.enterClassContext(Twins(
            rows(), {f'v{i}': f'p{i}' for i in range(len(V4))}))

    def ask(self, make, normal, n, **kwargs):
        """{world: [what port i got, each]}."""
        got = self.twins.ask({f'v{i}': make(i) for i in range(n)}, **kwargs)
        return {world: [[normal(f) for f in devices[f'v{i}']]
                        for i in range(len(V4))]
                for world, devices in got.items()}

    def test_v4(self):
        for message, make in MESSAGES4.items():
            got = self.ask(make, normal4, len(V4))
            for i, options in enumerate(V4):
                with self.subTest(message=message, options=options):
                    self.assertEqual(len(got['stock'][i]), 1)
                    self.assertEqual(got['weft'][i], [
                        expected4(message, options, got['stock'][i][0])])

    def test_v4_not_answered(self):
        for message, make in SILENT4.items():
            with self.subTest(message=message):
                got = self.ask(make, normal4, 1, quiet=1.5,
                               expect=[] if message == 'release' else ['v1'])
                self.assertEqual(got['weft'], got['stock'])
                self.assertEqual(got['weft'][0], [])

    def test_v6(self):
        for message, make in MESSAGES6.items():
            if message in SILENT6:
                continue
            got = self.ask(make, normal6, len(V6))
            for i, options in enumerate(V6):
                with self.subTest(message=message, options=options):
                    self.assertEqual(len(got['stock'][i]), 1)
                    self.assertEqual(got['weft'][i], [
                        expected6(message, options, got['stock'][i][0])])

    def test_v6_where_stock_is_silent(self):
        """Stock floods these; Weft answers as RFC 8415 has it."""
        n = len(V6)
        request = self.ask(MESSAGES6['request'], normal6, n)['weft']
        for message in SILENT6:
            got = self.ask(MESSAGES6[message], normal6, n)
            for i, options in enumerate(V6):
                for answer in got['stock'][i]:
                    self.assertEqual(answer['dst'], 'ff02::1:2')
                if options.get('dhcpv6_stateless') == 'true':
                    continue
                want = dict(request[i][0]['options'])
                if message == 'release':
                    want = {1: want[1], 2: want[2], 13: '0000'}
                with self.subTest(message=message, options=options):
                    self.assertEqual(got['weft'][i], [
                        {**request[i][0], 'options': sorted(want.items())}])


if __name__ == '__main__':
    unittest.main()
