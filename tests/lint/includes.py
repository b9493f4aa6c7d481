"""Includes run one way (DESIGN.md, "The house"): programs use lflow, schemas,
store and lib, never each other; a library uses only those below it."""
import re

from tree import files, read, report

BELOW = {
    'lib': [],
    'store': ['lib'],
    'schemas': ['lib', 'store'],
    'lflow': ['lib', 'schemas'],
    'translator': ['lib', 'store', 'schemas', 'lflow'],
    'node-agent': ['lib', 'store', 'schemas', 'lflow'],
    'api': ['lib', 'store', 'schemas'],
    # cli links the translator's pure core for "what if".
    'cli': ['lib', 'store', 'schemas', 'lflow', 'translator'],
}

faults = []
sources = [n for n in files('*.c', '*.h') if n.split('/')[0] in BELOW]
for name in sources:
    folder = name.split('/')[0]
    for include in re.findall(r'^#include "([^"]+)"', read(name), re.M):
        target = include.split('/')[0]
        if target in BELOW and '/' in include and target != folder \
                and target not in BELOW[folder]:
            # OVS's own headers lie under lib/ too, for every folder.
            faults.append(f'{name}: includes {include}')
report(faults, len(sources))
