/* What this node knows of the southbound: the datapaths that it needs, with
 * their ports and bundles of logical flows; chassis; sets; verdicts.
 *
 * sb_cache.c fills it in from the store; engine.c turns what changed into
 * OpenFlow.  Between them are the dirty lists: everything that touches an
 * object puts it there, once, and engine_run() takes it off. */
#ifndef WEFT_NODE_AGENT_MODEL_H
#define WEFT_NODE_AGENT_MODEL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node-agent/flow_table.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/uuid.h"
#include "schemas/sb.h"
#include "sset.h"

struct extend_entry;
struct lflow_refs;
struct mc_rows_group;           /* multicast_groups.h */
struct ofports;

/* Multicast groups of a switch; keys and names as OVN has them
 * (lflow/multicast.h). */
enum mc_group { MC_FLOOD, MC_UNKNOWN, MC_FLOOD_L2, N_MC_GROUPS };

/* A learned MAC of a switch, or neighbour of a router port. */
struct learned {
    struct hmap_node node;      /* In datapath, by 'key'. */
    char *key;                  /* Key below the datapath's. */
    char *mac;                  /* "aa:bb:..." */
    char *ip;                   /* Of a neighbour, else NULL. */
    char *lport;                /* Of a neighbour, else NULL. */
    uint32_t port_key;          /* Of a MAC. */
    bool dirty;                 /* Its flows are to be made. */
    struct flow_owner owner;
};

/* A bundle of logical flows in a datapath. */
struct bundle {
    struct hmap_node node;          /* In datapath's 'bundles', by name. */
    struct ovs_list dirty_node;     /* In model's, or empty. */
    struct datapath *dp;
    char *name;                     /* "lsp:ap", "lsp:ap/1"; of the common
                                     * ones "common:switch/1". */
    struct schema_row *row;         /* New content, a struct sb_flow_bundle;
                                     * NULL once it is in 'rules'.  Of common
                                     * ones: borrowed. */
    bool common;
    bool gone;                      /* To be freed by the engine. */
    struct bundle_rule *rules;      /* Its logical flows (lflows.h). */
    size_t n_rules;
    struct flow_owner owner;
    struct lflow_use *uses;         /* What it refers to (lflow_refs.h). */
    struct extend_entry **extends;  /* Groups and meters that it uses. */
    size_t n_extends;
    struct conj_id *conj_ids;       /* Conjunction ids that it has. */
};

/* A load balancer's row, once for all datapaths where it is the same
 * (load_balancers.c). */
struct lb_content;

/* A load balancer of a datapath. */
struct load_balancer {
    struct ovs_list dirty_node;     /* In model's, or empty. */
    struct datapath *dp;
    struct lb_content *content;
    struct flow_owner owner;        /* Flows of this datapath alone. */
};

/* A logical port of a needed datapath. */
struct lport {
    struct hmap_node node;          /* In datapath's 'ports', by name. */
    struct hmap_node key_node;      /* In datapath's 'ports_by_key'. */
    struct hmap_node name_node;     /* In model's 'lports', by name. */
    struct hmap_node parent_node;   /* In model's 'by_parent', if 'parent'. */
    struct ovs_list noted_node;     /* In model's 'noted', or empty. */
    struct ovs_list dirty_node;     /* In model's, or empty. */
    struct datapath *dp;
    char *name;
    struct schema_row *row;         /* struct sb_port; NULL: gone. */
    uint32_t key;                   /* 0: not in 'ports_by_key'. */
    char *parent;                   /* The port that it is inside of. */

