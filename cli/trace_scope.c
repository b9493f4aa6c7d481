/* What names in a datapath's logical flows mean, for a trace. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/trace_db.h"
#include "lflow/scope.h"
#include "store/keys.h"
#include "store/store.h"
#include "util.h"

static struct trace_dp *
dp_cast(const struct lflow_scope *scope)
{
    return CONTAINER_OF(CONST_CAST(struct lflow_scope *, scope),
                        struct trace_dp, scope);
}

static bool
scope_port_key(const struct lflow_scope *scope, const char *name,
               uint32_t *key)
{
    const struct trace_dp *dp = dp_cast(scope);
    const struct trace_port *port = trace_dp_port(dp, name);

    if (!port && dp->takes_friendly) {
        port = trace_dp_friendly_port(dp, name);
    }
    if (port) {
        *key = port->key;
        return true;
    }
    return trace_mcast_key(dp, name, key);
}

/* ---- Sets ------------------------------------------------------------- */

struct set_read {
    struct trace_db *db;
    const char *id;             /* "address_set:web" */
    bool exists;
    struct schema_strings members;
};

static void
on_set_key(const struct store_kv *kv, void *read_)
{
    struct set_read *read = read_;
    const struct sb_set_part *part;
    struct schema_row *row;
    char *c[2];
    int n = keys_parse(kv->key.data, kv->key.size, read->db->prefix,
                       "sb/set", c, ARRAY_SIZE(c));

    if (n > 0 && !strcmp(c[0], read->id)) {
        read->exists = true;
        if (n == 2) {
            row = trace_db_parse(read->db, &sb_set_part_table, c[1], kv);
            part = sb_set_part_cast(row);
            for (size_t i = 0; part && i < part->members.n; i++) {
                schema_strings_add(&read->members, part->members.items[i]);
            }
            schema_row_destroy(row);
        }
    }
    while (n > 0) {
        free(c[--n]);
    }
}

/* The members of a set; false if there is none. */
static bool
read_set(struct trace_db *db, const char *kind, const char *name,
         struct schema_strings *members)
{
    struct set_read read = { .db = db };
    char *id = xasprintf("%s:%s", kind, name);
    char *key = keys_build(db->prefix, "sb/set", id, NULL);
    char *below = xasprintf("%s/", key);

    read.id = id;
    trace_db_read_prefix(db, below, on_set_key, &read);
    if (!read.exists && !db->error) {
        /* Without members there may be its row alone. */
        db->error = fetch_keys(db->store, &key, 1, &db->revision, true,
                               on_set_key, &read, &db->err);
    }
    free(below);
    free(key);
    free(id);
    if (!read.exists) {
        schema_strings_clear(&read.members);
        return false;
    }
    *members = read.members;
    return true;
}

static const struct constant_set *
scope_address_set(const struct lflow_scope *scope, const char *name)
{
    struct trace_db *db = dp_cast(scope)->db;
    struct shash_node *node = shash_find(&db->address_sets, name);
    struct schema_strings members;
    struct constant_set *set = NULL;

    if (node) {
        return node->data;
    }
    if (read_set(db, "address_set", name, &members)) {
        set = constant_set_create((const char *const *) members.items,
                                  members.n, NULL);
        schema_strings_clear(&members);
    }
    shash_add(&db->address_sets, name, set);
    return set;
}

const struct schema_strings *
trace_db_port_group(struct trace_db *db, const char *name)
{
    struct shash_node *node = shash_find(&db->port_groups, name);
    struct schema_strings *members;

    if (node) {
        return node->data;
    }
    members = xzalloc(sizeof *members);
    if (!read_set(db, "port_group", name, members)) {
        free(members);
        members = NULL;
    }
    shash_add(&db->port_groups, name, members);
    return members;
}

/* As the datapath sees it: its own members only, since no other can match. */
static const struct port_set *
scope_port_group(const struct lflow_scope *scope, const char *name)
{
    struct trace_dp *dp = dp_cast(scope);
    const struct schema_strings *names = trace_db_port_group(dp->db, name);
    struct port_set_member *members;
    struct port_set *set;

    if (!names) {
        return NULL;
    }
    set = lflow_arena_alloc(&dp->db->arena, sizeof *set);
    members = lflow_arena_alloc(&dp->db->arena,
                                (names->n + 1) * sizeof *members);
    for (size_t i = 0; i < names->n; i++) {
        const struct trace_port *port = trace_dp_port(dp, names->items[i]);

        if (port) {
            members[set->n].name = port->name;
            members[set->n++].key = port->key;
        }
    }
    set->members = members;
    return set;
}

/* A trace has no chassis: every port is where the packet is. */
static bool
scope_is_resident(const struct lflow_scope *scope, const char *name)
{
    return trace_db_has_port(dp_cast(scope)->db, name);
}

static const struct lflow_scope_class trace_scope_class = {
    .port_key = scope_port_key,
    .address_set = scope_address_set,
    .port_group = scope_port_group,
    .is_chassis_resident = scope_is_resident,
};

void
trace_scope_init(struct trace_dp *dp)
{
    dp->scope.class = &trace_scope_class;
}
