/* Server-sent events: see event_stream.h.
 *
 * Each stream has a watch of its table.  What the watch lists first is sent
 * as puts; of a reader that comes back, only the difference from what there
 * was at its revision, which is read from etcd before. */
#include <config.h>

#include "api/event_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/call.h"
#include "api/entry.h"
#include "api/problem.h"
#include "lib/metrics.h"
#include "schemas/schema.h"
#include "store/keys.h"
#include "sset.h"
#include "util.h"

struct event_streams {
    struct api *api;
    struct store_watch_set *set;
    struct ovs_list list;       /* struct event_stream. */
    unsigned int n;
    uv_timer_t *heartbeat;
};

struct event_stream {
    struct ovs_list node;       /* In streams->list; */
    struct event_streams *streams;  /* 'request' is NULL until it started. */
    struct call *call;          /* Until it started. */
    struct httpd_request *request;
    const struct schema_table *table;
    struct filters filters;
    struct store_watch *watch;
    int64_t resume_revision;    /* 0: from scratch. */
    struct sset old;            /* Ids of rows that the reader had when it
                                 * left and that were not listed so far. */
    struct sset ids;            /* With filters: of rows that it has. */
};

static struct metric n_streams = METRIC_GAUGE(
    "weft_api_streams", "Event streams being read.");
static struct metric n_cut = METRIC_COUNTER(
    "weft_api_streams_cut_total",
    "Event streams ended because the reader was too slow.");

/* ---- Sending ---------------------------------------------------------- */

static void
end(struct event_stream *stream)
{
    if (stream->watch) {
        store_watch_drop(stream->watch);
    }
    if (stream->request) {
        ovs_list_remove(&stream->node);
        metric_set(&n_streams, --stream->streams->n);
        httpd_set_aux(stream->request, NULL, NULL);
        httpd_stream_end(stream->request);
    }
    filters_destroy(&stream->filters);
    sset_destroy(&stream->old);
    sset_destroy(&stream->ids);
    free(stream);
}

/* Sends 'text'.  Returns false if the stream was ended instead. */
static bool
send_text(struct event_stream *stream, const struct ds *text)
{
    if (text->length
        && !httpd_stream_write(stream->request, text->string, text->length,
                               stream->streams->api
                                   ->config.max_stream_bytes)) {
        metric_add(&n_cut, !httpd_is_gone(stream->request));
        end(stream);
        return false;
    }
    return true;
}

/* Appends an event; takes 'data'. */
static void
put_event(struct ds *text, const char *type, json_t *data)
{
    char *line = entry_dump(data);

    ds_put_format(text, "event: %s\ndata: %s\n\n", type, line);
    free(line);
    json_decref(data);
}

static void
put_delete(struct ds *text, const char *id)
{
    json_t *data = json_object();

    json_object_set_new(data, "id", problem_text(id));
    put_event(text, "delete", data);
}

/* Gives the last event in 'text' the id 'revision'. */
static void
set_last_id(struct ds *text, int64_t revision)
{
    if (text->length) {
        ds_truncate(text, text->length - 1);
        ds_put_format(text, "id: %"PRId64"\n\n", revision);
    }
}

/* ---- Events of the store ---------------------------------------------- */

/* A row was put, or listed.  'entry' is NULL if the filters do not hold. */
static void
on_put(struct event_stream *stream, const char *id, const struct entry *entry,
       int64_t revision, struct ds *text)
{
    if (!entry) {
        if (sset_find_and_delete(&stream->ids, id)) {
            put_delete(text, id);
        }
        return;
    }
    sset_find_and_delete(&stream->old, id);
    if (stream->filters.n) {
        sset_add(&stream->ids, id);
    }
    if (store_watch_is_synced(stream->watch)
        || revision > stream->resume_revision) {
        put_event(text, "put", json_incref(entry->json));
    }
}

static void
on_event(struct event_stream *stream, const struct store_event *event,
         struct ds *text)
{
    const char *prefix = stream->streams->api->prefix;
    struct row_name name = ROW_NAME_INIT;
    struct entry entry = ENTRY_INIT;

