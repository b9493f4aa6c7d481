"""Weft beside stock OVN on the same network, in one run.

    compare S M L            sizes of scenario.py (or NxM)
    compare --only weft S    one side alone
    compare --json FILE ...  append the figures

The network has routers, NAT, port groups, ACLs and DHCP (scenario.py without
load balancers).  Hypervisor hv0 is real (ovs-vswitchd); the ports of the
others are bound by what their agents would have written.  Northbound changes
are one transaction each, without a command-line tool; each series is undone
before the next.  Sizes run one after the other, in each size first one
system, then the other, so that memory is each one's own.
"""
import argparse
import json
import os
import signal
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'support')]
from compare_ovn import OvnSide  # noqa: E402
from compare_weft import WeftSide  # noqa: E402
from measure import load_average, print_table  # noqa: E402
from scenario import Scenario  # noqa: E402

# (figure, what it is, unit); medians where there are several.
FIGURES = [
    ('cold_s', 'translator started on a full northbound, to complete '
     'southbound', 's'),
    ('cold_mib', 'its peak memory', 'MiB'),
    ('restart_s', 'translator restarted, nothing changed', 's'),
    ('restart_writes', 'southbound revisions that wrote', ''),
    ('sb_mb', 'southbound bytes in the store', 'MB'),
    ('floor2_ms', 'floor: two put->watch hops of etcd', 'ms'),
    ('floor3_ms', 'floor: three hops', 'ms'),
    ('lsp-add_sb_ms', 'one port added, --wait=sb', 'ms'),
    ('lsp-add_hv_ms', 'one port added, --wait=hv', 'ms'),
    ('acl-add_sb_ms', 'ACL added, --wait=sb', 'ms'),
    ('as-add_sb_ms', 'address-set member added, --wait=sb', 'ms'),
    ('nat-add_sb_ms', 'NAT entry added, --wait=sb', 'ms'),
    ('local_ms', 'a local port until ovn-installed', 'ms'),
    ('burst_per_s', 'a burst of ports, translated', 'ports/s'),
    ('agent_cold_s', 'agent cold start to all flows', 's'),
    ('agent_mib', 'its memory', 'MiB'),
    ('agent_restart_s', 'agent restarted', 's'),
    ('agent_flows', 'OpenFlow flows there', 'flows'),
    ('trace_ms', 'one trace from a fresh client', 'ms'),
]
HIGHER_IS_BETTER = {'burst_per_s'}


class Figures(dict):
    """Shows each figure as it comes: a size may take minutes."""

    def __init__(self, name):
        super().__init__()
        self.name, self.started = name, time.monotonic()

    def __setitem__(self, figure, value):
        super().__setitem__(figure, value)
        print(f'{time.monotonic() - self.started:6.0f} s  {self.name}: '
              f'{figure} {show(value)}  (load {load_average():.1f})',
              file=sys.stderr, flush=True)


def out_of_time(*_):
    raise TimeoutError('the time of this side is over')


def run_side(side_class, scenario, options):
    """{figure: value}; what a side cannot measure is left out."""
    side = side_class(scenario)
    figures = Figures(f'{side_class.__name__} {scenario.size}')
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(options.limit)
    try:
        side.measure(figures, options)
    except Exception as e:      # What was measured so far is worth having.
        print(f'{side_class.__name__}: {type(e).__name__}: {e}',
              file=sys.stderr)
        side.show_logs()
        if options.strict:
            raise
    finally:
        signal.alarm(0)
        side.stop()
    return figures


def show(value):
    if value is None:
        return '-'
    return f'{value:.0f}' if value >= 1000 else f'{value:.3g}'


def ratio(name, weft, ovn):
    if not weft or not ovn:
        return '-'
    return f'{weft / ovn if name in HIGHER_IS_BETTER else ovn / weft:.1f}'


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('sizes', nargs='+')
    parser.add_argument('--n', type=int, default=20,
                        help='operations of a series')
    parser.add_argument('--budget', type=float, default=30,
                        help='seconds that a series may take')
    parser.add_argument('--limit', type=int, default=3600,
                        help='seconds that one side of one size may take')
    parser.add_argument('--only', choices=['weft', 'ovn'])
    parser.add_argument('--json')
    parser.add_argument('--strict', action='store_true')
    options = parser.parse_args()
    table, records = [], []
    for size in options.sizes:
        scenario = Scenario(size, with_lb=False)
        print(f'{size}: {json.dumps(scenario.counts())}', file=sys.stderr)
        weft = ({} if options.only == 'ovn' else
                run_side(WeftSide, scenario, options))
        ovn = ({} if options.only == 'weft' else
               run_side(OvnSide, scenario, options))
        records.append({'size': size, 'weft': weft, 'ovn': ovn,
                        'load': load_average()})
        for name, text, unit in FIGURES:
            if name in weft or name in ovn:
                table.append([f'{size}: {text}', unit, show(weft.get(name)),
                              show(ovn.get(name)),
                              ratio(name, weft.get(name), ovn.get(name)),
                              f'{load_average():.2f}'])
    print_table(['figure', 'unit', 'Weft', 'OVN 23.03', 'Weft is better by',
                 'load'], table)
    if options.json:
        with open(options.json, 'a', encoding='utf-8') as f:
            for record in records:
                f.write(json.dumps(record) + '\n')


if __name__ == '__main__':
    main()
