/* Small facts about rows that many generators ask for.  Each is a derived
 * value of its own, so that who asks runs again only if the answer changes,
 * not whenever the row does. */
#ifndef WEFT_TRANSLATOR_TRAITS_H
#define WEFT_TRANSLATOR_TRAITS_H 1

#include <stdbool.h>

#include "translator/model.h"

/* Is there a valid row 'id' in northbound table 'table'? */
bool model_row_exists(struct engine_reader *,
                      const struct schema_table *table, const char *id);
#define MODEL_ROW_EXISTS(READER, TABLE, ID) \
    model_row_exists(READER, &nb_##TABLE##_table, ID)

/* Element 'key' of map column 'column' of a row, or NULL. */
const char *model_row_option(struct engine_reader *,
                             const struct schema_table *table,
                             const char *id, const char *column,
                             const char *key);
/* The same as a boolean, 'fallback' when there is none. */
bool model_row_option_bool(struct engine_reader *,
                           const struct schema_table *table, const char *id,
                           const char *column, const char *key,
                           bool fallback);
#define MODEL_ROW_OPTION(READER, TABLE, ID, COLUMN, KEY) \
    model_row_option(READER, &nb_##TABLE##_table, ID, COLUMN, KEY)
#define MODEL_ROW_OPTION_BOOL(READER, TABLE, ID, COLUMN, KEY, FALLBACK) \
    model_row_option_bool(READER, &nb_##TABLE##_table, ID, COLUMN, KEY, \
                          FALLBACK)

/* Option 'key' of nb_global, as a boolean. */
bool model_global_bool(struct engine_reader *, const char *key,
                       bool fallback);

#endif
