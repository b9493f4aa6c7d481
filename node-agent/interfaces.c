/* Interfaces of VMs: see interfaces.h. */
#include <config.h>

#include "node-agent/interfaces.h"

#include <stdio.h>
#include <string.h>

#include "node-agent/bridge.h"
#include "node-agent/ofports.h"
#include "openvswitch/shash.h"
#include "simap.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"

static const struct ovsrec_interface *
find_interface(const struct ovsrec_bridge *bridge, const char *iface_id)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *port = bridge->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            const char *id = smap_get(&port->interfaces[j]->external_ids,
                                      "iface-id");

            if (id && !strcmp(id, iface_id)
                && bridge_ofport(port->interfaces[j])) {
                return port->interfaces[j];
            }
        }
    }
    return NULL;
}

/* iface-id -> interface, for those that have a port number; the first of two
 * with one id counts. */
static void
collect(const struct ovsrec_bridge *bridge, struct shash *found)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        const struct ovsrec_port *port = bridge->ports[i];

        for (size_t j = 0; j < port->n_interfaces; j++) {
            const struct ovsrec_interface *iface = port->interfaces[j];
            const char *id = smap_get(&iface->external_ids, "iface-id");

            if (id && id[0] && bridge_ofport(iface)) {
                shash_add_once(found, id, iface);
            }
        }
    }
}

void
interfaces_read(const struct ovsrec_bridge *bridge, struct ofports *ofports,
                interface_cb *changed, void *aux)
{
    struct shash found = SHASH_INITIALIZER(&found);
    struct simap_node *vif;
    struct shash_node *node;

    collect(bridge, &found);
    SIMAP_FOR_EACH_SAFE (vif, &ofports->vifs) {
        if (!shash_find(&found, vif->name)) {
            char *name = xstrdup(vif->name);

            simap_delete(&ofports->vifs, vif);
            smap_remove(&ofports->vif_versions, name);
            changed(name, NULL, aux);
            free(name);
        }
    }
    SHASH_FOR_EACH (node, &found) {
        const struct ovsrec_interface *iface = node->data;
        uint32_t ofport = bridge_ofport(iface);
        const char *version = smap_get_def(&iface->external_ids,
                                           "iface-id-ver", "");

        if (simap_get(&ofports->vifs, node->name) != ofport
            || strcmp(smap_get_def(&ofports->vif_versions, node->name, ""),
                      version)) {
            simap_put(&ofports->vifs, node->name, ofport);
            smap_replace(&ofports->vif_versions, node->name, version);
            changed(node->name, iface, aux);
        }
    }
    shash_destroy(&found);
}

bool
interfaces_set_installed(struct ovs_db *db,
                         const struct ovsrec_bridge *bridge,
                         const char *iface_id, bool installed)
{
    const struct ovsrec_interface *iface = find_interface(bridge, iface_id);
    char timestamp[32];

    if (!iface
        || smap_get_bool(&iface->external_ids, "ovn-installed", false)
           == installed) {
        return true;
    }
    if (!ovs_db_txn(db)) {
        return false;
    }
    if (installed) {
        snprintf(timestamp, sizeof timestamp, "%lld", time_wall_msec());
        ovsrec_interface_update_external_ids_setkey(iface, "ovn-installed",
                                                    "true");
        ovsrec_interface_update_external_ids_setkey(iface, "ovn-installed-ts",
                                                    timestamp);
    } else {
        ovsrec_interface_update_external_ids_delkey(iface, "ovn-installed");
        ovsrec_interface_update_external_ids_delkey(iface,
                                                    "ovn-installed-ts");
    }
    return true;
}

bool
interfaces_set_activated(struct ovs_db *db,
                         const struct ovsrec_bridge *bridge,
                         const char *iface_id)
{
    const struct ovsrec_interface *iface = find_interface(bridge, iface_id);

    if (iface && !ovs_db_txn(db)) {
        return false;
    }
    if (iface) {
        ovsrec_interface_update_external_ids_setkey(iface, "weft-activated",
                                                    "true");
    }
    return true;
}
