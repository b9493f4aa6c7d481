/* Generators: pure functions from rows to logical flows and southbound rows.
 *
 * A generator is one row of GENERATORS (generators.h): when it runs, for
 * each row of which table (or each key of which relation), and its function.
 * All generators of one phase and table run together as one root of the
 * engine, in the order of their rows.  What they read through g->reader is
 * recorded; they have no other input.  A row whose required references
 * ("switch" of a port) do not exist waits: its generators do not run, and its
 * status says for what.
 *
 *     void
 *     switch_arp_responder(struct generate *g)
 *     {
 *         const struct nb_logical_switch_port *lsp
 *             = nb_logical_switch_port_cast(g->row);
 *         struct flow_bundle *b = generate_switch_bundle(g, lsp->switch_);
 *         ...
 *         flow_emit(b, FLOW_LS_IN_ARP_RSP_REPLY,
 *                   "arp.tpa == %s && arp.op == 1" DO
 *                   "eth.dst = eth.src; eth.src = %s; ...", ip, mac, ...);
 *     }
 */
#ifndef WEFT_TRANSLATOR_GENERATE_H
#define WEFT_TRANSLATOR_GENERATE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "translator/engine.h"
#include "translator/flows.h"
#include "translator/model.h"

/* ---- When -------------------------------------------------------------- */

/* The strata of the engine.  A phase may read relations filled by earlier
 * phases, and state facts of its own and of later ones. */
enum generate_phase {
    PHASE_ROWS,             /* Indexes over rows: by the model. */
    PHASE_ADDRESSES,        /* Who asks for dynamic addresses; then they are
                             * given. */
    PHASE_FACTS,            /* Facts from rows and indexes. */
    PHASE_MORE_FACTS,       /* Facts from facts; then tunnel keys are
                             * allocated. */
    PHASE_PLACES,           /* Who is where: bindings, gateways. */
    PHASE_FLOWS,            /* Flows, ports, datapaths, sets. */
    PHASE_NEEDS,            /* What each chassis needs. */
    PHASE_STATUS,           /* What became of each row. */
};

/* Relations that generators fill.
 *
 *     RELATION(ID, phase after which it is complete, "key -> members") */
