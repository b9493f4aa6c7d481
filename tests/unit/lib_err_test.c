/* Error values (lib/err.h). */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <errno.h>

#include "lib/err.h"

static void
test_first_failure_stays(void **state)
{
    struct err err = ERR_INIT;
    char *text;

    (void) state;
    assert_int_equal(err_put(&err, -WEFT_E_INVALID, "tag", "%d is no tag", 5),
                     -WEFT_E_INVALID);
    assert_int_equal(err_put(&err, -WEFT_E_DENIED, NULL, "later"),
                     -WEFT_E_DENIED);
    assert_int_equal(err.code, -WEFT_E_INVALID);
    text = err_to_string(&err);
    assert_string_equal(text, "tag: 5 is no tag");
    free(text);
    err_clear(&err);
    assert_int_equal(err.code, 0);
    assert_null(err.field);
}

static void
test_without_field_or_err(void **state)
{
    struct err err = ERR_INIT;
    char *text;

    (void) state;
    assert_int_equal(err_put(NULL, -EIO, NULL, "x"), -EIO);
    err_put(&err, -EIO, NULL, "disk");
    text = err_to_string(&err);
    assert_string_equal(text, "disk");
    free(text);
    err_clear(&err);
    err.code = -WEFT_E_TIMEOUT;
    text = err_to_string(&err);
    assert_string_equal(text, "timed out");
    free(text);
}

static void
test_texts(void **state)
{
    (void) state;
    assert_string_equal(err_text(-WEFT_E_COMPACTED),
                        "revision has been compacted");
    assert_string_equal(err_text(-ENOENT), "No such file or directory");
    assert_string_equal(err_text(0), "no error");
    assert_string_equal(err_text(-5000), "unknown error");
    assert_string_equal(err_text(7), "unknown error");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_failure_stays),
        cmocka_unit_test(test_without_field_or_err),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
