/* The containers that rows are made of, and lists of faults. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "schemas/schema_private.h"
#include "util.h"

char schema_empty[1] = "";

void
schema_string_set(char **stringp, const char *value)
{
    char *old = *stringp;

    *stringp = !value ? NULL : value[0] ? xstrdup(value) : schema_empty;
    if (old != schema_empty) {
        free(old);
    }
}

/* ---- Strings ---------------------------------------------------------- */

/* Makes room for one more in an array of 'n' that grows by powers of two.  An
 * array that shrank is reallocated to less than it has, which is harmless. */
static void *
grow(void *items, size_t n, size_t size)
{
    if (!(n & (n - 1))) {
        items = xrealloc(items, (n ? n * 2 : 1) * size);
    }
    return items;
}

void
schema_strings_add(struct schema_strings *strings, const char *value)
{
    strings->items = grow(strings->items, strings->n, sizeof *strings->items);
    strings->items[strings->n++] = xstrdup(value);
}

/* Index of the first element that is not less than 'value'. */
static size_t
lower_bound(const struct schema_strings *strings, const char *value)
{
    size_t low = 0;
    size_t high = strings->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(strings->items[middle], value) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool
schema_strings_contains(const struct schema_strings *strings,
                        const char *value)
{
    size_t i = lower_bound(strings, value);

    return i < strings->n && !strcmp(strings->items[i], value);
}

bool
schema_strings_insert(struct schema_strings *strings, const char *value)
{
    size_t i = lower_bound(strings, value);

    if (i < strings->n && !strcmp(strings->items[i], value)) {
        return false;
    }
    strings->items = grow(strings->items, strings->n, sizeof *strings->items);
    memmove(&strings->items[i + 1], &strings->items[i],
            (strings->n - i) * sizeof *strings->items);
    strings->items[i] = xstrdup(value);
    strings->n++;
    return true;
}

static int
compare_strings(const void *a_, const void *b_)
{
    const char *const *a = a_;
    const char *const *b = b_;

    return strcmp(*a, *b);
}

void
schema_strings_sort(struct schema_strings *strings)
{
    size_t n = 0;

    if (strings->n < 2) {
        return;
    }
    qsort(strings->items, strings->n, sizeof *strings->items,
          compare_strings);
    for (size_t i = 0; i < strings->n; i++) {
        if (n && !strcmp(strings->items[n - 1], strings->items[i])) {
            free(strings->items[i]);
        } else {
            strings->items[n++] = strings->items[i];
        }
    }
    strings->n = n;
}

void
schema_strings_clear(struct schema_strings *strings)
{
    for (size_t i = 0; i < strings->n; i++) {
        free(strings->items[i]);
    }
    free(strings->items);
    *strings = (struct schema_strings) { NULL, 0 };
}

/* ---- Integers --------------------------------------------------------- */

void
schema_integers_add(struct schema_integers *integers, int64_t value)
{
    integers->items = grow(integers->items, integers->n,
                           sizeof *integers->items);
    integers->items[integers->n++] = value;
}

static int
compare_integers(const void *a_, const void *b_)
{
    const int64_t *a = a_;
    const int64_t *b = b_;

    return *a < *b ? -1 : *a > *b;
}

void
schema_integers_sort(struct schema_integers *integers)
{
    struct schema_integers unique = { NULL, 0 };

    if (integers->n < 2) {
        return;
    }
    qsort(integers->items, integers->n, sizeof *integers->items,
          compare_integers);
    for (size_t i = 0; i < integers->n; i++) {
        if (!i || integers->items[i] != integers->items[i - 1]) {
            schema_integers_add(&unique, integers->items[i]);
        }
    }
    schema_integers_clear(integers);
    *integers = unique;
}

void
schema_integers_clear(struct schema_integers *integers)
{
    free(integers->items);
    *integers = (struct schema_integers) { NULL, 0 };
}

/* ---- Faults ----------------------------------------------------------- */

void
schema_faults_clear(struct schema_faults *faults)
{
    for (size_t i = 0; i < faults->n; i++) {
        free(faults->items[i].path);
        free(faults->items[i].message);
    }
    free(faults->items);
    faults->items = NULL;
    faults->n = 0;
    faults->code = 0;
}

static void __attribute__((format(printf, 4, 0)))
faults_add_valist(struct schema_faults *faults, int code, char *path,
                  const char *format, va_list args)
{
    size_t max = faults->max ? faults->max : SCHEMA_MAX_FAULTS;

    if (!faults->code) {
        faults->code = code;
    }
    if (faults->n >= max) {
        free(path);
        return;
    }
    faults->items = grow(faults->items, faults->n, sizeof *faults->items);
    faults->items[faults->n++] = (struct schema_fault) {
        .path = path,
        .message = xvasprintf(format, args),
    };
}

void
schema_faults_add(struct schema_faults *faults, int code, const char *path,
                  const char *format, ...)
{
    va_list args;

    va_start(args, format);
    faults_add_valist(faults, code, xstrdup(path ? path : ""), format, args);
    va_end(args);
}

/* "options.mcast_rate", "encaps[0].ip". */
static void
format_path(struct ds *s, const struct schema_path *path)
{
    if (!path) {
        return;
    }
    format_path(s, path->up);
    if (path->name) {
        ds_put_format(s, "%s%s", s->length ? "." : "", path->name);
    } else {
        ds_put_format(s, "[%"PRIuSIZE"]", path->index);
    }
}

void
schema_fault_at(struct schema_faults *faults, const struct schema_path *path,
                const char *format, ...)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    va_list args;

    format_path(&s, path);
    va_start(args, format);
    faults_add_valist(faults, -WEFT_E_INVALID, ds_steal_cstr(&s), format,
                      args);
    va_end(args);
}

int
schema_faults_to_err(struct schema_faults *faults, struct err *err)
{
    int code = faults->code;

    if (faults->n) {
        err_put(err, code, faults->items[0].path, "%s",
                faults->items[0].message);
    }
    schema_faults_clear(faults);
    return code;
}
