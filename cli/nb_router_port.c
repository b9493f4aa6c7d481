/* Ports of logical routers, and the chassis that may be their gateways. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/db.h"
#include "cli/nb.h"
#include "packets.h"
#include "sset.h"
#include "util.h"
#include "uuid.h"

/* ---- lrp-add ----------------------------------------------------------- */

/* "IP/N" with the IP spelled as usual and the host bits kept; the caller's, or
 * NULL. */
static char *
normalize_network(const char *text)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    unsigned int length;
    struct in6_addr ip6;
    ovs_be32 ip;
    char *error = ip_parse_cidr(text, &ip, &length);

    if (!error) {
        return xasprintf(IP_FMT"/%u", IP_ARGS(ip), length);
    }
    free(error);
    error = ipv6_parse_cidr(text, &ip6, &length);
    if (!error) {
        ipv6_format_addr(&ip6, &s);
        ds_put_format(&s, "/%u", length);
        return ds_steal_cstr(&s);
    }
    free(error);
    return NULL;
}

/* What lrp-add is told: networks, then settings from 'first_setting' on. */
struct wanted {
    struct eth_addr mac;
    struct sset networks;       /* Normalized. */
    int first_setting;
    const char *peer;           /* Of a setting "peer=...", or NULL. */
};

static void
parse_wanted(struct context *ctx, struct wanted *wanted)
{
    int i = 4;

    while (i < ctx->argc && !strchr(ctx->argv[i], '=')) {
        i++;
    }
    wanted->first_setting = i;
    if (i == 4) {
        context_error(ctx, "%s: router port requires specifying a network",
                      ctx->argv[2]);
        return;
    }
    if (!eth_addr_from_string(ctx->argv[3], &wanted->mac)) {
        context_error(ctx, "%s: invalid mac address %s", ctx->argv[2],
                      ctx->argv[3]);
        return;
    }
    for (; i < ctx->argc; i++) {
        if (!strncmp(ctx->argv[i], "peer=", 5)) {
            wanted->peer = ctx->argv[i] + 5;
        }
    }
}

static bool
parse_networks(struct context *ctx, struct wanted *wanted)
{
    for (int i = 4; i < wanted->first_setting; i++) {
        char *network = normalize_network(ctx->argv[i]);

        if (!network) {
            context_error(ctx, "%s: invalid network address: %s",
                          ctx->argv[2], ctx->argv[i]);
            return false;
        }
        sset_add_and_free(&wanted->networks, network);
    }
    return true;
}

static bool
has_networks(const struct row *port, const struct sset *networks)
{
    struct sset have = SSET_INITIALIZER(&have);

    for (size_t i = 0; i < row_n_items(port, "networks"); i++) {
        char *network = normalize_network(row_item(port, "networks", i));

        if (network) {
            sset_add_and_free(&have, network);
        }
    }
    bool same = sset_equals(&have, networks);
    sset_destroy(&have);
    return same;
}

/* The port is there: fine if it is what lrp-add would have made. */
static void
check_existing(struct context *ctx, const struct row *port,
               const struct row *router, struct wanted *wanted)
{
    const char *name = ctx->argv[2];
    const char *peer = row_string(port, "peer");
    struct eth_addr mac;

    if (!context_has_option(ctx, "--may-exist")) {
        context_error(ctx, "%s: a port with this name already exists", name);
    } else if (strcmp(row_string(port, "router"), router->id)) {
        const struct row *other = nb_parent(port, &table_logical_router,
                                            "router");

        context_error(ctx, "%s: port already exists but in router %s", name,
                      other ? view_row_name(other) : "?");
    } else if (!eth_addr_from_string(row_string(port, "mac"), &mac)
               || !eth_addr_equals(mac, wanted->mac)) {
        context_error(ctx, "%s: port already exists with mac %s", name,
                      row_string(port, "mac"));
    } else if (parse_networks(ctx, wanted)
               && !has_networks(port, &wanted->networks)) {
        context_error(ctx, "%s: port already exists with different network",
                      name);
    } else if (!ctx->error
               && strcmp(peer, wanted->peer ? wanted->peer : "")) {
        context_error(ctx, "%s: port already exists with mismatching peer",
                      name);
    }
}

