/* Calls of a scope's class, and the record of what was asked. */
#include <config.h>

#include "lflow/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

void
lflow_refs_init(struct lflow_refs *refs)
{
    hmap_init(&refs->map);
}

void
lflow_refs_destroy(struct lflow_refs *refs)
{
    struct lflow_ref *ref;

    HMAP_FOR_EACH_POP (ref, node, &refs->map) {
        free(ref);
    }
    hmap_destroy(&refs->map);
}

static struct lflow_ref *
refs_find(const struct lflow_refs *refs, enum lflow_ref_kind kind,
          const char *name, uint32_t hash)
{
    struct lflow_ref *ref;

    HMAP_FOR_EACH_WITH_HASH (ref, node, hash, &refs->map) {
        if (ref->kind == kind && !strcmp(ref->name, name)) {
            return ref;
        }
    }
    return NULL;
}

void
lflow_refs_add(struct lflow_refs *refs, enum lflow_ref_kind kind,
               const char *name)
{
    uint32_t hash = hash_string(name, kind);
    struct lflow_ref *ref;
    size_t size;

    if (!refs || refs_find(refs, kind, name, hash)) {
        return;
    }
    size = strlen(name) + 1;
    ref = xmalloc(sizeof *ref + size);
    ref->kind = kind;
    memcpy(ref->name, name, size);
    hmap_insert(&refs->map, &ref->node, hash);
}

bool
lflow_refs_contains(const struct lflow_refs *refs, enum lflow_ref_kind kind,
                    const char *name)
{
    return refs_find(refs, kind, name, hash_string(name, kind)) != NULL;
}

void
lflow_refs_move(struct lflow_refs *dst, struct lflow_refs *src)
{
    hmap_init(&dst->map);
    hmap_swap(&dst->map, &src->map);
}

const char *
lflow_ref_kind_to_string(enum lflow_ref_kind kind)
{
    static const char *const names[N_LFLOW_REF_KINDS] = {
#define LFLOW_REF(KIND, TEXT) [LFLOW_REF_##KIND] = TEXT,
        LFLOW_REF_KINDS
#undef LFLOW_REF
    };

    return names[kind];
}

bool
lflow_scope_port_key(const struct lflow_scope *scope,
                     struct lflow_refs *refs, const char *name,
                     uint32_t *key)
{
    lflow_refs_add(refs, LFLOW_REF_PORT, name);
    return scope && scope->class && scope->class->port_key
           && scope->class->port_key(scope, name, key);
}

bool
lflow_scope_port_is_possible(const struct lflow_scope *scope,
                             enum mf_field_id field, uint32_t key)
{
    return !scope || !scope->class || !scope->class->port_is_possible
           || scope->class->port_is_possible(scope, field, key);
}

const struct constant_set *
lflow_scope_address_set(const struct lflow_scope *scope,
                        struct lflow_refs *refs, const char *name)
{
    lflow_refs_add(refs, LFLOW_REF_ADDRESS_SET, name);
    return scope && scope->class && scope->class->address_set
           ? scope->class->address_set(scope, name) : NULL;
}

const struct port_set *
lflow_scope_port_group(const struct lflow_scope *scope,
                       struct lflow_refs *refs, const char *name,
                       enum mf_field_id field)
{
    const struct port_set *set;

    if (scope && scope->class && scope->class->port_group_here
        && scope->class->port_group_here(scope, name, field, &set)) {
        lflow_refs_add(refs, LFLOW_REF_PORT_GROUP_HERE, name);
        return set;
    }
    lflow_refs_add(refs, LFLOW_REF_PORT_GROUP, name);
    return scope && scope->class && scope->class->port_group
           ? scope->class->port_group(scope, name) : NULL;
}

bool
lflow_scope_is_chassis_resident(const struct lflow_scope *scope,
                                struct lflow_refs *refs, const char *name)
{
    lflow_refs_add(refs, LFLOW_REF_RESIDENT, name);
    return scope && scope->class && scope->class->is_chassis_resident
           && scope->class->is_chassis_resident(scope, name);
}

const char *
lflow_scope_template(const struct lflow_scope *scope,
                     struct lflow_refs *refs, const char *name)
{
    lflow_refs_add(refs, LFLOW_REF_TEMPLATE, name);
    return scope && scope->class && scope->class->template
           ? scope->class->template(scope, name) : NULL;
}

uint32_t
lflow_scope_group_id(const struct lflow_scope *scope,
                     struct lflow_refs *refs, const char *buckets)
{
    lflow_refs_add(refs, LFLOW_REF_GROUP, buckets);
    return scope && scope->class && scope->class->group_id
           ? scope->class->group_id(scope, buckets) : 0;
}

uint32_t
lflow_scope_meter_id(const struct lflow_scope *scope,
                     struct lflow_refs *refs, const char *name)
{
    lflow_refs_add(refs, LFLOW_REF_METER, name);
    return scope && scope->class && scope->class->meter_id
           ? scope->class->meter_id(scope, name) : 0;
}

bool
lflow_scope_collector_set(const struct lflow_scope *scope,
                          struct lflow_refs *refs, uint32_t id)
{
    char name[16];

    snprintf(name, sizeof name, "%u", id);
    lflow_refs_add(refs, LFLOW_REF_COLLECTOR_SET, name);
    return scope && scope->class && scope->class->collector_set
           && scope->class->collector_set(scope, id);
}

bool
lflow_scope_tunnel_port(const struct lflow_scope *scope,
                        struct lflow_refs *refs, const char *name,
                        uint32_t *ofport)
{
    lflow_refs_add(refs, LFLOW_REF_TUNNEL, name);
    return scope && scope->class && scope->class->tunnel_port
           && scope->class->tunnel_port(scope, name, ofport);
}
