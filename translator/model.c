/* Takes key-value pairs and keeps the engine's inputs and indexes as they
 * say. */
#include <config.h>

#include "translator/model.h"
#include "translator/model_private.h"

#include <string.h>

#include "openvswitch/util.h"
#include "store/keys.h"
#include "util.h"

struct model {
    struct engine *engine;
    size_t n_rows;              /* Valid northbound rows. */
    size_t n_bad_rows;
};

struct model *
translator_model_create(struct engine *engine)
{
    struct model *model = xzalloc(sizeof *model);

    model->engine = engine;
    engine_input_set(engine, model_input(MODEL_ONCE), "", "", xstrdup(""));
    return model;
}

void
translator_model_destroy(struct model *model)
{
    free(model);
}

size_t
model_n_rows(const struct model *model)
{
    return model->n_rows;
}

size_t
model_n_bad_rows(const struct model *model)
{
    return model->n_bad_rows;
}

/* What a put or delete brings. */
struct change {
    const char *value;          /* NULL: deleted. */
    size_t size;
    int64_t create_revision;
    int64_t mod_revision;
};

/* ---- Indexes ----------------------------------------------------------- */

struct index_row {
    const struct schema_table *table;
    const struct engine_kind *relation;
    const char *key;
    const char *member;
};

static size_t
index_rows(const struct index_row **rowsp)
{
    static struct index_row all[MODEL_N_INDEXES + 1];
    static size_t n;

    if (!n) {
#define INDEX(ID, TABLE, KEY, MEMBER) \
        all[n++] = (struct index_row) { &nb_##TABLE##_table, \
                                        model_index(MODEL_##ID), KEY, MEMBER };
        MODEL_INDEXES
#undef INDEX
    }
    *rowsp = all;
    return n;
}

/* The string component or column 'name' of 'row', or NULL. */
static const char *
row_string(const struct schema_row *row, const char *name)
{
    const struct schema_table *table = row->table;
    const struct schema_column *column;

    for (size_t i = 0; i < table->n_id_columns; i++) {
        if (!strcmp(table->id_columns[i], name)) {
            return *(char **) ((char *) row + table->id_offsets[i]);
        }
    }
    column = schema_column_by_name(table, name);
    return (column && column->type == SCHEMA_STRING && !column->is_id
            ? *(char **) ((char *) row + column->offset) : NULL);
}

static void
index_fact(struct engine *engine, const struct engine_kind *relation,
           const char *key, const char *member, bool add)
{
    if (!key || !*key || !member || !*member) {
        return;
    }
    if (add) {
        engine_fact_add(engine, relation, key, "", member);
    } else {
        engine_fact_remove(engine, relation, key, "", member);
    }
}

/* Facts for each element of a set, list or map value. */
static void
index_elements(struct engine *engine, const struct index_row *index,
               const struct schema_row *row, const char *member, bool add)
{
    char *name = xstrdup(index->key);
    char *dot = strchr(name, '.');

    if (dot) {
        *dot = '\0';
    }
    const struct schema_column *column = schema_column_by_name(row->table,
                                                               name);

    if (column && column->type == SCHEMA_MAP && dot) {
        const struct smap *map
            = (const void *) ((const char *) row + column->offset);

        index_fact(engine, index->relation, smap_get(map, dot + 1), member,
                   add);
    } else if (column && column->of == SCHEMA_STRING
               && (column->type == SCHEMA_SET
                   || column->type == SCHEMA_LIST)) {
        const struct schema_strings *strings
            = (const void *) ((const char *) row + column->offset);

        for (size_t i = 0; i < strings->n; i++) {
            index_fact(engine, index->relation, strings->items[i], member,
                       add);
        }
    }
    free(name);
}

void
model_index_row(struct engine *engine, const struct schema_row *row, bool add)
{
    const struct index_row *indexes;
    size_t n = index_rows(&indexes);

    for (size_t i = 0; i < n; i++) {
        const struct index_row *index = &indexes[i];

        if (index->table != row->table) {
            continue;
        }
        const char *member = (index->member ? row_string(row, index->member)
                              : row->id);
        const char *key = index->key ? row_string(row, index->key) : NULL;

        if (!index->key) {
            engine_fact_add_or_remove(engine, index->relation, "", "",
                                      member, add);
        } else if (key) {
            index_fact(engine, index->relation, key, member, add);
        } else {
            index_elements(engine, index, row, member, add);
        }
    }
}

/* ---- Northbound -------------------------------------------------------- */

static struct model_faults *
faults_take(struct schema_faults *faults)
{
    struct model_faults *taken = xmalloc(sizeof *taken);

    taken->items = faults->items;
    taken->n = faults->n;
    *faults = (struct schema_faults) SCHEMA_FAULTS_INIT;
    return taken;
}

static void
set_row(struct model *model, const struct schema_table *table,
        const char *id, struct schema_row *row)
{
    const struct engine_kind *kind = model_row_kind(table);
    const struct schema_row *old = engine_input_get(model->engine, kind, id,
                                                    "");

    if (row) {
        model_index_row(model->engine, row, true);
        model->n_rows++;
    }
    if (old) {
        model_index_row(model->engine, old, false);
        model->n_rows--;
    }
    engine_input_set(model->engine, kind, id, "", row);
}

static void
set_faults(struct model *model, const char *table, const char *id,
           struct model_faults *faults)
{
    const struct engine_kind *kind = model_input(MODEL_FAULTS);

    model->n_bad_rows -= engine_input_get(model->engine, kind, table,
                                          id) != NULL;
    model->n_bad_rows += faults != NULL;
    engine_input_set(model->engine, kind, table, id, faults);
}

/* A key that names no row: 'encoded' is no id, or 'table' is NULL. */
static void
set_key_fault(struct model *model, const struct schema_table *table,
              const char *table_name, const char *encoded, bool is_there)
{
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    char *id = xasprintf("%c%s", MODEL_KEY_AS_IS, encoded);

    if (!table) {
        schema_faults_add(&faults, -WEFT_E_INVALID, "table",
                          "there is no such table");
    } else {
        char *right = keys_encode(encoded);

        schema_faults_add(&faults, -WEFT_E_INVALID, "id",
                          "must be percent-encoded: %s", right);
        free(right);
    }
    set_faults(model, table_name, id,
               is_there ? faults_take(&faults) : NULL);
    schema_faults_clear(&faults);
    free(id);
}

/* Of what chassis learn something about: see learned.c. */
static void
set_created(struct model *model, const struct schema_table *table,
            const char *id, const struct change *change)
{
    if (table == &nb_logical_switch_table
        || table == &nb_logical_router_port_table) {
        engine_input_set(model->engine, model_input(MODEL_CREATED),
                         table->name, id,
                         !change->value ? NULL
                         : xmemdup(&change->create_revision,
                                   sizeof change->create_revision));
    }
}

static bool
nb_change(struct model *model, const char *key, const struct change *change)
{
    const char *slash = strchr(key, '/');

    if (!slash || !strncmp(key, "sync/", 5)) {
        return false;
    }
    char *name = xmemdup0(key, slash - key);
    const struct schema_table *table = model_table_by_name(name);
    char *id = NULL;

    if (table) {
        id = (table->n_id_columns ? xstrdup(slash + 1)
              : keys_decode(slash + 1, strlen(slash + 1)));
    }
    if (!id) {
        set_key_fault(model, table, name, slash + 1, change->value != NULL);
    }
    free(name);
    if (!id) {
        return true;
    }
    struct schema_faults faults = SCHEMA_FAULTS_INIT;
    struct schema_row *row = NULL;

    if (change->value) {
        schema_row_parse_all(table, id, change->value, change->size, &row,
                             &faults);
    }
    set_row(model, table, id, faults.n ? NULL : row);
    set_created(model, table, id, change);
    set_faults(model, table->name, id, faults.n ? faults_take(&faults) : NULL);
    schema_faults_clear(&faults);
    free(id);
    return true;
}

/* ---- Chassis ----------------------------------------------------------- */

static void
set_chassis_row(struct model *model, enum model_input_id input,
                const struct schema_table *table, const char *chassis,
                const struct change *change)
{
    struct schema_row *row = NULL;

    if (change->value) {
        schema_row_parse(table, chassis, change->value, change->size, &row,
                         NULL);
    }
    engine_input_set(model->engine, model_input(input), chassis, "", row);
}

static void
set_bfd_state(struct model *model, const char *chassis, const char *encoded,
              const struct change *change)
{
    char *id = keys_decode(encoded, strlen(encoded));
    struct schema_row *row = NULL;

    if (id && change->value) {
        schema_row_parse(&sb_bfd_state_table, id, change->value,
                         change->size, &row, NULL);
    }
    if (id) {
        engine_input_set(model->engine, model_input(MODEL_BFD), chassis, id,
                         row);
    }
    free(id);
}

static void
set_claim(struct model *model, const char *chassis, const char *encoded,
          const struct change *change)
{
    char *lport = keys_decode(encoded, strlen(encoded));
    struct model_claim *claim = NULL;
    struct schema_row *row;

    if (!lport) {
        return;
    }
    if (change->value
        && !schema_row_parse(&sb_claim_table, lport, change->value,
                             change->size, &row, NULL)) {
        claim = xmalloc(sizeof *claim);
        claim->row = (struct sb_claim *) row;
        claim->create_revision = change->create_revision;
    }
    bool was_there = engine_input_get(model->engine,
                                      model_input(MODEL_CLAIM), chassis,
                                      lport) != NULL;

    if (was_there != (claim != NULL)) {
        engine_fact_add_or_remove(model->engine,
                                  model_chassis_index(MODEL_LPORT_CLAIMS),
                                  lport, "", chassis, claim != NULL);
    }
    engine_input_set(model->engine, model_input(MODEL_CLAIM), chassis, lport,
                     claim);
    free(lport);
}

/* 'path' is "datapath/..." ("lport/..."), whose first component is the
 * index's key and whose rest, as it is for several components, decoded for
 * one, its second part.  MODEL_N_CHASSIS_INDEXES: there is no index. */
static void
set_learned(struct model *model, enum model_input_id input,
            enum model_chassis_index_id index,
            const struct schema_table *table, const char *chassis,
            const char *path, const struct change *change)
{
    const char *slash = strchr(path, '/');
    char *datapath = slash ? keys_decode(path, slash - path) : NULL;

    if (!datapath) {
        return;
    }
    struct model_learned *learned = NULL;
    struct schema_row *row;

    if (change->value
        && !schema_row_parse(table, path, change->value, change->size, &row,
                             NULL)) {
        learned = xmalloc(sizeof *learned);
        learned->row = row;
        learned->mod_revision = change->mod_revision;
    }
    bool was_there = engine_input_get(model->engine, model_input(input),
                                      chassis, path) != NULL;

    if (was_there != (learned != NULL) && index < MODEL_N_CHASSIS_INDEXES) {
        engine_fact_add_or_remove(model->engine, model_chassis_index(index),
                                  datapath, slash + 1, chassis,
                                  learned != NULL);
    }
    engine_input_set(model->engine, model_input(input), chassis, path,
                     learned);
    free(datapath);
}

static bool
chassis_change(struct model *model, const char *key,
               const struct change *change)
{
    const char *slash = strchr(key, '/');
    char *chassis = slash ? keys_decode(key, slash - key) : NULL;
    const char *what = slash ? slash + 1 : "";
    bool known = true;

    if (!chassis) {
        return false;
    }
    if (!strcmp(what, "chassis")) {
        set_chassis_row(model, MODEL_CHASSIS, &sb_chassis_table, chassis,
                        change);
    } else if (!strcmp(what, "alive")) {
        set_chassis_row(model, MODEL_ALIVE, &sb_alive_table, chassis,
                        change);
    } else if (!strcmp(what, "tunnels")) {
        set_chassis_row(model, MODEL_TUNNELS, &sb_tunnels_table, chassis,
                        change);
    } else if (!strncmp(what, "bfd/", 4)) {
        set_bfd_state(model, chassis, what + 4, change);
    } else if (!strncmp(what, "claim/", 6)) {
        set_claim(model, chassis, what + 6, change);
    } else if (!strncmp(what, "fdb/", 4)) {
        set_learned(model, MODEL_FDB, MODEL_FDB_CHASSIS, &sb_fdb_table,
                    chassis, what + 4, change);
    } else if (!strncmp(what, "mac_binding/", 12)) {
        set_learned(model, MODEL_MAC_BINDING, MODEL_MAC_BINDING_CHASSIS,
                    &sb_mac_binding_table, chassis, what + 12, change);
    } else if (!strncmp(what, "igmp_group/", 11)) {
        set_learned(model, MODEL_IGMP, MODEL_N_CHASSIS_INDEXES,
                    &sb_igmp_group_table, chassis, what + 11, change);
    } else if (!strncmp(what, "service_monitor/", 16)) {
        set_learned(model, MODEL_SERVICE, MODEL_SERVICE_CHASSIS,
                    &sb_service_state_table, chassis, what + 16, change);
    } else {
        known = false;
    }
    free(chassis);
    return known;
}

/* ---- Both -------------------------------------------------------------- */

static bool
take_change(struct model *model, const char *key, const struct change *change)
{
    if (!strncmp(key, "nb/", 3)) {
        return nb_change(model, key + 3, change);
    }
    return (!strncmp(key, "chassis/", 8)
            && chassis_change(model, key + 8, change));
}

bool
model_put(struct model *model, const char *key, const char *value,
          size_t size, int64_t create_revision, int64_t mod_revision)
{
    const struct change change = {
        value ? value : "", size, create_revision, mod_revision
    };

    return take_change(model, key, &change);
}

bool
translator_model_delete(struct model *model, const char *key)
{
    const struct change change = { NULL, 0, 0, 0 };

    return take_change(model, key, &change);
}
