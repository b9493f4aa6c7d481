/* weftctl watch: one line for each key that changes, as it does.
 *
 * What is there at the beginning is kept, so that a change can say which
 * columns became what; the store's watch sets see to it that nothing is lost
 * or told twice, whatever happens to the connection. */
#include <config.h>

#include "cli/watch_command.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "cli/changes.h"
#include "cli/program.h"
#include "lib/loop.h"
#include "openvswitch/shash.h"
#include "store/store.h"
#include "util.h"

struct watch {
    struct program program;
    struct shash values;        /* json_t * by key below the prefix. */
    int64_t n_left;             /* Lines to print; INT64_MAX: no end. */
    bool json;
};

static void
print_json(int64_t revision, const char *key, json_t *before, json_t *after)
{
    json_t *line = json_pack("{s:I, s:s, s:O*, s:O*}", "revision",
                             (json_int_t) revision, "key", key, "before",
                             before, "after", after);

    json_dumpf(line, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(line);
}

static void
print_text(int64_t revision, const char *key, json_t *before, json_t *after)
{
    struct ds columns = DS_EMPTY_INITIALIZER;

    changes_put_columns(before, after, "; ", &columns);
    printf("%"PRId64" %c %s%s%s\n", revision,
           !before ? '+' : !after ? '-' : '~', key,
           columns.length ? ": " : "", ds_cstr(&columns));
    ds_destroy(&columns);
}

static void
take_event(struct watch *watch, bool is_synced,
           const struct store_event *event)
{
    const char *key = program_below_prefix(&watch->program,
                                           event->kv.key.data);
    json_t *before, *after;

    if (!key) {
        return;
    }
    before = shash_find_and_delete(&watch->values, key);
    after = (event->type == STORE_EVENT_DELETE ? NULL
             : changes_parse(key, event->kv.value.data,
                             event->kv.value.size));
    if (event->type == STORE_EVENT_PUT && !after) {
        after = json_string("(not JSON)");
    }
    if (after) {
        shash_add(&watch->values, key, json_incref(after));
    }
    if (is_synced && watch->n_left > 0) {
        watch->n_left -= watch->n_left != INT64_MAX;
        (watch->json ? print_json : print_text)(event->kv.mod_revision, key,
                                                before, after);
    }
    json_decref(before);
    json_decref(after);
}

static void
events_cb(struct store_watch *store_watch, const struct store_event *events,
          size_t n, int64_t revision OVS_UNUSED, void *watch_)
{
    struct watch *watch = watch_;
    bool is_synced = store_watch_is_synced(store_watch);

    for (size_t i = 0; i < n; i++) {
        take_event(watch, is_synced, &events[i]);
    }
    fflush(stdout);
}

static void
synced_cb(struct store_watch *store_watch OVS_UNUSED, int64_t revision,
          void *watch_ OVS_UNUSED)
{
    fprintf(stderr, "%s: watching from revision %"PRId64" on\n",
            program_name, revision);
}

static void
trouble_cb(struct store_watch *store_watch OVS_UNUSED, int error OVS_UNUSED,
           const struct err *err, void *watch_ OVS_UNUSED)
{
    char *text = err_to_string(err);

    fprintf(stderr, "%s: %s; trying on\n", program_name, text);
    free(text);
}

static bool
is_done(void *watch_)
{
    const struct watch *watch = watch_;

    return watch->n_left <= 0 || ferror(stdout);
}

static void
add_prefix(struct watch *watch, struct store_watch_set *set,
           const char *area)
{
    char *prefix = xasprintf("%s/%s/", watch->program.prefix, area);

    store_watch_add_prefix(set, store_bytes_from_string(prefix), watch);
    free(prefix);
}

static void
run(struct watch *watch)
{
    static const struct store_watch_ops ops = {
        events_cb, synced_cb, trouble_cb,
    };
    struct store_watch_set *set;

    program_open_store(&watch->program);
    set = store_watch_set_create(watch->program.store, &ops);
    add_prefix(watch, set, "nb");
    if (settings_boolean(watch->program.settings, "sb")) {
        add_prefix(watch, set, "sb");
        add_prefix(watch, set, "status");
    }
    loop_run_until(&watch->program.loop, is_done, watch, -1);
    store_watch_set_destroy(set);
}

int
watch_command_main(int argc, char *argv[])
{
    static const struct setting options[] = {
        PROGRAM_FORMAT,
        { "sb", SETTING_BOOLEAN, "false", 0, 0, NULL,
          "the southbound and the status of rows as well" },
        { "count", SETTING_INTEGER, "0", 0, INT64_MAX, "N",
          "end after N lines; 0: never" },
    };
    static const struct program_spec spec = {
        .name = "watch",
        .summary = "changes as they come, one line each",
        .arguments = "",
        .options = options, .n_options = ARRAY_SIZE(options),
    };
    struct watch watch = { .n_left = 0 };
    struct shash_node *node;

    program_init(&watch.program, &spec, argc, argv);
    shash_init(&watch.values);
    watch.n_left = settings_integer(watch.program.settings, "count");
    watch.n_left = watch.n_left ? watch.n_left : INT64_MAX;
    watch.json = program_wants_json(&watch.program);
    run(&watch);
    SHASH_FOR_EACH (node, &watch.values) {
        json_decref(node->data);
    }
    shash_destroy(&watch.values);
    program_destroy(&watch.program);
    return EXIT_SUCCESS;
}
