/* The network in memory: see whatif.h.
 *
 * The translator's pure core gets what the translator itself would: the
 * northbound, what the chassis report, the tunnel keys and the addresses that
 * have been given. It is run on that first, so that afterwards it tells which
 * bundles the commands change. */
#include <config.h>

#include "cli/whatif.h"

#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "cli/fetch.h"
#include "cli/run.h"
#include "cli/tool.h"
#include "cli/words.h"
#include "store/memory.h"
#include "svec.h"
#include "translator/engine.h"
#include "translator/translation.h"
#include "util.h"

/* ---- The copy ---------------------------------------------------------- */

static const char *
below_prefix(const struct whatif *whatif, const struct store_kv *kv)
{
    return kv->key.data + strlen(whatif->prefix) + 1;
}

static void
row_cb(const struct store_kv *kv, void *whatif_)
{
    struct whatif *whatif = whatif_;
    const char *key = below_prefix(whatif, kv);

    translation_put(whatif->translation, key, kv->value.data, kv->value.size,
                    kv->create_revision, kv->mod_revision);
    store_memory_put_now(whatif->memory, kv->key.data, kv->value.data);
    if (!strncmp(key, "nb/", 3)) {
        shash_add(&whatif->rows, key, xmemdup0(kv->value.data,
                                               kv->value.size));
    }
}

/* Rows of datapaths and ports: where tunnel keys lie. */
static void
tunnel_key_name_cb(const struct store_kv *kv, void *names)
{
    const char *below = strstr(kv->key.data, "/sb/dp/");
    const char *rest = below ? strchr(below + 7, '/') : NULL;

    if (below && (!rest || !strncmp(rest, "/port/", 6))) {
        svec_add(names, kv->key.data);
    }
}

static void
learn_cb(const struct store_kv *kv, void *whatif_)
{
    struct whatif *whatif = whatif_;

    translation_learn(whatif->translation, below_prefix(whatif, kv),
                      kv->value.data, kv->value.size);
}

static int
copy_area(struct whatif *whatif, struct store *store, const char *area,
          struct err *err)
{
    char *prefix = xasprintf("%s/%s/", whatif->prefix, area);
    int error = fetch_prefix(store, prefix, false, &whatif->revision, row_cb,
                             whatif, err);

    free(prefix);
    return error;
}

/* Dynamic addresses that ports have been given. */
static int
learn_addresses(struct whatif *whatif, struct store *store, struct err *err)
{
    char *prefix = xasprintf("%s/status/logical_switch_port/",
                             whatif->prefix);
    int error = fetch_prefix(store, prefix, false, &whatif->revision,
                             learn_cb, whatif, err);

    free(prefix);
    return error;
}

static int
learn_tunnel_keys(struct whatif *whatif, struct store *store,
                  struct err *err)
{
    char *prefix = xasprintf("%s/sb/dp/", whatif->prefix);
    struct svec names = SVEC_EMPTY_INITIALIZER;
    int error = fetch_prefix(store, prefix, true, &whatif->revision,
                             tunnel_key_name_cb, &names, err);

    if (!error && names.n) {
        error = fetch_keys(store, names.names, names.n, &whatif->revision,
                           false, learn_cb, whatif, err);
    }
    svec_destroy(&names);
    free(prefix);
    return error;
}

static bool
is_bundle(const char *key)
{
    return strncmp(key, "nb/", 3) && changes_is_of_concern(key);
}

static void
remember_bundles(struct whatif *whatif)
{
    struct engine *engine = translation_engine(whatif->translation);
    struct engine_bytes value;
    const char *key;

    while (engine_next_change(engine, &key, &value)) {
        if (is_bundle(key) && value.data) {
            shash_add(&whatif->bundles, key, xmemdup0(value.data,
                                                      value.size));
        }
    }
}

int
whatif_init(struct whatif *whatif, struct store *store, const char *prefix,
            int64_t revision, struct err *err)
{
    *whatif = (struct whatif) {
        .prefix = xstrdup(prefix),
        .memory = store_memory_create(store_loop(store)),
        .translation = translation_create(),
        .revision = revision,
    };
    shash_init(&whatif->rows);
    shash_init(&whatif->bundles);

    int error = copy_area(whatif, store, "nb", err);
    if (!error) {
        error = copy_area(whatif, store, "chassis", err);
    }
    if (!error) {
        error = learn_tunnel_keys(whatif, store, err);
    }
    if (!error) {
        error = learn_addresses(whatif, store, err);
    }
    if (!error) {
        translation_set_allocating(whatif->translation, true);
        translation_run(whatif->translation);
        remember_bundles(whatif);
    }
    return error;
}

