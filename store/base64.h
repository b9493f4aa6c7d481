/* Base64 (RFC 4648, section 4), always padded, as etcd's gateway has it. */
#ifndef WEFT_STORE_BASE64_H
#define WEFT_STORE_BASE64_H 1

#include <stddef.h>

#include "openvswitch/dynamic-string.h"

/* Appends the 'size' bytes at 'data' to 'out'. */
void base64_put(struct ds *out, const void *data, size_t size);

/* How many bytes a decoded text of 'size' characters may take. */
size_t base64_decoded_size(size_t size);

/* Decodes the 'size' characters at 'text' into 'data'.  Returns the number
 * of bytes, or (size_t) -1 if it is not padded Base64. */
size_t base64_decode(const char *text, size_t size, char *data);

#endif
