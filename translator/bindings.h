/* Where ports are. */
#ifndef WEFT_TRANSLATOR_BINDINGS_H
#define WEFT_TRANSLATOR_BINDINGS_H 1

#include <stdbool.h>

#include "schemas/schema.h"
#include "translator/engine.h"

/* Where a logical switch port is.  Derived kind lsp_place_kind, key (lsp). */
struct lsp_place {
    char *chassis;              /* NULL: nowhere. */
    struct schema_strings additional;   /* Further requested chassis that
                                         * claim it: a migration. */
    bool is_installed;          /* Its flows are in the switch there. */
    char *encap_ip;             /* The tunnel end point it asks for; NULL:
                                 * any. */
    char *virtual_parent;       /* NULL: none. */
};

/* The place of 'lsp'; never NULL. */
const struct lsp_place *lsp_place(struct engine_reader *, const char *lsp);

#endif
