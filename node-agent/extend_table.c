/* Groups and meters by text and by number: see extend_table.h. */
#include <config.h>

#include "node-agent/extend_table.h"

#include <stdlib.h>

#include "hash.h"
#include "util.h"

void
extend_table_init(struct extend_table *table, uint32_t max_id)
{
    hmap_init(&table->by_text);
    hmap_init(&table->by_id);
    table->max_id = max_id;
    table->dirty = false;
}

void
extend_table_remove(struct extend_table *table, struct extend_entry *entry)
{
    if (entry->text) {
        hmap_remove(&table->by_text, &entry->text_node);
    }
    hmap_remove(&table->by_id, &entry->id_node);
    free(entry->text);
    free(entry->spec);
    free(entry);
}

void
extend_table_destroy(struct extend_table *table)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH_SAFE (entry, id_node, &table->by_id) {
        extend_table_remove(table, entry);
    }
    hmap_destroy(&table->by_text);
    hmap_destroy(&table->by_id);
}

static struct extend_entry *
find_id(const struct extend_table *table, uint32_t id)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, id_node, hash_int(id, 0),
                             &table->by_id) {
        if (entry->id == id) {
            return entry;
        }
    }
    return NULL;
}

struct extend_entry *
extend_table_find(const struct extend_table *table, const char *text)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH_WITH_HASH (entry, text_node, hash_string(text, 0),
                             &table->by_text) {
        if (!strcmp(entry->text, text)) {
            return entry;
        }
    }
    return NULL;
}

/* The number for 'text': its hash, or the next that is free. */
static bool
choose_id(const struct extend_table *table, const char *text, uint32_t *idp)
{
    uint32_t id = hash_string(text, 1) % table->max_id + 1;

    for (uint32_t i = 0; i <= hmap_count(&table->by_id); i++) {
        const struct extend_entry *entry = find_id(table, id);

        if (!entry || !entry->text) {
            *idp = id;
            return true;
        }
        id = id % table->max_id + 1;
    }
    return false;
}

static struct extend_entry *
add_entry(struct extend_table *table, uint32_t id)
{
    struct extend_entry *entry = xzalloc(sizeof *entry);

    entry->id = id;
    hmap_insert(&table->by_id, &entry->id_node, hash_int(id, 0));
    return entry;
}

struct extend_entry *
extend_table_get(struct extend_table *table, const char *text)
{
    struct extend_entry *entry = extend_table_find(table, text);
    uint32_t id;

    if (!entry) {
        if (hmap_count(&table->by_id) >= table->max_id
            || !choose_id(table, text, &id)) {
            return NULL;
        }
        entry = find_id(table, id);
        if (!entry) {
            entry = add_entry(table, id);
        }
        entry->text = xstrdup(text);
        hmap_insert(&table->by_text, &entry->text_node,
                    hash_string(text, 0));
    }
    extend_entry_ref(entry);
    return entry;
}

void
extend_entry_ref(struct extend_entry *entry)
{
    entry->n_refs++;
}

void
extend_entry_unref(struct extend_table *table, struct extend_entry *entry)
{
    if (entry && !--entry->n_refs) {
        table->dirty = true;
    }
}

void
extend_entry_set_spec(struct extend_table *table, struct extend_entry *entry,
                      const char *spec)
{
    if (!nullable_string_is_equal(entry->spec, spec)) {
        free(entry->spec);
        entry->spec = nullable_xstrdup(spec);
        entry->changed = true;
        table->dirty = true;
    }
}

void
extend_table_forget(struct extend_table *table)
{
    struct extend_entry *entry;

    HMAP_FOR_EACH_SAFE (entry, id_node, &table->by_id) {
        entry->installed = false;
        if (!entry->n_refs) {
            extend_table_remove(table, entry);
        }
    }
    table->dirty = true;
}

void
extend_table_found(struct extend_table *table, uint32_t id)
{
    struct extend_entry *entry = find_id(table, id);

    if (!entry) {
        entry = add_entry(table, id);
    }
    entry->installed = true;
    entry->changed = true;
    table->dirty = true;
}
