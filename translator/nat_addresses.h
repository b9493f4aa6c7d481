/* What is announced on behalf of a router from a switch: nat_addresses of
 * the switch's port (ovn-sb(5), Port_Binding). */
#ifndef WEFT_TRANSLATOR_NAT_ADDRESSES_H
#define WEFT_TRANSLATOR_NAT_ADDRESSES_H 1

struct generate;
struct nb_logical_switch_port;
struct sb_port;

/* Fills in 'row->nat_addresses' of a port that leads to a router's gateway:
 * the router port's own addresses, and what options:nat-addresses asks for;
 * each "MAC IP..." and, unless the router is all on one chassis, where:
 * "is_chassis_resident("cr-x")". */
void nat_addresses_fill(struct generate *,
                        const struct nb_logical_switch_port *,
                        struct sb_port *row);

#endif
