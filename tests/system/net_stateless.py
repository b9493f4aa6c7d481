"""allow-stateless ACLs by packets, on two hypervisors and in both families,
beside allow-related ones: what they let through is not tracked, so each
direction needs a rule of its own, and nothing of it stands in conntrack.

Ports of b: 9001 stateless both ways; 9002 stateless, requests alone; 9003
allow-related; 9004 both, the stateless rules with the higher priority; 9005
both, with the lower one: they take precedence all the same (ovn-nb(5)); 9006
no rule.
"""
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, wait_until

ADDRESSES = {4: '10.0.1.6', 6: 'fd01::6'}


def acl(direction, match, action, priority=100):
    """For the client a: from-lport are its requests."""
    side = 'inport' if direction == 'from-lport' else 'outport'
    return {'switch': 'n', 'direction': direction, 'priority': priority,
            'action': action, 'match': f'{side} == "a" && {match}'}


def both(port, priority=100):
    return [acl('from-lport', f'tcp.dst == {port}', 'allow-stateless',
                priority),
            acl('to-lport', f'tcp.src == {port}', 'allow-stateless',
                priority)]


ACLS = [
    acl('from-lport', 'ip', 'drop', 1), acl('to-lport', 'ip', 'drop', 1),
    acl('from-lport', '(icmp || nd)', 'allow-related', 2),
    acl('to-lport', '(icmp || nd)', 'allow-related', 2),
    *both(9001),
    acl('from-lport', 'tcp.dst == 9002', 'allow-stateless'),
    acl('from-lport', 'tcp.dst == 9003', 'allow-related'),
    *both(9004, 200), acl('from-lport', 'tcp.dst == 9004', 'allow-related'),
    *both(9005, 50), acl('from-lport', 'tcp.dst == 9005', 'allow-related'),
]
NB = {
    'logical_switch/n': {},
    'logical_switch_port/a': {
        'switch': 'n', 'addresses': [f'{mac(5)} 10.0.1.5 fd01::5']},
    'logical_switch_port/b': {
        'switch': 'n', 'addresses': [f'{mac(6)} 10.0.1.6 fd01::6']},
    **{f'acl/r{i}': row for i, row in enumerate(ACLS)},
}
# Port: does a connection come about, and is it tracked?
OUTCOMES = {9001: (True, False), 9002: (False, False), 9003: (True, True),
            9004: (True, False), 9005: (True, False), 9006: (False, False)}


class Stateless(unittest.TestCase):
    """a, the client, is on hypervisor 1, b on hypervisor 2."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox())
        s.start_weft()
        enter(s, NB)
        for n, name in (1, 'a'), (2, 'b'):
            s.add_vm(n, name, mac(4 + n), f'10.0.1.{4 + n}/24',
                     ip6=f'fd01::{4 + n}/64')
        s.warm_tunnels()
        ready(s)
        s.ping_soon('a', '10.0.1.6', timeout=20)
        s.ping_soon('a', 'fd01::6', timeout=20)
        for family in 4, 6:
            for port in OUTCOMES:
                cls.listen(family, port)

    @classmethod
    def listen(cls, family, port):
        cls.s.spawn(f'nc-{family}-{port}', [
            'nc', f'-{family}', '-n', '-lk', '-p', str(port)],
            netns=cls.s.netns('b'))
        wait_until('listener', lambda: f':{port} ' in cls.s.vm(
            'b', 'ss', f'-{family}lnt').stdout)

    def connects(self, family, port):
        done = self.s.vm('a', 'nc', '-nvzw', '2', ADDRESSES[family],
                         str(port), check=False)
        return done.returncode == 0

    def is_tracked(self, port):
        """On the client's hypervisor; also a request without a reply is."""
        return f'dport={port}' in self.s.hv(
            1, 'ovs-appctl', 'dpctl/dump-conntrack').stdout

    def test_each_direction_for_itself(self):
        for family in 4, 6:
            for port, outcome in OUTCOMES.items():
                with self.subTest(family=family, port=port):
                    self.s.hv(1, 'ovs-appctl', 'dpctl/flush-conntrack')
                    self.assertEqual((self.connects(family, port),
                                      self.is_tracked(port)), outcome)

    def test_a_rule_that_changes(self):
        """Without its reply's rule nothing comes back; with allow-related in
        its place the same connection is tracked."""
        s, key = self.s, f'nb/acl/r{ACLS.index(both(9001)[0])}'
        reply = f'nb/acl/r{ACLS.index(both(9001)[1])}'
        self.assertTrue(self.connects(4, 9001))
        s.delete(reply)
        ready(s)
        self.assertFalse(self.connects(4, 9001))
        s.put(key, acl('from-lport', 'tcp.dst == 9001', 'allow-related'))
        ready(s)
        self.assertTrue(self.connects(4, 9001))
        self.assertTrue(self.is_tracked(9001))
        for name, row in zip((key, reply), both(9001)):
            s.put(name, row)
        ready(s)
        s.hv(1, 'ovs-appctl', 'dpctl/flush-conntrack')
        self.assertTrue(self.connects(4, 9001))
        self.assertFalse(self.is_tracked(9001))


if __name__ == '__main__':
    unittest.main()
