/* weftctl lflow: see lflow_command.h.
 *
 * Without --fixture names mean what they mean in the live store: ports those
 * of --datapath or, without that, of whichever datapath has them; address
 * sets and port groups those of the southbound.  The store is reached when
 * the first name is asked for, so what names nothing needs no etcd.  Ids of
 * groups and meters, which each node allots for itself, count from 1. */
#include <config.h>

#include "cli/lflow_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/trace_db.h"
#include "lflow/tool.h"
#include "lib/err.h"
#include "lib/settings.h"
#include "openvswitch/shash.h"
#include "store/config.h"
#include "store/store.h"
#include "util.h"

#define OPTIONS                                                         \
    "  --datapath=NAME    switch or router whose ports are meant\n"     \
    "  --chassis=NAME     whose is_chassis_resident() (default: that\n" \
    "                     of every port that exists)\n"

struct live {
    struct lflow_scope scope;   /* What names mean; first member. */
    struct settings *settings;
    const char *datapath, *chassis;     /* Options, or NULL. */
    uv_loop_t loop;
    struct store *store;        /* NULL until it is needed. */
    struct trace_db db;
    struct trace_dp *dp;        /* Of --datapath, or NULL. */
    struct trace_dp no_dp;      /* Stands for a datapath without ports. */
    struct shash port_groups;   /* "struct port_set"s of no datapath. */
    struct shash groups, meters;        /* Ids (as pointers' values). */
};

static void OVS_PRINTF_FORMAT(1, 2)
die(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
    exit(EXIT_FAILURE);
}

/* ---- The store --------------------------------------------------------- */

/* Ends the program where the store failed. */
static void
check(const struct live *live)
{
    if (trace_db_error(&live->db)) {
        char *text = err_to_string(&live->db.err);

        die("%s", text);
    }
}

static void
find_datapath(struct live *live)
{
    size_t n;

    live->dp = trace_db_find_dp(&live->db, live->datapath, &n);
    check(live);
    if (!live->dp) {
        die("%s: %s", live->datapath, n ? "more than one datapath is called "
            "so" : "no such datapath");
    }
}

/* What 'scope' is part of, with the store opened. */
static struct live *
open_live(const struct lflow_scope *scope)
{
    struct live *live = CONTAINER_OF(CONST_CAST(struct lflow_scope *, scope),
                                     struct live, scope);
    struct store_config config;
    struct err err = ERR_INIT;

    if (!live->store) {
        uv_loop_init(&live->loop);
        store_config_from_settings(live->settings, &config);
        if (store_etcd_create(&config, &live->loop, &live->store, &err)) {
            die("%s", err.message);
        }
        trace_db_init(&live->db, live->store,
                      store_prefix_from_settings(live->settings), 0, false);
        live->no_dp.db = &live->db;
        shash_init(&live->no_dp.ports);
        trace_scope_init(&live->no_dp);
        if (live->datapath) {
            find_datapath(live);
        }
    }
    return live;
}

/* ---- Names ------------------------------------------------------------- */

/* The port 'name' of the datapath that is meant, or of any; or NULL. */
static struct trace_port *
find_port(struct live *live, const char *name)
{
    struct trace_dp *dp = live->dp;

    if (!dp) {
        dp = trace_db_dp_of_port(&live->db, name);
        check(live);
    }
    return dp ? trace_dp_port(dp, name) : NULL;
}

static bool
live_port_key(const struct lflow_scope *scope, const char *name,
              uint32_t *key)
{
    struct trace_port *port = find_port(open_live(scope), name);

    if (port) {
        *key = port->key;
        return true;
    }
    return trace_mcast_key(NULL, name, key);
}

static const struct constant_set *
live_address_set(const struct lflow_scope *scope, const char *name)
{
    struct live *live = open_live(scope);
    const struct constant_set *set;

    set = lflow_scope_address_set(&live->no_dp.scope, NULL, name);
    check(live);
    return set;
}

/* The port group 'name' with all its members that are ports. */
static struct port_set *
make_port_set(struct live *live, const char *name)
{
    const struct schema_strings *names = trace_db_port_group(&live->db,
                                                             name);
    struct port_set_member *members;
    struct port_set *set;

    check(live);
    if (!names) {
        return NULL;
    }
    members = xcalloc(names->n + 1, sizeof *members);
    set = xzalloc(sizeof *set);
    set->members = members;
    for (size_t i = 0; i < names->n; i++) {
        struct trace_port *port = find_port(live, names->items[i]);

        members[set->n].name = names->items[i];
        members[set->n++].key = port ? port->key : 0;
    }
    return set;
}

static const struct port_set *
live_port_group(const struct lflow_scope *scope, const char *name)
{
    struct live *live = open_live(scope);
    struct shash_node *node = shash_find(&live->port_groups, name);

    if (!node) {
        node = shash_add(&live->port_groups, name,
                         make_port_set(live, name));
    }
    return node->data;
}

