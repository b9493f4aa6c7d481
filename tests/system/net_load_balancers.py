"""Load balancers by real packets on two hypervisors: on a switch (both
families, TCP, UDP, without ports, a backend that is its own client), on a
router with a distributed gateway port, on a gateway router (with source NAT
and without), affinity, rejection, and connections that live through changes
and restarts."""
import re
import sys
import time
import unittest

from net_support import ASK, enter, join_outside, mac, ready
from sandbox import Sandbox, wait_until

# Answers everything with its name and whom it sees.  Port 5001 echoes.
SERVER = '''
import socket, sys, threading
def answer(name, peer):
    return (name + " " + peer[0].replace("::ffff:", "") + "\\n").encode()
def udp(s):
    while True:
        _, peer = s.recvfrom(100)
        s.sendto(answer(sys.argv[1], peer), peer)
def echo(c):
    while (d := c.recv(4096)):
        c.sendall(d)
def tcp(s, echoes):
    while True:
        c, peer = s.accept()
        if echoes:
            threading.Thread(target=echo, args=(c,), daemon=True).start()
        else:
            c.sendall(answer(sys.argv[1], peer))
            c.close()
for port in 8080, 5001:
    s = socket.create_server(("::", port), family=socket.AF_INET6,
                             dualstack_ipv6=True)
    threading.Thread(target=tcp, args=(s, port == 5001)).start()
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 5353))
print("listening", flush=True)
udp(s)
'''
STREAM = '''
import socket, time
s = socket.create_connection(("10.9.0.1", 5001), 5); s.settimeout(30)
for i in range(10**6):
    s.sendall(b"%08d" % i)
    got = b""
    while len(got) < 8:
        got += s.recv(8 - len(got))
    print(int(got), flush=True)
    time.sleep(0.02)
'''
BOTH = '10.0.1.5:{0},10.0.1.6:{0}'
BOTH6 = '[fd01::5]:{0},[fd01::6]:{0}'


def router_side(switch, port):
    return {'switch': switch, 'type': 'router', 'addresses': ['router'],
            'options': {'router-port': port}}


NB = {
    'load_balancer/tcp': {'protocol': 'tcp', 'vips': {
        '10.9.0.1:80': BOTH.format(8080), '10.9.0.1:5001':
        BOTH.format(5001)}},
    'load_balancer/tcp6': {'protocol': 'tcp', 'vips': {
        '[fd09::1]:80': BOTH6.format(8080)}},
    'load_balancer/udp': {'protocol': 'udp', 'vips': {
        '10.9.0.1:53': BOTH.format(5353)}},
    'load_balancer/udp6': {'protocol': 'udp', 'vips': {
        '[fd09::1]:53': BOTH6.format(5353)}},
    'load_balancer/any': {'vips': {
        '10.9.0.9': '10.0.1.5,10.0.1.6'}},
    'load_balancer/self': {'protocol': 'tcp', 'vips': {
        '10.9.0.2:80': '10.0.1.5:8080'}},
    'load_balancer/self6': {'protocol': 'tcp', 'vips': {
        '[fd09::2]:80': '[fd01::5]:8080'}},
    'load_balancer/selfudp': {'protocol': 'udp', 'vips': {
        '10.9.0.2:53': '10.0.1.5:5353'}},
    'load_balancer/selfip': {'vips': {'10.9.0.3': '10.0.1.5'}},
    'load_balancer/selfsnat': {
        'protocol': 'tcp', 'vips': {'10.9.0.4:80': '10.0.1.5:8080'},
        'options': {'hairpin_snat_ip': '10.8.0.8'}},
    'load_balancer/sticky': {
        'protocol': 'tcp', 'vips': {'10.9.0.5:80': BOTH.format(8080)},
        'options': {'affinity_timeout': '60'}},
    'load_balancer/reject': {
        'protocol': 'tcp', 'vips': {'10.9.0.7:80': ''},
        'options': {'reject': 'true'}},
    'load_balancer/outside': {'protocol': 'tcp', 'vips': {
        '172.16.0.50:80': BOTH.format(8080)}},
    'load_balancer/gateway': {'protocol': 'tcp', 'vips': {
        '172.16.0.60:80': BOTH.format(8080)}},
    'load_balancer/noskip': {
        'protocol': 'tcp', 'vips': {'172.16.0.61:80': BOTH.format(8080)},
        'options': {'skip_snat': 'true'}},
    'load_balancer_group/services': {'load_balancer': ['udp', 'udp6']},
    'logical_switch/web': {
        'load_balancer': ['tcp', 'tcp6', 'any', 'self', 'self6', 'selfudp',
                          'selfip', 'selfsnat', 'sticky', 'reject'],
        'load_balancer_group': ['services']},
    'logical_switch/far': {}, 'logical_switch/outside': {},
    'logical_router/r': {'load_balancer': ['outside']},
    'logical_router_port/r-web': {
        'router': 'r', 'mac': mac(0x11),
        'networks': ['10.0.1.1/24', 'fd01::1/64']},
    'logical_router_port/r-far': {'router': 'r', 'mac': mac(0x12),
                                  'networks': ['10.0.2.1/24']},
    'logical_router_port/r-out': {'router': 'r', 'mac': mac(0x13),
                                  'networks': ['172.16.0.1/24']},
    'gateway_chassis/a': {'router_port': 'r-out', 'chassis_name': 'hv2',
                          'priority': 20},
    'logical_switch_port/web-r': router_side('web', 'r-web'),
    'logical_switch_port/far-r': router_side('far', 'r-far'),
    'logical_switch_port/out-r': router_side('outside', 'r-out'),
    'logical_switch_port/ln': {
        'switch': 'outside', 'type': 'localnet', 'addresses': ['unknown'],
        'options': {'network_name': 'phys'}},
    # A gateway router of its own on the way to the same servers.
    'logical_router/g': {
        'load_balancer': ['gateway', 'noskip'],
        'options': {'chassis': 'hv1', 'lb_force_snat_ip': 'router_ip'}},
    'logical_router_port/g-out': {'router': 'g', 'mac': mac(0x14),
                                  'networks': ['172.16.0.2/24']},
    'logical_router_port/g-web': {'router': 'g', 'mac': mac(0x15),
                                  'networks': ['10.0.1.2/24']},
    'logical_switch_port/web-g': router_side('web', 'g-web'),
    'logical_switch_port/out-g': router_side('outside', 'g-out'),
    'logical_switch_port/a': {
        'switch': 'web', 'addresses': [f'{mac(5)} 10.0.1.5 fd01::5']},
    'logical_switch_port/b': {
        'switch': 'web', 'addresses': [f'{mac(6)} 10.0.1.6 fd01::6']},
    'logical_switch_port/c': {
        'switch': 'web', 'addresses': [f'{mac(7)} 10.0.1.7 fd01::7']},
    'logical_switch_port/d': {
        'switch': 'far', 'addresses': [f'{mac(8)} 10.0.2.8']},
}


