#!/usr/bin/env python3
"""The generated documents: docs/TABLES.md is what schemas/ says, the OpenAPI
document holds together, and each table's schema is in it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

SOURCE = pathlib.Path(os.environ.get(
    "WEFT_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
GENERATE = SOURCE / "schemas" / "generate.py"
METHODS = {"get", "put", "post", "patch", "delete"}


def generate(folder):
    subprocess.run([sys.executable, "-B", GENERATE, "--out", folder],
                   check=True)


def check_manual(folder):
    fresh = (folder / "docs" / "TABLES.md").read_text()
    committed = SOURCE / "docs" / "TABLES.md"
    if not committed.exists() or committed.read_text() != fresh:
        sys.exit("docs/TABLES.md is not what schemas/ says: run\n"
                 "    schemas/generate.py --out /tmp/schemas "
                 "--docs docs/TABLES.md")


def references(value):
    """Every $ref in a JSON value."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def check_references(document):
    for reference in references(document):
        target = document
        for step in reference.removeprefix("#/").split("/"):
            assert step in target, f"{reference} leads nowhere"
            target = target[step]


def check_paths(document):
    seen = set()
    for path, item in document["paths"].items():
        wanted = {part[1:-1] for part in path.split("/")
                  if part.startswith("{")}
        given = {one["name"] for one in item.get("parameters", ())
                 if one.get("in") == "path"}
        assert wanted == given, f"{path}: parameters {given}"
        for method in METHODS & set(item):
            operation = item[method]
            name = operation["operationId"]
            assert name not in seen, f"{name} is there twice"
            seen.add(name)
            assert operation["responses"], f"{name}: no responses"
    assert {"list_acl", "create_acl", "get_acl", "put_acl", "patch_acl",
            "delete_acl", "status_acl",
            "batch"} <= seen


def check_schemas(document):
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path in (SOURCE / "schemas" / "nb").glob("*.json"):
        table = json.loads(path.read_text())
        properties = schemas[path.stem]["properties"]
        for column in table["columns"]:
            assert (column["name"] in properties) != bool(
                column.get("in_status")), f"{path.stem}.{column['name']}"
            if not column.get("in_status"):
                assert properties[column["name"]]["description"]


def check_nothing_changes(folder):
    """A second run writes no file again: nothing is compiled for nothing."""
    before = {path: path.stat().st_mtime_ns
              for path in folder.rglob("*") if path.is_file()}
    generate(folder)
    after = {path: path.stat().st_mtime_ns for path in before}
    changed = {path.name for path in before if before[path] != after[path]}
    assert changed == {"generated.stamp"}, changed


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        generate(folder)
        document = json.loads((folder / "openapi.json").read_text())
        check_references(document)
        check_paths(document)
        check_schemas(document)
        check_nothing_changes(folder)
        check_manual(folder)
    print(f"{len(document['paths'])} paths, "
          f"{len(document['components']['schemas'])} schemas")


if __name__ == "__main__":
    main()
