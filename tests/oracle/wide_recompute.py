#!/usr/bin/python3
"""What a translator that has seen a whole random history wrote is what a
new one makes of where it ended, byte for byte: the commands of
wide_network.py and claims of chassis go to ours alone, and again and again
the translator is told to begin anew ("recompute"), which must write nothing.
Beside translator_history_test, which writes rows of its own, this has what
ovn-nbctl writes.

    wide_recompute.py [--seed=S] [--first=I] [--networks=N] [--changes=N]
                      [--only=I] [--every=N] [--verbose]
"""
import argparse
import base64
import random
import sys
import time

from trace_support import Ours, Unixctl
from wide_flows import ROOTS, run
from wide_more import resolved
from wide_network import Wide

PREFIX = '/weft/v1/'
# How far the translator is, and when.
IGNORED = ('status/sync', 'sb/sync', 'sb/leader', 'sb/clock')


def dump(ours):
    """{key: (value, revision of its last change)} of what translators
    write."""
    found = {}
    for area in ('sb/', 'status/'):
        start = f'{PREFIX}{area}'
        end = start[:-1] + '0'
        reply = ours.etcd.call('/v3/kv/range', {
            'key': base64.b64encode(start.encode()).decode(),
            'range_end': base64.b64encode(end.encode()).decode()})
        for kv in reply.get('kvs', ()):
            key = base64.b64decode(kv['key']).decode()[len(PREFIX):]
            if not key.startswith(IGNORED):
                found[key] = (base64.b64decode(kv.get('value', '')).decode(),
                              kv['mod_revision'])
    return found


class Histories:
    def __init__(self, ours, args):
        self.ours, self.args = ours, args
        self.translator = Unixctl(ours.path('translator.ctl'))
        self.n_commands = self.n_checks = self.n_bad = self.n_keys = 0
        self.done = []

    def do(self, words):
        given = resolved(self.ours, words)
        if given:
            self.n_commands += 1
            refused = run(self.ours, given)
            self.done.append((given, refused))
            if self.args.verbose:
                print('   ', given, refused or '', flush=True)

    def check(self, name):
        self.ours.sync()
        before = self.settled()
        self.translator.call('recompute')
        self.ours.sync()
        after = dump(self.ours)
        self.n_checks += 1
        self.n_keys += len(after)
        for key in sorted(set(before) | set(after)):
            if before.get(key) != after.get(key):
                self.n_bad += 1
                print(f'{name}: {key}:\n  was {before.get(key)}\n'
                      f'  now {after.get(key)}', flush=True)
        if self.args.verbose:
            print(f'--- {name}: {len(after)} keys', flush=True)

    def settled(self):
        """Claims are not waited for by a sync."""
        last = None
        while True:
            found = dump(self.ours)
            if found == last:
                return found
            last = found
            time.sleep(0.05)

    def claim(self, net, rng):
        """A chassis has an interface of a port, or no longer."""
        port = net.pick([*net.vms, *net.specials, *net.lrps])
        if port:
            chassis = rng.choice(['hv1', 'hv2'])
            row = rng.choice([None, {'iface': 'tap0', 'ofport': 5},
                              {'iface': 'tap0', 'installed': True},
                              {'iface': 'tap0', 'installed': True}])
            self.ours.put_many({f'chassis/{chassis}/claim/{port}': row})

    def run(self, number):
        net = Wide(f'{self.args.seed}/{number}', more=True)
        rng = random.Random(f'claims of {number}')
        for words in net.build():
            self.do(words)
        self.check(f'{number}')
        for i in range(self.args.changes):
            if rng.random() < .2:
                self.claim(net, rng)
            words = net.change()
            if words:
                self.do(words)
            if (i + 1) % self.args.every == 0:
                self.check(f'{number}+{i + 1}')
        words = ['clear', 'NB_Global', '.', 'options']
        for table in sum(ROOTS, []):
            words += ['--', '--all', 'destroy', table]
        self.ours.nbctl(*words)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--networks', type=int, default=3)
    parser.add_argument('--changes', type=int, default=30)
    parser.add_argument('--every', type=int, default=10)
    parser.add_argument('--only', type=int)
    parser.add_argument('--verbose', action='store_true')
    args = parser.parse_args()
    numbers = ([args.only] if args.only is not None
               else range(args.first, args.first + args.networks))
    started = time.time()
    with Ours() as ours:
        for n, name in enumerate(('hv1', 'hv2')):
            ours.add_chassis(name, f'127.0.0.{n + 1}')
        histories = Histories(ours, args)
        for number in numbers:
            histories.run(number)
    print(f'{len(numbers)} networks, {histories.n_commands} commands, '
          f'{histories.n_checks} times begun anew, {histories.n_keys} keys '
          f'compared, {histories.n_bad} of them written differently, '
          f'{time.time() - started:.0f} s')
    return 1 if histories.n_bad or not histories.n_keys else 0


if __name__ == '__main__':
    sys.exit(main())
