#!/usr/bin/python3
"""IP multicast: the flows and groups of stock ovn-northd beside ours.

Random networks of switches and routers, whose multicast options change; both
sides are told by hand what chassis would have learned from IGMP and MLD.
After each few changes all flows are compared, as wide_flows.py does, and who
belongs to which group.

    multicast.py [--seed=S] [--networks=N] [--changes=N] [--verbose]
"""
import argparse
import csv
import json
import random
import re
import shutil
import sys
import time

from trace_support import Ours, Stock
from wide_flows import Comparison, clear

GROUPS = ['239.1.1.1', '239.1.1.2', '224.0.0.5', '232.0.0.9', 'ff0e::5',
          'ff02::5', 'ff08::1:5', 'ff05::2', 'ff02::1', 'ff02::2',
          'ff01::1', 'ff01::2', 'ff0e::', 'ff02::1:ff00:5', 'mrouters']
SWITCH = ['mcast_snoop=true', 'mcast_snoop=true', 'mcast_snoop=true',
          'mcast_snoop=false', 'mcast_flood_unregistered=true',
          'mcast_flood_unregistered=false', 'mcast_querier=false',
          'mcast_querier=true']
SWITCHES, VMS, ROUTERS = 3, 3, 2


class Network:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.learned = {}       # (chassis, switch, group) -> ports
        self.snoops = set()

    def build(self):
        for s in range(SWITCHES):
            yield ['ls-add', f's{s}']
            for v in range(VMS):
                yield ['lsp-add', f's{s}', f'v{s}{v}']
        for r in range(ROUTERS):
            yield ['lr-add', f'r{r}']
            for s in range(SWITCHES):
                port, n = f'r{r}s{s}', r * 10 + s
                yield ['lrp-add', f'r{r}', port, f'0a:00:00:00:01:{n:02x}',
                       f'10.0.{s}.{r + 1}/24', f'fd0{s}::{r + 1}/64']
                yield ['lsp-add', f's{s}', f's{s}r{r}', '--', 'lsp-set-type',
                       f's{s}r{r}', 'router', '--', 'lsp-set-addresses',
                       f's{s}r{r}', 'router', '--', 'lsp-set-options',
                       f's{s}r{r}', f'router-port={port}']

    def option(self, table, row, key, column='options'):
        value = self.rng.choice(['true', 'true', 'false'])
        return ['set', table, row, f'{column}:{key}={value}']

    def change(self):
        """A command."""
        s, v, r = (self.rng.randrange(n) for n in (SWITCHES, VMS, ROUTERS))
        kind = self.rng.randrange(10)
        vm = self.rng.choice([f'v{s}{v}', f'v{s}{v}', f's{s}r{r}'])
        if kind < 3:
            value = self.rng.choice(SWITCH)
            if 'snoop' in value:
                (self.snoops.add if 'true' in value
                 else self.snoops.discard)(f's{s}')
            return ['set', 'Logical_Switch', f's{s}', f'other_config:{value}']
        if kind < 5:
            return self.option('Logical_Router', f'r{r}', 'mcast_relay')
        if kind == 5:
            return self.option('Logical_Switch_Port', vm, self.rng.choice(
                ['mcast_flood', 'mcast_flood_reports']))
        if kind == 6:
            return self.option('Logical_Router_Port', f'r{r}s{s}',
                               'mcast_flood')
        if kind == 7:
            table, row = self.rng.choice([
                ('Logical_Switch_Port', f'v{s}{v}'),
                ('Logical_Router_Port', f'r{r}s{s}')])
            return ['set', table, row,
                    f'enabled={self.rng.choice(["true", "false"])}']
        if kind == 8:
            return ['--may-exist', 'lsp-add', f's{s}', f'ln{s}', '--',
                    'lsp-set-type', f'ln{s}', 'localnet', '--',
                    'lsp-set-options', f'ln{s}', f'network_name=p{s}']
        return self.rng.choice([
            ['--if-exists', 'lsp-del', f'ln{s}'],
            ['lrp-set-gateway-chassis', f'r{r}s{s}', 'hv1'],
            ['clear', 'Logical_Router_Port', f'r{r}s{s}', 'gateway_chassis']])

    def learn(self):
        """What chassis have learned, differently from before."""
        for _ in range(3):
            s = self.rng.randrange(SWITCHES)
            ports = [f'v{s}{v}' for v in range(VMS) if self.rng.random() < .5]
            key = (self.rng.choice(['hv1', 'hv2']), f's{s}',
                   self.rng.choice(GROUPS))
            self.learned.pop(key, None)
            if ports:
                self.learned[key] = ports
        # An agent forgets where nothing is snooped.
        return {k: v for k, v in self.learned.items() if k[1] in self.snoops}