#define RELATIONS                                                       \
    RELATION(TUNNEL_KEY_WANTED, PHASE_MORE_FACTS,                       \
             "(\"\") -> datapaths; (datapath) -> its ports")            \
    RELATION(TUNNEL_KEY_REQUESTED, PHASE_MORE_FACTS,                    \
             "(\"\", datapath) or (datapath, port) -> \"number\"")      \
    RELATION(DATAPATH_NEIGHBOURS, PHASE_MORE_FACTS,                     \
             "(datapath) -> datapaths that a patch port leads to")      \
    RELATION(IPAM_NETWORK, PHASE_ADDRESSES,                             \
             "(switch) -> its networks, as ipam.h says")                \
    RELATION(IPAM_WANTED, PHASE_ADDRESSES,                              \
             "(switch, port) -> the dynamic addresses that it asks for") \
    RELATION(IPAM_USED, PHASE_ADDRESSES,                                \
             "(switch) -> addresses that were not given by it")         \
    RELATION(LB_AT, PHASE_ADDRESSES,                                    \
             "(load balancer, datapath) -> \"applies\"")                \
    RELATION(DATAPATH_LBS, PHASE_ADDRESSES,                             \
             "(datapath) -> its load balancers with virtual addresses") \
    RELATION(SWITCH_UNKNOWN_PORTS, PHASE_FACTS,                         \
             "(switch) -> enabled ports with unknown addresses")        \
    RELATION(SWITCH_ROUTER_SIDES, PHASE_FACTS,                          \
             "(switch) -> ports of it that lead to enabled routers")    \
    RELATION(SWITCH_LOCALNETS, PHASE_FACTS,                             \
             "(switch) -> its localnet ports")                          \
    RELATION(MULTICAST_RELAYS, PHASE_FACTS,                             \
             "(switch) -> router ports on it of routers that relay")    \
    RELATION(MULTICAST_GROUPS, PHASE_MORE_FACTS,                        \
             "(datapath, group) -> its ports, as multicast.h says")     \
    RELATION(MULTICAST_MEMBERS, PHASE_MORE_FACTS,                       \
             "(datapath, group/port percent-encoded) -> \"member\"")    \
    RELATION(SWITCH_VTEPS, PHASE_FACTS,                                 \
             "(switch) -> its ports of VTEP gateways")                  \
    RELATION(SWITCH_ADDRESSES, PHASE_FACTS,                             \
             "(switch, MAC or IP) -> ports that have it")               \
    RELATION(ROUTER_PORT_LSPS, PHASE_FACTS,                             \
             "(router port) -> switch ports that lead to it")           \
    RELATION(ROUTER_PORT_SWITCHES, PHASE_FACTS,                         \
             "(router port) -> switches that it is on")                 \
    RELATION(SWITCH_ROUTER_PORTS, PHASE_FACTS,                          \
             "(switch) -> router ports on it")                          \
    RELATION(ROUTE_GROUPS, PHASE_FACTS,                                 \
             "(router, table, policy and prefix) -> static routes")     \
    RELATION(ROUTER_ECMP_GROUPS, PHASE_MORE_FACTS,                      \
             "(router) -> route groups of several routes")              \
    RELATION(ROUTER_TABLES, PHASE_FACTS,                                \
             "(router) -> route tables of its routes and ports")           \
    RELATION(ROUTER_ECMP_POLICIES, PHASE_FACTS,                         \
             "(router) -> policies with several next hops")             \
    RELATION(ROUTER_SNAT_IPS, PHASE_FACTS,                              \
             "(router, address) -> NAT rules with that source")         \
    RELATION(SWITCH_MONITORS, PHASE_FACTS,                              \
             "(switch) -> ports of it whose services are checked")      \
    RELATION(ROUTER_EXTERNAL_IPS, PHASE_FACTS,                          \
             "(router, address) -> NAT rules with that external address") \
    RELATION(ROUTER_LB_IPS, PHASE_FACTS,                                \
             "(router, virtual address) -> load balancers that have it") \
    RELATION(ROUTER_VIPS, PHASE_FACTS,                                  \
             "(router) -> its virtual addresses")                       \
    RELATION(ROUTER_NATS, PHASE_FACTS, "(router) -> its NAT rules")     \
    RELATION(COMPONENTS, PHASE_PLACES,                                  \
             "(component) -> datapaths that reach each other")          \
    RELATION(CHASSIS_DATAPATH_PORTS, PHASE_PLACES,                      \
             "(chassis, datapath) -> ports of it that are there")       \
    RELATION(GATEWAY_CANDIDATES, PHASE_PLACES,                          \
             "(datapath) -> chassis of which one serves a port of it")  \
    RELATION(COMPONENT_CANDIDATES, PHASE_FLOWS,                         \
             "(component or lone datapath) -> the same of all of it")   \
    RELATION(BFD_PEERS, PHASE_NEEDS,                                    \
             "(chassis, chassis it watches by BFD) -> components")      \
    RELATION(PORT_GROUP_SWITCHES, PHASE_FACTS,                          \
             "(port group) -> switches of its ports")                   \
    RELATION(SWITCH_ACLS, PHASE_MORE_FACTS, "(switch) -> its ACLs")     \
    RELATION(SWITCH_STATEFUL_ACLS, PHASE_MORE_FACTS,                    \
             "(switch) -> those that track connections")                \
    RELATION(SET_NAMES, PHASE_FACTS, "(kind:name) -> \"set\"")          \
    RELATION(SET_MEMBERS, PHASE_FACTS, "(kind:name) -> its members")    \
    RELATION(SET_PARTS, PHASE_MORE_FACTS,                               \
             "(kind:name, part) -> \"part\"")                           \
    RELATION(CHASSIS_DATAPATHS, PHASE_FLOWS,                            \
             "(chassis) -> datapaths that it has ports of")             \
    RELATION(DATAPATH_SETS, PHASE_FLOWS,                                \
             "(datapath) -> \"kind:name\" of sets that its flows name") \
    RELATION(STATUS, PHASE_NEEDS,                                       \
             "(table, id) -> what there is to say; see generate_error()")

enum relation_id {
#define RELATION(ID, PHASE, DOC) RELATION_##ID,
    RELATIONS
#undef RELATION
    N_RELATIONS
};
const struct engine_kind *relation(enum relation_id id);

/* What the flows of a row are filed under: the first component of
 * ".../flow/<source>" is "<prefix>:<id>".
 *
 *     SOURCE(table, "prefix") */
#define SOURCES                                                         \
    SOURCE(logical_switch, "switch")                                    \
    SOURCE(logical_switch_port, "lsp")                                  \
    SOURCE(logical_router, "router")                                    \
    SOURCE(logical_router_port, "lrp")                                  \
    SOURCE(logical_router_static_route, "route")                        \
    SOURCE(logical_router_policy, "policy")                             \
    SOURCE(load_balancer, "lb")
/* Any other table's prefix is its name: "acl", "nat", "dns". */

/* ---- One run of the generators of a row -------------------------------- */

struct generate {
    struct engine_reader *reader;   /* For model_row(), engine_members()... */
    struct engine_key key;          /* (id, "") for rows; else the relation's
                                     * or input's key. */
    const struct schema_row *row;   /* Of a northbound table, or NULL. */
    struct generate_private *private_;
};

/* States a fact; shorthand for engine_state(). */
void generate_fact(struct generate *, enum relation_id, const char *a,
                   const char *b, const char *member);
/* Reads of relations, shorthand likewise. */
struct engine_members generate_members(struct generate *, enum relation_id,
                                       const char *a, const char *b);
bool generate_has_members(struct generate *, enum relation_id,
                          const char *a, const char *b);
bool generate_is_member(struct generate *, enum relation_id, const char *a,
                        const char *b, const char *member);

/* ---- Flows ------------------------------------------------------------- */

/* The flows that this source contributes to one datapath; empty bundles are
 * not written. */
struct flow_bundle;

