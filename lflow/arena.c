/* Memory given back all at once: blocks in a list, the newest in use.  A
 * request larger than a block gets a block of its own. */
#include <config.h>

#include "lflow/arena.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

enum { BLOCK_SIZE = 16384, ALIGNMENT = 16 };

struct lflow_arena_block {
    struct lflow_arena_block *next;
    size_t size;                /* Bytes of 'data'. */
    char data[] __attribute__((aligned(ALIGNMENT)));
};

static void
arena_add_block(struct lflow_arena *arena, size_t size)
{
    struct lflow_arena_block *block;

    size = MAX(size, BLOCK_SIZE - sizeof *block);
    block = xmalloc(sizeof *block + size);
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->free = block->data;
    arena->n_free = size;
}

void *
lflow_arena_alloc(struct lflow_arena *arena, size_t size)
{
    void *p;

    size = ROUND_UP(size, ALIGNMENT);
    if (size > arena->n_free) {
        arena_add_block(arena, size);
    }
    p = arena->free;
    memset(p, 0, size);
    arena->free += size;
    arena->n_free -= size;
    arena->n_bytes += size;
    return p;
}

char *
lflow_arena_strndup(struct lflow_arena *arena, const char *text,
                    size_t length)
{
    char *copy = lflow_arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    return copy;
}

void
lflow_arena_reset(struct lflow_arena *arena)
{
    struct lflow_arena_block *block = arena->blocks;

    if (!block) {
        return;
    }
    while (block->next) {
        struct lflow_arena_block *next = block->next;

        free(block);
        block = next;
    }
    arena->blocks = block;      /* The oldest: of ordinary size, mostly. */
    arena->free = block->data;
    arena->n_free = block->size;
    arena->n_bytes = 0;
    arena->n_steps = 0;
}

void
lflow_arena_destroy(struct lflow_arena *arena)
{
    lflow_arena_reset(arena);
    free(arena->blocks);
    *arena = (struct lflow_arena) LFLOW_ARENA_INIT;
}
