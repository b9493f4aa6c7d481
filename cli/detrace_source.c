/* The northbound row that a bundle of logical flows was made of, in
 * ovn-detrace's words: its columns are those of OVN's view, printed as Python
 * prints them. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/detrace.h"
#include "cli/model.h"
#include "cli/row.h"
#include "cli/view.h"
#include "packets.h"
#include "store/store.h"
#include "util.h"

/* ---- Values ------------------------------------------------------------ */

static void
put_atom(const union atom *atom, const struct atom_base *base, bool quoted,
         struct ds *s)
{
    if (base->type == ATOM_BOOLEAN) {
        ds_put_cstr(s, atom->boolean ? "True" : "False");
    } else if (base->type == ATOM_STRING && quoted) {
        ds_put_format(s, "'%s'", atom->string);
    } else if (base->type == ATOM_STRING) {
        ds_put_cstr(s, atom->string);
    } else {
        atom_to_text(atom, base->type, s);
    }
}

/* 'x', ['x', 'y'], {'x': 'y'}. */
static void
put_datum(const struct datum *datum, const struct datum_type *type,
          struct ds *s)
{
    bool is_map = datum_type_is_map(type);
    bool is_scalar = !is_map && type->n_min == 1 && type->n_max == 1;

    ds_put_cstr(s, is_scalar ? "" : is_map ? "{" : "[");
    for (size_t i = 0; i < datum->n; i++) {
        ds_put_cstr(s, i ? ", " : "");
        put_atom(&datum->keys[i], &type->key, !is_scalar, s);
        if (is_map) {
            ds_put_cstr(s, ": ");
            put_atom(&datum->values[i], &type->value, true, s);
        }
    }
    ds_put_cstr(s, is_scalar ? "" : is_map ? "}" : "]");
}

static void
put_column(struct row *row, const struct view_table *table, const char *name,
           struct ds *s)
{
    const struct view_column *column = view_column(table, name);
    struct datum datum = DATUM_INIT;

    view_get(row, column, &datum);
    put_datum(&datum, &column->type, s);
    datum_destroy(&datum, &column->type);
}

/* ---- Rows -------------------------------------------------------------- */

/* Bundles' kinds, as the translator names them, with the table of the row and
 * what is said of it: {COLUMN} is a column's value. */
static const struct source_kind {
    const char *kind;
    const char *table;
    const char *text;
} source_kinds[] = {
    { "acl", "ACL",
      "ACL: {direction}, priority={priority}, match=({match}), {action}" },
    { "dhcp_options", "DHCP_Options",
      "DHCP Options: cidr {cidr} options ({options})" },
    { "forwarding_group", "Forwarding_Group",
      "Forwarding Group: name {name} vip {vip} vmac {vmac} liveness "
      "{liveness} child ports ({child_port})" },
    { "lsp", "Logical_Switch_Port",
      "Logical Switch Port: {name} type {type} (addresses {addresses}, "
      "dynamic addresses {dynamic_addresses}, security {port_security})" },
    { "lrp", "Logical_Router_Port",
      "Logical Router Port: {name} mac {mac} networks {networks} "
      "ipv6_ra_configs {ipv6_ra_configs}" },
    { "policy", "Logical_Router_Policy",
      "Logical Router Policy: priority {priority} match {match} action "
      "{action} nexthop {nexthop}" },
    { "lb", "Load_Balancer",
      "Load Balancer: {name} protocol {protocol} vips {vips} "
      "ip_port_mappings {ip_port_mappings}" },
    { "nat", "NAT",
      "NAT: external IP {external_ip} external_mac {external_mac} "
      "logical_ip {logical_ip} logical_port {logical_port} type {type}" },
    { "route", "Logical_Router_Static_Route",
      "Route: {ip_prefix} via {nexthop} (port {output_port}), "
      "policy={policy}" },
    { "qos", "QoS",
      "QoS: priority {priority} direction {direction} match {match} action "
      "{action} bandwidth {bandwidth}" },
};

static const struct source_kind *
find_kind(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(source_kinds); i++) {
        if (!strcmp(source_kinds[i].kind, name)) {
            return &source_kinds[i];
        }
    }
    return NULL;
}

static void
put_row(struct row *row, const struct source_kind *kind, struct ds *s)
{
    const struct view_table *table = view_table(&nb_view, kind->table);
    const char *p = kind->text;

    ds_put_cstr(s, "   * ");
    while (*p) {
        size_t n = strcspn(p, "{");

        ds_put_buffer(s, p, n);
        p += n;
        if (*p) {
            char *name = xmemdup0(p + 1, strcspn(p, "}") - 1);

            put_column(row, table, name, s);
            p += strlen(name) + 2;
            free(name);
        }
    }
    if (!strcmp(kind->kind, "acl") && row_boolean(row, "log", false)) {
        ds_put_cstr(s, " (log)");
    }
    ds_put_char(s, '\n');
}

