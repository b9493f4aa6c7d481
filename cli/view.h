/* OVN's tables as a view of Weft's rows: which columns there are, of which
 * type, and where each comes from. In Weft children name their parent and
 * memberships are keys of their own; here a switch has its ports, ACLs and so
 * on as sets of UUIDs, as OVN's users know it. */
#ifndef WEFT_CLI_VIEW_H
#define WEFT_CLI_VIEW_H 1

#include <stdbool.h>
#include <stddef.h>

#include "cli/datum.h"
#include "cli/model.h"

enum view_kind {
    VIEW_PLAIN,         /* The column 'field', a value of that type. */
    VIEW_CHOSEN,        /* The same; what was chosen, if it is not set and
                         * column 'request' asked for a choice. */
    VIEW_ID,            /* The row's id; cannot be changed. */
    VIEW_NAME,          /* The column 'field', or the id if that is absent. */
    VIEW_REF,           /* 'field' holds ids of rows of 'other'. */
    VIEW_CHILDREN,      /* Rows of 'other' whose parent 'which' is this row. */
    VIEW_MEMBERS,       /* Rows "<this>/<member>" of 'other': UUIDs of rows
                         * 'member' of 'members_of', or strings. */
    VIEW_STATUS,        /* The column 'field' of the row's status. */
    VIEW_COMPONENT,     /* Component 'which' of a composite id. */
    VIEW_COMPUTED,      /* 'compute' fills it in; cannot be changed. */
    VIEW_EMPTY,         /* Always at its default; cannot be changed. */
};

struct view_column {
    const char *name;           /* OVN's. */
    struct datum_type type;
    enum view_kind kind;
    const char *field;          /* In the row's JSON; NULL: 'name'. */
    const struct table *other;
    const struct table *members_of;
    int which;
    const char *request;        /* CHOSEN. */
    bool negated;               /* PLAIN booleans kept the other way. */
    bool is_settled;            /* STATUS: at its default, once there is a
                                 * translator, where the status is silent. */
    void (*compute)(struct row *row, struct datum *datum);
};

enum { VIEW_MAX_NAMES = 2 };

struct view_table {
    const char *name;           /* "Logical_Switch" */
    const struct table *table;
    const struct view_column *columns;  /* Sorted by name. */
    size_t n_columns;
    bool is_root;               /* Rows live without a parent. */
    bool is_singleton;          /* One row, whose id is 'names[0]'. */
    /* How rows are named: a column, or "column:key". */
    const char *names[VIEW_MAX_NAMES];
};

struct view {
    const char *database;       /* "nb" or "sb" */
    const struct view_table *const *tables;     /* Sorted, NULL at the end. */
    const char *schema_version; /* Of OVN's schema that has these tables. */
};

extern const struct view nb_view;
extern const struct view sb_view;

/* The table or column that 'name' abbreviates, whatever the case and with
 * '-' for '_'. Return NULL, or a message that the caller frees. */
char *view_find_table(const struct view *view, const char *name,
                      const struct view_table **tablep);
char *view_find_column(const struct view_table *table, const char *name,
                       const struct view_column **columnp);
/* By exact name; it must exist. */
const struct view_table *view_table(const struct view *view,
                                    const char *name);
const struct view_column *view_column(const struct view_table *table,
                                      const char *name);
/* By the rows that lie in it. */
const struct view_table *view_table_of(const struct view *view,
                                       const struct table *table);

/* True if a translator has been at work: what it says nothing of is then not
 * merely unknown. */
bool view_is_translated(struct model *model);

/* The value of a column; the caller destroys it. */
void view_get(struct row *row, const struct view_column *column,
              struct datum *datum);
/* Announces that view_get() will be asked for 'column' of these 'n' rows: what
 * that reads is read together. */
void view_want(struct row *const *rows, size_t n,
               const struct view_column *column);
/* What messages about references that lead nowhere begin with. */
#define VIEW_REFERENCE_ERROR \
    "transaction error: referential integrity violation: "

/* Sets a column. Returns NULL or a message that the caller frees. */
char *view_set(struct row *row, const struct view_column *column,
               const struct datum *datum);
/* Adds to a set or map, without reading all of a membership. The value that a
 * map has for a key stays, unless 'replaces'. */
char *view_add(struct row *row, const struct view_column *column,
               const struct datum *datum, bool replaces);

/* The row that 'id' names: a UUID or a unique beginning of one, a name, or
 * the row's own id. Returns NULL with '*rowp' (NULL if there is none and
 * 'must_exist' is false), or a message that the caller frees. */
char *view_find_row(struct model *model, const struct view *view,
                    const struct view_table *table, const char *id,
                    bool must_exist, struct row **rowp);

/* The rows of a table; '*rows' is the caller's. A table that has always one
 * row has it even if nobody wrote it. */
size_t view_rows(struct model *model, const struct view_table *table,
                 struct row ***rows);

/* The row that 'id' names: a UUID, a name or the row's own id; or NULL.
 * '*multiple' is set if several have that name. */
struct row *view_lookup(struct model *model, const struct view_table *table,
                        const char *id, bool *multiple);

/* Whether a row of 'table' is called 'name' (an id that is not its name does
 * not count). */
bool view_has_name(struct model *model, const struct view_table *table,
                   const char *name, bool *multiple);

/* What people call the row: its column "name", or its id. */
const char *view_row_name(const struct row *row);

/* Deletes a row with its children and what mentions it as a member. */
void view_delete(const struct view *view, struct row *row);

/* An id for a new row of 'table' called 'name' (NULL or "": no name): the
 * name if it is free, else a new UUID. The caller frees it. */
char *view_new_id(struct model *model, const struct view_table *table,
                  const char *name);

#endif
