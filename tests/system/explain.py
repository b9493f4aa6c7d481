"""weftctl explain lsp: every cause why a port is not up, made for real on two
hypervisors; what is said of it, what to do about it, and that it is up again
once that is done."""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import Sandbox, wait_until  # noqa: E402

MAC = 'fa:16:3e:00:00:01'


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox(hypervisors=2))
        cls.s.start_weft()
        cls.s.put('nb/logical_switch/n1', {})
        cls.row = {'switch': 'n1', 'addresses': [f'{MAC} 10.0.0.1']}
        cls.s.put('nb/logical_switch_port/p1', cls.row)
        cls.s.add_vm(1, 'v1', MAC, iface_id='p1')

    def explain(self, port='p1'):
        done = self.s.weftctl('explain', 'lsp', port, check=False)
        return done.returncode, done.stdout, done.stderr

    def says(self, *patterns, port='p1', status=2):
        """Waits until all of that is said."""
        def said():
            code, text, err = self.explain(port)
            self.last = text + err
            return code == status and all(
                re.search(p, self.last) for p in patterns)
        self.last = ''
        try:
            wait_until(f'{patterns}', said, 40, 0.2)
        except Exception as e:
            raise AssertionError(f'{e}\n{self.last}') from e
        return self.last

    def is_up(self):
        self.says(r'(?s)\A(?!.*problem).*p1 is up', status=0)

    def setUp(self):
        self.is_up()

    def ovs(self, n, *argv):
        return self.s.hv(n, 'ovs-vsctl', *argv).stdout

    def test_row_not_valid(self):
        self.s.put('nb/logical_switch_port/p1', {
            **self.row, 'addresses': ['nonsense']})
        self.says('problem  the row is not valid: addresses.*nonsense',
                  '-> correct the column')
        self.s.put('nb/logical_switch_port/p1', self.row)

    def test_no_interface(self):
        self.s.unplug_vm(1, 'v1')
        self.says('problem  no chassis \\(of 2\\) has an interface for it',
                  'external_ids:iface-id=p1')
        self.s.plug_vm(1, 'v1', 'p1')

    def test_interface_of_another_name(self):
        dev = self.s.netns('v1')
        self.ovs(1, 'set', 'Interface', dev, 'external_ids:iface-id=p2')
        self.says('problem  no chassis \\(of 2\\) has an interface for it')
        self.ovs(1, 'set', 'Interface', dev, 'external_ids:iface-id=p1')

    def test_requested_elsewhere(self):
        self.s.put('nb/logical_switch_port/p1', {
            **self.row, 'options': {'requested-chassis': 'hv2'}})
        self.says('problem  the claim of hv1 is refused: .*hv2', '->')
        self.s.put('nb/logical_switch_port/p1', {
            **self.row, 'options': {'requested-chassis': 'hv7'}})
        self.says('options:requested-chassis is hv7, and there is no such',
                  '->')
        self.s.put('nb/logical_switch_port/p1', self.row)

    def test_claimed_twice(self):
        self.s.add_vm(2, 'v2', MAC, iface_id='p1')
        text = self.says('the claim of hv2 is refused: ', status=0)
        self.assertIn('the claim of hv1 is accepted', text)
        self.s.unplug_vm(2, 'v2')

    def test_agent_down(self):
        self.s.end('agent-hv1')
        self.says('problem  the agent of hv1 is not alive', '-> start weft',
                  status=0)
        self.s.put('nb/logical_switch_port/p6', {'switch': 'n1'})
        self.says('problem  the agents of 1 chassis are not alive: hv1',
                  port='p6')
        self.s.delete('nb/logical_switch_port/p6')
        self.s.start_agent(1)

    def test_no_tunnel(self):
        ip = self.s.underlay_ip(1)
        self.ovs(1, 'remove', 'Open_vSwitch', '.', 'external_ids',
                 'ovn-encap-ip')
        self.says('problem  hv1 has no tunnel end point', 'ovn-encap-ip',
                  status=0)
        self.ovs(1, 'set', 'Open_vSwitch', '.',
                 f'external_ids:ovn-encap-ip={ip}')

    def test_no_device(self):
        """The interface is there, its device is not."""
        self.s.unplug_vm(1, 'v1')
        self.s.hv(1, 'ovs-vsctl', 'add-port', 'br-int', 'gone', '--', 'set',
                  'Interface', 'gone', 'external_ids:iface-id=p1',
                  check=False)
        self.says('problem  no chassis .*and an OpenFlow port',
                  '-> .*columns=name,ofport,error')
        self.ovs(1, 'del-port', 'gone')
        self.s.plug_vm(1, 'v1', 'p1')

    def test_switch_down(self):
        self.s.end('vswitchd-hv1')
        self.s.put('nb/logical_switch_port/p3', {'switch': 'n1'})
        self.s.add_vm(1, 'v3', 'fa:16:3e:00:00:03', plug=False)
        self.s.hv(1, 'ovs-vsctl', '--no-wait', 'add-port', 'br-int',
                  self.s.netns('v3'), '--', 'set', 'Interface',
                  self.s.netns('v3'), 'external_ids:iface-id=p3')
        self.says('problem  no chassis .*OpenFlow port', port='p3')
        self.s.start_vswitchd(1)
        self.says('p3 is up', port='p3', status=0)
        self.s.unplug_vm(1, 'v3')
        self.s.delete('nb/logical_switch_port/p3')

    def test_flow_refused(self):
        """A table of the switch that takes no more flows."""
        self.ovs(1, '--id=@t', 'create', 'Flow_Table', 'flow_limit=1',
                 'overflow_policy=refuse', '--', 'set', 'Bridge', 'br-int',
                 'flow_tables:0=@t')
        self.s.put('nb/logical_switch_port/p4', {'switch': 'n1'})
        self.s.add_vm(1, 'v4', 'fa:16:3e:00:00:04', iface_id='p4')
        self.says('problem  its flows are not in the switch of hv1',
                  '-> .*refused.*recompute', port='p4')
        self.ovs(1, 'clear', 'Bridge', 'br-int', 'flow_tables')
        self.s.weftctl('debug', self.s.path('agent-hv1.ctl'), 'recompute')
        self.says('p4 is up', port='p4', status=0)
        self.s.unplug_vm(1, 'v4')
        self.s.delete('nb/logical_switch_port/p4')

    def test_translator_paused(self):
        ctl = self.s.path('translator.ctl')
        self.s.weftctl('debug', ctl, 'pause')
        self.says('problem  no translator leads', '-> ', status=0)
        self.s.weftctl('debug', ctl, 'resume')

    def test_translator_down(self):
        self.s.kill('translator')
        self.s.put('nb/logical_switch_port/p5', {'switch': 'n1'})
        self.says('problem  no translator leads',
                  'problem  it is not in the southbound', port='p5')
        self.s.start_translator()
        self.says('ok       it is in the southbound', port='p5')
        self.s.delete('nb/logical_switch_port/p5')

    def test_etcd_gone(self):
        self.s.kill('etcd')
        try:
            code, out, err = self.explain()
        finally:
            self.s.start_etcd()
        self.assertEqual((code, out), (1, ''))
        self.assertRegex(err, r'^weftctl: .*(connect|127\.0\.0\.1)')

    def test_json(self):
        done = self.s.weftctl('explain', '--format=json', 'lsp', 'p1')
        self.assertTrue(json.loads(done.stdout)['up'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
