/* What became of a transaction that was not answered: store/txn_fate.c, on
 * the in-memory store. */
#include <config.h>

#include "tests/unit/store_fixture.h"

#include <string.h>

#include "store/backend.h"

/* The transaction is of /a, which is at revision 2 and compared, of /b, which
 * is absent and compared, and of /c, which is put whatever it is. */
static struct store_txn *
make_txn(void)
{
    struct store_txn *txn = store_txn_create();
    struct store_range a = { bytes("/a"), { NULL, 0 } };

    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_MOD, STORE_EQUAL, 2);
    store_txn_put(txn, bytes("/a"), bytes("new"), 0);
    store_txn_get(txn, &a);
    store_txn_compare(txn, bytes("/b"), STORE_COMPARE_VERSION, STORE_EQUAL,
                      0);
    store_txn_put(txn, bytes("/b"), bytes("new"), 0);
    store_txn_put(txn, bytes("/c"), bytes("new"), 0);
    return txn;
}

/* The revision of /d is compared, and it is deleted. */
static struct store_txn *
make_delete(void)
{
    struct store_txn *txn = store_txn_create();
    struct store_range d = { bytes("/d"), { NULL, 0 } };

    store_txn_compare(txn, bytes("/d"), STORE_COMPARE_MOD, STORE_EQUAL, 3);
    store_txn_delete(txn, &d);
    return txn;
}

struct question {
    struct fixture *f;
    const struct store_txn *txn;
};

/* Logs what a repetition tells. */
static void
on_repeated(int error, const struct err *err OVS_UNUSED,
            const struct store_txn_result *result, void *question_)
{
    struct question *question = question_;
    struct ds *log = &question->f->log;
    struct store_txn_result copy = *result;
    int64_t revision = 0;

    assert_int_equal(error, 0);
    if (result->succeeded) {
        ds_put_cstr(log, "done now");
        return;
    }
    switch (txn_fate(question->txn, result, &revision)) {
    case TXN_DONE:
        ds_put_format(log, "done at %d", (int) revision);
        free(txn_done_result(question->txn, revision, &copy));
        break;
    case TXN_NOT_DONE:
        ds_put_cstr(log, "not done");
        break;
    case TXN_UNKNOWN:
    default:
        ds_put_cstr(log, "unknown");
        break;
    }
}

static void
drop(int error OVS_UNUSED, const struct err *err OVS_UNUSED,
       const struct store_txn_result *result OVS_UNUSED, void *aux OVS_UNUSED)
{
}

/* What happens before the repetition: "!" the transaction, "a=x" that
 * somebody else puts x at /a, "a-" that they delete it. */
static void
happen(struct fixture *f, struct store_txn *(*make)(void), const char *what)
{
    char *copy = xstrdup(what), *save = NULL;

    for (char *word = strtok_r(copy, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        char key[] = { '/', word[0], '\0' };

        if (word[0] == '!') {
            store_txn_commit(f->store, make(), drop, NULL);
        } else if (word[1] == '=') {
            store_memory_put_now(f->store, key, word + 2);
        } else {
            store_memory_delete_now(f->store, key);
        }
        settle(f);
    }
    free(copy);
}

static void
test_fate(void **state OVS_UNUSED)
{
    static const struct {
        struct store_txn *(*make)(void);
        const char *history, *fate;
    } cases[] = {
        { make_txn, "", "done now" },
        { make_txn, "!", "done at 4" },
        /* Somebody else came before. */
        { make_txn, "a=x", "not done" },
        { make_txn, "b=x", "not done" },
        { make_txn, "a=x b=x", "unknown" },
        { make_txn, "a- b=x", "unknown" },
        { make_txn, "a- b=x b-", "not done" },
        /* And after. */
        { make_txn, "! a=x", "done at 4" },
        { make_txn, "! a=x b=x", "done at 4" },
        { make_txn, "! a-", "done at 4" },
        { make_txn, "! c=x", "done at 4" },
        { make_txn, "! a=x b=x c=x", "unknown" },
        { make_txn, "! a- c- b=x", "unknown" },
        /* What is not told apart: see txn_fate.c. */
        { make_txn, "a=new b=x", "done at 4" },
        { make_txn, "! b-", "not done" },
        { make_delete, "", "done now" },
        { make_delete, "!", "done at 4" },
        { make_delete, "a=x !", "done at 5" },
        { make_delete, "d=x", "unknown" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture *f;
        void *own;

        set_up(&own);
        f = own;
        store_memory_put_now(f->store, "/a", "old");
        store_memory_put_now(f->store, "/d", "old");
        happen(f, cases[i].make, cases[i].history);

        struct store_txn *txn = cases[i].make();
        struct store_txn *kept = cases[i].make();
        struct question question = { f, kept };

        assert_true(txn_is_repeatable(txn));
        txn_ask_fate(txn, 128);
        txn_ask_fate(txn, 128);
        txn_ask_fate(kept, 128);
        store_txn_commit(f->store, txn, on_repeated, &question);
        settle(f);
        if (strcmp(ds_cstr(&f->log), cases[i].fate)) {
            fail_msg("\"%s\": %s", cases[i].history, ds_cstr(&f->log));
        }
        store_txn_destroy(kept);
        tear_down(&own);
    }
}

/* The gets of one that was done are told as if it had been answered. */
static void
on_read(int error OVS_UNUSED, const struct err *err OVS_UNUSED,
        const struct store_txn_result *result, void *question_)
{
    struct question *question = question_;
    struct store_txn_result copy = *result;

    free(txn_done_result(question->txn, 4, &copy));
    ds_put_format(&question->f->log, "%d, %d gets of %d",
                  copy.succeeded, (int) copy.n_gets, (int) result->n_gets);
}

static void
test_gets(void **state)
{
    struct fixture *f = *state;
    struct store_txn *txn = make_txn(), *kept = make_txn();
    struct question question = { f, kept };

    store_memory_put_now(f->store, "/a", "other");
    store_memory_put_now(f->store, "/a", "other");
    txn_ask_fate(txn, 128);
    txn_ask_fate(kept, 128);
    store_txn_commit(f->store, txn, on_read, &question);
    settle(f);
    assert_log(f, "1, 1 gets of 3");
    store_txn_destroy(kept);
}

static void
test_not_repeatable(void **state OVS_UNUSED)
{
    struct store_range all = { bytes("/"), bytes("0") };
    struct store_txn *txn = store_txn_create();

    /* Nothing that it writes is compared. */
    store_txn_put(txn, bytes("/a"), bytes("x"), 0);
    store_txn_compare(txn, bytes("/b"), STORE_COMPARE_MOD, STORE_EQUAL, 0);
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_VERSION, STORE_GREATER,
                      0);
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_CREATE, STORE_EQUAL, 5);
    assert_false(txn_is_repeatable(txn));
    store_txn_set_harmless_twice(txn);
    assert_true(txn_is_repeatable(txn));
    /* Reads what others write. */
    store_txn_compare(txn, bytes("/a"), STORE_COMPARE_MOD, STORE_EQUAL, 5);
    assert_true(txn_is_repeatable(txn));
    store_txn_get(txn, &all);
    assert_false(txn_is_repeatable(txn));
    store_txn_destroy(txn);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fate),
        TEST(test_gets),
        TEST(test_not_repeatable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
