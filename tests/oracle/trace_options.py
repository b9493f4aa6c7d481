#!/usr/bin/python3
"""ovn-trace and weftctl under that name on the same networks: the same
command lines, all that they print, and how they exit.

    trace_options.py [PATTERN]      only lines that match

Command lines are in trace_options.txt, one a line, between lines that make
the network: "nb" (ovn-nbctl), "bind PORT CHASSIS", "settle", "let NAME text"
($NAME below).  A line in front of which
"~REASON " stands differs, for a reason that docs/trace.md gives under that
name.  "daemon" in front: by the control socket of a daemon that just started.
In "--db=DB" DB is the side's database; with it nothing else says where that is.

What --help says is compared apart from that, of ovn-trace, ovn-detrace and
ovn-appctl: every option there is one here, and is taken; where ovn-trace's
daemon and log options are listed the lines are the same.
"""
import difflib
import os
import re
import shlex
import shutil
import string
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from trace_support import BUILD, SOURCE, Stock, Weft  # noqa: E402
from trace_tutorial import normal  # noqa: E402

CASES = os.path.join(SOURCE, 'tests/oracle/trace_options.txt')
MIN_LINES = 100


def plain(text):
    """Without what no two programs have in common."""
    text = normal(text)
    text = re.sub(r'(?m)^\d{4}-\d\d-\d\dT\S*\|.*\n', '', text)
    text = re.sub(r'\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', 'UUID',
                  text)
    text = re.sub(r'\b(reg15|metadata|output to)=0x\w+', r'\1=KEY', text)
    text = re.sub(r'(?m)^( *\d+\.) (?:\w+: )?(no match)', r'\1 \2', text)
    # Which of two routes is number 1 is a matter of hashes, and of chance.
    if 'select: ' in text:
        for pattern, instead in ((r'(?<== )[12](?=,| /\*|$| {)', 'N'),
                                 ('10[.]1[.]2[.]8', '10.1.2.7'),
                                 (':0d$', ':0c'), ('"d"', '"c"'),
                                 (':0d(?=[,;])', ':0c')):
            text = re.sub(f'(?m){pattern}', instead, text)
    # A rule that rejects, where stock OVN forgets the brackets.
    text = re.sub(r'\((reg0\[\d+\] == 1)\) && (.*)(, priority 2001)',
                  r'\1 && (\2)\3', text)
    text = re.sub(r'(?m)^/usr/bin/ovn-trace: ', 'ovn-trace: ', text)
    # A switch that --ovs does not reach: in the log there.
    text = re.sub(r'(?m)^ovn-trace: \S+: connection failed .*\n', '', text)
    # normal() knows stages that take no part by their names, which this form
    # does not have.
    head, summary, rest = text.partition('# Summary trace.\n')
    if not summary and not re.search(r'(?m)^ *\d+\. ', text):
        head, rest = '', text
    return head + summary + re.sub(r'(?m)^ +(next|ct_clear);\n', '', rest)


HEADINGS = ('Daemon options:', 'Logging options:')


def options_of(text):
    """{'--ct': takes a value, ...} in a help."""
    return {name: bool(value) for name, value in re.findall(
        r'(?m)^ +(?:-\w(?:SPEC)?, )?(--[a-z-]+)(\[?=)?', text)}


def sections(text):
    """Lines of the sections that are to be the same."""
    found, lines = {}, None
    for line in text.splitlines():
        if not line.startswith(' ') and line:
            lines = found.setdefault(line, [])
        elif lines is not None and line:
            lines.append(line)
    return {h: found.get(h) for h in HEADINGS}


def compare_help(tools):
    """What is different, as lines."""
    failures = []
    for name in 'ovn-trace', 'ovn-detrace', 'ovn-appctl':
        theirs, ours = (tool.named(name).help() for tool in tools)
        missing = {o: v for o, v in options_of(theirs).items()
                   if options_of(ours).get(o, not v) != v}
        if missing or not options_of(theirs):
            failures.append(f'{name} --help lacks {missing}')
        if name == 'ovn-trace' and sections(theirs) != sections(ours):
            failures.append('ovn-trace --help:\n' + '\n'.join(
                difflib.unified_diff(theirs.splitlines(),
                                     ours.splitlines(), n=0, lineterm='')))
    return failures


