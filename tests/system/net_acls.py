"""Security groups by packets on two hypervisors: every verdict in both
directions and families, logs, groups and address sets that grow and shrink,
established connections that are looked at again."""
import re
import sys
import time
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, run, wait_until

# Ports of TCP and UDP, verdict -> its port in each direction.
VERDICTS = {'allow': 1, 'allow-related': 2, 'drop': 3, 'reject': 4,
            'pass': 5}
BASE = {'from-lport': 7000, 'to-lport': 8000}
ADDRESSES = {4: ('10.0.1.5', '10.0.1.6'), 6: ('fd01::5', 'fd01::6')}

NB = {
    'nb_global/global': {'options': {'default_acl_drop': 'true'}},
    'logical_switch/n': {},
    'logical_switch_port/a': {
        'switch': 'n', 'addresses': [f'{mac(5)} 10.0.1.5 fd01::5']},
    'logical_switch_port/b': {
        'switch': 'n', 'addresses': [f'{mac(6)} 10.0.1.6 fd01::6']},
    'port_group/clients': {}, 'port_group_port/clients/a': {},
    'port_group/servers': {}, 'port_group_port/servers/b': {},
    'meter/m': {'unit': 'pktps', 'fair': False},
    'meter_band/m1': {'meter': 'm', 'rate': 5, 'burst_size': 5},
    # What each direction must let through for the other to be looked at.
    'acl/out': {'port_group': 'servers', 'direction': 'from-lport',
                'priority': 1, 'action': 'allow-related',
                'match': 'inport == @servers && ip'},
    'acl/in': {'port_group': 'clients', 'direction': 'to-lport',
               'priority': 1, 'action': 'allow-related',
               'match': 'outport == @clients && ip'},
    'acl/arp-from': {'switch': 'n', 'direction': 'from-lport',
                     'priority': 1, 'action': 'allow', 'match': 'arp'},
    'acl/arp-to': {'switch': 'n', 'direction': 'to-lport',
                   'priority': 1, 'action': 'allow', 'match': 'arp'},
    'acl/base-from': {'port_group': 'clients', 'direction': 'from-lport',
                      'priority': 1, 'action': 'allow-related',
                      'match': 'inport == @clients && '
                      '(tcp.dst >= 8000 || udp.dst >= 8000 || icmp)'},
    'acl/base-to': {'port_group': 'servers', 'direction': 'to-lport',
                    'priority': 1, 'action': 'allow-related',
                    'match': 'outport == @servers && ((tcp.dst >= 7000 && '
                    'tcp.dst < 8000) || (udp.dst >= 7000 && udp.dst < 8000) '
                    '|| icmp)'},
}
for direction, first in BASE.items():
    group, side = (('clients', 'inport') if direction == 'from-lport'
                   else ('servers', 'outport'))
    for verdict, offset in VERDICTS.items():
        for proto in 'tcp', 'udp':
            NB[f'acl/{direction}-{verdict}-{proto}'] = {
                'port_group': group, 'direction': direction,
                'priority': 1000, 'action': verdict, 'name': verdict,
                'match': f'{side} == @{group} && {proto}.dst == '
                f'{first + offset}',
                'log': True, 'severity': 'notice', 'meter': 'm'}


