/* Limits of packets to the agent: see packet_in_limit.h.
 *
 * A bucket that has been full for a while says nothing: such are thrown away
 * once a second.  If there are too many all the same (somebody forges
 * sources), new sources share their port's bucket alone. */
#include <config.h>

#include "node-agent/packet_in_limit.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "util.h"

enum { MILLI = 1000, EXPIRE_INTERVAL_MS = 1000, IDLE_MS = 5000 };

struct limit_key {
    struct in6_addr source;     /* Zeros: the port's bucket. */
    uint32_t datapath, port, opcode;
    uint32_t is_source;
};

struct limit_entry {
    struct hmap_node node;      /* In packet_in_limit's 'buckets'. */
    struct limit_key key;
    struct limit_bucket bucket;
};

static void
fill(struct limit_bucket *bucket, int per_s, int burst, long long int now_ms)
{
    long long int ms = now_ms - bucket->filled_ms;

    if (ms > 0) {
        /* A token a second is a milli-token a millisecond. */
        bucket->tokens = ms >= INT32_MAX
                         ? (int64_t) burst * MILLI
                         : MIN(bucket->tokens + ms * per_s,
                               (int64_t) burst * MILLI);
        bucket->filled_ms = now_ms;
    }
}

static bool
has_token(const struct limit_bucket *bucket)
{
    return bucket->tokens >= MILLI;
}

void
packet_in_limit_init(struct packet_in_limit *limit, long long int now_ms)
{
    hmap_init(&limit->buckets);
    for (size_t i = 0; i < PACKET_IN_N_OPCODES; i++) {
        limit->opcodes[i].tokens = LIMIT_OPCODE_BURST * MILLI;
        limit->opcodes[i].filled_ms = now_ms;
    }
    limit->expire_ms = now_ms + EXPIRE_INTERVAL_MS;
}

void
packet_in_limit_destroy(struct packet_in_limit *limit)
{
    struct limit_entry *entry;

    HMAP_FOR_EACH_POP (entry, node, &limit->buckets) {
        free(entry);
    }
    hmap_destroy(&limit->buckets);
}

size_t
packet_in_limit_count(const struct packet_in_limit *limit)
{
    return hmap_count(&limit->buckets);
}

static void
expire(struct packet_in_limit *limit, long long int now_ms)
{
    struct limit_entry *entry;

    if (now_ms < limit->expire_ms) {
        return;
    }
    limit->expire_ms = now_ms + EXPIRE_INTERVAL_MS;
    HMAP_FOR_EACH_SAFE (entry, node, &limit->buckets) {
        if (now_ms - entry->bucket.filled_ms > IDLE_MS) {
            hmap_remove(&limit->buckets, &entry->node);
            free(entry);
        }
    }
}

/* The filled bucket of 'key', made if need be; NULL if there are too many. */
static struct limit_bucket *
get_bucket(struct packet_in_limit *limit, const struct limit_key *key,
           long long int now_ms)
{
    bool is_source = key->is_source;
    int per_s = is_source ? LIMIT_SOURCE_PER_S : LIMIT_PORT_PER_S;
    int burst = is_source ? LIMIT_SOURCE_BURST : LIMIT_PORT_BURST;
    uint32_t hash = hash_bytes(key, sizeof *key, 0);
    struct limit_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, node, hash, &limit->buckets) {
        if (!memcmp(&entry->key, key, sizeof *key)) {
            fill(&entry->bucket, per_s, burst, now_ms);
            return &entry->bucket;
        }
    }
    /* Ports are never turned away: their number is the node's own. */
    if (is_source && hmap_count(&limit->buckets) >= LIMIT_MAX_BUCKETS) {
        return NULL;
    }
    entry = xmalloc(sizeof *entry);
    entry->key = *key;
    entry->bucket.tokens = (int64_t) burst * MILLI;
    entry->bucket.filled_ms = now_ms;
    hmap_insert(&limit->buckets, &entry->node, hash);
    return &entry->bucket;
}

enum limit_verdict
packet_in_limit_check(struct packet_in_limit *limit, uint32_t datapath,
                      uint32_t port, uint32_t opcode,
                      const struct in6_addr *source, long long int now_ms)
{
    struct limit_bucket *opcode_bucket, *port_bucket, *source_bucket;
    struct limit_key key;

    expire(limit, now_ms);
    opcode = opcode < PACKET_IN_N_OPCODES ? opcode : 0;
    memset(&key, 0, sizeof key);
    key.datapath = datapath;
    key.port = port;
    key.opcode = opcode;
    port_bucket = get_bucket(limit, &key, now_ms);
    key.source = *source;
    key.is_source = true;
    source_bucket = get_bucket(limit, &key, now_ms);
    opcode_bucket = &limit->opcodes[opcode];
    fill(opcode_bucket, LIMIT_OPCODE_PER_S, LIMIT_OPCODE_BURST, now_ms);

    if (source_bucket && !has_token(source_bucket)) {
        return LIMIT_SOURCE;
    } else if (!has_token(port_bucket)) {
        return LIMIT_PORT;
    } else if (!has_token(opcode_bucket)) {
        return LIMIT_OPCODE;
    }
    if (source_bucket) {
        source_bucket->tokens -= MILLI;
    }
    port_bucket->tokens -= MILLI;
    opcode_bucket->tokens -= MILLI;
    return LIMIT_OK;
}
