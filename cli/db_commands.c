/* The generic commands: list, find, get, set, add, remove, clear, create,
 * destroy, wait-until, comment. They work on any table of the view. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/db.h"
#include "cli/model.h"
#include "cli/text_table.h"
#include "openvswitch/vlog.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(db_ctl_base);

static const char *const equals[] = { "=", NULL };

/* The table of argv[1], or NULL with the error set. */
static const struct view_table *
get_table(struct context *ctx)
{
    const struct view_table *table;

    return (context_failed(ctx, view_find_table(ctx->view, ctx->argv[1],
                                                &table)) ? NULL : table);
}

/* The row 'id'; NULL with the error set, or, with --if-exists, without. */
static struct row *
get_row(struct context *ctx, const struct view_table *table, const char *id)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    struct row *row;

    context_failed(ctx, view_find_row(ctx->model, ctx->view, table, id,
                                      must_exist, &row));
    return row;
}

/* ---- Reading --------------------------------------------------------- */

static void
want_columns(struct row *const *rows, size_t n_rows,
             const struct view_column **columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (columns[i]) {
            view_want(rows, n_rows, columns[i]);
        }
    }
}

static void
run_list(struct context *ctx)
{
    const struct view_table *table = get_table(ctx);
    const struct view_column **columns;
    size_t n;

    if (!table
        || context_failed(ctx, db_parse_columns(
               context_option(ctx, "--columns"), table, &columns, &n))) {
        return;
    }
    ctx->table = db_make_table(columns, n);
    if (ctx->argc > 2) {
        for (int i = 2; i < ctx->argc && !ctx->error; i++) {
            struct row *row = get_row(ctx, table, ctx->argv[i]);

            if (row) {
                db_add_row(ctx->table, row, columns, n);
            }
        }
    } else {
        struct row **rows;
        size_t n_rows = view_rows(ctx->model, table, &rows);

        want_columns(rows, n_rows, columns, n);
        for (size_t i = 0; i < n_rows; i++) {
            db_add_row(ctx->table, rows[i], columns, n);
        }
        free(rows);
    }
    free(columns);
}

/* The id that condition 'text' asks for by the column that holds ids
 * ("name=n1"): the caller's, or NULL. */
static char *
id_condition(const struct view_table *table, const char *text)
{
    static const struct atom_base base = { .type = ATOM_STRING };
    size_t size = strcspn(text, "=");
    union atom atom;

    /* Sets are not for here. */
    if (!text[size] || strchr("[{", text[size + 1])) {
        return NULL;
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct view_column *column = &table->columns[i];

        if (column->kind == VIEW_ID && strlen(column->name) == size
            && !strncmp(column->name, text, size)) {
            char *error = atom_from_text(&atom, &base, text + size + 1,
                                         NULL);

            free(error);
            return error ? NULL : atom.string;
        }
    }
    return NULL;
}

/* The rows that the conditions may hold for: one read if they name its id,
 * else the table. '*rows' is the caller's. */
static size_t
find_candidates(struct context *ctx, const struct view_table *table,
                struct row ***rows)
{
    for (int i = 2; i < ctx->argc; i++) {
        char *id = id_condition(table, ctx->argv[i]);

        if (id) {
            struct row *row = model_get(ctx->model, table->table, id);

            free(id);
            if (row && !row->is_reserved) {
                *rows = xmemdup(&row, sizeof row);
                return 1;
            } else if (ctx->argc == 3) {
                *rows = NULL;
                return 0;
            }
        }
    }
    return view_rows(ctx->model, table, rows);
}

