/* Tunnel ports: see encaps.h. */
#include <config.h>

#include "node-agent/encaps.h"

#include <stdlib.h>

#include "node-agent/bridge.h"
#include "node-agent/model.h"
#include "node-agent/node_config.h"
#include "node-agent/ofports.h"
#include "node-agent/tunnel_bfd.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(encaps);

#define CHASSIS_ID "ovn-chassis-id"

/* A tunnel that should be. */
struct wanted {
    const struct sb_chassis *chassis;
    const struct sb_chassis_encaps *encap;
    char *id;                   /* "hv2@192.168.0.2". */
    bool found;
};

static bool
is_type(enum sb_chassis_encaps_type sb_type, enum tunnel_type type)
{
    return sb_type == (type == TUNNEL_GENEVE ? SB_CHASSIS_ENCAPS_TYPE_GENEVE
                                             : SB_CHASSIS_ENCAPS_TYPE_VXLAN);
}

/* The end point to use: of the type that this node prefers. */
static const struct sb_chassis_encaps *
choose_encap(const struct sb_chassis *chassis,
             const struct node_config *config)
{
    for (size_t i = 0; i < config->n_encaps; i++) {
        for (size_t j = 0; j < chassis->n_encaps; j++) {
            if (is_type(chassis->encaps[j].type, config->encaps[i].type)) {
                return &chassis->encaps[j];
            }
        }
    }
    return NULL;
}

/* Whether there is a tunnel to 'chassis': if it is in a transport zone of this
 * node's, or neither is in any. */
static bool
shares_zone(const struct sb_chassis *chassis,
            const struct node_config *config)
{
    const struct schema_strings *zones = &chassis->transport_zones;

    for (size_t i = 0; i < zones->n; i++) {
        if (sset_contains(&config->transport_zones, zones->items[i])) {
            return true;
        }
    }
    return !zones->n && sset_is_empty(&config->transport_zones);
}

/* The wanted tunnels by id; the caller frees the shash and its data. */
static void
collect_wanted(const struct model *model, const struct node_config *config,
               struct shash *wanted)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &model->remote_chassis) {
        const struct sb_chassis *chassis = sb_chassis_cast(node->data);
        const struct sb_chassis_encaps *encap;
        struct wanted *w;

        if (!strcmp(node->name, model->chassis)
            || !shares_zone(chassis, config)) {
            continue;
        }
        encap = choose_encap(chassis, config);
        if (!encap) {
            continue;
        }
        w = xzalloc(sizeof *w);
        w->chassis = chassis;
        w->encap = encap;
        w->id = xasprintf("%s@%s", node->name, encap->ip);
        shash_add(wanted, w->id, w);
    }
}

static void
free_wanted(struct shash *wanted)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, wanted) {
        struct wanted *w = node->data;

        free(w->id);
        free(w);
    }
    shash_destroy(wanted);
}

static void
tunnel_options(const struct wanted *w, const struct node_config *config,
               struct smap *options)
{
    const char *port = smap_get(&w->encap->options, "dst_port");
    bool csum = smap_get_bool(&w->encap->options, "csum", true);

    smap_clone(options, &config->tunnel_options);
    smap_add(options, "remote_ip", w->encap->ip);
    smap_add(options, "key", "flow");
    smap_add(options, "csum", csum ? "true" : "false");
    if (port) {
        smap_add(options, "dst_port", port);
    }
}

/* A name that no port has: at most 15 bytes, a network device's limit. */
static char *
choose_name(const char *chassis, const struct sset *names)
{
    for (unsigned int i = 0; i < UINT16_MAX; i++) {
        char *name = xasprintf("ovn-%.6s-%x", chassis, i);

        if (!sset_contains(names, name)) {
            return name;
        }
        free(name);
    }
    return NULL;
}

static void
add_tunnel(struct ovs_db *db, const struct ovsrec_bridge *bridge,
           const struct wanted *w, const struct node_config *config,
           struct sset *names)
{
    const char *type = sb_chassis_encaps_type_names[w->encap->type];
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ovsdb_idl_txn *txn = ovs_db_txn(db);
    struct smap options;
    char *name;

    if (!txn) {
        return;
    }
    name = choose_name(w->chassis->row.id, names);
    if (name) {
        VLOG_INFO("tunnel %s to %s", name, w->id);
        sset_add(names, name);
        tunnel_options(w, config, &options);
        smap_add(&ids, CHASSIS_ID, w->id);
        bridge_add_port(txn, bridge, name, type, &options, &ids);
        smap_destroy(&options);
        smap_destroy(&ids);
        free(name);
    }
}

