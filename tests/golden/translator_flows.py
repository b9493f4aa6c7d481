#!/usr/bin/python3
"""Golden tests of the translation: rows in, flows and rows out.

Each case is tests/golden/translator/NAME.json:

    {"doc": "what it shows",
     "show": ["regular expressions of output lines; all if absent"],
     "no_oracle": "why stock OVN can't be asked (tests/oracle)",
     "rows": {"nb/logical_switch/n1": {}, ...}}

and NAME.out beside it, what translate_probe --all makes of the rows.

    translator_flows.py [--update] [NAME...]
"""
import difflib
import json
import os
import re
import subprocess
import sys

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR') or os.path.join(SOURCE, 'build')
CASES = os.path.join(SOURCE, 'tests/golden/translator')
PROBE = os.path.join(BUILD, 'tests/translate_probe')


def translate(rows):
    """The lines that the probe prints for 'rows'."""
    result = subprocess.run([PROBE, '--all'], input=json.dumps(rows),
                            capture_output=True, text=True, timeout=60,
                            check=False)
    if result.returncode:
        raise RuntimeError(result.stderr)
    return result.stdout.splitlines()


def outcome(path):
    """What case 'path' gives, and its documentation."""
    with open(path, encoding='utf-8') as f:
        case = json.load(f)
    unknown = set(case) - {'doc', 'show', 'no_oracle', 'rows'}
    if unknown or not case.get('doc'):
        raise RuntimeError(f'{path}: no doc, or unknown members {unknown}')
    show = [re.compile(s) for s in case.get('show', [''])]
    lines = [line for line in translate(case['rows'])
             if any(s.search(line) for s in show)]
    return ''.join(line + '\n' for line in lines)


def main():
    update = '--update' in sys.argv[1:]
    names = [a for a in sys.argv[1:] if not a.startswith('-')]
    names = names or sorted(f[:-5] for f in os.listdir(CASES)
                            if f.endswith('.json'))
    n_failed = 0
    for name in names:
        path = os.path.join(CASES, name + '.json')
        out = os.path.join(CASES, name + '.out')
        try:
            got = outcome(path)
        except RuntimeError as e:
            print(f'{name}: {e}')
            n_failed += 1
            continue
        want = ''
        if os.path.exists(out):
            with open(out, encoding='utf-8') as f:
                want = f.read()
        if update and got != want:
            with open(out, 'w', encoding='utf-8') as f:
                f.write(got)
            print(f'{name}: updated')
        elif got != want:
            n_failed += 1
            print(f'{name}: differs (--update accepts it after review)')
            sys.stdout.writelines(difflib.unified_diff(
                want.splitlines(True), got.splitlines(True), 'expected',
                'got', n=0))
    print(f'{len(names)} cases, {n_failed} failed')
    return 1 if n_failed or not names else 0


if __name__ == '__main__':
    sys.exit(main())
