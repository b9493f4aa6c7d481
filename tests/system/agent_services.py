"""What the agent answers itself, with real clients: DHCPv4, DHCPv6, DNS,
router advertisements, rejections, unknown neighbours, gratuitous ARP,
virtual ports; and a flood of all that, which slows nobody else.

Hypervisor 1: a, b (on s1), ext1 (physical network).  Hypervisor 2: c (on s1),
d (on s2, with an address that only it knows), ext2.  Router r connects s1, s2
and, by a gateway port, the switch "public" with the physical network.
"""
import itertools
import json
import os
import re
import sys
import time
import unittest
from ipaddress import ip_address

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import Sandbox, run, wait_until  # noqa: E402

MAC = {name: f'0a:00:00:00:00:{i:02x}' for i, name in enumerate('abcd')}
R1, R2, GW = '0a:00:00:00:01:01', '0a:00:00:00:01:02', '0a:00:00:00:01:03'

NB = {
    'logical_switch/s1': {'dns_records': ['names']},
    'logical_switch/s2': {},
    'logical_switch/public': {},
    'dns/names': {'records': {'web.example.org': '10.0.1.80 fd00:1::80',
                              '80.1.0.10.in-addr.arpa': 'web.example.org',
                              ip_address('fd00:1::80').reverse_pointer:
                              'web6.example.org'}},
    'dhcp_options/v4': {'cidr': '10.0.1.0/24', 'options': {
        'server_id': '10.0.1.1', 'server_mac': R1, 'lease_time': '3600',
        'router': '10.0.1.1', 'mtu': '1400', 'dns_server': '10.0.1.53',
        'domain_name': '"example.org"',
        'classless_static_route': '{10.9.0.0/16,10.0.1.1}'}},
    'dhcp_options/v6': {'cidr': 'fd00:1::/64', 'options': {
        'server_id': '0a:00:00:00:02:01', 'dns_server': 'fd00:1::53'}},
    'logical_router/r': {},
    'logical_router_port/r-s1': {
        'router': 'r', 'mac': R1, 'networks': ['10.0.1.1/24',
                                               'fd00:1::1/64'],
        'ipv6_ra_configs': {'address_mode': 'dhcpv6_stateful', 'mtu': '1400',
                            'send_periodic': 'true', 'max_interval': '4',
                            'min_interval': '3'}},
    'logical_router_port/r-s2': {'router': 'r', 'mac': R2,
                                 'networks': ['10.0.2.1/24',
                                              'fd00:2::1/64']},
    'logical_router_port/r-public': {'router': 'r', 'mac': GW,
                                     'networks': ['172.16.0.1/24']},
    'gateway_chassis/gw1': {'router_port': 'r-public', 'name': 'gw1',
                            'chassis_name': 'hv1', 'priority': 10},
    'gateway_chassis/gw2': {'router_port': 'r-public', 'name': 'gw2',
                            'chassis_name': 'hv2', 'priority': 20},
    'nat/snat': {'router': 'r', 'type': 'snat', 'external_ip': '172.16.0.9',
                 'logical_ip': '10.0.1.0/24'},
    'logical_switch_port/s1-r': {
        'switch': 's1', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-s1'}},
    'logical_switch_port/s2-r': {
        'switch': 's2', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-s2'}},
    'logical_switch_port/public-r': {
        'switch': 'public', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-public', 'nat-addresses': 'router'}},
    'logical_switch_port/physical': {
        'switch': 'public', 'type': 'localnet', 'addresses': ['unknown'],
        'options': {'network_name': 'phys'}},
    'logical_switch_port/d': {'switch': 's2', 'addresses': ['unknown']},
    'logical_switch_port/vip': {
        'switch': 's1', 'type': 'virtual',
        'addresses': ['0a:00:00:00:03:01 10.0.1.200'],
        'options': {'virtual-ip': '10.0.1.200', 'virtual-parents': 'b,c'}},
    'logical_switch_port/vip6': {
        'switch': 's1', 'type': 'virtual',
        'addresses': ['0a:00:00:00:03:02 fd00:1::200'],
        'options': {'virtual-ip': 'fd00:1::200', 'virtual-parents': 'b,c'}},
    'acl/tcp': {'switch': 's1', 'priority': 1000, 'direction': 'to-lport',
                'match': 'outport == "c" && tcp.dst == 81',
                'action': 'reject', 'log': True, 'name': 'no-web',
                'severity': 'warning'},
    'acl/udp': {'switch': 's1', 'priority': 1000, 'direction': 'to-lport',
                'match': 'outport == "c" && udp.dst == 81',
                'action': 'reject'},
}
for index, vm in enumerate('abc'):
    NB[f'logical_switch_port/{vm}'] = {
        'switch': 's1', 'dhcpv4_options': 'v4', 'dhcpv6_options': 'v6',
        'addresses': [f'{MAC[vm]} 10.0.1.{10 + index} '
                      f'fd00:1::{10 + index:x}']}

UDHCPC = """#!/bin/sh
[ "$1" = bound ] && env | grep -E '^(ip|router|mtu|lease|serverid|dns|domain|\
staticroutes)=' | sort > "$LEASE"
exit 0
"""

# A neighbour advertisement that nobody asked for, of argv: MAC, address.
ANNOUNCE = """
import socket, struct, sys
mac = bytes.fromhex(sys.argv[1].replace(':', ''))
ip = socket.inet_pton(socket.AF_INET6, sys.argv[2])
everybody = socket.inet_pton(socket.AF_INET6, 'ff02::1')
na = struct.pack('>I', 1 << 29) + ip + b'\\2\\1' + mac
total = sum(struct.unpack('>32H', ip + everybody + struct.pack(
    '>II', 4 + len(na), 58) + b'\\x88\\0' + na[:22])) \\
    + sum(struct.unpack('>3H', na[22:]))
while total >> 16:
    total = (total & 0xffff) + (total >> 16)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))
s.send(b'\\x33\\x33\\0\\0\\0\\1' + mac + b'\\x86\\xdd' + struct.pack(
    '>IHBB', 6 << 28, 4 + len(na), 58, 255) + ip + everybody
    + b'\\x88\\0' + struct.pack('>H', ~total & 0xffff) + na)
"""

# Raw frames as fast as Python can, while the file is there.  Those of "plain"
# are for nobody, and no agent sees them.
FLOODER = """
import os, socket, struct, sys, time
kind, flag, mac = sys.argv[1:]
src = bytes.fromhex(mac.replace(':', ''))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(('eth0', 0))

def udp(dst_mac, src_ip, dst_ip, sport, dport, data):
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 28 + len(data), 0, 0, 64, 17,
                     0, socket.inet_aton(src_ip), socket.inet_aton(dst_ip))
    total = sum(struct.unpack('>10H', ip))
    total = (total & 0xffff) + (total >> 16)
    ip = ip[:10] + struct.pack('>H', ~(total + (total >> 16)) & 0xffff) \\
        + ip[12:]
    return dst_mac + src + b'\\x08\\0' + ip + struct.pack(
        '>HHHH', sport, dport, 8 + len(data), 0) + data

dhcp = struct.pack('>BBBBIHH16x6s202x', 1, 1, 6, 0, 5, 0, 0, src) \\
    + b'\\x63\\x82\\x53\\x63\\x35\\1\\1\\xff'
dns = b'\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0' \\
    b'\\3web\\7example\\3org\\0\\0\\1\\0\\1'
router = bytes.fromhex('0a0000000101')
frames = {
    'dhcp': [udp(b'\\xff' * 6, '0.0.0.0', '255.255.255.255', 68, 67, dhcp)],
    'dns': [udp(router, '10.0.1.11', '8.8.8.8', 5000, 53, dns)],
    'plain': [udp(b'\\2' * 6, '10.0.1.11', '10.0.1.99', 5000, 5000, b'x')],
    'learn': [b'\\xff' * 6 + src + struct.pack(
        '>HHHBBH', 0x806, 1, 0x800, 6, 4, 1) + src
        + socket.inet_aton(f'10.0.1.{i}') + bytes(6)
        + socket.inet_aton('10.0.1.1') for i in range(100, 250)],
    'arp': [udp(router, '10.0.1.11', f'10.0.2.{i}', 5000, 5000, b'x')
            for i in range(100, 250)],
}[kind]
n = 0
while os.path.exists(flag):
    for frame in frames if len(frames) > 1 else frames * 150:
        try:
            s.send(frame)
            n += 1
        except OSError:
            time.sleep(0.001)
print(n)
"""


class AgentServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        for n in 1, 2:
            s.hv(n, 'ovs-vsctl', 'add-br', 'br-ex', '--', 'set', 'bridge',
                 'br-ex', 'datapath_type=netdev', 'fail_mode=standalone',
                 '--', 'set', 'Open_vSwitch', '.',
                 'external_ids:ovn-bridge-mappings=phys:br-ex')
            s.add_vm(n, f'ext{n}', f'0a:00:00:00:04:0{n}',
                     f'172.16.0.{100 + n}/24', iface_id='', bridge='br-ex')
            cls.sniff(f'ext{n}', 'arp', f'garp{n}')
        for key, row in NB.items():
            s.put(f'nb/{key}', row)
        for i, name in enumerate('abc'):
            s.add_vm(1 if name in 'ab' else 2, name, MAC[name],
                     f'10.0.1.{10 + i}/24', '10.0.1.1',
                     ip6=f'fd00:1::{10 + i:x}/64', gateway6='fd00:1::1')
        s.add_vm(2, 'd', MAC['d'], '10.0.2.7/24', '10.0.2.1',
                 ip6='fd00:2::7/64', gateway6='fd00:2::1')
        for name in 'abcd':
            wait_until(f'{name} up', lambda name=name: (s.get(
                f'status/logical_switch_port/{name}') or {}).get('up'))

    @classmethod
    def sniff(cls, vm, what, name):
        """tcpdump in a VM, its lines in NAME.log."""
        cls.s.spawn(name, ['tcpdump', '-Z', 'root', '-lnei', 'eth0',
                           *what.split()], netns=cls.s.netns(vm))
        wait_until('tcpdump', lambda: 'listening' in cls.log(name))

    @classmethod
    def log(cls, name):
        with open(cls.s.path(f'{name}.log'), encoding='utf-8',
                  errors='replace') as f:
            return f.read()

    def appctl(self, n, *argv):
        return run(['ovs-appctl', '-t', self.s.path(f'agent-hv{n}.ctl'),
                    *argv]).stdout

    # --- DHCP

    def udhcpc(self, vm):
        """The lease that busybox gets, and after how many seconds."""
        script = self.s.path('udhcpc.sh')
        lease = self.s.path(f'{vm}.lease')
        if not os.path.exists(script):
            with open(script, 'w', encoding='ascii') as f:
                f.write(UDHCPC)
            os.chmod(script, 0o755)
        if os.path.exists(lease):
            os.unlink(lease)
        start = time.monotonic()
        self.s.vm(vm, 'env', f'LEASE={lease}', 'busybox', 'udhcpc', '-i',
                  'eth0', '-n', '-q', '-f', '-t', '5', '-T', '1', '-O', 'mtu',
                  '-O', 'staticroutes', '-s', script, check=False)
        taken = time.monotonic() - start
        if not os.path.exists(lease):
            return {}, taken
        with open(lease, encoding='ascii') as f:
            return dict(line.strip().split('=', 1) for line in f), taken

    def test_dhcpv4(self):
        lease, _ = self.udhcpc('a')
        self.assertEqual(lease, {
            'ip': '10.0.1.10', 'router': '10.0.1.1', 'mtu': '1400',
            'lease': '3600', 'serverid': '10.0.1.1', 'dns': '10.0.1.53',
            'domain': 'example.org',
            'staticroutes': '10.9.0.0/16 10.0.1.1'})

    def dhclient(self, vm, *options):
        leases = self.s.path(f'{vm}{"".join(options)}.leases')
        pid = self.s.path('dhclient.pid')
        done = self.s.vm(vm, 'timeout', '30', 'dhclient', '-1', '-v',
                         *options, '-sf', '/bin/true', '-lf', leases, '-pf',
                         pid, 'eth0', check=False)
        if os.path.exists(pid):
            with open(pid, encoding='ascii') as f:
                run(['kill', f.read().strip()], check=False)
            os.unlink(pid)
        text = ''
        if os.path.exists(leases):
            with open(leases, encoding='utf-8') as f:
                text = f.read()
        return text, done.stdout + done.stderr

    def test_dhclient_4_leases_and_confirms(self):
        for _ in range(2):      # The second time it asks for what it had.
            text, said = self.dhclient('c', '-4')
            self.assertIn('fixed-address 10.0.1.12;', text, said)
            self.assertIn('option dhcp-lease-time 3600;', text)

    def test_dhclient_6_leases_and_releases(self):
        text, said = self.dhclient('a', '-6')
        self.assertIn('iaaddr fd00:1::a ', text, said)
        self.assertIn('option dhcp6.name-servers fd00:1::53;', text)

    def test_dhclient_6_stateless(self):
        text, said = self.dhclient('a', '-6', '-S')
        self.assertIn('RCV: Reply message', said)

    # --- DNS

    def dig(self, vm, *query, server='8.8.8.8'):
        return self.s.vm(vm, 'dig', '+short', '+time=2', '+tries=2',
                         f'@{server}', *query, check=False).stdout.split()

    def test_dns(self):
        # Whatever server the question is for; a is in both families.
        for server in '8.8.8.8', 'fd00:8::8':
            for query, answer in (
                    (['web.example.org'], ['10.0.1.80']),
                    (['WEB.example.org', 'AAAA'], ['fd00:1::80']),
                    (['-x', '10.0.1.80'], ['web.example.org.']),
                    (['-x', 'fd00:1::80'], ['web6.example.org.']),
                    (['+notcp', 'web.example.org', 'ANY'],
                     ['10.0.1.80', 'fd00:1::80'])):
                with self.subTest(query, server=server):
                    self.assertEqual(sorted(self.dig('a', *query,
                                                     server=server)), answer)
        said = self.s.vm('a', 'dig', '+time=1', '+tries=1', '@8.8.8.8',
                         'unknown.example.org', check=False).stdout
        self.assertIn('no servers could be reached', said)

    def test_resolver(self):
        """The C library's, told of a server that isn't there."""
        conf = self.s.path('resolv.conf')
        with open(conf, 'w', encoding='ascii') as f:
            f.write('nameserver 8.8.8.8\nsearch example.org\n')
        for name in 'web.example.org', 'web':
            said = self.s.vm('a', 'sh', '-c', f'mount --bind {conf} '
                             f'/etc/resolv.conf; getent ahosts {name}').stdout
            self.assertEqual({line.split()[0] for line in said.splitlines()},
                             {'10.0.1.80', 'fd00:1::80'})

    # --- routers

    def test_modes_of_advertisements(self):
        """Which mode gives an address without a server, and which says that
        there is one; the address is the kernel's own."""
        row = NB['logical_router_port/r-s2']
        self.addCleanup(self.s.put, 'nb/logical_router_port/r-s2', row)
        self.s.vm('d', 'sysctl', '-qw', 'net.ipv6.conf.eth0.accept_ra=2')
        for mode, stateful, other, slaac in (
                ('slaac', 'No', 'No', True),
                ('dhcpv6_stateless', 'No', 'Yes', True),
                ('dhcpv6_stateful', 'Yes', '(No|Yes)', False)):
            with self.subTest(mode):
                self.s.vm('d', 'ip', '-6', 'addr', 'flush', 'dev', 'eth0',
                          'dynamic')
                self.s.put('nb/logical_router_port/r-s2', {
                    **row, 'ipv6_ra_configs': {'address_mode': mode}})
                self.s.weftctl('--wait=hv', 'sync')
                said = self.s.vm('d', 'rdisc6', '-1', 'eth0').stdout
                self.assertRegex(said,
                                 rf'Stateful address conf\. +: +{stateful}')
                self.assertRegex(said,
                                 rf'Stateful other conf\. +: +{other}')
                time.sleep(0.5)
                found = self.s.vm('d', 'ip', '-6', 'addr', 'show', 'dev',
                                  'eth0', 'dynamic').stdout
                self.assertEqual('fd00:2::800:ff:fe00:3/64' in found, slaac,
                                 found)

    def test_solicited_advertisement(self):
        said = self.s.vm('a', 'rdisc6', '-1', 'eth0', check=False).stdout
        self.assertRegex(said, r'Stateful address conf\. +: +Yes')
        self.assertRegex(said, r'MTU +: +1400 bytes')
        self.assertRegex(said, r'Prefix +: fd00:1::/64')
        self.assertIn(R1.upper(), said.upper())

    def test_periodic_advertisements(self):
        self.sniff('b', 'icmp6 and ip6[40]==134', 'ra')
        try:
            wait_until('advertisements',
                       lambda: self.log('ra').count('router advertisement')
                       >= 2, 15)
        finally:
            self.s.end('ra')
        self.assertIn(f'{R1} > 33:33:00:00:00:01', self.log('ra'))

    def test_first_packet_to_unknown_neighbour_is_not_lost(self):
        # d's address is known to nobody but d; nor was it asked before.
        for ip in '10.0.2.7', 'fd00:2::7':
            done = self.s.vm('a', 'ping', '-n', '-c', '1', '-W', '3', ip,
                             check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
        bindings = [f'sb/dp/router:r/mac_binding/r-s2/{ip}'
                    for ip in ('10.0.2.7', 'fd00:2::7')]

        def learned():
            return [bool(self.s.get(key)) for key in bindings]

        wait_until('bindings', lambda: all(learned()))
        self.s.put('nb/logical_router/r',
                   {'options': {'mac_binding_age_threshold': '1'}})
        wait_until('age', lambda: not any(learned()), 15)
        for ip in '10.0.2.7', 'fd00:2::7':      # Learned again, and gone.
            self.assertTrue(self.s.ping('a', ip, count=1, wait=3))
        wait_until('bindings', lambda: any(learned()))
        wait_until('age', lambda: not any(learned()), 15)
        self.s.put('nb/logical_router/r', {})
        for ip in '10.0.2.7', 'fd00:2::7':
            self.assertTrue(self.s.ping('a', ip, count=1, wait=3))
        wait_until('bindings', lambda: all(learned()))
        time.sleep(3)                           # Without a threshold: stays.
        self.assertTrue(all(learned()))

    def test_time_exceeded(self):
        done = self.s.vm('a', 'ping', '-n', '-c', '1', '-W', '2', '-t', '1',
                         '10.0.2.7', check=False).stdout
        self.assertIn('From 10.0.1.1 ', done)
        self.assertIn('Time to live exceeded', done)
        done = self.s.vm('a', 'ping', '-n', '-c', '1', '-W', '2', '-t', '1',
                         'fd00:2::7', check=False).stdout
        self.assertIn('Time exceeded: Hop limit', done)

    # --- reject

    def test_reject(self):
        done = self.s.vm('a', 'nc', '-nvzw', '3', '10.0.1.12', '81',
                         check=False)
        self.assertIn('refused', done.stdout + done.stderr)
        self.sniff('a', 'icmp', 'unreach')
        self.s.vm('a', 'busybox', 'sh', '-c',
                  'echo x | nc -nuw 1 10.0.1.12 81', check=False)
        wait_until('ICMP', lambda: 'udp port 81 unreachable'
                   in self.log('unreach'), 5)
        self.s.end('unreach')
        wait_until('log', lambda: re.search(
            r'acl_log\|WARN\|name="no-web", verdict=reject, '
            r'severity=warning, direction=to-lport: tcp,', ''.join(
                self.log(f'agent-hv{n}') for n in (1, 2))), 5)

    # --- announcements

    def test_gratuitous_arp_and_failover(self):
        def told(n, ip):
            return re.search(rf'{GW} > ff:ff:ff:ff:ff:ff, .*Request who-has '
                             rf'{re.escape(ip)} .*tell {re.escape(ip)}',
                             self.log(f'garp{n}'))

        for ip in '172.16.0.1', '172.16.0.9':
            wait_until(f'GARP of {ip}', lambda ip=ip: told(2, ip), 15)
            self.assertFalse(told(1, ip))
        self.s.put('nb/gateway_chassis/gw1', {
            **NB['gateway_chassis/gw1'], 'priority': 30})
        for ip in '172.16.0.1', '172.16.0.9':
            wait_until(f'GARP of {ip}', lambda ip=ip: told(1, ip), 15)
        self.s.put('nb/gateway_chassis/gw1', NB['gateway_chassis/gw1'])

    def announce(self, vm, ip):
        if ':' in ip:
            self.s.vm(vm, sys.executable, '-c', ANNOUNCE, MAC[vm], ip)
        else:
            self.s.vm(vm, 'busybox', 'arping', '-U', '-c', '1', '-I', 'eth0',
                      '-s', ip, ip, check=False)

    def test_virtual_port_moves(self):
        for port, ip in ('vip', '10.0.1.200'), ('vip6', 'fd00:1::200'):
            with self.subTest(port):
                self.move_virtual_port(port, ip)

    def move_virtual_port(self, port, ip):
        def place():
            row = self.s.get(f'sb/dp/switch:s1/port/{port}') or {}
            return row.get('chassis'), row.get('virtual_parent')

        for vm, chassis in ('b', 'hv1'), ('c', 'hv2'), ('b', 'hv1'):
            def is_there(vm=vm, chassis=chassis):
                self.announce(vm, ip)   # Again: one packet may be lost.
                return place() == (chassis, vm)
            self.s.vm(vm, 'ip', 'addr', 'add', ip, 'dev', 'eth0')
            wait_until(f'{ip} at {vm}', is_there, 20, 0.3)
            self.s.weftctl('--wait=hv', 'sync')
            self.s.ping_soon('a', ip)
            self.s.vm(vm, 'ip', 'addr', 'del', ip, 'dev', 'eth0')

    # --- floods

    def round_trip_ms(self, vm, ip):
        done = self.s.vm(vm, 'ping', '-n', '-c', '20', '-i', '0.05', '-W',
                         '1', ip, check=False).stdout
        self.assertIn(' 0% packet loss', done)
        return float(re.search(r'= [\d.]+/([\d.]+)/', done).group(1))

    def change_seconds(self, name):
        """How long a change takes until both switches have it."""
        start = time.monotonic()
        self.s.put(f'nb/logical_switch_port/{name}', {
            'switch': 's1', 'addresses': [f'0a:00:00:00:05:{name[1:]} '
                                          f'10.0.1.1{name[1:]}']})
        self.s.put('nb/sync/test', {'name': name})
        revision = json.loads(self.s.etcdctl(
            'get', '-w', 'json', '/weft/v1/nb/sync/test'))['kvs'][0][
                'mod_revision']
        wait_until('sync', lambda: (self.s.get('status/sync') or {}).get(
            'hv_revision', 0) >= revision, 30)
        return time.monotonic() - start

    def beside_flood(self, kind):
        """What others get, and how fast, beside a flood of b's."""
        flooder, flag = self.s.path('flooder.py'), self.s.path('flooding')
        for path, text in (flooder, FLOODER), (flag, ''):
            with open(path, 'w', encoding='ascii') as f:
                f.write(text)
        self.s.spawn(f'flood-{kind}', [sys.executable, flooder, kind, flag,
                                       MAC['b']], netns=self.s.netns('b'))
        time.sleep(1)                           # It runs.
        lease, lease_s = self.udhcpc('a')
        self.assertEqual(lease.get('ip'), '10.0.1.10')
        self.assertEqual(self.dig('a', 'web.example.org'), ['10.0.1.80'])
        ping_ms = self.round_trip_ms('a', '10.0.1.12')
        change_s = self.change_seconds(f'x{next(self.numbers)}')
        os.unlink(flag)
        wait_until('end of flood', lambda: self.log(
            f'flood-{kind}').strip().isdigit(), 30)
        frames = int(self.log(f'flood-{kind}'))
        print(f'{kind}: {frames} frames; meanwhile a lease in '
              f'{lease_s:.2f} s, a round trip in {ping_ms:.1f} ms, a change '
              f'in {change_s:.2f} s', flush=True)
        self.assertGreater(frames, 5000)
        return lease_s, ping_ms, change_s

    numbers = itertools.count(10)

    def test_z_flood_slows_nobody_else(self):
        """A flood of what agents answer costs others no more than one of
        frames that the switch drops, which has the machine as busy."""
        self.s.vm('a', 'ping', '-c', '1', '10.0.2.7', check=False)
        plain = self.beside_flood('plain')
        for kind in 'dhcp', 'arp', 'learn', 'dns':
            with self.subTest(kind):
                for took, bound, slack in zip(self.beside_flood(kind), plain,
                                              (2, 200, 2)):
                    self.assertLess(took, 3 * bound + slack)
        shown = self.appctl(1, 'packet-in/show')
        self.assertRegex(shown, r'dropped, source_rate')
        self.check_memory()

    def check_memory(self):
        with open(self.s.program('weft-agent'), 'rb') as f:
            if b'__asan_init' in f.read():
                return              # Keeps what was freed.
        with open(f'/proc/{self.s.pid("agent-hv1")}/status',
                  encoding='ascii') as f:
            memory = re.search(r'VmRSS:\s+(\d+) kB', f.read())
        self.assertLess(int(memory.group(1)), 150_000)


if __name__ == '__main__':
    unittest.main(verbosity=2)
