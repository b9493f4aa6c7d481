/* Tables as list, columns, CSV, HTML and JSON. */
#include <config.h>

#include "cli/text_table.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "uuid.h"

struct cell {
    struct datum datum;
    const struct datum_type *type;      /* A constant. */
};

struct text_table {
    char **headings;
    size_t n_columns, allocated_columns;
    struct cell *cells;
    size_t n_cells, allocated_cells;
};

bool
text_table_parse_format(struct text_table_style *style, const char *word)
{
    static const char *const words[] = {
        [TEXT_TABLE_LIST] = "list", [TEXT_TABLE_TABLE] = "table",
        [TEXT_TABLE_CSV] = "csv", [TEXT_TABLE_HTML] = "html",
        [TEXT_TABLE_JSON] = "json",
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(word, words[i])) {
            style->format = i;
            return true;
        }
    }
    return false;
}

bool
text_table_parse_data(struct text_table_style *style, const char *word)
{
    static const char *const words[] = {
        [TEXT_TABLE_STRING] = "string", [TEXT_TABLE_BARE] = "bare",
        [TEXT_TABLE_DATA_JSON] = "json",
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (!strcmp(word, words[i])) {
            style->data = i;
            return true;
        }
    }
    return false;
}

struct text_table *
text_table_create(void)
{
    return xzalloc(sizeof(struct text_table));
}

void
text_table_destroy(struct text_table *table)
{
    if (!table) {
        return;
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        free(table->headings[i]);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        datum_destroy(&table->cells[i].datum, table->cells[i].type);
    }
    free(table->headings);
    free(table->cells);
    free(table);
}

void
text_table_add_column(struct text_table *table, const char *heading)
{
    if (table->n_columns >= table->allocated_columns) {
        table->headings = x2nrealloc(table->headings,
                                     &table->allocated_columns,
                                     sizeof *table->headings);
    }
    table->headings[table->n_columns++] = xstrdup(heading);
}

void
text_table_add_datum(struct text_table *table, const struct datum *datum,
                     const struct datum_type *type)
{
    if (table->n_cells >= table->allocated_cells) {
        table->cells = x2nrealloc(table->cells, &table->allocated_cells,
                                  sizeof *table->cells);
    }

    struct cell *cell = &table->cells[table->n_cells++];
    datum_clone(&cell->datum, datum, type);
    cell->type = type;
}

/* The cell's text, the caller's. */
static char *
cell_text(const struct cell *cell, enum text_table_data data)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (data == TEXT_TABLE_DATA_JSON) {
        datum_to_json(&cell->datum, cell->type, &s);
    } else if (data == TEXT_TABLE_BARE) {
        datum_to_bare(&cell->datum, cell->type, &s);
    } else {
        datum_to_text(&cell->datum, cell->type, &s);
    }
    return ds_steal_cstr(&s);
}

static void
end_line(struct ds *s)
{
    ds_chomp(s, ' ');
    while (s->length && ds_last(s) == ' ') {
        ds_chomp(s, ' ');
    }
    ds_put_char(s, '\n');
}

static void
print_lists(const struct text_table *table,
            const struct text_table_style *style, char *const *texts,
            struct ds *s)
{
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t x = i % table->n_columns;

        if (i && !x) {
            ds_put_char(s, '\n');
        }
        if (!style->no_headings) {
            ds_put_format(s, "%-20s: ", table->headings[x]);
        }
        ds_put_format(s, "%s\n", texts[i]);
    }
}

/* The width of column 'x'. */
static int
column_width(const struct text_table *table,
             const struct text_table_style *style, char *const *texts,
             size_t x)
{
    size_t width = 0;

    for (size_t i = x; i < table->n_cells; i += table->n_columns) {
        width = MAX(width, strlen(texts[i]));
    }
    if (style->max_column_width > 0) {
        width = MIN(width, style->max_column_width);
    }
    return style->no_headings ? width : MAX(width,
                                            strlen(table->headings[x]));
}

static void
print_columns(const struct text_table *table,
              const struct text_table_style *style, char *const *texts,
              struct ds *s)
{
    int *widths = xcalloc(table->n_columns, sizeof *widths);

    for (size_t x = 0; x < table->n_columns; x++) {
        widths[x] = column_width(table, style, texts, x);
    }
    for (size_t x = 0; !style->no_headings && x < table->n_columns; x++) {
        ds_put_format(s, "%s%-*s", x ? " " : "", widths[x],
                      table->headings[x]);
    }
    if (!style->no_headings) {
        end_line(s);
        for (size_t x = 0; x < table->n_columns; x++) {
            ds_put_cstr(s, x ? " " : "");
            ds_put_char_multiple(s, '-', widths[x]);
        }
        end_line(s);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t x = i % table->n_columns;

        ds_put_format(s, "%s%-*.*s", x ? " " : "", widths[x], widths[x],
                      texts[i]);
        if (x == table->n_columns - 1) {
            end_line(s);
        }
    }
    free(widths);
}

static void
put_csv(const char *text, struct ds *s)
{
    if (!strpbrk(text, "\n\",")) {
        ds_put_cstr(s, text);
        return;
    }
    ds_put_char(s, '"');
    for (const char *p = text; *p; p++) {
        ds_put_char(s, *p);
        if (*p == '"') {
            ds_put_char(s, '"');
        }
    }
    ds_put_char(s, '"');
}

