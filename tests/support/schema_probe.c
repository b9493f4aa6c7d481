/* Says what the generated validators think of rows: the C side of
 * tests/unit/schemas_oracle_test.py.
 *
 * Reads lines "TABLE \t ID \t JSON", TABLE being "nb.acl" or "test.pair".
 * Answers each with one line: "ok \t CANONICAL", after having parsed that
 * again to the same; or "bad \t PATH \t MESSAGE [\t PATH \t MESSAGE]...", with
 * control characters of messages as blanks. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/schema.h"
#include "schemas/test.h"
#include "util.h"

static const struct schema_table *
find_table(char *name)
{
    char *dot = strchr(name, '.');

    if (!dot) {
        return NULL;
    }
    *dot = '\0';
    if (!strcmp(name, "test")) {
        return (!strcmp(dot + 1, "pair") ? &test_pair_table
                : &test_every_type_table);
    }
    return schema_table_by_name(name, dot + 1);
}

static void
print_blanked(const char *s)
{
    for (; *s; s++) {
        putchar((unsigned char) *s < ' ' ? ' ' : *s);
    }
}

static void
print_faults(const struct schema_faults *faults)
{
    printf("bad");
    for (size_t i = 0; i < faults->n; i++) {
        putchar('\t');
        print_blanked(faults->items[i].path);
        putchar('\t');
        print_blanked(faults->items[i].message);
    }
    putchar('\n');
}

/* Prints 'row' unless its text does not read back as itself. */
static void
print_row(const struct schema_row *row)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct ds first = DS_EMPTY_INITIALIZER;
    struct ds second = DS_EMPTY_INITIALIZER;
    struct schema_row *again = NULL;
    struct schema_row *copy = schema_row_clone(row);

    schema_row_format(copy, &first);
    if (schema_row_parse_all(row->table, row->id, ds_cstr(&first),
                             first.length, &again, &faults)) {
        printf("canonical text refused: %s: ", ds_cstr(&first));
        print_faults(&faults);
    } else {
        schema_row_format(again, &second);
        if (!schema_row_equal(row, again) || !schema_row_equal(row, copy)
            || strcmp(ds_cstr(&first), ds_cstr(&second))) {
            printf("not equal again: %s\n", ds_cstr(&first));
        } else {
            printf("ok\t%s\n", ds_cstr(&first));
        }
    }
    schema_faults_clear(&faults);
    schema_row_destroy(again);
    schema_row_destroy(copy);
    ds_destroy(&first);
    ds_destroy(&second);
}

static void
probe(char *line)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    char *name = strsep(&line, "\t");
    char *id = strsep(&line, "\t");
    const struct schema_table *table = find_table(name);
    struct schema_row *row = NULL;

    if (!table || !id || !line) {
        printf("no such table or a malformed line\n");
        return;
    }
    if (schema_row_parse_all(table, id, line, strlen(line), &row, &faults)) {
        print_faults(&faults);
    } else {
        print_row(row);
    }
    schema_row_destroy(row);
    schema_faults_clear(&faults);
}

int
main(void)
{
    char *line = NULL;
    size_t allocated = 0;
    ssize_t size;

    while ((size = getline(&line, &allocated, stdin)) > 0) {
        if (line[size - 1] == '\n') {
            line[size - 1] = '\0';
        }
        probe(line);
    }
    free(line);
    return 0;
}
