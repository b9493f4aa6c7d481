#!/usr/bin/python3
"""Random networks and packets: stock OVN's verdict beside Weft's.

Each topology is a list of ovn-nbctl commands (trace_generate.py) that is
entered in a stock northbound database and in etcd.  Random packets are then
traced through both, by ovn-trace and by weftctl trace --minimal, which shows
what the outside sees: to which ports a packet is delivered, how it was
rewritten on its way, or that it was dropped.

    trace_topologies.py [--seed S] [--first I] [--topologies N]
                        [--packets N] [--only I] [--keep] [--verbose]
                        [--balancers]

With --balancers the networks have load balancers, too.  These have flows of
equal priority that match the same packets (ct.new and ct.est, ct.rel): which
of them ovn-trace shows is chance there, so that a few packets differ.  What
switches do with load balancers is compared by packets.py.

Known differences are taken out in normal() and is_equal(), each with its
reason, or not generated (trace_generate.py).  At least MIN_PACKETS of each
topology must have been compared.
"""
import argparse
import difflib
import json
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_generate import Topology  # noqa: E402
from trace_support import Ours, Stock, Tracer  # noqa: E402


MIN_PACKETS = 20
LOOKUPS = 60        # More than a packet looks up connections.


def without_body(text, heading):
    return re.sub(r'(?ms)^( *)%s {\n.*?^\1};$' % heading,
                  r'\1%s;' % heading, text)


def is_equal(ours, theirs):
    """ovn-trace forgets to exchange the ports of resets: where these go is
    compared only if rules about ports don't matter.  It goes on with a TTL
    that ran out: only what comes before is compared."""
    if ours == theirs:
        return True
    before, underflow, _ = ours.partition('*** TTL underflow')
    if underflow:
        return theirs.startswith(before.rstrip(' '))
    for heading in 'tcp_reset', 'sctp_abort':
        ours = without_body(ours, heading)
        theirs = without_body(theirs, heading)
    return ours == theirs


def without_answered_errors(text):
    """A rule that rejects rejects an ICMP error too, in ovn-trace.  No packet
    comes of it (RFC 1122, section 3.2.2)."""
    kept, answers, dropped = [], [], None
    for line in text.splitlines(True):
        indent = len(line) - len(line.lstrip())
        if dropped is not None:
            if indent > dropped or line.strip() == '};' and indent == dropped:
                dropped = None if indent == dropped else dropped
                continue
            dropped = None
        answers = [i for i in answers if i < indent]
        m = re.match(r' *(icmp[46]|tcp_reset|sctp_abort)( {|;)$', line)
        if m and answers:
            dropped = indent if m[2] == ' {' else None
            continue
        if m:
            answers.append(indent)
        kept.append(line)
    return ''.join(kept)
HAIRPIN = 'reg0[6] = 1;'


def normal(text):
    """A trace without what rightly differs."""
    text = re.sub(r'(reg1[45])=0x\w+', r'\1=KEY', text)
    # What ovn-trace makes by nd_ns isn't ICMPv6; only that it does so counts.
    text = without_body(text, 'nd_ns')
    # Registers, and marks of QoS, go over from one member of a group to the
    # next there.
    text = re.sub(r'(packet=")([^"]*")', lambda m: m[1] + re.sub(
        r'\b(x*reg\d+|ct_state|nw_tos)=[^,]*,', '', m[2]), text)
    # Results of chk_lb_hairpin; packets with a 1 are not compared (hairpins).
    text = re.sub(r'(?m)^ *reg0\[(6|12)\] = 0;\n', '', text)
    text = without_answered_errors(text)
    # A group without members: nothing is output either way.
    text = re.sub(r'(?m)^ *\*\*\* output to null logical port;\n', '', text)
    for _ in range(10):
        text = re.sub(r'(?m)^( *\S.*) {\n *};$', r'\1;', text)
    # Stock OVN misspells these.
    return re.sub(r'\bct_([sd]nat)in_czone', r'ct_\1_in_czone', text)


def join(commands):
    """Commands as one command line."""
    words = []
    for command in commands:
        words += ['--', *command]
    return words[1:]


def quote(word):
    """As OVS's parser of words takes it."""
    return '"' + word.replace('\\', '\\\\').replace('"', '\\"') + '"'


def with_states(packet):
    """The words of a trace: one state is that of all its look-ups."""
    options = packet[:-2]
    return [*(options * LOOKUPS if len(options) == 1 else options),
            *packet[-2:]]


