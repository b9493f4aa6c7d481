"""Links between documents lead somewhere, and documents name files that
exist."""
import os
import re

from tree import SOURCE, files, read, report

faults = []
documents = files('*.md')
for name in documents:
    text = re.sub(r'```.*?```', '', read(name), flags=re.S)
    for link in re.findall(r'\]\(([^)#\s]+)(?:#[^)]*)?\)', text):
        if '://' in link or link.startswith('mailto:'):
            continue
        path = os.path.normpath(os.path.join(SOURCE, os.path.dirname(name),
                                             link))
        if not os.path.exists(path):
            faults.append(f'{name}: link to {link}')
report(faults, len(documents))
