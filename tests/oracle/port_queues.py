#!/usr/bin/python3
"""qos_min_rate, qos_max_rate and qos_burst of ports: the queues in the
kernel, the rows of Open vSwitch and the flows of stock ovn-controller beside
ours.  Stock 23.03 makes the queues of localnet ports alone.

Each works in its hypervisor's network namespace, where an interface of the
physical network's bridge is marked with ovn-egress-iface.  Numbers of queues
are each side's own: what is compared is what they stand for."""
import os
import re
import unittest

from twins import Sandbox, Twins
from sandbox import SandboxError, wait_until

OPTIONS = {
    'p1': {'qos_max_rate': '2000000', 'qos_min_rate': '1000000'},
    'p2': {'qos_max_rate': '8000000', 'qos_burst': '800000'},
    'p3': {'qos_max_rate': '3000000'},          # Nowhere.
    'p4': {},
}
ROWS = {
    'nb/logical_switch/n1': {},
    **{f'nb/logical_switch_port/{p}': {
        'switch': 'n1', 'addresses': [f'0a:00:00:00:00:0{p[1]}'],
        'options': options} for p, options in OPTIONS.items()},
    'nb/logical_switch_port/ln': {
        'switch': 'n1', 'type': 'localnet', 'addresses': ['unknown'],
        'options': {'network_name': 'phys'}},
}


class QueueSandbox(Sandbox):
    """What programs a switch runs where its devices are."""

    def spawn(self, name, argv, env=None, netns=None):
        if name in ('controller', 'agent-hv1'):
            netns = self.netns('hv1')
        return super().spawn(name, argv, env=env, netns=netns)

    def start_agent(self, n, *options):
        port = int(self.etcd_url.rsplit(':', 1)[1])
        relay = os.path.join(os.path.dirname(__file__), '../support/relay.py')
        self.spawn('relay', [relay, self.netns('hv1'), str(port)])
        wait_until('relay', lambda: f':{port} ' in self.hv(
            1, 'ss', '-Hltn').stdout)
        super().start_agent(n, *options)


class Queues(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twins = cls.enterClassContext(Twins(
            ROWS, {'va': 'p1', 'vb': 'p2', 'vd': 'p4'}, outside=('ve',),
            sandbox=QueueSandbox))

    def both(self, function):
        return {w.name: function(w.sandbox) for w in self.twins.worlds}

    @staticmethod
    def classes(s):
        """[(rate, ceil, burst)] of the queues, but for the default one."""
        text = s.hv(1, 'tc', 'class', 'show', 'dev', 't-ve').stdout
        return sorted(
            re.search(r'rate (\S+) ceil (\S+) burst (\S+)', line).groups()
            for line in text.splitlines()
            if ' root ' not in line and 'class htb 1:1 ' not in line)

    @staticmethod
    def flows(s):
        """What is put into queues, without numbers."""
        text = s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15', '--no-stats',
                    'dump-flows', 'br-int').stdout
        numbers = r'cookie=\S+, |set_queue:\d+|reg1\d=\w+'
        return sorted(re.sub(numbers, '', line).strip()
                      for line in text.splitlines() if 'set_queue' in line)

    @staticmethod
    def qos_types(s):
        text = s.hv(1, 'ovs-vsctl', '--bare', '--columns=qos', 'list', 'Port',
                    't-ve').stdout.strip()
        return text and s.hv(1, 'ovs-vsctl', 'get', 'QoS', text,
                             'type').stdout.strip()

    def same(self, function, wanted, what):
        try:
            wait_until(what, lambda: all(
                wanted(v) for v in self.both(function).values()))
        except SandboxError:
            print(what, self.both(function), flush=True)
            raise
        got = self.both(function)
        self.assertEqual(got['weft'], got['stock'])
        return got['weft']

    def test(self):
        t = self.twins
        for world in t.worlds:
            # Stock leaves a device alone that has no discipline 1:.
            world.sandbox.hv(1, 'tc', 'qdisc', 'add', 'dev', 't-ve', 'root',
                             'handle', '1:', 'pfifo')
            world.sandbox.hv(1, 'ovs-vsctl', 'set', 'Interface', 't-ve',
                             'external_ids:ovn-egress-iface=true')
        # The VMs' queues are ours alone: stock 23.03 makes none for them.
        vms = [('12Kbit', '8Mbit', '99999b'), ('1Mbit', '2Mbit', '1564b')]
        wait_until('queues of VMs', lambda: self.classes(t.weft) == vms)
        self.assertEqual(len(self.same(self.flows, bool, 'flows')), 2)

        t.nbctl('set', 'Logical_Switch_Port', 'ln',
                'options:qos_max_rate=5000000',
                'options:qos_min_rate=3000000')
        for limit in '5Mbit', '6Mbit':
            t.nbctl('set', 'Logical_Switch_Port', 'ln',
                    f'options:qos_max_rate={limit[0]}000000')
            self.same(lambda s, n=limit: [c for c in self.classes(s)
                                          if c[1] == n], bool, limit)
        self.assertEqual(len(self.classes(t.weft)), 3)
        self.assertEqual(self.same(self.qos_types, bool, 'row'),
                         'linux-noop')
        self.assertEqual(len(self.same(self.flows, bool, 'flows')), 4)

        t.nbctl('remove', 'Logical_Switch_Port', 'ln', 'options',
                'qos_max_rate', 'qos_min_rate')
        wait_until('without', lambda: self.classes(t.weft) == vms)
        for port in 'p1', 'p2':
            t.weft_nbctl('--wait=hv', 'clear', 'Logical_Switch_Port', port,
                         'options')
        wait_until('no queues', lambda: not self.classes(t.weft))
        wait_until('no row', lambda: not self.qos_types(t.weft))


if __name__ == '__main__':
    unittest.main()
