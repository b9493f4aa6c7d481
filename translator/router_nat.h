/* A NAT rule as its generators see it. */
#ifndef WEFT_TRANSLATOR_ROUTER_NAT_H
#define WEFT_TRANSLATOR_ROUTER_NAT_H 1

#include "translator/generate.h"
#include "translator/router.h"

/* One rule of a router that can be translated. */
struct nat_rule {
    const struct nb_nat *row;
    const struct router *router;
    bool is_v6;                 /* Of both addresses. */
    const char *ip;             /* "ip4" or "ip6". */
    bool changes_source;        /* snat, dnat_and_snat. */
    bool changes_destination;   /* dnat, dnat_and_snat. */
    bool is_stateless;
    bool applies;               /* There is somewhere to apply it. */
    bool is_distributed;        /* On the chassis of its logical port. */
    unsigned int logical_plen;

    /* On a router with distributed gateway ports; else NULL and "". */
    const struct router_port *gateway;
    const char *resident;       /* " && is_chassis_resident(...)": where the
                                 * rule is applied. */
    const char *here;           /* The same for rules that are applied on the
                                 * gateway chassis; "" if distributed. */
};

/* Flows on a gateway router (options:chassis). */
void nat_gateway_router(struct generate *, struct flow_bundle *,
                        const struct nat_rule *);
/* Flows on a router with distributed gateway ports. */
void nat_distributed(struct generate *, struct flow_bundle *,
                     const struct nat_rule *);

/* " && ip4.src == $set" for a rule's allowed external addresses, else "".
 * 'field' is "src" or "dst". */
const char *nat_allowed(struct generate *, const struct nat_rule *,
                        const char *field);
/* " && ip4.src == $set" for its exempted ones, or NULL. */
const char *nat_exempted(struct generate *, const struct nat_rule *,
                         const char *field);
/* ", 1000-2000" for the rule's external port range, else "". */
const char *nat_port_range(struct generate *, const struct nat_rule *);

#endif
