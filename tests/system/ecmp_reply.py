"""Symmetric replies of ECMP routes: a gateway router with two next hops, both
of which bring connections from one and the same address.  Each connection is
answered to the next hop that it came from; without the option about half go
astray."""
import sys
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, wait_until

OUTSIDE = '192.0.2.100'
NEXT_HOPS = {'n1': 251, 'n2': 252}
N = 24

ROUTE = {'router': 'g', 'ip_prefix': '0.0.0.0/0'}
SYMMETRIC = {'ecmp_symmetric_reply': 'true'}
ROWS = {
    'logical_switch/inside': {},
    'logical_switch/outside': {},
    'logical_router/g': {'options': {'chassis': 'hv1'}},
    'logical_router_port/g-in': {
        'router': 'g', 'mac': mac(0x11), 'networks': ['10.0.1.1/24']},
    'logical_router_port/g-out': {
        'router': 'g', 'mac': mac(0x12), 'networks': ['172.16.0.1/24']},
    'logical_switch_port/in-g': {
        'switch': 'inside', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'g-in'}},
    'logical_switch_port/out-g': {
        'switch': 'outside', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'g-out'}},
    'logical_switch_port/a': {'switch': 'inside',
                              'addresses': [f'{mac(5)} 10.0.1.5']},
    **{f'logical_switch_port/{name}': {
        'switch': 'outside', 'addresses': [f'{mac(i)} 172.16.0.{i}']}
       for name, i in NEXT_HOPS.items()},
}

SERVER = '''
import socket
s = socket.create_server(('10.0.1.5', 80), backlog=200)
while True:
    c, peer = s.accept()
    c.settimeout(3)
    try:
        c.sendall(c.recv(100))
    except OSError:
        pass
    c.close()
'''
# All at once; prints how many were answered.
CLIENTS = f'''
import socket, threading
good = []
def one(port):
    try:
        s = socket.create_connection(('10.0.1.5', 80), 3,
                                     ('{OUTSIDE}', port))
        s.sendall(b'hello')
        if s.recv(100) == b'hello':
            good.append(port)
        s.close()
    except OSError:
        pass
import sys
first = int(sys.argv[1])
threads = [threading.Thread(target=one, args=(first + i,))
           for i in range({N})]
for t in threads: t.start()
for t in threads: t.join()
print(len(good))
'''


class EcmpReply(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox(hypervisors=1))
        s.start_weft()
        enter(s, ROWS)
        cls.routes({})
        s.add_vm(1, 'a', mac(5), '10.0.1.5/24', '10.0.1.1')
        for name, i in NEXT_HOPS.items():
            s.add_vm(1, name, mac(i), f'172.16.0.{i}/24', '172.16.0.1')
            s.vm(name, 'ip', 'addr', 'add', f'{OUTSIDE}/32', 'dev', 'lo')
        for name in ('a', *NEXT_HOPS):
            wait_until('up', lambda n=name: (s.get(
                f'status/logical_switch_port/{n}') or {}).get('up'))
        s.spawn('server', [sys.executable, '-c', SERVER],
                netns=s.netns('a'))
        ready(s)
        for name in NEXT_HOPS:
            s.ping_soon(name, '10.0.1.5')

    @classmethod
    def routes(cls, options):
        for name, i in NEXT_HOPS.items():
            cls.s.put(f'nb/logical_router_static_route/{name}',
                      {**ROUTE, 'nexthop': f'172.16.0.{i}',
                       'options': options})
        ready(cls.s)

    def connect(self, name, first):
        """Ports are not used twice: the userspace datapath of OVS 3.1 does
        not survive that (an assertion in conn_update_state())."""
        first += NEXT_HOPS[name] * 100 - 25000
        return int(self.s.vm(name, sys.executable, '-c', CLIENTS, str(first),
                             timeout=120).stdout)

    def test_1_without(self):
        good = [self.connect(n, 20000) for n in NEXT_HOPS]
        print(f'without: {good} of {N}', flush=True)
        self.assertLess(sum(good), 2 * N)
        self.assertGreater(sum(good), 0)

    def test_2_with(self):
        self.routes(SYMMETRIC)
        for i in range(3):
            good = [self.connect(n, 30000 + 1000 * i) for n in NEXT_HOPS]
            print(f'with: {good} of {N}', flush=True)
            self.assertEqual(good, [N, N])
        self.assertTrue(self.s.flows(1, 'table=76'))

    def test_3_what_comes_from_inside_still_chooses(self):
        s = self.s
        self.routes(SYMMETRIC)
        done = s.vm('a', 'ping', '-n', '-c', '3', '-i', '0.2', '-W', '2',
                    OUTSIDE, check=False)
        self.assertIn('bytes from', done.stdout)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
