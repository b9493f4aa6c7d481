/* BFD sessions that talk to each other, on a clock of the test's, through a
 * wire that loses what it is told to. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "node-agent/bfd_session.h"

struct wire {
    struct bfd_session ends[2];
    bool cut[2];                /* What end i sends is lost. */
    long long int now_ms;
    int n_sent[2];
    int n_flaps;                /* Times that end 0 left "up". */
};

static void
restart(struct wire *w, int i, uint32_t discriminator)
{
    const struct bfd_config config = w->ends[i].config;

    bfd_session_init(&w->ends[i], &config, discriminator, w->now_ms);
}

static void
start(struct wire *w, uint32_t min_tx_ms, uint32_t min_rx_ms)
{
    const struct bfd_config config = {
        .min_tx_ms = min_tx_ms, .min_rx_ms = min_rx_ms, .detect_mult = 3,
    };

    memset(w, 0, sizeof *w);
    w->now_ms = 1000000;
    bfd_session_init(&w->ends[0], &config, 11, w->now_ms);
    bfd_session_init(&w->ends[1], &config, 22, w->now_ms);
}

static void
step(struct wire *w, int i)
{
    uint64_t message[BFD_MESSAGE_SIZE / 8];
    enum bfd_state before = w->ends[0].state;

    if (bfd_session_run(&w->ends[i], w->now_ms, rand(),
                        (uint8_t *) message)) {
        int64_t target = bfd_message_target(message, sizeof message);

        w->n_sent[i]++;
        assert_true(target >= 0);
        /* What is for nobody here is discarded. */
        if (!w->cut[i]
            && (!target || target == w->ends[!i].discriminator)) {
            bfd_session_receive(&w->ends[!i], message, w->now_ms);
        }
    }
    w->n_flaps += before == BFD_UP && w->ends[0].state != BFD_UP;
}

/* Lets 'ms' pass. */
static void
pass(struct wire *w, int ms)
{
    for (int i = 0; i < ms; i++) {
        w->now_ms++;
        step(w, 0);
        step(w, 1);
    }
}

static void
test_up_and_steady(void **state)
{
    struct wire w;

    (void) state;
    start(&w, 200, 200);
    pass(&w, 3000);
    assert_int_equal(w.ends[0].state, BFD_UP);
    assert_int_equal(w.ends[1].state, BFD_UP);
    assert_false(w.ends[0].polls);      /* The new interval is agreed on. */
    memset(w.n_sent, 0, sizeof w.n_sent);
    pass(&w, 60000);
    /* 75 to 100 per cent of 200 ms. */
    assert_in_range(w.n_sent[0], 290, 410);
    assert_int_equal(w.n_flaps, 0);
}

static void
test_peer_is_slower(void **state)
{
    struct wire w;

    (void) state;
    start(&w, 100, 100);
    w.ends[1].config.min_rx_ms = 1000;
    pass(&w, 5000);
    memset(w.n_sent, 0, sizeof w.n_sent);
    pass(&w, 60000);
    assert_in_range(w.n_sent[0], 55, 82);
    assert_int_equal(w.n_flaps, 0);
}

static void
test_detection(void **state)
{
    struct wire w;
    long long int since_ms;

    (void) state;
    start(&w, 200, 200);
    pass(&w, 3000);
    w.cut[1] = true;
    since_ms = w.now_ms;
    while (w.ends[0].state == BFD_UP && w.now_ms < since_ms + 5000) {
        pass(&w, 1);
    }
    assert_in_range(w.now_ms - since_ms, 400, 601);
    assert_int_equal(w.ends[0].diagnostic, 1);
    pass(&w, 100);
    assert_int_equal(w.ends[1].state, BFD_DOWN);    /* It was told. */
    assert_int_equal(w.ends[1].diagnostic, 3);
    /* No faster than once a second while it is down. */
    memset(w.n_sent, 0, sizeof w.n_sent);
    pass(&w, 60000);
    assert_in_range(w.n_sent[0], 55, 82);
    w.cut[1] = false;
    pass(&w, 3000);
    assert_int_equal(w.ends[0].state, BFD_UP);
    assert_int_equal(w.ends[1].state, BFD_UP);
}

