/* How fast logical flows become OpenFlow flows, and how much memory they take.
 *
 *     lflow_bench FIXTURE FLOWS
 *
 * FIXTURE says what names mean (docs/lflow.md); a line of FLOWS is a logical
 * flow: its stage's name, priority, datapath key, match and actions, with
 * tabs between.  Prints one JSON object: for each of four jobs, done again and
 * again for half a second of CPU time, the microseconds for a flow
 *
 *     match_us     match to OpenFlow matches
 *     actions_us   actions to OpenFlow actions
 *     compile_us   lflow_compile(), which is both and the prerequisites
 *     table_us     the same, and the flows put in the agent's table of
 *                  desired flows and compared with what is installed (nothing)
 *
 * and how many logical flows there are, how many did not compile, how many
 * OpenFlow flows they make, and bytes: of the compiled programs, and of the
 * table. */
#include <config.h>

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "byte-order.h"
#include "lflow/compile.h"
#include "lflow/tool.h"
#include "lib/err.h"
#include "node-agent/flow_table.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "util.h"

enum { MAX_FLOWS = 1 << 20, MAX_LINE = 1 << 17 };

/* A logical flow. */
struct flow_source {
    struct lflow_source source;
    uint16_t priority;
};

struct bench {
    struct lflow_fixture *fixture;
    struct flow_source *flows;
    size_t n, allocated, n_failed;
    struct lflow_program *programs;     /* One for each flow. */
    uint32_t next_conj_id;
};

static double
cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- Input ------------------------------------------------------------- */

static const char *
take_word(char **line)
{
    char *word = strsep(line, "\t");

    if (!word) {
        ovs_fatal(0, "a flow has five parts");
    }
    return word;
}

static void
add_flow(struct bench *b, char *line)
{
    const char *name = take_word(&line);
    const struct stage *stage = stage_by_name(name);
    struct flow_source *flow;

    if (!stage) {
        ovs_fatal(0, "%s: no such stage", name);
    } else if (b->n >= MAX_FLOWS) {
        ovs_fatal(0, "more than %d flows", MAX_FLOWS);
    }
    if (b->n >= b->allocated) {
        b->flows = x2nrealloc(b->flows, &b->allocated, sizeof *b->flows);
    }
    flow = &b->flows[b->n++];
    memset(flow, 0, sizeof *flow);
    flow->priority = atoi(take_word(&line));
    flow->source.place = lflow_place_of_stage(stage);
    flow->source.place.datapath_key = atoi(take_word(&line));
    flow->source.scope = &b->fixture->scope;
    flow->source.match = xstrdup(take_word(&line));
    flow->source.actions = xstrdup(take_word(&line));
}

static void
read_flows(struct bench *b, const char *name)
{
    char *line = xmalloc(MAX_LINE);
    FILE *file = fopen(name, "r");

    if (!file) {
        ovs_fatal(errno, "%s", name);
    }
    while (fgets(line, MAX_LINE, file)) {
        line[strcspn(line, "\n")] = '\0';
        add_flow(b, line);
    }
    fclose(file);
    free(line);
}

/* --- Jobs -------------------------------------------------------------- */

static void
do_match(struct bench *b)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;

    for (size_t i = 0; i < b->n; i++) {
        const struct lflow_source *s = &b->flows[i].source;
        struct lflow_matches *matches = NULL;
        const struct expr *expr;
        struct lflow_refs refs;

        lflow_refs_init(&refs);
        if (!expr_parse_string(s->match, s->scope, &refs, &arena, &expr,
                               NULL)
            && !expr_annotate(expr, &arena, &expr, NULL)
            && !expr_simplify(expr, s->scope, &refs, &arena, &expr, NULL)) {
            expr_to_matches(expr, &matches, NULL);
        }
        lflow_matches_destroy(matches);
        lflow_refs_destroy(&refs);
        lflow_arena_reset(&arena);
    }
    lflow_arena_destroy(&arena);
}

static void
do_actions(struct bench *b)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;

    for (size_t i = 0; i < b->n; i++) {
        const struct lflow_source *s = &b->flows[i].source;
        struct lflow_actions *actions;
        const struct expr *prereqs;
        struct ofpbuf ofpacts;
        struct lflow_refs refs;

        lflow_refs_init(&refs);
        ofpbuf_init(&ofpacts, 0);
        if (!lflow_actions_parse(s->actions, strlen(s->actions), &s->place,
                                 s->scope, &refs, &arena, &actions, &prereqs,
                                 NULL)) {
            lflow_actions_encode(actions, &s->place, s->scope, &refs,
                                 &ofpacts, NULL);
        }
        ofpbuf_uninit(&ofpacts);
        lflow_refs_destroy(&refs);
        lflow_arena_reset(&arena);
    }
    lflow_arena_destroy(&arena);
}

/* Compiles every flow into 'programs'. */
static void
compile_all(struct bench *b)
{
    b->n_failed = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct err err = ERR_INIT;

        if (lflow_compile(&b->flows[i].source, &b->programs[i], &err)) {
            b->n_failed++;
        }
        err_clear(&err);
    }
}

static void
forget_programs(struct bench *b)
{
    for (size_t i = 0; i < b->n; i++) {
        lflow_program_destroy(&b->programs[i]);
    }
}

static void
do_compile(struct bench *b)
{
    compile_all(b);
    forget_programs(b);
}

