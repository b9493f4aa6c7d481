"""Random command lines for ovn-nbctl, run on the real one and on weftctl
under that name: what they print, how they exit, and at the end every table.

    cli_random.py [SEED [LINES]]        one sequence; without, several

A sequence begins with an empty store.  Rows come in any order; UUIDs are
normalised, and where an argument is <<table>> it is the UUID of the one row
that the table has on each side (<<8:table>> its first eight digits), so that
both mean the same row.  What docs/cli-differences.md lists is left out by
rule: see expected()."""
import json
import os
import random
import re
import shlex
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from cli_grammar import LEFT_OUT, Generator  # noqa: E402
from cli_nbctl import (BUILD, LOG_LINE, SCHEMA, STOCK, Etcd,  # noqa: E402
                       Stock, Tool, find_etcd, normalise)

SEEDS = range(1, 4)
LINES = 150
SETUP = '''
ls-add s0 -- ls-add s1 -- lr-add r0 -- lr-add r1
lsp-add s0 p0 -- lsp-add s0 p1 -- lsp-add s1 p2 -- lsp-add s0 q-r
lrp-add r0 r0-s0 00:00:00:00:01:01 10.0.0.1/24
lrp-add r1 r1-s1 00:00:00:00:01:02 10.0.1.1/24 fd00::1/64
meter-add m0 drop 10 kbps -- mirror-add mi0 gre 1 to-lport 10.0.0.1
pg-add pg0 p0 p1 -- ha-chassis-group-add hg0 -- copp-add c0 arp m0
lb-add lb0 10.9.0.1:80 10.0.0.1:80,10.0.0.2:80
dhcp-options-create 10.0.0.0/24
create address_set name=as0 addresses="10.0.0.1"
'''
REFERENCE = re.compile(r'<<(?:(\d):)?(\w+)>>')


def spread(text):
    """Lines without an order, also of --oneline and of JSON."""
    try:
        table = json.loads(text)
        table['data'].sort(key=json.dumps)
        return json.dumps(table)
    except (ValueError, KeyError, TypeError):
        return sorted(line.strip() for line in re.split(r'\n|\\n|<tr>', text))


class Side:
    def __init__(self, tool):
        self.tool = tool

    def rows(self, table):
        code, out, _ = self.tool.raw(
            ['--bare', '--columns=_uuid', 'list', table])
        return out.split() if code == 0 else []

    def resolve(self, args, rows):
        """Arguments with the UUIDs of `rows` (a row for each table)."""
        def uuid(match):
            if match[2] not in rows:
                return '00000000-0000-0000-0000-000000000001'
            return rows[match[2]][:int(match[1] or 99)]
        return [REFERENCE.sub(uuid, a) for a in args]

    def run(self, args):
        code, out, err = self.tool.raw(args)
        err = LOG_LINE.sub('', normalise(err))
        return (code, spread(normalise(out)),
                re.sub(r'\b[0-9a-f]{8}\b', 'UUID8', err))


def only_rows(sides, args):
    """For each side, the UUID of each table that has just one row."""
    tables = {m[2] for a in args for m in REFERENCE.finditer(a)}
    found = [{}, {}]
    for table in tables:
        both = [side.rows(table) for side in sides]
        if [len(rows) for rows in both] == [1, 1]:
            for rows, known in zip(both, found):
                known[table] = rows[0]
    return found


def expected(args, theirs, ours):
    """Whether a difference is one of docs/cli-differences.md."""
    theirs_refused = 'transaction error: ' in theirs[2]
    ours_refused = 'transaction error: ' in ours[2]
    if theirs_refused and (ours_refused or 'operation would put' in ours[2]):
        return 'refusals'
    if re.search('violation: [^ ]*/', ours[2]) and not theirs[0]:
        return 'stricter'
    if ours_refused and '--dry-run' in args:
        return 'refusals'
    if 'cannot modify read-only column' in ours[2]:
        return 'Rows and names'
    if theirs_refused and 'ha-chassis-group-del' in args:
        return 'Not there'
    return None


class Sequence:
    def __init__(self, seed, sides):
        self.rng = random.Random(seed)
        self.generator = Generator(self.rng, SCHEMA)
        self.seed, self.sides = seed, sides
        self.n = self.n_listed = 0
        self.failures = []
        self.same_state = True

    def line(self, args):
        rows = only_rows(self.sides, args)
        theirs, ours = (side.run(side.resolve(args, r))
                        for side, r in zip(self.sides, rows))
        self.n += 1
        if os.environ.get('CLI_RANDOM_VERBOSE'):
            print(f'{self.n}: {shlex.join(args)}\n    {ours}')
        if theirs == ours:
            return
        self.same_state = theirs[0] == ours[0] or self.has_same_tables()
        if expected(args, theirs, ours):
            self.n_listed += 1
            return
        self.failures.append(
            f'seed {self.seed}, line {self.n}: {shlex.join(args)}\n'
            f'  theirs {theirs}\n  ours   {ours}')

    def lists(self):
        """Commands that print everything that there is."""
        for table, schema in sorted(self.generator.tables.items()):
            columns = sorted(set(schema['columns']) - LEFT_OUT)
            yield [f'--columns={",".join(columns)}', 'list', table]

    def has_same_tables(self):
        args = ['--format=csv']
        for command in self.lists():
            args += ['--', *command]
        theirs, ours = (side.run(args) for side in self.sides)
        return theirs == ours and theirs[0] == 0

    def tables(self):
        """Everything that there is now."""
        for command in self.lists():
            self.line(['--format=csv', *command])

    def run(self, n):
        for line in SETUP.strip().split('\n'):
            self.line(shlex.split(line))
        for _ in range(n):
            if not self.same_state:     # What follows would differ, too.
                return
            self.line(self.generator.line())
        self.line(['show'])
        self.tables()


def main():
    if not (find_etcd() and shutil.which('ovsdb-server')
            and os.path.exists(STOCK) and os.path.exists(SCHEMA)):
        print('skipped: needs etcd, ovsdb-server and ovn-nbctl')
        return 77
    seeds = [int(sys.argv[1])] if len(sys.argv) > 1 else SEEDS
    lines = int(sys.argv[2]) if len(sys.argv) > 2 else LINES
    folder = tempfile.mkdtemp(prefix='weft-cli-random-')
    stock = Stock(folder)
    n = n_failures = 0
    try:
        with Etcd() as etcd:
            ours = Tool([os.path.join(BUILD, 'bin', 'ovn-nbctl')],
                        etcd.env())
            for seed in seeds:
                stock.reset()
                etcd.etcdctl('del', '--prefix', '/weft')
                sequence = Sequence(seed, [Side(stock.tool), Side(ours)])
                sequence.run(lines)
                print(*sequence.failures, sep='\n')
                print(f'seed {seed}: {sequence.n} command lines, '
                      f'{sequence.n_listed} differ as documented, '
                      f'{len(sequence.failures)} failures')
                n += sequence.n
                n_failures += len(sequence.failures)
    finally:
        stock.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f'{n} command lines, {n_failures} failures')
    return 1 if n_failures else 0


if __name__ == '__main__':
    sys.exit(main())
