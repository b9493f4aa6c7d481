/* Sync tokens in, progress out. */
#include <config.h>

#include "translator/progress.h"

#include <inttypes.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "openvswitch/util.h"
#include "schemas/sb.h"
#include "store/keys.h"
#include "translator/batch.h"
#include "translator/written_since.h"
#include "util.h"

/* More are just counted in. */
enum { MAX_BEHIND = 100 };

struct chassis_progress {
    bool is_alive;
    int64_t revision;           /* It has applied that sb/sync. */
};

struct progress {
    int64_t sb_token;           /* Newest of any level, */
    int64_t hv_token;           /* and of those that wait for agents. */
    int64_t sb_sync;            /* Published in sb/sync; 0: never. */
    struct shash chassis;       /* struct chassis_progress, by name. */
    char *status;               /* Published in status/sync, or NULL. */
    int64_t status_sb, status_hv;   /* What that says. */
};

struct progress *
progress_create(void)
{
    struct progress *p = xzalloc(sizeof *p);

    shash_init(&p->chassis);
    return p;
}

void
progress_destroy(struct progress *p)
{
    if (p) {
        shash_destroy_free_data(&p->chassis);
        free(p->status);
        free(p);
    }
}

/* ---- In ---------------------------------------------------------------- */

static int64_t
sync_revision(const char *value, size_t size)
{
    struct schema_row *row;
    int64_t revision = 0;

    if (value && !schema_row_parse(&sb_sync_table, "", value, size, &row,
                                   NULL)) {
        revision = sb_sync_cast(row)->revision;
        schema_row_destroy(row);
    }
    return revision;
}

static void
take_status(struct progress *p, const char *value, size_t size)
{
    struct schema_row *row;

    free(p->status);
    p->status = NULL;
    p->status_sb = p->status_hv = 0;
    if (value && !schema_row_parse(&sb_status_sync_table, "", value, size,
                                   &row, NULL)) {
        p->status = xmemdup0(value, size);
        p->status_sb = sb_status_sync_cast(row)->sb_revision;
        p->status_hv = sb_status_sync_cast(row)->hv_revision;
        schema_row_destroy(row);
    }
}

static struct chassis_progress *
chassis_get(struct progress *p, const char *name)
{
    struct chassis_progress *chassis = shash_find_data(&p->chassis, name);

    if (!chassis) {
        chassis = xzalloc(sizeof *chassis);
        shash_add(&p->chassis, name, chassis);
    }
    return chassis;
}

static void
take_chassis(struct progress *p, const char *path, const char *value,
             size_t size)
{
    const char *slash = strchr(path, '/');
    char *name = slash ? keys_decode(path, slash - path) : NULL;

    if (!name) {
        return;
    }
    if (!strcmp(slash, "/alive")) {
        chassis_get(p, name)->is_alive = value != NULL;
    } else if (!strcmp(slash, "/sync")) {
        chassis_get(p, name)->revision = sync_revision(value, size);
    }
    struct shash_node *node = shash_find(&p->chassis, name);

    if (node) {
        struct chassis_progress *chassis = node->data;

        if (!chassis->is_alive && !chassis->revision) {
            shash_delete(&p->chassis, node);
            free(chassis);
        }
    }
    free(name);
}

void
progress_take(struct progress *p, const char *key, const char *value,
              size_t size, int64_t mod_revision)
{
    if (!strncmp(key, "nb/sync/", 8)) {
        if (value) {
            p->sb_token = MAX(p->sb_token, mod_revision);
            if (!memmem(value, size, "\"sb\"", 4)) {
                p->hv_token = MAX(p->hv_token, mod_revision);
            }
        }
    } else if (!strncmp(key, "chassis/", 8)) {
        take_chassis(p, key + 8, value, size);
    } else if (!strcmp(key, "sb/sync")) {
        p->sb_sync = sync_revision(value, size);
    } else if (!strcmp(key, "status/sync")) {
        take_status(p, value, size);
    }
}

/* ---- Out --------------------------------------------------------------- */

/* What status/sync should say when sb/sync says 'sync' and the southbound is
 * at 'revision'. */
static struct sb_status_sync *
make_status(const struct progress *p, int64_t revision, int64_t sync)
{
    struct sb_status_sync *row = sb_status_sync_create("");
    struct shash_node *node;

    row->sb_revision = revision;
    row->hv_revision = sync;
    SHASH_FOR_EACH (node, &p->chassis) {
        const struct chassis_progress *chassis = node->data;

        if (chassis->is_alive && chassis->revision < sync) {
            row->hv_revision = MIN(row->hv_revision, chassis->revision);
            if (row->behind.n < MAX_BEHIND) {
                schema_strings_add(&row->behind, node->name);
            }
        }
    }
    schema_strings_sort(&row->behind);
    return row;
}

/* Whether a token asks for more than is published. */
static bool
has_new_token(const struct progress *p)
{
    return p->sb_token > p->status_sb || p->hv_token > p->sb_sync;
}

static char *
format_status(struct sb_status_sync *row)
{
    struct ds text = DS_EMPTY_INITIALIZER;

    schema_row_format(&row->row, &text);
    schema_row_destroy(&row->row);
    return ds_steal_cstr(&text);
}

enum progress_due
progress_due(struct progress *p, int64_t revision OVS_UNUSED)
{
    if (has_new_token(p)) {
        return PROGRESS_NOW;
    } else if (!p->status) {
        return PROGRESS_NOTHING;
    }
    struct sb_status_sync *row = make_status(p, p->status_sb, p->sb_sync);
    bool hv_changed = row->hv_revision != p->status_hv;
    char *status = format_status(row);
    bool changed = strcmp(status, p->status) != 0;

    free(status);
    return (hv_changed ? PROGRESS_NOW
            : changed ? PROGRESS_LATER : PROGRESS_NOTHING);
}

void
progress_publish(struct progress *p, int64_t revision,
                 struct written_since *since, struct batch *batch)
{
    bool has_token = has_new_token(p);
    int64_t sync = p->sb_sync;

    if (p->hv_token > p->sb_sync) {
        struct ds value = DS_EMPTY_INITIALIZER;

        sync = revision;
        ds_put_format(&value, "{\"revision\":%"PRId64, revision);
        written_since_publish(since, revision, &value);
        ds_put_char(&value, '}');
        batch_add(batch, "sb/sync", value.string, value.length, true);
    }
    char *status = format_status(make_status(
        p, has_token ? revision : p->status_sb, sync));

    batch_add(batch, "status/sync", status, strlen(status), true);
}
