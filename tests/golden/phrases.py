#!/usr/bin/python3
"""Phrases (schemas/phrase_table.h): what the translator writes of the networks
in tests/golden/translator is, read by another decoder (this one), what it says
without phrases; every phrase is written of one of them; docs/KEYS.md has the
table.

    phrases.py --update      writes the table into the document
"""
import json
import os
import re
import subprocess
import sys

from translator_flows import BUILD, CASES, SOURCE

PROBE = os.path.join(BUILD, 'tests/translate_probe')
DOCUMENT = os.path.join(SOURCE, 'docs/KEYS.md')
TABLE = re.compile(r'(<!-- phrases -->\n).*?\n+## ', re.S)
LINE = re.compile(r'(\S+  \S+ \d+) (.*) -> (.*?)( \{.*\})?$')


def phrase_table():
    """{name: text} from the C source."""
    with open(os.path.join(SOURCE, 'schemas/phrase_table.h'),
              encoding='utf-8') as f:
        source = f.read().replace('\\\n', '\n')
    table = {}
    for name, literals in re.findall(
            r'PHRASE\("(\w+)",((?:\s*"(?:[^"\\]|\\.)*")+)\)', source):
        table[name] = ''.join(json.loads(s) for s in re.findall(
            r'"(?:[^"\\]|\\.)*"', literals))
    return table


def letters(text):
    return list(dict.fromkeys(re.findall('%([A-Z])', text)))


def expand(table, text):
    """What 'text' stands for, and the phrase's name or None."""
    if not text.startswith('%'):
        return text, None
    if text.startswith('%%'):
        return text[1:], None
    name, arguments = re.fullmatch(r'%(\w+)\((.*)\)', text).groups()
    values = dict(zip(letters(table[name]), arguments.split(', '),
                      strict=bool(arguments)))
    return re.sub('%([A-Z])', lambda m: values[m[1]], table[name]), name


def probe(rows, *options):
    return subprocess.run([PROBE, *options], input=json.dumps(rows),
                          capture_output=True, text=True, timeout=60,
                          check=True).stdout.splitlines()


def check_case(table, name):
    """The phrases that are written of a case, and whether all is well."""
    with open(os.path.join(CASES, name), encoding='utf-8') as f:
        rows = json.load(f)['rows']
    expanded, used = [], set()
    for line in probe(rows, '--stored'):
        place, match, actions, options = LINE.match(line).groups()
        match, in_match = expand(table, match)
        actions, in_actions = expand(table, actions)
        used |= {in_match, in_actions}
        expanded.append(f'{place} {match} -> {actions}{options or ""}')
    if sorted(expanded) != sorted(probe(rows)):
        print(f'{name}: what is stored is not what is meant')
        return used, False
    return used, True


def document_table(table):
    lines = ['| phrase | stands for |', '| --- | --- |']
    for name, text in table.items():
        arguments = ', '.join(letters(text))
        text = re.sub('%([A-Z])', r'\1', text)
        lines.append(f'| `%{name}({arguments})` | `{text}` |')
    return '\n'.join(lines)


def main():
    table = phrase_table()
    with open(DOCUMENT, encoding='utf-8') as f:
        document = f.read()
    if '--update' in sys.argv[1:]:
        with open(DOCUMENT, 'w', encoding='utf-8') as f:
            f.write(TABLE.sub(lambda m: m[1] + document_table(table) + '\n\n## ',
                              document))
        return 0
    used, is_well = set(), True
    for name in sorted(os.listdir(CASES)):
        if name.endswith('.json'):
            names, same = check_case(table, name)
            used |= names
            is_well &= same
    for name in sorted(set(table) - used):
        print(f'nothing is written as %{name}(): has what it stands for '
              'changed, or is there no case of it?')
        is_well = False
    if document_table(table) not in document:
        print('docs/KEYS.md: its phrases are not those of '
              'schemas/phrase_table.h: phrases.py --update')
        is_well = False
    print(f'{len(table)} phrases')
    return 0 if is_well and table else 1


if __name__ == '__main__':
    sys.exit(main())
