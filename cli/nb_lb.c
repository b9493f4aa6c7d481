/* Load balancers, and the switches and routers that have them. */
#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "cli/nb_lb_address.h"
#include "util.h"
#include "uuid.h"

static struct row *
find_lb(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_load_balancer, id, must_exist, "load balancer",
                   "load balancers");
}

/* ---- lb-add ------------------------------------------------------------ */

static bool
is_protocol(const char *word)
{
    return !strcmp(word, "tcp") || !strcmp(word, "udp")
           || !strcmp(word, "sctp");
}

/* What lb-add is told. */
struct wanted {
    const char *vip;
    char *vip_normalized;       /* Owned. */
    char *backends;             /* Owned, normalized. */
    const char *protocol;       /* NULL: none given. */
    const char *family;         /* Of a template; NULL otherwise. */
};

static void
parse_protocol(struct context *ctx, struct wanted *wanted, bool has_port)
{
    if (ctx->argc < 5) {
        wanted->protocol = has_port ? "tcp" : NULL;
        return;
    }
    wanted->protocol = ctx->argv[4];
    if (!is_protocol(wanted->protocol)) {
        context_error(ctx, "%s: protocol must be one of \"tcp\", \"udp\",  "
                      "or \"sctp\".", wanted->protocol);
    }
}

static void
parse_explicit(struct context *ctx, struct wanted *wanted)
{
    struct lb_address vip;

    if (!lb_address_parse(wanted->vip, true, &vip)) {
        context_error(ctx, "%s: should be an IP address (or an IP address "
                      "and a port number with : as a separator).",
                      wanted->vip);
        return;
    }
    parse_protocol(ctx, wanted, vip.port);
    if (!ctx->error) {
        wanted->vip_normalized = lb_address_format(&vip);
        context_failed(ctx, lb_backends_parse(ctx->argv[3], &vip,
                                              &wanted->backends));
    }
    if (!ctx->error && ctx->argc > 4 && !vip.port) {
        context_error(ctx, "Protocol is unnecessary when no port of vip is "
                      "given.");
    }
    lb_address_clear(&vip);
}

/* Variables are taken as they are: their values are the chassis's. */
static void
parse_template(struct context *ctx, struct wanted *wanted)
{
    wanted->protocol = ctx->argc > 4 ? ctx->argv[4] : NULL;
    wanted->family = ctx->argc > 5 ? ctx->argv[5] : "ipv4";
    if (wanted->protocol && !is_protocol(wanted->protocol)) {
        context_error(ctx, "%s: protocol must be one of \"tcp\", \"udp\",  "
                      "or \"sctp\".", wanted->protocol);
        return;
    }
    wanted->vip_normalized = xstrdup(wanted->vip);
    wanted->backends = xstrdup(ctx->argv[3]);
}

/* Adds the vip to a load balancer that is there. */
static void
add_vip(struct context *ctx, struct row *lb, const struct wanted *wanted)
{
    /* Without a word about the protocol it stays as it is. */
    const char *protocol = ctx->argc > 4 ? wanted->protocol : NULL;

    if (row_map_get(lb, "vips", wanted->vip_normalized)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, "%s: a load balancer with this vip (%s) "
                          "already exists", ctx->argv[1],
                          wanted->vip_normalized);
            return;
        }
    }
    row_map_set(lb, "vips", wanted->vip_normalized, wanted->backends);
    if (protocol) {
        row_set_string(lb, "protocol", protocol);
    }
}

static void
create_lb(struct context *ctx, const struct wanted *wanted)
{
    static const char *const flags[][2] = {
        { "--reject", "reject" }, { "--event", "event" },
        { "--add-route", "add_route" }, { "--template", "template" },
    };
    struct row *lb = nb_create(ctx, &view_load_balancer, ctx->argv[1]);

    row_set_string(lb, "protocol", wanted->protocol);
    row_map_set(lb, "vips", wanted->vip_normalized, wanted->backends);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (context_has_option(ctx, flags[i][0])) {
            row_map_set(lb, "options", flags[i][1], "true");
        }
    }
    if (wanted->family) {
        row_map_set(lb, "options", "address-family", wanted->family);
    }
}

static void
run_lb_add(struct context *ctx)
{
    bool add_duplicate = context_has_option(ctx, "--add-duplicate");
    struct wanted wanted = { .vip = ctx->argv[2] };

    if (context_has_option(ctx, "--event")
        && context_has_option(ctx, "--reject")) {
        context_error(ctx, "--reject and --event can't specified at the same "
                      "time");
        return;
    }
    if (context_has_option(ctx, "--template")) {
        parse_template(ctx, &wanted);
    } else {
        parse_explicit(ctx, &wanted);
    }
    if (!ctx->error) {
        struct row *lb = (add_duplicate ? NULL
                          : find_lb(ctx, ctx->argv[1], false));

        if (lb) {
            add_vip(ctx, lb, &wanted);
        } else if (!ctx->error) {
            create_lb(ctx, &wanted);
        }
    }
    free(wanted.vip_normalized);
    free(wanted.backends);
}

