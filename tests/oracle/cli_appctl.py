"""The commands of OVN's daemons that ours do not have are those that
docs/cli-differences.md lists, and the others print as there where a script
would read it.

Stock: ovn-northd and ovn-controller on empty databases; ours: the translator
and an agent on an empty store.  Exit status 77 if OVN, ovsdb-server or etcd
is not installed."""
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, '..', '..')
sys.path.insert(0, HERE)
from cli_nbctl import BUILD, Etcd, find_etcd  # noqa: E402
from translator_switch import Northd  # noqa: E402

SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
TABLE_ROW = re.compile(r'^\| (`[^|]*) \| [^|]+ \|$', re.M)
# Command lines whose answers are compared, with numbers taken out.
SAME = {
    'controller': [
        ['connection-status'], ['debug/status'], ['debug/pause'],
        ['debug/status'], ['debug/resume'], ['debug/status'],
        ['debug/delay-nb-cfg-report', '3'], ['debug/delay-nb-cfg-report', '0'],
        ['debug/delay-nb-cfg-report', 'x'], ['debug/delay-nb-cfg-report'],
        ['debug/dump-local-bindings'], ['debug/dump-lflow-conj-ids'],
        ['inc-engine/show-stats', 'logical_flow_output'],
        ['inc-engine/show-stats', 'logical_flow_output', 'recompute'],
        ['inc-engine/show-stats', 'logical_flow_output', 'nothing'],
        ['inc-engine/show-stats', 'nothing'], ['inc-engine/clear-stats'],
        ['lflow-cache/flush'], ['stopwatch/show', 'flow-generation'],
        ['stopwatch/show', 'nothing'], ['stopwatch/reset', 'nothing'],
        ['stopwatch/reset'], ['ct-zone-list'], ['group-table-list'],
        ['meter-table-list'], ['nothing']],
    'northd': [
        ['nb-connection-status'], ['sb-connection-status'], ['is-paused'],
        ['pause'], ['is-paused'], ['resume'], ['is-paused'],
        ['inc-engine/show-stats', 'northd'],
        ['inc-engine/show-stats', 'northd', 'compute'],
        ['inc-engine/show-stats', 'northd', 'nothing'],
        ['inc-engine/clear-stats'], ['stopwatch/show', 'ovn-northd-loop'],
        ['stopwatch/reset', 'ovn-northd-loop'], ['nb-cluster-state-reset'],
        ['sb-cluster-state-reset'], ['nothing']],
}
# Lines that have these titles: stock answers only with a bridge.
LINES = {'lflow-cache/show-stats': {'Enabled', 'high-watermark', 'total',
                                    'cache-expr', 'cache-matches'}}


def documented():
    with open(os.path.join(SOURCE, 'docs', 'cli-differences.md'),
              encoding='utf-8') as f:
        section = f.read().split('## Commands of the daemons')[1]
    return {name for row in TABLE_ROW.findall(section.split('\n## ')[0])
            for name in re.findall(r'`([^`]+)`', row)}


class Daemon:
    def __init__(self, control):
        self.control = control

    def ask(self, *words):
        p = subprocess.run(['ovs-appctl', '-t', self.control, *words],
                           timeout=30, stdin=subprocess.DEVNULL, check=False,
                           capture_output=True, text=True)
        err = re.sub(r'(?m)^ovs-appctl: .*\n', '', p.stderr)
        return p.returncode, p.stdout, err

    def commands(self):
        return set(re.findall(r'(?m)^  (\S+)', self.ask('list-commands')[1]))

    def wait(self, condition):
        end = time.monotonic() + 30
        while not condition():
            if time.monotonic() > end:
                raise RuntimeError(f'{self.control} does not come up')
            time.sleep(0.05)


def start_daemons(northd, etcd):
    """Starts all four; returns {'northd': (stock, ours), ...}."""
    path = northd.path
    northd.env.update(etcd.env())
    subprocess.run(['ovsdb-tool', 'create', path('ovs.db'), SCHEMA],
                   check=True)
    northd.start('ovsdb-server', path('ovs.db'),
                 f'--remote=punix:{path("ovs.sock")}',
                 f'--unixctl={path("ovs.ctl")}', '-vconsole:off')
    Daemon(path('ovs.ctl')).wait(lambda: os.path.exists(path('ovs.sock')))
    vsctl = ['ovs-vsctl', '--no-wait', f'--db=unix:{path("ovs.sock")}']
    subprocess.run([*vsctl, 'init'], check=True)
    subprocess.run([*vsctl, 'set', 'Open_vSwitch', '.',
                    'external_ids:system-id=hv1',
                    'external_ids:ovn-encap-type=geneve',
                    'external_ids:ovn-encap-ip=127.0.0.1',
                    f'external_ids:ovn-remote=unix:{path("sb")}.sock'],
                   check=True)
    northd.start('ovn-controller', f'unix:{path("ovs.sock")}',
                 '-vconsole:off')
    controller = f'ovn-controller.{northd.processes[-1].pid}.ctl'
    northd.start(os.path.join(BUILD, 'bin', 'weft-translator'),
                 f'--unixctl={path("translator.ctl")}', '-vconsole:off')
    northd.start(os.path.join(BUILD, 'bin', 'weft-agent'),
                 f'--ovs-db=unix:{path("ovs.sock")}',
                 f'--etcd={etcd.url}',
                 f'--unixctl={path("agent.ctl")}', '-vconsole:off')
    daemons = {'northd': (Daemon(path('northd.ctl')),
                          Daemon(path('translator.ctl'))),
               'controller': (Daemon(path(controller)),
                              Daemon(path('agent.ctl')))}
    for name in ('controller', 'northd'):
        for daemon in daemons[name]:
            command = SAME[name][0][0]
            daemon.wait(lambda d=daemon, c=command:
                        d.ask(c)[1] == 'connected\n')
    return daemons


def shape(answer):
    """An answer without its numbers."""
    code, out, err = answer
    return code, re.sub(r' *\b\d+(\.\d+)?\b', ' N', out), err


def compare(name, stock, ours):
    failures = []
    missing = stock.commands() - ours.commands()
    if missing - documented():
        failures.append(f'{name}: not there, and not in docs: '
                        f'{sorted(missing - documented())}')
    for words in SAME[name]:
        theirs, mine = shape(stock.ask(*words)), shape(ours.ask(*words))
        if theirs != mine:
            failures.append(f'{name}: {" ".join(words)}\n  theirs {theirs}\n'
                            f'  ours   {mine}')
    for command, titles in LINES.items():
        found = set(re.findall(r'(?m)^([^:]*?) *:', ours.ask(command)[1]))
        if command in ours.commands() and found != titles:
            failures.append(f'{name}: {command}: {found}')
    return failures, missing


def main():
    if not (find_etcd() and os.path.exists(SCHEMA) and all(map(
            shutil.which, ('ovsdb-server', 'ovn-northd', 'ovn-controller')))):
        print('skipped: needs etcd, ovsdb-server and OVN')
        return 77
    failures, missing = [], set()
    with Etcd() as etcd, Northd() as northd:
        for name, (stock, ours) in start_daemons(northd, etcd).items():
            found, lacking = compare(name, stock, ours)
            failures += found
            missing |= lacking
    if documented() - missing:
        failures.append('in docs as missing, but there: '
                        f'{sorted(documented() - missing)}')
    print(*failures, sep='\n')
    n = sum(map(len, SAME.values()))
    print(f'{n} command lines, {len(failures)} failures')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
