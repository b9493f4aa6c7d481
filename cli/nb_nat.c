/* NAT rules: what lr-nat-add makes and lr-nat-del takes away. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "cli/nb_ip.h"
#include "packets.h"
#include "util.h"

/* What lr-nat-add is told. Strings are normalized and owned, or borrowed. */
struct nat {
    const char *type;
    bool is_snat;
    char *external_ip;          /* Owned. */
    char *logical_ip;           /* Owned. */
    const char *logical_port;   /* NULL: none. */
    const char *external_mac;   /* With logical_port. */
    const char *port_range;     /* NULL: none. */
    const struct row *gateway_port;
    bool is_stateless, adds_route, may_exist;
};

static bool
check_type(struct context *ctx, const char *type)
{
    if (strcmp(type, "snat") && strcmp(type, "dnat")
        && strcmp(type, "dnat_and_snat")) {
        context_error(ctx, "%s: type must be one of \"dnat\", \"snat\" and "
                      "\"dnat_and_snat\".", type);
        return false;
    }
    return true;
}

/* The rules of a router; '*rowsp' is the caller's. */
static size_t
rules_of(struct context *ctx, const struct row *router, struct row ***rowsp)
{
    return model_children(ctx->model, &table_nat, 0, router, rowsp);
}

/* ---- lr-nat-add -------------------------------------------------------- */

static void
parse_addresses(struct context *ctx, struct nat *nat)
{
    const char *logical = ctx->argv[4];
    bool ip6;

    nat->external_ip = ip_normalize_address(ctx->argv[3]);
    if (!nat->external_ip) {
        context_error(ctx, "%s: Not a valid IPv4 or IPv6 address.",
                      ctx->argv[3]);
        return;
    }
    ip6 = ip_is_ip6(nat->external_ip);
    if (nat->is_snat) {
        nat->logical_ip = (ip6 ? ip6_normalize_prefix(logical)
                           : ip4_normalize_prefix(logical));
        if (!nat->logical_ip) {
            context_error(ctx, "%s: should be an %s address or network.",
                          logical, ip6 ? "IPv6" : "IPv4");
        }
        return;
    }
    nat->logical_ip = (ip6 ? ip6_normalize_address(logical)
                       : ip4_normalize_address(logical));
    if (!nat->logical_ip) {
        context_error(ctx, "%s: Not a valid %s address.", logical,
                      ip6 ? "IPv6" : "IPv4");
    }
}

/* "N" or "N-M" with 0 < N < M. */
static bool
is_port_range(const char *text)
{
    int64_t low, high = 65536;
    char *copy = xstrdup(text);
    char *dash = strchr(copy, '-');

    if (dash) {
        *dash++ = '\0';
    }
    bool valid = (nb_parse_integer(copy, 1, 65535, &low)
                  && (!dash || (nb_parse_integer(dash, 1, 65535, &high)
                                && low < high)));
    free(copy);
    return valid;
}

/* [LOGICAL_PORT EXTERNAL_MAC] [EXTERNAL_PORT_RANGE]: argv[5] and on. */
static void
parse_port(struct context *ctx, struct nat *nat)
{
    bool has_range = context_has_option(ctx, "--portrange");
    struct eth_addr mac;

    if (ctx->argc == 6 && has_range) {
        nat->port_range = ctx->argv[5];
    } else if (ctx->argc > 6 && strcmp(nat->type, "dnat_and_snat")) {
        context_error(ctx, "logical_port and external_mac are only valid "
                      "when type is \"dnat_and_snat\".");
    } else if (ctx->argc == 6 || (ctx->argc == 7 && has_range)) {
        context_error(ctx, "lr-nat-add with logical_port must also specify "
                      "external_mac.");
    } else if (ctx->argc > 6) {
        if (nb_port(ctx, ctx->argv[5], true)
                   && !eth_addr_from_string(ctx->argv[6], &mac)) {
            context_error(ctx, "invalid mac address %s.", ctx->argv[6]);
        }
        nat->logical_port = ctx->argv[5];
        nat->external_mac = ctx->argv[6];
        nat->port_range = ctx->argc > 7 ? ctx->argv[7] : NULL;
    }
    if (!ctx->error && nat->port_range && !is_port_range(nat->port_range)) {
        context_error(ctx, "invalid port range %s.", nat->port_range);
    }
}

static void
check_flags(struct context *ctx, struct nat *nat)
{
    nat->is_stateless = context_has_option(ctx, "--stateless");
    nat->adds_route = context_has_option(ctx, "--add-route");
    nat->may_exist = context_has_option(ctx, "--may-exist");
    if (nat->is_stateless && strcmp(nat->type, "dnat_and_snat")) {
        context_error(ctx, "stateless is not applicable to dnat or snat "
                      "types");
    } else if (nat->adds_route && nat->is_snat) {
        context_error(ctx, "routes cannot be added for snat types.");
    }
}

