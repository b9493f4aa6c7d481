/* Admission of what ports send, and queues.
 *
 * What port_security allows is not in logical flows: check_in_port_sec() and
 * check_out_port_sec() look it up in tables that the agent fills from the
 * port rows. */
#include <config.h>

#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"
#include "translator/switch_queue.h"

/* VLAN tags are dropped unless the switch passes them through. */
void
switch_vlan(struct generate *g)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(g->row);

    if (!smap_get_bool(&ls->other_config, "vlan-passthru", false)) {
        flow_emit(generate_switch_bundle(g, g->row->id),
                  FLOW_LS_IN_CHECK_PORT_SEC_INVALID,
                  "vlan.present" DO "drop;");
    }
}

void
switch_port_security(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    struct flow_bundle *b = generate_switch_bundle(g, lsp->switch_);
    const char *port = lflow_quote(g, g->row->id);
    const char *queue = switch_queue(g, lsp);

    if (!lsp->enabled) {
        flow_emit(b, FLOW_LS_IN_CHECK_PORT_SEC_DISABLED,
                  "inport == %s" DO REG_PORT_SEC_DROP " = 1; next;", port);
        return;
    }
    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_VTEP) {
        flow_emit(b, FLOW_LS_IN_CHECK_PORT_SEC_VTEP,
                  "inport == %s" DO REG_FROM_VTEP " = 1; "
                  "next(pipeline=ingress, table=%d);", port,
                  stages[STAGE_LS_IN_HAIRPIN].number);
        flow_emit(b, FLOW_LS_IN_HAIRPIN_VTEP,
                  REG_FROM_VTEP " == 1" DO
                  "next(pipeline=ingress, table=%d);",
                  stages[STAGE_LS_IN_L2_LKUP].number);
    } else if (queue && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER
               && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL) {
        flow_emit(b, FLOW_LS_IN_CHECK_PORT_SEC_QUEUE,
                  "inport == %s" DO "set_queue(%s); "
                  REG_PORT_SEC_DROP " = check_in_port_sec(); next;",
                  port, queue);
        if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET) {
            flow_emit(b, FLOW_LS_OUT_APPLY_PORT_SEC_QUEUE,
                      "outport == %s" DO "set_queue(%s); output;",
                      port, queue);
        }
    }
}