    /* What the engine last made of it. */
    bool mc_member[N_MC_GROUPS];    /* Counted in the groups... */
    uint32_t mc_key;                /* ...with this key, */
    bool mc_local;                  /* as a port of this chassis, */
    bool mc_patch;                  /* as one that is on every chassis, */
    char *mc_chassis;               /* or as one of this chassis. */
    bool resident;                  /* is_chassis_resident()? */
    struct ovs_list gateway_node;   /* In model's 'gateways', or empty. */
    bool elsewhere;                 /* In compiled flows: packets neither
                                     * enter nor leave at it here. */
    struct ovs_list here_node;      /* In datapath's 'here', or empty. */
    bool bound_here;                /* Its flows are in the flow table with
                                     * an OpenFlow port. */
    bool is_localnet;               /* Counted in datapath's 'n_localnet'. */
    uint32_t tunnel_ofport;         /* model_tunnel_ofport() in compiled
                                     * flows. */
    uint32_t emitted_key;           /* Its key in compiled flows. */
    uint64_t touched_key;           /* Its keys in its peer's flows. */
    struct flow_owner physical;     /* Tables 0, 39 to 41, 64, 65. */
    struct flow_owner security;     /* Tables 73 to 75. */
};

struct datapath {
    struct hmap_node node;          /* In model's 'datapaths', by name. */
    struct hmap_node key_node;      /* In model's 'by_key', if 'key'. */
    struct ovs_list dirty_node;     /* In model's, or empty. */
    char *name;                     /* "switch:n1". */
    struct schema_row *row;         /* struct sb_datapath; NULL: none yet. */
    uint32_t key;                   /* 0: not known. */
    bool is_switch;
    bool removed;                   /* To be taken down by the engine. */
    struct hmap ports, ports_by_key;
    struct ovs_list here;           /* Ports that are not elsewhere; kept by
                                     * the engine. */
    struct hmap bundles;
    struct hmap fdb, mac_bindings;  /* "struct learned"s. */
    struct shash dns;               /* Id -> struct schema_row (sb_dns). */
    struct shash bfd;               /* Id -> schema_row (sb_bfd_session). */
    struct shash load_balancers;    /* Id -> struct load_balancer. */
    struct shash monitors;          /* Port -> struct shash: id ->
                                     * schema_row (sb_service_monitor). */

    /* Multicast groups, kept up by multicast.c. */
    struct ovs_list dirty_mc_node;  /* In model's, or empty. */
    struct shash mc_remote;         /* Chassis -> struct mc_remote. */
    struct hmapx *mc_local;         /* lports of this chassis and patch ports
                                     * that are members of some group. */
    bool mc_dirty;                  /* All of them are to be made. */
    struct flow_owner multicast;
    struct schema_row *ip_multicast;    /* sb_ip_multicast: IGMP and MLD are
                                     * snooped; or NULL. */
    struct shash mc_groups;         /* Name -> struct mc_rows_group. */
    struct hmap mc_ports;           /* "struct mc_port"s, by port's name. */
    struct flow_owner base;         /* Flows of the datapath itself. */
    size_t n_localnet;              /* Its localnet ports. */
    uint32_t learned_key;           /* 'key' in flows of learned addresses. */
};

/* A set: address set or port group. */
struct named_set {
    struct hmap_node node;          /* In model's 'sets', by name. */
    char *name;                     /* "address_set:web". */
    struct shash parts;             /* Key below -> struct schema_row. */
    bool present;                   /* Its row is there. */
    struct constant_set *constants; /* Of an address set, made lazily. */
    struct sset members;            /* Of a port group: names; those that
                                     * came or went since it was last... */
    struct sset changed;
    bool was_present;               /* ...told of, and was it there then? */
};

/* A verdict on a claim: struct sb_node_port; and so on. */
struct model {
    char *chassis;                  /* This node's name. */
    struct flow_table *flows;
    const struct ofports *ofports;  /* The engine's, or NULL. */
    struct hmap datapaths, by_key;
    struct hmap lports;             /* All lports by name, */
    struct hmap by_parent;          /* those inside another by that one's. */
    struct ovs_list noted;          /* model_lport_note(). */
    struct hmap sets;
    struct hmap group_ports;        /* "struct group_port"s (sets.c). */
    struct hmap lb_contents;        /* "struct lb_content"s, by id. */
    struct shash remote_chassis;    /* Name -> struct schema_row
                                     * (sb_chassis), this node included. */
    struct shash common;            /* "switch", "switch/1" -> schema_row. */
    struct shash verdicts;          /* lport -> schema_row (sb_node_port). */
    struct shash meters;            /* Name -> schema_row (sb_meter). */
    struct shash mirrors;           /* Name -> schema_row (sb_mirror). */
    struct shash bfd_peers;         /* Chassis -> schema_row (sb_node_bfd). */
    struct sset activated;          /* Ports whose VM has said by RARP that
                                     * it is here... */
    struct sset to_activate;        /* ...of them those whose interface is
                                     * yet to be told so. */
    struct ovs_list gateways;       /* lports that several chassis may
                                     * serve; kept by the engine. */

