"""weftctl, called as ovn-sbctl, against the real one on the same network: the
same command lines, the same output and exit code.

Stock: ovsdb-server and ovn-northd; ours: etcd and weft-translator.  Both get
the network from the lines of cli_sbctl.txt that begin with "nb" (ovn-nbctl)
and "sb" (ovn-sbctl); hypervisors are there only by name.  Lines are marked as
in cli_nbctl.txt ("* " for any order, "~REASON "), and

    settle      waits until northd and the translator have caught up
    learn       puts in what agents would learn: a neighbour, a MAC

Exit status 77 if OVN, ovsdb-server or etcd is not installed."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import cli_nbctl  # noqa: E402
from cli_nbctl import BUILD, Comparison, Etcd, Tool, find_etcd  # noqa: E402
from translator_switch import Northd  # noqa: E402


LEAST = 300         # Command lines that cli_sbctl.txt has.
PORTS = re.compile(r'(?<=ports=\()[^)]*')
COOKIE = re.compile(r'uuid=0x[0-9a-f]{8}')


class SbTool(Tool):
    """Lists whose order is that of a hash are sorted."""

    def run(self, args):
        code, out, err = super().run(args)
        out = PORTS.sub(lambda m: ', '.join(sorted(m[0].split(', '))), out)
        return code, COOKIE.sub('uuid=COOKIE', out), err


class Both:
    """The two networks."""

    def __init__(self, northd, etcd):
        self.etcd = etcd
        env = {**northd.env}
        self.stock = {
            'nb': Tool(['/usr/bin/ovn-nbctl'], env),
            'sb': SbTool(['/usr/bin/ovn-sbctl'], env)}
        ours = {**etcd.env(), 'OVN_RUNDIR': northd.folder,
                'OVS_RUNDIR': northd.folder}
        self.ours = {
            name: kind([os.path.join(BUILD, 'bin', f'ovn-{name}ctl')], ours)
            for name, kind in (('nb', Tool), ('sb', SbTool))}

    def each(self, words):
        for side in (self.stock, self.ours):
            code, out, err = side[words[0]].run(words[1:])
            if code:
                raise RuntimeError(f'{words}: {out}{err}')

    def settle(self):
        self.each(['nb', '--wait=sb', '--timeout=30', 'sync'])

    def put(self, key, value):
        self.etcd.put('/weft/v1/' + key, json.dumps(value))

    def learn(self):
        self.each_stock(['--id=@dp', 'get', 'datapath_binding', 'r', '--',
                         'create', 'mac_binding', 'logical_port=r-n1',
                         'ip=10.1.1.9', 'mac="fa:16:3e:00:00:09"',
                         'datapath=@dp'])
        self.each_stock(['create', 'fdb', 'mac="fa:16:3e:00:00:0b"',
                         'dp_key=1', 'port_key=2'])
        self.put('chassis/hv1/mac_binding/router:r/r-n1/10.1.1.9',
                 {'mac': 'fa:16:3e:00:00:09', 'timestamp_ms': 1})
        self.put('chassis/hv1/fdb/switch:n1/fa:16:3e:00:00:0b',
                 {'port': 'b', 'timestamp_ms': 1})
        self.settle()
        time.sleep(0.5)

    def each_stock(self, words):
        code, out, err = self.stock['sb'].run(words)
        if code:
            raise RuntimeError(f'{words}: {out}{err}')


# What has rows on one side only: docs/cli-differences.md, `views`.
EMPTY = {'Chassis_Private', 'Logical_DP_Group', 'RBAC_Permission',
         'RBAC_Role'}


def bad_value(base):
    """A text that an atom of type `base` cannot be, or None."""
    if 'enum' in base:
        return 'x'
    if 'maxInteger' in base:
        return str(base['maxInteger'] + 1)
    return str(base['minInteger'] - 1) if 'minInteger' in base else None


def bad_conditions():
    """Conditions that ask a column for what it cannot be."""
    with open('/usr/share/ovn/ovn-sb.ovsschema', encoding='utf-8') as f:
        tables = json.load(f)['tables']
    for table in sorted(set(tables) - EMPTY):
        for column, schema in sorted(tables[table]['columns'].items()):
            kind = schema['type']
            base = kind['key'] if isinstance(kind, dict) else {}
            value = bad_value(base) if isinstance(base, dict) else None
            if value:
                yield f'find {table} {column}={value}'


def compare(both):
    comparison = Comparison(both.stock['sb'], both.ours['sb'],
                            cli_nbctl.reasons_in_docs())
    with open(os.path.join(HERE, 'cli_sbctl.txt'), encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if line == 'settle':
                both.settle()
            elif line == 'learn':
                both.learn()
            elif line.startswith(('nb ', 'sb ')):
                both.each(shlex.split(line))
            elif line and not line.startswith('#'):
                comparison.line(number, line)
    for line in bad_conditions():
        comparison.line('types', line)
    return comparison


def main():
    if not (find_etcd() and all(map(shutil.which, (
            'ovsdb-server', 'ovn-northd', 'ovn-sbctl')))):
        print('skipped: needs etcd, ovsdb-server and OVN')
        return 77
    with Etcd() as etcd, Northd() as northd:
        translator = subprocess.Popen(
            [os.path.join(BUILD, 'bin', 'weft-translator')],
            env={**os.environ, **etcd.env(), 'OVS_RUNDIR': northd.folder},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            result = compare(Both(northd, etcd))
        finally:
            translator.terminate()
            translator.wait(20)
    for failure in result.failures:
        print(failure)
    print(f'{result.n} command lines: {result.n_different} differ as '
          f'documented, {len(result.failures)} failures')
    return 1 if result.failures or result.n < LEAST else 0


if __name__ == '__main__':
    sys.exit(main())
