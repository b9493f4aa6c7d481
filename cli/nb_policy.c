/* Routing policies of routers. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "cli/nb_ip.h"
#include "util.h"
#include "uuid.h"

/* The highest priority first, then match. */
static int
compare_policies(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int64_t pa = row_integer(*a, "priority", 0);
    int64_t pb = row_integer(*b, "priority", 0);

    if (pa != pb) {
        return pa > pb ? -1 : 1;
    }
    return strcmp(row_string(*a, "match"), row_string(*b, "match"));
}

/* The policies of a router, sorted; '*rowsp' is the caller's. */
static size_t
policies_of(struct context *ctx, const struct row *router,
            struct row ***rowsp)
{
    size_t n = model_children(ctx->model, &table_logical_router_policy, 0,
                              router, rowsp);

    if (n) {
        qsort(*rowsp, n, sizeof **rowsp, compare_policies);
    }
    return n;
}

static struct row *
find_policy(struct context *ctx, const struct row *router, int64_t priority,
            const char *match)
{
    struct row *found = NULL;
    struct row **rows;
    size_t n = policies_of(ctx, router, &rows);

    for (size_t i = 0; i < n && !found; i++) {
        if (row_integer(rows[i], "priority", 0) == priority
            && !strcmp(row_string(rows[i], "match"), match)) {
            found = rows[i];
        }
    }
    free(rows);
    return found;
}

/* "ip[,ip]...", all of one family. */
static void
set_nexthops(struct context *ctx, struct row *policy, const char *text)
{
    char *copy = xstrdup(text);
    char *save = NULL;
    int family = -1;

    for (char *word = strtok_r(copy, ", ", &save); word && !ctx->error;
         word = strtok_r(NULL, ", ", &save)) {
        char *nexthop = ip_normalize_prefix(word);

        if (!nexthop) {
            context_error(ctx, "bad next hop argument: %s", text);
        } else if (family >= 0 && family != ip_is_ip6(nexthop)) {
            context_error(ctx, "bad next hops argument, not in the same addr "
                          "family : %s", text);
        } else {
            family = ip_is_ip6(nexthop);
            row_add_item(policy, "nexthops", nexthop);
        }
        free(nexthop);
    }
    free(copy);
}

/* "key=value" words from argv[first] on. */
static void
set_options(struct context *ctx, struct row *policy, int first)
{
    for (int i = first; i < ctx->argc && !ctx->error; i++) {
        char *key = xstrdup(ctx->argv[i]);
        char *equals = strchr(key, '=');

        if (!equals || !equals[1]) {
            context_error(ctx, "No value specified for the option : %s",
                          key);
        } else {
            *equals = '\0';
            row_map_set(policy, "options", key, equals + 1);
        }
        free(key);
    }
}

static void
run_lr_policy_add(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    const char *action = ctx->argv[4];
    const char *match = ctx->argv[3];
    bool reroute = !strcmp(action, "reroute");
    int64_t priority;

    if (!router || !nb_parse_priority(ctx, ctx->argv[2], &priority)) {
        return;
    } else if (!reroute && strcmp(action, "allow")
               && strcmp(action, "drop")) {
        context_error(ctx, "%s: action must be one of \"allow\", \"drop\", "
                      "and \"reroute\"", action);
        return;
    } else if (reroute && ctx->argc < 6) {
        context_error(ctx, "Nexthop is required when action is reroute.");
        return;
    } else if (find_policy(ctx, router, priority, match)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, "Same routing policy already existed on the "
                          "logical router %s.", ctx->argv[1]);
        }
        return;
    }

    struct row *policy = nb_create(ctx, &view_logical_router_policy, NULL);
    row_set_string(policy, "router", router->id);
    row_set_integer(policy, "priority", priority);
    row_set_string(policy, "match", match);
    row_set_string(policy, "action", action);
    if (reroute) {
        set_nexthops(ctx, policy, ctx->argv[5]);
    }
    set_options(ctx, policy, reroute ? 6 : 5);
}

