/* What is behind a logical switch port, parsed once and shared by all
 * generators that ask. */
#ifndef WEFT_TRANSLATOR_ADDRESSES_H
#define WEFT_TRANSLATOR_ADDRESSES_H 1

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/types.h"
#include "packets.h"
#include "translator/engine.h"
#include "translator/model.h"

/* An IP address or network, as text in its canonical form too. */
struct ip_address {
    struct in6_addr addr;       /* IPv4 mapped. */
    unsigned int prefix_length; /* 32 or 128 for an address alone. */
    bool is_ip6;
    char text[INET6_ADDRSTRLEN];
};

/* An Ethernet address and the IP addresses that go with it. */
struct mac_address {
    struct eth_addr mac;
    char text[ETH_ADDR_STRLEN + 1];
    struct ip_address *ips;
    size_t n_ips;
};

/* Of one port.  Derived kind lsp_addresses_kind, key (lsp). */
struct port_addresses {
    struct mac_address *macs;
    size_t n_macs;
    bool has_unknown;           /* "unknown" is among them. */
    bool is_dynamic;            /* "dynamic" is among them. */
    bool is_router;             /* "router": those of its router port. */
};

/* The addresses of logical switch port 'id'; never NULL, empty when there is
 * no such port. */
const struct port_addresses *lsp_addresses(struct engine_reader *,
                                           const char *id);

/* Parses "MAC IP IP..." into '*mac', which mac_address_clear() frees.
 * Returns false if it is malformed. */
bool mac_address_parse(struct mac_address *mac, const char *text);
void mac_address_clear(struct mac_address *mac);

/* Parses an address or network. */
bool ip_address_parse(struct ip_address *ip, const char *text);

/* The solicited-node multicast address of 'addr' (RFC 4291, section 2.7.1). */
void ip6_solicited_node(const struct in6_addr *addr,
                        char text[INET6_ADDRSTRLEN]);
/* The link-local address made of 'mac' (RFC 4291, appendix A). */
void ip6_link_local(struct eth_addr mac, struct ip_address *ip);

#endif
