/* Bundles of logical flows: JSON text that grows row by row, cut in parts
 * where it gets too long. */
#include <config.h>

#include "translator/generate.h"
#include "translator/generate_private.h"

#include <stdarg.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/util.h"
#include "schemas/phrases.h"
#include "util.h"

/* A part is closed before it gets longer than this by one flow. */
enum { MAX_PART_BYTES = 256 * 1024 };

struct flow_bundle {
    struct flow_bundle *next;
    struct generate *g;
    char *datapath;             /* "switch:n1", or... */
    char *pipeline;             /* "switch" of what all switches share. */
    struct ds text;             /* Of the part that grows. */
    struct ds phrase;           /* What a text of a flow is written as. */
    bool is_row_open;           /* Its last row lacks "]". */
    bool has_options;           /* ...and "}". */
    unsigned int n_parts;       /* Already written. */
};

static struct flow_bundle *
bundle_get(struct generate *g, const char *datapath, const char *pipeline)
{
    struct flow_bundle *b, **tail = &g->private_->bundles;

    for (b = *tail; b; tail = &b->next, b = *tail) {
        if (nullable_string_is_equal(b->datapath, datapath)
            && nullable_string_is_equal(b->pipeline, pipeline)) {
            return b;
        }
    }
    b = xzalloc(sizeof *b);
    b->g = g;
    b->datapath = nullable_xstrdup(datapath);
    b->pipeline = nullable_xstrdup(pipeline);
    ds_init(&b->text);
    ds_init(&b->phrase);
    *tail = b;
    return b;
}

struct flow_bundle *
generate_bundle(struct generate *g, const char *datapath)
{
    return bundle_get(g, datapath, NULL);
}

struct flow_bundle *
generate_switch_bundle(struct generate *g, const char *switch_id)
{
    return bundle_get(g, generate_switch_datapath(g, switch_id), NULL);
}

struct flow_bundle *
generate_router_bundle(struct generate *g, const char *router_id)
{
    return bundle_get(g, generate_router_datapath(g, router_id), NULL);
}

struct flow_bundle *
generate_common_bundle(struct generate *g, const char *pipeline)
{
    return bundle_get(g, NULL, pipeline);
}

/* ---- JSON -------------------------------------------------------------- */

void
generate_json_string(struct ds *ds, const char *text, size_t size)
{
    ds_put_char(ds, '"');
    for (size_t i = 0, start = 0; i <= size; i++) {
        unsigned char c = i < size ? text[i] : '"';

        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        ds_put_buffer(ds, text + start, i - start);
        start = i + 1;
        if (i == size) {
            break;
        } else if (c == '"' || c == '\\') {
            ds_put_char(ds, '\\');
            ds_put_char(ds, c);
        } else if (c == '\n') {
            ds_put_cstr(ds, "\\n");
        } else if (c == '\t') {
            ds_put_cstr(ds, "\\t");
        } else {
            ds_put_format(ds, "\\u%04x", c);
        }
    }
    ds_put_char(ds, '"');
}

const char *
lflow_quote(struct generate *g, const char *name)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    generate_json_string(&ds, name, strlen(name));
    return engine_keep(g->reader, ds_steal_cstr(&ds));
}

/* ---- Sets that flows name ---------------------------------------------- */

static void
state_set(const struct flow_bundle *b, char sigil, const char *name,
          size_t size)
{
    const char *kind = sigil == '$' ? "address_set" : "port_group";

    if (b->datapath && size) {
        generate_fact(b->g, RELATION_DATAPATH_SETS, b->datapath, "",
                      generate_text(b->g, "%s:%.*s", kind, (int) size, name));
    }
}

/* States which sets 'text' names, outside of strings. */
static void
state_sets(const struct flow_bundle *b, const char *text, size_t size)
{
    const char *end = text + size;
    bool in_string = false;

    for (const char *p = text; p < end; p++) {
        if (*p == '\\' && in_string) {
            p++;
        } else if (*p == '"') {
            in_string = !in_string;
        } else if ((*p == '$' || *p == '@') && !in_string) {
            size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

            state_set(b, *p, p + 1, MIN(n, (size_t) (end - p - 1)));
            p += n;
        }
    }
}

