/* inject-pkt: a packet that an operator describes, sent into the pipeline as
 * if it came in through its logical port.  The microflow is read as
 * ovn-trace's; a port's name means that port, of whichever datapath. */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include "lflow/expr.h"
#include "lflow/registers.h"
#include "lflow/scope.h"
#include "lib/err.h"
#include "node-agent/model.h"
#include "util.h"

struct inject_scope {
    struct lflow_scope scope;       /* Must be first. */
    const struct model *model;
};

static bool
scope_port_key(const struct lflow_scope *scope_, const char *name,
               uint32_t *key)
{
    const struct inject_scope *scope = CONTAINER_OF(scope_,
                                                    struct inject_scope,
                                                    scope);
    const struct lport *lport = model_lport(scope->model, name);

    if (lport) {
        *key = lport->key;
    }
    return lport != NULL;
}

static const struct lflow_scope_class inject_scope_class = {
    .port_key = scope_port_key,
};

/* A port of this chassis with 'key' that 'microflow' names: two datapaths may
 * have the same key. */
static const struct lport *
find_inport(const struct model *model, uint32_t key, const char *microflow)
{
    const struct lport *lport;

    HMAP_FOR_EACH (lport, name_node, &model->lports) {
        if (lport->key == key && lport->bound_here) {
            char *quoted = xasprintf("\"%s\"", lport->name);
            bool named = strstr(microflow, quoted) != NULL;

            free(quoted);
            if (named) {
                return lport;
            }
        }
    }
    return NULL;
}

char *
packet_in_inject(struct packet_in *pi, const char *microflow)
{
    struct inject_scope scope = {
        .scope.class = &inject_scope_class, .model = pi->model,
    };
    const struct lport *lport;
    struct err err = ERR_INIT;
    struct dp_packet packet;
    struct flow flow;

    if (expr_parse_microflow(microflow, &scope.scope, NULL, &flow, &err)) {
        char *message = err_to_string(&err);

        err_clear(&err);
        return message;
    }
    lport = find_inport(pi->model, flow.regs[MFF_LOG_INPORT - MFF_REG0],
                        microflow);
    if (!lport) {
        return xstrdup("the microflow names no inport of this chassis");
    }
    memset(flow.regs, 0, sizeof flow.regs);
    dp_packet_init(&packet, 0);
    flow_compose(&packet, &flow, NULL, 64);
    packet_in_send_from(pi, &packet, lport, 0);
    dp_packet_uninit(&packet);
    return NULL;
}
