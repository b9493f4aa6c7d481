/* Short names for the types of columns, for the tables of views. */
#ifndef WEFT_CLI_VIEW_TYPES_H
#define WEFT_CLI_VIEW_TYPES_H 1

#include <stdint.h>

#include "cli/view.h"

#define SCALAR(...) { .key = { __VA_ARGS__ }, .n_min = 1, .n_max = 1 }
#define OPTIONAL(...) { .key = { __VA_ARGS__ }, .n_max = 1 }
#define SET(MIN, ...) \
    { .key = { __VA_ARGS__ }, .n_min = MIN, .n_max = DATUM_UNLIMITED }

#define STRING SCALAR(.type = ATOM_STRING)
#define OPTIONAL_STRING OPTIONAL(.type = ATOM_STRING)
#define OPTIONAL_SHORT_STRING(MAX) \
    OPTIONAL(.type = ATOM_STRING, .max_length = MAX)
#define STRING_SET(MIN) SET(MIN, .type = ATOM_STRING)
#define STRING_MAP                                                      \
    { .key = { .type = ATOM_STRING }, .value = { .type = ATOM_STRING }, \
      .n_max = DATUM_UNLIMITED }
#define ENUM(VALUES) SCALAR(.type = ATOM_STRING, .values = VALUES)
#define OPTIONAL_ENUM(VALUES) OPTIONAL(.type = ATOM_STRING, .values = VALUES)
#define ENUM_SET(VALUES) SET(0, .type = ATOM_STRING, .values = VALUES)
#define BOOLEAN SCALAR(.type = ATOM_BOOLEAN)
#define OPTIONAL_BOOLEAN OPTIONAL(.type = ATOM_BOOLEAN)
#define INTEGER(MIN, MAX) SCALAR(.type = ATOM_INTEGER, .min = MIN, .max = MAX)
#define ANY_INTEGER SCALAR(.type = ATOM_INTEGER)
#define OPTIONAL_INTEGER(MIN, MAX) \
    OPTIONAL(.type = ATOM_INTEGER, .min = MIN, .max = MAX)
#define OPTIONAL_ANY_INTEGER OPTIONAL(.type = ATOM_INTEGER)
#define INTEGER_MAP(KEYS, MIN, MAX)                                     \
    { .key = { .type = ATOM_STRING, .values = KEYS },                   \
      .value = { .type = ATOM_INTEGER, .min = MIN, .max = MAX },        \
      .n_max = DATUM_UNLIMITED }
#define ROWS(TABLE, MIN) SET(MIN, .type = ATOM_UUID, .table = TABLE)
#define ROW_MAP(TABLE)                                                  \
    { .key = { .type = ATOM_STRING },                                   \
      .value = { .type = ATOM_UUID, .table = TABLE },                   \
      .n_max = DATUM_UNLIMITED }
#define ROW(TABLE) SCALAR(.type = ATOM_UUID, .table = TABLE)
#define OPTIONAL_ROW(TABLE) OPTIONAL(.type = ATOM_UUID, .table = TABLE)

/* A row of a view's columns; more members may follow. */
#define COLUMN(NAME, TYPE, KIND, ...) \
    { .name = NAME, .type = TYPE, .kind = KIND, __VA_ARGS__ }

#endif
