"""What the lint tests share: the tree's own files, and how they report."""
import os
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def files(*patterns):
    """Tracked files that match, relative to the tree's top."""
    out = subprocess.run(['git', '-C', SOURCE, 'ls-files', *patterns],
                         stdout=subprocess.PIPE, text=True, check=True)
    return [name for name in out.stdout.split()
            if os.path.exists(os.path.join(SOURCE, name))]


def read(name):
    with open(os.path.join(SOURCE, name), encoding='utf-8') as f:
        return f.read()


def report(faults, checked):
    """Prints the faults and ends the test."""
    for fault in faults:
        print(fault)
    print(f'{checked} checked, {len(faults)} faults')
    sys.exit(1 if faults or not checked else 0)
