/* Open vSwitch's configuration database: the IDL of its tables Open_vSwitch,
 * Bridge, Port and Interface, and one transaction at a time. */
#ifndef WEFT_NODE_AGENT_OVS_DB_H
#define WEFT_NODE_AGENT_OVS_DB_H 1

#include <stdbool.h>

#include "vswitch-idl.h"

struct ovs_db;

/* 'remote' is an OVSDB connection method ("unix:/.../db.sock"). */
struct ovs_db *ovs_db_create(const char *remote);
void ovs_db_destroy(struct ovs_db *);

/* Returns true if something may have changed since the last call. */
bool ovs_db_run(struct ovs_db *);
void ovs_db_wait(struct ovs_db *);

/* The row of the switch, or NULL while the contents are not known. */
const struct ovsrec_open_vswitch *ovs_db_switch(const struct ovs_db *);
const struct ovsrec_bridge *ovs_db_bridge(const struct ovs_db *,
                                          const char *name);
struct ovsdb_idl *ovs_db_idl(const struct ovs_db *);

/* The transaction to write in, begun when first asked for; NULL while the
 * previous one has not been answered: then ovs_db_run() returns true once it
 * is, and what was to be written is to be looked at again. */
struct ovsdb_idl_txn *ovs_db_txn(struct ovs_db *);
/* Sends what was written. */
void ovs_db_commit(struct ovs_db *);

#endif
