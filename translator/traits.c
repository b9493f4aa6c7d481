/* Small facts about rows. */
#include <config.h>

#include "translator/traits.h"

#include <string.h>

#include "openvswitch/util.h"
#include "translator/generators.h"
#include "translator/model_private.h"
#include "util.h"

static bool
text_equal(const void *a, const void *b)
{
    return !strcmp(a, b);
}

/* Key: (table name, id).  Value: "" or NULL. */
static void *
compute_exists(struct engine_reader *reader, const struct engine_key *key)
{
    return (model_row(reader, model_table_by_name(key->a), key->b)
            ? xstrdup("") : NULL);
}

const struct engine_kind row_exists_kind = {
    .name = "row_exists", .role = ENGINE_DERIVED,
    .compute = compute_exists, .equal = text_equal, .destroy = free,
};

bool
model_row_exists(struct engine_reader *reader,
                 const struct schema_table *table, const char *id)
{
    return engine_read(reader, &row_exists_kind, table->name, id) != NULL;
}

/* Key: ("table\x1fcolumn\x1fkey", id).  Value: the element or NULL. */
static void *
compute_option(struct engine_reader *reader, const struct engine_key *key)
{
    char *table_name = xstrdup(key->a);
    char *column_name = strchr(table_name, '\x1f');

    *column_name++ = '\0';
    char *option = strchr(column_name, '\x1f');

    *option++ = '\0';
    const struct schema_table *table = model_table_by_name(table_name);
    const struct schema_row *row = model_row(reader, table, key->b);
    const struct schema_column *column = schema_column_by_name(table,
                                                               column_name);
    const char *value = NULL;

    if (row && column && column->type == SCHEMA_MAP) {
        value = smap_get((const struct smap *)
                         ((const char *) row + column->offset), option);
    }
    char *copy = nullable_xstrdup(value);

    free(table_name);
    return copy;
}

const struct engine_kind row_option_kind = {
    .name = "row_option", .role = ENGINE_DERIVED,
    .compute = compute_option, .equal = text_equal, .destroy = free,
};

const char *
model_row_option(struct engine_reader *reader,
                 const struct schema_table *table, const char *id,
                 const char *column, const char *key)
{
    char *name = engine_keep(reader, xasprintf("%s\x1f%s\x1f%s", table->name,
                                               column, key));

    return engine_read(reader, &row_option_kind, name, id);
}

bool
model_row_option_bool(struct engine_reader *reader,
                      const struct schema_table *table, const char *id,
                      const char *column, const char *key, bool fallback)
{
    const char *value = model_row_option(reader, table, id, column, key);

    return value ? !strcasecmp(value, "true") : fallback;
}

bool
model_global_bool(struct engine_reader *reader, const char *key,
                  bool fallback)
{
    return MODEL_ROW_OPTION_BOOL(reader, nb_global, "global", "options", key,
                                 fallback);
}
