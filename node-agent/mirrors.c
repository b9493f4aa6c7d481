/* Mirrors in OVSDB: see mirrors.h. */
#include <config.h>

#include "node-agent/mirrors.h"

#include <stdlib.h>
#include <string.h>

#include "node-agent/bridge.h"
#include "node-agent/model.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(mirrors);

#define OURS "ovn-owned"

/* A mirror that should be, by its name. */
struct wanted {
    const struct sb_mirror *row;
    struct ovsrec_port **ports;     /* Of the interfaces whose packets... */
    size_t n_ports, allocated;      /* ...are copied. */
    const struct ovsrec_mirror *found;
};

/* ---- What should be ---------------------------------------------------- */

static void
add_port(struct shash *wanted, const struct model *model, const char *name,
         struct ovsrec_port *port)
{
    const struct schema_row *row = shash_find_data(&model->mirrors, name);
    struct wanted *w = shash_find_data(wanted, name);

    if (!row) {
        return;
    }
    if (!w) {
        w = xzalloc(sizeof *w);
        w->row = sb_mirror_cast(row);
        shash_add(wanted, name, w);
    }
    if (w->n_ports == w->allocated) {
        w->ports = x2nrealloc(w->ports, &w->allocated, sizeof *w->ports);
    }
    w->ports[w->n_ports++] = port;
}

static void
collect(const struct ovsrec_bridge *bridge, const struct model *model,
        struct shash *wanted)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        struct ovsrec_port *port = bridge->ports[i];
        const char *id = (port->n_interfaces == 1
                          ? smap_get(&port->interfaces[0]->external_ids,
                                     "iface-id") : NULL);
        const struct lport *lport = id ? model_lport(model, id) : NULL;
        const struct sb_port *row = lport ? lport_row(lport) : NULL;

        for (size_t j = 0; row && lport->bound_here && j < row->mirrors.n;
             j++) {
            add_port(wanted, model, row->mirrors.items[j], port);
        }
    }
}

static void
free_wanted(struct shash *wanted)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, wanted) {
        struct wanted *w = node->data;

        free(w->ports);
    }
    shash_destroy_free_data(wanted);
}

/* ---- Tunnels ------------------------------------------------------------ */

static const char *
tunnel_type(const struct sb_mirror *row)
{
    bool is_ipv6 = strchr(row->sink, ':');

    if (row->type == SB_MIRROR_TYPE_GRE) {
        return is_ipv6 ? "ip6gre" : "gre";
    }
    return is_ipv6 ? "ip6erspan" : "erspan";
}

static void
tunnel_options(const struct sb_mirror *row, struct smap *options)
{
    smap_init(options);
    smap_add(options, "remote_ip", row->sink);
    smap_add_format(options, "key", "%"PRId64, row->index);
    if (row->type == SB_MIRROR_TYPE_ERSPAN) {
        smap_add_format(options, "erspan_idx", "%"PRId64, row->index);
        smap_add(options, "erspan_ver", "1");
    }
}

static const struct ovsrec_port *
create_tunnel(struct ovsdb_idl_txn *txn, const struct ovsrec_bridge *bridge,
              const struct wanted *w)
{
    const struct smap ids = SMAP_INITIALIZER(&ids);
    char *name = xasprintf("ovn-%s", w->row->row.id);
    const struct ovsrec_port *port;
    struct smap options;

    tunnel_options(w->row, &options);
    port = bridge_add_port(txn, bridge, name, tunnel_type(w->row), &options,
                           &ids);
    smap_destroy(&options);
    free(name);
    return port;
}

static void
update_tunnel(struct ovs_db *db, const struct ovsrec_interface *iface,
              const struct wanted *w)
{
    const char *type = tunnel_type(w->row);
    struct smap options;

    tunnel_options(w->row, &options);
    if (strcmp(iface->type, type) && ovs_db_txn(db)) {
        ovsrec_interface_set_type(iface, type);
    }
    if (!smap_equal(&iface->options, &options) && ovs_db_txn(db)) {
        ovsrec_interface_set_options(iface, &options);
    }
    smap_destroy(&options);
}

/* ---- Rows --------------------------------------------------------------- */