static void
run_find(struct context *ctx)
{
    const struct view_table *table = get_table(ctx);
    const struct view_column **columns;
    struct row **rows;
    size_t n;

    if (!table
        || context_failed(ctx, db_parse_columns(
               context_option(ctx, "--columns"), table, &columns, &n))) {
        return;
    }
    ctx->table = db_make_table(columns, n);

    size_t n_rows = find_candidates(ctx, table, &rows), n_found = 0;
    for (int i = 2; i < ctx->argc; i++) {
        db_want_condition(table, rows, n_rows, ctx->argv[i]);
    }
    for (size_t i = 0; i < n_rows && !ctx->error; i++) {
        bool satisfied = true;

        for (int j = 2; j < ctx->argc && satisfied && !ctx->error; j++) {
            context_failed(ctx, db_check_condition(ctx, table, rows[i],
                                                   ctx->argv[j],
                                                   &satisfied));
        }
        if (satisfied) {
            rows[n_found++] = rows[i];
        }
    }
    want_columns(rows, n_found, columns, n);
    for (size_t i = 0; i < n_found && !ctx->error; i++) {
        db_add_row(ctx->table, rows[i], columns, n);
    }
    free(rows);
    free(columns);
}

/* Prints "column[:key]" of 'row'. */
static void
get_column(struct context *ctx, const struct view_table *table,
           struct row *row, const char *text)
{
    struct db_argument arg;
    struct datum datum;
    union atom key;

    if (context_failed(ctx, db_argument_parse(text, table, NULL, &arg))) {
        return;
    }
    view_get(row, arg.column, &datum);

    const struct datum_type *type = &arg.column->type;
    if (!arg.key) {
        datum_to_text(&datum, type, &ctx->output);
    } else if (!datum_type_is_map(type)) {
        context_error(ctx, "cannot specify key to get for non-map column %s",
                      arg.column->name);
    } else if (!context_failed(ctx, atom_from_text(
                                   &key, &type->key, arg.key,
                                   symbols_for_text(ctx->symbols)))) {
        size_t at = datum_find(&datum, type, &key);

        if (at != SIZE_MAX) {
            atom_to_text(&datum.values[at], type->value.type, &ctx->output);
        } else if (!context_has_option(ctx, "--if-exists")) {
            context_error(ctx, "no key \"%s\" in %s record \"%s\" column %s",
                          arg.key, table->name, ctx->argv[2],
                          arg.column->name);
        }
        atom_destroy(&key, type->key.type);
    }
    ds_put_char(&ctx->output, '\n');
    datum_destroy(&datum, type);
    db_argument_clear(&arg);
}

static void
run_get(struct context *ctx)
{
    const char *id = context_option(ctx, "--id");
    const struct view_table *table;
    struct row *row;

    table = get_table(ctx);
    row = table ? get_row(ctx, table, ctx->argv[2]) : NULL;
    if (!row || (id && context_failed(ctx, symbols_define(
                                          ctx->symbols, id, &row->uuid,
                                          false)))) {
        return;
    }
    for (int i = 3; i < ctx->argc && !ctx->error; i++) {
        if (!strcasecmp(ctx->argv[i], "_uuid")
            || !strcasecmp(ctx->argv[i], "-uuid")) {
            ds_put_format(&ctx->output, UUID_FMT"\n", UUID_ARGS(&row->uuid));
        } else {
            get_column(ctx, table, row, ctx->argv[i]);
        }
    }
}

static void
run_wait_until(struct context *ctx)
{
    const struct view_table *table = get_table(ctx);
    struct row *row;

    if (!table
        || context_failed(ctx, view_find_row(ctx->model, ctx->view, table,
                                             ctx->argv[2], false, &row))) {
        return;
    }
    if (!row) {
        ctx->try_again = true;
        return;
    }
    for (int i = 3; i < ctx->argc && !ctx->error && !ctx->try_again; i++) {
        bool satisfied = true;

        context_failed(ctx, db_check_condition(ctx, table, row, ctx->argv[i],
                                               &satisfied));
        ctx->try_again = !satisfied;
    }
}

/* ---- Writing --------------------------------------------------------- */

/* "column:key=value": one pair of a map. */
static char *
set_key(struct context *ctx, struct row *row, const struct db_argument *arg)
{
    const struct datum_type *type = &arg->column->type;
    struct datum_symbols *symbols = symbols_for_text(ctx->symbols);
    struct datum new = DATUM_INIT, old;
    union atom key, value;
    char *error;

    if (!datum_type_is_map(type)) {
        return xasprintf("cannot specify key to set for non-map column %s",
                         arg->column->name);
    }
    error = atom_from_text(&key, &type->key, arg->key, symbols);
    if (error) {
        return error;
    }
    error = atom_from_text(&value, &type->value, arg->value, symbols);
    if (error) {
        atom_destroy(&key, type->key.type);
        return error;
    }
    datum_append(&new, type, key, value);
    view_get(row, arg->column, &old);
    datum_union(&new, &old, type);
    error = view_set(row, arg->column, &new);
    datum_destroy(&new, type);
    datum_destroy(&old, type);
    return error;
}

