/* Translators on the in-memory store, for unit tests. */
#ifndef WEFT_TESTS_TRANSLATOR_FIXTURE_H
#define WEFT_TESTS_TRANSLATOR_FIXTURE_H 1

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "store/store.h"
#include "translator/translator.h"

#define P "/weft/v1"

/* A translator with a client of its own. */
struct subject {
    struct store *store;
    struct translator *translator;
};

struct fixture {
    uv_loop_t loop;
    struct store *store;        /* The outside's. */
    struct subject *running[4]; /* For who fails half-way. */
};

/* For cmocka: '*state' is a struct fixture. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Starts a translator called 'name'; the fixture frees it. */
struct subject *fixture_start(struct fixture *, const char *name);
/* Ends it as the program does: its resignation is sent. */
void fixture_stop(struct subject *);

/* For loop_run_until(): of a struct translator. */
bool fixture_is_settled(void *translator);
bool fixture_is_synced(void *translator);
/* Runs the loop for so long. */
void fixture_pass_time(struct fixture *, int ms);
/* Runs the loop until the translator leads and has nothing left to do. */
void fixture_settle(struct fixture *, struct subject *);

/* What others do to the store; keys without the prefix. */
void fixture_put(struct fixture *, const char *key, const char *value);
void fixture_delete(struct fixture *, const char *key);
const char *fixture_get(struct fixture *, const char *key);
/* Puts port "<ls>-<i>" with addresses of its own. */
void fixture_put_port(struct fixture *, const char *ls, int i);

/* That the southbound and status are exactly what a fresh translation
 * makes. */
void fixture_check_southbound(struct fixture *);
int64_t fixture_version(struct fixture *, const char *datapath);

#endif
