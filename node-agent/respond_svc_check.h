/* Health checks of load balancers' backends (ovn-nb(5),
 * Load_Balancer_Health_Check): a check for each row
 * sb/dp/<switch>/service_monitor/<lport>/<id> whose port is on this chassis.
 * Probes go into the port, answers come by handle_svc_check(); what is found
 * goes to chassis/<me>/service_monitor/<lport>/<id> when it changes. */
#ifndef WEFT_NODE_AGENT_RESPOND_SVC_CHECK_H
#define WEFT_NODE_AGENT_RESPOND_SVC_CHECK_H 1

#include <stdbool.h>

struct ds;
struct packet_in;
struct respond_svc_check;

enum {
    SVC_CHECK_MAX = 4096,       /* Checks on one chassis. */
    SVC_CHECK_PER_S = 1000,     /* Probes; what is over that is later. */
    SVC_CHECK_BURST = 100,
    SVC_CHECK_SPREAD_MS = 1000, /* First probes are spread over so long. */
};

struct respond_svc_check *respond_svc_check_create(struct packet_in *);
void respond_svc_check_destroy(struct respond_svc_check *);

/* The model has changed. */
void respond_svc_check_update(struct respond_svc_check *);
/* packet_in_set_delivers(). */
void respond_svc_check_set_delivers(struct respond_svc_check *,
                                    bool delivers);
void respond_svc_check_run(struct respond_svc_check *);
void respond_svc_check_wait(struct respond_svc_check *);

/* A line for each check. */
void respond_svc_check_format(const struct respond_svc_check *, struct ds *);
/* A line about all of them. */
void respond_svc_check_summary(const struct respond_svc_check *, struct ds *);

#endif
