"""The OpenAPI 3.1 document of the REST interface (api/), for generate.py."""

import copy

import generate_c
from generate_json_schema import dump, table_schema, table_schemas


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def json_body(schema, kind="application/json"):
    return {kind: {"schema": schema}}


# Members of a row over HTTP that are no columns.
ROW_MEMBERS = {
    "id": {"type": "string", "description": "The row's id, which the path "
           "names too; in POST the id to use, made up unless given."},
    "_uuid": {"type": "string", "format": "uuid", "readOnly": True,
              "description": "The row's UUID."},
    "_revision": {"type": "integer", "description": "The etcd revision of "
                  "the row's last change: its ETag. In a request: as "
                  "If-Match."},
    "_error": {"type": "string", "readOnly": True,
               "description": "Why what lies in etcd is no valid row."},
    "_status": {**ref("schemas", "status"), "readOnly": True,
                "description": "With `status=true`: the row's status."}}

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
                                         "message": {"type": "string"}}}},
            "done": {"type": "boolean",
                     "description": "Of a time-out: the change is made all "
                                    "the same."},
            "revision": {"type": "integer", "description": "Of it."},
            "behind": {"type": "array", "items": {"type": "string"},
                       "description": "The chassis that lag behind it."}}},
    "Operation": {
        "type": "object",
        "required": ["op", "table", "id"],
        "additionalProperties": False,
        "properties": {
            "op": {"type": "string", "enum": ["put", "patch", "delete"]},
            "table": {"type": "string"},
            "id": {"type": "string",
                   "description": "Components, percent-encoded, are joined "
                                  "by `/`; a single one is as it is."},
            "row": {"type": "object",
                    "description": "The row; for `patch` a merge patch "
                                   "(RFC 7396); none for `delete`."},
            "if_match": {"type": ["string", "integer"],
                         "description": "As the header If-Match."},
            "if_none_match": {"type": "string", "enum": ["*"]}}},
    "Written": {
        "type": "object",
        "required": ["revision", "results"],
        "properties": {
            "revision": {"type": "integer",
                         "description": "Of the transaction."},
            "results": {"type": "array", "items": {
                "type": "object",
                "properties": {"table": {"type": "string"},
                               "id": {"type": "string"}}}}}}}


def parameter(name, where, description, **schema):
    return {"name": name, "in": where, "description": description,
            "schema": schema}


COMMON_PARAMETERS = {
    "wait": parameter(
        "wait", "query", "Answer only when the change is in etcd (`none`), "
        "in the southbound (`sb`), in every switch (`hv`).",
        type="string", enum=["none", "sb", "hv"], default="none"),
    "timeout": parameter("timeout", "query", "Seconds to wait at most.",
                         type="integer", minimum=1, maximum=600, default=30),
    "limit": parameter("limit", "query", "At most so many rows.",
                       type="integer", minimum=1, maximum=1000),
    "continue": parameter("continue", "query",
                          "`continue` of the page before.", type="string"),
    "watch": parameter("watch", "query", "Answer with server-sent events: "
                       "the rows there are, then every change.",
                       type="boolean", default=False),
    "last_event_id": parameter(
        "Last-Event-ID", "header", "With `watch`: the last `id` heard; only "
        "what changed since then is told.", type="string"),
    "status": parameter("status", "query", "With the row's status.",
                        type="boolean", default=False),
    "if_match": parameter("If-Match", "header", "Only if this is the row's "
                          "ETag; `*`: only if there is one.", type="string"),
    "if_none_match": parameter("If-None-Match", "header",
                               "`*`: only if there is no such row.",
                               type="string")}

PROBLEMS = {
    "400": ("Invalid", "The row or the request is malformed: `errors` names "
                       "every fault."),
    "401": ("Unauthorized", "A bearer token is needed."),
    "403": ("Forbidden", "The token may only read."),
    "404": ("NotFound", "No such row or table."),
    "409": ("Conflict", "There is such a row, or it was changed meanwhile."),
    "410": ("Gone", "The revision of `continue` is gone: begin again."),
    "412": ("PreconditionFailed", "The row has another ETag."),
    "413": ("TooLarge", "More than a request may hold."),
    "500": ("Failed", "etcd refused, or did not say whether the change was "
                      "made."),
    "503": ("Unavailable", "etcd cannot be reached, or there are too many "
                           "event streams."),
    "504": ("Timeout", "No answer in time; with `done`, the change is made, "
                       "but `behind` have not got it."),
    "507": ("NoSpace", "etcd's space quota is used up.")}
READ_PROBLEMS = ("400", "401", "404", "500", "503")
WRITE_PROBLEMS = ("400", "401", "403", "404", "409", "412", "413", "500",
                  "503", "504", "507")


def problems(codes):
    return {code: ref("responses", PROBLEMS[code][0]) for code in codes}


def answer(description, schema, *headers):
    response = {"description": description, "content": json_body(schema)}
    headers = ("Weft-Revision",) + headers
    response["headers"] = {name: {"schema": {"type": "string"}}
                           for name in headers}
    return response


def id_components(table):
    return [part["name"] for part in table["id_columns"]] or ["id"]


def id_parameters(table):
    return [{**parameter(name, "path", "Percent-encoded.", type="string"),
             "required": True} for name in id_components(table)]


