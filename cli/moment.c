/* Moments of the store's past: see moment.h.
 *
 * sb/clock read at a revision says when it was written last before that, and
 * at which revision that was: a search by halves among all revisions finds
 * the last one that is not later than the time asked for. */
#define _GNU_SOURCE 1
#include <config.h>

#include "cli/moment.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "cli/fetch.h"
#include "store/store.h"
#include "util.h"

/* ---- Text --------------------------------------------------------------- */

/* "now-10m": '*ms' is what lies between. */
static bool
parse_ago(const char *text, int64_t *ms)
{
    static const struct { char unit; int64_t ms; } units[] = {
        { 's', 1000 }, { 'm', 60 * 1000 }, { 'h', 3600 * 1000 },
        { 'd', 86400 * 1000 },
    };
    long long int n;
    char unit, rest;

    if (ovs_scan(text, "now-%lld%c%c", &n, &unit, &rest)
        || !ovs_scan(text, "now-%lld%c", &n, &unit)
        || n < 0 || n > INT32_MAX) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (units[i].unit == unit) {
            *ms = n * units[i].ms;
            return true;
        }
    }
    return false;
}

static bool
parse_time(const char *text, int64_t *ms)
{
    static const char *const formats[] = {
        "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
    };

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct tm tm = { .tm_isdst = -1 };
        const char *rest = strptime(text, formats[i], &tm);

        if (rest && (!*rest || !strcmp(rest, "Z"))) {
            *ms = (*rest ? timegm(&tm) : mktime(&tm)) * INT64_C(1000);
            return *ms > 0;
        }
    }
    return false;
}

char *
moment_parse(const char *text, int64_t now_ms, int64_t *moment)
{
    long long int revision;
    int64_t ms;

    if (!strcmp(text, "now")) {
        *moment = 0;
    } else if (str_to_llong(text, 10, &revision) && revision > 0) {
        *moment = revision;
    } else if (parse_ago(text, &ms) && ms < now_ms) {
        *moment = -(now_ms - ms);
    } else if (parse_time(text, &ms)) {
        *moment = -ms;
    } else {
        return xasprintf("%s: neither a revision of etcd nor a time ("
                         MOMENT_SYNTAX ")", text);
    }
    return NULL;
}

/* ---- The clock's history ------------------------------------------------ */

/* What sb/clock said. */
struct tick {
    int64_t revision;           /* Written at; 0: was not there. */
    int64_t time_ms;
};

static void
tick_cb(const struct store_kv *kv, void *tick_)
{
    struct tick *tick = tick_;
    json_t *json = json_loadb(kv->value.data, kv->value.size, 0, NULL);

    tick->revision = kv->mod_revision;
    tick->time_ms = json_integer_value(json_object_get(json, "time_ms"));
    json_decref(json);
}

/* sb/clock as it was at 'revision'.  Where that is compacted away,
 * '*compacted' is set. */
static int
read_tick(struct store *store, char *key, int64_t revision,
          struct tick *tick, bool *compacted, struct err *err)
{
    struct err failure = ERR_INIT;

    *tick = (struct tick) { 0, 0 };
    int error = fetch_keys(store, &key, 1, &revision, true, tick_cb, tick,
                           &failure);
    *compacted = error == -WEFT_E_COMPACTED;
    if (error && !*compacted) {
        err_put(err, error, failure.field, "%s", failure.message
                ? failure.message : err_text(error));
    }
    err_clear(&failure);
    return *compacted ? 0 : error;
}

/* The last tick up to 'time_ms' among revisions below that of 'last', which
 * is later. */
static int
search(struct store *store, char *key, int64_t time_ms, struct tick last,
       int64_t *revision, struct err *err)
{
    int64_t low = 1, high = last.revision - 1, found = 0;

    while (low <= high) {
        int64_t middle = low + (high - low) / 2;
        struct tick tick;
        bool compacted;
        int error = read_tick(store, key, middle, &tick, &compacted, err);

        if (error) {
            return error;
        } else if (compacted || !tick.revision) {
            low = middle + 1;
        } else if (tick.time_ms <= time_ms) {
            found = tick.revision;
            low = middle + 1;
        } else {
            high = tick.revision - 1;
        }
    }
    if (!found) {
        return err_put(err, -WEFT_E_COMPACTED, NULL, "etcd's history does "
                       "not go back to the time asked for");
    }
    *revision = found;
    return 0;
}

int
moment_resolve(struct store *store, const char *prefix, int64_t *moment,
               struct err *err)
{
    if (*moment >= 0) {
        return 0;
    }
    char *key = xasprintf("%s/sb/clock", prefix);
    int64_t time_ms = -*moment;
    struct tick last;
    bool compacted;
    int error = read_tick(store, key, 0, &last, &compacted, err);

    if (error) {
        /* Said already. */
    } else if (time_ms > time(NULL) * INT64_C(1000) + 999) {
        error = err_put(err, -WEFT_E_INVALID, NULL,
                        "the time asked for is still to come");
    } else if (!last.revision) {
        error = err_put(err, -WEFT_E_NOT_FOUND, NULL, "no translator has "
                        "written the time yet (%s)", key);
    } else if (last.time_ms <= time_ms) {
        *moment = last.revision;
    } else {
        error = search(store, key, time_ms, last, moment, err);
    }
    free(key);
    return error;
}
