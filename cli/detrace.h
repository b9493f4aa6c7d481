/* weftctl detrace, ovn-detrace(1): explains the flows in the output of
 * "ovs-appctl ofproto/trace" by what they were made of. */
#ifndef WEFT_CLI_DETRACE_H
#define WEFT_CLI_DETRACE_H 1

#include <stdint.h>
#include <stdio.h>

#include "cli/trace_db.h"
#include "openvswitch/dynamic-string.h"

struct detrace_ovs;

/* The program; argv[0] is its name.  Returns its exit status. */
int detrace_main(int argc, char *argv[]);

/* Reads 'input' and writes it to 'output', each line without the blanks
 * before it, with what is known of each flow below it, and of ports unless
 * the second argument is NULL.  Returns 0 or the database's error, which
 * db->err has. */
int detrace_run(struct trace_db *, const struct detrace_ovs *, FILE *input,
                FILE *output);

/* --- Between the files ------------------------------------------------- */

/* Appends what has 'cookie' in the datapath with tunnel key 'metadata' (0:
 * not known, then in any that was met so far). */
void detrace_explain(struct trace_db *, uint64_t metadata, uint32_t cookie,
                     struct ds *);

/* Appends the northbound row that the datapath's flow was made of, if there is
 * such a row. */
void detrace_put_source(struct trace_dp *, const struct trace_flow *,
                        struct ds *);

/* Interfaces of the integration bridge by OpenFlow port (detrace_ovs.c):
 * reads them from the Open_vSwitch database at 'remote'. Returns NULL or a
 * message that the caller frees. */
char *detrace_ovs_open(const char *remote, struct detrace_ovs **);
void detrace_ovs_close(struct detrace_ovs *);

/* Appends the interface with that port number, if there is one. */
void detrace_ovs_put(const struct detrace_ovs *, uint64_t ofport,
                     struct ds *);

#endif
