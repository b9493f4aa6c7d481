/* Health checks: see respond_svc_check.h.
 *
 * Which checks there are is looked at when the model changes; health_check.c
 * says when each of them is to do what.  A status is kept as long as the row
 * of its check is there and the port is on this chassis, also while no probe
 * can get there (the interface is being plugged in, the switch is away) and
 * while the agent is. */
#include <config.h>

#include "node-agent/respond_svc_check.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "hash.h"
#include "lflow/registers.h"
#include "lflow/tables.h"
#include "lib/metrics.h"
#include "node-agent/health_check.h"
#include "node-agent/model.h"
#include "node-agent/own.h"
#include "node-agent/packet_in_private.h"
#include "node-agent/rows.h"
#include "node-agent/svc_packet.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/token-bucket.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "random.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(respond_svc_check);

#define AREA "service_monitor"
enum {
    FIRST_SOURCE = 49152, N_SOURCES = 16384,    /* Ports: RFC 6335. */
    TICK_MS = 10,               /* Timers are looked at no more often. */
};

struct monitor {
    struct hmap_node node;      /* In 'by_service', by hash_service(). */
    char *below;                /* Key of its status. */
    char *lport;
    struct svc_probe probe;     /* The last one sent, or the next. */
    struct health_check check;
    bool is_seen;               /* In this look at the model. */
    bool is_reachable;          /* Probes would get to the port. */
    enum health_status reported;
    uint64_t n_probes, n_failed;
};

struct respond_svc_check {
    struct packet_in *pi;
    struct shash all;           /* Key of its status -> struct monitor. */
    struct hmap by_service;     /* The same, to find one for an answer. */
    struct token_bucket bucket; /* 1000 tokens a probe. */
    size_t n_left_out;          /* Over SVC_CHECK_MAX in the last look. */
    bool delivers;
    bool has_swept;             /* Statuses from before are looked through. */
    long long int next_ms;      /* No check has anything to do before. */
};

static struct metric n_checks = METRIC_GAUGE(
    "weft_agent_health_checks", "Backends of load balancers checked.");
static struct metric n_offline = METRIC_GAUGE(
    "weft_agent_health_checks_offline", "Of those, found not to serve.");
static struct metric n_sent = METRIC_COUNTER(
    "weft_agent_health_probes_total", "Probes sent to backends.");
static struct metric n_changes = METRIC_COUNTER(
    "weft_agent_health_changes_total", "Times that a backend was found other "
    "than before.");

struct respond_svc_check *
respond_svc_check_create(struct packet_in *pi)
{
    struct respond_svc_check *svc = xzalloc(sizeof *svc);

    svc->pi = pi;
    shash_init(&svc->all);
    hmap_init(&svc->by_service);
    token_bucket_init(&svc->bucket, SVC_CHECK_PER_S, SVC_CHECK_BURST * 1000);
    svc->delivers = true;
    svc->next_ms = LLONG_MAX;
    metric_register(&n_checks);
    metric_register(&n_offline);
    metric_register(&n_sent);
    metric_register(&n_changes);
    return svc;
}

static uint32_t
hash_service(const char *lport, bool is_udp, const struct in6_addr *ip,
             uint16_t port)
{
    return hash_bytes(ip, sizeof *ip,
                      hash_string(lport, (uint32_t) port << 1 | is_udp));
}

static void
forget(struct respond_svc_check *svc, struct monitor *m)
{
    shash_find_and_delete(&svc->all, m->below);
    hmap_remove(&svc->by_service, &m->node);
    free(m->below);
    free(m->lport);
    free(m);
}

void
respond_svc_check_destroy(struct respond_svc_check *svc)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &svc->all) {
        forget(svc, node->data);
    }
    shash_destroy(&svc->all);
    hmap_destroy(&svc->by_service);
    free(svc);
}

/* ---- Which checks there are -------------------------------------------- */

static bool
parse_ip(const char *text, struct in6_addr *ip)
{
    ovs_be32 ip4;

    if (ip_parse(text, &ip4)) {
        in6_addr_set_mapped_ipv4(ip, ip4);
        return true;
    }
    return ipv6_parse(text, ip);
}

/* The Ethernet address in 'text', "MAC IP...".  Returns 2 if 'ip' is among
 * the addresses, 1 if none is of its family, else 0. */
static int
match_address(const char *text, const struct in6_addr *ip,
              struct eth_addr *mac)
{
    bool is_exact = false, has_family = false;
    char *copy = xstrdup(text), *save = NULL;
    char *word = strtok_r(copy, " ", &save);
    bool has_mac = word && eth_addr_from_string(word, mac);

