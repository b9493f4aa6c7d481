/* The agent: see agent.h.
 *
 * One turn of the loop: OVSDB, then (elsewhere in the loop) the store's
 * events, then what became dirty is turned into flows, which are sent; then
 * answers to tokens and claims are written. */
#include <config.h>

#include "node-agent/agent.h"

#include <limits.h>
#include <stdlib.h>

#include "dirs.h"
#include "lib/err.h"
#include "lib/service.h"
#include "node-agent/egress_queues.h"
#include "node-agent/installer.h"
#include "node-agent/ofconn.h"
#include "node-agent/ovs_db.h"
#include "node-agent/own.h"
#include "node-agent/packet_in.h"
#include "node-agent/phases.h"
#include "node-agent/sb_cache.h"
#include "node-agent/sync.h"
#include "node-agent/tunnel_bfd.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "store/config.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(agent);

/* ---- Callbacks -------------------------------------------------------- */

static void
on_connected(void *agent_)
{
    struct agent *agent = agent_;

    if (agent->installer) {
        installer_connected(agent->installer);
    }
    if (agent->engine && agent->switch_lost) {
        tunnel_bfd_restarted(&agent->engine->ofports, time_msec());
    }
    agent->switch_lost = false;
    agent->reconsider = true;
}

static void
on_disconnected(void *agent_)
{
    struct agent *agent = agent_;

    agent->switch_lost = true;
    agent->delivers = false;
    agent->reconsider = true;
    if (agent->installer) {
        installer_disconnected(agent->installer);
    }
}

static void
on_message(const struct ofp_header *oh, enum ofptype type, void *agent_)
{
    struct agent *agent = agent_;

    if (type == OFPTYPE_PACKET_IN) {
        if (agent->packet_in) {
            packet_in_message(agent->packet_in, oh);
        }
    } else if (agent->installer) {
        installer_message(agent->installer, oh, type);
    }
}

static const struct ofconn_ops ofconn_ops = {
    .connected = on_connected,
    .disconnected = on_disconnected,
    .message = on_message,
};

static void
send_message(struct ofpbuf *msg, void *agent_)
{
    struct agent *agent = agent_;

    ofconn_send(agent->ofconn, msg);
}

static long long int
now_ms(void *agent OVS_UNUSED)
{
    return time_msec();
}

static const struct installer_io installer_io = {
    .send = send_message,
    .now_ms = now_ms,
};

static void
on_sync(const struct sb_sync *token, void *agent_)
{
    struct agent *agent = agent_;

    sync_token(agent->sync, token);
}

static void
on_set_changed(const char *name, void *agent_)
{
    struct agent *agent = agent_;

    engine_set_changed(agent->engine, name);
}

static void
on_meter_changed(const char *name, void *agent_)
{
    struct agent *agent = agent_;

    engine_meter_changed(agent->engine, name);
}

static const struct sb_cache_ops cache_ops = {
    .sync = on_sync,
    .set_changed = on_set_changed,
    .meter_changed = on_meter_changed,
};

/* ---- Life ------------------------------------------------------------- */

struct agent *
agent_create(struct service *service, uv_loop_t *loop)
{
    const struct settings *settings = service_settings(service);
    const char *remote = settings_string(settings, "ovs-db");
    struct agent *agent = xzalloc(sizeof *agent);
    char *path = remote ? xstrdup(remote)
                        : xasprintf("unix:%s/db.sock", ovs_rundir());

    agent->service = service;
    agent->loop = loop;
    agent->bfd_ms = LLONG_MAX;
    agent->db = ovs_db_create(path);
    agent->ofconn = ofconn_create(&ofconn_ops, agent);
    shash_init(&agent->interfaces);
    shash_init(&agent->installing);
    free(path);
    agent_commands(agent);
    agent_metrics(agent);
    service_set_ready(service, false, "not connected to OVSDB");
    return agent;
}

