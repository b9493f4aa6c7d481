/* Dynamic addresses: see ipam.h.  Here is who asks on which switch, what each
 * was given, and the order in which a switch's ports are served; which
 * addresses are free is ipam_pool.c's. */
#include <config.h>

#include "translator/ipam.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "simap.h"
#include "sset.h"
#include "translator/engine.h"
#include "translator/ipam_pool.h"
#include "translator/model.h"
#include "util.h"

struct ipam_switch {
    char *networks;             /* NULL: the switch gives no addresses. */
    struct shash requests;      /* Port -> char *, what it asks for. */
    struct sset used;           /* Addresses of others. */
};

struct ipam {
    struct shash switches;      /* struct ipam_switch. */
    struct sset dirty;          /* Names of those to serve again. */
    struct shash places;        /* Port -> char *, the switch it asks on. */
    struct shash given;         /* Port -> char *, its addresses. */
    struct simap macs;          /* Ethernet address -> how many have it. */
    struct sset orphans;        /* Ports that may ask no longer. */
    bool was_allocating;
};

struct ipam *
ipam_create(void)
{
    struct ipam *ipam = xmalloc(sizeof *ipam);

    shash_init(&ipam->switches);
    sset_init(&ipam->dirty);
    shash_init(&ipam->places);
    shash_init(&ipam->given);
    simap_init(&ipam->macs);
    sset_init(&ipam->orphans);
    ipam->was_allocating = false;
    return ipam;
}

static void
switch_destroy(struct ipam *ipam, struct shash_node *node)
{
    struct ipam_switch *sw = node->data;

    free(sw->networks);
    shash_destroy_free_data(&sw->requests);
    sset_destroy(&sw->used);
    free(sw);
    shash_delete(&ipam->switches, node);
}

void
ipam_destroy(struct ipam *ipam)
{
    struct shash_node *node;

    if (!ipam) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &ipam->switches) {
        switch_destroy(ipam, node);
    }
    shash_destroy(&ipam->switches);
    sset_destroy(&ipam->dirty);
    shash_destroy_free_data(&ipam->places);
    shash_destroy_free_data(&ipam->given);
    simap_destroy(&ipam->macs);
    sset_destroy(&ipam->orphans);
    free(ipam);
}

/* ---- What is known ----------------------------------------------------- */

/* The switch, made if need be, to be served again. */
static struct ipam_switch *
switch_touch(struct ipam *ipam, const char *name)
{
    struct ipam_switch *sw = shash_find_data(&ipam->switches, name);

    if (!sw) {
        sw = xzalloc(sizeof *sw);
        shash_init(&sw->requests);
        sset_init(&sw->used);
        shash_add(&ipam->switches, name, sw);
    }
    sset_add(&ipam->dirty, name);
    return sw;
}

static void
put_text(struct shash *map, const char *key, const char *value)
{
    free(shash_replace(map, key, xstrdup(value)));
}

/* Removes 'key' from 'map' if its value is 'value'. */
static void
remove_text(struct shash *map, const char *key, const char *value)
{
    struct shash_node *node = shash_find(map, key);

    if (node && !strcmp(node->data, value)) {
        free(node->data);
        shash_delete(map, node);
    }
}

/* Counts the Ethernet address that 'addresses' begin with, or one less. */
static void
count_mac(struct ipam *ipam, const char *addresses, int difference)
{
    char *mac = xmemdup0(addresses, strcspn(addresses, " "));
    unsigned int n = simap_get(&ipam->macs, mac) + difference;

    if (n) {
        simap_put(&ipam->macs, mac, n);
    } else {
        simap_find_and_delete(&ipam->macs, mac);
    }
    free(mac);
}

/* Notes that 'lsp' has 'addresses', or none if NULL. */
static void
set_given(struct ipam *ipam, const char *lsp, const char *addresses)
{
    char *old = shash_find_and_delete(&ipam->given, lsp);

    if (old) {
        count_mac(ipam, old, -1);
        free(old);
    }
    if (addresses) {
        put_text(&ipam->given, lsp, addresses);
        count_mac(ipam, addresses, 1);
    }
}

void
ipam_learn(struct ipam *ipam, const char *lsp, const char *addresses)
{
    const char *known = shash_find_data(&ipam->given, lsp);
    const char *place = shash_find_data(&ipam->places, lsp);

    if (nullable_string_is_equal(known, addresses)) {
        return;
    }
    set_given(ipam, lsp, addresses);
    if (place) {
        sset_add(&ipam->dirty, place);
    }
}

