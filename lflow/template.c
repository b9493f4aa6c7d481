/* Template variables: ^name in a text, replaced before it is parsed. */
#include <config.h>

#include "lflow/scope.h"

#include <ctype.h>
#include <string.h>

#include "lflow/limits.h"
#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Length of the variable's name at 'p'; 0 where there is none. */
static size_t
name_length(const char *p, const char *end)
{
    const char *start = p;

    if (p < end && (isalpha((unsigned char) *p) || *p == '_')) {
        while (p < end && (isalnum((unsigned char) *p) || *p == '_'
                           || *p == '.')) {
            p++;
        }
    }
    return p - start <= LFLOW_MAX_TOKEN ? p - start : 0;
}

int
lflow_template_expand(const char *text, size_t length,
                      const struct lflow_scope *scope,
                      struct lflow_refs *refs, char **expanded,
                      struct err *err)
{
    const char *p = text, *end = text + length;
    struct ds s = DS_EMPTY_INITIALIZER;

    while (p < end && s.length <= LFLOW_MAX_TEXT) {
        const char *caret = memchr(p, '^', end - p);
        size_t n;

        if (!caret) {
            ds_put_buffer(&s, p, end - p);
            break;
        }
        ds_put_buffer(&s, p, caret - p);
        p = caret + 1;
        n = name_length(p, end);
        if (n) {
            char *name = xmemdup0(p, n);
            const char *value = lflow_scope_template(scope, refs, name);

            if (value) {
                ds_put_cstr(&s, value);
            } else {
                ds_put_format(&s, "^%s", name);
            }
            free(name);
        } else {
            ds_put_char(&s, '^');
        }
        p += n;
    }
    if (s.length > LFLOW_MAX_TEXT) {
        ds_destroy(&s);
        return err_put(err, -WEFT_E_TOO_LARGE, NULL, "text with its template "
                       "variables is longer than %d bytes", LFLOW_MAX_TEXT);
    }
    *expanded = ds_steal_cstr(&s);
    return 0;
}
