"""JSON Schema of every table and the OpenAPI document, for generate.py."""

import json

import generate_c


def files(tables, formats):
    document = json.dumps({"openapi": "3.1.0"}, indent=1, sort_keys=True)
    return {"openapi.json": document + "\n",
            "openapi.c": generate_c.string_file("schema_openapi_json",
                                                document)}
