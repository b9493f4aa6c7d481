/* Mirrors, and the ports that they watch. */
#include <config.h>

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"

static struct row *
find_mirror(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_mirror, id, must_exist, "mirror", "mirrors");
}

static const char *
parse_type(struct context *ctx, const char *word)
{
    if (word[0] == 'g') {
        return "gre";
    } else if (word[0] == 'e') {
        return "erspan";
    }
    context_error(ctx, "%s: type must be \"gre\" or \"erspan\"", word);
    return NULL;
}

static const char *
parse_filter(struct context *ctx, const char *word)
{
    if (word[0] == 't') {
        return "to-lport";
    } else if (word[0] == 'f') {
        return "from-lport";
    }
    context_error(ctx, "%s: selection must be \"to-lport\" or "
                  "\"from-lport\"", word);
    return NULL;
}

static bool
is_ip(const char *word)
{
    struct in6_addr address;

    return (inet_pton(AF_INET, word, &address) == 1
            || inet_pton(AF_INET6, word, &address) == 1);
}

static void
run_mirror_add(struct context *ctx)
{
    const char *name = ctx->argv[1];
    const char *type, *filter;
    int64_t index;

    /* --may-exist is taken and makes no difference, as with OVN 23.03. */
    if (model_get(ctx->model, &table_mirror, name)) {
        context_error(ctx, "Mirror with %s name already exists.", name);
        return;
    }
    type = parse_type(ctx, ctx->argv[2]);
    if (!type) {
        return;
    }
    if (!nb_parse_integer(ctx->argv[3], INT64_MIN, INT64_MAX, &index)) {
        context_error(ctx, "Invalid Index");
        return;
    }
    filter = parse_filter(ctx, ctx->argv[4]);
    if (!filter) {
        return;
    }
    if (!is_ip(ctx->argv[5])) {
        context_error(ctx, "Invalid sink ip: %s", ctx->argv[5]);
        return;
    }

    struct row *mirror = nb_create(ctx, &view_mirror, name);
    row_set_string(mirror, "type", type);
    row_set_integer(mirror, "index", index);
    row_set_string(mirror, "filter", filter);
    row_set_string(mirror, "sink", ctx->argv[5]);
}

static void
run_mirror_del(struct context *ctx)
{
    struct row **rows;

    if (ctx->argc > 1) {
        struct row *mirror = find_mirror(ctx, ctx->argv[1], false);

        if (mirror) {
            view_delete(ctx->view, mirror);
        }
        return;
    }

    size_t n = model_rows(ctx->model, &table_mirror, &rows);
    for (size_t i = 0; i < n; i++) {
        view_delete(ctx->view, rows[i]);
    }
    free(rows);
}

static void
run_mirror_list(struct context *ctx)
{
    struct row **rows;
    size_t n = model_rows(ctx->model, &table_mirror, &rows);

    for (size_t i = 0; i < n; i++) {
        const struct row *mirror = rows[i];

        ds_put_format(&ctx->output, "%s:\n", mirror->id);
        ds_put_format(&ctx->output, "  Type     :  %s\n",
                      row_string(mirror, "type"));
        ds_put_format(&ctx->output, "  Sink     :  %s\n",
                      row_string(mirror, "sink"));
        ds_put_format(&ctx->output, "  Filter   :  %s\n",
                      row_string(mirror, "filter"));
        ds_put_format(&ctx->output, "  Index/Key:  %"PRId64"\n",
                      row_integer(mirror, "index", 0));
        ds_put_char(&ctx->output, '\n');
    }
    free(rows);
}

static void
run_lsp_attach_mirror(struct context *ctx)
{
    struct row *port = nb_port(ctx, ctx->argv[1], true);
    struct row *mirror = port ? find_mirror(ctx, ctx->argv[2], true) : NULL;

    if (!mirror) {
        return;
    }
    if (row_has_item(port, "mirror_rules", mirror->id)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, "mirror %s is already attached to the "
                          "logical port %s.", ctx->argv[2], ctx->argv[1]);
        }
        return;
    }
    row_add_item(port, "mirror_rules", mirror->id);
}

static void
run_lsp_detach_mirror(struct context *ctx)
{
    struct row *port = nb_port(ctx, ctx->argv[1], true);
    const struct row *mirror = port ? find_mirror(ctx, ctx->argv[2], true)
                                    : NULL;

    if (mirror) {
        row_remove_item(port, "mirror_rules", mirror->id);
    }
}

static const struct command commands[] = {
    { "mirror-add", 5, 5, "NAME TYPE INDEX FILTER IP", run_mirror_add,
      "--may-exist", true, "1:mirror" },
    { "mirror-del", 0, 1, "[NAME]", run_mirror_del, "", true, "1:mirror" },
    { "mirror-list", 0, 0, "", run_mirror_list, "", false, NULL },
    { "lsp-attach-mirror", 2, 2, "PORT MIRROR", run_lsp_attach_mirror,
      "--may-exist", true, "1:logical_switch_port 2:mirror" },
    { "lsp-detach-mirror", 2, 2, "PORT MIRROR", run_lsp_detach_mirror, "",
      true, "1:logical_switch_port 2:mirror" },
};

const struct command_group nb_mirror_commands
    = COMMAND_GROUP("Mirror", commands);
