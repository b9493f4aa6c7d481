/* What was written since the last sb/sync: see written_since.h. */
#include <config.h>

#include "translator/written_since.h"

#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "translator/batch.h"
#include "translator/written.h"
#include "util.h"

/* A batch no larger than this is one transaction. */
enum { SMALL_BYTES = 64 * 1024 };

struct written_since {
    int64_t previous;           /* What sb/sync says; 0: another leader's. */
    int64_t revision;           /* All earlier batches were written by then;
                                 * 0: there was none. */
    bool is_unknown;            /* Too much, or not known exactly. */
    bool is_small;              /* The batch is one transaction. */
    struct shash rows;          /* Key of a row below sb/, or chassis (still */
    struct shash nodes;         /* encoded) -> int64_t *; 0: this batch. */
};

struct written_since *
written_since_create(void)
{
    struct written_since *since = xzalloc(sizeof *since);

    shash_init(&since->rows);
    shash_init(&since->nodes);
    return since;
}

void
written_since_destroy(struct written_since *since)
{
    if (since) {
        shash_destroy_free_data(&since->rows);
        shash_destroy_free_data(&since->nodes);
        free(since);
    }
}

/* ---- In ---------------------------------------------------------------- */

static void
note(struct written_since *since, struct shash *names, char *name)
{
    int64_t *revision = shash_find_data(names, name);

    if (revision) {
        *revision = 0;
        free(name);
    } else if (shash_count(names) < WRITTEN_SINCE_MAX) {
        shash_add_nocopy(names, name, xzalloc(sizeof *revision));
    } else {
        since->is_unknown = true;
        free(name);
    }
}

static void
note_op(struct written_since *since, const struct batch_op *op)
{
    static const char node[] = "sb/node/";

    if (!strncmp(op->key, node, strlen(node))) {
        const char *name = op->key + strlen(node);

        note(since, &since->nodes, xmemdup0(name, strcspn(name, "/")));
    } else if (written_is_root(op->key)) {
        const char *name = op->key + strlen("sb/");

        if (op->value) {
            note(since, &since->rows, xstrdup(name));
        } else {
            /* That it is gone is heard with the needs. */
            free(shash_find_and_delete(&since->rows, name));
        }
    }
}

void
written_since_batch(struct written_since *since, const struct batch *batch,
                    size_t max_ops)
{
    /* The tokens are still to come. */
    since->is_small = (batch->n_ops + 2 <= max_ops
                       && batch->bytes <= SMALL_BYTES);
    for (size_t i = 0; i < batch->n_ops && !since->is_unknown; i++) {
        note_op(since, &batch->ops[i]);
    }
}

void
written_since_done(struct written_since *since,
                   const struct written *written, int64_t revision)
{
    struct shash_node *node;

    SHASH_FOR_EACH (node, &since->rows) {
        int64_t *row_revision = node->data;

        if (!*row_revision) {
            char *key = xasprintf("sb/%s", node->name);

            *row_revision = written_revision(written, key);
            free(key);
        }
    }
    SHASH_FOR_EACH (node, &since->nodes) {
        int64_t *node_revision = node->data;

        if (!*node_revision) {
            *node_revision = revision;
            since->is_unknown |= !since->is_small;
        }
    }
    since->revision = revision;
}

/* ---- Out --------------------------------------------------------------- */

/* Whether a node's keys may be in several transactions of this batch. */
static bool
is_uncertain(const struct written_since *since)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &since->nodes) {
        if (!*(const int64_t *) node->data && !since->is_small) {
            return true;
        }
    }
    return false;
}

static void
format_names(const struct written_since *since, const char *member,
             const struct shash *names, struct ds *text)
{
    const struct shash_node **nodes = shash_sort(names);

    if (!shash_is_empty(names)) {
        ds_put_format(text, ",\"%s\":{", member);
    }
    for (size_t i = 0; i < shash_count(names); i++) {
        const int64_t *revision = nodes[i]->data;

        /* As in keys: percent-encoded, so JSON needs no escapes. */
        ds_put_format(text, "%s\"%s\":%"PRId64, i ? "," : "",
                      nodes[i]->name,
                      *revision ? *revision : since->revision + 1);
    }
    if (!shash_is_empty(names)) {
        ds_put_char(text, '}');
    }
    free(nodes);
}

void
written_since_publish(struct written_since *since, int64_t revision,
                      struct ds *text)
{
    if (since->previous && since->revision && !since->is_unknown
        && !is_uncertain(since)) {
        ds_put_format(text, ",\"previous\":%"PRId64, since->previous);
        format_names(since, "rows", &since->rows, text);
        format_names(since, "nodes", &since->nodes, text);
    }
    shash_clear_free_data(&since->rows);
    shash_clear_free_data(&since->nodes);
    since->is_unknown = false;
    since->previous = revision;
}