static void
create_port(struct context *ctx, const struct row *router,
            const struct wanted *wanted)
{
    struct row *port = nb_create(ctx, &view_logical_router_port,
                                 ctx->argv[2]);

    row_set_string(port, "router", router->id);
    row_set_string(port, "mac", ctx->argv[3]);
    for (int i = 4; i < wanted->first_setting; i++) {
        const char *text = ctx->argv[i];
        /* An address alone is a network of one. */
        char *network = (strchr(text, '/') ? xstrdup(text)
                         : normalize_network(text));

        row_add_item(port, "networks", network);
        free(network);
    }
    for (int i = wanted->first_setting; i < ctx->argc && !ctx->error; i++) {
        db_set_column(ctx, &view_logical_router_port, port, ctx->argv[i]);
    }
}

static void
run_lrp_add(struct context *ctx)
{
    struct wanted wanted = { .networks = SSET_INITIALIZER(&wanted.networks) };
    struct row *router = nb_router(ctx, ctx->argv[1], true);

    if (router) {
        parse_wanted(ctx, &wanted);
    }
    if (!ctx->error) {
        struct row *port = nb_router_port(ctx, ctx->argv[2], false);

        if (port) {
            check_existing(ctx, port, router, &wanted);
        } else if (!ctx->error && parse_networks(ctx, &wanted)) {
            create_port(ctx, router, &wanted);
        }
    }
    sset_destroy(&wanted.networks);
}

static void
run_lrp_del(struct context *ctx)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    struct row *port = nb_router_port(ctx, ctx->argv[1], must_exist);

    if (port) {
        view_delete(ctx->view, port);
    }
}

static void
run_lrp_list(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct row **ports;

    if (router) {
        size_t n = model_children(ctx->model, &table_logical_router_port, 0,
                                  router, &ports);

        nb_print_names(ctx, ports, n);
        free(ports);
    }
}

/* ---- Columns ----------------------------------------------------------- */

static struct row *
port_argument(struct context *ctx)
{
    return nb_router_port(ctx, ctx->argv[1], true);
}

static void
run_lrp_set_enabled(struct context *ctx)
{
    struct row *port = port_argument(ctx);
    bool enabled;

    if (port && nb_parse_state(ctx, ctx->argv[2], &enabled)) {
        row_set_boolean(port, "enabled", enabled);
    }
}

static void
run_lrp_get_enabled(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (port) {
        ds_put_format(&ctx->output, "%s\n",
                      row_boolean(port, "enabled", true) ? "enabled"
                      : "disabled");
    }
}

static void
run_lrp_set_options(struct context *ctx)
{
    struct row *port = port_argument(ctx);

    if (port) {
        nb_set_map(ctx, port, "options", 2);
    }
}

static void
run_lrp_set_redirect_type(struct context *ctx)
{
    struct row *port = port_argument(ctx);

    if (!port) {
        return;
    } else if (strcasecmp(ctx->argv[2], "bridged")
               && strcasecmp(ctx->argv[2], "overlay")) {
        context_error(ctx, "Invalid redirect type: %s", ctx->argv[2]);
        return;
    }
    row_map_set(port, "options", "redirect-type", ctx->argv[2]);
}

static void
run_lrp_get_redirect_type(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (port) {
        const char *type = row_map_get(port, "options", "redirect-type");

        ds_put_format(&ctx->output, "%s\n", type ? type : "overlay");
    }
}

/* ---- Gateway chassis --------------------------------------------------- */

static void
run_lrp_set_gateway_chassis(struct context *ctx)
{
    struct row *port = port_argument(ctx);
    int64_t priority = 0;

    if (!port || (ctx->argc > 3 && !nb_parse_priority(ctx, ctx->argv[3],
                                                      &priority))) {
        return;
    }

    char *name = xasprintf("%s-%s", port->id, ctx->argv[2]);
    struct row *gc = model_get(ctx->model, &table_gateway_chassis, name);
    if (!gc) {
        gc = nb_create(ctx, &view_gateway_chassis, name);
        row_set_string(gc, "router_port", port->id);
        row_set_string(gc, "chassis_name", ctx->argv[2]);
    }
    row_set_integer(gc, "priority", priority);
    free(name);
}

