/* A client of the store that tests drive: commands on stdin, one a line,
 * answers and events as JSON lines on stdout.  The store is that of the
 * environment (WEFT_ETCD, ...), or with "--memory" the in-memory twin.
 *
 *     put KEY VALUE|@SIZE [LEASE]     cas KEY MOD VALUE       del KEY
 *     get KEY|PREFIX*                 many PREFIX N VALUE|@SIZE
 *     follow PREFIX    tree KEY       drop INDEX
 *     check            every watch against what etcd holds, once they agree
 *                      or after 40 s
 *     lease TTL        revoke         elect KEY NAME TTL      resign
 *     stall MS         (the loop does not turn)      stats    quit
 *
 * For every watch it keeps a mirror and notes what must not happen: a put
 * that was told already ("doubled"), a delete of what is not there
 * ("invented"), an event that is older than one before it ("disordered",
 * unless the store was listed again). */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "store/config.h"
#include "store/memory.h"
#include "store/store.h"
#include "util.h"

enum { MAX_WATCHES = 4096, CHECK_MS = 40000, CHECK_EVERY_MS = 50 };

struct row {
    int64_t mod_revision;
    char *value;
    size_t size;
};

struct followed {
    struct store_watch *watch;      /* NULL: dropped. */
    char *prefix;
    bool is_tree;
    struct shash rows;              /* struct row. */
    int64_t last_revision;
    uint64_t n_resyncs;             /* The store's, at the last event. */
};

static uv_loop_t loop;
static struct store *store;
static struct store_watch_set *set;
static struct followed followed[MAX_WATCHES];
static size_t n_followed;
static unsigned int n_doubled, n_invented, n_disordered;
static bool quiet;
static struct store_lease *lease;
static struct store_election *election;
static uv_timer_t check_timer;
static uint64_t check_deadline_ms;
static size_t check_index;
static uv_pipe_t input;
static struct ds line = DS_EMPTY_INITIALIZER;

/* Prints and frees 'json'. */
static void
print(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    puts(text);
    fflush(stdout);
    free(text);
    json_decref(json);
}

static void
print_error(const char *op, int error, const struct err *err)
{
    print(json_pack("{ss si ss ss*}", "op", op, "error", -error, "text",
                    err_text(error), "message", err ? err->message : NULL));
}

/* ---- Watches ---------------------------------------------------------- */

static void
free_row(struct row *row)
{
    free(row->value);
    free(row);
}

static void
apply(struct followed *f, const struct store_event *event)
{
    const struct store_kv *kv = &event->kv;
    struct row *row = shash_find_data(&f->rows, kv->key.data);

    if (event->type == STORE_EVENT_DELETE) {
        n_invented += !row;
        if (row) {
            free_row(shash_find_and_delete(&f->rows, kv->key.data));
        }
        return;
    }
    if (!row) {
        row = xzalloc(sizeof *row);
        shash_add(&f->rows, kv->key.data, row);
    } else if (row->mod_revision == kv->mod_revision
               && row->size == kv->value.size
               && !memcmp(row->value, kv->value.data, row->size)) {
        n_doubled++;
    }
    free(row->value);
    row->mod_revision = kv->mod_revision;
    row->value = xmemdup0(kv->value.data, kv->value.size);
    row->size = kv->value.size;
}

static void
on_events(struct store_watch *watch, const struct store_event *events,
          size_t n_events, int64_t revision, void *f_)
{
    struct followed *f = f_;
    struct store_stats stats;
    bool listed;

    store_get_stats(store, &stats);
    listed = !store_watch_is_synced(watch) || stats.n_resyncs != f->n_resyncs;
    f->n_resyncs = stats.n_resyncs;
    for (size_t i = 0; i < n_events; i++) {
        const struct store_event *event = &events[i];

        if (!listed) {
            n_disordered += event->kv.mod_revision < f->last_revision;
            f->last_revision = event->kv.mod_revision;
        }
        apply(f, event);
        if (!quiet) {
            print(json_pack("{ss si ss sI sI sb}", "op",
                            event->type == STORE_EVENT_PUT ? "put" : "delete",
                            "watch", (int) (f - followed), "key",
                            event->kv.key.data, "mod",
                            (json_int_t) event->kv.mod_revision, "size",
                            (json_int_t) event->kv.value.size, "listed",
                            listed));
        }
    }
    f->last_revision = revision;
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision, void *f_)
{
    struct followed *f = f_;

    f->last_revision = revision;
    print(json_pack("{ss si sI si}", "op", "synced", "watch",
                    (int) (f - followed), "revision", (json_int_t) revision,
                    "n", (int) shash_count(&f->rows)));
}