/* Makes the interface of an existing tunnel what it should be. */
static void
update_tunnel(struct ovs_db *db, const struct ovsrec_port *port,
              const struct wanted *w, const struct node_config *config)
{
    const char *type = sb_chassis_encaps_type_names[w->encap->type];
    const struct ovsrec_interface *iface;
    struct smap options;

    if (port->n_interfaces != 1) {
        return;
    }
    iface = port->interfaces[0];
    tunnel_options(w, config, &options);
    if (strcmp(iface->type, type) && ovs_db_txn(db)) {
        ovsrec_interface_set_type(iface, type);
    }
    if (!smap_equal(&iface->options, &options) && ovs_db_txn(db)) {
        ovsrec_interface_set_options(iface, &options);
    }
    smap_destroy(&options);
}

/* Names of all ports of all bridges. */
static void
collect_names(struct ovs_db *db, struct sset *names)
{
    const struct ovsrec_port *port;

    sset_init(names);
    OVSREC_PORT_FOR_EACH (port, ovs_db_idl(db)) {
        sset_add(names, port->name);
    }
}

void
encaps_leave(struct ovs_db *db, const struct ovsrec_bridge *bridge)
{
    for (size_t i = 0; i < bridge->n_ports && ovs_db_txn(db); i++) {
        if (smap_get(&bridge->ports[i]->external_ids, CHASSIS_ID)) {
            bridge_del_port(bridge, bridge->ports[i]);
        }
    }
}

void
encaps_write(struct ovs_db *db, const struct ovsrec_bridge *bridge,
             const struct model *model, const struct node_config *config,
             bool may_remove)
{
    struct shash wanted = SHASH_INITIALIZER(&wanted);
    struct sset replaced = SSET_INITIALIZER(&replaced);
    struct shash_node *node;
    struct sset names;

    collect_wanted(model, config, &wanted);
    tunnel_bfd_replaced(model, &replaced);
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *port = bridge->ports[i];
        const char *id = smap_get(&port->external_ids, CHASSIS_ID);
        struct wanted *w = id ? shash_find_data(&wanted, id) : NULL;

        if (w && !w->found && port->n_interfaces == 1) {
            w->found = true;
            update_tunnel(db, port, w, config);
            tunnel_bfd_write(db, port->interfaces[0], model,
                             w->chassis->row.id, &replaced, may_remove);
        } else if (id && may_remove && ovs_db_txn(db)) {
            VLOG_INFO("removing tunnel %s to %s", port->name, id);
            bridge_del_port(bridge, port);
        }
    }
    collect_names(db, &names);
    SHASH_FOR_EACH (node, &wanted) {
        const struct wanted *w = node->data;

        if (!w->found) {
            add_tunnel(db, bridge, w, config, &names);
        }
    }
    sset_destroy(&names);
    sset_destroy(&replaced);
    free_wanted(&wanted);
}

/* One tunnel's port number and BFD. */
static void
read_tunnel(const struct ovsrec_interface *iface, const char *chassis,
            uint32_t ofport, struct ofports *ofports, long long int now_ms,
            struct encaps_change *change)
{
    enum tunnel_type type = (!strcmp(iface->type, "geneve")
                             ? TUNNEL_GENEVE : TUNNEL_VXLAN);
    struct tunnel *tunnel;

    change->ports |= ofports_set_tunnel(ofports, chassis, ofport, type);
    tunnel = shash_find_data(&ofports->tunnels, chassis);
    change->bfd |= tunnel_bfd_read(iface, tunnel, now_ms);
}

struct encaps_change
encaps_read(const struct ovsrec_bridge *bridge, struct ofports *ofports,
            long long int now_ms)
{
    struct encaps_change change = { .ports = false };
    struct sset seen = SSET_INITIALIZER(&seen);
    bool was_isolated = ofports->isolated;
    struct shash_node *node;

    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *port = bridge->ports[i];
        const char *id = smap_get(&port->external_ids, CHASSIS_ID);
        const char *at = id ? strrchr(id, '@') : NULL;
        uint32_t ofport;
        char *chassis;

        if (!at || port->n_interfaces != 1) {
            continue;
        }
        ofport = bridge_ofport(port->interfaces[0]);
        chassis = xmemdup0(id, at - id);
        if (ofport && !sset_contains(&seen, chassis)) {
            sset_add(&seen, chassis);
            read_tunnel(port->interfaces[0], chassis, ofport, ofports,
                        now_ms, &change);
        }
        free(chassis);
    }
    SHASH_FOR_EACH_SAFE (node, &ofports->tunnels) {
        if (!sset_contains(&seen, node->name)) {
            change.ports |= ofports_set_tunnel(ofports, node->name, 0,
                                               TUNNEL_GENEVE);
        }
    }
    sset_destroy(&seen);
    change.next_ms = tunnel_bfd_sum_up(ofports, now_ms);
    change.bfd |= ofports->isolated != was_isolated;
    return change;
}
