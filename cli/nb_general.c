/* init, show, sync. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"
#include "uuid.h"

static void
run_init(struct context *ctx)
{
    /* The row is there for readers all the same; "init" writes it. */
    if (!model_get(ctx->model, &table_nb_global, "global")) {
        model_insert(ctx->model, &table_nb_global, "global");
    }
}

static void
run_sync(struct context *ctx)
{
    ctx->waits = true;
}

/* ---- show ------------------------------------------------------------ */

/* '["a", "b"]' of a set of strings, in order. */
static void
print_set(struct context *ctx, struct row *row, const char *column)
{
    const struct view_table *table = view_table_of(ctx->view, row->table);
    const struct view_column *c = view_column(table, column);
    struct datum datum;

    view_get(row, c, &datum);
    ds_put_char(&ctx->output, '[');
    for (size_t i = 0; i < datum.n; i++) {
        ds_put_format(&ctx->output, "%s\"%s\"", i ? ", " : "",
                      datum.keys[i].string);
    }
    ds_put_cstr(&ctx->output, "]\n");
    datum_destroy(&datum, &c->type);
}

static void
print_aka(struct context *ctx, const struct row *row, const char *key)
{
    const char *name = row_map_get(row, "external_ids", key);

    if (name) {
        ds_put_format(&ctx->output, " (aka %s)", name);
    }
    ds_put_char(&ctx->output, '\n');
}

/* The tag that was set or chosen. */
static void
show_tag(struct row *port, struct ds *out)
{
    const struct view_column *tag = view_column(&view_logical_switch_port,
                                                "tag");
    struct datum datum;

    view_get(port, tag, &datum);
    if (datum.n) {
        ds_put_cstr(out, "        tag: ");
        datum_to_text(&datum, &tag->type, out);
        ds_put_char(out, '\n');
    }
    datum_destroy(&datum, &tag->type);
}

static void
show_port(struct context *ctx, struct row *port)
{
    const char *router_port = row_map_get(port, "options", "router-port");
    struct ds *out = &ctx->output;

    ds_put_format(out, "    port %s", port->id);
    print_aka(ctx, port, "neutron:port_name");
    if (row_string(port, "type")[0]) {
        ds_put_format(out, "        type: %s\n", row_string(port, "type"));
    }
    if (row_has(port, "parent_name")) {
        ds_put_format(out, "        parent: %s\n",
                      row_string(port, "parent_name"));
    }
    show_tag(port, out);
    /* "router" is not worth a line. */
    if (row_n_items(port, "addresses")
        && strcmp(row_item(port, "addresses", 0), "router")) {
        ds_put_cstr(out, "        addresses: ");
        print_set(ctx, port, "addresses");
    }
    if (router_port) {
        ds_put_format(out, "        router-port: %s\n", router_port);
    }
}

static void
show_switch(struct context *ctx, struct row *ls)
{
    struct row **ports;
    size_t n = model_children(ctx->model, &table_logical_switch_port, 0, ls,
                              &ports);

    ds_put_format(&ctx->output, "switch "UUID_FMT" (%s)",
                  UUID_ARGS(&ls->uuid), view_row_name(ls));
    print_aka(ctx, ls, "neutron:network_name");
    view_want(ports, n, view_column(&view_logical_switch_port, "tag"));
    for (size_t i = 0; i < n; i++) {
        show_port(ctx, ports[i]);
    }
    free(ports);
}

static int
compare_priority(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int64_t pa = row_integer(*a, "priority", 0);
    int64_t pb = row_integer(*b, "priority", 0);

    return pa != pb ? (pa > pb ? -1 : 1) : strcmp((*a)->id, (*b)->id);
}

static void
show_router_port(struct context *ctx, struct row *port)
{
    struct ds *out = &ctx->output;
    struct row **chassis;

    ds_put_format(out, "    port %s\n", port->id);
    if (row_string(port, "mac")[0]) {
        ds_put_format(out, "        mac: \"%s\"\n", row_string(port, "mac"));
    }
    if (row_n_items(port, "networks")) {
        ds_put_cstr(out, "        networks: ");
        print_set(ctx, port, "networks");
    }

    const char *route_table = row_map_get(port, "options", "route_table");
    if (route_table) {
        ds_put_format(out, "        route-table: %s\n", route_table);
    }

    size_t n = model_children(ctx->model, &table_gateway_chassis, 0, port,
                              &chassis);
    if (n) {
        qsort(chassis, n, sizeof *chassis, compare_priority);
        ds_put_cstr(out, "        gateway chassis: [");
        for (size_t i = 0; i < n; i++) {
            ds_put_format(out, "%s%s", i ? " " : "",
                          row_string(chassis[i], "chassis_name"));
        }
        ds_put_cstr(out, "]\n");
    }
    free(chassis);
}

static void
show_nat(struct context *ctx, const struct row *nat)
{
    struct ds *out = &ctx->output;

    ds_put_format(out, "    nat "UUID_FMT"\n", UUID_ARGS(&nat->uuid));
    ds_put_format(out, "        external ip: \"%s\"\n",
                  row_string(nat, "external_ip"));
    if (row_has(nat, "external_port_range")) {
        ds_put_format(out, "        external port(s): \"%s\"\n",
                      row_string(nat, "external_port_range"));
    }
    ds_put_format(out, "        logical ip: \"%s\"\n",
                  row_string(nat, "logical_ip"));
    ds_put_format(out, "        type: \"%s\"\n", row_string(nat, "type"));
}

static void
show_router(struct context *ctx, struct row *router)
{
    struct row **rows;
    size_t n;

    ds_put_format(&ctx->output, "router "UUID_FMT" (%s)",
                  UUID_ARGS(&router->uuid), view_row_name(router));
    print_aka(ctx, router, "neutron:router_name");
    n = model_children(ctx->model, &table_logical_router_port, 0, router,
                       &rows);
    for (size_t i = 0; i < n; i++) {
        show_router_port(ctx, rows[i]);
    }
    free(rows);
    n = model_children(ctx->model, &table_nat, 0, router, &rows);
    for (size_t i = 0; i < n; i++) {
        show_nat(ctx, rows[i]);
    }
    free(rows);
}

static void
show_all(struct context *ctx, const struct table *table,
         void (*show)(struct context *, struct row *))
{
    struct row **rows;
    size_t n = model_rows(ctx->model, table, &rows);

    for (size_t i = 0; i < n; i++) {
        show(ctx, rows[i]);
    }
    free(rows);
}

static void
run_show(struct context *ctx)
{
    if (ctx->argc < 2) {
        show_all(ctx, &table_logical_switch, show_switch);
        show_all(ctx, &table_logical_router, show_router);
        return;
    }

    struct row *ls = nb_switch(ctx, ctx->argv[1], false);
    struct row *router = (ctx->error ? NULL
                          : nb_router(ctx, ctx->argv[1], false));
    if (ls) {
        show_switch(ctx, ls);
    }
    if (router) {
        show_router(ctx, router);
    }
}

static const struct command commands[] = {
    { "init", 0, 0, "", run_init, "", true, NULL },
    { "show", 0, 1, "[SWITCH | ROUTER]", run_show, "", false,
      "1:logical_switch 1:logical_router" },
    { "sync", 0, 0, "", run_sync, "", true, NULL },
};

const struct command_group nb_general_commands
    = COMMAND_GROUP("General", commands);
