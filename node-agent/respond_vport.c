/* Virtual ports: see respond_vport.h. */
#include <config.h>

#include "node-agent/respond_vport.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/rows.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "unaligned.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(respond_vport);

enum { MAX_RECLAIMS = 1024 };

static bool
is_virtual(const struct lport *lport)
{
    return lport && lport->row
           && lport_row(lport)->type == SB_PORT_TYPE_VIRTUAL;
}

static bool
is_here(const struct model *model, const struct lport *lport)
{
    return lport && lport->row
           && !strcmp(lport_row(lport)->chassis, model->chassis);
}

static void
claim(struct packet_in *pi, const char *vport, const char *parent)
{
    struct sb_claim *row = sb_claim_create("");
    char *below = rows_key("claim", vport, NULL);
    struct ds text = DS_EMPTY_INITIALIZER;

    schema_string_set(&row->virtual_parent, parent);
    row->installed = true;
    schema_row_format(&row->row, &text);
    schema_row_destroy(&row->row);
    own_set(pi->own, below, ds_steal_cstr(&text));
    free(below);
}

/* 'vport' was heard behind 'parent', which is here.  If we have a claim of it
 * all the same as another chassis has the port, that claim is an old one: it
 * has to go before a new one is made, for the latest counts. */
static void
heard(struct packet_in *pi, const struct lport *vport,
      const struct lport *parent)
{
    char *below = rows_key("claim", vport->name, NULL);

    if (own_get(pi->own, below) && lport_row(vport)->chassis[0]
        && !is_here(pi->model, vport)) {
        own_set(pi->own, below, NULL);
        if (shash_count(&pi->reclaims) < MAX_RECLAIMS
            && !shash_find(&pi->reclaims, vport->name)) {
            shash_add(&pi->reclaims, vport->name, xstrdup(parent->name));
        }
    } else if (!shash_find(&pi->reclaims, vport->name)) {
        claim(pi, vport->name, parent->name);
    }
    free(below);
}

void
respond_vport_run(struct packet_in *pi)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &pi->reclaims) {
        char *below = rows_key("claim", node->name, NULL);

        if (own_is_stored(pi->own, below)) {
            claim(pi, node->name, node->data);
            free(node->data);
            shash_delete(&pi->reclaims, node);
        }
        free(below);
    }
}

void
respond_bind_vport(struct pin *pin)
{
    const struct lport *parent = pin_inport(pin);
    const struct lport *vport;

    if (pin->size < sizeof(ovs_be32)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    vport = parent ? datapath_lport_by_key(
        parent->dp, ntohl(get_unaligned_be32((const ovs_be32 *) pin->data)))
        : NULL;
    if (!is_virtual(vport) || !is_here(pin->pi->model, parent)) {
        pin_drop(pin, PACKET_IN_DROP_UNKNOWN_PORT);
        return;
    }
    heard(pin->pi, vport, parent);
}

/* ---- Claims that come back or go -------------------------------------- */

/* The parent in the claim that we have of a port; "" if there is none.  The
 * caller frees it. */
static char *
claimed_parent(const struct packet_in *pi, const char *below)
{
    const char *value = own_get(pi->own, below);
    struct schema_row *row = NULL;
    struct err err = ERR_INIT;
    char *parent;

    if (!value || schema_row_parse(&sb_claim_table, "", value,
                                   strlen(value), &row, &err)) {
        err_clear(&err);
        return xstrdup("");
    }
    parent = xstrdup(sb_claim_cast(row)->virtual_parent);
    schema_row_destroy(row);
    return parent;
}

/* Was the port given to another chassis? */
static bool
is_lost(const struct model *model, const struct lport *vport)
{
    const struct sb_node_port *verdict = sb_node_port_cast(
        shash_find_data(&model->verdicts, vport->name));

    return verdict && !verdict->bound && lport_row(vport)->chassis[0]
           && !is_here(model, vport);
}

void
respond_vport_port(struct packet_in *pi, const struct lport *vport)
{
    const struct model *model = pi->model;
    char *below, *parent;

    if (!is_virtual(vport)) {
        return;
    }
    below = rows_key("claim", vport->name, NULL);
    parent = claimed_parent(pi, below);
    if (parent[0]) {
        if (is_lost(model, vport)
            || !is_here(model, model_lport(model, parent))) {
            VLOG_INFO("%s: no longer here", vport->name);
            own_set(pi->own, below, NULL);
        }
    } else if (is_here(model, vport)
               && is_here(model, model_lport(
                              model, lport_row(vport)->virtual_parent))) {
        claim(pi, vport->name, lport_row(vport)->virtual_parent);
    }
    free(parent);
    free(below);
}
