/* What the files of the runtime share; nobody else includes this. */
#ifndef WEFT_SCHEMAS_SCHEMA_PRIVATE_H
#define WEFT_SCHEMAS_SCHEMA_PRIVATE_H 1

#include "schemas/schema.h"

/* ---- Generated tables (tables.c, formats.c) --------------------------- */

extern const struct schema_table *const schema_all_tables[];
extern const size_t schema_n_tables;

struct schema_format_info {
    const char *name;
    const char *expected;               /* What a person should write. */
    bool (*check)(const char *);        /* NULL: anything is right. */
};
extern const struct schema_format_info schema_formats[];
extern const size_t schema_n_formats;

#define SCHEMA_FORMAT_CHECKS
#include "schemas/formats.inc"
#undef SCHEMA_FORMAT_CHECKS

/* Components of an id at most (generate.py refuses more). */
enum { SCHEMA_MAX_ID_COLUMNS = 4 };

/* ---- Members of structs (schema_member.c) ------------------------------ */

/* Below, 'base' is the struct that has 'column' at column->offset. */

/* Gives all members of the struct at 'base', zeroed before, their defaults. */
void schema_members_init(const struct schema_record *, void *base);
void schema_members_destroy(const struct schema_record *, void *base);
/* Fills 'dst', zeroed before. */
void schema_members_clone(const struct schema_record *, void *dst,
                          const void *src);
bool schema_members_equal(const struct schema_record *, const void *a,
                          const void *b);

void schema_member_init(const struct schema_column *, void *base);
/* Whether an optional scalar, at 'member', has a value. */
bool schema_optional_is_set(const struct schema_column *,
                            const void *member);
/* Makes the member of 'dst' that of 'src'. */
void schema_member_copy(const struct schema_column *, void *dst,
                        const void *src);
void schema_member_destroy(const struct schema_column *, void *base);
bool schema_member_is_default(const struct schema_column *,
                              const void *base);
/* No value that counts: "", unset, no elements. */
bool schema_member_is_empty(const struct schema_column *, const void *base);

/* The storage of RECORDS and FLOWS. */
struct schema_array schema_member_array(const struct schema_column *,
                                        const void *base);
void schema_member_set_array(const struct schema_column *, void *base,
                             struct schema_array);

/* A table without columns has no array of them at all. */
#define SCHEMA_FOR_EACH_COLUMN(COLUMN, RECORD)                          \
    for (const struct schema_column *COLUMN = (RECORD)->columns,        \
         *COLUMN##_end = COLUMN ? COLUMN + (RECORD)->n_columns : NULL;  \
         COLUMN != COLUMN##_end; COLUMN++)

static inline void *
schema_member(const struct schema_column *column, const void *base)
{
    return (char *) base + column->offset;
}

/* ---- Paths of faults --------------------------------------------------- */

/* A step from the row down to a value; lives on the stack. */
struct schema_path {
    const struct schema_path *up;   /* NULL: the row. */
    const char *name;               /* A column or key; NULL: an element. */
    size_t index;
};
#define SCHEMA_PATH_NAME(UP, NAME) \
    (struct schema_path) { .up = (UP), .name = (NAME) }
#define SCHEMA_PATH_INDEX(UP, INDEX) \
    (struct schema_path) { .up = (UP), .name = NULL, .index = (INDEX) }

/* Adds a fault at 'path' (NULL: the row). */
void schema_fault_at(struct schema_faults *, const struct schema_path *,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Moves the first of 'faults' to 'err' (may be NULL), clears 'faults', and
 * returns its code or 0. */
int schema_faults_to_err(struct schema_faults *faults, struct err *err);

/* ---- Parsing ----------------------------------------------------------- */

/* Whether 'string' may stand in 'column' (as an element if 'element'); adds
 * faults. */
bool schema_check_string(const struct schema_column *column,
                         const char *string, bool element,
                         const struct schema_path *path,
                         struct schema_faults *faults);
/* Whether 'key' with 'value' may stand in the map 'column'. */
bool schema_check_map_entry(const struct schema_column *column,
                            const char *key, const char *value,
                            const struct schema_path *path,
                            struct schema_faults *faults);
/* Columns that are required, rules among columns, the id. */
void schema_check_record(const struct schema_record *, const void *base,
                         const struct schema_path *path,
                         struct schema_faults *faults);
void schema_check_row(const struct schema_row *, struct schema_faults *);
bool schema_check_id(const struct schema_table *, const char *id,
                     struct schema_faults *);

/* Parses 'json' into the member, which has its default; adds faults. */
void schema_parse_member(const struct schema_column *column, void *base,
                         const struct json_t *json,
                         const struct schema_path *path,
                         struct schema_faults *faults);
/* Parses the members of the object 'json' into the struct at 'base'.  'table'
 * is NULL for records within rows. */
void schema_parse_members(const struct schema_record *record,
                          const struct schema_table *table, void *base,
                          const struct json_t *json,
                          const struct schema_path *up,
                          struct schema_faults *faults);
void schema_parse_flows(const struct schema_column *column, void *base,
                        const struct json_t *json,
                        const struct schema_path *path,
                        struct schema_faults *faults);
/* Returns 'is_right'; if it is not, adds that 'json' must be 'expected'. */
bool schema_need_type(bool is_right, const char *expected,
                      const struct json_t *json,
                      const struct schema_path *path,
                      struct schema_faults *faults);
/* Whether 'json' is an array of as many elements as the column may have. */
bool schema_need_array(const struct schema_column *column,
                       const struct json_t *json,
                       const struct schema_path *path,
                       struct schema_faults *faults);
/* An integer, or a number without a fraction (JSON knows no difference),
 * within limits. */
bool schema_get_integer(const struct json_t *json, int64_t min, int64_t max,
                        const struct schema_path *path,
                        struct schema_faults *faults, int64_t *valuep);
/* Size, depth, then jansson; NULL with a fault added.  'any': a value that
 * is no object or array is taken too. */
struct json_t *schema_json_load(const char *json, size_t size, bool any,
                                struct schema_faults *faults);

/* Appends 'string' as a JSON string, or a member as JSON. */
void schema_format_json_string(struct ds *, const char *string);
void schema_format_member(const struct schema_column *, const void *base,
                          struct ds *);
/* Appends a number so that it reads back as the same. */
void schema_format_real(struct ds *, double);

#endif
