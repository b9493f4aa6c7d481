/* Watch streams of etcd.
 *
 * Over gRPC, and over TLS where the gateway speaks HTTP/2, a stream is
 * full-duplex: one carries all watches of a channel, which are created and
 * cancelled on it as they come and go.  Over plain HTTP/1.1 the gateway says
 * nothing before the body of the request has ended, so that each watch has a
 * stream of its own.
 *
 * A stream tells that a watch was created, refused or cancelled; one that
 * does not do so in time, or breaks, is given up with all its watches: going
 * on is the business of watch.c. */
#include <config.h>

#include <string.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "store/etcd.h"
#include "util.h"

/* A stream is looked after at every tick; one of two ticks may pass before a
 * watch is created, a shared stream that was quiet for ASK_TICKS is asked to
 * say something, and given up after DEAD_TICKS. */
enum { TICK_MS = 4000, ASK_TICKS = 2, DEAD_TICKS = 3, GRACE_MS = 1000 };

struct etcd_channel {
    struct channel up;
    struct store_etcd *etcd;
    struct ovs_list node;           /* In store_etcd's 'channels'. */
    struct ovs_list streams;
    struct stream *shared;          /* One of them, or NULL. */
    struct ovs_list waiting;        /* Watches without a stream yet. */
    struct auth_waiter waiter;
};

struct stream {
    struct ovs_list node;           /* In channel's 'streams'. */
    struct etcd_channel *channel;
    struct http_request *http;
    size_t endpoint;
    unsigned int n_tokens;          /* Of the token that it began with. */
    const struct codec *codec;
    bool is_duplex;
    struct ovs_list watches;        /* In the order of their ids. */
    struct hmap by_id;              /* The same: an agent has thousands. */
    int64_t last_id;
    struct alarm *alarm;
    unsigned int n_quiet;           /* Ticks since it was last heard. */
    bool ever_heard;
    bool late;                      /* It was overdue at the last alarm. */
    bool busy, gone;                /* In, and during, on_done(). */
};

struct channel_watch {
    struct hmap_node id_node;       /* In its stream's 'by_id'. */
    struct ovs_list node;           /* In its stream's 'watches', or in its
                                     * channel's 'waiting'. */
    struct etcd_channel *channel;
    struct stream *stream;          /* NULL: waiting. */
    struct store_range range;
    int64_t start_revision;
    int64_t id;
    bool created;
    uint64_t opened_ms;
    const struct channel_watch_ops *ops;
    void *aux;
};

static void
free_watch(struct channel_watch *watch)
{
    ovs_list_remove(&watch->node);
    if (watch->stream) {
        hmap_remove(&watch->stream->by_id, &watch->id_node);
    }
    store_range_free(&watch->range);
    free(watch);
}

static void
break_watch(struct channel_watch *watch, int error, const struct err *err)
{
    const struct channel_watch_ops *ops = watch->ops;
    void *aux = watch->aux;

    free_watch(watch);
    ops->broken(error, err, aux);
}

/* ---- Streams ---------------------------------------------------------- */

static void
free_stream(struct stream *stream)
{
    if (stream->channel->shared == stream) {
        stream->channel->shared = NULL;
    }
    if (stream->http) {
        http_cancel(stream->http);
    }
    alarm_destroy(stream->alarm);
    hmap_destroy(&stream->by_id);
    ovs_list_remove(&stream->node);
    if (stream->busy) {
        stream->gone = true;
    } else {
        free(stream);
    }
}

/* Gives 'stream' up.  Each callback may destroy anything: what is left of
 * the watches goes from list to list. */
static void
fail_stream(struct stream *stream, int error, const struct err *err)
{
    struct ovs_list watches;
    struct channel_watch *watch;

    ovs_list_move(&watches, &stream->watches);
    ovs_list_init(&stream->watches);
    free_stream(stream);
    LIST_FOR_EACH (watch, node, &watches) {
        watch->stream = NULL;
    }
    while (!ovs_list_is_empty(&watches)) {
        break_watch(CONTAINER_OF(ovs_list_front(&watches),
                                 struct channel_watch, node), error, err);
    }
}

static void
fail_stream_text(struct stream *stream, int error, const char *text)
{
    struct store_etcd *etcd = stream->channel->etcd;
    struct err err = ERR_INIT;

    err_put(&err, error, NULL, "%s: %s",
            etcd->endpoints[stream->endpoint].url, text);
    fail_stream(stream, error, &err);
    err_clear(&err);
}

