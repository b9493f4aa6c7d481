/* The only place that knows how keys look (docs/KEYS.md).
 *
 * A key is a prefix (WEFT_PREFIX, "/weft/v1" unless configured) and path
 * components joined by '/'.  Components are percent-encoded: every byte that
 * is not an ASCII letter, digit, or one of "-._~:@$" becomes %XX (RFC 3986,
 * section 2.1), so that a name may hold any byte, '/' included. */
#ifndef WEFT_STORE_KEYS_H
#define WEFT_STORE_KEYS_H 1

#include <stdbool.h>
#include <stddef.h>

#define KEYS_DEFAULT_PREFIX "/weft/v1"

/* An empty component ("") is written as a lone ".", and "." as "%2E". */

/* "PREFIX/area/c1/c2/...", each ci encoded; the list ends with NULL.  'area'
 * is a literal such as "nb/acl" or "sb/dp".  The caller frees it.
 *
 *     keys_build("/weft/v1", "sb/dp", "switch:n1", "port", "ap", NULL)
 *     -> "/weft/v1/sb/dp/switch:n1/port/ap" */
char *keys_build(const char *prefix, const char *area, ...)
    __attribute__((sentinel));

/* Percent-encodes one component; the caller frees it. */
char *keys_encode(const char *component);

/* Decodes the 'size' bytes at 'encoded'.  Returns NULL if they hold a bad
 * escape, an encoded NUL, or what keys_encode() would have written
 * otherwise (one key for one name).  The caller frees it. */
char *keys_decode(const char *encoded, size_t size);

/* If 'key' is 'prefix' "/" 'area' "/" followed by components, splits those:
 * stores up to 'max' decoded components in 'components' (each the caller's to
 * free) and returns their number.  Returns -1 if it is another key, has
 * more components than 'max' or a malformed one; then nothing is stored. */
int keys_parse(const char *key, size_t key_size, const char *prefix,
               const char *area, char **components, int max);

/* The first key after every key that begins with the 'size' bytes at 'key':
 * etcd's range_end for a prefix; "" when there is none ('size' is 0, or all
 * are 0xff).  The caller frees it. */
char *keys_prefix_end(const char *key, size_t size);

#endif
