/* The network in memory: a copy of the northbound on which commands run as on
 * etcd, and its translation. Nothing is ever written to etcd. */
#ifndef WEFT_CLI_WHATIF_H
#define WEFT_CLI_WHATIF_H 1

#include <stdint.h>

#include "cli/changes.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"

struct store;
struct store_kv;
struct translation;

struct whatif {
    char *prefix;
    struct store *memory;       /* The copy: an in-memory store. */
    struct translation *translation;
    struct shash rows;          /* Values under nb/ as etcd has them. */
    struct shash bundles;       /* Flow bundles before the commands. */
    int64_t revision;           /* That was copied. */
};

/* Copies what 'store' has under 'prefix' at 'revision' (0: now), with a
 * memory store on the same loop. Returns 0 or the store's error. */
int whatif_init(struct whatif *whatif, struct store *store,
                const char *prefix, int64_t revision, struct err *err);
void whatif_destroy(struct whatif *whatif);

/* Runs one command line, "[OPTIONS] COMMAND ARG... [-- ...]" (a tool's name
 * first is skipped), on the copy; appends what it prints. Returns NULL, or a
 * message that the caller frees. */
char *whatif_run(struct whatif *whatif, const char *line, struct ds *output);
/* The same from words. */
char *whatif_run_words(struct whatif *whatif, int argc, char *argv[],
                       struct ds *output);

/* Translates the copy as it is now: once. 'changes', which the caller
 * initializes and destroys, becomes what differs from etcd. Returns 0 or the
 * copy's error. */
int whatif_translate(struct whatif *whatif, struct changes *changes,
                     struct err *err);

/* Puts the translated southbound into the copy, for traces. */
void whatif_put_southbound(struct whatif *whatif);

#endif
