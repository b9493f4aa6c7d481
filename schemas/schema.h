/* Rows of every table: the runtime behind the structs that generate.py makes.
 *
 * A table is one file in schemas/nb or schemas/sb (README.md).  Generated
 * code describes each table by a 'struct schema_table' of column descriptors;
 * the functions below parse, check, write, compare, copy and free any row by
 * walking those.
 *
 *     struct schema_row *row;
 *     struct err err = ERR_INIT;
 *
 *     if (!schema_row_parse(&nb_logical_switch_port_table, "ap",
 *                           json, size, &row, &err)) {
 *         const struct nb_logical_switch_port *lsp
 *             = nb_logical_switch_port_cast(row);
 *         ...
 *         schema_row_destroy(row);
 *     }
 *
 * Include <config.h> first: OVS's smap.h wants it. */
#ifndef WEFT_SCHEMAS_SCHEMA_H
#define WEFT_SCHEMAS_SCHEMA_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/uuid.h"
#include "smap.h"

struct json_t;              /* jansson's, for who has parsed already. */

/* Limits on what is parsed; more is -WEFT_E_TOO_LARGE. */
enum {
    SCHEMA_MAX_JSON_BYTES = 1024 * 1024,
    SCHEMA_MAX_JSON_DEPTH = 8,      /* Nested '[' and '{'. */
    SCHEMA_MAX_FAULTS = 100,        /* Listed of one row. */
    SCHEMA_MAX_ID_BYTES = 1024,     /* A row's whole id. */
};

/* ---- Values ----------------------------------------------------------- */

/* What every unset string member points at.  Strings of rows are NUL
 * terminated UTF-8, owned by the row, and changed with schema_string_set();
 * never free() one. */
extern char schema_empty[1];

/* Gives '*stringp' (a member of a row, or NULL) a copy of 'value'; NULL
 * makes an optional string unset. */
void schema_string_set(char **stringp, const char *value);

/* A set (sorted by strcmp(), unique) or a list (in order) of strings. */
struct schema_strings {
    char **items;           /* NULL when n is 0. */
    size_t n;
};
/* Appends a copy of 'value'. */
void schema_strings_add(struct schema_strings *, const char *value);
/* Puts a copy of 'value' where it belongs in a set, unless it is there.
 * Returns true if it was added. */
bool schema_strings_insert(struct schema_strings *, const char *value);
/* Makes a set of what was added: sorts, drops duplicates. */
void schema_strings_sort(struct schema_strings *);
/* Whether a set holds 'value'. */
bool schema_strings_contains(const struct schema_strings *,
                             const char *value);
void schema_strings_clear(struct schema_strings *);

/* A set (sorted, unique) or a list (in order) of integers. */
struct schema_integers {
    int64_t *items;         /* NULL when n is 0. */
    size_t n;
};
void schema_integers_add(struct schema_integers *, int64_t value);
void schema_integers_sort(struct schema_integers *);
void schema_integers_clear(struct schema_integers *);

/* Optional scalars. */
struct schema_integer {
    bool is_set;
    int64_t value;          /* 0 when not set. */
};
struct schema_real {
    bool is_set;
    double value;
};
struct schema_boolean {
    bool is_set;
    bool value;
};

/* A logical flow: an element of a column of type "flows".  In JSON the array
 * [stage, priority, match, actions] or, with options, [..., {options}]. */
struct sb_flow {
    char *stage;            /* "ls_in_l2_lkup" */
    int64_t priority;       /* 0...65535 */
    char *match;            /* Never empty. */
    char *actions;
    struct smap options;    /* "meter", "controller_meter", "stage-hint" */
};

/* ---- Tables ----------------------------------------------------------- */

enum schema_type {
    SCHEMA_STRING,          /* char *; NULL only if optional and unset */
    SCHEMA_INTEGER,         /* int64_t or struct schema_integer */
    SCHEMA_REAL,            /* double or struct schema_real */
    SCHEMA_BOOLEAN,         /* bool or struct schema_boolean */
    SCHEMA_ENUM,            /* enum: an index in 'values' */
    SCHEMA_SET,             /* struct schema_strings or schema_integers */
    SCHEMA_LIST,            /* the same */
    SCHEMA_MAP,             /* struct smap; of INTEGER: JSON has numbers */
    SCHEMA_RECORD,          /* nested struct */
    SCHEMA_RECORDS,         /* struct schema_records */
    SCHEMA_FLOWS,           /* struct schema_flows */
};

/* How the storage of RECORDS and FLOWS begins; generated structs hold
 * "struct X *name; size_t n_name;", which has the same layout. */
struct schema_array {
    void *items;
    size_t n;
};

/* Formats of strings: what a string has to look like (formats.json). */
enum schema_format {
    SCHEMA_FORMAT_STRING,   /* Anything. */
#define SCHEMA_FORMAT_ENUM
#include "schemas/formats.inc"
#undef SCHEMA_FORMAT_ENUM
};

