/* ACLs of switches and port groups. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"

/* What an ACL hangs on. */
struct owner {
    struct row *row;
    const char *column;         /* Of the ACL, that names it. */
    int which;                  /* That column's place among the parents. */
};
enum { OF_SWITCH, OF_PORT_GROUP };

static struct row *
find_port_group(struct context *ctx, const char *id, bool must_exist)
{
    return nb_find(ctx, &view_port_group, id, must_exist, "port group",
                   "port groups");
}

/* The switch or port group of argv[1], as --type has it. */
static bool
find_owner(struct context *ctx, struct owner *owner)
{
    const char *type = context_option(ctx, "--type");
    const char *id = ctx->argv[1];
    struct row *group = NULL, *ls = NULL;

    if (type && !strcmp(type, "port-group")) {
        group = find_port_group(ctx, id, true);
    } else if (type && !strcmp(type, "switch")) {
        ls = nb_switch(ctx, id, true);
    } else if (type) {
        context_error(ctx, "Invalid value '%s' for option --type", type);
    } else {
        group = find_port_group(ctx, id, false);
        ls = ctx->error ? NULL : nb_switch(ctx, id, false);
        if (!ctx->error && group && ls) {
            context_error(ctx, "Same name '%s' exists in both port-groups "
                          "and logical switches. Specify --type=port-group "
                          "or switch, or use a UUID.", id);
        } else if (!ctx->error && !group && !ls) {
            context_error(ctx, "'%s' is not found for port-group or "
                          "switch.", id);
        }
    }
    owner->row = group ? group : ls;
    owner->column = group ? "port_group" : "switch";
    owner->which = group ? OF_PORT_GROUP : OF_SWITCH;
    return !ctx->error;
}

static bool
is_after_lb(const struct row *acl)
{
    const char *after_lb = row_map_get(acl, "options", "apply-after-lb");

    return after_lb && !strcmp(after_lb, "true");
}

/* By direction, those after load balancing last; then the highest priority
 * first, then match. */
static int
compare_acls(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int64_t pa = row_integer(*a, "priority", 0);
    int64_t pb = row_integer(*b, "priority", 0);
    int cmp = strcmp(row_string(*a, "direction"),
                     row_string(*b, "direction"));

    if (cmp) {
        return cmp;
    } else if (is_after_lb(*a) != is_after_lb(*b)) {
        return is_after_lb(*a) ? 1 : -1;
    } else if (pa != pb) {
        return pa > pb ? -1 : 1;
    }
    return strcmp(row_string(*a, "match"), row_string(*b, "match"));
}

/* The ACLs of 'owner', sorted; '*acls' is the caller's. */
static size_t
acls_of(struct context *ctx, const struct owner *owner, struct row ***acls)
{
    size_t n = model_children(ctx->model, &table_acl, owner->which,
                              owner->row, acls);

    if (n) {
        qsort(*acls, n, sizeof **acls, compare_acls);
    }
    return n;
}

/* ---- acl-add ----------------------------------------------------------- */

static bool
is_action(const char *word)
{
    static const char *const actions[] = {
        "allow", "allow-related", "allow-stateless", "drop", "reject", "pass",
    };

    for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
        if (!strcmp(word, actions[i])) {
            return true;
        }
    }
    return false;
}

static void
set_logging(struct context *ctx, struct row *acl)
{
    static const char *const severities[] = {
        "alert", "warning", "notice", "info", "debug",
    };
    const char *severity = context_option(ctx, "--severity");
    const char *name = context_option(ctx, "--name");
    const char *meter = context_option(ctx, "--meter");
    size_t i = 0;

    if (context_has_option(ctx, "--log") || severity || name || meter) {
        row_set_boolean(acl, "log", true);
    }
    while (severity && i < ARRAY_SIZE(severities)
           && strcmp(severity, severities[i])) {
        i++;
    }
    if (i == ARRAY_SIZE(severities)) {
        context_error(ctx, "bad severity: %s", severity);
    }
    row_set_string(acl, "severity", severity);
    row_set_string(acl, "name", name);
    row_set_string(acl, "meter", meter);
}

static void
set_label(struct context *ctx, struct row *acl)
{
    const char *text = context_option(ctx, "--label");
    const char *action = row_string(acl, "action");
    int64_t label;

    if (!text) {
        return;
    } else if (strcmp(action, "allow") && strcmp(action, "allow-related")) {
        context_error(ctx, "label can only be set with actions \"allow\" or "
                      "\"allow-related\"");
    } else if (!nb_parse_integer(text, 0, UINT32_MAX, &label)) {
        context_error(ctx, "%s: label must in range 0...4294967295", text);
    } else {
        row_set_integer(acl, "label", label);
    }
}

static bool
is_duplicate(struct context *ctx, const struct owner *owner,
             const struct row *acl)
{
    struct row **acls;
    size_t n = acls_of(ctx, owner, &acls);
    bool found = false;

    for (size_t i = 0; i < n && !found; i++) {
        found = acls[i] != acl && !compare_acls(&acls[i], &acl);
    }
    free(acls);
    return found;
}

