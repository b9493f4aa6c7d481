/* What the unit tests of the store share: a loop, an in-memory store, and a
 * log of what the callbacks were told. */
#ifndef WEFT_TESTS_UNIT_STORE_FIXTURE_H
#define WEFT_TESTS_UNIT_STORE_FIXTURE_H 1

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "store/memory.h"
#include "store/store.h"
#include "util.h"

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct ds log;              /* What the callbacks were told. */
    bool done;
};

/* Turns the loop until nothing happens any more at once. */
static inline void
settle(struct fixture *f)
{
    for (int i = 0; i < 50; i++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

static inline int
set_up(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);

    uv_loop_init(&f->loop);
    f->store = store_memory_create(&f->loop);
    ds_init(&f->log);
    *state = f;
    return 0;
}

static inline int
tear_down(void **state)
{
    struct fixture *f = *state;

    store_destroy(f->store);
    settle(f);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    ds_destroy(&f->log);
    free(f);
    return 0;
}

static inline struct store_bytes
bytes(const char *text)
{
    return store_bytes_from_string(text);
}

#define assert_log(F, EXPECTED)                                 \
    do {                                                        \
        assert_string_equal(ds_cstr(&(F)->log), EXPECTED);      \
        ds_clear(&(F)->log);                                    \
    } while (0)

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

#endif