static void
on_trouble(struct store_watch *watch OVS_UNUSED, int error,
           const struct err *err, void *f_)
{
    struct followed *f = f_;

    print(json_pack("{ss si si ss}", "op", "trouble", "watch",
                    (int) (f - followed), "error", -error, "message",
                    err && err->message ? err->message : ""));
}

static const struct store_watch_ops watch_ops = {
    .events = on_events, .synced = on_synced, .trouble = on_trouble,
};

static void
follow(const char *prefix, bool is_tree)
{
    struct followed *f = &followed[n_followed++];

    if (n_followed == MAX_WATCHES) {
        exit(2);
    }
    f->prefix = xstrdup(prefix);
    f->is_tree = is_tree;
    shash_init(&f->rows);
    f->watch = is_tree
        ? store_watch_add_tree(set, store_bytes_from_string(prefix), f)
        : store_watch_add_prefix(set, store_bytes_from_string(prefix), f);
}

/* ---- Checking --------------------------------------------------------- */

static void check_next(void);

static bool
belongs(const struct followed *f, const char *key)
{
    size_t size = strlen(f->prefix);

    return !f->is_tree || !key[size] || key[size] == '/';
}

/* What differs between the mirror and etcd; NULL: nothing. */
static char *
compare(const struct followed *f, const struct store_range_result *result)
{
    size_t n = 0;

    for (size_t i = 0; i < result->n_kvs; i++) {
        const struct store_kv *kv = &result->kvs[i];
        const struct row *row;

        if (!belongs(f, kv->key.data)) {
            continue;
        }
        n++;
        row = shash_find_data(&f->rows, kv->key.data);
        if (!row) {
            return xasprintf("%s is missing", kv->key.data);
        } else if (row->mod_revision != kv->mod_revision) {
            return xasprintf("%s: revision %"PRId64", not %"PRId64,
                             kv->key.data, row->mod_revision,
                             kv->mod_revision);
        } else if (row->size != kv->value.size
                   || memcmp(row->value, kv->value.data, row->size)) {
            return xasprintf("%s: another value", kv->key.data);
        }
    }
    return n == shash_count(&f->rows) ? NULL
           : xasprintf("%"PRIuSIZE" rows, not %"PRIuSIZE,
                       shash_count(&f->rows), n);
}

static void
on_check_timer(uv_timer_t *timer OVS_UNUSED)
{
    check_next();
}

static void
finish_check(const char *difference)
{
    size_t n = 0;

    for (size_t i = 0; i < n_followed; i++) {
        n += followed[i].watch ? shash_count(&followed[i].rows) : 0;
    }
    print(json_pack("{ss sb ss* si si si sI}", "op", "check", "equal",
                    !difference, "difference", difference, "doubled",
                    n_doubled, "invented", n_invented, "disordered",
                    n_disordered, "n", (json_int_t) n));
}

static void
on_check_range(int error, const struct err *err,
               const struct store_range_result *result,
               void *aux OVS_UNUSED)
{
    char *difference = error
        ? xasprintf("cannot read: %s", err->message ? err->message : "")
        : compare(&followed[check_index], result);

    if (!difference) {
        check_index++;
        check_next();
    } else if (uv_hrtime() / 1000000 > check_deadline_ms) {
        finish_check(difference);
    } else {
        uv_timer_start(&check_timer, on_check_timer, CHECK_EVERY_MS, 0);
    }
    free(difference);
}

static void
check_next(void)
{
    struct store_range range;
    char *end;

    while (check_index < n_followed && !followed[check_index].watch) {
        check_index++;
    }
    if (check_index == n_followed) {
        finish_check(NULL);
        return;
    }
    range = store_prefix_range(
        store_bytes_from_string(followed[check_index].prefix), &end);
    store_get_range(store, &range, NULL, on_check_range, NULL);
    free(end);
}

static void
check(void)
{
    check_index = 0;
    check_deadline_ms = uv_hrtime() / 1000000 + CHECK_MS;
    check_next();
}

/* ---- Other commands --------------------------------------------------- */

static void
on_txn(int error, const struct err *err,
       const struct store_txn_result *result, void *op_)
{
    char *op = op_;

    if (error) {
        print_error(op, error, err);
    } else {
        print(json_pack("{ss sb sI sI}", "op", op, "succeeded",
                        result->succeeded, "revision",
                        (json_int_t) result->revision, "deleted",
                        (json_int_t) result->n_deleted));
    }
    free(op);
}

