/* The store side of many agents in one process, for agents.py: for each
 * chassis what weft-agent has between etcd and the flow compiler (store,
 * sb_cache, model, own, sync), the very code, each with connections of its
 * own.  There is no switch and nothing is compiled: what changed in the model
 * is noted and taken off its lists, and a sync token finds the flows in the
 * switch at once.
 *
 *     agents_bench PLACES LOG
 *
 * PLACES has a line for each agent: its chassis and the ports that it claims.
 * The store is that of the environment (WEFT_ETCD, ...).  Commands on stdin,
 * one a line, each answered with a line of JSON on stdout:
 *
 *     claim K     connects, at most K agents at a time, and writes chassis
 *                 and claims; answers when all are stored
 *     follow K    follows the southbound, at most K agents at a time listing
 *                 it; answers when all have seen it complete
 *     report      of each agent: bytes and events received, rows followed,
 *                 and the last sync token; of all: connections
 *
 * Ends with its stdin.  LOG gets, for each port whose name begins with 'x'
 * that an agent has applied, a line "NANOSECONDS CHASSIS PORT put|del", the
 * time being CLOCK_MONOTONIC's. */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "lib/err.h"
#include "node-agent/installer.h"
#include "node-agent/model.h"
#include "node-agent/node_config.h"
#include "node-agent/own.h"
#include "node-agent/rows.h"
#include "node-agent/sb_cache.h"
#include "node-agent/sync.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "store/config.h"
#include "store/store.h"
#include "timeval.h"
#include "util.h"

enum {
    TICK_MS = 100,              /* How often time is looked at. */
    ALIVE_TTL_S = 30,           /* weft-agent's default. */
    MAX_AGENTS = 100000,
    MAX_COMMAND = 1000,
};

/* One agent. */
struct agent {
    char *chassis;
    char **ports;
    size_t n_ports;
    struct flow_table flows;    /* Stays empty. */
    struct model model;
    struct store *store;        /* NULL before 'claim'. */
    struct own *own;
    struct sb_cache *cache;     /* NULL before 'follow'. */
    struct sync *sync;
    bool claimed;               /* All that it wrote is stored. */
    bool complete;              /* The southbound has been seen. */
};

/* What the commands wait for. */
enum task { TASK_NONE, TASK_CLAIM, TASK_FOLLOW };

static uv_loop_t loop;
static struct store_environment environment;
static struct agent *agents;
static size_t n_agents;
static FILE *log_file;
static enum task task;
static uint64_t task_since_ns;
/* How many have begun with it, and how many are done. */
static size_t n_claiming, n_claimed, n_following, n_complete;
static size_t max_at_once;
static bool ticked = true;

/* ---- A switch that has everything at once ----------------------------- */

uint64_t
installer_mark(struct installer *installer OVS_UNUSED)
{
    return 1;
}

uint64_t
installer_done(const struct installer *installer OVS_UNUSED)
{
    return 1;
}

void
installer_run(struct installer *installer OVS_UNUSED)
{
}

/* ---- In place of the flow compiler ------------------------------------ */

static void
note(const struct agent *agent, const struct lport *lport)
{
    if (lport->name[0] == 'x') {
        fprintf(log_file, "%"PRIu64" %s %s %s\n", uv_hrtime(),
                agent->chassis, lport->name, lport->row ? "put" : "del");
    }
}

static struct ovs_list *
pop(struct ovs_list *list)
{
    struct ovs_list *node;

    if (ovs_list_is_empty(list)) {
        return NULL;
    }
    node = ovs_list_pop_front(list);
    ovs_list_init(node);
    return node;
}

/* Takes all that is dirty off the model's lists, as engine_run() does: what
 * is gone is freed, and of a bundle only its name is kept. */
static void
apply(void *agent_)
{
    struct agent *agent = agent_;
    struct model *model = &agent->model;
    struct ovs_list *node;

    while ((node = pop(&model->dirty_datapaths)) != NULL) {
        struct datapath *dp = CONTAINER_OF(node, struct datapath,
                                           dirty_node);

        if (dp->removed) {
            model_datapath_free(model, dp);
        }
    }
    while ((node = pop(&model->dirty_ports)) != NULL) {
        struct lport *lport = CONTAINER_OF(node, struct lport, dirty_node);

        note(agent, lport);
        if (!lport->row) {
            model_lport_free(model, lport);
        }
    }
    while (pop(&model->dirty_mcs) != NULL) {
        continue;
    }
    while ((node = pop(&model->dirty_bundles)) != NULL) {
        struct bundle *bundle = CONTAINER_OF(node, struct bundle,
                                             dirty_node);

        if (bundle->gone) {
            model_bundle_free(model, bundle);
        } else if (!bundle->common) {
            schema_row_destroy(bundle->row);
            bundle->row = NULL;
        }
    }
}

