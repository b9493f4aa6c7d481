/* Static routes. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/nb.h"
#include "cli/nb_ip.h"
#include "packets.h"
#include "util.h"
#include "uuid.h"

/* What identifies a route, and what lr-route-add gives it. Strings are
 * normalized and owned. */
struct route {
    char *prefix;               /* NULL: any (lr-route-del). */
    char *nexthop;              /* An address or "discard"; NULL: any. */
    const char *port;           /* NULL: none given. */
    const char *policy;         /* "src-ip", "dst-ip"; NULL: none given. */
    const char *table;          /* "" is the main one. */
};

static void
route_clear(struct route *route)
{
    free(route->prefix);
    free(route->nexthop);
}

static const char *
policy_of(const struct row *row)
{
    const char *policy = row_string(row, "policy");

    return policy[0] ? policy : "dst-ip";
}

/* Reads --policy and --route-table. */
static bool
parse_options(struct context *ctx, struct route *route)
{
    const char *table = context_option(ctx, "--route-table");
    const char *policy = context_option(ctx, "--policy");

    route->table = table ? table : "";
    if (policy && strcasecmp(policy, "src-ip")
        && strcasecmp(policy, "dst-ip")) {
        context_error(ctx, "bad policy: %s", policy);
        return false;
    }
    route->policy = (!policy ? NULL
                     : strcasecmp(policy, "src-ip") ? "dst-ip" : "src-ip");
    return true;
}

static bool
is_discard(const char *nexthop)
{
    return !strcmp(nexthop, "discard");
}

/* The routes of a router; '*rowsp' is the caller's. */
static size_t
routes_of(struct context *ctx, const struct row *router, struct row ***rowsp)
{
    return model_children(ctx->model, &table_logical_router_static_route, 0,
                          router, rowsp);
}

/* Whether the route's prefix is 'prefix'. */
static bool
has_prefix(const struct row *row, const char *prefix)
{
    char *have = ip_normalize_prefix(row_string(row, "ip_prefix"));
    bool same = have && !strcmp(have, prefix);

    free(have);
    return same;
}

static bool
has_nexthop(const struct row *row, const char *nexthop)
{
    const char *text = row_string(row, "nexthop");
    char *have = is_discard(text) ? xstrdup(text) : ip_normalize_prefix(text);
    bool same = have && !strcmp(have, nexthop);

    free(have);
    return same;
}

/* ---- lr-route-add ------------------------------------------------------ */

static bool
parse_nexthop(struct context *ctx, struct route *route)
{
    const char *text = ctx->argv[3];
    bool ip6 = ip_is_ip6(route->prefix);

    if (is_discard(text)) {
        route->nexthop = xstrdup(text);
        return true;
    }
    route->nexthop = (ip6 ? ip6_normalize_address(text)
                      : ip4_normalize_address(text));
    if (!route->nexthop) {
        context_error(ctx, "bad %s nexthop argument: %s",
                      ip6 ? "IPv6" : "IPv4", text);
    }
    return route->nexthop;
}

static bool
parse_added(struct context *ctx, struct route *route)
{
    if (!parse_options(ctx, route)) {
        return false;
    }
    route->prefix = ip_normalize_prefix(ctx->argv[2]);
    if (!route->prefix) {
        context_error(ctx, "bad prefix argument: %s", ctx->argv[2]);
        return false;
    }
    if (!parse_nexthop(ctx, route)) {
        return false;
    }
    if (ctx->argc > 4) {
        const struct row *port = nb_router_port(ctx, ctx->argv[4], true);
        route->port = port ? port->id : NULL;
        return port;
    }
    return true;
}

static bool
is_same_network(const struct row *row, const struct route *route)
{
    const char *policy = route->policy ? route->policy : "dst-ip";

    return (!strcmp(policy_of(row), policy)
            && !strcmp(row_string(row, "route_table"), route->table)
            && has_prefix(row, route->prefix));
}

/* The route among the router's that has the same prefix, policy and table;
 * with 'nexthop', and leads there. */
