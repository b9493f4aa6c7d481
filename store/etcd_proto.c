/* etcd's protocol buffers, decoded: see etcd_codec.h.
 *
 * What a message holds is a table of rows: number, kind, and where it goes.
 * Fields that no row names are skipped, those that are not there are zero.
 *
 * https://protobuf.dev/programming-guides/encoding/; the numbers are those of
 * rpc.proto and kv.proto. */
#include <config.h>

#include <string.h>

#include "store/etcd_codec.h"
#include "util.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* What is still to be read of a message. */
struct reader {
    const char *p, *end;
    bool bad;
};

/* One field as it came. */
struct wire {
    uint64_t number;
    unsigned int type;
    uint64_t varint;            /* WIRE_VARINT */
    struct store_bytes bytes;   /* WIRE_BYTES */
};

enum kind {
    KIND_INT64,                 /* int64_t, as uint64_t is too */
    KIND_BOOL,                  /* bool */
    KIND_BYTES,                 /* struct store_bytes: a copy, with a NUL */
    KIND_MESSAGE,               /* struct store_bytes: as it lies there */
};

struct field {
    unsigned int number;
    enum kind kind;
    size_t offset;
};

static int
fault(struct err *err)
{
    return err_put(err, -WEFT_E_PROTOCOL, NULL,
                   "etcd's answer: bad protocol buffer");
}

/* ---- The wire --------------------------------------------------------- */

static uint64_t
read_varint(struct reader *r)
{
    uint64_t value = 0;

    for (unsigned int shift = 0; r->p < r->end && shift < 64; shift += 7) {
        unsigned char byte = *r->p++;

        value |= (uint64_t) (byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            return value;
        }
    }
    r->bad = true;
    return 0;
}

static struct store_bytes
read_bytes(struct reader *r, uint64_t size)
{
    struct store_bytes bytes = { r->p, size };

    if (r->bad || size > (uint64_t) (r->end - r->p)) {
        r->bad = true;
        return (struct store_bytes) { "", 0 };
    }
    r->p += size;
    return bytes;
}

/* Reads the next field; false at the end, and if it is 'bad'. */
static bool
next_wire(struct reader *r, struct wire *wire)
{
    if (r->bad || r->p == r->end) {
        return false;
    }
    uint64_t tag = read_varint(r);

    *wire = (struct wire) { .number = tag >> 3, .type = tag & 7 };
    switch (wire->type) {
    case WIRE_VARINT:
        wire->varint = read_varint(r);
        break;
    case WIRE_BYTES:
        wire->bytes = read_bytes(r, read_varint(r));
        break;
    case WIRE_64:
    case WIRE_32:
        read_bytes(r, wire->type == WIRE_64 ? 8 : 4);
        break;
    default:
        r->bad = true;
    }
    return !r->bad;
}

static struct reader
reader_init(struct store_bytes message)
{
    return (struct reader) { message.data, message.data + message.size,
                             false };
}

/* ---- Messages --------------------------------------------------------- */

static struct store_bytes
copy_bytes(struct arena *arena, struct store_bytes bytes)
{
    char *copy = arena_alloc(arena, bytes.size + 1);

    memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return (struct store_bytes) { copy, bytes.size };
}

static void
take(const struct field *field, const struct wire *wire, struct arena *arena,
     void *out)
{
    void *member = (char *) out + field->offset;

    switch (field->kind) {
    case KIND_INT64:
        *(int64_t *) member = (int64_t) wire->varint;
        break;
    case KIND_BOOL:
        *(bool *) member = wire->varint != 0;
        break;
    case KIND_BYTES:
        *(struct store_bytes *) member = copy_bytes(arena, wire->bytes);
        break;
    case KIND_MESSAGE:
        *(struct store_bytes *) member = wire->bytes;
        break;
    }
}

/* Zero, and no bytes but some to point to. */
static void
clear(const struct field *field, void *out)
{
    static const struct wire nothing = { .bytes = { "", 0 } };
    struct field as_is = *field;

    as_is.kind = field->kind == KIND_BYTES ? KIND_MESSAGE : field->kind;
    take(&as_is, &nothing, NULL, out);
}

static bool
is_kind(const struct field *field, const struct wire *wire)
{
    return wire->type == (field->kind <= KIND_BOOL ? WIRE_VARINT
                          : WIRE_BYTES);
}

/* Reads what 'fields' name from 'message' into 'out'. */
static int
get_fields(const struct field *fields, size_t n_fields,
           struct store_bytes message, struct arena *arena, void *out,
           struct err *err)
{
    struct reader r = reader_init(message);
    struct wire wire;

