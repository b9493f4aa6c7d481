/* Memory that is given back all at once: what one compile allocates.
 *
 * Allocations are aligned for any type, are zeroed, and live until
 * lflow_arena_destroy() or lflow_arena_reset().  Out of memory aborts; how
 * much may be asked for is bounded by the limits of lflow/limits.h. */
#ifndef WEFT_LFLOW_ARENA_H
#define WEFT_LFLOW_ARENA_H 1

#include <stddef.h>
#include <stdint.h>

struct lflow_arena_block;

/* Start from LFLOW_ARENA_INIT; end with lflow_arena_destroy(). */
struct lflow_arena {
    struct lflow_arena_block *blocks;   /* Newest first; the arena's own. */
    char *free;                         /* Next free byte of the newest. */
    size_t n_free;                      /* Bytes left in it. */
    size_t n_bytes;                     /* Handed out since the last reset. */
    uint64_t n_steps;                   /* Effort since then, as counted by
                                         * users who bound it. */
};
#define LFLOW_ARENA_INIT { NULL, NULL, 0, 0, 0 }

/* 'size' zeroed bytes, owned by 'arena'; never NULL. */
void *lflow_arena_alloc(struct lflow_arena *arena, size_t size);

/* A copy of the 'length' bytes at 'text', NUL-terminated. */
char *lflow_arena_strndup(struct lflow_arena *arena, const char *text,
                          size_t length);

/* Frees all allocations but keeps one block for the next use. */
void lflow_arena_reset(struct lflow_arena *arena);

/* Frees everything; 'arena' is LFLOW_ARENA_INIT again. */
void lflow_arena_destroy(struct lflow_arena *arena);

#endif