/* A router port that lives on gateway chassis. */
static bool
is_gateway_port(struct context *ctx, const struct row *port)
{
    struct row **rows;
    size_t n = model_children(ctx->model, &table_gateway_chassis, 0, port,
                              &rows);

    free(rows);
    return n || row_has(port, "ha_chassis_group");
}

/* Whether one of the port's networks holds 'ip' (normalized). */
static bool
holds_ip(const struct row *port, const char *ip)
{
    for (size_t i = 0; i < row_n_items(port, "networks"); i++) {
        const char *network = row_item(port, "networks", i);
        const char *slash = strchr(network, '/');
        char *with_length = xasprintf("%s%s", ip, slash ? slash : "");
        char *a = ip_normalize_prefix(with_length);
        char *b = ip_normalize_prefix(network);
        bool same = a && b && !strcmp(a, b);

        free(with_length);
        free(a);
        free(b);
        if (same) {
            return true;
        }
    }
    return false;
}

/* Of several gateway ports one must have the external address in its network:
 * the translator finds it again. With one, no port need be named. */
static void
infer_gateway_port(struct context *ctx, const struct row *router,
                   const struct nat *nat)
{
    struct row **ports;
    size_t n = model_children(ctx->model, &table_logical_router_port, 0,
                              router, &ports);
    size_t n_gateways = 0;
    bool found = false;

    for (size_t i = 0; i < n; i++) {
        if (is_gateway_port(ctx, ports[i])) {
            n_gateways++;
            found |= holds_ip(ports[i], nat->external_ip);
        }
    }
    free(ports);
    if (n_gateways > 1 && !found) {
        context_error(ctx, "logical router: %s has multiple distributed "
                      "gateway ports and gateway_port can not be determined "
                      "from external IP of NAT rule.",
                      view_row_name(router));
    }
}

static void
find_gateway_port(struct context *ctx, const struct row *router,
                  struct nat *nat)
{
    const char *name = context_option(ctx, "--gateway-port");
    const struct row *port;

    if (!name) {
        infer_gateway_port(ctx, router, nat);
        return;
    }
    port = nb_router_port(ctx, name, true);
    if (!port) {
        return;
    } else if (strcmp(row_string(port, "router"), router->id)) {
        context_error(ctx, "%s is not a router port of logical router: %s.",
                      name, ctx->argv[1]);
    } else if (!is_gateway_port(ctx, port)) {
        context_error(ctx, "%s is not a distributed gateway router port.",
                      name);
    } else {
        nat->gateway_port = port;
    }
}

static void
set_port(struct row *row, const struct nat *nat)
{
    row_set_string(row, "logical_port", nat->logical_port);
    row_set_string(row, "external_mac", nat->external_mac);
}

/* A rule that is there and has the same type, gateway port and one of the
 * addresses. Returns true if nothing is to be added. */
static bool
check_same_type(struct context *ctx, struct row *row, const struct nat *nat)
{
    char *external = ip_normalize_address(row_string(row, "external_ip"));
    char *logical = ip_normalize_prefix(row_string(row, "logical_ip"));
    bool same_external = external && !strcmp(external, nat->external_ip);
    bool same_logical = logical && !strcmp(logical, nat->logical_ip);
    bool done = false;

    free(external);
    free(logical);
    if (strcmp(row_string(row, "gateway_port"),
               nat->gateway_port ? nat->gateway_port->id : "")
        || !(nat->is_snat ? same_logical : same_external)) {
        return false;
    }
    if (!(nat->is_snat ? same_external : same_logical)) {
        context_error(ctx, "a NAT with this type (%s), %s (%s) already "
                      "exists", nat->type,
                      nat->is_snat ? "logical_ip" : "external_ip",
                      nat->is_snat ? nat->logical_ip : nat->external_ip);
    } else if (nat->may_exist) {
        set_port(row, nat);
        done = true;
    } else {
        context_error(ctx, "%s, %s: a NAT with this external_ip and "
                      "logical_ip already exists", nat->external_ip,
                      nat->logical_ip);
    }
    return done;
}

static bool
is_row_stateless(const struct row *row)
{
    const char *stateless = row_map_get(row, "options", "stateless");

    return stateless && !strcmp(stateless, "true");
}