static struct row *
find_route(struct context *ctx, const struct row *router,
           const struct route *route, const char *nexthop)
{
    struct row *found = NULL;
    struct row **rows;
    size_t n = routes_of(ctx, router, &rows);

    for (size_t i = 0; i < n && !found; i++) {
        if (is_same_network(rows[i], route)
            && (!nexthop || has_nexthop(rows[i], nexthop))) {
            found = rows[i];
        }
    }
    free(rows);
    return found;
}

/* The BFD session that --bfd asks for: told, found by next hop, or made. */
static struct row *
find_bfd(struct context *ctx, const struct route *route)
{
    const char *id = context_option(ctx, "--bfd");
    struct row *found = NULL;
    struct row **rows;
    struct uuid uuid;

    if (id) {
        if (uuid_from_string(&uuid, id)) {
            found = model_get_uuid(ctx->model, &table_bfd, &uuid);
        }
        if (!found) {
            context_error(ctx, "no entry found in the BFD table");
        }
        return found;
    }

    size_t n = model_rows(ctx->model, &table_bfd, &rows);
    for (size_t i = 0; i < n && !found; i++) {
        if (!strcmp(row_string(rows[i], "dst_ip"), route->nexthop)
            && (!route->port || !strcmp(row_string(rows[i], "logical_port"),
                                        route->port))) {
            found = rows[i];
        }
    }
    free(rows);
    if (!found && !route->port) {
        context_error(ctx, "insert entry in the BFD table failed");
    } else if (!found) {
        found = nb_create(ctx, &view_bfd, NULL);
        row_set_string(found, "dst_ip", route->nexthop);
        row_set_string(found, "logical_port", route->port);
    }
    return found;
}

static void
fill_route(struct context *ctx, struct row *row, const struct route *route,
           bool symmetric, const struct row *bfd)
{
    row_set_string(row, "ip_prefix", route->prefix);
    row_set_string(row, "nexthop", route->nexthop);
    row_set_string(row, "output_port", route->port);
    row_set_string(row, "policy", route->policy);
    row_set_string(row, "bfd", bfd ? bfd->id : NULL);
    if (symmetric) {
        row_map_set(row, "options", "ecmp_symmetric_reply", "true");
    }
}

static void
check_ecmp(struct context *ctx, const struct row *router,
           const struct route *route)
{
    if (find_route(ctx, router, route, "discard")) {
        context_error(ctx, "discard nexthop for the same ECMP route "
                      "exists.");
    } else if (find_route(ctx, router, route, route->nexthop)
               && !context_has_option(ctx, "--may-exist")) {
        context_error(ctx, "duplicate nexthop for the same ECMP route");
    }
}

/* What a route to nowhere cannot have. */
static void
check_discard(struct context *ctx, const struct route *route, bool ecmp)
{
    if (ecmp) {
        context_error(ctx, "ecmp is not valid for discard routes.");
    } else if (context_has_option(ctx, "--bfd")) {
        context_error(ctx, "bfd dst_ip cannot be discard.");
    } else if (route->port) {
        context_error(ctx, "outport is not valid for discard routes.");
    }
}

static void
add_route(struct context *ctx, const struct row *router,
          const struct route *route)
{
    bool symmetric = context_has_option(ctx, "--ecmp-symmetric-reply");
    bool ecmp = symmetric || context_has_option(ctx, "--ecmp");
    bool may_exist = context_has_option(ctx, "--may-exist");
    struct row *bfd = NULL;
    struct row *row = find_route(ctx, router, route,
                                 ecmp ? route->nexthop : NULL);

    if (is_discard(route->nexthop)) {
        check_discard(ctx, route, ecmp);
    }
    if (!ctx->error && context_has_option(ctx, "--bfd")) {
        bfd = find_bfd(ctx, route);
    }
    if (!ctx->error && ecmp) {
        check_ecmp(ctx, router, route);
    } else if (!ctx->error && row && !may_exist) {
        context_error(ctx, "duplicate prefix: %s (policy: %s). Use option "
                      "--ecmp to allow this for ECMP routing.",
                      route->prefix, route->policy ? route->policy
                      : "dst-ip");
    }
    if (ctx->error || (ecmp && row)) {
        return;
    }
    if (!row) {
        row = nb_create(ctx, &view_logical_router_static_route, NULL);
        row_set_string(row, "router", router->id);
        row_set_string(row, "route_table", route->table);
    }
    fill_route(ctx, row, route, symmetric, bfd);
}

