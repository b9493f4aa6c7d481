/* Settings from environment and command line (lib/settings.h). */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lib/settings.h"

static const struct setting rows[] = {
    { "etcd-url", SETTING_STRING, "http://localhost", 0, 0, "URL", "where" },
    { "ttl", SETTING_INTEGER, "30", 1, 3600, "SECONDS", "how long" },
    { "quiet", SETTING_BOOLEAN, NULL, 0, 0, NULL, "less" },
};

static struct settings *
create(void)
{
    struct settings *settings = settings_create();

    settings_add(settings, rows, sizeof rows / sizeof rows[0]);
    return settings;
}

static void
test_default_then_environment_then_option(void **state)
{
    struct settings *settings = create();

    (void) state;
    assert_string_equal(settings_string(settings, "etcd-url"),
                        "http://localhost");
    assert_false(settings_is_set(settings, "etcd-url"));
    assert_int_equal(settings_integer(settings, "ttl"), 30);
    assert_false(settings_boolean(settings, "quiet"));
    settings_destroy(settings);

    setenv("WEFT_ETCD_URL", "http://env", 1);
    settings = create();
    assert_string_equal(settings_string(settings, "etcd-url"), "http://env");
    assert_true(settings_is_set(settings, "etcd-url"));
    assert_int_equal(settings_set(settings, "etcd-url", "http://opt", NULL),
                     0);
    assert_string_equal(settings_string(settings, "etcd-url"), "http://opt");
    assert_int_equal(settings_set(settings, "quiet", NULL, NULL), 0);
    assert_true(settings_boolean(settings, "quiet"));
    settings_destroy(settings);
    unsetenv("WEFT_ETCD_URL");
}

static void
check_bad(const char *name, const char *value, const char *message)
{
    struct settings *settings = create();
    struct err err = ERR_INIT;
    char *text;

    assert_true(settings_set(settings, name, value, &err) < 0);
    text = err_to_string(&err);
    assert_string_equal(text, message);
    free(text);
    err_clear(&err);
    settings_destroy(settings);
}

static void
test_bad_values_name_the_option(void **state)
{
    (void) state;
    check_bad("ttl", "0",
              "--ttl: \"0\" is not a number from 1 to 3600");
    check_bad("ttl", "12x",
              "--ttl: \"12x\" is not a number from 1 to 3600");
    check_bad("quiet", "maybe",
              "--quiet: \"maybe\" is neither true nor false");
    check_bad("nothing", "1", "nothing: no such setting");
}

static void
test_bad_environment_is_found(void **state)
{
    struct settings *settings;
    struct err err = ERR_INIT;

    (void) state;
    setenv("WEFT_TTL", "soon", 1);
    settings = create();
    assert_int_equal(settings_check(settings, &err), -WEFT_E_INVALID);
    assert_string_equal(err.field, "WEFT_TTL");
    err_clear(&err);
    settings_destroy(settings);
    unsetenv("WEFT_TTL");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_then_environment_then_option),
        cmocka_unit_test(test_bad_values_name_the_option),
        cmocka_unit_test(test_bad_environment_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
