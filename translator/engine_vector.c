/* Arrays that grow. */
#include <config.h>

#include "translator/engine_private.h"

#include "openvswitch/util.h"
#include "util.h"

/* Makes room for one more item of 'item_size' bytes and returns it. */
void *
vector_push(struct vector *vector, size_t item_size)
{
    if (vector->n == vector->allocated) {
        vector->allocated = MAX(4, vector->allocated * 2);
        vector->items = xrealloc(vector->items,
                                 vector->allocated * item_size);
    }
    return (char *) vector->items + vector->n++ * item_size;
}
