/* Status rows: what became of each northbound row.  Generators state what
 * there is to say as facts, from wherever they notice it; one root for each
 * row that anything is said of makes the status row of them. */
#include <config.h>

#include <stdarg.h>
#include <string.h>

#include "openvswitch/util.h"
#include "store/keys.h"
#include "translator/generate.h"
#include "translator/generate_private.h"
#include "translator/generators.h"
#include "translator/model_private.h"
#include "util.h"

/* A fact is one letter and two texts, sorted as the status row has them. */
#define FACT_ERROR 'e'          /* field, message */
#define FACT_STATUS 's'         /* column, JSON */
#define FACT_WAITING 'w'        /* table/id */
#define SEPARATOR '\x1f'

static void
state(struct generate *g, const char *table, const char *id, char letter,
      const char *first, const char *second)
{
    generate_fact(g, RELATION_STATUS, table, id,
                  generate_text(g, "%c%s%c%s", letter, first, SEPARATOR,
                                second));
}

void
generate_error(struct generate *g, const char *field, const char *format, ...)
{
    va_list args;
    char *message;

    if (g->row) {
        va_start(args, format);
        message = xvasprintf(format, args);
        va_end(args);
        state(g, g->row->table->name, g->row->id, FACT_ERROR, field, message);
        free(message);
    }
}

void
generate_waiting_for(struct generate *g, const char *table, const char *id)
{
    if (g->row) {
        state(g, g->row->table->name, g->row->id, FACT_WAITING,
              generate_text(g, "%s/%s", table, id), "");
    }
}

void
generate_status(struct generate *g, const char *column, const char *json)
{
    if (g->row) {
        generate_status_of(g, g->row->table->name, g->row->id, column, json);
    }
}

void
generate_status_of(struct generate *g, const char *table, const char *id,
                   const char *column, const char *json)
{
    state(g, table, id, FACT_STATUS, column, json);
}

/* States the faults of a row that is not valid. */
void
status_faults(struct generate *g)
{
    const struct model_faults *faults
        = engine_read(g->reader, model_input(MODEL_FAULTS), g->key.a,
                      g->key.b);

    for (size_t i = 0; faults && i < faults->n; i++) {
        state(g, g->key.a, g->key.b, FACT_ERROR, faults->items[i].path,
              faults->items[i].message);
    }
}

static void
add_error(struct sb_status *status, const char *field, const char *message)
{
    struct sb_status_errors *error;

    status->errors = xrealloc(status->errors, (status->n_errors + 1)
                                              * sizeof *status->errors);
    error = &status->errors[status->n_errors++];
    memset(error, 0, sizeof *error);
    error->field = error->message = schema_empty;
    schema_string_set(&error->field, field);
    schema_string_set(&error->message, message);
}

static void
add_fact(struct sb_status *status, const char *fact)
{
    const char *separator = strchr(fact, SEPARATOR);
    char *first = xmemdup0(fact + 1, separator - fact - 1);
    const char *second = separator + 1;

    switch (fact[0]) {
    case FACT_ERROR:
        add_error(status, first, second);
        break;
    case FACT_WAITING:
        schema_strings_insert(&status->waiting_for, first);
        break;
    case FACT_STATUS:
        schema_column_set_json(&status->row, first, second, strlen(second),
                               NULL);
        break;
    }
    free(first);
}

const char *
generate_status_key(struct generate *g, const char *table_name,
                    const char *id)
{
    const struct schema_table *table = model_table_by_name(table_name);

    if (id[0] == MODEL_KEY_AS_IS) {
        return generate_text(g, "status/%s/%s", table_name, id + 1);
    } else if (table && table->n_id_columns) {
        return generate_text(g, "status/%s/%s", table_name, id);
    }
    return generate_key(g, "status", table_name, id, NULL);
}

void
status_row(struct generate *g)
{
    struct sb_status *status = sb_status_create(g->key.b);
    struct engine_members facts = generate_members(g, RELATION_STATUS,
                                                   g->key.a, g->key.b);
    const char *fact;

    ENGINE_MEMBERS_FOR_EACH (fact, facts) {
        add_fact(status, fact);
    }
    generate_row(g, generate_status_key(g, g->key.a, g->key.b),
                 &status->row);
}
