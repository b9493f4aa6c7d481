#!/usr/bin/python3
"""docs/differences.md ends with a list of the northbound columns and options
that no program reads; this makes it, or checks that it is true.

    unread_columns.py [--update]

A column counts as read if the translator or the agent names it as a member,
an option if they name it as a string; maps that are handed on as a whole are
listed here.
"""
import glob
import json
import os
import re
import sys

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENT = os.path.join(SOURCE, 'docs/differences.md')
MARK = '<!-- Below: tests/lint/unread_columns.py --update -->\n'
# Handed on with all their keys.
WHOLE = {('dhcp_options', 'options'), ('logical_router_port',
                                       'ipv6_ra_configs')}
# Words that mean something else where they are found ("igmp").
UNREAD = {('copp', 'meters')}
# Who they are for is not a generator.
ELSEWHERE = {'external_ids', 'name'}
# Tables of OVN's own servers.
SERVERS = {'connection', 'ssl', 'sync'}


def sources():
    return ''.join(open(f, encoding='utf-8').read() for folder in
                   ('translator', 'node-agent') for f in
                   sorted(glob.glob(os.path.join(SOURCE, folder, '*.c'))
                          + glob.glob(os.path.join(SOURCE, folder, '*.h'))))


def unread(text, table):
    found = []
    for column in table['columns']:
        name = column['name']
        if name in ELSEWHERE:
            continue
        member = name + '_' if name == 'switch' else name
        if not re.search(rf'(->|\.){member}\b|"{name}"', text):
            found.append(f'`{name}`')
            continue
        if (table['table'], name) not in WHOLE:
            found += [f'`{name}:{key}`' for key in column.get('keys', {})
                      if f'"{key}"' not in text
                      or (table['table'], name) in UNREAD]
    return found


def generated():
    text, lines = sources(), []
    for file in sorted(glob.glob(os.path.join(SOURCE, 'schemas/nb/*.json'))):
        with open(file, encoding='utf-8') as f:
            table = json.load(f)
        found = unread(text, table)
        if found and table['table'] not in SERVERS:
            lines.append(f'- **{table["table"]}**: {", ".join(found)}\n')
    return ''.join(lines)


def main():
    with open(DOCUMENT, encoding='utf-8') as f:
        head, mark, old = f.read().partition(MARK)
    new = generated()
    if not mark:
        print(f'{DOCUMENT}: no mark')
        return 1
    if '--update' in sys.argv[1:]:
        with open(DOCUMENT, 'w', encoding='utf-8') as f:
            f.write(head + mark + new)
    elif new != old:
        print('docs/differences.md is not true any more: '
              'tests/lint/unread_columns.py --update')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