void
db_set_column(struct context *ctx, const struct view_table *table,
              struct row *row, const char *text)
{
    struct db_argument arg;

    if (context_failed(ctx, db_argument_parse(text, table, equals, &arg))) {
        return;
    }
    if (arg.key) {
        context_failed(ctx, set_key(ctx, row, &arg));
    } else {
        struct datum datum;

        if (!context_failed(ctx, datum_from_text(
                                &datum, &arg.column->type, arg.value,
                                symbols_for_text(ctx->symbols)))) {
            context_failed(ctx, view_set(row, arg.column, &datum));
            datum_destroy(&datum, &arg.column->type);
        }
    }
    db_argument_clear(&arg);
}

static void
run_set(struct context *ctx)
{
    const struct view_table *table = get_table(ctx);
    struct row *row = table ? get_row(ctx, table, ctx->argv[2]) : NULL;

    for (int i = 3; row && i < ctx->argc && !ctx->error; i++) {
        db_set_column(ctx, table, row, ctx->argv[i]);
    }
}

/* The table, row and column of "add" and "remove". */
static struct row *
get_target(struct context *ctx, const struct view_table **table,
           const struct view_column **column)
{
    *table = get_table(ctx);
    if (!*table
        || context_failed(ctx, view_find_column(*table, ctx->argv[3],
                                                column))) {
        return NULL;
    }
    return get_row(ctx, *table, ctx->argv[2]);
}

/* 'text' as a set or map of at least one element. */
static char *
parse_some(struct context *ctx, const struct datum_type *type,
           const char *text, struct datum *datum)
{
    struct datum_type some = *type;

    some.n_min = 1;
    some.n_max = DATUM_UNLIMITED;
    return datum_from_text(datum, &some, text,
                           symbols_for_text(ctx->symbols));
}

static const char *
elements(const struct datum_type *type)
{
    return datum_type_is_map(type) ? "pairs" : "values";
}

static void
check_maximum(struct context *ctx, const struct view_table *table,
              const struct view_column *column, struct row *row,
              const struct datum *new)
{
    const struct datum_type *type = &column->type;
    struct datum all;

    if (type->n_max == DATUM_UNLIMITED) {
        return;
    }
    view_get(row, column, &all);
    datum_union(&all, new, type);
    if (all.n > type->n_max) {
        context_error(ctx, "\"add\" operation would put %"PRIuSIZE" %s in "
                      "column %s of table %s but the maximum number is %u",
                      all.n, elements(type), column->name, table->name,
                      type->n_max);
    }
    datum_destroy(&all, type);
}

static void
run_add(struct context *ctx)
{
    const struct view_table *table;
    const struct view_column *column;
    struct row *row = get_target(ctx, &table, &column);
    struct datum new = DATUM_INIT;

    if (!row) {
        return;
    }
    for (int i = 4; i < ctx->argc && !ctx->error; i++) {
        struct datum add;

        if (!context_failed(ctx, parse_some(ctx, &column->type, ctx->argv[i],
                                            &add))) {
            datum_union(&new, &add, &column->type);
            datum_destroy(&add, &column->type);
        }
    }
    if (!ctx->error && column->type.n_min && column->type.n_max == 1) {
        context_error(ctx, "transaction error: nothing can be added to "
                      "column %s of table %s, which holds one value",
                      column->name, table->name);
    }
    if (!ctx->error) {
        check_maximum(ctx, table, column, row, &new);
    }
    if (!ctx->error) {
        context_failed(ctx, view_add(row, column, &new, ctx->is_last));
    }
    datum_destroy(&new, &column->type);
}

