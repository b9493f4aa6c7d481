/* What the files of the generator framework share. */
#ifndef WEFT_TRANSLATOR_GENERATE_PRIVATE_H
#define WEFT_TRANSLATOR_GENERATE_PRIVATE_H 1

#include "translator/generate.h"

/* One run of a root. */
struct generate_private {
    struct flow_bundle *bundles;    /* A list; usually one or two long. */
    const char *source;         /* "lsp:ap" */
    const char *own_datapath;   /* Where 'source' is short: "switch:n1". */
    const char *short_source;   /* "switch" */
};

/* Writes the bundles as outputs and frees them. */
void generate_flush_bundles(struct generate *);

/* Appends 'text' as a JSON string. */
struct ds;
void generate_json_string(struct ds *, const char *text, size_t size);

/* The key of the status of (table, id). */
const char *generate_status_key(struct generate *, const char *table,
                                const char *id);

/* Observers of relations TUNNEL_KEY_WANTED and TUNNEL_KEY_REQUESTED: in
 * translation.c, which owns the tunnel keys. */
void translation_key_wanted(void *translation, const struct engine_key *,
                            const char *member, bool present);
void translation_key_requested(void *translation, const struct engine_key *,
                               const char *member, bool present);
/* Observers of IPAM_NETWORK, IPAM_WANTED and IPAM_USED likewise. */
void translation_ipam_network(void *translation, const struct engine_key *,
                              const char *member, bool present);
void translation_ipam_wanted(void *translation, const struct engine_key *,
                             const char *member, bool present);
void translation_ipam_used(void *translation, const struct engine_key *,
                           const char *member, bool present);

#endif
