/* Memory for what lives and dies together: see arena.h. */
#include <config.h>

#include "store/arena.h"

#include <stddef.h>

#include "util.h"

enum { BLOCK_SIZE = 4000, LARGE_BLOCK_SIZE = 256 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    max_align_t data[];
};

static void
add_block(struct arena *arena, size_t size)
{
    size_t block_size = MAX(arena->blocks ? LARGE_BLOCK_SIZE : BLOCK_SIZE,
                            size);
    struct arena_block *block = xmalloc(sizeof *block + block_size);

    block->next = arena->blocks;
    block->used = 0;
    block->size = block_size;
    arena->blocks = block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    void *p;

    size = ROUND_UP(size, sizeof(max_align_t));
    if (!arena->blocks || arena->blocks->size - arena->blocks->used < size) {
        add_block(arena, size);
    }
    p = (char *) arena->blocks->data + arena->blocks->used;
    arena->blocks->used += size;
    return p;
}

void
arena_clear(struct arena *arena)
{
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}
