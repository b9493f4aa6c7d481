/* Wanted and installed flows: see flow_table.h.
 *
 * One hash table holds both; an entry lives while it is wanted, installed or
 * in flight.  Whatever touches an entry puts it on the 'changed' list, where
 * the installer finds it; comparing there costs nothing for flows that an
 * owner replaced by the same. */
#include <config.h>

#include "node-agent/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(flow_table);

static struct vlog_rate_limit conflict_rl = VLOG_RATE_LIMIT_INIT(5, 20);

void
flow_table_init(struct flow_table *ft)
{
    memset(ft, 0, sizeof *ft);
    flow_actions_pool_init(&ft->pool);
    hmap_init(&ft->flows);
    ovs_list_init(&ft->changed);
}

static void
mark_changed(struct flow_table *ft, struct flow_entry *flow)
{
    if (ovs_list_is_empty(&flow->changed_node)) {
        ovs_list_push_back(&ft->changed, &flow->changed_node);
        ft->n_changed++;
    }
}

static void
unmark_changed(struct flow_table *ft, struct flow_entry *flow)
{
    if (!ovs_list_is_empty(&flow->changed_node)) {
        ovs_list_remove(&flow->changed_node);
        ovs_list_init(&flow->changed_node);
        ft->n_changed--;
    }
}

static void
entry_destroy(struct flow_table *ft, struct flow_entry *flow)
{
    unmark_changed(ft, flow);
    hmap_remove(&ft->flows, &flow->node);
    flow_actions_unref(&ft->pool, flow->installed);
    flow_actions_unref(&ft->pool, flow->refused);
    minimatch_destroy(&flow->match);
    free(flow);
}

static void
free_refs(struct flow_table *ft, struct flow_ref *ref)
{
    while (ref) {
        struct flow_ref *next = ref->next_of_flow;

        flow_actions_unref(&ft->pool, ref->actions);
        free(ref);
        ref = next;
    }
}

void
flow_table_destroy(struct flow_table *ft)
{
    struct flow_entry *flow;

    HMAP_FOR_EACH_SAFE (flow, node, &ft->flows) {
        free_refs(ft, flow->refs);
        entry_destroy(ft, flow);
    }
    hmap_destroy(&ft->flows);
    flow_actions_pool_destroy(&ft->pool);
}

static uint32_t
hash_key(uint8_t table, uint16_t priority, const struct minimatch *match)
{
    return minimatch_hash(match, hash_2words(table, priority));
}

static struct flow_entry *
find_entry(const struct flow_table *ft, uint32_t hash, uint8_t table,
           uint16_t priority, const struct minimatch *match)
{
    struct flow_entry *flow;

    HMAP_FOR_EACH_WITH_HASH (flow, node, hash, &ft->flows) {
        if (flow->table == table && flow->priority == priority
            && minimatch_equal(&flow->match, match)) {
            return flow;
        }
    }
    return NULL;
}

static struct flow_entry *
get_entry(struct flow_table *ft, uint8_t table, uint16_t priority,
          const struct minimatch *match)
{
    uint32_t hash = hash_key(table, priority, match);
    struct flow_entry *flow = find_entry(ft, hash, table, priority, match);

    if (!flow) {
        flow = xzalloc(sizeof *flow);
        flow->table = table;
        flow->priority = priority;
        minimatch_clone(&flow->match, match);
        ovs_list_init(&flow->changed_node);
        hmap_insert(&ft->flows, &flow->node, hash);
    }
    mark_changed(ft, flow);
    return flow;
}

void
flow_owner_begin(struct flow_table *ft, struct flow_owner *owner)
{
    ovs_assert(!ft->updating);
    ft->updating = owner->refs;
    owner->refs = NULL;
}

/* The switch tells of the packet type where Ethernet fields are matched;
 * all packets here are Ethernet, so it says nothing. */
static void
init_minimatch(struct minimatch *mini, const struct match *match)
{
    if (match->wc.masks.packet_type && !match->flow.packet_type) {
        struct match copy = *match;

        copy.wc.masks.packet_type = 0;
        minimatch_init(mini, &copy);
    } else {
        minimatch_init(mini, match);
    }
}

