/* Any bytes as the text of a logical flow, and as what etcd has of one. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "schemas/phrases.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), in every build. */
static void
require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* What is written of a text has to be read as that text. */
static void
check_round_trip(const char *text, size_t size)
{
    struct ds encoded = DS_EMPTY_INITIALIZER;
    struct ds decoded = DS_EMPTY_INITIALIZER;

    phrase_encode(&encoded, text, size);
    require(encoded.length <= size + 1);
    require(!phrase_decode(&decoded, encoded.string, encoded.length, NULL));
    require(decoded.length == size
            && (!size || !memcmp(decoded.string, text, size)));
    ds_destroy(&encoded);
    ds_destroy(&decoded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *) data;
    struct ds decoded = DS_EMPTY_INITIALIZER;

    check_round_trip(text, size);
    if (!phrase_decode(&decoded, text, size, NULL)) {
        require(decoded.length <= MAX(size, PHRASE_MAX_TEXT));
        check_round_trip(ds_cstr(&decoded), decoded.length);
    } else {
        require(!decoded.length && size && text[0] == PHRASE_SIGIL);
    }
    ds_destroy(&decoded);
    return 0;
}
