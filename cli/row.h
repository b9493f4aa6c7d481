/* Columns of a row's JSON value, read and written by name. Setters mark the
 * row as changed. */
#ifndef WEFT_CLI_ROW_H
#define WEFT_CLI_ROW_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

struct row;

/* The column as it is in JSON, borrowed, or NULL if absent. */
const json_t *row_json(const struct row *row, const char *column);
bool row_has(const struct row *row, const char *column);
/* "" when absent; borrowed until the column changes. */
const char *row_string(const struct row *row, const char *column);
int64_t row_integer(const struct row *row, const char *column,
                    int64_t default_value);
bool row_boolean(const struct row *row, const char *column,
                 bool default_value);
/* The value of 'key' in a map, or NULL. */
const char *row_map_get(const struct row *row, const char *column,
                        const char *key);

/* The same of a map of integers. */
int64_t row_map_integer(const struct row *row, const char *column,
                        const char *key, int64_t default_value);

/* Sets and lists of strings. */
size_t row_n_items(const struct row *row, const char *column);
const char *row_item(const struct row *row, const char *column, size_t i);
bool row_has_item(const struct row *row, const char *column,
                  const char *item);

/* Takes 'value'; NULL removes the column. */
void row_set_json(struct row *row, const char *column, json_t *value);
/* NULL removes it, an empty string too: that is the default. */
void row_set_string(struct row *row, const char *column, const char *value);
void row_set_integer(struct row *row, const char *column, int64_t value);
void row_set_boolean(struct row *row, const char *column, bool value);
void row_unset(struct row *row, const char *column);
void row_map_set(struct row *row, const char *column, const char *key,
                 const char *value);
void row_map_set_integer(struct row *row, const char *column,
                         const char *key, int64_t value);
void row_map_remove(struct row *row, const char *column, const char *key);
void row_add_item(struct row *row, const char *column, const char *item);
void row_remove_item(struct row *row, const char *column, const char *item);

#endif