    while (has_mac && (word = strtok_r(NULL, " ", &save)) != NULL) {
        struct in6_addr other;

        if (parse_ip(word, &other)) {
            is_exact |= ipv6_addr_equals(&other, ip);
            has_family |= (IN6_IS_ADDR_V4MAPPED(&other)
                           == IN6_IS_ADDR_V4MAPPED(ip));
        }
    }
    free(copy);
    return !has_mac ? 0 : is_exact ? 2 : !has_family;
}

/* The Ethernet address of 'ip' at a port: the one that it is given with, else
 * one without addresses. */
static bool
find_mac(const struct sb_port *row, const struct in6_addr *ip,
         struct eth_addr *mac)
{
    int best = 0;

    for (size_t i = 0; i < row->addresses.n && best < 2; i++) {
        struct eth_addr one;
        int found = match_address(row->addresses.items[i], ip, &one);

        if (found > best) {
            best = found;
            *mac = one;
        }
    }
    return best > 0;
}

/* Where probes for 'row' at 'lport' go; false if nowhere. */
static bool
fill_probe(const struct sb_service_monitor *row, const struct lport *lport,
           struct svc_probe *probe)
{
    memset(probe, 0, sizeof *probe);
    probe->is_udp = row->protocol == SB_SERVICE_MONITOR_PROTOCOL_UDP;
    probe->dst_port = row->port;
    return (parse_ip(row->ip, &probe->dst_ip)
            && parse_ip(row->src_ip, &probe->src_ip)
            && IN6_IS_ADDR_V4MAPPED(&probe->dst_ip)
               == IN6_IS_ADDR_V4MAPPED(&probe->src_ip)
            && eth_addr_from_string(row->src_mac, &probe->src_mac)
            && find_mac(lport_row(lport), &probe->dst_ip, &probe->dst_mac));
}

static bool
is_same_service(const struct svc_probe *a, const struct svc_probe *b)
{
    return (a->is_udp == b->is_udp
            && a->dst_port == b->dst_port
            && eth_addr_equals(a->src_mac, b->src_mac)
            && eth_addr_equals(a->dst_mac, b->dst_mac)
            && ipv6_addr_equals(&a->src_ip, &b->src_ip)
            && ipv6_addr_equals(&a->dst_ip, &b->dst_ip));
}

/* All at once would be too much for the switch, and for the limits of
 * answers. */
static long long int
soon(void)
{
    return time_msec() + random_range(SVC_CHECK_SPREAD_MS);
}

static struct monitor *
begin(struct respond_svc_check *svc, const char *below,
      const struct lport *lport, const struct health_config *config)
{
    struct monitor *m;

    if (shash_count(&svc->all) >= SVC_CHECK_MAX) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);

        VLOG_WARN_RL(&rl, "more than %d health checks on this chassis: %s is "
                     "not checked and counts as online", SVC_CHECK_MAX,
                     below + strlen(AREA "/"));
        svc->n_left_out++;
        return NULL;
    }
    m = xzalloc(sizeof *m);
    m->below = xstrdup(below);
    m->lport = xstrdup(lport->name);
    health_check_init(&m->check, config, soon());
    shash_add(&svc->all, below, m);
    hmap_insert(&svc->by_service, &m->node, 0);
    return m;
}

static void
set_gauges(const struct respond_svc_check *svc)
{
    const struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &svc->all) {
        const struct monitor *m = node->data;

        n += m->check.status == HEALTH_OFFLINE;
    }
    metric_set(&n_checks, shash_count(&svc->all));
    metric_set(&n_offline, n);
}

/* Tells what has been found, if that is new. */
static void
report(struct respond_svc_check *svc, struct monitor *m)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 100);
    const char *name = health_status_name(m->check.status);

    if (m->check.status == m->reported) {
        return;
    }
    m->reported = m->check.status;
    metric_add(&n_changes, 1);
    set_gauges(svc);
    VLOG_INFO_RL(&rl, "%s is %s", m->below + strlen(AREA "/"), name);
    own_set(svc->pi->own, m->below, rows_service_state(name));
}

/* The check 'below' of a port that is here, or was when it went down: it is
 * nowhere now, and whoever was checked there is offline, as with OVN. */
static bool
is_ours(const struct respond_svc_check *svc, const struct lport *lport,
        const char *below)
{
    const char *chassis = lport_row(lport)->chassis;

    return (chassis[0] ? !strcmp(chassis, svc->pi->model->chassis)
            : own_get(svc->pi->own, below) != NULL);
}

