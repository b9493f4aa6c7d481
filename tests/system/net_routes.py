"""Routes, policies and NAT in both families, by packets on two hypervisors:
ECMP spreads flows over its next hops, policies reroute and drop, routes by
source, NAT66, stateless NAT, port ranges, rules for some peers only, errors and
fragments through NAT, errors of a smaller MTU."""
import re
import sys
import unittest

from net_support import enter, join_outside, mac, ready, sniff, sniffed
from sandbox import Sandbox, run, wait_until

ROUTER = {
    'logical_switch/n1': {}, 'logical_switch/n2': {},
    'logical_switch/outside': {}, 'logical_router/r': {},
    'logical_router_port/r-n1': {
        'router': 'r', 'mac': mac(0x11),
        'networks': ['10.0.1.1/24', 'fd01::1/64']},
    'logical_router_port/r-n2': {
        'router': 'r', 'mac': mac(0x12),
        'networks': ['10.0.2.1/24', 'fd02::1/64']},
    'logical_router_port/r-out': {
        'router': 'r', 'mac': mac(0x13),
        'networks': ['172.16.0.1/24', 'fd16::1/64']},
    'logical_switch_port/n1-r': {
        'switch': 'n1', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-n1'}},
    'logical_switch_port/n2-r': {
        'switch': 'n2', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-n2'}},
    'logical_switch_port/out-r': {
        'switch': 'outside', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-out'}},
    'logical_switch_port/ln': {
        'switch': 'outside', 'type': 'localnet', 'addresses': ['unknown'],
        'options': {'network_name': 'phys'}},
    'gateway_chassis/g': {'router_port': 'r-out', 'chassis_name': 'hv2',
                          'priority': 20},
}
VMS = {'a': (1, 'n1', 1, 5), 'b': (2, 'n1', 1, 6), 'x': (1, 'n2', 2, 7),
       'y': (2, 'n2', 2, 8)}
# Prefixes that x and y answer for: whoever gets the packet.
FAR = ('20.0.0.0/16', '21.0.0.0/16', 'fd20::/64')


# Says by what error a datagram to argv[1] was answered.
DATAGRAM = """
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET,
                  socket.SOCK_DGRAM)
s.settimeout(2)
s.connect((sys.argv[1], 99))
s.send(b"x")
try:
    s.recv(9)
except OSError as e:
    print(type(e).__name__)
"""


class Routes(unittest.TestCase):
    """a and x are on hypervisor 1, b and y on hypervisor 2."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        join_outside(s)
        enter(s, ROUTER)
        for name, (hv, switch, n, host) in VMS.items():
            s.put(f'nb/logical_switch_port/{name}', {
                'switch': switch, 'addresses': [
                    f'{mac(host)} 10.0.{n}.{host} fd0{n}::{host}']})
            s.add_vm(hv, name, mac(host), f'10.0.{n}.{host}/24',
                     f'10.0.{n}.1', ip6=f'fd0{n}::{host}/64',
                     gateway6=f'fd0{n}::1')
        s.add_vm(1, 'ext', mac(0xee), ['172.16.0.100/24', '172.16.0.101/24'],
                 iface_id='', bridge='br-ex', ip6='fd16::100/64')
        for name in 'xy':
            for prefix in FAR:
                run(['ip', '-n', s.netns(name), 'route', 'add', 'local',
                     prefix, 'dev', 'lo'])
        for name in VMS:
            wait_until(f'{name} up', lambda n=name: (s.get(
                f'status/logical_switch_port/{n}') or {}).get('up'), 30)
        s.warm_tunnels()
        ready(s)

    def with_rows(self, rows):
        """Enters rows that go when the test ends."""
        def leave():
            for key in reversed(rows):
                self.s.delete(f'nb/{key}')
            ready(self.s)
        enter(self.s, rows)
        self.addCleanup(leave)
        ready(self.s)

    def who_answers(self, vm, targets):
        """To which of x and y pings of 'targets' went."""
        for name in 'xy':
            sniff(self.s, name, ['icmp or icmp6'])
        for target in targets:
            self.s.ping_soon(vm, target, ttl=63)
        texts = {name: sniffed(self.s, name) for name in 'xy'}
        return {name: sum(bool(re.search(
            rf'> {re.escape(t)}: ICMP6?, echo request|'
            rf'> {re.escape(t)}: ICMP echo request', text)) for t in targets)
            for name, text in texts.items()}

    def route(self, prefix, hops, **more):
        return {f'logical_router_static_route/{i}': {
            'router': 'r', 'ip_prefix': prefix, 'nexthop': hop, **more}
            for i, hop in enumerate(hops)}

    # --- routes

    def spread(self, hops, targets):
        self.with_rows(self.route(*hops))
        found = self.who_answers('a', targets)
        self.assertGreater(found['x'], 0, found)
        self.assertGreater(found['y'], 0, found)
        self.assertGreaterEqual(sum(found.values()), len(targets))

    def test_ecmp_spreads(self):
        self.spread(('20.0.0.0/16', ['10.0.2.7', '10.0.2.8']),
                    [f'20.0.0.{i}' for i in range(1, 13)])

    def test_ecmp_spreads_ipv6(self):
        self.spread(('fd20::/64', ['fd02::7', 'fd02::8']),
                    [f'fd20::{i}' for i in range(1, 13)])

    def test_longest_prefix(self):
        self.with_rows({
            **self.route('20.0.0.0/8', ['10.0.2.7']),
            'logical_router_static_route/longer': {
                'router': 'r', 'ip_prefix': '20.0.1.0/24',
                'nexthop': '10.0.2.8'},
            'logical_router_static_route/none': {
                'router': 'r', 'ip_prefix': '20.0.1.128/25',
                'nexthop': 'discard'}})
        self.assertEqual(self.who_answers('a', ['20.0.0.1']),
                         {'x': 1, 'y': 0})
        self.assertEqual(self.who_answers('a', ['20.0.1.1']),
                         {'x': 0, 'y': 1})
        self.assertFalse(self.s.ping('a', '20.0.1.129'))

    def test_longest_prefix_ipv6(self):
        self.with_rows({
            **self.route('fd20::/32', ['fd02::7']),
            'logical_router_static_route/longer': {
                'router': 'r', 'ip_prefix': 'fd20::1:0/112',
                'nexthop': 'fd02::8'},
            'logical_router_static_route/none': {
                'router': 'r', 'ip_prefix': 'fd20::1:8000/113',
                'nexthop': 'discard'}})
        self.assertEqual(self.who_answers('a', ['fd20::1']),
                         {'x': 1, 'y': 0})
        self.assertEqual(self.who_answers('a', ['fd20::1:1']),
                         {'x': 0, 'y': 1})
        self.assertFalse(self.s.ping('a', 'fd20::1:8001'))

    def test_no_detour(self):
        """Between networks on one hypervisor nothing leaves it; to the other
        one each packet crosses once, routed already."""
        s = self.s
        for target in '10.0.2.7', '10.0.2.8', 'fd02::7', 'fd02::8':
            s.ping_soon('a', target, ttl=63)
        s.spawn('underlay', ['tcpdump', '-Z', 'root', '-lnvi', 'ul0',
                             'udp port 6081'], netns=s.netns('hv1'))
        wait_until('tcpdump',
                   lambda: 'listening' in s.log_text('underlay'))
        for target in '10.0.2.7', '10.0.2.8', 'fd02::7', 'fd02::8':
            self.assertTrue(s.ping('a', target, count=3, ttl=63))
        wait_until('all of it', lambda: s.log_text('underlay').count(
            'fd02::8 > fd01::5: [icmp6 sum ok] ICMP6, echo reply') >= 3, 5)
        s.end('underlay')
        text = s.log_text('underlay')
        self.assertNotRegex(text, r'10\.0\.2\.7\b|fd02::7\b')
        for pattern in (r'ttl 63,[^\n]*\n\s+10\.0\.1\.5 > 10\.0\.2\.8: '
                        r'ICMP echo request',
                        r'ttl 63,[^\n]*\n\s+10\.0\.2\.8 > 10\.0\.1\.5: '
                        r'ICMP echo reply',
                        r'hlim 63,[^\n]* fd01::5 > fd02::8: [^\n]*request',
                        r'hlim 63,[^\n]* fd02::8 > fd01::5: [^\n]*reply'):
            self.assertEqual(len(re.findall(pattern, text)), 3, pattern)

    def test_route_by_source(self):
        self.with_rows({
            **self.route('20.0.0.0/16', ['10.0.2.7']),
            'logical_router_static_route/source': {
                'router': 'r', 'ip_prefix': '10.0.1.6/32',
                'nexthop': '10.0.2.8', 'policy': 'src-ip'}})
        self.assertEqual(self.who_answers('a', ['20.0.0.1']),
                         {'x': 1, 'y': 0})
        self.assertEqual(self.who_answers('b', ['20.0.0.2']),
                         {'x': 0, 'y': 1})

    def test_route_tables(self):
        row = ROUTER['logical_router_port/r-n1']
        self.with_rows(self.route('20.0.0.0/16', ['10.0.2.7']))
        self.addCleanup(self.s.put, 'nb/logical_router_port/r-n1', row)
        self.s.put('nb/logical_router_port/r-n1', {
            **row, 'options': {'route_table': 'blue'}})
        ready(self.s)
        self.assertFalse(self.s.ping('a', '20.0.0.1'))
        self.with_rows({'logical_router_static_route/blue': {
            'router': 'r', 'ip_prefix': '20.0.0.0/16', 'nexthop': '10.0.2.8',
            'route_table': 'blue'}})
        self.assertEqual(self.who_answers('a', ['20.0.0.1']),
                         {'x': 0, 'y': 1})

    # --- policies

    def policy(self, match, action, *hops, priority=10):
        row = {'router': 'r', 'priority': priority, 'match': match,
               'action': action}
        if hops:
            row['nexthops'] = list(hops)
        return {f'logical_router_policy/{priority}': row}

    def test_policy_reroutes_and_drops(self):
        self.with_rows({
            **self.route('20.0.0.0/16', ['10.0.2.7']),
            **self.policy('ip4.src == 10.0.1.5', 'reroute', '10.0.2.8'),
            **self.policy('ip4.dst == 20.0.1.0/24', 'drop', priority=20),
            **self.policy('ip4.dst == 20.0.1.1', 'allow', priority=30)})
        self.assertEqual(self.who_answers('a', ['20.0.0.1']),
                         {'x': 0, 'y': 1})
        self.assertEqual(self.who_answers('b', ['20.0.0.1']),
                         {'x': 1, 'y': 0})
        self.assertFalse(self.s.ping('b', '20.0.1.2'))
        self.s.ping_soon('b', '20.0.1.1')

    def test_policy_with_several_next_hops(self):
        for family, prefix, far, hops in (
                (4, '20.0.0.0/16', '20.0.0.', ('10.0.2.7', '10.0.2.8')),
                (6, 'fd20::/64', 'fd20::', ('fd02::7', 'fd02::8'))):
            with self.subTest(prefix):
                self.with_rows({
                    **self.route(prefix, [hops[0]]),
                    **self.policy(f'ip{family}.dst == {prefix}', 'reroute',
                                  *hops)})
                found = self.who_answers(
                    'a', [f'{far}{i}' for i in range(1, 13)])
                self.assertGreater(min(found.values()), 0, found)
                self.doCleanups()

    # --- NAT

    def nat(self, type_, external, logical, **more):
        return {f'nat/{type_}-{external.replace(":", "_")}': {
            'router': 'r', 'type': type_, 'external_ip': external,
            'logical_ip': logical, **more}}

    def test_nat66(self):
        self.with_rows({**self.nat('snat', 'fd16::50', 'fd01::/64'),
                        **self.nat('dnat_and_snat', 'fd16::60', 'fd01::6'),
                        **self.nat('dnat_and_snat', 'fd16::70', 'fd02::7',
                                   external_mac=mac(0x70),
                                   logical_port='x')})
        sniff(self.s, 'ext', ['icmp6'])
        self.s.ping_soon('a', 'fd16::100', ttl=63)
        self.s.ping_soon('b', 'fd16::100', ttl=63)
        self.s.ping_soon('x', 'fd16::100', ttl=63)
        self.s.ping_soon('ext', 'fd16::60', ttl=63)
        self.s.ping_soon('ext', 'fd16::70', ttl=63)
        self.s.ping_soon('a', 'fd16::60')       # Hairpin.
        text = sniffed(self.s, 'ext')
        for source in 'fd16::50', 'fd16::60', 'fd16::70':
            self.assertIn(f'{source} > fd16::100: ICMP6, echo request', text)
        self.assertIn(f'{mac(0x70)} > {mac(0xee)}', text)

    def test_stateless(self):
        for external, logical, target in (
                ('172.16.0.60', '10.0.1.6', '172.16.0.100'),
                ('fd16::61', 'fd01::6', 'fd16::100')):
            with self.subTest(external):
                self.with_rows(self.nat('dnat_and_snat', external, logical,
                                        options={'stateless': 'true'}))
                sniff(self.s, 'ext', ['icmp or icmp6'])
                self.s.ping_soon('b', target, ttl=63)
                self.s.ping_soon('ext', external, ttl=63)
                self.assertRegex(sniffed(self.s, 'ext'),
                                 f'{external} > {target}: ICMP.*echo request')
                self.doCleanups()

    def listen(self, vm, port):
        self.s.spawn(f'nc-{port}', ['nc', '-n', '-lk', '-p', str(port)],
                     netns=self.s.netns(vm))
        self.addCleanup(self.s.end, f'nc-{port}')
        wait_until('listener', lambda: f':{port} ' in self.s.vm(
            vm, 'ss', '-lnt').stdout)

    def connects(self, vm, ip, port, *options):
        done = self.s.vm(vm, 'nc', '-nvzw', '2', *options, ip, str(port),
                         check=False)
        return 'succeeded' in done.stderr or 'open' in done.stderr

    def test_port_range(self):
        self.with_rows(self.nat('snat', '172.16.0.50', '10.0.1.0/24',
                                external_port_range='3000-3010'))
        self.listen('ext', 80)
        sniff(self.s, 'ext', ['tcp[tcpflags] & tcp-syn != 0'])
        for _ in range(3):
            wait_until('connection', lambda: self.connects(
                'a', '172.16.0.100', 80))
        ports = re.findall(r'172\.16\.0\.50\.(\d+) > 172\.16\.0\.100\.80',
                           sniffed(self.s, 'ext'))
        self.assertTrue(ports)
        for port in ports:
            self.assertTrue(3000 <= int(port) <= 3010, ports)

    def test_some_peers_only(self):
        sets = {'address_set/some': {},
                'address_set_address/some/172.16.0.100': {}}
        for column, translated, plain in (
                ('allowed_ext_ips', '172.16.0.100', '172.16.0.101'),
                ('exempted_ext_ips', '172.16.0.101', '172.16.0.100')):
            with self.subTest(column):
                self.with_rows({**sets, **self.nat(
                    'snat', '172.16.0.50', '10.0.1.0/24', **{
                        column: 'some'})})
                run(['ip', '-n', self.s.netns('ext'), 'route', 'replace',
                     '10.0.1.0/24', 'via', '172.16.0.1'])
                sniff(self.s, 'ext', ['icmp'])
                self.s.ping_soon('a', translated, ttl=63)
                self.s.ping_soon('a', plain, ttl=63)
                text = sniffed(self.s, 'ext')
                self.assertIn(f'172.16.0.50 > {translated}: ICMP echo req',
                              text)
                self.assertIn(f'10.0.1.5 > {plain}: ICMP echo req', text)
                self.doCleanups()

    # --- errors

    def refused(self, vm, target):
        """A datagram to a port where nobody listens: is 'vm' told?"""
        done = self.s.vm(vm, sys.executable, '-c', DATAGRAM, target,
                         check=False)
        return 'ConnectionRefusedError' in done.stdout

    def test_errors_and_fragments_through_nat(self):
        """What a host answers that it does not want finds its way back by the
        connection that it is about; so do the parts of large packets."""
        self.with_rows({
            **self.nat('snat', '172.16.0.50', '10.0.1.0/24'),
            **self.nat('snat', 'fd16::50', 'fd01::/64'),
            **self.nat('dnat_and_snat', '172.16.0.60', '10.0.1.6'),
            **self.nat('dnat_and_snat', 'fd16::60', 'fd01::6'),
            **self.nat('dnat_and_snat', '172.16.0.70', '10.0.2.8',
                       external_mac=mac(0x70), logical_port='y')})
        for vm, target in (('a', '172.16.0.100'), ('a', 'fd16::100'),
                           ('ext', '172.16.0.60'), ('ext', 'fd16::60'),
                           ('ext', '172.16.0.70'), ('a', '172.16.0.60'),
                           ('b', '172.16.0.60'), ('y', '172.16.0.70')):
            with self.subTest(f'{vm} {target}'):
                self.s.ping_soon(vm, target, timeout=20)
                wait_until('refusal',
                           lambda v=vm, t=target: self.refused(v, t), 15)
                wait_until('fragments', lambda v=vm, t=target: self.s.vm(
                    v, 'ping', '-n', '-c', '1', '-W', '2', '-s', '3000', t,
                    check=False).returncode == 0, 15)

    def test_larger_than_the_mtu(self):
        row = ROUTER['logical_router_port/r-out']
        self.with_rows({**self.nat('snat', '172.16.0.50', '10.0.1.0/24'),
                        **self.nat('snat', 'fd16::50', 'fd01::/64')})
        self.addCleanup(self.s.put, 'nb/logical_router_port/r-out', row)
        self.s.put('nb/logical_router_port/r-out', {
            **row, 'options': {'gateway_mtu': '1300'}})
        ready(self.s)
        for target in '172.16.0.100', 'fd16::100':
            with self.subTest(target):
                self.s.ping_soon('a', target, ttl=63)
                done = self.s.vm('a', 'ping', '-n', '-M', 'do', '-c', '2',
                                 '-W', '2', '-s', '1350', target,
                                 check=False)
                self.assertRegex(done.stdout + done.stderr,
                                 r'mtu ?[=:] ?1300|message too long')


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