void
whatif_destroy(struct whatif *whatif)
{
    translation_destroy(whatif->translation);
    store_destroy(whatif->memory);
    shash_destroy_free_data(&whatif->rows);
    shash_destroy_free_data(&whatif->bundles);
    free(whatif->prefix);
}

/* ---- Commands ---------------------------------------------------------- */

char *
whatif_run_words(struct whatif *whatif, int argc, char *argv[],
                 struct ds *output)
{
    const struct tool *tool = tool_by_name("ovn-nbctl");
    struct run_options options = {
        .store = whatif->memory, .prefix = whatif->prefix,
        .view = tool->view, .style = { .format = TEXT_TABLE_LIST },
    };
    struct invocation *invocations;
    struct shash local;
    int64_t revision;
    size_t n;

    shash_init(&local);
    char *message = commands_parse(argc, argv, &local, tool->groups,
                                   &invocations, &n);
    shash_destroy_free_data(&local);
    if (!message) {
        message = run_invocations(invocations, n, &options, output,
                                  &revision);
        invocations_destroy(invocations, n);
    }
    return message;
}

char *
whatif_run(struct whatif *whatif, const char *line, struct ds *output)
{
    struct svec words = SVEC_EMPTY_INITIALIZER;
    const char *error = words_parse(line, &words);
    char *message = nullable_xstrdup(error);
    size_t first = 0;

    svec_terminate(&words);
    if (words.n && (!strcmp(words.names[0], "ovn-nbctl")
                    || !strcmp(words.names[0], "weftctl"))) {
        first++;
    }
    if (!message && words.n > first) {
        message = whatif_run_words(whatif, words.n - first,
                                   words.names + first, output);
    }
    svec_destroy(&words);
    return message;
}

/* ---- What becomes of it ------------------------------------------------ */

struct comparison {
    struct whatif *whatif;
    struct changes *changes;
    int64_t revision;           /* Of what the commands wrote: higher than
                                 * any that was copied. */
};

static json_t *
parse(const char *key, const char *value)
{
    return value ? changes_parse(key, value, strlen(value)) : NULL;
}

static void
add_change(struct changes *changes, const char *key, const char *before_text,
           const char *after_text)
{
    json_t *before = parse(key, before_text);
    json_t *after = parse(key, after_text);

    changes_add(changes, key, before, after);
    json_decref(before);
    json_decref(after);
}

/* A row as the commands left it. */
static void
compare_row_cb(const struct store_kv *kv, void *comparison_)
{
    struct comparison *comparison = comparison_;
    struct whatif *whatif = comparison->whatif;
    const char *key = below_prefix(whatif, kv);
    char *before = shash_find_and_delete(&whatif->rows, key);

    if (!before || strcmp(before, kv->value.data)) {
        comparison->revision++;
        translation_put(whatif->translation, key, kv->value.data,
                        kv->value.size, comparison->revision,
                        comparison->revision);
        add_change(comparison->changes, key, before, kv->value.data);
    }
    free(before);
}

static void
compare_bundles(struct whatif *whatif, struct changes *changes)
{
    struct engine *engine = translation_engine(whatif->translation);
    struct engine_bytes value;
    const char *key;

    while (engine_next_change(engine, &key, &value)) {
        if (is_bundle(key)) {
            add_change(changes, key,
                       shash_find_data(&whatif->bundles, key), value.data);
        }
    }
}

int
whatif_translate(struct whatif *whatif, struct changes *changes,
                 struct err *err)
{
    struct comparison comparison = { whatif, changes, whatif->revision };
    char *prefix = xasprintf("%s/nb/", whatif->prefix);
    struct shash_node *node;
    int64_t revision = 0;
    int error = fetch_prefix(whatif->memory, prefix, false, &revision,
                             compare_row_cb, &comparison, err);

    free(prefix);
    if (error) {
        return error;
    }
    /* What is left was not met again. */
    SHASH_FOR_EACH (node, &whatif->rows) {
        translation_delete(whatif->translation, node->name);
        add_change(changes, node->name, node->data, NULL);
    }
    translation_run(whatif->translation);
    compare_bundles(whatif, changes);
    changes_finish(changes);
    return 0;
}

static void
put_output(const char *key, const struct engine_bytes *value, void *whatif_)
{
    struct whatif *whatif = whatif_;
    char *full = xasprintf("%s/%s", whatif->prefix, key);

    store_memory_put_now(whatif->memory, full, value->data);
    free(full);
}

void
whatif_put_southbound(struct whatif *whatif)
{
    engine_for_each_output(translation_engine(whatif->translation),
                           put_output, whatif);
}
