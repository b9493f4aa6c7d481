/* Conntrack zones: a number for each local port and two for each datapath,
 * kept across restarts in the bridge's external_ids ("ct-zone-NAME"). */
#ifndef WEFT_NODE_AGENT_CT_ZONES_H
#define WEFT_NODE_AGENT_CT_ZONES_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"
#include "simap.h"
#include "sset.h"

struct smap;

enum { CT_ZONE_MAX = UINT16_MAX };

struct ct_zones {
    struct simap zones;         /* Name -> number, 1 to CT_ZONE_MAX. */
    unsigned long *used;        /* Bitmap of numbers. */
    unsigned long *requested;   /* Of those that operators chose: they are
                                 * not given to others any more. */
    bool loaded;                /* What OVSDB had is known. */
    unsigned int next;          /* Where to look for a free one. */
    struct sset to_write;       /* Names to write or remove in OVSDB. */
    struct simap to_flush;      /* Names whose zones are new: what conntrack
                                 * still holds there is somebody else's. */
};

void ct_zones_init(struct ct_zones *);
void ct_zones_destroy(struct ct_zones *);

/* Takes what a bridge's external_ids hold, the first time; of two names with
 * one number the second is left out.  Names that are known already keep
 * theirs. */
void ct_zones_load(struct ct_zones *, const struct smap *external_ids);

/* The zone of 'name', allotted if need be; 0 when none is left. */
uint16_t ct_zones_get(struct ct_zones *, const char *name);
/* The zone of 'name', or 0. */
uint16_t ct_zones_find(const struct ct_zones *, const char *name);
/* Gives 'name' zone 'zone', not 0, which the operator chose for it; conntrack
 * keeps what it holds there, for others may use it.  Returns true if that is
 * a change: who had the zone before gets another when it next asks.  Several
 * names with one request share the zone; the first is written. */
bool ct_zones_request(struct ct_zones *, const char *name, uint16_t zone);
/* 'name' needs none any more. */
void ct_zones_release(struct ct_zones *, const char *name);

/* Is there anything to write? */
bool ct_zones_is_dirty(const struct ct_zones *);
/* Calls 'set' for each key of 'external_ids' that is to be written, with its
 * new value or NULL if it is to go, and forgets them. */
void ct_zones_store(struct ct_zones *, const struct smap *external_ids,
                    void (*set)(const char *key, const char *value,
                                void *aux),
                    void *aux);

#endif