void
agent_destroy(struct agent *agent)
{
    agent_stop(agent);
    ofconn_destroy(agent->ofconn);
    ovs_db_destroy(agent->db);
    if (agent->have_config) {
        node_config_destroy(&agent->config);
    }
    free(agent->left_bridge);
    agent_forget_interfaces(agent);
    shash_destroy(&agent->interfaces);
    shash_destroy_free_data(&agent->installing);
    free(agent);
}

/* Returns true if there was anything to do. */
static bool
compile(struct agent *agent)
{
    double since = phases_now();
    bool changed = engine_run(agent->engine);

    if (changed) {
        phases_observe(PHASE_COMPILE, since);
    }
    return changed;
}

static void
apply_changes(void *agent_)
{
    struct agent *agent = agent_;

    compile(agent);
}

static bool
open_store(struct agent *agent)
{
    const struct settings *settings = service_settings(agent->service);
    struct err err = ERR_INIT;
    struct store_config config;

    store_config_from_settings(settings, &config);
    if (!settings_is_set(settings, "etcd") && agent->config.remote) {
        config.endpoints = agent->config.remote;
    }
    if (store_etcd_create(&config, agent->loop, &agent->store, &err)) {
        static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 1);
        char *text = err_to_string(&err);

        VLOG_ERR_RL(&rl, "store: %s", text);
        free(text);
        err_clear(&err);
        return false;
    }
    return true;
}

void
agent_start(struct agent *agent)
{
    const struct settings *settings = service_settings(agent->service);
    const char *prefix = settings_string(settings, "prefix");

    if (agent->engine || !agent->config.system_id || !open_store(agent)) {
        return;
    }
    VLOG_INFO("chassis %s", agent->config.system_id);
    agent->engine = xmalloc(sizeof *agent->engine);
    engine_init(agent->engine, agent->config.system_id);
    agent->engine->counters = agent_counters();
    agent->engine->on_bound = agent_on_bound;
    agent->engine->aux = agent;
    agent->installer = installer_create(
        &agent->engine->flows, &agent->engine->groups,
        &agent->engine->meters, &installer_io, agent);
    agent->cache = sb_cache_create(agent->store, prefix,
                                   &agent->engine->model, &cache_ops, agent);
    agent->own = own_create(agent->store, prefix, agent->config.system_id,
                            agent->config.alive_ttl_s);
    agent->sync = sync_create(agent->store, agent->cache, agent->installer,
                              agent->own, apply_changes, agent);
    sync_set_delay(agent->sync, agent->report_delay_s);
    agent->egress_queues = egress_queues_create();
    agent->packet_in = packet_in_create(&agent->engine->model, agent->own,
                                        send_message, agent);
    if (ofconn_is_connected(agent->ofconn)) {
        installer_connected(agent->installer);
    }
}

void
agent_stop(struct agent *agent)
{
    if (!agent->engine) {
        return;
    }
    packet_in_destroy(agent->packet_in);
    egress_queues_destroy(agent->egress_queues);
    sync_destroy(agent->sync);
    if (!ovs_list_is_empty(&agent->engine->model.gateways)) {
        /* Another chassis would take over. */
        own_linger(agent->own);
    }
    own_destroy(agent->own);
    sb_cache_destroy(agent->cache);
    store_destroy(agent->store);
    installer_destroy(agent->installer);
    agent->engine->on_bound = NULL;
    engine_destroy(agent->engine);
    free(agent->engine);
    agent->packet_in = NULL;
    agent->sync = NULL;
    agent->own = NULL;
    agent->cache = NULL;
    agent->store = NULL;
    agent->installer = NULL;
    agent->engine = NULL;
    agent->store_seen = false;
    agent->delivers = false;
    agent_forget_interfaces(agent);
    shash_clear_free_data(&agent->installing);
}

/* ---- Running ---------------------------------------------------------- */

/* Learned addresses and groups outlive a restart of the agent, as does what it
 * found of services. */