static void
on_range(int error, const struct err *err,
         const struct store_range_result *result, void *op_)
{
    char *op = op_;
    size_t size = 0;

    if (error) {
        print_error(op, error, err);
    } else {
        for (size_t i = 0; i < result->n_kvs; i++) {
            size += result->kvs[i].value.size;
        }
        print(json_pack("{ss sI sI sI ss*}", "op", op, "count",
                        (json_int_t) result->count, "revision",
                        (json_int_t) result->revision, "size",
                        (json_int_t) size, "value",
                        result->n_kvs && size < 1000
                        ? result->kvs[0].value.data : NULL));
    }
    free(op);
}

/* "@SIZE" as so many bytes, anything else as it is; the caller frees it. */
static char *
make_value(const char *text)
{
    size_t size;
    char *value;

    if (text[0] != '@') {
        return xstrdup(text);
    }
    size = strtoul(text + 1, NULL, 10);
    value = xmalloc(size + 1);
    memset(value, 'x', size);
    value[size] = '\0';
    return value;
}

static void
put_many(const char *prefix, int n, const char *value)
{
    struct store_txn *txn = store_txn_create();

    for (int i = 0; i < n; i++) {
        char *key = xasprintf("%s%d", prefix, i);

        store_txn_put(txn, store_bytes_from_string(key),
                      store_bytes_from_string(value), 0);
        free(key);
    }
    store_txn_commit(store, txn, on_txn, xstrdup("many"));
}

static void
get(const char *key)
{
    struct store_range range = { store_bytes_from_string(key), { NULL, 0 } };
    size_t size = strlen(key);
    char *end = NULL;

    if (size && key[size - 1] == '*') {
        range.key.size--;
        range = store_prefix_range(range.key, &end);
    }
    store_get_range(store, &range, NULL, on_range, xstrdup("get"));
    free(end);
}

static void
cas(const char *key, int64_t mod_revision, const char *value)
{
    struct store_txn *txn = store_txn_create();

    store_txn_compare(txn, store_bytes_from_string(key), STORE_COMPARE_MOD,
                      STORE_EQUAL, mod_revision);
    store_txn_put(txn, store_bytes_from_string(key),
                  store_bytes_from_string(value), 0);
    store_txn_commit(store, txn, on_txn, xstrdup("cas"));
}

static void
on_lease(int64_t id, void *aux OVS_UNUSED)
{
    print(json_pack("{ss sI}", "op", "lease", "id", (json_int_t) id));
}

static void
on_election(bool leading, const char *leader, void *aux OVS_UNUSED)
{
    print(json_pack("{ss sb ss*}", "op", "election", "leading", leading,
                    "leader", leader));
}

static void
print_stats(void)
{
    struct store_stats stats;

    store_get_stats(store, &stats);
    print(json_pack("{ss sI sI sI sI sI sI sI sb}", "op", "stats",
                    "requests", (json_int_t) stats.n_requests, "failures",
                    (json_int_t) stats.n_failures, "events",
                    (json_int_t) stats.n_events, "resyncs",
                    (json_int_t) stats.n_resyncs, "failovers",
                    (json_int_t) stats.n_failovers, "sent",
                    (json_int_t) stats.bytes_sent, "received",
                    (json_int_t) stats.bytes_received, "connected",
                    store_is_connected(store)));
}

static void
quit(void)
{
    store_destroy(store);
    store = NULL;
    uv_close((uv_handle_t *) &input, NULL);
    uv_close((uv_handle_t *) &check_timer, NULL);
    for (size_t i = 0; i < n_followed; i++) {
        struct shash_node *node;

        SHASH_FOR_EACH_SAFE (node, &followed[i].rows) {
            free_row(node->data);
            shash_delete(&followed[i].rows, node);
        }
        shash_destroy(&followed[i].rows);
        free(followed[i].prefix);
    }
    ds_destroy(&line);
}

/* ---- Commands --------------------------------------------------------- */

