#!/usr/bin/env python3
"""Property: the generated C validators and Python's jsonschema, with the
generated JSON Schemas, agree on every row.

Thousands of rows of every table, good ones and ones with a fault put in, go
through tests/support/schema_probe.c and through jsonschema with the format
checkers of tests/support/schema_formats.py.  A row that one takes and the
other refuses is a failure, and so is canonical text that does not read back
as the same row.

    schemas_oracle_test.py [SEED [ROWS_PER_TABLE]]
"""

import json
import os
import pathlib
import random
import re
import subprocess
import sys

import jsonschema

SOURCE = pathlib.Path(os.environ.get(
    "WEFT_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("WEFT_BUILD_DIR", SOURCE / "build"))
sys.path.insert(0, str(SOURCE / "tests" / "support"))
sys.dont_write_bytecode = True

import schema_formats       # noqa: E402  (needs the path above)
import schema_rows          # noqa: E402


# ---- jsonschema with our keywords -------------------------------------------

def is_number_text(instance):
    return (isinstance(instance, str)
            and re.fullmatch("-?[0-9]+", instance) is not None)


def check_minimum(validator, limit, instance, schema):
    if is_number_text(instance) and int(instance) < limit:
        yield jsonschema.ValidationError("too small")


def check_maximum(validator, limit, instance, schema):
    if is_number_text(instance) and int(instance) > limit:
        yield jsonschema.ValidationError("too large")


def check_pattern(validator, pattern, instance, schema):
    # As ECMA has it: '$' is the end, not before a last newline.
    if isinstance(instance, str) and not re.search(
            pattern.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError("pattern")


def check_is_id(validator, flag, instance, schema):
    if instance != schema_rows.ROW_ID:
        yield jsonschema.ValidationError("is not the id")


def families(text):
    """The address families in a string that has the format it should."""
    found = set()
    for part in text.split(","):
        if part.count(":") > 1:
            found.add(6)
        elif "." in part:
            found.add(4)
    return found


def check_same_family(validator, names, instance, schema):
    if not isinstance(instance, dict):
        return
    groups = ([[instance.get(name, "") for name in names]]
              if names is not True else instance.items())
    for group in groups:
        texts = [text for text in group if isinstance(text, str)]
        if len(set().union(*map(families, texts))) > 1:
            yield jsonschema.ValidationError("address families")


VALIDATOR = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    {"x-weft-minimum": check_minimum, "x-weft-maximum": check_maximum,
     "x-weft-same-family": check_same_family, "pattern": check_pattern,
     "x-weft-is-id": check_is_id})


def make_validators(document):
    checker = schema_formats.checker()
    missing = set(document["x-weft-formats"]) - set(checker.checkers)
    if missing:
        sys.exit(f"no checker for formats {sorted(missing)}")
    return {name: VALIDATOR(schema, format_checker=checker)
            for name, schema in document["$defs"].items()}


# ---- The comparison ------------------------------------------------------------

def probe(lines):
    result = subprocess.run(
        [BUILD / "tests" / "schema_probe"], input="".join(lines).encode(),
        stdout=subprocess.PIPE, check=True)
    answers = result.stdout.decode().split("\n")[:-1]
    if len(answers) != len(lines):
        sys.exit(f"{len(lines)} rows, {len(answers)} answers")
    return answers


def note_columns(row, answer, seen):
    """Notes which columns were taken, and which were refused."""
    if not isinstance(row, dict):
        return
    if answer.startswith("ok\t"):
        seen["ok"].update(row)
    else:
        seen["bad"].update(path.split(".")[0].split("[")[0]
                           for path in answer.split("\t")[1::2])


def compare(table, rows, validator, seen):
    """(good rows, bad rows); complains and returns None on a difference."""
    row_id = schema_rows.row_id(table)
    lines = [f"{table}\t{row_id}\t{json.dumps(row)}\n" for row in rows]
    n_good = 0
    for row, answer in zip(rows, probe(lines)):
        errors = list(validator.iter_errors(row))
        note_columns(row, answer, seen)
        if answer.startswith("ok\t"):
            n_good += 1
            if not errors:
                continue
            print(f"{table}: C takes, jsonschema refuses ({errors[0].message}"
                  f" at {list(errors[0].absolute_path)}):")
        elif answer.startswith("bad\t"):
            if errors:
                continue
            print(f"{table}: C refuses, jsonschema takes: {answer}")
        else:
            print(f"{table}: {answer}")
        print("   ", json.dumps(row))
        return None
    return n_good, len(rows) - n_good


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    n_rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    documents = [json.loads((BUILD / "schemas" / name).read_text())
                 for name in ("openapi-schemas.json",
                              "test/test-schemas.json")]
    totals = [0, 0]
    for document in documents:
        validators = make_validators(document)
        for table, schema in document["$defs"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            rng = random.Random(f"{seed} {table}")
            rows = [schema_rows.random_row(rng, schema)
                    for _ in range(n_rows)]
            seen = {"ok": set(), "bad": set()}
            counts = compare(table, rows, validators[table], seen)
            if counts is None:
                sys.exit(1)
            # What was never taken or never refused was not tried.
            for verdict, columns in seen.items():
                missing = set(schema["properties"]) - columns
                if missing:
                    sys.exit(f"{table}: never {verdict}: {sorted(missing)}")
            totals = [totals[0] + counts[0], totals[1] + counts[1]]
    print(f"agreed on {totals[0]} good and {totals[1]} bad rows")


if __name__ == "__main__":
    main()
