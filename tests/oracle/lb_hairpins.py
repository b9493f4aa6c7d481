#!/usr/bin/python3
"""Tables 68 and 70 of stock ovn-controller beside weft-agent's: the same
load balancers of every form, entered by ovn-nbctl in two clouds, and changed
step by step.

    lb_hairpins.py [--keep]

The flows must be the same but for what normal() takes out: cookies, and the
priority of portless backends in table 68, which in stock OVN is that of those
with a port, so that either flow may be met there.
"""
import argparse
import re
import shutil
import sys
import time

from packets_sides import StockCloud, WeftCloud
from sandbox import wait_until

LOAD_BALANCERS = [
    # name, vip, backends, protocol, switches, options
    ('tcp', '10.9.0.1:80', '10.0.0.1:8080,10.0.0.2:8080', 'tcp', 's0', {}),
    ('udp', '10.9.0.1:53', '10.0.0.1:53', 'udp', 's0', {}),
    ('sctp', '10.9.0.1:9', '10.0.0.1:9', 'sctp', 's0', {}),
    ('ip', '10.9.0.9', '10.0.0.1,10.0.0.2', '', 's0', {}),
    ('tcp6', '[fd09::1]:80', '[fd00::1]:8080,[fd00::2]:8080', 'tcp', 's0',
     {}),
    ('udp6', '[fd09::1]:53', '[fd00::1]:53', 'udp', 's0', {}),
    ('ip6', 'fd09::3', 'fd00::1', '', 's0', {}),
    ('own', '10.9.0.2:80', '10.0.0.1:8080', 'tcp', 's0',
     {'hairpin_snat_ip': '10.8.8.8 fd08::8'}),
    ('ownip', '10.9.0.3', '10.0.0.1', '', 's0',
     {'hairpin_snat_ip': '10.8.8.8'}),
    ('own6', '[fd09::4]:80', '[fd00::1]:8080', 'tcp', 's0',
     {'hairpin_snat_ip': '10.8.8.8 fd08::8'}),
    ('own4of6', '[fd09::5]:80', '[fd00::1]:8080', 'tcp', 's0',
     {'hairpin_snat_ip': '10.8.8.8'}),
    ('two', '10.9.0.4:80', '10.0.0.1:8080', 'tcp', 's0 s1', {}),
    ('sticky', '10.9.0.5:80', '10.0.0.1:80,10.0.0.2:80', 'tcp', 's1',
     {'affinity_timeout': '60'}),
    ('empty', '10.9.0.7:80', '', 'tcp', 's0', {}),
    ('reject', '10.9.0.8:80', '', 'tcp', 's0', {'reject': 'true'}),
    ('none', '10.9.0.10:80', '10.0.0.1:80', 'tcp', '', {}),
]
CHANGES = [
    'lb-add tcp 10.9.0.11:81 10.0.0.2:81',
    '--may-exist lb-add tcp 10.9.0.1:80 10.0.0.2:8080,10.0.0.3:8080',
    'set Load_Balancer udp protocol=sctp',
    'set Load_Balancer two options:hairpin_snat_ip=10.8.0.1',
    'remove Load_Balancer own options hairpin_snat_ip',
    'ls-lb-del s0 two', 'ls-lb-add s0 two', 'lb-del ip', 'ls-del s1',
    'lb-del own6',
]


def words():
    """What makes the network, as one command line."""
    found = ['--', 'ls-add', 's0', '--', 'ls-add', 's1']
    for i in (0, 1):
        found += ['--', 'lsp-add', f's{i}', f'p{i}', '--',
                  'lsp-set-addresses', f'p{i}',
                  f'0a:00:00:00:00:0{i} 10.0.{i}.1 fd0{i}::1']
    for name, vip, backends, protocol, _, _ in LOAD_BALANCERS:
        found += ['--', 'lb-add', name, vip, backends,
                  *([protocol] if protocol else [])]
    for name, _, _, _, switches, options in LOAD_BALANCERS:
        for switch in switches.split():
            found += ['--', 'ls-lb-add', switch, name]
        for key, value in options.items():
            found += ['--', 'set', 'Load_Balancer', name,
                      f'options:{key}="{value}"']
    return found[1:]


def normal(line, keys):
    line = re.sub(r'cookie=0x\w+(, )?', '', line.strip())
    line = re.sub(r'metadata=(0x\w+)', lambda m: 'metadata=' + keys.get(
        int(m[1], 16), m[1]), line)
    if 'table=68' in line and ',tp_dst=' not in line:
        line = line.replace('priority=100', 'priority=90')
    return line


def flows(cloud):
    keys = {}
    for row in cloud.sbctl('--bare', '--columns=tunnel_key,external_ids',
                           'list', 'Datapath_Binding').split('\n\n'):
        m = re.search(r'^(\d+)\n.*\bname=(\w+)', row, re.S)
        if m:
            keys[int(m[1])] = m[2]
    return {normal(line, keys) for table in (68, 70)
            for line in cloud.hypervisors.sandbox.hv(
                1, 'ovs-ofctl', '-OOpenFlow15', '--no-stats', '--no-names',
                'dump-flows', 'br-int', f'table={table}').stdout.splitlines()}


def compare(stock, weft, what):
    """The number of flows that differ."""
    for cloud in stock, weft:
        cloud.nbctl('--wait=hv', 'sync')
    end = time.monotonic() + 5
    while True:
        theirs, ours = flows(stock), flows(weft)
        if theirs == ours or time.monotonic() > end:
            break
        time.sleep(.2)
    for flow in sorted(theirs - ours):
        print(f'{what}: only stock: {flow}')
    for flow in sorted(ours - theirs):
        print(f'{what}: only Weft: {flow}')
    return len(theirs ^ ours), len(theirs & ours)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--keep', action='store_true',
                        help='wait for Enter at the end')
    args = parser.parse_args()
    if not shutil.which('ovn-controller'):
        print('ovn-controller is not installed')
        return 77
    bad = same = 0
    with StockCloud() as stock, WeftCloud() as weft:
        for cloud in stock, weft:
            cloud.nbctl(*words())
            cloud.hypervisors.bind({'p0': 'hv1', 'p1': 'hv1'}, {})
            wait_until('bound', lambda c=cloud: c.sbctl(
                '--bare', '--columns=chassis', 'find', 'Port_Binding',
                'logical_port=p1').strip(), 30)
        for what in ['at first', *CHANGES]:
            if what != 'at first':
                for cloud in stock, weft:
                    cloud.nbctl(*what.split())
            differ, alike = compare(stock, weft, what)
            bad, same = bad + differ, same + alike
        if args.keep:
            print(stock.hypervisors.sandbox.folder,
                  weft.hypervisors.sandbox.folder)
            input()
    print(f'{len(CHANGES) + 1} states, {same} flows alike, {bad} differ')
    return 1 if bad or same < 100 else 0


if __name__ == '__main__':
    sys.exit(main())
