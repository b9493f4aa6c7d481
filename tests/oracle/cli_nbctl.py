"""weftctl, called as ovn-nbctl, against the real one: the same command lines,
the same output and exit code.

    cli_nbctl.py [FILE]

The command lines are in cli_nbctl.txt (or FILE), one a line, in sections that begin
with an empty store:

    # comment
    @section NAME
    ls-add sw0                  must be the same, word for word
    * show                      the same lines in any order: OVN's order is
                                that of its hash tables
    ~REASON lb-add ...          differs, for the reason that
                                docs/cli-differences.md gives under that name

UUIDs are normalised, log lines on stderr are left out, and what a database
says when it refuses a transaction is only compared as such.  A line marked
as different that no longer is fails the test too.  Exit status 77 if OVN,
ovsdb-server or etcd is not installed."""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, '..', '..')
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd, find_etcd  # noqa: E402
from warm_start import WarmProgram  # noqa: E402

BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
SCHEMA = '/usr/share/ovn/ovn-nb.ovsschema'
STOCK = '/usr/bin/ovn-nbctl'
LEAST = 300         # Command lines that cli_nbctl.txt has.

UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
ANCHOR = re.compile(r'(<a (?:name|href)="#?UUID">)[0-9a-f]{8}')
LOG_LINE = re.compile(r'^\d{4}-\d\d-\d\dT[\d:.]+Z\|.*\n', re.M)
REFUSED = re.compile(r'^(ovn-nbctl: transaction error: ).*', re.M | re.S)


def normalise(text):
    text = UUID.sub('UUID', text)
    return ANCHOR.sub(r'\1UUID8', text)


class Tool:
    """One of the two ovn-nbctl."""

    def __init__(self, argv, env):
        self.argv = argv
        self.env = {**os.environ, **env}
        self.program = WarmProgram(argv[0], self.env)

    def raw(self, args):
        return self.program.run(self.argv + args)

    def run(self, args):
        code, out, err = self.raw(args)
        err = LOG_LINE.sub('', normalise(err))
        return code, normalise(out), REFUSED.sub(r'\1...', err)


class Stock:
    """The real one, on an ovsdb-server of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self.tool = Tool(
            [STOCK, f'--db=unix:{folder}/nb.sock'],
            {'OVS_RUNDIR': folder, 'OVN_RUNDIR': folder})

    def reset(self):
        self.stop()
        db = os.path.join(self.folder, 'nb.db')
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        subprocess.run(['ovsdb-tool', 'create', db, SCHEMA], check=True)
        self.process = subprocess.Popen(
            ['ovsdb-server', '--no-chdir', f'--unixctl={self.folder}/ctl',
             f'--remote=punix:{self.folder}/nb.sock', db],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not os.path.exists(f'{self.folder}/nb.sock'):
            if time.monotonic() > deadline:
                raise RuntimeError('ovsdb-server did not start')
            time.sleep(0.02)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None


class Comparison:
    def __init__(self, stock, ours, reasons):
        self.stock = stock
        self.ours = ours
        self.reasons = reasons
        self.n = self.n_different = 0
        self.failures = []

    def line(self, number, text):
        reason = None
        any_order = text.startswith('* ')
        if any_order:
            text = text[2:]
        elif text.startswith('~'):
            reason, text = text[1:].split(' ', 1)
            if reason not in self.reasons:
                self.failures.append(f'{number}: no reason "{reason}" in '
                                     'docs/cli-differences.md')
        args = shlex.split(text)
        theirs = self.stock.run(args)
        ours = self.ours.run(args)
        self.n += 1
        if any_order:
            theirs, ours = (
                (code, ''.join(sorted(out.splitlines(True))), err)
                for code, out, err in (theirs, ours))
        if reason and theirs == ours:
            self.failures.append(f'{number}: {text}\n  is the same now')
        elif reason:
            self.n_different += 1
            if ours[0] < 0:
                self.failures.append(f'{number}: {text}\n  killed')
        elif theirs != ours:
            self.failures.append(f'{number}: {text}\n  theirs {theirs}\n'
                                 f'  ours   {ours}')


def reasons_in_docs():
    with open(os.path.join(SOURCE, 'docs', 'cli-differences.md'),
              encoding='utf-8') as f:
        return set(re.findall(r'^## `([a-z-]+)`', f.read(), re.M))


def compare(folder, etcd, lines):
    stock = Stock(folder)
    ours = Tool([os.path.join(BUILD, 'bin', 'ovn-nbctl')], etcd.env())
    comparison = Comparison(stock.tool, ours, reasons_in_docs())
    try:
        with open(lines, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                line = line.strip()
                if line.startswith('@section'):
                    stock.reset()
                    etcd.etcdctl('del', '--prefix', '/weft')
                elif line and not line.startswith('#'):
                    comparison.line(number, line)
    finally:
        stock.stop()
    return comparison


def main():
    if not (find_etcd() and shutil.which('ovsdb-server')
            and os.path.exists(STOCK) and os.path.exists(SCHEMA)):
        print('skipped: needs etcd, ovsdb-server and ovn-nbctl')
        return 77
    folder = tempfile.mkdtemp(prefix='weft-cli-oracle-')
    try:
        with Etcd() as etcd:
            result = compare(folder, etcd, sys.argv[1] if sys.argv[1:]
                             else os.path.join(HERE, 'cli_nbctl.txt'))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for failure in result.failures:
        print(failure)
    print(f'{result.n} command lines: {result.n_different} differ as '
          f'documented, {len(result.failures)} failures')
    return 1 if result.failures or result.n < (
        1 if sys.argv[1:] else LEAST) else 0


if __name__ == '__main__':
    sys.exit(main())
