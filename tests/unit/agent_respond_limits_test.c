/* Limits of packet-ins: one source, one port and one opcode leave the others
 * their share; buckets fill with time and are bounded in number. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "node-agent/packet_in_limit.h"
#include "util.h"

static struct in6_addr
source(uint32_t n)
{
    struct in6_addr ip;

    memset(&ip, 0, sizeof ip);
    memcpy(&ip, &n, sizeof n);
    return ip;
}

static enum limit_verdict
check(struct packet_in_limit *limit, uint32_t port, uint32_t opcode,
      uint32_t from, long long int now_ms)
{
    struct in6_addr ip = source(from);

    return packet_in_limit_check(limit, 1, port, opcode, &ip, now_ms);
}

/* How many of 'n' packets pass. */
static int
flood(struct packet_in_limit *limit, uint32_t port, uint32_t opcode,
      uint32_t from, int n, long long int now_ms)
{
    int passed = 0;

    for (int i = 0; i < n; i++) {
        passed += check(limit, port, opcode, from, now_ms) == LIMIT_OK;
    }
    return passed;
}

static void
test_source(void **state)
{
    struct packet_in_limit limit;

    (void) state;
    packet_in_limit_init(&limit, 1000);
    assert_int_equal(flood(&limit, 1, 2, 7, 1000, 1000), LIMIT_SOURCE_BURST);
    assert_int_equal(check(&limit, 1, 2, 7, 1000), LIMIT_SOURCE);
    /* Other sources, opcodes and ports have theirs. */
    assert_int_equal(check(&limit, 1, 2, 8, 1000), LIMIT_OK);
    assert_int_equal(check(&limit, 1, 3, 7, 1000), LIMIT_OK);
    assert_int_equal(check(&limit, 2, 2, 7, 1000), LIMIT_OK);
    packet_in_limit_destroy(&limit);
}

static void
test_fills_with_time(void **state)
{
    struct packet_in_limit limit;

    (void) state;
    packet_in_limit_init(&limit, 0);
    flood(&limit, 1, 2, 7, 1000, 0);
    assert_int_equal(flood(&limit, 1, 2, 7, 1000, 500),
                     LIMIT_SOURCE_PER_S / 2);
    assert_int_equal(flood(&limit, 1, 2, 7, 1000, 60000),
                     LIMIT_SOURCE_BURST);
    /* Time that goes back is none. */
    assert_int_equal(flood(&limit, 1, 2, 7, 1000, 0), 0);
    packet_in_limit_destroy(&limit);
}

/* Many sources behind one port: the port's share, not more. */
static void
test_port(void **state)
{
    struct packet_in_limit limit;
    int passed = 0;

    (void) state;
    packet_in_limit_init(&limit, 1000);
    for (uint32_t from = 0; from < 5000; from++) {
        passed += check(&limit, 1, 2, from, 1000) == LIMIT_OK;
    }
    assert_int_equal(passed, LIMIT_PORT_BURST);
    assert_int_equal(check(&limit, 1, 2, 9999, 1000), LIMIT_PORT);
    assert_int_equal(check(&limit, 2, 2, 1, 1000), LIMIT_OK);
    packet_in_limit_destroy(&limit);
}

static void
test_opcode(void **state)
{
    struct packet_in_limit limit;
    int passed = 0;

    (void) state;
    packet_in_limit_init(&limit, 1000);
    for (uint32_t port = 0; port < 100; port++) {
        passed += flood(&limit, port, 2, 7, 100, 1000);
    }
    assert_int_equal(passed, LIMIT_OPCODE_BURST);
    assert_int_equal(check(&limit, 101, 2, 7, 1000), LIMIT_OPCODE);
    assert_int_equal(check(&limit, 101, 3, 7, 1000), LIMIT_OK);
    /* Numbers that are none don't reach beyond the array. */
    assert_int_equal(check(&limit, 1, UINT32_MAX, 7, 1000), LIMIT_OK);
    packet_in_limit_destroy(&limit);
}

/* Forged sources cost a bounded number of buckets, and those go again. */
static void
test_memory(void **state)
{
    struct packet_in_limit limit;

    (void) state;
    packet_in_limit_init(&limit, 0);
    for (uint32_t i = 0; i < 50000; i++) {
        check(&limit, i % 40, 2, i, i / 100);
    }
    assert_in_range(packet_in_limit_count(&limit), LIMIT_MAX_BUCKETS,
                    LIMIT_MAX_BUCKETS + 40);
    /* Who is new has to share its port's bucket. */
    assert_int_equal(check(&limit, 41, 2, 77777, 600), LIMIT_OK);
    check(&limit, 1, 2, 1, 20000);
    assert_in_range(packet_in_limit_count(&limit), 1, 4);
    packet_in_limit_destroy(&limit);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_fills_with_time),
        cmocka_unit_test(test_port),
        cmocka_unit_test(test_opcode),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