/* ---- lb-del, lb-list --------------------------------------------------- */

/* A load balancer that goes leaves those that have it. */
static void
detach_everywhere(struct context *ctx, const struct row *lb)
{
    static const struct table *const tables[] = {
        &table_logical_switch, &table_logical_router,
        &table_load_balancer_group,
    };

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        struct row **rows;
        size_t n = model_rows(ctx->model, tables[i], &rows);

        for (size_t j = 0; j < n; j++) {
            if (row_has_item(rows[j], "load_balancer", lb->id)) {
                row_remove_item(rows[j], "load_balancer", lb->id);
            }
        }
        free(rows);
    }
}

static void
delete_lb(struct context *ctx, struct row *lb)
{
    detach_everywhere(ctx, lb);
    view_delete(ctx->view, lb);
}

static void
run_lb_del(struct context *ctx)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    /* Only a missing VIP is an error, as with OVN 23.03. */
    struct row *lb = find_lb(ctx, ctx->argv[1], false);
    struct lb_address address;

    if (!lb) {
        return;
    } else if (ctx->argc == 2) {
        delete_lb(ctx, lb);
        return;
    }

    const char *vip = ctx->argv[2];
    char *normalized = NULL;
    if (lb_address_parse(vip, true, &address)) {
        if (!address.is_zero) {     /* OVN takes that one as it stands. */
            normalized = lb_address_format(&address);
        }
        lb_address_clear(&address);
    }
    if (row_map_get(lb, "vips", normalized ? normalized : vip)) {
        row_map_remove(lb, "vips", normalized ? normalized : vip);
    } else if (must_exist) {
        context_error(ctx, "vip %s is not part of the load balancer.", vip);
    }
    free(normalized);
}

/* A load balancer's vips, sorted; '*vips' is the caller's. */
static int
compare_strings(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static size_t
vips_of(const struct row *lb, const char ***vips)
{
    const json_t *map = row_json(lb, "vips");
    size_t n = 0;
    const char *key;
    json_t *value;

    *vips = xcalloc(json_object_size(map), sizeof **vips);
    json_object_foreach ((json_t *) map, key, value) {
        (*vips)[n++] = key;
    }
    if (n) {
        qsort(*vips, n, sizeof **vips, compare_strings);
    }
    return n;
}

/* Only what has a port has a protocol. */
static const char *
shown_protocol(const struct row *lb, const char *vip)
{
    struct lb_address address = { .port = 1 };
    const char *protocol = row_string(lb, "protocol");

    if (lb_address_parse(vip, true, &address)) {
        lb_address_clear(&address);
    }
    return !address.port ? "" : protocol[0] ? protocol : "tcp";
}

static size_t
vip_width(struct row *const *lbs, size_t n)
{
    size_t width = 0;

    for (size_t i = 0; i < n; i++) {
        const char **vips;
        size_t n_vips = vips_of(lbs[i], &vips);

        for (size_t j = 0; j < n_vips; j++) {
            width = MAX(width, strlen(vips[j]));
        }
        free(vips);
    }
    return width;
}

static void
print_lb(struct context *ctx, const struct row *lb, int width)
{
    struct ds *out = &ctx->output;
    const char **vips;
    size_t n = vips_of(lb, &vips);

    for (size_t i = 0; i < n; i++) {
        const char *protocol = shown_protocol(lb, vips[i]);
        const char *backends = row_map_get(lb, "vips", vips[i]);

        if (!i) {
            ds_put_format(out, UUID_FMT"    %-20.16s%-11.7s%-*.*s%s\n",
                          UUID_ARGS(&lb->uuid), view_row_name(lb), protocol,
                          width + 4, width, vips[i], backends);
        } else {
            ds_put_format(out, "%60s%-11.7s%-*.*s%s\n", "", protocol,
                          width + 4, width, vips[i], backends);
        }
    }
    free(vips);
}

static int
compare_lbs(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int cmp = strcmp(view_row_name(*a), view_row_name(*b));

    return cmp ? cmp : uuid_compare_3way(&(*a)->uuid, &(*b)->uuid);
}

static void
print_lbs(struct context *ctx, struct row **lbs, size_t n)
{
    int width = vip_width(lbs, n);

    if (!width) {
        return;
    }
    qsort(lbs, n, sizeof *lbs, compare_lbs);
    ds_put_format(&ctx->output, "%-40.36s%-20.16s%-11.7s%-*.*s%s\n", "UUID",
                  "LB", "PROTO", width + 4, width, "VIP", "IPs");
    for (size_t i = 0; i < n; i++) {
        print_lb(ctx, lbs[i], width);
    }
}

static void
run_lb_list(struct context *ctx)
{
    struct row **rows;

    if (ctx->argc > 1) {
        struct row *lb = find_lb(ctx, ctx->argv[1], false);

        if (lb) {
            print_lbs(ctx, &lb, 1);
        }
        return;
    }

    size_t n = model_rows(ctx->model, &table_load_balancer, &rows);
    print_lbs(ctx, rows, n);
    free(rows);
}

/* ---- Of switches and routers ------------------------------------------- */

static void
attach(struct context *ctx, struct row *owner)
{
    struct row *lb = owner ? find_lb(ctx, ctx->argv[2], true) : NULL;

    if (!lb) {
        return;
    }
    if (row_has_item(owner, "load_balancer", lb->id)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, UUID_FMT" : a load balancer with this UUID "
                          "already exists", UUID_ARGS(&lb->uuid));
        }
        return;
    }
    row_add_item(owner, "load_balancer", lb->id);
}

