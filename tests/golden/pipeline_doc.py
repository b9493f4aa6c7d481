#!/usr/bin/python3
"""docs/PIPELINE.md is what pipeline_doc makes of the rows; --update writes
it."""
import os
import subprocess
import sys

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR') or os.path.join(SOURCE, 'build')
DOC = os.path.join(SOURCE, 'docs/PIPELINE.md')


def main():
    made = subprocess.run([os.path.join(BUILD, 'tests/pipeline_doc')],
                          capture_output=True, text=True, check=True,
                          timeout=60).stdout
    if '--update' in sys.argv:
        with open(DOC, 'w', encoding='utf-8') as f:
            f.write(made)
        return 0
    with open(DOC, encoding='utf-8') as f:
        if f.read() == made:
            return 0
    print('docs/PIPELINE.md is not current: '
          'tests/golden/pipeline_doc.py --update')
    return 1


if __name__ == '__main__':
    sys.exit(main())
