/* Brings the switch to what is wanted: see installer.h.
 *
 * One bundle is under way at a time; while it is, changes gather in the flow
 * table.  Open, messages and commit go out in one stream: the switch handles
 * them in order, so nothing has to be awaited in between, and the commit's
 * answer tells that all is in.  Only meters, which are no part of a bundle,
 * need a barrier after it. */
#include <config.h>

#include "node-agent/installer.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "node-agent/extend_table.h"
#include "node-agent/flow_table.h"
#include "node-agent/installer_private.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-errors.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/ofp-print.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "byte-order.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(installer);

enum {
    MAX_BUNDLE_FLOWS = 16384,   /* A bundle holds at most so many. */
    RETRY_MIN_MS = 100,
    RETRY_MAX_MS = 10000,
};

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 60);

struct installer *
installer_create(struct flow_table *flows, struct extend_table *groups,
                 struct extend_table *meters, const struct installer_io *io,
                 void *aux)
{
    struct installer *inst = xzalloc(sizeof *inst);

    inst->flows = flows;
    inst->groups = groups;
    inst->meters = meters;
    inst->io = io;
    inst->aux = aux;
    inst->hold = true;
    inst->next_xid = 1;
    return inst;
}

/* Lets go of the flows of the bundle that was under way. */
static void
settle(struct installer *inst)
{
    for (size_t i = 0; i < inst->n_in_flight; i++) {
        flow_entry_settle(inst->flows, inst->in_flight[i].flow);
    }
    inst->n_in_flight = 0;
}

void
installer_destroy(struct installer *inst)
{
    if (inst) {
        settle(inst);
        free(inst->in_flight);
        free(inst);
    }
}

uint32_t
installer_send(struct installer *inst, struct ofpbuf *msg)
{
    uint32_t xid = inst->next_xid++;

    ((struct ofp_header *) msg->data)->xid = htonl(xid);
    ofpmsg_update_length(msg);
    inst->io->send(msg, inst->aux);
    return xid;
}

void
installer_connected(struct installer *inst)
{
    inst->retry_at_ms = 0;
    flow_table_forgive(inst->flows);
    installer_read_start(inst);
}

void
installer_disconnected(struct installer *inst)
{
    settle(inst);
    inst->phase = PHASE_OFFLINE;
}

void
installer_hold(struct installer *inst, bool hold)
{
    inst->hold = hold;
}

void
installer_recheck(struct installer *inst)
{
    inst->recheck = true;
    flow_table_forgive(inst->flows);
}

/* ---- A bundle --------------------------------------------------------- */

static uint32_t
bundle_ctrl(struct installer *inst, uint16_t type)
{
    struct ofputil_bundle_ctrl_msg ctrl = {
        .bundle_id = inst->bundle_id,
        .type = type,
        .flags = OFPBF_ATOMIC | OFPBF_ORDERED,
    };

    return installer_send(
        inst, ofputil_encode_bundle_ctrl_request(OFP15_VERSION, &ctrl));
}

/* Puts 'msg', which it takes, in the bundle; returns its xid. */
static uint32_t
bundle_add(struct installer *inst, struct ofpbuf *msg)
{
    struct ofputil_bundle_add_msg add = {
        .bundle_id = inst->bundle_id,
        .flags = OFPBF_ATOMIC | OFPBF_ORDERED,
    };
    uint32_t xid = inst->next_xid++;

    /* Errors come with the inner message's xid. */
    ((struct ofp_header *) msg->data)->xid = htonl(xid);
    add.msg = msg->data;
    inst->io->send(ofputil_encode_bundle_add(OFP15_VERSION, &add), inst->aux);
    ofpbuf_delete(msg);
    return xid;
}

static struct ofpbuf *
encode_flow_mod(const struct flow_entry *flow, enum flow_change change,
                const struct flow_actions *actions, uint32_t cookie)
{
    static const uint16_t commands[] = {
        [FLOW_ADD] = OFPFC_ADD,
        [FLOW_MODIFY] = OFPFC_MODIFY_STRICT,
        [FLOW_DELETE] = OFPFC_DELETE_STRICT,
    };
    struct ofputil_flow_mod fm = {
        .match = flow->match,
        .priority = flow->priority,
        .table_id = flow->table,
        .command = commands[change],
        .new_cookie = htonll(cookie),
        .buffer_id = UINT32_MAX,
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
    };

    if (change != FLOW_DELETE) {
        fm.ofpacts = CONST_CAST(struct ofpact *,
                                flow_actions_ofpacts(actions));
        fm.ofpacts_len = actions->size;
    }
    return ofputil_encode_flow_mod(&fm, OFPUTIL_P_OF15_OXM);
}

static void
open_bundle(struct installer *inst, bool *opened)
{
    if (!*opened) {
        *opened = true;
        inst->bundle_id++;
        bundle_ctrl(inst, OFPBCT_OPEN_REQUEST);
    }
}

