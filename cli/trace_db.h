/* The southbound as a trace reads it: lazily, and only what the packet meets.
 *
 * A datapath is read whole, with one range request, when a packet enters it;
 * the flows that all switches (or routers) have are read once; address sets,
 * port groups and peers are read when a flow names them.  Everything is read
 * at one revision.  All that is returned belongs to the database and stays
 * until it is destroyed.
 *
 * Failures of the store don't stop a trace halfway: the first one is kept,
 * everything after it looks empty, and trace_db_error() tells. */
#ifndef WEFT_CLI_TRACE_DB_H
#define WEFT_CLI_TRACE_DB_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lflow/actions.h"
#include "lflow/expr.h"
#include "lib/err.h"
#include "openvswitch/shash.h"
#include "schemas/sb.h"

struct store;
struct store_kv;

/* A logical flow. */
struct trace_flow {
    const struct stage *stage;
    uint16_t priority;
    const char *match;          /* Text, of the row... */
    const char *actions;        /* ...that the datapath keeps. */
    const char *source;         /* Bundle: "lsp:ap", "common". */
    uint32_t cookie;            /* As the agents give it (lflow/cookie.h). */
    size_t order;               /* Where it was read. */

    /* Made when first needed. */
    enum {
        TRACE_FLOW_NEW,
        TRACE_FLOW_MATCH,       /* 'expr' is there. */
        TRACE_FLOW_READY,       /* All is there. */
        TRACE_FLOW_BAD          /* Does not parse; has been told. */
    } state;
    const struct expr *expr;
    const struct expr *prereqs; /* Of the actions; NULL for none. */
    const struct lflow_actions *parsed;
    bool is_trivial;            /* Matches all and only goes on. */
};

/* A logical port. */
struct trace_port {
    const char *name;
    char *friendly;             /* What to print instead, or NULL. */
    uint16_t key;
    const char *type;           /* "patch" */
    const struct sb_port *row;
    struct trace_dp *dp;
};

/* The flows of a stage, highest priority first. */
struct trace_stage {
    struct trace_flow **flows;
    size_t n, allocated;
    bool is_sorted;
};

/* A logical datapath. */
struct trace_dp {
    struct trace_db *db;
    char *id;                   /* "switch:n1" */
    struct sb_datapath *row;    /* Owned. */
    char *friendly;             /* What to print instead, or NULL. */
    bool is_switch;
    bool takes_friendly;        /* Friendly names mean ports, too. */
    struct shash ports;         /* "struct trace_port"s by name. */
    struct shash fdb;           /* MAC -> port key (void *). */
    struct shash mac_bindings;  /* "lport IP" -> MAC text. */
    struct shash mcasts;        /* "struct trace_mcast"s by group. */
    struct trace_stage stages[N_STAGES];
    struct schema_row **rows;   /* All that were read. */
    size_t n_rows, allocated_rows;
    struct lflow_scope scope;   /* What names mean here. */
};

struct trace_db {
    struct store *store;
    const char *prefix;
    int64_t revision;           /* 0 until something was read now. */
    bool friendly_names;
    struct shash dps;           /* By id; data NULL: there is none. */
    struct shash owners;        /* lport -> datapath id (char *) or NULL. */
    struct shash address_sets;  /* "struct constant_set"s or NULL. */
    struct shash port_groups;   /* "struct schema_strings"s or NULL. */
    struct schema_row **common[2];  /* Bundles of routers and switches. */
    size_t n_common[2];
    bool has_common[2];
    struct lflow_arena arena;   /* Expressions and actions. */
    struct err err;
    int error;
    void (*warn)(const char *message);
};

/* 'revision' 0 means now.  The store and the prefix are borrowed. */
void trace_db_init(struct trace_db *, struct store *, const char *prefix,
                   int64_t revision, bool friendly_names);
void trace_db_destroy(struct trace_db *);

/* 0, or the first failure, with its message in db->err. */
int trace_db_error(const struct trace_db *);

/* The datapath "switch:ID" or "router:ID", read now; NULL if there is none. */
struct trace_dp *trace_db_dp(struct trace_db *, const char *id);

/* The one that a person means: a name, the id or UUID of a northbound row, or
 * the beginning of such a UUID (4 digits and more).  Returns NULL with '*n'
 * the number of candidates: 0 or, where it is ambiguous, more. */
struct trace_dp *trace_db_find_dp(struct trace_db *, const char *name,
                                  size_t *n);

/* The datapath that logical port 'name' belongs to, or NULL. */
struct trace_dp *trace_db_dp_of_port(struct trace_db *, const char *name);

/* Does a port of that name exist, in any datapath? */
bool trace_db_has_port(struct trace_db *, const char *name);

struct trace_port *trace_dp_port(const struct trace_dp *, const char *name);
/* By the name to print. */
struct trace_port *trace_dp_friendly_port(const struct trace_dp *,
                                          const char *name);
struct trace_port *trace_dp_port_by_key(const struct trace_dp *,
                                        uint32_t key);

/* The port at the other end of 'port', or NULL. */
struct trace_port *trace_port_peer(const struct trace_port *);

/* The flows of 'stage', sorted: priority first, then as they were read. */
const struct trace_stage *trace_dp_stage(struct trace_dp *,
                                         const struct stage *);

/* The MAC that router port 'lport' learned for 'ip', or NULL. */
const char *trace_dp_mac_binding(const struct trace_dp *, const char *lport,
                                 const char *ip);

/* The key of the port where 'mac' was learned, 0 for none. */
uint32_t trace_dp_fdb(const struct trace_dp *, const char *mac);

/* The name to print: friendly if there is one and it is wanted; where it
 * isn't, the UUID of a datapath. */
const char *trace_dp_name(const struct trace_dp *);
const char *trace_port_name(const struct trace_port *);

/* --- Multicast groups (trace_mcast.c) ---------------------------------- */

/* The tunnel key of a group, and the group of a key: those that every
 * datapath has, and (unless 'dp' is NULL) its own.  False or NULL where there
 * is none. */
bool trace_mcast_key(const struct trace_dp *dp, const char *name,
                     uint32_t *key);
const char *trace_mcast_name(const struct trace_dp *dp, uint32_t key);

/* A row of the datapath: the key of a group, a member of one. */
void trace_mcast_set_key(struct trace_dp *, const char *name, uint32_t key);
void trace_mcast_add(struct trace_dp *, const char *name, const char *port);
void trace_mcasts_destroy(struct trace_dp *);

/* Its members, sorted by name; the caller frees the array. */
struct trace_port **trace_mcast_members(const struct trace_dp *,
                                        uint32_t key, size_t *n);

/* The members of port group 'name', in any datapath; NULL if there is none. */
const struct schema_strings *trace_db_port_group(struct trace_db *,
                                                 const char *name);

/* --- Within (trace_scope.c, trace_friendly.c) -------------------------- */

void trace_scope_init(struct trace_dp *);
char *trace_friendly_dp(const struct sb_datapath *);
char *trace_friendly_port(const struct sb_port *);

/* 'text' with long names in quotes replaced by friendly ones of 'dp'; the
 * caller frees it. */
char *trace_friendly_text(const struct trace_dp *, const char *text);

/* Reads; 0 or an error, which is kept. */
typedef void trace_read_cb(const struct store_kv *kv, void *aux);
int trace_db_read_prefix(struct trace_db *, const char *prefix,
                         trace_read_cb *cb, void *aux);

/* A row from what was read; NULL if it is malformed (has been warned of). */
struct schema_row *trace_db_parse(struct trace_db *,
                                  const struct schema_table *,
                                  const char *id, const struct store_kv *kv);

#endif
