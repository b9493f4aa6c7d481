/* Forwarding groups. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "cli/nb_ip.h"
#include "packets.h"
#include "util.h"

/* Each port must be on the switch. */
static void
check_ports(struct context *ctx, const struct row *ls)
{
    for (int i = 5; i < ctx->argc && !ctx->error; i++) {
        const struct row *port = model_get(ctx->model,
                                           &table_logical_switch_port,
                                           ctx->argv[i]);
        if (!port) {
            context_error(ctx, "%s: logical switch port does not exist",
                          ctx->argv[i]);
        } else if (strcmp(row_string(port, "switch"), ls->id)) {
            const struct row *other = nb_parent(port, &table_logical_switch,
                                                "switch");

            context_error(ctx, "%s: port already exists but in logical "
                          "switch %s", ctx->argv[i],
                          other ? view_row_name(other) : "?");
        }
    }
}

static void
run_add(struct context *ctx)
{
    const char *name = ctx->argv[1];
    struct row *ls = nb_switch(ctx, ctx->argv[2], true);
    struct eth_addr mac;
    bool multiple = false;

    if (ctx->argc <= 5) {
        context_error(ctx, "Usage : ovn-nbctl fwd-group-add group switch vip "
                      "vmac child_ports...");
        return;
    } else if (!ls) {
        return;
    } else if (view_has_name(ctx->model, &view_forwarding_group, name,
                             &multiple)) {
        context_error(ctx, "%s: a forwarding group by this name already "
                      "exists", name);
        return;
    }

    char *vip = ip_normalize_address(ctx->argv[3]);
    if (!vip) {
        context_error(ctx, "invalid ip address %s", ctx->argv[3]);
        return;
    }
    if (!eth_addr_from_string(ctx->argv[4], &mac)) {
        context_error(ctx, "invalid mac address %s", ctx->argv[4]);
    } else {
        check_ports(ctx, ls);
    }
    if (!ctx->error) {
        struct row *group = nb_create(ctx, &view_forwarding_group, name);

        row_set_string(group, "switch", ls->id);
        row_set_string(group, "vip", ctx->argv[3]);
        row_set_string(group, "vmac", ctx->argv[4]);
        for (int i = 5; i < ctx->argc; i++) {
            row_add_item(group, "child_port", ctx->argv[i]);
        }
        if (context_has_option(ctx, "--liveness")) {
            row_set_boolean(group, "liveness", true);
        }
    }
    free(vip);
}

static void
run_del(struct context *ctx)
{
    bool multiple = false;
    struct row *group = view_lookup(ctx->model, &view_forwarding_group,
                                    ctx->argv[1], &multiple);

    /* One that is not there is no error, as with OVN. */
    if (group) {
        model_delete(group);
    }
}

static void
print_groups(struct context *ctx, const struct row *ls)
{
    struct row **groups;
    size_t n = model_children(ctx->model, &table_forwarding_group, 0, ls,
                              &groups);

    for (size_t i = 0; i < n; i++) {
        const struct row *group = groups[i];

        ds_put_format(&ctx->output, "%-16.16s%-14.18s%-15.16s%-9.18s     ",
                      view_row_name(group), view_row_name(ls),
                      row_string(group, "vip"), row_string(group, "vmac"));
        for (size_t j = 0; j < row_n_items(group, "child_port"); j++) {
            ds_put_format(&ctx->output, " %s",
                          row_item(group, "child_port", j));
        }
        ds_put_char(&ctx->output, '\n');
    }
    free(groups);
}

static void
run_list(struct context *ctx)
{
    struct row *only = NULL;
    struct row **rows;

    if (ctx->argc > 1) {
        only = nb_switch(ctx, ctx->argv[1], true);
        if (!only) {
            return;
        }
    }
    ds_put_format(&ctx->output, "%-16.16s%-14.16s%-16.7s%-22.21s%s\n",
                  "FWD_GROUP", "LS", "VIP", "VMAC", "CHILD_PORTS");
    if (only) {
        print_groups(ctx, only);
        return;
    }

    size_t n = model_rows(ctx->model, &table_logical_switch, &rows);
    for (size_t i = 0; i < n; i++) {
        print_groups(ctx, rows[i]);
    }
    free(rows);
}

static const struct command commands[] = {
    { "fwd-group-add", 4, INT_MAX, "GROUP SWITCH VIP VMAC PORT...", run_add,
      "--liveness", true,
      "1:forwarding_group 2:logical_switch 5*:logical_switch_port" },
    { "fwd-group-del", 1, 1, "GROUP", run_del, "--if-exists", true,
      "1:forwarding_group" },
    { "fwd-group-list", 0, 1, "[SWITCH]", run_list, "", false,
      "1:logical_switch" },
};

const struct command_group nb_fwd_group_commands
    = COMMAND_GROUP("Forwarding group", commands);
