"""Runs the examples of docs/REST.md and compares what they print: "$ " begins a
command, "> " goes on with it, "…" stands for any text."""

import re
import subprocess

import api_support


def examples(text):
    """[(line number, command, expected output)] of the console blocks."""
    result, command = [], None
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
            command = None
        elif inside and line.startswith("$ "):
            command = [number, line[2:], []]
            result.append(command)
        elif inside and line.startswith("> ") and not command[2]:
            command[1] += "\n" + line[2:]
        elif inside:
            command[2].append(line)
    return [(n, command, "\n".join(output).strip())
            for n, command, output in result]


def main():
    support = api_support.need_etcd()
    text = (api_support.SOURCE / "docs" / "REST.md").read_text()
    commands = examples(text)
    assert len(commands) >= 20, "the examples are not found"
    with support.Etcd() as etcd, api_support.Server(etcd) as server:
        for number, command, expected in commands:
            done = subprocess.run(
                ["bash", "-c", f"set -o pipefail\n{command}"],
                env={"PATH": "/usr/bin:/bin",
                     "API": f"http://127.0.0.1:{server.port}/v1"},
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
            output = done.stdout.decode().replace("\r", "").strip()
            pattern = ".*".join(map(re.escape, expected.split("…")))
            assert done.returncode == 0 and re.fullmatch(
                pattern, output, re.DOTALL), (
                    f"docs/REST.md:{number}: {command}\n"
                    f"expected: {expected}\ngot ({done.returncode}): "
                    f"{output}")
    print(f"{len(commands)} examples are true")


if __name__ == "__main__":
    main()