static void
run_lr_route_add(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct route route = { .prefix = NULL };

    if (router && parse_added(ctx, &route)) {
        add_route(ctx, router, &route);
    }
    route_clear(&route);
}

/* ---- lr-route-del ------------------------------------------------------ */

static bool
parse_deleted(struct context *ctx, struct route *route)
{
    if (!parse_options(ctx, route)) {
        return false;
    }
    if (ctx->argc > 2) {
        route->prefix = ip_normalize_prefix(ctx->argv[2]);
        if (!route->prefix) {
            context_error(ctx, "bad prefix argument: %s", ctx->argv[2]);
            return false;
        }
    }
    if (ctx->argc > 3) {
        route->nexthop = (is_discard(ctx->argv[3]) ? xstrdup("discard")
                          : ip_normalize_prefix(ctx->argv[3]));
        if (!route->nexthop) {
            context_error(ctx, "bad nexthop argument: %s", ctx->argv[3]);
            return false;
        }
    }
    route->port = ctx->argc > 4 ? ctx->argv[4] : NULL;
    return true;
}

static bool
is_wanted(const struct row *row, const struct route *route)
{
    return ((!route->policy || !strcmp(policy_of(row), route->policy))
            && !strcmp(row_string(row, "route_table"), route->table)
            && (!route->prefix || has_prefix(row, route->prefix))
            && (!route->nexthop || has_nexthop(row, route->nexthop))
            && (!route->port || !strcmp(row_string(row, "output_port"),
                                        route->port)));
}

static const char *
or_any(const char *text)
{
    return text ? text : "any";
}

static void
run_lr_route_del(struct context *ctx)
{
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct route route = { .prefix = NULL };
    size_t n, n_removed = 0;
    struct row **rows;

    if (!router || !parse_deleted(ctx, &route)) {
        route_clear(&route);
        return;
    }

    /* A table alone makes no difference, as with OVN. */
    bool all = ctx->argc == 2 && !route.policy;
    n = routes_of(ctx, router, &rows);
    for (size_t i = 0; i < n; i++) {
        if (all || is_wanted(rows[i], &route)) {
            model_delete(rows[i]);
            n_removed++;
        }
    }
    free(rows);
    if (!all && !n_removed && !context_has_option(ctx, "--if-exists")) {
        /* OVN has no word for a prefix that was not given. */
        context_error(ctx, "no matching route: policy '%s', prefix '%s', "
                      "nexthop '%s', output_port '%s'.",
                      or_any(route.policy),
                      route.prefix ? route.prefix : "(null)",
                      or_any(route.nexthop), or_any(route.port));
    }
    route_clear(&route);
}

/* ---- lr-route-list ----------------------------------------------------- */

/* A route to print. */
struct line {
    const struct row *row;
    char *prefix;               /* Normalized. */
    bool ecmp;
};

/* Which of two routes wins: the longer prefix, and then the destination. */
static unsigned int
priority_of(const struct line *line)
{
    return (2 * ip_prefix_length(line->prefix)
            + !strcmp(policy_of(line->row), "dst-ip"));
}

/* By family, table, priority, address and next hop. */
static int
compare_lines(const void *a_, const void *b_)
{
    const struct line *a = a_;
    const struct line *b = b_;
    unsigned int la = priority_of(a);
    unsigned int lb = priority_of(b);
    int cmp = ip_is_ip6(a->prefix) - ip_is_ip6(b->prefix);

    cmp = cmp ? cmp : strcmp(row_string(a->row, "route_table"),
                             row_string(b->row, "route_table"));
    if (cmp) {
        return cmp;
    } else if (la != lb) {
        return la > lb ? -1 : 1;
    }
    cmp = strcmp(a->prefix, b->prefix);
    cmp = cmp ? cmp : strcmp(row_string(a->row, "nexthop"),
                             row_string(b->row, "nexthop"));
    return cmp ? cmp : strcmp(row_string(a->row, "output_port"),
                              row_string(b->row, "output_port"));
}