    if (row_name_from_key(stream->table, prefix, event->kv.key, &name)) {
        return;
    }
    if (event->type == STORE_EVENT_PUT) {
        bool match = entry_from_kv(stream->table, prefix, &event->kv,
                                   &stream->filters, &entry);

        on_put(stream, name.id, match ? &entry : NULL, event->kv.mod_revision,
               text);
        entry_destroy(&entry);
    } else {
        bool had = sset_find_and_delete(&stream->old, name.id);

        had |= sset_find_and_delete(&stream->ids, name.id);
        if (had || !stream->filters.n) {
            put_delete(text, name.id);
        }
    }
    row_name_destroy(&name);
}

static void
on_events(struct store_watch *watch, const struct store_event *events,
          size_t n_events, int64_t revision, void *stream_)
{
    struct event_stream *stream = stream_;
    struct ds text = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n_events; i++) {
        on_event(stream, &events[i], &text);
    }
    if (store_watch_is_synced(watch)) {
        /* All of one revision is here: the reader may go on from it. */
        set_last_id(&text, revision);
    }
    send_text(stream, &text);
    ds_destroy(&text);
}

static void
on_synced(struct store_watch *watch OVS_UNUSED, int64_t revision,
          void *stream_)
{
    struct event_stream *stream = stream_;
    struct ds text = DS_EMPTY_INITIALIZER;
    json_t *data = json_object();
    const char *id;

    SSET_FOR_EACH (id, &stream->old) {
        put_delete(&text, id);
    }
    sset_clear(&stream->old);
    json_object_set_new(data, "revision", json_integer(revision));
    put_event(&text, "synced", data);
    set_last_id(&text, revision);
    send_text(stream, &text);
    ds_destroy(&text);
}

static const struct store_watch_ops watch_ops = {
    .events = on_events,
    .synced = on_synced,
};

/* ---- Beginning -------------------------------------------------------- */

static void
on_gone(struct httpd_request *request OVS_UNUSED, void *stream)
{
    end(stream);
}

/* The answer begins: the request is the stream's now. */
static void
begin(struct event_stream *stream, bool reset)
{
    struct event_streams *streams = stream->streams;
    struct call *call = stream->call;
    char *prefix = row_name_table_prefix(stream->table, streams->api->prefix);
    struct ds text = DS_EMPTY_INITIALIZER;

    stream->call = NULL;
    stream->request = call->request;
    call->free_data = NULL;
    call_release(call, 200);
    ovs_list_push_back(&streams->list, &stream->node);
    metric_set(&n_streams, ++streams->n);
    httpd_set_aux(stream->request, on_gone, stream);
    httpd_add_header(stream->request, "Cache-Control", "no-store");
    httpd_stream_start(stream->request, "text/event-stream");

    ds_put_cstr(&text, "retry: 1000\n\n");
    if (reset) {
        put_event(&text, "reset", json_object());
    }
    if (send_text(stream, &text)) {
        stream->watch = store_watch_add_prefix(
            streams->set, store_bytes_from_string(prefix), stream);
    }
    ds_destroy(&text);
    free(prefix);
}

/* What there was when the reader left. */
static void
on_old_rows(int error, const struct err *err,
            const struct store_range_result *result, void *stream_)
{
    struct event_stream *stream = stream_;

    stream->call->op = NULL;
    if (error && error != -WEFT_E_COMPACTED && error != -WEFT_E_INVALID) {
        call_answer_problem(stream->call, problem_from_store(error, err));
        return;
    } else if (error) {
        stream->resume_revision = 0;
        begin(stream, true);
        return;
    }
    for (size_t i = 0; i < result->n_kvs; i++) {
        struct entry entry = ENTRY_INIT;

        if (entry_from_kv(stream->table, stream->streams->api->prefix,
                          &result->kvs[i], &stream->filters, &entry)) {
            sset_add(&stream->old, entry.name.id);
            if (stream->filters.n) {
                sset_add(&stream->ids, entry.name.id);
            }
            entry_destroy(&entry);
        }
    }
    begin(stream, false);
}

