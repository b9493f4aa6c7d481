/* Arguments of the generic commands, and conditions on rows. */
#include <config.h>

#include "cli/db.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/model.h"
#include "cli/text_table.h"
#include "util.h"

static const struct datum_type uuid_type = {
    .key = { .type = ATOM_UUID }, .n_min = 1, .n_max = 1,
};

void
db_argument_clear(struct db_argument *arg)
{
    free(arg->key);
    free(arg->value);
    memset(arg, 0, sizeof *arg);
}

static char *
no_operator(const char *arg, const char *const *ops)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    size_t n = 0;

    while (ops[n]) {
        n++;
    }
    ds_put_format(&s, "%s: argument does not end in", arg);
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&s, "%s \"%s\"",
                      !i ? "" : n == 2 ? " or" : i + 1 < n ? "," : ", or",
                      ops[i]);
    }
    ds_put_cstr(&s, " followed by a value.");
    return ds_steal_cstr(&s);
}

/* The longest operator that 'p' begins with and that a value follows. */
static int
find_operator(const char *p, const char *const *ops)
{
    size_t longest = 0;
    int best = -1;

    for (int i = 0; ops[i]; i++) {
        size_t size = strlen(ops[i]);

        if (size > longest && !strncmp(p, ops[i], size) && p[size]) {
            longest = size;
            best = i;
        }
    }
    return best;
}

char *
db_argument_parse(const char *arg, const struct view_table *table,
                  const char *const *ops, struct db_argument *out)
{
    const char *p = arg;
    char *name;
    char *error = token_parse(&p, &name);

    memset(out, 0, sizeof *out);
    if (error) {
        return error;
    }
    error = (name[0] ? view_find_column(table, name, &out->column)
             : xasprintf("%s: missing column name", arg));
    free(name);
    if (!error && *p == ':') {
        p++;
        error = token_parse(&p, &out->key);
    }
    if (!error && ops) {
        out->op = find_operator(p, ops);
        if (out->op < 0) {
            error = no_operator(arg, ops);
        } else {
            out->value = xstrdup(p + strlen(ops[out->op]));
        }
    } else if (!error && *p) {
        error = xasprintf("%s: trailing garbage \"%s\" in argument", arg, p);
    }
    if (error) {
        db_argument_clear(out);
    }
    return error;
}

char *
db_parse_columns(const char *names, const struct view_table *table,
                 const struct view_column ***columnsp, size_t *np)
{
    const struct view_column **columns = NULL;
    size_t n = 0;

    if (!names) {
        columns = xcalloc(table->n_columns + 1, sizeof *columns);
        columns[n++] = NULL;
        while (n <= table->n_columns) {
            columns[n] = &table->columns[n - 1];
            n++;
        }
    } else {
        char *copy = xstrdup(names);
        char *save = NULL;
        size_t allocated = 0;

        for (char *name = strtok_r(copy, ", ", &save); name;
             name = strtok_r(NULL, ", ", &save)) {
            if (n >= allocated) {
                columns = x2nrealloc(columns, &allocated, sizeof *columns);
            }
            columns[n] = NULL;

            char *error = (strcasecmp(name, "_uuid")
                           ? view_find_column(table, name, &columns[n])
                           : NULL);
            if (error) {
                free(columns);
                free(copy);
                return error;
            }
            n++;
        }
        free(copy);
    }
    if (!n) {
        return xstrdup("must specify at least one column name");
    }
    *columnsp = columns;
    *np = n;
    return NULL;
}

struct text_table *
db_make_table(const struct view_column **columns, size_t n)
{
    struct text_table *table = text_table_create();

    for (size_t i = 0; i < n; i++) {
        text_table_add_column(table,
                              columns[i] ? columns[i]->name : "_uuid");
    }
    return table;
}

void
db_add_row(struct text_table *table, struct row *row,
           const struct view_column **columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct datum_type *type = (columns[i] ? &columns[i]->type
                                         : &uuid_type);
        struct datum datum = DATUM_INIT;

        if (columns[i]) {
            view_get(row, columns[i], &datum);
        } else {
            datum_add_uuid(&datum, &row->uuid);
        }
        text_table_add_datum(table, &datum, type);
        datum_destroy(&datum, type);
    }
}

