/* Queries that a switch's querier sends: IGMPv3 (RFC 3376, 4.1) and MLDv2
 * (RFC 3810, 5.1) general queries. */
#ifndef WEFT_NODE_AGENT_IGMP_QUERY_H
#define WEFT_NODE_AGENT_IGMP_QUERY_H 1

#include <stdbool.h>

struct dp_packet;
struct sb_ip_multicast;

/* Makes the query of 'settings' in 'packet', which the caller uninits.  False
 * (and no packet) if they lack the Ethernet address, or that of the
 * family. */
bool igmp_query_build(const struct sb_ip_multicast *settings, bool v6,
                      struct dp_packet *packet);

#endif
