/* Requests to etcd's gRPC-gateway: see etcd_codec.h.  Keys and values go as
 * Base64, so that nothing but a user's name and password needs escaping. */
#include <config.h>

#include "store/etcd_codec.h"

#include <inttypes.h>

#include "store/base64.h"
#include "util.h"

/* "name":"BASE64" */
static void
put_bytes(struct ds *out, const char *name, struct store_bytes bytes)
{
    ds_put_format(out, "\"%s\":\"", name);
    base64_put(out, bytes.data, bytes.size);
    ds_put_char(out, '"');
}

static void
put_range(struct ds *out, const struct store_range *range)
{
    /* etcd refuses an empty key; nothing sorts before one NUL. */
    struct store_bytes first = { "", 1 };

    put_bytes(out, "key", range->key.size ? range->key : first);
    if (range->end.size) {
        ds_put_char(out, ',');
        put_bytes(out, "range_end", range->end);
    }
}

static void
put_options(struct ds *out, const struct store_range_options *options)
{
    if (options->revision) {
        ds_put_format(out, ",\"revision\":\"%"PRId64"\"", options->revision);
    }
    if (options->limit) {
        ds_put_format(out, ",\"limit\":\"%"PRId64"\"", options->limit);
    }
    if (options->keys_only) {
        ds_put_cstr(out, ",\"keys_only\":true");
    }
    if (options->count_only) {
        ds_put_cstr(out, ",\"count_only\":true");
    }
}

void
codec_put_range(struct ds *out, const struct store_range *range,
                const struct store_range_options *options)
{
    ds_put_char(out, '{');
    put_range(out, range);
    put_options(out, options);
    ds_put_char(out, '}');
}

static void
put_compare(struct ds *out, const struct txn_compare *compare)
{
    /* etcd's name of the target, and of its operand */
    static const char *const targets[][2] = {
        [STORE_COMPARE_VERSION] = { "VERSION", "version" },
        [STORE_COMPARE_CREATE] = { "CREATE", "create_revision" },
        [STORE_COMPARE_MOD] = { "MOD", "mod_revision" },
    };
    static const char *const relations[] = {
        [STORE_EQUAL] = "EQUAL",
        [STORE_GREATER] = "GREATER",
        [STORE_LESS] = "LESS",
        [STORE_NOT_EQUAL] = "NOT_EQUAL",
    };

    ds_put_char(out, '{');
    put_bytes(out, "key", compare->key);
    ds_put_format(out, ",\"target\":\"%s\",\"result\":\"%s\",\"%s\":"
                  "\"%"PRId64"\"}", targets[compare->target][0],
                  relations[compare->relation], targets[compare->target][1],
                  compare->operand);
}

static void
put_op(struct ds *out, const struct txn_op *op)
{
    static const char *const names[] = {
        [TXN_PUT] = "request_put",
        [TXN_DELETE] = "request_delete_range",
        [TXN_GET] = "request_range",
    };

    ds_put_format(out, "{\"%s\":{", names[op->type]);
    put_range(out, &op->range);
    put_options(out, &op->options);     /* Of a get; else there are none. */
    if (op->type == TXN_PUT) {
        ds_put_char(out, ',');
        put_bytes(out, "value", op->value);
        if (op->lease) {
            ds_put_format(out, ",\"lease\":\"%"PRId64"\"", op->lease);
        }
    }
    ds_put_cstr(out, "}}");
}

static void
put_ops(struct ds *out, const char *name, const struct txn_op *ops,
        size_t n_ops)
{
    ds_put_format(out, "\"%s\":[", name);
    for (size_t i = 0; i < n_ops; i++) {
        if (i) {
            ds_put_char(out, ',');
        }
        put_op(out, &ops[i]);
    }
    ds_put_char(out, ']');
}

void
codec_put_txn(struct ds *out, const struct store_txn *txn)
{
    ds_put_cstr(out, "{\"compare\":[");
    for (size_t i = 0; i < txn->n_compares; i++) {
        if (i) {
            ds_put_char(out, ',');
        }
        put_compare(out, &txn->compares[i]);
    }
    ds_put_cstr(out, "],");
    put_ops(out, "success", txn->ops, txn->n_ops);
    ds_put_char(out, ',');
    put_ops(out, "failure", txn->else_ops, txn->n_else_ops);
    ds_put_char(out, '}');
}

void
codec_put_lease_grant(struct ds *out, unsigned int ttl_s)
{
    ds_put_format(out, "{\"TTL\":\"%u\"}", ttl_s);
}

void
codec_put_lease(struct ds *out, int64_t id)
{
    ds_put_format(out, "{\"ID\":\"%"PRId64"\"}", id);
}

/* A JSON string (RFC 8259, section 7). */
static void
put_string(struct ds *out, const char *text)
{
    ds_put_char(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') {
            ds_put_format(out, "\\%c", *p);
        } else if ((unsigned char) *p < ' ') {
            ds_put_format(out, "\\u%04x", *p);
        } else {
            ds_put_char(out, *p);
        }
    }
    ds_put_char(out, '"');
}

void
codec_put_authenticate(struct ds *out, const char *user, const char *password)
{
    ds_put_cstr(out, "{\"name\":");
    put_string(out, user);
    ds_put_cstr(out, ",\"password\":");
    put_string(out, password);
    ds_put_char(out, '}');
}

void
codec_put_watch_create(struct ds *out, const struct store_range *range,
                       int64_t start_revision, int64_t watch_id)
{
    ds_put_cstr(out, "{\"create_request\":{");
    put_range(out, range);
    ds_put_format(out, ",\"start_revision\":\"%"PRId64"\",\"watch_id\":"
                  "\"%"PRId64"\"}}\n", start_revision, watch_id);
}

void
codec_put_watch_cancel(struct ds *out, int64_t watch_id)
{
    ds_put_format(out, "{\"cancel_request\":{\"watch_id\":\"%"PRId64"\"}}\n",
                  watch_id);
}

void
codec_put_watch_progress(struct ds *out)
{
    ds_put_cstr(out, "{\"progress_request\":{}}\n");
}
