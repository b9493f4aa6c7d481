/* Do our OpenFlow flows of an expression match the same packets as stock
 * OVN's?
 *
 *     lflow_expr_compare FIXTURE < RECORDS
 *
 * A record is "expr TEXT", then "flow TEXT" for each flow that ovn-controller
 * installed (as ovs-ofctl takes them, without cookie and table) or "error
 * TEXT", then "end".  "ours TEXT" lines take the place of what TEXT compiles
 * to here.  For each record one line is printed:
 *
 *     same OURS THEIRS N_ACCEPTED         (numbers of flows; of packets)
 *     differ OURS THEIRS PACKET           (a packet that only one accepts)
 *     error OURS                          (both have an error; this is ours)
 *     only-ours TEXT, only-theirs         (only one has an error)
 *
 * The packets are random ones, and random ones overlaid with what some of the
 * flows of either side match. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "lflow/expr.h"
#include "lflow/tool.h"
#include "lib/err.h"
#include "lflow_match_support.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-table.h"
#include "packets.h"
#include "random.h"
#include "util.h"

enum { MAX_FLOWS = 20000, MAX_LINE = 1 << 16, N_PACKETS = 400,
       CONJ_BASE = 1, DATAPATH = 1 };

/* A flow: what it matches and what it is a clause of. */
struct rule {
    struct match match;
    struct minimatch mini;
    struct lflow_clause clauses[64];
    size_t n_clauses;
};

struct rules {
    struct rule *rule;
    size_t n, allocated;
};

static struct rule *
add_rule(struct rules *rules)
{
    if (rules->n >= MAX_FLOWS) {
        ovs_fatal(0, "too many flows");
    }
    if (rules->n >= rules->allocated) {
        rules->rule = x2nrealloc(rules->rule, &rules->allocated,
                                 sizeof *rules->rule);
    }
    memset(&rules->rule[rules->n], 0, sizeof *rules->rule);
    return &rules->rule[rules->n++];
}

static void
clear_rules(struct rules *rules)
{
    for (size_t i = 0; i < rules->n; i++) {
        minimatch_destroy(&rules->rule[i].mini);
    }
    rules->n = 0;
}

/* ovs-ofctl writes IPv6 masks that it can't read back ("/2000::"): takes
 * "NAME=ADDRESS/MASK" out of 'text' and into 'match'. */
static void
take_ipv6(char *text, const char *name, enum mf_field_id id,
          struct match *match)
{
    char *start = strstr(text, name), *slash, *end, *error = NULL;
    union mf_value value, mask;

    slash = start ? strpbrk(start, "/,") : NULL;
    if (!slash || *slash != '/') {
        return;
    }
    end = slash + strcspn(slash, ",");
    if (!memchr(slash, ':', end - slash)) {
        return;
    }
    *slash = *end = '\0';
    if (!ipv6_parse(start + strlen(name), &value.ipv6)
        || !ipv6_parse(slash + 1, &mask.ipv6)) {
        ovs_fatal(0, "%s: not IPv6", start);
    }
    mf_set(mf_from_id(id), &value, &mask, match, &error);
    memmove(start, end + 1, strlen(end + 1) + 1);
}