class Pair:
    """Both sides, with one topology at a time."""

    def __init__(self, stock, weft):
        self.stock, self.weft = stock, weft
        self.skipped = self.hairpins = 0

    def enter(self, topology):
        for commands in topology.commands, topology.later:
            if commands:
                self.stock.nbctl('--wait=sb', *join(commands))
                self.weft.nbctl(*join(commands))
        self.stock.sbctl(*join([['lsp-bind', port, chassis] for
                                port, chassis in topology.places.items()]
                               or [['show']]))
        self.weft.put_many({f'chassis/{chassis}/claim/{port}': {
            'iface': 'tap', 'ofport': 5, 'installed': True}
            for port, chassis in topology.places.items()})
        self.stock.sync()
        self.weft.sync()
        self.open_gateways(topology)

    def open_gateways(self, topology):
        """ovn-trace lets packets vanish in "ct_snat;" of a gateway router,
        where Open vSwitch would go on.  With its ports called patch ports it
        goes on too; ovn-northd must not put that right meanwhile."""
        self.stock.northd.call('pause')
        if topology.gateway_ports:
            self.stock.sbctl(*join([['set', 'Port_Binding', port,
                                     'type=patch']
                                    for port in topology.gateway_ports]))

    def leave(self, topology):
        self.stock.northd.call('resume')
        for commands in topology.undo, topology.undo_later:
            if commands:
                self.stock.nbctl(*join(commands))
                self.weft.nbctl('--wait=sb', *join(commands))
        self.weft.put_many({f'chassis/{chassis}/claim/{port}': None
                            for port, chassis in topology.places.items()})

    def stock_traces(self, packets):
        """None for packets that ovn-trace dies of."""
        found = {}
        for options in sorted({tuple(packet[:-2]) for packet in packets}):
            some = [p for p in packets if tuple(p[:-2]) == options]
            if len(options) > 1:
                for packet in some:
                    found[tuple(packet)] = self.stock.trace('--minimal',
                                                            *packet)
                continue
            with Tracer(self.stock, *options * LOOKUPS * len(some)) as tracer:
                for packet in some:
                    found[tuple(packet)] = tracer.trace('--minimal',
                                                        *packet[-2:])
        self.skipped += list(found.values()).count(None)
        return [found[tuple(packet)] for packet in packets]

    def weft_traces(self, packets):
        path = self.weft.path('packets')
        with open(path, 'w', encoding='utf-8') as f:
            for packet in map(with_states, packets):
                f.write(' '.join(map(quote, packet)) + '\n')
        text = self.weft.trace('--minimal', f'--file={path}')
        parts = re.split(r'(?m)^==> .*\n', text)
        if len(parts) != len(packets) + 1:
            raise RuntimeError(f'weftctl trace: {text[-2000:]}')
        return parts[1:]


def show(topology, packet, ours, theirs, file=sys.stdout):
    print(f'--- topology {topology.number}: {packet}', file=file)
    print(''.join(difflib.unified_diff(
        theirs.splitlines(True), ours.splitlines(True), 'ovn-trace',
        'weftctl trace', n=20)), file=file)


def show_detailed(pair, packet):
    """Both traces, stage by stage, to see where they part."""
    ours, theirs = (normal(side.trace(*with_states(packet)))
                    for side in (pair.weft, pair.stock))
    ours, theirs = (re.sub(r'(?m)^( *\d+\. \w+)(?: \([^)]*\))?: |, uuid \w{8}',
                           r'\1 ', t) for t in (ours, theirs))
    print(''.join(difflib.unified_diff(
        theirs.splitlines(True), ours.splitlines(True), 'ovn-trace',
        'weftctl trace', n=3)))


def compare_traces(pair, topology, packets, verbose):
    """Returns how many packets got different verdicts."""
    n_bad = 0
    theirs, ours = pair.stock_traces(packets), pair.weft_traces(packets)
    if len(packets) - theirs.count(None) < min(MIN_PACKETS, len(packets)):
        raise RuntimeError(f'topology {topology.number}: ovn-trace dies of '
                           f'{theirs.count(None)} packets')
    for packet, a, b in zip(packets, ours, theirs):
        if b is None:
            continue
        # Which of them are turned round is told differently: docs/trace.md.
        if HAIRPIN in a or HAIRPIN in b:
            pair.hairpins += 1
            continue
        a, b = normal(a).rstrip(), normal(b).rstrip()
        if not is_equal(a, b):
            n_bad += 1
            show(topology, packet, a + '\n', b + '\n')
            if verbose:
                show_detailed(pair, packet)
    return n_bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--topologies', type=int, default=200)
    parser.add_argument('--packets', type=int, default=24)
    parser.add_argument('--only', type=int)
    parser.add_argument('--keep', action='store_true',
                        help='wait for Enter before taking it away')
    parser.add_argument('--verbose', action='store_true',
                        help='show differences stage by stage too')
    parser.add_argument('--balancers', action='store_true',
                        help='load balancers, too; a few packets differ')
    args = parser.parse_args()
    if not shutil.which('ovn-trace'):
        print('ovn-trace is not installed')
        return 77
    numbers = ([args.only] if args.only is not None
               else range(args.first, args.first + args.topologies))
    n_bad = n_delivered = n_packets = n_bad_topologies = 0
    started = time.time()
    with Stock() as stock, Ours() as weft:
        pair = Pair(stock, weft)
        for side in stock, weft:
            side.add_chassis('hv1', '127.0.0.1')
            side.add_chassis('hv2', '127.0.0.2')
        for number in numbers:
            topology = Topology(args.seed, number, args.balancers)
            packets = topology.packets(args.packets)
            pair.enter(topology)
            bad = compare_traces(pair, topology, packets, args.verbose)
            if bad and args.only is None:
                print(f'    {bad} of {len(packets)} packets of topology '
                      f'{number} differ', flush=True)
            n_bad += bad
            n_bad_topologies += bad > 0
            n_packets += len(packets)
            if args.keep:
                print('\n'.join(map(str, topology.commands)))
                print(json.dumps({'WEFT_ETCD': weft.env['WEFT_ETCD'],
                                  'OVN_SB_DB': stock.env['OVN_SB_DB']}))
                input()
            pair.leave(topology)
    print(f'{len(numbers)} topologies, {n_packets} packets, '
          f'{pair.skipped} that ovn-trace dies of, '
          f'{pair.hairpins} hairpins not compared, {n_bad} different in '
          f'{n_bad_topologies} topologies, {time.time() - started:.0f} s')
    return 1 if n_bad else 0


if __name__ == '__main__':
    sys.exit(main())