/* One lost message in three is no failure. */
static void
test_losses(void **state)
{
    struct wire w;

    (void) state;
    start(&w, 200, 200);
    pass(&w, 3000);
    for (int i = 0; i < 300; i++) {
        w.cut[1] = i % 3 == 0;
        pass(&w, 200);
    }
    assert_int_equal(w.n_flaps, 0);
}

static void
test_peer_restarts(void **state)
{
    struct wire w;

    (void) state;
    start(&w, 200, 200);
    pass(&w, 3000);
    restart(&w, 1, 33);
    pass(&w, 1000);
    assert_int_equal(w.n_flaps, 1);
    pass(&w, 3000);
    assert_int_equal(w.ends[0].state, BFD_UP);
}

static void
test_settings_change(void **state)
{
    struct bfd_config config = {
        .min_tx_ms = 1000, .min_rx_ms = 1000, .detect_mult = 3,
    };
    struct wire w;

    (void) state;
    start(&w, 200, 200);
    pass(&w, 3000);
    bfd_session_configure(&w.ends[0], &config);
    pass(&w, 10000);
    assert_int_equal(w.n_flaps, 0);
    assert_false(w.ends[0].polls);
    assert_int_equal(w.ends[1].remote_min_tx_ms, 1000);
}

/* Messages that are none: RFC 5880, section 6.8.6. */
static void
test_malformed(void **state)
{
    static const struct { size_t ofs; uint8_t value; } bad[] = {
        { 0, 0x40 },            /* Version 2. */
        { 1, 0x44 },            /* Authenticated. */
        { 1, 0x41 },            /* Multipoint. */
        { 1, 0xc0 },            /* "Up" for nobody. */
        { 2, 0 },               /* Multiplier 0. */
        { 3, 23 }, { 3, 25 },   /* Lengths. */
        { 7, 0 },               /* From nobody. */
    };
    const uint8_t good[BFD_MESSAGE_SIZE] = {
        0x20, 0x40, 3, 24, 0, 0, 0, 7, 0, 0, 0, 0,
        0, 15, 66, 64, 0, 15, 66, 64, 0, 0, 0, 0,
    };

    (void) state;
    assert_int_equal(bfd_message_target(good, sizeof good), 0);
    assert_int_equal(bfd_message_target(good, sizeof good - 1), -1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t m[BFD_MESSAGE_SIZE];

        memcpy(m, good, sizeof m);
        m[bad[i].ofs] = bad[i].value;
        assert_int_equal(bfd_message_target(m, sizeof m), -1);
    }
}

/* Whatever comes in, it goes on, and comes up again. */
static void
test_noise(void **state)
{
    struct wire w;

    (void) state;
    srand(1);
    start(&w, 200, 200);
    for (int i = 0; i < 20000; i++) {
        uint64_t m[BFD_MESSAGE_SIZE / 8];

        for (size_t j = 0; j < sizeof m; j++) {
            ((uint8_t *) m)[j] = rand();
        }
        ((uint8_t *) m)[0] = 0x20;
        ((uint8_t *) m)[1] &= 0xfa;
        ((uint8_t *) m)[3] = sizeof m;
        if (bfd_message_target(m, sizeof m) >= 0) {
            bfd_session_receive(&w.ends[0], m, w.now_ms);
        }
        pass(&w, 3);
        assert_true(w.ends[0].next_tx_ms > w.now_ms - 1);
    }
    restart(&w, 0, 11);
    pass(&w, 10000);
    assert_int_equal(w.ends[0].state, BFD_UP);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_up_and_steady),
        cmocka_unit_test(test_peer_is_slower),
        cmocka_unit_test(test_detection),
        cmocka_unit_test(test_losses),
        cmocka_unit_test(test_peer_restarts),
        cmocka_unit_test(test_settings_change),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