static void
add_flow(struct rules *rules, char *text)
{
    struct rule *rule = add_rule(rules);
    enum ofputil_protocol usable;
    struct ofputil_flow_mod fm;
    const struct ofpact *a;
    struct match ipv6;
    char *error;

    match_init_catchall(&ipv6);
    take_ipv6(text, "ipv6_src=", MFF_IPV6_SRC, &ipv6);
    take_ipv6(text, "ipv6_dst=", MFF_IPV6_DST, &ipv6);
    take_ipv6(text, "nd_target=", MFF_ND_TARGET, &ipv6);
    error = parse_ofp_flow_mod_str(&fm, text, NULL, NULL, OFPFC_ADD,
                                   &usable);
    if (error) {
        ovs_fatal(0, "%s: %s", text, error);
    }
    minimatch_expand(&fm.match, &rule->match);
    for (size_t i = 0; i < sizeof rule->match / sizeof(uint64_t); i++) {
        ((uint64_t *) &rule->match)[i] |= ((uint64_t *) &ipv6)[i];
    }
    OFPACT_FOR_EACH (a, fm.ofpacts, fm.ofpacts_len) {
        if (a->type == OFPACT_CONJUNCTION) {
            const struct ofpact_conjunction *c = ofpact_get_CONJUNCTION(a);

            ovs_assert(rule->n_clauses < ARRAY_SIZE(rule->clauses));
            rule->clauses[rule->n_clauses++] = (struct lflow_clause) {
                c->id, c->clause, c->n_clauses
            };
        }
    }
    minimatch_init(&rule->mini, &rule->match);
    minimatch_destroy(&fm.match);
    free(CONST_CAST(struct ofpact *, fm.ofpacts));
}

static void
add_our_flows(struct rules *rules, const struct lflow_matches *matches)
{
    for (size_t i = 0; i < lflow_matches_count(matches); i++) {
        struct rule *rule = add_rule(rules);
        const struct lflow_clause *clauses;

        lflow_matches_get(matches, i, CONJ_BASE, &rule->match);
        match_set_metadata(&rule->match, htonll(DATAPATH));
        clauses = lflow_matches_clauses(matches, i, &rule->n_clauses);
        ovs_assert(rule->n_clauses <= ARRAY_SIZE(rule->clauses));
        for (size_t j = 0; j < rule->n_clauses; j++) {
            rule->clauses[j] = clauses[j];
        }
        minimatch_init(&rule->mini, &rule->match);
    }
}

/* Does 'rule', on a conj_id, hold for 'flow'? */
static bool
conjunction_holds(const struct rules *rules, uint32_t id,
                  const struct flow *flow)
{
    uint64_t seen = 0;
    int n_clauses = -1;

    for (size_t i = 0; i < rules->n; i++) {
        const struct rule *rule = &rules->rule[i];

        for (size_t j = 0; j < rule->n_clauses; j++) {
            if (rule->clauses[j].conj == id
                && minimatch_matches_flow(&rule->mini, flow)) {
                seen |= UINT64_C(1) << rule->clauses[j].clause;
                n_clauses = rule->clauses[j].n_clauses;
            }
        }
    }
    return __builtin_popcountll(seen) == n_clauses;
}

static bool
accepts(const struct rules *rules, const struct flow *flow)
{
    for (size_t i = 0; i < rules->n; i++) {
        const struct rule *rule = &rules->rule[i];
        uint32_t id = rule->match.flow.conj_id;

        if (rule->n_clauses) {
            continue;
        } else if (!rule->match.wc.masks.conj_id) {
            if (minimatch_matches_flow(&rule->mini, flow)) {
                return true;
            }
        } else {
            struct flow with_id = *flow;

            with_id.conj_id = id;
            if (minimatch_matches_flow(&rule->mini, &with_id)
                && conjunction_holds(rules, id, flow)) {
                return true;
            }
        }
    }
    return false;
}

static void
overlay(struct flow *flow, const struct rules *rules)
{
    const struct match *match;
    const uint8_t *value, *mask;
    uint8_t *bytes = (uint8_t *) flow;

    if (!rules->n) {
        return;
    }
    match = &rules->rule[random_range(rules->n)].match;
    value = (const uint8_t *) &match->flow;
    mask = (const uint8_t *) &match->wc.masks;
    for (size_t i = 0; i < sizeof *flow; i++) {
        bytes[i] = (bytes[i] & ~mask[i]) | (value[i] & mask[i]);
    }
    flow->conj_id = 0;
}