/* The gateway chassis of a port, the best first; '*rowsp' is the caller's. */
static int
compare_priorities(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int64_t pa = row_integer(*a, "priority", 0);
    int64_t pb = row_integer(*b, "priority", 0);

    return pa != pb ? (pa > pb ? -1 : 1) : strcmp((*a)->id, (*b)->id);
}

static size_t
gateways_of(struct context *ctx, const struct row *port, struct row ***rowsp)
{
    size_t n = model_children(ctx->model, &table_gateway_chassis, 0, port,
                              rowsp);

    if (n) {
        qsort(*rowsp, n, sizeof **rowsp, compare_priorities);
    }
    return n;
}

static void
run_lrp_del_gateway_chassis(struct context *ctx)
{
    struct row *port = port_argument(ctx);
    struct row **rows;
    bool found = false;

    if (!port) {
        return;
    }

    size_t n = gateways_of(ctx, port, &rows);
    for (size_t i = 0; i < n && !found; i++) {
        if (!strcmp(row_string(rows[i], "chassis_name"), ctx->argv[2])) {
            model_delete(rows[i]);
            found = true;
        }
    }
    free(rows);
    if (!found) {
        context_error(ctx, "chassis %s is not added to logical port %s",
                      ctx->argv[2], ctx->argv[1]);
    }
}

static void
run_lrp_get_gateway_chassis(struct context *ctx)
{
    struct row *port = port_argument(ctx);
    struct row **rows;

    if (port) {
        size_t n = gateways_of(ctx, port, &rows);

        for (size_t i = 0; i < n; i++) {
            ds_put_format(&ctx->output, "%s %5"PRId64"\n", rows[i]->id,
                          row_integer(rows[i], "priority", 0));
        }
        free(rows);
    }
}

static const struct command commands[] = {
    { "lrp-add", 4, INT_MAX,
      "ROUTER PORT MAC NETWORK... [COLUMN[:KEY]=VALUE]...", run_lrp_add,
      "--may-exist", true, "1:logical_router 2:logical_router_port" },
    { "lrp-del", 1, 1, "PORT", run_lrp_del, "--if-exists", true,
      "1:logical_router_port" },
    { "lrp-list", 1, 1, "ROUTER", run_lrp_list, "", false,
      "1:logical_router" },
    { "lrp-set-enabled", 2, 2, "PORT STATE", run_lrp_set_enabled, "", true,
      "1:logical_router_port" },
    { "lrp-get-enabled", 1, 1, "PORT", run_lrp_get_enabled, "", false,
      "1:logical_router_port" },
    { "lrp-set-options", 1, INT_MAX, "PORT KEY=VALUE [KEY=VALUE]...",
      run_lrp_set_options, "", true, "1:logical_router_port" },
    { "lrp-set-redirect-type", 2, 2, "PORT TYPE", run_lrp_set_redirect_type,
      "", true, "1:logical_router_port" },
    { "lrp-get-redirect-type", 1, 1, "PORT", run_lrp_get_redirect_type, "",
      false, "1:logical_router_port" },
    { "lrp-set-gateway-chassis", 2, 3, "PORT CHASSIS [PRIORITY]",
      run_lrp_set_gateway_chassis, "--may-exist", true,
      "1:logical_router_port" },
    { "lrp-del-gateway-chassis", 2, 2, "PORT CHASSIS",
      run_lrp_del_gateway_chassis, "", true, "1:logical_router_port" },
    { "lrp-get-gateway-chassis", 1, 1, "PORT", run_lrp_get_gateway_chassis,
      "", false, "1:logical_router_port" },
};

const struct command_group nb_router_port_commands
    = COMMAND_GROUP("Logical router port", commands);
