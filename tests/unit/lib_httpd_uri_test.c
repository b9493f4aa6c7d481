/* Request targets: what is taken apart how, and what is refused. */
#include <config.h>

#include "lib/httpd_uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static void
test_good(void **state OVS_UNUSED)
{
    struct httpd_uri uri = HTTPD_URI_INIT;

    assert_int_equal(httpd_uri_parse("/v1/a%2Fb?a=1&&b=%20x+y&c&=z&a=2&d=x=y",
                                     &uri, NULL), 0);
    assert_string_equal(uri.path, "/v1/a%2Fb");
    assert_int_equal(uri.n_parameters, 6);
    assert_string_equal(httpd_uri_parameter(&uri, "a"), "1");
    assert_string_equal(httpd_uri_parameter(&uri, "b"), " x y");
    assert_string_equal(httpd_uri_parameter(&uri, "c"), "");
    assert_string_equal(httpd_uri_parameter(&uri, ""), "z");
    assert_string_equal(httpd_uri_parameter(&uri, "d"), "x=y");
    assert_string_equal(uri.parameters[4].value, "2");
    assert_null(httpd_uri_parameter(&uri, "e"));
    httpd_uri_destroy(&uri);

    assert_int_equal(httpd_uri_parse("/?", &uri, NULL), 0);
    assert_int_equal(uri.n_parameters, 0);
    httpd_uri_destroy(&uri);
}

/* As a client of a proxy sends it. */
static void
test_absolute(void **state OVS_UNUSED)
{
    struct httpd_uri uri = HTTPD_URI_INIT;

    assert_int_equal(httpd_uri_parse("HTTP://h:8080/v1/a?b=c", &uri, NULL),
                     0);
    assert_string_equal(uri.path, "/v1/a");
    assert_string_equal(httpd_uri_parameter(&uri, "b"), "c");
    httpd_uri_destroy(&uri);

    assert_int_equal(httpd_uri_parse("https://[::1]", &uri, NULL), 0);
    assert_string_equal(uri.path, "/");
    httpd_uri_destroy(&uri);
}

static void
test_bad(void **state OVS_UNUSED)
{
    const char *const bad[] = {
        "", "x", "*", "ftp://h/", "http:///a", "http://h?a", "/?%", "/?a=%2", "/?a=%g0", "/?%00=1",
        "/?a=%00",
    };
    struct httpd_uri uri = HTTPD_URI_INIT;
    struct ds many = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(httpd_uri_parse(bad[i], &uri, &err),
                         -WEFT_E_INVALID);
        assert_non_null(err.message);
        assert_null(uri.path);
        err_clear(&err);
    }

    ds_put_cstr(&many, "/?");
    for (int i = 0; i < HTTPD_MAX_PARAMETERS; i++) {
        ds_put_cstr(&many, "a=b&");
    }
    assert_int_equal(httpd_uri_parse(ds_cstr(&many), &uri, NULL), 0);
    httpd_uri_destroy(&uri);
    ds_put_cstr(&many, "a=b");
    assert_int_equal(httpd_uri_parse(ds_cstr(&many), &uri, NULL),
                     -WEFT_E_INVALID);
    ds_destroy(&many);
}

static void
test_decode(void **state OVS_UNUSED)
{
    char *text = httpd_uri_decode("a%2fb+%2B", 9, false);

    assert_string_equal(text, "a/b++");
    free(text);
    assert_null(httpd_uri_decode("a%2", 3, false));
    assert_null(httpd_uri_decode("%", 1, true));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_absolute),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_decode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
