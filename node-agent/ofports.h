/* OpenFlow port numbers of the integration bridge, by what is behind them.
 * The OVSDB side (interfaces.c) fills it in; the physical tables read it. */
#ifndef WEFT_NODE_AGENT_OFPORTS_H
#define WEFT_NODE_AGENT_OFPORTS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/shash.h"
#include "simap.h"
#include "smap.h"

enum tunnel_type { TUNNEL_GENEVE, TUNNEL_VXLAN };

/* What BFD says of a tunnel. */
enum tunnel_bfd {
    TUNNEL_BFD_NONE,            /* It is not asked. */
    TUNNEL_BFD_WAITING,         /* Not up, but begun only just now. */
    TUNNEL_BFD_DOWN,
    TUNNEL_BFD_UP,
};

/* A tunnel port. */
struct tunnel {
    uint32_t ofport;
    enum tunnel_type type;
    enum tunnel_bfd bfd;
    bool took_over;             /* The other end says that it took over
                                 * gateways from this chassis. */
    long long int bfd_since_ms; /* BFD began; 0: before this agent did. */
    bool was_seen;              /* What BFD says was read before. */
};

struct ofports {
    struct simap vifs;          /* iface-id -> port number. */
    struct smap vif_versions;   /* iface-id -> iface-id-ver, "" if none. */
    struct shash tunnels;       /* Chassis -> struct tunnel. */
    struct simap localnets;     /* Localnet lport -> its patch port. */
    bool isolated;              /* BFD is used, and is up on no tunnel. */
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
