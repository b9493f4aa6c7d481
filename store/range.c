/* Ranges, read page by page at the revision of the first page.
 *
 * etcd would build an answer of any size in memory at once (100,000 small
 * keys cost it half a gigabyte), so a range is never asked for whole.  But
 * each page costs it a walk over the index of all that is left, too.  So the
 * first page has few keys, and how large they are says how many the next one
 * may have.  When a page is too large to be taken all the same, it is asked
 * for in smaller ones, and the next ranges begin with such. */
#include <config.h>

#include <string.h>

#include "store/backend.h"
#include "util.h"

/* What a page should bring, what a key costs besides its bytes, how much
 * larger than the one before it a page may be, and how much larger than
 * 'page_size'. */
#define TARGET_PAGE_BYTES (2 * 1024 * 1024)
enum { KEY_OVERHEAD_BYTES = 100, GROWTH = 4, MAX_GROWTH = 10 };

/* What one page brought: it is kept until the callback has been called. */
struct page {
    struct store_kv *kvs;
    size_t n_kvs;
    char *bytes;                /* Where their keys and values lie. */
};

struct range_op {
    struct store_op up;
    struct store_range range;   /* 'key' moves on with each page. */
    struct store_range_options options;
    store_range_cb *cb;
    void *aux;
    struct store_op *op;        /* The page under way. */
    unsigned int page_size;     /* Of the page under way. */
    struct page *pages;
    size_t n_pages, allocated_pages;
    size_t n_kvs;               /* Of all pages. */
    int64_t count;
    int64_t revision;           /* 0 before the first page. */
};

static void get_page(struct range_op *);

static void
free_range_op(struct store_op *op_)
{
    struct range_op *op = CONTAINER_OF(op_, struct range_op, up);

    store_op_cancel(op->op);
    for (size_t i = 0; i < op->n_pages; i++) {
        free(op->pages[i].kvs);
        free(op->pages[i].bytes);
    }
    free(op->pages);
    store_range_free(&op->range);
    free(op);
}

/* Copies 'result' behind the pages that are there. */
static void
add_page(struct range_op *op, const struct store_range_result *result)
{
    struct page page = { .n_kvs = result->n_kvs };
    size_t size = 0;
    char *p;

    for (size_t i = 0; i < result->n_kvs; i++) {
        size += result->kvs[i].key.size + result->kvs[i].value.size + 2;
    }
    page.kvs = xmemdup(result->kvs, MAX(1, result->n_kvs) * sizeof *page.kvs);
    page.bytes = p = xmalloc(MAX(1, size));
    for (size_t i = 0; i < result->n_kvs; i++) {
        struct store_bytes *parts[] = {
            &page.kvs[i].key, &page.kvs[i].value,
        };

        for (size_t j = 0; j < ARRAY_SIZE(parts); j++) {
            memcpy(p, parts[j]->data, parts[j]->size);
            p[parts[j]->size] = '\0';
            parts[j]->data = p;
            p += parts[j]->size + 1;
        }
    }
    if (op->n_pages == op->allocated_pages) {
        op->pages = x2nrealloc(op->pages, &op->allocated_pages,
                               sizeof *op->pages);
    }
    op->pages[op->n_pages++] = page;
    op->n_kvs += page.n_kvs;
}

static void
finish(struct range_op *op, int error, const struct err *err,
       const struct store_range_result *result)
{
    ovs_list_remove(&op->up.node);
    ovs_list_init(&op->up.node);
    op->cb(error, err, result, op->aux);
    free_range_op(&op->up);
}

/* The callback for a range of several pages. */
static void
finish_pages(struct range_op *op, bool more)
{
    struct store_range_result result = {
        .n_kvs = op->n_kvs, .count = op->count, .revision = op->revision,
        .more = more,
    };
    struct store_kv *kvs = xmalloc(MAX(1, op->n_kvs) * sizeof *kvs);
    size_t n = 0;

    for (size_t i = 0; i < op->n_pages; i++) {
        memcpy(&kvs[n], op->pages[i].kvs,
               op->pages[i].n_kvs * sizeof *kvs);
        n += op->pages[i].n_kvs;
    }
    result.kvs = kvs;
    finish(op, 0, NULL, &result);
    free(kvs);
}

/* The next page begins right behind the last key of this one. */
static void
advance(struct range_op *op, struct store_bytes last)
{
    char *next = xmalloc(last.size + 2);

    memcpy(next, last.data, last.size);
    memset(&next[last.size], 0, 2);
    store_bytes_free(&op->range.key);
    op->range.key = (struct store_bytes) { next, last.size + 1 };
}

/* Chooses the size of the next page after 'result', which is not empty. */
static void
adapt_page_size(struct range_op *op, const struct store_range_result *result)
{
    struct store *store = op->up.store;
    size_t size = 0, fit;

    for (size_t i = 0; i < result->n_kvs; i++) {
        size += result->kvs[i].key.size + result->kvs[i].value.size
                + KEY_OVERHEAD_BYTES;
    }
    fit = MAX(1, TARGET_PAGE_BYTES / (size / result->n_kvs));
    op->page_size = MIN(MIN(fit, op->page_size * GROWTH),
                        store->page_size * MAX_GROWTH);
    store->first_page_size = MIN(store->first_page_size * 2,
                                 MAX(1, store->page_size / GROWTH));
}

static void
on_page(int error, const struct err *err,
        const struct store_range_result *result, void *op_)
{
    struct range_op *op = op_;

    op->op = NULL;
    if (error == -WEFT_E_TOO_LARGE && op->page_size > 1) {
        op->page_size = MAX(1, op->page_size / 8);
        op->up.store->first_page_size = op->page_size;
        get_page(op);
        return;
    } else if (error) {
        if (error == -WEFT_E_TIMEOUT) {
            /* Perhaps it was too much for the time. */
            op->up.store->first_page_size = MAX(1, op->page_size / GROWTH);
        }
        finish(op, error, err, NULL);
        return;
    }

    int64_t n_kvs = op->n_kvs + result->n_kvs;
    bool limited = op->options.limit && n_kvs >= op->options.limit;

    if (!op->revision) {
        op->revision = result->revision;
        op->count = result->count;
    }
    if (!op->n_pages && (!result->more || limited)) {
        finish(op, 0, NULL, result);
    } else {
        add_page(op, result);
        if (result->more && !limited && result->n_kvs) {
            advance(op, result->kvs[result->n_kvs - 1].key);
            adapt_page_size(op, result);
            get_page(op);
        } else {
            finish_pages(op, result->more);
        }
    }
}

static void
get_page(struct range_op *op)
{
    struct store_range_options options = op->options;

    options.limit = op->page_size;
    if (op->options.limit) {
        options.limit = MIN(options.limit,
                            op->options.limit - (int64_t) op->n_kvs);
    }
    if (op->revision) {
        options.revision = op->revision;
    }
    op->op = op->up.store->class->range(op->up.store, &op->range, &options,
                                        on_page, op);
}

struct store_op *
store_get_range(struct store *store, const struct store_range *range,
                const struct store_range_options *options,
                store_range_cb *cb, void *aux)
{
    struct range_op *op = xzalloc(sizeof *op);

    store_op_init(&op->up, store, free_range_op);
    op->range = store_range_copy(range);
    if (options) {
        op->options = *options;
    }
    op->cb = cb;
    op->aux = aux;
    op->page_size = MAX(1, MIN(store->first_page_size, store->page_size));
    get_page(op);
    return store_op_publish(&op->up);
}
