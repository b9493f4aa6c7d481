/* Requests to etcd as protocol buffers, each framed as gRPC has it: see
 * etcd_codec.h.
 *
 * A message's length comes before it, and is known after it: four bytes are
 * left for it, which is allowed (a varint may have leading zeros). */
#include <config.h>

#include "store/etcd_codec.h"
#include "util.h"

enum { WIRE_VARINT = 0, WIRE_BYTES = 2, LENGTH_BYTES = 4, FRAME_BYTES = 5 };

static void
put_varint(struct ds *out, uint64_t value)
{
    while (value >= 0x80) {
        ds_put_char(out, (value & 0x7f) | 0x80);
        value >>= 7;
    }
    ds_put_char(out, value);
}

/* Zero is what is not there. */
static void
put_int(struct ds *out, unsigned int number, int64_t value)
{
    if (value) {
        put_varint(out, number << 3 | WIRE_VARINT);
        put_varint(out, value);
    }
}

static void
put_bytes(struct ds *out, unsigned int number, struct store_bytes bytes)
{
    if (bytes.size) {
        put_varint(out, number << 3 | WIRE_BYTES);
        put_varint(out, bytes.size);
        ds_put_buffer(out, bytes.data, bytes.size);
    }
}

/* Begins the message that is field 'number'; returns what end() takes. */
static size_t
begin(struct ds *out, unsigned int number)
{
    put_varint(out, number << 3 | WIRE_BYTES);
    ds_put_uninit(out, LENGTH_BYTES);
    return out->length;
}

static void
end(struct ds *out, size_t start)
{
    size_t size = out->length - start;

    for (int i = 1; i <= LENGTH_BYTES; i++, size >>= 7) {
        out->string[start - LENGTH_BYTES + i - 1]
            = (size & 0x7f) | (i < LENGTH_BYTES ? 0x80 : 0);
    }
}

static size_t
begin_frame(struct ds *out)
{
    ds_put_uninit(out, FRAME_BYTES);
    return out->length;
}

/* A flag (not compressed) and the size, most significant byte first. */
static void
end_frame(struct ds *out, size_t start)
{
    uint64_t size = out->length - start;

    for (int i = 1; i <= FRAME_BYTES; i++, size >>= 8) {
        out->string[start - i] = size & 0xff;
    }
}

/* Fields 1 and 2 of all that name a range. */
static void
put_keys(struct ds *out, const struct store_range *range)
{
    /* etcd refuses an empty key; nothing sorts before one NUL. */
    struct store_bytes first = { "", 1 };

    put_bytes(out, 1, range->key.size ? range->key : first);
    put_bytes(out, 2, range->end);
}

/* The fields of a RangeRequest. */
static void
put_get(struct ds *out, const struct store_range *range,
        const struct store_range_options *options)
{
    put_keys(out, range);
    put_int(out, 3, options->limit);
    put_int(out, 4, options->revision);
    put_int(out, 8, options->keys_only);
    put_int(out, 9, options->count_only);
}

void
proto_put_range(struct ds *out, const struct store_range *range,
                const struct store_range_options *options)
{
    size_t frame = begin_frame(out);

    put_get(out, range, options);
    end_frame(out, frame);
}

static void
put_compare(struct ds *out, const struct txn_compare *compare)
{
    /* etcd's number of the target, and of the field of its operand */
    static const unsigned int targets[][2] = {
        [STORE_COMPARE_VERSION] = { 0, 4 },
        [STORE_COMPARE_CREATE] = { 1, 5 },
        [STORE_COMPARE_MOD] = { 2, 6 },
    };
    static const unsigned int relations[] = {
        [STORE_EQUAL] = 0,
        [STORE_GREATER] = 1,
        [STORE_LESS] = 2,
        [STORE_NOT_EQUAL] = 3,
    };
    unsigned int operand = targets[compare->target][1];
    size_t start = begin(out, 1);

    put_int(out, 1, relations[compare->relation]);
    put_int(out, 2, targets[compare->target][0]);
    put_bytes(out, 3, compare->key);
    /* One of three: which one is told by its being there, zero too. */
    put_varint(out, operand << 3 | WIRE_VARINT);
    put_varint(out, compare->operand);
    end(out, start);
}

static void
put_op(struct ds *out, unsigned int number, const struct txn_op *op)
{
    static const unsigned int types[] = {
        [TXN_GET] = 1, [TXN_PUT] = 2, [TXN_DELETE] = 3,
    };
    size_t start = begin(out, number);
    size_t request = begin(out, types[op->type]);

    if (op->type == TXN_PUT) {
        put_bytes(out, 1, op->range.key);
        put_bytes(out, 2, op->value);
        put_int(out, 3, op->lease);
    } else if (op->type == TXN_GET) {
        put_get(out, &op->range, &op->options);
    } else {
        put_keys(out, &op->range);
    }
    end(out, request);
    end(out, start);
}

void
proto_put_txn(struct ds *out, const struct store_txn *txn)
{
    size_t frame = begin_frame(out);

    for (size_t i = 0; i < txn->n_compares; i++) {
        put_compare(out, &txn->compares[i]);
    }
    for (size_t i = 0; i < txn->n_ops; i++) {
        put_op(out, 2, &txn->ops[i]);
    }
    for (size_t i = 0; i < txn->n_else_ops; i++) {
        put_op(out, 3, &txn->else_ops[i]);
    }
    end_frame(out, frame);
}

void
proto_put_watch_create(struct ds *out, const struct store_range *range,
                       int64_t start_revision, int64_t watch_id)
{
    size_t frame = begin_frame(out);
    size_t create = begin(out, 1);

    put_keys(out, range);
    put_int(out, 3, start_revision);
    put_int(out, 7, watch_id);
    end(out, create);
    end_frame(out, frame);
}

void
proto_put_watch_cancel(struct ds *out, int64_t watch_id)
{
    size_t frame = begin_frame(out);
    size_t cancel = begin(out, 2);

    put_int(out, 1, watch_id);
    end(out, cancel);
    end_frame(out, frame);
}

void
proto_put_watch_progress(struct ds *out)
{
    size_t frame = begin_frame(out);

    end(out, begin(out, 3));
    end_frame(out, frame);
}