static bool
are_ports(struct ovsrec_port *const *ports, size_t n, const struct wanted *w,
          bool wanted)
{
    if (n != (wanted ? w->n_ports : 0)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;

        while (j < w->n_ports && w->ports[j] != ports[i]) {
            j++;
        }
        if (j == w->n_ports) {
            return false;
        }
    }
    return true;
}

/* Which ports 'mirror' copies: "source" is, to Open vSwitch, what came in
 * from a port. */
static void
set_ports(struct ovs_db *db, const struct ovsrec_mirror *mirror,
          const struct wanted *w)
{
    bool is_source = w->row->filter == SB_MIRROR_FILTER_FROM_LPORT;

    if (are_ports(mirror->select_src_port, mirror->n_select_src_port, w,
                  is_source)
        && are_ports(mirror->select_dst_port, mirror->n_select_dst_port, w,
                     !is_source)) {
        return;
    }
    if (ovs_db_txn(db)) {
        ovsrec_mirror_set_select_src_port(mirror, w->ports,
                                          is_source ? w->n_ports : 0);
        ovsrec_mirror_set_select_dst_port(mirror, w->ports,
                                          is_source ? 0 : w->n_ports);
    }
}

static void
create(struct ovs_db *db, const struct ovsrec_bridge *bridge,
       const struct wanted *w)
{
    const struct smap ids = SMAP_CONST1(&ids, OURS, "true");
    struct ovsdb_idl_txn *txn = ovs_db_txn(db);
    struct ovsrec_mirror *mirror;

    if (txn) {
        VLOG_INFO("mirror %s to %s", w->row->row.id, w->row->sink);
        mirror = ovsrec_mirror_insert(txn);
        ovsrec_mirror_set_name(mirror, w->row->row.id);
        ovsrec_mirror_set_external_ids(mirror, &ids);
        ovsrec_mirror_set_output_port(mirror, create_tunnel(txn, bridge, w));
        set_ports(db, mirror, w);
        ovsrec_bridge_update_mirrors_addvalue(bridge, mirror);
    }
}

static void
update(struct ovs_db *db, const struct ovsrec_bridge *bridge,
       const struct ovsrec_mirror *mirror, const struct wanted *w)
{
    const struct ovsrec_port *port = mirror->output_port;

    if (!port && ovs_db_txn(db)) {
        ovsrec_mirror_set_output_port(
            mirror, create_tunnel(ovs_db_txn(db), bridge, w));
    } else if (port && port->n_interfaces == 1) {
        update_tunnel(db, port->interfaces[0], w);
    }
    set_ports(db, mirror, w);
}

static void
delete(struct ovs_db *db, const struct ovsrec_bridge *bridge,
       const struct ovsrec_mirror *mirror)
{
    if (ovs_db_txn(db)) {
        VLOG_INFO("removing mirror %s", mirror->name);
        if (mirror->output_port) {
            bridge_del_port(bridge, mirror->output_port);
        }
        ovsrec_bridge_update_mirrors_delvalue(bridge, mirror);
    }
}

static bool
is_ours(const struct ovsrec_mirror *mirror)
{
    return smap_get_bool(&mirror->external_ids, OURS, false);
}

void
mirrors_write(struct ovs_db *db, const struct ovsrec_bridge *bridge,
              const struct model *model, bool may_remove)
{
    struct shash wanted = SHASH_INITIALIZER(&wanted);
    const struct shash_node *node;

    collect(bridge, model, &wanted);
    for (size_t i = 0; i < bridge->n_mirrors; i++) {
        const struct ovsrec_mirror *mirror = bridge->mirrors[i];
        struct wanted *w = shash_find_data(&wanted, mirror->name);

        if (!is_ours(mirror)) {
            continue;
        } else if (w && !w->found) {
            w->found = mirror;
            update(db, bridge, mirror, w);
        } else if (may_remove) {
            delete(db, bridge, mirror);
        }
    }
    SHASH_FOR_EACH (node, &wanted) {
        const struct wanted *w = node->data;

        if (!w->found) {
            create(db, bridge, w);
        }
    }
    free_wanted(&wanted);
}

void
mirrors_leave(struct ovs_db *db, const struct ovsrec_bridge *bridge)
{
    for (size_t i = 0; i < bridge->n_mirrors; i++) {
        if (is_ours(bridge->mirrors[i])) {
            delete(db, bridge, bridge->mirrors[i]);
        }
    }
}
