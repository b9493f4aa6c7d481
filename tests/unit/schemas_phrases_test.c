/* Phrases: the table is well formed, every text comes back as it was, and
 * only what is a phrase to the letter is taken for one. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "random.h"
#include "schemas/phrases.h"
#include "util.h"

static char *
encode(const char *text)
{
    struct ds out = DS_EMPTY_INITIALIZER;

    phrase_encode(&out, text, strlen(text));
    return ds_steal_cstr(&out);
}

/* NULL: refused, with nothing appended. */
static char *
decode(const char *text)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;

    ds_put_cstr(&out, "before");
    if (phrase_decode(&out, text, strlen(text), &err)) {
        assert_int_equal(err.code, -WEFT_E_INVALID);
        assert_string_equal(ds_cstr(&out), "before");
        err_clear(&err);
        ds_destroy(&out);
        return NULL;
    }
    char *decoded = xstrdup(ds_cstr(&out) + strlen("before"));

    ds_destroy(&out);
    return decoded;
}

static void
assert_encodes(const char *text, const char *expected)
{
    char *encoded = encode(text), *decoded = decode(encoded);

    assert_string_equal(encoded, expected);
    assert_string_equal(decoded, text);
    free(encoded);
    free(decoded);
}

static void
assert_refused(const char *text, const char *message)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;

    assert_int_equal(phrase_decode(&out, text, strlen(text), &err),
                     -WEFT_E_INVALID);
    assert_string_equal(err.message, message);
    assert_int_equal(out.length, 0);
    err_clear(&err);
    ds_destroy(&out);
}

/* ---- The table --------------------------------------------------------- */

static bool
is_phrase_name(const char *name)
{
    return (name[0] >= 'a' && name[0] <= 'z'
            && name[strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789")]
               == '\0');
}

/* The largest text that 'phrase' can stand for. */
static size_t
largest(const struct phrase *phrase)
{
    size_t size = strlen(phrase->text);

    for (const char *t = phrase->text; *t; t++) {
        if (*t == PHRASE_SIGIL) {
            /* A place ends before something that no argument holds. */
            t++;
            assert_non_null(strchr("ABMP", *t));
            assert_true(*t == 'M' || t[1] == (*t == 'P' ? '"' : ' ')
                        || strchr(";},", t[1]));
            size += PHRASE_MAX_ARGUMENT;
        }
    }
    return size;
}

static void
test_table(void **state)
{
    for (size_t i = 0; i < n_phrases; i++) {
        assert_true(is_phrase_name(phrases[i].name));
        assert_true(largest(&phrases[i]) <= PHRASE_MAX_TEXT);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(phrases[i].name, phrases[j].name);
            assert_string_not_equal(phrases[i].text, phrases[j].text);
        }
    }
}

/* 'phrase' with an argument for each place. */
static char *
instance(const struct phrase *phrase, const char *mac, const char *a,
         const char *b, const char *port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (const char *t = phrase->text; *t; t++) {
        if (*t == PHRASE_SIGIL) {
            t++;
            ds_put_cstr(&s, (*t == 'M' ? mac : *t == 'A' ? a : *t == 'B' ? b
                             : port));
        } else {
            ds_put_char(&s, *t);
        }
    }
    return ds_steal_cstr(&s);
}

/* Each phrase is written for what it says, and is shorter. */
static void
test_each(void **state)
{
    for (size_t i = 0; i < n_phrases; i++) {
        char *text = instance(&phrases[i], "0A:00:00:00:00:ff", "10.0.0.1",
                              "fe80::1:2", "a-b.\xc3\xbc:%1");
        char *encoded = encode(text), *decoded = decode(encoded);
        char *start = xasprintf("%%%s(", phrases[i].name);

        assert_memory_equal(encoded, start, strlen(start));
        assert_string_equal(decoded, text);
        assert_true(strlen(encoded) < strlen(text));
        free(start);
        free(text);
        free(encoded);
        free(decoded);
    }
}

/* ---- Examples ---------------------------------------------------------- */

static void
test_examples(void **state)
{
    assert_encodes("arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"ap\"",
                   "%arp_own(10.0.0.1, ap)");
    assert_encodes("outport == \"p\" && eth.src == 00:00:00:00:00:01 && "
                   "ip4.src == 10.0.0.1 && udp && udp.src == 67 && "
                   "udp.dst == 68",
                   "%dhcp_from(p, 00:00:00:00:00:01, 10.0.0.1)");
    assert_encodes("nd_ns && ip6.dst == {fe80::1, ff02::1:ff00:1} && "
                   "nd.target == fe80::1",
                   "%nd_request(fe80::1, ff02::1:ff00:1)");
}

/* What differs from a phrase in anything is written as it is. */
static void
test_near_misses(void **state)
{
    static const char *const texts[] = {
        "", "1", "next;",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"ap\" ",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"ap",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"\"",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"a b\"",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"a,b\"",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"a)\"",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == \"a\\\"b\"",
        "arp.tpa == 10.0.0.1 && arp.op == 1 && inport == @ap",
        "arp.tpa == 10.0.0.1/8 && arp.op == 1 && inport == \"ap\"",
        "arp.tpa ==  && arp.op == 1 && inport == \"ap\"",
        /* The first address is not the second. */
        "nd_ns && ip6.dst == {fe80::1, ff02::1} && nd.target == fe80::2",
        "nd_ns && ip6.dst == {fe80::1, ff02::1} && nd.target == fe80::1:2",
        "nd_ns && ip6.dst == {fe80::1, ff02::1} && nd.target == fe80::",
        "arp_own(10.0.0.1, ap)",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_encodes(texts[i], texts[i]);
    }
}