/* Takes what 'text' names out of 'datum': elements, pairs, or keys. */
static void
subtract(struct context *ctx, const struct datum_type *type,
         const char *text, struct datum *datum)
{
    struct datum_type rm_type = *type;
    struct datum rm;
    char *error = parse_some(ctx, &rm_type, text, &rm);

    if (error && datum_type_is_map(type)) {
        free(error);
        rm_type.value.type = ATOM_VOID;
        error = parse_some(ctx, &rm_type, text, &rm);
    }
    if (!context_failed(ctx, error)) {
        datum_subtract(datum, type, &rm, &rm_type);
        datum_destroy(&rm, &rm_type);
    }
}

static void
run_remove(struct context *ctx)
{
    const struct view_table *table;
    const struct view_column *column;
    struct row *row = get_target(ctx, &table, &column);
    struct datum datum;

    if (!row) {
        return;
    }

    const struct datum_type *type = &column->type;
    view_get(row, column, &datum);
    for (int i = 4; i < ctx->argc && !ctx->error; i++) {
        subtract(ctx, type, ctx->argv[i], &datum);
    }
    if (!ctx->error && datum.n < type->n_min) {
        context_error(ctx, "\"remove\" operation would put %"PRIuSIZE" %s in "
                      "column %s of table %s but the minimum number is %u",
                      datum.n, elements(type), column->name, table->name,
                      type->n_min);
    }
    if (!ctx->error) {
        context_failed(ctx, view_set(row, column, &datum));
    }
    datum_destroy(&datum, type);
}

static void
run_clear(struct context *ctx)
{
    const struct view_table *table = get_table(ctx);
    struct row *row = table ? get_row(ctx, table, ctx->argv[2]) : NULL;

    for (int i = 3; row && i < ctx->argc && !ctx->error; i++) {
        const struct view_column *column;
        struct datum empty = DATUM_INIT;

        if (context_failed(ctx, view_find_column(table, ctx->argv[i],
                                                 &column))) {
            return;
        } else if (column->type.n_min) {
            context_error(ctx, "\"clear\" operation cannot be applied to "
                          "column %s of table %s, which is not allowed to be "
                          "empty", column->name, table->name);
            return;
        }
        context_failed(ctx, view_set(row, column, &empty));
    }
}

/* The value that "create" gives to the column that is the id: the caller's,
 * or NULL. */
static char *
id_argument(struct context *ctx, const struct view_table *table)
{
    char *found = NULL;

    for (int i = 2; i < ctx->argc; i++) {
        struct db_argument arg;
        union atom atom;

        char *error = db_argument_parse(ctx->argv[i], table, equals, &arg);
        if (!error && !arg.key
            && (arg.column->kind == VIEW_ID || arg.column->kind == VIEW_NAME)
            && !found) {
            error = atom_from_text(&atom, &arg.column->type.key, arg.value,
                                   NULL);
            found = error ? NULL : atom.string;
        }
        free(error);
        db_argument_clear(&arg);
    }
    return found;
}

static bool
has_id_column(const struct view_table *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (table->columns[i].kind == VIEW_ID) {
            return true;
        }
    }
    return false;
}

/* Where "create" puts its row: promised, told by --id, or chosen. */
static struct row *
create_row(struct context *ctx, const struct view_table *table)
{
    const char *option = context_option(ctx, "--id");
    char *name = id_argument(ctx, table);
    struct uuid uuid;
    struct row *row = NULL;
    bool is_defined;
    char *id;

    if (option && option[0] == '@'
        && symbols_get(ctx->symbols, option, &uuid, &is_defined)
        && !is_defined) {
        row = model_get_uuid(ctx->model, table->table, &uuid);
        row = row && row->is_reserved ? row : NULL;
    }
    if (row) {
        id = xstrdup(row->id);
    } else if (table->is_singleton && table->is_root) {
        /* It is there, even if nobody wrote it. */
        context_error(ctx, "transaction error: constraint violation: table "
                      "%s has one row", table->name);
        free(name);
        return NULL;
    } else if (table->is_singleton) {
        id = xstrdup(table->names[0]);
    } else if (option && uuid_from_string(&uuid, option)
               && !has_id_column(table)) {
        id = xstrdup(option);
    } else {
        id = view_new_id(ctx->model, table, name);
    }
    free(name);
    if (!row && model_is_taken(ctx->model, table->table, id)) {
        context_error(ctx, "transaction error: constraint violation: row "
                      "\"%s\" in table %s already exists", id, table->name);
    } else {
        row = model_insert(ctx->model, table->table, id);
    }
    free(id);
    return ctx->error ? NULL : row;
}

