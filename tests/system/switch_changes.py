"""What changes while it runs: ports that move, go, return, come early or
late; etcdctl and REST having the same effect; garbage having none."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import Sandbox, wait_until  # noqa: E402


def mac(i):
    return f'fa:16:3e:00:00:{i:02x}'


def ip(i):
    return f'10.1.1.{i}'


def row(i, switch='n1'):
    return {'switch': switch, 'addresses': [f'{mac(i)} {ip(i)}']}


class SwitchChanges(unittest.TestCase):
    """Each test uses ports and VMs of its own beside v1 and v2."""

    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        cls.s.start_weft(api=True)
        cls.s.put('nb/logical_switch/n1', {})
        for i, n in ((1, 1), (2, 2)):
            cls.s.put(f'nb/logical_switch_port/p{i}', row(i))
            cls.s.add_vm(n, f'v{i}', mac(i), f'{ip(i)}/24', iface_id=f'p{i}')
        cls.s.ping_soon('v1', ip(2))

    def is_up(self, port):
        return bool((self.s.get(f'status/logical_switch_port/{port}')
                     or {}).get('up'))

    def place(self, port):
        return (self.s.get(f'sb/dp/switch:n1/port/{port}') or {}).get(
            'chassis')

    def test_interface_before_logical_port(self):
        self.s.add_vm(1, 'v10', mac(10), f'{ip(10)}/24', iface_id='p10')
        self.assertFalse(self.s.ping('v10', ip(2), count=1))
        self.s.put('nb/logical_switch_port/p10', row(10))
        self.s.ping_soon('v10', ip(2))
        self.s.ping_soon('v10', ip(1))

    def test_logical_port_before_interface(self):
        self.s.put('nb/logical_switch_port/p11', row(11))
        self.s.weftctl('--wait=sb', 'sync')
        self.assertFalse(self.is_up('p11'))
        self.s.add_vm(2, 'v11', mac(11), f'{ip(11)}/24', iface_id='p11')
        self.s.ping_soon('v11', ip(1))
        wait_until('p11 up', lambda: self.is_up('p11'))
        self.assertEqual(self.s.hv(
            2, 'ovs-vsctl', '--bare', 'get', 'Interface',
            self.s.netns('v11'), 'external_ids:ovn-installed'
        ).stdout.strip().strip('"'), 'true')

    def test_moving(self):
        self.s.put('nb/logical_switch_port/p12', row(12))
        self.s.add_vm(1, 'v12', mac(12), f'{ip(12)}/24', iface_id='p12')
        self.s.ping_soon('v12', ip(2))
        self.assertEqual(self.place('p12'), 'hv1')
        self.s.move_vm('v12', 2)
        self.s.ping_soon('v12', ip(1))
        self.s.ping_soon('v12', ip(2))
        self.s.ping_soon('v1', ip(12))
        self.assertEqual(self.place('p12'), 'hv2')
        self.s.move_vm('v12', 1)
        self.s.ping_soon('v2', ip(12))
        self.assertEqual(self.place('p12'), 'hv1')

    def test_deleting_and_adding_again(self):
        self.s.put('nb/logical_switch_port/p13', row(13))
        self.s.add_vm(2, 'v13', mac(13), f'{ip(13)}/24', iface_id='p13')
        self.s.ping_soon('v1', ip(13))
        for _ in range(2):
            self.s.delete('nb/logical_switch_port/p13')
            self.s.weftctl('--wait=hv', 'sync')
            self.assertFalse(self.s.ping('v1', ip(13), count=1))
            self.assertIsNone(self.s.get('sb/dp/switch:n1/port/p13'))
            self.s.put('nb/logical_switch_port/p13', row(13))
            self.s.ping_soon('v1', ip(13))

    def test_a_switch_that_comes_after_its_ports(self):
        for i, n in ((20, 1), (21, 2)):
            self.s.put(f'nb/logical_switch_port/p{i}', row(i, 'late'))
            self.s.add_vm(n, f'v{i}', mac(i), f'{ip(i)}/24',
                          iface_id=f'p{i}')
        wait_until('waiting', lambda: 'logical_switch/late' in str(
            self.s.get('status/logical_switch_port/p20')))
        self.s.put('nb/logical_switch/late', {})
        self.s.ping_soon('v20', ip(21))
        # Switches are apart: the same addresses on another one are not
        # reached.
        self.assertFalse(self.s.ping('v20', ip(1), count=1))

    def test_etcdctl_and_rest_have_the_same_effect(self):
        self.s.put('nb/logical_switch/same1', {})
        self.s.put('nb/logical_switch_port/same1p', row(30, 'same1'))
        for path, value in (('logical_switch/same2', {}),
                            ('logical_switch_port/same2p',
                             row(30, 'same2'))):
            status, _ = self.s.rest('PUT', f'/v1/{path}?wait=hv', value)
            self.assertIn(status, (200, 201))
        self.s.weftctl('--wait=sb', 'sync')

        def southbound(name):
            text = self.s.etcdctl('get', '--prefix',
                                  f'/weft/v1/sb/dp/switch:{name}/')
            return text.replace(name, 'NAME')
        self.assertIn('ls_in_l2_lkup', southbound('same1'))
        self.assertEqual(southbound('same1'), southbound('same2'))

    def test_garbage_changes_nothing_and_is_reported(self):
        before = self.s.etcdctl('get', '--prefix', '/weft/v1/sb/dp/')
        bad = {
            'nb/logical_switch_port/bad1': '{"switch":',
            'nb/logical_switch_port/bad2': '{"switch":"n1","adresses":[]}',
            'nb/logical_switch_port/bad3':
                '{"switch":"n1","addresses":["fa:16:3e:00:00 10.0.0.1"]}',
            'nb/logical_switch_port/bad4': '{"switch":"n1","tag":70000}',
            'nb/logical_switch/bad5': '[]',
            'nb/logical_switch_port/bad6': '{"switch":7}',
        }
        for key, value in bad.items():
            self.s.put(key, value)
        for key, column in (('bad2', 'adresses'), ('bad3', 'addresses[0]'),
                            ('bad4', 'tag'), ('bad6', 'switch')):
            status = wait_until(f'status of {key}', lambda k=key: self.s.get(
                f'status/logical_switch_port/{k}'))
            self.assertIn(column, [e['field'] for e in status['errors']],
                          status)
        for key in ('status/logical_switch_port/bad1',
                    'status/logical_switch/bad5'):
            self.assertTrue(wait_until(key, lambda k=key: self.s.get(k))
                            ['errors'][0]['message'])
        self.assertEqual(
            before, self.s.etcdctl('get', '--prefix', '/weft/v1/sb/dp/'))
        # A key of no table, and a tunnel key from outside, are left alone.
        self.s.put('nb/no_such_table/x', '{}')
        # Everything else goes on.
        self.s.put('nb/logical_switch_port/p40', row(40))
        self.s.add_vm(2, 'v40', mac(40), f'{ip(40)}/24', iface_id='p40')
        self.s.ping_soon('v1', ip(40))
        # And a mended row comes to life, its complaint gone.
        self.s.put('nb/logical_switch_port/bad3', row(41))
        wait_until('bad3 mended', lambda: 'errors' not in (self.s.get(
            'status/logical_switch_port/bad3') or {}))
        wait_until('bad3 bound', lambda: self.s.get(
            'sb/dp/switch:n1/port/bad3'))

    def test_rest_refuses_garbage_and_names_the_field(self):
        status, problem = self.s.rest(
            'PUT', '/v1/logical_switch_port/refused',
            {'switch': 'n1', 'addresses': ['fa:16:3e:00:00 10.0.0.1']})
        self.assertIn(status, (400, 422))
        self.assertIn('addresses[0]', str(problem))
        self.assertIsNone(self.s.get('nb/logical_switch_port/refused'))


if __name__ == '__main__':
    unittest.main(verbosity=2)
