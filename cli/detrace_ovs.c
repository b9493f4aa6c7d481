/* What Open vSwitch's database knows of OpenFlow ports, for detrace. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/detrace.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "ovsdb-idl.h"
#include "smap.h"
#include "timeval.h"
#include "util.h"
#include "vswitch-idl.h"

enum { TIMEOUT_MS = 10000 };

struct detrace_ovs {
    struct shash lines;         /* "NAME (IFACE-ID)" by port number. */
};

static void
add_columns(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &ovsrec_open_vswitch_col_external_ids, &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_ports, &ovsrec_port_col_interfaces,
        &ovsrec_interface_col_name, &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_external_ids,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

/* Returns false if the database does not answer. */
static bool
read_database(struct ovsdb_idl *idl)
{
    long long int end = time_msec() + TIMEOUT_MS;

    for (;;) {
        ovsdb_idl_run(idl);
        if (ovsdb_idl_has_ever_connected(idl)) {
            return true;
        } else if (!ovsdb_idl_is_alive(idl) || time_msec() >= end) {
            return false;
        }
        ovsdb_idl_wait(idl);
        poll_timer_wait_until(end);
        poll_block();
    }
}

static void
take_interface(struct detrace_ovs *ovs, const struct ovsrec_interface *iface)
{
    if (iface->n_ofport && iface->ofport[0] > 0) {
        char *number = xasprintf("%lld", (long long int) iface->ofport[0]);

        shash_add_nocopy(&ovs->lines, number, xasprintf(
            "%s (%s)", iface->name,
            smap_get_def(&iface->external_ids, "iface-id", "None")));
    }
}

static void
take_bridge(struct detrace_ovs *ovs, const struct ovsrec_bridge *bridge)
{
    for (size_t i = 0; i < bridge->n_ports; i++) {
        for (size_t j = 0; j < bridge->ports[i]->n_interfaces; j++) {
            take_interface(ovs, bridge->ports[i]->interfaces[j]);
        }
    }
}

static void
take_database(struct detrace_ovs *ovs, struct ovsdb_idl *idl)
{
    const struct ovsrec_open_vswitch *config = ovsrec_open_vswitch_first(idl);
    const char *name = (config ? smap_get_def(&config->external_ids,
                                              "ovn-bridge", "br-int")
                        : "br-int");
    const struct ovsrec_bridge *bridge;

    OVSREC_BRIDGE_FOR_EACH (bridge, idl) {
        if (!strcmp(bridge->name, name)) {
            take_bridge(ovs, bridge);
        }
    }
}

char *
detrace_ovs_open(const char *remote, struct detrace_ovs **ovsp)
{
    struct ovsdb_idl *idl = ovsdb_idl_create(remote, &ovsrec_idl_class,
                                             false, false);
    char *message = NULL;

    add_columns(idl);
    if (read_database(idl)) {
        *ovsp = xzalloc(sizeof **ovsp);
        shash_init(&(*ovsp)->lines);
        take_database(*ovsp, idl);
    } else {
        message = xasprintf("%s: no answer from Open vSwitch's database",
                            remote);
    }
    ovsdb_idl_destroy(idl);
    return message;
}

void
detrace_ovs_close(struct detrace_ovs *ovs)
{
    if (ovs) {
        shash_destroy_free_data(&ovs->lines);
        free(ovs);
    }
}

void
detrace_ovs_put(const struct detrace_ovs *ovs, uint64_t ofport, struct ds *s)
{
    char *number = xasprintf("%llu", (unsigned long long int) ofport);
    const char *line = shash_find_data(&ovs->lines, number);

    if (line) {
        ds_put_format(s, "  * OVS Interface: %s\n", line);
    }
    free(number);
}