static void
compare(const struct rules *ours, const struct rules *theirs)
{
    unsigned int n_accepted = 0;

    for (int i = 0; i < N_PACKETS; i++) {
        struct flow flow;
        bool accepted;

        test_random_flow(&flow);
        for (int j = i % 5; j > 0; j--) {
            overlay(&flow, random_range(2) ? ours : theirs);
        }
        flow.metadata = htonll(DATAPATH);
        if (!(flow.vlans[0].tci & htons(VLAN_CFI))) {
            flow.vlans[0].tci = 0;      /* No VLAN: a packet has no such. */
        }
        if (flow.nw_frag & FLOW_NW_FRAG_LATER) {
            flow.nw_proto = 200;        /* No transport header. */
            flow.nw_frag |= FLOW_NW_FRAG_ANY;
        }
        accepted = accepts(ours, &flow);
        n_accepted += accepted;
        if (accepted != accepts(theirs, &flow)) {
            char *s = flow_to_string(&flow, NULL);

            printf("differ %"PRIuSIZE" %"PRIuSIZE" only %s accept %s\n",
                   ours->n, theirs->n, accepted ? "ours" : "theirs", s);
            free(s);
            return;
        }
    }
    printf("same %"PRIuSIZE" %"PRIuSIZE" %u\n", ours->n, theirs->n,
           n_accepted);
}

/* Compiles 'text'; NULL and *err where it has an error. */
static struct lflow_matches *
compile(const char *text, const struct lflow_scope *scope, struct err *err)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct lflow_matches *matches = NULL;
    const struct expr *expr;

    if (!expr_parse_string(text, scope, NULL, &arena, &expr, err)
        && !expr_annotate(expr, &arena, &expr, err)
        && !expr_simplify(expr, scope, NULL, &arena, &expr, err)) {
        expr_to_matches(expr, &matches, err);
    }
    lflow_arena_destroy(&arena);
    return matches;
}

static void
finish_record(const char *expr, bool stock_error, struct rules *theirs,
              struct rules *given, const struct lflow_scope *scope)
{
    struct rules ours = { NULL, 0, 0 };
    struct lflow_matches *matches;
    struct err err = ERR_INIT;

    if (given->n) {
        compare(given, theirs);
        clear_rules(given);
        clear_rules(theirs);
        return;
    }
    matches = compile(expr, scope, &err);
    if (!matches) {
        char *s = err_to_string(&err);

        printf("%s %s\n", stock_error ? "error" : "only-ours", s);
        free(s);
    } else if (stock_error) {
        puts("only-theirs");
    } else {
        add_our_flows(&ours, matches);
        compare(&ours, theirs);
    }
    lflow_matches_destroy(matches);
    err_clear(&err);
    clear_rules(&ours);
    free(ours.rule);
    clear_rules(theirs);
}

int
main(int argc, char *argv[])
{
    static char line[MAX_LINE], expr[MAX_LINE];
    struct rules theirs = { NULL, 0, 0 }, given = { NULL, 0, 0 };
    struct lflow_fixture *fixture;
    struct err err = ERR_INIT;
    bool stock_error = false;

    if (argc != 2 || lflow_fixture_read(argv[1], &fixture, &err)) {
        fprintf(stderr, "usage: %s FIXTURE (%s)\n", argv[0],
                err.message ? err.message : "missing");
        return 2;
    }
    random_set_seed(23);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, "expr ", 5)) {
            snprintf(expr, sizeof expr, "%s", line + 5);
            stock_error = false;
        } else if (!strncmp(line, "flow ", 5)) {
            add_flow(&theirs, line + 5);
        } else if (!strncmp(line, "ours ", 5)) {
            add_flow(&given, line + 5);
        } else if (!strncmp(line, "error ", 6)) {
            stock_error = true;
        } else if (!strcmp(line, "end")) {
            finish_record(expr, stock_error, &theirs, &given,
                          &fixture->scope);
        }
    }
    free(theirs.rule);
    free(given.rule);
    lflow_fixture_destroy(fixture);
    return 0;
}
