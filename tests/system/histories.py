#!/usr/bin/python3
"""What agents and the translator keep up to date step by step is what fresh
ones make at once.

Random networks with random histories (tests/oracle/wide_network.py) are
entered by ovn-nbctl while their ports are plugged in and out of a
hypervisor.  Then the translator and the agent are ended and started again:
the one changes no key, the other changes no flow, group or meter.

    histories.py [--seed=S] [--networks=N] [--changes=N] [--only=I]
"""
import argparse
import base64
import json
import os
import random
import sys
import time
import urllib.request

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[1:1] = [os.path.join(TESTS, 'support'), os.path.join(TESTS, 'oracle')]
from sandbox import Sandbox, free_port, run, wait_until  # noqa: E402
from wide_more import resolved  # noqa: E402
from wide_network import Wide  # noqa: E402

NOT_TRANSLATED = ('/weft/v1/sb/leader', '/weft/v1/sb/clock',
                  '/weft/v1/sb/sync')
EVERY = 5       # Changes between two moments when all is installed.


class Cloud:
    def __init__(self, sandbox):
        self.s = sandbox
        self.http = {}

    def start(self, name, start):
        self.http[name] = free_port()
        start(f'--http-listen=127.0.0.1:{self.http[name]}')

    def start_translator(self):
        self.start('translator', lambda option: self.s.start_translator(
            'translator', option))

    def start_agent(self):
        self.start('agent-hv1', lambda option: self.s.start_agent(1, option))

    def metric(self, daemon, name):
        with urllib.request.urlopen(
                f'http://127.0.0.1:{self.http[daemon]}/metrics',
                timeout=10) as answer:
            return sum(float(line.split()[-1])
                       for line in answer.read().decode().splitlines()
                       if line.startswith((f'{name} ', f'{name}{{')))

    def nbctl(self, *words):
        done = run([self.s.program('ovn-nbctl'), '--timeout=60', *words],
                   check=False, env={**os.environ, **self.s.weft_env()})
        return done.stdout if done.returncode == 0 else None

    def sync(self):
        if self.nbctl('--wait=hv', 'sync') is None:
            raise SystemExit('--wait=hv sync: no answer within 60 s')

    def do(self, words):
        words = words and resolved(self, words)
        if words:
            self.nbctl(*words)

    def plug(self, port, device):
        self.s.hv(1, 'ovs-vsctl', '--may-exist', 'add-port', 'br-int', device,
                  '--', 'set', 'Interface', device, 'type=internal',
                  f'external_ids:iface-id="{port}"')

    def unplug(self, device):
        self.s.hv(1, 'ovs-vsctl', '--if-exists', 'del-port', 'br-int', device)

    def installed(self):
        return {what: sorted(self.s.hv(
            1, 'ovs-ofctl', '-O', 'OpenFlow15', f'dump-{what}',
            *(['--no-stats'] if what == 'flows' else []), 'br-int'
        ).stdout.splitlines()[1:]) for what in ('flows', 'groups', 'meters')}

    def clear(self):
        words = ['clear', 'NB_Global', '.', 'options']
        for table in ('Logical_Switch', 'Logical_Router', 'Port_Group',
                      'Static_MAC_Binding', 'Address_Set', 'Meter',
                      'HA_Chassis_Group', 'DNS', 'DHCP_Options', 'BFD',
                      'Load_Balancer_Group', 'Load_Balancer'):
            words += ['--', '--all', 'destroy', table]
        self.nbctl(*words)

    # --- what must be so

    def southbound(self):
        """What flows and ports are there: {key: revision of its change}."""
        kvs = json.loads(self.s.etcdctl(
            'get', '--prefix', '--keys-only', '-w', 'json',
            '/weft/v1/sb/')).get('kvs', ())
        found = {base64.b64decode(kv['key']).decode(): kv['mod_revision']
                 for kv in kvs}
        return {key: revision for key, revision in found.items()
                if not key.startswith(NOT_TRANSLATED)}

    def fresh_translator(self):
        """The keys that a fresh translator changes."""
        before = self.southbound()
        self.s.end('translator')
        self.start_translator()
        self.sync()
        after = self.southbound()
        return sorted(key for key in {**before, **after}
                      if before.get(key) != after.get(key))

    def fresh_agent(self):
        """Differences in what is installed, a line each, and the number of
        flows that a fresh agent changes."""
        before = self.installed()
        self.s.end('agent-hv1')
        self.start_agent()
        self.sync()
        after = self.installed()
        lines = [f'{sign} {line}' for what in before
                 for sign, a, b in (('-', before, after), ('+', after, before))
                 for line in a[what] if line not in set(b[what])]
        return lines, self.metric('agent-hv1', 'weft_agent_flow_mods_total')


def history(cloud, args, number):
    """The number of faults found."""
    net = Wide(f'{args.seed}/{number}', more=True)
    dice = random.Random(f'{args.seed}/{number}')
    devices = {}

    def plug_some():
        for port in sorted({**net.vms, **net.specials}):
            if dice.random() < .3:
                if port in devices:
                    cloud.unplug(devices.pop(port))
                else:
                    devices[port] = f'p{number}x{len(devices)}x{net.number()}'
                    cloud.plug(port, devices[port])

    for words in net.build():
        cloud.do(words)
    plug_some()
    for i in range(args.changes):
        cloud.do(net.change())
        if i % EVERY == 0:
            plug_some()
            cloud.sync()
    cloud.sync()
    keys = cloud.fresh_translator()
    lines, n_changed = cloud.fresh_agent()
    print(f'{number}: {len(cloud.southbound())} keys, of which a fresh '
          f'translator writes {len(keys)}; '
          f'{len(cloud.installed()["flows"])} flows, of which a fresh agent '
          f'changes {n_changed:.0f}', flush=True)
    for line in (keys + lines)[:20]:
        print(f'    {line}')
    for device in devices.values():
        cloud.unplug(device)
    cloud.clear()
    cloud.sync()
    return 1 if keys or lines or n_changed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--networks', type=int, default=2)
    parser.add_argument('--changes', type=int, default=30)
    parser.add_argument('--only', type=int)
    args = parser.parse_args()
    numbers = ([args.only] if args.only is not None
               else range(args.networks))
    started = time.time()
    with Sandbox(hypervisors=1) as sandbox:
        cloud = Cloud(sandbox)
        sandbox.start_etcd()
        cloud.start_translator()
        cloud.start_agent()
        wait_until('chassis', lambda: sandbox.get('sb/chassis/hv1'), 60)
        n_bad = sum(history(cloud, args, n) for n in numbers)
    print(f'{len(numbers)} networks, {n_bad} with a difference, '
          f'{time.time() - started:.0f} s')
    return 1 if n_bad else 0


if __name__ == '__main__':
    sys.exit(main())
