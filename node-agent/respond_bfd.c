/* BFD of static routes: see respond_bfd.h.
 *
 * Messages enter the router's pipeline after routing (they leave by the
 * session's port, whatever the routes say, and with the TTL of 255 that RFC
 * 5881 asks for), where the peer's neighbour is resolved as for any packet. */
#include <config.h>

#include "node-agent/respond_bfd.h"

#include <limits.h>
#include <stdlib.h>

#include "hash.h"
#include "lflow/registers.h"
#include "lflow/stages.h"
#include "node-agent/bfd_session.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/rows.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(respond_bfd);

enum { BFD_PORT = 3784, BFD_FIRST_SOURCE = 49152 };     /* RFC 5881. */
enum { BFD_TOS = 0xc0 };        /* Network control. */

struct peer {
    struct bfd_session session;
    char *lport;
    struct in6_addr ip;
    uint16_t source;            /* UDP port. */
    bool is_seen;
    bool is_reported;
    enum bfd_state reported;
};

struct respond_bfd {
    struct packet_in *pi;
    struct shash peers;         /* Id of the row -> struct peer. */
};

struct respond_bfd *
respond_bfd_create(struct packet_in *pi)
{
    struct respond_bfd *bfd = xzalloc(sizeof *bfd);

    bfd->pi = pi;
    shash_init(&bfd->peers);
    return bfd;
}

static void
free_peer(struct peer *peer)
{
    free(peer->lport);
    free(peer);
}

void
respond_bfd_destroy(struct respond_bfd *bfd)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &bfd->peers) {
        free_peer(node->data);
    }
    shash_destroy(&bfd->peers);
    free(bfd);
}

size_t
respond_bfd_count(const struct respond_bfd *bfd)
{
    return shash_count(&bfd->peers);
}

/* ---- Sessions --------------------------------------------------------- */

/* Is the router port on this chassis, and on no other? */
static bool
is_here(const struct model *model, const struct lport *lport)
{
    const struct sb_port *row = lport_row(lport);
    const char *redirect;
    const struct lport *cr;

    if (!row || !lport->key || !lport->dp->key) {
        return false;
    } else if (row->type == SB_PORT_TYPE_L3GATEWAY) {
        return !strcmp(row->chassis, model->chassis);
    }
    redirect = smap_get(&row->options, "chassis-redirect-port");
    cr = redirect ? datapath_lport(lport->dp, redirect) : NULL;
    return cr && cr->row && cr->resident;
}

static bool
parse_address(const char *text, struct in6_addr *ip)
{
    ovs_be32 ip4;

    if (ip_parse(text, &ip4)) {
        in6_addr_set_mapped_ipv4(ip, ip4);
        return true;
    }
    return ipv6_parse(text, ip);
}

static void
begin(struct respond_bfd *bfd, const char *id, struct peer **peerp,
      const struct bfd_config *config)
{
    /* The same after a restart, so that the peer need not notice it. */
    uint32_t hash = hash_string(id, 0);

    *peerp = xzalloc(sizeof **peerp);
    bfd_session_init(&(*peerp)->session, config, hash ? hash : 1,
                     time_msec());
    (*peerp)->source = BFD_FIRST_SOURCE + hash % 16384;
    shash_add(&bfd->peers, id, *peerp);
}

static void
see(struct respond_bfd *bfd, const char *id,
    const struct sb_bfd_session *row)
{
    const struct bfd_config config = {
        .min_tx_ms = MAX(row->min_tx, BFD_LEAST_INTERVAL_MS),
        .min_rx_ms = row->min_rx ? MAX(row->min_rx, BFD_LEAST_INTERVAL_MS)
                                 : 0,
        .detect_mult = row->detect_mult,
    };
    struct peer *peer = shash_find_data(&bfd->peers, id);
    struct in6_addr ip;

    if (!parse_address(row->dst_ip, &ip)) {
        return;
    }
    if (!peer) {
        if (shash_count(&bfd->peers) >= BFD_MAX_SESSIONS) {
            static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

            VLOG_WARN_RL(&rl, "more than %d BFD sessions", BFD_MAX_SESSIONS);
            return;
        }
        begin(bfd, id, &peer, &config);
    } else if (!ipv6_addr_equals(&ip, &peer->ip)) {
        bfd_session_init(&peer->session, &config,
                         peer->session.discriminator, time_msec());
    }
    bfd_session_configure(&peer->session, &config);
    free(peer->lport);
    peer->lport = xstrdup(row->logical_port);
    peer->ip = ip;
    peer->is_seen = true;
}

