"""CONTRIBUTING.md's first walk-through, carried out: the column that it shows
is added in a copy of schemas/, and what is generated is compiled and asked."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

BUILD = os.environ['WEFT_BUILD_DIR']
SOURCE = os.environ['WEFT_SOURCE_DIR']
ROW = 'nb.logical_switch\tn1\t{"colour":"%s"}\n'


def ask(probe, colour):
    return subprocess.run([probe], input=ROW % colour, text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def edited(text):
    """The table file with the document's column first."""
    with open(os.path.join(SOURCE, 'CONTRIBUTING.md'), encoding='utf-8') as f:
        section = f.read().split('## Add a column')[1].split('\n## ')[0]
    column = re.search(r'```json\n(.*?)```', section, re.S)[1].strip()
    json.loads(column.rstrip(','))
    return text.replace('"columns": [', f'"columns": [\n{column}', 1)


def generate(folder):
    """A copy of schemas/ with the edit; returns where its output is."""
    copy, out = os.path.join(folder, 'schemas'), os.path.join(folder, 'out')
    shutil.copytree(os.path.join(SOURCE, 'schemas'), copy)
    table = os.path.join(copy, 'nb', 'logical_switch.json')
    with open(table, encoding='utf-8') as f:
        text = edited(f.read())
    with open(table, 'w', encoding='utf-8') as f:
        f.write(text)
    subprocess.run([sys.executable, '-B', os.path.join(copy, 'generate.py'),
                    '--out', out, '--docs', os.path.join(out, 'TABLES.md')],
                   check=True)
    return out


def build_probe(folder, out):
    """schema_probe, linked with the generated nb.c in the library's stead."""
    with open(os.path.join(BUILD, 'compile_commands.json')) as f:
        nb = os.path.join(BUILD, 'schemas', 'nb.c')
        command = next(c['command'] for c in json.load(f) if c['file'] == nb)
    argv = shlex.split(command.replace(os.path.join(BUILD, 'schemas'), out))
    new = os.path.join(folder, 'nb.o')
    argv[argv.index('-o') + 1] = new
    subprocess.run(argv, check=True, cwd=BUILD)

    link = subprocess.run(['ninja', '-C', BUILD, '-t', 'commands', '-s',
                           'tests/schema_probe'], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()[-1]
    probe = os.path.join(folder, 'probe')
    link = re.sub(r'-o tests/schema_probe', f'{new} -o {probe}', link)
    subprocess.run(link, shell=True, check=True, cwd=BUILD)
    return probe


def main():
    # The failing test first.
    before = ask(os.path.join(BUILD, 'tests', 'schema_probe'), 'blue')
    assert before.startswith('bad\tcolour\t'), before
    with tempfile.TemporaryDirectory(prefix='weft-column-') as folder:
        out = generate(folder)
        probe = build_probe(folder, out)
        good = ask(probe, 'blue')
        assert good == 'ok\t{"colour":"blue"}\n', good
        bad = ask(probe, 'loud')
        assert bad.startswith('bad\tcolour\t'), bad
        for name in ('TABLES.md', 'openapi.json', 'schemas/nb.h'):
            with open(os.path.join(out, name), encoding='utf-8') as f:
                assert 'colour' in f.read(), name
    print('ok')


if __name__ == '__main__':
    main()
