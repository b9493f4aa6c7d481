/* The OpenFlow flows that a logical flow became (--ovs), by cookie. */
#ifndef WEFT_CLI_TRACE_OVS_H
#define WEFT_CLI_TRACE_OVS_H 1

#include <stdbool.h>
#include <stdint.h>

struct trace_ovs;

/* Reads all flows of the switch at 'remote' ("unix:.../br-int.mgmt"), as text
 * with their 'stats' or without.  Returns NULL with '*ovs' the caller's to
 * close, or a message that the caller frees. */
char *trace_ovs_open(const char *remote, bool stats, struct trace_ovs **ovs);
void trace_ovs_close(struct trace_ovs *);       /* NULL is ignored. */

/* The flows with 'cookie', one a line, or NULL for none; the caller frees
 * it. */
char *trace_ovs_flows(const struct trace_ovs *, uint32_t cookie);

#endif
