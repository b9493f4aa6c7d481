/* Load balancers as their generators see them. */
#ifndef WEFT_TRANSLATOR_LB_H
#define WEFT_TRANSLATOR_LB_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "translator/generate.h"

/* One backend of a virtual address. */
struct lb_backend {
    char ip[INET6_ADDRSTRLEN];
    uint16_t port;              /* 0: the packet's. */
    char *lport;                /* Where it is checked: its port, and the */
    char *src_ip;               /* source of checks; else NULL. */
};

/* A virtual address. */
struct lb_vip {
    char *key;                  /* As in the column 'vips'. */
    bool is_v6;
    struct in6_addr addr;       /* IPv4 as ::ffff:a.b.c.d. */
    char ip[INET6_ADDRSTRLEN];
    bool is_first;              /* Of those with this address. */
    uint16_t port;              /* 0: all. */
    bool is_checked;            /* A health check names it. */
    char *backends_text;        /* As they stand in the column. */
    struct lb_backend *backends;
    size_t n_backends;
};

/* For which virtual addresses routers answer ARP and ND. */
enum lb_answers { LB_ANSWERS_REACHABLE, LB_ANSWERS_ALL, LB_ANSWERS_NONE };

struct lb {
    const char *protocol;       /* "tcp", "udp", "sctp". */
    struct lb_vip *vips;        /* Sorted by key. */
    size_t n_vips;
    char *hash_fields;          /* "ip_dst,tcp_src"; "": the five-tuple. */
    bool rejects;               /* options:reject. */
    bool skips_snat;            /* options:skip_snat. */
    bool adds_route;            /* options:add_route. */
    enum lb_answers answers;    /* options:neighbor_responder. */
    unsigned int affinity_timeout;      /* Seconds; 0: none. */
};

/* Key (load balancer); a struct lb, NULL if there is no valid row, or one of
 * templates. */
extern const struct engine_kind lb_kind;
const struct lb *lb_read(struct engine_reader *, const char *id);

/* The load balancer that this run is about, its flows filed under it; stores
 * the switch's (router's) id in '*idp'.  NULL if the datapath is of another
 * kind, or there is nothing to translate. */
const struct lb *lb_on_switch(struct generate *, const char **idp);
const struct lb *lb_on_router(struct generate *, const char **idp);

/* What a service is called in the keys of its checks: "tcp:8080:10.0.0.1". */
const char *lb_service_id(struct engine_reader *, const struct lb *,
                          const struct lb_backend *);

/* Key (port, service id): "" if checks say that it is there, or nothing yet;
 * NULL if it is not, or there is no such port. */
extern const struct engine_kind lb_backend_kind;

/* What becomes of a new connection to a virtual address. */
enum lb_outcome { LB_BALANCES, LB_REJECTS, LB_DROPS };

/* "ct_lb_mark(...);" to the backends of 'vip' that are up, or what is done if
 * there is none; 'is_switch' says which pipeline rejects.  'extra' goes into
 * the parentheses (a router's "; skip_snat").  Stores in '*outcomep' which it
 * is. */
const char *lb_actions(struct generate *, const struct lb *,
                       const struct lb_vip *, bool is_switch,
                       const char *extra, enum lb_outcome *outcomep);

/* "10.0.0.1:80": a backend as actions name it. */
const char *lb_backend_text(struct generate *, const struct lb_vip *,
                            const struct lb_backend *);
/* " && tcp.dst == 80", or "" if the backend has no port. */
const char *lb_backend_port(struct generate *, const struct lb *,
                            const struct lb_backend *);
/* "commit_lb_aff(...);": the client stays with this backend. */
const char *lb_learn(struct generate *, const struct lb *,
                     const struct lb_vip *, const struct lb_backend *);

#endif
