/* What the generic commands share: "column:key=value" taken apart. */
#ifndef WEFT_CLI_DB_H
#define WEFT_CLI_DB_H 1

#include "cli/command.h"

/* "column[:key][OPvalue]". */
struct db_argument {
    const struct view_column *column;
    char *key;                  /* Owned, or NULL. */
    char *value;                /* Owned, or NULL. */
    int op;                     /* Index among 'ops'. */
};

/* Parses 'arg'. With 'ops' (NULL-terminated) an operator and a value must
 * follow. Returns NULL, or a message that the caller frees. */
char *db_argument_parse(const char *arg, const struct view_table *table,
                        const char *const *ops, struct db_argument *out);
void db_argument_clear(struct db_argument *arg);

/* The columns of --columns (a NULL is "_uuid"), or all. '*columnsp' is the
 * caller's. */
char *db_parse_columns(const char *names, const struct view_table *table,
                       const struct view_column ***columnsp, size_t *np);

/* A table with the columns' headings, and a row of it. */
struct text_table *db_make_table(const struct view_column **columns,
                                 size_t n);
void db_add_row(struct text_table *table, struct row *row,
                const struct view_column **columns, size_t n);

/* Whether 'row' satisfies "column[:key]OPvalue". */
char *db_check_condition(struct context *ctx, const struct view_table *table,
                         struct row *row, const char *arg, bool *satisfied);

/* Announces that db_check_condition() will be asked of these 'n' rows. */
void db_want_condition(const struct view_table *table,
                       struct row *const *rows, size_t n, const char *arg);

/* Sets "column[:key]=value" of 'row'. */
void db_set_column(struct context *ctx, const struct view_table *table,
                   struct row *row, const char *text);

/* The table and the columns that a generic command names must be there. */
void db_check(struct context *ctx);

extern const struct command_group db_commands;

#endif