class Acls(unittest.TestCase):
    """a, a client, is on hypervisor 1; b, a server, on hypervisor 2."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        enter(s, NB)
        for n, name in (1, 'a'), (2, 'b'):
            s.add_vm(n, name, mac(4 + n), f'10.0.1.{4 + n}/24',
                     ip6=f'fd01::{4 + n}/64')
        for name in 'ab':
            wait_until(f'{name} up', lambda n=name: (s.get(
                f'status/logical_switch_port/{n}') or {}).get('up'), 30)
        s.warm_tunnels()
        ready(s)
        s.ping_soon('a', '10.0.1.6', timeout=20)
        for family in 4, 6:
            for first in BASE.values():
                for offset in VERDICTS.values():
                    cls.listen(family, first + offset)

    @classmethod
    def listen(cls, family, port):
        name = f'nc-{family}-{port}'
        cls.s.spawn(name, ['nc', f'-{family}', '-n', '-lk', '-p',
                           str(port)], netns=cls.s.netns('b'))
        wait_until('listener', lambda: f':{port} ' in cls.s.vm(
            'b', 'ss', f'-{family}lnt').stdout)

    def connect(self, family, port):
        done = self.s.vm('a', 'nc', '-nvzw', '2', ADDRESSES[family][1],
                         str(port), check=False)
        text = done.stdout + done.stderr
        return ('open' if 'succeeded' in text or 'open' in text else
                'refused' if 'refused' in text else 'timeout')

    # What is expected of a connection.  'pass' leaves it to the default.
    OUTCOMES = {'allow': 'open', 'allow-related': 'open', 'drop': 'timeout',
                'reject': 'refused', 'pass': 'timeout'}

    def test_verdicts(self):
        for family in 4, 6:
            for direction, first in BASE.items():
                for verdict, offset in VERDICTS.items():
                    with self.subTest(f'{verdict} {direction} {family}'):
                        self.assertEqual(self.connect(
                            family, first + offset), self.OUTCOMES[verdict])

    def test_rejected_datagrams(self):
        """The sender is told by ICMP."""
        code = ('import socket, sys\n'
                's = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] '
                'else socket.AF_INET, socket.SOCK_DGRAM)\n'
                's.settimeout(2)\n'
                's.connect((sys.argv[1], int(sys.argv[2])))\n'
                's.send(b"x")\n'
                'try:\n    s.recv(9)\n'
                'except OSError as e:\n    print(type(e).__name__)\n')
        for family in 4, 6:
            for first in BASE.values():
                for verdict, wanted in (('reject', 'ConnectionRefusedError'),
                                        ('drop', 'TimeoutError')):
                    with self.subTest(f'{family} {first} {verdict}'):
                        done = self.s.vm(
                            'a', sys.executable, '-c', code,
                            ADDRESSES[family][1],
                            str(first + VERDICTS[verdict]))
                        self.assertIn(wanted, done.stdout)

    def test_after_load_balancing(self):
        """Rules with apply-after-lb are asked after the others: they can
        forbid what those allow."""
        port = 8000 + VERDICTS['allow']
        self.addCleanup(self.s.delete, 'nb/acl/after')
        for verdict in 'drop', 'reject', 'allow-related':
            self.s.put('nb/acl/after', {
                'port_group': 'clients', 'direction': 'from-lport',
                'priority': 2000, 'action': verdict,
                'match': f'inport == @clients && tcp.dst == {port}',
                'options': {'apply-after-lb': 'true'}})
            ready(self.s)
            for family in 4, 6:
                with self.subTest(f'{verdict} {family}'):
                    self.assertEqual(self.connect(family, port),
                                     self.OUTCOMES[verdict])

    def test_beside_a_load_balancer(self):
        """A rule with apply-after-lb sees what the load balancer chose; one
        without it sees what the client asked for."""
        s = self.s
        port = 8000 + VERDICTS['allow']
        enter(s, {'load_balancer/lb': {'name': 'lb', 'protocol': 'tcp',
                                       'vips': {'10.0.1.100:9000':
                                                f'10.0.1.6:{port}'}}})
        self.addCleanup(s.delete, 'nb/load_balancer/lb')
        s.weftctl('ls-lb-add', 'n', 'lb', name='ovn-nbctl')
        s.vm('a', 'ip', 'neigh', 'replace', '10.0.1.100', 'lladdr', mac(6),
             'dev', 'eth0')
        self.addCleanup(s.delete, 'nb/acl/lb')
        for target, after, opens in (
                (None, 'false', True),
                (('10.0.1.6', port), 'false', True),
                (('10.0.1.6', port), 'true', False),
                (('10.0.1.100', 9000), 'false', False)):
            if target:
                s.put('nb/acl/lb', {
                    'port_group': 'clients', 'direction': 'from-lport',
                    'priority': 2000, 'action': 'drop',
                    'match': f'inport == @clients && ip4.dst == {target[0]} '
                    f'&& tcp.dst == {target[1]}',
                    'options': {'apply-after-lb': after}})
            ready(s)
            with self.subTest(target, after=after):
                done = s.vm('a', 'nc', '-nvzw', '2', '10.0.1.100', '9000',
                            check=False)
                self.assertEqual(done.returncode == 0, opens, done.stderr)

    def logged(self, pattern):
        return [line for n in (1, 2) for line in self.s.log_text(
            f'agent-hv{n}').splitlines() if re.search(pattern, line)]

    def test_log(self):
        """The lines of acl_log, as ovn-controller writes them, and no more
        of them than the meter lets through."""
        self.connect(4, 8000 + VERDICTS['drop'])
        self.connect(6, 7000 + VERDICTS['reject'])
        wait_until('log', lambda: self.logged(
            r'acl_log\S*\|INFO\|name="drop", verdict=drop, '
            r'severity=notice, direction=to-lport: tcp,vlan_tci=0x0000,'
            rf'dl_src={mac(5)},dl_dst={mac(6)},nw_src=10\.0\.1\.5,'
            r'nw_dst=10\.0\.1\.6,nw_tos=0,nw_ecn=0,nw_ttl=64,.*'
            r'tp_src=\d+,tp_dst=8003,tcp_flags=syn'))
        wait_until('log', lambda: self.logged(
            r'name="reject", verdict=reject, severity=notice, '
            r'direction=from-lport: tcp6,.*ipv6_src=fd01::5,'
            r'ipv6_dst=fd01::6,.*tp_dst=7004'))
        flood = ('import socket\n'
                 's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n'
                 'for _ in range(300):\n'
                 '    s.sendto(b"x", ("10.0.1.6", 8003))\n')
        pattern = r'name="drop", verdict=drop,.*direction=to-lport: udp,'
        before, start = len(self.logged(pattern)), time.monotonic()
        self.s.vm('a', sys.executable, '-c', flood)
        time.sleep(2)
        seconds = time.monotonic() - start
        lines = len(self.logged(pattern)) - before
        self.assertGreater(lines, 0)
        self.assertLess(lines, 5 + 5 * (seconds + 1) + 5)

    def test_established_is_looked_at_again(self):
        """A rule that goes ends the connection that it had allowed."""
        for family in 4, 6:
            with self.subTest(family):
                self.look_again(family)

    def look_again(self, family):
        s = self.s
        port = 8000 + VERDICTS['allow-related']
        key = 'acl/to-lport-allow-related-tcp'
        name = f'stream-{family}'
        s.spawn(name, [sys.executable, '-c', STREAM, ADDRESSES[family][1],
                       str(port)], netns=s.netns('a'))
        self.addCleanup(s.end, name)
        wait_until('stream', lambda: self.counted(family) > 3, 20)
        s.put('nb/acl/unrelated', {
            'port_group': 'servers', 'direction': 'to-lport',
            'priority': 7, 'action': 'drop', 'match': 'udp.dst == 99'})
        ready(s)
        before = self.counted(family)
        wait_until('goes on', lambda: self.counted(family) > before + 3, 20)
        s.delete(f'nb/{key}')
        s.put('nb/acl/now-dropped', {
            **NB[key], 'action': 'drop', 'priority': 2000, 'log': False})
        ready(s)
        time.sleep(1)
        stopped = self.counted(family)
        time.sleep(2)
        self.assertLessEqual(self.counted(family), stopped + 1)
        s.delete('nb/acl/now-dropped')
        s.put(f'nb/{key}', NB[key])
        ready(s)
        wait_until('goes on', lambda: self.counted(family) > stopped + 3, 60)

    def counted(self, family):
        """Bytes of the stream that the other side has taken."""
        done = self.s.vm('a', 'ss', f'-{family}tin', 'dst',
                         f'[{ADDRESSES[family][1]}]', check=False)
        found = re.search(r'bytes_acked:(\d+)', done.stdout)
        return int(found[1]) if found else 0

    def compiled(self):
        """How many flows' texts the agents have compiled so far."""
        return sum(int(re.search(r'compiled: (\d+)', run(
            ['ovs-appctl', '-t', self.s.path(f'agent-hv{n}.ctl'),
             'status']).stdout)[1]) for n in (1, 2))

    def change(self, key, row):
        """Enters a row, or deletes it (None); returns how many texts that
        made the agents compile."""
        before = self.compiled()
        if row is None:
            self.s.delete(f'nb/{key}')
        else:
            self.s.put(f'nb/{key}', row)
        ready(self.s)
        return self.compiled() - before

    def test_group_grows_and_shrinks(self):
        port = 8000 + VERDICTS['allow']
        member = 'port_group_port/servers/b'
        self.assertEqual(self.connect(4, port), 'open')
        self.change(member, None)
        self.assertEqual(self.connect(4, port), 'timeout')
        self.change(member, {})
        self.assertEqual(self.connect(4, port), 'open')

    def test_only_the_group_that_grows(self):
        """A port that comes into a group or leaves it: where it is the rules
        that name the group are compiled, on the other hypervisor nothing is;
        rules of the other groups, of which there are dozens, nowhere."""
        s = self.s
        port = 8060
        self.listen(4, port)
        enter(s, {
            'port_group/small': {},
            # On the same switch, so that it has the rules already.
            'port_group_port/small/a': {},
            'acl/small': {'port_group': 'small', 'direction': 'to-lport',
                          'priority': 500, 'action': 'allow-related',
                          'match': f'outport == @small && tcp.dst == {port}'
                          }})
        ready(s)
        self.assertEqual(self.connect(4, port), 'timeout')
        # A rule that lets through is two flows, one for new connections.
        for _ in range(2):
            self.assertEqual(self.change('port_group_port/small/b', {}), 2)
            self.assertEqual(self.connect(4, port), 'open')
            self.assertEqual(self.change('port_group_port/small/b', None), 2)
            self.assertEqual(self.connect(4, port), 'timeout')

    def test_addresses_of_a_group(self):
        """$GROUP_ip4 and $GROUP_ip6 follow the group's members and what
        their addresses are."""
        s = self.s
        port = 8070
        rows = {'port_group/friends': {}, 'port_group_port/friends/b': {}}
        for family in 4, 6:
            self.listen(family, port)
            rows[f'acl/friends{family}'] = {
                'port_group': 'servers', 'direction': 'to-lport',
                'priority': 500, 'action': 'allow-related',
                'match': 'outport == @servers && tcp.dst == '
                f'{port} && ip{family}.src == $friends_ip{family}'}
        enter(s, rows)

        def outcomes(key, row):
            self.change(key, row)
            return [self.connect(family, port) for family in (4, 6)]
        member = 'port_group_port/friends/a'
        a = NB['logical_switch_port/a']
        self.assertEqual(outcomes(member, {}), ['open', 'open'])
        self.addCleanup(self.change, 'logical_switch_port/a', a)
        self.assertEqual(outcomes('logical_switch_port/a', {
            **a, 'addresses': [f'{mac(5)} 10.0.1.77 fd01::5']}),
            ['timeout', 'open'])
        self.assertEqual(outcomes('logical_switch_port/a', a),
                         ['open', 'open'])
        self.assertEqual(outcomes(member, None), ['timeout', 'timeout'])

    def test_address_set_grows_and_shrinks(self):
        """What names the set is compiled again, and nothing else is."""
        s = self.s
        port = 8050
        self.listen(4, port)
        enter(s, {'address_set/peers': {},
                  'address_set_address/peers/10.0.1.77': {},
                  'acl/peers': {
                      'port_group': 'servers', 'direction': 'to-lport',
                      'priority': 500, 'action': 'allow-related',
                      'match': 'outport == @servers && ip4.src == $peers '
                      f'&& tcp.dst == {port}'}})
        ready(s)
        self.assertEqual(self.connect(4, port), 'timeout')
        address = 'address_set_address/peers/10.0.1.5'
        self.assertLessEqual(self.change(address, {}), 4)
        self.assertEqual(self.connect(4, port), 'open')
        self.assertLessEqual(self.change(address, None), 4)
        self.assertEqual(self.connect(4, port), 'timeout')


STREAM = '''
import socket, sys, time
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
while True:
    s.send(b"x")
    time.sleep(0.1)
'''


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