static void
run_acl_add(struct context *ctx)
{
    const char *action = ctx->argv[5];
    struct owner owner;
    const char *direction;
    int64_t priority;

    if (!find_owner(ctx, &owner)
        || !(direction = nb_parse_direction(ctx, ctx->argv[2]))
        || !nb_parse_priority(ctx, ctx->argv[3], &priority)) {
        return;
    } else if (!is_action(action)) {
        context_error(ctx, "%s: action must be one of \"allow\", "
                      "\"allow-related\", \"allow-stateless\", \"drop\", and "
                      "\"reject\"", action);
        return;
    }

    struct row *acl = nb_create(ctx, &view_acl, NULL);
    row_set_integer(acl, "priority", priority);
    row_set_string(acl, "direction", direction);
    row_set_string(acl, "match", ctx->argv[4]);
    row_set_string(acl, "action", action);
    set_logging(ctx, acl);
    set_label(ctx, acl);
    if (context_has_option(ctx, "--apply-after-lb")
        && !strcmp(direction, "from-lport")) {
        row_map_set(acl, "options", "apply-after-lb", "true");
    }
    row_set_string(acl, owner.column, owner.row->id);
    if (!ctx->error && is_duplicate(ctx, &owner, acl)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, "Same ACL already existed on the ls %s.",
                          view_row_name(owner.row));
        }
        model_delete(acl);
    }
}

/* ---- acl-del ----------------------------------------------------------- */

static void
run_acl_del(struct context *ctx)
{
    const char *direction = NULL;
    const char *match = ctx->argc > 4 ? ctx->argv[4] : NULL;
    int64_t priority = -1;
    struct owner owner;
    struct row **acls;

    if (!find_owner(ctx, &owner)
        || (ctx->argc > 2
            && !(direction = nb_parse_direction(ctx, ctx->argv[2])))
        || (ctx->argc > 3
            && !nb_parse_priority(ctx, ctx->argv[3], &priority))) {
        return;
    } else if (ctx->argc == 4) {
        context_error(ctx, "cannot specify priority without match");
        return;
    }

    size_t n = acls_of(ctx, &owner, &acls);
    for (size_t i = 0; i < n; i++) {
        if ((!direction || !strcmp(direction,
                                   row_string(acls[i], "direction")))
            && (!match || (priority == row_integer(acls[i], "priority", 0)
                           && !strcmp(match, row_string(acls[i],
                                                        "match"))))) {
            model_delete(acls[i]);
            if (match) {
                break;
            }
        }
    }
    free(acls);
}

/* ---- acl-list ---------------------------------------------------------- */

static void
print_logging(struct context *ctx, const struct row *acl)
{
    struct ds *out = &ctx->output;

    ds_put_cstr(out, " log(");
    if (row_has(acl, "name")) {
        ds_put_format(out, "name=%s,", row_string(acl, "name"));
    }
    if (row_has(acl, "severity")) {
        ds_put_format(out, "severity=%s,", row_string(acl, "severity"));
    }
    if (row_has(acl, "meter")) {
        ds_put_format(out, "meter=\"%s\",", row_string(acl, "meter"));
    }
    ds_chomp(out, ',');
    ds_put_char(out, ')');
}

static void
run_acl_list(struct context *ctx)
{
    struct ds *out = &ctx->output;
    struct owner owner;
    struct row **acls;

    if (!find_owner(ctx, &owner)) {
        return;
    }

    size_t n = acls_of(ctx, &owner, &acls);
    for (size_t i = 0; i < n; i++) {
        const struct row *acl = acls[i];

        ds_put_format(out, "%10s %5"PRId64" (%s) %s",
                      row_string(acl, "direction"),
                      row_integer(acl, "priority", 0),
                      row_string(acl, "match"), row_string(acl, "action"));
        if (row_boolean(acl, "log", false)) {
            print_logging(ctx, acl);
        }
        if (row_integer(acl, "label", 0)) {
            ds_put_format(out, " label=%"PRId64,
                          row_integer(acl, "label", 0));
        }
        if (is_after_lb(acl)) {
            ds_put_cstr(out, " [after-lb]");
        }
        ds_put_char(out, '\n');
    }
    free(acls);
}

static const struct command commands[] = {
    { "acl-add", 5, 6, "{SWITCH | PORTGROUP} DIRECTION PRIORITY MATCH ACTION",
      run_acl_add, "--log,--may-exist,--type=,--name=,--severity=,--meter=,"
      "--label=,--apply-after-lb", true, "1:logical_switch 1:port_group" },
    { "acl-del", 1, 4, "{SWITCH | PORTGROUP} [DIRECTION [PRIORITY MATCH]]",
      run_acl_del, "--type=", true, "1:logical_switch 1:port_group" },
    { "acl-list", 1, 1, "{SWITCH | PORTGROUP}", run_acl_list, "--type=",
      false, "1:logical_switch 1:port_group" },
};

const struct command_group nb_acl_commands = COMMAND_GROUP("ACL", commands);
