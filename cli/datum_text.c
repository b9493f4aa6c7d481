/* Atoms, sets and maps from and to text: what a person types and what the
 * tools print. The messages are those that OVN's users know. */
#include <config.h>

#include "cli/datum.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "uuid.h"

static bool
is_delimiter(char c)
{
    return strchr(":=, []{}!<>", c) != NULL;
}

char *
token_parse(const char **p, char **token)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    const char *start = *p;
    const char *s = start;
    bool quoted = false;
    char *error = NULL;

    while (*s && (quoted || !is_delimiter(*s)) && !error) {
        if (*s != '\\') {
            quoted ^= *s == '"';
            ds_put_char(&out, *s++);
        } else if (!s[1]) {
            error = xasprintf("%s: backslash at end of argument", start);
        } else {
            /* Within quotes the backslash is JSON's, unescaped later. */
            if (quoted) {
                ds_put_char(&out, '\\');
            }
            ds_put_char(&out, s[1]);
            s += 2;
        }
    }
    if (!error && quoted) {
        error = xasprintf("%s: quoted string extends past end of argument",
                          start);
    }
    if (error) {
        ds_destroy(&out);
        *token = NULL;
    } else {
        *token = ds_steal_cstr(&out);
        *p = s;
    }
    return error;
}

static char *
string_from_text(union atom *atom, const char *text)
{
    size_t size = strlen(text);

    if (!size) {
        return xstrdup("An empty string is not valid as input; "
                       "use \"\" to represent the empty string");
    } else if (text[0] != '"') {
        atom->string = xstrdup(text);
        return NULL;
    } else if (size < 2 || text[size - 1] != '"') {
        return xasprintf("%s: missing quote at end of quoted string", text);
    }

    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!json_is_string(json)) {
        json_decref(json);
        return xasprintf("%s: malformed quoted string", text);
    }
    atom->string = xstrdup(json_string_value(json));
    json_decref(json);
    return NULL;
}

static char *
boolean_from_text(union atom *atom, const char *text)
{
    static const char *const words[][2] = {
        { "false", "true" }, { "no", "yes" }, { "off", "on" }, { "0", "1" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        for (int b = 0; b < 2; b++) {
            if (!strcmp(text, words[i][b])) {
                atom->boolean = b;
                return NULL;
            }
        }
    }
    return xasprintf("\"%s\" is not a valid boolean "
                     "(use \"true\" or \"false\")", text);
}

static char *
number_from_text(union atom *atom, enum atom_type type, const char *text)
{
    char *end;

    errno = 0;
    if (type == ATOM_INTEGER) {
        atom->integer = strtoll(text, &end, 10);
        return (errno || end == text || *end
                ? xasprintf("\"%s\" is not a valid integer or range", text)
                : NULL);
    }
    atom->real = strtod(text, &end);
    return (errno || end == text || *end
            ? xasprintf("\"%s\" is not a valid real number", text) : NULL);
}

static char *
check_values(const union atom *atom, const struct atom_base *base)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (const char *const *v = base->values; *v; v++) {
        if (!strcmp(*v, atom->string)) {
            ds_destroy(&s);
            return NULL;
        }
    }
    atom_to_text(atom, ATOM_STRING, &s);
    ds_put_cstr(&s, " is not one of the allowed values ([");
    for (const char *const *v = base->values; *v; v++) {
        union atom value = { .string = CONST_CAST(char *, *v) };

        ds_put_cstr(&s, v == base->values ? "" : ", ");
        atom_to_text(&value, ATOM_STRING, &s);
    }
    ds_put_cstr(&s, "])");
    return ds_steal_cstr(&s);
}

static char *
check_integer(int64_t value, const struct atom_base *base)
{
    if (value >= base->min && value <= base->max) {
        return NULL;
    } else if (base->max == INT64_MAX) {
        return xasprintf("%"PRId64" is less than minimum allowed value "
                         "%"PRId64, value, base->min);
    }
    return xasprintf("%"PRId64" is not in the valid range %"PRId64" to "
                     "%"PRId64" (inclusive)", value, base->min, base->max);
}

/* What the type says of 'atom', as the database would put it. */
static char *
atom_check(const union atom *atom, const struct atom_base *base)
{
    char *why = NULL;

    if (base->type == ATOM_STRING && base->values) {
        why = check_values(atom, base);
    } else if (base->type == ATOM_STRING && base->max_length
               && strlen(atom->string) > base->max_length) {
        why = xasprintf("\"%s\" length %"PRIuSIZE" is greater than maximum "
                        "allowed length %"PRIuSIZE, atom->string,
                        strlen(atom->string), base->max_length);
    } else if (base->type == ATOM_INTEGER && base->max) {
        why = check_integer(atom->integer, base);
    }
    if (!why) {
        return NULL;
    }

    char *message = xasprintf("constraint violation: %s", why);
    free(why);
    return message;
}