static void
run_write(char **words, int n)
{
    char *value = n > 2 ? make_value(words[n > 3 && words[0][0] != 'p'
                                           ? 3 : 2]) : NULL;

    if (!strcmp(words[0], "put") && n > 2) {
        store_put(store, store_bytes_from_string(words[1]),
                  store_bytes_from_string(value),
                  n > 3 ? strtoll(words[3], NULL, 10) : 0, on_txn,
                  xstrdup("put"));
    } else if (!strcmp(words[0], "cas") && n > 3) {
        cas(words[1], strtoll(words[2], NULL, 10), value);
    } else if (!strcmp(words[0], "many") && n > 3) {
        put_many(words[1], atoi(words[2]), value);
    } else if (!strcmp(words[0], "del") && n > 1) {
        struct store_range range = {
            store_bytes_from_string(words[1]), { NULL, 0 }
        };

        store_delete(store, &range, on_txn, xstrdup("del"));
    } else {
        print_error(words[0], -WEFT_E_INVALID, NULL);
    }
    free(value);
}

static bool
run_watch(char **words, int n)
{
    if (!strcmp(words[0], "follow") && n > 1) {
        follow(words[1], false);
    } else if (!strcmp(words[0], "tree") && n > 1) {
        follow(words[1], true);
    } else if (!strcmp(words[0], "drop") && n > 1) {
        struct followed *f = &followed[atoi(words[1])];

        store_watch_drop(f->watch);
        f->watch = NULL;
    } else if (!strcmp(words[0], "check")) {
        check();
    } else {
        return false;
    }
    return true;
}

static bool
run_lease(char **words, int n)
{
    if (!strcmp(words[0], "lease") && n > 1) {
        lease = store_lease_create(store, atoi(words[1]), on_lease, NULL);
    } else if (!strcmp(words[0], "revoke")) {
        store_lease_destroy(lease, true);
        lease = NULL;
    } else if (!strcmp(words[0], "elect") && n > 3) {
        election = store_election_create(store,
                                         store_bytes_from_string(words[1]),
                                         store_bytes_from_string(words[2]),
                                         atoi(words[3]), on_election, NULL);
    } else if (!strcmp(words[0], "resign")) {
        store_election_destroy(election);
        election = NULL;
    } else {
        return false;
    }
    return true;
}

static void
run(char *command)
{
    char *words[5], *save = NULL;
    int n = 0;

    for (char *word = strtok_r(command, " ", &save);
         word && n < (int) ARRAY_SIZE(words);
         word = strtok_r(NULL, " ", &save)) {
        words[n++] = word;
    }
    if (!n || run_watch(words, n) || run_lease(words, n)) {
        return;
    } else if (!strcmp(words[0], "get") && n > 1) {
        get(words[1]);
    } else if (!strcmp(words[0], "stall") && n > 1) {
        usleep(atoi(words[1]) * 1000);
        print(json_pack("{ss}", "op", "stall"));
    } else if (!strcmp(words[0], "stats")) {
        print_stats();
    } else if (!strcmp(words[0], "quit")) {
        quit();
    } else {
        run_write(words, n);
    }
}

static void
on_alloc(uv_handle_t *handle OVS_UNUSED, size_t size OVS_UNUSED,
         uv_buf_t *buffer)
{
    static char bytes[65536];

    *buffer = uv_buf_init(bytes, sizeof bytes);
}

static void
on_input(uv_stream_t *stream OVS_UNUSED, ssize_t n, const uv_buf_t *buffer)
{
    if (n < 0) {
        quit();
        return;
    }
    for (ssize_t i = 0; i < n && store; i++) {
        if (buffer->base[i] == '\n') {
            char *command = ds_steal_cstr(&line);

            run(command);
            free(command);
        } else {
            ds_put_char(&line, buffer->base[i]);
        }
    }
}

int
main(int argc, char *argv[])
{
    struct store_environment environment;
    struct err err = ERR_INIT;
    bool memory = false;

    for (int i = 1; i < argc; i++) {
        memory |= !strcmp(argv[i], "--memory");
        quiet |= !strcmp(argv[i], "--quiet");
    }
    uv_loop_init(&loop);
    if (store_config_from_env(&environment, &err)
        || (!memory
            && store_etcd_create(&environment.config, &loop, &store, &err))) {
        char *text = err_to_string(&err);

        fprintf(stderr, "%s\n", text);
        free(text);
        return 1;
    }
    if (memory) {
        store = store_memory_create(&loop);
    }
    store_environment_destroy(&environment);
    set = store_watch_set_create(store, &watch_ops);
    uv_timer_init(&loop, &check_timer);
    uv_pipe_init(&loop, &input, 0);
    if (uv_pipe_open(&input, 0)
        || uv_read_start((uv_stream_t *) &input, on_alloc, on_input)) {
        return 1;
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) ? 3 : 0;
}
