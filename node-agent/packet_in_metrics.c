/* What became of packets for the agent: counters for metrics and for people
 * (packet_in.h). */
#include <config.h>

#include "node-agent/packet_in_private.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lflow/packet_in.h"
#include "lib/metrics.h"
#include "node-agent/respond_advertise.h"
#include "node-agent/respond_announce.h"
#include "node-agent/respond_learn.h"
#include "node-agent/respond_svc_check.h"
#include "node-agent/respond_waiting.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

static const struct { const char *label, *help; } drops[] = {
#define PACKET_IN_DROP(SYMBOL, LABEL, HELP) { LABEL, HELP },
    PACKET_IN_DROPS
#undef PACKET_IN_DROP
};

static struct metric packets[PACKET_IN_N_OPCODES];
static struct metric dropped[N_PACKET_IN_DROPS];
static struct metric sent = METRIC_COUNTER(
    "weft_agent_packet_outs_total", "Packets made or let go on.");

/* "arp" of "arp { }"; the caller frees it. */
static char *
action_name(uint32_t opcode)
{
    const char *name = packet_in_opcode_name(opcode);

    return xmemdup0(name, strcspn(name, " ,="));
}

void
packet_in_metrics(void)
{
    if (sent.registered) {
        return;
    }
    for (uint32_t i = 0; i < PACKET_IN_N_OPCODES; i++) {
        char *action = action_name(i);

        packets[i] = (struct metric) METRIC_COUNTER(
            "weft_agent_packet_ins_total",
            "Packets answered or learned from, by action.");
        packets[i].labels = xasprintf("action=\"%s\",opcode=\"%"PRIu32"\"",
                                      action, i);
        metric_register(&packets[i]);
        free(action);
    }
    for (int i = 0; i < N_PACKET_IN_DROPS; i++) {
        dropped[i] = (struct metric) METRIC_COUNTER(
            "weft_agent_packet_ins_dropped_total",
            "Packets that came to nothing, by reason.");
        dropped[i].labels = xasprintf("reason=\"%s\"", drops[i].label);
        metric_register(&dropped[i]);
    }
    metric_register(&sent);
}

void
packet_in_count(struct packet_in *pi, uint32_t opcode)
{
    pi->stats.n_packets++;
    pi->stats.by_opcode[opcode]++;
    metric_add(&packets[opcode], 1);
}

void
packet_in_count_sent(struct packet_in *pi)
{
    pi->stats.n_sent++;
    metric_add(&sent, 1);
}

void
packet_in_drop(struct packet_in *pi, enum packet_in_drop drop)
{
    pi->stats.by_drop[drop]++;
    metric_add(&dropped[drop], 1);
    switch (drop) {
    case PACKET_IN_DROP_SOURCE_RATE:
    case PACKET_IN_DROP_PORT_RATE:
    case PACKET_IN_DROP_OPCODE_RATE:
        pi->stats.n_dropped++;
        break;
    case PACKET_IN_DROP_MALFORMED:
    case PACKET_IN_DROP_NO_RESPONDER:
        pi->stats.n_malformed++;
        break;
    case PACKET_IN_DROP_NOT_DUE:
    case PACKET_IN_DROP_UNKNOWN_PORT:
    case PACKET_IN_DROP_TABLE_FULL:
    case PACKET_IN_DROP_QUEUE_FULL:
    case PACKET_IN_DROP_EXPIRED:
    case N_PACKET_IN_DROPS:
    default:
        break;
    }
}

const struct packet_in_stats *
packet_in_stats(const struct packet_in *pi)
{
    return &pi->stats;
}

void
packet_in_format(const struct packet_in *pi, struct ds *out)
{
    const struct packet_in_stats *stats = &pi->stats;

    ds_put_format(out, "packets: %"PRIu64", sent: %"PRIu64"\n",
                  stats->n_packets, stats->n_sent);
    for (uint32_t i = 0; i < PACKET_IN_N_OPCODES; i++) {
        if (stats->by_opcode[i]) {
            ds_put_format(out, "%s: %"PRIu64"\n", packet_in_opcode_name(i),
                          stats->by_opcode[i]);
        }
    }
    for (int i = 0; i < N_PACKET_IN_DROPS; i++) {
        if (stats->by_drop[i]) {
            ds_put_format(out, "dropped, %s (%s): %"PRIu64"\n",
                          drops[i].label, drops[i].help, stats->by_drop[i]);
        }
    }
    ds_put_format(out, "learned: %"PRIuSIZE", neighbours waited for: %"
                  PRIuSIZE", limits: %"PRIuSIZE", announced: %"PRIuSIZE
                  ", advertising: %"PRIuSIZE"\n",
                  respond_learn_count(pi->learn),
                  respond_waiting_count(pi->waiting),
                  packet_in_limit_count(&pi->limit),
                  respond_announce_count(pi->announce),
                  respond_advertise_count(pi->advertise));
    respond_svc_check_summary(pi->svc_check, out);
}

void
packet_in_format_checks(const struct packet_in *pi, struct ds *out)
{
    respond_svc_check_format(pi->svc_check, out);
}
