/* Logical switch ports: lsp-add and the commands for one column each. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"
#include "uuid.h"

/* ---- Making and deleting --------------------------------------------- */

/* What a switch is called in messages: its name, or its UUID, the caller's. */
static char *
switch_name(const struct row *port)
{
    const struct row *row = nb_parent(port, &table_logical_switch, "switch");

    if (row && view_row_name(row)[0]) {
        return xstrdup(view_row_name(row));
    } else if (row) {
        return xasprintf(UUID_FMT, UUID_ARGS(&row->uuid));
    }
    return xstrdup(row_string(port, "switch"));
}

/* The port is there: fine if it is what lsp-add would have made. */
static void
check_existing(struct context *ctx, const struct row *port,
               const struct row *ls, const char *parent, int64_t tag)
{
    const char *name = ctx->argv[2];

    if (!context_has_option(ctx, "--may-exist")) {
        context_error(ctx, "%s: a port with this name already exists", name);
    } else if (strcmp(row_string(port, "switch"), ls->id)) {
        char *other = switch_name(port);

        context_error(ctx, "%s: port already exists but in switch %s", name,
                      other);
        free(other);
    } else if (!parent) {
        if (row_has(port, "parent_name")) {
            context_error(ctx, "%s: port already exists but has parent %s",
                          name, row_string(port, "parent_name"));
        }
    } else if (!row_has(port, "parent_name")) {
        context_error(ctx, "%s: port already exists but has no parent",
                      name);
    } else if (strcmp(parent, row_string(port, "parent_name"))) {
        context_error(ctx, "%s: port already exists with different parent "
                      "%s", name, row_string(port, "parent_name"));
    } else if (!row_has(port, "tag_request")) {
        context_error(ctx, "%s: port already exists but has no tag_request",
                      name);
    } else if (row_integer(port, "tag_request", -1) != tag) {
        context_error(ctx, "%s: port already exists with different "
                      "tag_request %"PRId64, name,
                      row_integer(port, "tag_request", -1));
    }
}

static void
run_lsp_add(struct context *ctx)
{
    struct row *ls = nb_switch(ctx, ctx->argv[1], true);
    const char *name = ctx->argv[2];
    const char *parent = NULL;
    int64_t tag = -1;

    if (!ls) {
        return;
    } else if (ctx->argc == 4) {
        context_error(ctx, "lsp-add with parent must also specify a tag");
        return;
    } else if (ctx->argc == 5) {
        parent = ctx->argv[3];
        if (!nb_parse_integer(ctx->argv[4], 0, 4095, &tag)) {
            context_error(ctx, "%s: invalid tag (must be in range 0 to "
                          "4095)", ctx->argv[4]);
            return;
        }
    }

    struct row *port = nb_port(ctx, name, false);
    if (port) {
        check_existing(ctx, port, ls, parent, tag);
        return;
    }
    port = nb_create(ctx, &view_logical_switch_port, name);
    row_set_string(port, "switch", ls->id);
    if (parent) {
        row_set_string(port, "parent_name", parent);
        row_set_integer(port, "tag_request", tag);
    }
}

static void
run_lsp_del(struct context *ctx)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    struct row *port = nb_port(ctx, ctx->argv[1], must_exist);

    if (port) {
        view_delete(ctx->view, port);
    }
}

static void
run_lsp_list(struct context *ctx)
{
    struct row *ls = nb_switch(ctx, ctx->argv[1], true);
    struct row **ports;

    if (ls) {
        size_t n = model_children(ctx->model, &table_logical_switch_port, 0,
                                  ls, &ports);

        nb_print_names(ctx, ports, n);
        free(ports);
    }
}

/* ---- Columns --------------------------------------------------------- */

/* The port of argv[1], which must exist. */
static struct row *
port_argument(struct context *ctx)
{
    return nb_port(ctx, ctx->argv[1], true);
}

static void
run_lsp_get_parent(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (port && row_has(port, "parent_name")) {
        ds_put_format(&ctx->output, "%s\n", row_string(port, "parent_name"));
    }
}

static void
run_lsp_get_tag(struct context *ctx)
{
    struct row *port = port_argument(ctx);

    if (port) {
        const struct view_column *tag = view_column(&view_logical_switch_port,
                                                    "tag");
        struct datum datum;

        view_get(port, tag, &datum);
        if (datum.n) {
            ds_put_format(&ctx->output, "%"PRId64"\n",
                          datum.keys[0].integer);
        }
        datum_destroy(&datum, &tag->type);
    }
}

/* Prints the items of a set by themselves, sorted. */
static void
print_items(struct context *ctx, const char *column)
{
    struct row *port = port_argument(ctx);

    if (port) {
        const struct view_column *c = view_column(&view_logical_switch_port,
                                                  column);
        struct datum datum;

        view_get(port, c, &datum);
        for (size_t i = 0; i < datum.n; i++) {
            ds_put_format(&ctx->output, "%s\n", datum.keys[i].string);
        }
        datum_destroy(&datum, &c->type);
    }
}

static void
run_lsp_get_addresses(struct context *ctx)
{
    print_items(ctx, "addresses");
}

