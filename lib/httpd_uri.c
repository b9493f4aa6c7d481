/* Takes HTTP request targets apart: see httpd_uri.h. */
#include <config.h>

#include "lib/httpd_uri.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util.h"

char *
httpd_uri_decode(const char *text, size_t size, bool plus_is_space)
{
    char *decoded = xmalloc(size + 1);
    size_t n = 0;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (c == '%') {
            int high, low;

            if (size - i < 3) {
                free(decoded);
                return NULL;
            }
            high = hexit_value(text[i + 1]);
            low = hexit_value(text[i + 2]);
            if (high < 0 || low < 0 || !(high | low)) {
                free(decoded);
                return NULL;
            }
            c = (char) (high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        decoded[n++] = c;
    }
    decoded[n] = '\0';
    return decoded;
}

/* Decodes one "name=value" of 'size' bytes.  Returns false if it cannot. */
static bool
parse_parameter(const char *text, size_t size, struct httpd_parameter *p)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals ? (size_t) (equals - text) : size;
    char *name = httpd_uri_decode(text, name_size, true);
    char *value = equals
        ? httpd_uri_decode(equals + 1, size - name_size - 1, true)
        : xstrdup("");

    if (!name || !value) {
        free(name);
        free(value);
        return false;
    }
    p->name = name;
    p->value = value;
    return true;
}

/* Parses 'query' (after the '?') into 'uri'. */
static int
parse_query(const char *query, struct httpd_uri *uri, struct err *err)
{
    while (*query) {
        size_t size = strcspn(query, "&");

        if (size) {
            struct httpd_parameter parameter;

            if (uri->n_parameters >= HTTPD_MAX_PARAMETERS) {
                return err_put(err, -WEFT_E_INVALID, NULL,
                               "more than %d query parameters",
                               HTTPD_MAX_PARAMETERS);
            }
            if (!parse_parameter(query, size, &parameter)) {
                return err_put(err, -WEFT_E_INVALID, NULL,
                               "bad percent-encoding in query parameter "
                               "\"%.*s\"", (int) MIN(size, 64), query);
            }
            if (!uri->parameters) {
                uri->parameters = xcalloc(HTTPD_MAX_PARAMETERS,
                                          sizeof *uri->parameters);
            }
            uri->parameters[uri->n_parameters++] = parameter;
        }
        query += size + (query[size] == '&');
    }
    return 0;
}

/* What follows scheme and authority in 'target', which a client that takes
 * this server for a proxy sends (RFC 9112, section 3.2.2). */
static const char *
skip_authority(const char *target)
{
    size_t scheme_size = (!strncasecmp(target, "http://", 7) ? 7
                          : !strncasecmp(target, "https://", 8) ? 8 : 0);
    size_t host_size = strcspn(target + scheme_size, "/?");

    if (!scheme_size || !host_size) {
        return target;
    }
    target += scheme_size + host_size;
    return *target ? target : "/";
}

int
httpd_uri_parse(const char *target, struct httpd_uri *uri, struct err *err)
{
    struct httpd_uri new = HTTPD_URI_INIT;
    size_t path_size;
    int error = 0;

    target = skip_authority(target);
    path_size = strcspn(target, "?");
    if (target[0] != '/') {
        return err_put(err, -WEFT_E_INVALID, NULL,
                       "the request target must begin with \"/\"");
    }
    new.path = xmemdup0(target, path_size);
    if (target[path_size]) {
        error = parse_query(target + path_size + 1, &new, err);
    }
    if (error) {
        httpd_uri_destroy(&new);
        return error;
    }
    *uri = new;
    return 0;
}

void
httpd_uri_destroy(struct httpd_uri *uri)
{
    for (size_t i = 0; i < uri->n_parameters; i++) {
        free(uri->parameters[i].name);
        free(uri->parameters[i].value);
    }
    free(uri->parameters);
    free(uri->path);
    *uri = (struct httpd_uri) HTTPD_URI_INIT;
}

const char *
httpd_uri_parameter(const struct httpd_uri *uri, const char *name)
{
    for (size_t i = 0; i < uri->n_parameters; i++) {
        if (!strcmp(uri->parameters[i].name, name)) {
            return uri->parameters[i].value;
        }
    }
    return NULL;
}
