/* DNS records of switches, as respond_dns.c looks them up. */
#ifndef WEFT_NODE_AGENT_RESPOND_DNS_H
#define WEFT_NODE_AGENT_RESPOND_DNS_H 1

struct sb_dns;

/* Turns the names of 'dns' to lower case, without a final dot: names are the
 * same in any case (RFC 1035, 2.3.3). */
void respond_dns_normalize(struct sb_dns *dns);

#endif