static void
run_create(struct context *ctx)
{
    const char *id = context_option(ctx, "--id");
    const struct view_table *table = get_table(ctx);
    struct row *row;
    struct uuid uuid;

    if (!table) {
        return;
    }
    if (table->table->is_fixed) {
        context_error(ctx, "rows of table %s are not made by hand",
                      table->name);
        return;
    }
    if (!id && !table->is_root) {
        VLOG_WARN("applying \"create\" command to table %s without --id "
                  "option will have no effect", table->name);
    }
    row = create_row(ctx, table);
    if (!row) {
        return;
    }
    if (id && !uuid_from_string(&uuid, id)
        && context_failed(ctx, symbols_define(ctx->symbols, id, &row->uuid,
                                              true))) {
        return;
    }
    for (int i = 2; i < ctx->argc && !ctx->error; i++) {
        db_set_column(ctx, table, row, ctx->argv[i]);
    }
    ds_put_format(&ctx->output, UUID_FMT"\n", UUID_ARGS(&row->uuid));
}

static void
destroy_all(struct context *ctx, const struct view_table *table)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, table->table, &rows);

    for (size_t i = 0; i < n; i++) {
        view_delete(ctx->view, rows[i]);
    }
    free(rows);
}

static void
run_destroy(struct context *ctx)
{
    const struct view_table *table = get_table(ctx);
    bool all = context_has_option(ctx, "--all");

    if (!table) {
        return;
    } else if (all && ctx->argc > 2) {
        context_error(ctx, "--all and records argument should not be "
                      "specified together");
    } else if (all && context_has_option(ctx, "--if-exists")) {
        context_error(ctx, "--all and --if-exists should not be specified "
                      "together");
    } else if (table->table->is_fixed) {
        context_error(ctx, "rows of table %s are not deleted by hand",
                      table->name);
    } else if (all) {
        destroy_all(ctx, table);
    } else if (ctx->argc == 2) {
        VLOG_WARN("either --all or records argument should be specified");
    }
    for (int i = 2; i < ctx->argc && !ctx->error; i++) {
        struct row *row = get_row(ctx, table, ctx->argv[i]);

        if (row) {
            view_delete(ctx->view, row);
        }
    }
}

static void
run_comment(struct context *ctx)
{
}

static const struct command commands[] = {
    { "list", 1, INT_MAX, "TBL [REC]...", run_list,
      "--if-exists,--columns=", false, NULL },
    { "find", 1, INT_MAX, "TBL [COL[:KEY]=VALUE]...", run_find,
      "--columns=", false, NULL },
    { "get", 2, INT_MAX, "TBL REC [COL[:KEY]]...", run_get,
      "--if-exists,--id=", false, NULL },
    { "set", 3, INT_MAX, "TBL REC COL[:KEY]=VALUE...", run_set,
      "--if-exists", true, NULL },
    { "add", 4, INT_MAX, "TBL REC COL [KEY=]VALUE...", run_add,
      "--if-exists", true, NULL },
    { "remove", 4, INT_MAX, "TBL REC COL KEY|VALUE|KEY=VALUE...", run_remove,
      "--if-exists", true, NULL },
    { "clear", 3, INT_MAX, "TBL REC COL...", run_clear, "--if-exists", true,
      NULL },
    { "create", 2, INT_MAX, "TBL COL[:KEY]=VALUE...", run_create, "--id=",
      true, NULL },
    { "destroy", 1, INT_MAX, "TBL [REC]...", run_destroy,
      "--if-exists,--all", true, NULL },
    { "wait-until", 2, INT_MAX, "TBL REC [COL[:KEY]=VALUE]...",
      run_wait_until, "", false, NULL },
    { "comment", 0, INT_MAX, "[ARG]...", run_comment, "", false, NULL },
};

const struct command_group db_commands = {
    "Database", commands, ARRAY_SIZE(commands), NULL, db_check,
};
