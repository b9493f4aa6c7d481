"""JSON Schema of every table (openapi-schemas.json), for generate.py.

The JSON Schemas say all that the C validators check, so that any client can
check a row beforehand; tests/unit/schemas_oracle_test.py holds the two
against each other.  What JSON Schema has no word for stands in formats
(docs/TABLES.md lists them) and in keywords of our own:

    x-weft-minimum, x-weft-maximum  of the number that a string holds
    x-weft-is-id                    the value must be the row's id
    x-weft-ref                      the value names a row of that table
    x-weft-same-family              these members, or (true) each name and its
                                    value, are of one address family
"""

import json

INT64_MIN, INT64_MAX = -2**63, 2**63 - 1


def string_schema(form, max_length=None, values=None):
    """Of a string that has to have the format."""
    schema = {"type": "string"}
    if values:
        schema["enum"] = values
    if form != "string":
        schema["format"] = form
    if max_length is not None and not values:
        schema["maxLength"] = max_length
    return schema


def integer_schema(low, high):
    return {"type": "integer", "minimum": low, "maximum": high}


def map_key_schema(key):
    """Of the string in a map that holds a value of the key's type."""
    if key["type"] == "boolean":
        schema = {"type": "string", "enum": ["true", "false"]}
    elif key["type"] == "enum":
        schema = {"type": "string", "enum": key["values"]}
    elif key["type"] == "integer":
        schema = {"type": "string", "pattern": "^-?[0-9]+$",
                  "x-weft-minimum": key["min"], "x-weft-maximum": key["max"]}
    else:
        schema = string_schema(key["format"])
    schema["description"] = key["doc"]
    return schema


def integer_key_schema(key):
    schema = integer_schema(key["min"], key["max"])
    schema["description"] = key["doc"]
    return schema


def map_schema(column):
    integers = column["of"] == "integer"
    known = {key["name"]: (integer_key_schema if integers
                           else map_key_schema)(key)
             for key in column["keys"]}
    schema = {"type": "object", "maxProperties": column["max_items"]}
    if column["min_items"]:
        schema["minProperties"] = column["min_items"]
    if known:
        schema["properties"] = known
    if not column["other_keys"]:
        schema["additionalProperties"] = False
    elif integers:
        schema["additionalProperties"] = integer_schema(INT64_MIN, INT64_MAX)
    else:
        schema["additionalProperties"] = string_schema(column["format"])
    if column["same_family"]:
        schema["x-weft-same-family"] = True
    if column["key_of"] != "string":
        schema["propertyNames"] = string_schema(column["key_of"])
    return schema


def array_schema(column):
    if column["of"] == "record":
        items = record_schema(column["columns"])
    elif column["of"] == "integer":
        items = integer_schema(column["min"], column["max"])
    else:
        items = string_schema(column["format"], column["max_length"],
                              column["values"])
    schema = {"type": "array", "items": items,
              "maxItems": column["max_items"]}
    if column["min_items"]:
        schema["minItems"] = column["min_items"]
    if column["type"] == "set":
        schema["uniqueItems"] = True
    return schema


def flows_schema(column):
    text = {"type": "string", "minLength": 1}
    return {"type": "array", "maxItems": column["max_items"], "items": {
        "type": "array", "minItems": 4, "maxItems": 5, "prefixItems": [
            text, integer_schema(0, 65535), text, {"type": "string"},
            {"type": "object",
             "additionalProperties": {"type": "string"}}]}}


def scalar_schema(column):
    kind = column["type"]
    if kind == "integer":
        return integer_schema(column["min"], column["max"])
    if kind == "real":
        schema = {"type": "number"}
        if column["min"] > INT64_MIN:
            schema["minimum"] = column["min"]
        if column["max"] < INT64_MAX:
            schema["maximum"] = column["max"]
        return schema
    if kind == "boolean":
        return {"type": "boolean"}
    if kind == "enum":
        return {"type": "string", "enum": column["values"]}
    if column["is_id"]:
        return {"type": "string", "x-weft-is-id": True}
    schema = string_schema(column["format"], column["max_length"])
    if column["required"]:
        schema["minLength"] = 1
    elif "format" in schema and not column["optional"]:
        # Empty is as if it were absent.
        schema["anyOf"] = [{"const": ""}, {"format": schema.pop("format")}]
    return schema


def column_schema(column):
    kind = column["type"]
    if kind == "map":
        schema = map_schema(column)
    elif kind in ("set", "list"):
        schema = array_schema(column)
    elif kind == "flows":
        schema = flows_schema(column)
    elif kind == "record":
        schema = record_schema(column["columns"])
    else:
        schema = scalar_schema(column)
        if not (column["required"] or column["optional"]
                or column["is_id"] or column["default_is_id"]):
            schema["default"] = column["default"]
    schema["description"] = column["doc"]
    if column["ref"]:
        schema["x-weft-ref"] = column["ref"]
    return schema


def record_schema(columns, is_open=False):
    schema = {"type": "object",
              "properties": {column["name"]: column_schema(column)
                             for column in columns}}
    required = [column["name"] for column in columns if column["required"]]
    if required:
        schema["required"] = required
    if not is_open:
        schema["additionalProperties"] = False
    return schema


def is_given(name):
    """'name' is there and not empty."""
    return {"required": [name], "properties": {
        name: {"minLength": 1, "minItems": 1, "minProperties": 1}}}


def rule_schema(rule, columns):
    given = [is_given(name) for name in columns]
    if rule == "exactly_one_of":
        return {"oneOf": given}
    if rule == "at_least_one_of":
        return {"anyOf": given}
    if rule == "requires":
        then = given[1] if len(given) == 2 else {"allOf": given[1:]}
        return {"if": given[0], "then": then}
    if rule == "same_family":
        return {"x-weft-same-family": columns}
    return {"anyOf": [{"not": {"anyOf": given}}, {"oneOf": given}]}


def table_schema(table):
    schema = record_schema(table["columns"], table["open"])
    schema["description"] = table["doc"]
    rules = [rule_schema(rule, columns) for rule, columns in table["rules"]]
    if rules:
        schema["allOf"] = rules
    return schema


def dump(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def table_schemas(tables, formats):
    """The text of openapi-schemas.json."""
    schemas = {f"{table['db']}.{table['name']}": table_schema(table)
               for table in tables}
    return dump({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": schemas,
        "x-weft-formats": {name: entry["doc"]
                           for name, entry in formats.items()}})
