/* Conntrack zones: see ct_zones.h. */
#include <config.h>

#include "node-agent/ct_zones.h"

#include <stdio.h>
#include <stdlib.h>

#include "bitmap.h"
#include "smap.h"
#include "util.h"

#define KEY_PREFIX "ct-zone-"

void
ct_zones_init(struct ct_zones *zones)
{
    zones->loaded = false;
    simap_init(&zones->zones);
    simap_init(&zones->to_flush);
    sset_init(&zones->to_write);
    zones->used = bitmap_allocate(CT_ZONE_MAX + 1);
    zones->requested = bitmap_allocate(CT_ZONE_MAX + 1);
    bitmap_set1(zones->used, 0);
    zones->next = 1;
}

void
ct_zones_destroy(struct ct_zones *zones)
{
    simap_destroy(&zones->zones);
    simap_destroy(&zones->to_flush);
    sset_destroy(&zones->to_write);
    bitmap_free(zones->used);
    bitmap_free(zones->requested);
}

void
ct_zones_load(struct ct_zones *zones, const struct smap *external_ids)
{
    const struct smap_node *node;

    if (zones->loaded) {
        return;
    }
    zones->loaded = true;
    SMAP_FOR_EACH (node, external_ids) {
        const char *name = node->key + strlen(KEY_PREFIX);
        unsigned int zone;

        if (strncmp(node->key, KEY_PREFIX, strlen(KEY_PREFIX))
            || !str_to_uint(node->value, 10, &zone)
            || !zone || zone > CT_ZONE_MAX
            || simap_contains(&zones->zones, name)
            || bitmap_is_set(zones->used, zone)) {
            continue;
        }
        bitmap_set1(zones->used, zone);
        simap_put(&zones->zones, name, zone);
    }
}

uint16_t
ct_zones_find(const struct ct_zones *zones, const char *name)
{
    return simap_get(&zones->zones, name);
}

uint16_t
ct_zones_get(struct ct_zones *zones, const char *name)
{
    unsigned int zone = simap_get(&zones->zones, name);

    if (zone) {
        return zone;
    }
    zone = bitmap_scan(zones->used, 0, zones->next, CT_ZONE_MAX + 1);
    if (zone > CT_ZONE_MAX) {
        zone = bitmap_scan(zones->used, 0, 1, zones->next);
        if (zone >= zones->next) {
            return 0;
        }
    }
    zones->next = zone == CT_ZONE_MAX ? 1 : zone + 1;
    bitmap_set1(zones->used, zone);
    simap_put(&zones->zones, name, zone);
    simap_put(&zones->to_flush, name, zone);
    sset_add(&zones->to_write, name);
    return zone;
}

bool
ct_zones_request(struct ct_zones *zones, const char *name, uint16_t zone)
{
    bool has_it = simap_get(&zones->zones, name) == zone;
    const struct simap_node *node;

    if (bitmap_is_set(zones->requested, zone) || has_it) {
        bitmap_set1(zones->requested, zone);
        return false;
    }
    ct_zones_release(zones, name);
    SIMAP_FOR_EACH (node, &zones->zones) {
        if (node->data == zone) {
            char *other = xstrdup(node->name);

            ct_zones_release(zones, other);
            free(other);
            break;
        }
    }
    bitmap_set1(zones->used, zone);
    bitmap_set1(zones->requested, zone);
    simap_put(&zones->zones, name, zone);
    sset_add(&zones->to_write, name);
    return true;
}

void
ct_zones_release(struct ct_zones *zones, const char *name)
{
    unsigned int zone = simap_get(&zones->zones, name);

    if (zone) {
        if (!bitmap_is_set(zones->requested, zone)) {
            bitmap_set0(zones->used, zone);
        }
        simap_find_and_delete(&zones->zones, name);
        simap_find_and_delete(&zones->to_flush, name);
        sset_add(&zones->to_write, name);
    }
}

bool
ct_zones_is_dirty(const struct ct_zones *zones)
{
    return !sset_is_empty(&zones->to_write);
}

void
ct_zones_store(struct ct_zones *zones, const struct smap *external_ids,
               void (*set)(const char *key, const char *value, void *aux),
               void *aux)
{
    const char *name;

    SSET_FOR_EACH (name, &zones->to_write) {
        char *key = xasprintf(KEY_PREFIX"%s", name);
        unsigned int zone = ct_zones_find(zones, name);

        if (!zone) {
            if (smap_get(external_ids, key)) {
                set(key, NULL, aux);
            }
        } else if (smap_get_uint(external_ids, key, 0) != zone) {
            char *value = xasprintf("%u", zone);

            set(key, value, aux);
            free(value);
        }
        free(key);
    }
    sset_clear(&zones->to_write);
}