static void
add_clauses(struct flow_table *table, struct flow_owner *owner,
            const struct flow_source *flow, uint8_t of_table,
            const struct match *match, uint32_t conj_base,
            const struct lflow_clause *clauses, size_t n)
{
    uint64_t stub[64];
    struct ofpbuf ofpacts = OFPBUF_STUB_INITIALIZER(stub);

    for (size_t i = 0; i < n; i++) {
        struct ofpact_conjunction *c = ofpact_put_CONJUNCTION(&ofpacts);

        c->id = conj_base + clauses[i].conj - 1;
        c->clause = clauses[i].clause;
        c->n_clauses = clauses[i].n_clauses;
    }
    flow_owner_add(table, owner, of_table, flow->priority, 0, match,
                   ofpacts.data, ofpacts.size);
    ofpbuf_uninit(&ofpacts);
}

/* Wants the OpenFlow flows of flow 'i', as the agent does. */
static void
want(struct bench *b, size_t i, struct flow_table *table,
     struct flow_owner *owner)
{
    const struct lflow_program *program = &b->programs[i];
    const struct lflow_matches *matches = program->matches;
    const struct flow_source *flow = &b->flows[i];
    struct flow_actions *actions;
    size_t n = matches ? lflow_matches_count(matches) : 0;
    uint32_t conj_base = b->next_conj_id;

    if (!n) {
        return;
    }
    b->next_conj_id += lflow_matches_n_conjs(matches);
    actions = flow_actions_intern(&table->pool, program->ofpacts.data,
                                  program->ofpacts.size);
    for (size_t j = 0; j < n; j++) {
        const struct lflow_clause *clauses;
        struct match match;
        size_t n_clauses;

        lflow_matches_get(matches, j, conj_base, &match);
        match_set_metadata(&match,
                           htonll(flow->source.place.datapath_key));
        clauses = lflow_matches_clauses(matches, j, &n_clauses);
        if (n_clauses) {
            add_clauses(table, owner, flow, program->table, &match,
                        conj_base, clauses, n_clauses);
        } else {
            flow_owner_add_actions(table, owner, program->table,
                                   flow->priority, i, &match, actions);
        }
    }
    flow_actions_unref(&table->pool, actions);
}

/* Fills 'table' from 'programs' and takes all changes out of it; returns how
 * many there were. */
static size_t
fill_table(struct bench *b, struct flow_table *table,
           struct flow_owner *owner)
{
    struct flow_actions *actions;
    struct flow_entry *entry;
    enum flow_change change;
    uint32_t cookie;
    size_t n = 0;

    b->next_conj_id = 1;
    flow_owner_begin(table, owner);
    for (size_t i = 0; i < b->n; i++) {
        want(b, i, table, owner);
    }
    flow_owner_end(table, owner);
    while ((entry = flow_table_next_change(table, &change, &actions,
                                           &cookie))) {
        n += change == FLOW_ADD;
        flow_entry_settle(table, entry);
    }
    return n;
}

static void
do_table(struct bench *b)
{
    struct flow_owner owner = { NULL };
    struct flow_table table;

    flow_table_init(&table);
    compile_all(b);
    fill_table(b, &table, &owner);
    forget_programs(b);
    flow_owner_clear(&table, &owner);
    flow_table_destroy(&table);
}

/* --- Results ----------------------------------------------------------- */

/* Microseconds that 'job' takes for a flow. */
static double
time_us(struct bench *b, void (*job)(struct bench *))
{
    size_t n_runs = 0;
    double start, elapsed;

    job(b);                     /* Warms up. */
    start = cpu_s();
    do {
        job(b);
        n_runs++;
        elapsed = cpu_s() - start;
    } while (elapsed < 0.5);
    return elapsed / n_runs / b->n * 1e6;
}

static void
print_results(struct bench *b)
{
    struct flow_owner owner = { NULL };
    size_t program_bytes = 0, before, n_openflow;
    struct flow_table table;

    printf("{\"match_us\": %.3f, ", time_us(b, do_match));
    printf("\"actions_us\": %.3f, ", time_us(b, do_actions));
    printf("\"compile_us\": %.3f, ", time_us(b, do_compile));
    printf("\"table_us\": %.3f, ", time_us(b, do_table));
    compile_all(b);
    for (size_t i = 0; i < b->n; i++) {
        program_bytes += lflow_program_size(&b->programs[i]);
    }
    before = mallinfo2().uordblks + mallinfo2().hblkhd;
    flow_table_init(&table);
    n_openflow = fill_table(b, &table, &owner);
    printf("\"n\": %zu, \"failed\": %zu, \"openflow\": %zu, "
           "\"program_bytes\": %zu, \"table_bytes\": %zu}\n", b->n,
           b->n_failed, n_openflow, program_bytes,
           mallinfo2().uordblks + mallinfo2().hblkhd - before);
    flow_owner_clear(&table, &owner);
    flow_table_destroy(&table);
    forget_programs(b);
}

int
main(int argc, char *argv[])
{
    struct err err = ERR_INIT;
    struct bench b = { .n = 0 };

    if (argc != 3) {
        fprintf(stderr, "usage: %s FIXTURE FLOWS\n", argv[0]);
        return 2;
    }
    if (lflow_fixture_read(argv[1], &b.fixture, &err)) {
        ovs_fatal(0, "%s: %s", argv[1], err.message);
    }
    read_flows(&b, argv[2]);
    if (!b.n) {
        ovs_fatal(0, "%s: no flows", argv[2]);
    }
    b.programs = xcalloc(b.n, sizeof *b.programs);
    print_results(&b);
    for (size_t i = 0; i < b.n; i++) {
        free(CONST_CAST(char *, b.flows[i].source.match));
        free(CONST_CAST(char *, b.flows[i].source.actions));
    }
    free(b.flows);
    free(b.programs);
    lflow_fixture_destroy(b.fixture);
    return 0;
}
