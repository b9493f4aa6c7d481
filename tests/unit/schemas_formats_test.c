/* Formats of strings, by examples on both sides of the line. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "schemas/schema.h"
#include "util.h"

struct format_case {
    const char *format;
    const char *good[8];
    const char *bad[8];
};

static const struct format_case cases[] = {
    { "name", { "a", "n 1", "\xc3\xbc" }, { "", "a\tb", "\x7f" } },
    { "uuid", { "3fa85f64-5717-4562-b3fc-2c963f66afa6" },
      { "", "3fa85f64-5717-4562-b3fc-2c963f66afa",
        "3fa85f64-5717-4562-b3fc-2c963f66afa66",
        "3fa85f64+5717-4562-b3fc-2c963f66afa6" } },
    { "mac", { "02:00:00:00:00:01", "FE:ff:00:00:00:01" },
      { "", "02:00:00:00:00", "02:00:00:00:00:1", "02:00:00:00:00:01:",
        "02-00-00-00-00-01", "0g:00:00:00:00:01" } },
    { "ip4", { "192.0.2.1", "0.0.0.0" },
      { "", "192.0.2", "192.0.2.256", "192.0.2.1/24", "192.0.2.01" } },
    { "ip6", { "::", "2001:db8::1" },
      { "", "192.0.2.1", "fe80::1%eth0", "2001:db8" } },
    { "cidr", { "192.0.2.1/24", "::/0", "::1/128", "0.0.0.0/32" },
      { "192.0.2.1", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/-1",
        "192.0.2.1/024", "::/129", "192.0.2.1/255.255.255.0" } },
    { "lsp_address",
      { "unknown", "dynamic", "router", "02:00:00:00:00:01",
        "02:00:00:00:00:01 192.0.2.1 ::1", "02:00:00:00:00:01 dynamic",
        "dynamic 192.0.2.1 2001::1" },
      { "", "192.0.2.1", "unknown 192.0.2.1", "02:00:00:00:00:01 host",
        "02:00:00:00:00:01,192.0.2.1", "02:00:00:00:00:01 192.0.2.1/24" } },
    { "port_security",
      { "02:00:00:00:00:01", "02:00:00:00:00:01 192.0.2.1/24 ::1" },
      { "", "192.0.2.1", "unknown", "02:00:00:00:00:01 x" } },
    { "match", { "1", "ip4 &&\n\ttcp" }, { "", " \n", "a\x01" } },
    { "identifier", { "a", "_a.9" }, { "", "9a", "a-b", "a b" } },
    { "ip4_ranges", { "192.0.2.1", "192.0.2.1..192.0.2.9 192.0.2.20" },
      { "", "192.0.2.1-192.0.2.9", "::1" } },
    { "set_address",
      { "02:00:00:00:00:01", "192.0.2.0/24", "192.0.2.0/255.0.255.0",
        "::1/ffff::" },
      { "", "192.0.2.0/ffff::", "a" } },
    { "lb_vip",
      { "192.0.2.1", "192.0.2.1:80", "::1", "[::1]:80", "^V", "^V:80",
        "^V:^P" },
      { "", "192.0.2.1:0", "192.0.2.1:65536", "[::1]", "^", "[::1]:",
        "192.0.2.1:^P" } },
    { "lb_backends", { "", "192.0.2.1:80, 192.0.2.2:80", "[::1]:1,[::2]:1" },
      { ",", "192.0.2.1:80,", "192.0.2.1:80 192.0.2.2:80" } },
    { "lb_mapping", { "vm1:192.0.2.1", "a:b:[::1]" },
      { "", "vm1", ":192.0.2.1", "vm1:::1" } },
    { "snat_ips", { "192.0.2.1", "::1", "192.0.2.1 ::1", "::1 192.0.2.1" },
      { "", "192.0.2.1 192.0.2.2", "::1 ::2", "router_ip" } },
    { "port_range", { "1", "1-65535", "5-5" },
      { "", "0", "2-1", "1-", "-", "65536", "1-2-3" } },
    { "ip_list", { "192.0.2.1", "{192.0.2.1, ::1}", "{192.0.2.1}" },
      { "", "{}", "{192.0.2.1", "192.0.2.1, 192.0.2.2" } },
};

static void
test_formats(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct format_case *c = &cases[i];
        enum schema_format format = schema_format_by_name(c->format);

        assert_string_equal(schema_format_name(format), c->format);
        for (size_t j = 0; j < ARRAY_SIZE(c->good) && c->good[j]; j++) {
            if (!schema_format_check(format, c->good[j])) {
                fail_msg("'%s' is a good %s", c->good[j], c->format);
            }
        }
        for (size_t j = 0; j < ARRAY_SIZE(c->bad) && c->bad[j]; j++) {
            if (schema_format_check(format, c->bad[j])) {
                fail_msg("'%s' is no %s", c->bad[j], c->format);
            }
        }
    }
}

static void
test_lengths(void **state)
{
    char name[600];

    /* 255 characters of two bytes each. */
    for (size_t i = 0; i < 512; i += 2) {
        memcpy(&name[i], "\xc3\xbc", 2);
    }
    name[510] = '\0';
    assert_true(schema_format_check(SCHEMA_FORMAT_NAME, name));
    name[510] = 'a';
    name[511] = '\0';
    assert_false(schema_format_check(SCHEMA_FORMAT_NAME, name));
    memset(name, 'a', 599);
    name[599] = '\0';
    assert_false(schema_format_check(SCHEMA_FORMAT_IP_OR_CIDR, name));
    assert_false(schema_format_check(SCHEMA_FORMAT_LSP_ADDRESS, name));
    assert_false(schema_format_check(SCHEMA_FORMAT_LB_BACKENDS, name));
    assert_false(schema_format_check(SCHEMA_FORMAT_IDENTIFIER, name));
}

static void
test_unknown_format(void **state)
{
    assert_int_equal(schema_format_by_name("nix"), SCHEMA_FORMAT_STRING);
    assert_true(schema_format_check(SCHEMA_FORMAT_STRING, ""));
    assert_string_equal(schema_format_expected(SCHEMA_FORMAT_IP),
                        "an IPv4 or IPv6 address");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_unknown_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
