/* Interfaces of VMs (external_ids:iface-id) on the integration bridge. */
#ifndef WEFT_NODE_AGENT_INTERFACES_H
#define WEFT_NODE_AGENT_INTERFACES_H 1

#include <stdbool.h>
#include <stdint.h>

#include "node-agent/ovs_db.h"

struct ofports;

/* Called with an interface; NULL: gone. */
typedef void interface_cb(const char *iface_id,
                          const struct ovsrec_interface *, void *aux);

/* Takes the interfaces of 'bridge' into ofports->vifs; calls 'changed' for
 * each iface-id that is another than before. */
void interfaces_read(const struct ovsrec_bridge *, struct ofports *,
                     interface_cb *changed, void *aux);

/* Sets or removes ovn-installed and ovn-installed-ts of the interface with
 * 'iface_id'.  Returns false if that has to be tried again. */
bool interfaces_set_installed(struct ovs_db *, const struct ovsrec_bridge *,
                              const char *iface_id, bool installed);
/* Notes that the VM of interface 'iface_id' has said that it is here (key
 * weft-activated).  Returns false if that has to be tried again. */
bool interfaces_set_activated(struct ovs_db *, const struct ovsrec_bridge *,
                              const char *iface_id);

#endif
