/* The generators as roots of the engine: one for each phase and table (or
 * name), which runs their functions and writes their bundles. */
#include <config.h>

#include "translator/generate.h"
#include "translator/generate_private.h"

#include <stdarg.h>
#include <string.h>

#include "openvswitch/util.h"
#include "store/keys.h"
#include "translator/generators.h"
#include "translator/model_private.h"
#include "translator/traits.h"
#include "util.h"

/* ---- Flow classes, relations, sources ---------------------------------- */

const struct flow_class_row flow_classes[N_FLOW_CLASSES] = {
#define FLOW(ID, STAGE, PRIORITY, PURPOSE) \
    [FLOW_##ID] = { #ID, STAGE_##STAGE, PRIORITY, PURPOSE },
    SWITCH_FLOWS
    ROUTER_FLOWS
#undef FLOW
};

static struct engine_kind relations[N_RELATIONS] = {
#define RELATION(ID, PHASE, DOC) \
    [RELATION_##ID] = { .name = #ID, .role = ENGINE_RELATION, \
                        .stratum = PHASE },
    RELATIONS
#undef RELATION
};

const struct engine_kind *
relation(enum relation_id id)
{
    return &relations[id];
}

static const char *
source_prefix(const struct schema_table *table)
{
    static const struct {
        const char *table;
        const char *prefix;
    } rows[] = {
#define SOURCE(TABLE, PREFIX) { #TABLE, PREFIX },
        SOURCES
#undef SOURCE
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!strcmp(rows[i].table, table->name)) {
            return rows[i].prefix;
        }
    }
    return table->name;
}

/* ---- Roots ------------------------------------------------------------- */

enum { MAX_ROOTS = 96, MAX_FUNCTIONS = 48 };

/* The generators of one phase and table or name. */
struct group {
    struct engine_kind kind;
    const struct schema_table *table;   /* NULL: each key of 'kind.each'. */
    const char *prefix;                 /* Of the source. */
    void (*functions[MAX_FUNCTIONS])(struct generate *);
    size_t n_functions;
};

/* Filled once, constant from then on. */
static struct group groups[MAX_ROOTS];
static size_t n_groups;

static void
name_source(struct generate *g, const struct group *group)
{
    struct generate_private *p = g->private_;

    p->short_source = group->prefix;
    p->source = (*g->key.b
                 ? generate_text(g, "%s:%s:%s", group->prefix, g->key.a,
                                 g->key.b)
                 : generate_text(g, "%s:%s", group->prefix, g->key.a));
    p->own_datapath = p->source;
}

void
generate_source(struct generate *g, const char *source)
{
    g->private_->source = generate_text(g, "%s", source);
}

bool
generate_row_exists(struct generate *g, const struct schema_table *table,
                    const char *id)
{
    bool exists = model_row_exists(g->reader, table, id);

    if (!exists) {
        generate_waiting_for(g, table->name, id);
    }
    return exists;
}

/* Nothing is made of the row by itself; it waits as every row does. */
void
row_of_another(struct generate *g OVS_UNUSED)
{
}

/* Whether a row that 'g->row' cannot do without is missing: one that a
 * required column names. */
static bool
row_waits(struct generate *g)
{
    const struct schema_record *record = &g->row->table->record;
    bool waits = false;

    for (size_t i = 0; i < record->n_columns; i++) {
        const struct schema_column *column = &record->columns[i];

        if (!column->required || !column->ref
            || column->type != SCHEMA_STRING) {
            continue;
        }
        const char *id = *(char **) ((char *) g->row + column->offset);
        const struct schema_table *table = model_table_by_name(column->ref);

        waits |= table && !generate_row_exists(g, table, id);
    }
    return waits;
}

static void
run_group(struct engine_reader *reader, const struct engine_key *key)
{
    const struct group *group = engine_reader_kind(reader)->aux;
    struct generate_private private_ = { .bundles = NULL };
    struct generate g = {
        .reader = reader, .key = *key, .private_ = &private_,
    };

    if (group->table) {
        g.row = model_row(reader, group->table, key->a);
        if (!g.row || row_waits(&g)) {
            return;
        }
    }
    name_source(&g, group);
    for (size_t i = 0; i < group->n_functions; i++) {
        group->functions[i](&g);
    }
    generate_flush_bundles(&g);
}

static void
group_add(enum generate_phase phase, const char *name, const char *prefix,
          const struct schema_table *table, const struct engine_kind *each,
          void (*function)(struct generate *))
{
    struct group *group = NULL;

    for (size_t i = 0; i < n_groups; i++) {
        if (groups[i].kind.stratum == phase && groups[i].table == table
            && groups[i].kind.each == each
            && !strcmp(groups[i].kind.name, name)) {
            group = &groups[i];
        }
    }
    if (!group) {
        ovs_assert(n_groups < MAX_ROOTS);
        group = &groups[n_groups++];
        group->kind = (struct engine_kind) {
            .name = name, .role = ENGINE_ROOT, .stratum = phase,
            .run = run_group, .each = each, .aux = group,
        };
        group->table = table;
        group->prefix = prefix;
    }
    ovs_assert(group->n_functions < MAX_FUNCTIONS);
    group->functions[group->n_functions++] = function;
}