/* ---- Conditions ------------------------------------------------------ */

enum op {
    OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE, OP_SET_EQ, OP_SET_NE,
    OP_SET_LT, OP_SET_GT, OP_SET_LE, OP_SET_GE, OP_SET_IN, OP_SET_NOT_IN,
};
static const char *const ops[] = {
    "=", "!=", "<", ">", "<=", ">=", "{=}", "{!=}", "{<}", "{>}", "{<=}",
    "{>=}", "{in}", "{not-in}", NULL,
};

static bool
compare(const struct datum *a, const struct datum *b,
        const struct datum_type *type, enum op op)
{
    switch (op) {
    case OP_EQ:
    case OP_SET_EQ:
        return datum_compare(a, b, type) == 0;
    case OP_NE:
    case OP_SET_NE:
        return datum_compare(a, b, type) != 0;
    case OP_LT:
        return datum_compare(a, b, type) < 0;
    case OP_GT:
        return datum_compare(a, b, type) > 0;
    case OP_LE:
        return datum_compare(a, b, type) <= 0;
    case OP_GE:
        return datum_compare(a, b, type) >= 0;
    case OP_SET_LT:
        return b->n > a->n && datum_includes_all(a, b, type);
    case OP_SET_GT:
        return a->n > b->n && datum_includes_all(b, a, type);
    case OP_SET_LE:
    case OP_SET_IN:
        return datum_includes_all(a, b, type);
    case OP_SET_GE:
        return datum_includes_all(b, a, type);
    case OP_SET_NOT_IN:
        return datum_excludes_all(a, b, type);
    default:
        return false;
    }
}

/* "column:key OP value": the value of one key of a map. */
static char *
check_key(struct context *ctx, const struct db_argument *arg,
          const struct datum *have, bool *satisfied)
{
    const struct datum_type *map = &arg->column->type;
    struct datum_type type = { .key = map->value,
                               .n_max = DATUM_UNLIMITED };
    struct datum_symbols *symbols = symbols_for_text(ctx->symbols);
    struct datum want;
    union atom key;

    if (!datum_type_is_map(map)) {
        return xasprintf("cannot specify key to check for non-map column %s",
                         arg->column->name);
    }

    char *error = atom_from_text(&key, &map->key, arg->key, symbols);
    if (error) {
        return error;
    }
    error = datum_from_text(&want, &type, arg->value, symbols);
    if (!error) {
        size_t at = datum_find(have, map, &key);
        bool found = at != SIZE_MAX;
        struct datum one = { found ? &have->values[at] : NULL, NULL, found };

        *satisfied = ((found || arg->op >= OP_SET_EQ)
                      && compare(&one, &want, &type, arg->op));
        datum_destroy(&want, &type);
    }
    atom_destroy(&key, map->key.type);
    return error;
}

void
db_want_condition(const struct view_table *table, struct row *const *rows,
                  size_t n, const char *text)
{
    struct db_argument arg;
    char *error = db_argument_parse(text, table, ops, &arg);

    if (!error) {
        view_want(rows, n, arg.column);
        db_argument_clear(&arg);
    }
    free(error);
}

char *
db_check_condition(struct context *ctx, const struct view_table *table,
                   struct row *row, const char *text, bool *satisfied)
{
    struct db_argument arg;
    struct datum have, want;
    char *error = db_argument_parse(text, table, ops, &arg);

    if (error) {
        return error;
    }
    view_get(row, arg.column, &have);
    if (arg.key) {
        error = check_key(ctx, &arg, &have, satisfied);
    } else {
        struct datum_type type = arg.column->type;

        error = datum_from_text(&want, &type, arg.value,
                                symbols_for_text(ctx->symbols));
        if (!error) {
            type.n_max = DATUM_UNLIMITED;
            *satisfied = compare(&have, &want, &type, arg.op);
            datum_destroy(&want, &type);
        }
    }
    datum_destroy(&have, &arg.column->type);
    db_argument_clear(&arg);
    return error;
}
