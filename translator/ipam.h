/* Dynamic addresses: Ethernet, IPv4 and IPv6 addresses that Weft gives to
 * ports which ask for them (addresses: "dynamic", "MAC dynamic",
 * "dynamic IP"; ovn-nb(5), "IP Address Assignment").
 *
 * What is given is state, not a function of the northbound: it lives in the
 * ports' status rows, from where a new leader learns it.  A port keeps its
 * addresses as long as it asks and they fit its switch; given the same
 * addresses learned and the same rows, the outcome is the same.
 *
 * IPv4: the lowest free address of the switch's subnet, but for the first,
 * which is the router's, and excluded ones.  Ethernet: the prefix of the
 * deployment and the low half of the IPv4 address, plus one; the next one if
 * it is taken.  IPv6: the switch's prefix and the Ethernet address (EUI-64).
 *
 * Only a leader gives addresses; a standby knows those that it learned. */
#ifndef WEFT_TRANSLATOR_IPAM_H
#define WEFT_TRANSLATOR_IPAM_H 1

#include <stdbool.h>

struct engine;
struct engine_key;
struct ipam;

/* The networks of a switch, as the text that stands in relation IPAM_NETWORK:
 * "subnet|exclude_ips|ipv6_prefix|mac_prefix", each empty if there is
 * none. */
#define IPAM_SEPARATOR '|'

/* First bytes of Ethernet addresses unless nb_global's options:mac_prefix
 * says otherwise; locally administered. */
#define IPAM_DEFAULT_MAC_PREFIX "0a:00:00"

struct ipam *ipam_create(void);
void ipam_destroy(struct ipam *);

/* That port 'lsp' has 'addresses' ("MAC IP IP6"), says the southbound; NULL:
 * that it has none any more. */
void ipam_learn(struct ipam *, const char *lsp, const char *addresses);

/* Observers of the relations of the same names (generate.h): a switch's
 * networks; a port that asks, key (switch, lsp), member what it asks for; an
 * address that somebody else on the switch has. */
void ipam_network(struct ipam *, const struct engine_key *,
                  const char *networks, bool present);
void ipam_wanted(struct ipam *, const struct engine_key *,
                 const char *request, bool present);
void ipam_used(struct ipam *, const struct engine_key *,
               const char *address, bool present);

/* Gives the ports of every switch that changed their addresses, if
 * 'may_allocate', and sets input MODEL_DYNAMIC_ADDRESSES of those whose
 * addresses are others now. */
void ipam_assign(struct ipam *, struct engine *, bool may_allocate);

#endif