void
flow_owner_add_actions(struct flow_table *ft, struct flow_owner *owner,
                       uint8_t table, uint16_t priority, uint32_t cookie,
                       const struct match *match,
                       struct flow_actions *actions)
{
    struct flow_ref *ref = xmalloc(sizeof *ref);
    struct minimatch mini;

    init_minimatch(&mini, match);
    ref->flow = get_entry(ft, table, priority, &mini);
    minimatch_destroy(&mini);
    ref->actions = flow_actions_ref(actions);
    ref->cookie = cookie;
    ft->n_wanted += !ref->flow->refs;
    ref->next_of_flow = ref->flow->refs;
    ref->flow->refs = ref;
    ref->next_of_owner = owner->refs;
    owner->refs = ref;
}

void
flow_owner_add(struct flow_table *ft, struct flow_owner *owner, uint8_t table,
               uint16_t priority, uint32_t cookie, const struct match *match,
               const void *ofpacts, size_t size)
{
    struct flow_actions *actions
        = flow_actions_intern(&ft->pool, ofpacts, size);

    flow_owner_add_actions(ft, owner, table, priority, cookie, match,
                           actions);
    flow_actions_unref(&ft->pool, actions);
}

/* Takes 'ref' off its flow. */
static void
drop_ref(struct flow_table *ft, struct flow_ref *ref)
{
    struct flow_entry *flow = ref->flow;
    struct flow_ref **p = &flow->refs;

    while (*p != ref) {
        p = &(*p)->next_of_flow;
    }
    *p = ref->next_of_flow;
    mark_changed(ft, flow);
    if (!flow->refs) {
        ft->n_wanted--;
        if (!flow->installed && !flow->in_flight) {
            entry_destroy(ft, flow);
        }
    }
    flow_actions_unref(&ft->pool, ref->actions);
    free(ref);
}

void
flow_owner_end(struct flow_table *ft, struct flow_owner *owner OVS_UNUSED)
{
    struct flow_ref *ref = ft->updating;

    while (ref) {
        struct flow_ref *next = ref->next_of_owner;

        drop_ref(ft, ref);
        ref = next;
    }
    ft->updating = NULL;
}

void
flow_owner_clear(struct flow_table *ft, struct flow_owner *owner)
{
    flow_owner_begin(ft, owner);
    flow_owner_end(ft, owner);
}

/* Should 'a' be preferred over 'b'? */
static bool
ref_wins(const struct flow_ref *a, const struct flow_ref *b)
{
    int order;

    if (a->actions == b->actions) {
        return a->cookie < b->cookie;
    }
    if (a->actions->is_conjunction != b->actions->is_conjunction) {
        return !a->actions->is_conjunction;
    }
    if (a->actions->size != b->actions->size) {
        return a->actions->size < b->actions->size;
    }
    order = memcmp(a->actions->ofpacts, b->actions->ofpacts,
                   a->actions->size);
    return order < 0;
}

static void
log_conflict(const struct flow_entry *flow)
{
    if (!VLOG_DROP_DBG(&conflict_rl)) {
        char *match = minimatch_to_string(&flow->match, NULL, flow->priority);

        VLOG_DBG("table=%u,%s: owners want different actions", flow->table,
                 match);
        free(match);
    }
}

/* What is wanted of 'flow', as a new reference, or NULL for nothing. */
static struct flow_actions *
resolve(struct flow_table *ft, const struct flow_entry *flow,
        uint32_t *cookie)
{
    const struct flow_ref *best = flow->refs;
    struct flow_actions *actions;

    if (!best) {
        return NULL;
    }
    for (const struct flow_ref *r = best->next_of_flow; r;
         r = r->next_of_flow) {
        if (r->actions != best->actions && !r->actions->is_conjunction) {
            log_conflict(flow);
        }
        if (ref_wins(r, best)) {
            best = r;
        }
    }
    actions = flow_actions_ref(best->actions);
    *cookie = best->cookie;
    if (!actions->is_conjunction || !flow->refs->next_of_flow) {
        return actions;
    }
    for (const struct flow_ref *r = flow->refs; r; r = r->next_of_flow) {
        struct flow_actions *merged
            = flow_actions_merge_conjunctions(&ft->pool, actions, r->actions);

        flow_actions_unref(&ft->pool, actions);
        actions = merged;
    }
    *cookie = 0;
    return actions;
}

