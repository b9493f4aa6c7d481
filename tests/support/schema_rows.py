"""Random rows for a JSON Schema of schemas/: some right, some with faults put
in; whether a row is right, only validators say."""

import schema_formats

ROW_ID = "row_1"
WRONG = [None, True, 0, 1.5, "", "x", [], {}, [None], {"a": None}, [[]],
         -2**63, 2**63 - 1, 1e308, 5.0, "\u0001", "é\U0001f600"]
TEXTS = ["", "x", "true", "a b", "ü/%\\\"", "line\nfeed", "\U0001f600", "7"]
FAULTS = [0, 0.03, 0.3]         # How likely for each value, by row.


def row_id(table):
    return {"nb.nb_global": "global", "test.pair": "a/b",
            "nb.address_set_address": "web/10.0.0.1",
            "nb.port_group_port": "pg/ap"}.get(table, ROW_ID)


def of_format(rng, name):
    good, near = schema_formats.FORMATS[name][1:]
    return rng.choice(near if rng.random() < rng.faults else good)


def random_string(rng, schema):
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if schema.get("x-weft-is-id"):
        return ROW_ID
    if "x-weft-minimum" in schema:
        return random_number_text(rng, schema)
    if "format" in schema:
        return of_format(rng, schema["format"])
    if "anyOf" in schema:
        return (of_format(rng, schema["anyOf"][1]["format"])
                if rng.random() < 0.8 else "")
    limit = schema.get("maxLength", 100)
    if limit < 100 and rng.random() < 0.2:
        return rng.choice("aé") * (limit + rng.randint(-1, 1))
    if schema.get("minLength"):
        return rng.choice(TEXTS[1:])
    return rng.choice(TEXTS)


def random_number_text(rng, schema):
    if rng.random() < rng.faults:
        return rng.choice(["", "-", "+1", "1.0", "0x1", " 1", "1\n", "٣",
                           "99999999999999999999"])
    return str(random_integer(rng, schema["x-weft-minimum"],
                              schema["x-weft-maximum"]))


def random_integer(rng, low, high):
    if rng.random() < rng.faults:
        return rng.choice([max(low - 1, -2**63), min(high + 1, 2**63 - 1)])
    if rng.random() < 0.3:
        return rng.choice([low, high])
    return rng.randint(max(low, -1000), min(high, max(low, 0) + 1000))


def random_map(rng, schema):
    result = {}
    for name, inner in schema.get("properties", {}).items():
        if rng.random() < 0.15:
            result[name] = random_value(rng, inner)
    extra = schema["additionalProperties"]
    names = schema.get("propertyNames", {})
    if extra is not False or rng.random() < rng.faults:
        for _ in range(rng.choice([0, 0, 1, 2, 4])):
            name = (of_format(rng, names["format"]) if "format" in names
                    else rng.choice(TEXTS + ["other", "more"]))
            result[name] = (rng.choice(TEXTS) if extra is False
                            else random_value(rng, extra))
    return result


def random_array(rng, schema):
    items = schema["items"]
    if "prefixItems" in items:
        items = {"type": "flow", "items": items["prefixItems"]}
    most = min(schema["maxItems"], 5) + (rng.random() < rng.faults)
    n = rng.randint(schema.get("minItems", 0), most)
    result = []
    for _ in range(n):
        value = random_value(rng, items)
        if (not schema.get("uniqueItems") or value not in result
                or rng.random() < rng.faults):
            result.append(value)
    return result


def random_flow(rng, schema):
    n = 5 if rng.random() < 0.3 else 4
    if rng.random() < rng.faults:
        n = rng.choice([0, 3, 6])
    inner = (schema["items"] + [{"type": "string"}])[:n]
    return [random_value(rng, one) for one in inner]


def random_object(rng, schema):
    result = {}
    for name, inner in schema["properties"].items():
        wanted = name in schema.get("required", ())
        if rng.random() < (1 - rng.faults / 5 if wanted else 0.3):
            result[name] = random_value(rng, inner)
    if rng.random() < rng.faults / 2:
        result["no_such_column"] = rng.choice(WRONG)
    return result


def random_value(rng, schema):
    if rng.random() < rng.faults / 3:
        return rng.choice(WRONG)
    kind = schema["type"]
    if kind == "string":
        return random_string(rng, schema)
    if kind == "integer":
        value = random_integer(rng, schema["minimum"], schema["maximum"])
        # Beyond 2^53 a number with a point is no integer for C.
        as_real = abs(value) <= 2**53 and rng.random() < 0.05
        return float(value) if as_real else value
    if kind == "number":
        return rng.choice([0, 1, 0.5, -0.25, 1e-9, 1.0000001, 12345.678])
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "array":
        return random_array(rng, schema)
    if kind == "flow":
        return random_flow(rng, schema)
    if "additionalProperties" in schema and schema[
            "additionalProperties"] is False and (
                "maxProperties" not in schema):
        return random_object(rng, schema)
    return random_map(rng, schema)


def satisfy_rules(rng, schema, row):
    """Makes rules among columns hold more often than chance would."""
    for rule in schema.get("allOf", ()):
        alternatives = rule.get("oneOf") or rule.get("anyOf") or ()
        names = [one["required"][0] for one in alternatives
                 if "required" in one]
        if names and rng.random() < 0.9:
            for name in names:
                row.pop(name, None)
            name = rng.choice(names)
            row[name] = random_value(rng, schema["properties"][name])


def random_row(rng, schema):
    rng.faults = rng.choice(FAULTS)
    if rng.random() < rng.faults / 3:
        return rng.choice(WRONG)
    row = random_object(rng, schema)
    if isinstance(row, dict):
        satisfy_rules(rng, schema, row)
    return row
