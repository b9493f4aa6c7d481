/* Control plane protection: which meter limits which protocol. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"

static struct row *
find_copp(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_copp, id, must_exist, "copp", "copps");
}

/* The protocols that can be limited: the documented keys of ovn-nb(5). */
static const char *const protocols[] = {
    "arp", "arp-resolve", "dhcpv4-opts", "dhcpv6-opts", "dns", "event-elb",
    "icmp4-error", "icmp6-error", "igmp", "nd-na", "nd-ns", "nd-ns-resolve",
    "nd-ra-opts", "tcp-reset", "bfd", "reject", "svc-monitor",
};

static bool
check_protocol(struct context *ctx, const char *protocol)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (!strcmp(protocols[i], protocol)) {
            ds_destroy(&s);
            return true;
        }
        ds_put_format(&s, "%s%s", i ? ", " : "", protocols[i]);
    }
    context_error(ctx, "Invalid control protocol. Allowed values: %s.",
                  ds_cstr(&s));
    ds_destroy(&s);
    return false;
}

static void
run_copp_add(struct context *ctx)
{
    const char *name = ctx->argv[1];

    if (!check_protocol(ctx, ctx->argv[2])) {
        return;
    }

    struct row *copp = find_copp(ctx, name, false);
    if (!copp) {
        copp = nb_create(ctx, &view_copp, name);
    }
    row_map_set(copp, "meters", ctx->argv[2], ctx->argv[3]);
}

static void
run_copp_del(struct context *ctx)
{
    struct row *copp;

    if (ctx->argc > 2 && !check_protocol(ctx, ctx->argv[2])) {
        return;
    }
    copp = find_copp(ctx, ctx->argv[1], false);
    if (copp && ctx->argc == 2) {
        view_delete(ctx->view, copp);
    } else if (copp) {
        row_map_remove(copp, "meters", ctx->argv[2]);
    }
}

static void
run_copp_list(struct context *ctx)
{
    const struct row *copp = find_copp(ctx, ctx->argv[1], false);

    for (size_t i = 0; copp && i < ARRAY_SIZE(protocols); i++) {
        const char *meter = row_map_get(copp, "meters", protocols[i]);

        if (meter) {
            ds_put_format(&ctx->output, "%s: %s\n", protocols[i], meter);
        }
    }
}

static void
run_ls_copp_add(struct context *ctx)
{
    struct row *ls = nb_switch(ctx, ctx->argv[2], true);
    const struct row *copp = ls ? find_copp(ctx, ctx->argv[1], true) : NULL;

    if (copp) {
        row_set_string(ls, "copp", copp->id);
    }
}

static void
run_lr_copp_add(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[2], true);
    const struct row *copp = router ? find_copp(ctx, ctx->argv[1], true)
                                    : NULL;

    if (copp) {
        row_set_string(router, "copp", copp->id);
    }
}

static const struct command commands[] = {
    { "copp-add", 3, 3, "NAME PROTO METER", run_copp_add, "", true,
      "1:copp" },
    { "copp-del", 1, 2, "NAME [PROTO]", run_copp_del, "", true, "1:copp" },
    { "copp-list", 1, 1, "NAME", run_copp_list, "", false, "1:copp" },
    { "ls-copp-add", 2, 2, "NAME SWITCH", run_ls_copp_add, "", true,
      "1:copp 2:logical_switch" },
    { "lr-copp-add", 2, 2, "NAME ROUTER", run_lr_copp_add, "", true,
      "1:copp 2:logical_router" },
};

const struct command_group nb_copp_commands
    = COMMAND_GROUP("Control plane protection policy", commands);
