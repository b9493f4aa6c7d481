#!/usr/bin/python3
"""The traces of the OVN OpenStack tutorial, on stock OVN and on Weft.

The tutorial's network is entered chapter by chapter, with the same commands,
in a stock northbound database and in etcd; after each chapter ovn-trace and
weftctl trace are asked about its packets, in all three forms, and must tell
the same story: the same stages, matches, priorities and actions.  What is not
compared is listed in normal().

    trace_tutorial.py [--reference FOLDER]

With a folder of traces that stock OVN made elsewhere, NAME.txt each, those of
that name are compared, too, and each must be one of ours; what begins with a
number and "p" or "q" is a physical trace, which trace_detrace.py looks at.
"""
import os
import re
import shlex
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_support import Stock, Weft  # noqa: E402

A_MAC, B_MAC, C_MAC = ('fa:16:3e:a9:4c:c7', 'fa:16:3e:99:7a:17',
                       'fa:16:3e:89:f2:36')
N1_MAC, N16_MAC, PUB_MAC = ('fa:16:3e:f6:e2:8f', 'fa:16:3e:ef:2f:8b',
                            'fa:16:3e:b2:d2:67')
A = f'inport == "ap" && eth.src == {A_MAC}'
A_TO_C = (f'{A} && eth.dst == {N1_MAC} && ip4.src == 10.1.1.5 && '
          'ip4.dst == 10.1.2.7 && ip.ttl == 64')
E = ('inport == "ep" && eth.src == fa:16:3e:0e:0e:0e && '
     'eth.dst == fa:16:3e:fc:c8:da && ip4.src == 10.0.0.7 && ip.ttl == 64')
BROADCAST = 'eth.dst == ff:ff:ff:ff:ff:ff'

# Chapters of nb.sh, ports to bind, and traces after it.
CHAPTERS = [
    (['switching'], ['ap', 'bp'], {
        '01-n1-inport-only': ['n1', 'inport == "ap"'],
        '02-n1-src': ['n1', A],
        '03-n1-a-to-b': ['n1', f'{A} && eth.dst == {B_MAC}'],
        'a-to-b-ssh': ['--ct=new', '--ct=new', 'n1',
                       f'{A} && eth.dst == {B_MAC} && ip4.src == 10.1.1.5 '
                       '&& ip4.dst == 10.1.1.6 && ip.ttl == 64 && '
                       'tcp.dst == 22'],
        'a-broadcasts': ['n1', f'{A} && {BROADCAST}'],
    }),
    (['routing_n2'], ['cp'], {
        '04-n1-a-to-c-unconnected': ['n1', f'{A} && eth.dst == {C_MAC}'],
    }),
    (['routing_r'], [], {
        '05-routing-a-to-c': ['n1', f'{A_TO_C} && icmp4.type == 8'],
        'a-to-router': ['n1', f'{A} && eth.dst == {N1_MAC} && '
                        'ip4.src == 10.1.1.5 && ip4.dst == 10.1.1.1 && '
                        'ip.ttl == 64 && icmp4.type == 8'],
        'a-asks-for-b': ['n1', f'{A} && {BROADCAST} && arp.op == 1 && '
                         f'arp.sha == {A_MAC} && arp.spa == 10.1.1.5 && '
                         'arp.tpa == 10.1.1.6'],
        'a-asks-for-nobody': ['n1', f'{A} && {BROADCAST} && arp.op == 1 && '
                              f'arp.sha == {A_MAC} && arp.spa == 10.1.1.5 '
                              '&& arp.tpa == 10.1.1.99'],
    }),
    (['gateway'], ['dp', 'ep'], {
        '06-gateway-floating-ip': [
            'public', 'inport == "provnet" && eth.src == 00:01:02:03:04:05 '
            f'&& eth.dst == {PUB_MAC} && ip4.src == 172.24.4.1 && '
            'ip4.dst == 172.24.4.8 && ip.ttl == 64 && icmp4.type==8'],
        'e-to-outside': ['private', f'{E} && ip4.dst == 172.24.4.1 && '
                         'icmp4.type == 8'],
        'e-to-floating-ip': ['--ct=new', '--ct=new', '--ct=new', 'private',
                             f'{E} && ip4.dst == 172.24.4.8 && '
                             'tcp.dst == 22'],
    }),
    (['ipv6'], [], {
        '07-ipv6-a-to-c': ['n1', f'{A} && eth.dst == {N16_MAC} && '
                           'ip6.src == fc11::5 && ip6.dst == fc22::7 && '
                           'ip.ttl == 64 && icmp6.type == 8'],
    }),
    (['acl'], [], {
        '08-acl-ssh-new': ['--ct', 'new', '--ct', 'new', 'n1',
                           f'{A_TO_C} && tcp.dst == 22'],
        '09-acl-telnet-new': ['--ct', 'new', '--ct', 'new', 'n1',
                              f'{A_TO_C} && tcp.dst == 23'],
        '10-acl-telnet-reply': ['--ct', 'est,rpl', '--ct', 'est,rpl', 'n1',
                                f'{A_TO_C} && tcp.dst == 23'],
    }),
    (['dhcp'], [], {
        '11-dhcp': ['n1', f'{A} && {BROADCAST} && '
                    'ip4.dst == 255.255.255.255 && udp.src == 68 && '
                    'udp.dst == 67 && ip.ttl == 1'],
        '12-dhcpv6': ['n1', f'{A} && eth.dst == 33:33:00:01:00:02 && '
                      'ip6.src == fe80::f816:3eff:fea9:4cc7 && '
                      'ip6.dst == ff02::1:2 && udp.src == 546 && '
                      'udp.dst == 547 && ip.ttl == 1'],
    }),
]