static void
report(struct respond_bfd *bfd, const char *id, struct peer *peer)
{
    char *below = rows_key("bfd", id, NULL);

    if (!peer) {
        own_set(bfd->pi->own, below, NULL);
    } else if (!peer->is_reported || peer->reported != peer->session.state) {
        peer->is_reported = true;
        peer->reported = peer->session.state;
        VLOG_INFO("BFD session %s is %s", id, bfd_state_name(peer->reported));
        own_set(bfd->pi->own, below,
                rows_bfd_state(bfd_state_name(peer->reported)));
    }
    free(below);
}

static void
see_datapath(struct respond_bfd *bfd, const struct datapath *dp)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &dp->bfd) {
        const struct sb_bfd_session *row = sb_bfd_session_cast(node->data);
        const struct lport *lport = datapath_lport(dp, row->logical_port);

        if (lport && is_here(bfd->pi->model, lport)) {
            see(bfd, node->name, row);
        }
    }
}

void
respond_bfd_update(struct respond_bfd *bfd)
{
    const struct datapath *dp;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &bfd->peers) {
        struct peer *peer = node->data;

        peer->is_seen = false;
    }
    HMAP_FOR_EACH (dp, node, &bfd->pi->model->datapaths) {
        see_datapath(bfd, dp);
    }
    SHASH_FOR_EACH_SAFE (node, &bfd->peers) {
        struct peer *peer = node->data;

        if (!peer->is_seen) {
            report(bfd, node->name, NULL);
            free_peer(peer);
            shash_delete(&bfd->peers, node);
        }
    }
}

/* ---- Sending ---------------------------------------------------------- */

/* The port's Ethernet address, and its address to talk to 'ip' from: the one
 * of the same network, else the first of the family. */
static bool
find_source(const struct sb_port *row, const struct in6_addr *ip,
            struct eth_addr *mac, struct in6_addr *source)
{
    char *copy, *word, *save = NULL;
    bool found = false, same_network = false;

    if (!row->mac.n) {
        return false;
    }
    copy = xstrdup(row->mac.items[0]);
    word = strtok_r(copy, " ", &save);
    if (word && eth_addr_from_string(word, mac)) {
        while (!same_network && (word = strtok_r(NULL, " ", &save))) {
            struct in6_addr address, mask, a, b;
            char *error = ipv6_parse_masked(word, &address, &mask);

            if (error) {
                ovs_be32 ip4, mask4;

                free(error);
                error = ip_parse_masked(word, &ip4, &mask4);
                if (!error) {
                    in6_addr_set_mapped_ipv4(&address, ip4);
                    in6_addr_set_mapped_ipv4(&mask, mask4);
                    memset(&mask, 0xff, 12);
                }
            }
            if (error || IN6_IS_ADDR_V4MAPPED(&address)
                         != IN6_IS_ADDR_V4MAPPED(ip)) {
                free(error);
                continue;
            }
            a = ipv6_addr_bitand(&address, &mask);
            b = ipv6_addr_bitand(ip, &mask);
            same_network = ipv6_addr_equals(&a, &b);
            if (same_network || !found) {
                *source = address;
                found = true;
            }
        }
    }
    free(copy);
    return found;
}

/* Where the message is to go on: resolved towards 'to' at 'lport'. */
static void
fill_metadata(const struct lport *lport, const struct in6_addr *from,
              const struct in6_addr *to, struct flow *metadata)
{
    bool is_ip4 = IN6_IS_ADDR_V4MAPPED(to);

    memset(metadata, 0, sizeof *metadata);
    metadata->metadata = htonll(lport->dp->key);
    metadata->regs[MFF_LOG_OUTPORT - MFF_REG0] = lport->key;
    metadata->regs[MFF_LOG_FLAGS - MFF_REG0] = MLF_ALLOW_LOOPBACK;
    for (int i = 0; i < 4 && !is_ip4; i++) {
        metadata->regs[i] = ntohl(get_unaligned_be32(
            (const ovs_be32 *) &to->s6_addr[4 * i]));
        metadata->regs[4 + i] = ntohl(get_unaligned_be32(
            (const ovs_be32 *) &from->s6_addr[4 * i]));
    }
    if (is_ip4) {
        metadata->regs[0] = ntohl(in6_addr_get_mapped_ipv4(to));
        metadata->regs[1] = ntohl(in6_addr_get_mapped_ipv4(from));
    }
}