/* Whether a rule is to be added beside those there. */
static bool
check_others(struct context *ctx, const struct row *router,
             const struct nat *nat)
{
    struct row **rows;
    size_t n = rules_of(ctx, router, &rows);
    bool done = false;

    for (size_t i = 0; i < n && !done && !ctx->error; i++) {
        const char *type = row_string(rows[i], "type");

        if (!nat->may_exist
            && (!strcmp(type, "dnat_and_snat")
                || !strcmp(nat->type, "dnat_and_snat"))
            && !strcmp(row_string(rows[i], "external_ip"), nat->external_ip)
            && (is_row_stateless(rows[i]) || nat->is_stateless)) {
            context_error(ctx, "%s, %s: External ip cannot be shared across "
                          "stateless and stateful NATs", nat->external_ip,
                          nat->logical_ip);
        } else if (!strcmp(type, nat->type)) {
            done = check_same_type(ctx, rows[i], nat);
        }
    }
    free(rows);
    return !done && !ctx->error;
}

static void
create_rule(struct context *ctx, const struct row *router,
            const struct nat *nat)
{
    struct row *row = nb_create(ctx, &view_nat, NULL);

    row_set_string(row, "router", router->id);
    row_set_string(row, "type", nat->type);
    row_set_string(row, "external_ip", nat->external_ip);
    row_set_string(row, "logical_ip", nat->logical_ip);
    set_port(row, nat);
    row_set_string(row, "external_port_range", nat->port_range);
    row_map_set(row, "options", "stateless",
                nat->is_stateless ? "true" : "false");
    if (nat->adds_route) {
        row_map_set(row, "options", "add_route", "true");
    }
    row_set_string(row, "gateway_port",
                   nat->gateway_port ? nat->gateway_port->id : NULL);
}

static void
run_lr_nat_add(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct nat nat = { .type = ctx->argv[2] };

    if (!router || !check_type(ctx, nat.type)) {
        return;
    }
    nat.is_snat = !strcmp(nat.type, "snat");
    parse_addresses(ctx, &nat);
    if (!ctx->error) {
        parse_port(ctx, &nat);
    }
    if (!ctx->error) {
        check_flags(ctx, &nat);
    }
    if (!ctx->error) {
        find_gateway_port(ctx, router, &nat);
    }
    if (!ctx->error && check_others(ctx, router, &nat)) {
        create_rule(ctx, router, &nat);
    }
    free(nat.external_ip);
    free(nat.logical_ip);
}

/* ---- lr-nat-del -------------------------------------------------------- */

/* Which rules lr-nat-del takes. */
struct filter {
    const char *type;
    char *ip;                   /* Owned; NULL: any. */
    const struct row *gateway_port;     /* NULL: any. */
};

static bool
is_wanted(const struct row *row, const struct filter *filter)
{
    bool is_snat = !strcmp(row_string(row, "type"), "snat");
    bool same_ip = true;

    if (strcmp(row_string(row, "type"), filter->type)
        || (filter->gateway_port
            && strcmp(row_string(row, "gateway_port"),
                      filter->gateway_port->id))) {
        return false;
    }
    if (filter->ip) {
        char *ip = ip_normalize_prefix(row_string(row, is_snat
                                                  ? "logical_ip"
                                                  : "external_ip"));
        same_ip = ip && !strcmp(ip, filter->ip);
        free(ip);
    }
    return same_ip;
}

/* Reads argv[3] and argv[4]: an address, a gateway port, or both. */
static void
parse_filter(struct context *ctx, struct filter *filter)
{
    if (ctx->argc < 4) {
        return;
    }
    filter->ip = ip_normalize_prefix(ctx->argv[3]);
    if (ctx->argc == 4 && !filter->ip) {
        filter->gateway_port = nb_router_port(ctx, ctx->argv[3], true);
    } else if (!filter->ip) {
        context_error(ctx, "%s: Invalid IP address or CIDR", ctx->argv[3]);
    } else if (ctx->argc > 4) {
        filter->gateway_port = nb_router_port(ctx, ctx->argv[4], true);
    }
}

static void
run_lr_nat_del(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct filter filter = { .type = ctx->argc > 2 ? ctx->argv[2] : NULL };
    struct row **rows;
    size_t n_removed = 0;

    if (!router || (filter.type && !check_type(ctx, filter.type))) {
        return;
    }
    parse_filter(ctx, &filter);

    size_t n = ctx->error ? 0 : rules_of(ctx, router, &rows);
    for (size_t i = 0; i < n; i++) {
        if (!filter.type || is_wanted(rows[i], &filter)) {
            model_delete(rows[i]);
            n_removed++;
        }
    }
    if (!ctx->error) {
        free(rows);
    }
    if (!ctx->error && !n_removed && filter.ip && filter.gateway_port
        && !context_has_option(ctx, "--if-exists")) {
        context_error(ctx, "no matching NAT with the type (%s), %s (%s) and "
                      "gateway_port (%s)", filter.type,
                      strcmp(filter.type, "snat") ? "external_ip"
                      : "logical_ip", filter.ip, filter.gateway_port->id);
    }
    free(filter.ip);
}