static void
print_csv(const struct text_table *table,
          const struct text_table_style *style, char *const *texts,
          struct ds *s)
{
    for (size_t x = 0; !style->no_headings && x < table->n_columns; x++) {
        ds_put_cstr(s, x ? "," : "");
        put_csv(table->headings[x], s);
    }
    if (!style->no_headings) {
        ds_put_char(s, '\n');
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t x = i % table->n_columns;

        ds_put_cstr(s, x ? "," : "");
        put_csv(texts[i], s);
        if (x == table->n_columns - 1) {
            ds_put_char(s, '\n');
        }
    }
}

static void
put_html(const char *text, size_t n, struct ds *s)
{
    for (size_t i = 0; i < n && text[i]; i++) {
        switch (text[i]) {
        case '&':
            ds_put_cstr(s, "&amp;");
            break;
        case '<':
            ds_put_cstr(s, "&lt;");
            break;
        case '>':
            ds_put_cstr(s, "&gt;");
            break;
        case '"':
            ds_put_cstr(s, "&quot;");
            break;
        default:
            ds_put_char(s, text[i]);
            break;
        }
    }
}

/* UUIDs link to the row's anchor. */
static void
print_html_cell(const char *element, const char *text, struct ds *s)
{
    ds_put_format(s, "    <%s>", element);
    while (*text) {
        struct uuid uuid;

        if (uuid_from_string_prefix(&uuid, text)) {
            ds_put_format(s, "<a href=\"#%.*s\">%.*s</a>", UUID_LEN, text, 8,
                          text);
            text += UUID_LEN;
        } else {
            put_html(text++, 1, s);
        }
    }
    ds_put_format(s, "</%s>\n", element);
}

static void
print_html(const struct text_table *table,
           const struct text_table_style *style, char *const *texts,
           struct ds *s)
{
    ds_put_cstr(s, "<table border=1>\n");
    if (!style->no_headings) {
        ds_put_cstr(s, "  <tr>\n");
        for (size_t x = 0; x < table->n_columns; x++) {
            print_html_cell("th", table->headings[x], s);
        }
        ds_put_cstr(s, "  </tr>\n");
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t x = i % table->n_columns;

        ds_put_cstr(s, x ? "" : "  <tr>\n");
        if (!strcmp(table->headings[x], "_uuid")) {
            ds_put_cstr(s, "    <td><a name=\"");
            put_html(texts[i], SIZE_MAX, s);
            ds_put_cstr(s, "\">");
            put_html(texts[i], 8, s);
            ds_put_cstr(s, "</a></td>\n");
        } else {
            print_html_cell("td", texts[i], s);
        }
        ds_put_cstr(s, x == table->n_columns - 1 ? "  </tr>\n" : "");
    }
    ds_put_cstr(s, "</table>\n");
}

/* Compact JSON on several lines: a line for each element and member, closing
 * brackets where the last one ends. */
static void
put_pretty(const char *json, struct ds *s)
{
    bool in_string = false;
    int depth = 0;

    for (const char *p = json; *p; p++) {
        bool opens = !in_string && (*p == '[' || *p == '{');
        bool closes = !in_string && (*p == ']' || *p == '}');

        ds_put_char(s, *p);
        if (in_string && *p == '\\' && p[1]) {
            ds_put_char(s, *++p);
        } else if (*p == '"') {
            in_string = !in_string;
        }
        depth += opens - closes;
        if ((opens && p[1] != ']' && p[1] != '}')
            || (!in_string && *p == ',')) {
            ds_put_format(s, "\n%*s", 2 * depth, "");
        } else if (!in_string && *p == ':') {
            ds_put_char(s, ' ');
        }
    }
}

static void
print_json(const struct text_table *table,
           const struct text_table_style *style, struct ds *s)
{
    struct ds raw = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&raw, "{\"data\":[");
    for (size_t i = 0; i < table->n_cells; i++) {
        size_t x = i % table->n_columns;

        ds_put_cstr(&raw, x ? "," : i ? ",[" : "[");
        datum_to_json(&table->cells[i].datum, table->cells[i].type, &raw);
        ds_put_cstr(&raw, x == table->n_columns - 1 ? "]" : "");
    }
    ds_put_cstr(&raw, "],\"headings\":[");
    for (size_t x = 0; x < table->n_columns; x++) {
        ds_put_cstr(&raw, x ? "," : "");
        text_to_json(table->headings[x], &raw);
    }
    ds_put_cstr(&raw, "]}");

    if (style->pretty) {
        put_pretty(ds_cstr(&raw), s);
    } else {
        ds_put_cstr(s, ds_cstr(&raw));
    }
    ds_put_char(s, '\n');
    ds_destroy(&raw);
}

void
text_table_print(const struct text_table *table,
                 struct text_table_style *style, struct ds *s)
{
    char **texts = xcalloc(table->n_cells, sizeof *texts);

    for (size_t i = 0; i < table->n_cells; i++) {
        texts[i] = cell_text(&table->cells[i], style->data);
    }
    if (style->format != TEXT_TABLE_HTML && style->format != TEXT_TABLE_JSON) {
        ds_put_cstr(s, style->is_not_first ? "\n" : "");
        style->is_not_first = true;
    }
    switch (style->format) {
    case TEXT_TABLE_LIST:
        print_lists(table, style, texts, s);
        break;
    case TEXT_TABLE_TABLE:
        print_columns(table, style, texts, s);
        break;
    case TEXT_TABLE_CSV:
        print_csv(table, style, texts, s);
        break;
    case TEXT_TABLE_HTML:
        print_html(table, style, texts, s);
        break;
    case TEXT_TABLE_JSON:
        print_json(table, style, s);
        break;
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        free(texts[i]);
    }
    free(texts);
}