static bool
live_is_chassis_resident(const struct lflow_scope *scope, const char *name)
{
    struct live *live = open_live(scope);
    struct trace_dp *dp = trace_db_dp_of_port(&live->db, name);
    struct trace_port *port = dp ? trace_dp_port(dp, name) : NULL;

    check(live);
    return port && (!live->chassis
                    || !strcmp(port->row->chassis, live->chassis));
}

static uint32_t
find_or_allot(struct shash *ids, const char *name)
{
    struct shash_node *node = shash_find(ids, name);

    if (!node) {
        node = shash_add(ids, name,
                         (void *) (uintptr_t) (shash_count(ids) + 1));
    }
    return (uintptr_t) node->data;
}

static uint32_t
live_group_id(const struct lflow_scope *scope, const char *buckets)
{
    struct live *live = CONTAINER_OF(CONST_CAST(struct lflow_scope *, scope),
                                     struct live, scope);

    return find_or_allot(&live->groups, buckets);
}

static uint32_t
live_meter_id(const struct lflow_scope *scope, const char *name)
{
    struct live *live = CONTAINER_OF(CONST_CAST(struct lflow_scope *, scope),
                                     struct live, scope);

    return find_or_allot(&live->meters, name);
}

/* Nodes have those that the flows of their datapaths name. */
static bool
live_collector_set(const struct lflow_scope *scope OVS_UNUSED,
                   uint32_t id OVS_UNUSED)
{
    return true;
}

static const struct lflow_scope_class live_class = {
    .port_key = live_port_key,
    .address_set = live_address_set,
    .port_group = live_port_group,
    .is_chassis_resident = live_is_chassis_resident,
    .group_id = live_group_id,
    .meter_id = live_meter_id,
    .collector_set = live_collector_set,
};

/* ---- Beginning and end ------------------------------------------------- */

static bool
is_boolean(const struct settings *settings, const char *name)
{
    const struct setting *row;

    for (size_t i = 0; (row = settings_row(settings, i)); i++) {
        if (!strcmp(row->name, name)) {
            return row->type == SETTING_BOOLEAN;
        }
    }
    return false;
}

/* Takes our options out of argv, and leaves the tool's and what follows.
 * Returns how many words are left, or 0 where help is wanted. */
static int
take_options(struct live *live, int argc, char *argv[])
{
    int n = 1, i = 1;

    while (i < argc && !strncmp(argv[i], "--", 2)) {
        char *name = xstrdup(argv[i] + 2);
        char *equals = strchr(name, '='), *value;
        struct err err = ERR_INIT;
        int first = i++;

        if (equals) {
            *equals = '\0';
            value = argv[first] + 2 + (equals - name) + 1;
        } else {
            value = (is_boolean(live->settings, name) || i >= argc
                     ? NULL : argv[i++]);
        }
        if (!strcmp(name, "datapath") && value) {
            live->datapath = value;
        } else if (!strcmp(name, "chassis") && value) {
            live->chassis = value;
        } else if (lflow_tool_has_option(name)) {
            while (first < i) {
                argv[n++] = argv[first++];
            }
        } else if (!strcmp(name, "help")) {
            free(name);
            return 0;
        } else if (settings_set(live->settings, name, value, &err)) {
            die("--%s: %s", name, err.message);
        }
        free(name);
    }
    while (i < argc) {
        argv[n++] = argv[i++];
    }
    argv[n] = NULL;
    return n;
}

static void
destroy_live(struct live *live)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &live->port_groups) {
        struct port_set *set = node->data;

        if (set) {
            free(CONST_CAST(struct port_set_member *, set->members));
        }
    }
    shash_destroy_free_data(&live->port_groups);
    shash_destroy(&live->groups);
    shash_destroy(&live->meters);
    if (live->store) {
        shash_destroy(&live->no_dp.ports);
        trace_db_destroy(&live->db);
        store_destroy(live->store);
    }
    settings_destroy(live->settings);
}

int
lflow_command_main(int argc, char *argv[])
{
    struct live live = {
        .scope = { &live_class }, .settings = settings_create()
    };
    struct lflow_place place
        = lflow_place_of_stage(&stages[STAGE_LS_IN_ACL]);
    int status = 0;

    shash_init(&live.port_groups);
    shash_init(&live.groups);
    shash_init(&live.meters);
    settings_add(live.settings, STORE_SETTINGS, N_STORE_SETTINGS);
    argc = take_options(&live, argc, argv);
    if (!argc) {
        lflow_tool_print_usage("weftctl lflow", OPTIONS, stdout);
        settings_print_help(live.settings);
    } else {
        struct err err = ERR_INIT;

        if (settings_check(live.settings, &err)) {
            die("%s: %s", err.field, err.message);
        }
        if (live.datapath) {
            open_live(&live.scope);
            place.datapath_key = live.dp->row->tunnel_key;
        }
        status = lflow_tool_main(argc, argv, &live.scope, &place, stdin,
                                 stdout, stderr);
    }
    destroy_live(&live);
    return status;
}
