/* Which chassis host a distributed gateway port. */
#ifndef WEFT_TRANSLATOR_GATEWAYS_H
#define WEFT_TRANSLATOR_GATEWAYS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schemas/sb.h"
#include "translator/engine.h"

struct gateway_candidate {
    char *chassis;
    int64_t priority;           /* Higher is preferred. */
    bool dead;                  /* No sign of life, though others give one. */
};

/* The candidates of one port, the preferred one first (then by name). */
struct gateways {
    struct gateway_candidate *items;
    size_t n;
    char *active;               /* The preferred one that serves; if none
                                 * does, the preferred one that is alive; if
                                 * none is, the preferred one: a gateway that
                                 * may be there beats one that is not.  "" if
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
/* States (in PHASE_PLACES) that the candidates need 'datapath', of which
 * 'lport' is, and that one of them serves it. */
struct generate;
void gateway_places(struct generate *, const struct gateways *,
                    const char *datapath, const char *lport);
/* The candidates into a port's row, which has none yet. */
void gateways_fill(const struct gateways *, struct sb_port *row);

#endif