static void
see(struct respond_svc_check *svc, const struct lport *lport, const char *id,
    const struct sb_service_monitor *row)
{
    const struct sb_port *port = lport_row(lport);
    char *below = rows_key(AREA, lport->name, id, NULL);
    struct monitor *m = shash_find_data(&svc->all, below);
    struct health_config config = { .interval_ms = 0 };
    struct svc_probe probe;

    health_config_parse(&config, &row->options);
    if (!is_ours(svc, lport, below)) {
        m = NULL;
    } else if (!fill_probe(row, lport, &probe)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);

        VLOG_WARN_RL(&rl, "%s cannot be checked: port %s has no Ethernet "
                     "address for it", id, lport->name);
        m = NULL;
    } else {
        config.silence_is_good = probe.is_udp;
        m = m ? m : begin(svc, below, lport, &config);
    }
    if (m) {
        if (!is_same_service(&m->probe, &probe)) {
            m->probe = probe;
            hmap_remove(&svc->by_service, &m->node);
            hmap_insert(&svc->by_service, &m->node, hash_service(
                m->lport, probe.is_udp, &probe.dst_ip, probe.dst_port));
            health_check_rest(&m->check, soon());
        }
        health_check_configure(&m->check, &config);
        m->is_reachable = (port->chassis[0]
                           && (port->type != SB_PORT_TYPE_NONE
                               || (lport->bound_here && port->up)));
        if (!port->chassis[0]) {
            m->check.status = HEALTH_OFFLINE;
            report(svc, m);
        }
        m->is_seen = true;
    }
    free(below);
}

static void
see_datapath(struct respond_svc_check *svc, const struct datapath *dp)
{
    const struct shash_node *port, *node;

    SHASH_FOR_EACH (port, &dp->monitors) {
        const struct lport *lport = datapath_lport(dp, port->name);

        if (!lport || !lport->row || !lport->key || !dp->key) {
            continue;
        }
        SHASH_FOR_EACH (node, (const struct shash *) port->data) {
            see(svc, lport, node->name, sb_service_monitor_cast(node->data));
        }
    }
}

void
respond_svc_check_update(struct respond_svc_check *svc)
{
    const struct datapath *dp;
    struct shash_node *node;

    SHASH_FOR_EACH (node, &svc->all) {
        struct monitor *m = node->data;

        m->is_seen = false;
    }
    svc->n_left_out = 0;
    HMAP_FOR_EACH (dp, node, &svc->pi->model->datapaths) {
        see_datapath(svc, dp);
    }
    SHASH_FOR_EACH_SAFE (node, &svc->all) {
        struct monitor *m = node->data;

        if (!m->is_seen) {
            own_set(svc->pi->own, m->below, NULL);
            forget(svc, m);
        }
    }
    set_gauges(svc);
    svc->next_ms = 0;
}

static void
add_stale(const char *below, const char *value OVS_UNUSED, void *stale_)
{
    struct sset *stale = stale_;

    sset_add(stale, below);
}

/* Statuses of an agent before this one whose check has gone meanwhile.  Those
 * of checks that are there stay until there is another. */
static void
sweep(struct respond_svc_check *svc)
{
    struct sset stale = SSET_INITIALIZER(&stale);
    const char *below;

    respond_svc_check_update(svc);
    own_each(svc->pi->own, AREA "/", add_stale, &stale);
    SSET_FOR_EACH (below, &stale) {
        if (!shash_find(&svc->all, below)) {
            own_set(svc->pi->own, below, NULL);
        }
    }
    sset_destroy(&stale);
    svc->has_swept = true;
}

void
respond_svc_check_set_delivers(struct respond_svc_check *svc, bool delivers)
{
    struct shash_node *node;

    if (svc->delivers == delivers) {
        return;
    }
    svc->delivers = delivers;
    SHASH_FOR_EACH (node, &svc->all) {
        struct monitor *m = node->data;

        health_check_rest(&m->check, soon());
    }
    svc->next_ms = 0;
}

/* ---- In time ----------------------------------------------------------- */

static void
send_packet(struct respond_svc_check *svc, const struct lport *lport,
            struct dp_packet *packet)
{
    struct flow metadata;

    memset(&metadata, 0, sizeof metadata);
    metadata.metadata = htonll(lport->dp->key);
    metadata.regs[MFF_LOG_OUTPORT - MFF_REG0] = lport->key;
    packet_in_send(svc->pi, dp_packet_data(packet), dp_packet_size(packet),
                   &metadata, OFTABLE_LOCAL_OUTPUT);
    dp_packet_uninit(packet);
}

static void
send_probe(struct respond_svc_check *svc, struct monitor *m)
{
    const struct lport *lport = model_lport(svc->pi->model, m->lport);
    struct dp_packet packet;

    if (!lport || !lport->key || !lport->dp->key) {
        return;                 /* It is about to be forgotten. */
    }
    m->probe.src_port = FIRST_SOURCE + random_range(N_SOURCES);
    m->probe.seq = random_uint32();
    svc_packet_probe(&m->probe, &packet);
    send_packet(svc, lport, &packet);
    m->n_probes++;
    metric_add(&n_sent, 1);
}

