/* Port groups under random histories of members, ports, places and keys: the
 * flows of an agent that has lived through one are those of an agent that
 * starts with what came of it. */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "agent_support.h"
#include "node-agent/sets.h"
#include "random.h"
#include "svec.h"

enum { N_PORTS = 8, N_GROUPS = 2, N_STEPS = 400 };

/* What there is; ports are on two switches by turns. */
struct world {
    unsigned int key[N_PORTS];      /* 0: no such port. */
    bool here[N_PORTS];
    bool member[N_GROUPS][N_PORTS];
    bool present[N_GROUPS];
};

/* Each way to compare with a group, alone and with what makes conjunctions
 * of it. */
static const char *const flows[] = {
    "[\"ls_out_acl\",1,\"outport == @g0 && ip4\",\"next;\"]",
    "[\"ls_in_acl\",2,\"inport == @g0 && ip4.src == {10.0.0.1, 10.0.0.3, "
    "10.0.0.6} && tcp.dst == {1, 2, 4}\",\"next;\"]",
    "[\"ls_out_acl\",3,\"inport == @g1 && outport == @g0\",\"next;\"]",
    "[\"ls_in_acl\",4,\"@g1 == inport && ip4\",\"next;\"]",
    "[\"ls_out_acl\",5,\"outport == {@g0, @g1, \\\"p0\\\"}\",\"next;\"]",
    "[\"ls_in_acl\",6,\"outport == @g1\",\"next;\"]",
    "[\"ls_out_acl\",7,\"outport == @g1 && ip4.dst == {10.0.0.1, 10.0.0.3, "
    "10.0.0.6}\",\"drop;\"]",
};

static void
tell_port(struct engine *e, const struct world *w, int i)
{
    char below[32], dp[32], json[64];

    snprintf(below, sizeof below, "port/p%d", i);
    snprintf(dp, sizeof dp, "switch:n%d", i % 2);
    snprintf(json, sizeof json, "{\"tunnel_key\":%u,\"chassis\":\"hv%d\"}",
             w->key[i], w->here[i] ? 1 : 2);
    if (w->here[i]) {
        simap_put(&e->ofports.vifs, below + strlen("port/"), i + 1);
    }
    put_row(e, dp, below, w->key[i] ? json : NULL);
}

static void
tell_group(struct engine *e, const struct world *w, int g)
{
    struct ds json = DS_EMPTY_INITIALIZER;
    struct named_set *set;
    char name[32];

    snprintf(name, sizeof name, "port_group:g%d", g);
    set = sets_get(&e->model, name);
    if (w->present[g]) {
        ds_put_cstr(&json, "{\"members\":[");
        for (int i = 0; i < N_PORTS; i++) {
            if (w->member[g][i]) {
                ds_put_format(&json, "\"p%d\",", i);
            }
        }
        ds_chomp(&json, ',');
        ds_put_cstr(&json, "]}");
        sets_set_part(&e->model, set, "0",
                      sb_parse(&sb_set_part_table, name, name, json.string,
                               json.length));
        sets_set_present(set, true);
    } else {
        sets_remove(&e->model, set);
    }
    engine_set_changed(e, name);
    ds_destroy(&json);
}

static struct engine *
make(const struct world *w)
{
    struct engine *e = xmalloc(sizeof *e);

    engine_init(e, "hv1");
    for (int dp = 0; dp < 2; dp++) {
        char name[32], json[64];

        snprintf(name, sizeof name, "switch:n%d", dp);
        snprintf(json, sizeof json, "{\"tunnel_key\":%d,\"type\":\"switch\","
                 "\"version\":1}", dp + 1);
        put_row(e, name, "", json);
        for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
            char below[32];
            char *bundle = xasprintf("{\"flows\":[%s]}", flows[i]);

            snprintf(below, sizeof below, "flow/acl:%"PRIuSIZE, i);
            put_row(e, name, below, bundle);
            free(bundle);
        }
    }
    for (int i = 0; i < N_PORTS; i++) {
        tell_port(e, w, i);
    }
    for (int g = 0; g < N_GROUPS; g++) {
        tell_group(e, w, g);
    }
    engine_run(e);
    return e;
}

/* The flows of the ACLs. */
static void
get_flows(const struct engine *e, struct svec *texts)
{
    const struct flow_entry *flow;

    svec_init(texts);
    HMAP_FOR_EACH (flow, node, &e->flows.flows) {
        if (flow->refs && (flow->table == 16 || flow->table == 46)) {
            svec_add_nocopy(texts, flow_text(flow));
        }
    }
    svec_sort(texts);
}

static void
check(const struct engine *e, const struct world *w, int step)
{
    struct engine *fresh = make(w);
    struct svec have, want;

    get_flows(e, &have);
    get_flows(fresh, &want);
    if (!svec_equal(&have, &want)) {
        svec_print(&have, "have");
        svec_print(&want, "want");
        fail_msg("step %d", step);
    }
    svec_destroy(&have);
    svec_destroy(&want);
    engine_destroy(fresh);
    free(fresh);
}

static void
change(struct engine *e, struct world *w)
{
    int g = random_range(N_GROUPS), i = random_range(N_PORTS);

    switch (random_range(8)) {
    case 0:
        /* Comes, goes, or gets another key. */
        w->key[i] = random_range(3) ? i + 1 + 10 * random_range(3) : 0;
        tell_port(e, w, i);
        break;
    case 1:
    case 2:
        w->here[i] = !w->here[i];
        tell_port(e, w, i);
        break;
    case 3:
        if (!random_range(4)) {
            w->present[g] = !w->present[g];
            tell_group(e, w, g);
        }
        break;
    default:
        w->member[g][i] = !w->member[g][i];
        tell_group(e, w, g);
        break;
    }
}

static void
test_history_does_not_matter(void **state OVS_UNUSED)
{
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct world w = { .key = { 0 } };
        struct engine *e = make(&w);

        random_set_seed(seed);
        for (int step = 0; step < N_STEPS; step++) {
            for (int n = random_range(4); n >= 0; n--) {
                change(e, &w);
            }
            engine_run(e);
            check(e, &w, step);
        }
        engine_destroy(e);
        free(e);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
