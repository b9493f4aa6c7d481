/* Columns of OVN's tables from and to Weft's rows. */
#include <config.h>

#include "cli/view.h"

#include <stdlib.h>
#include <string.h>

#include "cli/row.h"
#include "schemas/schema.h"
#include "sset.h"
#include "store/keys.h"
#include "util.h"
#include "uuid.h"

static const char *
field_of(const struct view_column *column)
{
    return column->field ? column->field : column->name;
}

/* ---- Reading ----------------------------------------------------------- */

static void
add_json_atom(struct datum *datum, const struct atom_base *base,
              const json_t *json, bool negated)
{
    if (base->type == ATOM_STRING && json_is_string(json)) {
        datum_add_string(datum, json_string_value(json));
    } else if (base->type == ATOM_INTEGER && json_is_integer(json)) {
        datum_add_integer(datum, json_integer_value(json));
    } else if (base->type == ATOM_REAL && json_is_number(json)) {
        datum_add_real(datum, json_number_value(json));
    } else if (base->type == ATOM_BOOLEAN && json_is_boolean(json)) {
        datum_add_boolean(datum, json_is_true(json) != negated);
    }
}

static void
add_json_pairs(struct datum *datum, const struct datum_type *type,
               const json_t *json)
{
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *) json, key, value) {
        if (type->value.type == ATOM_INTEGER && json_is_integer(value)) {
            datum_add_pair_integer(datum, key, json_integer_value(value));
        } else if (type->value.type == ATOM_STRING && json_is_string(value)) {
            datum_add_pair(datum, key, json_string_value(value));
        }
    }
}

/* One element that stands for nothing: what OVSDB gives a scalar. */
static void
add_default(struct datum *datum, const struct datum_type *type)
{
    switch (type->key.type) {
    case ATOM_INTEGER:
        datum_add_integer(datum, MAX(type->key.min, 0));
        break;
    case ATOM_REAL:
        datum_add_real(datum, 0);
        break;
    case ATOM_BOOLEAN:
        datum_add_boolean(datum, false);
        break;
    case ATOM_STRING:
        datum_add_string(datum, type->key.values ? type->key.values[0] : "");
        break;
    case ATOM_UUID:
    case ATOM_VOID:
    default:
        break;
    }
}

static void
get_plain(const json_t *json, const struct view_column *column,
          struct datum *datum)
{
    const struct datum_type *type = &column->type;

    if (datum_type_is_map(type)) {
        add_json_pairs(datum, type, json);
    } else if (json_is_array(json)) {
        for (size_t i = 0; i < json_array_size(json); i++) {
            add_json_atom(datum, &type->key, json_array_get(json, i), false);
        }
    } else {
        add_json_atom(datum, &type->key, json, column->negated);
    }
    datum_sort(datum, type);
    if (!datum->n && type->n_min && !datum_type_is_map(type)) {
        if (column->negated && type->key.type == ATOM_BOOLEAN) {
            datum_add_boolean(datum, true);
        } else {
            add_default(datum, type);
        }
    }
}

static void
get_refs(struct row *row, const struct view_column *column,
         struct datum *datum)
{
    const json_t *json = row_json(row, field_of(column));
    size_t n = json_is_array(json) ? json_array_size(json) : 1;

    /* References that lead nowhere do not show: OVN drops them. */
    for (size_t i = 0; i < n; i++) {
        const char *id = json_string_value(json_is_array(json)
                                           ? json_array_get(json, i) : json);
        const struct row *other = (id && id[0]
                                   ? model_peek(row->model, column->other, id)
                                   : NULL);
        if (other) {
            datum_add_uuid(datum, &other->uuid);
        }
    }
    datum_sort(datum, &column->type);
}

static void
get_children(struct row *row, const struct view_column *column,
             struct datum *datum)
{
    struct row **children;
    size_t n = model_children(row->model, column->other, column->which, row,
                              &children);

    for (size_t i = 0; i < n; i++) {
        datum_add_uuid(datum, &children[i]->uuid);
    }
    free(children);
    datum_sort(datum, &column->type);
}

/* The second component of a membership's id, the caller's, or NULL. */
static char *
member_of(const struct row *membership)
{
    const char *slash = strchr(membership->id, '/');

    return slash ? keys_decode(slash + 1, strlen(slash + 1)) : NULL;
}

