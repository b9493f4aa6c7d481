/* Memory for what lives and dies together, such as one decoded answer. */
#ifndef WEFT_STORE_ARENA_H
#define WEFT_STORE_ARENA_H 1

#include <stddef.h>

struct arena {
    struct arena_block *blocks;     /* The newest first. */
};
#define ARENA_INIT { NULL }

/* 'size' bytes, aligned for anything, until arena_clear(). */
void *arena_alloc(struct arena *arena, size_t size);
/* Frees all. */
void arena_clear(struct arena *arena);

#endif