static void
detach(struct context *ctx, struct row *owner, const char *what)
{
    bool must_exist = !context_has_option(ctx, "--if-exists");
    struct row *lb;

    if (!owner) {
        return;
    } else if (ctx->argc == 2) {
        row_unset(owner, "load_balancer");
        return;
    }
    lb = find_lb(ctx, ctx->argv[2], true);
    if (lb && row_has_item(owner, "load_balancer", lb->id)) {
        row_remove_item(owner, "load_balancer", lb->id);
    } else if (lb && must_exist) {
        context_error(ctx, "load balancer %s is not part of any logical "
                      "%s.", ctx->argv[2], what);
    }
}

static void
list_of(struct context *ctx, const struct row *owner)
{
    size_t n = owner ? row_n_items(owner, "load_balancer") : 0;
    struct row **lbs = xcalloc(n, sizeof *lbs);
    size_t n_lbs = 0;

    for (size_t i = 0; i < n; i++) {
        struct row *lb = model_get(ctx->model, &table_load_balancer,
                                   row_item(owner, "load_balancer", i));

        if (lb) {
            lbs[n_lbs++] = lb;
        }
    }
    print_lbs(ctx, lbs, n_lbs);
    free(lbs);
}

static void
run_ls_lb_add(struct context *ctx)
{
    attach(ctx, nb_switch(ctx, ctx->argv[1], true));
}

static void
run_ls_lb_del(struct context *ctx)
{
    detach(ctx, nb_switch(ctx, ctx->argv[1], true), "switch");
}

static void
run_ls_lb_list(struct context *ctx)
{
    list_of(ctx, nb_switch(ctx, ctx->argv[1], true));
}

static void
run_lr_lb_add(struct context *ctx)
{
    attach(ctx, nb_router(ctx, ctx->argv[1], true));
}

static void
run_lr_lb_del(struct context *ctx)
{
    detach(ctx, nb_router(ctx, ctx->argv[1], true), "router");
}

static void
run_lr_lb_list(struct context *ctx)
{
    list_of(ctx, nb_router(ctx, ctx->argv[1], true));
}

static const struct command commands[] = {
    { "lb-add", 3, 5, "LB VIP[:PORT] IP[:PORT]... [PROTOCOL] "
      "[ADDRESS_FAMILY]", run_lb_add, "--may-exist,--add-duplicate,--reject,"
      "--event,--add-route,--template", true, "1:load_balancer" },
    { "lb-del", 1, 2, "LB [VIP]", run_lb_del, "--if-exists", true,
      "1:load_balancer" },
    { "lb-list", 0, 1, "[LB]", run_lb_list, "", false, "1:load_balancer" },
    { "ls-lb-add", 2, 2, "SWITCH LB", run_ls_lb_add, "--may-exist", true,
      "1:logical_switch 2:load_balancer" },
    { "ls-lb-del", 1, 2, "SWITCH [LB]", run_ls_lb_del, "--if-exists", true,
      "1:logical_switch 2:load_balancer" },
    { "ls-lb-list", 1, 1, "SWITCH", run_ls_lb_list, "", false,
      "1:logical_switch" },
    { "lr-lb-add", 2, 2, "ROUTER LB", run_lr_lb_add, "--may-exist", true,
      "1:logical_router 2:load_balancer" },
    { "lr-lb-del", 1, 2, "ROUTER [LB]", run_lr_lb_del, "--if-exists", true,
      "1:logical_router 2:load_balancer" },
    { "lr-lb-list", 1, 1, "ROUTER", run_lr_lb_list, "", false,
      "1:logical_router" },
};

const struct command_group nb_lb_commands
    = COMMAND_GROUP("Load balancer", commands);
