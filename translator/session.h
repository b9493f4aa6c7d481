/* One session of the translator: from knowing nothing to following
 * everything, and, from some time on, leading. */
#ifndef WEFT_TRANSLATOR_SESSION_H
#define WEFT_TRANSLATOR_SESSION_H 1

#include <stdbool.h>
#include <stdint.h>

#include "translator/translator.h"

struct session;

struct session_config {
    struct store *store;
    const char *prefix;         /* Must outlive the session, as all here. */
    const char *leader_key;     /* With the prefix. */
    const struct translator_ops *ops;
    void *aux;
};

struct session *session_create(const struct session_config *);
void session_destroy(struct session *);     /* NULL is ignored. */

/* 'election' was won: leads as soon as it knows what the last leader wrote.
 * NULL: it was lost before that. */
void session_lead(struct session *, struct store_election *election);
/* Whether all is known and translated, so that it could lead at once. */
bool session_is_warm(const struct session *);
/* No more writing; it can only be destroyed. */
void session_stop(struct session *);
bool session_has_led(const struct session *);
/* It leads, and knows what its predecessor wrote. */
bool session_is_leading(const struct session *);
/* Events of its watches so far. */
uint64_t session_n_events(const struct session *);
/* A write found somebody else leading. */
bool session_is_deposed(const struct session *);

/* Does what there is to do; after each round of the loop. */
void session_step(struct session *);

struct translator_stats session_stats(const struct session *);

#endif
