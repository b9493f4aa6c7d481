"""A gateway port with two candidates (hypervisors 2 and 3) and a VM on
hypervisor 1: BFD between them, and each way in which the serving one can fail.
What the VM sends is counted, so that it is seen how long it was without a
gateway."""
import json
import os
import re
import sys
import time
import unittest

from net_support import enter, mac, ready, sniff, sniffed
from net_gateways import ROUTER
from etcd import Proxies
from sandbox import Sandbox, run, wait_until

TTL = '--alive-ttl=6'
NORTHBOUND = {
    **{k: v for k, v in ROUTER.items() if k != 'nat/fip'},
    # Slow enough for a busy machine.
    'nb_global/global': {'options': {'bfd-min-rx': '400', 'bfd-min-tx': '100',
                                     'bfd-mult': '6'}},
    'gateway_chassis/b': {'router_port': 'r-out', 'chassis_name': 'hv3',
                          'priority': 10},
}


class GatewayBfd(unittest.TestCase):
    """The outside host is on hypervisor 1, beside the VM."""

    @classmethod
    def setUpClass(cls):
        cls.s = s = cls.enterClassContext(Sandbox(hypervisors=3))
        s.start_etcd()
        s.start_translator()
        cls.proxies = Proxies()
        cls.addClassCleanup(cls.proxies.close)
        port = cls.proxies.add('hv2', int(s.etcd_url.rsplit(':', 1)[1]))
        cls.etcd_of_2 = f'--etcd=http://127.0.0.1:{port}'
        for n in (1, 3):
            s.start_agent(n, TTL)
        s.start_agent(2, TTL, cls.etcd_of_2)
        for n in (1, 2, 3):
            wait_until('chassis', lambda n=n: s.get(f'sb/chassis/hv{n}'))
        cls.join_outside(s)
        enter(s, NORTHBOUND)
        s.add_vm(1, 'a', mac(5), '10.0.1.5/24', '10.0.1.1')
        s.add_vm(1, 'ext', mac(0xee), '172.16.0.100/24', iface_id='',
                 bridge='br-ex')
        s.warm_tunnels()
        ready(s)
        cls.key = s.get('sb/dp/router:r/port/cr-r-out')['tunnel_key']
        cls.router_key = s.get('sb/dp/router:r')['tunnel_key']

    @staticmethod
    def join_outside(s):
        """A bridge on each hypervisor, all wired to one outside."""
        wan = s.netns('wan')
        run(['ip', 'netns', 'add', wan])
        run(['ip', '-n', wan, 'link', 'add', 'br0', 'type', 'bridge',
             'mcast_snooping', '0'])
        run(['ip', '-n', wan, 'link', 'set', 'br0', 'up'])
        for n in (1, 2, 3):
            ns = s.netns(f'hv{n}')
            run(['ip', 'link', 'add', 'ex0', 'netns', ns, 'type', 'veth',
                 'peer', 'name', f'ex{n}', 'netns', wan])
            run(['ip', '-n', wan, 'link', 'set', f'ex{n}', 'master', 'br0',
                 'up'])
            run(['ip', '-n', ns, 'link', 'set', 'ex0', 'up'])
            s.hv(n, 'ovs-vsctl', 'add-br', 'br-ex', '--', 'set', 'bridge',
                 'br-ex', 'datapath_type=netdev', 'fail_mode=standalone',
                 '--', 'add-port', 'br-ex', 'ex0', '--', 'set',
                 'Open_vSwitch', '.',
                 'external_ids:ovn-bridge-mappings=phys:br-ex')

    def setUp(self):
        self.wait_all_up()
        wait_until('hv2 serves', lambda: self.active() == 'hv2', 30)
        self.s.ping_soon('a', '172.16.0.100', timeout=20, ttl=63)

    # --- what there is to see

    def active(self):
        return self.s.get('sb/dp/router:r/port/cr-r-out').get('chassis')

    def bfd(self, n, column='bfd_status'):
        """{peer: {key: value}} of hypervisor n's tunnels."""
        table = json.loads(self.s.hv(
            n, 'ovs-vsctl', '--format=json', f'--columns=options,{column}',
            'find', 'Interface', 'type=geneve').stdout)
        found = {}
        for options, values in table['data']:
            peer = dict(options[1])['remote_ip'].rsplit('.', 1)[1]
            found[int(peer)] = dict(values[1])
        return found

    def wait_all_up(self):
        for n in (1, 2, 3):
            wait_until(f'BFD of hv{n}', lambda n=n: all(
                v.get('state') == 'up' for v in self.bfd(n).values()),
                40, 0.2)

    def serves(self, n):
        """Does hypervisor n think so itself, by its flows?"""
        return bool(self.s.flows(n, f'table=40,reg15={self.key},'
                                 f'metadata={self.router_key}'))

    def pings(self, seconds, during):
        """The longest time without an answer while 'during' runs, and what
        follows it, `seconds` in all."""
        s, count = self.s, int(seconds / 0.1)
        s.spawn('pings', ['ping', '-n', '-D', '-i', '0.1', '-c', str(count),
                          '172.16.0.100'], netns=s.netns('a'))
        time.sleep(1)
        during()
        wait_until('ping ends', lambda: not s.is_running('pings'),
                   seconds + 30, 0.1)
        times = [float(t) for t in re.findall(
            r'\[(\d+\.\d+)\] \d+ bytes from', s.log_text('pings'))]
        os.unlink(s.path('pings.log'))
        self.assertGreater(len(times), 10)
        return max(b - a for a, b in zip(times, times[1:]))

    def underlay(self, n, state):
        run(['ip', '-n', self.s.netns('ul'), 'link', 'set', f'hv{n}', state])

    # --- tests

    def test_1_settings_as_asked(self):
        for n in (1, 2, 3):
            for peer, bfd in self.bfd(n, 'bfd').items():
                self.assertEqual(bfd, {
                    'enable': 'true', 'min_rx': '400', 'min_tx': '100',
                    'mult': '6'}, f'{n} to {peer}')
        bundle = [f for f in self.s.flows(1, 'table=39')
                  if 'active_backup' in f]
        self.assertEqual(len(bundle), 1)
        self.assertRegex(bundle[0], r'bundle\(eth_src,0,active_backup,'
                         r'ofport,members:\d+,\d+\)')

    def test_2_cut_off_from_the_underlay(self):
        s = self.s
        self.addCleanup(self.underlay, 2, 'up')
        sniff(s, 'ext', ['arp'])
        gap = self.pings(12, lambda: self.underlay(2, 'down'))
        print(f'without gateway for {gap:.1f} s', flush=True)
        self.assertLess(gap, 6)
        wait_until('published', lambda: self.active() == 'hv3', 15)
        wait_until('hv2 knows', lambda: not self.serves(2), 15)
        self.assertTrue(self.serves(3))
        self.assertIsNotNone(s.get('chassis/hv2/alive'))
        self.assertEqual(s.get('chassis/hv3/tunnels'), {'down': ['hv2']})
        self.assertRegex(sniffed(s, 'ext'),
                         rf'{mac(0x12)} > ff:ff:ff:ff:ff:ff.*172\.16\.0\.1\b')
        # Back by priority, once.
        moves = []
        def back():
            self.underlay(2, 'up')
            end = time.monotonic() + 10
            while time.monotonic() < end:
                moves.append(self.active())
                time.sleep(0.1)
        gap = self.pings(14, back)
        print(f'back: without gateway for {gap:.1f} s', flush=True)
        self.assertLess(gap, 6)
        self.assertEqual(sum(a != b for a, b in zip(moves, moves[1:])), 1,
                         moves)
        self.assertEqual(moves[-1], 'hv2')
        self.assertFalse(self.serves(3))

    def test_3_switch_killed(self):
        s = self.s
        gap = self.pings(12, lambda: s.kill('vswitchd-hv2'))
        print(f'without gateway for {gap:.1f} s', flush=True)
        self.assertLess(gap, 6)
        wait_until('published', lambda: self.active() == 'hv3', 15)
        s.start_vswitchd(2)
        s.warm_tunnels()
        wait_until('hv2 serves', lambda: self.active() == 'hv2', 30)

    def test_4_agent_killed(self):
        s = self.s
        s.kill('agent-hv2')
        wait_until('published', lambda: self.active() == 'hv3', 30)
        wait_until('hv3 serves', lambda: self.serves(3))
        s.ping_soon('a', '172.16.0.100', timeout=15, ttl=63)
        s.start_agent(2, TTL, self.etcd_of_2)

    def test_5_cut_off_from_etcd_only(self):
        s = self.s
        self.proxies.set(refused=[(None, 'hv2')])
        wait_until('published', lambda: self.active() == 'hv3', 30)
        wait_until('hv3 serves', lambda: self.serves(3))
        wait_until('hv2 is told by hv3', lambda: not self.serves(2), 30)
        self.assertEqual(self.bfd(2)[3]['remote_diagnostic'],
                         'Concatenated Path Down')
        s.ping_soon('a', '172.16.0.100', timeout=15, ttl=63)
        self.proxies.set()
        wait_until('hv2 serves', lambda: self.serves(2), 30)
        self.wait_all_up()
        wait_until('no more', lambda: self.bfd(2)[3].get(
            'remote_diagnostic') != 'Concatenated Path Down')

    def test_6_without_etcd(self):
        s = self.s
        s.end('etcd')
        try:
            gap = self.pings(12, lambda: self.underlay(2, 'down'))
            print(f'without gateway for {gap:.1f} s', flush=True)
            self.assertLess(gap, 6)
            wait_until('hv3 serves', lambda: self.serves(3))
            wait_until('hv2 gives up', lambda: not self.serves(2), 20)
        finally:
            self.underlay(2, 'up')
            s.start_etcd()
        wait_until('hv2 serves', lambda: self.serves(2), 40)

    def test_7_restarts_move_nothing(self):
        s, seen = self.s, []
        def restart():
            for n in (1, 2, 3):
                s.end(f'agent-hv{n}')
                seen.append(self.active())
                s.start_agent(n, TTL, *([self.etcd_of_2] if n == 2 else []))
            s.end('translator')
            s.start_translator()
            end = time.monotonic() + 8
            while time.monotonic() < end:
                seen.append(self.active())
                self.assertFalse(self.serves(3))
                time.sleep(0.2)
        gap = self.pings(16, restart)
        self.assertLess(gap, 0.5)
        self.assertEqual(set(seen), {'hv2'})

    def test_8_one_candidate_needs_none(self):
        s = self.s
        s.delete('nb/gateway_chassis/b')
        ready(s)
        for n in (1, 2, 3):
            wait_until('BFD ends', lambda n=n: not any(
                self.bfd(n, 'bfd').values()), 15)
        s.ping_soon('a', '172.16.0.100', ttl=63)
        enter(s, {'gateway_chassis/b': NORTHBOUND['gateway_chassis/b']})
        ready(s)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