static void
send_message(struct respond_bfd *bfd, const struct peer *peer,
             const uint8_t message[BFD_MESSAGE_SIZE])
{
    const struct lport *lport = model_lport(bfd->pi->model, peer->lport);
    struct udp_header *udp;
    struct flow metadata;
    struct dp_packet packet;
    struct in6_addr source;
    struct eth_addr mac;

    if (!lport || !lport->row
        || !find_source(lport_row(lport), &peer->ip, &mac, &source)) {
        return;
    }
    udp = build_ip(&packet, mac, eth_addr_zero, &source, &peer->ip,
                   IPPROTO_UDP, BFD_TOS, UDP_HEADER_LEN + BFD_MESSAGE_SIZE);
    udp->udp_src = htons(peer->source);
    udp->udp_dst = htons(BFD_PORT);
    udp->udp_len = htons(UDP_HEADER_LEN + BFD_MESSAGE_SIZE);
    memcpy(udp + 1, message, BFD_MESSAGE_SIZE);
    udp->udp_csum = build_checksum(&packet, udp, IPPROTO_UDP,
                                   UDP_HEADER_LEN + BFD_MESSAGE_SIZE);
    if (!udp->udp_csum) {
        udp->udp_csum = htons(0xffff);
    }
    fill_metadata(lport, &source, &peer->ip, &metadata);
    packet_in_send(bfd->pi, dp_packet_data(&packet), dp_packet_size(&packet),
                   &metadata,
                   stage_to_table(&stages[STAGE_LR_IN_ARP_RESOLVE]));
    dp_packet_uninit(&packet);
}

void
respond_bfd_run(struct respond_bfd *bfd)
{
    long long int now_ms = time_msec();
    struct shash_node *node;

    SHASH_FOR_EACH (node, &bfd->peers) {
        uint64_t message[DIV_ROUND_UP(BFD_MESSAGE_SIZE, 8)];
        struct peer *peer = node->data;

        if (now_ms >= bfd_session_deadline(&peer->session)
            && bfd_session_run(&peer->session, now_ms, random_uint32(),
                               (uint8_t *) message)) {
            send_message(bfd, peer, (uint8_t *) message);
        }
        report(bfd, node->name, peer);
    }
}

void
respond_bfd_wait(struct respond_bfd *bfd)
{
    long long int next_ms = LLONG_MAX;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &bfd->peers) {
        const struct peer *peer = node->data;

        next_ms = MIN(next_ms, bfd_session_deadline(&peer->session));
    }
    if (next_ms != LLONG_MAX) {
        poll_timer_wait_until(next_ms);
    }
}

/* ---- Receiving -------------------------------------------------------- */

/* The session of a message that came in at 'lport' from 'source'. */
static struct peer *
find_peer(const struct respond_bfd *bfd, const struct lport *lport,
          const struct in6_addr *source, uint32_t target)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &bfd->peers) {
        struct peer *peer = node->data;

        if (!strcmp(peer->lport, lport->name)
            && ipv6_addr_equals(&peer->ip, source)
            && (!target || target == peer->session.discriminator)) {
            return peer;
        }
    }
    return NULL;
}

void
respond_bfd_msg(struct pin *pin)
{
    const struct lport *lport = pin_inport(pin);
    struct in6_addr source;
    struct peer *peer;
    const void *message;
    size_t size = 0;
    int64_t target;

    message = pin_udp_payload(pin, &size);
    target = message ? bfd_message_target(message, size) : -1;
    /* RFC 5881, section 5: nobody further away may have sent it. */
    if (target < 0 || pin->headers.nw_ttl != BUILD_TTL) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    source = pin->headers.ipv6_src;
    if (pin_is_ip4(pin)) {
        in6_addr_set_mapped_ipv4(&source, pin->headers.nw_src);
    }
    peer = lport ? find_peer(pin->pi->bfd, lport, &source, target) : NULL;
    if (!peer) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    bfd_session_receive(&peer->session, message, time_msec());
}
