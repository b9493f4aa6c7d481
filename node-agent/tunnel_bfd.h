/* BFD on the tunnels, which Open vSwitch runs: the column `bfd` of their
 * Interfaces as the translator asks (sb/node/<me>/bfd/<peer>), and what
 * `bfd_status` says, into 'struct tunnel'.
 *
 * A chassis that serves a gateway in place of one that gave no sign of life
 * sets `cpath_down` on the tunnel to it.  If that one's switch goes on, and
 * only the store is out of its reach, it hears of it so. */
#ifndef WEFT_NODE_AGENT_TUNNEL_BFD_H
#define WEFT_NODE_AGENT_TUNNEL_BFD_H 1

#include <stdbool.h>

#include "node-agent/ovs_db.h"

struct model;
struct ofports;
struct sset;
struct tunnel;

/* A session that is not up counts as down this long after its begin. */
enum { TUNNEL_BFD_GRACE_MS = 5000 };

/* Chassis that this one replaces as a gateway, into 'replaced'. */
void tunnel_bfd_replaced(const struct model *, struct sset *replaced);

/* Makes column `bfd` of the tunnel to 'chassis' what it should be; does not
 * end BFD unless 'may_end'. */
void tunnel_bfd_write(struct ovs_db *, const struct ovsrec_interface *,
                      const struct model *, const char *chassis,
                      const struct sset *replaced, bool may_end);

/* Takes what BFD says into 'tunnel'.  Returns true if that is news. */
bool tunnel_bfd_read(const struct ovsrec_interface *, struct tunnel *,
                     long long int now_ms);

/* Sets 'isolated'.  Returns when what is waited for is to be looked at
 * again, LLONG_MAX: never. */
long long int tunnel_bfd_sum_up(struct ofports *, long long int now_ms);

/* The switch was restarted: all sessions begin anew. */
void tunnel_bfd_restarted(struct ofports *, long long int now_ms);

#endif
