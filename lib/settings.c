/* Settings from environment and command line: see settings.h. */
#include <config.h>

#include "lib/settings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

struct value {
    const struct setting *row;
    char *text;             /* Owned; NULL: not set. */
    char *origin;           /* Who gave it, for messages; NULL: default. */
};

struct settings {
    struct value *values;
    size_t n, allocated;
};

struct settings *
settings_create(void)
{
    return xzalloc(sizeof(struct settings));
}

void
settings_destroy(struct settings *settings)
{
    if (settings) {
        for (size_t i = 0; i < settings->n; i++) {
            free(settings->values[i].text);
            free(settings->values[i].origin);
        }
        free(settings->values);
        free(settings);
    }
}

/* "etcd-ca" -> "WEFT_ETCD_CA". */
static char *
variable_name(const char *name)
{
    char *variable = xasprintf("WEFT_%s", name);

    for (char *p = variable; *p; p++) {
        *p = *p == '-' ? '_' : toupper((unsigned char) *p);
    }
    return variable;
}

void
settings_add(struct settings *settings, const struct setting *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *variable = variable_name(rows[i].name);
        const char *given = getenv(variable);
        struct value *value;

        if (settings->n >= settings->allocated) {
            settings->values = x2nrealloc(settings->values,
                                          &settings->allocated,
                                          sizeof *settings->values);
        }
        value = &settings->values[settings->n++];
        value->row = &rows[i];
        value->text = nullable_xstrdup(given ? given
                                             : rows[i].default_value);
        value->origin = given ? variable : NULL;
        if (!given) {
            free(variable);
        }
    }
}

static struct value *
find(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->n; i++) {
        if (!strcmp(settings->values[i].row->name, name)) {
            return &settings->values[i];
        }
    }
    return NULL;
}

static bool
parse_boolean(const char *text, bool *valuep)
{
    if (!strcmp(text, "true") || !strcmp(text, "false")) {
        *valuep = text[0] == 't';
        return true;
    }
    return false;
}

static int
check_value(const struct value *value, struct err *err)
{
    const struct setting *row = value->row;
    const char *origin = value->origin ? value->origin : row->name;
    long long int number;
    bool boolean;

    if (!value->text) {
        return 0;
    }
    switch (row->type) {
    case SETTING_STRING:
        return 0;
    case SETTING_INTEGER:
        if (!str_to_llong(value->text, 10, &number) || number < row->min
            || number > row->max) {
            return err_put(err, -WEFT_E_INVALID, origin,
                           "\"%s\" is not a number from %lld to %lld",
                           value->text, (long long int) row->min,
                           (long long int) row->max);
        }
        return 0;
    case SETTING_BOOLEAN:
        if (!parse_boolean(value->text, &boolean)) {
            return err_put(err, -WEFT_E_INVALID, origin,
                           "\"%s\" is neither true nor false", value->text);
        }
        return 0;
    default:
        OVS_NOT_REACHED();
    }
}

int
settings_set(struct settings *settings, const char *name, const char *text,
             struct err *err)
{
    struct value *value = find(settings, name);

    if (!value) {
        return err_put(err, -WEFT_E_NOT_FOUND, name, "no such setting");
    }
    free(value->text);
    free(value->origin);
    value->text = xstrdup(text ? text : "true");
    value->origin = xasprintf("--%s", name);
    return check_value(value, err);
}

int
settings_check(const struct settings *settings, struct err *err)
{
    for (size_t i = 0; i < settings->n; i++) {
        int error = check_value(&settings->values[i], err);

        if (error) {
            return error;
        }
    }
    return 0;
}

const char *
settings_string(const struct settings *settings, const char *name)
{
    const struct value *value = find(settings, name);

    ovs_assert(value);
    return value->text;
}

int64_t
settings_integer(const struct settings *settings, const char *name)
{
    const char *text = settings_string(settings, name);
    long long int number = 0;

    if (text) {
        str_to_llong(text, 10, &number);
    }
    return number;
}

bool
settings_boolean(const struct settings *settings, const char *name)
{
    const char *text = settings_string(settings, name);
    bool boolean = false;

    if (text) {
        parse_boolean(text, &boolean);
    }
    return boolean;
}

bool
settings_is_set(const struct settings *settings, const char *name)
{
    const struct value *value = find(settings, name);

    ovs_assert(value);
    return value->origin != NULL;
}

const struct setting *
settings_row(const struct settings *settings, size_t i)
{
    return i < settings->n ? settings->values[i].row : NULL;
}

void
settings_print_help(const struct settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        const struct setting *row = settings->values[i].row;
        char *variable = variable_name(row->name);
        char *option = xasprintf("--%s%s%s", row->name,
                                 row->argument ? "=" : "",
                                 row->argument ? row->argument : "");

        printf("  %-28s %s\n", option, row->help);
        printf("  %-28s (%s%s%s)\n", "", variable,
               row->default_value ? ", default: " : "",
               row->default_value ? row->default_value : "");
        free(option);
        free(variable);
    }
}