static struct channel_watch *
find_watch(const struct stream *stream, int64_t id)
{
    struct channel_watch *watch;

    if (id > 0) {
        HMAP_FOR_EACH_WITH_HASH (watch, id_node, hash_uint64(id),
                                 &stream->by_id) {
            if (watch->id == id) {
                return watch;
            }
        }
        return NULL;
    }
    LIST_FOR_EACH (watch, node, &stream->watches) {
        /* etcd answers in order: a refusal without a number is that of the
         * first one that waits. */
        if (id < 0 ? !watch->created : !stream->is_duplex) {
            return watch;
        }
    }
    return NULL;
}

static void
on_canceled(struct channel_watch *watch, const struct codec_watch *message)
{
    struct stream *stream = watch->stream;
    int error = message->compact_revision ? -WEFT_E_COMPACTED
                : strcasestr(message->cancel_reason, "permission")
                  || message->watch_id < 0 ? -WEFT_E_DENIED
                : -WEFT_E_UNAVAILABLE;
    struct err err = ERR_INIT;

    err_put(&err, error, NULL, "%s",
            message->cancel_reason[0] ? message->cancel_reason
            : err_text(error));
    if (stream->is_duplex) {
        break_watch(watch, error, &err);
    } else {
        fail_stream(stream, error, &err);
    }
    err_clear(&err);
}

/* What one line of the stream says.  'stream' may be gone afterwards. */
static void
on_message(struct stream *stream, const struct codec_watch *message)
{
    struct channel_watch *watch = find_watch(stream, message->watch_id);

    if (message->watch_id > stream->last_id || !watch) {
        return;
    } else if (message->canceled) {
        on_canceled(watch, message);
    } else if (message->created) {
        watch->created = true;
        watch->ops->created(watch->aux);
    } else if (message->n_events) {
        watch->ops->events(message->events, message->n_events, watch->aux);
    }
}

static void
on_line(const char *line, size_t size, void *stream_)
{
    struct stream *stream = stream_;
    struct store_etcd *etcd = stream->channel->etcd;
    struct arena arena = ARENA_INIT;
    struct codec_watch message;
    struct err err = ERR_INIT;

    if (stream->codec->get_watch(line, size, &arena, &message, &err)) {
        fail_stream(stream, err.code, &err);
    } else if (message.failed) {
        if (message.error.elsewhere) {
            etcd_failed(etcd, stream->endpoint);
        } else if (message.error.token_refused) {
            etcd_auth_refused(etcd, stream->n_tokens);
        }
        fail_stream_text(stream, message.error.elsewhere
                                 || message.error.token_refused
                                 ? -WEFT_E_UNAVAILABLE : message.error.error,
                         message.error.message);
    } else {
        stream->n_quiet = 0;
        stream->ever_heard = true;
        etcd_heard(etcd, stream->endpoint);
        store_note_header(&etcd->up, &message.header);
        on_message(stream, &message);
    }
    arena_clear(&arena);
    err_clear(&err);
}

/* The stream never began, or ended with an error. */
static void
on_refused(struct stream *stream, const struct http_result *result)
{
    struct store_etcd *etcd = stream->channel->etcd;
    struct codec_error error;

    etcd_is_granted(stream->codec, result, &error);
    if (error.token_refused) {
        etcd_auth_refused(etcd, stream->n_tokens);
    } else if (error.elsewhere) {
        etcd_failed(etcd, stream->endpoint);
    }
    fail_stream_text(stream, error.token_refused ? -WEFT_E_UNAVAILABLE
                             : error.error, error.message);
}

static void
on_done(const struct http_result *result, void *stream_)
{
    struct stream *stream = stream_;
    struct store_etcd *etcd = stream->channel->etcd;

    stream->http = NULL;
    if (stream->channel->shared == stream) {
        stream->channel->shared = NULL;
    }
    etcd->up.stats.n_failures++;
    if (result->too_large) {
        fail_stream_text(stream, -WEFT_E_TOO_LARGE, "too much at once");
        return;
    }
    if (result->grpc_status > 0) {
        on_refused(stream, result);
        return;
    } else if (!stream->codec->is_grpc && result->completed && result->size
               && result->status == 200) {
        /* An error that ends a stream has no newline. */
        stream->busy = true;
        on_line(result->body, result->size, stream);
        stream->busy = false;
        if (stream->gone) {
            free(stream);
            return;
        }
    } else if (result->status && result->status != 200) {
        on_refused(stream, result);
        return;
    }
    etcd_failed(etcd, stream->endpoint);
    fail_stream_text(stream, -WEFT_E_UNAVAILABLE,
                     result->completed ? "the stream ended"
                     : result->failure);
}

