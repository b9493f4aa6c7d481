/* IP multicast (docs/multicast.md): what its generators share.
 *
 * Who belongs to a group is in relation MULTICAST_GROUPS: key (datapath,
 * group), members the names of ports.  A group is an address, as a chassis
 * wrote it, or one of these. */
#ifndef WEFT_TRANSLATOR_MULTICAST_H
#define WEFT_TRANSLATOR_MULTICAST_H 1

#include "translator/generate.h"

/* Ports that get all multicast (mcast_flood). */
#define MULTICAST_STATIC "_MC_static"
/* Ports that get reports: routers that relay, mcast_flood_reports, and those
 * behind which a chassis heard a multicast router. */
#define MULTICAST_ROUTERS "_MC_mrouter_flood"

/* States that 'port' belongs to 'group' of 'datapath'. */
void multicast_state_member(struct generate *, const char *datapath,
                            const char *group, const char *port);

/* Does the router relay multicast? */
bool multicast_relays(struct engine_reader *, const char *router);

#endif