class LoadBalancers(unittest.TestCase):
    """Servers a and b are on hypervisors 1 and 2, the client c on 1, d in
    another network on 2; ext is outside, on 1."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        join_outside(s)
        enter(s, NB)
        for n, name, i in (1, 'a', 5), (2, 'b', 6), (1, 'c', 7):
            s.add_vm(n, name, mac(i), f'10.0.1.{i}/24', '10.0.1.1',
                     ip6=f'fd01::{i}/64', gateway6='fd01::1')
        s.add_vm(2, 'd', mac(8), '10.0.2.8/24', '10.0.2.1')
        s.add_vm(1, 'ext', mac(0xee), '172.16.0.100/24', iface_id='',
                 bridge='br-ex')
        for name in 'abcd':
            wait_until(f'{name} up', lambda n=name: (s.get(
                f'status/logical_switch_port/{n}') or {}).get('up'), 30)
        ready(s)
        for name in 'ab':
            s.spawn(f'server-{name}', [sys.executable, '-c', SERVER, name],
                    netns=s.netns(name))
            wait_until('server', lambda n=name: 'listening' in s.log_text(
                f'server-{n}'))
        s.ping_soon('c', '10.0.1.6', timeout=20)
        s.ping_soon('ext', '172.16.0.1', timeout=20)

    def ask(self, vm, proto, address, port, count=1):
        return self.s.vm(vm, sys.executable, '-c', ASK, proto, address,
                         str(port), str(count)).stdout.splitlines()

    def servers(self, *question, count=24):
        """Who answers, of many tries; each must be answered."""
        answers = self.ask(*question, count)
        for answer in answers:
            self.assertRegex(answer, r'^[ab] ')
        return {answer.split()[0] for answer in answers}

    def test_switch(self):
        for question in (('tcp', '10.9.0.1', 80), ('tcp', 'fd09::1', 80),
                         ('udp', '10.9.0.1', 53), ('udp', 'fd09::1', 53),
                         ('tcp', '10.9.0.9', 8080),
                         ('udp', '10.9.0.9', 5353)):
            with self.subTest(question):
                self.assertEqual(self.servers('c', *question), {'a', 'b'})
        self.assertTrue(self.s.ping('c', '10.9.0.9'))
        # A server is a client of both, too.
        self.assertEqual(self.servers('b', 'tcp', '10.9.0.1', 80),
                         {'a', 'b'})

    def test_switch_server_sees_client(self):
        self.assertEqual({a.split()[1] for a in self.ask(
            'c', 'tcp', '10.9.0.1', 80, 5)}, {'10.0.1.7'})

    def test_hairpin(self):
        for question, seen in (
                (('tcp', '10.9.0.2', 80), '10.9.0.2'),
                (('tcp', 'fd09::2', 80), 'fd09::2'),
                (('udp', '10.9.0.2', 53), '10.9.0.2'),
                (('tcp', '10.9.0.3', 8080), '10.9.0.3'),
                (('tcp', '10.9.0.4', 80), '10.8.0.8')):
            with self.subTest(question):
                self.assertEqual(self.ask('a', *question, 3),
                                 [f'a {seen}'] * 3)
        # Learned from these, and none of it from others.
        flows = self.s.flows(1, 'table=69')
        self.assertTrue(any('10.8.0.8' in f for f in flows), flows)
        self.assertEqual(self.s.flows(2, 'table=69,ip,nw_dst=10.8.0.8'), [])

    def test_rejected(self):
        before = time.monotonic()
        self.assertEqual(self.ask('c', 'tcp', '10.9.0.7', 80),
                         ['ConnectionRefusedError'])
        self.assertLess(time.monotonic() - before, 2.5)

    def test_distributed_router(self):
        self.assertEqual(self.servers('ext', 'tcp', '172.16.0.50', 80),
                         {'a', 'b'})
        self.assertEqual(self.ask('ext', 'tcp', '172.16.0.50', 80)[0].split()
                         [1], '172.16.0.100')

    def test_gateway_router(self):
        s = self.s
        self.assertEqual(self.servers('ext', 'tcp', '172.16.0.60', 80),
                         {'a', 'b'})
        self.assertEqual(self.ask('ext', 'tcp', '172.16.0.60', 80)[0].split()
                         [1], '10.0.1.2')
        # Its answers go to the other router, but for a route by this one.
        for name in 'ab':
            s.vm(name, 'ip', 'route', 'add', '172.16.0.100', 'via',
                 '10.0.1.2')
        try:
            self.assertEqual({a.split()[1] for a in self.ask(
                'ext', 'tcp', '172.16.0.61', 80, 5)}, {'172.16.0.100'})
        finally:
            for name in 'ab':
                s.vm(name, 'ip', 'route', 'del', '172.16.0.100')

    def test_affinity(self):
        s = self.s
        # As with stock OVN, the packet from which it is learned goes no
        # further, nor does the connection that it began.
        self.ask('c', 'tcp', '10.9.0.5', 80)
        chosen = self.servers('c', 'tcp', '10.9.0.5', 80)
        self.assertEqual(len(chosen), 1)
        flows = s.flows(1, 'table=78')
        self.assertTrue(any('10.9.0.5' in f for f in flows), flows)
        # An agent that starts anew forgets nothing.
        s.end('agent-hv1')
        s.start_agent(1)
        ready(s)
        self.assertEqual(self.servers('c', 'tcp', '10.9.0.5', 80), chosen)

    def put_vips(self, name, **vips):
        self.s.put(f'nb/load_balancer/{name}', {
            **NB[f'load_balancer/{name}'], 'vips': vips})
        ready(self.s)

    def test_stream_survives(self):
        s = self.s
        s.spawn('stream', [sys.executable, '-c', STREAM],
                netns=s.netns('c'))

        def progress():
            lines = s.log_text('stream').split('\n')[:-1]
            return int(lines[-1]) if lines else -1

        def goes_on(what):
            number = progress()
            wait_until(f'stream after {what}',
                       lambda: progress() > number + 10, 20)

        goes_on('its beginning')
        tracked = s.hv(1, 'ovs-appctl', 'dpctl/dump-conntrack').stdout
        mine = re.search(r'dst=10\.9\.0\.1,.*dport=5001\).*reply=\(src='
                         r'(10\.0\.1\.\d)', tracked)[1]
        vips = NB['load_balancer/tcp']['vips']
        self.put_vips('tcp', **{**vips, '10.9.0.1:5001': f'{mine}:5001'})
        goes_on('the other backend went')
        self.put_vips('tcp', **{**vips, '10.9.0.1:5001':
                                BOTH.format(5001) + ',10.0.1.77:5001'})
        goes_on('backends came')
        for n in (1, 2):
            s.kill(f'agent-hv{n}')
            s.start_agent(n)
            ready(s)
            goes_on(f'agent {n} is back')
        self.put_vips('tcp', **vips)
        goes_on('all is as before')
        s.end('stream')

    def test_groups_after_restart(self):
        """The same groups under the same numbers, and no flow changed."""
        s = self.s

        def state():
            groups = s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-groups',
                          'br-int').stdout
            return (sorted(re.findall(r'group_id=.*', groups)),
                    sorted(f for f in s.flows(1)
                           if not re.search('table=(69|7[678])', f)))

        ready(s)
        before = state()
        self.assertGreater(len(before[0]), 8)
        s.kill('agent-hv1')
        s.start_agent(1)
        ready(s)
        self.assertEqual(state(), before)

    def test_z_gone(self):
        """Nothing is left of what goes."""
        s = self.s
        s.put('nb/logical_switch/web', {})
        ready(s)
        for table in 68, 69, 70:
            self.assertEqual([f for f in s.flows(1, f'table={table}')
                              if 'actions=' in f], [])
        for question in ('c', 'tcp', '10.9.0.1', 80), ('a', 'tcp',
                                                       '10.9.0.2', 80):
            self.assertNotRegex(self.ask(*question)[0], '^[ab] ')
        self.assertLess(len(re.findall('group_id=', s.hv(
            1, 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-groups',
            'br-int').stdout)), 8)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
