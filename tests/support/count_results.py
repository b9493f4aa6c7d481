"""Adds up ctest's JUnit files in a folder and prints the closing line.

Exit status 1 if a test failed, if none passed, or if a build is missing.
"""
import glob
import os
import sys
import xml.etree.ElementTree as ElementTree

folder = sys.argv[1]
passed = failed = skipped = 0
for name in sorted(glob.glob(os.path.join(folder, '*.xml'))):
    for case in ElementTree.parse(name).getroot().iter('testcase'):
        if case.find('skipped') is not None or case.get('status') in (
                'notrun', 'disabled'):
            skipped += 1
            out = (case.findtext('system-out') or '').strip().splitlines()
            print(f'skipped: {case.get("name")}: {out[-1] if out else "no reason given"}')
        elif case.find('failure') is not None or case.get('status') == 'fail':
            failed += 1
            print(f'FAILED: {case.get("name")} ({os.path.basename(name)})')
        else:
            passed += 1
for build in ('asan', 'fuzz'):
    if os.path.exists(os.path.join(folder, f'{build}-build-failed')):
        print(f'FAILED: the {build} build')
        failed += 1
print(f'{passed} passed, {failed} failed, {skipped} skipped')
sys.exit(1 if failed or not passed else 0)