def csv_rows(text):
    return [row for row in csv.reader(text.splitlines()) if row]


class Multicast(Comparison):
    told = {}

    def uuids(self, table, column):
        return {row[1]: row[0] for row in csv_rows(self.stock.sbctl(
            '--format=csv', '--no-headings', f'--columns=_uuid,{column}',
            'list', table))}

    def tell(self, learned):
        """Both sides: these are the rows of all chassis."""
        self.sync()
        ports = self.uuids('Port_Binding', 'logical_port')
        chassis = self.uuids('Chassis', 'name')
        datapaths = {
            dict(external[1])['name']: uuid[1]
            for uuid, external in json.loads(self.stock.sbctl(
                '--format=json', '--columns=_uuid,external_ids', 'list',
                'Datapath_Binding'))['data']}
        words = ['--all', 'destroy', 'IGMP_Group']
        rows = {f'chassis/{c}/igmp_group/switch:{s}/{a}': None
                for c, s, a in self.told}
        for (c, s, a), members in learned.items():
            words += ['--', 'create', 'IGMP_Group', f'address="{a}"',
                      f'datapath={datapaths[s]}', f'chassis={chassis[c]}',
                      'ports=' + ','.join(ports[m] for m in members)]
            rows[f'chassis/{c}/igmp_group/switch:{s}/{a}'] = {
                'ports': members}
        self.stock.sbctl(*words)
        if rows:
            self.ours.put_many(rows)
        self.told = learned

    def flows(self, side):
        """Stock puts blanks where it likes."""
        return {dp: [(*f[:3], re.sub(r'(?<=[;=])(?=[\w"])', ' ', f[3]))
                     for f in flows]
                for dp, flows in super().flows(side).items()}

    def groups(self, side):
        """(datapath, group, ports) that are not of all ports."""
        ports = {row[0]: row[1] for row in csv_rows(side.sbctl(
            '--format=csv', '--no-headings', '--columns=_uuid,logical_port',
            'list', 'Port_Binding'))}
        datapaths = {
            uuid[1]: dict(external[1])['name']
            for uuid, external in json.loads(side.sbctl(
                '--format=json', '--columns=_uuid,external_ids', 'list',
                'Datapath_Binding'))['data']}
        rows = json.loads(side.sbctl(
            '--format=json', '--columns=datapath,name,ports', 'list',
            'Multicast_Group'))['data']
        return sorted(
            (datapaths[datapath[1]], name, sorted(ports[m[1]] for m in (
                members[1] if members[0] == 'set' else [members])))
            for datapath, name, members in rows)

    def matter(self, groups, side):
        """Without groups that no flow sends to: of what is not snooped."""
        used = {(datapath, word)
                for datapath, some in self.flows(side).items()
                for f in some for word in f[3].split('"')[1::2]}
        return [(d, n, p) for d, n, p in groups
                if (d, n) in used and n != '_MC_mrouter_flood']

    def compare(self, name):
        super().compare(name)
        theirs = self.matter(self.groups(self.stock), self.stock)
        ours = self.matter(self.groups(self.ours), self.ours)
        if theirs != ours:
            self.bad(f'{name}: groups of stock '
                     f'{[g for g in theirs if g not in ours]}, ours '
                     f'{[g for g in ours if g not in theirs]}')


def run_network(comparison, args, number):
    net = Network(f'{args.seed}/{number}')
    for words in net.build():
        comparison.do(f'{number}', words)
    for step in range(args.changes):
        for _ in range(4):
            comparison.do(f'{number}/{step}', net.change())
        comparison.tell(net.learn())
        comparison.compare(f'{number}/{step}')
    comparison.tell({})
    clear(comparison)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--networks', type=int, default=2)
    parser.add_argument('--changes', type=int, default=8)
    parser.add_argument('--verbose', action='store_true')
    args = parser.parse_args()
    if not shutil.which('ovn-northd'):
        print('ovn-northd is not installed')
        return 77
    started = time.time()
    comparison = Multicast(args.verbose)
    with Stock() as stock, Ours() as ours:
        for side in stock, ours:
            side.add_chassis('hv1', '127.0.0.1')
            side.add_chassis('hv2', '127.0.0.2')
        comparison.stock, comparison.ours = stock, ours
        for number in range(args.networks):
            run_network(comparison, args, number)
    print(f'{args.networks} networks, {comparison.n_commands} commands, '
          f'{comparison.n_flows} equal flows, {comparison.n_bad} different, '
          f'{time.time() - started:.0f} s')
    return 1 if comparison.n_bad else 0


if __name__ == '__main__':
    sys.exit(main())
