/* Facts about switches and their ports, on which flows depend. */
#include <config.h>

#include "openvswitch/util.h"
#include "translator/addresses.h"
#include "translator/generate.h"
#include "translator/generators.h"
#include "translator/tunnel_keys.h"
#include "util.h"

static void
want_key(struct generate *g, const char *space, const char *name,
         const char *requested)
{
    generate_fact(g, RELATION_TUNNEL_KEY_WANTED, space, "", name);
    if (requested) {
        generate_fact(g, RELATION_TUNNEL_KEY_REQUESTED, space, name,
                      requested);
    }
}

void
switch_facts(struct generate *g)
{
    const struct nb_logical_switch *ls = nb_logical_switch_cast(g->row);

    want_key(g, "", generate_switch_datapath(g, g->row->id),
             smap_get(&ls->other_config, "requested-tnl-key"));
}

/* A container wants a VLAN that no other in its parent has. */
static void
want_tag(struct generate *g, const struct nb_logical_switch_port *lsp)
{
    const struct schema_integer *tag = (lsp->tag_request.value > 0
                                        ? &lsp->tag_request : &lsp->tag);

    if (!lsp->parent_name[0]
        || (!lsp->tag_request.is_set && !lsp->tag.is_set)) {
        return;
    }
    want_key(g, generate_text(g, TUNNEL_KEY_TAGS "%s", lsp->parent_name),
             g->row->id, lsp->tag_request.is_set && !lsp->tag_request.value
             ? NULL : generate_text(g, "%"PRId64, tag->value));
}

/* A port of type "router" joins its switch and a router. */
static void
patch_facts(struct generate *g, const struct nb_logical_switch_port *lsp,
            const char *datapath)
{
    const char *peer = smap_get(&lsp->options, "router-port");

    if (!peer) {
        return;
    }
    const struct nb_logical_router_port *lrp
        = MODEL_ROW(g->reader, logical_router_port, peer);

    if (!lrp) {
        generate_waiting_for(g, "logical_router_port", peer);
        return;
    }
    const char *router = generate_router_datapath(g, lrp->router);

    const struct nb_logical_router *lr
        = MODEL_ROW(g->reader, logical_router, lrp->router);

    if (lr && lr->enabled) {
        generate_fact(g, RELATION_SWITCH_ROUTER_SIDES, lsp->switch_, "",
                      g->row->id);
    }
    generate_fact(g, RELATION_DATAPATH_NEIGHBOURS, datapath, "", router);
    generate_fact(g, RELATION_DATAPATH_NEIGHBOURS, router, "", datapath);
}

/* A container's port: its parent is an interface, not a container. */
static void
parent_facts(struct generate *g, const char *parent_name)
{
    const struct nb_logical_switch_port *parent
        = MODEL_ROW(g->reader, logical_switch_port, parent_name);

    if (!parent) {
        generate_waiting_for(g, "logical_switch_port", parent_name);
    } else if (parent->parent_name[0]) {
        generate_error(g, "parent_name", "port %s is itself inside port %s",
                       parent_name, parent->parent_name);
    }
}

void
switch_port_facts(struct generate *g)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(g->row);
    const struct port_addresses *addresses = lsp_addresses(g->reader,
                                                           g->row->id);
    const char *datapath = generate_switch_datapath(g, lsp->switch_);

    want_key(g, datapath, g->row->id,
             smap_get(&lsp->options, "requested-tnl-key"));
    want_tag(g, lsp);
    if (lsp->enabled && addresses->has_unknown
        && lsp->type != NB_LOGICAL_SWITCH_PORT_TYPE_EXTERNAL) {
        generate_fact(g, RELATION_SWITCH_UNKNOWN_PORTS, lsp->switch_, "",
                      g->row->id);
    }
    if (lsp->parent_name[0]) {
        parent_facts(g, lsp->parent_name);
    }
    for (size_t i = 0; i < addresses->n_macs; i++) {
        const struct mac_address *mac = &addresses->macs[i];

        generate_fact(g, RELATION_SWITCH_ADDRESSES, lsp->switch_, mac->text,
                      g->row->id);
        for (size_t j = 0; j < mac->n_ips; j++) {
            generate_fact(g, RELATION_SWITCH_ADDRESSES, lsp->switch_,
                          mac->ips[j].text, g->row->id);
        }
    }
    if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_LOCALNET) {
        generate_fact(g, RELATION_SWITCH_LOCALNETS, lsp->switch_, "",
                      g->row->id);
    } else if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_VTEP) {
        generate_fact(g, RELATION_SWITCH_VTEPS, lsp->switch_, "",
                      g->row->id);
    } else if (lsp->type == NB_LOGICAL_SWITCH_PORT_TYPE_ROUTER) {
        patch_facts(g, lsp, datapath);
    }
}
