/* What changed in the model, into the flow table: each dirty object once, in
 * the order in which they depend on one another (datapaths, ports, multicast
 * groups, logical flows). */
#ifndef WEFT_NODE_AGENT_ENGINE_H
#define WEFT_NODE_AGENT_ENGINE_H 1

#include <stdbool.h>
#include <stdint.h>

#include "node-agent/ct_zones.h"
#include "node-agent/extend_table.h"
#include "node-agent/flow_table.h"
#include "node-agent/lflows.h"
#include "node-agent/model.h"
#include "node-agent/ofports.h"
#include "node-agent/physical.h"

struct engine {
    struct flow_table flows;
    struct extend_table groups, meters;
    struct model model;
    struct ofports ofports;
    struct ct_zones zones;
    struct physical physical;
    struct lflows lflows;

    /* A port became bound here, or is not any more; may be NULL. */
    void (*on_bound)(const char *lport, bool bound, void *aux);
    void *aux;

    /* How often engine_run() brought each kind of objects up to date
     * (N_ENGINE_PARTS of them, or NULL), and whether it is to be all. */
    struct inc_engine_node *counters;
    bool recomputing;
};

/* The kinds of objects, in the order in which engine_run() does them. */
enum engine_part { ENGINE_DATAPATHS, ENGINE_PORTS, ENGINE_MULTICASTS,
                   ENGINE_LFLOWS, ENGINE_LOAD_BALANCERS,
                   N_ENGINE_PARTS };

void engine_init(struct engine *, const char *chassis);
void engine_destroy(struct engine *);

/* Brings the flow table up to date.  Returns true if anything was dirty. */
bool engine_run(struct engine *);
bool engine_is_dirty(const struct engine *);
/* Everything is to be made again. */
void engine_recompute(struct engine *);
/* The same, with every text of a logical flow compiled again. */
void engine_flush(struct engine *);

/* The interface with 'iface_id' came, went, or has another port number. */
void engine_iface_changed(struct engine *, const char *iface_id);
/* Tunnels came, went, or have other port numbers. */
void engine_tunnels_changed(struct engine *);
/* What decides who serves gateway ports changed: BFD, or 'store_lost'. */
void engine_gateways_changed(struct engine *);
/* A localnet port's patch port came, went, or has another number. */
void engine_localnet_changed(struct engine *, const char *lport);
/* A set ("address_set:web") or meter changed. */
void engine_set_changed(struct engine *, const char *name);
void engine_meter_changed(struct engine *, const char *name);

#endif
