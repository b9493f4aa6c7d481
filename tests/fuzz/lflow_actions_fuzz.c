/* Any bytes as actions: parse, format, encode, evaluate.  What parses must
 * format to what parses to the same text and the same OpenFlow. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lflow/actions_evaluate.h"
#include "lflow/compile.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
port_key(const struct lflow_scope *scope OVS_UNUSED, const char *name,
         uint32_t *key)
{
    *key = *name;
    return *name == 'p';
}

static uint32_t
one(const struct lflow_scope *scope OVS_UNUSED, const char *name OVS_UNUSED)
{
    return 1;
}

static bool
yes(const struct lflow_scope *scope OVS_UNUSED, uint32_t id OVS_UNUSED)
{
    return true;
}

static const struct lflow_scope_class scope_class = {
    .port_key = port_key, .group_id = one, .meter_id = one,
    .collector_set = yes
};
static const struct lflow_scope scope = { &scope_class };

static bool
parse(const char *text, size_t length, const struct lflow_place *place,
      struct lflow_arena *arena, struct lflow_actions **actions)
{
    const struct expr *prereqs;

    return !lflow_actions_parse(text, length, place, &scope, NULL, arena,
                                actions, &prereqs, NULL);
}

static int
encode(const struct lflow_actions *actions, const struct lflow_place *place,
       struct ofpbuf *ofpacts)
{
    ofpbuf_init(ofpacts, 0);
    return lflow_actions_encode(actions, place, &scope, NULL, ofpacts, NULL);
}

static void
evaluate(const struct lflow_actions *actions)
{
    static const struct lflow_evaluation_class nothing;
    struct lflow_evaluation *e = xzalloc(sizeof *e);
    struct flow flow;

    memset(&flow, 0, sizeof flow);
    flow.nw_ttl = 64;
    e->class = &nothing;
    e->scope = &scope;
    lflow_actions_evaluate(actions, e, &flow);
    ovs_assert(!e->depth);
    free(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct lflow_actions *actions, *again;
    struct lflow_place place;
    enum pipeline pipeline;

    if (size < 1 || size > 4096) {
        return 0;
    }
    pipeline = data[0] % N_PIPELINES;
    place = lflow_place_of_stage(stage_by_number(
        pipeline, data[0] / N_PIPELINES % pipeline_n_stages(pipeline)));
    if (parse((const char *) data + 1, size - 1, &place, &arena, &actions)) {
        char *text = lflow_actions_to_string(actions);
        struct ofpbuf a, b;
        char *text2;

        ovs_assert(parse(text, strlen(text), &place, &arena, &again));
        text2 = lflow_actions_to_string(again);
        ovs_assert(!strcmp(text, text2));
        ovs_assert(encode(actions, &place, &a) == encode(again, &place, &b));
        ovs_assert(ofpbuf_equal(&a, &b));
        evaluate(actions);
        ofpbuf_uninit(&a);
        ofpbuf_uninit(&b);
        free(text);
        free(text2);
    }
    lflow_arena_destroy(&arena);
    return 0;
}
