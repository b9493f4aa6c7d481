#!/usr/bin/python3
"""Every logical action, traced by ovn-trace and by weftctl trace.

Without ovn-northd and weft-translator: the same logical flows are written
straight into a stock southbound database and below sb/ in etcd.  The first
stage has the actions of the case, those behind it show what became of the
packet, field by field, in three forms.

    trace_actions.py [PATTERN]      cases whose text matches
"""
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_support import BUILD, SOURCE, Etcd, wait_until  # noqa: E402
from trace_topologies import normal  # noqa: E402

CASES = os.path.join(SOURCE, 'tests/oracle/trace_actions_cases.txt')

ETH = ('inport == "ap" && eth.src == 0a:00:00:00:00:01 && '
       'eth.dst == 0a:00:00:00:00:02')
IP4 = f'{ETH} && ip4.src == 1.1.1.1 && ip4.dst == 2.2.2.2 && ip.ttl == 64'
IP6 = f'{ETH} && ip6.src == fd::1 && ip6.dst == fd::2 && ip.ttl == 64'
PACKETS = {
    'tcp': f'{IP4} && tcp.src == 1000 && tcp.dst == 80',
    'udp': f'{IP4} && udp.src == 1000 && udp.dst == 53',
    'sctp': f'{IP4} && sctp.src == 1000 && sctp.dst == 53',
    'tcp6': f'{IP6} && tcp.src == 1000 && tcp.dst == 80',
    'udp6': f'{IP6} && udp.src == 1000 && udp.dst == 53',
    'arp': f'{ETH} && arp.op == 1 && arp.spa == 1.1.1.1 && '
           'arp.tpa == 2.2.2.2 && arp.sha == 0a:00:00:00:00:01',
    'ns': f'{ETH} && ip6.src == fd::1 && ip6.dst == fd::2 && ip.ttl == 255 '
          '&& icmp6.type == 135 && nd.target == fd::2 && '
          'nd.sll == 0a:00:00:00:00:01',
}

# Behind the case: stage number, priority, match, actions.  What a field holds
# is told by assigning it to itself, what a bit is by which flow matches.
SHOW = [
    (1, 0, '1', 'eth.src = eth.src; eth.dst = eth.dst; next;'),
    (1, 1, 'ip4', 'eth.src = eth.src; eth.dst = eth.dst; ip4.src = ip4.src; '
     'ip4.dst = ip4.dst; ip.ttl = ip.ttl; next;'),
    (1, 1, 'ip6', 'eth.src = eth.src; eth.dst = eth.dst; ip6.src = ip6.src; '
     'ip6.dst = ip6.dst; ip.ttl = ip.ttl; next;'),
    (1, 1, 'arp', 'eth.src = eth.src; arp.op = arp.op; arp.spa = arp.spa; '
     'arp.tpa = arp.tpa; arp.sha = arp.sha; arp.tha = arp.tha; next;'),
    (2, 0, '1', 'next;'),
    (2, 1, 'tcp', 'tcp.src = tcp.src; tcp.dst = tcp.dst; next;'),
    (2, 1, 'udp', 'udp.src = udp.src; udp.dst = udp.dst; next;'),
    (2, 1, 'sctp', 'sctp.src = sctp.src; sctp.dst = sctp.dst; next;'),
    (2, 1, 'icmp4', 'icmp4.type = icmp4.type; next;'),
    (2, 1, 'icmp6', 'icmp6.type = icmp6.type; next;'),
    (2, 2, 'nd', 'icmp6.type = icmp6.type; nd.target = nd.target; '
     'nd.tll = nd.tll; next;'),
]
BITS = ['ct.trk', 'ct.new', 'ct.est', 'ct.rel', 'ct.rpl', 'ct.inv',
        'ct.dnat', 'ct.snat', 'ct_mark == 5', 'ct_label.blocked',
        'flags.loopback', 'reg0[3]', 'reg8[16..31] == 2', 'outport == "none"',
        'outport == "bp"', 'inport == "ap"']
