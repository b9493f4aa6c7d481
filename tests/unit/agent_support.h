/* For tests of the node agent: an engine with rows in it, and its flows as
 * ovs-ofctl would print them. */
#ifndef WEFT_TESTS_AGENT_SUPPORT_H
#define WEFT_TESTS_AGENT_SUPPORT_H 1

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node-agent/engine.h"
#include "node-agent/sb_apply.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Key "port/ap" of datapath 'dp' is 'json' (NULL: deleted). */
static inline void
put_row(struct engine *engine, const char *dp, const char *below,
        const char *json)
{
    sb_apply_datapath(&engine->model, model_datapath_get(&engine->model, dp),
                      below, json, json ? strlen(json) : 0);
}

static inline void
put_common(struct engine *engine, const char *name, const char *json)
{
    model_common_set(&engine->model, name,
                     sb_parse(&sb_flow_bundle_table, name, name, json,
                              strlen(json)));
}

/* "table=8,priority=50,... actions=..." of one flow; the caller's. */
static inline char *
flow_text(const struct flow_entry *flow)
{
    struct ds text = DS_EMPTY_INITIALIZER;
    struct ofpact_format_params params = { .s = &text };
    char *match = minimatch_to_string(&flow->match, NULL, flow->priority);

    ds_put_format(&text, "table=%u,%s%s actions=", flow->table,
                  strstr(match, "priority=") ? "" : "priority=32768,", match);
    ofpacts_format(flow_actions_ofpacts(flow->refs->actions),
                   flow->refs->actions->size, &params);
    free(match);
    return ds_steal_cstr(&text);
}

/* How many wanted flows have 'part' in their text. */
static inline int
count_flows(const struct engine *engine, const char *part)
{
    const struct flow_entry *flow;
    int n = 0;

    HMAP_FOR_EACH (flow, node, &engine->flows.flows) {
        if (flow->refs) {
            char *text = flow_text(flow);

            n += strstr(text, part) != NULL;
            free(text);
        }
    }
    return n;
}

/* True if a flow is exactly 'text'; else shows those of its table. */
static inline bool
has_flow(const struct engine *engine, const char *text)
{
    const struct flow_entry *flow;
    bool found = false;

    HMAP_FOR_EACH (flow, node, &engine->flows.flows) {
        if (flow->refs && !found) {
            char *other = flow_text(flow);

            found = !strcmp(text, other);
            free(other);
        }
    }
    if (!found) {
        fprintf(stderr, "missing: %s\n", text);
        HMAP_FOR_EACH (flow, node, &engine->flows.flows) {
            if (flow->refs && flow->table == atoi(text + strlen("table="))) {
                char *other = flow_text(flow);

                fprintf(stderr, "   have: %s\n", other);
                free(other);
            }
        }
    }
    return found;
}

#endif