class Tool:
    """ovn-trace of one side."""

    def __init__(self, side, program):
        self.side, self.program = side, program

    def named(self, name):
        """Another tool from the same place."""
        return Tool(self.side, os.path.join(os.path.dirname(self.program),
                                            name))

    def help(self):
        done = subprocess.run([self.program, '--help'], env=self.side.env,
                              text=True, check=True, capture_output=True)
        return re.sub(r'/\S*/(?=ovn-\w+\.(pid|log))', '', done.stdout)

    def run(self, args):
        env = dict(self.side.env)
        if any(a.startswith('--db=DB') for a in args):
            database = (env.pop('WEFT_ETCD', None) or env.pop('OVN_SB_DB'))
            args = [a.replace('--db=DB', '--db=' + database) for a in args]
            env.pop('OVN_SB_DB', None)
        done = subprocess.run([self.program, *args], env=env,
                              text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode, plain(done.stdout), plain(done.stderr)

    def run_daemon(self, args):
        """The answer of a daemon to "trace ARGS"; it is ended after."""
        ctl = self.side.path('trace.ctl')
        pidfile = self.side.path('trace.pid')
        self.side.run(self.program, '--detach', f'--unixctl={ctl}',
                      f'--pidfile={pidfile}', '-vconsole:off')
        try:
            done = subprocess.run(
                ['ovs-appctl', '-t', ctl, *args], text=True, check=False,
                timeout=60, capture_output=True)
            return (done.returncode, plain(done.stdout),
                    plain(done.stderr).replace(ctl, 'CTL'))
        finally:
            self.side.run('ovs-appctl', '-t', ctl, 'exit')


def reasons_in_docs():
    with open(os.path.join(SOURCE, 'docs', 'trace.md'),
              encoding='utf-8') as f:
        return set(re.findall(r'^- `([a-z-]+)`:', f.read(), re.M))


class Comparison:
    def __init__(self, stock, weft, pattern):
        self.sides = (stock, weft)
        self.tools = (Tool(stock, '/usr/bin/ovn-trace'),
                      Tool(weft, f'{BUILD}/bin/ovn-trace'))
        self.pattern, self.reasons = pattern, reasons_in_docs()
        self.n = self.n_listed = 0
        self.failures = compare_help(self.tools)
        self.words = {}

    def settle(self):
        for side in self.sides:
            side.sync()

    def prepare(self, line):
        """True if `line` makes the network."""
        word, _, rest = line.partition(' ')
        if word == 'settle':
            self.settle()
        elif word == 'let':
            name, _, text = rest.partition(' ')
            self.words[name] = string.Template(text).substitute(self.words)
        elif word == 'nb':
            for side in self.sides:
                side.nbctl(*shlex.split(rest))
        elif word == 'bind':
            for side in self.sides:
                side.bind(*rest.split())
        else:
            return False
        return True

    def line(self, number, line):
        reason = None
        if line.startswith('~'):
            reason, _, line = line[1:].partition(' ')
            if reason not in self.reasons:
                self.failures.append(f'{number}: no reason "{reason}"')
        args = [string.Template(a).substitute(self.words)
                for a in shlex.split(line)]
        if args[0] == 'daemon':
            theirs, ours = (t.run_daemon(args[1:]) for t in self.tools)
        else:
            theirs, ours = (t.run(args) for t in self.tools)
        self.n += 1
        if (theirs == ours) == (reason is None):
            self.n_listed += reason is not None
            return
        text = f'{number}: {line}\n'
        if reason:
            text += '  is the same now'
        else:
            text += ''.join(difflib.unified_diff(
                *[[f'exit {code}\n', *out.splitlines(True),
                   *('stderr: ' + e for e in err.splitlines(True))]
                  for code, out, err in (theirs, ours)],
                'ovn-trace', 'weftctl', n=2))
        self.failures.append(text)

    def run(self):
        with open(CASES, encoding='utf-8') as f:
            for number, line in enumerate(f, 1):
                line = line.strip()
                if not line or line.startswith('#') or self.prepare(line):
                    continue
                if re.search(self.pattern, line):
                    self.line(number, line)


def main():
    if not shutil.which('ovn-trace'):
        print('ovn-trace is not installed')
        return 77
    pattern = sys.argv[1] if len(sys.argv) > 1 else ''
    with Stock() as stock, Weft() as weft:
        for side in stock, weft:
            side.add_chassis('hv1')
            side.add_chassis('hv2', '127.0.0.2')
        comparison = Comparison(stock, weft, pattern)
        comparison.run()
    print(*comparison.failures, sep='\n')
    print(f'{comparison.n} command lines: {comparison.n_listed} differ as '
          f'documented, {len(comparison.failures)} failures')
    return bool(comparison.failures
                or not pattern and comparison.n < MIN_LINES)


if __name__ == '__main__':
    sys.exit(main())
