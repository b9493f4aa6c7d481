/* The integration bridge in OVSDB: see bridge.h. */
#include <config.h>

#include "node-agent/bridge.h"

#include "node-agent/node_config.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(bridge);

static void
create_bridge(struct ovs_db *db, const struct node_config *config)
{
    const struct ovsrec_open_vswitch *ovs = ovs_db_switch(db);
    struct ovsdb_idl_txn *txn = ovs_db_txn(db);
    struct ovsrec_interface *iface;
    struct ovsrec_bridge *bridge;
    struct ovsrec_port *port;

    if (!txn) {
        return;
    }
    VLOG_INFO("creating bridge %s", config->bridge);
    iface = ovsrec_interface_insert(txn);
    ovsrec_interface_set_name(iface, config->bridge);
    ovsrec_interface_set_type(iface, "internal");
    port = ovsrec_port_insert(txn);
    ovsrec_port_set_name(port, config->bridge);
    ovsrec_port_set_interfaces(port, &iface, 1);
    bridge = ovsrec_bridge_insert(txn);
    ovsrec_bridge_set_name(bridge, config->bridge);
    ovsrec_bridge_set_fail_mode(bridge, "secure");
    if (config->datapath_type) {
        ovsrec_bridge_set_datapath_type(bridge, config->datapath_type);
    }
    ovsrec_bridge_set_ports(bridge, &port, 1);
    ovsrec_open_vswitch_update_bridges_addvalue(ovs, bridge);
}

const struct ovsrec_bridge *
bridge_ensure(struct ovs_db *db, const struct node_config *config)
{
    const struct ovsrec_bridge *bridge = ovs_db_bridge(db, config->bridge);

    if (!bridge) {
        create_bridge(db, config);
        return NULL;
    }
    /* A bridge without a controller must not act as a learning switch. */
    if (!nullable_string_is_equal(bridge->fail_mode, "secure")
        && ovs_db_txn(db)) {
        ovsrec_bridge_set_fail_mode(bridge, "secure");
    }
    if (config->datapath_type
        && strcmp(bridge->datapath_type, config->datapath_type)
        && ovs_db_txn(db)) {
        ovsrec_bridge_set_datapath_type(bridge, config->datapath_type);
    }
    return bridge;
}

const struct ovsrec_port *
bridge_add_port(struct ovsdb_idl_txn *txn, const struct ovsrec_bridge *bridge,
                const char *name, const char *type,
                const struct smap *options, const struct smap *external_ids)
{
    struct ovsrec_interface *iface = ovsrec_interface_insert(txn);
    struct ovsrec_port *port = ovsrec_port_insert(txn);

    ovsrec_interface_set_name(iface, name);
    ovsrec_interface_set_type(iface, type);
    ovsrec_interface_set_options(iface, options);
    ovsrec_port_set_name(port, name);
    ovsrec_port_set_interfaces(port, &iface, 1);
    ovsrec_port_set_external_ids(port, external_ids);
    ovsrec_bridge_update_ports_addvalue(bridge, port);
    return port;
}

void
bridge_del_port(const struct ovsrec_bridge *bridge,
                const struct ovsrec_port *port)
{
    ovsrec_bridge_update_ports_delvalue(bridge, port);
}

uint32_t
bridge_ofport(const struct ovsrec_interface *iface)
{
    return (iface->n_ofport && *iface->ofport > 0
            && *iface->ofport <= UINT16_MAX ? *iface->ofport : 0);
}
