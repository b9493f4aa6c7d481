/* One line of a watch stream, or one message of gRPC's, as anybody on the
 * way may send it. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>

#include "store/etcd_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try(const struct codec *codec, const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT;
    struct codec_watch watch;
    struct err err = ERR_INIT;

    if (!codec->get_watch((const char *) data, size, &arena, &watch, &err)) {
        /* All that it points to can be read, and ends with a NUL. */
        for (size_t i = 0; i < watch.n_events; i++) {
            const struct store_kv *kv = &watch.events[i].kv;

            if (kv->key.data[kv->key.size] || kv->value.data[kv->value.size]) {
                abort();
            }
        }
        if (watch.failed && !watch.error.error) {
            abort();
        }
    } else if (err.code != -WEFT_E_PROTOCOL) {
        abort();
    }
    err_clear(&err);
    arena_clear(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try(&codec_json, data, size);
    try(&codec_grpc, data, size);
    return 0;
}
