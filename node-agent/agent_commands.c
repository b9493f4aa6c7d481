/* Commands of the control socket (ovs-appctl -t weft-agent ...), under the
 * names that ovn-controller(8) gives them, and metrics. */
#include <config.h>

#include "node-agent/agent.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/inc_engine.h"
#include "lib/metrics.h"
#include "node-agent/installer.h"
#include "node-agent/lflow_templates.h"
#include "node-agent/ofconn.h"
#include "node-agent/packet_in.h"
#include "node-agent/phases.h"
#include "node-agent/sb_cache.h"
#include "node-agent/sync.h"
#include "openvswitch/dynamic-string.h"
#include "store/store.h"
#include "unixctl.h"
#include "util.h"

typedef void show_func(struct agent *, struct ds *);

/* A command that shows something: name, function. */
struct show {
    const char *name;
    show_func *func;
    struct agent *agent;
};

static void
show_ct_zones(struct agent *agent, struct ds *out)
{
    const struct simap_node **nodes;
    size_t n = simap_count(&agent->engine->zones.zones);

    nodes = simap_sort(&agent->engine->zones.zones);
    for (size_t i = 0; i < n; i++) {
        ds_put_format(out, "%s %u\n", nodes[i]->name, nodes[i]->data);
    }
    free(nodes);
}

static void
show_extends(const struct extend_table *table, struct ds *out)
{
    const struct extend_entry *entry;

    HMAP_FOR_EACH (entry, id_node, &table->by_id) {
        if (entry->text) {
            ds_put_format(out, "%s: %"PRIu32"\n", entry->text, entry->id);
        }
    }
}

static void
show_groups(struct agent *agent, struct ds *out)
{
    show_extends(&agent->engine->groups, out);
}

static void
show_meters(struct agent *agent, struct ds *out)
{
    show_extends(&agent->engine->meters, out);
}

static void
show_connection(struct agent *agent, struct ds *out)
{
    ds_put_cstr(out, agent->store && store_is_connected(agent->store)
                     ? "connected\n" : "not connected\n");
}

static void
recompute(struct agent *agent, struct ds *out)
{
    engine_recompute(agent->engine);
    installer_recheck(agent->installer);
    ds_put_cstr(out, "comparing everything with the switch\n");
}

static void
show_status(struct agent *agent, struct ds *out)
{
    const struct installer_stats *stats = installer_stats(agent->installer);
    const struct engine *engine = agent->engine;

    ds_put_format(out, "chassis: %s\n", engine->model.chassis);
    ds_put_format(out, "store: %s\n", store_is_connected(agent->store)
                                      ? "connected" : "not connected");
    ds_put_format(out, "southbound: %s\n",
                  sb_cache_is_frozen(agent->cache) ? "empty, keeping flows"
                  : sb_cache_is_complete(agent->cache) ? "complete"
                  : "not complete");
    ds_put_format(out, "switch: %s\n", installer_state(agent->installer));
    ds_put_format(out, "datapaths: %"PRIuSIZE"\n",
                  hmap_count(&engine->model.datapaths));
    ds_put_format(out, "ports: %"PRIuSIZE"\n",
                  hmap_count(&engine->model.lports));
    ds_put_format(out, "templates: %"PRIuSIZE"\n",
                  hmap_count(&engine->lflows.templates));
    ds_put_format(out, "compiled: %"PRIu64", failed: %"PRIu64"\n",
                  engine->lflows.n_compiled, engine->lflows.n_failed);
    ds_put_format(out, "flows wanted: %"PRIuSIZE", known: %"PRIuSIZE
                  ", actions: %"PRIuSIZE"\n", engine->flows.n_wanted,
                  hmap_count(&engine->flows.flows),
                  hmap_count(&engine->flows.pool.actions));
    ds_put_format(out, "bundles: %"PRIu64", flow changes: %"PRIu64
                  ", refused: %"PRIu64", read back: %"PRIu64"\n",
                  stats->n_bundles, stats->n_flow_mods, stats->n_refused,
                  stats->n_readbacks);
    ds_put_format(out, "sync: %s, reported %"PRId64"\n",
                  sync_state(agent->sync), sync_reported(agent->sync));
}