static void
run_monitor(struct respond_svc_check *svc, struct monitor *m,
            long long int now_ms)
{
    bool was_waiting = m->check.is_waiting;
    bool is_due;

    if (!m->is_reachable) {
        health_check_rest(&m->check, now_ms + SVC_CHECK_SPREAD_MS);
        return;
    }
    is_due = health_check_run(&m->check, now_ms);
    m->n_failed += was_waiting && !m->check.is_waiting && m->check.n_bad;
    if (is_due && token_bucket_withdraw(&svc->bucket, 1000)) {
        send_probe(svc, m);
        health_check_sent(&m->check, now_ms);
    }
    report(svc, m);
}

void
respond_svc_check_run(struct respond_svc_check *svc)
{
    long long int now_ms = time_msec();
    struct shash_node *node;

    if (!svc->delivers) {
        return;
    }
    if (!svc->has_swept && own_has_adopted(svc->pi->own)) {
        sweep(svc);
    }
    if (now_ms < svc->next_ms) {
        return;
    }
    svc->next_ms = LLONG_MAX;
    SHASH_FOR_EACH (node, &svc->all) {
        struct monitor *m = node->data;

        if (now_ms >= m->check.deadline_ms) {
            run_monitor(svc, m, now_ms);
        }
        svc->next_ms = MIN(svc->next_ms, m->check.deadline_ms);
    }
    svc->next_ms = MAX(svc->next_ms, now_ms + TICK_MS);
}

void
respond_svc_check_wait(struct respond_svc_check *svc)
{
    if (svc->delivers && !shash_is_empty(&svc->all)) {
        poll_timer_wait_until(svc->next_ms);
    }
}

/* ---- Answers ------------------------------------------------------------ */

static struct monitor *
find_monitor(const struct respond_svc_check *svc, const struct lport *lport,
             const struct svc_answer *answer)
{
    uint32_t hash = hash_service(lport->name, answer->is_udp,
                                 &answer->dst_ip, answer->dst_port);
    struct monitor *m;

    HMAP_FOR_EACH_WITH_HASH (m, node, hash, &svc->by_service) {
        if (!strcmp(m->lport, lport->name)
            && svc_answer_fits(answer, &m->probe)) {
            return m;
        }
    }
    return NULL;
}

void
respond_svc_check(struct pin *pin)
{
    struct respond_svc_check *svc = pin->pi->svc_check;
    const struct lport *lport = pin_inport(pin);
    struct svc_answer answer;
    struct dp_packet packet;
    struct monitor *m;

    if (!svc_packet_parse(pin, &answer)) {
        pin_drop(pin, PACKET_IN_DROP_MALFORMED);
        return;
    }
    m = lport ? find_monitor(svc, lport, &answer) : NULL;
    if (!m || !m->n_probes) {
        pin_drop(pin, PACKET_IN_DROP_NOT_DUE);
        return;
    }
    if (answer.said == SVC_SAID_OPEN) {
        /* However late it is: the service should not wait for more. */
        svc_packet_reset(&m->probe, answer.ack, answer.seq + 1, &packet);
        send_packet(svc, lport, &packet);
    }
    m->n_failed += m->check.is_waiting && answer.said != SVC_SAID_OPEN;
    health_check_answer(&m->check, answer.said == SVC_SAID_OPEN, time_msec());
    report(svc, m);
    svc->next_ms = MIN(svc->next_ms, m->check.deadline_ms);
}

/* ---- For people --------------------------------------------------------- */

void
respond_svc_check_format(const struct respond_svc_check *svc, struct ds *out)
{
    const struct shash_node **nodes = shash_sort(&svc->all);
    size_t n = shash_count(&svc->all);

    for (size_t i = 0; i < n; i++) {
        const struct monitor *m = nodes[i]->data;
        const struct health_check *check = &m->check;

        ds_put_format(out, "%s: %s, probes %"PRIu64", failed %"PRIu64", in "
                      "a row %u good, %u bad%s\n",
                      m->below + strlen(AREA "/"),
                      health_status_name(check->status), m->n_probes,
                      m->n_failed, check->n_good, check->n_bad,
                      !svc->delivers ? ", the switch is not ready"
                      : !m->is_reachable ? ", the port is not ready" : "");
    }
    free(nodes);
}

void
respond_svc_check_summary(const struct respond_svc_check *svc, struct ds *out)
{
    ds_put_format(out, "health checks: %"PRIuSIZE, shash_count(&svc->all));
    if (svc->n_left_out) {
        ds_put_format(out, ", left out: %"PRIuSIZE, svc->n_left_out);
    }
    ds_put_char(out, '\n');
}