static bool
is_dirty(const struct model *model)
{
    return (!ovs_list_is_empty(&model->dirty_datapaths)
            || !ovs_list_is_empty(&model->dirty_ports)
            || !ovs_list_is_empty(&model->dirty_mcs)
            || !ovs_list_is_empty(&model->dirty_bundles));
}

static void
on_sync(const struct sb_sync *token, void *agent_)
{
    struct agent *agent = agent_;

    sync_token(agent->sync, token);
}

static void
on_changed(const char *name OVS_UNUSED, void *agent OVS_UNUSED)
{
}

static const struct sb_cache_ops cache_ops = {
    .sync = on_sync,
    .set_changed = on_changed,
    .meter_changed = on_changed,
};

/* ---- Life ------------------------------------------------------------- */

static void
claim(struct agent *agent)
{
    size_t number = agent - agents + 1;
    struct node_config config = {
        .system_id = agent->chassis,
        .hostname = agent->chassis,
        .encaps = { { TUNNEL_GENEVE,
                      xasprintf("10.%zu.%zu.%zu", number >> 16,
                                number >> 8 & 255, number & 255) } },
        .n_encaps = 1,
        .csum = true,
    };
    struct err err = ERR_INIT;

    if (store_etcd_create(&environment.config, &loop, &agent->store, &err)) {
        ovs_fatal(0, "store: %s", err.message);
    }
    agent->own = own_create(agent->store, environment.prefix, agent->chassis,
                            ALIVE_TTL_S);
    smap_init(&config.mappings);
    smap_init(&config.other_config);
    sset_init(&config.transport_zones);
    own_set(agent->own, "chassis", rows_chassis(&config, "netdev", ""));
    sset_destroy(&config.transport_zones);
    smap_destroy(&config.other_config);
    smap_destroy(&config.mappings);
    free(config.encaps[0].ip);
    for (size_t i = 0; i < agent->n_ports; i++) {
        char *below = rows_key("claim", agent->ports[i], NULL);

        own_set(agent->own, below, rows_claim(agent->ports[i], i + 1, true,
                                              ""));
        free(below);
    }
}

static void
follow(struct agent *agent)
{
    agent->cache = sb_cache_create(agent->store, environment.prefix,
                                   &agent->model, &cache_ops, agent);
    agent->sync = sync_create(agent->store, agent->cache, NULL, agent->own,
                              apply, agent);
}

/* One turn of what agent_run() does for the store. */
static void
run(struct agent *agent, bool tick)
{
    static const char *const kept_rows[] = { "fdb/", "mac_binding/", NULL };

    if (agent->cache) {
        if (tick || !agent->complete) {
            sb_cache_run(agent->cache, time_msec());
        }
        if (is_dirty(&agent->model)) {
            apply(agent);
        }
        /* A slow etcd does not let it be complete before it is synced. */
        if (!agent->complete && sb_cache_is_complete(agent->cache)
            && sb_cache_is_synced(agent->cache)) {
            agent->complete = true;
            n_complete++;
            own_adopt(agent->own, kept_rows);
        }
        if (sync_pending(agent->sync)) {
            sync_run(agent->sync);
        }
    }
    if (!own_is_settled(agent->own)) {
        own_run(agent->own);
    } else if (!agent->claimed) {
        agent->claimed = true;
        n_claimed++;
    }
}

/* ---- Commands --------------------------------------------------------- */

static void
start(enum task what, const char *at_once)
{
    task = what;
    max_at_once = strtoul(at_once, NULL, 10);
    task_since_ns = uv_hrtime();
}

/* Goes on with the command under way; answers when it is done. */
static void
run_task(void)
{
    bool done = false;

    if (task == TASK_CLAIM) {
        while (n_claiming < n_agents
               && n_claiming - n_claimed < max_at_once) {
            claim(&agents[n_claiming++]);
        }
        done = n_claimed == n_agents;
    } else if (task == TASK_FOLLOW) {
        while (n_following < n_agents
               && n_following - n_complete < max_at_once) {
            follow(&agents[n_following++]);
        }
        done = n_complete == n_agents;
    }
    if (done) {
        task = TASK_NONE;
        printf("{\"seconds\":%.3f}\n", (uv_hrtime() - task_since_ns) / 1e9);
        fflush(stdout);
    }
}

/* TCP connections: a descriptor with a peer that is no Unix socket. */
static size_t
n_connections(void)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    size_t n = 0;

    while (dir && (entry = readdir(dir)) != NULL) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;

        n += (!getpeername(atoi(entry->d_name), (struct sockaddr *) &peer,
                           &size)
              && peer.ss_family != AF_UNIX);
    }
    if (dir) {
        closedir(dir);
    }
    return n;
}