static void
show_paused(struct agent *agent, struct ds *out)
{
    ds_put_cstr(out, agent->is_paused ? "paused" : "running");
}

static void
pause_agent(struct agent *agent, struct ds *out OVS_UNUSED)
{
    agent_set_paused(agent, true);
}

static void
resume_agent(struct agent *agent, struct ds *out OVS_UNUSED)
{
    agent_set_paused(agent, false);
}

static void
show_lflow_cache(struct agent *agent, struct ds *out)
{
    lflow_templates_format(&agent->engine->lflows, out);
}

static void
flush_lflow_cache(struct agent *agent, struct ds *out OVS_UNUSED)
{
    engine_flush(agent->engine);
}

static void
show_conj_ids(struct agent *agent, struct ds *out)
{
    lflows_format_conj_ids(&agent->engine->lflows, out);
}

static void
show_bindings(struct agent *agent, struct ds *out)
{
    agent_format_bindings(agent, out);
}

static void
show_packet_ins(struct agent *agent, struct ds *out)
{
    packet_in_format(agent->packet_in, out);
}

static void
show_checks(struct agent *agent, struct ds *out)
{
    packet_in_format_checks(agent->packet_in, out);
}

static void
run_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
            const char *argv[] OVS_UNUSED, void *show_)
{
    const struct show *show = show_;
    struct ds out = DS_EMPTY_INITIALIZER;

    if (!show->agent->engine) {
        unixctl_command_reply_error(conn, "not started: no system-id yet");
        return;
    }
    show->func(show->agent, &out);
    unixctl_command_reply(conn, ds_cstr(&out));
    ds_destroy(&out);
}

static void
inject_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[], void *agent_)
{
    struct agent *agent = agent_;
    char *failure = (agent->packet_in
                     ? packet_in_inject(agent->packet_in, argv[1])
                     : xstrdup("not started: no system-id yet"));

    if (failure) {
        unixctl_command_reply_error(conn, failure);
    } else {
        unixctl_command_reply(conn, NULL);
    }
    free(failure);
}

static void
delay_command(struct unixctl_conn *conn, int argc OVS_UNUSED,
              const char *argv[], void *agent_)
{
    struct agent *agent = agent_;
    char *said;

    if (!str_to_uint(argv[1], 10, &agent->report_delay_s)) {
        unixctl_command_reply_error(conn, "unsigned integer required");
        return;
    }
    if (agent->sync) {
        sync_set_delay(agent->sync, agent->report_delay_s);
    }
    said = (agent->report_delay_s
            ? xasprintf("delay nb_cfg report for %u seconds.",
                        agent->report_delay_s)
            : xstrdup("no delay for nb_cfg report."));
    unixctl_command_reply(conn, said);
    free(said);
}

struct inc_engine_node *
agent_counters(void)
{
    static struct inc_engine_node nodes[N_ENGINE_PARTS] = {
        [ENGINE_DATAPATHS] = { .name = "datapaths" },
        [ENGINE_PORTS] = { .name = "physical_flow_output" },
        [ENGINE_MULTICASTS] = { .name = "multicast_groups" },
        [ENGINE_LFLOWS] = { .name = "logical_flow_output" },
        [ENGINE_LOAD_BALANCERS] = { .name = "load_balancers" },
    };

    return nodes;
}

