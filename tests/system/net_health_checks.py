"""Health checks of load balancers by real packets on two hypervisors: backends
that listen, stop and come back, TCP and UDP, IPv4 and IPv6; who is silent; a
port that moves; agents that restart."""
import json
import sys
import time
import unittest

from net_support import ASK, enter, mac, ready
from sandbox import Sandbox, run, wait_until

# Answers TCP to port 8080 and UDP to port 5353 with its name.
SERVER = '''
import socket, sys, threading
name = sys.argv[1].encode()
def tcp(s):
    while True:
        c, _ = s.accept()
        try:
            c.sendall(name)
        except OSError:
            pass
        c.close()
s = socket.create_server(("::", 8080), family=socket.AF_INET6,
                         dualstack_ipv6=True)
threading.Thread(target=tcp, args=(s,), daemon=True).start()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
u.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
u.bind(("::", 5353))
print("listening", flush=True)
while True:
    data, peer = u.recvfrom(100)
    if data == b"who":
        u.sendto(name, peer)
'''
VIPS = {'tcp': '10.9.0.1:80', 'udp': '10.9.0.1:53',
        'tcp6': '[fd09::1]:80', 'udp6': '[fd09::1]:53'}
MAPPINGS = {'10.0.1.5': 'a:10.0.1.254', '10.0.1.6': 'b:10.0.1.254',
            'fd01::5': 'a:[fd01::fe]', 'fd01::6': 'b:[fd01::fe]'}


def balancer(name, vip):
    port = 8080 if name.startswith('tcp') else 5353
    ip = '[fd01::{}]' if name.endswith('6') else '10.0.1.{}'
    return {'protocol': name[:3], 'vips': {vip: ','.join(
        f'{ip.format(i)}:{port}' for i in (5, 6))},
        'ip_port_mappings': {k: v for k, v in MAPPINGS.items()
                             if (':' in k) == name.endswith('6')}}


