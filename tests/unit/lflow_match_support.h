/* What tests of match expressions share. */
#ifndef WEFT_TESTS_LFLOW_MATCH_SUPPORT_H
#define WEFT_TESTS_LFLOW_MATCH_SUPPORT_H 1

#include "lflow/expr.h"

struct flow;
struct match;

/* A scope with some of everything:
 *
 *     ports a (1), b (2), c (3), "p1" (17), "p2" (18)
 *     $v4 10.0.0.1 10.0.0.2 10.0.0.0/30 192.168.0.0/16, $v6 fe80::1 fc00::/7,
 *     $mac 00:00:00:00:00:01 ...:02, $empty
 *     @pg a b, @pg0 (nothing), a resident, ^vip 10.0.0.1, ^m ip4 */
extern const struct lflow_scope test_scope;
void test_scope_init(void);
void test_scope_destroy(void);

/* Takes 'text' as far as normal form in 'arena'; NULL and *err when it isn't
 * an expression.  Fails the test where a later step fails. */
const struct expr *test_parse(const char *text, struct lflow_arena *arena,
                              struct err *err);

/* Would a switch with these matches accept '*flow'?  Conjunctions and all. */
bool test_matches_accept(const struct lflow_matches *matches,
                         const struct flow *flow);

/* Does 'match' come back the same after it is encoded and decoded as the
 * switch does?  (What the switch would refuse does not.) */
bool test_match_survives_openflow(const struct match *match);

/* A random expression, mostly without error, of about 'size' comparisons,
 * over all symbols; the caller frees it. */
char *test_random_expr(unsigned int size);

/* A random packet, likely to be of interest to random expressions; such as a
 * switch could see: its fields fit its Ethernet type and protocol. */
void test_random_flow(struct flow *flow);

#endif
