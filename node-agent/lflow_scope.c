/* What names in logical flows mean on this node: see lflow_scope.h. */
#include <config.h>

#include "node-agent/lflow_scope.h"

#include <stdlib.h>

#include "lflow/registers.h"
#include "lflow/stages.h"
#include "node-agent/extend_table.h"
#include "node-agent/meters.h"
#include "node-agent/model.h"
#include "node-agent/multicast.h"
#include "node-agent/multicast_groups.h"
#include "node-agent/sets.h"
#include "util.h"

static const struct agent_scope *
cast(const struct lflow_scope *scope)
{
    return CONTAINER_OF(scope, const struct agent_scope, scope);
}

static bool
scope_port_key(const struct lflow_scope *scope, const char *name,
               uint32_t *key)
{
    const struct lport *lport = datapath_lport(cast(scope)->dp, name);

    if (lport && lport->key) {
        *key = lport->key;
        return true;
    }
    return (multicast_group_key(cast(scope)->dp, name, key)
            || multicast_fixed_key(name, key));
}

/* Packets enter at a port of this chassis, and leave at one; the other end
 * may be anywhere. */
static bool
scope_port_is_possible(const struct lflow_scope *scope,
                       enum mf_field_id field, uint32_t key)
{
    const struct lport *lport;

    if (field != cast(scope)->here) {
        return true;
    }
    lport = datapath_lport_by_key(cast(scope)->dp, key);
    return !lport || !lport->elsewhere;
}

static const struct constant_set *
scope_address_set(const struct lflow_scope *scope, const char *name)
{
    return sets_addresses(cast(scope)->model, name);
}

static const struct port_set *
get_port_group(const struct lflow_scope *scope_, const char *name, bool here)
{
    struct agent_scope *scope = CONST_CAST(struct agent_scope *,
                                           cast(scope_));
    struct port_set *set = sets_ports(scope->model, name, scope->dp, here);

    if (set) {
        scope->port_sets = xrealloc(scope->port_sets,
                                    (scope->n_port_sets + 1)
                                    * sizeof *scope->port_sets);
        scope->port_sets[scope->n_port_sets++] = set;
    }
    return set;
}

static const struct port_set *
scope_port_group(const struct lflow_scope *scope, const char *name)
{
    return get_port_group(scope, name, false);
}

static bool
scope_port_group_here(const struct lflow_scope *scope, const char *name,
                      enum mf_field_id field, const struct port_set **set)
{
    if (field != cast(scope)->here) {
        return false;
    }
    *set = get_port_group(scope, name, true);
    return true;
}

static bool
scope_is_resident(const struct lflow_scope *scope, const char *name)
{
    const struct lport *lport = model_lport(cast(scope)->model, name);

    return lport && lport->resident;
}

/* No port, 0, for what is here: it is reached without a tunnel. */
static bool
scope_tunnel_port(const struct lflow_scope *scope, const char *name,
                  uint32_t *ofport)
{
    const struct model *model = cast(scope)->model;
    const struct lport *lport = model_lport(model, name);

    *ofport = lport ? model_tunnel_ofport(model, lport) : 0;
    return lport && (*ofport || lport->bound_here);
}

static uint32_t
use_extend(struct agent_scope *scope, struct extend_entry *entry)
{
    if (!entry) {
        return 0;
    }
    scope->extends = xrealloc(scope->extends, (scope->n_extends + 1)
                              * sizeof *scope->extends);
    scope->extends[scope->n_extends++] = entry;
    return entry->id;
}

static uint32_t
scope_group_id(const struct lflow_scope *scope_, const char *buckets)
{
    struct agent_scope *scope = CONST_CAST(struct agent_scope *,
                                           cast(scope_));
    struct extend_entry *entry = extend_table_get(scope->groups, buckets);

    if (entry) {
        extend_entry_set_spec(scope->groups, entry, buckets);
    }
    return use_extend(scope, entry);
}

static uint32_t
scope_meter_id(const struct lflow_scope *scope_, const char *name)
{
    static const char literal[] = "__string: ";
    struct agent_scope *scope = CONST_CAST(struct agent_scope *,
                                           cast(scope_));
    struct extend_entry *entry = extend_table_get(scope->meters, name);

    if (entry && !strncmp(name, literal, strlen(literal))) {
        extend_entry_set_spec(scope->meters, entry, name + strlen(literal));
    } else if (entry) {
        meters_update(scope->model, scope->meters, name);
    }
    return use_extend(scope, entry);
}

static const struct lflow_scope_class agent_scope_class = {
    .port_key = scope_port_key,
    .port_is_possible = scope_port_is_possible,
    .address_set = scope_address_set,
    .port_group = scope_port_group,
    .port_group_here = scope_port_group_here,
    .is_chassis_resident = scope_is_resident,
    .tunnel_port = scope_tunnel_port,
    .group_id = scope_group_id,
    .meter_id = scope_meter_id,
};

void
agent_scope_init(struct agent_scope *scope, struct model *model,
                 const struct datapath *dp, const struct stage *stage,
                 struct extend_table *groups, struct extend_table *meters)
{
    memset(scope, 0, sizeof *scope);
    scope->scope.class = &agent_scope_class;
    scope->model = model;
    scope->dp = dp;
    scope->here = (pipeline_is_ingress(stage->pipeline)
                   ? MFF_LOG_INPORT : MFF_LOG_OUTPORT);
    scope->groups = groups;
    scope->meters = meters;
}

void
agent_scope_destroy(struct agent_scope *scope)
{
    for (size_t i = 0; i < scope->n_port_sets; i++) {
        sets_ports_free(scope->port_sets[i]);
    }
    free(scope->port_sets);
}
