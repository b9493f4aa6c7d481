/* Port security: what check_in_port_sec() and check_out_port_sec() find in
 * tables 73 (Ethernet and IP source), 74 (ARP and ND) and 75 (destination),
 * made from the port's own row.  ovn-nb(5), Logical_Switch_Port,
 * port_security, has the rules. */
#ifndef WEFT_NODE_AGENT_PORT_SECURITY_H
#define WEFT_NODE_AGENT_PORT_SECURITY_H 1

#include <stdbool.h>

#include "node-agent/flow_table.h"
#include "openvswitch/types.h"

struct lport;

/* One element: "MAC [IP[/PREFIX]]...". */
struct port_security {
    struct eth_addr mac;
    struct port_security_ip4 {
        ovs_be32 addr, mask;
    } *ip4;
    size_t n_ip4;
    struct port_security_ip6 {
        struct in6_addr addr, mask;
    } *ip6;
    size_t n_ip6;
};

/* Parses 'text'.  Returns false, with nothing to free, if it is malformed:
 * then nothing must be allowed by it. */
bool port_security_parse(const char *text, struct port_security *);
void port_security_destroy(struct port_security *);

/* The flows of 'lport', which is on this chassis if 'local'; none if it is
 * not, or has no port security. */
void port_security_update(struct flow_table *, struct lport *, bool local);

#endif