static bool
is_overdue(const struct stream *stream)
{
    unsigned int patience = etcd_patience(stream->channel->etcd);
    const struct channel_watch *watch;

    /* A long line may take longer than a tick. */
    if (etcd_now_ms() - http_received_ms(stream->http) < TICK_MS) {
        return false;
    }

    LIST_FOR_EACH (watch, node, &stream->watches) {
        if (!watch->created
            && etcd_now_ms() - watch->opened_ms >= TICK_MS * patience) {
            return true;
        }
    }
    return stream->is_duplex && stream->n_quiet >= DEAD_TICKS * patience;
}

static void
on_alarm(void *stream_)
{
    struct stream *stream = stream_;
    struct store_etcd *etcd = stream->channel->etcd;
    struct ds request = DS_EMPTY_INITIALIZER;

    stream->n_quiet += !stream->late;
    if (etcd_now_ms() - http_received_ms(stream->http) < TICK_MS) {
        stream->n_quiet = 0;
    }
    if (!is_overdue(stream)) {
        if (stream->is_duplex && stream->n_quiet == ASK_TICKS) {
            stream->codec->put_watch_progress(&request);
            http_send(stream->http, &request);
        }
        stream->late = false;
        alarm_start(stream->alarm, TICK_MS);
    } else if (!stream->late) {
        /* Perhaps this process was held up: look once more. */
        stream->late = true;
        alarm_start(stream->alarm, GRACE_MS);
    } else {
        if (stream->is_duplex && !stream->codec->is_grpc
            && !stream->ever_heard) {
            etcd->endpoints[stream->endpoint].half_duplex = true;
        } else {
            etcd_gave_up(etcd);
        }
        etcd_failed(etcd, stream->endpoint);
        fail_stream_text(stream, -WEFT_E_UNAVAILABLE, "no answer");
    }
    ds_destroy(&request);
}

static struct stream *
create_stream(struct etcd_channel *channel, const struct codec *codec,
              struct ds *body)
{
    struct store_etcd *etcd = channel->etcd;
    struct endpoint *endpoint = &etcd->endpoints[etcd->current];
    struct stream *stream = xzalloc(sizeof *stream);
    char *url = xasprintf("%s%s", endpoint->url, codec->watch_path);

    ovs_list_push_back(&channel->streams, &stream->node);
    ovs_list_init(&stream->watches);
    hmap_init(&stream->by_id);
    stream->channel = channel;
    stream->endpoint = etcd->current;
    stream->n_tokens = etcd->n_tokens;
    stream->codec = codec;
    stream->is_duplex = (codec->is_grpc
                         || (endpoint->is_https && !endpoint->half_duplex));
    stream->alarm = alarm_create(etcd->up.loop, on_alarm, stream);
    etcd->up.stats.n_requests++;
    stream->http = http_post(etcd->stream_http, &(struct http_post) {
        .url = url,
        .token = etcd_token(etcd),
        .body = body,
        .grpc = codec->is_grpc,
        .duplex = stream->is_duplex,
        .repeatable = !stream->is_duplex,
        .connect_timeout_ms = etcd_connect_timeout_ms(etcd),
        .max_bytes = ETCD_MAX_ANSWER_BYTES,
        .line = on_line,
        .done = on_done,
        .aux = stream,
    });
    free(url);
    return stream;
}

/* ---- Watches ---------------------------------------------------------- */

/* Puts 'watch' on a stream. */
static void
begin(struct channel_watch *watch)
{
    struct etcd_channel *channel = watch->channel;
    struct stream *stream = channel->shared;
    struct ds request = DS_EMPTY_INITIALIZER;

    if (stream && stream->n_tokens != channel->etcd->n_tokens) {
        /* Its token may have run out: it goes on, but takes no more. */
        stream = NULL;
    }
    const struct codec *codec = (
        stream ? stream->codec
        : etcd_codec(channel->etcd, channel->etcd->current));

    watch->id = stream ? ++stream->last_id : 1;
    codec->put_watch_create(&request, &watch->range, watch->start_revision,
                            watch->id);
    if (stream) {
        http_send(stream->http, &request);
    } else {
        stream = create_stream(channel, codec, &request);
        stream->last_id = 1;
        channel->shared = stream->is_duplex ? stream : NULL;
    }
    watch->stream = stream;
    ovs_list_remove(&watch->node);
    ovs_list_push_back(&stream->watches, &watch->node);
    hmap_insert(&stream->by_id, &watch->id_node, hash_uint64(watch->id));
    watch->opened_ms = etcd_now_ms();
    if (!alarm_is_set(stream->alarm)) {
        alarm_start(stream->alarm, TICK_MS);
    }
    etcd_start_probing(channel->etcd);
    ds_destroy(&request);
}