    struct ovs_list dirty_ports, dirty_datapaths, dirty_bundles, dirty_mcs;
    struct ovs_list dirty_lbs;
    bool chassis_changed;           /* Tunnels have to be looked at. */
    bool ports_changed;             /* Queues and mirrors have to be looked
                                     * at. */
    bool verdicts_changed;
    bool claims_changed;
};

void model_init(struct model *, const char *chassis, struct flow_table *);
void model_destroy(struct model *);

/* ---- Datapaths -------------------------------------------------------- */

struct datapath *model_datapath(const struct model *, const char *name);
struct datapath *model_datapath_by_key(const struct model *, uint32_t key);
/* The datapath 'name', made empty if need be. */
struct datapath *model_datapath_get(struct model *, const char *name);
/* Gives it its row, which is taken; NULL: it is gone. */
void model_datapath_set(struct model *, struct datapath *,
                        struct schema_row *);
/* It is needed no more: the engine takes it down and frees it. */
void model_datapath_remove(struct model *, struct datapath *);
void model_datapath_free(struct model *, struct datapath *);

/* ---- Below datapaths -------------------------------------------------- */

struct lport *model_lport(const struct model *, const char *name);
struct lport *datapath_lport(const struct datapath *, const char *name);
struct lport *datapath_lport_by_key(const struct datapath *, uint32_t key);
/* Each takes 'row'; NULL: the row is gone. */
void model_lport_set(struct model *, struct datapath *, const char *name,
                     struct schema_row *row);
void model_bundle_set(struct model *, struct datapath *, const char *name,
                      struct schema_row *row);
void model_common_set(struct model *, const char *name,
                      struct schema_row *row);
/* Takes its row and key away, before it is freed. */
void model_lport_unset(struct lport *);
void model_lport_free(struct model *, struct lport *);
/* Of the many ports of its datapaths a node has more to do with a few than to
 * make their flows: those that are bound here, and those whose rows ask for
 * patch ports, announcements, advertisements or virtual addresses.  These are
 * in 'noted'.  To be called when that may have changed. */
void model_lport_note(struct model *, struct lport *);
void model_bundle_free(struct model *, struct bundle *);
static inline const struct sb_port *
lport_row(const struct lport *lport)
{
    return sb_port_cast(lport->row);
}
static inline const struct sb_datapath *
datapath_row(const struct datapath *dp)
{
    return sb_datapath_cast(dp->row);
}

/* ---- Dirty ------------------------------------------------------------ */

void model_lport_dirty(struct model *, struct lport *);
/* The OpenFlow port of the tunnel to where 'lport' is, or 0 if there is none
 * or it is here. */
uint32_t model_tunnel_ofport(const struct model *, const struct lport *);
/* The ports whose flows say something of 'lport', by its row: its peer, and
 * a gateway port's redirect port. */
void model_lport_related_dirty(struct model *, const struct lport *);
void model_bundle_dirty(struct model *, struct bundle *);
void model_datapath_dirty(struct model *, struct datapath *);
void model_multicast_dirty(struct model *, struct datapath *);
/* Only some of its groups (multicast_groups.h), which know that. */
void model_multicast_group_dirty(struct model *, struct datapath *);
/* All of them: after the switch's ports changed in some sweeping way. */
void model_all_dirty(struct model *);

#endif