/* What no translator writes can be written all the same. */
static void
test_sigil(void **state)
{
    assert_encodes("%", "%%");
    assert_encodes("%%", "%%%");
    assert_encodes("%arp_own(10.0.0.1, ap)", "%%arp_own(10.0.0.1, ap)");
    assert_encodes("a%b", "a%b");
    assert_true(phrase_is_plain(""));
    assert_true(phrase_is_plain("next;"));
    assert_false(phrase_is_plain("%arp_reply_router()"));
}

static void
test_long_argument(void **state)
{
    for (int size = PHRASE_MAX_ARGUMENT; size <= PHRASE_MAX_ARGUMENT + 1;
         size++) {
        char *name = xmalloc(size + 1);

        memset(name, 'x', size);
        name[size] = '\0';

        char *text = xasprintf("arp.tpa == ::1 && arp.op == 1 && "
                               "inport == \"%s\"", name);
        char *phrase = xasprintf("%%arp_own(::1, %s)", name);

        if (size <= PHRASE_MAX_ARGUMENT) {
            assert_encodes(text, phrase);
        } else {
            assert_encodes(text, text);
            assert_null(decode(phrase));
        }
        free(phrase);
        free(text);
        free(name);
    }
}

static void
test_refused(void **state)
{
    static const char *const arguments[] = {
        "%arp_own(", "%arp_own()", "%arp_own(10.0.0.1)",
        "%arp_own(10.0.0.1, )", "%arp_own(10.0.0.1, ap",
        "%arp_own(10.0.0.1,ap)", "%arp_own(10.0.0.1,  ap)",
        "%arp_own( 10.0.0.1, ap)", "%arp_own(10.0.0.1, ap )",
        "%arp_own(10.0.0.1, ap) ", "%arp_own(10.0.0.1, ap))",
        "%arp_own(10.0.0.1, ap, ap)", "%arp_own(ap, 10.0.0.1)",
        "%arp_own(10.0.0.1, \"ap\")", "%arp_own(10.0.0.1, a\nb)",
    };

    for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
        assert_refused(arguments[i],
                       "these are no arguments of phrase \"arp_own\"");
    }
    assert_refused("%arp_reply(0a:00:00:00:00, 10.0.0.1)",
                   "these are no arguments of phrase \"arp_reply\"");
    assert_refused("%arp_reply(0a:00:00:00:00:0g, 10.0.0.1)",
                   "these are no arguments of phrase \"arp_reply\"");
    assert_refused("%arp_reply_router(1)",
                   "these are no arguments of phrase \"arp_reply_router\"");
    assert_refused("%arp_own", "no phrase is called \"arp_own\"");
    assert_refused("%ARP_OWN(10.0.0.1, ap)",
                   "no phrase is called \"ARP_OWN\"");
    assert_refused("%arp(10.0.0.1, ap)", "no phrase is called \"arp\"");
    assert_refused("%(10.0.0.1, ap)", "no phrase is called \"\"");
    assert_refused("%", "no phrase is called \"\"");
}

/* A phrase in an argument is only a name: nothing is expanded twice. */
static void
test_no_nesting(void **state)
{
    char *text = decode("%arp_own(10.0.0.1, %arp_own)");

    assert_string_equal(text, "arp.tpa == 10.0.0.1 && arp.op == 1 && "
                        "inport == \"%arp_own\"");
    free(text);
}

/* ---- Any text ---------------------------------------------------------- */

/* Changes a few bytes, each to something that texts are made of. */
static void
mutate(char *text)
{
    static const char bytes[] = "0a:. ,;(){}\"\\%=&\x7f\xc3\x01";
    size_t size = strlen(text);

    for (int i = random_range(3); i >= 0 && size; i--) {
        text[random_range(size)] = bytes[random_range(sizeof bytes - 1)];
    }
}

/* Whatever is written comes back; whatever can be read is bounded, and comes
 * back when it is written. */
static void
check(const char *text)
{
    char *encoded = encode(text), *decoded = decode(encoded);

    assert_string_equal(decoded, text);
    free(decoded);
    free(encoded);
    decoded = decode(text);
    if (decoded) {
        assert_true(strlen(decoded) <= MAX(strlen(text), PHRASE_MAX_TEXT));
        encoded = encode(decoded);

        char *again = decode(encoded);

        assert_string_equal(again, decoded);
        free(again);
        free(encoded);
        free(decoded);
    }
}

static void
test_random(void **state)
{
    for (int i = 0; i < 200000; i++) {
        const struct phrase *phrase = &phrases[random_range(n_phrases)];
        char *text = instance(phrase, "0a:00:00:00:00:01", "10.0.0.1",
                              "fe80::1", "port1");

        if (random_range(2)) {
            char *encoded = encode(text);

            free(text);
            text = encoded;
        }
        if (random_range(4)) {
            mutate(text);
        }
        check(text);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_near_misses),
        cmocka_unit_test(test_sigil),
        cmocka_unit_test(test_long_argument),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_nesting),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
