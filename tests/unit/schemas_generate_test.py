#!/usr/bin/env python3
"""generate.py refuses table files that are wrong, and says where and why."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ.get(
    "WEFT_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
GENERATE = SOURCE / "schemas" / "generate.py"

GOOD = {"table": "t", "doc": "A table.", "id": "uuid-or-name", "columns": [
    {"name": "a", "type": "string", "doc": "A column."}]}


def column(**attributes):
    return {"columns": [{"name": "a", "type": "string", "doc": "A column.",
                         **attributes}]}


# (what is put over GOOD, what the message has to say); None removes.
CASES = [
    ({}, None),
    ({"colour": 1}, "unknown attribute {'colour'}"),
    ({"table": "u"}, "the file is named otherwise"),
    ({"doc": None}, "no doc"),
    ({"id": None}, "a northbound table has an id"),
    ({"id": "number"}, "id: number"),
    ({"id": ["a"]}, "2 to 4 components"),
    ({"id": [{"name": "a", "of": "nix"}, "b"]}, "format of"),
    ({"id": "name"}, "no is_id column"),
    (column(colour=1), "test/t.json.a: unknown attribute {'colour'}"),
    (column(type="text"), "unknown type text"),
    (column(of="nix"), "unknown format nix"),
    (column(doc="No full stop"), "doc has to be there"),
    (column(ref="nix"), "refers to no table: nix"),
    (column(type="enum"), "an enum has values"),
    (column(type="enum", values=["a"], default="b"), "default"),
    (column(type="enum", values=["a"], optional=True), "an enum is optional"),
    (column(type="set", of="record"), "elements: unknown record"),
    (column(type="list", of="record"), "a record has columns"),
    (column(type="record"), "a record has columns"),
    (column(type="set", optional=True), "only scalars are optional"),
    (column(type="map", keys={"k": {"type": "string"}}), "key k has no doc"),
    (column(type="map", keys={"k": {"type": "set", "doc": "K."}}),
     "type of key k"),
    (column(type="map", keys={"k": {"of": "nix", "doc": "K."}}),
     "format of key k"),
    (column(type="map", keys={"k": {"x": 1, "doc": "K."}}),
     "unknown attribute of key k"),
    ({"columns": GOOD["columns"] * 2}, "a column is there twice"),
    ({"exactly_one_of": ["b"]}, "exactly_one_of: no such column"),
    (column(in_status=True, required=True), "attributes of"),
]


def run(folder, table):
    (folder / "test").mkdir(exist_ok=True)
    text = table if isinstance(table, str) else json.dumps(table)
    (folder / "test" / "t.json").write_text(text)
    return subprocess.run(
        [sys.executable, "-B", GENERATE, "--test", folder, "--out",
         folder / "out"], capture_output=True, text=True)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for change, message in CASES:
            table = {key: value for key, value in {**GOOD, **change}.items()
                     if value is not None}
            result = run(folder, table)
            if message is None:
                assert result.returncode == 0, result.stderr
                continue
            assert result.returncode == 1, (change, result.stderr)
            assert message in result.stderr, (message, result.stderr)
            assert "Traceback" not in result.stderr, result.stderr
        result = run(folder, "{")
        assert result.returncode == 1 and "t.json" in result.stderr
    print(f"{len(CASES) + 1} table files")


if __name__ == "__main__":
    main()
