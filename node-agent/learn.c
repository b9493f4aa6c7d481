/* put_fdb, put_arp, put_nd: MACs behind ports with unknown addresses and
 * neighbours of router ports, learned from packets.  Each becomes a row below
 * this chassis; the translator publishes it to all (docs/KEYS.md). */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <stdlib.h>

#include "lflow/registers.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/rows.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(learn);

/* Rows of one kind that a chassis may have. */
enum { MAX_LEARNED = 16384 };

static void
count_row(const char *below OVS_UNUSED, const char *value OVS_UNUSED,
          void *n_)
{
    size_t *n = n_;

    ++*n;
}

/* Writes 'value' (taken) below 'key' (taken), unless there are too many
 * already. */
static void
learn(struct packet_in *pi, const char *kind, char *key, char *value)
{
    size_t n = 0;

    if (!own_get(pi->own, key)) {
        own_each(pi->own, kind, count_row, &n);
    }
    if (n < MAX_LEARNED) {
        own_set(pi->own, key, value);
    } else {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

        VLOG_WARN_RL(&rl, "not learning %s: %d are known", key, MAX_LEARNED);
        pi->stats.n_dropped++;
        free(value);
    }
    free(key);
}

void
respond_put_fdb(struct pin *pin)
{
    const struct eth_addr mac = pin->headers.dl_src;
    const struct lport *lport = pin_inport(pin);
    char text[ETH_ADDR_STRLEN + 1];

    if (!lport || eth_addr_is_multicast(mac) || eth_addr_is_zero(mac)) {
        return;
    }
    snprintf(text, sizeof text, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    learn(pin->pi, "fdb/", rows_key("fdb", lport->dp->name, text, NULL),
          rows_fdb(lport->name, time_wall_msec()));
}

static void
learn_neighbor(struct pin *pin, const char *ip)
{
    const struct eth_addr mac = pin->headers.dl_src;
    const struct lport *lport = pin_inport(pin);
    char text[ETH_ADDR_STRLEN + 1];

    if (!lport || eth_addr_is_multicast(mac) || eth_addr_is_zero(mac)) {
        return;
    }
    snprintf(text, sizeof text, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
    learn(pin->pi, "mac_binding/",
          rows_key("mac_binding", lport->dp->name, lport->name, ip, NULL),
          rows_mac_binding(text, time_wall_msec()));
}

void
respond_put_arp(struct pin *pin)
{
    ovs_be32 ip = htonl(pin->md->regs[0]);
    char text[INET_ADDRSTRLEN];

    if (inet_ntop(AF_INET, &ip, text, sizeof text)) {
        learn_neighbor(pin, text);
    }
}

void
respond_put_nd(struct pin *pin)
{
    ovs_be128 ip = hton128(flow_get_xxreg(pin->md, 0));
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(AF_INET6, &ip, text, sizeof text)) {
        learn_neighbor(pin, text);
    }
}
