#!/usr/bin/env python3
"""Generates everything about the tables that is not written by hand.

    generate.py --out DIR [--docs FILE]

reads nb/*.json, sb/*.json and formats.json next to this script, checks them,
and writes into DIR (a build directory)

    schemas/nb.h schemas/sb.h       structs, enums, casts
    nb.c sb.c tables.c              descriptors
    schemas/formats.inc formats.c   the formats of strings
    openapi-schemas.json            a JSON Schema for each table
    openapi.json openapi.c          the REST interface, also as a C string
    docs/TABLES.md                  the reference manual (to FILE instead)

Files whose contents would not change are left alone, so that nothing is
compiled again for nothing.
"""

import argparse
import json
import pathlib
import sys

import generate_c
import generate_json_schema
import generate_openapi
import generate_reference

SCALARS = {"string", "integer", "real", "boolean", "enum"}
TYPES = SCALARS | {"set", "list", "map", "record", "flows"}
COLUMN_KEYS = {
    "name", "type", "doc", "of", "ref", "required", "optional", "default",
    "default_is_id", "is_id", "min", "max", "min_items", "max_length",
    "values", "columns", "keys", "other_keys", "key_of", "same_family"}
STATUS_KEYS = {"name", "type", "doc", "in_status"}
TABLE_KEYS = {"table", "doc", "id", "only_id", "keys", "columns", "open",
              "exactly_one_of", "at_most_one_of", "at_least_one_of",
              "same_family", "requires"}
MAP_KEY_KEYS = {"type", "of", "values", "min", "max", "doc"}
RULES = ("exactly_one_of", "at_most_one_of", "at_least_one_of",
         "same_family")
INT64_MIN, INT64_MAX = -2**63, 2**63 - 1


class SchemaError(Exception):
    """A table file is wrong; the message says where and why."""


def need(condition, where, message):
    if not condition:
        raise SchemaError(f"{where}: {message}")


def load_formats(folder):
    formats = json.loads((folder / "formats.json").read_text())
    for entry in formats:
        need(set(entry) <= {"name", "doc", "expected", "max_length"},
             "formats.json", f"unknown attribute in {entry}")
    return {entry["name"]: entry for entry in formats}


def load_map_key(where, key, spec, formats):
    need(set(spec) <= MAP_KEY_KEYS, where, f"unknown attribute of key {key}")
    need(spec.get("type", "string") in SCALARS, where, f"type of key {key}")
    need("doc" in spec, where, f"key {key} has no doc")
    need(spec.get("of", "name") in formats, where, f"format of key {key}")
    return {"name": key, "type": spec.get("type", "string"),
            "format": spec.get("of", "string"), "doc": spec["doc"],
            "values": spec.get("values", []),
            "min": spec.get("min", INT64_MIN),
            "max": spec.get("max", INT64_MAX)}


def default_of(column):
    """The default as a Python value, of scalars."""
    kind = column["type"]
    zero = {"string": "", "integer": 0, "real": 0.0, "boolean": False,
            "enum": column["values"][0] if column["values"] else None}
    return column.get("default", zero.get(kind))


def check_column(where, raw, column, formats):
    kind = column["type"]
    need(kind in TYPES, where, f"unknown type {kind}")
    need("doc" in raw and raw["doc"].endswith((".", "`")), where,
         "doc has to be there and end with a full stop")
    if kind == "enum":
        need(column["values"], where, "an enum has values")
        need(column["default"] in column["values"], where, "default")
        need(not raw.get("optional"), where,
             "an enum is optional by having \"\" among its values")
    if kind in ("set", "list"):
        of = column["of"]
        need(of in ("string", "integer") or (kind == "list"
                                             and of == "record")
             or of in formats, where, f"elements: unknown {of}")
    if kind == "string":
        need(column["format"] == "string" or column["format"] in formats,
             where, f"unknown format {column['format']}")
    if kind == "record" or column["of"] == "record":
        need(raw.get("columns"), where, "a record has columns")
    for flag in ("optional", "required"):
        need(not raw.get(flag) or kind in SCALARS or flag == "required",
             where, f"only scalars are {flag}")


def load_column(where, raw, formats):
    """A column with every attribute filled in."""
    need("name" in raw and "type" in raw, where, "name and type are needed")
    where = f"{where}.{raw['name']}"
    unknown = set(raw) - COLUMN_KEYS
    need(not unknown, where, f"unknown attribute {unknown}")
    kind = raw["type"]
    of = raw.get("of", "id" if "ref" in raw else "string")
    form = "string" if of in ("integer", "record") else of
    is_number = kind in ("integer", "real") or of == "integer"
    limits = formats.get(form, {})
    column = {
        "name": raw["name"], "type": kind, "of": of, "format": form,
        "doc": raw.get("doc", ""), "ref": raw.get("ref"),
        "required": raw.get("required", False),
        "optional": raw.get("optional", False),
        "is_id": raw.get("is_id", False),
        "default_is_id": raw.get("default_is_id", False),
        "values": raw.get("values", []),
        "min": raw.get("min", INT64_MIN) if is_number else INT64_MIN,
        "max": raw.get("max", INT64_MAX) if kind in ("integer", "real")
        else INT64_MAX,
        "min_items": raw.get("min_items", 0),
        "max_items": 4096 if kind in SCALARS else raw.get("max", 4096),
        "max_length": raw.get("max_length", limits.get("max_length", 65536)),
        "keys": [load_map_key(where, key, spec, formats)
                 for key, spec in sorted(raw.get("keys", {}).items())],
        "other_keys": raw.get("other_keys", "keys" not in raw),
        "key_of": raw.get("key_of", "string"),
        "same_family": raw.get("same_family", False),
        "columns": load_columns(where, raw.get("columns", []), formats)}
    if "default" in raw:
        column["default"] = raw["default"]
    column["default"] = default_of(column)
    check_column(where, raw, column, formats)
    return column


