/* Filters of a list: which rows are wanted, from the query of a URL.
 *
 *     switch=n1               a column's value
 *     addresses=unknown       an element of a set or list
 *     options.mtu=1400        a value in a map
 *     id=ap                   the row's id
 *
 * All have to hold.  A column that a row leaves out has its default. */
#ifndef WEFT_API_FILTER_H
#define WEFT_API_FILTER_H 1

#include <stdbool.h>
#include <stddef.h>

struct httpd_uri;
struct schema_column;
struct schema_faults;
struct schema_row;
struct schema_table;

struct filter {
    const struct schema_column *column; /* NULL: the id. */
    char *key;                  /* Of a map; else NULL. */
    char *value;
};

/* Start from FILTERS_INIT. */
struct filters {
    struct filter *items;
    size_t n;
};
#define FILTERS_INIT { NULL, 0 }

/* Makes filters of the query parameters of 'uri' that are not among
 * 'reserved' (ends with NULL).  Adds to 'faults' what names no column, or one
 * that cannot be filtered by, or a value that the column cannot have; then
 * 'filters' is untouched and false is returned. */
bool filters_parse(const struct schema_table *table,
                   const struct httpd_uri *uri, const char *const *reserved,
                   struct filters *filters, struct schema_faults *faults);
void filters_destroy(struct filters *filters);

bool filters_match(const struct filters *filters,
                   const struct schema_row *row);

#endif