    for (size_t i = 0; i < n_fields; i++) {
        clear(&fields[i], out);
    }
    while (next_wire(&r, &wire)) {
        for (size_t i = 0; i < n_fields; i++) {
            if (fields[i].number == wire.number) {
                if (!is_kind(&fields[i], &wire)) {
                    return fault(err);
                }
                take(&fields[i], &wire, arena, out);
            }
        }
    }
    return r.bad ? fault(err) : 0;
}

#define GET_FIELDS(FIELDS, MESSAGE, ARENA, OUT, ERR) \
    get_fields(FIELDS, ARRAY_SIZE(FIELDS), MESSAGE, ARENA, OUT, ERR)

/* The next message in field 'number'. */
static bool
next_message(struct reader *r, unsigned int number,
             struct store_bytes *message)
{
    struct wire wire;

    while (next_wire(r, &wire)) {
        if (wire.number == number && wire.type == WIRE_BYTES) {
            *message = wire.bytes;
            return true;
        }
    }
    return false;
}

static size_t
count_messages(struct store_bytes in, unsigned int number)
{
    struct reader r = reader_init(in);
    struct store_bytes message;
    size_t n = 0;

    while (next_message(&r, number, &message)) {
        n++;
    }
    return n;
}

/* ---- etcd's ----------------------------------------------------------- */

static int
get_header(struct store_bytes message, struct store_header *header,
           struct err *err)
{
    static const struct field fields[] = {
        { 1, KIND_INT64, offsetof(struct store_header, cluster_id) },
        { 3, KIND_INT64, offsetof(struct store_header, revision) },
        { 4, KIND_INT64, offsetof(struct store_header, raft_term) },
    };

    /* It is never empty: then it was not there. */
    return (message.size ? GET_FIELDS(fields, message, NULL, header, err)
            : fault(err));
}

static int
get_kv(struct store_bytes message, struct arena *arena, struct store_kv *kv,
       struct err *err)
{
    static const struct field fields[] = {
        { 1, KIND_BYTES, offsetof(struct store_kv, key) },
        { 2, KIND_INT64, offsetof(struct store_kv, create_revision) },
        { 3, KIND_INT64, offsetof(struct store_kv, mod_revision) },
        { 4, KIND_INT64, offsetof(struct store_kv, version) },
        { 5, KIND_BYTES, offsetof(struct store_kv, value) },
        { 6, KIND_INT64, offsetof(struct store_kv, lease) },
    };

    return GET_FIELDS(fields, message, arena, kv, err);
}

/* A range's answer, its header unread in '*header'. */
static int
get_range_message(struct store_bytes message, struct arena *arena,
                  struct store_bytes *header,
                  struct store_range_result *result, struct err *err)
{
    enum { KVS = 2 };
    struct range_answer {
        struct store_bytes header;
        bool more;
        int64_t count;
    } answer;
    static const struct field fields[] = {
        { 1, KIND_MESSAGE, offsetof(struct range_answer, header) },
        { 3, KIND_BOOL, offsetof(struct range_answer, more) },
        { 4, KIND_INT64, offsetof(struct range_answer, count) },
    };
    int error = GET_FIELDS(fields, message, arena, &answer, err);
    struct reader r = reader_init(message);
    struct store_bytes kv;
    struct store_kv *kvs;
    size_t n = 0;

    memset(result, 0, sizeof *result);
    if (error) {
        return error;
    }
    kvs = arena_alloc(arena, (count_messages(message, KVS) + 1)
                             * sizeof *kvs);
    while (!error && next_message(&r, KVS, &kv)) {
        error = get_kv(kv, arena, &kvs[n++], err);
    }
    *header = answer.header;
    result->kvs = kvs;
    result->n_kvs = n;
    result->count = answer.count;
    result->more = answer.more;
    return error;
}

int
proto_get_range(const char *body, size_t size, struct arena *arena,
                struct store_header *header,
                struct store_range_result *result, struct err *err)
{
    struct store_bytes message = { body, size }, header_message;
    int error = get_range_message(message, arena, &header_message, result,
                                  err);

    error = error ? error : get_header(header_message, header, err);
    if (!error) {
        result->revision = header->revision;
    }
    return error;
}

/* One of a transaction's responses: which one is told by the field. */
static int
get_response(struct store_bytes message, struct arena *arena,
             struct store_txn_result *result,
             struct store_range_result *gets, struct err *err)
{
    enum { RANGE = 1, DELETE = 3 };
    static const struct field delete_fields[] = {
        { 2, KIND_INT64, 0 },
    };
    struct reader r = reader_init(message);
    struct wire wire = { .number = 0 };
    struct store_bytes header;
    int64_t n_deleted = 0;
    int error = 0;