/* Begins what waits, unless there is no token yet. */
static void
begin_waiting(struct etcd_channel *channel)
{
    while (!ovs_list_is_empty(&channel->waiting)
           && etcd_auth_is_ready(channel->etcd, &channel->waiter)) {
        begin(CONTAINER_OF(ovs_list_front(&channel->waiting),
                           struct channel_watch, node));
    }
}

static void
on_token(int error, const struct err *err, void *channel_)
{
    struct etcd_channel *channel = channel_;
    struct ovs_list watches;

    if (!error) {
        begin_waiting(channel);
        return;
    }
    ovs_list_move(&watches, &channel->waiting);
    ovs_list_init(&channel->waiting);
    while (!ovs_list_is_empty(&watches)) {
        break_watch(CONTAINER_OF(ovs_list_front(&watches),
                                 struct channel_watch, node), error, err);
    }
}

struct channel_watch *
etcd_channel_open(struct channel *channel_, const struct store_range *range,
                  int64_t start_revision,
                  const struct channel_watch_ops *ops, void *aux)
{
    struct etcd_channel *channel = CONTAINER_OF(channel_, struct etcd_channel,
                                                up);
    struct channel_watch *watch = xzalloc(sizeof *watch);

    watch->channel = channel;
    watch->range = store_range_copy(range);
    watch->start_revision = start_revision;
    watch->ops = ops;
    watch->aux = aux;
    ovs_list_push_back(&channel->waiting, &watch->node);
    begin_waiting(channel);
    return watch;
}

void
etcd_channel_close(struct channel_watch *watch)
{
    struct stream *stream = watch->stream;
    struct ds request = DS_EMPTY_INITIALIZER;
    int64_t id = watch->id;

    free_watch(watch);
    if (!stream) {
        return;
    } else if (ovs_list_is_empty(&stream->watches)) {
        free_stream(stream);
    } else if (stream->http) {
        stream->codec->put_watch_cancel(&request, id);
        http_send(stream->http, &request);
        ds_destroy(&request);
    }
}

/* ---- Channels --------------------------------------------------------- */

struct channel *
etcd_channel_create(struct store *store)
{
    struct store_etcd *etcd = etcd_cast(store);
    struct etcd_channel *channel = xzalloc(sizeof *channel);

    channel->up.store = store;
    channel->etcd = etcd;
    ovs_list_push_back(&etcd->channels, &channel->node);
    ovs_list_init(&channel->streams);
    ovs_list_init(&channel->waiting);
    ovs_list_init(&channel->waiter.node);
    channel->waiter.cb = on_token;
    channel->waiter.aux = channel;
    return &channel->up;
}

void
etcd_channel_destroy(struct channel *channel_)
{
    struct etcd_channel *channel = CONTAINER_OF(channel_, struct etcd_channel,
                                                up);

    ovs_list_remove(&channel->waiter.node);
    ovs_list_remove(&channel->node);
    while (!ovs_list_is_empty(&channel->streams)) {
        free_stream(CONTAINER_OF(ovs_list_front(&channel->streams),
                                 struct stream, node));
    }
    free(channel);
}

static struct stream *
find_stream(const struct store_etcd *etcd, size_t endpoint)
{
    const struct etcd_channel *channel;
    struct stream *stream;

    LIST_FOR_EACH (channel, node, &etcd->channels) {
        LIST_FOR_EACH (stream, node, &channel->streams) {
            if (stream->endpoint == endpoint) {
                return stream;
            }
        }
    }
    return NULL;
}

bool
etcd_has_streams(const struct store_etcd *etcd, size_t endpoint,
                 uint64_t *received_ms)
{
    const struct etcd_channel *channel;
    const struct stream *stream;
    uint64_t last_ms = 0;
    bool found = false;

    LIST_FOR_EACH (channel, node, &etcd->channels) {
        LIST_FOR_EACH (stream, node, &channel->streams) {
            if (stream->endpoint == endpoint && stream->http) {
                last_ms = MAX(last_ms, http_received_ms(stream->http));
                found = true;
            }
        }
    }
    if (received_ms) {
        *received_ms = last_ms;
    }
    return found;
}

void
etcd_break_streams(struct store_etcd *etcd, size_t endpoint)
{
    struct stream *stream;

    /* Watches that break do not open again before the loop's next turn. */
    etcd->busy = true;
    while (!etcd->destroyed && (stream = find_stream(etcd, endpoint))) {
        fail_stream_text(stream, -WEFT_E_UNAVAILABLE, "does not answer");
    }
    etcd->busy = false;
    if (etcd->destroyed) {
        free(etcd);
    }
}
