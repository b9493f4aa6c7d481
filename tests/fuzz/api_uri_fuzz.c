/* Any request target: parsed or refused, never more. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/httpd_uri.h"
#include "util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *target = xmemdup0((const char *) data, size);
    struct httpd_uri uri = HTTPD_URI_INIT;
    struct err err = ERR_INIT;

    if (!httpd_uri_parse(target, &uri, &err)) {
        size_t decoded_bytes = 0;

        for (size_t i = 0; i < uri.n_parameters; i++) {
            decoded_bytes += strlen(uri.parameters[i].name)
                             + strlen(uri.parameters[i].value);
        }
        ovs_assert(uri.path[0] == '/' && !strchr(uri.path, '?'));
        ovs_assert(decoded_bytes <= size);
        httpd_uri_destroy(&uri);
    }
    err_clear(&err);
    free(target);
    return 0;
}
