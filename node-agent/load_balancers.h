/* Load balancers' hairpins: a backend that reaches itself by a virtual
 * address.  Tables 68 (chk_lb_hairpin), 69 (chk_lb_hairpin_reply) and 70
 * (ct_snat_to_vip), as ovn-architecture(7) of 23.03 has them, made from the
 * rows sb/dp/<datapath>/load_balancer/<id>; ovn-nb(5), Load_Balancer,
 * options:hairpin_snat_ip, has the rules.
 *
 * What these tables say of a load balancer is the same in every switch, so
 * that a load balancer of many switches has its flows once. */
#ifndef WEFT_NODE_AGENT_LOAD_BALANCERS_H
#define WEFT_NODE_AGENT_LOAD_BALANCERS_H 1

struct datapath;
struct flow_table;
struct load_balancer;
struct model;
struct schema_row;

/* Gives load balancer 'id' of a datapath its row (struct sb_load_balancer),
 * which is taken; NULL: it is gone. */
void load_balancer_set(struct model *, struct datapath *, const char *id,
                       struct schema_row *row);

/* Those of 'dp' are to be brought up to date: its key is another. */
void load_balancers_dirty(struct model *, struct datapath *);
/* All flows of those that are dirty are to be made again. */
void load_balancers_forget(struct model *);
/* Takes those of 'dp' down, with the flows that no other datapath has. */
void load_balancers_destroy(struct model *, struct datapath *);

/* The flows of one that is dirty. */
void load_balancer_update(struct flow_table *, struct load_balancer *);

#endif
