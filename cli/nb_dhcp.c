/* DHCP options, and which ports answer with which. */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* The row with the UUID 'text', or NULL with the error set. */
static struct row *
find_options(struct context *ctx, const char *text)
{
    struct row *row = NULL;
    struct uuid uuid;

    if (uuid_from_string(&uuid, text)) {
        row = model_get_uuid(ctx->model, &table_dhcp_options, &uuid);
    }
    if (!row || row->is_reserved) {
        context_error(ctx, "%s: dhcp options UUID not found", text);
        return NULL;
    }
    return row;
}

static bool
is_cidr4(const char *text)
{
    unsigned int length;
    ovs_be32 ip;
    char *error = ip_parse_cidr(text, &ip, &length);

    free(error);
    return !error;
}

static bool
is_cidr6(const char *text)
{
    unsigned int length;
    struct in6_addr ip;
    char *error = ipv6_parse_cidr(text, &ip, &length);

    free(error);
    return !error;
}

static void
run_create(struct context *ctx)
{
    if (!is_cidr4(ctx->argv[1]) && !is_cidr6(ctx->argv[1])) {
        context_error(ctx, "Invalid cidr format '%s'", ctx->argv[1]);
        return;
    }

    struct row *row = nb_create(ctx, &view_dhcp_options, NULL);
    row_set_string(row, "cidr", ctx->argv[1]);
    nb_set_map(ctx, row, "external_ids", 2);
}

static void
run_set_options(struct context *ctx)
{
    struct row *row = find_options(ctx, ctx->argv[1]);

    if (row) {
        nb_set_map(ctx, row, "options", 2);
    }
}

static void
run_get_options(struct context *ctx)
{
    struct row *row = find_options(ctx, ctx->argv[1]);

    if (row) {
        nb_print_map(ctx, row, "options");
    }
}

static void
run_del(struct context *ctx)
{
    struct row *row = find_options(ctx, ctx->argv[1]);

    if (row) {
        view_delete(ctx->view, row);
    }
}

static int
compare_cidrs(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;

    return strcmp(row_string(*a, "cidr"), row_string(*b, "cidr"));
}

static void
run_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_dhcp_options, &rows);

    if (n) {
        qsort(rows, n, sizeof *rows, compare_cidrs);
    }
    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, UUID_FMT"\n",
                      UUID_ARGS(&rows[i]->uuid));
    }
    free(rows);
}

/* ---- Ports ------------------------------------------------------------- */

/* Sets 'column' of a port to options whose subnet 'is_right'. */
static void
set_port(struct context *ctx, const char *column,
         bool (*is_right)(const char *), const char *family)
{
    struct row *port = nb_port(ctx, ctx->argv[1], true);
    const struct row *row;

    if (!port) {
        return;
    } else if (ctx->argc == 2) {
        row_unset(port, column);
        return;
    }
    row = find_options(ctx, ctx->argv[2]);
    if (!row) {
        return;
    } else if (!is_right(row_string(row, "cidr"))) {
        context_error(ctx, "DHCP options cidr '%s' is not %s",
                      row_string(row, "cidr"), family);
        return;
    }
    row_set_string(port, column, row->id);
}

static void
get_port(struct context *ctx, const char *column)
{
    struct row *port = nb_port(ctx, ctx->argv[1], true);
    struct row *row = (port ? nb_parent(port, &table_dhcp_options, column)
                       : NULL);

    if (row) {
        ds_put_format(&ctx->output, UUID_FMT" (%s)\n",
                      UUID_ARGS(&row->uuid), row_string(row, "cidr"));
    }
}

static void
run_lsp_set_dhcpv4_options(struct context *ctx)
{
    set_port(ctx, "dhcpv4_options", is_cidr4, "IPv4");
}

static void
run_lsp_get_dhcpv4_options(struct context *ctx)
{
    get_port(ctx, "dhcpv4_options");
}

static void
run_lsp_set_dhcpv6_options(struct context *ctx)
{
    set_port(ctx, "dhcpv6_options", is_cidr6, "IPv6");
}

static void
run_lsp_get_dhcpv6_options(struct context *ctx)
{
    get_port(ctx, "dhcpv6_options");
}

static const struct command commands[] = {
    { "dhcp-options-create", 1, INT_MAX, "CIDR [EXTERNAL_IDS]", run_create,
      "", true, NULL },
    { "dhcp-options-del", 1, 1, "DHCP_OPT_UUID", run_del, "", true,
      "1:dhcp_options" },
    { "dhcp-options-list", 0, 0, "", run_list, "", false, NULL },
    { "dhcp-options-set-options", 1, INT_MAX,
      "DHCP_OPT_UUID KEY=VALUE [KEY=VALUE]...", run_set_options, "", true,
      "1:dhcp_options" },
    { "dhcp-options-get-options", 1, 1, "DHCP_OPT_UUID", run_get_options, "",
      false, "1:dhcp_options" },
    { "lsp-set-dhcpv4-options", 1, 2, "PORT [DHCP_OPT_UUID]",
      run_lsp_set_dhcpv4_options, "", true,
      "1:logical_switch_port 2:dhcp_options" },
    { "lsp-get-dhcpv4-options", 1, 1, "PORT", run_lsp_get_dhcpv4_options, "",
      false, "1:logical_switch_port" },
    { "lsp-set-dhcpv6-options", 1, 2, "PORT [DHCP_OPT_UUID]",
      run_lsp_set_dhcpv6_options, "", true,
      "1:logical_switch_port 2:dhcp_options" },
    { "lsp-get-dhcpv6-options", 1, 1, "PORT", run_lsp_get_dhcpv6_options, "",
      false, "1:logical_switch_port" },
};

const struct command_group nb_dhcp_commands
    = COMMAND_GROUP("DHCP options", commands);