static void
delete_by_uuid(struct context *ctx, const struct row *router,
               const struct uuid *uuid)
{
    bool found = false;
    struct row **rows;
    size_t n = policies_of(ctx, router, &rows);

    for (size_t i = 0; i < n; i++) {
        if (uuid_equals(&rows[i]->uuid, uuid)) {
            model_delete(rows[i]);
            found = true;
        }
    }
    free(rows);
    if (!found && !context_has_option(ctx, "--if-exists")) {
        context_error(ctx, "Logical router policy uuid is not found.");
    }
}

static void
run_lr_policy_del(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    const char *match = ctx->argc > 3 ? ctx->argv[3] : NULL;
    int64_t priority = -1;
    struct uuid uuid;
    struct row **rows;

    if (!router) {
        return;
    } else if (ctx->argc > 2 && uuid_from_string(&uuid, ctx->argv[2])) {
        /* With a match too it is neither, and nothing happens. */
        if (ctx->argc == 3) {
            delete_by_uuid(ctx, router, &uuid);
        }
        return;
    }
    if (ctx->argc > 2 && !nb_parse_priority(ctx, ctx->argv[2], &priority)) {
        return;
    }

    size_t n = policies_of(ctx, router, &rows);
    for (size_t i = 0; i < n; i++) {
        if ((priority < 0 || priority == row_integer(rows[i], "priority", 0))
            && (!match || !strcmp(match, row_string(rows[i], "match")))) {
            model_delete(rows[i]);
        }
    }
    free(rows);
}

static void
print_policy(struct context *ctx, const struct row *policy)
{
    const char *action = row_string(policy, "action");
    struct ds *out = &ctx->output;
    struct ds options = DS_EMPTY_INITIALIZER;
    const json_t *map = row_json(policy, "options");
    const char *key;
    json_t *value;

    ds_put_format(out, "%10"PRId64" %50s %15s",
                  row_integer(policy, "priority", 0),
                  row_string(policy, "match"), action);
    if (!strcmp(action, "reroute")) {
        struct ds nexthops = DS_EMPTY_INITIALIZER;

        for (size_t i = 0; i < row_n_items(policy, "nexthops"); i++) {
            ds_put_format(&nexthops, "%s%s", i ? ", " : "",
                          row_item(policy, "nexthops", i));
        }
        if (!nexthops.length) {
            ds_put_cstr(&nexthops, row_string(policy, "nexthop"));
        }
        ds_put_format(out, "%15s%s", "", ds_cstr(&nexthops));
        ds_destroy(&nexthops);
    }
    json_object_foreach ((json_t *) map, key, value) {
        ds_put_format(&options, "%s=%s,", key, json_string_value(value));
    }
    if (options.length) {
        ds_chomp(&options, ',');
        ds_put_format(out, "%15s%s", "", ds_cstr(&options));
    }
    ds_put_char(out, '\n');
    ds_destroy(&options);
}

static void
run_lr_policy_list(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct row **rows;

    if (router) {
        size_t n = policies_of(ctx, router, &rows);

        if (n) {
            ds_put_cstr(&ctx->output, "Routing Policies\n");
        }
        for (size_t i = 0; i < n; i++) {
            print_policy(ctx, rows[i]);
        }
        free(rows);
    }
}

static const struct command commands[] = {
    { "lr-policy-add", 4, INT_MAX,
      "ROUTER PRIORITY MATCH ACTION [NEXTHOP,...] [KEY=VALUE]...",
      run_lr_policy_add, "--may-exist", true, "1:logical_router" },
    { "lr-policy-del", 1, 3, "ROUTER [{PRIORITY | UUID} [MATCH]]",
      run_lr_policy_del, "--if-exists", true, "1:logical_router" },
    { "lr-policy-list", 1, 1, "ROUTER", run_lr_policy_list, "", false,
      "1:logical_router" },
};

const struct command_group nb_policy_commands
    = COMMAND_GROUP("Logical router policy", commands);