static bool
is_ecmp(const struct line *a, const struct line *b)
{
    return (!strcmp(a->prefix, b->prefix)
            && !strcmp(policy_of(a->row), policy_of(b->row))
            && !strcmp(row_string(a->row, "route_table"),
                       row_string(b->row, "route_table")));
}

static void
print_line(struct context *ctx, const struct line *line)
{
    const struct row *row = line->row;
    const char *learned = row_map_get(row, "external_ids",
                                      "ic-learned-route");
    const char *symmetric = row_map_get(row, "options",
                                        "ecmp_symmetric_reply");
    struct ds *out = &ctx->output;

    ds_put_format(out, "%25s %25s %s", line->prefix,
                  row_string(row, "nexthop"), policy_of(row));
    if (row_has(row, "output_port")) {
        ds_put_format(out, " %s", row_string(row, "output_port"));
    }
    ds_put_cstr(out, learned ? " (learned)" : "");
    ds_put_cstr(out, line->ecmp ? " ecmp" : "");
    ds_put_cstr(out, symmetric && !strcmp(symmetric, "true")
                ? " ecmp-symmetric-reply" : "");
    ds_put_cstr(out, row_has(row, "bfd") ? " bfd" : "");
    ds_put_char(out, '\n');
}

static void
print_lines(struct context *ctx, const struct line *lines, size_t n)
{
    const char *table = NULL;
    int ip6 = -1;

    for (size_t i = 0; i < n; i++) {
        const char *this_table = row_string(lines[i].row, "route_table");

        if (ip6 != ip_is_ip6(lines[i].prefix)) {
            ds_put_format(&ctx->output, "%sIPv%d Routes\n", i ? "\n" : "",
                          ip_is_ip6(lines[i].prefix) ? 6 : 4);
            ip6 = ip_is_ip6(lines[i].prefix);
            table = NULL;
        }
        if (!table || strcmp(table, this_table)) {
            ds_put_format(&ctx->output, "%sRoute Table %s:\n",
                          table ? "\n" : "",
                          this_table[0] ? this_table : "<main>");
            table = this_table;
        }
        print_line(ctx, &lines[i]);
    }
}

static void
run_lr_route_list(struct context *ctx)
{
    const char *table = context_option(ctx, "--route-table");
    struct row *router = nb_router(ctx, ctx->argv[1], true);
    struct row **rows;

    if (!router) {
        return;
    }

    size_t n_rows = routes_of(ctx, router, &rows);
    struct line *lines = xcalloc(n_rows, sizeof *lines);
    size_t n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        char *prefix = ip_normalize_prefix(row_string(rows[i], "ip_prefix"));

        if (prefix && (!table || !strcmp(table, row_string(rows[i],
                                                           "route_table")))) {
            lines[n++] = (struct line) { rows[i], prefix, false };
        } else {
            free(prefix);
        }
    }
    if (n) {
        qsort(lines, n, sizeof *lines, compare_lines);
    }
    for (size_t i = 1; i < n; i++) {
        if (is_ecmp(&lines[i - 1], &lines[i])) {
            lines[i - 1].ecmp = lines[i].ecmp = true;
        }
    }
    print_lines(ctx, lines, n);
    for (size_t i = 0; i < n; i++) {
        free(lines[i].prefix);
    }
    free(lines);
    free(rows);
}

static const struct command commands[] = {
    { "lr-route-add", 3, 4, "ROUTER PREFIX NEXTHOP [PORT]",
      run_lr_route_add, "--may-exist,--ecmp,--ecmp-symmetric-reply,--policy=,"
      "--route-table=,--bfd?", true,
      "1:logical_router 4:logical_router_port" },
    { "lr-route-del", 1, 4, "ROUTER [PREFIX [NEXTHOP [PORT]]]",
      run_lr_route_del, "--if-exists,--policy=,--route-table=", true,
      "1:logical_router" },
    { "lr-route-list", 1, 1, "ROUTER", run_lr_route_list, "--route-table=",
      false, "1:logical_router" },
};

const struct command_group nb_route_commands
    = COMMAND_GROUP("Logical router static route", commands);
