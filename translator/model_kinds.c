/* The kinds of the model: one input for each northbound table, those of
 * what the chassis report, and the indexes. */
#include <config.h>

#include "translator/model.h"
#include "translator/model_private.h"

#include <string.h>

#include "openvswitch/util.h"
#include "translator/tunnel_keys.h"
#include "util.h"

/* ---- Values ------------------------------------------------------------ */

static bool
row_equal(const void *a, const void *b)
{
    return schema_row_equal(a, b);
}

static void
row_destroy(void *row)
{
    schema_row_destroy(row);
}

static bool
claim_equal(const void *a_, const void *b_)
{
    const struct model_claim *a = a_, *b = b_;

    return (a->create_revision == b->create_revision
            && schema_row_equal(&a->row->row, &b->row->row));
}

static void
claim_destroy(void *claim_)
{
    struct model_claim *claim = claim_;

    schema_row_destroy(&claim->row->row);
    free(claim);
}

static bool
learned_equal(const void *a_, const void *b_)
{
    const struct model_learned *a = a_, *b = b_;

    return (a->mod_revision == b->mod_revision
            && schema_row_equal(a->row, b->row));
}

static void
learned_destroy(void *learned_)
{
    struct model_learned *learned = learned_;

    schema_row_destroy(learned->row);
    free(learned);
}

static bool
faults_equal(const void *a_, const void *b_)
{
    const struct model_faults *a = a_, *b = b_;

    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->items[i].path, b->items[i].path)
            || strcmp(a->items[i].message, b->items[i].message)) {
            return false;
        }
    }
    return true;
}

static void
faults_destroy(void *faults_)
{
    struct model_faults *faults = faults_;

    for (size_t i = 0; i < faults->n; i++) {
        free(faults->items[i].path);
        free(faults->items[i].message);
    }
    free(faults->items);
    free(faults);
}

static bool
created_equal(const void *a, const void *b)
{
    return *(const int64_t *) a == *(const int64_t *) b;
}

static bool
once_equal(const void *a OVS_UNUSED, const void *b OVS_UNUSED)
{
    return true;
}

static bool
text_equal(const void *a, const void *b)
{
    return !strcmp(a, b);
}

/* ---- Inputs ------------------------------------------------------------ */

#define once_destroy free
#define ONCE_FUNCTIONS once_equal, once_destroy
#define CREATED_FUNCTIONS created_equal, free
#define FAULTS_FUNCTIONS faults_equal, faults_destroy
#define CHASSIS_FUNCTIONS row_equal, row_destroy
#define ALIVE_FUNCTIONS row_equal, row_destroy
#define TUNNELS_FUNCTIONS row_equal, row_destroy
#define BFD_FUNCTIONS row_equal, row_destroy
#define CLAIM_FUNCTIONS claim_equal, claim_destroy
#define FDB_FUNCTIONS learned_equal, learned_destroy
#define MAC_BINDING_FUNCTIONS learned_equal, learned_destroy
#define IGMP_FUNCTIONS learned_equal, learned_destroy
#define SERVICE_FUNCTIONS learned_equal, learned_destroy
#define DYNAMIC_ADDRESSES_FUNCTIONS text_equal, free
#define TUNNEL_KEY_FUNCTIONS tunnel_key_equal, free
#define KIND(NAME, STRATUM, EQUAL, DESTROY) \
    { .name = NAME, .role = ENGINE_INPUT, .stratum = STRATUM,   \
      .equal = EQUAL, .destroy = DESTROY }
#define KIND_(NAME, STRATUM, ...) KIND(NAME, STRATUM, __VA_ARGS__)

static const struct engine_kind inputs[MODEL_N_INPUTS] = {
#define INPUT(ID, STRATUM, DOC) \
    [MODEL_##ID] = KIND_(#ID, STRATUM, ID##_FUNCTIONS),
    MODEL_INPUTS
#undef INPUT
};

const struct engine_kind *
model_input(enum model_input_id id)
{
    return &inputs[id];
}

/* ---- Relations --------------------------------------------------------- */

static const struct engine_kind indexes[MODEL_N_INDEXES] = {
#define INDEX(ID, TABLE, KEY, MEMBER) \
    [MODEL_##ID] = { .name = #ID, .role = ENGINE_RELATION },
    MODEL_INDEXES
#undef INDEX
};

const struct engine_kind *
model_index(enum model_index_id id)
{
    return &indexes[id];
}

static const struct engine_kind chassis_indexes[MODEL_N_CHASSIS_INDEXES] = {
#define CHASSIS_INDEX(ID, DOC) \
    [MODEL_##ID] = { .name = #ID, .role = ENGINE_RELATION },
    MODEL_CHASSIS_INDEXES
#undef CHASSIS_INDEX
};

const struct engine_kind *
model_chassis_index(enum model_chassis_index_id id)
{
    return &chassis_indexes[id];
}

/* ---- Northbound rows --------------------------------------------------- */

enum { MAX_TABLES = 64 };

/* Filled once, constant from then on. */
static struct {
    const struct schema_table *table;
    struct engine_kind kind;
} rows[MAX_TABLES];
static size_t n_rows;

static void
init_rows(void)
{
    if (n_rows) {
        return;
    }
    for (const struct schema_table *const *t = schema_tables(); *t; t++) {
        if (!strcmp((*t)->db, "nb") && strcmp((*t)->name, "sync")
            && n_rows < MAX_TABLES) {
            rows[n_rows].table = *t;
            rows[n_rows++].kind = (struct engine_kind) {
                .name = (*t)->name, .role = ENGINE_INPUT,
                .equal = row_equal, .destroy = row_destroy,
            };
        }
    }
}

const struct engine_kind *
model_row_kind(const struct schema_table *table)
{
    init_rows();
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i].table == table) {
            return &rows[i].kind;
        }
    }
    return NULL;
}

const struct schema_table *
model_table_by_name(const char *name)
{
    init_rows();
    for (size_t i = 0; i < n_rows; i++) {
        if (!strcmp(rows[i].table->name, name)) {
            return rows[i].table;
        }
    }
    return NULL;
}

const struct schema_row *
model_row(struct engine_reader *reader, const struct schema_table *table,
          const char *id)
{
    return engine_read(reader, model_row_kind(table), id, "");
}

/* ---- All --------------------------------------------------------------- */

size_t
model_kinds(const struct engine_kind *const **kindsp)
{
    static const struct engine_kind *all[MAX_TABLES + MODEL_N_INPUTS
                                         + MODEL_N_INDEXES
                                         + MODEL_N_CHASSIS_INDEXES];
    size_t n = 0;

    init_rows();
    for (size_t i = 0; i < n_rows; i++) {
        all[n++] = &rows[i].kind;
    }
    for (size_t i = 0; i < MODEL_N_INPUTS; i++) {
        all[n++] = &inputs[i];
    }
    for (size_t i = 0; i < MODEL_N_INDEXES; i++) {
        all[n++] = &indexes[i];
    }
    for (size_t i = 0; i < MODEL_N_CHASSIS_INDEXES; i++) {
        all[n++] = &chassis_indexes[i];
    }
    *kindsp = all;
    return n;
}
