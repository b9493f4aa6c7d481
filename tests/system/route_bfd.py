"""BFD of static routes against Open vSwitch's own BFD: routes through the next
hop come and go with the session."""
import re
import sys
import unittest

from net_support import enter, mac, ready
from sandbox import Sandbox, run, wait_until

ROWS = {
    'logical_switch/outside': {},
    'logical_router/g': {'options': {'chassis': 'hv1'}},
    'logical_router_port/g-out': {
        'router': 'g', 'mac': mac(0x12), 'networks': ['172.16.0.1/24']},
    'logical_switch_port/out-g': {
        'switch': 'outside', 'type': 'router', 'addresses': ['router'],
        'options': {'router-port': 'g-out'}},
    'logical_switch_port/n1': {
        'switch': 'outside', 'addresses': [f'{mac(51)} 172.16.0.251']},
    'bfd/b': {'logical_port': 'g-out', 'dst_ip': '172.16.0.251',
              'min_tx': 300, 'min_rx': 300, 'detect_mult': 6},
    'logical_router_static_route/n1': {
        'router': 'g', 'ip_prefix': '192.0.2.0/24',
        'nexthop': '172.16.0.251', 'bfd': 'b'},
}


class RouteBfd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox(hypervisors=1))
        s.start_weft()
        enter(s, ROWS)
        run(['ip', '-n', s.netns('hv1'), 'link', 'add', 'n1a', 'type',
             'veth', 'peer', 'name', 'n1b'])
        for dev in ('n1a', 'n1b'):
            run(['ip', '-n', s.netns('hv1'), 'link', 'set', dev, 'up'])
        wait_until('br-int', lambda: s.hv(
            1, 'ovs-vsctl', 'br-exists', 'br-int',
            check=False).returncode == 0)
        s.hv(1, 'ovs-vsctl', 'add-port', 'br-int', 'n1a', '--', 'set',
             'Interface', 'n1a', 'external_ids:iface-id=n1')
        wait_until('n1', lambda: (s.get(
            'status/logical_switch_port/n1') or {}).get('up'))
        ready(s)

    def status(self):
        return self.s.get('status/bfd/b').get('status')

    def has_route(self):
        return any('192.0.2.0/24' in f for f in self.s.flows(1))

    def peer(self):
        text = self.s.hv(1, 'ovs-vsctl', 'get', 'Interface', 'n1b',
                         'bfd_status').stdout
        return dict(re.findall(r'(\w+)="?([^",}]*)', text))

    def test_1_down_without_a_peer(self):
        self.assertEqual(self.status(), 'down')
        self.assertFalse(self.has_route())
        self.assertEqual(self.s.get('chassis/hv1/bfd/b'), {'state': 'down'})

    def test_2_up_with_one(self):
        s = self.s
        s.hv(1, 'ovs-vsctl', 'add-br', 'br-peer', '--', 'set', 'bridge',
             'br-peer', 'datapath_type=netdev', '--', 'add-port', 'br-peer',
             'n1b', '--', 'set', 'Interface', 'n1b', 'bfd:enable=true',
             'bfd:min_tx=300', 'bfd:min_rx=300', 'bfd:mult=6',
             'bfd:bfd_src_ip=172.16.0.251', 'bfd:bfd_dst_ip=172.16.0.1',
             f'bfd:bfd_local_src_mac="{mac(51)}"',
             f'bfd:bfd_local_dst_mac="{mac(0x12)}"',
             f'bfd:bfd_remote_dst_mac="{mac(51)}"')
        wait_until('up', lambda: self.status() == 'up', 20)
        wait_until('the peer is up', lambda: self.peer().get('state') == 'up')
        wait_until('the route', self.has_route)
        self.assertIn('up', s.weftctl('get', 'bfd', 'b', 'status',
                                      name='ovn-nbctl').stdout)
        # A new interval was agreed on; it holds.
        for _ in range(20):
            self.assertEqual(self.status(), 'up')
            self.assertEqual(self.peer()['state'], 'up')

    def test_3_agent_restarts(self):
        s = self.s
        s.end('agent-hv1')
        s.start_agent(1)
        wait_until('up', lambda: self.status() == 'up'
                   and self.peer().get('state') == 'up', 20)
        wait_until('the route', self.has_route)

    def test_4_the_peer_fails(self):
        s = self.s
        run(['ip', '-n', s.netns('hv1'), 'link', 'set', 'n1b', 'down'])
        wait_until('down', lambda: self.status() == 'down', 15)
        wait_until('no route', lambda: not self.has_route())
        run(['ip', '-n', s.netns('hv1'), 'link', 'set', 'n1b', 'up'])
        wait_until('up', lambda: self.status() == 'up', 20)
        wait_until('the route', self.has_route)

    def test_5_one_of_two_routes(self):
        """Packets are spread over the next hops whose sessions are up."""
        s = self.s
        s.put('nb/logical_router_static_route/n2', {
            'router': 'g', 'ip_prefix': '192.0.2.0/24',
            'nexthop': '172.16.0.252'})
        ready(s)

        def hops():
            text = '\n'.join(s.flows(1)) + s.hv(
                1, 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-groups',
                'br-int').stdout
            return 'bucket=' in text, self.has_route()
        self.assertEqual(hops(), (True, True))
        run(['ip', '-n', s.netns('hv1'), 'link', 'set', 'n1b', 'down'])
        wait_until('down', lambda: self.status() == 'down', 15)
        wait_until('one next hop', lambda: hops() == (False, True))
        run(['ip', '-n', s.netns('hv1'), 'link', 'set', 'n1b', 'up'])
        wait_until('up', lambda: self.status() == 'up', 20)
        wait_until('two next hops', lambda: hops() == (True, True))
        s.delete('nb/logical_router_static_route/n2')
        ready(s)

    def test_6_no_route_no_session(self):
        s = self.s
        s.delete('nb/logical_router_static_route/n1')
        ready(s)
        wait_until('admin_down', lambda: self.status() == 'admin_down')
        wait_until('no session', lambda: not s.get('chassis/hv1/bfd/b'))


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