static void
run_lsp_set_port_security(struct context *ctx)
{
    struct row *port = port_argument(ctx);

    if (port) {
        row_unset(port, "port_security");
        for (int i = 2; i < ctx->argc; i++) {
            row_add_item(port, "port_security", ctx->argv[i]);
        }
    }
}

static void
run_lsp_get_port_security(struct context *ctx)
{
    print_items(ctx, "port_security");
}

static void
run_lsp_get_up(struct context *ctx)
{
    struct row *port = port_argument(ctx);

    if (port) {
        const struct view_column *up = view_column(&view_logical_switch_port,
                                                   "up");
        struct datum datum;

        view_get(port, up, &datum);
        ds_put_format(&ctx->output, "%s\n",
                      datum.n && datum.keys[0].boolean ? "up" : "down");
        datum_destroy(&datum, &up->type);
    }
}

static void
run_lsp_set_enabled(struct context *ctx)
{
    struct row *port = port_argument(ctx);
    bool enabled;

    if (port && nb_parse_state(ctx, ctx->argv[2], &enabled)) {
        row_set_boolean(port, "enabled", enabled);
    }
}

static void
run_lsp_get_enabled(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (port) {
        ds_put_format(&ctx->output, "%s\n",
                      row_boolean(port, "enabled", true) ? "enabled"
                      : "disabled");
    }
}

static void
run_lsp_set_type(struct context *ctx)
{
    static const char *const types[] = {
        "", "router", "localnet", "localport", "l2gateway", "vtep",
        "external", "virtual", "remote",
    };
    struct row *port = port_argument(ctx);

    if (!port) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!strcmp(ctx->argv[2], types[i])) {
            row_set_string(port, "type", types[i]);
            return;
        }
    }
    context_error(ctx, "Logical switch port type '%s' is unrecognized. "
                  "Not setting type.", ctx->argv[2]);
}

static void
run_lsp_get_type(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (port) {
        ds_put_format(&ctx->output, "%s\n", row_string(port, "type"));
    }
}

static void
run_lsp_set_options(struct context *ctx)
{
    struct row *port = port_argument(ctx);

    if (port) {
        nb_set_map(ctx, port, "options", 2);
    }
}

static void
run_lsp_get_options(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (port) {
        nb_print_map(ctx, port, "options");
    }
}

static void
run_lsp_get_ls(struct context *ctx)
{
    const struct row *port = port_argument(ctx);
    struct row *ls = (port ? nb_parent(port, &table_logical_switch, "switch")
                      : NULL);

    if (ls) {
        nb_print_names(ctx, &ls, 1);
    } else if (port) {
        context_error(ctx, "logical port %s is not part of any logical "
                      "switch", ctx->argv[1]);
    }
}

static const struct command commands[] = {
    { "lsp-add", 2, 4, "SWITCH PORT [PARENT TAG]", run_lsp_add,
      "--may-exist", true, "1:logical_switch 2:logical_switch_port" },
    { "lsp-del", 1, 1, "PORT", run_lsp_del, "--if-exists", true,
      "1:logical_switch_port" },
    { "lsp-list", 1, 1, "SWITCH", run_lsp_list, "", false,
      "1:logical_switch" },
    { "lsp-get-parent", 1, 1, "PORT", run_lsp_get_parent, "", false,
      "1:logical_switch_port" },
    { "lsp-get-tag", 1, 1, "PORT", run_lsp_get_tag, "", false,
      "1:logical_switch_port" },
    { "lsp-set-addresses", 1, INT_MAX, "PORT [ADDRESS]...",
      nb_run_lsp_set_addresses, "", true, "1:logical_switch_port" },
    { "lsp-get-addresses", 1, 1, "PORT", run_lsp_get_addresses, "", false,
      "1:logical_switch_port" },
    { "lsp-set-port-security", 1, INT_MAX, "PORT [ADDRS]...",
      run_lsp_set_port_security, "", true, "1:logical_switch_port" },
    { "lsp-get-port-security", 1, 1, "PORT", run_lsp_get_port_security, "",
      false, "1:logical_switch_port" },
    { "lsp-get-up", 1, 1, "PORT", run_lsp_get_up, "", false,
      "1:logical_switch_port" },
    { "lsp-set-enabled", 2, 2, "PORT STATE", run_lsp_set_enabled, "", true,
      "1:logical_switch_port" },
    { "lsp-get-enabled", 1, 1, "PORT", run_lsp_get_enabled, "", false,
      "1:logical_switch_port" },
    { "lsp-set-type", 2, 2, "PORT TYPE", run_lsp_set_type, "", true,
      "1:logical_switch_port" },
    { "lsp-get-type", 1, 1, "PORT", run_lsp_get_type, "", false,
      "1:logical_switch_port" },
    { "lsp-set-options", 1, INT_MAX, "PORT [KEY=VALUE]...",
      run_lsp_set_options, "", true, "1:logical_switch_port" },
    { "lsp-get-options", 1, 1, "PORT", run_lsp_get_options, "", false,
      "1:logical_switch_port" },
    { "lsp-get-ls", 1, 1, "PORT", run_lsp_get_ls, "", false,
      "1:logical_switch_port" },
};

const struct command_group nb_port_commands
    = COMMAND_GROUP("Logical switch port", commands);
