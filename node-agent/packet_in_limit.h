/* Who may have how many packets answered: token buckets by opcode, by
 * (logical port, opcode) and by (logical port, opcode, source address), so
 * that one port's flood, or one VM's behind a router port, leaves the others
 * their share.  What has been idle is forgotten; the number of buckets is
 * bounded. */
#ifndef WEFT_NODE_AGENT_PACKET_IN_LIMIT_H
#define WEFT_NODE_AGENT_PACKET_IN_LIMIT_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>

#include "openvswitch/hmap.h"

enum { PACKET_IN_N_OPCODES = 27 };

/* Packets a second, and how many at once. */
enum {
    LIMIT_SOURCE_PER_S = 100, LIMIT_SOURCE_BURST = 200,
    LIMIT_PORT_PER_S = 500, LIMIT_PORT_BURST = 1000,
    LIMIT_OPCODE_PER_S = 2000, LIMIT_OPCODE_BURST = 2000,
    LIMIT_MAX_BUCKETS = 8192,
};

/* Why a packet is not answered. */
enum limit_verdict {
    LIMIT_OK, LIMIT_SOURCE, LIMIT_PORT, LIMIT_OPCODE
};

/* A bucket: milli-tokens, filled as time goes. */
struct limit_bucket {
    int64_t tokens;
    long long int filled_ms;
};

struct packet_in_limit {
    struct hmap buckets;        /* "struct limit_entry"s. */
    struct limit_bucket opcodes[PACKET_IN_N_OPCODES];
    long long int expire_ms;    /* When to look for idle buckets. */
};

void packet_in_limit_init(struct packet_in_limit *, long long int now_ms);
void packet_in_limit_destroy(struct packet_in_limit *);

/* May a packet of 'opcode' be answered, that came in through port 'port' of
 * datapath 'datapath' (tunnel keys) from 'source'?  Takes a token of each of
 * the three buckets if it may.  An opcode that is none counts as 0. */
enum limit_verdict packet_in_limit_check(struct packet_in_limit *,
                                         uint32_t datapath, uint32_t port,
                                         uint32_t opcode,
                                         const struct in6_addr *source,
                                         long long int now_ms);

/* How many buckets there are. */
size_t packet_in_limit_count(const struct packet_in_limit *);

#endif