/* ---- The rest ---------------------------------------------------------- */

static int
compare_rules(const void *a_, const void *b_)
{
    static const char *const columns[] = { "type", "gateway_port",
                                           "external_ip", "logical_ip" };
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int cmp = 0;

    for (size_t i = 0; !cmp && i < ARRAY_SIZE(columns); i++) {
        cmp = strcmp(row_string(*a, columns[i]), row_string(*b, columns[i]));
    }
    return cmp;
}

static void
run_lr_nat_list(struct context *ctx)
{
    static const char format[]
        = "%-17.13s%-22.18s%-19.15s%-17.13s%-20.16s%-21.17s%s\n";
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct row **rows;

    if (!router) {
        return;
    }

    size_t n = rules_of(ctx, router, &rows);
    if (n) {
        qsort(rows, n, sizeof *rows, compare_rules);
        ds_put_format(&ctx->output, format, "TYPE", "GATEWAY_PORT",
                      "EXTERNAL_IP", "EXTERNAL_PORT", "LOGICAL_IP",
                      "EXTERNAL_MAC", "LOGICAL_PORT");
    }
    for (size_t i = 0; i < n; i++) {
        const struct row *row = rows[i];

        ds_put_format(&ctx->output, "%-17.13s%-22.18s%-19.15s%-17.13s",
                      row_string(row, "type"),
                      row_string(row, "gateway_port"),
                      row_string(row, "external_ip"),
                      row_string(row, "external_port_range"));
        if (row_has(row, "external_mac") && row_has(row, "logical_port")) {
            ds_put_format(&ctx->output, "%-20.16s%-21.17s%s\n",
                          row_string(row, "logical_ip"),
                          row_string(row, "external_mac"),
                          row_string(row, "logical_port"));
        } else {
            ds_put_format(&ctx->output, "%s\n",
                          row_string(row, "logical_ip"));
        }
    }
    free(rows);
}

/* The rule of the type and address in argv[2] and argv[3], or NULL. */
static struct row *
find_rule(struct context *ctx, const struct row *router, const char *ip)
{
    struct filter filter = { .type = ctx->argv[2],
                             .ip = CONST_CAST(char *, ip) };
    struct row *found = NULL;
    struct row **rows;
    size_t n = rules_of(ctx, router, &rows);

    for (size_t i = 0; i < n && !found; i++) {
        if (is_wanted(rows[i], &filter)) {
            found = rows[i];
        }
    }
    free(rows);
    return found;
}

static void
run_lr_nat_update_ext_ip(struct context *ctx)
{
    bool is_exempted = context_has_option(ctx, "--is-exempted");
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    const struct row *set;
    struct row *rule;

    if (!router || !check_type(ctx, ctx->argv[2])) {
        return;
    }
    set = nb_find(ctx, &view_address_set, ctx->argv[4], false, "Address Set",
                  "Address Sets");
    if (!set) {
        context_error(ctx, "%s: Address Set %s not found", ctx->argv[4],
                      "name");
        return;
    }

    char *ip = ip_normalize_prefix(ctx->argv[3]);
    if (!ip) {
        context_error(ctx, "%s: Invalid IP address or CIDR", ctx->argv[3]);
        return;
    }
    rule = find_rule(ctx, router, ip);
    if (!rule) {
        context_error(ctx, "%s: Could not locate nat rule for: %s.",
                      ctx->argv[2], ctx->argv[3]);
    } else {
        row_set_string(rule, is_exempted ? "exempted_ext_ips"
                       : "allowed_ext_ips", set->id);
    }
    free(ip);
}

static const struct command commands[] = {
    { "lr-nat-add", 4, 7, "ROUTER TYPE EXTERNAL_IP LOGICAL_IP "
      "[LOGICAL_PORT EXTERNAL_MAC] [EXTERNAL_PORT_RANGE]", run_lr_nat_add,
      "--may-exist,--stateless,--portrange,--add-route,--gateway-port=",
      true, "1:logical_router 5:logical_switch_port" },
    { "lr-nat-del", 1, 4, "ROUTER [TYPE [IP] [GATEWAY_PORT]]",
      run_lr_nat_del, "--if-exists", true, "1:logical_router" },
    { "lr-nat-list", 1, 1, "ROUTER", run_lr_nat_list, "", false,
      "1:logical_router" },
    { "lr-nat-update-ext-ip", 4, 4, "ROUTER TYPE IP ADDRESS_SET",
      run_lr_nat_update_ext_ip, "--is-exempted", true,
      "1:logical_router 4:address_set" },
};

const struct command_group nb_nat_commands = COMMAND_GROUP("NAT", commands);