/* A documented key of a map. */
struct schema_map_key {
    const char *name;
    const char *doc;
    enum schema_type type;      /* Of the value, which is a string that holds
                                 * such a value: STRING, INTEGER, BOOLEAN,
                                 * ENUM. */
    enum schema_format format;  /* For STRING. */
    int64_t min, max;           /* For INTEGER. */
    const char *const *values;  /* For ENUM. */
    size_t n_values;
};

struct schema_record;

/* A column, or a member of a record. */
struct schema_column {
    const char *name;           /* As in JSON. */
    const char *doc;            /* For manuals; plain text. */
    enum schema_type type;
    enum schema_type of;        /* SET, LIST, MAP: STRING or INTEGER. */
    enum schema_format format;  /* Of strings, of string elements, and of
                                 * values of keys that are not in 'keys'. */
    bool optional;              /* Knows whether it is set. */
    bool required;              /* Has to be given and not be empty. */
    bool is_id;                 /* An alias of the id: no storage of its own,
                                 * never written, refused if it differs. */
    bool default_is_id;         /* Is the row's id unless given. */
    size_t offset;              /* In the row's (record's) struct. */
    size_t max_length;          /* Of strings, in Unicode characters. */
    size_t min_items, max_items;    /* Of SET, LIST, MAP, RECORDS, FLOWS. */
    int64_t min, max;           /* Of integers. */
    double real_min, real_max;
    const char *default_string;     /* Never NULL. */
    int64_t default_integer;    /* Of INTEGER, BOOLEAN (0, 1), and ENUM (an
                                 * index). */
    double default_real;
    const char *const *values;  /* Of ENUM, or of elements. */
    size_t n_values;
    const char *ref;            /* Names rows of this table, or NULL. */
    const struct schema_record *record;     /* RECORD, RECORDS. */
    const struct schema_map_key *keys;      /* MAP: sorted by name. */
    size_t n_keys;
    bool other_keys;            /* MAP: keys not in 'keys' are taken too. */
    enum schema_format key_format;  /* MAP: of those keys. */
    bool same_family;           /* MAP: each key and its value are of one
                                 * address family. */
};

/* Members of a record, or columns of a table, sorted by name. */
struct schema_record {
    size_t size;                /* sizeof the struct. */
    const struct schema_column *columns;
    size_t n_columns;
};

enum schema_rule_type {
    SCHEMA_EXACTLY_ONE_OF,      /* of 'columns' is not empty */
    SCHEMA_AT_MOST_ONE_OF,
    SCHEMA_AT_LEAST_ONE_OF,
    SCHEMA_REQUIRES,            /* If the first is not empty, nor are the
                                 * others. */
    SCHEMA_SAME_FAMILY,         /* Strings: all IPv4, or all IPv6. */
};

/* What has to hold among columns. */
struct schema_rule {
    enum schema_rule_type type;
    const char *const *columns;
    size_t n_columns;
};

struct schema_table {
    const char *db;             /* "nb" or "sb". */
    const char *name;           /* "logical_switch_port" */
    const char *doc;
    const char *const *keys;    /* Where its rows lie, below the prefix:
                                 * "nb/acl/{id}"; NULL-terminated. */
    const char *const *id_columns;  /* Names of the id's components, two or
                                     * more; NULL if the id is one. */
    size_t n_id_columns;        /* 0: the id is one. */
    const size_t *id_offsets;   /* Of the components' char * members. */
    const enum schema_format *id_formats;   /* Of the components; of the id
                                             * when it is one. */
    const char *only_id;        /* The only row there is, or NULL. */
    const char *const *status_columns;  /* Columns of ovn-nb(5) that are not
                                         * here: the translator writes them
                                         * in the row's status. */
    size_t n_status_columns;
    struct schema_record record;    /* The columns. */
    const struct schema_rule *rules;
    size_t n_rules;
    bool open;                  /* Columns not named are ignored. */
};

/* Every row begins with this. */
struct schema_row {
    const struct schema_table *table;
    char *id;                   /* Owned.  Of northbound tables whose id has
                                 * several components: those, each percent-
                                 * encoded, joined by '/'.  Otherwise as it
                                 * is, decoded. */
};

/* The table 'name' of 'db' ("nb", "sb"), or NULL. */
const struct schema_table *schema_table_by_name(const char *db,
                                                const char *name);

/* All tables, NULL after the last, by database and name:
 *
 *     for (const struct schema_table *const *t = schema_tables(); *t; t++) */
const struct schema_table *const *schema_tables(void);

/* A column by name, or NULL. */
const struct schema_column *schema_column_by_name(const struct schema_table *,
                                                  const char *name);
const struct schema_column *
schema_record_column(const struct schema_record *, const char *name);

/* ---- Faults ----------------------------------------------------------- */

struct schema_fault {
    char *path;             /* "addresses[0]", "options.mcast_rate"; "" is
                             * the row, "id" its id. */
    char *message;          /* What is wrong and what would be right. */
};

/* Every fault of a row; the first SCHEMA_MAX_FAULTS of them.  Start from
 * SCHEMA_FAULTS_INIT, end with schema_faults_clear(). */
struct schema_faults {
    struct schema_fault *items;
    size_t n;
    size_t max;             /* 0: SCHEMA_MAX_FAULTS. */
    int code;               /* 0, or that of the first. */
};
#define SCHEMA_FAULTS_INIT { NULL, 0, 0, 0 }

