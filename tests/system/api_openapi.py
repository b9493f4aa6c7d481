"""What weft-api does is what /openapi.json says: every path and method of the
document is called with good rows, bad rows and no rows; each answer must have
a documented status, and a body that is valid for it."""

import json
import random

import api_support

import jsonschema
import schema_rows

N_ROWS = 12         # Random rows put into each table.


class Document:
    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)
        self.validators = {}
        self.seen = set()       # (method, path, status)

    def resolve(self, item):
        while "$ref" in item:
            item = self.resolver.resolve(item["$ref"])[1]
        return item

    def check(self, method, path, answer, status=None):
        """The answer is one that the document allows."""
        where = f"{method} {path}: {answer.status} {answer.body[:500]}"
        operation = self.document["paths"][path][method.lower()]
        code = str(answer.status)
        assert code in operation["responses"], f"not documented: {where}"
        assert status is None or answer.status in status, \
            f"{status} expected: {where}"
        self.seen.add((method, path, code))
        response = self.resolve(operation["responses"][code])
        for name in response.get("headers", ()):
            assert name in answer.headers, f"no {name}: {where}"
        if "content" not in response:
            assert not answer.body, where
            return
        kind = answer.headers["Content-Type"]
        assert kind in response["content"], f"{kind}: {where}"
        self.validate(response["content"][kind]["schema"], answer.json(),
                      where)

    def validate(self, schema, value, where):
        key = json.dumps(schema)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(
                schema, resolver=self.resolver)
        errors = [f"{e.json_path}: {e.message}"
                  for e in self.validators[key].iter_errors(value)]
        assert not errors, f"{errors}: {where}"


def url(path, row_id):
    """The path with the components of an id in it."""
    components = row_id.split("/")
    for part in components:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + part + path[end + 1:]
    return path


def check_table(server, document, table, schema, rng):
    """Calls everything that there is for a table.  Returns how many of the
    random rows were accepted."""
    top = f"/v1/{table}"
    row_path = next(p for p in document.document["paths"]
                    if p.startswith(top + "/{"))
    status_path = "/v1/status" + row_path[3:]
    row_id = schema_rows.row_id(f"nb.{table}")
    here = url(row_path, row_id)
    connection = server.connect()

    def call(method, path, target, body=None, headers=None, status=None):
        answer = server.call(method, target, body, headers,
                             connection=connection)
        document.check(method, path, answer, status)
        return answer

    call("GET", top, top, status=(200,))
    call("GET", row_path, here, status=(404,))
    call("GET", status_path, url(status_path, row_id), status=(404,))
    call("DELETE", row_path, here, status=(404,))
    call("PATCH", row_path, here, {}, status=(404,))
    call("PUT", row_path, here, {"no such column": 1},
         status=(201,) if schema.get("additionalProperties", True) is not False
         else (400,))
    call("PUT", row_path, here, "{", status=(400,))
    call("PUT", row_path, here, {}, {"If-Match": '"1"'}, status=(400, 412))
    call("GET", top, top + "?no_such_parameter=1", status=(400,))
    call("POST", top, top, [], status=(400,))
    n_good = 0
    for _ in range(N_ROWS):
        row = schema_rows.random_row(rng, schema)
        answer = call("PUT", row_path, here, row, status=(200, 201, 400))
        if answer.status == 400:
            continue
        n_good += 1
        row = call("GET", row_path, here, status=(200,)).json()
        call("PUT", row_path, here, row, status=(200,))
    if n_good:
        call("GET", row_path, here + "?status=true", status=(200,))
        call("GET", row_path, here, None, {
            "If-None-Match": call("GET", row_path, here).etag}, (304,))
        call("GET", status_path, url(status_path, row_id), status=(200,))
        call("GET", top, top + "?limit=1", status=(200,))
        call("PATCH", row_path, here, {}, status=(200,))
        call("DELETE", row_path, here, None, {"If-Match": '"1"'}, (412,))
        call("DELETE", row_path, here, status=(204,))
    connection.close()
    return n_good


def main():
    support = api_support.need_etcd()
    rng = random.Random(20231)
    schemas = json.loads((api_support.BUILD / "schemas"
                          / "openapi-schemas.json").read_text())["$defs"]
    with support.Etcd() as etcd, api_support.Server(etcd) as server:
        document = Document(server.ok("GET", "/openapi.json").json())
        answer = server.call("GET", "/v1")
        document.check("GET", "/v1", answer, (200,))
        tables = list(answer.json()["tables"])
        assert len(tables) >= 25, tables
        never = []
        for table in tables:
            if not check_table(server, document, table,
                               schemas[f"nb.{table}"], rng):
                never.append(table)
        assert not never, f"no random row was right for {never}"

        batch = "/v1/batch"
        for body, status in (
                ([{"op": "put", "table": "logical_switch", "id": "n1",
                   "row": {}}], 200),
                ([{"op": "delete", "table": "logical_switch", "id": "x"}],
                 404),
                ([{"op": "put", "table": "logical_switch", "id": "n1",
                   "row": {}, "if_none_match": "*"}], 412),
                ([], 400)):
            document.check("POST", batch, server.call("POST", batch, body),
                           (status,))
        document.check("POST", "/v1/logical_switch", server.call(
            "POST", "/v1/logical_switch", {"id": "n1"}), (409,))
        document.check("POST", "/v1/logical_switch", server.call(
            "POST", "/v1/logical_switch", {}), (201,))
        document.check("PUT", "/v1/logical_switch/{id}", server.call(
            "PUT", "/v1/logical_switch/n2?wait=hv&timeout=1", {}), (504,))

        # Every method of every path has succeeded at least once.
        succeeded = {(m, p) for m, p, code in document.seen if code < "400"}
        missing = [(method.upper(), path)
                   for path, item in document.document["paths"].items()
                   for method in item if method != "parameters"
                   and (method.upper(), path) not in succeeded
                   and not (method == "post" and path != "/v1/logical_switch")]
        assert not missing, f"never succeeded: {missing}"
        print(f"{len(document.seen)} answers of {len(succeeded)} operations "
              f"on {len(tables)} tables are as documented")


if __name__ == "__main__":
    main()