static void
get_members(struct row *row, const struct view_column *column,
            struct datum *datum)
{
    struct row **members;
    size_t n = model_children(row->model, column->other, 0, row, &members);

    for (size_t i = 0; column->members_of && i < n; i++) {
        char *id = member_of(members[i]);

        model_want(row->model, column->members_of, id ? id : "");
        free(id);
    }
    for (size_t i = 0; i < n; i++) {
        char *id = member_of(members[i]);

        if (id && !column->members_of) {
            datum_add_string(datum, id);
        } else if (id) {
            struct row *member = model_peek(row->model, column->members_of,
                                            id);
            if (member) {
                datum_add_uuid(datum, &member->uuid);
            }
        }
        free(id);
    }
    free(members);
    datum_sort(datum, &column->type);
}

/* "status/T" for "nb/T"; tables are few and live as long as the process. */
static const struct table *
status_table(const struct table *table)
{
    static struct table status[64];

    for (size_t i = 0; i < ARRAY_SIZE(status); i++) {
        if (!status[i].name) {
            status[i].name = table->name;
            status[i].area = xasprintf("status/%s", table->name);
            status[i].composite = table->composite;
            status[i].is_fixed = true;
        }
        if (!strcmp(status[i].name, table->name)) {
            return &status[i];
        }
    }
    return NULL;
}

bool
view_is_translated(struct model *model)
{
    static const struct table area = {
        .area = "sb", .name = "sb", .is_fixed = true,
    };

    return model_peek(model, &area, "clock") != NULL;
}

static void
get_status(struct row *row, const struct view_column *column,
           struct datum *datum)
{
    const struct row *status = model_peek(row->model,
                                          status_table(row->table), row->id);

    get_plain(status ? row_json(status, field_of(column)) : NULL, column,
              datum);
    if (!datum->n && column->is_settled && view_is_translated(row->model)) {
        add_default(datum, &column->type);
    }
}

static void
get_component(const struct row *row, const struct view_column *column,
              struct datum *datum)
{
    const char *s = row->id;

    for (int i = 0; i < column->which; i++) {
        s += strcspn(s, "/");
        s += *s == '/';
    }

    char *component = keys_decode(s, strcspn(s, "/"));
    datum_add_string(datum, component ? component : "");
    free(component);
}

/* Whether the status of 'row' says what was chosen for the column. */
static bool
is_chosen(const struct row *row, const struct view_column *column)
{
    return (!row_has(row, field_of(column))
            && row_has(row, column->request));
}

void
view_get(struct row *row, const struct view_column *column,
         struct datum *datum)
{
    const struct row *from;

    memset(datum, 0, sizeof *datum);
    switch (column->kind) {
    case VIEW_PLAIN:
        get_plain(row_json(row, field_of(column)), column, datum);
        break;
    case VIEW_CHOSEN:
        from = (!is_chosen(row, column) ? row
                : model_peek(row->model, status_table(row->table), row->id));
        get_plain(from ? row_json(from, field_of(column)) : NULL, column,
                  datum);
        break;
    case VIEW_ID:
        datum_add_string(datum, row->id);
        break;
    case VIEW_NAME:
        datum_add_string(datum, view_row_name(row));
        break;
    case VIEW_REF:
        get_refs(row, column, datum);
        break;
    case VIEW_CHILDREN:
        get_children(row, column, datum);
        break;
    case VIEW_MEMBERS:
        get_members(row, column, datum);
        break;
    case VIEW_STATUS:
        get_status(row, column, datum);
        break;
    case VIEW_COMPONENT:
        get_component(row, column, datum);
        break;
    case VIEW_COMPUTED:
        column->compute(row, datum);
        break;
    case VIEW_EMPTY:
    default:
        if (column->type.n_min) {
            add_default(datum, &column->type);
        }
        break;
    }
}

static void
want_members(struct model *model, const struct view_column *column)
{
    struct row **members;
    size_t n = model_rows(model, column->other, &members);

    for (size_t i = 0; column->members_of && i < n; i++) {
        char *id = member_of(members[i]);

        model_want(model, column->members_of, id ? id : "");
        free(id);
    }
    free(members);
}

static void
want_refs(struct row *row, const struct view_column *column)
{
    const json_t *json = row_json(row, field_of(column));
    size_t n = json_is_array(json) ? json_array_size(json) : 1;

    for (size_t i = 0; i < n; i++) {
        const char *id = json_string_value(json_is_array(json)
                                           ? json_array_get(json, i) : json);

        model_want(row->model, column->other, id ? id : "");
    }
}

