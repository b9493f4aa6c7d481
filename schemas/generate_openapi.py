"""JSON Schema of every table and the OpenAPI document, for generate.py.

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

import generate_c

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
        return {"if": given[0], "then": {"allOf": given[1:]}}
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


def table_schemas(tables, formats):
    """The text of openapi-schemas.json."""
    schemas = {f"{table['db']}.{table['name']}": table_schema(table)
               for table in tables}
    return dump({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": schemas,
        "x-weft-formats": {name: entry["doc"]
                           for name, entry in formats.items()}})


# ---- The REST interface -----------------------------------------------------

def dump(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def json_body(schema, kind="application/json"):
    return {kind: {"schema": schema}}


ENTRY_DOC = ("A row with what is known about it. `revision` is the etcd "
             "revision of its last change, the ETag of the row.")

COMMON_SCHEMAS = {
    "Problem": {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "description": "Every fault, by the path of its field.",
                "items": {"type": "object",
                          "required": ["field", "message"],
                          "properties": {"field": {"type": "string"},
                                         "message": {"type": "string"}}}}}},
    "Written": {
        "type": "object",
        "description": "A change that etcd has committed.",
        "properties": {
            "revision": {"type": "integer",
                         "description": "Of the transaction."}}},
    "Operation": {
        "type": "object",
        "required": ["op", "table", "id"],
        "properties": {
            "op": {"type": "string", "enum": ["put", "patch", "delete"]},
            "table": {"type": "string"},
            "id": {"type": "string",
                   "description": "As in the path of the row."},
            "row": {"type": "object",
                    "description": "The row, or for `patch` a merge patch "
                                   "(RFC 7396)."},
            "if_match": {"type": "string",
                         "description": "As the header If-Match."},
            "if_none_match": {"type": "string", "enum": ["*"]}}},
    "Batch": {
        "type": "object", "required": ["operations"],
        "properties": {"operations": {
            "type": "array", "minItems": 1, "items": ref("schemas",
                                                         "Operation")}}}}

COMMON_PARAMETERS = {
    "wait": {
        "name": "wait", "in": "query",
        "description": "Answer only when the change is in etcd (`none`), in "
                       "the southbound (`sb`), in every switch (`hv`).",
        "schema": {"type": "string", "enum": ["none", "sb", "hv"],
                   "default": "none"}},
    "timeout": {
        "name": "timeout", "in": "query",
        "description": "Seconds to wait at most.",
        "schema": {"type": "integer", "minimum": 1}},
    "limit": {
        "name": "limit", "in": "query",
        "description": "At most so many rows.",
        "schema": {"type": "integer", "minimum": 1}},
    "continue": {
        "name": "continue", "in": "query",
        "description": "Where the last answer ended: its `continue`.",
        "schema": {"type": "string"}},
    "watch": {
        "name": "watch", "in": "query",
        "description": "Answer with server-sent events: the rows there are, "
                       "then every change.",
        "schema": {"type": "boolean", "default": False}},
    "if_match": {
        "name": "If-Match", "in": "header",
        "description": "Only if the row's ETag is this.",
        "schema": {"type": "string"}},
    "if_none_match": {
        "name": "If-None-Match", "in": "header",
        "description": "`*`: only if there is no such row.",
        "schema": {"type": "string"}}}

PROBLEMS = {
    "400": ("Invalid", "The row or the request is malformed: `errors` names "
                       "every fault."),
    "401": ("Unauthorized", "A bearer token is needed."),
    "404": ("NotFound", "No such row or table."),
    "409": ("Conflict", "Changed by somebody else meanwhile."),
    "412": ("PreconditionFailed", "The row has another ETag."),
    "413": ("TooLarge", "More than a request may hold."),
    "503": ("Unavailable", "etcd cannot be reached."),
    "504": ("Timeout", "The change is made, but not everybody has it: "
                       "`detail` names who lags.")}


def problems(*codes):
    return {code: ref("responses", PROBLEMS[code][0]) for code in codes}


def answer(description, schema, etag=False):
    response = {"description": description, "content": json_body(schema)}
    if etag:
        response["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return response


def id_parameters(table):
    parts = table["id_columns"] or [{"name": "id", "of": None}]
    return [{"name": part["name"], "in": "path", "required": True,
             "description": "Percent-encoded.",
             "schema": {"type": "string"}} for part in parts]


def filters(table):
    return [{"name": column["name"], "in": "query",
             "description": "Only rows whose column is this.",
             "schema": {"type": "string"}}
            for column in table["columns"]
            if column["type"] in ("string", "integer", "boolean", "enum")]


def list_path(table, entry):
    page = {"type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": entry},
        "revision": {"type": "integer",
                     "description": "The etcd revision that was read."},
        "continue": {"type": "string",
                     "description": "Absent on the last page."}}}
    response = answer("The rows.", page)
    response["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    return {"get": {
        "operationId": f"list_{table['name']}", "tags": [table["name"]],
        "summary": f"The rows of {table['name']}",
        "parameters": [ref("parameters", "limit"),
                       ref("parameters", "continue"),
                       ref("parameters", "watch")] + filters(table),
        "responses": {"200": response, **problems("400", "401", "503")}}}


def write_operation(table, verb, summary, body):
    operation = {
        "operationId": f"{verb}_{table['name']}", "tags": [table["name"]],
        "summary": summary,
        "parameters": [ref("parameters", "wait"), ref("parameters", "timeout"),
                       ref("parameters", "if_match")],
        "responses": {
            "200": answer("Done.", ref("schemas", "Written"), True),
            **problems("400", "401", "404", "409", "412", "413", "503",
                       "504")}}
    if verb == "put":
        operation["parameters"].append(ref("parameters", "if_none_match"))
        operation["responses"]["201"] = answer(
            "Created.", ref("schemas", "Written"), True)
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def row_path(table, entry):
    name = table["name"]
    schema = ref("schemas", name)
    return {
        "parameters": id_parameters(table),
        "get": {"operationId": f"get_{name}", "tags": [name],
                "summary": f"A row of {name}",
                "responses": {"200": answer("The row.", entry, True),
                              **problems("401", "404", "503")}},
        "put": write_operation(table, "put", "Make the row, or replace it",
                               json_body(schema)),
        "patch": write_operation(
            table, "patch", "Change columns of the row (RFC 7396)",
            json_body({"type": "object"}, "application/merge-patch+json")),
        "delete": write_operation(table, "delete", "Delete the row", None)}


def entry_schema(name):
    return {"type": "object", "description": ENTRY_DOC,
            "required": ["id", "row"],
            "properties": {"id": {"type": "string"},
                           "uuid": {"type": "string", "format": "uuid"},
                           "revision": {"type": "integer"},
                           "row": ref("schemas", name),
                           "status": ref("schemas", "status")}}


def batch_path():
    return {"post": {
        "operationId": "batch",
        "summary": "Several changes in one transaction: all or none",
        "parameters": [ref("parameters", "wait"),
                       ref("parameters", "timeout")],
        "requestBody": {"required": True,
                        "content": json_body(ref("schemas", "Batch"))},
        "responses": {"200": answer("Done.", ref("schemas", "Written")),
                      **problems("400", "401", "409", "412", "413", "503",
                                 "504")}}}


def document(tables):
    schemas = dict(COMMON_SCHEMAS)
    paths = {"/v1/batch": batch_path()}
    for table in tables:
        name = table["name"]
        if table["db"] == "sb":
            if name == "status":
                schemas[name] = table_schema(table)
            continue
        schemas[name] = table_schema(table)
        schemas[f"{name}_entry"] = entry_schema(name)
        entry = ref("schemas", f"{name}_entry")
        ids = "/".join("{%s}" % part["name"] for part in
                       table["id_columns"] or [{"name": "id"}])
        paths[f"/v1/{name}"] = list_path(table, entry)
        paths[f"/v1/{name}/{ids}"] = row_path(table, entry)
    responses = {name: {
        "description": text,
        "content": json_body(ref("schemas", "Problem"),
                             "application/problem+json")}
                 for name, text in PROBLEMS.values()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Weft", "version": "1",
                 "description": "The northbound model of Weft: one path for "
                                "each table. docs/TABLES.md is the manual.",
                 "license": {"name": "Apache-2.0",
                             "identifier": "Apache-2.0"}},
        "security": [{}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas, "responses": responses,
            "parameters": COMMON_PARAMETERS,
            "securitySchemes": {"bearer": {"type": "http",
                                           "scheme": "bearer"}}}}


def files(tables, formats):
    """Names and contents of the files about the REST interface."""
    text = dump(document(tables))
    return {"openapi-schemas.json": table_schemas(tables, formats),
            "openapi.json": text,
            "openapi.c": generate_c.string_file("schema_openapi_json", text)}
