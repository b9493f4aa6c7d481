/* Rows of the southbound into the model: see sb_apply.h. */
#include <config.h>

#include "node-agent/sb_apply.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "lib/err.h"
#include "node-agent/load_balancers.h"
#include "node-agent/model.h"
#include "node-agent/multicast_groups.h"
#include "node-agent/respond_dns.h"
#include "node-agent/sets.h"
#include "openvswitch/vlog.h"
#include "store/keys.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(sb_apply);

struct schema_row *
sb_parse(const struct schema_table *table, const char *id, const char *key,
         const char *value, size_t size)
{
    struct schema_row *row = NULL;
    struct err err = ERR_INIT;

    if (schema_row_parse(table, id, value, size, &row, &err)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);
        char *text = err_to_string(&err);

        VLOG_WARN_RL(&rl, "%s: %s", key, text);
        free(text);
        err_clear(&err);
        return NULL;
    }
    return row;
}

enum { MAX_COMPONENTS = 3 };

/* Splits 'below' in decoded components; returns their number, 0 if it is
 * malformed. */
static int
split(const char *below, char *components[MAX_COMPONENTS])
{
    int n = 0;

    while (n < MAX_COMPONENTS) {
        size_t len = strcspn(below, "/");

        components[n] = keys_decode(below, len);
        if (!components[n]) {
            break;
        }
        n++;
        if (!below[len]) {
            return n;
        }
        below += len + 1;
    }
    while (n > 0) {
        free(components[--n]);
    }
    return 0;
}

static struct learned *
find_learned(const struct hmap *map, const char *key)
{
    struct learned *learned;

    HMAP_FOR_EACH_WITH_HASH (learned, node, hash_string(key, 0), map) {
        if (!strcmp(learned->key, key)) {
            return learned;
        }
    }
    return NULL;
}

static void
set_learned(struct model *model, struct datapath *dp, struct hmap *map,
            const char *key, struct learned *content)
{
    struct learned *learned = find_learned(map, key);

    if (!learned) {
        if (!content) {
            return;
        }
        learned = xzalloc(sizeof *learned);
        learned->key = xstrdup(key);
        hmap_insert(map, &learned->node, hash_string(key, 0));
    }
    free(learned->mac);
    free(learned->ip);
    free(learned->lport);
    learned->mac = learned->ip = learned->lport = NULL;
    learned->port_key = 0;
    if (content) {
        learned->mac = content->mac;
        learned->ip = content->ip;
        learned->lport = content->lport;
        learned->port_key = content->port_key;
    }
    /* The engine makes the flows, and frees what lost its MAC. */
    learned->dirty = true;
    model_datapath_dirty(model, dp);
}

static void
apply_fdb(struct model *model, struct datapath *dp, const char *below,
          const char *mac, const char *value, size_t size)
{
    struct schema_row *row;
    struct learned content = { .port_key = 0 };
    const struct sb_fdb *fdb;

    if (!value) {
        set_learned(model, dp, &dp->fdb, below, NULL);
        return;
    }
    row = sb_parse(&sb_fdb_table, mac, below, value, size);
    fdb = sb_fdb_cast(row);
    if (fdb) {
        content.mac = xstrdup(mac);
        content.port_key = fdb->port_key;
        set_learned(model, dp, &dp->fdb, below, &content);
    }
    schema_row_destroy(row);
}

static void
apply_neighbor(struct model *model, struct datapath *dp, const char *below,
               char **components, const char *value, size_t size)
{
    struct schema_row *row;
    struct learned content = { .port_key = 0 };
    const struct sb_mac_binding *nb;

    if (!value) {
        set_learned(model, dp, &dp->mac_bindings, below, NULL);
        return;
    }
    row = sb_parse(&sb_mac_binding_table, components[2], below, value, size);
    nb = sb_mac_binding_cast(row);
    if (nb) {
        content.mac = xstrdup(nb->mac);
        content.lport = xstrdup(components[1]);
        content.ip = xstrdup(components[2]);
        set_learned(model, dp, &dp->mac_bindings, below, &content);
    }
    schema_row_destroy(row);
}

static void
set_dns(struct model *model OVS_UNUSED, struct datapath *dp, const char *id,
        struct schema_row *row)
{
    schema_row_destroy(shash_find_and_delete(&dp->dns, id));
    if (row) {
        respond_dns_normalize(CONTAINER_OF(row, struct sb_dns, row));
        shash_add(&dp->dns, id, row);
    }
}

