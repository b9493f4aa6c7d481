/* JSON columns of rows, with the model told of each change. */
#include <config.h>

#include "cli/row.h"

#include <string.h>

#include "cli/model.h"

const json_t *
row_json(const struct row *row, const char *column)
{
    return json_object_get(row->value, column);
}

bool
row_has(const struct row *row, const char *column)
{
    const json_t *json = row_json(row, column);

    return json && !json_is_null(json);
}

const char *
row_string(const struct row *row, const char *column)
{
    const char *s = json_string_value(row_json(row, column));

    return s ? s : "";
}

int64_t
row_integer(const struct row *row, const char *column, int64_t default_value)
{
    const json_t *json = row_json(row, column);

    return json_is_integer(json) ? json_integer_value(json) : default_value;
}

bool
row_boolean(const struct row *row, const char *column, bool default_value)
{
    const json_t *json = row_json(row, column);

    return json_is_boolean(json) ? json_is_true(json) : default_value;
}

const char *
row_map_get(const struct row *row, const char *column, const char *key)
{
    return json_string_value(json_object_get(row_json(row, column), key));
}

int64_t
row_map_integer(const struct row *row, const char *column, const char *key,
                int64_t default_value)
{
    const json_t *json = json_object_get(row_json(row, column), key);

    return json_is_integer(json) ? json_integer_value(json) : default_value;
}

size_t
row_n_items(const struct row *row, const char *column)
{
    return json_array_size(row_json(row, column));
}

const char *
row_item(const struct row *row, const char *column, size_t i)
{
    const char *s = json_string_value(json_array_get(row_json(row, column),
                                                     i));
    return s ? s : "";
}

bool
row_has_item(const struct row *row, const char *column, const char *item)
{
    for (size_t i = 0; i < row_n_items(row, column); i++) {
        if (!strcmp(row_item(row, column, i), item)) {
            return true;
        }
    }
    return false;
}

void
row_set_json(struct row *row, const char *column, json_t *value)
{
    model_row_touch(row);
    if (value) {
        json_object_set_new(row->value, column, value);
    } else {
        json_object_del(row->value, column);
    }
    model_row_changed(row);
}

void
row_set_string(struct row *row, const char *column, const char *value)
{
    row_set_json(row, column,
                 value && value[0] ? json_string(value) : NULL);
}

void
row_set_integer(struct row *row, const char *column, int64_t value)
{
    row_set_json(row, column, json_integer(value));
}

void
row_set_boolean(struct row *row, const char *column, bool value)
{
    row_set_json(row, column, json_boolean(value));
}

void
row_unset(struct row *row, const char *column)
{
    row_set_json(row, column, NULL);
}

/* A copy of the column to change, or a new one. */
static json_t *
copy_column(const struct row *row, const char *column, json_t *fresh)
{
    const json_t *json = row_json(row, column);

    if (json && json_typeof(json) == json_typeof(fresh)) {
        json_decref(fresh);
        return json_copy((json_t *) json);
    }
    return fresh;
}

static void
set_in_map(struct row *row, const char *column, const char *key,
           json_t *value)
{
    json_t *map = copy_column(row, column, json_object());

    json_object_set_new(map, key, value);
    row_set_json(row, column, map);
}

void
row_map_set(struct row *row, const char *column, const char *key,
            const char *value)
{
    set_in_map(row, column, key, json_string(value));
}

void
row_map_set_integer(struct row *row, const char *column, const char *key,
                    int64_t value)
{
    set_in_map(row, column, key, json_integer(value));
}

void
row_map_remove(struct row *row, const char *column, const char *key)
{
    json_t *map = copy_column(row, column, json_object());

    json_object_del(map, key);
    if (!json_object_size(map)) {
        json_decref(map);
        map = NULL;
    }
    row_set_json(row, column, map);
}

void
row_add_item(struct row *row, const char *column, const char *item)
{
    if (!row_has_item(row, column, item)) {
        json_t *array = copy_column(row, column, json_array());

        json_array_append_new(array, json_string(item));
        row_set_json(row, column, array);
    }
}

void
row_remove_item(struct row *row, const char *column, const char *item)
{
    json_t *array = copy_column(row, column, json_array());

    for (size_t i = json_array_size(array); i-- > 0; ) {
        const char *s = json_string_value(json_array_get(array, i));

        if (s && !strcmp(s, item)) {
            json_array_remove(array, i);
        }
    }
    if (!json_array_size(array)) {
        json_decref(array);
        array = NULL;
    }
    row_set_json(row, column, array);
}
