/* What the files of the model share. */
#ifndef WEFT_TRANSLATOR_MODEL_PRIVATE_H
#define WEFT_TRANSLATOR_MODEL_PRIVATE_H 1

#include "translator/model.h"

/* The northbound table of that name, or NULL. */
const struct schema_table *model_table_by_name(const char *name);

/* States the facts that 'row' makes in every index, or withdraws them. */
void model_index_row(struct engine *, const struct schema_row *row,
                     bool add);

#endif