def load_columns(where, raws, formats):
    columns = [load_column(where, raw, formats) for raw in raws
               if not raw.get("in_status")]
    names = [column["name"] for column in columns]
    need(len(set(names)) == len(names), where, "a column is there twice")
    return columns


def load_status_columns(where, raws):
    """Columns of ovn-nb(5) that the translator writes: in status rows."""
    columns = [raw for raw in raws if raw.get("in_status")]
    for column in columns:
        need(set(column) == STATUS_KEYS, where, f"attributes of {column}")
    return columns


def load_id_columns(where, raw, formats):
    """The components of an id, if it has several."""
    if not isinstance(raw, list):
        need(raw in ("name", "uuid-or-name"), where, f"id: {raw}")
        return []
    parts = [{"name": part} if isinstance(part, str) else part
             for part in raw]
    need(2 <= len(parts) <= 4, where, "2 to 4 components")
    for part in parts:
        part.setdefault("of", "id")
        part.setdefault("ref", None)
        need(part["of"] in formats, where, f"format of {part}")
    return parts


def load_table(db, path, formats):
    where = f"{db}/{path.name}"
    try:
        raw = json.loads(path.read_text())
    except ValueError as error:
        raise SchemaError(f"{where}: {error}") from error
    unknown = set(raw) - TABLE_KEYS
    need(not unknown, where, f"unknown attribute {unknown}")
    need(raw.get("table") == path.stem, where, "the file is named otherwise")
    need("doc" in raw, where, "no doc")
    table = {"db": db, "name": raw["table"], "doc": raw["doc"],
             "open": raw.get("open", False), "id": raw.get("id"),
             "only_id": raw.get("only_id"), "id_columns": [],
             "columns": load_columns(where, raw["columns"], formats),
             "status_columns": load_status_columns(where, raw["columns"]),
             "rules": [(rule, raw[rule]) for rule in RULES if rule in raw]
             + [("requires", [column] + others)
                for column, others in raw.get("requires", {}).items()]}
    if db == "sb":
        need("keys" in raw, where, "a southbound table has keys")
        table["keys"] = raw["keys"]
    else:
        need("id" in raw, where, "a northbound table has an id")
        table["id_columns"] = load_id_columns(where, raw["id"], formats)
        parts = [part["name"] for part in table["id_columns"]] or ["id"]
        table["keys"] = ["/".join([db, raw["table"]]
                                  + ["{%s}" % part for part in parts])]
    has_alias = any(column["is_id"] for column in table["columns"])
    need(raw.get("id") != "name" or has_alias, where, "no is_id column")
    names = {column["name"] for column in table["columns"]}
    for rule, columns in table["rules"]:
        need(set(columns) <= names, where, f"{rule}: no such column")
        need(rule != "same_family" or all(
            column["type"] == "string" for column in table["columns"]
            if column["name"] in columns), where, "same_family of strings")
    return table


def load(folder, databases):
    """Every table, by database and name, and the formats."""
    formats = load_formats(pathlib.Path(__file__).parent)
    tables = [load_table(db, path, formats) for db in databases
              for path in sorted((folder / db).glob("*.json"))]
    known = {table["name"] for table in tables if table["db"] != "sb"}
    for table in tables:
        for column in table["columns"] + table["id_columns"]:
            need(column["ref"] is None or column["ref"] in known,
                 f"{table['name']}.{column['name']}",
                 f"refers to no table: {column['ref']}")
    return tables, formats


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--docs", type=pathlib.Path)
    parser.add_argument("--test", type=pathlib.Path, metavar="DIR",
                        help="make test.h and test.c from DIR/test/*.json")
    arguments = parser.parse_args()
    folder = arguments.test or pathlib.Path(__file__).parent
    databases = ["test"] if arguments.test else ["nb", "sb"]
    try:
        tables, formats = load(folder, databases)
    except SchemaError as error:
        sys.exit(f"schemas/{error}")
    if arguments.test:
        for name, text in generate_c.database_files("test", tables).items():
            write(arguments.out / name, text)
        write(arguments.out / "test-schemas.json",
              generate_json_schema.table_schemas(tables, formats))
        return
    files = generate_c.files(tables, formats)
    files.update(generate_openapi.files(tables, formats))
    for name, text in files.items():
        write(arguments.out / name, text)
    write(arguments.docs or arguments.out / "docs" / "TABLES.md",
          generate_reference.manual(tables, formats))
    (arguments.out / "generated.stamp").touch()


if __name__ == "__main__":
    main()