static void
set_actions(struct flow_table *ft, struct flow_actions **slot,
            struct flow_actions *actions)
{
    struct flow_actions *old = *slot;

    *slot = actions ? flow_actions_ref(actions) : NULL;
    flow_actions_unref(&ft->pool, old);
}

static enum flow_change
classify(const struct flow_entry *flow, const struct flow_actions *wanted,
         uint32_t cookie)
{
    if (!wanted) {
        return flow->installed ? FLOW_DELETE : FLOW_SAME;
    }
    if (wanted == flow->refused) {
        return FLOW_SAME;
    }
    if (!flow->installed || cookie != flow->installed_cookie) {
        return FLOW_ADD;
    }
    return (flow_actions_same_on_wire(wanted, flow->installed)
            ? FLOW_SAME : FLOW_MODIFY);
}

struct flow_entry *
flow_table_next_change(struct flow_table *ft, enum flow_change *change,
                       struct flow_actions **actions, uint32_t *cookie)
{
    struct flow_entry *flow;
    struct flow_actions *wanted;

    if (ovs_list_is_empty(&ft->changed)) {
        return NULL;
    }
    flow = CONTAINER_OF(ovs_list_front(&ft->changed), struct flow_entry,
                        changed_node);
    unmark_changed(ft, flow);
    *cookie = 0;
    wanted = resolve(ft, flow, cookie);
    *change = classify(flow, wanted, *cookie);
    if (*change != FLOW_SAME || wanted != flow->refused) {
        set_actions(ft, &flow->installed, wanted);
        flow->installed_cookie = *cookie;
    }
    *actions = flow->installed;
    flow_actions_unref(&ft->pool, wanted);
    flow->in_flight = true;
    return flow;
}

void
flow_entry_settle(struct flow_table *ft, struct flow_entry *flow)
{
    flow->in_flight = false;
    if (!flow->refs && !flow->installed) {
        entry_destroy(ft, flow);
    }
}

void
flow_entry_refuse(struct flow_table *ft, struct flow_entry *flow)
{
    set_actions(ft, &flow->refused, flow->installed);
}

void
flow_table_forgive(struct flow_table *ft)
{
    struct flow_entry *flow;

    HMAP_FOR_EACH (flow, node, &ft->flows) {
        if (flow->refused) {
            set_actions(ft, &flow->refused, NULL);
            mark_changed(ft, flow);
        }
    }
}

bool
flow_owner_is_refused(const struct flow_owner *owner)
{
    for (const struct flow_ref *r = owner->refs; r; r = r->next_of_owner) {
        if (r->actions == r->flow->refused
            && r->flow->installed != r->flow->refused) {
            return true;
        }
    }
    return false;
}

void
flow_table_forget(struct flow_table *ft)
{
    struct flow_entry *flow;

    HMAP_FOR_EACH_SAFE (flow, node, &ft->flows) {
        set_actions(ft, &flow->installed, NULL);
        flow->installed_cookie = 0;
        if (!flow->refs && !flow->in_flight) {
            entry_destroy(ft, flow);
        } else {
            mark_changed(ft, flow);
        }
    }
}

void
flow_table_found(struct flow_table *ft, uint8_t table, uint16_t priority,
                 uint64_t cookie, const struct match *match,
                 const void *ofpacts, size_t size)
{
    struct flow_actions *actions
        = flow_actions_intern(&ft->pool, ofpacts, size);
    struct flow_entry *flow;
    struct minimatch mini;

    init_minimatch(&mini, match);
    flow = get_entry(ft, table, priority, &mini);
    minimatch_destroy(&mini);
    set_actions(ft, &flow->installed, actions);
    flow->installed_cookie = cookie;
    flow_actions_unref(&ft->pool, actions);
}
