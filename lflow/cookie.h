/* The cookie of a logical flow: the same for equal texts wherever they are,
 * so that a dump of OpenFlow flows, a trace and what lies in etcd can be
 * brought together.  32 bits as OVN's, never 0. */
#ifndef WEFT_LFLOW_COOKIE_H
#define WEFT_LFLOW_COOKIE_H 1

#include <stdint.h>

#include "hash.h"
#include "lflow/stages.h"

static inline uint32_t
lflow_cookie(const struct stage *stage, const char *match,
             const char *actions)
{
    uint32_t hash = hash_string(actions, hash_string(match, stage->id));

    return hash ? hash : 1;
}

#endif
