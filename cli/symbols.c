/* @names: given to rows with --id=@name, used wherever a UUID may stand. A
 * name may be used before the command that defines it, so what "create" will
 * make is promised before anything runs. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "util.h"
#include "uuid.h"

struct symbol {
    struct uuid uuid;
    bool is_used;
    bool is_defined;            /* By an --id that has run. */
};

struct symbols {
    struct datum_symbols text;
    struct shash names;         /* "struct symbol"s. */
};

static struct symbol *
insert(struct symbols *symbols, const char *name)
{
    struct symbol *symbol = shash_find_data(&symbols->names, name);

    if (!symbol) {
        symbol = xzalloc(sizeof *symbol);
        uuid_generate(&symbol->uuid);
        shash_add(&symbols->names, name, symbol);
    }
    return symbol;
}

static void
get_for_text(struct datum_symbols *text, const char *name, struct uuid *uuid)
{
    struct symbols *symbols = CONTAINER_OF(text, struct symbols, text);
    struct symbol *symbol = insert(symbols, name);

    symbol->is_used = true;
    *uuid = symbol->uuid;
}

struct symbols *
symbols_create(void)
{
    struct symbols *symbols = xzalloc(sizeof *symbols);

    symbols->text.get = get_for_text;
    shash_init(&symbols->names);
    return symbols;
}

void
symbols_destroy(struct symbols *symbols)
{
    if (symbols) {
        shash_destroy_free_data(&symbols->names);
        free(symbols);
    }
}

struct datum_symbols *
symbols_for_text(struct symbols *symbols)
{
    return &symbols->text;
}

char *
symbols_define(struct symbols *symbols, const char *name,
               const struct uuid *uuid, bool is_new_row)
{
    if (name[0] != '@') {
        return xasprintf("row id \"%s\" does not begin with \"@\"", name);
    }

    struct symbol *symbol = insert(symbols, name);
    if (symbol->is_defined) {
        return xasprintf("row id \"%s\" may only be specified on one --id "
                         "option", name);
    } else if (symbol->is_used && !is_new_row) {
        return xasprintf("row id \"%s\" specified on \"get\" command was "
                         "used before it was defined", name);
    }
    symbol->is_defined = true;
    symbol->uuid = *uuid;
    return NULL;
}

bool
symbols_get(const struct symbols *symbols, const char *name,
            struct uuid *uuid, bool *is_defined)
{
    const struct symbol *symbol = shash_find_data(&symbols->names, name);

    if (symbol) {
        *uuid = symbol->uuid;
        *is_defined = symbol->is_defined;
    }
    return symbol != NULL;
}

void
symbols_promise(struct symbols *symbols, const char *name,
                const struct uuid *uuid)
{
    insert(symbols, name)->uuid = *uuid;
}

char *
symbols_check(const struct symbols *symbols)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &symbols->names) {
        const struct symbol *symbol = node->data;

        if (!symbol->is_defined) {
            return xasprintf("row id \"%s\" is referenced but never created "
                             "(e.g. with \"-- --id=%s create ...\")",
                             node->name, node->name);
        }
    }
    return NULL;
}
