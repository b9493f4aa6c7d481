"""Sizes (STYLE rule 10): files of at most 700 lines, functions of at most 80
lines and complexity 20; lines of at most 79 columns in C, no tabs."""
import os
import subprocess

from tree import SOURCE, files, read, report

FILE_LINES, FUNCTION_LINES, COMPLEXITY, COLUMNS = 700, 80, 20, 79

faults = []
sources = files('*.c', '*.h')
for name in sources:
    lines = read(name).splitlines()
    if len(lines) > FILE_LINES:
        faults.append(f'{name}: {len(lines)} lines')
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and 'http' not in line:
            faults.append(f'{name}:{number}: {len(line)} columns')
        if '\t' in line:
            faults.append(f'{name}:{number}: a tab')
out = subprocess.run(['pmccabe'] + [os.path.join(SOURCE, n) for n in sources
                                    if n.endswith('.c')],
                     stdout=subprocess.PIPE, text=True, check=True).stdout
for line in out.splitlines():
    fields = line.split('\t')
    complexity, length = int(fields[0]), int(fields[4])
    where = fields[5].replace(SOURCE + '/', '')
    if complexity > COMPLEXITY:
        faults.append(f'{where}: complexity {complexity}')
    if length > FUNCTION_LINES:
        faults.append(f'{where}: {length} lines')
report(faults, len(sources))
