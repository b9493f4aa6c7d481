/* Learning of Ethernet addresses: on ports that may have any and that are
 * not held to some by port security. */
#include <config.h>

#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/registers.h"

static bool
learns(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    if (lsp->port_security.n
        || !lsp_addresses(g->reader, g->row->id)->has_unknown) {
        return false;
    }
    return (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_NONE
            || (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET
                && smap_get_bool(&lsp->options, "localnet_learn_fdb",
                                 false)));
}

void
switch_fdb(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);

    if (!learns(g, lsp)) {
        return;
    }
    struct flow_bundle *b = generate_switch_bundle(g, lsp->switch_);
    const char *port = lflow_quote(g, g->row->id);

    flow_emit(b, FLOW_LS_IN_LOOKUP_FDB_PORT,
              "inport == %s" DO
              REG_FDB_KNOWN " = lookup_fdb(inport, eth.src); next;", port);
    flow_emit(b, FLOW_LS_IN_PUT_FDB_PORT,
              "inport == %s && " REG_FDB_KNOWN " == 0" DO
              "put_fdb(inport, eth.src); next;", port);
}