/* From here on the flows of this run are filed under 'source' ("lb:web"):
 * for what runs once for each datapath that a row concerns. */
void generate_source(struct generate *, const char *source);

/* The bundle of this row in a switch or router (by id), in any datapath
 * ("switch:n1"), and in what all switches (routers) share; the same one if
 * asked again during a run. */
struct flow_bundle *generate_switch_bundle(struct generate *,
                                           const char *switch_id);
struct flow_bundle *generate_router_bundle(struct generate *,
                                           const char *router_id);
struct flow_bundle *generate_bundle(struct generate *, const char *datapath);
struct flow_bundle *generate_common_bundle(struct generate *,
                                           const char *pipeline);

/* Between match and actions in a format of flow_emit(): one \x1f, which no
 * match or action may hold otherwise. */
#define DO "\x1f"

/* Actions that answer an ARP request with 'MAC' (a literal, "%s" as well):
 * for the address that was asked for, or for 'IP', the only one
 * in the match, as ovn-northd spells it there. */
#define ARP_REPLY(MAC) ARP_REPLY__(MAC, "arp.tpa <-> arp.spa; ")
#define ARP_REPLY_FOR(MAC, IP)                                          \
    ARP_REPLY__(MAC, "arp.tpa = arp.spa; arp.spa = " IP "; ")
#define ARP_REPLY__(MAC, ADDRESSES)                                     \
    "eth.dst = eth.src; eth.src = " MAC "; arp.op = 2; "                \
    "/* ARP reply */ arp.tha = arp.sha; arp.sha = " MAC "; "            \
    ADDRESSES "outport = inport; flags.loopback = 1; output;"

/* Adds a flow of class 'flow' (flows.h says its stage and priority).
 * 'format' makes the match and, after DO, the actions.  Names go in with
 * lflow_quote().  Returns 0, or -WEFT_E_INVALID when the text has no DO, or
 * has more than one: then there is no flow. */
int flow_emit(struct flow_bundle *, enum flow_class flow,
              const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same at another priority: for what users number (ACLs, policies),
 * prefix lengths.  'flow' gives the stage; its own priority is ignored.
 * Out of 0...65535: -WEFT_E_INVALID. */
int flow_emit_at(struct flow_bundle *, enum flow_class flow,
                 int64_t priority, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Gives the flow that was emitted last an option: "meter",
 * "controller_meter", "stage-hint". */
void flow_option(struct flow_bundle *, const char *name, const char *value);

/* 'name' as a string of the flow language, with its quotes; freed when the
 * run ends. */
const char *lflow_quote(struct generate *, const char *name);
/* printf() to a string that is freed when the run ends. */
const char *generate_text(struct generate *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- Other southbound rows --------------------------------------------- */

/* Makes 'sb_row' (taken) the value of 'key', which is what follows the
 * prefix ("sb/dp/switch:n1/port/ap"; keys_build("", ...) + 1). */
void generate_row(struct generate *, const char *key,
                  struct schema_row *sb_row);
/* The key of something southbound: components, then NULL; freed when the run
 * ends.  generate_key(g, "sb/dp", "switch:n1", "port", "ap", NULL). */
const char *generate_key(struct generate *, const char *area, ...)
    __attribute__((sentinel));

/* "switch:<id>" or "router:<id>"; freed when the run ends. */
const char *generate_switch_datapath(struct generate *, const char *id);
const char *generate_router_datapath(struct generate *, const char *id);

/* The row of a datapath, for 'datapath' of this row; a tunnel key that it
 * asked for in column 'requested' and did not get is reported.
 * 'snat_ct_zone', a number, may be NULL. */
void generate_datapath_row(struct generate *, const char *datapath,
                           enum sb_datapath_type type, const char *name,
                           const struct smap *external_ids,
                           const char *requested, const char *snat_ct_zone);

/* Is 'address', Ethernet or IP, this port's?  If several of its switch claim
 * it the first by name has it, and the others' status says so. */
bool switch_port_owns(struct generate *,
                      const struct nb_logical_switch_port *lsp,
                      const char *address);

/* Is 'match', the column of that name in this row, in the language of logical
 * flows?  If not, its status says why. */
bool match_is_good(struct generate *, const char *match);

/* ---- Status ------------------------------------------------------------ */

/* Says in the status of this row (or of another) what is wrong with which
 * field, which row it waits for ("logical_switch", "n9"), and any other
 * column of the status table, as JSON ("up", "true"). */
void generate_error(struct generate *, const char *field,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool generate_row_exists(struct generate *, const struct schema_table *,
                         const char *id);   /* Or says that it waits. */
void generate_waiting_for(struct generate *, const char *table,
                          const char *id);
void generate_status(struct generate *, const char *column,
                     const char *json);
void generate_status_of(struct generate *, const char *table,
                        const char *id, const char *column,
                        const char *json);

/* ---- The translation as a whole ---------------------------------------- */

/* All kinds: the model's, relations, derived ones (generators.h), roots. */
struct engine *generate_engine_create(
    void (*between)(struct engine *, unsigned int stratum, void *aux),
    void *aux);

#endif
