/* The translator's pure core as one object, in memory: key-value pairs of
 * the northbound and of the chassis go in, southbound and status pairs come
 * out.  No clock, no I/O; the same pairs (and tunnel keys learned) always
 * give the same bytes, in whatever order and however many steps they came.
 *
 *     struct translation *t = translation_create();
 *
 *     translation_set_allocating(t, true);
 *     translation_put(t, "nb/logical_switch/n1", "{}", 2, 1, 1);
 *     translation_run(t);
 *     while (engine_next_change(translation_engine(t), &key, &value)) {
 *         ...
 *     }
 *     translation_destroy(t);
 *
 * Keys are what follows WEFT_PREFIX and '/'.  The outputs lack what only the
 * writer knows: the version of datapath and set rows. */
#ifndef WEFT_TRANSLATOR_TRANSLATION_H
#define WEFT_TRANSLATOR_TRANSLATION_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;
struct model;
struct translation;
struct tunnel_keys;

struct translation *translation_create(void);
void translation_destroy(struct translation *);     /* NULL is ignored. */

/* Takes a pair, or that it is gone.  Returns false for keys that are of no
 * concern.  What is invalid ends up in the row's status. */
bool translation_put(struct translation *, const char *key,
                     const char *value, size_t size,
                     int64_t create_revision, int64_t mod_revision);
bool translation_delete(struct translation *, const char *key);

/* Takes the tunnel key in southbound row 'key' ("sb/dp/..."; others are
 * ignored), or that the row is gone: what an earlier leader allocated. */
void translation_learn(struct translation *, const char *key,
                       const char *value, size_t size);
void translation_unlearn(struct translation *, const char *key);

/* Whether new objects get tunnel keys: a leader's right.  Otherwise they
 * wait until theirs is learned. */
void translation_set_allocating(struct translation *, bool allocating);

/* Brings the outputs up to date. */
void translation_run(struct translation *);
/* The same in steps: see engine_step(). */
bool translation_step(struct translation *, unsigned int n);

struct engine *translation_engine(struct translation *);
const struct model *translation_model(const struct translation *);
const struct tunnel_keys *translation_tunnel_keys(
    const struct translation *);

#endif
