"""A running TCP stream through two stateful firewalls, a router and two
hypervisors survives the restart of every control-plane process and the
change of rules that have nothing to do with it; it ends when its own rule
goes."""
import os
import sys
import time
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, wait_until

ROWS = {
    'logical_switch/n1': {}, 'logical_switch/n2': {},
    'logical_router/r': {},
    'logical_router_port/r1': {'router': 'r', 'mac': mac(0x11),
                               'networks': ['10.0.1.1/24']},
    'logical_router_port/r2': {'router': 'r', 'mac': mac(0x12),
                               'networks': ['10.0.2.1/24']},
    'logical_switch_port/n1-r': {
        'switch': 'n1', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r1'}},
    'logical_switch_port/n2-r': {
        'switch': 'n2', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'r2'}},
    'logical_switch_port/a': {'switch': 'n1',
                              'addresses': [f'{mac(5)} 10.0.1.5']},
    'logical_switch_port/b': {'switch': 'n2',
                              'addresses': [f'{mac(6)} 10.0.2.6']},
    'port_group/pg': {},
    'port_group_port/pg/a': {}, 'port_group_port/pg/b': {},
    'acl/drop': {'port_group': 'pg', 'direction': 'to-lport',
                 'priority': 1000, 'match': 'outport == @pg && ip',
                 'action': 'drop'},
    'acl/out': {'port_group': 'pg', 'direction': 'from-lport',
                'priority': 1001, 'match': 'inport == @pg && ip',
                'action': 'allow-related'},
    'acl/stream': {'port_group': 'pg', 'direction': 'to-lport',
                   'priority': 1002,
                   'match': 'outport == @pg && ip4 && tcp.dst == 5001',
                   'action': 'allow-related'},
}

# Echoes lines; the client sends one every 50 ms and prints the answer.
SERVER = '''
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 5001)); s.listen()
print("listening", flush=True)
c, _ = s.accept()
while (d := c.recv(4096)):
    c.sendall(d)
'''
CLIENT = '''
import socket, time
s = socket.create_connection(("10.0.2.6", 5001), 5); s.settimeout(60)
for i in range(10**6):
    s.sendall(b"%08d" % i)
    got = b""
    while len(got) < 8:
        got += s.recv(8 - len(got))
    print(int(got), round(time.monotonic(), 3), flush=True)
    time.sleep(0.05)
'''


class TcpSurvives(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft(api=True)
        enter(s, ROWS)
        s.add_vm(1, 'a', mac(5), '10.0.1.5/24', '10.0.1.1')
        s.add_vm(2, 'b', mac(6), '10.0.2.6/24', '10.0.2.1')
        for port in 'ab':
            wait_until(f'{port} up', lambda p=port: (s.get(
                f'status/logical_switch_port/{p}') or {}).get('up'))
        ready(s)
        s.spawn('server', [sys.executable, '-c', SERVER],
                netns=s.netns('b'))
        wait_until('server', lambda: 'listening' in s.log_text('server'))
        s.spawn('client', [sys.executable, '-c', CLIENT],
                netns=s.netns('a'))
        wait_until('stream', lambda: cls.progress()[0] > 5)

    @classmethod
    def progress(cls):
        """Number of the last answer, and the longest wait between two since
        the log was last emptied."""
        lines = [line.split() for line in
                 cls.s.log_text('client').split('\n')[:-1]
                 if line.count(' ') == 1]
        times = [float(t) for _, t in lines]
        return (int(lines[-1][0]) if lines else -1,
                max((b - a for a, b in zip(times, times[1:])), default=0))

    def goes_on(self, action, longest=1.0):
        """The stream runs through `action`, without a retransmission's
        silence."""
        os.truncate(self.s.path('client.log'), 0)
        wait_until('stream', lambda: self.progress()[0] >= 0)
        action()
        number = self.progress()[0]
        wait_until('stream', lambda: self.progress()[0] > number + 20, 20)
        self.assertLess(self.progress()[1], longest)

    def test_1_restarts(self):
        s = self.s

        def again(end, name, start):
            def action():
                end(name)
                time.sleep(0.5)
                start()
                ready(s)
            return action

        self.goes_on(again(s.kill, 'translator', s.start_translator))
        self.goes_on(again(s.end, 'translator', s.start_translator))
        for n in (1, 2):
            self.goes_on(again(s.kill, f'agent-hv{n}',
                               lambda n=n: s.start_agent(n)))
            self.goes_on(again(s.end, f'agent-hv{n}',
                               lambda n=n: s.start_agent(n)))
        port = s.api_url.rsplit(':', 1)[1]
        for end in s.kill, s.end:
            self.goes_on(again(end, 'api', lambda: s.start_api(port)))
            self.goes_on(again(end, 'etcd', s.start_etcd))

    def test_2_other_rules_change(self):
        s = self.s

        def change():
            for i in range(10):
                s.put(f'nb/acl/x{i}', {
                    'port_group': 'pg', 'direction': 'to-lport',
                    'priority': 1100 + i, 'action': 'drop',
                    'match': f'outport == @pg && tcp.dst == {7000 + i}'})
            ready(s)
            for i in range(10):
                s.delete(f'nb/acl/x{i}')
            s.put('nb/logical_router_static_route/x', {
                'router': 'r', 'ip_prefix': '192.0.2.0/24',
                'nexthop': '10.0.1.77'})
            s.put('nb/logical_switch_port/new', {
                'switch': 'n1', 'addresses': [f'{mac(9)} 10.0.1.9']})
            s.put('nb/port_group_port/pg/new', {})
            ready(s)
        self.goes_on(change)

    def test_3_its_own_rule_goes(self):
        s = self.s
        self.goes_on(lambda: None)
        s.delete('nb/acl/stream')
        ready(s)
        time.sleep(1)
        number = self.progress()[0]
        time.sleep(2)
        self.assertEqual(self.progress()[0], number)
        s.put('nb/acl/stream', ROWS['acl/stream'])
        ready(s)
        wait_until('the stream goes on', lambda: self.progress()[0] > number,
                   30)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
