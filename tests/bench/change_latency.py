#!/usr/bin/python3
"""From the northbound write to the flow in the switch, Weft beside stock OVN.

    change_latency.py [--sizes 100,1000,10000] [--n 20] [--what sb|hv]

For each size both systems carry the same network (switches of 50 ports, ten
of them with a port on the one hypervisor), in one run; ports are added to a
switch that the hypervisor has, one after another, alternating between the
systems, each until its own "--wait=hv" (hv_cfg; status/sync) says that the
flow is in the switch.  Both are driven without a command-line tool: one
OVSDB transaction, one etcd transaction.

The floor is what etcd and the switch cost by themselves, measured in the same
run: as many put->watch hops as Weft's path has, and a barrier.
"""
import argparse
import json
import os
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'support')]
import shares  # noqa: E402
from measure import (Gateway, Watcher, load_average,  # noqa: E402
                     memory_mib, print_markdown, summary)
from stock_ovn import StockOvn  # noqa: E402
from weft import Weft  # noqa: E402

PORTS_PER_SWITCH, LOCAL_SWITCHES = 50, 10


def mac(i, j):
    return f'0a:00:{i >> 8:02x}:{i & 255:02x}:{j >> 8:02x}:{j & 255:02x}'


def network(n_ports):
    """{switch: [(port, mac, ip)]}."""
    return {f'sw{i}': [(f'sw{i}p{j}', mac(i, j), f'10.{i >> 8}.{i & 255}.'
                        f'{j + 2}') for j in range(PORTS_PER_SWITCH)]
            for i in range(max(1, n_ports // PORTS_PER_SWITCH))}


def plug_local(system, n_switches):
    """Port 0 of the first switches lives on the hypervisor."""
    for i in range(min(LOCAL_SWITCHES, n_switches)):
        system.sandbox.add_vm(1, f'l{i}', mac(i, 0), iface_id=f'sw{i}p0')


def series(systems, n, what):
    """{system: [ms]} of n additions each, alternating."""
    times = {s: [] for s in systems}
    for k in range(n + 2):
        for system in systems:
            label = {'hv': 'hv_cfg', 'sb': 'sb_cfg'} if isinstance(
                system, StockOvn) else {'hv': 'hv_revision',
                                        'sb': 'sb_revision'}
            started = time.perf_counter()
            system.add_port('sw0', f'new-{what}-{k}', mac(0, 0x4000 + k),
                            f'10.0.200.{k % 250}', label[what])
            if k >= 2:                          # The first two warm up.
                times[system].append((time.perf_counter() - started) * 1e3)
        for system in systems:
            system.idle()
    return times


def floor(weft, n, hops):
    """ms of `hops` put->watch hops in a row, at an etcd of this size."""
    gateway = Gateway(weft.sandbox.etcd_url)
    watcher = Watcher(weft.sandbox.etcd_url, '/bench/floor')
    value, times = 'x' * 300, []
    for _ in range(n):
        started = time.perf_counter()
        for _ in range(hops):
            gateway.txn([('/bench/floor', value)])
            watcher.next()
        times.append((time.perf_counter() - started) * 1e3)
    return times


def measure(size, n, out, classes):
    """Appends the figures of a size to `out`; memory of each process."""
    systems = [c() for c in classes]
    weft, ovn = systems[0], systems[-1]     # The same with --only weft.
    try:
        net = network(size)
        for system in systems:
            system.load(net)
            started = time.perf_counter()
            system.start()
            plug_local(system, len(net))
            system.sync()
            system.idle()
            print(f'{size} ports: {type(system).__name__} loaded '
                  f'({time.perf_counter() - started:.1f} s)',
                  file=sys.stderr, flush=True)
        for what, hops in (('sb', 2), ('hv', 4)):
            before = shares.phases(weft)
            times = series(systems, n, what)
            spent = shares.means(before, shares.phases(weft))
            low = floor(weft, n, hops)
            ours, theirs = summary(times[weft]), summary(times[ovn])
            out.append({'size': size, 'what': what, 'weft': ours,
                        'ovn': theirs, 'floor': summary(low), 'hops': hops,
                        'mean': statistics.mean(times[weft]),
                        'phases': spent, 'floors': shares.floors(weft, n),
                        'load': load_average()})
        memory = {f'{type(s).__name__}: {name}': memory_mib(pid, 'VmRSS')
                  for s in systems for name, pid in s.pids().items()}
        return memory
    except BaseException:
        for system in systems:
            system.sandbox.show_logs()
        raise
    finally:
        for system in systems:
            system.sandbox.stop()


def append(path, figures):
    with open(path, 'a', encoding='utf-8') as f:
        for figure in figures:
            phases = {' '.join(k): v for k, v in figure['phases'].items()}
            f.write(json.dumps({**figure, 'phases': phases}) + '\n')


def report(figures, memories, alone):
    """Everything as docs/performance.md can take it."""
    print('One port added, ms, median/95th percentile:\n')
    print_markdown(
        ['ports', 'wait', 'Weft', 'OVN 23.03', 'OVN/Weft', 'floor',
         'Weft/floor', 'load'],
        [[f['size'], f['what'], '%.1f/%.1f' % f['weft'],
          '-' if alone else '%.1f/%.1f' % f['ovn'],
          '-' if alone else '%.1f' % (f['ovn'][0] / f['weft'][0]),
          f'{f["floor"][0]:.1f} ({f["hops"]} hops)',
          '%.1f' % (f['weft'][0] / f['floor'][0]), '%.2f' % f['load']]
         for f in figures])
    for what in ('sb', 'hv'):
        medians = [f['weft'][0] for f in figures if f['what'] == what]
        print(f'\nWeft, {what}: largest median / smallest = '
              f'{max(medians) / min(medians):.2f}')
    for f in figures:
        if f['what'] == 'hv':
            print(f'\n--wait=hv at {f["size"]} ports: mean '
                  f'{f["mean"]:.1f} ms; a bare put {f["floors"]["put"]:.2f}, '
                  f'put and event {f["floors"]["hop"]:.2f}, '
                  f'one barrier {f["floors"]["barrier"]:.2f} ms\n')
            print_markdown(['share', 'ms', 'of it'], shares.table(
                f['mean'], f['phases'], f['floors']))
    print('\nResident memory, MiB:\n')
    names = list(next(iter(memories.values())))
    print_markdown(['process', *map(str, memories)],
                   [[name, *('%.1f' % m[name] for m in memories.values())]
                    for name in names])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--sizes', default='100,1000,10000')
    parser.add_argument('--n', type=int, default=20)
    parser.add_argument('--only', choices=['weft'])
    parser.add_argument('--json', help='append the figures to this file')
    options = parser.parse_args()
    figures, memories = [], {}
    for size in map(int, options.sizes.split(',')):
        memories[size] = measure(
            size, options.n, figures,
            [Weft] if options.only else [Weft, StockOvn])
        if options.json:
            append(options.json, figures[-2:])

    report(figures, memories, bool(options.only))


if __name__ == '__main__':
    main()