/* False if there is no such row. */
static bool
put_row_by_id(struct model *model, const struct source_kind *kind,
              const char *id, struct ds *s)
{
    const struct view_table *table = view_table(&nb_view, kind->table);
    struct row *row = model_get(model, table->table, id);

    if (row) {
        put_row(row, kind, s);
    }
    return row != NULL;
}

/* ---- Routes ------------------------------------------------------------ */

/* "10.1.2.3/8" is "10.0.0.0/8". The caller frees it. */
static char *
network_of(const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct in6_addr ip6;
    unsigned int plen;
    ovs_be32 ip4;
    char *error = ip_parse_cidr(text, &ip4, &plen);

    if (!error) {
        ip4 &= be32_prefix_mask(plen);
        ds_put_format(&s, IP_FMT"/%u", IP_ARGS(ip4), plen);
        return ds_steal_cstr(&s);
    }
    free(error);
    error = ipv6_parse_cidr(text, &ip6, &plen);
    if (!error) {
        struct in6_addr mask = ipv6_create_mask(plen);

        ip6 = ipv6_addr_bitand(&ip6, &mask);
        ipv6_format_addr(&ip6, &s);
        ds_put_format(&s, "/%u", plen);
    }
    free(error);
    return ds_steal_cstr(&s);
}

/* Those of a group of routes, "ROUTER:dst TABLE PREFIX". */
static void
put_routes(struct model *model, const char *router_id, const char *group,
           struct ds *s)
{
    size_t n_id = strlen(router_id);
    const struct source_kind *kind = find_kind("route");
    const struct table *routes = view_table(&nb_view, kind->table)->table;
    bool is_its = !strncmp(group, router_id, n_id) && group[n_id] == ':';
    struct row *router = model_get(model, view_table(
        &nb_view, "Logical_Router")->table, router_id);
    struct row **rows = NULL;
    size_t n = (router && is_its
                ? model_children(model, routes, 0, router, &rows) : 0);

    for (size_t i = 0; i < n; i++) {
        char *network = network_of(row_string(rows[i], "ip_prefix"));
        char *its_group = xasprintf(
            "%s %s %s",
            strcmp(row_string(rows[i], "policy"), "src-ip") ? "dst" : "src",
            row_string(rows[i], "route_table"), network);

        if (!strcmp(its_group, group + n_id + 1)) {
            put_row(rows[i], kind, s);
        }
        free(its_group);
        free(network);
    }
    free(rows);
}

/* ---- Sources ----------------------------------------------------------- */

/* A port's DHCP flows are made of its options. */
static bool
put_dhcp(struct model *model, const struct trace_flow *flow, const char *lsp,
         struct ds *s)
{
    bool is_dhcp = (flow->stage->id == STAGE_LS_IN_DHCP_OPTIONS
                    || flow->stage->id == STAGE_LS_IN_DHCP_RESPONSE);
    struct row *port;
    const char *id;

    if (!is_dhcp) {
        return false;
    }
    port = model_get(model, view_table(&nb_view,
                                       "Logical_Switch_Port")->table, lsp);
    id = port ? row_string(port, strstr(flow->match, "udp.dst == 547")
                           ? "dhcpv6_options" : "dhcpv4_options") : "";
    return *id && put_row_by_id(model, find_kind("dhcp_options"), id, s);
}

static void
put_source(struct model *model, const struct trace_flow *flow,
           const char *name, const char *id, struct ds *s)
{
    const struct source_kind *kind = find_kind(name);

    if (kind) {
        if (strcmp(name, "lsp") || !put_dhcp(model, flow, id, s)) {
            put_row_by_id(model, kind, id, s);
        }
    } else {
        ds_put_format(s, "   * Source: %s\n", flow->source);
    }
}

void
detrace_put_source(struct trace_dp *dp, const struct trace_flow *flow,
                   struct ds *s)
{
    const char *colon = strchr(flow->source, ':');
    struct trace_db *db = dp->db;
    struct model *model;
    char *name;

    if (!colon || db->error) {
        return;
    }
    model = model_create(db->store, db->prefix, db->revision);
    name = xmemdup0(flow->source, colon - flow->source);
    if (!strcmp(name, "routes") && !dp->is_switch) {
        size_t before = s->length;

        put_routes(model, strchr(dp->id, ':') + 1, colon + 1, s);
        if (s->length == before) {
            ds_put_format(s, "   * Source: %s\n", flow->source);
        }
    } else {
        put_source(model, flow, name, colon + 1, s);
    }
    free(name);

    char *message = NULL;
    int error = model_error(model, &message);
    if (error) {
        db->error = err_put(&db->err, error, NULL, "%s",
                            message ? message : err_text(error));
    }
    model_destroy(model);
}