static void
read_old_rows(struct event_stream *stream)
{
    struct api *api = stream->streams->api;
    char *prefix = row_name_table_prefix(stream->table, api->prefix);
    struct store_range_options options = {
        .revision = stream->resume_revision,
    };
    struct store_range range;
    char *end_key;

    range = store_prefix_range(store_bytes_from_string(prefix), &end_key);
    stream->call->op = store_get_range(api->store, &range, &options,
                                       on_old_rows, stream);
    free(end_key);
    free(prefix);
}

/* Frees a stream that did not start. */
static void
free_stream(void *stream)
{
    end(stream);
}

static bool
parse_last_id(struct call *call, int64_t *revision)
{
    const char *text = httpd_header(call->request, "Last-Event-ID");
    json_t *problem;
    char *tail;

    *revision = 0;
    if (!text) {
        return true;
    }
    errno = 0;
    *revision = strtoll(text, &tail, 10);
    if (tail != text && !*tail && !errno && *revision > 0) {
        return true;
    }
    problem = problem_create(400, "Last-Event-ID: must be the id of an event");
    problem_add_error(problem, "Last-Event-ID",
                      "must be the id of an event");
    call_answer_problem(call, problem);
    return false;
}

void
event_stream_start(struct call *call, struct filters *filters)
{
    struct event_streams *streams = call->api->streams;
    struct event_stream *stream;
    int64_t revision;

    if (!parse_last_id(call, &revision)) {
        filters_destroy(filters);
        return;
    }
    if (streams->n >= call->api->config.max_streams || call->api->draining) {
        filters_destroy(filters);
        call_answer_problem(call, problem_create(
            503, "no more event streams: there are %u", streams->n));
        return;
    }
    stream = xzalloc(sizeof *stream);
    stream->streams = streams;
    stream->call = call;
    stream->table = call->route.table;
    stream->filters = *filters;
    stream->resume_revision = revision;
    sset_init(&stream->old);
    sset_init(&stream->ids);
    call->free_data(call->data);
    call->data = stream;
    call->free_data = free_stream;
    if (revision) {
        read_old_rows(stream);
    } else {
        begin(stream, false);
    }
}

/* ---- All streams ------------------------------------------------------ */

static void
on_heartbeat(uv_timer_t *timer)
{
    struct event_streams *streams = timer->data;
    struct event_stream *stream;
    struct ds text = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&text, ":\n\n");
    LIST_FOR_EACH_SAFE (stream, node, &streams->list) {
        send_text(stream, &text);
    }
    ds_destroy(&text);
}

struct event_streams *
event_streams_create(struct api *api)
{
    struct event_streams *streams = xzalloc(sizeof *streams);
    uint64_t interval_ms = api->config.heartbeat_s * UINT64_C(1000);

    metric_register(&n_streams);
    metric_register(&n_cut);
    streams->api = api;
    streams->set = store_watch_set_create(api->store, &watch_ops);
    ovs_list_init(&streams->list);
    streams->heartbeat = xmalloc(sizeof *streams->heartbeat);
    uv_timer_init(store_loop(api->store), streams->heartbeat);
    streams->heartbeat->data = streams;
    uv_timer_start(streams->heartbeat, on_heartbeat, interval_ms,
                   interval_ms);
    uv_unref((uv_handle_t *) streams->heartbeat);
    return streams;
}

void
event_streams_end(struct event_streams *streams)
{
    struct event_stream *stream;

    LIST_FOR_EACH_SAFE (stream, node, &streams->list) {
        end(stream);
    }
}

static void
on_heartbeat_closed(uv_handle_t *handle)
{
    free(handle);
}

void
event_streams_destroy(struct event_streams *streams)
{
    if (streams) {
        event_streams_end(streams);
        store_watch_set_destroy(streams->set);
        uv_close((uv_handle_t *) streams->heartbeat, on_heartbeat_closed);
        free(streams);
    }
}
