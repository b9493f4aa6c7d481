/* The southbound's show, and what puts chassis and bindings there by hand:
 * those commands write the keys that an agent would. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "cli/sb.h"
#include "store/keys.h"
#include "util.h"

static void
run_init(struct context *ctx)
{
    /* There is nothing to prepare. */
}

/* get-connection, get-ssl: etcd's own configuration says where it listens,
 * so that there never are such rows. */
static void
run_get_none(struct context *ctx)
{
}

/* ---- show -------------------------------------------------------------- */

/* Prints "name: value" of a column of 'row' unless it is at its default. */
static void
show_column(struct context *ctx, struct row *row, const char *table,
            const char *name, int indent)
{
    const struct view_column *column = view_column(
        view_table(ctx->view, table), name);
    struct datum datum;

    view_get(row, column, &datum);
    if (!datum_is_default(&datum, &column->type)) {
        ds_put_char_multiple(&ctx->output, ' ', indent);
        ds_put_format(&ctx->output, "%s: ", name);
        datum_to_text(&datum, &column->type, &ctx->output);
        ds_put_char(&ctx->output, '\n');
    }
    datum_destroy(&datum, &column->type);
}

/* "TABLE name" with the name as it would be typed. */
static void
show_name(struct context *ctx, const char *table, const char *name,
          int indent)
{
    union atom atom = { .string = CONST_CAST(char *, name) };

    ds_put_char_multiple(&ctx->output, ' ', indent);
    ds_put_format(&ctx->output, "%s ", table);
    atom_to_text(&atom, ATOM_STRING, &ctx->output);
    ds_put_char(&ctx->output, '\n');
}

/* 'ports' are those that are there. */
static void
show_chassis(struct context *ctx, struct row *chassis, struct row **ports,
             size_t n_ports)
{
    show_name(ctx, "Chassis", chassis->id, 0);
    show_column(ctx, chassis, "Chassis", "hostname", 4);
    for (size_t i = 0; i < row_n_items(chassis, "encaps"); i++) {
        struct row *encap = model_peek(ctx->model, &sb_table_encap,
                                       row_item(chassis, "encaps", i));

        if (encap) {
            show_name(ctx, "Encap", row_string(encap, "type"), 4);
            show_column(ctx, encap, "Encap", "ip", 8);
            show_column(ctx, encap, "Encap", "options", 8);
        }
    }
    for (size_t i = 0; i < n_ports; i++) {
        show_name(ctx, "Port_Binding", ports[i]->id, 4);
    }
}

static void
run_show(struct context *ctx)
{
    struct row **chassis, **ports;
    size_t n = model_rows(ctx->model, &sb_table_chassis, &chassis);
    size_t n_ports = model_rows(ctx->model, &sb_table_port_binding, &ports);

    /* Both are in order of the chassis' names. */
    sb_sort_by(ports, n_ports, "chassis");
    for (size_t i = 0, first = 0; i < n; i++) {
        size_t end;

        while (first < n_ports && strcmp(row_string(ports[first], "chassis"),
                                         chassis[i]->id) < 0) {
            first++;
        }
        end = (first < n_ports && !strcmp(row_string(ports[first], "chassis"),
                                          chassis[i]->id)
               ? sb_end_of_same(ports, first, n_ports, "chassis") : first);
        show_chassis(ctx, chassis[i], &ports[first], end - first);
        first = end;
    }
    free(chassis);
    free(ports);
}

/* ---- Chassis ----------------------------------------------------------- */

/* "CHASSIS/WHAT[/ID]", encoded: the caller's. */
static char *
own_id(const char *chassis, const char *what, const char *id)
{
    char *a = keys_encode(chassis);
    char *b = id ? keys_encode(id) : NULL;
    char *joined = (b ? xasprintf("%s/%s/%s", a, what, b)
                    : xasprintf("%s/%s", a, what));

    free(a);
    free(b);
    return joined;
}

static bool
is_encap_type(const char *type)
{
    return (!strcmp(type, "geneve") || !strcmp(type, "vxlan")
            || !strcmp(type, "stt"));
}

static json_t *
parse_encaps(struct context *ctx, const char *types, const char *ip)
{
    json_t *encaps = json_array();
    char *copy = xstrdup(types);
    char *save = NULL;

    for (char *type = strtok_r(copy, ",", &save); type;
         type = strtok_r(NULL, ",", &save)) {
        if (!is_encap_type(type)) {
            context_error(ctx, "%s: unknown encap type", type);
        }
        json_array_append_new(encaps, json_pack("{s:s,s:s,s:{s:s}}", "type",
                                                type, "ip", ip, "options",
                                                "csum", "true"));
    }
    free(copy);
    return encaps;
}