void
view_want(struct row *const *rows, size_t n, const struct view_column *column)
{
    enum { MANY = 16 };

    if (n >= MANY && column->kind == VIEW_MEMBERS) {
        want_members(rows[0]->model, column);
    }
    for (size_t i = 0; i < n; i++) {
        if (column->kind == VIEW_STATUS
            || (column->kind == VIEW_CHOSEN && is_chosen(rows[i], column))) {
            model_want(rows[i]->model, status_table(rows[i]->table),
                       rows[i]->id);
        } else if (column->kind == VIEW_REF) {
            want_refs(rows[i], column);
        }
    }
}

const char *
view_row_name(const struct row *row)
{
    struct uuid uuid;

    if (row_has(row, "name")) {
        return row_string(row, "name");
    }
    /* A row that was given only a UUID has no name. */
    return uuid_from_string(&uuid, row->id) ? "" : row->id;
}

/* ---- Writing ----------------------------------------------------------- */

static json_t *
atom_json(const union atom *atom, enum atom_type type, bool negated)
{
    switch (type) {
    case ATOM_INTEGER:
        return json_integer(atom->integer);
    case ATOM_REAL:
        return json_real(atom->real);
    case ATOM_BOOLEAN:
        return json_boolean(atom->boolean != negated);
    case ATOM_STRING:
        return json_string(atom->string);
    case ATOM_UUID:
    case ATOM_VOID:
    default:
        return json_null();
    }
}

static void
set_plain(struct row *row, const struct view_column *column,
          const struct datum *datum)
{
    const struct datum_type *type = &column->type;
    json_t *json = NULL;

    if (datum_type_is_map(type)) {
        json = datum->n ? json_object() : NULL;
        for (size_t i = 0; i < datum->n; i++) {
            json_object_set_new(json, datum->keys[i].string,
                                atom_json(&datum->values[i],
                                          type->value.type, false));
        }
    } else if (type->n_max > 1) {
        json = datum->n ? json_array() : NULL;
        for (size_t i = 0; i < datum->n; i++) {
            json_array_append_new(json, atom_json(&datum->keys[i],
                                                  type->key.type, false));
        }
    } else if (datum->n && !(type->key.type == ATOM_STRING && type->n_min
                             && !datum->keys[0].string[0])) {
        json = atom_json(&datum->keys[0], type->key.type, column->negated);
    }
    row_set_json(row, field_of(column), json);
}

static char *
no_such_row(const struct uuid *uuid, const struct table *table)
{
    return xasprintf(VIEW_REFERENCE_ERROR"no row "UUID_FMT" in table %s",
                     UUID_ARGS(uuid), table->name);
}

static char *
set_refs(struct row *row, const struct view_column *column,
         const struct datum *datum)
{
    json_t *ids = json_array();

    for (size_t i = 0; i < datum->n; i++) {
        const struct row *other = model_get_uuid(row->model, column->other,
                                                 &datum->keys[i].uuid);
        if (!other) {
            json_decref(ids);
            return no_such_row(&datum->keys[i].uuid, column->other);
        }
        json_array_append_new(ids, json_string(other->id));
    }
    if (column->type.n_max > 1) {
        row_set_json(row, field_of(column),
                     datum->n ? json_incref(ids) : NULL);
    } else {
        row_set_json(row, field_of(column),
                     datum->n ? json_incref(json_array_get(ids, 0)) : NULL);
    }
    json_decref(ids);
    return NULL;
}

static char *
add_children(struct row *row, const struct view_column *column,
             const struct datum *datum)
{
    for (size_t i = 0; i < datum->n; i++) {
        struct row *child = model_get_uuid(row->model, column->other,
                                           &datum->keys[i].uuid);
        if (!child) {
            return no_such_row(&datum->keys[i].uuid, column->other);
        }
        row_set_string(child, column->other->parents[column->which], row->id);
    }
    return NULL;
}

/* Children that 'datum' does not hold are deleted, as an unreferenced row is
 * in OVN. */
