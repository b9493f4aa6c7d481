/* Conntrack zones: allotted once, kept, written, given back. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "node-agent/ct_zones.h"
#include "smap.h"

static void
set_key(const char *key, const char *value, void *ids)
{
    if (value) {
        smap_replace(ids, key, value);
    } else {
        smap_remove(ids, key);
    }
}

static void
test_kept_across_restart(void **state)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ct_zones zones;
    uint16_t a, b;

    (void) state;
    ct_zones_init(&zones);
    a = ct_zones_get(&zones, "ap");
    b = ct_zones_get(&zones, "bp");
    assert_int_not_equal(a, 0);
    assert_int_not_equal(a, b);
    assert_int_equal(ct_zones_get(&zones, "ap"), a);
    assert_int_equal(simap_count(&zones.to_flush), 2);
    ct_zones_store(&zones, &ids, set_key, &ids);
    assert_false(ct_zones_is_dirty(&zones));
    ct_zones_destroy(&zones);

    ct_zones_init(&zones);
    ct_zones_load(&zones, &ids);
    assert_int_equal(ct_zones_find(&zones, "bp"), b);
    assert_int_equal(ct_zones_get(&zones, "ap"), a);
    assert_true(simap_is_empty(&zones.to_flush));
    assert_false(ct_zones_is_dirty(&zones));
    ct_zones_destroy(&zones);
    smap_destroy(&ids);
}

static void
test_release_removes_key(void **state)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ct_zones zones;

    (void) state;
    smap_add(&ids, "ct-zone-ap", "5");
    smap_add(&ids, "other", "x");
    ct_zones_init(&zones);
    ct_zones_load(&zones, &ids);
    ct_zones_release(&zones, "ap");
    ct_zones_store(&zones, &ids, set_key, &ids);
    assert_null(smap_get(&ids, "ct-zone-ap"));
    assert_string_equal(smap_get(&ids, "other"), "x");
    ct_zones_destroy(&zones);
    smap_destroy(&ids);
}

/* A zone that was given back does not return by way of OVSDB, which is told
 * of it later. */
static void
test_released_stays_so(void **state)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ct_zones zones;

    (void) state;
    smap_add(&ids, "ct-zone-ap", "5");
    ct_zones_init(&zones);
    ct_zones_load(&zones, &ids);
    ct_zones_release(&zones, "ap");
    ct_zones_load(&zones, &ids);
    assert_int_equal(ct_zones_find(&zones, "ap"), 0);
    assert_true(ct_zones_is_dirty(&zones));
    ct_zones_destroy(&zones);
    smap_destroy(&ids);
}

/* What somebody else wrote there is not trusted. */
static void
test_bad_values(void **state)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ct_zones zones;

    (void) state;
    smap_add(&ids, "ct-zone-a", "0");
    smap_add(&ids, "ct-zone-b", "65536");
    smap_add(&ids, "ct-zone-c", "x");
    smap_add(&ids, "ct-zone-d", "9");
    smap_add(&ids, "ct-zone-e", "9");
    ct_zones_init(&zones);
    ct_zones_load(&zones, &ids);
    assert_int_equal(simap_count(&zones.zones), 1);
    ct_zones_destroy(&zones);
    smap_destroy(&ids);
}

static void
test_exhaustion(void **state)
{
    struct ct_zones zones;
    char name[16];

    (void) state;
    ct_zones_init(&zones);
    for (int i = 0; i < CT_ZONE_MAX; i++) {
        snprintf(name, sizeof name, "p%d", i);
        assert_int_not_equal(ct_zones_get(&zones, name), 0);
    }
    assert_int_equal(ct_zones_get(&zones, "one-more"), 0);
    ct_zones_release(&zones, "p77");
    assert_int_not_equal(ct_zones_get(&zones, "one-more"), 0);
    ct_zones_destroy(&zones);
}

/* Zones that operators chose: who has one gives way, its contents stay, and
 * nobody is given it later. */
static void
test_requested(void **state)
{
    struct smap ids = SMAP_INITIALIZER(&ids);
    struct ct_zones zones;
    uint16_t port, other;

    (void) state;
    ct_zones_init(&zones);
    port = ct_zones_get(&zones, "p");
    assert_true(ct_zones_request(&zones, "r_snat", port));
    assert_int_equal(ct_zones_find(&zones, "r_snat"), port);
    assert_false(simap_contains(&zones.to_flush, "r_snat"));
    assert_int_equal(ct_zones_find(&zones, "p"), 0);
    other = ct_zones_get(&zones, "p");
    assert_int_not_equal(other, 0);
    assert_int_not_equal(other, port);
    /* Twice the same, and another router with the same wish: no change. */
    assert_false(ct_zones_request(&zones, "r_snat", port));
    assert_false(ct_zones_request(&zones, "r2_snat", port));
    ct_zones_store(&zones, &ids, set_key, &ids);
    assert_int_equal(smap_get_int(&ids, "ct-zone-r_snat", 0), port);
    assert_int_equal(smap_get_int(&ids, "ct-zone-p", 0), other);
    ct_zones_release(&zones, "r_snat");
    for (int i = 0; i < CT_ZONE_MAX; i++) {
        char name[16];

        snprintf(name, sizeof name, "q%d", i);
        assert_int_not_equal(ct_zones_get(&zones, name), port);
    }
    ct_zones_destroy(&zones);
    smap_destroy(&ids);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_across_restart),
        cmocka_unit_test(test_release_removes_key),
        cmocka_unit_test(test_released_stays_so),
        cmocka_unit_test(test_bad_values),
        cmocka_unit_test(test_exhaustion),
        cmocka_unit_test(test_requested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
