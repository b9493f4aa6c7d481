/* Tunnel keys: the small numbers by which datapaths and their ports are
 * known in tunnels and registers.
 *
 * A key space is that of all datapaths (named "", 24 bits), or that of the
 * ports of one datapath (named as the datapath, 15 bits; larger keys are
 * multicast groups), or that of the VLANs of containers inside one port
 * (named as the port, after TUNNEL_KEY_TAGS, 12 bits), or that of the queues
 * of a chassis (named as the chassis, after TUNNEL_KEY_QUEUES) or of localnet
 * ports, which are on every chassis (TUNNEL_KEY_QUEUES alone), or that of the
 * multicast groups of one datapath (named as the datapath, after
 * TUNNEL_KEY_GROUPS, above those that every datapath has).
 *
 * A key stays as long as its object lives.  What is allocated is state, not a
 * function of the northbound: it lives in the southbound rows, from where a
 * new leader learns it; given the same keys learned and the same objects, the
 * outcome is the same.
 *
 * Only a leader allocates.  A standby knows just the keys that it learned,
 * and its objects without a key wait. */
#ifndef WEFT_TRANSLATOR_TUNNEL_KEYS_H
#define WEFT_TRANSLATOR_TUNNEL_KEYS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "translator/engine.h"

enum {
    TUNNEL_KEY_MAX_DATAPATH = (1 << 24) - 1,
    TUNNEL_KEY_MAX_PORT = (1 << 15) - 1,
    TUNNEL_KEY_MAX_TAG = (1 << 12) - 1,
    TUNNEL_KEY_MAX_QUEUE = 30720,
    TUNNEL_KEY_MIN_GROUP = (1 << 15) + 5,
    TUNNEL_KEY_MAX_GROUP = (1 << 16) - 1,
};
#define TUNNEL_KEY_TAGS "tag:"
#define TUNNEL_KEY_QUEUES "queue:"
#define TUNNEL_KEY_GROUPS "group:"

/* Queue numbers go up to 61440: the lower half are those of chassis' own
 * ports, the upper half those of localnet ports. */
uint32_t tunnel_key_to_queue(const char *space, uint32_t key);
uint32_t tunnel_key_from_queue(const char *space, uint32_t queue);

/* Value of MODEL_TUNNEL_KEY, key (space, name). */
struct tunnel_key {
    uint32_t key;               /* 0: none is left, or the requested one is
                                 * taken. */
};
bool tunnel_key_equal(const void *a, const void *b);

struct tunnel_keys;

struct tunnel_keys *tunnel_keys_create(void);
void tunnel_keys_destroy(struct tunnel_keys *);

/* That 'name' in 'space' has 'key', says the southbound.  Returns false if
 * it can't be: out of range, taken by another. */
bool tunnel_keys_learn(struct tunnel_keys *, const char *space,
                       const char *name, uint32_t key);
/* That the southbound has it no more. */
void tunnel_keys_unlearn(struct tunnel_keys *, const char *space,
                         const char *name);

/* That 'name' wants a key, or does no more; which key, as text, it asks for
 * by name.  For the observers of relations TUNNEL_KEY_WANTED and
 * TUNNEL_KEY_REQUESTED. */
void tunnel_keys_want(struct tunnel_keys *, const char *space,
                      const char *name, bool wanted);
void tunnel_keys_request(struct tunnel_keys *, const char *space,
                         const char *name, const char *key, bool requested);

/* Gives each that wants a key one, in the order of names, if
 * 'may_allocate'; takes back those no longer wanted; sets the inputs of what
 * changed. */
void tunnel_keys_assign(struct tunnel_keys *, struct engine *,
                        bool may_allocate);

/* The key of 'name', or 0. */
uint32_t tunnel_keys_get(const struct tunnel_keys *, const char *space,
                         const char *name);

#endif
