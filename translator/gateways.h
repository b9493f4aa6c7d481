/* Which chassis host a distributed gateway port. */
#ifndef WEFT_TRANSLATOR_GATEWAYS_H
#define WEFT_TRANSLATOR_GATEWAYS_H 1

#include <stddef.h>
#include <stdint.h>

#include "translator/engine.h"

struct gateway_candidate {
    char *chassis;
    int64_t priority;           /* Higher is preferred. */
};

/* The candidates of one port, the preferred one first (then by name). */
struct gateways {
    struct gateway_candidate *items;
    size_t n;
    char *active;               /* The preferred one that is alive; if none
                                 * is, the preferred one: a gateway that may
                                 * be there beats one that is not.  "" if
                                 * there are no candidates. */
};

/* Key (router port, "") or ("", HA group); a struct gateways, NULL if there is
 * no such port. */
extern const struct engine_kind gateways_kind;
const struct gateways *gateways_read(struct engine_reader *,
                                     const char *router_port);
/* Those of an HA group; never NULL, without candidates if there is no such
 * group. */
const struct gateways *gateways_read_group(struct engine_reader *,
                                           const char *group);

#endif