/* Adds changed flows to the bundle, which it opens if there are any. */
static void
add_flows(struct installer *inst, bool *opened)
{
    while (inst->n_in_flight < MAX_BUNDLE_FLOWS) {
        struct flow_actions *actions;
        enum flow_change change;
        struct flow_entry *flow;
        uint32_t cookie;

        flow = flow_table_next_change(inst->flows, &change, &actions,
                                      &cookie);
        if (!flow) {
            inst->drained = true;
            return;
        }
        if (change == FLOW_SAME) {
            flow_entry_settle(inst->flows, flow);
            continue;
        }
        open_bundle(inst, opened);
        if (inst->n_in_flight >= inst->allocated_in_flight) {
            inst->in_flight = x2nrealloc(inst->in_flight,
                                         &inst->allocated_in_flight,
                                         sizeof *inst->in_flight);
        }
        inst->in_flight[inst->n_in_flight++] = (struct in_flight) {
            .flow = flow,
            .xid = bundle_add(inst, encode_flow_mod(flow, change, actions,
                                                    cookie)),
        };
        inst->stats.n_flow_mods++;
    }
}

/* ---- Groups and meters ------------------------------------------------ */

static struct ofpbuf *
encode_group(const struct extend_entry *entry, int command)
{
    enum ofputil_protocol protocols;
    struct ofputil_group_mod gm;
    struct ofpbuf *msg = NULL;
    char *text, *error;

    text = (command == OFPGC15_DELETE
            ? xasprintf("group_id=%"PRIu32, entry->id)
            : xasprintf("group_id=%"PRIu32",%s", entry->id, entry->spec));
    error = parse_ofp_group_mod_str(&gm, command, text, NULL, NULL,
                                    &protocols);
    if (error) {
        VLOG_WARN_RL(&rl, "group \"%s\": %s", text, error);
    } else {
        msg = ofputil_encode_group_mod(OFP15_VERSION, &gm, NULL, -1);
        ofputil_uninit_group_mod(&gm);
    }
    free(error);
    free(text);
    return msg;
}

static struct ofpbuf *
encode_meter(const struct extend_entry *entry, int command)
{
    enum ofputil_protocol protocols;
    struct ofputil_meter_mod mm;
    struct ofpbuf *msg = NULL;
    char *text, *error;

    text = (command == OFPMC13_DELETE
            ? xasprintf("meter=%"PRIu32, entry->id)
            : xasprintf("meter=%"PRIu32",%s", entry->id, entry->spec));
    error = parse_ofp_meter_mod_str(&mm, text, command, &protocols);
    if (error) {
        VLOG_WARN_RL(&rl, "meter \"%s\": %s", text, error);
    } else {
        msg = ofputil_encode_meter_mod(OFP15_VERSION, &mm);
        free(mm.meter.bands);
    }
    free(error);
    free(text);
    return msg;
}

/* Groups that flows use: into the bundle, before the flows. */
static void
add_groups(struct installer *inst, bool *opened)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH (entry, id_node, &inst->groups->by_id) {
        if (entry->n_refs && entry->spec
            && (!entry->installed || entry->changed)) {
            struct ofpbuf *msg = encode_group(
                entry, entry->installed ? OFPGC11_MODIFY : OFPGC11_ADD);

            entry->installed = true;
            entry->changed = false;
            if (msg) {
                open_bundle(inst, opened);
                bundle_add(inst, msg);
            }
        }
    }
}

/* Groups that nothing uses: into the bundle, after the flows. */
static void
drop_groups(struct installer *inst, bool *opened)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH_SAFE (entry, id_node, &inst->groups->by_id) {
        if (!entry->n_refs) {
            if (entry->installed) {
                open_bundle(inst, opened);
                bundle_add(inst, encode_group(entry, OFPGC15_DELETE));
            }
            extend_table_remove(inst->groups, entry);
        }
    }
}

/* Meters can't be in a bundle: new ones go out before it. */
static void
send_meters(struct installer *inst)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH (entry, id_node, &inst->meters->by_id) {
        if (entry->n_refs && entry->spec
            && (!entry->installed || entry->changed)) {
            struct ofpbuf *msg = encode_meter(
                entry, entry->installed ? OFPMC13_MODIFY : OFPMC13_ADD);

            entry->installed = true;
            entry->changed = false;
            if (msg) {
                installer_send(inst, msg);
            }
        }
    }
}

static void
drop_meters(struct installer *inst)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH_SAFE (entry, id_node, &inst->meters->by_id) {
        if (!entry->n_refs) {
            if (entry->installed) {
                installer_send(inst, encode_meter(entry, OFPMC13_DELETE));
            }
            extend_table_remove(inst->meters, entry);
        }
    }
}

/* ---- Running ---------------------------------------------------------- */

static bool
has_changes(const struct installer *inst)
{
    return (!ovs_list_is_empty(&inst->flows->changed)
            || inst->groups->dirty || inst->meters->dirty);
}

