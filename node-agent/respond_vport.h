/* bind_vport(): virtual ports, whose address one of several parents answers
 * for (VRRP and the like).  The chassis of the parent that was heard last
 * claims the port, until it hears that another has it.
 *
 * There is no state but the claims themselves, rows of 'own', and which of
 * them are to be made anew. */
#ifndef WEFT_NODE_AGENT_RESPOND_VPORT_H
#define WEFT_NODE_AGENT_RESPOND_VPORT_H 1

struct lport;
struct packet_in;

/* For each virtual port of the model, when that has changed: takes in its
 * claim from before a restart, gives it up if its parent is not here any
 * more or another chassis has the port. */
void respond_vport_port(struct packet_in *, const struct lport *);

/* Makes claims that wait for an older one to be gone. */
void respond_vport_run(struct packet_in *);

#endif
