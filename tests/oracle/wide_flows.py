#!/usr/bin/python3
"""Wide random networks and their histories: the logical flows of stock
ovn-northd beside ours.

The same ovn-nbctl commands (wide_network.py) go to both sides, each with its
own tool; what one refuses the other must refuse.  The flows of every
datapath, as ovn-sbctl lflow-list shows them, are compared in one spelling
(translator_router.py) when the network stands, and again after a random
history of changes and deletions: there stock northd computes everything
anew, and our translator has seen every step.  So are ports and multicast
groups of the southbound (wide_rows.py).  Listed differences are those
of translator_router.py.

    wide_flows.py [--seed=S] [--first=I] [--networks=N] [--changes=N]
                  [--only=I] [--more] [--verbose]
"""
import argparse
import json
import os
import re
import shutil
import sys
import time

import translator_router
import wide_rows
from trace_support import Ours, Stock, UnixctlError
from translator_switch import parse_flows
from wide_more import resolved
from wide_network import Wide


MORE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    'wide_differences.txt')


def run(side, words):
    """What it says if it refuses, or None."""
    try:
        side.nbctl(*words)
    except UnixctlError as e:
        return str(e).strip()
    return None


def comparable(text):
    """A listing without the Ethernet addresses that IPAM chose, which depend on all it
    chose before, and what is made of them.  OVN forgets the parentheses
    around the match of a rule that rejects: with "||" in it, no controller
    takes the flow."""
    text = re.sub(r'match=\((\(reg0\[\d+\] == 1\) && )(.*)\), '
                  r'action=\((?=.*reject)', r'match=(\1(\2)), action=(', text)
    text = re.sub(r'set_queue\(\d+\)', 'set_queue(N)', text)
    text = re.sub(r'ff02::1:ff[0-9a-f:]+(?=\} && nd.target == \S*f816:)',
                  'ff02::1:ffXX:XXXX', text)
    text = re.sub(r'fa:16:3e(:[0-9a-f]{2}){3}', 'fa:16:3e:XX:XX:XX', text)
    return re.sub(r'(ff02::1:ff[0-9a-f:]+)?([^\n]*?)f816:3eff:fe[0-9a-f:]+',
                  lambda m: (m[1] and 'ff02::1:ffXX:XXXX' or '') + m[2]
                  + 'f816:3eff:feXX:XXXX', text)


class Stuck(Exception):
    """Stock northd finds no end."""


class Comparison:
    def __init__(self, verbose):
        self.stock = self.ours = None
        self.verbose = verbose
        self.differences = (translator_router.read_differences()
                            + translator_router.read_differences(MORE))
        self.n_bad = self.n_flows = self.n_commands = self.n_refused = 0

    def do(self, name, words):
        """Both sides; a command that both take may change the network."""
        given = [resolved(side, words) for side in (self.stock, self.ours)]
        if not all(given):
            return
        self.n_commands += 1
        theirs = run(self.stock, given[0])
        if theirs and 'referential integrity' in theirs:
            return      # We don't refuse it (docs/cli-differences.md).
        ours = run(self.ours, given[1])
        if 'dynamic' in ' '.join(words):
            self.sync()         # What is free depends on the moment.
        if self.verbose:
            print('   ', words, theirs or '', flush=True)
        self.n_refused += theirs is not None
        if (theirs is None) != (ours is None):
            self.bad(f'{name}: {words}: stock says {theirs!r}, we {ours!r}')

    def bad(self, text):
        self.n_bad += 1
        print(text, flush=True)

    def sync(self):
        try:
            self.stock.sync()
        except UnixctlError as e:
            raise Stuck from e
        self.ours.sync()

    def flows(self, side):
        return parse_flows(comparable(side.sbctl('lflow-list')))

    def dynamic(self, side):
        text = side.nbctl('--format=json', '--columns=name,dynamic_addresses',
                          'list', 'Logical_Switch_Port')
        return {n: v for n, v in json.loads(text or '{"data":[]}')['data']
                if isinstance(v, str) and v}

    def compare(self, name):
        self.sync()
        theirs, ours = self.flows(self.stock), self.flows(self.ours)
        for datapath in sorted(set(theirs) | set(ours)):
            a, b = (translator_router.canonical(side.get(datapath, ()))
                    for side in (theirs, ours))
            if not a and not any(f[:2] == ('lr_in_admission', 50)
                                 for f in b):
                continue        # A router that is disabled.
            self.n_flows += len(a & b)
            for sign, some in (('-', a - b), ('+', b - a)):
                for flow in sorted(some):
                    if not any(d.covers(sign, flow)
                               for d in self.differences):
                        self.bad(f'{name}: {datapath}: {sign} {flow[0]} '
                                 f'{flow[1]} {flow[2]} -> {flow[3]}')
        for text in wide_rows.differences(self.stock, self.ours):
            self.bad(f'{name}: {text}')
        given, got = (comparable(json.dumps(self.dynamic(side)))
                      for side in (self.stock, self.ours))
        if given != got:
            self.bad(f'{name}: dynamic addresses {given}, ours {got}')


# What refers to others goes first.
ROOTS = [['Logical_Switch', 'Logical_Router', 'Port_Group',
          'Static_MAC_Binding'],
         ['Address_Set', 'Meter', 'HA_Chassis_Group', 'DNS', 'DHCP_Options',
          'BFD', 'Load_Balancer_Group', 'Load_Balancer']]


def clear(comparison):
    for side in comparison.stock, comparison.ours:
        for tables in ROOTS:
            words = ['clear', 'NB_Global', '.', 'options']
            for table in tables:
                words += ['--', '--all', 'destroy', table]
            side.nbctl(*words)


def run_network(comparison, args, number):
    net = Wide(f'{args.seed}/{number}', more=args.more)
    for words in net.build():
        comparison.do(f'{number}', words)
    comparison.compare(f'{number}')
    for _ in range(args.changes):
        words = net.change()
        if words:
            comparison.do(f'{number}+', words)
    if args.changes:
        comparison.compare(f'{number}+')
    clear(comparison)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--networks', type=int, default=12)
    parser.add_argument('--changes', type=int, default=25)
    parser.add_argument('--only', type=int)
    parser.add_argument('--more', action='store_true',
                        help='also what wide_more.py has')
    parser.add_argument('--verbose', action='store_true')
    args = parser.parse_args()
    if not shutil.which('ovn-northd'):
        print('ovn-northd is not installed')
        return 77
    numbers = ([args.only] if args.only is not None
               else range(args.first, args.first + args.networks))
    started = time.time()
    comparison = Comparison(args.verbose)
    left, stuck = list(numbers), 0
    while left:
        with Stock() as stock, Ours() as ours:
            for side in stock, ours:
                side.add_chassis('hv1', '127.0.0.1')
                side.add_chassis('hv2', '127.0.0.2')
            comparison.stock, comparison.ours = stock, ours
            try:
                while left:
                    run_network(comparison, args, left.pop(0))
            except Stuck:
                stuck += 1
    print(f'{len(numbers)} networks, {comparison.n_commands} commands, '
          f'{comparison.n_refused} refused by both, {comparison.n_flows} '
          f'equal flows, {comparison.n_bad} different, {stuck} of which '
          f'stock northd finds no end, {time.time() - started:.0f} s')
    return 1 if comparison.n_bad or stuck > len(numbers) // 10 else 0


if __name__ == '__main__':
    sys.exit(main())