static void
send_changes(struct installer *inst)
{
    bool groups = inst->groups->dirty, meters = inst->meters->dirty;
    bool opened = false;

    inst->drained = false;
    inst->failed = false;
    inst->sent_mark = inst->last_mark;
    if (meters) {
        send_meters(inst);
    }
    if (groups) {
        add_groups(inst, &opened);
    }
    add_flows(inst, &opened);
    if (inst->drained && groups) {
        drop_groups(inst, &opened);
        inst->groups->dirty = false;
    }
    if (opened) {
        inst->end_xid = bundle_ctrl(inst, OFPBCT_COMMIT_REQUEST);
        inst->stats.n_bundles++;
    }
    if (inst->drained && meters) {
        drop_meters(inst);
        inst->meters->dirty = false;
    }
    if (meters) {
        inst->end_xid = installer_send(
            inst, ofputil_encode_barrier_request(OFP15_VERSION));
    }
    if (opened || meters) {
        inst->phase = PHASE_BUNDLE;
    }
}

void
installer_run(struct installer *inst)
{
    if (inst->phase != PHASE_IDLE
        || (inst->retry_at_ms
            && inst->io->now_ms(inst->aux) < inst->retry_at_ms)) {
        return;
    }
    inst->retry_at_ms = 0;
    if (inst->recheck) {
        installer_read_flows(inst);
        return;
    }
    if (inst->hold) {
        return;
    }
    if (has_changes(inst)) {
        send_changes(inst);
    }
    if (inst->phase == PHASE_IDLE) {
        inst->done_mark = inst->last_mark;
    }
}

long long int
installer_deadline(const struct installer *inst)
{
    return (inst->phase == PHASE_IDLE && inst->retry_at_ms
            ? inst->retry_at_ms : LLONG_MAX);
}

/* ---- Answers ---------------------------------------------------------- */

static void
take_error(struct installer *inst, const struct ofp_header *oh)
{
    enum ofperr error = ofperr_decode_msg(oh, NULL);
    uint32_t xid = ntohl(oh->xid);

    inst->failed = true;
    for (size_t i = 0; i < inst->n_in_flight; i++) {
        struct flow_entry *flow = inst->in_flight[i].flow;

        if (inst->in_flight[i].xid == xid && flow->installed) {
            char *match = minimatch_to_string(&flow->match, NULL,
                                              flow->priority);

            VLOG_WARN_RL(&rl, "the switch refuses table=%u,%s (%s)",
                         flow->table, match, ofperr_to_string(error));
            free(match);
            flow_entry_refuse(inst->flows, flow);
            inst->stats.n_refused++;
            return;
        }
    }
    VLOG_WARN_RL(&rl, "the switch answers %s", ofperr_to_string(error));
}

static void
finish_bundle(struct installer *inst)
{
    settle(inst);
    inst->phase = PHASE_IDLE;
    if (inst->failed) {
        unsigned int shift = MIN(inst->n_failures, 7);

        /* What the switch has is to be seen, not to be guessed. */
        inst->n_failures++;
        inst->recheck = true;
        inst->retry_at_ms = (inst->io->now_ms(inst->aux)
                             + MIN(RETRY_MIN_MS << shift, RETRY_MAX_MS));
        return;
    }
    inst->n_failures = 0;
    if (inst->drained) {
        inst->done_mark = inst->sent_mark;
    }
    installer_run(inst);
}

bool
installer_message(struct installer *inst, const struct ofp_header *oh,
                  enum ofptype type)
{
    switch (inst->phase) {
    case PHASE_OFFLINE:
        return false;

    case PHASE_TLV_READ:
    case PHASE_TLV_WRITE:
    case PHASE_READ:
        if (!installer_read_message(inst, oh, type)) {
            return false;
        }
        installer_run(inst);
        return true;

    case PHASE_IDLE:
    case PHASE_BUNDLE:
    default:
        break;
    }
    if (type == OFPTYPE_ERROR) {
        take_error(inst, oh);
    } else if (type != OFPTYPE_BUNDLE_CONTROL
               && type != OFPTYPE_BARRIER_REPLY) {
        return false;
    }
    if (inst->phase == PHASE_BUNDLE && ntohl(oh->xid) == inst->end_xid) {
        finish_bundle(inst);
    }
    return true;
}

/* ---- Marks, state ----------------------------------------------------- */

uint64_t
installer_mark(struct installer *inst)
{
    return ++inst->last_mark;
}

uint64_t
installer_done(const struct installer *inst)
{
    return inst->done_mark;
}

bool
installer_is_idle(const struct installer *inst)
{
    return (inst->phase == PHASE_IDLE && !inst->recheck
            && (inst->hold || !has_changes(inst)));
}

const char *
installer_state(const struct installer *inst)
{
    static const char *const names[] = {
        [PHASE_OFFLINE] = "not connected",
        [PHASE_TLV_READ] = "reading Geneve options",
        [PHASE_TLV_WRITE] = "writing Geneve options",
        [PHASE_READ] = "reading back",
        [PHASE_IDLE] = "idle",
        [PHASE_BUNDLE] = "installing",
    };

    return inst->phase == PHASE_IDLE && inst->hold ? "holding"
                                                   : names[inst->phase];
}

const struct installer_stats *
installer_stats(const struct installer *inst)
{
    return &inst->stats;
}