char *
atom_from_text(union atom *atom, const struct atom_base *base,
               const char *text, struct datum_symbols *symbols)
{
    char *error = NULL;

    switch (base->type) {
    case ATOM_INTEGER:
    case ATOM_REAL:
        error = number_from_text(atom, base->type, text);
        break;
    case ATOM_BOOLEAN:
        error = boolean_from_text(atom, text);
        break;
    case ATOM_STRING:
        error = string_from_text(atom, text);
        break;
    case ATOM_UUID:
        if (text[0] == '@' && symbols) {
            symbols->get(symbols, text, &atom->uuid);
        } else if (!uuid_from_string(&atom->uuid, text)) {
            error = xasprintf("\"%s\" is not a valid UUID", text);
        }
        break;
    case ATOM_VOID:
    default:
        return xstrdup("no value is possible here");
    }
    if (!error) {
        error = atom_check(atom, base);
        if (error) {
            atom_destroy(atom, base->type);
        }
    }
    return error;
}

static const char *
skip_spaces(const char *p)
{
    while (isspace((unsigned char) *p)) {
        p++;
    }
    return p;
}

static char *
parse_atom(const char **p, const struct atom_base *base, union atom *atom,
           struct datum_symbols *symbols)
{
    char *token;
    char *error = token_parse(p, &token);

    if (!error) {
        error = atom_from_text(atom, base, token, symbols);
        free(token);
    }
    return error;
}

/* Parses one element at '*p' and appends it to 'datum'. */
static char *
parse_element(struct datum *datum, const struct datum_type *type,
              const char **p, struct datum_symbols *symbols)
{
    const char *start = *p;
    union atom key, value = { .integer = 0 };
    char *error = parse_atom(p, &type->key, &key, symbols);

    if (error) {
        return error;
    }
    if (datum_type_is_map(type)) {
        *p = skip_spaces(*p);
        if (**p != '=') {
            error = xasprintf("%s: syntax error at \"%c\" expecting \"=\"",
                              start, **p);
        } else {
            *p = skip_spaces(*p + 1);
            error = parse_atom(p, &type->value, &value, symbols);
        }
        if (error) {
            atom_destroy(&key, type->key.type);
            return error;
        }
    }

    datum_append(datum, type, key, value);
    return NULL;
}

static const char *
atom_type_name(enum atom_type type)
{
    static const char *const names[] = {
        "void", "integer", "real", "boolean", "string", "uuid",
    };

    return names[type];
}

/* "set of up to 3 integers", for messages. */
static char *
type_in_words(const struct datum_type *type)
{
    const char *key = atom_type_name(type->key.type);

    if (type->n_min == 1 && type->n_max == 1 && !datum_type_is_map(type)) {
        return xstrdup(key);
    }

    struct ds s = DS_EMPTY_INITIALIZER;
    bool is_map = datum_type_is_map(type);
    ds_put_cstr(&s, is_map ? "map" : "set");
    if (type->n_max == DATUM_UNLIMITED) {
        if (type->n_min) {
            ds_put_format(&s, " of %u or more", type->n_min);
        } else {
            ds_put_cstr(&s, " of");
        }
    } else if (type->n_min) {
        ds_put_format(&s, " of %u to %u", type->n_min, type->n_max);
    } else {
        ds_put_format(&s, " of up to %u", type->n_max);
    }
    if (is_map) {
        ds_put_format(&s, " (%s, %s) pairs", key,
                      atom_type_name(type->value.type));
    } else {
        ds_put_format(&s, " %ss", key);
    }
    return ds_steal_cstr(&s);
}

static char *
parse_elements(struct datum *datum, const struct datum_type *type,
               const char *text, const char **p, char end,
               struct datum_symbols *symbols)
{
    while (**p && **p != end) {
        if (is_delimiter(**p)) {
            char *words = type_in_words(type);
            char *error = xasprintf("%s: unexpected \"%c\" parsing %s", text,
                                    **p, words);
            free(words);
            return error;
        }

        char *error = parse_element(datum, type, p, symbols);
        if (error) {
            return error;
        }
        *p = skip_spaces(*p);
        if (**p == ',') {
            *p = skip_spaces(*p + 1);
        }
    }
    return NULL;
}

static char *
check_count(const struct datum *datum, const struct datum_type *type,
            const char *text)
{
    const char *what = datum_type_is_map(type) ? "pair(s)" : "value(s)";

    if (datum->n < type->n_min) {
        return xasprintf("%s: %"PRIuSIZE" %s specified but the minimum "
                         "number is %u", text, datum->n, what, type->n_min);
    } else if (datum->n > type->n_max) {
        return xasprintf("%s: %"PRIuSIZE" %s specified but the maximum "
                         "number is %u", text, datum->n, what, type->n_max);
    }
    return NULL;
}

