/* Engine, model and tunnel keys, put together. */
#include <config.h>

#include "translator/translation.h"

#include <string.h>

#include "openvswitch/util.h"
#include "store/keys.h"
#include "translator/engine.h"
#include "translator/generate.h"
#include "translator/generate_private.h"
#include "translator/ipam.h"
#include "translator/model.h"
#include "translator/tunnel_keys.h"
#include "util.h"

struct translation {
    struct engine *engine;
    struct model *model;
    struct ipam *ipam;
    struct tunnel_keys *keys;
    bool is_allocating;
};

/* Keys are assigned once everything that wants one is known. */
static void
between(struct engine *engine, unsigned int stratum, void *t_)
{
    struct translation *t = t_;

    if (stratum == PHASE_ADDRESSES) {
        ipam_assign(t->ipam, engine, t->is_allocating);
    } else if (stratum == PHASE_MORE_FACTS) {
        tunnel_keys_assign(t->keys, engine, t->is_allocating);
    }
}

void
translation_key_wanted(void *t_, const struct engine_key *key,
                       const char *member, bool present)
{
    struct translation *t = t_;

    tunnel_keys_want(t->keys, key->a, member, present);
}

void
translation_key_requested(void *t_, const struct engine_key *key,
                          const char *member, bool present)
{
    struct translation *t = t_;

    tunnel_keys_request(t->keys, key->a, key->b, member, present);
}

void
translation_ipam_network(void *t_, const struct engine_key *key,
                         const char *member, bool present)
{
    struct translation *t = t_;

    ipam_network(t->ipam, key, member, present);
}

void
translation_ipam_wanted(void *t_, const struct engine_key *key,
                        const char *member, bool present)
{
    struct translation *t = t_;

    ipam_wanted(t->ipam, key, member, present);
}

void
translation_ipam_used(void *t_, const struct engine_key *key,
                      const char *member, bool present)
{
    struct translation *t = t_;

    ipam_used(t->ipam, key, member, present);
}

struct translation *
translation_create(void)
{
    struct translation *t = xzalloc(sizeof *t);

    t->ipam = ipam_create();
    t->keys = tunnel_keys_create();
    t->engine = generate_engine_create(between, t);
    t->model = translator_model_create(t->engine);
    return t;
}

void
translation_destroy(struct translation *t)
{
    if (t) {
        translator_model_destroy(t->model);
        engine_destroy(t->engine);
        ipam_destroy(t->ipam);
        tunnel_keys_destroy(t->keys);
        free(t);
    }
}

bool
translation_put(struct translation *t, const char *key, const char *value,
                size_t size, int64_t create_revision, int64_t mod_revision)
{
    return model_put(t->model, key, value, size, create_revision,
                     mod_revision);
}

bool
translation_delete(struct translation *t, const char *key)
{
    return translator_model_delete(t->model, key);
}

/* ---- Tunnel keys ------------------------------------------------------- */

/* What "sb/dp/..." is: stores the space and name of its tunnel key, the
 * caller's to free, or returns false if it has none. */
static bool
parse_key(const char *key, char **spacep, char **namep)
{
    char *components[3];
    char *slashed = xasprintf("/%s", key);
    int n = keys_parse(slashed, strlen(slashed), "", "sb/dp", components, 3);
    bool is_group = n == 3 && !strcmp(components[1], "multicast_group");
    bool ok = n == 1 || is_group || (n == 3 && !strcmp(components[1], "port"));

    free(slashed);
    if (ok) {
        *spacep = (n == 1 ? xstrdup("")
                   : xasprintf("%s%s", is_group ? TUNNEL_KEY_GROUPS : "",
                               components[0]));
        *namep = xstrdup(n == 1 ? components[0] : components[2]);
    }
    for (int i = 0; i < n; i++) {
        free(components[i]);
    }
    return ok;
}

