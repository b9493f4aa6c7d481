/* The agent: all modules of a node, and what passes between them. */
#ifndef WEFT_NODE_AGENT_AGENT_H
#define WEFT_NODE_AGENT_AGENT_H 1

#include <uv.h>

#include "node-agent/engine.h"
#include "node-agent/node_config.h"
#include "sset.h"

struct ds;
struct inc_engine_node;
struct service;
struct store_config;

/* A bound interface whose flows are on their way into the switch. */
struct pending_install {
    uint64_t mark;              /* installer_mark(). */
    bool bound;
};

struct agent {
    struct service *service;
    uv_loop_t *loop;
    struct ovs_db *db;
    struct ofconn *ofconn;
    struct node_config config;
    bool have_config;
    char *left_bridge;          /* The integration bridge before, while our
                                 * ports are to be taken from it; or NULL. */
    bool reconsider;            /* OVSDB has to be looked at again. */

    /* Once system-id and the store's endpoints are known. */
    struct engine *engine;
    struct installer *installer;
    struct store *store;
    struct sb_cache *cache;
    struct own *own;
    struct sync *sync;
    struct packet_in *packet_in;
    struct egress_queues *egress_queues;

    struct shash interfaces;    /* iface-id -> its claim's 'struct claim'. */
    struct shash installing;    /* lport -> struct pending_install. */
    long long int zones_since_ms;   /* Zones wait to be written; 0: none. */
    bool store_seen;            /* The southbound was complete once. */
    bool switch_lost;           /* It was connected, and is not any more. */
    bool delivers;              /* All flows are in the switch, or were since
                                 * it connected. */
    bool is_paused;             /* debug/pause: the model is only heard. */
    unsigned int report_delay_s;    /* debug/delay-nb-cfg-report. */
    long long int bfd_ms;       /* When BFD is to be looked at again. */
};

struct agent *agent_create(struct service *, uv_loop_t *);
void agent_destroy(struct agent *);
/* One turn of everything but the service's own loop. */
void agent_run(struct agent *);
void agent_wait(struct agent *);

/* ---- Shared by agent*.c ----------------------------------------------- */

/* Creates engine, store and all that needs them, or does nothing while the
 * node's name or the store's address is not known. */
void agent_start(struct agent *);
void agent_stop(struct agent *);
/* OVSDB into the agent, and the agent's wishes into OVSDB. */
void agent_run_ovs(struct agent *, bool changed);
/* Forgets which interfaces are claimed. */
void agent_forget_interfaces(struct agent *);
/* A port became bound (or unbound) in the flow table. */
void agent_on_bound(const char *lport, bool bound, void *agent);
/* Tells of ports whose flows are in the switch. */
void agent_run_installing(struct agent *);
/* Lists the interfaces and the logical ports that are bound to them, as
 * debug/dump-local-bindings of ovn-controller(8) does. */
void agent_format_bindings(const struct agent *, struct ds *);
/* While paused the agent hears what etcd and OVSDB say and keeps its
 * connections, and changes nothing. */
void agent_set_paused(struct agent *, bool paused);
/* Counters of what the engine does, for the engine that is made next. */
struct inc_engine_node *agent_counters(void);
/* Registers the unixctl commands. */
void agent_commands(struct agent *);
void agent_metrics(struct agent *);

#endif