char *
datum_from_text(struct datum *datum, const struct datum_type *type,
                const char *text, struct datum_symbols *symbols)
{
    bool is_map = datum_type_is_map(type);
    const char *p = skip_spaces(text);
    char end = '\0';

    memset(datum, 0, sizeof *datum);
    if (!*p) {
        return xstrdup(is_map ? "use \"{}\" to specify the empty map"
                       : "use \"[]\" to specify the empty set");
    } else if (*p == (is_map ? '{' : '[')) {
        end = is_map ? '}' : ']';
        p = skip_spaces(p + 1);
    }

    char *error = parse_elements(datum, type, text, &p, end, symbols);
    if (!error && *p != end) {
        error = xasprintf("%s: missing \"%c\" at end of data", text, end);
    }
    if (!error && end && *skip_spaces(p + 1)) {
        error = xasprintf("%s: trailing garbage after \"%c\"", text, end);
    }
    if (!error) {
        error = check_count(datum, type, text);
    }
    if (!error && datum_sort(datum, type)) {
        error = xasprintf("%s: %s", text,
                          is_map ? "map contains duplicate key"
                          : "set contains duplicate value");
    }
    if (error) {
        datum_destroy(datum, type);
    }
    return error;
}

/* ---- Printing -------------------------------------------------------- */

void
text_to_json(const char *text, struct ds *s)
{
    ds_put_char(s, '"');
    for (const char *p = text; *p; p++) {
        static const char special[] = "\"\\\b\f\n\r\t";
        static const char letters[] = "\"\\bfnrt";
        const char *at = strchr(special, *p);

        if (at) {
            ds_put_format(s, "\\%c", letters[at - special]);
        } else if ((unsigned char) *p < 32) {
            ds_put_format(s, "\\u%04x", *p);
        } else {
            ds_put_char(s, *p);
        }
    }
    ds_put_char(s, '"');
}

/* A string that would read as something else, or not at all, is quoted. */
static bool
needs_quotes(const char *text)
{
    struct uuid uuid;

    if (!isalpha((unsigned char) text[0]) && text[0] != '_') {
        return true;
    }
    for (const char *p = text; *p; p++) {
        if (!isalnum((unsigned char) *p) && !strchr("_-.", *p)) {
            return true;
        }
    }
    return (!strcmp(text, "true") || !strcmp(text, "false")
            || uuid_from_string(&uuid, text));
}

static void
atom_put(const union atom *atom, enum atom_type type, bool bare, struct ds *s)
{
    switch (type) {
    case ATOM_INTEGER:
        ds_put_format(s, "%"PRId64, atom->integer);
        break;
    case ATOM_REAL:
        ds_put_format(s, "%.*g", DBL_DIG, atom->real);
        break;
    case ATOM_BOOLEAN:
        ds_put_cstr(s, atom->boolean ? "true" : "false");
        break;
    case ATOM_STRING:
        if (!bare && needs_quotes(atom->string)) {
            text_to_json(atom->string, s);
        } else {
            ds_put_cstr(s, atom->string);
        }
        break;
    case ATOM_UUID:
        ds_put_format(s, UUID_FMT, UUID_ARGS(&atom->uuid));
        break;
    case ATOM_VOID:
    default:
        break;
    }
}

void
atom_to_text(const union atom *atom, enum atom_type type, struct ds *s)
{
    atom_put(atom, type, false, s);
}

static void
datum_put(const struct datum *datum, const struct datum_type *type, bool bare,
          struct ds *s)
{
    bool is_map = datum_type_is_map(type);
    bool enclosed = !bare && (type->n_max > 1 || !datum->n);

    if (enclosed) {
        ds_put_char(s, is_map ? '{' : '[');
    }
    for (size_t i = 0; i < datum->n; i++) {
        ds_put_cstr(s, !i ? "" : bare ? " " : ", ");
        atom_put(&datum->keys[i], type->key.type, bare, s);
        if (is_map) {
            ds_put_char(s, '=');
            atom_put(&datum->values[i], type->value.type, bare, s);
        }
    }
    if (enclosed) {
        ds_put_char(s, is_map ? '}' : ']');
    }
}

void
datum_to_text(const struct datum *datum, const struct datum_type *type,
              struct ds *s)
{
    datum_put(datum, type, false, s);
}

void
datum_to_bare(const struct datum *datum, const struct datum_type *type,
              struct ds *s)
{
    datum_put(datum, type, true, s);
}

static void
atom_to_json(const union atom *atom, enum atom_type type, struct ds *s)
{
    if (type == ATOM_STRING) {
        text_to_json(atom->string, s);
    } else if (type == ATOM_UUID) {
        ds_put_format(s, "[\"uuid\",\""UUID_FMT"\"]", UUID_ARGS(&atom->uuid));
    } else {
        atom_put(atom, type, true, s);
    }
}

void
datum_to_json(const struct datum *datum, const struct datum_type *type,
              struct ds *s)
{
    bool is_map = datum_type_is_map(type);

    if (!is_map && datum->n == 1) {
        atom_to_json(&datum->keys[0], type->key.type, s);
        return;
    }
    ds_put_cstr(s, is_map ? "[\"map\",[" : "[\"set\",[");
    for (size_t i = 0; i < datum->n; i++) {
        ds_put_cstr(s, i ? "," : "");
        if (is_map) {
            ds_put_char(s, '[');
            atom_to_json(&datum->keys[i], type->key.type, s);
            ds_put_char(s, ',');
            atom_to_json(&datum->values[i], type->value.type, s);
            ds_put_char(s, ']');
        } else {
            atom_to_json(&datum->keys[i], type->key.type, s);
        }
    }
    ds_put_cstr(s, "]]");
}
