/* Tokens: how they read, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lflow/lexer.h"
#include "lflow/limits.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* All tokens of 'length' bytes, separated by blanks; after an error its
 * column and message. */
static char *
lex_bytes(const char *text, size_t length)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct lexer lexer;

    lexer_init(&lexer, "match", text, length);
    while (lexer_get(&lexer) != LEX_END && lexer_is_ok(&lexer)) {
        ds_put_cstr(&s, s.length ? " " : "");
        token_format(&lexer.token, &s);
    }
    if (!lexer_is_ok(&lexer)) {
        ds_put_format(&s, "%serror %u: %s", s.length ? " " : "",
                      lexer.error_column, lexer.error);
    }
    lexer_destroy(&lexer);
    return ds_steal_cstr(&s);
}

static void
check(const char *input, const char *expected)
{
    char *s = lex_bytes(input, strlen(input));

    assert_string_equal(s, expected);
    free(s);
}

static void
tokens(void **state)
{
    static const char *const same[] = {
        "", "ip4.src", "_a.b_c", "0", "1", "65535", "18446744073709551615",
        "0x0", "0xffffffffffffffffffffffffffffffff", "0xabcdef", "10.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "ff02::1:ff00:0",
        "00:01:02:0a:0b:0c", "10.0.0.0/8", "10.0.0.0/32", "0.0.0.0/0",
        "10.0.0.0/255.0.255.0", "fe80::/10", "::/0", "::1/128",
        "fe80::/ffff::ff", "1/1", "0xf0/0xf0",
        "01:00:00:00:00:00/01:00:00:00:00:00", "\"\"", "\"abc\"",
        "\"\\\"\\\\\\n\\t\"", "$set1", "@pg_1", "^vip",
        "( ) [ ] { } == != < <= > >= ! && || .. , ; = <-> -- : -",
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
        check(same[i], same[i]);
    }
    check("a//b", "a");
    check("a/* b */c", "a c");
    check("a // b\nc", "a c");
    check(" \t\r\n a", "a");
    check("reg0[3..7]", "reg0 [ 3 .. 7 ]");
    check("a==1", "a == 1");
    check("a<->b", "a <-> b");
    check("0X1F", "0x1f");
    check("FE80:0::0", "fe80::");
    check("10.0.0.1:80", "10.0.0.1 : 80");
    check("[::1]:80", "[ ::1 ] : 80");
    check("1//x", "1");
    check("10.1.2.3/8", "10.0.0.0/8");
    check("\"\\u0041\\u00e9\\ud83d\\ude00\"", "\"A\u00e9\U0001f600\"");
    check("10.0.0.0/255.0.0.0", "10.0.0.0/8");
    check("ip.ttl--;", "ip.ttl -- ;");
    check("1-2", "1 - 2");
}

static void
errors(void **state)
{
    static const struct {
        const char *input, *expected;
    } all[] = {
        { "a $", "a error 3: `$' must be followed by a valid identifier." },
        { "@1", "error 1: `@' must be followed by a valid identifier." },
        { "a & b", "a error 3: `&' is only valid as part of `&&'." },
        { "a | b", "a error 3: `|' is only valid as part of `||'." },
        { "a . b", "a error 3: `.' is only valid as part of `..' or a "
                   "number." },
        { "a # b", "a error 3: Invalid character `#' in input." },
        { "a \x01", "a error 3: Invalid byte 0x1 in input. (at `\x01')" },
        { "/* a", "error 1: `/*' without matching `*/'. (at `/* a')" },
        { "a / b",
          "a error 3: `/' is only valid as part of `//' or `/*'." },
        { "007", "error 1: Decimal constants must not have leading zeros. "
                 "(at `007')" },
        { "18446744073709551616",
          "error 1: Decimal constants must be less than 2**64. "
          "(at `18446744073709551616')" },
        { "0x", "error 1: Hex digits expected following 0x. (at `0x')" },
        { "0xg", "error 1: Invalid syntax in hexadecimal constant. "
                 "(at `0xg')" },
        { "0x100000000000000000000000000000000",
          "error 1: Hexadecimal constant requires more than 128 bits. "
          "(at `0x100000000000000000000000000000000')" },
        { "1.2.3", "error 1: Invalid numeric constant. (at `1.2.3')" },
        { "80a", "error 1: Invalid numeric constant. (at `80a')" },
        { "fe80::1::2",
          "error 1: Invalid numeric constant. (at `fe80::1::2')" },
        { "10.0.0.0/33", "error 1: Value and mask have incompatible "
                         "formats. (at `10.0.0.0/33')" },
        { "1/0x1", "error 1: Value and mask have incompatible formats. "
                   "(at `1/0x1')" },
        { "1/", "error 1: Integer constant expected. (at `1/')" },
        { "\"abc", "error 1: Input ends inside quoted string. "
                   "(at `\"abc')" },
        { "\"a\tb\"", "error 1: U+0009 must be escaped in quoted string "
                      "(at `\"a')" },
        { "\"\\x\"", "error 1: Invalid escape in quoted string. (at `\"')" },
        { "\"\\ud800\"",
          "error 1: Invalid escape in quoted string. (at `\"')" },
        { "\"\\u0000\"",
          "error 1: Invalid escape in quoted string. (at `\"')" },
    };

    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        check(all[i].input, all[i].expected);
    }
}

