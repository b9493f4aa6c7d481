/* QoS rules of switches: marking and metering. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/nb.h"
#include "util.h"
#include "uuid.h"

/* By direction, then the highest priority first, then match. */
static int
compare_rules(const void *a_, const void *b_)
{
    const struct row *const *a = a_;
    const struct row *const *b = b_;
    int64_t pa = row_integer(*a, "priority", 0);
    int64_t pb = row_integer(*b, "priority", 0);
    int cmp = strcmp(row_string(*a, "direction"),
                     row_string(*b, "direction"));

    if (cmp) {
        return cmp;
    } else if (pa != pb) {
        return pa > pb ? -1 : 1;
    }
    return strcmp(row_string(*a, "match"), row_string(*b, "match"));
}

/* The rules of a switch, sorted; '*rules' is the caller's. */
static size_t
rules_of(struct context *ctx, const struct row *ls, struct row ***rules)
{
    size_t n = model_children(ctx->model, &table_qos, 0, ls, rules);

    if (n) {
        qsort(*rules, n, sizeof **rules, compare_rules);
    }
    return n;
}

/* "dscp=N", "rate=N", "burst=N". */
static void
set_argument(struct context *ctx, struct row *rule, const char *arg)
{
    static const struct {
        const char *name, *column;
        int64_t min, max;
    } kinds[] = {
        { "dscp", "action", 0, 63 },
        { "rate", "bandwidth", 1, UINT32_MAX },
        { "burst", "bandwidth", 1, UINT32_MAX },
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t size = strlen(kinds[i].name);
        int64_t value;

        if (strncmp(arg, kinds[i].name, size) || arg[size] != '=') {
            continue;
        }
        if (!nb_parse_integer(arg + size + 1, kinds[i].min, kinds[i].max,
                              &value)) {
            context_error(ctx, "%s: %s must be in the range "
                          "%"PRId64"...%"PRId64, arg + size + 1,
                          kinds[i].name, kinds[i].min, kinds[i].max);
        } else {
            row_map_set_integer(rule, kinds[i].column, kinds[i].name, value);
        }
        return;
    }
    context_error(ctx, "%s: supported arguments are \"dscp=\", \"rate=\", "
                  "and \"burst=\"", arg);
}

static bool
is_duplicate(struct context *ctx, const struct row *ls,
             const struct row *rule)
{
    struct row **rules;
    size_t n = rules_of(ctx, ls, &rules);
    bool found = false;

    for (size_t i = 0; i < n && !found; i++) {
        found = rules[i] != rule && !compare_rules(&rules[i], &rule);
    }
    free(rules);
    return found;
}

static void
run_qos_add(struct context *ctx)
{
    const char *direction;
    int64_t priority;
    struct row *ls;

    if (!(direction = nb_parse_direction(ctx, ctx->argv[2]))
        || !nb_parse_priority(ctx, ctx->argv[3], &priority)
        || !(ls = nb_switch(ctx, ctx->argv[1], true))) {
        return;
    }

    struct row *rule = nb_create(ctx, &view_qos, NULL);
    row_set_integer(rule, "priority", priority);
    row_set_string(rule, "direction", direction);
    row_set_string(rule, "match", ctx->argv[4]);
    for (int i = 5; i < ctx->argc && !ctx->error; i++) {
        set_argument(ctx, rule, ctx->argv[i]);
    }
    /* A burst without a rate is nothing. */
    if (!row_map_integer(rule, "bandwidth", "rate", 0)) {
        row_unset(rule, "bandwidth");
    }
    if (!row_has(rule, "action") && !row_has(rule, "bandwidth")) {
        context_error(ctx, "Either \"rate\" and/or \"dscp\" must be "
                      "specified");
    }
    row_set_string(rule, "switch", ls->id);
    if (!ctx->error && is_duplicate(ctx, ls, rule)) {
        if (!context_has_option(ctx, "--may-exist")) {
            context_error(ctx, "Same qos already existed on the ls %s.",
                          view_row_name(ls));
        }
        model_delete(rule);
    }
}

static void
delete_by_uuid(struct context *ctx, const struct row *ls,
               const struct uuid *uuid)
{
    struct row **rules;
    size_t n = rules_of(ctx, ls, &rules);
    bool found = false;

    if (ctx->argc > 3) {
        context_error(ctx, "uuid must be the only argument");
    }
    for (size_t i = 0; i < n && !ctx->error; i++) {
        if (uuid_equals(&rules[i]->uuid, uuid)) {
            model_delete(rules[i]);
            found = true;
        }
    }
    if (!found) {
        context_error(ctx, "uuid is not found");
    }
    free(rules);
}

static void
run_qos_del(struct context *ctx)
{
    const char *direction = NULL;
    const char *match = ctx->argc > 4 ? ctx->argv[4] : NULL;
    int64_t priority = -1;
    struct uuid uuid;
    struct row **rules;
    struct row *ls = nb_switch(ctx, ctx->argv[1], true);

    if (!ls) {
        return;
    } else if (ctx->argc > 2 && uuid_from_string(&uuid, ctx->argv[2])) {
        delete_by_uuid(ctx, ls, &uuid);
        return;
    } else if ((ctx->argc > 2
                && !(direction = nb_parse_direction(ctx, ctx->argv[2])))
               || (ctx->argc > 3
                   && !nb_parse_priority(ctx, ctx->argv[3], &priority))) {
        return;
    } else if (ctx->argc == 4) {
        context_error(ctx, "cannot specify priority without match");
        return;
    }

    size_t n = rules_of(ctx, ls, &rules);
    for (size_t i = 0; i < n; i++) {
        if ((!direction || !strcmp(direction,
                                   row_string(rules[i], "direction")))
            && (!match || (priority == row_integer(rules[i], "priority", 0)
                           && !strcmp(match, row_string(rules[i],
                                                        "match"))))) {
            model_delete(rules[i]);
        }
    }
    free(rules);
}

static void
run_qos_list(struct context *ctx)
{
    static const char *const keys[][2] = {
        { "bandwidth", "rate" }, { "bandwidth", "burst" },
        { "action", "dscp" },
    };
    struct row *ls = nb_switch(ctx, ctx->argv[1], true);
    struct row **rules;
    size_t n = ls ? rules_of(ctx, ls, &rules) : 0;

    for (size_t i = 0; i < n; i++) {
        ds_put_format(&ctx->output, "%10s %5"PRId64" (%s)",
                      row_string(rules[i], "direction"),
                      row_integer(rules[i], "priority", 0),
                      row_string(rules[i], "match"));
        for (size_t j = 0; j < ARRAY_SIZE(keys); j++) {
            int64_t value = row_map_integer(rules[i], keys[j][0],
                                            keys[j][1], -1);
            if (value >= 0) {
                ds_put_format(&ctx->output, " %s=%"PRId64, keys[j][1],
                              value);
            }
        }
        ds_put_char(&ctx->output, '\n');
    }
    if (ls) {
        free(rules);
    }
}

static const struct command commands[] = {
    { "qos-add", 5, 7, "SWITCH DIRECTION PRIORITY MATCH [rate=RATE "
      "[burst=BURST]] [dscp=DSCP]", run_qos_add, "--may-exist", true,
      "1:logical_switch" },
    { "qos-del", 1, 4, "SWITCH [{DIRECTION | UUID} [PRIORITY MATCH]]",
      run_qos_del, "", true, "1:logical_switch" },
    { "qos-list", 1, 1, "SWITCH", run_qos_list, "", false,
      "1:logical_switch" },
};

const struct command_group nb_qos_commands = COMMAND_GROUP("QoS", commands);