STAGES = {      # Names of Weft's stages by number.
    True: 'check_port_sec apply_port_sec lookup_fdb put_fdb pre_acl pre_lb '
          'pre_stateful acl_hint acl qos_mark qos_meter lb_aff_check lb '
          'lb_aff_learn pre_hairpin nat_hairpin hairpin acl_after_lb stateful '
          'arp_rsp dhcp_options dhcp_response dns_lookup dns_response '
          'external_port l2_lkup l2_unknown'.split(),
    False: 'pre_acl pre_lb pre_stateful acl_hint acl'.split(),
}


def flows():
    """(ingress, stage, priority, match, actions)"""
    found = [(True, *row) for row in SHOW]
    for i, bit in enumerate(BITS):
        found += [(True, 3 + i, 0, '1', 'next;'),
                  (True, 3 + i, 1, bit, 'next;')]
    return found + [(True, 3 + len(BITS), 0, '1', 'drop;'),
                    (False, 0, 0, '1', 'output;')]


def stage_name(ingress, stage):
    return f'ls_{"in" if ingress else "out"}_{STAGES[ingress][stage]}'


class Stock:
    """A southbound database."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='weft-trace-sb-')
        path = os.path.join(self.folder, 'sb')
        subprocess.run(['ovsdb-tool', 'create', f'{path}.db',
                        '/usr/share/ovn/ovn-sb.ovsschema'], check=True)
        self.env = {**os.environ, 'OVN_SB_DB': f'unix:{path}.sock'}
        self.process = subprocess.Popen(
            ['ovsdb-server', f'{path}.db', f'--remote=punix:{path}.sock',
             f'--unixctl={path}.ctl', '-vconsole:off', '-vsyslog:off'])
        wait_until('ovsdb-server', lambda: os.path.exists(f'{path}.sock'))
        self.fill()

    def ctl(self, *argv):
        return subprocess.run(['ovn-sbctl', *argv], env=self.env, check=True,
                              text=True, stdout=subprocess.PIPE
                              ).stdout.strip()

    def add_flow(self, ingress, stage, priority, match, actions):
        return self.ctl(
            'create', 'Logical_Flow', f'logical_datapath={self.n1}',
            f'pipeline={"ingress" if ingress else "egress"}',
            f'table_id={stage}', f'priority={priority}',
            f'match={json.dumps(match)}', f'actions={json.dumps(actions)}',
            f'external_ids:stage-name={stage_name(ingress, stage)}')

    def add_port(self, dp, name, key, *columns):
        self.ctl('create', 'Port_Binding', f'datapath={dp}',
                 f'logical_port={name}', f'tunnel_key={key}', *columns)

    def fill(self):
        self.ctl('init')
        self.n1, r = (self.ctl(
            'create', 'Datapath_Binding', f'tunnel_key={key}',
            f'external_ids:name={name}',
            f'external_ids:{kind}=00000000-0000-0000-0000-00000000000{key}')
            for key, name, kind in ((1, 'n1', 'logical-switch'),
                                    (2, 'r', 'logical-router')))
        self.add_port(self.n1, 'ap', 1)
        self.add_port(self.n1, 'bp', 2)
        self.add_port(self.n1, 'pp', 3, 'type=patch', 'options:peer=rp')
        self.add_port(r, 'rp', 1, 'type=patch', 'options:peer=pp')
        for ip in '2.2.2.2', '"fd::2"':
            self.ctl('create', 'MAC_Binding', 'logical_port=ap',
                     f'datapath={self.n1}', f'ip={ip}',
                     'mac="0a:00:00:00:00:99"')
        self.ctl('create', 'FDB', 'mac="0a:00:00:00:00:02"', 'dp_key=1',
                 'port_key=2')
        for row in (['DHCP_Options', 'name=offerip', 'code=0', 'type=ipv4'],
                    ['DHCP_Options', 'name=netmask', 'code=1', 'type=ipv4'],
                    ['DHCPv6_Options', 'name=ia_addr', 'code=5',
                     'type=ipv6']):
            self.ctl('create', *row)
        for flow in flows():
            self.add_flow(*flow)
        self.case = self.add_flow(True, 0, 10, '1', 'next;')

    def trace(self, actions, argv):
        self.ctl('set', 'Logical_Flow', self.case,
                 f'actions={json.dumps(actions)}')
        done = subprocess.run(['ovn-trace', *argv], env=self.env, text=True,
                              check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        return None if done.returncode < 0 else done.stdout

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


class Weft:
    """The keys that a translator would have written."""

    def __init__(self):
        self.etcd = Etcd()
        self.n1 = 'sb/dp/switch:n1'
        rows = {
            self.n1: {'tunnel_key': 1, 'type': 'switch', 'name': 'n1'},
            f'{self.n1}/port/ap': {'tunnel_key': 1},
            f'{self.n1}/port/bp': {'tunnel_key': 2},
            f'{self.n1}/port/pp': {'tunnel_key': 3, 'type': 'patch',
                                   'peer': 'rp'},
            'sb/dp/router:r': {'tunnel_key': 2, 'type': 'router',
                               'name': 'r'},
            'sb/dp/router:r/port/rp': {'tunnel_key': 1, 'type': 'patch',
                                       'peer': 'pp'},
            'nb/logical_router_port/rp': {'router': 'r', 'networks': [
                '9.9.9.1/24'], 'mac': '0a:00:00:00:09:01'},
            f'{self.n1}/mac_binding/ap/2.2.2.2': {
                'mac': '0a:00:00:00:00:99'},
            f'{self.n1}/mac_binding/ap/fd::2': {'mac': '0a:00:00:00:00:99'},
            f'{self.n1}/fdb/0a:00:00:00:00:02': {'port_key': 2},
            f'{self.n1}/flow/switch': {'flows': [
                [stage_name(ingress, stage), priority, match, actions]
                for ingress, stage, priority, match, actions in flows()]},
        }
        for key, row in rows.items():
            self.put(key, row)

    def put(self, key, row):
        self.etcd.etcdctl('put', f'/weft/v1/{key}', json.dumps(row))

    def trace(self, actions, argv):
        self.put(f'{self.n1}/flow/lsp:ap', {'flows': [
            [stage_name(True, 0), 10, '1', actions]]})
        return subprocess.run(
            [f'{BUILD}/bin/weftctl', 'trace', *argv], text=True, check=False,
            env={**os.environ, **self.etcd.env()}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT).stdout

    def close(self):
        self.etcd.close()


def without_sources(text):
    """What trace_tutorial.py leaves out too."""
    text = normal(text)
    text = re.sub(r'(?m)^( *\d+\. \w+)(?: \([^)]*\))?: ', r'\1: ', text)
    text = re.sub(r'(?m)^( *)-+$', r'\1--', text)
    # Weft's stages have names even where there are no flows.
    text = re.sub(r'(?m)^( *\d+\.) (?:\w+: )?(no match)', r'\1 \2', text)
    return re.sub(r', uuid \w{8}\b', '', text)


def read_cases(pattern):
    """(packet, options, actions, reason to differ or None)"""
    reason = None
    with open(CASES, encoding='utf-8') as f:
        for line in f:
            if line.startswith('=='):
                reason = line[2:].strip()
            elif line.strip() and not line.startswith('#') \
                    and re.search(pattern, line):
                head, actions = line.strip().split(' | ', 1)
                packet, *options = head.split()
                yield packet, options, actions, reason


def check(stock, weft, packet, options, actions, reason):
    argv = ['--all', *options, 'n1', PACKETS[packet]]
    ours = without_sources(weft.trace(actions, argv))
    theirs = stock.trace(actions, argv)
    theirs = theirs and without_sources(theirs)
    if (ours == theirs) == (reason is None) and '# ' in ours:
        return True
    print(f'--- {packet} {options} {actions}')
    if reason:
        print('listed as different, but is the same')
    else:
        print(''.join(difflib.unified_diff(
            (theirs or 'died\n').splitlines(True), ours.splitlines(True),
            'ovn-trace', 'weftctl trace', n=3)))
    return False


def main():
    if not shutil.which('ovn-trace'):
        print('ovn-trace is not installed')
        return 77
    n = n_ok = 0
    weft = Weft()
    try:
        stock = Stock()
        try:
            for case in read_cases(sys.argv[1] if len(sys.argv) > 1 else ''):
                n += 1
                n_ok += check(stock, weft, *case)
        finally:
            stock.close()
    finally:
        weft.close()
    print(f'{n_ok} of {n} cases as expected')
    return n_ok != n


if __name__ == '__main__':
    sys.exit(main())