NB = {
    **{f'load_balancer/{n}': balancer(n, v) for n, v in VIPS.items()},
    **{f'load_balancer_health_check/{n}': {
        'load_balancer': n, 'vip': v,
        'options': {'interval': '1', 'timeout': '2', 'failure_count': '2'}}
       for n, v in VIPS.items()},
    'logical_switch/web': {'load_balancer': list(VIPS)},
    # The virtual addresses are reached by way of a router.
    'logical_router/r': {},
    'logical_router_port/r-web': {
        'router': 'r', 'mac': mac(1),
        'networks': ['10.0.1.1/24', 'fd01::1/64']},
    'logical_switch_port/web-r': {
        'switch': 'web', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r-web'}},
    'logical_switch_port/a': {
        'switch': 'web', 'addresses': [f'{mac(5)} 10.0.1.5 fd01::5']},
    'logical_switch_port/b': {
        'switch': 'web', 'addresses': [f'{mac(6)} 10.0.1.6 fd01::6']},
    'logical_switch_port/c': {
        'switch': 'web', 'addresses': [f'{mac(7)} 10.0.1.7 fd01::7']},
    # Checks go past conntrack and ACLs.
    'acl/related': {'switch': 'web', 'direction': 'to-lport', 'priority': 1,
                    'match': 'ip', 'action': 'allow-related'},
    'acl/drop': {'switch': 'web', 'direction': 'to-lport', 'priority': 9,
                 'match': 'ip4.src == 10.0.1.254', 'action': 'drop'},
}


def ids(i):
    """The checks of host 'i'."""
    return [f'{proto}:{port}:{ip}{i}' for ip in ('10.0.1.', 'fd01::')
            for proto, port in (('tcp', 8080), ('udp', 5353))]


class HealthChecks(unittest.TestCase):
    """Servers a and b are on hypervisors 1 and 2, the client c on 1."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        enter(s, NB)
        for n, name, i in (1, 'a', 5), (2, 'b', 6), (1, 'c', 7):
            s.add_vm(n, name, mac(i), f'10.0.1.{i}/24', '10.0.1.1',
                     ip6=f'fd01::{i}/64', gateway6='fd01::1')
        for name in 'abc':
            wait_until(f'{name} up', lambda n=name: (s.get(
                f'status/logical_switch_port/{n}') or {}).get('up'), 30)
        ready(s)
        for name in 'ab':
            cls.serve(name)
        s.ping_soon('c', '10.0.1.6', timeout=20)

    @classmethod
    def serve(cls, name):
        s = cls.s
        s.spawn(f'server-{name}', [sys.executable, '-c', SERVER, name],
                netns=s.netns(name))
        wait_until('server', lambda: 'listening' in s.log_text(
            f'server-{name}'), 30)

    def statuses(self, hv, name, i, proto=''):
        """The set of what 'hv' says of the checks of port 'name'."""
        key = f'/weft/v1/chassis/{hv}/service_monitor/{name}/'
        lines = self.s.etcdctl('get', '--prefix', key).splitlines()
        said = dict(zip(lines[::2], lines[1::2]))
        return {json.loads(said.get(key + id_, '{}')).get('status')
                for id_ in ids(i) if id_.startswith(proto)}

    def found(self, status, hv='hv1', name='a', i=5, timeout=30):
        wait_until(f'{name} {status}', lambda: self.statuses(hv, name, i)
                   == {status}, timeout, 0.1)

    def servers(self, count=12):
        """Who answers at any of the virtual addresses."""
        ready(self.s)
        answers = set()
        for name, vip in VIPS.items():
            address, port = vip.strip('[').replace(']', '').rsplit(':', 1)
            got = set(self.s.vm('c', sys.executable, '-c', ASK, name[:3],
                                address, port, str(count))
                      .stdout.splitlines())
            self.assertLessEqual(got, {'a', 'b'}, name)
            answers.add(''.join(sorted(got)))
        return answers

    def test_1_online(self):
        self.found('online')
        self.found('online', 'hv2', 'b', 6)
        self.assertEqual(self.servers(), {'ab'})
        # Each is checked where it is.
        self.assertEqual(self.statuses('hv2', 'a', 5), {None})
        text = self.s.hv(1, 'ovs-appctl', '-t', self.s.path(
            'agent-hv1.ctl'), 'health-check/show').stdout
        self.assertRegex(text, r'a/tcp:8080:10\.0\.1\.5: online, probes \d+')
        self.assertEqual(text.count('online'), 4)

    def test_2_stops_and_comes_back(self):
        s = self.s
        before = time.monotonic()
        s.end('server-a')
        self.found('offline')
        # Two checks, a second between them, and a slow machine.
        self.assertLess(time.monotonic() - before, 10)
        self.assertEqual(self.servers(), {'b'})
        self.serve('a')
        self.found('online')
        self.assertEqual(self.servers(), {'ab'})

    def test_3_silent(self):
        """Nobody answers: TCP notices, UDP cannot."""
        s = self.s
        run(['ip', '-n', s.netns('b'), 'link', 'set', 'eth0', 'down'])
        wait_until('offline', lambda: [
            self.statuses('hv2', 'b', 6, proto) for proto in ('tcp', 'udp')]
            == [{'offline'}, {'online'}], 30, 0.1)
        run(['ip', '-n', s.netns('b'), 'link', 'set', 'eth0', 'up'])
        run(['ip', '-n', s.netns('b'), 'addr', 'replace', 'fd01::6/64',
             'dev', 'eth0', 'nodad'])
        self.found('online', 'hv2', 'b', 6)

    def test_4_agent_restarts(self):
        """What was found outlives the agent, until it has found another."""
        s = self.s
        s.end('server-a')
        self.found('offline')
        s.kill('agent-hv1')
        s.start_agent(1)
        for _ in range(12):
            self.assertEqual(self.statuses('hv1', 'a', 5), {'offline'})
            time.sleep(0.05)
        s.end('agent-hv1')
        self.serve('a')
        self.assertEqual(self.statuses('hv1', 'a', 5), {'offline'})
        # One of its checks goes meanwhile.
        s.delete('nb/load_balancer_health_check/udp6')
        s.start_agent(1)
        wait_until('gone and found', lambda: self.statuses('hv1', 'a', 5)
                   == {'online', None}, 30, 0.1)
        s.put('nb/load_balancer_health_check/udp6',
              NB['load_balancer_health_check/udp6'])
        self.found('online')

    def test_5_switch_restarts(self):
        """While Open vSwitch is away nothing is found."""
        s = self.s
        self.found('online', 'hv2', 'b', 6)
        s.kill('vswitchd-hv2')
        for _ in range(12):
            self.assertEqual(self.statuses('hv2', 'b', 6), {'online'})
            time.sleep(0.1)
        s.start_vswitchd(2)
        ready(s)
        for _ in range(12):
            self.assertEqual(self.statuses('hv2', 'b', 6), {'online'})
            time.sleep(0.1)

    def test_6_port_moves(self):
        s = self.s
        s.unplug_vm(1, 'a')
        self.found('offline')               # It is nowhere.
        s.move_vm('a', 2)
        self.found('online', 'hv2')
        wait_until('gone from hv1', lambda: self.statuses('hv1', 'a', 5)
                   == {None})
        s.end('server-a')
        self.found('offline', 'hv2')
        self.assertEqual(self.servers(), {'b'})

    def test_7_no_check_no_status(self):
        s = self.s
        for name in VIPS:
            s.delete(f'nb/load_balancer_health_check/{name}')
        wait_until('gone', lambda: self.statuses('hv2', 'a', 5)
                   | self.statuses('hv2', 'b', 6) == {None})


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
