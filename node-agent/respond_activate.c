/* A migrating VM says by RARP that it runs here now (ovn-nb(5),
 * activation-strategy): its port, blocked until then (physical_lport.c), is
 * opened.  That is kept with the interface, so that it stays open when the
 * agent starts again. */
#include <config.h>

#include "node-agent/model.h"
#include "node-agent/packet_in_private.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(respond_activate);

void
respond_activate(struct pin *pin)
{
    struct lport *lport = pin_inport(pin);
    struct model *model = pin->pi->model;

    if (!lport) {
        pin_drop(pin, PACKET_IN_DROP_UNKNOWN_PORT);
    } else if (sset_add(&model->activated, lport->name)) {
        VLOG_INFO("%s: activated by RARP", lport->name);
        sset_add(&model->to_activate, lport->name);
        model_lport_dirty(model, lport);
    }
}