static void
set_bfd(struct model *model, struct datapath *dp, const char *id,
        struct schema_row *row)
{
    schema_row_destroy(shash_find_and_delete(&dp->bfd, id));
    if (row) {
        shash_add(&dp->bfd, id, row);
    }
    model_datapath_dirty(model, dp);
}

static void
set_monitor(struct model *model, struct datapath *dp, const char *lport,
            const char *id, struct schema_row *row)
{
    struct shash *rows = shash_find_data(&dp->monitors, lport);

    if (!rows) {
        if (!row) {
            return;
        }
        rows = xmalloc(sizeof *rows);
        shash_init(rows);
        shash_add(&dp->monitors, lport, rows);
    }
    schema_row_destroy(shash_find_and_delete(rows, id));
    if (row) {
        shash_add(rows, id, row);
    } else if (shash_is_empty(rows)) {
        shash_find_and_delete(&dp->monitors, lport);
        shash_destroy(rows);
        free(rows);
    }
    model_datapath_dirty(model, dp);
}

/* Rows below a datapath of which one component tells which they are; 'set'
 * takes the row, NULL if it is gone. */
static const struct kind {
    const char *area;
    const struct schema_table *table;
    void (*set)(struct model *, struct datapath *, const char *id,
                struct schema_row *row);
} kinds[] = {
    { "port", &sb_port_table, model_lport_set },
    { "dns", &sb_dns_table, set_dns },
    { "bfd", &sb_bfd_session_table, set_bfd },
    { "load_balancer", &sb_load_balancer_table, load_balancer_set },
    { "multicast_group", &sb_multicast_group_table, multicast_group_set },
};

static void
apply_components(struct model *model, struct datapath *dp, const char *below,
                 char **c, int n, const char *value, size_t size)
{
    for (size_t i = 0; n == 2 && i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(c[0], kinds[i].area)) {
            kinds[i].set(model, dp, c[1],
                         value ? sb_parse(kinds[i].table, c[1], below, value,
                                          size) : NULL);
            return;
        }
    }
    if (n >= 2 && !strcmp(c[0], "flow")) {
        struct schema_row *row = value ? sb_parse(&sb_flow_bundle_table, c[1],
                                                  below, value, size) : NULL;

        model_bundle_set(model, dp, below + strlen("flow/"), row);
    } else if (n == 2 && !strcmp(c[0], "fdb")) {
        apply_fdb(model, dp, below, c[1], value, size);
    } else if (n == 3 && !strcmp(c[0], "mac_binding")) {
        apply_neighbor(model, dp, below, c, value, size);
    } else if (n == 3 && !strcmp(c[0], "service_monitor")) {
        set_monitor(model, dp, c[1], c[2],
                    value ? sb_parse(&sb_service_monitor_table, c[2], below,
                                     value, size) : NULL);
    } else if (n == 3 && !strcmp(c[0], "multicast_port")) {
        multicast_port_set(model, dp, c[1], c[2], value != NULL);
    } else if (n == 1 && !strcmp(c[0], "ip_multicast")) {
        schema_row_destroy(dp->ip_multicast);
        dp->ip_multicast = value ? sb_parse(&sb_ip_multicast_table, c[0],
                                            below, value, size) : NULL;
    }
}

void
sb_apply_datapath(struct model *model, struct datapath *dp,
                  const char *below, const char *value, size_t size)
{
    char *components[MAX_COMPONENTS];
    int n;

    if (!below[0]) {
        struct schema_row *row = value ? sb_parse(&sb_datapath_table,
                                                  dp->name, dp->name, value,
                                                  size) : NULL;

        model_datapath_set(model, dp, row);
        return;
    }
    n = split(below, components);
    apply_components(model, dp, below, components, n, value, size);
    while (n > 0) {
        free(components[--n]);
    }
}

void
sb_apply_set(struct model *model, struct named_set *set, const char *below,
             const char *value, size_t size)
{
    if (!below[0]) {
        sets_set_present(set, value != NULL);
        return;
    }
    sets_set_part(model, set, below,
                  value ? sb_parse(&sb_set_part_table, below, set->name,
                                   value, size) : NULL);
}
