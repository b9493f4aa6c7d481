/* weftctl diff: the northbound rows and logical flows that two revisions do
 * not have in common.
 *
 * Only names of keys are read at both revisions, with the revision that each
 * was last written at; values only of those where that differs, one by one if
 * they are few, otherwise among those of the whole area. */
#include <config.h>

#include "cli/diff_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "cli/changes.h"
#include "cli/program.h"
#include "openvswitch/shash.h"
#include "store/store.h"
#include "svec.h"
#include "util.h"

/* A key at either revision. */
struct entry {
    int64_t mod[2];             /* Last written; 0: not there. */
    json_t *value[2];
};

enum { FEW = 8 };               /* Keys read one by one in any case. */

struct diff {
    struct program program;
    int64_t revision[2];
    int side;                   /* Being read. */
    struct shash entries;       /* "struct entry"s by key below the prefix. */
};

static void
name_cb(const struct store_kv *kv, void *diff_)
{
    struct diff *diff = diff_;
    const char *key = program_below_prefix(&diff->program, kv->key.data);
    struct entry *entry;

    if (!key || !changes_is_of_concern(key)) {
        return;
    }
    entry = shash_find_data(&diff->entries, key);
    if (!entry) {
        entry = xzalloc(sizeof *entry);
        shash_add(&diff->entries, key, entry);
    }
    entry->mod[diff->side] = kv->mod_revision;
}

static const char *const areas[] = { "nb/", "sb/common/", "sb/dp/" };

static void
read_names(struct diff *diff)
{
    struct program *program = &diff->program;

    for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
        char *prefix = xasprintf("%s/%s", program->prefix, areas[i]);
        struct err err = ERR_INIT;

        program_check(fetch_prefix(program->store, prefix, true,
                                   &diff->revision[diff->side], name_cb,
                                   diff, &err), &err);
        free(prefix);
    }
}

static void
value_cb(const struct store_kv *kv, void *diff_)
{
    struct diff *diff = diff_;
    const char *key = program_below_prefix(&diff->program, kv->key.data);
    struct entry *entry = key ? shash_find_data(&diff->entries, key) : NULL;

    if (entry && entry->mod[0] != entry->mod[1]) {
        entry->value[diff->side] = changes_parse(key, kv->value.data,
                                                 kv->value.size);
    }
}

/* The values of what differs in 'area', on one side. */
static void
read_area(struct diff *diff, const char *area)
{
    struct program *program = &diff->program;
    int64_t *revision = &diff->revision[diff->side];
    char *prefix = xasprintf("%s/%s", program->prefix, area);
    struct svec keys = SVEC_EMPTY_INITIALIZER;
    struct err err = ERR_INIT;
    struct shash_node *node;
    size_t n = 0;

    SHASH_FOR_EACH (node, &diff->entries) {
        const struct entry *entry = node->data;

        if (entry->mod[diff->side]
            && !strncmp(node->name, area, strlen(area))) {
            n++;
            if (entry->mod[0] != entry->mod[1]) {
                svec_add_nocopy(&keys, xasprintf("%s/%s", program->prefix,
                                                 node->name));
            }
        }
    }
    /* A key by itself costs as much as some tens among many. */
    program_check(keys.n > FEW && keys.n > n / 20
                  ? fetch_prefix(program->store, prefix, false, revision,
                                 value_cb, diff, &err)
                  : fetch_keys(program->store, keys.names, keys.n, revision,
                               true, value_cb, diff, &err), &err);
    svec_destroy(&keys);
    free(prefix);
}

/* The values of what differs, on one side. */
static void
read_values(struct diff *diff)
{
    for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
        read_area(diff, areas[i]);
    }
}

static void
compare(struct diff *diff, struct changes *changes)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &diff->entries) {
        struct entry *entry = node->data;

        if (entry->mod[0] != entry->mod[1]) {
            changes_add(changes, node->name, entry->value[0],
                        entry->value[1]);
        }
        json_decref(entry->value[0]);
        json_decref(entry->value[1]);
    }
    changes_finish(changes);
}

static void
print(const struct diff *diff, const struct changes *changes)
{
    if (program_wants_json(&diff->program)) {
        json_t *json = changes_to_json(changes);

        json_object_set_new(json, "from", json_integer(diff->revision[0]));
        json_object_set_new(json, "to", json_integer(diff->revision[1]));
        json_dumpf(json, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
        putchar('\n');
        json_decref(json);
    } else {
        struct ds output = DS_EMPTY_INITIALIZER;

        ds_put_format(&output, "From revision %lld to %lld\n",
                      (long long int) diff->revision[0],
                      (long long int) diff->revision[1]);
        changes_print(changes, program_colours(), &output);
        fputs(ds_cstr(&output), stdout);
        ds_destroy(&output);
    }
}

int
diff_command_main(int argc, char *argv[])
{
    static const struct setting options[] = { PROGRAM_FORMAT };
    static const struct program_spec spec = {
        .name = "diff",
        .summary = "what changed between two revisions, in the northbound "
                   "and in logical flows",
        .arguments = "R1 [R2]",
        .options = options, .n_options = ARRAY_SIZE(options),
        .min_args = 1, .max_args = 2,
    };
    struct changes changes;
    struct diff diff;

    shash_init(&diff.entries);
    program_init(&diff.program, &spec, argc, argv);
    program_wants_json(&diff.program);
    program_open_store(&diff.program);
    diff.revision[0] = program_revision(&diff.program, 0);
    diff.revision[1] = program_revision(&diff.program, 1);
    for (diff.side = 0; diff.side < 2; diff.side++) {
        read_names(&diff);
    }
    for (diff.side = 0; diff.side < 2; diff.side++) {
        read_values(&diff);
    }
    changes_init(&changes);
    compare(&diff, &changes);
    print(&diff, &changes);
    changes_destroy(&changes);
    shash_destroy_free_data(&diff.entries);
    program_destroy(&diff.program);
    return EXIT_SUCCESS;
}
