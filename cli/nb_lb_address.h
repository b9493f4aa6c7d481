/* Addresses of load balancers: "ip", "ip:port", "[ip6]:port". */
#ifndef WEFT_CLI_NB_LB_ADDRESS_H
#define WEFT_CLI_NB_LB_ADDRESS_H 1

#include <stdbool.h>
#include <stdint.h>

struct lb_address {
    char *ip;                   /* Normalized, owned. */
    bool is_ip6;
    uint16_t port;              /* 0: none. */
    bool is_zero;               /* It was spelt ":0" or ":": none. */
};

/* Parses 'text'; a port must be there unless 'port_is_optional'. Returns
 * false (nothing stored) for anything else. */
bool lb_address_parse(const char *text, bool port_is_optional,
                      struct lb_address *address);
void lb_address_clear(struct lb_address *address);
/* As it is written in a vip; the caller's. */
char *lb_address_format(const struct lb_address *address);

/* Checks the backends "a,b,..." of 'vip' and stores them normalized in
 * '*backends', the caller's. Returns NULL or a message. */
char *lb_backends_parse(const char *text, const struct lb_address *vip,
                        char **backends);

#endif