static char *
set_children(struct row *row, const struct view_column *column,
             const struct datum *datum)
{
    struct row **children;
    size_t n = model_children(row->model, column->other, column->which, row,
                              &children);

    for (size_t i = 0; i < n; i++) {
        union atom key = { .uuid = children[i]->uuid };

        if (datum_find(datum, &column->type, &key) == SIZE_MAX) {
            view_delete(&nb_view, children[i]);
        }
    }
    free(children);
    return add_children(row, column, datum);
}

/* The id of the membership that element 'i' of 'datum' stands for. */
static char *
membership_id(struct row *row, const struct view_column *column,
              const struct datum *datum, size_t i, char **error)
{
    const char *member;

    if (column->members_of) {
        const struct row *other = model_get_uuid(row->model,
                                                 column->members_of,
                                                 &datum->keys[i].uuid);
        if (!other) {
            *error = no_such_row(&datum->keys[i].uuid, column->members_of);
            return NULL;
        }
        member = other->id;
    } else {
        member = datum->keys[i].string;
    }
    return schema_id_join((const char *const[]) { row->id, member }, 2);
}

static char *
add_members(struct row *row, const struct view_column *column,
            const struct datum *datum)
{
    for (size_t i = 0; i < datum->n; i++) {
        char *error = NULL;
        char *id = membership_id(row, column, datum, i, &error);

        if (!id) {
            return error;
        }
        if (!model_is_taken(row->model, column->other, id)) {
            model_insert(row->model, column->other, id);
        }
        free(id);
    }
    return NULL;
}

static char *
set_members(struct row *row, const struct view_column *column,
            const struct datum *datum)
{
    struct sset keep = SSET_INITIALIZER(&keep);
    struct row **members;
    char *error = NULL;

    for (size_t i = 0; i < datum->n && !error; i++) {
        char *id = membership_id(row, column, datum, i, &error);

        if (id) {
            sset_add(&keep, id);
        }
        free(id);
    }

    size_t n = model_children(row->model, column->other, 0, row, &members);
    for (size_t i = 0; i < n && !error; i++) {
        if (!sset_contains(&keep, members[i]->id)) {
            model_delete(members[i]);
        }
    }
    free(members);
    sset_destroy(&keep);
    return error ? error : add_members(row, column, datum);
}

static char *
read_only(const struct row *row, const struct view_column *column)
{
    const struct view_table *table = view_table_of(&nb_view, row->table);

    table = table ? table : view_table_of(&sb_view, row->table);
    return xasprintf("cannot modify read-only column %s in table %s",
                     column->name, table ? table->name : row->table->name);
}

char *
view_set(struct row *row, const struct view_column *column,
         const struct datum *datum)
{
    if (row->table->is_fixed) {
        return read_only(row, column);
    }
    switch (column->kind) {
    case VIEW_PLAIN:
    case VIEW_CHOSEN:
        set_plain(row, column, datum);
        return NULL;
    case VIEW_NAME:
        if (strcmp(datum->keys[0].string, row->id)) {
            row_set_json(row, field_of(column),
                         json_string(datum->keys[0].string));
        } else {
            row_unset(row, field_of(column));
        }
        return NULL;
    case VIEW_REF:
        return set_refs(row, column, datum);
    case VIEW_CHILDREN:
        return set_children(row, column, datum);
    case VIEW_MEMBERS:
        return set_members(row, column, datum);
    case VIEW_ID:
    case VIEW_COMPONENT:
        if (datum->n) {
            struct datum now;
            view_get(row, column, &now);
            bool same = !datum_compare(&now, datum, &column->type);
            datum_destroy(&now, &column->type);
            if (same) {
                return NULL;
            }
        }
        return read_only(row, column);
    case VIEW_STATUS:
    case VIEW_COMPUTED:
    case VIEW_EMPTY:
    default:
        return read_only(row, column);
    }
}

char *
view_add(struct row *row, const struct view_column *column,
         const struct datum *datum, bool replaces)
{
    struct datum all, old;
    char *error;

    if (column->kind == VIEW_CHILDREN) {
        return add_children(row, column, datum);
    } else if (column->kind == VIEW_MEMBERS) {
        return add_members(row, column, datum);
    }
    view_get(row, column, &old);
    datum_clone(&all, replaces ? datum : &old, &column->type);
    datum_union(&all, replaces ? &old : datum, &column->type);
    error = view_set(row, column, &all);
    datum_destroy(&all, &column->type);
    datum_destroy(&old, &column->type);
    return error;
}
