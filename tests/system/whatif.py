"""weftctl whatif tells what then happens: random commands on random networks
are first asked about and then run, and what whatif said must be what diff
says of it, flow for flow, and its traces those of the network afterwards.

    whatif.py [--seed N] [--first N] [--networks N]
"""
import argparse
import difflib
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'oracle'))
from trace_generate import Topology  # noqa: E402
from trace_support import BUILD, Weft  # noqa: E402

PACKETS = 4
ID = re.compile(r'\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b')
# What topologies do not have: addresses and tags that are given out, balancers
# of load.
MORE = [
    ['set', 'Logical_Switch', 's0', 'other_config:subnet=10.77.0.0/24'],
    ['lsp-add', 's0', 'given', '--', 'lsp-set-addresses', 'given', 'dynamic'],
    ['lsp-add', 's0', 'inside', 's0p0', '0'],
    ['lb-add', 'lb0', '10.0.0.200:80', '10.0.0.10:8080,10.0.0.11:8080', '--',
     'ls-lb-add', 's0', 'lb0'],
]


def join(commands):
    words = []
    for command in commands:
        words += ['--', *command]
    return words[1:]


def flows(changes):
    """Without ids that the commands make up."""
    return sorted((f['change'], f['datapath'], json.dumps(f['flow']))
                  for f in changes['flows'])


def rows(changes):
    return sorted((r['row'].split('/')[0], 'before' in r, 'after' in r)
                  for r in changes['rows'])


class Test:
    def __init__(self, weft):
        self.weft = weft
        self.n_bad = 0

    def weftctl(self, *argv):
        return self.weft.run(f'{BUILD}/bin/weftctl', *argv)

    def same(self, what, said, done):
        if said != done:
            self.n_bad += 1
            print(f'--- {what}')
            print('\n'.join(difflib.unified_diff(
                [str(x) for x in said], [str(x) for x in done], 'whatif',
                'afterwards', n=1, lineterm='')))

    def ask_and_do(self, what, commands, packets):
        words = join(commands)
        before = str(self.weft.etcd.revision())
        said, *traces = [json.loads(self.weftctl(
            'whatif', '--format=json', '--', *words, *trace))
            for trace in [[], *(['--', 'trace', *p] for p in packets)]]
        self.weft.nbctl('--wait=sb', *words)
        done = json.loads(self.weftctl('diff', '--format=json', before))
        self.same(f'{what}: flows', flows(said), flows(done))
        self.same(f'{what}: rows', rows(said), rows(done))
        for packet, trace in zip(packets, traces):
            self.same(f'{what}: {packet}',
                      *(ID.sub('ID', text).splitlines() for text in
                        (trace['trace'], self.weft.trace(*packet))))
        return len(done['flows'])

    def network(self, seed, number):
        topology = Topology(seed, number)
        rng = topology.rng
        commands = topology.commands + topology.later + MORE
        # What a reference of the same transaction names stays with it.
        last = next((i for i, c in enumerate(commands)
                     if any('@' in word and '=@' in word for word in c)),
                    len(commands))
        n = rng.randint(1, min(last, len(commands) - 1))
        self.weft.nbctl('--wait=sb', *join(commands[:n]))
        self.weft.put_many({f'chassis/{chassis}/claim/{port}': {
            'iface': 'tap', 'ofport': 5, 'installed': True}
            for port, chassis in topology.places.items()})
        self.weft.sync()
        packets = [p for p in topology.packets(PACKETS)]
        n_flows = self.ask_and_do(f'network {number}', commands[n:], packets)
        undo = topology.undo + topology.undo_later
        rng.shuffle(undo)
        n = rng.randint(1, len(undo))
        n_flows += self.ask_and_do(f'end of {number}', undo[:n], [])
        self.weft.nbctl('--wait=sb', *join(
            undo[n:] + [['--if-exists', 'lb-del', 'lb0']]))
        for port, chassis in topology.places.items():
            self.weft.etcd.delete(f'/weft/v1/chassis/{chassis}/claim/{port}')
        return n_flows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--networks', type=int, default=3)
    args = parser.parse_args()
    n_flows = 0
    with Weft() as weft:
        for i in 1, 2:
            weft.add_chassis(f'hv{i}', f'127.0.0.{i}')
        test = Test(weft)
        for number in range(args.first, args.first + args.networks):
            n_flows += test.network(args.seed, number)
    print(f'{args.networks} networks, {n_flows} flows changed, '
          f'{test.n_bad} differences')
    return test.n_bad > 0 or n_flows < 100 * args.networks


if __name__ == '__main__':
    sys.exit(main())