static void
count(const char *key OVS_UNUSED, void *n_)
{
    size_t *n = n_;

    ++*n;
}

static void
report(void)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "{\"connections\":%zu,\"agents\":{", n_connections());
    for (size_t i = 0; i < n_agents; i++) {
        const struct agent *agent = &agents[i];
        struct store_stats stats;
        size_t rows = 0;

        store_get_stats(agent->store, &stats);
        if (agent->cache) {
            sb_cache_each_row(agent->cache, count, &rows);
        }
        ds_put_format(&s, "%s\"%s\":{\"bytes\":%"PRIu64",\"events\":%"PRIu64
                      ",\"resyncs\":%"PRIu64",\"rows\":%zu,"
                      "\"datapaths\":%zu,\"synced\":%"PRId64"}",
                      i ? "," : "", agent->chassis, stats.bytes_received,
                      stats.n_events, stats.n_resyncs, rows,
                      hmap_count(&agent->model.datapaths),
                      agent->sync ? sync_reported(agent->sync) : 0);
    }
    ds_put_cstr(&s, "}}");
    fflush(log_file);
    puts(ds_cstr(&s));
    fflush(stdout);
    ds_destroy(&s);
}

static void
command(char *line)
{
    if (!strncmp(line, "claim ", 6)) {
        start(TASK_CLAIM, line + 6);
    } else if (!strncmp(line, "follow ", 7)) {
        start(TASK_FOLLOW, line + 7);
    } else if (!strcmp(line, "report")) {
        report();
    } else {
        ovs_fatal(0, "%s: no such command", line);
    }
}

static void
allocate(uv_handle_t *handle OVS_UNUSED, size_t size OVS_UNUSED,
         uv_buf_t *buf)
{
    static char space[MAX_COMMAND];

    *buf = uv_buf_init(space, sizeof space);
}

static void
on_input(uv_stream_t *input OVS_UNUSED, ssize_t n, const uv_buf_t *buf)
{
    static struct ds line = DS_EMPTY_INITIALIZER;

    if (n < 0) {
        /* Everything with it: the leases run out, as of a host that lost
         * its power. */
        fflush(log_file);
        exit(0);
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf->base[i] != '\n') {
            ds_put_char(&line, buf->base[i]);
        } else {
            command(ds_cstr(&line));
            ds_clear(&line);
        }
    }
}

/* ---- The process ------------------------------------------------------ */

static void
read_places(const char *path)
{
    FILE *file = fopen(path, "r");
    struct ds line = DS_EMPTY_INITIALIZER;

    if (!file) {
        ovs_fatal(errno, "%s", path);
    }
    agents = xcalloc(MAX_AGENTS, sizeof *agents);
    while (n_agents < MAX_AGENTS && !ds_get_line(&line, file)) {
        struct agent *agent = &agents[n_agents];
        char *save = NULL;
        char *word = strtok_r(ds_cstr(&line), " ", &save);

        if (!word) {
            continue;
        }
        n_agents++;
        agent->chassis = xstrdup(word);
        while ((word = strtok_r(NULL, " ", &save)) != NULL) {
            agent->ports = xrealloc(agent->ports, (agent->n_ports + 1)
                                                  * sizeof *agent->ports);
            agent->ports[agent->n_ports++] = xstrdup(word);
        }
        flow_table_init(&agent->flows);
        model_init(&agent->model, agent->chassis, &agent->flows);
    }
    ds_destroy(&line);
    fclose(file);
}

static void
on_tick(uv_timer_t *timer OVS_UNUSED)
{
    ticked = true;
}

int
main(int argc, char *argv[])
{
    struct err err = ERR_INIT;
    uv_timer_t timer;
    uv_pipe_t input;

    if (argc != 3) {
        ovs_fatal(0, "usage: agents_bench PLACES LOG");
    }
    set_program_name(argv[0]);
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_WARN);
    if (store_config_from_env(&environment, &err)) {
        ovs_fatal(0, "%s: %s", err.field, err.message);
    }
    log_file = fopen(argv[2], "w");
    if (!log_file) {
        ovs_fatal(errno, "%s", argv[2]);
    }
    read_places(argv[1]);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_tick, TICK_MS, TICK_MS);
    uv_pipe_init(&loop, &input, 0);
    uv_pipe_open(&input, STDIN_FILENO);
    uv_read_start((uv_stream_t *) &input, allocate, on_input);
    for (;;) {
        uv_run(&loop, UV_RUN_ONCE);
        for (size_t i = 0; i < n_claiming; i++) {
            run(&agents[i], ticked);
        }
        ticked = false;
        run_task();
    }
}
