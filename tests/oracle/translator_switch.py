#!/usr/bin/python3
"""Our logical flows of switches beside those of stock ovn-northd.

The same networks, hand-written and random, are entered in a stock northbound
database and given to translate_probe; the flows of each switch are compared
stage by stage.  What may differ is listed, with its reason, in
translator_switch_differences.txt; whatever else differs fails, and so does a
listed difference that no longer occurs.

    translator_switch.py [SEED [NETWORKS]]
"""
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR') or os.path.join(SOURCE, 'build')
sys.path.insert(0, os.path.join(SOURCE, 'tests/support'))
import ending  # noqa: E402,F401

PROBE = os.path.join(BUILD, 'tests/translate_probe')
DIFFERENCES = os.path.join(SOURCE,
                           'tests/oracle/translator_switch_differences.txt')


class Northd:
    """ovn-northd with its databases in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='weft-northd-')
        self.processes = []
        self.env = {**os.environ, **{
            k: self.folder for k in ('OVN_RUNDIR', 'OVN_LOGDIR', 'OVN_DBDIR',
                                     'OVS_RUNDIR', 'OVS_LOGDIR')}}
        for name in ('nb', 'sb'):
            self.env[f'OVN_{name.upper()}_DB'] = f'unix:{self.path(name)}.sock'

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *argv):
        with open(self.path('log'), 'ab') as log:
            self.processes.append(subprocess.Popen(
                argv, env=self.env, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL))

    def __enter__(self):
        for name in ('nb', 'sb'):
            db = self.path(f'{name}.db')
            subprocess.run(['ovsdb-tool', 'create', db,
                            f'/usr/share/ovn/ovn-{name}.ovsschema'],
                           check=True)
            self.start('ovsdb-server', db,
                       f'--remote=punix:{self.path(name)}.sock',
                       f'--unixctl={self.path(name)}.ctl', '-vconsole:off')
        deadline = time.time() + 10
        while not all(os.path.exists(self.path(f'{n}.sock'))
                      for n in ('nb', 'sb')):
            if time.time() > deadline:
                raise RuntimeError('ovsdb-server does not start')
            time.sleep(0.05)
        self.nbctl('init')
        self.start('ovn-northd', f'--unixctl={self.path("northd.ctl")}',
                   '-vconsole:off')
        return self

    def __exit__(self, *exc):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def nbctl(self, *argv):
        subprocess.run(['ovn-nbctl', '--timeout=30', *argv], env=self.env,
                       check=True, stdout=subprocess.DEVNULL)

    def flows(self):
        """{switch: {(stage, priority, match, actions), ...}}"""
        text = subprocess.run(['ovn-sbctl', '--timeout=30', 'lflow-list'],
                              env=self.env, check=True, capture_output=True,
                              text=True).stdout
        return parse_flows(text)


def parse_flows(text):
    """What lflow-list printed: {datapath: {(stage, priority, match,
    actions), ...}}"""
    found, flows = {}, None
    for line in text.splitlines():
        m = re.match(r'Datapath: "([^"]*)"', line)
        if m:
            flows = found.setdefault(m[1], set())
            continue
        m = re.match(r'\s*table=\d+\s*\((\w+)\s*\), priority=(\d+)\s*, '
                     r'match=\((.*)\), action=\((.*)\)$', line)
        if m:
            flows.add(normal(m[1], int(m[2]), m[3], m[4]))
    return found


def normal(stage, priority, match, actions):
    """A flow as text that does not depend on spelling."""
    actions = re.sub(r'/\*.*?\*/', '', actions)
    actions = re.sub(r'\s+', ' ', actions).strip()
    actions = re.sub(r'; *}', '; }', actions)
    match = re.sub(r'\s+', ' ', re.sub(r'(\|\||&&)', r' \1 ', match)).strip()
    return stage, priority, match, actions


# ---- Networks ---------------------------------------------------------------

def port(switch, name, type_='', addresses=(), security=(), enabled=True,
         tag=None, **options):
    return {'switch': switch, 'name': name, 'type': type_,
            'addresses': list(addresses), 'port_security': list(security),
            'enabled': enabled, 'tag': tag,
            'options': {k.replace('_', '-') if k != 'qdisc_queue_id'
                        and k != 'network_name'
                        and k != 'localnet_learn_fdb' else k: v
                        for k, v in options.items()}}


def network(*ports, **configs):
    switches = {p['switch']: configs.get(p['switch'], {}) for p in ports}
    switches.update(configs)
    return {'switches': switches, 'ports': ports}


MAC = '0a:00:00:00:00:{:02x}'

BY_HAND = {
    'empty': network(s={}),
    'addresses': network(
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1']),
        port('s', 'b', addresses=[MAC.format(2) + ' 10.0.0.2 fd00::2',
                                  MAC.format(3) + ' 10.0.0.3']),
        port('s', 'c', addresses=[MAC.format(4)]),
        port('s', 'd')),
    'security': network(
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1'],
             security=[MAC.format(1) + ' 10.0.0.1']),
        port('s', 'u', addresses=['unknown'],
             security=[MAC.format(2)])),
    'unknown': network(
        port('s', 'a', addresses=['unknown']),
        port('s', 'b', addresses=[MAC.format(2) + ' 10.0.0.2', 'unknown']),
        port('t', 'c', addresses=[MAC.format(3)])),
    'disabled': network(
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1 fd00::1'],
             enabled=False),
        port('s', 'b', addresses=['unknown'], enabled=False)),
    'localnet': network(
        port('s', 'ln', 'localnet', ['unknown'], tag=7, network_name='p'),
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1'])),
    'localnet-learns': network(
        port('s', 'ln', 'localnet', ['unknown'], network_name='p',
             localnet_learn_fdb='true'),
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1'])),
    'queue': network(
        port('s', 'a', addresses=[MAC.format(1)], qdisc_queue_id='3'),
        port('s', 'ln', 'localnet', network_name='p', qdisc_queue_id='4')),
    'passthru': network(
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1']),
        s={'vlan-passthru': 'true'}),
    'localport': network(
        port('s', 'lp', 'localport', [MAC.format(1) + ' 10.0.0.1'])),
    'vtep': network(
        port('s', 'v', 'vtep', vtep_physical_switch='ps',
             vtep_logical_switch='ls'),
        port('s', 'a', addresses=[MAC.format(1) + ' 10.0.0.1'])),
    'virtual': network(
        port('s', 'v', 'virtual', [MAC.format(1) + ' 10.0.0.9'],
             virtual_ip='10.0.0.9', virtual_parents='a,b'),
        port('s', 'w', 'virtual', [MAC.format(2) + ' fd00::9'],
             virtual_ip='fd00::9', virtual_parents='a'),
        port('s', 'a', addresses=[MAC.format(3) + ' 10.0.0.1']),
        port('s', 'b', addresses=[MAC.format(4)])),
    'names': network(
        port('s', 'a b"c', addresses=[MAC.format(1) + ' 10.0.0.1'])),
}


def random_port(rng, i):
    switch = f's{rng.randrange(3)}'
    kind = rng.random()
    if kind < .1:
        return port(switch, f'p{i}', 'localnet', ['unknown'],
                    network_name=f'phys{i}', **(
                        {'localnet_learn_fdb': 'true'}
                        if rng.random() < .5 else {}))
    addresses = []
    for j in range(rng.randrange(3)):
        mac = MAC.format(i * 3 + j)
        ips = [f'10.0.{i}.{j + 1}', f'fd00:{i}::{j + 1}']
        addresses.append(' '.join([mac, *rng.sample(ips, rng.randrange(3))]))
    if rng.random() < .2:
        addresses.append('unknown')
    security = [a for a in addresses if a != 'unknown'
                and rng.random() < .4]
    return port(switch, f'p{i}', 'localport' if kind > .9 else '', addresses,
                security, rng.random() < .85, **(
                    {'qdisc_queue_id': str(i + 1)} if rng.random() < .1
                    else {}))


def random_network(rng):
    configs = {f's{i}': {'vlan-passthru': 'true'} if rng.random() < .15
               else {} for i in range(3)}
    return network(*(random_port(rng, i) for i in range(rng.randrange(12))),
                   **configs)


# ---- To both sides ------------------------------------------------------------

def quoted(text):
    return json.dumps(text)


def nbctl_commands(net):
    """The network as arguments of ovn-nbctl."""
    argv = []
    for name, config in net['switches'].items():
        argv += ['--', 'ls-add', name]
        for key, value in config.items():
            argv += ['--', 'set', 'Logical_Switch', name,
                     f'other_config:{key}={value}']
    for p in net['ports']:
        argv += ['--', 'lsp-add', p['switch'], p['name']]
        if p['type']:
            argv += ['--', 'lsp-set-type', p['name'], p['type']]
        if p['addresses']:
            argv += ['--', 'lsp-set-addresses', p['name'], *p['addresses']]
        if p['port_security']:
            argv += ['--', 'lsp-set-port-security', p['name'],
                     *p['port_security']]
        if not p['enabled']:
            argv += ['--', 'lsp-set-enabled', p['name'], 'disabled']
        if p['options']:
            argv += ['--', 'lsp-set-options', p['name'],
                     *(f'{k}={v}' for k, v in p['options'].items())]
    return argv


def encode(component):
    return ''.join(c if re.match(r'[A-Za-z0-9._~:@$-]', c)
                   else ''.join(f'%{b:02X}' for b in c.encode())
                   for c in component)


def rows(net):
    found = {f'nb/logical_switch/{encode(n)}': (
        {'other_config': c} if c else {}) for n, c in net['switches'].items()}
    for p in net['ports']:
        row = {'switch': p['switch']}
        for column in ('type', 'addresses', 'port_security', 'options',
                       'tag'):
            if p[column]:
                row[column] = p[column]
        if not p['enabled']:
            row['enabled'] = False
        found[f'nb/logical_switch_port/{encode(p["name"])}'] = row
    return found


def our_flows(net):
    text = subprocess.run([PROBE], input=json.dumps(rows(net)), text=True,
                          capture_output=True, check=True, timeout=60).stdout
    common, found = set(), {encode(n): set() for n in net['switches']}
    for line in text.splitlines():
        key, rest = line.split('  ', 1)
        stage, priority, flow = rest.split(' ', 2)
        match, actions = flow.split(' -> ', 1)
        flow = normal(stage, int(priority), match, actions)
        if key.startswith('sb/common/switch'):
            common.add(flow)
        elif key.startswith('sb/dp/switch:'):
            found[key.split('/')[2].split(':', 1)[1]].add(flow)
    return {n: common | found[encode(n)] for n in net['switches']}


# ---- Comparing -----------------------------------------------------------------

class Difference:
    """A listed one: '-' (only theirs) or '+' (only ours), stage, priority or
    *, a regular expression of match and actions; the reason."""

    def __init__(self, line, reason):
        self.sign, self.stage, self.priority, pattern = line.split(None, 3)
        self.pattern = re.compile(pattern)
        self.reason = reason
        self.n_used = 0

    def covers(self, sign, flow):
        stage, priority, match, actions = flow
        covered = (sign == self.sign and self.stage in (stage, '*')
                   and self.priority in (str(priority), '*')
                   and self.pattern.search(f'{match} -> {actions}'))
        self.n_used += bool(covered)
        return covered


def read_differences():
    found, reason = [], ''
    with open(DIFFERENCES, encoding='utf-8') as f:
        for line in f:
            line = line.rstrip()
            if line.startswith('#'):
                reason = line[1:].strip()
            elif line:
                found.append(Difference(line, reason))
    return found


def compare(name, net, theirs, differences):
    n_bad = n_flows = 0
    for switch, ours in our_flows(net).items():
        n_flows += len(ours & theirs[switch])
        for sign, flows in (('-', theirs[switch] - ours),
                            ('+', ours - theirs[switch])):
            for flow in sorted(flows):
                if not any(d.covers(sign, flow) for d in differences):
                    print(f'{name}: {switch}: {sign} {flow[0]} {flow[1]} '
                          f'{flow[2]} -> {flow[3]}')
                    n_bad += 1
    return n_bad, n_flows


def main():
    if not shutil.which('ovn-northd'):
        print('ovn-northd is not installed')
        return 77
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    n_random = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    rng = random.Random(seed)
    networks = dict(BY_HAND)
    networks.update({f'random-{seed}-{i}': random_network(rng)
                     for i in range(n_random)})
    differences = read_differences()
    n_bad = n_flows = 0
    with Northd() as northd:
        for name, net in networks.items():
            northd.nbctl('--wait=sb', *nbctl_commands(net)[1:])
            bad, flows = compare(name, net, northd.flows(), differences)
            n_bad += bad
            n_flows += flows
            northd.nbctl(*sum((['--', 'ls-del', s]
                               for s in net['switches']), [])[1:])
    for d in differences:
        if not d.n_used:
            print(f'listed, but does not occur: {d.stage} {d.priority} '
                  f'{d.pattern.pattern}')
            n_bad += 1
    print(f'{len(networks)} networks, {n_flows} equal flows, '
          f'{n_bad} unexplained')
    return 1 if n_bad else 0


if __name__ == '__main__':
    sys.exit(main())
