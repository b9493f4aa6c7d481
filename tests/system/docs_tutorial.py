"""Runs every command of docs/TUTORIAL.md in order and compares what it prints
with what the document shows ('…' stands for anything)."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from sandbox import SOURCE, Sandbox, shell_helpers  # noqa: E402


def steps(text):
    """[(command, expected output)] of the console blocks."""
    out = []
    for block in re.findall(r'```console\n(.*?)```', text, re.S):
        for part in re.split(r'^\$ ', block, flags=re.M)[1:]:
            command, _, expected = part.partition('\n')
            out.append((command, expected.strip()))
    return out


def matches(expected, actual):
    """The pieces between dots occur in the output, in order."""
    place = 0
    for piece in (p.strip() for p in expected.split('…')):
        found = actual.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True


class Shell:
    """One bash that keeps its variables, as the reader's does."""

    MARK = '---end-of-command---'

    def __init__(self, env):
        self.process = subprocess.Popen(
            ['bash'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=env)

    def run(self, command):
        """(exit status, what it printed)."""
        self.process.stdin.write(f'{command}\n'
                                 f'echo; echo "{self.MARK} $?"\n')
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(self.MARK):
                break
            lines.append(line)
        return ''.join(lines)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


def main():
    with open(os.path.join(SOURCE, 'docs', 'TUTORIAL.md'),
              encoding='utf-8') as f:
        todo = steps(f.read())
    failed = 0
    with Sandbox() as s:
        s.start_weft(api=True)
        s.save()
        shell = Shell({**os.environ, **s.weft_env(), 'WEFT_API': s.api_url,
                       'ETCDCTL_API': '3', 'ETCDCTL_ENDPOINTS': s.etcd_url,
                       'PATH': f'{os.path.dirname(s.program("weftctl"))}:'
                               f'{os.environ["PATH"]}'})
        shell.run(shell_helpers(s))
        for command, expected in todo:
            actual = shell.run(command)
            ok = matches(expected, actual)
            failed += not ok
            print(f'{"ok  " if ok else "FAIL"} $ {command}', flush=True)
            if not ok:
                print(f'--- expected:\n{expected}\n--- printed:\n{actual}',
                      flush=True)
        shell.close()
        if failed:
            s.show_logs()
    print(f'{len(todo) - failed} passed, {failed} failed')
    sys.exit(1 if failed or not todo else 0)


if __name__ == '__main__':
    main()
