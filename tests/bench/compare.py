"""Weft beside stock OVN on the same network, in one run.

    compare S M L            sizes of scenario.py (or NxM)
    compare --only weft S    one side alone
    compare --tls S          etcd, agent and translator over TLS
    compare --json FILE ...  append the figures, size by size
    compare --show FILE      the table of what is in FILE

The network has routers, NAT, port groups, ACLs and DHCP (scenario.py without
load balancers).  Hypervisor hv0 is real (ovs-vswitchd); the ports of the
others are bound by what their agents would have written.  Northbound changes
are one transaction each, without a command-line tool; each series is undone
before the next.  Sizes run one after the other, in each size first one
system, then the other, so that memory is each one's own.  S, M and L take
some ten minutes, most of them OVN's at L; a side whose time is over keeps
the figures that it has.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'support')]
from compare_ovn import OvnSide  # noqa: E402
from compare_weft import WeftSide  # noqa: E402
from figures import (append, print_figures, print_goals, read,  # noqa: E402
                     show)
from measure import load_average  # noqa: E402
from scenario import Scenario  # noqa: E402

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
    figures = Figures(f'{side_class.__name__} {scenario.size}')
    signal.signal(signal.SIGALRM, out_of_time)
    side = side_class(scenario, options.tls)
    signal.alarm(options.limit)
    try:
        side.measure(figures, options)
    except TimeoutError as e:   # What was measured so far is worth having.
        print(f'{side_class.__name__}: {e}', file=sys.stderr)
        if options.strict:
            raise
    except Exception as e:
        print(f'{side_class.__name__}: {type(e).__name__}: {e}',
              file=sys.stderr)
        side.show_logs()
        if options.strict:
            raise
    finally:
        signal.alarm(0)
        dict.update(figures, load=load_average(),
                    seconds=time.monotonic() - figures.started)
        side.stop()
    return figures


def commit():
    done = subprocess.run(['git', '-C', HERE, 'describe', '--always',
                           '--dirty'], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip()


def measure(size, options):
    scenario = Scenario(size, with_lb=False)
    print(f'{size}: {json.dumps(scenario.counts())}', file=sys.stderr)
    record = {'size': size, 'tls': options.tls, 'commit': commit(),
              'when': time.strftime('%Y-%m-%d %H:%M')}
    for name, side in (('weft', WeftSide), ('ovn', OvnSide)):
        record[name] = ({} if options.only not in (None, name) else
                        run_side(side, scenario, options))
    if options.json:
        append(options.json, record)
    return record


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('sizes', nargs='*')
    parser.add_argument('--n', type=int, default=20,
                        help='operations of a series')
    parser.add_argument('--budget', type=float, default=10,
                        help='seconds that a series may take')
    parser.add_argument('--limit', type=int, default=480,
                        help='seconds that one side of one size may take')
    parser.add_argument('--only', choices=['weft', 'ovn'])
    parser.add_argument('--tls', action='store_true',
                        help='Weft speaks with etcd over TLS, one stream '
                        'for all watches of an agent')
    parser.add_argument('--json', metavar='FILE',
                        help='append the figures to this file')
    parser.add_argument('--show', metavar='FILE',
                        help='measure nothing: the table of this file')
    parser.add_argument('--strict', action='store_true')
    options = parser.parse_args()
    if options.show:
        records = read(options.show)
        print_figures(records)
        print()
        print_goals(records)
        return
    records = {size: measure(size, options) for size in options.sizes}
    if records:
        print_figures(records)
        print()
        print_goals(records)
        last = records[options.sizes[-1]]
        print(f'\n{last["when"]}, commit {last["commit"]}, '
              f'`compare {" ".join(sys.argv[1:])}`')


if __name__ == '__main__':
    main()
