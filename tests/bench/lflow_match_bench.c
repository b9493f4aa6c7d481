/* How fast match expressions become OpenFlow matches.
 *
 *     lflow_match_bench [FILE]
 *
 * FILE holds expressions, a line each (default: some that are typical of
 * OVN's logical flows).  Prints, for those and for an ACL with a port group of
 * 1,000 ports and an address set of 10,000 addresses: expressions a second of
 * CPU time, microseconds each, OpenFlow flows and bytes kept for each. */
#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lflow/expr.h"
#include "lib/err.h"
#include "openvswitch/match.h"
#include "util.h"

enum { N_ADDRESSES = 10000, N_PORTS = 1000, MAX_LINES = 100000 };

static struct constant_set *addresses;
static struct port_set ports;

static bool
port_key(const struct lflow_scope *scope OVS_UNUSED,
         const char *name OVS_UNUSED, uint32_t *key)
{
    *key = 1;
    return true;
}

static const struct constant_set *
address_set(const struct lflow_scope *scope OVS_UNUSED, const char *name)
{
    static const struct constant_set mac = { NULL, 0, 0, false };

    return !strcmp(name, "svc_monitor_mac") ? &mac : addresses;
}

static const struct port_set *
port_group(const struct lflow_scope *scope OVS_UNUSED,
           const char *name OVS_UNUSED)
{
    return &ports;
}

static bool
is_chassis_resident(const struct lflow_scope *scope OVS_UNUSED,
                    const char *name OVS_UNUSED)
{
    return true;
}

static const struct lflow_scope_class bench_class = {
    .port_key = port_key, .address_set = address_set,
    .port_group = port_group, .is_chassis_resident = is_chassis_resident
};
static const struct lflow_scope bench_scope = { &bench_class };

static void
make_sets(void)
{
    static struct port_set_member members[N_PORTS];
    char **texts = xmalloc(N_ADDRESSES * sizeof *texts);

    for (int i = 0; i < N_ADDRESSES; i++) {
        texts[i] = xasprintf("10.%d.%d.%d", i / 4000 + 1, i % 4000 / 250,
                             i % 250 + 1);
    }
    addresses = constant_set_create((const char *const *) texts, N_ADDRESSES,
                                    NULL);
    for (int i = 0; i < N_ADDRESSES; i++) {
        free(texts[i]);
    }
    free(texts);
    for (int i = 0; i < N_PORTS; i++) {
        members[i] = (struct port_set_member) { xasprintf("p%d", i), i + 1 };
    }
    ports = (struct port_set) { members, N_PORTS };
}

static double
cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Compiles 'text' as the agent does; adds to what came of it. */
static void
compile(const char *text, struct lflow_arena *arena, size_t *n_flows,
        size_t *n_bytes)
{
    struct lflow_matches *matches;
    struct err err = ERR_INIT;
    const struct expr *expr;
    struct lflow_refs refs;

    lflow_refs_init(&refs);
    if (expr_parse_string(text, &bench_scope, &refs, arena, &expr, &err)
        || expr_annotate(expr, arena, &expr, &err)
        || expr_simplify(expr, &bench_scope, &refs, arena, &expr, &err)
        || expr_to_matches(expr, &matches, &err)) {
        ovs_fatal(0, "%s: %s", text, err.message);
    }
    *n_flows += lflow_matches_count(matches);
    *n_bytes += lflow_matches_size(matches);
    lflow_matches_destroy(matches);
    lflow_refs_destroy(&refs);
    lflow_arena_reset(arena);
}

static void
run(const char *name, char *const lines[], size_t n)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    size_t n_flows = 0, n_bytes = 0, n_runs = 0;
    double start = cpu_s(), elapsed;

    do {
        for (size_t i = 0; i < n; i++) {
            compile(lines[i], &arena, &n_flows, &n_bytes);
        }
        n_runs++;
        elapsed = cpu_s() - start;
    } while (elapsed < 0.5);
    printf("%-28s %9.0f/s %10.2f us each, %zu flows, %.0f bytes a flow\n",
           name, n * n_runs / elapsed, elapsed / (n * n_runs) * 1e6,
           n_flows / n_runs, n_flows ? (double) n_bytes / n_flows : 0);
    lflow_arena_destroy(&arena);
}

/* Making struct match of each, which follows when flows are installed. */
static void
run_get(const char *text)
{
    struct lflow_arena arena = LFLOW_ARENA_INIT;
    struct lflow_matches *matches;
    const struct expr *expr;
    struct match match;
    double start;

    if (expr_parse_string(text, &bench_scope, NULL, &arena, &expr, NULL)
        || expr_annotate(expr, &arena, &expr, NULL)
        || expr_simplify(expr, &bench_scope, NULL, &arena, &expr, NULL)
        || expr_to_matches(expr, &matches, NULL)) {
        ovs_fatal(0, "%s: error", text);
    }
    start = cpu_s();
    for (size_t i = 0; i < lflow_matches_count(matches); i++) {
        lflow_matches_get(matches, i, 1, &match);
    }
    printf("%-28s %10.3f us each\n", "struct match of those",
           (cpu_s() - start) / lflow_matches_count(matches) * 1e6);
    lflow_matches_destroy(matches);
    lflow_arena_destroy(&arena);
}

static size_t
read_lines(const char *name, char *lines[])
{
    FILE *file = fopen(name, "r");
    char line[65536];
    size_t n = 0;

    if (!file) {
        ovs_fatal(errno, "%s", name);
    }
    while (n < MAX_LINES && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        lines[n++] = xstrdup(line);
    }
    fclose(file);
    return n;
}

int
main(int argc, char *argv[])
{
    static char *typical[] = {
        "1", "ip", "eth.mcast", "inport == \"a\" && ip4 && arp.op == 1",
        "ip4.dst == 10.0.0.1 && icmp4.type == 8 && icmp4.code == 0",
        "ct.est && !ct.rel && !ct.new && !ct.inv && ct.rpl "
        "&& ct_mark.blocked == 0",
        "nd || nd_rs || nd_ra || mldv1 || mldv2 "
        "|| (udp && udp.src == 546 && udp.dst == 547)",
        "outport == \"a\" && tcp && tcp.dst == {80, 443} "
        "&& ip4.src == 10.0.0.0/24",
    };
    static char *set[] = { "ip4.src == $set" };
    static char *acl[] = {
        "outport == @pg && ip4 && ip4.src == $set && tcp.dst == {80, 443}"
    };
    static char *negated[] = { "ip4.src != $set" };
    static char *lines[MAX_LINES];

    make_sets();
    if (argc > 1) {
        run(argv[1], lines, read_lines(argv[1], lines));
    }
    run("typical", typical, ARRAY_SIZE(typical));
    run("10,000 addresses", set, 1);
    run("not 10,000 addresses", negated, 1);
    run("1,000 ports, 10,000 addr.", acl, 1);
    run_get(acl[0]);
    return 0;
}
