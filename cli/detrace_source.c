/* The northbound row that a bundle of logical flows was made of, as
 * ovn-detrace shows it. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/detrace.h"
#include "cli/fetch.h"
#include "schemas/nb.h"
#include "store/keys.h"
#include "store/store.h"
#include "util.h"

/* "['a', 'b']" */
static void
put_list(const struct schema_strings *list, struct ds *s)
{
    ds_put_char(s, '[');
    for (size_t i = 0; i < list->n; i++) {
        ds_put_format(s, "%s'%s'", i ? ", " : "", list->items[i]);
    }
    ds_put_char(s, ']');
}

/* "[]" where nothing is set. */
static const char *
or_empty(const char *value)
{
    return value && *value ? value : "[]";
}

static void
put_column(const struct schema_row *row, const char *name, struct ds *s)
{
    schema_column_get_text(row, name, s);
}

static void
put_acl(const struct schema_row *row, struct ds *s)
{
    const struct nb_acl *acl = nb_acl_cast(row);

    ds_put_cstr(s, "ACL: ");
    put_column(row, "direction", s);
    ds_put_format(s, ", priority=%lld, match=(%s), ",
                  (long long int) acl->priority, acl->match);
    put_column(row, "action", s);
}

static void
put_lsp(const struct schema_row *row, struct ds *s)
{
    const struct nb_logical_switch_port *lsp
        = nb_logical_switch_port_cast(row);

    ds_put_format(s, "Logical Switch Port: %s type ", row->id);
    ds_put_cstr(s, nb_logical_switch_port_type_names[lsp->type]);
    ds_put_cstr(s, " (addresses ");
    put_list(&lsp->addresses, s);
    ds_put_cstr(s, ", dynamic addresses [], security ");
    put_list(&lsp->port_security, s);
    ds_put_char(s, ')');
}

static void
put_lrp(const struct schema_row *row, struct ds *s)
{
    const struct nb_logical_router_port *lrp
        = nb_logical_router_port_cast(row);

    ds_put_format(s, "Logical Router Port: %s mac %s networks ", row->id,
                  lrp->mac);
    put_list(&lrp->networks, s);
    ds_put_cstr(s, " ipv6_ra_configs ");
    put_column(row, "ipv6_ra_configs", s);
}

static void
put_nat(const struct schema_row *row, struct ds *s)
{
    const struct nb_nat *nat = nb_nat_cast(row);

    ds_put_format(s, "NAT: external IP %s external_mac %s logical_ip %s "
                  "logical_port %s type ", nat->external_ip,
                  or_empty(nat->external_mac), nat->logical_ip,
                  or_empty(nat->logical_port));
    put_column(row, "type", s);
}

/* Bundles' kinds, as the translator names them. */
static const struct source_kind {
    const char *kind;
    const char *area;           /* Of the row's key. */
    const struct schema_table *table;
    void (*put)(const struct schema_row *, struct ds *);
} source_kinds[] = {
    { "acl", "nb/acl", &nb_acl_table, put_acl },
    { "lsp", "nb/logical_switch_port", &nb_logical_switch_port_table,
      put_lsp },
    { "lrp", "nb/logical_router_port", &nb_logical_router_port_table,
      put_lrp },
    { "nat", "nb/nat", &nb_nat_table, put_nat },
};

struct source_read {
    struct trace_db *db;
    const struct source_kind *kind;
    const char *id;
    struct ds *s;
};

static void
on_row(const struct store_kv *kv, void *read_)
{
    struct source_read *read = read_;
    struct schema_row *row = trace_db_parse(read->db, read->kind->table,
                                            read->id, kv);

    if (row) {
        ds_put_cstr(read->s, "   * ");
        read->kind->put(row, read->s);
        ds_put_char(read->s, '\n');
    }
    schema_row_destroy(row);
}

void
detrace_put_source(struct trace_db *db, const char *source, struct ds *s)
{
    const char *colon = strchr(source, ':');
    struct source_read read = { .db = db, .s = s };
    char *key;

    for (size_t i = 0; colon && i < ARRAY_SIZE(source_kinds); i++) {
        if (strlen(source_kinds[i].kind) == (size_t) (colon - source)
            && !strncmp(source, source_kinds[i].kind, colon - source)) {
            read.kind = &source_kinds[i];
        }
    }
    if (!read.kind) {
        if (colon) {
            ds_put_format(s, "   * Source: %s\n", source);
        }
        return;
    }
    read.id = colon + 1;
    key = keys_build(db->prefix, read.kind->area, read.id, NULL);
    if (!db->error) {
        db->error = fetch_keys(db->store, &key, 1, &db->revision, true,
                               on_row, &read, &db->err);
    }
    free(key);
}