static void
bytes_are_bounded(void **state)
{
    char *text = xmalloc(LFLOW_MAX_TEXT + 1);
    char *s;

    (void) state;
    memset(text, 'a', LFLOW_MAX_TEXT + 1);
    s = lex_bytes(text, LFLOW_MAX_TEXT + 1);
    assert_non_null(strstr(s, "Text longer than 1048576 bytes."));
    free(s);
    s = lex_bytes(text, LFLOW_MAX_TOKEN + 1);
    assert_non_null(strstr(s, "Identifier longer than 4096 bytes."));
    free(s);
    text[0] = '"';
    s = lex_bytes(text, LFLOW_MAX_TOKEN + 10);
    assert_non_null(strstr(s, "Quoted string longer than 4096 bytes."));
    free(s);
    s = lex_bytes("a\0b", 3);
    assert_string_equal(s, "a error 2: Invalid byte 0x0 in input.");
    free(s);
    free(text);
}

static void
lookahead_and_match(void **state)
{
    struct err err = ERR_INIT;
    struct lexer lexer;
    u128 value = 7;

    (void) state;
    lexer_init(&lexer, "actions", "a 300 (", 7);
    lexer_get(&lexer);
    assert_int_equal(lexer_lookahead(&lexer), LEX_INTEGER);
    assert_false(lexer_match_id(&lexer, "b"));
    assert_true(lexer_match_id(&lexer, "a"));
    assert_false(lexer_match_int(&lexer, 299, &value));
    assert_true(value == 7);
    assert_true(lexer_match_int(&lexer, 300, &value));
    assert_true(value == 300);
    assert_int_equal(lexer_lookahead(&lexer), LEX_END);
    assert_false(lexer_force(&lexer, LEX_RPAREN));
    assert_false(lexer_force_end(&lexer));
    lexer_error(&lexer, "Another.");    /* The first one stays. */
    assert_int_equal(lexer_take_error(&lexer, &err), -WEFT_E_INVALID);
    assert_string_equal(err.field, "actions:7");
    assert_string_equal(err.message, "Syntax error at `(' expecting `)'.");
    assert_int_equal(lexer_get(&lexer), LEX_END);
    err_clear(&err);
    lexer_destroy(&lexer);
}

static void
whole_constants(void **state)
{
    struct token token;

    (void) state;
    assert_int_equal(lex_parse_integer(" 10.0.0.0/24 ", &token, NULL), 0);
    assert_int_equal(token.type, LEX_MASKED_INTEGER);
    assert_true(token.value == 0x0a000000 && token.mask == 0xffffff00);
    assert_int_equal(lex_parse_integer("1 2", &token, NULL),
                     -WEFT_E_INVALID);
    assert_int_equal(lex_parse_integer("", &token, NULL), -WEFT_E_INVALID);
    assert_int_equal(lex_parse_integer("$a", &token, NULL),
                     -WEFT_E_INVALID);
    assert_true(lex_is_id("a.b_1"));
    assert_false(lex_is_id("1a"));
    assert_false(lex_is_id("a-b"));
    assert_false(lex_is_id(""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(errors),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(lookahead_and_match),
        cmocka_unit_test(whole_constants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