void schema_faults_clear(struct schema_faults *);
/* Adds one unless there are 'max'; 'path' is copied. */
void schema_faults_add(struct schema_faults *, int code, const char *path,
                       const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- Rows ------------------------------------------------------------- */

/* A row of 'table' with every column at its default.  'id' is copied.  The
 * caller frees it with schema_row_destroy(). */
struct schema_row *schema_row_create(const struct schema_table *table,
                                     const char *id);
struct schema_row *schema_row_clone(const struct schema_row *);
void schema_row_destroy(struct schema_row *);       /* NULL is ignored. */

/* Same table, same id, same value in every column. */
bool schema_row_equal(const struct schema_row *, const struct schema_row *);
/* The same, whatever the ids. */
bool schema_row_equal_columns(const struct schema_row *,
                              const struct schema_row *);

/* The id as a UUID, if it is one; else version 5 (RFC 9562, section 5.5) of
 * "<table>/<id>" in Weft's namespace (docs/KEYS.md). */
struct uuid schema_row_uuid(const struct schema_row *);
struct uuid schema_uuid(const struct schema_table *, const char *id);

/* Parses the 'size' bytes of JSON at 'json' as row 'id' of 'table'.
 * Returns 0 and stores the row in '*rowp'; or, with field and message of the
 * first fault in 'err' (may be NULL):
 *
 *   -WEFT_E_INVALID    malformed JSON, unknown column, wrong type or format
 *   -WEFT_E_TOO_LARGE  more than SCHEMA_MAX_JSON_BYTES, or nested deeper
 *                      than SCHEMA_MAX_JSON_DEPTH */
int schema_row_parse(const struct schema_table *table, const char *id,
                     const char *json, size_t size,
                     struct schema_row **rowp, struct err *err);

/* The same with all faults added to 'faults'.  'rowp' may be NULL. */
int schema_row_parse_all(const struct schema_table *table, const char *id,
                         const char *json, size_t size,
                         struct schema_row **rowp,
                         struct schema_faults *faults);

/* The same for JSON that jansson has parsed. */
int schema_row_from_json(const struct schema_table *table, const char *id,
                         const struct json_t *json,
                         struct schema_row **rowp,
                         struct schema_faults *faults);

/* Adds all faults of a row to 'faults'; returns 0 when there are none. */
int schema_validate(const struct schema_table *table, const char *id,
                    const char *json, size_t size,
                    struct schema_faults *faults);

/* Appends the row as canonical JSON: one line without blanks, columns and
 * map keys sorted, columns that have their default left out.  Equal rows
 * have equal text. */
void schema_row_format(const struct schema_row *, struct ds *);

/* For who reads the JSON of a row himself: gives the logical flows in 'row'
 * (an object; other values are left alone) their texts in full, where they
 * are phrases (phrases.h).  Once only: a text in full is no phrase.  What is
 * malformed stays as it is. */
void schema_flows_expand(struct json_t *row);

/* ---- Columns by name, for generic tools ------------------------------- */

/* Appends column 'name' as JSON.  Unset optional columns are "null".
 * Returns 0, or -WEFT_E_NOT_FOUND (nothing appended). */
int schema_column_get_json(const struct schema_row *, const char *name,
                           struct ds *);

/* Sets column 'name' from JSON; "null" makes it the default.  The rules
 * among columns are not checked: see schema_row_check().  On failure the row
 * is as before.  Returns 0, -WEFT_E_NOT_FOUND, or as schema_row_parse(). */
int schema_column_set_json(struct schema_row *, const char *name,
                           const char *json, size_t size, struct err *);

/* Appends column 'name' as OVN's tools print it: a bare string, "[a, b]",
 * "{k=v, l=w}"; "[]" when an optional column is unset.  Strings are quoted
 * where they would read as something else.  Returns as get_json does. */
int schema_column_get_text(const struct schema_row *, const char *name,
                           struct ds *);

/* Checks required columns and rules of a row made or changed in C.  Returns
 * 0 or -WEFT_E_INVALID with the first fault in 'err'. */
int schema_row_check(const struct schema_row *, struct err *);

/* ---- Ids, formats ----------------------------------------------------- */

/* Joins 'n' components to an id as struct schema_row has it.  The caller
 * frees it. */
char *schema_id_join(const char *const *components, size_t n);

/* Splits an id in exactly 'n' components, the caller's to free.  Returns
 * false (nothing stored) if it has another number or a bad escape. */
bool schema_id_split(const char *id, char **components, size_t n);

/* Whether 'string' has the format. */
bool schema_format_check(enum schema_format, const char *string);
/* Its name ("mac"), and what a person should write ("an Ethernet address
 * such as ..."). */
const char *schema_format_name(enum schema_format);
const char *schema_format_expected(enum schema_format);
/* SCHEMA_FORMAT_STRING for an unknown name. */
enum schema_format schema_format_by_name(const char *name);

/* The OpenAPI 3.1 document of the REST interface, generated. */
extern const char schema_openapi_json[];
extern const size_t schema_openapi_json_size;

#endif