void
agent_commands(struct agent *agent)
{
    static struct show shows[] = {
        { "ct-zone-list", show_ct_zones, NULL },
        { "group-table-list", show_groups, NULL },
        { "meter-table-list", show_meters, NULL },
        { "connection-status", show_connection, NULL },
        { "recompute", recompute, NULL },
        { "inc-engine/recompute", recompute, NULL },
        { "debug/status", show_paused, NULL },
        { "debug/pause", pause_agent, NULL },
        { "debug/resume", resume_agent, NULL },
        { "debug/dump-lflow-conj-ids", show_conj_ids, NULL },
        { "debug/dump-local-bindings", show_bindings, NULL },
        { "lflow-cache/flush", flush_lflow_cache, NULL },
        { "lflow-cache/show-stats", show_lflow_cache, NULL },
        { "status", show_status, NULL },
        { "packet-in/show", show_packet_ins, NULL },
        { "health-check/show", show_checks, NULL },
    };

    for (size_t i = 0; i < ARRAY_SIZE(shows); i++) {
        shows[i].agent = agent;
        unixctl_command_register(shows[i].name, "", 0, 0, run_command,
                                 &shows[i]);
    }
    unixctl_command_register("inject-pkt", "MICROFLOW", 1, 1, inject_command,
                             agent);
    unixctl_command_register("debug/delay-nb-cfg-report", "SECONDS", 1, 1,
                             delay_command, agent);
    inc_engine_register(agent_counters(), N_ENGINE_PARTS);
}

/* ---- Metrics ---------------------------------------------------------- */

static double
read_flows(void *agent_)
{
    struct agent *agent = agent_;

    return agent->engine ? agent->engine->flows.n_wanted : 0;
}

#define INSTALLER_STAT(MEMBER)                                          \
    static double                                                       \
    read_##MEMBER(void *agent_)                                         \
    {                                                                   \
        struct agent *agent = agent_;                                   \
                                                                        \
        return (agent->installer                                        \
                ? installer_stats(agent->installer)->MEMBER : 0);       \
    }
INSTALLER_STAT(n_bundles)
INSTALLER_STAT(n_flow_mods)
INSTALLER_STAT(n_refused)
#undef INSTALLER_STAT

#define LFLOWS_STAT(MEMBER)                                             \
    static double                                                       \
    read_##MEMBER(void *agent_)                                         \
    {                                                                   \
        struct agent *agent = agent_;                                   \
                                                                        \
        return agent->engine ? agent->engine->lflows.MEMBER : 0;        \
    }
LFLOWS_STAT(n_compiled)
LFLOWS_STAT(n_failed)
#undef LFLOWS_STAT

#define STORE_STAT(MEMBER)                                              \
    static double                                                       \
    read_##MEMBER(void *agent_)                                         \
    {                                                                   \
        struct agent *agent = agent_;                                   \
        struct store_stats stats = { .bytes_received = 0 };             \
                                                                        \
        if (agent->store) {                                             \
            store_get_stats(agent->store, &stats);                      \
        }                                                               \
        return stats.MEMBER;                                            \
    }
STORE_STAT(bytes_sent)
STORE_STAT(bytes_received)
STORE_STAT(n_events)
#undef STORE_STAT

void
agent_metrics(struct agent *agent)
{
#define METRIC(TYPE, NAME, MEMBER, HELP)                                \
    { .name = "weft_agent_" NAME, .help = HELP,                         \
      .type = METRIC_TYPE_##TYPE, .read = read_##MEMBER }
    static struct metric metrics[] = {
        METRIC(GAUGE, "flows", flows, "OpenFlow flows wanted."),
        METRIC(COUNTER, "bundles_total", n_bundles, "Bundles sent."),
        METRIC(COUNTER, "flow_mods_total", n_flow_mods,
               "Flow changes sent."),
        METRIC(COUNTER, "flows_refused_total", n_refused,
               "Flows that the switch refused."),
        METRIC(COUNTER, "lflows_compiled_total", n_compiled,
               "Texts of logical flows compiled."),
        METRIC(COUNTER, "lflows_failed_total", n_failed,
               "Of those, not understood."),
        METRIC(COUNTER, "store_sent_bytes_total", bytes_sent,
               "Bytes sent to etcd."),
        METRIC(COUNTER, "store_received_bytes_total", bytes_received,
               "Bytes received from etcd."),
        METRIC(COUNTER, "store_events_total", n_events,
               "Events of watches."),
    };
#undef METRIC

    for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
        metrics[i].aux = agent;
        metric_register(&metrics[i]);
    }
    phases_register();
}
