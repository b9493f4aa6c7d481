/* Answers to ranges, transactions, leases and authentication: the same bytes
 * as each of them, as JSON and as protocol buffers, and as an error. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>

#include "store/etcd_codec.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_range(const struct store_range_result *result)
{
    for (size_t i = 0; i < result->n_kvs; i++) {
        const struct store_kv *kv = &result->kvs[i];

        if (kv->key.data[kv->key.size] || kv->value.data[kv->value.size]) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct codec *const codecs[] = { &codec_json, &codec_grpc };
    const char *body = (const char *) data, *token;
    struct store_range_result range;
    struct arena arena = ARENA_INIT;
    struct store_txn_result txn;
    struct store_header header;
    struct codec_error error;
    struct err err = ERR_INIT;
    int64_t id, ttl_s;

    for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
        if (!codecs[i]->get_range(body, size, &arena, &header, &range,
                                  &err)) {
            check_range(&range);
        }
        if (!codecs[i]->get_txn(body, size, &arena, &header, &txn, &err)) {
            for (size_t j = 0; j < txn.n_gets; j++) {
                check_range(&txn.gets[j]);
            }
        }
    }
    codec_get_lease(body, size, &header, &id, &ttl_s, &error, &err);
    if (!codec_get_token(body, size, &arena, &token, &err) && !token[0]) {
        abort();
    }
    codec_get_error(body, size, 500, &error);
    if (error.error >= 0) {
        abort();
    }
    err_clear(&err);
    arena_clear(&arena);
    return 0;
}
