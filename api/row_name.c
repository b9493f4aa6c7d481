/* Names of rows: see row_name.h. */
#include <config.h>

#include "api/row_name.h"

#include <stdlib.h>
#include <string.h>

#include "lib/httpd_uri.h"
#include "schemas/schema.h"
#include "store/keys.h"
#include "unicode.h"
#include "util.h"

void
row_name_destroy(struct row_name *name)
{
    for (size_t i = 0; i < name->n; i++) {
        free(name->components[i]);
    }
    free(name->id);
    *name = (struct row_name) ROW_NAME_INIT;
}

size_t
row_name_n_components(const struct schema_table *table)
{
    return table->n_id_columns ? table->n_id_columns : 1;
}

/* Completes 'name', whose table and components are set. */
static void
set_id(struct row_name *name)
{
    name->id = name->table->n_id_columns
        ? schema_id_join((const char *const *) name->components, name->n)
        : xstrdup(name->components[0]);
}

/* Whether every component can be one.  Takes them all if not. */
static int
check(struct row_name *name, struct err *err)
{
    for (size_t i = 0; i < name->n; i++) {
        char *fault = utf8_validate(name->components[i], NULL);

        if (fault || !name->components[i][0]) {
            int error = err_put(err, -WEFT_E_INVALID, "id", "%s",
                                fault ? "is not UTF-8"
                                      : "must not be empty");

            free(fault);
            row_name_destroy(name);
            return error;
        }
    }
    set_id(name);
    return 0;
}

int
row_name_from_path(const struct schema_table *table, const char *path,
                   struct row_name *namep, struct err *err)
{
    struct row_name name = { .table = table };
    size_t n = row_name_n_components(table);
    int error;

    for (const char *p = path; ; p++) {
        size_t size = strcspn(p, "/");
        char *component = name.n < MIN(n, ROW_NAME_MAX_COMPONENTS)
                          ? httpd_uri_decode(p, size, false) : NULL;

        if (!component) {
            error = err_put(err, -WEFT_E_INVALID, "id",
                            name.n < n ? "bad percent-encoding"
                            : "too many components");
            row_name_destroy(&name);
            return error;
        }
        name.components[name.n++] = component;
        p += size;
        if (!*p) {
            break;
        }
    }
    if (name.n != n) {
        error = err_put(err, -WEFT_E_INVALID, "id",
                        "an id of %s has %"PRIuSIZE" components",
                        table->name, n);
        row_name_destroy(&name);
        return error;
    }
    error = check(&name, err);
    if (!error) {
        *namep = name;
    }
    return error;
}

int
row_name_from_id(const struct schema_table *table, const char *id,
                 struct row_name *namep, struct err *err)
{
    struct row_name name = { .table = table };
    size_t n = row_name_n_components(table);
    int error;

    if (!table->n_id_columns) {
        name.components[0] = xstrdup(id);
    } else if (n > ROW_NAME_MAX_COMPONENTS
               || !schema_id_split(id, name.components, n)) {
        return err_put(err, -WEFT_E_INVALID, "id", "must be %"PRIuSIZE" "
                       "percent-encoded components joined by '/'", n);
    }
    name.n = n;
    error = check(&name, err);
    if (!error) {
        *namep = name;
    }
    return error;
}

int
row_name_from_key(const struct schema_table *table, const char *prefix,
                  struct store_bytes key, struct row_name *namep)
{
    struct row_name name = { .table = table };
    char *area = xasprintf("nb/%s", table->name);
    int n = keys_parse(key.data, key.size, prefix, area, name.components,
                       ROW_NAME_MAX_COMPONENTS);
    int error;

    free(area);
    if (n < 0) {
        return -WEFT_E_INVALID;
    }
    name.n = n;
    if (name.n != row_name_n_components(table)) {
        row_name_destroy(&name);
        return -WEFT_E_INVALID;
    }
    error = check(&name, NULL);
    if (!error) {
        *namep = name;
    }
    return error;
}

/* The list that keys_build() takes may end early. */
#define COMPONENTS(NAME)                                \
    (NAME)->components[0], (NAME)->components[1],       \
    (NAME)->components[2], (NAME)->components[3]

char *
row_name_key(const struct row_name *name, const char *prefix)
{
    char *area = xasprintf("nb/%s", name->table->name);
    char *key = keys_build(prefix, area, COMPONENTS(name), NULL);

    free(area);
    return key;
}

char *
row_name_status_key(const struct row_name *name, const char *prefix)
{
    char *area = xasprintf("status/%s", name->table->name);
    char *key = keys_build(prefix, area, COMPONENTS(name), NULL);

    free(area);
    return key;
}

char *
row_name_url(const struct row_name *name)
{
    return keys_build("/v1", name->table->name, COMPONENTS(name), NULL);
}

char *
row_name_table_prefix(const struct schema_table *table, const char *prefix)
{
    char *area = xasprintf("nb/%s", table->name);
    char *key = keys_build(prefix, area, NULL);
    char *result = xasprintf("%s/", key);

    free(area);
    free(key);
    return result;
}
