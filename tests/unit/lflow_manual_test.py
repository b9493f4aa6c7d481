"""Executes every example of docs/lflow.md, and looks that there is one for
every symbol.

    lflow_manual_test.py             compares
    lflow_manual_test.py --update    rewrites the examples' results

An example block is fenced and begins with "```lflow COMMAND"; in it a line
"> TEXT" is input and what follows is what weftctl lflow prints.  The block
"```json fixture" is the fixture of all of them.
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get("WEFT_BUILD_DIR", os.path.join(SOURCE, "build"))
TOOL = os.path.join(BUILD, "tests", "lflow_tool")
MANUAL = os.path.join(SOURCE, "docs", "lflow.md")
BLOCK = re.compile(r"^```lflow (.*)\n((?:.*\n)*?)```$", re.M)
FIXTURE = re.compile(r"^```json fixture\n((?:.*\n)*?)```$", re.M)


def run(fixture, command, text):
    done = subprocess.run([TOOL, "--fixture", fixture] + shlex.split(command),
                          input=text + "\n", text=True, capture_output=True,
                          timeout=20)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout


def execute(fixture, command, body):
    """The body of a block with its results as they are now."""
    return "".join(f"{line}\n{run(fixture, command, line[2:])}"
                   for line in body.splitlines() if line.startswith("> "))


def uncovered(text, blocks):
    """Symbols that a match may name and no example does."""
    done = subprocess.run([TOOL, "dump-symtab"], text=True, timeout=20,
                          capture_output=True, check=True)
    inputs = "\n".join(line for _, body in blocks
                       for line in body.splitlines() if line[:2] == "> ")
    return [line.split()[0] for line in done.stdout.splitlines()
            if "only in actions" not in line
            and not re.search(rf"(?<![\w.]){re.escape(line.split()[0])}"
                              r"(?![\w.])", inputs)]


def main():
    with open(MANUAL, encoding="utf-8") as f:
        text = f.read()
    blocks = BLOCK.findall(text)
    missing = uncovered(text, blocks)
    failures = [f"no example of {name}" for name in missing]
    n = 0
    with tempfile.TemporaryDirectory(prefix="weft-lflow-") as folder:
        fixture = os.path.join(folder, "fixture.json")
        with open(fixture, "w", encoding="utf-8") as f:
            f.write(FIXTURE.search(text)[1])

        def redo(block):
            nonlocal n
            new = execute(fixture, block[1], block[2])
            n += new.count("\n> ") + 1
            if new != block[2]:
                failures.append(f"lflow {block[1]}\n{block[2]}--- is now\n"
                                f"{new}")
            return f"```lflow {block[1]}\n{new}```"

        updated = BLOCK.sub(redo, text)
    if "--update" in sys.argv:
        with open(MANUAL, "w", encoding="utf-8") as f:
            f.write(updated)
        failures = [f"no example of {name}" for name in missing]
    for failure in failures:
        print(failure)
    print(f"{n} examples, {len(failures)} failures")
    return 1 if failures or n < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