    if (!next_wire(&r, &wire) || wire.type != WIRE_BYTES) {
        error = fault(err);
    } else if (wire.number == DELETE) {
        error = GET_FIELDS(delete_fields, wire.bytes, arena, &n_deleted, err);
        result->n_deleted += n_deleted;
    } else if (wire.number == RANGE) {
        error = get_range_message(wire.bytes, arena, &header,
                                  &gets[result->n_gets], err);
        gets[result->n_gets++].revision = result->revision;
    }
    return error;
}

int
proto_get_txn(const char *body, size_t size, struct arena *arena,
              struct store_header *header, struct store_txn_result *result,
              struct err *err)
{
    enum { RESPONSES = 3 };
    struct txn_answer {
        struct store_bytes header;
        bool succeeded;
    } answer;
    static const struct field fields[] = {
        { 1, KIND_MESSAGE, offsetof(struct txn_answer, header) },
        { 2, KIND_BOOL, offsetof(struct txn_answer, succeeded) },
    };
    struct store_bytes message = { body, size }, response;
    struct reader r = reader_init(message);
    struct store_range_result *gets;
    int error = GET_FIELDS(fields, message, arena, &answer, err);

    memset(result, 0, sizeof *result);
    error = error ? error : get_header(answer.header, header, err);
    if (error) {
        return error;
    }
    result->succeeded = answer.succeeded;
    result->revision = header->revision;
    result->gets = gets = arena_alloc(
        arena, (count_messages(message, RESPONSES) + 1) * sizeof *gets);
    while (!error && next_message(&r, RESPONSES, &response)) {
        error = get_response(response, arena, result, gets, err);
    }
    return error;
}

static int
get_event(struct store_bytes message, struct arena *arena,
          struct store_event *event, struct err *err)
{
    enum { PUT, DELETE };
    struct event_message {
        int64_t type;
        struct store_bytes kv;
    } parts;
    static const struct field fields[] = {
        { 1, KIND_INT64, offsetof(struct event_message, type) },
        { 2, KIND_MESSAGE, offsetof(struct event_message, kv) },
    };
    int error = GET_FIELDS(fields, message, arena, &parts, err);

    if (!error && parts.type != PUT && parts.type != DELETE) {
        return fault(err);
    }
    event->type = parts.type == PUT ? STORE_EVENT_PUT : STORE_EVENT_DELETE;
    return error ? error : get_kv(parts.kv, arena, &event->kv, err);
}

int
proto_get_watch(const char *body, size_t size, struct arena *arena,
                struct codec_watch *watch, struct err *err)
{
    enum { EVENTS = 11 };
    struct watch_message {
        struct store_bytes header, reason;
        int64_t watch_id, compact_revision;
        bool created, canceled;
    } parts;
    static const struct field fields[] = {
        { 1, KIND_MESSAGE, offsetof(struct watch_message, header) },
        { 2, KIND_INT64, offsetof(struct watch_message, watch_id) },
        { 3, KIND_BOOL, offsetof(struct watch_message, created) },
        { 4, KIND_BOOL, offsetof(struct watch_message, canceled) },
        { 5, KIND_INT64, offsetof(struct watch_message, compact_revision) },
        { 6, KIND_BYTES, offsetof(struct watch_message, reason) },
    };
    struct store_bytes message = { body, size }, event;
    struct reader r = reader_init(message);
    struct store_event *events;
    int error = GET_FIELDS(fields, message, arena, &parts, err);

    memset(watch, 0, sizeof *watch);
    watch->cancel_reason = "";
    error = error ? error : get_header(parts.header, &watch->header, err);
    if (error) {
        return error;
    }
    watch->watch_id = parts.watch_id;
    watch->created = parts.created;
    watch->canceled = parts.canceled;
    watch->compact_revision = parts.compact_revision;
    watch->cancel_reason = parts.reason.data;
    watch->events = events = arena_alloc(
        arena, (count_messages(message, EVENTS) + 1) * sizeof *events);
    while (!error && next_message(&r, EVENTS, &event)) {
        error = get_event(event, arena, &events[watch->n_events++], err);
    }
    return error;
}

/* ---- The interface ---------------------------------------------------- */

const struct codec codec_grpc = {
    .is_grpc = true,
    .range_path = "/etcdserverpb.KV/Range",
    .txn_path = "/etcdserverpb.KV/Txn",
    .watch_path = "/etcdserverpb.Watch/Watch",
    .put_range = proto_put_range,
    .put_txn = proto_put_txn,
    .put_watch_create = proto_put_watch_create,
    .put_watch_cancel = proto_put_watch_cancel,
    .put_watch_progress = proto_put_watch_progress,
    .get_range = proto_get_range,
    .get_txn = proto_get_txn,
    .get_watch = proto_get_watch,
};