/* Learns the VLAN of a container, and the queue of a port. */
static void
learn_port_keys(struct translation *t, const struct sb_port *port)
{
    const char *name = port->row.id;
    int queue = smap_get_int(&port->options, "qdisc_queue_id", 0);

    if (port->parent_port[0] && port->tag.is_set) {
        char *tags = xasprintf(TUNNEL_KEY_TAGS "%s", port->parent_port);

        tunnel_keys_learn(t->keys, tags, name, port->tag.value);
        free(tags);
    }
    if (queue > 0 && (port->type == SB_PORT_TYPE_LOCALNET
                      || *port->chassis)) {
        char *queues = xasprintf(TUNNEL_KEY_QUEUES "%s",
                                 port->type == SB_PORT_TYPE_LOCALNET
                                 ? "" : port->chassis);

        tunnel_keys_learn(t->keys, queues, name,
                          tunnel_key_from_queue(queues, queue));
        free(queues);
    }
}

/* Learns the tunnel key of a row, and of a port what else it was given. */
static void
learn_keys(struct translation *t, const char *space, const char *name,
           const char *value, size_t size)
{
    bool is_group = !strncmp(space, TUNNEL_KEY_GROUPS,
                             strlen(TUNNEL_KEY_GROUPS));
    const struct schema_table *table = (is_group ? &sb_multicast_group_table
                                        : *space ? &sb_port_table
                                        : &sb_datapath_table);
    struct schema_row *row;

    if (schema_row_parse(table, name, value, size, &row, NULL)) {
        tunnel_keys_learn(t->keys, space, name, 0);
        return;
    }
    if (is_group) {
        tunnel_keys_learn(t->keys, space, name,
                          sb_multicast_group_cast(row)->tunnel_key);
    } else if (*space) {
        const struct sb_port *port = sb_port_cast(row);

        tunnel_keys_learn(t->keys, space, name, port->tunnel_key);
        learn_port_keys(t, port);
    } else {
        tunnel_keys_learn(t->keys, space, name,
                          sb_datapath_cast(row)->tunnel_key);
    }
    schema_row_destroy(row);
}

/* ---- Dynamic addresses ------------------------------------------------- */

/* The port whose status 'key' is, the caller's to free, or NULL. */
static char *
parse_port_status(const char *key)
{
    char *components[2];
    char *slashed = xasprintf("/%s", key);
    int n = keys_parse(slashed, strlen(slashed), "", "status", components, 2);
    char *port = NULL;

    free(slashed);
    if (n == 2 && !strcmp(components[0], "logical_switch_port")) {
        port = xstrdup(components[1]);
    }
    for (int i = 0; i < n; i++) {
        free(components[i]);
    }
    return port;
}

static void
learn_addresses(struct translation *t, const char *key, const char *value,
                size_t size)
{
    char *port = parse_port_status(key);
    struct schema_row *row;

    if (port && !schema_row_parse(&sb_status_table, port, value, size, &row,
                                  NULL)) {
        const char *addresses = sb_status_cast(row)->dynamic_addresses;

        ipam_learn(t->ipam, port, *addresses ? addresses : NULL);
        schema_row_destroy(row);
    }
    free(port);
}

static void
unlearn_addresses(struct translation *t, const char *key)
{
    char *port = parse_port_status(key);

    if (port) {
        ipam_learn(t->ipam, port, NULL);
        free(port);
    }
}

/* ---- Both -------------------------------------------------------------- */

void
translation_learn(struct translation *t, const char *key, const char *value,
                  size_t size)
{
    char *space, *name;

    if (!strncmp(key, "status/", strlen("status/"))) {
        learn_addresses(t, key, value, size);
    } else if (parse_key(key, &space, &name)) {
        learn_keys(t, space, name, value, size);
        free(space);
        free(name);
    }
}

void
translation_unlearn(struct translation *t, const char *key)
{
    char *space, *name;

    if (!strncmp(key, "status/", strlen("status/"))) {
        unlearn_addresses(t, key);
    } else if (parse_key(key, &space, &name)) {
        tunnel_keys_unlearn(t->keys, space, name);
        free(space);
        free(name);
    }
}

void
translation_set_allocating(struct translation *t, bool allocating)
{
    t->is_allocating = allocating;
}

void
translation_run(struct translation *t)
{
    engine_run(t->engine);
}

bool
translation_step(struct translation *t, unsigned int n)
{
    return engine_step(t->engine, n);
}

struct engine *
translation_engine(struct translation *t)
{
    return t->engine;
}

const struct model *
translation_model(const struct translation *t)
{
    return t->model;
}

const struct tunnel_keys *
translation_tunnel_keys(const struct translation *t)
{
    return t->keys;
}
