#!/usr/bin/python3
"""Rows that a careless or hostile client writes straight to etcd.

A long random history of them (tests/support/hostile.py), valid ones among
them, below nb/, below the prefix of a hypervisor that does not exist, and
below sb/.  Translator and agents stay up; who is wrong finds it in the status
of the row; the network that was there goes on, and changes; and what has come
of the history is what a new translator, and new agents, make of what is left
in etcd.

    hostile_rows.py [SEED [CHANGES]]
"""
import base64
import json
import os
import re
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from hostile import Hostile             # noqa: E402
from sandbox import Sandbox, SandboxError, run, wait_until    # noqa: E402

SEED, CHANGES = 1, 250
PREFIX = '/weft/v1'
# Interfaces for ports of the random networks, so that agents need them.
PLUGGED = ['p0-0', 'p0-1', 'p1-0', 'p1-1', 'p2-0', 'lp0', 'vip0', 'c0',
           'dyn0-0', 'e0']
OF_THE_MOMENT = 'sb/leader', 'sb/sync', 'sb/clock', 'status/sync'
DAEMONS = 'translator', 'agent-hv1', 'agent-hv2'


def b64(data):
    return base64.b64encode(data).decode()


class HostileRows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        cls.s.start_weft()
        cls.hostile = Hostile(SEED)
        print(f'seed {SEED}')
        cls.s.put('nb/logical_switch/good', {})
        cls.n_vms = 0
        for n in (1, 2):
            cls.add_good(n)
        cls.s.ping_soon('good1', '10.77.0.2')
        cls.plug()
        cls.pids = {name: cls.s.pid(name) for name in DAEMONS}

    @classmethod
    def add_good(cls, n):
        """A port of the good switch on hypervisor n comes to life."""
        cls.n_vms += 1
        i = cls.n_vms
        mac, name = f'fa:16:3e:77:00:{i:02x}', f'good{i}'
        cls.s.put(f'nb/logical_switch_port/{name}', {
            'switch': 'good', 'addresses': [f'{mac} 10.77.0.{i}']})
        cls.s.add_vm(n, name, mac, f'10.77.0.{i}/24', iface_id=name)

    @classmethod
    def plug(cls):
        for n in (1, 2):
            batch, words = [], []
            for k, port in enumerate(PLUGGED):
                if k % 2 == n % 2:
                    batch += [f'link add h{k} type veth peer name h{k}x',
                              f'link set h{k} up']
                    words += ['--', 'add-port', 'br-int', f'h{k}', '--',
                              'set', 'Interface', f'h{k}',
                              f'external_ids:iface-id={port}']
            run(['ip', '-n', cls.s.netns(f'hv{n}'), '-batch', '-'],
                input='\n'.join(batch) + '\n')
            cls.s.hv(n, 'ovs-vsctl', *words[1:])

    def write(self, changes):
        """In transactions of different sizes; the last change of a key in
        one counts."""
        todo = list(changes)
        while todo:
            n = self.hostile.rng.choice([1, 3, 20, 60])
            some, todo = dict(todo[:n]), todo[n:]
            body = json.dumps({'success': [
                {'requestDeleteRange': {'key': b64(
                    f'{PREFIX}/{key}'.encode())}} if value is None else
                {'requestPut': {'key': b64(f'{PREFIX}/{key}'.encode()),
                                'value': b64(value)}}
                for key, value in some.items()]}).encode()
            with urllib.request.urlopen(urllib.request.Request(
                    f'{self.s.etcd_url}/v3/kv/txn', data=body),
                    timeout=30) as r:
                r.read()

    def all_is_well(self):
        """Nobody died; the good switch goes on, and changes."""
        for name, pid in self.pids.items():
            self.assertEqual(self.s.pid(name), pid)
            self.assertTrue(self.s.is_running(name),
                            self.s.log_text(name)[-3000:])
        self.s.weftctl('--timeout=60', '--wait=hv', 'sync', timeout=90)
        self.add_good(1 + self.n_vms % 2)
        self.s.ping_soon(f'good{self.n_vms}', '10.77.0.1', timeout=30)
        self.s.ping_soon(f'good{self.n_vms}', '10.77.0.2', timeout=30)

    def made(self):
        """What the translator has made: rows without their versions."""
        found = {}
        for area in 'sb/', 'status/':
            out = json.loads(self.s.etcdctl('get', '--prefix', '-w', 'json',
                                            f'{PREFIX}/{area}'))
            for kv in out.get('kvs', []):
                key = base64.b64decode(kv['key'])[len(PREFIX) + 1:].decode()
                if key in OF_THE_MOMENT:
                    continue
                row = json.loads(base64.b64decode(kv['value']))
                row.pop('version', None)
                found[key] = row
        return found

    def new_translator(self):
        self.s.kill('translator')
        self.s.start_translator()
        self.s.weftctl('--timeout=60', '--wait=hv', 'sync', timeout=90)
        self.pids['translator'] = self.s.pid('translator')

    def assert_same(self, before, after):
        for key in sorted(set(before) | set(after)):
            self.assertEqual(before.get(key), after.get(key), key)

    def flows(self, n):
        """Of hypervisor n, whatever zones ports have in conntrack: one that
        was gone for a moment gets another."""
        return sorted(re.sub(r'0x[0-9a-f]+->reg1[123]', 'ZONE', flow)
                      for flow in self.s.flows(n))

    def assert_flows(self, n, flows):
        """The switch of hypervisor n gets to them."""
        try:
            wait_until('the same flows', lambda: self.flows(n) == flows, 20,
                       0.3)
        except SandboxError:
            now = self.flows(n)
            self.assertEqual((set(flows) - set(now), set(now) - set(flows)),
                             (set(), set()))

    def test_1_northbound(self):
        """A history; then a new translator makes the same of what is left,
        and new agents do."""
        self.write(self.hostile.northbound() for _ in range(CHANGES))
        self.all_is_well()
        before = self.made()
        for key in self.hostile.broken:
            status = before.get(key.replace('nb/', 'status/', 1)) or {}
            self.assertTrue(status.get('errors'), (key, status))
        self.assertGreater(len(self.hostile.broken), CHANGES // 150)
        self.assertGreater(len([k for k in before if '/flow/' in k]), 5)
        self.new_translator()
        self.assert_same(before, self.made())
        for n in (1, 2):
            flows = self.flows(n)
            self.s.end(f'agent-hv{n}')
            self.s.start_agent(n)
            self.pids[f'agent-hv{n}'] = self.s.pid(f'agent-hv{n}')
            self.s.weftctl('--timeout=60', '--wait=hv', 'sync', timeout=90)
            self.assert_flows(n, flows)

    def test_2_agent(self):
        """A hypervisor that lies harms nobody else."""
        self.write(self.hostile.of_agent() for _ in range(CHANGES // 5))
        self.all_is_well()
        before = self.made()
        self.new_translator()
        self.assert_same(before, self.made())
        self.s.etcdctl('del', '--prefix', f'{PREFIX}/chassis/evil/')
        self.all_is_well()

    def test_3_southbound(self):
        """The translator writes over what others write there."""
        self.s.weftctl('--timeout=60', '--wait=hv', 'sync', timeout=90)
        before = self.made()
        flows = [self.flows(n) for n in (1, 2)]
        self.write(self.hostile.southbound() for _ in range(CHANGES // 5))
        time.sleep(1)
        self.new_translator()
        self.assert_same(before, self.made())
        for n in (1, 2):
            self.assert_flows(n, flows[n - 1])
        self.all_is_well()


if __name__ == '__main__':
    if len(sys.argv) > 1:
        SEED = int(sys.argv.pop(1))
    if len(sys.argv) > 1:
        CHANGES = int(sys.argv.pop(1))
    unittest.main(verbosity=2)