static void
run_chassis_add(struct context *ctx)
{
    const char *name = ctx->argv[1];
    char *id = own_id(name, "chassis", NULL);

    if (model_get(ctx->model, &sb_table_own_chassis, id)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, "cannot create a chassis named %s because a "
                          "chassis named %s already exists", name, name);
        }
    } else {
        json_t *encaps = parse_encaps(ctx, ctx->argv[2], ctx->argv[3]);

        if (!ctx->error) {
            struct row *row = model_insert(ctx->model, &sb_table_own_chassis,
                                           id);
            row_set_json(row, "encaps", json_incref(encaps));
        }
        json_decref(encaps);
    }
    free(id);
}

static void
run_chassis_del(struct context *ctx)
{
    char *id = own_id(ctx->argv[1], "chassis", NULL);
    struct row *row = model_get(ctx->model, &sb_table_own_chassis, id);

    if (row) {
        model_delete(row);
    } else if (!context_has_option(ctx, "--if-exists")) {
        context_error(ctx, "no chassis named %s", ctx->argv[1]);
    }
    free(id);
}

static void
run_chassis_list(struct context *ctx)
{
    struct row **chassis;
    size_t n = model_rows(ctx->model, &sb_table_chassis, &chassis);

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "%s", chassis[i]->id);
        for (size_t j = 0; j < row_n_items(chassis[i], "encaps"); j++) {
            const struct row *encap = model_peek(
                ctx->model, &sb_table_encap,
                row_item(chassis[i], "encaps", j));

            if (encap) {
                ds_put_format(&ctx->output, " %s:%s",
                              row_string(encap, "type"),
                              row_string(encap, "ip"));
            }
        }
        ds_put_char(&ctx->output, '\n');
    }
    free(chassis);
}

/* ---- Bindings ---------------------------------------------------------- */

/* The port of argv[1], or NULL, with an error unless it need not exist. */
static struct row *
port_argument(struct context *ctx)
{
    struct row *port = model_get(ctx->model, &sb_table_port_binding,
                                 ctx->argv[1]);
    if (!port && !context_has_option(ctx, "--if-exists")) {
        context_error(ctx, "no port named %s", ctx->argv[1]);
    }
    return port;
}

static void
run_lsp_bind(struct context *ctx)
{
    const struct row *port = port_argument(ctx);
    const char *chassis = ctx->argv[2];

    if (!port) {
        return;
    } else if (row_has(port, "chassis")) {
        if (!context_has_option(ctx, "--may-exist")
            || strcmp(row_string(port, "chassis"), chassis)) {
            context_error(ctx, "lport (%s) has already been binded to "
                          "chassis (%s)", ctx->argv[1],
                          row_string(port, "chassis"));
        }
        return;
    } else if (!model_get(ctx->model, &sb_table_chassis, chassis)) {
        context_error(ctx, "no chassis named %s", chassis);
        return;
    }

    char *id = own_id(chassis, "claim", ctx->argv[1]);
    if (!model_is_taken(ctx->model, &sb_table_claim, id)) {
        /* There is no agent to say that the flows are in. */
        row_set_boolean(model_insert(ctx->model, &sb_table_claim, id),
                        "installed", true);
    }
    free(id);
}

static void
run_lsp_unbind(struct context *ctx)
{
    const struct row *port = port_argument(ctx);

    if (!port) {
        return;
    } else if (!row_has(port, "chassis")) {
        return;
    }

    char *id = own_id(row_string(port, "chassis"), "claim", ctx->argv[1]);
    struct row *claim = model_get(ctx->model, &sb_table_claim, id);
    if (claim) {
        model_delete(claim);
    }
    free(id);
}

static const struct command chassis_commands[] = {
    { "chassis-list", 0, 0, "", run_chassis_list, "", false, NULL },
};

const struct command_group sb_chassis_commands
    = COMMAND_GROUP_ON(&sb_view, "Chassis", chassis_commands);

static const struct command commands[] = {
    { "init", 0, 0, "", run_init, "", true, NULL },
    { "get-connection", 0, 0, "", run_get_none, "", false, NULL },
    { "get-ssl", 0, 0, "", run_get_none, "", false, NULL },
    { "show", 0, 0, "", run_show, "", false, NULL },
    { "chassis-add", 3, 3, "CHASSIS ENCAP-TYPE ENCAP-IP", run_chassis_add,
      "--may-exist", true, NULL },
    { "chassis-del", 1, 1, "CHASSIS", run_chassis_del, "--if-exists", true,
      NULL },
    { "lsp-bind", 2, 2, "PORT CHASSIS", run_lsp_bind, "--may-exist", true,
      NULL },
    { "lsp-unbind", 1, 1, "PORT", run_lsp_unbind, "--if-exists", true,
      NULL },
};

const struct command_group sb_general_commands
    = COMMAND_GROUP("General", commands);
