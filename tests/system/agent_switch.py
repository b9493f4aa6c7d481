"""The node agent against real Open vSwitch and etcd: restarts change no
flow, a lost southbound takes nothing away, MACs are learned, settings are
followed."""
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import Sandbox, wait_until  # noqa: E402


def mac(i):
    return f'fa:16:3e:00:00:{i:02x}'


def ip(i):
    return f'10.1.1.{i}'


class AgentSwitch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        cls.s.start_weft()
        cls.s.put('nb/logical_switch/n1', {})
        for i, n in ((1, 1), (2, 2)):
            cls.s.put(f'nb/logical_switch_port/p{i}', {
                'switch': 'n1', 'addresses': [f'{mac(i)} {ip(i)}']})
            cls.s.add_vm(n, f'v{i}', mac(i), f'{ip(i)}/24', iface_id=f'p{i}')
        cls.s.ping_soon('v1', ip(2))

    def appctl(self, n, *command):
        return self.s.hv(n, 'ovs-appctl', '-t',
                         self.s.path(f'agent-hv{n}.ctl'), *command).stdout

    def status(self, n, key):
        text = self.appctl(n, 'status')
        return re.search(rf'^{key}: (.*)$', text, re.M).group(1)

    def wait_idle(self, n):
        wait_until(f'agent {n} idle', lambda: self.s.hv(
            n, 'ovs-appctl', '-t', self.s.path(f'agent-hv{n}.ctl'),
            'status', check=False).stdout.find('switch: idle') >= 0
            and self.status(n, 'southbound') == 'complete')

    def changes(self, n):
        return int(re.search(r'flow changes: (\d+)',
                             self.appctl(n, 'status')).group(1))

    def test_restart_changes_no_flow(self):
        before = sorted(self.s.flows(1))
        self.s.kill('agent-hv1')
        self.assertEqual(sorted(self.s.flows(1)), before)
        self.s.start_agent(1)
        self.wait_idle(1)
        time.sleep(1.5)         # What lingers would be over.
        self.assertEqual(sorted(self.s.flows(1)), before)
        self.assertEqual(self.changes(1), 0)

    def test_strange_flows_are_removed_and_missing_ones_put_back(self):
        before = sorted(self.s.flows(1))
        self.s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15', 'add-flow', 'br-int',
                  'table=99,priority=7,actions=drop')
        self.s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15', 'del-flows', 'br-int',
                  'table=65')
        self.assertNotEqual(sorted(self.s.flows(1)), before)
        self.appctl(1, 'recompute')
        wait_until('repair', lambda: sorted(self.s.flows(1)) == before)

    def test_lost_southbound_takes_nothing_away(self):
        before = sorted(self.s.flows(1))
        self.s.end('translator')
        try:
            self.s.etcdctl('del', '--prefix', '/weft/v1/sb/')
            time.sleep(3)
            self.assertEqual(sorted(self.s.flows(1)), before)
            self.assertIn('keeping', self.status(1, 'southbound'))
            self.assertTrue(self.s.ping('v1', ip(2)))
        finally:
            self.s.start_translator()
        wait_until('back', lambda: self.status(1, 'southbound') == 'complete')
        self.assertTrue(self.s.ping('v1', ip(2)))

    def test_mac_learning(self):
        self.s.put('nb/logical_switch_port/unknown', {
            'switch': 'n1', 'addresses': ['unknown']})
        self.s.add_vm(2, 'v9', mac(9), f'{ip(9)}/24', iface_id='unknown')
        try:
            self.s.ping_soon('v1', ip(9))
            wait_until('learned', lambda: self.s.get(
                f'chassis/hv2/fdb/switch:n1/{mac(9)}'))
            wait_until('published', lambda: self.s.get(
                f'sb/dp/switch:n1/fdb/{mac(9)}'))
            wait_until('flow', lambda: any(
                'table=71' in flow and mac(9) in flow
                for flow in self.s.flows(1)))
        finally:
            self.s.unplug_vm(2, 'v9')
            self.s.delete('nb/logical_switch_port/unknown')

    def test_installed_is_told(self):
        ids = self.s.hv(1, 'ovs-vsctl', 'get', 'Interface',
                        self.s.netns('v1'), 'external_ids').stdout
        self.assertIn('ovn-installed="true"', ids)
        self.assertTrue(self.s.get('chassis/hv1/claim/p1')['installed'])
        self.s.unplug_vm(1, 'v1')
        wait_until('no claim', lambda: not self.s.get('chassis/hv1/claim/p1'))
        wait_until('not bound', lambda: not self.s.get(
            'sb/dp/switch:n1/port/p1').get('chassis'))
        self.s.plug_vm(1, 'v1', 'p1')
        self.s.ping_soon('v1', ip(2))

    def test_zones_are_kept(self):
        zones = self.appctl(1, 'ct-zone-list')
        self.assertRegex(zones, r'(?m)^p1 \d+$')
        self.s.kill('agent-hv1')
        self.s.start_agent(1)
        self.wait_idle(1)
        self.assertEqual(self.appctl(1, 'ct-zone-list'), zones)

    def test_datapath_goes(self):
        self.s.put('nb/logical_switch/n2', {})
        self.s.put('nb/logical_switch_port/q1', {
            'switch': 'n2', 'addresses': [f'{mac(21)} 10.2.0.1']})
        self.s.add_vm(1, 'w1', mac(21), '10.2.0.1/24', iface_id='q1')
        key = wait_until('n2', lambda: self.s.get(
            'sb/dp/switch:n2'))['tunnel_key']
        wait_until('flows of n2', lambda: any(
            f'metadata={hex(key)} ' in f for f in self.s.flows(1)))
        self.s.delete('nb/logical_switch_port/q1')
        self.s.delete('nb/logical_switch/n2')
        wait_until('no flows of n2', lambda: not any(
            f'metadata={hex(key)} ' in f or f'metadata={hex(key)},' in f
            for f in self.s.flows(1)))
        self.s.unplug_vm(1, 'w1')

    def test_tunnel_goes_with_its_chassis(self):
        self.s.put('chassis/hv77/chassis', {
            'encaps': [{'type': 'geneve', 'ip': '192.168.77.77'}]})

        def tunnels():
            return self.s.hv(1, 'ovs-vsctl', '--bare', '--columns=options',
                             'find', 'Interface', 'type=geneve').stdout
        wait_until('tunnel', lambda: '192.168.77.77' in tunnels())
        self.s.delete('chassis/hv77/chassis')
        wait_until('no tunnel', lambda: '192.168.77.77' not in tunnels())
        self.assertIn(self.s.underlay_ip(2), tunnels())

    def vsctl(self, n, *argv):
        return self.s.hv(n, 'ovs-vsctl', *argv).stdout

    def set_ids(self, n, **ids):
        """Sets external_ids of hypervisor `n`, a '_' standing for '-' and
        two for '_'; None takes one away."""
        for key, value in ids.items():
            key = re.sub('__?', lambda m: '-_'[len(m[0]) - 1], key)
            if value is None:
                self.vsctl(n, 'remove', 'Open_vSwitch', '.', 'external_ids',
                           key)
            else:
                self.vsctl(n, 'set', 'Open_vSwitch', '.',
                           f'external_ids:{key}="{value}"')

    def tunnels(self, n):
        return self.vsctl(n, '--bare', '--columns=options', 'find',
                          'Interface', 'type=geneve')

    def wait_settings_gone(self):
        wait_until('tunnel as before', lambda: self.tunnels(1).split() == [
            'csum=true', 'key=flow', f'remote_ip={self.s.underlay_ip(2)}'])
        self.s.ping_soon('v1', ip(2))

    def test_options_of_tunnels(self):
        self.set_ids(1, ovn_encap_tos='61', ovn_encap_tos_hv1='inherit',
                     ovn_encap_tos_hv2='7', ovn_encap_df__default='false',
                     ovn_set_local_ip='true')
        wait_until('options', lambda: {
            'tos=inherit', 'df_default=false',
            f'local_ip={self.s.underlay_ip(1)}'} <= set(
                self.tunnels(1).split()))
        self.set_ids(1, ovn_encap_tos=None, ovn_encap_tos_hv1=None,
                     ovn_encap_tos_hv2=None, ovn_encap_df__default=None,
                     ovn_set_local_ip=None)
        self.wait_settings_gone()

    def test_tunnels_within_transport_zones(self):
        self.set_ids(1, ovn_transport_zones='z1')
        wait_until('no tunnel', lambda: not self.tunnels(1).strip()
                   and not self.tunnels(2).strip())
        self.set_ids(2, ovn_transport_zones='z2,z1')
        wait_until('tunnel', lambda: self.tunnels(1).strip())
        self.s.ping_soon('v1', ip(2))
        self.set_ids(1, ovn_transport_zones=None)
        self.set_ids(2, ovn_transport_zones=None)
        self.wait_settings_gone()

    def test_another_integration_bridge(self):
        def bridge():
            names = self.vsctl(1, '--bare', '--columns=name', 'find', 'Port',
                               'external_ids:ovn-chassis-id!=""').split()
            return {self.vsctl(1, 'port-to-br', name).strip()
                    for name in names}
        self.set_ids(1, ovn_bridge='br-two')
        wait_until('br-two', lambda: bridge() == {'br-two'})
        self.set_ids(1, ovn_bridge=None)
        wait_until('br-int', lambda: bridge() == {'br-int'})
        self.vsctl(1, 'del-br', 'br-two')
        self.wait_settings_gone()

    def test_a_network_moves_to_another_bridge(self):
        def place(port):
            return self.s.hv(1, 'ovs-vsctl', 'port-to-br', port,
                             check=False).stdout.strip()
        for name in 'br-a', 'br-b':
            self.vsctl(1, 'add-br', name, '--', 'set', 'Bridge', name,
                       'datapath_type=netdev')
        self.s.put('nb/logical_switch_port/ln', {
            'switch': 'n1', 'type': 'localnet', 'addresses': ['unknown'],
            'options': {'network_name': 'phys'}})
        for name in 'br-a', 'br-b':
            self.set_ids(1, ovn_bridge_mappings=f'phys:{name}')
            wait_until(name, lambda n=name: place('patch-ln-to-br-int') == n
                       and place('patch-br-int-to-ln') == 'br-int')
        self.set_ids(1, ovn_bridge_mappings=None)
        wait_until('none', lambda: not place('patch-ln-to-br-int')
                   and not place('patch-br-int-to-ln'))
        self.s.delete('nb/logical_switch_port/ln')
        for name in 'br-a', 'br-b':
            self.vsctl(1, 'del-br', name)

    def test_a_second_interface_of_a_port_takes_over(self):
        self.vsctl(1, 'add-port', 'br-int', 'second', '--', 'set',
                   'Interface', 'second', 'type=internal',
                   'external_ids:iface-id=p1')
        self.s.unplug_vm(1, 'v1')
        wait_until('installed', lambda: 'ovn-installed="true"' in self.vsctl(
            1, 'get', 'Interface', 'second', 'external_ids'))
        self.vsctl(1, 'del-port', 'second')
        self.s.plug_vm(1, 'v1', 'p1')
        self.s.ping_soon('v1', ip(2))


if __name__ == '__main__':
    unittest.main(verbosity=2)