void
ipam_network(struct ipam *ipam, const struct engine_key *key,
             const char *networks, bool present)
{
    struct ipam_switch *sw = switch_touch(ipam, key->a);

    if (present) {
        free(sw->networks);
        sw->networks = xstrdup(networks);
    } else if (nullable_string_is_equal(sw->networks, networks)) {
        free(sw->networks);
        sw->networks = NULL;
    }
}

void
ipam_wanted(struct ipam *ipam, const struct engine_key *key,
            const char *request, bool present)
{
    struct ipam_switch *sw = switch_touch(ipam, key->a);

    if (present) {
        put_text(&sw->requests, key->b, request);
        put_text(&ipam->places, key->b, key->a);
        sset_find_and_delete(&ipam->orphans, key->b);
        return;
    }
    remove_text(&sw->requests, key->b, request);
    if (!shash_find(&sw->requests, key->b)) {
        remove_text(&ipam->places, key->b, key->a);
    }
    if (!shash_find(&ipam->places, key->b)) {
        sset_add(&ipam->orphans, key->b);
    }
}

void
ipam_used(struct ipam *ipam, const struct engine_key *key,
          const char *address, bool present)
{
    struct ipam_switch *sw = switch_touch(ipam, key->a);

    if (present) {
        sset_add(&sw->used, address);
    } else {
        sset_find_and_delete(&sw->used, address);
    }
}

/* ---- Serving ----------------------------------------------------------- */

static void
publish(struct ipam *ipam, struct engine *engine, const char *lsp,
        const char *addresses)
{
    if (!nullable_string_is_equal(shash_find_data(&ipam->given, lsp),
                                  addresses)) {
        set_given(ipam, lsp, addresses);
    }
    engine_input_set(engine, model_input(MODEL_DYNAMIC_ADDRESSES), lsp, "",
                     nullable_xstrdup(addresses));
}

static bool
is_mac_given(const void *ipam_, const char *mac)
{
    const struct ipam *ipam = ipam_;

    return simap_contains(&ipam->macs, mac);
}

static void
serve(struct ipam *ipam, struct engine *engine, struct ipam_switch *sw,
      bool may_allocate)
{
    const struct shash_node **nodes = shash_sort(&sw->requests);
    size_t n = shash_count(&sw->requests);
    struct ipam_client *clients = xcalloc(n + 1, sizeof *clients);

    for (size_t i = 0; i < n; i++) {
        clients[i].name = nodes[i]->name;
        clients[i].request = nodes[i]->data;
        clients[i].addresses = nullable_xstrdup(
            shash_find_data(&ipam->given, nodes[i]->name));
    }
    if (may_allocate) {
        ipam_pool_serve(sw->networks, &sw->used, is_mac_given, ipam,
                        clients, n);
    }
    for (size_t i = 0; i < n; i++) {
        publish(ipam, engine, clients[i].name,
                sw->networks ? clients[i].addresses : NULL);
        free(clients[i].addresses);
    }
    free(clients);
    free(nodes);
}

static void
dirty_all(struct ipam *ipam)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &ipam->switches) {
        sset_add(&ipam->dirty, node->name);
    }
}

void
ipam_assign(struct ipam *ipam, struct engine *engine, bool may_allocate)
{
    const char **names;
    const char *lsp;
    size_t n;

    if (may_allocate && !ipam->was_allocating) {
        dirty_all(ipam);
    }
    ipam->was_allocating = may_allocate;
    names = sset_sort(&ipam->dirty);
    n = sset_count(&ipam->dirty);
    SSET_FOR_EACH (lsp, &ipam->orphans) {
        publish(ipam, engine, lsp, NULL);
    }
    sset_clear(&ipam->orphans);
    for (size_t i = 0; i < n; i++) {
        struct shash_node *node = shash_find(&ipam->switches, names[i]);
        struct ipam_switch *sw = node ? node->data : NULL;

        if (!sw) {
            continue;
        }
        serve(ipam, engine, sw, may_allocate);
        if (!sw->networks && shash_is_empty(&sw->requests)
            && sset_is_empty(&sw->used)) {
            switch_destroy(ipam, node);
        }
    }
    free(names);
    sset_clear(&ipam->dirty);
}
