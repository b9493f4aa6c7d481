/* Tables of values in the formats of OVN's tools. */
#ifndef WEFT_CLI_TEXT_TABLE_H
#define WEFT_CLI_TEXT_TABLE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "cli/datum.h"

enum text_table_format {
    TEXT_TABLE_LIST,            /* A cell a line, rows apart. */
    TEXT_TABLE_TABLE,           /* Columns under headings. */
    TEXT_TABLE_CSV, TEXT_TABLE_HTML, TEXT_TABLE_JSON,
};

enum text_table_data {
    TEXT_TABLE_STRING,          /* To be read back. */
    TEXT_TABLE_BARE,            /* Without punctuation. */
    TEXT_TABLE_DATA_JSON,
};

struct text_table_style {
    enum text_table_format format;
    enum text_table_data data;
    bool no_headings;
    bool pretty;                /* JSON on several lines. */
    int max_column_width;       /* Of TABLE; 0: none. */
    bool is_not_first;          /* A table was printed before. */
};

/* Read "--format" and "--data"; false for an unknown word. */
bool text_table_parse_format(struct text_table_style *, const char *word);
bool text_table_parse_data(struct text_table_style *, const char *word);

struct text_table *text_table_create(void);
void text_table_destroy(struct text_table *);
/* Headings come before cells. */
void text_table_add_column(struct text_table *, const char *heading);
/* Adds the next cell, row by row; 'datum' is copied. */
void text_table_add_datum(struct text_table *, const struct datum *datum,
                          const struct datum_type *type);
void text_table_print(const struct text_table *, struct text_table_style *,
                      struct ds *);

#endif
