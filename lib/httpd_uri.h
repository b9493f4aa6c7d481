/* The request target of HTTP in its parts: path and query (RFC 3986,
 * sections 3.3 and 3.4; RFC 9110, section 7.1, origin-form only).  Pure. */
#ifndef WEFT_LIB_HTTPD_URI_H
#define WEFT_LIB_HTTPD_URI_H 1

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* More query parameters than this are refused. */
#define HTTPD_MAX_PARAMETERS 64

/* One "name=value" of a query, decoded. */
struct httpd_parameter {
    char *name;
    char *value;                /* "" for a name without '='. */
};

/* A request target; start from HTTPD_URI_INIT. */
struct httpd_uri {
    char *path;                 /* As sent, percent-encoded, no query. */
    struct httpd_parameter *parameters;     /* In order of appearance. */
    size_t n_parameters;
};
#define HTTPD_URI_INIT { NULL, NULL, 0 }

/* Parses 'target' ("/v1/acl?switch=n1") into 'uri', which the caller ends
 * with httpd_uri_destroy().  In the query, %XX stands for a byte and '+' for
 * a space.  Returns 0, or -WEFT_E_INVALID with 'err' saying what is wrong (no
 * leading '/', a bad escape, an encoded NUL, too many parameters); then 'uri'
 * is untouched. */
int httpd_uri_parse(const char *target, struct httpd_uri *uri,
                    struct err *err);
void httpd_uri_destroy(struct httpd_uri *uri);

/* The value of the first parameter called 'name', or NULL. */
const char *httpd_uri_parameter(const struct httpd_uri *uri,
                                const char *name);

/* Decodes the %XX escapes in the 'size' bytes at 'text', and '+' too if
 * 'plus_is_space'.  Returns NULL for a bad escape or an encoded NUL;
 * otherwise the caller frees the result. */
char *httpd_uri_decode(const char *text, size_t size, bool plus_is_space);

#endif
