"""The settings that documents name are those that the programs have: every
WEFT_* variable of a document is in some program's --help (or in a script that
is named as its reader), and every setting of --help is in a document; and the
store's settings are the same in every program."""
import os
import re
import subprocess
import sys

from tree import SOURCE, files, read, report

BIN = os.path.join(os.environ.get('WEFT_BUILD_DIR',
                                  os.path.join(SOURCE, 'build')), 'bin')
PROGRAMS = ('weft-translator', 'weft-agent', 'weft-api', 'weftctl')
SETTING = re.compile(r'--([a-z-]+)(?:=\S+)? .*?\((WEFT_[A-Z_]+)'
                     r'(?:, default: ([^)]*))?\)', re.S)

faults = []
helps = {}
for program in PROGRAMS:
    path = os.path.join(BIN, program)
    if not os.path.exists(path):
        print(f'skipped: {path} is not built')
        sys.exit(77)
    helps[program] = subprocess.run(
        [path, '--help'], check=True, text=True, timeout=10,
        stdout=subprocess.PIPE).stdout

# {program: {variable: (option, default)}}
settings = {program: {} for program in PROGRAMS}
for program, text in helps.items():
    for entry in re.split(r'\n  (?=--)', text):
        found = SETTING.match(entry)
        if found:
            settings[program][found[2]] = (found[1], found[3])

# One name, one default, one meaning in every program.
store = {v for v in settings['weft-translator']
         if v.startswith('WEFT_ETCD') or v == 'WEFT_PREFIX'}
for program in PROGRAMS:
    for variable in sorted(store):
        if settings[program].get(variable) \
                != settings['weft-translator'][variable]:
            faults.append(f'{program} --help: {variable} is not as in '
                          'weft-translator')

documents = {name: read(name) for name in files('*.md')}
known = set().union(*settings.values())
# What scripts and tests read.
for name in files('*.py') + files('*.sh') + ['check', 'quickstart',
                                             'deploy/etcd-trixie',
                                             'deploy/install-packages',
                                             'cmake/WeftFlags.cmake',
                                             'cmake/WeftDependencies.cmake']:
    known |= set(re.findall(r'\bWEFT_[A-Z_]+\b', read(name)))
n = 0
for name, text in documents.items():
    for variable in set(re.findall(r'\bWEFT_[A-Z_]*[A-Z]\b', text)):
        n += 1
        if variable.startswith('WEFT_E_'):      # An error code.
            continue
        if variable not in known and not re.search(
                variable + r'_?\*', text):
            faults.append(f'{name}: no program has {variable}')

for program in PROGRAMS:
    for variable, (option, _) in settings[program].items():
        n += 1
        if not any(f'--{option}' in text or variable in text
                   for text in documents.values()):
            faults.append(f'--{option} ({variable}) of {program} is in no '
                          'document')

# Defaults in tables: | `WEFT_X` | meaning | `default` |
for name, text in documents.items():
    for variable, default in re.findall(
            r'^\| `(WEFT_[A-Z_]+)` \|[^|]*\| `([^`]+)` \|', text, re.M):
        real = {settings[p][variable][1] for p in PROGRAMS
                if variable in settings[p]}
        if real != {default}:
            faults.append(f'{name}: the default of {variable} is {real}')

report(faults, n)
