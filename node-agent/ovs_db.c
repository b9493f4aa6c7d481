/* Open vSwitch's configuration database: see ovs_db.h. */
#include <config.h>

#include "node-agent/ovs_db.h"

#include <stdlib.h>

#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ovs_db);

struct ovs_db {
    struct ovsdb_idl *idl;
    struct ovsdb_idl_txn *txn;          /* Being written. */
    struct ovsdb_idl_txn *sent;         /* Waiting for its answer. */
    unsigned int seqno;                 /* Of the contents last seen. */
    bool wanted;                        /* Somebody was refused a txn. */
};

static void
add_columns(struct ovsdb_idl *idl)
{
    static const struct ovsdb_idl_column *const columns[] = {
        &ovsrec_open_vswitch_col_bridges,
        &ovsrec_open_vswitch_col_external_ids,
        &ovsrec_open_vswitch_col_iface_types,
        &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_ports,
        &ovsrec_bridge_col_fail_mode,
        &ovsrec_bridge_col_datapath_type,
        &ovsrec_bridge_col_external_ids,
        &ovsrec_bridge_col_other_config,
        &ovsrec_bridge_col_mirrors,
        &ovsrec_mirror_col_name,
        &ovsrec_mirror_col_external_ids,
        &ovsrec_mirror_col_output_port,
        &ovsrec_mirror_col_select_src_port,
        &ovsrec_mirror_col_select_dst_port,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_port_col_external_ids,
        &ovsrec_port_col_qos,
        &ovsrec_qos_col_type,
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_options,
        &ovsrec_interface_col_external_ids,
        &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_bfd,
        &ovsrec_interface_col_bfd_status,
        &ovsrec_interface_col_status,
    };

    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }
}

struct ovs_db *
ovs_db_create(const char *remote)
{
    struct ovs_db *db = xzalloc(sizeof *db);

    db->idl = ovsdb_idl_create(remote, &ovsrec_idl_class, false, true);
    add_columns(db->idl);
    return db;
}

void
ovs_db_destroy(struct ovs_db *db)
{
    if (db) {
        if (db->txn) {
            ovsdb_idl_txn_destroy(db->txn);
        }
        if (db->sent) {
            ovsdb_idl_txn_destroy(db->sent);
        }
        ovsdb_idl_destroy(db->idl);
        free(db);
    }
}

/* Returns true if the transaction that was sent is over. */
static bool
check_sent(struct ovs_db *db)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(db->sent);

    if (status == TXN_INCOMPLETE) {
        return false;
    }
    if (status == TXN_ERROR) {
        VLOG_WARN("OVSDB: %s", ovsdb_idl_txn_get_error(db->sent));
    }
    ovsdb_idl_txn_destroy(db->sent);
    db->sent = NULL;
    if (status != TXN_SUCCESS && status != TXN_UNCHANGED) {
        db->wanted = true;
    }
    return true;
}

bool
ovs_db_run(struct ovs_db *db)
{
    bool changed = false;
    unsigned int seqno;

    ovsdb_idl_run(db->idl);
    if (db->sent && check_sent(db) && db->wanted) {
        db->wanted = false;
        changed = true;
    }
    seqno = ovsdb_idl_get_seqno(db->idl);
    if (seqno != db->seqno) {
        db->seqno = seqno;
        changed = true;
    }
    return changed;
}

void
ovs_db_wait(struct ovs_db *db)
{
    ovsdb_idl_wait(db->idl);
    if (db->sent) {
        ovsdb_idl_txn_wait(db->sent);
    }
}

const struct ovsrec_open_vswitch *
ovs_db_switch(const struct ovs_db *db)
{
    return (ovsdb_idl_has_ever_connected(db->idl)
            ? ovsrec_open_vswitch_first(db->idl) : NULL);
}

const struct ovsrec_bridge *
ovs_db_bridge(const struct ovs_db *db, const char *name)
{
    const struct ovsrec_open_vswitch *ovs = ovs_db_switch(db);

    for (size_t i = 0; ovs && i < ovs->n_bridges; i++) {
        if (!strcmp(ovs->bridges[i]->name, name)) {
            return ovs->bridges[i];
        }
    }
    return NULL;
}

struct ovsdb_idl *
ovs_db_idl(const struct ovs_db *db)
{
    return db->idl;
}

struct ovsdb_idl_txn *
ovs_db_txn(struct ovs_db *db)
{
    if (db->sent) {
        db->wanted = true;
        return NULL;
    }
    if (!db->txn) {
        db->txn = ovsdb_idl_txn_create(db->idl);
        ovsdb_idl_txn_add_comment(db->txn, "weft-agent");
    }
    return db->txn;
}

void
ovs_db_commit(struct ovs_db *db)
{
    if (db->txn) {
        db->sent = db->txn;
        db->txn = NULL;
        /* At least one answer is awaited or it is over already. */
        if (check_sent(db) && db->wanted) {
            db->seqno = 0;
        }
    }
}
