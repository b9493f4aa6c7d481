/* What BFD says of next hops. */
#ifndef WEFT_TRANSLATOR_ROUTER_BFD_H
#define WEFT_TRANSLATOR_ROUTER_BFD_H 1

#include <stdbool.h>

#include "translator/engine.h"

/* Is the next hop that the bfd row 'id' watches out of reach?  Not if there is
 * no such row. */
bool router_bfd_is_down(struct engine_reader *, const char *id);

/* Does a bfd row name the router port? */
bool router_bfd_is_used(struct engine_reader *, const char *router_port);

#endif