static const char *const kept_rows[] = {
    "fdb/", "igmp_group/", "mac_binding/", "service_monitor/", NULL,
};

/* Ready: a change in etcd would get to the switch now. */
static void
set_ready(struct agent *agent, bool complete)
{
    const char *why = (!store_is_connected(agent->store)
                       ? "etcd is not reached"
                       : !complete ? "southbound not complete"
                       : !installer_is_idle(agent->installer)
                       ? installer_state(agent->installer) : NULL);

    service_set_ready(agent->service, !why, why);
}

static void
check_complete(struct agent *agent)
{
    bool complete = sb_cache_is_complete(agent->cache);

    if (complete && !agent->store_seen) {
        agent->store_seen = true;
        agent->reconsider = true;
        packet_in_model_changed(agent->packet_in, true);
        VLOG_INFO("southbound complete");
    }
    installer_hold(agent->installer, !complete || !agent->have_config);
    if (complete) {
        own_adopt(agent->own, kept_rows);
    }
    set_ready(agent, complete);
}

/* What the rows say counts less while the store is away. */
static void
check_store(struct agent *agent)
{
    bool lost = !store_is_connected(agent->store);

    if (agent->engine->physical.store_lost != lost) {
        agent->engine->physical.store_lost = lost;
        engine_gateways_changed(agent->engine);
    }
}

/* Packets get to their ports once the flows are there, and go on to do so
 * while others change. */
static void
check_switch(struct agent *agent)
{
    agent->delivers = (ofconn_is_connected(agent->ofconn)
                       && (agent->delivers
                           || (agent->store_seen
                               && installer_is_idle(agent->installer))));
    packet_in_set_delivers(agent->packet_in, agent->delivers);
}

static void
run_started(struct agent *agent)
{
    check_store(agent);
    sb_cache_run(agent->cache, time_msec());
    if (compile(agent)) {
        packet_in_model_changed(agent->packet_in, false);
    }
    check_complete(agent);
    installer_run(agent->installer);
    check_switch(agent);
    sync_run(agent->sync);
    packet_in_run(agent->packet_in);
    agent_run_installing(agent);
    own_run(agent->own);
}

void
agent_run(struct agent *agent)
{
    bool changed = ovs_db_run(agent->db);

    ofconn_run(agent->ofconn);
    if (agent->is_paused) {
        agent->reconsider |= changed;
        return;
    }
    if (time_msec() >= agent->bfd_ms) {
        agent->bfd_ms = LLONG_MAX;
        changed = true;
    }
    agent_run_ovs(agent, changed || agent->reconsider);
    if (agent->engine) {
        run_started(agent);
    }
    ovs_db_commit(agent->db);
}

void
agent_set_paused(struct agent *agent, bool paused)
{
    agent->is_paused = paused;
    if (paused) {
        service_set_ready(agent->service, false, "paused");
    }
}

void
agent_wait(struct agent *agent)
{
    ovs_db_wait(agent->db);
    ofconn_wait(agent->ofconn);
    if (agent->is_paused) {
        return;
    }
    if (agent->engine) {
        long long int cache_ms = sb_cache_deadline(agent->cache);
        long long int installer_ms = installer_deadline(agent->installer);

        if (agent->bfd_ms != LLONG_MAX) {
            poll_timer_wait_until(agent->bfd_ms);
        }
        if (cache_ms != LLONG_MAX) {
            poll_timer_wait(cache_ms);
        }
        if (installer_ms != LLONG_MAX) {
            poll_timer_wait_until(installer_ms);
        }
        own_wait(agent->own);
        sync_wait(agent->sync);
        packet_in_wait(agent->packet_in);
    }
    if (agent->reconsider
        || (agent->engine && (engine_is_dirty(agent->engine)
                              || agent->engine->model.chassis_changed
                              || agent->engine->model.ports_changed))) {
        poll_immediate_wake();
    }
}
