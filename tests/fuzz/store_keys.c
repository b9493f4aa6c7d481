/* Keys: one name for one key, whatever the bytes. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/keys.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *) data;
    char *parts[4] = { NULL, NULL, NULL, NULL };
    char *decoded = keys_decode(text, size);
    char *name = xmemdup0(text, size), *encoded, *again;
    int n;

    if (decoded) {
        /* Decoded and encoded again it is the same. */
        encoded = keys_encode(decoded);
        if (strlen(encoded) != size || memcmp(encoded, text, size)) {
            abort();
        }
        free(encoded);
        free(decoded);
    }

    /* Encoded and decoded again it is the same. */
    encoded = keys_encode(name);
    again = keys_decode(encoded, strlen(encoded));
    if (!again || strcmp(again, name)) {
        abort();
    }
    free(encoded);
    free(again);

    n = keys_parse(text, size, "/weft/v1", "nb/acl", parts, 4);
    for (int i = 0; i < 4; i++) {
        if ((i < n) != (parts[i] != NULL)) {
            abort();
        }
        free(parts[i]);
    }
    encoded = keys_prefix_end(text, size);
    if (encoded[0] && strcmp(encoded, name) <= 0 && strlen(name) == size) {
        abort();
    }
    free(encoded);
    free(name);
    return 0;
}
