/* BFD on the tunnels: see tunnel_bfd.h. */
#include <config.h>

#include "node-agent/tunnel_bfd.h"

#include <limits.h>

#include "node-agent/gateway.h"
#include "node-agent/model.h"
#include "node-agent/ofports.h"
#include "openvswitch/vlog.h"
#include "smap.h"
#include "sset.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(tunnel_bfd);

/* What OVS calls RFC 5880's diagnostic 6. */
#define CPATH_DOWN "Concatenated Path Down"

/* ---- Writing ---------------------------------------------------------- */

static void
add_replaced(const char *chassis, void *replaced)
{
    sset_add(replaced, chassis);
}

void
tunnel_bfd_replaced(const struct model *model, struct sset *replaced)
{
    const struct lport *lport;

    LIST_FOR_EACH (lport, gateway_node, &model->gateways) {
        const struct sb_port *row = lport_row(lport);

        if (row && lport->resident) {
            gateway_each_replaced(row, model->chassis, add_replaced,
                                  replaced);
        }
    }
}

void
tunnel_bfd_write(struct ovs_db *db, const struct ovsrec_interface *iface,
                 const struct model *model, const char *chassis,
                 const struct sset *replaced, bool may_end)
{
    const struct sb_node_bfd *peer
        = sb_node_bfd_cast(shash_find_data(&model->bfd_peers, chassis));
    struct smap bfd;

    if (!peer && !may_end) {
        return;
    }
    smap_init(&bfd);
    if (peer) {
        smap_destroy(&bfd);
        smap_clone(&bfd, &peer->options);
        smap_replace(&bfd, "enable", "true");
        if (sset_contains(replaced, chassis)) {
            smap_replace(&bfd, "cpath_down", "true");
        }
    }
    if (!smap_equal(&iface->bfd, &bfd) && ovs_db_txn(db)) {
        ovsrec_interface_set_bfd(iface, &bfd);
    }
    smap_destroy(&bfd);
}

/* ---- Reading ---------------------------------------------------------- */

static enum tunnel_bfd
read_state(const struct ovsrec_interface *iface, const struct tunnel *tunnel,
           long long int now_ms)
{
    const char *state = smap_get_def(&iface->bfd_status, "state", "");

    if (!smap_get_bool(&iface->bfd, "enable", false)) {
        return TUNNEL_BFD_NONE;
    } else if (!strcmp(state, "up")) {
        return TUNNEL_BFD_UP;
    }
    return (tunnel->bfd_since_ms
            && now_ms < tunnel->bfd_since_ms + TUNNEL_BFD_GRACE_MS
            ? TUNNEL_BFD_WAITING : TUNNEL_BFD_DOWN);
}

bool
tunnel_bfd_read(const struct ovsrec_interface *iface, struct tunnel *tunnel,
                long long int now_ms)
{
    const char *diagnostic = smap_get_def(&iface->bfd_status,
                                          "remote_diagnostic", "");
    bool took_over = !strcmp(diagnostic, CPATH_DOWN);
    enum tunnel_bfd bfd = read_state(iface, tunnel, now_ms);

    if (bfd != TUNNEL_BFD_NONE && tunnel->bfd == TUNNEL_BFD_NONE
        && tunnel->was_seen) {
        /* It was begun while this agent looked on. */
        tunnel->bfd_since_ms = now_ms;
        bfd = read_state(iface, tunnel, now_ms);
    }
    tunnel->was_seen = true;
    took_over = took_over && bfd == TUNNEL_BFD_UP;
    if (bfd == tunnel->bfd && took_over == tunnel->took_over) {
        return false;
    }
    if (bfd == TUNNEL_BFD_UP || bfd == TUNNEL_BFD_DOWN) {
        VLOG_INFO("%s: BFD is %s", iface->name,
                  bfd == TUNNEL_BFD_UP ? "up" : "down");
    }
    tunnel->bfd = bfd;
    tunnel->took_over = took_over;
    return true;
}

long long int
tunnel_bfd_sum_up(struct ofports *ofports, long long int now_ms)
{
    long long int next_ms = LLONG_MAX;
    const struct shash_node *node;
    size_t n[TUNNEL_BFD_UP + 1] = { 0 };

    SHASH_FOR_EACH (node, &ofports->tunnels) {
        const struct tunnel *tunnel = node->data;

        n[tunnel->bfd]++;
        if (tunnel->bfd == TUNNEL_BFD_WAITING) {
            next_ms = MIN(next_ms, MAX(now_ms, tunnel->bfd_since_ms
                                               + TUNNEL_BFD_GRACE_MS));
        }
    }
    ofports->isolated = (n[TUNNEL_BFD_DOWN] && !n[TUNNEL_BFD_UP]
                         && !n[TUNNEL_BFD_WAITING]);
    return next_ms;
}

void
tunnel_bfd_restarted(struct ofports *ofports, long long int now_ms)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &ofports->tunnels) {
        struct tunnel *tunnel = node->data;

        if (tunnel->bfd != TUNNEL_BFD_NONE) {
            tunnel->bfd_since_ms = now_ms;
        }
    }
}
