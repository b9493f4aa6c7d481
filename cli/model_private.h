/* The model's own: for model.c and model_scan.c. */
#ifndef WEFT_CLI_MODEL_PRIVATE_H
#define WEFT_CLI_MODEL_PRIVATE_H 1

#include "cli/model.h"
#include "openvswitch/shash.h"
#include "sset.h"
#include "store/arena.h"

struct store_kv;

struct want {
    const struct table *table;
    char *id;
};

struct model {
    struct store *store;
    char *prefix;
    int64_t revision;
    bool is_historic;           /* That revision was asked for. */
    struct err err;
    struct shash tables;        /* "struct rows"s by area. */
    struct want *wants;
    size_t n_wants, allocated_wants;
};

/* The rows of one table as far as they are known. */
struct rows {
    const struct table *table;
    struct hmap by_id;
    struct hmap by_uuid;
    struct hmap by_parent[TABLE_MAX_PARENTS];
    struct sset loaded_parents; /* Of a composite table: read as a whole. */
    struct arena texts;         /* Of rows. */
    size_t n_unparsed;          /* Rows with a text. */
    unsigned int n_searches;    /* Through the texts. */
    size_t n_wanted;            /* In load_much_wanted(). */
    bool is_loaded;
    bool knows_uuid_ids, has_uuid_ids;
    bool count_known;
    size_t count;               /* In the store. */
};

/* Where what is read goes. */
struct loading {
    struct model *model;
    struct rows *rows;
    size_t skip;                /* Bytes of the key before the id. */
    bool was_empty;             /* 'rows' had none before. */
};

/* The rows of 'table'; made if need be. */
struct rows *model_rows_of(struct model *model, const struct table *table);
/* Reads all of a table unless that has been done. */
void model_load_table(struct model *model, struct rows *rows);
/* Reads the rows of a table whose ids begin with 'below'. */
void model_load_prefix(struct model *model, struct rows *rows,
                       const char *below);
/* Fetches what was announced: each becomes a row, with a value or without. */
void model_fetch_wants(struct model *model);
/* "P/nb/acl/", the caller's. */
char *model_area_prefix(const struct model *model, const struct table *table);
/* Makes the value of the text that 'row' may have; true if it has a value. */
bool model_row_parse(struct row *row);
/* What a row says its parent is, the caller's, or NULL. */
char *model_parent_of(const struct row *row, int which);
/* The id that a key ends in, the caller's, or NULL if it is no row's. */
char *model_id_from_key(const struct loading *loading,
                        const struct store_kv *kv);

#endif
