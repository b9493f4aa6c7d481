/* Static MAC bindings of router ports. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "cli/nb_ip.h"
#include "packets.h"
#include "util.h"

/* The binding of argv[1] and 'ip', or NULL. */
static struct row *
find_binding(struct context *ctx, const char *ip)
{
    struct row *found = NULL;
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_static_mac_binding, &rows);

    for (size_t i = 0; i < n && !found; i++) {
        if (!strcmp(row_string(rows[i], "logical_port"), ctx->argv[1])
            && !strcmp(row_string(rows[i], "ip"), ip)) {
            found = rows[i];
        }
    }
    free(rows);
    return found;
}

static void
add_binding(struct context *ctx, const char *ip)
{
    struct row *row = find_binding(ctx, ip);
    struct eth_addr mac;

    if (!eth_addr_from_string(ctx->argv[3], &mac)) {
        context_error(ctx, "invalid mac address %s.", ctx->argv[3]);
        return;
    }
    if (row && !context_has_option(ctx, "--may-exist")) {
        context_error(ctx, "%s, %s: a Static_MAC_Binding with this "
                      "logical_port and ip already exists", ctx->argv[1],
                      ip);
        return;
    }
    if (!row) {
        row = nb_create(ctx, &view_static_mac_binding, NULL);
        row_set_string(row, "logical_port", ctx->argv[1]);
        row_set_string(row, "ip", ip);
    }
    row_set_string(row, "mac", ctx->argv[3]);
}

static void
run_add(struct context *ctx)
{
    const struct row *port = nb_router_port(ctx, ctx->argv[1], true);
    char *ip = port ? ip_normalize_address(ctx->argv[2]) : NULL;

    if (ip) {
        add_binding(ctx, ip);
    } else if (port) {
        context_error(ctx, "%s: Not a valid IPv4 or IPv6 address.",
                      ctx->argv[2]);
    }
    free(ip);
}

static void
run_del(struct context *ctx)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    const struct row *port = nb_router_port(ctx, ctx->argv[1], true);
    char *ip = port ? ip_normalize_address(ctx->argv[2]) : NULL;

    if (ip) {
        struct row *row = find_binding(ctx, ip);

        if (row) {
            model_delete(row);
        } else if (must_exist) {
            context_error(ctx, "no matching Static_MAC_Binding with port %s "
                          "and ip %s", ctx->argv[1], ip);
        }
    } else if (port) {
        context_error(ctx, "%s: Not a valid IPv4 or IPv6 address.",
                      ctx->argv[2]);
    }
    free(ip);
}

static int
compare_bindings(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int cmp = strcmp(row_string(*a, "logical_port"),
                     row_string(*b, "logical_port"));

    return cmp ? cmp : strcmp(row_string(*a, "ip"), row_string(*b, "ip"));
}

static void
run_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_static_mac_binding, &rows);

    if (n) {
        qsort(rows, n, sizeof *rows, compare_bindings);
        ds_put_format(&ctx->output, "%-25s%-25s%s\n", "LOGICAL_PORT", "IP",
                      "MAC");
    }
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "%-25s%-25s%s\n",
                      row_string(rows[i], "logical_port"),
                      row_string(rows[i], "ip"), row_string(rows[i], "mac"));
    }
    free(rows);
}

static const struct command commands[] = {
    { "static-mac-binding-add", 3, 3, "LOGICAL_PORT IP MAC", run_add,
      "--may-exist", true, "1:logical_router_port" },
    { "static-mac-binding-del", 2, 2, "LOGICAL_PORT IP", run_del,
      "--if-exists", true, "1:logical_router_port" },
    { "static-mac-binding-list", 0, 0, "", run_list, "", false, NULL },
};

const struct command_group nb_mac_binding_commands
    = COMMAND_GROUP("Static MAC binding", commands);