def normal(text):
    """Without what rightly differs: tunnel keys in the heading, where a flow
    is from, its UUID, stages that take no part but are counted."""
    text = re.sub(r'reg14=0x\w+', 'reg14=KEY', text)
    text = re.sub(r'(?m)^( *\d+\. \w+) \([^)]*\): ', r'\1: ', text)
    text = re.sub(r', uuid \w{8}\b', '', text)
    # Stock OVN misspells these; the lines under them are longer then.
    text = re.sub(r'\bct_([sd]nat)in_czone', r'ct_\1_in_czone', text)
    text = re.sub(r'(?m)^( *)-+$', r'\1--', text)
    # Flows of equal priority and actions (two rules of pg_default allow a to
    # b), of which either is as good.
    text = re.sub(r'((?:ls_(?:in|out)_pre_acl|ls_out_acl): ).*'
                  r'(, priority (?:110|2002))$', r'\1*\2', text,
                  flags=re.MULTILINE)
    # A port's DHCP requests are one flow, as in newer OVN; 23.03 has two.
    text = re.sub(r'(ls_in_dhcp_options: .* && )ip4\.src == .* && (udp\.src)',
                  r'\1* && \2', text)
    # Load balancers' stages where there are no load balancers: Weft has no
    # flows there.  What is in conntrack ends at a patch port in any case.
    return re.sub(r'(?m)^ *\d+\. ls_(in|out)_pre_lb: .*\n( *ct_clear;\n)?'
                  r' *next;\n', '', text)


def compare(name, ours, theirs):
    ours, theirs = normal(ours), normal(theirs)
    if ours == theirs:
        return True
    import difflib
    print(f'--- {name}')
    print(''.join(difflib.unified_diff(
        theirs.splitlines(True), ours.splitlines(True), 'ovn-trace',
        'weftctl trace', n=2)))
    return False


def read_reference(folder):
    """{name: text} of logical traces."""
    found = {}
    for entry in sorted(os.listdir(folder)):
        if not re.match(r'\d+[pqr]-', entry):
            with open(os.path.join(folder, entry), encoding='utf-8') as f:
                found[entry.removesuffix('.txt')] = f.read()
    return found


def recorded(text):
    """The words of the command on the first line, and what it printed."""
    command, _, output = text.partition('\n')
    return shlex.split(command)[2:], output.strip() + '\n'


def main():
    reference = (read_reference(sys.argv[2]) if sys.argv[1:2]
                 == ['--reference'] else {})
    if not shutil.which('ovn-trace'):
        print('ovn-trace is not installed')
        return 77
    n = n_equal = 0
    with Stock() as stock, Weft() as weft:
        for side in stock, weft:
            side.add_chassis('hv1')
            side.add_chassis('hv2', '127.0.0.2')
        for chapters, ports, traces in CHAPTERS:
            for side in stock, weft:
                side.nb_script(*chapters)
                for port in ports:
                    side.bind(port, 'hv1')
                side.sync()
            for name, argv in traces.items():
                for form in '--detailed', '--minimal':
                    n += 1
                    n_equal += compare(f'{name} {form}',
                                       weft.trace(form, *argv),
                                       stock.trace(form, *argv))
                if name in reference:
                    n += 1
                    words, output = recorded(reference.pop(name))
                    n_equal += compare(f'{name} as recorded',
                                       weft.trace(*words), output)
    if reference:
        print('not compared:', *reference)
    print(f'{n_equal} of {n} traces equal')
    return n_equal != n or bool(reference)


if __name__ == '__main__':
    sys.exit(main())