static void
init_groups(void)
{
    if (n_groups) {
        return;
    }
    relations[RELATION_IPAM_NETWORK].observe = translation_ipam_network;
    relations[RELATION_IPAM_WANTED].observe = translation_ipam_wanted;
    relations[RELATION_IPAM_USED].observe = translation_ipam_used;
    relations[RELATION_TUNNEL_KEY_WANTED].observe = translation_key_wanted;
    relations[RELATION_TUNNEL_KEY_REQUESTED].observe
        = translation_key_requested;
#define R(ID) relation(RELATION_##ID)
#define I(ID) model_input(MODEL_##ID)
#define X(ID) model_chassis_index(MODEL_##ID)
#define N(ID) model_index(MODEL_##ID)
#define W(TABLE) model_row_kind(&nb_##TABLE##_table)
#define GENERATOR(PHASE, TABLE, FUNCTION) \
    group_add(PHASE, #TABLE, source_prefix(&nb_##TABLE##_table), \
              &nb_##TABLE##_table, W(TABLE), FUNCTION);
#define GENERATOR_EACH(PHASE, NAME, KIND, FUNCTION) \
    group_add(PHASE, #NAME, #NAME, NULL, KIND, FUNCTION);
    #define GENERATOR_NAMED(PHASE, NAME, TABLE, FUNCTION) \
    group_add(PHASE, #NAME, #NAME, &nb_##TABLE##_table, W(TABLE), FUNCTION);
    GENERATORS
#undef GENERATOR
#undef GENERATOR_NAMED
#undef GENERATOR_EACH
}

struct engine *
generate_engine_create(void (*between)(struct engine *, unsigned int, void *),
                       void *aux)
{
    static const struct engine_kind *const derived[] = {
#define DERIVED(VARIABLE) &VARIABLE,
        DERIVED_KINDS
#undef DERIVED
    };
    const struct engine_kind *const *model;
    const struct engine_kind **kinds;
    struct engine *engine;
    size_t n;

    init_groups();
    n = model_kinds(&model);
    kinds = xmalloc((n + ARRAY_SIZE(derived) + N_RELATIONS + n_groups)
                    * sizeof *kinds);
    memcpy(kinds, model, n * sizeof *kinds);
    memcpy(kinds + n, derived, sizeof derived);
    n += ARRAY_SIZE(derived);
    for (size_t i = 0; i < N_RELATIONS; i++) {
        kinds[n++] = &relations[i];
    }
    for (size_t i = 0; i < n_groups; i++) {
        kinds[n++] = &groups[i].kind;
    }
    engine = engine_create(kinds, n, between, aux);
    free(kinds);
    return engine;
}

/* ---- Facts ------------------------------------------------------------- */

void
generate_fact(struct generate *g, enum relation_id id, const char *a,
              const char *b, const char *member)
{
    engine_state(g->reader, relation(id), a, b, member);
}

struct engine_members
generate_members(struct generate *g, enum relation_id id, const char *a,
                 const char *b)
{
    return engine_members(g->reader, relation(id), a, b);
}

bool
generate_has_members(struct generate *g, enum relation_id id, const char *a,
                     const char *b)
{
    return engine_has_members(g->reader, relation(id), a, b);
}

bool
generate_is_member(struct generate *g, enum relation_id id, const char *a,
                   const char *b, const char *member)
{
    return engine_is_member(g->reader, relation(id), a, b, member);
}

/* ---- Texts, keys, rows ------------------------------------------------- */

const char *
generate_text(struct generate *g, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    return engine_keep(g->reader, text);
}

const char *
generate_key(struct generate *g, const char *area, ...)
{
    struct ds key = DS_EMPTY_INITIALIZER;
    const char *component;
    va_list args;

    ds_put_cstr(&key, area);
    va_start(args, area);
    while ((component = va_arg(args, const char *))) {
        char *encoded = keys_encode(component);

        ds_put_char(&key, '/');
        ds_put_cstr(&key, encoded);
        free(encoded);
    }
    va_end(args);
    return engine_keep(g->reader, ds_steal_cstr(&key));
}

const char *
generate_switch_datapath(struct generate *g, const char *id)
{
    return generate_text(g, "switch:%s", id);
}

const char *
generate_router_datapath(struct generate *g, const char *id)
{
    return generate_text(g, "router:%s", id);
}

void
generate_row(struct generate *g, const char *key, struct schema_row *row)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    schema_row_format(row, &text);
    schema_row_destroy(row);
    size_t size = text.length;

    engine_output(g->reader, key, ds_steal_cstr(&text), size);
}