def filters(table):
    """Query parameters that choose rows."""
    yield parameter("id", "query", "Only the row with this id.",
                    type="string")
    for column in table["columns"]:
        if column["type"] in ("string", "integer", "real", "boolean",
                              "enum"):
            yield parameter(column["name"], "query", "Only rows whose column "
                            "is this.", type="string")
        elif column["type"] in ("set", "list") and column["of"] != "record":
            yield parameter(column["name"], "query", "Only rows whose column "
                            "holds this.", type="string")
        elif column["type"] == "map":
            for key in column["keys"]:
                yield parameter(f"{column['name']}.{key['name']}", "query",
                                "Only rows whose map has this.",
                                type="string")


def operation(name, table, summary, responses, **more):
    return {"operationId": f"{name}_{table}", "tags": [table],
            "summary": summary, "responses": responses, **more}


def write_parameters(*more):
    return [ref("parameters", name) for name in ("wait", "timeout") + more]


def table_path(table):
    name = table["name"]
    row = ref("schemas", name)
    page = {"type": "object", "required": ["items", "revision"],
            "properties": {
                "items": {"type": "array", "items": row},
                "revision": {"type": "integer",
                             "description": "The etcd revision read."},
                "continue": {"type": "string",
                             "description": "Absent on the last page."}}}
    rows = answer("The rows.", page)
    rows["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    created = answer("Created.", row, "ETag", "Location")
    return {
        "get": operation(
            "list", name, f"The rows of {name}",
            {"200": rows, **problems(READ_PROBLEMS + ("410",))},
            parameters=[ref("parameters", one)
                        for one in ("limit", "continue", "watch",
                                    "last_event_id")]
            + list(filters(table))),
        "post": operation(
            "create", name, "Make a row that must not exist",
            {"201": created, **problems(WRITE_PROBLEMS)},
            parameters=write_parameters(),
            requestBody={"required": True, "content": json_body(row)})}


def row_path(table):
    name = table["name"]
    row = ref("schemas", name)
    done = answer("Done.", row, "ETag")
    created = answer("Created.", row, "ETag", "Location")
    patch = json_body({"type": "object"}, "application/merge-patch+json")
    return {
        "parameters": id_parameters(table),
        "get": operation(
            "get", name, f"A row of {name}",
            {"200": answer("The row.", row, "ETag"),
             "304": {"description": "If-None-Match has the row's ETag."},
             **problems(READ_PROBLEMS)},
            parameters=[ref("parameters", "status")]),
        "put": operation(
            "put", name, "Make the row, or replace it",
            {"200": done, "201": created, **problems(WRITE_PROBLEMS)},
            parameters=write_parameters("if_match", "if_none_match"),
            requestBody={"required": True, "content": json_body(row)}),
        "patch": operation(
            "patch", name, "Change columns of the row (RFC 7396)",
            {"200": done, **problems(WRITE_PROBLEMS)},
            parameters=write_parameters("if_match"),
            requestBody={"required": True, "content": patch}),
        "delete": operation(
            "delete", name, "Delete the row",
            {"204": {"description": "Deleted."}, **problems(WRITE_PROBLEMS)},
            parameters=write_parameters("if_match"))}


def status_path(table):
    return {
        "parameters": id_parameters(table),
        "get": operation("status", table["name"], "What became of the row",
                         {"200": answer("The status.",
                                        ref("schemas", "status")),
                          **problems(READ_PROBLEMS)})}


def batch_path():
    body = {"type": "array", "minItems": 1,
            "items": ref("schemas", "Operation")}
    return {"post": {
        "operationId": "batch",
        "summary": "Several changes in one transaction: all or none",
        "parameters": write_parameters(),
        "requestBody": {"required": True, "content": json_body(body)},
        "responses": {"200": answer("Done.", ref("schemas", "Written")),
                      **problems(WRITE_PROBLEMS)}}}


def index_path():
    tables = {"type": "object", "additionalProperties": {
        "type": "object", "required": ["url", "description"],
        "properties": {"url": {"type": "string"},
                       "description": {"type": "string"}}}}
    index = {"type": "object", "required": ["version", "openapi", "tables"],
             "properties": {"version": {"type": "string"},
                            "openapi": {"type": "string"},
                            "tables": tables}}
    return {"get": {
        "operationId": "index", "summary": "The tables",
        "responses": {"200": {"description": "The tables.",
                              "content": json_body(index)},
                      **problems(("401",))}}}


def row_schema(table):
    """The table's schema with the members that are no columns."""
    schema = copy.deepcopy(table_schema(table))
    members = copy.deepcopy(ROW_MEMBERS)
    schema["properties"] = {**members, **schema["properties"]}
    return schema


def document(tables):
    schemas = dict(COMMON_SCHEMAS)
    paths = {"/v1": index_path(), "/v1/batch": batch_path()}
    for table in tables:
        name = table["name"]
        if (table["db"], name) == ("sb", "status"):
            schemas[name] = table_schema(table)
        if table["db"] != "nb":
            continue
        schemas[name] = row_schema(table)
        ids = "/".join("{%s}" % part for part in id_components(table))
        paths[f"/v1/{name}"] = table_path(table)
        paths[f"/v1/{name}/{ids}"] = row_path(table)
        paths[f"/v1/status/{name}/{ids}"] = status_path(table)
    responses = {name: {"description": text,
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
        "servers": [{"url": "/"}],      # The one that gave the document.
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
