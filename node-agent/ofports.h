/* OpenFlow port numbers of the integration bridge, by what is behind them.
 * The OVSDB side (interfaces.c) fills it in; the physical tables read it. */
#ifndef WEFT_NODE_AGENT_OFPORTS_H
#define WEFT_NODE_AGENT_OFPORTS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "simap.h"

enum tunnel_type { TUNNEL_GENEVE, TUNNEL_VXLAN };

/* A tunnel port. */
struct tunnel {
    uint32_t ofport;
    enum tunnel_type type;
};

struct ofports {
    struct simap vifs;          /* iface-id -> port number. */
    struct shash tunnels;       /* Chassis -> struct tunnel. */
    struct simap localnets;     /* Localnet lport -> its patch port. */
};

void ofports_init(struct ofports *);
void ofports_destroy(struct ofports *);

/* The tunnel to 'chassis', or NULL. */
const struct tunnel *ofports_tunnel(const struct ofports *,
                                    const char *chassis);
/* Sets it; returns true if that was a change. 'ofport' 0: there is none. */
bool ofports_set_tunnel(struct ofports *, const char *chassis,
                        uint32_t ofport, enum tunnel_type);

#endif