/* ---- Parts ------------------------------------------------------------- */

static void
close_row(struct flow_bundle *b)
{
    if (b->is_row_open) {
        ds_put_cstr(&b->text, b->has_options ? "}]" : "]");
        b->is_row_open = b->has_options = false;
    }
}

static const char *
part_key(struct flow_bundle *b)
{
    const struct generate_private *p = b->g->private_;
    char number[16];

    snprintf(number, sizeof number, "%u", b->n_parts);
    const char *part = b->n_parts ? number : NULL;

    if (b->pipeline) {
        return generate_key(b->g, "sb/common", b->pipeline, part, NULL);
    }
    const char *source = (strcmp(b->datapath, p->own_datapath) ? p->source
                          : p->short_source);

    return generate_key(b->g, "sb/dp", b->datapath, "flow", source, part,
                        NULL);
}

/* Writes the part that grew, if there is any. */
static void
write_part(struct flow_bundle *b)
{
    close_row(b);
    if (b->text.length) {
        ds_put_cstr(&b->text, "]}");
        size_t size = b->text.length;
        char *text = ds_steal_cstr(&b->text);

        engine_output(b->g->reader, part_key(b), xrealloc(text, size + 1),
                      size);
        b->n_parts++;
    }
}

void
generate_flush_bundles(struct generate *g)
{
    struct flow_bundle *b, *next;

    for (b = g->private_->bundles; b; b = next) {
        next = b->next;
        write_part(b);
        ds_destroy(&b->text);
        ds_destroy(&b->phrase);
        free(b->datapath);
        free(b->pipeline);
        free(b);
    }
}

/* ---- Flows ------------------------------------------------------------- */

/* Appends a match or actions: as a phrase if there is one. */
static void
put_text(struct flow_bundle *b, const char *text, size_t size)
{
    ds_clear(&b->phrase);
    phrase_encode(&b->phrase, text, size);
    generate_json_string(&b->text, ds_cstr(&b->phrase), b->phrase.length);
}

static int
emit(struct flow_bundle *b, enum flow_class flow, int64_t priority,
     const char *format, va_list args)
{
    const struct stage *stage = &stages[flow_classes[flow].stage];
    char *text = xvasprintf(format, args);
    char *actions = strchr(text, DO[0]);

    if (!actions || strchr(actions + 1, DO[0]) || priority < 0
        || priority > UINT16_MAX) {
        free(text);
        return -WEFT_E_INVALID;
    }
    if (b->text.length > MAX_PART_BYTES) {
        write_part(b);
    }
    size_t match_size = actions++ - text;

    close_row(b);
    ds_put_format(&b->text, "%s[\"%s\",%d,",
                  b->text.length ? "," : "{\"flows\":[", stage->name,
                  (int) priority);
    put_text(b, text, match_size);
    ds_put_char(&b->text, ',');
    put_text(b, actions, strlen(actions));
    b->is_row_open = true;
    if (strpbrk(text, "$@")) {
        state_sets(b, text, match_size);
    }
    if (strpbrk(actions, "$@")) {
        state_sets(b, actions, strlen(actions));
    }
    free(text);
    return 0;
}

int
flow_emit(struct flow_bundle *b, enum flow_class flow, const char *format,
          ...)
{
    va_list args;
    int error;

    va_start(args, format);
    error = emit(b, flow, flow_classes[flow].priority, format, args);
    va_end(args);
    return error;
}

int
flow_emit_at(struct flow_bundle *b, enum flow_class flow, int64_t priority,
             const char *format, ...)
{
    va_list args;
    int error;

    va_start(args, format);
    error = emit(b, flow, priority, format, args);
    va_end(args);
    return error;
}

void
flow_option(struct flow_bundle *b, const char *name, const char *value)
{
    if (b->is_row_open) {
        ds_put_cstr(&b->text, b->has_options ? "," : ",{");
        generate_json_string(&b->text, name, strlen(name));
        ds_put_char(&b->text, ':');
        generate_json_string(&b->text, value, strlen(value));
        b->has_options = true;
    }
}
